/*
 * json_members.c
 *		The types in a text that holds JSON, as a tree.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "json_members.h"

static const char no_room[] = "its members need more memory than record.max.bytes allows";

bool
wf_json_members_init(WfJsonExpansion *expansion, WfSlice text, WfBuffer *nodes, WfBuffer *names)
{
	expansion->text = text;
	expansion->nodes = nodes;
	expansion->names = names;
	expansion->objects = 0;
	expansion->fault = NULL;
	expansion->fault_at = 0;
	wf_buffer_cut(nodes, 0);
	wf_buffer_cut(names, 0);
	memset(expansion->buckets, 0, sizeof(expansion->buckets));
	(void) wf_json_add_node(expansion, WF_JSON_ROOT);
	return nodes->error == WF_BUFFER_OK;
}

uint32_t
wf_json_add_node(WfJsonExpansion *expansion, uint32_t parent)
{
	WfJsonNode	node = {.kind = WF_JSON_UNKNOWN, .parent = parent};
	uint32_t	index = wf_json_node_count(expansion);

	if (index == WF_JSON_EXPAND_NODES_MAX)
	{
		expansion->fault = "it has more than 65535 members";
		return 0;
	}
	wf_buffer_append(expansion->nodes, &node, sizeof(node));
	if (expansion->nodes->error == WF_BUFFER_OK)
		return index;
	expansion->fault = no_room;
	return 0;
}

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
		const WfJsonNode *node = wf_json_node(expansion, index);
		WfSlice		other = wf_json_member_name(expansion, node);

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
	uint32_t	place = *bucket == 0 ? 1 : wf_json_node(expansion, *bucket)->place_in_bucket + 1;
	uint32_t	index;
	WfJsonNode *object;
	WfJsonNode *member;

	if (place > WF_JSON_EXPAND_CHAIN_MAX)
	{
		expansion->fault = "too many of its members' names have one hash";
		return 0;
	}
	index = wf_json_add_node(expansion, parent);
	if (index == 0)
		return 0;
	object = wf_json_node(expansion, parent);
	member = wf_json_node(expansion, index);
	member->is_name_own = is_own;
	member->name = offset;
	member->name_length = (uint32_t) name.length;
	member->next_in_bucket = *bucket;
	member->place_in_bucket = place;
	*bucket = index;
	if (object->first == 0)
		object->first = index;
	else
		wf_json_node(expansion, object->last)->next = index;
	object->last = index;
	return index;
}

/* A name with escapes is unescaped first, behind the other names. */
uint32_t
wf_json_take_member(WfJsonExpansion *expansion, const WfJsonReader *reader, uint32_t parent,
					bool make)
{
	WfBuffer   *names = expansion->names;
	size_t		mark = names->length;
	WfSlice		name = reader->text;
	uint32_t	index;

	if (reader->escaped)
	{
		wf_json_unescape(reader->text, names);
		if (names->error != WF_BUFFER_OK)
		{
			expansion->fault = no_room;
			return 0;
		}
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

/* ---- members that repeat ---- */

/* Where dropped members are overwritten. */
typedef struct Dropping
{
	WfJsonExpansion *expansion;
	WfJsonReader reader;
	char	   *copy;
	bool		any;
} Dropping;

static bool drop_in(Dropping *dropping, WfJsonToken token, uint32_t parent);

/* Spaces in place of the member that the node has met last, and of the comma behind it. */
static void
blank(Dropping *dropping, const WfJsonNode *node)
{
	size_t		end = node->end;

	while (dropping->copy[end] != ',')
		end++;
	memset(dropping->copy + node->at, ' ', end + 1 - node->at);
	dropping->any = true;
}

static bool
drop_in_object(Dropping *dropping, uint32_t parent)
{
	WfJsonExpansion *expansion = dropping->expansion;
	WfJsonReader *reader = &dropping->reader;
	uint32_t	object = ++expansion->objects;
	WfJsonToken token;

	while ((token = wf_json_next(reader)) == WF_TOKEN_NAME)
	{
		size_t		at = reader->token_start;
		uint32_t	member = wf_json_take_member(expansion, reader, parent, true);

		if (member == 0)
			return false;
		if (wf_json_node(expansion, member)->seen_in == object)
			blank(dropping, wf_json_node(expansion, member));
		if (!drop_in(dropping, wf_json_next(reader), member))
			return false;
		wf_json_node(expansion, member)->seen_in = object;
		wf_json_node(expansion, member)->at = at;
		wf_json_node(expansion, member)->end = reader->offset;
	}
	return token == WF_TOKEN_OBJECT_END;
}

/* Objects of an array are told apart by their numbers, so they can share the array's node. */
static bool
drop_in(Dropping *dropping, WfJsonToken token, uint32_t parent)
{
	if (token == WF_TOKEN_OBJECT)
		return drop_in_object(dropping, parent);
	if (token != WF_TOKEN_ARRAY)
		return token != WF_TOKEN_ERROR && token != WF_TOKEN_END;
	while ((token = wf_json_next(&dropping->reader)) != WF_TOKEN_ARRAY_END)
		if (!drop_in(dropping, token, parent))
			return false;
	return true;
}

bool
wf_json_drop_repeated(WfJsonExpansion *expansion, WfSlice text, WfBuffer *nodes, WfBuffer *names,
					  WfBuffer *copy)
{
	Dropping	dropping = {.expansion = expansion};
	const WfJsonReader *reader = &dropping.reader;

	wf_buffer_cut(copy, 0);
	wf_buffer_append_slice(copy, text);
	if (!wf_json_members_init(expansion, text, nodes, names))
		return false;
	if (copy->error != WF_BUFFER_OK)
	{
		expansion->fault = no_room;
		return false;
	}
	wf_json_reader_init(&dropping.reader, text.data, text.length);
	dropping.copy = copy->data;
	if (drop_in(&dropping, wf_json_next(&dropping.reader), WF_JSON_ROOT) &&
		wf_json_next(&dropping.reader) == WF_TOKEN_END)
		return dropping.any;
	if (expansion->fault == NULL)
		expansion->fault = reader->error;
	expansion->fault_at = reader->error != NULL ? reader->offset : reader->token_start;
	return false;
}
