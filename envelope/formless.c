/*
 * formless.c
 *		Which values of a column have no form, and which option keeps them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formless.h"

#define KEEP_TIMESTAMPS "Set time.precision.mode=isostring to keep all timestamps."

/* Of a field that is no array. */
static WfFormless
scalar_reason(const WfField *field)
{
	WfFormless	reason = {NULL, NULL};

	switch (field->form)
	{
		case WF_FORM_DECIMAL:
		case WF_FORM_VARIABLE_DECIMAL:
		case WF_FORM_DECIMAL_NUMBER:
			reason.values = "NaN and the infinities have no form as a Decimal";
			reason.remedy = field->options->value_schemas ?
				"Set decimal.handling.mode=string to keep NaN and the infinities." :
				"Set numeric.special.handling=string or decimal.handling.mode=string to keep NaN and "
				"the infinities.";
			break;
		case WF_FORM_TIMESTAMP_US:
			reason.values = "timestamps after 294247-01-10 have no form in microseconds";
			reason.remedy = KEEP_TIMESTAMPS;
			break;
		case WF_FORM_TIMESTAMP_NS:
			reason.values = "timestamps before 1677-09-21 and after 2262-04-11 have no form in nanoseconds";
			reason.remedy = KEEP_TIMESTAMPS;
			break;
		case WF_FORM_NATURAL:
		case WF_FORM_NATURAL_INSIDE:
			reason.values = "types that are nested too deep, or of too many parts, have no form as JSON";
			break;
		case WF_FORM_SPARSE_VECTOR:
			reason.values = "vectors of more than 32767 dimensions have no form";
			break;
		default:
			break;
	}
	if (field->type->kind == WF_TYPE_MONEY)
	{
		reason.values = "amounts with more fraction digits than money.fraction.digits have no form";
		reason.remedy = "Set a larger money.fraction.digits to keep all fraction digits.";
	}
	return reason;
}

/* Of an array whose times are cut all elements are there. */
static bool
loses_values(WfArrayLoss loss)
{
	return loss != WF_LOSES_NOTHING && loss != WF_LOSES_MICROSECONDS;
}

int
wf_field_formless(const WfField *field, WfFormless reasons[WF_FORMLESS_MAX])
{
	bool		is_array = field->element != NULL;
	int			count = 0;

	if (is_array && field->is_flat)
	{
		reasons[count].values = "arrays of more than one dimension have no form with inline schemas";
		reasons[count++].remedy = "Set array.handling=json or value.converter.schemas.enable=false to "
			"keep arrays of more than one dimension.";
	}
	reasons[count] = scalar_reason(is_array ? field->element : field);
	if (reasons[count].values != NULL)
		count++;
	if (is_array && loses_values(field->loss))
	{
		reasons[count].values = "compat=debezium has null for arrays that Debezium loses";
		reasons[count++].remedy = "Set compat=none to keep them.";
	}
	return count;
}
