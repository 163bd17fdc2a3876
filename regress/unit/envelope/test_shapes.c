/*
 * test_shapes.c
 *		Geometric types, PostGIS's and pgvector's: from PostgreSQL's text and
 *		from send functions to JSON, their schemas, and what stands for missing
 *		ones.  Expected text was recorded from Debezium 3.7.0.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include <string.h>

#include "envelope/connect_schema.h"
#include "envelope/default_value.h"
#include "envelope/read_binary.h"
#include "envelope/value.h"

static WfOptions options;
static WfColumnField column;
static WfType type;

static int
set_defaults(void **state)
{
	(void) state;
	memset(&options, 0, sizeof(options));
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	return 0;
}

static void
resolve(WfTypeKind kind, bool optional)
{
	type = (WfType) {.kind = kind, .element_kind = WF_TYPE_OTHER, .oid = 1, .typmod = -1};
	wf_field_resolve(&column, &type, optional, &options, WF_SIDE_VALUE);
}

static WfValueResult
write_value(const WfValue *value, const char *expected)
{
	WfBuffer	buffer = growing_buffer(1 << 20);
	WfTextForm	form = {false, 0};
	WfValueResult result = wf_value_write(&buffer, &form, &column.self, value);

	assert_content(&buffer, expected);
	free(buffer.data);
	return result;
}

/* The text's own bytes and no more of scratch than is promised are read. */
static bool
read_text(const char *text, const char *expected)
{
	size_t		length = strlen(text);
	WfScratch	scratch = {malloc(WF_SCRATCH_SIZE(length)), WF_SCRATCH_SIZE(length), 0};
	char	   *copy = malloc(length > 0 ? length : 1);
	WfValue		value;
	bool		read;

	memcpy(copy, text, length);
	read = wf_read_text(&scratch, &type, wf_slice(copy, length), &value);
	if (read)
		assert_int_equal(write_value(&value, expected), WF_VALUE_WRITTEN);
	free(copy);
	free(scratch.memory);
	return read;
}

static void
check(WfTypeKind kind, const char *text, const char *expected)
{
	resolve(kind, true);
	if (!read_text(text, expected))
		fail_msg("%s was not read", text);
}

static void
refuse(WfTypeKind kind, const char *text)
{
	resolve(kind, true);
	if (read_text(text, ""))
		fail_msg("%s was read", text);
}

static void
test_points(void **state)
{
	(void) state;
	check(WF_TYPE_POINT, "(1,2)",
		  "{\"x\":1.0,\"y\":2.0,\"wkb\":\"AQEAAAAAAAAAAADwPwAAAAAAAABA\",\"srid\":null}");
	check(WF_TYPE_POINT, "(-1.5,10000000000)", "{\"x\":-1.5,\"y\":1.0E10,"
		  "\"wkb\":\"AQEAAAAAAAAAAAD4vwAAACBfoAJC\",\"srid\":null}");
	check(WF_TYPE_POINT, "(NaN,Infinity)", "{\"x\":\"NaN\",\"y\":\"Infinity\","
		  "\"wkb\":\"AQEAAAAAAAAAAAD4fwAAAAAAAPB/\",\"srid\":null}");
	check(WF_TYPE_LINE, "{1,2,3}", "{\"a\":1.0,\"b\":2.0,\"c\":3.0}");
	check(WF_TYPE_CIRCLE, "<(1,2),3>", "{\"center\":{\"x\":1.0,\"y\":2.0,"
		  "\"wkb\":\"AQEAAAAAAAAAAADwPwAAAAAAAABA\",\"srid\":null},\"radius\":3.0}");
}

#define SHAPE(wkb, extensions) \
	"{\"wkb\":\"" wkb "\",\"srid\":null,\"extensions\":{" extensions "}}"

