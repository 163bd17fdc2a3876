/*
 * read_text_array.c
 *		Arrays from their text, element by element.
 *
 * The text is gone through once when it is read, which counts the elements,
 * finds the dimensions and tries each element's reader; next() then repeats
 * the same steps.  Nothing is stored per element, so an array of any size
 * takes no more scratch than its most demanding element.
 *
 * Follows PostgreSQL's arrayfuncs.c (array_out), and for the two types of arrays
 * that print otherwise int.c (int2vectorout) and oid.c (oidvectorout).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_text.h"

#include "read_text_scan.h"

#define NULL_WORD_LENGTH 4

/* A cursor over an array's text; the array must be first. */
typedef struct TextArray
{
	WfArray		array;
	WfType		element_type;
	WfScratch	scratch;		/* of one element */
	WfSlice		body;			/* from the first brace on */
	WfSlice		rest;			/* of body, not yet read */
	char		delimiter;
	bool		is_vector;		/* int2vector or oidvector: "1 2", without braces */
	int			depth;			/* lists that are open */
	int32_t		counts[WF_ARRAY_DIMENSIONS_MAX];	/* of items in each of them */
} TextArray;

_Static_assert(sizeof(TextArray) <= WF_SCRATCH_SIZE(0) - 64,
			   "WF_SCRATCH_SIZE() has no room for an array's cursor");

typedef struct ElementText
{
	WfSlice		text;
	bool		is_null;
} ElementText;

static inline bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool
is_null_word(WfSlice text)
{
	static const char word[] = "null";

	if (text.length != NULL_WORD_LENGTH)
		return false;
	for (size_t i = 0; i < NULL_WORD_LENGTH; i++)
		if ((text.data[i] | 0x20) != word[i])
			return false;
	return true;
}

/* Up to the closing quote; copied to scratch only if there are escapes. */
static bool
take_quoted(TextArray *cursor, ElementText *element)
{
	WfSlice    *rest = &cursor->rest;
	size_t		length = 0;
	size_t		escapes = 0;
	char	   *copy;

	while (length < rest->length && rest->data[length] != '"')
	{
		if (rest->data[length] == '\\')
		{
			escapes++;
			length++;
		}
		length++;
	}
	if (length >= rest->length)
		return false;

	element->text = wf_slice(rest->data, length);
	wf_skip(rest, length + 1);
	if (escapes == 0)
		return true;
	copy = wf_scratch_take(&cursor->scratch, length - escapes);
	if (copy == NULL)
		return false;
	for (size_t i = 0, o = 0; i < length; i++, o++)
	{
		if (element->text.data[i] == '\\')
			i++;
		copy[o] = element->text.data[i];
	}
	element->text = wf_slice(copy, length - escapes);
	return true;
}

/* What would have been quoted must not be there. */
static bool
take_plain(TextArray *cursor, ElementText *element)
{
	WfSlice    *rest = &cursor->rest;
	size_t		length = 0;

	for (; length < rest->length; length++)
	{
		char		c = rest->data[length];

		if (c == cursor->delimiter || c == '}')
			break;
		if (c == '"' || c == '\\' || c == '{' || is_space(c))
			return false;
	}
	element->text = wf_slice(rest->data, length);
	element->is_null = is_null_word(element->text);
	wf_skip(rest, length);
	return length > 0;
}

/*
 * Takes the next element with the braces before it and whatever comes after
 * it: closing braces, and a delimiter unless it is the last one.  A list's
 * length becomes its dimension's if that is not known yet (0); all lists of a
 * dimension must be equally long, and all elements equally deep.
 */
static bool
take_element(TextArray *cursor, ElementText *element)
{
	WfArray    *array = &cursor->array;
	bool		first = array->dimension_count == 0;

	element->is_null = false;
	while (wf_take_char(&cursor->rest, '{'))
	{
		if (cursor->depth == (first ? WF_ARRAY_DIMENSIONS_MAX : array->dimension_count))
			return false;
		cursor->counts[cursor->depth++] = 0;
	}
	if (first)
		array->dimension_count = cursor->depth;
	if (cursor->depth == 0 || cursor->depth != array->dimension_count)
		return false;

	if (wf_take_char(&cursor->rest, '"') ? !take_quoted(cursor, element)
		: !take_plain(cursor, element))
		return false;

	cursor->counts[cursor->depth - 1]++;
	while (wf_take_char(&cursor->rest, '}'))
	{
		int32_t		count = cursor->counts[--cursor->depth];

		if (array->dimensions[cursor->depth] == 0)
			array->dimensions[cursor->depth] = count;
		if (array->dimensions[cursor->depth] != count)
			return false;
		if (cursor->depth == 0)
			return cursor->rest.length == 0;
		cursor->counts[cursor->depth - 1]++;
	}
	return wf_take_char(&cursor->rest, cursor->delimiter);
}

