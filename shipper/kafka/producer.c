/*
 * producer.c
 *		Records to Kafka: idempotent, acks=all, bounded, nothing dropped by time.
 *
 * Each record in flight has a slot in a fixed pool, which is also the opaque
 * pointer librdkafka gives back in its delivery report.  The pool's size bounds
 * the number of records; their bytes are counted here and not left to
 * librdkafka's queue.buffering.max.kbytes, because that would refuse a record
 * larger than itself for ever.
 *
 * A refusal of size or form comes for a whole batch (Kafka's protocol, Produce).
 * A record larger than batch.size always travels alone (librdkafka,
 * rd_kafka_msgset_writer), so its refusal is its own; else the fault asks for
 * smaller batches until the culprit is alone.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "producer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "client.h"
#include "envelope/json.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

#define SCHEMA_TOPIC "__walferry.schemas."
#define SCHEMA_PARTITION 0		/* the one that readers look at, were there more */
#define SCHEMA_BYTES_MAX "8388608"	/* what hosted brokers still allow */
#define DEAD_LETTER_TOPIC "__walferry.dead-letters."
#define OWN_TOPIC_BYTES_MAX (32 + WF_OPTION_TEXT_MAX + 1)
#define RECORD_OVERHEAD_BYTES 65536 /* headers and Kafka's own framing */
#define MESSAGE_BYTES_MAX 1000000000	/* librdkafka's limit for message.max.bytes */
#define DEAD_LETTER_BYTES_MAX (1024 * 1024)
#define DEAD_LETTER_KEY_BYTES_MAX (256 * 1024)

typedef enum FlightKind
{
	FLIGHT_RECORD,
	FLIGHT_DEAD_LETTER,
	FLIGHT_SCHEMA
} FlightKind;

typedef struct Flight
{
	FlightKind	kind;
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
	char		schema_topic_name[OWN_TOPIC_BYTES_MAX];
	char		dead_letter_topic_name[OWN_TOPIC_BYTES_MAX];
	char		fault[PRODUCER_FAULT_TEXT_MAX];
};

/* ---- opening and closing ------------------------------------------------ */

static void
set_fault(Producer *producer, const char *what, const char *why)
{
	if (producer->fault[0] == '\0')
		snprintf(producer->fault, sizeof(producer->fault), "%s: %s", what, why);
}

static bool
user_gave(const Config *config, const char *name, int64_t *value)
{
	for (int i = 0; i < config->kafka_property_count; i++)
	{
		if (strcmp(config->kafka_properties[i].name, name) == 0)
		{
			*value = strtoll(config->kafka_properties[i].value, NULL, 10);
			return true;
		}
	}
	return false;
}

static bool
set_number(rd_kafka_conf_t *conf, const char *name, int64_t value)
{
	char		text[32];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return kafka_client_set(conf, name, text);
}

/* Ours unless the user has said otherwise. */
static bool
set_default(const Config *config, rd_kafka_conf_t *conf, const char *name, const char *value)
{
	int64_t		given;

	return user_gave(config, name, &given) || kafka_client_set(conf, name, value);
}

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque);
static void on_error(rd_kafka_t *client, int error, const char *reason, void *opaque);

static rd_kafka_conf_t *
make_conf(Producer *producer, const Config *config)
{
	rd_kafka_conf_t *conf = kafka_client_conf(config, "walferry");
	int64_t		record_max = config->format.record_max_bytes + RECORD_OVERHEAD_BYTES;
	int64_t		queue_kbytes;
	int64_t		given;

	if (conf == NULL)
		return NULL;
	if (record_max > MESSAGE_BYTES_MAX)
		record_max = MESSAGE_BYTES_MAX;
	producer->budget_bytes = PRODUCER_QUEUE_BYTES;
	if (user_gave(config, "queue.buffering.max.kbytes", &given))
		producer->budget_bytes = given * 1024;

	/*
	 * the budget is kept here; librdkafka's own must take one record of any
	 * size beside it
	 */
	queue_kbytes = (producer->budget_bytes + record_max) / 1024 + 1;

	if (set_default(config, conf, "linger.ms", "2") &&
		set_default(config, conf, "partitioner", "murmur2_random") &&
		set_default(config, conf, "socket.keepalive.enable", "true") &&
		set_default(config, conf, "reconnect.backoff.max.ms", "2000") &&
		(user_gave(config, "message.max.bytes", &given) ||
		 set_number(conf, "message.max.bytes", record_max)) &&
		set_number(conf, "batch.size", producer->batch_bytes) &&
		set_number(conf, "queue.buffering.max.kbytes", queue_kbytes) &&
		set_number(conf, "queue.buffering.max.messages", PRODUCER_RECORDS_MAX + 16) &&
		kafka_client_set(conf, "enable.idempotence", "true") &&
		kafka_client_set(conf, "acks", "all") &&
		kafka_client_set(conf, "message.timeout.ms", "0"))
	{
		rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
		rd_kafka_conf_set_error_cb(conf, on_error);
		rd_kafka_conf_set_opaque(conf, producer);
		return conf;
	}
	rd_kafka_conf_destroy(conf);
	return NULL;
}

