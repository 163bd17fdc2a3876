/*
 * heap_buffer.c
 *		Memory from the heap for envelope/'s buffers.
 *
 * Growth doubles, so that appending is linear in the end; it passes the buffer's
 * ceiling only where capacity_needed does, for scratch space.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "heap_buffer.h"

#include <stdlib.h>

#define HEAP_BUFFER_FIRST_BYTES 256

static size_t
grown_capacity(const WfBuffer *buffer, size_t capacity_needed)
{
	size_t		capacity = buffer->capacity > 0 ? buffer->capacity : HEAP_BUFFER_FIRST_BYTES;

	while (capacity < capacity_needed)
		capacity = capacity > SIZE_MAX / 2 ? capacity_needed : capacity * 2;
	if (capacity > buffer->ceiling)
		capacity = buffer->ceiling > capacity_needed ? buffer->ceiling : capacity_needed;
	return capacity;
}

static bool
heap_buffer_grow(WfBuffer *buffer, size_t capacity_needed)
{
	size_t		capacity = grown_capacity(buffer, capacity_needed);
	char	   *data;

	data = realloc(buffer->data, capacity);
	if (data == NULL)
		return false;
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

/* realloc(3) would leave what it moves. */
static bool
grow_secret(WfBuffer *buffer, size_t capacity_needed)
{
	size_t		capacity = grown_capacity(buffer, capacity_needed);
	char	   *data = malloc(capacity);

	if (data == NULL)
		return false;
	if (buffer->data != NULL)
	{
		memcpy(data, buffer->data, buffer->capacity);
		explicit_bzero(buffer->data, buffer->capacity);
		free(buffer->data);
	}
	buffer->data = data;
	buffer->capacity = capacity;
	return true;
}

static void
wipe_if_secret(WfBuffer *buffer)
{
	if (buffer->grow == grow_secret && buffer->data != NULL)
		explicit_bzero(buffer->data, buffer->capacity);
}

void
heap_buffer_init_secret(WfBuffer *buffer, size_t ceiling)
{
	heap_buffer_init(buffer, ceiling);
	buffer->grow = grow_secret;
}

void
heap_buffer_init(WfBuffer *buffer, size_t ceiling)
{
	memset(buffer, 0, sizeof(*buffer));
	buffer->ceiling = ceiling;
	buffer->grow = heap_buffer_grow;
}

void
heap_buffer_free(WfBuffer *buffer)
{
	WfBuffer	empty = {.ceiling = buffer->ceiling, .grow = buffer->grow};

	wipe_if_secret(buffer);
	free(buffer->data);
	*buffer = empty;
}

void
heap_buffer_reset(WfBuffer *buffer, size_t keep)
{
	if (buffer->capacity > keep)
		heap_buffer_free(buffer);
	else
	{
		wipe_if_secret(buffer);
		wf_buffer_cut(buffer, 0);
	}
}

void
heap_buffer_shrink(WfBuffer *buffer, size_t keep)
{
	size_t		capacity = buffer->length > keep ? buffer->length : keep;
	char	   *data;

	if (buffer->capacity <= capacity || capacity == 0 || buffer->grow == grow_secret)
		return;
	data = realloc(buffer->data, capacity);
	if (data == NULL)
		return;					/* it stays as large as it is */
	buffer->data = data;
	buffer->capacity = capacity;
}
