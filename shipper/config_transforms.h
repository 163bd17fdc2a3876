/*
 * config_transforms.h
 *		The chain of transforms in the configuration.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_TRANSFORMS_H
#define WALFERRY_CONFIG_TRANSFORMS_H

#include "config_loader.h"

/*
 * Tells what is wrong with the chain, and prepares what of it the plugin is
 * sent.
 */
extern void config_check_transforms(ConfigLoader *loader);

/* Tells which of its transforms the loader could not read the records of. */
extern void config_check_transforms_load(ConfigLoader *loader);

#endif							/* WALFERRY_CONFIG_TRANSFORMS_H */
