/*
 * text_to_json.c
 *		Fuzz target: from PostgreSQL's text to JSON, in every mode.
 *
 * The first byte picks the type, the second that of an array's elements, the
 * next four the modes; the rest is the text.  What a reader takes, the writer
 * writes as one JSON document or says that it has no form and writes nothing.
 * Among the types is hstore, whose text only the writer reads.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/read_text.h"
#include "shipper/heap_buffer.h"
#include "value_to_json.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In this order in the corpus. */
static const WfTypeKind kinds[] = {
	WF_TYPE_HSTORE, WF_TYPE_BOOL, WF_TYPE_INT8, WF_TYPE_OID, WF_TYPE_FLOAT4, WF_TYPE_FLOAT8,
	WF_TYPE_NUMERIC, WF_TYPE_MONEY, WF_TYPE_TEXT, WF_TYPE_BYTEA, WF_TYPE_BIT, WF_TYPE_DATE,
	WF_TYPE_TIME, WF_TYPE_TIMETZ, WF_TYPE_TIMESTAMP, WF_TYPE_TIMESTAMPTZ, WF_TYPE_INTERVAL,
	WF_TYPE_UUID, WF_TYPE_JSON, WF_TYPE_ENUM, WF_TYPE_LTREE, WF_TYPE_POINT, WF_TYPE_LINE,
	WF_TYPE_LSEG, WF_TYPE_BOX, WF_TYPE_PATH, WF_TYPE_POLYGON, WF_TYPE_CIRCLE, WF_TYPE_GEOMETRY,
	WF_TYPE_VECTOR, WF_TYPE_HALFVEC, WF_TYPE_SPARSEVEC, WF_TYPE_ARRAY, WF_TYPE_OTHER
};

#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static WfOptions options;
	WfType		type = {.element_kind = WF_TYPE_OTHER};
	WfTextForm	form = {.ascii_only = false};
	WfColumnField column;
	WfScratch	scratch;
	WfValue		value = {.state = WF_VALUE_PRESENT};
	WfSlice		text;

	if (size < HEAD_BYTES)
		return 0;
	type.kind = kinds[data[0] % KIND_COUNT];
	if (type.kind == WF_TYPE_ARRAY)
		type.element_kind = kinds[data[1] % KIND_COUNT];
	if (type.element_kind == WF_TYPE_ARRAY)
		type.element_kind = WF_TYPE_TEXT;
	type.typmod = typmod_of(type.kind == WF_TYPE_ARRAY ? type.element_kind : type.kind, data[5]);
	set_modes(&options, data);
	form.ascii_only = data[5] / 3 % 2;
	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);

	text = wf_slice((const char *) data + HEAD_BYTES, size - HEAD_BYTES);
	scratch.size = wf_text_scratch_size(&type, text.length);
	scratch.memory = malloc(scratch.size);
	scratch.used = 0;
	if (wf_read_text(&scratch, &type, text, &value))
		check_value(&column.self, &value, &form);
	free(scratch.memory);
	return 0;
}
