/*
 * message.c
 *		Logical messages (pg_logical_emit_message) as events: op "m", all of them
 *		in one topic, keyed by their prefix.
 *
 *	{"op":"m","ts_ms":…,"source":{…},"transaction":null,
 *	 "message":{"prefix":…,"content":<as a bytea>}}
 *
 * (Debezium 3.7's LogicalDecodingMessageMonitor.)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "event.h"

#include "event_schema.h"
#include "message_decoder.h"
#include "record.h"
#include "source_block.h"
#include "transaction.h"
#include "value_forms.h"

/* Of a record that brings its schema with it. */
static const WfEnclosureRanges no_enclosure;

/* `{"prefix":…}` behind the source block in session->text. */
static WfRange
write_message_key(WfSession *session, WfSlice prefix)
{
	WfBuffer   *text = session->text;
	WfRange		key = {text->length, 0};

	wf_buffer_append_literal(text, "{\"prefix\":");
	wf_json_string(text, &session->form, prefix.data, prefix.length);
	wf_session_topic_end_key(session, &session->message_topic);
	key.length = text->length - key.offset;
	return key;
}

/* A message's event; what is said of it but by its last member is the same decoded or not. */
typedef struct Message
{
	const WfTransaction *transaction;
	WfMessageDecoder *decoder;	/* NULL: not decoded */
	int64_t		now_ns;
	uint64_t	lsn;
	WfSlice		prefix;
	WfSlice		content;
} Message;

static void
write_event_head(WfSession *session, const Message *message)
{
	WfBuffer   *buffer = session->buffer;

	wf_buffer_append_literal(buffer, "{\"op\":\"");
	wf_buffer_append_char(buffer, message->decoder != NULL ? 'c' : 'm');
	wf_buffer_append_literal(buffer, "\",\"ts_ms\":");
	wf_json_int64(buffer, message->now_ns / 1000000);
	wf_buffer_append_char(buffer, ',');
	wf_source_block_write(session, WF_LITERAL(",\"schema\":\"\",\"table\":\"\",\"txId\":"),
						  message->lsn);
	wf_buffer_append_char(buffer, ',');
	wf_transaction_block_write(session, message->transaction, message->lsn);
}

static void
write_message_value(WfSession *session, const Message *message)
{
	WfBuffer   *buffer = session->buffer;
	WfSlice		prefix = message->prefix;

	write_event_head(session, message);
	wf_buffer_append_literal(buffer, ",\"message\":{\"prefix\":");
	wf_json_string(buffer, &session->form, prefix.data, prefix.length);
	wf_buffer_append_literal(buffer, ",\"content\":");
	wf_write_bytes(buffer, wf_field_bytes_form(&session->options), message->content);
	wf_buffer_append_literal(buffer, "}}");
}

static WfEventFacts
facts_of(const WfSession *session, const Message *message)
{
	return (WfEventFacts)
	{
		.session = session, .transaction = message->transaction, .lsn = message->lsn,
			.now_ns = message->now_ns, .op = 'c', .schema = WF_LITERAL(""), .table = WF_LITERAL("")
	};
}

/* Its schema is its own, and so stands with it. */
static void
write_decoded_value(WfSession *session, const Message *message)
{
	WfBuffer   *buffer = session->buffer;
	WfMessageDecoder *decoder = message->decoder;
	bool		is_event = decoder->unwrap == NULL;
	WfEventFacts facts = facts_of(session, message);

	if (session->options.value_schemas)
	{
		wf_buffer_append_literal(buffer, "{\"schema\":");
		if (is_event)
			wf_decoded_schema_open(buffer);
		wf_message_object_schema_write(session, decoder);
		if (is_event)
			wf_decoded_schema_close(buffer);
		wf_buffer_append_literal(buffer, ",\"payload\":");
	}
	if (is_event)
	{
		write_event_head(session, message);
		wf_buffer_append_literal(buffer, ",\"after\":");
	}
	wf_message_object_write(session, decoder, &facts);
	wf_buffer_append(buffer, "}", is_event ? 1 : 0);
	wf_buffer_append(buffer, "}", session->options.value_schemas ? 1 : 0);
}

/*
 * A non-transactional message stands for itself: its LSN is its commit.  That of another is
 * where its WAL record ends (decode.c, logicalmsg_decode()), so the change behind it may have
 * the same, and where that is of another subtransaction the two come in either order
 * (reorderbuffer.c merges subtransactions by LSN).  So that neither's position depends on
 * that, the message has the last byte of its record, where no other change can stand.
 */
static WfPosition
message_position(const WfTransaction *transaction, uint64_t lsn)
{
	WfPosition	position = {.commit_lsn = lsn};

	if (transaction != NULL)
	{
		position.commit_lsn = transaction->commit_lsn;
		position.lsn = lsn - 1;
	}
	return position;
}

