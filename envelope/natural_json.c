/*
 * natural_json.c
 *		From the output text of composite types, arrays and multiranges to JSON.
 *
 * A field of a composite value that holds commas or parentheses is quoted, and
 * what is quoted in it is quoted once more, and so on.  Rather than copy each
 * field without its quotes, which would take memory by depth and length, each
 * level reads the one around it and takes one layer of quotes away while it
 * does: a byte costs its depth, and nothing is stored.
 *
 * Follows record_out (rowtypes.c), array_out (arrayfuncs.c), multirange_out and
 * range_out (multirangetypes.c, rangetypes.c); the JSON follows datum_to_json
 * (json.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "natural_json.h"

#include "type.h"

#define AHEAD_MAX 5				/* one more than NULL has */
#define CHUNK_BYTES 256
#define TIMESTAMP_BYTES 64

enum
{
	END = -1,
	UNKNOWN = -2
};

typedef enum Quoting
{
	WHOLE,						/* the text itself */
	PLAIN,						/* up to the delimiter or the closing character */
	RECORD_QUOTED,				/* "" and \\ stand for one of them */
	ARRAY_QUOTED				/* \" and \\ do */
} Quoting;

/* A text within another. */
typedef struct Level
{
	struct Level *outer;		/* NULL: this is the whole */
	WfSlice		text;			/* of the whole: what is left */
	Quoting		quoting;
	char		delimiter;		/* these two end a plain one */
	char		closer;
	bool		ended;
	int			next;			/* a byte, END or UNKNOWN */
	int			ahead_count;	/* bytes looked at already, which come first */
	int			ahead_taken;
	unsigned char ahead[AHEAD_MAX];
} Level;

typedef struct Natural
{
	WfBuffer   *buffer;
	WfTextForm *form;
} Natural;

static bool write_value(Natural *natural, const WfNaturalType *type, Level *level);

/* ---- reading ---- */

static int	peek(Level *level);

static void
skip(Level *level)
{
	level->next = UNKNOWN;
}

/* Takes a byte that has to be there. */
static bool
take(Level *level, int c)
{
	if (peek(level) != c)
		return false;
	skip(level);
	return true;
}

static int
take_any(Level *level)
{
	int			c = peek(level);

	if (c != END)
		skip(level);
	return c;
}

/* What a layer of quotes hides; a text that ends within them ends here, too. */
static int
unquoted(Level *level)
{
	Level	   *outer = level->outer;
	int			c = take_any(outer);

	if (c == '\\')
		return take_any(outer);
	if (c != '"')
		return c;
	if (level->quoting == RECORD_QUOTED && take(outer, '"'))
		return '"';
	return END;
}

static int
produce(Level *level)
{
	int			c;

	if (level->ahead_taken < level->ahead_count)
		return level->ahead[level->ahead_taken++];
	if (level->ended)
		return END;
	switch (level->quoting)
	{
		case WHOLE:
			if (level->text.length == 0)
				return END;
			level->text.length--;
			return (unsigned char) *level->text.data++;
		case PLAIN:
			c = peek(level->outer);
			if (c == level->delimiter || c == level->closer)
				c = END;
			if (c != END)
				skip(level->outer);
			break;
		case RECORD_QUOTED:
		case ARRAY_QUOTED:
		default:
			c = unquoted(level);
			break;
	}
	level->ended = c == END;
	return c;
}

static int
peek(Level *level)
{
	if (level->next == UNKNOWN)
		level->next = produce(level);
	return level->next;
}

/* The field that begins here, of a composite value or of an array. */
static Level
inner_level(Level *outer, Quoting quoted, char delimiter, char closer)
{
	Level		level = {
		.outer = outer,
		.quoting = take(outer, '"') ? quoted : PLAIN,
		.delimiter = delimiter,
		.closer = closer,
		.next = UNKNOWN
	};

	return level;
}

/* Is the plain element the word that stands for none?  Else it is yet to be read. */
static bool
is_null_word(Level *level)
{
	static const char word[] = "NULL";

	while (level->ahead_count < AHEAD_MAX)
	{
		int			c = produce(level);

		if (c == END)
			break;
		level->ahead[level->ahead_count++] = (unsigned char) c;
		level->ahead_taken = level->ahead_count;
	}
	level->ahead_taken = 0;
	return level->ahead_count == (int) strlen(word) &&
		memcmp(level->ahead, word, strlen(word)) == 0;
}

/* ---- scalars ---- */

/* A JSON string that is written in pieces, none of which cuts a character in two. */
typedef struct StringWriter
{
	Natural    *natural;
	size_t		used;
	char		chunk[CHUNK_BYTES];
} StringWriter;

static void
flush_string(StringWriter *writer)
{
	wf_json_string_part(writer->natural->buffer, writer->natural->form, writer->chunk,
						writer->used);
	writer->used = 0;
}

static void
put(StringWriter *writer, int c)
{
	bool		continues = (c & 0xC0) == 0x80;

	if (writer->used == CHUNK_BYTES || (writer->used > CHUNK_BYTES - 4 && !continues))
		flush_string(writer);
	writer->chunk[writer->used++] = (char) c;
}

