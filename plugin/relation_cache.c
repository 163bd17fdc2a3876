/*
 * relation_cache.c
 *		Row plans by table, rebuilt when the catalogue says so.
 *
 * The rules, learnt from pgoutput's relation cache:
 *
 * - Invalidations arrive in the middle of catalogue look-ups, also while a plan
 *   is being built or used.  So the callbacks free nothing; they only clear
 *   `valid`, and the next row's look-up builds anew.  An entry is marked valid
 *   *before* it is built, so that an invalidation during the build is not lost.
 * - Callbacks cannot be unregistered, so they are registered once per process
 *   and walk a list of the caches that live; each cache takes itself off the
 *   list when its memory context goes, which happens after an error too.
 * - A plan depends on its table's relcache entry, on its schema's name, on the
 *   types of its columns that are not built in and their schemas' names, on enum
 *   labels, and, if it has no primary key or identity index, on names of
 *   its indexes.  Others' changes (every CREATE TABLE makes a type) leave it
 *   alone, and cost a look-up each, however many plans there are.
 *
 * During decoding the reorder buffer replays invalidations exactly where the
 * catalogue changed, and the catalogue is that of the time; so each row gets
 * the shape it had when it was written.  Names of schemas, types and enum labels
 * are the exception: renaming those locks no table, so rows of a transaction that
 * ran meanwhile show the new ones, as with every output plugin.
 *
 * Comments are not covered: PostgreSQL tells nobody when one changes.  A new
 * comment shows when the plan is rebuilt for another reason.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "lib/ilist.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "palloc_buffer.h"
#include "relation_cache.h"
#include "report.h"
#include "settings.h"

/* Text of one plan: 1,600 columns with names of 63 characters, escaped, and more. */
#define PLAN_TEXT_CEILING (64 * 1024 * 1024)

/* So much of the room for building texts stays allocated. */
#define KEPT_TEXT_MAX (64 * 1024)

/*
 * Blocks of a plan's context.  A plan of few columns takes a few kilobytes, so
 * that blocks that double would be half empty.
 */
#define PLAN_BLOCK_BYTES 1024

/* From this many entries on, entries of dropped tables are looked for. */
#define SWEEP_ENTRIES_MIN 256

/* No compression of the server's makes values smaller than by this (lz4: 255). */
#define COMPRESSION_MAX 256

struct WfRelationCache
{
	dlist_node	node;			/* in live_caches */
	MemoryContext context;
	MemoryContextCallback on_reset;
	HTAB	   *plans;
	HTAB	   *dependents;		/* plans by what they depend on */
	WfTablePlan *being_built;	/* not among the dependents yet */
	long		sweep_at;		/* entries that cause the next sweep */
	WfTablePlan *latest;		/* most changes come from the table of the last */
	WfEncoding *encoding;
	const WfOptions *options;
	WfFilters  *filters;
	WfTextForm *form;
	bool		is_described;
	WfBuffer	text;			/* for building a plan's */
	int			money_digits;	/* of the session, before anything was pinned */
};

static dlist_head live_caches = DLIST_STATIC_INIT(live_caches);

static void register_callbacks(void);
static void forget_cache(void *arg);
static void release_plan(WfRelationCache *cache, WfTablePlan *plan);
static void keep_text(WfRelationCache *cache, WfTablePlan *plan, bool with_description);
static void build_plan(WfRelationCache *cache, WfTablePlan *plan, Relation relation);
static void sweep(WfRelationCache *cache, WfTablePlan *keep);

