/*
 * md5.c
 *		MD5 (RFC 1321), for name-based UUIDs only.
 *
 * Debezium's placeholder in an array of uuid is the version 3 UUID of the
 * placeholder's bytes, which MD5 defines.  The hosts' libraries may refuse MD5
 * where policy forbids it for security, which this is not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "md5.h"

#include <string.h>

#define BLOCK_BYTES 64
#define LENGTH_BYTES 8

/* floor(2^32 * abs(sin(i + 1))) */
static const uint32_t sines[64] = {
	0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A,
	0xA8304613, 0xFD469501, 0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE,
	0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821, 0xF61E2562, 0xC040B340,
	0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
	0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8,
	0x676F02D9, 0x8D2A4C8A, 0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C,
	0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70, 0x289B7EC6, 0xEAA127FA,
	0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
	0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92,
	0xFFEFF47D, 0x85845DD1, 0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1,
	0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391
};

static const uint8_t rotations[4][4] = {
	{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}
};

static void
digest_block(uint32_t state[4], const uint8_t *block)
{
	uint32_t	words[16];
	uint32_t	a = state[0];
	uint32_t	b = state[1];
	uint32_t	c = state[2];
	uint32_t	d = state[3];

	for (int i = 0; i < 16; i++)
		words[i] = (uint32_t) block[4 * i] | (uint32_t) block[4 * i + 1] << 8
			| (uint32_t) block[4 * i + 2] << 16 | (uint32_t) block[4 * i + 3] << 24;

	for (int i = 0; i < 64; i++)
	{
		int			rotation = rotations[i / 16][i % 4];
		uint32_t	mixed;
		int			word;

		switch (i / 16)
		{
			case 0:
				mixed = (b & c) | (~b & d);
				word = i;
				break;
			case 1:
				mixed = (b & d) | (c & ~d);
				word = (5 * i + 1) % 16;
				break;
			case 2:
				mixed = b ^ c ^ d;
				word = (3 * i + 5) % 16;
				break;
			default:
				mixed = c ^ (b | ~d);
				word = 7 * i % 16;
				break;
		}
		mixed += a + sines[i] + words[word];
		a = d;
		d = c;
		c = b;
		b += mixed << rotation | mixed >> (32 - rotation);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void
wf_md5(const void *bytes, size_t length, uint8_t digest[16])
{
	uint32_t	state[4] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
	uint8_t		last[2 * BLOCK_BYTES] = {0};
	const uint8_t *p = bytes;
	size_t		rest = length % BLOCK_BYTES;
	size_t		last_length;

	for (size_t done = 0; done + BLOCK_BYTES <= length; done += BLOCK_BYTES)
		digest_block(state, p + done);

	/* a one bit, zeros, and the length in bits at the end of a block */
	memcpy(last, p + (length - rest), rest);
	last[rest] = 0x80;
	last_length = rest + 1 + LENGTH_BYTES <= BLOCK_BYTES ? BLOCK_BYTES : 2 * BLOCK_BYTES;
	for (int i = 0; i < LENGTH_BYTES; i++)
		last[last_length - LENGTH_BYTES + i] = (uint8_t) ((uint64_t) length << 3 >> (8 * i));
	for (size_t done = 0; done < last_length; done += BLOCK_BYTES)
		digest_block(state, last + done);

	for (int i = 0; i < 16; i++)
		digest[i] = (uint8_t) (state[i / 4] >> (8 * (i % 4)));
}
