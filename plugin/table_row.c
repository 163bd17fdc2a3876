/*
 * table_row.c
 *		Reading the tuples of a table into its plan's rows.
 *
 * This runs for each row, so a row that needs nothing but its values read has a
 * loop of its own.  An update of which the WAL has both rows is read only as far
 * as it changes something: with REPLICA IDENTITY FULL that is little of most
 * rows, and comparing bytes costs far less than reading, say, jsonb.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/htup_details.h"

#include "relation_cache.h"

/* No compression of the server's makes values smaller than by this (lz4: 255). */
#define COMPRESSION_MAX 256

/* May the column be a member of a record's key? */
static bool
is_for_key(const WfTablePlan *plan, int column)
{
	const WfRelation *relation = &plan->published_as->shape.relation;

	for (int i = 0; i < relation->key_count; i++)
		if (relation->key_columns[i] == column)
			return true;
	return !plan->shape.tuples.old_is_full && plan->shape.tuples.in_identity[column];
}

static void
prepare_row(WfTableRow *row, int attributes, int columns)
{
	row->datums = palloc(sizeof(Datum) * Max(attributes, 1));
	row->nulls = palloc(sizeof(bool) * Max(attributes, 1));
	row->values = palloc0(sizeof(WfValue) * Max(columns, 1));
}

void
wf_table_plan_prepare_rows(WfTablePlan *plan)
{
	const WfTablePlan *published_as = plan->published_as;
	const WfTupleMap *tuples = &plan->shape.tuples;
	int			columns = published_as->shape.relation.column_count;

	plan->left_out = palloc(sizeof(bool) * Max(columns, 1));
	for (int i = 0; i < columns; i++)
		plan->left_out[i] =
			(published_as->row_plan.columns[i].field.self.omitted && !is_for_key(plan, i)) ||
			(tuples->disguises != NULL && tuples->disguises[i].action == WF_COLUMN_OMIT);
	prepare_row(&plan->old_row, tuples->attribute_count, columns);
	prepare_row(&plan->new_row, tuples->attribute_count, columns);
}

/*
 * Does the policy show asterisks whatever the value is?  Then it is not looked at:
 * neither where it is nor how large may show.
 */
static inline bool
is_masked(const WfTablePlan *plan, int column)
{
	const WfColumnRule *disguises = plan->shape.tuples.disguises;

	return unlikely(disguises != NULL) && disguises[column].action == WF_COLUMN_MASK;
}

/* Is the datum told, and in the WAL? */
static inline bool
is_read(const WfTablePlan *plan, const WfTableRow *row, int column)
{
	int			attribute = plan->shape.tuples.attributes[column];

	return !row->nulls[attribute] && !plan->left_out[column] && !is_masked(plan, column) &&
		!(plan->published_as->shape.readers[column].length == -1 &&
		  VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(row->datums[attribute])));
}

/* Can the row's JSON be larger, and is it, as far as that is known without reading it? */
static bool
is_larger_than(const WfTablePlan *plan, HeapTuple tuple, const WfTableRow *row, int64 bytes_max)
{
	const WfShape *shape = &plan->published_as->shape;
	uint64		bytes = 0;

	if (!HeapTupleHasExternal(tuple) && tuple->t_len <= bytes_max / COMPRESSION_MAX)
		return false;
	for (int i = 0; i < shape->relation.column_count; i++)
		if (is_read(plan, row, i))
			bytes += wf_datum_bytes_at_least(&shape->readers[i],
											 row->datums[plan->shape.tuples.attributes[i]]);
	return bytes > (uint64) bytes_max;
}

/*
 * Is the varlena that the new row has the old row's?  The old one stands in its
 * row, whatever its size; the new one only if it is short.  A pointer into the
 * TOAST table means that it is unchanged, another one that it is new.
 */
static inline bool
is_same_varlena(const char *old, const char *new)
{
	Size		size;

	if (VARATT_IS_EXTERNAL(old))
		return false;
	if (VARATT_IS_EXTERNAL(new))
		return VARATT_IS_EXTERNAL_ONDISK(new);
	size = VARSIZE_ANY(old);
	return VARSIZE_ANY(new) == size && memcmp(old, new, size) == 0;
}

