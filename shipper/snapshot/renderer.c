/*
 * renderer.c
 *		Rows that COPY gives, rendered by the shipper.
 *
 * The text format of COPY has all types.  The binary one is asked for only where each
 * column's type is in the list of those that are read in it (envelope/read_binary.h), as
 * of pgoutput; which of the two is read never shows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "renderer.h"

#include <inttypes.h>
#include <stdlib.h>

#include "envelope/read_binary.h"
#include "shipper/heap_buffer.h"
#include "shipper/source/replication.h"

/* Handed on as soon as it holds so much; as the plugin's frames. */
#define FRAME_BYTES (32 * 1024)
#define KEPT_FRAME_BYTES_MAX (1024 * 1024)
#define KEPT_SCRATCH_BYTES_MAX (64 * 1024)

static void
on_record(void *host, WfSlice record)
{
	Renderer   *renderer = host;

	if (!renderer->has_failed && !sink_take(renderer->sink, record, renderer->fault))
		renderer->has_failed = true;
}

bool
renderer_open(Renderer *renderer, const Config *config, Sink *sink, uint64_t lsn, int64_t time_us,
			  SourceTurn turn, void *context, SourceFault *fault)
{
	memset(renderer, 0, sizeof(*renderer));
	renderer->sink = sink;
	if (!pgoutput_session_init(&renderer->session, config, sink->output, fault))
		return false;
	renderer->session.on_record = on_record;
	renderer->session.host = renderer;
	if (!catalogue_open(&renderer->catalogue, config, turn, context, fault))
	{
		pgoutput_session_free(&renderer->session);
		return false;
	}
	renderer->maker = (TableMaker)
	{
		.options = &renderer->session.session.options,
			.rules = &renderer->session.rules,
			.transforms = renderer->session.session.transforms,
			.form = &renderer->session.session.form,
			.output = sink->output,
			.database = renderer->session.session.database,
			.catalogue = &renderer->catalogue,
			.type_names = &renderer->type_names,
			.text = &renderer->session.plan_text
	};
	wf_transaction_begin(&renderer->transaction, 0, lsn, time_us);
	renderer->transaction.records = 1;	/* no BEGIN, no COMMIT: the sink's sessions
										 * stand for them */
	return true;
}

void
renderer_free(Renderer *renderer)
{
	pgoutput_table_free(renderer->table);
	catalogue_close(&renderer->catalogue);
	free(renderer->scratch.memory);
	pgoutput_session_free(&renderer->session);
}

/* ---- tables ---- */

static bool
is_read_binary(const PgoutputTable *table)
{
	for (int i = 0; i < table->relation.column_count; i++)
		if (!wf_type_is_read_binary(&table->relation.columns[i].type))
			return false;
	return true;
}

bool
renderer_begin_table(Renderer *renderer, const SnapshotTable *table, PGconn *connection,
					 SourceFault *fault)
{
	const WfOptions *options = renderer->maker.options;
	PGresult   *texts;
	PgoutputTable *made;

	if (renderer->table != NULL && renderer->table->oid == table->published_oid)
		return true;			/* another partition */
	if (!snapshot_table_describe(table, connection, options->include_generated,
								 &renderer->relation, &texts, fault))
		return false;
	made = pgoutput_table_make(&renderer->maker, &renderer->relation, NULL, fault);
	if (made != NULL)
	{
		pgoutput_table_free(renderer->table);
		renderer->table = made;
		renderer->binary = is_read_binary(made);
	}
	PQclear(texts);
	return made != NULL;
}

/* In the order of what they are published as, which a partition's need not be. */
void
renderer_put_copy(const Renderer *renderer, const SnapshotTable *table, WfBuffer *command)
{
	const WfRelation *relation = &renderer->table->relation;

	wf_buffer_append_literal(command, "COPY (SELECT ");
	for (int i = 0; i < relation->column_count; i++)
	{
		char		name[256];
		WfSlice		column = relation->columns[i].name;
		size_t		length = column.length < sizeof(name) - 1 ? column.length : sizeof(name) - 1;

		memcpy(name, column.data, length);
		name[length] = '\0';
		wf_buffer_append(command, ", ", i > 0 ? 2 : 0);
		replication_quote_name(command, name);
	}
	wf_buffer_append_literal(command, " FROM ONLY ");
	snapshot_table_put(command, table);
	if (table->filter != NULL)
	{
		wf_buffer_append_literal(command, " WHERE ");
		wf_buffer_append(command, table->filter, strlen(table->filter));
	}
	wf_buffer_append_slice(command, renderer->binary ? WF_LITERAL(") TO STDOUT (FORMAT binary)") :
						   WF_LITERAL(") TO STDOUT (FORMAT text)"));
}

