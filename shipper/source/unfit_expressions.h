/*
 * unfit_expressions.h
 *		Expressions of lists of columns, and of partitioned tables, that fit none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_UNFIT_EXPRESSIONS_H
#define WALFERRY_SOURCE_UNFIT_EXPRESSIONS_H

#include "envelope/rules.h"
#include "replication.h"

/*
 * Warns of each expression of those lists that fits nothing in the database by a name
 * under which rows are published.  False with fault filled in if that could not be asked.
 * rules: the configuration's filters.
 */
extern bool unfit_expressions_warn(Replication *replication, const Config *config, WfRules *rules,
								   SourceFault *fault);

#endif							/* WALFERRY_SOURCE_UNFIT_EXPRESSIONS_H */
