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
	return topic->event_router == NULL ||
		wf_outbox_message_plan(session, decoder, topic->event_router);
}

void
wf_message_tell(WfSession *session, WfMessageDecoder *decoder, WfMessageNotice notice,
				WfSlice member)
{
	uint32_t	bit = UINT32_C(1) << notice;

	if ((decoder->told & bit) != 0)
		return;
	decoder->told |= bit;
	if (session->message_notice != NULL)
		session->message_notice(session->host, notice, member);
}

bool
wf_message_decode(WfSession *session, WfMessageDecoder *decoder, WfSlice content)
{
	if (content.length > 0 && content.data[0] == '{' &&
		wf_json_expand(&decoder->expansion, content, &decoder->rules, session->json_nodes,
					   session->scratch))
		return true;
	wf_message_tell(session, decoder, WF_MESSAGE_NOT_DECODED, WF_LITERAL(""));
	return false;
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

void
wf_message_object_write(WfSession *session, WfMessageDecoder *decoder)
{
	WfBuffer   *buffer = session->buffer;

	wf_json_expand_value(&decoder->expansion, buffer, &session->form);
	if (!is_rewritten(decoder))
		return;
	reopen(buffer, WF_LITERAL("}"));
	if (buffer->error == WF_BUFFER_OK && buffer->data[buffer->length - 1] != '{')
		wf_buffer_append_char(buffer, ',');
	wf_buffer_append_literal(buffer, "\"__deleted\":\"false\"}");
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
		if (buffer->error == WF_BUFFER_OK && buffer->data[buffer->length - 1] != '[')
			wf_buffer_append_char(buffer, ',');
		wf_buffer_append_literal(buffer, "{\"type\":\"string\",\"optional\":true,"
								 "\"field\":\"__deleted\"}");
	}
	wf_buffer_append_literal(buffer, "],\"optional\":false}");
}
