/*
 * digest.c
 *		WfDigest by the server's own functions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "compat.h"
#include "digest.h"

#if WF_COMPAT_HAS_CRYPTOHASH

#include "common/cryptohash.h"

static pg_cryptohash_type
server_type(WfDigestAlgorithm algorithm)
{
	switch (algorithm)
	{
		case WF_DIGEST_MD5:
			return PG_MD5;
		case WF_DIGEST_SHA1:
			return PG_SHA1;
		case WF_DIGEST_SHA224:
			return PG_SHA224;
		case WF_DIGEST_SHA256:
			return PG_SHA256;
		case WF_DIGEST_SHA384:
			return PG_SHA384;
		case WF_DIGEST_SHA512:
			return PG_SHA512;
	}
	return PG_SHA512;
}

bool
wf_server_digest(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
				 uint8_t digest[WF_DIGEST_LENGTH_MAX])
{
	pg_cryptohash_ctx *context = pg_cryptohash_create(server_type(algorithm));
	bool		done = context != NULL && pg_cryptohash_init(context) >= 0;

	for (int i = 0; done && i < part_count; i++)
		done = pg_cryptohash_update(context, (const uint8 *) parts[i].data, parts[i].length) >= 0;
	done = done && pg_cryptohash_final(context, digest, wf_digest_length(algorithm)) >= 0;
	if (context != NULL)
		pg_cryptohash_free(context);
	return done;
}

#else

#include "common/md5.h"
#include "common/sha2.h"

/* Before 14 each algorithm has functions of its own, and SHA-1 has none. */
bool
wf_server_digest(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
				 uint8_t digest[WF_DIGEST_LENGTH_MAX])
{
	StringInfoData text;
	bool		done;

	initStringInfo(&text);
	for (int i = 0; i < part_count; i++)
		appendBinaryStringInfo(&text, parts[i].data, (int) parts[i].length);
	done = true;
	switch (algorithm)
	{
		case WF_DIGEST_MD5:
			done = pg_md5_binary(text.data, text.len, digest);
			break;
		case WF_DIGEST_SHA1:
			done = false;
			break;
#define SHA2(bits) \
		case WF_DIGEST_SHA##bits: \
		{ \
			pg_sha##bits##_ctx context; \
			pg_sha##bits##_init(&context); \
			pg_sha##bits##_update(&context, (uint8 *) text.data, text.len); \
			pg_sha##bits##_final(&context, digest); \
			break; \
		}
			SHA2(224)
				SHA2(256)
				SHA2(384)
				SHA2(512)
#undef SHA2
	}
	pfree(text.data);
	return done;
}

#endif

bool
wf_server_sha256(const void *bytes, size_t length, uint8_t digest[32])
{
	bytea	   *input = palloc(VARHDRSZ + length);
	bytea	   *output;

	SET_VARSIZE(input, VARHDRSZ + length);
	memcpy(VARDATA(input), bytes, length);
	output = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(input)));
	memcpy(digest, VARDATA_ANY(output), 32);
	pfree(input);
	return true;
}
