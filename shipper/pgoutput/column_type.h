/*
 * column_type.h
 *		What a column's type is, by what the catalogue and pgoutput say of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_COLUMN_TYPE_H
#define WALFERRY_PGOUTPUT_COLUMN_TYPE_H

#include "catalogue.h"
#include "shipper/arena.h"

/* Types that Type messages have named in a session; beyond, the earliest are forgotten. */
#define TYPE_NAMES_MAX 1024

/* As pgoutput names it: a domain by the name of what it is over. */
typedef struct TypeName
{
	uint32_t	oid;			/* 0: nothing yet */
	char		schema[256];
	char		name[256];
} TypeName;

typedef struct TypeNames
{
	int			next;			/* gives way */
	TypeName	names[TYPE_NAMES_MAX];
} TypeNames;

extern void type_names_add(TypeNames *names, uint32_t oid, WfSlice schema, WfSlice name);

typedef struct TypeLookup
{
	Arena	   *arena;			/* of what is made */
	const CatalogueAnswer *answer;
	const TypeNames *names;
	const WfOptions *options;
	int32_t		money_digits;
} TypeLookup;

/*
 * Describes the type of a column.  not_null: its outermost domain says so.  name:
 * pg_type.typname of the type itself.  False: the catalogue does not have it any more;
 * then its values are taken to be text.
 */
extern bool column_type_describe(const TypeLookup *lookup, uint32_t oid, int32_t typmod,
								 WfType *type, bool *not_null, WfSlice *name);

#endif							/* WALFERRY_PGOUTPUT_COLUMN_TYPE_H */
