/*
 * publication_fit.c
 *		Whether the publication that pgoutput reads fits the configuration.
 *
 * What a publication does not have the server does not send, and nobody here can tell
 * that something is missing.  It may be meant so: a publication is made by hand to hide
 * something.  So it is said in words at the start, and is an error only where events
 * would be others than the configuration asks for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publication_fit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "publications.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "table_pages.h"

#define COMMAND_BYTES_MAX (64 * 1024)
#define ERROR_BYTES_MAX 4096

/*
 * Rows that are asked for at a time: there may be a hundred thousand tables, with one at
 * least, and for each page the publication is asked for all of its own.
 */
#define PAGE_ROWS "50000"

/* Names of each kind in a sentence. */
#define NAMES_MAX 3

/* What a row of the page says of a table. */
typedef enum FindingKind
{
	FINDING_ROWS,				/* it has a row filter */
	FINDING_COLUMN,				/* a column list leaves this column out */
	FINDING_TABLE,				/* it is not in the publication */
	FINDING_IDENTITY,			/* it has no replica identity */
	FINDING_KEY,				/* a column list leaves this column of the primary
								 * key out */
	FINDING_GENERATED,			/* this generated column is not sent */
	FINDING_PUBLISHED,			/* it is in the publication */
	FINDING_LIST,				/* its column list lacks columns of its replica
								 * identity */
	FINDING_KINDS
} FindingKind;

typedef struct Finding
{
	int64_t		count;
	char		names[NAMES_MAX][512];
} Finding;

/* Columns of the page's query. */
enum
{
	PAGE_KIND = PAGE_OTHERS,
	PAGE_COLUMN,
	PAGE_AS_SCHEMA,				/* the name that rows go by */
	PAGE_AS_TABLE
};

typedef struct Fit
{
	Replication *replication;
	const Config *config;
	WfRules    *rules;
	WfBuffer	error;			/* why a rule could not be asked */
	bool		operations[PUBLICATION_OPERATIONS]; /* those that it has */
	bool		via_root;		/* partitions go by the name above them */
	bool		has_partitions; /* the database has */
	bool		exists;
	Finding		findings[FINDING_KINDS];
} Fit;

static bool
read_publication(Fit *fit, SourceFault *fault)
{
	WfBuffer	command;
	PGresult   *result;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT pubinsert, pubupdate, pubdelete, pubtruncate, pubviaroot, "
							 "EXISTS (SELECT FROM pg_catalog.pg_class"
							 " WHERE relispartition AND relkind = 'r')"
							 " FROM pg_catalog.pg_publication WHERE pubname = ");
	replication_quote_text(&command, fit->config->publication_name);
	result = replication_run(fit->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
	if (result == NULL)
		return false;
	fit->exists = PQntuples(result) > 0;
	for (int i = 0; i < PUBLICATION_OPERATIONS && fit->exists; i++)
		fit->operations[i] = PQgetvalue(result, 0, i)[0] == 't';
	fit->via_root = fit->exists && PQgetvalue(result, 0, PUBLICATION_OPERATIONS)[0] == 't';
	fit->has_partitions = fit->exists &&
		PQgetvalue(result, 0, PUBLICATION_OPERATIONS + 1)[0] == 't';
	PQclear(result);
	return true;
}

/* ---- the tables ---- */

/*
 * What is to be said of table c, which is published as p or is not: rows of kind, in the
 * order of FindingKind, and attname.  The replica identity is that of PostgreSQL's
 * RelationGetIndexList(): a primary key that is deferrable is none.  Before 18 no
 * generated column is sent, though the view names those of tables without a list.
 */
