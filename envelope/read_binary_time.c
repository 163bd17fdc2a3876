/*
 * read_binary_time.c
 *		Dates, times and intervals from what their send functions give.
 *
 *		date			int32 days since 2000-01-01
 *		time			int64 microseconds since midnight
 *		timetz			the same, then int32 seconds west of UTC
 *		timestamp		int64 microseconds since 2000-01-01; timestamptz: in UTC
 *		interval		int64 microseconds, int32 days, int32 months
 *
 * The infinities are the ends of an integer's range, of an interval (PostgreSQL
 * 17) those of all three.
 *
 * Follows PostgreSQL's date.c and timestamp.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_binary.h"

#include "read_binary_scan.h"
#include "time.h"

#define DAYS_OFFSET 8
#define MONTHS_OFFSET 12
#define ZONE_OFFSET 8

bool
wf_read_date_binary(const char *bytes, int64_t *days)
{
	*days = (int32_t) wf_big_uint32(bytes);
	return wf_date_is_finite(*days) || *days == INT32_MAX || *days == INT32_MIN;
}

bool
wf_read_time_binary(const char *bytes, int64_t *microseconds)
{
	*microseconds = (int64_t) wf_big_uint64(bytes);
	return wf_time_is_possible(*microseconds);
}

bool
wf_read_timetz_binary(const char *bytes, WfTimeTz *value)
{
	value->microseconds = (int64_t) wf_big_uint64(bytes);
	value->zone_seconds = (int32_t) wf_big_uint32(bytes + ZONE_OFFSET);
	return wf_time_is_possible(value->microseconds) && wf_zone_is_possible(value->zone_seconds);
}

bool
wf_read_timestamp_binary(const char *bytes, int64_t *microseconds)
{
	*microseconds = (int64_t) wf_big_uint64(bytes);
	return wf_timestamp_is_finite(*microseconds) || *microseconds == INT64_MAX ||
		*microseconds == INT64_MIN;
}

void
wf_read_interval_binary(const char *bytes, WfInterval *value)
{
	value->microseconds = (int64_t) wf_big_uint64(bytes);
	value->days = (int32_t) wf_big_uint32(bytes + DAYS_OFFSET);
	value->months = (int32_t) wf_big_uint32(bytes + MONTHS_OFFSET);
}
