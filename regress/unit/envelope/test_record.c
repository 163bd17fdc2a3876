/*
 * test_record.c
 *		What a record can be beside a row's event: keys and values that are not
 *		JSON, times, partitions, headers without a value, topics that rows name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/record.h"

#define POSITION "\"__walferry.position\":" \
	"\"0000000000000001/0000000000000002/0000000000000001/0000000000000000\""

static WfRecord
plain_record(void)
{
	WfRecord	record = {
		.topic = SLICE("t"), .topic_id = 1, .position = {.commit_lsn = 2, .lsn = 1},
		.has_key = true, .has_value = true, .key = SLICE("\"k\""),
		.enclosure = {.key_schema = SLICE(""), .value_schema = SLICE("")}
	};

	return record;
}

static void
write_record(Fixture *fixture, const WfRecord *record, WfSlice value)
{
	WfRecordWriter writer;
	uint64_t	bytes;

	wf_record_open(&fixture->session, NULL, record, &writer);
	if (record->has_value)
		wf_record_append(&fixture->session, record->value_form, value);
	assert_int_equal(wf_record_close(&fixture->session, NULL, &writer, &bytes), WF_WRITE_OK);
}

static void
check_line(WfOutput output, const WfRecord *record, WfSlice value, const char *expected)
{
	Fixture		fixture;

	fixture_open(&fixture, output, NULL);
	write_record(&fixture, record, value);
	assert_lines(&fixture, expected);
	fixture_close(&fixture);
}

static void
keys_and_values_that_are_not_json(void **state)
{
	WfRecord	record = plain_record();

	(void) state;
	record.key = WF_LITERAL("o\"3");
	record.key_form = WF_RECORD_TEXT;
	record.value_form = WF_RECORD_TEXT;
	check_line(WF_OUTPUT_RECORD, &record, WF_LITERAL("a\nb"),
			   "{\"topic\":\"t\",\"key_text\":\"o\\\"3\",\"headers\":{" POSITION "},"
			   "\"value_text\":\"a\\nb\"}\n");
	check_line(WF_OUTPUT_ENVELOPE, &record, WF_LITERAL("a b"), "a b\n");

	record.key = WF_LITERAL("\xFF\0");
	record.key_form = WF_RECORD_BYTES;
	record.value_form = WF_RECORD_BYTES;
	check_line(WF_OUTPUT_RECORD, &record, WF_LITERAL("\xFF\0"),
			   "{\"topic\":\"t\",\"key_base64\":\"/wA=\",\"headers\":{" POSITION "},"
			   "\"value_base64\":\"/wA=\"}\n");
	check_line(WF_OUTPUT_ENVELOPE, &record, WF_LITERAL("\xFF\0"), "\"/wA=\"\n");

	record.has_key = false;
	record.has_value = false;
	check_line(WF_OUTPUT_RECORD, &record, WF_LITERAL(""),
			   "{\"topic\":\"t\",\"key\":null,\"headers\":{" POSITION "},\"value\":null}\n");
}

static void
time_partition_and_null_headers(void **state)
{
	WfRecord	record = plain_record();

	(void) state;
	record.has_timestamp = true;
	record.timestamp_ms = 1704067202123;
	record.has_partition = true;
	record.partition = -7;
	record.header_count = 2;
	record.headers[0].name = WF_LITERAL("n\"o");
	record.headers[0].value = wf_slice(NULL, 0);
	record.headers[1].name = WF_LITERAL("empty");
	record.headers[1].value = WF_LITERAL("");
	check_line(WF_OUTPUT_RECORD, &record, WF_LITERAL("{}"),
			   "{\"topic\":\"t\",\"partition\":-7,\"timestamp\":1704067202123,\"key\":\"k\","
			   "\"headers\":{" POSITION ",\"n\\\"o\":null,\"empty\":\"\"},\"value\":{}}\n");
}

static void
frames_carry_all_of_it(void **state)
{
	WfRecord	record = plain_record();
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, NULL);
	record.has_timestamp = true;
	record.timestamp_ms = -1;
	record.has_partition = true;
	record.partition = 3;
	record.value_form = WF_RECORD_BYTES;
	record.header_count = 1;
	record.headers[0].name = WF_LITERAL("ver");
	record.headers[0].value = wf_slice(NULL, 0);
	write_record(&fixture, &record, WF_LITERAL("\x01"));
	fixture_read_frame(&fixture);
	assert_lines(&fixture, "R flags=55 topic=1 schema=0 2/1/0 ver is null timestamp=-1 partition=3 "
				 "key=\"k\" value=\x01\n");
	fixture_close(&fixture);
}

/* Readers refuse a stub that has a time or partition: the slot would stand still for ever. */
static void
stubs_have_neither_time_nor_partition(void **state)
{
	WfRecord	record = plain_record();
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, NULL);
	record.has_timestamp = true;
	record.has_partition = true;
	assert_int_equal(wf_record_write_stub(&fixture.session, NULL, &record, 9, WF_LITERAL("large")),
					 WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_lines(&fixture, "X flags=7 topic=1 schema=0 2/1/0 bytes>=9 key=\"k\" reason=large\n");
	fixture_close(&fixture);
}

