/*
 * json_reader.c
 *		An allocation-free pull tokeniser for JSON.
 *
 * One state (what may come next) and one bit per level (object or array) are
 * all it remembers, so its cost is one pass over the bytes.  Strings, most of
 * an event, are read eight bytes at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_reader.h"

#define EVERY_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

void
wf_json_reader_init(WfJsonReader *reader, const char *data, size_t length)
{
	memset(reader, 0, sizeof(*reader));
	reader->data = data;
	reader->length = length;
	reader->expect = WF_JSON_EXPECT_VALUE;
}

static WfJsonToken
fail(WfJsonReader *reader, const char *error)
{
	if (reader->error == NULL)
		reader->error = error;
	return WF_TOKEN_ERROR;
}

static bool
in_object(const WfJsonReader *reader)
{
	int			level = reader->depth - 1;

	return (reader->in_object[level / 64] >> (level % 64)) & 1;
}

/* Says what may follow now that a value is complete. */
static void
value_done(WfJsonReader *reader)
{
	reader->expect = reader->depth > 0 ? WF_JSON_EXPECT_COMMA_OR_END : WF_JSON_EXPECT_NOTHING;
}

static WfJsonToken
open_level(WfJsonReader *reader, WfJsonToken token)
{
	int			level = reader->depth;
	uint64_t	bit;

	if (level >= WF_JSON_DEPTH_MAX)
		return fail(reader, "nested too deeply");
	bit = UINT64_C(1) << (level % 64);
	if (token == WF_TOKEN_OBJECT)
		reader->in_object[level / 64] |= bit;
	else
		reader->in_object[level / 64] &= ~bit;
	reader->depth++;
	reader->offset++;
	reader->expect = token == WF_TOKEN_OBJECT ? WF_JSON_EXPECT_NAME_OR_END :
		WF_JSON_EXPECT_VALUE_OR_END;
	return token;
}

static WfJsonToken
close_level(WfJsonReader *reader, WfJsonToken token)
{
	reader->depth--;
	reader->offset++;
	value_done(reader);
	return token;
}

/*
 * Length of the valid UTF-8 sequence at p, 0 if there is none (Unicode 15,
 * table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
static size_t
utf8_sequence(const unsigned char *p, size_t left)
{
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	size_t		length;

	if (p[0] >= 0xC2 && p[0] <= 0xDF)
		length = 2;
	else if (p[0] >= 0xE0 && p[0] <= 0xEF)
	{
		length = 3;
		if (p[0] == 0xE0)
			low = 0xA0;
		else if (p[0] == 0xED)
			high = 0x9F;
	}
	else if (p[0] >= 0xF0 && p[0] <= 0xF4)
	{
		length = 4;
		if (p[0] == 0xF0)
			low = 0x90;
		else if (p[0] == 0xF4)
			high = 0x8F;
	}
	else
		return 0;
	if (left < length || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++)
	{
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	}
	return length;
}

static bool
is_hex(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Steps over the escape sequence at offset; false if it is none. */
static bool
read_escape(WfJsonReader *reader)
{
	const unsigned char *p = (const unsigned char *) reader->data + reader->offset;
	size_t		left = reader->length - reader->offset;

	if (left < 2)
		return false;
	switch (p[1])
	{
		case '"':
		case '\\':
		case '/':
		case 'b':
		case 'f':
		case 'n':
		case 'r':
		case 't':
			reader->offset += 2;
			return true;
		case 'u':
			if (left < 6 || !is_hex(p[2]) || !is_hex(p[3]) || !is_hex(p[4]) || !is_hex(p[5]))
				return false;
			reader->offset += 6;
			return true;
		default:
			return false;
	}
}

