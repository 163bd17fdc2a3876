/*
 * json_scalar.c
 *		A string or number of somebody else's JSON, written anew.
 *
 * Most have one spelling only, and are written as they stand: integers, which the
 * tokeniser allows no zeros in front, and strings without a backslash, which the
 * writer looks through as it does those of rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_scalar.h"

#include "read_text.h"

static bool
is_integer(WfSlice number)
{
	for (size_t i = 0; i < number.length; i++)
		if (number.data[i] == '.' || number.data[i] == 'e' || number.data[i] == 'E')
			return false;
	return true;
}

WfSlice
wf_json_number_text(WfSlice number, char room[WF_FLOAT_TEXT_MAX])
{
	if (is_integer(number))
		return wf_slice_equal(number, WF_LITERAL("-0")) ? WF_LITERAL("0") : number;
	return wf_slice(room, wf_float8_text(room, wf_read_float8_unbounded(number)));
}

void
wf_json_number(WfBuffer *buffer, WfSlice number)
{
	if (is_integer(number))
	{
		char		room[WF_FLOAT_TEXT_MAX];

		wf_buffer_append_slice(buffer, wf_json_number_text(number, room));
	}
	else
		wf_json_float8(buffer, wf_read_float8_unbounded(number));
}

void
wf_json_string_anew(WfBuffer *buffer, WfTextForm *form, WfSlice raw, WfBuffer *scratch)
{
	size_t		mark = scratch->length;

	if (raw.length == 0 || memchr(raw.data, '\\', raw.length) == NULL)
	{
		wf_json_string(buffer, form, raw.data, raw.length);
		return;
	}
	wf_json_unescape(raw, scratch);
	if (scratch->error != WF_BUFFER_OK)
		buffer->error = scratch->error;
	raw = wf_buffer_since(scratch, mark);
	wf_json_string(buffer, form, raw.data, raw.length);
	wf_buffer_cut(scratch, mark);
}
