/*
 * table_shape.c
 *		A table's columns and keys, by what pgoutput tells of it and the catalogue.
 *
 * The Relation message tells the table as it was when the row was written: names, types
 * and which columns the replica identity has.  The rest the catalogue tells as it is now.
 * So a column is looked up there by its name and type, and what is said of another one
 * that has its name by now does not count; a column that is not found has no default and
 * no comment, and may be null unless the identity has it.  The key is that of the index
 * which the catalogue has, if its columns are those of the message; else, as the default
 * identity is the primary key, the columns that the message marks, in their order.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "table_build.h"

#include <stdlib.h>

#include "default_text.h"
#include "envelope/catalogue_texts.h"
#include "envelope/default_value.h"
#include "envelope/key_choice.h"
#include "notices.h"

/* ---- columns ---- */

/* The catalogue's row of a column, which mostly stands at near or just after; -1: none. */
static int
find_column(const TableBuild *build, const PgoutputColumn *column, int near)
{
	const PGresult *rows = build->answer.results[CATALOGUE_COLUMNS];
	int			count = PQntuples(rows);

	for (int i = 0; i < count; i++)
	{
		int			row = (near + i) % count;

		if (wf_slice_equal(catalogue_text(rows, row, COLUMN_NAME), column->name))
			return catalogue_number(rows, row, COLUMN_TYPE) == column->type ? row : -1;
	}
	return -1;
}

/* As format_type() shows it; a dropped type, which that does not know, by its name. */
static WfSlice
shown_type(const TableBuild *build, int place, WfSlice name)
{
	WfSlice		shown = catalogue_text(build->answer.results[CATALOGUE_TYPE_NAMES], place, 0);

	if (wf_slice_equal(shown, WF_LITERAL("???")))
		return name;
	return arena_copy(&build->table->arena, shown);
}

/*
 * A domain's columns have no default, whatever its base type; what a column is generated
 * from is none (and not asked for).
 */
static void
describe_default(TableBuild *build, int place)
{
	const PGresult *rows = build->answer.results[CATALOGUE_COLUMNS];
	int			row = build->rows[place];
	WfColumn   *column = &build->columns[place];
	WfScratch	scratch;
	WfValue    *value;

	if (column->is_generated || !wf_default_is_possible(&column->type) || column->type.is_domain)
		return;
	if (PQgetisnull(rows, row, COLUMN_DEFAULT))
	{
		if (catalogue_is_true(rows, row, COLUMN_DEFAULT_IS_LEFT_OUT))
			column->left_out |= WF_LEFT_OUT_DEFAULT;
		return;
	}
	column->default_expression = default_text(&build->table->arena,
											  catalogue_text(rows, row, COLUMN_DEFAULT));
	scratch = (WfScratch)
	{
		.size = WF_SCRATCH_SIZE(column->default_expression.length)
	};
	scratch.memory = arena_take(&build->table->arena, scratch.size);
	value = arena_take(&build->table->arena, sizeof(WfValue));
	if (scratch.memory != NULL && value != NULL &&
		wf_default_read(&scratch, &column->type, column->default_expression, value))
		column->default_value = value;
}

static void
describe_column(TableBuild *build, const TypeLookup *types, int place)
{
	const PgoutputColumn *told = &build->message->columns[place];
	const PGresult *rows = build->answer.results[CATALOGUE_COLUMNS];
	WfColumn   *column = &build->columns[place];
	int			row = find_column(build, told, place > 0 ? build->rows[place - 1] + 1 : 0);
	bool		domain_is_not_null;
	bool		assumed = false;	/* NOT NULL may have come since */
	bool		is_not_null = told->in_identity &&
	build->message->identity != WF_IDENTITY_FULL;

	build->rows[place] = row;
	column->name = arena_copy(types->arena, told->name);
	if (!column_type_describe(types, told->type, told->typmod, &column->type, &domain_is_not_null,
							  &column->catalogue_type))
	{
		notice_dropped_type(build->table, column);
		build->has_dropped_type = true;
	}
	column->type_name = shown_type(build, place, column->catalogue_type);
	column->in_identity = told->in_identity;
	if (row >= 0)
	{
		assumed = !is_not_null && catalogue_is_true(rows, row, COLUMN_NOT_NULL) && !told->has_null;
		column->is_identity_column = catalogue_is_true(rows, row, COLUMN_IS_IDENTITY);
		column->is_generated = catalogue_is_true(rows, row, COLUMN_IS_GENERATED);
		describe_default(build, place);
		column->comment = arena_copy(types->arena, catalogue_text(rows, row, COLUMN_COMMENT));
		if (catalogue_is_true(rows, row, COLUMN_COMMENT_IS_LEFT_OUT))
			column->left_out |= WF_LEFT_OUT_COMMENT;
	}
	if (assumed)
		build->table->assumed[build->table->assumed_count++] = place;
	is_not_null |= assumed;
	column->nullable = !is_not_null && !domain_is_not_null;
	column->may_hold_null = domain_is_not_null && !is_not_null;
}