/* Steps over bytes that need no look: printable ASCII but " and \. */
static void
skip_plain(WfJsonReader *reader)
{
	while (reader->length - reader->offset >= sizeof(uint64_t))
	{
		uint64_t	word;
		uint64_t	special;

		/*
		 * The top bit of a byte that is < 0x20, >= 0x80, " or \ becomes set;
		 * borrows falsify only bytes above such a one.
		 */
		memcpy(&word, reader->data + reader->offset, sizeof(word));
		special = ((word - EVERY_BYTE(0x20)) | ((word ^ EVERY_BYTE('"')) - EVERY_BYTE(1)) |
				   ((word ^ EVERY_BYTE('\\')) - EVERY_BYTE(1)) | word) & EVERY_BYTE(0x80);
		if (special != 0)
		{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			reader->offset += (size_t) __builtin_ctzll(special) / 8;
#endif
			return;
		}
		reader->offset += sizeof(word);
	}
}

/* Reads a string whose opening quote stands at offset. */
static bool
read_string(WfJsonReader *reader)
{
	size_t		start = ++reader->offset;

	reader->escaped = false;
	for (;;)
	{
		unsigned char c;
		size_t		length;

		skip_plain(reader);
		if (reader->offset >= reader->length)
		{
			fail(reader, "string without end");
			return false;
		}
		c = (unsigned char) reader->data[reader->offset];
		if (c == '"')
			break;
		if (c == '\\')
		{
			reader->escaped = true;
			if (!read_escape(reader))
			{
				fail(reader, "invalid escape sequence");
				return false;
			}
		}
		else if (c < 0x20)
		{
			fail(reader, "unescaped control character");
			return false;
		}
		else if (c < 0x80)
			reader->offset++;
		else
		{
			length = utf8_sequence((const unsigned char *) reader->data + reader->offset,
								   reader->length - reader->offset);
			if (length == 0)
			{
				fail(reader, "invalid UTF-8");
				return false;
			}
			reader->offset += length;
		}
	}
	reader->text = wf_slice(reader->data + start, reader->offset - start);
	reader->offset++;
	return true;
}

/* Steps over digits; false if there is not even one. */
static bool
read_digits(WfJsonReader *reader)
{
	size_t		start = reader->offset;

	while (reader->offset < reader->length &&
		   reader->data[reader->offset] >= '0' && reader->data[reader->offset] <= '9')
		reader->offset++;
	return reader->offset > start;
}

static bool
at(const WfJsonReader *reader, char c)
{
	return reader->offset < reader->length && reader->data[reader->offset] == c;
}

static WfJsonToken
read_number(WfJsonReader *reader)
{
	size_t		start = reader->offset;

	if (at(reader, '-'))
		reader->offset++;
	if (at(reader, '0'))
		reader->offset++;
	else if (!read_digits(reader))
		return fail(reader, "invalid value");
	if (at(reader, '.'))
	{
		reader->offset++;
		if (!read_digits(reader))
			return fail(reader, "invalid number");
	}
	if (at(reader, 'e') || at(reader, 'E'))
	{
		reader->offset++;
		if (at(reader, '+') || at(reader, '-'))
			reader->offset++;
		if (!read_digits(reader))
			return fail(reader, "invalid number");
	}
	reader->text = wf_slice(reader->data + start, reader->offset - start);
	value_done(reader);
	return WF_TOKEN_NUMBER;
}

static WfJsonToken
read_word(WfJsonReader *reader, WfSlice word, WfJsonToken token)
{
	if (reader->length - reader->offset < word.length ||
		memcmp(reader->data + reader->offset, word.data, word.length) != 0)
		return fail(reader, "invalid value");
	reader->offset += word.length;
	value_done(reader);
	return token;
}

