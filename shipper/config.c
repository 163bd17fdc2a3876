/*
 * config.c
 *		Reads the configuration, and says everything that is wrong with it at once.
 *
 * Three layers, the later over the earlier: the file, WALFERRY_CONFIG (a whole
 * file as text), WALFERRY_<NAME> for single settings.  All are gathered first as
 * name, raw value and origin; then each is resolved (${file:...}, ${env:...}),
 * looked up in the tables and set; then what is missing is looked for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_filters.h"
#include "config_loader.h"
#include "config_password.h"
#include "config_plugin.h"
#include "config_transforms.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "config_resolve.h"
#include "config_table.h"
#include "heap_buffer.h"
#include "log.h"

void
config_fault(ConfigLoader *loader, const char *format,...)
{
	char		sentence[CONFIG_SENTENCE_BYTES_MAX];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	log_write(LOG_LEVEL_ERROR, "config", sentence);
	loader->faults++;
}

/* Does name end at end, and is it the name of a setting there, not a word of the sentence? */
static bool
is_mention(const char *sentence, const char *start, const char *end)
{
	static const char characters[] = "-_.@*";
	char		before = start > sentence ? start[-1] : ' ';
	bool		is_quoted = before == '"' && *end == '"';

	if (isalnum((unsigned char) before) || strchr(characters, before) != NULL ||
		isalnum((unsigned char) *end) || (*end != '\0' && strchr(characters, *end) != NULL))
		return false;
	return is_quoted || *end == '=' || memchr(start, '.', (size_t) (end - start)) != NULL;
}

static const ConfigSetting *
first_mentioned(const ConfigLoader *loader, const char *sentence)
{
	const ConfigSetting *first = NULL;
	const char *earliest = NULL;

	for (int i = 0; i < loader->setting_count; i++)
	{
		const ConfigSetting *setting = &loader->settings[i];
		const char *place = strstr(sentence, setting->name);

		while (place != NULL && !is_mention(sentence, place, place + strlen(setting->name)))
			place = strstr(place + 1, setting->name);
		if (place != NULL && (earliest == NULL || place < earliest))
		{
			earliest = place;
			first = setting;
		}
	}
	return first;
}

void
config_fault_together(ConfigLoader *loader, const char *format,...)
{
	char		sentence[CONFIG_SENTENCE_BYTES_MAX];
	const ConfigSetting *setting;
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	setting = first_mentioned(loader, sentence);
	if (setting != NULL && setting->origin != NULL)
		config_fault(loader, "%s: %s", setting->origin, sentence);
	else
		config_fault(loader, "%s", sentence);
}

bool
config_is_full(const ConfigLoader *loader, const char *plural)
{
	for (size_t i = 0; i < sizeof(loader->full) / sizeof(loader->full[0]); i++)
	{
		if (loader->full[i] != NULL && strcmp(loader->full[i], plural) == 0)
			return true;
	}
	return false;
}

void
config_tell_full(ConfigLoader *loader, const ConfigSetting *setting, const char *plural)
{
	if (config_is_full(loader, plural))
		return;
	loader->full[loader->full[0] != NULL ? 1 : 0] = plural;
	config_fault(loader, "%s: there are more than %d %s", setting->origin, WF_SETTINGS_MAX, plural);
}

char *
config_keep(ConfigLoader *loader, char *text)
{
	OwnedConfig *owned = loader->owned;
	char	  **strings;

	if (text == NULL)
	{
		config_fault(loader, "out of memory while reading the configuration");
		return NULL;
	}
	strings = realloc(owned->strings, sizeof(char *) * (size_t) (owned->string_count + 1));
	if (strings == NULL)
	{
		free(text);
		config_fault(loader, "out of memory while reading the configuration");
		return NULL;
	}
	owned->strings = strings;
	strings[owned->string_count++] = text;
	return text;
}

void
config_unknown(ConfigLoader *loader, const char *sentence)
{
	if (loader->lenient)
		log_write(LOG_LEVEL_WARNING, "config", sentence);
	else
		config_fault(loader, "%s", sentence);
}

static bool
is_given(const ConfigLoader *loader, const char *name)
{
	for (int i = 0; i < loader->setting_count; i++)
	{
		if (strcmp(loader->settings[i].name, name) == 0)
			return true;
	}
	return false;
}

static void
demand(ConfigLoader *loader, const char *name, const char *why)
{
	if (!is_given(loader, name))
		config_fault(loader, "%s is missing: %s", name, why);
}

