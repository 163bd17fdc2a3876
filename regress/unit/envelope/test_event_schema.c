/*
 * test_event_schema.c
 *		Inline schemas: what stands around payloads, in which output, and how often
 *		frames tell it.  That schemas are Debezium's, the golden recordings show.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#define KEY_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[{\"type\":\"int32\",\"optional\":false,\"field\":\"a_b\"}]," \
	"\"optional\":false,\"name\":\"inv.public.t.Key\"}"
#define ROW_SCHEMA(field) \
	"{\"type\":\"struct\",\"fields\":[" \
	"{\"type\":\"int32\",\"optional\":false,\"field\":\"a_b\"}," \
	"{\"type\":\"string\",\"optional\":true,\"doc\":\"say \\\"x\\\"\",\"field\":\"x\"}]," \
	"\"optional\":true,\"name\":\"inv.public.t.Value\",\"field\":\"" field "\"}"
#define ENVELOPE_START \
	"{\"type\":\"struct\",\"fields\":[" ROW_SCHEMA("before") "," ROW_SCHEMA("after") ","
#define ENVELOPE_END \
	"{\"type\":\"string\",\"optional\":false,\"field\":\"op\"}," \
	"{\"type\":\"int64\",\"optional\":true,\"field\":\"ts_ms\"}," \
	"{\"type\":\"int64\",\"optional\":true,\"field\":\"ts_us\"}," \
	"{\"type\":\"int64\",\"optional\":true,\"field\":\"ts_ns\"}]," \
	"\"optional\":false,\"name\":\"inv.public.t.Envelope\",\"version\":2}"

static const WfColumn columns[2] = {
	{.name = SLICE("a-b"), .type = INT4_TYPE, .in_identity = true},
	{.name = SLICE("x"), .type = TEXT_TYPE, .nullable = true, .comment = SLICE("say \"x\"")}
};
static const WfRelation relation = {
	.oid = 1, .schema = SLICE("public"), .name = SLICE("t"), .column_count = 2,
	.columns = columns, .key_count = 1, .key_columns = {0}, .identity = WF_IDENTITY_DEFAULT
};
static const WfValue row[2] = {INTEGER(7), TEXT("z")};

static Fixture fixture;

static void
open(WfOutput output, bool key_schemas, bool value_schemas)
{
	WfOptions  *options = &fixture.session.options;

	fixture_open(&fixture, output, NULL);
	options->key_schemas = key_schemas;
	options->value_schemas = value_schemas;
	options->field_names = WF_NAMES_AVRO;
	options->schema_comments = true;
	options->provide_transaction_metadata = true;
	wf_buffer_cut(fixture.session.text, 0);
	assert_true(wf_session_init(&fixture.session));
	assert_true(wf_row_plan_build(&fixture.plan, options, &fixture.session.form, &relation,
								  fixture.columns, &fixture.plan_text, fixture_sha256));
}

/* A delete and a message in one transaction. */
static void
write_all(void)
{
	WfTransaction transaction;
	const WfRowChange change = {
		.operation = WF_OPERATION_DELETE, .lsn = 10, .old_row = row, .old_is_full = true
	};

	wf_transaction_begin(&transaction, 1, 20, 0);
	assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &change),
					 WF_WRITE_OK);
	assert_int_equal(wf_write_message(&fixture.session, &transaction, 12, WF_LITERAL("p"),
									  WF_LITERAL("c")), WF_WRITE_OK);
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 30), WF_WRITE_OK);
}

static void
assert_holds(const char *part)
{
	if (!fixture_holds(wf_buffer_since(&fixture.lines, 0), part))
		fail_msg("expected\n%s\nin\n%s", part, fixture_text(&fixture.lines));
}

static void
assert_lacks(const char *part)
{
	if (fixture_holds(wf_buffer_since(&fixture.lines, 0), part))
		fail_msg("did not expect\n%s\nin\n%s", part, fixture_text(&fixture.lines));
}

static void
records_hold_both(void **state)
{
	(void) state;
	open(WF_OUTPUT_RECORD, true, true);
	write_all();
	assert_holds("\"key\":{\"schema\":" KEY_SCHEMA ",\"payload\":{\"a_b\":7}},\"headers\":");
	assert_holds("\"value\":{\"schema\":" ENVELOPE_START
				 "{\"type\":\"struct\",\"fields\":[{\"type\":\"string\",");
	assert_holds(ENVELOPE_END ",\"payload\":{\"before\":{\"a_b\":7,\"x\":\"z\"},");
	assert_holds("\"key\":{\"schema\":" KEY_SCHEMA ",\"payload\":{\"a_b\":7}},\"headers\":"
				 "{\"__walferry.position\":\"0000000000000001/0000000000000014/000000000000000A/"
				 "0000000000000001\"},\"value\":null}");
	assert_holds("\"optional\":false,\"name\":\"io.debezium.connector.postgresql.MessageKey\","
				 "\"version\":1},\"payload\":{\"prefix\":\"p\"}}");
	assert_holds("\"name\":\"io.debezium.connector.postgresql.MessageValue\",\"version\":1},"
				 "\"payload\":{\"op\":\"m\",");
	assert_holds("\"name\":\"io.debezium.connector.common.TransactionMetadataKey\",\"version\":1},"
				 "\"payload\":{\"id\":\"1:10\"}}");
	assert_holds("\"name\":\"io.debezium.connector.common.TransactionMetadataValue\","
				 "\"version\":1},\"payload\":{\"status\":\"BEGIN\",");
	fixture_close(&fixture);
}

