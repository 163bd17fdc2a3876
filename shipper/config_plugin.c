/*
 * config_plugin.c
 *		What the output plugin has to do with the other settings.
 *
 * With plugin.name=walferry the plugin reads the options, and no secret may be among
 * them; with pgoutput the shipper acts on them, knows the salts, and reads one
 * publication, because pgoutput sends nothing without.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_plugin.h"

#include "config_table.h"
#include "envelope/complaint.h"
#include "heap_buffer.h"

#define ERROR_BYTES_MAX 4096

/* An option that pgoutput's stream leaves no room for, and why. */
typedef struct Misfit
{
	const char *option;
	const char *reason;
} Misfit;

static const Misfit misfits[] = {
	{"publication.filter", "it names publications that the plugin walferry reads beside its own lists, "
	"and pgoutput sends what publication.name lets through: name that publication there"},
	{"publish.via.partition.root.include.list", "a publication publishes all its partitions by the name "
		"of the table above them, or none (publish_via_partition_root): take "
	"publish.via.partition.root"}
};

const char *
config_plugin_text(int plugin)
{
	return plugin == CONFIG_PLUGIN_PGOUTPUT ? "pgoutput" : "walferry";
}

void
config_settle_plugin(ConfigLoader *loader)
{
	Config	   *config = &loader->owned->config;

	if (config->plugin_name == NULL)
		config->plugin = CONFIG_PLUGIN_UNSET;
	else
		config->plugin = strcmp(config->plugin_name, "pgoutput") == 0 ?
			CONFIG_PLUGIN_PGOUTPUT : CONFIG_PLUGIN_WALFERRY;
}

/* A hash whose salt only the server knows. */
static bool
has_salt_on_server(const Config *config)
{
	const WfSettings *settings = &config->format.settings;

	/* of one that was given it is told with the setting */
	for (int i = 0; i < settings->count && config->plugin == CONFIG_PLUGIN_UNSET; i++)
		if (strncmp(settings->entries[i].name, "column.mask.hash.", 17) == 0)
			return true;
	return false;
}

bool
config_fits_plugin(const Config *config, int plugin, WfBuffer *error)
{
	if (plugin != CONFIG_PLUGIN_PGOUTPUT)
		return true;
	for (size_t i = 0; i < sizeof(misfits) / sizeof(misfits[0]); i++)
	{
		const Misfit *misfit = &misfits[i];
		const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count,
												  misfit->option);
		const char *value = config->format_values[spec - wf_format_options];

		if (value == NULL || wf_slice_trim(wf_slice_of(value)).length == 0)
			continue;
		wf_complain(error, misfit->option);
		wf_complain(error, " does not go with plugin.name=pgoutput: ");
		wf_complain(error, misfit->reason);
		return false;
	}
	if (!has_salt_on_server(config))
		return true;
	wf_complain(error, "column.mask.hash. with a salt @NAME does not go with plugin.name=pgoutput: the "
				"file that the server's setting walferry.salts names is read by the plugin walferry "
				"alone; write the salt itself, as in column.mask.hash.v2.SHA-256" CONFIG_SALT_PART
				"SALT=list, beside plugin.name=pgoutput");
	return false;
}

/* A plugin of Debezium's connector that walferry does not read, with a slot of its own then. */
static bool
is_anothers(const char *plugin)
{
	return strcmp(plugin, "decoderbufs") == 0 || strncmp(plugin, "wal2json", 8) == 0;
}

void
config_check_plugin(ConfigLoader *loader)
{
	const Config *config = &loader->owned->config;
	char		shown[CONFIG_SHOWN_SIZE];
	WfBuffer	error;

	if (loader->refused_plugin != NULL && !is_anothers(loader->refused_plugin))
		config_fault_together(loader, "plugin.name=%s names no plugin that is read: it takes walferry or "
							  "pgoutput; left out, it is the slot's, or what the server has",
							  config_shorten(loader->refused_plugin, shown));
	else if (loader->refused_plugin != NULL)
		config_fault_together(loader, "plugin.name=%s is not a plugin whose stream can be read: it takes "
							  "walferry or pgoutput; a slot is bound to its plugin, so once the "
							  "connector that read slot \"%s\" has stopped, and nothing of it is needed "
							  "any more, run SELECT pg_drop_replication_slot('%s'); it is made anew at "
							  "the next start, as by SELECT pg_create_logical_replication_slot('%s', "
							  "'pgoutput');",
							  config_shorten(loader->refused_plugin, shown), config->slot_name,
							  config->slot_name, config->slot_name);
	heap_buffer_init(&error, ERROR_BYTES_MAX);
	if (!config_fits_plugin(config, config->plugin, &error))
		config_fault_together(loader, "%.*s", (int) error.length, error.data);
	heap_buffer_free(&error);
}
