/*
 * row_text.h
 *		A column's value as plain text, as headers and bare texts have it.
 *
 * (Kafka Connect's SimpleHeaderConverter and StringConverter.)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ROW_TEXT_H
#define WALFERRY_ROW_TEXT_H

#include "row_image.h"

/*
 * wf_header_text_part() to the end of json, between whose parts the host looks at
 * interrupts.
 */
extern void wf_header_text_write(WfSession *session, WfBuffer *out, const WfField *field,
								 WfSlice json, bool is_inside);

/*
 * Appends the column's plain text to out, which is not session->scratch: that of
 * wf_header_text_write(), made of its JSON.  False if it is null, when nothing is
 * appended.  What fails is out's error.
 */
extern bool wf_row_text_write(WfSession *session, const WfRowPlan *plan, WfRowImage image,
							  int column, WfBuffer *out);

static inline bool
wf_is_null_json(WfSlice json)
{
	return json.length == 4 && memcmp(json.data, "null", 4) == 0;
}

#endif							/* WALFERRY_ROW_TEXT_H */
