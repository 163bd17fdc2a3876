/*
 * test_topics.c
 *		What an answer to CreateTopics means, and the table of topics.
 *
 * What brokers answer is tried against a real one in regress/e2e/test_topics.py;
 * librdkafka's mock cluster has no controller, so here it is the broker that does
 * not answer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shipper/kafka/topics.h"
#include "shipper/log.h"

static void
test_judge(void **state)
{
	static const struct
	{
		rd_kafka_resp_err_t code;
		TopicState	state;
		bool		may_pass;
	}			cases[] = {
		{RD_KAFKA_RESP_ERR_NO_ERROR, TOPIC_THERE, false},
		{RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS, TOPIC_THERE, false},
		{RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, TOPIC_MISSING, false},
		{RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, TOPIC_MISSING, false},
		{RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, TOPIC_MISSING, false},
		{RD_KAFKA_RESP_ERR_POLICY_VIOLATION, TOPIC_MISSING, false},
		{RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, TOPIC_MISSING, false},
		{RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, TOPIC_MISSING, false},
		{RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, TOPIC_MISSING, true},
		{RD_KAFKA_RESP_ERR__TIMED_OUT, TOPIC_MISSING, true},
		{RD_KAFKA_RESP_ERR_NOT_CONTROLLER, TOPIC_MISSING, true},
		{RD_KAFKA_RESP_ERR_UNKNOWN, TOPIC_MISSING, true},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		bool		may_pass;

		assert_int_equal(topics_judge(cases[i].code, &may_pass), cases[i].state);
		assert_int_equal(may_pass, cases[i].may_pass);
	}
}

static void
test_table(void **state)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char		text[TOPIC_SENTENCE_MAX];
	rd_kafka_metadata_topic_t listed[] = {
		{.topic = "inv.public.a"}, {.topic = "other"}, {.topic = "__walferry.dead-letters.inv"}
	};
	rd_kafka_metadata_t metadata = {.topic_cnt = 3, .topics = listed};
	rd_kafka_t *client;
	Topics	   *topics;
	Topic	   *topic;
	int			wake[2];

	(void) state;
	log_init(LOG_LEVEL_ERROR, false);
	assert_int_equal(pipe(wake), 0);
	rd_kafka_conf_set(conf, "log_level", "0", NULL, 0);
	rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", NULL, 0);
	client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof(text));
	assert_non_null(client);
	topics = topics_open(client, wake[1]);

	topics_learn(topics, &metadata);
	topic = topics_find(topics, "inv.public.a");
	assert_int_equal(topic->state, TOPIC_THERE);
	assert_ptr_equal(topics_find(topics, "inv.public.a"), topic);
	assert_int_equal(topics_find(topics, "__walferry.dead-letters.inv")->state, TOPIC_THERE);
	assert_int_equal(topics_find(topics, "other")->state, TOPIC_THERE);
	assert_int_equal(topics_find(topics, "another")->state, TOPIC_UNKNOWN);

	/* removed meanwhile */
	metadata.topic_cnt = 0;
	topics_learn(topics, &metadata);
	assert_int_equal(topic->state, TOPIC_UNKNOWN);

	/* asked for without waiting, and there is no answer */
	assert_int_equal(topics_ensure(topics, topic), TOPIC_ASKED);
	assert_int_equal(topics_ensure(topics, topic), TOPIC_ASKED);
	assert_int_equal(topics_await(topics, topic, 20000), TOPIC_MISSING);
	assert_true(topic->may_pass);
	topics_explain(topic, text, sizeof(text));
	assert_non_null(strstr(text, "trying again"));

	/* as if by a lack of rights */
	topic->may_pass = false;
	topics_explain(topic, text, sizeof(text));
	assert_non_null(strstr(text, "create topic inv.public.a, or allow walferry to create topics"));
	assert_non_null(strstr(text, topic->reason));

	/* somebody made it */
	metadata.topic_cnt = 1;
	topics_learn(topics, &metadata);
	assert_int_equal(topics_await(topics, topic, 0), TOPIC_THERE);

	topics_close(topics);
	rd_kafka_destroy(client);
	close(wake[0]);
	close(wake[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
