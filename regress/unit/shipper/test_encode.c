/*
 * test_encode.c
 *		Column types and values: Kafka Connect's schema and JSON in, BigQuery's
 *		type and field out, or the exact text where the type cannot hold it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <math.h>

#include "shipper/bigquery/encode.h"

#define FIELD 16

static BqMapping
map_of(const char *column)
{
	BqMapping	mapping;
	json_t	   *json = json_loads(column, 0, NULL);

	assert_non_null(json);
	if (!bq_map_column(json, &mapping))
		fail_msg("no mapping for %s", column);
	json_decref(json);
	return mapping;
}

/* A field as text, the way this test writes expectations. */
static char *
field_text(BqType type, const PbField *field)
{
	char	   *text;
	double		number;

	switch (bq_field_type(type))
	{
		case PB_TYPE_DOUBLE:
			memcpy(&number, &field->integer, sizeof(number));
			assert_true(asprintf(&text, "%.17g", number) >= 0);
			return text;
		case PB_TYPE_INT64:
		case PB_TYPE_INT32:
		case PB_TYPE_BOOL:
			assert_true(asprintf(&text, "%lld", (long long) field->integer) >= 0);
			return text;
		default:
			return strndup(field->bytes.data, field->bytes.length);
	}
}

typedef struct Vector
{
	const char *column;			/* "kind", "typmod" and "connect" */
	BqType		type;
	const char *json;
	const char *encoded;		/* NULL: not encoded */
	const char *overflow;		/* NULL: none; neither: NULL */
} Vector;

#define CONNECT(members) "{\"kind\":\"x\",\"connect\":{" members "}}"
#define PLAIN(name) CONNECT("\"type\":\"" name "\"")
#define LOGICAL(type, name) CONNECT("\"type\":\"" type "\",\"name\":\"" name "\"")
#define DECIMAL(precision, scale) \
	CONNECT("\"type\":\"bytes\",\"name\":\"org.apache.kafka.connect.data.Decimal\"," \
			"\"parameters\":{\"scale\":\"" scale "\",\"connect.decimal.precision\":\"" precision "\"}")
#define MONEY \
	"{\"kind\":\"money\",\"connect\":{\"type\":\"bytes\"," \
	"\"name\":\"org.apache.kafka.connect.data.Decimal\",\"parameters\":{\"scale\":\"2\"}}}"
#define VARIABLE LOGICAL("struct", "io.debezium.data.VariableScaleDecimal")
#define JSON LOGICAL("string", "io.debezium.data.Json")
#define ARRAY(items) CONNECT("\"type\":\"array\",\"items\":{" items "}")

