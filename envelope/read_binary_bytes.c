/*
 * read_binary_bytes.c
 *		Bit strings and jsonb from what their send functions give.
 *
 *		bit, varbit		int32 number of bits, then the bits, the first of them the
 *						highest of a byte; those that fill up the last byte are 0
 *		jsonb			uint8 version, 1; then the text
 *
 * Follows PostgreSQL's varbit.c (varbit_send) and jsonb.c (jsonb_send).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_binary.h"

#include "read_binary_scan.h"

#define BITS_PER_BYTE 8
#define JSONB_VERSION 1

bool
wf_read_bits_binary(WfScratch *scratch, WfSlice bytes, WfSlice *digits)
{
	int32_t		count;
	size_t		rest;
	char	   *out;

	if (!wf_take_int32(&bytes, &count) || count < 0 ||
		bytes.length != ((size_t) count + BITS_PER_BYTE - 1) / BITS_PER_BYTE)
		return false;
	out = wf_scratch_take(scratch, (size_t) count);
	if (out == NULL)
		return false;
	*digits = wf_slice(out, (size_t) count);
	rest = (size_t) count % BITS_PER_BYTE;
	if (rest > 0 && (bytes.data[bytes.length - 1] & 0xFF >> rest) != 0)
		return false;
	for (size_t i = 0; i < (size_t) count; i++)
	{
		uint8_t		byte = (uint8_t) bytes.data[i / BITS_PER_BYTE];

		out[i] = (char) ('0' + (byte >> (BITS_PER_BYTE - 1 - i % BITS_PER_BYTE) & 1));
	}
	return true;
}

bool
wf_read_jsonb_binary(WfSlice bytes, WfSlice *text)
{
	if (bytes.length == 0 || bytes.data[0] != JSONB_VERSION)
		return false;
	*text = wf_slice(bytes.data + 1, bytes.length - 1);
	return true;
}
