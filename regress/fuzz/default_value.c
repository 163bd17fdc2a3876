/*
 * default_value.c
 *		Fuzz target: column defaults from the catalogue's expressions.
 *
 * The first byte picks the type, the second the decimal and time modes; the
 * rest is the expression.  Whatever is read has a form or is left out, needs no
 * more scratch than the contract says, and comes out the same each time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "envelope/default_value.h"
#include "shipper/heap_buffer.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const WfType types[] = {
	{.kind = WF_TYPE_BOOL, .oid = 16, .typmod = -1},
	{.kind = WF_TYPE_INT4, .oid = 23, .typmod = -1},
	{.kind = WF_TYPE_FLOAT8, .oid = 701, .typmod = -1},
	{.kind = WF_TYPE_NUMERIC, .oid = 1700, .typmod = -1},
	{.kind = WF_TYPE_NUMERIC, .oid = 1700, .typmod = (6 << 16 | 2) + 4},
	{.kind = WF_TYPE_NUMERIC, .oid = 1700, .typmod = (5 << 16 | 0x7FE) + 4},
	{.kind = WF_TYPE_TEXT, .oid = 25, .typmod = -1},
	{.kind = WF_TYPE_JSON, .oid = 114, .typmod = -1},
	{.kind = WF_TYPE_UUID, .oid = 2950, .typmod = -1},
	{.kind = WF_TYPE_DATE, .oid = 1082, .typmod = -1},
	{.kind = WF_TYPE_TIME, .oid = 1083, .typmod = -1},
	{.kind = WF_TYPE_TIMESTAMP, .oid = 1114, .typmod = -1},
	{.kind = WF_TYPE_TIMESTAMPTZ, .oid = 1184, .typmod = 3},
	{.kind = WF_TYPE_INTERVAL, .oid = 1186, .typmod = -1},
	{.kind = WF_TYPE_ENUM, .oid = 16400, .typmod = -1, .enum_labels = {"a,b", 3}},
	{.kind = WF_TYPE_OTHER, .oid = 142, .typmod = -1},
	{.kind = WF_TYPE_BYTEA, .oid = 17, .typmod = -1},
	{.kind = WF_TYPE_BIT, .oid = 1560, .typmod = 3},
};

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static void
write_default(WfBuffer *json, const WfType *type, const WfOptions *options, WfSlice expression)
{
	WfScratch	scratch = {malloc(WF_SCRATCH_SIZE(expression.length)),
	WF_SCRATCH_SIZE(expression.length), 0};
	WfTextForm	form = {false, 0};
	WfColumnField field;
	WfValue		value;

	wf_field_resolve(&field, type, true, options, WF_SIDE_VALUE);
	if (wf_default_read(&scratch, type, expression, &value))
	{
		field.self.default_value = &value;
		if (!wf_default_write(json, &form, &field.self))
			require(json->length == 0);
	}
	require(scratch.used <= scratch.size);
	free(scratch.memory);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfBuffer	json[2];
	WfOptions	options;
	const WfType *type;

	if (size < 2)
		return 0;
	type = &types[data[0] % (sizeof(types) / sizeof(*types))];
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	options.decimal_mode = data[1] % 3;
	options.time_mode = data[1] / 3 % 7;
	for (int i = 0; i < 2; i++)
	{
		heap_buffer_init(&json[i], 1 << 20);
		write_default(&json[i], type, &options,
					  wf_slice((const char *) data + 2, size - 2));
	}
	require(json[0].length == json[1].length);
	require(json[0].length == 0 || memcmp(json[0].data, json[1].data, json[0].length) == 0);
	heap_buffer_free(&json[0]);
	heap_buffer_free(&json[1]);
	return 0;
}
