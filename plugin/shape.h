/*
 * shape.h
 *		What the catalogue says of a table, as a WfRelation and its readers.
 *
 * What it says of their types is in type.h.  During decoding the catalogue is
 * the one of the time when the row was written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_SHAPE_H
#define WALFERRY_PLUGIN_SHAPE_H

#include "utils/relcache.h"

#include "datum.h"
#include "dependencies.h"
#include "envelope/relation.h"
#include "filters.h"
#include "publications.h"
#include "tuple_map.h"

typedef struct WfShape
{
	WfRelation	relation;
	const WfRuleTable *above;	/* the names of a partition's ancestors, if a policy
								 * or roots may be asked for by them */
	WfTupleMap	tuples;			/* of the table itself */
	WfDatumReader *readers;		/* per column */
	bool		by_output_function; /* some column is */
	WfDependencies dependencies;
} WfShape;

/*
 * Is this a user's table whose changes can be events: an ordinary one, a
 * partition or, with_roots, a partitioned table, which is only one if partitions
 * are published as it?
 */
extern bool wf_shape_is_captured(Relation relation, bool with_roots);

/* Fills in schema and name, and what they depend on. */
extern void wf_shape_name(WfShape *shape, Relation relation, WfEncoding *encoding);

/*
 * Describes a table that has been named.  money_digits: wf_settings_money_digits().
 * published: has its columns; NULL if no publication is asked for.  Everything is
 * allocated in the current memory context, with what the look-ups leave behind.
 */
extern void wf_shape_build(WfShape *shape, Relation relation, WfEncoding *encoding,
						   const WfOptions *options, int money_digits, WfFilters *filters,
						   const WfPublished *published);

/*
 * Does a table that has been named have generated columns, and the policy hide or
 * change values of some column of it, told or not, which these could show?
 */
extern bool wf_shape_hides_generated(const WfShape *shape, Relation relation,
									 WfEncoding *encoding, const WfOptions *options,
									 WfFilters *filters);

#endif							/* WALFERRY_PLUGIN_SHAPE_H */
