/*
 * consumer_open.c
 *		A consumer's settings, callbacks, beginning and end.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/kafka/consumer_state.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "shipper/control.h"
#include "shipper/kafka/client.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "shipper/status.h"

/* Answers are small against the queue's limit, which does not let the queue run
 * dry in between. */
#define QUEUED_KILOBYTES_MAX 4096
#define FETCH_BYTES_MAX (1024 * 1024)

/* A full queue is looked at again this soon.  librdkafka before 2.2 always
 * waits a second (its issue 2879): with a broker faster than we are, such a
 * version brings a partition no more than about ten megabytes a second. */
#define QUEUE_BACKOFF_MS "5"

#define CLOSE_TIMEOUT_MS 5000
#define CLOSE_POLL_MS 100
#define COMMITTED_TIMEOUT_MS 10000

static void
set_error(Consumer *consumer, const char *what, const char *text)
{
	snprintf(consumer->error, sizeof(consumer->error), "%s: %s", what, text);
}

void
consumer_on_error(rd_kafka_t *client, int code, const char *reason, void *opaque)
{
	Consumer   *consumer = opaque;
	char		text[CONSUMER_ERROR_MAX / 2];

	metric_add(METRIC_LOADER_ERRORS, 1);
	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
	{
		if (!consumer->in_doubt)
			log_write(LOG_LEVEL_WARNING, "kafka", "no broker can be reached; trying again",
					  log_text("error", reason));
		consumer->in_doubt = true;
		set_error(consumer, "no Kafka broker can be reached", reason);
	}
	else if (code == RD_KAFKA_RESP_ERR__FATAL)
	{
		rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(client, text, sizeof(text));

		set_error(consumer, rd_kafka_err2str(fatal), text);
		if (!consumer->fatal)
			log_write(LOG_LEVEL_ERROR, "kafka",
					  "the consumer cannot go on; the loader ends, so that it is started again",
					  log_text("error", consumer->error));
		consumer->fatal = true;
	}
	else if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR__SSL)
	{
		set_error(consumer, rd_kafka_err2str((rd_kafka_resp_err_t) code), reason);
		consumer->in_doubt = true;
		log_write(LOG_LEVEL_ERROR, "kafka", "the broker does not let us in; trying again",
				  log_text("error", consumer->error));
	}
	else
		kafka_client_tell(client, code, reason);
}

static void
on_commit(rd_kafka_t *client, rd_kafka_resp_err_t error,
		  rd_kafka_topic_partition_list_t *offsets, void *opaque)
{
	Consumer   *consumer = opaque;

	(void) client;
	(void) offsets;
	if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET)
		return;
	if (!consumer->commit_failed)
		log_write(LOG_LEVEL_WARNING, "kafka", "could not commit offsets; trying again later",
				  log_text("error", rd_kafka_err2str(error)));
	consumer->commit_failed = true;
}

/* Fills in where to begin, from what the group has committed and the owner knows. */
static void
choose_offsets(Consumer *consumer, rd_kafka_topic_partition_list_t *partitions)
{
	rd_kafka_resp_err_t error = rd_kafka_committed(consumer->client, partitions,
												   COMMITTED_TIMEOUT_MS);

	for (int i = 0; i < partitions->cnt; i++)
	{
		rd_kafka_topic_partition_t *p = &partitions->elems[i];
		bool		known = error == RD_KAFKA_RESP_ERR_NO_ERROR &&
		p->err == RD_KAFKA_RESP_ERR_NO_ERROR;
		int64_t		committed = known && p->offset >= 0 ?
		p->offset : -1;
		int64_t		begin = consumer->callbacks.assigned(consumer->host, p->topic,
														 p->partition, committed);

		/* not known: let librdkafka ask again by itself */
		if (begin < 0)
			begin = known ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_STORED;
		p->offset = begin;
	}
}

