/*
 * test_value.c
 *		Values, fallbacks, placeholders and Connect schemas of every kind.
 *		Expected text was recorded from Debezium 3.7.0 unless it says otherwise.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include "envelope/connect_schema.h"
#include "envelope/formless.h"
#include "envelope/time.h"
#include "envelope/value.h"

/* Type modifiers as PostgreSQL makes them. */
#define NUMERIC_TYPMOD(precision, scale) ((((precision) << 16) | ((scale) & 0x7FF)) + 4)

static WfBuffer buffer;
static WfTextForm form;

static WfOptions options;
static WfColumnField column;

/* The field of a type with the options as they are; until the next call. */
static const WfField *
field_of(const WfType *type, bool optional)
{
	wf_field_resolve(&column, type, optional, &options, WF_SIDE_VALUE);
	return &column.self;
}

static int
set_defaults(void **state)
{
	(void) state;
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	return 0;
}

static WfType
scalar(uint32_t oid, int32_t typmod)
{
	WfType		type = {.kind = wf_type_kind(oid), .element_kind = WF_TYPE_OTHER,
	.oid = oid, .typmod = typmod};

	return type;
}

static WfType
array_of(uint32_t element_oid, int32_t typmod)
{
	WfType		type = {.kind = WF_TYPE_ARRAY, .element_kind = wf_type_kind(element_oid),
	.oid = 1, .element_oid = element_oid, .typmod = typmod};

	return type;
}

static WfType
enum_type(bool array)
{
	WfType		type = {.kind = array ? WF_TYPE_ARRAY : WF_TYPE_ENUM,
		.element_kind = array ? WF_TYPE_ENUM : WF_TYPE_OTHER, .oid = 16400,
		.element_oid = array ? 16399 : 0, .typmod = -1,
	.enum_labels = WF_LITERAL("sad,ok,very happy,it's \"quoted\"")};

	return type;
}

static void
check(WfType type, WfValue value, const char *expected)
{
	assert_int_equal(wf_value_write(&buffer, &form, field_of(&type, true), &value),
					 WF_VALUE_WRITTEN);
	assert_content(&buffer, expected);
}

#define VALUE(...) ((WfValue) {__VA_ARGS__})
#define INTEGER(number) VALUE(.as.integer = (number))
#define INTERVAL(time, day_count, month_count) \
	VALUE(.as.interval.microseconds = (time), .as.interval.days = (day_count), \
		  .as.interval.months = (month_count))
#define TEXT(literal) VALUE(.as.text = WF_LITERAL(literal))

static void
test_kinds(void **state)
{
	static const char *const names[] = {
		"bool", "int2", "int4", "int8", "oid", "float4", "float8", "numeric", "money", "text",
		"bytea", "bit", "date", "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json",
		"enum", "hstore", "ltree", "isbn", "point", "line", "lseg", "box", "path", "polygon",
		"circle", "geometry", "geography", "vector", "halfvec", "sparsevec", "compound", "array",
		"other"
	};

	(void) state;
	for (int kind = 0; kind <= WF_TYPE_OTHER; kind++)
		assert_string_equal(wf_type_kind_name((WfTypeKind) kind), names[kind]);
	assert_int_equal(wf_type_kind(1042), WF_TYPE_TEXT);
	assert_int_equal(wf_type_kind(18), WF_TYPE_TEXT);
	assert_int_equal(wf_type_kind(3802), WF_TYPE_JSON);
	assert_int_equal(wf_type_kind(0), WF_TYPE_OTHER);
	assert_int_equal(wf_type_kind(869), WF_TYPE_OTHER); /* inet */
}

static void
test_numeric_typmod(void **state)
{
	int			precision;
	int			scale;

	(void) state;
	assert_false(wf_numeric_typmod(-1, &precision, &scale));
	assert_true(wf_numeric_typmod(NUMERIC_TYPMOD(10, 2), &precision, &scale));
	assert_int_equal(precision, 10);
	assert_int_equal(scale, 2);
	assert_true(wf_numeric_typmod(NUMERIC_TYPMOD(5, -2), &precision, &scale));
	assert_int_equal(precision, 5);
	assert_int_equal(scale, -2);
	assert_true(wf_numeric_typmod(NUMERIC_TYPMOD(1000, 1000), &precision, &scale));
	assert_int_equal(precision, 1000);
	assert_int_equal(scale, 1000);
	assert_true(wf_numeric_typmod(NUMERIC_TYPMOD(1000, -1000), &precision, &scale));
	assert_int_equal(scale, -1000);
}

