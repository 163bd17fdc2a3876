/*
 * test_read_text.c
 *		PostgreSQL's output text as values: every kind, its bounds, and what is
 *		not such text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>

#include <cmocka.h>

#include "envelope/float.h"
#include "envelope/read_text.h"
#include "envelope/time.h"


/*
 * A copy of the text that ends where memory ends, so that ASan sees each step
 * beyond it, and as much scratch as the contract asks for.
 */
typedef struct Given
{
	char	   *copy;
	WfSlice		text;
	WfScratch	scratch;
} Given;

static Given
given_bytes(const char *text, size_t length)
{
	Given		given;

	given.copy = malloc(length + 1);
	memcpy(given.copy + 1, text, length);
	given.text = wf_slice(given.copy + 1, length);
	given.scratch.size = WF_SCRATCH_SIZE(length);
	given.scratch.memory = malloc(given.scratch.size);
	given.scratch.used = 0;
	return given;
}

static void
forget(Given *given)
{
	free(given->copy);
	free(given->scratch.memory);
}

static bool
read_as(Given *given, const char *text, WfTypeKind kind, WfValue *value)
{
	WfType		type = {.kind = kind, .typmod = -1};

	*given = given_bytes(text, strlen(text));
	return wf_read_text(&given->scratch, &type, given->text, value);
}

static void
assert_refused(const char *text, WfTypeKind kind)
{
	Given		given;
	WfValue		value;
	bool		read = read_as(&given, text, kind, &value);

	forget(&given);
	if (read)
		fail_msg("\"%s\" was read as kind %d", text, kind);
}

/* Every kind whose value is an integer. */
static void
assert_integer(const char *text, WfTypeKind kind, int64_t expected)
{
	Given		given;
	WfValue		value;
	bool		read = read_as(&given, text, kind, &value);

	forget(&given);
	if (!read)
		fail_msg("\"%s\" was not read as kind %d", text, kind);
	assert_int_equal(value.state, WF_VALUE_PRESENT);
	assert_int_equal(value.as.integer, expected);
}

static void
test_bool(void **state)
{
	Given		given;
	WfValue		value;

	(void) state;
	assert_true(read_as(&given, "t", WF_TYPE_BOOL, &value));
	assert_true(value.as.boolean);
	forget(&given);
	assert_true(read_as(&given, "f", WF_TYPE_BOOL, &value));
	assert_false(value.as.boolean);
	forget(&given);
	assert_refused("", WF_TYPE_BOOL);
	assert_refused("true", WF_TYPE_BOOL);
	assert_refused("T", WF_TYPE_BOOL);
}

static void
test_integers(void **state)
{
	static const char *const malformed[] = {
		"", "-", "+1", " 1", "1 ", "1.0", "1e3", "0x10", "--1", "1-", "\xEF\xBC\x91"
	};

	(void) state;
	assert_integer("0", WF_TYPE_INT2, 0);
	assert_integer("-0", WF_TYPE_INT2, 0);
	assert_integer("32767", WF_TYPE_INT2, 32767);
	assert_integer("-32768", WF_TYPE_INT2, -32768);
	assert_refused("32768", WF_TYPE_INT2);
	assert_refused("-32769", WF_TYPE_INT2);
	assert_integer("2147483647", WF_TYPE_INT4, INT32_MAX);
	assert_integer("-2147483648", WF_TYPE_INT4, INT32_MIN);
	assert_refused("2147483648", WF_TYPE_INT4);
	assert_refused("-2147483649", WF_TYPE_INT4);
	assert_integer("9223372036854775807", WF_TYPE_INT8, INT64_MAX);
	assert_integer("-9223372036854775808", WF_TYPE_INT8, INT64_MIN);
	assert_integer("000000000000000000000000000001", WF_TYPE_INT8, 1);
	assert_refused("9223372036854775808", WF_TYPE_INT8);
	assert_refused("-9223372036854775809", WF_TYPE_INT8);
	assert_refused("99999999999999999999", WF_TYPE_INT8);
	assert_integer("4294967295", WF_TYPE_OID, UINT32_MAX);
	assert_refused("4294967296", WF_TYPE_OID);
	assert_refused("-1", WF_TYPE_OID);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_INT4);
}

