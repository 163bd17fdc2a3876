/*
 * test_value_modes.c
 *		Scalar values in every handling mode.
 *
 * What Debezium 3.7 was seen to write stands in regress/golden; here are the
 * boundaries, and what it cannot say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "growing_buffer.h"

#include "envelope/connect_schema.h"
#include "envelope/numeric_text.h"
#include "envelope/value.h"

#define NUMERIC_TYPMOD(precision, scale) ((((precision) << 16) | ((scale) & 0x7FF)) + 4)
#define DAY_US INT64_C(86400000000)

enum
{
	BYTEA = 17, BIT = 1560, VARBIT = 1562, MONEY = 790, NUMERIC = 1700, DATE = 1082, TIME = 1083,
	TIMESTAMP = 1114, TIMESTAMPTZ = 1184, INTERVAL = 1186, TIMETZ = 1266
};

static WfBuffer buffer;
static WfTextForm form;
static WfOptions options;

static int
set_defaults(void **state)
{
	(void) state;
	memset(&options, 0, sizeof(options));
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	assert_true(wf_options_settle(&options, false, &buffer));
	return 0;
}

/* expected: NULL if the value has no form */
static void
check(uint32_t oid, int32_t typmod, WfValue value, const char *expected)
{
	WfType		type = {.kind = wf_type_kind(oid), .element_kind = WF_TYPE_OTHER,
	.oid = oid, .typmod = typmod};
	WfColumnField column;

	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);
	assert_int_equal(wf_value_write(&buffer, &form, &column.self, &value),
					 expected != NULL ? WF_VALUE_WRITTEN : WF_VALUE_UNCONVERTIBLE);
	assert_content(&buffer, expected != NULL ? expected : "");
}

static void
check_fallback(uint32_t oid, const char *expected)
{
	WfType		type = {.kind = wf_type_kind(oid), .element_kind = WF_TYPE_OTHER,
	.oid = oid, .typmod = -1};
	WfColumnField column;

	wf_field_resolve(&column, &type, false, &options, WF_SIDE_VALUE);
	wf_value_write_fallback(&buffer, &column.self);
	assert_content(&buffer, expected);
}

#define INTEGER(number) ((WfValue) {.as.integer = (number)})
#define DIGITS(...) (const int16_t[]) {__VA_ARGS__}, sizeof((int16_t[]) {__VA_ARGS__}) / 2
#define NUMBER(the_weight, scale, the_sign, ...) \
	number_of(the_weight, scale, the_sign, DIGITS(__VA_ARGS__))
#define BITS(literal) ((WfValue) {.as.text = WF_LITERAL(literal)})
#define MONEY_OF(amount, digits_) \
	((WfValue) {.as.money = {.units = (amount), .fraction_digits = (digits_)}})

static WfValue
number_of(int32_t weight, int32_t dscale, WfNumericSign sign, const int16_t *digits, size_t count)
{
	WfValue		value = {.as.numeric = {.digits = digits, .digit_count = (int32_t) count,
	.weight = weight, .dscale = dscale, .sign = sign}};

	return value;
}

static WfValue
special(WfNumericSign sign)
{
	WfValue		value = {.as.numeric.sign = sign};

	return value;
}

