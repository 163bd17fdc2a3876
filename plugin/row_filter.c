/*
 * row_filter.c
 *		The row filters of publications.
 *
 * The rules are pgoutput's (pgoutput_row_filter, PostgreSQL 15 and later).  A
 * filter is compiled once for the table that is named in events, whose columns it
 * means, and belongs to that table's plan; a partition's plan has a map of its
 * tuples.  The server lets no filter of updates and deletes have a column that is
 * not in the replica identity, nor any filter a type, function or operator that a
 * user has made: so there is nothing that could look at a table as it is now.
 *
 * But some built-in functions are written in SQL (OVERLAPS of timestamps), and
 * where the planner does not inline one, it is run as a query, which takes the
 * active snapshot for granted.  Decoding has none: pgoutput crashes there, as of
 * PostgreSQL 15.20.  So the historic snapshot is made the active one around
 * whatever may call functions.
 *
 * The server checks that when a row is written, of the publications that the
 * writing session knows of.  So where the tuple nevertheless lacks a column that
 * the filter needs, that is an error here and not NULL: a row may not get lost by
 * a race.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "compat.h"
#include "relation_cache.h"
#include "row_filter.h"

/*
 * slots and estate live below the context of the plan and go with it: slots of
 * a descriptor that is counted by nobody, and an estate in which nothing is open.
 */
struct WfRowFilter
{
	EState	   *estate;
	TupleDesc	descriptor;		/* of the table that is published */
	TupleTableSlot *old_slot;
	TupleTableSlot *new_slot;
	ExprState  *expressions[WF_PUBLISHED_ROW_OPERATIONS];	/* NULL: every row */
	Bitmapset  *attributes[WF_PUBLISHED_ROW_OPERATIONS];	/* that they need, from
															 * 0 */
};

struct WfFilteredTuples
{
	int		   *attributes;		/* of the tuple, per attribute of the published
								 * table; -1: dropped */
	bool		old_is_enough[WF_PUBLISHED_ROW_OPERATIONS]; /* for the expression */
};

/*
 * The catalogue's is the historic one while decoding; GetTransactionSnapshot()
 * would do, but asserts that its transaction had no snapshot of its own, as that of
 * pg_logical_slot_get_changes() has.  An error takes it off with the transaction.
 */
static void
push_snapshot(void)
{
	PushActiveSnapshot(GetCatalogSnapshot(InvalidOid));
}

/* ---- once per relation version ---- */

static void
compile(WfRowFilter *filter, WfPublishedOperation operation, List *texts, Relation relation)
{
	List	   *expressions = NIL;
	Bitmapset  *numbers = NULL;
	int			number = -1;
	Expr	   *joined;
	ListCell   *cell;

	foreach(cell, texts)
		expressions = lappend(expressions,
							  wf_compat_expand_generated(stringToNode(lfirst(cell)), relation));
	joined = list_length(expressions) == 1 ? linitial(expressions) : make_orclause(expressions);
	filter->expressions[operation] = ExecPrepareExpr(joined, filter->estate);

	pull_varattnos((Node *) joined, 1, &numbers);
	while ((number = bms_next_member(numbers, number)) >= 0)
	{
		int			attribute = number + FirstLowInvalidHeapAttributeNumber - 1;

		if (attribute < 0)
			elog(ERROR, "row filter of table \"%s\" has the system column %d",
				 RelationGetRelationName(relation), attribute + 1);
		filter->attributes[operation] = bms_add_member(filter->attributes[operation], attribute);
	}
}

WfRowFilter *
wf_row_filter_build(const WfPublished *published, Relation relation)
{
	WfRowFilter *filter = NULL;

	push_snapshot();			/* constants are folded */
	for (int op = 0; op < WF_PUBLISHED_ROW_OPERATIONS; op++)
	{
		if (published->filters[op] == NIL)
			continue;
		if (filter == NULL)
		{
			filter = palloc0(sizeof(WfRowFilter));
			filter->estate = CreateExecutorState();
			filter->descriptor = CreateTupleDescCopy(RelationGetDescr(relation));
			filter->old_slot = MakeSingleTupleTableSlot(filter->descriptor, &TTSOpsVirtual);
			filter->new_slot = MakeSingleTupleTableSlot(filter->descriptor, &TTSOpsVirtual);
		}
		compile(filter, (WfPublishedOperation) op, published->filters[op], relation);
	}
	PopActiveSnapshot();
	return filter;
}

WfFilteredTuples *
wf_row_filter_map(const WfRowFilter *filter, Relation relation)
{
	int			count = filter->descriptor->natts;
	WfFilteredTuples *tuples = palloc0(sizeof(WfFilteredTuples));
	Bitmapset  *told = NULL;
	bool		is_full;
	Bitmapset  *identity = wf_identity_attributes(relation, &is_full);
	int			near = 0;

	tuples->attributes = palloc(sizeof(int) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(filter->descriptor, i);

		tuples->attributes[i] = -1;
		if (attribute->attisdropped)
			continue;
		near = wf_attribute_of_name(relation, NameStr(attribute->attname), near);
		tuples->attributes[i] = near;
		if (is_full || bms_is_member(near, identity))
			told = bms_add_member(told, i);
		near++;
	}
	for (int op = 0; op < WF_PUBLISHED_ROW_OPERATIONS; op++)
		tuples->old_is_enough[op] = bms_is_subset(filter->attributes[op], told);
	bms_free(told);
	bms_free(identity);
	return tuples;
}

