/*
 * commit_time.h
 *		Which commit times Kafka takes as records' times (record.timestamp=commit).
 *
 * A topic refuses times that are too far ahead of its broker's clock, or too far
 * behind (message.timestamp.after.max.ms and .before.max.ms), and nobody but the
 * broker knows by how much.  The time of a commit is walferry's choice, not the
 * row's: a record is not to be lost for it.  So limits are learnt from refusals,
 * one for each direction and for all topics, and what is beyond them goes with
 * the time of sending.  A refusal at a distance makes half of it the limit, so
 * that commits a little nearer are not refused one after the other, and few
 * refusals are enough whatever the topic's limit.  They hold until the process
 * ends; a clock that is set right brings commits back within them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_COMMIT_TIME_H
#define WALFERRY_COMMIT_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Distances from our clock from which on times are not taken. */
typedef struct CommitTimeLimits
{
	int64_t		ahead_ms;
	int64_t		behind_ms;
} CommitTimeLimits;

/* Every time is taken. */
extern void commit_time_init(CommitTimeLimits *limits);

extern bool commit_time_is_taken(const CommitTimeLimits *limits, int64_t time_ms, int64_t now_ms);

/* Kafka has refused it; gives the limit of that direction from now on. */
extern int64_t commit_time_refuse(CommitTimeLimits *limits, int64_t time_ms, int64_t now_ms);

#endif							/* WALFERRY_COMMIT_TIME_H */
