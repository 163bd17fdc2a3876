/*
 * snapshot.c
 *		The rows that tables have, read and sent once: `walferry snapshot`.
 *
 * All tables are read in one transaction, of one snapshot:
 *
 *		where the WAL ends; BEGIN; LOCK TABLE; the first query, which takes the snapshot;
 *		a COPY per table; COMMIT
 *
 * The place in the WAL is asked for first, so that no change which the snapshot lacks
 * stands before it: positions of such changes are above those of the rows.  What commits
 * between, or lies in the WAL while its transaction is not seen to have ended, is in the
 * rows or comes behind them.  Locks are taken before the snapshot, because a table that
 * is rewritten or truncated between would look empty to it.
 *
 * Which row of a table is the last is known only behind it, so one row is held back.  And
 * whether other tables have rows is asked before a table is read, since the last row of
 * all is marked, too.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "snapshot.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "copy_out.h"
#include "copy_row.h"
#include "extension.h"
#include "renderer.h"
#include "shipper/config_filters.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/legs.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/source/connect.h"
#include "shipper/source/slot.h"
#include "shipper/status.h"
#include "sink.h"
#include "tables.h"

#define ERROR_BYTES_MAX 8192
#define COMMAND_BYTES_MAX (8 * 1024 * 1024)
#define PROGRESS_MS 10000

/* Refused batches make a snapshot begin anew with smaller ones: 1 MB / 4^9 is a few bytes. */
#define ATTEMPTS_MAX 10

typedef struct Snapshot
{
	const Config *config;
	const SnapshotRequest *request;
	PGconn	   *connection;
	WfRules		rules;
	bool		has_rules;
	bool		by_extension;
	const char *publication;	/* that pgoutput reads, if it is there; else NULL */
	SnapshotTables tables;
	uint64_t	lsn;
	int64_t		time_us;
	int64_t		begun_ms;
	Sink	   *sink;
	Renderer   *renderer;		/* NULL: the extension renders */

	/* progress */
	int			table;			/* that is read */
	int			next;			/* behind it, the next that has rows, or the count */
	uint64_t	chunk;			/* of its first row */
	uint64_t	table_rows;		/* of it, handed on */
	uint64_t	rows;			/* of all */
	int			tables_done;
	bool		is_first;		/* no row was handed on yet */
	bool		collection_has_begun;	/* one of what it is published as was */
	int64_t		told_ms;
} Snapshot;

/* A row that was read; message is libpq's. */
typedef struct HeldRow
{
	char	   *message;		/* NULL: none */
	PgoutputTuple tuple;
} HeldRow;

/* ---- progress ---- */

static void
tell_progress(Snapshot *snapshot)
{
	const SnapshotTable *table = &snapshot->tables.tables[snapshot->table];
	char		name[300];

	snprintf(name, sizeof(name), "%.140s.%.140s", table->schema, table->name);
	log_write(LOG_LEVEL_INFO, "snapshot", "reading", log_text("table", name),
			  log_int("table_rows", (int64_t) snapshot->table_rows),
			  log_int("rows", (int64_t) snapshot->rows),
			  log_int("tables_done", snapshot->tables_done),
			  log_int("tables", snapshot->tables.count),
			  log_int("seconds", (control_now_ms() - snapshot->begun_ms) / 1000));
}

static void
note_progress(Snapshot *snapshot)
{
	int64_t		now = control_now_ms();

	metric_set(METRIC_SNAPSHOT_AGE, (now - snapshot->begun_ms) / 1000);
	metric_set(METRIC_SNAPSHOT_TABLES_DONE, snapshot->tables_done);
	if (now - snapshot->told_ms < PROGRESS_MS)
		return;
	snapshot->told_ms = now;
	tell_progress(snapshot);
}

/* A SourceTurn. */
static bool
take_turn(void *context)
{
	Snapshot   *snapshot = context;

	sink_serve(snapshot->sink);
	if (snapshot->tables.count > 0)
		note_progress(snapshot);
	return control_stop() == CONTROL_RUN;
}

