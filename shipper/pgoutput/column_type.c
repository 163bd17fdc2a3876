/*
 * column_type.c
 *		What a column's type is, by what the catalogue and pgoutput say of it.
 *
 * The same that plugin/type.c makes of the server's caches.  A type that has been
 * dropped since the row was written is known by its Type message only, which has a name
 * and no more: its values are read as text, which is what an enum's are, and a string is
 * what becomes of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "column_type.h"

#include <stdlib.h>

#include "envelope/natural_json.h"

/* The first OID that is not the server's own (FirstNormalObjectId). */
#define FIRST_USER_OID 16384

/* What a type comes down to. */
typedef struct BaseType
{
	uint32_t	oid;
	int32_t		typmod;
	bool		is_domain;		/* it was reached through one */
	bool		not_null;		/* said by the outermost domain */
	int			row;			/* of CATALOGUE_TYPES; -1: it is not there */
} BaseType;

/* A composite type on its way to a WfNaturalType. */
typedef struct NaturalBuild
{
	const TypeLookup *lookup;
	int			parts;			/* so far */
	bool		too_large;
} NaturalBuild;

static const WfNaturalType *build_natural(NaturalBuild *build, uint32_t oid, int depth);

/* ---- the catalogue's rows ---- */

/* The type's row, or first row, by halves, as they are in order; -1: there is none. */
static int
find_type(const TypeLookup *lookup, uint32_t oid)
{
	const PGresult *types = lookup->answer->results[CATALOGUE_TYPES];
	int			low = 0;
	int			high = PQntuples(types);

	while (low < high)
	{
		int			middle = low + (high - low) / 2;

		if (catalogue_number(types, middle, TYPE_OID) < oid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < PQntuples(types) && catalogue_number(types, low, TYPE_OID) == oid ? low : -1;
}

/* pg_type.typtype */
static char
kind_of(const TypeLookup *lookup, int row)
{
	return PQgetvalue(lookup->answer->results[CATALOGUE_TYPES], row, TYPE_KIND)[0];
}

/* Domains over domains: only the innermost can have a typmod of its own. */
static BaseType
flatten_type(const TypeLookup *lookup, uint32_t oid, int32_t typmod)
{
	const PGresult *types = lookup->answer->results[CATALOGUE_TYPES];
	BaseType	base = {.oid = oid, .typmod = typmod, .row = find_type(lookup, oid)};

	while (base.row >= 0 && kind_of(lookup, base.row) == 'd')
	{
		int32_t		own_typmod = atoi(PQgetvalue(types, base.row, TYPE_BASE_TYPMOD));

		if (!base.is_domain)
			base.not_null = catalogue_is_true(types, base.row, TYPE_NOT_NULL);
		base.is_domain = true;
		if (own_typmod >= 0)
			base.typmod = own_typmod;
		base.oid = catalogue_number(types, base.row, TYPE_BASE);
		base.row = find_type(lookup, base.oid);
	}
	return base;
}

static uint32_t
element_of(const TypeLookup *lookup, const BaseType *base)
{
	return base->row < 0 ? 0 :
		catalogue_number(lookup->answer->results[CATALOGUE_TYPES], base->row, TYPE_ELEMENT);
}

/* ---- kinds ---- */

static WfTypeKind
scalar_kind(const TypeLookup *lookup, const BaseType *base)
{
	const PGresult *types = lookup->answer->results[CATALOGUE_TYPES];
	WfTypeKind	kind;

	if (base->row < 0)
		return base->oid < FIRST_USER_OID ? wf_type_kind(base->oid) : WF_TYPE_TEXT;
	if (kind_of(lookup, base->row) == 'e')
		return WF_TYPE_ENUM;
	if (base->oid < FIRST_USER_OID || kind_of(lookup, base->row) != 'b')
		return wf_type_kind(base->oid);
	kind = wf_extension_type_kind(PQgetvalue(types, base->row, TYPE_NAME));
	return wf_type_kind_is_sent(kind) && !catalogue_is_true(types, base->row, TYPE_IS_SENT) ?
		WF_TYPE_OTHER : kind;
}

/* Empty if the enum has none. */
static WfSlice
enum_labels(const TypeLookup *lookup, uint32_t oid)
{
	int			row = find_type(lookup, oid);

	return arena_copy(lookup->arena, row < 0 ? WF_LITERAL("") :
					  catalogue_text(lookup->answer->results[CATALOGUE_TYPES], row, TYPE_LABELS));
}

/* ---- composite types and multiranges ---- */

/* The members of the composite type whose rows begin there. */
static void
add_members(NaturalBuild *build, WfNaturalType *type, int first, int depth)
{
	const TypeLookup *lookup = build->lookup;
	const PGresult *rows = lookup->answer->results[CATALOGUE_TYPES];
	uint32_t	oid = catalogue_number(rows, first, TYPE_OID);
	WfNaturalMember *members;
	int			count = 0;

	while (first + count < PQntuples(rows) && !PQgetisnull(rows, first + count, TYPE_MEMBER_NAME) &&
		   catalogue_number(rows, first + count, TYPE_OID) == oid)
		count++;
	members = arena_take(lookup->arena, sizeof(WfNaturalMember) * (size_t) count);
	if (members == NULL)
		return;
	type->kind = WF_NATURAL_COMPOSITE;
	type->members = members;
	type->member_count = count;
	for (int i = 0; i < count && !build->too_large; i++)
	{
		members[i].name = arena_copy(lookup->arena,
									 wf_slice_of(PQgetvalue(rows, first + i, TYPE_MEMBER_NAME)));
		members[i].type = build_natural(build, catalogue_number(rows, first + i, TYPE_MEMBER_TYPE),
										depth + 1);
	}
}

static const WfNaturalType *
build_natural(NaturalBuild *build, uint32_t oid, int depth)
{
	const TypeLookup *lookup = build->lookup;
	BaseType	base = flatten_type(lookup, oid, -1);
	WfNaturalType *type = arena_take(lookup->arena, sizeof(WfNaturalType));
	char		kind = base.row < 0 ? 'b' : kind_of(lookup, base.row);
	uint32_t	element = element_of(lookup, &base);

	if (type == NULL || ++build->parts > WF_NATURAL_PARTS_MAX || depth > WF_NATURAL_DEPTH_MAX)
		build->too_large = true;
	else if (kind == 'c')
		add_members(build, type, base.row, depth);
	else if (element != 0)
	{
		int			row = find_type(lookup, element);
		const PGresult *types = lookup->answer->results[CATALOGUE_TYPES];

		type->kind = WF_NATURAL_ARRAY;
		type->delimiter = row < 0 ? ',' : PQgetvalue(types, row, TYPE_DELIMITER)[0];
		type->element = build_natural(build, element, depth + 1);
	}
	else
		type->kind = kind == 'm' ? WF_NATURAL_MULTIRANGE : wf_natural_scalar_kind(base.oid);
	return type;
}

/* With unknown.handling=json composite types and multiranges are known. */
static WfTypeKind
compound_kind(const TypeLookup *lookup, const BaseType *base, const WfNaturalType **natural)
{
	static const WfNaturalType formless = {.kind = WF_NATURAL_FORMLESS};
	NaturalBuild build = {.lookup = lookup};
	char		kind = base->row < 0 ? 'b' : kind_of(lookup, base->row);

	if (lookup->options->unknown_handling != WF_UNKNOWN_JSON || (kind != 'c' && kind != 'm'))
		return WF_TYPE_OTHER;
	*natural = build_natural(&build, base->oid, 1);
	if (build.too_large)
		*natural = &formless;
	return WF_TYPE_COMPOUND;
}

/* ---- the whole ---- */

static void
describe_array(const TypeLookup *lookup, WfType *type, uint32_t element_oid, int32_t typmod)
{
	BaseType	element = flatten_type(lookup, element_oid, typmod);
	int			row = find_type(lookup, element_oid);

	type->kind = WF_TYPE_ARRAY;
	if (row >= 0)
		type->element_delimiter =
			PQgetvalue(lookup->answer->results[CATALOGUE_TYPES], row, TYPE_DELIMITER)[0];
	type->element_oid = element.oid;
	type->element_kind = scalar_kind(lookup, &element);
	type->element_is_domain = element.is_domain;
	type->typmod = element.typmod;
	wf_field_adjust_type(type, lookup->options);
	if (type->element_kind == WF_TYPE_ENUM)
		type->enum_labels = enum_labels(lookup, element.oid);
	if (type->element_kind == WF_TYPE_OTHER)
		type->element_kind = compound_kind(lookup, &element, &type->natural);
}

/* By the catalogue, else by the Type message; a dropped one of neither has none. */
static WfSlice
type_name(const TypeLookup *lookup, int row, uint32_t oid)
{
	const char *told;

	if (row >= 0)
		return arena_copy(lookup->arena,
						  wf_slice_of(PQgetvalue(lookup->answer->results[CATALOGUE_TYPES], row,
												 TYPE_NAME)));
	told = type_names_find(lookup->names, oid);
	return told != NULL ? arena_copy(lookup->arena, wf_slice_of(told)) : WF_LITERAL("unknown");
}

bool
column_type_describe(const TypeLookup *lookup, uint32_t oid, int32_t typmod, WfType *type,
					 bool *not_null, WfSlice *name)
{
	BaseType	base = flatten_type(lookup, oid, typmod);
	uint32_t	element = element_of(lookup, &base);

	memset(type, 0, sizeof(*type));
	*not_null = base.not_null;
	*name = type_name(lookup, find_type(lookup, oid), oid);
	type->oid = base.oid;
	type->typmod = base.typmod;
	type->is_domain = base.is_domain;
	type->element_kind = WF_TYPE_OTHER;
	type->has_money_digits = true;
	type->money_digits = lookup->money_digits;
	if (element != 0)
		describe_array(lookup, type, element, base.typmod);
	else
	{
		type->kind = scalar_kind(lookup, &base);
		if (type->kind == WF_TYPE_ENUM)
			type->enum_labels = enum_labels(lookup, base.oid);
		if (type->kind == WF_TYPE_OTHER)
			type->kind = compound_kind(lookup, &base, &type->natural);
	}
	return base.row >= 0;
}
