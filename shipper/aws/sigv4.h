/*
 * sigv4.h
 *		AWS Signature Version 4: who asks, shown by a keyed hash and not by a secret.
 *
 * Source: AWS, IAM User Guide, "Create a signed AWS API request".  Signed is the
 * canonical request,
 *
 *		METHOD \n PATH \n QUERY \n HEADER:VALUE \n … \n \n HEADER;… \n PAYLOAD_HASH
 *
 * whose parameters stand in the order of their names, all bytes but letters, digits
 * and -_.~ as %XX.  The string that the signature is of:
 *
 *		AWS4-HMAC-SHA256 \n YYYYMMDDTHHMMSSZ \n DATE/REGION/SERVICE/aws4_request \n
 *		hex(sha256(canonical request))
 *
 * and the key: HMAC chained from "AWS4" + secret over date, region, service and
 * "aws4_request".
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_AWS_SIGV4_H
#define WALFERRY_AWS_SIGV4_H

#include <stdint.h>

#include "credentials.h"
#include "envelope/buffer.h"

#define SIGV4_PARAMETERS_MAX 16
#define SIGV4_SIGNATURE_LENGTH 64	/* hexadecimal digits */

/* sha256 of nothing, and what stands in its place where the payload is not known. */
#define SIGV4_EMPTY_PAYLOAD "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"

typedef struct SigV4Pair
{
	const char *name;
	const char *value;
} SigV4Pair;

typedef struct SigV4Request
{
	const char *method;
	const char *path;			/* encoded, begins with '/' */
	const SigV4Pair *parameters;	/* not encoded, in any order */
	int			parameter_count;
	const SigV4Pair *headers;	/* lower-case names, in their order; host among them */
	int			header_count;
	const char *payload_hash;	/* hexadecimal, or SIGV4_UNSIGNED_PAYLOAD */
} SigV4Request;

/* For whom and when a signature holds. */
typedef struct SigV4Scope
{
	const char *region;
	const char *service;
	int64_t		time_s;			/* since 1970 */
} SigV4Scope;

/* The signature, of SIGV4_SIGNATURE_LENGTH digits.  False: no memory, or too many parameters. */
extern bool sigv4_sign(const SigV4Request *request, const SigV4Scope *scope,
					   const AwsCredentials *credentials,
					   char signature[SIGV4_SIGNATURE_LENGTH + 1]);

/*
 * Appends the path and the query of a URL that carries its own signature and holds for
 * expires_s seconds: request's parameters with X-Amz-Algorithm, -Credential, -Date,
 * -Expires, -SignedHeaders, -Security-Token where there is one, and -Signature last.
 */
extern bool sigv4_presign(WfBuffer *url, const SigV4Request *request, const SigV4Scope *scope,
						  const AwsCredentials *credentials, int expires_s);

#endif							/* WALFERRY_AWS_SIGV4_H */
