/*
 * decoder_changes.c
 *		Rows, truncations and logical messages, on their way from pgoutput to records.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "decoder_state.h"

#include <inttypes.h>
#include <stdio.h>

#include "labels.h"
#include "notices.h"

/* Prefix of logical messages that are the shipper's own and never events. */
#define OWN_MESSAGE_PREFIX "__walferry"

/* For source.sequence and for transaction metadata, which count what Debezium is sent. */
static void
note_change(Decoder *decoder, uint64_t lsn, int skip)
{
	if ((decoder->session.session.options.skipped_operations & skip) == 0 &&
		decoder->transaction.first_change_lsn == 0)
		decoder->transaction.first_change_lsn = lsn;
}

/* ---- rows ---- */

/* The table of a change; NULL, having failed or ended the session, if there is none. */
static PgoutputTable *
find_table(Decoder *decoder, uint32_t oid, uint64_t lsn)
{
	PgoutputTable *table;
	char		text[128];
	TablesResult result = pgoutput_tables_get(&decoder->tables, oid, &table, &decoder->fault);

	if (!decoder_take_tables_result(decoder, result, table))
		return NULL;
	if (table != NULL)
		return table;
	snprintf(text, sizeof(text), "no Relation message has told of the table with OID %" PRIu32,
			 oid);
	decoder_fail_protocol(decoder, lsn, text);
	return NULL;
}

static bool
check_width(Decoder *decoder, const PgoutputTable *table, const PgoutputTuple *tuple, uint64_t lsn)
{
	char		text[256];

	if (tuple == NULL || tuple->count == table->relation.column_count)
		return true;
	snprintf(text, sizeof(text), "its row has %d columns, table \"%.*s\" has %d", tuple->count,
			 (int) (table->relation.name.length < 100 ? table->relation.name.length : 100),
			 table->relation.name.data, table->relation.column_count);
	decoder_fail_protocol(decoder, lsn, text);
	return false;
}

static bool
read_tuple(Decoder *decoder, PgoutputTable *table, const PgoutputTuple *tuple,
		   TupleReading *reading,
		   WfValue *row, uint64_t lsn)
{
	const WfRelation *relation = &table->relation;
	const WfColumn *column;

	if (tuple_read(&decoder->scratch, table, tuple, reading, row))
		return true;
	column = &relation->columns[reading->column];
	decoder_fail(decoder, true, "22P02",
				 "a value of column \"%.*s\" of table \"%.*s.%.*s\" at LSN " LSN_FORMAT
				 " cannot be read: its %s form is not that of type %.*s", (int) column->name.length,
				 column->name.data, (int) relation->schema.length, relation->schema.data,
				 (int) relation->name.length, relation->name.data, LSN_PARTS(lsn),
				 tuple->fields[reading->column].kind == PGOUTPUT_FIELD_BINARY ? "binary" : "text",
				 (int) column->type_name.length, column->type_name.data);
	return false;
}

/* Reads both rows into change.  False, having failed, if one cannot be read. */
static bool
read_rows(Decoder *decoder, PgoutputTable *table, const PgoutputTuple *old_tuple,
		  const PgoutputTuple *new_tuple, WfRowChange *change)
{
	TupleReading old = {.identity_only = !change->old_is_full};
	TupleReading new = {0};

	if (!tuple_scratch_prepare(&decoder->scratch, table, old_tuple, new_tuple))
	{
		decoder_fail(decoder, false, "53200", "out of memory for a row");
		return false;
	}
	if (old_tuple != NULL)
	{
		if (!read_tuple(decoder, table, old_tuple, &old, table->old_row, change->lsn))
			return false;
		change->old_row = table->old_row;
		if (change->old_is_full && !old.has_unavailable)
			new.before = old_tuple;
	}
	if (new_tuple != NULL)
	{
		if (!read_tuple(decoder, table, new_tuple, &new, table->new_row, change->lsn))
			return false;
		change->new_row = table->new_row;
	}
	change->is_complete = !old.has_unavailable && !new.has_unavailable;
	return true;
}

/*
 * The first column that is NOT NULL by today's catalogue and has NULL in a tuple, in which
 * NULL is what the row has; -1: none.  So its NOT NULL has come since.
 */
static int
find_refuted(const PgoutputTable *table, const PgoutputTuple *tuple)
{
	for (int i = 0; tuple != NULL && i < table->assumed_count; i++)
		if (tuple->fields[table->assumed[i]].kind == PGOUTPUT_FIELD_NULL)
			return table->assumed[i];
	return -1;
}

