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
#include "utils/pg_lsn.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "palloc_buffer.h"
#include "settings.h"
#include "walferry.h"

PG_FUNCTION_INFO_V1(walferry_version);
PG_FUNCTION_INFO_V1(walferry_render);

/*
 * Of a snapshot that is read through a call site: options of the function's own, whose
 * names begin with "snapshot.".
 */
typedef struct SnapshotRead
{
	uint64		lsn;			/* where it stands in the WAL; 0: it is none */
	uint64		chunk;			/* of the first row (event.h) */
	uint64		row;			/* the first row's number among those of chunk and
								 * of the chunks that follow */
	WfSnapshotMark mark;		/* of the first row; of others TRUE */
} SnapshotRead;

/* What a call site of walferry.render() keeps. */
typedef struct Render
{
	WfRowWriter writer;			/* must be first */
	WfBuffer	buffer;
	MemoryContext context;
	MemoryContext row_context;	/* reset after each row */
	WfTransaction transaction;
	SnapshotRead snapshot;
	uint64		rows;			/* written so far, of a snapshot */
	ArrayType  *options_given;	/* what the above was made from */
	int			money_digits;
} Render;

static Render *render_of_call_site(FmgrInfo *call_site, ArrayType *options);
static List *split_options(ArrayType *options, SnapshotRead *snapshot);
static bool set_snapshot_option(SnapshotRead *snapshot, const char *name, char *value);
static void check_snapshot(const SnapshotRead *snapshot);
static Relation open_table_of_row(HeapTupleHeader row, bool with_roots);
static bool render_row(Render *render, Relation relation, HeapTupleHeader row);
static void keep(void *host);

Datum
walferry_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(WALFERRY_VERSION));
}

/* render(row_value record, VARIADIC options text[]) returns bytea; strict */
Datum
walferry_render(PG_FUNCTION_ARGS)
{
	HeapTupleHeader row = PG_GETARG_HEAPTUPLEHEADER(0);
	Render	   *render = render_of_call_site(fcinfo->flinfo, PG_GETARG_ARRAYTYPE_P(1));
	bool		with_roots = render->writer.session.options.publishes_roots;
	Relation	relation = open_table_of_row(row, with_roots);
	MemoryContext old_context = MemoryContextSwitchTo(render->row_context);
	bool		is_published = render_row(render, relation, row);
	bytea	   *result;

	MemoryContextSwitchTo(old_context);
	MemoryContextReset(render->row_context);
	relation_close(relation, AccessShareLock);
	if (!is_published)
		PG_RETURN_NULL();

	result = (bytea *) cstring_to_text_with_len(render->buffer.data, render->buffer.length);
	wf_buffer_cut(&render->buffer, 0);
	PG_RETURN_BYTEA_P(result);
}

static Render *
render_of_call_site(FmgrInfo *call_site, ArrayType *options)
{
	Render	   *render = call_site->fn_extra;
	MemoryContext context;
	MemoryContext old_context;

	if (render != NULL && render->money_digits == wf_settings_money_digits() &&
		VARSIZE(render->options_given) == VARSIZE(options) &&
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
	render->money_digits = wf_settings_money_digits();
	render->options_given = (ArrayType *) PG_DETOAST_DATUM_COPY(PointerGetDatum(options));
	wf_palloc_buffer_init(&render->buffer, context, MaxAllocSize - VARHDRSZ);
	render->writer.session.buffer = &render->buffer;
	render->writer.session.flush = keep;
	wf_row_writer_init(&render->writer, context, split_options(options, &render->snapshot), false);
	render->writer.session.without_position = render->snapshot.lsn == 0;

	/*
	 * A row that is read has no position of its own; a snapshot gives it one.
	 * Else the records show none; a frame must have one, which here is where
	 * the WAL ended, with a number that is unique to the call site only.  With
	 * a frame no BEGIN is wanted, so the transaction pretends to have had one.
	 */
	wf_transaction_begin(&render->transaction, 0,
						 render->snapshot.lsn != 0 ? render->snapshot.lsn : wf_compat_current_lsn(),
						 wf_unix_microseconds(GetCurrentTransactionStartTimestamp()));
	render->transaction.records = 1;

	MemoryContextSwitchTo(old_context);
	call_site->fn_extra = render;
	return render;
}

/* 'name=value' as START_REPLICATION would give it, without those of a snapshot. */
static List *
split_options(ArrayType *options, SnapshotRead *snapshot)
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
		if (!set_snapshot_option(snapshot, name, equals + 1))
			list = lappend(list, makeDefElem(name, (Node *) makeString(equals + 1), -1));
	}
	check_snapshot(snapshot);
	return list;
}

static uint64
parse_number(const char *name, const char *value, uint64 least)
{
	char	   *end;
	uint64		number;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 || number < least ||
		number > PG_INT64_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" is \"%s\", but it takes a number from " UINT64_FORMAT " on", name, value,
						least)));
	return number;
}

/* False: it is none of a snapshot's. */
static bool
set_snapshot_option(SnapshotRead *snapshot, const char *name, char *value)
{
	if (strcmp(name, "snapshot.lsn") == 0)
		snapshot->lsn = DatumGetLSN(DirectFunctionCall1(pg_lsn_in, CStringGetDatum(value)));
	else if (strcmp(name, "snapshot.chunk") == 0)
		snapshot->chunk = parse_number(name, value, 1);
	else if (strcmp(name, "snapshot.row") == 0)
		snapshot->row = parse_number(name, value, 0);
	else if (strcmp(name, "snapshot.mark") == 0)
	{
		snapshot->mark = wf_snapshot_mark_of(wf_slice(value, strlen(value)));
		if (snapshot->mark == WF_SNAPSHOT_NONE)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("option \"%s\" is \"%s\", but it takes true, first, first_in_data_collection, last_in_data_collection or last",
							name, value)));
	}
	else
		return false;
	return true;
}