static WfJsonToken
read_value(WfJsonReader *reader)
{
	switch (reader->data[reader->offset])
	{
		case '{':
			return open_level(reader, WF_TOKEN_OBJECT);
		case '[':
			return open_level(reader, WF_TOKEN_ARRAY);
		case '"':
			if (!read_string(reader))
				return WF_TOKEN_ERROR;
			value_done(reader);
			return WF_TOKEN_STRING;
		case 't':
			return read_word(reader, WF_LITERAL("true"), WF_TOKEN_TRUE);
		case 'f':
			return read_word(reader, WF_LITERAL("false"), WF_TOKEN_FALSE);
		case 'n':
			return read_word(reader, WF_LITERAL("null"), WF_TOKEN_NULL);
		default:
			return read_number(reader);
	}
}

static void
skip_space(WfJsonReader *reader)
{
	while (reader->offset < reader->length)
	{
		char		c = reader->data[reader->offset];

		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			break;
		reader->offset++;
	}
}

static WfJsonToken
read_name(WfJsonReader *reader)
{
	if (!at(reader, '"'))
		return fail(reader, "a member's name is missing");
	if (!read_string(reader))
		return WF_TOKEN_ERROR;
	skip_space(reader);
	if (!at(reader, ':'))
		return fail(reader, "a colon is missing");
	reader->offset++;
	reader->expect = WF_JSON_EXPECT_VALUE;
	return WF_TOKEN_NAME;
}

WfJsonToken
wf_json_next(WfJsonReader *reader)
{
	if (reader->error != NULL)
		return WF_TOKEN_ERROR;
	skip_space(reader);
	if (reader->offset >= reader->length)
		return reader->expect == WF_JSON_EXPECT_NOTHING ? WF_TOKEN_END : fail(reader, "text ends too early");
	if (reader->expect == WF_JSON_EXPECT_COMMA_OR_END)
	{
		bool		object = in_object(reader);

		reader->token_start = reader->offset;
		if (at(reader, object ? '}' : ']'))
			return close_level(reader, object ? WF_TOKEN_OBJECT_END : WF_TOKEN_ARRAY_END);
		if (!at(reader, ','))
			return fail(reader, "a comma is missing");
		reader->offset++;
		skip_space(reader);
		if (reader->offset >= reader->length)
			return fail(reader, "text ends too early");
		reader->expect = object ? WF_JSON_EXPECT_NAME : WF_JSON_EXPECT_VALUE;
	}
	reader->token_start = reader->offset;
	switch (reader->expect)
	{
		case WF_JSON_EXPECT_NAME_OR_END:
			if (at(reader, '}'))
				return close_level(reader, WF_TOKEN_OBJECT_END);
			return read_name(reader);
		case WF_JSON_EXPECT_NAME:
			return read_name(reader);
		case WF_JSON_EXPECT_VALUE_OR_END:
			if (at(reader, ']'))
				return close_level(reader, WF_TOKEN_ARRAY_END);
			return read_value(reader);
		case WF_JSON_EXPECT_VALUE:
			return read_value(reader);
		default:
			return fail(reader, "text after the end of the document");
	}
}

bool
wf_json_skip(WfJsonReader *reader, WfJsonToken token, WfSlice *raw)
{
	size_t		start = reader->token_start;

	if (token == WF_TOKEN_ERROR)
		return false;
	if (token == WF_TOKEN_OBJECT || token == WF_TOKEN_ARRAY)
	{
		int			depth = reader->depth;

		while (reader->depth >= depth)
		{
			if (wf_json_next(reader) == WF_TOKEN_ERROR)
				return false;
		}
	}
	*raw = wf_slice(reader->data + start, reader->offset - start);
	return true;
}