static void
test_decimal_modes(void **state)
{
	const int32_t numeric_5_2 = NUMERIC_TYPMOD(5, 2);

	(void) state;
	options.decimal_mode = WF_DECIMAL_STRING;
	check(NUMERIC, numeric_5_2, NUMBER(0, 2, WF_NUMERIC_POSITIVE, 123, 4500), "\"123.45\"");
	check(NUMERIC, -1, NUMBER(-1, 3, WF_NUMERIC_NEGATIVE, 10), "\"-0.001\"");
	check(NUMERIC, -1, special(WF_NUMERIC_NAN), "\"NAN\"");
	check(NUMERIC, -1, special(WF_NUMERIC_PLUS_INFINITY), "\"POSITIVE_INFINITY\"");
	check(NUMERIC, -1, special(WF_NUMERIC_MINUS_INFINITY), "\"NEGATIVE_INFINITY\"");
	check(MONEY, -1, MONEY_OF(-123456, 2), "\"-1234.56\"");
	check(MONEY, -1, MONEY_OF(5, 0), "\"5.00\"");
	check(MONEY, -1, MONEY_OF(1230, 3), "\"1.23\"");
	check(MONEY, -1, MONEY_OF(1234, 3), NULL);
	check(MONEY, -1, MONEY_OF(INT64_MIN, 0), "\"-9223372036854775808.00\"");
	check_fallback(NUMERIC, "\"0\"");

	options.decimal_mode = WF_DECIMAL_DOUBLE;
	check(NUMERIC, numeric_5_2, NUMBER(0, 2, WF_NUMERIC_POSITIVE, 123, 4500), "123.45");
	check(NUMERIC, -1, NUMBER(-9, 36, WF_NUMERIC_NEGATIVE, 1), "-1.0E-36");
	check(NUMERIC, -1, NUMBER(5, 0, WF_NUMERIC_POSITIVE, 1), "1.0E20");
	check(NUMERIC, -1, NUMBER(100, 0, WF_NUMERIC_POSITIVE, 1), "\"Infinity\"");
	check(NUMERIC, -1, NUMBER(100, 0, WF_NUMERIC_NEGATIVE, 1), "\"-Infinity\"");
	check(NUMERIC, -1, NUMBER(-100, 400, WF_NUMERIC_POSITIVE, 1), "0.0");
	check(NUMERIC, -1, NUMBER(-100, 400, WF_NUMERIC_NEGATIVE, 1), "-0.0");
	check(NUMERIC, -1, special(WF_NUMERIC_NAN), "\"NaN\"");
	check(MONEY, -1, MONEY_OF(-5, 2), "-0.05");
	check_fallback(MONEY, "0.0");
}

static void
test_decimal_numbers(void **state)
{
	(void) state;
	options.value_decimal_format = WF_DECIMAL_NUMERIC;
	check(NUMERIC, NUMERIC_TYPMOD(5, 2), NUMBER(0, 2, WF_NUMERIC_POSITIVE, 1, 5000), "1.50");
	/* BigDecimal.toString: plain down to 0.000001, then with an exponent */
	check(NUMERIC, NUMERIC_TYPMOD(9, 6), NUMBER(-2, 6, WF_NUMERIC_POSITIVE, 100), "0.000001");
	check(NUMERIC, NUMERIC_TYPMOD(9, 7), NUMBER(-2, 7, WF_NUMERIC_NEGATIVE, 150), "-0.0000015");
	check(NUMERIC, NUMERIC_TYPMOD(9, 8), NUMBER(-2, 8, WF_NUMERIC_NEGATIVE, 15), "-1.5E-7");
	check(NUMERIC, NUMERIC_TYPMOD(9, 7), NUMBER(-2, 7, WF_NUMERIC_POSITIVE, 10), "1E-7");
	check(NUMERIC, NUMERIC_TYPMOD(9, 8), number_of(0, 8, WF_NUMERIC_POSITIVE, NULL, 0), "0E-8");
	check(NUMERIC, NUMERIC_TYPMOD(9, 2), number_of(0, 2, WF_NUMERIC_POSITIVE, NULL, 0), "0.00");
	check(MONEY, -1, MONEY_OF(-123456, 2), "-1234.56");
	/* without precision it is a struct whose value stays base64 */
	check(NUMERIC, -1, NUMBER(0, 1, WF_NUMERIC_POSITIVE, 1, 5000),
		  "{\"scale\":1,\"value\":\"Dw==\"}");
}

static void
test_special_numerics(void **state)
{
	(void) state;
	check(NUMERIC, -1, special(WF_NUMERIC_NAN), NULL);
	check(NUMERIC, NUMERIC_TYPMOD(5, 2), special(WF_NUMERIC_PLUS_INFINITY), NULL);
	options.numeric_special = WF_SPECIAL_NUMERIC_STRING;
	check(NUMERIC, NUMERIC_TYPMOD(5, 2), special(WF_NUMERIC_NAN), "\"NaN\"");
	check(NUMERIC, -1, special(WF_NUMERIC_MINUS_INFINITY), "\"-Infinity\"");
}

