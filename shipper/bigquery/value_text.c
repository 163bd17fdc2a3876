/*
 * value_text.c
 *		From Kafka Connect's encodings of numbers and times to exact text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/value_text.h"

#include <stdio.h>

#include "envelope/connect_bytes.h"

#define MARKS_MAX 4				/* "-0." */

/* Appends digits (no sign, no leading zeros) with the point where scale says. */
static void
append_scaled(WfBuffer *buffer, bool negative, const char *digits, size_t count, int scale)
{
	bool		zero = count == 1 && digits[0] == '0';

	if (negative && !zero)
		wf_buffer_append_char(buffer, '-');
	if (scale <= 0)
	{
		wf_buffer_append(buffer, digits, count);
		for (int i = 0; i < -scale && !zero; i++)
			wf_buffer_append_char(buffer, '0');
		return;
	}
	if (count <= (size_t) scale)
	{
		wf_buffer_append_literal(buffer, "0.");
		for (size_t i = count; i < (size_t) scale; i++)
			wf_buffer_append_char(buffer, '0');
		wf_buffer_append(buffer, digits, count);
		return;
	}
	wf_buffer_append(buffer, digits, count - (size_t) scale);
	wf_buffer_append_char(buffer, '.');
	wf_buffer_append(buffer, digits + count - (size_t) scale, (size_t) scale);
}

bool
decimal_text(WfSlice base64, int scale, WfBuffer *buffer)
{
	WfDecimalDigits number;

	if (base64.length > DECIMAL_LENGTH_MAX ||
		scale > DECIMAL_SCALE_MAX || scale < -DECIMAL_SCALE_MAX ||
		!wf_decimal_read(buffer, base64, DECIMAL_SCALE_MAX + MARKS_MAX, &number))
		return false;
	append_scaled(buffer, number.negative, number.digits.data, number.digits.length, scale);
	return buffer->error == WF_BUFFER_OK;
}

bool
decimal_shape(WfSlice text, DecimalShape *shape)
{
	const char *p = text.data;
	const char *end = text.data + text.length;
	const char *start;

	if (p < end && *p == '-')
		p++;
	start = p;
	while (p < end && *p == '0')
		p++;
	shape->integer_digits = 0;
	shape->fraction_digits = 0;
	for (; p < end && *p >= '0' && *p <= '9'; p++)
		shape->integer_digits++;
	if (p == start)
		return false;
	if (p < end && *p == '.')
	{
		const char *point = p++;

		for (; p < end && *p >= '0' && *p <= '9'; p++)
		{
			if (*p != '0')
				shape->fraction_digits = (int) (p - point);
		}
		if (p == point + 1)
			return false;
	}
	return p == end;
}

/* Euclidean division: the remainder is never negative. */
static int64_t
split_days(int64_t us, int64_t *rest)
{
	int64_t		days = us / DAY_US;

	*rest = us % DAY_US;
	if (*rest < 0)
	{
		*rest += DAY_US;
		days--;
	}
	return days;
}

/*
 * Gregorian calendar by eras of 400 years (146,097 days each) that begin on
 * 1 March, so that a leap day is the last day of its year.
 */
size_t
date_text(int64_t days, char *text)
{
	int64_t		since_march = days + 719468;	/* days since 0000-03-01 */
	int64_t		era = (since_march >= 0 ? since_march : since_march - 146096) / 146097;
	int64_t		day_of_era = since_march - era * 146097;
	int64_t		year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
							   day_of_era / 146096) / 365;
	int64_t		day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 -
											year_of_era / 100);
	int64_t		month_from_march = (5 * day_of_year + 2) / 153;
	int64_t		day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
	int64_t		month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
	int64_t		year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

	return (size_t) snprintf(text, TIME_TEXT_MAX, "%s%04lld-%02d-%02d", year < 0 ? "-" : "",
							 (long long) (year < 0 ? -year : year), (int) month, (int) day);
}

/* Appends .ffffff without trailing zeros; nothing for a whole second. */
static size_t
fraction_text(int64_t us, char *text)
{
	size_t		length = 7;

	if (us == 0)
		return 0;
	text[0] = '.';
	for (size_t i = 6; i > 0; i--)
	{
		text[i] = (char) ('0' + us % 10);
		us /= 10;
	}
	while (text[length - 1] == '0')
		length--;
	text[length] = '\0';
	return length;
}

