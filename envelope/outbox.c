/*
 * outbox.c
 *		The records that an EventRouter makes.
 *
 * What an event's columns show is their owner's affair (outbox_maker.h); how they
 * become a record is decided here: key, headers and topic, and the forms of the
 * value.  Keys, headers and routed values are rendered behind the prepared bytes in
 * session->text, as ranges, because it may move as long as something is added;
 * the payload's text stands in a scratch buffer of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "outbox_maker.h"

#include "row_event.h"
#include "time.h"
#include "transaction.h"

#define UNIX_TO_POSTGRES_EPOCH_MS INT64_C(946684800000)

/* Names that are made of names, not of values: see wf_record_route(). */
#define TABLE_SCOPE 254

void
wf_outbox_maker_init(WfOutboxMaker *maker)
{
	memset(maker, 0, offsetof(WfOutboxMaker, route));
	maker->record.key = WF_LITERAL("");
	maker->record.has_value = true;
	maker->payload_is_null = false;
	maker->fault = NULL;
	maker->fault_at = WF_OFFSET_NONE;
}

static void
take_text(const WfOutboxMaker *maker, int column, WfOutboxText *text)
{
	WfBuffer   *out = maker->session->text;

	text->range.offset = out->length;
	text->is_null = !maker->source->write_text(maker, column, out);
	text->range.length = out->length - text->range.offset;
}

static WfSlice
slice_of(const WfOutboxMaker *maker, const WfOutboxText *text)
{
	return text->is_null ? wf_slice(NULL, 0) : wf_session_text(maker->session, text->range);
}

static bool
take_integer(const WfOutboxMaker *maker, int column, int64_t *integer)
{
	return column != WF_OUTBOX_NONE && maker->source->read_integer(maker, column, integer);
}

/* ---- what surrounds the value ---- */

static void
take_key(WfOutboxMaker *maker)
{
	WfOutboxPlan *plan = maker->plan;
	WfBuffer   *out = maker->session->text;
	WfSlice		bytes;

	switch (plan->key_form)
	{
		case WF_RECORD_TEXT:
			take_text(maker, plan->key, &maker->key);
			break;
		case WF_RECORD_JSON:
			maker->key.range.offset = out->length;
			if (plan->writes_key_schema)
			{
				wf_buffer_append_literal(out, "{\"schema\":");
				maker->source->write_key_schema(maker, out);
				wf_buffer_append_literal(out, ",\"payload\":");
			}
			maker->source->write_json(maker, plan->key, out);
			wf_buffer_append(out, "}", plan->writes_key_schema ? 1 : 0);
			maker->key.range.length = out->length - maker->key.range.offset;
			maker->key.is_null = false; /* it is the JSON null */
			break;
		case WF_RECORD_BYTES:
			bytes = maker->source->bytes(maker, plan->key);
			maker->key.is_null = bytes.data == NULL;
			maker->key.range.offset = out->length;
			if (!maker->key.is_null)
				wf_buffer_append_slice(out, bytes);
			maker->key.range.length = out->length - maker->key.range.offset;
			break;
	}
}

/* Microseconds since 2000; Kafka has no time before 1970, and none that is infinite. */
static void
take_time(WfOutboxMaker *maker)
{
	int64_t		time_us;
	int64_t		time_ms;

	if (!take_integer(maker, maker->plan->timestamp, &time_us))
		return;
	if (time_us == INT64_MAX || time_us == INT64_MIN)
		time_ms = -1;
	else
		time_ms = wf_floor_milliseconds(time_us) + UNIX_TO_POSTGRES_EPOCH_MS;
	if (time_ms < 0)
	{
		maker->source->tell(maker, WF_OUTBOX_TIME_REFUSED, maker->plan->timestamp);
		return;
	}
	maker->record.has_timestamp = true;
	maker->record.timestamp_ms = time_ms;
}

static void
take_partition(WfOutboxMaker *maker, int column)
{
	int64_t		partition;

	if (!take_integer(maker, column, &partition))
		return;
	maker->record.has_partition = true;
	maker->record.partition = partition > INT32_MAX ? INT32_MAX :
		partition < INT32_MIN ? INT32_MIN : (int32_t) partition;
}