WfRelationCache *
wf_relation_cache_create(MemoryContext parent, WfEncoding *encoding, const WfOptions *options,
						 WfFilters *filters, WfTextForm *form, bool is_described)
{
	MemoryContext context = AllocSetContextCreate(parent, "walferry relation cache",
												  ALLOCSET_DEFAULT_SIZES);
	WfRelationCache *cache = MemoryContextAllocZero(context, sizeof(WfRelationCache));
	HASHCTL		control = {0};

	cache->context = context;
	cache->encoding = encoding;
	cache->options = options;
	cache->filters = filters;
	cache->form = form;
	cache->is_described = is_described;
	wf_palloc_buffer_init(&cache->text, context, PLAN_TEXT_CEILING);
	cache->money_digits = wf_settings_money_digits();
	cache->sweep_at = SWEEP_ENTRIES_MIN;

	control.keysize = sizeof(Oid);
	control.entrysize = sizeof(WfTablePlan);
	control.hcxt = context;
	cache->plans = hash_create("walferry row plans", 64, &control,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);

	cache->dependents = wf_dependents_create(context);

	register_callbacks();
	cache->on_reset.func = forget_cache;
	cache->on_reset.arg = cache;
	MemoryContextRegisterResetCallback(context, &cache->on_reset);
	dlist_push_head(&live_caches, &cache->node);
	return cache;
}

static void
forget_cache(void *arg)
{
	dlist_delete(&((WfRelationCache *) arg)->node);
}

static void
invalidate_all_plans(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &live_caches)
	{
		WfRelationCache *cache = dlist_container(WfRelationCache, node, iter.cur);
		HASH_SEQ_STATUS scan;
		WfTablePlan *plan;

		hash_seq_init(&scan, cache->plans);
		while ((plan = hash_seq_search(&scan)) != NULL)
			plan->valid = false;
	}
}

/* Marks the plans that were made of something, or are just being made of it. */
static void
invalidate_dependents(WfDependencyKind kind, uint32 value)
{
	dlist_iter	iter;

	dlist_foreach(iter, &live_caches)
	{
		WfRelationCache *cache = dlist_container(WfRelationCache, node, iter.cur);

		wf_dependents_invalidate(cache->dependents, kind, value);
		if (cache->being_built != NULL &&
			wf_depends_on(&cache->being_built->shape.dependencies, kind, value))
			cache->being_built->valid = false;
	}
}

/* relation_id: a table, an index or whatever; InvalidOid: all of them. */
static void
relation_changed(Datum arg, Oid relation_id)
{
	dlist_iter	iter;

	if (!OidIsValid(relation_id))
	{
		invalidate_all_plans();
		return;
	}

	dlist_foreach(iter, &live_caches)
	{
		WfRelationCache *cache = dlist_container(WfRelationCache, node, iter.cur);
		WfTablePlan *plan = hash_search(cache->plans, &relation_id, HASH_FIND, NULL);

		if (plan != NULL)
			plan->valid = false;
	}
	invalidate_dependents(WF_DEPENDS_ON_INDEX, relation_id);
}

/* hash is that of the row's syscache key; 0: any row may have changed. */
static void
catalogue_changed(Datum arg, int cache, uint32 hash)
{
	if (hash == 0)
		invalidate_all_plans();
	else if (cache == NAMESPACEOID)
		invalidate_dependents(WF_DEPENDS_ON_SCHEMA, hash);
	else if (cache == TYPEOID)
		invalidate_dependents(WF_DEPENDS_ON_TYPE, hash);
	else if (cache == ENUMOID)
		invalidate_dependents(WF_DEPENDS_ON_ENUMS, 0);
}

static void
register_callbacks(void)
{
	static bool registered = false;

	if (registered)
		return;
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, catalogue_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, catalogue_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(ENUMOID, catalogue_changed, (Datum) 0);
	registered = true;
}

/*
 * False after an error left it half built; and, as invalidations tell of every
 * other change, never for the second reason.  But a row of more attributes
 * would be read beyond the plan's arrays, in somebody's production server.
 */
static inline bool
is_usable(const WfTablePlan *plan, Relation relation)
{
	return plan->context != NULL &&
		plan->shape.attribute_count == RelationGetNumberOfAttributes(relation);
}