static void
test_geometries(void **state)
{
	(void) state;
	check(WF_TYPE_LSEG, "[(1,2),(3,4)]",
		  SHAPE("AQIAAAACAAAAAAAAAAAA8D8AAAAAAAAAQAAAAAAAAAhAAAAAAAAAEEA=",
				"\"type\":\"lseg\""));
	check(WF_TYPE_BOX, "(3,4),(1,2)",
		  SHAPE("AQMAAAABAAAABQAAAAAAAAAAAAhAAAAAAAAAEEAAAAAAAAAIQAAAAAAAAABAAAAAAAAA8D8AAAAAAAAA"
				"QAAAAAAAAPA/AAAAAAAAEEAAAAAAAAAIQAAAAAAAABBA", "\"type\":\"box\""));
	check(WF_TYPE_PATH, "((1,1),(2,2),(3,3))",
		  SHAPE("AQIAAAADAAAAAAAAAAAA8D8AAAAAAADwPwAAAAAAAABAAAAAAAAAAEAAAAAAAAAIQAAAAAAAAAhA",
				"\"type\":\"path\",\"closed\":\"true\""));
	check(WF_TYPE_PATH, "[(1,1),(2,2)]",
		  SHAPE("AQIAAAACAAAAAAAAAAAA8D8AAAAAAADwPwAAAAAAAABAAAAAAAAAAEA=",
				"\"type\":\"path\",\"closed\":\"false\""));
}

/* A ring that ends where it began is not closed once more; NaN is nowhere. */
static void
test_polygons(void **state)
{
	(void) state;
	check(WF_TYPE_POLYGON, "((1,1),(2,2),(3,3))",
		  SHAPE("AQMAAAABAAAABAAAAAAAAAAAAPA/AAAAAAAA8D8AAAAAAAAAQAAAAAAAAABAAAAAAAAACEAAAAAAAAAI"
				"QAAAAAAAAPA/AAAAAAAA8D8=", "\"type\":\"polygon\""));
	check(WF_TYPE_POLYGON, "((0,0))",
		  SHAPE("AQMAAAABAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAA=", "\"type\":\"polygon\""));
	check(WF_TYPE_POLYGON, "((NaN,0))",
		  SHAPE("AQMAAAABAAAAAQAAAAAAAAAAAPh/AAAAAAAAAAA=", "\"type\":\"polygon\""));
	check(WF_TYPE_POLYGON, "((0,0),(1,1),(-0,0))",
		  SHAPE("AQMAAAABAAAAAwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADwPwAAAAAAAPA/AAAAAAAAAIAAAAAAAAAA"
				"AA==", "\"type\":\"polygon\""));
	check(WF_TYPE_POLYGON, "((1,NaN),(2,2),(1,NaN))",
		  SHAPE("AQMAAAABAAAABAAAAAAAAAAAAPA/AAAAAAAA+H8AAAAAAAAAQAAAAAAAAABAAAAAAAAA8D8AAAAAAAD4"
				"fwAAAAAAAPA/AAAAAAAA+H8=", "\"type\":\"polygon\""));
}

static void
test_postgis(void **state)
{
	(void) state;
	check(WF_TYPE_GEOMETRY, "0101000000000000000000F03F0000000000000040",
		  "{\"wkb\":\"AQEAAAAAAAAAAADwPwAAAAAAAABA\",\"srid\":null,\"extensions\":null}");
	check(WF_TYPE_GEOMETRY, "0101000020E6100000A4703D0AD7C351C0AE47E17A142E4540",
		  "{\"wkb\":\"AQEAACDmEAAApHA9CtfDUcCuR+F6FC5FQA==\",\"srid\":4326,\"extensions\":null}");
	check(WF_TYPE_GEOGRAPHY, "0101000020E6100000A4703D0AD7C351C0AE47E17A142E4540",
		  "{\"wkb\":\"AQEAACDmEAAApHA9CtfDUcCuR+F6FC5FQA==\",\"srid\":4326}");
	/* big-endian, which our servers do not write */
	check(WF_TYPE_GEOMETRY, "0020000001000010E63FF00000000000004000000000000000",
		  "{\"wkb\":\"ACAAAAEAABDmP/AAAAAAAABAAAAAAAAAAA==\",\"srid\":4326,"
		  "\"extensions\":null}");
	refuse(WF_TYPE_GEOMETRY, "01010000");
	refuse(WF_TYPE_GEOMETRY, "0107000000000000000");
	refuse(WF_TYPE_GEOMETRY, "zz0700000000000000");

	/* what its send function would not give */
	resolve(WF_TYPE_GEOMETRY, true);
	assert_int_equal(write_value(&(WfValue) {.as.bytes = wf_slice("\1\1\0\0", 4)}, ""),
					 WF_VALUE_UNCONVERTIBLE);
	assert_int_equal(write_value(&(WfValue) {.as.bytes = wf_slice("\2\1\0\0\0\0\0\0\0", 9)}, ""),
					 WF_VALUE_UNCONVERTIBLE);
	assert_int_equal(write_value(&(WfValue) {.as.bytes = wf_slice("\1\1\0\0\40\0\0", 7)}, ""),
					 WF_VALUE_UNCONVERTIBLE);
}

