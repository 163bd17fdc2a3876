/*
 * row_image.h
 *		A row as the envelope's before or after, and its key.
 *
 * Private to event.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ROW_IMAGE_H
#define WALFERRY_ROW_IMAGE_H

#include "event.h"

/* Lets the host look at interrupts when this row has had enough bytes since it did. */
static inline void
wf_session_count_bytes(WfSession *session, size_t bytes)
{
	session->unchecked_bytes += bytes;
	if (session->unchecked_bytes < WF_INTERRUPT_CHECK_BYTES)
		return;
	session->unchecked_bytes = 0;
	if (session->check_interrupts != NULL)
		session->check_interrupts(session->host);
}

/*
 * fill: whose values stand in for row's UNAVAILABLE and UNCHANGED ones, since an
 * unchanged value is the same in any image of the row that has it.  May be NULL
 * if none is UNCHANGED.
 */
typedef struct WfRowImage
{
	const WfValue *row;
	const WfValue *fill;
} WfRowImage;

/* The column's value, its own or one that stands in. */
extern const WfValue *wf_row_image_value(WfRowImage image, int column);

/*
 * Appends one column's JSON; a value without a form, which is shown as null, and a
 * NULL that is shown as a value are told to the host.
 */
extern void wf_row_value_write(WfSession *session, WfBuffer *buffer, const WfRowPlan *plan,
							   WfRowImage image, int column);

/*
 * Has the image a value that was left unread though it is shown, and not by a mask?
 * Then it is not to be written.
 */
extern bool wf_row_image_is_unread(const WfRowPlan *plan, WfRowImage image);

/* The same of one column. */
extern bool wf_row_column_is_unread(const WfRowPlan *plan, WfRowImage image, int column);

/*
 * Appends the row's JSON object to session->buffer.  repeats: UNCHANGED members
 * are repeated from the image of fill's row, which was written to the same
 * buffer just before.  report: whether values without a form are told to the
 * host.
 */
extern void wf_row_image_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
							   bool repeats, bool report);

/* The same but for the columns for which left_out is true. */
extern void wf_row_image_write_without(WfSession *session, const WfRowPlan *plan,
									   WfRowImage image, const bool *left_out, bool report);

/*
 * Has a column another value after than before?  What is too long to be compared is
 * taken to have changed; NULL is not what its default is, though it may be shown so.
 */
extern bool wf_row_column_is_changed(WfSession *session, const WfRowPlan *plan,
									 WfRowImage before, WfRowImage after, int column);

/* Is the column null in Debezium's struct, whatever its default is? */
extern bool wf_row_column_is_null(const WfRowPlan *plan, WfRowImage image, int column);

/*
 * Appends one column's value to session->buffer; NULL is null, not the column's
 * default.
 */
extern void wf_row_column_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
								int column);

/* Appends the head of a further member, `,"name":…`, to an object that may have none. */
extern void wf_row_member_append(WfBuffer *buffer, WfSlice head);

/*
 * Appends the row's key to session->text; key gets its range, an empty one if the
 * relation has no key, or the image does not tell it.  False if a member has no form
 * and is null, or is NULL and says that it never is, so that other rows have the same
 * key.
 */
extern bool wf_row_key_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
							 WfRange *key);

/*
 * The same of what stands for a key that the image does not tell: the columns of the
 * row's replica identity (WfRowChange), of which it must tell each.
 */
extern bool wf_row_substitute_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
									const bool *identity, WfRange *key);

/* Appends the key's opening brace and the members that are not left out, by place. */
extern void wf_row_key_write_without(WfSession *session, const WfRowPlan *plan, WfRowImage image,
									 const bool *left_out);

/* Is no member of the key changed, as far as the row says so?  False if there is no key. */
extern bool wf_row_key_is_unchanged(const WfRowPlan *plan, WfRowImage after);

/*
 * Do both images show the same?  What is too long to be compared, or was not
 * read, is taken to differ.  Leaves session->text as it was.
 */
extern bool wf_row_images_equal(WfSession *session, const WfRowPlan *plan, WfRowImage a,
								WfRowImage b);

/*
 * Appends a JSON array of the columns whose values the image lacks although
 * the row has them; an empty range if there are none.
 */
extern void wf_row_unavailable_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
									 WfRange *names);

/* The same of the columns whose NULL is shown as their default, or as another value. */
extern void wf_row_defaulted_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
								   WfRange *names);

/* Bytes that an image's JSON has at the very least: what its texts measure. */
extern uint64_t wf_row_image_bytes_at_least(const WfRowPlan *plan, WfRowImage image);

#endif							/* WALFERRY_ROW_IMAGE_H */
