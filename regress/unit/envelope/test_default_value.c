/*
 * test_default_value.c
 *		Default expressions as JSON: the facts that default_value.h lists.
 *
 * The expressions are what pg_get_expr() prints; what Debezium 3.7.0 makes of
 * them was asked of the running connector.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include "envelope/default_value.h"

#define NUMERIC(precision, scale) ((((precision) << 16) | ((scale) & 0x7FF)) + 4)

static const WfType type_bool = {.kind = WF_TYPE_BOOL, .oid = 16, .typmod = -1};
static const WfType type_int2 = {.kind = WF_TYPE_INT2, .oid = 21, .typmod = -1};
static const WfType type_int4 = {.kind = WF_TYPE_INT4, .oid = 23, .typmod = -1};
static const WfType type_int8 = {.kind = WF_TYPE_INT8, .oid = 20, .typmod = -1};
static const WfType type_float4 = {.kind = WF_TYPE_FLOAT4, .oid = 700, .typmod = -1};
static const WfType type_float8 = {.kind = WF_TYPE_FLOAT8, .oid = 701, .typmod = -1};
static const WfType type_numeric = {.kind = WF_TYPE_NUMERIC, .oid = 1700, .typmod = -1};
static const WfType type_numeric_6_2 = {
	.kind = WF_TYPE_NUMERIC, .oid = 1700, .typmod = NUMERIC(6, 2)
};
static const WfType type_numeric_6_0 = {
	.kind = WF_TYPE_NUMERIC, .oid = 1700, .typmod = NUMERIC(6, 0)
};
static const WfType type_numeric_5_minus_2 = {
	.kind = WF_TYPE_NUMERIC, .oid = 1700, .typmod = NUMERIC(5, -2)
};
static const WfType type_text = {.kind = WF_TYPE_TEXT, .oid = 25, .typmod = -1};
static const WfType type_name = {.kind = WF_TYPE_TEXT, .oid = 19, .typmod = -1};
static const WfType type_bpchar = {.kind = WF_TYPE_TEXT, .oid = 1042, .typmod = 9};
static const WfType type_json = {.kind = WF_TYPE_JSON, .oid = 114, .typmod = -1};
static const WfType type_xml = {.kind = WF_TYPE_OTHER, .oid = 142, .typmod = -1};
static const WfType type_uuid = {.kind = WF_TYPE_UUID, .oid = 2950, .typmod = -1};
static const WfType type_date = {.kind = WF_TYPE_DATE, .oid = 1082, .typmod = -1};
static const WfType type_time = {.kind = WF_TYPE_TIME, .oid = 1083, .typmod = -1};
static const WfType type_timestamp = {.kind = WF_TYPE_TIMESTAMP, .oid = 1114, .typmod = -1};
static const WfType type_timestamp_3 = {.kind = WF_TYPE_TIMESTAMP, .oid = 1114, .typmod = 3};
static const WfType type_timestamptz = {.kind = WF_TYPE_TIMESTAMPTZ, .oid = 1184, .typmod = -1};
static const WfType type_timestamptz_3 = {.kind = WF_TYPE_TIMESTAMPTZ, .oid = 1184, .typmod = 3};
static const WfType type_interval = {.kind = WF_TYPE_INTERVAL, .oid = 1186, .typmod = -1};
static const WfType type_enum = {
	.kind = WF_TYPE_ENUM, .oid = 16400, .typmod = -1, .enum_labels = {"sad,ok", 6}
};
static const WfType type_bit_1 = {.kind = WF_TYPE_BIT, .oid = 1560, .typmod = 1};
static const WfType type_bit_3 = {.kind = WF_TYPE_BIT, .oid = 1560, .typmod = 3};
static const WfType type_varbit = {.kind = WF_TYPE_BIT, .oid = 1562, .typmod = -1};
static const WfType type_bytea = {.kind = WF_TYPE_BYTEA, .oid = 17, .typmod = -1};
static const WfType type_money = {.kind = WF_TYPE_MONEY, .oid = 790, .typmod = -1};
static const WfType type_oid = {.kind = WF_TYPE_OID, .oid = 26, .typmod = -1};
static const WfType type_timetz = {.kind = WF_TYPE_TIMETZ, .oid = 1266, .typmod = -1};
static const WfType type_inet = {.kind = WF_TYPE_OTHER, .oid = 869, .typmod = -1};
static const WfType type_int4_array = {
	.kind = WF_TYPE_ARRAY, .oid = 1007, .element_kind = WF_TYPE_INT4, .element_oid = 23,
	.typmod = -1
};

static void
set_option(WfOptions *options, const char *name, const char *value)
{
	WfBuffer	allowed = growing_buffer(1 << 10);
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, name);

	assert_true(wf_option_set(spec, name, value, options, &allowed));
	free(allowed.data);
}

/* expected: the JSON; NULL if there is no default. */
static void
assert_default_with(const char *option, const char *mode, const WfType *type,
					const char *expression, const char *expected)
{
	WfSlice		text = wf_slice(expression, strlen(expression));
	WfScratch	scratch = {malloc(WF_SCRATCH_SIZE(text.length)), WF_SCRATCH_SIZE(text.length), 0};
	WfBuffer	json = growing_buffer(1 << 20);
	WfTextForm	form = {false, 0};
	WfOptions	options = {0};
	WfColumnField field;
	WfValue		value;
	bool		written = false;

	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	if (option != NULL)
		set_option(&options, option, mode);
	wf_field_resolve(&field, type, true, &options, WF_SIDE_VALUE);
	if (wf_default_read(&scratch, type, text, &value))
	{
		field.self.default_value = &value;
		written = wf_default_write(&json, &form, &field.self);
	}
	if (expected != NULL && !written)
		fail_msg("%s has no default", expression);
	assert_content(&json, expected != NULL ? expected : "");
	free(json.data);
	free(scratch.memory);
}

