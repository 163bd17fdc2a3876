/*
 * assignment.c
 *		Topic-partitions come and go, and Kafka learns how far each is settled.
 *
 * An offset is committed once BigQuery has the rows of everything before it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "envelope/relation.h"
#include "shipper/bigquery/loader.h"

#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

#define REVOKE_FLUSH_MS 5000	/* what a rebalance may wait for us */

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

bool
assignment_commit(Loader *loader, bool wait)
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

/* Is it one of the format's topics that hold no rows? */
static bool
holds_no_rows(const Loader *loader, const char *topic)
{
	const WfOptions *format = &loader->config->format;
	const WfText *last_part = &format->topic_transaction;
	char		room[WF_TOPIC_LENGTH_MAX];
	WfBuffer	name = {.data = room, .capacity = sizeof(room), .ceiling = sizeof(room)};

	wf_topic_name(&name, format, wf_slice(last_part->bytes, last_part->length), WF_LITERAL(""));
	if (wf_slice_equal(wf_buffer_since(&name, 0), wf_slice_of(topic)))
		return true;
	wf_buffer_cut(&name, 0);
	wf_message_topic_name(&name, format);
	return wf_slice_equal(wf_buffer_since(&name, 0), wf_slice_of(topic));
}

static int64_t
on_assigned(void *host, const char *topic, int32_t partition, int64_t committed)
{
	Loader	   *loader = host;
	Partition  *p = partitions_get(&loader->partitions, topic, partition);
	int64_t		begin;

	if (p == NULL)
		return committed;
	partition_reset(p);
	p->assigned = true;
	p->not_rows = holds_no_rows(loader, topic);
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

	loader->rest.http.deadline_ms = deadline;
	while (!lost && has_open_rows(loader, partitions) && control_now_ms() < deadline &&
		   control_stop() != CONTROL_NOW)
	{
		status_beat(LEG_LOADER);
		if (!flow_turn(&loader->flow, true, control_now_ms()))
			loader->sink->wait(loader->sink, NULL, 0, 50);
	}
	if (!lost)
		assignment_commit(loader, true);
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

const ConsumerCallbacks assignment_callbacks = {on_assigned, on_revoked};
