/*
 * roundtrip.h
 *		What the round trips through a server are made of.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ROUNDTRIP_H
#define WALFERRY_ROUNDTRIP_H

#include <stdbool.h>
#include <stdint.h>

#include "envelope/read_text.h"

/* Bytes that grow; the program ends when memory does. */
typedef struct Bytes
{
	char	   *data;
	size_t		length;
	size_t		capacity;
} Bytes;

extern void bytes_append(Bytes *bytes, const void *data, size_t length);

/* Integers as PostgreSQL sends them: big-endian. */
extern void bytes_append_integer(Bytes *bytes, uint64_t value, int width);
extern int64_t take_integer(WfSlice *bytes, int width);

extern uint64_t random_bits(void);
extern uint64_t random_below(uint64_t end);

/* A type whose values make the trip. */
typedef struct Trip
{
	const char *name;
	const char *element;		/* the type that is generated */
	uint32_t	element_oid;
	WfTypeKind	kind;			/* what is read: the element, or an array of it */
	const char *expression;		/* of v, its number i, to be read; NULL: v */
	bool		grouped;		/* the expression is an aggregate over some v */

	/* Appends a random value as its receive function takes it. */
	void		(*generate) (Bytes *value);

	/*
	 * Appends the text that walferry's own output of a value comes down to,
	 * nothing if the value has none; and the condition under which the server
	 * has read that text, w, as the value v.  NULL if there is no such output.
	 */
	void		(*write) (Bytes *text, const WfValue *value);
	const char *same;
} Trip;

extern const Trip trips[];
extern const int trip_count;

/* The value that the send function's bytes hold, which are used up. */
extern void take_value(WfSlice *bytes, WfTypeKind kind, WfScratch *scratch, WfValue *value);

/* Whether two scalars are the same. */
extern bool values_equal(WfTypeKind kind, const WfValue *a, const WfValue *b);

#endif							/* WALFERRY_ROUNDTRIP_H */
