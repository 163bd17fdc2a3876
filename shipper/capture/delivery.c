/*
 * delivery.c
 *		From the plugin's frames to the producer and the ledger.
 *
 * Each item is taken wholly or not at all, so that holding is only a matter of
 * not taking the item now; nothing is copied but by librdkafka.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "delivery.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

#define TABLE_FIRST_ENTRIES 64

/* What is kept of a buffer for a key or value beside its schema. */
#define KEPT_BYTES_MAX (1024 * 1024)

void
delivery_init(Delivery *delivery, Producer *producer, Ledger *ledger, const Config *config,
			  uint64_t system_id)
{
	memset(delivery, 0, sizeof(*delivery));
	delivery->producer = producer;
	delivery->ledger = ledger;
	delivery->headers_wanted = config->format.walferry_headers;
	delivery->schemas_wanted = config_publishes_schemas(config);
	delivery->record_bytes_max = (size_t) config->format.record_max_bytes;
	delivery->epoch = (uint64_t) config->position_epoch;
	delivery->system_id = system_id;
	heap_buffer_init(&delivery->key, delivery->record_bytes_max + DELIVERY_ENCLOSURE_BYTES_MAX);
	heap_buffer_init(&delivery->value, delivery->record_bytes_max + DELIVERY_ENCLOSURE_BYTES_MAX);
}

void
delivery_free(Delivery *delivery)
{
	free(delivery->topics);
	free(delivery->schemas);
	for (uint32_t i = 0; i < delivery->enclosure_count; i++)
		free(delivery->enclosures[i]);
	free(delivery->enclosures);
	heap_buffer_free(&delivery->key);
	heap_buffer_free(&delivery->value);
	memset(delivery, 0, sizeof(*delivery));
}

static DeliveryResult fail(Delivery *delivery, const char *format,...)
			__attribute__((format(printf, 2, 3)));

static DeliveryResult
fail(Delivery *delivery, const char *format,...)
{
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(delivery->fault, sizeof(delivery->fault), format, arguments);
	va_end(arguments);
	return DELIVERY_FAILED;
}

/* Makes a table of entries of `size` bytes reach up to id, filled with zeroes. */
static bool
reach(void **table, uint32_t *count, size_t size, uint32_t id)
{
	uint32_t	wanted = *count > 0 ? *count : TABLE_FIRST_ENTRIES;
	void	   *larger;

	if (id < *count)
		return true;
	while (wanted <= id)
		wanted *= 2;
	larger = realloc(*table, size * wanted);
	if (larger == NULL)
		return false;
	memset((char *) larger + size * *count, 0, size * (wanted - *count));
	*table = larger;
	*count = wanted;
	return true;
}

static Topic *
find_topic(const Delivery *delivery, uint32_t id)
{
	return id < delivery->topic_count ? delivery->topics[id] : NULL;
}

/* Another session numbers anew, and begins with the transaction at hand. */
static DeliveryResult
used_up(Delivery *delivery, int count, const char *what)
{
	snprintf(delivery->fault, sizeof(delivery->fault),
			 "a transaction needs more than %d %s, which is all that a session keeps; trying again",
			 count, what);
	return DELIVERY_RENEW;
}

static DeliveryResult
take_hello(Delivery *delivery, const WfFrameHello *hello)
{
	char		version[64];
	char		encoding[64];

	if (hello->system_id != delivery->system_id)
		return fail(delivery, "the plugin speaks for system %" PRIu64 ", the server for %" PRIu64,
					hello->system_id, delivery->system_id);
	delivery->greeted = true;
	snprintf(version, sizeof(version), "%.*s", (int) hello->plugin_version.length,
			 hello->plugin_version.data);
	snprintf(encoding, sizeof(encoding), "%.*s", (int) hello->encoding.length,
			 hello->encoding.data);
	log_write(LOG_LEVEL_INFO, "source", "the plugin is there",
			  log_text("plugin_version", version), log_int("server_version", hello->server_version_num),
			  log_int("timeline", hello->timeline), log_text("encoding", encoding));
	return DELIVERY_DONE;
}

