/*
 * record.c
 *		One Kafka record in any of the three output forms.
 *
 * While a record is open the buffer's ceiling is lowered to little above the
 * record's own limit, so that a record that is too large stops growing there.
 * The verdict is the length's alone: whether an append that reserves more than
 * it needs meets the ceiling depends on how large the buffer happens to be, and
 * the same record must not be a stub today and whole tomorrow.
 *
 * In frame output a number given to a topic or schema is remembered only once
 * the item that tells it is safely in the buffer; those items stand before the
 * mark a record is cut back to.  BEGIN stands behind it, because a transaction
 * of which nothing is written must not begin either.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "record.h"

#include "time.h"

/* More than any append reserves in vain; scratch space does not count (buffer.h). */
#define OVERRUN_BYTES (1024 * 1024)

WfWriteResult
wf_write_result(const WfBuffer *buffer)
{
	switch (buffer->error)
	{
		case WF_BUFFER_OK:
			return WF_WRITE_OK;
		case WF_BUFFER_CEILING:
			return WF_WRITE_TOO_LARGE;
		case WF_BUFFER_NO_MEMORY:
			break;
	}
	return WF_WRITE_NO_MEMORY;
}

/*
 * Debezium's names of the connector, its task and its run.  Records of changes
 * and of tables' shapes have them; those of messages, of transactions and of rows that a
 * snapshot reads do not.
 */
void
wf_record_add_context(const WfSession *session, WfRecord *record)
{
	const WfText *prefix = &session->options.topic_prefix;

	if (!session->options.extended_headers)
		return;
	record->headers[record->header_count++] = (WfFrameHeader)
	{
		WF_LITERAL("__debezium.context.connectorLogicalName"),
			wf_slice(prefix->bytes, prefix->length)
	};
	record->headers[record->header_count++] = (WfFrameHeader)
	{
		WF_LITERAL("__debezium.context.taskId"), WF_LITERAL("0")
	};
	record->headers[record->header_count++] = (WfFrameHeader)
	{
		WF_LITERAL("__debezium.context.connectorName"), WF_LITERAL("postgresql")
	};
	record->headers[record->header_count++] = (WfFrameHeader)
	{
		WF_LITERAL("__debezium.context.runId"), wf_slice(session->run_id, WF_RUN_ID_LENGTH)
	};
}

WfPosition
wf_record_position(WfTransaction *transaction, uint64_t lsn)
{
	WfPosition	position;

	if (transaction->chunk != 0)
		lsn = transaction->chunk;
	if (transaction->last_lsn != lsn)
	{
		transaction->last_lsn = lsn;
		transaction->next_n = 0;
	}
	position.commit_lsn = transaction->commit_lsn;
	position.lsn = lsn;
	position.n = transaction->next_n++;
	return position;
}

/* ---- descriptions (frame) ---- */

static void
write_topic(WfSession *session, uint32_t id, WfSlice name)
{
	WfFrameTopic topic = {.id = id, .name = name};

	wf_frame_write_topic(session->buffer, &topic);
}

static void
write_schema(WfSession *session, const WfRowPlan *plan, uint32_t topic_id)
{
	WfFrameSchema schema;

	schema.id = session->schemas_described + 1;
	schema.topic_id = topic_id;
	schema.fingerprint = wf_slice(plan->fingerprint, WF_FINGERPRINT_LENGTH);
	schema.description = wf_plan_text(plan, plan->schema);
	wf_frame_write_schema(session->buffer, &schema);
}

static void
write_enclosure(WfSession *session, uint32_t id, const WfBuffer *text,
				const WfEnclosureRanges *ranges)
{
	WfFrameEnclosure enclosure;

	enclosure.id = id;
	enclosure.key_schema = wf_slice(text->data + ranges->key_schema.offset,
									ranges->key_schema.length);
	enclosure.value_schema = wf_slice(text->data + ranges->value_schema.offset,
									  ranges->value_schema.length);
	wf_frame_write_enclosure(session->buffer, &enclosure);
}

