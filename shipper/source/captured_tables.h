/*
 * captured_tables.h
 *		Whether the include and exclude lists let any table through.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_CAPTURED_TABLES_H
#define WALFERRY_SOURCE_CAPTURED_TABLES_H

#include "envelope/rules.h"
#include "replication.h"

/*
 * Warns if lists of schemas or tables are given and leave no table of the database.
 * False with fault filled in if that could not be asked.
 * rules: the configuration's filters.
 */
extern bool captured_tables_warn_of_none(Replication *replication, const Config *config,
										 WfRules *rules, SourceFault *fault);

#endif							/* WALFERRY_SOURCE_CAPTURED_TABLES_H */
