/*
 * config_filters.h
 *		Filters and masks in the configuration.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_FILTERS_H
#define WALFERRY_CONFIG_FILTERS_H

#include "config_loader.h"

/*
 * Is the setting Debezium's column.mask.hash.[v2.]ALGORITHM.with.salt.SALT?  Then
 * it becomes the plugin's option of that kind if SALT is @NAME or the plugin is
 * pgoutput, else a fault that does not show it.
 */
extern bool config_apply_hash(ConfigLoader *loader, const ConfigSetting *setting,
							  const char *value);

/*
 * Tells what is wrong with one filter or mask.  option: what the plugin calls it,
 * which for a hash is not what the setting is called.
 */
extern void config_check_filter(ConfigLoader *loader, const ConfigSetting *setting,
								const char *option, const char *value);

/* Tells what is wrong with all of them together. */
extern void config_check_filters(ConfigLoader *loader);

/* What the two above work with; false, having told, if there was no memory. */
extern bool config_begin_filters(ConfigLoader *loader);

/*
 * The rules that a configuration without faults has; to be freed by wf_rules_free().
 * They tell which tables and columns are published, and with plugin.name=pgoutput they
 * also hash: salts that the server alone knows are empty texts.  False, with nothing
 * to free and the reason in error, if there is no memory.
 */
extern bool config_read_filters(const Config *config, WfRules *rules, WfBuffer *error);

#endif							/* WALFERRY_CONFIG_FILTERS_H */
