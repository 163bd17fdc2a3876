/*
 * config.c
 *		Reads the configuration, and says everything that is wrong with it at once.
 *
 * Three layers, the later over the earlier: the file, WALFERRY_CONFIG (a whole
 * file as text), WALFERRY_<NAME> for single settings.  All are gathered first as
 * name, raw value and origin; then each is resolved (${file:…}, ${env:…}),
 * looked up in the tables and set; then what is missing is looked for.  A fault
 * never ends the work, it is told and counted.
 *
 * Messages show the raw value only: what a ${…} stands for may be a secret.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <strings.h>

#include <librdkafka/rdkafka.h>

#include "config_resolve.h"
#include "config_table.h"
#include "heap_buffer.h"
#include "log.h"
#include "properties.h"

#define SENTENCE_BYTES_MAX 1900
#define SHOWN_VALUE_BYTES_MAX 200
#define ENVIRONMENT_PREFIX "WALFERRY_"
#define KAFKA_PREFIX "kafka."

extern char **environ;

typedef struct Setting
{
	char	   *name;
	char	   *raw;
	char	   *origin;			/* "walferry.properties:12" */
} Setting;

/* What config_load() returns a pointer into; owns all the strings. */
typedef struct OwnedConfig
{
	Config		config;			/* first, so that the pointers are the same */
	char	  **strings;
	int			string_count;
} OwnedConfig;

typedef struct Loader
{
	OwnedConfig *owned;
	Setting    *settings;
	int			setting_count;
	bool		lenient;
	int			faults;
	WfBuffer	ignored;		/* names without effect, joined */
} Loader;

static void fault(Loader *loader, const char *format,...)
			__attribute__((format(printf, 2, 3)));

static void
fault(Loader *loader, const char *format,...)
{
	char		sentence[SENTENCE_BYTES_MAX];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	log_write(LOG_LEVEL_ERROR, "config", sentence);
	loader->faults++;
}

static char *
keep(Loader *loader, char *text)
{
	OwnedConfig *owned = loader->owned;
	char	  **strings;

	if (text == NULL)
	{
		fault(loader, "out of memory while reading the configuration");
		return NULL;
	}
	strings = realloc(owned->strings, sizeof(char *) * (size_t) (owned->string_count + 1));
	if (strings == NULL)
	{
		free(text);
		fault(loader, "out of memory while reading the configuration");
		return NULL;
	}
	owned->strings = strings;
	strings[owned->string_count++] = text;
	return text;
}

/* ---- gathering ---------------------------------------------------------- */

static void
gather(Loader *loader, const char *name, const char *raw, const char *source, int line)
{
	Setting    *setting = NULL;
	Setting    *settings;
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
						   sizeof(Setting) * (size_t) (loader->setting_count + 1));
		if (settings == NULL)
		{
			fault(loader, "out of memory while reading the configuration");
			return;
		}
		loader->settings = settings;
		setting = &settings[loader->setting_count];
		setting->name = keep(loader, strdup(name));
		if (setting->name == NULL)
			return;
		loader->setting_count++;
	}
	setting->raw = keep(loader, strdup(raw));
	setting->origin = keep(loader, strdup(origin));
}

static void
gather_text(Loader *loader, const char *source, const char *text, size_t length)
{
	Properties	properties;

	if (!properties_parse(&properties, text, length))
		fault(loader, "%s:%d: %s", source, properties.error_line, properties.error);
	for (int i = 0; i < properties.count; i++)
	{
		const Property *entry = &properties.entries[i];

		for (int j = i + 1; j < properties.count; j++)
		{
			if (strcmp(entry->name, properties.entries[j].name) == 0)
			{
				log_write(LOG_LEVEL_WARNING, "config",
						  "a setting is given twice; the later one holds",
						  log_text("name", entry->name), log_text("file", source),
						  log_int("line", entry->line),
						  log_int("later_line", properties.entries[j].line));
				break;
			}
		}
		gather(loader, entry->name, entry->value, source, entry->line);
	}
	properties_free(&properties);
}

static bool
gather_file(Loader *loader, const char *path)
{
	WfBuffer	text;
	char		error[256];
	bool		ok;

	heap_buffer_init(&text, CONFIG_FILE_BYTES_MAX);
	ok = config_read_file(path, &text, error, sizeof(error));
	if (!ok)
		fault(loader, "cannot read the configuration file \"%s\": %s", path, error);
	else if (text.length > 0)
		gather_text(loader, path, text.data, text.length);
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

/* Number of single-character edits between two names, up to 64 bytes each. */
static int
edit_distance(const char *a, const char *b)
{
	int			row[65];
	int			length = (int) strlen(b);

	if (length > 64 || strlen(a) > 64)
		return 64;
	for (int j = 0; j <= length; j++)
		row[j] = j;
	for (int i = 1; a[i - 1] != '\0'; i++)
	{
		int			diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= length; j++)
		{
			int			change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < change)
				change = row[j] + 1;
			if (row[j - 1] + 1 < change)
				change = row[j - 1] + 1;
			row[j] = change;
		}
	}
	return row[length];
}

