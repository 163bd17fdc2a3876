/*
 * transaction.c
 *		Transaction metadata: BEGIN and END, and the block in each event.
 *
 *	key		{"id":"<xid>:<lsn>"}
 *	BEGIN	{"status":"BEGIN","id":…,"event_count":null,"data_collections":null,
 *			 "ts_ms":<commit time>}
 *	END		{"status":"END","id":…,"event_count":5,"data_collections":
 *			 [{"data_collection":"public.t","event_count":2},…],"ts_ms":…}
 *	block	{"id":…,"total_order":1,"data_collection_order":1}
 *
 * (Debezium's DefaultTransactionStructMaker.)  The LSN of an id is that of the
 * event at hand, so the ids of one transaction share only the part before the
 * colon; BEGIN's is the first change's, even if a filter leaves that out.  A
 * transaction without changes has neither BEGIN nor END, one whose changes
 * were all left out has both.
 *
 * Counts per table stand in session->collections, a list of its own rather
 * than in the plans, which may be rebuilt or thrown away in mid-transaction.
 * An entry is its count and the length of its name, both in the machine's own
 * form, and the name; a plan remembers where its table's entry is.  The room
 * they take is bounded by the buffer's ceiling: a transaction of more tables
 * is an error.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "transaction.h"

#include "event_schema.h"
#include "time.h"

/* Logical messages are one collection (Debezium shows a Java object's address). */
#define MESSAGE_COLLECTION "LOGICAL_DECODING_MESSAGE"

typedef struct CollectionEntry
{
	uint64_t	count;
	uint64_t	name_length;
} CollectionEntry;

bool
wf_transaction_metadata_init(WfSession *session)
{
	const WfText *last_part = &session->options.topic_transaction;
	size_t		mark = session->text->length;

	if (!session->options.provide_transaction_metadata)
		return true;
	wf_topic_name(session->text, &session->options,
				  wf_slice(last_part->bytes, last_part->length), WF_LITERAL(""));
	return wf_session_topic_init(session, &session->transaction_topic, mark, WF_CHAIN_OTHERS,
								 wf_transaction_schemas_write);
}

/* ---- counting ---- */

static CollectionEntry
entry_at(const WfBuffer *collections, size_t offset)
{
	CollectionEntry entry;

	memcpy(&entry, collections->data + offset, sizeof(entry));
	return entry;
}

static size_t
next_entry(const WfBuffer *collections, size_t offset)
{
	return offset + sizeof(CollectionEntry) + entry_at(collections, offset).name_length;
}

static WfSlice
entry_name(const WfBuffer *collections, size_t offset)
{
	return wf_slice(collections->data + offset + sizeof(CollectionEntry),
					entry_at(collections, offset).name_length);
}

/* Where the entry of that name is; the end if there is none. */
static size_t
look_for_entry(const WfBuffer *collections, WfSlice name)
{
	size_t		offset = 0;

	for (; offset < collections->length; offset = next_entry(collections, offset))
	{
		WfSlice		other = entry_name(collections, offset);

		if (other.length == name.length && memcmp(other.data, name.data, name.length) == 0)
			break;
	}
	return offset;
}

/* The same; made if there is none. */
static size_t
find_entry(WfBuffer *collections, WfSlice name)
{
	CollectionEntry entry = {0, name.length};
	size_t		offset = look_for_entry(collections, name);

	if (offset == collections->length)
	{
		wf_buffer_append(collections, &entry, sizeof(entry));
		wf_buffer_append_slice(collections, name);
	}
	return offset;
}

static uint64_t
count_one(WfBuffer *collections, size_t offset)
{
	CollectionEntry entry = entry_at(collections, offset);

	entry.count++;
	memcpy(collections->data + offset, &entry, sizeof(entry));
	return entry.count;
}

/* ---- records ---- */

static void
write_id(WfBuffer *buffer, const WfTransaction *transaction, uint64_t lsn)
{
	wf_buffer_append_literal(buffer, "\"id\":\"");
	wf_json_uint64(buffer, transaction->xid);
	wf_buffer_append_char(buffer, ':');
	wf_json_uint64(buffer, lsn);
	wf_buffer_append_char(buffer, '"');
}

static void
write_counts(WfSession *session, const WfTransaction *transaction)
{
	WfBuffer   *buffer = session->buffer;
	const WfBuffer *collections = session->collections;

	wf_buffer_append_literal(buffer, ",\"event_count\":");
	wf_json_uint64(buffer, transaction->total_order);
	wf_buffer_append_literal(buffer, ",\"data_collections\":[");
	for (size_t offset = 0; offset < collections->length;
		 offset = next_entry(collections, offset))
	{
		WfSlice		name = entry_name(collections, offset);

		if (offset > 0)
			wf_buffer_append_char(buffer, ',');
		wf_buffer_append_literal(buffer, "{\"data_collection\":");
		wf_json_string(buffer, &session->form, name.data, name.length);
		wf_buffer_append_literal(buffer, ",\"event_count\":");
		wf_json_uint64(buffer, entry_at(collections, offset).count);
		wf_buffer_append_char(buffer, '}');
	}
	wf_buffer_append_char(buffer, ']');
}

