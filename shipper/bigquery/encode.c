/*
 * encode.c
 *		One column's value: from the event's JSON into a field of a row.
 *
 * One function per way of reading.  Each either appends the whole field or
 * nothing; a value of another shape than the column's schema promises is
 * treated like one out of range, so that whatever comes, its text is kept.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/encode.h"

#include <stdlib.h>

#include "envelope/connect_bytes.h"
#include "shipper/bigquery/read_value.h"
#include "shipper/bigquery/value_text.h"

/* What the functions here pass around. */
typedef struct Encoding
{
	const BqMapping *mapping;
	int			field;
	WfJsonReader *reader;
	WfBuffer   *row;
	WfBuffer   *scratch;
	WfSlice    *overflow;
} Encoding;

/* The exact text of a value: a string's own text, anything else as it stands. */
static BqResult
overflow_raw(Encoding *e, WfJsonToken token)
{
	WfSlice		raw;

	if (token == WF_TOKEN_STRING)
	{
		wf_buffer_cut(e->scratch, 0);
		wf_json_unescape(e->reader->text, e->scratch);
		*e->overflow = wf_buffer_since(e->scratch, 0);
		return BQ_OVERFLOW;
	}
	if (!wf_json_skip(e->reader, token, &raw))
		return BQ_BROKEN;
	*e->overflow = raw;
	return BQ_OVERFLOW;
}

static BqResult
overflow_text(Encoding *e, const char *text)
{
	wf_buffer_cut(e->scratch, 0);
	wf_buffer_append(e->scratch, text, strlen(text));
	*e->overflow = wf_buffer_since(e->scratch, 0);
	return BQ_OVERFLOW;
}

static BqResult
encode_int(Encoding *e, WfJsonToken token)
{
	int64_t		value;

	if (token != WF_TOKEN_NUMBER || !wf_json_read_int64(e->reader->text, &value))
		return overflow_raw(e, token);
	pb_int64(e->row, e->field, value);
	return BQ_ENCODED;
}

static BqResult
encode_bool(Encoding *e, WfJsonToken token)
{
	if (token != WF_TOKEN_TRUE && token != WF_TOKEN_FALSE)
		return overflow_raw(e, token);
	pb_int64(e->row, e->field, token == WF_TOKEN_TRUE);
	return BQ_ENCODED;
}

/* A number's text with a terminator, for strtod; false if it is too long. */
static bool
number_text(WfSlice number, char *text, size_t size)
{
	if (number.length >= size)
		return false;
	memcpy(text, number.data, number.length);
	text[number.length] = '\0';
	return true;
}

static BqResult
encode_float(Encoding *e, WfJsonToken token)
{
	char		text[64];
	double		value;

	if (token == WF_TOKEN_STRING && wf_json_text_is(e->reader, WF_LITERAL("NaN")))
		value = __builtin_nan("");
	else if (token == WF_TOKEN_STRING && wf_json_text_is(e->reader, WF_LITERAL("Infinity")))
		value = __builtin_inf();
	else if (token == WF_TOKEN_STRING && wf_json_text_is(e->reader, WF_LITERAL("-Infinity")))
		value = -__builtin_inf();
	else if (token == WF_TOKEN_NUMBER && number_text(e->reader->text, text, sizeof(text)))
	{
		value = strtod(text, NULL);
		if (__builtin_isinf(value))
			return overflow_raw(e, token);
	}
	else
		return overflow_raw(e, token);
	pb_double(e->row, e->field, value);
	return BQ_ENCODED;
}

/* Does the column's type hold this plain decimal? */
static bool
decimal_fits(BqType type, WfSlice text)
{
	DecimalShape shape;

	if (type == BQ_STRING)
		return true;
	if (!decimal_shape(text, &shape))
		return false;
	if (type == BQ_NUMERIC)
		return shape.integer_digits <= BQ_NUMERIC_INTEGER_DIGITS &&
			shape.fraction_digits <= BQ_NUMERIC_FRACTION_DIGITS;
	return shape.integer_digits <= BQ_BIGNUMERIC_INTEGER_DIGITS &&
		shape.fraction_digits <= BQ_BIGNUMERIC_FRACTION_DIGITS;
}

