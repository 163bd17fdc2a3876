/*
 * producer_state.h
 *		What producer.c (the connection) and producer_send.c (the records) share.
 *
 * For these two files only; everybody else includes producer.h.
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
	size_t		bytes;
	struct Flight *next_free;
} Flight;

struct Producer
{
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	rd_kafka_topic_t *schema_topic;
	Topics	   *topics;
	Topic	   *dead_letter_topic;
	const Topic *missing;		/* see producer_missing_topic() */
	int			wake_pipe[2];
	const char *servers;		/* the configuration's */
	ProducerOwner owner;
	Flight	   *flights;		/* PRODUCER_RECORDS_MAX */
	Flight	   *free_flight;
	int64_t		in_flight;
	int64_t		in_flight_bytes;
	int64_t		budget_bytes;
	int64_t		batch_bytes;
	int64_t		progress_ms;
	bool		schemas_wanted;
	bool		smaller_batches;
	bool		closing;
	char		prefix[WF_OPTION_TEXT_MAX + 1];
	char		schema_topic_name[PRODUCER_OWN_TOPIC_BYTES_MAX];
	char		dead_letter_topic_name[PRODUCER_OWN_TOPIC_BYTES_MAX];
	char		fault[PRODUCER_FAULT_TEXT_MAX];
};

/* Remembers what ends this producer; the first fault is the one that is told. */
extern void producer_set_fault(Producer *producer, const char *what, const char *why);

/* librdkafka's delivery report (rd_kafka_conf_set_dr_msg_cb). */
extern void producer_on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message,
								 void *opaque);

#endif							/* WALFERRY_PRODUCER_STATE_H */