static void
test_money_digits(void **state)
{
	(void) state;
	options.money_fraction_digits = 3;
	check(MONEY, -1, MONEY_OF(123, 2), "\"BM4=\"");
	options.money_fraction_digits = 0;
	check(MONEY, -1, MONEY_OF(12300, 2), "\"ew==\"");
	check(MONEY, -1, MONEY_OF(12345, 2), NULL);
}

static void
test_times(void **state)
{
	const int64_t time = INT64_C(45296789012);

	(void) state;
	options.time_mode = WF_TIME_ADAPTIVE_MICROSECONDS;
	check(TIME, 3, INTEGER(45296789000), "45296789000");
	check(TIMESTAMP, 3, INTEGER(-10957 * DAY_US), "0");
	options.time_mode = WF_TIME_CONNECT;
	check(TIME, 6, INTEGER(time), "45296789");
	check(TIME, 6, INTEGER(DAY_US), "86400000");
	check(TIMESTAMP, 6, INTEGER(-10957 * DAY_US - 1), "-1");
	check(TIMESTAMP, -1, INTEGER(INT64_MAX), "9223372036825200000");
	options.time_mode = WF_TIME_NANOSECONDS;
	check(TIME, -1, INTEGER(time), "45296789012000");
	check(TIMESTAMP, -1, INTEGER(-10957 * DAY_US - 1), "-1000");
	check(TIMESTAMP, -1, INTEGER(INT64_C(9223372036854775) - 10957 * DAY_US),
		  "9223372036854775000");
	check(TIMESTAMP, -1, INTEGER(INT64_C(9223372036854776) - 10957 * DAY_US), NULL);
	check(TIMESTAMP, -1, INTEGER(INT64_MAX), "9223372036854775807");
	check(TIMESTAMP, -1, INTEGER(INT64_MIN), "-9223372036854775808");
	options.time_mode = WF_TIME_MICROSECONDS;
	check(TIMESTAMP, 0, INTEGER(0), "946684800000000");
	check(TIMESTAMP, -1, INTEGER(INT64_MAX - 10957 * DAY_US), "9223372036854775807");
	check(TIMESTAMP, -1, INTEGER(INT64_MAX - 10957 * DAY_US + 1), NULL);
	check(TIMESTAMP, -1, INTEGER(INT64_MAX - 1), NULL);
	check(TIMESTAMP, -1, INTEGER(INT64_MAX), "9223372036854775807");
	check(TIME, 0, INTEGER(DAY_US), "86400000000");
}

static void
test_iso_texts(void **state)
{
	(void) state;
	options.time_mode = WF_TIME_ISOSTRING;
	check(DATE, -1, INTEGER(0), "\"2000-01-01Z\"");
	check(DATE, -1, INTEGER(-2451507), "\"-4712-01-01Z\"");
	check(DATE, -1, INTEGER(2145031948), "\"+5874897-12-31Z\"");
	check(TIME, -1, INTEGER(INT64_C(45296800000)), "\"12:34:56.8Z\"");
	check(TIMESTAMP, -1, INTEGER(1), "\"2000-01-01T00:00:00.000001Z\"");
	check(TIMESTAMP, -1, INTEGER(-1000), "\"1999-12-31T23:59:59.999Z\"");
	check(TIMESTAMP, -1, INTEGER(INT64_MAX), "\"+292278994-08-16T23:00:00Z\"");
	check_fallback(DATE, "\"1970-01-01Z\"");
	check_fallback(TIMESTAMP, "\"1970-01-01T00:00:00Z\"");
	/* a time that java.time has not */
	check(TIME, -1, INTEGER(DAY_US), "\"24:00:00Z\"");
	options.compat = WF_COMPAT_DEBEZIUM;
	check(TIME, -1, INTEGER(DAY_US), "\"00:00:00Z\"");
}

