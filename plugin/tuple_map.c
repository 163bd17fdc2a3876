/*
 * tuple_map.c
 *		Where the columns of a shape are in the tuples of a table.
 *
 * The rules of publishing partitions as their root are pgoutput's
 * (get_rel_sync_entry, PostgreSQL 13 and later): the topmost partitioned table
 * counts, columns are found by name, the old row is what the partition's own
 * replica identity has logged.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "tuple_map.h"

/* heapam.c, ExtractReplicaIdentity() */
Bitmapset *
wf_identity_attributes(Relation relation, bool *is_full)
{
	Bitmapset  *attributes = NULL;
	Form_pg_index form;
	HeapTuple	tuple;
	Oid			index;

	*is_full = relation->rd_rel->relreplident == REPLICA_IDENTITY_FULL;
	if (*is_full)
		return NULL;
	index = RelationGetReplicaIndex(relation);
	if (!OidIsValid(index))
		return NULL;
	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", index);
	form = (Form_pg_index) GETSTRUCT(tuple);
	for (int i = 0; i < form->indnkeyatts; i++)
		if (form->indkey.values[i] > 0)
			attributes = bms_add_member(attributes, form->indkey.values[i] - 1);
	ReleaseSysCache(tuple);
	return attributes;
}

void
wf_tuple_map_identity(WfTupleMap *map, Relation relation, int column_count)
{
	Bitmapset  *identity = wf_identity_attributes(relation, &map->old_is_full);

	map->in_identity = palloc0(sizeof(bool) * Max(column_count, 1));
	map->tells_old_row = map->old_is_full;
	for (int i = 0; i < column_count; i++)
	{
		map->in_identity[i] = map->old_is_full || bms_is_member(map->attributes[i], identity);
		map->tells_old_row |= map->in_identity[i];
	}
	bms_free(identity);
}

int
wf_attribute_of_name(Relation relation, const char *name, int near)
{
	TupleDesc	descriptor = RelationGetDescr(relation);

	for (int i = 0; i < descriptor->natts; i++)
	{
		int			place = (near + i) % descriptor->natts;
		Form_pg_attribute attribute = TupleDescAttr(descriptor, place);

		if (!attribute->attisdropped && strcmp(NameStr(attribute->attname), name) == 0)
			return place;
	}
	elog(ERROR, "partition \"%s\" has no column \"%s\"", RelationGetRelationName(relation), name);
}

/* What the policy says of a column under the partition's name and all those above it. */
static void
disguise_column(WfTupleMap *map, int column, const WfRelation *partition_name,
				const WfRuleTable *above, const WfRelation *root_relation, WfFilters *filters)
{
	WfColumnRule rule = wf_filters_policy_rule(filters, partition_name, above,
											   &root_relation->columns[column]);

	if (rule.action == WF_COLUMN_COPY)
		return;
	if (map->disguises == NULL)
		map->disguises = palloc0(sizeof(WfColumnRule) * root_relation->column_count);
	map->disguises[column] = rule;
}

/* As in the partition's own shape: what hidden values were made into shows them. */
static void
hide_generated(WfTupleMap *map, const WfRelation *root_relation)
{
	for (int i = 0; map->disguises != NULL && i < root_relation->column_count; i++)
		if (root_relation->columns[i].is_generated)
			map->disguises[i].action = WF_COLUMN_OMIT;
}

void
wf_tuple_map_partition(WfTupleMap *map, Relation partition, const WfRelation *partition_name,
					   const WfRuleTable *above, const WfTupleMap *root_map, Relation root,
					   const WfRelation *root_relation, WfFilters *filters)
{
	int			near = 0;

	memset(map, 0, sizeof(*map));
	map->attribute_count = RelationGetNumberOfAttributes(partition);
	map->attributes = palloc(sizeof(int) * Max(root_relation->column_count, 1));
	for (int i = 0; i < root_relation->column_count; i++)
	{
		int			attribute = root_map->attributes[i];
		const char *name = NameStr(TupleDescAttr(RelationGetDescr(root), attribute)->attname);

		map->attributes[i] = wf_attribute_of_name(partition, name, near);
		near = map->attributes[i] + 1;
		disguise_column(map, i, partition_name, above, root_relation, filters);
	}
	hide_generated(map, root_relation);
	wf_tuple_map_identity(map, partition, root_relation->column_count);
}
