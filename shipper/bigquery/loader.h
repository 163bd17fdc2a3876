/*
 * loader.h
 *		What the parts of the loader leg share.
 *
 * loader.c runs the leg, intake.c makes rows of records, share.c keeps a failing
 * table from taking the others' room, assignment.c keeps what Kafka is told of
 * them.  All in one thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_LOADER_H
#define WALFERRY_LOADER_H

#include "shipper/bigquery/dead_letter.h"
#include "shipper/bigquery/flow.h"
#include "shipper/bigquery/partition.h"
#include "shipper/bigquery/schema_store.h"
#include "shipper/kafka/consumer.h"

/* A part of a turn ends after this even with more to do. */
#define LOADER_TURN_MS 50

/*
 * Calls about datasets and tables take no more of a turn than this, however
 * many hang: a member of the group has to poll (client.c, POLL_INTERVAL_MS).
 */
#define LOADER_REST_MS 10000

typedef struct Loader
{
	const Config *config;
	Token		token;
	Rest		rest;
	Sink	   *sink;
	Tables		tables;
	RowWriter	writer;
	Flow		flow;
	Partitions	partitions;
	SchemaStore *schemas;
	Consumer   *consumer;
	DeadLetters *letters;
	int64_t		polled_at_ms;	/* the consumer */
	bool		throttled;
	int			retry_from;		/* partition that is tried first again */
	int64_t		committed_at_ms;
	int64_t		pending_since_ms;	/* that the group owes us partitions; 0: no */
	bool		pending_told;
	int64_t		reported_at_ms;
	char		hold_reason[TABLE_ERROR_MAX];	/* of the record last held up */
	HeldFor		hold_for;		/* what it waits for */
	bool		hold_tell_now;	/* it is not one that waiting helps against */
	bool		hold_silently;	/* it was told already */
} Loader;

/* intake.c: from the consumer into the flow */

/* Reads records until there are no more, or the turn is over.  True if any. */
extern bool intake_read(Loader *loader, int64_t now_ms);

/* Tries the records again that were held back. */
extern void intake_retry_held(Loader *loader, int64_t now_ms);

/* Rows that were made of a range are gone: its records are read once more. */
extern void intake_read_again(Loader *loader, const BatchRange *range, int64_t now_ms);

/* Pauses everything when the buffer stays full, and lets it go on afterwards. */
extern void intake_throttle(Loader *loader, int64_t now_ms);

/*
 * For a loader that is to end: reads nothing more, but rebalances are served
 * and the group sees us alive.
 */
extern void intake_discard(Loader *loader);

/* assignment.c: topic-partitions come and go, and their offsets */

/* Commits what is settled and not committed yet.  wait: until Kafka has it. */
extern bool assignment_commit(Loader *loader, bool wait);

/* The loader is their host. */
extern const ConsumerCallbacks assignment_callbacks;

#endif							/* WALFERRY_LOADER_H */
