/*
 * config_gather.c
 *		Settings from the file and the environment, each with its origin.
 *
 * Later layers replace the value and the origin of a setting that is there, so
 * that a fault is told where the value in force stands.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_loader.h"

#include <ctype.h>
#include <stdlib.h>

#include "config_resolve.h"
#include "config_table.h"
#include "envelope/nearest_name.h"
#include "heap_buffer.h"
#include "log.h"
#include "properties.h"

#define ENVIRONMENT_PREFIX "WALFERRY_"

extern char **environ;

static void
gather(ConfigLoader *loader, const char *name, const char *raw, const char *source, int line)
{
	ConfigSetting *setting = NULL;
	ConfigSetting *settings;
	char		origin[512];

	if (line > 0)
		snprintf(origin, sizeof(origin), "%s:%d", source, line);
	else
		snprintf(origin, sizeof(origin), "environment variable %s", source);

	for (int i = 0; i < loader->setting_count; i++)
	{
		if (strcmp(loader->settings[i].name, name) == 0)
			setting = &loader->settings[i];
	}
	if (setting == NULL)
	{
		settings = realloc(loader->settings,
						   sizeof(ConfigSetting) * (size_t) (loader->setting_count + 1));
		if (settings == NULL)
		{
			config_fault(loader, "out of memory while reading the configuration");
			return;
		}
		loader->settings = settings;
		setting = &settings[loader->setting_count];
		setting->name = config_keep(loader, strdup(name));
		if (setting->name == NULL)
			return;
		loader->setting_count++;
	}
	setting->raw = config_keep(loader, strdup(raw));
	setting->origin = config_keep(loader, strdup(origin));
}

/* What makes a .properties file of a connector's JSON; migrating-from-debezium.md has it too. */
#define JSON_TO_PROPERTIES \
	"jq -r '(.config // .) | to_entries[] | \"\\(.key | gsub(\"(?<c>[\\\\\\\\:=#!\\\\s])\"; \"\\\\\\(.c)\"))" \
	"=\\(.value | tostring | gsub(\"\\\\s*[\\\\n\\\\r]\\\\s*\"; \" \") | gsub(\"\\\\\\\\\"; \"\\\\\\\\\") | sub(\"^(?<c>\\\\s)\"; \"\\\\\\(.c)\"))\"'"

/* Whether a text is a JSON object: no setting's name begins like this. */
static bool
is_json(const char *text, size_t length)
{
	size_t		i = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;

	while (i < length && isspace((unsigned char) text[i]))
		i++;
	return i < length && text[i] == '{';
}

/* False, having told, if nothing of it can be read. */
static bool
gather_text(ConfigLoader *loader, const char *source, const char *text, size_t length)
{
	Properties	properties;

	if (is_json(text, length))
	{
		config_fault(loader, "%s is JSON, and a .properties file is needed, one name=value a line; of a "
					 "connector's JSON one is made by: " JSON_TO_PROPERTIES
					 " connector.json > walferry.properties", source);
		return false;
	}
	if (!properties_parse(&properties, text, length))
		config_fault(loader, "%s:%d: %s", source, properties.error_line, properties.error);
	for (int i = 0; i < properties.count; i++)
	{
		const Property *entry = &properties.entries[i];
		char		shown[CONFIG_SHOWN_SIZE];

		for (int j = i + 1; j < properties.count; j++)
		{
			if (strcmp(entry->name, properties.entries[j].name) == 0)
			{
				log_write(LOG_LEVEL_WARNING, "config",
						  "a setting is given twice; the later one holds",
						  log_text("name", config_shorten(entry->name, shown)),
						  log_text("file", source),
						  log_int("line", entry->line),
						  log_int("later_line", properties.entries[j].line));
				break;
			}
		}
		gather(loader, entry->name, entry->value, source, entry->line);
	}
	properties_free(&properties);
	return true;
}

bool
config_gather_file(ConfigLoader *loader, const char *path)
{
	WfBuffer	text;
	char		error[256];
	bool		ok;

	heap_buffer_init(&text, CONFIG_FILE_BYTES_MAX);
	ok = config_read_file(path, &text, error, sizeof(error));
	if (!ok)
		config_fault(loader, "cannot read the configuration file \"%s\": %s", path, error);
	else if (text.length > 0)
		ok = gather_text(loader, path, text.data, text.length);
	heap_buffer_free(&text);
	return ok;
}

