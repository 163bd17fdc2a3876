/*
 * buffer.h
 *		An append-only byte buffer with a ceiling and a sticky error.
 *
 * Everything envelope/ produces is appended to a WfBuffer.  The buffer's owner
 * supplies grow(): inside the server it enlarges palloc'd memory, in the
 * shipper it reallocs.  Formatting code therefore has no error branches: once
 * an append would pass the ceiling (or memory ends), the buffer's error is set,
 * later appends do nothing, and the owner asks once, at the end of a record.
 *
 * A caller that can do without what it has begun takes a mark first and cuts
 * back to it.  Cutting also clears the error, because everything before the
 * mark is whole.
 *
 *		data                 mark        length        capacity
 *		 |--- whole records ---|--- begun ---|--- spare ----|
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_BUFFER_H
#define WALFERRY_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef enum WfBufferError
{
	WF_BUFFER_OK = 0,
	WF_BUFFER_CEILING,			/* the content would have passed the ceiling */
	WF_BUFFER_NO_MEMORY			/* grow() could not provide memory */
} WfBufferError;

typedef struct WfBuffer WfBuffer;

/*
 * Makes room: on success data points to at least capacity_needed bytes, the
 * first length of them unchanged, and capacity says how many there are.
 * capacity_needed exceeds the ceiling by scratch space only.  Returns false,
 * changing nothing, when there is no memory; a host whose allocator throws (the
 * server) may throw instead, since envelope/ owns nothing that would leak.
 */
typedef bool (*WfBufferGrow) (WfBuffer *buffer, size_t capacity_needed);

struct WfBuffer
{
	char	   *data;
	size_t		length;			/* bytes in use */
	size_t		capacity;		/* bytes allocated */
	size_t		ceiling;		/* of length; only scratch space exceeds it */
	WfBufferError error;		/* sticky until cut */
	WfBufferGrow grow;
	void	   *host;			/* for grow() */
};

/* A view of bytes that somebody else owns. */
typedef struct WfSlice
{
	const char *data;
	size_t		length;
} WfSlice;

static inline WfSlice
wf_slice(const char *data, size_t length)
{
	WfSlice		slice = {data, length};

	return slice;
}

/* A C string's characters. */
static inline WfSlice
wf_slice_of(const char *text)
{
	return wf_slice(text, strlen(text));
}

static inline bool
wf_slice_equal(WfSlice a, WfSlice b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* The view of a constant C string. */
#define WF_LITERAL(text) wf_slice("" text, sizeof(text) - 1)

/* Slow path of wf_buffer_reserve(): grows to at least `more` spare bytes. */
extern bool wf_buffer_enlarge(WfBuffer *buffer, size_t more);

/*
 * Room for `content` bytes that stay and `scratch` that do not: what is content
 * in the end decides whether the ceiling is passed, so that nothing that fits is
 * refused because of what it took to write it.  After true, content + scratch
 * bytes may be written at data + length, and length may pass the ceiling until
 * it is cut back.  scratch is bounded by its caller only: it follows from what is
 * in memory already, the value or what was written of it.
 */
extern bool wf_buffer_reserve_scratch(WfBuffer *buffer, size_t content, size_t scratch);

/*
 * After true, `more` bytes may be written at data + length by the caller, who
 * then adds to length.  After false the error is set and nothing may be
 * written.
 */
static inline bool
wf_buffer_reserve(WfBuffer *buffer, size_t more)
{
	if (buffer->error == WF_BUFFER_OK && buffer->capacity - buffer->length >= more)
		return true;
	return wf_buffer_enlarge(buffer, more);
}

static inline void
wf_buffer_append(WfBuffer *buffer, const void *bytes, size_t length)
{
	if (wf_buffer_reserve(buffer, length))
	{
		if (length > 0)
			memcpy(buffer->data + buffer->length, bytes, length);
		buffer->length += length;
	}
}

/*
 * Appends short pieces of prepared text faster: by one copy of constant size.
 * WF_BUFFER_PADDING bytes may be read at bytes, whatever the length.
 */
#define WF_BUFFER_PADDING 32

static inline void
wf_buffer_append_padded(WfBuffer *buffer, const char *bytes, size_t length)
{
	if (length <= WF_BUFFER_PADDING && buffer->error == WF_BUFFER_OK &&
		buffer->capacity - buffer->length >= WF_BUFFER_PADDING)
	{
		memcpy(buffer->data + buffer->length, bytes, WF_BUFFER_PADDING);
		buffer->length += length;
	}
	else
		wf_buffer_append(buffer, bytes, length);
}

static inline void
wf_buffer_append_slice(WfBuffer *buffer, WfSlice slice)
{
	wf_buffer_append(buffer, slice.data, slice.length);
}

static inline void
wf_buffer_append_char(WfBuffer *buffer, char c)
{
	if (wf_buffer_reserve(buffer, 1))
		buffer->data[buffer->length++] = c;
}

/* Appends a constant C string. */
#define wf_buffer_append_literal(buffer, text) \
	wf_buffer_append((buffer), "" text, sizeof(text) - 1)

/* Appends once more what the buffer holds at offset. */
static inline void
wf_buffer_repeat(WfBuffer *buffer, size_t offset, size_t length)
{
	if (wf_buffer_reserve(buffer, length))	/* it may move */
		wf_buffer_append(buffer, buffer->data + offset, length);
}

/* Forgets everything after mark (a former length) and clears the error. */
static inline void
wf_buffer_cut(WfBuffer *buffer, size_t mark)
{
	buffer->length = mark;
	buffer->error = WF_BUFFER_OK;
}

/* The bytes from mark to the end, valid until the next append. */
static inline WfSlice
wf_buffer_since(const WfBuffer *buffer, size_t mark)
{
	/* of an empty buffer without memory: NULL + 0 is undefined in C */
	return wf_slice(buffer->data != NULL ? buffer->data + mark : NULL, buffer->length - mark);
}

#endif							/* WALFERRY_BUFFER_H */
