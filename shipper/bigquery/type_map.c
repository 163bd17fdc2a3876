/*
 * type_map.c
 *		Which BigQuery type a column gets, and how its values are read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/type_map.h"

#include <stdlib.h>
#include <strings.h>

#include "envelope/type.h"

typedef struct TypeInfo
{
	const char *name;			/* as tables.get gives it */
	const char *sql_name;		/* as SQL says it, also accepted */
	PbFieldType field_type;
	bool		clusters;
} TypeInfo;

static const TypeInfo type_infos[BQ_TYPE_COUNT] = {
	[BQ_INT64] = {"INTEGER", "INT64", PB_TYPE_INT64, true},
	[BQ_BOOL] = {"BOOLEAN", "BOOL", PB_TYPE_BOOL, true},
	[BQ_FLOAT64] = {"FLOAT", "FLOAT64", PB_TYPE_DOUBLE, false},
	[BQ_NUMERIC] = {"NUMERIC", "NUMERIC", PB_TYPE_STRING, true},
	[BQ_BIGNUMERIC] = {"BIGNUMERIC", "BIGNUMERIC", PB_TYPE_STRING, true},
	[BQ_STRING] = {"STRING", "STRING", PB_TYPE_STRING, true},
	[BQ_JSON] = {"JSON", "JSON", PB_TYPE_STRING, false},
	[BQ_BYTES] = {"BYTES", "BYTES", PB_TYPE_BYTES, false},
	[BQ_DATE] = {"DATE", "DATE", PB_TYPE_INT32, true},
	[BQ_TIME] = {"TIME", "TIME", PB_TYPE_STRING, false},
	[BQ_DATETIME] = {"DATETIME", "DATETIME", PB_TYPE_STRING, true},
	[BQ_TIMESTAMP] = {"TIMESTAMP", "TIMESTAMP", PB_TYPE_INT64, true},
};

/* Logical types that need nothing but their name. */
typedef struct NamedType
{
	const char *connect_name;
	BqType		type;
	BqReading	reading;
	int			unit_ns;
} NamedType;

static const NamedType named_types[] = {
	{"io.debezium.data.Json", BQ_JSON, BQ_READ_JSON, 0},
	{"io.debezium.time.Date", BQ_DATE, BQ_READ_DATE, 0},
	{"io.debezium.time.Time", BQ_TIME, BQ_READ_TIME, 1000000},
	{"io.debezium.time.MicroTime", BQ_TIME, BQ_READ_TIME, 1000},
	{"io.debezium.time.NanoTime", BQ_TIME, BQ_READ_TIME, 1},
	{"io.debezium.time.Timestamp", BQ_DATETIME, BQ_READ_DATETIME, 1000000},
	{"io.debezium.time.MicroTimestamp", BQ_DATETIME, BQ_READ_DATETIME, 1000},
	{"io.debezium.time.NanoTimestamp", BQ_DATETIME, BQ_READ_DATETIME, 1},
	{"io.debezium.time.ZonedTimestamp", BQ_TIMESTAMP, BQ_READ_ZONED_TIMESTAMP, 0},
	{"io.debezium.time.MicroDuration", BQ_STRING, BQ_READ_DURATION, 0},
	{"io.debezium.data.VariableScaleDecimal", BQ_BIGNUMERIC, BQ_READ_VARIABLE_DECIMAL, 0},
};

#define DECIMAL_NAME "org.apache.kafka.connect.data.Decimal"
#define BITS_NAME "io.debezium.data.Bits"

const char *
bq_type_name(BqType type)
{
	return type_infos[type].name;
}

bool
bq_type_parse(const char *name, BqType *type)
{
	for (int i = 0; i < BQ_TYPE_COUNT; i++)
	{
		if (strcasecmp(name, type_infos[i].name) == 0 ||
			strcasecmp(name, type_infos[i].sql_name) == 0)
		{
			*type = (BqType) i;
			return true;
		}
	}
	return false;
}

PbFieldType
bq_field_type(BqType type)
{
	return type_infos[type].field_type;
}

bool
bq_type_clusters(BqType type)
{
	return type_infos[type].clusters;
}

bool
bq_type_holds(BqType have, BqType want)
{
	return have == want || (have == BQ_BIGNUMERIC && want == BQ_NUMERIC);
}

/* A parameter of a Connect schema; they are strings that hold integers. */
static bool
parameter(const json_t *connect, const char *name, int *value)
{
	const char *text = json_string_value(json_object_get(json_object_get(connect, "parameters"),
														 name));
	char	   *end;
	long		number;

	if (text == NULL || *text == '\0')
		return false;
	number = strtol(text, &end, 10);
	if (*end != '\0' || number < INT32_MIN || number > INT32_MAX)
		return false;
	*value = (int) number;
	return true;
}

