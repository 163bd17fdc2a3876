/*
 * event.c
 *		From a change to its Kafka records.
 *
 * Which records a change yields, in which order, with which key and headers is
 * decided here (for logical messages in message.c); row_image.c writes rows and
 * keys, source_block.c the source member, record.c what surrounds a value in
 * each output form.
 *
 * Keys are rendered once per change, behind the prepared bytes in
 * session->text, and copied from there into records and headers; comparing
 * the two renderings is also how a key change is noticed.
 *
 * Not imitated: the tombstone with a null key that Debezium sends after the
 * delete of a row without a key.  It deletes nothing, and a compacted topic
 * refuses it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "event.h"

#include "additions.h"
#include "event_schema.h"
#include "message_decoder.h"
#include "outbox.h"
#include "row_event.h"
#include "schema_change.h"
#include "source_block.h"
#include "transaction.h"
#include "unwrap.h"

bool
wf_session_init(WfSession *session)
{
	WfBuffer   *text = session->text;
	size_t		mark;

	wf_source_block_init(session);
	wf_unwrap_init(session);
	mark = text->length;
	wf_message_topic_name(text, &session->options);
	if (!wf_session_topic_init(session, &session->message_topic, mark, WF_CHAIN_MESSAGES,
							   wf_message_schemas_write) ||
		!wf_message_decoder_init(session) ||
		!wf_transaction_metadata_init(session) || !wf_schema_change_init(session))
		return false;
	session->text_fixed_length = text->length;
	session->times.length = 0;
	session->topics_described = 0;
	session->routed_topics->length = 0;
	session->schemas_described = 0;
	session->enclosures_described = 0;
	return text->error == WF_BUFFER_OK;
}

/* Of a record whose key and value bring their schemas with them. */
static const WfEnclosureRanges no_enclosure;

/* ---- pieces of records ---- */

static void
start_plan_record(const WfRowContext *context, WfRecord *record)
{
	const WfRowPlan *plan = context->plan;

	record->topic = wf_plan_text(plan, plan->topic);
	record->topic_id = plan->topic_id;
	record->schema_id = plan->schema_id;
	record->fingerprint = plan->fingerprint;
	record->has_key = false;
	record->has_value = true;
	record->has_timestamp = false;
	record->has_partition = false;
	record->key_form = WF_RECORD_JSON;
	record->value_form = WF_RECORD_JSON;
	record->key = WF_LITERAL("");
	record->header_count = 0;
}

/* Once topic and enclosures have been described. */
static void
enclose_record(const WfRowContext *context, const WfRowEvent *event, bool is_null,
			   WfRecord *record)
{
	WfSession  *session = context->session;
	const WfRowPlan *plan = context->plan;
	bool		has_own_schema = event->key_is_substitute && session->options.key_schemas;
	const WfEnclosureRanges *enclosure = has_own_schema ?
	is_null ? &plan->substitute_null_enclosure : &plan->substitute_enclosure :
	is_null ? &plan->null_enclosure : &plan->enclosure;

	wf_record_enclose(session, record, plan->text, enclosure);
}

/* additions: NULL if there are none. */
static void
set_key(const WfRowContext *context, WfRecord *record, const WfRowEvent *event,
		const WfAdditions *additions)
{
	WfSlice		key = wf_session_text(context->session,
									  additions != NULL ? additions->key : event->key);

	record->has_key = key.length > 0;
	if (record->has_key)
		record->key = key;
	if (event->other_key_header != NULL)
		wf_record_add_header(record, wf_slice(event->other_key_header,
											  strlen(event->other_key_header)),
							 wf_session_text(context->session, event->other_key));
	if (event->operation != WF_OPERATION_READ)
		wf_record_add_context(context->session, record);
	if (additions != NULL)
		wf_unwrap_headers_add(context->session, &additions->headers, record);
}

/* `","ts_ms":…,"ts_us":…,"ts_ns":…}`, behind the operation. */
static void
render_times(WfEventTimes *times, int64_t now_ns)
{
	WfBuffer	text = {
		.data = times->text,
		.capacity = sizeof(times->text),
		.ceiling = sizeof(times->text)
	};

	wf_buffer_append_literal(&text, "\",\"ts_ms\":");
	wf_json_int64(&text, now_ns / 1000000);
	wf_buffer_append_literal(&text, ",\"ts_us\":");
	wf_json_int64(&text, now_ns / 1000);
	wf_buffer_append_literal(&text, ",\"ts_ns\":");
	wf_json_int64(&text, now_ns);
	wf_buffer_append_char(&text, '}');
	times->now_ns = now_ns;
	times->length = text.length;
}

