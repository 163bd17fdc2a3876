/*
 * arena.h
 *		Memory that is taken piece by piece and given back all at once.
 *
 * For what is built of many small parts that live equally long, as a table's shape.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ARENA_H
#define WALFERRY_ARENA_H

#include "envelope/buffer.h"

typedef struct ArenaBlock ArenaBlock;

/* All zeroes is an empty one. */
typedef struct Arena
{
	ArenaBlock *blocks;
	bool		failed;			/* sticky: some memory could not be had */
} Arena;

/*
 * Takes zeroed bytes, aligned for anything; never NULL for a size of 0.  NULL for want of
 * memory, which is remembered, so that who builds much may ask once, at the end.
 */
extern void *arena_take(Arena *arena, size_t bytes);

/* A copy; of what is empty, too, never NULL data unless memory ended. */
extern WfSlice arena_copy(Arena *arena, WfSlice text);

extern void arena_free(Arena *arena);

#endif							/* WALFERRY_ARENA_H */
