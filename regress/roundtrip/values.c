/*
 * values.c
 *		What walferry writes of a value, and what the server sends of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envelope/decimal.h"
#include "envelope/float.h"
#include "roundtrip.h"
#include "shipper/heap_buffer.h"

#define NUMERIC_SIGN_NEGATIVE 0x4000
#define NUMERIC_SIGN_NAN 0xC000
#define NUMERIC_SIGN_PLUS_INFINITY 0xD000
#define NUMERIC_SIGN_MINUS_INFINITY 0xF000

/* ---- what walferry writes ---- */

void
write_float8(Bytes *text, const WfValue *value)
{
	char		written[WF_FLOAT_TEXT_MAX];

	bytes_append(text, written, wf_float8_text(written, value->as.float8));
}

void
write_float4(Bytes *text, const WfValue *value)
{
	char		written[WF_FLOAT_TEXT_MAX];

	bytes_append(text, written, wf_float4_text(written, value->as.float4));
}

/* The bytes of a quoted base64 string, into memory that is long enough. */
static size_t
decode_base64(WfSlice quoted, uint8_t *bytes)
{
	static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t		count = 0;
	uint32_t	bits = 0;
	int			bit_count = 0;

	for (size_t i = 1; i + 1 < quoted.length; i++)
	{
		const char *digit = memchr(digits, quoted.data[i], 64);

		if (digit == NULL)
			break;				/* padding */
		bits = bits << 6 | (uint32_t) (digit - digits);
		bit_count += 6;
		if (bit_count >= 8)
		{
			bit_count -= 8;
			bytes[count++] = (uint8_t) (bits >> bit_count);
		}
	}
	return count;
}

/* Decimal digits of a two's complement number, most significant byte first. */
static void
append_decimal(Bytes *text, uint8_t *bytes, size_t count, int32_t scale)
{
	bool		negative = count > 0 && bytes[0] >= 0x80;
	char	   *digits = malloc(count * 3 + (size_t) scale + 2);
	size_t		digit_count = 0;
	bool		more = true;

	if (negative)
	{
		int			carry = 1;

		for (size_t i = count; i-- > 0;)
		{
			carry += (uint8_t) ~bytes[i];
			bytes[i] = (uint8_t) carry;
			carry >>= 8;
		}
	}
	while (more || digit_count <= (size_t) scale)
	{
		int			rest = 0;

		more = false;
		for (size_t i = 0; i < count; i++)
		{
			rest = rest << 8 | bytes[i];
			bytes[i] = (uint8_t) (rest / 10);
			rest %= 10;
			more |= bytes[i] != 0;
		}
		digits[digit_count++] = (char) ('0' + rest);
	}
	if (negative)
		bytes_append(text, "-", 1);
	while (digit_count > 0)
	{
		if (digit_count == (size_t) scale)
			bytes_append(text, ".", 1);
		bytes_append(text, &digits[--digit_count], 1);
	}
	free(digits);
}

/* The unscaled number of Kafka Connect's Decimal, read as a consumer reads it. */
void
write_numeric(Bytes *text, const WfValue *value)
{
	const WfNumeric *numeric = &value->as.numeric;
	WfBuffer	buffer;
	uint8_t    *bytes;
	int32_t		scale;

	if (numeric->sign != WF_NUMERIC_POSITIVE && numeric->sign != WF_NUMERIC_NEGATIVE)
		return;
	scale = wf_decimal_natural_scale(numeric);
	heap_buffer_init(&buffer, 1 << 24);
	wf_decimal_write(&buffer, numeric, scale);
	bytes = malloc(buffer.length);
	append_decimal(text, bytes, decode_base64(wf_slice(buffer.data, buffer.length), bytes), scale);
	free(bytes);
	heap_buffer_free(&buffer);
}

/* ---- what the server sends ---- */

static void
take_numeric(WfSlice *bytes, WfScratch *scratch, WfNumeric *numeric)
{
	int16_t    *digits;
	uint64_t	sign;

	memset(numeric, 0, sizeof(*numeric));
	numeric->digit_count = (int32_t) take_integer(bytes, 2);
	numeric->weight = (int32_t) take_integer(bytes, 2);
	sign = (uint64_t) take_integer(bytes, 2) & 0xFFFF;
	numeric->dscale = (int32_t) take_integer(bytes, 2);
	digits = wf_scratch_take(scratch, (size_t) numeric->digit_count * sizeof(int16_t));
	for (int32_t i = 0; i < numeric->digit_count; i++)
		digits[i] = (int16_t) take_integer(bytes, 2);
	numeric->digits = digits;
	numeric->sign = sign == NUMERIC_SIGN_NEGATIVE ? WF_NUMERIC_NEGATIVE
		: sign == NUMERIC_SIGN_NAN ? WF_NUMERIC_NAN
		: sign == NUMERIC_SIGN_PLUS_INFINITY ? WF_NUMERIC_PLUS_INFINITY
		: sign == NUMERIC_SIGN_MINUS_INFINITY ? WF_NUMERIC_MINUS_INFINITY : WF_NUMERIC_POSITIVE;
}

