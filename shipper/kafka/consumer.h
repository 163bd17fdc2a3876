/*
 * consumer.h
 *		The captured topics, read as a member of a consumer group.
 *
 * Every topic of the prefix is subscribed to by pattern, also those to come.
 * Nothing is ever committed but what the owner asks for: there is no automatic
 * commit, no stored offset, and a lost assignment commits nothing.
 *
 * One thread uses a consumer; the callbacks are called from consumer_poll() and
 * consumer_close().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONSUMER_H
#define WALFERRY_CONSUMER_H

#include <librdkafka/rdkafka.h>

#include "shipper/config.h"

typedef struct Consumer Consumer;

typedef struct ConsumerCallbacks
{
	/*
	 * A topic-partition is ours from now on.  committed: the group's offset,
	 * negative if there is none.  Returns the offset to begin at, negative for
	 * the beginning.
	 */
	int64_t		(*assigned) (void *host, const char *topic, int32_t partition, int64_t committed);

	/*
	 * These are no longer ours after this returns.  lost: they belong to
	 * somebody else already, so nothing may be committed.  Else the owner
	 * delivers what it can and commits, within a few seconds.
	 */
	void		(*revoked) (void *host, const rd_kafka_topic_partition_list_t *partitions,
							bool lost);
} ConsumerCallbacks;

/* NULL, logged, if that can never work. */
extern Consumer *consumer_open(const Config *config, const ConsumerCallbacks *callbacks,
							   void *host);

/* Leaves the group, calling revoked() for what is still assigned. */
extern void consumer_close(Consumer *consumer);

/*
 * The next record, or NULL if there is none at the moment; serves callbacks.
 * To be destroyed by rd_kafka_message_destroy().
 */
extern rd_kafka_message_t *consumer_poll(Consumer *consumer);

/* Polls readable when there may be something to poll; consumer_poll() that
 * returns NULL makes it unreadable again. */
extern int	consumer_fd(const Consumer *consumer);

/* Commits offsets (each the next one to read).  False, logged, if a synchronous
 * commit failed or took more than a few seconds; the outcome of the other kind
 * is told by the next function. */
extern bool consumer_commit(Consumer *consumer, rd_kafka_topic_partition_list_t *offsets,
							bool wait);

/* Did a commit fail since this was last asked?  Which offsets Kafka has is not
 * known then: commit all of them again. */
extern bool consumer_commit_failed(Consumer *consumer);

/* Stops and restarts the flow of one topic-partition.  Resuming reads from
 * `offset` on.  False, logged: it could not go there and stays paused. */
extern void consumer_pause(Consumer *consumer, const char *topic, int32_t partition);
extern bool consumer_resume(Consumer *consumer, const char *topic, int32_t partition,
							int64_t offset);

/* Offset of the first record that Kafka still had when it last answered; -1: not known. */
extern int64_t consumer_first_offset(Consumer *consumer, const char *topic, int32_t partition);

/* Records that Kafka had behind `next` when it last told; -1 if it did not. */
extern int64_t consumer_lag(Consumer *consumer, const char *topic, int32_t partition,
							int64_t next);

/* What the group has given us to read. */
typedef enum ConsumerShare
{
	CONSUMER_SHARE_UNKNOWN,		/* Kafka has not told which topics there are */
	CONSUMER_NO_TOPICS,			/* nothing has been captured yet */
	CONSUMER_SHARE_PENDING,		/* the group has not handed out partitions yet */
	CONSUMER_SHARE_GIVEN		/* ours are assigned; none, if others have them all */
} ConsumerShare;

/* Asks Kafka, for at most timeout_ms and now and then only, while it has to. */
extern ConsumerShare consumer_share(Consumer *consumer, int timeout_ms);

/* Can Kafka be reached?  Asks, for at most timeout_ms, when it is in doubt. */
extern bool consumer_connected(Consumer *consumer, int timeout_ms);

/* Is it beyond repair?  Said in the log; only another consumer helps. */
extern bool consumer_is_fatal(const Consumer *consumer);

/* What was wrong last, in words. */
extern const char *consumer_error(const Consumer *consumer);

#endif							/* WALFERRY_CONSUMER_H */
