/*
 * shape.c
 *		What the catalogue says of a table, as a WfRelation and its readers.
 *
 * Only syscaches and catalogue scans are used, never an index's relation: in
 * decoding, an index may be gone by now while the catalogue of that time still
 * has it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/catalog.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_description.h"
#include "catalog/pg_index.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "compat.h"
#include "default_expression.h"
#include "envelope/catalogue_texts.h"
#include "envelope/default_value.h"
#include "envelope/key_choice.h"
#include "shape.h"
#include "type.h"

StaticAssertDecl(WF_KEY_COLUMNS_MAX >= INDEX_MAX_KEYS, "keys have more columns than WfRelation");
StaticAssertDecl(WF_COLUMNS_MAX >= MaxHeapAttributeNumber,
				 "tables have more columns than WfRelation");
StaticAssertDecl((int) WF_IDENTITY_DEFAULT == REPLICA_IDENTITY_DEFAULT &&
				 (int) WF_IDENTITY_INDEX == REPLICA_IDENTITY_INDEX &&
				 (int) WF_IDENTITY_FULL == REPLICA_IDENTITY_FULL &&
				 (int) WF_IDENTITY_NOTHING == REPLICA_IDENTITY_NOTHING,
				 "WfReplicaIdentity differs from pg_class.relreplident");

/* Everything that is known while a shape is being built. */
typedef struct ShapeBuild
{
	WfShape    *shape;
	WfTypeLookup types;
	WfEncoding *encoding;
	const WfOptions *options;
	WfColumn   *columns;
	int		   *column_of;		/* per attribute: index into columns, or -1 */
	WfFilters  *filters;
	const WfPublished *published;	/* may be NULL */
	bool		has_generated;	/* a column that is told is generated */
	bool		has_secrets;	/* the policy hides or changes a column's values */
	bool		hides_generated;
} ShapeBuild;

static void describe_columns(ShapeBuild *build, Relation relation);
static void take_columns(ShapeBuild *build, Relation relation);
static void describe_defaults(ShapeBuild *build, Relation relation);
static void describe_comments(ShapeBuild *build, Relation relation);
static void describe_keys(ShapeBuild *build, Relation relation);
static bool read_index(ShapeBuild *build, Relation relation, Oid oid, WfIndex *result);

bool
wf_shape_is_captured(Relation relation, bool with_roots)
{
	char		kind = relation->rd_rel->relkind;

	return (kind == RELKIND_RELATION || (with_roots && kind == RELKIND_PARTITIONED_TABLE)) &&
		relation->rd_rel->relpersistence == RELPERSISTENCE_PERMANENT &&
		RelationGetRelid(relation) >= FirstNormalObjectId &&
		!OidIsValid(relation->rd_rel->relrewrite) &&
		!IsCatalogRelation(relation);
}

void
wf_shape_name(WfShape *shape, Relation relation, WfEncoding *encoding)
{
	Oid			schema = RelationGetNamespace(relation);
	char	   *schema_name;

	memset(shape, 0, sizeof(*shape));
	wf_depend_on_schema(&shape->dependencies, schema);
	schema_name = get_namespace_name(schema);
	if (schema_name == NULL)
		elog(ERROR, "cache lookup failed for schema %u", schema);
	shape->relation.schema = wf_encoding_copy(encoding, schema_name);
	pfree(schema_name);
	shape->relation.name = wf_encoding_copy(encoding, RelationGetRelationName(relation));
}

