/*
 * loader.c
 *		The leg Kafka -> BigQuery.
 *
 * One thread and one loop.  Each turn: take answers and send what is due
 * (flow.h), read some records and make their rows (row.h), commit what is
 * settled; then wait until Kafka, BigQuery or the clock has something to say.
 *
 *		Kafka --> record --> row --> a table's batch --> BigQuery
 *		  ^                                                 |
 *		  +------- offset, once nothing before is open -----+
 *
 * A record that cannot be dealt with yet (its schema description has not come,
 * its table cannot be had) holds up its own topic-partition only.  Kafka is the
 * buffer for everything that takes longer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "shipper/bigquery/dead_letter.h"
#include "shipper/bigquery/flow.h"
#include "shipper/bigquery/partition.h"
#include "shipper/bigquery/schema_store.h"
#include "shipper/control.h"
#include "shipper/kafka/consumer.h"
#include "shipper/legs.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

#define RECORDS_PER_TURN 2000
#define TURN_MS 50				/* a turn ends after this even with more to read */
#define WAIT_MS 500				/* the longest sleep */
#define COMMIT_INTERVAL_MS 1000
#define REPORT_INTERVAL_MS 1000
#define REVOKE_FLUSH_MS 5000	/* what a rebalance may wait for us */
#define CONNECT_PROBE_MS 1000

/* A schema description that has not come: how often to look, and when to say so. */
#define HOLD_FIRST_MS 100
#define HOLD_MAX_MS 5000
#define HOLD_TELL_MS 10000

/* So long may the buffer be full before the partitions are paused; a group
 * member that does not poll for five minutes is thrown out. */
#define FULL_BEFORE_PAUSE_MS 10000

typedef struct Loader
{
	const Config *config;
	Token		token;
	Rest		rest;
	Sink	   *sink;
	Tables		tables;
	RowWriter	writer;
	Flow		flow;
	Partitions	partitions;
	SchemaStore *schemas;
	Consumer   *consumer;
	DeadLetters *letters;
	int64_t		full_since_ms;	/* 0: the buffer is not full */
	bool		throttled;
	int64_t		committed_at_ms;
	int64_t		reported_at_ms;
	char		hold_reason[TABLE_ERROR_MAX];	/* of the record last held up */
} Loader;

/* What to do with a record. */
typedef enum Verdict
{
	RECORD_SETTLED,				/* its row is in the flow, or it makes none */
	RECORD_HELD					/* not yet */
} Verdict;

static int64_t
wall_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool
name_is(const char *name, const char *wanted)
{
	return strcmp(name, wanted) == 0;
}

/* Fills in the record's headers that are ours, or Debezium's about keys. */
static void
read_headers(const rd_kafka_message_t *message, Record *record)
{
	rd_kafka_headers_t *headers;
	const char *name;
	const void *value;
	size_t		size;

	if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) ==
		 RD_KAFKA_RESP_ERR_NO_ERROR; i++)
	{
		WfSlice		slice = wf_slice(value, size);

		if (name[0] != '_' || name[1] != '_')
			continue;
		if (name_is(name, "__walferry.schema"))
			record->schema = slice;
		else if (name_is(name, "__walferry.position"))
			record->position = slice;
		else if (name_is(name, "__walferry.unavailable"))
			record->unavailable = slice;
		else if (name_is(name, "__walferry.before"))
			record->before = slice;
		else if (name_is(name, "__debezium.oldkey"))
			record->old_key = slice;
	}
}

static void
read_record(const Partition *p, const rd_kafka_message_t *message, Record *record)
{
	rd_kafka_timestamp_type_t type;

	memset(record, 0, sizeof(*record));
	record->topic = p->topic;
	record->partition = p->partition;
	record->offset = message->offset;
	record->timestamp_ms = rd_kafka_message_timestamp(message, &type);
	record->key = wf_slice(message->key, message->key_len);
	record->value = wf_slice(message->payload, message->len);
	read_headers(message, record);
}

static Verdict
hold(Loader *loader, const char *reason)
{
	snprintf(loader->hold_reason, sizeof(loader->hold_reason), "%s", reason);
	return RECORD_HELD;
}

