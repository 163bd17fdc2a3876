/*
 * position.h
 *		Where an event stands in a database's history.
 *
 * `epoch/commit_lsn/lsn/n`, each %016X: unique, ordered as text, the same
 * after every restart and from either source (also a valid
 * _CHANGE_SEQUENCE_NUMBER in BigQuery).
 *
 *	 epoch		raised when LSNs may start again: another system id or timeline,
 *				or the slot was made anew
 *	 commit_lsn	start of the transaction's commit record (txn->final_lsn);
 *				a non-transactional message: its own LSN
 *	 lsn		the change's own LSN (change->lsn); a message's, which ends there,
 *				less one; a non-transactional message: 0, so that it sorts before a
 *				transaction that commits at that LSN
 *	 n			ordinal of the record among those of one (commit_lsn, lsn)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_POSITION_H
#define WALFERRY_POSITION_H

#include "buffer.h"

typedef struct WfPosition
{
	uint64_t	commit_lsn;
	uint64_t	lsn;
	uint32_t	n;
} WfPosition;

#define WF_FIRST_EPOCH 1
#define WF_POSITION_TEXT_LENGTH 67	/* 4 * 16 digits and 3 slashes */

/* Writes the text form and a terminating NUL. */
extern void wf_position_text(char text[WF_POSITION_TEXT_LENGTH + 1], uint64_t epoch,
							 const WfPosition *position);

/* Reads it back; false if text (length bytes) is not of that form. */
extern bool wf_position_parse(WfSlice text, uint64_t *epoch, WfPosition *position);

#endif							/* WALFERRY_POSITION_H */