static WfWriteResult
write_message_record(WfSession *session, WfTransaction *transaction, WfRecord *record,
					 const Message *message)
{
	uint64_t	length = message->content.length;
	uint64_t	value_bytes;
	WfRecordWriter writer;
	WfWriteResult result;

	wf_record_open(session, transaction, record, &writer);
	if (message->decoder != NULL)
		write_decoded_value(session, message);
	else
		write_message_value(session, message);
	result = wf_record_close(session, transaction, &writer, &value_bytes);
	if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
		result = wf_record_write_stub(session, transaction, record,
									  value_bytes > length ? value_bytes : length,
									  WF_LITERAL("the message is larger than record.max.bytes"));
	return result;
}

/* The decoder of a message that it can decode, and whatever stands behind it can use. */
static WfMessageDecoder *
decode(WfSession *session, const Message *message)
{
	const WfTransform *transform = session->message_topic.decode;
	WfMessageDecoder *decoder = transform != NULL ? transform->decoder : NULL;
	WfSlice		content = message->content;

	if (decoder == NULL)
		return NULL;
	if (session->message_text != NULL)
		content = session->message_text(session->host, content);
	decoder->report.lsn = message->lsn;
	decoder->report.prefix = message->prefix;
	if (wf_message_decode(session, decoder, &content) &&
		(decoder->outbox == NULL || wf_outbox_message_read(session, decoder, content)))
		return decoder;
	session->messages_left++;
	return NULL;
}

/* A message in the topic of messages, its source block prepared. */
static WfWriteResult
write_event(WfSession *session, WfTransaction *transaction, const Message *message)
{
	WfRecord	record;
	WfRange		key = {0, 0};
	WfAddedHeaders headers = {0};
	WfWriteResult result;

	memset(&record, 0, sizeof(record));
	record.has_value = true;
	record.position = message_position(transaction, message->lsn);
	record.topic_id = session->message_topic.id;
	if (message->decoder == NULL)
		key = write_message_key(session, message->prefix);
	else
	{
		WfEventFacts facts = facts_of(session, message);

		wf_message_headers_render(session, message->decoder, &facts, &headers);
	}
	result = wf_write_result(session->text);
	if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
	{
		wf_buffer_cut(session->text, session->text_fixed_length);
		session->source_block.filled = false;
		return wf_record_write_stub(session, transaction, &record, message->content.length,
									WF_LITERAL("the message's prefix is too large"));
	}
	if (result != WF_WRITE_OK)
		return result;

	wf_record_set_topic(session, &record, &session->message_topic);
	record.has_key = message->decoder == NULL;
	if (record.has_key)
		record.key = wf_session_text(session, key);
	else
	{
		wf_unwrap_headers_add(session, &headers, &record);
		wf_record_enclose(session, &record, session->text, &no_enclosure);
	}
	return write_message_record(session, transaction, &record, message);
}

/* The message's record or, by an EventRouter, what is made of it. */
static WfWriteResult
write_decoded_or_not(WfSession *session, WfTransaction *transaction, const Message *message,
					 int64_t commit_time_us)
{
	WfWriteResult result;

	if (message->decoder != NULL && message->decoder->outbox != NULL)
		return wf_outbox_message_write(session, transaction, message->decoder,
									   message_position(transaction, message->lsn));
	result = wf_record_describe_topic(session, &session->message_topic);
	if (result != WF_WRITE_OK)
		return result;
	wf_source_block_prepare(session, transaction, commit_time_us, WF_SNAPSHOT_NONE);
	return write_event(session, transaction, message);
}

/*
 * Outside of a transaction there is no commit time; Debezium shows that of the
 * last commit it saw, and counts the message's LSN as a commit in
 * source.sequence; seen with Debezium 3.7.
 */
WfWriteResult
wf_write_message(WfSession *session, WfTransaction *transaction, uint64_t lsn,
				 WfSlice prefix, WfSlice content)
{
	int64_t		now_ns = session->now_ns(session->host);
	Message		message = {transaction, NULL, now_ns, lsn, prefix, content};
	int64_t		commit_time_us;
	WfWriteResult result;

	if (transaction != NULL)
		commit_time_us = transaction->commit_time_us;
	else
	{
		session->last_commit_end_lsn = lsn;
		commit_time_us = session->last_commit_time_us != 0 ?
			session->last_commit_time_us : now_ns / 1000;
	}

	result = wf_transaction_count(session, transaction, NULL, lsn);
	if (result != WF_WRITE_OK)
		return result;
	message.decoder = decode(session, &message);
	result = write_decoded_or_not(session, transaction, &message, commit_time_us);
	if (result == WF_WRITE_OK && transaction == NULL)
		result = wf_transaction_tell_losses(session);
	return result;
}