/* All that goes to session->text, before slices of it are made. */
static void
take_texts(WfOutboxMaker *maker)
{
	WfOutboxPlan *plan = maker->plan;

	take_text(maker, plan->route, &maker->route);
	if (maker->route.is_null)
		maker->source->tell(maker, WF_OUTBOX_ROUTE_IS_NULL, plan->route);
	take_key(maker);
	take_text(maker, plan->id, &maker->id);
	for (int i = 0; i < plan->extra_count; i++)
	{
		const WfOutboxExtra *extra = &plan->extras[i];

		if (extra->placement == WF_OUTBOX_HEADER)
			take_text(maker, extra->column, &maker->extras[i]);
		else if (extra->placement == WF_OUTBOX_PARTITION)
			take_partition(maker, extra->column);
	}
	take_time(maker);
}

/* When nothing is added to session->text any more. */
static void
fill_record(WfOutboxMaker *maker)
{
	const WfOutboxPlan *plan = maker->plan;
	WfRecord   *record = &maker->record;

	record->has_key = !maker->key.is_null;
	record->key_form = plan->key_form;
	record->key = record->has_key ? wf_session_text(maker->session, maker->key.range) :
		WF_LITERAL("");
	if (maker->other_key_header != NULL)
		wf_record_add_header(record, wf_slice(maker->other_key_header,
											  strlen(maker->other_key_header)),
							 wf_session_text(maker->session, maker->other_key));
	if (maker->has_context)
		wf_record_add_context(maker->session, record);
	wf_record_add_header(record, WF_LITERAL("id"), slice_of(maker, &maker->id));
	for (int i = 0; i < plan->extra_count; i++)
		if (plan->extras[i].placement == WF_OUTBOX_HEADER)
			wf_record_add_header(record, plan->extras[i].alias, slice_of(maker, &maker->extras[i]));
	wf_record_enclose(maker->session, record, plan->text, &plan->enclosure);
}

/* The topic's name, for wf_record_route(). */
static bool
make_topic_name(void *maker_of, WfSlice value, WfBuffer *name)
{
	WfOutboxMaker *maker = maker_of;
	WfOutboxPlan *plan = maker->plan;
	WfBuffer   *made = maker->session->scratch;
	size_t		mark = name->length;
	WfMatch		match;

	wf_buffer_cut(made, 0);
	match = wf_rewrite_apply(&plan->transforms->engine, &plan->transform->topic_rewrite, value,
							 made, name);
	wf_buffer_cut(name, mark);	/* why a match was not decided is of no use here */
	if (made->error != WF_BUFFER_OK)
		return false;
	if (!wf_topic_legal_name(name, match == WF_MATCH_YES ? wf_buffer_since(made, 0) : value) ||
		match == WF_MATCH_ERROR)
		maker->source->tell(maker, WF_OUTBOX_NAME_CHANGED, plan->route);
	return true;
}

static bool
name_of_table(void *maker_of, WfSlice value, WfBuffer *name)
{
	(void) maker_of;
	(void) wf_topic_legal_name(name, value);
	return true;
}

/* Of what was not read nobody knows the topic: its letter names the one that it came to. */
static WfWriteResult
route_stub(WfOutboxMaker *maker)
{
	return wf_record_route(maker->session, &maker->record, TABLE_SCOPE,
						   maker->own_topic, name_of_table, maker);
}

/* ---- the value ---- */

/* As Java's String.trim() sees it. */
static bool
is_blank(WfSlice text)
{
	for (size_t i = 0; i < text.length; i++)
		if ((unsigned char) text.data[i] > ' ')
			return false;
	return true;
}

/* Is the payload's text looked at, before or while the value is written? */
static bool
needs_payload_text(const WfOutboxMaker *maker)
{
	return maker->expands || maker->plan->value_form == WF_RECORD_TEXT ||
		(maker->plan->transform->as.outbox.tombstone_on_empty &&
		 maker->plan->payload_may_be_blank);
}

/*
 * A value that is the JSON null and nothing else is shown as a text in textual
 * outputs, since "value":null is a tombstone there.
 */
static void
tell_null_from_none(WfOutboxMaker *maker)
{
	const WfOutboxPlan *plan = maker->plan;

	if (maker->session->output != WF_OUTPUT_RECORD || plan->value_form != WF_RECORD_JSON ||
		plan->has_envelope || plan->writes_schema || plan->enclosure.value_schema.length > 0 ||
		!maker->payload_is_null)
		return;
	maker->record.value_form = WF_RECORD_TEXT;
	maker->payload = WF_LITERAL("null");
}