/* BEGIN or END; the key stands behind all else in session->text meanwhile. */
static WfWriteResult
write_boundary(WfSession *session, WfTransaction *transaction, bool is_end, uint64_t lsn,
			   WfPosition position)
{
	WfBuffer   *buffer = session->buffer;
	size_t		text_mark = session->text->length;
	WfRecord	record = {.position = position, .has_key = true, .has_value = true};
	WfRecordWriter writer;
	uint64_t	value_bytes = 0;
	WfWriteResult result;

	result = wf_record_describe_topic(session, &session->transaction_topic);
	if (result != WF_WRITE_OK)
		return result;

	wf_buffer_append_char(session->text, '{');
	write_id(session->text, transaction, lsn);
	wf_session_topic_end_key(session, &session->transaction_topic);
	result = wf_write_result(session->text);
	if (result == WF_WRITE_OK)
	{
		wf_record_set_topic(session, &record, &session->transaction_topic);
		record.key = wf_buffer_since(session->text, text_mark);
		wf_record_open(session, transaction, &record, &writer);
		wf_buffer_append_literal(buffer, "{\"status\":\"");
		wf_buffer_append(buffer, is_end ? "END" : "BEGIN", is_end ? 3 : 5);
		wf_buffer_append_literal(buffer, "\",");
		write_id(buffer, transaction, lsn);
		if (is_end)
			write_counts(session, transaction);
		else
			wf_buffer_append_literal(buffer, ",\"event_count\":null,\"data_collections\":null");
		wf_buffer_append_literal(buffer, ",\"ts_ms\":");
		wf_json_int64(buffer, wf_floor_milliseconds(transaction->commit_time_us));
		wf_buffer_append_char(buffer, '}');
		result = wf_record_close(session, transaction, &writer, &value_bytes);
		if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
			result = wf_record_write_stub(session, transaction, &record, value_bytes,
										  WF_LITERAL("the transaction's END is larger than "
													 "record.max.bytes"));
	}
	wf_buffer_cut(session->text, text_mark);
	return result;
}

/* lsn: of the event at hand, for a transaction of which the host knows no change. */
static WfWriteResult
write_begin(WfSession *session, WfTransaction *transaction, uint64_t lsn)
{
	/* lsn 0: before whatever the transaction has; 1, as a message may have 0 */
	WfPosition	position = {.commit_lsn = transaction->commit_lsn, .lsn = 0, .n = 1};

	if (transaction->first_change_lsn != 0)
		lsn = transaction->first_change_lsn;
	wf_buffer_cut(session->collections, 0);
	session->transactions_counted++;
	return write_boundary(session, transaction, false, lsn, position);
}

WfWriteResult
wf_transaction_count(WfSession *session, WfTransaction *transaction, WfRowPlan *plan, uint64_t lsn)
{
	WfWriteResult result;

	if (!session->options.provide_transaction_metadata || transaction == NULL)
		return WF_WRITE_OK;

	if (transaction->total_order == 0)
	{
		result = write_begin(session, transaction, lsn);
		if (result != WF_WRITE_OK)
			return result;
	}

	if (plan == NULL)
		session->collection = find_entry(session->collections, WF_LITERAL(MESSAGE_COLLECTION));
	else if (plan->counted_in != session->transactions_counted)
	{
		plan->collection_entry = find_entry(session->collections,
											wf_plan_text(plan, plan->collection));
		plan->counted_in = session->transactions_counted;
	}
	if (plan != NULL)
		session->collection = plan->collection_entry;

	result = wf_write_result(session->collections);
	if (result != WF_WRITE_OK)
		return WF_WRITE_NO_MEMORY;
	transaction->total_order++;
	transaction->collection_order = count_one(session->collections, session->collection);
	return WF_WRITE_OK;
}

/* Without its BEGIN the session's counts are those of another transaction. */
static uint64_t
counted_of(const WfSession *session, const WfTransaction *transaction, const WfRowPlan *plan)
{
	const WfBuffer *collections = session->collections;
	size_t		offset;

	if (transaction->total_order == 0)
		return 0;
	offset = plan->counted_in == session->transactions_counted ? plan->collection_entry :
		look_for_entry(collections, wf_plan_text(plan, plan->collection));
	return offset < collections->length ? entry_at(collections, offset).count : 0;
}

WfTransaction
wf_transaction_foresee(const WfSession *session, const WfTransaction *transaction,
					   const WfRowPlan *plan, int events)
{
	WfTransaction foreseen = *transaction;

	if (session->options.provide_transaction_metadata)
	{
		foreseen.total_order += (uint64_t) events;
		foreseen.collection_order = counted_of(session, transaction, plan) + (uint64_t) events;
	}
	return foreseen;
}

