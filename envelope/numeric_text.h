/*
 * numeric_text.h
 *		Finite numerics as decimal text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_NUMERIC_TEXT_H
#define WALFERRY_NUMERIC_TEXT_H

#include "value.h"

/* Plain notation with dscale fraction digits, as numeric_out() prints it. */
extern void wf_numeric_text(WfBuffer *buffer, const WfNumeric *numeric);

/*
 * As java.math.BigDecimal.toString() prints the number at that scale: plain
 * while six zeros at most stand behind the point, else 1.5E-7.
 */
extern void wf_numeric_java_text(WfBuffer *buffer, const WfNumeric *numeric, int32_t scale);

#endif							/* WALFERRY_NUMERIC_TEXT_H */
