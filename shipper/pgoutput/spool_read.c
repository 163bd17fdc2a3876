/*
 * spool_read.c
 *		A transaction of the spool is read back, message by message.
 *
 * One is read at a time, and the block that is being read stays at hand.  A transaction
 * may change meanwhile (others are written out for want of memory, what was aborted is
 * cut off): then only the position is kept, and the block is looked up anew.
 *
 * Messages of subtransactions that were aborted but could not be cut off are passed over
 * here, and so that a caller who has to serve a connection has its turn, only some
 * thousands of them at once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "spool_state.h"

#include <string.h>

#include "shipper/heap_buffer.h"

/* Messages that are passed over without the caller's turn. */
#define PASSED_MAX 10000

/* What stays allocated for messages across blocks. */
#define WHOLE_KEPT_BYTES (1024 * 1024)

void
spool_reading_forget_place(Spool *spool, const SpoolTransaction *transaction)
{
	if (spool->reading.transaction == transaction)
	{
		spool->reading.ordinal = SPOOL_NO_ORDINAL;
		spool->reading.block_ordinal = SPOOL_NO_ORDINAL;
	}
}

void
spool_rewind(Spool *spool, uint32_t xid)
{
	spool->reading.transaction = spool_find(spool, xid);
	spool->reading.position = 0;
	spool->reading.ordinal = SPOOL_NO_ORDINAL;
	spool->reading.block_ordinal = SPOOL_NO_ORDINAL;
}

/* Reads what the file has of a block into the buffer, `length` bytes. */
static SpoolResult
read_block(Spool *spool, uint64_t ordinal, size_t length)
{
	SpoolReading *reading = &spool->reading;
	uint32_t	next;

	if (reading->block_ordinal == SPOOL_NO_ORDINAL)
	{
		reading->block = reading->transaction->first_block;
		reading->block_ordinal = 0;
	}
	reading->block = spool_room_block_behind(spool, reading->block,
											 ordinal - reading->block_ordinal);
	reading->block_ordinal = ordinal;
	if (!spool_file_read(&spool->file, reading->block, 0, reading->buffer, length))
		return SPOOL_BROKEN;

	/* the kernel reads ahead by itself where the next block is next in the file */
	next = spool->file.next[reading->block];
	if (next != SPOOL_NO_BLOCK && next != reading->block + 1)
		spool_file_will_read(&spool->file, next);
	return SPOOL_OK;
}

/* Makes data the block that has the byte at position. */
static SpoolResult
find_block(Spool *spool)
{
	SpoolReading *reading = &spool->reading;
	const SpoolTransaction *transaction = reading->transaction;
	uint64_t	ordinal = reading->position / SPOOL_BLOCK_BYTES;
	uint64_t	begin = ordinal * SPOOL_BLOCK_BYTES;
	uint32_t	slot = transaction->first_slot;

	if (reading->ordinal == ordinal)
		return SPOOL_OK;
	reading->ordinal = SPOOL_NO_ORDINAL;
	if (begin < transaction->in_file)
	{
		size_t		in_file = transaction->in_file - begin < SPOOL_BLOCK_BYTES
		? (size_t) (transaction->in_file - begin) : SPOOL_BLOCK_BYTES;
		SpoolResult result = read_block(spool, ordinal, in_file);

		if (result != SPOOL_OK)
			return result;
		if (in_file < SPOOL_BLOCK_BYTES && transaction->slot_count > 0)
			memcpy(reading->buffer + in_file, spool_room_slot(spool, slot) + in_file,
				   SPOOL_BLOCK_BYTES - in_file);
		reading->data = reading->buffer;
	}
	else
	{
		for (uint64_t i = transaction->in_file / SPOOL_BLOCK_BYTES; i < ordinal; i++)
			slot = spool->next_slot[slot];
		reading->data = spool_room_slot(spool, slot);
	}
	reading->ordinal = ordinal;
	return SPOOL_OK;
}

/* Copies the next bytes, of which there are enough. */
static SpoolResult
read_bytes(Spool *spool, char *bytes, size_t length)
{
	SpoolReading *reading = &spool->reading;

	while (length > 0)
	{
		size_t		from = reading->position % SPOOL_BLOCK_BYTES;
		size_t		part = SPOOL_BLOCK_BYTES - from < length ? SPOOL_BLOCK_BYTES - from : length;
		SpoolResult result = find_block(spool);

		if (result != SPOOL_OK)
			return result;
		memcpy(bytes, reading->data + from, part);
		reading->position += part;
		bytes += part;
		length -= part;
	}
	return SPOOL_OK;
}

static SpoolResult
read_payload(Spool *spool, size_t length, WfSlice *payload)
{
	SpoolReading *reading = &spool->reading;
	size_t		from = reading->position % SPOOL_BLOCK_BYTES;
	SpoolResult result;

	if (length == 0)
	{
		*payload = wf_slice("", 0);
		return SPOOL_OK;
	}
	if (length <= SPOOL_BLOCK_BYTES - from)
	{
		result = find_block(spool);
		if (result == SPOOL_OK)
			*payload = wf_slice(reading->data + from, length);
		reading->position += length;
		return result;
	}
	if (!wf_buffer_reserve(&reading->whole, length))
		return spool_is_full(spool, SPOOL_NO_MEMORY);
	result = read_bytes(spool, reading->whole.data, length);
	*payload = wf_slice(reading->whole.data, length);
	return result;
}

SpoolResult
spool_next(Spool *spool, SpoolMessage *message)
{
	SpoolReading *reading = &spool->reading;
	SpoolTransaction *transaction = reading->transaction;

	heap_buffer_reset(&reading->whole, WHOLE_KEPT_BYTES);
	for (int passed = 0; transaction != NULL && reading->position < transaction->length; passed++)
	{
		char		header[SPOOL_HEADER_BYTES];
		uint32_t	length;
		SpoolResult result;

		if (passed == PASSED_MAX)
			return SPOOL_PASSED;
		result = read_bytes(spool, header, SPOOL_HEADER_BYTES);
		if (result != SPOOL_OK)
			return result;
		memcpy(&message->xid, header, 4);
		memcpy(&length, header + 4, 4);
		memcpy(&message->lsn, header + 8, 8);
		if (length > transaction->length - reading->position)
			return spool_file_not_ours(&spool->file);
		if (!subxid_set_has(&transaction->aborted, message->xid))
			return read_payload(spool, length, &message->payload);
		reading->position += length;
	}
	return SPOOL_END;
}