static bool
make_pool(Producer *producer)
{
	producer->flights = calloc(PRODUCER_RECORDS_MAX, sizeof(Flight));
	if (producer->flights == NULL)
		return false;
	for (int i = PRODUCER_RECORDS_MAX - 1; i >= 0; i--)
	{
		producer->flights[i].next_free = producer->free_flight;
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
	producer->batch_bytes = batch_bytes;
	producer->progress_ms = control_now_ms();
	producer->wake_pipe[0] = producer->wake_pipe[1] = -1;
	producer->schemas_wanted = config->format.walferry_headers;
	snprintf(producer->prefix, sizeof(producer->prefix), "%s", config->format.topic_prefix.bytes);
	snprintf(producer->schema_topic_name, sizeof(producer->schema_topic_name),
			 SCHEMA_TOPIC "%s", config->format.topic_prefix.bytes);
	snprintf(producer->dead_letter_topic_name, sizeof(producer->dead_letter_topic_name),
			 DEAD_LETTER_TOPIC "%s", config->format.topic_prefix.bytes);

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

/* What came of a request to create one topic; "already there" is well. */
static bool
check_created(rd_kafka_event_t *event, char *error, size_t error_size)
{
	const rd_kafka_CreateTopics_result_t *result;
	const rd_kafka_topic_result_t **topics;
	size_t		count;

	if (event == NULL)
		snprintf(error, error_size, "no answer in time");
	else if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
		snprintf(error, error_size, "%s", rd_kafka_event_error_string(event));
	else
	{
		result = rd_kafka_event_CreateTopics_result(event);
		topics = rd_kafka_CreateTopics_result_topics(result, &count);
		if (count == 1 && (rd_kafka_topic_result_error(topics[0]) == RD_KAFKA_RESP_ERR_NO_ERROR ||
						   rd_kafka_topic_result_error(topics[0]) ==
						   RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS))
			return true;
		snprintf(error, error_size, "%s", count == 1 ?
				 rd_kafka_topic_result_error_string(topics[0]) : "no result");
	}
	return false;
}

/* One partition, compacted: each fingerprint is kept for ever. */
static bool
create_schema_topic(Producer *producer, int timeout_ms, char *error, size_t error_size)
{
	char		reason[256];
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(producer->schema_topic_name, 1, -1, reason,
													   sizeof(reason));
	rd_kafka_AdminOptions_t *options;
	rd_kafka_queue_t *answers;
	rd_kafka_event_t *event;
	bool		ok;

	if (topic == NULL)
	{
		snprintf(error, error_size, "cannot create topic %s: %s", producer->schema_topic_name, reason);
		return false;
	}
	rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact");

	/*
	 * comments can make a description long, and one that is refused would stop
	 * everything
	 */
	rd_kafka_NewTopic_set_config(topic, "max.message.bytes", SCHEMA_BYTES_MAX);
	options = rd_kafka_AdminOptions_new(producer->client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, reason, sizeof(reason));
	answers = rd_kafka_queue_new(producer->client);
	rd_kafka_CreateTopics(producer->client, &topic, 1, options, answers);
	event = rd_kafka_queue_poll(answers, timeout_ms + 500);
	ok = check_created(event, reason, sizeof(reason));
	if (event != NULL)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(answers);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy(topic);

	if (ok)
		log_write(LOG_LEVEL_INFO, "kafka", "created the topic of schema descriptions",
				  log_text("topic", producer->schema_topic_name));
	else
		snprintf(error, error_size,
				 "cannot create topic %s: %s; create it by hand with one partition and "
				 "cleanup.policy=compact if walferry may not", producer->schema_topic_name, reason);
	return ok;
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
	topics_learn(producer->topics, metadata, producer->prefix, producer->dead_letter_topic_name);
	rd_kafka_metadata_destroy(metadata);
	if (partitions > 1)
		log_write(LOG_LEVEL_WARNING, "kafka",
				  "the topic of schema descriptions should have one partition",
				  log_text("topic", producer->schema_topic_name), log_int("partitions", partitions));
	if (!producer->schemas_wanted || producer->schema_topic != NULL)
		return true;
	if (partitions == 0 && !create_schema_topic(producer, timeout_ms, error, error_size))
		return false;

	/* not before: asking for a topic makes brokers create it their own way */
	producer->schema_topic = rd_kafka_topic_new(producer->client, producer->schema_topic_name,
												NULL);
	if (producer->schema_topic == NULL)
		snprintf(error, error_size, "%s: %s", producer->schema_topic_name,
				 rd_kafka_err2str(rd_kafka_last_error()));
	return producer->schema_topic != NULL;
}

bool
producer_await_topic(Producer *producer, const char *name, int timeout_ms, char *error,
					 size_t error_size)
{
	Topic	   *topic = topics_find(producer->topics, name);
	TopicState	state;

	producer->missing = NULL;
	if (topic == NULL)
	{
		snprintf(error, error_size, "out of memory");
		return false;
	}
	state = topics_await(producer->topics, topic, timeout_ms);

	/*
	 * records of an impossible topic are described in the dead-letter topic,
	 * not its own
	 */
	if (state == TOPIC_THERE ||
		(state == TOPIC_REFUSED && strcmp(name, producer->dead_letter_topic_name) != 0))
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

		set_fault(producer, rd_kafka_err2name(code), text);
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
	metric_set(METRIC_CAPTURE_IN_FLIGHT_RECORDS, producer->in_flight);
	metric_set(METRIC_CAPTURE_QUEUE_BYTES, producer->in_flight_bytes);
}

/* ---- sending ------------------------------------------------------------ */

static Flight *
take_flight(Producer *producer, FlightKind kind, uint64_t serial, size_t bytes)
{
	Flight	   *flight = producer->free_flight;

	if (producer->in_flight == 0)
		producer->progress_ms = control_now_ms();
	producer->free_flight = flight->next_free;
	memset(flight, 0, sizeof(*flight));
	flight->kind = kind;
	flight->serial = serial;
	flight->bytes = bytes;
	producer->in_flight++;
	producer->in_flight_bytes += (int64_t) bytes;
	return flight;
}

static void
give_flight_back(Producer *producer, Flight *flight)
{
	producer->in_flight--;
	producer->in_flight_bytes -= (int64_t) flight->bytes;
	flight->next_free = producer->free_flight;
	producer->free_flight = flight;
}

static bool
has_room(const Producer *producer, size_t bytes)
{
	return producer->free_flight != NULL &&
		(producer->in_flight == 0 ||
		 producer->in_flight_bytes + (int64_t) bytes <= producer->budget_bytes);
}

static rd_kafka_headers_t *
make_headers(const WfFrameHeader *headers, int count)
{
	rd_kafka_headers_t *made = rd_kafka_headers_new((size_t) count);

	for (int i = 0; made != NULL && i < count; i++)
	{
		if (rd_kafka_header_add(made, headers[i].name.data, (ssize_t) headers[i].name.length,
								headers[i].value.data, (ssize_t) headers[i].value.length) !=
			RD_KAFKA_RESP_ERR_NO_ERROR)
		{
			rd_kafka_headers_destroy(made);
			return NULL;
		}
	}
	return made;
}

/*
 * Hands one message to librdkafka, which copies it; headers are taken over.
 * partition: RD_KAFKA_PARTITION_UA lets the key decide.
 */
static rd_kafka_resp_err_t
hand_on(Producer *producer, rd_kafka_topic_t *topic, int32_t partition, const WfSlice *key,
		const WfSlice *value, rd_kafka_headers_t *headers, Flight *flight)
{
	rd_kafka_vu_t arguments[7] = {
		{.vtype = RD_KAFKA_VTYPE_RKT,.u.rkt = topic},
		{.vtype = RD_KAFKA_VTYPE_PARTITION,.u.i32 = partition},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS,.u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_OPAQUE,.u.ptr = flight}
	};
	size_t		count = 4;
	rd_kafka_error_t *error;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	/* an empty key or value must not look like none: it needs an address */
	if (key != NULL)
	{
		arguments[count].vtype = RD_KAFKA_VTYPE_KEY;
		arguments[count].u.mem.ptr = key->length > 0 ? (void *) (uintptr_t) key->data : "";
		arguments[count++].u.mem.size = key->length;
	}
	if (value != NULL)
	{
		arguments[count].vtype = RD_KAFKA_VTYPE_VALUE;
		arguments[count].u.mem.ptr = value->length > 0 ? (void *) (uintptr_t) value->data : "";
		arguments[count++].u.mem.size = value->length;
	}
	if (headers != NULL)
	{
		arguments[count].vtype = RD_KAFKA_VTYPE_HEADERS;
		arguments[count++].u.headers = headers;
	}
	error = rd_kafka_produceva(producer->client, arguments, count);
	if (error != NULL)
	{
		code = rd_kafka_error_code(error);
		rd_kafka_error_destroy(error);
		if (headers != NULL)
			rd_kafka_headers_destroy(headers);
	}
	return code;
}

static bool
has_handle(Producer *producer, Topic *topic)
{
	if (topic->handle == NULL)
		topic->handle = rd_kafka_topic_new(producer->client, topic->name, NULL);
	if (topic->handle == NULL)
		set_fault(producer, topic->name, rd_kafka_err2str(rd_kafka_last_error()));
	return topic->handle != NULL;
}

/* Whether a record for the topic can be taken now: the topic is there and has a handle. */
static ProducerResult
topic_room(Producer *producer, Topic *topic)
{
	switch (topics_ensure(producer->topics, topic))
	{
		case TOPIC_THERE:
			break;
		case TOPIC_UNKNOWN:
		case TOPIC_ASKED:
			return PRODUCER_FULL;
		case TOPIC_REFUSED:
		case TOPIC_MISSING:
			producer->missing = topic;
			return PRODUCER_FULL;
	}
	return has_handle(producer, topic) ? PRODUCER_TAKEN : PRODUCER_FAILED;
}

/* The dead-letter topic's entry; not before it is needed, because asking makes the topic. */
static bool
find_dead_letter_topic(Producer *producer)
{
	if (producer->dead_letter_topic == NULL)
		producer->dead_letter_topic = producer_topic(producer, producer->dead_letter_topic_name);
	return producer->dead_letter_topic != NULL;
}

static ProducerResult
dead_letter_room(Producer *producer)
{
	return find_dead_letter_topic(producer) ?
		topic_room(producer, producer->dead_letter_topic) : PRODUCER_FAILED;
}

/*
 * Describes a record in the dead-letter topic.  flight: that of the record
 * itself, which the dead letter takes over.
 *
 * A refusal by the broker comes in a delivery report, where nothing can wait for
 * the topic to be made; librdkafka keeps the letter meanwhile
 * (topic.metadata.propagation.max.ms).
 */
static ProducerResult
send_dead_letter(Producer *producer, Flight *flight, const char *topic, const WfSlice *key,
				 uint64_t value_bytes, const char *reason, bool quiet)
{
	char		position[WF_POSITION_TEXT_LENGTH + 1];
	WfBuffer	letter;
	WfTextForm	form = {0};
	WfSlice		letter_key;
	WfSlice		letter_value;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;

	wf_position_text(position, WF_FIRST_EPOCH, &flight->position);
	heap_buffer_init(&letter, DEAD_LETTER_BYTES_MAX);
	wf_buffer_append_literal(&letter, "{\"topic\":");
	wf_json_string(&letter, &form, topic, strlen(topic));
	wf_buffer_append_literal(&letter, ",\"position\":");
	wf_json_string(&letter, &form, position, WF_POSITION_TEXT_LENGTH);
	wf_buffer_append_literal(&letter, ",\"reason\":");
	wf_json_string(&letter, &form, reason, strlen(reason));
	wf_buffer_append_literal(&letter, ",\"value_bytes_at_least\":");
	wf_json_uint64(&letter, value_bytes);
	wf_buffer_append_literal(&letter, ",\"key\":");
	if (key != NULL && key->length > 0 && key->length <= DEAD_LETTER_KEY_BYTES_MAX)
		wf_buffer_append_slice(&letter, *key);
	else
		wf_json_null(&letter);
	wf_buffer_append_char(&letter, '}');

	letter_key = wf_slice(position, WF_POSITION_TEXT_LENGTH);
	letter_value = wf_slice(letter.data, letter.length);
	flight->kind = FLIGHT_DEAD_LETTER;

	if (find_dead_letter_topic(producer) && has_handle(producer, producer->dead_letter_topic) &&
		letter.error == WF_BUFFER_OK)
		code = hand_on(producer, producer->dead_letter_topic->handle, RD_KAFKA_PARTITION_UA,
					   &letter_key, &letter_value, NULL, flight);
	heap_buffer_free(&letter);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		set_fault(producer, "a record that cannot be delivered could not be described either",
				  rd_kafka_err2str(code));
		return PRODUCER_FAILED;
	}

	/*
	 * of a topic that the cluster cannot have, the log has been told once for
	 * all records
	 */
	log_write(quiet ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR, "kafka",
			  "a record cannot be delivered; it is described in the "
			  "dead-letter topic", log_text("topic", topic), log_text("position", position),
			  log_text("reason", reason), log_int("value_bytes_at_least", (int64_t) value_bytes),
			  log_text("dead_letter_topic", producer->dead_letter_topic_name));
	return PRODUCER_TAKEN;
}

