/*
 * value.c
 *		One column's value as JSON, in the form its type has.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value.h"

#include "md5.h"
#include "time.h"
#include "value_forms.h"

#define UUID_BYTES 16
#define UUID_TEXT_LENGTH 36

static void
write_uuid(WfBuffer *buffer, const uint8_t *uuid)
{
	static const char hex[] = "0123456789abcdef";
	char		text[UUID_TEXT_LENGTH + 2];
	char	   *out = text;

	*out++ = '"';
	for (int i = 0; i < UUID_BYTES; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*out++ = '-';
		*out++ = hex[uuid[i] >> 4];
		*out++ = hex[uuid[i] & 15];
	}
	*out++ = '"';
	wf_buffer_append(buffer, text, sizeof(text));
}

/*
 * Arrays of several dimensions become nested JSON arrays (Debezium's come out
 * as nulls or Java object names).  Lower bounds have no place in JSON.  An
 * element without a form makes the whole array one, as it does in Debezium.
 */
static WfValueResult
write_array(WfBuffer *buffer, WfTextForm *form, const WfField *field, WfArray *array)
{
	size_t		mark = buffer->length;
	int32_t		position[WF_ARRAY_DIMENSIONS_MAX] = {0};
	int			last = array->dimension_count - 1;
	int			open = 0;		/* brackets beyond the outermost */
	WfValue		element;

	if (array->rewind != NULL)
		array->rewind(array);
	wf_buffer_append_char(buffer, '[');
	/* after an error nothing is appended any more: millions may be left */
	while (last >= 0 && buffer->error == WF_BUFFER_OK && array->next(array, &element))
	{
		if (open > 0 || position[0] > 0)
			wf_buffer_append_char(buffer, ',');
		for (; open < last; open++)
			wf_buffer_append_char(buffer, '[');

		if (element.state != WF_VALUE_PRESENT)
			wf_json_null(buffer);
		else if (wf_value_write(buffer, form, field->element, &element) != WF_VALUE_WRITTEN)
		{
			/* the error, if any, must stay */
			if (buffer->error == WF_BUFFER_OK)
				buffer->length = mark;
			return WF_VALUE_UNCONVERTIBLE;
		}

		/* what is full after this element is closed */
		position[last]++;
		while (open > 0 && position[open] >= array->dimensions[open])
		{
			wf_buffer_append_char(buffer, ']');
			position[open] = 0;
			open--;
			position[open]++;
		}
	}
	for (; open > 0; open--)
		wf_buffer_append_char(buffer, ']');
	wf_buffer_append_char(buffer, ']');
	return WF_VALUE_WRITTEN;
}

WfValueResult
wf_value_write(WfBuffer *buffer, WfTextForm *form, const WfField *field, const WfValue *value)
{
	switch (field->form)
	{
		case WF_FORM_BOOLEAN:
			wf_json_bool(buffer, value->as.boolean);
			break;
		case WF_FORM_INT16:
		case WF_FORM_INT32:
		case WF_FORM_INT64:
			wf_json_int64(buffer, value->as.integer);
			break;
		case WF_FORM_FLOAT:
			wf_json_float4(buffer, value->as.float4);
			break;
		case WF_FORM_DOUBLE:
			wf_json_float8(buffer, value->as.float8);
			break;
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
		case WF_FORM_ZONED_TIMESTAMP:
		case WF_FORM_STRUCTURED_ZONED_TIMESTAMP:
		case WF_FORM_DURATION_US:
		case WF_FORM_INTERVAL_STRING:
		case WF_FORM_STRUCTURED_DURATION:
			return wf_write_temporal(buffer, field, value);
		case WF_FORM_HSTORE_JSON:
		case WF_FORM_HSTORE_MAP:
			return wf_write_hstore(buffer, form, field, value->as.text);
		case WF_FORM_UUID:
			write_uuid(buffer, value->as.uuid);
			break;
		case WF_FORM_ARRAY:
			return write_array(buffer, form, field, value->as.array);
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
		case WF_FORM_ARRAY:
			wf_buffer_append_literal(buffer, "[]");
			break;
		case WF_FORM_ZONED_TIMESTAMP:	/* whatever the column's precision */
			wf_buffer_append_literal(buffer, "\"1970-01-01T00:00:00Z\"");
			break;
		default:
			write_zero(buffer, field);
			break;
	}
}

/* The name-based UUID of the placeholder (java.util.UUID.nameUUIDFromBytes). */
static void
write_placeholder_uuid(WfBuffer *buffer, WfSlice placeholder)
{
	uint8_t		uuid[UUID_BYTES];

	wf_md5(placeholder.data, placeholder.length, uuid);
	uuid[6] = (uuid[6] & 0x0F) | 0x30;	/* version 3 */
	uuid[8] = (uuid[8] & 0x3F) | 0x80;	/* variant of RFC 4122 */
	write_uuid(buffer, uuid);
}

/* The placeholder's bytes as numbers; Java's bytes are signed. */
static void
write_placeholder_numbers(WfBuffer *buffer, WfSlice placeholder)
{
	for (size_t i = 0; i < placeholder.length; i++)
	{
		if (i > 0)
			wf_buffer_append_char(buffer, ',');
		wf_json_int64(buffer, (int8_t) placeholder.data[i]);
	}
}

/* Writes the placeholder as a scalar of that form; false if it has none there. */
static bool
write_scalar_placeholder(WfBuffer *buffer, const WfTextForm *form, const WfField *field,
						 WfSlice placeholder)
{
	WfTextForm	uncounted = *form;	/* it may be any bytes, on purpose */

	switch (field->form)
	{
		case WF_FORM_STRING:
		case WF_FORM_JSON:
		case WF_FORM_XML:
		case WF_FORM_TSVECTOR:
		case WF_FORM_LTREE:
			break;
		case WF_FORM_BYTES:
			wf_json_base64(buffer, placeholder.data, placeholder.length);
			return true;
		case WF_FORM_BYTES_BASE64:
		case WF_FORM_BYTES_BASE64_URL_SAFE:
			if (field->options->compat == WF_COMPAT_DEBEZIUM)
				return false;	/* its converter fails on the text */
			break;
		case WF_FORM_BYTES_HEX:
			break;
		default:
			return false;
	}
	wf_json_string(buffer, &uncounted, placeholder.data, placeholder.length);
	return true;
}

static bool
write_array_placeholder(WfBuffer *buffer, WfTextForm *form, const WfField *field,
						WfSlice placeholder)
{
	size_t		mark = buffer->length;
	bool		fits = true;

	wf_buffer_append_char(buffer, '[');
	switch (field->element->type->kind)
	{
		case WF_TYPE_INT4:
		case WF_TYPE_INT8:
		case WF_TYPE_DATE:
			write_placeholder_numbers(buffer, placeholder);
			break;
		case WF_TYPE_UUID:
			write_placeholder_uuid(buffer, placeholder);
			break;
		default:
			fits = write_scalar_placeholder(buffer, form, field->element, placeholder);
			break;
	}
	if (fits)
		wf_buffer_append_char(buffer, ']');
	else if (buffer->error == WF_BUFFER_OK)
		buffer->length = mark;
	return fits;
}

void
wf_value_write_unavailable(WfBuffer *buffer, WfTextForm *form, const WfField *field,
						   WfSlice placeholder)
{
	bool		written;

	if (field->form == WF_FORM_ARRAY)
		written = write_array_placeholder(buffer, form, field, placeholder);
	else
		written = write_scalar_placeholder(buffer, form, field, placeholder);
	if (!written)
		wf_json_null(buffer);
}