void
wf_transaction_block_write(WfSession *session, const WfTransaction *transaction, uint64_t lsn)
{
	WfBuffer   *buffer = session->buffer;

	if (transaction == NULL || transaction->total_order == 0)
	{
		wf_buffer_append_literal(buffer, "\"transaction\":null");
		return;
	}
	wf_buffer_append_literal(buffer, "\"transaction\":{");
	write_id(buffer, transaction, lsn);
	wf_buffer_append_literal(buffer, ",\"total_order\":");
	wf_json_uint64(buffer, transaction->total_order);
	wf_buffer_append_literal(buffer, ",\"data_collection_order\":");
	wf_json_uint64(buffer, transaction->collection_order);
	wf_buffer_append_char(buffer, '}');
}

bool
wf_transaction_member_write(const WfTransaction *transaction, WfEventMember member, uint64_t lsn,
							bool raw, WfBuffer *buffer)
{
	if (transaction->total_order == 0)
		return false;
	if (member == WF_MEMBER_TRANSACTION_TOTAL_ORDER)
		wf_json_uint64(buffer, transaction->total_order);
	else if (member == WF_MEMBER_TRANSACTION_COLLECTION_ORDER)
		wf_json_uint64(buffer, transaction->collection_order);
	else
	{
		wf_buffer_append(buffer, "\"", raw ? 0 : 1);
		wf_json_uint64(buffer, transaction->xid);
		wf_buffer_append_char(buffer, ':');
		wf_json_uint64(buffer, lsn);
		wf_buffer_append(buffer, "\"", raw ? 0 : 1);
	}
	return true;
}

WfWriteResult
wf_transaction_end(WfSession *session, WfTransaction *transaction, uint64_t end_lsn)
{
	WfWriteResult result;

	if (!session->options.provide_transaction_metadata)
		return WF_WRITE_OK;
	if (transaction->total_order == 0)
	{
		result = write_begin(session, transaction, end_lsn);
		if (result != WF_WRITE_OK)
			return result;
	}
	return write_boundary(session, transaction, true, end_lsn,
						  wf_record_position(transaction, end_lsn));
}

/* ---- begin and commit ---- */

void
wf_transaction_begin(WfTransaction *transaction, uint32_t xid, uint64_t commit_lsn,
					 int64_t commit_time_us)
{
	memset(transaction, 0, sizeof(*transaction));
	transaction->xid = xid;
	transaction->commit_lsn = commit_lsn;
	transaction->commit_time_us = commit_time_us;
}

/* Of no interest to a reader that does not know the item. */
static void
write_losses(WfSession *session)
{
	WfFrameLosses losses = {
		session->values_without_form - session->losses_told.values_without_form,
		session->messages_left - session->losses_told.messages_left
	};

	if ((losses.values_without_form > 0 || losses.messages_left > 0) &&
		session->frame_version >= WF_FRAME_VERSION_LOSSES)
		wf_frame_write_losses(session->buffer, &losses);
}

static void
losses_are_told(WfSession *session)
{
	session->losses_told.values_without_form = session->values_without_form;
	session->losses_told.messages_left = session->messages_left;
}

WfWriteResult
wf_transaction_tell_losses(WfSession *session)
{
	WfBuffer   *buffer = session->buffer;
	size_t		mark = buffer->length;
	WfWriteResult result;

	if (session->output != WF_OUTPUT_FRAME)
		return WF_WRITE_OK;
	write_losses(session);
	result = wf_write_result(buffer);
	if (result == WF_WRITE_OK)
		losses_are_told(session);
	else
		wf_buffer_cut(buffer, mark);
	return result;
}

/*
 * An empty transaction moves nothing: the server's own plugin does not send
 * those either (15 and later), so source.sequence stays comparable.  One whose
 * changes were all skipped is sent by it, and counts with Debezium.
 */
WfWriteResult
wf_transaction_commit(WfSession *session, WfTransaction *transaction, uint64_t end_lsn)
{
	WfBuffer   *buffer = session->buffer;
	size_t		mark = buffer->length;
	WfFrameCommit commit;
	WfWriteResult result;

	if (transaction->records == 0 && transaction->first_change_lsn == 0)
		return WF_WRITE_OK;
	result = wf_transaction_end(session, transaction, end_lsn);
	if (result != WF_WRITE_OK)
		return result;
	mark = buffer->length;
	if (session->output == WF_OUTPUT_FRAME && transaction->records > 0)
	{
		commit.commit_lsn = transaction->commit_lsn;
		commit.end_lsn = end_lsn;
		commit.commit_time_us = transaction->commit_time_us;
		commit.records = transaction->records;
		commit.replaced_characters = session->form.replaced;
		write_losses(session);
		wf_frame_write_commit(buffer, &commit);
		result = wf_write_result(buffer);
		if (result != WF_WRITE_OK)
		{
			wf_buffer_cut(buffer, mark);
			return result;
		}
		session->form.replaced = 0;
		losses_are_told(session);
	}
	session->last_commit_end_lsn = end_lsn;
	session->last_commit_time_us = transaction->commit_time_us;
	return WF_WRITE_OK;
}
