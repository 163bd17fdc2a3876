/*
 * test_float.c
 *		Floating-point text: Java's notation, reads back equal, and no shorter
 *		text would.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "envelope/float.h"
#include "envelope/json.h"

static uint64_t
random_bits(void)
{
	static uint64_t x = UINT64_C(88172645463325252);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return x * UINT64_C(0x2545F4914F6CDD1D);
}

static double
double_of(uint64_t bits)
{
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static float
float_of(uint32_t bits)
{
	float		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static void
check_float8(double value, const char *expected)
{
	char		text[WF_FLOAT_TEXT_MAX + 1];

	text[wf_float8_text(text, value)] = '\0';
	assert_string_equal(text, expected);
}

static void
check_float4(float value, const char *expected)
{
	char		text[WF_FLOAT_TEXT_MAX + 1];

	text[wf_float4_text(text, value)] = '\0';
	assert_string_equal(text, expected);
}

/* Recorded from Debezium 3.7.0, or Java's Double.toString. */
static void
test_notation(void **state)
{
	(void) state;
	check_float8(0.0, "0.0");
	check_float8(-0.0, "-0.0");
	check_float8(1.5, "1.5");
	check_float8(0.1, "0.1");
	check_float8(100, "100.0");
	check_float8(1e7, "1.0E7");
	check_float8(9999999, "9999999.0");
	check_float8(9999999.5, "9999999.5");
	check_float8(12345678.5, "1.23456785E7");
	check_float8(0.001, "0.001");
	check_float8(0.00123, "0.00123");
	check_float8(0.0123, "0.0123");
	check_float8(1e-4, "1.0E-4");
	check_float8(9.9e-4, "9.9E-4");
	check_float8(-1e-4, "-1.0E-4");
	check_float8(1e21, "1.0E21");
	check_float8(1e23, "1.0E23");
	check_float8(2e-3, "0.002");
	check_float8(123456789.123456789, "1.2345678912345679E8");
	check_float8(9007199254740993.0, "9.007199254740992E15");
	check_float8(1.7976931348623157e308, "1.7976931348623157E308");
	check_float8(2.2250738585072014e-308, "2.2250738585072014E-308");
	check_float8(5e-324, "4.9E-324");
	check_float8(1e-323, "9.9E-324");
	check_float8(2e-44, "2.0E-44");
	check_float8(NAN, "NaN");
	check_float8(-NAN, "NaN");
	check_float8(INFINITY, "Infinity");
	check_float8(-INFINITY, "-Infinity");

	check_float4(3.3f, "3.3");
	check_float4(-0.0f, "-0.0");
	check_float4(0.1f, "0.1");
	check_float4(123456.789f, "123456.79");
	check_float4(16777217.0f, "1.6777216E7");
	check_float4(3.4028235e38f, "3.4028235E38");
	check_float4(1e-45f, "1.4E-45");
	check_float4(9.8e-45f, "9.8E-45");
	check_float4(1e7f, "1.0E7");
	check_float4(9999999.0f, "9999999.0");
	check_float4(NAN, "NaN");
	check_float4(-INFINITY, "-Infinity");
}

static void
test_json(void **state)
{
	WfBuffer	buffer = growing_buffer(1000);

	(void) state;
	wf_json_float8(&buffer, NAN);
	wf_json_float8(&buffer, -INFINITY);
	wf_json_float4(&buffer, INFINITY);
	wf_json_float4(&buffer, 0.5f);
	wf_json_float8(&buffer, -2);
	assert_content(&buffer, "\"NaN\"\"-Infinity\"\"Infinity\"0.5-2.0");
	free(buffer.data);
}

/* Significant digits in the text, without zeros at the ends. */
static int
digit_count(const char *text)
{
	int			count = 0;
	int			zeros = 0;

	for (; *text != '\0' && *text != 'E'; text++)
	{
		if (*text == '0' && count > 0)
			zeros++;
		else if (*text >= '1' && *text <= '9')
		{
			count += zeros + 1;
			zeros = 0;
		}
	}
	return count;
}

