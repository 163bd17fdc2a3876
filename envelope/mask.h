/*
 * mask.h
 *		What hides a character value: asterisks, a hash, a shorter text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_MASK_H
#define WALFERRY_MASK_H

#include "buffer.h"

typedef enum WfDigestAlgorithm
{
	WF_DIGEST_MD5,
	WF_DIGEST_SHA1,
	WF_DIGEST_SHA224,
	WF_DIGEST_SHA256,
	WF_DIGEST_SHA384,
	WF_DIGEST_SHA512
} WfDigestAlgorithm;

#define WF_DIGEST_LENGTH_MAX 64

/*
 * A digest as the host has it (pg_cryptohash in the server, libcrypto in the
 * shipper), over the parts as if they stood behind each other.  Returns false
 * if it could not be computed; then nothing of the value may be published.
 */
typedef bool (*WfDigest) (WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
						  uint8_t digest[WF_DIGEST_LENGTH_MAX]);

/* How a column is hashed: column.mask.hash. */
typedef struct WfHash
{
	WfDigest	digest;
	WfDigestAlgorithm algorithm;
	bool		java_serialized;	/* v1: over the string as Java's
									 * ObjectOutputStream writes it; else (v2) over
									 * its UTF-8 bytes */
	WfSlice		salt;
} WfHash;

/*
 * The algorithm that Java's MessageDigest calls so, in any case of the letters;
 * false if there is none here.
 */
extern bool wf_digest_find(WfSlice name, WfDigestAlgorithm *algorithm);

/* Bytes of a digest. */
extern size_t wf_digest_length(WfDigestAlgorithm algorithm);

/* Names of all algorithms, for messages. */
#define WF_DIGEST_NAMES "MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512"

/*
 * Appends the hash of salt and text in lower-case hex, the first `units` digits
 * of it (0: all), without quotes (Debezium's MaskStrings.HashValueConverter).
 * False, and nothing appended, if the digest failed.  text: not in this buffer.
 */
extern bool wf_mask_hash(WfBuffer *buffer, const WfHash *hash, WfSlice text, int32_t units);

/* Appends so many asterisks. */
extern void wf_mask_asterisks(WfBuffer *buffer, int32_t count);

/*
 * The first `units` UTF-16 units of a UTF-8 text.  A character that would be
 * cut in two is left out; Debezium leaves half of it (TruncateColumn).
 */
extern WfSlice wf_mask_truncate(WfSlice text, int32_t units);

#endif							/* WALFERRY_MASK_H */
