/*
 * read_text_time.c
 *		Dates, times and intervals from their text.
 *
 * Follows PostgreSQL's datetime.c: EncodeDateOnly, EncodeTimeOnly and
 * EncodeDateTime with DateStyle ISO, EncodeTimezone, EncodeInterval with
 * IntervalStyle postgres; and the ranges of timestamp.h, date.h.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_text.h"

#include "read_text_scan.h"
#include "time.h"

#define FRACTION_DIGITS_MAX 6
#define SECONDS_PER_MINUTE 60
#define SECONDS_PER_HOUR 3600
#define MICROSECONDS_PER_MINUTE (60 * WF_MICROSECONDS_PER_SECOND)
#define MICROSECONDS_PER_HOUR (3600 * WF_MICROSECONDS_PER_SECOND)
#define MONTHS_PER_YEAR 12

#define YEAR_DIGITS_MIN 4
#define YEAR_DIGITS_MAX 7

/* The Gregorian calendar repeats after 400 years. */
#define DAYS_PER_ERA 146097
#define YEARS_PER_ERA 400
#define ERA_START_TO_POSTGRES_EPOCH 730425	/* days from 0000-03-01 */

/* A number of minimum to maximum digits, all that come next. */
static bool
take_number(WfSlice *text, size_t minimum, size_t maximum, int64_t *number)
{
	WfSlice		digits = wf_take_digits(text);

	if (digits.length < minimum || digits.length > maximum)
		return false;
	*number = 0;
	for (size_t i = 0; i < digits.length; i++)
		*number = *number * 10 + (digits.data[i] - '0');
	return true;
}

/* The same of two digits, which nearly all numbers have. */
static inline bool
take_two_digits(WfSlice *text, int64_t maximum, int64_t *number)
{
	const char *data = text->data;

	if (text->length < 2 || !wf_is_digit(data[0]) || !wf_is_digit(data[1]) ||
		(text->length > 2 && wf_is_digit(data[2])))
		return false;
	*number = (data[0] - '0') * 10 + (data[1] - '0');
	wf_skip(text, 2);
	return *number <= maximum;
}

/* ---- dates ---- */

static int
days_of_month(int64_t year, int month)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool		leap = year % 4 == 0 && (year % 100 != 0 || year % YEARS_PER_ERA == 0);

	return days[month - 1] + (month == 2 && leap ? 1 : 0);
}

