/*
 * float.c
 *		Shortest text of floating-point numbers, in Java's notation.
 *
 * The digits come from the method of Raffaello Giulietti, "The Schubfach way
 * to render doubles" (2020), written from the paper: the number's rounding
 * interval is scaled by a power of ten such that it holds at least one and at
 * most a few integers; of the candidates one digit shorter at most one lies
 * inside, and if none does, the nearest integer is the answer.  Three 64 x 128
 * bit products, no division by anything but a constant, no table of cases.
 *
 * Java's rule asks for at least two digits, so of the numbers whose shortest
 * text has one digit, it is the closest with two that is printed (4.9E-324).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "float.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "digits.h"
#include "float_powers.h"

#define FLOAT8_MANTISSA_BITS 52
#define FLOAT8_EXPONENT_MASK 0x7FF
#define FLOAT8_EXPONENT_MIN (-1074) /* of the last place, as integers below */
#define FLOAT8_TINY 3			/* below this many smallest units: one digit */

#define FLOAT4_MANTISSA_BITS 23
#define FLOAT4_EXPONENT_MASK 0xFF
#define FLOAT4_EXPONENT_MIN (-149)
#define FLOAT4_TINY 8

/* digits * 10^exponent */
typedef struct Decimal
{
	uint64_t	digits;
	int			exponent;
} Decimal;

/* A binary format's finite value, taken apart: significand * 2^exponent. */
typedef struct Binary
{
	uint64_t	significand;
	int			exponent;
	bool		lower_is_closer;	/* the next value below is half as far away */
	bool		tiny;
} Binary;

static inline void
multiply(uint64_t a, uint64_t b, uint64_t *high, uint64_t *low)
{
#ifdef __SIZEOF_INT128__
	unsigned __int128 product = (unsigned __int128) a * b;

	*high = (uint64_t) (product >> 64);
	*low = (uint64_t) product;
#else
	uint64_t	a_low = (uint32_t) a;
	uint64_t	a_high = a >> 32;
	uint64_t	b_low = (uint32_t) b;
	uint64_t	b_high = b >> 32;
	uint64_t	low_low = a_low * b_low;
	uint64_t	high_low = a_high * b_low;
	uint64_t	middle = a_low * b_high + (low_low >> 32) + (uint32_t) high_low;

	*high = a_high * b_high + (high_low >> 32) + (middle >> 32);
	*low = middle << 32 | (uint32_t) low_low;
#endif
}

/* floor(log10(2^e)), floor(log10(3/4 * 2^e)), floor(log2(10^e)) */
static inline int
log10_of_power_of_2(int e)
{
	return (int) (((int64_t) e * 661971961083) >> 41);
}

static inline int
log10_of_three_quarters(int e)
{
	return (int) (((int64_t) e * 661971961083 - 274743187321) >> 41);
}

static inline int
log2_of_power_of_10(int e)
{
	return (int) (((int64_t) e * 913124641741) >> 38);
}

/*
 * factor * power / 2^128, cut to an integer, the last bit set if something was
 * cut off ("round to odd": comparisons with even numbers stay exact).  A
 * remainder of up to one unit of the middle word is the power's rounding.
 */
static inline uint64_t
scale(uint64_t power_high, uint64_t power_low, uint64_t factor)
{
	uint64_t	low_product_high;
	uint64_t	low_product_low;
	uint64_t	high;
	uint64_t	middle;

	multiply(power_low, factor, &low_product_high, &low_product_low);
	multiply(power_high, factor, &high, &middle);
	middle += low_product_high;
	if (middle < low_product_high)
		high++;
	return high | (middle > 1);
}

/*
 * The decimal inside the rounding interval of value that has the fewest digits
 * (but at least two), and of those the closest.  All quantities are scaled to
 * quarters of 10^exponent.
 */
static Decimal
shortest(uint64_t significand, int binary_exponent, bool lower_is_closer)
{
	bool		is_odd = significand & 1;
	uint64_t	quarters = significand << 2;
	int			exponent;
	int			shift;
	uint64_t	power_high;
	uint64_t	power_low;
	uint64_t	lower;
	uint64_t	middle;
	uint64_t	upper;
	uint64_t	whole;
	bool		below_fits;
	bool		above_fits;
	Decimal		result;

	exponent = lower_is_closer ? log10_of_three_quarters(binary_exponent)
		: log10_of_power_of_2(binary_exponent);
	shift = binary_exponent + log2_of_power_of_10(-exponent) + 1;
	power_high = powers[-exponent - POWER_FIRST].high;
	power_low = powers[-exponent - POWER_FIRST].low;

	/* An interval's ends belong to it if the significand is even. */
	lower = scale(power_high, power_low, (quarters - (lower_is_closer ? 1 : 2)) << shift);
	middle = scale(power_high, power_low, quarters << shift);
	upper = scale(power_high, power_low, (quarters + 2) << shift);
	lower += is_odd;
	upper -= is_odd;

	whole = middle >> 2;
	if (whole >= 100)
	{
		uint64_t	tens = whole / 10;

		below_fits = lower <= 40 * tens;
		above_fits = 40 * (tens + 1) <= upper;
		if (below_fits != above_fits)
		{
			result.digits = tens + above_fits;
			result.exponent = exponent + 1;
			return result;
		}
	}

	below_fits = lower <= 4 * whole;
	above_fits = 4 * (whole + 1) <= upper;
	result.exponent = exponent;
	if (below_fits != above_fits)
		result.digits = whole + above_fits;
	else
	{
		uint64_t	half = 4 * whole + 2;

		result.digits = whole + (middle > half || (middle == half && (whole & 1) != 0));
	}
	return result;
}

