/*
 * arena.c
 *		Memory that is taken piece by piece and given back all at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>

/* Blocks double, so that a small arena takes little and a large one few of them. */
#define BLOCK_BYTES_FIRST 512
#define BLOCK_BYTES_MAX (64 * 1024)

struct ArenaBlock
{
	ArenaBlock *next;			/* older */
	size_t		used;
	size_t		size;
				alignas(max_align_t) char bytes[];
};

static ArenaBlock *
add_block(Arena *arena, size_t bytes)
{
	size_t		size = arena->blocks == NULL ? BLOCK_BYTES_FIRST : arena->blocks->size * 2;
	ArenaBlock *block;

	if (size > BLOCK_BYTES_MAX)
		size = BLOCK_BYTES_MAX;
	if (size < bytes)
		size = bytes;
	block = calloc(1, sizeof(ArenaBlock) + size);
	if (block == NULL)
		return NULL;
	block->size = size;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *
arena_take(Arena *arena, size_t bytes)
{
	ArenaBlock *block = arena->blocks;
	size_t		taken;
	void	   *memory;

	if (bytes > SIZE_MAX / 2)
	{
		arena->failed = true;
		return NULL;
	}
	taken = (bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
	if (taken == 0)
		taken = alignof(max_align_t);
	if (block == NULL || block->size - block->used < taken)
		block = add_block(arena, taken);
	if (block == NULL)
	{
		arena->failed = true;
		return NULL;
	}
	memory = block->bytes + block->used;
	block->used += taken;
	return memory;
}

WfSlice
arena_copy(Arena *arena, WfSlice text)
{
	char	   *copy = arena_take(arena, text.length);

	if (copy == NULL)
		return wf_slice(NULL, 0);
	if (text.length > 0)
		memcpy(copy, text.data, text.length);
	return wf_slice(copy, text.length);
}

void
arena_free(Arena *arena)
{
	while (arena->blocks != NULL)
	{
		ArenaBlock *block = arena->blocks;

		arena->blocks = block->next;
		free(block);
	}
	arena->failed = false;
}
