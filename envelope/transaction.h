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
#include "record.h"

/* Appends the name of the topic to session->text, at session's initialization. */
extern void wf_transaction_metadata_init(WfSession *session);

/*
 * An event is about to be written: gives it its two numbers, after the
 * transaction's BEGIN if it is the first.  plan is NULL for a logical message,
 * transaction NULL for one outside of any.  Leaves session->text as it was.
 */
extern WfWriteResult wf_transaction_count(WfSession *session, WfTransaction *transaction,
										  WfRowPlan *plan, uint64_t lsn);

/* Appends `"transaction":` and the block of the event counted last, or null. */
extern void wf_transaction_block_write(WfSession *session, const WfTransaction *transaction,
									   uint64_t lsn);

/* Writes the END of a transaction, and its BEGIN if no event of it was written. */
extern WfWriteResult wf_transaction_end(WfSession *session, WfTransaction *transaction,
										uint64_t end_lsn);

#endif							/* WALFERRY_TRANSACTION_H */
