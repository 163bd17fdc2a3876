/*
 * producer.c
 *		The connection to Kafka: idempotent, acks=all, bounded, nothing dropped by
 *		time.  What becomes of records is in producer_send.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "producer_state.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "client.h"
#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

#define SCHEMA_BYTES_MAX "8388608"	/* what hosted brokers still allow */
#define RECORD_OVERHEAD_BYTES 65536 /* headers and Kafka's own framing */
#define MESSAGE_BYTES_MAX 1000000000	/* librdkafka's limit for message.max.bytes */

/* ---- opening and closing ------------------------------------------------ */

void
producer_set_fault(Producer *producer, const char *what, const char *why)
{
	if (producer->fault[0] == '\0')
		snprintf(producer->fault, sizeof(producer->fault), "%s: %s", what, why);
}

static void on_error(rd_kafka_t *client, int error, const char *reason, void *opaque);

static rd_kafka_conf_t *
make_conf(Producer *producer, const Config *config)
{
	int64_t		record_max = config->format.record_max_bytes + PRODUCER_SCHEMA_BYTES_MAX +
	RECORD_OVERHEAD_BYTES;
	char		message_max[32];
	const ConfigProperty defaults[] = {
		{"linger.ms", "2"},
		{"partitioner", "murmur2_random"},
		{"socket.keepalive.enable", "true"},
		{"reconnect.backoff.max.ms", "2000"},
		{"message.max.bytes", message_max},
		{NULL, NULL}
	};
	rd_kafka_conf_t *conf;
	int64_t		queue_kbytes;

	if (record_max > MESSAGE_BYTES_MAX)
		record_max = MESSAGE_BYTES_MAX;
	snprintf(message_max, sizeof(message_max), "%" PRId64, record_max);
	producer->message_bytes_max = config_kafka_number(config, "message.max.bytes", record_max);
	producer->message_bytes_set = config_kafka_property(config, "message.max.bytes") != NULL;
	conf = kafka_client_conf(config, "walferry", defaults);
	if (conf == NULL)
		return NULL;
	producer->budget_bytes = config_kafka_number(config, "queue.buffering.max.kbytes",
												 PRODUCER_QUEUE_BYTES / 1024) * 1024;

	/*
	 * the budget is kept here; librdkafka's own must take one record of any
	 * size beside it
	 */
	queue_kbytes = (producer->budget_bytes + record_max) / 1024 + 1;

	if (kafka_client_set_number(conf, "batch.size", producer->batch_bytes) &&
		kafka_client_set_number(conf, "queue.buffering.max.kbytes", queue_kbytes) &&
		kafka_client_set_number(conf, "queue.buffering.max.messages", PRODUCER_RECORDS_MAX + 16) &&
		kafka_client_set(conf, "allow.auto.create.topics", "false") &&
		kafka_client_set(conf, "enable.idempotence", "true") &&
		kafka_client_set(conf, "acks", "all") &&
		kafka_client_set(conf, "message.timeout.ms", "0"))
	{
		rd_kafka_conf_set_dr_msg_cb(conf, producer_on_delivery);
		rd_kafka_conf_set_error_cb(conf, on_error);
		rd_kafka_conf_set_opaque(conf, producer);
		return conf;
	}
	rd_kafka_conf_destroy(conf);
	return NULL;
}

bool
producer_warn_of_request_limit(const Config *config)
{
	int64_t		record_max = config->format.record_max_bytes;

	if (record_max < KAFKA_REQUEST_BYTES_MAX ||
		config_kafka_number(config, "message.max.bytes", record_max) < KAFKA_REQUEST_BYTES_MAX)
		return false;
	log_write(LOG_LEVEL_WARNING, "kafka",
			  "record.max.bytes is not below Kafka's default for the broker's socket.request.max.bytes: "
			  "a record that makes a larger request ends the connection and stops the stream; raise "
			  "socket.request.max.bytes, or set kafka.message.max.bytes below it",
			  log_int("record.max.bytes", record_max),
			  log_int("socket.request.max.bytes", KAFKA_REQUEST_BYTES_MAX));
	return true;
}

