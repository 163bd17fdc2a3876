/*
 * test_json_reader.c
 *		The tokeniser: every token, every fault, escapes, limits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include "envelope/json_reader.h"

/* One letter per token: { } [ ] n s # t f 0, $ for the end, ! for a fault. */
static void
assert_tokens(const char *json, const char *expected)
{
	static const char letters[] = "!${}[]ns#tf0";
	char	   *exact = malloc(strlen(json) + 1);
	char		seen[4096];
	size_t		count = 0;
	WfJsonReader reader;
	WfJsonToken token;

	/* memory of the exact size: a byte too far is seen by the sanitizer */
	exact = realloc(exact, strlen(json) > 0 ? strlen(json) : 1);
	memcpy(exact, json, strlen(json));
	wf_json_reader_init(&reader, exact, strlen(json));
	do
	{
		token = wf_json_next(&reader);
		seen[count++] = letters[token];
	} while (token != WF_TOKEN_ERROR && token != WF_TOKEN_END && count < sizeof(seen) - 1);
	seen[count] = '\0';
	assert_string_equal(seen, expected);
	if (token == WF_TOKEN_ERROR)
	{
		assert_non_null(reader.error);
		assert_int_equal(wf_json_next(&reader), WF_TOKEN_ERROR);	/* sticky */
	}
	free(exact);
}

static void
test_documents(void **state)
{
	(void) state;
	assert_tokens("{}", "{}$");
	assert_tokens(" [ ] ", "[]$");
	assert_tokens("null", "0$");
	assert_tokens("-0.5e+10", "#$");
	assert_tokens("{\"a\":1,\"b\":[true,false,null,\"x\",{}],\"c\":{\"d\":\"\"}}",
				  "{n#n[tf0s{}]n{ns}}$");
	assert_tokens("\t\r\n[1 , 2]", "[##]$");
	assert_tokens("[[[]]]", "[[[]]]$");
}

static void
test_faults(void **state)
{
	static const char *const texts[] = {
		"", " ", "{", "[", "]", "}", ":", ",", "[1", "[1,", "[1,]", "[,1]", "{\"a\"", "{\"a\":",
		"{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{1:2}", "{\"a\" 1}", "[1 2]", "1 2", "nul",
		"truee", "-", "01", "1.", ".5", "1e", "1e+", "+1", "\"", "\"a", "\"\\", "\"\\x\"",
		"\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "\"\x01\"", "\"\x80\"", "\"\xC3\"", "\"\xC0\x80\"",
		"\"\xED\xA0\x80\"", "\"\xF5\x80\x80\x80\"", "\"\xF0\x8F\x80\x80\"", "\"\xE0\x80\x80\"",
		"{}{}", "[}", "{]", "'a'", "NaN", "// x", "\xEF\xBB\xBF{}"
	};

	(void) state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
	{
		WfJsonReader reader;
		WfJsonToken token;

		wf_json_reader_init(&reader, texts[i], strlen(texts[i]));
		while ((token = wf_json_next(&reader)) != WF_TOKEN_END && token != WF_TOKEN_ERROR)
			;
		if (token != WF_TOKEN_ERROR)
			fail_msg("taken for JSON: %s", texts[i]);
	}
	assert_tokens("{\"a\":[1,}", "{n[#!");
}

static void
test_offset_of_fault(void **state)
{
	WfJsonReader reader;

	(void) state;
	wf_json_reader_init(&reader, "{\"a\":x}", 7);
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_OBJECT);
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_NAME);
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_ERROR);
	assert_int_equal(reader.offset, 5);
}

static void
test_depth(void **state)
{
	char		text[2 * (WF_JSON_DEPTH_MAX + 1)];
	WfJsonReader reader;
	WfSlice		raw;

	(void) state;
	memset(text, '[', WF_JSON_DEPTH_MAX);
	memset(text + WF_JSON_DEPTH_MAX, ']', WF_JSON_DEPTH_MAX);
	wf_json_reader_init(&reader, text, 2 * WF_JSON_DEPTH_MAX);
	assert_true(wf_json_skip(&reader, wf_json_next(&reader), &raw));
	assert_int_equal(raw.length, 2 * WF_JSON_DEPTH_MAX);
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_END);

	memset(text, '[', sizeof(text));
	wf_json_reader_init(&reader, text, sizeof(text));
	for (int i = 0; i < WF_JSON_DEPTH_MAX; i++)
		assert_int_equal(wf_json_next(&reader), WF_TOKEN_ARRAY);
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_ERROR);
	assert_string_equal(reader.error, "nested too deeply");
}

