/*
 * tuple.h
 *		A tuple's fields as values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_TUPLE_H
#define WALFERRY_PGOUTPUT_TUPLE_H

#include "envelope/read_text.h"
#include "table.h"

/*
 * Makes room in scratch, whose memory is the heap's, for the values of both tuples, either
 * of which may be NULL.  The values of the change before are gone then.  False for want of
 * memory.
 */
extern bool tuple_scratch_prepare(WfScratch *scratch, const PgoutputTable *table,
								  const PgoutputTuple *old_tuple, const PgoutputTuple *new_tuple);

/* Gives back what a large row has taken beyond kept_bytes. */
extern void tuple_scratch_shrink(WfScratch *scratch, size_t kept_bytes);

/* How a tuple is read. */
typedef struct TupleReading
{
	bool		identity_only;	/* it has the identity's columns; others are absent */
	const PgoutputTuple *before;	/* a whole old row: what is the same in it is
									 * UNCHANGED; or NULL */
	bool		has_unavailable;	/* set: some value is not in the tuple */
	int			column;			/* of what cannot be read */
} TupleReading;

/*
 * Reads a tuple, which has as many fields as the table has columns, into row.  False:
 * the column's bytes are not those of a value of its type.
 */
extern bool tuple_read(WfScratch *scratch, const PgoutputTable *table, const PgoutputTuple *tuple,
					   TupleReading *reading, WfValue *row);

#endif							/* WALFERRY_PGOUTPUT_TUPLE_H */
