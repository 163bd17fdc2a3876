/*
 * connect_schema.c
 *		The Kafka Connect schema of a column.
 *
 * Members stand in the order in which JsonConverter puts them: type, items or
 * fields, optional, name, version, doc, parameters, default, field.  Names and versions
 * are Debezium's (io.debezium.time, io.debezium.data) and Kafka Connect's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "connect_schema.h"

#include "default_value.h"

/* What a form's schema has whatever the column; NULL: it has no such member. */
typedef struct FormSchema
{
	const char *type;
	const char *name;			/* with version 1, a Geometry with 2 */
} FormSchema;

/* 63 bytes of any encoding are at most so many of UTF-8. */
#define TYPE_NAME_MAX 256

/* A member of a struct. */
#define REQUIRED(type, name) \
	"{\"type\":\"" type "\",\"optional\":false,\"field\":\"" name "\"}"
#define OPTIONAL(type, name) \
	"{\"type\":\"" type "\",\"optional\":true,\"field\":\"" name "\"}"

#define DECIMAL_NAME "org.apache.kafka.connect.data.Decimal"

static const FormSchema form_schemas[] = {
	[WF_FORM_BOOLEAN] = {"boolean", NULL},
	[WF_FORM_INT16] = {"int16", NULL},
	[WF_FORM_INT32] = {"int32", NULL},
	[WF_FORM_INT64] = {"int64", NULL},
	[WF_FORM_FLOAT] = {"float", NULL},
	[WF_FORM_DOUBLE] = {"double", NULL},
	[WF_FORM_DECIMAL] = {"bytes", DECIMAL_NAME},
	[WF_FORM_VARIABLE_DECIMAL] = {"struct", "io.debezium.data.VariableScaleDecimal"},
	[WF_FORM_MONEY] = {"bytes", DECIMAL_NAME},
	[WF_FORM_DECIMAL_NUMBER] = {"bytes", DECIMAL_NAME},
	[WF_FORM_NUMERIC_DOUBLE] = {"double", NULL},
	[WF_FORM_NUMERIC_STRING] = {"string", NULL},
	[WF_FORM_STRING] = {"string", NULL},
	[WF_FORM_BYTES] = {"bytes", NULL},
	[WF_FORM_BYTES_BASE64] = {"string", NULL},
	[WF_FORM_BYTES_BASE64_URL_SAFE] = {"string", NULL},
	[WF_FORM_BYTES_HEX] = {"string", NULL},
	[WF_FORM_BIT_BOOLEAN] = {"boolean", NULL},
	[WF_FORM_BITS] = {"bytes", "io.debezium.data.Bits"},
	[WF_FORM_DATE] = {"int32", "io.debezium.time.Date"},
	[WF_FORM_TIME_MS] = {"int32", "io.debezium.time.Time"},
	[WF_FORM_TIME_US] = {"int64", "io.debezium.time.MicroTime"},
	[WF_FORM_ZONED_TIME] = {"string", "io.debezium.time.ZonedTime"},
	[WF_FORM_TIMESTAMP_MS] = {"int64", "io.debezium.time.Timestamp"},
	[WF_FORM_TIMESTAMP_US] = {"int64", "io.debezium.time.MicroTimestamp"},
	[WF_FORM_ZONED_TIMESTAMP] = {"string", "io.debezium.time.ZonedTimestamp"},
	[WF_FORM_CONNECT_DATE] = {"int32", "org.apache.kafka.connect.data.Date"},
	[WF_FORM_ISO_DATE] = {"string", "io.debezium.time.IsoDate"},
	[WF_FORM_STRUCTURED_DATE] = {"struct", "io.debezium.time.StructuredDate"},
	[WF_FORM_TIME_NS] = {"int64", "io.debezium.time.NanoTime"},
	[WF_FORM_CONNECT_TIME] = {"int32", "org.apache.kafka.connect.data.Time"},
	[WF_FORM_ISO_TIME] = {"string", "io.debezium.time.IsoTime"},
	[WF_FORM_STRUCTURED_TIME] = {"struct", "io.debezium.time.StructuredTime"},
	[WF_FORM_STRUCTURED_ZONED_TIME] = {"struct", "io.debezium.time.StructuredZonedTime"},
	[WF_FORM_TIMESTAMP_NS] = {"int64", "io.debezium.time.NanoTimestamp"},
	[WF_FORM_CONNECT_TIMESTAMP] = {"int64", "org.apache.kafka.connect.data.Timestamp"},
	[WF_FORM_ISO_TIMESTAMP] = {"string", "io.debezium.time.IsoTimestamp"},
	[WF_FORM_STRUCTURED_TIMESTAMP] = {"struct", "io.debezium.time.StructuredTimestamp"},
	[WF_FORM_STRUCTURED_ZONED_TIMESTAMP] =
	{"struct", "io.debezium.time.StructuredZonedTimestamp"},
	[WF_FORM_INTERVAL_STRING] = {"string", "io.debezium.time.Interval"},
	[WF_FORM_STRUCTURED_DURATION] = {"struct", "io.debezium.time.StructuredDuration"},
	[WF_FORM_DURATION_US] = {"int64", "io.debezium.time.MicroDuration"},
	[WF_FORM_UUID] = {"string", "io.debezium.data.Uuid"},
	[WF_FORM_JSON] = {"string", "io.debezium.data.Json"},
	[WF_FORM_NATURAL] = {"string", "io.debezium.data.Json"},
	[WF_FORM_NATURAL_INSIDE] = {"string", "io.debezium.data.Json"},
	[WF_FORM_XML] = {"string", "io.debezium.data.Xml"},
	[WF_FORM_TSVECTOR] = {"string", "io.debezium.data.Tsvector"},
	[WF_FORM_LTREE] = {"string", "io.debezium.data.Ltree"},
	[WF_FORM_HSTORE_JSON] = {"string", "io.debezium.data.Json"},
	[WF_FORM_HSTORE_MAP] = {"map", NULL},
	[WF_FORM_ENUM] = {"string", "io.debezium.data.Enum"},
	[WF_FORM_POINT] = {"struct", "io.debezium.data.geometry.Point"},
	[WF_FORM_LINE] = {"struct", "io.debezium.data.geometry.Line"},
	[WF_FORM_CIRCLE] = {"struct", "io.debezium.data.geometry.Circle"},
	[WF_FORM_GEOMETRY] = {"struct", "io.debezium.data.geometry.Geometry"},
	[WF_FORM_GEOGRAPHY] = {"struct", "io.debezium.data.geometry.Geography"},
	[WF_FORM_DOUBLE_VECTOR] = {"array", "io.debezium.data.DoubleVector"},
	[WF_FORM_FLOAT_VECTOR] = {"array", "io.debezium.data.FloatVector"},
	[WF_FORM_SPARSE_VECTOR] = {"struct", "io.debezium.data.SparseDoubleVector"},
	[WF_FORM_ARRAY] = {"array", NULL},
	[WF_FORM_ARRAY_JSON] = {"string", "io.debezium.data.Json"},
};

