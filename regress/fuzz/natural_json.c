/*
 * natural_json.c
 *		Fuzz target: the reader of composite types, arrays and multiranges.
 *
 * The first byte picks the type, the rest is the text.  What is written is one
 * JSON document and the same each time; what is refused leaves nothing behind.
 * Members of type json are left out, since they go through as they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/json_reader.h"
#include "envelope/natural_json.h"
#include "shipper/heap_buffer.h"

#include "check.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A composite type of each kind there is, in itself once more. */
static const WfNaturalType scalars[] = {
	{.kind = WF_NATURAL_TEXT}, {.kind = WF_NATURAL_BOOLEAN}, {.kind = WF_NATURAL_NUMBER},
	{.kind = WF_NATURAL_TIMESTAMP}, {.kind = WF_NATURAL_TIMESTAMPTZ},
	{.kind = WF_NATURAL_MULTIRANGE}
};
static const WfNaturalType texts = {
	.kind = WF_NATURAL_ARRAY, .element = &scalars[0], .delimiter = ','
};
static const WfNaturalMember members[] = {
	{{"t", 1}, &scalars[0]}, {{"b", 1}, &scalars[1]}, {{"n", 1}, &scalars[2]},
	{{"s", 1}, &scalars[3]}, {{"z", 1}, &scalars[4]}, {{"m", 1}, &scalars[5]},
	{{"a\"", 2}, &texts}
};
static const WfNaturalType composite = {
	.kind = WF_NATURAL_COMPOSITE, .member_count = 7, .members = members
};
static const WfNaturalType composites = {
	.kind = WF_NATURAL_ARRAY, .element = &composite, .delimiter = ';'
};
static const WfNaturalMember outer_members[] = {
	{{"c", 1}, &composite}, {{"l", 1}, &composites}
};
static const WfNaturalType outer = {
	.kind = WF_NATURAL_COMPOSITE, .member_count = 2, .members = outer_members
};
static const WfNaturalType *const types[] = {
	&outer, &composite, &composites, &texts, &scalars[5], &scalars[4], &scalars[2]
};

static void
check_document(WfSlice text)
{
	WfJsonReader reader;
	WfJsonToken token;

	wf_json_reader_init(&reader, text.data, text.length);
	while ((token = wf_json_next(&reader)) != WF_TOKEN_ERROR && token != WF_TOKEN_END)
		;
	check(token == WF_TOKEN_END);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const WfNaturalType *type;
	WfSlice		text;
	WfTextForm	form = {.ascii_only = false};
	WfBuffer	buffers[2];
	bool		written[2];

	if (size < 1)
		return 0;
	type = types[data[0] % (sizeof(types) / sizeof(*types))];
	form.ascii_only = data[0] >= 128;
	text = wf_slice((const char *) data + 1, size - 1);
	for (int i = 0; i < 2; i++)
	{
		heap_buffer_init(&buffers[i], 1024 * 1024);
		wf_buffer_append_literal(&buffers[i], "<");
		written[i] = wf_natural_json_write(&buffers[i], &form, type, text);
		check(buffers[i].error == WF_BUFFER_OK);
	}
	check(written[0] == written[1] && buffers[0].length == buffers[1].length &&
		  memcmp(buffers[0].data, buffers[1].data, buffers[0].length) == 0);
	if (written[0])
		check_document(wf_buffer_since(&buffers[0], 1));
	else
		check(buffers[0].length == 1);
	heap_buffer_free(&buffers[0]);
	heap_buffer_free(&buffers[1]);
	return 0;
}
