/*
 * float.h
 *		Shortest text of floating-point numbers, in Java's notation.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FLOAT_H
#define WALFERRY_FLOAT_H

#include <stddef.h>

/* Room for any result and for bytes that are stored beyond it. */
#define WF_FLOAT_TEXT_MAX 48

/*
 * Writes value and returns the number of bytes, without a NUL: the shortest
 * digits that read back as the same value, and of those the closest to it, as
 * Double.toString and Float.toString lay them out (1.0, 1.0E7, 1.0E-4, -0.0;
 * NaN, Infinity, -Infinity).  Independent of the locale.
 */
extern size_t wf_float8_text(char text[WF_FLOAT_TEXT_MAX], double value);
extern size_t wf_float4_text(char text[WF_FLOAT_TEXT_MAX], float value);

#endif							/* WALFERRY_FLOAT_H */
