/*
 * partition.h
 *		The topic-partitions that are, or were, ours: where each one stands.
 *
 * A partition keeps its number for the life of the process.  Each assignment
 * is a new generation; rows of an older one are delivered if they are on their
 * way, but settle no offsets, because their records are read again.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PARTITION_H
#define WALFERRY_PARTITION_H

#include <librdkafka/rdkafka.h>

#include "shipper/bigquery/shape.h"

#define PARTITIONS_MAX 20000

typedef struct Partition
{
	char	   *topic;
	int32_t		partition;
	int			number;
	bool		assigned;
	bool		not_rows;		/* transaction and message topics make no rows */
	int			generation;
	int64_t		next;			/* offset behind the last record that was dealt
								 * with; -1: none was yet */
	int64_t		committed;		/* what Kafka has, as far as we know; -1: nothing */
	Shape	   *shape;			/* of its last record, tried first for the next */

	/* a record that cannot be dealt with yet; the flow stands still meanwhile */
	rd_kafka_message_t *held;
	int64_t		held_since_ms;
	int64_t		retry_at_ms;
	int			attempts;
	bool		told;			/* that it stands still */
	int64_t		told_offset;	/* the record that was told of last; a rebalance
								 * does not make it news */
	bool		throttled;		/* stands still because the buffer is full */
	bool		paused;			/* in the consumer: held, throttled, or about to go
								 * on */
	bool		must_seek;		/* records were dropped: go back to next */
} Partition;

typedef struct Partitions
{
	Partition **list;
	int			count;
	Partition  *last;			/* records come in runs */
} Partitions;

/* Finds it, or makes it known.  NULL: no memory, or too many. */
extern Partition *partitions_get(Partitions *partitions, const char *topic, int32_t partition);

/* Forgets what an assignment had brought. */
extern void partition_reset(Partition *partition);

extern void partitions_free(Partitions *partitions);

#endif							/* WALFERRY_PARTITION_H */
