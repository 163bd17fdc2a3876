/*
 * encode.h
 *		One column's value: from the event's JSON into a field of a row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ENCODE_H
#define WALFERRY_ENCODE_H

#include "envelope/json_reader.h"
#include "shipper/bigquery/type_map.h"

typedef enum BqResult
{
	BQ_ENCODED,					/* a field was appended to the row */
	BQ_IS_NULL,					/* nothing appended: absent fields are NULL */
	BQ_OVERFLOW,				/* nothing appended: the column's type cannot hold
								 * the value exactly; *overflow is its text */
	BQ_BROKEN					/* the JSON has a fault: see the reader */
} BqResult;

/*
 * Encodes the value that `token`, just read, begins, and reads to its end.
 * scratch: any buffer of the caller's; its content is lost, and *overflow may
 * point into it.  Whether the row had room is its sticky error, as always.
 */
extern BqResult bq_encode(const BqMapping *mapping, int field, WfJsonReader *reader,
						  WfJsonToken token, WfBuffer *row, WfBuffer *scratch, WfSlice *overflow);

/*
 * Is text a JSON document all of whose numbers BigQuery keeps as they are, that
 * is as INT64, UINT64 or a FLOAT64 that prints the same digits again?
 */
extern bool bq_json_is_exact(WfSlice text);

#endif							/* WALFERRY_ENCODE_H */
