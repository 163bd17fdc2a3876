/*
 * test_producer.c
 *		What becomes of records: refused, inferred, stuck, held for want of room.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "delivery_fixture.h"
#include "said.h"

/* Refused in a batch: the producer fails and asks for smaller ones; alone: a dead letter. */
static void
test_refused_record(void **state)
{
	Read		reads[4];

	(void) state;
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	rd_kafka_mock_push_request_errors(fixture.cluster, PRODUCE_REQUEST, 1,
									  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	put_begin(100);
	put_record(100, 90, KEYED, "1", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_non_null(producer_fault(fixture.producer));
	assert_true(producer_wants_smaller_batches(fixture.producer));
	assert_int_equal(fixture.ledger->confirmed, 0);

	ledger_forget(fixture.ledger);
	begin_anew(1);
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	rd_kafka_mock_push_request_errors(fixture.cluster, PRODUCE_REQUEST, 1,
									  RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE);
	put_begin(100);
	put_record(100, 90, KEYED, "1", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_null(producer_fault(fixture.producer));
	assert_int_equal(fixture.ledger->confirmed, 110);
	assert_int_equal(read_topic("__walferry.dead-letters.inv", reads, 4), 1);
	assert_non_null(strstr(reads[0].value, "\"value_bytes_at_least\":2,"));
}

static void
put_timed(int64_t timestamp_ms, uint8_t flags)
{
	WfFrameRecordWriter writer;
	WfFrameRecord record = {
		.flags = (uint8_t) (WF_FRAME_HAS_VALUE | flags), .topic_id = 1,
		.timestamp_ms = timestamp_ms, .position = {100, 90, 0}
	};

	put_begin(100);
	wf_frame_record_open(&fixture.frame, &writer, &record);
	wf_frame_record_key_done(&fixture.frame, &writer);
	wf_buffer_append_literal(&fixture.frame, "{}");
	wf_frame_record_close(&fixture.frame, &writer);
	put_commit(100, 110);
}

/* Sends one record, alone, whose time the broker refuses if it is asked to. */
static void
send_timed(int64_t timestamp_ms, uint8_t flags, bool refused)
{
	ledger_forget(fixture.ledger);
	begin_anew(1);
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	if (refused)
		rd_kafka_mock_push_request_errors(fixture.cluster, PRODUCE_REQUEST, 1,
										  RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP);
	put_timed(timestamp_ms, flags);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
}

#define TWO_HOURS_MS INT64_C(7200000)
#define COMMIT (WF_FRAME_HAS_TIMESTAMP | WF_FRAME_TIMESTAMP_IS_COMMIT)

/* A commit's time costs no record: it is read again, and goes without. */
static void
test_refused_commit_time(void **state)
{
	int64_t		now_ms = control_wall_clock_us() / 1000;
	Read		reads[8];

	(void) state;
	send_timed(now_ms + TWO_HOURS_MS, COMMIT, true);
	assert_non_null(producer_fault(fixture.producer));
	assert_non_null(strstr(producer_fault(fixture.producer), "message.timestamp.after.max.ms"));
	assert_false(producer_wants_smaller_batches(fixture.producer));
	assert_int_equal(fixture.ledger->confirmed, 0);

	send_timed(now_ms + TWO_HOURS_MS, COMMIT, false);
	assert_null(producer_fault(fixture.producer));
	assert_int_equal(fixture.ledger->confirmed, 110);
	send_timed(now_ms + 1000, COMMIT, false);
	send_timed(now_ms - 20 * TWO_HOURS_MS, COMMIT, false);
	assert_int_equal(read_topic("inv.public.t", reads, 8), 3);
	assert_true(reads[0].timestamp_ms >= now_ms && reads[0].timestamp_ms < now_ms + 60000);
	assert_true(reads[1].timestamp_ms == now_ms + 1000);
	assert_true(reads[2].timestamp_ms == now_ms - 20 * TWO_HOURS_MS);
	assert_int_equal(read_topic("__walferry.dead-letters.inv", reads, 8), 0);
}

/* Nor does that of sending, which somebody must mend; a row's own time cannot be another. */
static void
test_refused_times(void **state)
{
	Read		reads[4];

	(void) state;
	send_timed(0, 0, true);
	assert_non_null(producer_fault(fixture.producer));
	assert_non_null(strstr(producer_fault(fixture.producer), "clock"));
	assert_int_equal(fixture.ledger->confirmed, 0);

	send_timed(1, WF_FRAME_HAS_TIMESTAMP, true);
	assert_null(producer_fault(fixture.producer));
	assert_int_equal(fixture.ledger->confirmed, 110);
	assert_int_equal(read_topic("__walferry.dead-letters.inv", reads, 4), 1);
}

/* One batch is refused for a time, another for its size: lone records find the former's culprit. */
static void
test_two_batches_refused(void **state)
{
	Topic	   *topic;

	(void) state;
	rd_kafka_mock_topic_create(fixture.cluster, "order", 1, 1);
	begin_anew(PRODUCER_BATCH_BYTES);
	topic = producer_topic(fixture.producer, "order");
	assert_int_equal(topic->state, TOPIC_THERE);
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	rd_kafka_mock_broker_set_rtt(fixture.cluster, 1, 300);
	rd_kafka_mock_push_request_errors(fixture.cluster, PRODUCE_REQUEST, 2,
									  RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP,
									  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	put_begin(100);
	put_record(100, 90, KEYED, "1", WF_LITERAL("{}"));
	put_topic(1, "order");
	put_record(100, 91, KEYED, "1", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	for (int64_t deadline = control_now_ms() + WAIT_MS;
		 producer_in_flight(fixture.producer) > 0 && control_now_ms() < deadline;)
		producer_serve(fixture.producer);
	assert_true(producer_wants_smaller_batches(fixture.producer));
	assert_true(producer_wants_lone_records(fixture.producer));
}

static void
test_commit_time_limits(void **state)
{
	CommitTimeLimits limits;

	(void) state;
	commit_time_init(&limits);
	assert_true(commit_time_is_taken(&limits, INT64_MAX - 1, 0));
	assert_true(commit_time_is_taken(&limits, 0, INT64_MAX - 1));
	assert_true(commit_time_refuse(&limits, 1100, 1000) == 50);
	assert_true(commit_time_refuse(&limits, 1400, 1000) == 50);
	assert_false(commit_time_is_taken(&limits, 1050, 1000));
	assert_true(commit_time_is_taken(&limits, 1049, 1000));
	assert_true(commit_time_is_taken(&limits, 0, 1000));
	assert_true(commit_time_refuse(&limits, 1000, 1000) == 0);
	assert_false(commit_time_is_taken(&limits, 1000, 1000));
	assert_true(commit_time_is_taken(&limits, 1001, 1000));
}

/* Any other refusal is nobody's fault but the road's: nothing is confirmed. */
static void
test_failed_delivery(void **state)
{
	(void) state;
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	rd_kafka_mock_push_request_errors(fixture.cluster, PRODUCE_REQUEST, 1,
									  RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
	put_begin(100);
	put_record(100, 90, KEYED, "1", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_non_null(producer_fault(fixture.producer));
	assert_false(producer_wants_smaller_batches(fixture.producer));
	assert_int_equal(fixture.ledger->confirmed, 0);
	put_begin(200);
	put_record(200, 190, KEYED, "1", WF_LITERAL("{}"));
	assert_int_equal(take(), DELIVERY_FAILED);
}

static void
test_first_record_goes_alone(void **state)
{
	(void) state;
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	put_begin(100);
	for (uint64_t i = 0; i < 3; i++)
		put_record(100, 90 + i, KEYED, "1", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(delivery_take(&fixture.delivery,
								   wf_slice(fixture.frame.data, fixture.frame.length)),
					 DELIVERY_HELD);
	assert_int_equal(producer_in_flight(fixture.producer), 1);
	settle();
	assert_int_equal(delivery_continue(&fixture.delivery), DELIVERY_DONE);
	assert_int_equal(producer_in_flight(fixture.producer), 2);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);
}

/*
 * Two requests for one partition are on their way.  The first is refused as not
 * written, the second is written: librdkafka then reports both as delivered.
 */
static void
test_acknowledged_by_implication(void **state)
{
	(void) state;
	begin_anew(1);
	put_names();
	put_begin(100);
	put_record(100, 90, KEYED, "1", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);

	rd_kafka_mock_broker_set_rtt(fixture.cluster, 1, 300);
	rd_kafka_mock_push_request_errors(fixture.cluster, PRODUCE_REQUEST, 1,
									  RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION);
	put_begin(200);
	put_record(200, 190, KEYED, "1", WF_LITERAL("{}"));
	put_commit(200, 210);
	put_begin(300);
	put_record(300, 290, KEYED, "1", WF_LITERAL("{}"));
	put_commit(300, 310);
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	assert_non_null(producer_fault(fixture.producer));
	assert_non_null(strstr(producer_fault(fixture.producer), "inv.public.t"));
	assert_int_equal(fixture.ledger->confirmed, 110);
}

/* A partition without a leader takes nothing: what waits for it can be named. */
static void
test_stuck_record(void **state)
{
	uint64_t	serial;

	(void) state;
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	rd_kafka_mock_partition_set_leader(fixture.cluster, "inv.public.t", 0, -1);
	put_begin(100);
	put_record(100, 90, KEYED, "1", WF_LITERAL("{}"));
	put_commit(100, 110);
	assert_int_equal(take(), DELIVERY_DONE);
	serial = ledger_youngest(fixture.ledger);
	for (int64_t deadline = control_now_ms() + 300; control_now_ms() < deadline;)
		producer_serve(fixture.producer);
	assert_string_equal(producer_topic_in_flight(fixture.producer, serial), "inv.public.t");
	assert_null(producer_topic_in_flight(fixture.producer, serial + 1));
	assert_true(ledger_oldest_closed(fixture.ledger)->closed_ms > 0);

	rd_kafka_mock_partition_set_leader(fixture.cluster, "inv.public.t", 0, 1);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);
	assert_null(producer_topic_in_flight(fixture.producer, serial));
	assert_null(ledger_oldest_closed(fixture.ledger));
}

/* More than the producer holds at once goes through, held again and again. */
static void
test_backpressure(void **state)
{
	static char value[300 * 1024];

	(void) state;
	memset(value, 'x', sizeof(value));
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	put_begin(100);
	for (int i = 0; i < 50; i++)
		put_record(100, 90, KEYED, "1", wf_slice(value, sizeof(value)));
	put_commit(100, 110);
	assert_int_equal(delivery_take(&fixture.delivery,
								   wf_slice(fixture.frame.data, fixture.frame.length)),
					 DELIVERY_HELD);
	settle();					/* the topic's first record goes alone */
	assert_int_equal(delivery_continue(&fixture.delivery), DELIVERY_HELD);
	assert_true(producer_in_flight_bytes(fixture.producer) <= PRODUCER_QUEUE_BYTES);
	assert_true(producer_in_flight_bytes(fixture.producer) >
				PRODUCER_QUEUE_BYTES - 2 * (int64_t) sizeof(value));
	for (int64_t deadline = control_now_ms() + WAIT_MS;
		 delivery_continue(&fixture.delivery) == DELIVERY_HELD && control_now_ms() < deadline;)
		producer_serve(fixture.producer);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);
}

/* Headers take memory, too: an outbox may put anything into them. */
static void
test_backpressure_of_headers(void **state)
{
	static char text[300 * 1024];
	WfFrameRecordWriter writer;
	WfFrameRecord record = {
		.flags = WF_FRAME_HAS_VALUE, .topic_id = 1, .position = {100, 90, 0}, .header_count = 2,
		.headers = {{.name = WF_LITERAL("null"), .value = {NULL, 0}},
		{.name = WF_LITERAL("large"), .value = {text, sizeof(text)}}}
	};

	(void) state;
	memset(text, 'x', sizeof(text));
	put_names();
	assert_int_equal(take(), DELIVERY_DONE);
	settle();
	put_begin(100);
	for (int i = 0; i < 50; i++)
	{
		wf_frame_record_open(&fixture.frame, &writer, &record);
		wf_frame_record_key_done(&fixture.frame, &writer);
		wf_frame_record_close(&fixture.frame, &writer);
	}
	put_commit(100, 110);
	assert_int_equal(delivery_take(&fixture.delivery,
								   wf_slice(fixture.frame.data, fixture.frame.length)),
					 DELIVERY_HELD);
	settle();					/* the topic's first record goes alone */
	assert_int_equal(producer_in_flight_bytes(fixture.producer), 0);
	assert_int_equal(delivery_continue(&fixture.delivery), DELIVERY_HELD);
	assert_true(producer_in_flight_bytes(fixture.producer) <= PRODUCER_QUEUE_BYTES);
	assert_true(producer_in_flight(fixture.producer) <=
				PRODUCER_QUEUE_BYTES / (int64_t) sizeof(text));
	for (int64_t deadline = control_now_ms() + WAIT_MS;
		 delivery_continue(&fixture.delivery) == DELIVERY_HELD && control_now_ms() < deadline;)
		producer_serve(fixture.producer);
	settle();
	assert_int_equal(fixture.ledger->confirmed, 110);
	assert_int_equal(producer_in_flight_bytes(fixture.producer), 0);
}

/* Above what a broker reads by default it says so; a limit of the user's below it is one. */
static void
test_request_limit(void **state)
{
	static Config config;

	(void) state;
	config.format.record_max_bytes = KAFKA_REQUEST_BYTES_MAX - 1;
	assert_false(producer_warn_of_request_limit(&config));
	config.format.record_max_bytes = KAFKA_REQUEST_BYTES_MAX;	/* a request has more
																 * around it */
	log_init(LOG_LEVEL_WARNING, false);
	capture_begin();
	assert_true(producer_warn_of_request_limit(&config));
	capture_end();
	log_init(LOG_LEVEL_ERROR, false);
	assert_non_null(strstr(said, " warning kafka: record.max.bytes is not below"));
	assert_non_null(strstr(said, " record.max.bytes=104857600 socket.request.max.bytes=104857600\n"));

	config.kafka_properties[0] = (ConfigProperty) {"message.max.bytes", "104857599"};
	config.kafka_property_count = 1;
	assert_false(producer_warn_of_request_limit(&config));
	config.kafka_properties[0].value = "104857600";
	assert_true(producer_warn_of_request_limit(&config));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_commit_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_times, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_two_batches_refused, set_up, tear_down),
		cmocka_unit_test(test_commit_time_limits),
		cmocka_unit_test_setup_teardown(test_failed_delivery, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_first_record_goes_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_acknowledged_by_implication, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stuck_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_backpressure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_backpressure_of_headers, set_up, tear_down),
		cmocka_unit_test(test_request_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