void
wf_shape_build(WfShape *shape, Relation relation, WfEncoding *encoding,
			   const WfOptions *options, int money_digits, WfFilters *filters,
			   const WfPublished *published)
{
	ShapeBuild	build = {
		.shape = shape, .encoding = encoding, .options = options,
		.types = {
			.dependencies = &shape->dependencies, .encoding = encoding, .options = options,
			.money_digits = money_digits
		},
		.filters = filters, .published = published
	};
	WfRelation *described = &shape->relation;

	described->oid = RelationGetRelid(relation);
	described->identity = (WfReplicaIdentity) relation->rd_rel->relreplident;
	described->has_partitions = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;

	describe_columns(&build, relation);
	describe_defaults(&build, relation);
	describe_comments(&build, relation);
	describe_keys(&build, relation);
	wf_tuple_map_identity(&shape->tuples, relation, described->column_count);
	for (int i = 0; i < described->column_count; i++)
		build.columns[i].in_identity = shape->tuples.in_identity[i];
	described->columns = build.columns;
	wf_filters_columns(filters, described, build.columns);
	wf_tuple_map_keys(&shape->tuples, described);
	wf_relation_limit_texts(described, build.columns);
}

/* Notes what the policy does with the values of a column. */
static void
disguise(WfShape *shape, int column, const WfColumnRule *rule, int column_count)
{
	if (rule->action == WF_COLUMN_COPY)
		return;
	if (shape->tuples.disguises == NULL)
		shape->tuples.disguises = palloc0(sizeof(WfColumnRule) * column_count);
	shape->tuples.disguises[column] = *rule;
}

static bool
is_disguised(const WfShape *shape, int column)
{
	return shape->tuples.disguises != NULL &&
		shape->tuples.disguises[column].action != WF_COLUMN_COPY;
}

/*
 * A generated column is not, unless it is stored, and was asked for or is published;
 * nor for pgoutput up to 17.  A column that publications leave out is no part of
 * the table, as those are not that the policy leaves out: a key that would lose one
 * is no key.
 */
static bool
is_told(const ShapeBuild *build, Form_pg_attribute attribute)
{
	const WfPublished *published = build->published;
	bool		is_published = published != NULL &&
	bms_is_member(attribute->attnum, published->columns);

	if (attribute->attisdropped)
		return false;
	if (attribute->attgenerated == '\0')
		return published == NULL || is_published;
	return attribute->attgenerated == ATTRIBUTE_GENERATED_STORED && !build->hides_generated &&
		(is_published ||
		 (build->options->include_generated && (published == NULL || !published->is_listed)));
}

/* A column's name, type and reader. */
static void
describe_column(WfTypeLookup *types, Form_pg_attribute attribute, WfColumn *column,
				WfDatumReader *reader, bool *not_null)
{
	column->name = wf_encoding_copy(types->encoding, NameStr(attribute->attname));
	column->catalogue_type = wf_type_catalogue_name(types, attribute->atttypid);
	column->type_name = wf_type_name(types, attribute->atttypid, attribute->atttypmod);
	wf_type_describe(types, &column->type, reader, attribute->atttypid, attribute->atttypmod,
					 not_null);
}

bool
wf_shape_hides_generated(const WfShape *shape, Relation relation, WfEncoding *encoding,
						 const WfOptions *options, WfFilters *filters)
{
	WfDependencies unneeded = {0};	/* names of types do not matter here */
	WfTypeLookup types = {.dependencies = &unneeded, .encoding = encoding, .options = options};
	TupleDesc	descriptor = RelationGetDescr(relation);

	if (!wf_filters_has_policy(filters) || descriptor->constr == NULL ||
		!descriptor->constr->has_generated_stored)
		return false;
	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		WfColumn	column = {0};
		WfDatumReader reader = {0};
		bool		not_null;

		if (attribute->attisdropped)
			continue;
		describe_column(&types, attribute, &column, &reader, &not_null);
		if (wf_filters_policy_rule(filters, &shape->relation, shape->above, &column).action !=
			WF_COLUMN_COPY)
			return true;
	}
	return false;
}

/*
 * What the policy hides of a table's columns could be read off one that is
 * generated from them, so such a table's generated columns are not told.  It may
 * be a column that publications leave out, while they have the generated one.
 */
static void
describe_columns(ShapeBuild *build, Relation relation)
{
	take_columns(build, relation);
	if (build->has_generated &&
		(build->has_secrets || wf_shape_hides_generated(build->shape, relation, build->encoding,
														build->options, build->filters)))
	{
		build->hides_generated = true;
		take_columns(build, relation);
	}
}

