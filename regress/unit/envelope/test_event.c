/*
 * test_event.c
 *		Changes in, complete lines out, in all three output forms.  The shapes
 *		are those recorded from Debezium 3.7.0.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "product_changes.h"

/* ---- envelope output ---- */

static void
envelope_create_update_delete(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &products);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false,
							   row1), WF_WRITE_OK);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1010, NULL, false,
							   row1_changed), WF_WRITE_OK);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1020, row1_changed,
							   true, row1), WF_WRITE_OK);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_DELETE, 0x1030, key1, false,
							   NULL), WF_WRITE_OK);
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x2030), WF_WRITE_OK);
	assert_int_equal(fixture.flushes, 4);
	assert_int_equal(fixture.buffer.length, 0);
	assert_lines(&fixture,
				 EVENT("null", "{\"id\":1,\"name\":\"nut\",\"note\":null}", "4096", "c") "\n"
				 EVENT("null", "{\"id\":1,\"name\":\"bolt\",\"note\":\"m\\\"8\"}", "4112", "u") "\n"
				 EVENT("{\"id\":1,\"name\":\"bolt\",\"note\":\"m\\\"8\"}",
					   "{\"id\":1,\"name\":\"nut\",\"note\":null}", "4128", "u") "\n"
				 EVENT("{\"id\":1,\"name\":\"\",\"note\":null}", "null", "4144", "d") "\n");
	fixture_close(&fixture);
}

static void
envelope_key_change_is_two_events(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &products);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1000, key1, false,
							   row2), WF_WRITE_OK);
	assert_lines(&fixture,
				 EVENT("{\"id\":1,\"name\":\"\",\"note\":null}", "null", "4096", "d") "\n"
				 EVENT("null", "{\"id\":2,\"name\":\"nut\",\"note\":null}", "4096", "c") "\n");
	fixture_close(&fixture);
}

static void
sequence_names_the_last_commit(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &products);
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row1);
	wf_transaction_commit(&fixture.session, &transaction, 0x2030);

	/* a transaction that writes nothing does not count */
	transaction = begin();
	wf_transaction_commit(&fixture.session, &transaction, 0x2040);

	wf_buffer_cut(&fixture.lines, 0);
	wf_transaction_begin(&transaction, UINT32_MAX, 0x3000, COMMIT_US);
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x2050, NULL, false, row1);
	assert_lines(&fixture,
				 "{\"before\":null,\"after\":{\"id\":1,\"name\":\"nut\",\"note\":null},"
				 SOURCE_OF("public", "products", "\\\"8240\\\"", "4294967295", "8272")
				 ",\"transaction\":null,\"op\":\"c\"," NOW_TEXT "}\n");

	/* one whose changes were all skipped does */
	transaction = begin();
	transaction.first_change_lsn = 0x2050;
	wf_transaction_commit(&fixture.session, &transaction, 0x2060);
	assert_int_equal(fixture.session.last_commit_end_lsn, 0x2060);
	fixture_close(&fixture);
}

static void
snapshot_read_says_so(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &products);
	fixture.session.options.skipped_operations = WF_SKIP_CREATE | WF_SKIP_UPDATE | WF_SKIP_DELETE;
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_READ, 0x1000, NULL, false,
							   row1), WF_WRITE_OK);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0), "\"snapshot\":\"true\",\"db\""));
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0), "\"op\":\"r\""));

	/* and the next change does not */
	fixture.session.options.skipped_operations = 0;
	wf_buffer_cut(&fixture.lines, 0);
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row1);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0), "\"snapshot\":\"false\",\"db\""));
	fixture_close(&fixture);
}

static void
origin_and_old_times(void **state)
{
	Fixture		fixture;
	WfTransaction transaction;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &products);
	wf_transaction_begin(&transaction, 5, COMMIT_LSN, -1);
	transaction.origin = WF_LITERAL("no\"de");
	transaction.origin_lsn = 77;
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row1);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "\"xmin\":null,\"origin\":\"no\\\"de\",\"origin_lsn\":77}"));
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0), "\"ts_ms\":-1,\"snapshot\""));
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "\"ts_us\":-1,\"ts_ns\":-1000,"));

	/* beyond the year 2262 there are no nanoseconds */
	wf_buffer_cut(&fixture.lines, 0);
	wf_transaction_begin(&transaction, 5, COMMIT_LSN, INT64_C(9223372036000000000));
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row1);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "\"ts_us\":9223372036000000000,\"ts_ns\":9223372036854775807,"));
	fixture_close(&fixture);
}

