/*
 * append_rows.h
 *		The messages of BigQueryWrite.AppendRows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_APPEND_ROWS_H
#define WALFERRY_APPEND_ROWS_H

#include "shipper/bigquery/sink.h"

/*
 * Writes the head of an AppendRowsRequest, which `rows_length` bytes of
 * ProtoRows content follow: everything in front of them, gRPC's prefix
 * included.  The writer schema is the layout's descriptor.
 */
extern void append_rows_head(WfBuffer *buffer, const char *stream, const Layout *layout,
							 size_t rows_length);

/* Codes of google.cloud.bigquery.storage.v1.StorageError that we tell apart. */
typedef enum StorageErrorCode
{
	STORAGE_ERROR_NONE = 0,
	STORAGE_TABLE_NOT_FOUND = 1,
	STORAGE_STREAM_NOT_FOUND = 3,
	STORAGE_STREAM_FINALIZED = 6,
	STORAGE_SCHEMA_MISMATCH_EXTRA_FIELDS = 7,
	STORAGE_OFFSET_ALREADY_EXISTS = 8,
	STORAGE_OFFSET_OUT_OF_RANGE = 9
} StorageErrorCode;

typedef struct AppendRowsResponse
{
	bool		has_result;		/* append_result: the rows are in */
	int64_t		offset;			/* of its first row; -1 if not told */
	int			error_code;		/* google.rpc.Status.code; 0: none */
	WfSlice		error_message;
	int			storage_error;	/* StorageErrorCode, or another number */
	int			refused_count;	/* row_errors, up to SINK_REFUSED_MAX */
	int			refused[SINK_REFUSED_MAX];
	WfSlice		refused_message;	/* of the first */
} AppendRowsResponse;

/* Reads one message; false if it is malformed.  Slices point into it. */
extern bool append_rows_read(WfSlice message, AppendRowsResponse *response);

#endif							/* WALFERRY_APPEND_ROWS_H */