static BqResult
append_decimal(Encoding *e, WfSlice text)
{
	DecimalShape shape;

	*e->overflow = text;
	if (!decimal_fits(e->mapping->type, text))
		return BQ_OVERFLOW;

	/* zeros at the end beyond the type's scale say nothing, but are refused */
	if (e->mapping->type != BQ_STRING && decimal_shape(text, &shape))
	{
		int			room = e->mapping->type == BQ_NUMERIC ? BQ_NUMERIC_FRACTION_DIGITS :
		BQ_BIGNUMERIC_FRACTION_DIGITS;
		const char *point = memchr(text.data, '.', text.length);

		if (point != NULL && text.data + text.length - point - 1 > room)
			text.length = (size_t) (point + 1 - text.data) + (size_t) room;
	}
	pb_slice(e->row, e->field, text);
	return BQ_ENCODED;
}

static BqResult
encode_decimal(Encoding *e, WfJsonToken token)
{
	WfSlice		text;

	wf_buffer_cut(e->scratch, 0);
	if (token != WF_TOKEN_STRING || e->reader->escaped ||
		!read_decimal(e->scratch, e->reader->text, e->mapping->scale, &text))
		return overflow_raw(e, token);
	return append_decimal(e, text);
}

static BqResult
encode_decimal_text(Encoding *e, WfJsonToken token)
{
	if (token != WF_TOKEN_STRING || e->reader->escaped)
		return overflow_raw(e, token);
	return append_decimal(e, e->reader->text);
}

static BqResult
encode_variable_decimal(Encoding *e, WfJsonToken token)
{
	WfJsonReader object = *e->reader;
	WfSlice		raw;
	WfSlice		text;

	if (token != WF_TOKEN_OBJECT)
		return overflow_raw(e, token);
	if (!wf_json_skip(e->reader, token, &raw))
		return BQ_BROKEN;
	wf_buffer_cut(e->scratch, 0);
	if (!read_variable_decimal(&object, e->scratch, &text))
	{
		*e->overflow = raw;
		return BQ_OVERFLOW;
	}
	return append_decimal(e, text);
}

static BqResult
encode_text(Encoding *e, WfJsonToken token)
{
	size_t		mark;

	if (token != WF_TOKEN_STRING)
		return overflow_raw(e, token);
	if (!e->reader->escaped)
	{
		pb_slice(e->row, e->field, e->reader->text);
		return BQ_ENCODED;
	}
	mark = pb_open(e->row, e->field);
	wf_json_unescape(e->reader->text, e->row);
	pb_close(e->row, mark);
	return BQ_ENCODED;
}

static BqResult
encode_json(Encoding *e, WfJsonToken token)
{
	WfSlice		text = e->reader->text;

	if (token != WF_TOKEN_STRING)
		return overflow_raw(e, token);
	if (e->reader->escaped)
	{
		wf_buffer_cut(e->scratch, 0);
		wf_json_unescape(text, e->scratch);
		text = wf_buffer_since(e->scratch, 0);
	}
	*e->overflow = text;
	if (!bq_json_is_exact(text))
		return BQ_OVERFLOW;
	pb_slice(e->row, e->field, text);
	return BQ_ENCODED;
}

static BqResult
encode_base64(Encoding *e, WfJsonToken token)
{
	size_t		start = e->row->length;
	size_t		mark;

	if (token != WF_TOKEN_STRING || e->reader->escaped)
		return overflow_raw(e, token);
	mark = pb_open(e->row, e->field);
	if (e->row->error == WF_BUFFER_OK && !wf_base64_read(e->row, e->reader->text) &&
		e->row->error == WF_BUFFER_OK)
	{
		wf_buffer_cut(e->row, start);
		return overflow_raw(e, token);
	}
	pb_close(e->row, mark);
	return BQ_ENCODED;
}

