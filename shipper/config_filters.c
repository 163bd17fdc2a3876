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

/* How a hash is written in the file: with Debezium's second version and without one. */
#define HASH_FORM HASH_PREFIX "ALGORITHM" CONFIG_SALT_PART "@NAME=list"
#define HASH_FORM_V2 HASH_PREFIX "v2.ALGORITHM" CONFIG_SALT_PART "@NAME=list"

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
	size_t		digits;

	if (strncmp(rest, "v1", 2) != 0 && strncmp(rest, "v2", 2) != 0)
		return false;
	if (rest[2] != '.')
		return rest[2] == '\0';
	digits = strspn(rest + 3, "0123456789");
	return digits > 0 && rest[3 + digits] == '\0';
}

/* A hash in the form of a connector's file: what its name consists of. */
typedef struct HashName
{
	const char *version;		/* as the plugin calls it */
	WfSlice		algorithm;
	const char *salt;			/* @NAME */
} HashName;

/*
 * Cuts the name apart; false, having told, if it is none.  The form that a sentence
 * shows has the version that was written: with another one all hashes would be others.
 * The name itself is not shown, as a salt may be part of it.
 */
static bool
read_hash_name(ConfigLoader *loader, const ConfigSetting *setting, HashName *hash)
{
	const char *rest = setting->name + strlen(HASH_PREFIX);
	const char *salt = strstr(setting->name, CONFIG_SALT_PART);
	bool		is_v2 = strncmp(rest, "v2.", 3) == 0;
	const char *form = is_v2 ? HASH_FORM_V2 : HASH_FORM;

	rest += is_v2 ? 3 : 0;
	if (salt == NULL || salt < rest || strcmp(salt + strlen(CONFIG_SALT_PART), "@") == 0)
		config_fault(loader, "%s: a setting that begins with " HASH_PREFIX " names no %s: it is written "
					 "%s, and the server has the salt of that name in a file that its setting "
					 "walferry.salts names", setting->origin,
					 salt != NULL && salt < rest ? "algorithm" : "salt", form);
	else if (salt[strlen(CONFIG_SALT_PART)] != '@')
		config_fault(loader, "%s: the salt of a setting that begins with " HASH_PREFIX " cannot be handed "
					 "to the plugin, as options are shown in the server's log: write @NAME in its "
					 "place (%s), and the salt as a line NAME=SALT in a file on the server "
					 "that postgresql.conf names, walferry.salts = 'file:PATH', to be reloaded by "
					 "SELECT pg_reload_conf();", setting->origin, form);
	else if (strncmp(rest, "v1.", 3) == 0)
		config_fault(loader, "%s: a setting that begins with " HASH_PREFIX "v1. does not exist: Debezium's first "
					 "version is written without one, " HASH_FORM, setting->origin);
	else if (strchr(setting->name, ';') != NULL)
		config_fault(loader, "%s: the name of a setting that begins with " HASH_PREFIX " has a semicolon, which "
					 "neither an algorithm nor a salt's name can have", setting->origin);
	else
	{
		hash->version = is_v2 ? "v2" : "v1";
		hash->algorithm = wf_slice(rest, (size_t) (salt - rest));
		hash->salt = salt + strlen(CONFIG_SALT_PART);
		return true;
	}
	return false;
}

bool
config_apply_hash(ConfigLoader *loader, const ConfigSetting *setting, const char *value)
{
	WfSettings *settings = &loader->owned->config.format.settings;
	HashName	hash;
	char		name[64];
	char	   *option;
	size_t		size;

	if (strncmp(setting->name, HASH_PREFIX, strlen(HASH_PREFIX)) != 0)
		return false;
	if (strstr(setting->name, CONFIG_SALT_PART) == NULL &&
		is_form_of_plugin(setting->name + strlen(HASH_PREFIX)))
		return false;
	if (!read_hash_name(loader, setting, &hash) ||
		wf_slice_trim(wf_slice_of(value)).length == 0)
		return true;			/* an empty list is as one that is not given */
	if (settings->count == WF_SETTINGS_MAX)
	{
		config_tell_full(loader, setting, WF_FILTERS_AND_MASKS);
		return true;
	}

	snprintf(name, sizeof(name), HASH_PREFIX "%s.%d", hash.version,
			 free_number(settings, hash.version));
	size = strlen(setting->name) + strlen(value) + 16;
	option = malloc(size);
	if (option != NULL)
		snprintf(option, size, "%.*s;salt=%s;%s", (int) hash.algorithm.length, hash.algorithm.data,
				 hash.salt, value);
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

	if (loader->rules.count == WF_RULES_MAX)
	{
		config_tell_full(loader, setting, WF_FILTERS_AND_MASKS);
		return;
	}
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
