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

#include "envelope/read_binary.h"

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

extern int	server_version;		/* 150004 */

extern uint64_t random_bits(void);
extern uint64_t random_below(uint64_t end);

/* A type whose values make the trip. */
typedef struct Trip
{
	const char *name;
	const char *element;		/* the type that is generated */
	uint32_t	element_oid;	/* 0: made by the program, or an extension's */
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

	bool		is_taken;		/* take_value() knows the type */
	bool		is_domain;		/* the elements' type is a domain over their kind */
	uint32_t	array_oid;		/* of what is read, where it matters */
} Trip;

extern const Trip trips[];
extern const int trip_count;

extern void generate_int8(Bytes *value);
extern void generate_int4(Bytes *value);
extern void generate_float8(Bytes *value);
extern void generate_float4(Bytes *value);
extern void generate_numeric(Bytes *value);
extern void generate_date(Bytes *value);
extern void generate_time(Bytes *value);
extern void generate_timetz(Bytes *value);
extern void generate_timestamp(Bytes *value);
extern void generate_interval(Bytes *value);
extern void generate_uuid(Bytes *value);
extern void generate_bytea(Bytes *value);
extern void generate_text(Bytes *value);
extern void generate_bool(Bytes *value);
extern void generate_int2(Bytes *value);
extern void generate_byte(Bytes *value);
extern void generate_label(Bytes *value);
extern void generate_bits(Bytes *value);
extern void generate_json(Bytes *value);
extern void generate_jsonb(Bytes *value);
extern void generate_xml(Bytes *value);
extern void generate_point(Bytes *value);
extern void generate_two_points(Bytes *value);
extern void generate_line(Bytes *value);
extern void generate_circle(Bytes *value);
extern void generate_path(Bytes *value);
extern void generate_polygon(Bytes *value);
extern void generate_vector(Bytes *value);
extern void generate_halfvec(Bytes *value);
extern void generate_sparsevec(Bytes *value);
extern void generate_geometry(Bytes *value);

extern void write_float8(Bytes *text, const WfValue *value);
extern void write_float4(Bytes *text, const WfValue *value);
extern void write_numeric(Bytes *text, const WfValue *value);

/*
 * Reads both forms of a value and writes them in a mode that is picked at random.
 * NULL if what is written is the same, else what went wrong.
 */
extern const char *compare_forms(const WfType *type, WfSlice text, WfSlice bytes);

/* The value that the send function's bytes hold, which are used up. */
extern void take_value(WfSlice *bytes, WfTypeKind kind, WfScratch *scratch, WfValue *value);

/* Whether two scalars are the same. */
extern bool values_equal(WfTypeKind kind, const WfValue *a, const WfValue *b);

#endif							/* WALFERRY_ROUNDTRIP_H */
