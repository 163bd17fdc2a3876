/*
 * publication_fit.h
 *		Whether the publication that pgoutput reads fits the configuration.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_PUBLICATION_FIT_H
#define WALFERRY_SOURCE_PUBLICATION_FIT_H

#include "envelope/rules.h"
#include "replication.h"

/*
 * Warns of what publication.name, if it is there, keeps back of what the configuration
 * would publish, and of tables that it makes refuse UPDATE and DELETE.  False with a
 * permanent fault if events would be others than they are asked for: with a key that
 * lacks a column, or without columns that include.generated.columns asks for.
 * rules: the configuration's filters.
 */
extern bool publication_fit_tell(Replication *replication, const Config *config, WfRules *rules,
								 SourceFault *fault);

#endif							/* WALFERRY_SOURCE_PUBLICATION_FIT_H */