static void
check_destination(ConfigLoader *loader)
{
	const Config *config = &loader->owned->config;

	if (config->sink == CONFIG_SINK_STDOUT)
	{
		if (is_given(loader, "kafka.bootstrap.servers"))
			config_fault_together(loader, "sink=stdout and kafka.bootstrap.servers exclude each other; remove one");
		if (is_given(loader, "bigquery.dataset"))
			config_fault_together(loader, "sink=stdout and bigquery.dataset exclude each other; remove one");
	}
	else if (!is_given(loader, "kafka.bootstrap.servers"))
		config_fault(loader, "there is no destination, so nothing was read from the slot: add "
					 "kafka.bootstrap.servers=host:port (or sink=stdout to print the events)");
}

static void
check_capture(ConfigLoader *loader)
{
	const Config *config = &loader->owned->config;

	if (!is_given(loader, "database.hostname"))
	{
		if (!is_given(loader, "bigquery.dataset") || is_given(loader, "database.dbname") ||
			is_given(loader, "slot.name") || config->sink == CONFIG_SINK_STDOUT)
			config_fault(loader, "database.hostname is missing: add the host of the PostgreSQL server whose "
						 "changes are to be captured");
		return;
	}
	demand(loader, "database.user", "add the role that reads the slot");
	demand(loader, "database.dbname", "add the database whose changes are to be captured");
	config_check_password(loader);
}

/* A token that cannot be read now will hardly be read later. */
static void
check_token_file(ConfigLoader *loader)
{
	const char *path = loader->owned->config.bigquery_access_token_file;
	char		shown[CONFIG_SHOWN_SIZE];
	char		byte;
	FILE	   *file;

	if (path == NULL)
		return;
	errno = 0;
	file = fopen(path, "re");
	if (file == NULL || (fread(&byte, 1, 1, file) == 0 && ferror(file)))
		config_fault_together(loader, "bigquery.access.token.file is \"%s\", which cannot be read: %s",
							  config_shorten(path, shown), strerror(errno));
	if (file != NULL)
		fclose(file);
}

bool
config_is_given(const Config *config, const char *option)
{
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, option);

	return spec != NULL && config->format_given[spec - wf_format_options];
}

void
config_tell_plugin(Config *config, const char *name, const char *value)
{
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, name);

	config->format_values[spec - wf_format_options] = value;
}

/*
 * Options with which the shipper itself does something.  Of all others the plugin is
 * told only what the user gave, since its defaults are the same and the server's
 * policy may force another value.  These it is always told, so that it refuses where
 * the policy has another one than the shipper goes by.
 */
static const char *const relied_on[] = {
	"topic.delimiter", "walferry.headers.enabled", "record.max.bytes"
};

/* The same for the loader, which reads what these options' defaults write. */
static const char *const relied_on_by_loader[] = {
	"decimal.handling.mode", "value.converter.decimal.format", "numeric.special.handling",
	"time.precision.mode", "interval.handling.mode", "infinity.handling",
	"binary.handling.mode", "hstore.handling.mode", "before.key_only",
	"provide.transaction.metadata", "field.name.adjustment.mode"
};

#define COUNT_OF(names) ((int) (sizeof(names) / sizeof((names)[0])))

static void
tell_relied_on(Config *config, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (!config_is_given(config, names[i]))
			config_tell_plugin(config, names[i],
							   wf_option_find(wf_format_options, wf_format_option_count,
											  names[i])->default_text);
	}
}

/*
 * By the option that the side's converter has: the plugin takes no notice of another,
 * but the server's policy may.
 */
static void
tell_schemas(Config *config, int converter, const char *name, const char *delegate_name,
			 bool schemas)
{
	if (converter == WF_CONVERTER_JSON)
		config_tell_plugin(config, name, schemas ? "true" : "false");
	else if (converter == WF_CONVERTER_BINARY)
		config_tell_plugin(config, delegate_name, schemas ? "true" : "false");
}

/*
 * What no single option of the format shows.  Inline schemas are the
 * JsonConverter's default, so they are what Kafka gets if nothing is said; on
 * stdout somebody wants to read the events.
 */
