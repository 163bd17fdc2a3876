/*
 * message_decoder.c
 *		The JSON that a logical message holds, in place of its bytes.
 *
 * (Debezium 3.7's DecodeLogicalDecodingMessageContent, whose types are those of
 * JsonSchemaData: json_expand.h.)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "message_decoder.h"

#include "unwrap_settings.h"

bool
wf_message_decoder_finish(WfTransforms *transforms, WfTransform *transform, WfBuffer *error)
{
	const WfMemory *memory = &transforms->engine.memory;

	transform->decoder = memory->allocate(sizeof(WfMessageDecoder), memory->context);
	if (transform->decoder == NULL)
		return wf_transform_refuse(error, transform, "type", "needs more memory than there is");
	memset(transform->decoder, 0, sizeof(WfMessageDecoder));
	transform->decoder->rules.keep_nulls = transform->as.decode.include_nulls;
	transform->decoder->rules.is_lenient = true;
	transform->decoder->key_rules = transform->decoder->rules;
	return true;
}

bool
wf_message_decoder_init(WfSession *session)
{
	const WfSessionTopic *topic = &session->message_topic;
	WfMessageDecoder *decoder;

	if (topic->decode == NULL)
		return true;
	decoder = topic->decode->decoder;
	decoder->unwrap = topic->unwrap;
	if (topic->event_router != NULL &&
		!wf_outbox_message_plan(session, decoder, topic->event_router))
		return false;
	decoder->rules.has_no_schema = decoder->outbox != NULL ? !decoder->outbox->writes_schema :
		!session->options.value_schemas;
	decoder->key_rules.has_no_schema = decoder->outbox != NULL &&
		!decoder->outbox->writes_key_schema;
	return true;
}

/* The notices of the message's prefix that were told. */
static uint32_t *
told_of_prefix(WfMessageDecoder *decoder)
{
	WfSlice		prefix = decoder->report.prefix;
	uint32_t	hash = UINT32_C(2166136261);
	int			i = 0;

	for (size_t k = 0; k < prefix.length; k++)
		hash = (hash ^ (uint8_t) prefix.data[k]) * UINT32_C(16777619);
	while (i < decoder->told_count && decoder->told[i].prefix_hash != hash)
		i++;
	if (i == WF_MESSAGE_TOLD_MAX)
		return &decoder->told[i - 1].notices;
	if (i == decoder->told_count)
		decoder->told[decoder->told_count++].prefix_hash = hash;
	return &decoder->told[i].notices;
}

void
wf_message_tell(WfSession *session, WfMessageDecoder *decoder, WfMessageNotice notice,
				WfSlice member)
{
	uint32_t   *told = told_of_prefix(decoder);
	uint32_t	bit = UINT32_C(1) << notice;

	if ((*told & bit) != 0)
		return;
	*told |= bit;
	decoder->report.notice = notice;
	decoder->report.member = member;
	if (session->message_notice != NULL)
		session->message_notice(session->host, &decoder->report);
}

static bool
expand(WfSession *session, WfMessageDecoder *decoder, WfSlice content)
{
	return wf_json_expand(&decoder->expansion, content, &decoder->rules, session->json_nodes,
						  session->scratch);
}

/* From the first byte on that is no white space; *skipped: how many are. */
static WfSlice
without_space(WfSlice content, size_t *skipped)
{
	size_t		i = 0;

	while (i < content.length && (content.data[i] == ' ' || content.data[i] == '\t' ||
								  content.data[i] == '\n' || content.data[i] == '\r'))
		i++;
	*skipped = i;
	return i < content.length ? wf_slice(content.data + i, content.length - i) : WF_LITERAL("");
}

/* Cuts the closing bytes off what stands last in the buffer; its owner has just written them. */
static void
reopen(WfBuffer *buffer, WfSlice closing)
{
	if (buffer->error == WF_BUFFER_OK)
		wf_buffer_cut(buffer, buffer->length - closing.length);
}

static bool
is_rewritten(const WfMessageDecoder *decoder)
{
	return decoder->unwrap != NULL && wf_unwrap_rewrites(decoder->unwrap);
}

/*
 * Does the event of a message have the member?  ExtractNewRecordState passes over those that
 * it does not have; columns it may not be asked for (chain_plan.c).
 */
static bool
has_member(WfEventMember member)
{
	return member != WF_MEMBER_TS_US && member != WF_MEMBER_TS_NS;
}

/* Would the object have a member twice with what ExtractNewRecordState adds? */
static bool
clashes(const WfMessageDecoder *decoder)
{
	const WfUnwrap *unwrap = decoder->unwrap != NULL ? decoder->unwrap->unwrap : NULL;

	if (is_rewritten(decoder) && wf_json_expand_has(&decoder->expansion, WF_LITERAL("__deleted")))
		return true;
	for (int i = 0; unwrap != NULL && i < unwrap->field_count; i++)
		if (has_member(unwrap->fields[i].member) &&
			wf_json_expand_has(&decoder->expansion, unwrap->fields[i].name))
			return true;
	return false;
}

