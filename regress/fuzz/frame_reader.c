/*
 * frame_reader.c
 *		libFuzzer target: any bytes through the frame reader.
 *
 * Two things are claimed.  The reader never reads beyond the message (the
 * sanitizer sees it: libFuzzer's blocks have their exact size).  And what the
 * reader takes is exactly what the writer makes: each item it accepts is
 * written again and must give the same bytes.
 *
 * Half of the mutations change one item's body and correct its length, else
 * nearly all of them would end at the length.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/frame.h"
#include "shipper/heap_buffer.h"

#define BUFFER_CEILING (16 * 1024 * 1024)

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t		LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t		LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

static void
write_record(WfBuffer *buffer, const WfFrameRecord *record)
{
	WfFrameRecordWriter writer;

	wf_frame_record_open(buffer, &writer, record);
	if ((record->flags & WF_FRAME_HAS_KEY) != 0)
		wf_buffer_append_slice(buffer, record->key);
	wf_frame_record_key_done(buffer, &writer);
	if ((record->flags & WF_FRAME_HAS_VALUE) != 0)
		wf_buffer_append_slice(buffer, record->value);
	wf_frame_record_close(buffer, &writer);
}

static void
write_item(WfBuffer *buffer, const WfFrameItem *item)
{
	switch (item->type)
	{
		case WF_FRAME_HELLO:
			wf_frame_write_hello(buffer, &item->as.hello);
			break;
		case WF_FRAME_TOPIC:
			wf_frame_write_topic(buffer, &item->as.topic);
			break;
		case WF_FRAME_SCHEMA:
			wf_frame_write_schema(buffer, &item->as.schema);
			break;
		case WF_FRAME_ENCLOSURE:
			wf_frame_write_enclosure(buffer, &item->as.enclosure);
			break;
		case WF_FRAME_BEGIN:
			wf_frame_write_begin(buffer, &item->as.begin);
			break;
		case WF_FRAME_RECORD:
			write_record(buffer, &item->as.record);
			break;
		case WF_FRAME_STUB:
			wf_frame_write_stub(buffer, &item->as.stub);
			break;
		case WF_FRAME_LOSSES:
			wf_frame_write_losses(buffer, &item->as.losses);
			break;
		case WF_FRAME_COMMIT:
			wf_frame_write_commit(buffer, &item->as.commit);
			break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfBuffer	buffer;
	WfFrameReader reader;
	WfFrameItem item;
	size_t		start = 0;

	heap_buffer_init(&buffer, BUFFER_CEILING);
	wf_frame_reader_init(&reader, data, size);
	while (wf_frame_read(&reader, &item))
	{
		wf_buffer_cut(&buffer, 0);
		write_item(&buffer, &item);
		if (buffer.error != WF_BUFFER_OK || buffer.length != reader.offset - start ||
			memcmp(buffer.data, data + start, buffer.length) != 0)
			abort();
		start = reader.offset;
	}
	if (reader.offset > size || (reader.error == NULL && reader.offset != size))
		abort();
	if (wf_frame_read(&reader, &item))
		abort();				/* the end and an error are both final */
	heap_buffer_free(&buffer);
	return 0;
}

static size_t
body_length_at(const uint8_t *item)
{
	return (size_t) item[1] << 24 | (size_t) item[2] << 16 | (size_t) item[3] << 8 | item[4];
}

/* Start of the item that begins at or after `wish`, or of the last whole one. */
static size_t
pick_item(const uint8_t *data, size_t size, size_t wish)
{
	size_t		start = 0;

	for (;;)
	{
		size_t		next;

		if (size - start < WF_FRAME_ITEM_HEADER_BYTES ||
			size - start - WF_FRAME_ITEM_HEADER_BYTES < body_length_at(data + start))
			return size;		/* not a whole item */
		next = start + WF_FRAME_ITEM_HEADER_BYTES + body_length_at(data + start);
		if (start >= wish || next == size)
			return start;
		start = next;
	}
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	size_t		start = size > 0 ? pick_item(data, size, seed / 2 % size) : 0;
	size_t		body = start + WF_FRAME_ITEM_HEADER_BYTES;
	size_t		old_length;
	size_t		new_length;
	size_t		rest;
	uint8_t    *tail;

	if (seed % 2 == 0 || size == 0 || start == size)
		return LLVMFuzzerMutate(data, size, max_size);

	old_length = body_length_at(data + start);
	rest = size - body - old_length;
	if (max_size == body + rest)
		return LLVMFuzzerMutate(data, size, max_size);
	tail = malloc(rest + 1);
	memcpy(tail, data + body + old_length, rest);
	new_length = LLVMFuzzerMutate(data + body, old_length, max_size - body - rest);
	memcpy(data + body + new_length, tail, rest);
	free(tail);
	data[start + 1] = (uint8_t) (new_length >> 24);
	data[start + 2] = (uint8_t) (new_length >> 16);
	data[start + 3] = (uint8_t) (new_length >> 8);
	data[start + 4] = (uint8_t) new_length;
	return body + new_length + rest;
}
