/*
 * decimal.c
 *		PostgreSQL's numeric as Kafka Connect's Decimal.
 *
 * PostgreSQL keeps a numeric in base 10000.  The unscaled integer at a decimal
 * scale is read off that as a string of base-10000 digits: all digits with a
 * weight of 10^-scale or more, zeros included that are not stored, and, if the
 * scale is no multiple of four, the upper part of one more digit.
 *
 *		123.45 at scale 3	= digits 123 | 4500	 -> 123, then 450 of 4500
 *
 * Most fit 64 bits.  Others are built in limbs behind the buffer's content by
 * multiplying and adding, several digits at a time: quadratic, but the largest
 * numeric there is (147455 digits) takes some 10 ms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "decimal.h"

#ifdef __SIZEOF_INT128__
typedef uint64_t Limb;
typedef unsigned __int128 DoubleLimb;

#define DIGITS_PER_STEP 4		/* 10000^4 fits a limb */
#else
typedef uint32_t Limb;
typedef uint64_t DoubleLimb;

#define DIGITS_PER_STEP 2
#endif

#define LIMB_BYTES ((int64_t) sizeof(Limb))
#define LIMB_BITS (LIMB_BYTES * 8)

#define DECIMALS_PER_DIGIT 4
#define INT64_DECIMALS 18		/* any integer of so many digits fits int64 */

/* The digits that make up the unscaled integer. */
typedef struct Unscaled
{
	const int16_t *digits;		/* most significant first; zeros follow */
	int64_t		stored;			/* how many of them there are */
	int64_t		whole;			/* number of whole digits, stored or not */
	int			partial;		/* decimals of the digit after those: 0 to 3 */
	int			partial_digit;	/* these */
	bool		round_up;		/* what is cut off is half a unit or more */
	bool		negative;
} Unscaled;

static const int16_t powers_of_10[DECIMALS_PER_DIGIT + 1] = {1, 10, 100, 1000, 10000};

static inline int64_t
digit_at(const Unscaled *unscaled, int64_t index)
{
	return index < unscaled->stored ? unscaled->digits[index] : 0;
}

/* Cuts the digit after the whole ones; by constants, which are no divisions. */
static void
cut_digit(Unscaled *unscaled, int digit)
{
	switch (unscaled->partial)
	{
		case 0:
			unscaled->partial_digit = 0;
			unscaled->round_up = digit >= 5000;
			break;
		case 1:
			unscaled->partial_digit = digit / 1000;
			unscaled->round_up = digit % 1000 >= 500;
			break;
		case 2:
			unscaled->partial_digit = digit / 100;
			unscaled->round_up = digit % 100 >= 50;
			break;
		default:
			unscaled->partial_digit = digit / 10;
			unscaled->round_up = digit % 10 >= 5;
			break;
	}
}

static void
unscale(Unscaled *unscaled, const WfNumeric *numeric, int32_t scale)
{
	/* decimals of the unscaled integer, if the first digit had all four */
	int64_t		decimals = ((int64_t) numeric->weight + 1) * DECIMALS_PER_DIGIT + scale;

	unscaled->digits = numeric->digits;
	unscaled->stored = numeric->digit_count;
	unscaled->negative = numeric->sign == WF_NUMERIC_NEGATIVE;
	if (decimals < 0 || unscaled->stored == 0)
	{
		unscaled->whole = 0;
		unscaled->partial = 0;
		unscaled->partial_digit = 0;
		unscaled->round_up = false;
		unscaled->stored = 0;
		return;
	}
	unscaled->whole = decimals / DECIMALS_PER_DIGIT;
	unscaled->partial = (int) (decimals % DECIMALS_PER_DIGIT);
	cut_digit(unscaled, (int) digit_at(unscaled, unscaled->whole));
}

/*
 * Writes bytes of big-endian two's complement without those in front that only
 * repeat the sign.
 */
static void
write_minimal(WfBuffer *buffer, const uint8_t *bytes, int64_t length)
{
	uint8_t		sign = bytes[0] & 0x80 ? 0xFF : 0x00;
	int64_t		skip = 0;

	while (skip < length - 1 && bytes[skip] == sign && ((bytes[skip + 1] ^ sign) & 0x80) == 0)
		skip++;
	wf_json_base64(buffer, bytes + skip, (size_t) (length - skip));
}

static inline char *
put_int64(char *out, int64_t unscaled)
{
	uint64_t	magnitude = unscaled < 0 ? ~(uint64_t) unscaled : (uint64_t) unscaled;
	int			bits = 64 - __builtin_clzll(magnitude | 1);

	/* a bit more, for the sign */
	return wf_json_put_base64_integer(out, (uint64_t) unscaled, bits / 8 + 1);
}

void
wf_decimal_write_int64(WfBuffer *buffer, int64_t unscaled)
{
	char		text[WF_JSON_BASE64_INTEGER_MAX];

	wf_buffer_append(buffer, text, (size_t) (put_int64(text, unscaled) - text));
}

bool
wf_decimal_write_rescaled(WfBuffer *buffer, int64_t units, int32_t fraction_digits, int32_t scale)
{
	uint8_t		bytes[16];
	unsigned __int128 value;

	for (; fraction_digits > scale; fraction_digits--)
	{
		if (units % 10 != 0)
			return false;
		units /= 10;
	}
	if (fraction_digits == scale)
	{
		wf_decimal_write_int64(buffer, units);
		return true;
	}

	/* May be larger than 64 bits: 2^63 yen are 100 * 2^63 hundredths. */
	value = (unsigned __int128) units;
	for (; fraction_digits < scale; fraction_digits++)
		value *= 10;
	for (int i = (int) sizeof(bytes) - 1; i >= 0; i--)
	{
		bytes[i] = (uint8_t) value;
		value >>= 8;
	}
	write_minimal(buffer, bytes, sizeof(bytes));
	return true;
}

