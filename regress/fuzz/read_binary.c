/*
 * read_binary.c
 *		Fuzz target: what types' send functions give, read and written as JSON.
 *
 * The first bytes pick the type, an array's elements and the modes, the rest is
 * the bytes.  They are read twice, the second time with another content of the
 * scratch: what is read depends on them alone, needs no more scratch than the
 * contract says, and nothing is read of a type outside the list.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "envelope/read_binary.h"
#include "shipper/heap_buffer.h"
#include "value_to_json.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In this order in the corpus; the OIDs where they make a difference. */
static const struct
{
	WfTypeKind	kind;
	uint32_t	oid;
}			types[] = {
	{WF_TYPE_GEOMETRY, 0}, {WF_TYPE_GEOGRAPHY, 0}, {WF_TYPE_VECTOR, 0}, {WF_TYPE_HALFVEC, 0},
	{WF_TYPE_SPARSEVEC, 0}, {WF_TYPE_ARRAY, 0}, {WF_TYPE_BOOL, 0}, {WF_TYPE_INT2, 0},
	{WF_TYPE_INT4, 0}, {WF_TYPE_INT8, 0}, {WF_TYPE_OID, 0}, {WF_TYPE_FLOAT4, 0},
	{WF_TYPE_FLOAT8, 0}, {WF_TYPE_NUMERIC, 0}, {WF_TYPE_MONEY, 0}, {WF_TYPE_TEXT, 0},
	{WF_TYPE_TEXT, WF_CHAR_OID}, {WF_TYPE_BYTEA, 0}, {WF_TYPE_BIT, 0}, {WF_TYPE_DATE, 0},
	{WF_TYPE_TIME, 0}, {WF_TYPE_TIMETZ, 0}, {WF_TYPE_TIMESTAMP, 0}, {WF_TYPE_TIMESTAMPTZ, 0},
	{WF_TYPE_INTERVAL, 0}, {WF_TYPE_UUID, 0}, {WF_TYPE_JSON, 0}, {WF_TYPE_JSON, WF_JSONB_OID},
	{WF_TYPE_ENUM, 0}, {WF_TYPE_POINT, 0}, {WF_TYPE_LINE, 0}, {WF_TYPE_LSEG, 0},
	{WF_TYPE_BOX, 0}, {WF_TYPE_PATH, 0}, {WF_TYPE_POLYGON, 0}, {WF_TYPE_CIRCLE, 0},
	{WF_TYPE_HSTORE, 0}, {WF_TYPE_LTREE, 0}, {WF_TYPE_ISBN, 0}, {WF_TYPE_COMPOUND, 0},
	{WF_TYPE_OTHER, 0}, {WF_TYPE_OTHER, WF_XML_OID}
};

#define TYPE_COUNT (sizeof(types) / sizeof(*types))

static WfType
chosen_type(const uint8_t *data)
{
	WfType		type = {.element_kind = WF_TYPE_OTHER};

	type.kind = types[data[0] % TYPE_COUNT].kind;
	type.oid = types[data[0] % TYPE_COUNT].oid;
	if (type.kind == WF_TYPE_ARRAY)
	{
		type.element_kind = types[data[1] % TYPE_COUNT].kind;
		type.element_oid = types[data[1] % TYPE_COUNT].oid;
	}
	type.typmod = typmod_of(type.kind == WF_TYPE_ARRAY ? type.element_kind : type.kind, data[5]);
	type.has_money_digits = data[5] / 6 % 2 != 0;
	type.money_digits = data[5] / 12 % 11;
	return type;
}

static void
check_array(WfArray *array)
{
	WfValue		element;
	int64_t		left = array->dimension_count == 0 ? 0 : 1;

	for (int i = 0; i < array->dimension_count; i++)
		left *= array->dimensions[i];
	array->rewind(array);
	for (; array->next(array, &element); left--)
		require(element.state == WF_VALUE_PRESENT || element.state == WF_VALUE_NULL);
	require(left == 0);
}

static void
check_numeric(const WfNumeric *numeric)
{
	int32_t		last = numeric->digit_count - 1;

	for (int32_t i = 0; i <= last; i++)
		require(numeric->digits[i] >= 0 && numeric->digits[i] < 10000);
	require(last < 0 || (numeric->digits[0] != 0 && numeric->digits[last] != 0));
	require(numeric->dscale >= 0 && numeric->dscale <= 16383);
}

/* What is in its own memory at its own size; not what points into scratch. */
static bool
is_compared(WfTypeKind kind)
{
	switch (kind)
	{
		case WF_TYPE_NUMERIC:
		case WF_TYPE_BIT:
		case WF_TYPE_TEXT:
		case WF_TYPE_ARRAY:
			return false;
		default:
			return kind < WF_TYPE_POINT;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static WfOptions options;
	WfType		type;
	WfTextForm	form = {.ascii_only = false};
	WfColumnField column;
	WfScratch	scratch;
	WfValue		values[2];
	bool		read[2];
	WfSlice		bytes;

	if (size < HEAD_BYTES)
		return 0;
	type = chosen_type(data);
	set_modes(&options, data);
	form.ascii_only = data[5] / 3 % 2;
	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);

	bytes = wf_slice((const char *) data + HEAD_BYTES, size - HEAD_BYTES);
	scratch.size = wf_binary_scratch_size(&type, bytes.length);
	scratch.memory = malloc(scratch.size);
	for (int i = 0; i < 2; i++)
	{
		memset(scratch.memory, i == 0 ? 0 : 0xFF, scratch.size);
		memset(&values[i], 0, sizeof(values[i]));
		scratch.used = 0;
		read[i] = wf_read_binary(&scratch, &type, bytes, &values[i]);
		require(scratch.used <= scratch.size);
		require(!read[i] || wf_type_is_read_binary(&type));
		if (read[i] && type.kind == WF_TYPE_ARRAY)
			check_array(values[i].as.array);
		if (read[i] && type.kind == WF_TYPE_NUMERIC)
			check_numeric(&values[i].as.numeric);
	}
	require(read[0] == read[1]);
	if (read[1] && is_compared(type.kind))
		require(memcmp(&values[0], &values[1], sizeof(values[0])) == 0);
	if (read[1])
		check_value(&column.self, &values[1], &form);
	free(scratch.memory);
	return 0;
}