static const Vector vectors[] = {
	{PLAIN("int16"), BQ_INT64, "-32768", "-32768", NULL},
	{PLAIN("int64"), BQ_INT64, "9223372036854775807", "9223372036854775807", NULL},
	{PLAIN("int64"), BQ_INT64, "9223372036854775808", NULL, "9223372036854775808"},
	{PLAIN("int32"), BQ_INT64, "\"a\\nb\"", NULL, "a\nb"},
	{PLAIN("int32"), BQ_INT64, "null", NULL, NULL},
	{PLAIN("int32"), BQ_INT64, "{\"a\":[1]}", NULL, "{\"a\":[1]}"},
	{PLAIN("boolean"), BQ_BOOL, "true", "1", NULL},
	{PLAIN("boolean"), BQ_BOOL, "false", "0", NULL},
	{PLAIN("boolean"), BQ_BOOL, "1", NULL, "1"},
	{PLAIN("double"), BQ_FLOAT64, "1.0E-4", "0.0001", NULL},
	{PLAIN("double"), BQ_FLOAT64, "0.1", "0.10000000000000001", NULL},
	{PLAIN("double"), BQ_FLOAT64, "-0.0", "-0", NULL},
	{PLAIN("double"), BQ_FLOAT64, "4.9E-324", "4.9406564584124654e-324", NULL},
	{PLAIN("double"), BQ_FLOAT64, "\"NaN\"", "nan", NULL},
	{PLAIN("float"), BQ_FLOAT64, "\"-Infinity\"", "-inf", NULL},
	{PLAIN("double"), BQ_FLOAT64, "1e400", NULL, "1e400"},
	{PLAIN("string"), BQ_STRING, "\"x\"", "x", NULL},
	{PLAIN("string"), BQ_STRING, "\"\\uD83D\\uDE00\\\"\"", "\xF0\x9F\x98\x80\"", NULL},
	{PLAIN("bytes"), BQ_BYTES, "\"YWJj\"", "abc", NULL},
	{PLAIN("bytes"), BQ_BYTES, "\"\"", "", NULL},
	{PLAIN("bytes"), BQ_BYTES, "\"YWJ\"", NULL, "YWJ"},
	{LOGICAL("string", "io.debezium.data.Uuid"), BQ_STRING, "\"u\"", "u", NULL},
	{LOGICAL("string", "io.debezium.data.Enum"), BQ_STRING, "\"e\"", "e", NULL},
	{LOGICAL("string", "io.debezium.time.ZonedTime"), BQ_STRING, "\"10:00:00Z\"", "10:00:00Z", NULL},
	{LOGICAL("string", "io.debezium.time.Interval"), BQ_STRING, "\"P1Y\"", "P1Y", NULL},

	{DECIMAL("10", "2"), BQ_NUMERIC, "\"MDk=\"", "123.45", NULL},
	{DECIMAL("5", "-2"), BQ_NUMERIC, "\"MDk=\"", "1234500", NULL},
	{DECIMAL("38", "9"), BQ_NUMERIC, "\"AQ==\"", "0.000000001", NULL},
	{DECIMAL("38", "10"), BQ_BIGNUMERIC, "\"AQ==\"", "0.0000000001", NULL},
	{DECIMAL("30", "0"), BQ_BIGNUMERIC, "\"AQ==\"", "1", NULL},
	{DECIMAL("76", "38"), BQ_BIGNUMERIC, "\"AQ==\"", "0.00000000000000000000000000000000000001", NULL},
	{DECIMAL("39", "0"), BQ_STRING, "\"AQ==\"", "1", NULL},
	{DECIMAL("100", "40"), BQ_STRING, "\"AQ==\"", "0.0000000000000000000000000000000000000001", NULL},
	{DECIMAL("10", "2"), BQ_NUMERIC, "\"!\"", NULL, "!"},
	{DECIMAL("10", "2"), BQ_NUMERIC, "\"\"", NULL, ""},
	{MONEY, BQ_NUMERIC, "\"f/////////8=\"", "92233720368547758.07", NULL},

	{VARIABLE, BQ_BIGNUMERIC, "{\"scale\":1,\"value\":\"Dw==\"}", "1.5", NULL},
	{VARIABLE, BQ_BIGNUMERIC, "{\"value\":\"Dw==\",\"scale\":0}", "15", NULL},

	/*
	 * 10^38 - 1 fits, 10^38 would but is not promised to, nor are 39 fraction
	 * digits
	 */
	{VARIABLE, BQ_BIGNUMERIC, "{\"scale\":0,\"value\":\"SztMqFqGxHoJiiI//////w==\"}",
	"99999999999999999999999999999999999999", NULL},
	{VARIABLE, BQ_BIGNUMERIC, "{\"scale\":0,\"value\":\"SztMqFqGxHoJiiJAAAAAAA==\"}", NULL,
	"100000000000000000000000000000000000000"},
	{VARIABLE, BQ_BIGNUMERIC, "{\"scale\":39,\"value\":\"AQ==\"}", NULL,
	"0.000000000000000000000000000000000000001"},
	/* zeros behind what fits say nothing */
	{VARIABLE, BQ_BIGNUMERIC, "{\"scale\":40,\"value\":\"ZA==\"}",
	"0.00000000000000000000000000000000000001", NULL},
	{VARIABLE, BQ_BIGNUMERIC, "{\"scale\":99999999,\"value\":\"AQ==\"}", NULL,
	"{\"scale\":99999999,\"value\":\"AQ==\"}"},
	{VARIABLE, BQ_BIGNUMERIC, "{\"scale\":1}", NULL, "{\"scale\":1}"},
	{VARIABLE, BQ_BIGNUMERIC, "\"x\"", NULL, "x"},

	/* decimal.handling.mode=string; typmod of numeric(10,2) */
	{"{\"kind\":\"numeric\",\"typmod\":655366,\"connect\":{\"type\":\"string\"}}", BQ_NUMERIC,
	"\"1.50\"", "1.50", NULL},
	{"{\"kind\":\"numeric\",\"typmod\":-1,\"connect\":{\"type\":\"string\"}}", BQ_BIGNUMERIC,
	"\"NAN\"", NULL, "NAN"},

	{LOGICAL("int32", "io.debezium.time.Date"), BQ_DATE, "19782", "19782", NULL},
	{LOGICAL("int32", "io.debezium.time.Date"), BQ_DATE, "2932896", "2932896", NULL},
	{LOGICAL("int32", "io.debezium.time.Date"), BQ_DATE, "2932897", NULL, "10000-01-01"},
	{LOGICAL("int32", "io.debezium.time.Date"), BQ_DATE, "-719163", NULL, "0000-12-31"},
	{LOGICAL("int32", "io.debezium.time.Date"), BQ_DATE, "-2440550", NULL, "-4712-01-01"},
	{LOGICAL("int32", "io.debezium.time.Date"), BQ_DATE, "2147483647", NULL, "infinity"},
	{LOGICAL("int32", "io.debezium.time.Date"), BQ_DATE, "-2147483648", NULL, "-infinity"},
	{LOGICAL("int32", "io.debezium.time.Time"), BQ_TIME, "45296789", "12:34:56.789", NULL},
	{LOGICAL("int64", "io.debezium.time.MicroTime"), BQ_TIME, "45296789012", "12:34:56.789012", NULL},
	{LOGICAL("int64", "io.debezium.time.MicroTime"), BQ_TIME, "86400000000", NULL, "24:00:00"},
	{LOGICAL("int64", "io.debezium.time.MicroTime"), BQ_TIME, "-1", NULL, "-1"},
	{LOGICAL("int64", "io.debezium.time.NanoTime"), BQ_TIME, "1000", "00:00:00.000001", NULL},
	{LOGICAL("int64", "io.debezium.time.NanoTime"), BQ_TIME, "1001", NULL, "1001"},
	{LOGICAL("int64", "io.debezium.time.Timestamp"), BQ_DATETIME, "1709210096789",
	"2024-02-29T12:34:56.789", NULL},
	{LOGICAL("int64", "io.debezium.time.Timestamp"), BQ_DATETIME, "9223372036825200000", NULL, "infinity"},
	{LOGICAL("int64", "io.debezium.time.MicroTimestamp"), BQ_DATETIME, "-62135596800000000",
	"0001-01-01T00:00:00", NULL},
	{LOGICAL("int64", "io.debezium.time.MicroTimestamp"), BQ_DATETIME, "-62135596800000001", NULL,
	"0000-12-31T23:59:59.999999"},
	{LOGICAL("int64", "io.debezium.time.MicroTimestamp"), BQ_DATETIME, "9223372036854775807", NULL,
	"infinity"},
	{LOGICAL("int64", "io.debezium.time.MicroTimestamp"), BQ_DATETIME, "-9223372036854775808", NULL,
	"-infinity"},
	{LOGICAL("string", "io.debezium.time.ZonedTimestamp"), BQ_TIMESTAMP,
	"\"2024-02-29T12:34:56.789012Z\"", "1709210096789012", NULL},
	{LOGICAL("string", "io.debezium.time.ZonedTimestamp"), BQ_TIMESTAMP, "\"infinity\"", NULL,
	"infinity"},
	{LOGICAL("string", "io.debezium.time.ZonedTimestamp"), BQ_TIMESTAMP,
	"\"-0043-03-15T00:00:00.000000Z\"", NULL, "-0043-03-15T00:00:00.000000Z"},
	{LOGICAL("int64", "io.debezium.time.MicroDuration"), BQ_STRING, "90000000", "PT0H1M30S", NULL},

	{CONNECT("\"type\":\"bytes\",\"name\":\"io.debezium.data.Bits\",\"parameters\":{\"length\":\"10\"}"),
	BQ_STRING, "\"BQI=\"", "1000000101", NULL},
	{CONNECT("\"type\":\"bytes\",\"name\":\"io.debezium.data.Bits\",\"parameters\":{\"length\":\"10\"}"),
	BQ_STRING, "\"\"", "0000000000", NULL},
	{CONNECT("\"type\":\"bytes\",\"name\":\"io.debezium.data.Bits\","
			 "\"parameters\":{\"length\":\"2147483647\"}"), BQ_STRING, "\"BQ==\"", "00000101", NULL},

	{JSON, BQ_JSON, "\"{\\\"a\\\": [1, 0.1, null]}\"", "{\"a\": [1, 0.1, null]}", NULL},
	{JSON, BQ_JSON, "\"\\\"\\\\ud83d\\\\ude00\\\"\"", "\"\\ud83d\\ude00\"", NULL},
	{JSON, BQ_JSON, "\"18446744073709551615\"", "18446744073709551615", NULL},
	{JSON, BQ_JSON, "\"18446744073709551616\"", NULL, "18446744073709551616"},
	{JSON, BQ_JSON, "\"-9223372036854775809\"", NULL, "-9223372036854775809"},
	{JSON, BQ_JSON, "\"[1.000000000000000000001]\"", NULL, "[1.000000000000000000001]"},
	{JSON, BQ_JSON, "\"[1.00000000000000000000]\"", "[1.00000000000000000000]", NULL},
	{JSON, BQ_JSON, "\"{not json}\"", NULL, "{not json}"},
	{JSON, BQ_JSON, "{\"a\":1}", NULL, "{\"a\":1}"},

	{ARRAY("\"type\":\"int32\""), BQ_JSON, "[1,null,-3]", "[1,null,-3]", NULL},
	{ARRAY("\"type\":\"string\""), BQ_JSON, "[]", "[]", NULL},
	{ARRAY("\"type\":\"string\""), BQ_JSON, "[\"a\\\"\",[\"b\",null]]", "[\"a\\\"\",[\"b\",null]]", NULL},
	{ARRAY("\"type\":\"int32\",\"name\":\"io.debezium.time.Date\""), BQ_JSON, "[19782,2932897]",
	"[\"2024-02-29\",\"10000-01-01\"]", NULL},
	{ARRAY("\"type\":\"bytes\",\"name\":\"org.apache.kafka.connect.data.Decimal\","
		   "\"parameters\":{\"scale\":\"2\"}"), BQ_JSON, "[\"MDk=\",null]", "[\"123.45\",null]", NULL},
	{ARRAY("\"type\":\"struct\",\"name\":\"io.debezium.data.VariableScaleDecimal\""), BQ_JSON,
	"[{\"scale\":1,\"value\":\"Dw==\"},null]", "[\"1.5\",null]", NULL},
	{ARRAY("\"type\":\"double\""), BQ_JSON, "[1.0E7,\"NaN\"]", "[1.0E7,\"NaN\"]", NULL},
	{ARRAY("\"type\":\"int64\""), BQ_JSON, "7", NULL, "7"},
	{PLAIN("map"), BQ_JSON, "{\"a\":\"1\",\"n\":null}", "{\"a\":\"1\",\"n\":null}", NULL},
};

