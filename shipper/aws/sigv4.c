/*
 * sigv4.c
 *		AWS Signature Version 4.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "sigv4.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "shipper/heap_buffer.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SCOPE_END "aws4_request"

#define DIGEST_BYTES 32
#define TIME_SIZE sizeof("YYYYMMDDTHHMMSSZ")
#define DATE_LENGTH 8			/* the first part of it */
#define SCOPE_SIZE 256

/* A canonical request; a session token is most of it. */
#define REQUEST_BYTES_MAX (64 * 1024)

typedef struct Digest
{
	unsigned char bytes[DIGEST_BYTES];
} Digest;

static bool
hmac(const void *key, size_t key_length, const char *text, size_t length, Digest *digest)
{
	unsigned int written = 0;

	return HMAC(EVP_sha256(), key, (int) key_length, (const unsigned char *) text, length,
				digest->bytes, &written) != NULL && written == DIGEST_BYTES;
}

static void
print_hexadecimal(const Digest *digest, char text[SIGV4_SIGNATURE_LENGTH + 1])
{
	for (int i = 0; i < DIGEST_BYTES; i++)
		snprintf(text + 2 * i, 3, "%02x", digest->bytes[i]);
}

static void
print_time(int64_t time_s, char text[TIME_SIZE])
{
	time_t		seconds = (time_t) time_s;
	struct tm	parts;

	gmtime_r(&seconds, &parts);
	if (strftime(text, TIME_SIZE, "%Y%m%dT%H%M%SZ", &parts) == 0)
		text[0] = '\0';
}

/* DATE/REGION/SERVICE/aws4_request */
static bool
print_scope(const SigV4Scope *scope, char text[SCOPE_SIZE])
{
	char		at[TIME_SIZE];
	int			length;

	print_time(scope->time_s, at);
	length = snprintf(text, SCOPE_SIZE, "%.*s/%s/%s/" SCOPE_END, DATE_LENGTH, at, scope->region,
					  scope->service);
	return length > 0 && length < SCOPE_SIZE;
}

/* ---- the canonical request ---------------------------------------------- */

static void
append_text(WfBuffer *buffer, const char *text)
{
	wf_buffer_append(buffer, text, strlen(text));
}

/* RFC 3986's unreserved characters stay. */
static void
append_encoded(WfBuffer *buffer, const char *text)
{
	static const char unreserved[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
	static const char digits[] = "0123456789ABCDEF";

	for (; *text != '\0'; text++)
	{
		unsigned char byte = (unsigned char) *text;

		if (strchr(unreserved, byte) != NULL)
			wf_buffer_append_char(buffer, *text);
		else
		{
			wf_buffer_append_char(buffer, '%');
			wf_buffer_append_char(buffer, digits[byte >> 4]);
			wf_buffer_append_char(buffer, digits[byte & 0x0F]);
		}
	}
}

static int
compare_pairs(const void *left, const void *right)
{
	const SigV4Pair *one = left;
	const SigV4Pair *other = right;
	int			order = strcmp(one->name, other->name);

	return order != 0 ? order : strcmp(one->value, other->value);
}

/*
 * Names are compared as they are: the same order as encoded, since what is encoded in
 * them stands neither here nor at AWS.
 */
static void
append_query(WfBuffer *buffer, const SigV4Pair *parameters, int count)
{
	SigV4Pair	sorted[SIGV4_PARAMETERS_MAX];

	if (count > 0)
		memcpy(sorted, parameters, (size_t) count * sizeof(*parameters));
	qsort(sorted, (size_t) count, sizeof(*sorted), compare_pairs);
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			wf_buffer_append_char(buffer, '&');
		append_encoded(buffer, sorted[i].name);
		wf_buffer_append_char(buffer, '=');
		append_encoded(buffer, sorted[i].value);
	}
}

static void
append_header_names(WfBuffer *buffer, const SigV4Request *request)
{
	for (int i = 0; i < request->header_count; i++)
	{
		if (i > 0)
			wf_buffer_append_char(buffer, ';');
		append_text(buffer, request->headers[i].name);
	}
}

static void
append_canonical_request(WfBuffer *buffer, const SigV4Request *request)
{
	append_text(buffer, request->method);
	wf_buffer_append_char(buffer, '\n');
	append_text(buffer, request->path);
	wf_buffer_append_char(buffer, '\n');
	append_query(buffer, request->parameters, request->parameter_count);
	wf_buffer_append_char(buffer, '\n');
	for (int i = 0; i < request->header_count; i++)
	{
		append_text(buffer, request->headers[i].name);
		wf_buffer_append_char(buffer, ':');
		append_text(buffer, request->headers[i].value);
		wf_buffer_append_char(buffer, '\n');
	}
	wf_buffer_append_char(buffer, '\n');
	append_header_names(buffer, request);
	wf_buffer_append_char(buffer, '\n');
	append_text(buffer, request->payload_hash);
}

