/*
 * unfit_expressions.c
 *		Expressions of lists of columns, and of partitioned tables, that fit none.
 *
 * A mask whose expression lacks the schema hides nothing, and the values go out
 * whole; nobody notices before somebody has read them.  The table may be made
 * tomorrow, so that is no error.  The plugin cannot look, it sees a table only when
 * a row of it comes; so the shipper does, once, when it starts, and only where there
 * are such lists.  It stops as soon as every expression has fitted.
 *
 * A warning must hold.  It tells of the tables that there are; the WAL may still have
 * rows of others.  Every name counts under which rows may be published, and an
 * expression of which that cannot be decided counts as one that fits.  What the
 * server's policy adds is not known here: where that could make a partitioned table's
 * name count, the warning says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unfit_expressions.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/status.h"
#include "meant_name.h"
#include "table_pages.h"

#define COMMAND_BYTES_MAX 4096
#define ERROR_BYTES_MAX 4096
#define SHOWN_BYTES_MAX (2 * WF_PATTERN_LENGTH_MAX)

/* Columns that are asked for at a time, and those of the last table beyond. */
#define PAGE_ROWS "10000"

/* More are not looked for, not longer, and not more are told one by one. */
#define EXPRESSIONS_MAX 100000
#define SEARCH_MAX_MS 5000

/* After so many matches the clock is looked at, and whether a stop is asked for. */
#define MATCHES_BETWEEN 20000
#define TOLD_MAX 50

#define NAME_SIZE 512

/* What an expression fits at the most. */
typedef enum Fit
{
	FIT_NOTHING,
	FIT_PARTITION,				/* of which rows go by the name of the table above */
	FIT_PARTITIONED,			/* a table of which rows go by the names of
								 * partitions */
	FIT_PUBLISHED
} Fit;

typedef struct Expression
{
	const WfRule *rule;
	int			item;
	Fit			fit;
	size_t		meant_length;	/* of table and column in meant */
	char	   *meant;			/* what it may mean; or NULL */
} Expression;

typedef struct Search
{
	Replication *replication;
	const Config *config;
	WfRules    *rules;
	WfBuffer	error;			/* why a rule could not be asked */
	Expression *open;			/* those that have not fitted yet, in order */
	int			count;
	int			matches;		/* since the clock was looked at */
	int64_t		until_ms;
	bool		is_given_up;
} Search;

enum
{
	PAGE_IS_PARTITIONED = PAGE_OTHERS,
	PAGE_IS_PARTITION,
	PAGE_COLUMN
};

/* ---- the expressions ---- */

static bool
is_looked_for(const WfRule *rule)
{
	return wf_rule_names_columns(rule) || rule->kind == WF_RULE_PARTITION_ROOT;
}

/* False if there is no memory. */
static bool
collect(Search *search)
{
	int			count = 0;

	for (int i = 0; i < search->rules->count; i++)
		if (is_looked_for(&search->rules->rules[i]))
			count += search->rules->rules[i].list.count;
	if (count > EXPRESSIONS_MAX)
		count = EXPRESSIONS_MAX;
	if (count == 0)
		return true;
	search->open = calloc(count, sizeof(Expression));
	if (search->open == NULL)
		return false;
	for (int i = 0; i < search->rules->count; i++)
	{
		const WfRule *rule = &search->rules->rules[i];

		for (int item = 0; is_looked_for(rule) && item < rule->list.count &&
			 search->count < count; item++)
		{
			search->open[search->count].rule = rule;
			search->open[search->count++].item = item;
		}
	}
	return true;
}

/* Takes those out that have fitted. */
static void
close_fitted(Search *search)
{
	int			kept = 0;

	for (int i = 0; i < search->count; i++)
		if (search->open[i].fit != FIT_PUBLISHED)
			search->open[kept++] = search->open[i];
		else
			free(search->open[i].meant);
	search->count = kept;
}

/* ---- the columns ---- */

static PGresult *
read_page(void *context, const char *after, SourceFault *fault)
{
	const Search *search = context;
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT c.oid, n.nspname, c.relname, c.relkind = 'p', c.relispartition,"
							 " a.attname FROM pg_catalog.pg_class c"
							 " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
							 " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid"
							 " WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'"
							 " AND a.attnum > 0 AND NOT a.attisdropped"
							 " AND c.oid >= 16384 AND c.oid > ");
	wf_buffer_append(&command, after, strlen(after));

	/* lest a merge join read the columns before, page for page */
	wf_buffer_append_literal(&command, " AND a.attrelid > ");
	wf_buffer_append(&command, after, strlen(after));
	wf_buffer_append_literal(&command, " ORDER BY c.oid FETCH FIRST " PAGE_ROWS
							 " ROWS WITH TIES");
	return replication_run(search->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
						   fault);
}

