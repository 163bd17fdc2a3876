/*
 * config_filters.c
 *		Filters and masks in the configuration.
 *
 * With plugin.name=walferry the plugin acts on them, so that what is masked does not
 * leave the server; here they are only read, to tell what is wrong, and where, before
 * anything is connected.  With pgoutput the shipper acts on them.
 *
 * A salt stands in the name of a setting.  Of pgoutput it is kept apart from the list,
 * which says @NUMBER in its place, so that no sentence about the list can show it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_filters.h"

#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "envelope/complaint.h"
#include "envelope/rules.h"
#include "heap_buffer.h"
#include "heap_memory.h"

#define HASH_PREFIX "column.mask.hash."

/*
 * How a hash is written in the file, with Debezium's second version and without one;
 * and with the salt itself, which pgoutput takes.
 */
#define HASH_FORM HASH_PREFIX "ALGORITHM" CONFIG_SALT_PART "@NAME=list"
#define HASH_FORM_V2 HASH_PREFIX "v2.ALGORITHM" CONFIG_SALT_PART "@NAME=list"
#define PLAIN_FORM HASH_PREFIX "ALGORITHM" CONFIG_SALT_PART "SALT=list"
#define PLAIN_FORM_V2 HASH_PREFIX "v2.ALGORITHM" CONFIG_SALT_PART "SALT=list"

#define SALT_ON_SERVER "the salt @NAME stands in a file on the server, which the plugin walferry " \
	"alone reads; with plugin.name=pgoutput the salt itself is written in its place: "

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
	const char *salt;			/* @NAME; with pgoutput the salt itself */
} HashName;

/* Options are shown in the server's log.  How to have the salt hidden, or without the plugin. */
static void
tell_plain_salt(ConfigLoader *loader, const ConfigSetting *setting, const char *form)
{
	config_fault(loader, "%s: the salt of a setting that begins with " HASH_PREFIX " cannot be handed "
				 "to the plugin, as options are shown in the server's log: write @NAME in its "
				 "place (%s), and the salt as a line NAME=SALT in a file on the server "
				 "that postgresql.conf names, walferry.salts = 'file:PATH', to be reloaded by "
				 "SELECT pg_reload_conf();%s", setting->origin, form,
				 loader->owned->config.plugin == CONFIG_PLUGIN_UNSET ?
				 " or add plugin.name=pgoutput, with which the setting is taken as it is" : "");
}

/* Whether the salt, which is there, can be used with the plugin; else it is told. */
static bool
is_salt_of_plugin(ConfigLoader *loader, const ConfigSetting *setting, const char *salt,
				  const char *form)
{
	bool		is_pgoutput = loader->owned->config.plugin == CONFIG_PLUGIN_PGOUTPUT;

	if (is_pgoutput && salt[0] == '@')
		config_fault(loader, "%s: " SALT_ON_SERVER "%s", setting->origin, form);
	else if (!is_pgoutput && salt[0] != '@')
		tell_plain_salt(loader, setting, form);
	else
		return true;
	return false;
}

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
	bool		is_pgoutput = loader->owned->config.plugin == CONFIG_PLUGIN_PGOUTPUT;
	const char *form = is_pgoutput ? (is_v2 ? PLAIN_FORM_V2 : PLAIN_FORM) :
	(is_v2 ? HASH_FORM_V2 : HASH_FORM);

	rest += is_v2 ? 3 : 0;
	if (salt == NULL || salt < rest ||
		strcmp(salt + strlen(CONFIG_SALT_PART), is_pgoutput ? "" : "@") == 0)
		config_fault(loader, "%s: a setting that begins with " HASH_PREFIX " names no %s: it is written "
					 "%s%s", setting->origin,
					 salt != NULL && salt < rest ? "algorithm" : "salt", form, is_pgoutput ? "" :
					 ", and the server has the salt of that name in a file that its setting "
					 "walferry.salts names");
	else if (!is_salt_of_plugin(loader, setting, salt + strlen(CONFIG_SALT_PART), form))
		return false;
	else if (strncmp(rest, "v1.", 3) == 0)
		config_fault(loader, "%s: a setting that begins with " HASH_PREFIX "v1. does not exist: Debezium's first "
					 "version is written without one, %s", setting->origin, is_pgoutput ? PLAIN_FORM :
					 HASH_FORM);
	else if (memchr(rest, ';', is_pgoutput ? (size_t) (salt - rest) : strlen(rest)) != NULL)
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

/*
 * What stands for the salt in the option: itself if it is a name, else "@" and the
 * number that its option has, by which find_salt() knows it.  NULL, having told, if
 * there was no memory.
 */
static const char *
keep_salt(ConfigLoader *loader, const HashName *hash, int number)
{
	WfSettings *salts = &loader->owned->config.salts;
	char		name[32];
	WfSetting  *kept = &salts->entries[salts->count];

	if (loader->owned->config.plugin != CONFIG_PLUGIN_PGOUTPUT)
		return hash->salt;
	snprintf(name, sizeof(name), "@%s.%d", hash->version, number);
	kept->name = config_keep(loader, strdup(name));
	kept->value = config_keep(loader, strdup(hash->salt));
	if (kept->name == NULL || kept->value == NULL)
		return NULL;
	salts->count++;
	return kept->name;
}

