/*
 * time.c
 *		PostgreSQL's dates and times as Kafka Connect numbers and ISO 8601 text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "time.h"

#include "digits.h"

/* pgjdbc's infinities, in milliseconds */
#define MILLISECONDS_PLUS_INFINITY INT64_C(9223372036825200000)
#define MILLISECONDS_MINUS_INFINITY INT64_C(-9223372036832400000)

/* The Gregorian calendar repeats after 400 years. */
#define DAYS_PER_ERA 146097
#define YEARS_PER_ERA 400

/* Days from 0000-03-01, where an era is best begun, to 2000-01-01. */
#define ERA_START_TO_POSTGRES_EPOCH 730425

#define DAYS_PER_MONTH_AVERAGE 30.4375

static inline int64_t
floor_divide(int64_t value, int64_t divisor)
{
	int64_t		quotient = value / divisor;

	return quotient - (value % divisor < 0);
}

int32_t
wf_date_days(int32_t date)
{
	if (date == INT32_MAX || date == INT32_MIN)
		return date;
	if (date > INT32_MAX - WF_POSTGRES_EPOCH_DAYS)
		return INT32_MAX;
	return date + WF_POSTGRES_EPOCH_DAYS;
}

int64_t
wf_timestamp_microseconds(int64_t timestamp)
{
	if (timestamp == INT64_MIN)
		return INT64_MIN;
	if (wf_timestamp_is_beyond_microseconds(timestamp))
		return INT64_MAX;
	return timestamp + WF_POSTGRES_EPOCH_MICROSECONDS;
}

int64_t
wf_timestamp_milliseconds(int64_t timestamp)
{
	if (timestamp == INT64_MAX)
		return MILLISECONDS_PLUS_INFINITY;
	if (timestamp == INT64_MIN)
		return MILLISECONDS_MINUS_INFINITY;
	return floor_divide(timestamp, 1000) + WF_POSTGRES_EPOCH_MICROSECONDS / 1000;
}

/*
 * Within an era, all divisions are multiplications of 32 bits (Neri and
 * Schneider, "Euclidean affine functions and their application to calendar
 * algorithms", 2022): a century has 146097 / 4 days, a year of it 1461 / 4,
 * and from March on months have 30.6 days on average and in order, so that
 * month and day are the two halves of one product.
 */
WfCivilDate
wf_civil_date(int64_t days)
{
	WfCivilDate date;
	int64_t		since_start = days + ERA_START_TO_POSTGRES_EPOCH;
	int64_t		era = since_start >= 0 && since_start <= UINT32_MAX ?
	(int64_t) ((uint32_t) since_start / DAYS_PER_ERA) :
	floor_divide(since_start, DAYS_PER_ERA);
	uint32_t	quarters = 4 * (uint32_t) (since_start - era * DAYS_PER_ERA) + 3;
	uint32_t	century = quarters / DAYS_PER_ERA;
	uint64_t	year_product = UINT64_C(2939745) * (quarters % DAYS_PER_ERA | 3);
	uint32_t	day_of_year = (uint32_t) year_product / 2939745 / 4;
	uint32_t	month_product = 2141 * day_of_year + 197913;
	bool		is_next_year = day_of_year >= 306;	/* January and February */

	date.year = era * YEARS_PER_ERA + 100 * century + (int64_t) (year_product >> 32) +
		is_next_year;
	date.month = (int) (month_product >> 16) - (is_next_year ? 12 : 0);
	date.day = (int) ((month_product & 0xFFFF) / 2141) + 1;
	return date;
}

int64_t
wf_civil_days(WfCivilDate date)
{
	/* years that begin in March */
	int64_t		year = date.year - (date.month < 3 ? 1 : 0);
	int			month = date.month - (date.month < 3 ? -9 : 3);
	int64_t		era = floor_divide(year, YEARS_PER_ERA);
	int64_t		year_of_era = year - era * YEARS_PER_ERA;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		(153 * month + 2) / 5 + date.day - 1 - ERA_START_TO_POSTGRES_EPOCH;
}

/* days: since 2000-01-01 */
static char *
put_date(char *out, int64_t days)
{
	WfCivilDate date = wf_civil_date(days);

	if (date.year >= 0 && date.year <= 9999)
		out = wf_put_four(out, (unsigned) date.year);
	else
	{
		uint64_t	year = date.year < 0 ? -(uint64_t) date.year : (uint64_t) date.year;

		*out++ = date.year < 0 ? '-' : '+';
		out = year > 9999 ? wf_put_uint64(out, year) : wf_put_four(out, (unsigned) year);
	}
	*out++ = '-';
	out = wf_put_two(out, (unsigned) date.month);
	*out++ = '-';
	return wf_put_two(out, (unsigned) date.day);
}