/* Whether there is a value at all; its text is read if that is asked for. */
static WfWriteResult
look_at_payload(WfOutboxMaker *maker)
{
	const WfOutboxPlan *plan = maker->plan;
	WfBuffer   *text = maker->session->payload;
	bool		is_empty;

	maker->record.value_form = plan->value_form;
	wf_buffer_cut(text, 0);
	if (plan->value_form == WF_RECORD_BYTES)
		maker->payload_is_null = maker->source->bytes(maker, plan->payload).data == NULL;
	else if (needs_payload_text(maker))
	{
		maker->payload_is_null = !maker->source->write_text(maker, plan->payload, text);
		maker->payload = wf_buffer_since(text, 0);
	}
	else
		maker->payload_is_null = maker->source->is_null(maker, plan->payload);
	is_empty = maker->payload_is_null ||
		(plan->payload_may_be_blank && plan->value_form != WF_RECORD_BYTES &&
		 needs_payload_text(maker) && is_blank(maker->payload));

	/*
	 * the other converters make nothing of null, the JsonConverter the JSON
	 * null
	 */
	maker->record.has_value = !(maker->payload_is_null && plan->value_form != WF_RECORD_JSON) &&
		!(is_empty && plan->transform->as.outbox.tombstone_on_empty);
	tell_null_from_none(maker);
	return wf_write_result(text);
}

/* `{"schema":…,"payload":` around what depends on the row */
static void
open_schema(WfOutboxMaker *maker, const WfJsonExpansion *expansion)
{
	const WfOutboxPlan *plan = maker->plan;
	WfSession  *session = maker->session;
	WfBuffer   *buffer = session->buffer;
	WfSlice		route = wf_session_text(session, maker->route.range);

	wf_buffer_append_literal(buffer, "{\"schema\":");
	if (plan->has_envelope)
		wf_buffer_append_literal(buffer, "{\"type\":\"struct\",\"fields\":[");
	if (expansion != NULL)
		wf_json_expand_schema(expansion, buffer, &session->form,
							  maker->source->name(maker, plan->payload),
							  plan->has_envelope ? WF_LITERAL("payload") : wf_slice(NULL, 0));
	else
		maker->source->write_schema(maker, -1, buffer);
	if (plan->has_envelope)
	{
		int64_t		version;

		for (int i = 0; i < plan->extra_count; i++)
			if (plan->extras[i].placement == WF_OUTBOX_ENVELOPE)
			{
				wf_buffer_append_char(buffer, ',');
				maker->source->write_schema(maker, i, buffer);
			}
		wf_buffer_append_literal(buffer, "],\"optional\":false,\"name\":\"");
		wf_buffer_append(buffer, plan->text->data + plan->schema_head.offset,
						 plan->schema_head.length);
		wf_json_string_part(buffer, &session->form, route.data, route.length);
		wf_buffer_append(buffer, plan->text->data + plan->schema_tail.offset,
						 plan->schema_tail.length);
		wf_buffer_append_char(buffer, '"');
		if (take_integer(maker, plan->version, &version))
		{
			wf_buffer_append_literal(buffer, ",\"version\":");
			wf_json_int64(buffer, version);
		}
		wf_buffer_append_char(buffer, '}');
	}
	wf_buffer_append_literal(buffer, ",\"payload\":");
}

static bool
expand_payload(const WfOutboxMaker *maker, WfJsonExpansion *expansion)
{
	return wf_json_expand(expansion, maker->payload, &maker->plan->rules,
						  maker->session->json_nodes, maker->session->scratch);
}

/*
 * The value in JSON; expansion: of the payload, NULL: as the column has it.  The
 * payload is expanded anew behind the schema, where the extras of a message have
 * been expanded in the same scratch space.
 */
static void
write_json(WfOutboxMaker *maker, WfJsonExpansion *expansion)
{
	const WfOutboxPlan *plan = maker->plan;
	WfSession  *session = maker->session;
	WfBuffer   *buffer = session->buffer;

	if (plan->writes_schema)
	{
		open_schema(maker, expansion);
		if (expansion != NULL && plan->has_envelope && maker->decoder != NULL &&
			!expand_payload(maker, expansion))
		{
			buffer->error = WF_BUFFER_CEILING;
			return;
		}
	}
	if (plan->has_envelope)
		wf_buffer_append_literal(buffer, "{\"payload\":");
	if (expansion != NULL)
		wf_json_expand_value(expansion, buffer, &session->form);
	else
		maker->source->write_json(maker, plan->payload, buffer);
	for (int i = 0; plan->has_envelope && i < plan->extra_count; i++)
	{
		const WfOutboxExtra *extra = &plan->extras[i];

		if (extra->placement != WF_OUTBOX_ENVELOPE)
			continue;
		wf_buffer_append(buffer, plan->text->data + extra->head.offset, extra->head.length);
		maker->source->write_json(maker, extra->column, buffer);
	}
	wf_buffer_append(buffer, "}", plan->has_envelope ? 1 : 0);
	wf_buffer_append(buffer, "}", plan->writes_schema ? 1 : 0);
}