Topic *
producer_topic(Producer *producer, const char *name)
{
	Topic	   *topic = topics_find(producer->topics, name);

	if (topic == NULL)
		set_fault(producer, name, "out of memory");
	else
		(void) topics_ensure(producer->topics, topic);
	return topic;
}

/* A record that cannot go to its topic, described instead; the flight is new. */
static ProducerResult
describe(Producer *producer, const char *topic, const WfSlice *key, uint64_t value_bytes,
		 const char *reason, const WfPosition *position, uint64_t serial, bool quiet)
{
	size_t		bytes = key != NULL ? key->length : 0;
	Flight	   *flight;
	ProducerResult result;

	if (!has_room(producer, bytes))
		return PRODUCER_FULL;
	result = dead_letter_room(producer);
	if (result != PRODUCER_TAKEN)
		return result;
	flight = take_flight(producer, FLIGHT_DEAD_LETTER, serial, bytes);
	flight->position = *position;
	result = send_dead_letter(producer, flight, topic, key, value_bytes, reason, quiet);
	if (result == PRODUCER_FAILED)
		give_flight_back(producer, flight);
	return result;
}

/* The topic can never be: its records are described, and the log is told once. */
static ProducerResult
send_refused(Producer *producer, const ProducerRecord *record)
{
	Topic	   *topic = record->topic;
	char		sentence[TOPIC_SENTENCE_MAX];

	if (!topic->told)
	{
		topic->told = true;
		topics_explain(topic, sentence, sizeof(sentence));
		log_write(LOG_LEVEL_ERROR, "kafka", sentence, log_text("topic", topic->name),
				  log_text("dead_letter_topic", producer->dead_letter_topic_name));
	}
	return describe(producer, topic->name, record->key,
					record->value != NULL ? record->value->length : 0,
					topic->reason != NULL ? topic->reason : "an impossible topic",
					&record->position, record->serial, true);
}

