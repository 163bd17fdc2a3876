/*
 * notice_table.c
 *		What users are told of a table, when its plan is made.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "catalogue_texts.h"
#include "json.h"
#include "notice_text.h"

/* ---- texts that are left out of a description ---- */

/* By the bits that WF_LEFT_OUT_…s are. */
static const char *const text_names[WF_LEFT_OUT_BITS] = {
	"default", "labels of the type", "comment"
};

/* Begins a list's next item.  False: it has enough of them. */
static bool
begin_item(WfBuffer *list, int *count)
{
	if ((*count)++ >= WF_NOTICE_LISTED_MAX)
		return false;
	if (*count > 1)
		wf_buffer_append_literal(list, ", ");
	return true;
}

static void
end_list(WfBuffer *list, int count)
{
	if (count <= WF_NOTICE_LISTED_MAX)
		return;
	wf_buffer_append_literal(list, " and ");
	wf_json_int64(list, count - WF_NOTICE_LISTED_MAX);
	wf_buffer_append_literal(list, " more");
}

/* `default of column "a", comment of column "b", …`; column: NULL, the table itself. */
static void
list_left_out(WfBuffer *list, int *count, uint8_t texts, const WfColumn *column)
{
	for (int i = 0; i < WF_LEFT_OUT_BITS; i++)
	{
		if ((texts & (1 << i)) == 0 || !begin_item(list, count))
			continue;
		wf_notice_say(list, text_names[i]);
		if (column == NULL)
			wf_buffer_append_literal(list, " of the table");
		else
		{
			wf_buffer_append_literal(list, " of column ");
			wf_notice_name(list, column->name);
		}
	}
}

static uint8_t
all_left_out(const WfRelation *relation)
{
	uint8_t		texts = relation->left_out;

	for (int i = 0; i < relation->column_count; i++)
		texts |= relation->columns[i].left_out;
	return texts;
}

static void
tell_limits(WfBuffer *detail)
{
	wf_buffer_append_literal(detail, "As JSON in ASCII, a comment or a default has at most ");
	wf_json_int64(detail, WF_COMMENT_MAX_BYTES < WF_DEFAULT_MAX_BYTES ?
				  WF_COMMENT_MAX_BYTES : WF_DEFAULT_MAX_BYTES);
	wf_buffer_append_literal(detail, " bytes, the labels of an enum ");
	wf_json_int64(detail, WF_LABELS_MAX_BYTES);
	wf_buffer_append_literal(detail, ", and all of a table's together ");
	wf_json_int64(detail, WF_CATALOGUE_TEXTS_MAX_BYTES);
	wf_buffer_append_char(detail, '.');
}

bool
wf_notice_left_out(WfNotice *notice, const WfRelation *relation)
{
	uint8_t		texts = all_left_out(relation);
	WfBuffer   *message = &notice->message;
	int			count = 0;

	if (texts == 0)
		return false;
	wf_notice_table(message, relation);
	wf_buffer_append_literal(message, " is described without what is too long: ");
	for (int i = 0; i < relation->column_count; i++)
		list_left_out(message, &count, relation->columns[i].left_out, &relation->columns[i]);
	list_left_out(message, &count, relation->left_out, NULL);
	end_list(message, count);
	tell_limits(&notice->detail);
	if ((texts & WF_LEFT_OUT_DEFAULT) != 0)
		wf_buffer_append_literal(&notice->hint, "A column whose default is left out is published "
								 "as one that has none.");
	return true;
}

/* ---- disguises that do not act ---- */

bool
wf_plan_is_undisguised(const WfRowPlan *plan, int column)
{
	const WfColumnRule *asked = &plan->relation->columns[column].rule;
	const WfColumnPlan *done = &plan->columns[column];

	/* what a policy of the host names is left out then */
	if (done->field.self.omitted)
		return false;
	return asked->unmaskable ||
		(asked->action == WF_COLUMN_TRUNCATE && done->rule.action == WF_COLUMN_COPY);
}

static int
count_undisguised(const WfRowPlan *plan)
{
	int			count = 0;

	for (int i = 0; i < plan->relation->column_count; i++)
		count += wf_plan_is_undisguised(plan, i) ? 1 : 0;
	return count;
}

