/*
 * delivery_fixture.h
 *		A mock cluster, a producer on it, frames to be delivered, and a consumer to
 *		read back what came of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_DELIVERY_FIXTURE_H
#define WALFERRY_DELIVERY_FIXTURE_H

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

static inline void
on_delivered(void *host, uint64_t serial)
{
	(void) host;
	assert_true(ledger_acknowledged(fixture.ledger, serial));
}

static inline void
on_described(void *host, uint32_t schema_id)
{
	(void) host;
	delivery_described(&fixture.delivery, schema_id);
}

static CommitTimeLimits commit_times;
static const ProducerOwner owner = {on_delivered, on_described, NULL, &commit_times};

static inline void
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
static inline void
begin_anew(int64_t batch_bytes)
{
	delivery_free(&fixture.delivery);
	producer_close(fixture.producer);
	begin_session(batch_bytes);
}

static inline int
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
	commit_time_init(&commit_times);
	fixture.ledger = malloc(sizeof(Ledger));
	ledger_init(fixture.ledger, 0);
	heap_buffer_init(&fixture.frame, 16 * 1024 * 1024);
	begin_session(PRODUCER_BATCH_BYTES);
	return 0;
}

static inline int
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

static inline void
put_topic(uint32_t id, const char *name)
{
	const WfFrameTopic topic = {id, wf_slice(name, strlen(name))};

	wf_frame_write_topic(&fixture.frame, &topic);
}

static inline void
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

static inline void
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

static inline void
put_begin(uint64_t commit_lsn)
{
	const WfFrameBegin begin = {7, commit_lsn, 1};

	wf_frame_write_begin(&fixture.frame, &begin);
}

static inline void
put_commit(uint64_t commit_lsn, uint64_t end_lsn)
{
	const WfFrameCommit commit = {commit_lsn, end_lsn, 1, 1, 0};

	wf_frame_write_commit(&fixture.frame, &commit);
}

#define KEYED (WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE)

/* Takes the frame to its end, serving the producer while it is held. */
static inline DeliveryResult
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
static inline void
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
	int64_t		timestamp_ms;
} Read;

static inline int
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
		if (message->key != NULL)
			memcpy(out->key, message->key, message->key_len < 255 ? message->key_len : 255);
		out->has_value = message->payload != NULL;
		out->value_length = message->len;
		out->timestamp_ms = rd_kafka_message_timestamp(message, NULL);
		if (out->has_value)
			memcpy(out->value, message->payload, message->len < 1023 ? message->len : 1023);
		if (rd_kafka_message_headers(message, &headers) == 0)
		{
			for (size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == 0; i++)
				snprintf(out->headers + strlen(out->headers),
						 sizeof(out->headers) - strlen(out->headers), "%s%s%.*s;", name,
						 value != NULL ? "=" : " is null", (int) size, (const char *) value);
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

#endif							/* WALFERRY_DELIVERY_FIXTURE_H */
