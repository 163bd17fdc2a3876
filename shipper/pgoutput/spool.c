/*
 * spool.c
 *		Transactions that are streamed before they have ended.
 *
 * A transaction is one run of bytes: its messages in the order they came, each behind a
 * header, and nothing else is kept of a message.  In the host's byte order:
 *
 *		uint32 xid		of the (sub)transaction
 *		uint32 length	of the payload
 *		uint64 lsn
 *		payload
 *
 * The bytes lie in blocks, and messages go across their borders; byte n is in the block
 * n / SPOOL_BLOCK_BYTES, at n % SPOOL_BLOCK_BYTES of it.  The first in_file bytes are in
 * the file, the others in memory:
 *
 *		0                     in_file                 length
 *		|--- blocks of the file ---|--- slots of memory ---|
 *
 * Where in_file is inside a block, the file's last block and the first slot are two parts
 * of the same.  When no slot is left, the transaction with the most of them is written
 * out: so writes are large, small transactions stay in memory, and there are never more
 * buffers than memory_bytes has slots, however many transactions there are.
 *
 * Subtransactions.  PostgreSQL tells of each one that has aborted, after what it has sent
 * of it (logicaldecoding.sgml, "Streaming of Large Transactions for Logical Decoding"; a
 * ROLLBACK TO gives an abort for the subtransaction and for each inside of it that had
 * been released).  Nothing tells that one has been released.  Usually what is to go came
 * last: the bytes are cut off, and their room is free.  To see that, the beginnings of
 * the last few stretches of one xid are kept.  Whatever is not cut off is known by its
 * xid and passed over when the transaction is read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "spool.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "shipper/heap_buffer.h"
#include "shipper/metrics.h"
#include "spool_file.h"
#include "subxid_set.h"

#define HEADER_BYTES 16
#define NO_SLOT UINT32_MAX
#define NO_ORDINAL UINT64_MAX

/* Of one transaction, the last ones. */
#define STRETCHES_KEPT 16

/* Messages that are passed over without the caller's turn. */
#define PASSED_MAX 10000

/* What stays allocated for messages across blocks. */
#define WHOLE_KEPT_BYTES (1024 * 1024)

/* Messages of one xid, one after the other. */
typedef struct Stretch
{
	uint32_t	xid;
	bool		is_first;		/* nothing of this xid came before it */
	uint64_t	start;
} Stretch;

typedef struct Transaction Transaction;

struct Transaction
{
	Transaction *next;
	uint32_t	xid;
	uint32_t	newest;			/* no message has an xid beyond this */
	uint64_t	length;
	uint64_t	in_file;
	uint32_t	first_block;
	uint32_t	last_block;
	uint32_t	first_slot;
	uint32_t	last_slot;
	uint32_t	slot_count;
	bool		has_any;		/* a message of whichever subtransaction */
	uint32_t	stretch_end;	/* counts them all; the last is at stretch_end - 1 */
	uint32_t	stretch_count;	/* of those that are still there */
	Stretch		stretches[STRETCHES_KEPT];
	SubxidSet	aborted;
};

#define NO_MEMORY "no memory is left"
#define STRINGIFY(macro) STRINGIFY_TOKEN(macro)
#define STRINGIFY_TOKEN(token) #token

typedef struct Reading
{
	Transaction *transaction;	/* NULL: none */
	uint64_t	position;
	uint64_t	ordinal;		/* of the block that data is, or NO_ORDINAL */
	const char *data;			/* buffer or a slot */
	uint64_t	block_ordinal;	/* of block, or NO_ORDINAL */
	uint32_t	block;			/* of the file */
	WfBuffer	whole;			/* a message that lies in several blocks */
	char		buffer[SPOOL_BLOCK_BYTES];
} Reading;

struct Spool
{
	uint64_t	bytes_max;
	Transaction *transactions;	/* what was appended to last comes first */
	uint32_t	transaction_count;
	size_t		aborted_bytes;	/* of all their sets */

