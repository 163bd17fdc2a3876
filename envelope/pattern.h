/*
 * pattern.h
 *		Regular expressions as Debezium's lists of them are written.
 *
 * A list is regexes separated by commas; `\,` is a comma that separates
 * nothing, blanks around an item do not count.  An item has to match a whole
 * name, in any case of its letters (Debezium's Strings and Predicates classes).
 *
 * Plugin and shipper both use libpcre2-8 through this file, so that there is
 * one dialect.  It is Java's but for what docs/filters.md lists; what
 * PCRE2 would read otherwise than Java, without an error, is refused.
 *
 * Expressions come from users, so a match has limits.  One that reaches them is
 * an error and never "no match": a filter that is not sure must not let a row
 * pass, nor drop it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PATTERN_H
#define WALFERRY_PATTERN_H

#include "buffer.h"

#define WF_PATTERN_LENGTH_MAX 4096	/* bytes of one expression */
#define WF_PATTERN_ITEMS_MAX 65535	/* of one list */

/*
 * Memory as the host has it.  allocate() returns NULL when there is none and
 * does not throw, since the library's state is on the stack then; release() is
 * given what allocate() returned, or NULL.
 */
typedef struct WfMemory
{
	void	   *(*allocate) (size_t size, void *context);
	void		(*release) (void *memory, void *context);
	void	   *context;
} WfMemory;

/* What a session compiles and matches with. */
typedef struct WfPatternEngine
{
	WfMemory	memory;
	struct pcre2_real_general_context_8 *general;
	struct pcre2_real_compile_context_8 *compile;
	struct pcre2_real_match_context_8 *match;
	struct pcre2_real_match_data_8 *data;
} WfPatternEngine;

typedef struct WfPattern
{
	struct pcre2_real_code_8 *code;
	WfSlice		text;			/* the expression, for messages */
} WfPattern;

typedef struct WfPatternList
{
	WfPattern  *patterns;
	int			count;
	char	   *text;			/* the items' bytes */
} WfPatternList;

typedef enum WfMatch
{
	WF_MATCH_NO,
	WF_MATCH_YES,
	WF_MATCH_ERROR
} WfMatch;

/* False if there is no memory.  A failed or zeroed engine may be freed. */
extern bool wf_pattern_engine_init(WfPatternEngine *engine, const WfMemory *memory);
extern void wf_pattern_engine_free(WfPatternEngine *engine);

/*
 * Compiles one expression.  regex must live as long as the pattern.  On failure
 * appends to error one sentence without a full stop that names the option, the
 * expression, what is wrong and after how many bytes.
 */
extern bool wf_pattern_compile(WfPatternEngine *engine, WfPattern *pattern, const char *option,
							   WfSlice regex, WfBuffer *error);
extern void wf_pattern_free(WfPattern *pattern);

/*
 * Whether the whole subject (UTF-8; what is not counts as U+FFFD) matches.  On
 * WF_MATCH_ERROR the reason is appended to error.
 */
extern WfMatch wf_pattern_match(WfPatternEngine *engine, const WfPattern *pattern,
								const char *option, WfSlice subject, WfBuffer *error);

/*
 * The same as Java's Pattern.compile() reads it: letters in their case.  whole:
 * the whole subject has to match, else the first part of it that does.
 */
extern bool wf_pattern_compile_java(WfPatternEngine *engine, WfPattern *pattern,
									const char *option, WfSlice regex, bool whole,
									WfBuffer *error);

/*
 * What Java's Matcher.matches() and replaceFirst() make of a text: the first
 * part of it that matches gives way to the replacement, in which $1, ${name}
 * stand for groups and \x for x.
 */
typedef struct WfRewrite
{
	const char *option;			/* that has the expression */
	WfPattern	whole;			/* says whether the text matches */
	WfPattern	first;			/* finds what is replaced; it may be shorter */
	WfSlice		replacement;
} WfRewrite;

/*
 * Compiles both; they must live as long, and so must the options' names.  On
 * failure nothing is to be freed, and error has a sentence as above.
 */
extern bool wf_rewrite_compile(WfPatternEngine *engine, WfRewrite *rewrite, const char *option,
							   WfSlice regex, const char *replacement_option,
							   WfSlice replacement, WfBuffer *error);
extern void wf_rewrite_free(WfRewrite *rewrite);

/*
 * Appends what becomes of the subject, if it matches, to result; nothing on
 * WF_MATCH_NO.  On WF_MATCH_ERROR the reason is appended to error.
 */
extern WfMatch wf_rewrite_apply(WfPatternEngine *engine, const WfRewrite *rewrite,
								WfSlice subject, WfBuffer *result, WfBuffer *error);

/* Appends that a match could not be decided; result is the library's. */
extern void wf_pattern_put_undecided(WfBuffer *error, const char *option, WfSlice regex,
									 WfSlice subject, int result);

/*
 * Splits text into items and compiles each.  Empty items do not count; a list
 * without any other is an error.  On failure nothing is to be freed.
 */
extern bool wf_pattern_list_compile(WfPatternEngine *engine, WfPatternList *list,
									const char *option, WfSlice text, WfBuffer *error);
extern void wf_pattern_list_free(WfPatternEngine *engine, WfPatternList *list);

/* Whether any item matches. */
extern WfMatch wf_pattern_list_match(WfPatternEngine *engine, const WfPatternList *list,
									 const char *option, WfSlice subject, WfBuffer *error);

/* The slice without the blanks around it. */
extern WfSlice wf_slice_trim(WfSlice slice);

#endif							/* WALFERRY_PATTERN_H */
