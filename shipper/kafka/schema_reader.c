/*
 * schema_reader.c
 *		Reads the topic __walferry.schemas.<prefix> from its beginning on.
 *
 * librdkafka's plain consumer is used, because it needs no group: reading
 * descriptions takes no right but to read that topic, and leaves no trace.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/kafka/schema_reader.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/kafka/client.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

#define QUEUED_KILOBYTES_MAX 1024
#define FETCH_BYTES_MAX (1024 * 1024)

struct SchemaReader
{
	rd_kafka_t *client;
	rd_kafka_topic_t *topic;
	rd_kafka_queue_t *queue;
	SchemaFound found;
	void	   *host;
	char		name[WF_OPTION_TEXT_MAX + sizeof(KAFKA_SCHEMA_TOPIC)];
	char		error[256];		/* of the topic, since a record came */
};

static void
on_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
	(void) opaque;
	metric_add(METRIC_LOADER_ERRORS, 1);
	kafka_client_tell(client, code, reason);
}

static rd_kafka_conf_t *
reader_conf(const Config *config)
{
	rd_kafka_conf_t *conf = kafka_client_conf(config, "walferry-schemas", NULL);

	if (conf == NULL)
		return NULL;
	if (kafka_client_set_timeouts(conf, config) &&
		kafka_client_set(conf, "isolation.level", "read_committed") &&
		kafka_client_set(conf, "auto.offset.reset", "earliest") &&	/* of a topic made anew */
		kafka_client_set(conf, "allow.auto.create.topics", "false") &&
		kafka_client_set_refresh(conf, config) &&
		kafka_client_set_fetch(conf, config, QUEUED_KILOBYTES_MAX, FETCH_BYTES_MAX))
	{
		rd_kafka_conf_set_error_cb(conf, on_error);
		return conf;
	}
	rd_kafka_conf_destroy(conf);
	return NULL;
}

SchemaReader *
schema_reader_open(const Config *config, SchemaFound found, void *host)
{
	SchemaReader *reader = calloc(1, sizeof(SchemaReader));
	rd_kafka_conf_t *conf = reader != NULL ? reader_conf(config) : NULL;
	char		error[512];

	if (conf == NULL)
	{
		free(reader);
		return NULL;
	}
	reader->found = found;
	reader->host = host;
	snprintf(reader->name, sizeof(reader->name), KAFKA_SCHEMA_TOPIC "%.*s",
			 (int) config->format.topic_prefix.length, config->format.topic_prefix.bytes);
	reader->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
	if (reader->client == NULL)
	{
		log_write(LOG_LEVEL_ERROR, "kafka", "cannot make a consumer", log_text("error", error));
		rd_kafka_conf_destroy(conf);
		free(reader);
		return NULL;
	}
	reader->topic = rd_kafka_topic_new(reader->client, reader->name, NULL);
	reader->queue = rd_kafka_queue_new(reader->client);
	if (reader->topic == NULL ||
		rd_kafka_consume_start_queue(reader->topic, KAFKA_SCHEMA_PARTITION,
									 RD_KAFKA_OFFSET_BEGINNING, reader->queue) != 0)
	{
		log_write(LOG_LEVEL_ERROR, "kafka", "cannot read the topic of schema descriptions",
				  log_text("topic", reader->name));
		schema_reader_close(reader);
		return NULL;
	}
	return reader;
}

void
schema_reader_close(SchemaReader *reader)
{
	if (reader->topic != NULL)
	{
		rd_kafka_consume_stop(reader->topic, KAFKA_SCHEMA_PARTITION);
		rd_kafka_topic_destroy(reader->topic);
	}
	rd_kafka_queue_destroy(reader->queue);
	rd_kafka_destroy(reader->client);
	free(reader);
}

/*
 * Until the first change is captured the topic is not there.  Whatever else
 * keeps us from reading it is told at once.
 */
static void
note_trouble(SchemaReader *reader, const rd_kafka_message_t *message)
{
	if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
		return;
	snprintf(reader->error, sizeof(reader->error), "%s", rd_kafka_err2str(message->err));
	if (message->err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
		message->err == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
		message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
		return;
	metric_add(METRIC_LOADER_ERRORS, 1);
	kafka_client_tell(reader->client, message->err, rd_kafka_message_errstr(message));
}

void
schema_reader_poll(SchemaReader *reader, int timeout_ms)
{
	rd_kafka_message_t *message;

	rd_kafka_poll(reader->client, 0);
	while ((message = rd_kafka_consume_queue(reader->queue, timeout_ms)) != NULL)
	{
		timeout_ms = 0;
		if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		{
			reader->error[0] = '\0';
			if (message->key != NULL && message->payload != NULL)
				reader->found(reader->host, wf_slice(message->key, message->key_len),
							  wf_slice(message->payload, message->len));
		}
		else
			note_trouble(reader, message);
		rd_kafka_message_destroy(message);
	}
}

const char *
schema_reader_error(const SchemaReader *reader)
{
	return reader->error;
}

const char *
schema_reader_topic(const SchemaReader *reader)
{
	return reader->name;
}
