/*
 * growing_buffer.h
 *		A WfBuffer on malloc for the tests of envelope/, with a short way to
 *		compare what was appended.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_GROWING_BUFFER_H
#define WALFERRY_GROWING_BUFFER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "envelope/buffer.h"

static inline bool
growing_buffer_grow(WfBuffer *buffer, size_t capacity_needed)
{
	char	   *data = realloc(buffer->data, capacity_needed);

	if (data == NULL)
		return false;
	buffer->data = data;
	buffer->capacity = capacity_needed;
	return true;
}

static inline WfBuffer
growing_buffer(size_t ceiling)
{
	WfBuffer	buffer = {0};

	buffer.ceiling = ceiling;
	buffer.grow = growing_buffer_grow;
	return buffer;
}

/* Compares the content with a C string and empties the buffer. */
static inline void
assert_content(WfBuffer *buffer, const char *expected)
{
	assert_int_equal(buffer->error, WF_BUFFER_OK);
	wf_buffer_append_char(buffer, '\0');
	assert_string_equal(buffer->data, expected);
	assert_int_equal(buffer->length, strlen(expected) + 1);
	wf_buffer_cut(buffer, 0);
}

#endif							/* WALFERRY_GROWING_BUFFER_H */
