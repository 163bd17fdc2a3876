/*
 * test_pgoutput_notices.c
 *		What the log and faults tell of tables whose rows the shipper renders.
 *
 * The sentences themselves are those of regress/unit/envelope/test_notice.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <string.h>

#include "said.h"
#include "shipper/digest.h"
#include "shipper/heap_memory.h"
#include "shipper/log.h"
#include "shipper/pgoutput/notices.h"

#define SLICE(literal) {"" literal, sizeof(literal) - 1}
#define TYPE(its_kind) {.kind = (its_kind), .element_kind = WF_TYPE_OTHER, .typmod = -1}

static WfColumn columns[3];
static WfColumnPlan column_plans[8];
static WfOptions options;
static WfTextForm form;
static WfBuffer plan_text;
static WfBuffer error;
static PgoutputTable table;

static int
open_table(void **state)
{
	(void) state;
	columns[0] = (WfColumn) {.name = SLICE("id"), .type_name = SLICE("integer"),
		.type = TYPE(WF_TYPE_INT4)
	};
	columns[1] = (WfColumn) {.name = SLICE("n"), .type_name = SLICE("numeric"),
		.type = TYPE(WF_TYPE_NUMERIC), .nullable = true
	};
	columns[2] = (WfColumn) {.name = SLICE("d"), .type_name = SLICE("positive"),
		.type = TYPE(WF_TYPE_INT4), .may_hold_null = true
	};
	memset(&table, 0, sizeof(table));
	table.relation = (WfRelation) {.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"),
		.column_count = 3, .columns = columns, .key_count = 1
	};
	plan_text = heap_fixture();
	error = heap_fixture();
	log_init(LOG_LEVEL_INFO, false);
	return 0;
}

static int
close_table(void **state)
{
	(void) state;
	heap_buffer_free(&plan_text);
	heap_buffer_free(&error);
	return 0;
}

static void
plan(void)
{
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &options);
	assert_true(wf_option_set(wf_option_find(wf_format_options, wf_format_option_count,
											 "topic.prefix"),
							  "topic.prefix", "inv", &options, &error));
	assert_true(wf_options_settle(&options, false, &error));
	assert_true(wf_row_plan_build(&table.row_plan, &options, &form, &table.relation, column_plans,
								  &plan_text, digest_sha256));
}

static const char *
refusal(void)
{
	wf_buffer_append_char(&error, '\0');
	return error.data;
}

/* What has been said is one line of this level, and holds this. */
static void
assert_said(const char *level, const char *text)
{
	const char *rest = strchr(said, ' ');

	assert_non_null(rest);
	assert_memory_equal(rest + 1, level, strlen(level));
	assert_non_null(strstr(said, text));
	assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
}

static void
assert_warned(const char *text)
{
	assert_said("warning source: ", text);
}

/* ---- rows ---- */

static void
values_are_told_once_per_column(void **state)
{
	(void) state;
	plan();
	capture_begin();
	notice_unconvertible(&table, 1);
	notice_unconvertible(&table, 1);
	capture_end();
	assert_warned("a note on a table's events table=public.t column=n text=\"a value "
				  "of column \\\"n\\\" of table \\\"public.t\\\" has no form in the event and was "
				  "written "
				  "as null\" detail=\"The column's type is numeric: ");
	assert_non_null(strstr(said, " hint=\"Set "));

	capture_begin();
	notice_hidden_null(&table, 2, true);
	notice_hidden_null(&table, 2, true);
	capture_end();
	assert_warned("column=d text=\"NULL in column \\\"d\\\" of table");
	assert_null(strstr(said, "hint="));
}

