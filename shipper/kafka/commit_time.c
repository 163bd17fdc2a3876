/*
 * commit_time.c
 *		Which commit times Kafka takes as records' times (record.timestamp=commit).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "commit_time.h"

void
commit_time_init(CommitTimeLimits *limits)
{
	limits->ahead_ms = INT64_MAX;
	limits->behind_ms = INT64_MAX;
}

bool
commit_time_is_taken(const CommitTimeLimits *limits, int64_t time_ms, int64_t now_ms)
{
	return time_ms > now_ms ? time_ms - now_ms < limits->ahead_ms :
		now_ms - time_ms < limits->behind_ms;
}

int64_t
commit_time_refuse(CommitTimeLimits *limits, int64_t time_ms, int64_t now_ms)
{
	int64_t    *limit = time_ms > now_ms ? &limits->ahead_ms : &limits->behind_ms;
	int64_t		half = (time_ms > now_ms ? time_ms - now_ms : now_ms - time_ms) / 2;

	if (half < *limit)
		*limit = half;
	return *limit;
}
