/*
 * producer_send.c
 *		Records on their way to Kafka, and what became of them.
 *
 * Each record in flight has a slot in a fixed pool, which is also the opaque
 * pointer librdkafka gives back in its delivery report.  The pool's size bounds
 * the number of records; their bytes are counted here and not left to
 * librdkafka's queue.buffering.max.kbytes, because that would refuse a record
 * larger than itself for ever, and does not count headers.
 *
 * A refusal of size or form comes for a whole batch (Kafka's protocol, Produce).
 * A message larger than batch.size always travels alone (librdkafka,
 * rd_kafka_msgset_writer), so its refusal is its own; else the fault asks for
 * smaller batches until the culprit is alone.  A record is then described as a
 * dead letter (producer_letters.c); a letter or a schema's description that is
 * refused is a fault that somebody must mend.
 *
 * librdkafka's word alone does not make a record durable.  When a request fails
 * as not written and a later one for the same partition is written, it takes
 * the first for written, too ("implicit ack" in rd_kafka_handle_Produce; also in
 * 2.15).  But a broker that has nothing yet from this producer in the partition
 * accepts any first sequence number (ProducerAppendInfo.checkSequence), so the
 * first request's records can be missing.  It happens with requests on their way
 * while a partition gets its leader: in a topic just made, or when a broker comes
 * back.  Hence two rules:
 *
 *		a record counts as delivered only if the broker told its offset, which
 *		implied acknowledgements lack; without one the producer is given up and
 *		the slot read again;
 *
 *		the first record for a topic goes alone, so that a topic just made does
 *		not need the first rule.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "producer_state.h"

#include <inttypes.h>

#include "client.h"
#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

/* How long a broker may take to say which partitions a topic has. */
#define PARTITIONS_TIMEOUT_MS 1000

#define NO_SUCH_PARTITION "the topic does not have partition %" PRId32 ", which the record asks for"

Flight *
producer_take_flight(Producer *producer, FlightKind kind, Topic *topic, uint64_t serial,
					 size_t bytes)
{
	Flight	   *flight = producer->free_flight;

	if (producer->in_flight == 0)
		producer->progress_ms = control_now_ms();
	producer->free_flight = flight->next;
	memset(flight, 0, sizeof(*flight));
	flight->kind = kind;
	flight->topic = topic;
	flight->serial = serial;
	flight->bytes = bytes;
	producer->in_flight++;
	producer->in_flight_bytes += (int64_t) bytes;
	return flight;
}

void
producer_give_flight_back(Producer *producer, Flight *flight)
{
	producer->in_flight--;
	producer->in_flight_bytes -= (int64_t) flight->bytes;
	flight->topic = NULL;
	flight->next = producer->free_flight;
	producer->free_flight = flight;
}

bool
producer_has_room(const Producer *producer, size_t bytes)
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

rd_kafka_resp_err_t
producer_hand_on(Producer *producer, const Placement *placement, const WfSlice *key,
				 const WfSlice *value, rd_kafka_headers_t *headers, Flight *flight)
{
	rd_kafka_vu_t arguments[8] = {
		{.vtype = RD_KAFKA_VTYPE_RKT,.u.rkt = placement->topic},
		{.vtype = RD_KAFKA_VTYPE_PARTITION,.u.i32 = placement->partition},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS,.u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_OPAQUE,.u.ptr = flight}
	};
	size_t		count = 4;
	rd_kafka_error_t *error;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;

	flight->message_bytes = (key != NULL ? key->length : 0) + (value != NULL ? value->length : 0);

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
	if (placement->timestamp_ms != 0)
	{
		arguments[count].vtype = RD_KAFKA_VTYPE_TIMESTAMP;
		arguments[count++].u.i64 = placement->timestamp_ms;
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
	else if (flight->topic != NULL)
		flight->topic->tried = true;
	return code;
}

static ProducerResult
handle_room(Producer *producer, Topic *topic)
{
	if (topic->handle != NULL)
		return PRODUCER_TAKEN;

	/* letters are waited for by what is to go before another producer comes */
	if (producer_is_worn(producer) && topic != producer->dead_letter_topic)
		return PRODUCER_FULL;
	topic->handle = rd_kafka_topic_new(producer->client, topic->name, NULL);
	if (topic->handle == NULL)
		producer_set_fault(producer, topic->name, rd_kafka_err2str(rd_kafka_last_error()));
	else
		producer->handles++;
	return topic->handle != NULL ? PRODUCER_TAKEN : PRODUCER_FAILED;
}