/* Takes the hash as an option of the plugin's form: a list of columns that is not empty. */
static void
add_hash(ConfigLoader *loader, const ConfigSetting *setting, const HashName *hash,
		 const char *value)
{
	WfSettings *settings = &loader->owned->config.format.settings;
	WfSetting  *added = &settings->entries[settings->count];
	int			number = free_number(settings, hash->version);
	const char *salt = keep_salt(loader, hash, number);
	char		name[64];
	char		shown[CONFIG_SHOWN_SIZE];
	ConfigSetting hidden = *setting;
	char	   *option;
	size_t		size;

	if (salt == NULL)
		return;
	snprintf(name, sizeof(name), HASH_PREFIX "%s.%d", hash->version, number);
	size = hash->algorithm.length + strlen(salt) + strlen(value) + 16;
	option = malloc(size);
	if (option != NULL)
		snprintf(option, size, "%.*s;salt=%s;%s", (int) hash->algorithm.length,
				 hash->algorithm.data, salt, value);
	added->name = config_keep(loader, strdup(name));
	added->value = config_keep(loader, option);
	hidden.name = config_keep(loader, strdup(config_shorten(setting->name, shown)));
	if (added->name == NULL || added->value == NULL || hidden.name == NULL)
		return;
	config_check_filter(loader, &hidden, added->name, added->value);
	settings->count++;
}

bool
config_apply_hash(ConfigLoader *loader, const ConfigSetting *setting, const char *value)
{
	HashName	hash;

	if (strncmp(setting->name, HASH_PREFIX, strlen(HASH_PREFIX)) != 0)
		return false;
	if (strstr(setting->name, CONFIG_SALT_PART) == NULL &&
		is_form_of_plugin(setting->name + strlen(HASH_PREFIX)))
		return false;
	if (!read_hash_name(loader, setting, &hash) ||
		wf_slice_trim(wf_slice_of(value)).length == 0)
		return true;			/* an empty list is as one that is not given */
	if (loader->owned->config.format.settings.count == WF_SETTINGS_MAX)
		config_tell_full(loader, setting, WF_FILTERS_AND_MASKS);
	else
		add_hash(loader, setting, &hash, value);
	return true;
}

/* Who asks for a salt. */
typedef struct SaltSeeker
{
	const Config *config;
	const char *label;			/* of the setting, for a sentence; NULL: none */
} SaltSeeker;

/* Which names there are on the server only the server knows; of pgoutput all are here. */
static bool
find_salt(void *host, WfSlice text, WfSlice *salt, WfBuffer *error)
{
	const SaltSeeker *seeker = host;
	const WfSettings *salts = &seeker->config->salts;
	bool		is_pgoutput = seeker->config->plugin == CONFIG_PLUGIN_PGOUTPUT;

	*salt = WF_LITERAL("");
	if (text.length > 1 && text.data[0] == '@' && !is_pgoutput)
		return true;
	for (int i = 0; i < salts->count; i++)
	{
		if (!wf_slice_equal(text, wf_slice_of(salts->entries[i].name)))
			continue;
		*salt = wf_slice_of(salts->entries[i].value);
		return true;
	}
	if (seeker->label != NULL)
	{
		wf_complain(error, seeker->label);
		wf_complain(error, ": ");
	}
	wf_complain(error, is_pgoutput ? SALT_ON_SERVER PLAIN_FORM_V2 " (for v1 without v2.)" :
				"a mask's salt is not of the form salt=@NAME; salts are told to the server, in its "
				"setting walferry.salts");
	return false;
}

bool
config_begin_filters(ConfigLoader *loader)
{
	if (wf_rules_init(&loader->rules, &heap_memory, digest_compute))
		return true;
	config_fault(loader, "out of memory while filters were read");
	return false;
}

void
config_check_filter(ConfigLoader *loader, const ConfigSetting *setting, const char *option,
					const char *value)
{
	SaltSeeker	seeker = {&loader->owned->config, setting->name};
	WfBuffer	error;

	if (loader->rules.count == WF_RULES_MAX)
	{
		config_tell_full(loader, setting, WF_FILTERS_AND_MASKS);
		return;
	}
	heap_buffer_init(&error, ERROR_BYTES_MAX);
	if (!wf_rules_set_as(&loader->rules, option, setting->name, wf_slice_of(value), find_salt,
						 &seeker, &error))
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
	SaltSeeker	seeker = {config, NULL};

	if (!wf_rules_init(rules, &heap_memory, digest_compute))
	{
		wf_buffer_append_literal(error, "out of memory while filters were read");
		return false;
	}
	if (wf_rules_read(rules, &config->format, find_salt, &seeker, error))
		return true;
	wf_rules_free(rules);
	return false;
}
