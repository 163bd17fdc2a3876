/*
 * outbox_message.c
 *		What an EventRouter finds in the JSON object that a logical message holds.
 *
 * Columns are members of the object, found by their names in each message; an
 * object or array among them is read once more when it is written, because what has
 * no type is left out of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "message_decoder.h"

#include "json_scalar.h"
#include "outbox_maker.h"

/* ---- the plan ---- */

static bool
refuse(WfBuffer *error, const WfTransform *router, const char *reason)
{
	wf_buffer_append_literal(error, "the EventRouter \"");
	wf_buffer_append_slice(error, router->alias);
	wf_buffer_append_literal(error, "\" ");
	wf_buffer_append(error, reason, strlen(reason));
	return false;
}

/* What a message holds is text, numbers and structs of them, never bytes. */
static bool
check_converters(const WfSession *session, const WfOutboxPlan *plan, const WfTransform *router)
{
	const WfOptions *options = &session->options;

	if (options->key_converter == WF_CONVERTER_BYTES ||
		options->value_converter == WF_CONVERTER_BYTES)
		return refuse(session->error, router, "makes records of logical messages, whose members "
					  "ByteArrayConverter does not take; take JsonConverter or StringConverter");
	if (plan->has_envelope && options->value_converter == WF_CONVERTER_STRING)
		return refuse(session->error, router, "places members of logical messages in an envelope, "
					  "which has no form but with JsonConverter");
	return true;
}

static void
add_extra(WfSession *session, WfMessageDecoder *decoder, const WfOutboxField *field)
{
	WfOutboxExtra *extra = &decoder->extras[decoder->extra_count++];
	size_t		mark = session->text->length;

	extra->column = decoder->member_count;
	extra->placement = field->placement;
	extra->alias = field->alias;
	wf_buffer_append_char(session->text, ',');
	wf_json_string(session->text, &session->form, field->alias.data, field->alias.length);
	wf_buffer_append_char(session->text, ':');
	extra->head = wf_range_since(session->text, mark);
	decoder->members[decoder->member_count++].name = field->column;
}

bool
wf_outbox_message_plan(WfSession *session, WfMessageDecoder *decoder, const WfTransform *router)
{
	const WfOutboxSettings *settings = &router->as.outbox;
	const WfOptions *options = &session->options;
	WfOutboxPlan *plan = &decoder->outbox_room;

	memset(plan, 0, sizeof(*plan));
	decoder->outbox = plan;
	plan->transform = router;
	plan->transforms = session->transforms;
	plan->scope = (uint8_t) (router - session->transforms->transforms + 1);
	plan->text = session->text;
	plan->id = WF_MESSAGE_ID;
	plan->key = WF_MESSAGE_KEY;
	plan->payload = WF_MESSAGE_PAYLOAD;
	plan->route = WF_MESSAGE_ROUTE;
	plan->timestamp = WF_OUTBOX_NONE;	/* JSON has no times */
	plan->version = settings->event_version[0] != '\0' ? WF_MESSAGE_VERSION : WF_OUTBOX_NONE;
	plan->has_envelope = settings->has_envelope;
	plan->key_form = options->key_converter == WF_CONVERTER_STRING ? WF_RECORD_TEXT :
		WF_RECORD_JSON;
	plan->value_form = options->value_converter == WF_CONVERTER_STRING ? WF_RECORD_TEXT :
		WF_RECORD_JSON;
	plan->writes_schema = options->value_schemas && plan->value_form == WF_RECORD_JSON;
	plan->writes_key_schema = options->key_schemas && plan->key_form == WF_RECORD_JSON;
	plan->expands = settings->expand_payload;
	plan->payload_may_be_blank = true;
	plan->rules.keep_nulls = settings->null_behavior != 0;
	plan->rules.keep_empty_arrays = settings->empty_array_behavior != 0;

	decoder->members[WF_MESSAGE_ID].name = wf_slice_of(settings->event_id);
	decoder->members[WF_MESSAGE_KEY].name = wf_slice_of(settings->event_key);
	decoder->members[WF_MESSAGE_PAYLOAD].name = wf_slice_of(settings->event_payload);
	decoder->members[WF_MESSAGE_ROUTE].name = wf_slice_of(settings->route_by_field);
	decoder->members[WF_MESSAGE_VERSION].name = wf_slice_of(settings->event_version);
	decoder->member_count = WF_MESSAGE_EXTRAS;
	for (int i = 0; i < settings->field_count; i++)
		add_extra(session, decoder, &settings->fields[i]);
	return check_converters(session, plan, router);
}

