/*
 * send_forms.c
 *		Fuzz target: what types' send functions give, read and written as JSON.
 *
 * The first byte picks the type, the rest is the bytes.  What was read is
 * written whole, and a value without a form appends nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/read_binary.h"
#include "shipper/heap_buffer.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In this order in the corpus. */
static const WfTypeKind kinds[] = {
	WF_TYPE_GEOMETRY, WF_TYPE_GEOGRAPHY, WF_TYPE_VECTOR, WF_TYPE_HALFVEC, WF_TYPE_SPARSEVEC
};

#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))
#define BUFFER_CEILING (1 << 20)

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static bool
read_value(WfScratch *scratch, WfTypeKind kind, WfSlice bytes, WfValue *value)
{
	if (kind == WF_TYPE_GEOMETRY || kind == WF_TYPE_GEOGRAPHY)
	{
		value->as.bytes = bytes;
		return true;
	}
	return wf_read_vector_binary(scratch, kind, bytes, &value->as.vector);
}

static void
write_value(WfTypeKind kind, const WfValue *value)
{
	static WfOptions options;
	WfType		type = {.kind = kind, .element_kind = WF_TYPE_OTHER, .typmod = -1};
	WfBuffer	buffer;
	WfTextForm	form = {false, 0};
	WfColumnField column;
	WfValueResult result;

	heap_buffer_init(&buffer, BUFFER_CEILING);
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);
	result = wf_value_write(&buffer, &form, &column.self, value);
	require(buffer.error == WF_BUFFER_OK);
	require((result == WF_VALUE_WRITTEN) == (buffer.length > 0));
	if (buffer.length > 0)
	{
		char		last = buffer.data[buffer.length - 1];

		require((buffer.data[0] == '{' && last == '}') || (buffer.data[0] == '[' && last == ']'));
	}
	heap_buffer_free(&buffer);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfScratch	scratch;
	WfTypeKind	kind;
	WfValue		value;

	if (size < 1)
		return 0;
	kind = kinds[data[0] % KIND_COUNT];
	scratch.size = WF_BINARY_SCRATCH_SIZE(size - 1);
	scratch.memory = malloc(scratch.size);
	scratch.used = 0;
	if (read_value(&scratch, kind, wf_slice((const char *) data + 1, size - 1), &value))
		write_value(kind, &value);
	require(scratch.used <= scratch.size);
	free(scratch.memory);
	return 0;
}