	char	   *memory;			/* mapped; slot n at n * SPOOL_BLOCK_BYTES */
	uint32_t	slot_max;
	uint32_t	slots_taken;
	uint32_t	slots_touched;	/* those from here on were never taken */
	uint32_t	free_slots;		/* chain */
	uint32_t   *next_slot;

	SpoolFile	file;
	Reading		reading;
	const char *lack;			/* what FULL was; NULL: it was not */
};

Spool *
spool_create(const char *directory, size_t memory_bytes, uint64_t bytes_max)
{
	Spool	   *spool = calloc(1, sizeof(Spool));
	size_t		slots = memory_bytes / SPOOL_BLOCK_BYTES;

	if (spool == NULL)
		return NULL;
	spool->slot_max = slots < 2 ? 2 : slots > NO_SLOT - 1 ? NO_SLOT - 1 : (uint32_t) slots;
	spool->bytes_max = bytes_max;
	spool->free_slots = NO_SLOT;
	heap_buffer_init(&spool->reading.whole, SIZE_MAX / 2);
	spool->next_slot = malloc(spool->slot_max * sizeof(*spool->next_slot));

	/* pages are the process's only once they are written to */
	spool->memory = mmap(NULL, (size_t) spool->slot_max * SPOOL_BLOCK_BYTES, PROT_READ | PROT_WRITE,
						 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (spool->memory == MAP_FAILED)
		spool->memory = NULL;
	if (!spool_file_init(&spool->file, directory) || spool->next_slot == NULL ||
		spool->memory == NULL)
	{
		spool_free(spool);
		return NULL;
	}
	return spool;
}

bool
spool_try(Spool *spool)
{
	return spool_file_try(&spool->file);
}

void
spool_free(Spool *spool)
{
	if (spool == NULL)
		return;
	if (spool->memory != NULL)
	{
		spool_drop_all(spool);
		munmap(spool->memory, (size_t) spool->slot_max * SPOOL_BLOCK_BYTES);
	}
	spool_file_close(&spool->file);
	heap_buffer_free(&spool->reading.whole);
	free(spool->next_slot);
	free(spool);
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

const char *
spool_error(const Spool *spool)
{
	return spool->lack != NULL ? spool->lack : spool->file.error;
}

static SpoolResult
is_full(Spool *spool, const char *lack)
{
	spool->lack = lack;
	return SPOOL_FULL;
}

static void
tell_metrics(const Spool *spool)
{
	metric_set(METRIC_CAPTURE_SPOOL_BYTES, (int64_t) spool_bytes(spool));
	metric_set(METRIC_CAPTURE_SPOOL_FILE_BYTES, (int64_t) spool_file_bytes(spool));
	metric_set(METRIC_CAPTURE_SPOOL_TRANSACTIONS, spool->transaction_count);
}

static Transaction *
find(const Spool *spool, uint32_t xid)
{
	Transaction *transaction = spool->transactions;

	while (transaction != NULL && transaction->xid != xid)
		transaction = transaction->next;
	return transaction;
}

bool
spool_has(const Spool *spool, uint32_t xid)
{
	return find(spool, xid) != NULL;
}

/*
 * The slots of memory
 */

static char *
slot_data(const Spool *spool, uint32_t slot)
{
	return spool->memory + (size_t) slot * SPOOL_BLOCK_BYTES;
}

/* Gives the chain of slots back. */
static void
free_slots(Spool *spool, uint32_t slot)
{
	while (slot != NO_SLOT)
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
		spool->free_slots = NO_SLOT;
	}
}

/* What is read next is looked up anew: its transaction has changed. */
static void
forget_place(Spool *spool, const Transaction *transaction)
{
	if (spool->reading.transaction == transaction)
	{
		spool->reading.ordinal = NO_ORDINAL;
		spool->reading.block_ordinal = NO_ORDINAL;
	}
}

/* Writes the first slot, or what is used of it, to the file. */
static SpoolResult
write_slot(Spool *spool, Transaction *transaction)
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
			return result == SPOOL_FULL ? is_full(spool, NO_MEMORY) : result;
	}
	if (!spool_file_write(&spool->file, block, from, slot_data(spool, slot) + from, until - from))
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
	spool->next_slot[slot] = NO_SLOT;
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
	Transaction *largest = spool->transactions;
	SpoolResult result;

	for (Transaction *other = spool->transactions; other != NULL; other = other->next)
	{
		if (other->slot_count >= largest->slot_count)
			largest = other;
	}
	forget_place(spool, largest);
	do
		result = write_slot(spool, largest);
	while (result == SPOOL_OK && largest->length - largest->in_file >= SPOOL_BLOCK_BYTES);
	return result;
}

