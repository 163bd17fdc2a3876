/*
 * routed_topics.h
 *		Topics that depend on a row's value: which names, under which ids.
 *
 * A table's topic is known with its plan; a topic that a column names is known
 * only with the row, and there may be any number of them.  This table remembers
 * the last WF_ROUTED_TOPICS_MAX, so that a name is made (a regular expression)
 * and told to the frame's reader once and not per row.  A place keeps its id: a
 * value that takes over the place of another tells the id anew, which frames may
 * from version 3 on.  So the table works for any number of topics, only slower.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ROUTED_TOPICS_H
#define WALFERRY_ROUTED_TOPICS_H

#include "options.h"

#define WF_ROUTED_TOPICS_SETS 256
#define WF_ROUTED_TOPICS_WAYS 4
#define WF_ROUTED_TOPICS_MAX (WF_ROUTED_TOPICS_SETS * WF_ROUTED_TOPICS_WAYS)

/* Longer values are not remembered; the caller looks for the name in their place. */
#define WF_ROUTED_VALUE_MAX WF_TOPIC_LENGTH_MAX

typedef struct WfRoutedTopic
{
	uint32_t	id;				/* of frame output, the place's own; 0: never told */
	bool		told;			/* the id stands for this name */
	uint8_t		scope;			/* who asks; 0: the place is empty */
	uint8_t		value_length;
	uint8_t		name_length;
	char		value[WF_ROUTED_VALUE_MAX];
	char		name[WF_TOPIC_LENGTH_MAX];
} WfRoutedTopic;

typedef struct WfRoutedTopics
{
	WfRoutedTopic places[WF_ROUTED_TOPICS_SETS][WF_ROUTED_TOPICS_WAYS];
	uint8_t		next_way[WF_ROUTED_TOPICS_SETS];	/* gives way next */
} WfRoutedTopics;

/* The place of the value, up to WF_ROUTED_VALUE_MAX bytes; NULL: none has it. */
extern WfRoutedTopic *wf_routed_topics_find(WfRoutedTopics *topics, uint8_t scope, WfSlice value);

/*
 * Gives the value, which no place has, a place, and with it the name: 1 to
 * WF_TOPIC_LENGTH_MAX bytes.  Another may lose its own for it.
 */
extern WfRoutedTopic *wf_routed_topics_add(WfRoutedTopics *topics, uint8_t scope, WfSlice value,
										   WfSlice name);

#endif							/* WALFERRY_ROUTED_TOPICS_H */
