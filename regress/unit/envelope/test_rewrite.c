/*
 * test_rewrite.c
 *		Unit tests of Java's replaceFirst().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "heap_memory.h"

static WfPatternEngine engine;
static WfBuffer error;
static WfBuffer result;

static int
set_up(void **state)
{
	(void) state;
	error = fixture_buffer(4096);
	result = fixture_buffer(4096);
	assert_true(wf_pattern_engine_init(&engine, &heap_memory));
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	wf_pattern_engine_free(&engine);
	free(error.data);
	free(result.data);
	return 0;
}

static void
assert_becomes(const char *regex, const char *replacement, const char *subject,
			   const char *expected)
{
	WfRewrite	rewrite;
	WfMatch		match;

	wf_buffer_cut(&error, 0);
	wf_buffer_cut(&result, 0);
	if (!wf_rewrite_compile(&engine, &rewrite, "regex", slice(regex), "replacement",
							slice(replacement), &error))
		fail_msg("%s", fixture_text(&error));
	match = wf_rewrite_apply(&engine, &rewrite, slice(subject), &result, &error);
	wf_rewrite_free(&rewrite);
	assert_int_equal(match, expected != NULL ? WF_MATCH_YES : WF_MATCH_NO);
	assert_string_equal(fixture_text(&result), expected != NULL ? expected : "");
}

static void
assert_refused(const char *regex, const char *replacement, const char *message)
{
	WfRewrite	rewrite;

	wf_buffer_cut(&error, 0);
	assert_false(wf_rewrite_compile(&engine, &rewrite, "regex", slice(regex), "replacement",
									slice(replacement), &error));
	assert_string_equal(fixture_text(&error), message);
}

static void
test_groups(void **state)
{
	(void) state;
	assert_becomes("(.*)\\.public\\.(.*)", "$2-$1", "i.public.t", "t-i");
	assert_becomes("(?<first>.)(?<last2>.*)", "${last2}${first}", "abc", "bca");
	assert_becomes(".*", "all", "i.public.t", "all");
	assert_becomes("(.*)_shard\\d+", "$1", "i.public.t_shard07", "i.public.t");
	assert_becomes("(.*)", "[$0]", "a", "[a]");
	assert_becomes("(a)?(b)", "<$1$2>", "b", "<b>");
}

/* Java takes as many digits as make the number of a group. */
static void
test_digits(void **state)
{
	(void) state;
	assert_becomes("(a)(b)", "$12", "ab", "a2");
	assert_becomes("(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)", "$10$1", "abcdefghij", "ja");
	assert_becomes("(a)", "$00", "a", "a");
}

static void
test_escapes(void **state)
{
	(void) state;
	assert_becomes("a", "\\$1\\\\", "a", "$1\\");
	assert_becomes("a", "x\\yz", "a", "xyz");
}

/* matches() wants the whole text, replaceFirst() looks for the first part. */
static void
test_first_part(void **state)
{
	(void) state;
	assert_becomes("a|ab", "x", "ab", "xb");
	assert_becomes("b", "x", "ab", NULL);
	assert_becomes("A", "x", "a", NULL);
	assert_becomes("(?i)A", "x", "a", "x");
}

static void
test_refused(void **state)
{
	(void) state;
	assert_refused("(a", "x", "option \"regex\": the regular expression \"(a\" is not valid: missing "
				   "closing parenthesis (at offset 2)");
	assert_refused("(a)", "$2", "option \"replacement\" refers to a group by a number that the regular "
				   "expression does not have (before offset 2)");
	assert_refused("(a)", "x${b}", "option \"replacement\" names a group that the regular expression "
				   "does not have (before offset 5)");
	assert_refused("(a)", "${1}", "option \"replacement\" names a group that the regular expression "
				   "does not have (before offset 4)");
	assert_refused("(a)", "${a", "option \"replacement\" has a ${ that is not followed by a group's "
				   "name and } (before offset 3)");
	assert_refused("(a)", "a$", "option \"replacement\" has a $ that is followed neither by a group's "
				   "number nor by {; \\$ stands for a dollar (before offset 2)");
	assert_refused("(a)", "a\\", "option \"replacement\" ends in a backslash (before offset 1)");
}

static void
test_undecided(void **state)
{
	WfRewrite	rewrite;

	(void) state;
	assert_true(wf_rewrite_compile(&engine, &rewrite, "regex", slice("([a-z]+)+[0-9]"), "replacement",
								   slice("x"), &error));
	assert_int_equal(wf_rewrite_apply(&engine, &rewrite, slice("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
									  &result, &error), WF_MATCH_ERROR);
	wf_rewrite_free(&rewrite);
	assert_non_null(strstr(fixture_text(&error), "could not be decided"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_groups, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_digits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_escapes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_first_part, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_undecided, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
