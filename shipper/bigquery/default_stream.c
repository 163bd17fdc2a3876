/*
 * default_stream.c
 *		Batches to default streams of the Storage Write API, at least once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>

#include "shipper/bigquery/append_rows.h"
#include "shipper/bigquery/grpc.h"
#include "shipper/heap_buffer.h"
#include "shipper/metrics.h"

#define APPEND_ROWS "/google.cloud.bigquery.storage.v1.BigQueryWrite/AppendRows"
#define STREAM_NAME_MAX (LAYOUT_TABLE_NAME_MAX + 1024)
#define HEAD_LENGTHS_SPARE 64	/* lengths that grow with the number of rows */
#define WAIT_FDS_MAX 8

typedef struct DefaultStreamSink
{
	Sink		sink;			/* first: this is one */
	const Config *config;
	Token	   *token;
	GrpcClient	grpc;
	WfBuffer	head;
	GrpcCall   *calls[SINK_APPENDS_MAX];
} DefaultStreamSink;

static void
stream_name(const DefaultStreamSink *self, const char *table_name, char *name)
{
	snprintf(name, STREAM_NAME_MAX, "projects/%s/datasets/%s/tables/%s/streams/_default",
			 self->config->bigquery_project, self->config->bigquery_dataset, table_name);
}

static bool
ds_open(Sink *sink, const char *table_name, const Layout *layout, size_t *head_room)
{
	DefaultStreamSink *self = (DefaultStreamSink *) sink;
	char		name[STREAM_NAME_MAX];

	stream_name(self, table_name, name);
	heap_buffer_reset(&self->head, 65536);
	append_rows_head(&self->head, name, layout, 0);
	*head_room = self->head.length + HEAD_LENGTHS_SPARE;
	return self->head.error == WF_BUFFER_OK;
}

/* The routing header's value: names may hold nothing but what needs no escape,
 * apart from the slashes. */
static void
routing_params(const char *stream, char *params, size_t size)
{
	size_t		length = (size_t) snprintf(params, size, "write_stream=");

	for (const char *p = stream; *p != '\0' && length + 4 < size; p++)
	{
		bool		plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		(*p >= '0' && *p <= '9') || strchr("-_.~", *p) != NULL;

		if (plain)
			params[length++] = *p;
		else
			length += (size_t) snprintf(params + length, size - length, "%%%02X",
										(unsigned) (unsigned char) *p);
	}
	params[length] = '\0';
}

static bool
ds_append(Sink *sink, Batch *batch, const char *table_name, const Layout *layout)
{
	DefaultStreamSink *self = (DefaultStreamSink *) sink;
	char		name[STREAM_NAME_MAX];
	char		params[STREAM_NAME_MAX * 3];
	const char *authorization;
	char	   *start;
	int			slot = 0;

	while (slot < SINK_APPENDS_MAX && self->calls[slot] != NULL)
		slot++;
	if (slot == SINK_APPENDS_MAX || !token_header(self->token, &authorization))
		return false;
	stream_name(self, table_name, name);
	routing_params(name, params, sizeof(params));
	heap_buffer_reset(&self->head, 65536);
	append_rows_head(&self->head, name, layout, batch_rows(batch).length);
	if (self->head.error != WF_BUFFER_OK || !batch_make_head_room(batch, self->head.length))
		return false;
	start = batch->buffer.data + batch->head_room - self->head.length;
	memcpy(start, self->head.data, self->head.length);
	self->calls[slot] = grpc_start(&self->grpc, APPEND_ROWS, params, authorization,
								   wf_slice(start, (size_t) (batch->buffer.data +
															 batch->buffer.length - start)),
								   batch);
	if (self->calls[slot] == NULL)
		return false;
	metric_add(METRIC_LOADER_APPENDS, 1);
	return true;
}

static int64_t
ds_recover(Sink *sink, const char *topic, int32_t partition, int64_t committed)
{
	(void) sink;
	(void) topic;
	(void) partition;
	return committed;			/* at least once: what Kafka says */
}

/* What a status code, of the call or inside a response, asks for. */
static SinkOutcome
outcome_of(DefaultStreamSink *self, int code, int storage_error)
{
	if (storage_error == STORAGE_SCHEMA_MISMATCH_EXTRA_FIELDS ||
		storage_error == STORAGE_TABLE_NOT_FOUND)
		return SINK_TABLE_CHANGED;
	switch (code)
	{
		case GRPC_INVALID_ARGUMENT:
		case GRPC_UNKNOWN:
			return SINK_BATCH_REFUSED;
		case GRPC_NOT_FOUND:
			return SINK_TABLE_CHANGED;
		case GRPC_PERMISSION_DENIED:
			return SINK_DENIED;
		case GRPC_UNAUTHENTICATED:
			token_refused(self->token);
			return SINK_RETRY;
		default:
			return SINK_RETRY;
	}
}

