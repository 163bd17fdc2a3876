/*
 * publication_tables.c
 *		The tables that a publication of the include and exclude lists has.
 *
 * Those that the lists let through by their own names, partitioned tables and partitions
 * alike, as with Debezium (PostgresReplicationConnection.determineCapturedTables, 3.7.0);
 * but no unlogged ones, which no publication takes.  Members are taken from the catalogue
 * and not from pg_publication_tables, which leaves partitions out where the table above
 * them is published: they would be added at each start.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publication_tables.h"

#include <stdlib.h>

#include "shipper/config_filters.h"
#include "shipper/heap_buffer.h"
#include "table_pages.h"

#define COMMAND_BYTES_MAX (64 * 1024)
#define ERROR_BYTES_MAX 4096

/* There may be a hundred thousand. */
#define PAGE_ROWS "10000"

enum
{
	PAGE_CAN_BE_WANTED = PAGE_OTHERS,	/* persistent, and no part of the system */
	PAGE_IS_MEMBER
};

typedef struct Search
{
	Replication *replication;
	const Config *config;
	const char *publication_oid;
	WfRules		rules;
	WfBuffer	error;			/* why a rule could not be asked */
	PublicationTables *tables;
} Search;

/* Whether the table is in the publication, by itself or with its schema. */
static void
put_is_member(WfBuffer *command, const Search *search)
{
	WfSlice		oid = wf_slice_of(search->publication_oid != NULL ? search->publication_oid : "0");

	wf_buffer_append_literal(command,
							 "(EXISTS (SELECT FROM pg_catalog.pg_publication_rel r"
							 " WHERE r.prrelid = c.oid AND r.prpubid = ");
	wf_buffer_append_slice(command, oid);
	if (search->replication->server_version >= 150000)
	{
		wf_buffer_append_literal(command,
								 ") OR c.relpersistence = 'p' AND EXISTS ("
								 "SELECT FROM pg_catalog.pg_publication_namespace s"
								 " WHERE s.pnnspid = c.relnamespace AND s.pnpubid = ");
		wf_buffer_append_slice(command, oid);
	}
	wf_buffer_append_literal(command, "))");
}

static PGresult *
read_page(void *context, const char *after, SourceFault *fault)
{
	const Search *search = context;
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT c.oid, n.nspname, c.relname, c.relpersistence = 'p'"
							 " AND c.oid >= 16384 AND n.nspname <> 'information_schema', ");
	put_is_member(&command, search);
	wf_buffer_append_literal(&command,
							 " FROM pg_catalog.pg_class c"
							 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
							 " WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'"
							 " AND n.nspname <> 'pg_catalog' AND c.oid > ");
	wf_buffer_append(&command, after, strlen(after));
	wf_buffer_append_literal(&command, " ORDER BY c.oid LIMIT " PAGE_ROWS);
	return replication_run(search->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
						   fault);
}

static void
put_table(WfBuffer *list, const PGresult *page, int row)
{
	if (list->length > 0)
		wf_buffer_append_literal(list, ", ");
	wf_buffer_append_literal(list, "ONLY ");
	replication_quote_name(list, PQgetvalue(page, row, PAGE_SCHEMA));
	wf_buffer_append_char(list, '.');
	replication_quote_name(list, PQgetvalue(page, row, PAGE_TABLE));
}

/* As the lists name it. */
static void
put_name(WfBuffer *names, const WfRuleTable *table)
{
	if (names->length > 0)
		wf_buffer_append_literal(names, ", ");
	wf_buffer_append_slice(names, table->schema);
	wf_buffer_append_char(names, '.');
	wf_buffer_append_slice(names, table->table);
}

static bool
look_at_page(void *context, const PGresult *page, bool *is_found)
{
	Search	   *search = context;
	PublicationTables *tables = search->tables;

	(void) is_found;
	for (int row = 0; row < PQntuples(page); row++)
	{
		WfRuleTable table = table_page_table(page, row, PAGE_SCHEMA, search->config);
		bool		is_member = *PQgetvalue(page, row, PAGE_IS_MEMBER) == 't';
		WfMatch		match = WF_MATCH_NO;

		if (*PQgetvalue(page, row, PAGE_CAN_BE_WANTED) == 't')
			match = wf_rules_table(&search->rules, &table, &search->error);
		if (match == WF_MATCH_ERROR)
			return false;
		if (match == WF_MATCH_YES)
		{
			tables->wanted++;
			put_table(&tables->all, page, row);
		}
		if (match == WF_MATCH_YES && !is_member)
			put_table(&tables->missing, page, row);
		if (match == WF_MATCH_NO && is_member)
		{
			put_table(&tables->surplus, page, row);
			put_name(&tables->surplus_names, &table);
		}
	}
	return true;
}

bool
publication_tables_read(PublicationTables *tables, Replication *replication, const Config *config,
						const char *publication_oid, SourceFault *fault)
{
	Search		search = {
		.replication = replication, .config = config, .publication_oid = publication_oid,
		.tables = tables
	};
	const TablePages pages = {
		.rows_max = atoi(PAGE_ROWS), .read = read_page, .look = look_at_page, .search = &search,
		.error = &search.error
	};
	bool		well;

	tables->wanted = 0;
	heap_buffer_init(&tables->all, PUBLICATION_TABLES_BYTES_MAX);
	heap_buffer_init(&tables->missing, PUBLICATION_TABLES_BYTES_MAX);
	heap_buffer_init(&tables->surplus, PUBLICATION_TABLES_BYTES_MAX);
	heap_buffer_init(&tables->surplus_names, PUBLICATION_TABLES_BYTES_MAX);
	heap_buffer_init(&search.error, ERROR_BYTES_MAX);
	well = config_read_filters(config, &search.rules, &search.error);
	if (well)
	{
		well = table_pages_search(&pages, fault);
		wf_rules_free(&search.rules);
	}
	else
		source_fault(fault, true, "%.*s", (int) search.error.length, search.error.data);
	heap_buffer_free(&search.error);
	return well;
}

void
publication_tables_free(PublicationTables *tables)
{
	heap_buffer_free(&tables->all);
	heap_buffer_free(&tables->missing);
	heap_buffer_free(&tables->surplus);
	heap_buffer_free(&tables->surplus_names);
}
