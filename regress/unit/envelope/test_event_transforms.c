/*
 * test_event_transforms.c
 *		Changes in, records out as chains of transforms make them.  What the plugin's
 *		tests show in text is not repeated here: frames, limits, odd rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "chain_fixture.h"

#include "envelope/chain_plan.h"

#define UNWRAP "transforms.u.type=io.debezium.transforms.ExtractNewRecordState\n"
#define CHANGED "transforms.c.type=io.debezium.transforms.ExtractChangedRecordState\n"
#define ROUTER "transforms.r.type=io.debezium.transforms.ByLogicalTableRouter\n" \
	"transforms.r.topic.regex=.*\ntransforms.r.topic.replacement=all\n"

static const WfColumn columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
	{.name = SLICE("na\"me"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
	{.name = SLICE("note"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
};

static const WfRelation table = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"), .identity = WF_IDENTITY_FULL,
	.column_count = 3, .columns = columns, .key_count = 1, .key_columns = {0}
};

/* The same with asterisks in place of notes. */
static const WfColumn masked_columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
	{.name = SLICE("na\"me"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
	{
		.name = SLICE("note"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true,
		.rule = {.action = WF_COLUMN_MASK, .length = 3}
	},
};

static const WfRelation masked_table = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"), .identity = WF_IDENTITY_FULL,
	.column_count = 3, .columns = masked_columns, .key_count = 1, .key_columns = {0}
};

static const WfValue row[] = {INTEGER(1), TEXT("nut"), NULL_VALUE};
static const WfValue changed_row[] = {INTEGER(1), TEXT("nut"), TEXT("new")};
static const WfValue other_key[] = {INTEGER(2), TEXT("nut"), NULL_VALUE};

static void
open_chain(WfOutput output, const char *lines)
{
	open_table(output, lines, &table);
}

/* Two enclosures cross the wire, once: of rows, and of deletes whose value is null. */
static void
test_frames_tell_enclosures_once(void **state)
{
	(void) state;
	open_chain(WF_OUTPUT_FRAME, "schemas.enable=true\ntransforms=u\n" UNWRAP);
	for (int i = 0; i < 2; i++)
	{
		assert_int_equal(write_row(WF_OPERATION_CREATE, 16 + 32 * i, NULL, row), WF_WRITE_OK);
		assert_int_equal(write_row(WF_OPERATION_DELETE, 32 + 32 * i, row, NULL), WF_WRITE_OK);
	}
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("E "), 2);
	assert_int_equal(count_lines("S "), 1);
	assert_int_equal(count_lines("R "), 4);
	assert_non_null(strstr(fixture_text(&fixture.lines),
						   " enclosure=1 key={\"id\":1} value={\"id\":1,\"na\\\"me\":\"nut\",\"note\":null}"));
	assert_non_null(strstr(fixture_text(&fixture.lines), " enclosure=2 key={\"id\":1} value=null\n"));
	close_chain();
}

/* A record that is dropped leaves nothing, not even a transaction. */
static void
test_dropped(void **state)
{
	(void) state;
	open_chain(WF_OUTPUT_FRAME, "transforms=u\n" UNWRAP
			   "transforms.u.delete.tombstone.handling.mode=drop\n");
	assert_int_equal(write_row(WF_OPERATION_DELETE, 16, row, NULL), WF_WRITE_OK);
	assert_int_equal(wf_write_truncate(&fixture.session, &transaction, &fixture.plan, 32),
					 WF_WRITE_SKIPPED);
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 0x3000), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("R "), 0);
	assert_int_equal(count_lines("B "), 0);
	close_chain();
}

/* A row that is too large is a stub with its key, router's member included. */
static void
test_stub(void **state)
{
	static char large[4096];
	WfValue		large_row[] = {INTEGER(1), TEXT(""), NULL_VALUE};

	(void) state;
	memset(large, 'x', sizeof(large));
	large_row[1].as.text = wf_slice(large, sizeof(large));
	open_chain(WF_OUTPUT_FRAME, "record.max.bytes=2048\ntransforms=r,u\n" UNWRAP ROUTER);
	assert_int_equal(write_row(WF_OPERATION_UPDATE, 16, large_row, row), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 32, NULL, large_row), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_DELETE, 48, large_row, NULL), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("R "), 2); /* the old row is not written */
	assert_int_equal(count_lines("X "), 1);
	assert_non_null(strstr(fixture_text(&fixture.lines), "key={\"id\":1,"
						   "\"__dbz__physicalTableIdentifier\":\"inv.public.t\"} reason="));
	close_chain();
}

/*
 * A key that session->text can hold, but not a second time with what a router adds:
 * a stub without it, as if it were larger still.
 */
