/*
 * name_adjust.c
 *		Names of schemas and fields as Avro allows them.
 *
 * Avro's names have letters, digits and underscores, and begin with no digit;
 * the names of schemas may have dots as well, and only their very first
 * character counts as the first.  What is not allowed becomes
 *
 *		avro			an underscore, and a leading digit gets one before it
 *		avro_unicode	_uXXXX with the UTF-16 unit in lower-case hexadecimal;
 *						so does the underscore, that no two names become one
 *
 * for each UTF-16 unit, as Debezium's functions work on Java's characters.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "name_adjust.h"

#include "utf8.h"

#define ESCAPE_LENGTH 6			/* of _uXXXX */

static bool
is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_allowed(uint32_t c, int mode, bool is_first, bool dots)
{
	if (is_letter(c) || (c == '.' && dots && !is_first))
		return true;
	if (c == '_')
		return mode == WF_NAMES_AVRO;
	return is_digit(c) && !is_first;
}

/* One UTF-16 unit that is not allowed. */
static size_t
replace(char *out, int mode, uint32_t unit)
{
	static const char digits[] = "0123456789abcdef";

	out[0] = '_';
	if (mode == WF_NAMES_AVRO)
	{
		if (!is_digit(unit))
			return 1;
		out[1] = (char) unit;
		return 2;
	}
	out[1] = 'u';
	for (int i = 0; i < 4; i++)
		out[2 + i] = digits[unit >> (12 - 4 * i) & 15];
	return ESCAPE_LENGTH;
}

static WfSlice
adjust(int mode, WfSlice name, bool dots, WfAdjustedName *room)
{
	const unsigned char *text = (const unsigned char *) name.data;
	const unsigned char *end = text + name.length;
	size_t		length = 0;

	if (mode == WF_NAMES_AS_THEY_ARE)
		return name;
	while (text < end && length + 2 * ESCAPE_LENGTH <= sizeof(room->bytes))
	{
		uint32_t	c;
		bool		valid;
		bool		is_first = length == 0;

		text += wf_utf8_decode(text, end, &c, &valid);
		if (is_allowed(c, mode, is_first, dots))
			room->bytes[length++] = (char) c;
		else if (c < 0x10000)
			length += replace(room->bytes + length, mode, c);
		else
		{
			c -= 0x10000;
			length += replace(room->bytes + length, mode, 0xD800 + (c >> 10));
			length += replace(room->bytes + length, mode, 0xDC00 + (c & 0x3FF));
		}
	}
	return wf_slice(room->bytes, length);
}

WfSlice
wf_schema_name_adjust(int mode, WfSlice name, WfAdjustedName *room)
{
	return adjust(mode, name, true, room);
}

WfSlice
wf_field_name_adjust(int mode, WfSlice name, WfAdjustedName *room)
{
	return adjust(mode, name, false, room);
}
