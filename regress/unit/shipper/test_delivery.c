/*
 * test_delivery.c
 *		Frames through Delivery and Producer into librdkafka's mock cluster, and
 *		back out of it by a consumer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "delivery_fixture.h"
#include "shipper/kafka/producer_state.h"

/* ---- tests -------------------------------------------------------------- */

static void
test_records_and_headers(void **state)
{
	Read		reads[8];

	(void) state;
	put_names();
	put_begin(100);
	put_record(100, 90, KEYED, "{\"id\":1}", WF_LITERAL("{\"op\":\"d\"}"));
	put_record(100, 90, WF_FRAME_HAS_KEY, "{\"id\":1}", WF_LITERAL(""));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);

	assert_int_equal(read_topic("inv.public.t", reads, 8), 2);
	assert_string_equal(reads[0].key, "{\"id\":1}");
	assert_string_equal(reads[0].value, "{\"op\":\"d\"}");
	assert_string_equal(reads[0].headers,
						"__walferry.position="
						"0000000000000001/0000000000000064/000000000000005A/0000000000000003;"
						"__walferry.schema=" FINGERPRINT ";__walferry.before=key;");
	assert_false(reads[1].has_value);
	assert_string_equal(reads[1].headers,
						"__walferry.position="
						"0000000000000001/0000000000000064/000000000000005A/0000000000000003;");

	assert_int_equal(read_topic("__walferry.schemas.inv", reads, 8), 1);
	assert_string_equal(reads[0].key, FINGERPRINT);
	assert_string_equal(reads[0].value, "{\"format\":1}");
}

/* A record in an enclosure that test_enclosed() has described. */
static void
put_enclosed(uint32_t enclosure_id, uint8_t flags, WfSlice key, WfSlice value)
{
	WfFrameRecordWriter writer;
	WfFrameRecord record = {
		.flags = flags | WF_FRAME_IS_ENCLOSED, .topic_id = 1, .schema_id = 1,
		.enclosure_id = enclosure_id, .position = {100, 90, 0}
	};

	wf_frame_record_open(&fixture.frame, &writer, &record);
	wf_buffer_append_slice(&fixture.frame, key);
	wf_frame_record_key_done(&fixture.frame, &writer);
	wf_buffer_append_slice(&fixture.frame, value);
	wf_frame_record_close(&fixture.frame, &writer);
}

