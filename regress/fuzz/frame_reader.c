/*
 * frame_reader.c
 *		libFuzzer target: any bytes through the frame reader.
 *
 * Two things are claimed.  The reader never reads beyond the message (the
 * sanitizer sees it: libFuzzer's blocks have their exact size).  And what the
 * reader takes is exactly what the writer makes: each item it accepts is
 * written again and must give the same bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/frame.h"

#define BUFFER_CEILING (16 * 1024 * 1024)

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
grow(WfBuffer *buffer, size_t capacity_needed)
{
	char	   *data = realloc(buffer->data, capacity_needed);

	if (data == NULL)
		return false;
	buffer->data = data;
	buffer->capacity = capacity_needed;
	return true;
}

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
		case WF_FRAME_BEGIN:
			wf_frame_write_begin(buffer, &item->as.begin);
			break;
		case WF_FRAME_RECORD:
			write_record(buffer, &item->as.record);
			break;
		case WF_FRAME_STUB:
			wf_frame_write_stub(buffer, &item->as.stub);
			break;
		case WF_FRAME_COMMIT:
			wf_frame_write_commit(buffer, &item->as.commit);
			break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfBuffer	buffer = {.ceiling = BUFFER_CEILING, .grow = grow};
	WfFrameReader reader;
	WfFrameItem item;
	size_t		start = 0;

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
	free(buffer.data);
	return 0;
}