static void
test_vectors(void **state)
{
	(void) state;
	check(WF_TYPE_VECTOR, "[1,2,3]", "[1.0,2.0,3.0]");
	check(WF_TYPE_VECTOR, "[0.1,-1e-05,1e+10]", "[0.1,-1.0E-5,1.0E10]");
	check(WF_TYPE_HALFVEC, "[1.5,2,-3]", "[1.5,2.0,-3.0]");
	check(WF_TYPE_SPARSEVEC, "{1:1,3:2.5}/5",
		  "{\"dimensions\":5,\"vector\":[[1,1.0],[3,2.5]]}");
	check(WF_TYPE_SPARSEVEC, "{}/5", "{\"dimensions\":5,\"vector\":[]}");
	check(WF_TYPE_SPARSEVEC, "{32767:1}/32767",
		  "{\"dimensions\":32767,\"vector\":[[32767,1.0]]}");

	/* the schema's int16 ends there */
	resolve(WF_TYPE_SPARSEVEC, true);
	assert_int_equal(write_value(&(WfValue) {.as.vector.dimensions = 32768}, ""),
					 WF_VALUE_UNCONVERTIBLE);
	resolve(WF_TYPE_VECTOR, true);
	assert_int_equal(write_value(&(WfValue) {.as.vector.dimensions = -1}, ""),
					 WF_VALUE_UNCONVERTIBLE);
}

