/*
 * config_apply.c
 *		One setting at a time: looked up, resolved, checked, set.
 *
 * Messages show the raw value only: what a ${...} stands for may be a secret.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_loader.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include <librdkafka/rdkafka.h>

#include "config_filters.h"
#include "config_resolve.h"
#include "config_table.h"
#include "envelope/renamed_option.h"
#include "heap_buffer.h"

static bool
sounds_secret(const char *name)
{
	static const char *const hints[] = {
		"password", "secret", "token", "key.pem", "jaas", "credential", "ssl.key", "certificate.pem"
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
	{
		if (strcasestr(name, hints[i]) != NULL)
			return true;
	}
	return false;
}

const char *
config_shorten(const char *text, char *shown)
{
	size_t		length = strlen(text);
	const char *salt = strstr(text, CONFIG_SALT_PART);
	size_t		before = salt != NULL ? (size_t) (salt - text) + strlen(CONFIG_SALT_PART) : length;

	if (before < length && text[before] != '@' && before <= CONFIG_SHOWN_BYTES_MAX)
	{
		memcpy(shown, text, before);
		memcpy(shown + before, "...", 4);
	}
	else if (length <= CONFIG_SHOWN_BYTES_MAX)
		memcpy(shown, text, length + 1);
	else
	{
		/* "..." has room in what may be shown, and no character is cut in two */
		length = CONFIG_SHOWN_BYTES_MAX - 3;
		while (length > 0 && ((unsigned char) text[length] & 0xC0) == 0x80)
			length--;
		memcpy(shown, text, length);
		memcpy(shown + length, "...", 4);
	}
	return shown;
}

/* name is "value": or, for a secret, only the name */
static const char *
show(const ConfigSetting *setting, bool secret, char *text, size_t size)
{
	char		shown[CONFIG_SHOWN_SIZE];

	if (secret)
		snprintf(text, size, "the value of %s (not shown)", setting->name);
	else
		snprintf(text, size, "%s is \"%s\"", setting->name, config_shorten(setting->raw, shown));
	return text;
}

static bool
one_of(const char *choices, const char *value, int *index)
{
	size_t		length = strlen(value);

	*index = 0;
	for (const char *choice = choices;; choice++, (*index)++)
	{
		size_t		choice_length = strcspn(choice, "|");

		if (choice_length == length && strncasecmp(choice, value, length) == 0)
			return true;
		choice += choice_length;
		if (*choice == '\0')
			return false;
	}
}

static bool
parse_int(const char *value, int64_t minimum, int64_t maximum, int64_t *result)
{
	char	   *end;

	errno = 0;
	*result = strtoll(value, &end, 10);
	return errno == 0 && end != value && *end == '\0' && !isspace((unsigned char) value[0]) &&
		*result >= minimum && *result <= maximum;
}

/*
 * Cuts the blanks around a value that is no free text off, as Java's readers do: a
 * line of a file may end in some.
 */
static void
trim(char *value)
{
	WfSlice		trimmed = wf_slice_trim(wf_slice_of(value));

	memmove(value, trimmed.data, trimmed.length);
	value[trimmed.length] = '\0';
}

/*
 * Sets a member from value.  On false, allowed says what the setting takes.
 */
static bool
set_spec(ConfigLoader *loader, const ConfigSpec *spec, char *value, char *allowed,
		 size_t allowed_size)
{
	void	   *member = (char *) &loader->owned->config + spec->offset;
	int64_t		integer;
	int			index;
	const char *wish;

	if (spec->type != CONFIG_TEXT)
		trim(value);
	switch (spec->type)
	{
		case CONFIG_TEXT:
			wish = spec->check == NULL ? NULL : spec->check(value);
			if (wish != NULL)
			{
				snprintf(allowed, allowed_size, "%s", wish);
				return false;
			}
			*(const char **) member = value;
			return true;
		case CONFIG_INT:
			if (!parse_int(value, spec->minimum, spec->maximum, &integer))
			{
				snprintf(allowed, allowed_size, "an integer from %lld to %lld",
						 (long long) spec->minimum, (long long) spec->maximum);
				return false;
			}
			*(int64_t *) member = integer;
			return true;
		case CONFIG_BOOL:
			if (!one_of("false|true", value, &index))
			{
				snprintf(allowed, allowed_size, "true or false");
				return false;
			}
			*(bool *) member = index == 1;
			return true;
		case CONFIG_CHOICE:
		case CONFIG_WORD:
			if (!one_of(spec->choices, value, &index))
			{
				if (strchr(spec->choices, '|') == NULL)
					snprintf(allowed, allowed_size, "only %s so far", spec->choices);
				else
					snprintf(allowed, allowed_size, "one of %s", spec->choices);
				return false;
			}
			if (spec->type == CONFIG_WORD)
			{
				for (char *c = value; *c != '\0'; c++)
					*c = (char) tolower((unsigned char) *c);
				*(const char **) member = value;
			}
			else if (spec->offset != CONFIG_NOWHERE)
				*(int *) member = index;
			return true;
	}
	return false;
}

