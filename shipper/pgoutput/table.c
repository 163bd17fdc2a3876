/*
 * table.c
 *		A table as pgoutput describes it, and the row plan made of that.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "table_build.h"

#include <stdio.h>
#include <stdlib.h>

#include "envelope/catalogue_texts.h"
#include "envelope/read_binary.h"
#include "envelope/same_names.h"
#include "notices.h"
#include "shipper/digest.h"
#include "shipper/heap_buffer.h"

#define ERROR_BYTES_MAX 8192

/* ---- the plan ---- */

static bool
refuse(const TableBuild *build, const WfBuffer *error, const char *otherwise)
{
	const WfRelation *relation = &build->table->relation;

	if (error->length > 0)
		source_fault(build->fault, true, "%.*s", (int) error->length, error->data);
	else
		source_fault(build->fault, false, "%s for table \"%.*s.%.*s\"", otherwise,
					 (int) relation->schema.length, relation->schema.data,
					 (int) relation->name.length, relation->name.data);
	if (error->length > 0)
		snprintf(build->fault->sqlstate, sizeof(build->fault->sqlstate), "%s", "22023");
	return false;
}

/* Copies the text of a plan, what is needed of it, to memory of just its size. */
static bool
keep_text(PgoutputTable *table, const TableMaker *maker, bool with_description)
{
	bool		is_frame = maker->output == WF_OUTPUT_FRAME;
	size_t		length = wf_row_plan_kept_length(&table->row_plan, with_description, is_frame);
	char	   *former = table->text.data;
	char	   *copy = malloc(length > 0 ? length : 1);

	if (copy == NULL)
		return false;
	memcpy(copy, table->row_plan.text->data, length);
	memset(&table->text, 0, sizeof(table->text));
	table->text.data = copy;
	table->text.length = table->text.capacity = table->text.ceiling = length;
	table->row_plan.text = &table->text;
	table->has_description = with_description;
	if (!with_description)
		wf_row_plan_forget_description(&table->row_plan, is_frame);
	free(former);
	return true;
}

/* Is the column's value in the key of a record? */
static bool
is_for_key(const PgoutputTable *table, int column)
{
	for (int i = 0; i < table->relation.key_count; i++)
		if (table->relation.key_columns[i] == column)
			return true;
	return table->identity_is_whole && table->in_identity[column];
}

static bool
build_outbox(const TableBuild *build, WfBuffer *error)
{
	PgoutputTable *table = build->table;

	heap_buffer_init(&table->outbox_text, WF_PLAN_TEXT_MAX_BYTES);
	table->outbox = arena_take(&table->arena, sizeof(WfOutboxPlan));
	if (table->outbox == NULL)
		return refuse(build, error, "out of memory");
	if (!wf_outbox_plan_build(table->outbox, &table->row_plan, build->maker->options,
							  build->maker->transforms, &table->outbox_text, error))
		return refuse(build, error, "out of memory");
	table->row_plan.outbox = table->outbox;
	return true;
}

static bool
refuse_same_names(const TableBuild *build, WfBuffer *error)
{
	const WfRelation *relation = &build->table->relation;
	int			first;
	int			second;

	if (!wf_row_plan_find_same_names(&build->table->row_plan, build->maker->options, &first,
									 &second))
		return true;
	notice_same_names(error, relation, first, second);
	return refuse(build, error, NULL);
}

static bool
build_plan(TableBuild *build, const PgoutputTable *former, WfSlice former_topic)
{
	const TableMaker *maker = build->maker;
	PgoutputTable *table = build->table;
	WfColumnPlan *columns = arena_take(&table->arena, sizeof(WfColumnPlan) *
									   wf_column_plan_count(&table->relation));
	WfBuffer	error;
	bool		well;

	heap_buffer_init(&error, ERROR_BYTES_MAX);
	wf_buffer_cut(maker->text, 0);
	well = columns != NULL &&
		wf_row_plan_build_transformed(&table->row_plan, maker->options, maker->form,
									  &table->relation, columns, maker->text, digest_sha256,
									  maker->transforms, &error);
	if (!well)
		(void) refuse(build, &error, maker->text->error == WF_BUFFER_CEILING ?
					  "the description is larger than 64 MiB" : "out of memory");
	well = well && refuse_same_names(build, &error);
	if (well)
		notice_plan(table, maker->rules, maker->database, maker->output);
	if (well && table->row_plan.event_router != NULL)
		well = build_outbox(build, &error);
	else if (well)
		well = notice_converters(&table->relation, maker->options, &error) ||
			refuse(build, &error, NULL);
	heap_buffer_free(&error);
	if (!well)
		return false;

	table->is_read_binary = !build->has_dropped_type;
	for (int i = 0; i < table->relation.column_count; i++)
		table->is_read_binary &= wf_type_is_read_binary(&table->relation.columns[i].type);
	for (int i = 0; i < table->relation.column_count; i++)
		table->left_out[i] = table->row_plan.columns[i].field.self.omitted && !is_for_key(table, i);
	if (former != NULL && former->captured)
	{
		wf_row_plan_succeed(&table->row_plan, &former->row_plan, former_topic);
		if (table->outbox != NULL && former->outbox != NULL)
			table->outbox->told = former->outbox->told;
	}
	well = keep_text(table, maker,
					 maker->output == WF_OUTPUT_FRAME &&
					 !wf_plan_is_described(&table->row_plan, maker->options));
	heap_buffer_reset(maker->text, 64 * 1024);
	return well || refuse(build, &error, "out of memory");
}

/* ---- enums ---- */

