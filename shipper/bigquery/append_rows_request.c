/*
 * append_rows_request.c
 *		What BigQueryWrite.AppendRows is sent.
 *
 * Field numbers: google/cloud/bigquery/storage/v1/storage.proto.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/append_rows.h"

#include "shipper/bigquery/grpc.h"

#ifndef WALFERRY_VERSION
#define WALFERRY_VERSION "unknown"
#endif

enum
{
	REQUEST_WRITE_STREAM = 1,
	REQUEST_PROTO_ROWS = 4,
	REQUEST_TRACE_ID = 6,
	PROTO_DATA_WRITER_SCHEMA = 1,
	PROTO_DATA_ROWS = 2,
	PROTO_SCHEMA_DESCRIPTOR = 1
};

void
append_rows_head(WfBuffer *buffer, const char *stream, const Layout *layout, size_t rows_length)
{
	size_t		prefix = buffer->length;
	size_t		data_start;
	size_t		schema;
	size_t		descriptor;
	size_t		data_length;
	size_t		more;

	wf_buffer_append(buffer, "\0\0\0\0", GRPC_PREFIX_BYTES);
	pb_slice(buffer, REQUEST_WRITE_STREAM, wf_slice(stream, strlen(stream)));
	pb_slice(buffer, REQUEST_TRACE_ID, WF_LITERAL("walferry:" WALFERRY_VERSION));
	pb_tag(buffer, REQUEST_PROTO_ROWS, PB_BYTES);
	data_start = buffer->length;

	schema = pb_open(buffer, PROTO_DATA_WRITER_SCHEMA);
	descriptor = pb_open(buffer, PROTO_SCHEMA_DESCRIPTOR);
	layout_descriptor(layout, buffer);
	pb_close(buffer, descriptor);
	pb_close(buffer, schema);
	pb_tag(buffer, PROTO_DATA_ROWS, PB_BYTES);
	pb_varint(buffer, rows_length);

	/* the rows are not here, so the length around them is put in by hand */
	data_length = buffer->length - data_start + rows_length;
	more = pb_varint_size(data_length);
	if (!wf_buffer_reserve(buffer, more))
		return;
	memmove(buffer->data + data_start + more, buffer->data + data_start,
			buffer->length - data_start);
	pb_put_varint((uint8_t *) buffer->data + data_start, data_length);
	buffer->length += more;
	grpc_put_prefix(buffer->data + prefix,
					buffer->length - prefix - GRPC_PREFIX_BYTES + rows_length);
}