WfTablePlan *
wf_relation_cache_get(WfRelationCache *cache, Relation relation)
{
	Oid			relation_id = RelationGetRelid(relation);
	WfTablePlan *plan = cache->latest;
	bool		found = true;

	if (plan == NULL || plan->relation_id != relation_id)
	{
		plan = hash_search(cache->plans, &relation_id, HASH_ENTER, &found);
		if (!found)
			memset((char *) plan + sizeof(Oid), 0, sizeof(*plan) - sizeof(Oid));
		cache->latest = plan;
	}

	if (unlikely(!plan->valid || (plan->captured && !is_usable(plan, relation))))
	{
		plan->valid = true;
		build_plan(cache, plan, relation);
		if (hash_get_num_entries(cache->plans) >= cache->sweep_at)
			sweep(cache, plan);
	}
	return plan->captured ? plan : NULL;
}

static bool
sha256(const void *bytes, size_t length, uint8_t digest[32])
{
	bytea	   *input = palloc(VARHDRSZ + length);
	bytea	   *output;

	SET_VARSIZE(input, VARHDRSZ + length);
	memcpy(VARDATA(input), bytes, length);
	output = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(input)));
	memcpy(digest, VARDATA_ANY(output), 32);
	pfree(input);
	return true;
}

/* Gives back what a plan was built of. */
static void
release_plan(WfRelationCache *cache, WfTablePlan *plan)
{
	MemoryContext context = plan->context;

	plan->context = NULL;
	if (plan->text.data != NULL)
		pfree(plan->text.data);
	memset(&plan->text, 0, sizeof(plan->text));
	plan->has_description = false;
	wf_dependents_remove(cache->dependents, plan->dependents, plan->dependent_count);
	plan->dependent_count = 0;
	if (context != NULL)
		MemoryContextDelete(context);
}

/*
 * Copies the text of a plan to memory of just its size.  Enclosure and
 * description, which are the last and by far the longest part of it, are kept
 * only as long as they have not been sent: there may be a hundred thousand
 * tables.  Textual outputs need the enclosure for each record, and the
 * description never.
 */
static void
keep_text(WfRelationCache *cache, WfTablePlan *plan, bool with_description)
{
	WfRange    *schema = &plan->row_plan.schema;
	WfEnclosureRanges *enclosure = &plan->row_plan.enclosure;
	size_t		length = with_description ? schema->offset + schema->length :
	cache->is_described ? enclosure->key_schema.offset : schema->offset;
	char	   *former = plan->text.data;
	char	   *copy = MemoryContextAlloc(cache->context, Max(length, 1));

	memcpy(copy, plan->row_plan.text->data, length);
	memset(&plan->text, 0, sizeof(plan->text));
	plan->text.data = copy;
	plan->text.length = plan->text.capacity = plan->text.ceiling = length;
	plan->row_plan.text = &plan->text;
	plan->has_description = with_description;
	if (!with_description)
		schema->length = 0;
	if (!with_description && cache->is_described)
		enclosure->key_schema.length = enclosure->value_schema.length = 0;
	if (former != NULL)
		pfree(former);
}

void
wf_table_plan_written(WfRelationCache *cache, WfTablePlan *plan)
{
	if (plan->has_description && wf_plan_is_described(&plan->row_plan, cache->options))
		keep_text(cache, plan, false);
}

/* May the column be a member of a record's key? */
static bool
is_for_key(const WfRelation *relation, int column)
{
	for (int i = 0; i < relation->key_count; i++)
		if (relation->key_columns[i] == column)
			return true;
	return relation->identity != WF_IDENTITY_FULL && relation->columns[column].in_identity;
}

/*
 * Asks the filters.  A table that they leave out has no plan, but for its
 * schema's name, which may become another.
 */
static bool
filter_table(WfRelationCache *cache, WfTablePlan *plan, Relation relation)
{
	wf_shape_name(&plan->shape, relation, cache->encoding);
	plan->captured = wf_filters_table(cache->filters, plan->shape.relation.schema,
									  plan->shape.relation.name);
	return plan->captured;
}

/*
 * Builds or rebuilds.  A rebuilt plan keeps the numbers under which the output
 * has described its topic and its schema if these are the same.
 */
