/*
 * partition.c
 *		The topic-partitions that are, or were, ours.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/partition.h"

#include <stdlib.h>

static bool
matches(const Partition *p, const char *topic, int32_t partition)
{
	return p->partition == partition && strcmp(p->topic, topic) == 0;
}

Partition *
partitions_get(Partitions *partitions, const char *topic, int32_t partition)
{
	Partition **list;
	Partition  *p;

	if (partitions->last != NULL && matches(partitions->last, topic, partition))
		return partitions->last;
	for (int i = 0; i < partitions->count; i++)
	{
		if (matches(partitions->list[i], topic, partition))
			return partitions->last = partitions->list[i];
	}
	if (partitions->count >= PARTITIONS_MAX)
		return NULL;
	list = realloc(partitions->list, sizeof(Partition *) * (size_t) (partitions->count + 1));
	if (list == NULL)
		return NULL;
	partitions->list = list;
	p = calloc(1, sizeof(Partition));
	if (p == NULL || (p->topic = strdup(topic)) == NULL)
	{
		free(p);
		return NULL;
	}
	p->partition = partition;
	p->number = partitions->count;
	p->next = -1;
	p->committed = -1;
	p->told_offset = -1;
	list[partitions->count++] = p;
	return partitions->last = p;
}

void
partition_reset(Partition *partition)
{
	partition->held = HELD_NOT;
	partition->assigned = false;
	partition->next = -1;
	partition->committed = -1;
	partition->attempts = 0;
	partition->told = false;
	partition->throttled = false;
	partition->paused = false;
	partition->generation++;
}

void
partitions_free(Partitions *partitions)
{
	for (int i = 0; i < partitions->count; i++)
	{
		partition_reset(partitions->list[i]);
		free(partitions->list[i]->topic);
		free(partitions->list[i]);
	}
	free(partitions->list);
	memset(partitions, 0, sizeof(*partitions));
}
