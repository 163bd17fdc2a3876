/*
 * flow.c
 *		Rows between being made and being in BigQuery.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/flow.h"

#include <stdio.h>

#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

/* A batch that is refused without a word about its rows is sent again this
 * often, then halved, until the row is found that is not wanted. */
#define REFUSALS_BEFORE_SPLIT 5

/* That a row is refused in every form is told again this often. */
#define REFUSED_TELL_MS 60000

/* Refused rows are told at most this often; the metric counts them all. */
#define REFUSAL_TELL_MS 5000

/* Failures between two lines in the log about the same batch. */
#define LOG_EVERY_ATTEMPTS 10

void
flow_init(Flow *flow, Tables *tables, RowWriter *writer)
{
	memset(flow, 0, sizeof(*flow));
	flow->tables = tables;
	flow->sink = tables->sink;
	flow->writer = writer;
	flow->flush_interval_ms = tables->config->bigquery_flush_interval_ms;
	flow->budget_bytes = (size_t) tables->config->bigquery_buffer_bytes;
}

/* Adds a batch's memory to the account, or takes it out. */
static void
account(Flow *flow, size_t before, size_t after)
{
	flow->bytes = flow->bytes - before + after;
	metric_set(METRIC_LOADER_BUFFER_BYTES, (int64_t) flow->bytes);
}

void
flow_drop(Flow *flow, Batch *batch)
{
	account(flow, batch->buffer.capacity, 0);
	flow->batch_count--;
	batch_free(batch);
}

/* Takes no more rows into the table's open batch: it goes to the queue's end. */
static void
close_open(Table *table)
{
	Batch	  **end = &table->queue;

	if (table->open == NULL)
		return;
	while (*end != NULL)
		end = &(*end)->next;
	*end = table->open;
	table->open = NULL;
}

bool
flow_add(Flow *flow, Table *table, WfSlice row, int partition, int generation, int64_t offset,
		 int64_t now_ms)
{
	Batch	   *batch = table->open;
	size_t		before;
	bool		added;

	if (batch != NULL && !batch_has_room(batch, row.length, partition, generation))
	{
		close_open(table);
		batch = NULL;
	}
	if (batch == NULL)
	{
		batch = batch_new(table, table->head_room, now_ms);
		if (batch == NULL)
			return false;
		table->open = batch;
		flow->batch_count++;
		account(flow, 0, batch->buffer.capacity);
	}
	before = batch->buffer.capacity;
	added = batch_add(batch, row, partition, generation, offset);
	account(flow, before, batch->buffer.capacity);
	return added;
}

/* Closes batches that are due: all, or old ones, or the largest of a full flow. */
static void
close_due(Flow *flow, bool all, int64_t now_ms)
{
	Table	   *largest = NULL;
	bool		any_closed = false;

	for (Table *table = flow->tables->first; table != NULL; table = table->next)
	{
		if (table->queue != NULL)
			any_closed = true;
		if (table->open == NULL)
			continue;
		if (all || now_ms - table->open->opened_ms >= flow->flush_interval_ms)
		{
			close_open(table);
			any_closed = true;
		}
		else if (largest == NULL ||
				 table->open->buffer.capacity > largest->open->buffer.capacity)
			largest = table;
	}
	if (flow_is_full(flow) && largest != NULL &&
		(!any_closed || flow->appending < SINK_APPENDS_MAX))
		close_open(largest);
}

/* Hands the first batch of each queue to the sink, if its time has come. */
static bool
start_appends(Flow *flow, int64_t now_ms)
{
	bool		started = false;

	for (Table *table = flow->tables->first; table != NULL; table = table->next)
	{
		Batch	   *batch = table->queue;
		size_t		before;

		if (flow->appending >= SINK_APPENDS_MAX)
			break;
		if (batch == NULL || batch->sending || batch->due_ms > now_ms)
			continue;
		if (!table_prepare(flow->tables, table, table->shape, now_ms))
		{
			snprintf(flow->error, sizeof(flow->error), "table %.100s: %.350s", table->name,
					 table->error);
			continue;
		}
		before = batch->buffer.capacity;
		if (flow->sink->append(flow->sink, batch, table->name, &table->layout))
		{
			batch->sending = true;
			flow->appending++;
			started = true;
		}
		else
			batch->due_ms = now_ms + BACKOFF_FIRST_MS;
		account(flow, before, batch->buffer.capacity);
	}
	return started;
}

