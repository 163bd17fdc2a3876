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

#include "compat.h"
#include "palloc_buffer.h"
#include "envelope/formless.h"
#include "envelope/same_names.h"
#include "report.h"

/* Some of the names that message.key.columns has. */
#define KEY_NAMES_CEILING 8192

/* Anybody may write messages, of prefixes of any length. */
#define PREFIX_SHOWN 100

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

/*
 * Says what values of the column have no form and, as the hint, what keeps them.
 * hint: NULL if nothing is known to.
 */
static void
explain_formless(const WfTablePlan *plan, int column, StringInfo detail, char **hint)
{
	const WfRelation *relation = &plan->shape.relation;
	WfFormless	reasons[WF_FORMLESS_MAX];
	int			count = wf_field_formless(&plan->row_plan.columns[column].field.self, reasons);
	StringInfoData remedies;

	initStringInfo(detail);
	initStringInfo(&remedies);
	appendStringInfo(detail, "The column's type is %s",
					 wf_server_text(relation->columns[column].type_name));
	for (int i = 0; i < count; i++)
	{
		appendStringInfo(detail, "%s%s", i == 0 ? ": " : "; ", reasons[i].values);
		if (reasons[i].remedy != NULL)
			appendStringInfo(&remedies, "%s%s", remedies.len > 0 ? " " : "", reasons[i].remedy);
	}
	appendStringInfoChar(detail, '.');
	*hint = remedies.len > 0 ? remedies.data : NULL;
}

void
wf_report_unconvertible(const WfReport *report, WfTablePlan *plan, int column)
{
	const WfRelation *relation = &plan->shape.relation;
	StringInfoData detail;
	char	   *hint;

	if (!wf_table_plan_warn_once(report->cache, plan, column))
		return;
	explain_formless(plan, column, &detail, &hint);
	ereport(WARNING,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("a value of column \"%s\" of table \"%s.%s\" has no form in the event and was written as null",
					wf_server_text(relation->columns[column].name),
					wf_server_text(relation->schema), wf_server_text(relation->name)),
			 errdetail("%s Further such values of it are not reported in this session.", detail.data),
			 hint != NULL ? errhint("%s", hint) : 0));
}

void
wf_refuse_same_names(const WfRowPlan *plan, const WfOptions *options)
{
	const WfRelation *relation = plan->relation;
	int			first;
	int			second;

	if (!wf_row_plan_find_same_names(plan, options, &first, &second))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_COLUMN),
			 errmsg("columns \"%s\" and \"%s\" of table \"%s.%s\" would have the same name in events",
					wf_server_text(relation->columns[first].name),
					wf_server_text(relation->columns[second].name),
					wf_server_text(relation->schema), wf_server_text(relation->name)),
			 errhint("Set field.name.adjustment.mode to avro_unicode, or leave one of them out by "
					 "column.exclude.list.")));
}

void
wf_refuse_unconvertible(WfTablePlan *plan, int column)
{
	const WfRelation *relation = &plan->shape.relation;
	StringInfoData detail;
	char	   *hint;

	explain_formless(plan, column, &detail, &hint);
	ereport(ERROR,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg("a value of column \"%s\" of table \"%s.%s\" has no form in the event",
					wf_server_text(relation->columns[column].name),
					wf_server_text(relation->schema), wf_server_text(relation->name)),
			 errdetail("%s", detail.data),
			 errhint("%s%sWith event.converting.failure.handling.mode=warn it is written as null.",
					 hint != NULL ? hint : "", hint != NULL ? " " : "")));
}

/* What stands for a NULL that the column says it has not. */
static const char *
absent_text(const WfTablePlan *plan, int column)
{
	return wf_server_text(wf_plan_text(&plan->row_plan,
									   plan->row_plan.columns[column].absent_text));
}

void
wf_report_hidden_null(const WfReport *report, WfTablePlan *plan, int column, bool is_marked)
{
	const WfRelation *relation = &plan->shape.relation;

	if (!wf_table_plan_warn_once(report->cache, plan, column))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("NULL in column \"%s\" of table \"%s.%s\", whose domain is NOT NULL, was written as %s",
					wf_server_text(relation->columns[column].name),
					wf_server_text(relation->schema), wf_server_text(relation->name),
					absent_text(plan, column)),
			 errdetail("The column's type is %s. %s "
					   "Further NULLs of it are not reported in this session.",
					   wf_server_text(relation->columns[column].type_name),
					   is_marked ?
					   "Each such record's header __walferry.defaulted names the column." :
					   "Nothing tells it from a value: in the outputs that have headers "
					   "walferry.headers.enabled=true would.")));
}

