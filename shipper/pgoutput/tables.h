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
 * Tables of one session that Relation messages have told of, captured or not, partitions
 * too; beyond, another session is begun.
 */
#define TABLES_MAX 262144

typedef struct TableEntry TableEntry;

/* All zeroes, but for maker, is an empty one. */
typedef struct PgoutputTables
{
	TableMaker	maker;
	TableEntry **places;		/* by OID; NULL: nobody's */
	uint32_t	room;			/* a power of two, or 0 */
	uint32_t	count;
	uint32_t	displaced;		/* entries that a replay's have taken the place of */
	uint64_t	arrivals;		/* messages with a number so far */
	uint64_t	transaction;	/* begun so far */
} PgoutputTables;

typedef enum TablesResult
{
	TABLES_DONE,
	TABLES_FULL,
	TABLES_NOT_BINARY,			/* values come in binary, and the table has a type
								 * whose form is not read */
	TABLES_FAILED				/* see the fault */
} TablesResult;

/* A transaction begins, or is replayed: what it has changed, the catalogue shows by now. */
extern void pgoutput_tables_begin(PgoutputTables *tables);

/* The number of a message that arrives, for pgoutput_tables_take() and type_names_add(). */
extern uint64_t pgoutput_tables_arrival(PgoutputTables *tables);

/*
 * Takes a Relation message in.  One that comes again may say the same as before: the
 * server's relation cache was told of a change, be it of something that the message does not
 * show, as a default; or a streamed transaction has its first change of the table.  So the
 * table is made anew, when it is asked for, but for one that was made in this transaction.
 * What a replayed message tells, that arrived before one of others, holds until
 * pgoutput_tables_end_replay().
 */
extern TablesResult pgoutput_tables_take(PgoutputTables *tables,
										 const PgoutputRelation *message, uint64_t arrival,
										 SourceFault *fault);

extern void pgoutput_tables_end_replay(PgoutputTables *tables);

/* The table, which is made if need be.  *table NULL: no Relation message has told of it. */
extern TablesResult pgoutput_tables_get(PgoutputTables *tables, uint32_t oid,
										PgoutputTable **table, SourceFault *fault);

/*
 * Asks the catalogue of a table again: the column null_column, which is NOT NULL by the
 * catalogue, has been seen to hold NULL, which counts until another Relation message comes.
 */
extern TablesResult pgoutput_tables_renew(PgoutputTables *tables, PgoutputTable **table,
										  int null_column, SourceFault *fault);

/*
 * Asks the catalogue of a table again, as enums have labels that were not known (labels.h):
 * for the same ones once in a while only, as they may be gone, or renamed, and for others
 * not oftener than the catalogue can bear.
 */
extern TablesResult pgoutput_tables_renew_labels(PgoutputTables *tables, PgoutputTable **table,
												 uint32_t labels, SourceFault *fault);

extern void pgoutput_tables_free(PgoutputTables *tables);

#endif							/* WALFERRY_PGOUTPUT_TABLES_H */
