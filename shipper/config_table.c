/*
 * config_table.c
 *		The shipper's settings in tables.
 *
 * Within a section the order is the order of docs/configuration.md.  Names and
 * defaults of Debezium's settings are those of its PostgreSQL connector 3.7.0
 * (PostgresConnectorConfig, RelationalDatabaseConnectorConfig,
 * CommonConnectorConfig) and of Kafka Connect's worker.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_table.h"

#include <ctype.h>
#include <stdlib.h>

#include "envelope/position.h"

#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

const char *const config_section_titles[SECTION_COUNT] = {
	[SECTION_SOURCE] = "PostgreSQL: the slot",
	[SECTION_KAFKA] = "Kafka",
	[SECTION_BIGQUERY] = "BigQuery",
	[SECTION_PROCESS] = "The process"
};

#define LOWER_LETTERS "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* PostgreSQL, ReplicationSlotValidateName() */
static const char *
check_slot_name(const char *value)
{
	size_t		length = strlen(value);

	if (length >= 1 && length <= 63 &&
		strspn(value, LOWER_LETTERS DIGITS "_") == length)
		return NULL;
	return "1 to 63 lower-case letters, digits and underscores";
}

static const char *
check_not_empty(const char *value)
{
	return value[0] != '\0' ? NULL : "a text that is not empty";
}

bool
config_is_url(const char *value)
{
	size_t		scheme = strncmp(value, "http://", 7) == 0 ? 7 : 8;

	if ((scheme == 8 && strncmp(value, "https://", 8) != 0) ||
		!(isalnum((unsigned char) value[scheme]) || value[scheme] == '['))
		return false;
	for (const unsigned char *p = (const unsigned char *) value; *p != '\0'; p++)
	{
		if (*p <= ' ' || *p == 0x7F)
			return false;
	}
	return true;
}

static const char *
check_url(const char *value)
{
	return config_is_url(value) ? NULL : CONFIG_URL_WISH;
}

/* eu-central-1, us-gov-west-1 */
static const char *
check_region(const char *value)
{
	size_t		length = strlen(value);

	if (length >= 1 && length <= 63 && strspn(value, LOWER_LETTERS DIGITS "-") == length)
		return NULL;
	return "the name of a region, such as eu-central-1";
}

/* BigQuery, "Creating datasets": letters, digits and underscores, up to 1,024 */
static const char *
check_dataset(const char *value)
{
	size_t		length = strlen(value);

	if (length >= 1 && length <= 1024 && strspn(value, LETTERS DIGITS "_") == length)
		return NULL;
	return "1 to 1024 letters, digits and underscores";
}

/* Resource Manager, "project ID"; older ones begin with a domain, example.com:name */
static const char *
check_project(const char *value)
{
	const char *colon = strchr(value, ':');
	const char *id = colon == NULL ? value : colon + 1;
	size_t		length = strlen(id);

	if (strlen(value) <= 255 && length >= 1 && length <= 63 &&
		strspn(id, LOWER_LETTERS DIGITS "-") == length && id[0] != '-' && id[length - 1] != '-' &&
		(colon == NULL || (colon > value && strspn(value, LOWER_LETTERS DIGITS "-.") ==
						   (size_t) (colon - value))))
		return NULL;
	return "a project's ID: lower-case letters, digits and hyphens";
}

static const char *
check_listen(const char *value)
{
	const char *colon = strrchr(value, ':');
	char	   *end;
	long		port;

	if (value[0] == '\0')
		return NULL;
	if (colon != NULL && colon != value && isdigit((unsigned char) colon[1]))
	{
		port = strtol(colon + 1, &end, 10);
		if (*end == '\0' && port >= 1 && port <= 65535)
			return NULL;
	}
	return "host:port with a port from 1 to 65535, or nothing to switch it off";
}

#define AT(member) offsetof(Config, member)