static void
test_large_key(void **state)
{
	static char large[600 * 1024];
	static const WfRelation by_name = {
		.oid = 16401, .schema = SLICE("public"), .name = SLICE("t"),
		.identity = WF_IDENTITY_FULL, .column_count = 3, .columns = columns, .key_count = 1,
		.key_columns = {1}
	};
	WfValue		large_row[] = {INTEGER(1), TEXT(""), NULL_VALUE};

	(void) state;
	memset(large, 'x', sizeof(large));
	large_row[1].as.text = wf_slice(large, sizeof(large));
	open_table(WF_OUTPUT_FRAME, "transforms=r\n" ROUTER, &by_name);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, large_row), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_DELETE, 32, large_row, NULL), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 48, NULL, row), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(fixture_count(&fixture, " key= reason=the key is too large\n"), 3);
	assert_int_equal(count_lines("R "), 1);
	close_chain();

	open_table(WF_OUTPUT_RECORD, "transforms=r\n" ROUTER, &by_name);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, large_row), WF_WRITE_TOO_LARGE);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 32, NULL, row), WF_WRITE_OK);
	close_chain();
}

/* Values that a large update has not read count for the images that are shown. */
static void
test_unread(void **state)
{
	static const WfValue unread[] = {INTEGER(1), {.state = WF_VALUE_UNREAD}, NULL_VALUE};
	WfRowChange change = {
		.operation = WF_OPERATION_UPDATE, .lsn = 16, .old_row = unread, .old_is_full = true,
		.new_row = row, .has_unread = true
	};

	(void) state;
	open_chain(WF_OUTPUT_FRAME, "transforms=u\n" UNWRAP);
	assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &change),
					 WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("R "), 1);
	close_chain();

	open_chain(WF_OUTPUT_FRAME, "transforms=c,u\n" UNWRAP CHANGED
			   "transforms.c.header.changed.name=h\n");
	assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &change),
					 WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("X "), 1);
	close_chain();
}

static void
test_changed(void **state)
{
	(void) state;
	open_chain(WF_OUTPUT_FRAME, "transforms=c\n" CHANGED "transforms.c.header.changed.name=yes\n"
			   "transforms.c.header.unchanged.name=no\nwalferry.headers.enabled=false\n");
	assert_int_equal(write_row(WF_OPERATION_UPDATE, 16, row, changed_row), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_UPDATE, 32, row, other_key), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_non_null(strstr(fixture_text(&fixture.lines),
						   "/0 yes=[\"note\"] no=[\"id\",\"na\\\"me\"] key="));

	/*
	 * a key change is a delete, its tombstone and a create, which have changed
	 * nothing
	 */
	assert_non_null(strstr(fixture_text(&fixture.lines),
						   " __debezium.newkey={\"id\":2} yes=[] no=[] key="));
	assert_int_equal(count_lines("R flags=1 "), 1); /* the tombstone, which shares
													 * the delete's headers */
	assert_null(strstr(fixture_text(&fixture.lines), " __debezium.newkey={\"id\":2} key="));
	close_chain();
}

/* Nothing tells whether what is masked is NULL, or has become so. */
static void
test_masked(void **state)
{
	(void) state;
	open_table(WF_OUTPUT_FRAME, "transforms=c,u\n" CHANGED "transforms.c.header.changed.name=yes\n"
			   UNWRAP "transforms.u.add.fields=before.note\nwalferry.headers.enabled=false\n",
			   &masked_table);
	assert_int_equal(write_row(WF_OPERATION_UPDATE, 16, row, changed_row), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_UPDATE, 32, changed_row, row), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(fixture_count(&fixture, " yes=[] key={\"id\":1} value={\"id\":1,\"na\\\"me\":"
								   "\"nut\",\"note\":\"***\",\"__before_note\":\"***\"}\n"), 2);
	close_chain();
}

/* Records of the session's own go through routers, too. */
static void
test_session_topics(void **state)
{
	WfTransaction outer;

	(void) state;
	open_chain(WF_OUTPUT_RECORD, "provide.transaction.metadata=true\nwalferry.headers.enabled=false\n"
			   "key.converter.schemas.enable=true\ntransforms=r\n" ROUTER
			   "transforms.r.key.field.name=of\n");
	wf_transaction_begin(&outer, 742, 0x2000, 0);
	assert_int_equal(wf_write_message(&fixture.session, &outer, 16, WF_LITERAL("p"), WF_LITERAL("c")),
					 WF_WRITE_OK);
	assert_int_equal(count_lines("{\"topic\":\"all\",\"key\":{\"schema\":{\"type\":\"struct\",\"fields\":["
								 "{\"type\":\"string\",\"optional\":false,\"field\":\"id\"},"
								 "{\"type\":\"string\",\"optional\":false,\"field\":\"of\"}],"
								 "\"optional\":false,\"name\":\"all.Key\",\"version\":1},"
								 "\"payload\":{\"id\":\"742:16\",\"of\":\"inv.transaction\"}}"), 1);
	assert_int_equal(count_lines("{\"topic\":\"all\",\"key\":{\"schema\":{\"type\":\"struct\",\"fields\":["
								 "{\"type\":\"string\",\"optional\":true,\"field\":\"prefix\"},"
								 "{\"type\":\"string\",\"optional\":false,\"field\":\"of\"}],"
								 "\"optional\":false,\"name\":\"all.Key\",\"version\":1},"
								 "\"payload\":{\"prefix\":\"p\",\"of\":\"inv.message\"}}"), 1);
	close_chain();
}