static void
note_failure(Flow *flow, const SinkResult *result, int64_t wait_ms)
{
	Batch	   *batch = result->batch;

	metric_add(METRIC_LOADER_RETRIES, 1);
	metric_add(METRIC_LOADER_ERRORS, 1);
	/* what one table suffers is told of that table, not of the leg */
	if (!table_is_failing(batch->table) || flow->done_ms < batch->table->failing_since_ms)
	{
		flow->failing = true;
		memcpy(flow->error, batch->table->refusal, sizeof(flow->error));
	}
	if (batch->attempts % LOG_EVERY_ATTEMPTS == 1)
		log_write(LOG_LEVEL_WARNING, "bigquery", "an append failed; trying again",
				  log_text("table", batch->table->name), log_int("rows", batch->row_count),
				  log_int("attempt", batch->attempts), log_int("retry_in_ms", wait_ms),
				  log_text("error", result->error));
}

/* Sends the same bytes again later. */
static void
send_again(Flow *flow, const SinkResult *result, int64_t now_ms)
{
	Batch	   *batch = result->batch;
	int64_t		wait_ms = backoff_next_ms(&batch->backoff);

	batch->attempts++;
	batch->due_ms = now_ms + wait_ms;
	note_failure(flow, result, wait_ms);
}

/* Halves the queue's first batch.  False if that cannot be done. */
static bool
split(Flow *flow, Batch *batch)
{
	size_t		before = batch->buffer.capacity;
	Batch	   *second = batch_split(batch);

	if (second == NULL)
		return false;
	flow->batch_count++;
	account(flow, before, batch->buffer.capacity + second->buffer.capacity);
	/* that something is wrong in here is known: each half may be refused once */
	batch->refusals = second->refusals = REFUSALS_BEFORE_SPLIT;
	batch->attempts = 0;
	backoff_reset(&batch->backoff);
	return true;
}

static bool
is_refused(const SinkResult *result, int row)
{
	for (int i = 0; i < result->refused_count; i++)
	{
		if (result->refused[i] == row)
			return true;
	}
	return false;
}

/* Fills replacement with the batch's rows, the refused ones as fallback rows. */
static bool
fill_replacement(Flow *flow, const SinkResult *result, Batch *replacement)
{
	const Batch *batch = result->batch;
	WfSlice		rows = batch_rows(batch);
	WfSlice		row;

	for (int i = 0; batch_next_row(&rows, &row); i++)
	{
		if (is_refused(result, i))
		{
			if (!row_make_fallback(flow->writer, row, &batch->table->layout))
				return false;
			row = wf_buffer_since(&flow->writer->row, 0);
		}
		if (!batch_add_row(replacement, row))
			return false;
	}
	return true;
}

/*
 * Puts a batch in the place of the first one of its queue, in which the rows
 * that BigQuery refused have become fallback rows.  False if that is no help.
 */
static bool
fall_back(Flow *flow, const SinkResult *result, int64_t now_ms)
{
	Batch	   *batch = result->batch;
	Table	   *table = batch->table;
	Batch	   *replacement;

	replacement = batch_new(table, batch->head_room, batch->opened_ms);
	if (replacement == NULL)
		return false;
	if (!fill_replacement(flow, result, replacement))
	{
		batch_free(replacement);
		return false;
	}
	memcpy(replacement->ranges, batch->ranges, sizeof(batch->ranges));
	replacement->range_count = batch->range_count;
	replacement->refusals = batch->refusals;
	replacement->part = batch->part;
	replacement->backoff = batch->backoff;
	replacement->attempts = batch->attempts + 1;

	/*
	 * the first time at once; a service that goes on to name rows, even such as
	 * the batch does not have, is not asked without a pause
	 */
	if (batch->attempts > 0)
		replacement->due_ms = now_ms + backoff_next_ms(&replacement->backoff);
	replacement->next = batch->next;
	table->queue = replacement;
	flow->batch_count++;
	account(flow, 0, replacement->buffer.capacity);
	if (now_ms - flow->refusal_told_ms >= REFUSAL_TELL_MS)
	{
		flow->refusal_told_ms = now_ms;
		log_write(LOG_LEVEL_WARNING, "bigquery",
				  "BigQuery refused rows; sending them again with their values in _overflow",
				  log_text("table", table->name), log_int("rows", result->refused_count),
				  log_text("error", result->error));
	}
	metric_add(METRIC_LOADER_FALLBACK_ROWS, result->refused_count);
	flow_drop(flow, batch);
	return true;
}

/* Nothing more can be done for a row: the table waits for somebody's hand. */
static void
give_up(Flow *flow, SinkResult *result, int64_t now_ms)
{
	Table	   *table = result->batch->table;

	send_again(flow, result, now_ms);
	if (table->refusal_told_ms != 0 && now_ms - table->refusal_told_ms < REFUSED_TELL_MS)
		return;
	table->refusal_told_ms = now_ms;
	log_write(LOG_LEVEL_ERROR, "bigquery",
			  "BigQuery refuses a row in every form; its table waits, others go on",
			  log_text("table", table->name), log_text("error", result->error));
}

static void
rows_refused(Flow *flow, SinkResult *result, int64_t now_ms)
{
	metric_add(METRIC_LOADER_RETRIES, 1);
	if (fall_back(flow, result, now_ms))
		return;
	if (result->batch->row_count > 1 && split(flow, result->batch))
		return;
	give_up(flow, result, now_ms);
}

