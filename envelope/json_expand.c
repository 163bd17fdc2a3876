/*
 * json_expand.c
 *		A text that holds JSON, as the JSON and the Connect schema that fits it.
 *
 * The text is read twice: the first time its types become a tree of nodes, the
 * second time it is written with the tree at hand, since an object may have to
 * show members that only its neighbours have.  The tree is as deep as the text,
 * which the tokeniser limits, and that bounds the recursion here.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_members.h"
#include "json_scalar.h"

/* ---- types ---- */

static WfJsonKind
number_kind(WfSlice number)
{
	int64_t		value;

	if (!wf_json_read_int64(number, &value))
		return WF_JSON_DOUBLE;
	return value >= INT32_MIN && value <= INT32_MAX ? WF_JSON_INT32 : WF_JSON_INT64;
}

static WfJsonKind
kind_of(WfJsonToken token, WfSlice text)
{
	switch (token)
	{
		case WF_TOKEN_OBJECT:
			return WF_JSON_OBJECT;
		case WF_TOKEN_ARRAY:
			return WF_JSON_ARRAY;
		case WF_TOKEN_STRING:
			return WF_JSON_STRING;
		case WF_TOKEN_NUMBER:
			return number_kind(text);
		case WF_TOKEN_TRUE:
		case WF_TOKEN_FALSE:
			return WF_JSON_BOOLEAN;
		default:
			return WF_JSON_UNKNOWN;
	}
}

static bool
is_number(WfJsonKind kind)
{
	return kind == WF_JSON_INT32 || kind == WF_JSON_INT64 || kind == WF_JSON_DOUBLE;
}

/* Whether a value of this kind may stand where those of the node do. */
static bool
merge_kind(WfJsonExpansion *expansion, WfJsonNode *node, WfJsonKind kind, bool is_element)
{
	const WfJsonExpandRules *rules = expansion->rules;

	if (node->kind == WF_JSON_UNKNOWN || node->kind == kind)
		node->kind = kind;
	else if ((!is_element || rules->is_lenient) && is_number(node->kind) && is_number(kind))
		node->kind = kind > node->kind ? kind : node->kind;
	else if (rules->has_no_schema)
		node->kind = WF_JSON_MIXED;
	else
	{
		expansion->fault = is_element ? "an array holds values of several types" :
			"the objects of an array have a member of several types";
		return false;
	}
	return true;
}

static bool read_type(WfJsonExpansion *expansion, WfJsonReader *reader, WfJsonToken token,
					  uint32_t index, bool is_element);

static bool
read_object_type(WfJsonExpansion *expansion, WfJsonReader *reader, uint32_t index)
{
	uint32_t	object = ++expansion->objects;
	WfJsonToken token;

	while ((token = wf_json_next(reader)) == WF_TOKEN_NAME)
	{
		uint32_t	member = wf_json_take_member(expansion, reader, index, true);

		if (member == 0)
			return false;
		if (wf_json_node(expansion, member)->seen_in == object)
		{
			expansion->fault = "a member is there twice";
			return false;
		}
		wf_json_node(expansion, member)->seen_in = object;
		if (!read_type(expansion, reader, wf_json_next(reader), member, false))
			return false;
	}
	return token == WF_TOKEN_OBJECT_END;
}

/* Has an array a type that only another one tells? */
static bool
is_of_nothing(const WfJsonExpansion *expansion, const WfJsonNode *node)
{
	const WfJsonNode *element;

	if (node->kind != WF_JSON_ARRAY)
		return false;
	element = wf_json_node(expansion, node->element);
	return element->kind == WF_JSON_UNKNOWN && !element->has_null &&
		!expansion->rules->keep_empty_arrays;
}

/*
 * A type is needed for the elements: the first that is not null must give one, if
 * there is an element at all.  Lenient rules take that of null or an empty array.
 */
