/*
 * client.h
 *		What every client of Kafka in this process has in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_KAFKA_CLIENT_H
#define WALFERRY_KAFKA_CLIENT_H

#include <librdkafka/rdkafka.h>

#include "shipper/config.h"

/* Topics of our own; topic.prefix follows.  Both legs write or read them. */
#define KAFKA_SCHEMA_TOPIC "__walferry.schemas."
#define KAFKA_SCHEMA_PARTITION 0	/* the only one that is used, were there more */
#define KAFKA_DEAD_LETTER_TOPIC "__walferry.dead-letters."

/* Is it one of the topics that begin with topic.prefix and topic.delimiter? */
extern bool kafka_topic_has_prefix(const char *topic, const WfOptions *format);

/*
 * A configuration with the brokers, our logging, defaults of ours (ended by a NULL
 * name; NULL: none), and the user's kafka.* behind them: librdkafka may know a
 * default by another name than the user does (queue.buffering.max.ms is
 * linger.ms).  The caller adds what it insists on, last.  NULL, logged, if a
 * property is refused.
 */
extern rd_kafka_conf_t *kafka_client_conf(const Config *config, const char *client_id,
										  const ConfigProperty *defaults);

/* Sets one property of ours.  False, logged, if librdkafka refuses it. */
extern bool kafka_client_set(rd_kafka_conf_t *conf, const char *name, const char *value);

extern bool kafka_client_set_number(rd_kafka_conf_t *conf, const char *name, int64_t value);

/*
 * What a reader of ours may hold, and how large an answer may be.  An answer
 * stays in memory as a whole until its last record is read, and another is asked
 * for as long as the queue is below queued_kbytes: answers that are small against
 * it keep it.  The user may lower these.  A record that is larger comes in an
 * answer of its own, so up to record.max.bytes must be let in; this is a limit,
 * and takes no memory by itself.
 */
extern bool kafka_client_set_fetch(rd_kafka_conf_t *conf, const Config *config,
								   int64_t queued_kbytes, int64_t fetch_bytes);

/*
 * A fault that librdkafka gets over by itself, or says it does: told in the log,
 * but not more often than once a minute for each code and client.
 */
extern void kafka_client_tell(const rd_kafka_t *client, int code, const char *reason);

/*
 * Sets how soon a consumer that died is missed, where the user says nothing;
 * what he says of one of the three bounds the others.
 */
extern bool kafka_client_set_timeouts(rd_kafka_conf_t *conf, const Config *config);

/* Sets how soon a reader sees a topic that was made, where the user says nothing. */
extern bool kafka_client_set_refresh(rd_kafka_conf_t *conf, const Config *config);

/* The same as a number of milliseconds above 0, also where the user has turned it off. */
extern int64_t kafka_client_refresh_ms(const Config *config);

/* Sets a property that older librdkafka does not have, if it is there. */
extern bool kafka_client_set_known(rd_kafka_conf_t *conf, const char *name, const char *value);

#endif							/* WALFERRY_KAFKA_CLIENT_H */
