/*
 * source_block.c
 *		The envelope's "source" member.
 *
 *	{"version":…,"connector":"postgresql","name":…,"ts_ms":…,"snapshot":…,"db":…,
 *	 "sequence":"[\"…\",\"<lsn>\"]","ts_us":…,"ts_ns":…,"schema":…,"table":…,
 *	 "txId":…,"lsn":<lsn>,"xmin":null,"origin":…,"origin_lsn":…}
 *
 * (Debezium 3.7's SourceInfo for PostgreSQL.)  Only the two LSNs differ between
 * the events of one transaction and table, so all else is rendered once per
 * transaction, or once per row plan, and copied.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "source_block.h"

#include "time.h"

static const WfSlice marks[] = {
	[WF_SNAPSHOT_NONE] = {"", 0},
	[WF_SNAPSHOT_TRUE] = {"true", 4},
	[WF_SNAPSHOT_FIRST] = {"first", 5},
	[WF_SNAPSHOT_FIRST_IN_COLLECTION] = {"first_in_data_collection", 24},
	[WF_SNAPSHOT_LAST_IN_COLLECTION] = {"last_in_data_collection", 23},
	[WF_SNAPSHOT_LAST] = {"last", 4}
};

WfSlice
wf_snapshot_mark_text(WfSnapshotMark mark)
{
	return marks[mark];
}

WfSnapshotMark
wf_snapshot_mark_of(WfSlice text)
{
	for (int i = WF_SNAPSHOT_TRUE; i <= WF_SNAPSHOT_LAST; i++)
		if (wf_slice_equal(marks[i], text))
			return (WfSnapshotMark) i;
	return WF_SNAPSHOT_NONE;
}

void
wf_source_block_init(WfSession *session)
{
	WfBuffer   *text = session->text;
	const WfText *prefix = &session->options.topic_prefix;
	size_t		mark = text->length;

	wf_buffer_append_literal(text, "\"source\":{\"version\":\"" WALFERRY_VERSION
							 "\",\"connector\":\"postgresql\",\"name\":");
	wf_json_string(text, &session->form, prefix->bytes, prefix->length);
	wf_buffer_append_literal(text, ",\"ts_ms\":");
	session->source_head = wf_range_since(text, mark);

	mark = text->length;
	wf_buffer_append_literal(text, ",\"db\":");
	wf_json_string(text, &session->form, session->database.data, session->database.length);
	wf_buffer_append_literal(text, ",\"sequence\":\"[");
	session->source_middle = wf_range_since(text, mark);
	session->source_block.filled = false;
}

/* Nanoseconds; a time beyond their range (year 2262) stays at its end. */
static int64_t
nanoseconds(int64_t microseconds)
{
	if (microseconds > INT64_MAX / 1000)
		return INT64_MAX;
	if (microseconds < INT64_MIN / 1000)
		return INT64_MIN;
	return microseconds * 1000;
}

static void
render_tail(WfSession *session, const WfTransaction *transaction)
{
	WfBuffer   *text = session->text;

	if (transaction == NULL || transaction->origin.length == 0)
	{
		wf_buffer_append_literal(text, ",\"xmin\":null,\"origin\":null,\"origin_lsn\":null}");
		return;
	}
	wf_buffer_append_literal(text, ",\"xmin\":null,\"origin\":");
	wf_json_string(text, &session->form, transaction->origin.data, transaction->origin.length);
	wf_buffer_append_literal(text, ",\"origin_lsn\":");
	wf_json_uint64(text, transaction->origin_lsn);
	wf_buffer_append_char(text, '}');
}

static uint64_t
shown_xid(const WfSession *session, const WfTransaction *transaction)
{
	if (session->options.txid_handling != WF_TXID_XID8)
		return transaction->xid;
	return (uint64_t) transaction->xid_epoch << 32 | transaction->xid;
}

/*
 * A snapshot is taken without a transaction number: one that is assigned would hold back
 * the restart_lsn of each slot, and the creation of others, for as long as it is read.
 */
static bool
has_xid(const WfTransaction *transaction, WfSnapshotMark snapshot)
{
	return transaction != NULL && (snapshot == WF_SNAPSHOT_NONE || transaction->xid != 0);
}

