/*
 * test_read_text_time.c
 *		Dates, times and intervals from PostgreSQL's output text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "envelope/read_text.h"
#include "envelope/time.h"

#define HOUR (INT64_C(3600) * WF_MICROSECONDS_PER_SECOND)

static bool
read_as(const char *text, WfTypeKind kind, WfValue *value)
{
	WfType		type = {.kind = kind, .typmod = -1};
	size_t		length = strlen(text);
	char	   *copy = malloc(length + 1);	/* ASan sees a step beyond its end */
	WfScratch	none = {NULL, 0, 0};
	bool		read;

	memcpy(copy + 1, text, length);
	read = wf_read_text(&none, &type, wf_slice(copy + 1, length), value);
	free(copy);
	return read;
}

static void
assert_refused(const char *text, WfTypeKind kind)
{
	WfValue		value;

	if (read_as(text, kind, &value))
		fail_msg("\"%s\" was read as kind %d", text, kind);
}

static void
assert_integer(const char *text, WfTypeKind kind, int64_t expected)
{
	WfValue		value;

	if (!read_as(text, kind, &value))
		fail_msg("\"%s\" was not read as kind %d", text, kind);
	assert_int_equal(value.as.integer, expected);
}

static void
test_date(void **state)
{
	static const char *const malformed[] = {
		"", "2024-1-01", "2024-01-1", "24-01-01", "2024-13-01", "2024-00-01", "2024-01-00",
		"2024-02-30", "2023-02-29", "1900-02-29", "2024-04-31", "0000-01-01", "2024-01-01 ",
		" 2024-01-01", "2024-01-01 BC BC", "2024-01-01BC", "-2024-01-01", "+2024-01-01",
		"01/02/2024", "20240101", "12345678-01-01", "4714-11-23 BC", "4715-01-01 BC",
		"5874898-01-01", "Infinity", "+infinity", "epoch", "now"
	};

	(void) state;
	assert_integer("2000-01-01", WF_TYPE_DATE, 0);
	assert_integer("1970-01-01", WF_TYPE_DATE, -10957);
	assert_integer("2024-02-29", WF_TYPE_DATE, 8825);
	assert_integer("2000-02-29", WF_TYPE_DATE, 59);
	assert_integer("0001-01-01", WF_TYPE_DATE, -730119);
	assert_integer("0001-12-31 BC", WF_TYPE_DATE, -730120);
	assert_integer("0001-02-29 BC", WF_TYPE_DATE, -730426);
	assert_integer("4714-11-24 BC", WF_TYPE_DATE, -2451545);
	assert_integer("4713-01-01 BC", WF_TYPE_DATE, -2451507);
	assert_integer("9999-12-31", WF_TYPE_DATE, 2921939);
	assert_integer("5874897-12-31", WF_TYPE_DATE, 2145031948);
	assert_integer("infinity", WF_TYPE_DATE, INT32_MAX);
	assert_integer("-infinity", WF_TYPE_DATE, INT32_MIN);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_DATE);
}

static void
test_time(void **state)
{
	static const char *const malformed[] = {
		"", "00:00", "0:00:00", "24:00:00.000001", "24:00:01", "25:00:00", "00:60:00",
		"00:00:60", "00:00:00.", "00:00:00.1234567", "00:00:00,5", "-01:00:00", "01:02:03 AM"
	};

	(void) state;
	assert_integer("00:00:00", WF_TYPE_TIME, 0);
	assert_integer("00:00:00.000001", WF_TYPE_TIME, 1);
	assert_integer("01:02:03.5", WF_TYPE_TIME, INT64_C(3723500000));
	assert_integer("23:59:59.999999", WF_TYPE_TIME, WF_MICROSECONDS_PER_DAY - 1);
	assert_integer("24:00:00", WF_TYPE_TIME, WF_MICROSECONDS_PER_DAY);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_TIME);
}

static void
assert_timetz(const char *text, int64_t microseconds, int32_t zone_seconds)
{
	WfValue		value;

	if (!read_as(text, WF_TYPE_TIMETZ, &value))
		fail_msg("\"%s\" was not read", text);
	assert_int_equal(value.as.timetz.microseconds, microseconds);
	assert_int_equal(value.as.timetz.zone_seconds, zone_seconds);
}

static void
test_timetz(void **state)
{
	static const char *const malformed[] = {
		"01:02:03", "01:02:03Z", "01:02:03+", "01:02:03+1", "01:02:03+16", "01:02:03+15:60",
		"01:02:03+15:59:60", "01:02:03+01:", "01:02:03+01:02:", "01:02:03 +01", "01:02:03+0100"
	};

	(void) state;
	assert_timetz("01:02:03+00", INT64_C(3723000000), 0);
	assert_timetz("01:02:03.000001+05:30", INT64_C(3723000001), -19800);
	assert_timetz("24:00:00-08", WF_MICROSECONDS_PER_DAY, 28800);
	assert_timetz("00:00:00-00:00:01", 0, 1);
	assert_timetz("00:00:00+15:59:59", 0, -57599);
	assert_timetz("00:00:00-15:59:59", 0, 57599);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_TIMETZ);
}

