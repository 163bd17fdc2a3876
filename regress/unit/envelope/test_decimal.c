/*
 * test_decimal.c
 *		Numerics as unscaled integers: golden bytes, then numbers of every size
 *		turned back into decimal text by schoolbook arithmetic.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include <stdio.h>

#include "envelope/decimal.h"
#include "envelope/value.h"

#define DIGITS_MAX 36865		/* 131072 + 16383 decimals and a bit */

static WfBuffer buffer;
static int16_t digits[DIGITS_MAX];

/* The numeric that PostgreSQL has for a decimal literal. */
static WfNumeric
numeric_of(const char *text)
{
	WfNumeric	numeric = {.digits = digits, .sign = WF_NUMERIC_POSITIVE};
	const char *point;
	int			before;
	int			padding;

	if (*text == '-')
	{
		numeric.sign = WF_NUMERIC_NEGATIVE;
		text++;
	}
	point = strchr(text, '.');
	before = point != NULL ? (int) (point - text) : (int) strlen(text);
	numeric.dscale = point != NULL ? (int) strlen(point + 1) : 0;
	padding = (4 - before % 4) % 4;
	numeric.weight = (before + padding) / 4 - 1;

	for (int position = -padding; position < before + numeric.dscale; position += 4)
	{
		int16_t		digit = 0;

		for (int i = position; i < position + 4; i++)
		{
			char		c = '0';

			if (i >= 0 && i < before)
				c = text[i];
			else if (i >= before && i < before + numeric.dscale)
				c = point[1 + i - before];
			digit = (int16_t) (digit * 10 + (c - '0'));
		}
		assert_true(numeric.digit_count < DIGITS_MAX);
		digits[numeric.digit_count++] = digit;
	}
	/* zeros at either end are not stored */
	while (numeric.digit_count > 0 && numeric.digits[numeric.digit_count - 1] == 0)
		numeric.digit_count--;
	while (numeric.digit_count > 0 && numeric.digits[0] == 0)
	{
		numeric.digits++;
		numeric.digit_count--;
		numeric.weight--;
	}
	if (numeric.digit_count == 0)
		numeric.weight = 0;
	return numeric;
}

static void
check(const char *text, int scale, const char *expected)
{
	WfNumeric	numeric = numeric_of(text);

	wf_decimal_write(&buffer, &numeric, scale);
	assert_content(&buffer, expected);
}

static void
check_variable(const char *text, const char *expected)
{
	WfTextForm	form = {0};
	WfType		type = {.kind = WF_TYPE_NUMERIC, .oid = 1700, .typmod = -1};
	WfValue		value = {.as.numeric = numeric_of(text)};
	WfOptions	options = {0};
	WfColumnField column;

	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);
	assert_int_equal(wf_value_write(&buffer, &form, &column.self, &value), WF_VALUE_WRITTEN);
	assert_content(&buffer, expected);
}

static void
test_golden(void **state)
{
	(void) state;
	check("0", 0, "\"AA==\"");
	check("1", 0, "\"AQ==\"");
	check("-1", 0, "\"/w==\"");
	check("110", 0, "\"bg==\"");
	check("1.1", 2, "\"bg==\"");
	check("127", 0, "\"fw==\"");
	check("128", 0, "\"AIA=\"");
	check("-128", 0, "\"gA==\"");
	check("-129", 0, "\"/38=\"");
	check("255", 0, "\"AP8=\"");
	check("256", 0, "\"AQA=\"");
	check("3.30", 2, "\"AUo=\"");
	check("22.2200", 4, "\"A2P4\"");
	check("10.1111", 4, "\"AYr3\"");
	check("12.3411", 4, "\"AeIT\"");
	check("-12.3411", 4, "\"/h3t\"");
	check("9223372036854775808", 0, "\"AIAAAAAAAAAA\"");
	check("-9223372036854775808", 0, "\"gAAAAAAAAAA=\"");

	/* recorded from Debezium 3.7.0 */
	check("123.45", 2, "\"MDk=\"");
	check("-123.45", 2, "\"z8c=\"");
	check("12345678901234567890123456789012345678", 0, "\"CUmw9vACMxPESZBQ3jjzTg==\"");
	check("-12345678901234567890123456789012345678", 0, "\"9rZPCQ/9zOw7tm+vIccMsg==\"");
	check("99999999999999999999999999999999999999", 0, "\"SztMqFqGxHoJiiI//////w==\"");
	check("1234567890123456789012345678.0123456789", 10, "\"CUmw9vACMxPESZBOzGdFFQ==\"");
	check("-0.0000000001", 10, "\"/w==\"");
	check("0.1", 10, "\"O5rKAA==\"");
	check("0.00123", 5, "\"ew==\"");
	check("-0.00999", 5, "\"/Bk=\"");
	check("0", 10, "\"AA==\"");
}

