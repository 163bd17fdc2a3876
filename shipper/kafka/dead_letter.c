/*
 * dead_letter.c
 *		The text of a dead letter.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "dead_letter.h"

#include <string.h>

#include "envelope/json.h"

static void
write_text(WfBuffer *buffer, WfSlice text)
{
	WfTextForm	form = {0};

	if (text.data == NULL)
		wf_json_null(buffer);
	else
		wf_json_string(buffer, &form, text.data, text.length);
}

static void
write_coordinate(WfBuffer *buffer, const DeadLetter *letter, int64_t coordinate)
{
	if (letter->partition < 0)
		wf_json_null(buffer);
	else
		wf_json_int64(buffer, coordinate);
}

/* Its text; what is none, as base64 in a member of its own. */
static void
write_key(WfBuffer *buffer, WfSlice key)
{
	WfTextForm	form = {0};
	size_t		mark = buffer->length;

	if (key.data != NULL && key.length <= DEAD_LETTER_KEY_BYTES_MAX)
	{
		wf_json_string(buffer, &form, key.data, key.length);
		if (form.replaced == 0)
			return;
		wf_buffer_cut(buffer, mark);
		wf_json_null(buffer);
		wf_buffer_append_literal(buffer, ",\"key_base64\":");
		wf_json_base64(buffer, key.data, key.length);
		return;
	}
	wf_json_null(buffer);
}

void
dead_letter_write(WfBuffer *buffer, const DeadLetter *letter)
{
	wf_buffer_append_literal(buffer, "{\"topic\":");
	write_text(buffer, wf_slice(letter->topic, strlen(letter->topic)));
	wf_buffer_append_literal(buffer, ",\"partition\":");
	write_coordinate(buffer, letter, letter->partition);
	wf_buffer_append_literal(buffer, ",\"offset\":");
	write_coordinate(buffer, letter, letter->offset);
	wf_buffer_append_literal(buffer, ",\"position\":");
	write_text(buffer, letter->position);
	wf_buffer_append_literal(buffer, ",\"reason\":");
	write_text(buffer, wf_slice(letter->reason, strlen(letter->reason)));
	wf_buffer_append_literal(buffer, ",\"value_bytes_at_least\":");
	wf_json_uint64(buffer, letter->value_bytes_at_least);
	wf_buffer_append_literal(buffer, ",\"key\":");
	write_key(buffer, letter->key);
	wf_buffer_append_char(buffer, '}');
}