static void
test_skip_gives_raw_values(void **state)
{
	static const char text[] = "{\"a\": {\"x\":[1,\"}\"]} ,\"b\":\"q\\\"\",\"c\":-1.5e3}";
	static const char *const values[] = {"{\"x\":[1,\"}\"]}", "\"q\\\"\"", "-1.5e3"};
	WfJsonReader reader;
	WfSlice		raw;

	(void) state;
	wf_json_reader_init(&reader, text, sizeof(text) - 1);
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_OBJECT);
	for (int i = 0; i < 3; i++)
	{
		assert_int_equal(wf_json_next(&reader), WF_TOKEN_NAME);
		assert_true(wf_json_skip(&reader, wf_json_next(&reader), &raw));
		assert_slice(raw, values[i]);
	}
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_OBJECT_END);
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_END);
}

static void
assert_unescaped(const char *json, const char *expected)
{
	WfBuffer	buffer = heap_fixture();
	WfJsonReader reader;

	wf_json_reader_init(&reader, json, strlen(json));
	assert_int_equal(wf_json_next(&reader), WF_TOKEN_STRING);
	assert_int_equal(reader.escaped, strchr(json, '\\') != NULL);
	wf_json_unescape(reader.text, &buffer);
	assert_slice(wf_buffer_since(&buffer, 0), expected);
	assert_true(wf_json_text_is(&reader, text_of(expected)));
	assert_false(wf_json_text_is(&reader, text_of("something else")));
	heap_buffer_free(&buffer);
}

static void
test_unescape(void **state)
{
	(void) state;
	assert_unescaped("\"\"", "");
	assert_unescaped("\"plain text that is longer than eight bytes\"",
					 "plain text that is longer than eight bytes");
	assert_unescaped("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t");
	assert_unescaped("\"a\\u00e9\\u20ACb\"", "a\xC3\xA9\xE2\x82\xAC" "b");
	assert_unescaped("\"\\uD83D\\uDE00\"", "\xF0\x9F\x98\x80");
	assert_unescaped("\"\\uDBFF\\uDFFF\"", "\xF4\x8F\xBF\xBF");
	/* surrogates without a partner */
	assert_unescaped("\"\\uD83D\"", "\xEF\xBF\xBD");
	assert_unescaped("\"\\uD83Dx\"", "\xEF\xBF\xBDx");
	assert_unescaped("\"\\uDE00\"", "\xEF\xBF\xBD");
	assert_unescaped("\"\\uD83D\\uD83D\\uDE00\"", "\xEF\xBF\xBD\xF0\x9F\x98\x80");
	assert_unescaped("\"\\uD83D\\n\"", "\xEF\xBF\xBD\n");
	assert_unescaped("\"\xE2\x82\xAC\xF0\x9F\x98\x80\"", "\xE2\x82\xAC\xF0\x9F\x98\x80");
}

/* Special bytes at every place of the eight that are looked at together. */
static void
test_special_bytes_at_every_place(void **state)
{
	(void) state;
	for (size_t length = 0; length < 24; length++)
	{
		char		text[64];
		WfJsonReader reader;

		memset(text, 'a', sizeof(text));
		text[0] = '"';
		text[1 + length] = '"';
		wf_json_reader_init(&reader, text, length + 2);
		assert_int_equal(wf_json_next(&reader), WF_TOKEN_STRING);
		assert_int_equal(reader.text.length, length);
		assert_false(reader.escaped);

		text[1 + length] = '\\';
		text[2 + length] = 'n';
		text[3 + length] = '"';
		wf_json_reader_init(&reader, text, length + 4);
		assert_int_equal(wf_json_next(&reader), WF_TOKEN_STRING);
		assert_true(reader.escaped);

		text[1 + length] = 0x1F;
		wf_json_reader_init(&reader, text, length + 4);
		assert_int_equal(wf_json_next(&reader), WF_TOKEN_ERROR);
		assert_int_equal(reader.offset, 1 + length);
	}
}

static void
test_int64(void **state)
{
	int64_t		value;

	(void) state;
	assert_true(wf_json_read_int64(text_of("0"), &value) && value == 0);
	assert_true(wf_json_read_int64(text_of("-17"), &value) && value == -17);
	assert_true(wf_json_read_int64(text_of("9223372036854775807"), &value) && value == INT64_MAX);
	assert_true(wf_json_read_int64(text_of("-9223372036854775808"), &value) && value == INT64_MIN);
	assert_false(wf_json_read_int64(text_of("9223372036854775808"), &value));
	assert_false(wf_json_read_int64(text_of("-9223372036854775809"), &value));
	assert_false(wf_json_read_int64(text_of("18446744073709551616"), &value));
	assert_false(wf_json_read_int64(text_of("1.0"), &value));
	assert_false(wf_json_read_int64(text_of("1e3"), &value));
	assert_false(wf_json_read_int64(text_of("-"), &value));
	assert_false(wf_json_read_int64(text_of(""), &value));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_offset_of_fault),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_skip_gives_raw_values),
		cmocka_unit_test(test_unescape),
		cmocka_unit_test(test_special_bytes_at_every_place),
		cmocka_unit_test(test_int64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
