/*
 * read_value.c
 *		Values of an event's JSON as exact text: decimals, dates and times.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/read_value.h"

#include "shipper/bigquery/value_text.h"

bool
read_decimal(WfBuffer *scratch, WfSlice base64, int scale, WfSlice *text)
{
	size_t		mark = scratch->length;

	if (!decimal_text(base64, scale, scratch))
		return false;
	*text = wf_buffer_since(scratch, mark);
	return true;
}

bool
read_variable_decimal(WfJsonReader *reader, WfBuffer *scratch, WfSlice *text)
{
	int64_t		scale = 0;
	WfSlice		base64 = {NULL, 0};
	WfJsonToken token;

	while ((token = wf_json_next(reader)) == WF_TOKEN_NAME)
	{
		bool		is_scale = wf_json_text_is(reader, WF_LITERAL("scale"));
		WfSlice		raw;

		token = wf_json_next(reader);
		if (is_scale)
		{
			if (token != WF_TOKEN_NUMBER || !wf_json_read_int64(reader->text, &scale))
				return false;
		}
		else if (token == WF_TOKEN_STRING && !reader->escaped)
			base64 = reader->text;
		else if (!wf_json_skip(reader, token, &raw))
			return false;
	}
	if (token != WF_TOKEN_OBJECT_END || base64.data == NULL ||
		scale > DECIMAL_SCALE_MAX || scale < -DECIMAL_SCALE_MAX)
		return false;
	return read_decimal(scratch, base64, (int) scale, text);
}

bool
read_time(const BqMapping *mapping, BqReading reading, WfSlice number, char *text, bool *fits)
{
	int64_t		value;
	int64_t		us;

	if (!wf_json_read_int64(number, &value))
		return false;
	if (reading == BQ_READ_DATE)
	{
		*fits = value >= DATE_DAYS_MIN && value <= DATE_DAYS_MAX;
		if (value < INT32_MIN || value > INT32_MAX)
			return false;
		if (value == INT32_MAX || value == INT32_MIN)
			strcpy(text, value > 0 ? "infinity" : "-infinity");
		else
			date_text(value, text);
		return true;
	}

	/*
	 * Debezium's infinities: the ends of int64 in microseconds; in milliseconds
	 * pgjdbc's PGStatement.DATE_POSITIVE_INFINITY and DATE_NEGATIVE_INFINITY.
	 */
	if (reading == BQ_READ_DATETIME &&
		(value == INT64_MAX || value == INT64_C(9223372036825200000)))
	{
		*fits = false;
		strcpy(text, "infinity");
		return true;
	}
	if (reading == BQ_READ_DATETIME &&
		(value == INT64_MIN || value == INT64_C(-9223372036832400000)))
	{
		*fits = false;
		strcpy(text, "-infinity");
		return true;
	}
	if (mapping->unit_ns == 1 && value % 1000 != 0)
		return false;			/* finer than BigQuery: the raw number is exact */
	if (mapping->unit_ns == 1)
		us = value / 1000;
	else if (__builtin_mul_overflow(value, (int64_t) (mapping->unit_ns / 1000), &us))
		return false;
	if (reading == BQ_READ_TIME)
	{
		if (us < 0)
			return false;
		*fits = us < DAY_US;
		time_text(us, text);
		return true;
	}
	*fits = us >= TIMESTAMP_US_MIN && us <= TIMESTAMP_US_MAX;
	datetime_text(us, text);
	return true;
}
