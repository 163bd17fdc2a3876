/*
 * value_hstore.c
 *		hstore, from its output text: "key"=>"value", "key"=>NULL, …
 *
 * With hstore.handling.mode=json the value is a string that holds a JSON
 * object, with map the object itself.  Members stand as PostgreSQL keeps them;
 * Debezium's come as a Java hash map yields them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value_forms.h"

/* Where the text is read. */
typedef struct HstoreCursor
{
	const char *at;
	const char *end;
} HstoreCursor;

static bool
skip_text(HstoreCursor *cursor, const char *expected)
{
	size_t		length = strlen(expected);

	if ((size_t) (cursor->end - cursor->at) < length ||
		memcmp(cursor->at, expected, length) != 0)
		return false;
	cursor->at += length;
	return true;
}

/* A character of the object that is itself inside a JSON string. */
static void
append_inner_char(WfBuffer *buffer, char c)
{
	static const char hex[] = "0123456789ABCDEF";
	const char *found = strchr("\"\"\\\\\bb\ff\nn\rr\tt", c);
	const unsigned char byte = (unsigned char) c;

	if (c == '"' || c == '\\')
	{
		wf_buffer_append_char(buffer, '\\');
		wf_buffer_append_char(buffer, c);
	}
	else if (byte < 0x20 && c != '\0' && found != NULL)
	{
		wf_buffer_append_char(buffer, '\\');
		wf_buffer_append_char(buffer, found[1]);
	}
	else if (byte < 0x20)
	{
		wf_buffer_append_literal(buffer, "\\u00");
		wf_buffer_append_char(buffer, hex[byte >> 4]);
		wf_buffer_append_char(buffer, hex[byte & 15]);
	}
	else
		wf_buffer_append_char(buffer, c);
}

/* A quoted key or value, with `\"` and `\\` inside, as a quoted string of JSON. */
static bool
copy_string(WfBuffer *buffer, HstoreCursor *cursor)
{
	if (!skip_text(cursor, "\""))
		return false;
	wf_buffer_append_char(buffer, '"');
	while (cursor->at < cursor->end && *cursor->at != '"')
	{
		if (*cursor->at == '\\' && ++cursor->at == cursor->end)
			return false;
		append_inner_char(buffer, *cursor->at++);
	}
	wf_buffer_append_char(buffer, '"');
	return skip_text(cursor, "\"");
}

/* Appends the JSON object, characters beyond ASCII as they are. */
static bool
write_object(WfBuffer *buffer, WfSlice text)
{
	HstoreCursor cursor = {text.data, text.data + text.length};

	wf_buffer_append_char(buffer, '{');
	while (cursor.at < cursor.end && buffer->error == WF_BUFFER_OK)
	{
		if (!copy_string(buffer, &cursor) || !skip_text(&cursor, "=>"))
			return false;
		wf_buffer_append_char(buffer, ':');
		if (skip_text(&cursor, "NULL"))
			wf_json_null(buffer);
		else if (!copy_string(buffer, &cursor))
			return false;
		if (cursor.at < cursor.end)
		{
			if (!skip_text(&cursor, ", ") || cursor.at == cursor.end)
				return false;
			wf_buffer_append_char(buffer, ',');
		}
	}
	wf_buffer_append_char(buffer, '}');
	return true;
}

WfValueResult
wf_write_hstore(WfBuffer *buffer, WfTextForm *form, const WfField *field, WfSlice text)
{
	size_t		mark = buffer->length;

	if (!write_object(buffer, text))
	{
		if (buffer->error == WF_BUFFER_OK)
			buffer->length = mark;
		return WF_VALUE_UNCONVERTIBLE;
	}
	if (buffer->error != WF_BUFFER_OK)
		return WF_VALUE_WRITTEN;
	if (field->form == WF_FORM_HSTORE_MAP)
		wf_json_escape_multibyte(buffer, form, mark);
	else
		wf_json_quote(buffer, form, mark);
	return WF_VALUE_WRITTEN;
}
