/*
 * loader.c
 *		The leg Kafka -> BigQuery.
 *
 * One thread and one loop.  Each turn: take answers and send what is due
 * (flow.h), read some records and make their rows (intake.c), commit what is
 * settled (assignment.c); then wait until Kafka, BigQuery or the clock has
 * something to say.
 *
 *		Kafka --> record --> row --> a table's batch --> BigQuery
 *		  ^                                                 |
 *		  +------- offset, once nothing before is open -----+
 *
 * Kafka is the buffer for everything that takes longer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/loader.h"

#include <stdlib.h>
#include <unistd.h>

#include "shipper/bigquery/share.h"
#include "shipper/control.h"
#include "shipper/legs.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

#define WAIT_MS 500				/* the longest sleep */
#define COMMIT_INTERVAL_MS 1000
#define REPORT_INTERVAL_MS 1000
#define CONNECT_PROBE_MS 1000
#define PENDING_TELL_MS 5000

#define WAITING_FOR_GROUP "waiting for the consumer group to hand out partitions"

/* The first thing that keeps a partition or a table from going on, or NULL. */
static const char *
standing_fault(const Loader *loader)
{
	for (const Table *table = loader->tables.first; table != NULL; table = table->next)
	{
		if (table_is_failing(table))
			return table_fault(table);
	}
	for (int i = 0; i < loader->partitions.count; i++)
	{
		const Partition *p = loader->partitions.list[i];

		if (p->held != HELD_NOT && p->told)
			return loader->hold_reason;
	}
	return NULL;
}

/* A group that owes us partitions is waiting for members that died. */
static void
note_pending(Loader *loader, bool pending, int64_t now_ms)
{
	if (!pending)
	{
		loader->pending_since_ms = 0;
		loader->pending_told = false;
		return;
	}
	if (loader->pending_since_ms == 0)
		loader->pending_since_ms = now_ms;
	if (!loader->pending_told && now_ms - loader->pending_since_ms >= PENDING_TELL_MS)
	{
		loader->pending_told = true;
		log_write(LOG_LEVEL_INFO, "bigquery", WAITING_FOR_GROUP,
				  log_text("group", loader->config->bigquery_consumer_group),
				  log_int("waited_ms", now_ms - loader->pending_since_ms));
	}
}

static void
report_state(Loader *loader, ConsumerShare share)
{
	const char *fault;

	if (!consumer_connected(loader->consumer, CONNECT_PROBE_MS))
		status_set(LEG_LOADER, LEG_WAITING, consumer_error(loader->consumer));
	else if (share == CONSUMER_SHARE_UNKNOWN)
		status_set(LEG_LOADER, LEG_WAITING, "asking Kafka which topics there are");
	else if (share == CONSUMER_SHARE_PENDING)
		status_set(LEG_LOADER, LEG_WAITING, WAITING_FOR_GROUP);
	else if (loader->flow.failing)
		status_set(LEG_LOADER, LEG_WAITING, loader->flow.error);
	else
	{
		fault = standing_fault(loader);
		status_set(LEG_LOADER, LEG_RUNNING, fault != NULL ? fault : "");
	}
}

/* Records behind what was read; METRIC_UNKNOWN while Kafka has not told of all. */
static int64_t
total_lag(const Loader *loader)
{
	int64_t		total = 0;

	for (int i = 0; i < loader->partitions.count; i++)
	{
		const Partition *p = loader->partitions.list[i];
		int64_t		next = partition_expected_offset(p);
		int64_t		lag;

		if (!p->assigned)
			continue;
		lag = consumer_lag(loader->consumer, p->topic, p->partition, next >= 0 ? next : 0);
		if (lag < 0)
			return METRIC_UNKNOWN;
		total += lag;
	}
	return total;
}

static void
report(Loader *loader, int64_t now_ms)
{
	int64_t		oldest = flow_oldest_ms(&loader->flow);
	ConsumerShare share = consumer_share(loader->consumer, CONNECT_PROBE_MS);
	bool		known = share == CONSUMER_NO_TOPICS || share == CONSUMER_SHARE_GIVEN;

	loader->reported_at_ms = now_ms;
	metric_set(METRIC_LOADER_LAG, known ? total_lag(loader) : METRIC_UNKNOWN);
	metric_set(METRIC_LOADER_OLDEST_ROW, oldest == INT64_MAX ? 0 : now_ms - oldest);
	note_pending(loader, share == CONSUMER_SHARE_PENDING, now_ms);
	report_state(loader, share);
}

/* Until when nothing happens by itself. */
static int
wait_time(const Loader *loader, int64_t now_ms)
{
	int64_t		until = now_ms + WAIT_MS;
	int64_t		due = flow_next_due_ms(&loader->flow);

	if (due < until)
		until = due;
	for (int i = 0; i < loader->partitions.count; i++)
	{
		const Partition *p = loader->partitions.list[i];

		if (p->paused && !p->throttled && p->retry_at_ms < until)
			until = p->retry_at_ms;
	}
	/* never zero: whatever is due and cannot be done must not spin */
	return until > now_ms ? (int) (until - now_ms) : 10;
}

static void
wait_for_work(Loader *loader, int64_t now_ms)
{
	int			fds[2];
	int			count = 0;
	uint64_t	counter;

	/* a full buffer does not care for records, a drain not for its request */
	if (!flow_is_full(&loader->flow) && control_stop() == CONTROL_RUN)
	{
		fds[count++] = consumer_fd(loader->consumer);
		fds[count++] = control_stop_fd();
	}
	loader->sink->wait(loader->sink, fds, count, wait_time(loader, now_ms));
	if (read(consumer_fd(loader->consumer), &counter, sizeof(counter)) < 0)
		counter = 0;			/* nothing was written to it */
}

