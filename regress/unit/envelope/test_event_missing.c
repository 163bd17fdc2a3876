/*
 * test_event_missing.c
 *		Values that are not there, or have no form: what stands in their place, and where
 *		it is told.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "product_changes.h"

static void
unavailable_values_are_named(void **state)
{
	static const WfValue row[] = {INTEGER(1), UNAVAILABLE, UNAVAILABLE};
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1000, NULL, false, row);
	fixture_read_frame(&fixture);
	assert_lines(&fixture,
				 "T 1 inv.public.products\n"
				 "S 1 topic=1\n"
				 "B 742 2000 1699999999987654\n"
				 "R flags=3 topic=1 schema=1 2000/1000/0 __walferry.unavailable=[\"name\",\"note\"]"
				 " key={\"id\":1} value="
				 EVENT("null", "{\"id\":1,\"name\":\"__debezium_unavailable_value\","
					   "\"note\":\"__debezium_unavailable_value\"}", "4096", "u") "\n");

	/* no header when they are switched off; the placeholder stays */
	wf_buffer_cut(&fixture.lines, 0);
	fixture.session.options.walferry_headers = false;
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1010, NULL, false, row);
	fixture_read_frame(&fixture);
	assert_lines(&fixture,
				 "R flags=3 topic=1 schema=1 2000/1010/0 key={\"id\":1} value="
				 EVENT("null", "{\"id\":1,\"name\":\"__debezium_unavailable_value\","
					   "\"note\":\"__debezium_unavailable_value\"}", "4112", "u") "\n");
	fixture_close(&fixture);
}

static void
unavailable_values_come_from_the_old_row(void **state)
{
	static const WfValue old_row[] = {INTEGER(1), TEXT("long"), TEXT("longer")};
	static const WfValue new_row[] = {INTEGER(2), UNAVAILABLE, TEXT("new")};
	static const WfValue same_key[] = {UNAVAILABLE, UNAVAILABLE, NULL_VALUE};
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1000, old_row, true, new_row);

	/*
	 * a key stored out of line, unchanged: taken from the logged key, hence no
	 * key change
	 */
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 0x1010, key1, false, same_key);
	fixture_read_frame(&fixture);
	assert_lines(&fixture,
				 "T 1 inv.public.products\n"
				 "S 1 topic=1\n"
				 "B 742 2000 1699999999987654\n"
				 "R flags=3 topic=1 schema=1 2000/1000/0 __debezium.newkey={\"id\":2}"
				 " __walferry.before=full key={\"id\":1} value="
				 EVENT("{\"id\":1,\"name\":\"long\",\"note\":\"longer\"}", "null", "4096", "d") "\n"
				 "R flags=1 topic=1 schema=0 2000/1000/1 __debezium.newkey={\"id\":2}"
				 " key={\"id\":1} value=\n"
				 "R flags=3 topic=1 schema=1 2000/1000/2 __debezium.oldkey={\"id\":1}"
				 " key={\"id\":2} value="
				 EVENT("null", "{\"id\":2,\"name\":\"long\",\"note\":\"new\"}", "4096", "c") "\n"
				 "R flags=3 topic=1 schema=1 2000/1010/0 __walferry.unavailable=[\"name\"]"
				 " __walferry.before=key key={\"id\":1} value="
				 EVENT("{\"id\":1,\"name\":\"\",\"note\":null}",
					   "{\"id\":1,\"name\":\"__debezium_unavailable_value\",\"note\":null}",
					   "4112", "u") "\n");
	fixture_close(&fixture);
}