static void
test_numbers(void **state)
{
	(void) state;
	check(scalar(16, -1), VALUE(.as.boolean = true), "true");
	check(scalar(16, -1), VALUE(.as.boolean = false), "false");
	check(scalar(21, -1), INTEGER(-32768), "-32768");
	check(scalar(23, -1), INTEGER(2147483647), "2147483647");
	check(scalar(20, -1), INTEGER(INT64_MIN), "-9223372036854775808");
	check(scalar(26, -1), INTEGER(4294967295), "4294967295");
	check(scalar(700, -1), VALUE(.as.float4 = 3.3f), "3.3");
	check(scalar(701, -1), VALUE(.as.float8 = 1e300), "1.0E300");
	check(scalar(790, -1), ((WfValue) {.as.money = {-123456, 2}}), "\"/h3A\"");
	check(scalar(790, -1), ((WfValue) {.as.money = {-1234, 0}}), "\"/h34\"");
	assert_int_equal(wf_value_write(&buffer, &form,
									field_of(&(WfType) {.kind = WF_TYPE_MONEY, .oid = 790}, true),
									&(WfValue) {.as.money = {1234, 3}}), WF_VALUE_UNCONVERTIBLE);
}

static void
check_numeric(int32_t typmod, WfNumeric numeric, const char *expected)
{
	check(scalar(1700, typmod), VALUE(.as.numeric = numeric), expected);
}

static void
test_numeric(void **state)
{
	static const int16_t digits[] = {123, 4500};
	static const WfNumericSign specials[] = {
		WF_NUMERIC_NAN, WF_NUMERIC_PLUS_INFINITY, WF_NUMERIC_MINUS_INFINITY
	};
	WfNumeric	plain = {.digits = digits, .digit_count = 2, .dscale = 2};
	WfNumeric	hundreds = {.digits = digits, .digit_count = 2, .weight = 1};
	WfNumeric	zero = {0};

	(void) state;
	check_numeric(NUMERIC_TYPMOD(5, 2), plain, "\"MDk=\"");
	check_numeric(-1, plain, "{\"scale\":2,\"value\":\"MDk=\"}");
	check_numeric(NUMERIC_TYPMOD(38, 10), zero, "\"AA==\"");
	check_numeric(-1, zero, "{\"scale\":0,\"value\":\"AA==\"}");

	/* ours: numeric(5,-2) exactly, at scale 0 (1234500 = 0x12D644) */
	check_numeric(NUMERIC_TYPMOD(5, -2), hundreds, "\"EtZE\"");

	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
	{
		WfNumeric	special = {.sign = specials[i]};
		WfValue		value = {.as.numeric = special};
		WfType		fixed = scalar(1700, NUMERIC_TYPMOD(5, 2));
		WfType		variable = scalar(1700, -1);

		assert_int_equal(wf_value_write(&buffer, &form, field_of(&fixed, true), &value),
						 WF_VALUE_UNCONVERTIBLE);
		assert_int_equal(wf_value_write(&buffer, &form, field_of(&variable, true), &value),
						 WF_VALUE_UNCONVERTIBLE);
		assert_content(&buffer, "");
	}
}

