/*
 * row_event.h
 *		One event of a row, between event.c and what transforms make of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ROW_EVENT_H
#define WALFERRY_ROW_EVENT_H

#include "record.h"
#include "row_image.h"

/* As decided by the change it comes from. */
typedef struct WfRowEvent
{
	WfOperation operation;
	WfRowImage	before;			/* row is NULL if there is none */
	bool		before_is_full;
	WfRowImage	after;
	WfRange		key;			/* in session->text */
	WfRange		key_schema;		/* of a substitute with a schema; there, too */
	bool		key_is_substitute;
	bool		key_is_exact;	/* no other row has it */
	const char *other_key_header;	/* NULL: not part of a key change */
	WfRange		other_key;		/* as that header has it */
} WfRowEvent;

/* What the records of one change have in common. */
typedef struct WfRowContext
{
	WfSession  *session;
	WfTransaction *transaction;
	WfRowPlan  *plan;
	uint64_t	lsn;
	bool		has_unread;
	bool		is_complete;
	int64_t		now_ns;
} WfRowContext;

/* Writes the record of an event, or its stub; event.c. */
extern WfWriteResult wf_write_row_event(const WfRowContext *context, const WfRowEvent *event);

/* The same of a delete, and its tombstone. */
extern WfWriteResult wf_write_delete(const WfRowContext *context, const WfRowEvent *event);

/*
 * Whether the event could be written, when so many others of the table have been
 * before it: byte by byte what it will be, without a trace.  The context has a
 * transaction.
 */
extern WfWriteResult wf_rehearse_row_event(const WfRowContext *context, const WfRowEvent *event,
										   int events_before);

/*
 * Gives the event what stands for a key that the image does not tell, if there is
 * something: with its schema, as the table's has other fields.  That of a table whose
 * records are transformed is put around it when the key is (additions.c).
 */
extern void wf_substitute_take(const WfRowContext *context, const WfRowChange *change,
							   WfRowImage image, WfRowEvent *event);

/* The keys of a change that gives a row another; all in session->text. */
typedef struct WfKeyChange
{
	WfRange		old_key;
	bool		old_key_is_exact;	/* no other row has it */
	WfRange		new_key;
	WfRange		old_header;		/* the same as headers have them: header_text.h */
	WfRange		new_header;
} WfKeyChange;

/* Renders the headers, behind the keys; what fails is session->text's error. */
extern void wf_key_change_render(const WfRowContext *context, WfKeyChange *keys);

/* Writes a change whose old key and new key differ; key_change.c. */
extern WfWriteResult wf_write_key_change(const WfRowContext *context, const WfRowChange *change,
										 const WfKeyChange *keys);

static inline void
wf_record_add_header(WfRecord *record, WfSlice name, WfSlice value)
{
	WfFrameHeader *header = &record->headers[record->header_count++];

	header->name = name;
	header->value = value;
}

#endif							/* WALFERRY_ROW_EVENT_H */
