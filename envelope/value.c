/*
 * value.c
 *		One column's value as JSON, in the form its type has.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value.h"

#include "value_short.h"

/* As in wf_write_array_json(). */
static WfValueResult
write_natural(WfBuffer *buffer, WfTextForm *form, const WfField *field, WfCompound *compound)
{
	WfTextForm	inner = {.ascii_only = false};
	size_t		mark = buffer->length;

	if (!compound->write(compound, buffer, &inner))
	{
		/* the error, if any, must stay */
		if (buffer->error == WF_BUFFER_OK)
			buffer->length = mark;
		return WF_VALUE_UNCONVERTIBLE;
	}
	form->replaced += inner.replaced;
	if (field->form == WF_FORM_NATURAL)
		wf_json_quote(buffer, form, mark);
	return WF_VALUE_WRITTEN;
}

WfValueResult
wf_value_write(WfBuffer *buffer, WfTextForm *form, const WfField *field, const WfValue *value)
{
	char		text[WF_SHORT_VALUE_MAX];
	char	   *end = wf_value_put_short(text, field, value);

	if (end != NULL)
	{
		wf_buffer_append(buffer, text, (size_t) (end - text));
		return WF_VALUE_WRITTEN;
	}
	switch (field->form)
	{
		case WF_FORM_BOOLEAN:
		case WF_FORM_INT16:
		case WF_FORM_INT32:
		case WF_FORM_INT64:
		case WF_FORM_FLOAT:
		case WF_FORM_DOUBLE:
		case WF_FORM_ZONED_TIMESTAMP:
		case WF_FORM_UUID:
			break;				/* always short */
		case WF_FORM_DECIMAL:
		case WF_FORM_VARIABLE_DECIMAL:
		case WF_FORM_MONEY:
		case WF_FORM_DECIMAL_NUMBER:
		case WF_FORM_NUMERIC_DOUBLE:
		case WF_FORM_NUMERIC_STRING:
			return wf_write_number(buffer, field, value);
		case WF_FORM_STRING:
		case WF_FORM_JSON:
		case WF_FORM_XML:
		case WF_FORM_TSVECTOR:
		case WF_FORM_LTREE:
		case WF_FORM_ENUM:
			wf_json_string(buffer, form, value->as.text.data, value->as.text.length);
			break;
		case WF_FORM_NATURAL:
		case WF_FORM_NATURAL_INSIDE:
			return write_natural(buffer, form, field, value->as.compound);
		case WF_FORM_BYTES:
		case WF_FORM_BYTES_BASE64:
		case WF_FORM_BYTES_BASE64_URL_SAFE:
		case WF_FORM_BYTES_HEX:
			wf_write_bytes(buffer, field->form, value->as.bytes);
			break;
		case WF_FORM_BIT_BOOLEAN:
		case WF_FORM_BITS:
			return wf_write_bits(buffer, field, value->as.text);
		case WF_FORM_DATE:
		case WF_FORM_CONNECT_DATE:
		case WF_FORM_ISO_DATE:
		case WF_FORM_STRUCTURED_DATE:
		case WF_FORM_TIME_MS:
		case WF_FORM_TIME_US:
		case WF_FORM_TIME_NS:
		case WF_FORM_CONNECT_TIME:
		case WF_FORM_ISO_TIME:
		case WF_FORM_STRUCTURED_TIME:
		case WF_FORM_ZONED_TIME:
		case WF_FORM_STRUCTURED_ZONED_TIME:
		case WF_FORM_TIMESTAMP_MS:
		case WF_FORM_TIMESTAMP_US:
		case WF_FORM_TIMESTAMP_NS:
		case WF_FORM_CONNECT_TIMESTAMP:
		case WF_FORM_ISO_TIMESTAMP:
		case WF_FORM_STRUCTURED_TIMESTAMP:
		case WF_FORM_STRUCTURED_ZONED_TIMESTAMP:
		case WF_FORM_DURATION_US:
		case WF_FORM_INTERVAL_STRING:
		case WF_FORM_STRUCTURED_DURATION:
			return wf_write_temporal(buffer, field, value);
		case WF_FORM_HSTORE_JSON:
		case WF_FORM_HSTORE_MAP:
			return wf_write_hstore(buffer, form, field, value->as.text);
		case WF_FORM_POINT:
		case WF_FORM_LINE:
		case WF_FORM_CIRCLE:
			wf_write_geometric(buffer, field, &value->as.geometric);
			break;
		case WF_FORM_GEOMETRY:
		case WF_FORM_GEOGRAPHY:
			if (field->type->kind == WF_TYPE_GEOMETRY || field->type->kind == WF_TYPE_GEOGRAPHY)
				return wf_write_ewkb(buffer, field, value->as.bytes);
			wf_write_geometric(buffer, field, &value->as.geometric);
			break;
		case WF_FORM_DOUBLE_VECTOR:
		case WF_FORM_FLOAT_VECTOR:
		case WF_FORM_SPARSE_VECTOR:
			return wf_write_vector(buffer, field, &value->as.vector);
		case WF_FORM_ARRAY:
			return wf_write_array(buffer, form, field, value->as.array);
		case WF_FORM_ARRAY_JSON:
			return wf_write_array_json(buffer, form, field, value->as.array);
	}
	return WF_VALUE_WRITTEN;
}

