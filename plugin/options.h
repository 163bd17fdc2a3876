/*
 * options.h
 *		The options a client gives with START_REPLICATION, read and checked.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_OPTIONS_H
#define WALFERRY_PLUGIN_OPTIONS_H

#include "nodes/pg_list.h"

#include "encoding.h"
#include "option_table.h"

/* The list that a client gives, with values in UTF-8: what the following take. */
extern List *wf_options_in_utf8(List *options, WfEncoding *encoding);

/*
 * Fills both structures from a list of DefElem, beginning with the defaults
 * (topic.prefix: the database's name).  An unknown name, a value that is not
 * allowed, a name given twice, or one that START_REPLICATION may have cut is
 * an ERROR.
 */
extern void wf_options_parse(List *options, WfEncoding *encoding, WfPluginOptions *plugin,
							 WfOptions *format);

/*
 * A sentence (palloc'd) for somebody who gave a name that is none: how it is called
 * today, or which is near; NULL if nothing is known.  in_policy: only what a policy takes.
 */
extern char *wf_options_suggest(const char *name, bool in_policy);

#endif							/* WALFERRY_PLUGIN_OPTIONS_H */
