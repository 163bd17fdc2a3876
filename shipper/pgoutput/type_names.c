/*
 * type_names.c
 *		Names of types that pgoutput's Type messages have told.
 *
 * They come before the Relation message of a table that has the type, and a streamed
 * transaction's are replayed with it.  So, as with tables (tables.c), what others have told
 * since is put back when the replay ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "type_names.h"

#include <stdio.h>
#include <stdlib.h>

static TypeName *
find(const TypeNames *names, uint32_t oid)
{
	for (int i = 0; i < TYPE_NAMES_MAX && names->names[i].oid != 0; i++)
		if (names->names[i].oid == oid)
			return (TypeName *) &names->names[i];
	return NULL;
}

static void
forget_newer(TypeName *name)
{
	free(name->newer);
	name->newer = NULL;
}

/* Keeps what is told by now aside, unless that is there already or there is nothing newer. */
static bool
displace(TypeName *name, uint64_t arrival)
{
	if (name->newer != NULL)
	{
		if (name->newer->arrival < arrival)
			forget_newer(name);
		return true;
	}
	if (name->arrival <= arrival)
		return true;
	name->newer = malloc(sizeof(TypeName));
	if (name->newer == NULL)
		return false;
	*name->newer = *name;
	name->newer->newer = NULL;
	return true;
}

bool
type_names_add(TypeNames *names, uint32_t oid, WfSlice name, uint64_t arrival)
{
	TypeName   *place = find(names, oid);

	if (place == NULL)
	{
		place = &names->names[names->next];
		names->next = (names->next + 1) % TYPE_NAMES_MAX;
		forget_newer(place);
	}
	else if (!displace(place, arrival))
		return false;
	place->oid = oid;
	place->arrival = arrival;
	snprintf(place->name, sizeof(place->name), "%.*s", (int) name.length, name.data);
	return true;
}

void
type_names_end_replay(TypeNames *names)
{
	for (int i = 0; i < TYPE_NAMES_MAX && names->names[i].oid != 0; i++)
	{
		TypeName   *newer = names->names[i].newer;

		if (newer == NULL)
			continue;
		names->names[i] = *newer;
		free(newer);
	}
}

const char *
type_names_find(const TypeNames *names, uint32_t oid)
{
	const TypeName *name = find(names, oid);

	return name != NULL ? name->name : NULL;
}

void
type_names_free(TypeNames *names)
{
	for (int i = 0; i < TYPE_NAMES_MAX; i++)
		forget_newer(&names->names[i]);
	memset(names, 0, sizeof(*names));
}
