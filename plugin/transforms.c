/*
 * transforms.c
 *		The chain of transforms of a session, in the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "envelope/unwrap_settings.h"
#include "filters.h"
#include "palloc_buffer.h"
#include "report.h"
#include "transforms.h"

/* An error's text: names and the beginning of an expression. */
#define ERROR_CEILING 8192

/* Debezium passes over such an item without a word, so an error would be too much. */
static void
warn_unknown_member(const WfTransform *transform, const char *setting, WfSlice item)
{
	if (item.length > 0)
		ereport(WARNING,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("option \"transforms.%s.%s\" names a member that no event has: %s",
						wf_server_text(transform->alias), setting, wf_server_text(item)),
				 errdetail("Nothing is added for it."),
				 errhint("Members of the event are op and the three ts_, those of source and of "
						 "transaction go by their own names, and columns are before.NAME and "
						 "after.NAME.")));
}

static void
warn_unknown_members(const WfTransforms *transforms)
{
	for (int i = 0; i < transforms->count; i++)
	{
		const WfTransform *transform = &transforms->transforms[i];

		if (transform->unwrap == NULL)
			continue;
		warn_unknown_member(transform, "add.fields", transform->unwrap->unknown_field);
		warn_unknown_member(transform, "add.headers", transform->unwrap->unknown_header);
	}
}

WfTransforms *
wf_transforms_create(MemoryContext context, const WfOptions *options)
{
	MemoryContext own_context;
	WfTransforms *transforms;
	WfMemory	memory;
	WfBuffer	error;

	if (options->transforms == NULL && options->predicates == NULL &&
		options->transform_settings.count == 0)
		return NULL;
	own_context = AllocSetContextCreate(context, "walferry transforms", ALLOCSET_DEFAULT_SIZES);
	transforms = MemoryContextAllocZero(own_context, sizeof(WfTransforms));
	memory = wf_server_memory(own_context);
	wf_palloc_buffer_init(&error, own_context, ERROR_CEILING);
	if (!wf_transforms_init(transforms, &memory))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory while transforms were read")));
	if (!wf_transforms_read(transforms, options, &error))
		wf_refuse_text(&error, ERRCODE_INVALID_PARAMETER_VALUE);
	warn_unknown_members(transforms);
	return transforms->count > 0 ? transforms : NULL;
}
