/*
 * consumer.c
 *		The captured topics, read as a member of a consumer group: records,
 *		offsets, and what is known of the group.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/kafka/consumer_state.h"

#include <string.h>

#include "shipper/control.h"
#include "shipper/kafka/client.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

#define SEEK_TIMEOUT_MS 2000
#define COMMIT_TIMEOUT_MS 3000
#define COMMIT_POLL_MS 100

/*
 * Nothing matches the pattern that is subscribed to, which librdkafka takes for
 * a fault: so it is before the first change is captured.
 */
static bool
is_no_topic_yet(const rd_kafka_message_t *message)
{
	return message->err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && message->rkt != NULL &&
		rd_kafka_topic_name(message->rkt)[0] == '^';
}

rd_kafka_message_t *
consumer_poll(Consumer *consumer)
{
	rd_kafka_message_t *message;

	while ((message = rd_kafka_consumer_poll(consumer->client, 0)) != NULL)
	{
		if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
		{
			consumer->in_doubt = false;
			return message;
		}
		/* a topic that went away, a partition without a leader: it heals */
		if (message->err == RD_KAFKA_RESP_ERR__FATAL)
			consumer_on_error(consumer->client, message->err, rd_kafka_message_errstr(message),
							  consumer);
		else if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF && !is_no_topic_yet(message))
		{
			log_write(LOG_LEVEL_WARNING, "kafka", "trouble reading; trying again",
					  log_text("error", rd_kafka_message_errstr(message)));
			metric_add(METRIC_LOADER_ERRORS, 1);
		}
		rd_kafka_message_destroy(message);
	}
	return NULL;
}

int
consumer_fd(const Consumer *consumer)
{
	return consumer->fd;
}

/*
 * Commits, and waits for Kafka's answer for at most COMMIT_TIMEOUT_MS.
 * librdkafka's own waiting is bounded by its socket's time-out only, which is
 * as long as the group waits for a member that does not poll.
 */
static rd_kafka_resp_err_t
commit_now(Consumer *consumer, const rd_kafka_topic_partition_list_t *offsets)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->client);
	int64_t		deadline = control_now_ms() + COMMIT_TIMEOUT_MS;
	rd_kafka_resp_err_t error = rd_kafka_commit_queue(consumer->client, offsets, queue, NULL, NULL);
	rd_kafka_event_t *event = NULL;

	while (error == RD_KAFKA_RESP_ERR_NO_ERROR && event == NULL &&
		   control_now_ms() < deadline && control_stop() != CONTROL_NOW)
	{
		status_beat(LEG_LOADER);
		event = rd_kafka_queue_poll(queue, COMMIT_POLL_MS);
	}
	if (event != NULL)
	{
		error = rd_kafka_event_error(event);
		rd_kafka_event_destroy(event);
	}
	else if (error == RD_KAFKA_RESP_ERR_NO_ERROR)
		error = RD_KAFKA_RESP_ERR__TIMED_OUT;
	rd_kafka_queue_destroy(queue);
	return error == RD_KAFKA_RESP_ERR__NO_OFFSET ? RD_KAFKA_RESP_ERR_NO_ERROR : error;
}

bool
consumer_commit(Consumer *consumer, rd_kafka_topic_partition_list_t *offsets, bool wait)
{
	rd_kafka_resp_err_t error = wait ? commit_now(consumer, offsets) :
	rd_kafka_commit(consumer->client, offsets, 1);

	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		log_write(LOG_LEVEL_WARNING, "kafka", "could not commit offsets; trying again later",
				  log_text("error", rd_kafka_err2str(error)));
	return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool
consumer_commit_failed(Consumer *consumer)
{
	bool		failed = consumer->commit_failed;

	consumer->commit_failed = false;
	return failed;
}

static rd_kafka_topic_partition_list_t *
one_partition(const char *topic, int32_t partition, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);

	rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
	return list;
}

void
consumer_pause(Consumer *consumer, const char *topic, int32_t partition)
{
	rd_kafka_topic_partition_list_t *list = one_partition(topic, partition, 0);

	rd_kafka_pause_partitions(consumer->client, list);
	rd_kafka_topic_partition_list_destroy(list);
}

/* librdkafka before 2.1.0 takes the time-out for microseconds (its issue 4230). */
static int
seek_timeout_ms(void)
{
	return rd_kafka_version() < 0x020100ff ? SEEK_TIMEOUT_MS * 1000 : SEEK_TIMEOUT_MS;
}