static bool
read_array_type(WfJsonExpansion *expansion, WfJsonReader *reader, uint32_t index)
{
	const WfJsonExpandRules *rules = expansion->rules;
	uint32_t	element = wf_json_node(expansion, index)->element;
	bool		has_null = false;
	bool		has_value = false;
	WfJsonToken token = wf_json_next(reader);

	if (element == 0)
	{
		element = wf_json_add_node(expansion, index);
		if (element == 0)
			return false;
		wf_json_node(expansion, index)->element = element;
	}
	for (; token != WF_TOKEN_ARRAY_END; token = wf_json_next(reader))
	{
		if (!read_type(expansion, reader, token, element, true))
			return false;
		if (token == WF_TOKEN_NULL)
			has_null = true;
		else if (!has_value)
		{
			has_value = true;
			if (!rules->is_lenient && is_of_nothing(expansion, wf_json_node(expansion, element)))
			{
				expansion->fault = "an array begins with an empty one";
				return false;
			}
		}
	}
	if (has_value || !has_null || rules->keep_nulls || rules->is_lenient)
		return true;
	expansion->fault = "an array holds nothing but null";
	return false;
}

static bool
read_type(WfJsonExpansion *expansion, WfJsonReader *reader, WfJsonToken token, uint32_t index,
		  bool is_element)
{
	WfJsonKind	kind = kind_of(token, reader->text);

	if (token == WF_TOKEN_NULL)
	{
		wf_json_node(expansion, index)->has_null = true;
		return true;
	}
	if (kind == WF_JSON_UNKNOWN ||
		!merge_kind(expansion, wf_json_node(expansion, index), kind, is_element))
		return false;
	if (kind == WF_JSON_OBJECT)
		return read_object_type(expansion, reader, index);
	if (kind == WF_JSON_ARRAY)
		return read_array_type(expansion, reader, index);
	return true;
}

/* Has it no type, so that it is left out? */
static bool
is_left_out(const WfJsonExpansion *expansion, const WfJsonNode *node)
{
	return node->kind == WF_JSON_UNKNOWN ? !expansion->rules->keep_nulls :
		is_of_nothing(expansion, node);
}

/*
 * Takes what is left out off the lists of members, for good: an object is written
 * with a look at all members of its type, and a text may have thousands of objects
 * and thousands of members that are null in all of them.
 */
static void
unlink_left_out(WfJsonExpansion *expansion)
{
	for (uint32_t i = 0; i < wf_json_node_count(expansion); i++)
	{
		WfJsonNode *object = wf_json_node(expansion, i);
		uint32_t   *link = &object->first;

		while (*link != 0)
		{
			WfJsonNode *member = wf_json_node(expansion, *link);

			if (is_left_out(expansion, member))
				*link = member->next;
			else
				link = &member->next;
		}
	}
}

static bool
read_text(WfJsonExpansion *expansion, WfJsonReader *reader)
{
	WfJsonToken token = wf_json_next(reader);

	return read_type(expansion, reader, token, WF_JSON_ROOT, false) &&
		wf_json_next(reader) == WF_TOKEN_END;
}

bool
wf_json_expand(WfJsonExpansion *expansion, WfSlice text, const WfJsonExpandRules *rules,
			   WfBuffer *nodes, WfBuffer *names)
{
	WfJsonReader reader;

	expansion->rules = rules;
	if (!wf_json_members_init(expansion, text, nodes, names))
		return false;
	if (text.length == 0 || (text.data[0] != '{' && text.data[0] != '['))
	{
		expansion->fault = "it is neither a JSON object nor an array";
		return false;
	}

	wf_json_reader_init(&reader, text.data, text.length);
	if (!read_text(expansion, &reader))
	{
		if (expansion->fault == NULL)
			expansion->fault = reader.error;
		expansion->fault_at = reader.error != NULL ? reader.offset : reader.token_start;
		return false;
	}
	if (is_left_out(expansion, wf_json_node(expansion, WF_JSON_ROOT)))
		return false;
	unlink_left_out(expansion);
	return true;
}

bool
wf_json_expand_has(const WfJsonExpansion *expansion, WfSlice name)
{
	const WfJsonNode *node = wf_json_node(expansion, WF_JSON_ROOT);

	for (uint32_t member = node->first; member != 0; member = node->next)
	{
		node = wf_json_node(expansion, member);
		if (wf_slice_equal(wf_json_member_name(expansion, node), name))
			return true;
	}
	return false;
}

