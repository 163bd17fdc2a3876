/*
 * chain_plan.h
 *		What a chain of transforms makes of the records of one topic.
 *
 * Predicates and routers look at names of topics only, so that all is decided
 * once, when a table's row plan is built or a session begins.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CHAIN_PLAN_H
#define WALFERRY_CHAIN_PLAN_H

#include "json.h"
#include "relation.h"
#include "transform.h"

#define WF_KEY_MEMBERS_MAX 4	/* that routers add to a key */

/* A member that a router adds to keys: `"name":"value"`. */
typedef struct WfKeyMember
{
	const WfTransform *router;
	const char *name;
	WfText		value;
} WfKeyMember;

/* How a schema is called: after which topic, and how that is made fit for Avro. */
typedef struct WfSchemaName
{
	bool		renamed;		/* by a router; else the connector's names stay */
	WfText		topic;
	int			adjustment;		/* a WfNameAdjustment */
} WfSchemaName;

typedef struct WfChainPlan
{
	WfText		topic;			/* where records go */
	WfSchemaName key_schema;
	WfSchemaName value_schema;	/* of the row and of the envelope */
	int			key_member_count;
	WfKeyMember key_members[WF_KEY_MEMBERS_MAX];
	int			changed_count;
	const WfTransform *changed[WF_CHANGED_MAX];
	const WfTransform *unwrap;	/* NULL: envelopes stay envelopes */
	WfDrops		drops;
	const WfTransform *event_router;	/* NULL: none makes records of its own */
	const WfTransform *decode;	/* NULL: messages stay messages */
} WfChainPlan;

/* What the records of a topic are. */
typedef enum WfChainRecords
{
	WF_CHAIN_OTHERS,			/* of a form of their own, which only routers change */
	WF_CHAIN_EVENTS,			/* a table's events, in envelopes */
	WF_CHAIN_MESSAGES			/* which can become envelopes */
} WfChainRecords;

/*
 * Decides for the topic.  transforms may be NULL.  schema_names: how the connector
 * makes names fit for Avro.  False with a sentence in error, without a full
 * stop, if it could not be decided or comes to no good.
 */
extern bool wf_chain_plan(WfChainPlan *plan, WfTransforms *transforms, WfSlice topic,
						  int schema_names, WfChainRecords records, WfBuffer *error);

/*
 * Whether the table's key can take what routers add to it: none of its members has such a
 * name, with which the object would have it twice.  False with a sentence in error.
 */
extern bool wf_chain_check_key(const WfChainPlan *plan, const WfOptions *options,
							   const WfRelation *relation, WfBuffer *error);

/* Appends what routers add to a key that has members: `,"name":"value"…}`, or nothing. */
extern void wf_chain_key_tail_write(const WfChainPlan *plan, WfBuffer *buffer, WfTextForm *form);

/* Appends the schemas of these members, each behind a comma. */
extern void wf_chain_key_fields_write(const WfChainPlan *plan, WfBuffer *buffer,
									  WfTextForm *form);

#endif							/* WALFERRY_CHAIN_PLAN_H */
