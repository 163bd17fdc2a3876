/*
 * json_members.h
 *		The types in a text that holds JSON, as a tree: json_expand.c's own.
 *
 * A node is what is known of all values in one place: those of a member of an
 * object, or those of an array's elements together.  So objects in one array share
 * their members.  Members are found by a hash over the tree.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_JSON_MEMBERS_H
#define WALFERRY_JSON_MEMBERS_H

#include "json_expand.h"

typedef enum WfJsonKind
{
	WF_JSON_UNKNOWN,			/* only nulls so far */
	WF_JSON_STRING,
	WF_JSON_BOOLEAN,
	WF_JSON_INT32,
	WF_JSON_INT64,
	WF_JSON_DOUBLE,
	WF_JSON_ARRAY,
	WF_JSON_OBJECT,
	WF_JSON_MIXED				/* several; no schema says that */
} WfJsonKind;

/* Members and elements are found by index, 0: none. */
typedef struct WfJsonNode
{
	WfJsonKind	kind;
	bool		has_null;
	bool		is_name_own;	/* the name stands in names, not in the text */
	uint32_t	element;		/* of an array: what its elements are */
	uint32_t	first;			/* member of an object */
	uint32_t	last;
	uint32_t	next;			/* member of the same object */
	uint32_t	parent;
	uint32_t	next_in_bucket;
	uint32_t	place_in_bucket;	/* from its end */
	uint32_t	seen_in;		/* the last object that had this member */
	uint32_t	name_length;
	size_t		name;			/* where it begins */
	size_t		at;				/* the last such member in the text, and its end; of
								 * wf_json_drop_repeated() only */
	size_t		end;
} WfJsonNode;

/* The index of the node that is not a member and no element. */
#define WF_JSON_ROOT 0

static inline WfJsonNode *
wf_json_node(const WfJsonExpansion *expansion, uint32_t index)
{
	return (WfJsonNode *) (void *) expansion->nodes->data + index;
}

static inline uint32_t
wf_json_node_count(const WfJsonExpansion *expansion)
{
	return (uint32_t) (expansion->nodes->length / sizeof(WfJsonNode));
}

static inline WfSlice
wf_json_member_name(const WfJsonExpansion *expansion, const WfJsonNode *node)
{
	const char *from = node->is_name_own ? expansion->names->data : expansion->text.data;

	return wf_slice(node->name_length > 0 ? from + node->name : "", node->name_length);
}

/* An expansion of text that has the root and no other node; false if there is no room for it. */
extern bool wf_json_members_init(WfJsonExpansion *expansion, WfSlice text, WfBuffer *nodes,
								 WfBuffer *names);

/* The index of a new node; 0 if there is no room, and the expansion's fault is set. */
extern uint32_t wf_json_add_node(WfJsonExpansion *expansion, uint32_t parent);

/*
 * The member of parent that the reader has just read the name of; make: one that is not
 * there yet.  0: there is none or, with the expansion's fault set, no room for it.
 */
extern uint32_t wf_json_take_member(WfJsonExpansion *expansion, const WfJsonReader *reader,
									uint32_t parent, bool make);

#endif							/* WALFERRY_JSON_MEMBERS_H */
