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

#include "lib/stringinfo.h"

#include "undisguised.h"

/* Columns that one warning names. */
#define SHOWN_MAX 10

/* What the policy of the server names is left out then, and no column here. */
static bool
is_undisguised(const WfColumn *column, const WfColumnPlan *plan)
{
	if (plan->field.self.omitted)
		return false;
	return column->rule.unmaskable ||
		(column->rule.action == WF_COLUMN_TRUNCATE && plan->rule.action == WF_COLUMN_COPY);
}

void
wf_report_undisguised(const WfReport *report, WfTablePlan *plan)
{
	const WfRelation *relation = &plan->shape.relation;
	Bitmapset  *attributes = NULL;
	StringInfoData list;
	bool		is_news;
	int			count = 0;

	initStringInfo(&list);
	for (int i = 0; i < relation->column_count; i++)
	{
		const WfColumn *column = &relation->columns[i];

		if (!is_undisguised(column, &plan->row_plan.columns[i]))
			continue;
		attributes = bms_add_member(attributes, plan->shape.tuples.attributes[i]);
		if (count++ < SHOWN_MAX)
			appendStringInfo(&list, "%s\"%s\" (%s)", list.len > 0 ? ", " : "",
							 wf_server_text(column->name), wf_server_text(column->type_name));
	}
	is_news = wf_table_plan_is_news(report->cache, &plan->told_undisguised, attributes);
	bms_free(attributes);
	if (!is_news)
		return;
	if (count > SHOWN_MAX)
		appendStringInfo(&list, " and %d more", count - SHOWN_MAX);
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("masks, hashes or truncations do not act on columns of table \"%s.%s\" that they name: %s",
					wf_server_text(relation->schema), wf_server_text(relation->name), list.data),
			 errdetail("Masks and hashes act on character types and enums, truncations on bytea and what is published as a string."),
			 errhint("Leave such columns out by column.exclude.list.")));
}
