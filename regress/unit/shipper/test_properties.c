/*
 * test_properties.c
 *		.properties text: every rule of java.util.Properties.load().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "shipper/properties.h"

/* The text must be these names and values, in this order, ended by NULL. */
static void
expect(const char *text, const char *const *expected)
{
	Properties	properties;
	size_t		length = strlen(text);
	char	   *copy = malloc(length + 1);	/* exactly as long, for ASan */
	int			count = 0;

	memcpy(copy, text, length);
	assert_true(properties_parse(&properties, copy, length));
	while (expected[count * 2] != NULL)
		count++;
	assert_int_equal(properties.count, count);
	for (int i = 0; i < count; i++)
	{
		assert_string_equal(properties.entries[i].name, expected[i * 2]);
		assert_string_equal(properties.entries[i].value, expected[i * 2 + 1]);
	}
	properties_free(&properties);
	free(copy);
}

#define EXPECT(text, ...) expect(text, (const char *const []) {__VA_ARGS__, NULL})

static void
test_separators(void **state)
{
	(void) state;
	EXPECT("a=1", "a", "1");
	EXPECT("a:1", "a", "1");
	EXPECT("a 1", "a", "1");
	EXPECT("a\t1", "a", "1");
	EXPECT("  a  =  1  ", "a", "1  ");
	EXPECT("a = = 1", "a", "= 1");
	EXPECT("a=b=c:d", "a", "b=c:d");
	EXPECT("a", "a", "");
	EXPECT("a=", "a", "");
	EXPECT("=v", "", "v");
	EXPECT("a\\=b\\:c\\ d=1", "a=b:c d", "1");
}

static void
test_comments_and_blank_lines(void **state)
{
	(void) state;
	EXPECT("# c\n! d\n\n   \n  # e\na=1\n", "a", "1");
	EXPECT("a=1 # not a comment", "a", "1 # not a comment");

	/* a comment is never continued */
	EXPECT("# c\\\na=1", "a", "1");
}

static void
test_line_ends(void **state)
{
	static const char *const nothing[] = {NULL};

	(void) state;
	EXPECT("\xEF\xBB\xBF" "a=1\r\nb=2\r\nc=3", "a", "1", "b", "2", "c", "3");
	EXPECT("a=1\rb=2", "a", "1", "b", "2");
	expect("", nothing);
	expect("\xEF\xBB\xBF", nothing);
}

static void
test_continuation(void **state)
{
	(void) state;
	EXPECT("a=1,\\\n   2,\\\r\n\t3\nb=4", "a", "1,2,3", "b", "4");
	EXPECT("a=1\\\\\nb=2", "a", "1\\", "b", "2");
	EXPECT("a=1\\\\\\\nb=2", "a", "1\\b=2");
	EXPECT("a=1\\", "a", "1");
	EXPECT("a=1\\\n# no comment", "a", "1# no comment");
	EXPECT("\\\n\\\n a=1", "a", "1");
}

static void
test_escapes(void **state)
{
	(void) state;
	EXPECT("a=\\t\\n\\r\\f\\z\\\\", "a", "\t\n\r\fz\\");
	EXPECT("a=\\u00e9\\u20AC", "a", "\xC3\xA9\xE2\x82\xAC");
	EXPECT("a=\\uD83D\\uDE00", "a", "\xF0\x9F\x98\x80");
	EXPECT("\\u0061=1", "a", "1");
	EXPECT("a=\xC3\xA9", "a", "\xC3\xA9");
}

static void
expect_error(const char *text, size_t length, int line)
{
	Properties	properties;

	assert_false(properties_parse(&properties, text, length));
	assert_non_null(properties.error);
	assert_int_equal(properties.error_line, line);
	properties_free(&properties);
}

static void
test_errors(void **state)
{
	char	   *many = calloc(1, (PROPERTIES_MAX + 1) * 2 + 1);

	(void) state;
	expect_error("a=1\nb=\\u12", 10, 2);
	expect_error("b=\\u12G4", 8, 1);
	expect_error("b=\\u0000", 8, 1);
	expect_error("b=\\uD83Dx", 9, 1);
	expect_error("b=\\uDE00", 8, 1);
	expect_error("b=\\uD83D\\u0041", 14, 1);
	expect_error("a=1\0b", 5, 1);

	for (int i = 0; i <= PROPERTIES_MAX; i++)
		memcpy(many + i * 2, "a\n", 2);
	expect_error(many, (PROPERTIES_MAX + 1) * 2, PROPERTIES_MAX + 1);
	free(many);
}

static void
test_lines_are_counted(void **state)
{
	Properties	properties;
	const char *text = "# one\na=1,\\\n2\r\n\rb=3\n";

	(void) state;
	assert_true(properties_parse(&properties, text, strlen(text)));
	assert_int_equal(properties.count, 2);
	assert_int_equal(properties.entries[0].line, 2);
	assert_int_equal(properties.entries[1].line, 5);
	properties_free(&properties);
}

/* Anything at all is taken or refused, never read beyond its end. */
static void
test_noise(void **state)
{
	static const char alphabet[] = "a=: \\\\\\u0D8E\n\r#!\t\f";
	uint32_t	random = 1;

	(void) state;
	for (int round = 0; round < 20000; round++)
	{
		size_t		length = round % 40;
		char	   *text = malloc(length + 1);
		Properties	properties;

		for (size_t i = 0; i < length; i++)
		{
			random = random * 1664525u + 1013904223u;
			text[i] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
		}
		text = realloc(text, length > 0 ? length : 1);
		(void) properties_parse(&properties, text, length);
		for (int i = 0; i < properties.count; i++)
			assert_true(strlen(properties.entries[i].name) + strlen(properties.entries[i].value) <=
						length);
		properties_free(&properties);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_separators),
		cmocka_unit_test(test_comments_and_blank_lines),
		cmocka_unit_test(test_line_ends),
		cmocka_unit_test(test_continuation),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_lines_are_counted),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
