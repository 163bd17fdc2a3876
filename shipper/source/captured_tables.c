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
#include "meant_name.h"
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
	char		partitioned[NAME_SIZE]; /* one that the lists let through, but has
										 * no rows of that name; or empty */
} Search;

enum
{
	PAGE_IS_PARTITIONED = PAGE_OTHERS
};

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

/* The next tables that have rows, or partitions that do. */
static PGresult *
read_page(void *context, const char *after, SourceFault *fault)
{
	const Search *search = context;
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT c.oid, n.nspname, c.relname, c.relkind = 'p'"
							 " FROM pg_catalog.pg_class c"
							 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
							 " WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'"
							 " AND c.oid >= 16384 AND c.oid > ");
	wf_buffer_append(&command, after, strlen(after));
	wf_buffer_append_literal(&command, " ORDER BY c.oid LIMIT " PAGE_ROWS);
	return replication_run(search->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
						   fault);
}

static void
put_name(char target[NAME_SIZE], const PGresult *page, int row)
{
	snprintf(target, NAME_SIZE, "%s.%s", PQgetvalue(page, row, PAGE_SCHEMA),
			 PQgetvalue(page, row, PAGE_TABLE));
}

/* Of the tables whose names an include list has in some form, the one with the longest. */
static void
note_meant(Search *search, const PGresult *page, int row)
{
	const WfOptions *format = &search->config->format;
	const char *name = PQgetvalue(page, row, PAGE_TABLE);

	if (strlen(name) <= search->meant_length || format->table_include == NULL ||
		!meant_name_is_in(wf_slice_of(format->table_include), wf_slice_of(name)))
		return;
	search->meant_length = strlen(name);
	put_name(search->meant, page, row);
}

/* A table that the lists let through; whether it has rows of that name. */
static WfMatch
has_rows(Search *search, const WfRuleTable *table, bool is_partitioned)
{
	if (!is_partitioned || search->config->format.publish_via_partition_root)
		return WF_MATCH_YES;
	return wf_rules_partition_root(&search->rules, table->schema, table->table, &search->error);
}

/* False: a rule failed. */
static bool
look_at_page(void *context, const PGresult *page, bool *is_found)
{
	Search	   *search = context;

	for (int row = 0; row < PQntuples(page) && !search->found; row++)
	{
		WfRuleTable table = table_page_table(page, row, PAGE_SCHEMA, search->config);
		bool		is_partitioned = *PQgetvalue(page, row, PAGE_IS_PARTITIONED) == 't';
		WfMatch		match = wf_rules_table(&search->rules, &table, &search->error);

		if (match == WF_MATCH_YES)
		{
			match = has_rows(search, &table, is_partitioned);
			if (match == WF_MATCH_NO)
				put_name(search->partitioned, page, row);
		}
		if (match == WF_MATCH_ERROR)
			return false;
		search->tables += is_partitioned ? 0 : 1;
		search->found = match == WF_MATCH_YES;
		note_meant(search, page, row);
	}
	*is_found = search->found;
	return true;
}

static void
warn(const Search *search)
{
	static const char said[] =
	"the include and exclude lists let no table of the database through, so no row will be published "
	"until there is one; table.include.list takes regular expressions, separated by commas, for whole "
	"names with their schema and without quotes";

	if (search->partitioned[0] != '\0')
		log_write(LOG_LEVEL_WARNING, "source",
				  "the include and exclude lists let a partitioned table through, but none of the database's "
				  "other tables; rows go by the names of its partitions, so none will be published unless "
				  "publish.via.partition.root=true, here or forced by the server, has them go by its own",
				  log_int("tables", search->tables),
				  log_text("partitioned", search->partitioned));
	else if (search->meant[0] != '\0')
		log_write(LOG_LEVEL_WARNING, "source", said, log_int("tables", search->tables),
				  log_text("perhaps_meant", search->meant));
	else
		log_write(LOG_LEVEL_WARNING, "source", said, log_int("tables", search->tables));
}

bool
captured_tables_warn_of_none(Replication *replication, const Config *config, SourceFault *fault)
{
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
	if (well && !search.found)
		warn(&search);
	wf_rules_free(&search.rules);
	heap_buffer_free(&search.error);
	return well;
}
