/*
 * topics.c
 *		Topics exist before the first record for them is produced.
 *
 * The table is a tree of names (tsearch(3)); entries stay as long as the
 * producer, because requests on their way point to them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "topics.h"

#include <search.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shipper/control.h"
#include "shipper/log.h"

/* Shorter than a primary is made to wait for its shutdown. */
#define ANSWER_TIMEOUT_MS 8000

/* Of the cluster's topics, when one may not be created. */
#define LISTING_TIMEOUT_MS 2000

/* librdkafka tells of a request that timed out within this. */
#define ANSWER_SLACK_MS 500

/* The broker itself may wait for this part of it until all brokers know the topic. */
#define SPREAD_PER_MILLE 625

struct Topics
{
	rd_kafka_t *client;
	rd_kafka_queue_t *answers;
	void	   *tree;			/* of Topic, by name */
	int			count;			/* of its entries */
};

static int
compare_names(const void *a, const void *b)
{
	return strcmp(((const Topic *) a)->name, ((const Topic *) b)->name);
}

Topics *
topics_open(rd_kafka_t *client, int wake_fd)
{
	Topics	   *topics = calloc(1, sizeof(Topics));

	if (topics == NULL)
		return NULL;
	topics->client = client;
	topics->answers = rd_kafka_queue_new(client);
	rd_kafka_queue_io_event_enable(topics->answers, wake_fd, "", 1);
	return topics;
}

static void
free_topic(void *entry)
{
	Topic	   *topic = entry;

	if (topic->handle != NULL)
		rd_kafka_topic_destroy(topic->handle);
	free(topic->reason);
	free(topic);
}

void
topics_close(Topics *topics)
{
	if (topics == NULL)
		return;
	rd_kafka_queue_io_event_enable(topics->answers, -1, NULL, 0);
	rd_kafka_queue_destroy(topics->answers);
	tdestroy(topics->tree, free_topic);
	free(topics);
}

/* An entry of that name, in no tree yet; NULL for want of memory. */
static Topic *
new_topic(const char *name)
{
	size_t		length = strlen(name);
	Topic	   *topic = calloc(1, sizeof(Topic) + length + 1);

	if (topic != NULL)
		memcpy(topic->name, name, length);
	return topic;
}

Topic *
topics_find(Topics *topics, const char *name)
{
	Topic	   *topic = new_topic(name);
	Topic	  **found;

	if (topic == NULL)
		return NULL;
	found = tsearch(topic, &topics->tree, compare_names);
	if (found == NULL || *found != topic)
		free(topic);
	else
		topics->count++;
	return found == NULL ? NULL : *found;
}

static void
set_state(Topic *topic, TopicState state, const char *reason)
{
	free(topic->reason);
	topic->reason = reason == NULL ? NULL : strdup(reason);
	topic->state = state;
}

static void
forget(const void *node, VISIT visit, void *closure)
{
	Topic	   *topic = *(Topic *const *) node;

	(void) closure;
	if ((visit == postorder || visit == leaf) && topic->state != TOPIC_ASKED)
		set_state(topic, TOPIC_UNKNOWN, NULL);
}

/* The entry of that name; NULL: there is none. */
static Topic *
find_known(const Topics *topics, const char *name)
{
	Topic	   *wanted = new_topic(name);
	Topic	  **found;

	if (wanted == NULL)
		return NULL;
	found = tfind(wanted, &topics->tree, compare_names);
	free(wanted);
	return found == NULL ? NULL : *found;
}

void
topics_learn(Topics *topics, const rd_kafka_metadata_t *metadata)
{
	twalk_r(topics->tree, forget, NULL);
	for (int i = 0; i < metadata->topic_cnt; i++)
	{
		const char *name = metadata->topics[i].topic;

		/* without memory it is asked for, and the answer is that it exists */
		Topic	   *topic = topics->count < TOPICS_LEARNT_MAX ? topics_find(topics, name) :
		find_known(topics, name);

		if (topic != NULL && topic->state != TOPIC_ASKED)
			set_state(topic, TOPIC_THERE, NULL);
	}
}

/*
 * Whether the topic is there after all.  All topics are asked for, since a question
 * for one would make librdkafka remember that it is not there when it is made later.
 */
static bool
is_there(const Topics *topics, const char *name)
{
	const rd_kafka_metadata_t *metadata;
	bool		found = false;

	if (rd_kafka_metadata(topics->client, 1, NULL, &metadata, LISTING_TIMEOUT_MS) !=
		RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	for (int i = 0; i < metadata->topic_cnt && !found; i++)
		found = strcmp(metadata->topics[i].topic, name) == 0;
	rd_kafka_metadata_destroy(metadata);
	return found;
}

/* The answer comes to the queue.  False with error filled in. */
static bool
send_request(rd_kafka_t *client, rd_kafka_queue_t *answers, const TopicRequest *request,
			 void *opaque, int timeout_ms, char *error, size_t error_size)
{
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(request->name, request->partitions, -1,
													   error, error_size);
	rd_kafka_AdminOptions_t *options;

	if (topic == NULL)
		return false;
	for (const char *const *setting = request->settings; setting != NULL && *setting != NULL;
		 setting += 2)
		rd_kafka_NewTopic_set_config(topic, setting[0], setting[1]);
	options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
	rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, error, error_size);
	rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms * SPREAD_PER_MILLE / 1000,
												error, error_size);
	rd_kafka_AdminOptions_set_opaque(options, opaque);
	rd_kafka_CreateTopics(client, &topic, 1, options, answers);
	rd_kafka_AdminOptions_destroy(options);
	rd_kafka_NewTopic_destroy(topic);
	return true;
}

