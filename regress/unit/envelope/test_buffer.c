/*
 * test_buffer.c
 *		The buffer's ceiling, its sticky error, and growing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

static int	grow_calls;
static size_t memory_limit;

static bool
limited_grow(WfBuffer *buffer, size_t capacity_needed)
{
	grow_calls++;
	assert_true(capacity_needed <= buffer->ceiling);
	if (capacity_needed > memory_limit)
		return false;
	return growing_buffer_grow(buffer, capacity_needed);
}

static void
test_ceiling_is_exact_and_sticky(void **state)
{
	WfBuffer	buffer = growing_buffer(5);

	(void) state;
	wf_buffer_append(&buffer, "abcde", 5);
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	wf_buffer_append_char(&buffer, 'f');
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	assert_int_equal(buffer.length, 5);

	/* nothing more is taken, not even what would fit after a cut by hand */
	buffer.length = 0;
	wf_buffer_append_char(&buffer, 'x');
	assert_int_equal(buffer.length, 0);

	wf_buffer_cut(&buffer, 0);
	wf_buffer_append(&buffer, "xyz", 3);
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	assert_memory_equal(buffer.data, "xyz", 3);
	free(buffer.data);
}

static void
test_no_overflow(void **state)
{
	WfBuffer	buffer = growing_buffer(SIZE_MAX / 2);

	(void) state;
	wf_buffer_append_char(&buffer, 'a');
	assert_false(wf_buffer_reserve(&buffer, SIZE_MAX));
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	assert_int_equal(buffer.length, 1);
	free(buffer.data);
}

static void
test_memory_ends(void **state)
{
	WfBuffer	buffer = growing_buffer(1 << 20);

	(void) state;
	buffer.grow = limited_grow;
	memory_limit = 5000;
	grow_calls = 0;
	for (int i = 0; i < 4097; i++)
		wf_buffer_append_char(&buffer, 'a');

	/* 1024, 2048, 4096; then 8192 is too much, but 4097 is not */
	assert_int_equal(grow_calls, 5);
	assert_int_equal(buffer.capacity, 4097);
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	while (buffer.error == WF_BUFFER_OK)
		wf_buffer_append_char(&buffer, 'a');
	assert_int_equal(buffer.error, WF_BUFFER_NO_MEMORY);
	assert_int_equal(buffer.length, 5000);
	free(buffer.data);
}

static void
test_growth_is_geometric(void **state)
{
	WfBuffer	buffer = growing_buffer(3 << 20);

	(void) state;
	buffer.grow = limited_grow;
	memory_limit = SIZE_MAX;
	grow_calls = 0;
	for (int i = 0; i < 3 << 20; i++)
		wf_buffer_append_char(&buffer, 'a');
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	assert_true(grow_calls <= 13);
	free(buffer.data);
}

/* What stays decides, however much room it takes and however much there is. */
static void
test_scratch_is_beyond_the_ceiling(void **state)
{
	WfBuffer	buffer = growing_buffer(100);

	(void) state;
	wf_buffer_append(&buffer, "0123456789", 10);
	assert_true(wf_buffer_reserve_scratch(&buffer, 90, 500));
	assert_true(buffer.capacity >= 600);
	assert_memory_equal(buffer.data, "0123456789", 10);
	assert_false(wf_buffer_reserve_scratch(&buffer, 91, 0));
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	free(buffer.data);
}

static void
test_fixed_memory(void **state)
{
	char		memory[4];
	WfBuffer	buffer = {.data = memory, .capacity = 4, .ceiling = 100};

	(void) state;
	wf_buffer_append_literal(&buffer, "abcd");
	assert_int_equal(buffer.error, WF_BUFFER_OK);
	wf_buffer_append_char(&buffer, 'e');
	assert_int_equal(buffer.error, WF_BUFFER_NO_MEMORY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ceiling_is_exact_and_sticky),
		cmocka_unit_test(test_no_overflow),
		cmocka_unit_test(test_memory_ends),
		cmocka_unit_test(test_growth_is_geometric),
		cmocka_unit_test(test_scratch_is_beyond_the_ceiling),
		cmocka_unit_test(test_fixed_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
