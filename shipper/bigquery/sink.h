/*
 * sink.h
 *		How rows get into BigQuery: what every way of writing has to offer.
 *
 * The loader makes rows and settles offsets; a sink carries batches.  The way
 * there is now writes to a table's default stream, at least once.  A way that
 * delivers exactly once keeps a stream per topic-partition and table, learns
 * in recover() what has landed, and is fenced there against its predecessor;
 * the loader does not change for it.
 *
 * All functions are called by the loader's thread only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SINK_H
#define WALFERRY_SINK_H

#include "shipper/bigquery/batch.h"
#include "shipper/bigquery/layout.h"
#include "shipper/bigquery/token.h"
#include "shipper/config.h"

/* What became of an append. */
typedef enum SinkOutcome
{
	SINK_DONE,					/* BigQuery has every row */
	SINK_RETRY,					/* unknown, or it will pass: send the same again */
	SINK_ROWS_REFUSED,			/* nothing written; refused[] cannot be taken */
	SINK_BATCH_REFUSED,			/* nothing written, and it is not said why: some
								 * row, or all of them */
	SINK_TABLE_CHANGED,			/* columns are missing, or the table is gone */
	SINK_DENIED					/* somebody has to give us a right, or the table is
								 * gone */
} SinkOutcome;

#define SINK_REFUSED_MAX 1000
#define SINK_ERROR_MAX 512

typedef struct SinkResult
{
	Batch	   *batch;
	SinkOutcome outcome;
	int			refused_count;
	int			refused[SINK_REFUSED_MAX];	/* rows by number, from 0 */
	char		error[SINK_ERROR_MAX];	/* in words; empty for DONE */
} SinkResult;

typedef struct Sink Sink;

struct Sink
{
	/*
	 * Makes a table ready to be written, or ready again with other columns.
	 * *head_room: bytes a batch must leave in front of its rows.
	 */
	bool		(*open) (Sink *sink, const char *table_name, const Layout *layout,
						 size_t *head_room);

	/*
	 * Starts an append; at most SINK_APPENDS_MAX at a time, one per table. The
	 * batch stays with the sink until poll gives it back.  False: could not
	 * even start; try again later.
	 */
	bool		(*append) (Sink *sink, Batch *batch, const char *table_name,
						   const Layout *layout);

	/*
	 * A topic-partition was given to us: tells the first offset whose row is
	 * not known to have landed, committed being what Kafka has for the group.
	 */
	int64_t		(*recover) (Sink *sink, const char *topic, int32_t partition, int64_t committed);

	/* Moves on; true if *result tells of an append that is over. */
	bool		(*poll) (Sink *sink, SinkResult *result);

	/*
	 * Waits until something may have happened, or one of the descriptors is
	 * readable, for at most timeout_ms.
	 */
	void		(*wait) (Sink *sink, const int *fds, int fd_count, int timeout_ms);

	/* Drops what is on its way and frees the sink. */
	void		(*close) (Sink *sink);
};

#define SINK_APPENDS_MAX 4

/* BigQueryWrite.AppendRows on default streams, one call per batch. */
extern Sink *default_stream_sink(const Config *config, Token *token);

#endif							/* WALFERRY_SINK_H */
