/*
 * read_binary_array.c
 *		Arrays from what their send function gives, element by element.
 *
 *		int32	number of dimensions, 0 for an empty array
 *		int32	1 if an element is null, else 0
 *		uint32	OID of the elements' type; a domain's own
 *		of each dimension:
 *			int32	length
 *			int32	lower bound, which has no place in what we write
 *		of each element, in storage order:
 *			int32	length, -1 for null
 *			bytes	as the element's type sends them
 *
 * As with text the array is gone through once when it is read, so that next()
 * can't fail, and takes no more scratch than its most demanding element.
 *
 * int2vector and oidvector are sent the same way.
 *
 * Follows PostgreSQL's arrayfuncs.c (array_send).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_binary.h"

#include "read_binary_scan.h"

#define NULL_LENGTH (-1)

/* A cursor over an array's bytes; the array must be first. */
typedef struct BinaryArray
{
	WfArray		array;
	WfType		element_type;
	WfScratch	scratch;		/* of one element */
	WfSlice		body;			/* all elements */
	WfSlice		rest;			/* of body, not yet read */
} BinaryArray;

size_t
wf_binary_array_scratch_size(void)
{
	return sizeof(BinaryArray);
}

static bool
read_element(BinaryArray *cursor, WfValue *value)
{
	int32_t		length;
	WfSlice		element;

	cursor->scratch.used = 0;
	if (!wf_take_int32(&cursor->rest, &length))
		return false;
	if (length == NULL_LENGTH)
	{
		value->state = WF_VALUE_NULL;
		return true;
	}
	if (length < 0 || (size_t) length > cursor->rest.length)
		return false;
	element = wf_slice(cursor->rest.data, (size_t) length);
	wf_skip(&cursor->rest, (size_t) length);
	return wf_read_binary(&cursor->scratch, &cursor->element_type, element, value);
}

static bool
next_element(WfArray *array, WfValue *element)
{
	BinaryArray *cursor = (BinaryArray *) array;

	return cursor->rest.length > 0 && read_element(cursor, element);
}

static void
rewind_array(WfArray *array)
{
	BinaryArray *cursor = (BinaryArray *) array;

	cursor->rest = cursor->body;
}

/*
 * Takes what stands before the elements.  Their number is bounded by the bytes
 * that follow, as each takes four at least.
 */
static bool
take_head(WfSlice *bytes, const WfType *type, WfArray *array, size_t *count)
{
	int32_t		dimensions;
	int32_t		has_null;
	int32_t		element_oid;

	if (!wf_take_int32(bytes, &dimensions) || !wf_take_int32(bytes, &has_null) ||
		!wf_take_int32(bytes, &element_oid) ||
		dimensions < 0 || dimensions > WF_ARRAY_DIMENSIONS_MAX ||
		(has_null != 0 && has_null != 1))
		return false;
	/* a domain's OID is not known here */
	if (!type->element_is_domain && type->element_oid != 0 &&
		(uint32_t) element_oid != type->element_oid)
		return false;
	*count = dimensions == 0 ? 0 : 1;
	for (int32_t i = 0; i < dimensions; i++)
	{
		int32_t		lower_bound;

		if (!wf_take_int32(bytes, &array->dimensions[i]) ||
			!wf_take_int32(bytes, &lower_bound) || array->dimensions[i] < 0 ||
			__builtin_mul_overflow(*count, (size_t) array->dimensions[i], count))
			return false;
	}
	/* PostgreSQL prints one without elements as {}, whatever its dimensions */
	array->dimension_count = *count == 0 ? 0 : dimensions;
	return *count <= bytes->length / sizeof(int32_t);
}

/* Reads all elements once; tells how much scratch they need at the most. */
static bool
try_elements(BinaryArray *cursor, size_t count, size_t *scratch_needed)
{
	*scratch_needed = 0;
	for (size_t i = 0; i < count; i++)
	{
		WfValue		value;

		if (!read_element(cursor, &value))
			return false;
		if (cursor->scratch.used > *scratch_needed)
			*scratch_needed = cursor->scratch.used;
	}
	return cursor->rest.length == 0;
}

bool
wf_read_array_binary(WfScratch *scratch, const WfType *type, WfSlice bytes, WfArray **array)
{
	BinaryArray *cursor = wf_scratch_take(scratch, sizeof(BinaryArray));
	size_t		count;
	size_t		needed;

	/* elements' own begin at an aligned address, wherever they are read again */
	if (cursor == NULL || wf_scratch_take(scratch, 0) == NULL)
		return false;
	memset(cursor, 0, sizeof(*cursor));
	cursor->array.next = next_element;
	cursor->array.rewind = rewind_array;
	cursor->element_type = wf_type_of_elements(type);
	*array = &cursor->array;

	if (!take_head(&bytes, type, &cursor->array, &count))
		return false;
	cursor->body = bytes;
	cursor->scratch.memory = scratch->memory + scratch->used;
	cursor->scratch.size = scratch->size - scratch->used;
	rewind_array(&cursor->array);
	if (!try_elements(cursor, count, &needed))
		return false;
	cursor->scratch.size = needed;
	scratch->used += needed;
	rewind_array(&cursor->array);
	return true;
}
