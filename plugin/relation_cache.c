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
 * - A partition that is published as its root is read by a plan of its own and
 *   written by the root's, which many partitions share.  A root's plan that is
 *   built anew has another version, by which its partitions' plans see that they
 *   are out of date.
 * - A plan depends on its table's relcache entry, on its schema's name, on the
 *   types of its columns that are not built in and their schemas' names, on enum
 *   labels, on what publications say of it if they are asked for, and, if it has
 *   no primary key or identity index, on names of its indexes.  Others' changes
 *   (every CREATE TABLE makes a type) leave it alone, and cost a look-up each,
 *   however many plans there are.
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

#include "catalog/pg_class.h"
#include "lib/ilist.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "compat.h"
#include "digest.h"
#include "envelope/catalogue_texts.h"
#include "inheritor_policy.h"
#include "left_out.h"
#include "palloc_buffer.h"
#include "partition_root.h"
#include "relation_cache.h"
#include "report.h"
#include "settings.h"
#include "undisguised.h"

/* An error's text: names. */
#define ERROR_CEILING 8192

/* So much of the room for building texts stays allocated. */
#define KEPT_TEXT_MAX (64 * 1024)

/*
 * Blocks of a plan's context.  A plan of few columns takes a few kilobytes, so
 * that blocks that double would be half empty.
 */
#define PLAN_BLOCK_BYTES 1024

