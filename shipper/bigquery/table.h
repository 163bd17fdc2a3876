/*
 * table.h
 *		A history table: made and widened when needed, and its rows on the way.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_TABLE_H
#define WALFERRY_TABLE_H

#include "shipper/backoff.h"
#include "shipper/bigquery/rest.h"
#include "shipper/bigquery/sink.h"

#define TABLE_ERROR_MAX 1024

typedef struct Table
{
	char	   *schema;			/* of the source */
	char	   *source;
	char		name[LAYOUT_TABLE_NAME_MAX + 1];	/* in BigQuery */
	char		label[LAYOUT_LABEL_MAX + 1];
	Layout		layout;
	Shape	   *shape;			/* the last one that was bound */
	size_t		head_room;
	bool		known;			/* layout agrees with BigQuery, as far as we know */
	bool		ready;			/* and the sink is open */
	bool		misfit;			/* needs somebody's hand: said in error */
	int			attempts;		/* that failed since it was ready */
	Backoff		backoff;
	int64_t		retry_at_ms;
	char		error[TABLE_ERROR_MAX];

	int			failures;		/* appends that failed since one went well */
	int64_t		failing_since_ms;
	int64_t		share_told_ms;	/* when the log last said that its topics wait; 0:
								 * not since an append went well */
	int64_t		refusal_told_ms;	/* likewise that a row is refused in every form */
	char		refusal[SINK_ERROR_MAX];	/* of the last append that failed */

	Batch	   *open;			/* takes rows */
	Batch	   *queue;			/* wait for being sent, in order; the first may be
								 * on its way */
	struct Table *next;
} Table;

typedef struct Tables
{
	const Config *config;
	Rest	   *rest;
	Sink	   *sink;
	Table	   *first;
} Tables;

/* The table that takes a shape's rows, made known to us.  NULL: no memory. */
extern Table *tables_get(Tables *tables, const Shape *shape);
extern void tables_free(Tables *tables);

/*
 * Makes the table exist in BigQuery, with a column for each of the shape's,
 * ours by its label, and the sink ready.  True: shape->target is set and rows
 * may be made.  False: not before table->retry_at_ms, and not before
 * rest_has_time(); table->error says why.
 */
extern bool table_prepare(Tables *tables, Table *table, Shape *shape, int64_t now_ms);

/* So many failures in a row are no passing matter. */
#define TABLE_FAILURES_MAX 3

static inline bool
table_is_failing(const Table *table)
{
	return table->misfit || table->failures >= TABLE_FAILURES_MAX ||
		table->attempts >= TABLE_FAILURES_MAX;
}

/* What is wrong with a table that fails. */
static inline const char *
table_fault(const Table *table)
{
	return table->error[0] != '\0' ? table->error : table->refusal;
}

/* BigQuery contradicted what we know of it: look again before the next append. */
extern void table_doubt(Table *table);

#endif							/* WALFERRY_TABLE_H */