/* Refused as a whole: find the row by halving. */
static void
batch_refused(Flow *flow, SinkResult *result, int64_t now_ms)
{
	Batch	   *batch = result->batch;

	if (batch->refusals < REFUSALS_BEFORE_SPLIT)
	{
		batch->refusals++;
		send_again(flow, result, now_ms);
		return;
	}
	if (batch->row_count == 1)
	{
		result->refused_count = 1;
		result->refused[0] = 0;
		rows_refused(flow, result, now_ms);
		return;
	}
	metric_add(METRIC_LOADER_RETRIES, 1);
	if (!split(flow, batch))
		send_again(flow, result, now_ms);
}

/* An append of the table failed, for whatever reason. */
static void
count_failure(Table *table, const SinkResult *result, int64_t now_ms)
{
	if (table->failures++ == 0)
		table->failing_since_ms = now_ms;
	snprintf(table->refusal, sizeof(table->refusal), "table %.100s: %.380s", table->name,
			 result->error);
}

static void
append_done(Flow *flow, Batch *batch, int64_t now_ms)
{
	Table	   *table = batch->table;

	if (table->share_told_ms != 0)
		log_write(LOG_LEVEL_INFO, "bigquery", "a table takes rows again",
				  log_text("table", table->name));
	table->failures = 0;
	table->share_told_ms = table->refusal_told_ms = 0;
	flow->done_ms = now_ms;
	metric_add(METRIC_LOADER_ROWS, batch->row_count);
	metric_add(METRIC_LOADER_ROW_BYTES, (int64_t) batch_rows(batch).length);
	table->queue = batch->next;
	flow->failing = false;
	flow->error[0] = '\0';
	flow_drop(flow, batch);
}

static void
take_result(Flow *flow, SinkResult *result, int64_t now_ms)
{
	result->batch->sending = false;
	flow->appending--;
	if (result->outcome != SINK_DONE)
		count_failure(result->batch->table, result, now_ms);
	switch (result->outcome)
	{
		case SINK_DONE:
			append_done(flow, result->batch, now_ms);
			break;
		case SINK_ROWS_REFUSED:
			rows_refused(flow, result, now_ms);
			break;
		case SINK_BATCH_REFUSED:
			batch_refused(flow, result, now_ms);
			break;
		case SINK_TABLE_CHANGED:
		case SINK_DENIED:
			/* the service says "denied" of a table that does not exist, too */
			table_doubt(result->batch->table);
			send_again(flow, result, now_ms);
			break;
		case SINK_RETRY:
			send_again(flow, result, now_ms);
			break;
	}
}

bool
flow_turn(Flow *flow, bool all, int64_t now_ms)
{
	bool		moved = false;

	while (flow->sink->poll(flow->sink, &flow->result))
	{
		take_result(flow, &flow->result, now_ms);
		moved = true;
	}
	close_due(flow, all, now_ms);
	return start_appends(flow, now_ms) || moved;
}

static int64_t
first_offset_in(const Batch *batch, int partition, int generation, int64_t first)
{
	for (; batch != NULL; batch = batch->next)
	{
		for (int i = 0; i < batch->range_count; i++)
		{
			const BatchRange *range = &batch->ranges[i];

			if (range->partition == partition && range->generation == generation &&
				(first < 0 || range->first < first))
				first = range->first;
		}
	}
	return first;
}

int64_t
flow_first_offset(const Flow *flow, int partition, int generation)
{
	int64_t		first = -1;

	for (const Table *table = flow->tables->first; table != NULL; table = table->next)
	{
		first = first_offset_in(table->queue, partition, generation, first);
		first = first_offset_in(table->open, partition, generation, first);
	}
	return first;
}

int64_t
flow_next_due_ms(const Flow *flow)
{
	int64_t		due = INT64_MAX;

	for (const Table *table = flow->tables->first; table != NULL; table = table->next)
	{
		int64_t		queue_due = INT64_MAX;

		if (table->open != NULL && table->open->opened_ms + flow->flush_interval_ms < due)
			due = table->open->opened_ms + flow->flush_interval_ms;
		if (table->queue != NULL && !table->queue->sending)
			queue_due = table->ready ? table->queue->due_ms : table->retry_at_ms;
		if (queue_due < due && flow->appending < SINK_APPENDS_MAX)
			due = queue_due;
	}
	return due;
}

int64_t
flow_oldest_ms(const Flow *flow)
{
	int64_t		oldest = INT64_MAX;

	for (const Table *table = flow->tables->first; table != NULL; table = table->next)
	{
		const Batch *batch = table->queue != NULL ? table->queue : table->open;

		if (batch != NULL && batch->opened_ms < oldest)
			oldest = batch->opened_ms;
	}
	return oldest;
}
