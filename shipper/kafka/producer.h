/*
 * producer.h
 *		Records to Kafka: idempotent, acks=all, bounded, nothing dropped by time.
 *
 * A Producer belongs to one thread, which calls producer_serve() whenever
 * producer_wake_fd() is readable; acknowledgements arrive from inside that
 * call.  A producer with a fault takes nothing more: the owner closes it, opens
 * another and reads the slot again from what is confirmed.
 *
 * A time that only says when the commit was is not worth a record: where Kafka
 * refuses it, the record goes with the time of sending (commit_time.h).
 *
 * What is in flight is bounded by PRODUCER_RECORDS_MAX and a byte budget; one
 * record larger than the budget goes alone.
 *
 * A record that the broker refuses for itself (too large, invalid, a time of the
 * row's that the topic does not take), or that asks for a partition which is not
 * there, is described in the dead-letter topic and counts as delivered when that
 * is.  A record for a topic that is not there yet is not taken (PRODUCER_FULL)
 * until the topic is made; if that needs somebody's help,
 * producer_missing_topic() says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PRODUCER_H
#define WALFERRY_PRODUCER_H

#include <librdkafka/rdkafka.h>

#include "commit_time.h"
#include "envelope/frame.h"
#include "shipper/config.h"
#include "topics.h"

#define PRODUCER_RECORDS_MAX 8000
#define PRODUCER_QUEUE_BYTES (12 * 1024 * 1024)
#define PRODUCER_BATCH_BYTES 1000000	/* librdkafka's default batch.size */
#ifndef PRODUCER_TOPICS_MAX
#define PRODUCER_TOPICS_MAX 10000	/* see producer_is_worn() */
#endif
#define PRODUCER_FAULT_TEXT_MAX 512

/* Kafka's default for a broker's socket.request.max.bytes. */
#define KAFKA_REQUEST_BYTES_MAX (100 * 1024 * 1024)

/* Of the inline schemas that are put around a record of record.max.bytes. */
#define PRODUCER_SCHEMA_BYTES_MAX (256 * 1024 * 1024)

/* Headers of ours before the frame's. */
#define PRODUCER_HEADERS_MAX (WF_FRAME_HEADERS_MAX + 2)

typedef struct Producer Producer;

typedef struct ProducerOwner
{
	/* a record of ledger entry `serial` is durable (or its dead letter is) */
	void		(*delivered) (void *host, uint64_t serial);

	/* the description of schema `schema_id` is durable */
	void		(*described) (void *host, uint32_t schema_id);
	void	   *host;
	CommitTimeLimits *commit_times; /* the owner's; it outlives the producer */
} ProducerOwner;

/* What Kafka's time of a record is. */
typedef enum RecordTime
{
	RECORD_TIME_OF_SENDING,
	RECORD_TIME_OF_COMMIT,
	RECORD_TIME_OF_ROW			/* a column's */
} RecordTime;

typedef struct ProducerRecord
{
	Topic	   *topic;			/* of producer_topic() */
	const WfSlice *key;			/* NULL: none */
	const WfSlice *value;		/* NULL: a tombstone */
	RecordTime	time;
	bool		has_partition;	/* else by the key */
	int64_t		timestamp_ms;	/* if time is not that of sending */
	int32_t		partition;		/* one that the topic does not have makes a dead
								 * letter of the record */
	int			header_count;
	WfFrameHeader headers[PRODUCER_HEADERS_MAX];
	WfPosition	position;
	uint64_t	serial;			/* of the ledger's entry */
} ProducerRecord;

typedef enum ProducerResult
{
	PRODUCER_TAKEN,
	PRODUCER_FULL,				/* ask again after something was delivered or made */
	PRODUCER_FAILED				/* see producer_fault() */
} ProducerResult;

/*
 * Warns, and returns true, if records may be larger than a broker with Kafka's
 * default for socket.request.max.bytes reads: it closes the connection instead
 * of refusing the record, so nobody learns which one it was, and the stream stands.
 */