static void
check_snapshot(const SnapshotRead *snapshot)
{
	bool		is_given = snapshot->lsn != 0;
	bool		has_chunk = snapshot->chunk != 0;

	if (is_given != has_chunk ||
		(!is_given && (snapshot->row != 0 || snapshot->mark != WF_SNAPSHOT_NONE)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("of a snapshot, options \"snapshot.lsn\" and \"snapshot.chunk\" have to be given")));
}

static _Noreturn void
refuse_table(Relation relation)
{
	const char *name = RelationGetRelationName(relation);

	if (relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("rows of partitioned table \"%s\" are published as rows of its partitions",
						name),
				 errhint("Render the rows of each partition, as SELECT ... FROM a_partition AS t, or give the option publish.via.partition.root=true.")));
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not a table whose changes are captured", name),
			 errhint("Captured are permanent tables and partitions that users have made.")));
}

static Relation
open_table_of_row(HeapTupleHeader row, bool with_roots)
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
	if (!wf_shape_is_captured(relation, with_roots))
		refuse_table(relation);
	return relation;
}

static _Noreturn void
refuse_left_out(Relation relation, bool with_publications)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("table \"%s.%s\" is left out by the filters",
					get_namespace_name(RelationGetNamespace(relation)),
					RelationGetRelationName(relation)),
			 with_publications ?
			 errhint("The publications of the option \"publication.filter\" do not have it.") :
			 errhint("See the options whose names end in include.list and exclude.list.")));
}

/* A table is named by its OID if it was dropped meanwhile. */
static char *
qualified_name(Oid table)
{
	char	   *name = get_rel_name(table);

	if (name == NULL)
		return psprintf("%u", table);
	return psprintf("%s.%s", get_namespace_name(get_rel_namespace(table)), name);
}

static _Noreturn void
refuse_unlike_inheritor(Relation relation, Oid inheritor)
{
	bool		is_partitioned = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
	char	   *name = qualified_name(RelationGetRelid(relation));

	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 is_partitioned ?
			 errmsg("a row of partitioned table \"%s\" does not tell which partition it is in",
					name) :
			 errmsg("a row of table \"%s\" does not tell whether it is in a table that inherits from it",
					name),
			 errdetail("The server's walferry.policy keeps back other things of \"%s\" than of the table.",
					   qualified_name(inheritor)),
			 is_partitioned ?
			 errhint("Render the rows of each partition, as SELECT ... FROM a_partition AS t.") :
			 errhint("Render the rows of what inherits from it as SELECT ... FROM an_inheritor AS t; "
					 "those of the table itself can be rendered if the policy treats it alike, or loaded "
					 "by an UPDATE that changes nothing.")));
}

/* Leaves the row's record in the buffer; false if a row filter leaves the row out. */
static bool
render_row(Render *render, Relation relation, HeapTupleHeader row)
{
	WfTablePlan *plan;
	WfRowChange event = {.operation = WF_OPERATION_READ, .lsn = render->transaction.commit_lsn};
	const SnapshotRead *snapshot = &render->snapshot;
	HeapTupleData tuple = {0};
	Oid			unlike;

	/* Settings stay pinned while the row is written: arrays are read then. */
	int			nest_level = NewGUCNestLevel();

	plan = wf_relation_cache_get(render->writer.cache, relation);
	if (!plan->captured && snapshot->lsn != 0)
	{
		/*
		 * who reads all tables does not know what the server's policy leaves
		 * out
		 */
		AtEOXact_GUC(true, nest_level);
		return false;
	}
	if (!plan->captured)
		refuse_left_out(relation, plan->operations == 0 &&
						render->writer.session.options.publication_filter != NULL);
	unlike = wf_relation_cache_unlike_inheritor(render->writer.cache, plan, relation);
	if (OidIsValid(unlike))
		refuse_unlike_inheritor(relation, unlike);

	tuple.t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple.t_self);
	tuple.t_data = row;
	if (plan->published_as->row_filter != NULL &&
		!wf_row_filter_admits(plan, NULL, &tuple, RelationGetDescr(relation), &event.operation))
	{
		AtEOXact_GUC(true, nest_level);
		return false;
	}

	if (plan->published_as->shape.by_output_function)
		wf_settings_pin();
	event.has_unread =
		wf_table_plan_read(plan, &tuple, RelationGetDescr(relation), false,
						   render->writer.session.options.record_max_bytes, &plan->new_row,
						   NULL);
	event.new_row = plan->new_row.values;
	wf_buffer_cut(&render->buffer, 0);
	render->writer.clock_ns = 0;
	if (snapshot->lsn != 0)
		wf_transaction_place_read(&render->transaction, snapshot->chunk,
								  snapshot->row + render->rows,
								  render->rows == 0 ? snapshot->mark : WF_SNAPSHOT_TRUE);
	render->rows++;
	wf_row_writer_write(&render->writer, &render->transaction, plan->published_as, &event);
	AtEOXact_GUC(true, nest_level);
	return true;
}

/* A row is one textual record; it stays in the buffer until it is returned. */
static void
keep(void *host)
{
}