static void
assert_default(const WfType *type, const char *expression, const char *expected)
{
	assert_default_with(NULL, NULL, type, expression, expected);
}

static void
test_numbers(void **state)
{
	(void) state;
	assert_default(&type_int4, "42", "42");
	assert_default(&type_int4, "'-5'::integer", "-5");
	assert_default(&type_int4, "'5'::bigint", "5");
	assert_default(&type_int4, "('5'::text)::integer", "5");
	assert_default(&type_int4, "nextval('public.sq_id_seq'::regclass)", "0");
	assert_default(&type_int4, "length('abc'::text)", "0");
	assert_default(&type_int4, "(length('abc'::text) + 1)", "0");
	assert_default(&type_int4, "NULLIF(1, 2)", "0");
	assert_default(&type_int4, "('-5'::bigint)::integer", "-5");
	assert_default(&type_int4, "('1.5'::numeric)::integer", NULL);
	assert_default(&type_int4, "(1 + 2)", NULL);
	assert_default(&type_int4, "3.7", NULL);
	assert_default(&type_int4, "((1)::bit(3))::integer", NULL);
	assert_default(&type_int4, "('101'::\"bit\")::integer", NULL);
	assert_default(&type_int4, "CASE WHEN true THEN 1 ELSE 2 END", NULL);
	assert_default(&type_int4, "'2147483648'::bigint", NULL);
	assert_default(&type_int2, "3", "3");
	assert_default(&type_int8, "'9223372036854775807'::bigint", "9223372036854775807");
	assert_default(&type_float8, "'-0.1'::numeric", "-0.1");
	assert_default(&type_float8, "'Infinity'::double precision", "\"Infinity\"");
	assert_default(&type_float8, "'NaN'::double precision", "\"NaN\"");
	assert_default(&type_float8, "random()", "0.0");
	assert_default(&type_float4, "'10000000000'::numeric", "1.0E10");
	assert_default(&type_float4, "0.25", "0.25");
}

