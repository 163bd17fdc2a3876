/*
 * plan_life.c
 *		What becomes of a row plan after it was built: it succeeds another, and lets go
 *		of the texts that have been sent.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "relation.h"

/*
 * Whether the enclosures that the former plan described serve for this one.  Schemas
 * that stand beside substitutes of keys are the same ones, but described only if
 * there can be any.
 */
static bool
are_enclosed_alike(const WfRowPlan *plan, const WfRowPlan *former)
{
	return memcmp(former->enclosure_digest, plan->enclosure_digest,
				  sizeof(former->enclosure_digest)) == 0 &&
		(plan->substitute_enclosure.value_schema.length == 0 ||
		 former->substitute_enclosure.id != 0);
}

void
wf_row_plan_succeed(WfRowPlan *plan, const WfRowPlan *former, WfSlice former_topic)
{
	WfSlice		topic = wf_plan_text(plan, plan->topic);

	if (strcmp(former->fingerprint, plan->fingerprint) == 0)
		plan->schema_id = former->schema_id;
	if (are_enclosed_alike(plan, former))
	{
		plan->enclosure.id = former->enclosure.id;
		plan->null_enclosure.id = former->null_enclosure.id;
		plan->substitute_enclosure.id = former->substitute_enclosure.id;
		plan->substitute_null_enclosure.id = former->substitute_null_enclosure.id;
	}
	if (topic.length == former_topic.length &&
		memcmp(topic.data, former_topic.data, topic.length) == 0)
		plan->topic_id = former->topic_id;
	if (former->relation == NULL || former->news == WF_NEWS_NEW)
		return;
	if (plan->news == WF_NEWS_NEW)
		plan->news = WF_NEWS_CHANGED;
	if (memcmp(former->news_digest, plan->news_digest, sizeof(former->news_digest)) == 0)
		plan->news = former->news;
}

size_t
wf_row_plan_kept_length(const WfRowPlan *plan, bool with_description, bool is_frame)
{
	if (with_description)
		return plan->schema.offset + plan->schema.length;
	return is_frame ? plan->enclosure.key_schema.offset : plan->schema.offset;
}

void
wf_row_plan_forget_description(WfRowPlan *plan, bool is_frame)
{
	plan->schema.length = 0;
	if (!is_frame)
		return;
	plan->enclosure.key_schema.length = plan->enclosure.value_schema.length = 0;
	plan->null_enclosure.key_schema.length = plan->null_enclosure.value_schema.length = 0;
	plan->substitute_enclosure.value_schema.length = 0;
	plan->substitute_null_enclosure.value_schema.length = 0;
}
