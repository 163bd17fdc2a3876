/*
 * tuple.c
 *		A tuple's fields as values.
 *
 * Values borrow from the message where they can; what they cannot (digits, bytes,
 * arrays) is put into one piece of memory, which is made large enough beforehand, since
 * values point into it.  What an update leaves as it was, byte by byte, is not read
 * again: its old row has it (as plugin/table_row.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tuple.h"

#include <stdlib.h>

#include "envelope/read_binary.h"

#define SCRATCH_BYTES_FIRST 4096

static size_t
scratch_of_field(const WfType *type, const PgoutputField *field)
{
	if (field->kind == PGOUTPUT_FIELD_TEXT)
		return wf_text_scratch_size(type, field->bytes.length);
	if (field->kind == PGOUTPUT_FIELD_BINARY)
		return wf_binary_scratch_size(type, field->bytes.length);
	return 0;
}

static size_t
scratch_of_tuple(const PgoutputTable *table, const PgoutputTuple *tuple)
{
	size_t		size = 0;

	for (int i = 0; tuple != NULL && i < tuple->count && i < table->relation.column_count; i++)
		size += scratch_of_field(&table->relation.columns[i].type, &tuple->fields[i]);
	return size;
}

bool
tuple_scratch_prepare(WfScratch *scratch, const PgoutputTable *table,
					  const PgoutputTuple *old_tuple,
					  const PgoutputTuple *new_tuple)
{
	size_t		wanted = scratch_of_tuple(table, old_tuple) + scratch_of_tuple(table, new_tuple);
	size_t		size = scratch->size > 0 ? scratch->size : SCRATCH_BYTES_FIRST;

	scratch->used = 0;
	if (wanted <= scratch->size)
		return true;
	while (size < wanted)
		size = size > SIZE_MAX / 2 ? wanted : size * 2;
	free(scratch->memory);
	scratch->memory = malloc(size);
	scratch->size = scratch->memory != NULL ? size : 0;
	return scratch->memory != NULL;
}

void
tuple_scratch_shrink(WfScratch *scratch, size_t kept_bytes)
{
	if (scratch->size <= kept_bytes)
		return;
	free(scratch->memory);
	memset(scratch, 0, sizeof(*scratch));
}

/*
 * An unchanged value that is stored out of line was not NULL, so a NULL before it is none: the
 * old row is not whole, whatever the catalogue says of the partitions by now.
 */
static bool
is_same(const PgoutputField *field, const PgoutputField *before)
{
	if (field->kind != before->kind)
		return field->kind == PGOUTPUT_FIELD_UNCHANGED && before->kind != PGOUTPUT_FIELD_NULL;
	return field->kind == PGOUTPUT_FIELD_NULL || field->kind == PGOUTPUT_FIELD_UNCHANGED ||
		wf_slice_equal(field->bytes, before->bytes);
}

static bool
read_field(WfScratch *scratch, const WfType *type, const PgoutputField *field, WfValue *value)
{
	if (field->kind == PGOUTPUT_FIELD_BINARY)
		return wf_read_binary(scratch, type, field->bytes, value);
	return wf_read_text(scratch, type, field->bytes, value);
}

bool
tuple_read(WfScratch *scratch, const PgoutputTable *table, const PgoutputTuple *tuple,
		   TupleReading *reading, WfValue *row)
{
	for (int i = 0; i < table->relation.column_count; i++)
	{
		const PgoutputField *field = &tuple->fields[i];
		WfValue    *value = &row[i];

		if (table->left_out[i])
			value->state = WF_VALUE_ABSENT;
		else if (reading->before != NULL && is_same(field, &reading->before->fields[i]))
			value->state = WF_VALUE_UNCHANGED;
		else if (field->kind == PGOUTPUT_FIELD_NULL)
			value->state = reading->identity_only && !table->in_identity[i] ?
				WF_VALUE_ABSENT : WF_VALUE_NULL;
		else if (field->kind == PGOUTPUT_FIELD_UNCHANGED)
		{
			value->state = WF_VALUE_UNAVAILABLE;
			reading->has_unavailable = true;
		}
		else if (!read_field(scratch, &table->relation.columns[i].type, field, value))
		{
			reading->column = i;
			return false;
		}
	}
	return true;
}
