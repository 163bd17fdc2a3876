/*
 * test_natural_json.c
 *		JSON from the output text of composite types, arrays and multiranges.
 *
 * The texts are what PostgreSQL prints; what the plugin makes of the values
 * themselves is compared with to_json() in regress/sql/composite.sql.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/read_text.h"

#define TYPE(name, type_kind) static const WfNaturalType name = {.kind = (type_kind)}

TYPE(text, WF_NATURAL_TEXT);
TYPE(boolean, WF_NATURAL_BOOLEAN);
TYPE(number, WF_NATURAL_NUMBER);
TYPE(timestamp, WF_NATURAL_TIMESTAMP);
TYPE(timestamptz, WF_NATURAL_TIMESTAMPTZ);
TYPE(json, WF_NATURAL_JSON);
TYPE(multirange, WF_NATURAL_MULTIRANGE);

static const WfNaturalType numbers = {
	.kind = WF_NATURAL_ARRAY, .element = &number, .delimiter = ','
};
static const WfNaturalType texts = {
	.kind = WF_NATURAL_ARRAY, .element = &text, .delimiter = ','
};
static const WfNaturalType boxes = {
	.kind = WF_NATURAL_ARRAY, .element = &text, .delimiter = ';'
};

static const WfNaturalMember inner_members[] = {{SLICE("n"), &number}, {SLICE("t"), &text}};
static const WfNaturalType inner = {
	.kind = WF_NATURAL_COMPOSITE, .member_count = 2, .members = inner_members
};
static const WfNaturalType inners = {
	.kind = WF_NATURAL_ARRAY, .element = &inner, .delimiter = ','
};
static const WfNaturalMember outer_members[] = {
	{SLICE("i"), &inner}, {SLICE("l\""), &inners}, {SLICE("a"), &texts}
};
static const WfNaturalType outer = {
	.kind = WF_NATURAL_COMPOSITE, .member_count = 3, .members = outer_members
};
static const WfNaturalMember one_member[] = {{SLICE("v"), &outer}};
static const WfNaturalType one = {
	.kind = WF_NATURAL_COMPOSITE, .member_count = 1, .members = one_member
};
static const WfNaturalType none = {.kind = WF_NATURAL_COMPOSITE};

static void
shows(const WfNaturalType *type, const char *output, const char *expected)
{
	WfBuffer	buffer = fixture_buffer(1 << 20);
	WfTextForm	form = {.ascii_only = false};

	wf_buffer_append_char(&buffer, '>');
	if (!wf_natural_json_write(&buffer, &form, type, wf_slice(output, strlen(output))))
		fail_msg("%s is refused", output);
	assert_string_equal(fixture_text(&buffer) + 1, expected);
	free(buffer.data);
}

static void
refuses(const WfNaturalType *type, const char *output)
{
	WfBuffer	buffer = fixture_buffer(1 << 20);
	WfTextForm	form = {.ascii_only = false};

	wf_buffer_append_char(&buffer, '>');
	if (wf_natural_json_write(&buffer, &form, type, wf_slice(output, strlen(output))))
		fail_msg("%s is not refused", output);
	assert_int_equal(buffer.length, 1);
	free(buffer.data);
}

static void
scalars(void **state)
{
	(void) state;
	shows(&number, "12.50", "12.50");
	shows(&number, "-1e-07", "-1e-07");
	shows(&number, "1e+300", "1e+300");
	shows(&number, "0.5", "0.5");
	shows(&number, "01", "\"01\"");
	shows(&number, "1.", "\"1.\"");
	shows(&number, "1e", "\"1e\"");
	shows(&number, "1x", "\"1x\"");
	shows(&number, "", "\"\"");
	shows(&number, "NaN", "\"NaN\"");
	shows(&number, "-Infinity", "\"-Infinity\"");
	shows(&boolean, "t", "true");
	shows(&boolean, "f", "false");
	refuses(&boolean, "true");
	shows(&json, "{\"a\": [1]}", "{\"a\": [1]}");
	shows(&text, "a\"b\\c\n\xC3\xA9", "\"a\\\"b\\\\c\\n\xC3\xA9\"");
	shows(&text, "", "\"\"");
	shows(&timestamp, "2024-02-29 12:34:56.789", "\"2024-02-29T12:34:56.789\"");
	shows(&timestamp, "0044-03-15 12:00:00 BC", "\"0044-03-15T12:00:00 BC\"");
	shows(&timestamp, "infinity", "\"infinity\"");
	shows(&timestamptz, "2024-02-29 12:34:56.789+00", "\"2024-02-29T12:34:56.789+00:00\"");
	shows(&timestamptz, "0044-03-15 12:00:00+00 BC", "\"0044-03-15T12:00:00+00:00 BC\"");
	shows(&timestamptz, "-infinity", "\"-infinity\"");
	refuses(&timestamptz, "2024-02-29 12:34:56.78900000000000000000000000000000000000000000000+00");
}

/* Longer than the pieces that strings are written in, at every distance from their end. */
static void
long_texts_of_long_characters(void **state)
{
	(void) state;
	for (size_t before = 240; before < 270; before++)
	{
		WfBuffer	output = fixture_buffer(1 << 16);
		WfBuffer	expected = fixture_buffer(1 << 16);

		for (size_t i = 0; i < before; i++)
			wf_buffer_append_char(&output, 'x');
		wf_buffer_append_literal(&output, "\xE5\x90\x8D\xC3\xA9\xF0\x9F\x98\x80");
		wf_buffer_append_char(&expected, '"');
		wf_buffer_append(&expected, output.data, output.length - 4);
		wf_buffer_append_literal(&expected, "\\uD83D\\uDE00\"");
		shows(&text, fixture_text(&output), fixture_text(&expected));
		free(output.data);
		free(expected.data);
	}
}

