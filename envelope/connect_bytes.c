/*
 * connect_bytes.c
 *		Kafka Connect's bytes and Decimals, read back from their base64.
 *
 * A Decimal of at most eight bytes is an int64.  The magnitude of a longer one is cut
 * into 32-bit limbs, and divided by 10^9 again and again, nine digits at a time from
 * the least, until nothing is left.  It takes place behind the content:
 *
 *		content | room for what is appended | bytes | limbs | digits
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "connect_bytes.h"

#include "digits.h"

#define LIMB_BYTES sizeof(uint32_t)
#define LIMB_DIGITS 9
#define LIMB_DIVISOR 1000000000

static inline int
base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* At out, where there is room for three quarters of text; false if it is no base64. */
static bool
read_bytes(WfSlice text, uint8_t *out, size_t *count)
{
	size_t		length = text.length;
	uint32_t	bits = 0;

	if (length % 4 != 0)
		return false;
	for (int i = 0; i < 2 && length > 0 && text.data[length - 1] == '='; i++)
		length--;
	for (size_t i = 0; i < length; i++)
	{
		int			digit = base64_digit(text.data[i]);

		if (digit < 0)
			return false;
		bits = bits << 6 | (uint32_t) digit;
		if (i % 4 != 0)
			*out++ = (uint8_t) (bits >> (6 - 2 * (i % 4)));
	}
	*count = length * 3 / 4;
	return true;
}

bool
wf_base64_read(WfBuffer *buffer, WfSlice text)
{
	size_t		count;

	if (text.length == 0)
		return true;
	if (!wf_buffer_reserve(buffer, text.length / 4 * 3) ||
		!read_bytes(text, (uint8_t *) buffer->data + buffer->length, &count))
		return false;
	buffer->length += count;
	return true;
}

/* Of at most eight bytes. */
static void
read_int64(const uint8_t *bytes, size_t count, WfDecimalDigits *number)
{
	uint64_t	value = (bytes[0] & 0x80) != 0 ? UINT64_MAX : 0;
	char	   *end = number->few + sizeof(number->few);
	char	   *out = end;

	number->negative = value != 0;
	for (size_t i = 0; i < count; i++)
		value = value << 8 | bytes[i];
	if (number->negative)
		value = -value;
	do
		*--out = (char) ('0' + value % 10);
	while ((value /= 10) != 0);
	number->digits = wf_slice(out, (size_t) (end - out));
}

/* The magnitude, the most significant limb first. */
static void
cut_limbs(const uint8_t *bytes, size_t count, bool negative, uint32_t *limbs, size_t limb_count)
{
	unsigned	carry = negative ? 1 : 0;

	memset(limbs, 0, limb_count * LIMB_BYTES);
	for (size_t place = 0; place < count; place++)
	{
		unsigned	byte = bytes[count - 1 - place];

		byte = (negative ? byte ^ 0xFF : byte) + carry;
		carry = byte >> 8;
		limbs[limb_count - 1 - place / LIMB_BYTES] |= (byte & 0xFF) << 8 * (place % LIMB_BYTES);
	}
}

/* Writes the digits in front of end; limbs are used up.  Returns their begin. */
static char *
put_limbs(char *end, uint32_t *limbs, size_t limb_count)
{
	char	   *out = end;

	for (size_t first = 0; first < limb_count;)
	{
		uint64_t	remainder = 0;

		if (limbs[first] == 0)
		{
			first++;
			continue;
		}
		for (size_t i = first; i < limb_count; i++)
		{
			remainder = remainder << 32 | limbs[i];
			limbs[i] = (uint32_t) (remainder / LIMB_DIVISOR);
			remainder %= LIMB_DIVISOR;
		}
		out -= LIMB_DIGITS;
		wf_put_digits(out, remainder, LIMB_DIGITS);
	}
	while (out < end && *out == '0')
		out++;
	if (out == end)
		*--out = '0';
	return out;
}

bool
wf_decimal_read(WfBuffer *buffer, WfSlice base64, size_t gap, WfDecimalDigits *number)
{
	uint8_t		few[sizeof(uint64_t) + 1];	/* of twelve letters of base64 */
	size_t		bytes_max = base64.length / 4 * 3;
	size_t		limb_count = bytes_max / LIMB_BYTES + 1;
	size_t		digits_max = bytes_max * 5 / 2 + LIMB_DIGITS;	/* log10(256) < 2.5 */
	size_t		count;
	char	   *end;
	char	   *begin;
	uint8_t    *bytes;
	uint32_t   *limbs;

	if (bytes_max <= sizeof(few))
	{
		if (!read_bytes(base64, few, &count) || count == 0)
			return false;
		if (count <= sizeof(uint64_t))
		{
			read_int64(few, count, number);
			return true;
		}
	}
	if (!wf_buffer_reserve_scratch(buffer, 0, digits_max + gap + bytes_max +
								   (limb_count + 1) * LIMB_BYTES + digits_max))
		return false;
	bytes = (uint8_t *) buffer->data + buffer->length + digits_max + gap;
	end = (char *) bytes + bytes_max;
	limbs = (uint32_t *) (end + LIMB_BYTES - (uintptr_t) end % LIMB_BYTES);
	end = (char *) (limbs + limb_count) + digits_max;
	if (!read_bytes(base64, bytes, &count) || count == 0)
		return false;
	number->negative = (bytes[0] & 0x80) != 0;
	cut_limbs(bytes, count, number->negative, limbs, limb_count);
	begin = put_limbs(end, limbs, limb_count);
	number->digits = wf_slice(begin, (size_t) (end - begin));
	return true;
}
