/*
 * generate.c
 *		Random values of each type, as PostgreSQL's receive functions take them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>
#include <string.h>

#include "envelope/time.h"
#include "roundtrip.h"

#define NUMERIC_SIGN_NEGATIVE 0x4000
#define NUMERIC_SIGN_NAN 0xC000
#define NUMERIC_SIGN_PLUS_INFINITY 0xD000
#define NUMERIC_SIGN_MINUS_INFINITY 0xF000

#define MICROSECONDS_MIN INT64_C(-211813488000000000)
#define MICROSECONDS_END INT64_C(9223371331200000000)
#define DATE_MIN (-2451545)
#define DATE_END INT64_C(2145031949)

#define countof(array) (sizeof(array) / sizeof(*(array)))

/* Of all sizes alike, so that short texts come as often as long ones. */
static int64_t
random_integer(int bits)
{
	return (int64_t) random_bits() >> (64 - bits + (int) random_below((uint64_t) bits));
}

void
generate_int8(Bytes *value)
{
	bytes_append_integer(value, (uint64_t) random_integer(64), 8);
}

void
generate_int4(Bytes *value)
{
	bytes_append_integer(value, (uint64_t) random_integer(32), 4);
}

/* Every bit pattern; now and then one with few digits, or next to a power of two. */
void
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

void
generate_float4(Bytes *value)
{
	uint32_t	bits = (uint32_t) random_bits();

	if (random_below(8) == 0)
		bits &= UINT32_C(0x807FFFFF) >> random_below(23);	/* subnormal, or zero */
	bytes_append_integer(value, bits, 4);
}

void
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
		/* 13 has no infinities */
		sign = specials[random_below(server_version < 140000 ? 1 : countof(specials))];
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

void
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

void
generate_time(Bytes *value)
{
	int64_t		time = round_time((int64_t) random_below(WF_MICROSECONDS_PER_DAY + 1));

	bytes_append_integer(value, (uint64_t) time, 8);
}

void
generate_timetz(Bytes *value)
{
	static const int64_t units[] = {1, 60, 3600};
	int64_t		unit = units[random_below(countof(units))];
	int64_t		zone = ((int64_t) random_below(2 * 57599 + 1) - 57599) / unit * unit;

	generate_time(value);
	bytes_append_integer(value, (uint64_t) zone, 4);
}

void
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

void
generate_interval(Bytes *value)
{
	uint64_t	parts = random_bits();
	int			time_bits = server_version < 150000 ? 63 : 64;	/* hours were of 32 bits */

	if (server_version >= 170000 && random_below(16) == 0)
	{
		bool		negative = random_below(2) == 0;

		bytes_append_integer(value, negative ? (uint64_t) INT64_MIN : INT64_MAX, 8);
		bytes_append_integer(value, negative ? (uint32_t) INT32_MIN : INT32_MAX, 4);
		bytes_append_integer(value, negative ? (uint32_t) INT32_MIN : INT32_MAX, 4);
		return;
	}
	bytes_append_integer(value, parts & 1 ? (uint64_t) round_time(random_integer(time_bits)) : 0,
						 8);
	bytes_append_integer(value, parts & 2 ? (uint64_t) random_integer(32) : 0, 4);
	bytes_append_integer(value, parts & 4 ? (uint64_t) random_integer(32) : 0, 4);
}

void
generate_uuid(Bytes *value)
{
	bytes_append_integer(value, random_bits(), 8);
	bytes_append_integer(value, random_bits(), 8);
}

void
generate_bytea(Bytes *value)
{
	for (uint64_t left = random_below(24); left > 0; left--)
		bytes_append_integer(value, random_below(4) == 0 ? '\\' : random_bits(), 1);
}

/* Pieces that mean something in an array's text, in any order. */
void
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

void
generate_bool(Bytes *value)
{
	bytes_append_integer(value, random_below(2), 1);
}

void
generate_int2(Bytes *value)
{
	bytes_append_integer(value, (uint64_t) random_integer(16), 2);
}

/* "char": any byte, also those that are no text. */
void
generate_byte(Bytes *value)
{
	bytes_append_integer(value, random_below(2) == 0 ? random_bits() : 'a' + random_below(26), 1);
}

void
generate_label(Bytes *value)
{
	static const char *const labels[] = {"red", "NULL", "dark \"blue\"", "gr\xC3\xBCn", ""};
	const char *label = labels[random_below(countof(labels) - 1)];

	bytes_append(value, label, strlen(label));
}

/* Now and then whole bytes of zeros come first. */
void
generate_bits(Bytes *value)
{
	uint64_t	count = random_below(40);
	uint64_t	zeros = random_below(2) * random_below(40);

	bytes_append_integer(value, count, 4);
	for (uint64_t at = 0; at < count; at += 8)
	{
		uint64_t	byte = at < zeros ? 0 : random_bits() & 0xFF;

		if (count - at < 8)
			byte &= ~(UINT64_C(0xFF) >> (count - at));
		bytes_append_integer(value, byte, 1);
	}
}