static void
describe_columns(TableBuild *build)
{
	const TableMaker *maker = build->maker;
	TypeLookup	types = {
		.arena = &build->table->arena, .answer = &build->answer, .names = maker->type_names,
		.options = maker->options, .money_digits = maker->catalogue->money_digits
	};

	for (int i = 0; i < build->message->column_count && !build->table->arena.failed; i++)
		describe_column(build, &types, i);
}

static void
describe_table(TableBuild *build)
{
	const PGresult *row = build->answer.results[CATALOGUE_TABLE];
	WfRelation *relation = &build->table->relation;

	if (PQntuples(row) == 0)
		return;					/* dropped since */
	relation->has_partitions = catalogue_is_true(row, 0, TABLE_IS_PARTITIONED);
	build->table->leaves_differ = catalogue_is_true(row, 0, TABLE_LEAVES_DIFFER);
	relation->comment = arena_copy(&build->table->arena, catalogue_text(row, 0, TABLE_COMMENT));
	if (catalogue_is_true(row, 0, TABLE_COMMENT_IS_LEFT_OUT))
		relation->left_out |= WF_LEFT_OUT_COMMENT;
}

/* ---- keys ---- */

/* The column whose number in the catalogue this is; -1: it is not told. */
static int
column_of(const TableBuild *build, long number)
{
	const PGresult *rows = build->answer.results[CATALOGUE_COLUMNS];

	for (int i = 0; i < build->message->column_count && number > 0; i++)
		if (build->rows[i] >= 0 &&
			catalogue_number(rows, build->rows[i], COLUMN_NUMBER) == (unsigned long) number)
			return i;
	return -1;
}

static void
read_index(const TableBuild *build, int row, WfIndex *index)
{
	const PGresult *rows = build->answer.results[CATALOGUE_INDEXES];
	char	   *numbers = PQgetvalue(rows, row, INDEX_COLUMNS);

	*index = (WfIndex)
	{
		.name = catalogue_text(rows, row, INDEX_NAME),
			.is_primary = catalogue_is_true(rows, row, INDEX_IS_PRIMARY),
			.is_identity = catalogue_is_true(rows, row, INDEX_IS_IDENTITY) &&
			build->message->identity == WF_IDENTITY_INDEX,
			.is_clustered = catalogue_is_true(rows, row, INDEX_IS_CLUSTERED),
			.is_valid = catalogue_is_true(rows, row, INDEX_IS_VALID),
			.is_immediate = catalogue_is_true(rows, row, INDEX_IS_IMMEDIATE),
			.is_partial = catalogue_is_true(rows, row, INDEX_IS_PARTIAL),
			.has_expression = catalogue_is_true(rows, row, INDEX_HAS_EXPRESSION),
			.is_not_null = true,
			.key_count = (int) catalogue_number(rows, row, INDEX_KEY_COUNT)
	};
	while (*numbers != '\0' && index->column_count < WF_KEY_COLUMNS_MAX)
	{
		int			column = column_of(build, strtol(numbers, &numbers, 10));

		if (index->column_count < index->key_count)
			index->is_not_null &= column >= 0 && !build->message->columns[column].has_null &&
				catalogue_is_true(build->answer.results[CATALOGUE_COLUMNS], build->rows[column],
								  COLUMN_NOT_NULL);
		index->columns[index->column_count++] = column;
	}
}

/*
 * Has the index just the columns that the message marks?  Asked of the one that is the
 * replica identity by the message: if not, it is another one by now.
 */
static bool
is_identity_of_message(const TableBuild *build, const WfIndex *index)
{
	int			marked = 0;

	for (int i = 0; i < build->message->column_count; i++)
		marked += build->message->columns[i].in_identity ? 1 : 0;
	for (int i = 0; i < index->key_count; i++)
		if (index->columns[i] < 0 || !build->message->columns[index->columns[i]].in_identity)
			return false;
	return marked == index->key_count;
}

/* Is the column of this number in the catalogue a generated one? */
static bool
is_generated(const TableBuild *build, unsigned long number)
{
	const PGresult *rows = build->answer.results[CATALOGUE_COLUMNS];

	for (int row = 0; row < PQntuples(rows); row++)
		if (catalogue_number(rows, row, COLUMN_NUMBER) == number)
			return catalogue_is_true(rows, row, COLUMN_IS_GENERATED);
	return false;
}