/* What a domain forbids and a row has all the same. */
static void
nulls_that_are_shown_as_values_are_told(void **state)
{
	WfColumn	columns[] = {
		{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE,
		.in_identity = true},
		{.name = SLICE("d"), .type_name = SLICE("domain"), .type = INT4_TYPE,
		.may_hold_null = true},
		{.name = SLICE("e"), .type_name = SLICE("domain"), .type = INT4_TYPE,
		.may_hold_null = true},
	};
	static const WfValue row[] = {INTEGER(1), NULL_VALUE, INTEGER(0)};
	WfRelation	relation = products;
	Fixture		fixture;

	(void) state;
	relation.columns = columns;
	relation.column_count = 3;
	for (int masked = 0; masked <= 1; masked++)
	{
		WfTransaction transaction = begin();

		if (masked)
			columns[1].rule = (WfColumnRule)
		{
			.action = WF_COLUMN_MASK, .length = 1
		};
		fixture_open(&fixture, WF_OUTPUT_RECORD, &relation);
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL,
								   false, row), WF_WRITE_OK);
		assert_int_equal(fixture_count(&fixture, "\"__walferry.defaulted\":\"[\\\"d\\\"]\""), !masked);
		assert_int_equal(fixture_count(&fixture, "{\"id\":1,\"d\":0,\"e\":0}"), !masked);
		assert_int_equal(fixture_count(&fixture, "{\"id\":1,\"d\":\"*\",\"e\":0}"), masked);
		assert_int_equal(fixture.unconvertible, !masked);
		assert_int_equal(fixture.unconvertible_is_null, !masked);
		assert_int_equal(fixture.session.values_without_form, !masked);
		fixture_close(&fixture);
	}
}

static void
values_without_a_form_are_null_and_told(void **state)
{
	static const WfColumn columns[] = {
		{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE,
		.in_identity = true},
		{.name = SLICE("price"), .type_name = SLICE("numeric"), .type = NUMERIC_TYPE},
	};
	static const WfValue row[] = {INTEGER(1), NOT_A_NUMBER};
	WfRelation	relation = products;
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	relation.columns = columns;
	relation.column_count = 2;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &relation);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false,
							   row), WF_WRITE_OK);
	assert_lines(&fixture, EVENT("null", "{\"id\":1,\"price\":null}", "4096", "c") "\n");
	assert_int_equal(fixture.unconvertible, 1);
	assert_int_equal(fixture.unconvertible_column, 1);
	assert_false(fixture.unconvertible_is_null);
	fixture_close(&fixture);

	/*
	 * counted for whoever reads frames, with the transaction, and only if he
	 * knows the item
	 */
	for (int version = WF_FRAME_VERSION_LOSSES; version >= WF_FRAME_VERSION_LOSSES - 1; version--)
	{
		fixture_open(&fixture, WF_OUTPUT_FRAME, &relation);
		fixture.session.frame_version = version;
		for (int i = 0; i < 2; i++)
		{
			transaction = begin();
			for (int rows = 0; rows < 2; rows++)
				assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000,
										   NULL, false, row), WF_WRITE_OK);
			assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x2000),
							 WF_WRITE_OK);
		}
		transaction = begin();
		assert_int_equal(wf_write_message(&fixture.session, &transaction, 0x1000,
										  WF_LITERAL("p"), WF_LITERAL("")), WF_WRITE_OK);
		assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x2000),
						 WF_WRITE_OK);
		fixture_read_frame(&fixture);
		assert_int_equal(fixture_count(&fixture, "L 2 0\nC "), version < WF_FRAME_VERSION_LOSSES ? 0 : 2);
		assert_int_equal(fixture_count(&fixture, "\nL "), version < WF_FRAME_VERSION_LOSSES ? 0 : 2);
		fixture_close(&fixture);
	}
}

static void
table_without_columns(void **state)
{
	static const WfRelation relation = {
		.schema = SLICE("public"), .name = SLICE("products"), .identity = WF_IDENTITY_DEFAULT
	};
	static const WfValue row[] = {NULL_VALUE};
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, &relation);
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 0x1000, NULL, false, row);
	assert_lines(&fixture, EVENT("null", "{}", "4096", "c") "\n");
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unavailable_values_are_named),
		cmocka_unit_test(unavailable_values_come_from_the_old_row),
		cmocka_unit_test(nulls_that_are_shown_as_values_are_told),
		cmocka_unit_test(values_without_a_form_are_null_and_told),
		cmocka_unit_test(table_without_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
