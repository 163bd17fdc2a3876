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

#include "digits.h"
#include "json_reader.h"
#include "time.h"

#define MILLISECONDS_PER_DAY INT64_C(86400000)

/*
 * Bytes of a Decimal whose digits are shown: numeric(1000) has 416.  Only elements of
 * arrays without a precision have more, and stay in base64.
 */
#define DECIMAL_BYTES_MAX 1024
#define DECIMAL_LIMBS_MAX (DECIMAL_BYTES_MAX / 4)
#define DECIMAL_DIGITS_MAX (DECIMAL_BYTES_MAX * 5 / 2)
#define LIMB_DIGITS 9

/* The least exponent of the first digit that BigDecimal prints plainly. */
#define PLAIN_EXPONENT_MIN (-6)

/* ---- Decimal ---- */

static int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Number of bytes; 0 if it is no base64, or of more bytes than are shown. */
static size_t
read_base64(WfSlice text, uint8_t bytes[DECIMAL_BYTES_MAX])
{
	size_t		length = text.length;
	size_t		count = 0;
	uint32_t	bits = 0;

	if (length % 4 != 0 || length / 4 * 3 > DECIMAL_BYTES_MAX)
		return 0;
	for (int i = 0; i < 2 && length > 0 && text.data[length - 1] == '='; i++)
		length--;
	for (size_t i = 0; i < length; i++)
	{
		int			digit = base64_digit(text.data[i]);

		if (digit < 0)
			return 0;
		bits = bits << 6 | (uint32_t) digit;
		if (i % 4 != 0)
			bytes[count++] = (uint8_t) (bits >> (6 - 2 * (i % 4)));
	}
	return count;
}

/* Of big-endian two's complement, which is overwritten; digits is filled from its end. */
static int
write_magnitude(uint8_t *bytes, size_t count, bool is_negative, char digits[DECIMAL_DIGITS_MAX])
{
	uint32_t	limbs[DECIMAL_LIMBS_MAX] = {0};
	size_t		first = DECIMAL_LIMBS_MAX - (count + 3) / 4;
	unsigned	carry = is_negative ? 1 : 0;
	char	   *out = digits + DECIMAL_DIGITS_MAX;

	for (size_t i = count; i-- > 0;)
	{
		size_t		place = count - 1 - i;
		unsigned	byte = (is_negative ? (uint8_t) ~bytes[i] : bytes[i]) + carry;

		carry = byte >> 8;
		limbs[DECIMAL_LIMBS_MAX - 1 - place / 4] |= (uint32_t) (byte & 0xFF) << 8 * (place % 4);
	}
	while (first < DECIMAL_LIMBS_MAX)
	{
		uint64_t	remainder = 0;

		if (limbs[first] == 0)
		{
			first++;
			continue;
		}
		for (size_t i = first; i < DECIMAL_LIMBS_MAX; i++)
		{
			remainder = remainder << 32 | limbs[i];
			limbs[i] = (uint32_t) (remainder / 1000000000);
			remainder %= 1000000000;
		}
		out -= LIMB_DIGITS;
		wf_put_digits(out, remainder, LIMB_DIGITS);
	}
	while (out < digits + DECIMAL_DIGITS_MAX && *out == '0')
		out++;
	if (out == digits + DECIMAL_DIGITS_MAX)
		*--out = '0';
	return (int) (digits + DECIMAL_DIGITS_MAX - out);
}

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
	uint8_t		bytes[DECIMAL_BYTES_MAX];
	char		digits[DECIMAL_DIGITS_MAX];
	size_t		length = read_base64(text, bytes);
	bool		is_negative;
	int			count;

	if (length == 0 || is_infinity(field, text))
		return false;
	is_negative = (bytes[0] & 0x80) != 0;
	count = write_magnitude(bytes, length, is_negative, digits);
	wf_buffer_append(out, "-", is_negative ? 1 : 0);
	append_scaled(out, digits + DECIMAL_DIGITS_MAX - count, count, field->scale);
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

void
wf_header_text_write(WfBuffer *out, const WfField *field, WfSlice json, bool is_inside)
{
	const WfField *leaf = field;
	size_t		end;

	while (leaf != NULL && leaf->form == WF_FORM_ARRAY)
		leaf = leaf->element;
	for (size_t at = 0; at < json.length; at = end)
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
}
