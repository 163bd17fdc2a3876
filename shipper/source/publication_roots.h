/*
 * publication_roots.h
 *		Partitions that a connector's publication publishes by another name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_PUBLICATION_ROOTS_H
#define WALFERRY_SOURCE_PUBLICATION_ROOTS_H

#include "envelope/rules.h"
#include "replication.h"

/*
 * Of a database that has partitions, and the publication that a Debezium connector
 * reads: is at least a part of each table that it has published here?  False with
 * fault filled in if not and the configuration names it; else that is a warning, and
 * so is that topics differ.  via_root: it publishes partitions as the table above them.
 */
extern bool publication_roots_lose_nothing(Replication *replication, const Config *config,
										   WfRules *rules, bool via_root, SourceFault *fault);

#endif							/* WALFERRY_SOURCE_PUBLICATION_ROOTS_H */
