/*
 * read_text.c
 *		Fuzz target: the readers of PostgreSQL's text forms.
 *
 * The first byte picks the type, the second that of an array's elements; the
 * rest is the text.  A text is read twice, and the second time with another
 * content of the scratch: what is read depends on the text alone, needs no more
 * scratch than the contract says, and an array holds as many elements as its
 * dimensions say, each time it is gone through.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "envelope/read_text.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In this order in the corpus; a second byte beyond them picks the OID that matters. */
static const WfTypeKind kinds[] = {
	WF_TYPE_BOOL, WF_TYPE_INT2, WF_TYPE_INT4, WF_TYPE_INT8, WF_TYPE_OID, WF_TYPE_FLOAT4,
	WF_TYPE_FLOAT8, WF_TYPE_NUMERIC, WF_TYPE_MONEY, WF_TYPE_TEXT, WF_TYPE_BYTEA, WF_TYPE_DATE,
	WF_TYPE_TIME, WF_TYPE_TIMETZ, WF_TYPE_TIMESTAMP, WF_TYPE_TIMESTAMPTZ, WF_TYPE_INTERVAL,
	WF_TYPE_UUID, WF_TYPE_JSON, WF_TYPE_ENUM, WF_TYPE_ARRAY, WF_TYPE_OTHER, WF_TYPE_BIT,
	WF_TYPE_POINT, WF_TYPE_LINE, WF_TYPE_LSEG, WF_TYPE_BOX, WF_TYPE_PATH, WF_TYPE_POLYGON,
	WF_TYPE_CIRCLE, WF_TYPE_GEOMETRY, WF_TYPE_VECTOR, WF_TYPE_HALFVEC, WF_TYPE_SPARSEVEC
};

#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static bool
is_shape(WfTypeKind kind)
{
	return kind >= WF_TYPE_POINT && kind <= WF_TYPE_SPARSEVEC;
}

/* All that is counted is there. */
static void
check_shape(WfTypeKind kind, const WfValue *value)
{
	const WfVector *vector = &value->as.vector;
	volatile double number;

	if (kind < WF_TYPE_GEOMETRY)
		for (int32_t i = 0; i < value->as.geometric.count; i++)
			number = value->as.geometric.numbers[i];
	if (kind < WF_TYPE_VECTOR)
		return;
	(void) number;
	require(vector->count <= vector->dimensions);
	for (int32_t i = 0; i < vector->count; i++)
	{
		number = vector->numbers[i];
		require(vector->indices == NULL ||
				(vector->indices[i] >= 1 && vector->indices[i] <= vector->dimensions));
	}
}

static int64_t
count_elements(WfArray *array)
{
	WfValue		element;
	int64_t		count = 0;

	array->rewind(array);
	while (array->next(array, &element))
	{
		require(element.state == WF_VALUE_PRESENT || element.state == WF_VALUE_NULL);
		count++;
	}
	return count;
}

static void
check_array(WfArray *array)
{
	int64_t		expected = array->dimension_count == 0 ? 0 : 1;

	for (int i = 0; i < array->dimension_count; i++)
		expected *= array->dimensions[i];
	require(count_elements(array) == expected);
	require(count_elements(array) == expected);
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

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfType		type = {.typmod = -1};
	WfSlice		text;
	WfScratch	scratch;
	WfValue		values[2];
	bool		read[2];

	if (size < 2)
		return 0;
	type.kind = kinds[data[0] % KIND_COUNT];
	type.element_kind = kinds[data[1] % KIND_COUNT];
	if (type.element_kind == WF_TYPE_ARRAY)
		type.element_kind = WF_TYPE_OTHER;
	if (data[1] / KIND_COUNT == 1)
		type.oid = type.kind == WF_TYPE_ARRAY ? WF_INT2VECTOR_OID : WF_CHAR_OID;
	text = wf_slice((const char *) data + 2, size - 2);
	scratch.size = wf_text_scratch_size(&type, text.length);
	scratch.memory = malloc(scratch.size);

	for (int i = 0; i < 2; i++)
	{
		memset(scratch.memory, i == 0 ? 0 : 0xFF, scratch.size);
		memset(&values[i], 0, sizeof(values[i]));
		scratch.used = 0;
		read[i] = wf_read_text(&scratch, &type, text, &values[i]);
		require(scratch.used <= scratch.size);
		if (read[i] && type.kind == WF_TYPE_ARRAY)
			check_array(values[i].as.array);
		if (read[i] && is_shape(type.kind))
			check_shape(type.kind, &values[i]);
		if (read[i] && type.kind == WF_TYPE_NUMERIC)
			check_numeric(&values[i].as.numeric);
	}
	require(read[0] == read[1]);
	if (read[0] && type.kind != WF_TYPE_ARRAY && !is_shape(type.kind))
		require(memcmp(&values[0], &values[1], sizeof(values[0])) == 0);
	free(scratch.memory);
	return 0;
}
