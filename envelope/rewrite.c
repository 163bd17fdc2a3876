/*
 * rewrite.c
 *		Java's Matcher.replaceFirst(): a text, an expression and a replacement.
 *
 * A replacement is read again for each text rather than compiled: topics are
 * named once per table.  Reading it is the same walk for checking it, where a
 * reference to a group that the expression lacks is refused, and for writing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "json.h"

#define GROUP_NAME_MAX 32		/* PCRE2's limit */

/* A piece of a replacement: text, or a group's number. */
typedef struct Piece
{
	WfSlice		text;
	int			group;			/* -1: text */
} Piece;

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static uint32_t
group_count(const WfPattern *pattern)
{
	uint32_t	count = 0;

	(void) pcre2_pattern_info(pattern->code, PCRE2_INFO_CAPTURECOUNT, &count);
	return count;
}

/* `{name}`; offset is at the brace and is moved behind the other. */
static const char *
read_named_group(const WfPattern *pattern, WfSlice text, size_t *offset, int *group)
{
	char		name[GROUP_NAME_MAX + 1];
	size_t		start = ++*offset;
	size_t		length;

	while (*offset < text.length && (is_letter(text.data[*offset]) || is_digit(text.data[*offset])))
		(*offset)++;
	length = *offset - start;
	if (length == 0 || *offset == text.length || text.data[*offset] != '}')
		return "has a ${ that is not followed by a group's name and }";
	if (length > GROUP_NAME_MAX)
		return "names a group that the regular expression does not have";
	memcpy(name, text.data + start, length);
	name[length] = '\0';
	(*offset)++;
	*group = pcre2_substring_number_from_name(pattern->code, (PCRE2_SPTR) name);
	return *group > 0 ? NULL : "names a group that the regular expression does not have";
}

/* The digits behind a dollar; as many as make the number of a group. */
static const char *
read_numbered_group(const WfPattern *pattern, WfSlice text, size_t *offset, int *group)
{
	uint32_t	count = group_count(pattern);
	uint32_t	number = (uint32_t) (text.data[(*offset)++] - '0');

	while (*offset < text.length && is_digit(text.data[*offset]))
	{
		uint32_t	longer = number * 10 + (uint32_t) (text.data[*offset] - '0');

		if (longer > count)
			break;
		number = longer;
		(*offset)++;
	}
	*group = (int) number;
	return number <= count ? NULL :
		"refers to a group by a number that the regular expression does not have";
}

/* The piece at offset, which is moved behind it; NULL, or what is wrong with it. */
static const char *
read_piece(const WfPattern *pattern, WfSlice text, size_t *offset, Piece *piece)
{
	size_t		start = *offset;
	char		c = text.data[start];

	piece->group = -1;
	piece->text = wf_slice(NULL, 0);
	if (c == '\\')
	{
		if (start + 1 == text.length)
			return "ends in a backslash";
		piece->text = wf_slice(text.data + start + 1, 1);
		*offset += 2;
		return NULL;
	}
	if (c == '$')
	{
		char		next = start + 1 < text.length ? text.data[start + 1] : '\0';

		(*offset)++;
		if (next == '{')
			return read_named_group(pattern, text, offset, &piece->group);
		if (is_digit(next))
			return read_numbered_group(pattern, text, offset, &piece->group);
		return "has a $ that is followed neither by a group's number nor by {; \\$ stands for a dollar";
	}
	while (*offset < text.length && text.data[*offset] != '\\' && text.data[*offset] != '$')
		(*offset)++;
	piece->text = wf_slice(text.data + start, *offset - start);
	return NULL;
}

static bool
check_replacement(const WfRewrite *rewrite, const char *option, WfBuffer *error)
{
	size_t		offset = 0;
	Piece		piece;

	while (offset < rewrite->replacement.length)
	{
		const char *reason = read_piece(&rewrite->first, rewrite->replacement, &offset, &piece);

		if (reason == NULL)
			continue;
		wf_buffer_append_literal(error, "option \"");
		wf_buffer_append(error, option, strlen(option));
		wf_buffer_append_literal(error, "\" ");
		wf_buffer_append(error, reason, strlen(reason));
		wf_buffer_append_literal(error, " (before offset ");
		wf_json_uint64(error, offset);
		wf_buffer_append_literal(error, ")");
		return false;
	}
	return true;
}

bool
wf_rewrite_compile(WfPatternEngine *engine, WfRewrite *rewrite, const char *option, WfSlice regex,
				   const char *replacement_option, WfSlice replacement, WfBuffer *error)
{
	memset(rewrite, 0, sizeof(*rewrite));
	rewrite->option = option;
	rewrite->replacement = replacement;
	if (wf_pattern_compile_java(engine, &rewrite->whole, option, regex, true, error) &&
		wf_pattern_compile_java(engine, &rewrite->first, option, regex, false, error) &&
		check_replacement(rewrite, replacement_option, error))
		return true;
	wf_rewrite_free(rewrite);
	return false;
}

void
wf_rewrite_free(WfRewrite *rewrite)
{
	wf_pattern_free(&rewrite->whole);
	wf_pattern_free(&rewrite->first);
}

static void
append_replaced(const WfRewrite *rewrite, WfSlice subject, const size_t *groups, WfBuffer *result)
{
	size_t		offset = 0;
	Piece		piece;

	/* \K, which Java does not know, can put the end before the start */
	if (groups[0] > groups[1])
		return;
	wf_buffer_append(result, subject.data, groups[0]);
	while (offset < rewrite->replacement.length &&
		   read_piece(&rewrite->first, rewrite->replacement, &offset, &piece) == NULL)
	{
		const size_t *group;

		if (piece.group < 0)
		{
			wf_buffer_append_slice(result, piece.text);
			continue;
		}
		group = groups + 2 * piece.group;
		if (group[0] != PCRE2_UNSET && group[1] > group[0])
			wf_buffer_append(result, subject.data + group[0], group[1] - group[0]);
	}
	wf_buffer_append(result, subject.data + groups[1], subject.length - groups[1]);
}

WfMatch
wf_rewrite_apply(WfPatternEngine *engine, const WfRewrite *rewrite, WfSlice subject,
				 WfBuffer *result, WfBuffer *error)
{
	WfMatch		match = wf_pattern_match(engine, &rewrite->whole, rewrite->option, subject, error);
	pcre2_match_data *data;
	int			found = PCRE2_ERROR_NOMEMORY;

	if (match != WF_MATCH_YES)
		return match;
	data = pcre2_match_data_create_from_pattern(rewrite->first.code, engine->general);
	if (data != NULL)
		found = pcre2_match(rewrite->first.code,
							(PCRE2_SPTR) (subject.length > 0 ? subject.data : ""), subject.length,
							0, 0, data, engine->match);
	if (found > 0)
		append_replaced(rewrite, subject, pcre2_get_ovector_pointer(data), result);
	else
		wf_pattern_put_undecided(error, rewrite->option, rewrite->first.text, subject, found);
	pcre2_match_data_free(data);
	return found > 0 ? WF_MATCH_YES : WF_MATCH_ERROR;
}
