/*
 * value_text.h
 *		From Kafka Connect's encodings of numbers and times to exact text.
 *
 * Text is what BigQuery takes for NUMERIC, DATETIME and TIME, and what stands
 * in _overflow for a value that no column can hold; so nothing here rounds,
 * and nothing has a range smaller than its source.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_VALUE_TEXT_H
#define WALFERRY_VALUE_TEXT_H

#include "envelope/buffer.h"

/* 64 KiB in base64: more than PostgreSQL's largest numeric has (131072 + 16383 digits). */
#define DECIMAL_LENGTH_MAX 87384

/* Scales beyond this would only be zeros without end. */
#define DECIMAL_SCALE_MAX 20000

/*
 * Appends unscaled * 10^-scale in plain notation ("-12.50"), unscaled being a Decimal's
 * base64.  False if it is none, or passes the limits above, or the buffer has an error.
 * base64 may not lie in the buffer.
 */
extern bool decimal_text(WfSlice base64, int scale, WfBuffer *buffer);

/* Digits that count of a plain decimal: no leading zeros in front of the
 * point, no trailing ones behind it. */
typedef struct DecimalShape
{
	int			integer_digits;
	int			fraction_digits;
} DecimalShape;

/* False if text is not a plain decimal ([-]digits[.digits]). */
extern bool decimal_shape(WfSlice text, DecimalShape *shape);

/*
 * Times are microseconds or days since 1970-01-01 in the proleptic Gregorian
 * calendar.  Years have at least four digits; year 0 is 1 BC.
 */
#define DATE_DAYS_MIN (-719162) /* 0001-01-01 */
#define DATE_DAYS_MAX 2932896	/* 9999-12-31 */
#define DAY_US INT64_C(86400000000)
#define TIMESTAMP_US_MIN (DATE_DAYS_MIN * DAY_US)
#define TIMESTAMP_US_MAX ((DATE_DAYS_MAX + 1) * DAY_US - 1)

/* Longest text of any of the three, with its terminating NUL. */
#define TIME_TEXT_MAX 48

extern size_t date_text(int64_t days, char *text);	/* 2024-02-29 */
extern size_t time_text(int64_t us, char *text);	/* 12:34:56.789012; no upper
													 * limit */
extern size_t datetime_text(int64_t us, char *text);	/* 2024-02-29T12:34:56.789012 */
extern size_t duration_text(int64_t us, char *text);	/* PT36H0M1.5S, ISO 8601 */

/*
 * Reads an ISO 8601 instant with a zone (2024-02-29T12:34:56.789Z, +02:00).
 * False if it is none, or beyond years 1 to 9999, or finer than microseconds.
 */
extern bool timestamp_parse(WfSlice text, int64_t *us);

#endif							/* WALFERRY_VALUE_TEXT_H */
