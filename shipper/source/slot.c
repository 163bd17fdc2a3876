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

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "envelope/frame.h"
#include "forced_option.h"
#include "publications.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/status.h"

#define SLOT_QUERY_TIMEOUT_MS 30000
#define COMMAND_BYTES_MAX (64 * 1024)

/* START_REPLICATION with its options, of which lists of names may be long. */
#define START_BYTES_MAX (8 * 1024 * 1024)

/* Since the minors of August 2026; a role without pg_read_all_settings does not see it. */
#define DEFAULT_PLUGIN_LIBRARIES "pgoutput, test_decoding"

typedef struct SlotState
{
	bool		exists;
	char		plugin[64];
	char		type[16];
	char		database[256];
	char		wal_status[32];
	char		invalidation[64];
	long		active_pid;		/* 0: nobody reads it */
	uint64_t	confirmed;
} SlotState;

typedef struct ServerSettings
{
	char		wal_level[32];
	char		plugin_libraries[1024]; /* output_plugin_libraries, or its default
										 * if the role may not see it */
	bool		sees_plugin_libraries;
} ServerSettings;

static void
copy_field(char *target, size_t size, const PGresult *result, int column)
{
	snprintf(target, size, "%s", PQgetvalue(result, 0, column));
}

static bool
read_server_settings(Replication *replication, ServerSettings *settings, SourceFault *fault)
{
	static const char query[] =
	"SELECT pg_catalog.current_setting('wal_level'),"
	" (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'output_plugin_libraries')";
	PGresult   *result = replication_query(replication, query, SLOT_QUERY_TIMEOUT_MS, NULL, fault);

	if (result == NULL)
		return false;
	memset(settings, 0, sizeof(*settings));
	copy_field(settings->wal_level, sizeof(settings->wal_level), result, 0);
	settings->sees_plugin_libraries = !PQgetisnull(result, 0, 1);
	snprintf(settings->plugin_libraries, sizeof(settings->plugin_libraries), "%s",
			 settings->sees_plugin_libraries ? PQgetvalue(result, 0, 1) : DEFAULT_PLUGIN_LIBRARIES);
	PQclear(result);
	return true;
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
	wf_buffer_append_literal(&command, " FROM pg_catalog.pg_replication_slots WHERE slot_name = ");
	replication_quote_text(&command, name);
	result = replication_run(replication, &command, SLOT_QUERY_TIMEOUT_MS, NULL, fault);
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
	}
	PQclear(result);
	return true;
}

/* "'pgoutput', 'test_decoding', 'walferry'": the list with ours added, for ALTER SYSTEM */
static void
allowed_libraries(const ServerSettings *settings, char *text, size_t size)
{
	size_t		used = 0;
	const char *p = settings->plugin_libraries;

	text[0] = '\0';
	while (*p != '\0')
	{
		size_t		length;

		p += strspn(p, ", \"");
		length = strcspn(p, ", \"");
		if (length > 0 && used < size)
			used += (size_t) snprintf(text + used, size - used, "'%.*s', ", (int) length, p);
		p += length;
	}
	if (used < size)
		snprintf(text + used, size - used, "'" SLOT_PLUGIN "'");
}

/*
 * Errors of slot creation and of START_REPLICATION that have a cure.  The
 * others stay as PostgreSQL tells them.  starting: of the latter, of which a role
 * without rights does not come so far; what is denied then is denied by the plugin,
 * whose policy says what is wrong itself.
 */
