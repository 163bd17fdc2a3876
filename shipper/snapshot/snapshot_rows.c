/*
 * snapshot_rows.c
 *		The rows of a snapshot: a COPY per table, each row with its mark and its number.
 *
 * Which row of a table is the last is known only behind it, so one row is held back.  And
 * whether other tables have rows is asked before a table is read, since the last row of
 * all is marked, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "snapshot_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "copy_out.h"
#include "copy_row.h"
#include "extension.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

/* A row that was read; message is libpq's. */
typedef struct HeldRow
{
	char	   *message;		/* NULL: none */
	PgoutputTuple tuple;
} HeldRow;

/* ---- tables that have rows ---- */

/* Of a table, or of the first behind it, that has rows; *next: the count if none has. */
static bool
find_rows(Snapshot *snapshot, int table, int *next, SourceFault *fault)
{
	for (*next = table; *next < snapshot->tables.count; ++*next)
	{
		const SnapshotTable *candidate = &snapshot->tables.tables[*next];
		WfBuffer	command;
		PGresult   *result;
		bool		has_rows;

		heap_buffer_init(&command, SNAPSHOT_COMMAND_BYTES_MAX);
		wf_buffer_append_literal(&command, "SELECT FROM ONLY ");
		snapshot_table_put(&command, candidate);
		if (candidate->filter != NULL)
		{
			wf_buffer_append_literal(&command, " WHERE ");
			wf_buffer_append(&command, candidate->filter, strlen(candidate->filter));
		}
		wf_buffer_append_literal(&command, " LIMIT 1");
		result = source_run(snapshot->connection, &command, 0, snapshot_take_turn, snapshot, fault);
		if (result == NULL)
			return false;
		has_rows = PQntuples(result) > 0;
		PQclear(result);
		if (has_rows)
			return true;
		snapshot->tables_done++;
	}
	return true;
}

/* ---- marks ---- */

static WfSnapshotMark
mark_of_next_row(const Snapshot *snapshot)
{
	return snapshot->is_first ? WF_SNAPSHOT_FIRST :
		!snapshot->collection_has_begun ? WF_SNAPSHOT_FIRST_IN_COLLECTION : WF_SNAPSHOT_TRUE;
}

/* Of the table's last row; Debezium: AbstractSnapshotChangeEventSource.setSnapshotMarker(). */
static WfSnapshotMark
mark_of_last_row(const Snapshot *snapshot)
{
	const SnapshotTable *tables = snapshot->tables.tables;

	if (snapshot->next >= snapshot->tables.count)
		return WF_SNAPSHOT_LAST;
	if (snapshot->is_first)
		return WF_SNAPSHOT_FIRST;
	return tables[snapshot->next].published_oid != snapshot_current(snapshot)->published_oid ?
		WF_SNAPSHOT_LAST_IN_COLLECTION : mark_of_next_row(snapshot);
}

static void
count_row(Snapshot *snapshot)
{
	snapshot->is_first = false;
	snapshot->collection_has_begun = true;
	snapshot->table_rows++;
	snapshot->rows++;
	metric_add(METRIC_SNAPSHOT_ROWS, 1);
	if (snapshot->table_rows % 1024 == 0)
		snapshot_note_progress(snapshot);
}

/* ---- the COPY ---- */

static bool
misunderstood(const Snapshot *snapshot, const char *why, SourceFault *fault)
{
	source_fault(fault, false, "PostgreSQL's COPY of table \"%s.%s\" is not understood: %s",
				 snapshot_current(snapshot)->schema, snapshot_current(snapshot)->name, why);
	return false;
}

/* A message into held; *is_row: it is one. */
static bool
read_message(Snapshot *snapshot, CopyReader *reader, size_t length, HeldRow *held, bool *is_row,
			 SourceFault *fault)
{
	CopyRow		kind = copy_row_read(reader, held->message, length, &held->tuple);

	*is_row = kind == COPY_ROW;
	return kind != COPY_NOT_UNDERSTOOD || misunderstood(snapshot, reader->error, fault);
}

