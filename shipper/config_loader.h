/*
 * config_loader.h
 *		What the parts of config_load() share.
 *
 * config_gather.c collects settings with their origins, config_apply.c looks
 * each up and sets it, config.c looks at the whole.  A fault never ends the
 * work: it is told and counted.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_LOADER_H
#define WALFERRY_CONFIG_LOADER_H

#include "config.h"
#include "envelope/rules.h"

#define CONFIG_SENTENCE_BYTES_MAX 1900
#define CONFIG_KAFKA_PREFIX "kafka."

typedef struct ConfigSetting
{
	char	   *name;
	char	   *raw;
	char	   *origin;			/* "walferry.properties:12" */
} ConfigSetting;

/* What config_load() returns a pointer into; owns all the strings. */
typedef struct OwnedConfig
{
	Config		config;			/* first, so that the pointers are the same */
	char	  **strings;
	int			string_count;
} OwnedConfig;

typedef struct ConfigLoader
{
	OwnedConfig *owned;
	ConfigSetting *settings;
	int			setting_count;
	bool		lenient;
	int			faults;
	WfBuffer	ignored;		/* names without effect, joined */
	WfRules		rules;			/* filters and masks, as far as they are right */
	const char *full[2];		/* kinds of settings of which too many were told */
	const char *refused_plugin; /* what plugin.name is instead of a plugin that can
								 * be read; NULL: nothing */
} ConfigLoader;

/* Bytes of a value or name that are shown in a sentence. */
#define CONFIG_SHOWN_BYTES_MAX 100
#define CONFIG_SHOWN_SIZE (CONFIG_SHOWN_BYTES_MAX + 4)

/* What stands before the salt in the name of a Debezium connector's hash. */
#define CONFIG_SALT_PART ".with.salt."

/*
 * Copies text into shown (CONFIG_SHOWN_SIZE bytes), shortened if it is longer than
 * that.  A salt that a name gives in clear is left out.
 */
extern const char *config_shorten(const char *text, char *shown);

/* Sets the value of a format's option that the plugin is sent. */
extern void config_tell_plugin(Config *config, const char *name, const char *value);

/* Tells one fault, a whole sentence. */
extern void config_fault(ConfigLoader *loader, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/*
 * The same of what no setting shows alone: told where the one stands that the
 * sentence names first, of those that are given.
 */
extern void config_fault_together(ConfigLoader *loader, const char *format,...)
			__attribute__((format(printf, 2, 3)));

/*
 * Tells, once for each kind, that there are more than WF_SETTINGS_MAX settings of it.
 * plural: its WfOptionSpec.plural.
 */
extern void config_tell_full(ConfigLoader *loader, const ConfigSetting *setting,
							 const char *plural);
extern bool config_is_full(const ConfigLoader *loader, const char *plural);

/* The same for an unknown name: a warning when lenient. */
extern void config_unknown(ConfigLoader *loader, const char *sentence);

/* Takes a heap string over; NULL, having told, if there was no memory. */
extern char *config_keep(ConfigLoader *loader, char *text);

/* Collects what the file says.  False, having told, if it cannot be read. */
extern bool config_gather_file(ConfigLoader *loader, const char *path);

/* The same of the environment, over what is there. */
extern bool config_gather_environment(ConfigLoader *loader);

/* The known name nearest to an unknown one, or NULL if none is near. */
extern const char *config_nearest_name(const char *name, bool as_environment);

extern void config_apply_defaults(ConfigLoader *loader);

/* Resolves and sets one setting. */
extern void config_apply(ConfigLoader *loader, const ConfigSetting *setting);

#endif							/* WALFERRY_CONFIG_LOADER_H */
