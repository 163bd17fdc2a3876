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

/* What a record that cannot be dealt with yet is waiting for. */
typedef enum HeldFor
{
	HELD_NOT,
	HELD_FOR_DESCRIPTION,		/* of the schema that held_schema names */
	HELD_FOR_TABLE,				/* of the partition's shape */
	HELD_FOR_TIME				/* nobody can tell without reading it again */
} HeldFor;

typedef struct Partition
{
	char	   *topic;
	int32_t		partition;
	int			number;
	bool		assigned;
	bool		not_rows;		/* transaction and message topics make no rows */
	int			generation;
	int64_t		next;			/* offset to read next, as far as we know: behind
								 * the last record that was dealt with; -1: none was
								 * yet */
	int64_t		committed;		/* what Kafka has, as far as we know; -1: nothing */
	Shape	   *shape;			/* of its last record, tried first for the next */

	/*
	 * A record that cannot be dealt with yet: the partition stands still before
	 * it.  Only where it is, is kept: a message would keep the whole answer of
	 * the broker that it came in, up to a megabyte.
	 */
	HeldFor		held;
	int64_t		held_offset;
	char		held_schema[SHAPE_FINGERPRINT_LENGTH];
	int64_t		held_since_ms;
	int64_t		retry_at_ms;
	int64_t		gone_at_ms;		/* it is read again, and should have come by then */
	int			attempts;
	bool		told;			/* that it is held */
	int64_t		told_offset;	/* the record that was told of last; a rebalance
								 * does not make it news */
	bool		foreign_told;	/* that records of another prefix are passed over */
	bool		throttled;		/* stands still because the buffer is full */
	bool		paused;			/* in the consumer: held, throttled, or about to go
								 * on; next is not -1 then */
} Partition;

typedef struct Partitions
{
	Partition **list;
	int			count;
	Partition  *last;			/* records come in runs */
} Partitions;

/* Where the partition should go on; -1: nothing is known of it. */
static inline int64_t
partition_expected_offset(const Partition *partition)
{
	return partition->next >= 0 ? partition->next : partition->committed;
}

/* Finds it, or makes it known.  NULL: no memory, or too many. */
extern Partition *partitions_get(Partitions *partitions, const char *topic, int32_t partition);

/* Forgets what an assignment had brought. */
extern void partition_reset(Partition *partition);

extern void partitions_free(Partitions *partitions);

#endif							/* WALFERRY_PARTITION_H */
