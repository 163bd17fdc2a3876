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
 * it becomes the plugin's option of that kind if SALT is @NAME, else a fault
 * that does not show it.
 */
extern bool config_apply_hash(ConfigLoader *loader, const ConfigSetting *setting,
							  const char *value);

/* Tells what is wrong with the filters as a whole, and with any expression. */
extern void config_check_filters(ConfigLoader *loader);

#endif							/* WALFERRY_CONFIG_FILTERS_H */
