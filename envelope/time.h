/*
 * time.h
 *		PostgreSQL's dates and times as Kafka Connect numbers and ISO 8601 text.
 *
 * Inputs are PostgreSQL's own: days or microseconds since 2000-01-01, the
 * infinities at the ends of the integer's range (PostgreSQL, timestamp.h,
 * date.h).  Outputs count from 1970-01-01.  The calendar is the proleptic
 * Gregorian one throughout, with a year 0 (1 BC), as in PostgreSQL and
 * java.time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_TIME_H
#define WALFERRY_TIME_H

#include "buffer.h"

#define WF_MICROSECONDS_PER_SECOND INT64_C(1000000)
#define WF_MICROSECONDS_PER_DAY INT64_C(86400000000)

/* Days from 1970-01-01 to 2000-01-01. */
#define WF_POSTGRES_EPOCH_DAYS 10957
#define WF_POSTGRES_EPOCH_MICROSECONDS (WF_POSTGRES_EPOCH_DAYS * WF_MICROSECONDS_PER_DAY)

/* Room for any text written here. */
#define WF_TIME_TEXT_MAX 48

/* Days since 2000-01-01: 4714-11-24 BC to 5874897-12-31 and to 294276-12-31. */
#define WF_DATE_MIN INT64_C(-2451545)
#define WF_DATE_MAX INT64_C(2145031948)
#define WF_TIMESTAMP_DATE_MAX INT64_C(106751982)

/* PostgreSQL's MAX_TZDISP_HOUR: less than 16 hours either way. */
#define WF_ZONE_SECONDS_END (16 * 3600)

/* Whether a date or timestamp is one that PostgreSQL has, but for the infinities. */
static inline bool
wf_date_is_finite(int64_t days)
{
	return days >= WF_DATE_MIN && days <= WF_DATE_MAX;
}

/* A column of less precision may have rounded up the end, which the server lets be. */
static inline bool
wf_timestamp_is_finite(int64_t timestamp)
{
	return timestamp >= WF_DATE_MIN * WF_MICROSECONDS_PER_DAY &&
		timestamp <= (WF_TIMESTAMP_DATE_MAX + 1) * WF_MICROSECONDS_PER_DAY;
}

/* 24:00 is a time of day, too. */
static inline bool
wf_time_is_possible(int64_t microseconds)
{
	return microseconds >= 0 && microseconds <= WF_MICROSECONDS_PER_DAY;
}

static inline bool
wf_zone_is_possible(int64_t zone_seconds)
{
	return zone_seconds < WF_ZONE_SECONDS_END && zone_seconds > -WF_ZONE_SECONDS_END;
}

/* Rounded towards the past, as Java's floorDiv. */
static inline int64_t
wf_floor_milliseconds(int64_t microseconds)
{
	return microseconds / 1000 - (microseconds % 1000 < 0 ? 1 : 0);
}

/*
 * Days since 1970.  infinity and -infinity become INT32_MAX and INT32_MIN,
 * whereas Debezium streams 2146033979 and -2147472691, dates that exist.
 */
extern int32_t wf_date_days(int32_t date);

/*
 * Microseconds since 1970, kept within the range of int64: PostgreSQL's
 * timestamps end in 294276, int64 microseconds since 1970 in 294247.
 * The infinities become INT64_MAX and INT64_MIN.
 */
extern int64_t wf_timestamp_microseconds(int64_t timestamp);

/* Whether that is not the timestamp itself any more; true of infinity too. */
static inline bool
wf_timestamp_is_beyond_microseconds(int64_t timestamp)
{
	return timestamp > INT64_MAX - WF_POSTGRES_EPOCH_MICROSECONDS;
}

/*
 * Milliseconds since 1970, rounded towards the past.  The infinities become
 * what the JDBC driver's do (org.postgresql.PGStatement, DATE_POSITIVE_INFINITY).
 */
extern int64_t wf_timestamp_milliseconds(int64_t timestamp);

/*
 * UTC text with exactly fraction_digits digits, "infinity" or "-infinity".
 * Years beyond 9999 get a sign, years before 1 are astronomical: 44 BC is
 * -0043 (java.time.format.DateTimeFormatter).  Returns the length.
 */
extern size_t wf_timestamptz_text(char text[WF_TIME_TEXT_MAX], int64_t timestamp,
								  int fraction_digits);

/*
 * Time of day, shifted to UTC, with as many fraction digits as it needs.
 * zone_seconds: west of UTC.  24:00:00 in UTC stays 24:00:00Z.
 */
extern size_t wf_timetz_text(char text[WF_TIME_TEXT_MAX], int64_t microseconds,
							 int32_t zone_seconds);

/*
 * The microseconds of an interval, a month being 30.4375 days, in Debezium's
 * floating-point arithmetic (MicroDuration.durationMicros) so that the last
 * digit agrees, too; kept within the range of int64.
 */
extern int64_t wf_interval_microseconds(int64_t microseconds, int32_t days, int32_t months);

/* A date of the proleptic Gregorian calendar; years before 1 astronomical. */
typedef struct WfCivilDate
{
	int64_t		year;
	int			month;			/* 1 to 12 */
	int			day;			/* 1 to 31 */
} WfCivilDate;

/* days: since 2000-01-01, any but the infinities */
extern WfCivilDate wf_civil_date(int64_t days);

/* The other way round: days since 2000-01-01 of a date that there is. */
extern int64_t wf_civil_days(WfCivilDate date);

/* Cuts a timestamp into days since 2000-01-01 and the microseconds of the day. */
extern void wf_timestamp_split(int64_t timestamp, int64_t *days, int64_t *microseconds);

/* 2024-02-29Z; years beyond 9999 with a sign.  Returns the length. */
extern size_t wf_iso_date_text(char text[WF_TIME_TEXT_MAX], int64_t days);

/* 2024-02-29T12:34:56.789Z, with as many fraction digits as it needs. */
extern size_t wf_iso_timestamp_text(char text[WF_TIME_TEXT_MAX], int64_t days,
									int64_t microseconds);

#endif							/* WALFERRY_TIME_H */
