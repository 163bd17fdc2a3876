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

#include "record.h"
#include "source_block.h"
#include "transaction.h"
#include "value_forms.h"

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

static void
write_message_value(WfSession *session, const WfTransaction *transaction, int64_t now_ns,
					uint64_t lsn, WfSlice prefix, WfSlice content)
{
	WfBuffer   *buffer = session->buffer;

	wf_buffer_append_literal(buffer, "{\"op\":\"m\",\"ts_ms\":");
	wf_json_int64(buffer, now_ns / 1000000);
	wf_buffer_append_char(buffer, ',');
	wf_source_block_write(session, WF_LITERAL(",\"schema\":\"\",\"table\":\"\",\"txId\":"), lsn);
	wf_buffer_append_char(buffer, ',');
	wf_transaction_block_write(session, transaction, lsn);
	wf_buffer_append_literal(buffer, ",\"message\":{\"prefix\":");
	wf_json_string(buffer, &session->form, prefix.data, prefix.length);
	wf_buffer_append_literal(buffer, ",\"content\":");
	wf_write_bytes(buffer, wf_field_bytes_form(&session->options), content);
	wf_buffer_append_literal(buffer, "}}");
}

/* A non-transactional message stands for itself: its LSN is its commit. */
static WfPosition
message_position(WfTransaction *transaction, uint64_t lsn)
{
	WfPosition	position = {.commit_lsn = lsn};

	return transaction != NULL ? wf_record_position(transaction, lsn) : position;
}

static WfWriteResult
write_message_record(WfSession *session, WfTransaction *transaction, WfRecord *record,
					 int64_t now_ns, uint64_t lsn, WfSlice prefix, WfSlice content)
{
	uint64_t	value_bytes;
	WfRecordWriter writer;
	WfWriteResult result;

	wf_record_open(session, transaction, record, &writer);
	write_message_value(session, transaction, now_ns, lsn, prefix, content);
	result = wf_record_close(session, transaction, &writer, &value_bytes);
	if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
		result = wf_record_write_stub(session, transaction, record,
									  value_bytes > content.length ? value_bytes : content.length,
									  WF_LITERAL("the message is larger than record.max.bytes"));
	return result;
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
	int64_t		commit_time_us;
	WfRange		key;
	WfRecord	record;
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
	if (result == WF_WRITE_OK)
		result = wf_record_describe_topic(session, &session->message_topic);
	if (result != WF_WRITE_OK)
		return result;
	memset(&record, 0, sizeof(record));
	record.topic_id = session->message_topic.id;
	record.has_value = true;

	wf_source_block_prepare(session, transaction, commit_time_us, false);
	key = write_message_key(session, prefix);
	result = wf_write_result(session->text);
	if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
	{
		wf_buffer_cut(session->text, session->text_fixed_length);
		session->source_block.filled = false;
		record.position = message_position(transaction, lsn);
		return wf_record_write_stub(session, transaction, &record, content.length,
									WF_LITERAL("the message's prefix is too large"));
	}
	if (result != WF_WRITE_OK)
		return result;

	wf_record_set_topic(session, &record, &session->message_topic);
	record.has_key = true;
	record.key = wf_session_text(session, key);
	record.position = message_position(transaction, lsn);
	return write_message_record(session, transaction, &record, now_ns, lsn, prefix, content);
}
