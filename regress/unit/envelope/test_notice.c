/*
 * test_notice.c
 *		What users are told: each sentence, with the names that are in it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "chain_fixture.h"
#include "envelope/notice.h"
#include "mask_digest.h"

#define ROUTER "transforms=o\ntransforms.o.type=io.debezium.transforms.outbox.EventRouter\n"

#define ID {.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE}

static const WfColumn plain_columns[] = {
	ID,
	{.name = SLICE("n"), .type_name = SLICE("numeric"), .type = NUMERIC_TYPE, .nullable = true},
	{.name = SLICE("d"), .type_name = SLICE("public.positive"), .type = INT4_TYPE,
	.may_hold_null = true}
};

static const WfRelation plain = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"), .column_count = 3,
	.columns = plain_columns, .key_count = 1, .key_columns = {0}
};

static WfNotice notice;

static int
open_notice(void **state)
{
	(void) state;
	notice.message = fixture_buffer(WF_NOTICE_BYTES_MAX);
	notice.detail = fixture_buffer(WF_NOTICE_BYTES_MAX);
	notice.hint = fixture_buffer(WF_NOTICE_BYTES_MAX);
	return 0;
}

static int
close_notice(void **state)
{
	(void) state;
	free(notice.message.data);
	free(notice.detail.data);
	free(notice.hint.data);
	return 0;
}

/* The notice, which is begun anew. */
static void
assert_notice(const char *message, const char *detail, const char *hint)
{
	assert_string_equal(fixture_text(&notice.message), message);
	assert_string_equal(fixture_text(&notice.detail), detail);
	assert_string_equal(fixture_text(&notice.hint), hint);
	wf_buffer_cut(&notice.message, 0);
	wf_buffer_cut(&notice.detail, 0);
	wf_buffer_cut(&notice.hint, 0);
}

/* ---- rows ---- */

static void
values_without_a_form(void **state)
{
	(void) state;
	open_table(WF_OUTPUT_RECORD, "", &plain);
	wf_notice_formless(&notice, &fixture.plan, 1);
	assert_notice("a value of column \"n\" of table \"public.t\" has no form in the event and was "
				  "written as null",
				  "The column's type is numeric: NaN and the infinities have no form as a Decimal. "
				  "Further such values of it are not reported in this session.",
				  "Set numeric.special.handling=string or decimal.handling.mode=string to keep NaN "
				  "and the infinities.");
	wf_notice_formless_refused(&notice, &fixture.plan, 1);
	assert_notice("a value of column \"n\" of table \"public.t\" has no form in the event",
				  "The column's type is numeric: NaN and the infinities have no form as a Decimal.",
				  "Set numeric.special.handling=string or decimal.handling.mode=string to keep NaN "
				  "and the infinities. With event.converting.failure.handling.mode=warn it is "
				  "written as null.");
	close_chain();
}

/* Of a type of which nothing is known there is neither reason nor remedy. */
static void
values_without_a_reason(void **state)
{
	(void) state;
	open_table(WF_OUTPUT_RECORD, "", &plain);
	wf_notice_formless(&notice, &fixture.plan, 0);
	assert_notice("a value of column \"id\" of table \"public.t\" has no form in the event and was "
				  "written as null",
				  "The column's type is integer. Further such values of it are not reported in this "
				  "session.", "");
	wf_notice_formless_refused(&notice, &fixture.plan, 0);
	assert_notice("a value of column \"id\" of table \"public.t\" has no form in the event",
				  "The column's type is integer.",
				  "With event.converting.failure.handling.mode=warn it is written as null.");
	close_chain();
}

