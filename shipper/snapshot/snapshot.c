/*
 * snapshot.c
 *		The rows that tables have, read and sent once: `walferry snapshot`.
 *
 * The order of the whole, and what is said of it: what comes before the first row is
 * snapshot_begin.c's, the rows are snapshot_rows.c's.  When Kafka refuses a batch, all of
 * it begins anew with smaller ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "snapshot.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/control.h"
#include "shipper/legs.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"
#include "snapshot_state.h"

#define PROGRESS_MS 10000

/* Refused batches make a snapshot begin anew with smaller ones: 1 MB / 4^9 is a few bytes. */
#define ATTEMPTS_MAX 10

/* ---- progress ---- */

static void
tell_progress(Snapshot *snapshot)
{
	const SnapshotTable *table = snapshot_current(snapshot);
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
warn_of_age(Snapshot *snapshot, int64_t now)
{
	if (now - snapshot->held_told_ms < SNAPSHOT_HELD_WARNING_MS)
		return;
	snapshot->held_told_ms = now;
	log_write(LOG_LEVEL_WARNING, "snapshot", "the snapshot keeps VACUUM from removing what has died in "
			  "the database since it was taken: if tables grow too much by that, stop it, and read them "
			  "in several snapshots (--table)", log_int("seconds", (now - snapshot->held_ms) / 1000));
}

void
snapshot_note_progress(Snapshot *snapshot)
{
	int64_t		now = control_now_ms();

	if (snapshot->held_ms == 0)
		return;
	metric_set(METRIC_SNAPSHOT_AGE, (now - snapshot->held_ms) / 1000);
	warn_of_age(snapshot, now);
	metric_set(METRIC_SNAPSHOT_TABLES_DONE, snapshot->tables_done);
	if (now - snapshot->told_ms < PROGRESS_MS || snapshot->table >= snapshot->tables.count)
		return;
	snapshot->told_ms = now;
	tell_progress(snapshot);
}

bool
snapshot_take_turn(void *context)
{
	Snapshot   *snapshot = context;

	sink_serve(snapshot->sink);
	snapshot_note_progress(snapshot);
	return control_stop() == CONTROL_RUN;
}

PGresult *
snapshot_ask(Snapshot *snapshot, const char *query, SourceFault *fault)
{
	return source_query(snapshot->connection, query, 0, snapshot_take_turn, snapshot, fault);
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
	result = snapshot_ask(snapshot, "SET LOCAL lc_monetary = 'C'", fault);
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
					   snapshot->time_us, snapshot_take_turn, snapshot, fault))
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
	metric_set(METRIC_SNAPSHOT_AGE, 0);
	if (snapshot->has_rules)
		wf_rules_free(&snapshot->rules);
	snapshot_tables_free(&snapshot->tables);
}

static bool
take_snapshot(Snapshot *snapshot, SourceFault *fault)
{
	PGresult   *result;

	if (!snapshot_prepare(snapshot, fault))
		return false;
	snapshot->begun_ms = control_now_ms();
	metric_set(METRIC_SNAPSHOT_TABLES, snapshot->tables.count);
	if (!snapshot_begin(snapshot, fault) || !open_renderer(snapshot, fault))
		return false;
	log_write(LOG_LEVEL_INFO, "snapshot", "reading the tables",
			  log_int("tables", snapshot->tables.count), log_lsn("lsn", snapshot->lsn),
			  log_text("rendered_by", snapshot->by_extension ? "the extension" : "the shipper"));
	status_set(LEG_CAPTURE, LEG_RUNNING, "");
	if (!snapshot_read_tables(snapshot, fault))
		return false;

	/* nothing depends on it any more, and Kafka may take its time */
	result = snapshot_ask(snapshot, "COMMIT", fault);
	PQclear(result);
	snapshot->held_ms = 0;
	metric_set(METRIC_SNAPSHOT_AGE, 0);
	return result != NULL && sink_settle(snapshot->sink, fault);
}

/* What was sent of it, and what to do. */
static void
tell_failure(Snapshot *snapshot, const SourceFault *fault)
{
	char		name[300] = "";

	if (snapshot->table < snapshot->tables.count)
		snprintf(name, sizeof(name), "%.140s.%.140s", snapshot_current(snapshot)->schema,
				 snapshot_current(snapshot)->name);
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