bool
wf_connect_is_string(const WfField *field)
{
	const char *type = form_schemas[field->form].type;

	return type != NULL && strcmp(type, "string") == 0;
}

static void
append_text(WfBuffer *buffer, const char *text)
{
	wf_buffer_append(buffer, text, strlen(text));
}

/* `"name":` of a further parameter; *count: how many the schema has. */
static void
open_parameter(WfBuffer *buffer, int *count, const char *name)
{
	if ((*count)++ == 0)
		wf_buffer_append_literal(buffer, ",\"parameters\":{\"");
	else
		wf_buffer_append_literal(buffer, ",\"");
	append_text(buffer, name);
	wf_buffer_append_literal(buffer, "\":");
}

static void
append_number_parameter(WfBuffer *buffer, int *count, const char *name, int32_t number)
{
	open_parameter(buffer, count, name);
	wf_buffer_append_char(buffer, '"');
	wf_json_int64(buffer, number);
	wf_buffer_append_char(buffer, '"');
}

/* In upper case, as Debezium has the names of types (ASCII letters). */
static void
append_type_name(WfBuffer *buffer, WfTextForm *form, WfSlice name)
{
	char		upper[TYPE_NAME_MAX];
	size_t		length = name.length < sizeof(upper) ? name.length : sizeof(upper);

	for (size_t i = 0; i < length; i++)
		upper[i] = name.data[i] >= 'a' && name.data[i] <= 'z' ?
			(char) (name.data[i] - ('a' - 'A')) : name.data[i];
	wf_json_string(buffer, form, upper, length);
}

/* What masks and column.propagate.source.type add (Debezium's ColumnMapper classes). */
static void
append_column_parameters(WfBuffer *buffer, WfTextForm *form, const WfField *field, int *count)
{
	const WfSourceType *source = field->source_type;

	if (field->truncate_length > 0)
		append_number_parameter(buffer, count, "truncateLength", field->truncate_length);
	if (field->masked)
	{
		open_parameter(buffer, count, "masked");
		wf_buffer_append_literal(buffer, "\"true\"");
	}
	if (source != NULL)
	{
		open_parameter(buffer, count, "__debezium.source.column.type");
		append_type_name(buffer, form, source->type);
		if (source->length >= 0)
			append_number_parameter(buffer, count, "__debezium.source.column.length",
									source->length);
		append_number_parameter(buffer, count, "__debezium.source.column.scale", source->scale);
		open_parameter(buffer, count, "__debezium.source.column.name");
		wf_json_string(buffer, form, source->column.data, source->column.length);
	}
}

