/*
 * test_nearest_name.c
 *		What is offered to somebody who has misspelt a name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/nearest_name.h"
#include "envelope/renamed_option.h"

static const char *
nearest(const char *unknown)
{
	WfNearestName search;

	wf_nearest_name_begin(&search, unknown);
	for (int i = 0; i < wf_format_option_count; i++)
		wf_nearest_name_try(&search, wf_format_options[i].name, wf_format_options[i].name);
	return search.nearest;
}

static void
misspelt(void **state)
{
	(void) state;
	assert_string_equal(nearest("topic_prefix"), "topic.prefix");
	assert_string_equal(nearest("tombstone.on.delete"), "tombstones.on.delete");
	assert_string_equal(nearest("Compat"), "compat");
	assert_string_equal(nearest("colum.mask.with.5.chars"), "column.mask.with.");
}

static void
far_from_all(void **state)
{
	char		long_name[WF_NEAREST_NAME_MAX + 2];

	(void) state;
	assert_null(nearest(""));
	assert_null(nearest("zzz"));
	assert_null(nearest("bigquery.dataset"));
	memset(long_name, 'x', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	assert_null(nearest(long_name));
}

static void
the_spelling_decides(void **state)
{
	WfNearestName search;

	(void) state;
	wf_nearest_name_begin(&search, "TOPIC_PREFX");
	wf_nearest_name_try(&search, "topic.prefix", "TOPIC_PREFIX");
	wf_nearest_name_try(&search, "topic.delimiter", "TOPIC_DELIMITER");
	assert_string_equal(search.nearest, "topic.prefix");
	assert_int_equal(search.distance, 1);
}

static void
renamed(void **state)
{
	static const char *const names[] = {
		"column.blacklist", "column.whitelist", "database.server.name", "sanitize.field.names",
		"schema.blacklist", "schema.whitelist", "table.blacklist", "table.whitelist",
		"toasted.value.placeholder", "truncate.handling.mode"
	};

	(void) state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		const WfRenamedOption *option = wf_renamed_option_find(names[i]);

		assert_non_null(option);
		assert_non_null(wf_option_find(wf_format_options, wf_format_option_count, option->today));
		assert_null(wf_option_find(wf_format_options, wf_format_option_count, names[i]));
	}
	assert_null(wf_renamed_option_find("topic.prefix"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misspelt),
		cmocka_unit_test(far_from_all),
		cmocka_unit_test(the_spelling_decides),
		cmocka_unit_test(renamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
