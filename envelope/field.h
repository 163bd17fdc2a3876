/*
 * field.h
 *		How the values of a column are published, decided once.
 *
 * A form is a Kafka Connect schema together with the JSON that goes with it.
 * Which form a column has depends on its type and on the modes (decimal, time,
 * interval, binary handling); how a form looks does not.  So modes are decided
 * here, in one place, per relation version, and the writers of values,
 * fallbacks, placeholders and schemas know fields and their forms only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FIELD_H
#define WALFERRY_FIELD_H

#include "options.h"
#include "type.h"

typedef enum WfForm
{
	WF_FORM_BOOLEAN,
	WF_FORM_INT16,
	WF_FORM_INT32,
	WF_FORM_INT64,
	WF_FORM_FLOAT,
	WF_FORM_DOUBLE,
	WF_FORM_DECIMAL,			/* base64 of the unscaled integer, fixed scale */
	WF_FORM_VARIABLE_DECIMAL,	/* {"scale":…,"value":…} */
	WF_FORM_MONEY,				/* a Decimal without precision */
	WF_FORM_DECIMAL_NUMBER,		/* DECIMAL and MONEY as a JSON number */
	WF_FORM_NUMERIC_DOUBLE,
	WF_FORM_NUMERIC_STRING,
	WF_FORM_STRING,
	WF_FORM_BYTES,				/* base64 */
	WF_FORM_BYTES_BASE64,		/* the same as a string */
	WF_FORM_BYTES_BASE64_URL_SAFE,
	WF_FORM_BYTES_HEX,
	WF_FORM_BIT_BOOLEAN,		/* one bit */
	WF_FORM_BITS,				/* base64, the least byte first */
	WF_FORM_DATE,				/* days since 1970 */
	WF_FORM_CONNECT_DATE,
	WF_FORM_ISO_DATE,
	WF_FORM_STRUCTURED_DATE,
	WF_FORM_TIME_MS,
	WF_FORM_TIME_US,
	WF_FORM_TIME_NS,
	WF_FORM_CONNECT_TIME,		/* milliseconds */
	WF_FORM_ISO_TIME,
	WF_FORM_STRUCTURED_TIME,
	WF_FORM_ZONED_TIME,			/* text, UTC */
	WF_FORM_STRUCTURED_ZONED_TIME,
	WF_FORM_TIMESTAMP_MS,		/* since 1970 */
	WF_FORM_TIMESTAMP_US,
	WF_FORM_TIMESTAMP_NS,
	WF_FORM_CONNECT_TIMESTAMP,	/* milliseconds */
	WF_FORM_ISO_TIMESTAMP,
	WF_FORM_STRUCTURED_TIMESTAMP,
	WF_FORM_ZONED_TIMESTAMP,	/* text, UTC */
	WF_FORM_STRUCTURED_ZONED_TIMESTAMP,
	WF_FORM_DURATION_US,
	WF_FORM_INTERVAL_STRING,
	WF_FORM_STRUCTURED_DURATION,
	WF_FORM_UUID,
	WF_FORM_JSON,
	WF_FORM_NATURAL,			/* a string that holds JSON made of a text */
	WF_FORM_NATURAL_INSIDE,		/* the same as part of such a string */
	WF_FORM_XML,
	WF_FORM_TSVECTOR,
	WF_FORM_LTREE,
	WF_FORM_HSTORE_JSON,		/* a string that holds a JSON object */
	WF_FORM_HSTORE_MAP,
	WF_FORM_ENUM,
	WF_FORM_POINT,				/* {"x","y","wkb","srid"} */
	WF_FORM_LINE,				/* {"a","b","c"} */
	WF_FORM_CIRCLE,				/* {"center","radius"} */
	WF_FORM_GEOMETRY,			/* {"wkb","srid","extensions"}: PostgreSQL's other
								 * geometric types, and PostGIS's geometry */
	WF_FORM_GEOGRAPHY,			/* {"wkb","srid"} */
	WF_FORM_DOUBLE_VECTOR,		/* numbers */
	WF_FORM_FLOAT_VECTOR,
	WF_FORM_SPARSE_VECTOR,		/* {"dimensions","vector"} */
	WF_FORM_ARRAY,
	WF_FORM_ARRAY_JSON			/* the same as a string that holds JSON */
} WfForm;

/* Whose converter prints: its decimal.format, its replace.null.with.default. */
typedef enum WfSide
{
	WF_SIDE_KEY,
	WF_SIDE_VALUE
} WfSide;

/* What column.propagate.source.type puts among a schema's parameters. */
typedef struct WfSourceType
{
	WfSlice		type;			/* as in pg_type.typname, or serial */
	WfSlice		column;
	int32_t		length;			/* below 0: it has none */
	int32_t		scale;
} WfSourceType;

/* What Debezium loses of an array; with compat=debezium so do we. */
typedef enum WfArrayLoss
{
	WF_LOSES_NOTHING = 0,
	WF_LOSES_WITH_NULL,			/* the array if an element is null */
	WF_LOSES_WITH_VALUE,		/* the array if an element is not null */
	WF_LOSES_WITH_ELEMENT,		/* the array if it has an element */
	WF_LOSES_ELEMENTS,			/* all elements: it is shown empty */
	WF_LOSES_MICROSECONDS,		/* those of times, and 24:00 */
	WF_LOSES_CALENDAR,			/* days before the Gregorian one, and infinite dates */
	WF_LOSES_ALL				/* every array */
} WfArrayLoss;

typedef struct WfField
{
	WfForm		form;
	bool		optional;
	bool		omitted;		/* a column without a form in this mode: no member */
	int32_t		precision;		/* of a decimal: digits, 0 if it has none; of a
								 * time: fraction digits, 0 to 6; of bit strings:
								 * bits */
	int32_t		scale;			/* of a decimal */
	const WfType *type;			/* of an array's element: see element_type */
	const struct WfField *element;	/* of an array; else NULL */
	bool		is_flat;		/* an array that has no form for several dimensions */
	WfArrayLoss loss;			/* of an array; LOSES_CALENDAR also of its elements */
	const WfOptions *options;
	WfSide		side;
	const struct WfValue *default_value;	/* in the schema; NULL: none */
	WfSlice		doc;			/* in the schema, UTF-8; empty: none */

	/* further parameters of the schema; not in keys */
	bool		masked;			/* asterisks or a hash */
	int32_t		truncate_length;	/* 0: not cut */
	const WfSourceType *source_type;	/* NULL: not told */
} WfField;

/*
 * A field and what its element needs; it must not be moved once it is
 * resolved, and type and options must live as long.
 */
typedef struct WfColumnField
{
	WfField		self;
	WfField		element;
	WfType		element_type;
} WfColumnField;

/* What a bytea, and the content of a logical message, is written as. */
extern WfForm wf_field_bytes_form(const WfOptions *options);

/*
 * Which type a column's values are to be read as: type itself, but for arrays
 * that are published by the text of their elements.  A host asks before it
 * picks its readers, with the options that it gives to wf_field_resolve() too.
 */
extern void wf_field_adjust_type(WfType *type, const WfOptions *options);

/* Decides how values of type are published; type is adjusted. */
extern void wf_field_resolve(WfColumnField *column, const WfType *type, bool optional,
							 const WfOptions *options, WfSide side);

#endif							/* WALFERRY_FIELD_H */
