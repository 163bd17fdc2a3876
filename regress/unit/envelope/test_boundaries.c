/*
 * test_boundaries.c
 *		The ends of each type's range, from PostgreSQL's text to JSON, in each mode.
 *
 * Text is read as pgoutput's rows will be, and written as any value is: so both
 * ends of envelope/ are held against what is known of Debezium.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include "envelope/read_text.h"

#define NUMERIC(precision, scale) ((((precision) << 16) | ((scale) & 0x7FF)) + 4)
#define NO_FORM NULL

static WfType
scalar(WfTypeKind kind, int32_t typmod)
{
	WfType		type = {.kind = kind, .element_kind = WF_TYPE_OTHER, .typmod = typmod};

	return type;
}

static WfType
array_of(WfTypeKind kind, uint32_t element_oid, int32_t typmod)
{
	WfType		type = {
		.kind = WF_TYPE_ARRAY, .element_kind = kind, .element_oid = element_oid, .typmod = typmod
	};

	return type;
}

static void
set_option(WfOptions *options, const char *name, const char *value)
{
	WfBuffer	allowed = growing_buffer(1 << 10);
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, name);

	assert_non_null(spec);
	assert_true(wf_option_set(spec, name, value, options, &allowed));
	free(allowed.data);
}

/* expected: the JSON; NO_FORM if the value has none there.  option may be NULL. */
static void
assert_published(const char *option, const char *mode, WfType type, const char *text,
				 const char *expected)
{
	size_t		length = strlen(text);
	WfScratch	scratch = {malloc(WF_SCRATCH_SIZE(length)), WF_SCRATCH_SIZE(length), 0};
	WfBuffer	json = growing_buffer(1 << 20);
	WfTextForm	form = {false, 0};
	WfOptions	options = {0};
	WfColumnField field;
	WfValue		value;

	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	if (option != NULL)
		set_option(&options, option, mode);
	wf_field_resolve(&field, &type, true, &options, WF_SIDE_VALUE);
	if (!wf_read_text(&scratch, &type, wf_slice(text, length), &value))
		fail_msg("\"%s\" was not read", text);
	if (wf_value_write(&json, &form, &field.self, &value) == WF_VALUE_WRITTEN)
	{
		if (expected == NO_FORM)
			fail_msg("\"%s\" has a form", text);
		assert_content(&json, expected);
	}
	else if (expected != NO_FORM)
		fail_msg("\"%s\" has no form, expected %s", text, expected);
	free(json.data);
	free(scratch.memory);
}

static void
test_integers(void **state)
{
	(void) state;
	assert_published(NULL, NULL, scalar(WF_TYPE_INT2, -1), "-32768", "-32768");
	assert_published(NULL, NULL, scalar(WF_TYPE_INT4, -1), "2147483647", "2147483647");
	assert_published(NULL, NULL, scalar(WF_TYPE_INT8, -1), "-9223372036854775808",
					 "-9223372036854775808");
	assert_published(NULL, NULL, scalar(WF_TYPE_OID, -1), "4294967295", "4294967295");
	assert_published(NULL, NULL, scalar(WF_TYPE_BOOL, -1), "t", "true");
}

static void
test_floats(void **state)
{
	(void) state;
	assert_published(NULL, NULL, scalar(WF_TYPE_FLOAT8, -1), "1.7976931348623157e+308",
					 "1.7976931348623157E308");
	assert_published(NULL, NULL, scalar(WF_TYPE_FLOAT8, -1), "5e-324", "4.9E-324");
	assert_published(NULL, NULL, scalar(WF_TYPE_FLOAT8, -1), "1e+07", "1.0E7");
	assert_published(NULL, NULL, scalar(WF_TYPE_FLOAT8, -1), "-0", "-0.0");
	assert_published(NULL, NULL, scalar(WF_TYPE_FLOAT8, -1), "-Infinity", "\"-Infinity\"");
	assert_published(NULL, NULL, scalar(WF_TYPE_FLOAT4, -1), "3.3", "3.3");
	assert_published(NULL, NULL, scalar(WF_TYPE_FLOAT4, -1), "3.4028235e+38", "3.4028235E38");
	assert_published(NULL, NULL, scalar(WF_TYPE_FLOAT4, -1), "NaN", "\"NaN\"");
}

