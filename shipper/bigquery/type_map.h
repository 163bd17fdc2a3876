/*
 * type_map.h
 *		Which BigQuery type a column gets, and how its values are read.
 *
 * Decided once per shape of a table, from the Kafka Connect field schema in
 * the shape's description.  The rule: a type is chosen only if it holds every
 * value that the PostgreSQL type can have, or nearly so; the values that it
 * cannot hold leave the column NULL and stand exactly in _overflow.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_TYPE_MAP_H
#define WALFERRY_TYPE_MAP_H

#include <jansson.h>

#include "shipper/bigquery/protobuf.h"

typedef enum BqType
{
	BQ_INT64,
	BQ_BOOL,
	BQ_FLOAT64,
	BQ_NUMERIC,
	BQ_BIGNUMERIC,
	BQ_STRING,
	BQ_JSON,
	BQ_BYTES,
	BQ_DATE,
	BQ_TIME,
	BQ_DATETIME,
	BQ_TIMESTAMP,
	BQ_TYPE_COUNT
} BqType;

/* How the value stands in the event's JSON. */
typedef enum BqReading
{
	BQ_READ_INT,				/* number */
	BQ_READ_BOOL,
	BQ_READ_FLOAT,				/* number, or "NaN", "Infinity", "-Infinity" */
	BQ_READ_DECIMAL,			/* base64 of the unscaled value; scale is fixed */
	BQ_READ_VARIABLE_DECIMAL,	/* {"scale":…,"value":base64} */
	BQ_READ_DECIMAL_TEXT,		/* "12.50" */
	BQ_READ_TEXT,
	BQ_READ_JSON,				/* JSON text in a string */
	BQ_READ_BASE64,
	BQ_READ_BITS,				/* base64 of little-endian bits */
	BQ_READ_DATE,				/* days since 1970 */
	BQ_READ_TIME,				/* units since midnight; see unit_ns */
	BQ_READ_DATETIME,			/* units since 1970, no zone */
	BQ_READ_ZONED_TIMESTAMP,	/* ISO 8601 text */
	BQ_READ_DURATION,			/* microseconds */
	BQ_READ_ARRAY,				/* of element */
	BQ_READ_RAW					/* any JSON, as it stands */
} BqReading;

typedef struct BqMapping
{
	BqType		type;
	BqReading	reading;
	int			scale;			/* of DECIMAL */
	int			unit_ns;		/* of TIME and DATETIME: 1000000, 1000 or 1 */
	int			bits;			/* of BITS: the column's length; 0: any */
	BqReading	element;		/* of ARRAY; scale and unit_ns are the element's */
} BqMapping;

/*
 * column: one of a description's "columns" ("kind", "typmod", "connect").
 * False if its "connect" schema is not one that we can read.
 */
extern bool bq_map_column(const json_t *column, BqMapping *mapping);

/* INTEGER, BOOLEAN, FLOAT, …: as tables.get names it. */
extern const char *bq_type_name(BqType type);

/* The type tables.get names (both the old and the new names); false if none of ours. */
extern bool bq_type_parse(const char *name, BqType *type);

/* How a row carries it (AppendRows' table of type conversions). */
extern PbFieldType bq_field_type(BqType type);

/* May a table be clustered by it? */
extern bool bq_type_clusters(BqType type);

/* Does a column of type `have` take everything that `want` can hold? */
extern bool bq_type_holds(BqType have, BqType want);

/* Digits before and behind the point that always fit. */
#define BQ_NUMERIC_INTEGER_DIGITS 29
#define BQ_NUMERIC_FRACTION_DIGITS 9
#define BQ_BIGNUMERIC_INTEGER_DIGITS 38
#define BQ_BIGNUMERIC_FRACTION_DIGITS 38

#endif							/* WALFERRY_TYPE_MAP_H */
