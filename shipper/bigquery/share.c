/*
 * share.c
 *		What a failing table may hold of the buffer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/share.h"

#include "shipper/log.h"

/* The share of one failing table, and of all of them together. */
#define TABLE_SHARE(budget_bytes) ((budget_bytes) / 8)
#define FAILING_SHARE(budget_bytes) ((budget_bytes) / 2)

/* That a table waits is told again this often. */
#define TELL_AGAIN_MS 60000

static size_t
queue_bytes(const Batch *batch)
{
	size_t		bytes = 0;

	for (; batch != NULL; batch = batch->next)
		bytes += batch->buffer.capacity;
	return bytes;
}

static size_t
table_bytes(const Table *table)
{
	return queue_bytes(table->queue) + queue_bytes(table->open);
}

static size_t
failing_bytes(const Tables *tables)
{
	size_t		bytes = 0;

	for (const Table *table = tables->first; table != NULL; table = table->next)
	{
		if (table_is_failing(table))
			bytes += table_bytes(table);
	}
	return bytes;
}

static void
tell(Table *table, size_t bytes, int64_t now_ms)
{
	if (table->share_told_ms != 0 && now_ms - table->share_told_ms < TELL_AGAIN_MS)
		return;
	table->share_told_ms = now_ms;
	log_write(LOG_LEVEL_ERROR, "bigquery",
			  "a table takes no rows; its topics wait, others go on",
			  log_text("table", table->name), log_int("failed_appends", table->failures),
			  log_int("bytes_held", (int64_t) bytes), log_text("error", table_fault(table)));
}

/* A table without rows may always take one: else it could not be tried. */
bool
share_is_used_up(Loader *loader, Table *table, int64_t now_ms)
{
	const Flow *flow = &loader->flow;
	size_t		bytes;

	if (!table_is_failing(table))
		return false;
	bytes = table_bytes(table);
	if (bytes == 0 || (bytes < TABLE_SHARE(flow->budget_bytes) &&
					   failing_bytes(flow->tables) < FAILING_SHARE(flow->budget_bytes)))
		return false;
	tell(table, bytes, now_ms);
	return true;
}

/*
 * The first of a failing table's batches that may leave; all behind it leave
 * too.  What is on its way stays, what was never tried, and the parts of a
 * batch that was split: each part stands for all of the offsets, so those that
 * were delivered would be again and again.
 */
static Batch **
first_to_leave(Table *table, size_t keep_bytes)
{
	Batch	  **link = &table->queue;

	while (*link != NULL && (*link)->part)
		link = &(*link)->next;
	if (link == &table->queue && *link != NULL &&
		((*link)->sending || (*link)->attempts == 0 || (*link)->buffer.capacity <= keep_bytes))
		link = &(*link)->next;
	return link;
}

static size_t
drop_all(Loader *loader, Batch **link, int64_t now_ms)
{
	size_t		dropped = 0;

	while (*link != NULL)
	{
		Batch	   *batch = *link;

		*link = batch->next;
		dropped += batch->buffer.capacity;
		for (int i = 0; i < batch->range_count; i++)
			intake_read_again(loader, &batch->ranges[i], now_ms);
		flow_drop(&loader->flow, batch);
	}
	return dropped;
}

void
share_make_room(Loader *loader, int64_t now_ms)
{
	const Flow *flow = &loader->flow;
	size_t		total;

	if (!flow_is_full(flow))
		return;
	total = failing_bytes(flow->tables);
	for (Table *table = flow->tables->first; table != NULL; table = table->next)
	{
		bool		too_many = total > FAILING_SHARE(flow->budget_bytes);
		size_t		bytes;

		if (!table_is_failing(table))
			continue;
		bytes = table_bytes(table);
		if (!too_many && bytes <= TABLE_SHARE(flow->budget_bytes))
			continue;
		total -= drop_all(loader, first_to_leave(table, too_many ? 0 :
												 TABLE_SHARE(flow->budget_bytes)), now_ms);
		total -= drop_all(loader, &table->open, now_ms);
	}
}
