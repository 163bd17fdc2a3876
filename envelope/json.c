/*
 * json.c
 *		Write-only JSON: strings, integers, floats, base64.
 *
 * Strings are most of what is written, and most bytes of most strings need
 * nothing done to them.  So text is copied in steps of 16 (or 8) bytes while
 * it is being looked at, and only a byte that needs attention leaves that
 * loop.  Each piece of input has its worst-case room reserved first (6 bytes
 * per byte), which keeps checks out of the loop; close to the buffer's ceiling
 * the pieces shrink to single characters with exact appends, so that text that
 * fits is never refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json.h"

#include "digits.h"
#include "float.h"
#include "plain_run.h"
#include "utf8.h"

#define PIECE_BYTES 1024
#define EXPANSION_MAX WF_JSON_EXPANSION_MAX
#define SLACK_BYTES WF_JSON_SLACK_BYTES

static const char hex_upper[16] = {
	'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'
};

static const char base64_digits[65] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static char *
put_unicode_escape(char *out, uint32_t unit)
{
	out[0] = '\\';
	out[1] = 'u';
	out[2] = hex_upper[unit >> 12 & 15];
	out[3] = hex_upper[unit >> 8 & 15];
	out[4] = hex_upper[unit >> 4 & 15];
	out[5] = hex_upper[unit & 15];
	return out + 6;
}

/* One ASCII character that must be escaped. */
static inline char *
put_escape(char *out, unsigned char c)
{
	char		shorthand;

	switch (c)
	{
		case '"':
		case '\\':
			shorthand = (char) c;
			break;
		case '\b':
			shorthand = 'b';
			break;
		case '\f':
			shorthand = 'f';
			break;
		case '\n':
			shorthand = 'n';
			break;
		case '\r':
			shorthand = 'r';
			break;
		case '\t':
			shorthand = 't';
			break;
		default:
			return put_unicode_escape(out, c);
	}
	out[0] = '\\';
	out[1] = shorthand;
	return out + 2;
}

/* The character at *from, whose first byte is not ASCII; moves *from on. */
static char *
put_multibyte(char *out, WfTextForm *form, const unsigned char **from, const unsigned char *end)
{
	const unsigned char *p = *from;
	uint32_t	character;
	bool		valid;
	int			length = wf_utf8_decode(p, end, &character, &valid);

	*from = p + length;
	if (!valid)
	{
		form->replaced++;
		if (!form->ascii_only)
		{
			memcpy(out, "\xEF\xBF\xBD", 3);
			return out + 3;
		}
	}
	if (character >= 0x10000)
	{
		character -= 0x10000;
		out = put_unicode_escape(out, 0xD800 | character >> 10);
		return put_unicode_escape(out, 0xDC00 | (character & 0x3FF));
	}
	if (form->ascii_only)
		return put_unicode_escape(out, character);
	out[0] = (char) p[0];
	out[1] = (char) p[1];
	if (length == 3)
		out[2] = (char) p[2];
	return out + length;
}

/*
 * Writes the characters that begin in [*from, limit) and moves *from behind
 * them.  end: of the whole text.  out: room for the worst case and the slack.
 */
static char *
put_piece(char *out, WfTextForm *form, const unsigned char **from, const unsigned char *limit,
		  const unsigned char *end)
{
	const unsigned char *p = *from;

	while (p < limit)
	{
		out = wf_plain_run(out, &p, limit);
		/* beyond ASCII, such a byte is seldom alone */
		while (p < limit && wf_needs_attention(*p))
		{
			if (*p < 0x80)
				out = put_escape(out, *p++);
			else
				out = put_multibyte(out, form, &p, end);
		}
	}
	*from = p;
	return out;
}

