/*
 * read_binary_number.c
 *		numeric from what its send function gives.
 *
 *		int16	number of base-10000 digits that follow
 *		int16	weight: the first digit is of 10000^weight
 *		uint16	sign: 0 positive, 0x4000 negative, 0xC000 NaN, 0xD000 Infinity,
 *				0xF000 -Infinity
 *		uint16	dscale: decimal digits after the point that are shown
 *		int16…	digits, 0 to 9999
 *
 * The last two signs have no digits, and a scale that means nothing.  What is
 * stored is in normal form already, but that is numeric.c's promise to itself and
 * not to clients, so that zeros at the ends are taken away here, too.
 *
 * Follows PostgreSQL's numeric.c (numeric_send, numeric_recv).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_binary.h"

#include "read_binary_scan.h"

#define HEADER_BYTES 8
#define DIGIT_BYTES 2
#define BASE 10000
#define DECIMAL_DIGITS_PER_DIGIT 4

#define SIGN_POSITIVE 0x0000
#define SIGN_NEGATIVE 0x4000
#define SIGN_NAN 0xC000
#define SIGN_PLUS_INFINITY 0xD000
#define SIGN_MINUS_INFINITY 0xF000

#define DSCALE_MAX 0x3FFF

/* A number that is none; there is nothing else to it than its sign. */
static bool
read_special(uint16_t sign, uint16_t count, WfNumeric *value)
{
	switch (sign)
	{
		case SIGN_NAN:
			value->sign = WF_NUMERIC_NAN;
			break;
		case SIGN_PLUS_INFINITY:
			value->sign = WF_NUMERIC_PLUS_INFINITY;
			break;
		case SIGN_MINUS_INFINITY:
			value->sign = WF_NUMERIC_MINUS_INFINITY;
			break;
		default:
			return false;
	}
	value->digits = NULL;
	value->digit_count = 0;
	value->weight = 0;
	value->dscale = 0;
	return count == 0;
}

/* How many decimal digits after the point the digits have; last is not 0. */
static int32_t
fraction_digits(int32_t count, int32_t weight, int16_t last)
{
	int32_t		digits = (count - 1 - weight) * DECIMAL_DIGITS_PER_DIGIT;

	for (; last % 10 == 0; last = (int16_t) (last / 10))
		digits--;
	return digits;
}

bool
wf_read_numeric_binary(WfScratch *scratch, WfSlice bytes, WfNumeric *value)
{
	uint16_t	count;
	uint16_t	sign;
	int16_t    *digits;
	int32_t		kept = 0;
	int32_t		significant = 0;

	if (bytes.length < HEADER_BYTES)
		return false;
	count = wf_big_uint16(bytes.data);
	value->weight = (int16_t) wf_big_uint16(bytes.data + 2);
	sign = wf_big_uint16(bytes.data + 4);
	value->dscale = wf_big_uint16(bytes.data + 6);
	if (bytes.length != HEADER_BYTES + (size_t) count * DIGIT_BYTES)
		return false;
	if (sign != SIGN_POSITIVE && sign != SIGN_NEGATIVE)
		return read_special(sign, count, value);
	digits = wf_scratch_take(scratch, (size_t) count * DIGIT_BYTES);
	if (digits == NULL || value->dscale > DSCALE_MAX)
		return false;

	for (int32_t i = 0; i < count; i++)
	{
		uint16_t	digit = wf_big_uint16(bytes.data + HEADER_BYTES + i * DIGIT_BYTES);

		if (digit >= BASE)
			return false;
		if (kept == 0 && digit == 0)
		{
			value->weight--;
			continue;
		}
		digits[kept++] = (int16_t) digit;
		if (digit != 0)
			significant = kept;
	}
	value->digits = digits;
	value->digit_count = significant;
	value->sign = WF_NUMERIC_POSITIVE;
	if (significant == 0)
	{
		value->weight = 0;
		return true;
	}
	if (sign == SIGN_NEGATIVE)
		value->sign = WF_NUMERIC_NEGATIVE;

	/*
	 * digits that the scale hides are never stored; the text would not show
	 * them
	 */
	return fraction_digits(significant, value->weight, digits[significant - 1]) <= value->dscale;
}