static void
check_commit_time(int64_t commit_time_us, bool has_own, const char *expected)
{
	WfTransaction transaction;
	WfRecord	record = plain_record();
	WfRecordWriter writer;
	uint64_t	bytes;
	Fixture		fixture;

	fixture_open(&fixture, WF_OUTPUT_RECORD, NULL);
	fixture.session.options.record_timestamp = WF_TIMESTAMP_COMMIT;
	wf_transaction_begin(&transaction, 1, 2, commit_time_us);
	record.has_timestamp = has_own;
	record.timestamp_ms = 77;
	wf_record_open(&fixture.session, &transaction, &record, &writer);
	wf_record_append(&fixture.session, WF_RECORD_JSON, WF_LITERAL("1"));
	assert_int_equal(wf_record_close(&fixture.session, &transaction, &writer, &bytes), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, expected), 1);
	fixture_close(&fixture);
}

static void
the_time_can_be_the_commits(void **state)
{
	WfRecord	record = plain_record();
	WfTransaction transaction;
	Fixture		fixture;

	(void) state;
	check_commit_time(1704067202123999, false, "{\"topic\":\"t\",\"timestamp\":1704067202123,\"key\"");
	check_commit_time(1704067202123999, true, "{\"topic\":\"t\",\"timestamp\":77,\"key\"");
	check_commit_time(0, false, "{\"topic\":\"t\",\"timestamp\":0,\"key\"");
	/* Kafka has no such time */
	check_commit_time(-1, false, "{\"topic\":\"t\",\"key\"");

	fixture_open(&fixture, WF_OUTPUT_FRAME, NULL);
	fixture.session.options.record_timestamp = WF_TIMESTAMP_COMMIT;
	/* outside of transactions there is no commit */
	write_record(&fixture, &record, WF_LITERAL("1"));
	wf_transaction_begin(&transaction, 1, 2, 3000);
	transaction.records = 1;
	for (int i = 0; i < 2; i++)
	{
		WfRecordWriter writer;
		uint64_t	bytes;

		/*
		 * a time of its own is told from the commit's, which is left away if
		 * need be
		 */
		record.has_timestamp = i == 1;
		record.timestamp_ms = 77;
		wf_record_open(&fixture.session, &transaction, &record, &writer);
		wf_record_append(&fixture.session, WF_RECORD_JSON, WF_LITERAL("1"));
		assert_int_equal(wf_record_close(&fixture.session, &transaction, &writer, &bytes),
						 WF_WRITE_OK);
	}
	record.has_timestamp = false;
	wf_transaction_begin(&transaction, 1, 2, 3000);
	transaction.records = 1;
	assert_int_equal(wf_record_write_stub(&fixture.session, &transaction, &record, 9,
										  WF_LITERAL("large")), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_lines(&fixture, "R flags=7 topic=1 schema=0 2/1/0 key=\"k\" value=1\n"
				 "R flags=83 topic=1 schema=0 2/1/0 timestamp=3 key=\"k\" value=1\n"
				 "R flags=19 topic=1 schema=0 2/1/0 timestamp=77 key=\"k\" value=1\n"
				 "X flags=3 topic=1 schema=0 2/1/0 bytes>=9 key=\"k\" reason=large\n");
	fixture_close(&fixture);
}

/* ---- topics that rows name ---- */

static int	made;

static bool
make_name(void *maker, WfSlice value, WfBuffer *name)
{
	WfSlice		wished = value;

	(void) maker;
	made++;
	if (value.length > 0 && value.data[0] == '!')
		return false;
	wf_topic_legal_name(name, wished);
	return true;
}

static uint32_t
route(Fixture *fixture, uint8_t scope, const char *value, const char *expected)
{
	WfRecord	record = plain_record();

	assert_int_equal(wf_record_route(&fixture->session, &record, scope,
									 wf_slice(value, strlen(value)), make_name, NULL),
					 WF_WRITE_OK);
	assert_int_equal(record.topic.length, strlen(expected));
	assert_memory_equal(record.topic.data, expected, record.topic.length);
	return record.topic_id;
}

static void
names_are_made_and_told_once(void **state)
{
	Fixture		fixture;
	WfRecord	record = plain_record();

	(void) state;
	made = 0;
	fixture_open(&fixture, WF_OUTPUT_FRAME, NULL);
	assert_int_equal(route(&fixture, 1, "order", "order"), 1);
	assert_int_equal(route(&fixture, 1, "customer", "customer"), 2);
	assert_int_equal(route(&fixture, 1, "order", "order"), 1);
	assert_int_equal(route(&fixture, 2, "order", "order"), 3);
	assert_int_equal(made, 3);
	assert_int_equal(wf_record_route(&fixture.session, &record, 1, WF_LITERAL("!"), make_name,
									 NULL), WF_WRITE_NO_MEMORY);
	fixture_read_frame(&fixture);
	assert_lines(&fixture, "T 1 order\nT 2 customer\nT 3 order\n");
	fixture_close(&fixture);
}

static void
illegal_names_become_legal(void **state)
{
	char		longest[251];
	Fixture		fixture;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_RECORD, NULL);
	route(&fixture, 1, "a b/\xC3\xA9\xF0\x9F\x98\x80", "a_b____");
	route(&fixture, 1, "", "-");
	route(&fixture, 1, ".", "-.");
	route(&fixture, 1, "..", "-..");
	route(&fixture, 1, "...", "...");
	route(&fixture, 1, "__consumer_offsets", "-__consumer_offsets");
	route(&fixture, 1, "_x", "_x");

	/* a value too long to be remembered leads to a name that is */
	memset(longest, 'x', sizeof(longest) - 1);
	longest[250] = '\0';
	{
		char		cut[250];

		memcpy(cut, longest, 249);
		cut[249] = '\0';
		route(&fixture, 1, longest, cut);
		route(&fixture, 1, longest, cut);
	}
	fixture_close(&fixture);
}