static bool
make_pool(Producer *producer)
{
	producer->flights = calloc(PRODUCER_RECORDS_MAX, sizeof(Flight));
	if (producer->flights == NULL)
		return false;
	for (int i = PRODUCER_RECORDS_MAX - 1; i >= 0; i--)
	{
		producer->flights[i].next = producer->free_flight;
		producer->free_flight = &producer->flights[i];
	}
	return true;
}

static bool
make_wake_pipe(Producer *producer)
{
	return pipe2(producer->wake_pipe, O_CLOEXEC | O_NONBLOCK) == 0;
}

Producer *
producer_open(const Config *config, const ProducerOwner *owner, int64_t batch_bytes,
			  char *error, size_t error_size)
{
	Producer   *producer = calloc(1, sizeof(Producer));
	rd_kafka_conf_t *conf;

	if (producer == NULL)
	{
		snprintf(error, error_size, "out of memory");
		return NULL;
	}
	producer->owner = *owner;
	producer->servers = config->kafka_bootstrap_servers;
	producer->format = &config->format;
	producer->epoch = (uint64_t) config->position_epoch;
	producer->batch_bytes = batch_bytes;
	producer->progress_ms = control_now_ms();
	producer->wake_pipe[0] = producer->wake_pipe[1] = -1;
	producer->waiting_end = &producer->waiting;
	producer->schemas_wanted = config_publishes_schemas(config);
	snprintf(producer->schema_topic_name, sizeof(producer->schema_topic_name),
			 KAFKA_SCHEMA_TOPIC "%s", config->format.topic_prefix.bytes);
	snprintf(producer->dead_letter_topic_name, sizeof(producer->dead_letter_topic_name),
			 KAFKA_DEAD_LETTER_TOPIC "%s", config->format.topic_prefix.bytes);

	conf = make_conf(producer, config);
	if (conf == NULL || !make_pool(producer) || !make_wake_pipe(producer))
	{
		snprintf(error, error_size, "the Kafka producer's settings are not taken");
		if (conf != NULL)
		{
			snprintf(error, error_size, "%s", strerror(errno));
			rd_kafka_conf_destroy(conf);
		}
		producer_close(producer);
		return NULL;
	}
	producer->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, error_size);
	if (producer->client == NULL)
	{
		rd_kafka_conf_destroy(conf);
		producer_close(producer);
		return NULL;
	}
	producer->queue = rd_kafka_queue_get_main(producer->client);
	rd_kafka_queue_io_event_enable(producer->queue, producer->wake_pipe[1], "", 1);
	producer->topics = topics_open(producer->client, producer->wake_pipe[1]);
	if (producer->topics == NULL)
	{
		snprintf(error, error_size, "out of memory");
		producer_close(producer);
		return NULL;
	}
	return producer;
}

void
producer_close(Producer *producer)
{
	if (producer == NULL)
		return;
	producer->closing = true;
	producer_drop_letters(producer);
	if (producer->client != NULL)
	{
		rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
					   RD_KAFKA_PURGE_F_NON_BLOCKING);
		rd_kafka_queue_io_event_enable(producer->queue, -1, NULL, 0);
		rd_kafka_queue_destroy(producer->queue);
		if (producer->schema_topic != NULL)
			rd_kafka_topic_destroy(producer->schema_topic);
		topics_close(producer->topics);
		rd_kafka_destroy(producer->client);
	}
	for (int i = 0; i < 2; i++)
	{
		if (producer->wake_pipe[i] >= 0)
			close(producer->wake_pipe[i]);
	}
	free(producer->flights);
	free(producer);
}

/* ---- the brokers -------------------------------------------------------- */

/* Number of the topic's partitions; 0 if there is no such topic. */
static int
count_partitions(const rd_kafka_metadata_t *metadata, const char *name)
{
	for (int i = 0; i < metadata->topic_cnt; i++)
	{
		if (strcmp(metadata->topics[i].topic, name) == 0)
			return metadata->topics[i].partition_cnt;
	}
	return 0;
}

