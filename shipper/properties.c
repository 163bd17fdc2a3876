/*
 * properties.c
 *		Java .properties text, cut into names and values.
 *
 * Two layers: next_logical_line() joins continued lines and drops comments,
 * split_entry() finds where the name ends and takes escapes away.  Unescaping
 * never makes text longer, so that name and value fit where the line was.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "properties.h"

#include <stdlib.h>

typedef struct LineReader
{
	const char *text;
	size_t		length;
	size_t		offset;
	int			line;			/* number of the natural line at offset */
} LineReader;

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\f';
}

/* The natural line at the reader's offset, without its line end. */
static WfSlice
next_natural_line(LineReader *reader)
{
	size_t		start = reader->offset;
	size_t		end = start;

	while (end < reader->length && reader->text[end] != '\n' && reader->text[end] != '\r')
		end++;
	reader->offset = end;
	if (reader->offset < reader->length)
	{
		if (reader->text[end] == '\r' && end + 1 < reader->length && reader->text[end + 1] == '\n')
			reader->offset++;
		reader->offset++;
	}
	reader->line++;
	return wf_slice(reader->text + start, end - start);
}

static WfSlice
without_leading_blanks(WfSlice line)
{
	while (line.length > 0 && is_blank(line.data[0]))
		line = wf_slice(line.data + 1, line.length - 1);
	return line;
}

static bool
is_continued(WfSlice line)
{
	size_t		backslashes = 0;

	while (backslashes < line.length && line.data[line.length - 1 - backslashes] == '\\')
		backslashes++;
	return backslashes % 2 == 1;
}

/*
 * Copies the next logical line to joined, which has room for the whole text.
 * Returns its length; -1 at the end of the text.
 */
static ssize_t
next_logical_line(LineReader *reader, char *joined, int *first_line)
{
	while (reader->offset < reader->length)
	{
		size_t		used = 0;
		WfSlice		line = without_leading_blanks(next_natural_line(reader));

		*first_line = reader->line - 1;
		if (line.length == 0 || line.data[0] == '#' || line.data[0] == '!')
			continue;
		for (;;)
		{
			bool		more = is_continued(line);
			size_t		length = more ? line.length - 1 : line.length;

			memcpy(joined + used, line.data, length);
			used += length;
			if (!more || reader->offset >= reader->length)
				break;
			line = without_leading_blanks(next_natural_line(reader));
		}
		if (used > 0)
			return (ssize_t) used;
	}
	return -1;
}

static int
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

