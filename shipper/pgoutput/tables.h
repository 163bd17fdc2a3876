/*
 * tables.h
 *		The tables of a session, by their OIDs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_TABLES_H
#define WALFERRY_PGOUTPUT_TABLES_H

#include "table.h"

/*
 * Tables of one session, captured or not; beyond, another session is begun.  As many
 * shapes as a session of frames may describe (DELIVERY_SCHEMAS_MAX).
 */
#define TABLES_MAX 65536

/* All zeroes, but for maker, is an empty one. */
typedef struct PgoutputTables
{
	TableMaker	maker;
	PgoutputTable **places;		/* by OID; NULL: nobody's */
	uint32_t	room;			/* a power of two, or 0 */
	uint32_t	count;
} PgoutputTables;

typedef enum TablesResult
{
	TABLES_DONE,
	TABLES_FULL,
	TABLES_NOT_BINARY,			/* values come in binary, and the table has a type
								 * whose form is not read */
	TABLES_FAILED				/* see the fault */
} TablesResult;

/*
 * Takes a Relation message in.  One that comes again may say the same as before: the
 * server's relation cache was told of a change, be it of something that the message does not
 * show, as a default; or a streamed transaction has its first change of the table.  So the
 * table is made anew each time.
 */
extern TablesResult pgoutput_tables_take(PgoutputTables *tables,
										 const PgoutputRelation *message,
										 SourceFault *fault);

/* Asks the catalogue of a table again; see pgoutput_table_renew(). */
extern TablesResult pgoutput_tables_renew(PgoutputTables *tables, PgoutputTable **table,
										  SourceFault *fault);

/* NULL: no Relation message has told of it. */
extern PgoutputTable *pgoutput_tables_find(const PgoutputTables *tables, uint32_t oid);

extern void pgoutput_tables_free(PgoutputTables *tables);

#endif							/* WALFERRY_PGOUTPUT_TABLES_H */
