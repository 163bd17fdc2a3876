/*
 * flow.h
 *		Rows between being made and being in BigQuery.
 *
 * Every table has one batch that takes rows and a queue of batches that wait
 * for being sent, the first of which may be on its way.  One budget of bytes
 * holds for all of them together: when it is used up, the fullest table is
 * sent, and no more rows may come until something has arrived.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FLOW_H
#define WALFERRY_FLOW_H

#include "shipper/bigquery/row.h"
#include "shipper/bigquery/table.h"

typedef struct Flow
{
	Tables	   *tables;
	Sink	   *sink;
	RowWriter  *writer;			/* for fallback rows */
	int64_t		flush_interval_ms;
	size_t		budget_bytes;
	size_t		bytes;			/* memory of all batches */
	int			batch_count;
	int			appending;		/* batches on their way */
	bool		failing;		/* no append has gone well since one failed, of a
								 * table that is not the only one to fail */
	int64_t		done_ms;		/* when an append last went well */
	char		error[SINK_ERROR_MAX];
	int64_t		refusal_told_ms;	/* when refused rows were last in the log */
	SinkResult	result;			/* too large for a stack frame */
} Flow;

extern void flow_init(Flow *flow, Tables *tables, RowWriter *writer);

/* Takes a row over.  False if there is no memory. */
extern bool flow_add(Flow *flow, Table *table, WfSlice row, int partition, int generation,
					 int64_t offset, int64_t now_ms);

static inline bool
flow_is_full(const Flow *flow)
{
	return flow->bytes >= flow->budget_bytes;
}

/*
 * Sends what is due, takes the answers.  all: everything is due.  True if
 * something moved.
 */
extern bool flow_turn(Flow *flow, bool all, int64_t now_ms);

/* Frees a batch that no queue holds any more. */
extern void flow_drop(Flow *flow, Batch *batch);

/* Lowest offset of a partition that has a row here; -1 if it has none. */
extern int64_t flow_first_offset(const Flow *flow, int partition, int generation);

/* When the next batch becomes due, by control_now_ms(); INT64_MAX: none. */
extern int64_t flow_next_due_ms(const Flow *flow);

/* Since when the oldest row waits; INT64_MAX if there is none. */
extern int64_t flow_oldest_ms(const Flow *flow);

#endif							/* WALFERRY_FLOW_H */
