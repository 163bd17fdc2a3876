/*
 * event_member.h
 *		One member of an event by itself, as transforms ask for it.
 *
 *		op, ts_ms, source.lsn, transaction.id, after.price
 *
 * (Debezium's FieldReference of AbstractExtractNewRecordState.)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_EVENT_MEMBER_H
#define WALFERRY_EVENT_MEMBER_H

#include "json.h"
#include "relation.h"

/* In the order of the table in event_member.c. */
typedef enum WfEventMember
{
	WF_MEMBER_OP,
	WF_MEMBER_TS_MS,
	WF_MEMBER_TS_US,
	WF_MEMBER_TS_NS,
	WF_MEMBER_SOURCE_VERSION,
	WF_MEMBER_SOURCE_CONNECTOR,
	WF_MEMBER_SOURCE_NAME,
	WF_MEMBER_SOURCE_TS_MS,
	WF_MEMBER_SOURCE_SNAPSHOT,
	WF_MEMBER_SOURCE_DB,
	WF_MEMBER_SOURCE_SEQUENCE,
	WF_MEMBER_SOURCE_TS_US,
	WF_MEMBER_SOURCE_TS_NS,
	WF_MEMBER_SOURCE_SCHEMA,
	WF_MEMBER_SOURCE_TABLE,
	WF_MEMBER_SOURCE_TXID,
	WF_MEMBER_SOURCE_LSN,
	WF_MEMBER_SOURCE_XMIN,
	WF_MEMBER_SOURCE_ORIGIN,
	WF_MEMBER_SOURCE_ORIGIN_LSN,
	WF_MEMBER_TRANSACTION_ID,
	WF_MEMBER_TRANSACTION_TOTAL_ORDER,
	WF_MEMBER_TRANSACTION_COLLECTION_ORDER,
	WF_MEMBER_BEFORE,			/* a column of it */
	WF_MEMBER_AFTER,
	WF_MEMBER_NONE
} WfEventMember;

/*
 * Which member a reference means, without or with the struct before its dot.
 * column is set to the name behind before. and after.  WF_MEMBER_NONE without a
 * reason: events have no such member, which Debezium passes over.  With a
 * reason, what is wrong with the reference.
 */
extern WfEventMember wf_event_member_find(WfSlice structure, WfSlice field, WfSlice *column,
										  const char **reason);

/* Which struct a field without one belongs to; empty: the envelope itself. */
extern WfSlice wf_event_member_structure(WfSlice field);

/*
 * Appends the schema of a member that is no column's, as an optional one of a
 * row: {"type":…,"optional":true,…,"field":name}.
 */
extern void wf_event_member_schema_write(WfBuffer *buffer, WfTextForm *form, WfEventMember member,
										 WfSlice name);

#endif							/* WALFERRY_EVENT_MEMBER_H */
