/*
 * test_snapshot_age.c
 *		What is said of a snapshot that takes long.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <string.h>

#include "said.h"
#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/snapshot/snapshot_state.h"

#define HOUR_MS SNAPSHOT_HELD_WARNING_MS

static SnapshotTable table = {.schema = "public", .name = "orders"};

/* As it is so long after it was taken, and what it says of that then. */
static Snapshot
taken(int64_t age_ms)
{
	int64_t		begin = control_now_ms() - age_ms;
	Snapshot	snapshot = {
		.tables = {.tables = &table, .count = 1}, .begun_ms = begin, .held_ms = begin,
		.held_told_ms = begin, .told_ms = begin
	};

	return snapshot;
}

static bool
warns(Snapshot *snapshot)
{
	capture_begin();
	snapshot_note_progress(snapshot);
	capture_end();
	return strstr(said, "warning snapshot: the snapshot keeps VACUUM from removing") != NULL;
}

static void
test_warned_every_hour(void **state)
{
	Snapshot	snapshot = taken(HOUR_MS - 60000);

	(void) state;
	assert_false(warns(&snapshot));
	assert_non_null(strstr(said, "reading table=public.orders"));

	snapshot = taken(HOUR_MS);
	assert_true(warns(&snapshot));
	assert_non_null(strstr(said, "(--table) seconds=3600\n"));
	assert_false(warns(&snapshot));

	/* the next hour */
	snapshot.held_ms -= HOUR_MS;
	snapshot.held_told_ms -= HOUR_MS - 60000;
	assert_false(warns(&snapshot));
	snapshot.held_told_ms -= 60000;
	assert_true(warns(&snapshot));
	assert_non_null(strstr(said, "(--table) seconds=7200\n"));
}

/* Before there is a snapshot nothing is held back, and nothing read. */
static void
test_before_it_is_taken(void **state)
{
	Snapshot	snapshot = taken(3 * HOUR_MS);

	(void) state;
	snapshot.held_ms = 0;
	assert_false(warns(&snapshot));
	assert_string_equal(said, "");
}

/* Behind the last table there is none to name. */
static void
test_behind_the_last_table(void **state)
{
	Snapshot	snapshot = taken(HOUR_MS);

	(void) state;
	snapshot.table = 1;
	assert_true(warns(&snapshot));
	assert_null(strstr(said, "reading"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_warned_every_hour),
		cmocka_unit_test(test_before_it_is_taken),
		cmocka_unit_test(test_behind_the_last_table)
	};

	log_init(LOG_LEVEL_INFO, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
