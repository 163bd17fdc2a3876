/*
 * tables.c
 *		Which tables a snapshot reads, and what their rows are published as.
 *
 * Publications say it (published_tables.h), where a table stands under the name that its rows go
 * by; without one the settings of partitions do.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shipper/heap_buffer.h"
#include "shipper/source/publications.h"
#include "shipper/source/published_tables.h"
#include "unfound_name.h"

#define ERROR_BYTES_MAX 4096
#define COMMAND_BYTES_MAX (64 * 1024)

/* A query over a hundred thousand tables. */
#define TABLES_TIMEOUT_MS 600000

enum
{
	TABLE_OID,
	TABLE_SCHEMA,
	TABLE_NAME,
	TABLE_MAY_BE_READ,
	TABLE_IS_SECURED,
	TABLE_ABOVE_OID,			/* NULL: nothing is above it */
	TABLE_ABOVE_SCHEMA,
	TABLE_ABOVE_NAME,
	TABLE_FILTER,
	TABLE_COLUMNS
};

typedef enum NameState
{
	NAME_UNSEEN,
	NAME_LEFT_OUT,				/* there is such a table, and the lists leave it out */
	NAME_FOUND
} NameState;

typedef struct Search
{
	SnapshotTables *found;
	const Config *config;
	WfRules    *rules;
	bool		by_publication;
	const char *const *names;
	int			name_count;
	NameState	name_states[SNAPSHOT_NAMES_MAX];
	WfBuffer	error;			/* why a rule could not be asked */
} Search;

/* ---- the questions ---- */

#define TABLE_FIELDS \
	"c.oid, n.nspname, c.relname, has_table_privilege(c.oid, 'SELECT')," \
	" row_security_active(c.oid), "

#define IS_TABLE \
	" c.relkind = 'r' AND c.relpersistence = 'p' AND c.oid >= 16384"

/* A row for each table above, from the nearest up. */
static void
put_tables(WfBuffer *command)
{
	wf_buffer_append_literal(command,
							 "SELECT " TABLE_FIELDS "ac.oid, an.nspname, ac.relname, NULL, NULL"
							 " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
							 " LEFT JOIN LATERAL pg_partition_ancestors("
							 "CASE WHEN c.relispartition THEN c.oid END)"
							 " WITH ORDINALITY AS a (relid, level) ON a.relid <> c.oid"
							 " LEFT JOIN pg_class ac ON ac.oid = a.relid"
							 " LEFT JOIN pg_namespace an ON an.oid = ac.relnamespace"
							 " WHERE" IS_TABLE " ORDER BY c.oid, a.level");
}

/* Of several publications, what is published by a table above goes by that. */
static void
put_published_tables(WfBuffer *command, const Config *config, const char *publication,
					 int server_version)
{
	if (publication != NULL)
		publications_put_listed(command, server_version, publication);
	else
		publications_put_listed_by_filter(command, server_version, config);
	wf_buffer_append_literal(command,
							 ", leaves AS MATERIALIZED (SELECT l.oid AS relid, above.oid FROM listed l"
							 " JOIN above ON above.relid = l.oid UNION"
							 " SELECT oid, oid FROM listed WHERE relkind = 'r')"
							 " SELECT DISTINCT ON (c.oid) " TABLE_FIELDS
							 "l.oid, l.schemaname, l.tablename, ");
	if (publication != NULL && server_version >= 150000)
	{
		wf_buffer_append_literal(command, "pg_get_expr(l.filter, l.oid), ");
		published_tables_put_columns(command);
	}
	else
		wf_buffer_append_literal(command, "NULL, NULL");
	wf_buffer_append_literal(command,
							 " FROM listed l JOIN leaves ON leaves.relid = l.oid"
							 " JOIN pg_class c ON c.oid = leaves.oid"
							 " JOIN pg_namespace n ON n.oid = c.relnamespace"
							 " WHERE" IS_TABLE " ORDER BY c.oid, l.relkind = 'p' DESC");
}

