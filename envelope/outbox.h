/*
 * outbox.h
 *		The records of an outbox table: Debezium's EventRouter.
 *
 * Inserted rows (and rows that were read) become records of their own; deletes
 * are dropped, updates too, but that is told.
 *
 *		topic		made of the route.by.field column
 *		key			the key column, by key.converter
 *		headers		id, then the columns that are placed there, as plain text
 *		value		the payload column, by value.converter; or, if columns are placed
 *					in the envelope, {"payload":…,"alias":…}
 *		time, partition		columns, if the settings name them
 *
 * Where Debezium would end its task for what a row holds, the row is published all
 * the same and the host is told once: a slot that stands still helps nobody.
 * What the table itself lacks is an error at its first row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_OUTBOX_H
#define WALFERRY_OUTBOX_H

#include "json_expand.h"
#include "record.h"
#include "row_image.h"

#define WF_OUTBOX_NONE (-1)		/* no such column */

/* A column that is placed somewhere. */
typedef struct WfOutboxExtra
{
	int			column;
	WfOutboxPlacement placement;
	WfSlice		alias;
	WfRange		head;			/* `,"alias":`, of the envelope */
	WfRange		schema;			/* of the envelope, with inline schemas */
} WfOutboxExtra;

/* What the EventRouter makes of one version of a table. */
typedef struct WfOutboxPlan
{
	const WfTransform *transform;
	WfTransforms *transforms;
	uint8_t		scope;			/* for wf_record_route() */
	WfBuffer   *text;			/* prepared bytes, the host's */
	int			id;				/* columns; some may be WF_OUTBOX_NONE */
	int			key;
	int			payload;
	int			route;
	int			timestamp;
	int			version;
	int			extra_count;
	WfOutboxExtra extras[WF_OUTBOX_FIELDS_MAX];
	WfRecordForm key_form;
	WfRecordForm value_form;
	bool		has_envelope;
	bool		expands;
	bool		payload_may_be_blank;	/* it is a string; bytes are more than their
										 * text */
	WfJsonExpandRules rules;

	/*
	 * Schemas that are the same for all rows stand around keys and values;
	 * where the value's depends on the row, it is written with it:
	 * writes_schema.
	 */
	WfEnclosureRanges enclosure;
	bool		writes_schema;
	bool		writes_key_schema;	/* the same of the key */
	WfRange		payload_schema; /* with `"field":"payload"` in an envelope */
	WfRange		schema_head;	/* name of the value's schema: before the routed
								 * part */
	WfRange		schema_tail;	/* and behind it */

	uint32_t	told;			/* a bit per WfOutboxNotice */
} WfOutboxPlan;

/* Does any record that it makes depend on the column's values? */
extern bool wf_outbox_uses(const WfOutboxPlan *plan, int column);

/*
 * Builds the plan of a table's rows, of which row_plan has been built, with an
 * EventRouter.  text: an empty buffer.  All must live as long as the plan.  False
 * with a sentence in error, without a full stop; or without one if text failed.
 */
extern bool wf_outbox_plan_build(WfOutboxPlan *plan, const WfRowPlan *row_plan,
								 const WfOptions *options, WfTransforms *transforms,
								 WfBuffer *text, WfBuffer *error);

/* One event of a row of the table, as event.c sees it. */
typedef struct WfOutboxEvent
{
	WfOperation operation;
	uint64_t	lsn;
	WfRowImage	row;			/* after */
	bool		is_unread;
	const char *other_key_header;	/* of a key change; NULL: none */
	WfRange		other_key;		/* in session->text */
} WfOutboxEvent;

/* Writes what becomes of it, if anything does. */
extern WfWriteResult wf_outbox_write(WfSession *session, WfTransaction *transaction,
									 const WfRowPlan *row_plan, const WfOutboxEvent *event);

/* A truncation of the table, which becomes nothing. */
extern void wf_outbox_truncated(WfSession *session, const WfRowPlan *row_plan);

#endif							/* WALFERRY_OUTBOX_H */
