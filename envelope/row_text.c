/*
 * row_text.c
 *		A column's value as plain text, as headers and bare texts have it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_text.h"

#include "header_text.h"

void
wf_header_text_write(WfSession *session, WfBuffer *out, const WfField *field, WfSlice json,
					 bool is_inside)
{
	for (size_t at = 0; at < json.length;)
	{
		size_t		next = wf_header_text_part(out, field, json, at, is_inside);

		wf_session_count_bytes(session, next - at);
		at = next;
	}
}

bool
wf_row_text_write(WfSession *session, const WfRowPlan *plan, WfRowImage image, int column,
				  WfBuffer *out)
{
	const WfColumnPlan *column_plan = &plan->columns[column];
	WfBuffer   *scratch = session->scratch;
	WfSlice		json;

	wf_buffer_cut(scratch, 0);
	wf_row_value_write(session, scratch, plan, image, column);
	if (scratch->error != WF_BUFFER_OK)
	{
		if (out->error == WF_BUFFER_OK)
			out->error = scratch->error;
		return false;
	}
	json = wf_buffer_since(scratch, 0);
	if (wf_is_null_json(json))
		return false;
	wf_header_text_write(session, out, column_plan->rule.action == WF_COLUMN_COPY ?
						 &column_plan->field.self : NULL, json, false);
	return true;
}