/* ---- rows ---- */

static bool
read_row(Renderer *renderer, const PgoutputTuple *tuple, TupleReading *reading, SourceFault *fault)
{
	PgoutputTable *table = renderer->table;
	const WfRelation *relation = &table->relation;
	const WfColumn *column;

	if (tuple->count != relation->column_count)
	{
		source_fault(fault, false, "PostgreSQL gave a row of %d columns of table \"%.*s\", which has %d",
					 tuple->count, (int) relation->name.length, relation->name.data,
					 relation->column_count);
		return false;
	}
	if (!tuple_scratch_prepare(&renderer->scratch, table, NULL, tuple))
	{
		source_fault(fault, false, "out of memory for a row");
		return false;
	}
	if (tuple_read(&renderer->scratch, table, tuple, reading, table->new_row))
		return true;
	column = &relation->columns[reading->column];
	source_fault(fault, true, "a value of column \"%.*s\" of table \"%.*s.%.*s\" cannot be read: its %s "
				 "form is not that of type %.*s", (int) column->name.length, column->name.data,
				 (int) relation->schema.length, relation->schema.data, (int) relation->name.length,
				 relation->name.data, renderer->binary ? "binary" : "text",
				 (int) column->type_name.length, column->type_name.data);
	return false;
}

/* What wf_write_row() said. */
static bool
is_written(Renderer *renderer, WfWriteResult result, SourceFault *fault)
{
	const WfBuffer *error = &renderer->session.error;

	if (renderer->has_failed)
		return false;
	if (error->length > 0)
		source_fault(fault, true, "%.*s", (int) error->length, error->data);
	else if (result == WF_WRITE_TOO_LARGE)
		source_fault(fault, true, "a row of table \"%.*s\" does not fit a record of %" PRId64
					 " bytes: raise record.max.bytes",
					 (int) renderer->table->relation.name.length,
					 renderer->table->relation.name.data,
					 renderer->maker.options->record_max_bytes);
	else if (result == WF_WRITE_NO_MEMORY)
		source_fault(fault, false, "out of memory while a row was written");
	else
		return true;
	return false;
}

bool
renderer_take(Renderer *renderer, const PgoutputTuple *tuple, uint64_t chunk, uint64_t row,
			  WfSnapshotMark mark, SourceFault *fault)
{
	PgoutputTable *table = renderer->table;
	WfTransaction *transaction = &renderer->transaction;
	TupleReading reading = {0};
	WfRowChange change = {
		.operation = WF_OPERATION_READ,
		.lsn = transaction->commit_lsn,
		.new_row = table->new_row,
		.is_complete = true
	};
	WfWriteResult result;

	renderer->fault = fault;
	if (!read_row(renderer, tuple, &reading, fault))
		return false;
	wf_transaction_place_read(transaction, chunk, row, mark);
	result = wf_write_row(&renderer->session.session, transaction, &table->row_plan, &change);
	pgoutput_table_written(table, &renderer->maker);
	tuple_scratch_shrink(&renderer->scratch, KEPT_SCRATCH_BYTES_MAX);
	pgoutput_session_shrink(&renderer->session);
	return is_written(renderer, result, fault) &&
		(renderer->session.buffer.length < FRAME_BYTES || renderer_flush(renderer, fault));
}

bool
renderer_flush(Renderer *renderer, SourceFault *fault)
{
	WfBuffer   *buffer = &renderer->session.buffer;
	bool		well = buffer->length == 0 ||
	sink_take(renderer->sink, wf_buffer_since(buffer, 0), fault);

	heap_buffer_reset(buffer, KEPT_FRAME_BYTES_MAX);
	return well;
}
