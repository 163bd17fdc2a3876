/*
 * read_text_scan.h
 *		What the text readers share: small steps along a slice.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_READ_TEXT_SCAN_H
#define WALFERRY_READ_TEXT_SCAN_H

#include "buffer.h"

static inline bool
wf_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
wf_is_text(WfSlice text, WfSlice constant)
{
	return text.length == constant.length &&
		memcmp(text.data, constant.data, constant.length) == 0;
}

static inline void
wf_skip(WfSlice *text, size_t bytes)
{
	text->data += bytes;
	text->length -= bytes;
}

/* Steps over c if it comes next. */
static inline bool
wf_take_char(WfSlice *text, char c)
{
	if (text->length == 0 || text->data[0] != c)
		return false;
	wf_skip(text, 1);
	return true;
}

/* Steps over a constant if it comes next. */
static inline bool
wf_take_text(WfSlice *text, WfSlice constant)
{
	if (text->length < constant.length ||
		memcmp(text->data, constant.data, constant.length) != 0)
		return false;
	wf_skip(text, constant.length);
	return true;
}

/* Steps over the digits that come next, perhaps none. */
static inline WfSlice
wf_take_digits(WfSlice *text)
{
	WfSlice		digits = wf_slice(text->data, 0);

	while (digits.length < text->length && wf_is_digit(text->data[digits.length]))
		digits.length++;
	wf_skip(text, digits.length);
	return digits;
}

#endif							/* WALFERRY_READ_TEXT_SCAN_H */