/* Notes the columns of enums. */
static void
keep_enums(TableBuild *build)
{
	PgoutputTable *table = build->table;
	int			count = build->message->column_count;

	table->enum_columns = arena_take(&table->arena, sizeof(int) * (size_t) count);
	for (int i = 0; i < count && !table->arena.failed; i++)
	{
		const WfType *type = &table->relation.columns[i].type;

		if (type->kind == WF_TYPE_ENUM ||
			(type->kind == WF_TYPE_ARRAY && type->element_kind == WF_TYPE_ENUM))
			table->enum_columns[table->enum_column_count++] = i;
	}
}

/* ---- the whole ---- */

/* Room for what is told per column, and for one change. */
static bool
take_room(TableBuild *build)
{
	PgoutputTable *table = build->table;
	size_t		count = (size_t) build->message->column_count;

	build->columns = arena_take(&table->arena, sizeof(WfColumn) * count);
	build->rows = arena_take(&table->arena, sizeof(int) * count);
	table->in_identity = arena_take(&table->arena, sizeof(bool) * count);
	table->left_out = arena_take(&table->arena, sizeof(bool) * count);
	table->assumed = arena_take(&table->arena, sizeof(int) * count);
	table->old_row = arena_take(&table->arena, sizeof(WfValue) * count);
	table->new_row = arena_take(&table->arena, sizeof(WfValue) * count);
	table->relation.columns = build->columns;
	table->relation.column_count = build->message->column_count;
	return !table->arena.failed;
}

/* A captured table's columns, keys and plan. */
static bool
describe(TableBuild *build, const PgoutputTable *former)
{
	const TableMaker *maker = build->maker;
	PgoutputTable *table = build->table;
	WfSlice		former_topic = WF_LITERAL("");
	WfBuffer	error;
	bool		well;

	if (!take_room(build))
	{
		source_fault(build->fault, false, "out of memory for a table");
		return false;
	}
	if (!catalogue_ask(maker->catalogue, build->message, &build->answer, build->fault))
		return false;
	table_shape_describe(build);
	catalogue_answer_free(&build->answer);
	keep_enums(build);
	if (table->arena.failed)
	{
		source_fault(build->fault, false, "out of memory for a table");
		return false;
	}

	heap_buffer_init(&error, ERROR_BYTES_MAX);
	well = wf_relation_apply_rules(maker->rules, maker->database, &table->relation, build->columns,
								   &error) || refuse(build, &error, "out of memory for filters");
	heap_buffer_free(&error);
	if (!well)
		return false;
	wf_relation_limit_texts(&table->relation, build->columns);
	if (former != NULL && former->captured)
		former_topic = wf_plan_text(&former->row_plan, former->row_plan.topic);
	return build_plan(build, former, former_topic);
}

/* Do the lists let the table through? */
static bool
decide_capture(TableBuild *build)
{
	const WfRelation *relation = &build->table->relation;
	WfRuleTable table = {build->maker->database, relation->schema, relation->name, NULL};
	WfBuffer	error;
	WfMatch		match;
	bool		well = true;

	heap_buffer_init(&error, ERROR_BYTES_MAX);
	match = wf_rules_table(build->maker->rules, &table, &error);
	build->table->captured = match == WF_MATCH_YES;
	if (match == WF_MATCH_ERROR)
		well = refuse(build, &error, "out of memory for filters");
	heap_buffer_free(&error);
	return well;
}

PgoutputTable *
pgoutput_table_make(const TableMaker *maker, const PgoutputRelation *message, PgoutputTable *former,
					SourceFault *fault)
{
	PgoutputTable *table = calloc(1, sizeof(PgoutputTable));
	TableBuild	build = {.maker = maker, .message = message, .table = table, .fault = fault};

	if (table == NULL)
	{
		source_fault(fault, false, "out of memory for a table");
		return NULL;
	}
	table->oid = message->oid;
	if (former != NULL)
		memcpy(table->told, former->told, sizeof(table->told));
	table->relation.oid = message->oid;
	table->relation.schema = arena_copy(&table->arena, message->schema);
	table->relation.name = arena_copy(&table->arena, message->name);
	if (table->arena.failed || !decide_capture(&build) ||
		(table->captured && !describe(&build, former)))
	{
		if (fault->text[0] == '\0')
			source_fault(fault, false, "out of memory for a table");
		pgoutput_table_free(table);
		return NULL;
	}
	pgoutput_table_free(former);
	return table;
}

void
pgoutput_table_written(PgoutputTable *table, const TableMaker *maker)
{
	if (table->has_description && wf_plan_is_described(&table->row_plan, maker->options))
		(void) keep_text(table, maker, false);	/* else it stays as it is */
}

bool
pgoutput_table_tells(PgoutputTable *table, int notice)
{
	return pgoutput_table_tells_of_column(table, WF_COLUMNS_MAX + notice);
}

bool
pgoutput_table_tells_of_column(PgoutputTable *table, int column)
{
	uint8_t		bit = (uint8_t) (1 << column % 8);
	bool		is_news = (table->told[column / 8] & bit) == 0;

	table->told[column / 8] |= bit;
	return is_news;
}

PgoutputTable *
pgoutput_table_of_plan(const WfRowPlan *plan)
{
	return (PgoutputTable *) ((char *) plan - offsetof(PgoutputTable, row_plan));
}

void
pgoutput_table_free(PgoutputTable *table)
{
	if (table == NULL)
		return;
	arena_free(&table->arena);
	free(table->text.data);
	heap_buffer_free(&table->outbox_text);
	free(table);
}
