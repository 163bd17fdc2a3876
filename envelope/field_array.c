/*
 * field_array.c
 *		How the values of a column are published if it is an array.
 *
 * Debezium knows arrays by their element types, and not all of those that it
 * knows alone.  Of some that it publishes it loses values; these losses are
 * repeated with compat=debezium only.  What it does was recorded from 3.7.0
 * (golden t_array, and asked of the running connector).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "field_scalar.h"

/* OIDs of built-in types (PostgreSQL, pg_type.dat). */
#define NAME_OID 19
#define VARBIT_OID 1562
#define REFCURSOR_OID 1790
#define TSVECTOR_OID 3614

/* Known to Debezium, but not as elements, whatever is asked for. */
static bool
is_scalar_only(const WfType *type)
{
	switch (type->element_kind)
	{
		case WF_TYPE_MONEY:
		case WF_TYPE_INTERVAL:
		case WF_TYPE_POINT:
			return true;
		case WF_TYPE_TEXT:
			return type->element_oid == NAME_OID;
		case WF_TYPE_BIT:
			return type->element_oid == VARBIT_OID;
		default:
			return type->element_oid == WF_XML_OID || type->element_oid == REFCURSOR_OID;
	}
}

/* Domains are unknown to it as elements, but for those of enums. */
static bool
is_unknown_domain(const WfType *type)
{
	return type->element_is_domain && type->element_kind != WF_TYPE_ENUM;
}

static bool
is_omitted(const WfType *type, const WfOptions *options)
{
	if (options->array_handling != WF_ARRAYS_DEBEZIUM)
		return false;
	if (is_unknown_domain(type))
		return options->unknown_handling == WF_UNKNOWN_DEBEZIUM && !options->include_unknown;
	return is_scalar_only(type) ||
		wf_field_is_omitted(type->element_kind, type->element_oid, options);
}

/* Whether Debezium's schema says that elements can't be null; see loss_of(). */
static bool
has_required_items(const WfType *type)
{
	switch (type->element_kind)
	{
		case WF_TYPE_ENUM:
		case WF_TYPE_ISBN:
		case WF_TYPE_VECTOR:
		case WF_TYPE_HALFVEC:
		case WF_TYPE_SPARSEVEC:
			return true;
		default:
			return type->element_oid == TSVECTOR_OID ||
				wf_field_is_unknown(type->element_kind, type->element_oid);
	}
}

static WfArrayLoss
loss_of(const WfType *type)
{
	if (wf_type_is_catalogue_vector(type))
		return WF_LOSES_ELEMENTS;
	switch (type->element_kind)
	{
		case WF_TYPE_TIME:
			return WF_LOSES_MICROSECONDS;
		case WF_TYPE_DATE:
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
			return WF_LOSES_CALENDAR;
		case WF_TYPE_LTREE:
			return WF_LOSES_WITH_NULL;
		case WF_TYPE_LINE:
		case WF_TYPE_LSEG:
		case WF_TYPE_BOX:
		case WF_TYPE_PATH:
		case WF_TYPE_POLYGON:
		case WF_TYPE_CIRCLE:
			return WF_LOSES_WITH_VALUE;
		case WF_TYPE_SPARSEVEC:
			return WF_LOSES_WITH_ELEMENT;
		case WF_TYPE_BIT:
			return WF_LOSES_ALL;
		default:
			return has_required_items(type) ? WF_LOSES_WITH_NULL : WF_LOSES_NOTHING;
	}
}

void
wf_field_adjust_type(WfType *type, const WfOptions *options)
{
	/* published by the bytes of their text; the OID is the base type's */
	if (type->kind == WF_TYPE_ARRAY && is_unknown_domain(type) && options->include_unknown &&
		options->array_handling == WF_ARRAYS_DEBEZIUM &&
		options->unknown_handling == WF_UNKNOWN_DEBEZIUM)
	{
		type->element_kind = WF_TYPE_OTHER;
		type->element_oid = 0;
	}
}

/*
 * Any element of PostgreSQL's arrays may be null, so the schema says, too.
 * Debezium calls those of some arrays required, and loses arrays that hold one.
 * It does not know the labels of an enum that it finds behind a domain.
 */
static void
resolve_array(WfColumnField *column, const WfType *type, const WfOptions *options, WfSide side)
{
	WfField    *self = &column->self;
	WfType	   *element = &column->element_type;
	bool		as_debezium = options->compat == WF_COMPAT_DEBEZIUM &&
	options->array_handling != WF_ARRAYS_JSON;
	bool		required = wf_type_is_catalogue_vector(type) ||
	(as_debezium && has_required_items(type));

	memset(element, 0, sizeof(*element));
	element->kind = type->element_kind;
	element->element_kind = WF_TYPE_OTHER;
	element->oid = type->element_oid;
	element->typmod = type->typmod;
	element->enum_labels = as_debezium && type->element_is_domain ? WF_LITERAL("") :
		type->enum_labels;
	element->natural = type->natural;
	wf_field_resolve_scalar(&column->element, element, !required, options, side);
	self->element = &column->element;
	if (options->array_handling == WF_ARRAYS_JSON)
	{
		self->form = WF_FORM_ARRAY_JSON;
		if (column->element.form == WF_FORM_NATURAL)
			column->element.form = WF_FORM_NATURAL_INSIDE;
	}
	else
		self->is_flat = side == WF_SIDE_KEY ? options->key_schemas : options->value_schemas;
	if (as_debezium)
		self->loss = loss_of(type);
	if (self->loss == WF_LOSES_CALENDAR)
		column->element.loss = self->loss;
}

void
wf_field_resolve(WfColumnField *column, const WfType *type, bool optional,
				 const WfOptions *options, WfSide side)
{
	bool		is_array = type->kind == WF_TYPE_ARRAY;

	wf_field_resolve_scalar(&column->self, type, optional, options, side);
	/* a member of the key is never left out: rows would share a key */
	if (side == WF_SIDE_VALUE)
		column->self.omitted = is_array ? is_omitted(type, options) :
			wf_field_is_omitted(type->kind, type->oid, options);
	if (is_array)
		resolve_array(column, type, options, side);
}
