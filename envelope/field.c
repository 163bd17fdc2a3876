/*
 * field.c
 *		How the values of a scalar column are published, decided once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "field_scalar.h"

/* OIDs of built-in types (PostgreSQL, pg_type.dat). */
#define VARBIT_OID 1562
#define TSVECTOR_OID 3614

/* Fraction digits up to which milliseconds tell all. */
#define MILLISECOND_DIGITS 3

/* Types of PostgreSQL's that are published as their text. */
static bool
is_text_type(uint32_t oid)
{
	static const uint32_t oids[] = {
		650,					/* cidr */
		774,					/* macaddr8 */
		829,					/* macaddr */
		869,					/* inet */
		3904, 3906, 3908, 3910, 3912, 3926	/* int4range to int8range */
	};

	for (size_t i = 0; i < sizeof(oids) / sizeof(oids[0]); i++)
	{
		if (oids[i] == oid)
			return true;
	}
	return false;
}

/* What a bit(n) or varbit(n) may hold; varbit alone has no limit. */
static int32_t
bit_length(const WfType *type)
{
	if (type->typmod > 0)
		return type->typmod;
	return type->oid == VARBIT_OID ? INT32_MAX : 1;
}

static WfForm
numeric_form(const WfType *type, const WfOptions *options, WfSide side)
{
	int			format = side == WF_SIDE_KEY ? options->key_decimal_format :
	options->value_decimal_format;
	int			precision;
	int			scale;

	switch ((WfDecimalMode) options->decimal_mode)
	{
		case WF_DECIMAL_DOUBLE:
			return WF_FORM_NUMERIC_DOUBLE;
		case WF_DECIMAL_STRING:
			return WF_FORM_NUMERIC_STRING;
		case WF_DECIMAL_PRECISE:
			break;
	}
	if (type->kind == WF_TYPE_NUMERIC && !wf_numeric_typmod(type->typmod, &precision, &scale))
		return WF_FORM_VARIABLE_DECIMAL;
	if (format == WF_DECIMAL_NUMERIC)
		return WF_FORM_DECIMAL_NUMBER;
	return type->kind == WF_TYPE_MONEY ? WF_FORM_MONEY : WF_FORM_DECIMAL;
}

/* The forms of a time.precision.mode. */
typedef struct TimeForms
{
	WfForm		date;
	WfForm		time;			/* of up to three fraction digits */
	WfForm		fine_time;
	WfForm		timestamp;		/* of up to three fraction digits */
	WfForm		fine_timestamp;
	WfForm		timetz;
	WfForm		timestamptz;
} TimeForms;

static const TimeForms time_forms[] = {
	[WF_TIME_ADAPTIVE] = {
		WF_FORM_DATE, WF_FORM_TIME_MS, WF_FORM_TIME_US, WF_FORM_TIMESTAMP_MS,
		WF_FORM_TIMESTAMP_US, WF_FORM_ZONED_TIME, WF_FORM_ZONED_TIMESTAMP
	},
	[WF_TIME_ADAPTIVE_MICROSECONDS] = {
		WF_FORM_DATE, WF_FORM_TIME_US, WF_FORM_TIME_US, WF_FORM_TIMESTAMP_MS,
		WF_FORM_TIMESTAMP_US, WF_FORM_ZONED_TIME, WF_FORM_ZONED_TIMESTAMP
	},
	[WF_TIME_CONNECT] = {
		WF_FORM_CONNECT_DATE, WF_FORM_CONNECT_TIME, WF_FORM_CONNECT_TIME,
		WF_FORM_CONNECT_TIMESTAMP, WF_FORM_CONNECT_TIMESTAMP, WF_FORM_ZONED_TIME,
		WF_FORM_ZONED_TIMESTAMP
	},
	[WF_TIME_ISOSTRING] = {
		WF_FORM_ISO_DATE, WF_FORM_ISO_TIME, WF_FORM_ISO_TIME, WF_FORM_ISO_TIMESTAMP,
		WF_FORM_ISO_TIMESTAMP, WF_FORM_ZONED_TIME, WF_FORM_ZONED_TIMESTAMP
	},
	[WF_TIME_MICROSECONDS] = {
		WF_FORM_DATE, WF_FORM_TIME_US, WF_FORM_TIME_US, WF_FORM_TIMESTAMP_US,
		WF_FORM_TIMESTAMP_US, WF_FORM_ZONED_TIME, WF_FORM_ZONED_TIMESTAMP
	},
	[WF_TIME_NANOSECONDS] = {
		WF_FORM_DATE, WF_FORM_TIME_NS, WF_FORM_TIME_NS, WF_FORM_TIMESTAMP_NS,
		WF_FORM_TIMESTAMP_NS, WF_FORM_ZONED_TIME, WF_FORM_ZONED_TIMESTAMP
	},
	[WF_TIME_STRUCTURED] = {
		WF_FORM_STRUCTURED_DATE, WF_FORM_STRUCTURED_TIME, WF_FORM_STRUCTURED_TIME,
		WF_FORM_STRUCTURED_TIMESTAMP, WF_FORM_STRUCTURED_TIMESTAMP,
		WF_FORM_STRUCTURED_ZONED_TIME, WF_FORM_STRUCTURED_ZONED_TIMESTAMP
	},
};

