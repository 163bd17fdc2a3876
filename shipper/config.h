/*
 * config.h
 *		The shipper's configuration: what a properties file or the environment said.
 *
 * Every setting stands once in the table of config.c (name, type, default,
 * doc), from which parsing, error texts and docs/configuration.md come.
 * Strings are owned by the Config and live as long as it; unset ones are NULL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_H
#define WALFERRY_CONFIG_H

#include <stdio.h>

#include "envelope/options.h"

typedef struct ConfigProperty
{
	const char *name;
	const char *value;
} ConfigProperty;

#define CONFIG_KAFKA_PROPERTIES_MAX 256
#define CONFIG_FORMAT_OPTIONS_MAX 128

typedef enum ConfigSink
{
	CONFIG_SINK_KAFKA,
	CONFIG_SINK_STDOUT
} ConfigSink;

/* Which output plugin's stream is read. */
typedef enum ConfigPlugin
{
	CONFIG_PLUGIN_UNSET,		/* the slot's, else the server decides: slot.c */
	CONFIG_PLUGIN_WALFERRY,
	CONFIG_PLUGIN_PGOUTPUT
} ConfigPlugin;

/* Debezium's PostgresConnectorConfig.AutoCreateMode: what it does with its publication. */
typedef enum ConfigPublicationMode
{
	CONFIG_PUBLICATION_ALL_TABLES,
	CONFIG_PUBLICATION_DISABLED,
	CONFIG_PUBLICATION_FILTERED,
	CONFIG_PUBLICATION_NO_TABLES
} ConfigPublicationMode;

/* Where a database's password is a token of a cloud's identity. */
typedef enum ConfigIam
{
	CONFIG_IAM_NONE,
	CONFIG_IAM_AWS
} ConfigIam;

typedef enum ConfigPartitionBy
{
	CONFIG_PARTITION_COMMIT,
	CONFIG_PARTITION_INGEST,
	CONFIG_PARTITION_NONE
} ConfigPartitionBy;

typedef enum ConfigLogFormat
{
	CONFIG_LOG_TEXT,
	CONFIG_LOG_JSON
} ConfigLogFormat;

typedef struct Config
{
	WfOptions	format;			/* options of envelope/options.h */
	const char *format_values[CONFIG_FORMAT_OPTIONS_MAX];	/* what the plugin is
															 * told, one per
															 * wf_format_options;
															 * NULL: nothing */
	bool		format_given[CONFIG_FORMAT_OPTIONS_MAX];	/* by the user */
	WfSettings	transform_settings; /* as they are sent to the plugin, whose names
									 * of options are short */

	/* slot -> Kafka */
	const char *database_hostname;	/* NULL: no such leg */
	int64_t		database_port;
	const char *database_user;
	const char *database_password;
	const char *database_password_given;	/* the same before ${…} was replaced,
											 * which is done anew for each
											 * connection */
	const char *database_password_command;
	int			database_iam;	/* ConfigIam */
	const char *database_iam_region;
	const char *database_dbname;
	const char *database_sslmode;
	const char *database_sslcert;
	const char *database_sslkey;
	const char *database_sslpassword;
	const char *database_sslrootcert;
	const char *plugin_name;	/* as it was given; NULL: it was not */
	int			plugin;			/* ConfigPlugin */
	WfSettings	salts;			/* name: "@" and a number, as the hashes in
								 * format.settings have it; value: the salt.  Of
								 * plugin.name=pgoutput alone */
	const char *slot_name;
	const char *publication_name;
	int			publication_mode;	/* ConfigPublicationMode */
	const char *publication_settings;	/* which of the two were given, in words;
										 * NULL: none */
	int64_t		position_epoch; /* first part of every position */
	int64_t		status_update_interval_ms;
	int64_t		source_release_after_ms;
	bool		pgoutput_binary;
	const char *spool_directory;	/* NULL: spool_create()'s default */
	int64_t		spool_max_bytes;
	int64_t		spool_memory_bytes;
	int			sink;			/* ConfigSink */

	/* both legs: kafka.* without that prefix, as librdkafka wants them */
	const char *kafka_bootstrap_servers;
	ConfigProperty kafka_properties[CONFIG_KAFKA_PROPERTIES_MAX];
	int			kafka_property_count;

	/* Kafka -> BigQuery */
	const char *bigquery_project;
	const char *bigquery_dataset;	/* NULL: no such leg */
	const char *bigquery_location;
	const char *bigquery_endpoint;	/* REST base URL, no slash at the end */
	const char *bigquery_grpc_endpoint; /* http://host:port (h2c) or https://… */
	const char *bigquery_access_token_file;
	const char *bigquery_consumer_group;
	int64_t		bigquery_flush_interval_ms;
	int64_t		bigquery_buffer_bytes;
	int			bigquery_partition_by;	/* ConfigPartitionBy */

	/* the process */
	const char *http_listen;	/* host:port; empty: off */
	int64_t		shutdown_timeout_ms;
	int			log_level;		/* LogLevel */
	int			log_format;		/* ConfigLogFormat */
} Config;

/*
 * Ceilings of what a configuration may hold: a value is as long as the plugin takes a
 * list to be, and a file has several of them.
 */
#define CONFIG_VALUE_BYTES_MAX WF_OPTION_LIST_MAX
#define CONFIG_FILE_BYTES_MAX (8 * CONFIG_VALUE_BYTES_MAX)

/*
 * Reads the file (NULL: none), then WALFERRY_CONFIG and WALFERRY_* of the
 * environment on top, and checks every value.  Returns NULL on failure, having
 * logged one sentence per fault, each naming the setting, where it stands and
 * what is allowed.  lenient: unknown settings are warnings.
 */
extern Config *config_load(const char *path, bool lenient);

/* The same where only the source's settings must be there. */
extern Config *config_load_source(const char *path, bool lenient);

/*
 * Whether the shapes of tables are described in a topic of their own: with
 * inline schemas each value describes itself.
 */
static inline bool
config_publishes_schemas(const Config *config)
{
	return config->format.walferry_headers && !config->format.value_schemas;
}

/* Whether the user gave this option of envelope/options.h a value. */
extern bool config_is_given(const Config *config, const char *option);

/*
 * What kafka.NAME was set to, name without the prefix and as the file has it;
 * NULL if it was not.
 */
extern const char *config_kafka_property(const Config *config, const char *name);

/* The same as a number; otherwise if it was not set. */
extern int64_t config_kafka_number(const Config *config, const char *name, int64_t otherwise);

/* How PostgreSQL calls the plugin, which is not CONFIG_PLUGIN_UNSET. */
extern const char *config_plugin_text(int plugin);

/*
 * Whether the configuration asks for nothing that only the other plugin can do; else
 * error has a sentence, without a full stop.  For a plugin that is known only when
 * the server was asked; one that is given was looked at when the file was read.
 */
extern bool config_fits_plugin(const Config *config, int plugin, WfBuffer *error);

extern void config_free(Config *config);

/* Prints the reference of all settings as Markdown, from the tables. */
extern void config_describe(FILE *out);

#endif							/* WALFERRY_CONFIG_H */
