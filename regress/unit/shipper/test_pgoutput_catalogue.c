/*
 * test_pgoutput_catalogue.c
 *		Which transactions a snapshot of PostgreSQL's shows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include "shipper/pgoutput/catalogue.h"

/* Ended are those before xmin, and those before xmax that are not listed. */
static void
transactions_that_ended(void **state)
{
	(void) state;
	assert_true(catalogue_snapshot_shows("100:100:", 99));
	assert_false(catalogue_snapshot_shows("100:100:", 100));
	assert_true(catalogue_snapshot_shows("100:104:100,102", 101));
	assert_true(catalogue_snapshot_shows("100:104:100,102", 103));
	assert_false(catalogue_snapshot_shows("100:104:100,102", 100));
	assert_false(catalogue_snapshot_shows("100:104:100,102", 102));
	assert_false(catalogue_snapshot_shows("100:104:100,102", 104));
	assert_false(catalogue_snapshot_shows("100:104:100,102", 1000));
}

/* Numbers in a snapshot have an epoch; a transaction's in the stream has none. */
static void
numbers_go_round(void **state)
{
	(void) state;
	assert_true(catalogue_snapshot_shows("4294967290:4294967300:4294967290,4294967299", 4294967295u));
	assert_true(catalogue_snapshot_shows("4294967290:4294967300:4294967290,4294967299", 2));
	assert_false(catalogue_snapshot_shows("4294967290:4294967300:4294967290,4294967299", 3));
	assert_false(catalogue_snapshot_shows("4294967290:4294967300:4294967290,4294967299", 4294967290u));
	assert_false(catalogue_snapshot_shows("4294967290:4294967300:4294967290,4294967299", 4));
}

/* What is no snapshot shows nothing. */
static void
what_is_no_snapshot(void **state)
{
	static const char *const texts[] = {"", "1", "1:", "1:5", "a:b:c", "1:5:x", "1:5:2,"};

	(void) state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_false(catalogue_snapshot_shows(texts[i], i < 5 ? 3 : 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transactions_that_ended),
		cmocka_unit_test(numbers_go_round),
		cmocka_unit_test(what_is_no_snapshot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