static void
take_columns(ShapeBuild *build, Relation relation)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	WfShape    *shape = build->shape;
	int			count = 0;

	shape->tuples.attribute_count = descriptor->natts;
	shape->tuples.attributes = palloc(sizeof(int) * Max(descriptor->natts, 1));
	shape->readers = palloc0(sizeof(WfDatumReader) * Max(descriptor->natts, 1));
	build->columns = palloc0(sizeof(WfColumn) * Max(descriptor->natts, 1));
	build->column_of = palloc(sizeof(int) * Max(descriptor->natts, 1));
	shape->tuples.disguises = NULL;
	shape->by_output_function = false;

	for (int i = 0; i < descriptor->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		WfColumn   *column = &build->columns[count];
		WfDatumReader *reader = &shape->readers[count];
		WfColumnRule rule;
		bool		not_null;

		build->column_of[i] = -1;
		if (!is_told(build, attribute))
			continue;

		build->column_of[i] = count;
		shape->tuples.attributes[count] = i;
		describe_column(&build->types, attribute, column, reader, &not_null);
		rule = wf_filters_policy_rule(build->filters, &shape->relation, shape->above, column);
		build->has_secrets |= rule.action != WF_COLUMN_COPY;
		build->has_generated |= attribute->attgenerated != '\0';
		if (rule.action == WF_COLUMN_OMIT)
		{
			memset(column, 0, sizeof(*column));
			memset(reader, 0, sizeof(*reader));
			build->column_of[i] = -1;
			continue;
		}
		disguise(shape, count, &rule, descriptor->natts);
		column->is_identity_column = attribute->attidentity != '\0';
		column->is_generated = attribute->attgenerated != '\0';
		column->nullable = !wf_compat_is_not_null(descriptor, i) && !not_null;
		column->may_hold_null = not_null && !wf_compat_is_not_null(descriptor, i);
		shape->by_output_function |= reader->by_output_function;
		count++;
	}
	shape->relation.column_count = count;
}

/*
 * Defaults of the types that can have one in the schema.  The relation's own
 * descriptor has them: it was built from the catalogue of the row's time.  What
 * else an expression names (functions, sequences) does not matter for what is
 * made of it, so the plan does not depend on it; types and enums it has already.
 */
static void
describe_defaults(ShapeBuild *build, Relation relation)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	TupleConstr *constraints = descriptor->constr;

	for (int i = 0; constraints != NULL && i < constraints->num_defval; i++)
	{
		const AttrDefault *defval = &constraints->defval[i];
		int			index = build->column_of[defval->adnum - 1];
		WfColumn   *column = &build->columns[Max(index, 0)];
		WfValue    *value;
		WfScratch	scratch = {0};

		/*
		 * A domain's columns have none, whatever its base type; and one that
		 * the policy disguises may hold its default in most rows.  What a
		 * column is generated from is no default.
		 */
		if (index < 0 || column->is_generated || is_disguised(build->shape, index) ||
			!wf_default_is_possible(&column->type) ||
			TupleDescAttr(descriptor, defval->adnum - 1)->atttypid != column->type.oid)
			continue;
		if (!wf_default_expression(defval->adbin, build->encoding, &column->default_expression))
		{
			column->left_out |= WF_LEFT_OUT_DEFAULT;
			continue;
		}
		scratch.size = WF_SCRATCH_SIZE(column->default_expression.length);
		scratch.memory = palloc(scratch.size);
		value = palloc(sizeof(WfValue));
		if (wf_default_read(&scratch, &column->type, column->default_expression, value))
			column->default_value = value;
	}
}

/* False if it is too long to be shown in any case, and is not even read. */
static bool
read_comment(ShapeBuild *build, Datum datum, WfSlice *comment)
{
	/* no character takes less as JSON in ASCII than here */
	if (toast_raw_datum_size(datum) - VARHDRSZ > WF_COMMENT_MAX_BYTES)
		return false;
	*comment = wf_encoding_copy(build->encoding, TextDatumGetCString(datum));
	return true;
}

