/*
 * json_expand.h
 *		A text that holds JSON, as the JSON and the Connect schema that fits it.
 *
 * The EventRouter's table.expand.json.payload.  Connect data has schemas, so what
 * can be expanded is what has one (Debezium's JsonSchemaData): an array's elements
 * are of one type; null, which has no type, is left out of objects, and so is the
 * empty array, unless the settings give them one.  Objects in an array share a
 * schema, and show null for the members that only others of them have.
 *
 * Unlike there, objects inside of those are merged too, numbers of one member are
 * widened, and a whole array, or an integer beyond 64 bits, is expanded: with
 * Debezium members get lost or the task ends.
 *
 * What has no schema stays a text there.  A logical message that is decoded by the same
 * rules has no such way out, and the task ends; so lenient rules find a schema where
 * one can be found, and none is needed where none is written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_JSON_EXPAND_H
#define WALFERRY_JSON_EXPAND_H

#include "json.h"
#include "json_reader.h"

/* Types of values and members in one text; a text with more stays as it is. */
#define WF_JSON_EXPAND_NODES_MAX 65536

/*
 * Members are found by a hash that anybody can compute, so that a text can be made
 * whose members meet in one bucket.  One with more than CHAIN_MAX there stays as it
 * is, rather than take the time of its square.
 */
#define WF_JSON_EXPAND_BUCKETS 4096
#define WF_JSON_EXPAND_CHAIN_MAX 128

typedef struct WfJsonExpandRules
{
	bool		keep_nulls;		/* null has a type: bytes, optional */
	bool		keep_empty_arrays;	/* an empty array has one: of strings */
	bool		is_lenient;		/* numbers of an array are widened; an array of
								 * nulls is one of bytes, one of empty arrays one of
								 * arrays of strings */
	bool		has_no_schema;	/* none will be written: arrays hold what they hold */
} WfJsonExpandRules;

/*
 * A text's types.  To be used by the functions below only, and only until
 * something else is written to nodes or names.
 */
typedef struct WfJsonExpansion
{
	WfSlice		text;
	const WfJsonExpandRules *rules;
	WfBuffer   *nodes;
	WfBuffer   *names;			/* those that are not in text as they stand */
	uint32_t	objects;		/* met so far, for telling members that repeat */
	const char *fault;			/* why the text cannot be expanded; NULL: as a whole
								 * it has no type and is left out */
	size_t		fault_at;		/* where in the text */
	uint32_t	buckets[WF_JSON_EXPAND_BUCKETS];
} WfJsonExpansion;

/*
 * Finds the types of what text, an object or an array from its first byte on,
 * holds.  nodes and names: scratch space, emptied first; nodes aligned as malloc()
 * does.  False if the text cannot be expanded: it is no JSON or nothing of the
 * kind, nested deeper than WF_JSON_DEPTH_MAX, it has a member twice, or what has
 * no schema; or it has too many members, or scratch space is used up: the expansion's
 * fault tells.
 */
extern bool wf_json_expand(WfJsonExpansion *expansion, WfSlice text,
						   const WfJsonExpandRules *rules, WfBuffer *nodes, WfBuffer *names);

/*
 * Finds the members that are there twice or more in one object of the text, and makes
 * copy, emptied first, the text with spaces in place of all but the last of them.  False
 * if there are none or, with expansion's fault set, if the text is no JSON or takes too
 * much of the scratch space.
 */
extern bool wf_json_drop_repeated(WfJsonExpansion *expansion, WfSlice text, WfBuffer *nodes,
								  WfBuffer *names, WfBuffer *copy);

/* Does the text's object show such a member? */
extern bool wf_json_expand_has(const WfJsonExpansion *expansion, WfSlice name);

/* Appends the text as JSON, its strings and numbers written anew (json_scalar.h). */
extern void wf_json_expand_value(WfJsonExpansion *expansion, WfBuffer *buffer, WfTextForm *form);

/*
 * Appends its schema, as the JsonConverter would inline it.  name: of the whole, data
 * NULL: none; the schemas of objects inside have it before theirs.  field: whether it is a
 * field of that name itself.
 */
extern void wf_json_expand_schema(const WfJsonExpansion *expansion, WfBuffer *buffer,
								  WfTextForm *form, WfSlice name, WfSlice field);

/* The same of a value that is neither object nor array: a token and its text. */
extern void wf_json_scalar_schema(WfBuffer *buffer, WfTextForm *form, WfJsonToken token,
								  WfSlice text, WfSlice field);

#endif							/* WALFERRY_JSON_EXPAND_H */
