/*
 * dead_letter.c
 *		Records that can make no row.
 *
 * A producer costs memory and threads, and most processes never need one: it
 * is made for the first letter.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/dead_letter.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/kafka/client.h"
#include "shipper/kafka/dead_letter.h"
#include "shipper/kafka/topics.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

#define DELIVERY_TIMEOUT_MS "10000"
#define CREATE_TIMEOUT_MS 5000

struct DeadLetters
{
	const Config *config;
	rd_kafka_t *producer;		/* NULL: not needed yet */
	bool		topic_made;
	char		topic[WF_OPTION_TEXT_MAX + sizeof(KAFKA_DEAD_LETTER_TOPIC)];
	bool		delivered;		/* the letter that is being waited for */
	char		error[256];
};

DeadLetters *
dead_letters_open(const Config *config)
{
	DeadLetters *letters = calloc(1, sizeof(DeadLetters));

	if (letters == NULL)
		return NULL;
	letters->config = config;
	snprintf(letters->topic, sizeof(letters->topic), KAFKA_DEAD_LETTER_TOPIC "%s",
			 config->format.topic_prefix.bytes);
	return letters;
}

void
dead_letters_close(DeadLetters *letters)
{
	if (letters->producer != NULL)
		rd_kafka_destroy(letters->producer);
	free(letters);
}

static void
on_delivery(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
	DeadLetters *letters = opaque;

	(void) producer;
	letters->delivered = message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
	if (!letters->delivered)
		snprintf(letters->error, sizeof(letters->error), "%s", rd_kafka_err2str(message->err));
}

static bool
make_producer(DeadLetters *letters)
{
	rd_kafka_conf_t *conf = kafka_client_conf(letters->config, "walferry-dead-letters", NULL);

	if (conf == NULL)
		return false;
	if (!kafka_client_set(conf, "enable.idempotence", "true") ||
		!kafka_client_set(conf, "message.timeout.ms", DELIVERY_TIMEOUT_MS) ||
		!kafka_client_set(conf, "linger.ms", "0"))
	{
		rd_kafka_conf_destroy(conf);
		return false;
	}
	rd_kafka_conf_set_opaque(conf, letters);
	rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
	letters->producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, letters->error,
									 sizeof(letters->error));
	if (letters->producer == NULL)
		rd_kafka_conf_destroy(conf);
	return letters->producer != NULL;
}

/* The broker may not create topics by itself.  Failing does no harm here. */
static void
make_topic(DeadLetters *letters)
{
	const TopicRequest request = {.name = letters->topic, .partitions = -1};
	char		reason[TOPIC_REASON_MAX];

	letters->topic_made = topics_create(letters->producer, &request, CREATE_TIMEOUT_MS, reason) !=
		RD_KAFKA_RESP_ERR__TIMED_OUT;
}

/* Waits until the letter was delivered or refused, or a stop is asked for. */
static void
wait_for_delivery(DeadLetters *letters)
{
	while (rd_kafka_outq_len(letters->producer) > 0 && control_stop() != CONTROL_NOW)
	{
		rd_kafka_poll(letters->producer, 200);
		status_beat(LEG_LOADER);
	}
}

bool
dead_letters_send(DeadLetters *letters, const Record *record, const char *reason)
{
	char		key[WF_TOPIC_LENGTH_MAX + 64];
	WfBuffer	text;
	const DeadLetter letter = {
		.topic = record->topic, .partition = record->partition, .offset = record->offset,
		.position = record->position, .key = record->key, .reason = reason,
		.value_bytes_at_least = record->value.length
	};
	rd_kafka_resp_err_t error;

	letters->delivered = false;
	letters->error[0] = '\0';
	heap_buffer_init(&text, DEAD_LETTER_BYTES_MAX);
	dead_letter_write(&text, &letter);
	if (text.error != WF_BUFFER_OK)
		snprintf(letters->error, sizeof(letters->error), "out of memory");
	else if (letters->producer != NULL || make_producer(letters))
	{
		if (!letters->topic_made)
			make_topic(letters);
		snprintf(key, sizeof(key), "%s/%d/%lld", record->topic, (int) record->partition,
				 (long long) record->offset);
		error = rd_kafka_producev(letters->producer, RD_KAFKA_V_TOPIC(letters->topic),
								  RD_KAFKA_V_KEY(key, strlen(key)),
								  RD_KAFKA_V_VALUE(text.data, text.length),
								  RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
		if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
			wait_for_delivery(letters);
		else
			snprintf(letters->error, sizeof(letters->error), "%s", rd_kafka_err2str(error));
	}
	heap_buffer_free(&text);
	if (letters->delivered)
	{
		log_write(LOG_LEVEL_ERROR, "bigquery",
				  "a record makes no row; described in the dead-letter topic",
				  log_text("topic", record->topic), log_int("partition", record->partition),
				  log_int("offset", record->offset), log_text("reason", reason),
				  log_text("dead_letters", letters->topic));
		metric_add(METRIC_LOADER_DEAD_LETTERS, 1);
	}
	else
		log_write(LOG_LEVEL_WARNING, "bigquery",
				  "could not write to the dead-letter topic; trying again",
				  log_text("topic", record->topic), log_int("partition", record->partition),
				  log_int("offset", record->offset), log_text("reason", reason),
				  log_text("dead_letters", letters->topic), log_text("error", letters->error));
	return letters->delivered;
}