static void
explain(SourceFault *fault, const ServerSettings *settings, const Config *config,
		const char *slot, bool starting)
{
	char		libraries[1200];
	char		said[SOURCE_FAULT_TEXT_MAX / 2];
	char		sqlstate[SOURCE_SQLSTATE_LENGTH + 1];
	bool		in_callback = fault->in_callback;

	snprintf(said, sizeof(said), "%.*s", (int) sizeof(said) - 1, fault->text);
	memcpy(sqlstate, fault->sqlstate, sizeof(sqlstate));

	if (strstr(said, "may not be used as an output plugin") != NULL)
	{
		allowed_libraries(settings, libraries, sizeof(libraries));
		source_fault(fault, true, "PostgreSQL does not let " SLOT_PLUGIN " be loaded as an output "
					 "plugin: as a superuser run ALTER SYSTEM SET output_plugin_libraries = %s; and "
					 "then SELECT pg_reload_conf();%s (%s)", libraries,
					 settings->sees_plugin_libraries ? "" :
					 " (keep what SHOW output_plugin_libraries lists beside)", said);
	}
	else if (strcmp(sqlstate, "58P01") == 0 && !in_callback &&
			 strstr(said, "\"" SLOT_PLUGIN "\"") != NULL)
		source_fault(fault, true, "the server does not have the output plugin " SLOT_PLUGIN
					 ": install walferry.so in its library directory (%s)", said);
	else if (strcmp(sqlstate, "55000") == 0 && strcmp(settings->wal_level, "logical") != 0)
		source_fault(fault, true, "wal_level of the server is %s: as a superuser run ALTER SYSTEM SET "
					 "wal_level = logical; and restart PostgreSQL (%s)", settings->wal_level, said);
	else if (strcmp(sqlstate, "55006") == 0)
		source_fault(fault, false, "replication slot \"%s\" is being read by somebody else; trying "
					 "again until it is free (%s)", slot, said);
	else if (strcmp(sqlstate, "42501") == 0 && starting)
	{
		source_fault(fault, true, "%s", said);
		forced_option_explain(config, fault);
	}
	else if (strcmp(sqlstate, "42501") == 0)
		source_fault(fault, true, "the role may not use replication slots: run ALTER ROLE name "
					 "REPLICATION (%s)", said);
	else if (strcmp(sqlstate, "53400") == 0)
		source_fault(fault, true, "the server has no free replication slot: raise "
					 "max_replication_slots and restart PostgreSQL, or drop a slot that nobody needs "
					 "(%s)", said);
	else if (strcmp(sqlstate, "22023") == 0)
		source_fault(fault, true, "the plugin refuses its options; if nothing is wrong with the "
					 "configuration, see that plugin and shipper are of the same version (%s)", said);
	else if (in_callback)
		fault->permanent = strcmp(sqlstate, "58P01") == 0 || !source_fault_may_pass(fault);
	memcpy(fault->sqlstate, sqlstate, sizeof(sqlstate));
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

	/* an exported snapshot would be a transaction left open on the primary */
	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command, "CREATE_REPLICATION_SLOT ");
	replication_quote_name(&command, name);
	if (temporary)
		wf_buffer_append_literal(&command, " TEMPORARY");
	wf_buffer_append_literal(&command, " LOGICAL \"" SLOT_PLUGIN "\"");
	if (replication->server_version >= 150000)
		wf_buffer_append_literal(&command, " (SNAPSHOT 'nothing')");
	else
		wf_buffer_append_literal(&command, " NOEXPORT_SNAPSHOT");
	result = replication_run(replication, &command, 0, tell_waiting, fault);
	PQclear(result);
	return result != NULL;
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

