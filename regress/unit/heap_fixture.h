/*
 * heap_fixture.h
 *		cmocka, and short ways to compare what a heap buffer holds.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_HEAP_FIXTURE_H
#define WALFERRY_HEAP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "shipper/heap_buffer.h"

#define FIXTURE_CEILING (64 * 1024 * 1024)

static inline WfBuffer
heap_fixture(void)
{
	WfBuffer	buffer;

	heap_buffer_init(&buffer, FIXTURE_CEILING);
	return buffer;
}

static inline WfSlice
text_of(const char *text)
{
	return wf_slice(text, strlen(text));
}

/* Compares as strings, so that a failure shows both; neither holds NUL bytes. */
#define assert_slice(slice, text) \
	do \
	{ \
		WfSlice		slice_ = (slice); \
		char	   *copy_ = strndup(slice_.length > 0 ? slice_.data : "", slice_.length); \
\
		assert_string_equal(copy_, text); \
		free(copy_); \
	} while (0)

#endif							/* WALFERRY_HEAP_FIXTURE_H */