static void
on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t code,
			 rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
	Consumer   *consumer = opaque;
	bool		cooperative = strcmp(rd_kafka_rebalance_protocol(client), "COOPERATIVE") == 0;
	rd_kafka_error_t *error = NULL;

	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
	{
		consumer->handed_out = true;
		consumer->assigned_count += partitions->cnt;
		choose_offsets(consumer, partitions);
		if (cooperative)
			error = rd_kafka_incremental_assign(client, partitions);
		else
			rd_kafka_assign(client, partitions);

		/*
		 * librdkafka remembers that we paused a partition even when it was
		 * taken from us and comes back; the owner does not.
		 */
		rd_kafka_resume_partitions(client, partitions);
	}
	else
	{
		consumer->handed_out = false;
		consumer->assigned_count -= partitions->cnt;
		consumer->callbacks.revoked(consumer->host, partitions,
									code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS ||
									rd_kafka_assignment_lost(client));
		if (cooperative)
			error = rd_kafka_incremental_unassign(client, partitions);
		else
			rd_kafka_assign(client, NULL);
	}
	if (error != NULL)
	{
		log_write(LOG_LEVEL_WARNING, "kafka", "could not change the assignment",
				  log_text("error", rd_kafka_error_string(error)));
		rd_kafka_error_destroy(error);
	}
}

static rd_kafka_conf_t *
consumer_conf(const Config *config, Consumer *consumer)
{
	rd_kafka_conf_t *conf = kafka_client_conf(config, "walferry-loader", NULL);
	bool		ok;

	if (conf == NULL)
		return NULL;
	ok = kafka_client_set(conf, "group.id", config->bigquery_consumer_group) &&
		kafka_client_set_timeouts(conf, config) &&
		kafka_client_set(conf, "isolation.level", "read_committed") &&
		kafka_client_set(conf, "enable.auto.commit", "false") &&
		kafka_client_set(conf, "enable.auto.offset.store", "false") &&
		kafka_client_set(conf, "auto.offset.reset", "earliest") &&
		kafka_client_set(conf, "enable.partition.eof", "false") &&
		kafka_client_set(conf, "allow.auto.create.topics", "false") &&
		kafka_client_set_refresh(conf, config) &&
		kafka_client_set_known(conf, "fetch.queue.backoff.ms", QUEUE_BACKOFF_MS) &&
		kafka_client_set_fetch(conf, config, QUEUED_KILOBYTES_MAX, FETCH_BYTES_MAX);
	if (!ok)
	{
		rd_kafka_conf_destroy(conf);
		return NULL;
	}
	rd_kafka_conf_set_opaque(conf, consumer);
	rd_kafka_conf_set_error_cb(conf, consumer_on_error);
	rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
	rd_kafka_conf_set_offset_commit_cb(conf, on_commit);
	return conf;
}

/* Names hold [A-Za-z0-9._-] only, so . alone needs care.  Returns the end. */
static char *
put_pattern(char *pattern, const WfText *text)
{
	for (size_t i = 0; i < text->length; i++)
	{
		if (text->bytes[i] == '.')
			*pattern++ = '\\';
		*pattern++ = text->bytes[i];
	}
	return pattern;
}

/* Subscribes to ^prefix\. with the topics' delimiter in place of the dot. */
static bool
subscribe(Consumer *consumer)
{
	char		pattern[4 * WF_OPTION_TEXT_MAX + 8] = "^";
	char	   *end = put_pattern(pattern + 1, &consumer->format->topic_prefix);
	rd_kafka_topic_partition_list_t *topics;
	rd_kafka_resp_err_t error;

	*put_pattern(end, &consumer->format->topic_delimiter) = '\0';
	topics = rd_kafka_topic_partition_list_new(1);
	rd_kafka_topic_partition_list_add(topics, pattern, RD_KAFKA_PARTITION_UA);
	error = rd_kafka_subscribe(consumer->client, topics);
	rd_kafka_topic_partition_list_destroy(topics);
	if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
		log_write(LOG_LEVEL_ERROR, "kafka", "cannot subscribe to the captured topics",
				  log_text("pattern", pattern), log_text("error", rd_kafka_err2str(error)));
	return error == RD_KAFKA_RESP_ERR_NO_ERROR;
}

