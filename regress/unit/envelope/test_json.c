/*
 * test_json.c
 *		Strings, integers and base64, against golden text and, for text of any
 *		length at any place, against a byte-by-byte model.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "growing_buffer.h"

#include <inttypes.h>
#include <stdio.h>

#include "envelope/json.h"

static WfBuffer buffer;

static void
check_string(const char *text, size_t length, const char *expected, uint64_t replaced)
{
	WfTextForm	form = {0};

	wf_json_string(&buffer, &form, text, length);
	assert_content(&buffer, expected);
	assert_int_equal(form.replaced, replaced);
}

#define CHECK_STRING(text, expected, replaced) \
	check_string("" text, sizeof(text) - 1, expected, replaced)

static void
test_escapes(void **state)
{
	(void) state;
	CHECK_STRING("", "\"\"", 0);
	CHECK_STRING("hello world", "\"hello world\"", 0);
	/* recorded from Debezium 3.7.0 */
	CHECK_STRING("tab\tnl\ncr\rbs\bff\f\"quoted\" \\back\\ /slash",
				 "\"tab\\tnl\\ncr\\rbs\\bff\\f\\\"quoted\\\" \\\\back\\\\ /slash\"", 0);
	CHECK_STRING("\x01\x1F", "\"\\u0001\\u001F\"", 0);
	CHECK_STRING("a\0b", "\"a\\u0000b\"", 0);
	CHECK_STRING("\x7F", "\"\x7F\"", 0);
	CHECK_STRING("<&>' ", "\"<&>' \"", 0);
	CHECK_STRING("\u00E9\u65E5\u672C \u2028\xC2\x80", "\"\u00E9\u65E5\u672C \u2028\xC2\x80\"", 0);
	CHECK_STRING("\U0001D11E clef", "\"\\uD834\\uDD1E clef\"", 0);
	CHECK_STRING("emoji \U0001F600", "\"emoji \\uD83D\\uDE00\"", 0);
	CHECK_STRING("\U00010000\U0010FFFF", "\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", 0);
}

#define BAD "\xEF\xBF\xBD"

static void
test_invalid_utf8(void **state)
{
	(void) state;
	CHECK_STRING("\x80", "\"" BAD "\"", 1);
	CHECK_STRING("a\xFF" "b", "\"a" BAD "b\"", 1);
	CHECK_STRING("\xC0\x80", "\"" BAD BAD "\"", 2); /* overlong NUL */
	CHECK_STRING("\xC3", "\"" BAD "\"", 1);
	CHECK_STRING("\xC3(", "\"" BAD "(\"", 1);
	CHECK_STRING("\xE2\x82", "\"" BAD "\"", 1); /* one start of a character */
	CHECK_STRING("\xE2\x82x", "\"" BAD "x\"", 1);
	CHECK_STRING("\xE0\x9F\x80", "\"" BAD BAD BAD "\"", 3);
	CHECK_STRING("\xED\xA0\x80", "\"" BAD BAD BAD "\"", 3); /* surrogate */
	CHECK_STRING("\xF0\x9F\x98", "\"" BAD "\"", 1);
	CHECK_STRING("\xF0\x80\x80\x80", "\"" BAD BAD BAD BAD "\"", 4);
	CHECK_STRING("\xF4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"", 4);
	CHECK_STRING("\xF5\x80", "\"" BAD BAD "\"", 2);
	CHECK_STRING("0123456789abcde\xE9", "\"0123456789abcde" BAD "\"", 1);
}

static void
test_ascii_only(void **state)
{
	WfTextForm	form = {.ascii_only = true};
	const char *text = "\u00E9\u65E5\U0001F600\xFF~\x7F";

	(void) state;
	wf_json_string(&buffer, &form, text, strlen(text));
	assert_content(&buffer, "\"\\u00E9\\u65E5\\uD83D\\uDE00\\uFFFD~\x7F\"");
	assert_int_equal(form.replaced, 1);
}

/* Writes what one valid character becomes, the slow and obvious way. */
static size_t
model(char *out, const char *character)
{
	unsigned char c = (unsigned char) *character;

	if (c == '"' || c == '\\')
		return (size_t) sprintf(out, "\\%c", c);
	if (c == '\n')
		return (size_t) sprintf(out, "\\n");
	if (c < 0x20)
		return (size_t) sprintf(out, "\\u%04X", c);
	if (c >= 0xF0)
		return (size_t) sprintf(out, "\\uD83D\\uDE00");
	return (size_t) sprintf(out, "%s", character);
}

/* Attention at every offset and every length around the steps and pieces. */
static void
test_every_offset(void **state)
{
	static const char *const specials[] = {
		"\"", "\\", "\n", "\x1F", "\x01", " ", "!", "#", "[", "]", "\x7F",
		"\u00E9", "\u65E5", "\U0001F600"
	};
	static char text[1200];
	static char expected[6 * 1200 + 3];

	(void) state;
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++)
	{
		for (size_t offset = 0; offset < 1100; offset = offset == 40 ? 1000 : offset + 1)
		{
			for (size_t rest = 0; rest < 20; rest++)
			{
				size_t		special_length = strlen(specials[i]);
				size_t		length = offset + special_length + rest;
				size_t		model_length;

				memset(text, 'x', length);
				memcpy(text + offset, specials[i], special_length);
				expected[0] = '"';
				memset(expected + 1, 'x', offset);
				model_length = model(expected + 1 + offset, specials[i]);
				memset(expected + 1 + offset + model_length, 'x', rest);
				memcpy(expected + 1 + offset + model_length + rest, "\"", 2);
				check_string(text, length, expected, 0);
			}
		}
	}
}