static void
arrays(void **state)
{
	(void) state;
	shows(&numbers, "{}", "[]");
	shows(&numbers, "{1,NULL,NaN,3}", "[1,null,\"NaN\",3]");
	shows(&numbers, "{{1,2},{3,4}}", "[[1,2],[3,4]]");
	shows(&numbers, "[0:1][-2:-1]={{1,2},{3,4}}", "[[1,2],[3,4]]");
	shows(&texts, "{NULL,\"NULL\",\"\",NULLS,NUL,N,\"a\\\"b\\\\c\",\"{x}\"}",
		  "[null,\"NULL\",\"\",\"NULLS\",\"NUL\",\"N\",\"a\\\"b\\\\c\",\"{x}\"]");
	shows(&boxes, "{(1,1),(0,0);(2,2),(1,1)}", "[\"(1,1),(0,0)\",\"(2,2),(1,1)\"]");
	refuses(&numbers, "");
	refuses(&numbers, "{1,2");
	refuses(&numbers, "{1,2}}");
	refuses(&numbers, "{1,}");
	refuses(&numbers, "{,}");
	refuses(&texts, "{{a},}");
	refuses(&numbers, "{{1,2}");
	refuses(&numbers, "[0:1");
	refuses(&texts, "{\"a");
	refuses(&texts, "{\"a\\");
	refuses(&texts, "{\"a\"b}");
}

static void
composites(void **state)
{
	(void) state;
	shows(&inner, "(1,a)", "{\"n\":1,\"t\":\"a\"}");
	shows(&inner, "(,)", "{\"n\":null,\"t\":null}");
	shows(&inner, "(,\"\")", "{\"n\":null,\"t\":\"\"}");
	shows(&inner, "(1,\"a\"\"b\\\\c, (d)\")", "{\"n\":1,\"t\":\"a\\\"b\\\\c, (d)\"}");
	shows(&inner, "(1,NULL)", "{\"n\":1,\"t\":\"NULL\"}");
	shows(&none, "()", "{}");
	shows(&one, "()", "{\"v\":null}");
	/* ROW(ROW(1, 'a"b'), ARRAY[ROW(2, 'x,\y'), NULL], ARRAY['p"q', NULL]) */
	shows(&outer,
		  "(\"(1,\"\"a\"\"\"\"b\"\")\","
		  "\"{\"\"(2,\\\\\"\"x,\\\\\\\\\\\\\\\\y\\\\\"\")\"\",NULL}\","
		  "\"{\"\"p\\\\\"\"q\"\",NULL}\")",
		  "{\"i\":{\"n\":1,\"t\":\"a\\\"b\"},\"l\\\"\":[{\"n\":2,\"t\":\"x,\\\\y\"},null],"
		  "\"a\":[\"p\\\"q\",null]}");
	/* the same one level deeper */
	shows(&one,
		  "(\"(\"\"(1,\"\"\"\"a\"\"\"\"\"\"\"\"b\"\"\"\")\"\",,{N})\")",
		  "{\"v\":{\"i\":{\"n\":1,\"t\":\"a\\\"b\"},\"l\\\"\":null,\"a\":[\"N\"]}}");
	refuses(&inner, "");
	refuses(&inner, "(1)");
	refuses(&inner, "(1,2,3)");
	refuses(&inner, "(1,2");
	refuses(&inner, "(1,2)x");
	refuses(&inner, "(1,\"2)");
	refuses(&inner, "(1,\"2\"3)");
	refuses(&outer, "(\"(1,2\",,)");
}

