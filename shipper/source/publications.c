/*
 * publications.c
 *		What publications have to do with a start.
 *
 * Those of publication.filter must be there.  The plugin looks for them too, but by
 * then the slot is there, and would begin before a publication that is made only
 * now: which is an error that does not end.  The one that a Debezium connector
 * reads (publication.name) is not read here, so a file that came along from a
 * connector would publish what that publication hides.  Nobody reads a log in time
 * to stop that; so it is looked at before the first event, and what it hides and
 * the configuration does not leave out itself is a reason not to start.
 *
 * What the connector (PostgresReplicationConnection.initPublication, 3.7.0) does:
 * a publication that is there is used as it is, whatever the mode; but `filtered`
 * gives it the tables of the include and exclude lists.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publications.h"

#include <stdlib.h>

#include "envelope/publication_names.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "publication_roots.h"
#include "published_tables.h"
#include "table_pages.h"

#define COMMAND_BYTES_MAX (64 * 1024)
#define ERROR_BYTES_MAX 4096

/* Hidden things that are asked for at a time: there may be a hundred thousand tables. */
#define PAGE_ROWS "10000"

/* What it hides, for a sentence: the first of each kind. */
typedef struct Hidden
{
	char		name[512];
	bool		several;
} Hidden;

typedef enum HiddenKind
{
	HIDDEN_ROWS,
	HIDDEN_COLUMN,
	HIDDEN_TABLE,
	HIDDEN_KINDS
} HiddenKind;

/* Columns of the page's query. */
enum
{
	PAGE_ROOT_SCHEMA = PAGE_OTHERS, /* empty, as the next, if there is none above */
	PAGE_ROOT_TABLE,
	PAGE_KIND,
	PAGE_COLUMN
};

typedef struct Search
{
	Replication *replication;
	const Config *config;
	WfRules    *rules;
	WfBuffer	error;			/* why a rule could not be asked */
	bool		all_tables;		/* the publication is FOR ALL TABLES */
	bool		operations[PUBLICATION_OPERATIONS]; /* those that it has */
	bool		has_partitions; /* the database has */
	bool		via_root;		/* it publishes them as the table above them */
	Hidden		hidden[HIDDEN_KINDS];
} Search;

const PublicationOperation publication_operations[PUBLICATION_OPERATIONS] = {
	{"inserts", WF_SKIP_CREATE}, {"updates", WF_SKIP_UPDATE}, {"deletes", WF_SKIP_DELETE},
	{"truncates", WF_SKIP_TRUNCATE}
};

/* ---- those of publication.filter ---- */

void
publications_put_filter(WfBuffer *command, const Config *config)
{
	const char *rest = config->format.publication_filter;
	WfBuffer	name;

	heap_buffer_init(&name, WF_OPTION_LIST_MAX);
	wf_buffer_append_literal(command, "(VALUES ");
	for (bool more = false; wf_publication_names_next(&rest, &name); more = true)
	{
		wf_buffer_append_char(&name, '\0');
		if (name.error != WF_BUFFER_OK)
			break;
		wf_buffer_append(command, ", (", more ? 3 : 0);
		if (!more)
			wf_buffer_append_char(command, '(');
		replication_quote_text(command, name.data);

		/* the server cuts a name that is too long, as it did when it was made */
		wf_buffer_append_literal(command, "::pg_catalog.name)");
		wf_buffer_cut(&name, 0);
	}
	wf_buffer_append_literal(command, ") AS named (name)");
	heap_buffer_free(&name);
}

void
publications_put_listed(WfBuffer *command, int server_version, const char *name)
{
	WfBuffer	condition;

	heap_buffer_init(&condition, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&condition, "p.pubname = ");
	replication_quote_text(&condition, name);
	published_tables_put(command, server_version, wf_buffer_since(&condition, 0));
	heap_buffer_free(&condition);
}

void
publications_put_listed_by_filter(WfBuffer *command, int server_version, const Config *config)
{
	WfBuffer	condition;

	heap_buffer_init(&condition, PUBLICATIONS_FILTER_BYTES_MAX);
	wf_buffer_append_literal(&condition, "p.pubname IN (SELECT name FROM ");
	publications_put_filter(&condition, config);
	wf_buffer_append_char(&condition, ')');
	published_tables_put(command, server_version, wf_buffer_since(&condition, 0));
	heap_buffer_free(&condition);
}

