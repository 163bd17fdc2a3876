/*
 * report.c
 *		What users are told about values that could not be written as they are.
 *
 * Such a value never stops the stream, since the slot could then not be moved
 * past it; but it is not passed over in silence either.  Each column of a
 * table is named once per session, and the shipper is given counts.  For the
 * same reason no report may raise an error of its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "palloc_buffer.h"
#include "envelope/same_names.h"
#include "report.h"

/* Some of the names that message.key.columns has. */
#define KEY_NAMES_CEILING 8192

void
wf_report_begin(WfNotice *notice)
{
	wf_palloc_buffer_init(&notice->message, CurrentMemoryContext, WF_NOTICE_BYTES_MAX);
	wf_palloc_buffer_init(&notice->detail, CurrentMemoryContext, WF_NOTICE_BYTES_MAX);
	wf_palloc_buffer_init(&notice->hint, CurrentMemoryContext, WF_NOTICE_BYTES_MAX);
}

/* NULL: empty. */
static char *
take_text(WfBuffer *buffer)
{
	char	   *text;

	if (buffer->data == NULL)
		return NULL;
	text = buffer->length > 0 ? wf_server_text(wf_buffer_since(buffer, 0)) : NULL;
	pfree(buffer->data);
	return text;
}

void
wf_report_end(WfNotice *notice, int level, int code)
{
	char	   *message = take_text(&notice->message);
	char	   *detail = take_text(&notice->detail);
	char	   *hint = take_text(&notice->hint);

	ereport(level,
			(errcode(code),
			 errmsg_internal("%s", message),
			 detail != NULL ? errdetail_internal("%s", detail) : 0,
			 hint != NULL ? errhint("%s", hint) : 0));
	pfree(message);
	if (detail != NULL)
		pfree(detail);
	if (hint != NULL)
		pfree(hint);
}

static bool
was_replaced(const WfReport *report, WfSlice text)
{
	if (!report->encoding->converts)
		return !pg_verify_mbstr(PG_UTF8, text.data, (int) text.length, true);

	for (size_t i = 0; i + 3 <= text.length; i++)
		if (memcmp(text.data + i, WF_REPLACEMENT_CHARACTER, 3) == 0)
			return true;
	return false;
}

/* So has a compound, all of whose text counts. */
static bool
was_replaced_in_compound(const WfReport *report, WfCompound *compound)
{
	uint64		replaced = report->encoding->replaced;
	WfTextForm	form = {.ascii_only = false};
	WfBuffer	buffer;

	wf_palloc_buffer_init(&buffer, CurrentMemoryContext, report->encoding->length_max);
	(void) compound->write(compound, &buffer, &form);
	if (buffer.data != NULL)
		pfree(buffer.data);
	return form.replaced > 0 || report->encoding->replaced != replaced;
}

static bool
is_text(WfTypeKind kind)
{
	return kind == WF_TYPE_TEXT || kind == WF_TYPE_JSON || kind == WF_TYPE_ENUM ||
		kind == WF_TYPE_OTHER;
}

/* Whether a value of the kind, which is present, has text that was replaced. */
static bool
was_replaced_in(const WfReport *report, WfTypeKind kind, const WfValue *value)
{
	if (kind == WF_TYPE_COMPOUND)
		return was_replaced_in_compound(report, value->as.compound);
	return is_text(kind) && was_replaced(report, value->as.text);
}

/* An array has been read by now, so it is read again. */
static bool
was_replaced_in_array(const WfReport *report, WfTypeKind kind, WfArray *array)
{
	WfValue		element;

	if (kind != WF_TYPE_COMPOUND && !is_text(kind))
		return false;
	array->rewind(array);
	while (array->next(array, &element))
		if (element.state == WF_VALUE_PRESENT && was_replaced_in(report, kind, &element))
			return true;
	return false;
}

static void
warn_replaced(const WfReport *report, WfTablePlan *plan, int column)
{
	const WfRelation *relation = &plan->shape.relation;

	if (!wf_table_plan_warn_once(report->cache, plan, column))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
			 errmsg("invalid or untranslatable characters in column \"%s\" of table \"%s.%s\" were replaced by U+FFFD",
					wf_server_text(relation->columns[column].name),
					wf_server_text(relation->schema), wf_server_text(relation->name)),
			 errdetail("Further replacements in this column are not reported in this session.")));
}

