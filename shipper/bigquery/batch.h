/*
 * batch.h
 *		Rows of one table on their way to BigQuery, and where they came from.
 *
 * A batch is what one append carries.  Its buffer holds, in this order, room
 * for a request's head, and the rows exactly as the request will carry them
 * (each with its tag and length), so that sending needs no copy and a retry
 * sends the same bytes:
 *
 *		0           head_room                       length
 *		|-- head ----|-- row -- row -- row -- … -----|
 *
 * The ranges tell which Kafka offsets it settles.  An offset may be committed
 * once no batch that begins at or before it is left.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_BATCH_H
#define WALFERRY_BATCH_H

#include "envelope/buffer.h"
#include "shipper/backoff.h"

/* AppendRows takes less than 10 MB per request, 20 MB by newer words of Google. */
#define BATCH_BYTES_MAX 9000000

/* A batch is sent without waiting for more once the next row would take it
 * beyond this (a power of two, because buffers double). */
#define BATCH_BYTES_ENOUGH (4 * 1024 * 1024)

/* The most that a request's head may grow to. */
#define BATCH_HEAD_BYTES_MAX (1024 * 1024)

#define BATCH_ROWS_MAX 50000
#define BATCH_RANGES_MAX 64

typedef struct BatchRange
{
	int			partition;		/* the loader's number of a topic's partition */
	int			generation;		/* of its assignment; an older one settles nothing */
	int64_t		first;			/* offsets, both included */
	int64_t		last;
} BatchRange;

typedef struct Batch
{
	WfBuffer	buffer;
	size_t		head_room;
	int			row_count;
	int			range_count;
	BatchRange	ranges[BATCH_RANGES_MAX];
	int64_t		opened_ms;
	int64_t		due_ms;			/* not to be sent before */
	int			attempts;		/* that failed */
	int			refusals;		/* of the whole, with no row named */
	Backoff		backoff;
	bool		sending;
	bool		part;			/* of one that was split: its ranges are those of
								 * the whole */
	struct Table *table;
	struct Batch *next;
} Batch;

/* NULL if there is no memory. */
extern Batch *batch_new(struct Table *table, size_t head_room, int64_t now_ms);
extern void batch_free(Batch *batch);

/* Should it take another row of that many bytes, of that partition? */
extern bool batch_has_room(const Batch *batch, size_t row_bytes, int partition, int generation);

/*
 * Appends a row (without tag and length) and notes its offset.  False if there
 * is no memory; nothing has changed then.
 */
extern bool batch_add(Batch *batch, WfSlice row, int partition, int generation, int64_t offset);

/* The same without an offset, for a batch whose ranges are set otherwise. */
extern bool batch_add_row(Batch *batch, WfSlice row);

/* Makes head_room at least that large.  False if there is no memory. */
extern bool batch_make_head_room(Batch *batch, size_t head_room);

/* The rows as the request carries them. */
extern WfSlice batch_rows(const Batch *batch);

/*
 * Takes the second half of the rows out, into a new batch that follows this
 * one; both keep all ranges, so that neither settles anything before the other.
 * NULL if there is no memory or only one row.
 */
extern Batch *batch_split(Batch *batch);

/* Cuts the next row out of `rows`; false at the end. */
extern bool batch_next_row(WfSlice *rows, WfSlice *row);

#endif							/* WALFERRY_BATCH_H */
