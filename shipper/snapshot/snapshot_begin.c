/*
 * snapshot_begin.c
 *		What a snapshot does before its first row.
 *
 * All tables are read in one transaction, of one snapshot:
 *
 *		the place in the WAL (snapshot_place.c); BEGIN; LOCK TABLE; the first query, which
 *		takes the snapshot; a COPY per table; COMMIT
 *
 * Locks are taken before the snapshot, because a table that is rewritten or truncated
 * between would look empty to it.
 *
 * Before that, what would stop the snapshot behind thousands of rows is looked for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "snapshot_state.h"

#include <stdlib.h>
#include <string.h>

#include "extension.h"
#include "shipper/config_filters.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/source/connect.h"
#include "shipper/source/publication_setup.h"
#include "shipper/source/slot.h"

#define ERROR_BYTES_MAX 8192

/* ---- before the transaction ---- */

/* Where the publication is not there yet, and is to be made. */
static void
warn_of_none(const Config *config)
{
	log_write(LOG_LEVEL_WARNING, "snapshot",
			  config->publication_mode == CONFIG_PUBLICATION_NO_TABLES ?
			  "there is no publication of that name yet, so tables are read whole, as the lists have "
			  "them; walferry run will make it without tables, and streams no change of a table before "
			  "it is added: add the tables and load them then, or correct publication.name" :
			  "there is no publication of that name yet, so tables are read whole, as the lists have "
			  "them; walferry run will make it, and what is committed before that is never streamed: "
			  "start that and load the tables then, or correct publication.name",
			  log_text("publication", config->publication_name));
}

/* What plugin the stream is read from says what it is told of publications. */
static bool
choose_publication(Snapshot *snapshot, SourceFault *fault)
{
	const Config *config = snapshot->config;
	Replication replication = {0};
	bool		exists = false;
	bool		well = replication_connect(&replication, config, fault) &&
	slot_choose_plugin(&replication, config, config->slot_name, fault);
	bool		by_pgoutput = well && replication.plugin == CONFIG_PLUGIN_PGOUTPUT;

	well = well && (!by_pgoutput || publication_look_up(&replication, config, &exists, fault));
	replication_close(&replication);
	if (well && exists)
		snapshot->publication = config->publication_name;
	else if (well && by_pgoutput)
		warn_of_none(config);
	return well;
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

	snapshot->connection = source_connect_ordinary(snapshot->config, snapshot_take_turn, snapshot,
												   fault);
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

bool
snapshot_prepare(Snapshot *snapshot, SourceFault *fault)
{
	return open_connection(snapshot, fault) && choose_publication(snapshot, fault) &&
		extension_decide(snapshot->connection, snapshot->config, &snapshot->by_extension, fault) &&
		find_tables(snapshot, fault);
}

/* ---- the transaction ---- */

static bool
lock_tables(Snapshot *snapshot, SourceFault *fault)
{
	WfBuffer	command;
	PGresult   *result;

	if (snapshot->tables.count == 0)
		return true;
	heap_buffer_init(&command, SNAPSHOT_COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command, "LOCK TABLE ");
	for (int i = 0; i < snapshot->tables.count; i++)
	{
		wf_buffer_append_slice(&command, i > 0 ? WF_LITERAL(", ONLY ") : WF_LITERAL("ONLY "));
		snapshot_table_put(&command, &snapshot->tables.tables[i]);
	}
	wf_buffer_append_literal(&command, " IN ACCESS SHARE MODE");
	result = source_run(snapshot->connection, &command, 0, snapshot_take_turn, snapshot, fault);
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

bool
snapshot_begin(Snapshot *snapshot, SourceFault *fault)
{
	PGresult   *result;

	if (!snapshot_find_place(snapshot, fault))
		return false;
	result = snapshot_ask(snapshot, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", fault);
	PQclear(result);
	if (result == NULL)
		return false;
	if (!lock_tables(snapshot, fault))
		return false;
	result = snapshot_ask(snapshot, "SELECT (extract(epoch FROM now()) * 1000000)::bigint", fault);
	if (result == NULL)
		return false;
	snapshot->time_us = strtoll(PQgetvalue(result, 0, 0), NULL, 10);
	snapshot->held_ms = snapshot->held_told_ms = snapshot->told_ms = control_now_ms();
	PQclear(result);
	return true;
}
