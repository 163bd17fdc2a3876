/*
 * published_tables.h
 *		What publications have, asked of the catalogue without a lock on any table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_PUBLISHED_TABLES_H
#define WALFERRY_SOURCE_PUBLISHED_TABLES_H

#include "envelope/buffer.h"

/*
 * Begins a query that has to be gone on with: a WITH of
 *
 * above: partitions and each table above them: oid, relid
 * listed: what pg_publication_tables has: pubname, oid, relkind, schemaname, tablename; filter,
 *		a row filter as it is in pg_publication_rel; lists, the numbers of a column list, both
 *		NULL if there is none, as before PostgreSQL 15; has_generated, columns that are
 *		generated and stored, where there is no list
 *
 * condition: an expression, of pg_publication as `p`.
 */
extern void published_tables_put(WfBuffer *command, int server_version, WfSlice condition);

/*
 * Appends an expression: an array of the names of the columns that `l`, a row of listed,
 * has.
 */
extern void published_tables_put_columns(WfBuffer *command);

#endif							/* WALFERRY_SOURCE_PUBLISHED_TABLES_H */
