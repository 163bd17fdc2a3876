/*
 * ledger.h
 *		What is in flight, and what may therefore be confirmed to the slot.
 *
 * Entries are transactions (and single messages outside of any) in the order
 * of the stream.  An entry is done when it is closed and nothing of it is
 * pending; the confirmed LSN moves over done entries at the old end only.  So it
 * never passes a record that Kafka has not acknowledged, in whatever order the
 * acknowledgements come.
 *
 * Where the stream has come to without a record, by a transaction of which nothing is to be
 * delivered or by a keepalive's walEnd, is confirmed as soon as all entries of that moment
 * are done.  Since they are done in order, it is enough to let the youngest end there, and
 * takes no room.
 *
 * Pure: no I/O, no clock, no allocation; the owner gives the room.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_LEDGER_H
#define WALFERRY_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#define LEDGER_ENTRIES_MAX 16384

typedef struct LedgerEntry
{
	uint64_t	end_lsn;		/* confirmable once done; set by closing */
	uint32_t	pending;		/* records sent and not acknowledged */
	bool		closed;			/* nothing more will be sent */
	int64_t		commit_time_us;
	int64_t		closed_ms;		/* when, by the owner's clock */
} LedgerEntry;

typedef struct Ledger
{
	uint64_t	confirmed;		/* goes back by ledger_rebase() only */
	uint64_t	first;			/* serial of entries' oldest */
	uint32_t	head;			/* its place in the ring */
	uint32_t	count;
	bool		open;			/* the youngest entry is not closed */
	LedgerEntry entries[LEDGER_ENTRIES_MAX];
} Ledger;

/* confirmed: what the slot has confirmed already. */
extern void ledger_init(Ledger *ledger, uint64_t confirmed);

/*
 * Forgets all entries (their records will be read from the slot again) and
 * keeps confirmed.  Serials given before stay unknown for ever.
 */
extern void ledger_forget(Ledger *ledger);

/*
 * Begins anew at what the slot has confirmed, in another history.  Only while
 * there is no entry.
 */
extern void ledger_rebase(Ledger *ledger, uint64_t confirmed);

static inline bool
ledger_is_full(const Ledger *ledger)
{
	return ledger->count >= LEDGER_ENTRIES_MAX;
}

static inline bool
ledger_is_empty(const Ledger *ledger)
{
	return ledger->count == 0;
}

/*
 * Opens an entry; the one before must be closed and the ledger not full, else
 * false.
 */
extern bool ledger_open(Ledger *ledger);

/* Undoes ledger_open() when nothing was sent after all. */
extern void ledger_take_back(Ledger *ledger);

/* Serial of the open entry, which its records carry. */
static inline uint64_t
ledger_youngest(const Ledger *ledger)
{
	return ledger->first + ledger->count - 1;
}

/* A record of the open entry was handed on. */
extern void ledger_sent(Ledger *ledger);

/* No more records in the open entry; false if none is open. */
extern bool ledger_close(Ledger *ledger, uint64_t end_lsn, int64_t commit_time_us,
						 int64_t now_ms);

/*
 * One record of entry `serial` is durable.  Unknown serials (of entries that
 * were forgotten) are ignored.  False if the entry had nothing pending: a
 * programming error.
 */
extern bool ledger_acknowledged(Ledger *ledger, uint64_t serial);

/*
 * The oldest entry if it is closed, so that nothing but acknowledgements keeps
 * it here; else NULL.
 */
extern const LedgerEntry *ledger_oldest_closed(const Ledger *ledger);

/* Whether records were sent that are not acknowledged. */
extern bool ledger_has_pending(const Ledger *ledger);

/* Takes the oldest entry away if it is done, moving confirmed. */
extern bool ledger_retire(Ledger *ledger, LedgerEntry *retired);

/*
 * All that commits before lsn was received, and is in the entries if it is to be delivered.
 * Without entries that is confirmed at once.  A transaction that is open meanwhile, also
 * one that is being streamed before its commit, is not concerned: its commit is behind lsn,
 * and what the slot tells again goes by the commit (snapbuild.c, SnapBuildXactNeedsSkip()).
 * Nothing happens while an entry is open, whose own end is to come.
 */
extern void ledger_pass(Ledger *ledger, uint64_t lsn);

#endif							/* WALFERRY_LEDGER_H */