static void
test_malformed_text(void **state)
{
	static const struct
	{
		WfTypeKind	kind;
		const char *text;
	}			cases[] = {
		{WF_TYPE_POINT, ""}, {WF_TYPE_POINT, "(1,2"}, {WF_TYPE_POINT, "(1,2))"},
		{WF_TYPE_POINT, "(1,2,3)"}, {WF_TYPE_POINT, "(1,)"}, {WF_TYPE_POINT, "1,2"},
		{WF_TYPE_LINE, "{1,2}"}, {WF_TYPE_LINE, "{1,2,3"}, {WF_TYPE_LINE, "(1,2,3)"},
		{WF_TYPE_LSEG, "[(1,2),(3,4)"}, {WF_TYPE_LSEG, "((1,2),(3,4))"},
		{WF_TYPE_LSEG, "[(1,2),(3,4),(5,6)]"}, {WF_TYPE_BOX, "((1,2),(3,4))"},
		{WF_TYPE_BOX, "(1,2)(3,4),"}, {WF_TYPE_PATH, "((1,2)]"}, {WF_TYPE_PATH, "(1,2)"},
		{WF_TYPE_POLYGON, "[(1,2)]"}, {WF_TYPE_POLYGON, "((1,2),3)"}, {WF_TYPE_POLYGON, "()"},
		{WF_TYPE_CIRCLE, "<(1,2)>"}, {WF_TYPE_CIRCLE, "<(1,2),3"}, {WF_TYPE_CIRCLE, "<1,2,3>"},
		{WF_TYPE_VECTOR, "[]"}, {WF_TYPE_VECTOR, "[1,]"}, {WF_TYPE_VECTOR, "[1,2"},
		{WF_TYPE_VECTOR, "1,2]"}, {WF_TYPE_SPARSEVEC, "{1:1}"}, {WF_TYPE_SPARSEVEC, "{1:1}/0"},
		{WF_TYPE_SPARSEVEC, "{2:1}/1"}, {WF_TYPE_SPARSEVEC, "{0:1}/1"},
		{WF_TYPE_SPARSEVEC, "{2:1,1:1}/5"}, {WF_TYPE_SPARSEVEC, "{1:1,}/5"},
		{WF_TYPE_SPARSEVEC, "{1:1 2:1}/5"}, {WF_TYPE_SPARSEVEC, "{}/2147483648"},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		refuse(cases[i].kind, cases[i].text);
}

/* What a send function gives; too little scratch is no reading beyond it. */
static void
check_binary(WfTypeKind kind, const char *bytes, size_t length, const char *expected)
{
	size_t		size = wf_binary_scratch_size(&(WfType) {.kind = kind}, length);
	WfScratch	scratch = {malloc(size), size, 0};
	WfScratch	none = {scratch.memory, 0, 0};
	char	   *copy = malloc(length);
	WfValue		value;
	bool		read;

	resolve(kind, true);
	memcpy(copy, bytes, length);
	read = wf_read_vector_binary(&scratch, kind, wf_slice(copy, length), &value.as.vector);
	assert_int_equal(read, expected != NULL);
	if (read)
		assert_int_equal(write_value(&value, expected), WF_VALUE_WRITTEN);
	if (read && value.as.vector.count > 0)
		assert_false(wf_read_vector_binary(&none, kind, wf_slice(copy, length),
										   &value.as.vector));
	free(copy);
	free(scratch.memory);
}

#define BYTES(literal) literal, sizeof(literal) - 1

static void
test_binary_vectors(void **state)
{
	(void) state;
	check_binary(WF_TYPE_VECTOR, BYTES("\0\2\0\0\x3F\x80\0\0\xC0\0\0\0"), "[1.0,-2.0]");
	check_binary(WF_TYPE_VECTOR, BYTES("\0\2\0\0\x3F\x80\0\0\xC0\0\0"), NULL);
	check_binary(WF_TYPE_VECTOR, BYTES("\0\1\0\0\x3F\x80\0\0\xC0"), NULL);
	check_binary(WF_TYPE_VECTOR, BYTES("\0\1\0"), NULL);

	/*
	 * 1.5, -2, the largest, the smallest normal and subnormal ones, -0,
	 * infinity, NaN
	 */
	check_binary(WF_TYPE_HALFVEC,
				 BYTES("\0\11\0\0\x3E\0\xC0\0\x7B\xFF\4\0\0\1\x03\xFF\x80\0\x7C\0\x7E\0"),
				 "[1.5,-2.0,65504.0,6.1035156E-5,5.9604645E-8,6.097555E-5,-0.0,\"Infinity\",\"NaN\"]");
	check_binary(WF_TYPE_SPARSEVEC,
				 BYTES("\0\0\0\5\0\0\0\2\0\0\0\0\0\0\0\0\0\0\0\2\x3F\x80\0\0\x40\x20\0\0"),
				 "{\"dimensions\":5,\"vector\":[[1,1.0],[3,2.5]]}");
	check_binary(WF_TYPE_SPARSEVEC, BYTES("\0\0\0\5\0\0\0\0\0\0\0\0"),
				 "{\"dimensions\":5,\"vector\":[]}");
	check_binary(WF_TYPE_SPARSEVEC, BYTES("\0\0\0\5\0\0\0\1\0\0\0\0\0\0\0\5\x3F\x80\0\0"), NULL);
	check_binary(WF_TYPE_SPARSEVEC, BYTES("\0\0\0\5\xFF\xFF\xFF\xFF\0\0\0\0"), NULL);
	check_binary(WF_TYPE_SPARSEVEC, BYTES("\0\0\0\5\x20\0\0\0\0\0\0\0"), NULL);
}

static void
check_fallback(WfTypeKind kind, const char *expected)
{
	WfBuffer	buffer = growing_buffer(1 << 16);

	resolve(kind, false);
	wf_value_write_fallback(&buffer, &column.self);
	assert_content(&buffer, expected);
	free(buffer.data);
}

static void
test_fallbacks(void **state)
{
	(void) state;
	check_fallback(WF_TYPE_POINT, "{\"x\":0.0,\"y\":0.0,"
				   "\"wkb\":\"AQEAAAAAAAAAAAAAAAAAAAAAAAAA\",\"srid\":null}");
	check_fallback(WF_TYPE_LINE, "{\"a\":0.0,\"b\":1.0,\"c\":0.0}");
	check_fallback(WF_TYPE_LSEG,
				   SHAPE("AQIAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAAA=",
						 "\"type\":\"lseg\""));
	check_fallback(WF_TYPE_BOX,
				   SHAPE("AQMAAAABAAAABQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPA/AAAAAAAA8D8A"
						 "AAAAAADwPwAAAAAAAPA/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
						 "\"type\":\"box\""));
	check_fallback(WF_TYPE_PATH,
				   SHAPE("AQIAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPA/AAAAAAAAAAA=",
						 "\"type\":\"path\""));
	check_fallback(WF_TYPE_POLYGON,
				   SHAPE("AQMAAAABAAAABAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADwPwAAAAAAAAAAAAAAAAAAAA"
						 "AAAAAAAADwPwAAAAAAAAAAAAAAAAAAAAA=", "\"type\":\"polygon\""));
	check_fallback(WF_TYPE_CIRCLE, "{\"center\":{\"x\":0.0,\"y\":0.0,"
				   "\"wkb\":\"AQEAAAAAAAAAAAAAAAAAAAAAAAAA\",\"srid\":null},\"radius\":0.0}");
	check_fallback(WF_TYPE_GEOMETRY,
				   "{\"wkb\":\"AQcAAAAAAAAA\",\"srid\":null,\"extensions\":null}");
	check_fallback(WF_TYPE_GEOGRAPHY, "{\"wkb\":\"AQcAAAAAAAAA\",\"srid\":null}");
	check_fallback(WF_TYPE_VECTOR, "[]");
	check_fallback(WF_TYPE_HALFVEC, "[]");
	check_fallback(WF_TYPE_SPARSEVEC, "{\"dimensions\":0,\"vector\":[]}");
}

static void
check_schema(WfTypeKind kind, bool optional, const char *expected)
{
	WfBuffer	buffer = growing_buffer(1 << 16);
	WfTextForm	form = {false, 0};

	resolve(kind, optional);
	assert_false(wf_default_is_possible(&type));
	wf_connect_schema_write(&buffer, &form, &column.self, WF_LITERAL("f"));
	assert_content(&buffer, expected);
	free(buffer.data);
}

#define MEMBER(type, optional, name) \
	"{\"type\":\"" type "\",\"optional\":" optional ",\"field\":\"" name "\"}"
#define POINT_FIELDS \
	"{\"type\":\"struct\",\"fields\":[" MEMBER("double", "false", "x") "," \
	MEMBER("double", "false", "y") "," MEMBER("bytes", "true", "wkb") "," \
	MEMBER("int32", "true", "srid") "]"
#define POINT_NAME "\"name\":\"io.debezium.data.geometry.Point\",\"version\":1," \
	"\"doc\":\"Geometry (POINT)\""
#define GEOMETRY_FIELDS \
	"{\"type\":\"struct\",\"fields\":[" MEMBER("bytes", "false", "wkb") "," \
	MEMBER("int32", "true", "srid")

static void
test_schemas(void **state)
{
	static const char geometry[] = GEOMETRY_FIELDS ",{\"type\":\"map\","
	"\"keys\":{\"type\":\"string\",\"optional\":false},"
	"\"values\":{\"type\":\"string\",\"optional\":false},\"optional\":true,"
	"\"field\":\"extensions\"}],\"optional\":true,"
	"\"name\":\"io.debezium.data.geometry.Geometry\",\"version\":2,"
	"\"doc\":\"Geometry\",\"field\":\"f\"}";

	(void) state;
	check_schema(WF_TYPE_POINT, true,
				 POINT_FIELDS ",\"optional\":true," POINT_NAME ",\"field\":\"f\"}");
	check_schema(WF_TYPE_POINT, false,
				 POINT_FIELDS ",\"optional\":false," POINT_NAME ",\"field\":\"f\"}");
	/* optional even where the column is not */
	check_schema(WF_TYPE_LINE, false, "{\"type\":\"struct\",\"fields\":["
				 MEMBER("double", "false", "a") "," MEMBER("double", "false", "b") ","
				 MEMBER("double", "false", "c") "],\"optional\":true,"
				 "\"name\":\"io.debezium.data.geometry.Line\",\"version\":1,"
				 "\"doc\":\"Geometry (LINE)\",\"field\":\"f\"}");
	check_schema(WF_TYPE_CIRCLE, false, "{\"type\":\"struct\",\"fields\":[" POINT_FIELDS
				 ",\"optional\":false," POINT_NAME ",\"field\":\"center\"},"
				 MEMBER("double", "false", "radius") "],\"optional\":true,"
				 "\"name\":\"io.debezium.data.geometry.Circle\",\"version\":1,"
				 "\"doc\":\"Geometry (CIRCLE)\",\"field\":\"f\"}");
	check_schema(WF_TYPE_LSEG, true, geometry);
	check_schema(WF_TYPE_BOX, false, geometry);
	check_schema(WF_TYPE_PATH, true, geometry);
	check_schema(WF_TYPE_POLYGON, true, geometry);
	check_schema(WF_TYPE_GEOMETRY, false, geometry);
	check_schema(WF_TYPE_GEOGRAPHY, false, GEOMETRY_FIELDS "],\"optional\":false,"
				 "\"name\":\"io.debezium.data.geometry.Geography\",\"version\":1,"
				 "\"doc\":\"Geography\",\"field\":\"f\"}");
	check_schema(WF_TYPE_VECTOR, true, "{\"type\":\"array\","
				 "\"items\":{\"type\":\"double\",\"optional\":false},\"optional\":true,"
				 "\"name\":\"io.debezium.data.DoubleVector\",\"version\":1,\"field\":\"f\"}");
	check_schema(WF_TYPE_HALFVEC, false, "{\"type\":\"array\","
				 "\"items\":{\"type\":\"float\",\"optional\":false},\"optional\":false,"
				 "\"name\":\"io.debezium.data.FloatVector\",\"version\":1,\"field\":\"f\"}");
	check_schema(WF_TYPE_SPARSEVEC, true, "{\"type\":\"struct\",\"fields\":["
				 MEMBER("int16", "false", "dimensions") ",{\"type\":\"map\","
				 "\"keys\":{\"type\":\"int16\",\"optional\":false},"
				 "\"values\":{\"type\":\"double\",\"optional\":false},\"optional\":false,"
				 "\"field\":\"vector\"}],\"optional\":true,"
				 "\"name\":\"io.debezium.data.SparseDoubleVector\",\"version\":1,"
				 "\"doc\":\"Sparse double vector\",\"field\":\"f\"}");
}

/* Their unchanged TOASTed values are null. */
static void
test_placeholders(void **state)
{
	static const WfTypeKind kinds[] = {
		WF_TYPE_PATH, WF_TYPE_POLYGON, WF_TYPE_GEOMETRY, WF_TYPE_GEOGRAPHY, WF_TYPE_VECTOR,
		WF_TYPE_HALFVEC, WF_TYPE_SPARSEVEC
	};

	(void) state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
	{
		WfBuffer	buffer = growing_buffer(1 << 16);
		WfTextForm	form = {false, 0};

		resolve(kinds[i], true);
		wf_value_write_unavailable(&buffer, &form, &column.self, WF_LITERAL("gone"));
		assert_content(&buffer, "null");
		free(buffer.data);
	}
}

/* A long path needs the memory of its base64 and of its bytes, and tells when there is none. */
static void
test_ceiling(void **state)
{
	enum
	{
		POINTS = 1000
	};
	static double numbers[2 * POINTS];
	WfValue		value = {.as.geometric = {numbers, 2 * POINTS, true}};
	WfBuffer	buffer = growing_buffer(1000);
	WfTextForm	form = {false, 0};

	(void) state;
	resolve(WF_TYPE_PATH, true);
	assert_int_equal(wf_value_write(&buffer, &form, &column.self, &value), WF_VALUE_WRITTEN);
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	free(buffer.data);
	buffer = growing_buffer(1 << 20);
	assert_int_equal(wf_value_write(&buffer, &form, &column.self, &value), WF_VALUE_WRITTEN);
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	free(buffer.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_points),
		cmocka_unit_test(test_geometries),
		cmocka_unit_test(test_polygons),
		cmocka_unit_test(test_postgis),
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_malformed_text),
		cmocka_unit_test(test_binary_vectors),
		cmocka_unit_test(test_fallbacks),
		cmocka_unit_test(test_schemas),
		cmocka_unit_test(test_placeholders),
		cmocka_unit_test(test_ceiling),
	};

	return cmocka_run_group_tests(tests, set_defaults, NULL);
}
