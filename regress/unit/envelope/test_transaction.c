/*
 * test_transaction.c
 *		Transaction metadata: BEGIN, END, numbers of events.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

static const WfColumn columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
};

static const WfRelation table = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"), .identity = WF_IDENTITY_DEFAULT,
	.column_count = 1, .columns = columns, .key_count = 1, .key_columns = {0}
};

static const WfRelation other_table = {
	.oid = 16402, .schema = SLICE("public"), .name = SLICE("a\"b"),
	.identity = WF_IDENTITY_DEFAULT,
	.column_count = 1, .columns = columns, .key_count = 1, .key_columns = {0}
};

/* Of which a delete shows less than a create. */
static const WfColumn note_columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
	{.name = SLICE("note"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
};

static const WfRelation notes = {
	.oid = 16403, .schema = SLICE("public"), .name = SLICE("n"), .identity = WF_IDENTITY_DEFAULT,
	.column_count = 2, .columns = note_columns, .key_count = 1, .key_columns = {0}
};

static void
open_table(Fixture *fixture, WfOutput output, const WfRelation *relation)
{
	fixture_open(fixture, output, relation);
	fixture->session.options.provide_transaction_metadata = true;
	wf_buffer_cut(fixture->session.text, 0);
	assert_true(wf_session_init(&fixture->session));
}

static void
open_with_metadata(Fixture *fixture, WfOutput output)
{
	open_table(fixture, output, &table);
}

static void
begin(Fixture *fixture, WfTransaction *transaction, uint64_t commit_lsn)
{
	(void) fixture;
	wf_transaction_begin(transaction, 7, commit_lsn, INT64_C(1700000000000999));
}

static void
insert(Fixture *fixture, WfTransaction *transaction, WfRowPlan *plan, uint64_t lsn, int id)
{
	WfValue		row[] = {INTEGER(id)};
	WfRowChange change = {.operation = WF_OPERATION_CREATE, .lsn = lsn, .new_row = row};

	assert_int_equal(wf_write_row(&fixture->session, transaction, plan, &change), WF_WRITE_OK);
}

static void
counts_by_table(void **state)
{
	Fixture		fixture;
	WfTransaction transaction;
	WfRowPlan	other;
	WfColumnPlan other_columns[2];
	WfBuffer	other_text = fixture_buffer(1 << 20);
	WfValue		old_row[] = {INTEGER(2)};
	WfValue		new_row[] = {INTEGER(3)};
	WfRowChange key_change = {.operation = WF_OPERATION_UPDATE, .lsn = 0x30,
	.old_row = old_row, .new_row = new_row};

	(void) state;
	open_with_metadata(&fixture, WF_OUTPUT_RECORD);
	assert_true(wf_row_plan_build(&other, &fixture.session.options, &fixture.session.form,
								  &other_table, other_columns, &other_text, fixture_sha256));

	begin(&fixture, &transaction, 0x100);
	insert(&fixture, &transaction, &fixture.plan, 0x10, 1);
	insert(&fixture, &transaction, &other, 0x20, 1);
	/* a key change is two events, and its tombstone none */
	assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &key_change),
					 WF_WRITE_OK);
	/* a plan that was rebuilt goes on counting */
	wf_buffer_cut(&other_text, 0);
	assert_true(wf_row_plan_build(&other, &fixture.session.options, &fixture.session.form,
								  &other_table, other_columns, &other_text, fixture_sha256));
	insert(&fixture, &transaction, &other, 0x40, 2);
	assert_int_equal(wf_write_message(&fixture.session, &transaction, 0x50, WF_LITERAL("p"),
									  WF_LITERAL("x")), WF_WRITE_OK);
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x120), WF_WRITE_OK);

	assert_int_equal(fixture_count(&fixture, "\"topic\":\"inv.transaction\""), 2);
	assert_int_equal(fixture_count(&fixture, "\"key\":{\"id\":\"7:16\"},\"headers\":"
								   "{\"__walferry.position\":\"0000000000000001/0000000000000100/"
								   "0000000000000000/0000000000000001\"},\"value\":{\"status\":"
								   "\"BEGIN\",\"id\":\"7:16\",\"event_count\":null,"
								   "\"data_collections\":null,\"ts_ms\":1700000000000}}"), 1);
	assert_int_equal(fixture_count(&fixture, "\"transaction\":{\"id\":\"7:16\",\"total_order\":1,"
								   "\"data_collection_order\":1}"), 1);
	assert_int_equal(fixture_count(&fixture, "\"transaction\":{\"id\":\"7:32\",\"total_order\":2,"
								   "\"data_collection_order\":1}"), 1);
	assert_int_equal(fixture_count(&fixture, "\"transaction\":{\"id\":\"7:48\",\"total_order\":4,"
								   "\"data_collection_order\":3}"), 1);
	assert_int_equal(fixture_count(&fixture, "\"transaction\":{\"id\":\"7:64\",\"total_order\":5,"
								   "\"data_collection_order\":2}"), 1);
	assert_int_equal(fixture_count(&fixture, "{\"status\":\"END\",\"id\":\"7:288\",\"event_count\":6,"
								   "\"data_collections\":[{\"data_collection\":\"public.t\","
								   "\"event_count\":3},{\"data_collection\":\"public.a\\\"b\","
								   "\"event_count\":2},{\"data_collection\":"
								   "\"LOGICAL_DECODING_MESSAGE\",\"event_count\":1}],"
								   "\"ts_ms\":1700000000000}"), 1);
	free(other_text.data);
	fixture_close(&fixture);
}