/* ---- the answers ---- */

static const char *
keep(Search *search, const PGresult *result, int row, int column)
{
	WfSlice		text = wf_slice(PQgetvalue(result, row, column),
								(size_t) PQgetlength(result, row, column) + 1);

	return arena_copy(&search->found->arena, text).data;
}

static uint32_t
oid_at(const PGresult *result, int row, int column)
{
	return (uint32_t) strtoul(PQgetvalue(result, row, column), NULL, 10);
}

static bool
is_true(const PGresult *result, int row, int column)
{
	return PQgetvalue(result, row, column)[0] == 't';
}

/* The row, from `row` to before `end`, of the topmost table that the rows go by; -1: none. */
static bool
find_published(Search *search, const PGresult *result, int row, int end, int *published)
{
	for (*published = -1; row < end; row++)
	{
		WfSlice		schema = wf_slice_of(PQgetvalue(result, row, TABLE_ABOVE_SCHEMA));
		WfSlice		name = wf_slice_of(PQgetvalue(result, row, TABLE_ABOVE_NAME));
		WfMatch		match = WF_MATCH_YES;

		if (PQgetisnull(result, row, TABLE_ABOVE_OID))
			continue;
		if (!search->by_publication && !search->config->format.publish_via_partition_root)
			match = wf_rules_partition_root(search->rules, schema, name, &search->error);
		if (match == WF_MATCH_ERROR)
			return false;
		if (match == WF_MATCH_YES)
			*published = row;
	}
	return true;
}

static bool
has_name(const char *name, const char *schema, const char *table)
{
	size_t		length = strlen(schema);

	return strncmp(name, schema, length) == 0 && name[length] == '.' &&
		strcmp(name + length + 1, table) == 0;
}

/* captured: the lists do not leave the table out. */
static bool
is_wanted(Search *search, const SnapshotTable *table, bool captured)
{
	bool		wanted = search->name_count == 0;

	for (int i = 0; i < search->name_count; i++)
	{
		if (!has_name(search->names[i], table->schema, table->name) &&
			!has_name(search->names[i], table->published_schema, table->published_name))
			continue;
		if (captured)
			search->name_states[i] = NAME_FOUND;
		else if (search->name_states[i] == NAME_UNSEEN)
			search->name_states[i] = NAME_LEFT_OUT;
		wanted = true;
	}
	return captured && wanted;
}

/* A table, whose rows of the answer these are. */
static bool
look_at_table(Search *search, const PGresult *result, int row, int end)
{
	SnapshotTable *table = &search->found->tables[search->found->count];
	WfRuleTable rule = {.database = wf_slice_of(search->config->database_dbname)};
	WfMatch		match;
	int			published;

	if (!find_published(search, result, row, end, &published))
		return false;
	memset(table, 0, sizeof(*table));
	table->oid = oid_at(result, row, TABLE_OID);
	table->schema = keep(search, result, row, TABLE_SCHEMA);
	table->name = keep(search, result, row, TABLE_NAME);
	table->may_be_read = is_true(result, row, TABLE_MAY_BE_READ);
	table->is_secured = is_true(result, row, TABLE_IS_SECURED);
	table->published_oid = published < 0 ? table->oid : oid_at(result, published, TABLE_ABOVE_OID);
	table->published_schema = published < 0 ? table->schema :
		keep(search, result, published, TABLE_ABOVE_SCHEMA);
	table->published_name = published < 0 ? table->name :
		keep(search, result, published, TABLE_ABOVE_NAME);
	if (!PQgetisnull(result, row, TABLE_FILTER))
		table->filter = keep(search, result, row, TABLE_FILTER);
	if (!PQgetisnull(result, row, TABLE_COLUMNS))
		table->columns = keep(search, result, row, TABLE_COLUMNS);
	if (search->found->arena.failed)
	{
		wf_buffer_append_literal(&search->error, "out of memory for the list of tables");
		return false;
	}

	rule.schema = wf_slice_of(table->published_schema);
	rule.table = wf_slice_of(table->published_name);
	match = wf_rules_table(search->rules, &rule, &search->error);
	if (is_wanted(search, table, match == WF_MATCH_YES))
		search->found->count++;
	return match != WF_MATCH_ERROR;
}

