/*
 * test_json_expand.c
 *		Texts that hold JSON, expanded: what can be, what it becomes, its schema.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <time.h>

#include "fixture.h"

#include "envelope/json_expand.h"
#include "envelope/json_reader.h"

static const WfJsonExpandRules by_default = {.keep_nulls = false};
static const WfJsonExpandRules keep_all = {.keep_nulls = true, .keep_empty_arrays = true};
static const WfJsonExpandRules lenient = {.is_lenient = true};
static const WfJsonExpandRules no_schema = {.is_lenient = true, .has_no_schema = true};

/* The value, with its schema behind it if that is asked for; NULL: not expanded. */
static char *
expand(const char *text, size_t length, const WfJsonExpandRules *rules, bool with_schema,
	   bool ascii_only)
{
	WfBuffer	nodes = fixture_buffer(16 << 20);
	WfBuffer	names = fixture_buffer(1 << 20);
	WfBuffer	out = fixture_buffer(64 << 20);
	WfTextForm	form = {.ascii_only = ascii_only};
	WfJsonExpansion expansion;
	char	   *exact = malloc(length > 0 ? length : 1);
	char	   *result = NULL;

	memcpy(exact, text, length);
	if (wf_json_expand(&expansion, wf_slice(exact, length), rules, &nodes, &names))
	{
		wf_json_expand_value(&expansion, &out, &form);
		if (with_schema)
		{
			wf_buffer_append_char(&out, ' ');
			wf_json_expand_schema(&expansion, &out, &form, WF_LITERAL("payload"),
								  wf_slice(NULL, 0));
		}
		result = strdup(fixture_text(&out));
	}
	free(exact);
	free(nodes.data);
	free(names.data);
	free(out.data);
	return result;
}

static void
check(const char *text, const WfJsonExpandRules *rules, bool with_schema, const char *expected)
{
	char	   *result = expand(text, strlen(text), rules, with_schema, false);

	if (expected == NULL)
		assert_null(result);
	else
	{
		assert_non_null(result);
		assert_string_equal(result, expected);
	}
	free(result);
}

static void
objects(void **state)
{
	(void) state;
	check("{}", &by_default, false, "{}");
	check("{ \"a\" : 1 , \"b\" : [ 1.50 , 2e3 ] , \"c\" : \"\\u00e9\\n\" , \"d\" : true }", &by_default,
		  false, "{\"a\":1,\"b\":[1.5,2000.0],\"c\":\"\xC3\xA9\\n\",\"d\":true}");
	check("{\"a\":{\"b\":{\"c\":false}}}", &by_default, false, "{\"a\":{\"b\":{\"c\":false}}}");
	check("{\"n\":12345678901234567890123}", &by_default, false, "{\"n\":12345678901234567890123}");
}

/* One spelling of each value, that of Jackson and of Java. */
static void
spellings(void **state)
{
	static const char *const pairs[][2] = {
		{"\"A\\/\\u00e9\"", "\"A/\xC3\xA9\""},
		{"\"\\u0041/\xC3\xA9\"", "\"A/\xC3\xA9\""},
		{"\"\\u0022\\u005c\\u0008\\u001f\\u0000\"", "\"\\\"\\\\\\b\\u001F\\u0000\""},
		{"\"\xF0\x9F\x98\x80\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\\uD83D\\uDE00\""},
		{"\"\\ud83d\"", "\"\xEF\xBF\xBD\""},
		{"\"\"", "\"\""},
		{"1.50", "1.5"}, {"15e-1", "1.5"}, {"1.5E+0", "1.5"}, {"-1.0", "-1.0"}, {"1e0", "1.0"},
		{"1e7", "1.0E7"}, {"0.0001", "1.0E-4"}, {"0.1234567890123456789", "0.12345678901234568"},
		{"-0", "0"}, {"-0.0", "-0.0"}, {"0e999999999999", "0.0"},
		{"1e400", "\"Infinity\""}, {"-1e309", "\"-Infinity\""}, {"1e99999999999999999999", "\"Infinity\""},
		{"1e-400", "0.0"}, {"-1e-99999999999999999999", "-0.0"}, {"4.9e-324", "4.9E-324"},
		{"1.7976931348623159e308", "\"Infinity\""}, {"1.7976931348623157e308", "1.7976931348623157E308"},
		{"9223372036854775808", "9223372036854775808"},
	};
	char		text[200];
	char		expected[200];

	(void) state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
	{
		snprintf(text, sizeof(text), "{\"v\":%s,\"\\u0061\\/\":[%s]}", pairs[i][0], pairs[i][0]);
		snprintf(expected, sizeof(expected), "{\"v\":%s,\"a/\":[%s]}", pairs[i][1], pairs[i][1]);
		check(text, &by_default, false, expected);
	}
}

