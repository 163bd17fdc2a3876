/*
 * test_slot_in_use.c
 *		How often it is said that somebody else reads the slot.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include "shipper/source/fault.h"

/* That somebody else reads the slot is told once; what else there is always. */
static void
test_slot_in_use(void **state)
{
	SourceFault in_use = {.slot_in_use = true, .text = "read by process 1"};
	SourceFault another = {.slot_in_use = true, .text = "read by process 2"};
	SourceFault other = {.text = "the connection broke"};
	SourceTold	told = {0};

	(void) state;
	assert_true(source_fault_is_news(&told, &in_use));
	assert_false(source_fault_is_news(&told, &in_use));
	assert_true(source_fault_is_news(&told, &another));
	assert_true(source_fault_is_news(&told, &other));
	assert_true(source_fault_is_news(&told, &other));
	assert_true(source_fault_is_news(&told, &another));

	/* after a pause, which doubles up to its ceiling */
	for (int64_t pause_ms = SOURCE_IN_USE_TOLD_MS_FIRST; pause_ms < SOURCE_IN_USE_TOLD_MS_MAX;
		 pause_ms *= 2)
	{
		assert_int_equal(told.pause_ms, pause_ms);
		told.told_ms -= pause_ms;
		assert_true(source_fault_is_news(&told, &another));
	}
	assert_int_equal(told.pause_ms, SOURCE_IN_USE_TOLD_MS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slot_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