void
wf_json_string_part(WfBuffer *buffer, WfTextForm *form, const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *) text;
	const unsigned char *end;

	if (length == 0)
		return;
	end = p + length;
	while (p < end && buffer->error == WF_BUFFER_OK)
	{
		size_t		piece = (size_t) (end - p) < PIECE_BYTES ? (size_t) (end - p) : PIECE_BYTES;
		size_t		worst = piece * EXPANSION_MAX + SLACK_BYTES;

		if (buffer->ceiling - buffer->length >= worst)
		{
			char	   *out;

			if (!wf_buffer_reserve(buffer, worst))
				return;
			out = buffer->data + buffer->length;
			buffer->length += (size_t) (put_piece(out, form, &p, p + piece, end) - out);
		}
		else
		{
			char		one[EXPANSION_MAX + SLACK_BYTES];
			char	   *out = put_piece(one, form, &p, p + 1, end);

			wf_buffer_append(buffer, one, (size_t) (out - one));
		}
	}
}

char *
wf_json_put_string(char *out, WfTextForm *form, const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *) text;

	*out++ = '"';
	if (length > 0)
		out = put_piece(out, form, &p, p + length, p + length);
	*out++ = '"';
	return out;
}

void
wf_json_string(WfBuffer *buffer, WfTextForm *form, const char *text, size_t length)
{
	/* most strings are short, and the buffer has room for their worst case */
	if (length <= PIECE_BYTES && buffer->error == WF_BUFFER_OK &&
		buffer->capacity - buffer->length >= WF_JSON_STRING_ROOM(length))
	{
		char	   *out = buffer->data + buffer->length;

		buffer->length += (size_t) (wf_json_put_string(out, form, text, length) - out);
		return;
	}
	wf_buffer_append_char(buffer, '"');
	wf_json_string_part(buffer, form, text, length);
	wf_buffer_append_char(buffer, '"');
}

/* What the text takes in a JSON string without its quotes; escapes_ascii: or else as it is. */
static size_t
escaped_length(const WfTextForm *form, const char *text, size_t length, bool escapes_ascii)
{
	const unsigned char *p = (const unsigned char *) text;
	const unsigned char *end = p + length;
	WfTextForm	unseen = *form; /* what is replaced counts when it is written */
	char		one[EXPANSION_MAX * 2 + SLACK_BYTES];
	size_t		result = 0;

	while (p < end)
	{
		if (*p >= 0x80)
			result += (size_t) (put_multibyte(one, &unseen, &p, end) - one);
		else if (escapes_ascii && wf_needs_attention(*p))
			result += (size_t) (put_escape(one, *p++) - one);
		else
		{
			result++;
			p++;
		}
	}
	return result;
}

/*
 * Room behind the text at mark for what takes its place: so much that the text,
 * in the same memory, does not move meanwhile.
 */
static bool
reserve_behind(WfBuffer *buffer, size_t mark, size_t new_length)
{
	size_t		length = buffer->length - mark;
	size_t		content = new_length > length ? new_length - length : 0;

	return wf_buffer_reserve_scratch(buffer, content, new_length - content +
									 PIECE_BYTES * EXPANSION_MAX + SLACK_BYTES);
}

/* What was written from middle on takes the place of what stands between the two. */
static void
move_back(WfBuffer *buffer, size_t mark, size_t middle)
{
	if (buffer->error != WF_BUFFER_OK)
		return;
	buffer->length -= middle - mark;
	memmove(buffer->data + mark, buffer->data + middle, buffer->length - mark);
}

void
wf_json_quote(WfBuffer *buffer, WfTextForm *form, size_t mark)
{
	size_t		middle = buffer->length;
	size_t		room;

	if (buffer->error != WF_BUFFER_OK)
		return;
	room = escaped_length(form, buffer->data + mark, middle - mark, true) + 2;
	if (!reserve_behind(buffer, mark, room))
		return;
	wf_json_string(buffer, form, buffer->data + mark, middle - mark);
	move_back(buffer, mark, middle);
}

void
wf_json_escape_multibyte(WfBuffer *buffer, WfTextForm *form, size_t mark)
{
	size_t		middle = buffer->length;
	size_t		room;

	if (buffer->error != WF_BUFFER_OK)
		return;
	room = escaped_length(form, buffer->data + mark, middle - mark, false);
	if (!reserve_behind(buffer, mark, room))
		return;
	for (size_t i = mark; i < middle;)
	{
		const char *at = buffer->data + i;
		bool		ascii = (unsigned char) *at < 0x80;
		size_t		run = 1;

		while (i + run < middle && ((unsigned char) at[run] < 0x80) == ascii)
			run++;
		if (ascii)
			wf_buffer_append(buffer, at, run);
		else
			wf_json_string_part(buffer, form, at, run);
		i += run;
	}
	move_back(buffer, mark, middle);
}