/* A slot at the end of the transaction's. */
static SpoolResult
add_slot(Spool *spool, Transaction *transaction)
{
	uint32_t	slot;

	if (spool_bytes(spool) + SPOOL_BLOCK_BYTES > spool->bytes_max)
		return is_full(spool, "they take more than spool.max.bytes");
	if (spool->slots_taken == spool->slot_max)
	{
		SpoolResult result = write_out(spool);

		if (result != SPOOL_OK)
			return result;
	}
	slot = spool->free_slots;
	if (slot != NO_SLOT)
		spool->free_slots = spool->next_slot[slot];
	else
		slot = spool->slots_touched++;
	spool->next_slot[slot] = NO_SLOT;
	spool->slots_taken++;
	if (transaction->slot_count++ == 0)
		transaction->first_slot = slot;
	else
		spool->next_slot[transaction->last_slot] = slot;
	transaction->last_slot = slot;
	tell_metrics(spool);
	return SPOOL_OK;
}

/*
 * Transactions
 */

static void
drop(Spool *spool, Transaction *transaction)
{
	Transaction **link = &spool->transactions;

	while (*link != transaction)
		link = &(*link)->next;
	*link = transaction->next;
	spool->transaction_count--;
	forget_place(spool, transaction);
	if (spool->reading.transaction == transaction)
		spool->reading.transaction = NULL;
	free_slots(spool, transaction->slot_count > 0 ? transaction->first_slot : NO_SLOT);
	spool_file_give_back(&spool->file, transaction->in_file > 0 ? transaction->first_block
						 : SPOOL_NO_BLOCK);
	spool->aborted_bytes -= subxid_set_bytes(&transaction->aborted);
	subxid_set_clear(&transaction->aborted);
	free(transaction);
	tell_metrics(spool);
}

void
spool_drop(Spool *spool, uint32_t xid)
{
	Transaction *transaction = find(spool, xid);

	if (transaction != NULL)
		drop(spool, transaction);
}

void
spool_drop_all(Spool *spool)
{
	while (spool->transactions != NULL)
		drop(spool, spool->transactions);
}

/* The transaction, new if need be, at the head of the list; NULL: there are too many. */
static Transaction *
find_or_add(Spool *spool, uint32_t xid)
{
	Transaction *transaction = find(spool, xid);

	if (transaction != NULL)
	{
		Transaction **link = &spool->transactions;

		while (*link != transaction)
			link = &(*link)->next;
		*link = transaction->next;
	}
	else
	{
		if (spool->transaction_count == SPOOL_TRANSACTIONS_MAX)
		{
			(void) is_full(spool, "there are more than " STRINGIFY(SPOOL_TRANSACTIONS_MAX) " of them at once");
			return NULL;
		}
		transaction = calloc(1, sizeof(Transaction));
		if (transaction == NULL)
		{
			(void) is_full(spool, NO_MEMORY);
			return NULL;
		}
		transaction->xid = xid;
		transaction->newest = xid;
		spool->transaction_count++;
	}
	transaction->next = spool->transactions;
	spool->transactions = transaction;
	return transaction;
}

/* Blocks that so many bytes touch. */
static uint64_t
blocks_of(uint64_t bytes)
{
	return (bytes + SPOOL_BLOCK_BYTES - 1) / SPOOL_BLOCK_BYTES;
}

/* The block of that ordinal in the file, counted from a block whose ordinal is known. */
static uint32_t
block_behind(const Spool *spool, uint32_t block, uint64_t steps)
{
	while (steps-- > 0)
		block = spool->file.next[block];
	return block;
}