static char *
put_time_of_day(char *out, int64_t microseconds, int fraction_digits)
{
	uint32_t	seconds = (uint32_t) (microseconds / WF_MICROSECONDS_PER_SECOND);
	uint32_t	fraction = (uint32_t) (microseconds % WF_MICROSECONDS_PER_SECOND);

	out = wf_put_two(out, seconds / 3600 % 100);	/* no input may leave the table */
	*out++ = ':';
	out = wf_put_two(out, seconds / 60 % 60);
	*out++ = ':';
	out = wf_put_two(out, seconds % 60);
	if (fraction_digits > 0)
	{
		*out++ = '.';
		wf_put_four(wf_put_two(out, fraction / 10000), fraction % 10000);
		out += fraction_digits;
	}
	*out++ = 'Z';
	return out;
}

void
wf_timestamp_split(int64_t timestamp, int64_t *days, int64_t *microseconds)
{
	*days = floor_divide(timestamp, WF_MICROSECONDS_PER_DAY);
	/* not days * MICROSECONDS_PER_DAY, which may lie below the range */
	*microseconds = timestamp % WF_MICROSECONDS_PER_DAY;
	if (*microseconds < 0)
		*microseconds += WF_MICROSECONDS_PER_DAY;
}

size_t
wf_timestamptz_text(char text[WF_TIME_TEXT_MAX], int64_t timestamp, int fraction_digits)
{
	int64_t		days;
	int64_t		microseconds;
	char	   *out;

	if (timestamp == INT64_MAX || timestamp == INT64_MIN)
	{
		const char *word = timestamp > 0 ? "infinity" : "-infinity";

		memcpy(text, word, strlen(word));
		return strlen(word);
	}
	wf_timestamp_split(timestamp, &days, &microseconds);
	out = put_date(text, days);
	*out++ = 'T';
	out = put_time_of_day(out, microseconds, fraction_digits);
	return (size_t) (out - text);
}

/* Fraction digits that tell all of a time of day. */
static int
needed_digits(int64_t microseconds)
{
	int64_t		fraction = microseconds % WF_MICROSECONDS_PER_SECOND;
	int			digits = 6;

	if (fraction == 0)
		return 0;
	for (; fraction % 10 == 0; fraction /= 10)
		digits--;
	return digits;
}

size_t
wf_iso_date_text(char text[WF_TIME_TEXT_MAX], int64_t days)
{
	char	   *out = put_date(text, days);

	*out++ = 'Z';
	return (size_t) (out - text);
}

size_t
wf_iso_timestamp_text(char text[WF_TIME_TEXT_MAX], int64_t days, int64_t microseconds)
{
	char	   *out = put_date(text, days);

	*out++ = 'T';
	out = put_time_of_day(out, microseconds, needed_digits(microseconds));
	return (size_t) (out - text);
}

size_t
wf_timetz_text(char text[WF_TIME_TEXT_MAX], int64_t microseconds, int32_t zone_seconds)
{
	if (zone_seconds != 0)
	{
		microseconds = (microseconds + zone_seconds * WF_MICROSECONDS_PER_SECOND)
			% WF_MICROSECONDS_PER_DAY;
		if (microseconds < 0)
			microseconds += WF_MICROSECONDS_PER_DAY;
	}
	return (size_t) (put_time_of_day(text, microseconds, needed_digits(microseconds)) - text);
}

int64_t
wf_interval_microseconds(int64_t microseconds, int32_t days, int32_t months)
{
	int64_t		whole_seconds = microseconds / WF_MICROSECONDS_PER_SECOND;
	int64_t		fraction = microseconds % WF_MICROSECONDS_PER_SECOND;

	/*
	 * One operation per statement, into memory: neither excess precision nor a
	 * fused multiply-add may make the result differ from Java's.  All parts
	 * have the sign of the whole, as the time part of PostgreSQL's text does.
	 */
	volatile double seconds = (double) fraction / 1e6;
	volatile double total = (double) months * DAYS_PER_MONTH_AVERAGE;

	seconds = (double) (whole_seconds % 60) + seconds;
	total = total + (double) days;
	total = total * 24;
	total = total + (double) (whole_seconds / 3600);
	total = total * 60;
	total = total + (double) (whole_seconds / 60 % 60);
	total = total * 60;
	total = total + seconds;
	total = total * 1e6;

	/* Java's conversion from double to long */
	if (total >= 9223372036854775807.0)
		return INT64_MAX;
	if (total <= -9223372036854775808.0)
		return INT64_MIN;
	return (int64_t) total;
}
