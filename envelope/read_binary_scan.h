/*
 * read_binary_scan.h
 *		What the binary readers share: numbers in network byte order.
 *
 * Where a form's length is fixed it is checked once, and its numbers are read at
 * their offsets; wf_take_int32() and the like step along a slice and check.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_READ_BINARY_SCAN_H
#define WALFERRY_READ_BINARY_SCAN_H

#include "read_text_scan.h"

static inline uint16_t
wf_big_uint16(const char *bytes)
{
	const uint8_t *in = (const uint8_t *) bytes;

	return (uint16_t) (in[0] << 8 | in[1]);
}

static inline uint32_t
wf_big_uint32(const char *bytes)
{
	return (uint32_t) wf_big_uint16(bytes) << 16 | wf_big_uint16(bytes + 2);
}

static inline uint64_t
wf_big_uint64(const char *bytes)
{
	return (uint64_t) wf_big_uint32(bytes) << 32 | wf_big_uint32(bytes + 4);
}

static inline float
wf_big_float4(const char *bytes)
{
	uint32_t	bits = wf_big_uint32(bytes);
	float		number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

static inline double
wf_big_float8(const char *bytes)
{
	uint64_t	bits = wf_big_uint64(bytes);
	double		number;

	memcpy(&number, &bits, sizeof(number));
	return number;
}

/* Steps over a number if there are as many bytes. */
static inline bool
wf_take_uint16(WfSlice *bytes, uint16_t *number)
{
	if (bytes->length < sizeof(*number))
		return false;
	*number = wf_big_uint16(bytes->data);
	wf_skip(bytes, sizeof(*number));
	return true;
}

static inline bool
wf_take_int32(WfSlice *bytes, int32_t *number)
{
	if (bytes->length < sizeof(*number))
		return false;
	*number = (int32_t) wf_big_uint32(bytes->data);
	wf_skip(bytes, sizeof(*number));
	return true;
}

#endif							/* WALFERRY_READ_BINARY_SCAN_H */
