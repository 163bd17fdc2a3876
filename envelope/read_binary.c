/*
 * read_binary.c
 *		From the bytes that types' send functions give to values.
 *
 * Follows pgvector's vector_send(), halfvec_send() and sparsevec_send(); all
 * numbers are in network byte order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_binary.h"

#include "read_text_scan.h"

/* A half-precision number: 1 bit of sign, 5 of exponent, 10 of fraction. */
#define HALF_FRACTION_BITS 10
#define HALF_FRACTION_MASK 0x3FF
#define HALF_EXPONENT_MASK 0x1F
#define FLOAT_FRACTION_BITS 23
#define FLOAT_EXPONENT_MASK 0xFF
#define EXPONENT_BIAS_DIFFERENCE (127 - 15)

static bool
take_uint16(WfSlice *bytes, uint16_t *number)
{
	const uint8_t *in = (const uint8_t *) bytes->data;

	if (bytes->length < 2)
		return false;
	*number = (uint16_t) (in[0] << 8 | in[1]);
	wf_skip(bytes, 2);
	return true;
}

static bool
take_int32(WfSlice *bytes, int32_t *number)
{
	const uint8_t *in = (const uint8_t *) bytes->data;

	if (bytes->length < 4)
		return false;
	*number = (int32_t) ((uint32_t) in[0] << 24 | (uint32_t) in[1] << 16 |
						 (uint32_t) in[2] << 8 | in[3]);
	wf_skip(bytes, 4);
	return true;
}

static bool
take_float(WfSlice *bytes, float *number)
{
	int32_t		bits;

	if (!take_int32(bytes, &bits))
		return false;
	memcpy(number, &bits, sizeof(bits));
	return true;
}

/* Exact: float has every half-precision number. */
static bool
take_half(WfSlice *bytes, float *number)
{
	uint16_t	half;
	uint32_t	fraction;
	uint32_t	exponent;
	uint32_t	bits;

	if (!take_uint16(bytes, &half))
		return false;
	fraction = half & HALF_FRACTION_MASK;
	exponent = half >> HALF_FRACTION_BITS & HALF_EXPONENT_MASK;
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
	memcpy(number, &bits, sizeof(bits));
	return true;
}

/* Dimensions, 16 bits that are not used, the numbers. */
static bool
read_dense(WfScratch *scratch, WfTypeKind kind, WfSlice bytes, WfVector *value)
{
	uint16_t	dimensions;
	uint16_t	unused;
	float	   *numbers;

	if (!take_uint16(&bytes, &dimensions) || !take_uint16(&bytes, &unused))
		return false;
	value->dimensions = dimensions;
	value->count = dimensions;
	value->indices = NULL;
	if (bytes.length != dimensions * (kind == WF_TYPE_HALFVEC ? sizeof(uint16_t) : sizeof(float)))
		return false;
	numbers = wf_scratch_take(scratch, dimensions * sizeof(float));
	value->numbers = numbers;
	if (numbers == NULL)
		return false;
	for (int32_t i = 0; i < value->count; i++)
		if (kind == WF_TYPE_HALFVEC ? !take_half(&bytes, &numbers[i])
			: !take_float(&bytes, &numbers[i]))
			return false;
	return true;
}

/* Dimensions, count, 32 bits that are not used, indices from 0, numbers. */
static bool
read_sparse(WfScratch *scratch, WfSlice bytes, WfVector *value)
{
	int32_t		unused;
	int32_t    *indices;
	float	   *numbers;

	if (!take_int32(&bytes, &value->dimensions) || !take_int32(&bytes, &value->count) ||
		!take_int32(&bytes, &unused) || value->dimensions < 1 || value->count < 0 ||
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
		if (!take_int32(&bytes, &indices[i]) || indices[i] < 0 ||
			indices[i] >= value->dimensions)
			return false;
		indices[i]++;
	}
	for (int32_t i = 0; i < value->count; i++)
		if (!take_float(&bytes, &numbers[i]))
			return false;
	return true;
}

bool
wf_read_vector_binary(WfScratch *scratch, WfTypeKind kind, WfSlice bytes, WfVector *value)
{
	return kind == WF_TYPE_SPARSEVEC ? read_sparse(scratch, bytes, value)
		: read_dense(scratch, kind, bytes, value);
}