/* Of several reasons each has its remedy. */
static void
values_with_two_reasons(void **state)
{
	static const WfColumn columns[] = {
		{.name = SLICE("prices"), .type_name = SLICE("money[]"), .nullable = true,
		.type = {.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_MONEY, .oid = 791, .typmod = -1}}
	};
	const WfRelation relation = {
		.schema = SLICE("public"), .name = SLICE("t"), .column_count = 1, .columns = columns
	};

	(void) state;
	open_table(WF_OUTPUT_RECORD, "value.converter.schemas.enable=true\n", &relation);
	wf_notice_formless(&notice, &fixture.plan, 0);
	assert_non_null(strstr(fixture_text(&notice.detail), "inline schemas; "));
	assert_non_null(strstr(fixture_text(&notice.hint), "more than one dimension. Set "));
	close_chain();
}

static void
hidden_nulls(void **state)
{
	(void) state;
	open_table(WF_OUTPUT_RECORD, "", &plain);
	wf_notice_hidden_null(&notice, &fixture.plan, 2, true);
	assert_notice("NULL in column \"d\" of table \"public.t\", whose domain is NOT NULL, was written "
				  "as 0",
				  "The column's type is public.positive. Each such record's header "
				  "__walferry.defaulted names the column. Further NULLs of it are not reported in "
				  "this session.", "");
	wf_notice_hidden_null(&notice, &fixture.plan, 2, false);
	assert_notice("NULL in column \"d\" of table \"public.t\", whose domain is NOT NULL, was written "
				  "as 0",
				  "The column's type is public.positive. Nothing tells it from a value: in the "
				  "outputs that have headers walferry.headers.enabled=true would. Further NULLs of "
				  "it are not reported in this session.", "");
	wf_notice_hidden_null_refused(&notice, &fixture.plan, 2, true);
	assert_notice("column \"d\" of table \"public.t\", whose domain is NOT NULL, holds NULL",
				  "The column's type is public.positive.",
				  "With event.converting.failure.handling.mode=warn it is written as 0, and named by "
				  "the header __walferry.defaulted.");
	wf_notice_hidden_null_refused(&notice, &fixture.plan, 2, false);
	assert_notice("column \"d\" of table \"public.t\", whose domain is NOT NULL, holds NULL",
				  "The column's type is public.positive.",
				  "With event.converting.failure.handling.mode=warn it is written as 0, and nothing "
				  "tells it from a value.");
	close_chain();
}

static void
rows_unseen(void **state)
{
	(void) state;
	wf_notice_unseen_delete(&notice, &plain);
	assert_notice("deleted rows of table \"public.t\" are unknown, no events are written for them",
				  "The table has no replica identity, or one of generated columns only, so the WAL "
				  "does not tell which row was deleted.",
				  "Give it a primary key, or use ALTER TABLE ... REPLICA IDENTITY.");
	wf_notice_unseen_update(&notice, &plain);
	assert_notice("of updated rows of table \"public.t\" only the new state is known",
				  "The table has no replica identity, or one of generated columns only, so a change "
				  "of a row's key goes unseen.",
				  "Give it a primary key, or use ALTER TABLE ... REPLICA IDENTITY.");
}

/* ---- tables ---- */

#define LIMITS "As JSON in ASCII, a comment or a default has at most 65536 bytes, the labels of an " \
	"enum 262144, and all of a table's together 1048576."

static void
texts_left_out(void **state)
{
	WfColumn	columns[6];
	WfRelation	relation = plain;

	(void) state;
	assert_false(wf_notice_left_out(&notice, &plain));
	assert_notice("", "", "");

	relation.left_out = WF_LEFT_OUT_COMMENT;
	assert_true(wf_notice_left_out(&notice, &relation));
	assert_notice("table \"public.t\" is described without what is too long: comment of the table",
				  LIMITS, "");

	for (int i = 0; i < 6; i++)
	{
		columns[i] = plain_columns[0];
		columns[i].left_out = WF_LEFT_OUT_DEFAULT | WF_LEFT_OUT_LABELS | WF_LEFT_OUT_COMMENT;
	}
	columns[1].left_out = 0;
	relation.columns = columns;
	relation.column_count = 3;
	assert_true(wf_notice_left_out(&notice, &relation));
	assert_notice("table \"public.t\" is described without what is too long: default of column "
				  "\"id\", labels of the type of column \"id\", comment of column \"id\", default of "
				  "column \"id\", labels of the type of column \"id\", comment of column \"id\", "
				  "comment of the table",
				  LIMITS, "A column whose default is left out is published as one that has none.");
	relation.column_count = 6;
	assert_true(wf_notice_left_out(&notice, &relation));
	assert_non_null(strstr(fixture_text(&notice.message), ", default of column \"id\" and 6 more"));
}