static bool
is_true(const PGresult *page, int row, int column)
{
	return *PQgetvalue(page, row, column) == 't';
}

/* What it is to fit the table in this row.  With publication.filter only publications know. */
static Fit
fit_of_table(Search *search, const PGresult *page, int row, const WfRuleTable *table)
{
	const WfOptions *format = &search->config->format;
	bool		is_partitioned = is_true(page, row, PAGE_IS_PARTITIONED);
	WfMatch		match;

	if (format->publication_filter != NULL)
		return FIT_PUBLISHED;
	if (format->publish_via_partition_root)
		return is_true(page, row, PAGE_IS_PARTITION) ? FIT_PARTITION : FIT_PUBLISHED;
	if (!is_partitioned)
		return FIT_PUBLISHED;
	match = wf_rules_partition_root(search->rules, table->schema, table->table, &search->error);
	return match == WF_MATCH_NO ? FIT_PARTITIONED : FIT_PUBLISHED;
}

/* Of the names that the expression has in some form, the longest. */
static void
note_meant(Expression *expression, const WfRuleTable *table, WfSlice column)
{
	WfSlice		text = expression->rule->list.patterns[expression->item].text;
	size_t		length = table->table.length + column.length;
	char		name[NAME_SIZE];

	if (length <= expression->meant_length || !meant_name_is_in(text, table->table) ||
		(column.length > 0 && !meant_name_is_in(text, column)))
		return;
	snprintf(name, sizeof(name), "%.*s.%.*s%s%.*s", (int) table->schema.length,
			 table->schema.data, (int) table->table.length, table->table.data,
			 column.length == 0 ? "" : expression->rule->kind == WF_RULE_KEY ? ":" : ".",
			 (int) column.length, column.data);
	free(expression->meant);
	expression->meant = strdup(name);
	expression->meant_length = length;
}

/* column: empty for the table itself. */
static void
look(Search *search, Expression *expression, const WfRuleTable *table, WfSlice column, Fit fit,
	 bool is_told)
{
	WfMatch		match = wf_rule_item_match(search->rules, expression->rule, expression->item,
										   table, column, &search->error);

	wf_buffer_cut(&search->error, 0);
	if (match == WF_MATCH_ERROR)
		expression->fit = FIT_PUBLISHED;
	else if (match == WF_MATCH_YES && fit > expression->fit)
		expression->fit = fit;
	else if (match == WF_MATCH_NO && is_told && expression->fit == FIT_NOTHING)
		note_meant(expression, table, column);
}

static void
look_at_clock(Search *search)
{
	if (++search->matches < MATCHES_BETWEEN)
		return;
	search->matches = 0;
	status_beat(LEG_CAPTURE);
	search->is_given_up = control_now_ms() > search->until_ms || control_stop() != CONTROL_RUN;
}

static bool
look_at_page(void *context, const PGresult *page, bool *is_found)
{
	Search	   *search = context;
	Fit			fit = FIT_PUBLISHED;

	for (int row = 0; row < PQntuples(page); row++)
	{
		WfRuleTable table = table_page_table(page, row, PAGE_SCHEMA, search->config);
		WfSlice		column = table_page_field(page, row, PAGE_COLUMN);
		bool		is_first = row == 0 || strcmp(PQgetvalue(page, row, PAGE_OID),
												  PQgetvalue(page, row - 1, PAGE_OID)) != 0;

		if (is_first)
			fit = fit_of_table(search, page, row, &table);
		for (int i = 0; i < search->count && !search->is_given_up; i++)
		{
			Expression *expression = &search->open[i];

			if (expression->fit == FIT_PUBLISHED)
				continue;
			look_at_clock(search);
			if (expression->rule->kind != WF_RULE_PARTITION_ROOT)
				look(search, expression, &table, column, fit, i < TOLD_MAX);
			else if (is_first && is_true(page, row, PAGE_IS_PARTITIONED))
				look(search, expression, &table, wf_slice("", 0), FIT_PUBLISHED, i < TOLD_MAX);
		}
		if (search->is_given_up)
			break;
	}
	close_fitted(search);
	*is_found = search->count == 0 || search->is_given_up;
	return true;
}

/* ---- what is told ---- */

