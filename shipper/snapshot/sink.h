/*
 * sink.h
 *		Where rows that are read go: to Kafka, or as lines to stdout.
 *
 * Kafka gets them by the same Delivery as the stream's.  Frames name topics and schemas by
 * numbers that one writer of frames has given; whenever another begins, so does a session
 * of the sink.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SNAPSHOT_SINK_H
#define WALFERRY_SNAPSHOT_SINK_H

#include "envelope/event.h"
#include "shipper/capture/delivery.h"
#include "shipper/source/fault.h"

/*
 * A broker that takes nothing for so long ends the snapshot, whose transaction holds back
 * the cleaning up of the whole database.
 */
#define SINK_PATIENCE_MS 300000

typedef struct Sink
{
	const Config *config;
	WfOutput	output;			/* FRAME, or RECORD to stdout */
	Producer   *producer;
	int64_t		batch_bytes;
	CommitTimeLimits commit_times;
	Ledger	   *ledger;
	Delivery	delivery;
	bool		in_session;
	bool		wants_smaller_batches;	/* set when a batch was refused: the
										 * snapshot may go well another time */
	int64_t		delivered;		/* records acknowledged */
} Sink;

/* Opens it, and waits for Kafka.  False with fault filled in; nothing to close then. */
extern bool sink_open(Sink *sink, const Config *config, SourceFault *fault);

/* Begins a session, having waited for what the one before left in flight. */
extern bool sink_begin_session(Sink *sink, SourceFault *fault);

/* Takes a frame, or a record as its line has it; waits until there is room. */
extern bool sink_take(Sink *sink, WfSlice bytes, SourceFault *fault);

/* Waits until all is delivered. */
extern bool sink_settle(Sink *sink, SourceFault *fault);

/* What has to be done while something else is waited for. */
extern void sink_serve(Sink *sink);

/* What is not delivered is thrown away. */
extern void sink_close(Sink *sink);

#endif							/* WALFERRY_SNAPSHOT_SINK_H */
