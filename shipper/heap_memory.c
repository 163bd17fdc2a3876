/*
 * heap_memory.c
 *		The shipper's host side of WfMemory: memory from the heap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "heap_memory.h"

#include <stdlib.h>

static void *
allocate(size_t size, void *context)
{
	(void) context;
	return malloc(size > 0 ? size : 1);
}

static void
release(void *memory, void *context)
{
	(void) context;
	free(memory);
}

const WfMemory heap_memory = {allocate, release, NULL};
