/*
 * test_time.c
 *		Calendar, times and intervals.  Values that name no other source were
 *		recorded from Debezium 3.7.0.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include <stdio.h>

#include "envelope/time.h"

#define SHIFT (WF_POSTGRES_EPOCH_DAYS * WF_MICROSECONDS_PER_DAY)

/* PostgreSQL's first and last timestamp (timestamp.h, MIN_ and END_TIMESTAMP). */
#define TIMESTAMP_MIN INT64_C(-211813488000000000)
#define TIMESTAMP_END INT64_C(9223371331200000000)

static void
test_dates(void **state)
{
	(void) state;
	assert_int_equal(wf_date_days(0), 10957);
	assert_int_equal(wf_date_days(-10957), 0);
	assert_int_equal(wf_date_days(2145031948), 2145042905); /* 5874897-12-31 */
	assert_int_equal(wf_date_days(-2451507), -2440550); /* 4713-01-01 BC */

	/* ours: Debezium's are dates that exist */
	assert_int_equal(wf_date_days(INT32_MAX), INT32_MAX);
	assert_int_equal(wf_date_days(INT32_MIN), INT32_MIN);
}

static void
test_timestamps(void **state)
{
	(void) state;
	assert_true(wf_timestamp_microseconds(1709210096789012 - SHIFT) == 1709210096789012);
	assert_true(wf_timestamp_microseconds(-1 - SHIFT) == -1);
	assert_true(wf_timestamp_milliseconds(-1000 - SHIFT) == -1);
	assert_true(wf_timestamp_milliseconds(-1 - SHIFT) == -1);
	assert_true(wf_timestamp_milliseconds(-1001 - SHIFT) == -2);
	assert_true(wf_timestamp_milliseconds(INT64_C(-63517780799877000) - SHIFT) == -63517780799877);

	assert_true(wf_timestamp_microseconds(INT64_MAX) == INT64_MAX);
	assert_true(wf_timestamp_microseconds(INT64_MIN) == INT64_MIN);
	assert_true(wf_timestamp_milliseconds(INT64_MAX) == 9223372036825200000);
	assert_true(wf_timestamp_milliseconds(INT64_MIN) == -9223372036832400000);

	/* the year 294276 exists in PostgreSQL, but not in microseconds since 1970 */
	assert_true(wf_timestamp_microseconds(TIMESTAMP_END - 1) == INT64_MAX);
	assert_true(wf_timestamp_milliseconds(TIMESTAMP_END - 1) == 9224318015999999);
	assert_true(wf_timestamp_microseconds(TIMESTAMP_MIN) == TIMESTAMP_MIN + SHIFT);
}

static void
check_timestamptz(int64_t since_1970, int fraction_digits, const char *expected)
{
	char		text[WF_TIME_TEXT_MAX + 1];

	text[wf_timestamptz_text(text, since_1970 - SHIFT, fraction_digits)] = '\0';
	assert_string_equal(text, expected);
}

static void
test_timestamptz(void **state)
{
	char		text[WF_TIME_TEXT_MAX + 1];

	(void) state;
	check_timestamptz(1709210096789012, 6, "2024-02-29T12:34:56.789012Z");
	check_timestamptz(1709190296000000, 0, "2024-02-29T07:04:56Z");
	check_timestamptz(1709238896789000, 3, "2024-02-29T20:34:56.789Z");
	check_timestamptz(1709210096100000, 6, "2024-02-29T12:34:56.100000Z");
	check_timestamptz(0, 6, "1970-01-01T00:00:00.000000Z");
	check_timestamptz(-1000000, 0, "1969-12-31T23:59:59Z");
	check_timestamptz(-1000, 3, "1969-12-31T23:59:59.999Z");
	check_timestamptz(1, 6, "1970-01-01T00:00:00.000001Z");
	check_timestamptz(INT64_C(-63517780800000000), 6, "-0043-03-15T12:00:00.000000Z");
	check_timestamptz(INT64_C(-62135596800000000), 0, "0001-01-01T00:00:00Z");
	check_timestamptz(INT64_C(-62135596800000001), 6, "0000-12-31T23:59:59.999999Z");
	check_timestamptz(INT64_C(253402300799999000), 3, "9999-12-31T23:59:59.999Z");
	check_timestamptz(INT64_C(253402300800000000), 0, "+10000-01-01T00:00:00Z");
	check_timestamptz(16738272000500000, 6, "2500-06-01T00:00:00.500000Z");
	check_timestamptz(INT64_C(-210831897600000001), 6, "-4712-12-31T23:59:59.999999Z");

	text[wf_timestamptz_text(text, TIMESTAMP_MIN, 6)] = '\0';
	assert_string_equal(text, "-4713-11-24T00:00:00.000000Z");
	text[wf_timestamptz_text(text, TIMESTAMP_END - 1, 6)] = '\0';
	assert_string_equal(text, "+294276-12-31T23:59:59.999999Z");
	text[wf_timestamptz_text(text, INT64_MAX, 6)] = '\0';
	assert_string_equal(text, "infinity");
	text[wf_timestamptz_text(text, INT64_MIN, 0)] = '\0';
	assert_string_equal(text, "-infinity");

	/* not PostgreSQL's any more, but no input may overrun the text */
	assert_true(wf_timestamptz_text(text, INT64_MIN + 1, 6) < WF_TIME_TEXT_MAX);
	assert_true(wf_timestamptz_text(text, INT64_MAX - 1, 6) < WF_TIME_TEXT_MAX);
}

