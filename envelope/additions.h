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

#include "unwrap.h"

/* Rendered behind all else in session->text before the record gets slices of that. */
typedef struct WfAdditions
{
	WfRange		key;			/* with the members that routers add */
	WfAddedHeaders headers;
} WfAdditions;

/* tombstone: for the record that follows a delete. */
extern void wf_additions_render(const WfRowContext *context, const WfRowEvent *event,
								bool tombstone, WfAdditions *additions);

#endif							/* WALFERRY_ADDITIONS_H */