static void
test_variable_scale(void **state)
{
	(void) state;
	check_variable("3.14159265358979", "{\"scale\":14,\"value\":\"AR2552okgw==\"}");
	check_variable("-0.000000000000000000000000000000000001", "{\"scale\":36,\"value\":\"/w==\"}");
	check_variable("0", "{\"scale\":0,\"value\":\"AA==\"}");
	check_variable("0.000", "{\"scale\":0,\"value\":\"AA==\"}");
	check_variable("1.500", "{\"scale\":1,\"value\":\"Dw==\"}");
	check_variable("99.9900", "{\"scale\":2,\"value\":\"Jw8=\"}");
	check_variable("100000000000000000000", "{\"scale\":0,\"value\":\"BWvHXi1jEAAA\"}");
	check_variable("100", "{\"scale\":0,\"value\":\"ZA==\"}");
	check_variable("0.10", "{\"scale\":1,\"value\":\"AQ==\"}");
	check_variable("123456789012345678901234567890.123456789012345678901234567890",
				   "{\"scale\":29,\"value\":\"Afd+5uOsaXA1hlpdOME4xULa4ZgorjmBFQ==\"}");
}

/* More fraction digits than the scale: rounded half away from zero. */
static void
test_excess_digits(void **state)
{
	(void) state;
	check("1.244", 2, "\"fA==\"");
	check("1.245", 2, "\"fQ==\"");
	check("1.2450", 2, "\"fQ==\"");
	check("1.24499999", 2, "\"fA==\"");
	check("-1.245", 2, "\"gw==\"");
	check("-1.244", 2, "\"hA==\"");
	check("0.00004", 2, "\"AA==\"");
	check("0.005", 2, "\"AQ==\"");
	check("0.00499", 2, "\"AA==\"");
	check("0.5", 0, "\"AQ==\"");
	check("0.49999", 0, "\"AA==\"");
	check("99999999999999999999.5", 0, "\"BWvHXi1jEAAA\"");
	check("9999.99995", 4, "\"BfXhAA==\"");
}

static void
test_int64(void **state)
{
	static const struct
	{
		int64_t		value;
		const char *text;
	}			pairs[] = {
		/* money, recorded from Debezium 3.7.0 */
		{100, "\"ZA==\""}, {1, "\"AQ==\""}, {-123456, "\"/h3A\""}, {100010, "\"AYaq\""},
		{INT64_MAX, "\"f/////////8=\""}, {INT64_MIN, "\"gAAAAAAAAAA=\""}, {0, "\"AA==\""},
		{-1, "\"/w==\""}
	};

	(void) state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
	{
		wf_decimal_write_int64(&buffer, pairs[i].value);
		assert_content(&buffer, pairs[i].text);
	}
}

/* Money of currencies with other than two fraction digits. */
static void
test_rescaled(void **state)
{
	static const struct
	{
		int64_t		units;
		int32_t		fraction_digits;
		const char *text;		/* NULL: would have to be rounded */
	}			cases[] = {
		{1234, 2, "\"BNI=\""}, {1234, 0, "\"AeII\""}, {-1234, 0, "\"/h34\""},
		{1234, 1, "\"MDQ=\""}, {0, 0, "\"AA==\""}, {12340, 3, "\"BNI=\""},
		{12345, 3, NULL}, {-1, 3, NULL}, {0, 10, "\"AA==\""}, {100000000, 10, "\"AQ==\""},
		{INT64_MAX, 2, "\"f/////////8=\""}, {INT64_MIN, 2, "\"gAAAAAAAAAA=\""},
		/* beyond 64 bits: never silently another amount */
		{INT64_MAX, 0, "\"Mf////////+c\""}, {INT64_MIN, 0, "\"zgAAAAAAAAAA\""}
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		assert_int_equal(wf_decimal_write_rescaled(&buffer, cases[i].units,
												   cases[i].fraction_digits, 2),
						 cases[i].text != NULL);
		assert_content(&buffer, cases[i].text != NULL ? cases[i].text : "");
	}
}

/* Decodes the quoted base64 in buffer; returns the number of bytes. */
static size_t
decode_base64(uint8_t *bytes)
{
	static const char alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t	bits = 0;
	int			bit_count = 0;
	size_t		length = 0;

	for (size_t i = 1; i < buffer.length - 1 && buffer.data[i] != '='; i++)
	{
		bits = bits << 6 | (uint32_t) (strchr(alphabet, buffer.data[i]) - alphabet);
		bit_count += 6;
		if (bit_count >= 8)
		{
			bit_count -= 8;
			bytes[length++] = (uint8_t) (bits >> bit_count);
		}
	}
	return length;
}

