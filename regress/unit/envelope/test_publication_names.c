/*
 * test_publication_names.c
 *		Lists of publications' names: which are taken, and what they say.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/publication_names.h"

/* The names of a list that is taken, each in angle brackets. */
static void
expect_names(const char *list, const char *names)
{
	WfBuffer	text = fixture_buffer(4096);
	const char *rest = list;

	assert_null(wf_publication_names_check(list));
	for (size_t mark = 0;; mark = text.length)
	{
		wf_buffer_append_char(&text, '<');
		if (!wf_publication_names_next(&rest, &text))
		{
			wf_buffer_cut(&text, mark);
			break;
		}
		wf_buffer_append_char(&text, '>');
	}
	assert_true(fixture_holds(wf_buffer_since(&text, 0), names));
	assert_int_equal(text.length, strlen(names));
	free(text.data);
}

static void
expect_refused(const char *list)
{
	const char *allowed = wf_publication_names_check(list);

	assert_non_null(allowed);
	assert_non_null(strstr(allowed, "1 to 64 names of publications"));
}

static void
well_formed(void **state)
{
	(void) state;
	expect_names("a", "<a>");
	expect_names("Orders, CUSTOMERS ,\tb\n", "<orders><customers><b>");
	expect_names("\"Some Customers\",\"a,b\"", "<Some Customers><a,b>");
	expect_names(" \"a\"\"b\" , \"\"\"\" ", "<a\"b><\">");
	expect_names("my-pub,public.orders,p$1,\xC3\x84\xC3\xA4", "<my-pub><public.orders><p$1><\xC3\x84\xC3\xA4>");
	expect_names("\" \"", "< >");
	expect_names("\"a\\\"", "<a\\>");
}

static void
ill_formed(void **state)
{
	static const char *const lists[] = {
		"", " ", "\t\n", ",", "a,", "a, ", ",a", " , a", "a,,b", "a, ,b", "a b", "\"a\" b", "\"a\"b",
		"\"a", "a\"", "a\"b\"", "\"", "\"\"\"", "\"\"", "a,\"\"", "\"a\",", "\"a\"\"", "'a' b"
	};

	(void) state;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
	{
		const char *rest = lists[i];
		WfBuffer	text = fixture_buffer(4096);
		int			count = 0;

		expect_refused(lists[i]);

		/* whoever did not ask comes to an end all the same */
		while (wf_publication_names_next(&rest, &text))
			count++;
		assert_in_range(count, 0, 2);
		free(text.data);
	}
}

static void
no_more_than_64(void **state)
{
	char		list[2 * 65];

	(void) state;
	for (int i = 0; i < 65; i++)
	{
		list[2 * i] = 'p';
		list[2 * i + 1] = i < 64 ? ',' : '\0';
	}
	expect_refused(list);
	assert_null(wf_publication_names_check(list + 2));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(well_formed),
		cmocka_unit_test(ill_formed),
		cmocka_unit_test(no_more_than_64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
