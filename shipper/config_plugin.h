/*
 * config_plugin.h
 *		What the output plugin has to do with the other settings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_PLUGIN_H
#define WALFERRY_CONFIG_PLUGIN_H

#include "config_loader.h"

/* Sets Config.plugin from what plugin.name was given. */
extern void config_settle_plugin(ConfigLoader *loader);

/* Tells of a plugin that cannot be read, and of settings that the given one does not take. */
extern void config_check_plugin(ConfigLoader *loader);

#endif							/* WALFERRY_CONFIG_PLUGIN_H */