const ConfigSpec config_specs[] = {
	{.name = "database.hostname", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(database_hostname), .check = check_not_empty,
		.doc = "Host of the PostgreSQL server, or the directory of its Unix socket. Without it this "
	"process does not read a slot and only loads from Kafka to BigQuery."},
	{.name = "database.port", .section = SECTION_SOURCE, .type = CONFIG_INT,
		.minimum = 1, .maximum = 65535, .default_text = "5432", .offset = AT(database_port),
	.doc = "Port of the PostgreSQL server."},
	{.name = "database.user", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(database_user), .check = check_not_empty,
	.doc = "Role to log in as. It needs LOGIN and REPLICATION, no other right."},
	{.name = "database.password", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(database_password), .secret = true,
		.doc = "Its password; better as ${file:/run/secrets/name}, which is read again for each "
		"connection. Without it, or where it is empty, libpq's own ways hold (PGPASSWORD, PGPASSFILE, "
	"certificate, trust)."},
	{.name = "database.password.command", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(database_password_command), .secret = true, .check = check_not_empty,
		.doc = "A command whose first line of output is the password, run by /bin/sh for each connection. "
		"It has 10 s; if it fails, its exit code and stderr's first line are told. Write $NAME, or "
	"${NAME} without a colon: with one it would be taken for a reference like ${file:/path}."},
	{.name = "database.iam", .section = SECTION_SOURCE, .type = CONFIG_CHOICE,
		.choices = "none|aws", .default_text = "none", .offset = AT(database_iam),
		.doc = "aws: the password is a token of Amazon RDS's IAM authentication, made for each connection "
		"with the credentials of the environment, of the container (ECS, EKS) or of the instance (EC2). "
	"database.hostname must be the instance's own name, and database.sslmode at least require."},
	{.name = "database.iam.region", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(database_iam_region), .check = check_region,
		.doc = "Region of the instance. Default: the environment's AWS_REGION or AWS_DEFAULT_REGION, else "
	"what database.hostname tells."},
	{.name = "database.dbname", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(database_dbname), .check = check_not_empty,
	.doc = "Database whose changes are captured."},
	{.name = "database.sslmode", .section = SECTION_SOURCE, .type = CONFIG_WORD,
		.choices = "disable|allow|prefer|require|verify-ca|verify-full",
	.default_text = "prefer", .offset = AT(database_sslmode), .doc = "As libpq's sslmode."},
	{.name = "database.sslcert", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
	.offset = AT(database_sslcert), .doc = "File of the client certificate (libpq's sslcert)."},
	{.name = "database.sslkey", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
	.offset = AT(database_sslkey), .doc = "File of its key (libpq's sslkey)."},
	{.name = "database.sslpassword", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(database_sslpassword), .secret = true,
	.doc = "Password of that key (libpq's sslpassword)."},
	{.name = "database.sslrootcert", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(database_sslrootcert),
	.doc = "File of the certificate authorities to trust (libpq's sslrootcert)."},
	{.name = "plugin.name", .section = SECTION_SOURCE, .type = CONFIG_WORD,
		.choices = CONFIG_PLUGINS, .offset = AT(plugin_name),
		.doc = "Output plugin of the slot: walferry, or pgoutput where the server can load no other. "
		"Default: that of the slot if it is there; else walferry where pg_available_extensions has "
	"it, and pgoutput where not."},
	{.name = "slot.name", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.default_text = "debezium", .offset = AT(slot_name), .check = check_slot_name,
	.doc = "Replication slot. It is created when it does not exist."},
	{.name = "publication.name", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.default_text = "dbz_publication", .offset = AT(publication_name), .check = check_not_empty,
		.doc = "The publication that pgoutput reads. With plugin.name=walferry none is needed, and this "
		"one is not read; but if it hides rows, columns, operations or tables that would be published, "
		"walferry does not start until publication.filter says that it counts, or this setting is "
	"gone."},
	{.name = "publication.autocreate.mode", .section = SECTION_SOURCE, .type = CONFIG_CHOICE,
		.choices = "all_tables|disabled|filtered|no_tables", .default_text = "all_tables",
		.offset = AT(publication_mode),
		.doc = "How that publication is made for pgoutput when it is missing: for all tables, for "
		"those that the lists let through, which filtered gives it anew at each start, without tables, "
		"or not at all. With plugin.name=walferry nothing is made or altered, but with filtered, tables "
	"that it leaves out do not count as hidden, because a connector would set them."},
	{.name = "position.epoch", .section = SECTION_SOURCE, .type = CONFIG_INT,
		.minimum = WF_FIRST_EPOCH, .maximum = 1000000000, .default_text = "1",
		.offset = AT(position_epoch),
		.doc = "First part of __walferry.position and of _position. Raise it by one when the database "
		"is another one that continues the history (restored, dumped and loaded, promoted): its LSNs "
	"may be lower than those that are in Kafka already, and positions must not go back."},
	{.name = "snapshot.mode", .section = SECTION_SOURCE, .type = CONFIG_CHOICE,
		.choices = "no_data", .offset = CONFIG_NOWHERE,
		.doc = "What happens to rows that were there before the slot: with no_data, nothing. "
	"Must be given."},
	{.name = "delivery.guarantee", .section = SECTION_SOURCE, .type = CONFIG_CHOICE,
		.choices = "at-least-once", .offset = CONFIG_NOWHERE,
		.doc = "at-least-once: after a crash events may come twice, each with the same "
	"__walferry.position. Must be given."},
	{.name = "status.update.interval.ms", .section = SECTION_SOURCE, .type = CONFIG_INT,
		.minimum = 100, .maximum = 3600000, .default_text = "10000",
		.offset = AT(status_update_interval_ms),
		.doc = "How often the slot is told what was delivered. While reading is stopped it is told "
		"at least every third of the server's wal_sender_timeout. After six times without a word of the "
	"server's, which is asked to answer, /ready says no, and nothing else happens."},
	{.name = "source.release.after.ms", .section = SECTION_SOURCE, .type = CONFIG_INT,
		.minimum = 100, .maximum = 3600000, .default_text = "10000",
		.offset = AT(source_release_after_ms),
		.doc = "When Kafka has taken nothing for this long, the replication connection is closed until "
	"Kafka is back, so that the primary can always shut down. The WAL waits in the slot."},
	{.name = "pgoutput.binary", .section = SECTION_SOURCE, .type = CONFIG_BOOL,
		.default_text = "false", .offset = AT(pgoutput_binary),
		.doc = "With true, pgoutput (PostgreSQL 14 and later) is asked for values in binary form as long "
		"as walferry reads that of each published column's type; what is on Kafka is the same, byte by "
		"byte. Text costs the server more where there are many floats, timestamps and bytea, and less "
	"for most others (bench/source.sh)."},
	{.name = "spool.directory", .section = SECTION_SOURCE, .type = CONFIG_TEXT,
		.offset = AT(spool_directory), .check = check_not_empty,
		.doc = "With pgoutput, large transactions are streamed before they end, and kept here until "
		"they commit, as far as spool.memory.bytes does not suffice: in a file without a name, mode "
		"0600, that is gone with the process. Default: TMPDIR of the environment, else /var/tmp. A "
		"container with a read-only root needs a volume there; memory (tmpfs) would count as the "
		"process's. If nothing can be written, a warning says so and transactions are no longer "
	"streamed."},
	{.name = "spool.max.bytes", .section = SECTION_SOURCE, .type = CONFIG_INT,
		.minimum = 1048576, .maximum = INT64_C(1099511627776), .default_text = "4294967296",
		.offset = AT(spool_max_bytes),
		.doc = "What they may take in memory and file together. Beyond it a warning says so, the "
		"connection is made again, and the server itself keeps transactions until they end, in its own "
	"pg_replslot directory."},
	{.name = "spool.memory.bytes", .section = SECTION_SOURCE, .type = CONFIG_INT,
		.minimum = 131072, .maximum = 1073741824, .default_text = "8388608",
		.offset = AT(spool_memory_bytes),
	.doc = "The part of it that is memory, for all transactions together."},

	{.name = "kafka.bootstrap.servers", .section = SECTION_KAFKA, .type = CONFIG_TEXT,
		.offset = AT(kafka_bootstrap_servers), .check = check_not_empty,
	.doc = "Brokers to begin with, host:port separated by commas."},
	{.name = "sink", .section = SECTION_KAFKA, .type = CONFIG_CHOICE,
		.choices = "kafka|stdout", .default_text = "kafka", .offset = AT(sink),
		.doc = "stdout prints each record as a line of JSON instead of sending it to Kafka, and confirms "
	"what was printed."},

	{.name = "bigquery.project", .section = SECTION_BIGQUERY, .type = CONFIG_TEXT,
	.offset = AT(bigquery_project), .check = check_project, .doc = "Google Cloud project."},
	{.name = "bigquery.dataset", .section = SECTION_BIGQUERY, .type = CONFIG_TEXT,
		.offset = AT(bigquery_dataset), .check = check_dataset,
	.doc = "Dataset of the history tables, created when missing. Without it nothing is loaded."},
	{.name = "bigquery.location", .section = SECTION_BIGQUERY, .type = CONFIG_TEXT,
		.offset = AT(bigquery_location), .check = check_not_empty,
	.doc = "Location of a dataset that is created. Without it BigQuery chooses (US)."},
	{.name = "bigquery.endpoint", .section = SECTION_BIGQUERY, .type = CONFIG_TEXT,
		.default_text = "https://bigquery.googleapis.com", .offset = AT(bigquery_endpoint),
		.check = check_url,
	.doc = "REST address. The environment's BIGQUERY_EMULATOR_HOST takes the default's place."},
	{.name = "bigquery.grpc.endpoint", .section = SECTION_BIGQUERY, .type = CONFIG_TEXT,
		.default_text = "https://bigquerystorage.googleapis.com",
		.offset = AT(bigquery_grpc_endpoint), .check = check_url,
	.doc = "Address of the Storage Write API; http:// means HTTP/2 without TLS."},
	{.name = "bigquery.access.token.file", .section = SECTION_BIGQUERY, .type = CONFIG_TEXT,
		.offset = AT(bigquery_access_token_file), .check = check_not_empty,
	.doc = "File with an OAuth access token, read again whenever it changes."},
	{.name = "bigquery.consumer.group", .section = SECTION_BIGQUERY, .type = CONFIG_TEXT,
		.offset = AT(bigquery_consumer_group), .check = check_not_empty,
	.doc = "Kafka consumer group of the loader. Default: walferry-<topic.prefix>-<bigquery.dataset>."},
	{.name = "bigquery.flush.interval.ms", .section = SECTION_BIGQUERY, .type = CONFIG_INT,
		.minimum = 10, .maximum = 600000, .default_text = "5000",
		.offset = AT(bigquery_flush_interval_ms),
	.doc = "Rows wait at most this long for others to travel with."},
	{.name = "bigquery.buffer.bytes", .section = SECTION_BIGQUERY, .type = CONFIG_INT,
		.minimum = 1048576, .maximum = 1073741824, .default_text = "16777216",
		.offset = AT(bigquery_buffer_bytes),
		.doc = "Rows that wait for BigQuery take at most this much memory. The default is four full "
		"requests, as many as are on their way at a time; the process stays below 64 MiB with it "
	"however slow BigQuery is."},
	{.name = "bigquery.partition.by", .section = SECTION_BIGQUERY, .type = CONFIG_CHOICE,
		.choices = "commit|ingest|none", .default_text = "commit",
		.offset = AT(bigquery_partition_by),
	.doc = "History tables are partitioned by the day of the commit, of the arrival, or not."},

	{.name = "http.listen", .section = SECTION_PROCESS, .type = CONFIG_TEXT,
		.default_text = "127.0.0.1:8083", .offset = AT(http_listen), .check = check_listen,
	.doc = "host:port of /live, /ready, /status and /metrics; empty switches it off."},
	{.name = "shutdown.timeout.ms", .section = SECTION_PROCESS, .type = CONFIG_INT,
		.minimum = 0, .maximum = 3600000, .default_text = "25000",
		.offset = AT(shutdown_timeout_ms),
	.doc = "After SIGTERM, what was read is delivered within this time; then the process ends."},
	{.name = "log.level", .section = SECTION_PROCESS, .type = CONFIG_CHOICE,
		.choices = "debug|info|warning|error", .default_text = "info", .offset = AT(log_level),
	.doc = "Log lines below this level are left out."},
	{.name = "log.format", .section = SECTION_PROCESS, .type = CONFIG_CHOICE,
		.choices = "text|json", .default_text = "text", .offset = AT(log_format),
	.doc = "Form of the log on stderr: text or one JSON object per line."},
};
const int	config_spec_count = COUNT_OF(config_specs);