#define CLOSING_BYTES 2			/* of a record, behind its value */

/* Is the record that begins at start, whose value has been written, as large as it may be? */
static bool
is_within_limit(const WfSession *session, size_t start)
{
	return session->buffer->error == WF_BUFFER_OK &&
		session->buffer->length - start + CLOSING_BYTES <=
		(size_t) session->options.record_max_bytes;
}

/* A payload that cannot be expanded, or would be too large then, stays a text. */
static void
write_expanded(WfOutboxMaker *maker, size_t record_start)
{
	WfSession  *session = maker->session;
	size_t		mark = session->buffer->length;
	WfJsonExpansion expansion;

	if (maker->payload_is_null)
	{
		write_json(maker, NULL);
		return;
	}
	maker->fault_at = WF_OFFSET_NONE;
	if (expand_payload(maker, &expansion))
	{
		write_json(maker, &expansion);
		if (is_within_limit(session, record_start))
			return;
		wf_buffer_cut(session->buffer, mark);
		maker->fault = "the record would be larger than record.max.bytes";
	}
	else if (expansion.fault != NULL)
	{
		maker->fault = expansion.fault;
		maker->fault_at = expansion.fault_at;
	}
	else
		maker->fault = "an empty array has no Connect schema";
	maker->source->tell(maker, WF_OUTBOX_NOT_EXPANDED, maker->plan->payload);
	write_json(maker, NULL);
}

static void
write_value(WfOutboxMaker *maker, size_t record_start)
{
	WfSession  *session = maker->session;

	if (!maker->record.has_value)
		return;
	if (maker->record.value_form == WF_RECORD_BYTES)
		wf_record_append(session, WF_RECORD_BYTES,
						 maker->source->bytes(maker, maker->plan->payload));
	else if (maker->record.value_form == WF_RECORD_TEXT)
		wf_record_append(session, WF_RECORD_TEXT, maker->payload);
	else if (maker->expands)
		write_expanded(maker, record_start);
	else
		write_json(maker, NULL);
}

/* ---- the record ---- */

static WfWriteResult
write_stub(WfOutboxMaker *maker, uint64_t value_bytes)
{
	uint64_t	at_least = maker->source->bytes_at_least(maker);

	return wf_record_write_stub(maker->session, maker->transaction, &maker->record,
								value_bytes > at_least ? value_bytes : at_least,
								WF_LITERAL("the record is larger than record.max.bytes"));
}

static WfWriteResult
prepare(WfOutboxMaker *maker)
{
	WfSession  *session = maker->session;
	WfWriteResult result;

	take_texts(maker);
	result = wf_write_result(session->text);
	if (result == WF_WRITE_OK)
		result = look_at_payload(maker);
	if (result == WF_WRITE_OK)
		result = wf_record_describe_enclosure(session, maker->plan->text, &maker->plan->enclosure);
	if (result == WF_WRITE_OK)
		result = wf_record_route(session, &maker->record, maker->plan->scope,
								 wf_session_text(session, maker->route.range), make_topic_name,
								 maker);
	if (result == WF_WRITE_OK)
		fill_record(maker);
	return result;
}

WfWriteResult
wf_outbox_make(WfOutboxMaker *maker)
{
	WfSession  *session = maker->session;
	WfRecordWriter writer;
	size_t		text_mark = session->text->length;
	uint64_t	value_bytes = 0;
	WfWriteResult result = WF_WRITE_TOO_LARGE;

	if (!maker->is_unread)
		result = prepare(maker);
	if (result != WF_WRITE_OK)
		wf_buffer_cut(session->text, text_mark);
	/* values alone: a tombstone has none */
	if (result == WF_WRITE_OK && session->output == WF_OUTPUT_ENVELOPE && !maker->record.has_value)
		return WF_WRITE_OK;
	if (result == WF_WRITE_OK)
	{
		wf_record_open(session, maker->transaction, &maker->record, &writer);
		write_value(maker, writer.start);
		result = wf_record_close(session, maker->transaction, &writer, &value_bytes);
	}
	if (result != WF_WRITE_TOO_LARGE || session->output != WF_OUTPUT_FRAME)
		return result;
	if (maker->record.topic_id == 0)
		result = route_stub(maker);
	else
		result = WF_WRITE_OK;
	return result == WF_WRITE_OK ? write_stub(maker, value_bytes) : result;
}