static void
test_numeric(void **state)
{
	(void) state;
	assert_default(&type_numeric_6_2, "1.5", "\"AJY=\"");
	assert_default(&type_numeric_6_2, "10", "\"A+g=\"");
	assert_default(&type_numeric_6_2, "'-1.5'::numeric", "\"/2o=\"");
	assert_default(&type_numeric_6_2, "1.550", "\"AJs=\"");
	assert_default(&type_numeric_6_2, "1.555", NULL);
	assert_default(&type_numeric_6_2, "'NaN'::numeric", NULL);
	assert_default(&type_numeric_6_2, "random()", "\"AA==\"");
	assert_default(&type_numeric_6_0, "random()", "\"AA==\"");
	assert_default(&type_numeric_6_0, "5.0", "\"BQ==\"");
	assert_default(&type_numeric_6_0, "5.1", NULL);
	assert_default(&type_numeric_5_minus_2, "12300", "\"MAw=\"");
	assert_default(&type_numeric_5_minus_2, "12345", NULL);
	assert_default(&type_numeric_5_minus_2, "'-9999900'::numeric(5,-2)", "\"/2dp5A==\"");
	assert_default(&type_numeric_5_minus_2, "'1'::numeric - '2'::numeric(5,-2)", NULL);
	/* a struct, VariableScaleDecimal */
	assert_default(&type_numeric, "1.50", NULL);
	assert_default(&type_numeric, "(random())::numeric", NULL);
}

static void
test_numeric_modes(void **state)
{
	static const char mode[] = "decimal.handling.mode";

	(void) state;
	assert_default_with(mode, "string", &type_numeric, "1.50", "\"1.50\"");
	assert_default_with(mode, "string", &type_numeric, "random()", "\"0.0\"");
	assert_default_with(mode, "string", &type_numeric, "'Infinity'::numeric", NULL);
	assert_default_with(mode, "string", &type_numeric, "'100000000000000000000'::numeric",
						"\"100000000000000000000\"");
	assert_default_with(mode, "string", &type_numeric_6_2, "10", "\"10.00\"");
	assert_default_with(mode, "string", &type_numeric_6_2, "'-1.5'::numeric", "\"-1.50\"");
	assert_default_with(mode, "string", &type_numeric_6_2, "random()", "\"0.00\"");
	assert_default_with(mode, "string", &type_numeric_6_2, "1.555", NULL);
	assert_default_with(mode, "string", &type_numeric_6_2, "'NaN'::numeric", NULL);
	assert_default_with(mode, "string", &type_numeric_6_0, "5", "\"5\"");
	assert_default_with(mode, "double", &type_numeric, "1.50", "1.5");
	assert_default_with(mode, "double", &type_numeric, "0.0000001", "1.0E-7");
	assert_default_with(mode, "double", &type_numeric, "random()", "0.0");
	assert_default_with(mode, "double", &type_numeric_6_2, "1.555", NULL);
}

static void
test_time_modes(void **state)
{
	static const char mode[] = "time.precision.mode";

	(void) state;
	assert_default_with(mode, "isostring", &type_date, "'0044-03-15 BC'::date",
						"\"-0043-03-15Z\"");
	assert_default_with(mode, "isostring", &type_timestamp_3,
						"'2024-01-02 03:04:05.678'::timestamp without time zone",
						"\"2024-01-02T03:04:05.678Z\"");
	assert_default_with(mode, "isostring", &type_timestamp, "now()", "\"1970-01-01T00:00:00Z\"");
	assert_default_with(mode, "isostring", &type_time, "LOCALTIME", "\"00:00:00Z\"");
	assert_default_with(mode, "connect", &type_date, "'2024-01-02'::date", "19724");
	assert_default_with(mode, "connect", &type_time,
						"'01:02:03.456789'::time without time zone", "3723456");
	assert_default_with(mode, "connect", &type_timestamp,
						"'1500-01-01 01:02:03.123456'::timestamp without time zone",
						"-14831765876877");
	assert_default_with(mode, "nanoseconds", &type_time,
						"'01:02:03.456789'::time without time zone", "3723456789000");
	assert_default_with(mode, "nanoseconds", &type_timestamp,
						"'1500-01-01 01:02:03.123456'::timestamp without time zone", NULL);
	assert_default_with(mode, "structured", &type_date, "'2024-01-02'::date", NULL);
	assert_default_with(mode, "structured", &type_timestamptz, "now()", NULL);
	assert_default_with(mode, "structured", &type_interval, "'1 day'::interval", NULL);
	assert_default_with("interval.handling.mode", "string", &type_interval,
						"'1 year 2 mons -3 days +04:05:06.5'::interval", "\"P1Y2M-3DT4H5M6.5S\"");
	assert_default_with("interval.handling.mode", "string", &type_interval, "make_interval(1)",
						"\"P0Y0M0DT0H0M0S\"");
}