static void
build_plan(WfRelationCache *cache, WfTablePlan *plan, Relation relation)
{
	WfRowPlan	former = plan->row_plan;
	WfSlice		former_topic = WF_LITERAL("");
	WfSlice		topic;
	MemoryContext context;
	MemoryContext old_context;
	WfColumnPlan *column_plans;
	int			columns;

	cache->being_built = NULL;	/* an error may have left one */
	plan->captured = wf_shape_is_captured(relation);
	if (plan->context != NULL && former.topic_id != 0)
	{
		former_topic = wf_plan_text(&former, former.topic);
		former_topic.data = pnstrdup(former_topic.data, former_topic.length);
	}
	release_plan(cache, plan);
	memset(&plan->shape, 0, sizeof(plan->shape));
	memset(&plan->row_plan, 0, sizeof(plan->row_plan));
	if (!plan->captured)
		return;

	context = AllocSetContextCreate(cache->context, "walferry row plan", 0, PLAN_BLOCK_BYTES,
									PLAN_BLOCK_BYTES);
	old_context = MemoryContextSwitchTo(context);

	wf_settings_pin();
	cache->being_built = plan;
	if (filter_table(cache, plan, relation))
		wf_shape_build(&plan->shape, relation, cache->encoding, cache->options,
					   cache->money_digits, cache->filters);
	plan->dependents = wf_dependents_enter(cache->dependents, &plan->shape.dependencies,
										   &plan->valid);
	plan->dependent_count = plan->shape.dependencies.count;
	cache->being_built = NULL;
	if (!plan->captured)
	{
		MemoryContextSwitchTo(old_context);
		plan->context = context;
		return;
	}

	wf_refuse_same_names(&plan->shape.relation, cache->options);
	columns = plan->shape.relation.column_count;
	column_plans = palloc(sizeof(WfColumnPlan) *
						  Max(wf_column_plan_count(&plan->shape.relation), 1));
	wf_buffer_cut(&cache->text, 0);
	if (!wf_row_plan_build(&plan->row_plan, cache->options, cache->form, &plan->shape.relation,
						   column_plans, &cache->text, sha256))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("description of table \"%s\" is too large",
						RelationGetRelationName(relation)),
				 errdetail("It takes more than %d bytes.", PLAN_TEXT_CEILING)));
	plan->left_out = palloc(sizeof(bool) * Max(columns, 1));
	for (int i = 0; i < columns; i++)
		plan->left_out[i] = column_plans[i].field.self.omitted &&
			!is_for_key(&plan->shape.relation, i);
	plan->datums = palloc(sizeof(Datum) * Max(plan->shape.attribute_count, 1));
	plan->nulls = palloc(sizeof(bool) * Max(plan->shape.attribute_count, 1));
	plan->old_row = palloc0(sizeof(WfValue) * Max(columns, 1));
	plan->new_row = palloc0(sizeof(WfValue) * Max(columns, 1));

	MemoryContextSwitchTo(old_context);

	if (strcmp(former.fingerprint, plan->row_plan.fingerprint) == 0)
		plan->row_plan.schema_id = former.schema_id;
	if (memcmp(former.enclosure_digest, plan->row_plan.enclosure_digest,
			   sizeof(former.enclosure_digest)) == 0)
		plan->row_plan.enclosure.id = former.enclosure.id;
	topic = wf_plan_text(&plan->row_plan, plan->row_plan.topic);
	if (topic.length == former_topic.length &&
		memcmp(topic.data, former_topic.data, topic.length) == 0)
		plan->row_plan.topic_id = former.topic_id;
	keep_text(cache, plan,
			  cache->is_described && !wf_plan_is_described(&plan->row_plan, cache->options));
	wf_buffer_cut(&cache->text, 0);
	wf_palloc_buffer_shrink(&cache->text, KEPT_TEXT_MAX);
	plan->context = context;	/* only now, lest an error leave half a plan */
}

/*
 * Throws away what is invalid, above all plans of tables that were dropped:
 * in a database that makes and drops tables all day the cache would grow
 * without end.
 */
