/*
 * rds_token.c
 *		The password that Amazon RDS takes of an IAM identity.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rds_token.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/heap_buffer.h"
#include "sigv4.h"

const char *
aws_region(const char *given)
{
	static const char *const names[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};

	if (given != NULL)
		return given;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
	{
		const char *value = getenv(names[i]);

		if (value != NULL && value[0] != '\0')
			return value;
	}
	return NULL;
}

bool
rds_region_of_host(const char *host, char region[AWS_REGION_SIZE])
{
	static const char *const ends[] = {".rds.amazonaws.com", ".rds.amazonaws.com.cn"};
	size_t		length = strlen(host);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
	{
		size_t		end_length = strlen(ends[i]);
		const char *begin;
		const char *end;

		if (length <= end_length || strcasecmp(host + length - end_length, ends[i]) != 0)
			continue;
		end = host + length - end_length;
		for (begin = end; begin > host && begin[-1] != '.';)
			begin--;
		if (begin == host || begin == end || end - begin >= AWS_REGION_SIZE)
			return false;
		memcpy(region, begin, (size_t) (end - begin));
		region[end - begin] = '\0';
		return true;
	}
	return false;
}

bool
rds_token(const RdsEndpoint *endpoint, const AwsCredentials *credentials, int64_t time_s,
		  char token[RDS_TOKEN_BYTES_MAX])
{
	char		address[300];	/* a host name has 253 bytes at most */
	SigV4Pair	parameters[] = {{"Action", "connect"}, {"DBUser", endpoint->user}};
	SigV4Pair	headers[] = {{"host", address}};
	SigV4Request request = {
		.method = "GET", .path = "/", .parameters = parameters, .parameter_count = 2,
		.headers = headers, .header_count = 1, .payload_hash = SIGV4_EMPTY_PAYLOAD
	};
	SigV4Scope	scope = {.region = endpoint->region, .service = "rds-db", .time_s = time_s};
	WfBuffer	text;
	int			length = snprintf(address, sizeof(address), "%s:%d", endpoint->host, endpoint->port);
	bool		ok;

	if (length >= (int) sizeof(address))
		return false;
	heap_buffer_init_secret(&text, RDS_TOKEN_BYTES_MAX);
	wf_buffer_append(&text, address, (size_t) length);
	ok = sigv4_presign(&text, &request, &scope, credentials, RDS_TOKEN_EXPIRES_S);
	wf_buffer_append_char(&text, '\0');
	ok = ok && text.error == WF_BUFFER_OK;
	if (ok)
		memcpy(token, text.data, text.length);
	heap_buffer_free(&text);
	return ok;
}