static void
apply_own(ConfigLoader *loader, const ConfigSetting *setting, const ConfigSpec *spec, char *value)
{
	char		allowed[256];
	char		shown[512];

	if (set_spec(loader, spec, value, allowed, sizeof(allowed)))
		return;
	if (spec->offset == offsetof(Config, plugin_name))
		loader->refused_plugin = value; /* told when the slot's name is known */
	else
		config_fault(loader, "%s: %s, but it takes %s", setting->origin,
					 show(setting, spec->secret, shown, sizeof(shown)), allowed);
}

static void
apply_format(ConfigLoader *loader, const ConfigSetting *setting, const WfOptionSpec *spec,
			 char *value)
{
	WfBuffer	allowed;
	char		shown[512];

	if (wf_option_is_full(spec, &loader->owned->config.format))
	{
		config_tell_full(loader, setting, spec->plural);
		return;
	}
	if (spec->type != WF_OPTION_TEXT && spec->type != WF_OPTION_LIST &&
		spec->type != WF_OPTION_FAMILY)
		trim(value);
	heap_buffer_init(&allowed, 4096);
	if (!wf_option_set(spec, setting->name, value, &loader->owned->config.format, &allowed))
		config_fault(loader, "%s: %s, but it takes %.*s", setting->origin,
					 show(setting, false, shown, sizeof(shown)), (int) allowed.length,
					 allowed.data);
	else
	{
		if (spec->type != WF_OPTION_FAMILY)
			config_tell_plugin(&loader->owned->config, spec->name, value);
		loader->owned->config.format_given[spec - wf_format_options] = true;
		if (wf_rules_is_option(setting->name) &&
			wf_rules_says_something(setting->name, wf_slice_of(value)))
			config_check_filter(loader, setting, setting->name, value);
	}
	heap_buffer_free(&allowed);
}

/*
 * What to do instead; empty: nothing else is known.  include.schema.changes is
 * of other databases' connectors, and PostgreSQL's passes over it.
 */
static const char *
hint_of(const DebeziumSetting *debezium)
{
	return strcmp(debezium->name, "include.schema.changes") == 0 ?
		"; schema.changes.enabled=true asks for a topic that tells the shapes of tables" : "";
}

static void
apply_debezium(ConfigLoader *loader, const ConfigSetting *setting, const DebeziumSetting *debezium,
			   char *value)
{
	char		shown[512];
	int			index;

	trim(value);
	if (debezium->allowed == NULL)
	{
		if (loader->ignored.length > 0)
			wf_buffer_append_literal(&loader->ignored, ", ");
		wf_buffer_append(&loader->ignored, setting->name, strlen(setting->name));
		return;
	}
	if (debezium->allowed[0] == '\0')
	{
		if (value[0] != '\0')
			config_fault(loader, "%s: %s is not supported yet; without it the events would differ from what "
						 "it asks for, so it must be removed", setting->origin, setting->name);
		return;
	}
	if (!one_of(debezium->allowed, value, &index))
		config_fault(loader, "%s: %s, but it takes only %s so far%s", setting->origin,
					 show(setting, false, shown, sizeof(shown)), debezium->allowed,
					 hint_of(debezium));
}

/* Whether the pattern, a name or the beginning of names and '*', has this name. */
static bool
names(const char *pattern, const char *name)
{
	size_t		length = strlen(pattern);

	return pattern[length - 1] == '*' ? strncmp(pattern, name, length - 1) == 0 :
		strcmp(pattern, name) == 0;
}

/* librdkafka itself says whether it knows the property and takes the value. */
static void
apply_kafka(ConfigLoader *loader, const ConfigSetting *setting, const char *value)
{
	Config	   *config = &loader->owned->config;
	const char *name = setting->name + strlen(CONFIG_KAFKA_PREFIX);
	char		error[512];
	char		shown[CONFIG_SHOWN_SIZE];
	rd_kafka_conf_t *probe;
	rd_kafka_conf_res_t result;

	for (int i = 0; i < kafka_reserved_count; i++)
	{
		if (names(kafka_reserved[i].name, name))
		{
			config_fault(loader, "%s: %s cannot be set: %s", setting->origin, setting->name,
						 kafka_reserved[i].reason);
			return;
		}
	}

	probe = rd_kafka_conf_new();
	result = rd_kafka_conf_set(probe, name, value, error, sizeof(error));
	rd_kafka_conf_destroy(probe);
	if (result == RD_KAFKA_CONF_UNKNOWN)
	{
		char		sentence[CONFIG_SENTENCE_BYTES_MAX];

		snprintf(sentence, sizeof(sentence), "%s: %s is no setting of librdkafka (%s)",
				 setting->origin, config_shorten(setting->name, shown), rd_kafka_version_str());
		config_unknown(loader, sentence);
		return;
	}
	if (result != RD_KAFKA_CONF_OK)
	{
		config_fault(loader, "%s: %s is not taken by librdkafka: %s", setting->origin, setting->name,
					 sounds_secret(name) ? "invalid value (not shown)" :
					 strlen(value) > CONFIG_SHOWN_BYTES_MAX ? config_shorten(value, shown) : error);
		return;
	}
	if (config->kafka_property_count >= CONFIG_KAFKA_PROPERTIES_MAX)
	{
		config_fault(loader, "%s: there are more than %d settings of kafka.*", setting->origin,
					 CONFIG_KAFKA_PROPERTIES_MAX);
		return;
	}
	config->kafka_properties[config->kafka_property_count].name = name;
	config->kafka_properties[config->kafka_property_count++].value = value;
}

