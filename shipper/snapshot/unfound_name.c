/*
 * unfound_name.c
 *		Why a table that --table names is not read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unfound_name.h"

#include <stdio.h>
#include <string.h>

#include "shipper/heap_buffer.h"
#include "shipper/source/replication.h"

/* The query of the tables, and some more. */
#define COMMAND_BYTES_MAX (16 * 1024 * 1024)

/* A query over a hundred thousand tables. */
#define NAME_TIMEOUT_MS 600000

/* Of lists that are given, in a sentence. */
#define LISTS_BYTES_MAX 256

enum
{
	NAME_FULL,					/* SCHEMA.TABLE */
	NAME_QUOTED,				/* likewise, as SQL */
	NAME_IS_EXACT,				/* the name that was given; else one like it */
	NAME_KIND,					/* what cannot be read, in words; NULL: it can */
	NAME_IS_PARTITIONED,
	NAME_PARTITION				/* one of it that may be read; NULL: there is none */
};

/* What has the name, or else one that is written a little differently. */
static PGresult *
look_up(const UnfoundName *unfound, WfSlice tables, PGconn *connection, SourceFault *fault)
{
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command, "WITH given (name, plain) AS (SELECT g, lower(replace(g, '\"', ''))"
							 " FROM (VALUES (");
	replication_quote_text(&command, unfound->name);
	wf_buffer_append_literal(&command,
							 "::text)) AS v (g)), found AS ("
							 "SELECT n.nspname || '.' || c.relname AS full_name,"
							 " format('%I.%I', n.nspname, c.relname) AS quoted, c.*"
							 " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
							 " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S'))"
							 " SELECT c.full_name, c.quoted, c.full_name = g.name, CASE"
							 " WHEN c.relkind = 'v' THEN 'a view'"
							 " WHEN c.relkind = 'm' THEN 'a materialized view'"
							 " WHEN c.relkind = 'f' THEN 'a foreign table'"
							 " WHEN c.relkind = 'S' THEN 'a sequence'"
							 " WHEN c.oid < 16384 THEN 'a table of the system'"
							 " WHEN c.relpersistence = 't' THEN 'a temporary table'"
							 " WHEN c.relpersistence = 'u' THEN 'an unlogged table' END,"
							 " c.relkind = 'p', (SELECT leaf.full_name"
							 " FROM pg_partition_tree(CASE WHEN c.relkind = 'p' THEN c.oid END) t"
							 " JOIN found leaf ON leaf.oid = t.relid"
							 " WHERE t.isleaf AND t.relid IN (SELECT oid FROM (");
	wf_buffer_append_slice(&command, tables);
	wf_buffer_append_literal(&command,
							 ") AS tables (oid, c2, c3, c4, c5, c6, c7, c8, c9, c10))"
							 " ORDER BY leaf.full_name LIMIT 1)"
							 " FROM found c CROSS JOIN given g WHERE c.full_name = g.name OR c.oid >= 16384"
							 " AND g.plain IN (lower(c.full_name), lower(c.relname::text))"
							 " ORDER BY c.full_name = g.name DESC, lower(c.full_name) = g.plain DESC,"
							 " c.full_name LIMIT 1");
	return source_run(connection, &command, NAME_TIMEOUT_MS, NULL, NULL, fault);
}

static void
explain_left_out(const UnfoundName *unfound, SourceFault *fault)
{
	static const char *const lists[] = {
		"schema.include.list", "schema.exclude.list", "table.include.list", "table.exclude.list"
	};
	char		given[LISTS_BYTES_MAX] = "";
	size_t		length = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
	{
		if (!config_is_given(unfound->config, lists[i]))
			continue;
		length += (size_t) snprintf(given + length, sizeof(given) - length, "%s%s",
									length > 0 ? " and " : "", lists[i]);
	}
	source_fault(fault, true, "--table \"%.300s\" is a table that %s leave%s out, so it is not streamed "
				 "either: correct that, and start walferry run again, too", unfound->name,
				 length > 0 ? given : "the include and exclude lists",
				 strstr(given, " and ") != NULL || length == 0 ? "" : "s");
}

static void
explain_unpublished(const UnfoundName *unfound, const char *quoted, SourceFault *fault)
{
	if (unfound->publication != NULL)
		source_fault(fault, true, "--table \"%.300s\" is a table that publication \"%s\" does not have, so it "
					 "is not streamed either: run ALTER PUBLICATION \"%s\" ADD TABLE %.600s; or correct "
					 "publication.name", unfound->name, unfound->publication, unfound->publication, quoted);
	else
		source_fault(fault, true, "--table \"%.300s\" is a table that no publication of publication.filter "
					 "has, so it is not streamed either: run ALTER PUBLICATION ... ADD TABLE %.600s; with "
					 "one of them, or correct publication.filter", unfound->name, quoted);
}

static void
explain_partitioned(const UnfoundName *unfound, const PGresult *found, bool by_publication,
					SourceFault *fault)
{
	const char *quoted = PQgetvalue(found, 0, NAME_QUOTED);

	if (!PQgetisnull(found, 0, NAME_PARTITION))
		source_fault(fault, true, "--table \"%.300s\" is a partitioned table, and its rows go by the names of "
					 "its partitions: name those, as --table \"%.300s\", or have them published by its "
					 "name (%s)", unfound->name, PQgetvalue(found, 0, NAME_PARTITION),
					 by_publication ? "ALTER PUBLICATION ... SET (publish_via_partition_root = true)" :
					 "publish.via.partition.root=true");
	else if (by_publication)
		explain_unpublished(unfound, quoted, fault);
	else
		source_fault(fault, true, "--table \"%.300s\" is a partitioned table without partitions that can be "
					 "read: leave it out", unfound->name);
}

void
unfound_name_explain(const UnfoundName *unfound, WfSlice tables, PGconn *connection,
					 SourceFault *fault)
{
	const Config *config = unfound->config;
	bool		by_publication = unfound->publication != NULL ||
	config->format.publication_filter != NULL;
	PGresult   *found;

	if (unfound->is_left_out)
	{
		explain_left_out(unfound, fault);
		return;
	}
	found = look_up(unfound, tables, connection, fault);
	if (found == NULL)
		return;
	if (PQntuples(found) == 0)
		source_fault(fault, true, "--table \"%.300s\" is no table of database \"%s\": write SCHEMA.TABLE as "
					 "the catalogue has it, without quotes", unfound->name, config->database_dbname);
	else if (PQgetvalue(found, 0, NAME_IS_EXACT)[0] != 't')
		source_fault(fault, true, "--table \"%.300s\" is no table of database \"%s\", but \"%.300s\" is there: "
					 "write SCHEMA.TABLE as the catalogue has it, without quotes", unfound->name,
					 config->database_dbname, PQgetvalue(found, 0, NAME_FULL));
	else if (!PQgetisnull(found, 0, NAME_KIND))
		source_fault(fault, true, "--table \"%.300s\" is %s, whose changes are not streamed, so its rows are "
					 "not read either: leave it out", unfound->name, PQgetvalue(found, 0, NAME_KIND));
	else if (PQgetvalue(found, 0, NAME_IS_PARTITIONED)[0] == 't')
		explain_partitioned(unfound, found, by_publication, fault);
	else if (by_publication)
		explain_unpublished(unfound, PQgetvalue(found, 0, NAME_QUOTED), fault);
	else
		source_fault(fault, false, "table \"%.300s\" was made while the snapshot began: start it again",
					 unfound->name);
	PQclear(found);
}
