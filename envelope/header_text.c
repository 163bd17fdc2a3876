/*
 * header_text.c
 *		A value as Kafka Connect's SimpleHeaderConverter writes it.
 *
 * It is made of the value's JSON, so that masks, defaults, placeholders and modes hold
 * in headers as they do in values.  Most of it is the same text; other are strings, and
 * what is a Java object to Connect and a number or base64 to the JsonConverter.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "header_text.h"

#include "connect_bytes.h"
#include "digits.h"
#include "json_reader.h"
#include "time.h"

#define MILLISECONDS_PER_DAY INT64_C(86400000)

/*
 * Length of the base64 of a Decimal whose digits are shown, 1 KiB: numeric(1000) has
 * 416 bytes.  Only elements of arrays without a precision have more, and stay in base64.
 */
#define DECIMAL_LENGTH_MAX 1368

#define MARKS_MAX 24			/* "-0.", E and an exponent */

/* The least exponent of the first digit that BigDecimal prints plainly. */
#define PLAIN_EXPONENT_MIN (-6)

/* ---- Decimal ---- */

/* As BigDecimal.toString() prints unscaled / 10^scale; scale >= 0. */
static void
append_scaled(WfBuffer *out, const char *unscaled, int count, int32_t scale)
{
	int			whole = count > scale ? count - scale : 0;

	if (scale > 0 && count - 1 - scale < PLAIN_EXPONENT_MIN)
	{
		wf_buffer_append_char(out, unscaled[0]);
		wf_buffer_append(out, ".", count > 1 ? 1 : 0);
		wf_buffer_append(out, unscaled + 1, (size_t) count - 1);
		wf_buffer_append_char(out, 'E');
		wf_json_int64(out, count - 1 - scale);
		return;
	}
	wf_buffer_append(out, whole > 0 ? unscaled : "0", whole > 0 ? (size_t) whole : 1);
	wf_buffer_append(out, ".", scale > 0 ? 1 : 0);
	for (int i = count; i < scale; i++)
		wf_buffer_append_char(out, '0');
	wf_buffer_append(out, unscaled + whole, (size_t) (count - whole));
}

/* numeric.special.handling=string: the only word of it that could be base64. */
static inline bool
is_infinity(const WfField *field, WfSlice text)
{
	return field->options->numeric_special == WF_SPECIAL_NUMERIC_STRING &&
		wf_slice_equal(text, WF_LITERAL("Infinity"));
}

/* False, appending nothing, if the string is no Decimal. */
static bool
write_decimal(WfBuffer *out, const WfField *field, WfSlice text)
{
	WfDecimalDigits number;

	if (text.length > DECIMAL_LENGTH_MAX || is_infinity(field, text) ||
		!wf_decimal_read(out, text, (size_t) field->scale + MARKS_MAX, &number))
		return false;
	wf_buffer_append(out, "-", number.negative ? 1 : 0);
	append_scaled(out, number.digits.data, (int) number.digits.length, field->scale);
	return true;
}

/* ---- Date, Time, Timestamp ---- */

static inline bool
is_temporal(const WfField *field)
{
	return field != NULL && (field->form == WF_FORM_CONNECT_DATE ||
							 field->form == WF_FORM_CONNECT_TIME ||
							 field->form == WF_FORM_CONNECT_TIMESTAMP);
}

static char *
put_date(char *out, int64_t days)
{
	char		text[WF_TIME_TEXT_MAX];
	size_t		length = wf_iso_date_text(text, days - WF_POSTGRES_EPOCH_DAYS) - 1;
	size_t		sign = text[0] == '+' ? 1 : 0;	/* Java's yyyy has none */

	memcpy(out, text + sign, length - sign);	/* nor a zone */
	return out + (length - sign);
}

/* milliseconds: up to 24:00:00.000 */
static char *
put_time(char *out, int64_t milliseconds)
{
	out = wf_put_two(out, (unsigned) (milliseconds / 3600000));
	*out++ = ':';
	out = wf_put_two(out, (unsigned) (milliseconds / 60000 % 60));
	*out++ = ':';
	out = wf_put_two(out, (unsigned) (milliseconds / 1000 % 60));
	*out++ = '.';
	out = wf_put_digits(out, (uint64_t) (milliseconds % 1000), 3);
	*out++ = 'Z';
	return out;
}