static PGresult *
ask(Snapshot *snapshot, const char *query, SourceFault *fault)
{
	return source_query(snapshot->connection, query, 0, take_turn, snapshot, fault);
}

/* ---- before the transaction ---- */

/* What plugin the stream is read from says what it is told of publications. */
static bool
choose_publication(Snapshot *snapshot, SourceFault *fault)
{
	const Config *config = snapshot->config;
	Replication replication = {0};
	PGresult   *result = NULL;
	WfBuffer	command;
	bool		well = replication_connect(&replication, config, fault) &&
	slot_choose_plugin(&replication, config, config->slot_name, fault);

	replication_close(&replication);
	if (!well || replication.plugin != CONFIG_PLUGIN_PGOUTPUT)
		return well;
	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command, "SELECT FROM pg_publication WHERE pubname = ");
	replication_quote_text(&command, config->publication_name);
	result = source_run(snapshot->connection, &command, SOURCE_QUERY_TIMEOUT_MS, NULL, NULL, fault);
	if (result == NULL)
		return false;
	if (PQntuples(result) > 0)
		snapshot->publication = config->publication_name;
	else
		log_write(LOG_LEVEL_INFO, "snapshot", "there is no publication of that name yet; tables are "
				  "read as the lists have them", log_text("publication", config->publication_name));
	PQclear(result);
	return true;
}

/*
 * Beside what ordinary connections have (connect.c): nothing ends a snapshot for the time
 * that it takes, and rows come in the order in which they lie.
 */
static bool
open_connection(Snapshot *snapshot, SourceFault *fault)
{
	static const char settings[] =
	"SET application_name = 'walferry snapshot'; SET statement_timeout = 0; "
	"SET lock_timeout = '60s'; SET synchronize_seqscans = off; "
	"SET max_parallel_workers_per_gather = 0";
	SourceResults results;

	snapshot->connection = source_connect_ordinary(snapshot->config, take_turn, snapshot, fault);
	if (snapshot->connection == NULL ||
		!source_query_all(snapshot->connection, settings, SOURCE_QUERY_TIMEOUT_MS, NULL, NULL,
						  &results, fault))
		return false;
	source_results_clear(&results);
	return true;
}

/* What keeps from reading tables, and would else come up behind thousands of rows. */
static bool
check_tables(const Snapshot *snapshot, SourceFault *fault)
{
	const char *user = snapshot->config->database_user;

	for (int i = 0; i < snapshot->tables.count; i++)
	{
		const SnapshotTable *table = &snapshot->tables.tables[i];

		if (!table->may_be_read)
			source_fault(fault, true, "role \"%s\" may not read table \"%s.%s\": run GRANT SELECT ON "
						 "\"%s\".\"%s\" TO \"%s\" (and GRANT USAGE ON SCHEMA \"%s\"), or leave it out by "
						 "table.exclude.list", user, table->schema, table->name, table->schema,
						 table->name, user, table->schema);
		else if (table->is_secured)
			source_fault(fault, true, "row security of table \"%s.%s\" would hide rows from role \"%s\", "
						 "and a snapshot must not lack any: run ALTER ROLE \"%s\" BYPASSRLS, or leave "
						 "the table out by table.exclude.list", table->schema, table->name, user, user);
		else
			continue;
		return false;
	}
	return true;
}

static bool
find_tables(Snapshot *snapshot, SourceFault *fault)
{
	const SnapshotRequest *request = snapshot->request;
	WfBuffer	error;

	heap_buffer_init(&error, ERROR_BYTES_MAX);
	snapshot->has_rules = config_read_filters(snapshot->config, &snapshot->rules, &error);
	if (!snapshot->has_rules)
		source_fault(fault, true, "%.*s", (int) error.length, error.data);
	heap_buffer_free(&error);
	return snapshot->has_rules &&
		snapshot_tables_find(&snapshot->tables, snapshot->connection, snapshot->config,
							 &snapshot->rules, snapshot->publication, request->names,
							 request->name_count, fault) && check_tables(snapshot, fault);
}