/* SELECT what FROM the names of publication.filter, as rows of `name`, WHERE condition LIMIT 1. */
static PGresult *
ask_of_filter(Replication *replication, const Config *config, const char *what,
			  const char *condition, SourceFault *fault)
{
	WfBuffer	command;

	heap_buffer_init(&command, PUBLICATIONS_FILTER_BYTES_MAX);
	wf_buffer_append_literal(&command, "SELECT ");
	wf_buffer_append_slice(&command, wf_slice_of(what));
	wf_buffer_append_literal(&command, " FROM ");
	publications_put_filter(&command, config);
	wf_buffer_append_literal(&command, " WHERE ");
	wf_buffer_append_slice(&command, wf_slice_of(condition));
	wf_buffer_append_literal(&command, " LIMIT 1");
	return replication_run(replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
}

/*
 * A filter through which nothing passes is allowed, as its tables may come; but hardly
 * meant.  A publication that is not there is an error, which publications_exist() tells.
 */
static bool
warn_of_no_tables(Replication *replication, const Config *config, SourceFault *fault)
{
	PGresult   *result;
	WfBuffer	command;

	heap_buffer_init(&command, PUBLICATIONS_FILTER_BYTES_MAX);
	publications_put_listed_by_filter(&command, replication->server_version, config);
	wf_buffer_append_literal(&command, " SELECT FROM ");
	publications_put_filter(&command, config);
	wf_buffer_append_literal(&command,
							 " WHERE name IN (SELECT pubname FROM listed) OR NOT EXISTS ("
							 "SELECT FROM pg_catalog.pg_publication WHERE pubname = name) LIMIT 1");
	result = replication_run(replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
	if (result == NULL)
		return false;
	if (PQntuples(result) == 0)
		log_write(LOG_LEVEL_WARNING, "source",
				  "the publications of publication.filter publish no table, so no row will be "
				  "published until a table is added to one of them",
				  log_text("publication.filter", config->format.publication_filter));
	PQclear(result);
	return true;
}

bool
publications_exist(Replication *replication, const Config *config, bool slot_exists,
				   SourceFault *fault)
{
	PGresult   *result;
	bool		complete;

	if (config->format.publication_filter == NULL)
		return true;
	result = ask_of_filter(replication, config, "name",
						   "NOT EXISTS (SELECT FROM pg_catalog.pg_publication WHERE pubname = name)",
						   fault);
	if (result == NULL)
		return false;
	complete = PQntuples(result) == 0;
	if (!complete)
		source_fault(fault, true, "publication \"%s\" does not exist: create it, or correct "
					 "publication.filter%s", PQgetvalue(result, 0, 0), slot_exists ? "" :
					 "; the replication slot is made then, because all it has to tell must be "
					 "younger than the publication");
	PQclear(result);
	return complete;
}

/* ---- that of a connector ---- */

/* The publication's row.  False with fault filled in; *exists: whether there is one. */
static bool
read_publication(Search *search, bool *exists, SourceFault *fault)
{
	WfBuffer	command;
	PGresult   *result;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT puballtables, pubinsert, pubupdate, pubdelete, pubtruncate,"
							 " pubviaroot, EXISTS (SELECT FROM pg_catalog.pg_class"
							 " WHERE relispartition AND relkind = 'r')"
							 " FROM pg_catalog.pg_publication WHERE pubname = ");
	replication_quote_text(&command, search->config->publication_name);
	result = replication_run(search->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
							 fault);
	if (result == NULL)
		return false;
	*exists = PQntuples(result) == 1;
	if (*exists)
	{
		search->all_tables = PQgetvalue(result, 0, 0)[0] == 't';
		for (int i = 0; i < PUBLICATION_OPERATIONS; i++)
			search->operations[i] = PQgetvalue(result, 0, 1 + i)[0] == 't';
		search->via_root = PQgetvalue(result, 0, 1 + PUBLICATION_OPERATIONS)[0] == 't';
		search->has_partitions = PQgetvalue(result, 0, 2 + PUBLICATION_OPERATIONS)[0] == 't';
	}
	PQclear(result);
	return true;
}

/*
 * `published` has a row for each table whose rows the publication publishes, partitions for
 * themselves: oid; schemaname and tablename, by which they are published; filtered, by a row
 * filter; attnames, the columns that it sends.
 */
static void
put_published(WfBuffer *command, const Replication *replication, const char *name)
{
	publications_put_listed(command, replication->server_version, name);
	wf_buffer_append_literal(command,
							 ", named AS MATERIALIZED (SELECT l.oid, l.relkind, l.schemaname, l.tablename,"
							 " l.filter IS NOT NULL AS filtered, ");
	published_tables_put_columns(command);
	wf_buffer_append_literal(command,
							 " AS attnames FROM listed l), published AS MATERIALIZED ("
							 "SELECT oid, schemaname, tablename, filtered, attnames FROM named"
							 " UNION ALL SELECT above.oid, schemaname, tablename, filtered, attnames"
							 " FROM above JOIN named ON named.oid = above.relid AND named.relkind = 'p') ");
}

void
publications_put_page_begin(WfBuffer *command, const Replication *replication, const char *name,
							const char *fields)
{
	put_published(command, replication, name);
	wf_buffer_append_literal(command, "SELECT c.oid, n.nspname, c.relname, ");
	wf_buffer_append_slice(command, wf_slice_of(fields));
	wf_buffer_append_literal(command,
							 " FROM pg_catalog.pg_class c"
							 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
							 " LEFT JOIN published p ON p.oid = c.oid"
							 " LEFT JOIN pg_catalog.pg_class r"
							 " ON r.oid = pg_catalog.pg_partition_root(c.oid)"
							 " LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace"
							 " CROSS JOIN LATERAL (");
}

void
publications_put_page_end(WfBuffer *command, const char *after, const char *rows)
{
	wf_buffer_append_literal(command,
							 ") h WHERE c.relkind = 'r' AND c.relpersistence = 'p'"
							 " AND c.oid >= 16384 AND c.oid > ");
	wf_buffer_append_slice(command, wf_slice_of(after));
	wf_buffer_append_literal(command, " ORDER BY c.oid FETCH FIRST ");
	wf_buffer_append_slice(command, wf_slice_of(rows));
	wf_buffer_append_literal(command, " ROWS WITH TIES");
}

/*
 * The next tables of which it hides something, a row each: the table itself, rows,
 * or a column.  Partitions stand for themselves and have their root beside them;
 * one is published also by a publication that publishes it as a table above it.
 * Generated columns do not count: they are published only if asked for.
 */
static PGresult *
read_page(void *context, const char *after, SourceFault *fault)
{
	const Search *search = context;
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	publications_put_page_begin(&command, search->replication, search->config->publication_name,
								"rn.nspname, r.relname, h.kind, h.attname");
	wf_buffer_append_literal(&command,
							 "SELECT 0 AS kind, NULL AS attname WHERE p.filtered UNION ALL "
							 "SELECT 1, a.attname FROM pg_catalog.pg_attribute a"
							 " WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
							 " AND a.attgenerated = '' AND a.attname <> ALL (p.attnames)");
	if (search->config->publication_mode != CONFIG_PUBLICATION_FILTERED)
		wf_buffer_append_literal(&command, " UNION ALL SELECT 2, NULL WHERE p.oid IS NULL");
	publications_put_page_end(&command, after, PAGE_ROWS);
	return replication_run(search->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
						   fault);
}

WfMatch
publications_are_wanted(WfRules *rules, const WfRuleTable *table, WfSlice column, WfBuffer *error)
{
	WfRuleColumn rule_column = {.name = column};
	WfColumnRule rule;
	WfMatch		match = wf_rules_table(rules, table, error);

	if (match != WF_MATCH_YES || column.length == 0)
		return match;
	if (!wf_rules_column(rules, table, &rule_column, &rule, error))
		return WF_MATCH_ERROR;
	return rule.action != WF_COLUMN_OMIT ? WF_MATCH_YES : WF_MATCH_NO;
}

static void
note(Hidden *hidden, const WfRuleTable *table, WfSlice column)
{
	if (hidden->name[0] != '\0')
		hidden->several = true;
	else
		snprintf(hidden->name, sizeof(hidden->name), "%.*s.%.*s%s%.*s",
				 (int) table->schema.length, table->schema.data, (int) table->table.length,
				 table->table.data, column.length > 0 ? "." : "", (int) column.length, column.data);
}

static bool
has_hidden(const Search *search)
{
	for (int i = 0; i < HIDDEN_KINDS; i++)
		if (search->hidden[i].name[0] != '\0')
			return true;
	return false;
}

/* False: a rule failed. */
static bool
note_page(void *context, const PGresult *page, bool *is_found)
{
	Search	   *search = context;

	for (int row = 0; row < PQntuples(page); row++)
	{
		WfRuleTable table = table_page_table(page, row, PAGE_SCHEMA, search->config);
		WfRuleTable root = table_page_table(page, row, PAGE_ROOT_SCHEMA, search->config);
		WfSlice		column = table_page_field(page, row, PAGE_COLUMN);
		WfMatch		match = publications_are_wanted(search->rules, &table, column, &search->error);

		if (match == WF_MATCH_NO && root.table.length > 0 &&
			search->config->format.publishes_roots)
			match = publications_are_wanted(search->rules, &root, column, &search->error);
		if (match == WF_MATCH_ERROR)
			return false;
		if (match == WF_MATCH_YES)
			note(&search->hidden[atoi(PQgetvalue(page, row, PAGE_KIND))], &table, column);
	}
	*is_found = has_hidden(search);
	return true;
}

/* Until one has something that is hidden. */
static bool
search_tables(Search *search, SourceFault *fault)
{
	const TablePages pages = {
		.rows_max = atoi(PAGE_ROWS), .read = read_page, .look = note_page, .search = search,
		.error = &search->error
	};

	/* one of all tables can leave some out from 19 on */
	if (search->all_tables && search->replication->server_version < 190000)
		return true;
	return table_pages_search(&pages, fault);
}

/* "updates and deletes; rows of table public.orders by a row filter"; empty: nothing. */
static void
describe_hidden(const Search *search, WfBuffer *text)
{
	static const char *const forms[HIDDEN_KINDS][2] = {
		[HIDDEN_ROWS] = {"rows of table ", " by a row filter"},
		[HIDDEN_COLUMN] = {"column ", " by a column list"},
		[HIDDEN_TABLE] = {"table ", ", which is not in it"}
	};

	for (int i = 0; i < PUBLICATION_OPERATIONS; i++)
	{
		if (search->operations[i] ||
			(search->config->format.skipped_operations & publication_operations[i].skipped) != 0)
			continue;
		if (text->length > 0)
			wf_buffer_append_literal(text, ", ");
		wf_buffer_append_slice(text, wf_slice_of(publication_operations[i].plural));
	}
	for (int i = 0; i < HIDDEN_KINDS; i++)
	{
		const Hidden *hidden = &search->hidden[i];

		if (hidden->name[0] == '\0')
			continue;
		if (text->length > 0)
			wf_buffer_append_literal(text, "; ");
		wf_buffer_append(text, forms[i][0], strlen(forms[i][0]));
		wf_buffer_append(text, hidden->name, strlen(hidden->name));
		wf_buffer_append(text, forms[i][1], strlen(forms[i][1]));
		if (hidden->several)
			wf_buffer_append_literal(text, " (and more)");
	}
}

/* The name as publication.filter takes it. */
static void
append_filter_name(WfBuffer *text, const char *name)
{
	size_t		mark = text->length;
	const char *rest = name;

	/* what says itself without quotes needs none */
	if (wf_publication_names_check(name) == NULL && wf_publication_names_next(&rest, text) &&
		*rest == '\0' && wf_slice_equal(wf_buffer_since(text, mark), wf_slice_of(name)))
		return;
	wf_buffer_cut(text, mark);
	replication_quote_name(text, name);
}

static void
tell_missing(const Config *config)
{
	if (config->publication_settings != NULL &&
		(config->publication_mode == CONFIG_PUBLICATION_DISABLED ||
		 config->publication_mode == CONFIG_PUBLICATION_NO_TABLES))
		log_write(LOG_LEVEL_WARNING, "source",
				  "the publication that the configuration names does not exist; none is read here, so "
				  "everything that the include and exclude lists let through is published",
				  log_text("publication", config->publication_name));
}

/* What it hides is a reason not to start, if the configuration names it. */
static bool
judge(const Search *search, SourceFault *fault)
{
	const Config *config = search->config;
	WfBuffer	hidden;
	WfBuffer	name;
	bool		well = true;

	heap_buffer_init(&hidden, SOURCE_FAULT_TEXT_MAX);
	heap_buffer_init(&name, SOURCE_FAULT_TEXT_MAX);
	describe_hidden(search, &hidden);
	append_filter_name(&name, config->publication_name);
	if (hidden.length > 0 && config->publication_settings != NULL)
	{
		source_fault(fault, true, "publication \"%s\", which a Debezium connector of this configuration "
					 "reads, hides what would be published here: %.*s; add publication.filter=%.*s to "
					 "have it hidden here too, or remove %s to publish it", config->publication_name,
					 (int) hidden.length, hidden.data, (int) name.length, name.data,
					 config->publication_settings);
		well = false;
	}
	else if (hidden.length > 0)
	{
		wf_buffer_append_char(&hidden, '\0');
		log_write(LOG_LEVEL_WARNING, "source",
				  "the publication that Debezium connectors read by default hides what is published here; "
				  "with the setting publication.filter it is hidden here too",
				  log_text("publication", config->publication_name),
				  log_text("hides", hidden.error == WF_BUFFER_OK ? hidden.data : ""));
	}
	heap_buffer_free(&hidden);
	heap_buffer_free(&name);
	return well;
}

bool
publications_hide_nothing(Replication *replication, const Config *config, WfRules *rules,
						  SourceFault *fault)
{
	Search		search = {.replication = replication, .config = config, .rules = rules};
	bool		exists = false;
	bool		well;

	if (config->format.publication_filter != NULL)
		return warn_of_no_tables(replication, config, fault);
	heap_buffer_init(&search.error, ERROR_BYTES_MAX);
	well = read_publication(&search, &exists, fault);
	if (well && !exists)
		tell_missing(config);
	else if (well)
		well = search_tables(&search, fault) && judge(&search, fault);
	if (well && exists && search.has_partitions)
		well = publication_roots_lose_nothing(replication, config, rules, search.via_root, fault);
	heap_buffer_free(&search.error);
	return well;
}
