/*
 * complaint.h
 *		Pieces of the sentences that tell a user what is wrong with an option.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_COMPLAINT_H
#define WALFERRY_COMPLAINT_H

#include "buffer.h"

/* Bytes of a value that a sentence shows. */
#define WF_COMPLAINT_VALUE_MAX 100

static inline void
wf_complain(WfBuffer *error, const char *text)
{
	wf_buffer_append(error, text, strlen(text));
}

/* At most WF_COMPLAINT_VALUE_MAX bytes of it, cut between characters. */
static inline void
wf_complain_quoted(WfBuffer *error, WfSlice text)
{
	size_t		length = text.length;

	if (length > WF_COMPLAINT_VALUE_MAX)
	{
		length = WF_COMPLAINT_VALUE_MAX;
		while (length > 0 && ((unsigned char) text.data[length] & 0xC0) == 0x80)
			length--;
	}
	wf_buffer_append_char(error, '"');
	wf_buffer_append(error, text.data, length);
	if (length < text.length)
		wf_complain(error, "...");
	wf_buffer_append_char(error, '"');
}

#endif							/* WALFERRY_COMPLAINT_H */
