/*
 * connect_schema.c
 *		The Kafka Connect schema of a column.
 *
 * Members stand in the order in which JsonConverter puts them: type, items or
 * fields, optional, name, version, doc, parameters, field.  Names and versions
 * are Debezium's (io.debezium.time, io.debezium.data) and Kafka Connect's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "connect_schema.h"

/* What a form's schema has whatever the column; NULL: it has no such member. */
typedef struct FormSchema
{
	const char *type;
	const char *name;			/* with version 1 */
} FormSchema;

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
	[WF_FORM_STRING] = {"string", NULL},
	[WF_FORM_BYTES] = {"bytes", NULL},
	[WF_FORM_DATE] = {"int32", "io.debezium.time.Date"},
	[WF_FORM_TIME_MS] = {"int32", "io.debezium.time.Time"},
	[WF_FORM_TIME_US] = {"int64", "io.debezium.time.MicroTime"},
	[WF_FORM_ZONED_TIME] = {"string", "io.debezium.time.ZonedTime"},
	[WF_FORM_TIMESTAMP_MS] = {"int64", "io.debezium.time.Timestamp"},
	[WF_FORM_TIMESTAMP_US] = {"int64", "io.debezium.time.MicroTimestamp"},
	[WF_FORM_ZONED_TIMESTAMP] = {"string", "io.debezium.time.ZonedTimestamp"},
	[WF_FORM_DURATION_US] = {"int64", "io.debezium.time.MicroDuration"},
	[WF_FORM_UUID] = {"string", "io.debezium.data.Uuid"},
	[WF_FORM_JSON] = {"string", "io.debezium.data.Json"},
	[WF_FORM_XML] = {"string", "io.debezium.data.Xml"},
	[WF_FORM_TSVECTOR] = {"string", "io.debezium.data.Tsvector"},
	[WF_FORM_ENUM] = {"string", "io.debezium.data.Enum"},
	[WF_FORM_ARRAY] = {"array", NULL},
};

static void
append_text(WfBuffer *buffer, const char *text)
{
	wf_buffer_append(buffer, text, strlen(text));
}

static void
append_parameters(WfBuffer *buffer, WfTextForm *form, const WfField *field)
{
	switch (field->form)
	{
		case WF_FORM_DECIMAL:
			wf_buffer_append_literal(buffer, ",\"parameters\":{\"scale\":\"");
			wf_json_int64(buffer, field->scale);
			wf_buffer_append_literal(buffer, "\",\"connect.decimal.precision\":\"");
			wf_json_int64(buffer, field->precision);
			wf_buffer_append_literal(buffer, "\"}");
			break;
		case WF_FORM_MONEY:
			wf_buffer_append_literal(buffer, ",\"parameters\":{\"scale\":\"");
			wf_json_int64(buffer, field->scale);
			wf_buffer_append_literal(buffer, "\"}");
			break;
		case WF_FORM_ENUM:
			wf_buffer_append_literal(buffer, ",\"parameters\":{\"allowed\":");
			wf_json_string(buffer, form, field->type->enum_labels.data,
						   field->type->enum_labels.length);
			wf_buffer_append_char(buffer, '}');
			break;
		default:
			break;
	}
}

/* The schema's object without its closing brace. */
static void
append_schema(WfBuffer *buffer, WfTextForm *form, const WfField *field)
{
	WfForm		value_form = field->form;
	const FormSchema *schema = &form_schemas[value_form];

	wf_buffer_append_literal(buffer, "{\"type\":\"");
	append_text(buffer, schema->type);
	wf_buffer_append_char(buffer, '"');
	if (value_form == WF_FORM_ARRAY)
	{
		wf_buffer_append_literal(buffer, ",\"items\":");
		append_schema(buffer, form, field->element);
		wf_buffer_append_char(buffer, '}');
	}
	if (value_form == WF_FORM_VARIABLE_DECIMAL)
		wf_buffer_append_literal(buffer,
								 ",\"fields\":[{\"type\":\"int32\",\"optional\":false,\"field\":\"scale\"},"
								 "{\"type\":\"bytes\",\"optional\":false,\"field\":\"value\"}]");
	wf_buffer_append_literal(buffer, ",\"optional\":");
	wf_json_bool(buffer, field->optional);
	if (schema->name != NULL)
	{
		wf_buffer_append_literal(buffer, ",\"name\":\"");
		append_text(buffer, schema->name);
		wf_buffer_append_literal(buffer, "\",\"version\":1");
	}
	if (value_form == WF_FORM_VARIABLE_DECIMAL)
		wf_buffer_append_literal(buffer, ",\"doc\":\"Variable scaled decimal\"");
	append_parameters(buffer, form, field);
}

void
wf_connect_schema_write(WfBuffer *buffer, WfTextForm *form, const WfField *field, WfSlice name)
{
	append_schema(buffer, form, field);
	wf_buffer_append_literal(buffer, ",\"field\":");
	wf_json_string(buffer, form, name.data, name.length);
	wf_buffer_append_char(buffer, '}');
}
