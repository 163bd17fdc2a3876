/*
 * type.c
 *		What the catalogue says of a type, as a WfType and its reader.
 *
 * pg_enum is scanned rather than looked up, for the reason given with
 * RenumberEnumType() in pg_enum.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "compat.h"
#include "compound.h"
#include "envelope/catalogue_texts.h"
#include "type.h"

/* What a type comes down to. */
typedef struct BaseType
{
	Oid			oid;
	int32		typmod;
	int16		length;
	bool		by_value;
	char		align;
	bool		is_enum;
	bool		is_domain;		/* it was reached through one */
	NameData	name;
	bool		is_sent;		/* it has a send function */
	bool		is_base;		/* no composite, range or pseudo-type */
	Oid			element;		/* of an array; else InvalidOid */
	bool		not_null;		/* said by the outermost domain */
} BaseType;

static WfTypeKind compound_kind(const WfTypeLookup *types, Oid oid, WfDatumReader *reader);
static BaseType flatten_type(const WfTypeLookup *types, Oid oid, int32 typmod);
static WfTypeKind scalar_kind(const BaseType *base);
static WfEnumLabels *enum_labels(WfTypeLookup *types, Oid type, WfSlice *in_order);
static WfEnumLabels *read_labels(const WfTypeLookup *types, Oid type, WfSlice *in_order);

/* What wf_datum_reader_init() wants to be set of every type. */
static void
prepare_reader(const WfTypeLookup *types, const BaseType *base, WfDatumReader *reader)
{
	reader->encoding = types->encoding;
	reader->money_digits = types->money_digits;
	reader->type = base->oid;
	reader->length = base->length;
	reader->by_value = base->by_value;
	reader->align = base->align;
}

void
wf_type_describe(WfTypeLookup *types, WfType *type, WfDatumReader *reader, Oid oid,
				 int32 typmod, bool *not_null)
{
	BaseType	base = flatten_type(types, oid, typmod);

	*not_null = base.not_null;
	type->oid = base.oid;
	type->typmod = base.typmod;
	type->is_domain = base.is_domain;
	type->element_kind = WF_TYPE_OTHER;

	prepare_reader(types, &base, reader);

	if (OidIsValid(base.element))
	{
		BaseType	element = flatten_type(types, base.element, base.typmod);
		WfDatumReader *element_reader = palloc0(sizeof(WfDatumReader));

		type->kind = WF_TYPE_ARRAY;
		type->element_oid = element.oid;
		type->element_kind = scalar_kind(&element);
		type->element_is_domain = element.is_domain;
		type->typmod = element.typmod;
		wf_field_adjust_type(type, types->options);

		prepare_reader(types, &element, element_reader);
		if (type->element_kind == WF_TYPE_ENUM)
			element_reader->labels = enum_labels(types, element.oid, &type->enum_labels);
		if (type->element_kind == WF_TYPE_OTHER)
			type->element_kind = compound_kind(types, element.oid, element_reader);
		wf_datum_reader_init(element_reader, type->element_kind);
		reader->element = element_reader;
	}
	else
	{
		type->kind = scalar_kind(&base);
		if (type->kind == WF_TYPE_ENUM)
			reader->labels = enum_labels(types, base.oid, &type->enum_labels);
		if (type->kind == WF_TYPE_OTHER)
			type->kind = compound_kind(types, base.oid, reader);
	}
	wf_datum_reader_init(reader, type->kind);
}

/* With unknown.handling=json composite types and multiranges are known. */
static WfTypeKind
compound_kind(const WfTypeLookup *types, Oid oid, WfDatumReader *reader)
{
	if (types->options->unknown_handling != WF_UNKNOWN_JSON)
		return WF_TYPE_OTHER;
	reader->compound = wf_compound_reader(types->dependencies, types->encoding, oid);
	return reader->compound != NULL ? WF_TYPE_COMPOUND : WF_TYPE_OTHER;
}

/* Domains over domains: only the innermost can have a typmod of its own. */
static BaseType
flatten_type(const WfTypeLookup *types, Oid oid, int32 typmod)
{
	BaseType	base = {0};
	bool		outermost = true;

	for (;;)
	{
		HeapTuple	tuple;
		Form_pg_type type;

		wf_depend_on_type(types->dependencies, oid);
		tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(oid));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", oid);
		type = (Form_pg_type) GETSTRUCT(tuple);

		if (type->typtype != TYPTYPE_DOMAIN)
		{
			base.oid = oid;
			base.typmod = typmod;
			base.length = type->typlen;
			base.by_value = type->typbyval;
			base.align = type->typalign;
			base.is_enum = type->typtype == TYPTYPE_ENUM;
			base.is_base = type->typtype == TYPTYPE_BASE;
			base.is_sent = OidIsValid(type->typsend);
			base.is_domain = !outermost;
			base.name = type->typname;
			base.element = wf_compat_is_array(type) ? type->typelem : InvalidOid;
			ReleaseSysCache(tuple);
			return base;
		}

		if (outermost)
			base.not_null = type->typnotnull;
		outermost = false;
		oid = type->typbasetype;
		if (type->typtypmod >= 0)
			typmod = type->typtypmod;
		ReleaseSysCache(tuple);
	}
}

