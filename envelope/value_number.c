/*
 * value_number.c
 *		numeric and money, in every decimal mode.
 *
 * money is taken as the numeric that it is, so that the modes stand once.  What
 * decimal.handling.mode=string calls NaN and the infinities are the names of a
 * Java enum (Debezium's SpecialValueDecimal), not PostgreSQL's words.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value_forms.h"

#include "decimal.h"
#include "numeric_text.h"
#include "read_text.h"

/* Base-10000 digits of any int64_t with up to ten fraction digits. */
#define MONEY_DIGITS_MAX 8

static inline bool
is_finite(const WfNumeric *numeric)
{
	return numeric->sign == WF_NUMERIC_POSITIVE || numeric->sign == WF_NUMERIC_NEGATIVE;
}

static void
append_text(WfBuffer *buffer, const char *text)
{
	wf_buffer_append(buffer, text, strlen(text));
}

/* The words of a numeric that is not finite. */
static const char *
special_word(const WfNumeric *numeric, const char *nan, const char *plus, const char *minus)
{
	switch (numeric->sign)
	{
		case WF_NUMERIC_PLUS_INFINITY:
			return plus;
		case WF_NUMERIC_MINUS_INFINITY:
			return minus;
		default:
			return nan;
	}
}

static WfValueResult
write_special(WfBuffer *buffer, const WfField *field, const WfNumeric *numeric)
{
	switch (field->form)
	{
		case WF_FORM_NUMERIC_STRING:
			append_text(buffer, special_word(numeric, "\"NAN\"", "\"POSITIVE_INFINITY\"",
											 "\"NEGATIVE_INFINITY\""));
			return WF_VALUE_WRITTEN;
		case WF_FORM_NUMERIC_DOUBLE:
			break;
		default:
			if (field->options->numeric_special != WF_SPECIAL_NUMERIC_STRING)
				return WF_VALUE_UNCONVERTIBLE;
	}
	append_text(buffer, special_word(numeric, "\"NaN\"", "\"Infinity\"", "\"-Infinity\""));
	return WF_VALUE_WRITTEN;
}

/*
 * The nearest double, by way of the text; beyond its range infinity, or a zero
 * with the number's sign, as in Java.
 */
static void
write_double(WfBuffer *buffer, const WfNumeric *numeric)
{
	size_t		mark = buffer->length;
	bool		negative = numeric->sign == WF_NUMERIC_NEGATIVE;
	double		number;

	wf_numeric_text(buffer, numeric);
	if (buffer->error != WF_BUFFER_OK)
		return;
	if (!wf_read_float8(wf_buffer_since(buffer, mark), &number))
	{
		number = numeric->weight < 0 ? 0.0 : __builtin_inf();
		if (negative)
			number = -number;
	}
	buffer->length = mark;
	wf_json_float8(buffer, number);
}

static void
write_variable_decimal(WfBuffer *buffer, const WfNumeric *numeric)
{
	int32_t		scale = wf_decimal_natural_scale(numeric);

	wf_buffer_append_literal(buffer, "{\"scale\":");
	wf_json_int64(buffer, scale);
	wf_buffer_append_literal(buffer, ",\"value\":");
	wf_decimal_write(buffer, numeric, scale);
	wf_buffer_append_char(buffer, '}');
}

static WfValueResult
write_numeric(WfBuffer *buffer, const WfField *field, const WfNumeric *numeric)
{
	if (!is_finite(numeric))
		return write_special(buffer, field, numeric);
	switch (field->form)
	{
		case WF_FORM_VARIABLE_DECIMAL:
			write_variable_decimal(buffer, numeric);
			break;
		case WF_FORM_NUMERIC_DOUBLE:
			write_double(buffer, numeric);
			break;
		case WF_FORM_NUMERIC_STRING:
			wf_buffer_append_char(buffer, '"');
			wf_numeric_text(buffer, numeric);
			wf_buffer_append_char(buffer, '"');
			break;
		case WF_FORM_DECIMAL_NUMBER:
			wf_numeric_java_text(buffer, numeric, field->scale);
			break;
		default:
			wf_decimal_write(buffer, numeric, field->scale);
			break;
	}
	return WF_VALUE_WRITTEN;
}

/* digits: room for MONEY_DIGITS_MAX, which the numeric then points to */
static void
money_as_numeric(const WfMoney *money, int16_t *digits, WfNumeric *numeric)
{
	unsigned __int128 units = money->units < 0 ? 0 - (unsigned __int128) money->units :
	(unsigned __int128) money->units;
	int			fraction_digits = money->fraction_digits;
	int16_t		reversed[MONEY_DIGITS_MAX];
	int			count = 0;

	/* whole base-10000 digits behind the point */
	for (; fraction_digits % 4 != 0; fraction_digits++)
		units *= 10;
	for (; units != 0; units /= 10000)
		reversed[count++] = (int16_t) (units % 10000);
	for (int i = 0; i < count; i++)
		digits[i] = reversed[count - 1 - i];

	numeric->digits = digits;
	numeric->digit_count = count;
	numeric->weight = count - 1 - fraction_digits / 4;
	numeric->sign = money->units < 0 ? WF_NUMERIC_NEGATIVE : WF_NUMERIC_POSITIVE;
}

/* An amount with more fraction digits than are published has no form. */
static bool
loses_digits(const WfMoney *money, int32_t scale)
{
	int64_t		units = money->units;

	for (int32_t digits = money->fraction_digits; digits > scale; digits--)
	{
		if (units % 10 != 0)
			return true;
		units /= 10;
	}
	return false;
}

static WfValueResult
write_money(WfBuffer *buffer, const WfField *field, const WfMoney *money)
{
	int16_t		digits[MONEY_DIGITS_MAX];
	WfNumeric	numeric;

	if (loses_digits(money, field->scale))
		return WF_VALUE_UNCONVERTIBLE;
	if (field->form == WF_FORM_MONEY)
	{
		(void) wf_decimal_write_rescaled(buffer, money->units, money->fraction_digits,
										 field->scale);
		return WF_VALUE_WRITTEN;
	}
	money_as_numeric(money, digits, &numeric);
	numeric.dscale = field->scale;
	return write_numeric(buffer, field, &numeric);
}

WfValueResult
wf_write_number(WfBuffer *buffer, const WfField *field, const WfValue *value)
{
	if (field->type->kind == WF_TYPE_MONEY)
		return write_money(buffer, field, &value->as.money);
	return write_numeric(buffer, field, &value->as.numeric);
}
