/*
 * utf8.h
 *		Reading UTF-8 that may be ill.
 *
 * Inline, because strings are read with it in the row loop.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_UTF8_H
#define WALFERRY_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Decodes the character at p, of which there is a byte at least, by the table of
 * well-formed sequences (Unicode, table 3-7).  Returns its length; for what is
 * not well-formed, *character is U+FFFD and the length is that of the longest
 * start of a character there, so that each such start is replaced once.
 */
static inline int
wf_utf8_decode(const unsigned char *p, const unsigned char *end, uint32_t *character, bool *valid)
{
	unsigned char first = p[0];
	unsigned char second_min = 0x80;
	unsigned char second_max = 0xBF;
	uint32_t	value;
	int			length;
	int			i;

	if (first < 0x80)
	{
		*character = first;
		*valid = true;
		return 1;
	}
	if (first >= 0xC2 && first <= 0xDF)
	{
		length = 2;
		value = first & 0x1F;
	}
	else if (first >= 0xE0 && first <= 0xEF)
	{
		length = 3;
		value = first & 0x0F;
		if (first == 0xE0)
			second_min = 0xA0;
		else if (first == 0xED)
			second_max = 0x9F;	/* no surrogates */
	}
	else if (first >= 0xF0 && first <= 0xF4)
	{
		length = 4;
		value = first & 0x07;
		if (first == 0xF0)
			second_min = 0x90;
		else if (first == 0xF4)
			second_max = 0x8F;	/* nothing beyond U+10FFFF */
	}
	else
	{
		length = 0;
		value = 0;
	}

	*valid = length > 0;
	for (i = 1; i < length; i++)
	{
		if (p + i >= end || p[i] < second_min || p[i] > second_max)
		{
			*valid = false;
			break;
		}
		value = value << 6 | (p[i] & 0x3F);
		second_min = 0x80;
		second_max = 0xBF;
	}
	if (*valid)
	{
		*character = value;
		return length;
	}
	*character = 0xFFFD;
	return length == 0 ? 1 : i;
}

#endif							/* WALFERRY_UTF8_H */
