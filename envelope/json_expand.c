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
#include "json_expand.h"

typedef enum Kind
{
	UNKNOWN,					/* only nulls so far */
	STRING,
	BOOLEAN,
	INT32,
	INT64,
	DOUBLE,
	ARRAY,
	OBJECT
} Kind;

/* The type of a value; members and elements are found by index, 0: none. */
typedef struct Node
{
	Kind		kind;
	bool		has_null;
	bool		is_name_own;	/* the name stands in names, not in the text */
	uint32_t	first;			/* member of an object, or what an array's elements
								 * are */
	uint32_t	last;
	uint32_t	next;			/* member of the same object */
	uint32_t	parent;
	uint32_t	next_in_bucket;
	uint32_t	place_in_bucket;	/* from its end */
	uint32_t	seen_in;		/* the last object that had this member */
	uint32_t	name_length;
	size_t		name;			/* where it begins */
} Node;

#define ROOT 0

static Node *
node_at(const WfJsonExpansion *expansion, uint32_t index)
{
	return (Node *) (void *) expansion->nodes->data + index;
}

static uint32_t
node_count(const WfJsonExpansion *expansion)
{
	return (uint32_t) (expansion->nodes->length / sizeof(Node));
}

/* The index of a new node, 0 if there is no room. */
static uint32_t
add_node(WfJsonExpansion *expansion, uint32_t parent)
{
	Node		node = {.kind = UNKNOWN, .parent = parent};
	uint32_t	index = node_count(expansion);

	if (index == WF_JSON_EXPAND_NODES_MAX)
		return 0;
	wf_buffer_append(expansion->nodes, &node, sizeof(node));
	return expansion->nodes->error == WF_BUFFER_OK ? index : 0;
}

static WfSlice
name_of(const WfJsonExpansion *expansion, const Node *node)
{
	const char *from = node->is_name_own ? expansion->names->data : expansion->text.data;

	return wf_slice(node->name_length > 0 ? from + node->name : "", node->name_length);
}

/* ---- members ---- */

static uint32_t *
bucket_of(WfJsonExpansion *expansion, uint32_t parent, WfSlice name)
{
	uint32_t	hash = UINT32_C(2166136261) ^ parent * UINT32_C(2654435761);

	for (size_t i = 0; i < name.length; i++)
		hash = (hash ^ (uint8_t) name.data[i]) * UINT32_C(16777619);
	return &expansion->buckets[(hash ^ hash >> 16) % WF_JSON_EXPAND_BUCKETS];
}

static uint32_t
find_member(WfJsonExpansion *expansion, uint32_t parent, WfSlice name)
{
	uint32_t	index = *bucket_of(expansion, parent, name);

	while (index != 0)
	{
		const Node *node = node_at(expansion, index);
		WfSlice		other = name_of(expansion, node);

		if (node->parent == parent && other.length == name.length &&
			memcmp(other.data, name.data, name.length) == 0)
			return index;
		index = node->next_in_bucket;
	}
	return 0;
}

/* name: where its bytes are; is_own: in names. */
static uint32_t
add_member(WfJsonExpansion *expansion, uint32_t parent, WfSlice name, bool is_own, size_t offset)
{
	uint32_t   *bucket = bucket_of(expansion, parent, name);
	uint32_t	place = *bucket == 0 ? 1 : node_at(expansion, *bucket)->place_in_bucket + 1;
	uint32_t	index = place <= WF_JSON_EXPAND_CHAIN_MAX ? add_node(expansion, parent) : 0;
	Node	   *object;
	Node	   *member;

	if (index == 0)
		return 0;
	object = node_at(expansion, parent);
	member = node_at(expansion, index);
	member->is_name_own = is_own;
	member->name = offset;
	member->name_length = (uint32_t) name.length;
	member->next_in_bucket = *bucket;
	member->place_in_bucket = place;
	*bucket = index;
	if (object->first == 0)
		object->first = index;
	else
		node_at(expansion, object->last)->next = index;
	object->last = index;
	return index;
}

/*
 * The member that the reader has just read the name of; make: one that is not
 * there yet.  A name with escapes is unescaped first, behind the other names.
 */
static uint32_t
take_member(WfJsonExpansion *expansion, const WfJsonReader *reader, uint32_t parent, bool make)
{
	WfBuffer   *names = expansion->names;
	size_t		mark = names->length;
	WfSlice		name = reader->text;
	uint32_t	index;

	if (reader->escaped)
	{
		wf_json_unescape(reader->text, names);
		if (names->error != WF_BUFFER_OK)
			return 0;
		name = wf_buffer_since(names, mark);
	}
	index = find_member(expansion, parent, name);
	if (index == 0 && make)
	{
		index = add_member(expansion, parent, name, reader->escaped, reader->escaped ? mark :
						   (size_t) (reader->text.data - expansion->text.data));
		return index;
	}
	if (reader->escaped)
		wf_buffer_cut(names, mark);
	return index;
}