static void
write_text(Natural *natural, Level *level)
{
	StringWriter writer = {.natural = natural};
	int			c;

	wf_buffer_append_char(natural->buffer, '"');
	while ((c = take_any(level)) != END)
		put(&writer, c);
	flush_string(&writer);
	wf_buffer_append_char(natural->buffer, '"');
}

static bool
write_boolean(Natural *natural, Level *level)
{
	int			c = take_any(level);

	if (c != 't' && c != 'f')
		return false;
	wf_json_bool(natural->buffer, c == 't');
	return true;
}

static size_t
digits(const char *text, size_t length)
{
	size_t		count = 0;

	while (count < length && text[count] >= '0' && text[count] <= '9')
		count++;
	return count;
}

/* -12.50e-07: PostgreSQL never begins a number with more than one 0. */
static bool
is_number(const char *text, size_t length)
{
	size_t		at = length > 0 && text[0] == '-' ? 1 : 0;
	size_t		count = digits(text + at, length - at);

	if (count == 0 || (count > 1 && text[at] == '0'))
		return false;
	at += count;
	if (at < length && text[at] == '.')
	{
		count = digits(text + at + 1, length - at - 1);
		if (count == 0)
			return false;
		at += 1 + count;
	}
	if (at < length && text[at] == 'e')
	{
		at++;
		if (at < length && (text[at] == '-' || text[at] == '+'))
			at++;
		count = digits(text + at, length - at);
		if (count == 0)
			return false;
		at += count;
	}
	return at == length;
}

/* NaN and the infinities are strings. */
static void
write_number(Natural *natural, Level *level)
{
	WfBuffer   *buffer = natural->buffer;
	size_t		mark = buffer->length;
	int			c;

	while ((c = take_any(level)) != END)
		wf_buffer_append_char(buffer, (char) c);
	if (buffer->error == WF_BUFFER_OK && !is_number(buffer->data + mark, buffer->length - mark))
		wf_json_quote(buffer, natural->form, mark);
}

static void
write_json(Natural *natural, Level *level)
{
	int			c;

	while ((c = take_any(level)) != END)
		wf_buffer_append_char(natural->buffer, (char) c);
}

static size_t
append_minutes(char *text, size_t length)
{
	static const char minutes[] = ":00";

	memcpy(text + length, minutes, strlen(minutes));
	return length + strlen(minutes);
}

/* "2024-02-29 12:34:56.789+00 BC" with a T, and the zone's minutes. */
static bool
write_timestamp(Natural *natural, Level *level, bool with_zone)
{
	char		text[TIMESTAMP_BYTES + 8];
	size_t		length = 0;
	bool		has_time = false;
	int			c;

	while ((c = take_any(level)) != END)
	{
		if (length >= TIMESTAMP_BYTES)
			return false;
		/* the zone ends where the text does, or BC begins */
		if (c == ' ' && has_time && with_zone)
			length = append_minutes(text, length);
		text[length++] = (char) (c == ' ' && !has_time ? 'T' : c);
		has_time |= c == ' ';
	}
	if (has_time && with_zone && text[length - 1] != 'C')
		length = append_minutes(text, length);
	wf_json_string(natural->buffer, natural->form, text, length);
	return true;
}

/* ---- what has parts ---- */

static bool
write_composite(Natural *natural, const WfNaturalType *type, Level *level)
{
	WfBuffer   *buffer = natural->buffer;

	if (!take(level, '('))
		return false;
	wf_buffer_append_char(buffer, '{');
	for (int i = 0; i < type->member_count; i++)
	{
		const WfNaturalMember *member = &type->members[i];
		int			c;

		if (i > 0 && !take(level, ','))
			return false;
		wf_buffer_append(buffer, ",", i > 0 ? 1 : 0);
		wf_json_string(buffer, natural->form, member->name.data, member->name.length);
		wf_buffer_append_char(buffer, ':');
		c = peek(level);
		if (c == ',' || c == ')')
			wf_json_null(buffer);
		else
		{
			Level		inner = inner_level(level, RECORD_QUOTED, ',', ')');

			if (!write_value(natural, member->type, &inner))
				return false;
		}
	}
	wf_buffer_append_char(buffer, '}');
	return take(level, ')');
}

static bool
write_element(Natural *natural, const WfNaturalType *type, Level *level)
{
	Level		inner = inner_level(level, ARRAY_QUOTED, type->delimiter, '}');

	if (inner.quoting == PLAIN && is_null_word(&inner))
	{
		wf_json_null(natural->buffer);
		return true;
	}
	/* one without a character is quoted */
	if (inner.quoting == PLAIN && inner.ahead_count == 0)
		return false;
	return write_value(natural, type->element, &inner);
}

static bool write_list(Natural *natural, const WfNaturalType *type, Level *level, int depth);

/* An element that begins with a brace is quoted; so what does is a list. */
static bool
write_item(Natural *natural, const WfNaturalType *type, Level *level, int depth)
{
	return peek(level) == '{' ? write_list(natural, type, level, depth + 1) :
		write_element(natural, type, level);
}