/*
 * Connect tells the three apart by the number alone: what is before 1970-01-02 is shown
 * as a time of day, whatever its date, and 24:00:00 as that date.  So does compat=debezium.
 */
static void
write_temporal(WfBuffer *out, const WfField *field, int64_t number)
{
	char		text[2 * WF_TIME_TEXT_MAX];
	char	   *end = text;
	bool		is_date = field->form == WF_FORM_CONNECT_DATE;
	int64_t		days = is_date ? number : number / MILLISECONDS_PER_DAY;
	int64_t		milliseconds = is_date ? 0 : number % MILLISECONDS_PER_DAY;
	bool		shows_date = field->form != WF_FORM_CONNECT_TIME;

	if (milliseconds < 0)
	{
		milliseconds += MILLISECONDS_PER_DAY;
		days--;
	}
	if (field->options->compat == WF_COMPAT_DEBEZIUM)
		shows_date = days > 0;
	else if (!shows_date)
		milliseconds += days * MILLISECONDS_PER_DAY;
	if (shows_date)
		end = put_date(end, days);
	if (shows_date && milliseconds != 0)
		*end++ = 'T';
	if (!shows_date || milliseconds != 0)
		end = put_time(end, milliseconds);
	wf_buffer_append(out, text, (size_t) (end - text));
}

/* ---- strings ---- */

/* Escapes what was appended since mark as Connect's Values does. */
static void
quote(WfBuffer *out, size_t mark)
{
	size_t		length = out->length - mark;
	size_t		escapes = 0;
	char	   *to;
	const char *from;

	if (out->error != WF_BUFFER_OK)
		return;
	for (size_t i = 0; i < length; i++)
		escapes += out->data[mark + i] == '"' || out->data[mark + i] == '\\' ? 1 : 0;
	if (!wf_buffer_reserve(out, escapes + 2))
		return;
	from = out->data + out->length;
	out->length += escapes + 2;
	to = out->data + out->length;
	*--to = '"';
	while (from > out->data + mark)
	{
		*--to = *--from;
		if (*from == '"' || *from == '\\')
			*--to = '\\';
	}
	*--to = '"';
}

static void
write_string(WfBuffer *out, const WfField *field, WfSlice raw, bool is_inside)
{
	size_t		mark = out->length;
	WfForm		form = field != NULL ? field->form : WF_FORM_STRING;

	if ((form == WF_FORM_DECIMAL || form == WF_FORM_MONEY) &&
		write_decimal(out, field, raw))
		return;
	wf_json_unescape(raw, out);
	/* NaN and the infinities are numbers, and so have no quotes */
	if (is_inside && form != WF_FORM_FLOAT && form != WF_FORM_DOUBLE &&
		form != WF_FORM_NUMERIC_DOUBLE)
		quote(out, mark);
}

/* Where the string ends whose opening quote stands at `at`: behind its closing one. */
static size_t
string_end(WfSlice json, size_t at)
{
	for (at++; at < json.length && json.data[at] != '"'; at++)
		at += json.data[at] == '\\' ? 1 : 0;
	return at < json.length ? at + 1 : json.length;
}

static size_t
number_end(WfSlice json, size_t at)
{
	while (at < json.length && (json.data[at] == '-' ||
								(json.data[at] >= '0' && json.data[at] <= '9')))
		at++;
	return at;
}

size_t
wf_header_text_part(WfBuffer *out, const WfField *field, WfSlice json, size_t at,
					bool is_inside)
{
	const WfField *leaf = field;
	size_t		stop = json.length - at > WF_HEADER_TEXT_PART_BYTES ?
	at + WF_HEADER_TEXT_PART_BYTES : json.length;
	size_t		end;

	while (leaf != NULL && leaf->form == WF_FORM_ARRAY)
		leaf = leaf->element;
	for (; at < stop; at = end)
	{
		int64_t		number;

		end = at + 1;
		if (json.data[at] == '"')
		{
			end = string_end(json, at);
			write_string(out, leaf, wf_slice(json.data + at + 1, end - at - 2),
						 is_inside || at > 0);
			continue;
		}
		if (is_temporal(leaf) && number_end(json, at) > at)
			end = number_end(json, at);
		if (is_temporal(leaf) &&
			wf_json_read_int64(wf_slice(json.data + at, end - at), &number))
			write_temporal(out, leaf, number);
		else
			wf_buffer_append(out, json.data + at, end - at);
	}
	return at;
}