/* topic.prefix as TOPIC_PREFIX */
static void
environment_name(const char *name, char *result, size_t size)
{
	size_t		i;

	for (i = 0; name[i] != '\0' && i + 1 < size; i++)
		result[i] = name[i] == '.' || name[i] == '-' ? '_' :
			(char) toupper((unsigned char) name[i]);
	result[i] = '\0';
}

typedef const char *(*NameAt) (int index);

static const char *
own_name(int index)
{
	return index < config_spec_count ? config_specs[index].name : NULL;
}

static const char *
format_name(int index)
{
	return index < wf_format_option_count ? wf_format_options[index].name : NULL;
}

static const char *
debezium_name(int index)
{
	return index < debezium_setting_count ? debezium_settings[index].name : NULL;
}

static const NameAt all_names[] = {own_name, format_name, debezium_name};

#define NAME_TABLES ((int) (sizeof(all_names) / sizeof(all_names[0])))

/* The known name nearest to an unknown one, or NULL if none is near. */
const char *
config_nearest_name(const char *name, bool as_environment)
{
	WfNearestName search;
	char		candidate[256];

	wf_nearest_name_begin(&search, name);
	for (int table = 0; table < NAME_TABLES; table++)
	{
		for (int i = 0; all_names[table] (i) != NULL; i++)
		{
			const char *known = all_names[table] (i);

			if (strchr(known, '*') != NULL)
				continue;
			if (as_environment)
				environment_name(known, candidate, sizeof(candidate));
			wf_nearest_name_try(&search, known, as_environment ? candidate : known);
		}
	}
	return search.nearest;
}

static void
gather_environment_variable(ConfigLoader *loader, const char *variable, const char *value)
{
	const char *suffix = variable + strlen(ENVIRONMENT_PREFIX);
	char		candidate[256];
	char		sentence[CONFIG_SENTENCE_BYTES_MAX];
	const char *nearest;

	for (int table = 0; table < NAME_TABLES; table++)
	{
		for (int i = 0; all_names[table] (i) != NULL; i++)
		{
			environment_name(all_names[table] (i), candidate, sizeof(candidate));
			if (strcmp(candidate, suffix) == 0)
			{
				gather(loader, all_names[table] (i), value, variable, 0);
				return;
			}
		}
	}
	nearest = config_nearest_name(suffix, true);
	if (nearest != NULL)
	{
		environment_name(nearest, candidate, sizeof(candidate));
		snprintf(sentence, sizeof(sentence),
				 "environment variable %s names no setting; did you mean " ENVIRONMENT_PREFIX "%s?",
				 variable, candidate);
	}
	else
		snprintf(sentence, sizeof(sentence),
				 "environment variable %s names no setting (families such as kafka.* can only be "
				 "given in the file or in " ENVIRONMENT_PREFIX "CONFIG)", variable);
	config_unknown(loader, sentence);
}

bool
config_gather_environment(ConfigLoader *loader)
{
	const char *whole = getenv(ENVIRONMENT_PREFIX "CONFIG");

	if (whole != NULL && strlen(whole) > CONFIG_FILE_BYTES_MAX)
		config_fault(loader, ENVIRONMENT_PREFIX "CONFIG holds more than %d bytes", CONFIG_FILE_BYTES_MAX);
	else if (whole != NULL && !gather_text(loader, ENVIRONMENT_PREFIX "CONFIG", whole, strlen(whole)))
		return false;

	for (char **entry = environ; *entry != NULL; entry++)
	{
		const char *equals = strchr(*entry, '=');
		char		variable[256];
		size_t		length;

		if (equals == NULL || strncmp(*entry, ENVIRONMENT_PREFIX, strlen(ENVIRONMENT_PREFIX)) != 0)
			continue;
		length = (size_t) (equals - *entry);
		if (length >= sizeof(variable))
			length = sizeof(variable) - 1;
		memcpy(variable, *entry, length);
		variable[length] = '\0';
		if (strcmp(variable, ENVIRONMENT_PREFIX "CONFIG") != 0)
			gather_environment_variable(loader, variable, equals + 1);
	}
	return true;
}