static void
put_table_copy(const Snapshot *snapshot, WfSnapshotMark mark, uint64_t row, const char *ctid,
			   WfBuffer *command)
{
	const ExtensionRead read = {
		.config = snapshot->config, .output = snapshot->sink->output,
		.publication = snapshot->publication, .lsn = snapshot->lsn, .chunk = snapshot->chunk,
		.row = row, .mark = mark, .ctid = ctid
	};

	heap_buffer_init(command, SNAPSHOT_COMMAND_BYTES_MAX);
	if (snapshot->by_extension)
		extension_put_copy(command, snapshot_current(snapshot), &read);
	else
		renderer_put_copy(snapshot->renderer, snapshot_current(snapshot), command);
}

/* ---- rows that the extension renders ---- */

static bool
is_rendered(Snapshot *snapshot, const PgoutputTuple *tuple, SourceFault *fault)
{
	if (tuple->count == 2 && tuple->fields[0].kind == PGOUTPUT_FIELD_BINARY &&
		tuple->fields[0].bytes.length == 6)
		return true;
	return misunderstood(snapshot, "a row is not ctid and bytes", fault);
}

/* As tidsend() gives it: block and number of the row. */
static void
put_ctid(WfSlice bytes, char *text, size_t size)
{
	const uint8_t *at = (const uint8_t *) bytes.data;

	snprintf(text, size, "(%" PRIu32 ",%d)", (uint32_t) at[0] << 24 | (uint32_t) at[1] << 16 |
			 (uint32_t) at[2] << 8 | at[3], at[4] << 8 | at[5]);
}

/*
 * The last row of a table is rendered again, since only now its mark is known: a second
 * call site, so the sink begins a session.
 */
static bool
render_again(Snapshot *snapshot, WfSlice ctid, WfSnapshotMark mark, SourceFault *fault)
{
	CopyReader	reader = {.binary = true};
	HeldRow		row = {NULL};
	WfBuffer	command;
	char		place[64];
	size_t		length;
	CopyOut		got;
	bool		is_row;
	bool		well = sink_begin_session(snapshot->sink, fault);

	put_ctid(ctid, place, sizeof(place));
	put_table_copy(snapshot, mark, snapshot->table_rows, place, &command);
	if (!copy_out_begin(snapshot->connection, &command, snapshot_take_turn, snapshot, fault))
		return false;
	while (well && (got = copy_out_next(snapshot->connection, &row.message, &length,
										snapshot_take_turn, snapshot, fault)) != COPY_OUT_ENDED)
	{
		well = got == COPY_OUT_MESSAGE &&
			read_message(snapshot, &reader, length, &row, &is_row, fault) &&
			(!is_row || (is_rendered(snapshot, &row.tuple, fault) &&
						 sink_take(snapshot->sink, row.tuple.fields[1].bytes, fault)));
		PQfreemem(row.message);
		row.message = NULL;
	}
	return well;
}

static bool
hand_on_rendered(Snapshot *snapshot, const PgoutputTuple *tuple, bool is_last, SourceFault *fault)
{
	WfSnapshotMark mark = mark_of_next_row(snapshot);

	if (!is_rendered(snapshot, tuple, fault))
		return false;
	if (tuple->fields[1].kind == PGOUTPUT_FIELD_NULL)
		return true;			/* not published */
	if (is_last && mark_of_last_row(snapshot) != mark)
	{
		if (!render_again(snapshot, tuple->fields[0].bytes, mark_of_last_row(snapshot), fault))
			return false;
	}
	else if (!sink_take(snapshot->sink, tuple->fields[1].bytes, fault))
		return false;
	count_row(snapshot);
	return true;
}

/* ---- rows of either kind ---- */