/* ---- the members of one message ---- */

/* NULL, or a member that is needed and not there. */
static const WfMessageMember *
find_missing(const WfMessageDecoder *decoder)
{
	const WfOutboxPlan *plan = decoder->outbox;
	const WfMessageMember *members = decoder->members;

	for (int i = 0; i < decoder->member_count; i++)
	{
		bool		is_extra = i >= WF_MESSAGE_EXTRAS;

		if (members[i].token != WF_TOKEN_END || (i == WF_MESSAGE_VERSION && plan->version < 0) ||
			(is_extra && plan->transform->as.outbox.ignores_missing))
			continue;
		return &members[i];
	}
	/* a topic is named by a text */
	return members[WF_MESSAGE_ROUTE].token != WF_TOKEN_STRING ? &members[WF_MESSAGE_ROUTE] : NULL;
}

/* What is not there is passed over, if it is not needed. */
static void
place_extras(WfMessageDecoder *decoder)
{
	WfOutboxPlan *plan = decoder->outbox;

	plan->extra_count = 0;
	for (int i = 0; i < decoder->extra_count; i++)
		if (decoder->members[decoder->extras[i].column].token != WF_TOKEN_END)
			plan->extras[plan->extra_count++] = decoder->extras[i];
}

/* The key needs a schema more than the value does, if inline schemas are on for keys alone. */
static bool
has_key_schema(WfSession *session, WfMessageDecoder *decoder)
{
	const WfMessageMember *key = &decoder->members[WF_MESSAGE_KEY];
	WfJsonExpansion *expansion = &decoder->expansion;

	if (decoder->key_rules.has_no_schema || !decoder->rules.has_no_schema ||
		(key->token != WF_TOKEN_OBJECT && key->token != WF_TOKEN_ARRAY))
		return true;
	if (wf_json_expand(expansion, key->raw, &decoder->key_rules, session->json_nodes,
					   session->scratch) || expansion->fault == NULL)
		return true;
	wf_message_tell(session, decoder, WF_MESSAGE_KEY_WITHOUT_SCHEMA, key->name);
	return false;
}

bool
wf_outbox_message_read(WfSession *session, WfMessageDecoder *decoder, WfSlice content)
{
	WfMessageMember *members = decoder->members;
	const WfMessageMember *missing;
	WfJsonReader reader;

	for (int i = 0; i < decoder->member_count; i++)
		members[i].token = WF_TOKEN_END;
	wf_json_reader_init(&reader, content.data, content.length);
	(void) wf_json_next(&reader);
	while (wf_json_next(&reader) == WF_TOKEN_NAME)
	{
		WfMessageMember *found[WF_MESSAGE_MEMBERS_MAX];
		int			found_count = 0;
		WfJsonToken token;
		WfSlice		raw;

		for (int i = 0; i < decoder->member_count; i++)
			if (wf_json_text_is(&reader, members[i].name))
				found[found_count++] = &members[i];
		token = wf_json_next(&reader);
		if (!wf_json_skip(&reader, token, &raw))
			break;
		for (int i = 0; i < found_count; i++)
		{
			found[i]->token = token;
			found[i]->raw = raw;
		}
	}
	place_extras(decoder);
	missing = find_missing(decoder);
	if (missing != NULL)
		wf_message_tell(session, decoder, WF_MESSAGE_NOT_ROUTED, missing->name);
	return missing == NULL && has_key_schema(session, decoder);
}

/* ---- as columns ---- */

static const WfMessageMember *
member_of(const WfOutboxMaker *maker, int column)
{
	return &maker->decoder->members[column];
}

static bool
is_composite(const WfMessageMember *member)
{
	return member->token == WF_TOKEN_OBJECT || member->token == WF_TOKEN_ARRAY;
}

/* Reads an object or array; what is left out of the whole counts as null. */
static bool
expand(const WfOutboxMaker *maker, const WfMessageMember *member)
{
	return wf_json_expand(&maker->decoder->expansion, member->raw, &maker->decoder->rules,
						  maker->session->json_nodes, maker->session->scratch);
}

static bool
is_null(const WfOutboxMaker *maker, int column)
{
	const WfMessageMember *member = member_of(maker, column);

	return member->token == WF_TOKEN_NULL || member->token == WF_TOKEN_END ||
		(is_composite(member) && !expand(maker, member));
}

static WfSlice
characters(const WfMessageMember *member)
{
	return wf_slice(member->raw.data + 1, member->raw.length - 2);
}