/* An id that is told anew stands for the new name; what was sent has its topic already. */
static DeliveryResult
take_topic(Delivery *delivery, const WfFrameTopic *topic)
{
	char		name[WF_TOPIC_LENGTH_MAX + 1];

	if (topic->id >= DELIVERY_TOPICS_MAX)
		return used_up(delivery, DELIVERY_TOPICS_MAX - 1, "topics");
	if (topic->name.length == 0 || topic->name.length > WF_TOPIC_LENGTH_MAX)
		return fail(delivery, "the plugin named a topic of %zu bytes", topic->name.length);
	if (!reach((void **) &delivery->topics, &delivery->topic_count, sizeof(Topic *), topic->id))
		return fail(delivery, "out of memory for topics");
	memcpy(name, topic->name.data, topic->name.length);
	name[topic->name.length] = '\0';
	delivery->topics[topic->id] = producer_topic(delivery->producer, name);
	return delivery->topics[topic->id] != NULL ? DELIVERY_DONE : DELIVERY_FAILED;
}

static DeliveryResult
after_sending(ProducerResult result)
{
	switch (result)
	{
		case PRODUCER_TAKEN:
			return DELIVERY_DONE;
		case PRODUCER_FULL:
			return DELIVERY_HELD;
		case PRODUCER_FAILED:
			return DELIVERY_FAILED;
	}
	return DELIVERY_FAILED;
}

static DeliveryResult
take_schema(Delivery *delivery, const WfFrameSchema *schema)
{
	DeliverySchema *entry;
	DeliveryResult result = DELIVERY_DONE;

	if (schema->id >= DELIVERY_SCHEMAS_MAX)
		return used_up(delivery, DELIVERY_SCHEMAS_MAX - 1, "table shapes");
	if (schema->fingerprint.length != sizeof(entry->fingerprint))
		return fail(delivery, "the plugin gave a fingerprint of %zu bytes", schema->fingerprint.length);
	if (!reach((void **) &delivery->schemas, &delivery->schema_count, sizeof(DeliverySchema),
			   schema->id))
		return fail(delivery, "out of memory for schemas");
	entry = &delivery->schemas[schema->id];
	if (entry->known)
		return fail(delivery, "the plugin described schema %" PRIu32 " twice", schema->id);
	if (delivery->schemas_wanted)
		result = after_sending(producer_send_schema(delivery->producer, schema));
	if (result != DELIVERY_DONE)
		return result;
	memcpy(entry->fingerprint, schema->fingerprint.data, sizeof(entry->fingerprint));
	entry->known = true;
	entry->durable = !delivery->schemas_wanted;
	return DELIVERY_DONE;
}

static DeliveryResult
take_enclosure(Delivery *delivery, const WfFrameEnclosure *enclosure)
{
	size_t		bytes = enclosure->key_schema.length + enclosure->value_schema.length;
	DeliveryEnclosure *entry;

	if (enclosure->id >= DELIVERY_ENCLOSURES_MAX)
		return used_up(delivery, DELIVERY_ENCLOSURES_MAX - 1,
					   "inline schemas (none with schemas.enable=false)");
	if (delivery->enclosure_bytes > 0 &&
		delivery->enclosure_bytes + bytes > DELIVERY_ENCLOSURE_BYTES_MAX)
		return used_up(delivery, DELIVERY_ENCLOSURE_BYTES_MAX / (1024 * 1024),
					   "MiB of inline schemas (none with schemas.enable=false)");
	if (!reach((void **) &delivery->enclosures, &delivery->enclosure_count,
			   sizeof(DeliveryEnclosure *), enclosure->id))
		return fail(delivery, "out of memory for schemas");
	if (delivery->enclosures[enclosure->id] != NULL)
		return fail(delivery, "the plugin described enclosure %" PRIu32 " twice", enclosure->id);
	entry = malloc(sizeof(*entry) + bytes);
	if (entry == NULL)
		return fail(delivery, "out of memory for schemas");
	memcpy(entry->bytes, enclosure->key_schema.data, enclosure->key_schema.length);
	memcpy(entry->bytes + enclosure->key_schema.length, enclosure->value_schema.data,
		   enclosure->value_schema.length);
	entry->schemas.key_schema = wf_slice(entry->bytes, enclosure->key_schema.length);
	entry->schemas.value_schema = wf_slice(entry->bytes + enclosure->key_schema.length,
										   enclosure->value_schema.length);
	delivery->enclosures[enclosure->id] = entry;
	delivery->enclosure_bytes += bytes;
	return DELIVERY_DONE;
}

