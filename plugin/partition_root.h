/*
 * partition_root.h
 *		The partitioned table that a partition's changes are published as.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_PARTITION_ROOT_H
#define WALFERRY_PLUGIN_PARTITION_ROOT_H

#include "nodes/pg_list.h"
#include "utils/relcache.h"

#include "dependencies.h"
#include "encoding.h"
#include "filters.h"

/*
 * The partitioned tables above a partition, the nearest first; none of another
 * table.  They are noted as dependencies.
 */
extern List *wf_partition_ancestors(WfDependencies *dependencies, Relation relation);

/*
 * The names of the ancestors, the nearest first; NULL if there are none.  Allocated
 * in the current memory context, and noted as dependencies.
 */
extern const WfRuleTable *wf_partition_names(WfDependencies *dependencies, List *ancestors,
											 WfEncoding *encoding);

/*
 * The topmost of the ancestors that the options name as such a table; InvalidOid
 * if they name none, and the partition has its own name.  names: wf_partition_names().
 */
extern Oid	wf_partition_root(List *ancestors, const WfRuleTable *names, WfFilters *filters);

#endif							/* WALFERRY_PLUGIN_PARTITION_ROOT_H */
