/*
 * copy_row.c
 *		COPY ... TO STDOUT's rows, taken apart into fields.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "copy_row.h"

#include <string.h>

/* The signature's zero byte is the literal's end. */
static const char signature[11] = "PGCOPY\n\377\r\n";

static CopyRow
refuse(CopyReader *reader, const char *error)
{
	reader->error = error;
	return COPY_NOT_UNDERSTOOD;
}

/* ---- text ---- */

/* The character that a backslash and this one stand for; 0: none. */
static char
unescaped(char escape)
{
	switch (escape)
	{
		case 'b':
			return '\b';
		case 'f':
			return '\f';
		case 'n':
			return '\n';
		case 'r':
			return '\r';
		case 't':
			return '\t';
		case 'v':
			return '\v';
		case '\\':
			return '\\';
		default:
			return '\0';
	}
}

/* Unescapes the field, of whose bytes the first backslash is known.  NULL: it cannot be. */
static char *
unescape(char *from, char *end)
{
	char	   *to = from;

	while (from < end)
	{
		char	   *next = memchr(from, '\\', (size_t) (end - from));
		size_t		length = (size_t) ((next != NULL ? next : end) - from);

		memmove(to, from, length);
		to += length;
		if (next == NULL)
			return to;
		if (next + 1 == end)
			return NULL;
		*to = unescaped(next[1]);
		if (*to++ == '\0')
			return NULL;
		from = next + 2;
	}
	return to;
}

static CopyRow
read_text(CopyReader *reader, char *message, size_t length, PgoutputTuple *tuple)
{
	char	   *at = message;
	char	   *end;

	if (length == 0 || message[length - 1] != '\n')
		return refuse(reader, "a row does not end");
	end = message + length - 1;
	if (memchr(message, '\n', length - 1) != NULL)
		return refuse(reader, "there is something behind a row");
	tuple->count = 0;
	for (;;)
	{
		char	   *tab = memchr(at, '\t', (size_t) (end - at));
		char	   *stop = tab != NULL ? tab : end;
		PgoutputField *field = &tuple->fields[tuple->count];
		char	   *escape = memchr(at, '\\', (size_t) (stop - at));
		char	   *last = stop;

		if (tuple->count == WF_COLUMNS_MAX)
			return refuse(reader, "a row has too many columns");
		tuple->count++;
		if (stop - at == 2 && at[0] == '\\' && at[1] == 'N')
			field->kind = PGOUTPUT_FIELD_NULL;
		else
		{
			if (escape != NULL)
				last = unescape(escape, stop);
			if (last == NULL)
				return refuse(reader, "an escape is unknown");
			field->kind = PGOUTPUT_FIELD_TEXT;
			field->bytes = wf_slice(at, (size_t) (last - at));
		}
		if (tab == NULL)
			return COPY_ROW;
		at = tab + 1;
	}
}

/* ---- binary ---- */

typedef struct Cursor
{
	const char *at;
	size_t		left;
} Cursor;

/* A big-endian integer of so many bytes. */
static bool
take_integer(Cursor *cursor, size_t bytes, uint32_t *value)
{
	if (cursor->left < bytes)
		return false;
	*value = 0;
	for (size_t i = 0; i < bytes; i++)
		*value = *value << 8 | (uint8_t) cursor->at[i];
	cursor->at += bytes;
	cursor->left -= bytes;
	return true;
}

static bool
skip(Cursor *cursor, size_t bytes)
{
	if (cursor->left < bytes)
		return false;
	cursor->at += bytes;
	cursor->left -= bytes;
	return true;
}

static bool
take_header(Cursor *cursor)
{
	uint32_t	flags;
	uint32_t	length;

	if (cursor->left < sizeof(signature) ||
		memcmp(cursor->at, signature, sizeof(signature)) != 0)
		return false;
	return skip(cursor, sizeof(signature)) && take_integer(cursor, 4, &flags) && flags == 0 &&
		take_integer(cursor, 4, &length) && skip(cursor, length);
}

static CopyRow
take_fields(CopyReader *reader, Cursor *cursor, PgoutputTuple *tuple)
{
	for (int i = 0; i < tuple->count; i++)
	{
		PgoutputField *field = &tuple->fields[i];
		uint32_t	length;

		if (!take_integer(cursor, 4, &length))
			return refuse(reader, "a row ends early");
		if (length == UINT32_MAX)
		{
			field->kind = PGOUTPUT_FIELD_NULL;
			continue;
		}
		field->kind = PGOUTPUT_FIELD_BINARY;
		field->bytes = wf_slice(cursor->at, length);
		if (!skip(cursor, length))
			return refuse(reader, "a value ends early");
	}
	return cursor->left == 0 ? COPY_ROW : refuse(reader, "there is something behind a row");
}

static CopyRow
read_binary(CopyReader *reader, const char *message, size_t length, PgoutputTuple *tuple)
{
	Cursor		cursor = {message, length};
	uint32_t	count;

	if (!reader->began)
	{
		if (!take_header(&cursor))
			return refuse(reader, "the header is not COPY's");
		reader->began = true;
		if (cursor.left == 0)
			return COPY_NO_ROW;
	}
	if (reader->ended)
		return refuse(reader, "there is something behind the trailer");
	if (!take_integer(&cursor, 2, &count))
		return refuse(reader, "a row ends early");
	if (count == UINT16_MAX)
	{
		reader->ended = true;
		return cursor.left == 0 ? COPY_NO_ROW :
			refuse(reader, "there is something behind the trailer");
	}
	if (count > WF_COLUMNS_MAX)
		return refuse(reader, "a row has too many columns");
	tuple->count = (int) count;
	return take_fields(reader, &cursor, tuple);
}

CopyRow
copy_row_read(CopyReader *reader, char *message, size_t length, PgoutputTuple *tuple)
{
	return reader->binary ? read_binary(reader, message, length, tuple) :
		read_text(reader, message, length, tuple);
}
