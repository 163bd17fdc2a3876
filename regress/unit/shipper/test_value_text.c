/*
 * test_value_text.c
 *		Exact texts of decimals and times.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include "shipper/bigquery/value_text.h"

static void
assert_decimal(const char *base64, int scale, const char *expected)
{
	WfBuffer	text = heap_fixture();

	assert_true(decimal_text(text_of(base64), scale, &text));
	assert_slice(wf_buffer_since(&text, 0), expected);
	heap_buffer_free(&text);
}

static void
test_decimals(void **state)
{
	(void) state;
	assert_decimal("AA==", 0, "0");
	assert_decimal("AA==", 2, "0.00");
	assert_decimal("AA==", -2, "0");
	assert_decimal("AQ==", 0, "1");
	assert_decimal("/w==", 0, "-1");
	assert_decimal("/w==", 3, "-0.001");
	assert_decimal("MDk=", 2, "123.45");
	assert_decimal("MDk=", 4, "1.2345");
	assert_decimal("MDk=", 5, "0.12345");
	assert_decimal("MDk=", 7, "0.0012345");
	assert_decimal("MDk=", -3, "12345000");
	assert_decimal("gA==", 1, "-12.8");
	/* 2^63 and -2^63, 2^127 - 1 and -2^127 */
	assert_decimal("AIAAAAAAAAAA", 0, "9223372036854775808");
	assert_decimal("gAAAAAAAAAA=", 0, "-9223372036854775808");
	assert_decimal("f////////////////////w==", 0, "170141183460469231731687303715884105727");
	assert_decimal("gAAAAAAAAAAAAAAAAAAAAA==", 10, "-17014118346046923173168730371.5884105728");
}

/* Beyond 128 bits: powers of ten, whose digits are known. */
static void
test_large_decimals(void **state)
{
	(void) state;
	/* 2^128 and -2^128 */
	assert_decimal("AQAAAAAAAAAAAAAAAAAAAAA=", 0, "340282366920938463463374607431768211456");
	assert_decimal("/wAAAAAAAAAAAAAAAAAAAAA=", 0, "-340282366920938463463374607431768211456");
	/* 2^160, and a number whose words carry */
	assert_decimal("AQAAAAAAAAAAAAAAAAAAAAAAAAAA", 0,
				   "1461501637330902918203684832716283019655932542976");
	assert_decimal("/v///////////////////////////w==", 3,
				   "-374144419156711147060143317175368453031918731001.857");
	/* sign bytes only */
	assert_decimal("AAAAAAAAAAAAAAAAAAAAAAAAAAAA", 1, "0.0");
	assert_decimal("////////////////////////////", 1, "-0.1");
}

static void
test_limits(void **state)
{
	WfBuffer	text = heap_fixture();
	char	   *base64 = malloc(DECIMAL_LENGTH_MAX + 4);

	(void) state;
	memset(base64, 'A', DECIMAL_LENGTH_MAX + 4);
	assert_true(decimal_text(wf_slice(base64, DECIMAL_LENGTH_MAX), 0, &text));
	assert_slice(wf_buffer_since(&text, 0), "0");
	assert_false(decimal_text(wf_slice(base64, DECIMAL_LENGTH_MAX + 4), 0, &text));
	assert_false(decimal_text(text_of(""), 0, &text));
	assert_false(decimal_text(text_of("AA=="), DECIMAL_SCALE_MAX + 1, &text));
	assert_false(decimal_text(text_of("AA=="), -DECIMAL_SCALE_MAX - 1, &text));
	free(base64);
	heap_buffer_free(&text);
}

static void
test_shapes(void **state)
{
	DecimalShape shape;

	(void) state;
	assert_true(decimal_shape(text_of("0"), &shape));
	assert_int_equal(shape.integer_digits, 0);
	assert_true(decimal_shape(text_of("-00123.4500"), &shape));
	assert_int_equal(shape.integer_digits, 3);
	assert_int_equal(shape.fraction_digits, 2);
	assert_true(decimal_shape(text_of("1000.000"), &shape));
	assert_int_equal(shape.integer_digits, 4);
	assert_int_equal(shape.fraction_digits, 0);
	assert_false(decimal_shape(text_of(""), &shape));
	assert_false(decimal_shape(text_of("-"), &shape));
	assert_false(decimal_shape(text_of("1."), &shape));
	assert_false(decimal_shape(text_of(".1"), &shape));
	assert_false(decimal_shape(text_of("1e3"), &shape));
	assert_false(decimal_shape(text_of("NaN"), &shape));
}