static void
nulls_and_empty_arrays(void **state)
{
	(void) state;
	check("{\"a\":null,\"b\":1,\"c\":[]}", &by_default, false, "{\"b\":1}");
	check("{\"a\":null,\"b\":1,\"c\":[]}", &keep_all, false, "{\"a\":null,\"b\":1,\"c\":[]}");
	check("{\"a\":[1,null,2]}", &by_default, false, "{\"a\":[1,null,2]}");
	check("{\"a\":[null]}", &by_default, false, NULL);
	check("{\"a\":[null]}", &keep_all, false, "{\"a\":[null]}");
	check("{\"a\":[[],[1]]}", &by_default, false, NULL);
	check("{\"a\":[[1],[]]}", &by_default, false, "{\"a\":[[1],[]]}");
	check("{\"a\":[[]]}", &keep_all, false, "{\"a\":[[]]}");
	check("[]", &by_default, false, NULL);
	check("[]", &keep_all, false, "[]");
}

static void
arrays_of_one_type(void **state)
{
	(void) state;
	check("[1,2]", &by_default, false, "[1,2]");
	check("[1,2.5]", &by_default, false, NULL);
	check("[1,3000000000]", &by_default, false, NULL);
	check("[1,\"a\"]", &by_default, false, NULL);
	check("[[1],[\"a\"]]", &by_default, false, NULL);
	check("[{\"a\":1},2]", &by_default, false, NULL);
	check("[{\"a\":1},{\"b\":\"x\"},null]", &by_default, false,
		  "[{\"a\":1,\"b\":null},{\"b\":\"x\",\"a\":null},null]");
	check("[{\"a\":1},{\"a\":2.5}]", &by_default, false, "[{\"a\":1},{\"a\":2.5}]");
	check("[{\"a\":1},{\"a\":\"x\"}]", &by_default, false, NULL);
	check("[{\"o\":{\"a\":1}},{\"o\":{\"b\":2}}]", &by_default, false,
		  "[{\"o\":{\"a\":1,\"b\":null}},{\"o\":{\"b\":2,\"a\":null}}]");
	check("[{\"a\":null},{\"a\":1}]", &by_default, false, "[{\"a\":null},{\"a\":1}]");
}

/* The messages' rules; what they give with schemas, test_message_decoder.c has. */
static void
arrays_of_several_types(void **state)
{
	(void) state;
	check("{\"a\":[1,2.5],\"b\":[[],[1]],\"c\":[null],\"d\":[]}", &lenient, false,
		  "{\"a\":[1,2.5],\"b\":[[],[1]],\"c\":[null]}");
	check("[1,\"a\"]", &lenient, false, NULL);
	check("[{\"a\":1},{\"a\":[]}]", &lenient, false, NULL);
	check("[1,\"a\",[],{\"n\":null},[{\"x\":1}],{\"m\":true}]", &no_schema, false,
		  "[1,\"a\",[],{\"m\":null},[{\"x\":1}],{\"m\":true}]");
	check("[{\"a\":1},{\"a\":[]},{}]", &no_schema, false, "[{\"a\":1},{\"a\":[]},{\"a\":null}]");
	check("[[1],{\"a\":1},[{\"b\":[2]}]]", &no_schema, false, "[[1],{\"a\":1},[{\"b\":[2]}]]");
	check("{\"a\":[1,\"x\"],\"a\":1}", &no_schema, false, NULL);
}

static void
check_dropped(const char *text, const char *expected)
{
	WfBuffer	nodes = fixture_buffer(16 << 20);
	WfBuffer	names = fixture_buffer(1 << 20);
	WfBuffer	copy = fixture_buffer(1 << 20);
	WfJsonExpansion expansion;
	WfSlice		whole = wf_slice(text, strlen(text));
	bool		any = wf_json_drop_repeated(&expansion, whole, &nodes, &names, &copy);

	assert_int_equal(any, expected != NULL);
	if (any)
		assert_string_equal(fixture_text(&copy), expected);
	free(nodes.data);
	free(names.data);
	free(copy.data);
}