static void
test_decimals(void **state)
{
	static const char mode[] = "decimal.handling.mode";
	WfType		plain = scalar(WF_TYPE_NUMERIC, -1);
	WfType		scaled = scalar(WF_TYPE_NUMERIC, NUMERIC(5, 2));
	WfType		negative = scalar(WF_TYPE_NUMERIC, NUMERIC(5, -2));
	WfType		beyond = scalar(WF_TYPE_NUMERIC, NUMERIC(3, 5));
	WfType		money = scalar(WF_TYPE_MONEY, -1);

	(void) state;
	assert_published(NULL, NULL, plain, "22.2200", "{\"scale\":2,\"value\":\"CK4=\"}");
	assert_published(NULL, NULL, plain, "100", "{\"scale\":0,\"value\":\"ZA==\"}");
	assert_published(NULL, NULL, plain, "9223372036854775808",
					 "{\"scale\":0,\"value\":\"AIAAAAAAAAAA\"}");
	assert_published(NULL, NULL, plain, "NaN", NO_FORM);
	assert_published(NULL, NULL, scaled, "Infinity", NO_FORM);
	assert_published(NULL, NULL, scaled, "1.10", "\"bg==\"");
	assert_published(NULL, NULL, scaled, "-1.28", "\"gA==\"");
	assert_published(NULL, NULL, scaled, "-1.29", "\"/38=\"");
	assert_published(NULL, NULL, negative, "12300", "\"MAw=\"");
	assert_published(NULL, NULL, beyond, "0.00123", "\"ew==\"");
	assert_published(NULL, NULL, money, "-$92,233,720,368,547,758.08", "\"gAAAAAAAAAA=\"");
	assert_published(mode, "double", plain, "22.2200", "22.22");
	assert_published(mode, "double", plain, "NaN", "\"NaN\"");
	assert_published(mode, "double", scaled, "-Infinity", "\"-Infinity\"");
	assert_published(mode, "double", money, "$1,234.50", "1234.5");
	assert_published(mode, "string", plain, "22.2200", "\"22.2200\"");
	assert_published(mode, "string", plain, "0.0000001", "\"0.0000001\"");
	assert_published(mode, "string", plain, "NaN", "\"NAN\"");
	assert_published(mode, "string", plain, "Infinity", "\"POSITIVE_INFINITY\"");
	assert_published(mode, "string", plain, "-Infinity", "\"NEGATIVE_INFINITY\"");
	assert_published(mode, "string", money, "$1,234.50", "\"1234.50\"");
	assert_published("value.converter.decimal.format", "NUMERIC", scaled, "1.10", "1.10");
}

static void
test_dates(void **state)
{
	static const char mode[] = "time.precision.mode";
	WfType		date = scalar(WF_TYPE_DATE, -1);

	(void) state;
	assert_published(NULL, NULL, date, "1970-01-01", "0");
	assert_published(NULL, NULL, date, "4714-11-24 BC", "-2440588");
	assert_published(NULL, NULL, date, "5874897-12-31", "2145042905");
	assert_published(mode, "isostring", date, "2016-11-04", "\"2016-11-04Z\"");
	assert_published(mode, "isostring", date, "0044-03-15 BC", "\"-0043-03-15Z\"");
	assert_published(mode, "isostring", date, "12016-11-04", "\"+12016-11-04Z\"");
	assert_published(mode, "connect", date, "1969-12-31", "-1");
}

