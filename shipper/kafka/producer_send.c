/*
 * producer_send.c
 *		Records on their way to Kafka, and what became of them.
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
#include "dead_letter.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

/* topic: that of the record; NULL for schema descriptions, whose topic is no entry of Topics. */
static Flight *
take_flight(Producer *producer, FlightKind kind, Topic *topic, uint64_t serial, size_t bytes)
{
	Flight	   *flight = producer->free_flight;

	if (producer->in_flight == 0)
		producer->progress_ms = control_now_ms();
	producer->free_flight = flight->next_free;
	memset(flight, 0, sizeof(*flight));
	flight->kind = kind;
	flight->topic = topic;
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
	else if (flight->topic != NULL)
		flight->topic->tried = true;
	return code;
}

static bool
has_handle(Producer *producer, Topic *topic)
{
	if (topic->handle == NULL)
		topic->handle = rd_kafka_topic_new(producer->client, topic->name, NULL);
	if (topic->handle == NULL)
		producer_set_fault(producer, topic->name, rd_kafka_err2str(rd_kafka_last_error()));
	return topic->handle != NULL;
}

/*
 * Whether a record for the topic can be taken now: the topic is there and has a
 * handle, and the record that went ahead alone has come to something.
 */
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
		case TOPIC_MISSING:
			producer->missing = topic;
			return PRODUCER_FULL;
	}
	if (topic->tried && !topic->proven)
		return PRODUCER_FULL;
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
				 uint64_t value_bytes, const char *reason)
{
	char		position[WF_POSITION_TEXT_LENGTH + 1];
	DeadLetter	letter = {
		.topic = topic, .partition = -1, .reason = reason, .value_bytes_at_least = value_bytes
	};
	WfBuffer	text;
	WfSlice		letter_key;
	WfSlice		letter_value;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;

	wf_position_text(position, WF_FIRST_EPOCH, &flight->position);
	letter_key = wf_slice(position, WF_POSITION_TEXT_LENGTH);
	letter.position = letter_key;
	if (key != NULL)
		letter.key = *key;
	heap_buffer_init(&text, DEAD_LETTER_BYTES_MAX);
	dead_letter_write(&text, &letter);
	letter_value = wf_slice(text.data, text.length);
	flight->kind = FLIGHT_DEAD_LETTER;

	if (find_dead_letter_topic(producer) && has_handle(producer, producer->dead_letter_topic) &&
		text.error == WF_BUFFER_OK)
	{
		flight->topic = producer->dead_letter_topic;
		code = hand_on(producer, flight->topic->handle, RD_KAFKA_PARTITION_UA, &letter_key,
					   &letter_value, NULL, flight);
	}
	heap_buffer_free(&text);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		producer_set_fault(producer, "a record that cannot be delivered could not be described either",
						   rd_kafka_err2str(code));
		return PRODUCER_FAILED;
	}
	log_write(LOG_LEVEL_ERROR, "kafka",
			  "a record cannot be delivered; it is described in the dead-letter topic",
			  log_text("topic", topic), log_text("position", position),
			  log_text("reason", reason), log_int("value_bytes_at_least", (int64_t) value_bytes),
			  log_text("dead_letter_topic", producer->dead_letter_topic_name));
	return PRODUCER_TAKEN;
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

/* A record that cannot go to its topic, described instead; the flight is new. */
static ProducerResult
describe(Producer *producer, const char *topic, const WfSlice *key, uint64_t value_bytes,
		 const char *reason, const WfPosition *position, uint64_t serial)
{
	size_t		bytes = key != NULL ? key->length : 0;
	Flight	   *flight;
	ProducerResult result;

	if (!has_room(producer, bytes))
		return PRODUCER_FULL;
	result = dead_letter_room(producer);
	if (result != PRODUCER_TAKEN)
		return result;
	flight = take_flight(producer, FLIGHT_DEAD_LETTER, producer->dead_letter_topic, serial, bytes);
	flight->position = *position;
	result = send_dead_letter(producer, flight, topic, key, value_bytes, reason);
	if (result == PRODUCER_FAILED)
		give_flight_back(producer, flight);
	return result;
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
			producer_set_fault(producer, "headers", "out of memory");
			return PRODUCER_FAILED;
		}
	}

	flight = take_flight(producer, FLIGHT_RECORD, record->topic, record->serial, bytes);
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
						"larger than kafka.message.max.bytes", &record->position, record->serial);
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return PRODUCER_FULL;
	producer_set_fault(producer, record->topic->name, rd_kafka_err2str(code));
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
					stub->value_bytes_at_least, reason, &stub->position, serial);
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

	flight = take_flight(producer, FLIGHT_SCHEMA, NULL, schema->id, schema->description.length);
	code = hand_on(producer, producer->schema_topic, KAFKA_SCHEMA_PARTITION, &schema->fingerprint,
				   &schema->description, NULL, flight);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return PRODUCER_TAKEN;
	give_flight_back(producer, flight);
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		return PRODUCER_FULL;
	producer_set_fault(producer, producer->schema_topic_name, rd_kafka_err2str(code));
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
		producer_set_fault(producer, "Kafka refuses a batch of records", reason);
		give_flight_back(producer, flight);
		return;
	}
	if (send_dead_letter(producer, flight, rd_kafka_topic_name(message->rkt),
						 message->key != NULL ? &key : NULL, message->len, reason) ==
		PRODUCER_FAILED)
		give_flight_back(producer, flight);
}

void
producer_on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque)
{
	Producer   *producer = opaque;
	Flight	   *flight = message->_private;

	(void) client;
	if (producer->closing)
		return;

	/* delivered or refused, a leader has spoken */
	if (flight->topic != NULL)
		flight->topic->proven = true;

	if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR && message->offset < 0)
	{
		producer_set_fault(producer, rd_kafka_topic_name(message->rkt),
						   "a record may not have been written, although Kafka took a later one "
						   "(a partition has changed its leader)");
		give_flight_back(producer, flight);
	}
	else if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
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
		producer_set_fault(producer, rd_kafka_topic_name(message->rkt),
						   rd_kafka_err2str(message->err));
		give_flight_back(producer, flight);
	}
}