ProducerResult
producer_topic_room(Producer *producer, Topic *topic)
{
	switch (topics_ensure(producer->topics, topic))
	{
		case TOPIC_THERE:
			break;
		case TOPIC_UNKNOWN:
		case TOPIC_ASKED:
			return PRODUCER_FULL;
		case TOPIC_MISSING:
			producer->missing = topic;
			return PRODUCER_FULL;
	}
	if (topic->tried && !topic->proven)
		return PRODUCER_FULL;
	return handle_room(producer, topic);
}

Topic *
producer_topic(Producer *producer, const char *name)
{
	Topic	   *topic = topics_find(producer->topics, name);

	if (topic == NULL)
		producer_set_fault(producer, name, "out of memory");
	else
		(void) topics_ensure(producer->topics, topic);
	return topic;
}

bool
producer_is_worn(const Producer *producer)
{
	return producer->handles >= PRODUCER_TOPICS_MAX;
}

/*
 * Asks the broker, since partitions may have been added lately; a rare case.  What
 * it does not answer for the topic itself is not known to be missing, and is to be
 * asked again: the topic may just be made anew, or have no leader.
 */
static bool
may_have_partition(Producer *producer, const Topic *topic, int32_t partition)
{
	const rd_kafka_metadata_t *metadata;
	bool		found = false;

	if (rd_kafka_metadata(producer->client, 0, topic->handle, &metadata,
						  PARTITIONS_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return true;
	for (int i = 0; i < metadata->topic_cnt; i++)
		found |= metadata->topics[i].err != RD_KAFKA_RESP_ERR_NO_ERROR ||
			partition < metadata->topics[i].partition_cnt;
	rd_kafka_metadata_destroy(metadata);
	return found;
}

static ProducerResult
describe_record(Producer *producer, const ProducerRecord *record, const char *reason)
{
	const Undeliverable what = {
		.topic = record->topic->name, .key = record->key,
		.value_bytes = record->value != NULL ? record->value->length : 0,
		.reason = reason
	};

	return producer_describe(producer, &what, &record->position, record->serial);
}

/* Where nobody has set a limit there is room for any schema, but near librdkafka's own limit. */
static ProducerResult
describe_too_large(Producer *producer, const ProducerRecord *record)
{
	char		reason[256];

	if (producer->message_bytes_set)
		snprintf(reason, sizeof(reason), "with its headers and inline schema larger than "
				 "kafka.message.max.bytes, %" PRId64 " bytes", producer->message_bytes_max);
	else
		snprintf(reason, sizeof(reason), "with its headers and inline schema larger than the %" PRId64
				 " bytes that record.max.bytes leaves it", producer->message_bytes_max);
	return describe_record(producer, record, reason);
}

static ProducerResult
describe_lost(Producer *producer, const ProducerRecord *record)
{
	char		reason[128];

	snprintf(reason, sizeof(reason), NO_SUCH_PARTITION, record->partition);
	return describe_record(producer, record, reason);
}

/* librdkafka has not taken it. */
static ProducerResult
not_taken(Producer *producer, const ProducerRecord *record, rd_kafka_resp_err_t code)
{
	switch (code)
	{
		case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
			return describe_too_large(producer, record);
		case RD_KAFKA_RESP_ERR__QUEUE_FULL:
			return PRODUCER_FULL;
		case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
			if (!record->has_partition)
				break;
			return may_have_partition(producer, record->topic, record->partition) ? PRODUCER_FULL :
				describe_lost(producer, record);
		default:
			break;
	}
	producer_set_fault(producer, record->topic->name, rd_kafka_err2str(code));
	return PRODUCER_FAILED;
}

/* For librdkafka 0 is no time, so the first millisecond of 1970 becomes the second. */
static int64_t
timestamp_of(const ProducerRecord *record, RecordTime time)
{
	if (time == RECORD_TIME_OF_SENDING)
		return 0;
	return record->timestamp_ms == 0 ? 1 : record->timestamp_ms;
}

static int64_t
wall_clock_ms(void)
{
	return control_wall_clock_us() / 1000;
}

static RecordTime
choose_time(const Producer *producer, const ProducerRecord *record)
{
	return record->time == RECORD_TIME_OF_COMMIT &&
		!commit_time_is_taken(producer->owner.commit_times, record->timestamp_ms, wall_clock_ms()) ?
		RECORD_TIME_OF_SENDING : record->time;
}

/* What librdkafka will hold of it. */
static size_t
record_bytes(const ProducerRecord *record)
{
	size_t		bytes = (record->key != NULL ? record->key->length : 0) +
	(record->value != NULL ? record->value->length : 0);

	for (int i = 0; i < record->header_count; i++)
		bytes += record->headers[i].name.length + record->headers[i].value.length;
	return bytes;
}

ProducerResult
producer_room(Producer *producer, Topic *topic, size_t bytes)
{
	ProducerResult result = producer->fault[0] != '\0' ? PRODUCER_FAILED :
	producer_topic_room(producer, topic);

	if (result == PRODUCER_TAKEN && !producer_has_room(producer, bytes))
		return PRODUCER_FULL;
	return result;
}

ProducerResult
producer_send(Producer *producer, const ProducerRecord *record)
{
	const RecordTime time = choose_time(producer, record);
	Placement	placement = {
		.partition = record->has_partition ? record->partition : RD_KAFKA_PARTITION_UA,
		.timestamp_ms = timestamp_of(record, time)
	};
	size_t		bytes = record_bytes(record);
	rd_kafka_headers_t *headers = NULL;
	Flight	   *flight;
	rd_kafka_resp_err_t code;
	ProducerResult result;

	result = producer_room(producer, record->topic, bytes);
	if (result != PRODUCER_TAKEN)
		return result;
	if (record->has_partition && record->partition < 0)
		return describe_lost(producer, record);
	if (record->header_count > 0)
	{
		headers = make_headers(record->headers, record->header_count);
		if (headers == NULL)
		{
			producer_set_fault(producer, "headers", "out of memory");
			return PRODUCER_FAILED;
		}
	}

	flight = producer_take_flight(producer, FLIGHT_RECORD, record->topic, record->serial, bytes);
	flight->position = record->position;
	flight->has_partition = record->has_partition;
	flight->time = time;
	flight->timestamp_ms = record->timestamp_ms;
	placement.topic = record->topic->handle;
	code = producer_hand_on(producer, &placement, record->key, record->value, headers, flight);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		metric_add(METRIC_CAPTURE_SENT_BYTES, (int64_t) flight->message_bytes);
		if (time != record->time)
			metric_add(METRIC_CAPTURE_COMMIT_TIMES_LEFT_AWAY, 1);
		return PRODUCER_TAKEN;
	}
	producer_give_flight_back(producer, flight);
	return not_taken(producer, record, code);
}

ProducerResult
producer_send_schema(Producer *producer, const WfFrameSchema *schema)
{
	const Placement placement = {producer->schema_topic, KAFKA_SCHEMA_PARTITION, 0};
	Flight	   *flight;
	rd_kafka_resp_err_t code;

	if (producer->fault[0] != '\0')
		return PRODUCER_FAILED;
	if (!producer_has_room(producer, schema->description.length))
		return PRODUCER_FULL;

	flight = producer_take_flight(producer, FLIGHT_SCHEMA, NULL, schema->id,
								  schema->description.length);
	code = producer_hand_on(producer, &placement, &schema->fingerprint, &schema->description, NULL,
							flight);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return PRODUCER_TAKEN;
	if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL)
		producer_lone_refused(producer, producer->schema_topic_name, flight, code);
	producer_give_flight_back(producer, flight);
	return code == RD_KAFKA_RESP_ERR__QUEUE_FULL ? PRODUCER_FULL : PRODUCER_FAILED;
}