static void
append_json(Bytes *value, int depth)
{
	static const char *const scalars[] = {
		"null", "true", "-0.50", "1e3", "12345678901234567890.10", "\"\"", "\"a\\\"b\\u00e4\"",
		"\"\xC3\xA4 \\\\ {,}\"", "[]", "{}"
	};
	const char *scalar = scalars[random_below(countof(scalars))];
	uint64_t	members = random_below(4);
	bool		object = random_below(2) == 0;

	if (depth == 3 || random_below(3) == 0)
	{
		bytes_append(value, scalar, strlen(scalar));
		return;
	}
	bytes_append(value, object ? "{" : "[", 1);
	for (uint64_t i = 0; i < members; i++)
	{
		bytes_append(value, " , ", i == 0 ? 1 : 3);
		if (object)
			bytes_append(value, i == 0 ? "\"k\":" : "\"b \" :  ", i == 0 ? 4 : 8);
		append_json(value, depth + 1);
	}
	bytes_append(value, object ? "}" : "]", 1);
}

void
generate_json(Bytes *value)
{
	append_json(value, 0);
}

void
generate_jsonb(Bytes *value)
{
	bytes_append_integer(value, 1, 1);	/* version of the form */
	append_json(value, 0);
}

/* With and without a declaration, which the server prints anew. */
void
generate_xml(Bytes *value)
{
	static const char *const pieces[] = {
		"<?xml version=\"1.0\"?>", "<?xml version=\"1.1\" encoding=\"UTF-8\"?>\n",
		"<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>", "", ""
	};
	const char *piece = pieces[random_below(countof(pieces))];
	const char *content = random_below(2) == 0 ? "<a b=\"\xC3\xA4\">, {</a>" : "<a/>";

	bytes_append(value, piece, strlen(piece));
	bytes_append(value, content, strlen(content));
}

void
generate_point(Bytes *value)
{
	generate_float8(value);
	generate_float8(value);
}

/* lseg and box */
void
generate_two_points(Bytes *value)
{
	generate_point(value);
	generate_point(value);
}

static void
append_float8(Bytes *value, double number)
{
	uint64_t	bits;

	memcpy(&bits, &number, sizeof(bits));
	bytes_append_integer(value, bits, 8);
}

/* A and B must not both be zero. */
void
generate_line(Bytes *value)
{
	append_float8(value, 1 + (double) random_below(1000) / 7);
	generate_point(value);
}

/* A radius is not negative. */
void
generate_circle(Bytes *value)
{
	generate_point(value);
	append_float8(value, (double) random_below(1000000) / 9);
}

static void
append_points(Bytes *value)
{
	uint64_t	count = 1 + random_below(6);

	bytes_append_integer(value, count, 4);
	for (uint64_t i = 0; i < count; i++)
		generate_point(value);
}

void
generate_path(Bytes *value)
{
	generate_bool(value);
	append_points(value);
}

void
generate_polygon(Bytes *value)
{
	append_points(value);
}

/* ---- types of extensions ---- */

/* pgvector takes no NaN and no infinity. */
static void
append_finite_float4(Bytes *value)
{
	uint32_t	bits = (uint32_t) random_bits();

	if ((bits & 0x7F800000) == 0x7F800000)
		bits &= 0xBFFFFFFF;
	bytes_append_integer(value, bits, 4);
}

static uint64_t
append_vector_head(Bytes *value)
{
	uint64_t	dimensions = 1 + random_below(8);

	bytes_append_integer(value, dimensions, 2);
	bytes_append_integer(value, 0, 2);
	return dimensions;
}

void
generate_vector(Bytes *value)
{
	for (uint64_t left = append_vector_head(value); left > 0; left--)
		append_finite_float4(value);
}

void
generate_halfvec(Bytes *value)
{
	for (uint64_t left = append_vector_head(value); left > 0; left--)
	{
		uint64_t	bits = random_bits() & 0xFFFF;

		bytes_append_integer(value, (bits & 0x7C00) == 0x7C00 ? bits & 0xBFFF : bits, 2);
	}
}

/* Some of the dimensions, whose indices rise; none of the numbers is zero. */
void
generate_sparsevec(Bytes *value)
{
	uint64_t	dimensions = 1 + random_below(40);
	uint64_t	count = 0;
	uint8_t		chosen[40];

	for (uint64_t i = 0; i < dimensions; i++)
		if (random_below(4) == 0)
			chosen[count++] = (uint8_t) i;
	bytes_append_integer(value, dimensions, 4);
	bytes_append_integer(value, count, 4);
	bytes_append_integer(value, 0, 4);
	for (uint64_t i = 0; i < count; i++)
		bytes_append_integer(value, chosen[i], 4);
	for (uint64_t i = 0; i < count; i++)
		bytes_append_integer(value, UINT64_C(0x3F000001) + random_below(1 << 24), 4);
}

/* EWKB of a point or a line, big-endian, with an SRID or without one. */
void
generate_geometry(Bytes *value)
{
	uint64_t	points = random_below(4);
	uint64_t	shape = points < 2 ? 1 : 2;
	uint64_t	has_srid = random_below(2);

	bytes_append_integer(value, 0, 1);
	bytes_append_integer(value, shape | has_srid << 29, 4);
	if (has_srid != 0)
		bytes_append_integer(value, 4326, 4);
	if (shape == 2)
		bytes_append_integer(value, points, 4);
	for (uint64_t left = shape == 1 ? 2 : 2 * points; left > 0; left--)
		append_float8(value, (double) random_below(90000) / 1001 - 40);
}