bool
wf_notice_undisguised(WfNotice *notice, const WfRowPlan *plan)
{
	const WfRelation *relation = plan->relation;
	WfBuffer   *message = &notice->message;
	int			count = 0;

	if (count_undisguised(plan) == 0)
		return false;
	wf_buffer_append_literal(message, "masks, hashes or truncations do not act on columns of ");
	wf_notice_table(message, relation);
	wf_buffer_append_literal(message, " that they name: ");
	for (int i = 0; i < relation->column_count; i++)
	{
		if (!wf_plan_is_undisguised(plan, i) || !begin_item(message, &count))
			continue;
		wf_notice_name(message, relation->columns[i].name);
		wf_buffer_append_literal(message, " (");
		wf_buffer_append_slice(message, relation->columns[i].type_name);
		wf_buffer_append_char(message, ')');
	}
	end_list(message, count);
	wf_buffer_append_literal(&notice->detail, "Masks and hashes act on character types and enums, "
							 "truncations on bytea and what is published as a string.");
	wf_buffer_append_literal(&notice->hint, "Leave such columns out by column.exclude.list.");
	return true;
}

/* ---- keys ---- */

void
wf_notice_missing_key(WfNotice *notice, const WfRelation *relation, WfSlice names)
{
	wf_buffer_append_literal(&notice->message, "option \"message.key.columns\" names columns that ");
	wf_notice_table(&notice->message, relation);
	wf_buffer_append_literal(&notice->message, " does not have as it is published: ");
	wf_buffer_append_slice(&notice->message, names);
	wf_buffer_append_literal(&notice->detail, "Keys are made of the others that it names, or if "
							 "there are none of those that the table's own key has.");
}

bool
wf_plan_key_is_shown(const WfRowPlan *plan, int column)
{
	WfColumnAction action = plan->columns[column].rule.action;

	return action != WF_COLUMN_COPY && action != WF_COLUMN_OMIT;
}

void
wf_notice_shown_key(WfNotice *notice, const WfRelation *relation, int column,
					const char *otherwise)
{
	wf_notice_column_of_table(&notice->message, relation, column);
	wf_buffer_append_literal(&notice->message, " is masked, hashed or cut in values, but its keys "
							 "show it as it is");
	wf_buffer_append_literal(&notice->hint, "Choose keys of other columns by "
							 "\"message.key.columns\"");
	wf_notice_say(&notice->hint, otherwise);
	wf_buffer_append_char(&notice->hint, '.');
}

/* ---- what comes to no good with the options ---- */

void
wf_notice_same_names(WfNotice *notice, const WfRelation *relation, int first, int second)
{
	wf_buffer_append_literal(&notice->message, "columns ");
	wf_notice_name(&notice->message, relation->columns[first].name);
	wf_buffer_append_literal(&notice->message, " and ");
	wf_notice_name(&notice->message, relation->columns[second].name);
	wf_buffer_append_literal(&notice->message, " of ");
	wf_notice_table(&notice->message, relation);
	wf_buffer_append_literal(&notice->message, " would have the same name in events");
	wf_buffer_append_literal(&notice->hint, "Set field.name.adjustment.mode to avro_unicode, or "
							 "leave one of them out by column.exclude.list.");
}

static bool
is_for_outboxes(int converter)
{
	return converter == WF_CONVERTER_STRING || converter == WF_CONVERTER_BYTES;
}

bool
wf_notice_converters(WfNotice *notice, const WfRelation *relation, const WfOptions *options)
{
	bool		is_key = is_for_outboxes(options->key_converter);

	if (!is_key && !is_for_outboxes(options->value_converter))
		return false;
	wf_buffer_append_literal(&notice->message, "events of ");
	wf_notice_table(&notice->message, relation);
	wf_buffer_append_literal(&notice->message, " are structs, of which ");
	wf_notice_say(&notice->message, is_key ? "key" : "value");
	wf_buffer_append_literal(&notice->message, ".converter makes nothing that can be read");
	wf_buffer_append_literal(&notice->hint, "Take the JsonConverter, or keep the table out by "
							 "table.include.list: other converters are for what an EventRouter "
							 "makes.");
	return true;
}