static void
sweep(WfRelationCache *cache, WfTablePlan *keep)
{
	HASH_SEQ_STATUS scan;
	WfTablePlan *plan;

	hash_seq_init(&scan, cache->plans);
	while ((plan = hash_seq_search(&scan)) != NULL)
	{
		if (plan->valid || plan == keep)
			continue;
		release_plan(cache, plan);
		bms_free(plan->warned_columns);
		hash_search(cache->plans, &plan->relation_id, HASH_REMOVE, NULL);
	}
	cache->sweep_at = Max(SWEEP_ENTRIES_MIN, 2 * hash_get_num_entries(cache->plans));
}

/* Is the datum told, and in the WAL? */
static inline bool
is_read(const WfTablePlan *plan, int column)
{
	int			attribute = plan->shape.attributes[column];

	return !plan->nulls[attribute] && !plan->left_out[column] &&
		!(plan->shape.readers[column].length == -1 &&
		  VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(plan->datums[attribute])));
}

/* Can the row's JSON be larger, and is it, as far as that is known without reading it? */
static bool
is_larger_than(const WfTablePlan *plan, HeapTuple tuple, int64 bytes_max)
{
	uint64		bytes = 0;

	if (!HeapTupleHasExternal(tuple) && tuple->t_len <= bytes_max / COMPRESSION_MAX)
		return false;
	for (int i = 0; i < plan->shape.relation.column_count; i++)
		if (is_read(plan, i))
			bytes += wf_datum_bytes_at_least(&plan->shape.readers[i],
											 plan->datums[plan->shape.attributes[i]]);
	return bytes > (uint64) bytes_max;
}

bool
wf_table_plan_read(WfTablePlan *plan, HeapTuple tuple, TupleDesc descriptor, bool identity_only,
				   int64 bytes_max, WfValue *row)
{
	const WfShape *shape = &plan->shape;
	const WfColumn *columns = shape->relation.columns;
	const int  *attributes = shape->attributes;
	const bool *left_out = plan->left_out;
	const Datum *datums = plan->datums;
	const bool *nulls = plan->nulls;
	WfDatumReader *reader = shape->readers;
	int			count = shape->relation.column_count;
	bool		has_external = HeapTupleHasExternal(tuple);
	bool		too_large;

	heap_deform_tuple(tuple, descriptor, plan->datums, plan->nulls);
	too_large = is_larger_than(plan, tuple, bytes_max);

	for (int i = 0; i < count; i++, reader++)
	{
		Datum		datum = datums[attributes[i]];
		WfValue    *value = &row[i];

		if (unlikely(left_out[i]))
			value->state = WF_VALUE_ABSENT;
		else if (nulls[attributes[i]])
			value->state = identity_only && !columns[i].in_identity ?
				WF_VALUE_ABSENT : WF_VALUE_NULL;
		else if (has_external && !is_read(plan, i))
			value->state = WF_VALUE_UNAVAILABLE;
		else if (unlikely(too_large) && !is_for_key(&shape->relation, i))
		{
			value->state = WF_VALUE_UNREAD;
			value->as.text = wf_slice(NULL, wf_datum_bytes_at_least(reader, datum));
		}
		else
		{
			value->state = WF_VALUE_PRESENT;
			reader->read(reader, datum, value);
		}
		if (unlikely(shape->disguises != NULL))
			wf_filters_disguise(&shape->disguises[i], columns[i].type.kind == WF_TYPE_BYTEA, value);
	}
	return too_large;
}

bool
wf_table_plan_warn_once(WfRelationCache *cache, WfTablePlan *plan, int column)
{
	int			attribute = (column < 0 ? column : plan->shape.attributes[column]) + 2;
	MemoryContext old_context;

	if (bms_is_member(attribute, plan->warned_columns))
		return false;
	old_context = MemoryContextSwitchTo(cache->context);
	plan->warned_columns = bms_add_member(plan->warned_columns, attribute);
	MemoryContextSwitchTo(old_context);
	return true;
}