static void
test_bits(void **state)
{
	(void) state;
	assert_default(&type_bit_1, "'1'::\"bit\"", "true");
	assert_default(&type_bit_1, "B'0'::\"bit\"", "false");
	assert_default(&type_bit_1, "(f())::bit(1)", "false");
	assert_default(&type_bit_3, "'101'::\"bit\"", "\"BQ==\"");
	assert_default(&type_bit_3, "B'000'::\"bit\"", "\"\"");
	assert_default(&type_bit_3, "f()", "\"\"");
	assert_default(&type_bit_3, "(7)::bit(3)", NULL);
	assert_default(&type_bit_3, "'1x1'::\"bit\"", NULL);
	assert_default(&type_varbit, "'00001111'::\"bit\"", "\"Dw==\"");
	assert_default(&type_varbit, "('000'::\"bit\")::bit varying", "\"\"");
	assert_default(&type_varbit, "('101'::bit(3))::bit varying(4)", "\"BQ==\"");
}

static void
test_texts(void **state)
{
	(void) state;
	assert_default(&type_text, "'x''y'::character varying", "\"x'y\"");
	assert_default(&type_text, "''::text", "\"\"");
	assert_default(&type_text, "''''::text", "\"'\"");
	assert_default(&type_text, "'a\nb\\c'::text", "\"a\\nb\\\\c\"");
	assert_default(&type_text, "'f(x)'::text", "\"f(x)\"");
	assert_default(&type_text, "'a::b)'::text", "\"a::b)\"");
	assert_default(&type_text, "'a'::\"My (odd) type's\"", "\"a\"");
	assert_default(&type_text, "'abcdef'::character varying(3)", "\"abcdef\"");
	assert_default(&type_text, "'{\"a\"}'::s.t[]", "\"{\\\"a\\\"}\"");
	assert_default(&type_text, "5", "\"5\"");
	assert_default(&type_text, "true", "\"true\"");
	assert_default(&type_text, "upper('x'::text)", "\"\"");
	assert_default(&type_text, "(concat('a', 'b') || 'c'::text)", "\"\"");
	assert_default(&type_text, "COALESCE('a'::text, 'b'::text)", "\"\"");
	assert_default(&type_text, "NULL::character varying", NULL);
	assert_default(&type_text, "NULL::character varying(5)", NULL);
	assert_default(&type_text, "('a'::text || 'b'::text)", NULL);
	assert_default(&type_text, "('a'::text || f('b'::text))", NULL);
	assert_default(&type_text, "'a'::text || 'b'::text", NULL);
	assert_default(&type_text, "(ARRAY['a'::text, 'b'::text])[1]", NULL);
	assert_default(&type_text, "CURRENT_USER", NULL);
	assert_default(&type_text, "(CURRENT_TIMESTAMP)::text", NULL);
	assert_default(&type_text, "'a", NULL);
	assert_default(&type_text, "", NULL);
	assert_default(&type_bpchar, "'ab'::bpchar", "\"ab\"");
	assert_default(&type_name, "'nm'::name", NULL);
	assert_default(&type_json, "'{\"a\": 1}'::jsonb", "\"{\\\"a\\\": 1}\"");
	assert_default(&type_json, "jsonb_build_object()", "\"{}\"");
	assert_default(&type_xml, "'<a/>'::xml", "\"<a/>\"");
	assert_default(&type_xml, "xmlcomment('x'::text)", "\"\"");
	assert_default(&type_xml, "XMLPARSE(CONTENT '<x/>'::text STRIP WHITESPACE)", "\"\"");
	assert_default(&type_uuid, "'00000000-0000-0000-0000-000000000001'::uuid",
				   "\"00000000-0000-0000-0000-000000000001\"");
	assert_default(&type_uuid, "gen_random_uuid()", "\"00000000-0000-0000-0000-000000000000\"");
	assert_default(&type_enum, "'ok'::public.mood", "\"ok\"");
	assert_default(&type_enum, "'it''s'::public.mood", "\"it's\"");
	assert_default(&type_enum, "enum_first(NULL::public.mood)", NULL);
	assert_default(&type_enum, "NULL::public.mood", NULL);
}

