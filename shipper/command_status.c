/*
 * command_status.c
 *		`walferry status`: what a running walferry says of itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>
#include <jansson.h>

#include "config.h"
#include "heap_buffer.h"
#include "legs.h"
#include "log.h"

#define STATUS_BYTES_MAX (1024 * 1024)
#define STATUS_TIMEOUT_MS 5000

static const char status_help[] =
	"usage: walferry status [--config FILE | --listen HOST:PORT] [--health] [--json]\n"
	"\n"
	"Asks the walferry that listens on http.listen how it is doing.\n"
	"\n"
	"  --config FILE       take http.listen from this configuration\n"
	"  --listen HOST:PORT  the address itself (default 127.0.0.1:8083)\n"
	"  --health            print nothing unless something is wrong\n"
	"  --json              print the document as it comes\n"
	"\n"
	"exit codes: 0 ready, 1 not ready or not reachable, 2 wrong command line\n";

static size_t
on_data(char *data, size_t size, size_t count, void *host)
{
	WfBuffer   *body = host;

	wf_buffer_append(body, data, size * count);
	return body->error == WF_BUFFER_OK ? size * count : 0;
}

static bool
fetch(const char *listen, WfBuffer *body, char *error, size_t error_size)
{
	char		url[512];
	CURL	   *easy = curl_easy_init();
	CURLcode	code;
	long		answer = 0;

	if (easy == NULL)
		return false;
	snprintf(url, sizeof(url), "http://%s/status", listen);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long) STATUS_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, body);
	code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
	curl_easy_cleanup(easy);
	if (code != CURLE_OK)
		snprintf(error, error_size, "%s", curl_easy_strerror(code));
	else if (answer != 200)
		snprintf(error, error_size, "HTTP status %ld", answer);
	return code == CURLE_OK && answer == 200;
}

static void
print_legs(FILE *out, const json_t *document)
{
	const char *name;
	json_t	   *leg;

	json_object_foreach(json_object_get(document, "legs"), name, leg)
	{
		const char *error = json_string_value(json_object_get(leg, "error"));

		fprintf(out, "%-10s %s%s%s\n", name, json_string_value(json_object_get(leg, "state")),
				error != NULL ? ": " : "", error != NULL ? error : "");
	}
}

static void
print_document(const json_t *document)
{
	const char *name;
	json_t	   *value;

	printf("walferry   %s, %s, %s\n", json_string_value(json_object_get(document, "version")),
		   json_is_true(json_object_get(document, "live")) ? "live" : "NOT LIVE",
		   json_is_true(json_object_get(document, "ready")) ? "ready" : "NOT READY");
	print_legs(stdout, document);
	json_object_foreach(json_object_get(document, "metrics"), name, value)
	{
		int64_t		number = json_integer_value(value);

		if (json_is_null(value))
			printf("  %-58s unknown\n", name);
		else if (strstr(name, "_lsn_bytes") != NULL)
			printf("  %-58s %X/%X\n", name, (unsigned) ((uint64_t) number >> 32), (unsigned) number);
		else
			printf("  %-58s %" PRId64 "\n", name, number);
	}
}

static int
show(const WfBuffer *body, bool health, bool as_json)
{
	json_error_t error;
	json_t	   *document = json_loadb(body->data, body->length, 0, &error);
	bool		ready;

	if (document == NULL)
	{
		fprintf(stderr, "walferry status: the answer is not JSON: %s\n", error.text);
		return EXIT_FAILED;
	}
	ready = json_is_true(json_object_get(document, "ready"));
	if (health && !ready)
		print_legs(stderr, document);
	else if (!health && as_json)
		fwrite(body->data, 1, body->length, stdout);
	else if (!health)
		print_document(document);
	json_decref(document);
	return ready ? EXIT_OK : EXIT_FAILED;
}

int
command_status(int count, char **arguments)
{
	const char *path = NULL;
	const char *listen = NULL;
	bool		health = false;
	bool		as_json = false;
	const CommandOption options[] = {
		{"--config", NULL, &path, NULL}, {"--listen", NULL, &listen, NULL}, {"--health", &health, NULL, NULL},
		{"--json", &as_json, NULL, NULL}
	};
	int			code = command_options("status", status_help, count, arguments, options, 4);
	Config	   *config = NULL;
	WfBuffer	body;
	char		error[256] = "out of memory";

	if (code >= 0)
		return code;
	if (listen == NULL && path != NULL)
	{
		log_init(LOG_LEVEL_ERROR, false);
		config = config_load(path, true);
		if (config == NULL)
			return EXIT_USAGE;
		listen = config->http_listen;
	}
	if (listen == NULL)
		listen = "127.0.0.1:8083";
	if (listen[0] == '\0')
	{
		fputs("walferry status: http.listen is empty, so nothing can be asked\n", stderr);
		config_free(config);
		return EXIT_USAGE;
	}

	heap_buffer_init(&body, STATUS_BYTES_MAX);
	if (fetch(listen, &body, error, sizeof(error)))
		code = show(&body, health, as_json);
	else
	{
		fprintf(stderr, "walferry status: no walferry answers at %s: %s\n", listen, error);
		code = EXIT_FAILED;
	}
	heap_buffer_free(&body);
	config_free(config);
	return code;
}