/* NULL: the record stands alone.  False: it is to be enclosed in what was never described. */
static bool
find_enclosure(Delivery *delivery, uint8_t flags, uint32_t id, const WfEnclosure **found)
{
	*found = NULL;
	if ((flags & WF_FRAME_IS_ENCLOSED) == 0)
		return true;
	if (id >= delivery->enclosure_count || delivery->enclosures[id] == NULL)
		return false;
	*found = &delivery->enclosures[id]->schemas;
	return true;
}

/* The payload beside its schema, in buffer; itself if there is no schema. */
static WfSlice
enclose(WfBuffer *buffer, WfSlice schema, WfSlice payload)
{
	if (schema.length == 0)
		return payload;
	heap_buffer_reset(buffer, KEPT_BYTES_MAX);
	wf_enclosure_open(buffer, schema);
	wf_buffer_append_slice(buffer, payload);
	wf_enclosure_close(buffer, schema);
	return wf_buffer_since(buffer, 0);
}

bool
delivery_change_producer(Delivery *delivery, Producer *producer)
{
	Topic	  **topics = calloc(delivery->topic_count + 1, sizeof(Topic *));
	bool		found = topics != NULL;

	for (uint32_t id = 0; id < delivery->topic_count && found; id++)
	{
		if (delivery->topics[id] == NULL)
			continue;
		topics[id] = producer_topic(producer, delivery->topics[id]->name);
		found = topics[id] != NULL;
	}
	if (!found)
	{
		free(topics);
		return false;
	}
	free(delivery->topics);
	delivery->topics = topics;
	delivery->producer = producer;
	return true;
}

void
delivery_described(Delivery *delivery, uint32_t schema_id)
{
	if (schema_id < delivery->schema_count)
		delivery->schemas[schema_id].durable = true;
}

static DeliveryResult
take_begin(Delivery *delivery, const WfFrameBegin *begin)
{
	if (ledger_is_full(delivery->ledger))
		return DELIVERY_HELD;
	if (!ledger_open(delivery->ledger))
		return fail(delivery, "the plugin began a transaction inside another");
	delivery->open_commit_lsn = begin->commit_lsn;
	return DELIVERY_DONE;
}

/* Where a record outside of any transaction goes, a ledger entry of its own is made. */
static DeliveryResult
open_entry(Delivery *delivery, uint8_t flags)
{
	if (flags & WF_FRAME_NO_TRANSACTION)
	{
		if (ledger_is_full(delivery->ledger))
			return DELIVERY_HELD;
		if (!ledger_open(delivery->ledger))
			return fail(delivery, "the plugin sent a record outside of its transaction");
	}
	else if (!delivery->ledger->open)
		return fail(delivery, "the plugin sent a record without a transaction");
	return DELIVERY_DONE;
}

/*
 * The entry of a record that was, or was not, handed on.  A message outside of
 * transactions ends at its own LSN, from which decoding may go on.
 */
static void
settle_entry(Delivery *delivery, uint8_t flags, const WfPosition *position, bool sent)
{
	if (sent)
		ledger_sent(delivery->ledger);
	if ((flags & WF_FRAME_NO_TRANSACTION) == 0)
		return;
	if (sent)
	{
		(void) ledger_close(delivery->ledger, position->commit_lsn, 0, control_now_ms());
		delivery->received_lsn = position->commit_lsn;
	}
	else
		ledger_take_back(delivery->ledger);
}

static void
add_header(ProducerRecord *record, WfSlice name, WfSlice value)
{
	record->headers[record->header_count].name = name;
	record->headers[record->header_count++].value = value;
}

static RecordTime
time_of(uint8_t flags)
{
	if ((flags & WF_FRAME_HAS_TIMESTAMP) == 0)
		return RECORD_TIME_OF_SENDING;
	return (flags & WF_FRAME_TIMESTAMP_IS_COMMIT) != 0 ? RECORD_TIME_OF_COMMIT : RECORD_TIME_OF_ROW;
}

/* About what the producer will count of the record; schemas included. */
static size_t
enclosed_bytes(const WfFrameRecord *record, const WfEnclosure *enclosure)
{
	size_t		bytes = record->key.length + record->value.length;

	if ((record->flags & WF_FRAME_HAS_KEY) != 0)
		bytes += enclosure->key_schema.length + WF_ENCLOSURE_OVERHEAD_BYTES;
	if ((record->flags & WF_FRAME_HAS_VALUE) != 0)
		bytes += enclosure->value_schema.length + WF_ENCLOSURE_OVERHEAD_BYTES;
	for (int i = 0; i < record->header_count; i++)
		bytes += record->headers[i].name.length + record->headers[i].value.length;
	return bytes;
}