/*
 * One partition, compacted: each fingerprint is kept for ever.  Comments can make
 * a description long, and one that is refused would stop everything.
 */
static bool
create_schema_topic(Producer *producer, int timeout_ms, char *error, size_t error_size)
{
	static const char *const settings[] = {
		"cleanup.policy", "compact", "max.message.bytes", SCHEMA_BYTES_MAX, NULL
	};
	const TopicRequest request = {
		.name = producer->schema_topic_name, .partitions = 1, .settings = settings
	};
	char		reason[TOPIC_REASON_MAX];
	rd_kafka_resp_err_t code = topics_create(producer->client, &request, timeout_ms, reason);

	if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
		return true;
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		snprintf(error, error_size,
				 "cannot create topic %s: %s; create it by hand with one partition, "
				 "cleanup.policy=compact and max.message.bytes=" SCHEMA_BYTES_MAX
				 " if walferry may not", producer->schema_topic_name, reason);
		return false;
	}
	producer->schema_topic_made = true;
	log_write(LOG_LEVEL_INFO, "kafka", "created the topic of schema descriptions",
			  log_text("topic", producer->schema_topic_name));
	return true;
}

bool
producer_reach(Producer *producer, int timeout_ms, char *error, size_t error_size)
{
	const rd_kafka_metadata_t *metadata;
	rd_kafka_resp_err_t code = rd_kafka_metadata(producer->client, 1, NULL, &metadata, timeout_ms);
	int			partitions;

	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		snprintf(error, error_size, "cannot reach Kafka at %s: %s", producer->servers,
				 rd_kafka_err2str(code));
		return false;
	}
	partitions = count_partitions(metadata, producer->schema_topic_name);
	topics_learn(producer->topics, metadata);
	rd_kafka_metadata_destroy(metadata);
	if (partitions > 1)
		log_write(LOG_LEVEL_WARNING, "kafka",
				  "the topic of schema descriptions should have one partition",
				  log_text("topic", producer->schema_topic_name), log_int("partitions", partitions));
	if (!producer->schemas_wanted)
		return true;

	/*
	 * also if it was removed meanwhile: left to brokers, it would not be
	 * compacted
	 */
	if (partitions == 0 && !create_schema_topic(producer, timeout_ms, error, error_size))
		return false;

	if (producer->schema_topic == NULL)
		producer->schema_topic = rd_kafka_topic_new(producer->client,
													producer->schema_topic_name, NULL);
	if (producer->schema_topic == NULL)
		snprintf(error, error_size, "%s: %s", producer->schema_topic_name,
				 rd_kafka_err2str(rd_kafka_last_error()));
	return producer->schema_topic != NULL;
}

/* Also what retention or compaction has removed was written. */
static rd_kafka_resp_err_t
look_for_records(Producer *producer, const char *topic, int32_t partition, int timeout_ms,
				 bool *written)
{
	int64_t		low = 0;
	int64_t		high = 0;
	rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(producer->client, topic, partition,
																&low, &high, timeout_ms);

	*written = *written || (code == RD_KAFKA_RESP_ERR_NO_ERROR && high > 0);
	return code;
}

/* Whether any of the topics that begin with topic.prefix and topic.delimiter has had a record. */
static rd_kafka_resp_err_t
look_through_topics(Producer *producer, int timeout_ms, bool *written)
{
	const rd_kafka_metadata_t *metadata;
	rd_kafka_resp_err_t code = rd_kafka_metadata(producer->client, 1, NULL, &metadata, timeout_ms);

	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return code;
	for (int i = 0; i < metadata->topic_cnt; i++)
	{
		const		rd_kafka_metadata_topic_t *topic = &metadata->topics[i];

		if (!kafka_topic_has_prefix(topic->topic, producer->format))
			continue;
		for (int k = 0; k < topic->partition_cnt && !*written && code == RD_KAFKA_RESP_ERR_NO_ERROR;
			 k++)
			code = look_for_records(producer, topic->topic, topic->partitions[k].id, timeout_ms,
									written);
	}
	rd_kafka_metadata_destroy(metadata);
	return code;
}

