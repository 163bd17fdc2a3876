/*
 * catalogue.h
 *		What pgoutput does not say of a table, asked of the catalogue.
 *
 * Over an ordinary connection beside the replication connection.  The plugin reads the
 * catalogue as it was when a row was written; this one can only be read as it is now.
 * So what the Relation message says goes before what is read here (table.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_CATALOGUE_H
#define WALFERRY_PGOUTPUT_CATALOGUE_H

#include <stdlib.h>

#include "message.h"
#include "shipper/config.h"
#include "shipper/source/query.h"

typedef struct Catalogue
{
	const Config *config;
	SourceTurn	turn;			/* what the owner does while an answer is waited for */
	void	   *turn_context;
	PGconn	   *connection;		/* NULL: not connected */
	int			server_version;
	uint32_t	xid;			/* the transaction that questions are about; 0: none */
	int			walsender_pid;	/* of the replication connection */
	bool		warned_of_own;	/* that commits wait for walferry */
	char		waits_for[SOURCE_FAULT_TEXT_MAX / 2];	/* for long: the sentence;
														 * else empty */
	int32_t		money_digits;	/* of the database's lc_monetary */
	uint64_t	next_xid;		/* with its epoch, when that was asked; see
								 * txid.handling=xid8 */
} Catalogue;

/* The results of one question, each with its columns' numbers. */
enum
{
	CATALOGUE_TABLE,			/* no row: there is no such table any more */
	CATALOGUE_COLUMNS,
	CATALOGUE_INDEXES,			/* the unique ones */
	CATALOGUE_TYPE_NAMES,		/* per column of the message, in their order */
	CATALOGUE_TYPES,			/* those of the columns, and what they are made of,
								 * by OID */
	CATALOGUE_SNAPSHOT,			/* one row: of pg_current_snapshot() */
	CATALOGUE_RESULTS
};

enum
{
	TABLE_COMMENT,				/* NULL: none */
	TABLE_COMMENT_IS_LEFT_OUT,
	TABLE_IS_PARTITIONED,
	TABLE_LEAVES_DIFFER			/* some of its partitions has no full identity */
};

enum
{
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_NOT_NULL,
	COLUMN_IS_IDENTITY,
	COLUMN_IS_GENERATED,
	COLUMN_NUMBER,
	COLUMN_DEFAULT,				/* NULL: none */
	COLUMN_DEFAULT_IS_LEFT_OUT,
	COLUMN_COMMENT,
	COLUMN_COMMENT_IS_LEFT_OUT
};

enum
{
	INDEX_NAME,
	INDEX_IS_PRIMARY,
	INDEX_IS_IDENTITY,
	INDEX_IS_CLUSTERED,
	INDEX_IS_VALID,
	INDEX_IS_IMMEDIATE,
	INDEX_IS_PARTIAL,
	INDEX_HAS_EXPRESSION,
	INDEX_KEY_COUNT,
	INDEX_COLUMNS				/* numbers of columns, separated by spaces; 0: an
								 * expression */
};

enum
{
	TYPE_OID,
	TYPE_NAME,
	TYPE_KIND,					/* pg_type.typtype */
	TYPE_BASE,					/* of a domain */
	TYPE_BASE_TYPMOD,
	TYPE_NOT_NULL,
	TYPE_ELEMENT,				/* of an array; else 0 */
	TYPE_IS_SENT,
	TYPE_DELIMITER,
	TYPE_LABELS,				/* of an enum, joined by commas; the beginning if
								 * they are long */
	TYPE_MEMBER_NAME,			/* of a composite type, which has a row for each, in
								 * their order, if they were asked for; NULL: none */
	TYPE_MEMBER_TYPE
};

typedef struct CatalogueAnswer
{
	SourceResults all;
	PGresult   *results[CATALOGUE_RESULTS]; /* those of all; all are there */
} CatalogueAnswer;

/* What a field of an answer says; a number: an OID, or one that is not negative. */
static inline uint32_t
catalogue_number(const PGresult *result, int row, int column)
{
	return (uint32_t) strtoul(PQgetvalue(result, row, column), NULL, 10);
}

static inline bool
catalogue_is_true(const PGresult *result, int row, int column)
{
	return PQgetvalue(result, row, column)[0] == 't';
}

static inline WfSlice
catalogue_text(const PGresult *result, int row, int column)
{
	return wf_slice(PQgetvalue(result, row, column), (size_t) PQgetlength(result, row, column));
}

/* Connects, and asks what is asked once.  False with fault filled in. */
extern bool catalogue_open(Catalogue *catalogue, const Config *config, SourceTurn turn,
						   void *turn_context, SourceFault *fault);

extern void catalogue_close(Catalogue *catalogue);

/*
 * Asks about a table and the types of its columns, in one snapshot, which shows what the
 * transaction at hand has done; that is waited for, unless it may be waiting for walferry, and
 * so are locks on the catalogue, all of which waits_for tells.  False with fault filled in; a
 * connection that broke is made anew, once.
 */
extern bool catalogue_ask(Catalogue *catalogue, const PgoutputRelation *relation,
						  CatalogueAnswer *answer, SourceFault *fault);

/*
 * Does a snapshot, `xmin:xmax:xip,…` with epochs (xid8funcs.c, pg_snapshot_out()), show
 * the transaction as ended?  On a standby none is told to be in progress.
 */
extern bool catalogue_snapshot_shows(const char *snapshot, uint32_t xid);

extern void catalogue_answer_free(CatalogueAnswer *answer);

#endif							/* WALFERRY_PGOUTPUT_CATALOGUE_H */
