/*
 * changed_columns.c
 *		Which columns an update has changed: what ExtractChangedRecordState adds.
 *
 * Only an update whose old row the WAL has tells; other events have empty lists
 * (Debezium 3.7's ExtractChangedRecordState).  Of an old row that is known in part
 * Debezium takes the rest for NULL: a column that has become NULL would be called
 * unchanged, and drop.fields.header.name would lose it.  compat=debezium does that.
 * A list is written as Kafka Connect's SimpleHeaderConverter does, which escapes
 * quotes and backslashes only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "changed_columns.h"

#include "name_adjust.h"

void
wf_changed_columns_find(const WfRowContext *context, const WfRowEvent *event,
						WfChangedColumns *columns)
{
	const WfRowPlan *plan = context->plan;

	columns->told = event->before.row != NULL && event->after.row != NULL &&
		(event->before_is_full || context->session->options.compat == WF_COMPAT_DEBEZIUM);
	for (int i = 0; columns->told && i < plan->relation->column_count; i++)
		columns->changed[i] = !plan->columns[i].field.self.omitted &&
			wf_row_column_is_changed(context->session, plan, event->before, event->after, i);
}

static void
write_quoted(WfBuffer *text, WfSlice name)
{
	wf_buffer_append_char(text, '"');
	for (size_t i = 0; i < name.length; i++)
	{
		if (name.data[i] == '"' || name.data[i] == '\\')
			wf_buffer_append_char(text, '\\');
		wf_buffer_append_char(text, name.data[i]);
	}
	wf_buffer_append_char(text, '"');
}

void
wf_changed_columns_write(const WfRowContext *context, const WfChangedColumns *columns,
						 bool changed)
{
	const WfSession *session = context->session;
	const WfRowPlan *plan = context->plan;
	WfBuffer   *text = session->text;
	bool		first = true;

	wf_buffer_append_char(text, '[');
	for (int i = 0; columns->told && i < plan->relation->column_count; i++)
	{
		WfAdjustedName room;

		if (plan->columns[i].field.self.omitted || columns->changed[i] != changed)
			continue;
		if (!first)
			wf_buffer_append_char(text, ',');
		write_quoted(text, wf_field_name_adjust(session->options.field_names,
												plan->relation->columns[i].name, &room));
		first = false;
	}
	wf_buffer_append_char(text, ']');
}