/* ---- the signature ------------------------------------------------------ */

static bool
derive_key(const SigV4Scope *scope, const char *secret, Digest *key)
{
	char		first[AWS_KEY_BYTES_MAX + 4];
	char		at[TIME_SIZE];
	bool		ok;

	print_time(scope->time_s, at);
	snprintf(first, sizeof(first), "AWS4%s", secret);
	ok = hmac(first, strlen(first), at, DATE_LENGTH, key) &&
		hmac(key, sizeof(*key), scope->region, strlen(scope->region), key) &&
		hmac(key, sizeof(*key), scope->service, strlen(scope->service), key) &&
		hmac(key, sizeof(*key), SCOPE_END, strlen(SCOPE_END), key);
	explicit_bzero(first, sizeof(first));
	return ok;
}

bool
sigv4_sign(const SigV4Request *request, const SigV4Scope *scope,
		   const AwsCredentials *credentials, char signature[SIGV4_SIGNATURE_LENGTH + 1])
{
	WfBuffer	canonical;
	Digest		digest;
	Digest		key;
	char		hash[SIGV4_SIGNATURE_LENGTH + 1];
	char		at[TIME_SIZE];
	char		within[SCOPE_SIZE];
	char		to_sign[sizeof(ALGORITHM) + TIME_SIZE + SCOPE_SIZE + sizeof(hash) + 4];
	bool		ok;

	if (request->parameter_count > SIGV4_PARAMETERS_MAX || !print_scope(scope, within))
		return false;
	heap_buffer_init_secret(&canonical, REQUEST_BYTES_MAX);
	append_canonical_request(&canonical, request);
	ok = canonical.error == WF_BUFFER_OK &&
		EVP_Digest(canonical.data, canonical.length, digest.bytes, NULL, EVP_sha256(), NULL) == 1;
	heap_buffer_free(&canonical);
	if (!ok)
		return false;

	print_hexadecimal(&digest, hash);
	print_time(scope->time_s, at);
	snprintf(to_sign, sizeof(to_sign), ALGORITHM "\n%s\n%s\n%s", at, within, hash);
	ok = derive_key(scope, credentials->secret_access_key, &key) &&
		hmac(&key, sizeof(key), to_sign, strlen(to_sign), &digest);
	explicit_bzero(&key, sizeof(key));
	if (ok)
		print_hexadecimal(&digest, signature);
	return ok;
}

bool
sigv4_presign(WfBuffer *url, const SigV4Request *request, const SigV4Scope *scope,
			  const AwsCredentials *credentials, int expires_s)
{
	SigV4Pair	parameters[SIGV4_PARAMETERS_MAX];
	SigV4Request whole = *request;
	WfBuffer	names;
	char		within[SCOPE_SIZE];
	char		credential[AWS_KEY_BYTES_MAX + SCOPE_SIZE];
	char		at[TIME_SIZE];
	char		expires[16];
	char		signature[SIGV4_SIGNATURE_LENGTH + 1];
	int			count = request->parameter_count;
	bool		ok;

	if (count + 6 > SIGV4_PARAMETERS_MAX || !print_scope(scope, within))
		return false;
	heap_buffer_init(&names, REQUEST_BYTES_MAX);
	append_header_names(&names, request);
	wf_buffer_append_char(&names, '\0');
	snprintf(credential, sizeof(credential), "%s/%s", credentials->access_key_id, within);
	print_time(scope->time_s, at);
	snprintf(expires, sizeof(expires), "%d", expires_s);

	if (count > 0)
		memcpy(parameters, request->parameters, (size_t) count * sizeof(*parameters));
	parameters[count++] = (SigV4Pair) {"X-Amz-Algorithm", ALGORITHM};
	parameters[count++] = (SigV4Pair) {"X-Amz-Credential", credential};
	parameters[count++] = (SigV4Pair) {"X-Amz-Date", at};
	parameters[count++] = (SigV4Pair) {"X-Amz-Expires", expires};
	parameters[count++] = (SigV4Pair) {"X-Amz-SignedHeaders", names.data};
	if (credentials->session_token[0] != '\0')
		parameters[count++] = (SigV4Pair) {"X-Amz-Security-Token", credentials->session_token};
	whole.parameters = parameters;
	whole.parameter_count = count;

	ok = names.error == WF_BUFFER_OK && sigv4_sign(&whole, scope, credentials, signature);
	if (ok)
	{
		append_text(url, request->path);
		wf_buffer_append_char(url, '?');
		append_query(url, parameters, count);
		append_text(url, "&X-Amz-Signature=");
		append_text(url, signature);
	}
	heap_buffer_free(&names);
	return ok && url->error == WF_BUFFER_OK;
}
