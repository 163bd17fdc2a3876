/*
 * notice_text.h
 *		Pieces that the sentences of notice.h share.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_NOTICE_TEXT_H
#define WALFERRY_NOTICE_TEXT_H

#include "notice.h"

static inline void
wf_notice_say(WfBuffer *buffer, const char *text)
{
	wf_buffer_append(buffer, text, strlen(text));
}

/* A name in full, in quotes. */
static inline void
wf_notice_name(WfBuffer *buffer, WfSlice name)
{
	wf_buffer_append_char(buffer, '"');
	wf_buffer_append_slice(buffer, name);
	wf_buffer_append_char(buffer, '"');
}

/* `table "public.t"` */
static inline void
wf_notice_table(WfBuffer *buffer, const WfRelation *relation)
{
	wf_buffer_append_literal(buffer, "table \"");
	wf_buffer_append_slice(buffer, relation->schema);
	wf_buffer_append_char(buffer, '.');
	wf_buffer_append_slice(buffer, relation->name);
	wf_buffer_append_char(buffer, '"');
}

/* `column "c"` */
static inline void
wf_notice_column(WfBuffer *buffer, const WfRelation *relation, int column)
{
	wf_buffer_append_literal(buffer, "column ");
	wf_notice_name(buffer, relation->columns[column].name);
}

/* `column "c" of table "public.t"` */
static inline void
wf_notice_column_of_table(WfBuffer *buffer, const WfRelation *relation, int column)
{
	wf_notice_column(buffer, relation, column);
	wf_buffer_append_literal(buffer, " of ");
	wf_notice_table(buffer, relation);
}

#endif							/* WALFERRY_NOTICE_TEXT_H */