static void
test_timestamp(void **state)
{
	static const char *const malformed[] = {
		"", "2024-01-01", "2024-01-01T00:00:00", "2024-01-01 00:00", "2024-01-01 00:00:00+00",
		"2024-01-01 00:00:00 AD", "294277-01-01 00:00:00.000001", "4714-11-23 23:59:59.999999 BC",
		"2024-01-01  00:00:00", "294277-01-01 24:00:00", "9999999-12-31 00:00:00"
	};

	(void) state;
	assert_integer("2000-01-01 00:00:00", WF_TYPE_TIMESTAMP, 0);
	assert_integer("1999-12-31 23:59:59.999999", WF_TYPE_TIMESTAMP, -1);
	assert_integer("4714-11-24 00:00:00 BC", WF_TYPE_TIMESTAMP, INT64_C(-211813488000000000));
	assert_integer("4713-12-31 23:59:59.999999 BC", WF_TYPE_TIMESTAMP,
				   INT64_C(-210831897600000001) - 10957 * WF_MICROSECONDS_PER_DAY);
	assert_integer("294276-12-31 23:59:59.999999", WF_TYPE_TIMESTAMP,
				   INT64_C(9223371331199999999));
	assert_integer("294277-01-01 00:00:00", WF_TYPE_TIMESTAMP, INT64_C(9223371331200000000));
	assert_integer("infinity", WF_TYPE_TIMESTAMP, INT64_MAX);
	assert_integer("-infinity", WF_TYPE_TIMESTAMP, INT64_MIN);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_TIMESTAMP);
}

static void
test_timestamptz(void **state)
{
	(void) state;
	assert_integer("2000-01-01 00:00:00+00", WF_TYPE_TIMESTAMPTZ, 0);
	assert_integer("2000-01-01 01:30:00+01:30", WF_TYPE_TIMESTAMPTZ, 0);
	assert_integer("1999-12-31 16:00:00-08", WF_TYPE_TIMESTAMPTZ, 0);
	assert_integer("1847-12-01 00:00:00-00:01:15", WF_TYPE_TIMESTAMPTZ,
				   INT64_C(-55548) * WF_MICROSECONDS_PER_DAY + 75 * WF_MICROSECONDS_PER_SECOND);
	assert_integer("0044-03-15 00:00:00+00 BC", WF_TYPE_TIMESTAMPTZ,
				   INT64_C(-746117) * WF_MICROSECONDS_PER_DAY);
	assert_integer("294277-01-01 14:59:59.999999+15", WF_TYPE_TIMESTAMPTZ,
				   INT64_C(9223371331199999999));
	assert_integer("4714-11-23 16:00:00-08 BC", WF_TYPE_TIMESTAMPTZ,
				   INT64_C(-211813488000000000));
	assert_integer("infinity", WF_TYPE_TIMESTAMPTZ, INT64_MAX);
	assert_integer("-infinity", WF_TYPE_TIMESTAMPTZ, INT64_MIN);
	assert_refused("2000-01-01 00:00:00", WF_TYPE_TIMESTAMPTZ);
	assert_refused("2000-01-01 00:00:00 UTC", WF_TYPE_TIMESTAMPTZ);
	assert_refused("2000-01-01 00:00:00 BC+00", WF_TYPE_TIMESTAMPTZ);
	assert_refused("294277-01-01 15:00:01+15", WF_TYPE_TIMESTAMPTZ);
	assert_refused("4714-11-23 15:59:59-08 BC", WF_TYPE_TIMESTAMPTZ);
}

static void
assert_interval(const char *text, int32_t months, int32_t days, int64_t microseconds)
{
	WfValue		value;

	if (!read_as(text, WF_TYPE_INTERVAL, &value))
		fail_msg("\"%s\" was not read", text);
	assert_int_equal(value.as.interval.months, months);
	assert_int_equal(value.as.interval.days, days);
	assert_int_equal(value.as.interval.microseconds, microseconds);
}

static void
test_interval(void **state)
{
	static const char *const malformed[] = {
		"", "1", "1 ", "1 day ", "1 days", "2 day", "-1 day", "1 mon 1 year", "1 day 1 day",
		"00:00", "1:00:00", "00:60:00", "00:00:60", "1 day 00:00:00 1 year", "@ 1 day", "P1D",
		"1 day-01:00:00", "1 day  01:00:00", "1 year +", "2147483648 days",
		"-2147483649 days", "178956970 years 8 mons", "2562047788:00:54.775808",
		"-2562047788:00:54.775809", "99999999999:00:00", "+infinity", "Infinity", "1 week"
	};

	(void) state;
	assert_interval("00:00:00", 0, 0, 0);
	assert_interval("1 day", 0, 1, 0);
	assert_interval("-1 days", 0, -1, 0);
	assert_interval("1 year 2 mons 3 days 04:05:06.789", 14, 3,
					4 * HOUR + INT64_C(306789000));
	assert_interval("-1 years -2 mons +3 days -04:05:06.78", -14, 3,
					-(4 * HOUR + INT64_C(306780000)));
	assert_interval("-1 years", -12, 0, 0);
	assert_interval("1 mon -1 days +00:00:00.000001", 1, -1, 1);
	assert_interval("-1 mons +00:00:01", -1, 0, WF_MICROSECONDS_PER_SECOND);
	assert_interval("-00:00:00.000001", 0, 0, -1);
	assert_interval("100:00:00", 0, 0, 100 * HOUR);
	assert_interval("178956970 years 7 mons", INT32_MAX, 0, 0);
	assert_interval("-178956970 years -8 mons", INT32_MIN, 0, 0);
	assert_interval("2147483647 days", 0, INT32_MAX, 0);
	assert_interval("-2147483648 days", 0, INT32_MIN, 0);
	assert_interval("2562047788:00:54.775807", 0, 0, INT64_MAX);
	assert_interval("-2562047788:00:54.775808", 0, 0, INT64_MIN);
	assert_interval("infinity", INT32_MAX, INT32_MAX, INT64_MAX);
	assert_interval("-infinity", INT32_MIN, INT32_MIN, INT64_MIN);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_INTERVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_date),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_timetz),
		cmocka_unit_test(test_timestamp),
		cmocka_unit_test(test_timestamptz),
		cmocka_unit_test(test_interval),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
