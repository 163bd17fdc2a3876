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
 * Lists know a table by the name that its rows are published by: with
 * publication.filter publications say which that is, else the settings of partitions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "captured_tables.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "meant_name.h"
#include "publications.h"
#include "table_pages.h"

#define ERROR_BYTES_MAX 4096

/* There may be a hundred thousand tables, and the first is most often let through. */
#define PAGE_ROWS 1000

/* Publications say what they have all at once, so there are to be few questions. */
#define FILTER_PAGE_ROWS 10000

#define NAME_SIZE 512

typedef struct Search
{
	Replication *replication;
	const Config *config;
	WfRules    *rules;
	WfBuffer	error;			/* why a rule could not be asked */
	int64_t		tables;
	bool		found;			/* one that is let through */
	size_t		meant_length;	/* of the name without its schema */
	char		meant[NAME_SIZE];	/* what a list has in some form; or empty */
	char		other[NAME_SIZE];	/* one that publications have */

	/* what the lists let through, but has no rows of that name; or empty */
	char		partitioned[NAME_SIZE];
	char		partition[NAME_SIZE];
	char		root[NAME_SIZE];	/* that the partition's rows are published as */
} Search;

/* A row for each table above it, if there are such, which PAGE_LEVEL counts. */
enum
{
	PAGE_IS_PARTITIONED = PAGE_OTHERS,
	PAGE_LEVEL,
	PAGE_ABOVE_SCHEMA,
	PAGE_ABOVE_TABLE
};

static bool
is_given(const char *list)
{
	return list != NULL && wf_slice_trim(wf_slice_of(list)).length > 0;
}