static void
test_enclosed(void **state)
{
	const WfFrameEnclosure both = {2, WF_LITERAL("{\"k\":1}"), WF_LITERAL("{\"v\":1}")};
	const WfFrameEnclosure key_only = {3, WF_LITERAL("{\"k\":2}"), WF_LITERAL("")};
	Read		reads[8];

	(void) state;
	fixture.config.format.value_schemas = true;
	begin_anew(PRODUCER_BATCH_BYTES);
	put_names();
	wf_frame_write_enclosure(&fixture.frame, &both);
	wf_frame_write_enclosure(&fixture.frame, &key_only);
	put_begin(100);
	put_enclosed(2, KEYED, WF_LITERAL("{\"id\":1}"), WF_LITERAL("null"));
	put_enclosed(2, WF_FRAME_HAS_KEY, WF_LITERAL("{\"id\":2}"), WF_LITERAL(""));
	put_enclosed(3, KEYED, WF_LITERAL("{\"id\":3}"), WF_LITERAL("{\"op\":\"c\"}"));
	put_enclosed(2, WF_FRAME_HAS_VALUE, WF_LITERAL(""), WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();

	assert_int_equal(read_topic("inv.public.t", reads, 8), 4);
	assert_string_equal(reads[0].key, "{\"schema\":{\"k\":1},\"payload\":{\"id\":1}}");
	assert_string_equal(reads[0].value, "{\"schema\":{\"v\":1},\"payload\":null}");
	assert_string_equal(reads[0].headers,
						"__walferry.position="
						"0000000000000001/0000000000000064/000000000000005A/0000000000000000;");
	assert_string_equal(reads[1].key, "{\"schema\":{\"k\":1},\"payload\":{\"id\":2}}");
	assert_false(reads[1].has_value);
	assert_string_equal(reads[2].key, "{\"schema\":{\"k\":2},\"payload\":{\"id\":3}}");
	assert_string_equal(reads[2].value, "{\"op\":\"c\"}");
	assert_string_equal(reads[3].key, "");
	assert_string_equal(reads[3].value, "{\"schema\":{\"v\":1},\"payload\":{}}");
	assert_int_equal(read_topic("__walferry.schemas.inv", reads, 8), 0);
}

/* What waits for room is not put beside its schema again and again. */
static void
test_held_beside_its_schema(void **state)
{
	static char text[2 * 1024 * 1024];
	const WfFrameEnclosure enclosure = {2, WF_LITERAL("{\"k\":1}"), WF_LITERAL("{\"v\":1}")};

	(void) state;
	fixture.config.format.record_max_bytes = sizeof(text);
	memset(text, 'x', sizeof(text));
	begin_anew(PRODUCER_BATCH_BYTES);
	put_names();
	wf_frame_write_enclosure(&fixture.frame, &enclosure);
	put_begin(100);
	put_enclosed(2, KEYED, WF_LITERAL("1"), WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	put_begin(200);
	for (int i = 0; i < 5; i++)
		put_record(200, 190, WF_FRAME_HAS_VALUE, "", wf_slice(text, sizeof(text)));
	put_enclosed(2, KEYED, WF_LITERAL("1"), wf_slice(text, sizeof(text)));
	put_commit(200, 210);
	rd_kafka_mock_broker_set_rtt(fixture.cluster, 1, 500);
	assert_int_equal(delivery_take(&fixture.delivery, wf_buffer_since(&fixture.frame, 0)),
					 DELIVERY_HELD);
	assert_int_equal(producer_in_flight(fixture.producer), 5);
	/* still the record before */
	assert_int_equal(fixture.delivery.value.length, WF_ENCLOSURE_OVERHEAD_BYTES + 7 + 2);
	for (int64_t deadline = control_now_ms() + WAIT_MS;
		 delivery_continue(&fixture.delivery) == DELIVERY_HELD && control_now_ms() < deadline;)
		producer_serve(fixture.producer);
	assert_true(fixture.delivery.value.length > sizeof(text));
	settle();
	assert_int_equal(fixture.ledger->confirmed, 210);
}

/* record.max.bytes does not count the schema: a long one makes no dead letter. */
static void
test_long_schema(void **state)
{
	static char schema[300 * 1024];
	const WfFrameEnclosure long_one = {2, WF_LITERAL(""), {schema, sizeof(schema)}};
	static Read reads[2];
	ConfigProperty *limit = &fixture.config.kafka_properties[0];

	(void) state;
	memset(schema, '1', sizeof(schema));
	fixture.config.format.record_max_bytes = 100 * 1024;
	begin_anew(PRODUCER_BATCH_BYTES);
	put_names();
	wf_frame_write_enclosure(&fixture.frame, &long_one);
	put_begin(100);
	put_enclosed(2, KEYED, WF_LITERAL("{\"id\":1}"), WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_int_equal(read_topic("inv.public.t", reads, 2), 1);
	assert_true(reads[0].value_length > sizeof(schema));

	/* unless somebody says so */
	*limit = (ConfigProperty) {"message.max.bytes", "200000"};
	fixture.config.kafka_property_count = 1;
	begin_anew(PRODUCER_BATCH_BYTES / 10);
	put_names();
	wf_frame_write_enclosure(&fixture.frame, &long_one);
	put_begin(200);
	put_enclosed(2, KEYED, WF_LITERAL("{\"id\":1}"), WF_LITERAL("{}"));
	put_commit(200, 210);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_int_equal(read_topic("__walferry.dead-letters.inv", reads, 2), 1);
	assert_non_null(strstr(reads[0].value, "larger than kafka.message.max.bytes, 200000 bytes"));
}

static void
test_record_waits_for_its_schema(void **state)
{
	(void) state;
	put_names();
	put_begin(100);
	put_record(100, 90, KEYED, "1", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(delivery_take(&fixture.delivery,
								   wf_slice(fixture.frame.data, fixture.frame.length)),
					 DELIVERY_HELD);
	assert_int_equal(producer_in_flight(fixture.producer), 1);	/* the description alone */
	assert_int_equal(delivery_continue(&fixture.delivery), DELIVERY_HELD);
	assert_int_equal(take(), DELIVERY_FAILED);	/* the same names again */
	assert_non_null(strstr(fixture.delivery.fault, "twice"));
}

static void
test_message_outside_of_transactions(void **state)
{
	Read		reads[4];

	(void) state;
	put_names();
	put_record(500, 0, KEYED | WF_FRAME_NO_TRANSACTION, "m", WF_LITERAL("{}"));
	assert_int_equal(take(), DELIVERY_DONE);
	assert_false(fixture.ledger->open);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 500);
	assert_int_equal(read_topic("inv.public.t", reads, 4), 1);
}

static void
test_without_headers(void **state)
{
	Read		reads[4];

	(void) state;
	fixture.config.format.walferry_headers = false;
	begin_anew(PRODUCER_BATCH_BYTES);
	put_names();
	put_begin(100);
	put_record(100, 90, WF_FRAME_HAS_KEY, "1", WF_LITERAL(""));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_int_equal(read_topic("inv.public.t", reads, 4), 1);
	assert_string_equal(reads[0].headers, "");
	assert_int_equal(read_topic("__walferry.schemas.inv", reads, 4), 0);
}

static void
test_stub_becomes_a_dead_letter(void **state)
{
	const WfFrameStub stub = {
		.flags = WF_FRAME_HAS_KEY,
		.topic_id = 1,
		.schema_id = 1,
		.position = {100, 90, 0},
		.value_bytes_at_least = 200000000,
		.key = WF_LITERAL("{\"id\":1}"),
		.reason = WF_LITERAL("too \"large\"")
	};
	Read		reads[4];

	(void) state;
	put_names();
	put_begin(100);
	wf_frame_write_stub(&fixture.frame, &stub);
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);
	assert_int_equal(read_topic("inv.public.t", reads, 4), 0);
	assert_int_equal(read_topic("__walferry.dead-letters.inv", reads, 4), 1);
	assert_string_equal(reads[0].key,
						"0000000000000001/0000000000000064/000000000000005A/0000000000000000");
	assert_string_equal(reads[0].value,
						"{\"topic\":\"inv.public.t\",\"partition\":null,\"offset\":null,\"position\":"
						"\"0000000000000001/0000000000000064/000000000000005A/0000000000000000\","
						"\"reason\":\"too \\\"large\\\"\",\"value_bytes_at_least\":200000000,"
						"\"key\":\"{\\\"id\\\":1}\"}");
}

static void
put_placed(const char *value, bool has_time, bool has_partition, int32_t partition)
{
	WfFrameRecordWriter writer;
	WfFrameRecord record = {
		.flags = (uint8_t) (WF_FRAME_HAS_VALUE | (has_time ? WF_FRAME_HAS_TIMESTAMP : 0) |
							(has_partition ? WF_FRAME_HAS_PARTITION : 0)),
		.topic_id = 2, .timestamp_ms = 1704067202123, .partition = partition,
		.position = {100, 90, 0}, .header_count = 1,
		.headers = {{.name = WF_LITERAL("ver"), .value = {NULL, 0}}}
	};

	wf_frame_record_open(&fixture.frame, &writer, &record);
	wf_frame_record_key_done(&fixture.frame, &writer);
	wf_buffer_append(&fixture.frame, value, strlen(value));
	wf_frame_record_close(&fixture.frame, &writer);
}

/* An id that is told anew, a time, partitions that are there and some that are not. */
static void
test_placed(void **state)
{
	const int	missing[] = {7, -1, 9};
	Read		reads[8];

	(void) state;
	rd_kafka_mock_topic_create(fixture.cluster, "order", 1, 1);
	rd_kafka_mock_topic_create(fixture.cluster, "customer", 1, 1);
	for (int i = 0; i < 2; i++)
	{
		const char *const names[] = {"order", "customer"};
		Topic	   *topic = producer_topic(fixture.producer, names[i]);

		/* the mock cluster makes no topics */
		topic->state = TOPIC_THERE;
	}
	put_names();
	put_begin(100);
	put_topic(2, "order");
	put_placed("away", true, true, 7);
	put_placed("one", true, true, 0);
	put_placed("two", false, false, 0);
	put_placed("nowhere", false, true, -1);
	put_placed("far", false, true, 9);
	put_topic(2, "customer");
	put_placed("three", false, false, 0);
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_null(producer_fault(fixture.producer));
	assert_int_equal(fixture.ledger->confirmed, 110);

	assert_int_equal(read_topic("order", reads, 8), 2);
	assert_string_equal(reads[0].value, "one");
	assert_true(reads[0].timestamp_ms == 1704067202123);
	assert_string_equal(strchr(reads[0].headers, ';'), ";ver is null;");
	assert_string_equal(reads[1].value, "two");
	assert_true(reads[1].timestamp_ms > 1704067202123);
	assert_int_equal(read_topic("customer", reads, 8), 1);
	assert_string_equal(reads[0].value, "three");

	assert_int_equal(read_topic("__walferry.dead-letters.inv", reads, 8), 3);
	for (int i = 0; i < 3; i++)
	{
		char		reason[128];
		int			found = 0;

		snprintf(reason, sizeof(reason), "\"reason\":\"the topic does not have partition %d, which "
				 "the record asks for\"", missing[i]);
		for (int j = 0; j < 3; j++)
			found += strstr(reads[j].value, reason) != NULL;
		assert_int_equal(found, 1);
	}
}

/* Where the broker says nothing of a topic's partitions, a record is no dead letter yet. */
static void
test_partitions_not_told(void **state)
{
	Read		reads[2];
	Topic	   *topic;

	(void) state;
	rd_kafka_mock_topic_create(fixture.cluster, "order", 1, 1);
	topic = producer_topic(fixture.producer, "order");
	topic->state = TOPIC_THERE; /* the mock cluster makes no topics */
	put_names();
	put_begin(100);
	put_topic(2, "order");
	put_placed("one", false, true, 0);
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();

	rd_kafka_mock_topic_set_error(fixture.cluster, "order",
								  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	put_begin(200);
	put_placed("far", false, true, 9);
	put_commit(200, 210);
	assert_int_equal(delivery_take(&fixture.delivery, wf_buffer_since(&fixture.frame, 0)),
					 DELIVERY_HELD);

	rd_kafka_mock_topic_set_error(fixture.cluster, "order", RD_KAFKA_RESP_ERR_NO_ERROR);
	assert_int_equal(delivery_continue(&fixture.delivery), DELIVERY_DONE);
	settle();
	assert_int_equal(read_topic("__walferry.dead-letters.inv", reads, 2), 1);
}

/*
 * A producer that has written to as many topics as one may takes no further ones;
 * another goes on with the transaction.
 */
static void
test_producer_changed_in_the_midst(void **state)
{
	Producer   *former;
	Read		reads[4];
	char		error[512];

	(void) state;
	rd_kafka_mock_topic_create(fixture.cluster, "order", 1, 1);
	begin_anew(PRODUCER_BATCH_BYTES);
	former = fixture.producer;
	former->handles = PRODUCER_TOPICS_MAX - 1;
	put_names();
	put_begin(100);
	put_record(100, 90, KEYED, "1", WF_LITERAL("{}"));
	put_topic(2, "order");
	put_placed("one", false, true, 0);
	put_record(100, 91, KEYED, "2", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(delivery_take(&fixture.delivery, wf_buffer_since(&fixture.frame, 0)),
					 DELIVERY_HELD);
	for (int64_t deadline = control_now_ms() + WAIT_MS;
		 !(producer_is_worn(former) && producer_in_flight(former) == 0) &&
		 control_now_ms() < deadline;)
	{
		settle();
		assert_int_equal(delivery_continue(&fixture.delivery), DELIVERY_HELD);
	}
	assert_int_equal(former->handles, PRODUCER_TOPICS_MAX);
	assert_int_equal(delivery_continue(&fixture.delivery), DELIVERY_HELD);
	assert_int_equal(fixture.ledger->confirmed, 0);

	fixture.producer = producer_open(&fixture.config, &owner, PRODUCER_BATCH_BYTES, error,
									 sizeof(error));
	assert_true(producer_reach(fixture.producer, 10000, error, sizeof(error)));
	assert_true(delivery_change_producer(&fixture.delivery, fixture.producer));
	producer_close(former);
	for (int64_t deadline = control_now_ms() + WAIT_MS;
		 delivery_continue(&fixture.delivery) == DELIVERY_HELD && control_now_ms() < deadline;)
		producer_serve(fixture.producer);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);
	assert_int_equal(read_topic("inv.public.t", reads, 4), 2);
	assert_int_equal(read_topic("order", reads, 4), 1);
}

/* Nobody waits for a dead letter's topic, or the letter would be waited for by itself. */
static void
test_letter_of_a_worn_producer(void **state)
{
	const WfFrameStub stub = {
		.topic_id = 1, .position = {100, 90, 0}, .value_bytes_at_least = 9, .reason = WF_LITERAL("large")
	};

	(void) state;
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	fixture.producer->handles = PRODUCER_TOPICS_MAX;
	put_begin(100);
	wf_frame_write_stub(&fixture.frame, &stub);
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);
}

static void
expect_failure(const char *text)
{
	assert_int_equal(take(), DELIVERY_FAILED);
	if (strstr(fixture.delivery.fault, text) == NULL)
		print_error("said: %s\n", fixture.delivery.fault);
	assert_non_null(strstr(fixture.delivery.fault, text));
	delivery_free(&fixture.delivery);
	ledger_forget(fixture.ledger);
	delivery_init(&fixture.delivery, fixture.producer, fixture.ledger, &fixture.config, SYSTEM_ID);
}

static void
test_nonsense(void **state)
{
	const WfFrameHello other_system = {.frame_version = WF_FRAME_VERSION, .system_id = 1};
	const WfFrameHello other_version = {.frame_version = 9, .system_id = SYSTEM_ID};

	(void) state;
	put_begin(1);
	expect_failure("hello");

	wf_frame_write_hello(&fixture.frame, &other_version);
	expect_failure("frame version");

	wf_frame_write_hello(&fixture.frame, &other_system);
	expect_failure("system 1");

	put_names();
	put_commit(1, 2);
	expect_failure("had not begun");

	put_names();
	put_begin(100);
	put_enclosed(7, KEYED, WF_LITERAL("1"), WF_LITERAL("{}"));
	expect_failure("enclosure 7");

	put_names();
	put_begin(1);
	put_begin(2);
	expect_failure("inside another");

	put_names();
	put_record(1, 1, KEYED, "1", WF_LITERAL("{}"));
	expect_failure("without a transaction");

	put_names();
	put_begin(1);
	put_commit(2, 3);
	expect_failure("had not begun");

	put_names();
	wf_buffer_append_literal(&fixture.frame, "?");
	expect_failure("not understood at byte");

	put_names();
	put_topic(DELIVERY_TOPICS_MAX, "x");
	assert_int_equal(take(), DELIVERY_RENEW);
	assert_non_null(strstr(fixture.delivery.fault, "65535 topics"));
	assert_null(strstr(fixture.delivery.fault, "schemas"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_records_and_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_enclosed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_long_schema, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_held_beside_its_schema, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_record_waits_for_its_schema, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_message_outside_of_transactions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stub_becomes_a_dead_letter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_placed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_partitions_not_told, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_producer_changed_in_the_midst, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_letter_of_a_worn_producer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nonsense, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