static const char *
sentence(const Expression *expression)
{
	if (expression->fit == FIT_PARTITION)
		return "an expression fits columns of partitions only, whose rows go by the name of the "
			"partitioned table above them, as publish.via.partition.root says; so it does not act on "
			"them";
	if (expression->fit == FIT_PARTITIONED)
		return "an expression fits columns of a partitioned table only, whose rows go by the names of "
			"its partitions; so it does not act on them unless publish.via.partition.root=true, here or "
			"forced by the server, has them go by its own";
	switch (expression->rule->kind)
	{
		case WF_RULE_PARTITION_ROOT:
			return "an expression fits no partitioned table of the database, so it acts on none; it is to "
				"fit the whole name, schema.table, without quotes";
		case WF_RULE_KEY:
			return "an entry fits no column of a table of the database, so it acts on none; its "
				"expressions are to fit whole names, schema.table:column, without quotes";
		default:
			return "an expression fits no column of a table of the database, so it acts on none; it is to "
				"fit the whole name, schema.table.column, without quotes";
	}
}

static void
warn(const Expression *expression, const char *message)
{
	const WfRule *rule = expression->rule;
	WfBuffer	shown;

	heap_buffer_init(&shown, SHOWN_BYTES_MAX);
	if (rule->kind == WF_RULE_KEY)
	{
		wf_buffer_append_slice(&shown, rule->tables.patterns[expression->item].text);
		wf_buffer_append_char(&shown, ':');
		wf_buffer_append_slice(&shown, wf_rule_key_column(rule, expression->item));
	}
	else
		wf_buffer_append_slice(&shown, rule->list.patterns[expression->item].text);
	wf_buffer_append_char(&shown, '\0');
	if (shown.error != WF_BUFFER_OK)
		log_write(LOG_LEVEL_WARNING, "source", message, log_text("option", rule->label));
	else if (expression->meant == NULL)
		log_write(LOG_LEVEL_WARNING, "source", message, log_text("option", rule->label),
				  log_text("expression", shown.data));
	else
		log_write(LOG_LEVEL_WARNING, "source", message, log_text("option", rule->label),
				  log_text("expression", shown.data),
				  log_text("perhaps_meant", expression->meant));
	heap_buffer_free(&shown);
}

/* Whether column.include.list has no expression that fits: then nothing is left of values. */
static bool
leaves_no_column(const Search *search)
{
	const Expression *first = NULL;
	int			unfit = 0;

	for (int i = 0; i < search->count; i++)
		if (search->open[i].rule->kind == WF_RULE_COLUMN_INCLUDE)
		{
			first = &search->open[i];
			unfit += first->fit == FIT_NOTHING ? 1 : 0;
		}
	return first != NULL && unfit == first->rule->list.count;
}

static void
tell(const Search *search)
{
	if (leaves_no_column(search))
		log_write(LOG_LEVEL_WARNING, "source",
				  "column.include.list fits no column of the database, so the rows of all tables are "
				  "published without columns, but for their keys",
				  log_text("column.include.list", search->config->format.column_include));
	for (int i = 0; i < search->count && i < TOLD_MAX; i++)
		warn(&search->open[i], sentence(&search->open[i]));
	if (search->count > TOLD_MAX)
		log_write(LOG_LEVEL_WARNING, "source", "there are more such expressions",
				  log_int("expressions", search->count - TOLD_MAX));
}

bool
unfit_expressions_warn(Replication *replication, const Config *config, WfRules *rules,
					   SourceFault *fault)
{
	Search		search = {.replication = replication, .config = config, .rules = rules};
	const TablePages pages = {
		.rows_max = atoi(PAGE_ROWS), .read = read_page, .look = look_at_page, .search = &search,
		.error = &search.error
	};
	bool		well;

	heap_buffer_init(&search.error, ERROR_BYTES_MAX);
	search.until_ms = control_now_ms() + SEARCH_MAX_MS;
	well = collect(&search);
	if (!well)
		source_fault(fault, true, "out of memory while filters were read");
	else if (search.count > 0)
		well = table_pages_search(&pages, fault);
	if (well && control_stop() != CONTROL_RUN)
	{
		source_fault_stopped(fault);
		well = false;
	}
	else if (well && search.is_given_up)
		log_write(LOG_LEVEL_INFO, "source",
				  "the database has more columns than could be looked through for what lists of columns "
				  "name; whether each expression fits one is not known",
				  log_int("after_ms", SEARCH_MAX_MS));
	else if (well)
		tell(&search);
	for (int i = 0; i < search.count; i++)
		free(search.open[i].meant);
	free(search.open);
	heap_buffer_free(&search.error);
	return well;
}
