/*
 * plain_run.h
 *		Copying text up to the first byte that JSON or UTF-8 needs a look at.
 *
 * Most bytes of most strings need nothing done to them, so text is copied in
 * steps of 16 (or 8, or 4) bytes while it is being looked at.  The steps of 16
 * need SSE2, which every x86-64 has; elsewhere those of 8 do their work.  Inline,
 * because strings are most of what is written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLAIN_RUN_H
#define WALFERRY_PLAIN_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* So many bytes may be stored beyond the end of what is copied. */
#define WF_PLAIN_RUN_SLACK 16

/* A quote, a backslash, a control character, or a byte beyond ASCII. */
static inline bool
wf_needs_attention(unsigned char byte)
{
	return byte < 0x20 || byte >= 0x80 || byte == '"' || byte == '\\';
}

/*
 * The same of eight bytes: the high bit of such a byte is set in the result.
 * Borrows may set it for a byte above such a one, too, never without one.
 */
static inline uint64_t
wf_attention(uint64_t bytes)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t	quotes = bytes ^ ones * '"';
	uint64_t	backslashes = bytes ^ ones * '\\';

	return ((bytes - ones * 0x20) | (quotes - ones) | (backslashes - ones) | bytes) &
		ones * 0x80;
}

/* How many of the eight bytes at p stand before the first that wf_attention() has found. */
static inline int
wf_plain_bytes(const unsigned char *p, uint64_t attention)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	(void) p;
	return __builtin_ctzll(attention) / 8;
#else
	int			plain = 0;

	(void) attention;
	while (!wf_needs_attention(p[plain]))
		plain++;
	return plain;
#endif
}

/* One step of eight bytes from p to out; how many of them are plain. */
static inline int
wf_plain_step(char *out, const unsigned char *p)
{
	uint64_t	bytes;
	uint64_t	attention;

	memcpy(&bytes, p, 8);
	memcpy(out, &bytes, 8);
	attention = wf_attention(bytes);
	return attention == 0 ? 8 : wf_plain_bytes(p, attention);
}

#ifdef __SSE2__

#define WF_PLAIN_STEP 16

static inline int
wf_plain_wide_step(char *out, const unsigned char *p)
{
	__m128i		bytes = _mm_loadu_si128((const __m128i *) p);
	__m128i		attention;
	unsigned	mask;

	/* signed comparison: bytes beyond ASCII are below 0x20, too */
	attention = _mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20));
	attention = _mm_or_si128(attention, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')));
	attention = _mm_or_si128(attention, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
	mask = (unsigned) _mm_movemask_epi8(attention);
	_mm_storeu_si128((__m128i *) out, bytes);
	return mask == 0 ? WF_PLAIN_STEP : __builtin_ctz(mask);
}

#else

#define WF_PLAIN_STEP 8
#define wf_plain_wide_step wf_plain_step

#endif

/* Less than eight bytes; returns how many of them are plain. */
static inline ptrdiff_t
wf_plain_rest(char *out, const unsigned char *p, ptrdiff_t rest)
{
	ptrdiff_t	plain = 0;

	if (rest >= 4)
	{
		uint32_t	first;
		uint32_t	last;

		memcpy(&first, p, 4);
		memcpy(&last, p + rest - 4, 4);
		memcpy(out, &first, 4);
		memcpy(out + rest - 4, &last, 4);
		if (wf_attention((uint64_t) last << 32 | first) == 0)
			return rest;
	}
	for (; plain < rest && !wf_needs_attention(p[plain]); plain++)
		out[plain] = (char) p[plain];
	return plain;
}

/*
 * Copies what is plain at the beginning of text; returns how much.  Unless the
 * text is short, what is left for the last step are not single bytes: it begins
 * within the step before, whose bytes are plain.
 */
static inline ptrdiff_t
wf_copy_plain(char *out, const unsigned char *text, ptrdiff_t length)
{
	ptrdiff_t	done = 0;
	int			plain;

	if (length >= WF_PLAIN_STEP)
	{
		for (; done <= length - WF_PLAIN_STEP; done += WF_PLAIN_STEP)
		{
			plain = wf_plain_wide_step(out + done, text + done);
			if (plain < WF_PLAIN_STEP)
				return done + plain;
		}
		if (done == length)
			return length;
		done = length - WF_PLAIN_STEP;
		return done + wf_plain_wide_step(out + done, text + done);
	}
	if (length >= 8)
	{
		plain = wf_plain_step(out, text);
		if (plain < 8)
			return plain;
		done = length - 8;
		return done + wf_plain_step(out + done, text + done);
	}
	return wf_plain_rest(out, text, length);
}

/*
 * Copies from *from to out up to the first byte that needs attention, or to the
 * end; *from and the result are moved on by as much.
 */
static inline char *
wf_plain_run(char *out, const unsigned char **from, const unsigned char *end)
{
	ptrdiff_t	plain = wf_copy_plain(out, *from, end - *from);

	*from += plain;
	return out + plain;
}

#endif							/* WALFERRY_PLAIN_RUN_H */
