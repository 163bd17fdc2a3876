/*
 * decimal.h
 *		PostgreSQL's numeric as Kafka Connect's Decimal.
 *
 * A Decimal's value is the unscaled integer, value * 10^scale, in big-endian
 * two's complement of the fewest bytes (java.math.BigInteger.toByteArray),
 * written as a quoted base64 string.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_DECIMAL_H
#define WALFERRY_DECIMAL_H

#include "value.h"

/* The unscaled integer itself. */
extern void wf_decimal_write_int64(WfBuffer *buffer, int64_t unscaled);

/*
 * units / 10^fraction_digits at a scale.  False, appending nothing, if that
 * would have to be rounded.
 */
extern bool wf_decimal_write_rescaled(WfBuffer *buffer, int64_t units, int32_t fraction_digits,
									  int32_t scale);

/*
 * A finite numeric at a scale >= 0.  A value with more fraction digits than
 * the scale, which a column of that scale can't hold, is rounded half away
 * from zero, as PostgreSQL would round it.  Any size goes; big ones use
 * memory behind the buffer's content for the time of the call.
 */
extern void wf_decimal_write(WfBuffer *buffer, const WfNumeric *numeric, int32_t scale);

/*
 * The same at out, where there is room for WF_JSON_BASE64_INTEGER_MAX bytes, if
 * the integer has at most 18 digits; else NULL.  Returns the end.
 */
extern char *wf_decimal_put(char *out, const WfNumeric *numeric, int32_t scale);

/* The smallest scale >= 0 at which a finite numeric is an integer. */
extern int32_t wf_decimal_natural_scale(const WfNumeric *numeric);

#endif							/* WALFERRY_DECIMAL_H */
