/*
 * table.c
 *		A history table: made and widened when needed.
 *
 * Calls to BigQuery are made one after the other and seldom: for a table's
 * first row in this process, and for a new column.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

/* A fault that only somebody's hand can end is looked at again this often. */
#define MISFIT_RETRY_MS 60000

Table *
tables_get(Tables *tables, const Shape *shape)
{
	Table	   *table;

	for (table = tables->first; table != NULL; table = table->next)
	{
		if (strcmp(table->source, shape->table) == 0 && strcmp(table->schema, shape->schema) == 0)
			return table;
	}
	table = calloc(1, sizeof(Table));
	if (table == NULL)
		return NULL;
	table->schema = strdup(shape->schema);
	table->source = strdup(shape->table);
	if (table->schema == NULL || table->source == NULL)
	{
		free(table->schema);
		free(table->source);
		free(table);
		return NULL;
	}
	layout_table_name(table->schema, table->source, table->name);
	layout_label(tables->config->format.topic_prefix.bytes, table->schema, table->source,
				 table->label);
	table->backoff.random = (uint32_t) control_now_ms();
	table->next = tables->first;
	tables->first = table;
	return table;
}

static void
free_batches(Batch *batch)
{
	while (batch != NULL)
	{
		Batch	   *next = batch->next;

		batch_free(batch);
		batch = next;
	}
}

void
tables_free(Tables *tables)
{
	while (tables->first != NULL)
	{
		Table	   *table = tables->first;

		tables->first = table->next;
		free_batches(table->open);
		free_batches(table->queue);
		layout_free(&table->layout);
		free(table->schema);
		free(table->source);
		free(table);
	}
}

void
table_doubt(Table *table)
{
	table->known = false;
	table->ready = false;
}

/* Notes a failure and when to try again. */
static bool
fail(Tables *tables, Table *table, RestResult result, const char *error)
{
	bool		passing = result == REST_RETRY || result == REST_CONFLICT ||
	result == REST_NOT_FOUND;
	int64_t		wait;

	if (control_stop() != CONTROL_RUN)
	{
		/* the call was cut off by the stop request */
		table->retry_at_ms = control_now_ms() + BACKOFF_FIRST_MS;
		return false;
	}
	table->attempts++;
	table->misfit = !passing && result != REST_QUOTA;
	wait = passing ? backoff_next_ms(&table->backoff) : MISFIT_RETRY_MS;
	table->retry_at_ms = control_now_ms() + wait;
	metric_add(METRIC_LOADER_ERRORS, 1);
	if (table->attempts == 1 || strcmp(table->error, error) != 0)
		log_write(table->misfit ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, "bigquery",
				  table->misfit ? "a table cannot be written; its topic waits, others go on" :
				  "a table is not ready; trying again",
				  log_text("table", table->name),
				  log_text("dataset", tables->config->bigquery_dataset),
				  log_text("error", error), log_int("retry_in_ms", wait));
	snprintf(table->error, sizeof(table->error), "%s", error);
	return false;
}

static json_t *
partitioning(const Config *config)
{
	switch (config->bigquery_partition_by)
	{
		case CONFIG_PARTITION_COMMIT:
			return json_pack("{s:s, s:s}", "type", "DAY", "field", "_commit_ts");
		case CONFIG_PARTITION_INGEST:
			return json_pack("{s:s, s:s}", "type", "DAY", "field", "_ingested_at");
		default:
			return NULL;
	}
}

static bool
create(Tables *tables, Table *table, const Shape *shape)
{
	const Config *config = tables->config;
	json_t	   *body;
	json_t	   *time_partitioning = partitioning(config);
	char		description[1024];
	RestResult	result;

	snprintf(description, sizeof(description), "History of %.200s.%.200s.%.200s: one row per "
			 "change, written by walferry.", config->format.topic_prefix.bytes, table->schema,
			 table->source);
	body = json_pack("{s:{s:s, s:s, s:s}, s:s, s:{s:s}, s:o, s:o}",
					 "tableReference", "projectId", config->bigquery_project,
					 "datasetId", config->bigquery_dataset, "tableId", table->name,
					 "description", description,
					 "labels", LAYOUT_LABEL_KEY, table->label,
					 "schema", layout_fields(&table->layout),
					 "clustering", layout_clustering(&table->layout, shape));
	if (body != NULL && time_partitioning != NULL)
		json_object_set_new(body, "timePartitioning", time_partitioning);
	result = rest_table_insert(tables->rest, body);
	if (result == REST_NOT_FOUND)
	{
		/* the dataset went away: make it, and then try again */
		result = rest_dataset_ensure(tables->rest);
		return fail(tables, table, result == REST_OK ? REST_RETRY : result,
					result == REST_OK ? "the dataset was missing" : tables->rest->error);
	}
	if (result != REST_OK)
		return fail(tables, table, result, tables->rest->error);
	layout_mark_complete(&table->layout);
	log_write(LOG_LEVEL_INFO, "bigquery", "created a table", log_text("table", table->name),
			  log_text("dataset", config->bigquery_dataset));
	return true;
}

