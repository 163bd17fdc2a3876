/*
 * test_pattern.c
 *		Unit tests of regular expressions and their lists.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include <time.h>

#include "heap_memory.h"

static WfPatternEngine engine;
static WfBuffer error;

static int
set_up(void **state)
{
	(void) state;
	error = fixture_buffer(4096);
	assert_true(wf_pattern_engine_init(&engine, &heap_memory));
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	wf_pattern_engine_free(&engine);
	free(error.data);
	return 0;
}

static WfMatch
match_list(const char *list_text, const char *subject)
{
	WfPatternList list;
	WfMatch		result;

	wf_buffer_cut(&error, 0);
	if (!wf_pattern_list_compile(&engine, &list, "table.include.list", slice(list_text), &error))
		fail_msg("%s", fixture_text(&error));
	result = wf_pattern_list_match(&engine, &list, "table.include.list", slice(subject), &error);
	wf_pattern_list_free(&engine, &list);
	return result;
}

static void
assert_refused(const char *list_text, const char *message)
{
	WfPatternList list;

	wf_buffer_cut(&error, 0);
	assert_false(wf_pattern_list_compile(&engine, &list, "table.include.list", slice(list_text),
										 &error));
	assert_string_equal(fixture_text(&error), message);
}

static void
test_refused(void **state)
{
	(void) state;
	assert_refused("", "option \"table.include.list\" has no regular expression");
	assert_refused(" , ,", "option \"table.include.list\" has no regular expression");
	assert_refused("public.a,public.(b",
				   "option \"table.include.list\": the regular expression \"public.(b\" is not valid: "
				   "missing closing parenthesis (at offset 9)");
	assert_refused("a**+*", "option \"table.include.list\": the regular expression \"a**+*\" is not "
				   "valid: quantifier does not follow a repeatable item (at offset 2)");
	assert_refused("\\u0041", "option \"table.include.list\": the regular expression \"\\u0041\" is not "
				   "valid: PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u (at offset 2)");
	assert_refused("(a{9999}){9999}",
				   "option \"table.include.list\": the regular expression \"(a{9999}){9999}\" is not "
				   "valid: regular expression is too large (at offset 15)");
	assert_refused("\xff", "option \"table.include.list\": the regular expression \"\xff\" is not "
				   "valid: UTF-8 error: illegal byte (0xfe or 0xff) (at offset 0)");
}

/* What PCRE2 would take and mean something else by. */
static void
test_not_as_java(void **state)
{
	(void) state;
	assert_refused("[a-z&&[^b]]", "option \"table.include.list\": the regular expression "
				   "\"[a-z&&[^b]]\" is not valid: intersections of character classes (&&) are not "
				   "supported (at offset 4)");
	assert_refused("[a[b]]", "option \"table.include.list\": the regular expression \"[a[b]]\" is not "
				   "valid: a character class inside another is not supported (at offset 2)");
	assert_refused("(*ACCEPT)x", "option \"table.include.list\": the regular expression "
				   "\"(*ACCEPT)x\" is not valid: a group cannot begin with an asterisk (at offset 0)");
	assert_int_equal(match_list("\\Q[a[b]&&(*\\E", "[a[b]&&(*"), WF_MATCH_YES);
	assert_int_equal(match_list("[]a]+\\[[^]]", "]a[x"), WF_MATCH_YES);
	assert_int_equal(match_list("[a\\[b]+", "a["), WF_MATCH_YES);
	assert_int_equal(match_list("a&&b", "a&&b"), WF_MATCH_YES);
}

static void
assert_brace_refused(const char *list_text, const char *expression, const char *reason, int offset)
{
	char		message[512];

	snprintf(message, sizeof(message), "option \"table.include.list\": the regular expression \"%s\" "
			 "is not valid: %s (at offset %d)", expression, reason, offset);
	assert_refused(list_text, message);
}