static void
disguises_that_do_not_act(void **state)
{
	WfColumn	columns[12];
	WfRelation	relation = plain;

	(void) state;
	for (int i = 0; i < 12; i++)
	{
		columns[i] = plain_columns[1];
		columns[i].rule.unmaskable = true;
	}
	columns[1] = plain_columns[0];
	columns[1].rule.action = WF_COLUMN_TRUNCATE;
	columns[2].rule.action = WF_COLUMN_OMIT;
	columns[3].rule.unmaskable = false;
	columns[4] = plain_columns[0];
	columns[4].type.kind = WF_TYPE_TEXT;
	columns[4].rule.action = WF_COLUMN_TRUNCATE;
	relation.columns = columns;
	relation.column_count = 5;
	open_table(WF_OUTPUT_RECORD, "", &relation);
	assert_true(wf_plan_is_undisguised(&fixture.plan, 0));
	assert_true(wf_plan_is_undisguised(&fixture.plan, 1));
	assert_false(wf_plan_is_undisguised(&fixture.plan, 2));
	assert_false(wf_plan_is_undisguised(&fixture.plan, 3));
	assert_false(wf_plan_is_undisguised(&fixture.plan, 4));
	assert_true(wf_notice_undisguised(&notice, &fixture.plan));
	assert_notice("masks, hashes or truncations do not act on columns of table \"public.t\" that "
				  "they name: \"n\" (numeric), \"id\" (integer)",
				  "Masks and hashes act on character types and enums, truncations on bytea and what "
				  "is published as a string.", "Leave such columns out by column.exclude.list.");
	close_chain();

	columns[2] = columns[3] = columns[4] = columns[0];
	relation.column_count = 12;
	open_table(WF_OUTPUT_RECORD, "", &relation);
	assert_true(wf_notice_undisguised(&notice, &fixture.plan));
	assert_non_null(strstr(fixture_text(&notice.message), "\"n\" (numeric) and 2 more"));
	close_chain();

	wf_buffer_cut(&notice.message, 0);
	open_table(WF_OUTPUT_RECORD, "", &plain);
	assert_false(wf_notice_undisguised(&notice, &fixture.plan));
	assert_string_equal(fixture_text(&notice.message), "");
	close_chain();
}

static void
keys_that_lack_columns(void **state)
{
	WfRules		rules;
	WfBuffer	names = fixture_buffer(1024);
	WfBuffer	reason = fixture_buffer(1024);

	(void) state;
	assert_true(wf_rules_init(&rules, &heap_memory, test_digest));
	assert_true(wf_relation_missing_key(&rules, (WfSlice) SLICE("shop"), &plain, &names, &reason));
	assert_int_equal(names.length, 0);
	assert_true(wf_rules_set(&rules, "message.key.columns", (WfSlice) SLICE("public.t:id,a,b"), NULL,
							 NULL, &reason));
	assert_true(wf_relation_missing_key(&rules, (WfSlice) SLICE("shop"), &plain, &names, &reason));
	wf_notice_missing_key(&notice, &plain, wf_buffer_since(&names, 0));
	assert_notice("option \"message.key.columns\" names columns that table \"public.t\" does not "
				  "have as it is published: \"a\", \"b\"",
				  "Keys are made of the others that it names, or if there are none of those that the "
				  "table's own key has.", "");
	wf_rules_free(&rules);
	free(names.data);
	free(reason.data);
}

