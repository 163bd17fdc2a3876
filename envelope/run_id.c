/*
 * run_id.c
 *		The UUID of a run, RFC 9562's version 7.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "run_id.h"

#define TIME_BYTES 6
#define VERSION 0x70			/* upper half of the seventh byte */
#define VARIANT 0x80			/* upper two bits of the ninth */

void
wf_run_id_text(char text[WF_RUN_ID_LENGTH + 1], int64_t start_ms,
			   const uint8_t random[WF_RUN_ID_RANDOM_BYTES])
{
	static const char digits[] = "0123456789abcdef";
	uint8_t		bytes[TIME_BYTES + WF_RUN_ID_RANDOM_BYTES];
	char	   *out = text;

	for (int i = 0; i < TIME_BYTES; i++)
		bytes[i] = (uint8_t) ((uint64_t) start_ms >> 8 * (TIME_BYTES - 1 - i));
	memcpy(bytes + TIME_BYTES, random, WF_RUN_ID_RANDOM_BYTES);
	bytes[6] = (uint8_t) (VERSION | (bytes[6] & 0x0f));
	bytes[8] = (uint8_t) (VARIANT | (bytes[8] & 0x3f));

	for (size_t i = 0; i < sizeof(bytes); i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = digits[bytes[i] >> 4];
		*out++ = digits[bytes[i] & 15];
	}
	*out = '\0';
}
