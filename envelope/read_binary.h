/*
 * read_binary.h
 *		From the bytes that types' send functions give to WfValues.
 *
 * pgoutput speaks them when it is asked for `binary`, and so does COPY (FORMAT
 * binary).  Both send every type that has a send function that way, so that they
 * are asked for only where each column's type is in the list that
 * wf_type_is_read_binary() knows: of any other the text could not be had.  A
 * value is the same that wf_read_text() makes of the type's text; which of the
 * two forms is chosen never shows.
 *
 * It is read as strictly as text: bytes too few or too many, a version or a
 * number that PostgreSQL would not send are refused, because what was
 * misunderstood would be published as a value that is not in the table.
 *
 * Not in the list, though it has a send function: what is published by its text
 * (WF_TYPE_OTHER, hstore, ltree, isbn, composite types), as its send function
 * gives something else.  xml is, since client_encoding is UTF8: under any other
 * xml_send() would name it in a declaration, which xml_out() does not.
 *
 * Types of extensions are read from these bytes in the server, too, because they
 * are a promise to clients, whereas how an extension stores its values is its
 * own affair.
 *
 * Numbers are in network byte order.  Follows the send functions of PostgreSQL 13
 * to 18 (src/backend/utils/adt), which are the same in all of them.
 *
 * Split by kind: read_binary_number.c, read_binary_time.c, read_binary_bytes.c,
 * read_binary_shape.c, read_binary_array.c; read_binary.c has the list.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_READ_BINARY_H
#define WALFERRY_READ_BINARY_H

#include "read_text.h"

/* Whether wf_read_binary() reads values of the type, or of an array of it. */
extern bool wf_type_is_read_binary(const WfType *type);

/*
 * Scratch that suffices for a value of so many bytes.  Most kinds borrow their
 * bytes and need next to none; bit strings become a digit a bit.
 */
extern size_t wf_binary_scratch_size(const WfType *type, size_t length);

/*
 * Fills value (PRESENT) from bytes, what type's send function gives, with text in
 * UTF-8.  Otherwise as wf_read_text(): the value borrows from bytes and from
 * scratch, an array is read to its end once.
 *
 * False if these are not the bytes of a value of that type, if the type is not
 * one that is read, or if scratch is too small.  *value is then undefined.
 */
extern bool wf_read_binary(WfScratch *scratch, const WfType *type, WfSlice bytes,
						   WfValue *value);

/* ---- the readers by kind: what all of them are given is one whole value ---- */

/* Digits are put into scratch, in numeric.c's normal form. */
extern bool wf_read_numeric_binary(WfScratch *scratch, WfSlice bytes, WfNumeric *value);

/*
 * What has one length: 4 bytes of a date, 8 of a time or of either timestamp, 12
 * of a timetz, 16 of an interval.  Infinities as in PostgreSQL: see WfTypeKind.
 */
extern bool wf_read_date_binary(const char *bytes, int64_t *days);
extern bool wf_read_time_binary(const char *bytes, int64_t *microseconds);
extern bool wf_read_timetz_binary(const char *bytes, WfTimeTz *value);
extern bool wf_read_timestamp_binary(const char *bytes, int64_t *microseconds);
extern void wf_read_interval_binary(const char *bytes, WfInterval *value);

/* Digits 0 and 1 are put into scratch. */
extern bool wf_read_bits_binary(WfScratch *scratch, WfSlice bytes, WfSlice *digits);

/* The text of a jsonb, without the number of its form's version. */
extern bool wf_read_jsonb_binary(WfSlice bytes, WfSlice *text);

extern bool wf_read_geometric_binary(WfScratch *scratch, WfTypeKind kind, WfSlice bytes,
									 WfGeometric *value);

/* pgvector's types */
extern bool wf_read_vector_binary(WfScratch *scratch, WfTypeKind kind, WfSlice bytes,
								  WfVector *value);

extern bool wf_read_array_binary(WfScratch *scratch, const WfType *type, WfSlice bytes,
								 WfArray **array);

/* What wf_read_array_binary() takes from scratch beside its elements' own. */
extern size_t wf_binary_array_scratch_size(void);

#endif							/* WALFERRY_READ_BINARY_H */
