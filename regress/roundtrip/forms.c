/*
 * forms.c
 *		A value's text and what its send function gives, both written as JSON.
 *
 * Which of the two was asked for must never show, in no mode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "regress/fuzz/value_to_json.h"
#include "roundtrip.h"

/* What one form comes down to. */
typedef struct Written
{
	WfScratch	scratch;
	WfValue		value;
	WfBuffer	buffer;
	WfValueResult result;
	bool		is_read;
} Written;

static void
start(Written *written, size_t scratch_size)
{
	written->scratch = (WfScratch) {malloc(scratch_size), scratch_size, 0};
	heap_buffer_init(&written->buffer, BUFFER_CEILING);
	written->result = WF_VALUE_UNCONVERTIBLE;
}

static void
finish(Written *written)
{
	free(written->scratch.memory);
	heap_buffer_free(&written->buffer);
}

static void
write_form(Written *written, const WfColumnField *column)
{
	WfTextForm	form = {.ascii_only = false};

	if (written->is_read)
		written->result = wf_value_write(&written->buffer, &form, &column->self,
										 &written->value);
}

static const char *
difference(const WfType *type, const Written *text, const Written *binary)
{
	if (!wf_type_is_read_binary(type))
		return "not in the list of binary readers";
	if (!text->is_read)
		return "text not read";
	if (!binary->is_read)
		return "binary form not read";
	if (text->result != binary->result || text->buffer.error != WF_BUFFER_OK ||
		!wf_slice_equal(wf_slice(text->buffer.data, text->buffer.length),
						wf_slice(binary->buffer.data, binary->buffer.length)))
		return "written in another way from its binary form";
	return NULL;
}

const char *
compare_forms(const WfType *type, WfSlice text, WfSlice bytes)
{
	static WfOptions options;
	uint8_t		modes[HEAD_BYTES];
	WfType		modified = *type;
	WfColumnField column;
	Written		from_text;
	Written		from_binary;
	const char *found;

	for (int i = 0; i < HEAD_BYTES; i++)
		modes[i] = (uint8_t) random_bits();
	set_modes(&options, modes);
	modified.typmod = typmod_of(type->kind == WF_TYPE_ARRAY ? type->element_kind : type->kind,
								modes[5]);
	modified.has_money_digits = modes[0] % 2 != 0;
	modified.money_digits = modes[0] / 2 % 11;
	wf_field_resolve(&column, &modified, true, &options, WF_SIDE_VALUE);

	start(&from_text, wf_text_scratch_size(&modified, text.length));
	start(&from_binary, wf_binary_scratch_size(&modified, bytes.length));
	from_text.is_read = wf_read_text(&from_text.scratch, &modified, text, &from_text.value);
	from_binary.is_read = wf_read_binary(&from_binary.scratch, &modified, bytes,
										 &from_binary.value);
	write_form(&from_text, &column);
	write_form(&from_binary, &column);
	found = difference(&modified, &from_text, &from_binary);
	finish(&from_text);
	finish(&from_binary);
	return found;
}
