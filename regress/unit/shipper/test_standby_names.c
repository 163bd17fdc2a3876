/*
 * test_standby_names.c
 *		Whom synchronous_standby_names takes for a standby.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include "shipper/source/standby_names.h"

static void
lists_that_have_it(void **state)
{
	static const char *const lists[] = {
		"*", "\"*\"", "walferry", "WalFerry", "\"walferry\"", "\"WALFERRY\"", "s1,walferry",
		"s1 , walferry , s2", "2 (s1, s2, walferry)", "2(walferry)", "FIRST 1 (s1,\"walferry\")",
		"ANY 2 (s1, s2, *)", "any 1(walferry)", "\"a\"\"b\",walferry", "\"s1\"\t,\nwalferry",
	};

	(void) state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (!standby_names_have(lists[i], "walferry"))
			fail_msg("%s", lists[i]);
}

static void
lists_that_do_not(void **state)
{
	static const char *const lists[] = {
		"", " ", "s1", "s1, s2", "FIRST 1 (s1)", "walferry2", "a_walferry", "walferr",
		"\"walferry catalogue\"", "\"s1,walferry\"", "\"a\"\"walferry\"", "\"walferry\"\"\"",
		"\"\"", "\"* \"", "\"a*\"", "ANY 1 (\"walferry,s1\", s2)",
	};

	(void) state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		if (standby_names_have(lists[i], "walferry"))
			fail_msg("%s", lists[i]);
}

static void
names_with_quotes(void **state)
{
	(void) state;
	assert_true(standby_names_have("\"a\"\"b\"", "a\"b"));
	assert_false(standby_names_have("\"a\"\"b\"", "a\"\"b"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_that_have_it),
		cmocka_unit_test(lists_that_do_not),
		cmocka_unit_test(names_with_quotes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