static bool
can_be_added_to(WfSession *session, WfMessageDecoder *decoder)
{
	if (!clashes(decoder))
		return true;
	decoder->report.reason = "it has a member of a name that ExtractNewRecordState adds";
	decoder->report.offset = WF_OFFSET_NONE;
	wf_message_tell(session, decoder, WF_MESSAGE_NOT_DECODED, WF_LITERAL(""));
	return false;
}

/* Why the content, which begins at an offset in the message, is left. */
static void
note_fault(WfMessageDecoder *decoder, size_t offset)
{
	if (decoder->expansion.fault == NULL)
		return;
	decoder->report.reason = decoder->expansion.fault;
	decoder->report.offset = offset + decoder->expansion.fault_at;
}

/* Of members that repeat the last counts, as in a jsonb and with Debezium. */
bool
wf_message_decode(WfSession *session, WfMessageDecoder *decoder, WfSlice *content)
{
	size_t		skipped;
	WfSlice		text = without_space(*content, &skipped);

	decoder->report.reason = "it is no JSON object";
	decoder->report.offset = skipped;
	if (text.length > 0 && text.data[0] == '{')
	{
		*content = text;
		if (expand(session, decoder, *content))
			return can_be_added_to(session, decoder);
		note_fault(decoder, skipped);
		if (wf_json_drop_repeated(&decoder->expansion, text, session->json_nodes, session->scratch,
								  session->content))
		{
			*content = wf_buffer_since(session->content, 0);
			if (expand(session, decoder, *content))
				return can_be_added_to(session, decoder);
		}
		note_fault(decoder, skipped);
	}
	wf_message_tell(session, decoder, WF_MESSAGE_NOT_DECODED, WF_LITERAL(""));
	return false;
}

void
wf_message_object_write(WfSession *session, WfMessageDecoder *decoder, const WfEventFacts *facts)
{
	WfBuffer   *buffer = session->buffer;
	const WfUnwrap *unwrap;

	wf_json_expand_value(&decoder->expansion, buffer, &session->form);
	if (decoder->unwrap == NULL)
		return;
	unwrap = decoder->unwrap->unwrap;
	reopen(buffer, WF_LITERAL("}"));
	if (is_rewritten(decoder))
		wf_row_member_append(buffer, WF_LITERAL(",\"__deleted\":\"false\""));
	for (int i = 0; i < unwrap->field_count; i++)
	{
		const WfAddedMember *field = &unwrap->fields[i];

		if (!has_member(field->member))
			continue;
		wf_row_member_append(buffer, wf_session_text(session, field->head));
		if (!wf_event_member_write(facts, field->member, false, buffer))
			wf_json_null(buffer);
	}
	wf_buffer_append_char(buffer, '}');
}

void
wf_message_headers_render(WfSession *session, const WfMessageDecoder *decoder,
						  const WfEventFacts *facts, WfAddedHeaders *added)
{
	const WfUnwrap *unwrap = decoder->unwrap != NULL ? decoder->unwrap->unwrap : NULL;
	WfBuffer   *text = session->text;

	added->count = 0;
	for (int i = 0; unwrap != NULL && i < unwrap->header_count; i++)
	{
		const WfAddedMember *header = &unwrap->headers[i];
		size_t		mark = text->length;
		bool		is_null;

		if (!has_member(header->member))
			continue;
		is_null = !wf_event_member_write(facts, header->member, true, text);
		wf_added_header(added, header->name, (WfRange) {mark, text->length - mark}, is_null);
	}
}

static void
next_field(WfBuffer *buffer)
{
	if (buffer->error == WF_BUFFER_OK && buffer->data[buffer->length - 1] != '[')
		wf_buffer_append_char(buffer, ',');
}

/* What ExtractNewRecordState leaves is no field, and not optional. */
void
wf_message_object_schema_write(WfSession *session, const WfMessageDecoder *decoder)
{
	const WfSlice closing = WF_LITERAL("],\"optional\":true}");
	const WfSlice no_name = wf_slice(NULL, 0);
	WfBuffer   *buffer = session->buffer;

	wf_json_expand_schema(&decoder->expansion, buffer, &session->form, no_name,
						  decoder->unwrap == NULL ? WF_LITERAL("after") : no_name);
	if (decoder->unwrap == NULL)
		return;
	reopen(buffer, closing);
	if (is_rewritten(decoder))
	{
		next_field(buffer);
		wf_buffer_append_literal(buffer, "{\"type\":\"string\",\"optional\":true,"
								 "\"field\":\"__deleted\"}");
	}
	for (int i = 0; i < decoder->unwrap->unwrap->field_count; i++)
	{
		const WfAddedMember *field = &decoder->unwrap->unwrap->fields[i];

		if (!has_member(field->member))
			continue;
		next_field(buffer);
		wf_event_member_schema_write(buffer, &session->form, field->member, field->name);
	}
	wf_buffer_append_literal(buffer, "],\"optional\":false}");
}
