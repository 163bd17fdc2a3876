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
#include "miscadmin.h"

#include "envelope/outbox.h"
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

/* What records show of a column's values: no client's rule touches a key, the policy's do. */
static void
plan_column(WfTablePlan *plan, int column)
{
	const WfTablePlan *published_as = plan->published_as;
	const WfOutboxPlan *outbox = published_as->row_plan.outbox;
	const WfColumnRule *rule = &published_as->row_plan.columns[column].rule;
	const WfColumnRule *disguises = plan->shape.tuples.disguises;
	bool		for_key = is_for_key(plan, column);
	bool		is_used = outbox == NULL || wf_outbox_uses(outbox, column);

	plan->left_out[column] =
		(published_as->row_plan.columns[column].field.self.omitted && !for_key) ||
		(disguises != NULL && disguises[column].action == WF_COLUMN_OMIT);
	plan->hidden[column] = !for_key && (!is_used || rule->action == WF_COLUMN_MASK);
	plan->shown_max[column] = for_key ? UINT64_MAX : is_used ? wf_column_rule_shown_max(rule) : 0;
	if (disguises != NULL)
		plan->shown_max[column] = Min(plan->shown_max[column],
									  wf_column_rule_shown_max(&disguises[column]));
	if (rule->action == WF_COLUMN_HASH ||
		(disguises != NULL && disguises[column].action == WF_COLUMN_HASH))
		wf_datum_reader_convert_whole(&published_as->shape.readers[column]);
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
	const WfTupleMap *tuples = &plan->shape.tuples;
	int			columns = plan->published_as->shape.relation.column_count;

	plan->left_out = palloc(sizeof(bool) * Max(columns, 1));
	plan->hidden = palloc(sizeof(bool) * Max(columns, 1));
	plan->shown_max = palloc(sizeof(uint64) * Max(columns, 1));
	for (int i = 0; i < columns; i++)
		plan_column(plan, i);
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

/* How long the column's JSON is at the least, in a record that shows it as it does. */
static uint64
bytes_at_least(const WfTablePlan *plan, const WfTableRow *row, int column)
{
	return Min(plan->shown_max[column],
			   wf_datum_bytes_at_least(&plan->published_as->shape.readers[column],
									   row->datums[plan->shape.tuples.attributes[column]]));
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
			bytes += bytes_at_least(plan, row, i);
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
	bool		is_in_page;		/* as it is: no value is of megabytes */
	bool		too_large;
	bool		has_unread;
	uint64		texts_max;		/* of what it has in texts no record can hold more */
	uint64		texts;			/* so far */
	const WfTableRow *before;
} Reading;

/* Is the value left where it is, because of the row's size or of its own? */
static bool
is_left_unread(const WfTablePlan *plan, const Reading *reading, const WfTableRow *row,
			   int column)
{
	const WfDatumReader *reader = &plan->published_as->shape.readers[column];
	uint64		raw;

	if (reading->too_large && !is_for_key(plan, column))
		return true;
	if (reading->is_in_page)
		return false;
	raw = wf_datum_raw_bytes(reader, row->datums[plan->shape.tuples.attributes[column]]);
	return raw > reader->raw_max || (plan->hidden[column] && raw > BLCKSZ);
}

/* What the column adds to a record for sure, in bytes, if it was read as text. */
static uint64
text_bytes(const WfTablePlan *plan, int column, const WfValue *value)
{
	switch (plan->published_as->shape.readers[column].kind)
	{
		case WF_TYPE_TEXT:
		case WF_TYPE_JSON:
		case WF_TYPE_LTREE:
		case WF_TYPE_OTHER:
			return Min(plan->shown_max[column], value->as.text.length);
		case WF_TYPE_BIT:		/* digits, of which base64 has six a character */
			return Min(plan->shown_max[column], value->as.text.length / BITS_PER_BYTE);
		case WF_TYPE_HSTORE:	/* ':' is half as long as its "=>" */
			return Min(plan->shown_max[column], value->as.text.length / 2);
		default:
			return 0;
	}
}

/* The texts that are made of values are of any length, and all are kept. */
static void
count_text(Reading *reading, uint64 bytes)
{
	reading->texts += bytes;
	if (reading->texts > reading->texts_max)
		reading->too_large = true;
}

/*
 * Is the beginning of a value, longer than a record, all that records need?  If they
 * show no more of it; and in a key, which is too large by it.
 */
static bool
is_beginning_enough(const WfTablePlan *plan, int column)
{
	const WfColumnRule *disguises = plan->shape.tuples.disguises;

	return is_for_key(plan, column) ||
		plan->published_as->row_plan.columns[column].rule.action == WF_COLUMN_TRUNCATE ||
		(disguises != NULL && disguises[column].action == WF_COLUMN_TRUNCATE);
}

static void
leave_unread(const WfTablePlan *plan, Reading *reading, WfTableRow *row, int column)
{
	WfValue    *value = &row->values[column];

	value->state = WF_VALUE_UNREAD;
	value->as.text = wf_slice(NULL, bytes_at_least(plan, row, column));
	reading->has_unread = true;
}

static void
read_column(const WfTablePlan *plan, Reading *reading, WfTableRow *row, int column)
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
	else if (is_left_unread(plan, reading, row, column))
		leave_unread(plan, reading, row, column);
	else
	{
		uint64		cut = reader->encoding->cut;

		if (!reading->is_in_page)
			CHECK_FOR_INTERRUPTS();
		value->state = WF_VALUE_PRESENT;
		reader->read(reader, row->datums[attribute], value);
		if (unlikely(reader->encoding->cut != cut))
		{
			/* one such value is more than a record holds, if records show it */
			count_text(reading, Min(plan->shown_max[column], reader->encoding->length_max + 1));
			if (!is_beginning_enough(plan, column))
				leave_unread(plan, reading, row, column);
		}
		else if (!reading->is_in_page)
			count_text(reading, text_bytes(plan, column, value));
	}
	if (unlikely(tuples->disguises != NULL))
		wf_filters_disguise(&tuples->disguises[column],
							shape->relation.columns[column].type.kind == WF_TYPE_BYTEA, value);
}