/* routed_id: of the topic that the record goes to; 0: to the table's. */
static WfWriteResult
describe_plan(WfSession *session, WfRowPlan *plan, uint32_t routed_id)
{
	WfBuffer   *buffer = session->buffer;
	size_t		mark = buffer->length;
	bool		tells_topic = routed_id == 0 && plan->topic_id == 0;
	uint32_t	topic_id = tells_topic ? session->topics_described + 1 :
	routed_id != 0 ? routed_id : plan->topic_id;
	bool		encloses = wf_options_enclose(&session->options) && plan->enclosure.id == 0;
	WfEnclosureRanges *others[] = {
		&plan->null_enclosure, &plan->substitute_enclosure, &plan->substitute_null_enclosure
	};
	uint32_t	enclosure_id = session->enclosures_described;
	WfWriteResult result;

	if (session->output != WF_OUTPUT_FRAME ||
		(wf_plan_is_described(plan, &session->options) && !tells_topic))
		return WF_WRITE_OK;

	if (tells_topic)
		write_topic(session, session->topics_described + 1, wf_plan_text(plan, plan->topic));
	if (plan->schema_id == 0)
		write_schema(session, plan, topic_id);
	if (encloses)
		write_enclosure(session, ++enclosure_id, plan->text, &plan->enclosure);
	for (size_t i = 0; encloses && i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i]->value_schema.length > 0)
			write_enclosure(session, ++enclosure_id, plan->text, others[i]);

	result = wf_write_result(buffer);
	if (result != WF_WRITE_OK)
	{
		wf_buffer_cut(buffer, mark);
		return result;
	}
	if (tells_topic)
		plan->topic_id = ++session->topics_described;
	if (plan->schema_id == 0)
		plan->schema_id = ++session->schemas_described;
	if (encloses)
		plan->enclosure.id = ++session->enclosures_described;
	for (size_t i = 0; encloses && i < sizeof(others) / sizeof(others[0]); i++)
		if (others[i]->value_schema.length > 0)
			others[i]->id = ++session->enclosures_described;
	return WF_WRITE_OK;
}

WfWriteResult
wf_record_describe_plan(WfSession *session, WfRowPlan *plan)
{
	return wf_plan_is_routed(plan) ? WF_WRITE_OK : describe_plan(session, plan, 0);
}

WfWriteResult
wf_record_describe_routed(WfSession *session, WfRowPlan *plan, WfRecord *record)
{
	WfWriteResult result;

	if (!wf_plan_is_routed(plan))
		return WF_WRITE_OK;
	result = describe_plan(session, plan, record->topic_id);
	if (record->topic_id == 0)
		record->topic_id = plan->topic_id;
	record->schema_id = plan->schema_id;
	return result;
}

WfWriteResult
wf_record_describe_topic(WfSession *session, WfSessionTopic *topic)
{
	WfBuffer   *buffer = session->buffer;
	size_t		mark = buffer->length;
	bool		encloses = wf_options_enclose(&session->options);
	WfWriteResult result;

	if (session->output != WF_OUTPUT_FRAME || topic->id != 0)
		return WF_WRITE_OK;

	write_topic(session, session->topics_described + 1, wf_session_text(session, topic->name));
	if (encloses)
		write_enclosure(session, session->enclosures_described + 1, session->text,
						&topic->enclosure);
	result = wf_write_result(buffer);
	if (result != WF_WRITE_OK)
	{
		wf_buffer_cut(buffer, mark);
		return result;
	}
	topic->id = ++session->topics_described;
	if (encloses)
		topic->enclosure.id = ++session->enclosures_described;
	return WF_WRITE_OK;
}

