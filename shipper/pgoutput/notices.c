/*
 * notices.c
 *		What users are told about values that could not be written as they are.
 *
 * The sentences are envelope/notice.h's.  They come into the log as the server's do
 * where the plugin renders the rows ("PostgreSQL notes", source/connect.c): in the fields
 * text, detail and hint, so that who looks for one finds it with either plugin; and table
 * and column are fields of their own.  What is refused ends up in a fault, whose text has
 * its parts as a fault of the server's has them (source/fault.c).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "notices.h"

#include <stdio.h>

#include "envelope/notice.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"

/* Bytes of a part that are shown; a default that stands for NULL may have 64 KiB. */
#define SHOWN_BYTES_MAX SOURCE_FAULT_TEXT_MAX

/* Names of tables and columns, which have less than 64 characters; and names of a key's. */
#define NAME_BYTES_MAX 768
#define KEY_NAMES_BYTES_MAX 8192

/* ---- telling ---- */

static void
begin(WfNotice *notice)
{
	heap_buffer_init(&notice->message, WF_NOTICE_BYTES_MAX);
	heap_buffer_init(&notice->detail, WF_NOTICE_BYTES_MAX);
	heap_buffer_init(&notice->hint, WF_NOTICE_BYTES_MAX);
}

static void
forget(WfNotice *notice)
{
	heap_buffer_free(&notice->message);
	heap_buffer_free(&notice->detail);
	heap_buffer_free(&notice->hint);
}

/* The part as one line, or its beginning.  False: it is empty. */
static bool
show(const WfBuffer *part, char shown[SHOWN_BYTES_MAX])
{
	size_t		length = part->length < SHOWN_BYTES_MAX ? part->length : SHOWN_BYTES_MAX - 1;

	for (size_t i = 0; i < length; i++)
		shown[i] = part->data[i] == '\n' || part->data[i] == '\t' ? ' ' : part->data[i];
	shown[length] = '\0';
	return length > 0;
}

static void
put_table(char text[NAME_BYTES_MAX], WfSlice schema, WfSlice name)
{
	snprintf(text, NAME_BYTES_MAX, "%.*s.%.*s", (int) schema.length, schema.data,
			 (int) name.length, name.data);
}

void
notice_warn_of_table(const char *message, WfSlice schema, WfSlice name)
{
	char		table[NAME_BYTES_MAX];

	put_table(table, schema, name);
	log_write(LOG_LEVEL_WARNING, "source", message, log_text("table", table));
}

/* What a line of the log is about. */
typedef struct Subject
{
	const char *event;			/* the line's message */
	char		table[NAME_BYTES_MAX];	/* empty: none */
	char		column[NAME_BYTES_MAX];
} Subject;

static Subject
about_table(const WfRelation *relation)
{
	Subject		subject = {.event = "a note on a table's events"};

	put_table(subject.table, relation->schema, relation->name);
	return subject;
}

static Subject
about_column(const WfRelation *relation, WfSlice column)
{
	Subject		subject = about_table(relation);

	snprintf(subject.column, sizeof(subject.column), "%.*s", (int) column.length, column.data);
	return subject;
}

/* Writes the notice into the log and forgets it. */
static void
tell(LogLevel level, const Subject *subject, WfNotice *notice)
{
	char		text[SHOWN_BYTES_MAX];
	char		detail[SHOWN_BYTES_MAX];
	char		hint[SHOWN_BYTES_MAX];
	LogField	fields[6] = {{LOG_FIELD_END, NULL, {NULL}}};	/* the last one stays */
	int			count = 0;

	if (subject->table[0] != '\0')
		fields[count++] = log_text("table", subject->table);
	if (subject->column[0] != '\0')
		fields[count++] = log_text("column", subject->column);
	if (show(&notice->message, text))
		fields[count++] = log_text("text", text);
	if (show(&notice->detail, detail))
		fields[count++] = log_text("detail", detail);
	if (show(&notice->hint, hint))
		fields[count++] = log_text("hint", hint);
	log_fields(level, "source", subject->event, fields);
	forget(notice);
}