/* ---- record output ---- */

static void
record_create_update_delete(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();
	WfBuffer	expected = fixture_buffer(1 << 16);

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_RECORD, &products);
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row1);
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1000, row1, true, row1_changed);
	write_row(&fixture, &transaction, WF_OPERATION_DELETE, 0x1010, key1, false, NULL);

#define HEAD "{\"topic\":\"inv.public.products\",\"key\":{\"id\":1},\"headers\":{"
	wf_buffer_append_literal(&expected, HEAD POSITION("1000", "0") ",\"__walferry.schema\":\"");
	append_format(&expected, "%s", fixture.plan.fingerprint);
	wf_buffer_append_literal(&expected, "\"},\"value\":"
							 EVENT("null", "{\"id\":1,\"name\":\"nut\",\"note\":null}", "4096", "c")
							 "}\n");
	wf_buffer_append_literal(&expected, HEAD POSITION("1000", "1") ",\"__walferry.schema\":\"");
	append_format(&expected, "%s", fixture.plan.fingerprint);
	wf_buffer_append_literal(&expected, "\",\"__walferry.before\":\"full\"},\"value\":"
							 EVENT("{\"id\":1,\"name\":\"nut\",\"note\":null}",
								   "{\"id\":1,\"name\":\"bolt\",\"note\":\"m\\\"8\"}", "4096", "u")
							 "}\n");
	wf_buffer_append_literal(&expected, HEAD POSITION("1010", "0") ",\"__walferry.schema\":\"");
	append_format(&expected, "%s", fixture.plan.fingerprint);
	wf_buffer_append_literal(&expected, "\",\"__walferry.before\":\"key\"},\"value\":"
							 EVENT("{\"id\":1,\"name\":\"\",\"note\":null}", "null", "4112", "d")
							 "}\n");
	wf_buffer_append_literal(&expected, HEAD POSITION("1010", "1") "},\"value\":null}\n");
	assert_lines(&fixture, fixture_text(&expected));
	free(expected.data);
	fixture_close(&fixture);
}

static void
record_key_change(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_RECORD, &products);
	fixture.session.options.walferry_headers = false;
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1000, key1, false, row2);
	assert_int_equal(fixture.flushes, 3);
	assert_int_equal(transaction.records, 3);
#define OLD "{\"topic\":\"inv.public.products\",\"key\":{\"id\":1}," \
	"\"headers\":{\"__debezium.newkey\":\"{\\\"id\\\":2}\"},\"value\":"
	assert_lines(&fixture,
				 OLD EVENT("{\"id\":1,\"name\":\"\",\"note\":null}", "null", "4096", "d") "}\n"
				 OLD "null}\n"
				 "{\"topic\":\"inv.public.products\",\"key\":{\"id\":2},"
				 "\"headers\":{\"__debezium.oldkey\":\"{\\\"id\\\":1}\"},\"value\":"
				 EVENT("null", "{\"id\":2,\"name\":\"nut\",\"note\":null}", "4096", "c") "}\n");

	/* without tombstones */
	wf_buffer_cut(&fixture.lines, 0);
	fixture.session.options.tombstones_on_delete = false;
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1000, key1, false, row2);
	assert_int_equal(fixture.flushes, 5);
	fixture_close(&fixture);
}

static void
record_without_headers(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_RECORD, &products);
	fixture.session.options.walferry_headers = false;
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row1);
	assert_lines(&fixture,
				 "{\"topic\":\"inv.public.products\",\"key\":{\"id\":1},\"headers\":{},\"value\":"
				 EVENT("null", "{\"id\":1,\"name\":\"nut\",\"note\":null}", "4096", "c") "}\n");
	fixture_close(&fixture);
}

/* ---- frame output ---- */