/* ---- the value ---- */

static void write_value(WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form,
						WfJsonReader *reader, WfJsonToken token, uint32_t index);

static void
write_object(WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form,
			 WfJsonReader *reader, uint32_t index)
{
	uint32_t	object = ++expansion->objects;
	bool		first = true;

	wf_buffer_append_char(buffer, '{');
	while (wf_json_next(reader) == WF_TOKEN_NAME && buffer->error == WF_BUFFER_OK)
	{
		WfSlice		raw = reader->text;
		uint32_t	member = wf_json_take_member(expansion, reader, index, false);
		WfJsonToken token = wf_json_next(reader);
		WfSlice		skipped;

		if (member == 0 || is_left_out(expansion, wf_json_node(expansion, member)))
		{
			(void) wf_json_skip(reader, token, &skipped);
			continue;
		}
		wf_json_node(expansion, member)->seen_in = object;
		wf_buffer_append(buffer, ",", first ? 0 : 1);
		first = false;
		wf_json_string_anew(buffer, form, raw, expansion->names);
		wf_buffer_append_char(buffer, ':');
		write_value(expansion, buffer, form, reader, token, member);
	}

	/* what only other objects of the same type have */
	for (uint32_t member = wf_json_node(expansion, index)->first;
		 member != 0 && buffer->error == WF_BUFFER_OK;
		 member = wf_json_node(expansion, member)->next)
	{
		const WfJsonNode *node = wf_json_node(expansion, member);
		WfSlice		name = wf_json_member_name(expansion, node);

		if (node->seen_in == object)
			continue;
		wf_buffer_append(buffer, ",", first ? 0 : 1);
		first = false;
		wf_json_string(buffer, form, name.data, name.length);
		wf_buffer_append_literal(buffer, ":null");
	}
	wf_buffer_append_char(buffer, '}');
}

static void
write_array(WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form, WfJsonReader *reader,
			uint32_t index)
{
	uint32_t	element = wf_json_node(expansion, index)->element;
	bool		first = true;
	WfJsonToken token;

	wf_buffer_append_char(buffer, '[');
	while ((token = wf_json_next(reader)) != WF_TOKEN_ARRAY_END && token != WF_TOKEN_ERROR &&
		   buffer->error == WF_BUFFER_OK)
	{
		wf_buffer_append(buffer, ",", first ? 0 : 1);
		first = false;
		write_value(expansion, buffer, form, reader, token, element);
	}
	wf_buffer_append_char(buffer, ']');
}

static void
write_value(WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form, WfJsonReader *reader,
			WfJsonToken token, uint32_t index)
{
	switch (token)
	{
		case WF_TOKEN_OBJECT:
			write_object(expansion, buffer, form, reader, index);
			break;
		case WF_TOKEN_ARRAY:
			write_array(expansion, buffer, form, reader, index);
			break;
		case WF_TOKEN_STRING:
			wf_json_string_anew(buffer, form, reader->text, expansion->names);
			break;
		case WF_TOKEN_NUMBER:
			wf_json_number(buffer, reader->text);
			break;
		case WF_TOKEN_TRUE:
		case WF_TOKEN_FALSE:
			wf_json_bool(buffer, token == WF_TOKEN_TRUE);
			break;
		default:
			wf_json_null(buffer);
	}
}

void
wf_json_expand_value(WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form)
{
	WfJsonReader reader;
	WfJsonToken token;

	wf_json_reader_init(&reader, expansion->text.data, expansion->text.length);
	token = wf_json_next(&reader);
	write_value(expansion, buffer, form, &reader, token, WF_JSON_ROOT);
}

/* ---- the schema ---- */

/* The names of the objects around, joined by dots; each links to the one before. */
typedef struct Path
{
	const struct Path *before;
	WfSlice		name;
} Path;

static void
write_path(WfBuffer *buffer, WfTextForm *form, const Path *path)
{
	if (path->before != NULL)
	{
		write_path(buffer, form, path->before);
		wf_buffer_append_char(buffer, '.');
	}
	wf_json_string_part(buffer, form, path->name.data, path->name.length);
}