#define POINT_MEMBERS REQUIRED("double", "x") "," REQUIRED("double", "y") "," \
	OPTIONAL("bytes", "wkb") "," OPTIONAL("int32", "srid")
#define DATE_MEMBERS OPTIONAL("int32", "year") "," OPTIONAL("int8", "month") "," \
	OPTIONAL("int8", "day")
#define TIME_MEMBERS OPTIONAL("int8", "hour") "," OPTIONAL("int8", "minute") "," \
	OPTIONAL("int8", "second") "," OPTIONAL("int32", "nanos")

/* The fields of the forms that are structs. */
static void
append_members(WfBuffer *buffer, WfForm form)
{
	const char *members;

	switch (form)
	{
		case WF_FORM_VARIABLE_DECIMAL:
			members = REQUIRED("int32", "scale") "," REQUIRED("bytes", "value");
			break;
		case WF_FORM_STRUCTURED_DATE:
			members = DATE_MEMBERS "," OPTIONAL("string", "specialValue");
			break;
		case WF_FORM_STRUCTURED_TIME:
			members = TIME_MEMBERS "," OPTIONAL("int32", "precision");
			break;
		case WF_FORM_STRUCTURED_ZONED_TIME:
			members = TIME_MEMBERS "," OPTIONAL("int32", "offsetSeconds") ","
				OPTIONAL("int32", "precision");
			break;
		case WF_FORM_STRUCTURED_TIMESTAMP:
			members = DATE_MEMBERS "," TIME_MEMBERS "," OPTIONAL("string", "specialValue") ","
				OPTIONAL("int32", "precision");
			break;
		case WF_FORM_STRUCTURED_ZONED_TIMESTAMP:
			members = DATE_MEMBERS "," TIME_MEMBERS "," OPTIONAL("int32", "offsetSeconds") ","
				OPTIONAL("string", "zoneId") "," OPTIONAL("string", "specialValue") ","
				OPTIONAL("int32", "precision");
			break;
		case WF_FORM_STRUCTURED_DURATION:
			members = OPTIONAL("int32", "years") "," OPTIONAL("int32", "months") ","
				OPTIONAL("int32", "days") "," OPTIONAL("int32", "hours") ","
				OPTIONAL("int32", "minutes") "," OPTIONAL("int64", "seconds") ","
				OPTIONAL("int32", "nanos") "," OPTIONAL("int32", "precision");
			break;
		case WF_FORM_POINT:
			members = POINT_MEMBERS;
			break;
		case WF_FORM_LINE:
			members = REQUIRED("double", "a") "," REQUIRED("double", "b") ","
				REQUIRED("double", "c");
			break;
		case WF_FORM_CIRCLE:
			members = "{\"type\":\"struct\",\"fields\":[" POINT_MEMBERS "],\"optional\":false,"
				"\"name\":\"io.debezium.data.geometry.Point\",\"version\":1,"
				"\"doc\":\"Geometry (POINT)\",\"field\":\"center\"}," REQUIRED("double", "radius");
			break;
		case WF_FORM_GEOMETRY:
			members = REQUIRED("bytes", "wkb") "," OPTIONAL("int32", "srid") ","
				"{\"type\":\"map\",\"keys\":{\"type\":\"string\",\"optional\":false},"
				"\"values\":{\"type\":\"string\",\"optional\":false},\"optional\":true,"
				"\"field\":\"extensions\"}";
			break;
		case WF_FORM_GEOGRAPHY:
			members = REQUIRED("bytes", "wkb") "," OPTIONAL("int32", "srid");
			break;
		case WF_FORM_SPARSE_VECTOR:
			members = REQUIRED("int16", "dimensions") ","
				"{\"type\":\"map\",\"keys\":{\"type\":\"int16\",\"optional\":false},"
				"\"values\":{\"type\":\"double\",\"optional\":false},\"optional\":false,"
				"\"field\":\"vector\"}";
			break;
		case WF_FORM_DOUBLE_VECTOR:
			wf_buffer_append_literal(buffer, ",\"items\":{\"type\":\"double\",\"optional\":false}");
			return;
		case WF_FORM_FLOAT_VECTOR:
			wf_buffer_append_literal(buffer, ",\"items\":{\"type\":\"float\",\"optional\":false}");
			return;
		case WF_FORM_HSTORE_MAP:
			wf_buffer_append_literal(buffer, ",\"keys\":{\"type\":\"string\",\"optional\":false},"
									 "\"values\":{\"type\":\"string\",\"optional\":true}");
			return;
		default:
			return;
	}
	wf_buffer_append_literal(buffer, ",\"fields\":[");
	append_text(buffer, members);
	wf_buffer_append_char(buffer, ']');
}

