/*
 * pattern.c
 *		Regular expressions as Debezium's lists of them are written.
 *
 * The just-in-time compiler of PCRE2 is not used: it needs memory that is
 * executable, which not every server may have, and names are short.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "complaint.h"
#include "json.h"
#include "utf8.h"

/*
 * Limits of one match: how often it may go back and try anew, how deep, and how
 * much memory for it.  100,000 steps are some milliseconds; a name of PostgreSQL
 * and a sane expression need a few dozen.
 */
#define MATCH_STEPS_MAX 100000
#define MATCH_DEPTH_MAX 10000
#define MATCH_HEAP_KIB_MAX 4096

/* An expression has to match a whole name, in any case of its letters. */
#define NAME_FLAGS (PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_CASELESS)

#define NESTING_MAX 100			/* parentheses within each other */

#define REPLACEMENT_CHARACTER "\xEF\xBF\xBD"

bool
wf_pattern_engine_init(WfPatternEngine *engine, const WfMemory *memory)
{
	memset(engine, 0, sizeof(*engine));
	engine->memory = *memory;
	engine->general = pcre2_general_context_create(memory->allocate, memory->release,
												   memory->context);
	if (engine->general != NULL)
	{
		engine->compile = pcre2_compile_context_create(engine->general);
		engine->match = pcre2_match_context_create(engine->general);
		engine->data = pcre2_match_data_create(1, engine->general);
	}
	if (engine->compile == NULL || engine->match == NULL || engine->data == NULL)
	{
		wf_pattern_engine_free(engine);
		return false;
	}

	/* the line terminators at which Java's dot stops, and two more */
	pcre2_set_newline(engine->compile, PCRE2_NEWLINE_ANY);
	pcre2_set_max_pattern_length(engine->compile, WF_PATTERN_LENGTH_MAX);
	pcre2_set_parens_nest_limit(engine->compile, NESTING_MAX);
	pcre2_set_match_limit(engine->match, MATCH_STEPS_MAX);
	pcre2_set_depth_limit(engine->match, MATCH_DEPTH_MAX);
	pcre2_set_heap_limit(engine->match, MATCH_HEAP_KIB_MAX);
	return true;
}

void
wf_pattern_engine_free(WfPatternEngine *engine)
{
	pcre2_match_data_free(engine->data);
	pcre2_match_context_free(engine->match);
	pcre2_compile_context_free(engine->compile);
	pcre2_general_context_free(engine->general);
	engine->data = NULL;
	engine->match = NULL;
	engine->compile = NULL;
	engine->general = NULL;
}

/* ---- messages ---- */

static void
put_library_message(WfBuffer *error, int code)
{
	PCRE2_UCHAR message[256];

	if (pcre2_get_error_message(code, message, sizeof(message)) >= 0)
		wf_complain(error, (const char *) message);
	else
	{
		wf_complain(error, "error ");
		wf_json_int64(error, code);
	}
}

static bool
refuse(WfBuffer *error, const char *option, WfSlice regex, const char *reason, int code,
	   size_t offset)
{
	wf_complain(error, "option \"");
	wf_complain(error, option);
	wf_complain(error, "\": the regular expression ");
	wf_complain_quoted(error, regex);
	wf_complain(error, " is not valid: ");
	if (reason != NULL)
		wf_complain(error, reason);
	else
		put_library_message(error, code);
	wf_complain(error, " (at offset ");
	wf_json_uint64(error, offset);
	wf_complain(error, ")");
	return false;
}

static bool
refuse_list(WfBuffer *error, const char *option, const char *reason)
{
	wf_complain(error, "option \"");
	wf_complain(error, option);
	wf_complain(error, "\" ");
	wf_complain(error, reason);
	return false;
}

/* ---- one expression ---- */

/* The offset behind `\Q…\E`, which begins at offset. */
static size_t
skip_literal(WfSlice regex, size_t offset)
{
	for (offset += 2; offset + 1 < regex.length; offset++)
		if (regex.data[offset] == '\\' && regex.data[offset + 1] == 'E')
			return offset + 2;
	return regex.length;
}

/*
 * The offset behind the escape that begins at offset.  A brace belongs to it in
 * \p{Lu} and \x{e9}, and with \c any character does.
 */
static size_t
skip_escape(WfSlice regex, size_t offset)
{
	char		letter = offset + 1 < regex.length ? regex.data[offset + 1] : '\0';

	if (letter == 'Q')
		return skip_literal(regex, offset);
	if (letter == 'c')
		return offset + 3;
	offset += 2;
	if (letter != '\0' && strchr("pPxoNkg", letter) != NULL && offset < regex.length &&
		regex.data[offset] == '{')
		while (offset < regex.length && regex.data[offset] != '}')
			offset++;
	return offset;
}

/*
 * What is wrong with the brace at offset, if it begins none of {n}, {n,} and
 * {n,m}: PCRE2 would take it as itself, Java does not.  NULL if it does.
 */