/* Asks the catalogue of the table again.  False: the session is over, or failed. */
static bool
renew_table(Decoder *decoder, PgoutputTable **table, int null_column)
{
	TablesResult result = pgoutput_tables_renew(&decoder->tables, table, null_column,
												&decoder->fault);

	return decoder_take_tables_result(decoder, result, *table);
}

/* Has the catalogue told what this change belies?  Then the table is made anew. */
static bool
mend_assumed(Decoder *decoder, PgoutputTable **table)
{
	const PgoutputMessage *message = &decoder->message;
	int			column;

	do
	{
		column = find_refuted(*table, message->as.change.new_tuple);
		if (column < 0 && (*table)->old_is_full)
			column = find_refuted(*table, message->as.change.old_tuple);
		if (column >= 0 && !renew_table(decoder, table, column))
			return false;
	} while (column >= 0);
	return true;
}

/* Reads the change's rows; once more, if an enum has labels that were not known. */
static bool
read_change(Decoder *decoder, PgoutputTable **table, const PgoutputTuple *old_tuple,
			WfRowChange *change)
{
	const PgoutputTuple *new_tuple = decoder->message.as.change.new_tuple;

	for (int attempt = 0; attempt < 2; attempt++)
	{
		uint32_t	labels = 0;
		bool		have_come;
		TablesResult result;

		change->old_row = change->new_row = NULL;
		change->old_is_full = (*table)->old_is_full;
		change->identity = (*table)->identity_is_whole ? (*table)->in_identity : NULL;
		if (!read_rows(decoder, *table, old_tuple, new_tuple, change))
			return false;
		have_come = labels_have_come(*table, change->old_row, &labels);
		have_come |= labels_have_come(*table, change->new_row, &labels);
		if (attempt > 0 || !have_come)
			break;
		result = pgoutput_tables_renew_labels(&decoder->tables, table, labels, &decoder->fault);
		if (!decoder_take_tables_result(decoder, result, *table))
			return false;
	}
	return true;
}

/*
 * The column of the key that an old row lacks because it came, by the root's name, from a
 * partition whose replica identity is another one; -1: none.  Columns of an identity that is an
 * index are NOT NULL, so NULL in what the message marks shows it.  If the root's is full, it is
 * shown by NULL in a column of the key that is NOT NULL by the catalogue, and not taken for one
 * that has come since: of what such a partition tells, the rest of the row is not known.
 */
static int
find_missing_key_column(const PgoutputTable *table, const PgoutputTuple *old_tuple)
{
	const WfRelation *relation = &table->relation;
	bool		is_full = relation->identity == WF_IDENTITY_FULL;

	for (int i = 0; i < relation->column_count && !is_full; i++)
		if (table->in_identity[i] && old_tuple->fields[i].kind == PGOUTPUT_FIELD_NULL)
			return i;
	for (int i = 0; i < relation->key_count && is_full && relation->has_partitions; i++)
		if (!relation->columns[relation->key_columns[i]].nullable &&
			old_tuple->fields[relation->key_columns[i]].kind == PGOUTPUT_FIELD_NULL)
			return relation->key_columns[i];
	return -1;
}

/* A key of what a partition does not tell would be another row's.  False, having failed. */
static bool
check_old_key(Decoder *decoder, const PgoutputTable *table, const PgoutputTuple *old_tuple,
			  uint64_t lsn)
{
	const WfRelation *relation = &table->relation;
	int			missing = old_tuple == NULL ? -1 : find_missing_key_column(table, old_tuple);

	if (missing < 0)
		return true;
	decoder_fail(decoder, true, "22004", "an old row of table \"%.*s.%.*s\" at LSN " LSN_FORMAT
				 " comes from a partition whose replica identity has not the column \"%.*s\", so it "
				 "cannot be told which row it was: advance the slot past that LSN, then give its "
				 "partitions the replica identity that it has, which they do not inherit (ALTER TABLE "
				 "PARTITION REPLICA IDENTITY %s), and fill the gap from the table",
				 (int) relation->schema.length, relation->schema.data, (int) relation->name.length,
				 relation->name.data, LSN_PARTS(lsn), (int) relation->columns[missing].name.length,
				 relation->columns[missing].name.data,
				 relation->identity == WF_IDENTITY_FULL ? "FULL" :
				 relation->identity == WF_IDENTITY_INDEX ? "USING INDEX ..." : "DEFAULT");
	return false;
}