extern bool producer_warn_of_request_limit(const Config *config);

/*
 * batch_bytes: batches are kept below this (librdkafka's batch.size).  NULL,
 * with error filled in, if the configuration does not work.
 */
extern Producer *producer_open(const Config *config, const ProducerOwner *owner,
							   int64_t batch_bytes, char *error, size_t error_size);

/* Throws away what is not delivered. */
extern void producer_close(Producer *producer);

/*
 * Asks the brokers for their topics, and makes the topic of schema descriptions
 * if it is missing.  Waits up to timeout_ms.  False with error filled in.
 */
extern bool producer_reach(Producer *producer, int timeout_ms, char *error, size_t error_size);

/*
 * Whether this topic.prefix was ever written to: its topic of schema
 * descriptions, or without headers any of its topics.  After producer_reach(),
 * before anything is sent.  False with error filled in if Kafka does not say.
 */
extern bool producer_was_written_before(Producer *producer, int timeout_ms, bool *written,
										char *error, size_t error_size);

/* Readable when producer_serve() has something to do. */
extern int	producer_wake_fd(const Producer *producer);

/* Takes acknowledgements and errors in, without waiting. */
extern void producer_serve(Producer *producer);

/* Why the producer is of no use any more; NULL if it is. */
extern const char *producer_fault(const Producer *producer);

/*
 * After a fault: a batch of several records was refused, and smaller batches
 * are needed to find out which of them is the cause.
 */
extern bool producer_wants_smaller_batches(const Producer *producer);

/* Then: batches of one record, since it is not for its size that one was refused. */
extern bool producer_wants_lone_records(const Producer *producer);

/*
 * It has written to PRODUCER_TOPICS_MAX topics, and only another producer begins
 * with none again.  Records for further topics are not taken (PRODUCER_FULL): the
 * owner lets what is in flight go, and puts another producer in this one's place.
 */
extern bool producer_is_worn(const Producer *producer);

/*
 * A topic to produce to, the producer's own; it begins to be made if it is not
 * there.  NULL with the fault set.
 */
extern Topic *producer_topic(Producer *producer, const char *name);

/*
 * The topic that keeps records from being taken until somebody makes it, or the
 * broker answers; NULL if there is none.
 */
extern const Topic *producer_missing_topic(const Producer *producer);

/*
 * Sees to it that the topic is there, waiting up to timeout_ms; after
 * producer_reach().  False with error filled in.
 */
extern bool producer_await_topic(Producer *producer, const char *name, int timeout_ms, char *error,
								 size_t error_size);

/*
 * Whether a record of so many bytes (key, value and headers) could be taken for the
 * topic now: what producer_send() looks at first, for those to whom making the
 * record is dear.
 */
extern ProducerResult producer_room(Producer *producer, Topic *topic, size_t bytes);

/* Copies key, value and headers. */
extern ProducerResult producer_send(Producer *producer, const ProducerRecord *record);

/* Describes a record that is not sent (it was too large for the source). */
extern ProducerResult producer_send_stub(Producer *producer, const Topic *topic,
										 const WfFrameStub *stub, uint64_t serial);

/* Only after producer_reach() succeeded. */
extern ProducerResult producer_send_schema(Producer *producer, const WfFrameSchema *schema);

/* Records and bytes handed on and not acknowledged. */
extern int64_t producer_in_flight(const Producer *producer);
extern int64_t producer_in_flight_bytes(const Producer *producer);

/* The topic of a record of ledger entry `serial` that is in flight; NULL: none is. */
extern const char *producer_topic_in_flight(const Producer *producer, uint64_t serial);

/* When something was acknowledged last, or sent while nothing was in flight. */
extern int64_t producer_progress_ms(const Producer *producer);

#endif							/* WALFERRY_PRODUCER_H */