/*
 * A row that stands in its tuple, as most do: a wide one is read in half the time.
 * False if a value was compressed there, and is too long to be read whole.
 */
static bool
read_plain_columns(const WfTablePlan *plan, WfTableRow *row, int count)
{
	const int  *attribute = plan->shape.tuples.attributes;
	const bool *left_out = plan->left_out;
	const Datum *datums = row->datums;
	const bool *nulls = row->nulls;
	WfDatumReader *reader = plan->published_as->shape.readers;
	WfValue    *value = row->values;
	const WfEncoding *encoding = count > 0 ? reader->encoding : NULL;
	uint64		cut = count > 0 ? encoding->cut : 0;

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
	return count == 0 || encoding->cut == cut;
}

bool
wf_table_plan_read(WfTablePlan *plan, HeapTuple tuple, TupleDesc descriptor, bool identity_only,
				   int64 bytes_max, WfTableRow *row, const WfTableRow *before)
{
	int			count = plan->published_as->shape.relation.column_count;
	bool		has_external = HeapTupleHasExternal(tuple);
	bool		is_in_page = !has_external && tuple->t_len <= BLCKSZ;
	bool		too_large;
	Reading		reading;

	heap_deform_tuple(tuple, descriptor, row->datums, row->nulls);
	too_large = is_larger_than(plan, tuple, row, bytes_max);

	/* what stands in a page has no value that is_left_unread() could tell of */
	if (before == NULL && is_in_page && !too_large && !identity_only &&
		plan->shape.tuples.disguises == NULL && read_plain_columns(plan, row, count))
		return false;
	memset(&reading, 0, sizeof(reading));
	reading.identity_only = identity_only;
	reading.has_external = has_external;
	reading.is_in_page = is_in_page;
	reading.too_large = too_large;
	reading.texts_max = bytes_max;
	reading.before = too_large ? NULL : before;
	for (int i = 0; i < count; i++)
		read_column(plan, &reading, row, i);
	return reading.has_unread;
}

void
wf_table_plan_complete(WfTablePlan *plan)
{
	int			count = plan->published_as->shape.relation.column_count;

	for (int i = 0; i < count; i++)
		if (plan->new_row.values[i].state == WF_VALUE_UNAVAILABLE &&
			(plan->old_row.values[i].state == WF_VALUE_PRESENT ||
			 plan->old_row.values[i].state == WF_VALUE_UNREAD))
			plan->new_row.values[i] = plan->old_row.values[i];
}
