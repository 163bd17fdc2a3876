/*
 * test_connect_bytes.c
 *		Base64 and Decimals, read back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include "envelope/connect_bytes.h"
#include "envelope/json.h"

static WfSlice
without_quotes(const WfBuffer *buffer)
{
	return wf_slice(buffer->data + 1, buffer->length - 2);
}

static void
test_base64(void **state)
{
	static const char *const bad[] = {"A", "AA", "AAA", "A===", "====", "AA=A", "AA!=", "AA-_", "AAAA="};
	WfBuffer	buffer = heap_fixture();
	WfBuffer	again = heap_fixture();

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
	{
		if (wf_base64_read(&buffer, text_of(bad[i])) || buffer.length != 0)
			fail_msg("taken for base64: %s", bad[i]);
	}
	assert_true(wf_base64_read(&buffer, text_of("")));
	assert_int_equal(buffer.length, 0);
	for (size_t length = 0; length < 40; length++)
	{
		char		bytes[40];

		for (size_t i = 0; i < length; i++)
			bytes[i] = (char) (i * 37 + length);
		wf_buffer_cut(&buffer, 0);
		wf_buffer_cut(&again, 0);
		wf_json_base64(&buffer, bytes, length);
		assert_true(wf_base64_read(&again, without_quotes(&buffer)));
		assert_int_equal(again.length, length);
		if (length > 0)
			assert_memory_equal(again.data, bytes, length);
	}
	heap_buffer_free(&buffer);
	heap_buffer_free(&again);
}

static void
assert_number(const char *base64, bool negative, const char *digits)
{
	WfBuffer	buffer = heap_fixture();
	WfDecimalDigits number;

	wf_buffer_append_literal(&buffer, "content");
	assert_true(wf_decimal_read(&buffer, text_of(base64), 3, &number));
	assert_slice(number.digits, digits);
	assert_int_equal(number.negative, negative);
	/* digits and gap bytes may be appended before they are overwritten */
	wf_buffer_append(&buffer, "-0.", 3);
	wf_buffer_append(&buffer, number.digits.data, number.digits.length);
	assert_slice(number.digits, digits);
	assert_slice(wf_buffer_since(&buffer, 10), digits);
	heap_buffer_free(&buffer);
}

static void
test_numbers(void **state)
{
	(void) state;
	assert_number("AA==", false, "0");
	assert_number("AQ==", false, "1");
	assert_number("/w==", true, "1");
	assert_number("gA==", true, "128");
	assert_number("AIA=", false, "128");
	/* the ends of 64 bits, and one beyond them */
	assert_number("f/////////8=", false, "9223372036854775807");
	assert_number("gAAAAAAAAAA=", true, "9223372036854775808");
	assert_number("AIAAAAAAAAAA", false, "9223372036854775808");
	assert_number("/3//////////", true, "9223372036854775809");
	/* limbs of zeros, and a carry through all of them */
	assert_number("AQAAAAAAAAAAAAAAAAAAAAA=", false, "340282366920938463463374607431768211456");
	assert_number("/wAAAAAAAAAAAAAAAAAAAAA=", true, "340282366920938463463374607431768211456");
	/* sign bytes only */
	assert_number("AAAAAAAAAAAAAAAAAAAAAAAAAAAA", false, "0");
	assert_number("////////////////////////////", true, "1");
}

static void
test_no_numbers(void **state)
{
	static const char *const bad[] = {"", "A", "====", "AAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAA", "NaN", "Infinity!"};
	WfBuffer	buffer = heap_fixture();
	WfDecimalDigits number;

	(void) state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(wf_decimal_read(&buffer, text_of(bad[i]), 0, &number));
	assert_int_equal(buffer.length, 0);
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	heap_buffer_free(&buffer);
}

/* What it takes does not count against the ceiling, but memory has an end. */
static void
test_scratch(void **state)
{
	char		room[64];
	WfBuffer	fixed = {.data = room, .capacity = sizeof(room), .ceiling = sizeof(room)};
	WfBuffer	buffer = heap_fixture();
	WfDecimalDigits number;

	(void) state;
	buffer.ceiling = 1;
	assert_true(wf_decimal_read(&buffer, text_of("AQAAAAAAAAAAAAAAAAAAAAA="), 0, &number));
	assert_false(wf_decimal_read(&fixed, text_of("AQAAAAAAAAAAAAAAAAAAAAA="), 0, &number));
	assert_int_equal(fixed.error, WF_BUFFER_NO_MEMORY);
	heap_buffer_free(&buffer);
}

/* 2^160000 has 48165 digits. */
static void
test_huge_number(void **state)
{
	WfBuffer	base64 = heap_fixture();
	WfBuffer	buffer = heap_fixture();
	size_t		length = 20001;
	uint8_t    *bytes = calloc(length, 1);
	WfDecimalDigits number;

	(void) state;
	bytes[0] = 1;
	wf_json_base64(&base64, bytes, length);
	assert_true(wf_decimal_read(&buffer, without_quotes(&base64), 0, &number));
	assert_int_equal(number.digits.length, 48165);
	assert_true(number.digits.data[48164] == '6');
	free(bytes);
	heap_buffer_free(&base64);
	heap_buffer_free(&buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_no_numbers),
		cmocka_unit_test(test_scratch),
		cmocka_unit_test(test_huge_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