static void
frame_describes_once_and_begins_late(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);

	/* nothing written, nothing said */
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x1500), WF_WRITE_OK);
	assert_int_equal(fixture.buffer.length, 0);

	fixture.session.form.replaced = 3;
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row1);
	write_row(&fixture, &transaction, WF_OPERATION_DELETE, 0x1010, row1, true, NULL);
	wf_transaction_commit(&fixture.session, &transaction, 0x2030);
	assert_int_equal(fixture.session.form.replaced, 0);
	fixture_read_frame(&fixture);
	assert_int_equal(fixture.flushes, 0);
	assert_lines(&fixture,
				 "T 1 inv.public.products\n"
				 "S 1 topic=1\n"
				 "B 742 2000 1699999999987654\n"
				 "R flags=3 topic=1 schema=1 2000/1000/0 key={\"id\":1} value="
				 EVENT("null", "{\"id\":1,\"name\":\"nut\",\"note\":null}", "4096", "c") "\n"
				 "R flags=3 topic=1 schema=1 2000/1010/0 __walferry.before=full"
				 " key={\"id\":1} value="
				 EVENT("{\"id\":1,\"name\":\"nut\",\"note\":null}", "null", "4112", "d") "\n"
				 "R flags=1 topic=1 schema=0 2000/1010/1 key={\"id\":1} value=\n"
				 "C 2000 2030 1699999999987654 records=3 replaced=3\n");

	/* the next transaction: no description again */
	wf_buffer_cut(&fixture.lines, 0);
	wf_transaction_begin(&transaction, 743, 0x3000, COMMIT_US);
	fixture.session.last_commit_end_lsn = 0;
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row1);
	fixture_read_frame(&fixture);
	assert_lines(&fixture,
				 "B 743 3000 1699999999987654\n"
				 "R flags=3 topic=1 schema=1 3000/1000/0 key={\"id\":1} value="
				 "{\"before\":null,\"after\":{\"id\":1,\"name\":\"nut\",\"note\":null},"
				 SOURCE_OF("public", "products", "null", "743", "4096")
				 ",\"transaction\":null,\"op\":\"c\"," NOW_TEXT "}\n");
	fixture_close(&fixture);
}

static void
frame_key_change(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1000, row1, true, row2);
	fixture_read_frame(&fixture);
	assert_lines(&fixture,
				 "T 1 inv.public.products\n"
				 "S 1 topic=1\n"
				 "B 742 2000 1699999999987654\n"
				 "R flags=3 topic=1 schema=1 2000/1000/0 __debezium.newkey={\"id\":2}"
				 " __walferry.before=full key={\"id\":1} value="
				 EVENT("{\"id\":1,\"name\":\"nut\",\"note\":null}", "null", "4096", "d") "\n"
				 "R flags=1 topic=1 schema=0 2000/1000/1 __debezium.newkey={\"id\":2}"
				 " key={\"id\":1} value=\n"
				 "R flags=3 topic=1 schema=1 2000/1000/2 __debezium.oldkey={\"id\":1}"
				 " key={\"id\":2} value="
				 EVENT("null", "{\"id\":2,\"name\":\"nut\",\"note\":null}", "4096", "c") "\n");
	fixture_close(&fixture);
}

/* ---- truncate and messages ---- */

static void
truncate_has_no_key(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);
	assert_int_equal(wf_write_truncate(&fixture.session, &transaction, &fixture.plan, 0x1000),
					 WF_WRITE_SKIPPED);
	assert_int_equal(fixture.buffer.length, 0);
	fixture.session.options.skipped_operations = 0;
	wf_write_truncate(&fixture.session, &transaction, &fixture.plan, 0x1000);
	wf_write_truncate(&fixture.session, &transaction, &fixture.plan, 0x1000);
	fixture_read_frame(&fixture);
	assert_lines(&fixture,
				 "T 1 inv.public.products\n"
				 "S 1 topic=1\n"
				 "B 742 2000 1699999999987654\n"
				 "R flags=2 topic=1 schema=1 2000/1000/0 key= value="
				 EVENT("null", "null", "4096", "t") "\n"
				 "R flags=2 topic=1 schema=1 2000/1000/1 key= value="
				 EVENT("null", "null", "4096", "t") "\n");
	fixture_close(&fixture);
}

#define MESSAGE(sequence, txid, lsn, prefix, content) \
	"{\"op\":\"m\",\"ts_ms\":1700000000123," SOURCE_OF("", "", sequence, txid, lsn) \
	",\"transaction\":null,\"message\":{\"prefix\":\"" prefix "\",\"content\":\"" content "\"}}"