/*
 * Key and value of the record beside their schemas.  Asks for room first: a record
 * that is held is asked about at each acknowledgement, and may have 64 MiB to copy.
 */
static DeliveryResult
enclose_record(Delivery *delivery, const WfFrameRecord *record, const WfEnclosure *enclosure,
			   Topic *topic, WfSlice *key, WfSlice *value)
{
	DeliveryResult result = after_sending(producer_room(delivery->producer, topic,
														enclosed_bytes(record, enclosure)));

	if (result != DELIVERY_DONE)
		return result;
	if ((record->flags & WF_FRAME_HAS_KEY) != 0)
		*key = enclose(&delivery->key, enclosure->key_schema, record->key);
	if ((record->flags & WF_FRAME_HAS_VALUE) != 0)
		*value = enclose(&delivery->value, enclosure->value_schema, record->value);
	if (delivery->key.error != WF_BUFFER_OK || delivery->value.error != WF_BUFFER_OK)
		return fail(delivery, "out of memory for a record beside its schema");
	return DELIVERY_DONE;
}

static DeliveryResult
take_record(Delivery *delivery, const WfFrameRecord *record)
{
	ProducerRecord out;			/* its room for headers is not cleared for each
								 * record */
	const DeliverySchema *schema = NULL;
	const WfEnclosure *enclosure;
	WfSlice		key = record->key;
	WfSlice		value = record->value;
	char		position[WF_POSITION_TEXT_LENGTH + 1];
	DeliveryResult result;

	out.topic = find_topic(delivery, record->topic_id);
	out.header_count = 0;
	if (out.topic == NULL)
		return fail(delivery, "the plugin did not name topic %" PRIu32, record->topic_id);
	if (record->schema_id != 0)
	{
		if (record->schema_id >= delivery->schema_count ||
			!delivery->schemas[record->schema_id].known)
			return fail(delivery, "the plugin did not describe schema %" PRIu32, record->schema_id);
		schema = &delivery->schemas[record->schema_id];
		if (!schema->durable)
			return DELIVERY_HELD;
	}
	if (!find_enclosure(delivery, record->flags, record->enclosure_id, &enclosure))
		return fail(delivery, "the plugin did not describe enclosure %" PRIu32, record->enclosure_id);
	if (enclosure != NULL)
	{
		result = enclose_record(delivery, record, enclosure, out.topic, &key, &value);
		if (result != DELIVERY_DONE)
			return result;
	}
	result = open_entry(delivery, record->flags);
	if (result != DELIVERY_DONE)
		return result;

	if (delivery->headers_wanted)
	{
		wf_position_text(position, delivery->epoch, &record->position);
		add_header(&out, WF_LITERAL("__walferry.position"),
				   wf_slice(position, WF_POSITION_TEXT_LENGTH));
		if (schema != NULL && delivery->schemas_wanted)
			add_header(&out, WF_LITERAL("__walferry.schema"),
					   wf_slice(schema->fingerprint, sizeof(schema->fingerprint)));
	}
	memcpy(out.headers + out.header_count, record->headers,
		   sizeof(WfFrameHeader) * (size_t) record->header_count);
	out.header_count += record->header_count;
	out.key = record->flags & WF_FRAME_HAS_KEY ? &key : NULL;
	out.value = record->flags & WF_FRAME_HAS_VALUE ? &value : NULL;
	out.time = time_of(record->flags);
	out.timestamp_ms = record->timestamp_ms;
	out.has_partition = (record->flags & WF_FRAME_HAS_PARTITION) != 0;
	out.partition = record->partition;
	out.position = record->position;
	out.serial = ledger_youngest(delivery->ledger);

	result = after_sending(producer_send(delivery->producer, &out));
	settle_entry(delivery, record->flags, &record->position, result == DELIVERY_DONE);
	return result;
}