void
wf_refuse_hidden_null(WfTablePlan *plan, int column, bool is_marked)
{
	const WfRelation *relation = &plan->shape.relation;

	ereport(ERROR,
			(errcode(ERRCODE_NOT_NULL_VIOLATION),
			 errmsg("column \"%s\" of table \"%s.%s\", whose domain is NOT NULL, holds NULL",
					wf_server_text(relation->columns[column].name),
					wf_server_text(relation->schema), wf_server_text(relation->name)),
			 errdetail("The column's type is %s.",
					   wf_server_text(relation->columns[column].type_name)),
			 errhint("With event.converting.failure.handling.mode=warn it is written as %s, %s.",
					 absent_text(plan, column),
					 is_marked ? "and named by the header __walferry.defaulted" :
					 "and nothing tells it from a value")));
}

void
wf_report_unseen_delete(const WfReport *report, WfTablePlan *plan)
{
	const WfRelation *relation = &plan->shape.relation;
	bool		is_left_out = plan->shape.tuples.identity_left_out;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_DELETE))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("deleted rows of table \"%s.%s\" are unknown, no events are written for them",
					wf_server_text(relation->schema), wf_server_text(relation->name)),
			 is_left_out ?
			 errdetail("The server's walferry.policy leaves out all columns of the table's replica identity, so events could not tell which row was deleted.") :
			 errdetail("The table has no replica identity, or one of generated columns only, so the WAL does not tell which row was deleted."),
			 is_left_out ?
			 errhint("Have the policy keep one of them, or use ALTER TABLE ... REPLICA IDENTITY with columns that it keeps.") :
			 errhint("Give it a primary key, or use ALTER TABLE ... REPLICA IDENTITY.")));
}

void
wf_report_unseen_update(const WfReport *report, WfTablePlan *plan)
{
	const WfRelation *relation = &plan->shape.relation;
	bool		is_left_out = plan->shape.tuples.identity_left_out;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_UPDATE))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("of updated rows of table \"%s.%s\" only the new state is known",
					wf_server_text(relation->schema), wf_server_text(relation->name)),
			 is_left_out ?
			 errdetail("The server's walferry.policy leaves out all columns of the table's replica identity, so a change of a row's key goes unseen.") :
			 errdetail("The table has no replica identity, or one of generated columns only, so a change of a row's key goes unseen."),
			 is_left_out ?
			 errhint("Have the policy keep one of them, or use ALTER TABLE ... REPLICA IDENTITY with columns that it keeps.") :
			 errhint("Give it a primary key, or use ALTER TABLE ... REPLICA IDENTITY.")));
}

static void
warn_missing_key(const WfReport *report, WfTablePlan *plan, WfSlice names)
{
	const WfRelation *relation = &plan->shape.relation;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_KEY_MISSING))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_UNDEFINED_COLUMN),
			 errmsg("option \"message.key.columns\" names columns that table \"%s.%s\" does not have as it is published: %s",
					wf_server_text(relation->schema), wf_server_text(relation->name),
					wf_server_text(names)),
			 errdetail("Keys are made of the others that it names, or if there are none of those that the table's own key has.")));
}

static void
warn_shown_key(const WfReport *report, WfTablePlan *plan, int column)
{
	const WfRelation *relation = &plan->shape.relation;

	if (!wf_table_plan_warn_once(report->cache, plan, WF_WARN_KEY_SHOWN))
		return;
	ereport(WARNING,
			(errcode(ERRCODE_WARNING),
			 errmsg("column \"%s\" of table \"%s.%s\" is masked, hashed or cut in values, but its keys show it as it is",
					wf_server_text(relation->columns[column].name),
					wf_server_text(relation->schema), wf_server_text(relation->name)),
			 errhint("Choose keys of other columns by \"message.key.columns\", or let the server's walferry.policy disguise the column.")));
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
		WfColumnAction client = plan->row_plan.columns[column].rule.action;
		WfColumnAction policy = disguises != NULL ? disguises[column].action : WF_COLUMN_COPY;

		if (policy == WF_COLUMN_MASK || policy == WF_COLUMN_TRUNCATE)
			warn_alike_keys(report, plan, column);
		else if (policy == WF_COLUMN_COPY && client != WF_COLUMN_COPY && client != WF_COLUMN_OMIT)
			warn_shown_key(report, plan, column);
	}
}

void
wf_refuse_converters(const WfRelation *relation, const WfOptions *options)
{
	bool		is_key = options->key_converter == WF_CONVERTER_STRING ||
	options->key_converter == WF_CONVERTER_BYTES;

	if (!is_key && options->value_converter != WF_CONVERTER_STRING &&
		options->value_converter != WF_CONVERTER_BYTES)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("events of table \"%s.%s\" are structs, of which %s.converter makes nothing that can be read",
					wf_server_text(relation->schema), wf_server_text(relation->name),
					is_key ? "key" : "value"),
			 errhint("Take the JsonConverter, or keep the table out by table.include.list: other "
					 "converters are for what an EventRouter makes.")));
}

static char *
placed_reason(const char *reason, size_t offset)
{
	return offset == WF_OFFSET_NONE ? pstrdup(reason) : psprintf("%s (byte %zu)", reason, offset);
}