const DebeziumSetting debezium_settings[] = {
	/* would change what is written, or what happens to the database */
	{"converters", ""},
	{"database.exclude.list", ""},
	{"database.include.list", ""},
	{"database.initial.statements", ""},
	{"exactly.once.support", "requested"},
	{"flush.lsn.source", "true"},
	{"header.converter", "org.apache.kafka.connect.storage.SimpleHeaderConverter"},
	{"include.schema.changes", "false"},
	{"lsn.flush.mode", "connector"},
	{"offset.mismatch.strategy", "no_validation"},
	{"post.processors", ""},
	{"replica.identity.autoset.values", ""},
	{"slot.drop.on.stop", "false"},
	{"slot.failover", "false"},
	{"slot.stream.params", ""},
	{"sourceinfo.struct.maker",
	"io.debezium.connector.postgresql.PostgresSourceInfoStructMaker"},
	{"table.ignore.builtin", "true"},
	{"topic.naming.strategy", "io.debezium.schema.SchemaTopicNamingStrategy"},

	/* without effect on what is written here */
	{"config.action.reload", NULL},
	{"connection.validation.timeout.ms", NULL},
	{"connector.class", NULL},
	{"connector.plugin.version", NULL},
	{"consumer.override.*", NULL},
	{"custom.metric.tags", NULL},
	{"custom.sanitize.pattern", NULL},
	{"database.query.timeout.ms", NULL},
	{"database.sslfactory", NULL},
	{"database.tcpKeepAlive", NULL},
	{"errors.*", NULL},
	{"event.processing.failure.handling.mode", NULL},
	{"executor.shutdown.timeout.ms", NULL},
	{"guardrail.*", NULL},
	{"header.converter.*", NULL},
	{"heartbeat.*", NULL},
	{"incremental.snapshot.*", NULL},
	{"internal.*", NULL},
	{"key.converter.plugin.version", NULL},
	{"key.converter.schemas.cache.size", NULL},
	{"legacy.snapshot.max.threads", NULL},
	{"lsn.flush.timeout.*", NULL},
	{"max.batch.size", NULL},
	{"max.queue.size", NULL},
	{"max.queue.size.in.bytes", NULL},
	{"memory.management.*", NULL},
	{"name", NULL},
	{"notification.*", NULL},
	{"offset.flush.interval.ms", NULL},
	{"offset.flush.timeout.ms", NULL},
	{"offset.storage*", NULL},
	{"offsets.storage.topic", NULL},
	{"openlineage.*", NULL},
	{"poll.interval.ms", NULL},
	{"producer.override.*", NULL},
	{"query.fetch.size", NULL},
	{"read.only", NULL},
	{"retriable.restart.connector.wait.ms", NULL},
	{"schema.refresh.mode", NULL},
	{"signal.*", NULL},
	{"slot.max.retries", NULL},
	{"slot.retry.delay.ms", NULL},
	{"snapshot.*", NULL},
	{"statistics.metrics.enabled", NULL},
	{"streaming.delay.ms", NULL},
	{"tasks.max", NULL},
	{"tasks.max.enforce", NULL},
	{"topic.cache.size", NULL},
	{"topic.creation.*", NULL},
	{"topic.heartbeat.prefix", NULL},
	{"transaction.boundary", NULL},
	{"transaction.boundary.interval.ms", NULL},
	{"transaction.metadata.factory", NULL},
	{"value.converter.plugin.version", NULL},
	{"value.converter.schemas.cache.size", NULL},
	{"xmin.fetch.interval.ms", NULL},
};
const int	debezium_setting_count = COUNT_OF(debezium_settings);

