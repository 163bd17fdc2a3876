/*
 * captured_tables.c
 *		Whether the include and exclude lists let any table through.
 *
 * Lists through which nothing passes are allowed, since their tables may come; but
 * more often a name lacks its schema, or a separator is wrong, and the slot is
 * drained without a word.  Debezium warns too.  The plugin cannot look: a walsender
 * that starts a slot has no transaction.  So it is asked here, once, and only where
 * there are such lists; what the server's policy leaves out is not known here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "captured_tables.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/config_filters.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "table_pages.h"

#define COMMAND_BYTES_MAX 4096
#define ERROR_BYTES_MAX 4096

/* There may be a hundred thousand tables, and the first is most often let through. */
#define PAGE_ROWS "1000"

#define NAME_SIZE 512

typedef struct Search
{
	Replication *replication;
	const Config *config;
	WfRules		rules;
	WfBuffer	error;			/* why a rule could not be asked */
	int64_t		tables;
	bool		found;			/* one that is let through */
	size_t		meant_length;	/* of the table's name without its schema */
	char		meant[NAME_SIZE];	/* a table whose name a list has; or empty */
} Search;

static bool
is_given(const char *list)
{
	return list != NULL && wf_slice_trim(wf_slice_of(list)).length > 0;
}

static bool
has_lists(const WfOptions *format)
{
	return is_given(format->schema_include) || is_given(format->schema_exclude) ||
		is_given(format->table_include) || is_given(format->table_exclude);
}

/* The next tables that have rows, partitions with their root beside them. */
static PGresult *
read_page(void *context, const char *after, SourceFault *fault)
{
	const Search *search = context;
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT c.oid, n.nspname, c.relname, rn.nspname, r.relname"
							 " FROM pg_catalog.pg_class c"
							 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
							 " LEFT JOIN pg_catalog.pg_class r"
							 " ON c.relispartition AND r.oid = pg_catalog.pg_partition_root(c.oid)"
							 " LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace"
							 " WHERE c.relkind = 'r' AND c.relpersistence = 'p'"
							 " AND c.oid >= 16384 AND c.oid > ");
	wf_buffer_append(&command, after, strlen(after));
	wf_buffer_append_literal(&command, " ORDER BY c.oid LIMIT " PAGE_ROWS);
	return replication_run(search->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
						   fault);
}

/* Of the tables whose names an include list has in some form, the one with the longest. */
static void
note_meant(Search *search, const PGresult *page, int row)
{
	const WfOptions *format = &search->config->format;
	const char *name = PQgetvalue(page, row, PAGE_TABLE);

	if (strlen(name) <= search->meant_length || format->table_include == NULL ||
		strstr(format->table_include, name) == NULL)
		return;
	search->meant_length = strlen(name);
	snprintf(search->meant, sizeof(search->meant), "%s.%s", PQgetvalue(page, row, PAGE_SCHEMA),
			 name);
}

/* False: a rule failed. */
static bool
look_at_page(void *context, const PGresult *page, bool *is_found)
{
	Search	   *search = context;

	for (int row = 0; row < PQntuples(page) && !search->found; row++)
	{
		WfRuleTable table;
		WfRuleTable root;
		WfMatch		match;

		table_page_names(page, row, search->config, &table, &root);
		match = wf_rules_table(&search->rules, &table, &search->error);
		if (match == WF_MATCH_NO && root.table.length > 0 &&
			search->config->format.publishes_roots)
			match = wf_rules_table(&search->rules, &root, &search->error);
		if (match == WF_MATCH_ERROR)
			return false;
		search->tables++;
		search->found = match == WF_MATCH_YES;
		note_meant(search, page, row);
	}
	*is_found = search->found;
	return true;
}

bool
captured_tables_warn_of_none(Replication *replication, const Config *config, SourceFault *fault)
{
	static const char said[] =
	"the include and exclude lists let no table of the database through, so no row will be published "
	"until there is one; table.include.list takes regular expressions, separated by commas, for whole "
	"names with their schema and without quotes";
	Search		search = {.replication = replication, .config = config};
	const TablePages pages = {
		.rows_max = atoi(PAGE_ROWS), .read = read_page, .look = look_at_page, .search = &search,
		.error = &search.error
	};
	bool		well;

	if (!has_lists(&config->format))
		return true;
	heap_buffer_init(&search.error, ERROR_BYTES_MAX);
	if (!config_read_filters(config, &search.rules, &search.error))
	{
		source_fault(fault, true, "%.*s", (int) search.error.length, search.error.data);
		heap_buffer_free(&search.error);
		return false;
	}
	well = table_pages_search(&pages, fault);
	if (well && !search.found && search.meant[0] != '\0')
		log_write(LOG_LEVEL_WARNING, "source", said, log_int("tables", search.tables),
				  log_text("perhaps_meant", search.meant));
	else if (well && !search.found)
		log_write(LOG_LEVEL_WARNING, "source", said, log_int("tables", search.tables));
	wf_rules_free(&search.rules);
	heap_buffer_free(&search.error);
	return well;
}
