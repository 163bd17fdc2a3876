/*
 * test_dead_letter.c
 *		The text of dead letters: what is absent, long or no text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <string.h>

#include "regress/unit/heap_fixture.h"
#include "shipper/kafka/dead_letter.h"

#define POSITION "0000000000000001/0000000000000064/000000000000005A/0000000000000000"

static void
check(const DeadLetter *letter, const char *expected)
{
	WfBuffer	buffer;

	heap_buffer_init(&buffer, DEAD_LETTER_BYTES_MAX);
	dead_letter_write(&buffer, letter);
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	assert_int_equal(buffer.length, strlen(expected));
	assert_memory_equal(buffer.data, expected, buffer.length);
	heap_buffer_free(&buffer);
}

static void
test_forms(void **state)
{
	DeadLetter	letter = {
		.topic = "inv.public.t", .partition = -1, .reason = "too \"large\"",
		.value_bytes_at_least = UINT64_C(18446744073709551615)
	};

	(void) state;
	check(&letter, "{\"topic\":\"inv.public.t\",\"partition\":null,\"offset\":null,\"position\":null,"
		  "\"reason\":\"too \\\"large\\\"\",\"value_bytes_at_least\":18446744073709551615,\"key\":null}");

	letter.partition = 0;
	letter.offset = INT64_C(9007199254740993);
	letter.position = WF_LITERAL(POSITION);
	letter.value_bytes_at_least = 0;
	letter.key = WF_LITERAL("\xff{\"id\":\x01}");
	check(&letter, "{\"topic\":\"inv.public.t\",\"partition\":0,\"offset\":9007199254740993,"
		  "\"position\":\"" POSITION "\",\"reason\":\"too \\\"large\\\"\",\"value_bytes_at_least\":0,"
		  "\"key\":null,\"key_base64\":\"/3siaWQiOgF9\"}");

	letter.key = WF_LITERAL("{\"id\":\x01}");
	check(&letter, "{\"topic\":\"inv.public.t\",\"partition\":0,\"offset\":9007199254740993,"
		  "\"position\":\"" POSITION "\",\"reason\":\"too \\\"large\\\"\",\"value_bytes_at_least\":0,"
		  "\"key\":\"{\\\"id\\\":\\u0001}\"}");
}

static void
test_long_keys(void **state)
{
	static char key[DEAD_LETTER_KEY_BYTES_MAX + 1];
	DeadLetter	letter = {.topic = "t", .partition = -1, .reason = "r"};
	WfBuffer	buffer;

	(void) state;
	memset(key, '\x01', sizeof(key));
	letter.key = wf_slice(key, sizeof(key));
	check(&letter, "{\"topic\":\"t\",\"partition\":null,\"offset\":null,\"position\":null,"
		  "\"reason\":\"r\",\"value_bytes_at_least\":0,\"key\":null}");

	/* the longest that is told still fits, however it is escaped */
	letter.key.length--;
	heap_buffer_init(&buffer, DEAD_LETTER_BYTES_MAX);
	dead_letter_write(&buffer, &letter);
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	assert_true(buffer.length > 6 * DEAD_LETTER_KEY_BYTES_MAX);
	heap_buffer_free(&buffer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),
		cmocka_unit_test(test_long_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