/* ---- what became of it -------------------------------------------------- */

/* No attempt can deliver it, or not in this company (Kafka's protocol, error codes). */
static bool
is_refusal(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
		code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE ||
		code == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
		code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
}

/* It asked for a partition when it was not known yet how many there are. */
static bool
lacks_partition(const Flight *flight, rd_kafka_resp_err_t code)
{
	return flight->has_partition && code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

void
producer_lone_refused(Producer *producer, const char *topic, const Flight *flight,
					  rd_kafka_resp_err_t code)
{
	char		why[PRODUCER_FAULT_TEXT_MAX];

	if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
		code == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE)
		snprintf(why, sizeof(why), "it does not take a record of %zu bytes (%s): raise the topic's "
				 "max.message.bytes (and kafka.message.max.bytes, if it is set) above that",
				 flight->message_bytes, rd_kafka_err2str(code));
	else if (code == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP)
		snprintf(why, sizeof(why), "it does not take a record with the time at which it is sent (%s): "
				 "set the clock of walferry's host, or raise the topic's "
				 "message.timestamp.before.max.ms or message.timestamp.after.max.ms; trying again",
				 rd_kafka_err2str(code));
	else
		snprintf(why, sizeof(why), "%s", rd_kafka_err2str(code));
	producer_set_fault(producer, topic, why);
}

