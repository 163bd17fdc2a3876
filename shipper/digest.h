/*
 * digest.h
 *		Digests by libcrypto, for what envelope/ has its host compute.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_DIGEST_H
#define WALFERRY_DIGEST_H

#include "envelope/mask.h"

/* A WfDigest.  False without memory, and for MD5 where libcrypto's provider forbids it. */
extern bool digest_compute(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
						   uint8_t digest[WF_DIGEST_LENGTH_MAX]);

/* A WfSha256, for a schema's fingerprint. */
extern bool digest_sha256(const void *bytes, size_t length, uint8_t digest[32]);

#endif							/* WALFERRY_DIGEST_H */
