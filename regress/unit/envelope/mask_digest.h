/*
 * mask_digest.h
 *		WfDigest by libcrypto, for unit tests.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_MASK_DIGEST_H
#define WALFERRY_MASK_DIGEST_H

#include <openssl/evp.h>

#include "envelope/mask.h"

static bool
test_digest(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
			uint8_t digest[WF_DIGEST_LENGTH_MAX])
{
	static const char *const names[] = {"MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"};
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	const		EVP_MD *kind = EVP_get_digestbyname(names[algorithm]);
	bool		done = EVP_DigestInit_ex(context, kind, NULL) == 1;

	for (int i = 0; i < part_count; i++)
		done = done && EVP_DigestUpdate(context, parts[i].data, parts[i].length) == 1;
	done = done && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	EVP_MD_CTX_free(context);
	return done;
}

#endif							/* WALFERRY_MASK_DIGEST_H */
