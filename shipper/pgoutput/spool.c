/*
 * spool.c
 *		Transactions that are streamed before they have ended, and what of them is aborted.
 *
 * A transaction is one run of bytes: its messages in the order they came, each behind a
 * header, and nothing else is kept of a message.  In the host's byte order:
 *
 *		uint32 xid		of the (sub)transaction
 *		uint32 length	of the payload
 *		uint64 lsn
 *		payload
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
#include <string.h>

#include "shipper/heap_buffer.h"
#include "spool_state.h"

#define STRINGIFY(macro) STRINGIFY_TOKEN(macro)
#define STRINGIFY_TOKEN(token) #token

Spool *
spool_create(const char *directory, size_t memory_bytes, uint64_t bytes_max)
{
	Spool	   *spool = calloc(1, sizeof(Spool));

	if (spool == NULL)
		return NULL;
	spool->bytes_max = bytes_max;
	heap_buffer_init(&spool->reading.whole, SIZE_MAX / 2);
	if (!spool_room_open(spool, directory, memory_bytes))
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
	spool_drop_all(spool);
	spool_room_close(spool);
	heap_buffer_free(&spool->reading.whole);
	free(spool);
}

const char *
spool_error(const Spool *spool)
{
	return spool->lack != NULL ? spool->lack : spool->file.error;
}

SpoolResult
spool_is_full(Spool *spool, const char *lack)
{
	spool->lack = lack;
	return SPOOL_FULL;
}

SpoolTransaction *
spool_find(const Spool *spool, uint32_t xid)
{
	SpoolTransaction *transaction = spool->transactions;

	while (transaction != NULL && transaction->xid != xid)
		transaction = transaction->next;
	return transaction;
}

bool
spool_is_unclear(const Spool *spool, uint32_t xid)
{
	const SpoolTransaction *transaction = spool_find(spool, xid);

	return transaction != NULL && transaction->is_unclear;
}

bool
spool_has(const Spool *spool, uint32_t xid)
{
	return spool_find(spool, xid) != NULL;
}

static void
drop(Spool *spool, SpoolTransaction *transaction)
{
	SpoolTransaction **link = &spool->transactions;

	while (*link != transaction)
		link = &(*link)->next;
	*link = transaction->next;
	spool->transaction_count--;
	spool_reading_forget_place(spool, transaction);
	if (spool->reading.transaction == transaction)
		spool->reading.transaction = NULL;
	spool_room_give_back(spool, transaction);
	spool->aborted_bytes -= subxid_set_bytes(&transaction->aborted);
	subxid_set_clear(&transaction->aborted);
	free(transaction);
	spool_room_tell(spool);
}

void
spool_drop(Spool *spool, uint32_t xid)
{
	SpoolTransaction *transaction = spool_find(spool, xid);

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
static SpoolTransaction *
find_or_add(Spool *spool, uint32_t xid)
{
	SpoolTransaction *transaction = spool_find(spool, xid);

	if (transaction != NULL)
	{
		SpoolTransaction **link = &spool->transactions;

		while (*link != transaction)
			link = &(*link)->next;
		*link = transaction->next;
	}
	else
	{
		if (spool->transaction_count == SPOOL_TRANSACTIONS_MAX)
		{
			(void) spool_is_full(spool, "there are more than "
								 STRINGIFY(SPOOL_TRANSACTIONS_MAX) " of them at once");
			return NULL;
		}
		transaction = calloc(1, sizeof(SpoolTransaction));
		if (transaction == NULL)
		{
			(void) spool_is_full(spool, SPOOL_NO_MEMORY);
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

SpoolResult
spool_begin(Spool *spool, uint32_t xid)
{
	if (find_or_add(spool, xid) == NULL)
		return SPOOL_FULL;
	spool_room_tell(spool);
	return SPOOL_OK;
}

/*
 * Messages
 */

/* PostgreSQL, TransactionIdFollows(): numbers go round. */
static bool
is_beyond(uint32_t xid, uint32_t other)
{
	return (int32_t) (xid - other) > 0;
}

static SpoolStretch *
last_stretch(SpoolTransaction *transaction)
{
	return transaction->stretch_count == 0 ? NULL
		: &transaction->stretches[(transaction->stretch_end - 1) % SPOOL_STRETCHES_KEPT];
}

/* A message of that xid has been appended at start. */
static void
note_stretch(SpoolTransaction *transaction, uint32_t xid, uint64_t start)
{
	SpoolStretch *last = last_stretch(transaction);

	if (last != NULL && last->xid == xid)
		return;
	if (transaction->stretch_count < SPOOL_STRETCHES_KEPT)
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
	SpoolTransaction *transaction = find_or_add(spool, xid);
	char		header[SPOOL_HEADER_BYTES];
	uint32_t	length = (uint32_t) message->payload.length;
	uint64_t	start;
	SpoolResult result;

	if (transaction == NULL)
		return SPOOL_FULL;
	start = transaction->length;
	memcpy(header, &message->xid, 4);
	memcpy(header + 4, &length, 4);
	memcpy(header + 8, &message->lsn, 8);
	spool_reading_forget_place(spool, transaction);
	result = message->payload.length > UINT32_MAX ?
		spool_is_full(spool, "a message is larger than 4 GiB") :
		spool_room_append(spool, transaction, header, SPOOL_HEADER_BYTES);
	if (result == SPOOL_OK)
		result = spool_room_append(spool, transaction, message->payload.data, length);
	if (result == SPOOL_OK)
	{
		note_stretch(transaction, message->xid, start);
		transaction->has_any |= message->is_of_any;
	}
	else if (start == 0)
		drop(spool, transaction);
	else
		spool_room_cut(spool, transaction, start);
	return result;
}

/*
 * Aborts
 */

/* Cuts off the last stretch. */
static void
take_back_stretch(Spool *spool, SpoolTransaction *transaction)
{
	spool_room_cut(spool, transaction, last_stretch(transaction)->start);
	transaction->stretch_end--;
	transaction->stretch_count--;
}

SpoolResult
spool_abort(Spool *spool, uint32_t xid, uint32_t subxid)
{
	SpoolTransaction *transaction = spool_find(spool, xid);
	SpoolStretch *last;

	if (transaction == NULL)
		return SPOOL_OK;
	if (subxid == xid)
	{
		drop(spool, transaction);
		return SPOOL_OK;
	}
	transaction->is_unclear |= transaction->has_any;

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
			return spool_is_full(spool, "too many of their subtransactions were taken back");
		spool->aborted_bytes = others + subxid_set_bytes(&transaction->aborted);
	}
	while ((last = last_stretch(transaction)) != NULL &&
		   subxid_set_has(&transaction->aborted, last->xid))
		take_back_stretch(spool, transaction);
	return SPOOL_OK;
}
