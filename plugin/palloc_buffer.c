/*
 * palloc_buffer.c
 *		A WfBuffer whose bytes live in a memory context.
 *
 * When memory ends, palloc raises an error; that is harmless here, because
 * envelope/ owns nothing that would leak.  Scratch space may take a buffer
 * beyond what palloc gives at a time, so it is asked for as a huge one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "palloc_buffer.h"

#define CAPACITY_MIN 1024

static bool
grow(WfBuffer *buffer, size_t capacity_needed)
{
	size_t		capacity = Max(buffer->capacity * 2, CAPACITY_MIN);

	capacity = Max(capacity, capacity_needed);
	if (capacity > buffer->ceiling)
		capacity = Max(buffer->ceiling, capacity_needed);

	if (buffer->data == NULL)
		buffer->data = MemoryContextAllocHuge((MemoryContext) buffer->host, capacity);
	else
		buffer->data = repalloc_huge(buffer->data, capacity);
	buffer->capacity = capacity;
	return true;
}

void
wf_palloc_buffer_init(WfBuffer *buffer, MemoryContext context, size_t ceiling)
{
	Assert(ceiling <= MaxAllocSize);

	memset(buffer, 0, sizeof(*buffer));
	buffer->ceiling = ceiling;
	buffer->grow = grow;
	buffer->host = context;
}

void
wf_palloc_buffer_shrink(WfBuffer *buffer, size_t capacity_max)
{
	if (buffer->capacity <= capacity_max || buffer->length > capacity_max)
		return;
	if (buffer->length > 0)
	{
		buffer->data = repalloc(buffer->data, capacity_max);
		buffer->capacity = capacity_max;
		return;
	}
	pfree(buffer->data);
	buffer->data = NULL;
	buffer->capacity = 0;
}
