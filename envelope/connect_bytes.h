/*
 * connect_bytes.h
 *		Kafka Connect's bytes and Decimals, read back from their base64.
 *
 * For who shows what decimal.h and json.h have written, or another producer has: the
 * headers of SimpleHeaderConverter, and the loader.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONNECT_BYTES_H
#define WALFERRY_CONNECT_BYTES_H

#include "buffer.h"

/* Digits of 64 bits. */
#define WF_UINT64_DIGITS_MAX 20

/* An integer in decimal: no leading zeros, one digit at least. */
typedef struct WfDecimalDigits
{
	bool		negative;		/* of 0 false */
	WfSlice		digits;
	char		few[WF_UINT64_DIGITS_MAX];
} WfDecimalDigits;

/*
 * Appends the bytes that standard base64 (RFC 4648, padded) stands for.  False,
 * appending nothing, if it is none, or the buffer has an error.  text may lie in the
 * buffer only where that need not grow.
 */
extern bool wf_base64_read(WfBuffer *buffer, WfSlice text);

/*
 * The unscaled integer of a Decimal: base64 of big-endian two's complement
 * (java.math.BigInteger.toByteArray).  False if it is none, or has no byte, or the
 * buffer has an error.
 *
 * The digits stand in number, or behind the buffer's content, where they stay while no
 * more than `digits.length` + gap bytes are appended.  The time is quadratic in their
 * number: 1 KiB takes some 0.3 ms, 64 KiB 0.7 s.
 */
extern bool wf_decimal_read(WfBuffer *buffer, WfSlice base64, size_t gap,
							WfDecimalDigits *number);

#endif							/* WALFERRY_CONNECT_BYTES_H */
