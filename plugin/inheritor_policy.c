/*
 * inheritor_policy.c
 *		Whether the policy treats what inherits from a table as it treats the table.
 *
 * A row that a query reads by way of a partitioned table, or of one that others inherit
 * from, is a value of that table's row type: in which of them it was is not known any
 * more, nor are its rules.  What decoding does with the rows of each is asked for by the
 * functions that decoding uses, and compared with what is done with the table's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "inheritor_policy.h"
#include "partition_root.h"

static bool
is_same(const WfColumnRule *one, const WfColumnRule *other)
{
	return one->action == other->action && one->length == other->length &&
		one->hash == other->hash;
}

static bool
are_same(const WfTupleMap *one, const WfTupleMap *other, int column_count)
{
	const WfColumnRule none = {.action = WF_COLUMN_COPY};

	for (int i = 0; i < column_count; i++)
		if (!is_same(one->disguises != NULL ? &one->disguises[i] : &none,
					 other->disguises != NULL ? &other->disguises[i] : &none))
			return false;
	return true;
}

/* Leaves what it allocates in the current memory context. */
static bool
is_unlike(const WfShape *shape, Relation inheritor, const WfShape *root_shape, Relation root,
		  WfEncoding *encoding, const WfOptions *options, WfFilters *filters)
{
	WfShape		own;
	List	   *ancestors;

	/* dependencies of its own: the caller has noted them */
	wf_shape_name(&own, inheritor, encoding);
	ancestors = wf_partition_ancestors(&own.dependencies, inheritor);
	own.above = wf_partition_names(&own.dependencies, ancestors, encoding);
	if (!wf_filters_policy_table(filters, &own.relation, own.above))
		return true;
	wf_tuple_map_partition(&own.tuples, inheritor, &own.relation, own.above, &root_shape->tuples,
						   root, &root_shape->relation,
						   wf_shape_hides_generated(&own, inheritor, encoding, options, filters),
						   filters);
	return !are_same(&own.tuples, &shape->tuples, root_shape->relation.column_count);
}

Oid
wf_unlike_inheritor(WfShape *shape, Relation table, const WfShape *root_shape, Relation root,
					WfEncoding *encoding, const WfOptions *options, WfFilters *filters)
{
	List	   *below = find_all_inheritors(RelationGetRelid(table), NoLock, NULL);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "walferry inheritor",
												  ALLOCSET_DEFAULT_SIZES);
	Oid			result = InvalidOid;
	ListCell   *cell;

	foreach(cell, below)
	{
		Relation	inheritor;
		MemoryContext old_context;

		if (lfirst_oid(cell) == RelationGetRelid(table))
			continue;
		wf_depend_on(&shape->dependencies, WF_DEPENDS_ON_RELATION, lfirst_oid(cell));
		inheritor = try_relation_open(lfirst_oid(cell), AccessShareLock);
		if (inheritor == NULL)
			continue;			/* dropped meanwhile */
		wf_depend_on_schema(&shape->dependencies, RelationGetNamespace(inheritor));
		old_context = MemoryContextSwitchTo(context);
		if (inheritor->rd_rel->relkind != RELKIND_PARTITIONED_TABLE &&
			is_unlike(shape, inheritor, root_shape, root, encoding, options, filters))
			result = lfirst_oid(cell);
		MemoryContextSwitchTo(old_context);
		MemoryContextReset(context);
		relation_close(inheritor, AccessShareLock);
		if (OidIsValid(result))
			break;
	}
	MemoryContextDelete(context);
	list_free(below);
	return result;
}
