/*
 * numeric_text.c
 *		Finite numerics as decimal text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "numeric_text.h"

#include "digits.h"

#define DIGIT_BASE_LENGTH 4		/* decimal digits in one of base 10000 */

/* The least exponent of the first digit that BigDecimal prints plainly. */
#define PLAIN_EXPONENT_MIN (-6)

/* The base-10000 digit at place, 0 being 10000^0. */
static inline unsigned
digit_at(const WfNumeric *numeric, int place)
{
	int			index = numeric->weight - place;

	return index >= 0 && index < numeric->digit_count ? (unsigned) numeric->digits[index] : 0;
}

void
wf_numeric_text(WfBuffer *buffer, const WfNumeric *numeric)
{
	int			place = numeric->weight > 0 ? numeric->weight : 0;
	char	   *fraction;
	char	   *out;

	/* sign, point, and up to three digits more than are shown */
	if (!wf_buffer_reserve(buffer, ((size_t) place + 1) * DIGIT_BASE_LENGTH +
						   (size_t) numeric->dscale + 2 + DIGIT_BASE_LENGTH - 1))
		return;
	out = buffer->data + buffer->length;
	if (numeric->sign == WF_NUMERIC_NEGATIVE)
		*out++ = '-';
	out = wf_put_uint64(out, digit_at(numeric, place));
	for (place--; place >= 0; place--)
		out = wf_put_four(out, digit_at(numeric, place));
	if (numeric->dscale > 0)
	{
		*out++ = '.';
		fraction = out;
		for (; out - fraction < numeric->dscale; place--)
			out = wf_put_four(out, digit_at(numeric, place));
		out = fraction + numeric->dscale;
	}
	buffer->length = (size_t) (out - buffer->data);
}

/* Decimal digit number `index` behind the point, 0 being the tenths. */
static char
fraction_digit(const WfNumeric *numeric, int32_t index)
{
	char		text[DIGIT_BASE_LENGTH];

	wf_put_four(text, digit_at(numeric, -1 - index / DIGIT_BASE_LENGTH));
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
