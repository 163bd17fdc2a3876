/*
 * spool.h
 *		Transactions that are streamed before they have ended.
 *
 * What pgoutput sends of them is kept until the commit arrives, and dropped with
 * the abort, of a subtransaction too: in memory first, in one file of
 * spool.directory beyond that, up to a ceiling.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_SPOOL_H
#define WALFERRY_PGOUTPUT_SPOOL_H

#include "envelope/buffer.h"

typedef struct Spool Spool;

typedef enum SpoolResult
{
	SPOOL_OK,
	SPOOL_PASSED,				/* of spool_next(): nothing yet, much was passed
								 * over; ask again */
	SPOOL_END,					/* of spool_next(): there is no more */
	SPOOL_FULL,					/* a ceiling is reached, or no memory is left */
	SPOOL_BROKEN				/* the file could not be written or read */
} SpoolResult;

/* Room is taken in blocks of this, in memory as in the file. */
#define SPOOL_BLOCK_BYTES 65536

/* Streamed transactions at a time. */
#define SPOOL_TRANSACTIONS_MAX 8192

/*
 * Memory for the numbers of aborted subtransactions, of all transactions together.  A
 * number takes a bit if its neighbours are there too, 16 to 43 bytes if it stands alone,
 * and none in the usual case, where what the subtransaction wrote comes last and is
 * cut off.
 */
#define SPOOL_ABORTED_BYTES_MAX (4 * 1024 * 1024)

/* A message's place and text; payload is the spool's, valid until the next call. */
typedef struct SpoolMessage
{
	uint32_t	xid;			/* of the (sub)transaction */
	uint64_t	lsn;
	WfSlice		payload;
	bool		is_of_any;		/* of whichever subtransaction: xid is the whole
								 * transaction's; not read back */
} SpoolMessage;

/*
 * directory: where the file is made when memory does not suffice; NULL: TMPDIR of the
 * environment, else /var/tmp.  memory_bytes: of all transactions together, two blocks
 * at least; bytes_max: in memory and file.  NULL for want of memory.
 */
extern Spool *spool_create(const char *directory, size_t memory_bytes, uint64_t bytes_max);

/*
 * Could the file be made now?  To be told before it is needed.  False: spool_error()
 * says why.
 */
extern bool spool_try(Spool *spool);

/* Also closes the file, which has no name. */
extern void spool_free(Spool *spool);

/*
 * Begins the streamed transaction xid, of which there is nothing yet; it is there until it
 * is dropped, even if all that it wrote is taken back.  After FULL it is not.
 */
extern SpoolResult spool_begin(Spool *spool, uint32_t xid);

/*
 * Appends a message of the streamed transaction xid, which it begins if need be.  After FULL
 * or BROKEN it is not there, and all that was there is.
 */
extern SpoolResult spool_append(Spool *spool, uint32_t xid, const SpoolMessage *message);

/*
 * What (sub)transaction subxid has appended to xid is passed over, or all of xid
 * dropped.  After FULL it is not passed over: drop xid, it must not be sent.
 */
extern SpoolResult spool_abort(Spool *spool, uint32_t xid, uint32_t subxid);

/*
 * Was a part of it taken back, and is it not known whether a message that may be of any
 * subtransaction (is_of_any) goes with that?
 */
extern bool spool_is_unclear(const Spool *spool, uint32_t xid);

/* Has this transaction begun, and was not dropped? */
extern bool spool_has(const Spool *spool, uint32_t xid);

/*
 * Begins to read a transaction from its first message; one at a time.  Others may be
 * appended to meanwhile.
 */
extern void spool_rewind(Spool *spool, uint32_t xid);

/* FULL: no memory for a message that is larger than a block. */
extern SpoolResult spool_next(Spool *spool, SpoolMessage *message);

/* Forgets a transaction; its room is free again. */
extern void spool_drop(Spool *spool, uint32_t xid);

/* Forgets all of them. */
extern void spool_drop_all(Spool *spool);

/* Bytes taken, in whole blocks: in all, and of these in the file. */
extern uint64_t spool_bytes(const Spool *spool);
extern uint64_t spool_file_bytes(const Spool *spool);

/*
 * What FULL or BROKEN was, in words: "they take more than spool.max.bytes", "cannot write to
 * the spool's file in /x: No space left on device".
 */
extern const char *spool_error(const Spool *spool);

#endif							/* WALFERRY_PGOUTPUT_SPOOL_H */