/* Days since 2000-01-01; year 0 is 1 BC.  Years are counted from March on. */
static int64_t
days_of_date(int64_t year, int month, int day)
{
	int64_t		march_year = month > 2 ? year : year - 1;
	int			march_month = month > 2 ? month - 3 : month + 9;
	int64_t		era = (march_year - (march_year < 0 ? YEARS_PER_ERA - 1 : 0)) / YEARS_PER_ERA;
	int64_t		year_of_era = march_year - era * YEARS_PER_ERA;
	int64_t		day_of_year = (153 * march_month + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - ERA_START_TO_POSTGRES_EPOCH;
}

/* What a date's digits say; whether it is before Christ is told at the end. */
typedef struct DateFields
{
	int64_t		year;
	int64_t		month;
	int64_t		day;
} DateFields;

static bool
take_date(WfSlice *text, DateFields *date)
{
	return take_number(text, YEAR_DIGITS_MIN, YEAR_DIGITS_MAX, &date->year) &&
		wf_take_char(text, '-') && take_two_digits(text, 12, &date->month) &&
		wf_take_char(text, '-') && take_two_digits(text, 31, &date->day);
}

/* Takes the text's end, " BC" or none. */
static bool
finish_date(WfSlice text, const DateFields *date, int64_t *days)
{
	int64_t		year = date->year;

	if (wf_take_text(&text, WF_LITERAL(" BC")))
		year = 1 - year;
	if (text.length > 0 || date->year == 0 || date->month == 0 || date->day == 0 ||
		date->day > days_of_month(year, (int) date->month))
		return false;
	*days = days_of_date(year, (int) date->month, (int) date->day);
	return true;
}

bool
wf_read_date(WfSlice text, int64_t *days)
{
	DateFields	date;

	if (wf_is_text(text, WF_LITERAL("infinity")))
	{
		*days = INT32_MAX;
		return true;
	}
	if (wf_is_text(text, WF_LITERAL("-infinity")))
	{
		*days = INT32_MIN;
		return true;
	}
	return take_date(&text, &date) && finish_date(text, &date, days) &&
		wf_date_is_finite(*days);
}

/* ---- times ---- */

/* Up to six digits after a point, if there is one, as microseconds. */
static bool
take_fraction(WfSlice *text, int64_t *microseconds)
{
	size_t		before;

	*microseconds = 0;
	if (!wf_take_char(text, '.'))
		return true;
	before = text->length;
	if (!take_number(text, 1, FRACTION_DIGITS_MAX, microseconds))
		return false;
	for (size_t i = before - text->length; i < FRACTION_DIGITS_MAX; i++)
		*microseconds *= 10;
	return true;
}

/* :MM:SS[.ffffff] */
static bool
take_minutes(WfSlice *text, int64_t *microseconds)
{
	int64_t		minutes;
	int64_t		seconds;
	int64_t		fraction;

	if (!wf_take_char(text, ':') || !take_two_digits(text, 59, &minutes) ||
		!wf_take_char(text, ':') || !take_two_digits(text, 59, &seconds) ||
		!take_fraction(text, &fraction))
		return false;
	*microseconds = minutes * MICROSECONDS_PER_MINUTE + seconds * WF_MICROSECONDS_PER_SECOND +
		fraction;
	return true;
}

static bool
take_time(WfSlice *text, int64_t *microseconds)
{
	int64_t		hours;
	int64_t		rest;

	if (!take_two_digits(text, 24, &hours) || !take_minutes(text, &rest))
		return false;
	*microseconds = hours * MICROSECONDS_PER_HOUR + rest;
	return wf_time_is_possible(*microseconds);
}

/* +HH[:MM[:SS]], as seconds west of UTC. */
static bool
take_zone(WfSlice *text, int64_t *zone_seconds)
{
	bool		west = wf_take_char(text, '-');
	int64_t		hours;
	int64_t		minutes = 0;
	int64_t		seconds = 0;

	if ((!west && !wf_take_char(text, '+')) || !take_two_digits(text, 15, &hours))
		return false;
	if (wf_take_char(text, ':') &&
		(!take_two_digits(text, 59, &minutes) ||
		 (wf_take_char(text, ':') && !take_two_digits(text, 59, &seconds))))
		return false;
	*zone_seconds = hours * SECONDS_PER_HOUR + minutes * SECONDS_PER_MINUTE + seconds;
	if (!west)
		*zone_seconds = -*zone_seconds;
	return wf_zone_is_possible(*zone_seconds);
}

bool
wf_read_time(WfSlice text, int64_t *microseconds)
{
	return take_time(&text, microseconds) && text.length == 0;
}

bool
wf_read_timetz(WfSlice text, WfTimeTz *value)
{
	int64_t		zone_seconds;

	if (!take_time(&text, &value->microseconds) || !take_zone(&text, &zone_seconds) ||
		text.length > 0)
		return false;
	value->zone_seconds = (int32_t) zone_seconds;
	return true;
}

/* ---- timestamps ---- */

static bool
read_timestamp(WfSlice text, bool with_zone, int64_t *microseconds)
{
	DateFields	date;
	int64_t		days;
	int64_t		time;
	int64_t		zone_seconds = 0;

	if (wf_is_text(text, WF_LITERAL("infinity")))
	{
		*microseconds = INT64_MAX;
		return true;
	}
	if (wf_is_text(text, WF_LITERAL("-infinity")))
	{
		*microseconds = INT64_MIN;
		return true;
	}
	if (!take_date(&text, &date) || !wf_take_char(&text, ' ') || !take_time(&text, &time) ||
		(with_zone && !take_zone(&text, &zone_seconds)) ||
		!finish_date(text, &date, &days))
		return false;
	/* in another zone than UTC a timestamp may be of the day before or after */
	if (days < WF_DATE_MIN - 1 || days > WF_TIMESTAMP_DATE_MAX + 1)
		return false;
	*microseconds = days * WF_MICROSECONDS_PER_DAY + time +
		zone_seconds * WF_MICROSECONDS_PER_SECOND;
	return wf_timestamp_is_finite(*microseconds);
}

bool
wf_read_timestamp(WfSlice text, int64_t *microseconds)
{
	return read_timestamp(text, false, microseconds);
}

bool
wf_read_timestamptz(WfSlice text, int64_t *microseconds)
{
	return read_timestamp(text, true, microseconds);
}

/* ---- intervals ---- */

/* Digits with or without a sign; PostgreSQL writes '+' after a negative part. */
static bool
take_signed(WfSlice *text, int64_t *number, bool *negative)
{
	*negative = wf_take_char(text, '-');
	if (!*negative)
		wf_take_char(text, '+');
	return take_number(text, 1, 10, number);
}

/* [-]HH:MM:SS[.ffffff]: hours have at least two digits, all parts one sign. */
static bool
finish_time_part(WfSlice text, size_t hour_digits, int64_t hours, bool negative,
				 int64_t *microseconds)
{
	int64_t		rest;

	if (hour_digits < 2 || !take_minutes(&text, &rest) || text.length > 0)
		return false;
	if (negative)
	{
		hours = -hours;
		rest = -rest;
	}
	return !__builtin_mul_overflow(hours, MICROSECONDS_PER_HOUR, microseconds) &&
		!__builtin_add_overflow(*microseconds, rest, microseconds);
}

typedef enum IntervalUnit
{
	UNIT_YEAR,
	UNIT_MONTH,
	UNIT_DAY,
	UNIT_COUNT
} IntervalUnit;

/* " year", " mons", …: a unit after *next, which is set to what may follow. */
static bool
take_unit(WfSlice *text, int64_t number, IntervalUnit *next, IntervalUnit *unit)
{
	static const struct
	{
		const char *name;
		size_t		length;
	}			names[UNIT_COUNT] = {{" year", 5}, {" mon", 4}, {" day", 4}};

	for (*unit = *next; *unit < UNIT_COUNT; (*unit)++)
	{
		if (wf_take_text(text, wf_slice(names[*unit].name, names[*unit].length)))
		{
			*next = *unit + 1;
			/* "1 day", "-1 days": only the positive one is singular */
			return wf_take_char(text, 's') == (number != 1);
		}
	}
	return false;
}

static bool
add_part(WfInterval *value, int64_t number, IntervalUnit unit)
{
	if (unit == UNIT_DAY)
	{
		value->days = (int32_t) number;
		return number >= INT32_MIN && number <= INT32_MAX;
	}
	number = (unit == UNIT_YEAR ? number * MONTHS_PER_YEAR : number) + value->months;
	value->months = (int32_t) number;
	return number >= INT32_MIN && number <= INT32_MAX;
}

static bool
read_infinite_interval(WfSlice text, WfInterval *value)
{
	bool		negative = wf_take_char(&text, '-');

	if (!wf_is_text(text, WF_LITERAL("infinity")))
		return false;
	value->microseconds = negative ? INT64_MIN : INT64_MAX;
	value->days = negative ? INT32_MIN : INT32_MAX;
	value->months = negative ? INT32_MIN : INT32_MAX;
	return true;
}

bool
wf_read_interval(WfSlice text, WfInterval *value)
{
	IntervalUnit next = UNIT_YEAR;
	IntervalUnit unit;

	memset(value, 0, sizeof(*value));
	if (read_infinite_interval(text, value))
		return true;
	for (;;)
	{
		size_t		before;
		int64_t		number;
		bool		negative;

		before = text.length;
		if (!take_signed(&text, &number, &negative))
			return false;
		if (text.length > 0 && text.data[0] == ':')
			return finish_time_part(text, before - text.length - (negative ? 1 : 0), number,
									negative, &value->microseconds);
		if (negative)
			number = -number;
		if (!take_unit(&text, number, &next, &unit) || !add_part(value, number, unit))
			return false;
		if (text.length == 0)
			return true;
		if (!wf_take_char(&text, ' '))
			return false;
	}
}
