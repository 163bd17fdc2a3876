/*
 * config_transforms.c
 *		The chain of transforms in the configuration.
 *
 * With plugin.name=walferry the plugin carries it out; here it is only read, to tell
 * what is wrong before anything is connected, and made fit for the way there:
 * START_REPLICATION cuts the names of options, so where one would be too long the
 * transform or predicate is given a short name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_transforms.h"

#include <stdlib.h>
#include <string.h>

#include "envelope/complaint.h"
#include "envelope/event.h"
#include "envelope/unwrap_settings.h"
#include "heap_buffer.h"
#include "heap_memory.h"
#include "log.h"

#define ERROR_BYTES_MAX 4096
#define SESSION_TEXT_BYTES_MAX (16 * 1024 * 1024)

/* Bytes of an option's name that the plugin takes: below NAMEDATALEN - 1. */
#define OPTION_NAME_MAX 62

#define SHORT_NAME_SIZE 16

/* A list of names, transforms or predicates, and how they are called on the way. */
typedef struct NameList
{
	const char *list;			/* as configured; may be NULL */
	const char *prefix;
	char		letter;			/* that short names begin with */
} NameList;

static bool
is_same(WfSlice alias, const char *text)
{
	return strlen(text) == alias.length && memcmp(text, alias.data, alias.length) == 0;
}

static bool
has_name(const char *list, const char *name)
{
	WfSlice		alias;

	while (wf_transforms_next_alias(&list, &alias))
		if (is_same(alias, name))
			return true;
	return false;
}

static bool
is_too_long(const NameList *names, WfSlice alias, const WfSettings *settings)
{
	for (int i = 0; i < settings->count; i++)
	{
		const char *name = settings->entries[i].name;
		const char *setting;
		WfSlice		owner;

		if (wf_transforms_owner(names->list, names->prefix, name, &owner, &setting) &&
			owner.data == alias.data && strlen(name) > OPTION_NAME_MAX)
			return true;
	}
	return false;
}

/*
 * What the plugin is to call an alias, one of the list's own slices: itself, or
 * a name in room that is nobody else's.
 */
static WfSlice
name_on_the_way(const NameList *names, WfSlice alias, const WfSettings *settings,
				char room[SHORT_NAME_SIZE])
{
	const char *list = names->list;
	WfSlice		other;
	int			number = 0;

	if (!is_too_long(names, alias, settings))
		return alias;
	while (wf_transforms_next_alias(&list, &other))
	{
		/* each name of the list takes a number, so that no two get the same */
		do
			snprintf(room, SHORT_NAME_SIZE, "%c%d", names->letter, ++number);
		while (has_name(names->list, room));
		if (other.data == alias.data)
			break;
	}
	return wf_slice(room, strlen(room));
}

/* The list with the names as they are sent; NULL, having told, if there was no memory. */
static const char *
list_on_the_way(ConfigLoader *loader, const NameList *names, const WfSettings *settings)
{
	const char *list = names->list;
	char		room[SHORT_NAME_SIZE];
	const char *kept = NULL;
	WfBuffer	text;
	WfSlice		alias;

	heap_buffer_init(&text, WF_OPTION_LIST_MAX);
	while (wf_transforms_next_alias(&list, &alias))
	{
		if (text.length > 0)
			wf_buffer_append_char(&text, ',');
		wf_buffer_append_slice(&text, name_on_the_way(names, alias, settings, room));
	}
	wf_buffer_append_char(&text, '\0');
	if (text.error == WF_BUFFER_OK)
		kept = config_keep(loader, strdup(text.data));
	heap_buffer_free(&text);
	return kept;
}

/* The alias of the list that is called name; the list's own slice. */
static bool
find_alias(const char *list, const char *name, WfSlice *alias)
{
	WfSlice		wanted = wf_slice_trim(wf_slice(name, strlen(name)));

	while (wf_transforms_next_alias(&list, alias))
		if (alias->length == wanted.length &&
			memcmp(alias->data, wanted.data, wanted.length) == 0)
			return true;
	return false;
}

static void
send_setting(ConfigLoader *loader, const NameList *names, const NameList *predicates,
			 const WfSetting *setting)
{
	Config	   *config = &loader->owned->config;
	const WfSettings *settings = &config->format.transform_settings;
	WfSetting  *sent = &config->transform_settings.entries[config->transform_settings.count];
	char		name_room[SHORT_NAME_SIZE];
	char		value_room[SHORT_NAME_SIZE];
	char		name[OPTION_NAME_MAX + WF_TRANSFORM_ALIAS_MAX];
	const char *rest;
	WfSlice		alias;
	WfSlice		value = wf_slice(setting->value, strlen(setting->value));

	if (!wf_transforms_owner(names->list, names->prefix, setting->name, &alias, &rest))
		return;					/* switched off */
	if (strcmp(rest, "predicate") == 0 && find_alias(predicates->list, setting->value, &value))
		value = name_on_the_way(predicates, value, settings, value_room);
	alias = name_on_the_way(names, alias, settings, name_room);
	snprintf(name, sizeof(name), "%s%.*s.%s", names->prefix, (int) alias.length, alias.data, rest);
	sent->name = config_keep(loader, strdup(name));
	sent->value = config_keep(loader, strndup(value.data, value.length));
	if (sent->name != NULL && sent->value != NULL)
		config->transform_settings.count++;
}

