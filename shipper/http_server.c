/*
 * http_server.c
 *		/live, /ready, /status and /metrics, by libmicrohttpd.
 *
 * The server has a thread of its own, so that it answers whatever the legs do;
 * it reads atomics and short-locked state only.  It knows four paths and the
 * methods GET and HEAD; connections are few, because nobody but an orchestrator and
 * a scraper comes here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "http_server.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <microhttpd.h>

#include "heap_buffer.h"
#include "metrics.h"
#include "status.h"

#define HTTP_BODY_BYTES_MAX (256 * 1024)
#define HTTP_CONNECTIONS_MAX 64

/* Who connects and asks nothing must not keep a health check from its answer. */
#define HTTP_TIMEOUT_SECONDS 2
#define HTTP_HOST_BYTES_MAX 256

static struct MHD_Daemon *server = NULL;

typedef struct Answer
{
	unsigned	code;
	const char *type;
} Answer;

static void
write_flag(WfBuffer *body, Answer *answer, bool flag, void (*write_reason) (WfBuffer *))
{
	answer->code = flag ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
	if (flag)
		wf_buffer_append_literal(body, "ok\n");
	else
		write_reason(body);
}

static void
write_not_live(WfBuffer *body)
{
	wf_buffer_append_literal(body, "no: a leg has not turned for a while; /status shows which\n");
}

static Answer
write_body(WfBuffer *body, const char *path)
{
	Answer		answer = {MHD_HTTP_OK, "text/plain; charset=utf-8"};

	if (strcmp(path, "/live") == 0)
		write_flag(body, &answer, status_live(), write_not_live);
	else if (strcmp(path, "/ready") == 0)
		write_flag(body, &answer, status_ready(), status_write_unready);
	else if (strcmp(path, "/status") == 0)
	{
		status_write_json(body);
		answer.type = "application/json";
	}
	else if (strcmp(path, "/metrics") == 0)
	{
		metrics_write_openmetrics(body);
		answer.type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
	}
	else
	{
		answer.code = MHD_HTTP_NOT_FOUND;
		wf_buffer_append_literal(body, "there are /live, /ready, /status and /metrics\n");
	}
	return answer;
}

static enum MHD_Result
on_request(void *context, struct MHD_Connection *connection, const char *path, const char *method,
		   const char *version, const char *upload, size_t *upload_size, void **request)
{
	WfBuffer	body;
	Answer		answer;
	struct MHD_Response *response;
	enum MHD_Result result;

	(void) context;
	(void) version;
	(void) upload;
	(void) upload_size;
	(void) request;

	heap_buffer_init(&body, HTTP_BODY_BYTES_MAX);
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		answer = write_body(&body, path);
	else
	{
		answer.code = MHD_HTTP_METHOD_NOT_ALLOWED;
		answer.type = "text/plain; charset=utf-8";
		wf_buffer_append_literal(&body, "only GET and HEAD\n");
	}
	if (body.error != WF_BUFFER_OK)
	{
		heap_buffer_free(&body);
		return MHD_NO;
	}

	/* the response takes the memory over */
	response = MHD_create_response_from_buffer(body.length, body.data, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
	{
		heap_buffer_free(&body);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type);
	if (answer.code == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, answer.code, response);
	MHD_destroy_response(response);
	return result;
}

/* Binds and listens; -1 with error filled in. */
static int
listen_on(const char *host, const char *port, char *error, size_t error_size)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM,
	.ai_flags = AI_PASSIVE};
	struct addrinfo *addresses;
	int			code = getaddrinfo(host, port, &hints, &addresses);
	int			descriptor;
	int			on = 1;

	if (code != 0)
	{
		snprintf(error, error_size, "%s", gai_strerror(code));
		return -1;
	}
	descriptor = socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (descriptor >= 0)
	{
		setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
		if (bind(descriptor, addresses->ai_addr, addresses->ai_addrlen) != 0 ||
			listen(descriptor, HTTP_CONNECTIONS_MAX) != 0)
		{
			snprintf(error, error_size, "%s", strerror(errno));
			close(descriptor);
			descriptor = -1;
		}
	}
	else
		snprintf(error, error_size, "%s", strerror(errno));
	freeaddrinfo(addresses);
	return descriptor;
}

bool
http_server_start(const char *listen_text, char *error, size_t error_size)
{
	char		host[HTTP_HOST_BYTES_MAX];
	char		reason[256];
	const char *colon = strrchr(listen_text, ':');
	const char *start = listen_text;
	size_t		length;
	int			descriptor;

	if (listen_text[0] == '\0')
		return true;

	/* [::1]:8083 */
	length = colon == NULL ? 0 : (size_t) (colon - listen_text);
	if (length >= 2 && start[0] == '[' && start[length - 1] == ']')
	{
		start++;
		length -= 2;
	}
	if (length == 0 || length >= sizeof(host))
	{
		snprintf(error, error_size, "http.listen is \"%s\", but it takes host:port", listen_text);
		return false;
	}
	memcpy(host, start, length);
	host[length] = '\0';

	descriptor = listen_on(host, colon + 1, reason, sizeof(reason));
	if (descriptor < 0)
	{
		snprintf(error, error_size, "cannot listen on http.listen=%s: %s; choose another port, or "
				 "http.listen= for none", listen_text, reason);
		return false;
	}
	server = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL,
							  on_request, NULL,
							  MHD_OPTION_LISTEN_SOCKET, (MHD_socket) descriptor,
							  MHD_OPTION_CONNECTION_LIMIT, (unsigned) HTTP_CONNECTIONS_MAX,
							  MHD_OPTION_CONNECTION_TIMEOUT, (unsigned) HTTP_TIMEOUT_SECONDS,
							  MHD_OPTION_END);
	if (server == NULL)
	{
		close(descriptor);
		snprintf(error, error_size, "cannot start the HTTP server on %s", listen_text);
		return false;
	}
	return true;
}

void
http_server_stop(void)
{
	if (server != NULL)
		MHD_stop_daemon(server);
	server = NULL;
}
