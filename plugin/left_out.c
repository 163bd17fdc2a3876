/*
 * left_out.c
 *		The warning of texts of the catalogue that a table is described without.
 *
 * One for each version of the table that lacks others than the version before: a
 * plan is built anew for many reasons, ANALYZE among them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "left_out.h"

/* By attribute, since a column that is dropped changes the others' places. */
static Bitmapset *
left_out_texts(const WfShape *shape)
{
	const WfRelation *relation = &shape->relation;
	Bitmapset  *texts = relation->left_out != 0 ? bms_make_singleton(0) : NULL;

	for (int i = 0; i < relation->column_count; i++)
		for (int text = 0; text < WF_LEFT_OUT_BITS; text++)
			if ((relation->columns[i].left_out & (1 << text)) != 0)
				texts = bms_add_member(texts, 1 + text +
									   WF_LEFT_OUT_BITS * shape->tuples.attributes[i]);
	return texts;
}

void
wf_report_left_out(const WfReport *report, WfTablePlan *plan)
{
	Bitmapset  *texts = left_out_texts(&plan->shape);
	bool		is_news = wf_table_plan_is_news(report->cache, &plan->told_left_out, texts);
	WfNotice	notice;

	bms_free(texts);
	if (!is_news)
		return;
	wf_report_begin(&notice);
	if (wf_notice_left_out(&notice, &plan->shape.relation))
		wf_report_end(&notice, WARNING, ERRCODE_PROGRAM_LIMIT_EXCEEDED);
}