ProducerResult
producer_send(Producer *producer, const ProducerRecord *record)
{
	size_t		bytes = (record->key != NULL ? record->key->length : 0) +
	(record->value != NULL ? record->value->length : 0);
	rd_kafka_headers_t *headers = NULL;
	Flight	   *flight;
	rd_kafka_resp_err_t code;
	ProducerResult result;

	if (producer->fault[0] != '\0')
		return PRODUCER_FAILED;
	if (topics_ensure(producer->topics, record->topic) == TOPIC_REFUSED)
		return send_refused(producer, record);
	result = topic_room(producer, record->topic);
	if (result != PRODUCER_TAKEN)
		return result;
	if (!has_room(producer, bytes))
		return PRODUCER_FULL;
	if (record->header_count > 0)
	{
		headers = make_headers(record->headers, record->header_count);
		if (headers == NULL)
		{
			set_fault(producer, "headers", "out of memory");
			return PRODUCER_FAILED;
		}
	}

	flight = take_flight(producer, FLIGHT_RECORD, record->serial, bytes);
	flight->position = record->position;
	code = hand_on(producer, record->topic->handle, RD_KAFKA_PARTITION_UA, record->key,
				   record->value, headers, flight);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		metric_add(METRIC_CAPTURE_SENT_BYTES, (int64_t) bytes);
		return PRODUCER_TAKEN;
	}
	give_flight_back(producer, flight);
	if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
		return describe(producer, record->topic->name, record->key,
						record->value != NULL ? record->value->length : 0,
						"larger than kafka.message.max.bytes", &record->position, record->serial,
						false);
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return PRODUCER_FULL;
	set_fault(producer, record->topic->name, rd_kafka_err2str(code));
	return PRODUCER_FAILED;
}