/* From this many entries on, entries of dropped tables are looked for. */
#define SWEEP_ENTRIES_MIN 256

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
	const WfPublications *publications; /* may be NULL */
	WfTransforms *transforms;	/* may be NULL */
	WfTextForm *form;
	bool		is_described;	/* the output tells the tables' schemas */
	bool		has_keys;		/* it tells keys */
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
						 WfFilters *filters, const WfPublications *publications,
						 WfTransforms *transforms, WfTextForm *form, WfOutput output)
{
	MemoryContext context = AllocSetContextCreate(parent, "walferry relation cache",
												  ALLOCSET_DEFAULT_SIZES);
	WfRelationCache *cache = MemoryContextAllocZero(context, sizeof(WfRelationCache));
	HASHCTL		control = {0};

	cache->context = context;
	cache->encoding = encoding;
	cache->options = options;
	cache->filters = filters;
	cache->publications = publications;
	cache->transforms = transforms;
	cache->form = form;
	cache->is_described = output == WF_OUTPUT_FRAME;
	cache->has_keys = output != WF_OUTPUT_ENVELOPE;
	wf_palloc_buffer_init(&cache->text, context, WF_PLAN_TEXT_MAX_BYTES);
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
	invalidate_dependents(WF_DEPENDS_ON_RELATION, relation_id);
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
	else if (cache == PUBLICATIONNAME)
		invalidate_dependents(WF_DEPENDS_ON_PUBLICATION, hash);
	else if (cache == PUBLICATIONRELMAP)
		invalidate_dependents(WF_DEPENDS_ON_PUBLISHED_TABLE, hash);
	else
		invalidate_dependents(WF_DEPENDS_ON_PUBLISHED_SCHEMA, hash);
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
	CacheRegisterSyscacheCallback(PUBLICATIONNAME, catalogue_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(PUBLICATIONRELMAP, catalogue_changed, (Datum) 0);
#if WF_COMPAT_HAS_ROW_FILTERS
	CacheRegisterSyscacheCallback(PUBLICATIONNAMESPACEMAP, catalogue_changed, (Datum) 0);
#endif
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
		plan->shape.tuples.attribute_count == RelationGetNumberOfAttributes(relation);
}

/* A partition's plan also goes with the one that its rows are published by. */
static inline bool
is_current(const WfTablePlan *plan, Relation relation)
{
	return plan->valid && plan->published_as->valid &&
		plan->published_version == plan->published_as->version &&
		(!plan->captured || is_usable(plan, relation));
}

static WfTablePlan *
find_plan(WfRelationCache *cache, Oid relation_id)
{
	bool		found;
	WfTablePlan *plan = hash_search(cache->plans, &relation_id, HASH_ENTER, &found);

	if (!found)
		memset((char *) plan + sizeof(Oid), 0, sizeof(*plan) - sizeof(Oid));
	return plan;
}

WfTablePlan *
wf_relation_cache_get(WfRelationCache *cache, Relation relation)
{
	Oid			relation_id = RelationGetRelid(relation);
	WfTablePlan *plan = cache->latest;

	if (plan == NULL || plan->relation_id != relation_id)
		plan = cache->latest = find_plan(cache, relation_id);

	if (unlikely(!is_current(plan, relation)))
	{
		build_plan(cache, plan, relation);
		if (hash_get_num_entries(cache->plans) >= cache->sweep_at)
			sweep(cache, plan);
	}
	return plan;
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

/* Copies the text of a plan, what is needed of it, to memory of just its size. */
static void
keep_text(WfRelationCache *cache, WfTablePlan *plan, bool with_description)
{
	size_t		length = wf_row_plan_kept_length(&plan->row_plan, with_description,
												 cache->is_described);
	char	   *former = plan->text.data;
	char	   *copy = MemoryContextAlloc(cache->context, Max(length, 1));

	memcpy(copy, plan->row_plan.text->data, length);
	memset(&plan->text, 0, sizeof(plan->text));
	plan->text.data = copy;
	plan->text.length = plan->text.capacity = plan->text.ceiling = length;
	plan->row_plan.text = &plan->text;
	plan->has_description = with_description;
	if (!with_description)
		wf_row_plan_forget_description(&plan->row_plan, cache->is_described);
	if (former != NULL)
		pfree(former);
}

void
wf_table_plan_written(WfRelationCache *cache, WfTablePlan *plan)
{
	if (plan->has_description && wf_plan_is_described(&plan->row_plan, cache->options))
		keep_text(cache, plan, false);
}

/*
 * The partitioned table that the relation's changes are published as; InvalidOid
 * if it is itself.  What nobody publishes, and a partitioned table that is not
 * published as itself, is not captured, and has no operations.
 */
static Oid
find_root(WfRelationCache *cache, WfTablePlan *plan, Relation relation, List *ancestors,
		  WfPublished *published)
{
	WfShape    *shape = &plan->shape;
	Oid			root;

	if (!cache->options->publishes_roots)
		return InvalidOid;
	if (cache->publications != NULL)
	{
		wf_publications_describe(cache->publications, &shape->dependencies, relation, ancestors,
								 published);
		plan->operations = published->operations;
		plan->captured = published->operations != 0;
		return published->root;
	}
	root = wf_partition_root(ancestors, shape->above, cache->filters);
	if (!OidIsValid(root) && relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE &&
		!wf_filters_partition_root(cache->filters, shape->relation.schema, shape->relation.name))
	{
		plan->captured = false;
		plan->operations = 0;
	}
	return root;
}

/*
 * Gives the shape its name, and what it depends on if filters leave it out.
 * From here on invalidations reach the plan by what it depends on.
 */
static void
describe(WfRelationCache *cache, WfTablePlan *plan, Relation relation, Oid *root)
{
	WfShape    *shape = &plan->shape;
	WfPublished published;
	List	   *ancestors = NIL;

	cache->being_built = plan;
	wf_shape_name(shape, relation, cache->encoding);
	if (cache->options->publishes_roots || wf_filters_has_policy(cache->filters))
	{
		ancestors = wf_partition_ancestors(&shape->dependencies, relation);
		shape->above = wf_partition_names(&shape->dependencies, ancestors, cache->encoding);
	}
	*root = find_root(cache, plan, relation, ancestors, &published);
	if (plan->captured && OidIsValid(*root))
		plan->captured = wf_filters_policy_table(cache->filters, &shape->relation, shape->above);
	else if (plan->captured)
	{
		plan->captured = wf_filters_table(cache->filters, &shape->relation, shape->above);
		if (plan->captured)
			wf_shape_build(shape, relation, cache->encoding, cache->options,
						   cache->money_digits, cache->filters,
						   cache->publications != NULL ? &published : NULL);
		if (plan->captured && cache->publications != NULL)
			plan->row_filter = wf_row_filter_build(&published, relation);
	}
	plan->dependents = wf_dependents_enter(cache->dependents, &shape->dependencies, &plan->valid);
	plan->dependent_count = shape->dependencies.count;
	cache->being_built = NULL;
}

/*
 * The part of it that an EventRouter decides.  A table that is described anew gets
 * a new enclosure, unlike others, whose succeeds if it is the same: the shipper
 * keeps DELIVERY_ENCLOSURES_MAX at most, of DELIVERY_ENCLOSURE_BYTES_MAX in all,
 * and asks for a new session at that.
 */
static void
build_outbox_plan(WfRelationCache *cache, WfTablePlan *plan)
{
	WfRowPlan  *row_plan = &plan->row_plan;
	WfOutboxPlan *outbox = palloc(sizeof(WfOutboxPlan));
	WfBuffer   *text = palloc(sizeof(WfBuffer));
	WfBuffer	error;

	wf_palloc_buffer_init(&error, CurrentMemoryContext, ERROR_CEILING);
	wf_palloc_buffer_init(text, CurrentMemoryContext, WF_PLAN_TEXT_MAX_BYTES);
	if (!wf_outbox_plan_build(outbox, row_plan, cache->options, cache->transforms, text, &error))
		wf_refuse_text(&error, ERRCODE_INVALID_PARAMETER_VALUE);
	row_plan->outbox = outbox;
}

/* The part of a plan that a partition shares with its root. */
static void
build_row_plan(WfRelationCache *cache, WfTablePlan *plan, Relation relation)
{
	const WfRelation *described = &plan->shape.relation;
	WfColumnPlan *column_plans = palloc(sizeof(WfColumnPlan) *
										Max(wf_column_plan_count(described), 1));
	WfBuffer	error;

	wf_buffer_cut(&cache->text, 0);
	wf_palloc_buffer_init(&error, CurrentMemoryContext, ERROR_CEILING);
	if (wf_row_plan_build_transformed(&plan->row_plan, cache->options, cache->form, described,
									  column_plans, &cache->text, wf_server_sha256,
									  cache->transforms, &error))
	{
		WfReport	report = {cache, cache->encoding};

		wf_refuse_same_names(&plan->row_plan, cache->options);
		wf_report_left_out(&report, plan);
		wf_report_undisguised(&report, plan);
		if (plan->row_plan.event_router != NULL)
			build_outbox_plan(cache, plan);
		else
		{
			wf_refuse_converters(described, cache->options);
			wf_report_key(&report, plan, cache->filters, cache->has_keys);
		}
		return;
	}
	if (error.length > 0)
		wf_refuse_text(&error, ERRCODE_INVALID_PARAMETER_VALUE);
	else
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("description of table \"%s\" is too large",
						RelationGetRelationName(relation)),
				 errdetail("It takes more than %d bytes.", WF_PLAN_TEXT_MAX_BYTES)));
}