static void
render(WfSession *session, const WfTransaction *transaction, int64_t commit_time_us,
	   WfSnapshotMark snapshot)
{
	WfSourceBlock *block = &session->source_block;
	WfBuffer   *text = session->text;
	size_t		mark = text->length;

	wf_buffer_repeat(text, session->source_head.offset, session->source_head.length);
	wf_json_int64(text, wf_floor_milliseconds(commit_time_us));
	wf_buffer_append_literal(text, ",\"snapshot\":");
	if (snapshot != WF_SNAPSHOT_NONE)
	{
		wf_buffer_append_char(text, '"');
		wf_buffer_append_slice(text, wf_snapshot_mark_text(snapshot));
		wf_buffer_append_char(text, '"');
	}
	else if (session->options.value_replace_null_with_default)
		wf_buffer_append_literal(text, "\"false\"");	/* the schema's default */
	else
		wf_json_null(text);
	wf_buffer_repeat(text, session->source_middle.offset, session->source_middle.length);
	if (session->last_commit_end_lsn != 0)
	{
		wf_buffer_append_literal(text, "\\\"");
		wf_json_uint64(text, session->last_commit_end_lsn);
		wf_buffer_append_literal(text, "\\\"");
	}
	else
		wf_json_null(text);
	wf_buffer_append_literal(text, ",\\\"");
	block->before_lsn = wf_range_since(text, mark);

	mark = text->length;
	wf_buffer_append_literal(text, "\\\"]\",\"ts_us\":");
	wf_json_int64(text, commit_time_us);
	wf_buffer_append_literal(text, ",\"ts_ns\":");
	wf_json_int64(text, nanoseconds(commit_time_us));
	block->times = wf_range_since(text, mark);

	mark = text->length;
	if (has_xid(transaction, snapshot))
		wf_json_uint64(text, shown_xid(session, transaction));
	else
		wf_json_null(text);
	wf_buffer_append_literal(text, ",\"lsn\":");
	block->xid_text = wf_range_since(text, mark);

	mark = text->length;
	render_tail(session, transaction);
	block->tail = wf_range_since(text, mark);
}

void
wf_source_block_prepare(WfSession *session, const WfTransaction *transaction,
						int64_t commit_time_us, WfSnapshotMark snapshot)
{
	WfSourceBlock *block = &session->source_block;

	if (block->filled && transaction != NULL &&
		block->commit_lsn == transaction->commit_lsn && block->xid == transaction->xid &&
		block->commit_time_us == commit_time_us && block->snapshot == snapshot)
	{
		wf_buffer_cut(session->text, block->tail.offset + block->tail.length);
		return;
	}

	wf_buffer_cut(session->text, session->text_fixed_length);
	render(session, transaction, commit_time_us, snapshot);
	block->snapshot = snapshot;
	block->xid = transaction != NULL ? transaction->xid : 0;
	block->commit_lsn = transaction != NULL ? transaction->commit_lsn : 0;
	block->commit_time_us = commit_time_us;
	block->filled = transaction != NULL && session->text->error == WF_BUFFER_OK;
}

static void
append_range(WfSession *session, WfRange range)
{
	wf_buffer_append(session->buffer, session->text->data + range.offset, range.length);
}

void
wf_source_block_write(WfSession *session, WfSlice table, uint64_t lsn)
{
	const WfSourceBlock *block = &session->source_block;

	append_range(session, block->before_lsn);
	wf_json_uint64(session->buffer, lsn);
	append_range(session, block->times);
	wf_buffer_append_slice(session->buffer, table);
	append_range(session, block->xid_text);
	wf_json_uint64(session->buffer, lsn);
	append_range(session, block->tail);
}

/* ---- one member ---- */

WfSlice
wf_source_text(const WfSession *session, WfEventMember member, uint64_t lsn,
			   char room[WF_SOURCE_TEXT_MAX])
{
	WfBuffer	text = {
		.data = room,
		.capacity = WF_SOURCE_TEXT_MAX,
		.ceiling = WF_SOURCE_TEXT_MAX
	};

	if (member == WF_MEMBER_SOURCE_SNAPSHOT)
		return wf_snapshot_mark_text(session->source_block.snapshot);
	wf_buffer_append_char(&text, '[');
	if (session->last_commit_end_lsn != 0)
	{
		wf_buffer_append_char(&text, '"');
		wf_json_uint64(&text, session->last_commit_end_lsn);
		wf_buffer_append_char(&text, '"');
	}
	else
		wf_json_null(&text);
	wf_buffer_append_literal(&text, ",\"");
	wf_json_uint64(&text, lsn);
	wf_buffer_append_literal(&text, "\"]");
	return wf_slice(text.data, text.length);
}

bool
wf_source_number_write(const WfSession *session, const WfTransaction *transaction,
					   WfEventMember member, uint64_t lsn, WfBuffer *buffer)
{
	int64_t		commit_time_us = session->source_block.commit_time_us;

	switch (member)
	{
		case WF_MEMBER_SOURCE_TS_MS:
			wf_json_int64(buffer, wf_floor_milliseconds(commit_time_us));
			return true;
		case WF_MEMBER_SOURCE_TS_US:
			wf_json_int64(buffer, commit_time_us);
			return true;
		case WF_MEMBER_SOURCE_TS_NS:
			wf_json_int64(buffer, nanoseconds(commit_time_us));
			return true;
		case WF_MEMBER_SOURCE_TXID:
			if (!has_xid(transaction, session->source_block.snapshot))
				return false;
			wf_json_uint64(buffer, shown_xid(session, transaction));
			return true;
		case WF_MEMBER_SOURCE_LSN:
			wf_json_uint64(buffer, lsn);
			return true;
		case WF_MEMBER_SOURCE_ORIGIN_LSN:
			if (transaction == NULL || transaction->origin.length == 0)
				return false;
			wf_json_uint64(buffer, transaction->origin_lsn);
			return true;
		default:				/* xmin */
			return false;
	}
}