/* ---- types ---- */

static Kind
number_kind(WfSlice number)
{
	int64_t		value;

	if (!wf_json_read_int64(number, &value))
		return DOUBLE;
	return value >= INT32_MIN && value <= INT32_MAX ? INT32 : INT64;
}

static Kind
kind_of(WfJsonToken token, WfSlice text)
{
	switch (token)
	{
		case WF_TOKEN_OBJECT:
			return OBJECT;
		case WF_TOKEN_ARRAY:
			return ARRAY;
		case WF_TOKEN_STRING:
			return STRING;
		case WF_TOKEN_NUMBER:
			return number_kind(text);
		case WF_TOKEN_TRUE:
		case WF_TOKEN_FALSE:
			return BOOLEAN;
		default:
			return UNKNOWN;
	}
}

static bool
is_number(Kind kind)
{
	return kind == INT32 || kind == INT64 || kind == DOUBLE;
}

/* Whether a value of this kind may stand where those of the node do. */
static bool
merge_kind(Node *node, Kind kind, bool is_element)
{
	if (node->kind == UNKNOWN || node->kind == kind)
	{
		node->kind = kind;
		return true;
	}
	if (is_element || !is_number(node->kind) || !is_number(kind))
		return false;
	if (kind > node->kind)
		node->kind = kind;
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
		uint32_t	member = take_member(expansion, reader, index, true);

		if (member == 0 || node_at(expansion, member)->seen_in == object)
			return false;
		node_at(expansion, member)->seen_in = object;
		if (!read_type(expansion, reader, wf_json_next(reader), member, false))
			return false;
	}
	return token == WF_TOKEN_OBJECT_END;
}

/*
 * A type is needed for the elements: the first that is not null must give one, if
 * there is an element at all.
 */
static bool
read_array_type(WfJsonExpansion *expansion, WfJsonReader *reader, uint32_t index)
{
	const WfJsonExpandRules *rules = expansion->rules;
	uint32_t	element = node_at(expansion, index)->first;
	bool		has_null = false;
	bool		has_value = false;
	WfJsonToken token = wf_json_next(reader);

	if (element == 0)
	{
		element = add_node(expansion, index);
		if (element == 0)
			return false;
		node_at(expansion, index)->first = element;
	}
	for (; token != WF_TOKEN_ARRAY_END; token = wf_json_next(reader))
	{
		if (!read_type(expansion, reader, token, element, true))
			return false;
		if (token == WF_TOKEN_NULL)
			has_null = true;
		else if (!has_value)
		{
			const Node *node = node_at(expansion, element);

			has_value = true;
			if (node->kind == ARRAY && node_at(expansion, node->first)->kind == UNKNOWN &&
				!node_at(expansion, node->first)->has_null && !rules->keep_empty_arrays)
				return false;
		}
	}
	return has_value || !has_null || rules->keep_nulls;
}

static bool
read_type(WfJsonExpansion *expansion, WfJsonReader *reader, WfJsonToken token, uint32_t index,
		  bool is_element)
{
	Kind		kind = kind_of(token, reader->text);

	if (token == WF_TOKEN_NULL)
	{
		node_at(expansion, index)->has_null = true;
		return true;
	}
	if (kind == UNKNOWN || !merge_kind(node_at(expansion, index), kind, is_element))
		return false;
	if (kind == OBJECT)
		return read_object_type(expansion, reader, index);
	if (kind == ARRAY)
		return read_array_type(expansion, reader, index);
	return true;
}

/* Has it no type, so that it is left out? */
static bool
is_left_out(const WfJsonExpansion *expansion, const Node *node)
{
	const Node *element;

	if (node->kind == UNKNOWN)
		return !expansion->rules->keep_nulls;
	if (node->kind != ARRAY)
		return false;
	element = node_at(expansion, node->first);
	return element->kind == UNKNOWN && !element->has_null && !expansion->rules->keep_empty_arrays;
}

/*
 * Takes what is left out off the lists of members, for good: an object is written
 * with a look at all members of its type, and a text may have thousands of objects
 * and thousands of members that are null in all of them.
 */
static void
unlink_left_out(WfJsonExpansion *expansion)
{
	for (uint32_t i = 0; i < node_count(expansion); i++)
	{
		Node	   *object = node_at(expansion, i);
		uint32_t   *link = &object->first;

		while (object->kind == OBJECT && *link != 0)
		{
			Node	   *member = node_at(expansion, *link);

			if (is_left_out(expansion, member))
				*link = member->next;
			else
				link = &member->next;
		}
	}
}

