/*
 * producer_state.h
 *		What producer.c (the connection), producer_send.c (the records) and
 *		producer_letters.c (their dead letters) share.
 *
 * For these files only; everybody else includes producer.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PRODUCER_STATE_H
#define WALFERRY_PRODUCER_STATE_H

#include "producer.h"

#define PRODUCER_OWN_TOPIC_BYTES_MAX (32 + WF_OPTION_TEXT_MAX + 1)

typedef enum FlightKind
{
	FLIGHT_RECORD,
	FLIGHT_DEAD_LETTER,
	FLIGHT_SCHEMA
} FlightKind;

typedef struct Flight
{
	FlightKind	kind;
	Topic	   *topic;			/* NULL: that of schema descriptions */
	uint64_t	serial;			/* ledger entry, or schema id */
	WfPosition	position;
	size_t		bytes;			/* of the budget: key, value and headers */
	size_t		message_bytes;	/* handed to librdkafka: key and value */
	bool		has_partition;	/* the record asked for one */
	RecordTime	time;
	int64_t		timestamp_ms;	/* if time is not that of sending */
	char	   *letter;			/* waits to be sent; NULL: none */
	size_t		letter_bytes;
	struct Flight *next;		/* free, or waiting with its letter */
} Flight;

/* A record that cannot go where it belongs. */
typedef struct Undeliverable
{
	const char *topic;
	const WfSlice *key;			/* NULL: none */
	uint64_t	value_bytes;	/* at least */
	const char *reason;
} Undeliverable;

struct Producer
{
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	rd_kafka_topic_t *schema_topic;
	Topics	   *topics;
	Topic	   *dead_letter_topic;
	const Topic *missing;		/* see producer_missing_topic() */
	int64_t		handles;		/* of topics; librdkafka gives none of their memory
								 * back before the client goes */
	int			wake_pipe[2];
	const char *servers;		/* the configuration's */
	const WfOptions *format;	/* likewise */
	ProducerOwner owner;
	uint64_t	epoch;			/* of positions in letters */
	Flight	   *flights;		/* PRODUCER_RECORDS_MAX */
	Flight	   *free_flight;
	Flight	   *waiting;		/* with letters, oldest first */
	Flight	  **waiting_end;
	int64_t		in_flight;
	int64_t		in_flight_bytes;
	int64_t		budget_bytes;
	int64_t		batch_bytes;
	int64_t		message_bytes_max;	/* librdkafka's message.max.bytes */
	bool		message_bytes_set;	/* by the user */
	int64_t		progress_ms;
	bool		schemas_wanted;
	bool		schema_topic_made;	/* by this producer */
	bool		smaller_batches;
	bool		lone_records;	/* smaller ones would not tell the culprit sooner */
	bool		closing;
	char		schema_topic_name[PRODUCER_OWN_TOPIC_BYTES_MAX];
	char		dead_letter_topic_name[PRODUCER_OWN_TOPIC_BYTES_MAX];
	char		fault[PRODUCER_FAULT_TEXT_MAX];
};

/* Remembers what ends this producer; the first fault is the one that is told. */
extern void producer_set_fault(Producer *producer, const char *what, const char *why);

/* librdkafka's delivery report (rd_kafka_conf_set_dr_msg_cb). */
extern void producer_on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message,
								 void *opaque);

/* ---- producer_send.c ---------------------------------------------------- */

/* topic: that of the record; NULL for schema descriptions, whose topic is no entry of Topics. */
extern Flight *producer_take_flight(Producer *producer, FlightKind kind, Topic *topic,
									uint64_t serial, size_t bytes);
extern void producer_give_flight_back(Producer *producer, Flight *flight);
extern bool producer_has_room(const Producer *producer, size_t bytes);

/*
 * Whether a record for the topic can be taken now: the topic is there and has a
 * handle, and the record that went ahead alone has come to something.
 */
extern ProducerResult producer_topic_room(Producer *producer, Topic *topic);

/* Where and when a message goes. */
typedef struct Placement
{
	rd_kafka_topic_t *topic;
	int32_t		partition;		/* RD_KAFKA_PARTITION_UA: the key decides */
	int64_t		timestamp_ms;	/* 0: now */
} Placement;

/* Hands one message to librdkafka, which copies it; headers are taken over. */
extern rd_kafka_resp_err_t producer_hand_on(Producer *producer, const Placement *placement,
											const WfSlice *key, const WfSlice *value,
											rd_kafka_headers_t *headers, Flight *flight);

/* A letter or a description is refused for itself: a fault that says what to do. */
extern void producer_lone_refused(Producer *producer, const char *topic, const Flight *flight,
								  rd_kafka_resp_err_t code);

/* ---- producer_letters.c ------------------------------------------------- */

/* Describes a record that was not handed on; PRODUCER_FULL: ask again later. */
extern ProducerResult producer_describe(Producer *producer, const Undeliverable *what,
										const WfPosition *position, uint64_t serial);

/* Describes a record of which a report says that it is refused, as soon as that can be. */
extern void producer_letter_waits(Producer *producer, const Undeliverable *what, Flight *flight);

/* Sends the letters that wait, if that can be. */
extern void producer_serve_letters(Producer *producer);

/* Throws them away. */
extern void producer_drop_letters(Producer *producer);

#endif							/* WALFERRY_PRODUCER_STATE_H */