static void
test_infinities(void **state)
{
	(void) state;
	check(DATE, -1, INTEGER(INT32_MAX), "2147483647");
	check(DATE, -1, INTEGER(INT32_MIN), "-2147483648");
	options.compat = WF_COMPAT_DEBEZIUM;
	check(DATE, -1, INTEGER(INT32_MAX), "2146033979");
	check(DATE, -1, INTEGER(INT32_MIN), "-2147472691");
	options.infinity_handling = WF_INFINITY_NULL;
	check(DATE, -1, INTEGER(INT32_MAX), "null");
	check(TIMESTAMP, -1, INTEGER(INT64_MIN), "null");
	check(TIMESTAMPTZ, -1, INTEGER(INT64_MIN), "\"-infinity\"");
	options.infinity_handling = WF_INFINITY_STRING;
	check(DATE, -1, INTEGER(INT32_MIN), "\"-infinity\"");
	check(TIMESTAMP, 0, INTEGER(INT64_MAX), "\"infinity\"");
}

static void
test_infinite_intervals(void **state)
{
	WfValue		plus = {.as.interval = {INT64_MAX, INT32_MAX, INT32_MAX}};
	WfValue		minus = {.as.interval = {INT64_MIN, INT32_MIN, INT32_MIN}};
	WfValue		hours = {.as.interval = {.microseconds = INT64_C(2147483648) * 3600000000}};

	(void) state;
	check(INTERVAL, -1, plus, "9223372036854775807");
	check(INTERVAL, -1, minus, "-9223372036854775808");
	options.infinity_handling = WF_INFINITY_NULL;
	check(INTERVAL, -1, plus, "null");
	options.infinity_handling = WF_INFINITY_DEBEZIUM;
	options.interval_mode = WF_INTERVAL_STRING;
	check(INTERVAL, -1, plus, NULL);
	check(INTERVAL, -1, hours, "\"P0Y0M0DT2147483648H0M0S\"");
	options.infinity_handling = WF_INFINITY_STRING;
	check(INTERVAL, -1, minus, "\"-infinity\"");
	options.infinity_handling = WF_INFINITY_DEBEZIUM;
	options.interval_mode = WF_INTERVAL_NUMERIC;
	options.time_mode = WF_TIME_STRUCTURED;
	check(INTERVAL, -1, minus, NULL);
	check(INTERVAL, -1, hours, NULL);
	hours.as.interval.microseconds -= 1;
	check(INTERVAL, -1, hours, "{\"years\":0,\"months\":0,\"days\":0,\"hours\":2147483647,"
		  "\"minutes\":59,\"seconds\":59,\"nanos\":999999000,\"precision\":6}");
}

static void
test_structured(void **state)
{
	WfValue		timetz = {.as.timetz = {.microseconds = DAY_US, .zone_seconds = -19800}};
	WfValue		interval = {.as.interval = {.microseconds = -INT64_C(11045000006), .days = -2,
	.months = -13}};

	(void) state;
	options.time_mode = WF_TIME_STRUCTURED;
	check(DATE, -1, INTEGER(-730120),
		  "{\"year\":0,\"month\":12,\"day\":31,\"specialValue\":null}");
	check(DATE, -1, INTEGER(INT32_MIN),
		  "{\"year\":null,\"month\":null,\"day\":null,\"specialValue\":\"NEGATIVE_INFINITY\"}");
	check(TIME, 2, INTEGER(INT64_C(45296790000)),
		  "{\"hour\":12,\"minute\":34,\"second\":56,\"nanos\":790000000,\"precision\":2}");
	check(TIMETZ, -1, timetz, "{\"hour\":24,\"minute\":0,\"second\":0,\"nanos\":0,"
		  "\"offsetSeconds\":19800,\"precision\":6}");
	check(TIMESTAMP, 0, INTEGER(-1000000), "{\"year\":1999,\"month\":12,\"day\":31,\"hour\":23,"
		  "\"minute\":59,\"second\":59,\"nanos\":0,\"specialValue\":null,\"precision\":0}");
	check(TIMESTAMPTZ, -1, INTEGER(INT64_MAX), "{\"year\":null,\"month\":null,\"day\":null,"
		  "\"hour\":null,\"minute\":null,\"second\":null,\"nanos\":null,\"offsetSeconds\":null,"
		  "\"zoneId\":null,\"specialValue\":\"POSITIVE_INFINITY\",\"precision\":6}");
	check(INTERVAL, 0x4FFFF, interval, "{\"years\":-1,\"months\":-1,\"days\":-2,\"hours\":-3,"
		  "\"minutes\":-4,\"seconds\":-5,\"nanos\":-6000,\"precision\":65535}");
	check_fallback(TIMESTAMPTZ, "{\"year\":1970,\"month\":1,\"day\":1,\"hour\":0,\"minute\":0,"
				   "\"second\":0,\"nanos\":0,\"offsetSeconds\":0,\"zoneId\":null,"
				   "\"specialValue\":null,\"precision\":6}");
	check(TIME, -1, INTEGER(DAY_US),
		  "{\"hour\":24,\"minute\":0,\"second\":0,\"nanos\":0,\"precision\":6}");
	options.compat = WF_COMPAT_DEBEZIUM;
	check(TIME, -1, INTEGER(DAY_US), NULL);
}

