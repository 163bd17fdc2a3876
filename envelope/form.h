/*
 * form.h
 *		The forms in which values are published.
 *
 * A form is a Kafka Connect schema together with the JSON that goes with it.
 * Which form a column has depends on its type and on the modes (decimal, time,
 * interval, binary handling); how a form looks does not.  So modes are decided
 * here, in one place, and the writers of values, fallbacks, placeholders and
 * schemas know forms only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FORM_H
#define WALFERRY_FORM_H

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
	WF_FORM_MONEY,				/* Decimal of scale 2 */
	WF_FORM_STRING,
	WF_FORM_BYTES,				/* base64 */
	WF_FORM_DATE,				/* days since 1970 */
	WF_FORM_TIME_MS,
	WF_FORM_TIME_US,
	WF_FORM_ZONED_TIME,			/* text, UTC */
	WF_FORM_TIMESTAMP_MS,		/* since 1970 */
	WF_FORM_TIMESTAMP_US,
	WF_FORM_ZONED_TIMESTAMP,	/* text, UTC */
	WF_FORM_DURATION_US,
	WF_FORM_UUID,
	WF_FORM_JSON,
	WF_FORM_XML,
	WF_FORM_TSVECTOR,
	WF_FORM_ENUM,
	WF_FORM_ARRAY
} WfForm;

#define WF_MONEY_SCALE 2

extern WfForm wf_form(const WfType *type);

/* The type of an array's elements. */
static inline WfType
wf_element_type(const WfType *array)
{
	WfType		element = *array;

	element.kind = array->element_kind;
	element.element_kind = WF_TYPE_OTHER;
	element.oid = array->element_oid;
	element.element_oid = 0;
	return element;
}

/*
 * Scale and precision of a DECIMAL form's schema.  Kafka Connect has no use for
 * a negative scale here: numeric(5,-2) is published exactly at scale 0, and its
 * precision counts the digits that then are before the point.
 */
static inline void
wf_decimal_form(const WfType *type, int *precision, int *scale)
{
	*precision = 0;
	*scale = 0;
	if (wf_numeric_typmod(type->typmod, precision, scale) && *scale < 0)
	{
		*precision -= *scale;
		*scale = 0;
	}
}

#endif							/* WALFERRY_FORM_H */
