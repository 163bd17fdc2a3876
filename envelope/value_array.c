/*
 * value_array.c
 *		Arrays: of one dimension, of several, and as text that holds JSON.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value_forms.h"

#include "time.h"

#define MICROSECONDS_PER_MILLISECOND 1000

/*
 * Days since 2000-01-01: 4714-11-24 BC, the first of PostgreSQL's, and 1582-10-15,
 * before which java.util's calendar is the Julian one.
 */
#define FIRST_DAY (-2451545)
#define FIRST_GREGORIAN_DAY (-152384)
#define DAYS_LEFT_OUT 10		/* by the calendar, before that one */

/* What compat=debezium has to be told of an array once more; see WfArrayLoss. */
static bool
loses_element(const WfField *field, const WfValue *element)
{
	bool		present = element->state == WF_VALUE_PRESENT;

	return field->loss == WF_LOSES_WITH_ELEMENT ||
		(field->loss == WF_LOSES_WITH_NULL && !present) ||
		(field->loss == WF_LOSES_WITH_VALUE && present);
}

/* Debezium takes a timestamp's day for one of the Julian calendar. */
static int64_t
julian_days(int64_t days)
{
	WfCivilDate date = wf_civil_date(days);
	int64_t		year = date.year - (date.month < 3 ? 1 : 0);
	int64_t		centuries = (year >= 0 ? year : year - 99) / 100;
	int64_t		eras = (year >= 0 ? year : year - 399) / 400;

	return days + centuries - eras - 2;
}

/*
 * Of a date, and of a timestamp with zone, it takes year, month and day: the
 * year without its BC, and of days that the calendar has left out the tenth
 * after them.  False: there is no such day.
 */
static bool
find_named_day(int64_t *days)
{
	WfCivilDate date = wf_civil_date(*days);

	if (*days >= FIRST_GREGORIAN_DAY - DAYS_LEFT_OUT)
		*days += DAYS_LEFT_OUT;
	if (date.year > 0)
		return true;
	date.year = 1 - date.year;
	*days = wf_civil_days(date);
	return wf_civil_date(*days).day == date.day;
}

/* What compat=debezium makes of an element before the Gregorian calendar; false: nothing. */
static bool
lose_calendar(WfTypeKind kind, WfValue *element)
{
	int64_t		day_length = kind == WF_TYPE_DATE ? 1 : WF_MICROSECONDS_PER_DAY;
	int64_t		days;
	int64_t		moved;

	/* -infinity is before the first day */
	if (element->as.integer >= FIRST_GREGORIAN_DAY * day_length ||
		element->as.integer < FIRST_DAY * day_length)
		return true;
	days = element->as.integer / day_length - (element->as.integer % day_length < 0 ? 1 : 0);
	moved = kind == WF_TYPE_TIMESTAMP ? julian_days(days) : days;
	if (kind != WF_TYPE_TIMESTAMP && !find_named_day(&moved))
		return false;
	element->as.integer += (moved - days) * day_length;
	return true;
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
	{
		element->as.integer %= WF_MICROSECONDS_PER_DAY;
		element->as.integer -= element->as.integer % MICROSECONDS_PER_MILLISECOND;
	}
	if (field->loss == WF_LOSES_CALENDAR && !lose_calendar(field->element->type->kind, element))
		return WF_VALUE_UNCONVERTIBLE;
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