/* From the transaction member to the end of a row's or table's event. */
static void
write_event_tail(const WfRowContext *context, WfOperation operation)
{
	WfBuffer   *buffer = context->session->buffer;
	WfEventTimes *times = &context->session->times;

	wf_buffer_append_char(buffer, ',');
	wf_transaction_block_write(context->session, context->transaction, context->lsn);
	wf_buffer_append_literal(buffer, ",\"op\":\"");
	wf_buffer_append_char(buffer, (char) operation);
	if (times->length == 0 || times->now_ns != context->now_ns)
		render_times(times, context->now_ns);
	wf_buffer_append(buffer, times->text, times->length);
}

static void
write_row_value(const WfRowContext *context, const WfRowEvent *event,
				const WfAdditions *additions, bool report)
{
	WfSession  *session = context->session;
	WfBuffer   *buffer = session->buffer;
	const WfRowPlan *plan = context->plan;
	uint64_t	replaced = session->form.replaced;

	if (plan->unwrap != NULL)
	{
		wf_unwrapped_write(context, event, &additions->dropped, report);
		return;
	}
	wf_buffer_append_literal(buffer, "{\"before\":");
	if (event->before.row != NULL)
		wf_row_image_write(session, plan, event->before, false, report);
	else
		wf_json_null(buffer);
	wf_buffer_append_literal(buffer, ",\"after\":");
	/* characters that were replaced count in each image */
	if (event->after.row != NULL)
		wf_row_image_write(session, plan, event->after,
						   event->before.row != NULL && session->form.replaced == replaced,
						   report);
	else
		wf_json_null(buffer);
	wf_buffer_append_char(buffer, ',');
	wf_source_block_write(session, wf_plan_text(plan, plan->source_table), context->lsn);
	write_event_tail(context, event->operation);
}

static inline bool
shows_before(const WfRowPlan *plan, const WfRowEvent *event)
{
	return plan->unwrap == NULL || event->operation == WF_OPERATION_DELETE;
}

/* The headers that tell what Debezium's JSON hides. */
static void
add_walferry_headers(const WfRowContext *context, WfRecord *record, const WfRowEvent *event,
					 WfRange unavailable, WfRange defaulted)
{
	if (!context->session->options.walferry_headers)
		return;
	if (unavailable.length > 0)
		wf_record_add_header(record, WF_LITERAL("__walferry.unavailable"),
							 wf_session_text(context->session, unavailable));
	if (defaulted.length > 0)
		wf_record_add_header(record, WF_LITERAL("__walferry.defaulted"),
							 wf_session_text(context->session, defaulted));
	if (event->before.row != NULL && shows_before(context->plan, event))
		wf_record_add_header(record, WF_LITERAL("__walferry.before"),
							 event->before_is_full ? WF_LITERAL("full") : WF_LITERAL("key"));
}

/* ---- rows ---- */

/* Is the value null, but no tombstone? */
static inline bool
is_shown_as_null(const WfRowPlan *plan, const WfRowEvent *event)
{
	return plan->unwrap != NULL &&
		wf_unwrapped(plan->unwrap, event->operation) == WF_UNWRAPPED_NULL;
}

/*
 * The textual output tells such a value from a tombstone as what is no JSON, but
 * in an enclosure.  There is no row that could be described.
 */
static void
set_null(const WfRowContext *context, const WfRowEvent *event, WfRecord *record)
{
	record->schema_id = 0;
	record->fingerprint = NULL;
	if (context->session->options.value_schemas)
		enclose_record(context, event, true, record);
	else
		record->value_form = WF_RECORD_TEXT;
}

