/*
 * buffer.c
 *		The slow path of the append-only buffer: making room.
 *
 * Capacity doubles, so that a buffer that lives as long as its owner stops
 * growing after a few records, but beyond the ceiling only for scratch space, and
 * when doubling is more than memory has, what is needed right now is asked for
 * instead.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "buffer.h"

#define CAPACITY_MIN 1024

bool
wf_buffer_enlarge(WfBuffer *buffer, size_t more)
{
	return wf_buffer_reserve_scratch(buffer, more, 0);
}

bool
wf_buffer_reserve_scratch(WfBuffer *buffer, size_t content, size_t scratch)
{
	size_t		needed;
	size_t		wanted;

	if (buffer->error != WF_BUFFER_OK)
		return false;
	if (buffer->length > buffer->ceiling || content > buffer->ceiling - buffer->length)
	{
		buffer->error = WF_BUFFER_CEILING;
		return false;
	}
	needed = buffer->length + content + scratch;
	if (needed <= buffer->capacity)
		return true;

	wanted = buffer->capacity < CAPACITY_MIN ? CAPACITY_MIN : buffer->capacity;
	while (wanted < needed && wanted <= buffer->ceiling / 2)
		wanted *= 2;
	if (wanted < needed || wanted > buffer->ceiling)
		wanted = needed > buffer->ceiling ? needed : buffer->ceiling;

	if (buffer->grow != NULL &&
		(buffer->grow(buffer, wanted) || (wanted > needed && buffer->grow(buffer, needed))))
		return true;
	buffer->error = WF_BUFFER_NO_MEMORY;
	return false;
}
