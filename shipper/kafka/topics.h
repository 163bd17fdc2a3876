/*
 * topics.h
 *		Topics exist before the first record for them is produced.
 *
 * Left to brokers, a topic is made by asking for it, or never (with
 * auto.create.topics.enable=false), and why it was not is told to nobody.  So
 * each topic is asked for by CreateTopics, whose answer has a reason.  For the
 * topics of this table partitions and replicas are the broker's defaults.
 * Brokers look at rights first and answer "not allowed" for a topic that exists,
 * too: then the cluster is asked for its topics.  But for that rare question
 * nothing here waits but topics_await().
 *
 * Belongs to the producer's thread.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_KAFKA_TOPICS_H
#define WALFERRY_KAFKA_TOPICS_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>

#define TOPIC_REASON_MAX 512
#define TOPIC_SENTENCE_MAX 1024

/* What is learnt of a cluster with more topics; each further one is asked for. */
#define TOPICS_LEARNT_MAX 20000

typedef enum TopicState
{
	TOPIC_UNKNOWN,				/* nobody has asked */
	TOPIC_ASKED,				/* the answer is on its way */
	TOPIC_THERE,
	TOPIC_MISSING				/* somebody must make it, or the broker did not
								 * answer */
} TopicState;

typedef struct Topic
{
	TopicState	state;
	bool		may_pass;		/* MISSING, by something that may pass by itself */
	bool		name_refused;	/* MISSING, by its name */
	bool		tried;			/* a first record was sent */
	bool		proven;			/* and a broker has answered; see producer_send.c */
	rd_kafka_topic_t *handle;	/* NULL until it is produced to */
	char	   *reason;			/* the broker's, of MISSING */
	char		name[];
} Topic;

typedef struct Topics Topics;

/* wake_fd: gets a byte when topics_serve() has something to do.  NULL: out of memory. */
extern Topics *topics_open(rd_kafka_t *client, int wake_fd);

/* Before the client is destroyed. */
extern void topics_close(Topics *topics);

/*
 * What the cluster has now, whatever the names: transforms may route anywhere, and
 * who may write to a topic may not be allowed to create it.  Topics that are not
 * there any more count as not asked for.
 */
extern void topics_learn(Topics *topics, const rd_kafka_metadata_t *metadata);

/* The entry of that name, made if need be; NULL: out of memory. */
extern Topic *topics_find(Topics *topics, const char *name);

/* Asks for the topic unless that was done; gives the state as known. */
extern TopicState topics_ensure(Topics *topics, Topic *topic);

/* The same anew if it was MISSING, waiting for the answer up to timeout_ms. */
extern TopicState topics_await(Topics *topics, Topic *topic, int timeout_ms);

/* Takes answers in, without waiting. */
extern void topics_serve(Topics *topics);

/* A topic to be created with the broker's default of replicas. */
typedef struct TopicRequest
{
	const char *name;
	int			partitions;		/* -1: the broker's default */
	const char *const *settings;	/* name, value, …, NULL; NULL: none */
} TopicRequest;

/*
 * Creates one topic, without a table, waiting for the answer up to timeout_ms and
 * a little.  Gives its code (one of librdkafka's own if the broker gave none);
 * reason gets its name and the broker's words.
 */
extern rd_kafka_resp_err_t topics_create(rd_kafka_t *client, const TopicRequest *request,
										 int timeout_ms, char reason[TOPIC_REASON_MAX]);

/* What an answer means for the topic. */
extern TopicState topics_judge(rd_kafka_resp_err_t code, bool *may_pass);

/* One sentence on a MISSING topic, with the next step. */
extern void topics_explain(const Topic *topic, char *text, size_t size);

#endif							/* WALFERRY_KAFKA_TOPICS_H */