static DeliveryResult
take_stub(Delivery *delivery, const WfFrameStub *stub)
{
	const Topic *topic = find_topic(delivery, stub->topic_id);
	const WfEnclosure *enclosure;
	WfFrameStub out = *stub;
	DeliveryResult result;

	if (topic == NULL)
		return fail(delivery, "the plugin did not name topic %" PRIu32, stub->topic_id);
	if (!find_enclosure(delivery, stub->flags, stub->enclosure_id, &enclosure))
		return fail(delivery, "the plugin did not describe enclosure %" PRIu32, stub->enclosure_id);
	if (enclosure != NULL && (stub->flags & WF_FRAME_HAS_KEY) != 0)
		out.key = enclose(&delivery->key, enclosure->key_schema, stub->key);
	if (delivery->key.error != WF_BUFFER_OK)
		return fail(delivery, "out of memory for a key beside its schema");
	result = open_entry(delivery, stub->flags);
	if (result != DELIVERY_DONE)
		return result;
	result = after_sending(producer_send_stub(delivery->producer, topic, &out,
											  ledger_youngest(delivery->ledger)));
	settle_entry(delivery, stub->flags, &stub->position, result == DELIVERY_DONE);
	return result;
}

static DeliveryResult
take_commit(Delivery *delivery, const WfFrameCommit *commit)
{
	if (commit->commit_lsn != delivery->open_commit_lsn ||
		!ledger_close(delivery->ledger, commit->end_lsn, commit->commit_time_us, control_now_ms()))
		return fail(delivery, "the plugin ended a transaction that it had not begun");
	delivery->received_lsn = commit->end_lsn;
	if (commit->replaced_characters > 0)
	{
		metric_add(METRIC_CAPTURE_REPLACED_CHARACTERS, (int64_t) commit->replaced_characters);
		log_write(LOG_LEVEL_WARNING, "source", "a transaction held text that is invalid in the "
				  "database's encoding; it was replaced by U+FFFD",
				  log_int("characters", (int64_t) commit->replaced_characters),
				  log_lsn("commit_lsn", commit->commit_lsn));
	}
	return DELIVERY_DONE;
}

static DeliveryResult
take_item(Delivery *delivery, const WfFrameItem *item)
{
	if (!delivery->greeted && item->type != WF_FRAME_HELLO)
		return fail(delivery, "the plugin's first word was not hello");
	switch (item->type)
	{
		case WF_FRAME_HELLO:
			return take_hello(delivery, &item->as.hello);
		case WF_FRAME_TOPIC:
			return take_topic(delivery, &item->as.topic);
		case WF_FRAME_SCHEMA:
			return take_schema(delivery, &item->as.schema);
		case WF_FRAME_ENCLOSURE:
			return take_enclosure(delivery, &item->as.enclosure);
		case WF_FRAME_BEGIN:
			return take_begin(delivery, &item->as.begin);
		case WF_FRAME_RECORD:
			return take_record(delivery, &item->as.record);
		case WF_FRAME_STUB:
			return take_stub(delivery, &item->as.stub);
		case WF_FRAME_LOSSES:
			metric_add(METRIC_CAPTURE_VALUES_WITHOUT_FORM,
					   (int64_t) item->as.losses.values_without_form);
			metric_add(METRIC_CAPTURE_MESSAGES_LEFT, (int64_t) item->as.losses.messages_left);
			return DELIVERY_DONE;
		case WF_FRAME_COMMIT:
			return take_commit(delivery, &item->as.commit);
	}
	return fail(delivery, "the plugin sent an item of type %d", item->type);
}

DeliveryResult
delivery_continue(Delivery *delivery)
{
	while (delivery->has_message)
	{
		DeliveryResult result;

		if (!delivery->has_item && !wf_frame_read(&delivery->reader, &delivery->item))
		{
			delivery->has_message = false;
			if (delivery->reader.error != NULL)
				return fail(delivery, "a frame from the plugin is not understood at byte %zu: %s",
							delivery->reader.offset, delivery->reader.error);
			break;
		}
		delivery->has_item = true;
		result = take_item(delivery, &delivery->item);
		if (result != DELIVERY_DONE)
			return result;
		delivery->has_item = false;
	}
	return DELIVERY_DONE;
}

DeliveryResult
delivery_take(Delivery *delivery, WfSlice payload)
{
	wf_frame_reader_init(&delivery->reader, payload.data, payload.length);
	delivery->has_message = true;
	delivery->has_item = false;
	return delivery_continue(delivery);
}
