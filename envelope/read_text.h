/*
 * read_text.h
 *		From the text that PostgreSQL's output functions print to WfValues.
 *
 * What is read is what PostgreSQL prints under the settings that walferry pins:
 * DateStyle ISO, IntervalStyle postgres, TimeZone UTC (any numeric zone goes),
 * extra_float_digits >= 1, lc_monetary C; bytea in either of its forms.  The
 * catalogue's default expressions, pgoutput's rows and COPY speak this text.
 * It is read strictly: what the output functions would not print, another
 * style of date or blanks around a number, is refused, because a text that
 * was misunderstood would be published as a value that is not in the table.
 * More digits than PostgreSQL prints are no misunderstanding and are read.
 *
 * Split by kind: read_text_number.c, read_text_float.c, read_text_time.c,
 * read_text_bytes.c, read_text_shape.c, read_text_array.c; read_text.c picks the
 * reader.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_READ_TEXT_H
#define WALFERRY_READ_TEXT_H

#include "value.h"

/*
 * Memory for what a value can't borrow from its text: decimal digits, bytes,
 * an array's cursor.  The caller's; values point into it until it sets used
 * back to 0 and reads others.
 */
typedef struct WfScratch
{
	char	   *memory;
	size_t		size;
	size_t		used;
} WfScratch;

/* Scratch that suffices for any value of so many bytes of text. */
#define WF_SCRATCH_SIZE(text_length) (3 * (text_length) + 512)

/* Likewise, of a type that is known: most kinds borrow their text and need none. */
extern size_t wf_text_scratch_size(const WfType *type, size_t text_length);

/*
 * Fills value (PRESENT) from text, the output of type's output function in
 * UTF-8.  The value borrows from text, from type and from scratch.  An array is
 * read to its end once, so that its next() can't fail; what next() gives lives
 * until the call after it.
 *
 * False if the text is not that of a value of that type: malformed, or beyond
 * the type's range.  Also false if scratch is too small, which it is not if it
 * has WF_SCRATCH_SIZE() to spare.  *value is then undefined.
 */
extern bool wf_read_text(WfScratch *scratch, const WfType *type, WfSlice text, WfValue *value);

/* ---- the readers by kind ---- */

/* A decimal integer with an optional '-' within [minimum, maximum]. */
extern bool wf_read_integer(WfSlice text, int64_t minimum, int64_t maximum, int64_t *value);

/* Rounded half to even, exactly; false if it overflows or becomes zero. */
extern bool wf_read_float8(WfSlice text, double *value);
extern bool wf_read_float4(WfSlice text, float *value);

/*
 * The same of a number of JSON, as Java's Double.parseDouble() reads it: infinite beyond
 * the range, zero below it.
 */
extern double wf_read_float8_unbounded(WfSlice number);

/* Digits are put into scratch, in numeric.c's normal form. */
extern bool wf_read_numeric(WfScratch *scratch, WfSlice text, WfNumeric *value);

/*
 * "-$1,234.56" (cash_out in the C locale), or plain "-1234.56".  The number of
 * fraction digits is that of the text; wf_read_text() sets the type's, if it has
 * one, as what was printed is the same integer under any lc_monetary.
 */
extern bool wf_read_money(WfSlice text, WfMoney *value);

/* Units and infinities as in PostgreSQL: see WfTypeKind. */
extern bool wf_read_date(WfSlice text, int64_t *days);
extern bool wf_read_time(WfSlice text, int64_t *microseconds);
extern bool wf_read_timetz(WfSlice text, WfTimeTz *value);
extern bool wf_read_timestamp(WfSlice text, int64_t *microseconds);
extern bool wf_read_timestamptz(WfSlice text, int64_t *microseconds);

/* PostgreSQL 17's infinities are all three members at their ends. */
extern bool wf_read_interval(WfSlice text, WfInterval *value);

extern bool wf_read_uuid(WfScratch *scratch, WfSlice text, const uint8_t **uuid);
extern bool wf_read_bytea(WfScratch *scratch, WfSlice text, WfSlice *bytes);

/*
 * The byte of a "char" as charout() of PostgreSQL 16 prints it: nothing for 0, in
 * octal digits what is not ASCII.
 */
extern bool wf_read_char(WfScratch *scratch, uint8_t byte, WfSlice *text);

#define WF_EWKB_BYTES_MIN 9		/* an empty collection */

/* PostGIS's output is EWKB in hexadecimal. */
extern bool wf_read_ewkb(WfScratch *scratch, WfSlice text, WfSlice *bytes);

extern bool wf_read_geometric(WfScratch *scratch, WfTypeKind kind, WfSlice text,
							  WfGeometric *value);
extern bool wf_read_vector(WfScratch *scratch, WfTypeKind kind, WfSlice text, WfVector *value);

extern bool wf_read_array(WfScratch *scratch, const WfType *type, WfSlice text, WfArray **array);

/* Takes bytes from scratch, aligned to 8; NULL if it has not so many left. */
extern void *wf_scratch_take(WfScratch *scratch, size_t bytes);

#endif							/* WALFERRY_READ_TEXT_H */
