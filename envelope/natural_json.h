/*
 * natural_json.h
 *		Composite types and multiranges as the JSON that a reader would expect:
 *		objects, arrays, numbers, for unknown.handling=json.
 *
 * It is what PostgreSQL's to_json() shows of the value, but for two things: a
 * multirange is an array of its ranges' texts, and a type that has a cast to
 * json (hstore) is shown by its text.
 *
 * Made here from the output text of a value, as pgoutput sends it.  The plugin
 * walks through the value itself, since each level of that text doubles the
 * quotes of the one below, and has the text of scalars and multiranges only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_NATURAL_JSON_H
#define WALFERRY_NATURAL_JSON_H

#include "json.h"

/* A type that is nested deeper, or has more parts in all, has no form. */
#define WF_NATURAL_DEPTH_MAX 32
#define WF_NATURAL_PARTS_MAX 10000

typedef enum WfNaturalKind
{
	WF_NATURAL_TEXT,			/* a string */
	WF_NATURAL_BOOLEAN,			/* t or f */
	WF_NATURAL_NUMBER,			/* a string if it is none, as NaN */
	WF_NATURAL_TIMESTAMP,		/* ISO 8601: 2024-02-29T12:34:56.789 */
	WF_NATURAL_TIMESTAMPTZ,		/* the same with +00:00 */
	WF_NATURAL_JSON,			/* as it is */
	WF_NATURAL_COMPOSITE,
	WF_NATURAL_ARRAY,
	WF_NATURAL_MULTIRANGE,
	WF_NATURAL_FORMLESS			/* of too many parts, or nested too deep: no value
								 * has a form */
} WfNaturalKind;

typedef struct WfNaturalType WfNaturalType;

/* An attribute; names are UTF-8. */
typedef struct WfNaturalMember
{
	WfSlice		name;
	const WfNaturalType *type;
} WfNaturalMember;

struct WfNaturalType
{
	WfNaturalKind kind;
	int			member_count;	/* of a composite type: its live attributes */
	const WfNaturalMember *members;
	const WfNaturalType *element;	/* of an array */
	char		delimiter;		/* of an array (pg_type.typdelim) */
};

/*
 * The kind of a scalar type, by its OID, domains flattened: WF_NATURAL_TEXT for
 * what to_json() shows as a string.  Composite types, arrays and multiranges are
 * the caller's to tell.  Follows json_categorize_type() (json.c).
 */
extern WfNaturalKind wf_natural_scalar_kind(uint32_t oid);

/*
 * Appends the JSON of a value by the text that its type's output function
 * printed, in UTF-8.  False, and nothing was appended, if that is not the text of
 * such a type.  form: of the JSON itself, which is UTF-8 if it goes into a string.
 */
extern bool wf_natural_json_write(WfBuffer *buffer, WfTextForm *form, const WfNaturalType *type,
								  WfSlice text);

#endif							/* WALFERRY_NATURAL_JSON_H */