/*
 * Is the index the identity of the message, but for generated columns, which pgoutput leaves
 * out?  What is marked is then a part of it, which several rows may share.
 */
static bool
is_identity_in_part(const TableBuild *build, int row, const WfIndex *index)
{
	char	   *numbers = PQgetvalue(build->answer.results[CATALOGUE_INDEXES], row, INDEX_COLUMNS);
	int			untold = 0;
	int			marked = 0;

	for (int i = 0; i < index->key_count; i++)
	{
		unsigned long number = strtoul(numbers, &numbers, 10);

		if (index->columns[i] < 0 && is_generated(build, number))
			untold++;
		else if (index->columns[i] < 0 || !build->message->columns[index->columns[i]].in_identity)
			return false;
	}
	for (int i = 0; i < build->message->column_count; i++)
		marked += build->message->columns[i].in_identity ? 1 : 0;
	return untold > 0 && marked == index->key_count - untold;
}

/* Has a row been seen that has NULL in the key? */
static bool
has_null_column(const TableBuild *build, const WfIndex *index)
{
	for (int i = 0; i < index->key_count; i++)
		if (index->columns[i] >= 0 && build->message->columns[index->columns[i]].has_null)
			return true;
	return false;
}

/* The primary key as the message knows it: what it marks. */
static void
take_marked_key(TableBuild *build)
{
	WfRelation *relation = &build->table->relation;

	relation->key_count = 0;
	for (int i = 0; i < build->message->column_count; i++)
		if (build->message->columns[i].in_identity && relation->key_count < WF_KEY_COLUMNS_MAX)
			relation->key_columns[relation->key_count++] = i;
}

static void
describe_keys(TableBuild *build)
{
	const PGresult *rows = build->answer.results[CATALOGUE_INDEXES];
	WfReplicaIdentity identity = build->message->identity;
	WfCompat	compat = (WfCompat) build->maker->options->compat;
	WfIndex		candidates[2];
	WfIndex    *best = NULL;
	bool		marks_key = false;	/* the message marks the primary key */

	for (int i = 0; i < build->message->column_count; i++)
		marks_key |= identity == WF_IDENTITY_DEFAULT && build->message->columns[i].in_identity;
	for (int row = 0; row < PQntuples(rows); row++)
	{
		WfIndex    *candidate = best == &candidates[0] ? &candidates[1] : &candidates[0];

		read_index(build, row, candidate);
		if (((marks_key && candidate->is_primary) || candidate->is_identity) &&
			!is_identity_of_message(build, candidate))
		{
			build->table->identity_in_part |= is_identity_in_part(build, row, candidate);
			continue;
		}
		if (candidate->is_primary &&
			((identity == WF_IDENTITY_DEFAULT && !marks_key && candidate->is_immediate) ||
			 has_null_column(build, candidate)))
			continue;			/* it has come since */
		if (wf_index_is_better(candidate, best, compat))
			best = candidate;
	}
	wf_relation_set_key(&build->table->relation, best, compat);
	if (marks_key && (best == NULL || !best->is_primary) && !build->table->identity_in_part)
		take_marked_key(build);
}

/*
 * A table whose identity is full, but not that of all its partitions, which inherit none:
 * what comes as a whole old row may have the partition's key alone, as if the rest were NULL.
 */
static void
take_keys_identity(PgoutputTable *table)
{
	const WfRelation *relation = &table->relation;

	table->old_is_full = false;
	table->identity_is_whole = relation->key_count > 0;
	for (int i = 0; i < relation->column_count; i++)
		table->in_identity[i] = false;
	for (int i = 0; i < relation->key_count; i++)
		table->in_identity[relation->key_columns[i]] = true;
}

static void
describe_identity(TableBuild *build)
{
	PgoutputTable *table = build->table;
	bool		is_full = build->message->identity == WF_IDENTITY_FULL;

	for (int i = 0; i < build->message->column_count; i++)
	{
		table->in_identity[i] = is_full || build->message->columns[i].in_identity;
		table->tells_old_row |= table->in_identity[i];
	}
	table->tells_old_row |= is_full;
	table->old_is_full = is_full;
	table->identity_is_whole = table->tells_old_row && !is_full && !table->identity_in_part;
	if (table->leaves_differ)
		take_keys_identity(table);
}

void
table_shape_describe(TableBuild *build)
{
	build->table->relation.identity = build->message->identity;
	describe_columns(build);
	describe_table(build);
	describe_keys(build);
	describe_identity(build);
}