/* The narrowest decimal type that holds every value of (precision, scale). */
static BqType
decimal_type(int precision, int scale)
{
	int			integer_digits = precision - scale;
	int			fraction_digits = scale > 0 ? scale : 0;

	if (integer_digits <= BQ_NUMERIC_INTEGER_DIGITS &&
		fraction_digits <= BQ_NUMERIC_FRACTION_DIGITS)
		return BQ_NUMERIC;
	if (integer_digits <= BQ_BIGNUMERIC_INTEGER_DIGITS &&
		fraction_digits <= BQ_BIGNUMERIC_FRACTION_DIGITS)
		return BQ_BIGNUMERIC;
	return BQ_STRING;
}

static bool
map_decimal(const json_t *connect, const char *kind, BqMapping *mapping)
{
	int			precision;

	if (!parameter(connect, "scale", &mapping->scale))
		return false;
	mapping->reading = BQ_READ_DECIMAL;
	if (parameter(connect, "connect.decimal.precision", &precision))
		mapping->type = decimal_type(precision, mapping->scale);
	else if (strcmp(kind, "money") == 0)
		mapping->type = BQ_NUMERIC; /* 64 bits with two fraction digits */
	else
		mapping->type = BQ_BIGNUMERIC;
	return true;
}

static bool
map_plain(const char *type, BqMapping *mapping)
{
	static const struct
	{
		const char *connect_type;
		BqType		type;
		BqReading	reading;
	}			plain_types[] = {
		{"int8", BQ_INT64, BQ_READ_INT},
		{"int16", BQ_INT64, BQ_READ_INT},
		{"int32", BQ_INT64, BQ_READ_INT},
		{"int64", BQ_INT64, BQ_READ_INT},
		{"boolean", BQ_BOOL, BQ_READ_BOOL},
		{"float", BQ_FLOAT64, BQ_READ_FLOAT},
		{"double", BQ_FLOAT64, BQ_READ_FLOAT},
		{"string", BQ_STRING, BQ_READ_TEXT},
		{"bytes", BQ_BYTES, BQ_READ_BASE64},
		{"map", BQ_JSON, BQ_READ_RAW},
		{"struct", BQ_JSON, BQ_READ_RAW},
	};

	for (size_t i = 0; i < sizeof(plain_types) / sizeof(plain_types[0]); i++)
	{
		if (strcmp(type, plain_types[i].connect_type) == 0)
		{
			mapping->type = plain_types[i].type;
			mapping->reading = plain_types[i].reading;
			return true;
		}
	}
	return false;
}

static bool
map_connect(const json_t *connect, const char *kind, int32_t typmod, BqMapping *mapping)
{
	const char *type = json_string_value(json_object_get(connect, "type"));
	const char *name = json_string_value(json_object_get(connect, "name"));

	if (type == NULL)
		return false;
	if (name != NULL && strcmp(name, DECIMAL_NAME) == 0)
		return map_decimal(connect, kind, mapping);
	if (name != NULL && strcmp(name, BITS_NAME) == 0)
	{
		mapping->type = BQ_STRING;
		mapping->reading = BQ_READ_BITS;
		/* bit varying has no length of its own */
		if (!parameter(connect, "length", &mapping->bits) || mapping->bits == INT32_MAX)
			mapping->bits = 0;
		return true;
	}
	for (size_t i = 0; name != NULL && i < sizeof(named_types) / sizeof(named_types[0]); i++)
	{
		if (strcmp(name, named_types[i].connect_name) == 0)
		{
			mapping->type = named_types[i].type;
			mapping->reading = named_types[i].reading;
			mapping->unit_ns = named_types[i].unit_ns;
			return true;
		}
	}
	if (strcmp(kind, "numeric") == 0 && strcmp(type, "string") == 0)
	{
		/* decimal.handling.mode=string */
		int			precision;

		mapping->reading = BQ_READ_DECIMAL_TEXT;
		mapping->type = wf_numeric_typmod(typmod, &precision, &mapping->scale) ?
			decimal_type(precision, mapping->scale) : BQ_BIGNUMERIC;
		return true;
	}
	return map_plain(type, mapping);
}

bool
bq_map_column(const json_t *column, BqMapping *mapping)
{
	const json_t *connect = json_object_get(column, "connect");
	const char *kind = json_string_value(json_object_get(column, "kind"));
	const char *type = json_string_value(json_object_get(connect, "type"));
	const json_t *typmod_member = json_object_get(column, "typmod");
	int32_t		typmod = json_is_integer(typmod_member) ?
	(int32_t) json_integer_value(typmod_member) : -1;
	BqMapping	element;

	memset(mapping, 0, sizeof(*mapping));
	if (kind == NULL)
		kind = "";
	if (type == NULL)
		return false;
	if (strcmp(type, "array") != 0)
		return map_connect(connect, kind, typmod, mapping);

	/*
	 * An array's elements are rendered one by one into a JSON array, because
	 * REPEATED columns hold neither NULL elements nor a NULL array.
	 */
	memset(&element, 0, sizeof(element));
	mapping->type = BQ_JSON;
	mapping->reading = BQ_READ_ARRAY;
	mapping->element = BQ_READ_RAW;
	if (map_connect(json_object_get(connect, "items"), "", -1, &element))
	{
		mapping->element = element.reading;
		mapping->scale = element.scale;
		mapping->unit_ns = element.unit_ns;
		mapping->bits = element.bits;
	}
	return true;
}