/* Both the call and what it did for the partition may fail. */
static bool
seek(Consumer *consumer, rd_kafka_topic_partition_list_t *list)
{
	const rd_kafka_topic_partition_t *p = &list->elems[0];
	rd_kafka_error_t *error = rd_kafka_seek_partitions(consumer->client, list,
													   seek_timeout_ms());
	rd_kafka_resp_err_t code = error != NULL ? rd_kafka_error_code(error) : p->err;

	if (error != NULL)
		rd_kafka_error_destroy(error);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		log_write(LOG_LEVEL_WARNING, "kafka", "could not go back in a topic; trying again",
				  log_text("topic", p->topic), log_int("partition", p->partition),
				  log_int("offset", p->offset), log_text("error", rd_kafka_err2str(code)));
	return code == RD_KAFKA_RESP_ERR_NO_ERROR;
}

bool
consumer_resume(Consumer *consumer, const char *topic, int32_t partition, int64_t offset)
{
	rd_kafka_topic_partition_list_t *list = one_partition(topic, partition, offset);
	bool		ok = seek(consumer, list);

	if (ok)
		rd_kafka_resume_partitions(consumer->client, list);
	rd_kafka_topic_partition_list_destroy(list);
	return ok;
}

int64_t
consumer_first_offset(Consumer *consumer, const char *topic, int32_t partition)
{
	int64_t		low;
	int64_t		high;

	/* what the last answer to a fetch said (log_start_offset); asks nobody */
	if (rd_kafka_get_watermark_offsets(consumer->client, topic, partition, &low, &high) !=
		RD_KAFKA_RESP_ERR_NO_ERROR || low < 0)
		return -1;
	return low;
}

int64_t
consumer_lag(Consumer *consumer, const char *topic, int32_t partition, int64_t next)
{
	int64_t		low;
	int64_t		high;

	if (rd_kafka_get_watermark_offsets(consumer->client, topic, partition, &low, &high) !=
		RD_KAFKA_RESP_ERR_NO_ERROR || high < 0)
		return -1;
	if (next < low)
		next = low;
	return high > next ? high - next : 0;
}

static void
ask_for_topics(Consumer *consumer, int timeout_ms)
{
	const struct rd_kafka_metadata *metadata;
	bool		exist = false;

	if (rd_kafka_metadata(consumer->client, 1, NULL, &metadata, timeout_ms) !=
		RD_KAFKA_RESP_ERR_NO_ERROR)
		return;
	for (int i = 0; i < metadata->topic_cnt && !exist; i++)
		exist = kafka_topic_has_prefix(metadata->topics[i].topic, consumer->format);
	rd_kafka_metadata_destroy(metadata);

	/*
	 * nothing was handed out before: an assignment of no topics says nothing of
	 * these
	 */
	if (exist && !consumer->topics_exist && consumer->topics_known)
		consumer->handed_out = false;
	consumer->topics_exist = exist;
	consumer->topics_known = true;
}

ConsumerShare
consumer_share(Consumer *consumer, int timeout_ms)
{
	int64_t		now = control_now_ms();

	if (consumer->assigned_count > 0)
		return CONSUMER_SHARE_GIVEN;
	if (consumer->topics_asked_ms == 0 ||
		now - consumer->topics_asked_ms >= consumer->refresh_ms)
	{
		consumer->topics_asked_ms = now;
		ask_for_topics(consumer, timeout_ms);
	}
	if (!consumer->topics_known)
		return CONSUMER_SHARE_UNKNOWN;
	if (!consumer->topics_exist)
		return CONSUMER_NO_TOPICS;
	return consumer->handed_out ? CONSUMER_SHARE_GIVEN : CONSUMER_SHARE_PENDING;
}

bool
consumer_connected(Consumer *consumer, int timeout_ms)
{
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t error;

	if (!consumer->in_doubt)
		return true;
	error = rd_kafka_metadata(consumer->client, 0, NULL, &metadata, timeout_ms);
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		return false;
	rd_kafka_metadata_destroy(metadata);
	consumer->in_doubt = false;
	return true;
}

bool
consumer_is_fatal(const Consumer *consumer)
{
	return consumer->fatal;
}

const char *
consumer_error(const Consumer *consumer)
{
	return consumer->error;
}
