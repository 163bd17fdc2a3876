/*
 * digest.c
 *		Digests by libcrypto, for what envelope/ has its host compute.
 *
 * OpenSSL 3 looks an algorithm up by its name, which takes longer than hashing a short
 * text: it is done once for the process.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "digest.h"

#include <openssl/evp.h>
#include <pthread.h>

static const char *const names[] = {
	[WF_DIGEST_MD5] = "MD5",
	[WF_DIGEST_SHA1] = "SHA1",
	[WF_DIGEST_SHA224] = "SHA224",
	[WF_DIGEST_SHA256] = "SHA256",
	[WF_DIGEST_SHA384] = "SHA384",
	[WF_DIGEST_SHA512] = "SHA512"
};

#define ALGORITHMS (sizeof(names) / sizeof(names[0]))

/* NULL: the provider does not have it.  Written once, before anybody reads. */
static EVP_MD * fetched[ALGORITHMS];
static pthread_once_t is_fetched = PTHREAD_ONCE_INIT;

static void
fetch(void)
{
	for (size_t i = 0; i < ALGORITHMS; i++)
		fetched[i] = EVP_MD_fetch(NULL, names[i], NULL);
}

bool
digest_compute(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
			   uint8_t digest[WF_DIGEST_LENGTH_MAX])
{
	EVP_MD_CTX *context;
	bool		done;

	(void) pthread_once(&is_fetched, fetch);
	if (fetched[algorithm] == NULL)
		return false;
	context = EVP_MD_CTX_new();
	done = context != NULL && EVP_DigestInit_ex2(context, fetched[algorithm], NULL) == 1;
	for (int i = 0; done && i < part_count; i++)
		done = parts[i].length == 0 ||
			EVP_DigestUpdate(context, parts[i].data, parts[i].length) == 1;
	done = done && EVP_DigestFinal_ex(context, digest, NULL) == 1;
	EVP_MD_CTX_free(context);
	return done;
}

bool
digest_sha256(const void *bytes, size_t length, uint8_t digest[32])
{
	uint8_t		whole[WF_DIGEST_LENGTH_MAX];
	WfSlice		part = wf_slice(bytes, length);

	if (!digest_compute(WF_DIGEST_SHA256, &part, 1, whole))
		return false;
	memcpy(digest, whole, 32);
	return true;
}
