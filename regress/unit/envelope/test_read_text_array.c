/*
 * test_read_text_array.c
 *		Arrays from PostgreSQL's output text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "envelope/read_text.h"


static const WfType text_array = {
	.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_TEXT, .element_oid = 25, .typmod = -1
};
static const WfType int4_array = {
	.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_INT4, .element_oid = 23, .typmod = -1
};
static const WfType bytea_array = {
	.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_BYTEA, .element_oid = 17, .typmod = -1
};
static const WfType box_array = {
	.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_BOX, .element_oid = 603, .typmod = -1
};

/* "dimensions: element|element|…", once more after a rewind. */
static void
describe(WfArray *array, WfTypeKind kind, char *found, size_t size)
{
	size_t		length = 0;
	WfValue		element;

	found[0] = '\0';
	for (int i = 0; i < array->dimension_count; i++)
		length += (size_t) snprintf(found + length, size - length, "%d ", array->dimensions[i]);
	while (array->next(array, &element))
	{
		if (element.state == WF_VALUE_NULL)
			length += (size_t) snprintf(found + length, size - length, "|NULL");
		else if (kind == WF_TYPE_INT4)
			length += (size_t) snprintf(found + length, size - length, "|%lld",
										(long long) element.as.integer);
		else if (kind == WF_TYPE_BOX)
			length += (size_t) snprintf(found + length, size - length, "|(%g,%g),(%g,%g)",
										element.as.geometric.numbers[0],
										element.as.geometric.numbers[1],
										element.as.geometric.numbers[2],
										element.as.geometric.numbers[3]);
		else
			length += (size_t) snprintf(found + length, size - length, "|%.*s",
										(int) element.as.text.length, element.as.text.data);
	}
	assert_false(array->next(array, &element));
}

static void
assert_array(const WfType *type, const char *text, const char *expected)
{
	size_t		length = strlen(text);
	WfScratch	scratch = {malloc(WF_SCRATCH_SIZE(length)), WF_SCRATCH_SIZE(length), 0};
	char	   *copy = malloc(length + 1);
	WfValue		value;
	char		found[512];

	memcpy(copy + 1, text, length);
	if (!wf_read_text(&scratch, type, wf_slice(copy + 1, length), &value))
		fail_msg("\"%s\" was not read", text);
	for (int round = 0; round < 2; round++)
	{
		value.as.array->rewind(value.as.array);
		describe(value.as.array, type->element_kind, found, sizeof(found));
		assert_string_equal(found, expected);
	}
	free(copy);
	free(scratch.memory);
}

static void
assert_refused(const WfType *type, const char *text)
{
	size_t		length = strlen(text);
	WfScratch	scratch = {malloc(WF_SCRATCH_SIZE(length)), WF_SCRATCH_SIZE(length), 0};
	char	   *copy = malloc(length + 1);
	WfValue		value;

	memcpy(copy + 1, text, length);
	if (wf_read_text(&scratch, type, wf_slice(copy + 1, length), &value))
		fail_msg("\"%s\" was read", text);
	free(copy);
	free(scratch.memory);
}

static void
test_elements(void **state)
{
	(void) state;
	assert_array(&int4_array, "{}", "");
	assert_array(&int4_array, "{1}", "1 |1");
	assert_array(&int4_array, "{1,NULL,-3}", "3 |1|NULL|-3");
	assert_array(&text_array, "{a,NULL,\"NULL\",\"\",\"b c\",\"d,e\",\"{f}\"}",
				 "7 |a|NULL|NULL||b c|d,e|{f}");
	assert_array(&text_array, "{\"a\\\"b\",\"\\\\\",\"\\\\x\"}", "3 |a\"b|\\|\\x");
	assert_array(&bytea_array, "{\"\\\\x6162\",NULL,\"\\\\x\"}", "3 |ab|NULL|");
	assert_array(&box_array, "{(1,1),(0,0);(3,3),(2,2)}", "2 |(1,1),(0,0)|(3,3),(2,2)");
}

