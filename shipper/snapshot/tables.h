/*
 * tables.h
 *		Which tables a snapshot reads, and what their rows are published as.
 *
 * What has rows is read: tables and partitions, each by itself (ONLY).  Their rows go by
 * the name that the stream publishes them by, which is that of a table above where the
 * configuration or the publication says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SNAPSHOT_TABLES_H
#define WALFERRY_SNAPSHOT_TABLES_H

#include "envelope/rules.h"
#include "shipper/arena.h"
#include "shipper/config.h"
#include "shipper/pgoutput/message.h"
#include "shipper/source/query.h"

/* Names on the command line. */
#define SNAPSHOT_NAMES_MAX 256

typedef struct SnapshotTable
{
	uint32_t	oid;
	const char *schema;			/* of what is read */
	const char *name;
	uint32_t	published_oid;
	const char *published_schema;
	const char *published_name;
	const char *filter;			/* the publication's for rows, as SQL; NULL: none */
	const char *columns;		/* that the publication has, as a literal of name[];
								 * NULL: all that are not generated */
	bool		may_be_read;	/* SELECT is granted */
	bool		is_secured;		/* row security would hide rows of it */
} SnapshotTable;

typedef struct SnapshotTables
{
	Arena		arena;
	SnapshotTable *tables;		/* by what they are published as, then by name */
	int			count;
} SnapshotTables;

/*
 * The tables that are captured, or those of them that are named, as "schema.table" of
 * what is read or of what it is published as.  publication: the one that pgoutput reads;
 * NULL: publication.filter, or all tables.  False with fault filled in, a name that is
 * nobody's included; nothing to free then.
 */
extern bool snapshot_tables_find(SnapshotTables *found, PGconn *connection, const Config *config,
								 WfRules *rules, const char *publication,
								 const char *const *names, int name_count, SourceFault *fault);

/*
 * What a Relation message would tell of the table that rows of `table` are published as,
 * by the catalogue that the transaction sees.  message: room, whose texts are result's,
 * for the caller to clear.  with_generated: stored generated columns, too.
 */
extern bool snapshot_table_describe(const SnapshotTable *table, PGconn *connection,
									bool with_generated, PgoutputRelation *message,
									PGresult **result, SourceFault *fault);

/* Appends schema and table, quoted. */
extern void snapshot_table_put(WfBuffer *command, const SnapshotTable *table);

extern void snapshot_tables_free(SnapshotTables *found);

#endif							/* WALFERRY_SNAPSHOT_TABLES_H */
