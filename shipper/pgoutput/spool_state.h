/*
 * spool_state.h
 *		What the spool's parts share.
 *
 * spool.c knows transactions and their subtransactions; spool_room.c knows where their
 * bytes lie; spool_read.c reads a transaction back.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_SPOOL_STATE_H
#define WALFERRY_PGOUTPUT_SPOOL_STATE_H

#include "spool_file.h"
#include "subxid_set.h"

/* Of a message, before its payload: xid, length and lsn (spool.c). */
#define SPOOL_HEADER_BYTES 16

#define SPOOL_NO_SLOT UINT32_MAX
#define SPOOL_NO_ORDINAL UINT64_MAX

/* Of one transaction, the last ones. */
#define SPOOL_STRETCHES_KEPT 16

#define SPOOL_NO_MEMORY "no memory is left"

/* Messages of one xid, one after the other. */
typedef struct SpoolStretch
{
	uint32_t	xid;
	bool		is_first;		/* nothing of this xid came before it */
	uint64_t	start;
} SpoolStretch;

typedef struct SpoolTransaction SpoolTransaction;

struct SpoolTransaction
{
	SpoolTransaction *next;
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
	bool		is_unclear;		/* and one was taken back behind it */
	uint32_t	stretch_end;	/* counts them all; the last is at stretch_end - 1 */
	uint32_t	stretch_count;	/* of those that are still there */
	SpoolStretch stretches[SPOOL_STRETCHES_KEPT];
	SubxidSet	aborted;
};

typedef struct SpoolReading
{
	SpoolTransaction *transaction;	/* NULL: none */
	uint64_t	position;
	uint64_t	ordinal;		/* of the block that data is, or SPOOL_NO_ORDINAL */
	const char *data;			/* buffer or a slot */
	uint64_t	block_ordinal;	/* of block, or SPOOL_NO_ORDINAL */
	uint32_t	block;			/* of the file */
	WfBuffer	whole;			/* a message that lies in several blocks */
	char		buffer[SPOOL_BLOCK_BYTES];
} SpoolReading;

struct Spool
{
	uint64_t	bytes_max;
	SpoolTransaction *transactions; /* what was appended to last comes first */
	uint32_t	transaction_count;
	size_t		aborted_bytes;	/* of all their sets */

	char	   *memory;			/* mapped; slot n at n * SPOOL_BLOCK_BYTES */
	uint32_t	slot_max;
	uint32_t	slots_taken;
	uint32_t	slots_touched;	/* those from here on were never taken */
	uint32_t	free_slots;		/* chain */
	uint32_t   *next_slot;

	SpoolFile	file;
	SpoolReading reading;
	const char *lack;			/* what FULL was; NULL: it was not */
};

/* The transaction, or NULL. */
extern SpoolTransaction *spool_find(const Spool *spool, uint32_t xid);

/* Notes what is lacking for spool_error(); FULL. */
extern SpoolResult spool_is_full(Spool *spool, const char *lack);

/* ---- spool_room.c ---- */

/* As for spool_create().  False: no memory, and spool_room_close() is due all the same. */
extern bool spool_room_open(Spool *spool, const char *directory, size_t memory_bytes);

/* Of no transaction any more.  Closes the file, which has no name. */
extern void spool_room_close(Spool *spool);

/* Appends to a transaction's bytes.  After FULL or BROKEN a part of them may be there. */
extern SpoolResult spool_room_append(Spool *spool, SpoolTransaction *transaction,
									 const char *bytes, size_t length);

/* Cuts a transaction back to its first length bytes.  Whoever has read more is at its end. */
extern void spool_room_cut(Spool *spool, SpoolTransaction *transaction, uint64_t length);

/* Gives all room of a transaction back, which is forgotten then. */
extern void spool_room_give_back(Spool *spool, SpoolTransaction *transaction);

/* The bytes of a slot. */
extern char *spool_room_slot(const Spool *spool, uint32_t slot);

/* The block of the file that is so many steps behind one of its chain. */
extern uint32_t spool_room_block_behind(const Spool *spool, uint32_t block, uint64_t steps);

/* The spool's metrics, of what is taken now. */
extern void spool_room_tell(const Spool *spool);

/* ---- spool_read.c ---- */

/* What is read next is looked up anew: its transaction has changed. */
extern void spool_reading_forget_place(Spool *spool, const SpoolTransaction *transaction);

#endif							/* WALFERRY_PGOUTPUT_SPOOL_STATE_H */