static void
test_dimensions(void **state)
{
	(void) state;
	assert_array(&int4_array, "{{1,2},{3,4},{5,6}}", "3 2 |1|2|3|4|5|6");
	assert_array(&int4_array, "{{{{{{7}}}}}}", "1 1 1 1 1 1 |7");
	assert_array(&int4_array, "{{{1},{2}},{{3},{NULL}}}", "2 2 1 |1|2|3|NULL");
	assert_array(&int4_array, "[2:3]={1,2}", "2 |1|2");
	assert_array(&int4_array, "[-5:-4][0:0]={{1},{2}}", "2 1 |1|2");
	assert_array(&int4_array, "[-2147483648:-2147483647]={1,2}", "2 |1|2");
}

static void
test_malformed(void **state)
{
	static const char *const texts[] = {
		"", "{", "}", "{}}", "{{}}", "{1", "{1,", "{1,}", "{,1}", "{1}}", "{1} ", " {1}", "{1 }",
		"{ 1}", "{1}{2}", "{{1},2}", "{1,{2}}", "{{1},{2,3}}", "{{1,2},{3}}", "{{1},{{2}}}",
		"{{{{{{{1}}}}}}}", "{x}", "{1,x}", "{\"1}", "{\"1\\", "{\"1\"x}", "{1\"2\"}", "{1\\2}",
		"[1:2]={1}", "[1:1]={1,2}", "[1:2]{1,2}", "[2:1]={}", "[1:1][1:1]={1}", "[1:1]={{1}}",
		"[1]={1}", "[:]={1}", "[1:2147483648]={1}", "[-2147483648:2147483647]={1}",
		"[1:1][1:1][1:1][1:1][1:1][1:1][1:1]={{{{{{{1}}}}}}}", "[1:1]={}", "1"
	};

	(void) state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		assert_refused(&int4_array, texts[i]);
	assert_refused(&text_array, "{a b}");
	assert_refused(&text_array, "{a\tb}");
	assert_refused(&bytea_array, "{\"\\\\x6\"}");
}

/* The scratch holds one element, however many there are. */
static void
test_many_elements(void **state)
{
	const int	count = 10000;
	const size_t length = 1 + (size_t) count * 6;
	char	   *text = malloc(length + 1);
	WfScratch	scratch = {malloc(WF_SCRATCH_SIZE(16)), WF_SCRATCH_SIZE(16), 0};
	WfValue		value;
	WfValue		element;

	(void) state;
	text[0] = '{';
	for (int i = 0; i < count; i++)
		memcpy(text + 1 + i * 6, "\"\\\"a\",", 6);
	text[length - 1] = '}';
	assert_true(wf_read_text(&scratch, &text_array, wf_slice(text, length), &value));
	assert_int_equal(value.as.array->dimensions[0], count);
	for (int i = 0; i < count; i++)
	{
		assert_true(value.as.array->next(value.as.array, &element));
		assert_int_equal(element.as.text.length, 2);
	}
	assert_false(value.as.array->next(value.as.array, &element));
	free(text);
	free(scratch.memory);
}

/* int2vector and oidvector print neither braces nor commas, and hold no null. */
static void
test_vectors_of_catalogues(void **state)
{
	static const WfType vector = {
		.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_INT4, .oid = WF_OIDVECTOR_OID,
		.element_oid = 26, .typmod = -1
	};
	static const char *const malformed[] = {
		" ", "1 ", " 1", "1  2", "{1}", "1,2", "1 NULL", "1 x", "\"1\""
	};

	(void) state;
	assert_array(&vector, "", "");
	assert_array(&vector, "7", "1 |7");
	assert_array(&vector, "1 -2 3", "3 |1|-2|3");
	for (size_t i = 0; i < sizeof(malformed) / sizeof(*malformed); i++)
		assert_refused(&vector, malformed[i]);
}

/* A base type that somebody has added may have its own delimiter. */
static void
test_delimiters(void **state)
{
	WfType		type = text_array;

	(void) state;
	type.element_kind = WF_TYPE_OTHER;
	type.element_delimiter = '/';
	assert_array(&type, "{a/b,c/\"d/e\"}", "3 |a|b,c|d/e");
	type.element_delimiter = 0;
	assert_array(&type, "{a/b,c}", "2 |a/b|c");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elements),
		cmocka_unit_test(test_dimensions),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_many_elements),
		cmocka_unit_test(test_vectors_of_catalogues),
		cmocka_unit_test(test_delimiters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
