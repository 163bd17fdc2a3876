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

/* FNV-1a, of the column and the label. */
static void
take_in(uint32_t *labels, int column, WfSlice label)
{
	*labels = (*labels ^ (uint32_t) column) * 16777619u;
	for (size_t i = 0; i < label.length; i++)
		*labels = (*labels ^ (unsigned char) label.data[i]) * 16777619u;
}

static bool
has_come(const WfType *type, int column, WfSlice label, uint32_t *labels)
{
	if (is_among(type->enum_labels, label))
		return false;
	take_in(labels, column, label);
	return true;
}

static bool
have_come_in_array(const WfType *type, int column, WfArray *array, uint32_t *labels)
{
	WfValue		element;
	bool		found = false;

	array->rewind(array);
	while (array->next(array, &element))
		if (element.state == WF_VALUE_PRESENT)
			found |= has_come(type, column, element.as.text, labels);
	array->rewind(array);
	return found;
}

bool
labels_have_come(const PgoutputTable *table, const WfValue *row, uint32_t *labels)
{
	bool		found = false;

	for (int i = 0; row != NULL && i < table->enum_column_count; i++)
	{
		int			column = table->enum_columns[i];
		const WfType *type = &table->relation.columns[column].type;

		if (row[column].state != WF_VALUE_PRESENT || type->enum_labels.data == NULL)
			continue;
		if (type->kind == WF_TYPE_ENUM)
			found |= has_come(type, column, row[column].as.text, labels);
		else
			found |= have_come_in_array(type, column, row[column].as.array, labels);
	}
	return found;
}
