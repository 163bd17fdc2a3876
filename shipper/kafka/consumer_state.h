/*
 * consumer_state.h
 *		What consumer.c and consumer_open.c share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_KAFKA_CONSUMER_STATE_H
#define WALFERRY_KAFKA_CONSUMER_STATE_H

#include "shipper/kafka/consumer.h"

#define CONSUMER_ERROR_MAX 512

struct Consumer
{
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	ConsumerCallbacks callbacks;
	void	   *host;
	int			fd;
	bool		commit_failed;	/* since somebody asked */
	bool		fatal;			/* it never reads again */
	bool		in_doubt;		/* brokers were reported down, or never seen */
	const WfOptions *format;
	int			assigned_count;
	bool		handed_out;		/* since there are topics, or since a rebalance */
	bool		topics_known;	/* Kafka has told whether there are any */
	bool		topics_exist;
	int64_t		topics_asked_ms;
	int64_t		refresh_ms;		/* they are asked for this often at most */
	char		error[CONSUMER_ERROR_MAX];
};

/* librdkafka's callback for faults that are not of one partition. */
extern void consumer_on_error(rd_kafka_t *client, int code, const char *reason, void *opaque);

#endif							/* WALFERRY_KAFKA_CONSUMER_STATE_H */
