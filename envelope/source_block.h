/*
 * source_block.h
 *		The envelope's "source" member.
 *
 * Private to event.c and its helpers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_BLOCK_H
#define WALFERRY_SOURCE_BLOCK_H

#include "event.h"
#include "event_member.h"

/* Appends what all blocks of the session share to session->text. */
extern void wf_source_block_init(WfSession *session);

/*
 * Makes session->source_block ready for an event.  transaction is NULL outside
 * of any; commit_time_us is what the block says.  Session->text then holds
 * nothing behind the block.
 */
extern void wf_source_block_prepare(WfSession *session, const WfTransaction *transaction,
									int64_t commit_time_us, WfSnapshotMark snapshot);

/* Appends `"source":{…}`.  table: as WfRowPlan.source_table. */
extern void wf_source_block_write(WfSession *session, WfSlice table, uint64_t lsn);

/* Bytes that wf_source_text() takes at most. */
#define WF_SOURCE_TEXT_MAX 64

/*
 * The snapshot or sequence member of the block that is prepared, as a text of
 * its own; empty: null.
 */
extern WfSlice wf_source_text(const WfSession *session, WfEventMember member, uint64_t lsn,
							  char room[WF_SOURCE_TEXT_MAX]);

/* Appends a member that is a number; false, appending nothing, if it is null. */
extern bool wf_source_number_write(const WfSession *session, const WfTransaction *transaction,
								   WfEventMember member, uint64_t lsn, WfBuffer *buffer);

#endif							/* WALFERRY_SOURCE_BLOCK_H */
