/*
 * config_table.h
 *		The shipper's own settings, and what becomes of Debezium's others.
 *
 * Three tables together name every setting there is: wf_format_options
 * (envelope/options.h) decides what is written, config_specs is the shipper's
 * own, debezium_settings says of the rest of Debezium's names whether they are
 * without effect here or, for which values, without harm.  Parsing, error
 * texts, environment names and docs/configuration.md all come from them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_TABLE_H
#define WALFERRY_CONFIG_TABLE_H

#include "config.h"

typedef enum ConfigType
{
	CONFIG_TEXT,				/* const char * */
	CONFIG_INT,					/* int64_t within [minimum, maximum] */
	CONFIG_BOOL,				/* bool */
	CONFIG_CHOICE,				/* int: index into choices */
	CONFIG_WORD					/* const char *: one of choices, in lower case */
} ConfigType;

typedef enum ConfigSection
{
	SECTION_SOURCE,
	SECTION_KAFKA,
	SECTION_BIGQUERY,
	SECTION_PROCESS,
	SECTION_COUNT
} ConfigSection;

/* In the order of ConfigPlugin, behind CONFIG_PLUGIN_UNSET. */
#define CONFIG_PLUGINS "walferry|pgoutput"

/* Settings that are checked but not kept. */
#define CONFIG_NOWHERE ((size_t) -1)

typedef struct ConfigSpec
{
	const char *name;
	ConfigSection section;
	ConfigType	type;
	const char *choices;		/* of CONFIG_CHOICE and _WORD, separated by '|' */
	int64_t		minimum;		/* of CONFIG_INT */
	int64_t		maximum;
	const char *default_text;	/* as a user would write it; NULL: see doc */
	size_t		offset;			/* in Config */
	bool		secret;			/* the value is never shown */
	const char *(*check) (const char *value);	/* NULL if well, else what is
												 * allowed */
	const char *doc;
} ConfigSpec;

extern const ConfigSpec config_specs[];
extern const int config_spec_count;
extern const char *const config_section_titles[SECTION_COUNT];

/*
 * A Debezium setting this shipper does not act on.  name may end in '*' and
 * then stands for a family.  allowed: NULL, it has no effect on what is
 * written here; "", nothing may be set; else the values, separated by '|',
 * that ask for what happens anyway.
 */
typedef struct DebeziumSetting
{
	const char *name;
	const char *allowed;
} DebeziumSetting;

extern const DebeziumSetting debezium_settings[];
extern const int debezium_setting_count;

/* Settings of librdkafka that are not the user's to set, and why. */
typedef struct ReservedSetting
{
	const char *name;
	const char *reason;
} ReservedSetting;

/* A name may end in '*'. */
extern const ReservedSetting kafka_reserved[];
extern const int kafka_reserved_count;

/*
 * Settings whose default in Debezium is something this version cannot do:
 * they must be given, so that nobody gets less than the name promises unasked.
 */
typedef struct DemandedSetting
{
	const char *name;
	const char *line;			/* what to add */
	const char *reason;
	bool		capture_only;	/* not asked of a process that only loads */
} DemandedSetting;

extern const DemandedSetting demanded_settings[];
extern const int demanded_setting_count;

/* An address with a host behind its scheme, and what to ask for if it is none. */
#define CONFIG_URL_WISH "an address that begins with http:// or https://"

extern bool config_is_url(const char *value);

#endif							/* WALFERRY_CONFIG_TABLE_H */
