/*
 * read_text_float.c
 *		Floating-point numbers from their text, rounded exactly.
 *
 * strtod() would need the text ended by NUL and the locale's point.  The first
 * 18 digits, as an interval of 63-bit numbers, are multiplied by the power of
 * ten of float_powers.h.  Rounding never reverses an order, so if both ends of
 * the product round to the same number, that is the answer.  If they do not,
 * which takes a value very close to the middle of two numbers, the decimal is
 * compared with that middle in whole numbers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_text.h"

#include "float_powers.h"
#include "read_text_scan.h"

#define LEADING_DIGITS_MAX 18	/* they fit in 63 bits, with one to spare */

/*
 * The middle of two float8 has at most 767 significant digits (that above the
 * smallest normal number): of more it only matters whether one is not 0.
 */
#define COMPARED_DIGITS_MAX 768

/* Beyond these powers of the first digit every float8 is infinite or zero. */
#define FIRST_POWER_MAX 308
#define FIRST_POWER_MIN (-325)

/* Any exponent greater than this one leads there; more digits would overflow. */
#define EXPONENT_TEXT_MAX 1000000000

/* 10^-1142 * 2^54 * 2^… and all else that is compared is below 2^3200. */
#define LIMBS_MAX 128

/* A binary format: float4 or float8. */
typedef struct Format
{
	int			mantissa_bits;
	int			exponent_min;	/* of the last place, as integers below */
	int			exponent_mask;
} Format;

static const Format float8_format = {52, -1074, 0x7FF};
static const Format float4_format = {23, -149, 0xFF};

/* Digits, from the first that is not 0 on, times 10^exponent. */
typedef struct DecimalFloat
{
	const char *digits;			/* with a point among them, perhaps */
	size_t		count;			/* of digits, the point not counted */
	int64_t		exponent;		/* of the last digit */
	bool		negative;
} DecimalFloat;

/* low <= value <= high, times 2^exponent */
typedef struct Interval
{
	uint64_t	low;
	uint64_t	high;
	int			exponent;
} Interval;

typedef struct Uint128
{
	uint64_t	high;
	uint64_t	low;
} Uint128;

typedef struct BigNumber
{
	uint32_t	limbs[LIMBS_MAX];	/* least significant first */
	int			count;
	bool		overflown;
} BigNumber;

/* ---- the text ---- */

static bool
read_exponent(WfSlice text, int64_t *exponent)
{
	bool		negative = wf_take_char(&text, '-');

	if (!negative)
		wf_take_char(&text, '+');
	if (text.length == 0)
		return false;
	*exponent = 0;
	for (size_t i = 0; i < text.length; i++)
	{
		if (!wf_is_digit(text.data[i]))
			return false;
		if (*exponent < EXPONENT_TEXT_MAX)
			*exponent = *exponent * 10 + (text.data[i] - '0');
	}
	if (negative)
		*exponent = -*exponent;
	return true;
}

/* [-]digits[.digits][e[+|-]digits]; zeros at either end are left out. */
static bool
parse(WfSlice text, DecimalFloat *decimal)
{
	WfSlice		whole;
	WfSlice		fraction;
	const char *first;
	const char *end;

	decimal->negative = wf_take_char(&text, '-');
	whole = wf_take_digits(&text);
	fraction = wf_slice(text.data, 0);
	if (wf_take_char(&text, '.'))
	{
		fraction = wf_take_digits(&text);
		if (fraction.length == 0)
			return false;
	}
	if (whole.length == 0)
		return false;
	decimal->exponent = 0;
	if (text.length > 0 &&
		((text.data[0] != 'e' && text.data[0] != 'E') ||
		 !read_exponent(wf_slice(text.data + 1, text.length - 1), &decimal->exponent)))
		return false;

	first = whole.data;
	end = fraction.data + fraction.length;
	while (end > first && (end[-1] == '0' || end[-1] == '.'))
		end--;
	while (first < end && (*first == '0' || *first == '.'))
		first++;
	decimal->digits = first;
	decimal->count = (size_t) (end - first);
	if (first < whole.data + whole.length && end > fraction.data)
		decimal->count--;		/* the point is among them */
	if (end > fraction.data)
		decimal->exponent -= end - fraction.data;
	else
		decimal->exponent += whole.data + whole.length - end;
	return true;
}

