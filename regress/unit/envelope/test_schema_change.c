/*
 * test_schema_change.c
 *		Schema changes: when a shape is told, where, and what of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#define OID_VARCHAR 1043

static const WfColumn columns[] = {
	{.name = SLICE("id"), .catalogue_type = SLICE("int4"), .type = INT4_TYPE, .in_identity = true,
	.default_expression = SLICE("nextval('s'::regclass)")},
	{.name = SLICE("c\"d"), .catalogue_type = SLICE("varchar"), .nullable = true,
		.type = {.kind = WF_TYPE_TEXT, .element_kind = WF_TYPE_OTHER, .oid = OID_VARCHAR,
		.typmod = 14},
	.default_expression = SLICE("'x'::character varying"), .comment = SLICE("why")},
	{.name = SLICE("pin"), .catalogue_type = SLICE("text"), .nullable = true, .type = TEXT_TYPE,
		.default_expression = SLICE("'most'::text"),
	.rule = {.action = WF_COLUMN_MASK, .length = 3}},
	{.name = SLICE("gone"), .catalogue_type = SLICE("text"), .type = TEXT_TYPE,
	.rule = {.action = WF_COLUMN_OMIT}}
};

static const WfRelation table = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("t\"x"), .comment = SLICE("whole"),
	.identity = WF_IDENTITY_DEFAULT,
	.column_count = 4, .columns = columns, .key_count = 1, .key_columns = {0}
};

/* The same with one column less. */
static const WfRelation other_shape = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("t\"x"), .comment = SLICE("whole"),
	.identity = WF_IDENTITY_DEFAULT,
	.column_count = 1, .columns = columns, .key_count = 1, .key_columns = {0}
};

#define COLUMN_ID \
	"{\"name\":\"id\",\"jdbcType\":4,\"nativeType\":23,\"typeName\":\"serial\"," \
	"\"typeExpression\":\"serial\",\"charsetName\":null,\"length\":10,\"scale\":0,\"position\":1," \
	"\"optional\":false,\"autoIncremented\":true,\"generated\":false,\"comment\":null," \
	"\"defaultValueExpression\":\"nextval('s'::regclass)\",\"enumValues\":null}"

#define TABLE_START \
	"\"id\":\"\\\"public\\\".\\\"t\\\"\\\"x\\\"\",\"table\":{\"defaultCharsetName\":null," \
	"\"primaryKeyColumnNames\":[\"id\"],\"columns\":[" COLUMN_ID

static Fixture fixture;

static void
open(WfOutput output, bool schemas)
{
	fixture_open(&fixture, output, NULL);
	fixture.session.options.schema_changes = true;
	fixture.session.options.key_schemas = schemas;
	fixture.session.options.value_schemas = schemas;
	wf_buffer_cut(fixture.session.text, 0);
	assert_true(wf_session_init(&fixture.session));
	fixture_plan(&fixture, &table);
}

static void
write(WfTransaction *transaction, WfOperation operation, uint64_t lsn)
{
	static const WfValue row[] = {INTEGER(7), TEXT("a"), NULL_VALUE, NULL_VALUE};
	WfRowChange change = {.operation = operation, .lsn = lsn, .new_row = row};

	assert_int_equal(wf_write_row(&fixture.session, transaction, &fixture.plan, &change),
					 WF_WRITE_OK);
}

#define count(part) fixture_count(&fixture, part)

static void
assert_holds(const char *part)
{
	if (count(part) == 0)
		fail_msg("expected\n%s\nin\n%s", part, fixture_text(&fixture.lines));
}

