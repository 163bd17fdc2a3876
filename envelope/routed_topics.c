/*
 * routed_topics.c
 *		Topics that depend on a row's value: a small set-associative table.
 *
 * A value belongs into one set of four places and takes the one whose turn it
 * is.  That needs no lists, no deletions and no memory but the table's own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "routed_topics.h"

/* FNV-1a, 32 bits */
static uint32_t
hash(uint8_t scope, WfSlice value)
{
	uint32_t	result = UINT32_C(2166136261);

	result = (result ^ scope) * UINT32_C(16777619);
	for (size_t i = 0; i < value.length; i++)
		result = (result ^ (uint8_t) value.data[i]) * UINT32_C(16777619);
	return result ^ result >> 16;
}

static uint32_t
set_of(uint8_t scope, WfSlice value)
{
	return hash(scope, value) % WF_ROUTED_TOPICS_SETS;
}

WfRoutedTopic *
wf_routed_topics_find(WfRoutedTopics *topics, uint8_t scope, WfSlice value)
{
	WfRoutedTopic *places = topics->places[set_of(scope, value)];

	for (int way = 0; way < WF_ROUTED_TOPICS_WAYS; way++)
	{
		WfRoutedTopic *place = &places[way];

		if (place->scope == scope && place->value_length == value.length &&
			memcmp(place->value, value.data, value.length) == 0)
			return place;
	}
	return NULL;
}

WfRoutedTopic *
wf_routed_topics_add(WfRoutedTopics *topics, uint8_t scope, WfSlice value, WfSlice name)
{
	uint32_t	set = set_of(scope, value);
	uint8_t		way = topics->next_way[set];
	WfRoutedTopic *place = &topics->places[set][way];

	topics->next_way[set] = (uint8_t) ((way + 1) % WF_ROUTED_TOPICS_WAYS);
	place->told = false;
	place->scope = scope;
	place->value_length = (uint8_t) value.length;
	place->name_length = (uint8_t) name.length;
	memcpy(place->value, value.data, value.length);
	memcpy(place->name, name.data, name.length);
	return place;
}
