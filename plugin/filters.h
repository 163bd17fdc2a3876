/*
 * filters.h
 *		Filters and masks of a session, in the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_FILTERS_H
#define WALFERRY_PLUGIN_FILTERS_H

#include "envelope/relation.h"
#include "policy.h"

typedef struct WfFilters WfFilters;

/*
 * Reads the client's options and the parts of the policy (wf_policy_parts()).
 * An option that is not well is an ERROR that names it.  Everything is allocated
 * in or below context, and goes with it.
 */
extern WfFilters *wf_filters_create(MemoryContext context, const WfOptions *options,
									WfSlice database, List *policy);

/* Memory of a context, for PCRE2. */
extern WfMemory wf_server_memory(MemoryContext context);

/* Is there a policy, which asks by the names of a partition's ancestors too? */
extern bool wf_filters_has_policy(const WfFilters *filters);

/*
 * What the filters decide; the policy alone in the second case.  relation: its
 * schema and name.  above: the names of its ancestors, by which the policy asks
 * too, whatever name the table is published by.  An expression that takes too
 * long is an ERROR: neither publishing nor leaving out would be what was asked
 * for.
 */
extern bool wf_filters_table(WfFilters *filters, const WfRelation *relation,
							 const WfRuleTable *above);
extern bool wf_filters_policy_table(WfFilters *filters, const WfRelation *relation,
									const WfRuleTable *above);

/* Are the partitions of this partitioned table published as it? */
extern bool wf_filters_partition_root(WfFilters *filters, WfSlice schema, WfSlice table);

extern bool wf_filters_message(WfFilters *filters, WfSlice prefix);
extern void wf_filters_columns(WfFilters *filters, WfRelation *relation, WfColumn *columns);

/* Appends what message.key.columns asks for of a table with these columns and it does not have. */
extern void wf_filters_missing_key(WfFilters *filters, const WfRelation *relation,
								   WfBuffer *names);

/*
 * What the policy does with a column, before the client is asked.  A mask of a
 * column that has no form for it leaves the column out.  One that is left out
 * is not to be part of the relation, one in disguise is to be so from when it
 * is read.
 */
extern WfColumnRule wf_filters_policy_rule(WfFilters *filters, const WfRelation *relation,
										   const WfRuleTable *above, const WfColumn *column);

/* Puts a value of such a column in disguise; allocates in the current context. */
extern void wf_filters_disguise(const WfColumnRule *rule, bool is_bytes, WfValue *value);

#endif							/* WALFERRY_PLUGIN_FILTERS_H */
