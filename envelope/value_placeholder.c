/*
 * value_placeholder.c
 *		What stands for an unchanged TOASTed value, in every form.
 *
 * Which types have a placeholder, alone or in an array, was recorded from
 * Debezium 3.7.0 (golden o_toast, and asked of the running connector); of the
 * others a consumer sees null, and the header that names the column.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value.h"

#include "md5.h"
#include "value_short.h"

/* OIDs of built-in types (PostgreSQL, pg_type.dat). */
#define TEXT_OID 25
#define BPCHAR_OID 1042
#define VARCHAR_OID 1043

/* The name-based UUID of the placeholder (java.util.UUID.nameUUIDFromBytes). */
static void
write_placeholder_uuid(WfBuffer *buffer, WfSlice placeholder)
{
	uint8_t		uuid[WF_UUID_BYTES];
	char		text[WF_SHORT_VALUE_MAX];

	wf_md5(placeholder.data, placeholder.length, uuid);
	uuid[6] = (uuid[6] & 0x0F) | 0x30;	/* version 3 */
	uuid[8] = (uuid[8] & 0x3F) | 0x80;	/* variant of RFC 4122 */
	wf_buffer_append(buffer, text, (size_t) (wf_put_uuid(text, uuid) - text));
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

/* As an hstore that has it as its only key and value. */
static void
write_placeholder_hstore(WfBuffer *buffer, WfTextForm *form, const WfField *field,
						 WfSlice placeholder)
{
	WfTextForm	inner = {.ascii_only = field->form == WF_FORM_HSTORE_MAP && form->ascii_only};
	size_t		mark = buffer->length;

	wf_buffer_append_char(buffer, '{');
	wf_json_string(buffer, &inner, placeholder.data, placeholder.length);
	wf_buffer_append_char(buffer, ':');
	wf_json_string(buffer, &inner, placeholder.data, placeholder.length);
	wf_buffer_append_char(buffer, '}');
	if (field->form == WF_FORM_HSTORE_JSON)
		wf_json_quote(buffer, form, mark);
}

/*
 * Debezium looks an array's or hstore's placeholder up by the name of the column's
 * type, which a domain's is not.  (A map that ends its task there has no other form.)
 */
static bool
is_told_by_name_only(const WfField *field)
{
	return field->type->is_domain && field->options->compat == WF_COMPAT_DEBEZIUM;
}

static bool
is_bytes_as_text(WfForm form)
{
	return form == WF_FORM_BYTES_BASE64 || form == WF_FORM_BYTES_BASE64_URL_SAFE ||
		form == WF_FORM_BYTES_HEX;
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
		case WF_FORM_NATURAL:
		case WF_FORM_XML:
		case WF_FORM_TSVECTOR:
		case WF_FORM_LTREE:
		case WF_FORM_ARRAY_JSON:
			break;
		case WF_FORM_HSTORE_JSON:
			if (is_told_by_name_only(field))
				break;
			write_placeholder_hstore(buffer, &uncounted, field, placeholder);
			return true;
		case WF_FORM_HSTORE_MAP:
			write_placeholder_hstore(buffer, &uncounted, field, placeholder);
			return true;
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

/* Types of which arrays have one text for all their elements. */
static bool
is_placeholder_element(const WfType *type)
{
	return type->kind == WF_TYPE_JSON || type->kind == WF_TYPE_BYTEA ||
		(type->kind == WF_TYPE_TEXT &&
		 (type->oid == TEXT_OID || type->oid == VARCHAR_OID || type->oid == BPCHAR_OID));
}

static bool
write_array_placeholder(WfBuffer *buffer, WfTextForm *form, const WfField *field,
						WfSlice placeholder)
{
	const WfField *element = field->element;
	size_t		mark = buffer->length;
	bool		fits = true;

	wf_buffer_append_char(buffer, '[');
	if (element->form == WF_FORM_INT32 || element->form == WF_FORM_DATE ||
		element->type->kind == WF_TYPE_INT8)
		write_placeholder_numbers(buffer, placeholder);
	else if (element->form == WF_FORM_UUID)
		write_placeholder_uuid(buffer, placeholder);
	else if (is_placeholder_element(element->type) && !is_bytes_as_text(element->form))
		fits = write_scalar_placeholder(buffer, form, element, placeholder);
	else
		fits = false;
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
		written = !is_told_by_name_only(field) &&
			write_array_placeholder(buffer, form, field, placeholder);
	else
		written = write_scalar_placeholder(buffer, form, field, placeholder);
	if (!written)
		wf_json_null(buffer);
}