/* Debezium's Bits: little-endian bytes, zero bytes at the end dropped. */
static BqResult
encode_bits(Encoding *e, WfJsonToken token)
{
	size_t		bits = (size_t) e->mapping->bits;
	size_t		mark;
	WfSlice		bytes;

	wf_buffer_cut(e->scratch, 0);
	if (token != WF_TOKEN_STRING || e->reader->escaped ||
		!wf_base64_read(e->scratch, e->reader->text))
		return overflow_raw(e, token);
	bytes = wf_buffer_since(e->scratch, 0);
	if (bits == 0)
		bits = bytes.length * 8;
	if (bytes.length * 8 > bits + 7)
		return overflow_raw(e, token);
	mark = pb_open(e->row, e->field);
	for (size_t i = bits; i-- > 0;)
	{
		unsigned	byte = i / 8 < bytes.length ? (unsigned char) bytes.data[i / 8] : 0;

		wf_buffer_append_char(e->row, byte >> (i % 8) & 1 ? '1' : '0');
	}
	pb_close(e->row, mark);
	return BQ_ENCODED;
}

static BqResult
encode_time(Encoding *e, WfJsonToken token)
{
	char		text[TIME_TEXT_MAX];
	bool		fits;
	int64_t		days;

	if (token != WF_TOKEN_NUMBER ||
		!read_time(e->mapping, e->mapping->reading, e->reader->text, text, &fits))
		return overflow_raw(e, token);
	if (!fits)
		return overflow_text(e, text);
	if (e->mapping->reading == BQ_READ_DATE && wf_json_read_int64(e->reader->text, &days))
		pb_int64(e->row, e->field, days);
	else
		pb_slice(e->row, e->field, wf_slice(text, strlen(text)));
	return BQ_ENCODED;
}

static BqResult
encode_zoned_timestamp(Encoding *e, WfJsonToken token)
{
	int64_t		us;

	if (token != WF_TOKEN_STRING || e->reader->escaped || !timestamp_parse(e->reader->text, &us))
		return overflow_raw(e, token);
	pb_int64(e->row, e->field, us);
	return BQ_ENCODED;
}

static BqResult
encode_duration(Encoding *e, WfJsonToken token)
{
	char		text[TIME_TEXT_MAX];
	int64_t		us;

	if (token != WF_TOKEN_NUMBER || !wf_json_read_int64(e->reader->text, &us))
		return overflow_raw(e, token);
	pb_bytes(e->row, e->field, text, duration_text(us, text));
	return BQ_ENCODED;
}

static void
append_quoted(WfBuffer *buffer, WfSlice text)
{
	wf_buffer_append_char(buffer, '"');
	wf_buffer_append_slice(buffer, text);
	wf_buffer_append_char(buffer, '"');
}

/*
 * One element of an array, as JSON: decimals and times as text, all else as it
 * stands.  tail: scratch for decimals.
 */
static bool
render_element(Encoding *e, WfJsonToken token, WfBuffer *out)
{
	const BqMapping *mapping = e->mapping;
	char		text[TIME_TEXT_MAX];
	WfSlice		decimal;
	WfSlice		raw;
	int64_t		us;
	bool		fits;

	switch (mapping->element)
	{
		case BQ_READ_DECIMAL:
			wf_buffer_cut(e->scratch, 0);
			if (token == WF_TOKEN_STRING && !e->reader->escaped &&
				read_decimal(e->scratch, e->reader->text, mapping->scale, &decimal))
			{
				append_quoted(out, decimal);
				return true;
			}
			break;
		case BQ_READ_VARIABLE_DECIMAL:
			wf_buffer_cut(e->scratch, 0);
			if (token == WF_TOKEN_OBJECT)
			{
				if (!read_variable_decimal(e->reader, e->scratch, &decimal))
					return false;
				append_quoted(out, decimal);
				return true;
			}
			break;
		case BQ_READ_DATE:
		case BQ_READ_TIME:
		case BQ_READ_DATETIME:
			if (token == WF_TOKEN_NUMBER &&
				read_time(mapping, mapping->element, e->reader->text, text, &fits))
			{
				append_quoted(out, wf_slice(text, strlen(text)));
				return true;
			}
			break;
		case BQ_READ_DURATION:
			if (token == WF_TOKEN_NUMBER && wf_json_read_int64(e->reader->text, &us))
			{
				append_quoted(out, wf_slice(text, duration_text(us, text)));
				return true;
			}
			break;
		default:
			break;
	}
	if (!wf_json_skip(e->reader, token, &raw))
		return false;
	wf_buffer_append_slice(out, raw);
	return true;
}

