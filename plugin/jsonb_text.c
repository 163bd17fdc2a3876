/*
 * jsonb_text.c
 *		jsonb's output text, without jsonb_out().
 *
 * jsonb columns are common, and JsonbToCString() allocates for each string
 * and number in them and escapes byte by byte; it was a fifth of the time
 * spent on a row of mixed types.  Here the tree is walked in place.  The text
 * is the same, byte for byte (jsonb.c, JsonbToCStringWorker(); layout:
 * utils/jsonb.h), which regress/sql/jsonb.sql proves against jsonb_out().
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "miscadmin.h"

#include "jsonb_text.h"
#include "envelope/numeric_text.h"
#include "envelope/plain_run.h"
#include "numeric.h"

/* Deeper trees are walked without recursion, in memory instead of on the stack. */
#define DEPTH_MAX 256

/* Strings are written in parts of this size, to bound the room for the worst case. */
#define PART_BYTES 1024
#define ESCAPE_MAX 6			/* \u001f */

static void write_container(WfBuffer *buffer, JsonbContainer * container, int depth);

/* escape_json()'s escapes; its hex digits are lower-case, unlike Java's. */
static char *
put_escape(char *out, unsigned char c)
{
	static const char hex_digits[] = "0123456789abcdef";

	*out++ = '\\';
	switch (c)
	{
		case '\b':
			*out++ = 'b';
			break;
		case '\f':
			*out++ = 'f';
			break;
		case '\n':
			*out++ = 'n';
			break;
		case '\r':
			*out++ = 'r';
			break;
		case '\t':
			*out++ = 't';
			break;
		case '"':
		case '\\':
			*out++ = (char) c;
			break;
		default:
			memcpy(out, "u00", 3);
			out[3] = hex_digits[c >> 4];
			out[4] = hex_digits[c & 0xF];
			out += 5;
			break;
	}
	return out;
}

/* A part of a string's text, for which there is room at its worst. */
static char *
put_part(char *out, const unsigned char *p, const unsigned char *end)
{
	while (p < end)
	{
		out = wf_plain_run(out, &p, end);
		for (; p < end && wf_needs_attention(*p); p++)
		{
			if (*p >= 0x80)
				*out++ = (char) *p;
			else
				out = put_escape(out, *p);
		}
	}
	return out;
}

static void
write_string(WfBuffer *buffer, const char *text, size_t length)
{
	const unsigned char *p = (const unsigned char *) text;
	bool		first = true;

	do
	{
		size_t		part = Min(length, PART_BYTES);
		char	   *out;

		if (!wf_buffer_reserve(buffer, part * ESCAPE_MAX + WF_PLAIN_RUN_SLACK + 2))
			return;
		out = buffer->data + buffer->length;
		if (first)
			*out++ = '"';
		first = false;
		out = put_part(out, p, p + part);
		p += part;
		length -= part;
		if (length == 0)
			*out++ = '"';
		buffer->length = out - buffer->data;
	} while (length > 0);
}

static void
write_numeric(WfBuffer *buffer, const struct varlena *stored)
{
	WfNumeric	numeric;

	wf_numeric_unpack(wf_slice(VARDATA_ANY(stored), VARSIZE_ANY_EXHDR(stored)), &numeric);
	wf_numeric_text(buffer, &numeric);
}

static void
write_bool(WfBuffer *buffer, bool value)
{
	if (value)
		wf_buffer_append_literal(buffer, "true");
	else
		wf_buffer_append_literal(buffer, "false");
}

/* data, length: the entry's bytes, with the padding before numbers and containers. */
static void
write_entry(WfBuffer *buffer, JEntry entry, char *data, size_t length, size_t padding, int depth)
{
	switch (entry & JENTRY_TYPEMASK)
	{
		case JENTRY_ISSTRING:
			write_string(buffer, data, length);
			break;
		case JENTRY_ISNUMERIC:
			write_numeric(buffer, (struct varlena *) (data + padding));
			break;
		case JENTRY_ISBOOL_FALSE:
			write_bool(buffer, false);
			break;
		case JENTRY_ISBOOL_TRUE:
			write_bool(buffer, true);
			break;
		case JENTRY_ISNULL:
			wf_buffer_append_literal(buffer, "null");
			break;
		case JENTRY_ISCONTAINER:
			write_container(buffer, (JsonbContainer *) (data + padding), depth + 1);
			break;
		default:
			elog(ERROR, "unknown type of jsonb entry: %08X", entry);
	}
}

/* A place in a container's row of entries. */
typedef struct EntryCursor
{
	JsonbContainer *container;
	char	   *base;			/* where the entries' data begin */
	int			index;
	uint32		offset;			/* of entry index's data */
} EntryCursor;