static void
test_times(void **state)
{
	static const char mode[] = "time.precision.mode";
	WfType		time3 = scalar(WF_TYPE_TIME, 3);
	WfType		time6 = scalar(WF_TYPE_TIME, -1);
	WfType		timetz = scalar(WF_TYPE_TIMETZ, -1);

	(void) state;
	assert_published(NULL, NULL, time3, "24:00:00", "86400000");
	assert_published(NULL, NULL, time6, "24:00:00", "86400000000");
	assert_published(NULL, NULL, time6, "23:59:59.999999", "86399999999");
	assert_published(mode, "adaptive_time_microseconds", time3, "00:00:00.001", "1000");
	assert_published(mode, "microseconds", time3, "00:00:00.001", "1000");
	assert_published(mode, "nanoseconds", time6, "23:59:59.999999", "86399999999000");
	assert_published(mode, "nanoseconds", time6, "24:00:00", "86400000000000");
	assert_published(mode, "connect", time6, "13:51:30.123789", "49890123");
	assert_published(mode, "isostring", time6, "13:51:30.123", "\"13:51:30.123Z\"");
	assert_published(mode, "isostring", time6, "00:00:00", "\"00:00:00Z\"");
	assert_published(NULL, NULL, timetz, "13:51:30.123789+02", "\"11:51:30.123789Z\"");
	assert_published(NULL, NULL, timetz, "24:00:00+00", "\"24:00:00Z\"");
	assert_published(NULL, NULL, timetz, "00:00:00+15:59:59", "\"08:00:01Z\"");
}

static void
test_timestamps(void **state)
{
	static const char mode[] = "time.precision.mode";
	WfType		timestamp3 = scalar(WF_TYPE_TIMESTAMP, 3);
	WfType		timestamp6 = scalar(WF_TYPE_TIMESTAMP, -1);

	(void) state;
	assert_published(NULL, NULL, timestamp6, "4713-12-31 23:59:59.999999 BC",
					 "-210831897600000001");
	assert_published(NULL, NULL, timestamp6, "4714-11-24 00:00:00 BC", "-210866803200000000");
	assert_published(NULL, NULL, timestamp6, "1969-12-31 23:59:59.999999", "-1");
	assert_published(NULL, NULL, timestamp3, "1969-12-31 23:59:59.999", "-1");
	assert_published(NULL, NULL, timestamp3, "294276-12-31 23:59:59.999", "9224318015999999");
	assert_published(NULL, NULL, timestamp3, "infinity", "9223372036825200000");
	assert_published(NULL, NULL, timestamp3, "-infinity", "-9223372036832400000");
	assert_published(mode, "connect", timestamp6, "2016-11-04 13:51:30.123456", "1478267490123");
	assert_published(mode, "isostring", timestamp6, "2016-11-04 13:51:30.12",
					 "\"2016-11-04T13:51:30.12Z\"");
	assert_published(mode, "isostring", timestamp6, "294276-12-31 23:59:59.999999",
					 "\"+294276-12-31T23:59:59.999999Z\"");
	assert_published(mode, "nanoseconds", timestamp6, "2262-04-11 23:47:16.854775",
					 "9223372036854775000");
	assert_published(mode, "nanoseconds", timestamp6, "2262-04-11 23:47:16.854776", NO_FORM);
	assert_published(mode, "nanoseconds", timestamp6, "1677-09-21 00:12:43.145225",
					 "-9223372036854775000");
	assert_published(mode, "nanoseconds", timestamp6, "1677-09-21 00:12:43.145224", NO_FORM);
}

static void
test_zoned_timestamps(void **state)
{
	WfType		to_second = scalar(WF_TYPE_TIMESTAMPTZ, 0);
	WfType		to_microsecond = scalar(WF_TYPE_TIMESTAMPTZ, -1);

	(void) state;
	assert_published(NULL, NULL, to_microsecond, "2016-11-04 13:51:30+02",
					 "\"2016-11-04T11:51:30.000000Z\"");
	assert_published(NULL, NULL, to_second, "2016-11-04 13:51:30+02", "\"2016-11-04T11:51:30Z\"");
	assert_published(NULL, NULL, to_microsecond, "21016-11-04 00:00:00+00",
					 "\"+21016-11-04T00:00:00.000000Z\"");
	assert_published(NULL, NULL, to_microsecond, "4714-12-31 23:59:59.999999+00 BC",
					 "\"-4713-12-31T23:59:59.999999Z\"");
	assert_published(NULL, NULL, to_microsecond, "infinity", "\"infinity\"");
	assert_published(NULL, NULL, to_microsecond, "-infinity", "\"-infinity\"");
}

