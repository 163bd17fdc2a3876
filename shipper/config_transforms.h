/*
 * config_transforms.h
 *		The chain of transforms in the configuration.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_TRANSFORMS_H
#define WALFERRY_CONFIG_TRANSFORMS_H

#include "config_loader.h"
#include "envelope/transform.h"

/*
 * Tells what is wrong with the chain, and prepares what of it the plugin is
 * sent.
 */
extern void config_check_transforms(ConfigLoader *loader);

/* Tells which of its transforms the loader could not read the records of. */
extern void config_check_transforms_load(ConfigLoader *loader);

/*
 * The chain that a configuration without faults has, for a session that renders events
 * itself; texts are the configuration's.  To be freed by wf_transforms_free(); one
 * whose count is 0 is no chain to a WfSession.  Warns of members that no event has, as
 * the plugin does at the start of each session.  False, with nothing to free and the
 * reason in error.
 */
extern bool config_read_transforms(const Config *config, WfTransforms *transforms,
								   WfBuffer *error);

#endif							/* WALFERRY_CONFIG_TRANSFORMS_H */