/* Zero, or the epoch: in whatever form the field has. */
static void
write_zero(WfBuffer *buffer, const WfField *field)
{
	WfValue		zero;

	memset(&zero, 0, sizeof(zero));
	switch (field->type->kind)
	{
		case WF_TYPE_NUMERIC:
			zero.as.numeric.dscale = field->scale;
			break;
		case WF_TYPE_MONEY:
			zero.as.money.fraction_digits = field->scale;
			break;
		case WF_TYPE_DATE:
			zero.as.integer = -WF_POSTGRES_EPOCH_DAYS;
			break;
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
			zero.as.integer = -WF_POSTGRES_EPOCH_DAYS * WF_MICROSECONDS_PER_DAY;
			break;
		default:
			break;
	}
	if (field->type->kind == WF_TYPE_NUMERIC || field->type->kind == WF_TYPE_MONEY)
		(void) wf_write_number(buffer, field, &zero);
	else
		(void) wf_write_temporal(buffer, field, &zero);
}

void
wf_value_write_fallback(WfBuffer *buffer, const WfField *field)
{
	switch (field->form)
	{
		case WF_FORM_BOOLEAN:
		case WF_FORM_BIT_BOOLEAN:
			wf_json_bool(buffer, false);
			break;
		case WF_FORM_INT16:
		case WF_FORM_INT32:
		case WF_FORM_INT64:
			wf_buffer_append_char(buffer, '0');
			break;
		case WF_FORM_FLOAT:
		case WF_FORM_DOUBLE:
			wf_buffer_append_literal(buffer, "0.0");
			break;
		case WF_FORM_STRING:
		case WF_FORM_BYTES:
		case WF_FORM_BYTES_BASE64:
		case WF_FORM_BYTES_BASE64_URL_SAFE:
		case WF_FORM_BYTES_HEX:
		case WF_FORM_BITS:
		case WF_FORM_UUID:
		case WF_FORM_JSON:
		case WF_FORM_NATURAL:
		case WF_FORM_XML:
		case WF_FORM_TSVECTOR:
		case WF_FORM_LTREE:
		case WF_FORM_ENUM:
			wf_buffer_append_literal(buffer, "\"\"");
			break;
		case WF_FORM_HSTORE_JSON:
			wf_buffer_append_literal(buffer, "\"{}\"");
			break;
		case WF_FORM_HSTORE_MAP:
			wf_buffer_append_literal(buffer, "{}");
			break;
		case WF_FORM_POINT:
		case WF_FORM_LINE:
		case WF_FORM_CIRCLE:
		case WF_FORM_GEOMETRY:
		case WF_FORM_GEOGRAPHY:
			wf_write_geometric_fallback(buffer, field);
			break;
		case WF_FORM_SPARSE_VECTOR:
			wf_buffer_append_literal(buffer, "{\"dimensions\":0,\"vector\":[]}");
			break;
		case WF_FORM_DOUBLE_VECTOR:
		case WF_FORM_FLOAT_VECTOR:
			wf_buffer_append_literal(buffer, "[]");
			break;
		case WF_FORM_ARRAY:
			if (field->loss == WF_LOSES_ALL)	/* and it is no array */
				wf_value_write_fallback(buffer, field->element);
			else
				wf_buffer_append_literal(buffer, "[]");
			break;
		case WF_FORM_ARRAY_JSON:
			wf_buffer_append_literal(buffer, "\"[]\"");
			break;
		case WF_FORM_ZONED_TIMESTAMP:	/* whatever the column's precision */
			wf_buffer_append_literal(buffer, "\"1970-01-01T00:00:00Z\"");
			break;
		case WF_FORM_STRUCTURED_ZONED_TIMESTAMP:	/* Debezium's has no zone's name */
			wf_buffer_append_literal(buffer, "{\"year\":1970,\"month\":1,\"day\":1,\"hour\":0,"
									 "\"minute\":0,\"second\":0,\"nanos\":0,\"offsetSeconds\":0,"
									 "\"zoneId\":null,\"specialValue\":null,\"precision\":");
			wf_json_int64(buffer, field->precision);
			wf_buffer_append_char(buffer, '}');
			break;
		default:
			write_zero(buffer, field);
			break;
	}
}
