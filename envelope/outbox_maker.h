/*
 * outbox_maker.h
 *		An EventRouter's record in the making, of a table's row or of a logical message.
 *
 * Private to outbox.c and to the two that know what such an event consists of:
 * outbox_row.c, whose columns are those of a table, and outbox_message.c, whose
 * "columns" are the members of a JSON object, found anew for each message.  To
 * outbox.c a column is a number in the plan.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_OUTBOX_MAKER_H
#define WALFERRY_OUTBOX_MAKER_H

#include "outbox.h"

/* A column's plain text in session->text. */
typedef struct WfOutboxText
{
	bool		is_null;
	WfRange		range;
} WfOutboxText;

typedef struct WfOutboxMaker WfOutboxMaker;

/*
 * What columns show.  out is none of scratch, payload and json_nodes, but where it
 * is said.  All but bytes(), read_integer(), bytes_at_least() and name() may use
 * scratch and json_nodes, so that no WfJsonExpansion in there outlives a call.
 */
typedef struct WfOutboxSource
{
	/*
	 * Appends the plain text: a string's characters, else its JSON.  False if
	 * it is null, when nothing is appended.  out may be session->payload.  What
	 * fails is out's error.
	 */
	bool		(*write_text) (const WfOutboxMaker *maker, int column, WfBuffer *out);
	void		(*write_json) (const WfOutboxMaker *maker, int column, WfBuffer *out);

	/*
	 * The Connect schema of an extra in the envelope, by its place; -1: of the
	 * payload.
	 */
	void		(*write_schema) (const WfOutboxMaker *maker, int extra, WfBuffer *out);

	/* The key's, if the plan says writes_key_schema. */
	void		(*write_key_schema) (const WfOutboxMaker *maker, WfBuffer *out);

	/*
	 * data is NULL if it is null; NULL where WF_RECORD_BYTES is never asked
	 * for.
	 */
	WfSlice		(*bytes) (const WfOutboxMaker *maker, int column);

	/* Is the column shown as null? */
	bool		(*is_null) (const WfOutboxMaker *maker, int column);

	/* False if it is null or no such number. */
	bool		(*read_integer) (const WfOutboxMaker *maker, int column, int64_t *integer);

	/* Bytes that the event has at the very least, for a stub. */
	uint64_t	(*bytes_at_least) (const WfOutboxMaker *maker);
	WfSlice		(*name) (const WfOutboxMaker *maker, int column);
	void		(*tell) (const WfOutboxMaker *maker, WfOutboxNotice notice, int column);
} WfOutboxSource;

struct WfOutboxMaker
{
	/* given */
	WfSession  *session;
	WfTransaction *transaction;
	WfOutboxPlan *plan;
	const WfOutboxSource *source;
	const WfRowPlan *row_plan;	/* of a row */
	const WfOutboxEvent *event;
	struct WfMessageDecoder *decoder;	/* of a message */
	bool		is_unread;		/* some of it was not read: it can only be a stub */
	bool		expands;		/* the payload, a text */
	WfSlice		own_topic;		/* of a record that cannot name one */
	const char *other_key_header;	/* of a key change; NULL: none */
	WfRange		other_key;
	bool		has_context;	/* extended.headers.enabled is for such records */
	WfRecord	record;			/* its position */

	/* made */
	WfOutboxText route;
	WfOutboxText key;
	WfOutboxText id;
	WfOutboxText extras[WF_OUTBOX_FIELDS_MAX];
	WfSlice		payload;		/* its text in session->payload, if that is asked
								 * for */
	bool		payload_is_null;
	const char *fault;			/* why the payload is not expanded, and where */
	size_t		fault_at;
};

/* Prepares what is not given one by one: an empty record. */
extern void wf_outbox_maker_init(WfOutboxMaker *maker);

/* Writes the record, its stub, or nothing. */
extern WfWriteResult wf_outbox_make(WfOutboxMaker *maker);

/* Tells the host once per plan; for WfOutboxSource.tell(). */
static inline bool
wf_outbox_is_news(WfOutboxPlan *plan, WfOutboxNotice notice)
{
	uint32_t	bit = UINT32_C(1) << notice;
	bool		is_news = (plan->told & bit) == 0;

	plan->told |= bit;
	return is_news;
}

#endif							/* WALFERRY_OUTBOX_MAKER_H */