/* PCRE2 takes a brace that begins no quantifier as itself, also what a comma has left of one. */
static void
test_braces(void **state)
{
	static const char *const none = "a brace that begins no quantifier, {n}, {n,} or {n,m}, is "
	"written \\{";
	static const char *const cut = "a quantifier has no closing brace; in a list, a comma that belongs "
	"to an expression is written \\, and in a .properties file \\\\,";
	WfPattern	pattern;

	(void) state;
	assert_brace_refused("public\\.k{1,2}p", "public\\.k{1", cut, 9);
	assert_brace_refused("a{2,1}", "a{2", cut, 1);
	assert_brace_refused("x,a{1}b{3,", "a{1}b{3", cut, 5);
	assert_brace_refused("a{", "a{", none, 1);
	assert_brace_refused("a{}", "a{}", none, 1);
	assert_brace_refused("{x}", "{x}", none, 0);
	assert_brace_refused("${a}", "${a}", none, 1);
	assert_brace_refused("a{\\,3}", "a{,3}", none, 1);
	assert_brace_refused("a{ 1}", "a{ 1}", none, 1);
	assert_brace_refused("a{1 }", "a{1 }", none, 1);
	assert_brace_refused("a{1\\, 2}", "a{1, 2}", none, 1);
	assert_brace_refused("a{1\\,2", "a{1,2", none, 1);
	assert_brace_refused("\\b{g}", "\\b{g}", none, 2);
	assert_brace_refused("\\\\{x}", "\\\\{x}", none, 2);
	assert_brace_refused("a{2\\,1}", "a{2,1}", "numbers out of order in {} quantifier", 5);
	assert_brace_refused("{2}", "{2}", "quantifier does not follow a repeatable item", 2);
	assert_int_equal(match_list("a{2}b{1\\,}c{0\\,2}?d{1}+", "aabbccd"), WF_MATCH_YES);
	assert_int_equal(match_list("\\p{Lu}{2}\\x{e9}{1}\\P{Lu}", "AB\xC3\xA9-"), WF_MATCH_YES);
	assert_int_equal(match_list("(?<n>a)\\k<n>{2}\\k{n}", "aaaa"), WF_MATCH_YES);
	assert_int_equal(match_list("\\{[{x]\\Q{y\\E}\\c{", "{{{y};"), WF_MATCH_YES);

	/* one expression alone: no list whose comma could be meant */
	wf_buffer_cut(&error, 0);
	assert_false(wf_pattern_compile_java(&engine, &pattern, "x", slice("a{1"), true, &error));
	assert_string_equal(fixture_text(&error), "option \"x\": the regular expression \"a{1\" is not valid: "
						"a quantifier has no closing brace (at offset 1)");
}

static void
test_whole_name(void **state)
{
	(void) state;
	assert_int_equal(match_list("public.f_user", "public.f_user"), WF_MATCH_YES);
	assert_int_equal(match_list("public.f_user", "public.f_users"), WF_MATCH_NO);
	assert_int_equal(match_list("public.f_user", "xpublic.f_user"), WF_MATCH_NO);
	assert_int_equal(match_list("public.f_user", "publicXf_user"), WF_MATCH_YES);
	assert_int_equal(match_list("public\\.f_user", "publicXf_user"), WF_MATCH_NO);
	/* the longest alternative is found, though the first would do alone */
	assert_int_equal(match_list("a|ab", "ab"), WF_MATCH_YES);
	assert_int_equal(match_list("a*?", "aaa"), WF_MATCH_YES);
	assert_int_equal(match_list("PUBLIC\\.[a-c]+", "public.ABC"), WF_MATCH_YES);
	assert_int_equal(match_list(".*", ""), WF_MATCH_YES);
	assert_int_equal(match_list("a.b", "a\nb"), WF_MATCH_NO);
	assert_int_equal(match_list("a.b", "a\xE2\x80\xA8" "b"), WF_MATCH_NO);
	assert_int_equal(match_list("(?s)a.b", "a\nb"), WF_MATCH_YES);
	/* Java's dialect: possessive, named groups, look-around, flags, properties */
	assert_int_equal(match_list("a++b(?<n>c)\\k<n>(?!d).", "aabcce"), WF_MATCH_YES);
	assert_int_equal(match_list("(?-i)abc", "ABC"), WF_MATCH_NO);
	assert_int_equal(match_list("\\p{Lu}\\x41\\x{e9}", "Aa\xC3\xA9"), WF_MATCH_YES);
}

static void
test_list(void **state)
{
	(void) state;
	assert_int_equal(match_list(" a , b\t,\nc", "b"), WF_MATCH_YES);
	assert_int_equal(match_list("a,,b", "b"), WF_MATCH_YES);
	assert_int_equal(match_list("a,,b", ""), WF_MATCH_NO);
	assert_int_equal(match_list("a\\,b,c", "a,b"), WF_MATCH_YES);
	assert_int_equal(match_list("x{1\\,2}", "xx"), WF_MATCH_YES);
	assert_int_equal(match_list("a\\\\,b", "a\\"), WF_MATCH_YES);
	assert_int_equal(match_list("a\\.b,c", "a.b"), WF_MATCH_YES);
}

static void
test_utf8(void **state)
{
	(void) state;
	assert_int_equal(match_list("sch\xC3\xA9.ma\\..\\.x", "sch\xC3\xA9.ma.\xC3\xA4.x"), WF_MATCH_YES);
	assert_int_equal(match_list("\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E.*", "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E\xE3\x83\x86\xE3\x82\xAD\xE3\x82\xB9\xE3\x83\x88"), WF_MATCH_YES);
	assert_int_equal(match_list("a.", "a\xF0\x9F\x98\x80"), WF_MATCH_YES);
	/* beyond ASCII too, where Java's flag folds ASCII only: documented */
	assert_int_equal(match_list("\xC3\x84", "\xC3\xA4"), WF_MATCH_YES);
	/* a name in an SQL_ASCII database */
	assert_int_equal(match_list("a.b", "a\xE9" "b"), WF_MATCH_YES);
	assert_int_equal(match_list("a\\x{fffd}+", "a\xE9\xE9"), WF_MATCH_YES);
	assert_int_equal(match_list("a\\x{fffd}{3}\xC3\xA9", "a\xED\xA0\x80\xC3\xA9"), WF_MATCH_YES);
	assert_int_equal(match_list("a..", "a\xC3"), WF_MATCH_NO);
}

