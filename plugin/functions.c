/*
 * functions.c
 *		The SQL functions of CREATE EXTENSION walferry.
 *
 * walferry.render() runs a row through the same plans, readers and writers as
 * decoding does.  What it needs is kept for a call site (fn_extra), so a query
 * over a table builds one plan, not one per row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include <time.h>

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "palloc_buffer.h"
#include "report.h"
#include "settings.h"
#include "walferry.h"

PG_FUNCTION_INFO_V1(walferry_version);
PG_FUNCTION_INFO_V1(walferry_render);

/* What a call site of walferry.render() keeps. */
typedef struct Render
{
	WfSession	session;
	WfPluginOptions options;
	WfEncoding	encoding;
	WfBuffer	buffer;
	WfBuffer	text;			/* session.text */
	WfRelationCache *cache;
	MemoryContext context;
	MemoryContext row_context;	/* reset after each row */
	WfTransaction transaction;
	ArrayType  *options_given;	/* what the above was made from */
	bytea	   *result;			/* of a textual output, given by flush() */
} Render;

static Render *render_of_call_site(FmgrInfo *call_site, ArrayType *options);
static List *split_options(ArrayType *options);
static Relation open_table_of_row(HeapTupleHeader row);
static bytea *render_row(Render *render, Relation relation, HeapTupleHeader row,
						 MemoryContext result_context);
static int64_t now_ns(void *host);
static void take_record(void *host);
static void unconvertible(void *host, const WfRowPlan *row_plan, int column);

Datum
walferry_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(WALFERRY_VERSION));
}

/* render(row record, VARIADIC options text[]) returns bytea; strict */
Datum
walferry_render(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	Render	   *render = render_of_call_site(fcinfo->flinfo, PG_GETARG_ARRAYTYPE_P(1));
	Relation	relation = open_table_of_row(row);
	MemoryContext result_context = MemoryContextSwitchTo(render->row_context);
	bytea	   *result = render_row(render, relation, row, result_context);

	MemoryContextSwitchTo(result_context);
	MemoryContextReset(render->row_context);
	relation_close(relation, AccessShareLock);
	PG_RETURN_BYTEA_P(result);
}

static Render *
render_of_call_site(FmgrInfo *call_site, ArrayType *options)
{
	Render	   *render = call_site->fn_extra;
	WfSession  *session;
	MemoryContext context;
	MemoryContext old_context;

	if (render != NULL && VARSIZE(render->options_given) == VARSIZE(options) &&
		memcmp(render->options_given, options, VARSIZE(options)) == 0)
		return render;
	if (render != NULL)
	{
		call_site->fn_extra = NULL;
		MemoryContextDelete(render->context);
	}

	context = AllocSetContextCreate(call_site->fn_mcxt, "walferry.render", ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(context);
	render = palloc0(sizeof(Render));
	render->context = context;
	render->row_context = AllocSetContextCreate(context, "walferry.render row",
												ALLOCSET_DEFAULT_SIZES);
	render->options_given = (ArrayType *) PG_DETOAST_DATUM_COPY(PointerGetDatum(options));

	session = &render->session;
	wf_encoding_init(&render->encoding, context, MaxAllocSize / MAX_CONVERSION_GROWTH);
	wf_options_parse(split_options(options), &render->encoding, &render->options,
					 &session->options);
	render->encoding.length_max = session->options.record_max_bytes;
	wf_palloc_buffer_init(&render->buffer, context, MaxAllocSize - VARHDRSZ);
	wf_palloc_buffer_init(&render->text, context, WF_SESSION_TEXT_CEILING);

	session->output = (WfOutput) render->options.output;
	session->epoch = render->options.position_epoch;
	session->database = wf_encoding_database_name(&render->encoding);
	session->buffer = &render->buffer;
	session->now_ns = now_ns;
	session->flush = take_record;
	session->unconvertible = unconvertible;
	session->host = render;
	session->text = &render->text;
	if (!wf_session_init(session))
		elog(ERROR, "names of the session take more than %d bytes", WF_SESSION_TEXT_CEILING);
	render->cache = wf_relation_cache_create(context, &render->encoding, &session->options,
											 &session->form);

	/*
	 * All rows of a call site stand at one position, numbered.  With a frame
	 * no BEGIN is wanted, so the transaction pretends to have had one.
	 */
	wf_transaction_begin(&render->transaction, 0, wf_compat_current_lsn(),
						 wf_unix_microseconds(GetCurrentTransactionStartTimestamp()));
	render->transaction.records = 1;

	MemoryContextSwitchTo(old_context);
	call_site->fn_extra = render;
	return render;
}

/* 'name=value' as START_REPLICATION would give it. */
static List *
split_options(ArrayType *options)
{
	List	   *list = NIL;
	Datum	   *texts;
	bool	   *nulls;
	int			count;

	deconstruct_array(options, TEXTOID, -1, false, TYPALIGN_INT, &texts, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *name = nulls[i] ? "" : TextDatumGetCString(texts[i]);
		char	   *equals = strchr(name, '=');

		if (equals == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" is not of the form \"name=value\"", name)));
		*equals = '\0';
		list = lappend(list, makeDefElem(name, (Node *) makeString(equals + 1), -1));
	}
	return list;
}