static void
settle_format(ConfigLoader *loader, bool to_kafka)
{
	Config	   *config = &loader->owned->config;
	WfBuffer	complaint;

	heap_buffer_init(&complaint, CONFIG_SENTENCE_BYTES_MAX);
	if (!wf_options_settle(&config->format, to_kafka, &complaint))
		config_fault_together(loader, "%.*s", (int) complaint.length, complaint.data);
	heap_buffer_free(&complaint);
	if (to_kafka)
	{
		tell_schemas(config, config->format.key_converter, "key.converter.schemas.enable",
					 "key.converter.delegate.converter.type.schemas.enable",
					 config->format.key_schemas);
		tell_schemas(config, config->format.value_converter, "value.converter.schemas.enable",
					 "value.converter.delegate.converter.type.schemas.enable",
					 config->format.value_schemas);
		tell_relied_on(config, relied_on, COUNT_OF(relied_on));
	}
	config_check_transforms(loader);
}

/* What `walferry tail` needs: a source, and the name that events give themselves. */
static void
check_source(ConfigLoader *loader)
{
	static char name[] = "topic.prefix",
				raw[] = "tail",
				origin[] = "the default of walferry tail";
	const ConfigSetting prefix = {name, raw, origin};

	demand(loader, "database.hostname", "add the host of the PostgreSQL server");
	demand(loader, "database.user", "add the role that reads the slot");
	demand(loader, "database.dbname", "add the database whose changes are to be shown");
	config_check_password(loader);
	if (!is_given(loader, name))
		config_apply(loader, &prefix);
	config_check_filters(loader);
	settle_format(loader, false);
}

/* With other values it would meet topics or forms that it does not know. */
static void
check_loader_understands(ConfigLoader *loader)
{
	const WfOptions *format = &loader->owned->config.format;

	config_check_transforms_load(loader);
	if (format->key_schemas || format->value_schemas)
		config_fault_together(loader, "inline schemas do not go with bigquery.dataset yet: add the lines "
							  "key.converter.schemas.enable=false and value.converter.schemas.enable=false");

	for (int i = 0; i < COUNT_OF(relied_on_by_loader); i++)
	{
		const char *name = relied_on_by_loader[i];
		const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, name);
		const char *value = loader->owned->config.format_values[spec - wf_format_options];

		if (value == NULL || strcasecmp(value, spec->default_text) == 0)
			continue;
		config_fault_together(loader, "%s=%s does not go with bigquery.dataset yet: the loader reads what %s "
							  "writes; take one of the two out", name, value, spec->default_text);
	}
	tell_relied_on(&loader->owned->config, relied_on_by_loader, COUNT_OF(relied_on_by_loader));
}

static void
check_whole(ConfigLoader *loader)
{
	bool		captures = is_given(loader, "database.hostname") ||
	!is_given(loader, "bigquery.dataset");

	check_destination(loader);
	config_check_filters(loader);
	check_capture(loader);
	settle_format(loader, captures && loader->owned->config.sink != CONFIG_SINK_STDOUT);
	demand(loader, "topic.prefix", "add the first part of every topic's name");
	if (is_given(loader, "bigquery.dataset"))
	{
		check_loader_understands(loader);
		demand(loader, "bigquery.project", "add the Google Cloud project of the dataset");
		check_token_file(loader);
		if (!loader->owned->config.format.walferry_headers)
			config_fault_together(loader, "walferry.headers.enabled=false does not go with bigquery.dataset: "
								  "the loader learns the types of a record's columns from its headers; take "
								  "one of the two out");
	}

	for (int i = 0; i < demanded_setting_count; i++)
	{
		const DemandedSetting *demanded = &demanded_settings[i];

		if (is_given(loader, demanded->name) || (demanded->capture_only && !captures))
			continue;
		config_fault(loader, "%s must be given, because %s: add the line %s", demanded->name,
					 demanded->reason, demanded->line);
	}
}