/* One UTF-16 unit of \uXXXX at text; -1 if there is none. */
static int32_t
unicode_escape(const char *text, size_t length)
{
	int32_t		unit = 0;

	if (length < 6 || text[0] != '\\' || text[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++)
	{
		int			digit = hex_digit(text[i]);

		if (digit < 0)
			return -1;
		unit = unit * 16 + digit;
	}
	return unit;
}

static size_t
put_utf8(char *out, uint32_t character)
{
	if (character < 0x80)
	{
		out[0] = (char) character;
		return 1;
	}
	if (character < 0x800)
	{
		out[0] = (char) (0xC0 | character >> 6);
		out[1] = (char) (0x80 | (character & 0x3F));
		return 2;
	}
	if (character < 0x10000)
	{
		out[0] = (char) (0xE0 | character >> 12);
		out[1] = (char) (0x80 | (character >> 6 & 0x3F));
		out[2] = (char) (0x80 | (character & 0x3F));
		return 3;
	}
	out[0] = (char) (0xF0 | character >> 18);
	out[1] = (char) (0x80 | (character >> 12 & 0x3F));
	out[2] = (char) (0x80 | (character >> 6 & 0x3F));
	out[3] = (char) (0x80 | (character & 0x3F));
	return 4;
}

/*
 * The text without its escapes, as a new string.  NULL with *error set (or
 * with *error NULL when there was no memory).
 */
static char *
unescape(WfSlice text, const char **error)
{
	char	   *result = malloc(text.length + 1);
	size_t		used = 0;

	*error = NULL;
	if (result == NULL)
		return NULL;
	for (size_t i = 0; i < text.length;)
	{
		int32_t		unit;
		int32_t		low;
		char		c = text.data[i];

		if (c != '\\')
		{
			result[used++] = c;
			i++;
			continue;
		}
		if (i + 1 >= text.length)
			break;				/* a lone backslash at the very end is nothing */
		if (text.data[i + 1] != 'u')
		{
			c = text.data[i + 1];
			result[used++] = c == 't' ? '\t' : c == 'n' ? '\n' : c == 'r' ? '\r' :
				c == 'f' ? '\f' : c;
			i += 2;
			continue;
		}
		unit = unicode_escape(text.data + i, text.length - i);
		i += 6;
		if (unit > 0 && unit >= 0xD800 && unit < 0xDC00 && i < text.length)
		{
			low = unicode_escape(text.data + i, text.length - i);
			if (low >= 0xDC00 && low < 0xE000)
			{
				used += put_utf8(result + used,
								 0x10000 + ((uint32_t) (unit - 0xD800) << 10) +
								 (uint32_t) (low - 0xDC00));
				i += 6;
				continue;
			}
		}
		if (unit <= 0 || (unit >= 0xD800 && unit < 0xE000))
		{
			*error = "\\u must be followed by four hex digits of a character other than NUL";
			free(result);
			return NULL;
		}
		used += put_utf8(result + used, (uint32_t) unit);
	}
	result[used] = '\0';
	return result;
}

static void
split_entry(WfSlice line, WfSlice *name, WfSlice *value)
{
	size_t		end = 0;
	size_t		start;

	while (end < line.length && line.data[end] != '=' && line.data[end] != ':' &&
		   !is_blank(line.data[end]))
		end += line.data[end] == '\\' && end + 1 < line.length ? 2 : 1;

	start = end;
	while (start < line.length && is_blank(line.data[start]))
		start++;
	if (start < line.length && (line.data[start] == '=' || line.data[start] == ':'))
	{
		start++;
		while (start < line.length && is_blank(line.data[start]))
			start++;
	}
	*name = wf_slice(line.data, end);
	*value = wf_slice(line.data + start, line.length - start);
}

static bool
add_entry(Properties *properties, WfSlice line, int line_number)
{
	Property   *entries;
	Property	entry = {.line = line_number};
	WfSlice		name;
	WfSlice		value;
	const char *error = NULL;

	properties->error_line = line_number;
	if (properties->count >= PROPERTIES_MAX)
	{
		properties->error = "there are more than 2048 settings";
		return false;
	}
	split_entry(line, &name, &value);
	entry.name = unescape(name, &error);
	if (entry.name != NULL)
		entry.value = unescape(value, &error);
	entries = entry.value == NULL ? NULL :
		realloc(properties->entries, sizeof(Property) * (size_t) (properties->count + 1));
	if (entries == NULL)
	{
		free(entry.name);
		free(entry.value);
		properties->error = error != NULL ? error : "out of memory";
		return false;
	}
	properties->entries = entries;
	entries[properties->count++] = entry;
	return true;
}

bool
properties_parse(Properties *properties, const char *text, size_t length)
{
	LineReader	reader = {text, length, 0, 1};
	char	   *joined;
	ssize_t		line_length;
	int			line_number;
	bool		ok = true;

	memset(properties, 0, sizeof(*properties));
	if (memchr(text, '\0', length) != NULL)
	{
		properties->error = "there is a NUL byte, so this is not a text file in UTF-8";
		properties->error_line = 1;
		return false;
	}
	if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
		reader.offset = 3;

	joined = malloc(length + 1);
	if (joined == NULL)
	{
		properties->error = "out of memory";
		return false;
	}
	while (ok && (line_length = next_logical_line(&reader, joined, &line_number)) >= 0)
		ok = add_entry(properties, wf_slice(joined, (size_t) line_length), line_number);
	free(joined);
	return ok;
}

void
properties_free(Properties *properties)
{
	for (int i = 0; i < properties->count; i++)
	{
		free(properties->entries[i].name);
		free(properties->entries[i].value);
	}
	free(properties->entries);
	memset(properties, 0, sizeof(*properties));
}