static bool
check_slot(const SlotState *slot, const Config *config, const Replication *replication,
		   SourceFault *fault)
{
	const char *name = config->slot_name;
	uint64_t	server_lsn = replication->server_lsn;

	if (strcmp(slot->type, "logical") != 0)
		source_fault(fault, true, "replication slot \"%s\" is a physical one: choose another slot.name",
					 name);
	else if (strcmp(slot->plugin, SLOT_PLUGIN) != 0)
		source_fault(fault, true, "replication slot \"%s\" belongs to the output plugin %s, not "
					 SLOT_PLUGIN ": choose another slot.name, or, if its changes are no longer needed, run "
					 "SELECT pg_drop_replication_slot('%s');", name, slot->plugin, name);
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
		source_fault(fault, false, "replication slot \"%s\" is being read by process %ld of the "
					 "server; trying again until it is free", name, slot->active_pid);
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

bool
slot_prepare(Replication *replication, const Config *config, bool make, uint64_t delivered,
			 SlotPosition *position, SourceFault *fault)
{
	ServerSettings settings;
	SlotState	slot;

	if (!read_server_settings(replication, &settings, fault) ||
		!read_slot(replication, config->slot_name, &slot, fault))
		return false;
	if (strcmp(settings.wal_level, "logical") != 0)
	{
		source_fault(fault, true, "wal_level of the server is %s: as a superuser run ALTER SYSTEM SET "
					 "wal_level = logical; and restart PostgreSQL", settings.wal_level);
		return false;
	}
	position->confirmed = slot.exists ? slot.confirmed : 0;
	position->in_use = slot.exists && slot.active_pid != 0;
	if (slot.exists && !check_slot(&slot, config, replication, fault))
		return false;
	if (!slot.exists && delivered > 0)
	{
		explain_vanished(config, delivered, fault);
		return false;
	}
	if (!publications_exist(replication, config, slot.exists, fault))
		return false;
	position->missing = !slot.exists && !make;
	if (slot.exists || !make)
		return true;

	log_write(LOG_LEVEL_INFO, "source", "creating the replication slot",
			  log_text("slot", config->slot_name), log_text("plugin", SLOT_PLUGIN));
	if (!create_slot(replication, config->slot_name, false, fault))
	{
		explain(fault, &settings, config, config->slot_name, false);
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
	ServerSettings settings;

	if (!read_server_settings(replication, &settings, fault) ||
		!publications_exist(replication, config, true, fault))
		return false;
	if (create_slot(replication, name, true, fault))
		return true;
	explain(fault, &settings, config, name, false);
	return false;
}

static void
append_option(WfBuffer *command, const char *name, const char *value)
{
	if (command->data[command->length - 1] != '(')
		wf_buffer_append_literal(command, ", ");
	replication_quote_name(command, name);
	wf_buffer_append_char(command, ' ');
	replication_quote_text(command, value);
}

static void
append_settings(WfBuffer *command, const WfSettings *settings)
{
	for (int i = 0; i < settings->count; i++)
		append_option(command, settings->entries[i].name, settings->entries[i].value);
}

bool
slot_start(Replication *replication, const Config *config, const char *slot, const char *output,
		   uint64_t start, SourceFault *fault)
{
	WfBuffer	command;
	ServerSettings settings;
	char		number[32];
	bool		started = false;

	if (!read_server_settings(replication, &settings, fault))
		return false;
	heap_buffer_init(&command, START_BYTES_MAX);
	wf_buffer_append_literal(&command, "START_REPLICATION SLOT ");
	replication_quote_name(&command, slot);
	snprintf(number, sizeof(number), " LOGICAL " LSN_FORMAT " (", LSN_PARTS(start));
	wf_buffer_append(&command, number, strlen(number));
	append_option(&command, "output", output);
	if (strcmp(output, "frame") == 0)
	{
		snprintf(number, sizeof(number), "%d", WF_FRAME_VERSION);
		append_option(&command, "frame.version", number);
	}
	snprintf(number, sizeof(number), "%" PRId64, config->position_epoch);
	append_option(&command, "position.epoch", number);
	for (int i = 0; i < wf_format_option_count && i < CONFIG_FORMAT_OPTIONS_MAX; i++)
	{
		if (config->format_values[i] != NULL)
			append_option(&command, wf_format_options[i].name, config->format_values[i]);
	}
	append_settings(&command, &config->format.settings);
	append_settings(&command, &config->transform_settings);
	wf_buffer_append_literal(&command, ")");
	wf_buffer_append_char(&command, '\0');
	if (command.error == WF_BUFFER_OK)
		started = replication_start(replication, command.data, fault);
	else
		source_fault(fault, true, "the options for the plugin pass %d bytes", START_BYTES_MAX);
	heap_buffer_free(&command);
	if (!started)
		explain(fault, &settings, config, slot, true);
	return started;
}
