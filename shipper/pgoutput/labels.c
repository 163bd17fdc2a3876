/*
 * labels.c
 *		Labels that an enum has got since the catalogue was asked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "labels.h"

/* Is the label one of those, which commas join? */
static bool
is_among(WfSlice labels, WfSlice label)
{
	const char *end = labels.data + labels.length;
	const char *place = labels.data;

	while ((size_t) (end - place) >= label.length)
	{
		const char *comma;

		if (memcmp(place, label.data, label.length) == 0 &&
			(place + label.length == end || place[label.length] == ','))
			return true;
		comma = memchr(place, ',', (size_t) (end - place));
		if (comma == NULL)
			return false;
		place = comma + 1;
	}
	return false;
}

static bool
has_come_in_array(const WfType *type, WfArray *array)
{
	WfValue		element;
	bool		found = false;

	array->rewind(array);
	while (!found && array->next(array, &element))
		found = element.state == WF_VALUE_PRESENT &&
			!is_among(type->enum_labels, element.as.text);
	array->rewind(array);
	return found;
}

bool
labels_have_come(const PgoutputTable *table, const WfValue *row)
{
	for (int i = 0; row != NULL && i < table->enum_column_count; i++)
	{
		const WfValue *value = &row[table->enum_columns[i]];
		const WfType *type = &table->relation.columns[table->enum_columns[i]].type;

		if (value->state != WF_VALUE_PRESENT || type->enum_labels.data == NULL)
			continue;
		if (type->kind == WF_TYPE_ENUM ? !is_among(type->enum_labels, value->as.text) :
			has_come_in_array(type, value->as.array))
			return true;
	}
	return false;
}
