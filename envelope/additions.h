/*
 * additions.h
 *		What transforms add to a record beside its value.
 *
 * Private to event.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ADDITIONS_H
#define WALFERRY_ADDITIONS_H

#include "changed_columns.h"
#include "unwrap.h"

/* Rendered behind all else in session->text before the record gets slices of that. */
typedef struct WfAdditions
{
	WfRange		key;			/* with the members that routers add; with its
								 * schema, if that is its own */
	WfAddedHeaders headers;
	WfChangedColumns columns;	/* if the plan has any use for them */
	WfDropped	dropped;		/* if the plan drops; then key and value bring their
								 * schemas with them */
} WfAdditions;

extern void wf_additions_render(const WfRowContext *context, const WfRowEvent *event,
								WfAdditions *additions);

/*
 * Sends a record that has no slices of session->text yet to the topic that the
 * row names, if the plan has route.by.field and the row names one.
 */
extern WfWriteResult wf_additions_route(const WfRowContext *context, const WfRowEvent *event,
										WfRecord *record);

#endif							/* WALFERRY_ADDITIONS_H */
