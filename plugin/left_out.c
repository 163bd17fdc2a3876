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

#include "lib/stringinfo.h"

#include "envelope/catalogue_texts.h"
#include "left_out.h"

/* Texts that one warning names. */
#define SHOWN_MAX 10

/* By the bits that WF_LEFT_OUT_…s are. */
static const char *const names[] = {"default", "labels of the type", "comment"};

/* `default of column "a", comment of column "b", …` */
typedef struct LeftOut
{
	StringInfoData list;
	int			count;
	bool		defaults;
} LeftOut;

/* By attribute, since a column that is dropped changes the others' places. */
static Bitmapset *
left_out_texts(const WfShape *shape)
{
	const WfRelation *relation = &shape->relation;
	Bitmapset  *texts = relation->left_out != 0 ? bms_make_singleton(0) : NULL;

	for (int i = 0; i < relation->column_count; i++)
		for (int text = 0; text < lengthof(names); text++)
			if ((relation->columns[i].left_out & (1 << text)) != 0)
				texts = bms_add_member(texts, 1 + text +
									   lengthof(names) * shape->tuples.attributes[i]);
	return texts;
}

static void
add_left_out(LeftOut *left_out, uint8 texts, const WfColumn *column)
{
	for (int i = 0; i < lengthof(names); i++)
	{
		if ((texts & (1 << i)) == 0 || left_out->count++ >= SHOWN_MAX)
			continue;
		if (left_out->list.len > 0)
			appendStringInfoString(&left_out->list, ", ");
		if (column != NULL)
			appendStringInfo(&left_out->list, "%s of column \"%s\"", names[i],
							 wf_server_text(column->name));
		else
			appendStringInfo(&left_out->list, "%s of the table", names[i]);
	}
	left_out->defaults |= (texts & WF_LEFT_OUT_DEFAULT) != 0;
}

void
wf_report_left_out(const WfReport *report, WfTablePlan *plan)
{
	const WfRelation *relation = &plan->shape.relation;
	LeftOut		left_out = {.count = 0};
	Bitmapset  *texts = left_out_texts(&plan->shape);
	bool		is_news = wf_table_plan_is_news(report->cache, &plan->told_left_out, texts);

	bms_free(texts);
	if (!is_news)
		return;
	initStringInfo(&left_out.list);
	for (int i = 0; i < relation->column_count; i++)
		add_left_out(&left_out, relation->columns[i].left_out, &relation->columns[i]);
	add_left_out(&left_out, relation->left_out, NULL);
	if (left_out.count > SHOWN_MAX)
		appendStringInfo(&left_out.list, " and %d more", left_out.count - SHOWN_MAX);
	ereport(WARNING,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("table \"%s.%s\" is described without what is too long: %s",
					wf_server_text(relation->schema), wf_server_text(relation->name),
					left_out.list.data),
			 errdetail("As JSON in ASCII, a comment or a default has at most %d bytes, the labels of an enum %d, and all of a table's together %d.",
					   Min(WF_COMMENT_MAX_BYTES, WF_DEFAULT_MAX_BYTES), WF_LABELS_MAX_BYTES,
					   WF_CATALOGUE_TEXTS_MAX_BYTES),
			 left_out.defaults ?
			 errhint("A column whose default is left out is published as one that has none.") : 0));
}
