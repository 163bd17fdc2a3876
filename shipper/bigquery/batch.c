/*
 * batch.c
 *		Rows of one table on their way to BigQuery.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/batch.h"

#include <stdlib.h>

#include "shipper/bigquery/protobuf.h"
#include "shipper/heap_buffer.h"

#define PROTO_ROWS_SERIALIZED_ROWS 1	/* ProtoRows.serialized_rows */
#define ROW_HEAD_BYTES_MAX (1 + PB_VARINT_BYTES_MAX)

Batch *
batch_new(struct Table *table, size_t head_room, int64_t now_ms)
{
	Batch	   *batch = calloc(1, sizeof(Batch));

	if (batch == NULL)
		return NULL;
	heap_buffer_init(&batch->buffer, BATCH_BYTES_MAX + BATCH_HEAD_BYTES_MAX);
	batch->table = table;
	batch->head_room = head_room;
	batch->opened_ms = now_ms;
	batch->backoff.random = (uint32_t) now_ms;
	if (!wf_buffer_reserve(&batch->buffer, head_room))
	{
		batch_free(batch);
		return NULL;
	}
	batch->buffer.length = head_room;
	return batch;
}

void
batch_free(Batch *batch)
{
	heap_buffer_free(&batch->buffer);
	free(batch);
}

static BatchRange *
find_range(Batch *batch, int partition, int generation)
{
	for (int i = 0; i < batch->range_count; i++)
	{
		if (batch->ranges[i].partition == partition && batch->ranges[i].generation == generation)
			return &batch->ranges[i];
	}
	return NULL;
}

bool
batch_has_room(const Batch *batch, size_t row_bytes, int partition, int generation)
{
	if (batch->row_count == 0)
		return true;
	if (batch->row_count >= BATCH_ROWS_MAX ||
		batch->buffer.length + row_bytes + ROW_HEAD_BYTES_MAX > BATCH_BYTES_ENOUGH)
		return false;
	return batch->range_count < BATCH_RANGES_MAX ||
		find_range((Batch *) batch, partition, generation) != NULL;
}

bool
batch_add_row(Batch *batch, WfSlice row)
{
	size_t		mark = batch->buffer.length;

	pb_slice(&batch->buffer, PROTO_ROWS_SERIALIZED_ROWS, row);
	if (batch->buffer.error != WF_BUFFER_OK)
	{
		wf_buffer_cut(&batch->buffer, mark);
		return false;
	}
	batch->row_count++;
	return true;
}

bool
batch_add(Batch *batch, WfSlice row, int partition, int generation, int64_t offset)
{
	BatchRange *range;

	if (!batch_add_row(batch, row))
		return false;
	range = find_range(batch, partition, generation);
	if (range == NULL)
	{
		range = &batch->ranges[batch->range_count++];
		range->partition = partition;
		range->generation = generation;
		range->first = offset;
	}
	range->last = offset;
	return true;
}

bool
batch_make_head_room(Batch *batch, size_t head_room)
{
	size_t		more;

	if (head_room <= batch->head_room)
		return true;
	more = head_room - batch->head_room;
	if (!wf_buffer_reserve(&batch->buffer, more))
	{
		wf_buffer_cut(&batch->buffer, batch->buffer.length);
		return false;
	}
	memmove(batch->buffer.data + head_room, batch->buffer.data + batch->head_room,
			batch->buffer.length - batch->head_room);
	batch->buffer.length += more;
	batch->head_room = head_room;
	return true;
}

WfSlice
batch_rows(const Batch *batch)
{
	return wf_buffer_since(&batch->buffer, batch->head_room);
}

bool
batch_next_row(WfSlice *rows, WfSlice *row)
{
	PbReader	reader;
	PbField		field;

	pb_reader_init(&reader, *rows);
	if (!pb_next(&reader, &field) || field.wire_type != PB_BYTES)
		return false;
	*row = field.bytes;
	*rows = wf_slice(rows->data + reader.offset, rows->length - reader.offset);
	return true;
}

Batch *
batch_split(Batch *batch)
{
	WfSlice		rest = batch_rows(batch);
	WfSlice		row;
	Batch	   *second;
	int			kept = batch->row_count / 2;

	if (batch->row_count < 2)
		return NULL;
	second = batch_new(batch->table, batch->head_room, batch->opened_ms);
	if (second == NULL)
		return NULL;
	for (int i = 0; i < kept; i++)
		batch_next_row(&rest, &row);
	wf_buffer_append_slice(&second->buffer, rest);
	if (second->buffer.error != WF_BUFFER_OK)
	{
		batch_free(second);
		return NULL;
	}
	second->row_count = batch->row_count - kept;
	second->range_count = batch->range_count;
	memcpy(second->ranges, batch->ranges, sizeof(batch->ranges));
	second->part = batch->part = true;
	second->next = batch->next;
	batch->next = second;
	wf_buffer_cut(&batch->buffer, batch->buffer.length - rest.length);
	batch->row_count = kept;
	return second;
}