static void
put_findings(WfBuffer *command, int server_version)
{
	wf_buffer_append_literal(command,
							 "SELECT 0 AS kind, NULL AS attname WHERE p.filtered UNION ALL "
							 "SELECT 1, a.attname FROM pg_catalog.pg_attribute a"
							 " WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
							 " AND a.attgenerated = '' AND a.attname <> ALL (p.attnames) UNION ALL "
							 "SELECT 2, NULL WHERE p.oid IS NULL UNION ALL "
							 "SELECT 3, NULL WHERE p.oid IS NOT NULL AND c.relreplident <> 'f'"
							 " AND NOT EXISTS (SELECT FROM pg_catalog.pg_index i"
							 " WHERE i.indrelid = c.oid AND i.indisvalid"
							 " AND CASE c.relreplident WHEN 'd' THEN i.indisprimary AND i.indimmediate"
							 " WHEN 'i' THEN i.indisreplident ELSE false END) UNION ALL "
							 "SELECT 4, a.attname FROM pg_catalog.pg_attribute a"
							 " JOIN pg_catalog.pg_index i ON i.indrelid = c.oid AND i.indisprimary"
							 " AND a.attnum = ANY (i.indkey)"
							 " WHERE a.attrelid = c.oid AND a.attname <> ALL (p.attnames) UNION ALL "
							 "SELECT 5, a.attname FROM pg_catalog.pg_attribute a"
							 " WHERE a.attrelid = c.oid AND a.attgenerated = 's' AND p.oid IS NOT NULL");
	if (server_version >= 180000)
		wf_buffer_append_literal(command, " AND a.attname <> ALL (p.attnames)");
	wf_buffer_append_literal(command,
							 " UNION ALL SELECT 6, NULL WHERE p.oid IS NOT NULL UNION ALL "
							 "SELECT 7, NULL WHERE EXISTS ("
							 "SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid"
							 " AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''"
							 " AND a.attname <> ALL (p.attnames) AND (c.relreplident = 'f' OR EXISTS ("
							 "SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid"
							 " AND a.attnum = ANY (i.indkey) AND CASE c.relreplident"
							 " WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident"
							 " ELSE false END)))");
}