WfWriteResult
wf_record_describe_enclosure(WfSession *session, const WfBuffer *text,
							 WfEnclosureRanges *enclosure)
{
	WfBuffer   *buffer = session->buffer;
	size_t		mark = buffer->length;
	WfWriteResult result;

	if (session->output != WF_OUTPUT_FRAME || enclosure->id != 0 ||
		enclosure->key_schema.length + enclosure->value_schema.length == 0)
		return WF_WRITE_OK;
	write_enclosure(session, session->enclosures_described + 1, text, enclosure);
	result = wf_write_result(buffer);
	if (result != WF_WRITE_OK)
	{
		wf_buffer_cut(buffer, mark);
		return result;
	}
	enclosure->id = ++session->enclosures_described;
	return WF_WRITE_OK;
}

static WfRoutedTopics *
routed_topics(WfSession *session)
{
	WfBuffer   *memory = session->routed_topics;

	if (memory->length == 0 && wf_buffer_reserve(memory, sizeof(WfRoutedTopics)))
	{
		memset(memory->data, 0, sizeof(WfRoutedTopics));
		memory->length = sizeof(WfRoutedTopics);
	}
	return memory->length > 0 ? (WfRoutedTopics *) (void *) memory->data : NULL;
}

/* Tells the reader of frames what the place's id stands for. */
static WfWriteResult
describe_routed(WfSession *session, WfRoutedTopic *place)
{
	WfBuffer   *buffer = session->buffer;
	size_t		mark = buffer->length;
	WfWriteResult result;

	if (session->output != WF_OUTPUT_FRAME || place->told)
		return WF_WRITE_OK;
	write_topic(session, place->id != 0 ? place->id : session->topics_described + 1,
				wf_slice(place->name, place->name_length));
	result = wf_write_result(buffer);
	if (result != WF_WRITE_OK)
	{
		wf_buffer_cut(buffer, mark);
		return result;
	}
	if (place->id == 0)
		place->id = ++session->topics_described;
	place->told = true;
	return WF_WRITE_OK;
}

WfWriteResult
wf_record_route(WfSession *session, WfRecord *record, uint8_t scope, WfSlice value,
				bool (*make) (void *maker, WfSlice value, WfBuffer *name), void *maker)
{
	WfRoutedTopics *topics = routed_topics(session);
	char		room[WF_TOPIC_LENGTH_MAX + 1];
	WfBuffer	made = {.data = room, .capacity = sizeof(room), .ceiling = sizeof(room)};
	WfRoutedTopic *place = NULL;
	WfWriteResult result = topics != NULL ? WF_WRITE_OK : WF_WRITE_NO_MEMORY;

	if (topics != NULL && value.length <= WF_ROUTED_VALUE_MAX)
		place = wf_routed_topics_find(topics, scope, value);
	if (topics != NULL && place == NULL)
	{
		if (!make(maker, value, &made) || made.error != WF_BUFFER_OK)
			result = WF_WRITE_NO_MEMORY;
		else
		{
			WfSlice		name = wf_buffer_since(&made, 0);

			/* scope 0xFF: a name in place of a value that is too long */
			if (value.length > WF_ROUTED_VALUE_MAX)
			{
				scope = UINT8_MAX;
				value = name;
				place = wf_routed_topics_find(topics, scope, value);
			}
			if (place == NULL)
				place = wf_routed_topics_add(topics, scope, value, name);
		}
	}
	if (result == WF_WRITE_OK)
		result = describe_routed(session, place);
	if (result == WF_WRITE_OK)
	{
		record->topic = wf_slice(place->name, place->name_length);
		record->topic_id = place->id;
	}
	return result;
}

void
wf_record_enclose(const WfSession *session, WfRecord *record, const WfBuffer *text,
				  const WfEnclosureRanges *enclosure)
{
	record->enclosure_id = enclosure->id;
	record->enclosure.key_schema = WF_LITERAL("");
	record->enclosure.value_schema = WF_LITERAL("");
	if (session->output == WF_OUTPUT_FRAME)
		return;
	record->enclosure.key_schema = wf_slice(text->data + enclosure->key_schema.offset,
											enclosure->key_schema.length);
	record->enclosure.value_schema = wf_slice(text->data + enclosure->value_schema.offset,
											  enclosure->value_schema.length);
}

