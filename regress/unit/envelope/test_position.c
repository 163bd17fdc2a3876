/*
 * test_position.c
 *		Position text: round trip, order, and what is refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

static void
text_is_fixed_width_upper_case_hex(void **state)
{
	char		text[WF_POSITION_TEXT_LENGTH + 1];
	WfPosition	position = {.commit_lsn = 0x1528098, .lsn = 0xABCDEF, .n = 11};

	(void) state;
	wf_position_text(text, 1, &position);
	assert_string_equal(text,
						"0000000000000001/0000000001528098/0000000000ABCDEF/000000000000000B");
}

static void
text_reads_back(void **state)
{
	static const WfPosition positions[] = {
		{0, 0, 0}, {UINT64_MAX, UINT64_MAX, UINT32_MAX}, {UINT64_C(0x123456789ABCDEF0), 7, 1}
	};

	(void) state;
	for (size_t i = 0; i < sizeof(positions) / sizeof(positions[0]); i++)
	{
		char		text[WF_POSITION_TEXT_LENGTH + 1];
		uint64_t	epoch = 0;
		WfPosition	read = {0, 0, 0};

		wf_position_text(text, UINT64_MAX - i, &positions[i]);
		assert_true(wf_position_parse(wf_slice(text, WF_POSITION_TEXT_LENGTH), &epoch, &read));
		assert_true(epoch == UINT64_MAX - i);
		assert_true(read.commit_lsn == positions[i].commit_lsn);
		assert_true(read.lsn == positions[i].lsn);
		assert_int_equal(read.n, positions[i].n);
	}
}

static void
text_order_is_the_order_of_history(void **state)
{
	/* rising: each member outweighs all behind it */
	static const struct
	{
		uint64_t	epoch;
		WfPosition	position;
	}			history[] = {
		{1, {0, 0, 0}}, {1, {0, 0, 1}}, {1, {0, 0, 255}}, {1, {0, 1, 0}}, {1, {0, 0x10, 0}},
		{1, {9, UINT64_MAX, UINT32_MAX}}, {1, {10, 0, 0}}, {1, {10, 9, 2}}, {1, {256, 1, 1}},
		{2, {0, 0, 0}}, {16, {0, 0, 0}}
	};
	char		last[WF_POSITION_TEXT_LENGTH + 1] = "";

	(void) state;
	for (size_t i = 0; i < sizeof(history) / sizeof(history[0]); i++)
	{
		char		text[WF_POSITION_TEXT_LENGTH + 1];

		wf_position_text(text, history[i].epoch, &history[i].position);
		assert_true(strcmp(last, text) < 0);
		strcpy(last, text);
	}
}

static void
other_text_is_refused(void **state)
{
	static const char *const ill[] = {
		"",
		"1/2/3/4",
		"0000000000000001/0000000001528098/0000000000ABCDEF/000000000000000",
		"0000000000000001/0000000001528098/0000000000ABCDEF/000000000000000BB",
		"0000000000000001/0000000001528098/0000000000abcdef/000000000000000B",
		"0000000000000001-0000000001528098/0000000000ABCDEF/000000000000000B",
		"0000000000000001/0000000001528098/0000000000ABCDEF 000000000000000B",
		"000000000000000 /0000000001528098/0000000000ABCDEF/000000000000000B",
		"0000000000000001/0000000001528098/0000000000ABCDEG/000000000000000B",
		"0000000000000001/0000000001528098/0000000000ABCDEF/0000000100000000",
	};

	(void) state;
	for (size_t i = 0; i < sizeof(ill) / sizeof(ill[0]); i++)
	{
		uint64_t	epoch = 42;
		WfPosition	position = {4, 5, 6};

		assert_false(wf_position_parse(wf_slice(ill[i], strlen(ill[i])), &epoch, &position));
		assert_true(epoch == 42 && position.commit_lsn == 4 && position.n == 6);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_fixed_width_upper_case_hex),
		cmocka_unit_test(text_reads_back),
		cmocka_unit_test(text_order_is_the_order_of_history),
		cmocka_unit_test(other_text_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
