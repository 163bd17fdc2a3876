/*
 * values.c
 *		Random values of each type, as PostgreSQL receives and sends them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envelope/decimal.h"
#include "envelope/float.h"
#include "envelope/time.h"
#include "roundtrip.h"
#include "shipper/heap_buffer.h"

#define NUMERIC_SIGN_NEGATIVE 0x4000
#define NUMERIC_SIGN_NAN 0xC000
#define NUMERIC_SIGN_PLUS_INFINITY 0xD000
#define NUMERIC_SIGN_MINUS_INFINITY 0xF000

#define MICROSECONDS_MIN INT64_C(-211813488000000000)
#define MICROSECONDS_END INT64_C(9223371331200000000)
#define DATE_MIN (-2451545)
#define DATE_END INT64_C(2145031949)

#define countof(array) (sizeof(array) / sizeof(*(array)))

/* ---- generating ---- */

/* Of all sizes alike, so that short texts come as often as long ones. */
static int64_t
random_integer(int bits)
{
	return (int64_t) random_bits() >> (64 - bits + (int) random_below((uint64_t) bits));
}

static void
generate_int8(Bytes *value)
{
	bytes_append_integer(value, (uint64_t) random_integer(64), 8);
}

static void
generate_int4(Bytes *value)
{
	bytes_append_integer(value, (uint64_t) random_integer(32), 4);
}

/* Every bit pattern; now and then one with few digits, or next to a power of two. */
static void
generate_float8(Bytes *value)
{
	double		number;
	uint64_t	bits = random_bits();

	switch (random_below(8))
	{
		case 0:
			number = (double) random_integer(54) / pow(10, (double) random_below(20));
			memcpy(&bits, &number, sizeof(bits));
			break;
		case 1:
			bits = (bits & UINT64_C(0xFFF0000000000000)) + random_below(3) - 1;
			break;
		case 2:
			bits &= ~(UINT64_C(0x7FF) << 52);	/* subnormal, or zero */
			bits >>= random_below(52);
			break;
		default:
			break;
	}
	bytes_append_integer(value, bits, 8);
}

static void
generate_float4(Bytes *value)
{
	uint32_t	bits = (uint32_t) random_bits();

	if (random_below(8) == 0)
		bits &= UINT32_C(0x807FFFFF) >> random_below(23);	/* subnormal, or zero */
	bytes_append_integer(value, bits, 4);
}

static void
generate_numeric(Bytes *value)
{
	static const uint16_t specials[] = {
		NUMERIC_SIGN_NAN, NUMERIC_SIGN_PLUS_INFINITY, NUMERIC_SIGN_MINUS_INFINITY
	};
	uint64_t	count = random_below(random_below(50) == 0 ? 300 : 8);
	int64_t		weight = (int64_t) random_below(random_below(50) == 0 ? 300 : 8) - 3;
	int64_t		dscale = (int64_t) random_below(random_below(50) == 0 ? 1000 : 24);
	uint64_t	sign = random_below(2) * NUMERIC_SIGN_NEGATIVE;
	int64_t		needed = ((int64_t) count - 1 - weight) * 4;

	/* as it is stored: all digits within the scale, none at the ends zero */
	if (dscale < needed)
		dscale = needed;
	if (count == 0)
		sign = 0;
	if (random_below(200) == 0)
	{
		count = 0;
		sign = specials[random_below(countof(specials))];
	}
	bytes_append_integer(value, count, 2);
	bytes_append_integer(value, (uint64_t) weight, 2);
	bytes_append_integer(value, sign, 2);
	bytes_append_integer(value, (uint64_t) dscale, 2);
	for (uint64_t i = 0; i < count; i++)
	{
		bool		end = i == 0 || i == count - 1;

		bytes_append_integer(value, !end && random_below(3) == 0 ? 0 : 1 + random_below(9999), 2);
	}
}

static void
generate_date(Bytes *value)
{
	int64_t		date = DATE_MIN + (int64_t) random_below(DATE_END - DATE_MIN);

	switch (random_below(16))
	{
		case 0:
			date = random_below(2) == 0 ? INT32_MAX : INT32_MIN;
			break;
		case 1:
			date = random_below(2) == 0 ? DATE_MIN : DATE_END - 1;
			break;
		default:
			if (random_below(2) == 0)
				date = random_integer(21);
			break;
	}
	bytes_append_integer(value, (uint64_t) date, 4);
}

/* Whole seconds, milliseconds and microseconds alike. */
static int64_t
round_time(int64_t microseconds)
{
	static const int64_t units[] = {1, 1000, 100000, 1000000, 60000000};
	int64_t		unit = units[random_below(countof(units))];

	return microseconds / unit * unit;
}

static void
generate_time(Bytes *value)
{
	int64_t		time = round_time((int64_t) random_below(WF_MICROSECONDS_PER_DAY + 1));

	bytes_append_integer(value, (uint64_t) time, 8);
}

static void
generate_timetz(Bytes *value)
{
	static const int64_t units[] = {1, 60, 3600};
	int64_t		unit = units[random_below(countof(units))];
	int64_t		zone = ((int64_t) random_below(2 * 57599 + 1) - 57599) / unit * unit;

	generate_time(value);
	bytes_append_integer(value, (uint64_t) zone, 4);
}