static void
messages_in_a_transaction_and_outside(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);
	fixture.session.last_commit_end_lsn = 0x900;
	fixture.session.last_commit_time_us = COMMIT_US;
	assert_int_equal(wf_write_message(&fixture.session, NULL, 0x1000, WF_LITERAL("p\"x"),
									  WF_LITERAL("early")), WF_WRITE_OK);
	wf_write_message(&fixture.session, &transaction, 0x1010, WF_LITERAL(""), WF_LITERAL(""));
	wf_write_message(&fixture.session, &transaction, 0x1018, WF_LITERAL("bin"),
					 WF_LITERAL("\x00\xFF\x10"));
	fixture_read_frame(&fixture);
	assert_lines(&fixture,
				 "T 1 inv.message\n"
				 "R flags=7 topic=1 schema=0 1000/0/0 key={\"prefix\":\"p\\\"x\"} value="
				 MESSAGE("\\\"4096\\\"", "null", "4096", "p\\\"x", "ZWFybHk=") "\n"
				 "B 742 2000 1699999999987654\n"
				 "R flags=3 topic=1 schema=0 2000/100F/0 key={\"prefix\":\"\"} value="
				 MESSAGE("\\\"4096\\\"", "742", "4112", "", "") "\n"
				 "R flags=3 topic=1 schema=0 2000/1017/0 key={\"prefix\":\"bin\"} value="
				 MESSAGE("\\\"4096\\\"", "742", "4120", "bin", "AP8Q") "\n");
	fixture_close(&fixture);
}

static void
message_before_any_commit_takes_the_clock(void **state)
{
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_RECORD, NULL);
	wf_write_message(&fixture.session, NULL, 0x1000, WF_LITERAL("p"), WF_LITERAL("x"));
	assert_int_equal(fixture.flushes, 1);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "{\"topic\":\"inv.message\",\"key\":{\"prefix\":\"p\"},\"headers\":"
							  "{\"__walferry.position\":\"0000000000000001/0000000000001000/"
							  "0000000000000000/0000000000000000\"},\"value\":{\"op\":\"m\","));
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "\"name\":\"inv\",\"ts_ms\":1700000000123,\"snapshot\""));
	fixture_close(&fixture);
}

/* ---- what is skipped ---- */

static void
skipped_operations_write_nothing(void **state)
{
	static const struct
	{
		int			skipped;
		int			flushes;	/* of: create, update, delete, key change */
	}			cases[] = {
		{0, 1 + 1 + 2 + 3},
		{WF_SKIP_CREATE, 0 + 1 + 2 + 2},
		{WF_SKIP_UPDATE, 1 + 0 + 2 + 0},
		{WF_SKIP_DELETE, 1 + 1 + 0 + 1},
		{WF_SKIP_CREATE | WF_SKIP_DELETE, 0 + 1 + 0 + 0},
		{WF_SKIP_CREATE | WF_SKIP_UPDATE | WF_SKIP_DELETE, 0},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Fixture		fixture;
		WfTransaction transaction = begin();
		int			skipped = cases[i].skipped;

		fixture_open(&fixture, WF_OUTPUT_RECORD, &products);
		fixture.session.options.skipped_operations = skipped;
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, false,
								   row1),
						 skipped & WF_SKIP_CREATE ? WF_WRITE_SKIPPED : WF_WRITE_OK);
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 2, NULL, false,
								   row1),
						 skipped & WF_SKIP_UPDATE ? WF_WRITE_SKIPPED : WF_WRITE_OK);
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_DELETE, 3, key1, false,
								   NULL),
						 skipped & WF_SKIP_DELETE ? WF_WRITE_SKIPPED : WF_WRITE_OK);
		write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 4, key1, false, row2);
		assert_int_equal(fixture.flushes, cases[i].flushes);
		assert_int_equal(transaction.records, cases[i].flushes);
		fixture_close(&fixture);
	}
}

static void
delete_without_an_old_row_is_skipped(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();
	WfRelation	relation = products;

	(void) state;
	relation.identity = WF_IDENTITY_NOTHING;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &relation);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_DELETE, 1, NULL, false, NULL),
					 WF_WRITE_SKIPPED);
	assert_int_equal(fixture.buffer.length, 0);
	fixture_close(&fixture);
}

