/*
 * heap_memory.h
 *		WfMemory on the heap for unit tests, and a buffer for error texts.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_HEAP_MEMORY_H
#define WALFERRY_HEAP_MEMORY_H

#include <stdlib.h>

#include "envelope/pattern.h"

/* context, if set, is an int: so many allocations succeed. */
static void *
heap_allocate(size_t size, void *context)
{
	int		   *left = context;

	if (left != NULL && (*left)-- <= 0)
		return NULL;
	return malloc(size > 0 ? size : 1);
}

static void
heap_release(void *memory, void *context)
{
	(void) context;
	free(memory);
}

static const WfMemory heap_memory = {heap_allocate, heap_release, NULL};

static inline WfSlice
slice(const char *text)
{
	return wf_slice(text, strlen(text));
}

#endif							/* WALFERRY_HEAP_MEMORY_H */