/* ---- by multiplication ---- */

/* floor(log2(10^e)) */
static inline int
log2_of_power_of_10(int e)
{
	return (int) (((int64_t) e * 913124641741) >> 38);
}

/* factor * power / 2^64, cut to an integer; factor below 2^63, so it fits. */
static inline Uint128
multiply(uint64_t factor, Uint128 power)
{
	Uint128		result;

#ifdef __SIZEOF_INT128__
	unsigned __int128 sum = (unsigned __int128) factor * power.high +
	(uint64_t) ((unsigned __int128) factor * power.low >> 64);

	result.high = (uint64_t) (sum >> 64);
	result.low = (uint64_t) sum;
#else
	uint64_t	parts[4] = {(uint32_t) power.low, power.low >> 32,
	(uint32_t) power.high, power.high >> 32};
	uint32_t	words[6] = {0};

	for (int f = 0; f < 2; f++)
	{
		uint64_t	half = f == 0 ? (uint32_t) factor : factor >> 32;
		uint64_t	carry = 0;

		for (int p = 0; p < 4; p++)
		{
			carry += half * parts[p] + words[f + p];
			words[f + p] = (uint32_t) carry;
			carry >>= 32;
		}
		words[f + 4] = (uint32_t) carry;
	}
	result.high = (uint64_t) words[5] << 32 | words[4];
	result.low = (uint64_t) words[3] << 32 | words[2];
#endif
	return result;
}

/* So that high lies in [2^62, 2^63). */
static inline void
normalise(Interval *interval)
{
	int			shift = __builtin_clzll(interval->high) - 1;

	if (shift >= 0)
	{
		interval->low <<= shift;
		interval->high <<= shift;
	}
	else
	{
		interval->low >>= 1;
		interval->high = (interval->high >> 1) + 1;
	}
	interval->exponent -= shift;
}

/*
 * Both ends times 10^power, which must be in the table, times 2^64 for the
 * fraction; the table's entries are rounded up, by less than 1.
 */
static inline void
multiply_ends(Interval *interval, int power, Uint128 *low, Uint128 *high)
{
	Uint128		upper = {powers[power - POWER_FIRST].high, powers[power - POWER_FIRST].low};
	Uint128		lower = {upper.high - (upper.low == 0), upper.low - 1};

	*low = multiply(interval->low, lower);
	*high = multiply(interval->high, upper);
	if (++high->low == 0)
		high->high++;
	interval->exponent += log2_of_power_of_10(power) - 127 + 64;
}

/*
 * value * 2^exponent as the bits of the format's nearest number, ties to even,
 * sign not included; value.high is at least 2^60.
 */
static uint64_t
round_to_bits(const Format *format, Uint128 value, int exponent)
{
	int			top = 127 - __builtin_clzll(value.high);
	int			place = exponent + top - format->mantissa_bits;
	uint64_t	infinity = (uint64_t) format->exponent_mask << format->mantissa_bits;
	int			shift;
	uint64_t	kept;
	uint64_t	rest;
	uint64_t	half;

	if (place < format->exponent_min)
		place = format->exponent_min;
	shift = place - exponent - 64;
	if (shift >= 64)
		return 0;
	kept = value.high >> shift;
	rest = value.high & ((UINT64_C(1) << shift) - 1);
	half = UINT64_C(1) << (shift - 1);
	if (rest > half || (rest == half && (value.low != 0 || (kept & 1) != 0)))
		kept++;
	if (place - format->exponent_min >= format->exponent_mask)
		return infinity;
	/* the bit that is not stored adds the 1 by which exponents are off */
	kept += (uint64_t) (place - format->exponent_min) << format->mantissa_bits;
	return kept < infinity ? kept : infinity;
}