void
wf_report_replaced(const WfReport *report, WfTablePlan *plan, const WfValue *row)
{
	const WfRelation *relation = &plan->shape.relation;

	for (int i = 0; i < relation->column_count; i++)
	{
		const WfType *type = &relation->columns[i].type;
		bool		replaced = false;

		if (row[i].state != WF_VALUE_PRESENT)
			continue;
		if (type->kind == WF_TYPE_ARRAY)
			replaced = was_replaced_in_array(report, type->element_kind, row[i].as.array);
		else
			replaced = was_replaced_in(report, type->kind, &row[i]);
		if (replaced)
			warn_replaced(report, plan, i);
	}
}

void
wf_report_unconvertible(const WfReport *report, WfTablePlan *plan, int column)
{
	WfNotice	notice;

	if (!wf_table_plan_warn_once(report->cache, plan, column))
		return;
	wf_report_begin(&notice);
	wf_notice_formless(&notice, &plan->row_plan, column);
	wf_report_end(&notice, WARNING, ERRCODE_DATA_EXCEPTION);
}

void
wf_refuse_unconvertible(WfTablePlan *plan, int column)
{
	WfNotice	notice;

	wf_report_begin(&notice);
	wf_notice_formless_refused(&notice, &plan->row_plan, column);
	wf_report_end(&notice, ERROR, ERRCODE_DATA_EXCEPTION);
	pg_unreachable();
}

void
wf_report_hidden_null(const WfReport *report, WfTablePlan *plan, int column, bool is_marked)
{
	WfNotice	notice;

	if (!wf_table_plan_warn_once(report->cache, plan, column))
		return;
	wf_report_begin(&notice);
	wf_notice_hidden_null(&notice, &plan->row_plan, column, is_marked);
	wf_report_end(&notice, WARNING, ERRCODE_NOT_NULL_VIOLATION);
}

void
wf_refuse_hidden_null(WfTablePlan *plan, int column, bool is_marked)
{
	WfNotice	notice;

	wf_report_begin(&notice);
	wf_notice_hidden_null_refused(&notice, &plan->row_plan, column, is_marked);
	wf_report_end(&notice, ERROR, ERRCODE_NOT_NULL_VIOLATION);
	pg_unreachable();
}

/*
 * The policy is why the old row is not there, instead of what the notice says, if it
 * is.  consequence: what that means, in words.
 */
static void
blame_policy(WfNotice *notice, const WfTablePlan *plan, const char *consequence)
{
	static const char cause[] = "The server's walferry.policy leaves out all columns of the table's "
	"replica identity, so ";

	if (!plan->shape.tuples.identity_left_out)
		return;
	wf_buffer_cut(&notice->detail, 0);
	wf_buffer_append(&notice->detail, cause, strlen(cause));
	wf_buffer_append(&notice->detail, consequence, strlen(consequence));
	wf_buffer_cut(&notice->hint, 0);
	wf_buffer_append_literal(&notice->hint, "Have the policy keep one of them, or use ALTER TABLE "
							 "... REPLICA IDENTITY with columns that it keeps.");
}

void
wf_report_unseen_delete(const WfReport *report, WfTablePlan *plan)
{
	WfNotice	notice;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_DELETE))
		return;
	wf_report_begin(&notice);
	wf_notice_unseen_delete(&notice, &plan->shape.relation);
	blame_policy(&notice, plan, "events could not tell which row was deleted.");
	wf_report_end(&notice, WARNING, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
}

void
wf_report_unseen_update(const WfReport *report, WfTablePlan *plan)
{
	WfNotice	notice;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_UPDATE))
		return;
	wf_report_begin(&notice);
	wf_notice_unseen_update(&notice, &plan->shape.relation);
	blame_policy(&notice, plan, "a change of a row's key goes unseen.");
	wf_report_end(&notice, WARNING, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE);
}

void
wf_refuse_same_names(const WfRowPlan *plan, const WfOptions *options)
{
	WfNotice	notice;
	int			first;
	int			second;

	if (!wf_row_plan_find_same_names(plan, options, &first, &second))
		return;
	wf_report_begin(&notice);
	wf_notice_same_names(&notice, plan->relation, first, second);
	wf_report_end(&notice, ERROR, ERRCODE_DUPLICATE_COLUMN);
}

static void
warn_missing_key(const WfReport *report, WfTablePlan *plan, WfSlice names)
{
	WfNotice	notice;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_KEY_MISSING))
		return;
	wf_report_begin(&notice);
	wf_notice_missing_key(&notice, &plan->shape.relation, names);
	wf_report_end(&notice, WARNING, ERRCODE_UNDEFINED_COLUMN);
}

