/*
 * slot.c
 *		The replication slot: looked at, made when missing, begun to be read.
 *
 * What PostgreSQL says of a slot it refuses is short and sometimes misleading;
 * everything that can be known beforehand is asked beforehand, so that the
 * fault names the next step.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "slot.h"

#include <stdio.h>
#include <stdlib.h>

#include "publication_setup.h"
#include "publications.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/status.h"
#include "slot_server.h"

#define COMMAND_BYTES_MAX (64 * 1024)

typedef struct SlotState
{
	bool		exists;
	char		plugin[64];
	char		type[16];
	char		database[256];
	char		wal_status[32];
	char		invalidation[64];
	bool		two_phase;		/* tells transactions when they are prepared */
	long		active_pid;		/* 0: nobody reads it */
	uint64_t	confirmed;
} SlotState;

static void
copy_field(char *target, size_t size, const PGresult *result, int column)
{
	snprintf(target, size, "%s", PQgetvalue(result, 0, column));
}

/*
 * Also renews server_lsn, because a slot may have been made or moved since the
 * connection was; the server looks at the slot first.
 */
static bool
read_slot(Replication *replication, const char *name, SlotState *slot, SourceFault *fault)
{
	WfBuffer	command;
	PGresult   *result;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT plugin, slot_type, database, active_pid, wal_status,"
							 " confirmed_flush_lsn,"
							 " CASE WHEN pg_catalog.pg_is_in_recovery()"
							 " THEN GREATEST(pg_catalog.pg_last_wal_receive_lsn(),"
							 " pg_catalog.pg_last_wal_replay_lsn())"
							 " ELSE pg_catalog.pg_current_wal_flush_lsn() END,"
							 " pg_catalog.pg_is_in_recovery(), ");
	if (replication->server_version >= 170000)
		wf_buffer_append_literal(&command, "invalidation_reason");
	else
		wf_buffer_append_literal(&command, "''");
	wf_buffer_append_slice(&command, replication->server_version >= 140000 ?
						   WF_LITERAL(", two_phase") : WF_LITERAL(", false"));
	wf_buffer_append_literal(&command, " FROM pg_catalog.pg_replication_slots WHERE slot_name = ");
	replication_quote_text(&command, name);
	result = replication_run(replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
	if (result == NULL)
		return false;

	memset(slot, 0, sizeof(*slot));
	slot->exists = PQntuples(result) == 1;
	if (slot->exists)
	{
		copy_field(slot->plugin, sizeof(slot->plugin), result, 0);
		copy_field(slot->type, sizeof(slot->type), result, 1);
		copy_field(slot->database, sizeof(slot->database), result, 2);
		slot->active_pid = strtol(PQgetvalue(result, 0, 3), NULL, 10);
		copy_field(slot->wal_status, sizeof(slot->wal_status), result, 4);
		(void) replication_parse_lsn(PQgetvalue(result, 0, 5), &slot->confirmed);
		(void) replication_parse_lsn(PQgetvalue(result, 0, 6), &replication->server_lsn);
		replication->in_recovery = PQgetvalue(result, 0, 7)[0] == 't';
		copy_field(slot->invalidation, sizeof(slot->invalidation), result, 8);
		slot->two_phase = PQgetvalue(result, 0, 9)[0] == 't';
	}
	PQclear(result);
	return true;
}

static void
tell_waiting(int64_t waited_ms)
{
	status_set(LEG_CAPTURE, LEG_STARTING,
			   "creating the slot waits for transactions that were running before to end");
	log_write(LOG_LEVEL_INFO, "source",
			  "creating the slot waits for transactions that were running before to end",
			  log_int("waited_ms", waited_ms));
}

static bool
create_slot(Replication *replication, const char *name, bool temporary, SourceFault *fault)
{
	WfBuffer	command;
	PGresult   *result;
	const char *plugin = config_plugin_text(replication->plugin);

	/* an exported snapshot would be a transaction left open on the primary */
	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command, "CREATE_REPLICATION_SLOT ");
	replication_quote_name(&command, name);
	if (temporary)
		wf_buffer_append_literal(&command, " TEMPORARY");
	wf_buffer_append_literal(&command, " LOGICAL ");
	replication_quote_name(&command, plugin);
	if (replication->server_version >= 150000)
		wf_buffer_append_literal(&command, " (SNAPSHOT 'nothing')");
	else
		wf_buffer_append_literal(&command, " NOEXPORT_SNAPSHOT");
	result = replication_run(replication, &command, 0, tell_waiting, fault);
	PQclear(result);
	return result != NULL;
}

/* CONFIG_PLUGIN_UNSET: none that can be read. */
static ConfigPlugin
find_plugin(const char *name)
{
	return strcmp(name, "walferry") == 0 ? CONFIG_PLUGIN_WALFERRY :
		strcmp(name, "pgoutput") == 0 ? CONFIG_PLUGIN_PGOUTPUT : CONFIG_PLUGIN_UNSET;
}

