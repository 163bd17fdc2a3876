/*
 * plain_run.h
 *		Copying text up to the first byte that JSON or UTF-8 needs a look at.
 *
 * Most bytes of most strings need nothing done to them, so text is copied in
 * steps of 16 (or 8, or 4) bytes while it is being looked at.  Inline, because
 * strings are most of what is written.
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

/* What is left when steps of eight bytes do not fit; start: where the run began. */
static inline char *
wf_plain_run_end(char *out, const unsigned char *start, const unsigned char **from,
				 const unsigned char *end)
{
	const unsigned char *p = *from;
	ptrdiff_t	rest = end - p;

	if (rest > 0 && p - start >= 8 - rest)
	{
		/* the last step begins in the one before, whose bytes stay the same */
		uint64_t	bytes;

		memcpy(&bytes, end - 8, 8);
		if (wf_attention(bytes) == 0)
		{
			memcpy(out + rest - 8, &bytes, 8);
			*from = end;
			return out + rest;
		}
	}
	else if (rest >= 4)
	{
		uint32_t	first;
		uint32_t	last;

		memcpy(&first, p, 4);
		memcpy(&last, end - 4, 4);
		if (wf_attention((uint64_t) last << 32 | first) == 0)
		{
			memcpy(out, &first, 4);
			memcpy(out + rest - 4, &last, 4);
			*from = end;
			return out + rest;
		}
	}
	while (p < end && !wf_needs_attention(*p))
		*out++ = (char) *p++;
	*from = p;
	return out;
}

/*
 * Copies from *from to out up to the first byte that needs attention, or to the
 * end; *from and the result are moved on by as much.
 */
static inline char *
wf_plain_run(char *out, const unsigned char **from, const unsigned char *end)
{
	const unsigned char *p = *from;
	const unsigned char *start;

#ifdef __SSE2__
	for (; end - p >= 16; p += 16, out += 16)
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
		if (mask != 0)
		{
			int			plain = __builtin_ctz(mask);

			*from = p + plain;
			return out + plain;
		}
	}
#endif
	for (; end - p >= 8; p += 8, out += 8)
	{
		uint64_t	bytes;
		uint64_t	attention;

		memcpy(&bytes, p, 8);
		attention = wf_attention(bytes);
		memcpy(out, &bytes, 8);
		if (attention != 0)
		{
			int			plain = wf_plain_bytes(p, attention);

			*from = p + plain;
			return out + plain;
		}
	}
	start = *from;
	*from = p;
	return wf_plain_run_end(out, start, from, end);
}

#endif							/* WALFERRY_PLAIN_RUN_H */