static void
multiranges(void **state)
{
	(void) state;
	shows(&multirange, "{}", "[]");
	shows(&multirange, "{[1,3),(5,)}", "[\"[1,3)\",\"(5,)\"]");
	shows(&multirange, "{[\"a\\\\)\"\"\",\"b],\"]}", "[\"[\\\"a\\\\\\\\)\\\"\\\"\\\",\\\"b],\\\"]\"]");
	refuses(&multirange, "{[1,3)");
	refuses(&multirange, "{[1,3}");
	refuses(&multirange, "{1}");
	refuses(&multirange, "{[1,3),}");
	refuses(&multirange, "{[1,\\");
}

static void
braces_without_end_are_refused(void **state)
{
	char		braces[1001];

	(void) state;
	memset(braces, '{', sizeof(braces) - 1);
	braces[sizeof(braces) - 1] = '\0';
	refuses(&numbers, braces);
}

/* As pgoutput's reader has it: the text is read while the value is written, any number of times. */
static void
read_as_a_value(void **state)
{
	static const WfType type = {
		.kind = WF_TYPE_COMPOUND, .element_kind = WF_TYPE_OTHER, .typmod = -1, .natural = &inner
	};
	WfOptions	options = {0};
	WfColumnField field;
	WfValue		value;
	char		memory[WF_SCRATCH_SIZE(8)];
	WfScratch	scratch = {memory, sizeof(memory), 0};
	WfTextForm	form = {.ascii_only = true};
	WfBuffer	buffer = fixture_buffer(1 << 16);

	(void) state;
	options.unknown_handling = WF_UNKNOWN_JSON;
	wf_field_resolve(&field, &type, true, &options, WF_SIDE_VALUE);
	assert_false(field.self.omitted);
	assert_true(wf_read_text(&scratch, &type, WF_LITERAL("(1,\xC3\xA9)"), &value));
	for (int i = 0; i < 2; i++)
	{
		wf_buffer_cut(&buffer, 0);
		assert_int_equal(wf_value_write(&buffer, &form, &field.self, &value), WF_VALUE_WRITTEN);
		assert_string_equal(fixture_text(&buffer), "\"{\\\"n\\\":1,\\\"t\\\":\\\"\\u00E9\\\"}\"");
	}
	assert_true(wf_read_text(&scratch, &type, WF_LITERAL("(1"), &value));
	assert_int_equal(wf_value_write(&buffer, &form, &field.self, &value), WF_VALUE_UNCONVERTIBLE);
	free(buffer.data);
}

/* The OIDs are those of pg_type.dat. */
static void
kinds_of_scalars(void **state)
{
	static const struct
	{
		uint32_t	oid;
		WfNaturalKind kind;
	}			known[] = {
		{16, WF_NATURAL_BOOLEAN},
		{20, WF_NATURAL_NUMBER},
		{21, WF_NATURAL_NUMBER},
		{23, WF_NATURAL_NUMBER},
		{700, WF_NATURAL_NUMBER},
		{701, WF_NATURAL_NUMBER},
		{1700, WF_NATURAL_NUMBER},
		{1114, WF_NATURAL_TIMESTAMP},
		{1184, WF_NATURAL_TIMESTAMPTZ},
		{114, WF_NATURAL_JSON},
		{3802, WF_NATURAL_JSON},
		{25, WF_NATURAL_TEXT},
		{26, WF_NATURAL_TEXT},	/* oid: not a number to to_json() either */
		{790, WF_NATURAL_TEXT}, /* money */
		{1082, WF_NATURAL_TEXT},	/* date */
		{16384, WF_NATURAL_TEXT}
	};

	(void) state;
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		assert_int_equal(wf_natural_scalar_kind(known[i].oid), known[i].kind);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars),
		cmocka_unit_test(kinds_of_scalars),
		cmocka_unit_test(long_texts_of_long_characters),
		cmocka_unit_test(arrays),
		cmocka_unit_test(composites),
		cmocka_unit_test(multiranges),
		cmocka_unit_test(braces_without_end_are_refused),
		cmocka_unit_test(read_as_a_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