/* One scan for the comments of the table and all its columns. */
static void
describe_comments(ShapeBuild *build, Relation relation)
{
	WfRelation *described = &build->shape->relation;
	Relation	descriptions = table_open(DescriptionRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_description_objoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationGetRelid(relation)));
	ScanKeyInit(&keys[1], Anum_pg_description_classoid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	scan = systable_beginscan(descriptions, DescriptionObjIndexId, true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		int32		attribute = ((Form_pg_description) GETSTRUCT(tuple))->objsubid;
		bool		is_null;
		Datum		datum = heap_getattr(tuple, Anum_pg_description_description,
										 RelationGetDescr(descriptions), &is_null);
		WfSlice    *comment = &described->comment;
		uint8_t    *left_out = &described->left_out;

		if (is_null || attribute < 0 || attribute > build->shape->tuples.attribute_count)
			continue;
		if (attribute > 0)
		{
			WfColumn   *column = &build->columns[Max(build->column_of[attribute - 1], 0)];

			if (build->column_of[attribute - 1] < 0)
				continue;
			comment = &column->comment;
			left_out = &column->left_out;
		}
		if (!read_comment(build, datum, comment))
			*left_out |= WF_LEFT_OUT_COMMENT;
	}
	systable_endscan(scan);
	table_close(descriptions, AccessShareLock);
}

/*
 * Which index makes the key is envelope/key_choice.c's to say.  Names matter
 * for that only where there is no primary key, and are depended on only then.
 */
static void
describe_keys(ShapeBuild *build, Relation relation)
{
	List	   *indexes = RelationGetIndexList(relation);
	WfCompat	compat = (WfCompat) build->options->compat;
	WfDependencies *dependencies = &build->shape->dependencies;
	int			others = dependencies->count;
	WfIndex		candidates[2];
	WfIndex    *best = NULL;
	ListCell   *cell;

	foreach(cell, indexes)
	{
		WfIndex    *candidate = best == &candidates[0] ? &candidates[1] : &candidates[0];

		wf_depend_on(dependencies, WF_DEPENDS_ON_RELATION, lfirst_oid(cell));
		if (read_index(build, relation, lfirst_oid(cell), candidate) &&
			wf_index_is_better(candidate, best, compat))
			best = candidate;
	}
	if (best != NULL && (best->is_primary || (best->is_identity && compat == WF_COMPAT_NONE)))
		dependencies->count = others;	/* names did not matter */
	wf_relation_set_key(&build->shape->relation, best, compat);
}

/* False if the index is not unique. */
static bool
read_index(ShapeBuild *build, Relation relation, Oid oid, WfIndex *result)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(oid));
	Form_pg_index index;
	char	   *name;
	bool		is_unique;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for index %u", oid);
	name = get_rel_name(oid);
	index = (Form_pg_index) GETSTRUCT(tuple);
	*result = (WfIndex)
	{
		.name = name != NULL ? wf_slice(name, strlen(name)) : WF_LITERAL(""),
			.is_primary = index->indisprimary,
			.is_identity = index->indisreplident &&
			relation->rd_rel->relreplident == REPLICA_IDENTITY_INDEX,
			.is_clustered = index->indisclustered,
			.is_valid = index->indisvalid,
			.is_immediate = index->indimmediate,
			.is_partial = !heap_attisnull(tuple, Anum_pg_index_indpred, NULL),
			.has_expression = !heap_attisnull(tuple, Anum_pg_index_indexprs, NULL),
			.is_not_null = true,
			.key_count = index->indnkeyatts,
			.column_count = index->indnatts
	};
	for (int i = 0; i < index->indnatts; i++)
	{
		AttrNumber	attribute = index->indkey.values[i];

		result->columns[i] = attribute > 0 ? build->column_of[attribute - 1] : -1;
		if (i < index->indnkeyatts)
			result->is_not_null &= attribute > 0 &&
				wf_compat_is_not_null(RelationGetDescr(relation), attribute - 1);
	}
	is_unique = index->indisunique;
	ReleaseSysCache(tuple);
	return is_unique;
}