static void
test_bytes(void **state)
{
	static const char mode[] = "binary.handling.mode";
	WfType bytea = scalar(WF_TYPE_BYTEA, -1);

	(void) state;
	assert_published(NULL, NULL, bytea, "\\x010203", "\"AQID\"");
	assert_published(NULL, NULL, bytea, "\\x", "\"\"");
	assert_published(mode, "base64", bytea, "\\x2766617427203c2d3e", "\"J2ZhdCcgPC0+\"");
	assert_published(mode, "base64-url-safe", bytea, "\\x2766617427203c2d3e",
					 "\"J2ZhdCcgPC0-\"");
	assert_published(mode, "base64-url-safe", bytea, "\\xff", "\"_w==\"");
	assert_published(mode, "hex", bytea, "\\x00FF10", "\"00ff10\"");
}

static void
test_bits(void **state)
{
	WfType		one = scalar(WF_TYPE_BIT, 1);
	WfType		many = scalar(WF_TYPE_BIT, 64);

	(void) state;
	one.oid = many.oid = 1560;
	assert_published(NULL, NULL, one, "1", "true");
	assert_published(NULL, NULL, many, "000000110000001000000001", "\"AQID\"");
	assert_published(NULL, NULL, many,
					 "1000000000000000000000000000000000000000000000000000000000000000",
					 "\"AAAAAAAAAIA=\"");
	assert_published(NULL, NULL, many, "0000", "\"\"");
	assert_published("binary.handling.mode", "hex", many, "101", "\"BQ==\"");
}

static void
test_intervals(void **state)
{
	static const char mode[] = "interval.handling.mode";
	WfType		interval = scalar(WF_TYPE_INTERVAL, -1);

	(void) state;
	assert_published(NULL, NULL, interval, "1 year 2 mons 3 days 04:05:06.78", "37091106780000");
	assert_published(NULL, NULL, interval, "-00:00:00.000001", "-1");
	assert_published(NULL, NULL, interval, "178956970 years 7 mons", "9223372036854775807");
	assert_published(mode, "string", interval, "-1 years -2 mons +3 days -04:05:06.78",
					 "\"P-1Y-2M3DT-4H-5M-6.78S\"");
	assert_published(mode, "string", interval, "00:00:00", "\"P0Y0M0DT0H0M0S\"");
}

static void
test_arrays(void **state)
{
	WfType		decimals = array_of(WF_TYPE_NUMERIC, 1700, NUMERIC(10, 2));

	(void) state;
	assert_published(NULL, NULL, decimals, "{1.10,NULL,-1.28}", "[\"bg==\",null,\"gA==\"]");
	assert_published(NULL, NULL, decimals, "{}", "[]");
	assert_published(NULL, NULL, decimals, "{1.10,NaN}", NO_FORM);
	assert_published(NULL, NULL, array_of(WF_TYPE_INT4, 23, -1), "[5:6]={1,2}", "[1,2]");
	assert_published(NULL, NULL, array_of(WF_TYPE_TEXT, 25, -1), "{NULL,\"NULL\",\"\"}",
					 "[null,\"NULL\",\"\"]");
	assert_published(NULL, NULL, array_of(WF_TYPE_JSON, 114, -1), "{\"{\\\"a\\\": [1]}\"}",
					 "[\"{\\\"a\\\": [1]}\"]");
	assert_published(NULL, NULL, array_of(WF_TYPE_TIMETZ, 1266, -1), "{13:51:30+02}",
					 "[\"11:51:30Z\"]");
	assert_published("array.handling", "all", array_of(WF_TYPE_INT4, 23, -1),
					 "{{{{{{1,2}}}}}}", "[[[[[[1,2]]]]]]");
}

static void
test_points(void **state)
{
	(void) state;
	assert_published(NULL, NULL, scalar(WF_TYPE_POINT, -1), "(1,1)",
					 "{\"x\":1.0,\"y\":1.0,\"wkb\":\"AQEAAAAAAAAAAADwPwAAAAAAAPA/\",\"srid\":null}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_zoned_timestamps),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_intervals),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