/* Is it ours, and are its columns what we need?  Then takes them over. */
static bool
adopt(Tables *tables, Table *table, const json_t *resource)
{
	const char *label = json_string_value(json_object_get(json_object_get(resource, "labels"),
														  LAYOUT_LABEL_KEY));
	const char *reason = NULL;
	char		error[TABLE_ERROR_MAX];

	if (label == NULL || strcmp(label, table->label) != 0)
	{
		snprintf(error, sizeof(error), "table \"%.200s\" exists and does not belong to %.60s.%.60s "
				 "(label %s is \"%.63s\", not \"%s\"); rename or drop it, or choose another "
				 "bigquery.dataset", table->name, table->schema, table->source, LAYOUT_LABEL_KEY,
				 label != NULL ? label : "", table->label);
		return fail(tables, table, REST_INVALID, error);
	}
	if (!layout_read(&table->layout, resource, &reason))
	{
		snprintf(error, sizeof(error), "table \"%.200s\" has a column %.60s that does not fit; "
				 "rename or drop the table, or choose another bigquery.dataset", table->name, reason);
		return fail(tables, table, REST_INVALID, error);
	}
	return true;
}

static bool
widen(Tables *tables, Table *table, const json_t *resource)
{
	json_t	   *body = json_pack("{s:o}", "schema", layout_fields_added(&table->layout, resource));
	RestResult	result = rest_table_patch(tables->rest, table->name, body);

	if (result != REST_OK)
		return fail(tables, table, result, tables->rest->error);
	layout_mark_complete(&table->layout);
	log_write(LOG_LEVEL_INFO, "bigquery", "added columns to a table",
			  log_text("table", table->name));
	return true;
}

/* Makes BigQuery's table and our layout agree. */
static bool
agree(Tables *tables, Table *table, Shape *shape)
{
	json_t	   *resource = NULL;
	RestResult	result = rest_table_get(tables->rest, table->name, &resource);
	bool		ok;

	if (result == REST_OK)
	{
		ok = adopt(tables, table, resource);
		if (ok && !layout_bind(&table->layout, shape))
			ok = fail(tables, table, REST_RETRY, "no room for another column");
		if (ok && layout_incomplete(&table->layout))
			ok = widen(tables, table, resource);
		json_decref(resource);
		return ok;
	}
	if (result != REST_NOT_FOUND)
		return fail(tables, table, result, tables->rest->error);
	if (!layout_bind(&table->layout, shape))
		return fail(tables, table, REST_RETRY, "no room for another column");
	return create(tables, table, shape);
}

bool
table_prepare(Tables *tables, Table *table, Shape *shape, int64_t now_ms)
{
	if (table->ready && shape->target == table)
		return true;
	if (now_ms < table->retry_at_ms)
		return false;
	if (table->known && !layout_bind(&table->layout, shape))
		return fail(tables, table, REST_RETRY, "no room for another column");
	if (!table->known || layout_incomplete(&table->layout))
	{
		table_doubt(table);
		if (!rest_has_time(tables->rest))
		{
			if (table->error[0] == '\0')
				strcpy(table->error, "BigQuery's answers about other tables take long");
			return false;
		}
		if (!agree(tables, table, shape))
			return false;
	}
	if (!tables->sink->open(tables->sink, table->name, &table->layout, &table->head_room))
		return fail(tables, table, REST_RETRY, "out of memory");
	table->known = true;
	table->ready = true;
	table->misfit = false;
	table->attempts = 0;
	backoff_reset(&table->backoff);
	table->error[0] = '\0';
	table->shape = shape;
	shape->target = table;
	return true;
}
