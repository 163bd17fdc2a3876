/*
 * dependencies.h
 *		What a row plan was made of, and which plans were made of a thing.
 *
 * A table's own relcache entry is not counted here: plans are found by table.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_DEPENDENCIES_H
#define WALFERRY_PLUGIN_DEPENDENCIES_H

#include "lib/ilist.h"
#include "utils/hsearch.h"

typedef enum WfDependencyKind
{
	WF_DEPENDS_ON_SCHEMA,		/* value: hash in the syscache NAMESPACEOID */
	WF_DEPENDS_ON_TYPE,			/* value: hash in the syscache TYPEOID */
	WF_DEPENDS_ON_ENUMS,		/* value: 0, as labels do not tell their type */
	WF_DEPENDS_ON_RELATION,		/* value: OID of an index or an ancestor */
	WF_DEPENDS_ON_PUBLICATION,	/* value: hash in the syscache PUBLICATIONNAME */
	WF_DEPENDS_ON_PUBLISHED_TABLE,	/* value: hash in PUBLICATIONRELMAP */
	WF_DEPENDS_ON_PUBLISHED_SCHEMA	/* value: hash in PUBLICATIONNAMESPACEMAP */
} WfDependencyKind;

/* Also a hash key: no padding. */
typedef struct WfDependency
{
	uint32		kind;
	uint32		value;
} WfDependency;

typedef struct WfDependencies
{
	int			count;
	int			capacity;
	WfDependency *list;
} WfDependencies;

/* One dependency of one plan, in the list of all plans that have it. */
typedef struct WfDependent
{
	dlist_node	node;
	WfDependency on;
	bool	   *valid;
} WfDependent;

/*
 * Adds one unless it is there.  To be called before the thing is looked at: it
 * may change while that is done.
 */
extern void wf_depend_on(WfDependencies *dependencies, WfDependencyKind kind, uint32 value);

/* The same for a type, unless it is one that never changes. */
extern void wf_depend_on_type(WfDependencies *dependencies, Oid type);

/* The same for the name of a schema. */
extern void wf_depend_on_schema(WfDependencies *dependencies, Oid schema);

extern bool wf_depends_on(const WfDependencies *dependencies, WfDependencyKind kind,
						  uint32 value);

/* From dependencies to dependents. */
extern HTAB *wf_dependents_create(MemoryContext context);

/*
 * Enters a plan whose flag is valid.  Returns as many dependents as there are
 * dependencies, allocated in the current memory context; they must be taken
 * out before it goes.
 */
extern WfDependent *wf_dependents_enter(HTAB *dependents, const WfDependencies *dependencies,
										bool *valid);
extern void wf_dependents_remove(HTAB *dependents, WfDependent *entered, int count);

/* Clears the flags of the plans that have a dependency; allocates nothing. */
extern void wf_dependents_invalidate(HTAB *dependents, WfDependencyKind kind, uint32 value);

#endif							/* WALFERRY_PLUGIN_DEPENDENCIES_H */
