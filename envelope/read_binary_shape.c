/*
 * read_binary_shape.c
 *		Geometric types and vectors from what their send functions give.
 *
 *		point		float8 x, y
 *		line		float8 A, B, C
 *		lseg		its two points
 *		box			its upper right and its lower left point
 *		circle		its center, then float8 radius
 *		path		uint8 1 if it is closed, else 0; int32 number of points; they
 *		polygon		int32 number of points; they
 *		vector		uint16 dimensions, uint16 0, float4 each
 *		halfvec		the same with numbers of 16 bits
 *		sparsevec	int32 dimensions, int32 count, int32 0, int32 indices from 0, which
 *					rise, float4 values
 *
 * Follows PostgreSQL's geo_ops.c, and pgvector's vector_send(), halfvec_send() and
 * sparsevec_send().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_binary.h"

#include "read_binary_scan.h"

/* A half-precision number: 1 bit of sign, 5 of exponent, 10 of fraction. */
#define HALF_FRACTION_BITS 10
#define HALF_FRACTION_MASK 0x3FF
#define HALF_EXPONENT_MASK 0x1F
#define FLOAT_FRACTION_BITS 23
#define FLOAT_EXPONENT_MASK 0xFF
#define EXPONENT_BIAS_DIFFERENCE (127 - 15)

#define POINT_NUMBERS 2

/* ---- geometric types ---- */

/* The numbers that are left, as many as expected. */
static bool
read_numbers(WfScratch *scratch, WfSlice bytes, size_t count, WfGeometric *value)
{
	double	   *numbers;

	if (bytes.length != count * sizeof(double))
		return false;
	numbers = wf_scratch_take(scratch, count * sizeof(double));
	if (numbers == NULL)
		return false;
	for (size_t i = 0; i < count; i++)
		numbers[i] = wf_big_float8(bytes.data + i * sizeof(double));
	value->numbers = numbers;
	value->count = (int32_t) count;
	return true;
}

/* How many points there are, then the points. */
static bool
read_points(WfScratch *scratch, WfSlice bytes, WfGeometric *value)
{
	int32_t		points;

	return wf_take_int32(&bytes, &points) && points > 0 && points <= INT32_MAX / POINT_NUMBERS &&
		read_numbers(scratch, bytes, (size_t) points * POINT_NUMBERS, value);
}

bool
wf_read_geometric_binary(WfScratch *scratch, WfTypeKind kind, WfSlice bytes, WfGeometric *value)
{
	value->closed = false;
	switch (kind)
	{
		case WF_TYPE_POINT:
			return read_numbers(scratch, bytes, 2, value);
		case WF_TYPE_LINE:
		case WF_TYPE_CIRCLE:
			return read_numbers(scratch, bytes, 3, value);
		case WF_TYPE_LSEG:
		case WF_TYPE_BOX:
			return read_numbers(scratch, bytes, 4, value);
		case WF_TYPE_PATH:
			if (bytes.length == 0 || (uint8_t) bytes.data[0] > 1)
				return false;
			value->closed = bytes.data[0] == 1;
			wf_skip(&bytes, 1);
			return read_points(scratch, bytes, value);
		case WF_TYPE_POLYGON:
			value->closed = true;
			return read_points(scratch, bytes, value);
		default:
			return false;
	}
}

/* ---- vectors ---- */

/* Exact: float has every half-precision number. */
static float
half_as_float(uint16_t half)
{
	uint32_t	fraction = half & HALF_FRACTION_MASK;
	uint32_t	exponent = half >> HALF_FRACTION_BITS & HALF_EXPONENT_MASK;
	uint32_t	bits;
	float		number;

	if (exponent == HALF_EXPONENT_MASK)
		exponent = FLOAT_EXPONENT_MASK; /* infinity or NaN */
	else if (exponent > 0)
		exponent += EXPONENT_BIAS_DIFFERENCE;
	else if (fraction > 0)
	{
		/* subnormal: 0.fraction, which float writes with a leading one */
		exponent = EXPONENT_BIAS_DIFFERENCE + 1;
		for (; fraction <= HALF_FRACTION_MASK; fraction <<= 1)
			exponent--;
		fraction &= HALF_FRACTION_MASK;
	}
	bits = (uint32_t) (half & 0x8000) << 16 | exponent << FLOAT_FRACTION_BITS |
		fraction << (FLOAT_FRACTION_BITS - HALF_FRACTION_BITS);
	memcpy(&number, &bits, sizeof(bits));
	return number;
}

static bool
read_dense(WfScratch *scratch, WfTypeKind kind, WfSlice bytes, WfVector *value)
{
	size_t		bytes_each = kind == WF_TYPE_HALFVEC ? sizeof(uint16_t) : sizeof(float);
	uint16_t	dimensions;
	uint16_t	unused;
	float	   *numbers;

	if (!wf_take_uint16(&bytes, &dimensions) || !wf_take_uint16(&bytes, &unused))
		return false;
	value->dimensions = dimensions;
	value->count = dimensions;
	value->indices = NULL;
	if (dimensions == 0 || unused != 0 || bytes.length != dimensions * bytes_each)
		return false;
	numbers = wf_scratch_take(scratch, dimensions * sizeof(float));
	value->numbers = numbers;
	if (numbers == NULL)
		return false;
	for (size_t i = 0; i < dimensions; i++)
		numbers[i] = kind == WF_TYPE_HALFVEC ?
			half_as_float(wf_big_uint16(bytes.data + i * bytes_each)) :
			wf_big_float4(bytes.data + i * bytes_each);
	return true;
}

static bool
read_sparse(WfScratch *scratch, WfSlice bytes, WfVector *value)
{
	int32_t		unused;
	int32_t		last = -1;
	int32_t    *indices;
	float	   *numbers;

	if (!wf_take_int32(&bytes, &value->dimensions) || !wf_take_int32(&bytes, &value->count) ||
		!wf_take_int32(&bytes, &unused) || unused != 0 || value->dimensions < 1 ||
		value->count < 0 ||
		bytes.length != (size_t) value->count * (sizeof(int32_t) + sizeof(float)))
		return false;
	indices = wf_scratch_take(scratch, (size_t) value->count * sizeof(int32_t));
	numbers = wf_scratch_take(scratch, (size_t) value->count * sizeof(float));
	value->indices = indices;
	value->numbers = numbers;
	if (indices == NULL || numbers == NULL)
		return false;
	for (int32_t i = 0; i < value->count; i++)
	{
		int32_t		index = (int32_t) wf_big_uint32(bytes.data + (size_t) i * sizeof(int32_t));

		if (index <= last || index >= value->dimensions)
			return false;
		last = index;
		indices[i] = index + 1;
	}
	wf_skip(&bytes, (size_t) value->count * sizeof(int32_t));
	for (int32_t i = 0; i < value->count; i++)
		numbers[i] = wf_big_float4(bytes.data + (size_t) i * sizeof(float));
	return true;
}

bool
wf_read_vector_binary(WfScratch *scratch, WfTypeKind kind, WfSlice bytes, WfVector *value)
{
	return kind == WF_TYPE_SPARSEVEC ? read_sparse(scratch, bytes, value)
		: read_dense(scratch, kind, bytes, value);
}
