/*
 * spool_room.c
 *		Where the bytes of the spool's transactions lie.
 *
 * A transaction's bytes lie in blocks; byte n is in the block n / SPOOL_BLOCK_BYTES, at
 * n % SPOOL_BLOCK_BYTES of it.  The first in_file bytes are in the file, the others in
 * memory:
 *
 *		0                     in_file                 length
 *		|--- blocks of the file ---|--- slots of memory ---|
 *
 * Where in_file is inside a block, the file's last block and the first slot are two parts
 * of the same.  When no slot is left, the transaction with the most of them is written
 * out: so writes are large, small transactions stay in memory, and there are never more
 * buffers than memory_bytes has slots, however many transactions there are.
 *
 * What the bytes mean is spool.c's: messages go across the borders of blocks.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "spool_state.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shipper/metrics.h"

bool
spool_room_open(Spool *spool, const char *directory, size_t memory_bytes)
{
	size_t		slots = memory_bytes / SPOOL_BLOCK_BYTES;
	bool		has_file;

	spool->slot_max = slots < 2 ? 2 : slots > SPOOL_NO_SLOT - 1 ? SPOOL_NO_SLOT - 1
		: (uint32_t) slots;
	spool->free_slots = SPOOL_NO_SLOT;
	spool->next_slot = malloc(spool->slot_max * sizeof(*spool->next_slot));

	/* pages are the process's only once they are written to */
	spool->memory = mmap(NULL, (size_t) spool->slot_max * SPOOL_BLOCK_BYTES, PROT_READ | PROT_WRITE,
						 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (spool->memory == MAP_FAILED)
		spool->memory = NULL;
	has_file = spool_file_init(&spool->file, directory);
	return has_file && spool->next_slot != NULL && spool->memory != NULL;
}

void
spool_room_close(Spool *spool)
{
	if (spool->memory != NULL)
		munmap(spool->memory, (size_t) spool->slot_max * SPOOL_BLOCK_BYTES);
	spool_file_close(&spool->file);
	free(spool->next_slot);
}

uint64_t
spool_file_bytes(const Spool *spool)
{
	return (uint64_t) spool->file.taken * SPOOL_BLOCK_BYTES;
}

uint64_t
spool_bytes(const Spool *spool)
{
	return (uint64_t) spool->slots_taken * SPOOL_BLOCK_BYTES + spool_file_bytes(spool);
}

void
spool_room_tell(const Spool *spool)
{
	metric_set(METRIC_CAPTURE_SPOOL_BYTES, (int64_t) spool_bytes(spool));
	metric_set(METRIC_CAPTURE_SPOOL_FILE_BYTES, (int64_t) spool_file_bytes(spool));
	metric_set(METRIC_CAPTURE_SPOOL_TRANSACTIONS, spool->transaction_count);
}

/*
 * The slots of memory
 */

char *
spool_room_slot(const Spool *spool, uint32_t slot)
{
	return spool->memory + (size_t) slot * SPOOL_BLOCK_BYTES;
}

/* Gives the chain of slots back. */
static void
free_slots(Spool *spool, uint32_t slot)
{
	while (slot != SPOOL_NO_SLOT)
	{
		uint32_t	next = spool->next_slot[slot];

		spool->next_slot[slot] = spool->free_slots;
		spool->free_slots = slot;
		spool->slots_taken--;
		slot = next;
	}
	if (spool->slots_taken == 0 && spool->slots_touched > 0)
	{
		(void) madvise(spool->memory, (size_t) spool->slots_touched * SPOOL_BLOCK_BYTES,
					   MADV_DONTNEED);
		spool->slots_touched = 0;
		spool->free_slots = SPOOL_NO_SLOT;
	}
}

/* Writes the first slot, or what is used of it, to the file. */
static SpoolResult
write_slot(Spool *spool, SpoolTransaction *transaction)
{
	size_t		from = transaction->in_file % SPOOL_BLOCK_BYTES;
	uint64_t	begin = transaction->in_file - from;
	size_t		until = transaction->length - begin < SPOOL_BLOCK_BYTES
	? (size_t) (transaction->length - begin) : SPOOL_BLOCK_BYTES;
	uint32_t	slot = transaction->first_slot;
	uint32_t	block = transaction->last_block;

	if (from == 0)
	{
		SpoolResult result = spool_file_take(&spool->file, &block);

		if (result != SPOOL_OK)
			return result == SPOOL_FULL ? spool_is_full(spool, SPOOL_NO_MEMORY) : result;
	}
	if (!spool_file_write(&spool->file, block, from, spool_room_slot(spool, slot) + from,
						  until - from))
	{
		if (from == 0)
			spool_file_give_back(&spool->file, block);
		return SPOOL_BROKEN;
	}
	if (from == 0)
	{
		if (transaction->in_file == 0)
			transaction->first_block = block;
		else
			spool->file.next[transaction->last_block] = block;
		transaction->last_block = block;
	}
	transaction->in_file = begin + until;
	transaction->first_slot = spool->next_slot[slot];
	transaction->slot_count--;
	spool->next_slot[slot] = SPOOL_NO_SLOT;
	free_slots(spool, slot);
	return SPOOL_OK;
}