void
take_value(WfSlice *bytes, WfTypeKind kind, WfScratch *scratch, WfValue *value)
{
	uint64_t	bits8;
	uint32_t	bits4;

	value->state = WF_VALUE_PRESENT;
	switch (kind)
	{
		case WF_TYPE_FLOAT8:
			bits8 = (uint64_t) take_integer(bytes, 8);
			memcpy(&value->as.float8, &bits8, sizeof(bits8));
			break;
		case WF_TYPE_FLOAT4:
			bits4 = (uint32_t) take_integer(bytes, 4);
			memcpy(&value->as.float4, &bits4, sizeof(bits4));
			break;
		case WF_TYPE_NUMERIC:
			take_numeric(bytes, scratch, &value->as.numeric);
			break;
		case WF_TYPE_MONEY:
			value->as.money.units = take_integer(bytes, 8);
			value->as.money.fraction_digits = 2;
			break;
		case WF_TYPE_TIMETZ:
			value->as.timetz.microseconds = take_integer(bytes, 8);
			value->as.timetz.zone_seconds = (int32_t) take_integer(bytes, 4);
			break;
		case WF_TYPE_INTERVAL:
			value->as.interval.microseconds = take_integer(bytes, 8);
			value->as.interval.days = (int32_t) take_integer(bytes, 4);
			value->as.interval.months = (int32_t) take_integer(bytes, 4);
			break;
		case WF_TYPE_UUID:
			value->as.uuid = (const uint8_t *) bytes->data;
			break;
		case WF_TYPE_BYTEA:
		case WF_TYPE_TEXT:
			value->as.bytes = *bytes;
			break;
		default:
			value->as.integer = take_integer(bytes, (int) bytes->length);
			break;
	}
}

static bool
numerics_equal(const WfNumeric *a, const WfNumeric *b)
{
	if (a->sign != b->sign)
		return false;
	if (a->sign != WF_NUMERIC_POSITIVE && a->sign != WF_NUMERIC_NEGATIVE)
		return true;			/* whatever scale the server sends with it */
	return a->digit_count == b->digit_count && a->dscale == b->dscale &&
		(a->digit_count == 0 ||
		 (a->weight == b->weight &&
		  memcmp(a->digits, b->digits, (size_t) a->digit_count * sizeof(int16_t)) == 0));
}

/* Bits, but for NaN, of which the text tells no more. */
static bool
floats_equal(double a, double b)
{
	return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
}

bool
values_equal(WfTypeKind kind, const WfValue *a, const WfValue *b)
{
	switch (kind)
	{
		case WF_TYPE_FLOAT8:
			return floats_equal(a->as.float8, b->as.float8);
		case WF_TYPE_FLOAT4:
			return floats_equal((double) a->as.float4, (double) b->as.float4);
		case WF_TYPE_NUMERIC:
			return numerics_equal(&a->as.numeric, &b->as.numeric);
		case WF_TYPE_MONEY:
			return a->as.money.units == b->as.money.units &&
				a->as.money.fraction_digits == b->as.money.fraction_digits;
		case WF_TYPE_TIMETZ:
			return a->as.timetz.microseconds == b->as.timetz.microseconds &&
				a->as.timetz.zone_seconds == b->as.timetz.zone_seconds;
		case WF_TYPE_INTERVAL:
			return a->as.interval.microseconds == b->as.interval.microseconds &&
				a->as.interval.days == b->as.interval.days &&
				a->as.interval.months == b->as.interval.months;
		case WF_TYPE_UUID:
			return memcmp(a->as.uuid, b->as.uuid, 16) == 0;
		case WF_TYPE_BYTEA:
		case WF_TYPE_TEXT:
			return a->as.bytes.length == b->as.bytes.length &&
				memcmp(a->as.bytes.data, b->as.bytes.data, a->as.bytes.length) == 0;
		default:
			return a->as.integer == b->as.integer;
	}
}
