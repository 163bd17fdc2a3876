/*
 * type.c
 *		PostgreSQL's types as the format sees them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "type.h"

/* Bits of a numeric's typmod (PostgreSQL, numeric.c). */
#define VARHDRSZ_IN_TYPMOD 4
#define NUMERIC_SCALE_BITS 0x7FF
#define NUMERIC_SCALE_SIGN 0x400

static const struct
{
	uint32_t	oid;
	WfTypeKind	kind;
}			built_in[] = {
	{16, WF_TYPE_BOOL},
	{17, WF_TYPE_BYTEA},
	{WF_CHAR_OID, WF_TYPE_TEXT},
	{19, WF_TYPE_TEXT},			/* name */
	{20, WF_TYPE_INT8},
	{21, WF_TYPE_INT2},
	{23, WF_TYPE_INT4},
	{25, WF_TYPE_TEXT},
	{26, WF_TYPE_OID},
	{114, WF_TYPE_JSON},
	{600, WF_TYPE_POINT},
	{601, WF_TYPE_LSEG},
	{602, WF_TYPE_PATH},
	{603, WF_TYPE_BOX},
	{604, WF_TYPE_POLYGON},
	{628, WF_TYPE_LINE},
	{700, WF_TYPE_FLOAT4},
	{701, WF_TYPE_FLOAT8},
	{718, WF_TYPE_CIRCLE},
	{790, WF_TYPE_MONEY},
	{1042, WF_TYPE_TEXT},		/* char(n) */
	{1043, WF_TYPE_TEXT},		/* varchar */
	{1082, WF_TYPE_DATE},
	{1083, WF_TYPE_TIME},
	{1114, WF_TYPE_TIMESTAMP},
	{1184, WF_TYPE_TIMESTAMPTZ},
	{1186, WF_TYPE_INTERVAL},
	{1266, WF_TYPE_TIMETZ},
	{1560, WF_TYPE_BIT},
	{1562, WF_TYPE_BIT},		/* varbit */
	{1700, WF_TYPE_NUMERIC},
	{2950, WF_TYPE_UUID},
	{WF_JSONB_OID, WF_TYPE_JSON},
};

static const char *const kind_names[] = {
	[WF_TYPE_BOOL] = "bool",
	[WF_TYPE_INT2] = "int2",
	[WF_TYPE_INT4] = "int4",
	[WF_TYPE_INT8] = "int8",
	[WF_TYPE_OID] = "oid",
	[WF_TYPE_FLOAT4] = "float4",
	[WF_TYPE_FLOAT8] = "float8",
	[WF_TYPE_NUMERIC] = "numeric",
	[WF_TYPE_MONEY] = "money",
	[WF_TYPE_TEXT] = "text",
	[WF_TYPE_BYTEA] = "bytea",
	[WF_TYPE_BIT] = "bit",
	[WF_TYPE_DATE] = "date",
	[WF_TYPE_TIME] = "time",
	[WF_TYPE_TIMETZ] = "timetz",
	[WF_TYPE_TIMESTAMP] = "timestamp",
	[WF_TYPE_TIMESTAMPTZ] = "timestamptz",
	[WF_TYPE_INTERVAL] = "interval",
	[WF_TYPE_UUID] = "uuid",
	[WF_TYPE_JSON] = "json",
	[WF_TYPE_ENUM] = "enum",
	[WF_TYPE_HSTORE] = "hstore",
	[WF_TYPE_LTREE] = "ltree",
	[WF_TYPE_ISBN] = "isbn",
	[WF_TYPE_POINT] = "point",
	[WF_TYPE_LINE] = "line",
	[WF_TYPE_LSEG] = "lseg",
	[WF_TYPE_BOX] = "box",
	[WF_TYPE_PATH] = "path",
	[WF_TYPE_POLYGON] = "polygon",
	[WF_TYPE_CIRCLE] = "circle",
	[WF_TYPE_GEOMETRY] = "geometry",
	[WF_TYPE_GEOGRAPHY] = "geography",
	[WF_TYPE_VECTOR] = "vector",
	[WF_TYPE_HALFVEC] = "halfvec",
	[WF_TYPE_SPARSEVEC] = "sparsevec",
	[WF_TYPE_ARRAY] = "array",
	[WF_TYPE_COMPOUND] = "compound",
	[WF_TYPE_OTHER] = "other",
};

WfTypeKind
wf_type_kind(uint32_t oid)
{
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
	{
		if (built_in[i].oid == oid)
			return built_in[i].kind;
	}
	return WF_TYPE_OTHER;
}

WfTypeKind
wf_extension_type_kind(const char *name)
{
	static const struct
	{
		const char *name;
		WfTypeKind	kind;
	}			known[] = {
		{"citext", WF_TYPE_TEXT},
		{"isbn", WF_TYPE_ISBN},
		{"hstore", WF_TYPE_HSTORE},
		{"ltree", WF_TYPE_LTREE},
		{"geometry", WF_TYPE_GEOMETRY},
		{"geography", WF_TYPE_GEOGRAPHY},
		{"vector", WF_TYPE_VECTOR},
		{"halfvec", WF_TYPE_HALFVEC},
		{"sparsevec", WF_TYPE_SPARSEVEC},
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
	{
		if (strcmp(known[i].name, name) == 0)
			return known[i].kind;
	}
	return WF_TYPE_OTHER;
}

const char *
wf_type_kind_name(WfTypeKind kind)
{
	return kind_names[kind];
}

bool
wf_numeric_typmod(int32_t typmod, int *precision, int *scale)
{
	int32_t		fields = typmod - VARHDRSZ_IN_TYPMOD;

	if (typmod < VARHDRSZ_IN_TYPMOD)
		return false;
	*precision = fields >> 16 & 0xFFFF;
	*scale = ((fields & NUMERIC_SCALE_BITS) ^ NUMERIC_SCALE_SIGN) - NUMERIC_SCALE_SIGN;
	return true;
}
