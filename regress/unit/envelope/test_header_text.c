/*
 * test_header_text.c
 *		Values as headers have them: what Connect 4.3's SimpleHeaderConverter writes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "envelope/header_text.h"
#include "envelope/decimal.h"
#include "growing_buffer.h"

static WfOptions options;

/* To the end of json; returns how many parts it took. */
static int
write_text(WfBuffer *out, const WfField *field, WfSlice json, bool is_inside)
{
	int			parts = 0;

	for (size_t at = 0; at < json.length; parts++)
		at = wf_header_text_part(out, field, json, at, is_inside);
	return parts;
}

/* What the header has of a value whose JSON is json. */
static void
check(WfForm form, int32_t scale, const char *json, bool is_inside, const char *expected)
{
	WfField		field = {.form = form, .scale = scale, .options = &options};
	WfBuffer	out = growing_buffer(1 << 20);

	write_text(&out, &field, wf_slice(json, strlen(json)), is_inside);
	assert_content(&out, expected);
	free(out.data);
}

static void
test_decimals(void **state)
{
	(void) state;
	check(WF_FORM_DECIMAL, 2, "\"ANI=\"", true, "2.10");
	check(WF_FORM_DECIMAL, 2, "\"ANI=\"", false, "2.10");
	check(WF_FORM_MONEY, 2, "\"AfQ=\"", false, "5.00");
	check(WF_FORM_DECIMAL, 2, "\"AA==\"", false, "0.00");
	check(WF_FORM_DECIMAL, 2, "\"/w==\"", false, "-0.01");
	check(WF_FORM_DECIMAL, 0, "\"gA==\"", false, "-128");
	check(WF_FORM_DECIMAL, 2, "\"/wA=\"", false, "-2.56");
	check(WF_FORM_DECIMAL, 6, "\"AQ==\"", false, "0.000001");
	check(WF_FORM_DECIMAL, 7, "\"AQ==\"", false, "1E-7");
	check(WF_FORM_DECIMAL, 9, "\"9gk=\"", false, "-0.000002551");
	check(WF_FORM_DECIMAL, 12, "\"9gk=\"", false, "-2.551E-9");
	check(WF_FORM_DECIMAL, 10, "\"AA==\"", false, "0E-10");
	/* 10^18, 10^27, -(2^64) */
	check(WF_FORM_DECIMAL, 0, "\"DeC2s6dkAAA=\"", false, "1000000000000000000");
	check(WF_FORM_DECIMAL, 3, "\"AzsuPJ/QgDzoAAAA\"", false, "1000000000000000000000000.000");
	check(WF_FORM_DECIMAL, 0, "\"/wAAAAAAAAAA\"", false, "-18446744073709551616");
	/* what is no Decimal */
	options.numeric_special = WF_SPECIAL_NUMERIC_STRING;
	check(WF_FORM_DECIMAL, 2, "\"Infinity\"", true, "\"Infinity\"");
	check(WF_FORM_DECIMAL, 2, "\"-Infinity\"", true, "\"-Infinity\"");
	check(WF_FORM_DECIMAL, 2, "\"NaN\"", true, "\"NaN\"");
	options.numeric_special = 0;
	check(WF_FORM_DECIMAL, 2, "null", true, "null");
	check(WF_FORM_BYTES, 0, "\"ANI=\"", true, "\"ANI=\"");
	check(WF_FORM_VARIABLE_DECIMAL, 0, "{\"scale\":1,\"value\":\"GQ==\"}", false,
		  "{\"scale\":1,\"value\":\"GQ==\"}");
}

/* numeric(1000) goes, what is longer than any column with a precision stays as it is. */
static void
test_long_decimals(void **state)
{
	WfNumericDigit digits[2500];
	WfBuffer	json = growing_buffer(1 << 20);
	WfBuffer	out = growing_buffer(1 << 20);
	WfField		field = {.form = WF_FORM_DECIMAL, .scale = 4, .options = &options};
	WfNumeric	numeric = {.digits = digits, .digit_count = 250, .weight = 248, .dscale = 4};

	(void) state;
	for (int i = 0; i < 2500; i++)
		digits[i] = 9999;
	wf_decimal_write(&json, &numeric, 4);
	write_text(&out, &field, wf_slice(json.data, json.length), false);
	assert_int_equal(out.length, 1001);
	for (int i = 0; i < 1001; i++)
		assert_int_equal(out.data[i], i == 996 ? '.' : '9');

	numeric.digit_count = 2500;
	numeric.weight = 2498;
	wf_buffer_cut(&json, 0);
	wf_buffer_cut(&out, 0);
	wf_decimal_write(&json, &numeric, 4);
	write_text(&out, &field, wf_slice(json.data, json.length), true);
	assert_int_equal(out.length, json.length);
	assert_memory_equal(out.data, json.data, json.length);
	free(json.data);
	free(out.data);
}