static void
test_interval_texts(void **state)
{
	WfValue		whole = {.as.interval = {.microseconds = INT64_C(14706789000), .days = 3,
	.months = 14}};
	WfValue		negative = {.as.interval.microseconds = -INT64_C(11045000006)};
	WfValue		fraction = {.as.interval.microseconds = -500000};
	WfValue		zero = {.as.interval = {0, 0, 0}};

	(void) state;
	options.interval_mode = WF_INTERVAL_STRING;
	check(INTERVAL, -1, whole, "\"P1Y2M3DT4H5M6.789S\"");
	check(INTERVAL, -1, negative, "\"P0Y0M0DT-3H-4M-5.000006S\"");
	check(INTERVAL, -1, fraction, "\"P0Y0M0DT0H0M-0.5S\"");
	check(INTERVAL, -1, zero, "\"P0Y0M0DT0H0M0S\"");
	check_fallback(INTERVAL, "\"P0Y0M0DT0H0M0S\"");
}

static void
test_binary_modes(void **state)
{
	WfValue		bytes = {.as.bytes = WF_LITERAL("\xFB\xEF\xFF\x00")};
	WfValue		empty = {.as.bytes = WF_LITERAL("")};

	(void) state;
	options.binary_mode = WF_BINARY_BASE64;
	check(BYTEA, -1, bytes, "\"++//AA==\"");
	options.binary_mode = WF_BINARY_BASE64_URL_SAFE;
	check(BYTEA, -1, bytes, "\"--__AA==\"");
	options.binary_mode = WF_BINARY_HEX;
	check(BYTEA, -1, bytes, "\"fbefff00\"");
	check(BYTEA, -1, empty, "\"\"");
}

static void
test_bits(void **state)
{
	(void) state;
	check(BIT, 1, BITS("1"), "true");
	check(BIT, -1, BITS("0"), "false");
	check(VARBIT, 1, BITS(""), "false");
	check(BIT, 24, BITS("000000110000001000000001"), "\"AQID\"");
	check(BIT, 64, BITS("1000000000000000000000000000000000000000000000000000000000000000"),
		  "\"AAAAAAAAAIA=\"");
	check(BIT, 9, BITS("000000000"), "\"\"");
	check(VARBIT, -1, BITS(""), "\"\"");
	check(BIT, 9, BITS("100000000"), "\"AAE=\"");
}

static void
check_hstore(WfSlice text, const char *expected)
{
	WfType		type = {.kind = WF_TYPE_HSTORE, .element_kind = WF_TYPE_OTHER, .typmod = -1};
	WfValue		value = {.as.text = text};
	WfColumnField column;

	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);
	assert_int_equal(wf_value_write(&buffer, &form, &column.self, &value),
					 expected != NULL ? WF_VALUE_WRITTEN : WF_VALUE_UNCONVERTIBLE);
	assert_content(&buffer, expected != NULL ? expected : "");
}