static bool
is_leap_year(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Every day of 12000 years, against a calendar that counts. */
static void
test_every_day(void **state)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int			year = -1000;
	int			month = 1;
	int			day = 1;
	int64_t		days = -1095727;	/* -1000-01-01, counted from 2000-01-01 */

	(void) state;
	while (year < 11000)
	{
		char		text[WF_TIME_TEXT_MAX + 1];
		char		expected[64];

		text[wf_timestamptz_text(text, days * WF_MICROSECONDS_PER_DAY, 0)] = '\0';
		snprintf(expected, sizeof(expected), "%s%04d-%02d-%02dT00:00:00Z",
				 year < 0 ? "-" : year > 9999 ? "+" : "", abs(year), month, day);
		assert_string_equal(text, expected);

		days++;
		day++;
		if (day > month_days[month - 1] + (month == 2 && is_leap_year(year)))
		{
			day = 1;
			month++;
		}
		if (month > 12)
		{
			month = 1;
			year++;
		}
	}
}

static void
check_timetz(int64_t microseconds, int32_t zone_seconds, const char *expected)
{
	char		text[WF_TIME_TEXT_MAX + 1];

	text[wf_timetz_text(text, microseconds, zone_seconds)] = '\0';
	assert_string_equal(text, expected);
}

#define CLOCK(hours, minutes, seconds) \
	((((hours) * INT64_C(60) + (minutes)) * 60 + (seconds)) * 1000000)

static void
test_timetz(void **state)
{
	(void) state;
	check_timetz(CLOCK(12, 34, 56) + 789012, -19800, "07:04:56.789012Z");
	check_timetz(CLOCK(12, 34, 56), -19800, "07:04:56Z");
	check_timetz(CLOCK(12, 34, 56) + 789000, 28800, "20:34:56.789Z");
	check_timetz(CLOCK(12, 34, 56) + 1, 0, "12:34:56.000001Z");
	check_timetz(CLOCK(23, 59, 59), 57540, "15:58:59Z");
	check_timetz(0, 0, "00:00:00Z");
	check_timetz(CLOCK(24, 0, 0), 0, "24:00:00Z");
	check_timetz(CLOCK(1, 0, 0), -7200, "23:00:00Z");
	check_timetz(CLOCK(1, 0, 0), 7200, "03:00:00Z");
	check_timetz(CLOCK(12, 0, 0) + 500000, -3600, "11:00:00.5Z");
	check_timetz(CLOCK(12, 0, 0) + 120000, 12600, "15:30:00.12Z");

	/* ours: Debezium can't read an offset with seconds; PostgreSQL's +15:59:59 */
	check_timetz(0, -57599, "08:00:01Z");
	check_timetz(CLOCK(24, 0, 0), 3600, "01:00:00Z");
}

static void
test_intervals(void **state)
{
	(void) state;
	assert_true(wf_interval_microseconds(CLOCK(4, 5, 6) + 789000, 3, 14) == 37091106789000);
	assert_true(wf_interval_microseconds(CLOCK(4, 5, 6) + 780000, 3, 14) == 37091106780000);
	assert_true(wf_interval_microseconds(0, 0, 40) == 105192000000000);
	assert_true(wf_interval_microseconds(CLOCK(6, 7, 8), 5, 0) == 454028000000);
	assert_true(wf_interval_microseconds(0, 0, -13) == -34187400000000);
	assert_true(wf_interval_microseconds(-CLOCK(3, 4, 5) - 6, -2, 0) == -183845000006);
	assert_true(wf_interval_microseconds(0, 0, 1) == 2629800000000);
	assert_true(wf_interval_microseconds(0, 0, 2136000000) == INT64_MAX);
	assert_true(wf_interval_microseconds(-CLOCK(4, 0, 0), 3, 10) == 26542800000000);
	assert_true(wf_interval_microseconds(1, 0, 0) == 1);
	assert_true(wf_interval_microseconds(500000, 0, 0) == 500000);
	assert_true(wf_interval_microseconds(-1000000, 1, 0) == 86399000000);
	assert_true(wf_interval_microseconds(0, 1000000, 0) == 86400000000000000);

	/* infinite intervals (PostgreSQL 17) and other excesses stay in range */
	assert_true(wf_interval_microseconds(INT64_MAX, INT32_MAX, INT32_MAX) == INT64_MAX);
	assert_true(wf_interval_microseconds(INT64_MIN, INT32_MIN, INT32_MIN) == INT64_MIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_timestamptz),
		cmocka_unit_test(test_every_day),
		cmocka_unit_test(test_timetz),
		cmocka_unit_test(test_intervals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
