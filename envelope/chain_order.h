/*
 * chain_order.h
 *		Which transforms cannot stand behind which, whatever the table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CHAIN_ORDER_H
#define WALFERRY_CHAIN_ORDER_H

#include "transform.h"

/* Behind "asks for the name of a topic that rows decide, ": which transform lets them. */
#define WF_BY_FIELD "by route.by.field of a transform before it; put it before that"
#define WF_BY_EVENT_ROUTER "by the EventRouter before it; put it before that"

/* Does it ask for the topic, although only the rows will tell that? */
extern bool wf_transform_needs_topic(const WfTransform *transform);

/* Has it nothing to do with what an EventRouter has made, whatever its topic? */
extern bool wf_transform_wants_envelopes(const WfTransform *transform);

/*
 * Whether each transform could do its work with some table.  What a predicate can
 * keep from a table is left to wf_chain_plan().  False with a sentence in error, as
 * wf_transforms_read() makes them.
 */
extern bool wf_chain_check_order(const WfTransforms *transforms, WfBuffer *error);

#endif							/* WALFERRY_CHAIN_ORDER_H */