/* Fills the record of a row event; its slices live until session->text changes. */
static WfWriteResult
prepare_row_record(const WfRowContext *context, const WfRowEvent *event, WfAdditions *additions,
				   WfRecord *record)
{
	WfSession  *session = context->session;
	WfRange		unavailable = {0, 0};
	WfRange		defaulted = {0, 0};
	WfRowImage	image = event->after.row != NULL ? event->after : event->before;
	bool		is_null = is_shown_as_null(context->plan, event);
	WfWriteResult result;

	if (additions != NULL)
		wf_additions_render(context, event, additions);
	if (session->options.walferry_headers && !is_null)
	{
		if (!context->is_complete)
			wf_row_unavailable_write(session, context->plan, image, &unavailable);
		wf_row_defaulted_write(session, context->plan, image, &defaulted);
	}
	result = wf_write_result(session->text);
	if (result != WF_WRITE_OK)
		return result;

	start_plan_record(context, record);
	if (additions != NULL)
		result = wf_additions_route(context, event, record);
	if (result == WF_WRITE_OK)
		result = wf_record_describe_routed(session, context->plan, record);
	set_key(context, record, event, additions);
	if (additions != NULL && additions->dropped.any)
		wf_record_enclose(session, record, context->plan->text, &no_enclosure);
	else
		enclose_record(context, event, false, record);
	if (is_null)
		set_null(context, event, record);
	else
		add_walferry_headers(context, record, event, unavailable, defaulted);
	return result;
}

/* Was a value left unread that the records show? */
static bool
is_unread(const WfRowContext *context, const WfRowEvent *event)
{
	bool		reads_before = shows_before(context->plan, event) || context->plan->reads_before;

	return context->has_unread && !is_shown_as_null(context->plan, event) &&
		((event->before.row != NULL && reads_before &&
		  wf_row_image_is_unread(context->plan, event->before)) ||
		 (event->after.row != NULL && wf_row_image_is_unread(context->plan, event->after)));
}

/* What has to be there before an event: the transaction's BEGIN, the table's shape. */
static WfWriteResult
announce_event(const WfRowContext *context)
{
	WfWriteResult result = wf_transaction_count(context->session, context->transaction,
												context->plan, context->lsn);

	if (result == WF_WRITE_OK && context->plan->news != WF_NEWS_TOLD)
		result = wf_schema_change_write(context->session, context->transaction, context->plan,
										context->lsn);
	return result;
}

/* The same of those columns that an EventRouter looks at. */
static bool
is_unread_by_outbox(const WfRowContext *context, const WfRowEvent *event)
{
	const WfRowPlan *plan = context->plan;

	for (int i = 0; context->has_unread && i < plan->relation->column_count; i++)
		if (wf_outbox_uses(plan->outbox, i) &&
			wf_row_column_is_unread(plan, event->after, i))
			return true;
	return false;
}

/* What an EventRouter makes of an event. */
static WfWriteResult
write_outbox_event(const WfRowContext *context, const WfRowEvent *event)
{
	WfOutboxEvent out = {
		.operation = event->operation, .lsn = context->lsn, .row = event->after,
		.is_unread = event->after.row != NULL && is_unread_by_outbox(context, event),
		.other_key_header = event->other_key_header, .other_key = event->other_key
	};

	return wf_outbox_write(context->session, context->transaction, context->plan, &out);
}

/* A key so long that session->text cannot hold it, or what is added to it: a stub without one. */
static WfWriteResult
write_keyless_stub(const WfRowContext *context)
{
	WfWriteResult result;
	WfRecord	record;

	if (context->plan->outbox != NULL)
	{
		const WfOutboxEvent out = {
			.operation = WF_OPERATION_CREATE, .lsn = context->lsn, .is_unread = true
		};

		return wf_outbox_write(context->session, context->transaction, context->plan, &out);
	}
	start_plan_record(context, &record);
	result = wf_record_describe_routed(context->session, context->plan, &record);
	if (result != WF_WRITE_OK)
		return result;
	wf_record_enclose(context->session, &record, context->plan->text, &context->plan->enclosure);
	record.position = wf_record_position(context->transaction, context->lsn);
	return wf_record_write_stub(context->session, context->transaction, &record, 0,
								WF_LITERAL("the key is too large"));
}

/* What a record could not be prepared for; result: why.  text_mark: as in session->text before. */
static WfWriteResult
give_up_record(const WfRowContext *context, WfWriteResult result, size_t text_mark)
{
	WfSession  *session = context->session;

	wf_buffer_cut(session->text, text_mark);
	return result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME ?
		write_keyless_stub(context) : result;
}