static WfTypeKind
scalar_kind(const BaseType *base)
{
	WfTypeKind	kind;

	if (base->is_enum)
		return WF_TYPE_ENUM;
	if (base->oid < FirstNormalObjectId || !base->is_base)
		return wf_type_kind(base->oid);
	kind = wf_extension_type_kind(NameStr(base->name));
	return wf_type_kind_is_sent(kind) && !base->is_sent ? WF_TYPE_OTHER : kind;
}

static int
compare_labels(const void *a, const void *b)
{
	Oid			left = ((const WfEnumLabel *) a)->oid;
	Oid			right = ((const WfEnumLabel *) b)->oid;

	return left < right ? -1 : left > right;
}

/* Those of the enum that was asked for last are shared: many columns may have it. */
static WfEnumLabels *
enum_labels(WfTypeLookup *types, Oid type, WfSlice *in_order)
{
	if (types->labels == NULL || types->labels_type != type)
	{
		types->labels = read_labels(types, type, &types->labels_in_order);
		types->labels_type = type;
	}
	*in_order = types->labels_in_order;
	return types->labels;
}

static WfEnumLabels *
read_labels(const WfTypeLookup *types, Oid type, WfSlice *in_order)
{
	WfEnumLabels *result = palloc0(sizeof(WfEnumLabels));
	StringInfoData text;
	Relation	enums;
	Relation	index;
	SysScanDesc scan;
	ScanKeyData key;
	HeapTuple	tuple;
	int			capacity = 16;

	wf_depend_on(types->dependencies, WF_DEPENDS_ON_ENUMS, 0);
	result->labels = palloc(sizeof(WfEnumLabel) * capacity);
	initStringInfo(&text);

	ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(type));
	enums = table_open(EnumRelationId, AccessShareLock);
	index = index_open(EnumTypIdSortOrderIndexId, AccessShareLock);
	scan = systable_beginscan_ordered(enums, index, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext_ordered(scan, ForwardScanDirection)))
	{
		Form_pg_enum row = (Form_pg_enum) GETSTRUCT(tuple);
		WfEnumLabel *label;

		if (result->count == capacity)
		{
			capacity *= 2;
			result->labels = repalloc(result->labels, sizeof(WfEnumLabel) * capacity);
		}
		label = &result->labels[result->count++];
		label->oid = row->oid;
		label->label = wf_encoding_copy(types->encoding, NameStr(row->enumlabel));
		if (text.len > WF_LABELS_MAX_BYTES)
			continue;			/* it will be left out, and may have no end */
		if (text.len > 0)
			appendStringInfoChar(&text, ',');
		appendBinaryStringInfo(&text, label->label.data, (int) label->label.length);
	}
	systable_endscan_ordered(scan);
	index_close(index, AccessShareLock);
	table_close(enums, AccessShareLock);

	qsort(result->labels, result->count, sizeof(WfEnumLabel), compare_labels);
	*in_order = wf_slice(text.data, text.len);
	return result;
}

WfSlice
wf_type_name(const WfTypeLookup *types, Oid oid, int32 typmod)
{
	uint16		flags = FORMAT_TYPE_TYPEMOD_GIVEN;
	Oid			element = get_element_type(oid);
	Oid			named = OidIsValid(element) ? element : oid;
	HeapTuple	tuple;
	Oid			schema;
	char	   *shown;
	WfSlice		name;

	wf_depend_on_type(types->dependencies, named);
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(named));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", named);
	schema = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace;
	if (schema != PG_CATALOG_NAMESPACE)
	{
		flags |= FORMAT_TYPE_FORCE_QUALIFY;
		wf_depend_on_schema(types->dependencies, schema);
	}
	ReleaseSysCache(tuple);

	shown = format_type_extended(oid, typmod, flags);
	name = wf_encoding_copy(types->encoding, shown);
	pfree(shown);
	return name;
}

WfSlice
wf_type_catalogue_name(const WfTypeLookup *types, Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(oid));
	WfSlice		name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", oid);
	name = wf_encoding_copy(types->encoding, NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname));
	ReleaseSysCache(tuple);
	return name;
}