/* Renders the array (of arrays …) whose opening token was just read. */
static bool
render_array(Encoding *e, WfBuffer *out)
{
	int			outside = e->reader->depth - 1;
	bool		first = true;

	wf_buffer_append_char(out, '[');
	while (e->reader->depth > outside)
	{
		WfJsonToken token = wf_json_next(e->reader);

		if (token == WF_TOKEN_ERROR)
			return false;
		if (token == WF_TOKEN_ARRAY_END)
		{
			wf_buffer_append_char(out, ']');
			first = false;
			continue;
		}
		if (!first)
			wf_buffer_append_char(out, ',');
		first = false;
		if (token == WF_TOKEN_ARRAY)
		{
			wf_buffer_append_char(out, '[');
			first = true;
		}
		else if (!render_element(e, token, out))
			return false;
	}
	return true;
}

static BqResult
encode_array(Encoding *e, WfJsonToken token)
{
	WfJsonReader array = *e->reader;
	Encoding	inner = *e;
	size_t		start = e->row->length;
	size_t		mark;
	WfSlice		raw;

	if (token != WF_TOKEN_ARRAY)
		return overflow_raw(e, token);
	if (!wf_json_skip(e->reader, token, &raw))
		return BQ_BROKEN;
	*e->overflow = raw;
	mark = pb_open(e->row, e->field);
	inner.reader = &array;
	if (!render_array(&inner, e->row) ||
		(e->row->error == WF_BUFFER_OK && !bq_json_is_exact(wf_buffer_since(e->row, mark))))
	{
		wf_buffer_cut(e->row, start);
		return BQ_OVERFLOW;
	}
	pb_close(e->row, mark);
	return BQ_ENCODED;
}

static BqResult
encode_raw(Encoding *e, WfJsonToken token)
{
	WfSlice		raw;

	if (!wf_json_skip(e->reader, token, &raw))
		return BQ_BROKEN;
	*e->overflow = raw;
	if (!bq_json_is_exact(raw))
		return BQ_OVERFLOW;
	pb_slice(e->row, e->field, raw);
	return BQ_ENCODED;
}

BqResult
bq_encode(const BqMapping *mapping, int field, WfJsonReader *reader, WfJsonToken token,
		  WfBuffer *row, WfBuffer *scratch, WfSlice *overflow)
{
	Encoding	e = {mapping, field, reader, row, scratch, overflow};

	if (token == WF_TOKEN_ERROR)
		return BQ_BROKEN;
	if (token == WF_TOKEN_NULL)
		return BQ_IS_NULL;
	switch (mapping->reading)
	{
		case BQ_READ_INT:
			return encode_int(&e, token);
		case BQ_READ_BOOL:
			return encode_bool(&e, token);
		case BQ_READ_FLOAT:
			return encode_float(&e, token);
		case BQ_READ_DECIMAL:
			return encode_decimal(&e, token);
		case BQ_READ_VARIABLE_DECIMAL:
			return encode_variable_decimal(&e, token);
		case BQ_READ_DECIMAL_TEXT:
			return encode_decimal_text(&e, token);
		case BQ_READ_TEXT:
			return encode_text(&e, token);
		case BQ_READ_JSON:
			return encode_json(&e, token);
		case BQ_READ_BASE64:
			return encode_base64(&e, token);
		case BQ_READ_BITS:
			return encode_bits(&e, token);
		case BQ_READ_DATE:
		case BQ_READ_TIME:
		case BQ_READ_DATETIME:
			return encode_time(&e, token);
		case BQ_READ_ZONED_TIMESTAMP:
			return encode_zoned_timestamp(&e, token);
		case BQ_READ_DURATION:
			return encode_duration(&e, token);
		case BQ_READ_ARRAY:
			return encode_array(&e, token);
		case BQ_READ_RAW:
			return encode_raw(&e, token);
	}
	return overflow_raw(&e, token);
}