/* The record is read from the slot again, and goes without it. */
static void
commit_time_refused(Producer *producer, const char *topic, const Flight *flight)
{
	int64_t		now_ms = wall_clock_ms();
	bool		ahead = flight->timestamp_ms > now_ms;
	int64_t		limit_ms = commit_time_refuse(producer->owner.commit_times, flight->timestamp_ms,
											  now_ms);
	char		why[PRODUCER_FAULT_TEXT_MAX];

	snprintf(why, sizeof(why), "it does not take the time of a commit, %" PRId64 " ms %s walferry's "
			 "clock (%s); records whose commits are %" PRId64 " ms or more %s it go with the time of "
			 "sending from now on: set the clocks, or raise the topic's message.timestamp.%s.max.ms",
			 ahead ? flight->timestamp_ms - now_ms : now_ms - flight->timestamp_ms,
			 ahead ? "ahead of" : "behind", rd_kafka_err2str(RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP),
			 limit_ms, ahead ? "ahead of" : "behind", ahead ? "after" : "before");
	producer_set_fault(producer, topic, why);
}

/* A row's own time, and all else that is its own, keeps the record out for ever. */
static bool
is_own_fault(const Flight *flight, rd_kafka_resp_err_t code)
{
	return flight->kind == FLIGHT_RECORD &&
		(code != RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP || flight->time == RECORD_TIME_OF_ROW);
}

/* Only a message larger than a batch is sure to have been alone in its own. */
static void
take_refusal(Producer *producer, const rd_kafka_message_t *message, Flight *flight)
{
	bool		alone = lacks_partition(flight, message->err);
	char		lost[128];
	const char *reason = alone ? lost : rd_kafka_err2str(message->err);
	const char *topic = rd_kafka_topic_name(message->rkt);
	WfSlice		key = wf_slice(message->key, message->key_len);
	const Undeliverable what = {
		.topic = topic, .key = message->key != NULL ? &key : NULL, .value_bytes = message->len,
		.reason = reason
	};

	if (alone)
		snprintf(lost, sizeof(lost), NO_SUCH_PARTITION, message->partition);
	if (!alone && producer->batch_bytes > 1 &&
		(int64_t) flight->message_bytes <= producer->batch_bytes)
	{
		producer->smaller_batches = true;
		producer->lone_records |= message->err == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP;
		producer_set_fault(producer, "Kafka refuses a batch of records", reason);
	}
	else if (is_own_fault(flight, message->err))
	{
		producer_letter_waits(producer, &what, flight);
		return;
	}
	else if (flight->time == RECORD_TIME_OF_COMMIT)
		commit_time_refused(producer, topic, flight);
	else
		producer_lone_refused(producer, topic, flight, message->err);
	producer_give_flight_back(producer, flight);
}

static void
take_success(Producer *producer, Flight *flight)
{
	Flight		done = *flight;

	producer->progress_ms = control_now_ms();
	producer_give_flight_back(producer, flight);
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

void
producer_on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
	Producer   *producer = opaque;
	Flight	   *flight = message->_private;

	(void) client;
	if (producer->closing)
		return;

	/* the others may follow; after a failure the producer takes none */
	if (flight->topic != NULL && lacks_partition(flight, message->err))
		flight->topic->tried = flight->topic->proven;	/* no broker has seen it */
	else if (flight->topic != NULL)
		flight->topic->proven = true;

	if (is_refusal(message->err) || lacks_partition(flight, message->err))
		take_refusal(producer, message, flight);
	else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset >= 0)
		take_success(producer, flight);
	else
	{
		producer_set_fault(producer, rd_kafka_topic_name(message->rkt),
						   message->err != RD_KAFKA_RESP_ERR_NO_ERROR ?
						   rd_kafka_err2str(message->err) :
						   "a record may not have been written, although Kafka took a later one "
						   "(a partition has changed its leader)");
		producer_give_flight_back(producer, flight);
	}
}