/* ---- keys ---- */

static void
key_has_its_own_column_order(void **state)
{
	static const WfColumn columns[] = {
		{.name = SLICE("y"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
		{.name = SLICE("x"), .type_name = SLICE("text"), .type = TEXT_TYPE, .in_identity = true},
		{.name = SLICE("v"), .type_name = SLICE("integer"), .type = INT4_TYPE, .nullable = true},
	};
	static const WfRelation relation = {
		.schema = SLICE("public"), .name = SLICE("products"), .identity = WF_IDENTITY_DEFAULT,
		.column_count = 3, .columns = columns, .key_count = 2, .key_columns = {1, 0}
	};
	static const WfValue row[] = {INTEGER(1), TEXT("k"), INTEGER(10)};
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_RECORD, &relation);
	fixture.session.options.walferry_headers = false;
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row);
	assert_lines(&fixture,
				 "{\"topic\":\"inv.public.products\",\"key\":{\"x\":\"k\",\"y\":1},\"headers\":{},"
				 "\"value\":" EVENT("null", "{\"y\":1,\"x\":\"k\",\"v\":10}", "4096", "c") "}\n");
	fixture_close(&fixture);
}

static void
table_without_a_key_has_null_keys_and_no_tombstones(void **state)
{
	WfRelation	relation = products;
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	relation.key_count = 0;
	relation.identity = WF_IDENTITY_FULL;
	fixture_open(&fixture, WF_OUTPUT_RECORD, &relation);
	fixture.session.options.walferry_headers = false;
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1000, row1, true, row2);
	write_row(&fixture, &transaction, WF_OPERATION_DELETE, 0x1010, row2, true, NULL);
	assert_lines(&fixture,
				 "{\"topic\":\"inv.public.products\",\"key\":null,\"headers\":{},\"value\":"
				 EVENT("{\"id\":1,\"name\":\"nut\",\"note\":null}",
					   "{\"id\":2,\"name\":\"nut\",\"note\":null}", "4096", "u") "}\n"
				 "{\"topic\":\"inv.public.products\",\"key\":null,\"headers\":{},\"value\":"
				 EVENT("{\"id\":2,\"name\":\"nut\",\"note\":null}", "null", "4112", "d") "}\n");
	fixture_close(&fixture);
}

/* ---- encoding ---- */

static void
ascii_only_session_writes_ascii(void **state)
{
	static const WfValue row[] = {INTEGER(1), TEXT("gr\xC3\xBC\xC3\x9F"), NULL_VALUE};
	WfRelation	relation = products;
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	relation.name = WF_LITERAL("t\xC3\xBC");
	fixture_open(&fixture, WF_OUTPUT_RECORD, NULL);
	fixture.session.form.ascii_only = true;
	assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								  &relation, fixture.columns, &fixture.plan_text, fixture_sha256));
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0), "\"name\":\"gr\\u00FC\\u00DF\""));
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0), "\"table\":\"t\\u00FC\""));
	for (size_t i = 0; i < fixture.lines.length; i++)
		assert_true((unsigned char) fixture.lines.data[i] < 0x80);
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelope_create_update_delete),
		cmocka_unit_test(envelope_key_change_is_two_events),
		cmocka_unit_test(sequence_names_the_last_commit),
		cmocka_unit_test(snapshot_read_says_so),
		cmocka_unit_test(origin_and_old_times),
		cmocka_unit_test(record_create_update_delete),
		cmocka_unit_test(record_key_change),
		cmocka_unit_test(record_without_headers),
		cmocka_unit_test(frame_describes_once_and_begins_late),
		cmocka_unit_test(frame_key_change),
		cmocka_unit_test(truncate_has_no_key),
		cmocka_unit_test(messages_in_a_transaction_and_outside),
		cmocka_unit_test(message_before_any_commit_takes_the_clock),
		cmocka_unit_test(skipped_operations_write_nothing),
		cmocka_unit_test(delete_without_an_old_row_is_skipped),
		cmocka_unit_test(key_has_its_own_column_order),
		cmocka_unit_test(table_without_a_key_has_null_keys_and_no_tombstones),
		cmocka_unit_test(ascii_only_session_writes_ascii),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
