/*
 * unknown_transform.h
 *		What is said of a transform that there is not here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_UNKNOWN_TRANSFORM_H
#define WALFERRY_UNKNOWN_TRANSFORM_H

#include "transform.h"

/*
 * Appends to a sentence that ends with the class what may help whoever asked for
 * it: whose it is and what to use in its place, which one was meant, or which
 * there are.
 */
extern void wf_transform_tell_unknown(WfBuffer *error, const char *class_name);

#endif							/* WALFERRY_UNKNOWN_TRANSFORM_H */
