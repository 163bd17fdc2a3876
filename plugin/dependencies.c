/*
 * dependencies.c
 *		What a row plan was made of, and which plans were made of a thing.
 *
 * Every CREATE TABLE, temporary ones too, sends invalidations of types and
 * indexes that no plan has to do with.  With thousands of plans, asking each of
 * them would cost the primary more than decoding does; so whom a change
 * concerns is looked up.  A thing is in the table only as long as a plan
 * depends on it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/transam.h"
#include "utils/syscache.h"

#include "dependencies.h"

#define CAPACITY_MIN 4

typedef struct DependedOn
{
	WfDependency on;			/* hash key, must be first */
	dlist_head	dependents;
} DependedOn;

bool
wf_depends_on(const WfDependencies *dependencies, WfDependencyKind kind, uint32 value)
{
	for (int i = 0; i < dependencies->count; i++)
		if (dependencies->list[i].kind == (uint32) kind && dependencies->list[i].value == value)
			return true;
	return false;
}

void
wf_depend_on(WfDependencies *dependencies, WfDependencyKind kind, uint32 value)
{
	if (wf_depends_on(dependencies, kind, value))
		return;

	if (dependencies->count == dependencies->capacity)
	{
		int			capacity = Max(CAPACITY_MIN, 2 * dependencies->capacity);

		if (dependencies->list == NULL)
			dependencies->list = palloc(sizeof(WfDependency) * capacity);
		else
			dependencies->list = repalloc(dependencies->list, sizeof(WfDependency) * capacity);
		dependencies->capacity = capacity;
	}
	dependencies->list[dependencies->count].kind = (uint32) kind;
	dependencies->list[dependencies->count].value = value;
	dependencies->count++;		/* now: an invalidation may look at any time */
}

/* Types with OIDs assigned by hand are as they are. */
void
wf_depend_on_type(WfDependencies *dependencies, Oid type)
{
	if (type >= FirstGenbkiObjectId)
		wf_depend_on(dependencies, WF_DEPENDS_ON_TYPE,
					 GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(type)));
}

void
wf_depend_on_schema(WfDependencies *dependencies, Oid schema)
{
	wf_depend_on(dependencies, WF_DEPENDS_ON_SCHEMA,
				 GetSysCacheHashValue1(NAMESPACEOID, ObjectIdGetDatum(schema)));
}

HTAB *
wf_dependents_create(MemoryContext context)
{
	HASHCTL		control = {0};

	control.keysize = sizeof(WfDependency);
	control.entrysize = sizeof(DependedOn);
	control.hcxt = context;
	return hash_create("walferry dependents", 64, &control,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

WfDependent *
wf_dependents_enter(HTAB *dependents, const WfDependencies *dependencies, bool *valid)
{
	WfDependent *entered = palloc(sizeof(WfDependent) * Max(dependencies->count, 1));

	for (int i = 0; i < dependencies->count; i++)
	{
		bool		found;
		DependedOn *thing = hash_search(dependents, &dependencies->list[i], HASH_ENTER, &found);

		if (!found)
			dlist_init(&thing->dependents);
		entered[i].on = dependencies->list[i];
		entered[i].valid = valid;
		dlist_push_head(&thing->dependents, &entered[i].node);
	}
	return entered;
}

void
wf_dependents_remove(HTAB *dependents, WfDependent *entered, int count)
{
	for (int i = 0; i < count; i++)
	{
		DependedOn *thing = hash_search(dependents, &entered[i].on, HASH_FIND, NULL);

		dlist_delete(&entered[i].node);
		if (thing != NULL && dlist_is_empty(&thing->dependents))
			hash_search(dependents, &entered[i].on, HASH_REMOVE, NULL);
	}
}

void
wf_dependents_invalidate(HTAB *dependents, WfDependencyKind kind, uint32 value)
{
	WfDependency on = {(uint32) kind, value};
	DependedOn *thing = hash_search(dependents, &on, HASH_FIND, NULL);
	dlist_iter	iter;

	if (thing == NULL)
		return;
	dlist_foreach(iter, &thing->dependents)
		* dlist_container(WfDependent, node, iter.cur)->valid = false;
}