/* The same of int2vector and oidvector, which have no null. */
static bool
take_vector_element(TextArray *cursor, ElementText *element)
{
	element->is_null = false;
	if (!take_plain(cursor, element) || element->is_null)
		return false;
	cursor->counts[0]++;
	if (cursor->rest.length > 0)
		return wf_take_char(&cursor->rest, cursor->delimiter) && cursor->rest.length > 0;
	cursor->array.dimension_count = 1;
	cursor->array.dimensions[0] = cursor->counts[0];
	return true;
}

static bool
read_element(TextArray *cursor, WfValue *value)
{
	ElementText element;

	cursor->scratch.used = 0;
	if (cursor->is_vector ? !take_vector_element(cursor, &element)
		: !take_element(cursor, &element))
		return false;
	if (element.is_null)
	{
		value->state = WF_VALUE_NULL;
		return true;
	}
	return wf_read_text(&cursor->scratch, &cursor->element_type, element.text, value);
}

static bool
next_element(WfArray *array, WfValue *element)
{
	TextArray  *cursor = (TextArray *) array;

	return cursor->rest.length > 0 && read_element(cursor, element);
}

static void
rewind_array(WfArray *array)
{
	TextArray  *cursor = (TextArray *) array;

	cursor->rest = cursor->body;
	cursor->depth = 0;
	cursor->counts[0] = 0;
}

/* A bound within int32. */
static bool
take_bound(WfSlice *text, int64_t *bound)
{
	WfSlice		number = *text;

	wf_take_char(text, '-');
	wf_take_digits(text);
	number.length -= text->length;
	return wf_read_integer(number, INT32_MIN, INT32_MAX, bound);
}

/* [1:2][0:4]=, which stands before arrays whose lower bounds are not all 1. */
static bool
take_bounds(WfSlice *text, TextArray *cursor, int *count)
{
	*count = 0;
	while (wf_take_char(text, '['))
	{
		int64_t		lower;
		int64_t		upper;

		if (*count == WF_ARRAY_DIMENSIONS_MAX || !take_bound(text, &lower) ||
			!wf_take_char(text, ':') || !take_bound(text, &upper) || !wf_take_char(text, ']') ||
			upper < lower || upper - lower >= INT32_MAX)
			return false;
		cursor->array.dimensions[(*count)++] = (int32_t) (upper - lower + 1);
	}
	return *count == 0 || wf_take_char(text, '=');
}

/* What separates elements (pg_type.typdelim). */
static char
delimiter_of(const WfType *array)
{
	if (array->element_delimiter != 0)
		return array->element_delimiter;
	switch (array->element_kind)
	{
		case WF_TYPE_BOX:
			return ';';
		case WF_TYPE_GEOMETRY:
		case WF_TYPE_GEOGRAPHY:
			return ':';
		default:
			return ',';
	}
}

/* Reads all elements once; tells how much scratch they need at the most. */
static bool
try_elements(TextArray *cursor, size_t *scratch_needed)
{
	*scratch_needed = 0;
	rewind_array(&cursor->array);
	do
	{
		WfValue		value;

		if (!read_element(cursor, &value))
			return false;
		if (cursor->scratch.used > *scratch_needed)
			*scratch_needed = cursor->scratch.used;
	} while (cursor->rest.length > 0);
	if (cursor->depth > 0)
		return false;
	rewind_array(&cursor->array);
	return true;
}

bool
wf_read_array(WfScratch *scratch, const WfType *type, WfSlice text, WfArray **array)
{
	TextArray  *cursor = wf_scratch_take(scratch, sizeof(TextArray));
	bool		is_vector = wf_type_is_catalogue_vector(type);
	size_t		needed;
	int			bound_count = 0;

	if (cursor == NULL || wf_scratch_take(scratch, 0) == NULL)
		return false;
	memset(cursor, 0, sizeof(*cursor));
	cursor->array.next = next_element;
	cursor->array.rewind = rewind_array;
	cursor->element_type = wf_type_of_elements(type);
	cursor->delimiter = is_vector ? ' ' : delimiter_of(type);
	cursor->is_vector = is_vector;
	*array = &cursor->array;

	if (wf_is_text(text, is_vector ? WF_LITERAL("") : WF_LITERAL("{}")))
	{
		rewind_array(&cursor->array);
		return true;
	}
	if (!is_vector && !take_bounds(&text, cursor, &bound_count))
		return false;
	cursor->body = text;
	cursor->scratch.memory = scratch->memory + scratch->used;
	cursor->scratch.size = scratch->size - scratch->used;
	if (!try_elements(cursor, &needed) ||
		(bound_count > 0 && bound_count != cursor->array.dimension_count))
		return false;
	cursor->scratch.size = needed;
	scratch->used += needed;
	return true;
}