static void write_schema(const WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form,
						 uint32_t index, const Path *path, WfSlice field);

static void
write_fields(const WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form,
			 const WfJsonNode *object, const Path *path)
{
	bool		first = true;

	wf_buffer_append_literal(buffer, ",\"fields\":[");
	for (uint32_t member = object->first; member != 0 && buffer->error == WF_BUFFER_OK;
		 member = wf_json_node(expansion, member)->next)
	{
		const WfJsonNode *node = wf_json_node(expansion, member);
		const Path	below = {path != NULL && path->name.data == NULL ? NULL : path,
		wf_json_member_name(expansion, node)};

		wf_buffer_append(buffer, ",", first ? 0 : 1);
		first = false;
		write_schema(expansion, buffer, form, member, &below, below.name);
	}
	wf_buffer_append_char(buffer, ']');
}

static const char *
type_name(const WfJsonNode *node)
{
	static const char *const names[] = {
		[WF_JSON_UNKNOWN] = "bytes",[WF_JSON_STRING] = "string",[WF_JSON_BOOLEAN] = "boolean",[WF_JSON_INT32] = "int32",
		[WF_JSON_INT64] = "int64",[WF_JSON_DOUBLE] = "double",[WF_JSON_ARRAY] = "array",[WF_JSON_OBJECT] = "struct",[WF_JSON_MIXED] = "bytes"
	};

	return names[node->kind];
}

static void
end_schema(WfBuffer *buffer, WfTextForm *form, WfSlice field)
{
	if (field.data != NULL)
	{
		wf_buffer_append_literal(buffer, ",\"field\":");
		wf_json_string(buffer, form, field.data, field.length);
	}
	wf_buffer_append_char(buffer, '}');
}

/* The objects in an array that lies in an array have no name in Debezium: path NULL. */
static void
write_schema(const WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form, uint32_t index,
			 const Path *path, WfSlice field)
{
	const WfJsonNode *node = wf_json_node(expansion, index);
	const char *type = type_name(node);

	wf_buffer_append_literal(buffer, "{\"type\":\"");
	wf_buffer_append(buffer, type, strlen(type));
	wf_buffer_append_char(buffer, '"');
	if (node->kind == WF_JSON_ARRAY)
	{
		const WfJsonNode *element = wf_json_node(expansion, node->element);

		wf_buffer_append_literal(buffer, ",\"items\":");
		if (element->kind == WF_JSON_UNKNOWN && !element->has_null)
			wf_buffer_append_literal(buffer, "{\"type\":\"string\",\"optional\":true}");
		else
			write_schema(expansion, buffer, form, node->element,
						 element->kind == WF_JSON_OBJECT ? path : NULL, wf_slice(NULL, 0));
	}
	if (node->kind == WF_JSON_OBJECT)
		write_fields(expansion, buffer, form, node, path);
	wf_buffer_append_literal(buffer, ",\"optional\":true");
	if (node->kind == WF_JSON_OBJECT && path != NULL && path->name.data != NULL)
	{
		wf_buffer_append_literal(buffer, ",\"name\":\"");
		write_path(buffer, form, path);
		wf_buffer_append_char(buffer, '"');
	}
	end_schema(buffer, form, field);
}

void
wf_json_scalar_schema(WfBuffer *buffer, WfTextForm *form, WfJsonToken token, WfSlice text,
					  WfSlice field)
{
	const WfJsonNode node = {.kind = kind_of(token, text)};
	const char *type = type_name(&node);

	wf_buffer_append_literal(buffer, "{\"type\":\"");
	wf_buffer_append(buffer, type, strlen(type));
	wf_buffer_append_literal(buffer, "\",\"optional\":true");
	end_schema(buffer, form, field);
}

void
wf_json_expand_schema(const WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form,
					  WfSlice name, WfSlice field)
{
	const Path	path = {NULL, name};

	write_schema(expansion, buffer, form, WF_JSON_ROOT, &path, field);
}