static void
each_side_alone(void **state)
{
	(void) state;
	open(WF_OUTPUT_RECORD, true, false);
	write_all();
	assert_holds("\"key\":{\"schema\":" KEY_SCHEMA ",\"payload\":{\"a_b\":7}},");
	assert_holds("\"value\":{\"before\":{\"a_b\":7,");
	assert_lacks("Envelope");
	fixture_close(&fixture);

	open(WF_OUTPUT_RECORD, false, true);
	write_all();
	assert_holds("\"key\":{\"a_b\":7},");
	assert_holds(ENVELOPE_END ",\"payload\":{\"before\":{");
	assert_lacks(".Key");
	fixture_close(&fixture);

	open(WF_OUTPUT_ENVELOPE, true, true);
	write_all();
	assert_holds("{\"schema\":" ENVELOPE_START);
	assert_holds("{\"type\":\"bytes\",\"optional\":true,\"field\":\"content\"}");
	assert_holds("\"content\":\"Yw==\"}}}\n");
	fixture_close(&fixture);
}

/* binary.handling.mode holds for a message's content, and for its schema. */
static void
content_as_text(void **state)
{
	(void) state;
	open(WF_OUTPUT_ENVELOPE, true, true);
	fixture.session.options.binary_mode = WF_BINARY_HEX;
	wf_buffer_cut(fixture.session.text, 0);
	assert_true(wf_session_init(&fixture.session));
	write_all();
	assert_holds("{\"type\":\"string\",\"optional\":true,\"field\":\"content\"}");
	assert_holds("\"content\":\"63\"}}}\n");
	fixture_close(&fixture);
}

/* What the column lists leave out of the row stays in the key. */
static void
keys_left_out_of_the_row(void **state)
{
	WfColumn	left_out[2] = {columns[0], columns[1]};
	WfRelation	table = relation;
	WfSlice		schema;

	(void) state;
	left_out[0].rule.action = WF_COLUMN_OMIT;
	left_out[0].nullable = false;
	table.columns = left_out;
	open(WF_OUTPUT_RECORD, true, true);
	for (int i = 0; i < 2; i++)
	{
		fixture.session.options.compat = i == 0 ? WF_COMPAT_NONE : WF_COMPAT_DEBEZIUM;
		wf_buffer_cut(&fixture.plan_text, 0);
		assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options,
									  &fixture.session.form, &table, fixture.columns,
									  &fixture.plan_text, fixture_sha256));
		schema = wf_plan_text(&fixture.plan, fixture.plan.enclosure.key_schema);
		assert_true(fixture_holds(schema, i == 0 ? "\"optional\":false,\"field\":\"a_b\"" :
								  "\"optional\":true,\"field\":\"a_b\""));
	}
	fixture_close(&fixture);
}

static int
count(const char *part)
{
	const char *text = fixture_text(&fixture.lines);
	int			found = 0;

	while ((text = strstr(text, part)) != NULL)
	{
		found++;
		text += strlen(part);
	}
	return found;
}

static void
frames_tell_schemas_once(void **state)
{
	(void) state;
	open(WF_OUTPUT_FRAME, true, true);
	write_all();
	write_all();
	fixture_read_frame(&fixture);
	assert_int_equal(count("\nE "), 3); /* the table, transactions, messages */
	assert_int_equal(count("key=" KEY_SCHEMA " value=" ENVELOPE_START), 1);
	assert_int_equal(count(" enclosure=1 key={\"a_b\":7} value={\"before\":{"), 2);
	assert_int_equal(count(" enclosure=1 key={\"a_b\":7} value=\n"), 2);
	assert_int_equal(count(" enclosure=2 key={\"id\":\"1:10\"} value={\"status\":\"BEGIN\""), 2);
	assert_int_equal(count(" enclosure=3 key={\"prefix\":\"p\"} value={\"op\":\"m\""), 2);
	assert_int_equal(count("\"payload\""), 0);
	fixture_close(&fixture);
}

static void
comments_are_not_debeziums(void **state)
{
	WfSlice		schema;

	(void) state;
	open(WF_OUTPUT_RECORD, true, true);
	schema = wf_plan_text(&fixture.plan, fixture.plan.enclosure.value_schema);
	assert_true(fixture_holds(schema, "\"doc\":"));
	fixture.session.options.compat = WF_COMPAT_DEBEZIUM;
	wf_buffer_cut(&fixture.plan_text, 0);
	assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								  &relation, fixture.columns, &fixture.plan_text, fixture_sha256));
	schema = wf_plan_text(&fixture.plan, fixture.plan.enclosure.value_schema);
	assert_false(fixture_holds(schema, "\"doc\":"));
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_hold_both),
		cmocka_unit_test(each_side_alone),
		cmocka_unit_test(content_as_text),
		cmocka_unit_test(keys_left_out_of_the_row),
		cmocka_unit_test(frames_tell_schemas_once),
		cmocka_unit_test(comments_are_not_debeziums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