static void
keys_that_show_columns(void **state)
{
	WfColumn	columns[3] = {plain_columns[0], plain_columns[1], plain_columns[2]};
	WfRelation	relation = plain;

	(void) state;
	columns[1].rule = (WfColumnRule) {.action = WF_COLUMN_MASK, .length = 3};
	columns[2].rule.action = WF_COLUMN_OMIT;
	relation.columns = columns;
	open_table(WF_OUTPUT_RECORD, "", &relation);
	assert_false(wf_plan_key_is_shown(&fixture.plan, 0));
	assert_true(wf_plan_key_is_shown(&fixture.plan, 1));
	assert_false(wf_plan_key_is_shown(&fixture.plan, 2));
	wf_notice_shown_key(&notice, &plain, 1, "");
	assert_notice("column \"n\" of table \"public.t\" is masked, hashed or cut in values, but its "
				  "keys show it as it is", "",
				  "Choose keys of other columns by \"message.key.columns\".");
	wf_notice_shown_key(&notice, &plain, 1, ", or do something else");
	assert_string_equal(fixture_text(&notice.hint), "Choose keys of other columns by "
						"\"message.key.columns\", or do something else.");
	close_chain();
}

static void
names_that_become_one(void **state)
{
	(void) state;
	wf_notice_same_names(&notice, &plain, 0, 2);
	assert_notice("columns \"id\" and \"d\" of table \"public.t\" would have the same name in events",
				  "", "Set field.name.adjustment.mode to avro_unicode, or leave one of them out by "
				  "column.exclude.list.");
}

#define OTHER_CONVERTERS "Take the JsonConverter, or keep the table out by table.include.list: " \
	"other converters are for what an EventRouter makes."

static void
converters_that_read_no_structs(void **state)
{
	WfOptions	options = {.value_converter = WF_CONVERTER_BINARY};

	(void) state;
	assert_false(wf_notice_converters(&notice, &plain, &options));
	assert_notice("", "", "");
	options.value_converter = WF_CONVERTER_BYTES;
	assert_true(wf_notice_converters(&notice, &plain, &options));
	assert_notice("events of table \"public.t\" are structs, of which value.converter makes nothing "
				  "that can be read", "", OTHER_CONVERTERS);
	options.key_converter = WF_CONVERTER_STRING;
	assert_true(wf_notice_converters(&notice, &plain, &options));
	assert_notice("events of table \"public.t\" are structs, of which key.converter makes nothing "
				  "that can be read", "", OTHER_CONVERTERS);
}

/* ---- outboxes ---- */

static const WfColumn outbox_columns[] = {
	ID,
	{.name = SLICE("aggregatetype"), .type_name = SLICE("text"), .type = TEXT_TYPE},
	{.name = SLICE("aggregateid"), .type_name = SLICE("text"), .type = TEXT_TYPE},
	{.name = SLICE("payload"), .type_name = SLICE("text"), .type = TEXT_TYPE}
};

static const WfRelation outbox_table = {
	.oid = 16402, .schema = SLICE("public"), .name = SLICE("outbox"), .column_count = 4,
	.columns = outbox_columns, .key_count = 1, .key_columns = {0}
};

#define LSN UINT64_C(0x16B374D848)

static WfNoticeLevel
tell_outbox(WfOutboxNotice kind, int column, uint64_t lsn)
{
	const WfOutboxReport report = {kind, column, lsn, NULL, WF_OFFSET_NONE};

	return wf_notice_outbox(&notice, &fixture.plan, &report);
}

static void
tell_not_expanded(const char *reason, size_t offset)
{
	const WfOutboxReport report = {WF_OUTBOX_NOT_EXPANDED, 3, LSN, reason, offset};

	assert_int_equal(wf_notice_outbox(&notice, &fixture.plan, &report), WF_NOTICE_WARNING);
}

#define ONCE "It is not reported again for this table in this session."
#define AT_LSN "The row is at LSN 16/B374D848. " ONCE