static void
test_temporals(void **state)
{
	(void) state;
	check(WF_FORM_CONNECT_DATE, 0, "19723", true, "2024-01-01");
	check(WF_FORM_CONNECT_TIME, 0, "36000000", true, "10:00:00.000Z");
	check(WF_FORM_CONNECT_TIMESTAMP, 0, "1704067200000", true, "2024-01-01");
	check(WF_FORM_CONNECT_TIMESTAMP, 0, "1704067200001", false, "2024-01-01T00:00:00.001Z");
	check(WF_FORM_DATE, 0, "19723", true, "19723");
	check(WF_FORM_CONNECT_DATE, 0, "\"-infinity\"", true, "\"-infinity\"");
	check(WF_FORM_CONNECT_DATE, 0, "null", true, "null");
	check(WF_FORM_CONNECT_TIMESTAMP, 0, "253402300800000", false, "10000-01-01");
	/* what Connect takes for a time of day, or for a date */
	check(WF_FORM_CONNECT_DATE, 0, "0", false, "1970-01-01");
	check(WF_FORM_CONNECT_DATE, 0, "-1", false, "1969-12-31");
	check(WF_FORM_CONNECT_TIMESTAMP, 0, "-1", false, "1969-12-31T23:59:59.999Z");
	check(WF_FORM_CONNECT_TIME, 0, "86400000", false, "24:00:00.000Z");
	options.compat = WF_COMPAT_DEBEZIUM;
	check(WF_FORM_CONNECT_DATE, 0, "0", false, "00:00:00.000Z");
	check(WF_FORM_CONNECT_DATE, 0, "-1", false, "00:00:00.000Z");
	check(WF_FORM_CONNECT_DATE, 0, "1", false, "1970-01-02");
	check(WF_FORM_CONNECT_TIMESTAMP, 0, "-1", false, "23:59:59.999Z");
	check(WF_FORM_CONNECT_TIME, 0, "86400000", false, "1970-01-02");
	options.compat = WF_COMPAT_NONE;
}

static void
test_strings(void **state)
{
	(void) state;
	check(WF_FORM_STRING, 0, "\"x \\\"q\\\" \\\\ \\u0001\\n\"", false, "x \"q\" \\ \001\n");
	check(WF_FORM_STRING, 0, "\"x \\\"q\\\" \\\\ \\u0001\\n\"", true, "\"x \\\"q\\\" \\\\ \001\n\"");
	check(WF_FORM_STRING, 0, "\"\"", true, "\"\"");
	check(WF_FORM_DOUBLE, 0, "\"NaN\"", true, "NaN");
	check(WF_FORM_BOOLEAN, 0, "true", true, "true");
	check(WF_FORM_HSTORE_MAP, 0, "{\"a\\n\":\"b\",\"c\":null}", false, "{\"a\n\":\"b\",\"c\":null}");
}

static void
test_arrays(void **state)
{
	static const WfField decimal = {.form = WF_FORM_DECIMAL, .scale = 1, .options = &options};
	WfField		array = {.form = WF_FORM_ARRAY, .element = &decimal, .options = &options};
	WfBuffer	out = growing_buffer(1 << 20);

	(void) state;
	write_text(&out, &array, WF_LITERAL("[[\"Dw==\",null],[\"GQ==\"]]"), false);
	assert_content(&out, "[[1.5,null],[2.5]]");
	free(out.data);
	check(WF_FORM_ARRAY, 0, "[1,\"a\\n\"]", false, "[1,\"a\n\"]");
}

/* A part ends behind an element, wherever its bytes end. */
static void
test_parts(void **state)
{
	static const WfField decimal = {.form = WF_FORM_DECIMAL, .scale = 1, .options = &options};
	WfField		array = {.form = WF_FORM_ARRAY, .element = &decimal, .options = &options};
	WfBuffer	json = growing_buffer(1 << 20);
	WfBuffer	expected = growing_buffer(1 << 20);
	WfBuffer	out = growing_buffer(1 << 20);
	const int	count = 3 * WF_HEADER_TEXT_PART_BYTES / 7;

	(void) state;
	for (int i = 0; i < count; i++)
	{
		wf_buffer_append_char(&json, i == 0 ? '[' : ',');
		wf_buffer_append_literal(&json, "\"Dw==\"");
		wf_buffer_append_char(&expected, i == 0 ? '[' : ',');
		wf_buffer_append_literal(&expected, "1.5");
	}
	wf_buffer_append_char(&json, ']');
	wf_buffer_append_char(&expected, ']');
	assert_in_range(write_text(&out, &array, wf_buffer_since(&json, 0), false), 3, 4);
	assert_int_equal(out.length, expected.length);
	assert_memory_equal(out.data, expected.data, expected.length);
	free(json.data);
	free(expected.data);
	free(out.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decimals),
		cmocka_unit_test(test_long_decimals),
		cmocka_unit_test(test_temporals),
		cmocka_unit_test(test_strings),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
