/*
 * publication_roots.c
 *		Partitions that a connector's publication publishes by another name.
 *
 * A connector's publish.via.partition.root acts only when it makes the publication;
 * later the publication decides.  So a file that came along may not say that rows go
 * by the name of the partitioned table, and its lists know that name alone: here,
 * where rows go by the names of partitions then, none of them would be published.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publication_roots.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "publications.h"
#include "table_pages.h"

#define COMMAND_BYTES_MAX (64 * 1024)
#define ERROR_BYTES_MAX 4096

/* Partitions that are asked for at a time: there may be a hundred thousand. */
#define PAGE_ROWS "10000"

#define NAME_SIZE 512

enum
{
	PAGE_BELOW_SCHEMA = PAGE_OTHERS,
	PAGE_BELOW_TABLE,
	PAGE_IS_PARTITIONED			/* what is below, or the table itself */
};

typedef struct Search
{
	Replication *replication;
	const Config *config;
	WfRules    *rules;
	WfBuffer	error;			/* why a rule could not be asked */
	char		root[NAME_SIZE];	/* the partitioned table that is looked at */
	bool		is_let_through; /* that is, by its name */
	bool		has_rows;		/* as is a name that rows of its partitions go by */
	bool		is_lost;		/* found: one of which nothing is published */
} Search;

/*
 * The tables that partitions are published as, each with itself and what is below it, in
 * their order; what PAGE_OID has, and comes after, is the pair.  A connector that makes
 * the publication of its lists has in it whatever partitioned table they let through.
 */
static PGresult *
read_page(void *context, const char *after, SourceFault *fault)
{
	const Search *search = context;
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	publications_put_listed(&command, search->replication->server_version,
							search->config->publication_name);
	wf_buffer_append_literal(&command,
							 " SELECT pg_catalog.concat(r.oid, ', ', c.oid), rn.nspname, r.relname,"
							 " n.nspname, c.relname, c.relkind = 'p' FROM (SELECT oid, relid FROM above"
							 " UNION ALL SELECT oid, oid FROM pg_catalog.pg_class WHERE relkind = 'p') pair"
							 " JOIN pg_catalog.pg_class c ON c.oid = pair.oid"
							 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
							 " JOIN pg_catalog.pg_class r ON r.oid = pair.relid AND r.relkind = 'p'"
							 " JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace WHERE ");
	if (search->config->publication_mode == CONFIG_PUBLICATION_FILTERED)
		wf_buffer_append_literal(&command, "NOT r.relispartition");
	else
		wf_buffer_append_literal(&command,
								 "r.oid IN (SELECT oid FROM listed)");
	wf_buffer_append_literal(&command, " AND (r.oid, c.oid) > (");
	wf_buffer_append(&command, after, strlen(after));
	if (strchr(after, ',') == NULL)
		wf_buffer_append_literal(&command, ", 0");
	wf_buffer_append_literal(&command, ") ORDER BY r.oid, c.oid LIMIT " PAGE_ROWS);
	return replication_run(search->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
						   fault);
}

/* Begins with another partitioned table, unless the one before is lost.  False: a rule failed. */
static bool
turn_to_root(Search *search, const WfRuleTable *root)
{
	char		name[NAME_SIZE];
	WfMatch		match;

	snprintf(name, sizeof(name), "%.*s.%.*s", (int) root->schema.length, root->schema.data,
			 (int) root->table.length, root->table.data);
	if (strcmp(name, search->root) == 0)
		return true;
	search->is_lost = search->is_let_through && !search->has_rows;
	if (search->is_lost)
		return true;
	memcpy(search->root, name, sizeof(name));
	match = wf_rules_table(search->rules, root, &search->error);
	search->is_let_through = match == WF_MATCH_YES;
	search->has_rows = false;
	return match != WF_MATCH_ERROR;
}

/*
 * Whether the lists let a name through that rows go by: that of a partition, or of a
 * partitioned table if the list of those has it.
 */
static WfMatch
has_rows(Search *search, const WfRuleTable *below, bool is_partitioned)
{
	WfMatch		match = wf_rules_table(search->rules, below, &search->error);

	if (match != WF_MATCH_YES || !is_partitioned)
		return match;
	return wf_rules_partition_root(search->rules, below->schema, below->table, &search->error);
}

static bool
look_at_page(void *context, const PGresult *page, bool *is_found)
{
	Search	   *search = context;

	for (int row = 0; row < PQntuples(page) && !search->is_lost; row++)
	{
		WfRuleTable root = table_page_table(page, row, PAGE_SCHEMA, search->config);
		WfRuleTable below = table_page_table(page, row, PAGE_BELOW_SCHEMA, search->config);
		WfMatch		match;

		if (!turn_to_root(search, &root))
			return false;
		if (search->is_lost || !search->is_let_through || search->has_rows)
			continue;
		match = has_rows(search, &below, *PQgetvalue(page, row, PAGE_IS_PARTITIONED) == 't');
		if (match == WF_MATCH_ERROR)
			return false;
		search->has_rows = match == WF_MATCH_YES;
	}
	*is_found = search->is_lost;
	return true;
}

static void
tell_other_topics(const Config *config, bool via_root)
{
	log_write(LOG_LEVEL_WARNING, "source", via_root ?
			  "the publication that the configuration names publishes partitions as the table above "
			  "them, but here they have their own names and topics without "
			  "publish.via.partition.root=true" :
			  "the publication that the configuration names publishes partitions under their own "
			  "names, but here they are published as the table above them, as "
			  "publish.via.partition.root says",
			  log_text("publication", config->publication_name));
}

/* What is lost is a reason not to start, if the configuration names the publication. */
static bool
judge(const Search *search, SourceFault *fault)
{
	const Config *config = search->config;

	if (!search->is_lost)
	{
		if (config->publication_settings != NULL)
			tell_other_topics(config, true);
		return true;
	}
	if (config->publication_settings != NULL)
	{
		source_fault(fault, true, "publication \"%s\", which a Debezium connector of this configuration "
					 "reads, publishes the partitions of table %s as that table, but here their rows go "
					 "by the partitions' names, none of which the include and exclude lists let through; "
					 "add publish.via.partition.root=true to have them published as %s here too, or let "
					 "partitions through", config->publication_name, search->root, search->root);
		return false;
	}
	log_write(LOG_LEVEL_WARNING, "source",
			  "the publication that Debezium connectors read by default publishes partitions as the table "
			  "above them, which the include and exclude lists let through; here rows go by the "
			  "partitions' names, so none of that table is published without "
			  "publish.via.partition.root=true",
			  log_text("publication", config->publication_name), log_text("table", search->root));
	return true;
}

bool
publication_roots_lose_nothing(Replication *replication, const Config *config, WfRules *rules,
							   bool via_root, SourceFault *fault)
{
	Search		search = {.replication = replication, .config = config, .rules = rules};
	const TablePages pages = {
		.rows_max = atoi(PAGE_ROWS), .read = read_page, .look = look_at_page, .search = &search,
		.error = &search.error
	};
	bool		well;

	if (!via_root)
	{
		if (config->format.publishes_roots && config->publication_settings != NULL)
			tell_other_topics(config, false);
		return true;
	}
	if (config->format.publish_via_partition_root)
		return true;
	heap_buffer_init(&search.error, ERROR_BYTES_MAX);
	well = table_pages_search(&pages, fault);
	search.is_lost = search.is_lost || (search.is_let_through && !search.has_rows);
	well = well && judge(&search, fault);
	heap_buffer_free(&search.error);
	return well;
}