static Decimal
to_decimal(const Binary *binary)
{
	Decimal		decimal;

	/* small integers are their own shortest text */
	if (binary->exponent <= 0 && binary->exponent > -64 &&
		(binary->significand & ((UINT64_C(1) << -binary->exponent) - 1)) == 0)
	{
		decimal.digits = binary->significand >> -binary->exponent;
		decimal.exponent = 0;
	}
	else if (binary->tiny)
	{
		decimal = shortest(binary->significand * 10, binary->exponent, false);
		decimal.exponent--;
	}
	else
		decimal = shortest(binary->significand, binary->exponent, binary->lower_is_closer);

	while (decimal.digits % 10000 == 0)
	{
		decimal.digits /= 10000;
		decimal.exponent += 4;
	}
	while (decimal.digits % 10 == 0)
	{
		decimal.digits /= 10;
		decimal.exponent++;
	}
	return decimal;
}

/* Java's layout: plain from 10^-3 up to, not including, 10^7. */
static char *
put_decimal(char *out, Decimal decimal)
{
	int			count = wf_count_digits(decimal.digits);
	int			first = decimal.exponent + count - 1;	/* the first digit's power */
	int			magnitude;

	if (first >= 0 && first < 7)
	{
		if (count <= first + 1)
		{
			wf_put_digits(out, decimal.digits, count);
			memset(out + count, '0', (size_t) (first + 1 - count));
			memcpy(out + first + 1, ".0", 2);
			return out + first + 3;
		}
		wf_put_digits(out + 1, decimal.digits, count);
		memmove(out, out + 1, (size_t) first + 1);
		out[first + 1] = '.';
		return out + count + 1;
	}
	if (first < 0 && first >= -3)
	{
		memcpy(out, "0.000", 5);
		out += 1 - first;
		wf_put_digits(out, decimal.digits, count);
		return out + count;
	}

	wf_put_digits(out + 1, decimal.digits, count);
	out[0] = out[1];
	out[1] = '.';
	if (count == 1)
		out[2] = '0';
	out += count == 1 ? 3 : count + 1;
	*out++ = 'E';
	if (first < 0)
		*out++ = '-';
	magnitude = first < 0 ? -first : first;
	count = magnitude >= 100 ? 3 : magnitude >= 10 ? 2 : 1;
	wf_put_digits(out, (uint64_t) magnitude, count);
	return out + count;
}

static size_t
put_constant(char *start, char *out, const char *constant)
{
	size_t		length = strlen(constant);

	memcpy(out, constant, length);
	return (size_t) (out + length - start);
}

/* What the two formats share, once their fields are apart. */
static size_t
format(char *text, bool negative, uint64_t fraction, unsigned exponent, unsigned exponent_mask,
	   int mantissa_bits, int exponent_min, unsigned tiny)
{
	char	   *out = text;
	Binary		binary;

	if (exponent == exponent_mask && fraction != 0)
		return put_constant(text, out, "NaN");
	if (negative)
		*out++ = '-';
	if (exponent == exponent_mask)
		return put_constant(text, out, "Infinity");
	if (exponent == 0 && fraction == 0)
		return put_constant(text, out, "0.0");

	binary.lower_is_closer = fraction == 0 && exponent > 1;
	binary.tiny = exponent == 0 && fraction < tiny;
	binary.exponent = exponent_min + (exponent == 0 ? 0 : (int) exponent - 1);
	binary.significand = exponent == 0 ? fraction : fraction | UINT64_C(1) << mantissa_bits;
	return (size_t) (put_decimal(out, to_decimal(&binary)) - text);
}

size_t
wf_float8_text(char text[WF_FLOAT_TEXT_MAX], double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return format(text, bits >> 63, bits & ((UINT64_C(1) << FLOAT8_MANTISSA_BITS) - 1),
				  (unsigned) (bits >> FLOAT8_MANTISSA_BITS) & FLOAT8_EXPONENT_MASK,
				  FLOAT8_EXPONENT_MASK, FLOAT8_MANTISSA_BITS, FLOAT8_EXPONENT_MIN, FLOAT8_TINY);
}

size_t
wf_float4_text(char text[WF_FLOAT_TEXT_MAX], float value)
{
	uint32_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	return format(text, bits >> 31, bits & ((UINT32_C(1) << FLOAT4_MANTISSA_BITS) - 1),
				  bits >> FLOAT4_MANTISSA_BITS & FLOAT4_EXPONENT_MASK,
				  FLOAT4_EXPONENT_MASK, FLOAT4_MANTISSA_BITS, FLOAT4_EXPONENT_MIN, FLOAT4_TINY);
}