ProducerResult
producer_send_stub(Producer *producer, const Topic *topic, const WfFrameStub *stub, uint64_t serial)
{
	char		reason[256];

	if (producer->fault[0] != '\0')
		return PRODUCER_FAILED;
	snprintf(reason, sizeof(reason), "%.*s", (int) stub->reason.length, stub->reason.data);
	return describe(producer, topic->name, stub->flags & WF_FRAME_HAS_KEY ? &stub->key : NULL,
					stub->value_bytes_at_least, reason, &stub->position, serial, false);
}

ProducerResult
producer_send_schema(Producer *producer, const WfFrameSchema *schema)
{
	Flight	   *flight;
	rd_kafka_resp_err_t code;

	if (producer->fault[0] != '\0')
		return PRODUCER_FAILED;
	if (!has_room(producer, schema->description.length))
		return PRODUCER_FULL;

	flight = take_flight(producer, FLIGHT_SCHEMA, schema->id, schema->description.length);
	code = hand_on(producer, producer->schema_topic, SCHEMA_PARTITION, &schema->fingerprint,
				   &schema->description, NULL, flight);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return PRODUCER_TAKEN;
	give_flight_back(producer, flight);
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return PRODUCER_FULL;
	set_fault(producer, producer->schema_topic_name, rd_kafka_err2str(code));
	return PRODUCER_FAILED;
}

