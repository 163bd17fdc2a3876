/*
 * ledger.c
 *		What is in flight, and what may therefore be confirmed to the slot.
 *
 * A ring of entries; serials count on for ever, so that an acknowledgement of
 * a forgotten entry can never be taken for one of a younger.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "ledger.h"

#include <stddef.h>
#include <string.h>

static LedgerEntry *
entry_at(Ledger *ledger, uint32_t place)
{
	return &ledger->entries[(ledger->head + place) % LEDGER_ENTRIES_MAX];
}

void
ledger_init(Ledger *ledger, uint64_t confirmed)
{
	ledger->confirmed = confirmed;
	ledger->first = 1;
	ledger->head = 0;
	ledger->count = 0;
	ledger->open = false;
}

void
ledger_forget(Ledger *ledger)
{
	ledger->first += ledger->count;
	ledger->head = 0;
	ledger->count = 0;
	ledger->open = false;
}

void
ledger_rebase(Ledger *ledger, uint64_t confirmed)
{
	if (ledger->count == 0)
		ledger->confirmed = confirmed;
}

bool
ledger_open(Ledger *ledger)
{
	if (ledger->open || ledger_is_full(ledger))
		return false;
	memset(entry_at(ledger, ledger->count), 0, sizeof(LedgerEntry));
	ledger->count++;
	ledger->open = true;
	return true;
}

void
ledger_take_back(Ledger *ledger)
{
	if (ledger->open)
	{
		ledger->count--;
		ledger->open = false;
	}
}

void
ledger_sent(Ledger *ledger)
{
	entry_at(ledger, ledger->count - 1)->pending++;
}

bool
ledger_close(Ledger *ledger, uint64_t end_lsn, int64_t commit_time_us, int64_t now_ms)
{
	LedgerEntry *entry;

	if (!ledger->open)
		return false;
	entry = entry_at(ledger, ledger->count - 1);
	entry->closed = true;
	entry->end_lsn = end_lsn;
	entry->commit_time_us = commit_time_us;
	entry->closed_ms = now_ms;
	ledger->open = false;
	return true;
}

bool
ledger_acknowledged(Ledger *ledger, uint64_t serial)
{
	LedgerEntry *entry;

	if (serial < ledger->first || serial >= ledger->first + ledger->count)
		return true;
	entry = entry_at(ledger, (uint32_t) (serial - ledger->first));
	if (entry->pending == 0)
		return false;
	entry->pending--;
	return true;
}

const LedgerEntry *
ledger_oldest_closed(const Ledger *ledger)
{
	const LedgerEntry *oldest = &ledger->entries[ledger->head];

	return ledger->count > 0 && oldest->closed ? oldest : NULL;
}

bool
ledger_has_pending(const Ledger *ledger)
{
	for (uint32_t i = 0; i < ledger->count; i++)
	{
		if (ledger->entries[(ledger->head + i) % LEDGER_ENTRIES_MAX].pending > 0)
			return true;
	}
	return false;
}

bool
ledger_retire(Ledger *ledger, LedgerEntry *retired)
{
	LedgerEntry *entry;

	if (ledger->count == 0)
		return false;
	entry = entry_at(ledger, 0);
	if (!entry->closed || entry->pending > 0)
		return false;
	if (entry->end_lsn > ledger->confirmed)
		ledger->confirmed = entry->end_lsn;
	if (retired != NULL)
		*retired = *entry;
	ledger->head = (ledger->head + 1) % LEDGER_ENTRIES_MAX;
	ledger->first++;
	ledger->count--;
	return true;
}

void
ledger_pass(Ledger *ledger, uint64_t lsn)
{
	uint64_t   *end = ledger->count == 0 ? &ledger->confirmed :
	&entry_at(ledger, ledger->count - 1)->end_lsn;

	if (!ledger->open && lsn > *end)
		*end = lsn;
}