static void
run_vector(const Vector *v, WfBuffer *row, WfBuffer *scratch)
{
	BqMapping	mapping = map_of(v->column);
	WfJsonReader reader;
	WfSlice		overflow = {NULL, 0};
	PbReader	fields;
	PbField		field;
	BqResult	result;
	char	   *text;

	if (mapping.type != v->type)
		fail_msg("type %s for %s", bq_type_name(mapping.type), v->column);
	wf_buffer_cut(row, 0);
	wf_json_reader_init(&reader, v->json, strlen(v->json));
	result = bq_encode(&mapping, FIELD, &reader, wf_json_next(&reader), row, scratch, &overflow);
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_END);	/* read to its end, no
															 * further */
	pb_reader_init(&fields, wf_buffer_since(row, 0));
	if (v->encoded != NULL)
	{
		if (result != BQ_ENCODED)
			fail_msg("not encoded: %s of %s", v->json, v->column);
		assert_true(pb_next(&fields, &field));
		assert_int_equal(field.number, FIELD);
		text = field_text(mapping.type, &field);
		assert_string_equal(text, v->encoded);
		free(text);
	}
	else if (v->overflow != NULL)
	{
		if (result != BQ_OVERFLOW)
			fail_msg("no overflow: %s of %s", v->json, v->column);
		assert_slice(overflow, v->overflow);
	}
	else
		assert_int_equal(result, BQ_IS_NULL);
	assert_false(pb_next(&fields, &field));
	assert_null(fields.error);
}

