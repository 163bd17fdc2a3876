/*
 * relation_cache.h
 *		Row plans by table, rebuilt when the catalogue says so.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_RELATION_CACHE_H
#define WALFERRY_PLUGIN_RELATION_CACHE_H

#include "nodes/bitmapset.h"
#include "utils/relcache.h"

#include "envelope/event.h"
#include "filters.h"
#include "publications.h"
#include "row_filter.h"
#include "shape.h"
#include "table_row.h"

typedef struct WfRelationCache WfRelationCache;

/*
 * A table's plan, and room for one change of it.  Of a partition that is
 * published as its root the shape has only the name, the tuples and the
 * dependencies; the rest, row plan and text are the root's.
 */
typedef struct WfTablePlan
{
	Oid			relation_id;	/* hash key, must be first */
	bool		valid;			/* cleared by invalidations, at any time */
	bool		captured;		/* else its changes are no events */
	int			operations;		/* that pgoutput would send: WF_PUBLISHED_BIT()s; 0
								 * of what publications cannot have (a materialized
								 * view) */
	uint64		version;		/* rises whenever it is built */
	struct WfTablePlan *published_as;	/* the root's plan, or itself */
	uint64		published_version;	/* of that when this was built */
	bool		inheritors_alike;	/* wf_relation_cache_unlike_inheritor() found
									 * none */
	MemoryContext context;		/* of what follows; NULL if not built */
	WfShape		shape;
	WfDependent *dependents;	/* for each of the shape's dependencies */
	int			dependent_count;
	WfRowPlan	row_plan;
	WfBuffer	text;			/* the row plan's prepared bytes, in the cache's
								 * context */
	bool		has_description;	/* the schema's is among them */
	WfRowFilter *row_filter;	/* of what is published as this table; NULL: none */
	WfFilteredTuples *filtered_tuples;	/* if published_as has one */
	bool	   *left_out;		/* per column: no record shows it */
	uint64	   *shown_max;		/* likewise: bytes of a value that records may show */
	bool	   *hidden;			/* likewise: they show nothing of it, but that there
								 * is one */
	WfTableRow	old_row;
	WfTableRow	new_row;
	Bitmapset  *warned_columns; /* lives as long as the cache */
	Bitmapset  *told_left_out;	/* likewise: see wf_table_plan_is_news() */
	Bitmapset  *told_undisguised;	/* likewise */
} WfTablePlan;

/*
 * Makes a cache in a context of its own below parent, with which it goes.
 * options, filters, publications (may be NULL) and form must live as long.
 * No settings may be pinned yet.
 */
extern WfRelationCache *wf_relation_cache_create(MemoryContext parent, WfEncoding *encoding,
												 const WfOptions *options, WfFilters *filters,
												 const WfPublications *publications,
												 WfTransforms *transforms, WfTextForm *form,
												 WfOutput output);

/*
 * The plan of a table as it is now, valid until the next call.  Of one whose
 * changes are no events it has nothing but that.  Building one pins settings, as
 * wf_settings_pin() does.
 */
extern WfTablePlan *wf_relation_cache_get(WfRelationCache *cache, Relation relation);

/*
 * For a row that was read by way of a table that others inherit from, as partitions do,
 * and does not tell which of them it is in: one that the policy treats otherwise than the
 * table whose plan this is, or InvalidOid, which it is for any other table.  Asked for
 * each row, decided once per plan; not while decoding.
 */
extern Oid	wf_relation_cache_unlike_inheritor(WfRelationCache *cache, WfTablePlan *plan,
											   Relation relation);

/* A change of the table was written: a description that was sent is given up. */
extern void wf_table_plan_written(WfRelationCache *cache, WfTablePlan *plan);

/*
 * True the first time it is asked for this column of the table in this cache's
 * life; or, for the table itself, for one of these.
 */
#define WF_WARN_DELETE (-1)
#define WF_WARN_UPDATE (-2)
#define WF_WARN_KEY_MISSING (-3)
#define WF_WARN_KEY_SHOWN (-4)
#define WF_WARN_KEY_ALIKE (-5)
#define WF_WARN_LEAST WF_WARN_KEY_ALIKE

extern bool wf_table_plan_warn_once(WfRelationCache *cache, WfTablePlan *plan, int column);

/*
 * Whether there is something to tell, and something else than what was asked for last.
 * told: that, of a plan.  Members are numbers of the caller's.
 */
extern bool wf_table_plan_is_news(WfRelationCache *cache, Bitmapset **told,
								  const Bitmapset *members);

#endif							/* WALFERRY_PLUGIN_RELATION_CACHE_H */
