/*
 * table.h
 *		A table as pgoutput describes it, and the row plan made of that.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_TABLE_H
#define WALFERRY_PGOUTPUT_TABLE_H

#include "column_type.h"
#include "envelope/event.h"
#include "envelope/outbox.h"

/* What tables are built by; all of it lives as long as the session. */
typedef struct TableMaker
{
	const WfOptions *options;
	WfRules    *rules;
	WfTransforms *transforms;	/* may be NULL */
	WfTextForm *form;
	WfOutput	output;
	WfSlice		database;
	Catalogue  *catalogue;
	TypeNames  *type_names;
	WfBuffer   *text;			/* for building a plan's */
	bool		binary;			/* values come in that form */
} TableMaker;

/* What is told once per table and session, beside what is told of its columns. */
enum
{
	TABLE_NOTICE_DELETE,
	TABLE_NOTICE_UPDATE,
	TABLE_NOTICE_KEY_MISSING,
	TABLE_NOTICE_KEY_SHOWN,
	TABLE_NOTICE_LEFT_OUT,
	TABLE_NOTICE_UNDISGUISED,
	TABLE_NOTICE_TYPE_DROPPED,
	TABLE_NOTICES
};

/*
 * One version of a table, made of a Relation message and the catalogue, and room for one
 * change of it.  Of one whose changes are no events there is nothing but its name.
 */
typedef struct PgoutputTable
{
	uint32_t	oid;
	bool		captured;
	Arena		arena;			/* of what follows */
	WfRelation	relation;
	bool	   *in_identity;	/* per column: its old value comes with update and
								 * delete */
	bool		tells_old_row;	/* some column is */
	bool		old_is_full;	/* all are, in each row */
	bool		leaves_differ;	/* not the replica identities of all partitions
								 * below are full */
	bool		identity_in_part;	/* it has generated columns, which are not told */
	bool		identity_is_whole;	/* and they are not the whole row, but all of
									 * the identity */
	bool	   *left_out;		/* per column: no record shows it */
	int		   *enum_columns;	/* those of an enum or an array of one */
	int			enum_column_count;
	int		   *assumed;		/* columns that are NOT NULL by the catalogue alone */
	int			assumed_count;
	bool		is_read_binary; /* each column that is read is of a type whose
								 * binary form is */
	WfRowPlan	row_plan;
	WfBuffer	text;			/* the row plan's prepared bytes */
	bool		has_description;	/* the schema's is among them */
	WfOutboxPlan *outbox;		/* row_plan.outbox; NULL: none */
	WfBuffer	outbox_text;
	WfValue    *old_row;
	WfValue    *new_row;
	uint8_t		told[(WF_COLUMNS_MAX + TABLE_NOTICES + 7) / 8];
} PgoutputTable;

/*
 * Makes a table of a Relation message; former, what it was before, NULL: it is new.  NULL
 * with fault filled in: the catalogue could not be asked, or the configuration comes to no
 * good with the table.  former stays as it is then; else it is freed.
 */
extern PgoutputTable *pgoutput_table_make(const TableMaker *maker,
										  const PgoutputRelation *message,
										  PgoutputTable *former,
										  SourceFault *fault);

/* A change of the table was written: a description that was sent is given up. */
extern void pgoutput_table_written(PgoutputTable *table, const TableMaker *maker);

/* True the first time that it is asked for this notice, or for a column's. */
extern bool pgoutput_table_tells(PgoutputTable *table, int notice);
extern bool pgoutput_table_tells_of_column(PgoutputTable *table, int column);

/* The table that a row plan is part of. */
extern PgoutputTable *pgoutput_table_of_plan(const WfRowPlan *plan);

extern void pgoutput_table_free(PgoutputTable *table);

#endif							/* WALFERRY_PGOUTPUT_TABLE_H */
