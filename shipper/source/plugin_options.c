/*
 * plugin_options.c
 *		What the plugin walferry is told of the configuration.
 *
 * The same whether it decodes (START_REPLICATION) or renders rows that are there
 * (walferry.render()).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "plugin_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "envelope/frame.h"

static void
put_number(WfBuffer *command, const char *name, int64_t value, PluginOption put)
{
	char		number[32];

	snprintf(number, sizeof(number), "%" PRId64, value);
	put(command, name, number);
}

static void
put_settings(WfBuffer *command, const WfSettings *settings, PluginOption put)
{
	for (int i = 0; i < settings->count; i++)
		put(command, settings->entries[i].name, settings->entries[i].value);
}

void
plugin_options_put(WfBuffer *command, const Config *config, const char *output, PluginOption put)
{
	put(command, "output", output);
	if (strcmp(output, "frame") == 0)
		put_number(command, "frame.version", WF_FRAME_VERSION, put);
	put_number(command, "position.epoch", config->position_epoch, put);
	for (int i = 0; i < wf_format_option_count && i < CONFIG_FORMAT_OPTIONS_MAX; i++)
	{
		if (config->format_values[i] != NULL)
			put(command, wf_format_options[i].name, config->format_values[i]);
	}
	put_settings(command, &config->format.settings, put);
	put_settings(command, &config->transform_settings, put);
}
