/*
 * type.h
 *		PostgreSQL's types as the format sees them.
 *
 * The host (plugin or shipper) flattens domains to their base type first, with
 * the typmod of the nearest domain that sets one, and tells enums and arrays
 * by their catalogue category; the rest is decided here by OID, because the
 * OIDs of built-in types are fixed for ever (PostgreSQL, pg_type.dat).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_TYPE_H
#define WALFERRY_TYPE_H

#include "buffer.h"
#include "natural_json.h"

typedef enum WfTypeKind
{
	WF_TYPE_BOOL,
	WF_TYPE_INT2,
	WF_TYPE_INT4,
	WF_TYPE_INT8,
	WF_TYPE_OID,				/* unsigned 32 bits, published as int64 */
	WF_TYPE_FLOAT4,
	WF_TYPE_FLOAT8,
	WF_TYPE_NUMERIC,			/* with or without precision: see typmod */
	WF_TYPE_MONEY,				/* int64 and its number of fraction digits */
	WF_TYPE_TEXT,				/* text, varchar, char(n), name, "char" */
	WF_TYPE_BYTEA,
	WF_TYPE_BIT,				/* bit(n) and varbit, as digits 0 and 1 */
	WF_TYPE_DATE,				/* int32 days since 2000-01-01 */
	WF_TYPE_TIME,				/* int64 microseconds since midnight */
	WF_TYPE_TIMETZ,
	WF_TYPE_TIMESTAMP,			/* int64 microseconds since 2000-01-01 */
	WF_TYPE_TIMESTAMPTZ,		/* the same, UTC */
	WF_TYPE_INTERVAL,
	WF_TYPE_UUID,
	WF_TYPE_JSON,				/* json and jsonb, by their output text */
	WF_TYPE_ENUM,				/* by label */
	WF_TYPE_HSTORE,				/* by its output text */
	WF_TYPE_LTREE,				/* by its output text */
	WF_TYPE_ISBN,				/* by its output text */
	WF_TYPE_POINT,				/* geometric types: their numbers, see WfGeometric */
	WF_TYPE_LINE,
	WF_TYPE_LSEG,
	WF_TYPE_BOX,
	WF_TYPE_PATH,
	WF_TYPE_POLYGON,
	WF_TYPE_CIRCLE,
	WF_TYPE_GEOMETRY,			/* PostGIS: EWKB, what its send function gives */
	WF_TYPE_GEOGRAPHY,			/* the same */
	WF_TYPE_VECTOR,				/* pgvector: its numbers, see WfVector */
	WF_TYPE_HALFVEC,
	WF_TYPE_SPARSEVEC,
	WF_TYPE_COMPOUND,			/* a composite type or multirange that is shown as
								 * JSON (unknown.handling=json), else it is one of
								 * OTHER */
	WF_TYPE_ARRAY,				/* of element_kind */
	WF_TYPE_OTHER				/* whatever else, by its output text */
} WfTypeKind;

typedef struct WfType
{
	WfTypeKind	kind;
	WfTypeKind	element_kind;	/* of an array; else WF_TYPE_OTHER */
	uint32_t	oid;			/* base type, domains flattened */
	uint32_t	element_oid;	/* of an array; else 0 */
	bool		is_domain;		/* the column's type is a domain over this one */
	bool		element_is_domain;
	char		element_delimiter;	/* of an array's text (pg_type.typdelim of the
									 * elements' own type); 0: the usual one of
									 * element_kind.  A host that does not read its
									 * text needs none */
	int32_t		typmod;			/* -1 if none; an array's is its elements' */
	bool		has_money_digits;	/* of money (or an array of it): the host knows
									 * how many fraction digits the database's money
									 * has. Its text does not tell where it was
									 * printed under another lc_monetary than the
									 * database's: C always has two.  Unknown: as
									 * many as the text shows, or else two */
	int32_t		money_digits;	/* 0 to 10 */
	const WfNaturalType *natural;	/* of a compound, or an array of compounds: what
									 * it is made of; a host that does not read its
									 * text needs none */
	WfSlice		enum_labels;	/* of an enum (or an array of one): its labels in
								 * sort order, joined by commas; UTF-8; data is NULL
								 * if they are not to be told */
} WfType;

/* OIDs of built-in types whose kind does not tell how they are read. */
#define WF_CHAR_OID 18			/* "char" */
#define WF_INT2VECTOR_OID 22
#define WF_OIDVECTOR_OID 30
#define WF_XML_OID 142
#define WF_JSONB_OID 3802

/* int2vector or oidvector, which are arrays to PostgreSQL, but without nulls. */
static inline bool
wf_type_is_catalogue_vector(const WfType *type)
{
	return type->oid == WF_INT2VECTOR_OID || type->oid == WF_OIDVECTOR_OID;
}

/* The type of an array's elements. */
static inline WfType
wf_type_of_elements(const WfType *array)
{
	WfType		element = *array;

	element.kind = array->element_kind;
	element.element_kind = WF_TYPE_OTHER;
	element.oid = array->element_oid;
	element.element_oid = 0;
	element.is_domain = array->element_is_domain;
	element.element_is_domain = false;
	element.element_delimiter = 0;
	return element;
}

/*
 * The kind of a built-in scalar type, WF_TYPE_OTHER for any other OID.  Enums
 * and arrays are the caller's to tell.
 */
extern WfTypeKind wf_type_kind(uint32_t oid);

/*
 * The same for a base type that somebody has added, by its name, as an
 * extension's types have other OIDs in each database.
 */
extern WfTypeKind wf_extension_type_kind(const char *name);

/* Whether values of the kind are read from what the type's send function gives. */
static inline bool
wf_type_kind_is_sent(WfTypeKind kind)
{
	return kind >= WF_TYPE_GEOMETRY && kind <= WF_TYPE_SPARSEVEC;
}

/* The name of a kind in schema descriptions: "int4", "numeric", "array", … */
extern const char *wf_type_kind_name(WfTypeKind kind);

/*
 * Reads a numeric's typmod.  False if the type has no precision.  scale may
 * be negative from PostgreSQL 15 on (numeric.c, numeric_typmod_scale).
 */
extern bool wf_numeric_typmod(int32_t typmod, int *precision, int *scale);

/* Fraction digits of a time or timestamp: typmod, 6 when there is none. */
static inline int
wf_time_precision(int32_t typmod)
{
	return typmod < 0 || typmod > 6 ? 6 : typmod;
}

#endif							/* WALFERRY_TYPE_H */