WfWriteResult
wf_write_row_event(const WfRowContext *context, const WfRowEvent *event)
{
	WfSession  *session = context->session;
	size_t		text_mark = session->text->length;
	uint64_t	value_bytes = 0;
	WfAdditions room;
	WfAdditions *additions = context->plan->is_transformed ? &room : NULL;
	WfRecord	record;
	WfRecordWriter writer;
	WfWriteResult result = WF_WRITE_OK;

	/* a row that was read belongs to no transaction of anybody's */
	if (event->operation != WF_OPERATION_READ)
		result = announce_event(context);
	if (context->plan->outbox != NULL)
		return result == WF_WRITE_OK ? write_outbox_event(context, event) : result;
	if (result != WF_WRITE_OK)
		return result;
	result = prepare_row_record(context, event, additions, &record);
	if (result != WF_WRITE_OK)
		return give_up_record(context, result, text_mark);

	record.position = wf_record_position(context->transaction, context->lsn);
	if (is_unread(context, event))
		result = WF_WRITE_TOO_LARGE;
	else
	{
		wf_record_open(session, context->transaction, &record, &writer);
		write_row_value(context, event, additions, true);
		result = wf_record_close(session, context->transaction, &writer, &value_bytes);
	}
	if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
	{
		uint64_t	texts = 0;

		if (event->before.row != NULL)
			texts += wf_row_image_bytes_at_least(context->plan, event->before);
		if (event->after.row != NULL)
			texts += wf_row_image_bytes_at_least(context->plan, event->after);
		result = wf_record_write_stub(session, context->transaction, &record,
									  value_bytes > texts ? value_bytes : texts,
									  WF_LITERAL("the record is larger than record.max.bytes"));
	}
	wf_buffer_cut(session->text, text_mark);
	return result;
}

WfWriteResult
wf_rehearse_row_event(const WfRowContext *context, const WfRowEvent *event, int events_before)
{
	WfSession  *session = context->session;
	WfTransaction foreseen = wf_transaction_foresee(session, context->transaction, context->plan,
													events_before + 1);
	WfRowContext rehearsal = *context;
	size_t		text_mark = session->text->length;
	WfAdditions room;
	WfAdditions *additions = context->plan->is_transformed ? &room : NULL;
	WfRecord	record;
	WfRecordWriter writer;
	WfWriteResult result;

	if (context->plan->outbox != NULL)
		return WF_WRITE_OK;		/* the delete that it could fail behind is not
								 * written */
	if (is_unread(context, event))
		return WF_WRITE_TOO_LARGE;
	rehearsal.transaction = &foreseen;
	result = prepare_row_record(&rehearsal, event, additions, &record);
	if (result == WF_WRITE_OK)
	{
		memset(&record.position, 0, sizeof(record.position));	/* all are of one length */
		wf_record_open(session, &foreseen, &record, &writer);
		write_row_value(&rehearsal, event, additions, false);
		result = wf_record_abandon(session, &writer);
	}
	wf_buffer_cut(session->text, text_mark);
	return result;
}

/*
 * The record that lets a compacted topic forget a key.  None where other rows
 * may have the same, because a member (NaN in a numeric) has no form.
 * in_place: it stands for the delete itself.
 */
static WfWriteResult
write_tombstone(const WfRowContext *context, const WfRowEvent *event, bool in_place)
{
	WfSession  *session = context->session;
	size_t		text_mark = session->text->length;
	uint64_t	value_bytes;
	WfAdditions room;
	WfAdditions *additions = context->plan->is_transformed ? &room : NULL;
	WfRecord	record;
	WfRecordWriter writer;
	WfWriteResult result;

	if (context->plan->outbox != NULL ||
		(!session->options.tombstones_on_delete && !in_place) ||
		session->output == WF_OUTPUT_ENVELOPE || event->key.length == 0 || !event->key_is_exact)
		return WF_WRITE_OK;

	if (additions != NULL)
		wf_additions_render(context, event, additions);
	result = wf_write_result(session->text);
	start_plan_record(context, &record);
	if (result == WF_WRITE_OK && in_place)
		result = wf_additions_route(context, event, &record);
	if (result == WF_WRITE_OK)
		result = wf_record_describe_routed(session, context->plan, &record);
	if (result != WF_WRITE_OK)
		return give_up_record(context, result, text_mark);
	set_key(context, &record, event, additions);
	enclose_record(context, event, false, &record);
	record.has_value = false;
	record.schema_id = 0;		/* nothing in it to describe */
	record.fingerprint = NULL;
	record.position = wf_record_position(context->transaction, context->lsn);
	wf_record_open(session, context->transaction, &record, &writer);
	result = wf_record_close(session, context->transaction, &writer, &value_bytes);
	if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
		result = wf_record_write_stub(session, context->transaction, &record, 0,
									  WF_LITERAL("the tombstone is larger than record.max.bytes"));
	wf_buffer_cut(session->text, text_mark);
	return result;
}