/*
 * Looks up the root's plan, which is built if need be, and how the partition's
 * tuples are read by it.
 */
static void
follow_root(WfRelationCache *cache, WfTablePlan *plan, Relation partition, Oid root_id)
{
	WfTablePlan *root_plan = find_plan(cache, root_id);
	Relation	root = RelationIdGetRelation(root_id);

	if (!RelationIsValid(root))
		elog(ERROR, "could not open relation with OID %u", root_id);
	if (!is_current(root_plan, root))
		build_plan(cache, root_plan, root);
	plan->published_as = root_plan;
	plan->captured &= root_plan->captured;
	if (plan->captured)
		wf_tuple_map_partition(&plan->shape.tuples, partition, &plan->shape.relation,
							   plan->shape.above, &root_plan->shape.tuples, root,
							   &root_plan->shape.relation,
							   wf_shape_hides_generated(&plan->shape, partition, cache->encoding,
														cache->options, cache->filters),
							   cache->filters);
	RelationClose(root);
}

/* Builds or rebuilds. */
static void
build_plan(WfRelationCache *cache, WfTablePlan *plan, Relation relation)
{
	WfRowPlan	former = plan->row_plan;
	uint32		notices_told = 0;
	WfSlice		former_topic = WF_LITERAL("");
	MemoryContext context;
	MemoryContext old_context;
	Oid			root;

	cache->being_built = NULL;	/* an error may have left one */
	if (plan->context != NULL && former.outbox != NULL)
		notices_told = former.outbox->told;
	plan->valid = true;
	plan->captured = wf_shape_is_captured(relation, cache->options->publishes_roots);
	if (plan->context != NULL && former.topic_id != 0)
	{
		former_topic = wf_plan_text(&former, former.topic);
		former_topic.data = pnstrdup(former_topic.data, former_topic.length);
	}
	release_plan(cache, plan);
	memset(&plan->shape, 0, sizeof(plan->shape));
	memset(&plan->row_plan, 0, sizeof(plan->row_plan));
	plan->row_filter = NULL;
	plan->filtered_tuples = NULL;
	plan->operations = plan->captured ? WF_PUBLISHED_ALL : 0;
	plan->version++;
	plan->published_as = plan;
	plan->published_version = plan->version;
	plan->inheritors_alike = false;
	if (!plan->captured)
		return;

	context = AllocSetContextCreate(cache->context, "walferry row plan", 0, PLAN_BLOCK_BYTES,
									PLAN_BLOCK_BYTES);
	old_context = MemoryContextSwitchTo(context);
	wf_settings_pin();
	describe(cache, plan, relation, &root);
	if (OidIsValid(root))
		follow_root(cache, plan, relation, root);
	else if (plan->captured)
		build_row_plan(cache, plan, relation);
	if (plan->captured)
		wf_table_plan_prepare_rows(plan);
	if (plan->captured && plan->published_as->row_filter != NULL)
		plan->filtered_tuples = wf_row_filter_map(plan->published_as->row_filter, relation);
	MemoryContextSwitchTo(old_context);

	plan->published_version = plan->published_as->version;
	if (plan->captured && plan->published_as == plan)
	{
		wf_row_plan_succeed(&plan->row_plan, &former, former_topic);
		if (plan->row_plan.outbox != NULL)
			plan->row_plan.outbox->told = notices_told;
		keep_text(cache, plan,
				  cache->is_described && !wf_plan_is_described(&plan->row_plan, cache->options));
		wf_buffer_cut(&cache->text, 0);
		wf_palloc_buffer_shrink(&cache->text, KEPT_TEXT_MAX);
	}
	plan->context = context;	/* only now, lest an error leave half a plan */
}

