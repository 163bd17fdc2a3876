/*
 * client.c
 *		What every client of Kafka in this process has in common.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/kafka/client.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shipper/control.h"
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

/* A reader sees a new table's topic this soon.  librdkafka has five minutes. */
#define METADATA_REFRESH "topic.metadata.refresh.interval.ms"
#define METADATA_REFRESH_MS 3000

/* What comes in an answer beside the records that were asked for. */
#define ANSWER_OVERHEAD_BYTES (1024 * 1024)

/* A code of one client is told this often.  More kinds than there is room for
 * are told each time. */
#define TELL_AGAIN_MS 60000
#define TELL_KINDS_MAX 64

typedef struct Told
{
	uint32_t	kind;
	int64_t		at_ms;
} Told;

static Told told[TELL_KINDS_MAX];
static pthread_mutex_t told_lock = PTHREAD_MUTEX_INITIALIZER;

/* Was nothing of that kind told within the last minute?  Then this is. */
static bool
is_news(const char *client, const char *facility, int code)
{
	uint32_t	kind = 2166136261u ^ (uint32_t) code;
	int64_t		now_ms = control_now_ms();
	bool		news = true;
	int			place = 0;

	for (; *client != '\0' && *client != '#'; client++)
		kind = (kind ^ (unsigned char) *client) * 16777619u;
	for (; *facility != '\0'; facility++)
		kind = (kind ^ (unsigned char) *facility) * 16777619u;
	pthread_mutex_lock(&told_lock);
	while (place < TELL_KINDS_MAX && told[place].at_ms != 0 && told[place].kind != kind)
		place++;
	if (place < TELL_KINDS_MAX)
	{
		news = told[place].at_ms == 0 || now_ms - told[place].at_ms >= TELL_AGAIN_MS;
		if (news)
			told[place] = (Told) {kind, now_ms};
	}
	pthread_mutex_unlock(&told_lock);
	return news;
}

void
kafka_client_tell(const rd_kafka_t *client, int code, const char *reason)
{
	const char *name = rd_kafka_err2name((rd_kafka_resp_err_t) code);

	if (is_news(rd_kafka_name(client), name, code))
		log_write(LOG_LEVEL_WARNING, "kafka", "a fault of a connection to Kafka; trying again",
				  log_text("client", rd_kafka_name(client)), log_text("code", name),
				  log_text("error", reason));
}

static void
on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
	LogLevel	ours = LOG_LEVEL_DEBUG;

	/*
	 * What broker connections do comes often, and by the error callback too
	 * where a client has one.  An offset that Kafka does not have any more
	 * means that records were missed or will come again.
	 */
	if (level <= SYSLOG_WARNING && strcmp(facility, "OFFSET") == 0)
		ours = LOG_LEVEL_ERROR;
	else if (level <= SYSLOG_ERROR)
	{
		bool		connection = strcmp(facility, "FAIL") == 0 || strcmp(facility, "ERROR") == 0;

		if (!connection || is_news(rd_kafka_name(client), facility, 0))
			ours = LOG_LEVEL_WARNING;
	}
	log_write(ours, "kafka", "librdkafka says",
			  log_text("client", rd_kafka_name(client)), log_text("facility", facility),
			  log_text("text", text));
}