static void
a_shape_is_told_before_its_first_row(void **state)
{
	WfTransaction transaction;

	(void) state;
	open(WF_OUTPUT_RECORD, false);
	wf_transaction_begin(&transaction, 1, 0x100, 0);
	write(&transaction, WF_OPERATION_CREATE, 0x10);
	write(&transaction, WF_OPERATION_CREATE, 0x20);
	assert_int_equal(count("tableChanges"), 1);
	assert_int_equal(strncmp(fixture_text(&fixture.lines),
							 "{\"topic\":\"inv\",\"key\":{\"databaseName\":\"shop\"},"
							 "\"headers\":{\"__walferry.position\":"
							 "\"0000000000000001/0000000000000100/000000000000000F/"
							 "0000000000004011\"},\"value\":{\"source\":{", 150), 0);
	assert_holds("\"schema\":\"public\",\"table\":\"t\\\"x\",\"txId\":1,\"lsn\":16,\"xmin\":null,"
				 "\"origin\":null,\"origin_lsn\":null},\"ts_ms\":1700000000123,"
				 "\"databaseName\":\"shop\",\"schemaName\":\"public\",\"ddl\":null,"
				 "\"tableChanges\":[{\"type\":\"CREATE\"," TABLE_START);
	/* the rows' ordinals are those of a session that told the shape earlier */
	assert_int_equal(count("0000000000000010/0000000000000000\""), 1);
	assert_int_equal(count("0000000000000020/0000000000000000\""), 1);
	fixture_close(&fixture);
}

static void
what_no_row_shows_is_not_told(void **state)
{
	WfTransaction transaction;

	(void) state;
	open(WF_OUTPUT_RECORD, false);
	wf_transaction_begin(&transaction, 1, 0x100, 0);
	write(&transaction, WF_OPERATION_CREATE, 0x10);
	assert_holds("{\"name\":\"c\\\"d\",\"jdbcType\":12,\"nativeType\":1043,"
				 "\"typeName\":\"varchar\",\"typeExpression\":\"varchar\",\"charsetName\":null,"
				 "\"length\":10,\"scale\":0,\"position\":2,\"optional\":true,"
				 "\"autoIncremented\":false,\"generated\":false,\"comment\":null,"
				 "\"defaultValueExpression\":\"'x'::character varying\",\"enumValues\":null},"
				 "{\"name\":\"pin\",");
	assert_int_equal(count("most"), 0);
	assert_int_equal(count("gone"), 0);
	assert_int_equal(count("why"), 0);
	fixture_close(&fixture);

	open(WF_OUTPUT_RECORD, false);
	fixture.session.options.schema_comments = true;
	fixture_plan(&fixture, &table);
	wf_transaction_begin(&transaction, 1, 0x100, 0);
	write(&transaction, WF_OPERATION_CREATE, 0x10);
	assert_holds("\"comment\":\"why\"");
	assert_holds("],\"comment\":\"whole\"}}]}");
	fixture_close(&fixture);
}

static void
only_another_shape_is_an_alteration(void **state)
{
	WfTransaction transaction;

	(void) state;
	open(WF_OUTPUT_RECORD, false);
	wf_transaction_begin(&transaction, 1, 0x100, 0);
	fixture_plan(&fixture, &other_shape);	/* nothing was told yet */
	fixture_plan(&fixture, &table);
	write(&transaction, WF_OPERATION_CREATE, 0x10);
	assert_int_equal(count("\"type\":\"CREATE\""), 1);
	fixture_plan(&fixture, &table);
	write(&transaction, WF_OPERATION_CREATE, 0x20);
	assert_int_equal(count("tableChanges"), 1);
	fixture_plan(&fixture, &other_shape);
	write(&transaction, WF_OPERATION_CREATE, 0x30);
	assert_int_equal(count("\"type\":\"ALTER\"," TABLE_START "],\"comment\":null}}]}"), 1);
	/* altered and built anew before a row came: still an alteration */
	fixture_plan(&fixture, &table);
	fixture_plan(&fixture, &table);
	write(&transaction, WF_OPERATION_CREATE, 0x40);
	assert_int_equal(count("\"type\":\"ALTER\""), 2);
	/* rows that were read are told of by who read them */
	fixture_plan(&fixture, &other_shape);
	write(&transaction, WF_OPERATION_READ, 0x50);
	assert_int_equal(count("tableChanges"), 3);
	fixture_close(&fixture);
}

