/*
 * read_text_bytes.c
 *		uuid, bytea, "char" and PostGIS's types from their text.
 *
 * Follows PostgreSQL's uuid.c, encode.c (hex, escape), char.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_text.h"

#define UUID_BYTES 16
#define CHAR_TEXT_MAX 4
#define UUID_TEXT_LENGTH 36

/* Value of a hexadecimal digit, -1 for any other character. */
static inline int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Two digits at text as a byte, or -1. */
static inline int
hex_byte(const char *text)
{
	int			high = hex_digit(text[0]);
	int			low = hex_digit(text[1]);

	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

bool
wf_read_uuid(WfScratch *scratch, WfSlice text, const uint8_t **uuid)
{
	uint8_t    *bytes = wf_scratch_take(scratch, UUID_BYTES);
	size_t		offset = 0;

	if (bytes == NULL || text.length != UUID_TEXT_LENGTH)
		return false;
	for (int i = 0; i < UUID_BYTES; i++)
	{
		int			byte;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && text.data[offset++] != '-')
			return false;
		byte = hex_byte(text.data + offset);
		if (byte < 0)
			return false;
		bytes[i] = (uint8_t) byte;
		offset += 2;
	}
	*uuid = bytes;
	return true;
}

/* The number of bytes, or -1. */
static int64_t
read_hex(WfSlice text, char *bytes)
{
	if (text.length % 2 != 0)
		return -1;
	for (size_t i = 0; i < text.length; i += 2)
	{
		int			byte = hex_byte(text.data + i);

		if (byte < 0)
			return -1;
		bytes[i / 2] = (char) byte;
	}
	return (int64_t) (text.length / 2);
}

/* bytea_output = escape: \\ and \ooo for bytes that are not printable ASCII. */
static int64_t
read_escapes(WfSlice text, char *bytes)
{
	int64_t		count = 0;

	for (size_t i = 0; i < text.length; i++)
	{
		char		c = text.data[i];

		if (c == '\\')
		{
			size_t		left = text.length - i - 1;
			const char *next = text.data + i + 1;

			if (left >= 1 && next[0] == '\\')
				i++;
			else if (left >= 3 && next[0] >= '0' && next[0] <= '3' &&
					 next[1] >= '0' && next[1] <= '7' && next[2] >= '0' && next[2] <= '7')
			{
				c = (char) ((next[0] - '0') << 6 | (next[1] - '0') << 3 | (next[2] - '0'));
				i += 3;
			}
			else
				return -1;
		}
		bytes[count++] = c;
	}
	return count;
}

bool
wf_read_bytea(WfScratch *scratch, WfSlice text, WfSlice *bytes)
{
	bool		hex = text.length >= 2 && text.data[0] == '\\' && text.data[1] == 'x';
	WfSlice		digits = hex ? wf_slice(text.data + 2, text.length - 2) : text;
	char	   *memory = wf_scratch_take(scratch, hex ? digits.length / 2 : digits.length);
	int64_t		count;

	if (memory == NULL)
		return false;
	count = hex ? read_hex(digits, memory) : read_escapes(digits, memory);
	if (count < 0)
		return false;
	*bytes = wf_slice(memory, (size_t) count);
	return true;
}

bool
wf_read_char(WfScratch *scratch, uint8_t byte, WfSlice *text)
{
	char	   *out = wf_scratch_take(scratch, CHAR_TEXT_MAX);

	if (out == NULL)
		return false;
	if (byte < 0x80)
	{
		out[0] = (char) byte;
		*text = wf_slice(out, byte == 0 ? 0 : 1);
		return true;
	}
	out[0] = '\\';
	out[1] = (char) ('0' + (byte >> 6));
	out[2] = (char) ('0' + (byte >> 3 & 7));
	out[3] = (char) ('0' + (byte & 7));
	*text = wf_slice(out, CHAR_TEXT_MAX);
	return true;
}

bool
wf_read_ewkb(WfScratch *scratch, WfSlice text, WfSlice *bytes)
{
	char	   *out = wf_scratch_take(scratch, text.length / 2);
	int64_t		length = out == NULL ? -1 : read_hex(text, out);

	if (length < WF_EWKB_BYTES_MIN)
		return false;
	*bytes = wf_slice(out, (size_t) length);
	return true;
}