static bool
write_list(Natural *natural, const WfNaturalType *type, Level *level, int depth)
{
	WfBuffer   *buffer = natural->buffer;

	if (depth > WF_NATURAL_DEPTH_MAX || !take(level, '{'))
		return false;
	wf_buffer_append_char(buffer, '[');
	if (peek(level) != '}' && !write_item(natural, type, level, depth))
		return false;
	while (buffer->error == WF_BUFFER_OK && take(level, type->delimiter))
	{
		wf_buffer_append_char(buffer, ',');
		if (!write_item(natural, type, level, depth))
			return false;
	}
	wf_buffer_append_char(buffer, ']');
	return take(level, '}') || buffer->error != WF_BUFFER_OK;
}

/* [1:2][0:4]= may stand before it; JSON has no place for lower bounds. */
static bool
write_array(Natural *natural, const WfNaturalType *type, Level *level)
{
	if (peek(level) == '[')
	{
		int			c;

		do
			c = take_any(level);
		while (c != END && c != '=');
	}
	return write_list(natural, type, level, 1);
}

/* A range of a multirange; its bounds may be quoted. */
static bool
write_range(Natural *natural, Level *level)
{
	StringWriter writer = {.natural = natural};
	bool		quoted = false;
	int			c = peek(level);

	if (c != '[' && c != '(')
		return false;
	wf_buffer_append_char(natural->buffer, '"');
	while ((c = take_any(level)) != END)
	{
		put(&writer, c);
		if (c == '\\')
		{
			c = take_any(level);
			if (c == END)
				return false;
			put(&writer, c);
		}
		else if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == ']' || c == ')'))
			break;
	}
	flush_string(&writer);
	wf_buffer_append_char(natural->buffer, '"');
	return c != END;
}

static bool
write_multirange(Natural *natural, Level *level)
{
	WfBuffer   *buffer = natural->buffer;

	if (!take(level, '{'))
		return false;
	wf_buffer_append_char(buffer, '[');
	if (peek(level) != '}' && !write_range(natural, level))
		return false;
	while (buffer->error == WF_BUFFER_OK && take(level, ','))
	{
		wf_buffer_append_char(buffer, ',');
		if (!write_range(natural, level))
			return false;
	}
	wf_buffer_append_char(buffer, ']');
	return take(level, '}') || buffer->error != WF_BUFFER_OK;
}

static bool
write_kind(Natural *natural, const WfNaturalType *type, Level *level)
{
	switch (type->kind)
	{
		case WF_NATURAL_TEXT:
			write_text(natural, level);
			return true;
		case WF_NATURAL_BOOLEAN:
			return write_boolean(natural, level);
		case WF_NATURAL_NUMBER:
			write_number(natural, level);
			return true;
		case WF_NATURAL_TIMESTAMP:
			return write_timestamp(natural, level, false);
		case WF_NATURAL_TIMESTAMPTZ:
			return write_timestamp(natural, level, true);
		case WF_NATURAL_JSON:
			write_json(natural, level);
			return true;
		case WF_NATURAL_COMPOSITE:
			return write_composite(natural, type, level);
		case WF_NATURAL_ARRAY:
			return write_array(natural, type, level);
		case WF_NATURAL_MULTIRANGE:
			return write_multirange(natural, level);
		case WF_NATURAL_FORMLESS:
			return false;
	}
	return false;
}

/* A value takes all of its level. */
static bool
write_value(Natural *natural, const WfNaturalType *type, Level *level)
{
	if (!write_kind(natural, type, level))
		return false;
	return peek(level) == END || natural->buffer->error != WF_BUFFER_OK;
}

WfNaturalKind
wf_natural_scalar_kind(uint32_t oid)
{
	switch (wf_type_kind(oid))
	{
		case WF_TYPE_BOOL:
			return WF_NATURAL_BOOLEAN;
		case WF_TYPE_INT2:
		case WF_TYPE_INT4:
		case WF_TYPE_INT8:
		case WF_TYPE_FLOAT4:
		case WF_TYPE_FLOAT8:
		case WF_TYPE_NUMERIC:
			return WF_NATURAL_NUMBER;
		case WF_TYPE_TIMESTAMP:
			return WF_NATURAL_TIMESTAMP;
		case WF_TYPE_TIMESTAMPTZ:
			return WF_NATURAL_TIMESTAMPTZ;
		case WF_TYPE_JSON:
			return WF_NATURAL_JSON;
		default:
			return WF_NATURAL_TEXT;
	}
}

bool
wf_natural_json_write(WfBuffer *buffer, WfTextForm *form, const WfNaturalType *type, WfSlice text)
{
	Natural		natural = {buffer, form};
	Level		whole = {.text = text, .quoting = WHOLE, .next = UNKNOWN};
	size_t		mark = buffer->length;

	if (write_value(&natural, type, &whole))
		return true;
	/* the error, if any, must stay */
	if (buffer->error == WF_BUFFER_OK)
		buffer->length = mark;
	return false;
}