static bool
hand_on(Snapshot *snapshot, const PgoutputTuple *tuple, bool is_last, SourceFault *fault)
{
	if (snapshot->by_extension)
		return hand_on_rendered(snapshot, tuple, is_last, fault);
	if (!renderer_take(snapshot->renderer, tuple, snapshot->chunk, snapshot->table_rows,
					   is_last ? mark_of_last_row(snapshot) : mark_of_next_row(snapshot), fault))
		return false;
	count_row(snapshot);
	return true;
}

/* Reads the COPY to its end, one row behind. */
static bool
read_rows(Snapshot *snapshot, HeldRow rows[2], SourceFault *fault)
{
	CopyReader	reader = {.binary = snapshot->by_extension || snapshot->renderer->binary};
	int			held = 0;		/* of rows */

	for (;;)
	{
		HeldRow    *row = &rows[1 - held];
		size_t		length;
		bool		is_row;

		switch (copy_out_next(snapshot->connection, &row->message, &length, snapshot_take_turn,
							  snapshot, fault))
		{
			case COPY_OUT_MESSAGE:
				break;
			case COPY_OUT_ENDED:
				return rows[held].message == NULL ||
					hand_on(snapshot, &rows[held].tuple, true, fault);
			case COPY_OUT_FAILED:
				return false;
		}
		if (!read_message(snapshot, &reader, length, row, &is_row, fault) ||
			(is_row && rows[held].message != NULL &&
			 !hand_on(snapshot, &rows[held].tuple, false, fault)))
			return false;
		if (is_row)
			held = 1 - held;
		PQfreemem(rows[1 - held].message);
		rows[1 - held].message = NULL;
	}
}

/* ---- tables ---- */

static bool
begin_table(Snapshot *snapshot, SourceFault *fault)
{
	WfBuffer	command;

	if (snapshot->by_extension ? !sink_begin_session(snapshot->sink, fault) :
		!renderer_begin_table(snapshot->renderer, snapshot_current(snapshot), snapshot->connection,
							  fault))
		return false;
	put_table_copy(snapshot, mark_of_next_row(snapshot), 0, NULL, &command);
	return copy_out_begin(snapshot->connection, &command, snapshot_take_turn, snapshot, fault);
}

static bool
read_table(Snapshot *snapshot, SourceFault *fault)
{
	HeldRow    *rows = calloc(2, sizeof(HeldRow));
	char		name[300];
	bool		well;

	if (rows == NULL)
	{
		source_fault(fault, false, "out of memory for a row");
		return false;
	}
	snapshot->table_rows = 0;
	well = begin_table(snapshot, fault) && read_rows(snapshot, rows, fault) &&
		(snapshot->by_extension || renderer_flush(snapshot->renderer, fault));
	PQfreemem(rows[0].message);
	PQfreemem(rows[1].message);
	free(rows);
	if (!well)
		return false;
	snapshot->chunk += snapshot->table_rows / WF_SNAPSHOT_CHUNK_ROWS + 1;
	snapshot->tables_done++;
	snprintf(name, sizeof(name), "%.140s.%.140s", snapshot_current(snapshot)->schema,
			 snapshot_current(snapshot)->name);
	log_write(LOG_LEVEL_INFO, "snapshot", "a table is read", log_text("table", name),
			  log_int("rows", (int64_t) snapshot->table_rows));
	return true;
}

bool
snapshot_read_tables(Snapshot *snapshot, SourceFault *fault)
{
	snapshot->is_first = true;
	snapshot->chunk = 1;
	if (!find_rows(snapshot, 0, &snapshot->table, fault))
		return false;
	for (; snapshot->table < snapshot->tables.count; snapshot->table = snapshot->next)
	{
		uint32_t	published = snapshot_current(snapshot)->published_oid;

		if (!find_rows(snapshot, snapshot->table + 1, &snapshot->next, fault) ||
			!read_table(snapshot, fault))
			return false;
		if (snapshot->next < snapshot->tables.count &&
			snapshot->tables.tables[snapshot->next].published_oid != published)
			snapshot->collection_has_begun = false;
	}
	return true;
}
