/*
 * outbox_row.c
 *		What an EventRouter finds in the rows of an outbox table.
 *
 * Columns are shown as in the table's own events: by masks, defaults, placeholders and
 * modes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "outbox_maker.h"

#include "row_text.h"

static const WfValue *
value_of(const WfOutboxMaker *maker, int column)
{
	return wf_row_image_value(maker->event->row, column);
}

/* A bytea's bytes, which column.truncate.to.N.chars may have cut. */
static WfSlice
bytes_of(const WfOutboxMaker *maker, int column)
{
	const WfColumnRule *rule = &maker->row_plan->columns[column].rule;
	const WfValue *value = value_of(maker, column);
	WfSlice		bytes = value->as.bytes;

	if (value->state != WF_VALUE_PRESENT)
		return wf_slice(NULL, 0);
	if (bytes.length == 0)
		return WF_LITERAL("");
	if (rule->action == WF_COLUMN_TRUNCATE && bytes.length > (size_t) rule->length)
		bytes.length = (size_t) rule->length;
	return bytes;
}

static bool
write_text(const WfOutboxMaker *maker, int column, WfBuffer *out)
{
	return wf_row_text_write(maker->session, maker->row_plan, maker->event->row, column, out);
}

static bool
read_integer(const WfOutboxMaker *maker, int column, int64_t *integer)
{
	const WfValue *value = value_of(maker, column);

	if (value->state != WF_VALUE_PRESENT ||
		maker->row_plan->columns[column].rule.action != WF_COLUMN_COPY)
		return false;
	*integer = value->as.integer;
	return true;
}

static bool
is_null(const WfOutboxMaker *maker, int column)
{
	WfBuffer   *scratch = maker->session->scratch;

	if (value_of(maker, column)->state == WF_VALUE_PRESENT)
		return false;
	wf_buffer_cut(scratch, 0);
	wf_row_value_write(maker->session, scratch, maker->row_plan, maker->event->row, column);
	return wf_is_null_json(wf_buffer_since(scratch, 0));
}

static void
write_json(const WfOutboxMaker *maker, int column, WfBuffer *out)
{
	wf_row_value_write(maker->session, out, maker->row_plan, maker->event->row, column);
}

static void
write_schema(const WfOutboxMaker *maker, int extra, WfBuffer *out)
{
	const WfOutboxPlan *plan = maker->plan;
	WfRange		schema = extra < 0 ? plan->payload_schema : plan->extras[extra].schema;

	wf_buffer_append(out, plan->text->data + schema.offset, schema.length);
}

static WfSlice
name_of(const WfOutboxMaker *maker, int column)
{
	return maker->row_plan->relation->columns[column].name;
}

static void
tell(const WfOutboxMaker *maker, WfOutboxNotice notice, int column)
{
	WfOutboxReport report = {
		.notice = notice, .column = column, .lsn = maker->event != NULL ? maker->event->lsn : 0
	};

	if (notice == WF_OUTBOX_NOT_EXPANDED)
	{
		report.reason = maker->fault;
		report.offset = maker->fault_at;
	}
	if (wf_outbox_is_news(maker->plan, notice) && maker->session->outbox_notice != NULL)
		maker->session->outbox_notice(maker->session->host, maker->row_plan, &report);
}

static uint64_t
bytes_at_least(const WfOutboxMaker *maker)
{
	return maker->event->row.row == NULL ? 0 :
		wf_row_image_bytes_at_least(maker->row_plan, maker->event->row);
}

static const WfOutboxSource row_source = {
	.write_text = write_text, .write_json = write_json, .write_schema = write_schema,
	.bytes = bytes_of, .is_null = is_null, .read_integer = read_integer,
	.bytes_at_least = bytes_at_least, .name = name_of, .tell = tell
};

WfWriteResult
wf_outbox_write(WfSession *session, WfTransaction *transaction, const WfRowPlan *row_plan,
				const WfOutboxEvent *event)
{
	size_t		text_mark = session->text->length;
	WfWriteResult result;
	WfOutboxMaker maker;

	wf_outbox_maker_init(&maker);
	maker.session = session;
	maker.row_plan = row_plan;
	maker.plan = row_plan->outbox;
	maker.event = event;
	if (event->operation == WF_OPERATION_UPDATE)
		tell(&maker, WF_OUTBOX_UPDATE_IGNORED, WF_OUTBOX_NONE);
	if (event->operation == WF_OPERATION_UPDATE || event->operation == WF_OPERATION_DELETE)
		return WF_WRITE_OK;

	maker.transaction = transaction;
	maker.source = &row_source;
	maker.is_unread = event->is_unread;
	maker.expands = maker.plan->expands;
	maker.own_topic = wf_plan_text(row_plan, row_plan->topic);
	maker.other_key_header = event->other_key_header;
	maker.other_key = event->other_key;
	maker.has_context = true;
	maker.record.position = wf_record_position(transaction, event->lsn);
	result = wf_outbox_make(&maker);
	wf_buffer_cut(session->text, text_mark);
	return result;
}

void
wf_outbox_truncated(WfSession *session, const WfRowPlan *row_plan)
{
	WfOutboxMaker maker;

	wf_outbox_maker_init(&maker);
	maker.session = session;
	maker.row_plan = row_plan;
	maker.plan = row_plan->outbox;
	tell(&maker, WF_OUTBOX_TRUNCATE_IGNORED, WF_OUTBOX_NONE);
}