static void
warn_shown_key(const WfReport *report, WfTablePlan *plan, int column)
{
	WfNotice	notice;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_KEY_SHOWN))
		return;
	wf_report_begin(&notice);
	wf_notice_shown_key(&notice, &plan->shape.relation, column,
						", or let the server's walferry.policy disguise the column");
	wf_report_end(&notice, WARNING, ERRCODE_WARNING);
}

static void
warn_alike_keys(const WfReport *report, WfTablePlan *plan, int column)
{
	const WfRelation *relation = &plan->shape.relation;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_KEY_ALIKE))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("different rows of table \"%s.%s\" can have the same key, because the server's walferry.policy masks or cuts column \"%s\" of it",
					wf_server_text(relation->schema), wf_server_text(relation->name),
					wf_server_text(relation->columns[column].name)),
			 errdetail("A compacted topic would keep the latest of them only."),
			 errhint("Choose keys of other columns by \"message.key.columns\", or have the policy hash the column.")));
}

void
wf_report_key(const WfReport *report, WfTablePlan *plan, WfFilters *filters, bool is_shown)
{
	const WfRelation *relation = &plan->shape.relation;
	const WfColumnRule *disguises = plan->shape.tuples.disguises;
	WfBuffer	names;

	wf_palloc_buffer_init(&names, CurrentMemoryContext, KEY_NAMES_CEILING);
	wf_filters_missing_key(filters, relation, &names);
	if (names.length > 0)
		warn_missing_key(report, plan, wf_buffer_since(&names, 0));
	for (int i = 0; is_shown && i < relation->key_count; i++)
	{
		int			column = relation->key_columns[i];
		WfColumnAction policy = disguises != NULL ? disguises[column].action : WF_COLUMN_COPY;

		if (policy == WF_COLUMN_MASK || policy == WF_COLUMN_TRUNCATE)
			warn_alike_keys(report, plan, column);
		else if (policy == WF_COLUMN_COPY && wf_plan_key_is_shown(&plan->row_plan, column))
			warn_shown_key(report, plan, column);
	}
}

void
wf_refuse_converters(const WfRelation *relation, const WfOptions *options)
{
	WfNotice	notice;

	wf_report_begin(&notice);
	if (wf_notice_converters(&notice, relation, options))
		wf_report_end(&notice, ERROR, ERRCODE_FEATURE_NOT_SUPPORTED);
}

/* The server's log is sorted by what must be seen: LOG comes through where ERROR does. */
static int
server_level(WfNoticeLevel level)
{
	switch (level)
	{
		case WF_NOTICE_WARNING:
			return WARNING;
		case WF_NOTICE_ERROR:
			return LOG;
		case WF_NOTICE_REFUSAL:
			break;
	}
	return ERROR;
}

void
wf_report_outbox(WfTablePlan *plan, const WfOutboxReport *report)
{
	WfNotice	notice;
	WfNoticeLevel level;

	wf_report_begin(&notice);
	level = wf_notice_outbox(&notice, &plan->row_plan, report);
	wf_report_end(&notice, server_level(level),
				  wf_outbox_notice_is_operation(report->notice) ?
				  ERRCODE_FEATURE_NOT_SUPPORTED : ERRCODE_DATA_EXCEPTION);
}

void
wf_report_message(const WfMessageReport *report)
{
	WfNotice	notice;

	wf_report_begin(&notice);
	wf_notice_message(&notice, report);
	wf_report_end(&notice, WARNING, ERRCODE_DATA_EXCEPTION);
}

void
wf_report_too_large(const WfRelation *relation, const char *what, int64_t bytes_max)
{
	if (relation != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s of table \"%s.%s\" does not fit a record of %lld bytes", what,
						wf_server_text(relation->schema), wf_server_text(relation->name),
						(long long) bytes_max),
				 errhint("Raise \"record.max.bytes\", or use output \"frame\", which sends a stub in its place.")));
	else
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s does not fit a record of %lld bytes", what, (long long) bytes_max),
				 errhint("Raise \"record.max.bytes\", or use output \"frame\", which sends a stub in its place.")));
}

void
wf_refuse_text(const WfBuffer *text, int code)
{
	ereport(ERROR,
			(errcode(code),
			 errmsg_internal("%s", wf_server_text(wf_slice(text->data, text->length)))));
}
