/*
 * additions.c
 *		What transforms add to a record beside its value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "additions.h"

void
wf_additions_render(const WfRowContext *context, const WfRowEvent *event, bool tombstone,
					WfAdditions *additions)
{
	const WfRowPlan *plan = context->plan;
	WfBuffer   *text = context->session->text;

	additions->key = event->key;
	if (event->key.length > 0 && plan->key_tail.length > 0)
	{
		additions->key.offset = text->length;
		wf_buffer_repeat(text, event->key.offset, event->key.length - 1);
		wf_buffer_append_slice(text, wf_plan_text(plan, plan->key_tail));
		additions->key.length = text->length - additions->key.offset;
	}
	additions->headers.count = 0;
	if (plan->unwrap != NULL)
		wf_unwrap_headers_render(context, event, tombstone, &additions->headers);
}