static void
commit_sometimes(Loader *loader, int64_t now_ms)
{
	if (now_ms - loader->committed_at_ms < COMMIT_INTERVAL_MS)
		return;
	assignment_commit(loader, false);
	loader->committed_at_ms = now_ms;
}

static void
turn(Loader *loader)
{
	int64_t		now_ms = control_now_ms();
	bool		moved;

	status_beat(LEG_LOADER);
	loader->rest.http.deadline_ms = now_ms + LOADER_REST_MS;
	moved = flow_turn(&loader->flow, false, now_ms);
	share_make_room(loader, now_ms);
	intake_retry_held(loader, now_ms);
	intake_throttle(loader, now_ms);
	if (!loader->throttled)
		moved = intake_read(loader, now_ms) || moved;
	schema_store_poll(loader->schemas, 0);
	commit_sometimes(loader, now_ms);
	if (now_ms - loader->reported_at_ms >= REPORT_INTERVAL_MS)
		report(loader, now_ms);
	if (!moved)
		wait_for_work(loader, now_ms);
}

/* Delivers what is held, within the deadline.  True if everything went. */
static bool
drain(Loader *loader)
{
	status_set(LEG_LOADER, LEG_STOPPING, NULL);
	while (loader->flow.batch_count > 0 && control_stop() != CONTROL_NOW)
	{
		int64_t		now_ms = control_now_ms();

		status_beat(LEG_LOADER);
		intake_discard(loader);
		commit_sometimes(loader, now_ms);
		if (!flow_turn(&loader->flow, true, now_ms))
			loader->sink->wait(loader->sink, NULL, 0, 50);
	}
	return loader->flow.batch_count == 0;
}

/* Makes the dataset, for ever if need be.  False when asked to stop. */
static bool
prepare_dataset(Loader *loader)
{
	Backoff		backoff = {0, (uint32_t) control_now_ms()};

	while (control_stop() == CONTROL_RUN)
	{
		RestResult	result = rest_dataset_ensure(&loader->rest);
		int64_t		wait = backoff_next_ms(&backoff);

		if (result == REST_OK)
			return true;
		if (control_stop() != CONTROL_RUN)
			break;
		metric_add(METRIC_LOADER_ERRORS, 1);
		status_set(LEG_LOADER, LEG_WAITING, loader->rest.error);
		log_write(LOG_LEVEL_WARNING, "bigquery", "the dataset cannot be had; trying again",
				  log_text("dataset", loader->config->bigquery_dataset),
				  log_text("error", loader->rest.error), log_int("retry_in_ms", wait));
		for (int64_t until = control_now_ms() + wait; control_now_ms() < until;)
		{
			status_beat(LEG_LOADER);
			if (control_sleep(until - control_now_ms() < 1000 ? until - control_now_ms() : 1000))
				break;
		}
	}
	return false;
}

static bool
open_all(Loader *loader, const Config *config)
{
	loader->config = config;
	row_writer_init(&loader->writer);
	token_init(&loader->token, config->bigquery_access_token_file);
	if (!rest_open(&loader->rest, config, &loader->token))
		return false;
	loader->sink = default_stream_sink(config, &loader->token);
	loader->letters = dead_letters_open(config);
	if (loader->sink == NULL || loader->letters == NULL)
		return false;
	loader->tables = (Tables) {config, &loader->rest, loader->sink, NULL};
	flow_init(&loader->flow, &loader->tables, &loader->writer);
	loader->schemas = schema_store_open(config);
	if (loader->schemas == NULL)
		return false;
	if (!prepare_dataset(loader))
		return true;			/* asked to stop */
	loader->consumer = consumer_open(config, &assignment_callbacks, loader);
	return loader->consumer != NULL;
}

static void
close_all(Loader *loader)
{
	if (loader->consumer != NULL)
		consumer_close(loader->consumer);
	if (loader->schemas != NULL)
		schema_store_close(loader->schemas);
	if (loader->sink != NULL)
		loader->sink->close(loader->sink);
	tables_free(&loader->tables);
	if (loader->letters != NULL)
		dead_letters_close(loader->letters);
	partitions_free(&loader->partitions);
	rest_close(&loader->rest);
	row_writer_free(&loader->writer);
	free(loader);
}

static bool
is_fatal(const Loader *loader)
{
	return loader->consumer != NULL && consumer_is_fatal(loader->consumer);
}

int
loader_run(const Config *config)
{
	Loader	   *loader = calloc(1, sizeof(Loader));
	bool		drained;

	status_set(LEG_LOADER, LEG_STARTING, "");
	metric_set(METRIC_LOADER_LAG, METRIC_UNKNOWN);
	if (loader == NULL || !open_all(loader, config))
	{
		status_set(LEG_LOADER, LEG_FAILED, "the loader could not start; see the log");
		if (loader != NULL)
			close_all(loader);
		return EXIT_FAILED;
	}
	while (control_stop() == CONTROL_RUN && !is_fatal(loader))
		turn(loader);
	if (is_fatal(loader))
	{
		/* nothing can be committed any more: what is on its way comes again */
		status_set(LEG_LOADER, LEG_FAILED, consumer_error(loader->consumer));
		close_all(loader);
		return EXIT_FAILED;
	}
	drained = drain(loader);
	if (!drained)
		log_write(LOG_LEVEL_WARNING, "bigquery",
				  "stopped before all rows were delivered; Kafka keeps them",
				  log_int("batches", loader->flow.batch_count));
	close_all(loader);
	status_set(LEG_LOADER, LEG_STOPPED, NULL);
	return drained ? EXIT_OK : EXIT_NOT_DRAINED;
}