static void
values_are_refused(void **state)
{
	(void) state;
	plan();
	notice_refused_value(&error, &table, 1, false, true);
	assert_non_null(strstr(refusal(), "a value of column \"n\" of table \"public.t\" has no form "
						   "in the "
						   "event; detail: The column's type is numeric: "));
	assert_non_null(strstr(refusal(), "; hint: Set "));
	wf_buffer_cut(&error, 0);
	notice_refused_value(&error, &table, 2, true, false);
	assert_string_equal(refusal(), "column \"d\" of table \"public.t\", whose domain is NOT NULL, "
						"holds "
						"NULL; detail: The column's type is positive.; hint: With "
						"event.converting.failure.handling.mode=warn it is written as 0, and "
						"nothing "
						"tells it from a value.");
}

static void
rows_unseen_are_told_once(void **state)
{
	(void) state;
	capture_begin();
	notice_unseen_delete(&table);
	notice_unseen_delete(&table);
	capture_end();
	assert_warned("table=public.t text=\"deleted rows of table \\\"public.t\\\" are "
				  "unknown");
	assert_null(strstr(said, "column="));
	capture_begin();
	notice_unseen_update(&table);
	notice_unseen_update(&table);
	capture_end();
	assert_warned("text=\"of updated rows of table \\\"public.t\\\" only the new state");
}

/* A name with a line's end stays in its line; a default longer than a line leaves the rest. */
static void
texts_are_one_line(void **state)
{
	static char type_name[100000];

	(void) state;
	memset(type_name, 'x', sizeof(type_name));
	columns[1].name = (WfSlice) SLICE("a\nb");
	columns[1].type_name = wf_slice(type_name, sizeof(type_name));
	plan();
	capture_begin();
	notice_unconvertible(&table, 1);
	capture_end();
	assert_warned("column=\"a\\nb\" text=\"a value of column \\\"a b\\\" of table");
	assert_non_null(strstr(said, " detail=\"The column's type is xxx"));
	assert_non_null(strstr(said, " hint=\"Set "));
}

/* ---- tables ---- */

static WfRules rules;

static void
tell_plan(WfOutput output)
{
	capture_begin();
	notice_plan(&table, &rules, (WfSlice) SLICE("shop"), output);
	capture_end();
}

static void
plans_without_anything_to_tell(void **state)
{
	(void) state;
	assert_true(wf_rules_init(&rules, &heap_memory, NULL));
	plan();
	tell_plan(WF_OUTPUT_FRAME);
	assert_string_equal(said, "");
	wf_rules_free(&rules);
}

static void
plans_are_told_once(void **state)
{
	static const WfTransform router = {.kind = 0};

	(void) state;
	columns[0].rule = (WfColumnRule) {.action = WF_COLUMN_MASK, .length = 3};
	columns[0].type.kind = WF_TYPE_TEXT;
	columns[1].rule.unmaskable = true;
	columns[2].left_out = WF_LEFT_OUT_DEFAULT;
	assert_true(wf_rules_init(&rules, &heap_memory, NULL));
	assert_true(wf_rules_set(&rules, "message.key.columns", (WfSlice) SLICE("public.t:id,absent"),
							 NULL, NULL, &error));
	plan();

	/* an outbox's records have keys of their own, and envelopes none */
	table.row_plan.event_router = &router;
	tell_plan(WF_OUTPUT_FRAME);
	assert_non_null(strstr(said, "is described without what is too long: default of column"));
	assert_non_null(strstr(said, "masks, hashes or truncations do not act on columns of"));
	assert_null(strstr(said, "message.key.columns"));
	table.row_plan.event_router = NULL;
	tell_plan(WF_OUTPUT_ENVELOPE);
	assert_warned("names columns that table \\\"public.t\\\" does not have as it is "
				  "published: \\\"absent\\\"\"");
	tell_plan(WF_OUTPUT_FRAME);
	assert_warned("column=id text=\"column \\\"id\\\" of table \\\"public.t\\\" is masked, "
				  "hashed or cut in values, but its keys show it as it is\"");
	assert_null(strstr(said, "policy"));	/* which is the plugin's */
	tell_plan(WF_OUTPUT_FRAME);
	assert_string_equal(said, "");
	wf_rules_free(&rules);
}

