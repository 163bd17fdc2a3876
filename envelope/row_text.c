/*
 * row_text.c
 *		A column's value as plain text, as headers and bare texts have it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_text.h"

#include "json_reader.h"
#include "numeric_text.h"

/* What BigDecimal.toString() prints, where the JSON has it in base64. */
static bool
write_decimal(const WfRowPlan *plan, WfRowImage image, int column, WfBuffer *out)
{
	const WfColumnPlan *column_plan = &plan->columns[column];
	const WfValue *value = wf_row_image_value(image, column);

	if (column_plan->field.self.form != WF_FORM_DECIMAL ||
		column_plan->rule.action != WF_COLUMN_COPY ||
		plan->relation->columns[column].type.kind != WF_TYPE_NUMERIC ||
		value->state != WF_VALUE_PRESENT || value->as.numeric.sign > WF_NUMERIC_NEGATIVE)
		return false;
	wf_numeric_java_text(out, &value->as.numeric, column_plan->field.self.scale);
	return true;
}

bool
wf_row_text_write(WfSession *session, const WfRowPlan *plan, WfRowImage image, int column,
				  WfBuffer *out)
{
	WfBuffer   *scratch = session->scratch;
	WfSlice		json;

	if (write_decimal(plan, image, column, out))
		return true;
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
	if (json.data[0] == '"')
		wf_json_unescape(wf_slice(json.data + 1, json.length - 2), out);
	else
		wf_buffer_append_slice(out, json);
	return true;
}