/* Of each table.  Rows of one that is not published would go by the configuration's rule. */
static PGresult *
read_page(void *context, const char *after, SourceFault *fault)
{
	const Fit  *fit = context;
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	publications_put_page_begin(&command, fit->replication, fit->config->publication_name,
								fit->config->format.publish_via_partition_root ?
								"h.kind, h.attname, COALESCE(p.schemaname, rn.nspname, n.nspname),"
								" COALESCE(p.tablename, r.relname, c.relname)" :
								"h.kind, h.attname, COALESCE(p.schemaname, n.nspname),"
								" COALESCE(p.tablename, c.relname)");
	put_findings(&command, fit->replication->server_version);
	publications_put_page_end(&command, after, PAGE_ROWS);
	return replication_run(fit->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
}

/* Partitions that go by one name are one. */
static void
note(Finding *finding, const WfRuleTable *table, WfSlice column)
{
	char		name[sizeof(finding->names[0])];

	snprintf(name, sizeof(name), "%.*s.%.*s%s%.*s", (int) table->schema.length,
			 table->schema.data, (int) table->table.length, table->table.data,
			 column.length > 0 ? "." : "", (int) column.length, column.data);
	for (int64_t i = 0; i < finding->count && i < NAMES_MAX; i++)
		if (strcmp(finding->names[i], name) == 0)
			return;
	if (finding->count < NAMES_MAX)
		memcpy(finding->names[finding->count], name, sizeof(name));
	finding->count++;
}

/*
 * message.key.columns takes the primary key's place in tables that it names.  Of one
 * whose list is not known to be complete only this can be asked: is the column in it?
 */
static bool
note_column(Fit *fit, FindingKind kind, const WfRuleTable *table, WfSlice column)
{
	const char *keys = fit->config->format.message_key_columns;
	bool		is_keyed = keys != NULL && wf_slice_trim(wf_slice_of(keys)).length > 0;
	int			index;
	int			count = 0;

	if (kind == FINDING_COLUMN && is_keyed &&
		!wf_rules_key(fit->rules, table, &column, 1, &index, 1, &count, &fit->error))
		return false;
	if (kind == FINDING_KEY && is_keyed)
		return true;
	if (count > 0)
		note(&fit->findings[FINDING_KEY], table, column);
	note(&fit->findings[kind], table, column);
	return true;
}

static bool
look_at_page(void *context, const PGresult *page, bool *is_found)
{
	Fit		   *fit = context;

	(void) is_found;
	for (int row = 0; row < PQntuples(page); row++)
	{
		WfRuleTable table = table_page_table(page, row, PAGE_AS_SCHEMA, fit->config);
		WfRuleTable itself = table_page_table(page, row, PAGE_SCHEMA, fit->config);
		WfSlice		column = table_page_field(page, row, PAGE_COLUMN);
		FindingKind kind = (FindingKind) atoi(PQgetvalue(page, row, PAGE_KIND));
		WfMatch		match = publications_are_wanted(fit->rules, &table, column, &fit->error);
		bool		is_refused;

		/*
		 * the server refuses for all that it publishes, whatever is taken of it
		 * here
		 */
		is_refused = kind == FINDING_IDENTITY || kind == FINDING_LIST;
		if (is_refused)
			note(&fit->findings[kind], &itself, column);
		if (match == WF_MATCH_ERROR)
			return false;
		if (match == WF_MATCH_NO || is_refused ||
			(kind == FINDING_GENERATED && !fit->config->format.include_generated))
			continue;
		if (column.length == 0)
			note(&fit->findings[kind], &table, column);
		else if (!note_column(fit, kind, &table, column))
			return false;
	}
	return true;
}

/* ---- what is told ---- */

/* "public.a, public.b (and 7 more)" */
static const char *
list_names(const Finding *finding, char *text, size_t size)
{
	size_t		used = 0;

	text[0] = '\0';
	for (int64_t i = 0; i < finding->count && i < NAMES_MAX && used < size; i++)
		used += (size_t) snprintf(text + used, size - used, "%s%s", i > 0 ? ", " : "",
								  finding->names[i]);
	if (finding->count > NAMES_MAX && used < size)
		snprintf(text + used, size - used, " (and %" PRId64 " more)", finding->count - NAMES_MAX);
	return text;
}

static void
tell_finding(const Fit *fit, FindingKind kind, LogLevel level, const char *message)
{
	char		names[2048];

	if (fit->findings[kind].count == 0)
		return;
	log_write(level, "source", message, log_text("publication", fit->config->publication_name),
			  log_text(kind == FINDING_COLUMN ? "columns" : "tables",
					   list_names(&fit->findings[kind], names, sizeof(names))));
}

/* Operations that it does not have and that the configuration does not skip. */
static void
tell_operations(const Fit *fit)
{
	char		missing[64] = "";
	size_t		used = 0;

	for (int i = 0; i < PUBLICATION_OPERATIONS; i++)
	{
		if (fit->operations[i] ||
			(fit->config->format.skipped_operations & publication_operations[i].skipped) != 0)
			continue;
		used += (size_t) snprintf(missing + used, sizeof(missing) - used, "%s%s",
								  used > 0 ? ", " : "", publication_operations[i].plural);
	}
	if (used > 0)
		log_write(LOG_LEVEL_WARNING, "source",
				  "the publication does not have all operations that the configuration publishes: ALTER "
				  "PUBLICATION ... SET (publish = ...) adds them, skipped.operations says that they are "
				  "not wanted", log_text("publication", fit->config->publication_name),
				  log_text("missing", missing));
}

static void
tell_roots(const Fit *fit)
{
	if (!fit->has_partitions || fit->via_root == fit->config->format.publish_via_partition_root)
		return;
	log_write(LOG_LEVEL_WARNING, "source", fit->via_root ?
			  "rows of partitions go by the name of the table above them, as the publication says, whatever "
			  "publish.via.partition.root is: ALTER PUBLICATION ... SET (publish_via_partition_root = "
			  "false) leaves them their own" :
			  "rows of partitions go by their partitions' names, as the publication says, whatever "
			  "publish.via.partition.root is: ALTER PUBLICATION ... SET (publish_via_partition_root = "
			  "true) gives them that of the table above them",
			  log_text("publication", fit->config->publication_name));
}

static bool
is_given(const char *list)
{
	return list != NULL && wf_slice_trim(wf_slice_of(list)).length > 0;
}

/* Where no list includes tables, the publication is the list. */
static void
tell_tables(const Fit *fit)
{
	const WfOptions *format = &fit->config->format;
	bool		is_listed = is_given(format->table_include) || is_given(format->schema_include);

	if (fit->findings[FINDING_PUBLISHED].count == 0)
		tell_finding(fit, FINDING_TABLE, LOG_LEVEL_WARNING,
					 "the publication has none of the tables that the configuration publishes, so no row "
					 "will be published until one is added: ALTER PUBLICATION ... ADD TABLE ...");
	else
		tell_finding(fit, FINDING_TABLE, is_listed ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO,
					 "tables that the include and exclude lists let through are not in the publication, and "
					 "their rows are not published: ALTER PUBLICATION ... ADD TABLE ... adds them");
}

/* What the publication does to the applications that write the tables. */
static void
tell_refused(const Fit *fit)
{
	tell_finding(fit, FINDING_IDENTITY, LOG_LEVEL_WARNING,
				 "the server refuses UPDATE and DELETE on tables of the publication that have neither a "
				 "primary key nor another replica identity: run ALTER TABLE ... REPLICA IDENTITY "
				 "FULL, or take them out of it");
	tell_finding(fit, FINDING_LIST, LOG_LEVEL_WARNING,
				 "the server refuses UPDATE and DELETE on tables of which the publication's column list does "
				 "not have all columns of the replica identity: add them to the list, or run ALTER TABLE "
				 "... REPLICA IDENTITY with an index of listed columns");
}

static bool
judge(const Fit *fit, SourceFault *fault)
{
	const char *publication = fit->config->publication_name;
	char		names[1024];

	if (fit->findings[FINDING_KEY].count > 0)
		source_fault(fault, true, "the column lists of publication \"%s\" leave out columns of keys: %s; "
					 "events would go by another key: add them to the lists, or choose the key "
					 "with message.key.columns", publication,
					 list_names(&fit->findings[FINDING_KEY], names, sizeof(names)));
	else if (fit->findings[FINDING_GENERATED].count > 0)
		source_fault(fault, true, "include.generated.columns=true asks for columns that the server does "
					 "not send: %s; %s", list_names(&fit->findings[FINDING_GENERATED], names,
													sizeof(names)),
					 fit->replication->server_version >= 180000 ?
					 "run ALTER PUBLICATION ... SET (publish_generated_columns = stored), or take the "
					 "setting out" :
					 "pgoutput sends them from PostgreSQL 18 on: take the setting out, or leave the "
					 "columns out by column.exclude.list");
	else
		return true;
	return false;
}

bool
publication_fit_tell(Replication *replication, const Config *config, WfRules *rules,
					 SourceFault *fault)
{
	Fit		   *fit = calloc(1, sizeof(*fit));
	TablePages	pages = {
		.rows_max = atoi(PAGE_ROWS), .read = read_page, .look = look_at_page, .search = fit
	};
	bool		well;

	if (fit == NULL)
	{
		source_fault(fault, false, "out of memory while the publication was looked at");
		return false;
	}
	fit->replication = replication;
	fit->config = config;
	fit->rules = rules;
	heap_buffer_init(&fit->error, ERROR_BYTES_MAX);
	pages.error = &fit->error;
	well = read_publication(fit, fault) &&
		(!fit->exists || (table_pages_search(&pages, fault) && judge(fit, fault)));
	if (well && fit->exists)
	{
		tell_operations(fit);
		tell_roots(fit);
		tell_finding(fit, FINDING_ROWS, LOG_LEVEL_WARNING,
					 "row filters of the publication keep rows back at the server");
		tell_finding(fit, FINDING_COLUMN, LOG_LEVEL_WARNING,
					 "column lists of the publication keep columns back, which events will not have");
		tell_tables(fit);
	}
	if (well && (fit->operations[1] || fit->operations[2]))
		tell_refused(fit);
	heap_buffer_free(&fit->error);
	free(fit);
	return well;
}
