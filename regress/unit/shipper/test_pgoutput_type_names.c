/*
 * test_pgoutput_type_names.c
 *		What Type messages tell, and what of that a replay puts back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <stdio.h>

#include "shipper/pgoutput/type_names.h"

#define MOOD 20000

static TypeNames names;

static void
add(uint32_t oid, const char *name, uint64_t arrival)
{
	assert_true(type_names_add(&names, oid, wf_slice_of(name), arrival));
}

static void
the_latest_holds(void **state)
{
	(void) state;
	assert_null(type_names_find(&names, MOOD));
	add(MOOD, "mood", 1);
	add(MOOD, "temper", 2);
	add(MOOD + 1, "other", 3);
	assert_string_equal(type_names_find(&names, MOOD), "temper");
	type_names_end_replay(&names);
	assert_string_equal(type_names_find(&names, MOOD), "temper");
	type_names_free(&names);
	assert_null(type_names_find(&names, MOOD));
}

static void
a_replay_puts_back(void **state)
{
	(void) state;
	add(MOOD, "temper", 7);
	add(MOOD + 1, "alone", 8);

	/* both of it come before; then one from between, which is still displaced */
	add(MOOD, "mood", 3);
	assert_string_equal(type_names_find(&names, MOOD), "mood");
	add(MOOD, "humour", 5);
	assert_string_equal(type_names_find(&names, MOOD), "humour");
	add(MOOD + 2, "told by it alone", 6);
	type_names_end_replay(&names);
	assert_string_equal(type_names_find(&names, MOOD), "temper");
	assert_string_equal(type_names_find(&names, MOOD + 1), "alone");
	assert_string_equal(type_names_find(&names, MOOD + 2), "told by it alone");

	/* one that has told it before and behind what others have told */
	add(MOOD, "mood", 4);
	add(MOOD, "nature", 9);
	type_names_end_replay(&names);
	assert_string_equal(type_names_find(&names, MOOD), "nature");
	type_names_free(&names);
}

/* The earliest give way, with what they have displaced. */
static void
there_is_an_end(void **state)
{
	char		name[32];

	(void) state;
	add(MOOD, "temper", 2);
	add(MOOD, "mood", 1);
	for (uint32_t i = 1; i <= TYPE_NAMES_MAX; i++)
	{
		snprintf(name, sizeof(name), "t%u", (unsigned) i);
		add(MOOD + i, name, 2 + i);
	}
	assert_null(type_names_find(&names, MOOD));
	assert_string_equal(type_names_find(&names, MOOD + TYPE_NAMES_MAX), name);
	type_names_end_replay(&names);
	assert_null(type_names_find(&names, MOOD));
	assert_string_equal(type_names_find(&names, MOOD + 1), "t1");
	type_names_free(&names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_latest_holds),
		cmocka_unit_test(a_replay_puts_back),
		cmocka_unit_test(there_is_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
