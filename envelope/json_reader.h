/*
 * json_reader.h
 *		An allocation-free pull tokeniser for JSON (RFC 8259).
 *
 * The row path reads each event once, in order, and wants a few of its members;
 * a tree of the whole document costs more than everything else together.  A
 * reader is a cursor over bytes that somebody else owns; every slice it gives
 * points into them.  Its error is sticky: after a fault each call returns
 * WF_TOKEN_ERROR, and `offset` says where it was.
 *
 * Strict on purpose: no comments, no trailing commas, no unescaped control
 * characters, only valid UTF-8, at most WF_JSON_DEPTH_MAX levels.  What passes
 * here is accepted by BigQuery's own parser.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_JSON_READER_H
#define WALFERRY_JSON_READER_H

#include "buffer.h"

/* BigQuery refuses JSON nested deeper than 500 levels. */
#define WF_JSON_DEPTH_MAX 500

typedef enum WfJsonToken
{
	WF_TOKEN_ERROR,				/* reader->error says what */
	WF_TOKEN_END,				/* the document is over */
	WF_TOKEN_OBJECT,			/* { */
	WF_TOKEN_OBJECT_END,
	WF_TOKEN_ARRAY,				/* [ */
	WF_TOKEN_ARRAY_END,
	WF_TOKEN_NAME,				/* a member's name; its value is the next token */
	WF_TOKEN_STRING,
	WF_TOKEN_NUMBER,
	WF_TOKEN_TRUE,
	WF_TOKEN_FALSE,
	WF_TOKEN_NULL
} WfJsonToken;

typedef enum WfJsonExpect
{
	WF_JSON_EXPECT_VALUE,
	WF_JSON_EXPECT_VALUE_OR_END,	/* after [ */
	WF_JSON_EXPECT_NAME,		/* after a comma in an object */
	WF_JSON_EXPECT_NAME_OR_END, /* after { */
	WF_JSON_EXPECT_COMMA_OR_END,
	WF_JSON_EXPECT_NOTHING		/* the document's value is complete */
} WfJsonExpect;

typedef struct WfJsonReader
{
	const char *data;
	size_t		length;
	size_t		offset;			/* of the next byte to read, or of the fault */
	const char *error;			/* what is wrong, in words; NULL: nothing */

	/* of the token read last */
	size_t		token_start;	/* where it begins in data */
	WfSlice		text;			/* NAME, STRING: between the quotes, as it stands;
								 * NUMBER: its digits */
	bool		escaped;		/* text holds backslashes: see wf_json_unescape() */

	/* private */
	WfJsonExpect expect;
	int			depth;
	uint64_t	in_object[(WF_JSON_DEPTH_MAX + 63) / 64];
} WfJsonReader;

extern void wf_json_reader_init(WfJsonReader *reader, const char *data, size_t length);

extern WfJsonToken wf_json_next(WfJsonReader *reader);

/*
 * Reads to the end of the value that `token`, just read, begins, and gives its
 * bytes as they stand.  False on a fault.
 */
extern bool wf_json_skip(WfJsonReader *reader, WfJsonToken token, WfSlice *raw);

/*
 * Appends the text that a raw string stands for, as UTF-8.  A surrogate without
 * its partner becomes U+FFFD.  raw must come from a reader.
 */
extern void wf_json_unescape(WfSlice raw, WfBuffer *buffer);

/* True if a string's or name's text, as read last, stands for `text`. */
extern bool wf_json_text_is(const WfJsonReader *reader, WfSlice text);

/* Reads an integer without fraction or exponent; false if it is not one, or
 * does not fit. */
extern bool wf_json_read_int64(WfSlice number, int64_t *value);

#endif							/* WALFERRY_JSON_READER_H */
