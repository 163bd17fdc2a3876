/*
 * read_value.h
 *		Values of an event's JSON as exact text: decimals, dates and times.
 *
 * Between the encodings (value_text.h) and the columns (encode.h): for those
 * kinds of values that a column, an array's element and _overflow share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_READ_VALUE_H
#define WALFERRY_READ_VALUE_H

#include "envelope/json_reader.h"
#include "shipper/bigquery/type_map.h"

/*
 * base64 of an unscaled value -> text at the end of scratch.  False if it is
 * none.
 */
extern bool read_decimal(WfBuffer *scratch, WfSlice base64, int scale, WfSlice *text);

/* The same for {"scale":…,"value":…} whose opening token was just read. */
extern bool read_variable_decimal(WfJsonReader *reader, WfBuffer *scratch, WfSlice *text);

/*
 * The text (TIME_TEXT_MAX) of a date, time or datetime.  fits: whether BigQuery
 * has it.  False for a value that is no such number.
 */
extern bool read_time(const BqMapping *mapping, BqReading reading, WfSlice number, char *text,
					  bool *fits);

#endif							/* WALFERRY_READ_VALUE_H */
