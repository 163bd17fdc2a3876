/*
 * digits.h
 *		Decimal digits of integers, two at a time.
 *
 * Every number of an event goes through here, so this is inline, divides by
 * constants only, and writes where the text is to stand; the callers have made
 * room.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_DIGITS_H
#define WALFERRY_DIGITS_H

#include <stdint.h>
#include <string.h>

#define WF_UINT64_DIGITS_MAX 20

static const char wf_digit_pairs[201] =
	"00010203040506070809"
	"10111213141516171819"
	"20212223242526272829"
	"30313233343536373839"
	"40414243444546474849"
	"50515253545556575859"
	"60616263646566676869"
	"70717273747576777879"
	"80818283848586878889"
	"90919293949596979899";

/* Number of digits of value; 1 for 0. */
static inline int
wf_count_digits(uint64_t value)
{
	static const uint64_t powers[] = {
		0, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000,
		UINT64_C(10000000000), UINT64_C(100000000000), UINT64_C(1000000000000),
		UINT64_C(10000000000000), UINT64_C(100000000000000), UINT64_C(1000000000000000),
		UINT64_C(10000000000000000), UINT64_C(100000000000000000),
		UINT64_C(1000000000000000000), UINT64_C(10000000000000000000)
	};
	int			bits = 64 - __builtin_clzll(value | 1);
	int			digits = bits * 1233 >> 12; /* bits * log10(2): right, or one too
											 * few */

	return digits + (value >= powers[digits]);
}

/* value: below 100 */
static inline char *
wf_put_two(char *out, unsigned value)
{
	memcpy(out, wf_digit_pairs + 2 * value, 2);
	return out + 2;
}

/* value: below 10000 */
static inline char *
wf_put_four(char *out, unsigned value)
{
	return wf_put_two(wf_put_two(out, value / 100), value % 100);
}

/* Writes the last `count` digits of value, with zeros in front if it has fewer. */
static inline char *
wf_put_digits(char *out, uint64_t value, int count)
{
	char	   *end = out + count;

	out = end;
	for (; count >= 2; count -= 2)
	{
		out -= 2;
		memcpy(out, wf_digit_pairs + 2 * (value % 100), 2);
		value /= 100;
	}
	if (count > 0)
		out[-1] = (char) ('0' + value % 10);
	return end;
}

/* Writes value without leading zeros: up to WF_UINT64_DIGITS_MAX digits. */
static inline char *
wf_put_uint64(char *out, uint64_t value)
{
	return wf_put_digits(out, value, wf_count_digits(value));
}

/* The same with a minus sign if it is negative: up to WF_INT64_TEXT_MAX bytes. */
#define WF_INT64_TEXT_MAX 20

static inline char *
wf_put_int64(char *out, int64_t value)
{
	if (value >= 0)
		return wf_put_uint64(out, (uint64_t) value);
	*out = '-';
	return wf_put_uint64(out + 1, -(uint64_t) value);
}

#endif							/* WALFERRY_DIGITS_H */