/* What ExtractNewRecordState leaves of a delete and its tombstone. */
static WfWriteResult
write_unwrapped_delete(const WfRowContext *context, const WfRowEvent *event)
{
	const WfTransform *unwrap = context->plan->unwrap;
	WfUnwrapped left = wf_unwrapped(unwrap, event->operation);
	WfWriteResult result = left == WF_UNWRAPPED_NOTHING || left == WF_UNWRAPPED_TOMBSTONE ?
	announce_event(context) : wf_write_row_event(context, event);

	if (result == WF_WRITE_OK && left == WF_UNWRAPPED_TOMBSTONE)
		return write_tombstone(context, event, true);
	if (result == WF_WRITE_OK &&
		unwrap->as.unwrap.delete_handling == WF_DELETES_REWRITE_WITH_TOMBSTONE)
		return write_tombstone(context, event, false);
	return result;
}

WfWriteResult
wf_write_delete(const WfRowContext *context, const WfRowEvent *event)
{
	WfWriteResult result;

	if (context->plan->unwrap != NULL)
		return write_unwrapped_delete(context, event);
	result = wf_write_row_event(context, event);
	return result == WF_WRITE_OK ? write_tombstone(context, event, false) : result;
}

static bool
is_skipped(const WfSession *session, WfOperation operation)
{
	int			skipped = session->options.skipped_operations;

	switch (operation)
	{
		case WF_OPERATION_CREATE:
			return (skipped & WF_SKIP_CREATE) != 0;
		case WF_OPERATION_UPDATE:
			return (skipped & WF_SKIP_UPDATE) != 0;
		case WF_OPERATION_DELETE:
			return (skipped & WF_SKIP_DELETE) != 0;
		case WF_OPERATION_READ:
			break;
	}
	return false;
}

static bool
keys_differ(const WfSession *session, WfRange a, WfRange b)
{
	return a.length != b.length ||
		memcmp(session->text->data + a.offset, session->text->data + b.offset, a.length) != 0;
}

static WfWriteResult
write_change(const WfRowContext *context, const WfRowChange *change)
{
	WfSession  *session = context->session;
	WfKeyChange keys = {.old_key_is_exact = true};
	bool		changes_key;
	WfRowImage	image;
	WfRowEvent	event = {
		.operation = change->operation,
		.before = {.row = change->old_row},
		.before_is_full = change->old_is_full,
		.after = {.row = change->new_row, .fill = change->old_row}
	};
	WfWriteResult result;

	image = change->operation == WF_OPERATION_DELETE ? event.before : event.after;
	event.key_is_exact = wf_row_key_write(session, context->plan, image, &event.key) &&
		!change->keys_are_alike;
	if (event.key.length == 0 && change->identity != NULL)
		wf_substitute_take(context, change, image, &event);
	if (change->operation == WF_OPERATION_UPDATE && change->old_row != NULL &&
		!wf_row_key_is_unchanged(context->plan, event.after))
		keys.old_key_is_exact = wf_row_key_write(session, context->plan, event.before,
												 &keys.old_key) && !change->keys_are_alike;
	keys.new_key = event.key;
	changes_key = keys.old_key.length > 0 && keys.new_key.length > 0 &&
		!event.key_is_substitute && session->text->error == WF_BUFFER_OK &&
		keys_differ(session, keys.old_key, keys.new_key);
	if (changes_key)
		wf_key_change_render(context, &keys);

	result = wf_write_result(session->text);
	if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
	{
		wf_buffer_cut(session->text, session->text_fixed_length);
		session->source_block.filled = false;
		result = announce_event(context);
		return result == WF_WRITE_OK ? write_keyless_stub(context) : result;
	}
	if (result != WF_WRITE_OK)
		return result;

	if (changes_key)
		return wf_write_key_change(context, change, &keys);
	if (change->operation == WF_OPERATION_DELETE)
		return wf_write_delete(context, &event);
	if (session->options.skip_messages_without_change &&
		change->operation == WF_OPERATION_UPDATE && change->old_is_full &&
		change->old_row != NULL &&
		wf_row_images_equal(session, context->plan, event.before, event.after))
		return WF_WRITE_SKIPPED;
	return wf_write_row_event(context, &event);
}

