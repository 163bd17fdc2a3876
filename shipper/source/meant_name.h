/*
 * meant_name.h
 *		Whether somebody who wrote a list may have meant a name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_MEANT_NAME_H
#define WALFERRY_SOURCE_MEANT_NAME_H

#include "envelope/buffer.h"

/* Whether the text has the name, and not just in the middle of another. */
extern bool meant_name_is_in(WfSlice text, WfSlice name);

#endif							/* WALFERRY_SOURCE_MEANT_NAME_H */