static void
warn_of_table(const PgoutputTable *table, WfNotice *notice)
{
	const Subject subject = about_table(&table->relation);

	tell(LOG_LEVEL_WARNING, &subject, notice);
}

static void
warn_of_column(const PgoutputTable *table, int column, WfNotice *notice)
{
	const Subject subject = about_column(&table->relation, table->relation.columns[column].name);

	tell(LOG_LEVEL_WARNING, &subject, notice);
}

/* Appends the notice as one sentence for a fault, and forgets it. */
static void
refuse(WfBuffer *error, WfNotice *notice)
{
	char		shown[SHOWN_BYTES_MAX];

	(void) show(&notice->message, shown);
	wf_buffer_append(error, shown, strlen(shown));
	if (show(&notice->detail, shown))
	{
		wf_buffer_append_literal(error, "; detail: ");
		wf_buffer_append(error, shown, strlen(shown));
	}
	if (show(&notice->hint, shown))
	{
		wf_buffer_append_literal(error, "; hint: ");
		wf_buffer_append(error, shown, strlen(shown));
	}
	forget(notice);
}

/* ---- when a table's plan is made ---- */

/* Only here the catalogue is younger than the rows, so the sentence is none of envelope/'s. */
void
notice_dropped_type(PgoutputTable *table, const WfColumn *column)
{
	WfBuffer   *message;
	WfNotice	notice;
	Subject		subject;

	if (!pgoutput_table_tells(table, TABLE_NOTICE_TYPE_DROPPED))
		return;
	subject = about_column(&table->relation, column->name);
	begin(&notice);
	message = &notice.message;
	wf_buffer_append_literal(message, "the type of column \"");
	wf_buffer_append_slice(message, column->name);
	wf_buffer_append_literal(message, "\" of table \"");
	wf_buffer_append(message, subject.table, strlen(subject.table));
	wf_buffer_append_literal(message, "\" is not in the catalogue any more, and its values are "
							 "published as strings");
	wf_buffer_append_literal(&notice.detail, "It was dropped after the changes that are read now "
							 "were written. Further such columns of the table are not reported in "
							 "this session.");
	tell(LOG_LEVEL_WARNING, &subject, &notice);
}

static void
tell_left_out(PgoutputTable *table)
{
	WfNotice	notice;

	begin(&notice);
	if (wf_notice_left_out(&notice, &table->relation) &&
		pgoutput_table_tells(table, TABLE_NOTICE_LEFT_OUT))
		warn_of_table(table, &notice);
	else
		forget(&notice);
}

static void
tell_undisguised(PgoutputTable *table)
{
	WfNotice	notice;

	begin(&notice);
	if (wf_notice_undisguised(&notice, &table->row_plan) &&
		pgoutput_table_tells(table, TABLE_NOTICE_UNDISGUISED))
		warn_of_table(table, &notice);
	else
		forget(&notice);
}

/* What cannot be decided is told too, but ends nothing: the key has been chosen. */
static void
tell_missing_key(PgoutputTable *table, WfRules *rules, WfSlice database)
{
	WfNotice	notice;
	WfBuffer	names;
	bool		decided;

	begin(&notice);
	heap_buffer_init(&names, KEY_NAMES_BYTES_MAX);
	decided = wf_relation_missing_key(rules, database, &table->relation, &names, &notice.message);
	if (decided && names.length > 0)
		wf_notice_missing_key(&notice, &table->relation, wf_buffer_since(&names, 0));
	if (notice.message.length > 0 && pgoutput_table_tells(table, TABLE_NOTICE_KEY_MISSING))
		warn_of_table(table, &notice);
	else
		forget(&notice);
	heap_buffer_free(&names);
}