/* Keeps so many of the transaction's slots. */
static void
keep_slots(Spool *spool, Transaction *transaction, uint32_t count)
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
		spool->next_slot[last] = NO_SLOT;
		transaction->last_slot = last;
	}
	transaction->slot_count = count;
	free_slots(spool, surplus);
}

/* Cuts a transaction back to its first length bytes.  Whoever has read more is at its end. */
static void
cut(Spool *spool, Transaction *transaction, uint64_t length)
{
	forget_place(spool, transaction);
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
			uint32_t	last = block_behind(spool, transaction->first_block, kept - 1);

			spool_file_give_back(&spool->file, spool->file.next[last]);
			spool->file.next[last] = SPOOL_NO_BLOCK;
			transaction->last_block = last;
		}
		transaction->in_file = length;
	}
	transaction->length = length;
	tell_metrics(spool);
}

static SpoolResult
append_bytes(Spool *spool, Transaction *transaction, const char *bytes, size_t length)
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
		memcpy(slot_data(spool, transaction->last_slot) + used, bytes, part);
		transaction->length += part;
		bytes += part;
		length -= part;
	}
	return SPOOL_OK;
}

/* PostgreSQL, TransactionIdFollows(): numbers go round. */
static bool
is_beyond(uint32_t xid, uint32_t other)
{
	return (int32_t) (xid - other) > 0;
}

static Stretch *
last_stretch(Transaction *transaction)
{
	return transaction->stretch_count == 0 ? NULL
		: &transaction->stretches[(transaction->stretch_end - 1) % STRETCHES_KEPT];
}

/* A message of that xid has been appended at start. */
static void
note_stretch(Transaction *transaction, uint32_t xid, uint64_t start)
{
	Stretch    *last = last_stretch(transaction);

	if (last != NULL && last->xid == xid)
		return;
	if (transaction->stretch_count < STRETCHES_KEPT)
		transaction->stretch_count++;
	transaction->stretch_end++;
	last = last_stretch(transaction);
	last->xid = xid;
	last->is_first = is_beyond(xid, transaction->newest);
	last->start = start;
	if (last->is_first)
		transaction->newest = xid;
}

SpoolResult
spool_append(Spool *spool, uint32_t xid, const SpoolMessage *message)
{
	Transaction *transaction = find_or_add(spool, xid);
	char		header[HEADER_BYTES];
	uint32_t	length = (uint32_t) message->payload.length;
	uint64_t	start;
	SpoolResult result;

	if (transaction == NULL)
		return SPOOL_FULL;
	start = transaction->length;
	memcpy(header, &message->xid, 4);
	memcpy(header + 4, &length, 4);
	memcpy(header + 8, &message->lsn, 8);
	forget_place(spool, transaction);
	result = message->payload.length > UINT32_MAX ? is_full(spool, "a message is larger than 4 GiB")
		: append_bytes(spool, transaction, header, HEADER_BYTES);
	if (result == SPOOL_OK)
		result = append_bytes(spool, transaction, message->payload.data, length);
	if (result == SPOOL_OK)
	{
		note_stretch(transaction, message->xid, start);
		transaction->has_any |= message->is_of_any;
	}
	else if (start == 0)
		drop(spool, transaction);
	else
		cut(spool, transaction, start);
	return result;
}

/* Cuts off the last stretch. */
static void
take_back_stretch(Spool *spool, Transaction *transaction)
{
	cut(spool, transaction, last_stretch(transaction)->start);
	transaction->stretch_end--;
	transaction->stretch_count--;
}