/* A record that can make no row is told, then passed over. */
static Verdict
pass_over(Loader *loader, const Record *record, const char *reason)
{
	if (dead_letters_send(loader->letters, record, reason))
		return RECORD_SETTLED;
	return hold(loader, "the dead-letter topic cannot be written");
}

/* The shape that the record names, and its table ready; NULL: not yet. */
static Shape *
find_shape(Loader *loader, Partition *p, const Record *record, int64_t now_ms)
{
	Shape	   *shape = p->shape;
	Table	   *table;

	if (shape == NULL || record->schema.length != SHAPE_FINGERPRINT_LENGTH ||
		memcmp(shape->fingerprint, record->schema.data, SHAPE_FINGERPRINT_LENGTH) != 0)
	{
		if (record->schema.data == NULL)
		{
			hold(loader, "the record has no header __walferry.schema, so its types are not known");
			return NULL;
		}
		shape = schema_store_find(loader->schemas, record->schema);
		if (shape == NULL)
		{
			schema_store_poll(loader->schemas, 0);
			shape = schema_store_find(loader->schemas, record->schema);
		}
		if (shape == NULL)
		{
			hold(loader, "the record's schema description is not in the topic of descriptions");
			return NULL;
		}
		p->shape = shape;
	}
	if (shape->target != NULL && shape->target->ready)
		return shape;
	table = tables_get(&loader->tables, shape);
	if (table == NULL || !table_prepare(&loader->tables, table, shape, now_ms))
	{
		hold(loader, table != NULL ? table->error : "out of memory");
		return NULL;
	}
	return shape;
}

static Verdict
take_row(Loader *loader, Partition *p, const Record *record, int64_t now_ms)
{
	Shape	   *shape = find_shape(loader, p, record, now_ms);
	RowWriter  *writer = &loader->writer;

	if (shape == NULL)
		return RECORD_HELD;
	switch (row_make(writer, record, shape, &shape->target->layout))
	{
		case ROW_MADE:
			if (!flow_add(&loader->flow, shape->target, wf_buffer_since(&writer->row, 0),
						  p->number, p->generation, record->offset, now_ms))
				return hold(loader, "out of memory");
			if (writer->overflow.length > 0)
				metric_add(METRIC_LOADER_OVERFLOW_ROWS, 1);
			return RECORD_SETTLED;
		case ROW_NONE:
			metric_add(METRIC_LOADER_OTHER_RECORDS, 1);
			return RECORD_SETTLED;
		case ROW_UNREADABLE:
		case ROW_TOO_LARGE:
			return pass_over(loader, record, writer->reason);
		default:
			return hold(loader, "out of memory");
	}
}

/* Deals with one record; `now_ms` may be some milliseconds old. */
static Verdict
take_record(Loader *loader, Partition *p, const rd_kafka_message_t *message, int64_t now_ms)
{
	Record		record;

	if (p->not_rows)
	{
		metric_add(METRIC_LOADER_OTHER_RECORDS, 1);
		return RECORD_SETTLED;
	}
	if (message->payload == NULL)
	{
		metric_add(METRIC_LOADER_TOMBSTONES, 1);
		return RECORD_SETTLED;
	}
	read_record(p, message, &record);
	if (record.schema.data == NULL && !row_is_event(&loader->writer, record.value))
		return pass_over(loader, &record, loader->writer.reason);
	return take_row(loader, p, &record, now_ms);
}

static void
settle(Partition *p, const rd_kafka_message_t *message)
{
	p->next = message->offset + 1;
	metric_add(METRIC_LOADER_RECORDS, 1);
}

static void
stand_still(Loader *loader, Partition *p)
{
	consumer_pause(loader->consumer, p->topic, p->partition);
	p->paused = true;
}

/* Reads on where it stopped; if that is not possible now, retry_held() tries again. */
static void
go_on(Loader *loader, Partition *p, int64_t now_ms)
{
	if (consumer_resume(loader->consumer, p->topic, p->partition, p->must_seek ? p->next : -1))
	{
		p->must_seek = false;
		p->paused = false;
	}
	else
		p->retry_at_ms = now_ms + HOLD_MAX_MS;
}

