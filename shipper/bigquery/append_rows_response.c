/*
 * append_rows_response.c
 *		What BigQueryWrite.AppendRows answers.
 *
 * Field numbers: google/cloud/bigquery/storage/v1/storage.proto, and for the
 * status google/rpc/status.proto.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/append_rows.h"

#include "shipper/bigquery/grpc.h"

enum
{
	RESPONSE_APPEND_RESULT = 1,
	RESPONSE_ERROR = 2,
	RESPONSE_ROW_ERRORS = 4,
	APPEND_RESULT_OFFSET = 1,
	INT64_VALUE = 1,
	ROW_ERROR_INDEX = 1,
	ROW_ERROR_MESSAGE = 3,
	STATUS_CODE = 1,
	STATUS_MESSAGE = 2,
	STATUS_DETAILS = 3,
	ANY_TYPE_URL = 1,
	ANY_VALUE = 2,
	STORAGE_ERROR_CODE = 1
};

static bool
read_append_result(WfSlice message, AppendRowsResponse *response)
{
	PbReader	reader;
	PbField		field;

	response->has_result = true;
	pb_reader_init(&reader, message);
	while (pb_next(&reader, &field))
	{
		PbReader	value;
		PbField		inner;

		if (field.number != APPEND_RESULT_OFFSET || field.wire_type != PB_BYTES)
			continue;
		response->offset = 0;	/* an Int64Value of 0 is empty */
		pb_reader_init(&value, field.bytes);
		while (pb_next(&value, &inner))
		{
			if (inner.number == INT64_VALUE && inner.wire_type == PB_VARINT)
				response->offset = (int64_t) inner.integer;
		}
		if (value.error != NULL)
			return false;
	}
	return reader.error == NULL;
}

/* One of a status's details: only StorageError is of interest. */
static bool
read_detail(WfSlice message, AppendRowsResponse *response)
{
	static const char wanted[] = "google.cloud.bigquery.storage.v1.StorageError";
	WfSlice		type_url = {"", 0};
	WfSlice		value = {"", 0};
	PbReader	reader;
	PbField		field;
	size_t		length = sizeof(wanted) - 1;

	pb_reader_init(&reader, message);
	while (pb_next(&reader, &field))
	{
		if (field.number == ANY_TYPE_URL && field.wire_type == PB_BYTES)
			type_url = field.bytes;
		else if (field.number == ANY_VALUE && field.wire_type == PB_BYTES)
			value = field.bytes;
	}
	if (reader.error != NULL)
		return false;
	if (type_url.length < length ||
		memcmp(type_url.data + type_url.length - length, wanted, length) != 0)
		return true;
	pb_reader_init(&reader, value);
	while (pb_next(&reader, &field))
	{
		if (field.number == STORAGE_ERROR_CODE && field.wire_type == PB_VARINT)
			response->storage_error = (int) field.integer;
	}
	return reader.error == NULL;
}

static bool
read_status(WfSlice message, AppendRowsResponse *response)
{
	PbReader	reader;
	PbField		field;

	response->error_code = GRPC_UNKNOWN;	/* until told: it is an error anyhow */
	pb_reader_init(&reader, message);
	while (pb_next(&reader, &field))
	{
		if (field.number == STATUS_CODE && field.wire_type == PB_VARINT)
			response->error_code = (int) field.integer;
		else if (field.number == STATUS_MESSAGE && field.wire_type == PB_BYTES)
			response->error_message = field.bytes;
		else if (field.number == STATUS_DETAILS && field.wire_type == PB_BYTES &&
				 !read_detail(field.bytes, response))
			return false;
	}
	return reader.error == NULL;
}

static bool
read_row_error(WfSlice message, AppendRowsResponse *response)
{
	PbReader	reader;
	PbField		field;
	uint64_t	row = 0;		/* absent means 0 */
	WfSlice		text = {"", 0};

	pb_reader_init(&reader, message);
	while (pb_next(&reader, &field))
	{
		if (field.number == ROW_ERROR_INDEX && field.wire_type == PB_VARINT)
			row = field.integer;
		else if (field.number == ROW_ERROR_MESSAGE && field.wire_type == PB_BYTES)
			text = field.bytes;
	}
	if (reader.error != NULL || row > BATCH_ROWS_MAX)
		return false;
	if (response->refused_count == 0)
		response->refused_message = text;
	if (response->refused_count < SINK_REFUSED_MAX)
		response->refused[response->refused_count++] = (int) row;
	return true;
}

bool
append_rows_read(WfSlice message, AppendRowsResponse *response)
{
	PbReader	reader;
	PbField		field;

	response->has_result = false;
	response->offset = -1;
	response->error_code = 0;
	response->error_message = wf_slice("", 0);
	response->storage_error = STORAGE_ERROR_NONE;
	response->refused_count = 0;
	response->refused_message = wf_slice("", 0);
	pb_reader_init(&reader, message);
	while (pb_next(&reader, &field))
	{
		bool		ok = true;

		if (field.wire_type != PB_BYTES)
			continue;
		if (field.number == RESPONSE_APPEND_RESULT)
			ok = read_append_result(field.bytes, response);
		else if (field.number == RESPONSE_ERROR)
			ok = read_status(field.bytes, response);
		else if (field.number == RESPONSE_ROW_ERRORS)
			ok = read_row_error(field.bytes, response);
		if (!ok)
			return false;
	}
	return reader.error == NULL;
}
