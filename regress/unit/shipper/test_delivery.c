/*
 * test_delivery.c
 *		Frames through Delivery and Producer into librdkafka's mock cluster, and
 *		back out of it by a consumer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "shipper/capture/delivery.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"

#define PRODUCE_REQUEST 0		/* Kafka's api key */
#define SYSTEM_ID 42
#define FINGERPRINT "0123456789abcdef0123456789abcdef"
#define WAIT_MS 20000

typedef struct Fixture
{
	rd_kafka_t *mock_client;
	rd_kafka_mock_cluster_t *cluster;
	Config		config;
	Ledger	   *ledger;
	Producer   *producer;
	Delivery	delivery;
	WfBuffer	frame;
} Fixture;

static Fixture fixture;

static void
on_delivered(void *host, uint64_t serial)
{
	(void) host;
	assert_true(ledger_acknowledged(fixture.ledger, serial));
}

static void
on_described(void *host, uint32_t schema_id)
{
	(void) host;
	delivery_described(&fixture.delivery, schema_id);
}

static const ProducerOwner owner = {on_delivered, on_described, NULL};

static void
begin_session(int64_t batch_bytes)
{
	char		error[512] = "";

	fixture.producer = producer_open(&fixture.config, &owner, batch_bytes, error, sizeof(error));
	if (fixture.producer == NULL)
		print_error("%s\n", error);
	assert_non_null(fixture.producer);
	assert_true(producer_reach(fixture.producer, 10000, error, sizeof(error)));
	delivery_init(&fixture.delivery, fixture.producer, fixture.ledger, &fixture.config, SYSTEM_ID);
}

/* Another producer and session. */
static void
begin_anew(int64_t batch_bytes)
{
	delivery_free(&fixture.delivery);
	producer_close(fixture.producer);
	begin_session(batch_bytes);
}

static int
set_up(void **state)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char		error[512];

	(void) state;
	memset(&fixture, 0, sizeof(fixture));
	rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
	log_init(LOG_LEVEL_ERROR, false);
	fixture.mock_client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
	fixture.cluster = rd_kafka_mock_cluster_new(fixture.mock_client, 1);
	rd_kafka_mock_topic_create(fixture.cluster, "__walferry.schemas.inv", 1, 1);
	rd_kafka_mock_topic_create(fixture.cluster, "__walferry.dead-letters.inv", 1, 1);
	rd_kafka_mock_topic_create(fixture.cluster, "inv.public.t", 1, 1);

	fixture.config.format.topic_prefix = (WfText) {.length = 3, .bytes = "inv"};
	fixture.config.format.walferry_headers = true;
	fixture.config.position_epoch = WF_FIRST_EPOCH;
	fixture.config.format.record_max_bytes = 1024 * 1024;
	fixture.config.kafka_bootstrap_servers = rd_kafka_mock_cluster_bootstraps(fixture.cluster);
	fixture.ledger = malloc(sizeof(Ledger));
	ledger_init(fixture.ledger, 0);
	heap_buffer_init(&fixture.frame, 16 * 1024 * 1024);
	begin_session(PRODUCER_BATCH_BYTES);
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	delivery_free(&fixture.delivery);
	producer_close(fixture.producer);
	heap_buffer_free(&fixture.frame);
	free(fixture.ledger);
	rd_kafka_mock_cluster_destroy(fixture.cluster);
	rd_kafka_destroy(fixture.mock_client);
	return 0;
}

/* ---- frames ------------------------------------------------------------- */

static void
put_topic(uint32_t id, const char *name)
{
	const WfFrameTopic topic = {id, wf_slice(name, strlen(name))};

	wf_frame_write_topic(&fixture.frame, &topic);
}

static void
put_names(void)
{
	const WfFrameHello hello = {
		.frame_version = WF_FRAME_VERSION,
		.server_version_num = 150020,
		.system_id = SYSTEM_ID,
		.timeline = 1,
		.plugin_version = WF_LITERAL("x"),
		.database = WF_LITERAL("inv"),
		.encoding = WF_LITERAL("UTF8")
	};
	const WfFrameSchema schema = {
		1, 1, WF_LITERAL(FINGERPRINT), WF_LITERAL("{\"format\":1}")
	};

	wf_frame_write_hello(&fixture.frame, &hello);
	put_topic(1, "inv.public.t");
	wf_frame_write_schema(&fixture.frame, &schema);
}

