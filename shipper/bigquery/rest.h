/*
 * rest.h
 *		BigQuery's REST interface: datasets and tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_REST_H
#define WALFERRY_REST_H

#include <jansson.h>

#include "shipper/http_client.h"
#include "shipper/bigquery/token.h"
#include "shipper/config.h"

/* What a failure means for the caller. */
typedef enum RestResult
{
	REST_OK,
	REST_NOT_FOUND,
	REST_CONFLICT,				/* it exists already, or changed meanwhile */
	REST_RETRY,					/* will pass: connection, 429, 5xx, rate limits, or
								 * a token that somebody renews (401) */
	REST_QUOTA,					/* will pass, in minutes */
	REST_DENIED,				/* somebody has to give us a right */
	REST_INVALID				/* will fail again */
} RestResult;

#define REST_ERROR_MAX 512

typedef struct Rest
{
	HttpClient	http;
	Token	   *token;			/* shared with the sink, same thread */
	const char *base;			/* no slash at the end */
	const char *project;
	const char *dataset;
	const char *location;		/* NULL: BigQuery's default */
	int64_t		blocked_until_ms;	/* after a call without an answer */
	char		error[REST_ERROR_MAX];	/* what went wrong last */
} Rest;

extern bool rest_open(Rest *rest, const Config *config, Token *token);
extern void rest_close(Rest *rest);

/*
 * Is now a time for calls?  Not behind the deadline of rest->http; and after a
 * call that got no answer not for as long as it took, so that a service that
 * hangs has at most half of the loader's time.
 */
extern bool rest_has_time(const Rest *rest);

/* Creates the dataset if it is missing. */
extern RestResult rest_dataset_ensure(Rest *rest);

/* *resource is the caller's to release. */
extern RestResult rest_table_get(Rest *rest, const char *table, json_t **resource);

/* Both consume body. */
extern RestResult rest_table_insert(Rest *rest, json_t *body);
extern RestResult rest_table_patch(Rest *rest, const char *table, json_t *body);

#endif							/* WALFERRY_REST_H */