static void
test_hstore(void **state)
{
	static const char *const ill[] = {
		"\"a\"", "\"a\"=>", "\"a\"=>1", "\"a=>NULL", "a=>NULL", "\"a\"=>NULL,", "\"a\"=>NULL, ",
		"\"a\"=>\"\\", "\"a\"=>NULLx"
	};

	(void) state;
	check_hstore(WF_LITERAL(""), "\"{}\"");
	check_hstore(WF_LITERAL("\"a\"=>\"1\", \"b c\"=>NULL"),
				 "\"{\\\"a\\\":\\\"1\\\",\\\"b c\\\":null}\"");
	/* what PostgreSQL escapes, what JSON does, and what the JSON around it does */
	check_hstore(WF_LITERAL("\"q\\\"x\"=>\"y\\\\z\n\x01\""),
				 "\"{\\\"q\\\\\\\"x\\\":\\\"y\\\\\\\\z\\\\n\\\\u0001\\\"}\"");
	check_hstore(WF_LITERAL("\"\xF0\x9F\x98\x80\"=>\"\xC3\xA9\""),
				 "\"{\\\"\\uD83D\\uDE00\\\":\\\"\xC3\xA9\\\"}\"");
	for (size_t i = 0; i < sizeof(ill) / sizeof(ill[0]); i++)
		check_hstore(wf_slice(ill[i], strlen(ill[i])), NULL);

	options.hstore_mode = WF_HSTORE_MAP;
	check_hstore(WF_LITERAL(""), "{}");
	check_hstore(WF_LITERAL("\"\xF0\x9F\x98\x80\"=>\"y\\\\\", \"\xC3\xA9\"=>NULL"),
				 "{\"\\uD83D\\uDE00\":\"y\\\\\",\"\xC3\xA9\":null}");
}

/* An array of a domain over an enum is read as labels, and not left out. */
static void
check_enum_domain(void)
{
	WfType		type = {.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_ENUM, .oid = 16400,
	.element_oid = 16399, .element_is_domain = true, .typmod = -1};
	WfColumnField column;

	wf_field_adjust_type(&type, &options);
	assert_int_equal(type.element_kind, WF_TYPE_ENUM);
	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);
	assert_false(column.self.omitted);
	assert_int_equal(column.element.form, WF_FORM_ENUM);
}

/* Is a column of that type left out? */
static bool
is_omitted(uint32_t oid, uint32_t element, bool of_domain)
{
	WfType		type = {.kind = element != 0 ? WF_TYPE_ARRAY : wf_type_kind(oid),
		.element_kind = element != 0 ? wf_type_kind(element) : WF_TYPE_OTHER, .oid = oid,
	.element_oid = element, .element_is_domain = of_domain, .typmod = -1};
	WfColumnField column;

	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);
	return column.self.omitted;
}

static void
test_omitted_types(void **state)
{
	enum
	{
		NAME = 19, POINT = 600, XML = 142, INET = 869, INT4RANGE = 3904, TSVECTOR = 3614,
		PG_LSN = 3220
	};

	(void) state;
	assert_true(is_omitted(PG_LSN, 0, false));
	assert_false(is_omitted(POINT, 0, false));
	assert_true(is_omitted(1, POINT, false));
	assert_false(is_omitted(INET, 0, false));
	assert_false(is_omitted(INT4RANGE, 0, false));
	assert_false(is_omitted(XML, 0, false));
	assert_false(is_omitted(1, INET, false));
	assert_false(is_omitted(1, TSVECTOR, false));
	assert_true(is_omitted(1, XML, false));
	assert_true(is_omitted(1, NAME, false));
	assert_true(is_omitted(1, MONEY, false));
	assert_true(is_omitted(1, INTERVAL, false));
	assert_true(is_omitted(1, NUMERIC, true));
	assert_true(is_omitted(1, PG_LSN, false));
	check_enum_domain();
	options.array_handling = WF_ARRAYS_ALL;
	assert_false(is_omitted(1, PG_LSN, false));
	assert_false(is_omitted(1, NUMERIC, true));
	options.unknown_handling = WF_UNKNOWN_TEXT;
	assert_false(is_omitted(PG_LSN, 0, false));
	check(PG_LSN, -1, (WfValue) {.as.text = WF_LITERAL("0/1")}, "\"0/1\"");
	options.unknown_handling = WF_UNKNOWN_DEBEZIUM;
	options.include_unknown = true;
	check_enum_domain();
	assert_false(is_omitted(PG_LSN, 0, false));
	check(PG_LSN, -1, (WfValue) {.as.text = WF_LITERAL("0/1")}, "\"MC8x\"");
	options.binary_mode = WF_BINARY_HEX;
	check(PG_LSN, -1, (WfValue) {.as.text = WF_LITERAL("0/1")}, "\"302f31\"");
}

