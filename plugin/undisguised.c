/*
 * undisguised.c
 *		The warning of masks and truncations that do not act on what they name.
 *
 * As with Debezium a mask leaves a number, a jsonb or an array as it is.  Whoever
 * wrote the list meant to hide something, so each version of a table of which that
 * is true is told of, before its first row, and once: a plan is built anew for many
 * reasons.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "undisguised.h"

void
wf_report_undisguised(const WfReport *report, WfTablePlan *plan)
{
	Bitmapset  *attributes = NULL;
	WfNotice	notice;
	bool		is_news;

	for (int i = 0; i < plan->shape.relation.column_count; i++)
		if (wf_plan_is_undisguised(&plan->row_plan, i))
			attributes = bms_add_member(attributes, plan->shape.tuples.attributes[i]);
	is_news = wf_table_plan_is_news(report->cache, &plan->told_undisguised, attributes);
	bms_free(attributes);
	if (!is_news)
		return;
	wf_report_begin(&notice);
	if (wf_notice_undisguised(&notice, &plan->row_plan))
		wf_report_end(&notice, WARNING, ERRCODE_WARNING);
}