/* ---- by comparison ---- */

static void
big_multiply_add(BigNumber *number, uint32_t factor, uint32_t addend)
{
	uint64_t	carry = addend;

	for (int i = 0; i < number->count; i++)
	{
		carry += (uint64_t) number->limbs[i] * factor;
		number->limbs[i] = (uint32_t) carry;
		carry >>= 32;
	}
	if (carry == 0)
		return;
	if (number->count == LIMBS_MAX)
		number->overflown = true;
	else
		number->limbs[number->count++] = (uint32_t) carry;
}

static void
big_multiply_power_of_5(BigNumber *number, int64_t exponent)
{
	for (; exponent >= 13; exponent -= 13)
		big_multiply_add(number, 1220703125, 0);
	for (; exponent > 0; exponent--)
		big_multiply_add(number, 5, 0);
}

static void
big_multiply_power_of_2(BigNumber *number, int64_t exponent)
{
	for (; exponent >= 31; exponent -= 31)
		big_multiply_add(number, UINT32_C(1) << 31, 0);
	big_multiply_add(number, UINT32_C(1) << exponent, 0);
}

static int
big_compare(const BigNumber *a, const BigNumber *b)
{
	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	for (int i = a->count - 1; i >= 0; i--)
		if (a->limbs[i] != b->limbs[i])
			return a->limbs[i] < b->limbs[i] ? -1 : 1;
	return 0;
}

/* The decimal's digits, as far as they matter; *exponent is that of the last. */
static void
big_digits(const DecimalFloat *decimal, BigNumber *number, int64_t *exponent)
{
	size_t		taken = 0;

	number->count = 0;
	number->overflown = false;
	*exponent = decimal->exponent + (int64_t) decimal->count;
	for (const char *digit = decimal->digits;
		 taken < decimal->count && taken < COMPARED_DIGITS_MAX; digit++)
	{
		if (*digit == '.')
			continue;
		big_multiply_add(number, 10, (uint32_t) (*digit - '0'));
		taken++;
	}
	if (taken < decimal->count)
	{
		/* the last digit is not 0, so neither are all that are left out */
		big_multiply_add(number, 10, 1);
		taken++;
	}
	*exponent -= (int64_t) taken;
}

/*
 * Whether the decimal is nearer to the number after that of bits; a tie is for
 * the even one.  *known is false if a number outgrew its limbs, which none of
 * a float8's range can.
 */
static bool
is_above_middle(const Format *format, const DecimalFloat *decimal, uint64_t bits, bool *known)
{
	uint64_t	significand = bits & ((UINT64_C(1) << format->mantissa_bits) - 1);
	int			biased = (int) (bits >> format->mantissa_bits);
	int64_t		binary_exponent = format->exponent_min + (biased > 0 ? biased - 1 : 0) - 1;
	int64_t		decimal_exponent;
	BigNumber	value;
	BigNumber	middle;
	int			order;

	if (biased > 0)
		significand |= UINT64_C(1) << format->mantissa_bits;
	middle.limbs[0] = (uint32_t) (2 * significand + 1);
	middle.limbs[1] = (uint32_t) ((2 * significand + 1) >> 32);
	middle.count = middle.limbs[1] != 0 ? 2 : 1;
	middle.overflown = false;

	/* value * 10^d against middle * 2^b, with no negative exponent */
	big_digits(decimal, &value, &decimal_exponent);
	if (decimal_exponent >= 0)
		big_multiply_power_of_5(&value, decimal_exponent);
	else
		big_multiply_power_of_5(&middle, -decimal_exponent);
	if (decimal_exponent >= binary_exponent)
		big_multiply_power_of_2(&value, decimal_exponent - binary_exponent);
	else
		big_multiply_power_of_2(&middle, binary_exponent - decimal_exponent);

	*known = !value.overflown && !middle.overflown;
	order = big_compare(&value, &middle);
	return order > 0 || (order == 0 && (bits & 1) != 0);
}

/* ---- both ---- */

