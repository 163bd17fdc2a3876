/*
 * read_text_number.c
 *		Integers, numeric and money from their text.
 *
 * Follows PostgreSQL's numutils.c, numeric.c (set_var_from_str, strip_var)
 * and cash.c (cash_out).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_text.h"

#include "read_text_scan.h"

#define DIGIT_BASE_LENGTH 4		/* decimal digits in one of base 10000 */

/* PostgreSQL's NUMERIC_WEIGHT_MAX and NUMERIC_DSCALE_MAX, in decimal digits. */
#define NUMERIC_WHOLE_DIGITS_MAX 131072
#define NUMERIC_FRACTION_DIGITS_MAX 16383

#define MONEY_FRACTION_DIGITS_MAX 10

/* *value * 10 - digit, kept negative because the negative range is the larger. */
static inline bool
append_digit(int64_t *value, char digit)
{
	return !__builtin_mul_overflow(*value, 10, value) &&
		!__builtin_sub_overflow(*value, digit - '0', value);
}

bool
wf_read_integer(WfSlice text, int64_t minimum, int64_t maximum, int64_t *value)
{
	bool		negative = wf_take_char(&text, '-');
	int64_t		result = 0;

	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++)
		if (!wf_is_digit(text.data[i]) || !append_digit(&result, text.data[i]))
			return false;
	if (!negative)
	{
		if (result == INT64_MIN)
			return false;
		result = -result;
	}
	*value = result;
	return result >= minimum && result <= maximum;
}

/* A decimal's text, taken apart: digits before and after the point. */
typedef struct DecimalText
{
	WfSlice		whole;
	WfSlice		fraction;
	bool		negative;
} DecimalText;

static bool
split_decimal(WfSlice text, DecimalText *decimal)
{
	decimal->negative = wf_take_char(&text, '-');
	decimal->whole = wf_take_digits(&text);
	decimal->fraction = wf_slice(text.data, 0);
	if (wf_take_char(&text, '.'))
	{
		decimal->fraction = wf_take_digits(&text);
		if (decimal->fraction.length == 0)
			return false;
	}
	return text.length == 0 && decimal->whole.length > 0;
}

static int
base_digit(const DecimalText *decimal, int64_t first)
{
	int			digit = 0;

	/* the decimal digits from `first` on, 0 being the first after the point */
	for (int64_t place = first; place < first + DIGIT_BASE_LENGTH; place++)
	{
		int64_t		before = place + (int64_t) decimal->whole.length;
		char		c = '0';

		if (place >= 0 && place < (int64_t) decimal->fraction.length)
			c = decimal->fraction.data[place];
		else if (place < 0 && before >= 0)
			c = decimal->whole.data[before];
		digit = digit * 10 + (c - '0');
	}
	return digit;
}

/* Numbers of base-10000 digits that so many decimal digits take. */
static inline int32_t
base_digits(size_t decimal_digits)
{
	return (int32_t) ((decimal_digits + DIGIT_BASE_LENGTH - 1) / DIGIT_BASE_LENGTH);
}

bool
wf_read_numeric(WfScratch *scratch, WfSlice text, WfNumeric *value)
{
	DecimalText decimal;
	int16_t    *digits;
	int32_t		whole;
	int32_t		count = 0;
	int32_t		significant = 0;

	memset(value, 0, sizeof(*value));
	if (wf_is_text(text, WF_LITERAL("NaN")))
		value->sign = WF_NUMERIC_NAN;
	else if (wf_is_text(text, WF_LITERAL("Infinity")))
		value->sign = WF_NUMERIC_PLUS_INFINITY;
	else if (wf_is_text(text, WF_LITERAL("-Infinity")))
		value->sign = WF_NUMERIC_MINUS_INFINITY;
	if (value->sign != WF_NUMERIC_POSITIVE)
		return true;

	if (!split_decimal(text, &decimal) || decimal.fraction.length > NUMERIC_FRACTION_DIGITS_MAX)
		return false;
	while (decimal.whole.length > 0 && decimal.whole.data[0] == '0')
		wf_skip(&decimal.whole, 1);
	if (decimal.whole.length > NUMERIC_WHOLE_DIGITS_MAX)
		return false;

	whole = base_digits(decimal.whole.length);
	digits = wf_scratch_take(scratch, sizeof(int16_t) *
							 (size_t) (whole + base_digits(decimal.fraction.length)));
	if (digits == NULL)
		return false;

	/* Normal form: no zeros at either end, no digits at all for zero. */
	value->weight = whole - 1;
	for (int32_t i = 0; i < whole + base_digits(decimal.fraction.length); i++)
	{
		digits[count] = (int16_t) base_digit(&decimal, ((int64_t) i - whole) * DIGIT_BASE_LENGTH);
		if (count == 0 && digits[count] == 0)
		{
			value->weight--;
			continue;
		}
		if (digits[count++] != 0)
			significant = count;
	}
	if (significant == 0)
		value->weight = 0;
	value->digits = digits;
	value->digit_count = significant;
	value->dscale = (int32_t) decimal.fraction.length;
	if (significant > 0 && decimal.negative)
		value->sign = WF_NUMERIC_NEGATIVE;
	return true;
}

/* Thousands are separated everywhere or nowhere; cash_out has no other way. */
static bool
read_whole_money(WfSlice *text, int64_t *units)
{
	WfSlice		digits = wf_take_digits(text);
	bool		grouped = text->length > 0 && text->data[0] == ',';

	if (digits.length == 0 || (grouped && digits.length > 3))
		return false;
	for (;;)
	{
		for (size_t i = 0; i < digits.length; i++)
			if (!append_digit(units, digits.data[i]))
				return false;
		if (!wf_take_char(text, ','))
			return true;
		digits = wf_take_digits(text);
		if (digits.length != 3)
			return false;
	}
}

bool
wf_read_money(WfSlice text, WfMoney *value)
{
	bool		negative = wf_take_char(&text, '-');
	int64_t		units = 0;
	WfSlice		fraction = wf_slice(text.data, 0);

	wf_take_char(&text, '$');
	if (!read_whole_money(&text, &units))
		return false;
	if (wf_take_char(&text, '.'))
	{
		fraction = wf_take_digits(&text);
		if (fraction.length == 0)
			return false;
	}
	if (text.length > 0 || fraction.length > MONEY_FRACTION_DIGITS_MAX)
		return false;
	for (size_t i = 0; i < fraction.length; i++)
		if (!append_digit(&units, fraction.data[i]))
			return false;
	if (!negative && units == INT64_MIN)
		return false;
	value->units = negative ? units : -units;
	value->fraction_digits = (int32_t) fraction.length;
	return true;
}