static void
test_vectors(void **state)
{
	WfBuffer	row = heap_fixture();
	WfBuffer	scratch = heap_fixture();

	(void) state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++)
		run_vector(&vectors[i], &row, &scratch);
	heap_buffer_free(&row);
	heap_buffer_free(&scratch);
}

static void
test_broken_json(void **state)
{
	static const char *const texts[] = {"{\"a\":", "[1,", "\"abc", "tru", "{\"scale\":1,"};
	static const char *const columns[] = {PLAIN("int32"), PLAIN("string"), JSON, VARIABLE, DECIMAL("5", "2"),
	ARRAY("\"type\":\"int32\""), PLAIN("map")};
	WfBuffer	row = heap_fixture();
	WfBuffer	scratch = heap_fixture();
	WfSlice		overflow;

	(void) state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		for (size_t j = 0; j < sizeof(columns) / sizeof(columns[0]); j++)
		{
			BqMapping	mapping = map_of(columns[j]);
			WfJsonReader reader;

			wf_json_reader_init(&reader, texts[i], strlen(texts[i]));
			assert_int_equal(bq_encode(&mapping, FIELD, &reader, wf_json_next(&reader), &row,
									   &scratch, &overflow), BQ_BROKEN);
			assert_int_equal(row.length, 0);
		}
	}
	heap_buffer_free(&row);
	heap_buffer_free(&scratch);
}