bool
producer_was_written_before(Producer *producer, int timeout_ms, bool *written, char *error,
							size_t error_size)
{
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	*written = false;
	if (!producer->schemas_wanted)
		code = look_through_topics(producer, timeout_ms, written);
	else if (!producer->schema_topic_made)
		code = look_for_records(producer, producer->schema_topic_name, KAFKA_SCHEMA_PARTITION,
								timeout_ms, written);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		snprintf(error, error_size, "cannot see whether topics of %s were written to before: %s",
				 producer->format->topic_prefix.bytes, rd_kafka_err2str(code));
	return *written || code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool
producer_await_topic(Producer *producer, const char *name, int timeout_ms, char *error,
					 size_t error_size)
{
	Topic	   *topic = topics_find(producer->topics, name);

	producer->missing = NULL;
	if (topic == NULL)
	{
		snprintf(error, error_size, "out of memory");
		return false;
	}
	if (topics_await(producer->topics, topic, timeout_ms) == TOPIC_THERE)
		return true;
	topics_explain(topic, error, error_size);
	return false;
}

const Topic *
producer_missing_topic(const Producer *producer)
{
	return producer->missing;
}

static void
on_error(rd_kafka_t *client, int error, const char *reason, void *opaque)
{
	Producer   *producer = opaque;
	char		text[PRODUCER_FAULT_TEXT_MAX / 2];

	if (producer->closing)
		return;
	if (error == RD_KAFKA_RESP_ERR__FATAL)
	{
		rd_kafka_resp_err_t code = rd_kafka_fatal_error(client, text, sizeof(text));

		producer_set_fault(producer, rd_kafka_err2name(code), text);
	}
	else if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
		log_write(LOG_LEVEL_WARNING, "kafka", "no broker can be reached; trying again",
				  log_text("reason", reason));
	else
		log_write(LOG_LEVEL_WARNING, "kafka", "trouble with Kafka",
				  log_text("code", rd_kafka_err2name((rd_kafka_resp_err_t) error)),
				  log_text("reason", reason));
}

int
producer_wake_fd(const Producer *producer)
{
	return producer->wake_pipe[0];
}

void
producer_serve(Producer *producer)
{
	char		drained[64];

	while (read(producer->wake_pipe[0], drained, sizeof(drained)) > 0)
		;
	(void) rd_kafka_poll(producer->client, 0);
	topics_serve(producer->topics);
	producer_serve_letters(producer);
	metric_set(METRIC_CAPTURE_IN_FLIGHT_RECORDS, producer->in_flight);
	metric_set(METRIC_CAPTURE_QUEUE_BYTES, producer->in_flight_bytes);
}

const char *
producer_fault(const Producer *producer)
{
	return producer->fault[0] != '\0' ? producer->fault : NULL;
}

bool
producer_wants_lone_records(const Producer *producer)
{
	return producer->lone_records;
}

bool
producer_wants_smaller_batches(const Producer *producer)
{
	return producer->smaller_batches;
}

int64_t
producer_in_flight(const Producer *producer)
{
	return producer->in_flight;
}

int64_t
producer_in_flight_bytes(const Producer *producer)
{
	return producer->in_flight_bytes;
}

const char *
producer_topic_in_flight(const Producer *producer, uint64_t serial)
{
	for (int i = 0; i < PRODUCER_RECORDS_MAX; i++)
	{
		const Flight *flight = &producer->flights[i];

		if (flight->kind != FLIGHT_SCHEMA && flight->topic != NULL && flight->serial == serial)
			return flight->topic->name;
	}
	return NULL;
}

int64_t
producer_progress_ms(const Producer *producer)
{
	return producer->progress_ms;
}
