/*
 * slot_server.c
 *		What the server has to say to slots, and how it is told to the user.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "slot_server.h"

#include <stdio.h>

#include "forced_option.h"

/* Since the minors of August 2026; a role without pg_read_all_settings does not see it. */
#define DEFAULT_PLUGIN_LIBRARIES "pgoutput, test_decoding"

/* What else there is to do where our plugin cannot be had. */
#define OR_PGOUTPUT ", or set plugin.name=pgoutput, which needs no installation"

bool
slot_read_server(Replication *replication, SlotServer *server, SourceFault *fault)
{
	static const char query[] =
	"SELECT pg_catalog.current_setting('wal_level'),"
	" (SELECT setting FROM pg_catalog.pg_settings WHERE name = 'output_plugin_libraries')";
	PGresult   *result = replication_query(replication, query, REPLICATION_QUERY_TIMEOUT_MS, NULL,
										   fault);

	if (result == NULL)
		return false;
	memset(server, 0, sizeof(*server));
	snprintf(server->wal_level, sizeof(server->wal_level), "%s", PQgetvalue(result, 0, 0));
	server->sees_plugin_libraries = !PQgetisnull(result, 0, 1);
	snprintf(server->plugin_libraries, sizeof(server->plugin_libraries), "%s",
			 server->sees_plugin_libraries ? PQgetvalue(result, 0, 1) : DEFAULT_PLUGIN_LIBRARIES);
	PQclear(result);
	return true;
}

bool
slot_server_has_extension(Replication *replication, bool *has, SourceFault *fault)
{
	static const char query[] =
	"SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'walferry'";
	PGresult   *result = replication_query(replication, query, REPLICATION_QUERY_TIMEOUT_MS, NULL,
										   fault);

	if (result == NULL)
		return false;
	*has = PQntuples(result) > 0;
	PQclear(result);
	return true;
}

/* "'pgoutput', 'test_decoding', 'walferry'": the list with ours added, for ALTER SYSTEM */
static void
allowed_libraries(const SlotServer *server, const char *plugin, char *text, size_t size)
{
	size_t		used = 0;
	const char *p = server->plugin_libraries;

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
		snprintf(text + used, size - used, "'%s'", plugin);
}

void
slot_explain_wal_level(SourceFault *fault, const SlotServer *server)
{
	source_fault(fault, true, "wal_level of the server is %s: as a superuser run ALTER SYSTEM SET "
				 "wal_level = logical; or on Amazon RDS set rds.logical_replication = 1 in the "
				 "parameter group; and restart PostgreSQL", server->wal_level);
}

/*
 * The server does not let the plugin be loaded.  It says so before it looks for the library,
 * so to allow one that is not there would be the wrong advice.
 */
static void
explain_not_allowed(SourceFault *fault, const SlotServer *server, Replication *replication,
					const char *said)
{
	char		libraries[1200];
	const char *plugin = config_plugin_text(replication->plugin);
	const char *keep = server->sees_plugin_libraries ? "" :
	" (keep what SHOW output_plugin_libraries lists beside)";
	SourceFault unknown;
	bool		is_there = true;

	allowed_libraries(server, plugin, libraries, sizeof(libraries));
	if (replication->plugin == CONFIG_PLUGIN_WALFERRY &&
		!slot_server_has_extension(replication, &is_there, &unknown))
		is_there = true;
	if (is_there)
		source_fault(fault, true, "PostgreSQL does not let %s be loaded as an output "
					 "plugin: as a superuser run ALTER SYSTEM SET output_plugin_libraries = %s; and "
					 "then SELECT pg_reload_conf();%s%s (%s)", plugin, libraries, keep,
					 replication->plugin == CONFIG_PLUGIN_PGOUTPUT ? "" : OR_PGOUTPUT, said);
	else
		source_fault(fault, true, "the server does not have the output plugin %s: install the extension "
					 "%s" OR_PGOUTPUT "; once it is installed, as a superuser run ALTER SYSTEM SET "
					 "output_plugin_libraries = %s; and then SELECT pg_reload_conf();%s (%s)", plugin,
					 plugin, libraries, keep, said);
}

void
slot_explain(SourceFault *fault, const SlotServer *server, Replication *replication,
			 const Config *config, const char *slot, bool starting)
{
	char		said[SOURCE_FAULT_TEXT_MAX / 2];
	char		sqlstate[SOURCE_SQLSTATE_LENGTH + 1];
	char		quoted[32];
	bool		in_callback = fault->in_callback;
	const char *plugin = config_plugin_text(replication->plugin);

	snprintf(said, sizeof(said), "%.*s", (int) sizeof(said) - 1, fault->text);
	memcpy(sqlstate, fault->sqlstate, sizeof(sqlstate));
	snprintf(quoted, sizeof(quoted), "\"%s\"", plugin);

	if (strstr(said, "may not be used as an output plugin") != NULL)
		explain_not_allowed(fault, server, replication, said);
	else if (strcmp(sqlstate, "58P01") == 0 && !in_callback &&
			 strstr(said, quoted) != NULL)
		source_fault(fault, true, "the server does not have the output plugin %s: install %s.so in "
					 "its library directory%s (%s)", plugin, plugin,
					 replication->plugin == CONFIG_PLUGIN_PGOUTPUT ? "" : OR_PGOUTPUT, said);
	else if (strcmp(sqlstate, "55000") == 0 && strcmp(server->wal_level, "logical") != 0)
		slot_explain_wal_level(fault, server);
	else if (strcmp(sqlstate, "55006") == 0)
	{
		source_fault(fault, false, "replication slot \"%s\" is being read by somebody else; trying "
					 "again until it is free (%s)", slot, said);
		fault->slot_in_use = true;
	}
	else if (strcmp(sqlstate, "42501") == 0 && starting)
	{
		source_fault(fault, true, "%s", said);
		forced_option_explain(config, fault);
	}
	else if (strcmp(sqlstate, "42501") == 0)
		source_fault(fault, true, "the role may not use replication slots: run ALTER ROLE name "
					 "REPLICATION, or on Amazon RDS GRANT rds_replication TO name (%s)", said);
	else if (strcmp(sqlstate, "53400") == 0 ||
			 (strcmp(sqlstate, "55000") == 0 && strstr(said, "max_replication_slots") != NULL))
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
