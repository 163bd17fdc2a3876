/*
 * http_client.c
 *		HTTP requests with JSON bodies, one at a time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/http_client.h"

#include <stdio.h>

#include "shipper/control.h"
#include "shipper/heap_buffer.h"

#ifndef WALFERRY_VERSION
#define WALFERRY_VERSION "unknown"
#endif

#define RESPONSE_BYTES_KEPT 65536

bool
http_client_open(HttpClient *client, Leg leg)
{
	client->leg = leg;
	heap_buffer_init_secret(&client->response, HTTP_RESPONSE_BYTES_MAX);
	client->error[0] = '\0';
	client->deadline_ms = 0;
	client->turn = NULL;
	client->easy = curl_easy_init();
	return client->easy != NULL;
}

void
http_client_close(HttpClient *client)
{
	if (client->easy != NULL)
		curl_easy_cleanup(client->easy);
	client->easy = NULL;
	heap_buffer_free(&client->response);
}

size_t
http_client_append(char *bytes, size_t size, size_t count, void *buffer)
{
	WfBuffer   *response = buffer;

	wf_buffer_append(response, bytes, size * count);
	return response->error == WF_BUFFER_OK ? size * count : 0;
}

/* libcurl calls this about once a second, also while nothing moves. */
static int
progress(void *data, curl_off_t download_total, curl_off_t downloaded,
		 curl_off_t upload_total, curl_off_t uploaded)
{
	const HttpClient *client = data;

	(void) download_total;
	(void) downloaded;
	(void) upload_total;
	(void) uploaded;
	status_beat(client->leg);
	return control_stop() != CONTROL_RUN ||
		(client->turn != NULL && !client->turn(client->turn_context));
}

bool
http_client_is_near(const char *url)
{
	const char *host = strstr(url, "://");
	size_t		length;

	/* what stands before an @ is no host, whatever it looks like */
	if (host == NULL || host[3 + strcspn(host + 3, "/?#@\\")] == '@')
		return false;
	host += 3;
	if (strncmp(host, "[::1]", 5) == 0 || strncmp(host, "[fd00:ec2:", 10) == 0)
		return true;
	length = strcspn(host, ":/?#");
	if (length == strlen("localhost") && strncmp(host, "localhost", length) == 0)
		return true;
	return strspn(host, "0123456789.") == length &&
		(strncmp(host, "127.", 4) == 0 || strncmp(host, "169.254.", 8) == 0);
}

void
http_client_set_common(CURL *easy, const char *url)
{
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) HTTP_CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "walferry/" WALFERRY_VERSION);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	if (http_client_is_near(url))
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

static long
timeout_of(const HttpClient *client)
{
	int64_t		left = client->deadline_ms - control_now_ms();

	if (client->deadline_ms == 0 || left > HTTP_TIMEOUT_MS)
		return HTTP_TIMEOUT_MS;
	return left > HTTP_TIMEOUT_LEAST_MS ? (long) left : HTTP_TIMEOUT_LEAST_MS;
}

long
http_client_request(HttpClient *client, const char *method, const char *url,
					const char *body, const char *header)
{
	struct curl_slist *headers = NULL;
	CURL	   *easy = client->easy;
	CURLcode	code;
	long		status = 0;

	heap_buffer_reset(&client->response, RESPONSE_BYTES_KEPT);
	client->error[0] = '\0';
	curl_easy_reset(easy);
	http_client_set_common(easy, url);
	headers = curl_slist_append(headers, "Accept: application/json");
	headers = curl_slist_append(headers, "Expect:");
	if (body != NULL)
		headers = curl_slist_append(headers, "Content-Type: application/json");
	if (header != NULL)
		headers = curl_slist_append(headers, header);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
	if (body != NULL)
	{
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) strlen(body));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	}
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_of(client));
	curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, progress);
	curl_easy_setopt(easy, CURLOPT_XFERINFODATA, client);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_client_append);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &client->response);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, client->error);
	code = curl_easy_perform(easy);
	curl_slist_free_all(headers);
	if (code == CURLE_OK)
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	else if (client->error[0] == '\0')
		snprintf(client->error, sizeof(client->error), "%s", curl_easy_strerror(code));
	wf_buffer_append_char(&client->response, '\0');
	return status;
}
