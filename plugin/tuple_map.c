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

/* Hex digits of a hash that no two of a table's values have in common. */
#define HASH_DIGITS_MIN 16

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

/* Does the policy make different values of the column the same, or nothing? */
static bool
is_made_alike(const WfTupleMap *map, int column)
{
	const WfColumnRule *rule;

	if (map->disguises == NULL)
		return false;
	rule = &map->disguises[column];
	return rule->action == WF_COLUMN_HASH ?
		rule->length > 0 && rule->length < HASH_DIGITS_MIN : rule->action != WF_COLUMN_COPY;
}

void
wf_tuple_map_keys(WfTupleMap *map, const WfRelation *relation)
{
	map->keys_are_alike = false;
	for (int i = 0; i < relation->key_count; i++)
		map->keys_are_alike |= is_made_alike(map, relation->key_columns[i]);
}

/*
 * Has it a column that is not generated?  One that is not published is then left out by
 * the policy: a publication that has updates or deletes has the columns of the identity, which
 * the server sees to.
 */
static bool
has_plain_column(Relation relation, const Bitmapset *identity)
{
	int			attribute = -1;

	while ((attribute = bms_next_member(identity, attribute)) >= 0)
		if (TupleDescAttr(RelationGetDescr(relation), attribute)->attgenerated == '\0')
			return true;
	return false;
}

void
wf_tuple_map_identity(WfTupleMap *map, Relation relation, int column_count)
{
	Bitmapset  *identity = wf_identity_attributes(relation, &map->old_is_full);
	int			shown = 0;

	map->in_identity = palloc0(sizeof(bool) * Max(column_count, 1));
	map->tells_old_row = map->old_is_full;
	for (int i = 0; i < column_count; i++)
	{
		map->in_identity[i] = map->old_is_full || bms_is_member(map->attributes[i], identity);
		map->tells_old_row |= map->in_identity[i];
		shown += map->in_identity[i] && !is_made_alike(map, i) ? 1 : 0;
	}
	map->identity_is_whole = !map->old_is_full && shown > 0 && shown == bms_num_members(identity);
	map->identity_left_out = !map->tells_old_row && has_plain_column(relation, identity);
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

static void
disguise(WfTupleMap *map, int column, WfColumnRule rule, int column_count)
{
	if (rule.action == WF_COLUMN_COPY)
		return;
	if (map->disguises == NULL)
		map->disguises = palloc0(sizeof(WfColumnRule) * column_count);
	map->disguises[column] = rule;
}

/*
 * What the policy does with a column under the partition's name and all those above
 * it.  A generated one is hidden, as in the partition's own shape, where it may show
 * what the policy hides.  The partition is asked what is generated: up to 15 the
 * column may be a plain one in the root.
 */
static WfColumnRule
rule_of(const WfColumn *column, Form_pg_attribute attribute, const WfRelation *partition_name,
		const WfRuleTable *above, bool hides_generated, WfFilters *filters)
{
	if (hides_generated && attribute->attgenerated != '\0')
		return (WfColumnRule) {.action = WF_COLUMN_OMIT};
	return wf_filters_policy_rule(filters, partition_name, above, column);
}

void
wf_tuple_map_partition(WfTupleMap *map, Relation partition, const WfRelation *partition_name,
					   const WfRuleTable *above, const WfTupleMap *root_map, Relation root,
					   const WfRelation *root_relation, bool hides_generated, WfFilters *filters)
{
	TupleDesc	descriptor = RelationGetDescr(partition);
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
		disguise(map, i,
				 rule_of(&root_relation->columns[i],
						 TupleDescAttr(descriptor, map->attributes[i]), partition_name, above,
						 hides_generated, filters),
				 root_relation->column_count);
	}
	wf_tuple_map_identity(map, partition, root_relation->column_count);
	wf_tuple_map_keys(map, root_relation);
}
