/*
 * transaction.h
 *		Transaction metadata: BEGIN and END, and the block in each event.
 *
 * Private to event.c and its helpers.  With provide.transaction.metadata=false
 * nothing here does anything but write null.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_TRANSACTION_H
#define WALFERRY_TRANSACTION_H

#include "event.h"
#include "event_member.h"
#include "record.h"

/*
 * Prepares the topic, at the session's initialization, if it is asked for; false as
 * wf_session_init().
 */
extern bool wf_transaction_metadata_init(WfSession *session);

/*
 * An event is about to be written: gives it its two numbers, after the
 * transaction's BEGIN if it is the first.  plan is NULL for a logical message,
 * transaction NULL for one outside of any.  Leaves session->text as it was.
 */
extern WfWriteResult wf_transaction_count(WfSession *session, WfTransaction *transaction,
										  WfRowPlan *plan, uint64_t lsn);

/*
 * The transaction as it will be when so many more events of the plan's table have been
 * given their numbers.  Counts nothing.
 */
extern WfTransaction wf_transaction_foresee(const WfSession *session,
											const WfTransaction *transaction,
											const WfRowPlan *plan, int events);

/* Appends `"transaction":` and the block of the event counted last, or null. */
extern void wf_transaction_block_write(WfSession *session, const WfTransaction *transaction,
									   uint64_t lsn);

/*
 * Appends a member of that block; raw: its text instead of JSON.  False, appending
 * nothing, if the block is null.
 */
extern bool wf_transaction_member_write(const WfTransaction *transaction, WfEventMember member,
										uint64_t lsn, bool raw, WfBuffer *buffer);

/* Writes the END of a transaction, and its BEGIN if no event of it was written. */
extern WfWriteResult wf_transaction_end(WfSession *session, WfTransaction *transaction,
										uint64_t end_lsn);

/* Writes what was lost since it was told last, outside of a transaction; of frame output only. */
extern WfWriteResult wf_transaction_tell_losses(WfSession *session);

#endif							/* WALFERRY_TRANSACTION_H */
