/*
 * plugin_options.h
 *		What the plugin walferry is told of the configuration.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_PLUGIN_OPTIONS_H
#define WALFERRY_SOURCE_PLUGIN_OPTIONS_H

#include "shipper/config.h"

typedef void (*PluginOption) (WfBuffer *command, const char *name, const char *value);

/* Calls put for each option.  output: frame, record or envelope. */
extern void plugin_options_put(WfBuffer *command, const Config *config, const char *output,
							   PluginOption put);

#endif							/* WALFERRY_SOURCE_PLUGIN_OPTIONS_H */