/* The ids that frames use stay few, and the last that was told of an id is its name. */
static void
any_number_of_topics(void **state)
{
	enum
	{
		TOPICS = 100000
	};
	static char names[WF_ROUTED_TOPICS_MAX + 1][32];
	Fixture		fixture;
	WfFrameReader reader;
	WfFrameItem item;
	uint32_t	largest = 0;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, NULL);
	for (int i = 0; i < TOPICS; i++)
	{
		char		value[32];
		uint32_t	id;

		snprintf(value, sizeof(value), "aggregate-%d", i);
		id = route(&fixture, 1, value, value);
		assert_in_range(id, 1, WF_ROUTED_TOPICS_MAX);
		largest = id > largest ? id : largest;

		wf_frame_reader_init(&reader, fixture.buffer.data, fixture.buffer.length);
		while (wf_frame_read(&reader, &item))
			snprintf(names[item.as.topic.id], sizeof(names[0]), "%.*s",
					 (int) item.as.topic.name.length, item.as.topic.name.data);
		assert_null(reader.error);
		wf_buffer_cut(&fixture.buffer, 0);
		assert_string_equal(names[id], value);
	}
	assert_true(largest > WF_ROUTED_TOPICS_MAX / 2);
	fixture_close(&fixture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_and_values_that_are_not_json),
		cmocka_unit_test(time_partition_and_null_headers),
		cmocka_unit_test(frames_carry_all_of_it),
		cmocka_unit_test(the_time_can_be_the_commits),
		cmocka_unit_test(stubs_have_neither_time_nor_partition),
		cmocka_unit_test(names_are_made_and_told_once),
		cmocka_unit_test(illegal_names_become_legal),
		cmocka_unit_test(any_number_of_topics),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