/* ---- the record's surroundings ---- */

static void
write_begin_if_first(WfSession *session, const WfTransaction *transaction)
{
	WfFrameBegin begin;

	if (transaction == NULL || transaction->records > 0)
		return;
	begin.xid = transaction->xid;
	begin.commit_lsn = transaction->commit_lsn;
	begin.commit_time_us = transaction->commit_time_us;
	wf_frame_write_begin(session->buffer, &begin);
}

/*
 * Kafka's time of the record, unless its producer is to set it.  A message outside
 * of transactions has no commit.
 */
static bool
find_timestamp(const WfSession *session, const WfTransaction *transaction, const WfRecord *record,
			   int64_t *timestamp_ms)
{
	*timestamp_ms = record->timestamp_ms;
	if (record->has_timestamp || session->options.record_timestamp != WF_TIMESTAMP_COMMIT ||
		transaction == NULL)
		return record->has_timestamp;
	*timestamp_ms = wf_floor_milliseconds(transaction->commit_time_us);
	return *timestamp_ms >= 0;	/* Kafka knows no time before 1970 */
}

static uint8_t
frame_flags(const WfTransaction *transaction, const WfRecord *record)
{
	return (uint8_t) ((record->has_key ? WF_FRAME_HAS_KEY : 0) |
					  (record->has_value ? WF_FRAME_HAS_VALUE : 0) |
					  (record->enclosure_id != 0 ? WF_FRAME_IS_ENCLOSED : 0) |
					  (record->has_partition ? WF_FRAME_HAS_PARTITION : 0) |
					  (transaction == NULL ? WF_FRAME_NO_TRANSACTION : 0));
}

static void
open_frame(WfSession *session, const WfTransaction *transaction, const WfRecord *record,
		   WfRecordWriter *writer)
{
	WfFrameRecord frame;

	frame.flags = frame_flags(transaction, record);
	if (find_timestamp(session, transaction, record, &frame.timestamp_ms))
		frame.flags |= record->has_timestamp ? WF_FRAME_HAS_TIMESTAMP :
			WF_FRAME_HAS_TIMESTAMP | WF_FRAME_TIMESTAMP_IS_COMMIT;
	frame.topic_id = record->topic_id;
	frame.schema_id = record->schema_id;
	frame.enclosure_id = record->enclosure_id;
	frame.partition = record->partition;
	frame.position = record->position;
	frame.header_count = record->header_count;
	for (int i = 0; i < record->header_count; i++)
		frame.headers[i] = record->headers[i];

	write_begin_if_first(session, transaction);
	wf_frame_record_open(session->buffer, &writer->frame, &frame);
	wf_buffer_append_slice(session->buffer, record->key);
	wf_frame_record_key_done(session->buffer, &writer->frame);
}

static void
write_text_header(WfSession *session, bool first, WfSlice name, WfSlice value)
{
	wf_buffer_append(session->buffer, ",", first ? 0 : 1);
	wf_json_string(session->buffer, &session->form, name.data, name.length);
	wf_buffer_append_char(session->buffer, ':');
	if (value.data != NULL)
		wf_json_string(session->buffer, &session->form, value.data, value.length);
	else
		wf_json_null(session->buffer);
}

static void
write_text_headers(WfSession *session, const WfRecord *record)
{
	bool		first = true;

	wf_buffer_append_char(session->buffer, '{');
	if (session->options.walferry_headers && !session->without_position)
	{
		char		position[WF_POSITION_TEXT_LENGTH + 1];

		wf_position_text(position, session->epoch, &record->position);
		write_text_header(session, true, WF_LITERAL("__walferry.position"),
						  wf_slice(position, WF_POSITION_TEXT_LENGTH));
		first = false;
	}
	if (session->options.walferry_headers && record->fingerprint != NULL)
	{
		write_text_header(session, first, WF_LITERAL("__walferry.schema"),
						  wf_slice(record->fingerprint, WF_FINGERPRINT_LENGTH));
		first = false;
	}
	for (int i = 0; i < record->header_count; i++)
	{
		write_text_header(session, first, record->headers[i].name, record->headers[i].value);
		first = false;
	}
	wf_buffer_append_char(session->buffer, '}');
}