/* ---- floats ---- */

static void
assert_float8(const char *text, double expected)
{
	Given		given;
	WfValue		value;
	bool		read = read_as(&given, text, WF_TYPE_FLOAT8, &value);

	forget(&given);
	if (!read || memcmp(&value.as.float8, &expected, sizeof(expected)) != 0)
		fail_msg("\"%s\" is %d %a, not %a", text, read, value.as.float8, expected);
}

static void
assert_float4(const char *text, float expected)
{
	Given		given;
	WfValue		value;
	bool		read = read_as(&given, text, WF_TYPE_FLOAT4, &value);

	forget(&given);
	if (!read || memcmp(&value.as.float4, &expected, sizeof(expected)) != 0)
		fail_msg("\"%s\" is %d %a, not %a", text, read, (double) value.as.float4,
				 (double) expected);
}

static void
test_floats(void **state)
{
	static const char *const malformed[] = {
		"", "-", ".", "1.", ".5", "1e", "1e+", "1e1.5", "+1", " 1", "1 ", "nan", "inf",
		"-NaN", "infinity", "0x1p3", "1,5", "1e+-5", "--1"
	};

	(void) state;
	assert_float8("0", 0.0);
	assert_float8("-0", -0.0);
	assert_float8("0.000e+999999999999999999999", 0.0);
	assert_float8("1", 1.0);
	assert_float8("1e+100", 1e100);
	assert_float8("1e-07", 1e-7);
	assert_float8("-1.5E3", -1500.0);
	assert_float8("0.1", 0.1);
	assert_float8("123456789012345680", 123456789012345680.0);
	assert_float8("1.7976931348623157e+308", 1.7976931348623157e308);
	assert_float8("2.2250738585072014e-308", 2.2250738585072014e-308);
	assert_float8("2.2250738585072011e-308", 2.2250738585072011e-308);
	assert_float8("5e-324", 5e-324);
	assert_float8("2.4703282292062328e-324", 5e-324);
	assert_float8("Infinity", (double) INFINITY);
	assert_float8("-Infinity", -(double) INFINITY);
	assert_float8("NaN", (double) NAN);

	/* the middle of two numbers goes to the even one, all else to the nearer */
	assert_float8("9007199254740993", 9007199254740992.0);
	assert_float8("9007199254740995", 9007199254740996.0);
	assert_float8("9007199254740993.0000000000000000000000000000000001", 9007199254740994.0);
	assert_float8("9007199254740992.9999999999999999999999999999999999", 9007199254740992.0);
	assert_float8("0.500000000000000166533453693773481063544750213623046875",
				  0.5000000000000002);

	assert_refused("1.7976931348623159e+308", WF_TYPE_FLOAT8);
	assert_refused("1e+309", WF_TYPE_FLOAT8);
	assert_refused("1e-400", WF_TYPE_FLOAT8);
	assert_refused("2.4703282292062327e-324", WF_TYPE_FLOAT8);
	assert_refused("1e999999999999999999999", WF_TYPE_FLOAT8);

	assert_float4("3.3", 3.3f);
	assert_float4("-0", -0.0f);
	assert_float4("3.4028235e+38", 3.4028235e38f);
	assert_float4("1e-45", 1e-45f);
	assert_float4("1.1754944e-38", 1.1754944e-38f);
	assert_float4("Infinity", (float) INFINITY);
	assert_float4("NaN", (float) NAN);
	/* rounded once: by way of float8 it would become 0x1.000002p+0 */
	assert_float4("1.000000178813934326171874999999999999999", 1.0000001f);
	assert_refused("3.4028236e+38", WF_TYPE_FLOAT4);
	assert_refused("1e-46", WF_TYPE_FLOAT4);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_FLOAT8);
}

static uint64_t
next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(2685821657736338717);
}