void
wf_transaction_place_read(WfTransaction *transaction, uint64_t first_chunk, uint64_t row,
						  WfSnapshotMark mark)
{
	transaction->mark = mark;
	transaction->chunk = first_chunk + row / WF_SNAPSHOT_CHUNK_ROWS;
	transaction->last_lsn = transaction->chunk;
	transaction->next_n = (uint32_t) (row % WF_SNAPSHOT_CHUNK_ROWS);
}

WfWriteResult
wf_write_row(WfSession *session, WfTransaction *transaction, WfRowPlan *plan,
			 const WfRowChange *change)
{
	WfRowContext context = {session, transaction, plan, change->lsn, change->has_unread,
	change->is_complete, 0};
	WfSnapshotMark mark = WF_SNAPSHOT_NONE;
	WfWriteResult result;

	if (is_skipped(session, change->operation))
		return WF_WRITE_SKIPPED;
	if (change->operation == WF_OPERATION_DELETE && change->old_row == NULL)
		return WF_WRITE_SKIPPED;	/* which row it was, the WAL does not tell */

	session->unchecked_bytes = 0;
	context.now_ns = session->now_ns(session->host);
	if (change->operation == WF_OPERATION_READ)
		mark = transaction->mark != WF_SNAPSHOT_NONE ? transaction->mark : WF_SNAPSHOT_TRUE;
	wf_source_block_prepare(session, transaction, transaction->commit_time_us, mark);
	result = wf_write_result(session->text);
	if (result == WF_WRITE_OK && plan->outbox == NULL)
		result = wf_record_describe_plan(session, plan);
	if (result != WF_WRITE_OK)
		return result;
	return write_change(&context, change);
}

/* ---- truncate ---- */

WfWriteResult
wf_write_truncate(WfSession *session, WfTransaction *transaction, WfRowPlan *plan, uint64_t lsn)
{
	WfRowContext context = {session, transaction, plan, lsn, false, true, 0};
	WfRowEvent	event = {.key = {0, 0}};
	uint64_t	value_bytes;
	WfAdditions additions;
	WfRecord	record;
	WfRecordWriter writer;
	WfWriteResult result;

	if ((session->options.skipped_operations & WF_SKIP_TRUNCATE) != 0)
		return WF_WRITE_SKIPPED;

	context.now_ns = session->now_ns(session->host);
	wf_source_block_prepare(session, transaction, transaction->commit_time_us, WF_SNAPSHOT_NONE);
	result = wf_write_result(session->text);
	if (result == WF_WRITE_OK && plan->outbox == NULL)
		result = wf_record_describe_plan(session, plan);
	if (result == WF_WRITE_OK)
		result = announce_event(&context);
	if (result == WF_WRITE_OK && plan->outbox != NULL)
	{
		wf_outbox_truncated(session, plan);
		return WF_WRITE_SKIPPED;
	}
	if (result != WF_WRITE_OK)
		return result;
	if (plan->unwrap != NULL)
		return WF_WRITE_SKIPPED;	/* a truncation has no row */

	if (plan->is_transformed)
		wf_additions_render(&context, &event, &additions);
	result = wf_write_result(session->text);
	if (result != WF_WRITE_OK)
		return result;
	start_plan_record(&context, &record);
	set_key(&context, &record, &event, plan->is_transformed ? &additions : NULL);
	enclose_record(&context, &event, false, &record);
	record.position = wf_record_position(transaction, lsn);
	wf_record_open(session, transaction, &record, &writer);
	wf_buffer_append_literal(session->buffer, "{\"before\":null,\"after\":null,");
	wf_source_block_write(session, wf_plan_text(plan, plan->source_table), lsn);
	write_event_tail(&context, 't');
	result = wf_record_close(session, transaction, &writer, &value_bytes);
	if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
		result = wf_record_write_stub(session, transaction, &record, value_bytes,
									  WF_LITERAL("the record is larger than record.max.bytes"));
	return result;
}