/* `"name":`, or as what is not JSON is called. */
static void
write_member_name(WfBuffer *buffer, const char *name, WfRecordForm form)
{
	static const char *const suffixes[] = {
		[WF_RECORD_JSON] = "",[WF_RECORD_TEXT] = "_text",[WF_RECORD_BYTES] = "_base64"
	};

	wf_buffer_append_char(buffer, '"');
	wf_buffer_append(buffer, name, strlen(name));
	wf_buffer_append(buffer, suffixes[form], strlen(suffixes[form]));
	wf_buffer_append_literal(buffer, "\":");
}

/* A key that is the JSON null is shown as a text, since "key":null is none at all. */
static void
write_text_key(WfSession *session, const WfRecord *record)
{
	WfBuffer   *buffer = session->buffer;
	WfRecordForm form = record->has_key ? record->key_form : WF_RECORD_JSON;

	if (form == WF_RECORD_JSON && record->enclosure.key_schema.length == 0 &&
		record->key.length == 4 && memcmp(record->key.data, "null", 4) == 0)
		form = WF_RECORD_TEXT;
	write_member_name(buffer, "key", form);
	if (!record->has_key)
		wf_json_null(buffer);
	else if (form != WF_RECORD_JSON)
		wf_record_append(session, form, record->key);
	else
	{
		wf_enclosure_open(buffer, record->enclosure.key_schema);
		wf_buffer_append_slice(buffer, record->key);
		wf_enclosure_close(buffer, record->enclosure.key_schema);
	}
}

static void
open_text(WfSession *session, const WfTransaction *transaction, const WfRecord *record)
{
	WfBuffer   *buffer = session->buffer;
	int64_t		timestamp_ms;

	wf_buffer_append_literal(buffer, "{\"topic\":\"");
	wf_buffer_append_slice(buffer, record->topic);
	wf_buffer_append_literal(buffer, "\",");
	if (record->has_partition)
	{
		write_member_name(buffer, "partition", WF_RECORD_JSON);
		wf_json_int64(buffer, record->partition);
		wf_buffer_append_char(buffer, ',');
	}
	if (find_timestamp(session, transaction, record, &timestamp_ms))
	{
		write_member_name(buffer, "timestamp", WF_RECORD_JSON);
		wf_json_int64(buffer, timestamp_ms);
		wf_buffer_append_char(buffer, ',');
	}
	write_text_key(session, record);
	wf_buffer_append_literal(buffer, ",\"headers\":");
	write_text_headers(session, record);
	wf_buffer_append_char(buffer, ',');
	write_member_name(buffer, "value", record->has_value ? record->value_form : WF_RECORD_JSON);
	if (!record->has_value)
		wf_json_null(buffer);
}

void
wf_record_append(WfSession *session, WfRecordForm form, WfSlice value)
{
	WfBuffer   *buffer = session->buffer;

	if (session->output == WF_OUTPUT_FRAME || form == WF_RECORD_JSON)
		wf_buffer_append_slice(buffer, value);
	else if (form == WF_RECORD_BYTES)
		wf_json_base64(buffer, value.data, value.length);
	else if (session->output == WF_OUTPUT_ENVELOPE)
		wf_buffer_append_slice(buffer, value);
	else
		wf_json_string(buffer, &session->form, value.data, value.length);
}