static void
values_of_outboxes(void **state)
{
	(void) state;
	open_table(WF_OUTPUT_RECORD, ROUTER "transforms.o.table.op.invalid.behavior=fatal\n",
			   &outbox_table);
	assert_int_equal(tell_outbox(WF_OUTBOX_ROUTE_IS_NULL, 1, LSN), WF_NOTICE_WARNING);
	assert_notice("a row of outbox table \"public.outbox\" names no topic: column \"aggregatetype\" "
				  "is NULL, which counts as an empty text", AT_LSN, "");
	assert_int_equal(tell_outbox(WF_OUTBOX_NAME_CHANGED, 1, LSN), WF_NOTICE_WARNING);
	assert_notice("a row of outbox table \"public.outbox\" names a topic by column \"aggregatetype\" "
				  "that Kafka cannot have; the name was made legal", AT_LSN, "");
	tell_not_expanded("it ends early", 17);
	assert_notice("a payload of outbox table \"public.outbox\" in column \"payload\" cannot be "
				  "expanded and is published as a text: it ends early (byte 17)", AT_LSN, "");
	tell_not_expanded("it is too long", WF_OFFSET_NONE);
	assert_notice("a payload of outbox table \"public.outbox\" in column \"payload\" cannot be "
				  "expanded and is published as a text: it is too long", AT_LSN, "");
	assert_int_equal(tell_outbox(WF_OUTBOX_TIME_REFUSED, 0, UINT64_C(0x10000000000)),
					 WF_NOTICE_WARNING);
	assert_notice("a time of outbox table \"public.outbox\" in column \"id\" is none that Kafka has; "
				  "the record has the time at which it was sent", "The row is at LSN 100/0. " ONCE,
				  "");
	close_chain();
}

/* What weighs how much is the setting's to say. */
static void
operations_on_outboxes(void **state)
{
	(void) state;
	assert_true(wf_outbox_notice_is_operation(WF_OUTBOX_UPDATE_IGNORED));
	assert_true(wf_outbox_notice_is_operation(WF_OUTBOX_TRUNCATE_IGNORED));
	assert_false(wf_outbox_notice_is_operation(WF_OUTBOX_TIME_REFUSED));
	open_table(WF_OUTPUT_RECORD, ROUTER, &outbox_table);
	assert_int_equal(tell_outbox(WF_OUTBOX_UPDATE_IGNORED, -1, LSN), WF_NOTICE_WARNING);
	assert_notice("rows of outbox table \"public.outbox\" were updated, which makes no records",
				  AT_LSN, "");
	assert_int_equal(tell_outbox(WF_OUTBOX_TRUNCATE_IGNORED, -1, 0), WF_NOTICE_WARNING);
	assert_notice("outbox table \"public.outbox\" was truncated, which makes no records", ONCE, "");
	close_chain();

	open_table(WF_OUTPUT_RECORD, ROUTER "transforms.o.table.op.invalid.behavior=error\n",
			   &outbox_table);
	assert_int_equal(tell_outbox(WF_OUTBOX_UPDATE_IGNORED, -1, LSN), WF_NOTICE_ERROR);
	assert_notice("rows of outbox table \"public.outbox\" were updated, which makes no records",
				  AT_LSN, "");
	close_chain();

	open_table(WF_OUTPUT_RECORD, ROUTER "transforms.o.table.op.invalid.behavior=fatal\n",
			   &outbox_table);
	assert_int_equal(tell_outbox(WF_OUTBOX_UPDATE_IGNORED, -1, LSN), WF_NOTICE_REFUSAL);
	assert_notice("rows of outbox table \"public.outbox\" were updated, which makes no records", "",
				  "An outbox is written by INSERT and DELETE only; with "
				  "table.op.invalid.behavior=warn others are ignored.");
	close_chain();
}

/* ---- logical messages ---- */

#define OTHERS "The message is at LSN 16/B374D848. Others of its prefix are not reported in this " \
	"session."
#define KEEP_AWAY "message.prefix.include.list and message.prefix.exclude.list keep other messages " \
	"away."

