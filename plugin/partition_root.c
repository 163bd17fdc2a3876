/*
 * partition_root.c
 *		The partitioned table that a partition's changes are published as.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "catalog/partition.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "partition_root.h"

/*
 * No locks are needed in decoding, where the catalogue is that of the row's
 * time and does not move; elsewhere the caller's lock on the partition keeps it
 * where it is.
 */
List *
wf_partition_ancestors(WfDependencies *dependencies, Relation relation)
{
	List	   *ancestors;
	ListCell   *cell;

	if (!relation->rd_rel->relispartition)
		return NIL;
	ancestors = get_partition_ancestors(RelationGetRelid(relation));
	foreach(cell, ancestors)
		wf_depend_on(dependencies, WF_DEPENDS_ON_RELATION, lfirst_oid(cell));
	return ancestors;
}

static WfRuleTable
name_of(WfDependencies *dependencies, Oid table, WfEncoding *encoding)
{
	Oid			schema = get_rel_namespace(table);
	char	   *table_name = get_rel_name(table);
	char	   *schema_name;
	WfRuleTable name = {0};

	wf_depend_on_schema(dependencies, schema);
	schema_name = get_namespace_name(schema);
	if (table_name == NULL || schema_name == NULL)
		elog(ERROR, "cache lookup failed for relation %u", table);
	name.schema = wf_encoding_copy(encoding, schema_name);
	name.table = wf_encoding_copy(encoding, table_name);
	return name;
}

const WfRuleTable *
wf_partition_names(WfDependencies *dependencies, List *ancestors, WfEncoding *encoding)
{
	int			count = list_length(ancestors);
	WfRuleTable *names = palloc(sizeof(WfRuleTable) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		names[i] = name_of(dependencies, list_nth_oid(ancestors, i), encoding);
		names[i].above = i + 1 < count ? &names[i + 1] : NULL;
	}
	return count > 0 ? names : NULL;
}

Oid
wf_partition_root(List *ancestors, const WfRuleTable *names, WfFilters *filters)
{
	Oid			root = InvalidOid;

	for (int i = 0; names != NULL; names = names->above, i++)
		if (wf_filters_partition_root(filters, names->schema, names->table))
			root = list_nth_oid(ancestors, i);
	return root;
}