void
wf_json_uint64(WfBuffer *buffer, uint64_t value)
{
	int			digits = wf_count_digits(value);

	if (!wf_buffer_reserve(buffer, (size_t) digits))
		return;
	wf_put_digits(buffer->data + buffer->length, value, digits);
	buffer->length += (size_t) digits;
}

void
wf_json_int64(WfBuffer *buffer, int64_t value)
{
	if (value < 0)
	{
		wf_buffer_append_char(buffer, '-');
		wf_json_uint64(buffer, -(uint64_t) value);
		return;
	}
	wf_json_uint64(buffer, (uint64_t) value);
}

/* JSON has no numbers for NaN and the infinities, which are quoted. */
static inline char *
end_of_float(char *text, size_t length)
{
	char		last = text[length - 1];

	if (last >= '0' && last <= '9')
		return text + length;
	memmove(text + 1, text, length);
	text[0] = '"';
	text[length + 1] = '"';
	return text + length + 2;
}

char *
wf_json_put_float8(char *out, double value)
{
	return end_of_float(out, wf_float8_text(out, value));
}

char *
wf_json_put_float4(char *out, float value)
{
	return end_of_float(out, wf_float4_text(out, value));
}

void
wf_json_float8(WfBuffer *buffer, double value)
{
	char		text[WF_FLOAT_TEXT_MAX + 2];

	wf_buffer_append(buffer, text, (size_t) (wf_json_put_float8(text, value) - text));
}

void
wf_json_float4(WfBuffer *buffer, float value)
{
	char		text[WF_FLOAT_TEXT_MAX + 2];

	wf_buffer_append(buffer, text, (size_t) (wf_json_put_float4(text, value) - text));
}

static inline void
put_base64_group(char *out, uint32_t bits)
{
	out[0] = base64_digits[bits >> 18 & 63];
	out[1] = base64_digits[bits >> 12 & 63];
	out[2] = base64_digits[bits >> 6 & 63];
	out[3] = base64_digits[bits & 63];
}

/* Eight digits of the first six of the eight bytes at p, which one load takes. */
static inline void
put_base64_groups(char *out, const unsigned char *p)
{
	uint64_t	bits;

	memcpy(&bits, p, 8);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	bits = __builtin_bswap64(bits);
#endif
	for (int i = 0; i < 8; i++)
		out[i] = base64_digits[bits >> (58 - 6 * i) & 63];
}

void
wf_json_base64(WfBuffer *buffer, const void *bytes, size_t length)
{
	const unsigned char *p = bytes;
	char	   *out;

	/* beyond this, the size below would overflow; far beyond any ceiling */
	if (length > SIZE_MAX / 4)
	{
		buffer->error = WF_BUFFER_CEILING;
		return;
	}
	if (!wf_buffer_reserve(buffer, (length + 2) / 3 * 4 + 2))
		return;

	out = buffer->data + buffer->length;
	*out++ = '"';
	for (; length >= 8; length -= 6, p += 6, out += 8)
		put_base64_groups(out, p);
	for (; length >= 3; length -= 3, p += 3, out += 4)
		put_base64_group(out, (uint32_t) p[0] << 16 | (uint32_t) p[1] << 8 | p[2]);
	if (length > 0)
	{
		put_base64_group(out, (uint32_t) p[0] << 16 | (length == 2 ? (uint32_t) p[1] << 8 : 0));
		out[3] = '=';
		if (length == 1)
			out[2] = '=';
		out += 4;
	}
	*out++ = '"';
	buffer->length = (size_t) (out - buffer->data);
}

char *
wf_json_put_base64_integer(char *out, uint64_t value, int length)
{
	*out++ = '"';
	value <<= 64 - 8 * length;
	for (; length > 0; length -= 3, value <<= 24, out += 4)
		put_base64_group(out, (uint32_t) (value >> 40));
	for (; length < 0; length++)
		out[length] = '=';
	*out++ = '"';
	return out;
}