static void
append_parameters(WfBuffer *buffer, WfTextForm *form, const WfField *field)
{
	int			count = 0;

	switch (field->form)
	{
		case WF_FORM_DECIMAL:
		case WF_FORM_DECIMAL_NUMBER:
		case WF_FORM_MONEY:
			append_number_parameter(buffer, &count, "scale", field->scale);
			if (field->type->kind == WF_TYPE_NUMERIC)	/* money's has none */
				append_number_parameter(buffer, &count, "connect.decimal.precision",
										field->precision);
			break;
		case WF_FORM_BITS:
			append_number_parameter(buffer, &count, "length", field->precision);
			break;
		case WF_FORM_ENUM:
			if (field->type->enum_labels.data == NULL)
				break;			/* too many to be told */
			open_parameter(buffer, &count, "allowed");
			wf_json_string(buffer, form, field->type->enum_labels.data,
						   field->type->enum_labels.length);
			break;
		default:
			break;
	}
	append_column_parameters(buffer, form, field, &count);
	if (count > 0)
		wf_buffer_append_char(buffer, '}');
}

/* What a form's own schema says of it; NULL: nothing. */
static const char *
form_doc(WfForm form)
{
	switch (form)
	{
		case WF_FORM_VARIABLE_DECIMAL:
			return "Variable scaled decimal";
		case WF_FORM_POINT:
			return "Geometry (POINT)";
		case WF_FORM_LINE:
			return "Geometry (LINE)";
		case WF_FORM_CIRCLE:
			return "Geometry (CIRCLE)";
		case WF_FORM_GEOMETRY:
			return "Geometry";
		case WF_FORM_GEOGRAPHY:
			return "Geography";
		case WF_FORM_SPARSE_VECTOR:
			return "Sparse double vector";
		default:
			return NULL;
	}
}

/* Debezium's builders of these schemas say so, whatever the column does. */
static bool
is_always_optional(WfForm form)
{
	return form == WF_FORM_LINE || form == WF_FORM_CIRCLE || form == WF_FORM_GEOMETRY;
}

/* The schema's object without its closing brace. */
static void
append_schema(WfBuffer *buffer, WfTextForm *form, const WfField *field)
{
	WfForm		value_form = field->form;
	const FormSchema *schema = &form_schemas[value_form];

	if (field->loss == WF_LOSES_ALL)
	{
		/* Debezium's schema is that of an element */
		WfField		scalar = *field->element;

		scalar.optional = field->optional;
		scalar.source_type = field->source_type;
		append_schema(buffer, form, &scalar);
		return;
	}
	wf_buffer_append_literal(buffer, "{\"type\":\"");
	append_text(buffer, schema->type);
	wf_buffer_append_char(buffer, '"');
	if (value_form == WF_FORM_ARRAY)
	{
		wf_buffer_append_literal(buffer, ",\"items\":");
		append_schema(buffer, form, field->element);
		wf_buffer_append_char(buffer, '}');
	}
	append_members(buffer, value_form);
	wf_buffer_append_literal(buffer, ",\"optional\":");
	wf_json_bool(buffer, field->optional || is_always_optional(value_form));
	if (schema->name != NULL)
	{
		wf_buffer_append_literal(buffer, ",\"name\":\"");
		append_text(buffer, schema->name);
		wf_buffer_append_literal(buffer, "\",\"version\":");
		wf_json_int64(buffer, value_form == WF_FORM_GEOMETRY ? 2 : 1);
	}
	if (form_doc(value_form) != NULL)
	{
		wf_buffer_append_literal(buffer, ",\"doc\":\"");
		append_text(buffer, form_doc(value_form));
		wf_buffer_append_char(buffer, '"');
	}
	else if (field->doc.length > 0)
	{
		wf_buffer_append_literal(buffer, ",\"doc\":");
		wf_json_string(buffer, form, field->doc.data, field->doc.length);
	}
	append_parameters(buffer, form, field);
}

static void
append_default(WfBuffer *buffer, WfTextForm *form, const WfField *field)
{
	size_t		mark = buffer->length;

	wf_buffer_append_literal(buffer, ",\"default\":");
	if (!wf_default_write(buffer, form, field) && buffer->error == WF_BUFFER_OK)
		wf_buffer_cut(buffer, mark);
}

void
wf_connect_schema_write(WfBuffer *buffer, WfTextForm *form, const WfField *field, WfSlice name)
{
	append_schema(buffer, form, field);
	append_default(buffer, form, field);
	if (name.data != NULL)
	{
		wf_buffer_append_literal(buffer, ",\"field\":");
		wf_json_string(buffer, form, name.data, name.length);
	}
	wf_buffer_append_char(buffer, '}');
}