static const char *
ill_formed_quantifier(WfSlice regex, size_t offset, bool in_list)
{
	size_t		first = ++offset;

	while (offset < regex.length && regex.data[offset] >= '0' && regex.data[offset] <= '9')
		offset++;
	if (offset > first && offset == regex.length)
		return in_list ?
			"a quantifier has no closing brace; in a list, a comma that belongs to an expression is "
			"written \\, and in a .properties file \\\\," : "a quantifier has no closing brace";
	if (offset > first && offset < regex.length && regex.data[offset] == ',')
		do
			offset++;
		while (offset < regex.length && regex.data[offset] >= '0' && regex.data[offset] <= '9');
	if (offset > first && offset < regex.length && regex.data[offset] == '}')
		return NULL;
	return "a brace that begins no quantifier, {n}, {n,} or {n,m}, is written \\{";
}

/*
 * What both dialects know but read differently, or Java refuses and PCRE2 takes
 * for an instruction or as itself: NULL if there is none, else the reason and where.
 */
static const char *
java_reads_otherwise(WfSlice regex, bool in_list, size_t *offset)
{
	bool		in_class = false;
	size_t		class_start = 0;
	size_t		i = 0;

	while (i < regex.length)
	{
		char		c = regex.data[i];
		char		next = i + 1 < regex.length ? regex.data[i + 1] : '\0';

		*offset = i;
		if (c == '\\')
		{
			i = skip_escape(regex, i);
			continue;
		}
		if (in_class)
		{
			if (c == '[')
				return "a character class inside another is not supported";
			if (c == '&' && next == '&')
				return "intersections of character classes (&&) are not supported";
			if (c == ']' && i > class_start)
				in_class = false;
		}
		else if (c == '[')
		{
			in_class = true;
			class_start = i + (next == '^' ? 2 : 1);
			i = class_start;	/* a ] here stands for itself */
			if (i < regex.length && regex.data[i] == ']')
				i++;
			continue;
		}
		else if (c == '(' && next == '*')
			return "a group cannot begin with an asterisk";
		else if (c == '{')
		{
			const char *reason = ill_formed_quantifier(regex, i, in_list);

			if (reason != NULL)
				return reason;
		}
		i++;
	}
	return NULL;
}

static bool
compile(WfPatternEngine *engine, WfPattern *pattern, const char *option, WfSlice regex,
		uint32_t flags, bool in_list, WfBuffer *error)
{
	const char *reason;
	size_t		offset = 0;
	int			code = 0;

	pattern->text = regex;
	pattern->code = NULL;
	reason = java_reads_otherwise(regex, in_list, &offset);
	if (reason != NULL)
		return refuse(error, option, regex, reason, 0, offset);

	pattern->code = pcre2_compile((PCRE2_SPTR) regex.data, regex.length,
								  flags | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &offset,
								  engine->compile);
	if (pattern->code == NULL)
		return refuse(error, option, regex, NULL, code, offset);
	return true;
}

bool
wf_pattern_compile(WfPatternEngine *engine, WfPattern *pattern, const char *option, WfSlice regex,
				   WfBuffer *error)
{
	return compile(engine, pattern, option, regex, NAME_FLAGS, false, error);
}

bool
wf_pattern_compile_java(WfPatternEngine *engine, WfPattern *pattern, const char *option,
						WfSlice regex, bool whole, WfBuffer *error)
{
	return compile(engine, pattern, option, regex,
				   whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0, false, error);
}

void
wf_pattern_free(WfPattern *pattern)
{
	pcre2_code_free(pattern->code);
	pattern->code = NULL;
}

/* The subject with what is not UTF-8 replaced, as it is published; in memory of the engine's. */
static WfSlice
replace_invalid(WfPatternEngine *engine, WfSlice subject)
{
	static const size_t growth = sizeof(REPLACEMENT_CHARACTER) - 1;
	char	   *copy = NULL;
	const unsigned char *text = (const unsigned char *) subject.data;
	const unsigned char *end = text + subject.length;
	size_t		length = 0;

	if (subject.length < SIZE_MAX / growth)
		copy = engine->memory.allocate(subject.length * growth + 1, engine->memory.context);
	while (copy != NULL && text < end)
	{
		uint32_t	character;
		bool		valid;
		size_t		sequence = (size_t) wf_utf8_decode(text, end, &character, &valid);
		size_t		kept = valid ? sequence : growth;

		memcpy(copy + length, valid ? (const char *) text : REPLACEMENT_CHARACTER, kept);
		length += kept;
		text += sequence;
	}
	return wf_slice(copy, length);
}

static bool
is_invalid_utf8(int result)
{
	return result <= PCRE2_ERROR_UTF8_ERR1 && result >= PCRE2_ERROR_UTF8_ERR21;
}

static int
match(WfPatternEngine *engine, const WfPattern *pattern, WfSlice subject)
{
	const char *bytes = subject.length > 0 ? subject.data : "";

	return pcre2_match(pattern->code, (PCRE2_SPTR) bytes, subject.length, 0, 0, engine->data,
					   engine->match);
}

