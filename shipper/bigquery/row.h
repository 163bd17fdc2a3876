/*
 * row.h
 *		From a Kafka record to a row of its table's history.
 *
 * Whether a record makes a row, and which, is a pure function of its bytes,
 * the shape it names and the configuration, never of what BigQuery says: the
 * count of rows per range of offsets can be relied on.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ROW_H
#define WALFERRY_ROW_H

#include "envelope/json.h"
#include "shipper/bigquery/batch.h"
#include "shipper/bigquery/layout.h"

/* BigQuery takes rows up to 10 MB; a request needs room for its head too. */
#define ROW_BYTES_MAX 8000000

/* Values as text: those of the largest record that Kafka may hold. */
#define ROW_SCRATCH_BYTES_MAX (1024u * 1024 * 1024)

/* A Kafka record.  A slice whose data is NULL: not there. */
typedef struct Record
{
	const char *topic;
	int32_t		partition;
	int64_t		offset;
	int64_t		timestamp_ms;	/* Kafka's; negative if it has none */
	WfSlice		key;
	WfSlice		value;
	WfSlice		position;		/* header __walferry.position, and so on */
	WfSlice		schema;
	WfSlice		unavailable;
	WfSlice		defaulted;
	WfSlice		before;
	WfSlice		old_key;		/* header __debezium.oldkey */
} Record;

typedef enum RowResult
{
	ROW_MADE,
	ROW_NONE,					/* the record makes no row: tombstone, message */
	ROW_UNREADABLE,				/* not an event, writer->reason says why */
	ROW_TOO_LARGE,
	ROW_NO_MEMORY
} RowResult;

/* Makes one row at a time; its buffers are used again and again. */
typedef struct RowWriter
{
	WfBuffer	row;			/* the row last made */
	WfBuffer	overflow;		/* its _overflow, as far as it is written */
	WfBuffer	scratch;
	int64_t		now_us;			/* wall clock; becomes _ingested_at */
	const char *reason;
	char		reason_text[256];	/* of a reason with numbers in it */
	bool		left_out[SHAPE_COLUMNS_MAX];	/* columns of the image that tell
												 * nothing */
} RowWriter;

extern void row_writer_init(RowWriter *writer);
extern void row_writer_free(RowWriter *writer);

/* Is a value an envelope at all?  If not, writer->reason says why. */
extern bool row_is_event(RowWriter *writer, WfSlice value);

/* shape must be bound to layout (shape->slots). */
extern RowResult row_make(RowWriter *writer, const Record *record, const Shape *shape,
						  const Layout *layout);

/*
 * The row again, for a BigQuery that refused it: the row's own columns NULL,
 * their values as text in _overflow.  A row without any gives up _key and
 * _key_before in the same way.  Into writer->row; false if there is nothing
 * left to give up, or no memory.
 */
extern bool row_make_fallback(RowWriter *writer, WfSlice row, const Layout *layout);

#endif							/* WALFERRY_ROW_H */
