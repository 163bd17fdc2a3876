/*
 * grpc.h
 *		gRPC calls over libcurl, several at a time.
 *
 * Each call sends a body whose length is known and ends its side of the
 * stream, then reads answers to the end; libcurl 7.88 does this reliably,
 * other than long-lived two-way streams.  A call succeeded only if the server
 * said grpc-status 0: libcurl may report success for a connection that was cut
 * in the middle, and an error for one that told its status properly.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_GRPC_H
#define WALFERRY_GRPC_H

#include <curl/curl.h>

#include "envelope/buffer.h"

#define GRPC_TIMEOUT_MS 60000
#define GRPC_RESPONSE_BYTES_MAX (4 * 1024 * 1024)
#define GRPC_MESSAGE_MAX 512
#define GRPC_PREFIX_BYTES 5		/* a flag and the message's length */

/* Status codes of gRPC that we tell apart. */
typedef enum GrpcStatus
{
	GRPC_NO_STATUS = -1,		/* the call ended without one: outcome unknown */
	GRPC_OK = 0,
	GRPC_CANCELLED = 1,
	GRPC_UNKNOWN = 2,
	GRPC_INVALID_ARGUMENT = 3,
	GRPC_DEADLINE_EXCEEDED = 4,
	GRPC_NOT_FOUND = 5,
	GRPC_ALREADY_EXISTS = 6,
	GRPC_PERMISSION_DENIED = 7,
	GRPC_RESOURCE_EXHAUSTED = 8,
	GRPC_FAILED_PRECONDITION = 9,
	GRPC_ABORTED = 10,
	GRPC_OUT_OF_RANGE = 11,
	GRPC_UNIMPLEMENTED = 12,
	GRPC_INTERNAL = 13,
	GRPC_UNAVAILABLE = 14,
	GRPC_UNAUTHENTICATED = 16
} GrpcStatus;

typedef struct GrpcCall
{
	CURL	   *easy;
	struct curl_slist *headers;
	WfBuffer	response;		/* prefixed messages, one after the other */
	int			status;			/* GrpcStatus */
	char		message[GRPC_MESSAGE_MAX];	/* the server's, or why there is no
											 * status */
	char		error[CURL_ERROR_SIZE];
	void	   *owner;			/* the caller's */
} GrpcCall;

typedef struct GrpcClient
{
	CURLM	   *multi;
	const char *base;			/* http://host:port (h2c) or https://… */
	bool		clear;			/* http */
} GrpcClient;

extern bool grpc_open(GrpcClient *client, const char *base);
extern void grpc_close(GrpcClient *client);

/* Writes the prefix of a message of that length at p. */
extern void grpc_put_prefix(char *p, size_t length);

/*
 * Starts a call.  body: whole, prefixed messages; must stay until the call is
 * over.  params: value of x-goog-request-params; authorization: a header line;
 * NULL for none.  NULL if there is no memory.
 */
extern GrpcCall *grpc_start(GrpcClient *client, const char *method, const char *params,
							const char *authorization, WfSlice body, void *owner);

/*
 * Moves all calls on, and gives one that is over, or NULL.  The caller frees it.
 */
extern GrpcCall *grpc_poll(GrpcClient *client);

/* Frees a call, over or not. */
extern void grpc_free(GrpcClient *client, GrpcCall *call);

/*
 * Cuts the next message out of a response; false at the end, or, with *broken
 * set, if the rest is no whole message.
 */
extern bool grpc_next_message(WfSlice *rest, WfSlice *message, bool *broken);

#endif							/* WALFERRY_GRPC_H */
