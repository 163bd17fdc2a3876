/*
 * json_reader.h
 *		An allocation-free pull tokeniser for JSON (RFC 8259).
 *
 * The row path reads each event once, in order, and wants a few of its members;
 * a tree of the whole document costs more than everything else together.  A
 * reader is a cursor over bytes that somebody else owns; every slice it gives
 * points into them.  Its error is sticky: after a fault each call returns
 * TOKEN_ERROR, and `offset` says where it was.
 *
 * Strict on purpose: no comments, no trailing commas, no unescaped control
 * characters, only valid UTF-8, at most JSON_DEPTH_MAX levels.  What passes
 * here is accepted by BigQuery's own parser.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_JSON_READER_H
#define WALFERRY_JSON_READER_H

#include "envelope/buffer.h"

/* BigQuery refuses JSON nested deeper than 500 levels. */
#define JSON_DEPTH_MAX 500

typedef enum JsonToken
{
	TOKEN_ERROR,				/* reader->error says what */
	TOKEN_END,					/* the document is over */
	TOKEN_OBJECT,				/* { */
	TOKEN_OBJECT_END,
	TOKEN_ARRAY,				/* [ */
	TOKEN_ARRAY_END,
	TOKEN_NAME,					/* a member's name; its value is the next token */
	TOKEN_STRING,
	TOKEN_NUMBER,
	TOKEN_TRUE,
	TOKEN_FALSE,
	TOKEN_NULL
} JsonToken;

typedef enum JsonExpect
{
	JSON_EXPECT_VALUE,
	JSON_EXPECT_VALUE_OR_END,	/* after [ */
	JSON_EXPECT_NAME,			/* after a comma in an object */
	JSON_EXPECT_NAME_OR_END,	/* after { */
	JSON_EXPECT_COMMA_OR_END,
	JSON_EXPECT_NOTHING			/* the document's value is complete */
} JsonExpect;

typedef struct JsonReader
{
	const char *data;
	size_t		length;
	size_t		offset;			/* of the next byte to read, or of the fault */
	const char *error;			/* what is wrong, in words; NULL: nothing */

	/* of the token read last */
	size_t		token_start;	/* where it begins in data */
	WfSlice		text;			/* NAME, STRING: between the quotes, as it stands;
								 * NUMBER: its digits */
	bool		escaped;		/* text holds backslashes: see json_unescape() */

	/* private */
	JsonExpect	expect;
	int			depth;
	uint64_t	in_object[(JSON_DEPTH_MAX + 63) / 64];
} JsonReader;

extern void json_reader_init(JsonReader *reader, const char *data, size_t length);

extern JsonToken json_next(JsonReader *reader);

/*
 * Reads to the end of the value that `token`, just read, begins, and gives its
 * bytes as they stand.  False on a fault.
 */
extern bool json_skip(JsonReader *reader, JsonToken token, WfSlice *raw);

/*
 * Appends the text that a raw string stands for, as UTF-8.  A surrogate without
 * its partner becomes U+FFFD.  raw must come from a reader.
 */
extern void json_unescape(WfSlice raw, WfBuffer *buffer);

/* True if a string's or name's text, as read last, stands for `text`. */
extern bool json_text_is(const JsonReader *reader, WfSlice text);

/* Reads an integer without fraction or exponent; false if it is not one, or
 * does not fit. */
extern bool json_int64(WfSlice number, int64_t *value);

#endif							/* WALFERRY_JSON_READER_H */
