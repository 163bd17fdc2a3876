/*
 * intake.c
 *		Records from Kafka become rows in the flow.
 *
 * A record that cannot be dealt with yet (its schema description has not come,
 * its table cannot be had) holds up its own topic-partition only: the consumer
 * pauses it, and the record is read again once what it waits for is there.
 *
 * A partition that goes on after a pause always begins at an offset that we
 * name.  librdkafka drops what it had read ahead when it pauses, and where it
 * would go on by itself is behind that, unless a record was polled since the
 * last seek.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/loader.h"

#include <stdio.h>

#include "shipper/bigquery/origin.h"
#include "shipper/bigquery/share.h"
#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

#define RECORDS_PER_TURN 2000

/* A schema description that has not come: how often to look, and when to say so. */
#define HOLD_FIRST_MS 100
#define HOLD_MAX_MS 5000
#define HOLD_READ_MAX_MS 30000	/* if looking means reading the record again */
#define HOLD_TELL_MS 10000

/* A record that does not come when it is read again is there no more. */
#define HOLD_GONE_MS 15000

/* Nothing that is waited for makes such a record readable. */
#define NO_SCHEMA_HEADER \
	"the record has no header __walferry.schema, so the types of its columns are not known: the " \
	"loader reads what walferry writes with walferry.headers.enabled=true; delete the record, " \
	"move the consumer group's offset past it, or give its producer another topic.prefix"

/* So long may the buffer be full before the partitions are paused: a group
 * member that does not poll for POLL_INTERVAL_MS is thrown out. */
#define FULL_BEFORE_PAUSE_MS 10000

/* What to do with a record. */
typedef enum Verdict
{
	RECORD_SETTLED,				/* its row is in the flow, or it makes none */
	RECORD_HELD					/* not yet */
} Verdict;

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
		else if (name_is(name, "__walferry.defaulted"))
			record->defaulted = slice;
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
hold(Loader *loader, HeldFor what, const char *reason)
{
	snprintf(loader->hold_reason, sizeof(loader->hold_reason), "%s", reason);
	loader->hold_for = what;
	loader->hold_tell_now = false;
	loader->hold_silently = false;
	return RECORD_HELD;
}

/* A record that can make no row is told, then passed over. */
static Verdict
pass_over(Loader *loader, const Record *record, const char *reason)
{
	if (dead_letters_send(loader->letters, record, reason))
		return RECORD_SETTLED;
	return hold(loader, HELD_FOR_TIME, "the dead-letter topic cannot be written");
}

/* The shape that a fingerprint names; NULL: there is no description (yet). */
static Shape *
find_description(Loader *loader, WfSlice fingerprint)
{
	Shape	   *shape = schema_store_find(loader->schemas, fingerprint);
	char		reason[TABLE_ERROR_MAX];

	if (shape == NULL)
	{
		schema_store_poll(loader->schemas, 0);
		shape = schema_store_find(loader->schemas, fingerprint);
	}
	if (shape == NULL)
	{
		schema_store_explain(loader->schemas, fingerprint, reason, sizeof(reason));
		hold(loader, HELD_FOR_DESCRIPTION, reason);
	}
	return shape;
}

/* May rows of the shape be made? */
static bool
have_table(Loader *loader, Shape *shape, int64_t now_ms)
{
	Table	   *table = shape->target;

	if (table == NULL || !table->ready)
	{
		table = tables_get(&loader->tables, shape);
		if (table == NULL || !table_prepare(&loader->tables, table, shape, now_ms))
		{
			hold(loader, HELD_FOR_TABLE, table != NULL ? table->error : "out of memory");
			return false;
		}
	}
	if (share_is_used_up(loader, table, now_ms))
	{
		/* told of the table; it may have many partitions */
		hold(loader, HELD_FOR_TABLE, table_fault(table));
		loader->hold_silently = true;
		return false;
	}
	return true;
}

/* The shape that the record names, and its table ready; NULL: not yet. */
static Shape *
find_shape(Loader *loader, Partition *p, const Record *record, int64_t now_ms)
{
	Shape	   *shape = p->shape;

	if (shape == NULL || record->schema.length != SHAPE_FINGERPRINT_LENGTH ||
		memcmp(shape->fingerprint, record->schema.data, SHAPE_FINGERPRINT_LENGTH) != 0)
	{
		if (record->schema.length != SHAPE_FINGERPRINT_LENGTH)
		{
			hold(loader, HELD_FOR_TIME, NO_SCHEMA_HEADER);
			loader->hold_tell_now = true;
			return NULL;
		}
		shape = find_description(loader, record->schema);
		if (shape == NULL)
		{
			memcpy(p->held_schema, record->schema.data, SHAPE_FINGERPRINT_LENGTH);
			return NULL;
		}
		p->shape = shape;
	}
	return have_table(loader, shape, now_ms) ? shape : NULL;
}