size_t
time_text(int64_t us, char *text)
{
	int64_t		seconds = us / 1000000;
	size_t		length;

	length = (size_t) snprintf(text, TIME_TEXT_MAX, "%02lld:%02d:%02d", (long long) (seconds / 3600),
							   (int) (seconds / 60 % 60), (int) (seconds % 60));
	return length + fraction_text(us % 1000000, text + length);
}

size_t
datetime_text(int64_t us, char *text)
{
	int64_t		rest;
	size_t		length = date_text(split_days(us, &rest), text);

	text[length++] = 'T';
	return length + time_text(rest, text + length);
}

size_t
duration_text(int64_t us, char *text)
{
	bool		negative = us < 0;
	uint64_t	magnitude = negative ? 0 - (uint64_t) us : (uint64_t) us;
	uint64_t	seconds = magnitude / 1000000;
	const char *sign = negative ? "-" : "";
	size_t		length;

	length = (size_t) snprintf(text, TIME_TEXT_MAX, "PT%s%lluH%s%dM%s%d",
							   negative && seconds >= 3600 ? sign : "",
							   (unsigned long long) (seconds / 3600),
							   negative && seconds / 60 % 60 > 0 ? sign : "",
							   (int) (seconds / 60 % 60),
							   negative && magnitude % 60000000 > 0 ? sign : "",
							   (int) (seconds % 60));
	length += fraction_text((int64_t) (magnitude % 1000000), text + length);
	text[length++] = 'S';
	text[length] = '\0';
	return length;
}

/* Reads exactly `digits` digits. */
static bool
read_number(const char **p, const char *end, int digits, int *value)
{
	*value = 0;
	if (end - *p < digits)
		return false;
	for (int i = 0; i < digits; i++)
	{
		char		c = *(*p)++;

		if (c < '0' || c > '9')
			return false;
		*value = *value * 10 + (c - '0');
	}
	return true;
}

static bool
read_char(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return false;
	(*p)++;
	return true;
}

/* Z or +hh:mm, in seconds east of UTC. */
static bool
read_zone(const char **p, const char *end, int *seconds)
{
	int			hours;
	int			minutes;
	bool		negative;

	*seconds = 0;
	if (read_char(p, end, 'Z'))
		return true;
	negative = read_char(p, end, '-');
	if (!negative && !read_char(p, end, '+'))
		return false;
	if (!read_number(p, end, 2, &hours) || !read_char(p, end, ':') ||
		!read_number(p, end, 2, &minutes))
		return false;
	*seconds = (hours * 60 + minutes) * (negative ? -60 : 60);
	return true;
}

/* Fraction digits as microseconds; false if finer ones are not zero. */
static bool
read_fraction(const char **p, const char *end, int *us)
{
	int			scale = 100000;

	*us = 0;
	if (!read_char(p, end, '.'))
		return true;
	if (*p == end || **p < '0' || **p > '9')
		return false;
	for (; *p < end && **p >= '0' && **p <= '9'; (*p)++)
	{
		if (scale == 0 && **p != '0')
			return false;
		*us += (**p - '0') * scale;
		scale /= 10;
	}
	return true;
}

static int64_t
days_from_civil(int year, int month, int day)
{
	int			y = month <= 2 ? year - 1 : year;
	int			era = (y >= 0 ? y : y - 399) / 400;
	int			year_of_era = y - era * 400;
	int			day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int			day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return (int64_t) era * 146097 + day_of_era - 719468;
}

bool
timestamp_parse(WfSlice text, int64_t *us)
{
	const char *p = text.data;
	const char *end = text.data + text.length;
	int			year;
	int			month;
	int			day;
	int			hour;
	int			minute;
	int			second = 0;
	int			fraction = 0;
	int			zone;

	if (!read_number(&p, end, 4, &year) || !read_char(&p, end, '-') ||
		!read_number(&p, end, 2, &month) || !read_char(&p, end, '-') ||
		!read_number(&p, end, 2, &day) || !read_char(&p, end, 'T') ||
		!read_number(&p, end, 2, &hour) || !read_char(&p, end, ':') ||
		!read_number(&p, end, 2, &minute))
		return false;
	if (read_char(&p, end, ':') &&
		(!read_number(&p, end, 2, &second) || !read_fraction(&p, end, &fraction)))
		return false;
	if (!read_zone(&p, end, &zone) || p != end)
		return false;
	if (year < 1 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 ||
		minute > 59 || second > 59)
		return false;
	*us = days_from_civil(year, month, day) * DAY_US +
		((hour * 60 + minute) * INT64_C(60) + second - zone) * 1000000 + fraction;
	return *us >= TIMESTAMP_US_MIN && *us <= TIMESTAMP_US_MAX;
}
