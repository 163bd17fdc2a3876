/*
 * grpc.c
 *		gRPC calls over libcurl, several at a time.
 *
 * Protocol: grpc.io, "gRPC over HTTP2".  Status and message come as trailers,
 * which libcurl hands to the header callback like headers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/grpc.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "shipper/http_client.h"
#include "shipper/heap_buffer.h"

#define URL_MAX 2048
#define UPLOAD_BUFFER_BYTES (256L * 1024)

/* A call over which nothing at all has moved for this long is dead. */
#define STALL_SECONDS 30L

bool
grpc_open(GrpcClient *client, const char *base)
{
	client->base = base;
	client->clear = strncmp(base, "http://", 7) == 0;
	client->multi = curl_multi_init();
	return client->multi != NULL;
}

void
grpc_close(GrpcClient *client)
{
	if (client->multi != NULL)
		curl_multi_cleanup(client->multi);
	client->multi = NULL;
}

void
grpc_put_prefix(char *p, size_t length)
{
	p[0] = 0;					/* not compressed */
	for (int i = 0; i < 4; i++)
		p[1 + i] = (char) (length >> (24 - 8 * i));
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char) tolower((unsigned char) c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* grpc-message is percent-encoded. */
static void
decode_message(const char *text, size_t length, char *message)
{
	size_t		out = 0;

	for (size_t i = 0; i < length && out < GRPC_MESSAGE_MAX - 1; i++)
	{
		if (text[i] == '%' && i + 2 < length &&
			hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0)
		{
			message[out++] = (char) (hex_digit(text[i + 1]) << 4 | hex_digit(text[i + 2]));
			i += 2;
		}
		else
			message[out++] = text[i];
	}
	message[out] = '\0';
}

static size_t
on_header(char *bytes, size_t size, size_t count, void *data)
{
	static const char status_name[] = "grpc-status:";
	static const char message_name[] = "grpc-message:";
	GrpcCall   *call = data;
	size_t		length = size * count;
	const char *value;
	const char *end = bytes + length;

	while (end > bytes && isspace((unsigned char) end[-1]))
		end--;
	value = memchr(bytes, ':', (size_t) (end - bytes));
	if (value == NULL)
		return length;
	value++;
	while (value < end && isspace((unsigned char) *value))
		value++;
	if (strncasecmp(bytes, status_name, sizeof(status_name) - 1) == 0 && value < end)
	{
		call->status = 0;
		for (; value < end && isdigit((unsigned char) *value) && call->status < 1000; value++)
			call->status = call->status * 10 + (*value - '0');
		if (value < end)
			call->status = GRPC_UNKNOWN;
	}
	else if (strncasecmp(bytes, message_name, sizeof(message_name) - 1) == 0)
		decode_message(value, (size_t) (end - value), call->message);
	return length;
}

static void
set_headers(GrpcCall *call, const char *params, const char *authorization)
{
	char		line[URL_MAX];
	struct curl_slist *headers = NULL;

	headers = curl_slist_append(headers, "Content-Type: application/grpc");
	headers = curl_slist_append(headers, "TE: trailers");
	headers = curl_slist_append(headers, "Expect:");
	headers = curl_slist_append(headers, "Accept:");
	if (params != NULL)
	{
		snprintf(line, sizeof(line), "x-goog-request-params: %s", params);
		headers = curl_slist_append(headers, line);
	}
	if (authorization != NULL)
		headers = curl_slist_append(headers, authorization);
	call->headers = headers;
	curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, headers);
}

GrpcCall *
grpc_start(GrpcClient *client, const char *method, const char *params,
		   const char *authorization, WfSlice body, void *owner)
{
	char		url[URL_MAX];
	GrpcCall   *call = calloc(1, sizeof(GrpcCall));
	CURL	   *easy = call != NULL ? curl_easy_init() : NULL;

	if (easy == NULL)
	{
		free(call);
		return NULL;
	}
	call->easy = easy;
	call->owner = owner;
	call->status = GRPC_NO_STATUS;
	heap_buffer_init(&call->response, GRPC_RESPONSE_BYTES_MAX);
	snprintf(url, sizeof(url), "%s%s", client->base, method);
	http_client_set_common(easy, url);
	set_headers(call, params, authorization);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, client->clear ?
					 (long) CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE : (long) CURL_HTTP_VERSION_2TLS);
	if (client->clear)
	{
		/* libcurl before 8.0 cannot use a cleartext HTTP/2 connection twice */
		curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
		curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	}
	else
		curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(easy, CURLOPT_POST, 1L);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) body.length);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.data);
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER_BYTES);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) GRPC_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, STALL_SECONDS);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_client_append);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &call->response);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call->error);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
	if (curl_multi_add_handle(client->multi, easy) != CURLM_OK)
	{
		grpc_free(client, call);
		return NULL;
	}
	return call;
}

/* Decides what a finished transfer means. */
static void
finish(GrpcClient *client, GrpcCall *call, CURLcode code)
{
	long		version = 0;
	long		http_status = 0;

	curl_easy_getinfo(call->easy, CURLINFO_HTTP_VERSION, &version);
	curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &http_status);
	if (call->status != GRPC_NO_STATUS)
		return;
	if (code != CURLE_OK)
		snprintf(call->message, sizeof(call->message), "%s: %s", client->base,
				 call->error[0] != '\0' ? call->error : curl_easy_strerror(code));
	else if (version != CURL_HTTP_VERSION_2_0)
		snprintf(call->message, sizeof(call->message), "%s does not speak HTTP/2", client->base);
	else
		snprintf(call->message, sizeof(call->message),
				 "%s answered HTTP %ld without a gRPC status", client->base, http_status);
	/* what a proxy or the front end answers has an HTTP status only */
	if (http_status == 401)
		call->status = GRPC_UNAUTHENTICATED;
	else if (http_status == 403)
		call->status = GRPC_PERMISSION_DENIED;
}

GrpcCall *
grpc_poll(GrpcClient *client)
{
	int			running;
	int			left;
	CURLMsg    *message;

	curl_multi_perform(client->multi, &running);
	while ((message = curl_multi_info_read(client->multi, &left)) != NULL)
	{
		GrpcCall   *call = NULL;
		CURLcode	code = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &call);
		finish(client, call, code);
		return call;
	}
	return NULL;
}

void
grpc_free(GrpcClient *client, GrpcCall *call)
{
	curl_multi_remove_handle(client->multi, call->easy);
	curl_easy_cleanup(call->easy);
	curl_slist_free_all(call->headers);
	heap_buffer_free(&call->response);
	free(call);
}

bool
grpc_next_message(WfSlice *rest, WfSlice *message, bool *broken)
{
	const uint8_t *p = (const uint8_t *) rest->data;
	size_t		length;

	*broken = false;
	if (rest->length == 0)
		return false;
	*broken = true;
	if (rest->length < GRPC_PREFIX_BYTES || p[0] != 0)
		return false;
	length = (size_t) p[1] << 24 | (size_t) p[2] << 16 | (size_t) p[3] << 8 | p[4];
	if (length > rest->length - GRPC_PREFIX_BYTES)
		return false;
	*message = wf_slice(rest->data + GRPC_PREFIX_BYTES, length);
	*rest = wf_slice(rest->data + GRPC_PREFIX_BYTES + length,
					 rest->length - GRPC_PREFIX_BYTES - length);
	*broken = false;
	return true;
}