/* Big-endian two's complement to decimal text, by repeated division. */
static void
decimal_text(char *text, uint8_t *bytes, size_t length)
{
	bool		negative = bytes[0] >= 0x80;
	char	   *end;
	bool		zero = false;

	if (negative)
	{
		int			carry = 1;

		for (size_t i = length; i-- > 0;)
		{
			carry += (uint8_t) ~bytes[i];
			bytes[i] = (uint8_t) carry;
			carry >>= 8;
		}
		*text++ = '-';
	}
	end = text;
	while (!zero)
	{
		int			remainder = 0;

		zero = true;
		for (size_t i = 0; i < length; i++)
		{
			remainder = remainder << 8 | bytes[i];
			bytes[i] = (uint8_t) (remainder / 10);
			remainder %= 10;
			if (bytes[i] != 0)
				zero = false;
		}
		*end++ = (char) ('0' + remainder);
	}
	*end = '\0';
	for (char *start = text; start < --end; start++)
	{
		char		c = *start;

		*start = *end;
		*end = c;
	}
}

static uint32_t
random_below(uint32_t limit)
{
	static uint64_t x = 88172645463325252;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t) (x >> 32) % limit;
}

static void
test_random_sizes(void **state)
{
	static char text[600];
	static char expected[600];
	static char actual[600];
	static uint8_t bytes[600];

	(void) state;
	for (int round = 0; round < 20000; round++)
	{
		int			before = 1 + (int) random_below(round % 10 == 0 ? 200 : 24);
		int			after = (int) random_below(round % 10 == 1 ? 200 : 24);
		int			scale = after + (int) random_below(8);
		char	   *out = text;
		char	   *compact = expected;
		bool		negative = random_below(2) == 1;
		bool		leading = true;
		size_t		length;

		if (negative)
		{
			*out++ = '-';
			*compact++ = '-';
		}
		for (int i = 0; i < before + scale; i++)
		{
			char		c = (char) ('0' + random_below(10));

			/* runs of zeros and of nines are where carries happen */
			if (round % 4 == 2)
				c = random_below(9) > 0 ? '0' : c;
			else if (round % 4 == 3)
				c = random_below(9) > 0 ? '9' : c;
			if (i >= before + after)
				c = '0';
			if (i == before && after > 0)
				*out++ = '.';
			if (i < before + after)
				*out++ = c;
			leading = leading && c == '0';
			if (!leading)
				*compact++ = c;
		}
		*out = '\0';
		*compact = '\0';
		if (leading)
			strcpy(expected, "0");

		{
			WfNumeric	numeric = numeric_of(text);

			wf_decimal_write(&buffer, &numeric, scale);
		}
		assert_int_equal(buffer.error, WF_BUFFER_OK);
		length = decode_base64(bytes);
		/* no byte that only repeats the sign */
		if (length > 1)
			assert_false((bytes[0] == 0x00 && bytes[1] < 0x80) ||
						 (bytes[0] == 0xFF && bytes[1] >= 0x80));
		decimal_text(actual, bytes, length);
		assert_string_equal(actual, expected);
		wf_buffer_cut(&buffer, 0);
	}
}

/* The longest numeric there is, at an odd place in the buffer. */
static void
test_longest(void **state)
{
	size_t		length;
	char	   *text = malloc(131072 + 16383 + 2);
	WfNumeric	numeric;

	(void) state;
	memset(text, '9', 131072 + 16383 + 1);
	text[131072] = '.';
	text[131072 + 16383 + 1] = '\0';
	numeric = numeric_of(text);
	wf_buffer_append_literal(&buffer, "abc");
	wf_decimal_write(&buffer, &numeric, 16383);
	assert_int_equal(buffer.error, WF_BUFFER_OK);

	/* 10^147455 - 1 has 489836 bits: the first byte is not 0, the last is 0xFF */
	length = buffer.length - 3;
	assert_int_equal(length, (489836 / 8 + 1 + 2) / 3 * 4 + 2);
	assert_memory_equal(buffer.data, "abc\"", 4);
	assert_int_equal(buffer.data[buffer.length - 1], '"');
	wf_buffer_cut(&buffer, 0);

	/* and one that has no room for it, which leaves the buffer as it was */
	{
		WfBuffer	small = growing_buffer(1000);

		wf_buffer_append_literal(&small, "abc");
		wf_decimal_write(&small, &numeric, 16383);
		assert_int_equal(small.error, WF_BUFFER_CEILING);
		assert_int_equal(small.length, 3);
		free(small.data);
	}
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_variable_scale),
		cmocka_unit_test(test_excess_digits),
		cmocka_unit_test(test_int64),
		cmocka_unit_test(test_rescaled),
		cmocka_unit_test(test_random_sizes),
		cmocka_unit_test(test_longest),
	};
	int			failed;

	buffer = growing_buffer(1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(buffer.data);
	return failed;
}