static void
test_dates(void **state)
{
	char		text[TIME_TEXT_MAX];

	(void) state;
	date_text(0, text);
	assert_string_equal(text, "1970-01-01");
	date_text(19782, text);
	assert_string_equal(text, "2024-02-29");
	date_text(11016, text);
	assert_string_equal(text, "2000-02-29");
	date_text(-25508, text);
	assert_string_equal(text, "1900-03-01");
	date_text(DATE_DAYS_MIN, text);
	assert_string_equal(text, "0001-01-01");
	date_text(DATE_DAYS_MIN - 1, text);
	assert_string_equal(text, "0000-12-31");
	date_text(DATE_DAYS_MAX, text);
	assert_string_equal(text, "9999-12-31");
	date_text(DATE_DAYS_MAX + 1, text);
	assert_string_equal(text, "10000-01-01");
	date_text(-2440588, text);
	assert_string_equal(text, "-4713-11-24");	/* day 0 of the Julian count */
}

static void
test_times(void **state)
{
	char		text[TIME_TEXT_MAX];

	(void) state;
	time_text(0, text);
	assert_string_equal(text, "00:00:00");
	time_text(DAY_US - 1, text);
	assert_string_equal(text, "23:59:59.999999");
	time_text(DAY_US, text);
	assert_string_equal(text, "24:00:00");
	time_text(1500000, text);
	assert_string_equal(text, "00:00:01.5");
	datetime_text(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999");
	datetime_text(INT64_MAX, text);
	assert_string_equal(text, "294247-01-10T04:00:54.775807");
	datetime_text(INT64_MIN, text);
	assert_string_equal(text, "-290308-12-21T19:59:05.224192");
	duration_text(0, text);
	assert_string_equal(text, "PT0H0M0S");
	duration_text(INT64_C(131400000001), text);
	assert_string_equal(text, "PT36H30M0.000001S");
	duration_text(-61500000, text);
	assert_string_equal(text, "PT0H-1M-1.5S");
	duration_text(INT64_MIN, text);
	assert_string_equal(text, "PT-2562047788H0M-54.775808S");
}

static void
test_timestamps(void **state)
{
	static const char *const bad[] = {
		"", "infinity", "-infinity", "2024-02-29", "2024-02-29T12:34:56", "2024-02-29T12:34:56.Z",
		"-0043-03-15T00:00:00Z", "12024-02-29T12:34:56Z", "2024-13-01T00:00:00Z",
		"2024-02-29T24:00:00Z", "2024-02-29T12:34:56.1234567Z", "2024-02-29T12:34:56Zx",
		"9999-12-31T23:59:59-00:01", "0001-01-01T00:00:00+00:01", "0000-01-01T00:00:00Z"
	};
	int64_t		us;

	(void) state;
	assert_true(timestamp_parse(text_of("1970-01-01T00:00:00Z"), &us) && us == 0);
	assert_true(timestamp_parse(text_of("2024-02-29T12:34:56.789012Z"), &us) &&
				us == INT64_C(1709210096789012));
	assert_true(timestamp_parse(text_of("2024-02-29T12:34:56.789Z"), &us) &&
				us == INT64_C(1709210096789000));
	assert_true(timestamp_parse(text_of("2024-02-29T14:34:56+02:00"), &us) &&
				us == INT64_C(1709210096000000));
	assert_true(timestamp_parse(text_of("2024-02-29T12:34:56.1230000000Z"), &us) &&
				us == INT64_C(1709210096123000));
	assert_true(timestamp_parse(text_of("0001-01-01T00:00:00Z"), &us) && us == TIMESTAMP_US_MIN);
	assert_true(timestamp_parse(text_of("9999-12-31T23:59:59.999999Z"), &us) &&
				us == TIMESTAMP_US_MAX);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		if (timestamp_parse(text_of(bad[i]), &us))
			fail_msg("taken for a timestamp: %s", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_large_decimals),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_shapes),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_timestamps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
