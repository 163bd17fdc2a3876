/*
 * filters.h
 *		Filters and masks of a session, in the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_FILTERS_H
#define WALFERRY_PLUGIN_FILTERS_H

#include "encoding.h"
#include "envelope/relation.h"

typedef struct WfFilters WfFilters;

/*
 * Reads the client's options.  An option that is not well is an ERROR that
 * names it.  Everything is allocated in or below context, and goes with it.
 */
extern WfFilters *wf_filters_create(MemoryContext context, const WfOptions *options,
									WfEncoding *encoding, WfSlice database);

/* Memory of a context, for PCRE2. */
extern WfMemory wf_server_memory(MemoryContext context);

/*
 * What the filters decide.  An expression that takes too long is an ERROR:
 * neither publishing nor leaving out would be what was asked for.
 */
extern bool wf_filters_table(WfFilters *filters, WfSlice schema, WfSlice table);
extern bool wf_filters_message(WfFilters *filters, WfSlice prefix);
extern void wf_filters_columns(WfFilters *filters, WfRelation *relation, WfColumn *columns);

#endif							/* WALFERRY_PLUGIN_FILTERS_H */