static int
compare(const void *left, const void *right)
{
	const SnapshotTable *a = left;
	const SnapshotTable *b = right;
	int			order = strcmp(a->published_schema, b->published_schema);

	if (order == 0)
		order = strcmp(a->published_name, b->published_name);
	if (order == 0)
		order = strcmp(a->schema, b->schema);
	return order != 0 ? order : strcmp(a->name, b->name);
}

static bool
look_at_tables(Search *search, const PGresult *result)
{
	SnapshotTables *found = search->found;
	int			count = PQntuples(result);
	int			end;

	found->tables = arena_take(&found->arena, sizeof(SnapshotTable) * (size_t) (count + 1));
	if (found->tables == NULL)
	{
		wf_buffer_append_literal(&search->error, "out of memory for the list of tables");
		return false;
	}
	for (int row = 0; row < count; row = end)
	{
		for (end = row + 1; end < count; end++)
			if (strcmp(PQgetvalue(result, row, TABLE_OID), PQgetvalue(result, end, TABLE_OID)) != 0)
				break;
		if (!look_at_table(search, result, row, end))
			return false;
	}
	qsort(found->tables, (size_t) found->count, sizeof(SnapshotTable), compare);
	return true;
}

/* The question that finds the tables, before the lists are looked at. */
static void
put_question(WfBuffer *command, const Config *config, const char *publication, int server_version)
{
	if (publication != NULL || config->format.publication_filter != NULL)
		put_published_tables(command, config, publication, server_version);
	else
		put_tables(command);
}

static bool
all_names_are_found(const Search *search, PGconn *connection, const char *publication,
					SourceFault *fault)
{
	UnfoundName unfound = {.config = search->config, .publication = publication};
	WfBuffer	question;

	for (int i = 0; i < search->name_count; i++)
	{
		if (search->name_states[i] == NAME_FOUND)
			continue;
		unfound.name = search->names[i];
		unfound.is_left_out = search->name_states[i] == NAME_LEFT_OUT;
		heap_buffer_init(&question, PUBLICATIONS_FILTER_BYTES_MAX);
		put_question(&question, search->config, publication, PQserverVersion(connection));
		unfound_name_explain(&unfound, wf_buffer_since(&question, 0), connection, fault);
		heap_buffer_free(&question);
		return false;
	}
	return true;
}

bool
snapshot_tables_find(SnapshotTables *found, PGconn *connection, const Config *config,
					 WfRules *rules, const char *publication, const char *const *names,
					 int name_count, SourceFault *fault)
{
	Search		search = {
		.found = found, .config = config, .rules = rules, .names = names, .name_count = name_count,
		.by_publication = publication != NULL || config->format.publication_filter != NULL
	};
	WfBuffer	command;
	PGresult   *result;
	bool		well;

	memset(found, 0, sizeof(*found));
	heap_buffer_init(&command, PUBLICATIONS_FILTER_BYTES_MAX);
	put_question(&command, config, publication, PQserverVersion(connection));
	result = source_run(connection, &command, TABLES_TIMEOUT_MS, NULL, NULL, fault);
	if (result == NULL)
		return false;
	heap_buffer_init(&search.error, ERROR_BYTES_MAX);
	well = look_at_tables(&search, result);
	if (!well)
		source_fault(fault, true, "%.*s", (int) search.error.length, search.error.data);
	well = well && all_names_are_found(&search, connection, publication, fault);
	heap_buffer_free(&search.error);
	PQclear(result);
	if (!well)
		snapshot_tables_free(found);
	return well;
}