bool
kafka_topic_has_prefix(const char *topic, const WfOptions *format)
{
	const WfText *prefix = &format->topic_prefix;
	const WfText *delimiter = &format->topic_delimiter;

	return strncmp(topic, prefix->bytes, prefix->length) == 0 &&
		strncmp(topic + prefix->length, delimiter->bytes, delimiter->length) == 0;
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
kafka_client_set_number(rd_kafka_conf_t *conf, const char *name, int64_t value)
{
	char		text[32];

	snprintf(text, sizeof(text), "%" PRId64, value);
	return kafka_client_set(conf, name, text);
}

/* A property that librdkafka knows. */
static int64_t
number_of(const rd_kafka_conf_t *conf, const char *name)
{
	char		text[32];
	size_t		size = sizeof(text);

	return rd_kafka_conf_get(conf, name, text, &size) == RD_KAFKA_CONF_OK ?
		strtoll(text, NULL, 10) : 0;
}

/*
 * Sets a limit of ours, unless the user has set a lower one: memory is promised
 * to stay small, whatever kafka.* says.
 */
static bool
cap(rd_kafka_conf_t *conf, const char *name, int64_t limit)
{
	return number_of(conf, name) <= limit || kafka_client_set_number(conf, name, limit);
}

static bool
raise_to(rd_kafka_conf_t *conf, const char *name, int64_t least)
{
	return number_of(conf, name) >= least || kafka_client_set_number(conf, name, least);
}

bool
kafka_client_set_fetch(rd_kafka_conf_t *conf, const Config *config, int64_t queued_kbytes,
					   int64_t fetch_bytes)
{
	int64_t		answer = config->format.record_max_bytes + fetch_bytes + ANSWER_OVERHEAD_BYTES;

	return cap(conf, "queued.max.messages.kbytes", queued_kbytes) &&
		cap(conf, "max.partition.fetch.bytes", fetch_bytes) &&
		cap(conf, "fetch.max.bytes", fetch_bytes) &&

	/*
	 * the producer's limit: a consumer that has it above fetch.max.bytes is
	 * refused
	 */
		cap(conf, "message.max.bytes", number_of(conf, "fetch.max.bytes")) &&
		raise_to(conf, "receive.message.max.bytes", answer);
}

static bool
set_default(rd_kafka_conf_t *conf, const Config *config, const char *name, int64_t value)
{
	return config_kafka_property(config, name) != NULL ||
		kafka_client_set_number(conf, name, value);
}

bool
kafka_client_set_timeouts(rd_kafka_conf_t *conf, const Config *config)
{
	int64_t		poll = config_kafka_number(config, "max.poll.interval.ms", POLL_INTERVAL_MS);
	int64_t		most = poll < SESSION_TIMEOUT_MS ? poll : SESSION_TIMEOUT_MS;
	int64_t		session = config_kafka_number(config, "session.timeout.ms", most);
	int64_t		heartbeat = session / 3 < HEARTBEAT_INTERVAL_MS ? session / 3 :
	HEARTBEAT_INTERVAL_MS;

	return set_default(conf, config, "session.timeout.ms", session) &&
		set_default(conf, config, "heartbeat.interval.ms", heartbeat > 0 ? heartbeat : 1) &&
		set_default(conf, config, "max.poll.interval.ms", poll < session ? session : poll);
}

bool
kafka_client_set_refresh(rd_kafka_conf_t *conf, const Config *config)
{
	return set_default(conf, config, METADATA_REFRESH, METADATA_REFRESH_MS);
}

int64_t
kafka_client_refresh_ms(const Config *config)
{
	int64_t		found = config_kafka_number(config, METADATA_REFRESH, METADATA_REFRESH_MS);

	return found > 0 ? found : METADATA_REFRESH_MS;
}

static bool
set_given(rd_kafka_conf_t *conf, const Config *config)
{
	for (int i = 0; i < config->kafka_property_count; i++)
	{
		/* the table's own setting */
		if (strcmp(config->kafka_properties[i].name, "bootstrap.servers") != 0 &&
			!kafka_client_set(conf, config->kafka_properties[i].name,
							  config->kafka_properties[i].value))
			return false;
	}
	return true;
}

rd_kafka_conf_t *
kafka_client_conf(const Config *config, const char *client_id, const ConfigProperty *defaults)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	bool		ok;

	rd_kafka_conf_set_log_cb(conf, on_log);
	ok = kafka_client_set(conf, "client.id", client_id) &&
		kafka_client_set(conf, "bootstrap.servers", config->kafka_bootstrap_servers);
	for (; ok && defaults != NULL && defaults->name != NULL; defaults++)
		ok = kafka_client_set(conf, defaults->name, defaults->value);
	if (ok && set_given(conf, config))
		return conf;
	rd_kafka_conf_destroy(conf);
	return NULL;
}
