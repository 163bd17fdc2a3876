/*
 * row_filter.h
 *		The row filters of publications.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_ROW_FILTER_H
#define WALFERRY_PLUGIN_ROW_FILTER_H

#include "access/htup.h"

#include "envelope/event.h"
#include "publications.h"

struct WfTablePlan;

typedef struct WfRowFilter WfRowFilter;
typedef struct WfFilteredTuples WfFilteredTuples;

/*
 * Compiles the filters of a table that is published as itself; NULL if it has
 * none.  They go with the current memory context.
 */
extern WfRowFilter *wf_row_filter_build(const WfPublished *published, Relation relation);

/*
 * How the tuples of a table, or of a partition that is published as another, are
 * read by a filter.  The same holds for the memory.
 */
extern WfFilteredTuples *wf_row_filter_map(const WfRowFilter *filter, Relation relation);

/*
 * Is the change published, and as which operation?  An update of a row that only
 * now is what the filter lets through is a create, one after which it is not any
 * longer a delete.  Overwrites the plan's rows.  plan->published_as has a filter.
 */
extern bool wf_row_filter_admits(struct WfTablePlan *plan, HeapTuple old_tuple,
								 HeapTuple new_tuple, TupleDesc descriptor,
								 WfOperation *operation);

#endif							/* WALFERRY_PLUGIN_ROW_FILTER_H */