void
wf_record_open(WfSession *session, const WfTransaction *transaction, const WfRecord *record,
			   WfRecordWriter *writer)
{
	WfBuffer   *buffer = session->buffer;
	size_t		limit = (size_t) session->options.record_max_bytes + OVERRUN_BYTES;

	writer->start = buffer->length;
	writer->value_schema = record->has_value ? record->enclosure.value_schema : WF_LITERAL("");
	writer->ceiling = buffer->ceiling;
	if (limit < buffer->ceiling && buffer->length < buffer->ceiling - limit)
		buffer->ceiling = buffer->length + limit;

	switch (session->output)
	{
		case WF_OUTPUT_ENVELOPE:
			break;
		case WF_OUTPUT_RECORD:
			open_text(session, transaction, record);
			break;
		case WF_OUTPUT_FRAME:
			open_frame(session, transaction, record, writer);
			break;
	}
	wf_enclosure_open(buffer, writer->value_schema);
	writer->value_start = buffer->length;
}

/* The end of the value, and the verdict. */
static WfWriteResult
finish(WfSession *session, WfRecordWriter *writer)
{
	WfBuffer   *buffer = session->buffer;
	WfWriteResult result;

	wf_enclosure_close(buffer, writer->value_schema);
	switch (session->output)
	{
		case WF_OUTPUT_ENVELOPE:
			break;
		case WF_OUTPUT_RECORD:
			wf_buffer_append_char(buffer, '}');
			break;
		case WF_OUTPUT_FRAME:
			wf_frame_record_close(buffer, &writer->frame);
			break;
	}
	buffer->ceiling = writer->ceiling;
	result = wf_write_result(buffer);
	if (result == WF_WRITE_OK &&
		buffer->length - writer->start > (size_t) session->options.record_max_bytes)
		result = WF_WRITE_TOO_LARGE;
	return result;
}

WfWriteResult
wf_record_abandon(WfSession *session, WfRecordWriter *writer)
{
	WfWriteResult result = finish(session, writer);

	wf_buffer_cut(session->buffer, writer->start);
	return result;
}

WfWriteResult
wf_record_close(WfSession *session, WfTransaction *transaction, WfRecordWriter *writer,
				uint64_t *value_bytes)
{
	WfWriteResult result = finish(session, writer);

	if (result != WF_WRITE_OK)
	{
		*value_bytes = session->buffer->length - writer->value_start;
		wf_buffer_cut(session->buffer, writer->start);
		return result;
	}
	if (transaction != NULL)
		transaction->records++;
	if (session->output != WF_OUTPUT_FRAME)
		session->flush(session->host);
	return WF_WRITE_OK;
}

WfWriteResult
wf_record_write_stub(WfSession *session, WfTransaction *transaction, const WfRecord *record,
					 uint64_t value_bytes_at_least, WfSlice reason)
{
	WfBuffer   *buffer = session->buffer;
	size_t		mark = buffer->length;
	WfFrameStub stub;
	WfWriteResult result;

	/*
	 * what has no value needs neither time nor partition, and readers refuse
	 * them
	 */
	stub.flags = frame_flags(transaction, record) & (uint8_t) ~WF_FRAME_PLACED;
	stub.topic_id = record->topic_id;
	stub.schema_id = record->schema_id;
	stub.enclosure_id = record->enclosure_id;
	stub.position = record->position;
	stub.value_bytes_at_least = value_bytes_at_least;
	stub.key = record->key;
	stub.reason = reason;
	if (record->key.length > WF_STUB_KEY_MAX_BYTES)
	{
		stub.key = WF_LITERAL("");
		stub.flags &= (uint8_t) ~WF_FRAME_HAS_KEY;
	}

	write_begin_if_first(session, transaction);
	wf_frame_write_stub(buffer, &stub);
	result = wf_write_result(buffer);
	if (result != WF_WRITE_OK)
	{
		wf_buffer_cut(buffer, mark);
		return result;
	}
	if (transaction != NULL)
		transaction->records++;
	return WF_WRITE_OK;
}
