/*
 * client.c
 *		What every reader of Kafka in this process has in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/kafka/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shipper/log.h"

/* syslog's levels, as librdkafka uses them */
#define SYSLOG_ERROR 3
#define SYSLOG_WARNING 4

/*
 * A member of the group that died is missed after the session's timeout, and
 * the group waits for those that are alive but do not come back to it for the
 * poll interval: partitions stand still that long after a crash.  librdkafka
 * has 45 s and five minutes.  The loader polls far more often (loader.h).
 */
#define SESSION_TIMEOUT_MS 10000
#define HEARTBEAT_INTERVAL_MS 3000
#define POLL_INTERVAL_MS 60000

static void
on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
	LogLevel	ours = LOG_LEVEL_DEBUG;

	/*
	 * What broker connections do is told by the error callback, once.  An
	 * offset that Kafka does not have any more means that records were missed
	 * or will come again.
	 */
	if (level <= SYSLOG_WARNING && strcmp(facility, "OFFSET") == 0)
		ours = LOG_LEVEL_ERROR;
	else if (level <= SYSLOG_ERROR && strcmp(facility, "FAIL") != 0 && strcmp(facility, "ERROR") != 0)
		ours = LOG_LEVEL_WARNING;
	log_write(ours, "kafka", "librdkafka says",
			  log_text("client", rd_kafka_name(client)), log_text("facility", facility),
			  log_text("text", text));
}

bool
kafka_client_set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char		error[512];

	if (rd_kafka_conf_set(conf, name, value, error, sizeof(error)) == RD_KAFKA_CONF_OK)
		return true;
	log_write(LOG_LEVEL_ERROR, "kafka", "librdkafka refuses a property",
			  log_text("property", name), log_text("error", error));
	return false;
}

bool
kafka_client_set_known(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	size_t		size;

	if (rd_kafka_conf_get(conf, name, NULL, &size) != RD_KAFKA_CONF_OK)
		return true;
	return kafka_client_set(conf, name, value);
}

bool
kafka_client_cap(rd_kafka_conf_t *conf, const char *name, int64_t limit)
{
	char		text[64];
	size_t		size = sizeof(text);

	if (rd_kafka_conf_get(conf, name, text, &size) == RD_KAFKA_CONF_OK &&
		strtoll(text, NULL, 10) <= limit)
		return true;
	snprintf(text, sizeof(text), "%lld", (long long) limit);
	return kafka_client_set(conf, name, text);
}

static const char *
find_property(const Config *config, const char *name)
{
	for (int i = 0; i < config->kafka_property_count; i++)
	{
		if (strcmp(config->kafka_properties[i].name, name) == 0)
			return config->kafka_properties[i].value;
	}
	return NULL;
}

static int64_t
property_or(const Config *config, const char *name, int64_t otherwise)
{
	const char *value = find_property(config, name);

	return value != NULL ? strtoll(value, NULL, 10) : otherwise;
}

static bool
set_default(rd_kafka_conf_t *conf, const Config *config, const char *name, int64_t value)
{
	char		text[32];

	if (find_property(config, name) != NULL)
		return true;
	snprintf(text, sizeof(text), "%lld", (long long) value);
	return kafka_client_set(conf, name, text);
}

bool
kafka_client_set_timeouts(rd_kafka_conf_t *conf, const Config *config)
{
	int64_t		poll = property_or(config, "max.poll.interval.ms", POLL_INTERVAL_MS);
	int64_t		session = property_or(config, "session.timeout.ms",
									  poll < SESSION_TIMEOUT_MS ? poll : SESSION_TIMEOUT_MS);
	int64_t		heartbeat = session / 3 < HEARTBEAT_INTERVAL_MS ? session / 3 :
	HEARTBEAT_INTERVAL_MS;

	return set_default(conf, config, "session.timeout.ms", session) &&
		set_default(conf, config, "heartbeat.interval.ms", heartbeat > 0 ? heartbeat : 1) &&
		set_default(conf, config, "max.poll.interval.ms", poll < session ? session : poll);
}

rd_kafka_conf_t *
kafka_client_conf(const Config *config, const char *client_id)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	bool		ok;

	rd_kafka_conf_set_log_cb(conf, on_log);
	ok = kafka_client_set(conf, "client.id", client_id) &&
		kafka_client_set(conf, "bootstrap.servers", config->kafka_bootstrap_servers);
	for (int i = 0; ok && i < config->kafka_property_count; i++)
	{
		/* these are the table's own settings, told above */
		if (strcmp(config->kafka_properties[i].name, "bootstrap.servers") != 0)
			ok = kafka_client_set(conf, config->kafka_properties[i].name,
								  config->kafka_properties[i].value);
	}
	if (ok)
		return conf;
	rd_kafka_conf_destroy(conf);
	return NULL;
}