/* Had the column the same value before, byte for byte? */
static inline bool
is_unchanged(const WfDatumReader *reader, const WfTableRow *row, const WfTableRow *before,
			 int attribute)
{
	Datum		old = before->datums[attribute];
	Datum		new = row->datums[attribute];

	if (row->nulls[attribute] || before->nulls[attribute])
		return row->nulls[attribute] && before->nulls[attribute];
	if (reader->by_value)
		return old == new;
	if (reader->length == -1)
		return is_same_varlena(DatumGetPointer(old), DatumGetPointer(new));
	if (reader->length < 0)
		return strcmp(DatumGetCString(old), DatumGetCString(new)) == 0;
	return memcmp(DatumGetPointer(old), DatumGetPointer(new), reader->length) == 0;
}

/* How the tuple at hand is read. */
typedef struct Reading
{
	bool		identity_only;
	bool		has_external;
	bool		too_large;
	const WfTableRow *before;
} Reading;

static void
read_column(const WfTablePlan *plan, const Reading *reading, WfTableRow *row, int column)
{
	const WfShape *shape = &plan->published_as->shape;
	const WfTupleMap *tuples = &plan->shape.tuples;
	int			attribute = tuples->attributes[column];
	WfDatumReader *reader = &shape->readers[column];
	WfValue    *value = &row->values[column];

	if (plan->left_out[column])
		value->state = WF_VALUE_ABSENT;
	else if (reading->before != NULL && is_unchanged(reader, row, reading->before, attribute))
	{
		value->state = WF_VALUE_UNCHANGED;	/* and disguised already */
		return;
	}
	else if (row->nulls[attribute] || is_masked(plan, column))
		value->state = reading->identity_only && !tuples->in_identity[column] ?
			WF_VALUE_ABSENT : WF_VALUE_NULL;
	else if (reading->has_external && !is_read(plan, row, column))
		value->state = WF_VALUE_UNAVAILABLE;
	else if (unlikely(reading->too_large) && !is_for_key(plan, column))
	{
		value->state = WF_VALUE_UNREAD;
		value->as.text = wf_slice(NULL, wf_datum_bytes_at_least(reader, row->datums[attribute]));
	}
	else
	{
		value->state = WF_VALUE_PRESENT;
		reader->read(reader, row->datums[attribute], value);
	}
	if (unlikely(tuples->disguises != NULL))
		wf_filters_disguise(&tuples->disguises[column],
							shape->relation.columns[column].type.kind == WF_TYPE_BYTEA, value);
}

/* A row that stands in its tuple, as most do: a wide one is read in half the time. */
static void
read_plain_columns(const WfTablePlan *plan, WfTableRow *row, int count)
{
	const int  *attribute = plan->shape.tuples.attributes;
	const bool *left_out = plan->left_out;
	const Datum *datums = row->datums;
	const bool *nulls = row->nulls;
	WfDatumReader *reader = plan->published_as->shape.readers;
	WfValue    *value = row->values;

	for (WfValue *end = value + count; value < end; value++, reader++, attribute++, left_out++)
	{
		if (*left_out)
			value->state = WF_VALUE_ABSENT;
		else if (nulls[*attribute])
			value->state = WF_VALUE_NULL;
		else
		{
			value->state = WF_VALUE_PRESENT;
			reader->read(reader, datums[*attribute], value);
		}
	}
}

bool
wf_table_plan_read(WfTablePlan *plan, HeapTuple tuple, TupleDesc descriptor, bool identity_only,
				   int64 bytes_max, WfTableRow *row, const WfTableRow *before)
{
	int			count = plan->published_as->shape.relation.column_count;
	Reading		reading = {
		.identity_only = identity_only,
		.has_external = HeapTupleHasExternal(tuple)
	};

	heap_deform_tuple(tuple, descriptor, row->datums, row->nulls);
	reading.too_large = is_larger_than(plan, tuple, row, bytes_max);
	reading.before = reading.too_large ? NULL : before;

	if (reading.before == NULL && !reading.identity_only && !reading.has_external &&
		!reading.too_large && plan->shape.tuples.disguises == NULL)
		read_plain_columns(plan, row, count);
	else
		for (int i = 0; i < count; i++)
			read_column(plan, &reading, row, i);
	return reading.too_large;
}

void
wf_table_plan_complete(WfTablePlan *plan)
{
	int			count = plan->published_as->shape.relation.column_count;

	for (int i = 0; i < count; i++)
		if (plan->new_row.values[i].state == WF_VALUE_UNAVAILABLE &&
			plan->old_row.values[i].state == WF_VALUE_PRESENT)
			plan->new_row.values[i] = plan->old_row.values[i];
}
