/*
 * notice.h
 *		What users are told of events that are not what the rows are.
 *
 * A value without a form, a delete that nobody sees, a mask that does not act: none
 * of it stops the stream, since a slot could then not be moved past it; but none is
 * passed over in silence either.  Both hosts tell the same in the same words: the
 * plugin in the server's log, the shipper in its own.  Here are the sentences, and
 * what decides whether there is one.  How often, at which level and with which
 * SQLSTATE is the host's to decide.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_NOTICE_H
#define WALFERRY_NOTICE_H

#include "event.h"

/*
 * In the parts of a message of PostgreSQL's, UTF-8: the message is a clause without a
 * full stop, detail and hint are sentences.  Each function appends; what it has
 * nothing for it leaves empty.  The buffers are the host's.  One that fails holds
 * less of the text: a report must not fail.
 */
typedef struct WfNotice
{
	WfBuffer	message;
	WfBuffer	detail;
	WfBuffer	hint;
} WfNotice;

/* Bytes of a buffer that no part passes, whatever the names and the defaults are. */
#define WF_NOTICE_BYTES_MAX (1024 * 1024)

/* Columns or texts that one list names. */
#define WF_NOTICE_LISTED_MAX 10

/* Bytes of a message's prefix that are shown: anybody may write one, of any length. */
#define WF_NOTICE_PREFIX_BYTES_MAX 100

/* ---- values: notice_row.c ---- */

/* A value of the column has no form and was written as null. */
extern void wf_notice_formless(WfNotice *notice, const WfRowPlan *plan, int column);

/* The same with event.converting.failure.handling.mode=fail. */
extern void wf_notice_formless_refused(WfNotice *notice, const WfRowPlan *plan, int column);

/*
 * Both of a NULL that was written as a value, the column's domain being NOT NULL.
 * is_marked: the record has a header that names the column, without which nothing
 * tells such a value from others.
 */
extern void wf_notice_hidden_null(WfNotice *notice, const WfRowPlan *plan, int column,
								  bool is_marked);
extern void wf_notice_hidden_null_refused(WfNotice *notice, const WfRowPlan *plan, int column,
										  bool is_marked);

/* A row was deleted, or updated, and the WAL has nothing of the old one. */
extern void wf_notice_unseen_delete(WfNotice *notice, const WfRelation *relation);
extern void wf_notice_unseen_update(WfNotice *notice, const WfRelation *relation);

/* ---- tables: notice_table.c ---- */

/*
 * wf_relation_limit_texts() has left something out of the table's description.  False,
 * and nothing appended: it has not.
 */
extern bool wf_notice_left_out(WfNotice *notice, const WfRelation *relation);

/*
 * Whether a mask, hash or truncation names the column, whose values are shown as they
 * are all the same.  As with Debezium a mask leaves a number, a jsonb or an array as it
 * is; but whoever wrote the list meant to hide something.
 */
extern bool wf_plan_is_undisguised(const WfRowPlan *plan, int column);

/* Some columns are undisguised.  False, and nothing appended: none is. */
extern bool wf_notice_undisguised(WfNotice *notice, const WfRowPlan *plan);

/*
 * message.key.columns names columns that the table does not have.  names: what
 * wf_relation_missing_key() has found.
 */
extern void wf_notice_missing_key(WfNotice *notice, const WfRelation *relation, WfSlice names);

/* Whether values show the column, one of the key's, in a disguise that keys have not. */
extern bool wf_plan_key_is_shown(const WfRowPlan *plan, int column);

/*
 * That of a column.  otherwise: what else the host has against it, a clause that begins
 * with a comma, or the empty text.
 */
extern void wf_notice_shown_key(WfNotice *notice, const WfRelation *relation, int column,
								const char *otherwise);

/* The two columns that wf_row_plan_find_same_names() has found. */
extern void wf_notice_same_names(WfNotice *notice, const WfRelation *relation, int first,
								 int second);

/*
 * A table without an EventRouter is to be written by a converter that makes nothing of
 * structs that can be read.  False, and nothing appended: the converters can.
 */
extern bool wf_notice_converters(WfNotice *notice, const WfRelation *relation,
								 const WfOptions *options);

/* ---- what a chain of transforms tells: notice_outbox.c ---- */

/* How much an outbox's notice weighs. */
typedef enum WfNoticeLevel
{
	WF_NOTICE_WARNING,
	WF_NOTICE_ERROR,			/* to be told as one, but to go on */
	WF_NOTICE_REFUSAL			/* the stream is to end */
} WfNoticeLevel;

/* Whether it is about an operation that is not for outboxes, and not about a row's values. */
extern bool wf_outbox_notice_is_operation(WfOutboxNotice notice);

/*
 * What the EventRouter has to tell of plan's table.  It is a warning; of operations that
 * are not for outboxes, what table.op.invalid.behavior says.
 */
extern WfNoticeLevel wf_notice_outbox(WfNotice *notice, const WfRowPlan *plan,
									  const WfOutboxReport *report);

/* What a chain of transforms could not make of a logical message. */
extern void wf_notice_message(WfNotice *notice, const WfMessageReport *report);

#endif							/* WALFERRY_NOTICE_H */