/* ---- the transaction ---- */

static bool
find_place(Snapshot *snapshot, SourceFault *fault)
{
	PGresult   *result;
	bool		well;

	result = ask(snapshot, "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()"
				 " ELSE pg_current_wal_insert_lsn() END", fault);
	if (result == NULL)
		return false;
	well = replication_parse_lsn(PQgetvalue(result, 0, 0), &snapshot->lsn);
	if (!well)
		source_fault(fault, false, "PostgreSQL gave \"%s\" for an LSN", PQgetvalue(result, 0, 0));
	PQclear(result);
	return well;
}

static bool
lock_tables(Snapshot *snapshot, SourceFault *fault)
{
	WfBuffer	command;
	PGresult   *result;

	if (snapshot->tables.count == 0)
		return true;
	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command, "LOCK TABLE ");
	for (int i = 0; i < snapshot->tables.count; i++)
	{
		wf_buffer_append_slice(&command, i > 0 ? WF_LITERAL(", ONLY ") : WF_LITERAL("ONLY "));
		snapshot_table_put(&command, &snapshot->tables.tables[i]);
	}
	wf_buffer_append_literal(&command, " IN ACCESS SHARE MODE");
	result = source_run(snapshot->connection, &command, 0, take_turn, snapshot, fault);
	PQclear(result);
	if (result != NULL)
		return true;
	if (strcmp(fault->sqlstate, "55P03") == 0)
		source_fault(fault, false, "a table is locked by somebody who changes it, for more than 60 s: "
					 "start the snapshot again when that is done");
	else if (strcmp(fault->sqlstate, "42P01") == 0 || strcmp(fault->sqlstate, "3F000") == 0)
		source_fault(fault, false, "a table was dropped or renamed while the snapshot began: start it "
					 "again (%.1000s)", fault->text);
	else if (strcmp(fault->sqlstate, "53200") == 0)
		source_fault(fault, true, "the server has no room for so many locks (%d tables): raise "
					 "max_locks_per_transaction, or name fewer tables by --table", snapshot->tables.count);
	return false;
}

/* Takes the snapshot. */
static bool
begin(Snapshot *snapshot, SourceFault *fault)
{
	PGresult   *result;

	if (!find_place(snapshot, fault))
		return false;
	result = ask(snapshot, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", fault);
	PQclear(result);
	if (result == NULL)
		return false;
	if (!lock_tables(snapshot, fault))
		return false;
	result = ask(snapshot, "SELECT (extract(epoch FROM now()) * 1000000)::bigint", fault);
	if (result == NULL)
		return false;
	snapshot->time_us = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return true;
}

/* ---- tables ---- */

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

		heap_buffer_init(&command, COMMAND_BYTES_MAX);
		wf_buffer_append_literal(&command, "SELECT FROM ONLY ");
		snapshot_table_put(&command, candidate);
		if (candidate->filter != NULL)
		{
			wf_buffer_append_literal(&command, " WHERE ");
			wf_buffer_append(&command, candidate->filter, strlen(candidate->filter));
		}
		wf_buffer_append_literal(&command, " LIMIT 1");
		result = source_run(snapshot->connection, &command, 0, take_turn, snapshot, fault);
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

static const SnapshotTable *
current(const Snapshot *snapshot)
{
	return &snapshot->tables.tables[snapshot->table];
}

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
	return tables[snapshot->next].published_oid != current(snapshot)->published_oid ?
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
		note_progress(snapshot);
}