/*
 * The plan is made to depend on all that is below the table, which decoding has no
 * need of.  As while it is built, invalidations must find it meanwhile.
 */
Oid
wf_relation_cache_unlike_inheritor(WfRelationCache *cache, WfTablePlan *plan, Relation relation)
{
	MemoryContext old_context;
	Relation	root;
	Oid			result;

	if (plan->inheritors_alike || !relation->rd_rel->relhassubclass ||
		!wf_filters_has_policy(cache->filters))
		return InvalidOid;

	old_context = MemoryContextSwitchTo(plan->context);
	root = RelationIdGetRelation(plan->published_as->relation_id);
	if (!RelationIsValid(root))
		elog(ERROR, "could not open relation with OID %u", plan->published_as->relation_id);
	cache->being_built = plan;
	result = wf_unlike_inheritor(&plan->shape, relation, &plan->published_as->shape, root,
								 cache->encoding, cache->options, cache->filters);
	wf_dependents_remove(cache->dependents, plan->dependents, plan->dependent_count);
	plan->dependents = wf_dependents_enter(cache->dependents, &plan->shape.dependencies,
										   &plan->valid);
	plan->dependent_count = plan->shape.dependencies.count;
	cache->being_built = NULL;
	RelationClose(root);
	MemoryContextSwitchTo(old_context);

	plan->inheritors_alike = !OidIsValid(result);
	return result;
}

/* Partitions go with what they are published as: it must be built anew with them. */
static void
invalidate_partitions(WfRelationCache *cache)
{
	HASH_SEQ_STATUS scan;
	WfTablePlan *plan;

	hash_seq_init(&scan, cache->plans);
	while ((plan = hash_seq_search(&scan)) != NULL)
		if (plan->valid && !plan->published_as->valid)
			plan->valid = false;
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

	invalidate_partitions(cache);
	hash_seq_init(&scan, cache->plans);
	while ((plan = hash_seq_search(&scan)) != NULL)
	{
		if (plan->valid || plan == keep || plan == keep->published_as)
			continue;
		release_plan(cache, plan);
		bms_free(plan->warned_columns);
		bms_free(plan->told_left_out);
		bms_free(plan->told_undisguised);
		hash_search(cache->plans, &plan->relation_id, HASH_REMOVE, NULL);
	}
	cache->sweep_at = Max(SWEEP_ENTRIES_MIN, 2 * hash_get_num_entries(cache->plans));
}

bool
wf_table_plan_warn_once(WfRelationCache *cache, WfTablePlan *plan, int column)
{
	int			place = column < 0 ? column : plan->shape.tuples.attributes[column];
	int			attribute = place - WF_WARN_LEAST;
	MemoryContext old_context;

	if (bms_is_member(attribute, plan->warned_columns))
		return false;
	old_context = MemoryContextSwitchTo(cache->context);
	plan->warned_columns = bms_add_member(plan->warned_columns, attribute);
	MemoryContextSwitchTo(old_context);
	return true;
}

bool
wf_table_plan_is_news(WfRelationCache *cache, Bitmapset **told, const Bitmapset *members)
{
	Bitmapset  *former = *told;
	bool		is_news = !bms_is_empty(members) && !bms_equal(members, former);
	MemoryContext old_context = MemoryContextSwitchTo(cache->context);

	*told = bms_copy(members);
	MemoryContextSwitchTo(old_context);
	bms_free(former);
	return is_news;
}
