/*
 * heap_memory.h
 *		The shipper's host side of WfMemory: memory from the heap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SHIPPER_HEAP_MEMORY_H
#define WALFERRY_SHIPPER_HEAP_MEMORY_H

#include "envelope/pattern.h"

extern const WfMemory heap_memory;

#endif							/* WALFERRY_SHIPPER_HEAP_MEMORY_H */