/* The partition stands still with this record until it can be dealt with. */
static void
hold_back(Loader *loader, Partition *p, rd_kafka_message_t *message, int64_t now_ms)
{
	int64_t		wait = HOLD_FIRST_MS;

	if (p->held == NULL)
	{
		stand_still(loader, p);
		p->held = message;
		p->held_since_ms = now_ms;
		p->attempts = 0;
		p->told = false;
	}
	for (int i = 0; i < p->attempts && wait < HOLD_MAX_MS; i++)
		wait *= 2;
	p->attempts++;
	p->retry_at_ms = now_ms + (wait < HOLD_MAX_MS ? wait : HOLD_MAX_MS);
	if (!p->told && now_ms - p->held_since_ms >= HOLD_TELL_MS)
	{
		p->told = true;
		log_write(LOG_LEVEL_ERROR, "bigquery",
				  "a partition stands still at a record that cannot be loaded yet; others go on",
				  log_text("topic", p->topic), log_int("partition", p->partition),
				  log_int("offset", message->offset), log_text("reason", loader->hold_reason));
	}
}

/* Tries the records again that were held back. */
static void
retry_held(Loader *loader, int64_t now_ms)
{
	int64_t		held = 0;

	for (int i = 0; i < loader->partitions.count; i++)
	{
		Partition  *p = loader->partitions.list[i];
		rd_kafka_message_t *message = p->held;

		if (message == NULL)
		{
			if (p->paused && !p->throttled && now_ms >= p->retry_at_ms)
				go_on(loader, p, now_ms);
			continue;
		}
		held++;
		if (now_ms < p->retry_at_ms || flow_is_full(&loader->flow))
			continue;
		if (take_record(loader, p, message, now_ms) == RECORD_HELD)
		{
			hold_back(loader, p, message, now_ms);
			continue;
		}
		settle(p, message);
		if (p->told)
			log_write(LOG_LEVEL_INFO, "bigquery", "a partition goes on",
					  log_text("topic", p->topic), log_int("partition", p->partition));
		p->held = NULL;
		rd_kafka_message_destroy(message);
		if (!p->throttled)
			go_on(loader, p, now_ms);
		held--;
	}
	metric_set(METRIC_LOADER_HELD_PARTITIONS, held);
}

/*
 * Offsets went back: the topic was made anew, or Kafka lost what it had.  What
 * is on its way settles nothing of what comes now.
 */
static void
begin_again(Partition *p, int64_t offset)
{
	log_write(LOG_LEVEL_WARNING, "bigquery",
			  "a topic begins again at a lower offset; it was made anew or lost records",
			  log_text("topic", p->topic), log_int("partition", p->partition),
			  log_int("offset", offset), log_int("expected_offset", p->next));
	p->generation++;
	p->next = -1;
	p->committed = -1;
}

/* Takes a record over from the consumer. */
static void
take_message(Loader *loader, rd_kafka_message_t *message, int64_t now_ms)
{
	Partition  *p = partitions_get(&loader->partitions, rd_kafka_topic_name(message->rkt),
								   message->partition);

	if (p == NULL || !p->assigned)
	{
		/* was on its way when the partition was taken from us */
		rd_kafka_message_destroy(message);
		return;
	}
	if (message->offset < p->next)
		begin_again(p, message->offset);
	if (p->paused)
	{
		/* was on its way when the partition was paused: read it again later */
		p->must_seek = true;
		if (p->next < 0)
			p->next = message->offset;
		rd_kafka_message_destroy(message);
		return;
	}
	if (take_record(loader, p, message, now_ms) == RECORD_HELD)
	{
		hold_back(loader, p, message, now_ms);
		return;
	}
	settle(p, message);
	rd_kafka_message_destroy(message);
}

/* Reads records until there are no more, or the turn is over.  True if any. */
static bool
read_records(Loader *loader, int64_t now_ms)
{
	int			count = 0;

	loader->writer.now_us = wall_clock_us();
	while (count < RECORDS_PER_TURN && !flow_is_full(&loader->flow))
	{
		rd_kafka_message_t *message = consumer_poll(loader->consumer);

		if (message == NULL)
			break;
		take_message(loader, message, now_ms);
		if (++count % 64 == 0 && control_now_ms() - now_ms > TURN_MS)
			break;
	}
	return count > 0;
}