static void
put_record(uint64_t commit_lsn, uint64_t lsn, uint8_t flags, const char *key, WfSlice value)
{
	const WfFrameHeader before = {WF_LITERAL("__walferry.before"), WF_LITERAL("key")};
	WfFrameRecordWriter writer;
	WfFrameRecord record = {
		.flags = flags, .topic_id = 1, .schema_id = flags & WF_FRAME_HAS_VALUE ? 1 : 0,
		.position = {commit_lsn, lsn, 3}
	};

	if (flags & WF_FRAME_HAS_VALUE)
		record.headers[record.header_count++] = before;
	wf_frame_record_open(&fixture.frame, &writer, &record);
	wf_buffer_append(&fixture.frame, key, strlen(key));
	wf_frame_record_key_done(&fixture.frame, &writer);
	wf_buffer_append_slice(&fixture.frame, value);
	wf_frame_record_close(&fixture.frame, &writer);
}

static void
put_begin(uint64_t commit_lsn)
{
	const WfFrameBegin begin = {7, commit_lsn, 1};

	wf_frame_write_begin(&fixture.frame, &begin);
}

static void
put_commit(uint64_t commit_lsn, uint64_t end_lsn)
{
	const WfFrameCommit commit = {commit_lsn, end_lsn, 1, 1, 0};

	wf_frame_write_commit(&fixture.frame, &commit);
}

#define KEYED (WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE)

/* Takes the frame to its end, serving the producer while it is held. */
static DeliveryResult
take(void)
{
	int64_t		deadline = control_now_ms() + WAIT_MS;
	DeliveryResult result = delivery_take(&fixture.delivery,
										  wf_slice(fixture.frame.data, fixture.frame.length));

	while (result == DELIVERY_HELD && control_now_ms() < deadline)
	{
		producer_serve(fixture.producer);
		while (ledger_retire(fixture.ledger, NULL))
			;
		result = delivery_continue(&fixture.delivery);
	}
	wf_buffer_cut(&fixture.frame, 0);
	return result;
}

/* Until everything is acknowledged, or the producer has failed. */
static void
settle(void)
{
	int64_t		deadline = control_now_ms() + WAIT_MS;

	while (producer_in_flight(fixture.producer) > 0 && producer_fault(fixture.producer) == NULL &&
		   control_now_ms() < deadline)
	{
		producer_serve(fixture.producer);
		while (ledger_retire(fixture.ledger, NULL))
			;
	}
}

/* ---- reading back ------------------------------------------------------- */

typedef struct Read
{
	char		key[256];
	char		value[1024];
	size_t		value_length;
	bool		has_value;
	char		headers[1024];	/* name=value; … */
} Read;

static int
read_topic(const char *topic, Read *reads, int most)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char		error[512];
	rd_kafka_t *client;
	rd_kafka_topic_t *handle;
	rd_kafka_message_t *message;
	int			count = 0;

	rd_kafka_conf_set(conf, "bootstrap.servers", fixture.config.kafka_bootstrap_servers, NULL, 0);
	rd_kafka_conf_set(conf, "enable.partition.eof", "true", NULL, 0);
	client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
	handle = rd_kafka_topic_new(client, topic, NULL);
	rd_kafka_consume_start(handle, 0, RD_KAFKA_OFFSET_BEGINNING);
	for (;;)
	{
		Read	   *out = &reads[count];
		rd_kafka_headers_t *headers;
		const char *name;
		const void *value;
		size_t		size;

		message = rd_kafka_consume(handle, 0, WAIT_MS);
		if (message == NULL || message->err != 0)
			break;
		assert_true(count < most);
		memset(out, 0, sizeof(*out));
		memcpy(out->key, message->key, message->key_len < 255 ? message->key_len : 255);
		out->has_value = message->payload != NULL;
		out->value_length = message->len;
		if (out->has_value)
			memcpy(out->value, message->payload, message->len < 1023 ? message->len : 1023);
		if (rd_kafka_message_headers(message, &headers) == 0)
		{
			for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; i++)
				snprintf(out->headers + strlen(out->headers),
						 sizeof(out->headers) - strlen(out->headers), "%s=%.*s;", name, (int) size,
						 (const char *) value);
		}
		count++;
		rd_kafka_message_destroy(message);
	}
	if (message != NULL)
	{
		assert_int_equal(message->err, RD_KAFKA_RESP_ERR__PARTITION_EOF);
		rd_kafka_message_destroy(message);
	}
	rd_kafka_consume_stop(handle, 0);
	rd_kafka_topic_destroy(handle);
	rd_kafka_destroy(client);
	return count;
}

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
	put_begin(1);
	put_topic(1, "x");
	expect_failure("twice");

	put_names();
	wf_buffer_append_literal(&fixture.frame, "?");
	expect_failure("not understood at byte");

	put_names();
	put_topic(DELIVERY_TOPICS_MAX, "x");
	assert_int_equal(take(), DELIVERY_RENEW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_records_and_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_record_waits_for_its_schema, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_message_outside_of_transactions, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_without_headers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stub_becomes_a_dead_letter, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_failed_delivery, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_first_record_goes_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_acknowledged_by_implication, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_stuck_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_backpressure, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nonsense, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