static void
members_that_repeat(void **state)
{
	(void) state;
	check_dropped("{\"a\":1,\"b\":{\"a\":2},\"c\":[{\"a\":3},{\"a\":4}]}", NULL);
	check_dropped("{\"a\":1,\"a\":", NULL);
	check_dropped("text", NULL);
	check_dropped("", NULL);
	check_dropped("{\"a\":1,\"a\":2}", "{      \"a\":2}");
	check_dropped("{\"a\":[\",\"] , \"b\":1,\"\\u0061\":{},\"b\":2}", "{" "                  " "\"\\u0061\":{},\"b\":2}");
	check_dropped("[{\"a\":{\"x\":1,\"x\":2},\"b\":3,\"b\":4,\"a\":{\"x\":5}}]",
				  "[{" "                        " "\"b\":4,\"a\":{\"x\":5}}]");
}

static void
what_is_not_expanded(void **state)
{
	char		deep[2 * (WF_JSON_DEPTH_MAX + 1) + 1];

	(void) state;
	check("", &by_default, false, NULL);
	check("text", &by_default, false, NULL);
	check(" {}", &by_default, false, NULL);
	check("\"a\"", &by_default, false, NULL);
	check("1", &by_default, false, NULL);
	check("{\"a\":1", &by_default, false, NULL);
	check("{\"a\":1} x", &by_default, false, NULL);
	check("{\"a\":01}", &by_default, false, NULL);
	check("{\"a\":1,\"a\":2}", &by_default, false, NULL);
	check("{\"a\":1,\"\\u0061\":2}", &by_default, false, NULL);
	check("{\"a\":\"\xFF\"}", &by_default, false, NULL);

	/* one level more than the tokeniser takes, and as many as it takes */
	for (int i = 0; i <= WF_JSON_DEPTH_MAX; i++)
	{
		deep[i] = '[';
		deep[2 * WF_JSON_DEPTH_MAX + 1 - i] = ']';
	}
	deep[2 * WF_JSON_DEPTH_MAX + 2] = '\0';
	check(deep, &keep_all, false, NULL);
	deep[2 * WF_JSON_DEPTH_MAX + 1] = '\0';
	check(deep + 1, &keep_all, false, deep + 1);
}