/* Pauses everything when the buffer stays full, and lets it go on afterwards. */
static void
throttle(Loader *loader, int64_t now_ms)
{
	bool		full = flow_is_full(&loader->flow);

	if (!full)
		loader->full_since_ms = 0;
	else if (loader->full_since_ms == 0)
		loader->full_since_ms = now_ms;
	if (full && now_ms - loader->full_since_ms > FULL_BEFORE_PAUSE_MS)
	{
		for (int i = 0; i < loader->partitions.count; i++)
		{
			Partition  *p = loader->partitions.list[i];

			if (p->assigned && !p->throttled)
			{
				p->throttled = true;
				stand_still(loader, p);
			}
		}
		loader->throttled = true;
	}
	else if (!full && loader->throttled)
	{
		for (int i = 0; i < loader->partitions.count; i++)
		{
			Partition  *p = loader->partitions.list[i];

			if (p->assigned && p->throttled && p->held == NULL)
				go_on(loader, p, now_ms);
			p->throttled = false;
		}
		loader->throttled = false;
	}
	if (loader->throttled)
	{
		/* nothing comes, but rebalances are served, and the group sees us alive */
		rd_kafka_message_t *message = consumer_poll(loader->consumer);

		if (message != NULL)
			take_message(loader, message, now_ms);
	}
}

/* The offset up to which everything of a partition is settled; -1: nothing. */
static int64_t
settled_offset(const Loader *loader, const Partition *p)
{
	int64_t		first;

	if (!p->assigned || p->next < 0)
		return -1;
	first = flow_first_offset(&loader->flow, p->number, p->generation);
	return first >= 0 && first < p->next ? first : p->next;
}

/* Commits what is settled and not committed yet.  wait: until Kafka has it. */
static bool
commit(Loader *loader, bool wait)
{
	rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(8);
	bool		again = consumer_commit_failed(loader->consumer);
	bool		ok = true;

	for (int i = 0; i < loader->partitions.count; i++)
	{
		Partition  *p = loader->partitions.list[i];
		int64_t		settled = settled_offset(loader, p);

		if (settled > p->committed || (again && settled >= 0))
			rd_kafka_topic_partition_list_add(offsets, p->topic, p->partition)->offset = settled;
	}
	if (offsets->cnt > 0)
		ok = consumer_commit(loader->consumer, offsets, wait);
	for (int i = 0; ok && i < offsets->cnt; i++)
	{
		Partition  *p = partitions_get(&loader->partitions, offsets->elems[i].topic,
									   offsets->elems[i].partition);

		p->committed = offsets->elems[i].offset;
	}
	rd_kafka_topic_partition_list_destroy(offsets);
	return ok;
}

static int64_t
on_assigned(void *host, const char *topic, int32_t partition, int64_t committed)
{
	Loader	   *loader = host;
	Partition  *p = partitions_get(&loader->partitions, topic, partition);
	const char *prefix = loader->config->format.topic_prefix.bytes;
	size_t		length = strlen(prefix);
	int64_t		begin;

	if (p == NULL)
		return committed;
	partition_reset(p);
	p->assigned = true;
	/* the topics of the format that hold no rows */
	p->not_rows = strncmp(topic, prefix, length) == 0 &&
		(strcmp(topic + length, ".transaction") == 0 || strcmp(topic + length, ".message") == 0);
	begin = loader->sink->recover(loader->sink, topic, partition, committed);
	p->committed = committed;
	metric_add(METRIC_LOADER_PARTITIONS, 1);
	log_write(LOG_LEVEL_DEBUG, "bigquery", "a partition is ours", log_text("topic", topic),
			  log_int("partition", partition), log_int("offset", begin));
	return begin;
}

static bool
has_open_rows(const Loader *loader, const rd_kafka_topic_partition_list_t *partitions)
{
	for (int i = 0; i < partitions->cnt; i++)
	{
		for (int j = 0; j < loader->partitions.count; j++)
		{
			const Partition *p = loader->partitions.list[j];

			if (p->assigned && p->partition == partitions->elems[i].partition &&
				strcmp(p->topic, partitions->elems[i].topic) == 0 &&
				flow_first_offset(&loader->flow, p->number, p->generation) >= 0)
				return true;
		}
	}
	return false;
}