/* What we write, Java's notation, is read back as the same number. */
static void
test_floats_round_trip(void **state)
{
	uint64_t	random = 20241123;

	(void) state;
	for (int i = 0; i < 100000; i++)
	{
		char		text[WF_FLOAT_TEXT_MAX + 1];
		uint64_t	bits = next_random(&random);
		uint32_t	bits4 = (uint32_t) (bits >> 32);
		double		float8;
		float		float4;

		memcpy(&float8, &bits, sizeof(float8));
		memcpy(&float4, &bits4, sizeof(float4));
		if (isfinite(float8))
		{
			text[wf_float8_text(text, float8)] = '\0';
			assert_float8(text, float8);
		}
		if (isfinite(float4))
		{
			text[wf_float4_text(text, float4)] = '\0';
			assert_float4(text, float4);
		}
	}
}

/* As strtod() reads them: many digits, subnormal numbers, middles. */
static void
test_floats_like_strtod(void **state)
{
	uint64_t	random = 42;

	(void) state;
	for (int i = 0; i < 20000; i++)
	{
		char		text[1024];
		uint64_t	bits = next_random(&random);
		double		number;
		double		expected;

		if (i % 3 == 0)
			bits &= ~(UINT64_C(0x7FF) << 52);	/* subnormal */
		memcpy(&number, &bits, sizeof(number));
		if (!isfinite(number))
			continue;
		if (i % 2 == 0)
			snprintf(text, sizeof(text), "%.*e", (int) (next_random(&random) % 30), number);
		else
			snprintf(text, sizeof(text), "%.800Le",
					 ((long double) number + (long double) nextafter(number, INFINITY)) / 2);
		expected = strtod(text, NULL);
		if (isfinite(expected) && expected != 0)
			assert_float8(text, expected);
	}
}

/* ---- numeric and money ---- */

/* "sign weight dscale digits…" */
static void
assert_numeric(const char *text, const char *expected)
{
	Given		given;
	WfValue		value;
	const WfNumeric *numeric = &value.as.numeric;
	char		found[256];
	size_t		length;

	if (!read_as(&given, text, WF_TYPE_NUMERIC, &value))
		fail_msg("\"%s\" was not read", text);
	length = (size_t) snprintf(found, sizeof(found), "%d %d %d", numeric->sign, numeric->weight,
							   numeric->dscale);
	for (int i = 0; i < numeric->digit_count; i++)
		length += (size_t) snprintf(found + length, sizeof(found) - length, " %d",
									numeric->digits[i]);
	assert_string_equal(found, expected);
	forget(&given);
}

static void
test_numeric(void **state)
{
	static const char *const malformed[] = {
		"", "-", ".5", "5.", "+1", "1e5", " 1", "1 ", "nan", "-NaN", "inf", "1.2.3", "1_000"
	};

	(void) state;
	assert_numeric("0", "0 0 0");
	assert_numeric("0.00", "0 0 2");
	assert_numeric("-0.0", "0 0 1");
	assert_numeric("1", "0 0 0 1");
	assert_numeric("-1", "1 0 0 1");
	assert_numeric("9999", "0 0 0 9999");
	assert_numeric("10000", "0 1 0 1");
	assert_numeric("00010000", "0 1 0 1");
	assert_numeric("12345.6789", "0 1 4 1 2345 6789");
	assert_numeric("12345.67890", "0 1 5 1 2345 6789");
	assert_numeric("12345.678901", "0 1 6 1 2345 6789 100");
	assert_numeric("0.1", "0 -1 1 1000");
	assert_numeric("0.00001", "0 -2 5 1000");
	assert_numeric("-0.00000001", "1 -2 8 1");
	assert_numeric("100000000.00000001", "0 2 8 1 0 0 0 1");
	assert_numeric("NaN", "2 0 0");
	assert_numeric("Infinity", "3 0 0");
	assert_numeric("-Infinity", "4 0 0");
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_NUMERIC);
}