static void
tell_shown_key(PgoutputTable *table)
{
	const WfRelation *relation = &table->relation;

	for (int i = 0; i < relation->key_count; i++)
	{
		int			column = relation->key_columns[i];
		WfNotice	notice;

		if (!wf_plan_key_is_shown(&table->row_plan, column) ||
			!pgoutput_table_tells(table, TABLE_NOTICE_KEY_SHOWN))
			continue;
		begin(&notice);
		wf_notice_shown_key(&notice, relation, column, "");
		warn_of_column(table, column, &notice);
	}
}

void
notice_plan(PgoutputTable *table, WfRules *rules, WfSlice database, WfOutput output)
{
	tell_left_out(table);
	tell_undisguised(table);
	if (table->row_plan.event_router != NULL)
		return;					/* whose records have keys of their own */
	tell_missing_key(table, rules, database);
	if (output != WF_OUTPUT_ENVELOPE)
		tell_shown_key(table);
}

void
notice_same_names(WfBuffer *error, const WfRelation *relation, int first, int second)
{
	WfNotice	notice;

	begin(&notice);
	wf_notice_same_names(&notice, relation, first, second);
	refuse(error, &notice);
}

bool
notice_converters(const WfRelation *relation, const WfOptions *options, WfBuffer *error)
{
	WfNotice	notice;

	begin(&notice);
	if (!wf_notice_converters(&notice, relation, options))
		return true;
	refuse(error, &notice);
	return false;
}

/* ---- rows ---- */

void
notice_unconvertible(PgoutputTable *table, int column)
{
	WfNotice	notice;

	if (!pgoutput_table_tells_of_column(table, column))
		return;
	begin(&notice);
	wf_notice_formless(&notice, &table->row_plan, column);
	warn_of_column(table, column, &notice);
}

void
notice_hidden_null(PgoutputTable *table, int column, bool is_marked)
{
	WfNotice	notice;

	if (!pgoutput_table_tells_of_column(table, column))
		return;
	begin(&notice);
	wf_notice_hidden_null(&notice, &table->row_plan, column, is_marked);
	warn_of_column(table, column, &notice);
}

void
notice_refused_value(WfBuffer *error, const PgoutputTable *table, int column, bool is_null,
					 bool is_marked)
{
	WfNotice	notice;

	begin(&notice);
	if (is_null)
		wf_notice_hidden_null_refused(&notice, &table->row_plan, column, is_marked);
	else
		wf_notice_formless_refused(&notice, &table->row_plan, column);
	refuse(error, &notice);
}

void
notice_unseen_delete(PgoutputTable *table)
{
	WfNotice	notice;

	if (!pgoutput_table_tells(table, TABLE_NOTICE_DELETE))
		return;
	begin(&notice);
	wf_notice_unseen_delete(&notice, &table->relation);
	warn_of_table(table, &notice);
}

void
notice_unseen_update(PgoutputTable *table)
{
	WfNotice	notice;

	if (!pgoutput_table_tells(table, TABLE_NOTICE_UPDATE))
		return;
	begin(&notice);
	wf_notice_unseen_update(&notice, &table->relation);
	warn_of_table(table, &notice);
}

bool
notice_outbox(const PgoutputTable *table, const WfOutboxReport *report, WfBuffer *error)
{
	const Subject subject = report->column < 0 ? about_table(&table->relation) :
	about_column(&table->relation, table->relation.columns[report->column].name);
	WfNotice	notice;
	WfNoticeLevel level;

	begin(&notice);
	level = wf_notice_outbox(&notice, &table->row_plan, report);
	if (level == WF_NOTICE_REFUSAL)
		refuse(error, &notice);
	else
		tell(level == WF_NOTICE_ERROR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARNING, &subject, &notice);
	return level != WF_NOTICE_REFUSAL;
}

/* ---- messages ---- */

void
notice_message(const WfMessageReport *report)
{
	const Subject subject = {.event = "a note on a logical message"};
	WfNotice	notice;

	begin(&notice);
	wf_notice_message(&notice, report);
	tell(LOG_LEVEL_WARNING, &subject, &notice);
}
