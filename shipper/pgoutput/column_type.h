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
#include "type_names.h"

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