/* ---- what became of it -------------------------------------------------- */

/*
 * A record that no attempt can deliver.  Refusals come for batches: only one
 * that is larger than a batch is sure to have been alone.
 */
static void
record_refused(Producer *producer, const rd_kafka_message_t *message, Flight *flight)
{
	WfSlice		key = wf_slice(message->key, message->key_len);
	const char *reason = rd_kafka_err2str(message->err);

	if (producer->batch_bytes > 1 && (int64_t) flight->bytes <= producer->batch_bytes)
	{
		producer->smaller_batches = true;
		set_fault(producer, "Kafka refuses a batch of records", reason);
		give_flight_back(producer, flight);
		return;
	}
	if (send_dead_letter(producer, flight, rd_kafka_topic_name(message->rkt),
						 message->key != NULL ? &key : NULL, message->len, reason, false) ==
		PRODUCER_FAILED)
		give_flight_back(producer, flight);
}

static void
on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
	Producer   *producer = opaque;
	Flight	   *flight = message->_private;

	(void) client;
	if (producer->closing)
		return;

	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		Flight		done = *flight;

		producer->progress_ms = control_now_ms();
		give_flight_back(producer, flight);
		switch (done.kind)
		{
			case FLIGHT_RECORD:
				metric_add(METRIC_CAPTURE_RECORDS, 1);
				producer->owner.delivered(producer->owner.host, done.serial);
				break;
			case FLIGHT_DEAD_LETTER:
				metric_add(METRIC_CAPTURE_DEAD_LETTERS, 1);
				producer->owner.delivered(producer->owner.host, done.serial);
				break;
			case FLIGHT_SCHEMA:
				producer->owner.described(producer->owner.host, (uint32_t) done.serial);
				break;
		}
	}
	else if (flight->kind == FLIGHT_RECORD &&
			 (message->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
			  message->err == RD_KAFKA_RESP_ERR_INVALID_RECORD))
		record_refused(producer, message, flight);
	else
	{
		set_fault(producer, rd_kafka_topic_name(message->rkt), rd_kafka_err2str(message->err));
		give_flight_back(producer, flight);
	}
}

const char *
producer_fault(const Producer *producer)
{
	return producer->fault[0] != '\0' ? producer->fault : NULL;
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

int64_t
producer_progress_ms(const Producer *producer)
{
	return producer->progress_ms;
}
