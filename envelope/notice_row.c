/*
 * notice_row.c
 *		What users are told of values and rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "formless.h"
#include "notice_text.h"

/* ---- values without a form ---- */

/* Says what values of the column have no form and, as the hint, what keeps them. */
static void
explain_formless(WfNotice *notice, const WfRowPlan *plan, int column)
{
	WfFormless	reasons[WF_FORMLESS_MAX];
	int			count = wf_field_formless(&plan->columns[column].field.self, reasons);

	wf_buffer_append_literal(&notice->detail, "The column's type is ");
	wf_buffer_append_slice(&notice->detail, plan->relation->columns[column].type_name);
	for (int i = 0; i < count; i++)
	{
		wf_notice_say(&notice->detail, i == 0 ? ": " : "; ");
		wf_notice_say(&notice->detail, reasons[i].values);
		if (reasons[i].remedy == NULL)
			continue;
		wf_notice_say(&notice->hint, notice->hint.length > 0 ? " " : "");
		wf_notice_say(&notice->hint, reasons[i].remedy);
	}
	wf_buffer_append_char(&notice->detail, '.');
}

static void
name_formless(WfNotice *notice, const WfRowPlan *plan, int column)
{
	wf_buffer_append_literal(&notice->message, "a value of ");
	wf_notice_column_of_table(&notice->message, plan->relation, column);
	wf_buffer_append_literal(&notice->message, " has no form in the event");
}

void
wf_notice_formless(WfNotice *notice, const WfRowPlan *plan, int column)
{
	name_formless(notice, plan, column);
	wf_buffer_append_literal(&notice->message, " and was written as null");
	explain_formless(notice, plan, column);
	wf_buffer_append_literal(&notice->detail,
							 " Further such values of it are not reported in this session.");
}

void
wf_notice_formless_refused(WfNotice *notice, const WfRowPlan *plan, int column)
{
	name_formless(notice, plan, column);
	explain_formless(notice, plan, column);
	wf_notice_say(&notice->hint, notice->hint.length > 0 ? " " : "");
	wf_buffer_append_literal(&notice->hint, "With event.converting.failure.handling.mode=warn it is "
							 "written as null.");
}

/* ---- NULLs of domains that are NOT NULL ---- */

/* What stands for a NULL that the column says it has not. */
static void
append_absent(WfBuffer *buffer, const WfRowPlan *plan, int column)
{
	wf_buffer_append_slice(buffer, wf_plan_text(plan, plan->columns[column].absent_text));
}

static void
tell_type(WfNotice *notice, const WfRowPlan *plan, int column)
{
	wf_buffer_append_literal(&notice->detail, "The column's type is ");
	wf_buffer_append_slice(&notice->detail, plan->relation->columns[column].type_name);
	wf_buffer_append_char(&notice->detail, '.');
}

void
wf_notice_hidden_null(WfNotice *notice, const WfRowPlan *plan, int column, bool is_marked)
{
	wf_buffer_append_literal(&notice->message, "NULL in ");
	wf_notice_column_of_table(&notice->message, plan->relation, column);
	wf_buffer_append_literal(&notice->message, ", whose domain is NOT NULL, was written as ");
	append_absent(&notice->message, plan, column);
	tell_type(notice, plan, column);
	wf_notice_say(&notice->detail, is_marked ?
				  " Each such record's header __walferry.defaulted names the column." :
				  " Nothing tells it from a value: in the outputs that have headers "
				  "walferry.headers.enabled=true would.");
	wf_buffer_append_literal(&notice->detail,
							 " Further NULLs of it are not reported in this session.");
}

void
wf_notice_hidden_null_refused(WfNotice *notice, const WfRowPlan *plan, int column, bool is_marked)
{
	wf_notice_column_of_table(&notice->message, plan->relation, column);
	wf_buffer_append_literal(&notice->message, ", whose domain is NOT NULL, holds NULL");
	tell_type(notice, plan, column);
	wf_buffer_append_literal(&notice->hint, "With event.converting.failure.handling.mode=warn it is "
							 "written as ");
	append_absent(&notice->hint, plan, column);
	wf_notice_say(&notice->hint, is_marked ?
				  ", and named by the header __walferry.defaulted." :
				  ", and nothing tells it from a value.");
}

/* ---- rows that the WAL does not have ---- */

#define NO_IDENTITY \
	"The table has no replica identity, or one of generated columns only, so "
#define GIVE_IDENTITY "Give it a primary key, or use ALTER TABLE ... REPLICA IDENTITY."

void
wf_notice_unseen_delete(WfNotice *notice, const WfRelation *relation)
{
	wf_buffer_append_literal(&notice->message, "deleted rows of ");
	wf_notice_table(&notice->message, relation);
	wf_buffer_append_literal(&notice->message, " are unknown, no events are written for them");
	wf_buffer_append_literal(&notice->detail, NO_IDENTITY "the WAL does not tell which row was "
							 "deleted.");
	wf_buffer_append_literal(&notice->hint, GIVE_IDENTITY);
}

void
wf_notice_unseen_update(WfNotice *notice, const WfRelation *relation)
{
	wf_buffer_append_literal(&notice->message, "of updated rows of ");
	wf_notice_table(&notice->message, relation);
	wf_buffer_append_literal(&notice->message, " only the new state is known");
	wf_buffer_append_literal(&notice->detail, NO_IDENTITY "a change of a row's key goes unseen.");
	wf_buffer_append_literal(&notice->hint, GIVE_IDENTITY);
}