/* ---- for each row ---- */

static void
fill_slot(TupleTableSlot *slot, const WfFilteredTuples *tuples, WfTableRow *row, HeapTuple tuple,
		  TupleDesc descriptor)
{
	int			count = slot->tts_tupleDescriptor->natts;

	heap_deform_tuple(tuple, descriptor, row->datums, row->nulls);
	ExecClearTuple(slot);
	for (int i = 0; i < count; i++)
	{
		int			attribute = tuples->attributes[i];

		slot->tts_isnull[i] = attribute < 0 || row->nulls[attribute];
		slot->tts_values[i] = slot->tts_isnull[i] ? (Datum) 0 : row->datums[attribute];
	}
	ExecStoreVirtualTuple(slot);
}

/* Is it a pointer into the TOAST table, whose value the WAL has not? */
static bool
is_absent(const TupleTableSlot *slot, int attribute)
{
	return !slot->tts_isnull[attribute] &&
		TupleDescAttr(slot->tts_tupleDescriptor, attribute)->attlen == -1 &&
		VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(slot->tts_values[attribute]));
}

/* An unchanged value of the replica identity that is large stands in the old tuple only. */
static void
complete_new_slot(WfRowFilter *filter)
{
	for (int i = 0; i < filter->descriptor->natts; i++)
		if (is_absent(filter->new_slot, i) && !filter->old_slot->tts_isnull[i] &&
			!is_absent(filter->old_slot, i))
			filter->new_slot->tts_values[i] = filter->old_slot->tts_values[i];
}

static _Noreturn void
refuse_incomplete(const struct WfTablePlan *plan)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
			 errmsg("row filter of table \"%s.%s\" needs a column that the WAL has not",
					wf_server_text(plan->shape.relation.schema),
					wf_server_text(plan->shape.relation.name)),
			 errdetail("The publication or the table's replica identity may have been changed while the row was written."),
			 errhint("Start without the option \"publication.filter\" until this point has been passed; leave out by table.include.list or column.exclude.list meanwhile what must not be published.")));
}

static void
add_context(void *arg)
{
	const WfTablePlan *plan = arg;

	errcontext("row filter of table \"%s.%s\"", wf_server_text(plan->shape.relation.schema),
			   wf_server_text(plan->shape.relation.name));
}

/* NULL is as good as false. */
static bool
matches(const WfTablePlan *plan, const WfRowFilter *filter, WfPublishedOperation operation,
		TupleTableSlot *slot)
{
	ExprContext *context = GetPerTupleExprContext(filter->estate);
	int			attribute = -1;
	bool		is_null;
	Datum		result;

	while ((attribute = bms_next_member(filter->attributes[operation], attribute)) >= 0)
		if (is_absent(slot, attribute))
			refuse_incomplete(plan);
	context->ecxt_scantuple = slot;
	result = ExecEvalExprSwitchContext(filter->expressions[operation], context, &is_null);
	return !is_null && DatumGetBool(result);
}

static bool
admits(WfTablePlan *plan, WfPublishedOperation published, HeapTuple old_tuple,
	   HeapTuple new_tuple, TupleDesc descriptor, WfOperation *operation)
{
	WfRowFilter *filter = plan->published_as->row_filter;
	const WfFilteredTuples *tuples = plan->filtered_tuples;
	bool		old_matches;
	bool		new_matches;

	if (old_tuple != NULL)
	{
		if (!tuples->old_is_enough[published])
			refuse_incomplete(plan);
		fill_slot(filter->old_slot, tuples, &plan->old_row, old_tuple, descriptor);
	}
	if (new_tuple != NULL)
	{
		fill_slot(filter->new_slot, tuples, &plan->new_row, new_tuple, descriptor);
		if (old_tuple != NULL)
			complete_new_slot(filter);
	}

	if (old_tuple == NULL || new_tuple == NULL)
		return matches(plan, filter, published,
					   new_tuple != NULL ? filter->new_slot : filter->old_slot);
	old_matches = matches(plan, filter, published, filter->old_slot);
	new_matches = matches(plan, filter, published, filter->new_slot);
	if (old_matches != new_matches)
		*operation = new_matches ? WF_OPERATION_CREATE : WF_OPERATION_DELETE;
	return old_matches || new_matches;
}

bool
wf_row_filter_admits(WfTablePlan *plan, HeapTuple old_tuple, HeapTuple new_tuple,
					 TupleDesc descriptor, WfOperation *operation)
{
	WfRowFilter *filter = plan->published_as->row_filter;
	WfPublishedOperation published = wf_published_operation(*operation);
	ErrorContextCallback callback = {
		.previous = error_context_stack, .callback = add_context, .arg = plan
	};
	bool		result;

	/* of a delete without an old row there is nothing to tell either way */
	if (filter->expressions[published] == NULL || (old_tuple == NULL && new_tuple == NULL))
		return true;
	error_context_stack = &callback;
	ResetPerTupleExprContext(filter->estate);
	push_snapshot();
	result = admits(plan, published, old_tuple, new_tuple, descriptor, operation);
	PopActiveSnapshot();
	error_context_stack = callback.previous;
	return result;
}