SpoolResult
spool_abort(Spool *spool, uint32_t xid, uint32_t subxid)
{
	Transaction *transaction = find(spool, xid);
	Stretch    *last;

	if (transaction == NULL)
		return SPOOL_OK;
	if (subxid == xid)
	{
		drop(spool, transaction);
		return SPOOL_OK;
	}
	if (transaction->has_any)
		return SPOOL_UNCLEAR;

	/* that of a subtransaction comes too when only other tables were written */
	if (is_beyond(subxid, transaction->newest))
		return SPOOL_OK;
	last = last_stretch(transaction);
	if (last != NULL && last->xid == subxid && last->is_first)
		take_back_stretch(spool, transaction);
	else
	{
		size_t		bytes = subxid_set_bytes(&transaction->aborted);
		size_t		others = spool->aborted_bytes - bytes;

		if (!subxid_set_add(&transaction->aborted, subxid, SPOOL_ABORTED_BYTES_MAX - others))
			return is_full(spool, "too many of their subtransactions were taken back");
		spool->aborted_bytes = others + subxid_set_bytes(&transaction->aborted);
	}
	while ((last = last_stretch(transaction)) != NULL &&
		   subxid_set_has(&transaction->aborted, last->xid))
		take_back_stretch(spool, transaction);
	if (transaction->length == 0)
		drop(spool, transaction);
	return SPOOL_OK;
}

/*
 * Reading
 */

void
spool_rewind(Spool *spool, uint32_t xid)
{
	spool->reading.transaction = find(spool, xid);
	spool->reading.position = 0;
	spool->reading.ordinal = NO_ORDINAL;
	spool->reading.block_ordinal = NO_ORDINAL;
}

/* Reads what the file has of a block into the buffer, `length` bytes. */
static SpoolResult
read_block(Spool *spool, uint64_t ordinal, size_t length)
{
	Reading    *reading = &spool->reading;
	uint32_t	next;

	if (reading->block_ordinal == NO_ORDINAL)
	{
		reading->block = reading->transaction->first_block;
		reading->block_ordinal = 0;
	}
	reading->block = block_behind(spool, reading->block, ordinal - reading->block_ordinal);
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
	Reading    *reading = &spool->reading;
	const Transaction *transaction = reading->transaction;
	uint64_t	ordinal = reading->position / SPOOL_BLOCK_BYTES;
	uint64_t	begin = ordinal * SPOOL_BLOCK_BYTES;
	uint32_t	slot = transaction->first_slot;

	if (reading->ordinal == ordinal)
		return SPOOL_OK;
	reading->ordinal = NO_ORDINAL;
	if (begin < transaction->in_file)
	{
		size_t		in_file = transaction->in_file - begin < SPOOL_BLOCK_BYTES
		? (size_t) (transaction->in_file - begin) : SPOOL_BLOCK_BYTES;
		SpoolResult result = read_block(spool, ordinal, in_file);

		if (result != SPOOL_OK)
			return result;
		if (in_file < SPOOL_BLOCK_BYTES && transaction->slot_count > 0)
			memcpy(reading->buffer + in_file, slot_data(spool, slot) + in_file,
				   SPOOL_BLOCK_BYTES - in_file);
		reading->data = reading->buffer;
	}
	else
	{
		for (uint64_t i = transaction->in_file / SPOOL_BLOCK_BYTES; i < ordinal; i++)
			slot = spool->next_slot[slot];
		reading->data = slot_data(spool, slot);
	}
	reading->ordinal = ordinal;
	return SPOOL_OK;
}

/* Copies the next bytes, of which there are enough. */
static SpoolResult
read_bytes(Spool *spool, char *bytes, size_t length)
{
	Reading    *reading = &spool->reading;

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
	Reading    *reading = &spool->reading;
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
		return is_full(spool, NO_MEMORY);
	result = read_bytes(spool, reading->whole.data, length);
	*payload = wf_slice(reading->whole.data, length);
	return result;
}

SpoolResult
spool_next(Spool *spool, SpoolMessage *message)
{
	Reading    *reading = &spool->reading;
	Transaction *transaction = reading->transaction;

	heap_buffer_reset(&reading->whole, WHOLE_KEPT_BYTES);
	for (int passed = 0; transaction != NULL && reading->position < transaction->length; passed++)
	{
		char		header[HEADER_BYTES];
		uint32_t	length;
		SpoolResult result;

		if (passed == PASSED_MAX)
			return SPOOL_PASSED;
		result = read_bytes(spool, header, HEADER_BYTES);
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