/* What the server has for a new slot. */
static bool
ask_for_plugin(Replication *replication, SourceFault *fault)
{
	bool		has;

	if (!slot_server_has_extension(replication, &has, fault))
		return false;
	replication->plugin = has ? CONFIG_PLUGIN_WALFERRY : CONFIG_PLUGIN_PGOUTPUT;
	return true;
}

static bool
choose_plugin(Replication *replication, const Config *config, const SlotState *slot,
			  SourceFault *fault)
{
	WfBuffer	error;
	bool		fits;

	replication->plugin = config->plugin;
	if (config->plugin != CONFIG_PLUGIN_UNSET)
		return true;			/* looked at when the file was read */
	if (slot->exists)
		replication->plugin = find_plugin(slot->plugin);
	if (replication->plugin == CONFIG_PLUGIN_UNSET && !ask_for_plugin(replication, fault))
		return false;

	heap_buffer_init(&error, COMMAND_BYTES_MAX);
	fits = config_fits_plugin(config, replication->plugin, &error);
	if (!fits)
		source_fault(fault, true, "%.*s (plugin.name is not set, and %s)", (int) error.length,
					 error.data, slot->exists ? "the slot is one of pgoutput" :
					 "the server does not have the plugin walferry");
	heap_buffer_free(&error);
	return fits;
}

bool
slot_choose_plugin(Replication *replication, const Config *config, const char *slot,
				   SourceFault *fault)
{
	SlotState	state = {0};

	return (slot == NULL || read_slot(replication, slot, &state, fault)) &&
		choose_plugin(replication, config, &state, fault);
}

/*
 * Decoding reads flushed WAL only (walsender.c, WalSndWaitForWal), so nobody can
 * have confirmed more than is flushed.  START_REPLICATION takes an LSN of the
 * future all the same and skips what commits before it.
 */
static void
explain_set_back(const char *name, uint64_t confirmed, uint64_t server_lsn, SourceFault *fault)
{
	source_fault(fault, true, "replication slot \"%s\" is confirmed up to LSN " LSN_FORMAT ", but the "
				 "server's WAL ends at " LSN_FORMAT ": the server was set back to an older state, and "
				 "what it commits below the former would be skipped; run SELECT "
				 "pg_drop_replication_slot('%s'); and start again, then fill the gap from the tables",
				 name, LSN_PARTS(confirmed), LSN_PARTS(server_lsn), name);
	fault->gap = true;
}

void
slot_explain_catching_up(uint64_t confirmed, uint64_t server_lsn, SourceFault *fault)
{
	source_fault(fault, false, "changes up to LSN " LSN_FORMAT " are confirmed, but the standby has WAL up "
				 "to " LSN_FORMAT " only; waiting until it has caught up (a standby that does not was "
				 "set back to an older state)", LSN_PARTS(confirmed), LSN_PARTS(server_lsn));
}

/*
 * Who reads the slot, as far as the role may see it; the slot's own row has only the
 * process.  A walsender, or a function that gets or peeks at changes.
 */