static void
generate_timestamp(Bytes *value)
{
	int64_t		timestamp;

	switch (random_below(16))
	{
		case 0:
			timestamp = random_below(2) == 0 ? INT64_MAX : INT64_MIN;
			break;
		case 1:
			timestamp = random_below(2) == 0 ? MICROSECONDS_MIN : MICROSECONDS_END - 1;
			break;
		case 2:
		case 3:
			timestamp = MICROSECONDS_MIN +
				(int64_t) random_below((uint64_t) MICROSECONDS_END - (uint64_t) MICROSECONDS_MIN);
			break;
		default:
			timestamp = round_time(random_integer(58));
			break;
	}
	bytes_append_integer(value, (uint64_t) timestamp, 8);
}

static void
generate_interval(Bytes *value)
{
	uint64_t	parts = random_bits();

	bytes_append_integer(value, parts & 1 ? (uint64_t) round_time(random_integer(64)) : 0, 8);
	bytes_append_integer(value, parts & 2 ? (uint64_t) random_integer(32) : 0, 4);
	bytes_append_integer(value, parts & 4 ? (uint64_t) random_integer(32) : 0, 4);
}

static void
generate_uuid(Bytes *value)
{
	bytes_append_integer(value, random_bits(), 8);
	bytes_append_integer(value, random_bits(), 8);
}

static void
generate_bytea(Bytes *value)
{
	for (uint64_t left = random_below(24); left > 0; left--)
		bytes_append_integer(value, random_below(4) == 0 ? '\\' : random_bits(), 1);
}

/* Pieces that mean something in an array's text, in any order. */
static void
generate_text(Bytes *value)
{
	static const char *const pieces[] = {
		"a", "NULL", "null", "\"", "\\", "{", "}", ",", ";", " ", "\t", "\n", "'", "\\x", "[1:2]=",
		"\xC3\xA4", "\xF0\x9F\x98\x80", "\xC2\xA0"
	};

	for (uint64_t left = random_below(5); left > 0; left--)
	{
		const char *piece = pieces[random_below(countof(pieces))];

		bytes_append(value, piece, strlen(piece));
	}
}

/* ---- what walferry writes ---- */

static void
write_float8(Bytes *text, const WfValue *value)
{
	char		written[WF_FLOAT_TEXT_MAX];

	bytes_append(text, written, wf_float8_text(written, value->as.float8));
}

static void
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
static void
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

#define FILLED \
	"array_fill(v, ARRAY[i::int % 3 + 1, i::int % 4 + 1], ARRAY[i::int % 5 - 2, i::int % 7 - 3])"
#define GROUPED "array_agg(v ORDER BY i)"

#define SCALAR(type, oid, kind, generate) \
	{type, type, oid, kind, NULL, false, generate, NULL, NULL}
#define WRITTEN(type, oid, kind, generate, write, same) \
	{type, type, oid, kind, NULL, false, generate, write, same}
#define ARRAY(type, oid, kind, generate) \
	{type "[]", type, oid, kind, GROUPED, true, generate, NULL, NULL}

const Trip	trips[] = {
	SCALAR("int4", 23, WF_TYPE_INT4, generate_int4),
	SCALAR("int8", 20, WF_TYPE_INT8, generate_int8),
	WRITTEN("float8", 701, WF_TYPE_FLOAT8, generate_float8, write_float8,
			"w::float8::text = v::text"),
	WRITTEN("float4", 700, WF_TYPE_FLOAT4, generate_float4, write_float4,
			"w::float4::text = v::text"),
	WRITTEN("numeric", 1700, WF_TYPE_NUMERIC, generate_numeric, write_numeric, "w::numeric = v"),
	SCALAR("money", 790, WF_TYPE_MONEY, generate_int8),
	SCALAR("date", 1082, WF_TYPE_DATE, generate_date),
	SCALAR("time", 1083, WF_TYPE_TIME, generate_time),
	SCALAR("timetz", 1266, WF_TYPE_TIMETZ, generate_timetz),
	SCALAR("timestamp", 1114, WF_TYPE_TIMESTAMP, generate_timestamp),
	SCALAR("timestamptz", 1184, WF_TYPE_TIMESTAMPTZ, generate_timestamp),
	SCALAR("interval", 1186, WF_TYPE_INTERVAL, generate_interval),
	SCALAR("uuid", 2950, WF_TYPE_UUID, generate_uuid),
	SCALAR("bytea", 17, WF_TYPE_BYTEA, generate_bytea),
	ARRAY("text", 25, WF_TYPE_TEXT, generate_text),
	ARRAY("bytea", 17, WF_TYPE_BYTEA, generate_bytea),
	ARRAY("numeric", 1700, WF_TYPE_NUMERIC, generate_numeric),
	ARRAY("timestamptz", 1184, WF_TYPE_TIMESTAMPTZ, generate_timestamp),
	{"int4[][]", "int4", 23, WF_TYPE_INT4, FILLED, false, generate_int4, NULL, NULL},
};

const int	trip_count = countof(trips);