static void
set_error(SinkResult *result, const char *what, int code, WfSlice message)
{
	snprintf(result->error, sizeof(result->error), "%s %d: %.*s", what, code,
			 (int) (message.length < 400 ? message.length : 400), message.data);
}

/* Reads the one response that a call with one request must have. */
static void
read_response(DefaultStreamSink *self, GrpcCall *call, SinkResult *result)
{
	AppendRowsResponse response;
	WfSlice		rest = wf_buffer_since(&call->response, 0);
	WfSlice		message;
	bool		broken;

	if (!grpc_next_message(&rest, &message, &broken) || !append_rows_read(message, &response))
	{
		/* grpc-status may be 0 all the same: the outcome is unknown */
		if (call->status == GRPC_OK || call->status == GRPC_NO_STATUS)
		{
			result->outcome = SINK_RETRY;
			snprintf(result->error, sizeof(result->error), "%s", call->message[0] != '\0' ?
					 call->message : "the answer to an append was missing or malformed");
			return;
		}
		result->outcome = outcome_of(self, call->status, STORAGE_ERROR_NONE);
		set_error(result, "gRPC status", call->status,
				  wf_slice(call->message, strlen(call->message)));
		return;
	}
	if (response.refused_count > 0)
	{
		result->outcome = SINK_ROWS_REFUSED;
		result->refused_count = response.refused_count;
		memcpy(result->refused, response.refused,
			   sizeof(int) * (size_t) response.refused_count);
		set_error(result, "row error, status", response.error_code, response.refused_message);
	}
	else if (response.error_code != 0)
	{
		result->outcome = outcome_of(self, response.error_code, response.storage_error);
		set_error(result, "append error", response.error_code, response.error_message);
	}
	else if (response.has_result && call->status == GRPC_OK)
		result->outcome = SINK_DONE;
	else
	{
		result->outcome = call->status > 0 ?
			outcome_of(self, call->status, STORAGE_ERROR_NONE) : SINK_RETRY;
		set_error(result, "gRPC status", call->status,
				  wf_slice(call->message, strlen(call->message)));
	}
}

static bool
ds_poll(Sink *sink, SinkResult *result)
{
	DefaultStreamSink *self = (DefaultStreamSink *) sink;
	GrpcCall   *call = grpc_poll(&self->grpc);

	if (call == NULL)
		return false;
	result->batch = call->owner;
	result->refused_count = 0;
	result->error[0] = '\0';
	read_response(self, call, result);
	for (int i = 0; i < SINK_APPENDS_MAX; i++)
	{
		if (self->calls[i] == call)
			self->calls[i] = NULL;
	}
	grpc_free(&self->grpc, call);
	return true;
}

static void
ds_wait(Sink *sink, const int *fds, int fd_count, int timeout_ms)
{
	DefaultStreamSink *self = (DefaultStreamSink *) sink;
	struct curl_waitfd waits[WAIT_FDS_MAX];

	for (int i = 0; i < fd_count && i < WAIT_FDS_MAX; i++)
		waits[i] = (struct curl_waitfd) {.fd = fds[i], .events = CURL_WAIT_POLLIN};
	curl_multi_poll(self->grpc.multi, waits,
					(unsigned) (fd_count < WAIT_FDS_MAX ? fd_count : WAIT_FDS_MAX),
					timeout_ms, NULL);
}

static void
ds_close(Sink *sink)
{
	DefaultStreamSink *self = (DefaultStreamSink *) sink;

	for (int i = 0; i < SINK_APPENDS_MAX; i++)
	{
		if (self->calls[i] != NULL)
			grpc_free(&self->grpc, self->calls[i]);
	}
	grpc_close(&self->grpc);
	heap_buffer_free(&self->head);
	free(self);
}

Sink *
default_stream_sink(const Config *config, Token *token)
{
	DefaultStreamSink *self = calloc(1, sizeof(DefaultStreamSink));

	if (self == NULL)
		return NULL;
	self->sink = (Sink) {
		.open = ds_open,
		.append = ds_append,
		.recover = ds_recover,
		.poll = ds_poll,
		.wait = ds_wait,
		.close = ds_close,
	};
	self->config = config;
	self->token = token;
	heap_buffer_init(&self->head, BATCH_HEAD_BYTES_MAX);
	if (!grpc_open(&self->grpc, config->bigquery_grpc_endpoint))
	{
		ds_close(&self->sink);
		return NULL;
	}
	return &self->sink;
}
