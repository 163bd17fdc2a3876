/*
 * value_short.h
 *		The values of most columns, whose text has a bound.
 *
 * They are written where the caller has made room for the longest of them, so
 * that neither a check nor a look at the buffer's fields stands between a row's
 * numbers and their digits: that is what a wide row spent a tenth of its time
 * on.  wf_value_write() takes these forms from here, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_VALUE_SHORT_H
#define WALFERRY_VALUE_SHORT_H

#include "decimal.h"
#include "digits.h"
#include "float.h"
#include "time.h"
#include "value_forms.h"

#define WF_SHORT_VALUE_MAX 64

_Static_assert(WF_TIME_TEXT_MAX + 2 <= WF_SHORT_VALUE_MAX &&
			   WF_FLOAT_TEXT_MAX + 2 <= WF_SHORT_VALUE_MAX,
			   "a short value may be longer than WF_SHORT_VALUE_MAX");

static inline char *
wf_put_uuid(char *out, const uint8_t *uuid)
{
	static const char hex[] = "0123456789abcdef";

	*out++ = '"';
	for (int i = 0; i < WF_UUID_BYTES; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = hex[uuid[i] >> 4];
		*out++ = hex[uuid[i] & 15];
	}
	*out++ = '"';
	return out;
}

static inline char *
wf_put_zoned_timestamp(char *out, int64_t timestamp, int32_t precision)
{
	*out++ = '"';
	out += wf_timestamptz_text(out, timestamp, precision);
	*out++ = '"';
	return out;
}

/*
 * A PRESENT value at out, where there is room for WF_SHORT_VALUE_MAX bytes.
 * Returns the end; NULL if the field's form has no bound, or the value is one
 * that its form writes in another way than usual.
 */
static inline char *
wf_value_put_short(char *out, const WfField *field, const WfValue *value)
{
	switch (field->form)
	{
		case WF_FORM_BOOLEAN:
			memcpy(out, value->as.boolean ? "true " : "false", 5);
			return out + 5 - value->as.boolean;
		case WF_FORM_INT16:
		case WF_FORM_INT32:
		case WF_FORM_INT64:
			return wf_put_int64(out, value->as.integer);
		case WF_FORM_FLOAT:
			return wf_json_put_float4(out, value->as.float4);
		case WF_FORM_DOUBLE:
			return wf_json_put_float8(out, value->as.float8);
		case WF_FORM_DECIMAL:
			if (value->as.numeric.sign > WF_NUMERIC_NEGATIVE)
				return NULL;
			return wf_decimal_put(out, &value->as.numeric, field->scale);
		case WF_FORM_ZONED_TIMESTAMP:
			return wf_put_zoned_timestamp(out, value->as.integer, field->precision);
		case WF_FORM_TIMESTAMP_US:
			if (wf_timestamp_is_beyond_microseconds(value->as.integer) ||
				value->as.integer == INT64_MIN)
				return NULL;
			return wf_put_int64(out, wf_timestamp_microseconds(value->as.integer));
		case WF_FORM_DATE:
			if (value->as.integer == INT32_MAX || value->as.integer == INT32_MIN)
				return NULL;
			return wf_put_int64(out, value->as.integer + WF_POSTGRES_EPOCH_DAYS);
		case WF_FORM_UUID:
			return wf_put_uuid(out, value->as.uuid);
		default:
			return NULL;
	}
}

#endif							/* WALFERRY_VALUE_SHORT_H */
