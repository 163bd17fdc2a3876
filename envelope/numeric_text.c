/*
 * numeric_text.c
 *		Finite numerics as decimal text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "numeric_text.h"

#define DIGIT_BASE_LENGTH 4		/* decimal digits in one of base 10000 */

/* The least exponent of the first digit that BigDecimal prints plainly. */
#define PLAIN_EXPONENT_MIN (-6)

/* The four decimal digits of the base-10000 digit at place, 0 being 10000^0. */
static void
digit_text(const WfNumeric *numeric, int place, char text[DIGIT_BASE_LENGTH])
{
	int			index = numeric->weight - place;
	int			digit = index >= 0 && index < numeric->digit_count ? numeric->digits[index] : 0;

	for (int i = DIGIT_BASE_LENGTH - 1; i >= 0; i--)
	{
		text[i] = (char) ('0' + digit % 10);
		digit /= 10;
	}
}

void
wf_numeric_text(WfBuffer *buffer, const WfNumeric *numeric)
{
	char		text[DIGIT_BASE_LENGTH];
	int			place = numeric->weight > 0 ? numeric->weight : 0;
	int			leading = 0;

	if (numeric->sign == WF_NUMERIC_NEGATIVE)
		wf_buffer_append_char(buffer, '-');

	digit_text(numeric, place, text);
	while (leading < DIGIT_BASE_LENGTH - 1 && text[leading] == '0')
		leading++;
	wf_buffer_append(buffer, text + leading, DIGIT_BASE_LENGTH - leading);
	for (place--; place >= 0; place--)
	{
		digit_text(numeric, place, text);
		wf_buffer_append(buffer, text, DIGIT_BASE_LENGTH);
	}

	if (numeric->dscale == 0)
		return;
	wf_buffer_append_char(buffer, '.');
	for (int left = numeric->dscale; left > 0; left -= DIGIT_BASE_LENGTH, place--)
	{
		digit_text(numeric, place, text);
		wf_buffer_append(buffer, text, left < DIGIT_BASE_LENGTH ? left : DIGIT_BASE_LENGTH);
	}
}

/* Decimal digit number `index` behind the point, 0 being the tenths. */
static char
fraction_digit(const WfNumeric *numeric, int32_t index)
{
	char		text[DIGIT_BASE_LENGTH];

	digit_text(numeric, -1 - index / DIGIT_BASE_LENGTH, text);
	return text[index % DIGIT_BASE_LENGTH];
}

/* A number below 10^-6, or zero of that scale: its first digit, point, rest, exponent. */
static void
scientific_text(WfBuffer *buffer, const WfNumeric *numeric, int32_t first, int32_t scale)
{
	if (numeric->sign == WF_NUMERIC_NEGATIVE)
		wf_buffer_append_char(buffer, '-');
	wf_buffer_append_char(buffer, fraction_digit(numeric, first));
	if (first + 1 < scale)
		wf_buffer_append_char(buffer, '.');
	for (int32_t i = first + 1; i < scale; i++)
		wf_buffer_append_char(buffer, fraction_digit(numeric, i));
	wf_buffer_append_char(buffer, 'E');
	wf_json_int64(buffer, -(first + 1));
}

void
wf_numeric_java_text(WfBuffer *buffer, const WfNumeric *numeric, int32_t scale)
{
	WfNumeric	at_scale = *numeric;
	int32_t		first = 0;

	at_scale.dscale = scale;
	if (numeric->digit_count == 0 || numeric->weight < 0)
	{
		/* zero counts as one digit, the last */
		while (first < scale - 1 && fraction_digit(numeric, first) == '0')
			first++;
		if (scale > 0 && -(first + 1) < PLAIN_EXPONENT_MIN)
		{
			scientific_text(buffer, &at_scale, first, scale);
			return;
		}
	}
	wf_numeric_text(buffer, &at_scale);
}