static Interval
leading_digits(const DecimalFloat *decimal, int64_t *power)
{
	Interval	interval = {0};
	size_t		taken = 0;

	for (const char *digit = decimal->digits;
		 taken < decimal->count && taken < LEADING_DIGITS_MAX; digit++)
	{
		if (*digit == '.')
			continue;
		interval.low = interval.low * 10 + (uint64_t) (*digit - '0');
		taken++;
	}
	interval.high = interval.low + (taken < decimal->count ? 1 : 0);
	*power = decimal->exponent + (int64_t) (decimal->count - taken);
	return interval;
}

/* The bits of a decimal that is not zero. */
static bool
to_bits(const Format *format, const DecimalFloat *decimal, uint64_t *bits)
{
	int64_t		first_power = decimal->exponent + (int64_t) decimal->count - 1;
	int64_t		power;
	Interval	interval;
	Uint128		low;
	Uint128		high;
	bool		known = true;

	if (first_power > FIRST_POWER_MAX || first_power < FIRST_POWER_MIN)
		return false;
	interval = leading_digits(decimal, &power);
	normalise(&interval);
	if (power < POWER_FIRST)
	{
		/* in two steps; what is cut off makes the interval wider */
		multiply_ends(&interval, (int) (power - POWER_FIRST), &low, &high);
		interval.low = low.high;
		interval.high = high.high + 1;
		interval.exponent += 64;
		normalise(&interval);
		power = POWER_FIRST;
	}
	multiply_ends(&interval, (int) power, &low, &high);
	*bits = round_to_bits(format, low, interval.exponent);
	if (*bits != round_to_bits(format, high, interval.exponent) &&
		is_above_middle(format, decimal, *bits, &known))
		(*bits)++;
	return known && *bits != 0 &&
		*bits != (uint64_t) format->exponent_mask << format->mantissa_bits;
}

static bool
read_bits(const Format *format, WfSlice text, uint64_t *bits)
{
	uint64_t	infinity = (uint64_t) format->exponent_mask << format->mantissa_bits;
	int			sign_bit = format->mantissa_bits == float8_format.mantissa_bits ? 63 : 31;
	DecimalFloat decimal;

	if (wf_is_text(text, WF_LITERAL("NaN")))
		*bits = infinity | UINT64_C(1) << (format->mantissa_bits - 1);
	else if (wf_is_text(text, WF_LITERAL("Infinity")))
		*bits = infinity;
	else if (wf_is_text(text, WF_LITERAL("-Infinity")))
		*bits = infinity | UINT64_C(1) << sign_bit;
	else
	{
		if (!parse(text, &decimal))
			return false;
		*bits = 0;
		if (decimal.count > 0 && !to_bits(format, &decimal, bits))
			return false;
		if (decimal.negative)
			*bits |= UINT64_C(1) << sign_bit;
	}
	return true;
}

bool
wf_read_float8(WfSlice text, double *value)
{
	uint64_t	bits;

	if (!read_bits(&float8_format, text, &bits))
		return false;
	memcpy(value, &bits, sizeof(*value));
	return true;
}

/* Of what to_bits() refuses it has the bits of zero and infinity, but for one case. */
double
wf_read_float8_unbounded(WfSlice number)
{
	uint64_t	bits = 0;
	double		value;
	DecimalFloat decimal;

	if (!parse(number, &decimal))
		return 0;
	if (decimal.count > 0 && !to_bits(&float8_format, &decimal, &bits) &&
		decimal.exponent + (int64_t) decimal.count - 1 > FIRST_POWER_MAX)
		bits = (uint64_t) float8_format.exponent_mask << float8_format.mantissa_bits;
	if (decimal.negative)
		bits |= UINT64_C(1) << 63;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

bool
wf_read_float4(WfSlice text, float *value)
{
	uint64_t	bits;
	uint32_t	bits4;

	if (!read_bits(&float4_format, text, &bits))
		return false;
	bits4 = (uint32_t) bits;
	memcpy(value, &bits4, sizeof(*value));
	return true;
}