static void
explain_in_use(Replication *replication, const char *name, long pid, SourceFault *fault)
{
	char		query[512];
	char		reader[256] = "";
	PGresult   *result;

	snprintf(query, sizeof(query), "SELECT pg_catalog.concat_ws(', ',"
			 " 'application_name ' || NULLIF(application_name, ''), 'role ' || usename,"
			 " 'client address ' || pg_catalog.host(client_addr))"
			 " FROM pg_catalog.pg_stat_activity WHERE pid = %ld", pid);
	result = replication_query(replication, query, REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
	if (result == NULL && fault->stopped)
		return;
	if (result != NULL && PQntuples(result) > 0 && PQgetlength(result, 0, 0) > 0)
		snprintf(reader, sizeof(reader), " (%s)", PQgetvalue(result, 0, 0));
	PQclear(result);
	source_fault(fault, false, "replication slot \"%s\" is being read by process %ld of the server%s; "
				 "trying again until it is free", name, pid, reader);
	fault->slot_in_use = true;
}

static bool
check_slot(const SlotState *slot, const Config *config, Replication *replication,
		   SourceFault *fault)
{
	const char *name = config->slot_name;
	const char *plugin = config_plugin_text(replication->plugin);
	uint64_t	server_lsn = replication->server_lsn;

	if (strcmp(slot->type, "logical") != 0)
		source_fault(fault, true, "replication slot \"%s\" is a physical one: choose another slot.name",
					 name);
	else if (strcmp(slot->plugin, plugin) != 0)
		source_fault(fault, true, "replication slot \"%s\" belongs to the output plugin %s, not "
					 "%s: %schoose another slot.name, or, if its changes are no longer needed, run "
					 "SELECT pg_drop_replication_slot('%s'); and start again to have it made (by SELECT "
					 "pg_create_logical_replication_slot('%s', '%s');)", name, slot->plugin, plugin,
					 find_plugin(slot->plugin) == CONFIG_PLUGIN_UNSET ? "" :
					 "take its plugin for plugin.name, ", name, name, plugin);
	else if (slot->two_phase && replication->plugin == CONFIG_PLUGIN_PGOUTPUT)
		source_fault(fault, true, "replication slot \"%s\" was made with two_phase, by which pgoutput tells "
					 "transactions when they are prepared, before it is known whether they commit: choose "
					 "another slot.name, or, if its changes are no longer needed, run SELECT "
					 "pg_drop_replication_slot('%s'); and start again to have it made (by SELECT "
					 "pg_create_logical_replication_slot('%s', 'pgoutput');)", name, name, name);
	else if (strcmp(slot->database, config->database_dbname) != 0)
		source_fault(fault, true, "replication slot \"%s\" belongs to database \"%s\", not \"%s\": "
					 "choose another slot.name", name, slot->database, config->database_dbname);
	else if (strcmp(slot->wal_status, "lost") == 0 || slot->invalidation[0] != '\0')
	{
		source_fault(fault, true, "replication slot \"%s\" is lost%s%s: PostgreSQL has removed WAL it "
					 "needed, so events since LSN " LSN_FORMAT " may be in no WAL any more; run SELECT "
					 "pg_drop_replication_slot('%s'); and start again, then fill the gap from the tables "
					 "(max_slot_wal_keep_size limits what slots may hold)", name,
					 slot->invalidation[0] != '\0' ? ", reason " : "", slot->invalidation,
					 LSN_PARTS(slot->confirmed), name);
		fault->gap = true;
	}
	else if (slot->confirmed > server_lsn && replication->in_recovery)
		slot_explain_catching_up(slot->confirmed, server_lsn, fault);
	else if (slot->confirmed > server_lsn)
		explain_set_back(name, slot->confirmed, server_lsn, fault);
	else if (slot->active_pid != 0)
		explain_in_use(replication, name, slot->active_pid, fault);
	else
		return true;
	return false;
}

static void
explain_vanished(const Config *config, uint64_t delivered, SourceFault *fault)
{
	source_fault(fault, true, "replication slot \"%s\" has vanished: somebody dropped it, or this is "
				 "another server than before; events since LSN " LSN_FORMAT " may be in no WAL any more, and a "
				 "new slot would hide that; start again to have the slot created, then fill the gap "
				 "from the tables", config->slot_name, LSN_PARTS(delivered));
	fault->gap = true;
}

/* What must be there before a slot is made, because all it tells must be younger. */
static bool
prepare_publications(Replication *replication, const Config *config, PublicationWish wish,
					 bool slot_exists, SourceFault *fault)
{
	return replication->plugin == CONFIG_PLUGIN_PGOUTPUT ?
		publication_set_up(replication, config, wish, slot_exists, fault) :
		publications_exist(replication, config, slot_exists, fault);
}

bool
slot_prepare(Replication *replication, const Config *config, bool make, uint64_t delivered,
			 SlotPosition *position, SourceFault *fault)
{
	SlotServer	server;
	SlotState	slot;

	if (!slot_read_server(replication, &server, fault) ||
		!read_slot(replication, config->slot_name, &slot, fault))
		return false;
	if (strcmp(server.wal_level, "logical") != 0)
	{
		slot_explain_wal_level(fault, &server);
		return false;
	}
	position->confirmed = slot.exists ? slot.confirmed : 0;
	position->in_use = slot.exists && slot.active_pid != 0;
	if (!choose_plugin(replication, config, &slot, fault) ||
		(slot.exists && !check_slot(&slot, config, replication, fault)))
		return false;
	if (!slot.exists && delivered > 0)
	{
		explain_vanished(config, delivered, fault);
		return false;
	}
	if (!prepare_publications(replication, config, delivered > 0 ? PUBLICATION_AGAIN :
							  make ? PUBLICATION_LOOKED_AT : PUBLICATION_AT_START,
							  slot.exists, fault))
		return false;
	position->missing = !slot.exists && !make;
	if (slot.exists || !make)
		return true;

	log_write(LOG_LEVEL_INFO, "source", "creating the replication slot",
			  log_text("slot", config->slot_name), log_text("plugin", config_plugin_text(replication->plugin)));
	if (!create_slot(replication, config->slot_name, false, fault))
	{
		slot_explain(fault, &server, replication, config, config->slot_name, false);
		return false;
	}
	position->made = true;
	if (!read_slot(replication, config->slot_name, &slot, fault))
		return false;
	position->confirmed = slot.confirmed;
	log_write(LOG_LEVEL_INFO, "source", "the replication slot is made",
			  log_text("slot", config->slot_name), log_lsn("from", slot.confirmed));
	return true;
}

bool
slot_create_temporary(Replication *replication, const Config *config, const char *name,
					  SourceFault *fault)
{
	SlotServer	server;

	if (!slot_choose_plugin(replication, config, NULL, fault) ||
		!slot_read_server(replication, &server, fault) ||
		!prepare_publications(replication, config, PUBLICATION_FOR_LOOKING, true, fault))
		return false;
	if (create_slot(replication, name, true, fault))
		return true;
	slot_explain(fault, &server, replication, config, name, false);
	return false;
}
