/*
 * transforms.h
 *		The chain of transforms of a session, in the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_TRANSFORMS_H
#define WALFERRY_PLUGIN_TRANSFORMS_H

#include "envelope/transform.h"

/*
 * Reads the client's chain; NULL if there is none.  One that is not well is an
 * ERROR that names the option.  Everything is allocated in or below context.
 */
extern WfTransforms *wf_transforms_create(MemoryContext context, const WfOptions *options);

#endif							/* WALFERRY_PLUGIN_TRANSFORMS_H */