static void
types_that_are_gone(void **state)
{
	(void) state;
	capture_begin();
	notice_dropped_type(&table, &columns[1]);
	notice_dropped_type(&table, &columns[2]);
	capture_end();
	assert_warned("table=public.t column=n text=\"the type of column \\\"n\\\" of table "
				  "\\\"public.t\\\" is not in the catalogue any more");
}

static void
tables_are_refused(void **state)
{
	(void) state;
	plan();
	assert_true(notice_converters(&table.relation, &options, &error));
	assert_int_equal(error.length, 0);
	options.value_converter = WF_CONVERTER_STRING;
	assert_false(notice_converters(&table.relation, &options, &error));
	assert_non_null(strstr(refusal(), "events of table \"public.t\" are structs, of which "
						   "value.converter makes nothing that can be read; hint: Take the "
						   "JsonConverter"));
	wf_buffer_cut(&error, 0);
	notice_same_names(&error, &table.relation, 0, 2);
	assert_non_null(strstr(refusal(), "columns \"id\" and \"d\" of table \"public.t\" would have "
						   "the "
						   "same name in events; hint: Set "));
}

/* ---- outboxes and messages ---- */

/* What becomes of an update of an outbox with this table.op.invalid.behavior. */
static bool
update_outbox(int invalid)
{
	static WfTransform router;
	static WfOutboxPlan outbox;
	const WfOutboxReport report = {WF_OUTBOX_UPDATE_IGNORED, -1, 0x100, NULL, WF_OFFSET_NONE};
	bool		goes_on;

	router.as.outbox.invalid = invalid;
	outbox.transform = &router;
	table.outbox = &outbox;
	table.row_plan.relation = &table.relation;
	table.row_plan.outbox = &outbox;
	capture_begin();
	goes_on = notice_outbox(&table, &report, &error);
	capture_end();
	return goes_on;
}

static void
operations_on_outboxes(void **state)
{
	(void) state;
	assert_true(update_outbox(WF_OUTBOX_INVALID_WARN));
	assert_warned("table=public.t text=\"rows of outbox table \\\"public.t\\\" were "
				  "updated, which makes no records\" detail=\"The row is at LSN 0/100. ");
	assert_true(update_outbox(WF_OUTBOX_INVALID_ERROR));
	assert_said("error source: ", "rows of outbox table");
	assert_int_equal(error.length, 0);
	assert_false(update_outbox(WF_OUTBOX_INVALID_FATAL));
	assert_string_equal(said, "");
	assert_non_null(strstr(refusal(), "rows of outbox table \"public.t\" were updated, which "
						   "makes no "
						   "records; hint: An outbox is written by INSERT and DELETE only"));
}

static void
values_of_outboxes(void **state)
{
	const WfOutboxReport report = {WF_OUTBOX_ROUTE_IS_NULL, 1, 0x100, NULL, WF_OFFSET_NONE};

	(void) state;
	(void) update_outbox(WF_OUTBOX_INVALID_FATAL);
	capture_begin();
	assert_true(notice_outbox(&table, &report, &error));
	capture_end();
	assert_warned("table=public.t column=n text=\"a row of outbox table");
}

static void
messages(void **state)
{
	const WfMessageReport report = {
		.notice = WF_MESSAGE_NOT_DECODED, .lsn = 0x100, .prefix = SLICE("shop"),
		.reason = "it is no object", .offset = WF_OFFSET_NONE
	};

	(void) state;
	capture_begin();
	notice_message(&report);
	capture_end();
	assert_warned("a note on a logical message text=\"a logical message of prefix "
				  "\\\"shop\\\" cannot be decoded and is published as it is: it is no object\" "
				  "detail=");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_table, close_table)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_are_told_once_per_column),
		TEST(values_are_refused),
		TEST(rows_unseen_are_told_once),
		TEST(texts_are_one_line),
		TEST(plans_without_anything_to_tell),
		TEST(plans_are_told_once),
		TEST(types_that_are_gone),
		TEST(tables_are_refused),
		TEST(operations_on_outboxes),
		TEST(values_of_outboxes),
		TEST(messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