/* As long as PostgreSQL's are: 131072 digits before and 16383 after the point. */
static void
test_numeric_of_full_length(void **state)
{
	const size_t whole = 131072;
	const size_t fraction = 16383;
	char	   *text = malloc(whole + 1 + fraction + 2);
	Given		given;
	WfValue		value;

	(void) state;
	memset(text, '9', whole + 1 + fraction);
	text[whole] = '.';
	text[whole + 1 + fraction] = '\0';
	assert_true(read_as(&given, text, WF_TYPE_NUMERIC, &value));
	assert_int_equal(value.as.numeric.weight, 32767);
	assert_int_equal(value.as.numeric.dscale, 16383);
	assert_int_equal(value.as.numeric.digit_count, 32768 + 4096);
	assert_int_equal(value.as.numeric.digits[0], 9999);
	assert_int_equal(value.as.numeric.digits[32768 + 4095], 9990);
	forget(&given);

	text[whole + 1 + fraction] = '9';	/* a 16384th digit after the point */
	text[whole + 2 + fraction] = '\0';
	assert_refused(text, WF_TYPE_NUMERIC);
	text[whole] = '9';			/* no point: too many digits before it */
	assert_refused(text, WF_TYPE_NUMERIC);
	free(text);
}

static void
assert_money(const char *text, int64_t units, int32_t fraction_digits)
{
	Given		given;
	WfValue		value;

	if (!read_as(&given, text, WF_TYPE_MONEY, &value))
		fail_msg("\"%s\" was not read", text);
	assert_int_equal(value.as.money.units, units);
	assert_int_equal(value.as.money.fraction_digits, fraction_digits);
	forget(&given);
}

static void
test_money(void **state)
{
	static const char *const malformed[] = {
		"", "-", "$", "$-1.00", "1,00.00", "1,0000.00", "12,34,567.00", "1234,567.00", ",123.00",
		"$1.", "1.00 ", "1.000,00", "-$92,233,720,368,547,758.09", "$92,233,720,368,547,758.08",
		"1.00000000000", "($1.00)"
	};

	(void) state;
	assert_money("$0.00", 0, 2);
	assert_money("$1,234.56", 123456, 2);
	assert_money("-$1,234,567.89", -123456789, 2);
	assert_money("1234.56", 123456, 2);
	assert_money("-12", -12, 0);
	assert_money("$92,233,720,368,547,758.07", INT64_MAX, 2);
	assert_money("-$92,233,720,368,547,758.08", INT64_MIN, 2);
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(malformed[i], WF_TYPE_MONEY);
}

/* The C locale prints yen and fils as if they were cents. */
static void
test_money_of_other_fraction_digits(void **state)
{
	static const int32_t digits[] = {0, 2, 3, 10};
	WfSlice		texts[] = {WF_LITERAL("$1,234.56"), WF_LITERAL("{$12.34,\"$1,234.56\",NULL}")};

	(void) state;
	for (size_t i = 0; i < sizeof(digits) / sizeof(*digits); i++)
	{
		WfType		type = {
			.kind = WF_TYPE_MONEY, .typmod = -1, .has_money_digits = true,
			.money_digits = digits[i]
		};
		char		memory[WF_SCRATCH_SIZE(64)];
		WfScratch	scratch = {memory, sizeof(memory), 0};
		WfValue		value;
		WfValue		element;

		assert_true(wf_read_text(&scratch, &type, texts[0], &value));
		assert_int_equal(value.as.money.units, 123456);
		assert_int_equal(value.as.money.fraction_digits, digits[i]);

		type.kind = WF_TYPE_ARRAY;
		type.element_kind = WF_TYPE_MONEY;
		assert_true(wf_read_text(&scratch, &type, texts[1], &value));
		assert_true(value.as.array->next(value.as.array, &element));
		assert_int_equal(element.as.money.units, 1234);
		assert_int_equal(element.as.money.fraction_digits, digits[i]);
		assert_true(value.as.array->next(value.as.array, &element));
		assert_int_equal(element.as.money.units, 123456);
		assert_int_equal(element.as.money.fraction_digits, digits[i]);
	}
}

/* ---- bytes ---- */

static void
assert_bytes(const char *text, const char *expected, size_t length)
{
	Given		given;
	WfValue		value;

	if (!read_as(&given, text, WF_TYPE_BYTEA, &value))
		fail_msg("\"%s\" was not read", text);
	assert_int_equal(value.as.bytes.length, length);
	assert_memory_equal(value.as.bytes.data, expected, length);
	forget(&given);
}