/* What a chain makes of the name of a topic that nothing is sent to does not matter. */
static void
test_unused_session_topics(void **state)
{
	(void) state;
	open_chain(WF_OUTPUT_RECORD, "transforms=r\n"
			   "transforms.r.type=org.apache.kafka.connect.transforms.RegexRouter\n"
			   "transforms.r.regex=inv(?:\\.transaction|\\.public)?\\.?(.*)\n"
			   "transforms.r.replacement=$1\n");
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, row), WF_WRITE_OK);
	assert_int_equal(count_lines("{\"topic\":\"t\","), 1);
	close_chain();
}

/* Two routers' members, and one that would have the name of another. */
static void
test_key_members(void **state)
{
	WfChainPlan plan;

	(void) state;
	open_chain(WF_OUTPUT_FRAME, "transforms=r,s\n" ROUTER
			   "transforms.s.type=io.debezium.transforms.ToLogicalTopicRouter\n"
			   "transforms.s.topic.regex=all\ntransforms.s.topic.replacement=more\n");
	assert_true(fixture_holds(wf_plan_text(&fixture.plan, fixture.plan.key_tail),
							  ",\"__dbz__physicalTableIdentifier\":\"inv.public.t\","
							  "\"__dbz__sourceIdentifier\":\"all\"}"));
	close_chain();

	open_chain(WF_OUTPUT_FRAME, "transforms=r\n" ROUTER);
	transforms.transforms[1] = transforms.transforms[0];
	transforms.count = 2;
	assert_false(wf_chain_plan(&plan, &transforms, WF_LITERAL("inv.t"), 0, WF_CHAIN_EVENTS, &error));
	assert_string_equal(fixture_text(&error), "transform \"r\" adds a second member of the same name to "
						"keys (topic \"all\")");
	transforms.count = 1;
	close_chain();
}

/* Lines of a rewritten delete and of a create that a key change leaves at a limit. */
static void
try_key_change(int limit, int told[2])
{
	static const WfValue new_row[] = {INTEGER(2), TEXT("nut"), TEXT("longer than the delete's")};
	WfWriteResult result;

	open_chain(WF_OUTPUT_RECORD, "provide.transaction.metadata=true\ntransforms=u\n" UNWRAP
			   "transforms.u.delete.tombstone.handling.mode=rewrite\n"
			   "transforms.u.add.fields=transaction.id,transaction.total_order\n"
			   "transforms.u.add.headers=transaction.data_collection_order\n");
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, row), WF_WRITE_OK);
	wf_buffer_cut(&fixture.lines, 0);
	fixture.session.options.record_max_bytes = limit;
	result = write_row(WF_OPERATION_UPDATE, 32, row, new_row);
	told[0] = fixture_count(&fixture, "\"__deleted\":\"true\"");
	told[1] = fixture_count(&fixture, "\"__transaction_id\":\"742:32\",\"__transaction_total_order\":3}");
	assert_int_equal(result, told[1] == 1 ? WF_WRITE_OK : WF_WRITE_TOO_LARGE);
	close_chain();
}

/* Members of a transaction's block count before the delete leaves, too. */
static void
test_key_change_is_whole(void **state)
{
	int			enough = 2048;
	int			told[2];

	(void) state;
	for (try_key_change(enough, told); told[0] + told[1] > 0; try_key_change(--enough, told))
		assert_int_equal(told[0] + told[1], 2);
	assert_in_range(enough, 200, 2000);
	for (int limit = enough - 100; limit <= enough; limit++)
	{
		try_key_change(limit, told);
		assert_int_equal(told[0] + told[1], 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frames_tell_enclosures_once),
		cmocka_unit_test(test_dropped),
		cmocka_unit_test(test_stub),
		cmocka_unit_test(test_large_key),
		cmocka_unit_test(test_unread),
		cmocka_unit_test(test_changed),
		cmocka_unit_test(test_masked),
		cmocka_unit_test(test_session_topics),
		cmocka_unit_test(test_unused_session_topics),
		cmocka_unit_test(test_key_members),
		cmocka_unit_test(test_key_change_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