static WfForm
time_form(const WfType *type, const WfOptions *options)
{
	const TimeForms *forms = &time_forms[options->time_mode];
	bool		fine = wf_time_precision(type->typmod) > MILLISECOND_DIGITS;

	switch (type->kind)
	{
		case WF_TYPE_DATE:
			return forms->date;
		case WF_TYPE_TIME:
			return fine ? forms->fine_time : forms->time;
		case WF_TYPE_TIMETZ:
			return forms->timetz;
		case WF_TYPE_TIMESTAMPTZ:
			return forms->timestamptz;
		default:
			return fine ? forms->fine_timestamp : forms->timestamp;
	}
}

/* structured says more than interval.handling.mode could. */
static WfForm
interval_form(const WfOptions *options)
{
	if (options->time_mode == WF_TIME_STRUCTURED)
		return WF_FORM_STRUCTURED_DURATION;
	return options->interval_mode == WF_INTERVAL_STRING ? WF_FORM_INTERVAL_STRING :
		WF_FORM_DURATION_US;
}

WfForm
wf_field_bytes_form(const WfOptions *options)
{
	static const WfForm forms[] = {
		[WF_BINARY_BYTES] = WF_FORM_BYTES,
		[WF_BINARY_BASE64] = WF_FORM_BYTES_BASE64,
		[WF_BINARY_BASE64_URL_SAFE] = WF_FORM_BYTES_BASE64_URL_SAFE,
		[WF_BINARY_HEX] = WF_FORM_BYTES_HEX,
	};

	return forms[options->binary_mode];
}

