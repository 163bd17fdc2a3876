/*
 * field.c
 *		How the values of a column are published, decided once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "field.h"

/* OIDs of built-in types (PostgreSQL, pg_type.dat). */
#define XML_OID 142
#define TSVECTOR_OID 3614

/* Fraction digits up to which milliseconds tell all. */
#define MILLISECOND_DIGITS 3

static WfForm
form_of(const WfType *type)
{
	int			precision;
	int			scale;

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
			return wf_numeric_typmod(type->typmod, &precision, &scale)
				? WF_FORM_DECIMAL : WF_FORM_VARIABLE_DECIMAL;
		case WF_TYPE_MONEY:
			return WF_FORM_MONEY;
		case WF_TYPE_TEXT:
			return WF_FORM_STRING;
		case WF_TYPE_BYTEA:
			return WF_FORM_BYTES;
		case WF_TYPE_DATE:
			return WF_FORM_DATE;
		case WF_TYPE_TIME:
			return wf_time_precision(type->typmod) <= MILLISECOND_DIGITS
				? WF_FORM_TIME_MS : WF_FORM_TIME_US;
		case WF_TYPE_TIMETZ:
			return WF_FORM_ZONED_TIME;
		case WF_TYPE_TIMESTAMP:
			return wf_time_precision(type->typmod) <= MILLISECOND_DIGITS
				? WF_FORM_TIMESTAMP_MS : WF_FORM_TIMESTAMP_US;
		case WF_TYPE_TIMESTAMPTZ:
			return WF_FORM_ZONED_TIMESTAMP;
		case WF_TYPE_INTERVAL:
			return WF_FORM_DURATION_US;
		case WF_TYPE_UUID:
			return WF_FORM_UUID;
		case WF_TYPE_JSON:
			return WF_FORM_JSON;
		case WF_TYPE_ENUM:
			return WF_FORM_ENUM;
		case WF_TYPE_ARRAY:
			return WF_FORM_ARRAY;
		case WF_TYPE_OTHER:
			break;
	}
	if (type->oid == XML_OID)
		return WF_FORM_XML;
	if (type->oid == TSVECTOR_OID)
		return WF_FORM_TSVECTOR;
	return WF_FORM_STRING;
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

static void
resolve(WfField *field, const WfType *type, bool optional, const WfOptions *options, WfSide side)
{
	memset(field, 0, sizeof(*field));
	field->form = form_of(type);
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
		default:
			break;
	}
}

/*
 * Any element of PostgreSQL's arrays may be null.  (Debezium calls those of
 * some arrays required and loses arrays that hold one.)
 */
void
wf_field_resolve(WfColumnField *column, const WfType *type, bool optional,
				 const WfOptions *options, WfSide side)
{
	resolve(&column->self, type, optional, options, side);
	if (column->self.form != WF_FORM_ARRAY)
		return;

	memset(&column->element_type, 0, sizeof(column->element_type));
	column->element_type.kind = type->element_kind;
	column->element_type.element_kind = WF_TYPE_OTHER;
	column->element_type.oid = type->element_oid;
	column->element_type.typmod = type->typmod;
	column->element_type.enum_labels = type->enum_labels;
	resolve(&column->element, &column->element_type, true, options, side);
	column->self.element = &column->element;
}
