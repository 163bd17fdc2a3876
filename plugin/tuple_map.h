/*
 * tuple_map.h
 *		Where the columns of a shape are in the tuples of a table.
 *
 * The table is the shape's own or, with publish.via.partition.root, a partition
 * of it, whose attributes may be in another order, with dropped ones elsewhere,
 * and whose replica identity is its own.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_TUPLE_MAP_H
#define WALFERRY_PLUGIN_TUPLE_MAP_H

#include "nodes/bitmapset.h"
#include "utils/relcache.h"

#include "dependencies.h"
#include "envelope/relation.h"
#include "filters.h"

/* Arrays are per column of the shape. */
typedef struct WfTupleMap
{
	int			attribute_count;	/* of the tuple descriptor */
	int		   *attributes;		/* index into the tuple's attributes */
	bool	   *in_identity;	/* logged in the old key of update and delete */
	bool		old_is_full;	/* the WAL has the whole old row */
	bool		tells_old_row;	/* the WAL has something of it that is published */
	bool		identity_is_whole;	/* the identity is not the whole row, and all of
									 * it is among the columns and shown */
	bool		keys_are_alike; /* the policy hides or cuts a column of the key */
	bool		identity_left_out;	/* it has something, but the policy leaves it
									 * out */
	WfColumnRule *disguises;	/* the policy's; NULL if it has none */
} WfTupleMap;

/*
 * The attributes, counted from 0, of which the WAL holds the old values for
 * update and delete.  All of them: is_full.
 */
extern Bitmapset *wf_identity_attributes(Relation relation, bool *is_full);

/* The attribute of that name, counted from 0, which mostly stands at near or just after. */
extern int	wf_attribute_of_name(Relation relation, const char *name, int near);

/* Completes a map whose attributes are known by what the table's replica identity is. */
extern void wf_tuple_map_identity(WfTupleMap *map, Relation relation, int column_count);

/* Notes what the disguises do to keys; relation has the columns, and its key. */
extern void wf_tuple_map_keys(WfTupleMap *map, const WfRelation *relation);

/*
 * Makes the map of a partition.  root_map: that of the root itself, whose shape
 * has the columns; partition_name: schema and name, and above those of all its
 * ancestors, of which the policy may say more than of the root's; hides_generated:
 * wf_shape_hides_generated() of the partition.
 */
extern void wf_tuple_map_partition(WfTupleMap *map, Relation partition,
								   const WfRelation *partition_name, const WfRuleTable *above,
								   const WfTupleMap *root_map, Relation root,
								   const WfRelation *root_relation, bool hides_generated,
								   WfFilters *filters);

#endif							/* WALFERRY_PLUGIN_TUPLE_MAP_H */
