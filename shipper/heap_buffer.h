/*
 * heap_buffer.h
 *		The shipper's host side of WfBuffer: memory from the heap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_HEAP_BUFFER_H
#define WALFERRY_HEAP_BUFFER_H

#include "envelope/buffer.h"

/* Makes an empty buffer that may grow to ceiling bytes. */
extern void heap_buffer_init(WfBuffer *buffer, size_t ceiling);

/*
 * The same for what nobody else may read: memory that it gives back, be it to grow, is
 * wiped before.
 */
extern void heap_buffer_init_secret(WfBuffer *buffer, size_t ceiling);

/* Frees the memory; the buffer is empty and usable again. */
extern void heap_buffer_free(WfBuffer *buffer);

/* Empties the buffer; gives memory beyond keep bytes back. */
extern void heap_buffer_reset(WfBuffer *buffer, size_t keep);

/* Gives memory beyond keep bytes, and beyond the content, back; not that of secrets. */
extern void heap_buffer_shrink(WfBuffer *buffer, size_t keep);

#endif							/* WALFERRY_HEAP_BUFFER_H */