WfMatch
wf_pattern_match(WfPatternEngine *engine, const WfPattern *pattern, const char *option,
				 WfSlice subject, WfBuffer *error)
{
	int			result = match(engine, pattern, subject);

	if (is_invalid_utf8(result))
	{
		WfSlice		valid = replace_invalid(engine, subject);

		result = valid.data != NULL ? match(engine, pattern, valid) : PCRE2_ERROR_NOMEMORY;
		engine->memory.release((void *) valid.data, engine->memory.context);
	}
	if (result >= 0)			/* 0: more groups than data has room for */
		return WF_MATCH_YES;
	if (result == PCRE2_ERROR_NOMATCH)
		return WF_MATCH_NO;

	wf_pattern_put_undecided(error, option, pattern->text, subject, result);
	return WF_MATCH_ERROR;
}

void
wf_pattern_put_undecided(WfBuffer *error, const char *option, WfSlice regex, WfSlice subject,
						 int result)
{
	wf_complain(error, "option \"");
	wf_complain(error, option);
	wf_complain(error, "\": whether ");
	wf_complain_quoted(error, subject);
	wf_complain(error, " matches the regular expression ");
	wf_complain_quoted(error, regex);
	wf_complain(error, " could not be decided: ");
	put_library_message(error, result);
}

/* ---- lists ---- */

WfSlice
wf_slice_trim(WfSlice slice)
{
	/* blanks and control characters, as Java's String.trim() */
	while (slice.length > 0 && (unsigned char) slice.data[0] <= ' ')
	{
		slice.data++;
		slice.length--;
	}
	while (slice.length > 0 && (unsigned char) slice.data[slice.length - 1] <= ' ')
		slice.length--;
	return slice;
}

/*
 * The next item of a list as it stands there, from *offset on, which is moved
 * behind its comma.  False if there is none.
 */
static bool
scan_item(WfSlice list, size_t *offset, WfSlice *item)
{
	size_t		start = *offset;
	size_t		i = start;

	if (start > list.length)
		return false;
	while (i < list.length && list.data[i] != ',')
		i += list.data[i] == '\\' && i + 1 < list.length ? 2 : 1;
	*item = wf_slice(list.length > 0 ? list.data + start : "", i - start);
	*offset = i + 1;
	return true;
}

/* Copies an item to target with `\,` as a comma. */
static WfSlice
unescape_item(char *target, WfSlice item)
{
	size_t		length = 0;

	for (size_t i = 0; i < item.length; i++)
	{
		if (item.data[i] == '\\' && i + 1 < item.length)
		{
			if (item.data[i + 1] != ',')
				target[length++] = '\\';
			i++;
		}
		target[length++] = item.data[i];
	}
	return wf_slice(target, length);
}

/*
 * Counts the items that are not empty; more than the maximum are not counted.
 */
static int
count_items(WfSlice text)
{
	WfSlice		item;
	size_t		offset = 0;
	int			count = 0;

	while (count <= WF_PATTERN_ITEMS_MAX && scan_item(text, &offset, &item))
		if (wf_slice_trim(item).length > 0)
			count++;
	return count;
}

bool
wf_pattern_list_compile(WfPatternEngine *engine, WfPatternList *list, const char *option,
						WfSlice text, WfBuffer *error)
{
	WfMemory   *memory = &engine->memory;
	int			count = count_items(text);
	WfSlice		item;
	size_t		offset = 0;
	char	   *copy;

	memset(list, 0, sizeof(*list));
	if (count == 0)
		return refuse_list(error, option, "has no regular expression");
	if (count > WF_PATTERN_ITEMS_MAX)
		return refuse_list(error, option, "has more than 65535 regular expressions");

	list->patterns = memory->allocate(sizeof(WfPattern) * count, memory->context);
	list->text = copy = memory->allocate(text.length, memory->context);
	if (list->patterns == NULL || copy == NULL)
	{
		wf_pattern_list_free(engine, list);
		return refuse_list(error, option, "needs more memory than there is");
	}

	while (scan_item(text, &offset, &item))
	{
		item = wf_slice_trim(item);
		if (item.length == 0)
			continue;
		item = unescape_item(copy, item);
		copy += item.length;
		if (!compile(engine, &list->patterns[list->count], option, item, NAME_FLAGS, true, error))
		{
			wf_pattern_list_free(engine, list);
			return false;
		}
		list->count++;
	}
	return true;
}

void
wf_pattern_list_free(WfPatternEngine *engine, WfPatternList *list)
{
	for (int i = 0; i < list->count; i++)
		wf_pattern_free(&list->patterns[i]);
	engine->memory.release(list->patterns, engine->memory.context);
	engine->memory.release(list->text, engine->memory.context);
	memset(list, 0, sizeof(*list));
}

WfMatch
wf_pattern_list_match(WfPatternEngine *engine, const WfPatternList *list, const char *option,
					  WfSlice subject, WfBuffer *error)
{
	for (int i = 0; i < list->count; i++)
	{
		WfMatch		result = wf_pattern_match(engine, &list->patterns[i], option, subject, error);

		if (result != WF_MATCH_NO)
			return result;
	}
	return WF_MATCH_NO;
}
