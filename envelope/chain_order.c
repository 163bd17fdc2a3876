/*
 * chain_order.c
 *		Which transforms cannot stand behind which, whatever the table.
 *
 * Told when the chain is read, before there is a table: a slot that has been made, and
 * stops at its first row, keeps the server's WAL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "chain_order.h"

bool
wf_transform_needs_topic(const WfTransform *transform)
{
	return transform->predicate != NULL || transform->kind == WF_TRANSFORM_TABLE_ROUTER ||
		transform->kind == WF_TRANSFORM_TOPIC_ROUTER ||
		transform->kind == WF_TRANSFORM_REGEX_ROUTER;
}

bool
wf_transform_wants_envelopes(const WfTransform *transform)
{
	return transform->kind == WF_TRANSFORM_UNWRAP || transform->kind == WF_TRANSFORM_CHANGED ||
		transform->kind == WF_TRANSFORM_OUTBOX || transform->kind == WF_TRANSFORM_DECODE;
}

static bool
is_routed_by_field(const WfTransform *transform)
{
	return transform->kind == WF_TRANSFORM_UNWRAP &&
		transform->as.unwrap.route_by_field[0] != '\0';
}

bool
wf_chain_check_order(const WfTransforms *transforms, WfBuffer *error)
{
	const WfTransform *routed_by_row = NULL;
	bool		are_envelopes = true;	/* of all tables */

	for (int i = 0; i < transforms->count; i++)
	{
		const WfTransform *transform = &transforms->transforms[i];
		bool		is_passed = routed_by_row != NULL &&
		routed_by_row->kind == WF_TRANSFORM_OUTBOX &&
		wf_transform_wants_envelopes(transform);

		if (routed_by_row != NULL && !is_passed && wf_transform_needs_topic(transform))
			return wf_transform_refuse(error, transform,
									   transform->predicate != NULL ? "predicate" : "type",
									   routed_by_row->kind == WF_TRANSFORM_OUTBOX ?
									   "asks for the name of a topic that rows decide, " WF_BY_EVENT_ROUTER :
									   "asks for the name of a topic that rows decide, " WF_BY_FIELD);
		if (are_envelopes && transform->predicate == NULL &&
			(transform->kind == WF_TRANSFORM_OUTBOX || is_routed_by_field(transform)))
			routed_by_row = transform;
		are_envelopes &= transform->kind != WF_TRANSFORM_OUTBOX &&
			transform->kind != WF_TRANSFORM_UNWRAP;
	}
	return true;
}