static void
on_revoked(void *host, const rd_kafka_topic_partition_list_t *partitions, bool lost)
{
	Loader	   *loader = host;
	int64_t		deadline = control_now_ms() + REVOKE_FLUSH_MS;

	while (!lost && has_open_rows(loader, partitions) && control_now_ms() < deadline &&
		   control_stop() != CONTROL_NOW)
	{
		status_beat(LEG_LOADER);
		if (!flow_turn(&loader->flow, true, control_now_ms()))
			loader->sink->wait(loader->sink, NULL, 0, 50);
	}
	if (!lost)
		commit(loader, true);
	for (int i = 0; i < partitions->cnt; i++)
	{
		Partition  *p = partitions_get(&loader->partitions, partitions->elems[i].topic,
									   partitions->elems[i].partition);

		if (p != NULL && p->assigned)
		{
			partition_reset(p);
			metric_add(METRIC_LOADER_PARTITIONS, -1);
		}
	}
	log_write(LOG_LEVEL_DEBUG, "bigquery", "partitions are no longer ours",
			  log_int("count", partitions->cnt), log_int("lost", lost));
}

/* The first thing that keeps a partition or a table from going on, or NULL. */
static const char *
standing_fault(const Loader *loader)
{
	for (const Table *table = loader->tables.first; table != NULL; table = table->next)
	{
		if (table->misfit)
			return table->error;
	}
	for (int i = 0; i < loader->partitions.count; i++)
	{
		if (loader->partitions.list[i]->told)
			return loader->hold_reason;
	}
	return NULL;
}

static void
report_state(Loader *loader)
{
	const char *fault;

	if (!consumer_connected(loader->consumer, CONNECT_PROBE_MS))
		status_set(LEG_LOADER, LEG_WAITING, consumer_error(loader->consumer));
	else if (loader->flow.failing)
		status_set(LEG_LOADER, LEG_WAITING, loader->flow.error);
	else
	{
		fault = standing_fault(loader);
		status_set(LEG_LOADER, LEG_RUNNING, fault != NULL ? fault : "");
	}
}

static void
report(Loader *loader, int64_t now_ms)
{
	int64_t		oldest = flow_oldest_ms(&loader->flow);
	int64_t		lag = 0;

	loader->reported_at_ms = now_ms;
	for (int i = 0; i < loader->partitions.count; i++)
	{
		const Partition *p = loader->partitions.list[i];

		if (p->assigned)
			lag += consumer_lag(loader->consumer, p->topic, p->partition,
								p->next >= 0 ? p->next : (p->committed >= 0 ? p->committed : 0));
	}
	metric_set(METRIC_LOADER_LAG, lag);
	metric_set(METRIC_LOADER_OLDEST_ROW, oldest == INT64_MAX ? 0 : now_ms - oldest);
	report_state(loader);
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

		if (p->held != NULL && p->retry_at_ms < until)
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
turn(Loader *loader)
{
	int64_t		now_ms = control_now_ms();
	bool		moved;

	status_beat(LEG_LOADER);
	moved = flow_turn(&loader->flow, false, now_ms);
	retry_held(loader, now_ms);
	throttle(loader, now_ms);
	if (!loader->throttled)
		moved = read_records(loader, now_ms) || moved;
	schema_store_poll(loader->schemas, 0);
	if (now_ms - loader->committed_at_ms >= COMMIT_INTERVAL_MS)
	{
		commit(loader, false);
		loader->committed_at_ms = now_ms;
	}
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
	static const ConsumerCallbacks callbacks = {on_assigned, on_revoked};

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
	loader->consumer = consumer_open(config, &callbacks, loader);
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

int
loader_run(const Config *config)
{
	Loader	   *loader = calloc(1, sizeof(Loader));
	bool		drained;

	status_set(LEG_LOADER, LEG_STARTING, "");
	if (loader == NULL || !open_all(loader, config))
	{
		status_set(LEG_LOADER, LEG_FAILED, "the loader could not start; see the log");
		if (loader != NULL)
			close_all(loader);
		return EXIT_FAILED;
	}
	while (control_stop() == CONTROL_RUN)
		turn(loader);
	drained = drain(loader);
	if (!drained)
		log_write(LOG_LEVEL_WARNING, "bigquery",
				  "stopped before all rows were delivered; Kafka keeps them",
				  log_int("batches", loader->flow.batch_count));
	close_all(loader);
	status_set(LEG_LOADER, LEG_STOPPED, NULL);
	return drained ? EXIT_OK : EXIT_NOT_DRAINED;
}