static void
write_next(WfBuffer *buffer, EntryCursor *cursor, int depth)
{
	JEntry		entry = cursor->container->children[cursor->index++];
	uint32		start = cursor->offset;

	JBE_ADVANCE_OFFSET(cursor->offset, entry);
	write_entry(buffer, entry, cursor->base + start, cursor->offset - start,
				INTALIGN(start) - start, depth);
}

static void
write_array(WfBuffer *buffer, JsonbContainer * container, int depth)
{
	int			count = JsonContainerSize(container);
	bool		scalar = JsonContainerIsScalar(container);
	EntryCursor cursor = {container, (char *) &container->children[count], 0, 0};

	if (!scalar)
		wf_buffer_append_char(buffer, '[');
	for (int i = 0; i < count && buffer->error == WF_BUFFER_OK; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			wf_buffer_append_literal(buffer, ", ");
		write_next(buffer, &cursor, depth);
	}
	if (!scalar)
		wf_buffer_append_char(buffer, ']');
}

/* All keys stand before all values. */
static void
write_object(WfBuffer *buffer, JsonbContainer * container, int depth)
{
	int			count = JsonContainerSize(container);
	char	   *base = (char *) &container->children[2 * count];
	EntryCursor keys = {container, base, 0, 0};
	EntryCursor values = {container, base, count, getJsonbOffset(container, count)};

	wf_buffer_append_char(buffer, '{');
	for (int i = 0; i < count && buffer->error == WF_BUFFER_OK; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			wf_buffer_append_literal(buffer, ", ");
		write_next(buffer, &keys, depth);
		wf_buffer_append_literal(buffer, ": ");
		write_next(buffer, &values, depth);
	}
	wf_buffer_append_char(buffer, '}');
}

/* What stands before an entry or a closed container, as far as the token before tells. */
static void
write_separator(WfBuffer *buffer, JsonbIteratorToken before)
{
	switch (before)
	{
		case WJB_KEY:
			wf_buffer_append_literal(buffer, ": ");
			break;
		case WJB_VALUE:
		case WJB_ELEM:
		case WJB_END_ARRAY:
		case WJB_END_OBJECT:
			wf_buffer_append_literal(buffer, ", ");
			break;
		default:
			break;
	}
}

static void
write_scalar(WfBuffer *buffer, const JsonbValue * value)
{
	switch (value->type)
	{
		case jbvString:
			write_string(buffer, value->val.string.val, value->val.string.len);
			break;
		case jbvNumeric:
			write_numeric(buffer, (struct varlena *) value->val.numeric);
			break;
		case jbvBool:
			write_bool(buffer, value->val.boolean);
			break;
		case jbvNull:
			wf_buffer_append_literal(buffer, "null");
			break;
		default:
			elog(ERROR, "unknown type of jsonb value: %d", (int) value->type);
	}
}

/* The same without recursion: the server's iterator keeps its place in memory. */
static void
write_deep(WfBuffer *buffer, JsonbContainer * container)
{
	JsonbIterator *iterator = JsonbIteratorInit(container);
	JsonbIteratorToken before = WJB_DONE;
	JsonbIteratorToken token;
	JsonbValue	value;

	while (buffer->error == WF_BUFFER_OK &&
		   (token = JsonbIteratorNext(&iterator, &value, false)) != WJB_DONE)
	{
		CHECK_FOR_INTERRUPTS();
		if (token != WJB_END_ARRAY && token != WJB_END_OBJECT)
			write_separator(buffer, before);
		switch (token)
		{
			case WJB_BEGIN_ARRAY:
				wf_buffer_append_char(buffer, '[');
				break;
			case WJB_END_ARRAY:
				wf_buffer_append_char(buffer, ']');
				break;
			case WJB_BEGIN_OBJECT:
				wf_buffer_append_char(buffer, '{');
				break;
			case WJB_END_OBJECT:
				wf_buffer_append_char(buffer, '}');
				break;
			default:
				write_scalar(buffer, &value);
				break;
		}
		before = token;
	}
}

static void
write_container(WfBuffer *buffer, JsonbContainer * container, int depth)
{
	if (depth > DEPTH_MAX)
		write_deep(buffer, container);
	else if (JsonContainerIsObject(container))
		write_object(buffer, container, depth);
	else
		write_array(buffer, container, depth);
}

void
wf_jsonb_text(WfBuffer *buffer, JsonbContainer * container, size_t size)
{
	size_t		left = buffer->ceiling - buffer->length;

	/*
	 * Room for the usual case: quotes, commas and blanks fit where entries
	 * were.  It may be far less, as many zeros are.
	 */
	if (wf_buffer_reserve(buffer, Min(size, left)))
		write_container(buffer, container, 0);
}