static void
test_numbers_in_json(void **state)
{
	static const char *const exact[] = {
		"0", "-0", "1.5", "0.1", "1e3", "1E+3", "123456789012345.6", "5e-280", "0.30000000000000004",
		"1.7976931348623156e289", "100000000000000000000.0", "3.141592653589793"
	};
	static const char *const inexact[] = {
		"0.1000000000000000055511151231257827", "1e400", "1e-400", "9007199254740993.0",
		"3.1415926535897932384626", "0.30000000000000001", "123456789.123456789123"
	};

	(void) state;
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
	{
		if (!bq_json_is_exact(text_of(exact[i])))
			fail_msg("not exact: %s", exact[i]);
	}
	for (size_t i = 0; i < sizeof(inexact) / sizeof(inexact[0]); i++)
	{
		if (bq_json_is_exact(text_of(inexact[i])))
			fail_msg("exact: %s", inexact[i]);
	}
}

/* A row without room takes nothing, and says so. */
static void
test_no_room(void **state)
{
	WfBuffer	row;
	WfBuffer	scratch = heap_fixture();
	BqMapping	mapping = map_of(PLAIN("bytes"));
	WfJsonReader reader;
	WfSlice		overflow;

	(void) state;
	heap_buffer_init(&row, 8);
	wf_json_reader_init(&reader, "\"QUJDREVGR0hJSktM\"", 18);
	bq_encode(&mapping, FIELD, &reader, wf_json_next(&reader), &row, &scratch, &overflow);
	assert_int_equal(row.error, WF_BUFFER_CEILING);
	heap_buffer_free(&row);
	heap_buffer_free(&scratch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_broken_json),
		cmocka_unit_test(test_numbers_in_json),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
