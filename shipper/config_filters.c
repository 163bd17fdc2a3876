/*
 * config_filters.c
 *		Filters and masks in the configuration.
 *
 * The plugin acts on them, so that what is masked does not leave the server;
 * here they are only read, to tell what is wrong, and where, before anything is
 * connected.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_filters.h"

#include <stdlib.h>
#include <string.h>

#include "envelope/rules.h"
#include "heap_buffer.h"
#include "heap_memory.h"

#define HASH_PREFIX "column.mask.hash."

#define HASH_FORM HASH_PREFIX "v2.ALGORITHM" CONFIG_SALT_PART "@NAME=list"

#define ERROR_BYTES_MAX 4096

/* Numbers below are left to whoever writes the plugin's form. */
#define FIRST_NUMBER 1001

/* The first number that no other setting of this version has. */
static int
free_number(const WfSettings *settings, const char *version)
{
	char		name[64];
	int			number = FIRST_NUMBER - 1;
	bool		taken = true;

	while (taken)
	{
		snprintf(name, sizeof(name), HASH_PREFIX "%s.%d", version, ++number);
		taken = false;
		for (int i = 0; i < settings->count; i++)
			taken = taken || strcmp(settings->entries[i].name, name) == 0;
	}
	return number;
}

/* v1 or v2, and perhaps a number: whose value has the algorithm and the salt's name. */
static bool
is_form_of_plugin(const char *rest)
{
	if (strncmp(rest, "v1", 2) != 0 && strncmp(rest, "v2", 2) != 0)
		return false;
	return rest[2] == '\0' ||
		(rest[2] == '.' && rest[3 + strspn(rest + 3, "0123456789")] == '\0');
}

bool
config_apply_hash(ConfigLoader *loader, const ConfigSetting *setting, const char *value)
{
	WfSettings *settings = &loader->owned->config.format.settings;
	const char *algorithm = setting->name + strlen(HASH_PREFIX);
	const char *salt;
	const char *version = "v1";
	char		name[64];
	char	   *option;
	size_t		size;

	if (strncmp(setting->name, HASH_PREFIX, strlen(HASH_PREFIX)) != 0)
		return false;
	salt = strstr(setting->name, CONFIG_SALT_PART);
	if (salt == NULL && is_form_of_plugin(algorithm))
		return false;
	if (salt == NULL)
	{
		/* the name is not shown: a salt may be part of it */
		config_fault(loader, "%s: a setting that begins with " HASH_PREFIX " names no salt: it is written "
					 HASH_FORM ", and the server has the salt of that name in a file that its setting "
					 "walferry.salts names", setting->origin);
		return true;
	}
	if (strncmp(algorithm, "v2.", 3) == 0)
	{
		version = "v2";
		algorithm += 3;
	}
	if (salt < algorithm || salt[strlen(CONFIG_SALT_PART)] != '@')
	{
		config_fault(loader, "%s: the salt of a setting that begins with " HASH_PREFIX " cannot be handed "
					 "to the plugin, as options are shown in the server's log: write @NAME in its "
					 "place (" HASH_FORM "), and the salt as a line NAME=SALT in a file on the server "
					 "that postgresql.conf names, walferry.salts = 'file:PATH', to be reloaded by "
					 "SELECT pg_reload_conf();", setting->origin);
		return true;
	}
	if (wf_slice_trim(wf_slice_of(value)).length == 0)
		return true;			/* as one that is not given */
	if (settings->count == WF_SETTINGS_MAX)
	{
		config_fault(loader, "%s: there are more than %d masks", setting->origin, WF_SETTINGS_MAX);
		return true;
	}

	snprintf(name, sizeof(name), HASH_PREFIX "%s.%d", version, free_number(settings, version));
	size = strlen(setting->name) + strlen(value) + 16;
	option = malloc(size);
	if (option != NULL)
		snprintf(option, size, "%.*s;salt=%s;%s", (int) (salt - algorithm), algorithm,
				 salt + strlen(CONFIG_SALT_PART), value);
	settings->entries[settings->count].name = config_keep(loader, strdup(name));
	settings->entries[settings->count].value = config_keep(loader, option);
	if (settings->entries[settings->count].name != NULL &&
		settings->entries[settings->count].value != NULL)
	{
		config_check_filter(loader, setting, settings->entries[settings->count].name,
							settings->entries[settings->count].value);
		settings->count++;
	}
	return true;
}

/* Which names there are only the server knows.  host: the setting's name, or NULL. */
static bool
find_salt(void *host, WfSlice text, WfSlice *salt, WfBuffer *error)
{
	const char *name = host;

	*salt = WF_LITERAL("");
	if (text.length > 1 && text.data[0] == '@')
		return true;
	if (name != NULL)
	{
		wf_buffer_append(error, name, strlen(name));
		wf_buffer_append_literal(error, ": ");
	}
	wf_buffer_append_literal(error, "a mask's salt is not of the form salt=@NAME; salts are told to the "
							 "server, in its setting walferry.salts");
	return false;
}

/* Never asked: nothing is hashed here. */
static bool
no_digest(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
		  uint8_t digest[WF_DIGEST_LENGTH_MAX])
{
	(void) algorithm;
	(void) parts;
	(void) part_count;
	(void) digest;
	return false;
}

bool
config_begin_filters(ConfigLoader *loader)
{
	if (wf_rules_init(&loader->rules, &heap_memory, no_digest))
		return true;
	config_fault(loader, "out of memory while filters were read");
	return false;
}

void
config_check_filter(ConfigLoader *loader, const ConfigSetting *setting, const char *option,
					const char *value)
{
	WfBuffer	error;

	heap_buffer_init(&error, ERROR_BYTES_MAX);
	if (!wf_rules_set_as(&loader->rules, option, setting->name, wf_slice_of(value), find_salt,
						 setting->name, &error))
		config_fault(loader, "%s: %.*s", setting->origin, (int) error.length, error.data);
	heap_buffer_free(&error);
}

void
config_check_filters(ConfigLoader *loader)
{
	WfBuffer	error;

	heap_buffer_init(&error, ERROR_BYTES_MAX);
	if (!wf_rules_check(&loader->rules, &error))
		config_fault_together(loader, "%.*s", (int) error.length, error.data);
	heap_buffer_free(&error);
}

bool
config_read_filters(const Config *config, WfRules *rules, WfBuffer *error)
{
	if (!wf_rules_init(rules, &heap_memory, no_digest))
	{
		wf_buffer_append_literal(error, "out of memory while filters were read");
		return false;
	}
	if (wf_rules_read(rules, &config->format, find_salt, NULL, error))
		return true;
	wf_rules_free(rules);
	return false;
}
