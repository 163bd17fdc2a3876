/*
 * transforms.c
 *		The chain of transforms of a session, in the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "filters.h"
#include "palloc_buffer.h"
#include "report.h"
#include "transforms.h"

/* An error's text: names and the beginning of an expression. */
#define ERROR_CEILING 8192

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
	return transforms->count > 0 ? transforms : NULL;
}
