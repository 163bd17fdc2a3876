/*
 * http_client.h
 *		HTTP requests with JSON bodies, one at a time.
 *
 * A request never blocks longer than HTTP_TIMEOUT_MS and ends at once when the
 * process is asked to stop; while it waits, the leg's heart goes on beating.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_HTTP_CLIENT_H
#define WALFERRY_HTTP_CLIENT_H

#include <curl/curl.h>

#include "envelope/buffer.h"
#include "shipper/status.h"

#define HTTP_TIMEOUT_MS 20000
#define HTTP_TIMEOUT_LEAST_MS 1000	/* of a request close to the deadline */
#define HTTP_CONNECT_TIMEOUT_MS 10000
#define HTTP_RESPONSE_BYTES_MAX (16 * 1024 * 1024)

typedef struct HttpClient
{
	CURL	   *easy;
	Leg			leg;			/* whose heart beats while a request waits */
	WfBuffer	response;		/* body of the last one, NUL-terminated; a secret */
	int64_t		deadline_ms;	/* by control_now_ms(); requests end soon after it;
								 * 0: none */
	bool		(*turn) (void *context);	/* what the caller does meanwhile, about
											 * once a second; false ends the
											 * request.  NULL: nothing */
	void	   *turn_context;
	char		error[CURL_ERROR_SIZE];
} HttpClient;

extern bool http_client_open(HttpClient *client, Leg leg);
extern void http_client_close(HttpClient *client);

/*
 * Sends one request.  body: JSON, NULL for none.  header: a line, most often
 * an authorization, NULL for none.  Returns the HTTP status, or 0 if there was none:
 * client->error says why.
 */
extern long http_client_request(HttpClient *client, const char *method, const char *url,
								const char *body, const char *header);

/*
 * Whether the host is this machine itself, or one of a cloud's services for the machine,
 * which answer on a link-local address: no proxy lies between, and no network.
 */
extern bool http_client_is_near(const char *url);

/* What every handle of ours has: no signals, no proxy for this machine's own services, our name. */
extern void http_client_set_common(CURL *easy, const char *url);

/* A write callback of libcurl that appends to the WfBuffer given as its data. */
extern size_t http_client_append(char *bytes, size_t size, size_t count, void *buffer);

#endif							/* WALFERRY_HTTP_CLIENT_H */