static const DebeziumSetting *
find_debezium(const char *name)
{
	const DebeziumSetting *family = NULL;

	for (int i = 0; i < debezium_setting_count; i++)
	{
		const char *known = debezium_settings[i].name;
		size_t		length = strlen(known);

		if (strcmp(known, name) == 0)
			return &debezium_settings[i];
		if (known[length - 1] == '*' && strncmp(known, name, length - 1) == 0)
			family = &debezium_settings[i];
	}
	return family;
}

static const ConfigSpec *
find_own(const char *name)
{
	for (int i = 0; i < config_spec_count; i++)
	{
		if (strcmp(config_specs[i].name, name) == 0)
			return &config_specs[i];
	}
	return NULL;
}

static void
apply_unknown(ConfigLoader *loader, const ConfigSetting *setting)
{
	char		sentence[CONFIG_SENTENCE_BYTES_MAX];
	char		shown[CONFIG_SHOWN_SIZE];
	const WfRenamedOption *renamed = wf_renamed_option_find(setting->name);
	const char *nearest = config_nearest_name(setting->name, false);

	if (renamed != NULL)
		snprintf(sentence, sizeof(sentence), "%s: the setting %s is called %s now%s",
				 setting->origin, setting->name, renamed->today, renamed->values);
	else if (nearest != NULL && nearest[strlen(nearest) - 1] == '.')
		snprintf(sentence, sizeof(sentence), "%s: unknown setting %s; did you mean one that begins with %s?",
				 setting->origin, config_shorten(setting->name, shown), nearest);
	else if (nearest != NULL)
		snprintf(sentence, sizeof(sentence), "%s: unknown setting %s; did you mean %s?",
				 setting->origin, config_shorten(setting->name, shown), nearest);
	else
		snprintf(sentence, sizeof(sentence), "%s: unknown setting %s", setting->origin,
				 config_shorten(setting->name, shown));
	config_unknown(loader, sentence);
}

void
config_apply(ConfigLoader *loader, const ConfigSetting *setting)
{
	const ConfigSpec *own = find_own(setting->name);
	const WfOptionSpec *format = wf_option_find(wf_format_options, wf_format_option_count,
												setting->name);
	const DebeziumSetting *debezium = find_debezium(setting->name);
	char		error[512];
	char		shown[CONFIG_SHOWN_SIZE];
	char	   *value = config_resolve(setting->raw, error, sizeof(error));

	if (value == NULL)
	{
		config_fault(loader, "%s: the value of %s cannot be had: %s", setting->origin,
					 config_shorten(setting->name, shown), error);
		return;
	}
	if (config_keep(loader, value) == NULL)
		return;

	if (own != NULL)
	{
		apply_own(loader, setting, own, value);

		/* an empty one is as one that is not given, to libpq, too */
		if (strcmp(own->name, "database.password") == 0 && setting->raw[0] != '\0')
			loader->owned->config.database_password_given = config_keep(loader,
																		strdup(setting->raw));
	}
	else if (config_apply_hash(loader, setting, value))
		return;
	else if (format != NULL)
		apply_format(loader, setting, format, value);
	else if (strncmp(setting->name, CONFIG_KAFKA_PREFIX, strlen(CONFIG_KAFKA_PREFIX)) == 0)
		apply_kafka(loader, setting, value);
	else if (debezium != NULL)
		apply_debezium(loader, setting, debezium, value);
	else
		apply_unknown(loader, setting);
}

void
config_apply_defaults(ConfigLoader *loader)
{
	char		allowed[256];

	wf_options_set_defaults(wf_format_options, wf_format_option_count,
							&loader->owned->config.format);
	for (int i = 0; i < config_spec_count; i++)
	{
		char	   *value;

		if (config_specs[i].default_text == NULL)
			continue;
		value = config_keep(loader, strdup(config_specs[i].default_text));
		if (value != NULL && !set_spec(loader, &config_specs[i], value, allowed, sizeof(allowed)))
			config_fault(loader, "the default of %s is not what it takes: %s", config_specs[i].name, allowed);
	}
}