static void
test_bytes(void **state)
{
	static const uint8_t expected[] = {
		0xa0, 0xee, 0xbc, 0x99, 0x9c, 0x0b, 0x4e, 0xf8,
		0xbb, 0x6d, 0x6b, 0xb9, 0xbd, 0x38, 0x0a, 0x11
	};
	Given		given;
	WfValue		value;

	(void) state;
	assert_bytes("", "", 0);
	assert_bytes("\\x", "", 0);
	assert_bytes("\\x00ff10Ab", "\x00\xff\x10\xab", 4);
	assert_bytes("a\\\\b\\000\\377", "a\\b\x00\xff", 5);
	assert_refused("\\x0", WF_TYPE_BYTEA);
	assert_refused("\\x0g", WF_TYPE_BYTEA);
	assert_refused("\\", WF_TYPE_BYTEA);
	assert_refused("\\12", WF_TYPE_BYTEA);
	assert_refused("\\400", WF_TYPE_BYTEA);
	assert_refused("\\018", WF_TYPE_BYTEA);

	assert_true(read_as(&given, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", WF_TYPE_UUID, &value));
	assert_memory_equal(value.as.uuid, expected, sizeof(expected));
	forget(&given);
	assert_refused("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a1", WF_TYPE_UUID);
	assert_refused("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a111", WF_TYPE_UUID);
	assert_refused("a0eebc999-c0b-4ef8-bb6d-6bb9bd380a11", WF_TYPE_UUID);
	assert_refused("g0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", WF_TYPE_UUID);
	assert_refused("{0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", WF_TYPE_UUID);

	assert_true(read_as(&given, "0110", WF_TYPE_BIT, &value));
	assert_int_equal(value.as.text.length, 4);
	forget(&given);
	assert_true(read_as(&given, "", WF_TYPE_BIT, &value));
	forget(&given);
	assert_refused("012", WF_TYPE_BIT);
	assert_refused("B'1'", WF_TYPE_BIT);
}

static void
test_text_as_it_is(void **state)
{
	static const WfTypeKind kinds[] = {WF_TYPE_TEXT, WF_TYPE_JSON, WF_TYPE_ENUM, WF_TYPE_OTHER};

	(void) state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
	{
		Given		given;
		WfValue		value;

		assert_true(read_as(&given, " it's \\x {\"a\"} ", kinds[i], &value));
		assert_ptr_equal(value.as.text.data, given.text.data);
		assert_int_equal(value.as.text.length, given.text.length);
		forget(&given);
	}
}

/* ---- a scratch that is too small ---- */

static void
test_too_little_scratch(void **state)
{
	static const struct
	{
		WfTypeKind	kind;
		const char *text;
	}			cases[] = {
		{WF_TYPE_NUMERIC, "123456789.123"},
		{WF_TYPE_BYTEA, "\\x00010203040506070809"},
		{WF_TYPE_UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{WF_TYPE_ARRAY, "{1,\"\\\"2\"}"}
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
	{
		WfType		type = {.kind = cases[i].kind, .element_kind = WF_TYPE_TEXT, .typmod = -1};
		WfSlice		text = wf_slice(cases[i].text, strlen(cases[i].text));
		bool		read = false;

		for (size_t size = 0; size <= WF_SCRATCH_SIZE(text.length); size++)
		{
			WfScratch	scratch = {malloc(size), size, 0};
			WfValue		value;
			bool		now = wf_read_text(&scratch, &type, text, &value);

			assert_true(now || !read);
			read = now;
			assert_true(scratch.used <= size);
			free(scratch.memory);
		}
		assert_true(read);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bool),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_floats),
		cmocka_unit_test(test_floats_round_trip),
		cmocka_unit_test(test_floats_like_strtod),
		cmocka_unit_test(test_numeric),
		cmocka_unit_test(test_numeric_of_full_length),
		cmocka_unit_test(test_money),
		cmocka_unit_test(test_money_of_other_fraction_digits),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_text_as_it_is),
		cmocka_unit_test(test_too_little_scratch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