static bool
misunderstood(const Snapshot *snapshot, const char *why, SourceFault *fault)
{
	source_fault(fault, false, "PostgreSQL's COPY of table \"%s.%s\" is not understood: %s",
				 current(snapshot)->schema, current(snapshot)->name, why);
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

	heap_buffer_init(command, COMMAND_BYTES_MAX);
	if (snapshot->by_extension)
		extension_put_copy(command, current(snapshot), &read);
	else
		renderer_put_copy(snapshot->renderer, current(snapshot), command);
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
	if (!copy_out_begin(snapshot->connection, &command, take_turn, snapshot, fault))
		return false;
	while (well && (got = copy_out_next(snapshot->connection, &row.message, &length, take_turn,
										snapshot, fault)) != COPY_OUT_ENDED)
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

		switch (copy_out_next(snapshot->connection, &row->message, &length, take_turn, snapshot,
							  fault))
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

static bool
begin_table(Snapshot *snapshot, SourceFault *fault)
{
	WfBuffer	command;

	if (snapshot->by_extension ? !sink_begin_session(snapshot->sink, fault) :
		!renderer_begin_table(snapshot->renderer, current(snapshot), snapshot->connection, fault))
		return false;
	put_table_copy(snapshot, mark_of_next_row(snapshot), 0, NULL, &command);
	return copy_out_begin(snapshot->connection, &command, take_turn, snapshot, fault);
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
	snprintf(name, sizeof(name), "%.140s.%.140s", current(snapshot)->schema, current(snapshot)->name);
	log_write(LOG_LEVEL_INFO, "snapshot", "a table is read", log_text("table", name),
			  log_int("rows", (int64_t) snapshot->table_rows));
	return true;
}

static bool
read_tables(Snapshot *snapshot, SourceFault *fault)
{
	snapshot->is_first = true;
	snapshot->chunk = 1;
	if (!find_rows(snapshot, 0, &snapshot->table, fault))
		return false;
	for (; snapshot->table < snapshot->tables.count; snapshot->table = snapshot->next)
	{
		uint32_t	published = current(snapshot)->published_oid;

		if (!find_rows(snapshot, snapshot->table + 1, &snapshot->next, fault) ||
			!read_table(snapshot, fault))
			return false;
		if (snapshot->next < snapshot->tables.count &&
			snapshot->tables.tables[snapshot->next].published_oid != published)
			snapshot->collection_has_begun = false;
	}
	return true;
}

/* ---- the whole ---- */

static bool
open_renderer(Snapshot *snapshot, SourceFault *fault)
{
	Renderer   *renderer;
	PGresult   *result;

	if (snapshot->by_extension)
		return true;

	/*
	 * the text of money is read as it is there; how many digits it has is asked
	 * elsewhere
	 */
	result = ask(snapshot, "SET LOCAL lc_monetary = 'C'", fault);
	PQclear(result);
	if (result == NULL)
		return false;
	renderer = malloc(sizeof(Renderer));
	if (renderer == NULL)
	{
		source_fault(fault, false, "out of memory for rendering rows");
		return false;
	}
	if (!renderer_open(renderer, snapshot->config, snapshot->sink, snapshot->lsn,
					   snapshot->time_us, take_turn, snapshot, fault))
	{
		free(renderer);
		return false;
	}
	snapshot->renderer = renderer;
	return sink_begin_session(snapshot->sink, fault);
}

static void
free_parts(Snapshot *snapshot)
{
	if (snapshot->renderer != NULL)
	{
		renderer_free(snapshot->renderer);
		free(snapshot->renderer);
	}
	if (snapshot->connection != NULL)
		PQfinish(snapshot->connection);
	if (snapshot->has_rules)
		wf_rules_free(&snapshot->rules);
	snapshot_tables_free(&snapshot->tables);
}

static bool
take_snapshot(Snapshot *snapshot, SourceFault *fault)
{
	PGresult   *result;

	if (!open_connection(snapshot, fault) || !choose_publication(snapshot, fault) ||
		!extension_decide(snapshot->connection, snapshot->config, &snapshot->by_extension, fault) ||
		!find_tables(snapshot, fault))
		return false;
	snapshot->begun_ms = snapshot->told_ms = control_now_ms();
	metric_set(METRIC_SNAPSHOT_TABLES, snapshot->tables.count);
	if (!begin(snapshot, fault) || !open_renderer(snapshot, fault))
		return false;
	log_write(LOG_LEVEL_INFO, "snapshot", "reading the tables", log_int("tables", snapshot->tables.count),
			  log_lsn("lsn", snapshot->lsn),
			  log_text("rendered_by", snapshot->by_extension ? "the extension" : "the shipper"));
	status_set(LEG_CAPTURE, LEG_RUNNING, "");
	if (!read_tables(snapshot, fault))
		return false;

	/* nothing depends on it any more, and Kafka may take its time */
	result = ask(snapshot, "COMMIT", fault);
	PQclear(result);
	metric_set(METRIC_SNAPSHOT_AGE, 0);
	return result != NULL && sink_settle(snapshot->sink, fault);
}

/* What was sent of it, and what to do. */
static void
tell_failure(Snapshot *snapshot, const SourceFault *fault)
{
	char		name[300] = "";

	if (snapshot->table < snapshot->tables.count)
		snprintf(name, sizeof(name), "%.140s.%.140s", current(snapshot)->schema,
				 current(snapshot)->name);
	if (fault->stopped)
		log_write(LOG_LEVEL_INFO, "snapshot", "stopped by request");
	else
		log_write(LOG_LEVEL_ERROR, "snapshot", fault->text);
	status_set(LEG_CAPTURE, fault->stopped ? LEG_STOPPED : LEG_FAILED, fault->text);
	if (snapshot->rows == 0)
		log_write(LOG_LEVEL_WARNING, "snapshot", "no row was sent");
	else
		log_write(LOG_LEVEL_WARNING, "snapshot",
				  "the snapshot is not whole: tables before this one were read to their end, of it some "
				  "rows, of those behind it none; another run sends all of them again",
				  log_int("tables_done", snapshot->tables_done),
				  log_int("tables", snapshot->tables.count), log_text("table", name),
				  log_int("table_rows", (int64_t) snapshot->table_rows),
				  log_int("rows", (int64_t) snapshot->rows),
				  log_int("delivered", snapshot->sink->output == WF_OUTPUT_RECORD ?
						  (int64_t) snapshot->rows : snapshot->sink->delivered));
}

/* One attempt; true: another is to be made. */
static bool
attempt(const Config *config, const SnapshotRequest *request, Sink *sink, int *code)
{
	Snapshot	snapshot = {.config = config, .request = request, .sink = sink};
	SourceFault fault = {0};
	SourceFault after = {0};
	bool		again = false;

	*code = EXIT_FAILED;
	if (!sink_open(sink, config, &fault))
		tell_failure(&snapshot, &fault);
	else if (take_snapshot(&snapshot, &fault))
	{
		log_write(LOG_LEVEL_INFO, "snapshot", "the snapshot is whole",
				  log_int("tables", snapshot.tables.count), log_int("rows", (int64_t) snapshot.rows),
				  log_lsn("lsn", snapshot.lsn),
				  log_int("seconds", (control_now_ms() - snapshot.begun_ms) / 1000));
		status_set(LEG_CAPTURE, LEG_STOPPED, NULL);
		*code = EXIT_OK;
	}
	else
	{
		if (!sink->wants_smaller_batches)
			(void) sink_settle(sink, &after);	/* what was handed on */
		again = sink->wants_smaller_batches;
		tell_failure(&snapshot, &fault);
	}
	if (fault.stopped || control_stop() != CONTROL_RUN)
		*code = EXIT_NOT_DRAINED;
	sink_close(sink);
	free_parts(&snapshot);
	return again && control_stop() == CONTROL_RUN;
}

int
snapshot_run(const Config *config, const SnapshotRequest *request)
{
	Sink		sink = {0};
	int			code = EXIT_FAILED;

	status_set(LEG_CAPTURE, LEG_STARTING, "");
	for (int i = 0; i < ATTEMPTS_MAX && attempt(config, request, &sink, &code); i++)
		log_write(LOG_LEVEL_WARNING, "kafka", "a batch was refused; the snapshot begins anew with "
				  "smaller ones, to find the record that is the cause",
				  log_int("batch_bytes", sink.batch_bytes));
	return code;
}
