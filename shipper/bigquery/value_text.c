/*
 * value_text.c
 *		From Kafka Connect's encodings of numbers and times to exact text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/value_text.h"

#include <stdio.h>

#define BILLION 1000000000u
#define BILLION_DIGITS 9

static int
base64_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	if (c == '/')
		return 63;
	return -1;
}

bool
base64_decode(WfSlice text, WfBuffer *buffer)
{
	size_t		padding = 0;
	size_t		produced;
	uint8_t    *out;

	if (text.length == 0)
		return true;
	if (text.length % 4 != 0)
		return false;
	while (padding < 2 && padding < text.length && text.data[text.length - 1 - padding] == '=')
		padding++;
	produced = text.length / 4 * 3;
	if (!wf_buffer_reserve(buffer, produced))
		return false;
	out = (uint8_t *) buffer->data + buffer->length;
	for (size_t i = 0; i < text.length; i += 4)
	{
		uint32_t	group = 0;

		for (size_t j = i; j < i + 4; j++)
		{
			int			value = j < text.length - padding ? base64_value(text.data[j]) : 0;

			if (value < 0)
				return false;
			group = group << 6 | (uint32_t) value;
		}
		*out++ = (uint8_t) (group >> 16);
		*out++ = (uint8_t) (group >> 8);
		*out++ = (uint8_t) group;
	}
	buffer->length += produced - padding;
	return true;
}

void
base64_encode(WfSlice bytes, WfBuffer *buffer)
{
	static const char digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *p = (const uint8_t *) bytes.data;

	for (size_t i = 0; i < bytes.length; i += 3)
	{
		size_t		count = bytes.length - i < 3 ? bytes.length - i : 3;
		uint32_t	group = (uint32_t) p[i] << 16;
		char		text[4];

		if (count > 1)
			group |= (uint32_t) p[i + 1] << 8;
		if (count > 2)
			group |= p[i + 2];
		text[0] = digits[group >> 18];
		text[1] = digits[group >> 12 & 63];
		text[2] = count > 1 ? digits[group >> 6 & 63] : '=';
		text[3] = count > 2 ? digits[group & 63] : '=';
		wf_buffer_append(buffer, text, sizeof(text));
	}
}

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

/* At most 16 bytes: fits a native integer. */
static void
small_decimal(const uint8_t *unscaled, size_t length, int scale, WfBuffer *buffer)
{
	bool		negative = (unscaled[0] & 0x80) != 0;
	unsigned __int128 value = negative ? ~(unsigned __int128) 0 : 0;
	char		digits[40];
	size_t		start = sizeof(digits);

	for (size_t i = 0; i < length; i++)
		value = value << 8 | unscaled[i];
	if (negative)
		value = -value;
	while (value > UINT64_MAX)
	{
		digits[--start] = (char) ('0' + (int) (value % 10));
		value /= 10;
	}
	for (uint64_t low = (uint64_t) value; low > 0 || start == sizeof(digits); low /= 10)
		digits[--start] = (char) ('0' + low % 10);
	append_scaled(buffer, negative, digits + start, sizeof(digits) - start, scale);
}

/*
 * Any size: the magnitude as 32-bit words is divided by a billion again and
 * again.  Words and digits take scratch space behind the text, in the same
 * buffer.
 */
static bool
large_decimal(const uint8_t *unscaled, size_t length, int scale, WfBuffer *buffer)
{
	bool		negative = (unscaled[0] & 0x80) != 0;
	size_t		word_count = (length + 3) / 4;
	size_t		digits_max = length * 5 / 2 + BILLION_DIGITS + 1;	/* log10(256) < 2.5 */
	size_t		text_max = digits_max + (size_t) (scale > 0 ? scale : -scale) + 4;
	uintptr_t	scratch;
	size_t		first = 0;
	uint32_t	carry = negative ? 1 : 0;
	uint32_t   *words;
	char	   *digits;
	size_t		start = digits_max;

	if (!wf_buffer_reserve(buffer, text_max + sizeof(uint32_t) * (word_count + 1) + digits_max))
		return false;
	scratch = (uintptr_t) (buffer->data + buffer->length + text_max);
	words = (uint32_t *) ((scratch + sizeof(uint32_t) - 1) / sizeof(uint32_t) * sizeof(uint32_t));
	digits = (char *) (words + word_count);

	for (size_t i = 0; i < word_count; i++)
	{
		uint32_t	word = 0;

		/* word i, counted from the least significant end */
		for (size_t j = 4; j-- > 0;)
		{
			size_t		from_end = i * 4 + j;
			uint8_t		byte = from_end < length ? unscaled[length - 1 - from_end] :
			(negative ? 0xFF : 0);

			word = word << 8 | byte;
		}
		if (negative)
		{
			word = ~word + carry;
			carry = carry && word == 0;
		}
		words[word_count - 1 - i] = word;
	}
	while (first < word_count && words[first] == 0)
		first++;
	while (first < word_count)
	{
		uint64_t	rest = 0;

		for (size_t i = first; i < word_count; i++)
		{
			uint64_t	part = rest << 32 | words[i];

			words[i] = (uint32_t) (part / BILLION);
			rest = part % BILLION;
		}
		while (first < word_count && words[first] == 0)
			first++;
		for (int i = 0; i < BILLION_DIGITS; i++)
		{
			digits[--start] = (char) ('0' + rest % 10);
			rest /= 10;
		}
	}
	while (start < digits_max && digits[start] == '0')
		start++;
	if (start == digits_max)
		digits[--start] = '0';
	append_scaled(buffer, negative, digits + start, digits_max - start, scale);
	return buffer->error == WF_BUFFER_OK;
}

bool
decimal_text(const uint8_t *unscaled, size_t length, int scale, WfBuffer *buffer)
{
	if (length == 0 || length > DECIMAL_BYTES_MAX ||
		scale > DECIMAL_SCALE_MAX || scale < -DECIMAL_SCALE_MAX)
		return false;
	if (length > 16)
		return large_decimal(unscaled, length, scale, buffer);
	small_decimal(unscaled, length, scale, buffer);
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