static void
write_json(const WfOutboxMaker *maker, int column, WfBuffer *out)
{
	const WfMessageMember *member = member_of(maker, column);
	WfSession  *session = maker->session;

	if (is_null(maker, column))
		wf_json_null(out);
	else if (is_composite(member))
		wf_json_expand_value(&maker->decoder->expansion, out, &session->form);
	else if (member->token == WF_TOKEN_STRING)
		wf_json_string_anew(out, &session->form, characters(member), session->scratch);
	else if (member->token == WF_TOKEN_NUMBER)
		wf_json_number(out, member->raw);
	else
		wf_buffer_append_slice(out, member->raw);
}

static bool
write_text(const WfOutboxMaker *maker, int column, WfBuffer *out)
{
	const WfMessageMember *member = member_of(maker, column);
	char		room[WF_FLOAT_TEXT_MAX];

	if (is_null(maker, column))
		return false;
	if (member->token == WF_TOKEN_STRING)
		wf_json_unescape(characters(member), out);
	else if (member->token == WF_TOKEN_NUMBER)
		wf_buffer_append_slice(out, wf_json_number_text(member->raw, room));
	else
		write_json(maker, column, out);
	return true;
}

static void
write_column_schema(const WfOutboxMaker *maker, int column, WfSlice field, WfBuffer *out)
{
	const WfMessageMember *member = member_of(maker, column);
	WfTextForm *form = &maker->session->form;

	if (is_composite(member) && expand(maker, member))
		wf_json_expand_schema(&maker->decoder->expansion, out, form, member->name, field);
	else
		wf_json_scalar_schema(out, form, is_composite(member) ? WF_TOKEN_NULL : member->token,
							  member->raw, field);
}

static void
write_schema(const WfOutboxMaker *maker, int extra, WfBuffer *out)
{
	const WfOutboxPlan *plan = maker->plan;

	if (extra >= 0)
		write_column_schema(maker, plan->extras[extra].column, plan->extras[extra].alias, out);
	else
		write_column_schema(maker, plan->payload, plan->has_envelope ? WF_LITERAL("payload") :
							wf_slice(NULL, 0), out);
}

static void
write_key_schema(const WfOutboxMaker *maker, WfBuffer *out)
{
	write_column_schema(maker, maker->plan->key, wf_slice(NULL, 0), out);
}

static bool
read_integer(const WfOutboxMaker *maker, int column, int64_t *integer)
{
	const WfMessageMember *member = member_of(maker, column);

	return member->token == WF_TOKEN_NUMBER && wf_json_read_int64(member->raw, integer);
}

static uint64_t
bytes_at_least(const WfOutboxMaker *maker)
{
	return member_of(maker, maker->plan->payload)->raw.length;
}

static WfSlice
name_of(const WfOutboxMaker *maker, int column)
{
	return member_of(maker, column)->name;
}

static void
tell(const WfOutboxMaker *maker, WfOutboxNotice notice, int column)
{
	if (notice == WF_OUTBOX_NAME_CHANGED)
		wf_message_tell(maker->session, maker->decoder, WF_MESSAGE_NAME_CHANGED,
						name_of(maker, column));
	if (notice == WF_OUTBOX_NOT_EXPANDED)
	{
		maker->decoder->report.reason = maker->fault;
		maker->decoder->report.offset = maker->fault_at;
		wf_message_tell(maker->session, maker->decoder, WF_MESSAGE_NOT_EXPANDED,
						name_of(maker, column));
	}
}

static const WfOutboxSource message_source = {
	.write_text = write_text, .write_json = write_json, .write_schema = write_schema,
	.write_key_schema = write_key_schema, .is_null = is_null, .read_integer = read_integer,
	.bytes_at_least = bytes_at_least, .name = name_of, .tell = tell
};

WfWriteResult
wf_outbox_message_write(WfSession *session, WfTransaction *transaction,
						WfMessageDecoder *decoder, WfPosition position)
{
	size_t		text_mark = session->text->length;
	WfOutboxMaker maker;
	WfWriteResult result;

	wf_outbox_maker_init(&maker);
	maker.session = session;
	maker.transaction = transaction;
	maker.plan = decoder->outbox;
	maker.source = &message_source;
	maker.decoder = decoder;
	maker.expands = maker.plan->expands && maker.plan->value_form == WF_RECORD_JSON &&
		decoder->members[WF_MESSAGE_PAYLOAD].token == WF_TOKEN_STRING;
	maker.own_topic = wf_session_text(session, session->message_topic.name);
	maker.record.position = position;
	result = wf_outbox_make(&maker);
	wf_buffer_cut(session->text, text_mark);
	return result;
}