/*
 * Frees slots: all full ones of the transaction that has the most; of several, of the one
 * that has waited longest.
 */
static SpoolResult
write_out(Spool *spool)
{
	SpoolTransaction *largest = spool->transactions;
	SpoolResult result;

	for (SpoolTransaction *other = spool->transactions; other != NULL; other = other->next)
	{
		if (other->slot_count >= largest->slot_count)
			largest = other;
	}
	spool_reading_forget_place(spool, largest);
	do
		result = write_slot(spool, largest);
	while (result == SPOOL_OK && largest->length - largest->in_file >= SPOOL_BLOCK_BYTES);
	return result;
}

/* A slot at the end of the transaction's. */
static SpoolResult
add_slot(Spool *spool, SpoolTransaction *transaction)
{
	uint32_t	slot;

	if (spool_bytes(spool) + SPOOL_BLOCK_BYTES > spool->bytes_max)
		return spool_is_full(spool, "they take more than spool.max.bytes");
	if (spool->slots_taken == spool->slot_max)
	{
		SpoolResult result = write_out(spool);

		if (result != SPOOL_OK)
			return result;
	}
	slot = spool->free_slots;
	if (slot != SPOOL_NO_SLOT)
		spool->free_slots = spool->next_slot[slot];
	else
		slot = spool->slots_touched++;
	spool->next_slot[slot] = SPOOL_NO_SLOT;
	spool->slots_taken++;
	if (transaction->slot_count++ == 0)
		transaction->first_slot = slot;
	else
		spool->next_slot[transaction->last_slot] = slot;
	transaction->last_slot = slot;
	spool_room_tell(spool);
	return SPOOL_OK;
}

/*
 * The bytes of a transaction
 */

SpoolResult
spool_room_append(Spool *spool, SpoolTransaction *transaction, const char *bytes, size_t length)
{
	while (length > 0)
	{
		size_t		used = transaction->length % SPOOL_BLOCK_BYTES;
		size_t		part;

		if (transaction->slot_count == 0 || used == 0)
		{
			SpoolResult result = add_slot(spool, transaction);

			if (result != SPOOL_OK)
				return result;
		}
		part = SPOOL_BLOCK_BYTES - used < length ? SPOOL_BLOCK_BYTES - used : length;
		memcpy(spool_room_slot(spool, transaction->last_slot) + used, bytes, part);
		transaction->length += part;
		bytes += part;
		length -= part;
	}
	return SPOOL_OK;
}

/* Blocks that so many bytes touch. */
static uint64_t
blocks_of(uint64_t bytes)
{
	return (bytes + SPOOL_BLOCK_BYTES - 1) / SPOOL_BLOCK_BYTES;
}

uint32_t
spool_room_block_behind(const Spool *spool, uint32_t block, uint64_t steps)
{
	while (steps-- > 0)
		block = spool->file.next[block];
	return block;
}

/* Keeps so many of the transaction's slots. */
static void
keep_slots(Spool *spool, SpoolTransaction *transaction, uint32_t count)
{
	uint32_t	surplus = transaction->first_slot;

	if (count >= transaction->slot_count)
		return;
	if (count > 0)
	{
		uint32_t	last = surplus;

		for (uint32_t i = 1; i < count; i++)
			last = spool->next_slot[last];
		surplus = spool->next_slot[last];
		spool->next_slot[last] = SPOOL_NO_SLOT;
		transaction->last_slot = last;
	}
	transaction->slot_count = count;
	free_slots(spool, surplus);
}

void
spool_room_cut(Spool *spool, SpoolTransaction *transaction, uint64_t length)
{
	spool_reading_forget_place(spool, transaction);
	if (spool->reading.transaction == transaction && spool->reading.position > length)
		spool->reading.transaction = NULL;
	if (length > transaction->in_file)
		keep_slots(spool, transaction, (uint32_t) (blocks_of(length) -
												   transaction->in_file / SPOOL_BLOCK_BYTES));
	else
	{
		uint64_t	kept = blocks_of(length);

		keep_slots(spool, transaction, 0);
		if (kept == 0 && transaction->in_file > 0)
			spool_file_give_back(&spool->file, transaction->first_block);
		else if (kept < blocks_of(transaction->in_file))
		{
			uint32_t	last = spool_room_block_behind(spool, transaction->first_block, kept - 1);

			spool_file_give_back(&spool->file, spool->file.next[last]);
			spool->file.next[last] = SPOOL_NO_BLOCK;
			transaction->last_block = last;
		}
		transaction->in_file = length;
	}
	transaction->length = length;
	spool_room_tell(spool);
}

void
spool_room_give_back(Spool *spool, SpoolTransaction *transaction)
{
	free_slots(spool, transaction->slot_count > 0 ? transaction->first_slot : SPOOL_NO_SLOT);
	spool_file_give_back(&spool->file, transaction->in_file > 0 ? transaction->first_block
						 : SPOOL_NO_BLOCK);
}