static void
test_bool(void **state)
{
	(void) state;
	assert_default(&type_bool, "true", "true");
	assert_default(&type_bool, "false", "false");
	assert_default(&type_bool, "is_it()", "false");
	assert_default(&type_bool, "(1 = 1)", NULL);
	assert_default(&type_bool, "(NOT false)", NULL);
}

static void
test_times(void **state)
{
	(void) state;
	assert_default(&type_date, "'2024-02-03'::date", "19756");
	assert_default(&type_date, "'0044-03-15 BC'::date", "-735160");
	assert_default(&type_date, "CURRENT_DATE", "0");
	assert_default(&type_date, "now()", "0");
	assert_default(&type_date, "'2024-01-01 10:00:00'::timestamp without time zone", "19723");
	assert_default(&type_date, "'1969-12-31 23:59:59'::timestamp without time zone", "-1");
	assert_default(&type_date, "('now'::text)::date", NULL);
	assert_default(&type_timestamp, "('2024-01-01'::date)::timestamp without time zone",
				   "1704067200000000");
	assert_default(&type_date, "'infinity'::date", NULL);
	assert_default(&type_time, "'01:02:03'::time without time zone", "3723000000");
	assert_default(&type_time, "'24:00:00'::time without time zone", "86400000000");
	assert_default(&type_time, "LOCALTIME", "0");
	assert_default(&type_time, "(now())::time without time zone", "0");
	assert_default(&type_timestamp, "'1500-01-01 01:02:03.123456'::timestamp without time zone",
				   "-14831765876876544");
	assert_default(&type_timestamp, "(now() + '1 day'::interval)", "0");
	assert_default(&type_timestamp, "'2024-01-01'::date", "1704067200000000");
	assert_default(&type_timestamp, "'infinity'::timestamp without time zone", NULL);
	assert_default(&type_timestamp, "'-infinity'::timestamp without time zone", NULL);
	assert_default(&type_timestamp, "'infinity'::date", NULL);
	assert_default(&type_timestamp, "'5874897-12-31'::date", NULL);
	assert_default(&type_timestamp_3, "'2000-01-01 00:00:00.5'::timestamp without time zone",
				   "946684800500");
	assert_default(&type_timestamp_3, "LOCALTIMESTAMP(3)", "0");
	assert_default(&type_timestamptz, "'2024-01-01 00:00:00+00'::timestamp with time zone",
				   "\"2024-01-01T00:00:00.000000Z\"");
	assert_default(&type_timestamptz, "CURRENT_TIMESTAMP", "\"1970-01-01T00:00:00.000000Z\"");
	assert_default(&type_timestamptz, "'infinity'::timestamp with time zone", NULL);
	assert_default(&type_timestamptz_3,
				   "'2023-12-31 23:02:03.123456+00'::timestamp with time zone",
				   "\"2023-12-31T23:02:03.123Z\"");
	assert_default(&type_interval, "'1 year 2 mons -3 days +04:05:06.5'::interval",
				   "36572706500000");
	assert_default(&type_interval, "'-1 days'::interval", "-86400000000");
	assert_default(&type_interval, "make_interval(1)", "0");
	assert_default(&type_interval, "'infinity'::interval", NULL);
}

static void
test_types_without_defaults(void **state)
{
	(void) state;
	assert_default(&type_bytea, "'\\x01'::bytea", NULL);
	assert_default(&type_money, "1.5", NULL);
	assert_default(&type_oid, "5", NULL);
	assert_default(&type_timetz, "'01:02:03+02'::time with time zone", NULL);
	assert_default(&type_inet, "'1.2.3.4'::inet", NULL);
	assert_default(&type_int4_array, "'{1,2}'::integer[]", NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_numeric),
		cmocka_unit_test(test_numeric_modes),
		cmocka_unit_test(test_time_modes),
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_types_without_defaults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
