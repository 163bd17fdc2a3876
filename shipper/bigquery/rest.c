/*
 * rest.c
 *		BigQuery's REST interface: datasets and tables.
 *
 * Calls are rare (a table's first row, a new column), so they are made one at
 * a time in the loader's own thread.  Reference: BigQuery REST API v2,
 * datasets and tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "shipper/control.h"
#include "shipper/log.h"

#define GOOGLE_ENDPOINT "https://bigquery.googleapis.com"
#define URL_MAX 4096

bool
rest_open(Rest *rest, const Config *config, Token *token)
{
	rest->token = token;
	rest->base = config->bigquery_endpoint != NULL ? config->bigquery_endpoint : GOOGLE_ENDPOINT;
	rest->project = config->bigquery_project;
	rest->dataset = config->bigquery_dataset;
	rest->location = config->bigquery_location;
	rest->blocked_until_ms = 0;
	rest->error[0] = '\0';
	return http_client_open(&rest->http, LEG_LOADER);
}

void
rest_close(Rest *rest)
{
	http_client_close(&rest->http);
}

bool
rest_has_time(const Rest *rest)
{
	int64_t		now = control_now_ms();

	return now >= rest->blocked_until_ms &&
		(rest->http.deadline_ms == 0 || now < rest->http.deadline_ms);
}

/* What an answer means.  reason: Google's word in the body, may be NULL. */
static RestResult
classify(long http_status, const char *reason)
{
	if (http_status >= 200 && http_status < 300)
		return REST_OK;
	if (reason != NULL)
	{
		if (strcmp(reason, "rateLimitExceeded") == 0 || strcmp(reason, "backendError") == 0 ||
			strcmp(reason, "jobRateLimitExceeded") == 0)
			return REST_RETRY;
		if (strcmp(reason, "quotaExceeded") == 0)
			return REST_QUOTA;
	}
	switch (http_status)
	{
		case 403:
			return REST_DENIED;
		case 404:
			return REST_NOT_FOUND;
		case 409:
		case 412:
			return REST_CONFLICT;
		case 0:
		case 401:
		case 408:
		case 429:
			return REST_RETRY;
		default:
			return http_status >= 500 ? REST_RETRY : REST_INVALID;
	}
}

/* Reads Google's error document, tells what it means and keeps its message. */
static RestResult
failure(Rest *rest, long status)
{
	json_t	   *root = NULL;
	const json_t *error;
	const char *message;
	const char *reason;
	RestResult	result;

	if (status == 0)
	{
		snprintf(rest->error, sizeof(rest->error), "%s: %s", rest->base, rest->http.error);
		return REST_RETRY;
	}
	if (rest->http.response.error == WF_BUFFER_OK)
		root = json_loads(rest->http.response.data, 0, NULL);
	error = json_object_get(root, "error");
	message = json_string_value(json_object_get(error, "message"));
	reason = json_string_value(json_object_get(json_array_get(json_object_get(error, "errors"), 0),
											   "reason"));
	result = classify(status, reason);
	snprintf(rest->error, sizeof(rest->error), "HTTP %ld%s%s: %s", status,
			 reason != NULL ? " " : "", reason != NULL ? reason : "",
			 message != NULL ? message : "no message");
	json_decref(root);
	return result;
}

/* Sends a request; on success *answer (if wanted) is the parsed document. */
static RestResult
call(Rest *rest, const char *method, const char *url, const char *body, json_t **answer)
{
	const char *authorization;
	int64_t		begun_ms;
	long		status;

	for (int attempt = 0;; attempt++)
	{
		if (!token_header(rest->token, &authorization))
		{
			snprintf(rest->error, sizeof(rest->error), "cannot read the access token from \"%s\"",
					 rest->token->path);
			return REST_RETRY;
		}
		begun_ms = control_now_ms();
		status = http_client_request(&rest->http, method, url, body, authorization);
		if (status == 0)
			rest->blocked_until_ms = 2 * control_now_ms() - begun_ms;
		if (status != 401 || attempt > 0)
			break;
		token_refused(rest->token);
	}
	if (status < 200 || status >= 300)
		return failure(rest, status);
	rest->error[0] = '\0';
	if (answer == NULL)
		return REST_OK;
	*answer = json_loads(rest->http.response.data, 0, NULL);
	if (*answer == NULL)
	{
		snprintf(rest->error, sizeof(rest->error), "%s answered with something that is not JSON",
				 rest->base);
		return REST_RETRY;
	}
	return REST_OK;
}

/* The same with a document as body, which it consumes. */
static RestResult
call_with(Rest *rest, const char *method, const char *url, json_t *document)
{
	char	   *body = json_dumps(document, JSON_COMPACT);
	RestResult	result = REST_RETRY;

	if (body != NULL)
		result = call(rest, method, url, body, NULL);
	else
		snprintf(rest->error, sizeof(rest->error), "out of memory");
	free(body);
	json_decref(document);
	return result;
}

static void
datasets_url(const Rest *rest, char *url)
{
	snprintf(url, URL_MAX, "%s/bigquery/v2/projects/%s/datasets", rest->base, rest->project);
}

/* table: NULL for the collection. */
static void
tables_url(const Rest *rest, const char *table, char *url)
{
	snprintf(url, URL_MAX, "%s/bigquery/v2/projects/%s/datasets/%s/tables%s%s", rest->base,
			 rest->project, rest->dataset, table != NULL ? "/" : "", table != NULL ? table : "");
}

RestResult
rest_dataset_ensure(Rest *rest)
{
	char		url[URL_MAX];
	size_t		length;
	json_t	   *body;
	RestResult	result;

	datasets_url(rest, url);
	length = strlen(url);
	snprintf(url + length, sizeof(url) - length, "/%s", rest->dataset);
	result = call(rest, "GET", url, NULL, NULL);
	if (result != REST_NOT_FOUND)
		return result;
	url[length] = '\0';
	body = json_pack("{s:{s:s, s:s}, s:s}", "datasetReference", "projectId", rest->project,
					 "datasetId", rest->dataset,
					 "description", "Change history written by walferry.");
	if (rest->location != NULL)
		json_object_set_new(body, "location", json_string(rest->location));
	result = call_with(rest, "POST", url, body);
	if (result == REST_OK)
		log_write(LOG_LEVEL_INFO, "bigquery", "created the dataset",
				  log_text("project", rest->project), log_text("dataset", rest->dataset));
	return result == REST_CONFLICT ? REST_OK : result;
}

RestResult
rest_table_get(Rest *rest, const char *table, json_t **resource)
{
	char		url[URL_MAX];

	tables_url(rest, table, url);
	return call(rest, "GET", url, NULL, resource);
}

RestResult
rest_table_insert(Rest *rest, json_t *body)
{
	char		url[URL_MAX];

	tables_url(rest, NULL, url);
	return call_with(rest, "POST", url, body);
}

RestResult
rest_table_patch(Rest *rest, const char *table, json_t *body)
{
	char		url[URL_MAX];

	tables_url(rest, table, url);
	return call_with(rest, "PATCH", url, body);
}
