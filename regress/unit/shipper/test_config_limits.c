/*
 * test_config_limits.c
 *		How many settings of a kind, and how long a list, are taken.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_fixture.h"

/* How many lines of said have the text. */
static int
lines_with(const char *wanted)
{
	int			count = 0;

	for (const char *found = strstr(said, wanted); found != NULL; found = strstr(found + 1, wanted))
		count++;
	return count;
}

/* A file with so many lines of the format, which has the line's number up to three times. */
static char *
many(const char *head, int count, const char *format)
{
	static char text[65536];
	size_t		length = (size_t) snprintf(text, sizeof(text), "%s", head);

	for (int i = 1; i <= count; i++)
		length += (size_t) snprintf(text + length, sizeof(text) - length, format, i, i, i);
	assert_true(length < sizeof(text));
	return text;
}

/* What is one too many is told once, and nothing that follows from it. */
static void
test_too_many_of_a_kind(void **state)
{
	(void) state;
	expect_taken(many(MINIMAL, 64, "column.mask.with.%d.chars=public.a.c%d\n"));
	expect_fault(many(MINIMAL, 69, "column.mask.with.%d.chars=public.a.c%d\n"),
				 ":75: there are more than 64 filters and masks");
	assert_int_equal(lines_with(" error "), 1);
	expect_fault(many(MINIMAL "table.include.list=a.b\n", 70, "column.truncate.to.%d.chars=public.a.c%d\n"),
				 "there are more than 64 filters and masks");
	assert_int_equal(lines_with(" error "), 1);
	expect_fault(many(MINIMAL, 66, "column.mask.hash.MD5.with.salt.@s%d=public.a.c%d\n"),
				 "there are more than 64 filters and masks");
	assert_int_equal(lines_with(" error "), 1);

	expect_fault(many(MINIMAL "transforms=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n", 40,
					  "transforms.t%d.type=" UNWRAP_CLASS "\ntransforms.t%d.add.fields=op\n"
					  "transforms.t%d.add.headers=op\n"),
				 "there are more than 64 settings of transforms and predicates");
	assert_int_equal(lines_with(" error "), 2);
	assert_non_null(strstr(said, "option \"transforms\" has more than 16 names; the next is \"q\""));
	expect_fault(many(MINIMAL "transforms=a\n", 40, "transforms.t%d.type=" UNWRAP_CLASS "\n"
					  "transforms.t%d.add.fields=op\ntransforms.t%d.add.headers=op\n"),
				 "there are more than 64 settings of transforms and predicates");
	assert_int_equal(lines_with(" error "), 1);
}

/* A text that ends in a list of so many bytes. */
static char *
with_long_list(const char *head, size_t bytes)
{
	char	   *text = malloc(strlen(head) + bytes + 1);
	size_t		length = strlen(head);

	assert_non_null(text);
	memcpy(text, head, length);
	for (size_t i = 0; i < bytes; i++)
		text[length + i] = i % 20 == 19 && i + 1 < bytes ? ',' : 'x';
	text[length + bytes] = '\0';
	return text;
}

/* A list may be as long as its reference says, wherever it stands. */
static void
test_long_lists(void **state)
{
	char	   *text = with_long_list(MINIMAL "table.include.list=", WF_OPTION_LIST_MAX);
	Config	   *config = load(text, false);
	char		reference[128];

	(void) state;
	assert_non_null(config);
	assert_int_equal(strlen(config->format.table_include), WF_OPTION_LIST_MAX);
	config_free(config);
	free(text);

	text = with_long_list("", WF_OPTION_LIST_MAX);
	write_file(secret_path, text);
	snprintf(reference, sizeof(reference), "${file:%s}", secret_path);
	config = load(MINIMAL, false);
	assert_non_null(config);
	config_free(config);
	setenv("WALFERRY_TABLE_INCLUDE_LIST", reference, 1);
	config = load(MINIMAL, false);
	assert_non_null(config);
	assert_string_equal(config->format.table_include, text);
	config_free(config);
	setenv("WALFERRY_TABLE_INCLUDE_LIST", text, 1);
	config = load(MINIMAL, false);
	unsetenv("WALFERRY_TABLE_INCLUDE_LIST");
	assert_non_null(config);
	assert_string_equal(config->format.table_include, text);
	config_free(config);
	free(text);

	text = with_long_list(MINIMAL "table.include.list=", WF_OPTION_LIST_MAX + 1);
	expect_fault(text, "the value of table.include.list cannot be had: it is longer than 1048576 bytes");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_too_many_of_a_kind),
		cmocka_unit_test(test_long_lists),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
