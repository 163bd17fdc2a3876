/*
 * test_event_options.c
 *		Options that change what surrounds a row's values.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

static const WfColumn columns[] = {
	{.name = SLICE("note"), .type_name = SLICE("text"), .type = TEXT_TYPE},
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
	{.name = SLICE("size"), .type_name = SLICE("integer"), .type = INT4_TYPE},
};

static const WfRelation table = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"), .identity = WF_IDENTITY_FULL,
	.column_count = 3, .columns = columns, .key_count = 1, .key_columns = {1}
};

static WfWriteResult
write_row(Fixture *fixture, WfOperation operation, bool full, const WfValue *old_row,
		  const WfValue *new_row)
{
	WfTransaction transaction;
	WfRowChange change = {.operation = operation, .lsn = 0x10, .old_row = old_row,
	.old_is_full = full, .new_row = new_row};

	wf_transaction_begin(&transaction, 0xFFFFFFF0, 0x100, 1000);
	transaction.xid_epoch = 3;
	return wf_write_row(&fixture->session, &transaction, &fixture->plan, &change);
}

static void
assert_written(Fixture *fixture, const char *part)
{
	if (strstr(fixture_text(&fixture->lines), part) == NULL)
		fail_msg("not in the output: %s\n%s", part, fixture_text(&fixture->lines));
}

static void
absent_columns_can_be_omitted(void **state)
{
	WfValue		key_only[] = {ABSENT, INTEGER(7), ABSENT};
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &table);
	assert_int_equal(write_row(&fixture, WF_OPERATION_DELETE, false, key_only, NULL), WF_WRITE_OK);
	assert_written(&fixture, "{\"before\":{\"note\":\"\",\"id\":7,\"size\":0},\"after\":null");
	fixture.session.options.before_key_only = WF_KEY_ONLY_OMIT;
	assert_int_equal(write_row(&fixture, WF_OPERATION_DELETE, false, key_only, NULL), WF_WRITE_OK);
	assert_written(&fixture, "{\"before\":{\"id\":7},\"after\":null");
	fixture_close(&fixture);
}

static void
the_epoch_of_a_transaction_can_be_shown(void **state)
{
	WfValue		row[] = {NULL_VALUE, INTEGER(7), NULL_VALUE};
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &table);
	assert_int_equal(write_row(&fixture, WF_OPERATION_CREATE, false, NULL, row), WF_WRITE_OK);
	assert_written(&fixture, "\"txId\":4294967280,");
	fixture_close(&fixture);
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &table);
	fixture.session.options.txid_handling = WF_TXID_XID8;
	assert_int_equal(write_row(&fixture, WF_OPERATION_CREATE, false, NULL, row), WF_WRITE_OK);
	assert_written(&fixture, "\"txId\":17179869168,");
	fixture_close(&fixture);
}

static void
updates_without_change_can_be_left_out(void **state)
{
	WfValue		row[] = {TEXT("a"), INTEGER(7), NULL_VALUE};
	WfValue		same[] = {UNAVAILABLE, INTEGER(7), NULL_VALUE};
	WfValue		other[] = {TEXT("a"), INTEGER(7), INTEGER(5)};
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &table);
	assert_int_equal(write_row(&fixture, WF_OPERATION_UPDATE, true, row, row), WF_WRITE_OK);
	fixture.session.options.skip_messages_without_change = true;
	assert_int_equal(write_row(&fixture, WF_OPERATION_UPDATE, true, row, row), WF_WRITE_SKIPPED);
	assert_int_equal(write_row(&fixture, WF_OPERATION_UPDATE, true, row, same), WF_WRITE_SKIPPED);
	assert_int_equal(write_row(&fixture, WF_OPERATION_UPDATE, true, row, other), WF_WRITE_OK);
	assert_int_equal(write_row(&fixture, WF_OPERATION_UPDATE, false, NULL, row), WF_WRITE_OK);
	/* what is not published has not changed */
	fixture.plan.columns[2].field.self.omitted = true;
	assert_int_equal(write_row(&fixture, WF_OPERATION_UPDATE, true, row, other),
					 WF_WRITE_SKIPPED);
	fixture_close(&fixture);
}

static void
headers_can_tell_the_connector(void **state)
{
	WfValue		old_row[] = {TEXT("a"), INTEGER(7), NULL_VALUE};
	WfValue		new_row[] = {TEXT("a"), INTEGER(8), NULL_VALUE};
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_RECORD, &table);
	fixture.session.options.extended_headers = true;
	fixture.session.options.walferry_headers = false;
	assert_int_equal(write_row(&fixture, WF_OPERATION_UPDATE, true, old_row, new_row),
					 WF_WRITE_OK);
	assert_written(&fixture, "\"key\":{\"id\":7},\"headers\":{\"__debezium.newkey\":"
				   "\"{\\\"id\\\":8}\",\"__debezium.context.connectorLogicalName\":\"inv\","
				   "\"__debezium.context.taskId\":\"0\",\"__debezium.context.connectorName\":"
				   "\"postgresql\",\"__debezium.context.runId\":"
				   "\"018bcfe5-687b-7031-b233-343536373839\"},\"value\":null}");
	fixture_close(&fixture);
}

static void
nulls_of_the_source_can_be_shown(void **state)
{
	WfValue		row[] = {NULL_VALUE, INTEGER(7), NULL_VALUE};
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &table);
	fixture.session.options.value_replace_null_with_default = false;
	assert_int_equal(write_row(&fixture, WF_OPERATION_CREATE, false, NULL, row), WF_WRITE_OK);
	assert_written(&fixture, "\"snapshot\":null,\"db\"");
	assert_int_equal(write_row(&fixture, WF_OPERATION_READ, false, NULL, row), WF_WRITE_OK);
	assert_written(&fixture, "\"snapshot\":\"true\",\"db\"");
	fixture_close(&fixture);
}

static void
content_of_messages_is_binary(void **state)
{
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &table);
	fixture.session.options.binary_mode = WF_BINARY_HEX;
	wf_write_message(&fixture.session, NULL, 0x10, WF_LITERAL("p"), WF_LITERAL("\x00\xFF"));
	assert_written(&fixture, "\"content\":\"00ff\"}");
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_columns_can_be_omitted),
		cmocka_unit_test(the_epoch_of_a_transaction_can_be_shown),
		cmocka_unit_test(updates_without_change_can_be_left_out),
		cmocka_unit_test(headers_can_tell_the_connector),
		cmocka_unit_test(nulls_of_the_source_can_be_shown),
		cmocka_unit_test(content_of_messages_is_binary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