bool
wf_json_expand(WfJsonExpansion *expansion, WfSlice text, const WfJsonExpandRules *rules,
			   WfBuffer *nodes, WfBuffer *names)
{
	WfJsonReader reader;
	WfJsonToken token;

	expansion->text = text;
	expansion->rules = rules;
	expansion->nodes = nodes;
	expansion->names = names;
	expansion->objects = 0;
	wf_buffer_cut(nodes, 0);
	wf_buffer_cut(names, 0);
	if (text.length == 0 || (text.data[0] != '{' && text.data[0] != '['))
		return false;
	memset(expansion->buckets, 0, sizeof(expansion->buckets));
	(void) add_node(expansion, ROOT);
	if (nodes->error != WF_BUFFER_OK)
		return false;

	wf_json_reader_init(&reader, text.data, text.length);
	token = wf_json_next(&reader);
	if (!read_type(expansion, &reader, token, ROOT, false) ||
		wf_json_next(&reader) != WF_TOKEN_END || is_left_out(expansion, node_at(expansion, ROOT)))
		return false;
	unlink_left_out(expansion);
	return true;
}

/* ---- the value ---- */

/* Strings and names are valid JSON already; only ASCII needs another look. */
static void
write_string(WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form, WfSlice raw,
			 bool escaped)
{
	WfBuffer   *names = expansion->names;
	size_t		mark = names->length;

	if (!form->ascii_only)
	{
		wf_buffer_append_char(buffer, '"');
		wf_buffer_append_slice(buffer, raw);
		wf_buffer_append_char(buffer, '"');
		return;
	}
	if (escaped)
	{
		wf_json_unescape(raw, names);
		if (names->error != WF_BUFFER_OK)
			buffer->error = names->error;
		raw = wf_buffer_since(names, mark);
	}
	wf_json_string(buffer, form, raw.data, raw.length);
	wf_buffer_cut(names, mark);
}

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
		bool		escaped = reader->escaped;
		uint32_t	member = take_member(expansion, reader, index, false);
		WfJsonToken token = wf_json_next(reader);
		WfSlice		skipped;

		if (member == 0 || is_left_out(expansion, node_at(expansion, member)))
		{
			(void) wf_json_skip(reader, token, &skipped);
			continue;
		}
		node_at(expansion, member)->seen_in = object;
		wf_buffer_append(buffer, ",", first ? 0 : 1);
		first = false;
		write_string(expansion, buffer, form, raw, escaped);
		wf_buffer_append_char(buffer, ':');
		write_value(expansion, buffer, form, reader, token, member);
	}

	/* what only other objects of the same type have */
	for (uint32_t member = node_at(expansion, index)->first;
		 member != 0 && buffer->error == WF_BUFFER_OK;
		 member = node_at(expansion, member)->next)
	{
		const Node *node = node_at(expansion, member);
		WfSlice		name = name_of(expansion, node);

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
	uint32_t	element = node_at(expansion, index)->first;
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
			write_string(expansion, buffer, form, reader->text, reader->escaped);
			break;
		case WF_TOKEN_NUMBER:
			wf_buffer_append_slice(buffer, reader->text);
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
	write_value(expansion, buffer, form, &reader, token, ROOT);
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
			 const Node *object, const Path *path)
{
	bool		first = true;

	wf_buffer_append_literal(buffer, ",\"fields\":[");
	for (uint32_t member = object->first; member != 0 && buffer->error == WF_BUFFER_OK;
		 member = node_at(expansion, member)->next)
	{
		const Node *node = node_at(expansion, member);
		const Path	below = {path != NULL && path->name.data == NULL ? NULL : path,
		name_of(expansion, node)};

		wf_buffer_append(buffer, ",", first ? 0 : 1);
		first = false;
		write_schema(expansion, buffer, form, member, &below, below.name);
	}
	wf_buffer_append_char(buffer, ']');
}

static const char *
type_name(const Node *node)
{
	static const char *const names[] = {
		[UNKNOWN] = "bytes",[STRING] = "string",[BOOLEAN] = "boolean",[INT32] = "int32",
		[INT64] = "int64",[DOUBLE] = "double",[ARRAY] = "array",[OBJECT] = "struct"
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
	const Node *node = node_at(expansion, index);
	const char *type = type_name(node);

	wf_buffer_append_literal(buffer, "{\"type\":\"");
	wf_buffer_append(buffer, type, strlen(type));
	wf_buffer_append_char(buffer, '"');
	if (node->kind == ARRAY)
	{
		const Node *element = node_at(expansion, node->first);

		wf_buffer_append_literal(buffer, ",\"items\":");
		if (element->kind == UNKNOWN && !element->has_null)
			wf_buffer_append_literal(buffer, "{\"type\":\"string\",\"optional\":true}");
		else
			write_schema(expansion, buffer, form, node->first,
						 element->kind == OBJECT ? path : NULL, wf_slice(NULL, 0));
	}
	if (node->kind == OBJECT)
		write_fields(expansion, buffer, form, node, path);
	wf_buffer_append_literal(buffer, ",\"optional\":true");
	if (node->kind == OBJECT && path != NULL && path->name.data != NULL)
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
	const Node	node = {.kind = kind_of(token, text)};
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

	write_schema(expansion, buffer, form, ROOT, &path, field);
}