/* The known name nearest to an unknown one, or NULL if none is near. */
static const char *
nearest_name(const char *name, bool as_environment)
{
	const char *nearest = NULL;
	int			least = (int) strlen(name) / 3 + 1;
	char		candidate[256];

	for (int table = 0; table < NAME_TABLES; table++)
	{
		for (int i = 0; all_names[table] (i) != NULL; i++)
		{
			const char *known = all_names[table] (i);
			int			distance;

			if (strchr(known, '*') != NULL)
				continue;
			if (as_environment)
				environment_name(known, candidate, sizeof(candidate));
			distance = edit_distance(name, as_environment ? candidate : known);
			if (distance < least)
			{
				least = distance;
				nearest = known;
			}
		}
	}
	return nearest;
}

static void
unknown(Loader *loader, const char *sentence)
{
	if (loader->lenient)
		log_write(LOG_LEVEL_WARNING, "config", sentence);
	else
		fault(loader, "%s", sentence);
}

static void
gather_environment_variable(Loader *loader, const char *variable, const char *value)
{
	const char *suffix = variable + strlen(ENVIRONMENT_PREFIX);
	char		candidate[256];
	char		sentence[SENTENCE_BYTES_MAX];
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
	nearest = nearest_name(suffix, true);
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
	unknown(loader, sentence);
}

static void
gather_environment(Loader *loader)
{
	const char *whole = getenv(ENVIRONMENT_PREFIX "CONFIG");

	if (whole != NULL && strlen(whole) > CONFIG_FILE_BYTES_MAX)
		fault(loader, ENVIRONMENT_PREFIX "CONFIG holds more than %d bytes", CONFIG_FILE_BYTES_MAX);
	else if (whole != NULL)
		gather_text(loader, ENVIRONMENT_PREFIX "CONFIG", whole, strlen(whole));

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
}

/* ---- setting ------------------------------------------------------------ */

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

/* name is "value": or, for a secret, only the name */
static const char *
show(const Setting *setting, bool secret, char *text, size_t size)
{
	if (secret)
		snprintf(text, size, "the value of %s (not shown)", setting->name);
	else
		snprintf(text, size, "%s is \"%.*s\"", setting->name, SHOWN_VALUE_BYTES_MAX, setting->raw);
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
 * Sets a member from value.  On false, allowed says what the setting takes.
 */
static bool
set_spec(Loader *loader, const ConfigSpec *spec, char *value, char *allowed, size_t allowed_size)
{
	void	   *member = (char *) &loader->owned->config + spec->offset;
	int64_t		integer;
	int			index;
	const char *wish;

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
			if (!one_of(spec->choices, value, &index))
			{
				if (strchr(spec->choices, '|') == NULL)
					snprintf(allowed, allowed_size, "only %s so far", spec->choices);
				else
					snprintf(allowed, allowed_size, "one of %s", spec->choices);
				return false;
			}
			if (spec->offset != CONFIG_NOWHERE)
				*(int *) member = index;
			return true;
	}
	return false;
}

static void
apply_own(Loader *loader, const Setting *setting, const ConfigSpec *spec, char *value)
{
	char		allowed[256];
	char		shown[512];

	if (!set_spec(loader, spec, value, allowed, sizeof(allowed)))
		fault(loader, "%s: %s, but it takes %s", setting->origin,
			  show(setting, spec->secret, shown, sizeof(shown)), allowed);
}

static void
apply_format(Loader *loader, const Setting *setting, const WfOptionSpec *spec, const char *value)
{
	WfBuffer	allowed;
	char		shown[512];

	heap_buffer_init(&allowed, 4096);
	if (!wf_option_set(spec, value, &loader->owned->config.format, &allowed))
		fault(loader, "%s: %s, but it takes %.*s", setting->origin,
			  show(setting, false, shown, sizeof(shown)), (int) allowed.length, allowed.data);
	else
		loader->owned->config.format_values[spec - wf_format_options] = value;
	heap_buffer_free(&allowed);
}

static void
apply_debezium(Loader *loader, const Setting *setting, const DebeziumSetting *debezium,
			   const char *value)
{
	char		shown[512];
	int			index;

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
			fault(loader, "%s: %s is not supported yet; without it the events would differ from what "
				  "it asks for, so it must be removed", setting->origin, setting->name);
		return;
	}
	if (!one_of(debezium->allowed, value, &index))
		fault(loader, "%s: %s, but it takes only %s so far", setting->origin,
			  show(setting, false, shown, sizeof(shown)), debezium->allowed);
}