static WfForm
form_of(const WfType *type, const WfOptions *options, WfSide side)
{
	switch (type->kind)
	{
		case WF_TYPE_BOOL:
			return WF_FORM_BOOLEAN;
		case WF_TYPE_INT2:
			return WF_FORM_INT16;
		case WF_TYPE_INT4:
			return WF_FORM_INT32;
		case WF_TYPE_INT8:
		case WF_TYPE_OID:
			return WF_FORM_INT64;
		case WF_TYPE_FLOAT4:
			return WF_FORM_FLOAT;
		case WF_TYPE_FLOAT8:
			return WF_FORM_DOUBLE;
		case WF_TYPE_NUMERIC:
		case WF_TYPE_MONEY:
			return numeric_form(type, options, side);
		case WF_TYPE_TEXT:
		case WF_TYPE_ISBN:
			return WF_FORM_STRING;
		case WF_TYPE_BYTEA:
			return wf_field_bytes_form(options);
		case WF_TYPE_BIT:
			return bit_length(type) == 1 ? WF_FORM_BIT_BOOLEAN : WF_FORM_BITS;
		case WF_TYPE_DATE:
		case WF_TYPE_TIME:
		case WF_TYPE_TIMETZ:
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
			return time_form(type, options);
		case WF_TYPE_INTERVAL:
			return interval_form(options);
		case WF_TYPE_UUID:
			return WF_FORM_UUID;
		case WF_TYPE_JSON:
			return WF_FORM_JSON;
		case WF_TYPE_ENUM:
			return WF_FORM_ENUM;
		case WF_TYPE_COMPOUND:
			return WF_FORM_NATURAL;
		case WF_TYPE_ARRAY:
			return WF_FORM_ARRAY;
		case WF_TYPE_HSTORE:
			return options->hstore_mode == WF_HSTORE_MAP ? WF_FORM_HSTORE_MAP :
				WF_FORM_HSTORE_JSON;
		case WF_TYPE_LTREE:
			return WF_FORM_LTREE;
		case WF_TYPE_POINT:
			return WF_FORM_POINT;
		case WF_TYPE_LINE:
			return WF_FORM_LINE;
		case WF_TYPE_CIRCLE:
			return WF_FORM_CIRCLE;
		case WF_TYPE_LSEG:
		case WF_TYPE_BOX:
		case WF_TYPE_PATH:
		case WF_TYPE_POLYGON:
		case WF_TYPE_GEOMETRY:
			return WF_FORM_GEOMETRY;
		case WF_TYPE_GEOGRAPHY:
			return WF_FORM_GEOGRAPHY;
		case WF_TYPE_VECTOR:
			return WF_FORM_DOUBLE_VECTOR;
		case WF_TYPE_HALFVEC:
			return WF_FORM_FLOAT_VECTOR;
		case WF_TYPE_SPARSEVEC:
			return WF_FORM_SPARSE_VECTOR;
		case WF_TYPE_OTHER:
			break;
	}
	if (type->oid == WF_XML_OID)
		return WF_FORM_XML;
	if (type->oid == TSVECTOR_OID)
		return WF_FORM_TSVECTOR;
	if (options->unknown_handling == WF_UNKNOWN_DEBEZIUM && options->include_unknown &&
		wf_field_is_unknown(type->kind, type->oid))
		return wf_field_bytes_form(options);	/* of its text */
	return WF_FORM_STRING;
}

bool
wf_field_is_unknown(WfTypeKind kind, uint32_t oid)
{
	return kind == WF_TYPE_OTHER && !is_text_type(oid) && oid != WF_XML_OID && oid != TSVECTOR_OID;
}

bool
wf_field_is_omitted(WfTypeKind kind, uint32_t oid, const WfOptions *options)
{
	return wf_field_is_unknown(kind, oid) && options->unknown_handling == WF_UNKNOWN_DEBEZIUM &&
		!options->include_unknown;
}

/*
 * Scale and precision of a decimal's schema.  Kafka Connect has no use for a
 * negative scale here: numeric(5,-2) is published exactly at scale 0, and its
 * precision counts the digits that then are before the point.
 */
static void
set_decimal(WfField *field)
{
	int			precision = 0;
	int			scale = 0;

	if (wf_numeric_typmod(field->type->typmod, &precision, &scale) && scale < 0)
	{
		precision -= scale;
		scale = 0;
	}
	field->precision = precision;
	field->scale = scale;
}

/* The low half of the typmod (interval.c); 6 when there is none, as for times. */
static int32_t
interval_precision(int32_t typmod)
{
	return typmod < 0 ? 6 : typmod & 0xFFFF;
}

void
wf_field_resolve_scalar(WfField *field, const WfType *type, bool optional,
						const WfOptions *options, WfSide side)
{
	memset(field, 0, sizeof(*field));
	field->form = form_of(type, options, side);
	field->optional = optional;
	field->type = type;
	field->options = options;
	field->side = side;
	switch (type->kind)
	{
		case WF_TYPE_NUMERIC:
			set_decimal(field);
			break;
		case WF_TYPE_MONEY:
			field->scale = (int32_t) options->money_fraction_digits;
			break;
		case WF_TYPE_TIME:
		case WF_TYPE_TIMETZ:
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
			field->precision = wf_time_precision(type->typmod);
			break;
		case WF_TYPE_BIT:
			field->precision = bit_length(type);
			break;
		case WF_TYPE_INTERVAL:
			field->precision = interval_precision(type->typmod);
			break;
		default:
			break;
	}
}
