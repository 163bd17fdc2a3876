/*
 * table_row.h
 *		The rows of a table that is being decoded.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_TABLE_ROW_H
#define WALFERRY_PLUGIN_TABLE_ROW_H

#include "access/htup.h"
#include "access/tupdesc.h"

#include "envelope/value.h"

struct WfTablePlan;

/* A row: as the tuple has it, and what was read of that. */
typedef struct WfTableRow
{
	Datum	   *datums;			/* per attribute */
	bool	   *nulls;
	WfValue    *values;			/* per column of the table that it is published as */
} WfTableRow;

/*
 * Makes room for the rows of a change in the current memory context, and decides
 * which columns are read.
 */
extern void wf_table_plan_prepare_rows(struct WfTablePlan *plan);

/*
 * Reads a tuple into one of the plan's rows.  identity_only: a key as it is
 * logged for update and delete, in which other columns are absent.  before: the
 * whole row as it was before, read already; values that it has too are
 * UNCHANGED.  May be NULL.  Values point into the tuple or are allocated in the
 * current memory context.
 *
 * If the row's record is seen to need more than bytes_max, without reading it or
 * from what has been read of it, only its key and what has been stay read, the
 * rest is UNREAD.  So is a value that cannot be read at all, and a large one of
 * which no record shows anything.  The result is true if some value is.
 */
extern bool wf_table_plan_read(struct WfTablePlan *plan, HeapTuple tuple, TupleDesc descriptor,
							   bool identity_only, int64 bytes_max, WfTableRow *row,
							   const WfTableRow *before);

/*
 * Gives the new row what the WAL has of its values in the old row only: unchanged
 * ones of the replica identity that are large.
 */
extern void wf_table_plan_complete(struct WfTablePlan *plan);

#endif							/* WALFERRY_PLUGIN_TABLE_ROW_H */