static void
write_change(Decoder *decoder, PgoutputTable *table, WfOperation operation, uint64_t lsn)
{
	const PgoutputMessage *message = &decoder->message;
	const PgoutputTuple *old_tuple = table->tells_old_row ? message->as.change.old_tuple : NULL;
	WfRowChange change = {.operation = operation, .lsn = lsn};

	if (operation == WF_OPERATION_DELETE && old_tuple == NULL)
	{
		notice_unseen_delete(table);
		return;
	}
	if (operation == WF_OPERATION_UPDATE && !table->tells_old_row)
		notice_unseen_update(table);
	if (!check_width(decoder, table, old_tuple, lsn) ||
		!check_width(decoder, table, message->as.change.new_tuple, lsn) ||
		!check_old_key(decoder, table, old_tuple, lsn) || !mend_assumed(decoder, &table) ||
		!read_change(decoder, &table, old_tuple, &change))
		return;
	decoder_take_result(decoder, wf_write_row(&decoder->session.session, &decoder->transaction,
											  &table->row_plan, &change),
						"a row", lsn);
	pgoutput_table_written(table, &decoder->tables.maker);
}

void
decoder_handle_change(Decoder *decoder, WfOperation operation, int skip, uint64_t lsn)
{
	PgoutputTable *table = find_table(decoder, decoder->message.as.change.relation, lsn);

	if (table == NULL)
		return;
	note_change(decoder, lsn, skip);
	if (table->captured)
		write_change(decoder, table, operation, lsn);
}

/* A table of thousands of partitions is one change: taken further by each call. */
void
decoder_continue_truncate(Decoder *decoder)
{
	const PgoutputMessage *message = &decoder->message;
	WfSession  *session = &decoder->session.session;

	while (decoder->truncated < message->as.truncate.count && decoder->result == DECODER_IDLE &&
		   decoder->session.buffer.length < FRAME_BYTES)
	{
		PgoutputTable *table = find_table(decoder,
										  message->as.truncate.relations[decoder->truncated],
										  decoder->lsn);

		decoder->truncated++;
		if (table == NULL)
			return;
		note_change(decoder, decoder->lsn, WF_SKIP_TRUNCATE_NAMED);
		if (!table->captured)
			continue;
		decoder_take_result(decoder, wf_write_truncate(session, &decoder->transaction,
													   &table->row_plan, decoder->lsn),
							"a truncation", decoder->lsn);
		pgoutput_table_written(table, &decoder->tables.maker);
	}
	decoder->in_truncate = decoder->truncated < message->as.truncate.count;
}

/* ---- logical messages ---- */

bool
decoder_is_own_message(const PgoutputMessage *message)
{
	return message->type == PGOUTPUT_MESSAGE &&
		wf_slice_equal(message->as.message.prefix, WF_LITERAL(OWN_MESSAGE_PREFIX));
}

static void
write_message(Decoder *decoder, bool transactional, uint64_t lsn)
{
	PgoutputSession *self = &decoder->session;
	WfSlice		prefix = decoder->message.as.message.prefix;
	WfTransaction *transaction = transactional ? &decoder->transaction : NULL;
	WfMatch		match = wf_rules_message(&self->rules, prefix, &self->error);

	if (match == WF_MATCH_ERROR)
	{
		decoder_fail_refused(decoder);
		return;
	}
	if (transactional)
		note_change(decoder, lsn, 0);
	if (match == WF_MATCH_YES)
		decoder_take_result(decoder, wf_write_message(&self->session, transaction, lsn, prefix,
													  decoder->message.as.message.content),
							"a logical message", lsn);
	else if (!transactional)
		self->session.last_commit_end_lsn = lsn;	/* as with Debezium */
}

/* One outside of transactions leaves at once: what lies behind it may be confirmed. */
void
decoder_handle_message(Decoder *decoder, uint64_t lsn)
{
	bool		transactional = decoder->message.as.message.transactional;

	if (decoder_is_own_message(&decoder->message))
		return;
	if (transactional && decoder->state == STATE_OUTSIDE)
	{
		decoder_fail_protocol(decoder, lsn, "it is transactional, and no transaction is open");
		return;
	}
	write_message(decoder, transactional, decoder->message.as.message.lsn);
	decoder->hand_out |= !transactional;
}
