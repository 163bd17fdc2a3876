/*
 * digest.h
 *		WfDigest by the server's own functions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_DIGEST_H
#define WALFERRY_PLUGIN_DIGEST_H

#include "envelope/mask.h"

/*
 * False for what this server cannot compute: SHA-1 before PostgreSQL 14, MD5
 * where the cryptographic library forbids it.  Needs a resource owner, as there
 * is one while rows are replayed.
 */
extern bool wf_server_digest(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
							 uint8_t digest[WF_DIGEST_LENGTH_MAX]);

/* For a schema's fingerprint; any server can. */
extern bool wf_server_sha256(const void *bytes, size_t length, uint8_t digest[32]);

#endif							/* WALFERRY_PLUGIN_DIGEST_H */