static void
schemas(void **state)
{
	(void) state;
	check("{\"s\":\"x\",\"b\":true,\"i\":1,\"l\":3000000000,\"d\":1.5,\"n\":null}", &by_default, true,
		  "{\"s\":\"x\",\"b\":true,\"i\":1,\"l\":3000000000,\"d\":1.5} "
		  "{\"type\":\"struct\",\"fields\":[{\"type\":\"string\",\"optional\":true,\"field\":\"s\"},"
		  "{\"type\":\"boolean\",\"optional\":true,\"field\":\"b\"},"
		  "{\"type\":\"int32\",\"optional\":true,\"field\":\"i\"},"
		  "{\"type\":\"int64\",\"optional\":true,\"field\":\"l\"},"
		  "{\"type\":\"double\",\"optional\":true,\"field\":\"d\"}],"
		  "\"optional\":true,\"name\":\"payload\"}");
	check("{\"o\":{\"a\":[{\"x\":1}]},\"e\":[],\"n\":null}", &keep_all, true,
		  "{\"o\":{\"a\":[{\"x\":1}]},\"e\":[],\"n\":null} "
		  "{\"type\":\"struct\",\"fields\":[{\"type\":\"struct\",\"fields\":["
		  "{\"type\":\"array\",\"items\":{\"type\":\"struct\",\"fields\":["
		  "{\"type\":\"int32\",\"optional\":true,\"field\":\"x\"}],\"optional\":true,"
		  "\"name\":\"payload.o.a\"},\"optional\":true,\"field\":\"a\"}],\"optional\":true,"
		  "\"name\":\"payload.o\",\"field\":\"o\"},"
		  "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"optional\":true},\"optional\":true,"
		  "\"field\":\"e\"},{\"type\":\"bytes\",\"optional\":true,\"field\":\"n\"}],"
		  "\"optional\":true,\"name\":\"payload\"}");
	check("[[{\"a\":1}]]", &by_default, true,
		  "[[{\"a\":1}]] {\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":{\"type\":\"struct\","
		  "\"fields\":[{\"type\":\"int32\",\"optional\":true,\"field\":\"a\"}],\"optional\":true},"
		  "\"optional\":true},\"optional\":true}");
}

static void
ascii_only(void **state)
{
	static const char text[] = "{\"\xC3\xA9\":\"\xC3\xA9\\u00e9\\n\"}";
	char	   *result = expand(text, strlen(text), &by_default, false, true);

	(void) state;
	assert_string_equal(result, "{\"\\u00E9\":\"\\u00E9\\u00E9\\n\"}");
	free(result);
}

/* As many members as there is room for, and one more; objects that differ in all. */
static void
ceilings(void **state)
{
	WfBuffer	text = fixture_buffer(16 << 20);
	char		member[32];

	(void) state;
	wf_buffer_append_char(&text, '{');
	for (int i = 1; i < WF_JSON_EXPAND_NODES_MAX; i++)
	{
		int			length = snprintf(member, sizeof(member), "%s\"m%d\":1", i > 1 ? "," : "", i);

		wf_buffer_append(&text, member, (size_t) length);
	}
	wf_buffer_append_char(&text, '}');
	check(fixture_text(&text), &by_default, false, fixture_text(&text));
	text.length--;
	wf_buffer_append_literal(&text, ",\"more\":1}");
	check(fixture_text(&text), &by_default, false, NULL);
	free(text.data);
}

/*
 * Thousands of members that are null everywhere, and thousands of objects that could
 * have them: not the product of both.
 */
static void
many_left_out(void **state)
{
	enum
	{
		MEMBERS = 50000, OBJECTS = 400000
	};
	WfBuffer	text = fixture_buffer(16 << 20);
	clock_t		start = clock();
	char		member[32];
	char	   *result;

	(void) state;
	wf_buffer_append_literal(&text, "[{\"x\":1");
	for (int i = 0; i < MEMBERS; i++)
	{
		int			length = snprintf(member, sizeof(member), ",\"m%d\":null", i);

		wf_buffer_append(&text, member, (size_t) length);
	}
	for (int i = 0; i < OBJECTS; i++)
		wf_buffer_append_literal(&text, "},{");
	wf_buffer_append_literal(&text, "}]");
	result = expand(fixture_text(&text), strlen(fixture_text(&text)), &by_default, true, false);
	assert_non_null(result);
	assert_true(strncmp(result, "[{\"x\":1},{\"x\":null},{", 21) == 0);
	assert_null(strstr(result, "m1"));
	/* some 20,000,000,000 steps took minutes */
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20);
	free(result);
	free(text.data);
}

/* Names that were chosen to meet in one bucket: the text stays as it is. */
static uint32_t
bucket(const char *name)
{
	uint32_t	hash = UINT32_C(2166136261);

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t) *name) * UINT32_C(16777619);
	return (hash ^ hash >> 16) % WF_JSON_EXPAND_BUCKETS;
}

static void
chosen_names(void **state)
{
	WfBuffer	text = fixture_buffer(1 << 20);
	char		name[16];
	char		member[32];
	int			count = 0;

	(void) state;
	for (int i = 0; count <= WF_JSON_EXPAND_CHAIN_MAX; i++)
	{
		snprintf(name, sizeof(name), "n%d", i);
		if (bucket(name) != bucket("n0"))
			continue;
		if (count++ == WF_JSON_EXPAND_CHAIN_MAX)
			break;
		wf_buffer_append(&text, member, (size_t) snprintf(member, sizeof(member), "%c\"%s\":1",
														  count == 1 ? '{' : ',', name));
	}
	wf_buffer_append_char(&text, '}');
	check(fixture_text(&text), &by_default, false, fixture_text(&text));
	text.length--;
	wf_buffer_append(&text, member, (size_t) snprintf(member, sizeof(member), ",\"%s\":1}", name));
	check(fixture_text(&text), &by_default, false, NULL);
	free(text.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects),
		cmocka_unit_test(spellings),
		cmocka_unit_test(nulls_and_empty_arrays),
		cmocka_unit_test(arrays_of_one_type),
		cmocka_unit_test(arrays_of_several_types),
		cmocka_unit_test(members_that_repeat),
		cmocka_unit_test(what_is_not_expanded),
		cmocka_unit_test(schemas),
		cmocka_unit_test(ascii_only),
		cmocka_unit_test(ceilings),
		cmocka_unit_test(many_left_out),
		cmocka_unit_test(chosen_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