/* Values that follow from others. */
static void
derive(ConfigLoader *loader)
{
	Config	   *config = &loader->owned->config;
	const char *emulator = getenv("BIGQUERY_EMULATOR_HOST");
	char		text[2048];
	char		shown[CONFIG_SHOWN_SIZE];
	char	   *kept;

	if (is_given(loader, "publication.name"))
		config->publication_settings = is_given(loader, "publication.autocreate.mode") ?
			"publication.name and publication.autocreate.mode" : "publication.name";
	else if (is_given(loader, "publication.autocreate.mode"))
		config->publication_settings = "publication.autocreate.mode";
	if (emulator != NULL && emulator[0] != '\0' && !is_given(loader, "bigquery.endpoint"))
	{
		snprintf(text, sizeof(text), "%s%s", strstr(emulator, "://") != NULL ? "" : "http://",
				 emulator);
		if (!config_is_url(text))
			config_fault(loader, "environment variable BIGQUERY_EMULATOR_HOST is \"%s\", but it takes "
						 "host:port or " CONFIG_URL_WISH, config_shorten(emulator, shown));
		config->bigquery_endpoint = config_keep(loader, strdup(text));
	}
	for (int i = 0; i < 2; i++)
	{
		const char **endpoint = i == 0 ? &config->bigquery_endpoint :
		&config->bigquery_grpc_endpoint;
		size_t		length = *endpoint == NULL ? 0 : strlen(*endpoint);

		while (length > 0 && (*endpoint)[length - 1] == '/')
			length--;
		kept = *endpoint == NULL ? NULL : config_keep(loader, strndup(*endpoint, length));
		if (kept != NULL)
			*endpoint = kept;
	}
	if (config->bigquery_dataset != NULL && config->bigquery_consumer_group == NULL)
	{
		snprintf(text, sizeof(text), "walferry-%s-%s", config->format.topic_prefix.bytes,
				 config->bigquery_dataset);
		config->bigquery_consumer_group = config_keep(loader, strdup(text));
	}
}

/* Frees all but the configuration, and that, too, if there were faults. */
static Config *
end_load(ConfigLoader *loader)
{
	wf_rules_free(&loader->rules);
	heap_buffer_free(&loader->ignored);
	free(loader->settings);
	if (loader->faults > 0)
	{
		config_free(&loader->owned->config);
		return NULL;
	}
	return &loader->owned->config;
}

/* plugin.name goes before the others, since it decides what some of them take. */
static void
apply_all(ConfigLoader *loader)
{
	for (int pass = 0; pass < 2; pass++)
	{
		for (int i = 0; i < loader->setting_count; i++)
		{
			const ConfigSetting *setting = &loader->settings[i];
			bool		is_first = strcmp(setting->name, "plugin.name") == 0;

			if (setting->raw != NULL && setting->origin != NULL && is_first == (pass == 0))
				config_apply(loader, setting);
		}
		if (pass == 0)
			config_settle_plugin(loader);
	}
}

static Config *
load(const char *path, bool lenient, bool source_only)
{
	ConfigLoader loader = {.lenient = lenient};

	loader.owned = calloc(1, sizeof(OwnedConfig));
	if (loader.owned == NULL)
		return NULL;
	heap_buffer_init(&loader.ignored, CONFIG_VALUE_BYTES_MAX);
	if (!config_begin_filters(&loader))
		return end_load(&loader);

	/* without the file every further sentence would be noise */
	if (path != NULL && !config_gather_file(&loader, path))
		return end_load(&loader);
	if (!config_gather_environment(&loader))
		return end_load(&loader);
	config_apply_defaults(&loader);
	apply_all(&loader);
	config_check_plugin(&loader);
	if (source_only)
		check_source(&loader);
	else
		check_whole(&loader);
	derive(&loader);

	if (loader.ignored.length > 0 && loader.faults == 0)
	{
		wf_buffer_append_char(&loader.ignored, '\0');
		if (loader.ignored.error == WF_BUFFER_OK)
			log_write(LOG_LEVEL_WARNING, "config",
					  "settings without effect on what is written here are ignored",
					  log_text("names", loader.ignored.data));
	}
	return end_load(&loader);
}

Config *
config_load(const char *path, bool lenient)
{
	return load(path, lenient, false);
}

Config *
config_load_source(const char *path, bool lenient)
{
	return load(path, lenient, true);
}

const char *
config_kafka_property(const Config *config, const char *name)
{
	for (int i = 0; i < config->kafka_property_count; i++)
	{
		if (strcmp(config->kafka_properties[i].name, name) == 0)
			return config->kafka_properties[i].value;
	}
	return NULL;
}

int64_t
config_kafka_number(const Config *config, const char *name, int64_t otherwise)
{
	const char *value = config_kafka_property(config, name);

	return value != NULL ? strtoll(value, NULL, 10) : otherwise;
}

void
config_free(Config *config)
{
	OwnedConfig *owned = (OwnedConfig *) config;

	if (owned == NULL)
		return;
	for (int i = 0; i < owned->string_count; i++)
	{
		/* passwords are among them */
		explicit_bzero(owned->strings[i], strlen(owned->strings[i]));
		free(owned->strings[i]);
	}
	free(owned->strings);
	free(owned);
}