static void
test_text(void **state)
{
	static const uint8_t uuid[16] = {
		0xa0, 0xee, 0xbc, 0x99, 0x9c, 0x0b, 0x4e, 0xf8,
		0xbb, 0x6d, 0x6b, 0xb9, 0xbd, 0x38, 0x0a, 0x11
	};

	(void) state;
	check(scalar(1042, 9), TEXT("abc  "), "\"abc  \"");
	check(scalar(25, -1), TEXT(""), "\"\"");
	check(scalar(3802, -1), TEXT("{\"a\": 1.50}"), "\"{\\\"a\\\": 1.50}\"");
	check(enum_type(false), TEXT("very happy"), "\"very happy\"");
	check(scalar(869, -1), TEXT("::1"), "\"::1\"");
	check(scalar(2950, -1), VALUE(.as.uuid = uuid),
		  "\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"");
	check(scalar(17, -1), VALUE(.as.bytes = WF_LITERAL("\xDE\xAD\xBE\xEF")), "\"3q2+7w==\"");
	check(scalar(17, -1), VALUE(.as.bytes = wf_slice(NULL, 0)), "\"\"");
	check(scalar(25, -1), VALUE(.as.text = wf_slice(NULL, 0)), "\"\"");
}

static void
test_temporal(void **state)
{
	const int64_t shift = INT64_C(946684800000000);

	(void) state;
	check(scalar(1082, -1), INTEGER(19782 - 10957), "19782");
	check(scalar(1082, -1), INTEGER(INT32_MAX), "2147483647");	/* ours */
	check(scalar(1083, -1), INTEGER(45296789012), "45296789012");
	check(scalar(1083, 6), INTEGER(45296789012), "45296789012");
	check(scalar(1083, 4), INTEGER(45296789000), "45296789000");
	check(scalar(1083, 3), INTEGER(45296789000), "45296789");
	check(scalar(1083, 0), INTEGER(86400000000), "86400000");
	check(scalar(1266, 3),
		  VALUE(.as.timetz.microseconds = 45296789000,.as.timetz.zone_seconds = 28800),
		  "\"20:34:56.789Z\"");
	check(scalar(1114, -1), INTEGER(1709210096789012 - shift), "1709210096789012");
	check(scalar(1114, 3), INTEGER(1709210096789000 - shift), "1709210096789");
	check(scalar(1114, 2), INTEGER(-10000 - shift), "-10");
	check(scalar(1114, -1), INTEGER(INT64_MAX), "9223372036854775807");
	check(scalar(1114, 3), INTEGER(INT64_MIN), "-9223372036832400000");
	check(scalar(1184, -1), INTEGER(1709210096100000 - shift), "\"2024-02-29T12:34:56.100000Z\"");
	check(scalar(1184, 0), INTEGER(-shift), "\"1970-01-01T00:00:00Z\"");
	check(scalar(1184, 0), INTEGER(INT64_MIN), "\"-infinity\"");
	check(scalar(1186, -1), INTERVAL(14706789000, 3, 14), "37091106789000");
}

/* An array of int4 that counts from 1, every third element null. */
typedef struct Counter
{
	WfArray		array;
	int			count;
	int			written;
	bool		without_nulls;
} Counter;

static bool
counter_next(WfArray *array, WfValue *element)
{
	Counter    *counter = (Counter *) array;

	if (counter->written == counter->count)
		return false;
	counter->written++;
	element->state = counter->written % 3 == 0 && !counter->without_nulls
		? WF_VALUE_NULL : WF_VALUE_PRESENT;
	element->as.integer = counter->written;
	return true;
}

static void
counter_rewind(WfArray *array)
{
	((Counter *) array)->written = 0;
}

static Counter
counter_of(int dimension_count, int32_t first, int32_t second, int32_t third)
{
	Counter		counter = {.array = {dimension_count, {first, second, third}}};

	counter.array.next = counter_next;
	counter.array.rewind = counter_rewind;
	counter.count = dimension_count == 0 ? 0 : first
		* (dimension_count > 1 ? second : 1) * (dimension_count > 2 ? third : 1);
	return counter;
}

static void
test_arrays(void **state)
{
	WfType		type = array_of(23, -1);
	Counter		counter = counter_of(0, 0, 0, 0);
	WfValue		value = {.as.array = &counter.array};

	(void) state;
	check(type, value, "[]");
	counter = counter_of(1, 4, 0, 0);
	check(type, value, "[1,2,null,4]");
	check(type, value, "[1,2,null,4]"); /* read again */

	/* ours: Debezium writes nulls and Java object names */
	counter = counter_of(2, 2, 3, 0);
	counter.without_nulls = true;
	check(type, value, "[[1,2,3],[4,5,6]]");
	counter = counter_of(2, 1, 1, 0);
	check(type, value, "[[1]]");
	counter = counter_of(3, 2, 2, 2);
	counter.without_nulls = true;
	check(type, value, "[[[1,2],[3,4]],[[5,6],[7,8]]]");

	/* an array that ends early still makes JSON */
	counter = counter_of(2, 2, 3, 0);
	counter.count = 4;
	check(type, value, "[[1,2,null],[4]]");
}

typedef struct Listing
{
	WfArray		array;
	const WfValue *elements;
	int			read;
} Listing;

static bool
listing_next(WfArray *array, WfValue *element)
{
	Listing    *listing = (Listing *) array;

	if (listing->read == listing->array.dimensions[0])
		return false;
	*element = listing->elements[listing->read++];
	return true;
}

static Listing
listing_of(int32_t count, const WfValue *elements)
{
	Listing		listing = {.elements = elements};

	listing.array.dimension_count = 1;
	listing.array.dimensions[0] = count;
	listing.array.next = listing_next;
	return listing;
}

static void
test_array_elements(void **state)
{
	static const int16_t one_and_half[] = {1, 5000};
	static const WfValue texts[] = {
		{WF_VALUE_NULL, {0}}, {.as.text = {"null", 4}}, {.as.text = {"d\"e", 3}}, {.as.text = {"", 0}}
	};
	WfValue		numerics[2] = {
		{.as.numeric = {one_and_half, 2, 0, 1, WF_NUMERIC_POSITIVE}},
		{.as.numeric = {NULL, 0, 0, 0, WF_NUMERIC_NAN}}
	};
	Listing		listing = listing_of(4, texts);
	WfValue		value = {.as.array = &listing.array};
	WfType		type = array_of(1700, NUMERIC_TYPMOD(5, 2));

	(void) state;
	check(array_of(25, -1), value, "[null,\"null\",\"d\\\"e\",\"\"]");

	listing = listing_of(1, numerics);
	check(type, value, "[\"AJY=\"]");

	/* a NaN makes the array one without a form; what was before it stays */
	listing = listing_of(2, numerics);
	wf_buffer_append_literal(&buffer, "before");
	assert_int_equal(wf_value_write(&buffer, &form, field_of(&type, true), &value),
					 WF_VALUE_UNCONVERTIBLE);
	assert_content(&buffer, "before");
}

/* A timestamp without a form leaves null in its place; the array is told to be incomplete. */
static void
test_array_in_part(void **state)
{
	static const WfValue stamps[] = {
		{.as.integer = 0}, {.as.integer = INT64_MAX - 1}, {WF_VALUE_NULL, {0}},
		{.as.integer = INT64_MAX}
	};
	Listing		listing = listing_of(4, stamps);
	WfValue		value = {.as.array = &listing.array};
	WfType		type = array_of(1114, -1);

	(void) state;
	assert_int_equal(wf_value_write(&buffer, &form, field_of(&type, true), &value),
					 WF_VALUE_WRITTEN_IN_PART);
	assert_content(&buffer, "[946684800000000,null,null,9223372036854775807]");

	options.array_handling = WF_ARRAYS_JSON;
	listing = listing_of(2, stamps);
	assert_int_equal(wf_value_write(&buffer, &form, field_of(&type, true), &value),
					 WF_VALUE_WRITTEN_IN_PART);
	assert_content(&buffer, "\"[946684800000000,null]\"");
	options.array_handling = WF_ARRAYS_DEBEZIUM;
}

static void
check_elements(uint32_t oid, int32_t count, const WfValue *elements, const char *expected)
{
	Listing		listing = listing_of(count, elements);
	WfValue		value = {.as.array = &listing.array};
	WfType		type = array_of(oid, -1);

	assert_int_equal(wf_value_write(&buffer, &form, field_of(&type, true), &value),
					 expected != NULL ? WF_VALUE_WRITTEN : WF_VALUE_UNCONVERTIBLE);
	assert_content(&buffer, expected != NULL ? expected : "");
}

/* What Debezium makes of days before the Gregorian calendar, of infinity and of 24:00. */
static void
test_array_calendar(void **state)
{
	enum
	{
		DATE = 1082, TIME = 1083, TIMESTAMP = 1114, TIMESTAMPTZ = 1184
	};
	static const WfValue ends[] = {{.as.integer = INT32_MAX}, {.as.integer = INT32_MIN}};

	/* 1582-10-04, -05, -14, -15, 0044-03-15 BC, 1000-01-01 */
	static const WfValue days[] = {
		{.as.integer = -152395}, {.as.integer = -152394}, {.as.integer = -152385},
		{.as.integer = -152384}, {.as.integer = -746117}, {.as.integer = -365242}
	};
	static const WfValue no_such_day[] = {{.as.integer = -731887}}; /* 0005-02-29 BC */
	static const WfValue stamps[] = {
		{.as.integer = -365242 * WF_MICROSECONDS_PER_DAY},
		{.as.integer = -152384 * WF_MICROSECONDS_PER_DAY - 1},
		{.as.integer = -746117 * WF_MICROSECONDS_PER_DAY + 1}, {.as.integer = INT64_MIN}
	};
	static const WfValue times[] = {
		{.as.integer = WF_MICROSECONDS_PER_DAY}, {.as.integer = WF_MICROSECONDS_PER_DAY - 1}
	};

	set_defaults(state);
	check_elements(DATE, 2, ends, "[2147483647,-2147483648]");
	check_elements(DATE, 6, days, "[-141438,-141437,-141428,-141427,-735160,-354285]");
	check_elements(TIME, 2, times, "[86400000000,86399999999]");
	check_elements(TIMESTAMP, 1, stamps, "[-30610224000000000]");
	options.compat = WF_COMPAT_DEBEZIUM;
	check_elements(DATE, 2, ends, "[-622191234,-625821272]");
	check_elements(DATE, 6, days, "[-141438,-141427,-141418,-141427,-703383,-354285]");
	check_elements(DATE, 1, no_such_day, NULL);
	check_elements(TIME, 2, times, "[0,86399999000]");
	check_elements(TIMESTAMP, 4, stamps, "[-30609792000000000,-12218428800000001,"
				   "-63517996799999999,-9223372036854775808]");
	check_elements(TIMESTAMPTZ, 3, stamps, "[\"1000-01-01T00:00:00.000000Z\","
				   "\"1582-10-24T23:59:59.999999Z\",\"0044-03-15T00:00:00.000001Z\"]");
	options.time_mode = WF_TIME_ISOSTRING;
	check_elements(DATE, 2, ends, "[\"+292278994-08-16Z\",\"+292269055-12-02Z\"]");
	options.time_mode = WF_TIME_STRUCTURED;
	check_elements(TIME, 1, times, "[{\"hour\":0,\"minute\":0,\"second\":0,\"nanos\":0,"
				   "\"precision\":6}]");
	options.infinity_handling = WF_INFINITY_NULL;
	check_elements(DATE, 2, ends, "[null,null]");
	set_defaults(state);
}

/* An array goes no further than its buffer, and cutting it off must not hide the error. */
static void
test_array_keeps_the_error(void **state)
{
	static const WfValue numerics[2] = {
		{.as.numeric = {NULL, 0, 0, 0, WF_NUMERIC_POSITIVE}},
		{.as.numeric = {NULL, 0, 0, 0, WF_NUMERIC_NAN}}
	};
	Listing		listing = listing_of(2, numerics);
	WfValue		value = {.as.array = &listing.array};
	WfType		type = array_of(1700, -1);
	WfBuffer	small = growing_buffer(8);
	WfBuffer	larger = growing_buffer(strlen("[{\"scale\":0,\"value\":\"AA==\"}"));

	(void) state;
	assert_int_equal(wf_value_write(&small, &form, field_of(&type, true), &value),
					 WF_VALUE_WRITTEN);
	assert_int_equal(small.error, WF_BUFFER_CEILING);
	assert_int_equal(listing.read, 1);
	free(small.data);

	/* room for one element, not for the comma after it */
	listing = listing_of(2, numerics);
	assert_int_equal(wf_value_write(&larger, &form, field_of(&type, true), &value),
					 WF_VALUE_UNCONVERTIBLE);
	assert_int_equal(larger.error, WF_BUFFER_CEILING);
	free(larger.data);
}

static void
check_fallback(WfType type, const char *expected)
{
	wf_value_write_fallback(&buffer, field_of(&type, false));
	assert_content(&buffer, expected);
}

static void
test_fallbacks(void **state)
{
	(void) state;
	check_fallback(scalar(16, -1), "false");
	check_fallback(scalar(21, -1), "0");
	check_fallback(scalar(26, -1), "0");
	check_fallback(scalar(700, -1), "0.0");
	check_fallback(scalar(701, -1), "0.0");
	check_fallback(scalar(1700, NUMERIC_TYPMOD(8, 3)), "\"AA==\"");
	check_fallback(scalar(1700, -1), "{\"scale\":0,\"value\":\"AA==\"}");
	check_fallback(scalar(790, -1), "\"AA==\"");
	check_fallback(scalar(25, -1), "\"\"");
	check_fallback(scalar(17, -1), "\"\"");
	check_fallback(scalar(1082, -1), "0");
	check_fallback(scalar(1083, 0), "0");
	check_fallback(scalar(1114, -1), "0");
	check_fallback(scalar(1266, -1), "\"00:00:00Z\"");
	check_fallback(scalar(1184, 3), "\"1970-01-01T00:00:00Z\"");
	check_fallback(scalar(1186, -1), "0");
	check_fallback(scalar(2950, -1), "\"\"");
	check_fallback(scalar(114, -1), "\"\"");
	check_fallback(enum_type(false), "\"\"");
	check_fallback(array_of(23, -1), "[]");
}

static void
check_unavailable(WfType type, WfSlice placeholder, const char *expected)
{
	wf_value_write_unavailable(&buffer, &form, field_of(&type, true), placeholder);
	assert_content(&buffer, expected);
}

static void
test_unavailable(void **state)
{
	const WfSlice usual = WF_LITERAL("__debezium_unavailable_value");
	const WfSlice gone = WF_LITERAL("*gone*");
	const WfSlice bytes = wf_slice("\0\xFF\x10", 3);

	(void) state;
	check_unavailable(scalar(25, -1), usual, "\"__debezium_unavailable_value\"");
	check_unavailable(scalar(3802, -1), usual, "\"__debezium_unavailable_value\"");
	check_unavailable(scalar(142, -1), gone, "\"*gone*\"");
	check_unavailable(scalar(17, -1), usual, "\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\"");
	check_unavailable(scalar(17, -1), gone, "\"KmdvbmUq\"");
	check_unavailable(scalar(1700, -1), usual, "null");
	check_unavailable(scalar(1700, NUMERIC_TYPMOD(1000, 2)), usual, "null");
	check_unavailable(array_of(23, -1), usual,
					  "[95,95,100,101,98,101,122,105,117,109,95,117,110,97,118,97,105,108,97,98,108,"
					  "101,95,118,97,108,117,101]");
	check_unavailable(array_of(20, -1), gone, "[42,103,111,110,101,42]");
	check_unavailable(array_of(1082, -1), bytes, "[0,-1,16]");
	check_unavailable(array_of(25, -1), usual, "[\"__debezium_unavailable_value\"]");
	check_unavailable(array_of(3802, -1), gone, "[\"*gone*\"]");
	check_unavailable(array_of(17, -1), bytes, "[\"AP8Q\"]");
	check_unavailable(array_of(2950, -1), usual, "[\"b68a35a7-17ad-35b3-af2a-ae46edb4545a\"]");
	check_unavailable(array_of(2950, -1), gone, "[\"b72c4b66-d2d1-39e2-b194-47e830c53297\"]");
	check_unavailable(array_of(2950, -1), bytes, "[\"481e4551-ec03-3aad-a760-901cf52b1917\"]");
	check_unavailable(array_of(701, -1), usual, "null");
	check_unavailable(array_of(1700, -1), usual, "null");
	check_unavailable(array_of(1184, -1), usual, "null");
	check_unavailable(enum_type(true), usual, "null");
}

/* Of each field the values, and what keeps them; NULL where none lacks a form. */
static void
check_formless(WfType type, const char *values, const char *remedy)
{
	WfFormless	reasons[WF_FORMLESS_MAX];
	int			count = wf_field_formless(field_of(&type, true), reasons);

	assert_int_equal(count, values == NULL ? 0 : 1);
	if (values == NULL)
		return;
	assert_non_null(strstr(reasons[0].values, values));
	if (remedy == NULL)
		assert_null(reasons[0].remedy);
	else
		assert_non_null(strstr(reasons[0].remedy, remedy));
}

static void
test_formless(void **state)
{
	WfType		sparse = scalar(16400, -1);
	WfFormless	reasons[WF_FORMLESS_MAX];
	WfType		numbers = array_of(1700, -1);

	(void) state;
	sparse.kind = WF_TYPE_SPARSEVEC;
	check_formless(scalar(23, -1), NULL, NULL);
	check_formless(scalar(25, -1), NULL, NULL);
	check_formless(array_of(25, -1), NULL, NULL);
	check_formless(scalar(790, -1), "amounts", "money.fraction.digits");
	check_formless(scalar(1700, -1), "NaN", "numeric.special.handling=string");
	check_formless(scalar(1114, 3), NULL, NULL);
	check_formless(scalar(1114, 6), "294247", "isostring");
	check_formless(sparse, "32767", NULL);

	options.value_schemas = true;
	assert_int_equal(wf_field_formless(field_of(&numbers, true), reasons), 2);
	assert_non_null(strstr(reasons[0].remedy, "array.handling=json"));
	assert_null(strstr(reasons[1].remedy, "numeric.special.handling"));
	options.value_schemas = false;
}

static void
check_schema(WfType type, bool nullable, const char *name, const char *expected)
{
	wf_connect_schema_write(&buffer, &form, field_of(&type, nullable),
							wf_slice(name, strlen(name)));
	assert_content(&buffer, expected);
}

#define NAMED(type, name, field) \
	"{\"type\":\"" type "\",\"optional\":true,\"name\":\"" name "\",\"version\":1,\"field\":\"" \
	field "\"}"

static void
test_connect_schemas(void **state)
{
	(void) state;
	check_schema(scalar(23, -1), false, "id", "{\"type\":\"int32\",\"optional\":false,\"field\":\"id\"}");
	check_schema(scalar(16, -1), true, "b", "{\"type\":\"boolean\",\"optional\":true,\"field\":\"b\"}");
	check_schema(scalar(21, -1), true, "i2", "{\"type\":\"int16\",\"optional\":true,\"field\":\"i2\"}");
	check_schema(scalar(26, -1), true, "o", "{\"type\":\"int64\",\"optional\":true,\"field\":\"o\"}");
	check_schema(scalar(700, -1), true, "f4", "{\"type\":\"float\",\"optional\":true,\"field\":\"f4\"}");
	check_schema(scalar(701, -1), true, "f8", "{\"type\":\"double\",\"optional\":true,\"field\":\"f8\"}");
	check_schema(scalar(17, -1), true, "b", "{\"type\":\"bytes\",\"optional\":true,\"field\":\"b\"}");
	check_schema(scalar(19, -1), true, "q\"", "{\"type\":\"string\",\"optional\":true,\"field\":\"q\\\"\"}");
	check_schema(scalar(1700, NUMERIC_TYPMOD(5, 2)), true, "d52",
				 "{\"type\":\"bytes\",\"optional\":true,\"name\":\"org.apache.kafka.connect.data.Decimal\","
				 "\"version\":1,\"parameters\":{\"scale\":\"2\",\"connect.decimal.precision\":\"5\"},"
				 "\"field\":\"d52\"}");
	/* ours: precision of what scale 0 needs */
	check_schema(scalar(1700, NUMERIC_TYPMOD(5, -2)), true, "d",
				 "{\"type\":\"bytes\",\"optional\":true,\"name\":\"org.apache.kafka.connect.data.Decimal\","
				 "\"version\":1,\"parameters\":{\"scale\":\"0\",\"connect.decimal.precision\":\"7\"},"
				 "\"field\":\"d\"}");
	check_schema(scalar(1700, -1), true, "dfree",
				 "{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\",\"optional\":false,\"field\":\"scale\"},"
				 "{\"type\":\"bytes\",\"optional\":false,\"field\":\"value\"}],\"optional\":true,"
				 "\"name\":\"io.debezium.data.VariableScaleDecimal\",\"version\":1,"
				 "\"doc\":\"Variable scaled decimal\",\"field\":\"dfree\"}");
	check_schema(scalar(790, -1), false, "mn",
				 "{\"type\":\"bytes\",\"optional\":false,\"name\":\"org.apache.kafka.connect.data.Decimal\","
				 "\"version\":1,\"parameters\":{\"scale\":\"2\"},\"field\":\"mn\"}");
	check_schema(scalar(1082, -1), true, "d", NAMED("int32", "io.debezium.time.Date", "d"));
	check_schema(scalar(1083, 3), true, "t3", NAMED("int32", "io.debezium.time.Time", "t3"));
	check_schema(scalar(1083, 4), true, "t4", NAMED("int64", "io.debezium.time.MicroTime", "t4"));
	check_schema(scalar(1083, -1), true, "t", NAMED("int64", "io.debezium.time.MicroTime", "t"));
	check_schema(scalar(1266, -1), true, "tz", NAMED("string", "io.debezium.time.ZonedTime", "tz"));
	check_schema(scalar(1114, 0), true, "ts0", NAMED("int64", "io.debezium.time.Timestamp", "ts0"));
	check_schema(scalar(1114, -1), true, "ts",
				 NAMED("int64", "io.debezium.time.MicroTimestamp", "ts"));
	check_schema(scalar(1184, 3), true, "tz3",
				 NAMED("string", "io.debezium.time.ZonedTimestamp", "tz3"));
	check_schema(scalar(1186, -1), true, "i", NAMED("int64", "io.debezium.time.MicroDuration", "i"));
	check_schema(scalar(2950, -1), true, "u", NAMED("string", "io.debezium.data.Uuid", "u"));
	check_schema(scalar(114, -1), true, "j", NAMED("string", "io.debezium.data.Json", "j"));
	check_schema(scalar(142, -1), true, "x", NAMED("string", "io.debezium.data.Xml", "x"));
	check_schema(scalar(3614, -1), true, "tv", NAMED("string", "io.debezium.data.Tsvector", "tv"));
	check_schema(enum_type(false), true, "e",
				 "{\"type\":\"string\",\"optional\":true,\"name\":\"io.debezium.data.Enum\",\"version\":1,"
				 "\"parameters\":{\"allowed\":\"sad,ok,very happy,it's \\\"quoted\\\"\"},\"field\":\"e\"}");
	check_schema(array_of(1700, NUMERIC_TYPMOD(5, 2)), true, "d52",
				 "{\"type\":\"array\",\"items\":{\"type\":\"bytes\",\"optional\":true,"
				 "\"name\":\"org.apache.kafka.connect.data.Decimal\",\"version\":1,"
				 "\"parameters\":{\"scale\":\"2\",\"connect.decimal.precision\":\"5\"}},"
				 "\"optional\":true,\"field\":\"d52\"}");
	check_schema(array_of(1114, 3), true, "ts3",
				 "{\"type\":\"array\",\"items\":{\"type\":\"int64\",\"optional\":true,"
				 "\"name\":\"io.debezium.time.Timestamp\",\"version\":1},\"optional\":true,"
				 "\"field\":\"ts3\"}");
	check_schema(array_of(25, -1), false, "t",
				 "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"optional\":true},\"optional\":false,"
				 "\"field\":\"t\"}");
}

/* An enum's labels are in the schema; Debezium does not find them behind an element's domain. */
static void
test_enum_domain_schemas(void **state)
{
	WfType		type = enum_type(true);

	set_defaults(state);
	type.element_is_domain = true;
	check_schema(type, true, "d",
				 "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"optional\":true,"
				 "\"name\":\"io.debezium.data.Enum\",\"version\":1,"
				 "\"parameters\":{\"allowed\":\"sad,ok,very happy,it's \\\"quoted\\\"\"}},"
				 "\"optional\":true,\"field\":\"d\"}");
	options.compat = WF_COMPAT_DEBEZIUM;
	check_schema(type, true, "d",
				 "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"optional\":false,"
				 "\"name\":\"io.debezium.data.Enum\",\"version\":1,\"parameters\":{\"allowed\":\"\"}},"
				 "\"optional\":true,\"field\":\"d\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_numeric_typmod),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_numeric),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_temporal),
		cmocka_unit_test(test_arrays),
		cmocka_unit_test(test_array_elements),
		cmocka_unit_test(test_array_in_part),
		cmocka_unit_test(test_array_calendar),
		cmocka_unit_test(test_array_keeps_the_error),
		cmocka_unit_test(test_fallbacks),
		cmocka_unit_test(test_unavailable),
		cmocka_unit_test(test_formless),
		cmocka_unit_test(test_connect_schemas),
		cmocka_unit_test(test_enum_domain_schemas),
	};
	int			failed;

	buffer = growing_buffer(1 << 20);
	failed = cmocka_run_group_tests(tests, set_defaults, NULL);
	free(buffer.data);
	return failed;
}
