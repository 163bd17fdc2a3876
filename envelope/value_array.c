/*
 * value_array.c
 *		Arrays: of one dimension, of several, and as text that holds JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value_forms.h"

#define MICROSECONDS_PER_MILLISECOND 1000

/* What compat=debezium has to be told of an array once more; see WfArrayLoss. */
static bool
loses_element(const WfField *field, const WfValue *element)
{
	bool		present = element->state == WF_VALUE_PRESENT;

	return field->loss == WF_LOSES_WITH_ELEMENT ||
		(field->loss == WF_LOSES_WITH_NULL && !present) ||
		(field->loss == WF_LOSES_WITH_VALUE && present);
}

/*
 * Whether null stands for an element without a form, as where Debezium's number
 * of a timestamp would run over.  One of numeric[] it loses with the array.
 */
static bool
leaves_null(const WfField *element)
{
	return element->optional && element->type->kind != WF_TYPE_NUMERIC;
}

/* UNCONVERTIBLE: and so is the array. */
static WfValueResult
write_element(WfBuffer *buffer, WfTextForm *form, const WfField *field, WfValue *element)
{
	WfValueResult result;

	if (loses_element(field, element))
		return WF_VALUE_UNCONVERTIBLE;
	if (element->state != WF_VALUE_PRESENT)
	{
		wf_json_null(buffer);
		return WF_VALUE_WRITTEN;
	}
	if (field->loss == WF_LOSES_MICROSECONDS)
		element->as.integer -= element->as.integer % MICROSECONDS_PER_MILLISECOND;
	result = wf_value_write(buffer, form, field->element, element);
	if (result != WF_VALUE_UNCONVERTIBLE || !leaves_null(field->element))
		return result;
	wf_json_null(buffer);
	return WF_VALUE_WRITTEN_IN_PART;
}

/*
 * Arrays of several dimensions become nested JSON arrays (Debezium's come out
 * as nulls or Java object names).  Lower bounds have no place in JSON.
 */
WfValueResult
wf_write_array(WfBuffer *buffer, WfTextForm *form, const WfField *field, WfArray *array)
{
	size_t		mark = buffer->length;
	int32_t		position[WF_ARRAY_DIMENSIONS_MAX] = {0};
	int			last = field->loss == WF_LOSES_ELEMENTS ? -1 : array->dimension_count - 1;
	int			open = 0;		/* brackets beyond the outermost */
	WfValue		element;
	WfValueResult written;
	WfValueResult result = WF_VALUE_WRITTEN;

	if (field->loss == WF_LOSES_ALL || (field->is_flat && last > 0))
		return WF_VALUE_UNCONVERTIBLE;
	if (array->rewind != NULL)
		array->rewind(array);
	/* Debezium shows a vector without elements as null */
	if (field->loss == WF_LOSES_ELEMENTS && !array->next(array, &element))
		return WF_VALUE_UNCONVERTIBLE;
	wf_buffer_append_char(buffer, '[');
	/* after an error nothing is appended any more: millions may be left */
	while (last >= 0 && buffer->error == WF_BUFFER_OK && array->next(array, &element))
	{
		if (open > 0 || position[0] > 0)
			wf_buffer_append_char(buffer, ',');
		for (; open < last; open++)
			wf_buffer_append_char(buffer, '[');

		written = write_element(buffer, form, field, &element);
		if (written == WF_VALUE_UNCONVERTIBLE)
		{
			/* the error, if any, must stay */
			if (buffer->error == WF_BUFFER_OK)
				buffer->length = mark;
			return WF_VALUE_UNCONVERTIBLE;
		}
		if (written == WF_VALUE_WRITTEN_IN_PART)
			result = WF_VALUE_WRITTEN_IN_PART;

		/* what is full after this element is closed */
		position[last]++;
		while (open > 0 && position[open] >= array->dimensions[open])
		{
			wf_buffer_append_char(buffer, ']');
			position[open] = 0;
			open--;
			position[open]++;
		}
	}
	for (; open > 0; open--)
		wf_buffer_append_char(buffer, ']');
	wf_buffer_append_char(buffer, ']');
	return result;
}

/* The JSON inside is UTF-8; the string around it is written in the session's form. */
WfValueResult
wf_write_array_json(WfBuffer *buffer, WfTextForm *form, const WfField *field, WfArray *array)
{
	WfTextForm	inner = {.ascii_only = false};
	size_t		mark = buffer->length;
	WfValueResult result = wf_write_array(buffer, &inner, field, array);

	if (result == WF_VALUE_UNCONVERTIBLE)
		return result;
	form->replaced += inner.replaced;
	wf_json_quote(buffer, form, mark);
	return result;
}