Consumer *
consumer_open(const Config *config, const ConsumerCallbacks *callbacks, void *host)
{
	static const uint64_t one = 1;
	Consumer   *consumer = calloc(1, sizeof(Consumer));
	rd_kafka_conf_t *conf;
	char		error[512];

	if (consumer == NULL)
		return NULL;
	consumer->callbacks = *callbacks;
	consumer->host = host;
	consumer->format = &config->format;
	consumer->refresh_ms = kafka_client_refresh_ms(config);
	consumer->in_doubt = true;
	set_error(consumer, "Kafka", "not connected yet");
	consumer->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	conf = consumer->fd >= 0 ? consumer_conf(config, consumer) : NULL;
	if (conf != NULL)
	{
		consumer->client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, error, sizeof(error));
		if (consumer->client == NULL)
		{
			log_write(LOG_LEVEL_ERROR, "kafka", "cannot make a consumer", log_text("error", error));
			rd_kafka_conf_destroy(conf);
		}
	}
	if (consumer->client == NULL)
	{
		if (consumer->fd >= 0)
			close(consumer->fd);
		free(consumer);
		return NULL;
	}
	rd_kafka_poll_set_consumer(consumer->client);
	consumer->queue = rd_kafka_queue_get_consumer(consumer->client);
	rd_kafka_queue_io_event_enable(consumer->queue, consumer->fd, &one, sizeof(one));
	if (!subscribe(consumer))
	{
		consumer_close(consumer);
		return NULL;
	}
	return consumer;
}

/*
 * Leaves the group, serving the rebalance that this brings.  librdkafka's own
 * waiting function has no limit.  False: not within CLOSE_TIMEOUT_MS.  A consumer
 * that cannot leave, being fatal, has nothing to wait for.
 */
static bool
leave_group(Consumer *consumer)
{
	rd_kafka_queue_t *queue = rd_kafka_queue_new(consumer->client);
	int64_t		deadline = control_now_ms() + CLOSE_TIMEOUT_MS;
	rd_kafka_error_t *error = rd_kafka_consumer_close_queue(consumer->client, queue);
	bool		closed;

	if (error != NULL)
	{
		log_write(LOG_LEVEL_WARNING, "kafka", "could not leave the consumer group",
				  log_text("error", rd_kafka_error_string(error)));
		rd_kafka_error_destroy(error);
		rd_kafka_queue_destroy(queue);
		return true;
	}
	while (!(closed = rd_kafka_consumer_closed(consumer->client) != 0) &&
		   control_now_ms() < deadline && control_stop() != CONTROL_NOW)
	{
		rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CLOSE_POLL_MS);

		status_beat(LEG_LOADER);
		if (event == NULL)
			continue;
		if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE)
			on_rebalance(consumer->client, rd_kafka_event_error(event),
						 rd_kafka_event_topic_partition_list(event), consumer);
		rd_kafka_event_destroy(event);
	}

	/*
	 * if it is not closed, librdkafka sees that nobody serves the queue any
	 * more
	 */
	rd_kafka_queue_destroy(queue);
	return closed;
}

typedef struct Destruction
{
	rd_kafka_t *client;
	atomic_int	users;			/* the last one frees it */
} Destruction;

static void
let_go(Destruction *destruction)
{
	if (atomic_fetch_sub(&destruction->users, 1) == 1)
		free(destruction);
}

static void *
destroy_thread(void *argument)
{
	Destruction *destruction = argument;

	rd_kafka_destroy_flags(destruction->client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
	let_go(destruction);
	return NULL;
}

/*
 * Destroys the client, waiting no longer than CLOSE_TIMEOUT_MS: librdkafka 2.0
 * never returns from it after a topic was deleted and made anew.  The process
 * is about to end, which ends the rest of it.
 */
static void
destroy_client(rd_kafka_t *client)
{
	Destruction *destruction = calloc(1, sizeof(Destruction));
	int64_t		deadline = control_now_ms() + CLOSE_TIMEOUT_MS;
	pthread_t	thread;

	if (destruction == NULL)
		return;
	destruction->client = client;
	atomic_init(&destruction->users, 2);
	if (pthread_create(&thread, NULL, destroy_thread, destruction) != 0)
	{
		free(destruction);
		return;
	}
	pthread_detach(thread);
	while (atomic_load(&destruction->users) > 1 && control_now_ms() < deadline &&
		   control_stop() != CONTROL_NOW)
	{
		status_beat(LEG_LOADER);
		poll(NULL, 0, 5);
	}
	let_go(destruction);
}

void
consumer_close(Consumer *consumer)
{
	rd_kafka_queue_io_event_enable(consumer->queue, -1, NULL, 0);
	if (!leave_group(consumer))
		log_write(LOG_LEVEL_WARNING, "kafka", "could not leave the consumer group in time");
	rd_kafka_queue_destroy(consumer->queue);
	destroy_client(consumer->client);
	close(consumer->fd);
	free(consumer);
}
