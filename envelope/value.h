/*
 * value.h
 *		One column's value, and its JSON.
 *
 * A WfValue is what any source can say of a value, however it learnt it: from
 * a Datum (plugin), from pgoutput's text or binary form or a COPY row (shipper).
 * It owns nothing; its slices must outlive the write.  Which member of the
 * union holds the value follows from the column's WfType.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_VALUE_H
#define WALFERRY_VALUE_H

#include "field.h"
#include "json.h"

typedef enum WfValueState
{
	WF_VALUE_PRESENT = 0,
	WF_VALUE_NULL,
	WF_VALUE_ABSENT,			/* not part of this image (key-only before) */
	WF_VALUE_ABSENT_MASKED,		/* nor is it, but as.text stands for it, as for any
								 * value: the host's mask */
	WF_VALUE_UNAVAILABLE,		/* unchanged TOAST, not in the WAL */
	WF_VALUE_UNCHANGED,			/* in a new row: what the old row has, which has it
								 * all */
	WF_VALUE_UNREAD				/* the host left it where it is, as no record can
								 * hold the row, or shows anything of it;
								 * as.text.length says how long what is shown is at
								 * least */
} WfValueState;

typedef enum WfNumericSign
{
	WF_NUMERIC_POSITIVE,
	WF_NUMERIC_NEGATIVE,
	WF_NUMERIC_NAN,
	WF_NUMERIC_PLUS_INFINITY,
	WF_NUMERIC_MINUS_INFINITY
} WfNumericSign;

/*
 * A base-10000 digit of a numeric.  In a tuple they may lie at odd addresses,
 * behind a short varlena header, and are read right there.
 */
typedef int16_t WfNumericDigit __attribute__((aligned(1), may_alias));

/*
 * PostgreSQL's own decimal form (numeric.c): base-10000 digits, the first of
 * which has weight 10000^weight; dscale is the number of decimal fraction
 * digits to show.  Zero has no digits.
 */
typedef struct WfNumeric
{
	const WfNumericDigit *digits;
	int32_t		digit_count;
	int32_t		weight;
	int32_t		dscale;
	WfNumericSign sign;
} WfNumeric;

typedef struct WfInterval
{
	int64_t		microseconds;
	int32_t		days;
	int32_t		months;
} WfInterval;

typedef struct WfTimeTz
{
	int64_t		microseconds;	/* since local midnight */
	int32_t		zone_seconds;	/* west of UTC, as PostgreSQL stores it */
} WfTimeTz;

/* money is an integer of the unit that its lc_monetary has: yen, cents, fils. */
typedef struct WfMoney
{
	int64_t		units;
	int32_t		fraction_digits;	/* 0 to 10, as PostgreSQL's cash.c has it */
} WfMoney;

typedef struct WfValue WfValue;

/*
 * A geometric value's numbers in PostgreSQL's order (geo_decls.h): point x y;
 * line A B C; lseg its ends; box the upper right and the lower left corner;
 * circle its center and radius; path and polygon their points.
 */
typedef struct WfGeometric
{
	const double *numbers;
	int32_t		count;
	bool		closed;			/* a path */
} WfGeometric;

/* pgvector's types; halfvec's numbers are of 16 bits, but float holds them. */
typedef struct WfVector
{
	int32_t		dimensions;		/* negative: the host could not read it */
	int32_t		count;			/* of numbers; fewer than dimensions if sparse */
	const int32_t *indices;		/* from 1, of a sparse one's numbers; else NULL */
	const float *numbers;
} WfVector;

#define WF_ARRAY_DIMENSIONS_MAX 6	/* PostgreSQL's MAXDIM */

/*
 * An array to be read element by element in storage order.  next() fills
 * *element, false when there is none left; of an element that no record can hold
 * the beginning is enough, if no record can hold that either.  A value may be written more than
 * once (key and row, both halves of a key change), so each write calls rewind()
 * first; it may be NULL for an array that is written once only.
 */
typedef struct WfArray
{
	int			dimension_count;	/* 0 for the empty array */
	int32_t		dimensions[WF_ARRAY_DIMENSIONS_MAX];
	bool		(*next) (struct WfArray *array, WfValue *element);
	void		(*rewind) (struct WfArray *array);
	void	   *host;			/* for next() and rewind() */
} WfArray;

/*
 * A value of a composite type or a multirange, which is read while it is
 * written.  write() appends its JSON in that form, false if it has none (then
 * what it has appended is cut away by the caller).
 */
typedef struct WfCompound
{
	bool		(*write) (struct WfCompound *compound, WfBuffer *buffer, WfTextForm *form);
} WfCompound;

struct WfValue
{
	WfValueState state;
	union
	{
		bool		boolean;
		int64_t		integer;	/* int2/4/8, oid, date, time, timestamps */
		float		float4;
		double		float8;
		WfNumeric	numeric;
		WfMoney		money;
		WfTimeTz	timetz;
		WfInterval	interval;
		WfSlice		text;		/* UTF-8: text, json, enum label, other */
		WfSlice		bytes;		/* bytea; EWKB */
		WfGeometric geometric;
		WfVector	vector;
		const uint8_t *uuid;	/* 16 bytes */
		WfArray    *array;
		WfCompound *compound;
	}			as;
};

typedef enum WfValueResult
{
	WF_VALUE_WRITTEN = 0,
	WF_VALUE_WRITTEN_IN_PART,	/* an array, null in place of elements without a
								 * form */
	WF_VALUE_UNCONVERTIBLE		/* no form in this mode, as NaN has none as Decimal;
								 * nothing was appended */
} WfValueResult;

/*
 * Appends a PRESENT value's JSON.  The result tells whether the value has a
 * form at all; whether it fitted is the buffer's sticky error, as always.
 * Follows Debezium's PostgresValueConverter (docs/format.md lists the forms).
 */
extern WfValueResult wf_value_write(WfBuffer *buffer, WfTextForm *form, const WfField *field,
									const WfValue *value);

/*
 * What stands for a value that is not in the image, in a column that may not
 * be null: 0, false, "", the epoch (the fallback values of Debezium's
 * JdbcValueConverters).
 */
extern void wf_value_write_fallback(WfBuffer *buffer, const WfField *field);

/*
 * What stands for an unchanged TOASTed value (Debezium's UnchangedToastedPlaceholder):
 * the placeholder in the column's own schema, or null where it cannot hold one.
 */
extern void wf_value_write_unavailable(WfBuffer *buffer, WfTextForm *form, const WfField *field,
									   WfSlice placeholder);

#endif							/* WALFERRY_VALUE_H */