/* librdkafka itself says whether it knows the property and takes the value. */
static void
apply_kafka(Loader *loader, const Setting *setting, const char *value)
{
	Config	   *config = &loader->owned->config;
	const char *name = setting->name + strlen(KAFKA_PREFIX);
	char		error[512];
	rd_kafka_conf_t *probe;
	rd_kafka_conf_res_t result;

	for (int i = 0; i < kafka_reserved_count; i++)
	{
		if (strcmp(kafka_reserved[i].name, name) == 0)
		{
			fault(loader, "%s: %s cannot be set: %s", setting->origin, setting->name,
				  kafka_reserved[i].reason);
			return;
		}
	}

	probe = rd_kafka_conf_new();
	result = rd_kafka_conf_set(probe, name, value, error, sizeof(error));
	rd_kafka_conf_destroy(probe);
	if (result == RD_KAFKA_CONF_UNKNOWN)
	{
		char		sentence[SENTENCE_BYTES_MAX];

		snprintf(sentence, sizeof(sentence), "%s: %s is no setting of librdkafka (%s)",
				 setting->origin, setting->name, rd_kafka_version_str());
		unknown(loader, sentence);
		return;
	}
	if (result != RD_KAFKA_CONF_OK)
	{
		fault(loader, "%s: %s is not taken by librdkafka: %s", setting->origin, setting->name,
			  sounds_secret(name) ? "invalid value (not shown)" : error);
		return;
	}
	if (config->kafka_property_count >= CONFIG_KAFKA_PROPERTIES_MAX)
	{
		fault(loader, "%s: there are more than %d settings of kafka.*", setting->origin,
			  CONFIG_KAFKA_PROPERTIES_MAX);
		return;
	}
	config->kafka_properties[config->kafka_property_count++] = (ConfigProperty) {name, value};
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
apply_unknown(Loader *loader, const Setting *setting)
{
	char		sentence[SENTENCE_BYTES_MAX];
	const char *nearest = nearest_name(setting->name, false);

	if (nearest != NULL)
		snprintf(sentence, sizeof(sentence), "%s: unknown setting %s; did you mean %s?",
				 setting->origin, setting->name, nearest);
	else
		snprintf(sentence, sizeof(sentence), "%s: unknown setting %s", setting->origin,
				 setting->name);
	unknown(loader, sentence);
}

static void
apply(Loader *loader, const Setting *setting)
{
	const ConfigSpec *own = find_own(setting->name);
	const WfOptionSpec *format = wf_option_find(wf_format_options, wf_format_option_count,
												setting->name);
	const DebeziumSetting *debezium = find_debezium(setting->name);
	char		error[512];
	char	   *value = config_resolve(setting->raw, error, sizeof(error));

	if (value == NULL)
	{
		fault(loader, "%s: the value of %s cannot be had: %s", setting->origin, setting->name,
			  error);
		return;
	}
	if (keep(loader, value) == NULL)
		return;

	if (own != NULL)
		apply_own(loader, setting, own, value);
	else if (format != NULL)
		apply_format(loader, setting, format, value);
	else if (strncmp(setting->name, KAFKA_PREFIX, strlen(KAFKA_PREFIX)) == 0)
		apply_kafka(loader, setting, value);
	else if (debezium != NULL)
		apply_debezium(loader, setting, debezium, value);
	else
		apply_unknown(loader, setting);
}

static void
apply_defaults(Loader *loader)
{
	char		allowed[256];

	wf_options_set_defaults(wf_format_options, wf_format_option_count,
							&loader->owned->config.format);
	for (int i = 0; i < wf_format_option_count && i < CONFIG_FORMAT_OPTIONS_MAX; i++)
		loader->owned->config.format_values[i] = wf_format_options[i].default_text;
	for (int i = 0; i < config_spec_count; i++)
	{
		char	   *value;

		if (config_specs[i].default_text == NULL)
			continue;
		value = keep(loader, strdup(config_specs[i].default_text));
		if (value != NULL && !set_spec(loader, &config_specs[i], value, allowed, sizeof(allowed)))
			fault(loader, "the default of %s is not what it takes: %s", config_specs[i].name, allowed);
	}
}

/* ---- the whole ---------------------------------------------------------- */

static bool
is_given(const Loader *loader, const char *name)
{
	for (int i = 0; i < loader->setting_count; i++)
	{
		if (strcmp(loader->settings[i].name, name) == 0)
			return true;
	}
	return false;
}

static void
demand(Loader *loader, const char *name, const char *why)
{
	if (!is_given(loader, name))
		fault(loader, "%s is missing: %s", name, why);
}

static void
check_destination(Loader *loader)
{
	const Config *config = &loader->owned->config;

	if (config->sink == CONFIG_SINK_STDOUT)
	{
		if (is_given(loader, "kafka.bootstrap.servers"))
			fault(loader, "sink=stdout and kafka.bootstrap.servers exclude each other; remove one");
		if (is_given(loader, "bigquery.dataset"))
			fault(loader, "sink=stdout and bigquery.dataset exclude each other; remove one");
	}
	else if (!is_given(loader, "kafka.bootstrap.servers"))
		fault(loader, "there is no destination, so nothing was read from the slot: add "
			  "kafka.bootstrap.servers=host:port (or sink=stdout to print the events)");
}

static void
check_capture(Loader *loader)
{
	const Config *config = &loader->owned->config;

	if (!is_given(loader, "database.hostname"))
	{
		if (!is_given(loader, "bigquery.dataset") || is_given(loader, "database.dbname") ||
			is_given(loader, "slot.name") || config->sink == CONFIG_SINK_STDOUT)
			fault(loader, "database.hostname is missing: add the host of the PostgreSQL server whose "
				  "changes are to be captured");
		return;
	}
	demand(loader, "database.user", "add the role that reads the slot");
	demand(loader, "database.dbname", "add the database whose changes are to be captured");
}

static void
check_whole(Loader *loader)
{
	bool		captures = is_given(loader, "database.hostname") ||
		!is_given(loader, "bigquery.dataset");

	check_destination(loader);
	check_capture(loader);
	demand(loader, "topic.prefix", "add the first part of every topic's name");
	if (is_given(loader, "bigquery.dataset"))
		demand(loader, "bigquery.project", "add the Google Cloud project of the dataset");

	for (int i = 0; i < demanded_setting_count; i++)
	{
		const DemandedSetting *demanded = &demanded_settings[i];

		if (is_given(loader, demanded->name) || (demanded->capture_only && !captures) ||
			(demanded->instead != NULL && is_given(loader, demanded->instead)))
			continue;
		fault(loader, "%s must be given, because %s: add the line %s", demanded->name,
			  demanded->reason, demanded->line);
	}
}

/* Values that follow from others. */
static void
derive(Loader *loader)
{
	Config	   *config = &loader->owned->config;
	const char *emulator = getenv("BIGQUERY_EMULATOR_HOST");
	char		text[1024];
	char	   *kept;

	if (emulator != NULL && emulator[0] != '\0' && !is_given(loader, "bigquery.endpoint"))
	{
		snprintf(text, sizeof(text), "%s%s", strstr(emulator, "://") != NULL ? "" : "http://",
				 emulator);
		config->bigquery_endpoint = keep(loader, strdup(text));
	}
	for (int i = 0; i < 2; i++)
	{
		const char **endpoint = i == 0 ? &config->bigquery_endpoint :
			&config->bigquery_grpc_endpoint;
		size_t		length = *endpoint == NULL ? 0 : strlen(*endpoint);

		while (length > 0 && (*endpoint)[length - 1] == '/')
			length--;
		kept = *endpoint == NULL ? NULL : keep(loader, strndup(*endpoint, length));
		if (kept != NULL)
			*endpoint = kept;
	}
	if (config->bigquery_dataset != NULL && config->bigquery_consumer_group == NULL)
	{
		snprintf(text, sizeof(text), "walferry-%s-%s", config->format.topic_prefix.bytes,
				 config->bigquery_dataset);
		config->bigquery_consumer_group = keep(loader, strdup(text));
	}
}

Config *
config_load(const char *path, bool lenient)
{
	Loader		loader = {.lenient = lenient};

	loader.owned = calloc(1, sizeof(OwnedConfig));
	if (loader.owned == NULL)
		return NULL;
	heap_buffer_init(&loader.ignored, CONFIG_VALUE_BYTES_MAX);

	/* without the file every further sentence would be noise */
	if (path != NULL && !gather_file(&loader, path))
	{
		config_free(&loader.owned->config);
		heap_buffer_free(&loader.ignored);
		return NULL;
	}
	gather_environment(&loader);
	apply_defaults(&loader);
	for (int i = 0; i < loader.setting_count; i++)
	{
		if (loader.settings[i].raw != NULL && loader.settings[i].origin != NULL)
			apply(&loader, &loader.settings[i]);
	}
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
	heap_buffer_free(&loader.ignored);
	free(loader.settings);
	if (loader.faults > 0)
	{
		config_free(&loader.owned->config);
		return NULL;
	}
	return &loader.owned->config;
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