static void
ask(Topics *topics, Topic *topic)
{
	char		error[256] = "out of memory";
	const TopicRequest request = {.name = topic->name, .partitions = -1};

	set_state(topic, TOPIC_ASKED, NULL);
	if (send_request(topics->client, topics->answers, &request, topic, ANSWER_TIMEOUT_MS, error,
					 sizeof(error)))
		return;
	topic->may_pass = false;
	set_state(topic, TOPIC_MISSING, error);
}

TopicState
topics_ensure(Topics *topics, Topic *topic)
{
	if (topic->state == TOPIC_UNKNOWN)
		ask(topics, topic);
	return topic->state;
}

/* Codes: the protocol's error table; which of them CreateTopics gives: its API page */
TopicState
topics_judge(rd_kafka_resp_err_t code, bool *may_pass)
{
	*may_pass = false;
	switch (code)
	{
		case RD_KAFKA_RESP_ERR_NO_ERROR:
		case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
			return TOPIC_THERE;

			/*
			 * not a legal name, or '.' and '_' make it look like another's: not
			 * the fault of the records, which would lose their values
			 */
		case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
		case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
		case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
		case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
		case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
		case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
		case RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT:
		case RD_KAFKA_RESP_ERR_INVALID_REQUEST:
		case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
		case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
			return TOPIC_MISSING;
		default:
			*may_pass = true;
			return TOPIC_MISSING;
	}
}

static rd_kafka_resp_err_t
read_answer(rd_kafka_event_t *event, char reason[TOPIC_REASON_MAX])
{
	rd_kafka_resp_err_t code = rd_kafka_event_error(event);
	const char *said = rd_kafka_event_error_string(event);
	const rd_kafka_topic_result_t **results;
	size_t		count = 0;

	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
	{
		results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event),
													  &count);
		if (count == 1)
		{
			code = rd_kafka_topic_result_error(results[0]);
			said = rd_kafka_topic_result_error_string(results[0]);
		}
		else
			code = RD_KAFKA_RESP_ERR__BAD_MSG;
	}
	snprintf(reason, TOPIC_REASON_MAX, "%s: %s", rd_kafka_err2name(code),
			 said != NULL ? said : rd_kafka_err2str(code));
	return code;
}

rd_kafka_resp_err_t
topics_create(rd_kafka_t *client, const TopicRequest *request, int timeout_ms,
			  char reason[TOPIC_REASON_MAX])
{
	rd_kafka_queue_t *answers = rd_kafka_queue_new(client);
	rd_kafka_event_t *event;
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__INVALID_ARG;

	if (send_request(client, answers, request, NULL, timeout_ms, reason, TOPIC_REASON_MAX))
	{
		event = rd_kafka_queue_poll(answers, timeout_ms + ANSWER_SLACK_MS);
		if (event != NULL)
		{
			code = read_answer(event, reason);
			rd_kafka_event_destroy(event);
		}
		else
		{
			code = RD_KAFKA_RESP_ERR__TIMED_OUT;
			snprintf(reason, TOPIC_REASON_MAX, "no answer in time");
		}
	}
	rd_kafka_queue_destroy(answers);
	return code;
}

static void
take_answer(const Topics *topics, rd_kafka_event_t *event)
{
	Topic	   *topic = rd_kafka_event_opaque(event);
	rd_kafka_resp_err_t code;
	char		reason[TOPIC_REASON_MAX];

	if (topic == NULL)
		return;
	code = read_answer(event, reason);
	set_state(topic, topics_judge(code, &topic->may_pass), reason);
	if (topic->state == TOPIC_MISSING && !topic->may_pass && is_there(topics, topic->name))
		set_state(topic, TOPIC_THERE, NULL);
	topic->name_refused = code == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		log_write(LOG_LEVEL_INFO, "kafka", "created a topic with the broker's defaults",
				  log_text("topic", topic->name));
}

static bool
serve_one(Topics *topics, int timeout_ms)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(topics->answers, timeout_ms);

	if (event == NULL)
		return false;
	if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
		take_answer(topics, event);
	rd_kafka_event_destroy(event);
	return true;
}

void
topics_serve(Topics *topics)
{
	while (serve_one(topics, 0))
		;
}

TopicState
topics_await(Topics *topics, Topic *topic, int timeout_ms)
{
	int64_t		deadline = control_now_ms() + timeout_ms;

	if (topic->state == TOPIC_MISSING)
		set_state(topic, TOPIC_UNKNOWN, NULL);
	(void) topics_ensure(topics, topic);
	while (topic->state == TOPIC_ASKED && control_stop() == CONTROL_RUN)
	{
		int64_t		left_ms = deadline - control_now_ms();

		if (left_ms <= 0)
			break;
		(void) serve_one(topics, left_ms > 200 ? 200 : (int) left_ms);
	}
	return topic->state;
}

void
topics_explain(const Topic *topic, char *text, size_t size)
{
	const char *reason = topic->reason != NULL ? topic->reason : "the broker has not answered yet";

	if (topic->state == TOPIC_MISSING && topic->name_refused)
		snprintf(text, size, "Kafka cannot have a topic of the name %s (%s); remove the one it "
				 "collides with, or choose another topic.prefix; trying again", topic->name, reason);
	else if (topic->state == TOPIC_MISSING && !topic->may_pass)
		snprintf(text, size, "topic %s does not exist, or walferry lacks Describe on it, and Kafka does "
				 "not let walferry create it (%s); create topic %s, or allow walferry to create topics",
				 topic->name, reason, topic->name);
	else
		snprintf(text, size, "topic %s is not known to exist and could not be created yet (%s); trying again",
				 topic->name, reason);
}