static void
check_placeholder(uint32_t oid, uint32_t element, const char *expected)
{
	WfType		type = {.kind = element != 0 ? WF_TYPE_ARRAY : wf_type_kind(oid),
		.element_kind = element != 0 ? wf_type_kind(element) : WF_TYPE_OTHER, .oid = oid,
	.element_oid = element, .typmod = -1};
	WfColumnField column;

	wf_field_resolve(&column, &type, true, &options, WF_SIDE_VALUE);
	wf_value_write_unavailable(&buffer, &form, &column.self,
							   wf_slice(options.placeholder.bytes, options.placeholder.length));
	assert_content(&buffer, expected);
}

static void
test_placeholders(void **state)
{
	WfBuffer	allowed = {0};

	(void) state;
	options.binary_mode = WF_BINARY_HEX;
	check_placeholder(BYTEA, 0, "\"__debezium_unavailable_value\"");
	options.binary_mode = WF_BINARY_BASE64;
	check_placeholder(BYTEA, 0, "\"__debezium_unavailable_value\"");
	options.compat = WF_COMPAT_DEBEZIUM;
	check_placeholder(BYTEA, 0, "null");
	options.binary_mode = WF_BINARY_BYTES;

	assert_true(wf_option_set(wf_option_find(wf_format_options, wf_format_option_count,
											 "unavailable.value.placeholder"),
							  "unavailable.value.placeholder", "hex:00fF10", &options, &allowed));
	assert_true(wf_options_settle(&options, false, &buffer));
	check_placeholder(25, 0, "\"\\u0000\xEF\xBF\xBD\\u0010\"");
	check_placeholder(BYTEA, 0, "\"AP8Q\"");
	check_placeholder(1007, 23, "[0,-1,16]");
	check_placeholder(2951, 2950, "[\"481e4551-ec03-3aad-a760-901cf52b1917\"]");
	assert_int_equal(form.replaced, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_decimal_modes, set_defaults),
		cmocka_unit_test_setup(test_decimal_numbers, set_defaults),
		cmocka_unit_test_setup(test_special_numerics, set_defaults),
		cmocka_unit_test_setup(test_money_digits, set_defaults),
		cmocka_unit_test_setup(test_times, set_defaults),
		cmocka_unit_test_setup(test_iso_texts, set_defaults),
		cmocka_unit_test_setup(test_infinities, set_defaults),
		cmocka_unit_test_setup(test_infinite_intervals, set_defaults),
		cmocka_unit_test_setup(test_structured, set_defaults),
		cmocka_unit_test_setup(test_interval_texts, set_defaults),
		cmocka_unit_test_setup(test_binary_modes, set_defaults),
		cmocka_unit_test_setup(test_bits, set_defaults),
		cmocka_unit_test_setup(test_hstore, set_defaults),
		cmocka_unit_test_setup(test_omitted_types, set_defaults),
		cmocka_unit_test_setup(test_placeholders, set_defaults),
	};
	int			failed;

	buffer = growing_buffer(1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(buffer.data);
	return failed;
}