static void
check_round_trip8(uint64_t bits)
{
	double		value = double_of(bits);
	char		text[WF_FLOAT_TEXT_MAX + 1];
	char		shorter[64];
	int			digits;

	if (!isfinite(value))
		return;
	text[wf_float8_text(text, value)] = '\0';
	if (strtod(text, NULL) != value)
		fail_msg("%016" PRIx64 " was written as %s", bits, text);
	digits = digit_count(text);
	if (digits <= 2)
		return;
	/* if fewer digits did, the closest of that length would read back */
	snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, value);
	if (strtod(shorter, NULL) == value)
		fail_msg("%016" PRIx64 " was written as %s, %s would do", bits, text, shorter);
	/* of that length, it is the closest */
	snprintf(shorter, sizeof(shorter), "%.*e", digits - 1, value);
	if (strtod(shorter, NULL) == value && strtold(shorter, NULL) != strtold(text, NULL) &&
		fabsl(strtold(shorter, NULL) - value) < fabsl(strtold(text, NULL) - value))
		fail_msg("%016" PRIx64 " was written as %s, %s is closer", bits, text, shorter);
}

static void
check_round_trip4(uint32_t bits)
{
	float		value = float_of(bits);
	char		text[WF_FLOAT_TEXT_MAX + 1];
	char		shorter[64];
	int			digits;

	if (!isfinite(value))
		return;
	text[wf_float4_text(text, value)] = '\0';
	if (strtof(text, NULL) != value)
		fail_msg("%08" PRIx32 " was written as %s", bits, text);
	digits = digit_count(text);
	if (digits <= 2)
		return;
	snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, (double) value);
	if (strtof(shorter, NULL) == value)
		fail_msg("%08" PRIx32 " was written as %s, %s would do", bits, text, shorter);
	snprintf(shorter, sizeof(shorter), "%.*e", digits - 1, (double) value);
	if (strtof(shorter, NULL) == value &&
		fabs(strtod(shorter, NULL) - value) < fabs(strtod(text, NULL) - value))
		fail_msg("%08" PRIx32 " was written as %s, %s is closer", bits, text, shorter);
}

/* Around every power of two, and powers of ten. */
static void
test_boundaries(void **state)
{
	(void) state;
	for (uint64_t exponent = 0; exponent < 2047; exponent++)
	{
		for (uint64_t i = 0; i < 16; i++)
		{
			check_round_trip8((exponent << 52) + i);
			check_round_trip8((exponent << 52) - i);
			check_round_trip8((exponent << 52) + (UINT64_C(1) << 51) + i);
		}
	}
	for (uint32_t exponent = 0; exponent < 255; exponent++)
	{
		for (uint32_t i = 0; i < 256; i++)
		{
			check_round_trip4((exponent << 23) + i);
			check_round_trip4((exponent << 23) - i);
			check_round_trip4((exponent << 23) + (UINT32_C(1) << 22) + i);
		}
	}
	for (int power = -323; power <= 308; power++)
	{
		for (int digit = 1; digit <= 9; digit++)
		{
			char		text[32];
			double		value;
			uint64_t	bits;

			snprintf(text, sizeof(text), "%de%d", digit, power);
			value = strtod(text, NULL);
			memcpy(&bits, &value, sizeof(bits));
			for (uint64_t i = 0; i < 4; i++)
			{
				check_round_trip8(bits + i);
				check_round_trip8(bits - i);
			}
		}
	}
}

static void
test_random(void **state)
{
	/* WALFERRY_FLOAT_ROUNDS=100 for a long run */
	const char *rounds_text = getenv("WALFERRY_FLOAT_ROUNDS");
	int			rounds = rounds_text != NULL ? atoi(rounds_text) : 1;

	(void) state;
	for (int i = 0; i < rounds * 200000; i++)
	{
		uint64_t	bits = random_bits();

		check_round_trip8(bits);
		check_round_trip8(bits & UINT64_C(0xFFFFFFFFFFF00000));
		check_round_trip4((uint32_t) bits);
	}
}

static void
test_locale_does_not_matter(void **state)
{
	(void) state;
	/* a locale with a decimal comma, where there is one */
	setlocale(LC_ALL, "de_DE.UTF-8");
	check_float8(1.5, "1.5");
	setlocale(LC_ALL, "C");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notation),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_boundaries),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_locale_does_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