/* Was the record, whose description we do not have, captured under another prefix? */
static bool
is_of_another_prefix(Loader *loader, Partition *p, const Record *record)
{
	const WfText *prefix = &loader->config->format.topic_prefix;

	if (!origin_is_another(record->value, wf_slice(prefix->bytes, prefix->length)))
		return false;
	metric_add(METRIC_LOADER_OTHER_RECORDS, 1);
	if (!p->foreign_told)
		log_write(LOG_LEVEL_WARNING, "bigquery",
				  "records captured under another topic.prefix are passed over",
				  log_text("topic", p->topic), log_int("partition", p->partition),
				  log_int("offset", record->offset), log_text("topic.prefix", prefix->bytes));
	p->foreign_told = true;
	return true;
}

static Verdict
take_row(Loader *loader, Partition *p, const Record *record, int64_t now_ms)
{
	Shape	   *shape = find_shape(loader, p, record, now_ms);
	RowWriter  *writer = &loader->writer;

	if (shape == NULL)
		return loader->hold_for == HELD_FOR_DESCRIPTION &&
			is_of_another_prefix(loader, p, record) ? RECORD_SETTLED : RECORD_HELD;
	switch (row_make(writer, record, shape, &shape->target->layout))
	{
		case ROW_MADE:
			if (!flow_add(&loader->flow, shape->target, wf_buffer_since(&writer->row, 0),
						  p->number, p->generation, record->offset, now_ms))
				return hold(loader, HELD_FOR_TIME, "out of memory");
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
			return hold(loader, HELD_FOR_TIME, "out of memory");
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
	if (p->held == HELD_NOT)
		return;
	if (p->told)
		log_write(LOG_LEVEL_INFO, "bigquery", "a partition goes on",
				  log_text("topic", p->topic), log_int("partition", p->partition));
	p->held = HELD_NOT;
}

static void
stand_still(Loader *loader, Partition *p)
{
	consumer_pause(loader->consumer, p->topic, p->partition);
	p->paused = true;
}

/* Reads on where it stopped; if that is not possible now, intake_retry_held() tries again. */
static void
go_on(Loader *loader, Partition *p, int64_t now_ms)
{
	if (consumer_resume(loader->consumer, p->topic, p->partition, p->next))
	{
		p->paused = false;
		p->gone_at_ms = now_ms + HOLD_GONE_MS;
	}
	else
		p->retry_at_ms = now_ms + HOLD_MAX_MS;
}

/* The record that a partition is held for still has to wait: till when, and who is told. */
static void
wait_longer(Loader *loader, Partition *p, int64_t now_ms)
{
	int64_t		most = p->held == HELD_FOR_TIME ? HOLD_READ_MAX_MS : HOLD_MAX_MS;
	int64_t		wait = HOLD_FIRST_MS;

	for (int i = 0; i < p->attempts && wait < most; i++)
		wait *= 2;
	p->attempts++;
	p->retry_at_ms = now_ms + (wait < most ? wait : most);
	if (!p->told && !loader->hold_silently &&
		(loader->hold_tell_now || now_ms - p->held_since_ms >= HOLD_TELL_MS))
	{
		p->told = true;
		p->told_offset = p->held_offset;
		log_write(LOG_LEVEL_ERROR, "bigquery", "a partition stands still",
				  log_text("topic", p->topic), log_int("partition", p->partition),
				  log_int("offset", p->held_offset), log_text("reason", loader->hold_reason));
	}
}

/* The partition stands still before this record until it can be dealt with. */
static void
hold_back(Loader *loader, Partition *p, int64_t offset, int64_t now_ms)
{
	stand_still(loader, p);
	p->next = offset;
	if (p->held == HELD_NOT || p->held_offset != offset)
	{
		p->held_offset = offset;
		p->held_since_ms = now_ms;
		p->attempts = 0;
		p->told = p->told_offset == offset;
	}
	p->held = loader->hold_for;
	wait_longer(loader, p, now_ms);
}

/* Is there what a partition's record waited for?  If not, the reason is noted. */
static bool
is_worth_reading(Loader *loader, Partition *p, int64_t now_ms)
{
	switch (p->held)
	{
		case HELD_FOR_DESCRIPTION:
			return find_description(loader,
									wf_slice(p->held_schema, SHAPE_FINGERPRINT_LENGTH)) != NULL;
		case HELD_FOR_TABLE:
			return have_table(loader, p->shape, now_ms);
		default:
			return true;
	}
}

void
intake_read_again(Loader *loader, const BatchRange *range, int64_t now_ms)
{
	Partition  *p = loader->partitions.list[range->partition];

	if (!p->assigned || p->generation != range->generation || range->first >= p->next)
		return;
	p->next = range->first;
	p->held = HELD_NOT;
	if (!p->paused)
		stand_still(loader, p);
	p->retry_at_ms = now_ms + HOLD_FIRST_MS;
}

static void
retry_partition(Loader *loader, Partition *p, int64_t now_ms)
{
	if (now_ms < p->retry_at_ms || p->throttled)
		return;
	if (p->held != HELD_NOT && flow_is_full(&loader->flow))
		p->retry_at_ms = now_ms + HOLD_FIRST_MS;
	else if (is_worth_reading(loader, p, now_ms))
		go_on(loader, p, now_ms);
	else
		wait_longer(loader, p, now_ms);
}

/* Each turn begins where the last one stopped for want of time. */
void
intake_retry_held(Loader *loader, int64_t now_ms)
{
	int64_t		deadline = control_now_ms() + LOADER_TURN_MS;
	int			count = loader->partitions.count;
	int			first = loader->retry_from;
	int64_t		held = 0;

	loader->retry_from = 0;
	for (int i = 0; i < count; i++)
	{
		int			number = (first + i) % count;
		Partition  *p = loader->partitions.list[number];

		if (p->held != HELD_NOT && !p->paused && now_ms >= p->gone_at_ms)
			p->held = HELD_NOT;
		if (p->held != HELD_NOT)
			held++;
		if (!p->paused)
			continue;
		if (loader->retry_from == 0 && control_now_ms() > deadline)
			loader->retry_from = number;
		if (loader->retry_from == 0)
			retry_partition(loader, p, now_ms);
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
			  log_int("offset", offset), log_int("expected_offset", partition_expected_offset(p)));
	p->generation++;
	p->next = -1;
	p->committed = -1;
	p->told_offset = -1;
	p->held = HELD_NOT;
}

/*
 * Records may be missing between what was read and this one because Kafka has
 * removed them: then it has nothing that is older any more.  (Other holes are
 * the marks of transactions, and compaction.)
 */
static void
look_for_gap(Loader *loader, const Partition *p, int64_t offset)
{
	int64_t		expected = partition_expected_offset(p);
	int64_t		first;

	if (expected < 0 || offset <= expected)
		return;
	first = consumer_first_offset(loader->consumer, p->topic, p->partition);
	if (first <= expected || offset < first)
		return;
	metric_add(METRIC_LOADER_GAPS, 1);
	metric_add(METRIC_LOADER_ERRORS, 1);
	log_write(LOG_LEVEL_ERROR, "bigquery",
			  "Kafka removed records before they were loaded: the history has a gap; keep the topic's "
			  "records longer (retention.ms, retention.bytes) and load the table again",
			  log_text("topic", p->topic), log_int("partition", p->partition),
			  log_int("from_offset", expected), log_int("to_offset", offset));
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
	if (message->offset < partition_expected_offset(p))
		begin_again(p, message->offset);
	if (!p->paused)
		look_for_gap(loader, p, message->offset);
	if (loader->throttled && !p->paused)
	{
		/* it had no record yet, and so no place to go on at */
		p->throttled = true;
		stand_still(loader, p);
	}
	if (p->paused)
	{
		/* was on its way when the partition was paused: read it again later */
		if (p->next < 0)
			p->next = message->offset;
	}
	else if (take_record(loader, p, message, now_ms) == RECORD_HELD)
		hold_back(loader, p, message->offset, now_ms);
	else
		settle(p, message);
	rd_kafka_message_destroy(message);
}

static rd_kafka_message_t *
poll_consumer(Loader *loader)
{
	loader->polled_at_ms = control_now_ms();
	return consumer_poll(loader->consumer);
}

bool
intake_read(Loader *loader, int64_t now_ms)
{
	int64_t		deadline = control_now_ms() + LOADER_TURN_MS;
	int			count = 0;

	loader->writer.now_us = control_wall_clock_us();
	while (count < RECORDS_PER_TURN && !flow_is_full(&loader->flow))
	{
		rd_kafka_message_t *message = poll_consumer(loader);

		if (message == NULL)
			break;
		take_message(loader, message, now_ms);
		count++;
		if (control_now_ms() > deadline)
			break;
	}
	return count > 0;
}

void
intake_throttle(Loader *loader, int64_t now_ms)
{
	bool		full = flow_is_full(&loader->flow);

	if (full && (loader->throttled ||
				 control_now_ms() - loader->polled_at_ms > FULL_BEFORE_PAUSE_MS))
	{
		for (int i = 0; i < loader->partitions.count; i++)
		{
			Partition  *p = loader->partitions.list[i];

			if (p->assigned && !p->throttled && p->next >= 0)
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

			/*
			 * intake_retry_held() lets them go on, as far as nothing else is
			 * wrong
			 */
			if (p->throttled && p->held == HELD_NOT)
				p->retry_at_ms = now_ms;
			p->throttled = false;
		}
		loader->throttled = false;
	}
	if (loader->throttled)
	{
		/* nothing comes, but rebalances are served, and the group sees us alive */
		rd_kafka_message_t *message = poll_consumer(loader);

		if (message != NULL)
			take_message(loader, message, now_ms);
	}
}

void
intake_discard(Loader *loader)
{
	rd_kafka_message_t *message;

	for (int i = 0; i < loader->partitions.count; i++)
	{
		Partition  *p = loader->partitions.list[i];

		if (p->assigned && !p->paused)
			stand_still(loader, p);
	}

	/*
	 * what comes all the same is not settled, so it is read again by the next
	 * process
	 */
	while ((message = poll_consumer(loader)) != NULL)
		rd_kafka_message_destroy(message);
}