static Relation
open_table_of_row(HeapTupleHeader row)
{
	Oid			type = HeapTupleHeaderGetTypeId(row);
	Oid			relation_id = type == RECORDOID ? InvalidOid : get_typ_typrelid(type);
	Relation	relation;

	if (!OidIsValid(relation_id))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("walferry.render() needs a row of a table"),
				 errdetail("The argument is a row of type %s.", format_type_be(type)),
				 errhint("Write SELECT walferry.render(t) FROM a_table AS t.")));

	relation = relation_open(relation_id, AccessShareLock);
	if (!wf_shape_is_captured(relation))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table whose changes are captured",
						RelationGetRelationName(relation)),
				 errhint("Captured are permanent tables and partitions that users have made.")));
	return relation;
}

static bytea *
render_row(Render *render, Relation relation, HeapTupleHeader row, MemoryContext result_context)
{
	WfTablePlan *plan = wf_relation_cache_get(render->cache, relation);
	WfSession  *session = &render->session;
	uint64		replaced = session->form.replaced;
	WfRowChange event = {.operation = WF_OPERATION_READ, .lsn = render->transaction.commit_lsn};
	WfReport	report = {render->cache, &render->encoding};
	HeapTupleData tuple = {0};
	int			nest_level = 0;
	bytea	   *result;

	if (plan == NULL)
		elog(ERROR, "table \"%s\" has no row plan", RelationGetRelationName(relation));

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_data = row;

	if (plan->shape.by_output_function)
	{
		nest_level = NewGUCNestLevel();
		wf_settings_pin();
	}
	wf_table_plan_read(plan, &tuple, RelationGetDescr(relation), false, plan->new_row);
	event.new_row = plan->new_row;
	render->result = NULL;
	if (wf_write_row(session, &render->transaction, &plan->row_plan, &event) ==
		WF_WRITE_TOO_LARGE)
		wf_report_too_large(&plan->shape.relation, "row", session->options.record_max_bytes);
	session->form.replaced += render->encoding.replaced;
	if (session->form.replaced != replaced)
		wf_report_replaced(&report, plan, plan->new_row);
	render->encoding.replaced = 0;
	if (nest_level > 0)
		AtEOXact_GUC(true, nest_level); /* elements of arrays are read late */

	if (session->output == WF_OUTPUT_FRAME)
		take_record(render);
	result = (bytea *) MemoryContextAlloc(result_context, VARSIZE(render->result));
	memcpy(result, render->result, VARSIZE(render->result));
	return result;
}

static int64_t
now_ns(void *host)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* The buffer holds all of the row: it becomes the function's result. */
static void
take_record(void *host)
{
	Render	   *render = host;
	WfBuffer   *buffer = &render->buffer;

	render->result = palloc(VARHDRSZ + buffer->length);
	SET_VARSIZE(render->result, VARHDRSZ + buffer->length);
	memcpy(VARDATA(render->result), buffer->data, buffer->length);
	wf_buffer_cut(buffer, 0);
}

static void
unconvertible(void *host, const WfRowPlan *row_plan, int column)
{
	Render	   *render = host;
	WfReport	report = {render->cache, &render->encoding};
	WfTablePlan *plan = (WfTablePlan *) ((char *) row_plan - offsetof(WfTablePlan, row_plan));

	wf_report_unconvertible(&report, plan, column);
}