void
snapshot_tables_free(SnapshotTables *found)
{
	arena_free(&found->arena);
	memset(found, 0, sizeof(*found));
}

/* ---- one table ---- */

void
snapshot_table_put(WfBuffer *command, const SnapshotTable *table)
{
	replication_quote_name(command, table->schema);
	wf_buffer_append_char(command, '.');
	replication_quote_name(command, table->name);
}

enum
{
	COLUMN_NAME,
	COLUMN_TYPE,
	COLUMN_TYPMOD,
	COLUMN_IN_IDENTITY,
	COLUMN_IDENTITY				/* pg_class.relreplident */
};

/* The columns of what is published, by rules as pgoutput's (message.h). */
static void
put_columns(WfBuffer *command, const SnapshotTable *table, bool with_generated)
{
	char		oid[32];

	wf_buffer_append_literal(command,
							 "SELECT a.attname, a.atttypid, a.atttypmod, CASE c.relreplident"
							 " WHEN 'f' THEN true WHEN 'n' THEN false ELSE"
							 " coalesce(a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1]), false) END,"
							 " c.relreplident FROM pg_class c"
							 " LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisvalid AND i.indimmediate"
							 " AND (c.relreplident = 'd' AND i.indisprimary OR"
							 " c.relreplident = 'i' AND i.indisreplident)"
							 " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
							 " AND NOT a.attisdropped");
	if (table->columns != NULL)
	{
		wf_buffer_append_literal(command, " AND a.attname = ANY (");
		replication_quote_text(command, table->columns);
		wf_buffer_append_literal(command, "::name[])");
	}
	else
		wf_buffer_append_slice(command, with_generated ? WF_LITERAL(" AND a.attgenerated <> 'v'") :
							   WF_LITERAL(" AND a.attgenerated = ''"));
	snprintf(oid, sizeof(oid), "%" PRIu32, table->published_oid);
	wf_buffer_append_literal(command, " WHERE c.oid = ");
	wf_buffer_append(command, oid, strlen(oid));
	wf_buffer_append_literal(command, " ORDER BY a.attnum");
}

bool
snapshot_table_describe(const SnapshotTable *table, PGconn *connection, bool with_generated,
						PgoutputRelation *message, PGresult **result, SourceFault *fault)
{
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX + (table->columns != NULL ?
													2 * strlen(table->columns) : 0));
	put_columns(&command, table, with_generated);
	*result = source_run(connection, &command, SOURCE_QUERY_TIMEOUT_MS, NULL, NULL, fault);
	if (*result == NULL)
		return false;
	if (PQntuples(*result) == 0)
	{
		source_fault(fault, false, "table \"%s.%s\" was dropped while the snapshot began: start it again",
					 table->published_schema, table->published_name);
		PQclear(*result);
		*result = NULL;
		return false;
	}
	message->oid = table->published_oid;
	message->schema = wf_slice_of(table->published_schema);
	message->name = wf_slice_of(table->published_name);
	message->identity = (WfReplicaIdentity) PQgetvalue(*result, 0, COLUMN_IDENTITY)[0];
	message->column_count = 0;
	for (int row = 0; row < PQntuples(*result) && message->column_count < WF_COLUMNS_MAX; row++)
	{
		PgoutputColumn *column = &message->columns[message->column_count];

		if (PQgetisnull(*result, row, COLUMN_NAME))
			continue;			/* a table without columns */
		column->name = wf_slice_of(PQgetvalue(*result, row, COLUMN_NAME));
		column->type = oid_at(*result, row, COLUMN_TYPE);
		column->typmod = (int32_t) strtol(PQgetvalue(*result, row, COLUMN_TYPMOD), NULL, 10);
		column->in_identity = is_true(*result, row, COLUMN_IN_IDENTITY);
		message->column_count++;
	}
	return true;
}