/* An error, soon, and not "no match". */
static void
test_backtracking(void **state)
{
	static const char *const hostile[] = {
		"(a+)+b", "(a|aa)+b", "(.*)*(.*)*(.*)*b", "(a*)*(a*)*\\1b", "(?:a?){60}a{60}b",
		"((a+)+)+b", "(?=(a+)+b)a+"
	};
	char		subject[201];

	(void) state;
	memset(subject, 'a', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = '\0';
	for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
	{
		clock_t		start = clock();
		WfMatch		result = match_list(hostile[i], subject);

		/* some are seen through: there is no b */
		assert_true(result == WF_MATCH_ERROR || result == WF_MATCH_NO);
		assert_true((double) (clock() - start) / CLOCKS_PER_SEC < 5);
	}
	subject[sizeof(subject) - 2] = 'c';
	assert_int_equal(match_list("(\\w+)+\\d", subject), WF_MATCH_ERROR);
	subject[30] = '\0';
	assert_int_equal(match_list("(\\w+)+\\d", subject), WF_MATCH_ERROR);
	assert_string_equal(fixture_text(&error), "option \"table.include.list\": whether "
						"\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" matches the regular expression "
						"\"(\\w+)+\\d\" could not be decided: match limit exceeded");
}

static void
test_nesting(void **state)
{
	char		text[2001];

	(void) state;
	memset(text, '(', 1000);
	memset(text + 1000, ')', 1000);
	text[2000] = '\0';
	wf_buffer_cut(&error, 0);
	{
		WfPatternList list;

		assert_false(wf_pattern_list_compile(&engine, &list, "x", slice(text), &error));
	}
	assert_non_null(strstr(fixture_text(&error), "parentheses are too deeply nested"));
	/* the expression is shown in part */
	assert_non_null(strstr(fixture_text(&error), "((...\""));
}

static void
test_long_list(void **state)
{
	WfBuffer	text = fixture_buffer(16 * 1024 * 1024);
	WfPatternList list;
	char		item[64];

	(void) state;
	for (int i = 0; i < 10000; i++)
	{
		snprintf(item, sizeof(item), "%spublic\\.table_%d", i > 0 ? "," : "", i);
		wf_buffer_append(&text, item, strlen(item));
	}
	assert_true(wf_pattern_list_compile(&engine, &list, "x", wf_buffer_since(&text, 0), &error));
	assert_int_equal(list.count, 10000);
	assert_int_equal(wf_pattern_list_match(&engine, &list, "x", slice("public.table_9999"), &error),
					 WF_MATCH_YES);
	assert_int_equal(wf_pattern_list_match(&engine, &list, "x", slice("public.table_10000"), &error),
					 WF_MATCH_NO);
	wf_pattern_list_free(&engine, &list);

	for (int i = 10000; i <= WF_PATTERN_ITEMS_MAX; i++)
		wf_buffer_append(&text, ",a", 2);
	wf_buffer_cut(&error, 0);
	assert_false(wf_pattern_list_compile(&engine, &list, "x", wf_buffer_since(&text, 0), &error));
	assert_string_equal(fixture_text(&error),
						"option \"x\" has more than 65535 regular expressions");
	free(text.data);
}

/* Wherever memory ends, nothing leaks (the sanitizer sees it) and it is told. */
static void
test_no_memory(void **state)
{
	(void) state;
	for (int allowed = 0; allowed < 20; allowed++)
	{
		int			left = allowed;
		WfMemory	memory = {heap_allocate, heap_release, &left};
		WfPatternEngine scarce;
		WfPatternList list;

		wf_buffer_cut(&error, 0);
		if (!wf_pattern_engine_init(&scarce, &memory))
			continue;
		if (wf_pattern_list_compile(&scarce, &list, "x", slice("(a+)b,c(d|e)"), &error))
		{
			left = 0;
			assert_int_equal(wf_pattern_list_match(&scarce, &list, "x", slice("\xff"), &error),
							 WF_MATCH_ERROR);
			wf_pattern_list_free(&scarce, &list);
		}
		assert_true(error.length > 0);
		wf_pattern_engine_free(&scarce);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_as_java, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_braces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_whole_name, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_list, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_utf8, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_backtracking, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nesting, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_list, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down)
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