static void
each_transaction_counts_anew(void **state)
{
	Fixture		fixture;
	WfTransaction transaction;

	(void) state;
	open_with_metadata(&fixture, WF_OUTPUT_ENVELOPE);
	for (int i = 1; i <= 2; i++)
	{
		begin(&fixture, &transaction, 0x100 * (uint64_t) i);
		insert(&fixture, &transaction, &fixture.plan, 0x10, 1);
		assert_int_equal(wf_transaction_commit(&fixture.session, &transaction,
											   0x100 * (uint64_t) i + 8), WF_WRITE_OK);
	}
	assert_int_equal(fixture_count(&fixture, "\"total_order\":1,\"data_collection_order\":1"), 2);
	assert_int_equal(fixture_count(&fixture, "\"event_count\":1,\"data_collections\""), 2);
	fixture_close(&fixture);
}

static void
nothing_happened_nothing_is_told(void **state)
{
	Fixture		fixture;
	WfTransaction transaction;
	WfValue		row[] = {INTEGER(1)};
	WfRowChange change = {.operation = WF_OPERATION_READ, .lsn = 0x10, .new_row = row};

	(void) state;
	open_with_metadata(&fixture, WF_OUTPUT_ENVELOPE);
	begin(&fixture, &transaction, 0x100);
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x108), WF_WRITE_OK);
	assert_int_equal(fixture.lines.length, 0);

	assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &change),
					 WF_WRITE_OK);
	assert_int_equal(wf_write_message(&fixture.session, NULL, 0x50, WF_LITERAL("p"),
									  WF_LITERAL("x")), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, "\"transaction\":null"), 2);
	assert_int_equal(fixture_count(&fixture, "status"), 0);
	fixture_close(&fixture);
}

static void
filters_do_not_hide_the_transaction(void **state)
{
	Fixture		fixture;
	WfTransaction transaction;

	(void) state;
	open_with_metadata(&fixture, WF_OUTPUT_RECORD);

	/* its first change was left out */
	begin(&fixture, &transaction, 0x100);
	transaction.first_change_lsn = 0x10;
	insert(&fixture, &transaction, &fixture.plan, 0x20, 1);
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x108), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, "{\"status\":\"BEGIN\",\"id\":\"7:16\""), 1);
	assert_int_equal(fixture_count(&fixture, "{\"status\":\"END\",\"id\":\"7:264\",\"event_count\":1"), 1);

	/* all were */
	wf_buffer_cut(&fixture.lines, 0);
	begin(&fixture, &transaction, 0x200);
	transaction.first_change_lsn = 0x110;
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x208), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, "{\"status\":\"BEGIN\",\"id\":\"7:272\""), 1);
	assert_int_equal(fixture_count(&fixture, "{\"status\":\"END\",\"id\":\"7:520\",\"event_count\":0,"
								   "\"data_collections\":[],"), 1);
	fixture_close(&fixture);
}

/* What a key change leaves of itself at a limit: "d" and "c", as far as they left. */
static void
try_key_change(WfOutput output, int before, int64_t limit, char told[3])
{
	static const WfValue old_row[] = {INTEGER(2), ABSENT};
	static const WfValue new_row[] = {INTEGER(3), TEXT("something that the delete does not show")};
	const WfRowChange change = {.operation = WF_OPERATION_UPDATE, .lsn = 0x30,
	.old_row = old_row, .new_row = new_row};
	Fixture		fixture;
	WfTransaction transaction;
	WfWriteResult result;

	open_table(&fixture, output, &notes);
	begin(&fixture, &transaction, 0x100);
	for (int i = 0; i < before; i++)
	{
		const WfRowChange insert = {.operation = WF_OPERATION_CREATE, .lsn = 0x10,
		.new_row = new_row};

		assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &insert),
						 WF_WRITE_OK);
	}
	/* counts are found by the name when the plan is another by now */
	if (before > 10)
		fixture.plan.counted_in = 0;
	wf_buffer_cut(&fixture.lines, 0);
	fixture.session.options.record_max_bytes = limit;
	result = wf_write_row(&fixture.session, &transaction, &fixture.plan, &change);
	told[0] = '\0';
	if (fixture_count(&fixture, "\"op\":\"d\"") > 0)
		strcat(told, "d");
	if (fixture_count(&fixture, "\"op\":\"c\"") > 0)
		strcat(told, "c");
	if (told[0] != '\0')
		assert_int_equal(result, WF_WRITE_OK);
	else
	{
		assert_int_equal(result, WF_WRITE_TOO_LARGE);
		assert_int_equal(transaction.total_order, before);	/* a rehearsal counts
															 * nothing */
	}
	fixture_close(&fixture);
}

/* Whatever the limit, the delete does not leave without the create behind it. */
static void
key_changes_are_whole_at_every_limit(void **state)
{
	static const int events_before[] = {0, 8, 9, 98};
	char		told[3];

	(void) state;
	for (int output = WF_OUTPUT_ENVELOPE; output <= WF_OUTPUT_RECORD; output++)
		for (size_t i = 0; i < sizeof(events_before) / sizeof(events_before[0]); i++)
		{
			int64_t		enough = 4096;

			for (try_key_change((WfOutput) output, events_before[i], enough, told);
				 told[0] != '\0';)
			{
				assert_string_equal(told, "dc");
				try_key_change((WfOutput) output, events_before[i], --enough, told);
			}

			/*
			 * for the smallest that does is one more than the largest that does
			 * not
			 */
			assert_in_range(enough, 400, 2000);
			for (int64_t limit = enough - 200; limit <= enough; limit++)
			{
				try_key_change((WfOutput) output, events_before[i], limit, told);
				assert_string_equal(told, "");
			}
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_by_table),
		cmocka_unit_test(each_transaction_counts_anew),
		cmocka_unit_test(nothing_happened_nothing_is_told),
		cmocka_unit_test(filters_do_not_hide_the_transaction),
		cmocka_unit_test(key_changes_are_whole_at_every_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
