/*
 * key_change.c
 *		An update that changes the row's key, and a row that does not tell its key.
 *
 * The former is a delete, tombstone and create (Debezium's RelationalChangeRecordEmitter).  In
 * textual output each record leaves at once, and a create that proved too large
 * afterwards would leave a row deleted that exists; so the create is tried first,
 * with the numbers that the delete before it will leave it in the transaction's
 * metadata, and the delete cannot leave before it is complete itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_event.h"

#include "event_schema.h"
#include "json_reader.h"
#include "row_text.h"

/*
 * Between the records of a key change frame output is flushed above this, so
 * that two records of the largest size need not fit the buffer at once.
 */
#define MIDWAY_FLUSH_BYTES (1024 * 1024)

/* The plan of the key's member; head: its name in quotes, and the colon. */
static const WfColumnPlan *
find_member(const WfRowPlan *plan, WfSlice head)
{
	const WfRelation *relation = plan->relation;

	for (int i = 0; i < relation->key_count + relation->column_count; i++)
	{
		const WfColumnPlan *column = i < relation->key_count ? &plan->key[i] :
		&plan->columns[i - relation->key_count];

		if (wf_slice_equal(head, wf_plan_name(plan, column)))
			return column;
	}
	return NULL;
}

static void
write_key_header(WfSession *session, const WfRowPlan *plan, WfSlice key, WfBuffer *out)
{
	WfJsonReader reader;
	WfJsonToken token;
	bool		first = true;

	wf_json_reader_init(&reader, key.data, key.length);
	wf_buffer_append_char(out, '{');
	(void) wf_json_next(&reader);
	while (wf_json_next(&reader) == WF_TOKEN_NAME)
	{
		WfSlice		name = wf_slice(reader.text.data - 1, reader.text.length + 2);
		const WfColumnPlan *column = find_member(plan, wf_slice(name.data, name.length + 1));
		const WfField *field = column != NULL && column->rule.action == WF_COLUMN_COPY ?
		&column->field.self : NULL;
		WfSlice		value;

		wf_buffer_append(out, ",", first ? 0 : 1);
		first = false;
		wf_header_text_write(session, out, NULL, name, true);
		wf_buffer_append_char(out, ':');
		token = wf_json_next(&reader);
		if (!wf_json_skip(&reader, token, &value))
			break;
		wf_header_text_write(session, out, field, value, true);
	}
	wf_buffer_append_char(out, '}');
}

/* Appends the header that has the key, which stands in the same text. */
static WfRange
render_key_header(const WfRowContext *context, WfRange key)
{
	WfSession  *session = context->session;
	WfBuffer   *text = session->text;
	WfBuffer   *scratch = session->scratch;
	WfRange		header = {text->length, 0};

	wf_buffer_cut(scratch, 0);
	write_key_header(session, context->plan, wf_session_text(session, key), scratch);
	if (scratch->error == WF_BUFFER_OK)
		wf_buffer_append(text, scratch->data, scratch->length);
	else if (text->error == WF_BUFFER_OK)
		text->error = scratch->error;
	header.length = text->length - header.offset;
	return header;
}

void
wf_substitute_take(const WfRowContext *context, const WfRowChange *change, WfRowImage image,
				   WfRowEvent *event)
{
	const WfRowPlan *plan = context->plan;
	WfSession  *session = context->session;
	WfBuffer   *text = session->text;
	WfRange		payload;
	size_t		mark;

	event->key_is_exact = wf_row_substitute_write(session, plan, image, change->identity,
												  &payload);
	event->key = payload;
	event->key_is_substitute = payload.length > 0;
	if (!event->key_is_substitute || !session->options.key_schemas || plan->outbox != NULL)
		return;
	mark = text->length;
	if (plan->is_transformed)
	{
		wf_substitute_schema_write(text, plan, change->identity);
		event->key_schema = wf_range_since(text, mark);
		return;
	}
	wf_buffer_append_literal(text, "{\"schema\":");
	wf_substitute_schema_write(text, plan, change->identity);
	wf_buffer_append_literal(text, ",\"payload\":");
	wf_buffer_repeat(text, payload.offset, payload.length);
	wf_buffer_append_char(text, '}');
	event->key = wf_range_since(text, mark);
}

void
wf_key_change_render(const WfRowContext *context, WfKeyChange *keys)
{
	keys->old_header = render_key_header(context, keys->old_key);
	keys->new_header = render_key_header(context, keys->new_key);
}

WfWriteResult
wf_write_key_change(const WfRowContext *context, const WfRowChange *change,
					const WfKeyChange *keys)
{
	WfSession  *session = context->session;
	int			skipped = session->options.skipped_operations;
	WfWriteResult result = WF_WRITE_SKIPPED;
	WfRowEvent	deletion = {
		.operation = WF_OPERATION_DELETE,
		.before = {.row = change->old_row},
		.before_is_full = change->old_is_full,
		.key = keys->old_key,
		.key_is_exact = keys->old_key_is_exact,
		.other_key_header = "__debezium.newkey",
		.other_key = keys->new_header
	};
	WfRowEvent	creation = {
		.operation = WF_OPERATION_CREATE,
		.after = {.row = change->new_row, .fill = change->old_row},
		.key = keys->new_key,
		.other_key_header = "__debezium.oldkey",
		.other_key = keys->old_header
	};

	if ((skipped & WF_SKIP_DELETE) == 0)
	{
		if (session->output != WF_OUTPUT_FRAME && (skipped & WF_SKIP_CREATE) == 0)
		{
			result = wf_rehearse_row_event(context, &creation, 1);
			if (result != WF_WRITE_OK)
				return result;
		}
		result = wf_write_delete(context, &deletion);
		if (result != WF_WRITE_OK)
			return result;
		if (session->output == WF_OUTPUT_FRAME && session->buffer->length > MIDWAY_FLUSH_BYTES)
			session->flush(session->host);
	}
	if ((skipped & WF_SKIP_CREATE) == 0)
		result = wf_write_row_event(context, &creation);
	return result;
}
