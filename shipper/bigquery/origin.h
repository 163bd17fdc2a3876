/*
 * origin.h
 *		Whose record is it?
 *
 * The topics of a prefix are found by pattern, and a name does not tell its
 * parts: inv.eu.public.t may be a table of the prefix inv.eu as well as one of
 * inv, for dots are legal in prefixes, schemas and tables.  The event itself
 * says it: its source.name is the topic.prefix it was captured under.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ORIGIN_H
#define WALFERRY_ORIGIN_H

#include <stdbool.h>

#include "envelope/buffer.h"

/* True if the event names a source, and it is not that prefix. */
extern bool origin_is_another(WfSlice value, WfSlice prefix);

#endif							/* WALFERRY_ORIGIN_H */
