/*
 * palloc_buffer.h
 *		A WfBuffer whose bytes live in a memory context.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PALLOC_BUFFER_H
#define WALFERRY_PALLOC_BUFFER_H

#include "utils/palloc.h"

#include "envelope/buffer.h"

/* An empty buffer; the first append allocates.  ceiling: below 1 GB. */
extern void wf_palloc_buffer_init(WfBuffer *buffer, MemoryContext context, size_t ceiling);

/* Gives memory back if the buffer has more than capacity_max and does not need it. */
extern void wf_palloc_buffer_shrink(WfBuffer *buffer, size_t capacity_max);

#endif							/* WALFERRY_PALLOC_BUFFER_H */