/* limbs = limbs * factor + summand; returns how many limbs that has now. */
static int64_t
multiply_add(Limb *limbs, int64_t count, Limb factor, Limb summand)
{
	Limb		carry = summand;

	for (int64_t i = 0; i < count; i++)
	{
		DoubleLimb	product = (DoubleLimb) limbs[i] * factor + carry;

		limbs[i] = (Limb) product;
		carry = (Limb) (product >> LIMB_BITS);
	}
	if (carry != 0)
		limbs[count++] = carry;
	return count;
}

/* Computes the magnitude, least significant limb first. */
static int64_t
compute_limbs(Limb *limbs, const Unscaled *unscaled)
{
	int64_t		count = 0;
	Limb		factor = 1;
	Limb		summand = 0;

	for (int64_t i = 0; i < unscaled->whole; i++)
	{
		factor *= 10000;
		summand = summand * 10000 + (Limb) digit_at(unscaled, i);
		if ((i + 1) % DIGITS_PER_STEP == 0)
		{
			count = multiply_add(limbs, count, factor, summand);
			factor = 1;
			summand = 0;
		}
	}
	count = multiply_add(limbs, count, factor, summand);
	count = multiply_add(limbs, count, (Limb) powers_of_10[unscaled->partial],
						 (Limb) unscaled->partial_digit);
	if (unscaled->round_up)
		count = multiply_add(limbs, count, 1, 1);
	return count;
}

/* Turns limbs into big-endian bytes, in place. */
static void
limbs_to_bytes(Limb *limbs, int64_t count)
{
	uint8_t    *bytes = (uint8_t *) limbs;

	for (int64_t low = 0, high = count - 1; low <= high; low++, high--)
	{
		Limb		low_limb = limbs[low];
		Limb		high_limb = limbs[high];

		for (int64_t i = LIMB_BYTES - 1; i >= 0; i--)
		{
			bytes[low * LIMB_BYTES + i] = (uint8_t) high_limb;
			bytes[high * LIMB_BYTES + i] = (uint8_t) low_limb;
			high_limb >>= 8;
			low_limb >>= 8;
		}
	}
}

static void
write_large(WfBuffer *buffer, const Unscaled *unscaled)
{
	/* a base-10000 digit has less than 14 bits; a limb for the sign, one spare */
	int64_t		limb_max = (unscaled->whole + 1) * 14 / LIMB_BITS + 3;
	size_t		scratch = (size_t) (limb_max * LIMB_BYTES);
	size_t		text = scratch / 3 * 4 + 8;
	size_t		misaligned;
	Limb	   *limbs;
	int64_t		count;

	/* The text is written in front of the bytes it is made of. */
	if (!wf_buffer_reserve_scratch(buffer, text, scratch + sizeof(Limb)))
		return;
	limbs = (Limb *) (buffer->data + buffer->length + text);
	misaligned = (uintptr_t) limbs % sizeof(Limb);
	if (misaligned != 0)
		limbs = (Limb *) ((char *) limbs + (sizeof(Limb) - misaligned));

	count = compute_limbs(limbs, unscaled);
	limbs[count++] = 0;
	if (unscaled->negative)
	{
		for (int64_t i = 0; i < count; i++)
			limbs[i] = ~limbs[i];
		for (int64_t i = 0; i < count && ++limbs[i] == 0; i++)
			;
	}
	limbs_to_bytes(limbs, count);
	write_minimal(buffer, (const uint8_t *) limbs, count * LIMB_BYTES);
}

char *
wf_decimal_put(char *out, const WfNumeric *numeric, int32_t scale)
{
	Unscaled	unscaled;
	int64_t		value = 0;

	unscale(&unscaled, numeric, scale);
	if (unscaled.whole * DECIMALS_PER_DIGIT + unscaled.partial > INT64_DECIMALS)
		return NULL;
	for (int64_t i = 0; i < unscaled.whole; i++)
		value = value * 10000 + digit_at(&unscaled, i);
	value = value * powers_of_10[unscaled.partial] + unscaled.partial_digit
		+ unscaled.round_up;
	return put_int64(out, unscaled.negative ? -value : value);
}

void
wf_decimal_write(WfBuffer *buffer, const WfNumeric *numeric, int32_t scale)
{
	char		text[WF_JSON_BASE64_INTEGER_MAX];
	char	   *end = wf_decimal_put(text, numeric, scale);
	Unscaled	unscaled;

	if (end != NULL)
	{
		wf_buffer_append(buffer, text, (size_t) (end - text));
		return;
	}
	unscale(&unscaled, numeric, scale);
	write_large(buffer, &unscaled);
}

int32_t
wf_decimal_natural_scale(const WfNumeric *numeric)
{
	int64_t		last = numeric->digit_count - 1;
	int64_t		scale;
	int			digit;

	while (last >= 0 && numeric->digits[last] == 0)
		last--;
	if (last < 0)
		return 0;
	scale = (last - numeric->weight) * DECIMALS_PER_DIGIT;
	for (digit = numeric->digits[last]; digit % 10 == 0; digit /= 10)
		scale--;
	return scale > 0 ? (int32_t) scale : 0;
}
