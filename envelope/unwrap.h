/*
 * unwrap.h
 *		A row in place of its event: what ExtractNewRecordState leaves.
 *
 * Private to event.c.  All of this is only asked of plans that have an unwrap.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_UNWRAP_H
#define WALFERRY_UNWRAP_H

#include "changed_columns.h"
#include "row_event.h"
#include "unwrap_settings.h"

/* What of an event is left. */
typedef enum WfUnwrapped
{
	WF_UNWRAPPED_NOTHING,		/* the record is dropped */
	WF_UNWRAPPED_AFTER,
	WF_UNWRAPPED_BEFORE,		/* of a delete that is rewritten */
	WF_UNWRAPPED_NULL,			/* a value that is null, as JSON and in its schema */
	WF_UNWRAPPED_TOMBSTONE		/* no value */
} WfUnwrapped;

extern WfUnwrapped wf_unwrapped(const WfTransform *unwrap, WfOperation operation);

/* Which columns drop.fields.header.name leaves out of an event. */
typedef struct WfDropped
{
	bool		any;			/* else the rest says nothing */
	bool		columns[WF_COLUMNS_MAX];
	bool		key[WF_KEY_COLUMNS_MAX];	/* drop.fields.from.key; by member */
} WfDropped;

extern void wf_dropped_find(const WfRowPlan *plan, const WfChangedColumns *columns,
							WfDropped *dropped);

/* What the members of an event say that are no columns. */
typedef struct WfEventFacts
{
	const WfSession *session;	/* its source block is that of the event */
	const WfTransaction *transaction;	/* NULL: outside of any */
	uint64_t	lsn;
	int64_t		now_ns;
	char		op;
	WfSlice		schema;
	WfSlice		table;
} WfEventFacts;

/*
 * Appends the value of a member that is no column, as JSON or, is_header, as plain text;
 * false, appending nothing, if it is null.
 */
extern bool wf_event_member_write(const WfEventFacts *facts, WfEventMember member,
								  bool is_header, WfBuffer *buffer);

/* Prepares the heads of added fields in session->text, at its initialization. */
extern void wf_unwrap_init(WfSession *session);

/*
 * Appends the row, with what is added to it, to session->buffer; report as elsewhere.
 * A row of which columns are left out stands beside its own schema.
 */
extern void wf_unwrapped_write(const WfRowContext *context, const WfRowEvent *event,
							   const WfDropped *dropped, bool report);

/*
 * Values of the headers that are added, in session->text until that is cut; so
 * they are rendered before a record gets slices of that.
 */
typedef struct WfAddedHeaders
{
	int			count;
	struct
	{
		WfSlice		name;
		WfRange		value;
		bool		is_null;
	}			headers[WF_UNWRAP_HEADERS_MAX + 2 * WF_CHANGED_MAX];
} WfAddedHeaders;

static inline void
wf_added_header(WfAddedHeaders *added, WfSlice name, WfRange value, bool is_null)
{
	added->headers[added->count].name = name;
	added->headers[added->count].value = value;
	added->headers[added->count].is_null = is_null;
	added->count++;
}

/* Appends to added. */
extern void wf_unwrap_headers_render(const WfRowContext *context, const WfRowEvent *event,
									 WfAddedHeaders *added);

extern void wf_unwrap_headers_add(const WfSession *session, const WfAddedHeaders *added,
								  WfRecord *record);

#endif							/* WALFERRY_UNWRAP_H */