static void
metadata_does_not_count_it(void **state)
{
	WfTransaction transaction;

	(void) state;
	open(WF_OUTPUT_RECORD, false);
	fixture.session.options.provide_transaction_metadata = true;
	wf_buffer_cut(fixture.session.text, 0);
	assert_true(wf_session_init(&fixture.session));
	wf_transaction_begin(&transaction, 1, 0x100, 0);
	assert_int_equal(wf_write_truncate(&fixture.session, &transaction, &fixture.plan, 0x10),
					 WF_WRITE_SKIPPED);
	assert_int_equal(count("tableChanges"), 0);
	write(&transaction, WF_OPERATION_CREATE, 0x10);
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x110), WF_WRITE_OK);
	assert_holds("\"event_count\":1,");
	assert_true(strstr(fixture_text(&fixture.lines), "BEGIN") <
				strstr(fixture_text(&fixture.lines), "tableChanges"));
	fixture_close(&fixture);
}

static void
frames_tell_topic_and_schemas_once(void **state)
{
	WfTransaction transaction;

	(void) state;
	open(WF_OUTPUT_FRAME, true);
	wf_transaction_begin(&transaction, 1, 0x100, 0);
	write(&transaction, WF_OPERATION_CREATE, 0x10);
	fixture_plan(&fixture, &other_shape);
	write(&transaction, WF_OPERATION_CREATE, 0x20);
	fixture_read_frame(&fixture);
	assert_int_equal(count("T 2 inv\n"), 1);
	assert_int_equal(count("key={\"type\":\"struct\",\"fields\":[{\"type\":\"string\","
						   "\"optional\":false,\"field\":\"databaseName\"}],\"optional\":false,"
						   "\"name\":\"io.debezium.connector.postgresql.SchemaChangeKey\","
						   "\"version\":1} value="), 1);
	assert_int_equal(count("\"name\":\"io.debezium.connector.postgresql.SchemaChangeValue\","
						   "\"version\":1}\n"), 1);
	assert_holds("R flags=11 topic=2 schema=0 100/F/16401 enclosure=2 "
				 "key={\"databaseName\":\"shop\"} value={\"source\":{");
	assert_holds("R flags=11 topic=2 schema=0 100/1F/16401 enclosure=2 ");
	fixture_close(&fixture);
}

static void
one_that_is_too_large_is_a_stub(void **state)
{
	WfTransaction transaction;

	(void) state;
	open(WF_OUTPUT_FRAME, false);
	fixture.session.options.record_max_bytes = 900;
	wf_transaction_begin(&transaction, 1, 0x100, 0);
	write(&transaction, WF_OPERATION_CREATE, 0x10);
	write(&transaction, WF_OPERATION_CREATE, 0x20);
	fixture_read_frame(&fixture);
	assert_int_equal(count("reason=the description of the table's shape is larger than "
						   "record.max.bytes\n"), 1);
	assert_int_equal(count("topic=1 schema=1 100/10/0"), 1);
	fixture_close(&fixture);
}

static void
off_means_off(void **state)
{
	WfTransaction transaction;

	(void) state;
	open(WF_OUTPUT_RECORD, false);
	fixture.session.options.schema_changes = false;
	fixture_plan(&fixture, &table);
	fixture_plan(&fixture, &other_shape);
	wf_transaction_begin(&transaction, 1, 0x100, 0);
	write(&transaction, WF_OPERATION_CREATE, 0x10);
	assert_int_equal(count("tableChanges"), 0);
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shape_is_told_before_its_first_row),
		cmocka_unit_test(what_no_row_shows_is_not_told),
		cmocka_unit_test(only_another_shape_is_an_alteration),
		cmocka_unit_test(metadata_does_not_count_it),
		cmocka_unit_test(frames_tell_topic_and_schemas_once),
		cmocka_unit_test(one_that_is_too_large_is_a_stub),
		cmocka_unit_test(off_means_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