static void
tell_message(WfMessageNotice kind, WfSlice prefix, const char *reason)
{
	WfMessageReport report = {
		.notice = kind, .lsn = 0x16B374D848, .prefix = prefix, .member = SLICE("type"),
		.reason = reason, .offset = 3
	};

	wf_notice_message(&notice, &report);
}

static void
messages(void **state)
{
	const WfSlice prefix = SLICE("shop");

	(void) state;
	tell_message(WF_MESSAGE_NOT_DECODED, prefix, "it is no object");
	assert_notice("a logical message of prefix \"shop\" cannot be decoded and is published as it is: "
				  "it is no object (byte 3)", OTHERS, KEEP_AWAY);
	tell_message(WF_MESSAGE_NOT_ROUTED, prefix, NULL);
	assert_notice("a logical message of prefix \"shop\" has no member \"type\" that the EventRouter "
				  "can use and is published as it is", OTHERS, KEEP_AWAY);
	tell_message(WF_MESSAGE_KEY_WITHOUT_SCHEMA, prefix, NULL);
	assert_notice("a logical message of prefix \"shop\" has a member \"type\" without a Connect "
				  "schema, which cannot be a key, and is published as it is", OTHERS, KEEP_AWAY);
	tell_message(WF_MESSAGE_NAME_CHANGED, prefix, NULL);
	assert_notice("a logical message of prefix \"shop\" names a topic by member \"type\" that Kafka "
				  "cannot have; the name was made legal", OTHERS, "");
	tell_message(WF_MESSAGE_NOT_EXPANDED, prefix, "it ends early");
	assert_notice("a payload of a logical message of prefix \"shop\" in member \"type\" cannot be "
				  "expanded and is published as a text: it ends early (byte 3)", OTHERS, "");
}

/* So many bytes of the prefix are shown, and three dots. */
static void
assert_cut(const char *prefix, size_t length)
{
	static const char start[] = "a logical message of prefix \"";
	const char *text;

	tell_message(WF_MESSAGE_NOT_ROUTED, wf_slice_of(prefix), NULL);
	text = fixture_text(&notice.message) + strlen(start);
	assert_memory_equal(text, prefix, length);
	assert_memory_equal(text + length, "...\" has no member", 18);
	wf_buffer_cut(&notice.message, 0);
}

static void
long_prefixes(void **state)
{
	char		prefix[102];

	(void) state;
	memset(prefix, 'p', sizeof(prefix));
	prefix[101] = '\0';
	assert_cut(prefix, 97);
	memcpy(prefix + 95, "\xE2\x82\xAC", 3); /* the cut is within it */
	assert_cut(prefix, 95);
	memset(prefix, 0x80, 101);	/* no characters at all */
	assert_cut(prefix, 97);

	memset(prefix, 'p', 100);
	prefix[100] = '\0';
	tell_message(WF_MESSAGE_NOT_ROUTED, wf_slice_of(prefix), NULL);
	assert_non_null(strstr(fixture_text(&notice.message), "pp\" has no member"));
}

/* A buffer that fails holds less, and nothing else happens. */
static void
room_that_ends(void **state)
{
	(void) state;
	notice.message.ceiling = 20;
	notice.detail.ceiling = 0;
	wf_notice_unseen_delete(&notice, &plain);
	assert_true(notice.message.length <= 20);
	assert_int_equal(notice.detail.length, 0);
	assert_true(notice.hint.length > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_notice, close_notice)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(values_without_a_form),
		TEST(values_without_a_reason),
		TEST(values_with_two_reasons),
		TEST(hidden_nulls),
		TEST(rows_unseen),
		TEST(texts_left_out),
		TEST(disguises_that_do_not_act),
		TEST(keys_that_lack_columns),
		TEST(keys_that_show_columns),
		TEST(names_that_become_one),
		TEST(converters_that_read_no_structs),
		TEST(values_of_outboxes),
		TEST(operations_on_outboxes),
		TEST(messages),
		TEST(long_prefixes),
		TEST(room_that_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