/* Text that fits is taken to the last byte below the ceiling, and no further. */
static void
test_ceiling(void **state)
{
	static const char text[] = "ab\n\u00E9\U0001F600\x01z";
	size_t		needed;

	(void) state;
	{
		WfTextForm	form = {0};

		wf_json_string(&buffer, &form, text, strlen(text));
		needed = buffer.length;
		wf_buffer_cut(&buffer, 0);
	}
	for (size_t ceiling = 0; ceiling < needed + 2; ceiling++)
	{
		WfTextForm	form = {0};
		WfBuffer	limited = growing_buffer(ceiling);

		wf_json_string(&limited, &form, text, strlen(text));
		assert_int_equal(limited.error, ceiling < needed ? WF_BUFFER_CEILING : WF_BUFFER_OK);
		assert_true(limited.length <= ceiling);
		free(limited.data);
	}
}

static void
test_integers(void **state)
{
	static const int64_t extremes[] = {0, 9, -9, 10, 99, 100, -100, 12345, INT64_MAX, INT64_MIN};
	char		expected[32];

	(void) state;
	for (size_t i = 0; i < sizeof(extremes) / sizeof(extremes[0]); i++)
	{
		snprintf(expected, sizeof(expected), "%" PRId64, extremes[i]);
		wf_json_int64(&buffer, extremes[i]);
		assert_content(&buffer, expected);
	}
	for (int shift = 0; shift < 64; shift++)
	{
		for (int difference = -2; difference <= 2; difference++)
		{
			uint64_t	value = (UINT64_C(1) << shift) + (uint64_t) (int64_t) difference;

			snprintf(expected, sizeof(expected), "%" PRIu64, value);
			wf_json_uint64(&buffer, value);
			assert_content(&buffer, expected);
			snprintf(expected, sizeof(expected), "%" PRId64, (int64_t) value);
			wf_json_int64(&buffer, (int64_t) value);
			assert_content(&buffer, expected);
		}
	}
}

static void
test_base64(void **state)
{
	static const char *const pairs[][2] = {
		{"", "\"\""}, {"f", "\"Zg==\""}, {"fo", "\"Zm8=\""}, {"foo", "\"Zm9v\""},
		{"foob", "\"Zm9vYg==\""}, {"fooba", "\"Zm9vYmE=\""}, {"foobar", "\"Zm9vYmFy\""},
		{"\xDE\xAD\xBE\xEF", "\"3q2+7w==\""}, {"\xFB\xFF\x3E\x3F", "\"+/8+Pw==\""},
		{"__debezium_unavailable_value", "\"X19kZWJleml1bV91bmF2YWlsYWJsZV92YWx1ZQ==\""},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
	{
		wf_json_base64(&buffer, pairs[i][0], strlen(pairs[i][0]));
		assert_content(&buffer, pairs[i][1]);
	}
	wf_json_base64(&buffer, "\0", 1);
	assert_content(&buffer, "\"AA==\"");

	buffer.length = 0;
	wf_json_base64(&buffer, "x", SIZE_MAX);
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	wf_buffer_cut(&buffer, 0);
}

/* A ceiling that the string reaches exactly is enough, whatever it takes to write it. */
static void
check_in_place(void (*write) (WfBuffer *, WfTextForm *, size_t), const char *text, bool ascii_only,
			   const char *expected)
{
	for (size_t ceiling = strlen(text) + 1; ceiling <= strlen(expected) + 2; ceiling++)
	{
		WfBuffer	buffer = growing_buffer(ceiling);
		WfTextForm	form = {.ascii_only = ascii_only};
		bool		fits = ceiling >= strlen(expected) + 1;

		wf_buffer_append_char(&buffer, '>');
		wf_buffer_append(&buffer, text, strlen(text));
		write(&buffer, &form, 1);
		assert_int_equal(buffer.error, fits ? WF_BUFFER_OK : WF_BUFFER_CEILING);
		if (fits)
		{
			assert_int_equal(buffer.length, strlen(expected) + 1);
			assert_memory_equal(buffer.data + 1, expected, strlen(expected));
		}
		free(buffer.data);
	}
}

static void
test_in_place(void **state)
{
	char		long_text[3001];
	char		long_string[3003];

	(void) state;
	check_in_place(wf_json_quote, "", false, "\"\"");
	check_in_place(wf_json_quote, "a\"\x01\u00e9\xff\U0001F600", false,
				   "\"a\\\"\\u0001\u00e9\ufffd\\uD83D\\uDE00\"");
	check_in_place(wf_json_quote, "a\"\x01\u00e9\xff\U0001F600", true,
				   "\"a\\\"\\u0001\\u00E9\\uFFFD\\uD83D\\uDE00\"");
	check_in_place(wf_json_escape_multibyte, "{\"a\\\"\":\"\u00e9\U0001F600\"}", false,
				   "{\"a\\\"\":\"\u00e9\\uD83D\\uDE00\"}");
	check_in_place(wf_json_escape_multibyte, "{\"a\\\"\":\"\u00e9\U0001F600\"}", true,
				   "{\"a\\\"\":\"\\u00E9\\uD83D\\uDE00\"}");
	memset(long_text, 'x', 3000);
	memset(long_string + 1, 'x', 3000);
	long_text[3000] = long_string[3002] = '\0';
	long_string[0] = long_string[3001] = '"';
	check_in_place(wf_json_quote, long_text, false, long_string);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_invalid_utf8),
		cmocka_unit_test(test_ascii_only),
		cmocka_unit_test(test_every_offset),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_in_place),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_base64),
	};
	int			failed;

	buffer = growing_buffer(1 << 20);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	free(buffer.data);
	return failed;
}
