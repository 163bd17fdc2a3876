/*
 * json_exact.c
 *		Does BigQuery keep every number of a JSON document as it is?
 *
 * Its JSON type holds INT64, UINT64 and FLOAT64.  A number with a fraction or
 * an exponent counts as kept if FLOAT64 prints the same digits again; that is
 * stricter than asking for the same value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>

#include "shipper/bigquery/encode.h"

/* Significant digits that every FLOAT64 of normal size prints again. */
#define FLOAT_SAFE_DIGITS 15
#define FLOAT_SAFE_EXPONENT 290
#define FLOAT_DIGITS_MAX 17

/*
 * The digits that count (at most size - 1 of them, NUL-terminated) and the
 * power of ten of the first; false if there are more.  Zero has no digits.
 */
static bool
significant_digits(WfSlice number, char *digits, size_t size, int *exponent)
{
	const char *p = number.data;
	const char *end = number.data + number.length;
	size_t		count = 0;
	long		power = 0;
	bool		behind_point = false;
	long		written = 0;

	if (p < end && *p == '-')
		p++;
	for (; p < end && *p != 'e' && *p != 'E'; p++)
	{
		if (*p == '.')
		{
			behind_point = true;
			continue;
		}
		if (count == 0 && *p == '0')
		{
			if (behind_point)
				power--;
			continue;
		}
		if (count < size - 1)
			digits[count++] = *p;
		else if (*p != '0')
			return false;
		if (!behind_point)
			power++;
	}
	while (count > 0 && digits[count - 1] == '0')
		count--;
	digits[count] = '\0';
	if (p < end)
	{
		bool		negative = p[1] == '-';

		for (p += (p[1] == '-' || p[1] == '+') ? 2 : 1; p < end && written < 100000; p++)
			written = written * 10 + (*p - '0');
		power += negative ? -written : written;
	}
	*exponent = (int) (power > 200000 ? 200000 : power < -200000 ? -200000 : power);
	return true;
}

/* Does FLOAT64 print this number's digits again? */
static bool
float_is_exact(WfSlice number)
{
	char		digits[64];
	char		text[96];
	int			exponent;

	if (!significant_digits(number, digits, FLOAT_DIGITS_MAX + 1, &exponent))
		return false;
	if (digits[0] == '\0')
		return true;
	if (exponent > FLOAT_SAFE_EXPONENT || exponent < -FLOAT_SAFE_EXPONENT)
		return false;
	if (strlen(digits) <= FLOAT_SAFE_DIGITS)
		return true;
	for (int precision = FLOAT_SAFE_DIGITS; precision <= FLOAT_DIGITS_MAX; precision++)
	{
		char		again[64];
		int			again_exponent;
		double		value;

		/*
		 * the shortest text that reads back as the same value is what is
		 * printed
		 */
		snprintf(text, sizeof(text), "0.%se%d", digits, exponent);
		value = strtod(text, NULL);
		snprintf(again, sizeof(again), "%.*e", precision - 1, value);
		if (strtod(again, NULL) != value)
			continue;
		if (!significant_digits(wf_slice(again, strlen(again)), text, sizeof(text),
								&again_exponent))
			return false;
		return again_exponent == exponent && strcmp(text, digits) == 0;
	}
	return false;
}

static bool
number_is_exact(WfSlice number)
{
	int64_t		value;

	if (wf_json_read_int64(number, &value))
		return true;
	if (memchr(number.data, '.', number.length) == NULL &&
		memchr(number.data, 'e', number.length) == NULL &&
		memchr(number.data, 'E', number.length) == NULL)
	{
		/* an integer beyond INT64: UINT64 is the only other integer there is */
		static const char uint64_max[] = "18446744073709551615";

		return number.data[0] != '-' && number.length <= sizeof(uint64_max) - 1 &&
			(number.length < sizeof(uint64_max) - 1 ||
			 memcmp(number.data, uint64_max, number.length) <= 0);
	}
	return float_is_exact(number);
}

bool
bq_json_is_exact(WfSlice text)
{
	WfJsonReader reader;
	WfJsonToken token;

	wf_json_reader_init(&reader, text.data, text.length);
	while ((token = wf_json_next(&reader)) != WF_TOKEN_END)
	{
		if (token == WF_TOKEN_ERROR)
			return false;
		if (token == WF_TOKEN_NUMBER && !number_is_exact(reader.text))
			return false;
	}
	return true;
}
