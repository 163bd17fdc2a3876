/*
 * trips.c
 *		The types whose values make the trip.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "roundtrip.h"

#define countof(array) (sizeof(array) / sizeof(*(array)))

#define FILLED \
	"array_fill(v, ARRAY[i::int % 3 + 1, i::int % 4 + 1], ARRAY[i::int % 5 - 2, i::int % 7 - 3])"
#define GROUPED "array_agg(v ORDER BY i)"
#define GROUPED_WITH_NULLS "array_agg(CASE WHEN i % 3 > 0 THEN v END ORDER BY i)"
#define GROUPED_AS_VECTOR "array_to_string(array_agg(v ORDER BY i), ' ')::"

#define SCALAR(type, oid, kind, generator) \
	{type, type, oid, kind, NULL, false, .generate = generator, .is_taken = true}
#define WRITTEN(type, oid, kind, generator, write, same) \
	{type, type, oid, kind, NULL, false, generator, write, same, .is_taken = true}
#define ARRAY(type, oid, kind, generator) \
	{type "[]", type, oid, kind, GROUPED, true, .generate = generator, .is_taken = true}

/* What is compared by its two forms only. */
#define FORMS(type, oid, kind, generator) \
	{type, type, oid, kind, NULL, false, .generate = generator}, \
	{type "[]", type, oid, kind, GROUPED_WITH_NULLS, true, .generate = generator}
#define ARRAY_FORMS(type, oid, kind, generator) \
	{type "[]", type, oid, kind, GROUPED_WITH_NULLS, true, .generate = generator}

const Trip	trips[] = {
	SCALAR("int4", 23, WF_TYPE_INT4, generate_int4),
	SCALAR("int8", 20, WF_TYPE_INT8, generate_int8),
	WRITTEN("float8", 701, WF_TYPE_FLOAT8, generate_float8, write_float8,
			"w::float8::text = v::text"),
	WRITTEN("float4", 700, WF_TYPE_FLOAT4, generate_float4, write_float4,
			"w::float4::text = v::text"),
	WRITTEN("numeric", 1700, WF_TYPE_NUMERIC, generate_numeric, write_numeric, "w::numeric = v"),
	SCALAR("money", 790, WF_TYPE_MONEY, generate_int8),
	SCALAR("date", 1082, WF_TYPE_DATE, generate_date),
	SCALAR("time", 1083, WF_TYPE_TIME, generate_time),
	SCALAR("timetz", 1266, WF_TYPE_TIMETZ, generate_timetz),
	SCALAR("timestamp", 1114, WF_TYPE_TIMESTAMP, generate_timestamp),
	SCALAR("timestamptz", 1184, WF_TYPE_TIMESTAMPTZ, generate_timestamp),
	SCALAR("interval", 1186, WF_TYPE_INTERVAL, generate_interval),
	SCALAR("uuid", 2950, WF_TYPE_UUID, generate_uuid),
	SCALAR("bytea", 17, WF_TYPE_BYTEA, generate_bytea),
	ARRAY("bytea", 17, WF_TYPE_BYTEA, generate_bytea),
	ARRAY("numeric", 1700, WF_TYPE_NUMERIC, generate_numeric),
	ARRAY("timestamptz", 1184, WF_TYPE_TIMESTAMPTZ, generate_timestamp),
	{"int4[][]", "int4", 23, WF_TYPE_INT4, FILLED, false, .generate = generate_int4, .is_taken = true},

	FORMS("bool", 16, WF_TYPE_BOOL, generate_bool),
	FORMS("int2", 21, WF_TYPE_INT2, generate_int2),
	FORMS("oid", 26, WF_TYPE_OID, generate_int4),
	FORMS("text", 25, WF_TYPE_TEXT, generate_text),
	FORMS("varchar", 1043, WF_TYPE_TEXT, generate_text),
	FORMS("bpchar", 1042, WF_TYPE_TEXT, generate_text),
	FORMS("name", 19, WF_TYPE_TEXT, generate_text),
	FORMS("\"char\"", WF_CHAR_OID, WF_TYPE_TEXT, generate_byte),
	FORMS("bit", 1560, WF_TYPE_BIT, generate_bits),
	FORMS("varbit", 1562, WF_TYPE_BIT, generate_bits),
	FORMS("json", 114, WF_TYPE_JSON, generate_json),
	FORMS("jsonb", WF_JSONB_OID, WF_TYPE_JSON, generate_jsonb),
	FORMS("xml", WF_XML_OID, WF_TYPE_OTHER, generate_xml),
	FORMS("colour", 0, WF_TYPE_ENUM, generate_label),
	FORMS("point", 600, WF_TYPE_POINT, generate_point),
	FORMS("line", 628, WF_TYPE_LINE, generate_line),
	FORMS("lseg", 601, WF_TYPE_LSEG, generate_two_points),
	FORMS("box", 603, WF_TYPE_BOX, generate_two_points),
	FORMS("path", 602, WF_TYPE_PATH, generate_path),
	FORMS("polygon", 604, WF_TYPE_POLYGON, generate_polygon),
	FORMS("circle", 718, WF_TYPE_CIRCLE, generate_circle),
	ARRAY_FORMS("float8", 701, WF_TYPE_FLOAT8, generate_float8),
	ARRAY_FORMS("float4", 700, WF_TYPE_FLOAT4, generate_float4),
	ARRAY_FORMS("money", 790, WF_TYPE_MONEY, generate_int8),
	ARRAY_FORMS("date", 1082, WF_TYPE_DATE, generate_date),
	ARRAY_FORMS("timetz", 1266, WF_TYPE_TIMETZ, generate_timetz),
	ARRAY_FORMS("interval", 1186, WF_TYPE_INTERVAL, generate_interval),
	ARRAY_FORMS("uuid", 2950, WF_TYPE_UUID, generate_uuid),
	{"small[]", "small", 0, WF_TYPE_INT4, GROUPED_WITH_NULLS, true, .generate = generate_int4,
	.is_domain = true},
	{"int2vector", "int2", 21, WF_TYPE_INT2, GROUPED_AS_VECTOR "int2vector", true,
	.generate = generate_int2, .array_oid = WF_INT2VECTOR_OID},
	{"oidvector", "oid", 26, WF_TYPE_OID, GROUPED_AS_VECTOR "oidvector", true,
	.generate = generate_int4, .array_oid = WF_OIDVECTOR_OID},

	/* where the server has their extensions */
	FORMS("citext", 0, WF_TYPE_TEXT, generate_text),
	FORMS("geometry", 0, WF_TYPE_GEOMETRY, generate_geometry),
	FORMS("geography", 0, WF_TYPE_GEOGRAPHY, generate_geometry),
	FORMS("vector", 0, WF_TYPE_VECTOR, generate_vector),
	FORMS("halfvec", 0, WF_TYPE_HALFVEC, generate_halfvec),
	FORMS("sparsevec", 0, WF_TYPE_SPARSEVEC, generate_sparsevec),
};

const int	trip_count = countof(trips);