/* Appends the names of those lists that are given. */
static void
put_lists(WfBuffer *names, const WfOptions *format)
{
	const struct
	{
		const char *name;
		const char *list;
	}			lists[] = {
		{"schema.include.list", format->schema_include},
		{"schema.exclude.list", format->schema_exclude},
		{"table.include.list", format->table_include},
		{"table.exclude.list", format->table_exclude}
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
	{
		if (!is_given(lists[i].list))
			continue;
		if (names->length > 0)
			wf_buffer_append_char(names, ',');
		wf_buffer_append_slice(names, wf_slice_of(lists[i].name));
	}
}

/* ---- the tables ---- */

/* Those that have rows, or partitions that do. */
static void
put_tables(WfBuffer *command)
{
	wf_buffer_append_literal(command,
							 "SELECT c.oid, n.nspname, c.relname, c.relkind = 'p', a.level,"
							 " an.nspname, ac.relname FROM pg_catalog.pg_class c"
							 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
							 " LEFT JOIN LATERAL pg_catalog.pg_partition_ancestors("
							 "CASE WHEN c.relispartition THEN c.oid END)"
							 " WITH ORDINALITY AS a (relid, level) ON a.relid <> c.oid"
							 " LEFT JOIN pg_catalog.pg_class ac ON ac.oid = a.relid"
							 " LEFT JOIN pg_catalog.pg_namespace an ON an.oid = ac.relnamespace"
							 " WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'"
							 " AND c.oid >= 16384");
}

/* Those of publication.filter, by the names that they are published by. */
static void
put_published_tables(WfBuffer *command, const Config *config, int server_version)
{
	publications_put_listed_by_filter(command, server_version, config);
	wf_buffer_append_literal(command,
							 " SELECT c.oid, schemaname, tablename, false, NULL, NULL, NULL"
							 " FROM (SELECT DISTINCT oid, schemaname, tablename FROM listed) c WHERE true");
}

static PGresult *
read_page(void *context, const char *after, SourceFault *fault)
{
	const Search *search = context;
	bool		is_filtered = search->config->format.publication_filter != NULL;
	char		rows[32];
	WfBuffer	command;

	heap_buffer_init(&command, PUBLICATIONS_FILTER_BYTES_MAX);
	if (is_filtered)
		put_published_tables(&command, search->config, search->replication->server_version);
	else
		put_tables(&command);
	wf_buffer_append_literal(&command, " AND c.oid > ");
	wf_buffer_append(&command, after, strlen(after));
	snprintf(rows, sizeof(rows), "%d", is_filtered ? FILTER_PAGE_ROWS : PAGE_ROWS);
	wf_buffer_append_literal(&command, " ORDER BY c.oid FETCH FIRST ");
	wf_buffer_append(&command, rows, strlen(rows));
	wf_buffer_append_literal(&command, " ROWS WITH TIES");
	return replication_run(search->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
						   fault);
}

static void
put_name(char target[NAME_SIZE], const PGresult *page, int row, int column)
{
	snprintf(target, NAME_SIZE, "%s.%s", PQgetvalue(page, row, column),
			 PQgetvalue(page, row, column + 1));
}

/* Of the names that an include list has in some form, the longest: of a table, else of a schema. */
static void
note_meant(Search *search, const PGresult *page, int row)
{
	const WfOptions *format = &search->config->format;
	bool		by_table = is_given(format->table_include);
	const char *list = by_table ? format->table_include : format->schema_include;
	WfSlice		name = table_page_field(page, row, by_table ? PAGE_TABLE : PAGE_SCHEMA);

	if (list == NULL || name.length <= search->meant_length ||
		!meant_name_is_in(wf_slice_of(list), name))
		return;
	search->meant_length = name.length;
	if (by_table)
		put_name(search->meant, page, row, PAGE_SCHEMA);
	else
		snprintf(search->meant, NAME_SIZE, "%s", name.data);
}

/* Whether rows go by the name of this partitioned table, where none above it has them. */
static WfMatch
has_rows_below(Search *search, const WfRuleTable *table)
{
	if (search->config->format.publish_via_partition_root)
		return WF_MATCH_YES;
	return wf_rules_partition_root(search->rules, table->schema, table->table, &search->error);
}

/*
 * The row of the topmost table above that the rows of this one go by, of those from
 * `row` to before `end`; -1 if there is none.  False: a rule failed.
 */
static bool
find_root(Search *search, const PGresult *page, int row, int end, int *root)
{
	int			highest = 0;

	for (*root = -1; row < end; row++)
	{
		WfRuleTable above = table_page_table(page, row, PAGE_ABOVE_SCHEMA, search->config);
		int			level = atoi(PQgetvalue(page, row, PAGE_LEVEL));
		WfMatch		match;

		if (level <= highest)
			continue;
		match = has_rows_below(search, &above);
		if (match == WF_MATCH_ERROR)
			return false;
		if (match == WF_MATCH_NO)
			continue;
		highest = level;
		*root = row;
	}
	return true;
}

/* A table, whose rows of the page these are.  False: a rule failed. */
static bool
look_at_table(Search *search, const PGresult *page, int row, int end)
{
	WfRuleTable table = table_page_table(page, row, PAGE_SCHEMA, search->config);
	bool		is_partitioned = *PQgetvalue(page, row, PAGE_IS_PARTITIONED) == 't';
	WfMatch		match = wf_rules_table(search->rules, &table, &search->error);
	int			root;

	search->tables += is_partitioned ? 0 : 1;
	note_meant(search, page, row);
	put_name(search->other, page, row, PAGE_SCHEMA);
	if (match != WF_MATCH_YES)
		return match != WF_MATCH_ERROR;
	if (!find_root(search, page, row, end, &root))
		return false;
	if (root >= 0)
	{
		put_name(search->partition, page, row, PAGE_SCHEMA);
		put_name(search->root, page, root, PAGE_ABOVE_SCHEMA);
		return true;
	}
	if (is_partitioned)
		match = has_rows_below(search, &table);
	if (match == WF_MATCH_NO)
		put_name(search->partitioned, page, row, PAGE_SCHEMA);
	search->found = match == WF_MATCH_YES;
	return match != WF_MATCH_ERROR;
}

static bool
look_at_page(void *context, const PGresult *page, bool *is_found)
{
	Search	   *search = context;
	int			end;

	for (int row = 0; row < PQntuples(page) && !search->found; row = end)
	{
		for (end = row + 1; end < PQntuples(page); end++)
			if (strcmp(PQgetvalue(page, row, PAGE_OID), PQgetvalue(page, end, PAGE_OID)) != 0)
				break;
		if (!look_at_table(search, page, row, end))
			return false;
	}
	*is_found = search->found;
	return true;
}

/* ---- what is told ---- */

static void
warn(const Search *search, const char *lists)
{
	static const char said[] =
	"the include and exclude lists let no table of the database through, so no row will be published "
	"until there is one; lists are regular expressions, separated by commas, for whole names without "
	"quotes, of schemas or of tables with their schema";
	const LogField given = log_text("lists", lists);
	const LogField tables = log_int("tables", search->tables);

	if (search->config->format.publication_filter != NULL)
		log_write(LOG_LEVEL_WARNING, "source",
				  "the include and exclude lists let none of the tables through that the publications of "
				  "publication.filter publish, so no row will be published until both have one",
				  log_text("publication.filter", search->config->format.publication_filter), given,
				  tables, log_text("published", search->other));
	else if (search->partition[0] != '\0')
		log_write(LOG_LEVEL_WARNING, "source",
				  "the include and exclude lists let a partition through, but none of the database's other "
				  "tables; its rows go by the name of the table above it, so none will be published "
				  "until the lists let that through, or publish.via.partition.root and its list leave "
				  "partitions their names", given, tables, log_text("partition", search->partition),
				  log_text("published_as", search->root));
	else if (search->partitioned[0] != '\0')
		log_write(LOG_LEVEL_WARNING, "source",
				  "the include and exclude lists let a partitioned table through, but none of the database's "
				  "other tables; rows go by the names of its partitions, so none will be published unless "
				  "publish.via.partition.root=true, here or forced by the server, has them go by its own",
				  given, tables, log_text("partitioned", search->partitioned));
	else if (search->meant[0] != '\0')
		log_write(LOG_LEVEL_WARNING, "source", said, given, tables,
				  log_text("perhaps_meant", search->meant));
	else
		log_write(LOG_LEVEL_WARNING, "source", said, given, tables);
}

/* Publications without tables are told of by who reads them. */
static bool
is_news(const Search *search)
{
	return !search->found &&
		(search->config->format.publication_filter == NULL || search->tables > 0);
}

bool
captured_tables_warn_of_none(Replication *replication, const Config *config, WfRules *rules,
							 SourceFault *fault)
{
	Search		search = {.replication = replication, .config = config, .rules = rules};
	const TablePages pages = {
		.rows_max = config->format.publication_filter != NULL ? FILTER_PAGE_ROWS : PAGE_ROWS,
		.read = read_page, .look = look_at_page, .search = &search, .error = &search.error
	};
	WfBuffer	lists;
	bool		well = true;

	heap_buffer_init(&lists, ERROR_BYTES_MAX);
	heap_buffer_init(&search.error, ERROR_BYTES_MAX);
	put_lists(&lists, &config->format);
	if (lists.length > 0)
	{
		wf_buffer_append_char(&lists, '\0');
		well = table_pages_search(&pages, fault);
		if (well && is_news(&search))
			warn(&search, lists.data);
	}
	heap_buffer_free(&search.error);
	heap_buffer_free(&lists);
	return well;
}