static void
send_chain(ConfigLoader *loader)
{
	Config	   *config = &loader->owned->config;
	const WfSettings *settings = &config->format.transform_settings;
	const NameList transforms = {config->format.transforms, WF_TRANSFORMS_PREFIX, 't'};
	const NameList predicates = {config->format.predicates, WF_PREDICATES_PREFIX, 'p'};

	config->transform_settings.count = 0;
	for (int i = 0; i < settings->count; i++)
	{
		send_setting(loader, &transforms, &predicates, &settings->entries[i]);
		send_setting(loader, &predicates, &predicates, &settings->entries[i]);
	}
	if (transforms.list != NULL)
		config_tell_plugin(config, "transforms", list_on_the_way(loader, &transforms, settings));
	if (predicates.list != NULL)
		config_tell_plugin(config, "predicates", list_on_the_way(loader, &predicates, settings));
}

/* As with other settings that do nothing, the user is told. */
static void
note_switched_off(ConfigLoader *loader, const WfOptions *format)
{
	for (int i = 0; i < format->transform_settings.count; i++)
	{
		const char *name = format->transform_settings.entries[i].name;
		const char *rest;
		WfSlice		alias;

		if (wf_transforms_owner(format->transforms, WF_TRANSFORMS_PREFIX, name, &alias, &rest) ||
			wf_transforms_owner(format->predicates, WF_PREDICATES_PREFIX, name, &alias, &rest))
			continue;
		if (loader->ignored.length > 0)
			wf_buffer_append_literal(&loader->ignored, ", ");
		wf_buffer_append(&loader->ignored, name, strlen(name));
	}
}

/*
 * Plans the topics that a session has whatever its tables, as the plugin does when one
 * begins: what it would refuse is known without a server.
 */
static bool
check_topics(const WfOptions *format, WfTransforms *transforms, WfBuffer *error)
{
	WfSession  *session = calloc(1, sizeof(*session));
	WfBuffer	text;
	WfBuffer	routed_topics = {0};	/* rows are needed for one */
	bool		well = session != NULL;

	heap_buffer_init(&text, SESSION_TEXT_BYTES_MAX);
	if (well)
	{
		session->output = WF_OUTPUT_FRAME;
		session->options = *format;
		session->transforms = transforms->count > 0 ? transforms : NULL;
		session->text = &text;
		session->routed_topics = &routed_topics;
		session->error = error;
		well = wf_session_init(session);
	}
	if (!well && error->length == 0)
		wf_buffer_append_literal(error, "out of memory while transforms were read");
	heap_buffer_free(&text);
	free(session);
	return well;
}

void
config_check_transforms(ConfigLoader *loader)
{
	const WfOptions *format = &loader->owned->config.format;
	WfTransforms *transforms = malloc(sizeof(*transforms));
	WfBuffer	error;

	heap_buffer_init(&error, ERROR_BYTES_MAX);
	if (config_is_full(loader, WF_TRANSFORM_SETTINGS))
	{
		/* those that found no room would be said to be missing */
		if (!wf_transforms_check_names(format, &error))
			config_fault_together(loader, "%.*s", (int) error.length, error.data);
	}
	else if (transforms == NULL || !wf_transforms_init(transforms, &heap_memory))
		config_fault(loader, "out of memory while transforms were read");
	else
	{
		if (!wf_transforms_read(transforms, format, &error) ||
			!check_topics(format, transforms, &error))
			config_fault_together(loader, "%.*s", (int) error.length, error.data);
		else
		{
			note_switched_off(loader, format);
			send_chain(loader);
		}
		wf_transforms_free(transforms);
	}
	free(transforms);
	heap_buffer_free(&error);
}

void
config_check_transforms_load(ConfigLoader *loader)
{
	const WfOptions *format = &loader->owned->config.format;

	for (int i = 0; i < format->transform_settings.count; i++)
	{
		const WfSetting *setting = &format->transform_settings.entries[i];
		const char *class_name = wf_transform_types[WF_TRANSFORM_CHANGED].class_name;
		const char *rest;
		WfSlice		alias;

		if (wf_transforms_owner(format->transforms, WF_TRANSFORMS_PREFIX, setting->name, &alias,
								&rest) &&
			strcmp(rest, "type") == 0 && strcmp(setting->value, class_name) != 0)
			config_fault_together(loader, "%s=%s does not go with bigquery.dataset: the loader reads whole "
								  "envelopes in the topics of their tables; take one of the two out",
								  setting->name, setting->value);
	}
}

/* Debezium passes over such an item without a word, so a fault would be too much. */
static void
warn_unknown_member(const WfTransform *transform, const char *setting, WfSlice item)
{
	char		name[WF_TRANSFORM_ALIAS_MAX + 64];
	char		member[WF_COMPLAINT_VALUE_MAX + 1];

	if (item.length == 0)
		return;
	snprintf(name, sizeof(name), WF_TRANSFORMS_PREFIX "%.*s.%s", (int) transform->alias.length,
			 transform->alias.data, setting);
	snprintf(member, sizeof(member), "%.*s", (int) item.length, item.data);
	log_write(LOG_LEVEL_WARNING, "config",
			  "a transform's setting names a member that no event has, and nothing is added for it: "
			  "members are op and the three ts_, those of source and of transaction by their own "
			  "names, and columns as before.NAME and after.NAME",
			  log_text("setting", name), log_text("member", member));
}

bool
config_read_transforms(const Config *config, WfTransforms *transforms, WfBuffer *error)
{
	if (!wf_transforms_init(transforms, &heap_memory))
	{
		wf_buffer_append_literal(error, "out of memory while transforms were read");
		return false;
	}
	if (!wf_transforms_read(transforms, &config->format, error))
	{
		wf_transforms_free(transforms);
		return false;
	}
	for (int i = 0; i < transforms->count; i++)
	{
		const WfTransform *transform = &transforms->transforms[i];

		if (transform->unwrap == NULL)
			continue;
		warn_unknown_member(transform, "add.fields", transform->unwrap->unknown_field);
		warn_unknown_member(transform, "add.headers", transform->unwrap->unknown_header);
	}
	return true;
}