static uint32_t
hex4(const char *p)
{
	uint32_t	value = 0;

	for (int i = 0; i < 4; i++)
	{
		char		c = p[i];

		value = value << 4 | (uint32_t) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return value;
}

static void
append_character(WfBuffer *buffer, uint32_t c)
{
	char		bytes[4];
	size_t		length;

	if (c < 0x80)
	{
		bytes[0] = (char) c;
		length = 1;
	}
	else if (c < 0x800)
	{
		bytes[0] = (char) (0xC0 | c >> 6);
		bytes[1] = (char) (0x80 | (c & 0x3F));
		length = 2;
	}
	else if (c < 0x10000)
	{
		bytes[0] = (char) (0xE0 | c >> 12);
		bytes[1] = (char) (0x80 | (c >> 6 & 0x3F));
		bytes[2] = (char) (0x80 | (c & 0x3F));
		length = 3;
	}
	else
	{
		bytes[0] = (char) (0xF0 | c >> 18);
		bytes[1] = (char) (0x80 | (c >> 12 & 0x3F));
		bytes[2] = (char) (0x80 | (c >> 6 & 0x3F));
		bytes[3] = (char) (0x80 | (c & 0x3F));
		length = 4;
	}
	wf_buffer_append(buffer, bytes, length);
}

/* Reads the \uXXXX at p (and its partner), returns where to go on. */
static const char *
unescape_unicode(const char *p, const char *end, WfBuffer *buffer)
{
	uint32_t	c = hex4(p + 2);

	p += 6;
	if (c >= 0xD800 && c <= 0xDBFF)
	{
		if (end - p >= 6 && p[0] == '\\' && p[1] == 'u')
		{
			uint32_t	partner = hex4(p + 2);

			if (partner >= 0xDC00 && partner <= 0xDFFF)
			{
				append_character(buffer, 0x10000 + ((c - 0xD800) << 10) + (partner - 0xDC00));
				return p + 6;
			}
		}
		c = 0xFFFD;
	}
	else if (c >= 0xDC00 && c <= 0xDFFF)
		c = 0xFFFD;
	append_character(buffer, c);
	return p;
}

void
wf_json_unescape(WfSlice raw, WfBuffer *buffer)
{
	const char *p = raw.data;
	const char *end = raw.data + raw.length;

	while (p < end)
	{
		const char *backslash = memchr(p, '\\', (size_t) (end - p));

		if (backslash == NULL)
			backslash = end;
		wf_buffer_append(buffer, p, (size_t) (backslash - p));
		p = backslash;
		if (p == end)
			break;
		switch (p[1])
		{
			case 'u':
				p = unescape_unicode(p, end, buffer);
				continue;
			case 'b':
				wf_buffer_append_char(buffer, '\b');
				break;
			case 'f':
				wf_buffer_append_char(buffer, '\f');
				break;
			case 'n':
				wf_buffer_append_char(buffer, '\n');
				break;
			case 'r':
				wf_buffer_append_char(buffer, '\r');
				break;
			case 't':
				wf_buffer_append_char(buffer, '\t');
				break;
			default:
				wf_buffer_append_char(buffer, p[1]);
				break;
		}
		p += 2;
	}
}

bool
wf_json_text_is(const WfJsonReader *reader, WfSlice text)
{
	char		bytes[1024];
	WfBuffer	buffer = {.data = bytes, .capacity = sizeof(bytes), .ceiling = sizeof(bytes)};

	if (!reader->escaped)
		return reader->text.length == text.length &&
			memcmp(reader->text.data, text.data, text.length) == 0;
	wf_json_unescape(reader->text, &buffer);
	return buffer.error == WF_BUFFER_OK && buffer.length == text.length &&
		memcmp(bytes, text.data, text.length) == 0;
}

bool
wf_json_read_int64(WfSlice number, int64_t *value)
{
	const char *p = number.data;
	const char *end = number.data + number.length;
	bool		negative = p < end && *p == '-';
	uint64_t	magnitude = 0;
	uint64_t	limit = (uint64_t) INT64_MAX + (negative ? 1 : 0);

	if (negative)
		p++;
	if (p == end)
		return false;
	for (; p < end; p++)
	{
		unsigned	digit = (unsigned) (*p - '0');

		if (digit > 9 || magnitude > (limit - digit) / 10)
			return false;
		magnitude = magnitude * 10 + digit;
	}
	*value = negative ? (int64_t) (0 - magnitude) : (int64_t) magnitude;
	return true;
}