const ReservedSetting kafka_reserved[] = {
	{"allow.auto.create.topics", "walferry creates the topics it writes to"},
	{"metadata.broker.list", "kafka.bootstrap.servers names the brokers"},
	{"plugin.library.paths", "walferry loads no code that it was not built with"},
	{"test.mock.*", "librdkafka would keep records to itself, and no broker would get them"},
	{"transactional.id", "delivery is at-least-once so far"},
	{"enable.idempotence", "walferry always produces idempotently"},
	{"acks", "walferry confirms WAL only behind acks=all"},
	{"request.required.acks", "walferry confirms WAL only behind acks=all"},
	{"message.timeout.ms", "no record is ever dropped by a time-out"},
	{"delivery.timeout.ms", "no record is ever dropped by a time-out"},
	{"delivery.report.only.error", "walferry counts every delivery"},
	{"group.id", "bigquery.consumer.group names it"},
	{"enable.auto.commit", "offsets are committed only behind BigQuery"},
	{"enable.auto.offset.store", "offsets are committed only behind BigQuery"},
	{"auto.commit.interval.ms", "offsets are committed only behind BigQuery"},
	{"auto.offset.reset", "walferry decides where loading begins"},
};
const int	kafka_reserved_count = COUNT_OF(kafka_reserved);

const DemandedSetting demanded_settings[] = {
	{"snapshot.mode", "snapshot.mode=no_data",
	"Debezium's default, initial, is not supported yet", true},
	{"delivery.guarantee", "delivery.guarantee=at-least-once",
	"the default, exactly-once, is not supported yet", false},
};
const int	demanded_setting_count = COUNT_OF(demanded_settings);