static const char *
outbox_sentence(WfOutboxNotice notice)
{
	switch (notice)
	{
		case WF_OUTBOX_UPDATE_IGNORED:
			return "rows of outbox table \"%s.%s\" were updated, which makes no records";
		case WF_OUTBOX_TRUNCATE_IGNORED:
			return "outbox table \"%s.%s\" was truncated, which makes no records";
		case WF_OUTBOX_ROUTE_IS_NULL:
			return "a row of outbox table \"%s.%s\" names no topic: column \"%s\" is NULL, which "
				"counts as an empty text";
		case WF_OUTBOX_NAME_CHANGED:
			return "a row of outbox table \"%s.%s\" names a topic by column \"%s\" that Kafka cannot "
				"have; the name was made legal";
		case WF_OUTBOX_NOT_EXPANDED:
			return "a payload of outbox table \"%s.%s\" in column \"%s\" cannot be expanded and is "
				"published as a text: %s";
		case WF_OUTBOX_TIME_REFUSED:
			return "a time of outbox table \"%s.%s\" in column \"%s\" is none that Kafka has; the "
				"record has the time at which it was sent";
	}
	return "outbox table \"%s.%s\"";
}

void
wf_report_outbox(WfTablePlan *plan, const WfOutboxReport *report)
{
	const WfRelation *relation = &plan->shape.relation;
	bool		is_operation = report->notice == WF_OUTBOX_UPDATE_IGNORED ||
	report->notice == WF_OUTBOX_TRUNCATE_IGNORED;
	int			behavior = plan->row_plan.outbox->transform->as.outbox.invalid;
	int			level = !is_operation || behavior == WF_OUTBOX_INVALID_WARN ? WARNING :
	behavior == WF_OUTBOX_INVALID_ERROR ? LOG : ERROR;

	ereport(level,
			(errcode(is_operation ? ERRCODE_FEATURE_NOT_SUPPORTED : ERRCODE_DATA_EXCEPTION),
			 errmsg_internal(outbox_sentence(report->notice), wf_server_text(relation->schema),
							 wf_server_text(relation->name),
							 report->column >= 0 ?
							 wf_server_text(relation->columns[report->column].name) : "",
							 report->reason != NULL ? placed_reason(report->reason, report->offset) : ""),
			 level == ERROR ?
			 errhint("An outbox is written by INSERT and DELETE only; with "
					 "table.op.invalid.behavior=warn others are ignored.") :
			 report->lsn != 0 ?
			 errdetail("The row is at LSN %X/%X. It is not reported again for this table in this session.",
					   LSN_FORMAT_ARGS(report->lsn)) :
			 errdetail("It is not reported again for this table in this session.")));
}

/* At most PREFIX_SHOWN bytes of it. */
static char *
shown_prefix(WfSlice prefix)
{
	char	   *text = wf_server_text(prefix);
	int			length = (int) strlen(text);

	if (length > PREFIX_SHOWN)
		strcpy(text + pg_mbcliplen(text, length, PREFIX_SHOWN - 3), "...");
	return text;
}

static char *
message_sentence(const WfMessageReport *report)
{
	const char *prefix = shown_prefix(report->prefix);
	const char *member = wf_server_text(report->member);

	switch (report->notice)
	{
		case WF_MESSAGE_NOT_DECODED:
			return psprintf("a logical message of prefix \"%s\" cannot be decoded and is published as it is: %s",
							prefix, placed_reason(report->reason, report->offset));
		case WF_MESSAGE_NOT_ROUTED:
			return psprintf("a logical message of prefix \"%s\" has no member \"%s\" that the EventRouter can use and is published as it is",
							prefix, member);
		case WF_MESSAGE_KEY_WITHOUT_SCHEMA:
			return psprintf("a logical message of prefix \"%s\" has a member \"%s\" without a Connect schema, which cannot be a key, and is published as it is",
							prefix, member);
		case WF_MESSAGE_NAME_CHANGED:
			return psprintf("a logical message of prefix \"%s\" names a topic by member \"%s\" that Kafka cannot have; the name was made legal",
							prefix, member);
		case WF_MESSAGE_NOT_EXPANDED:
			return psprintf("a payload of a logical message of prefix \"%s\" in member \"%s\" cannot be expanded and is published as a text: %s",
							prefix, member, placed_reason(report->reason, report->offset));
	}
	return pstrdup("a logical message");
}

void
wf_report_message(const WfMessageReport *report)
{
	bool		is_left = report->notice == WF_MESSAGE_NOT_DECODED ||
	report->notice == WF_MESSAGE_NOT_ROUTED ||
	report->notice == WF_MESSAGE_KEY_WITHOUT_SCHEMA;

	ereport(WARNING,
			(errcode(ERRCODE_DATA_EXCEPTION),
			 errmsg_internal("%s", message_sentence(report)),
			 errdetail("The message is at LSN %X/%X. Others of its prefix are not reported in this session.",
					   LSN_FORMAT_ARGS(report->lsn)),
			 is_left ?
			 errhint("message.prefix.include.list and message.prefix.exclude.list keep other messages away.") :
			 0));
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
