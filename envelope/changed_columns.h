/*
 * changed_columns.h
 *		Which columns an update has changed: what ExtractChangedRecordState adds.
 *
 * Private to event.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CHANGED_COLUMNS_H
#define WALFERRY_CHANGED_COLUMNS_H

#include "row_event.h"

/* Columns by their index; told is false where nothing can be said of them. */
typedef struct WfChangedColumns
{
	bool		told;			/* there are both images, whole */
	bool		changed[WF_COLUMNS_MAX];
} WfChangedColumns;

/* A truncation is an event without images. */
extern void wf_changed_columns_find(const WfRowContext *context, const WfRowEvent *event,
									WfChangedColumns *columns);

/*
 * Appends the names of those that are changed, or of the others, to session->text
 * as a header has them: ["a","b"].
 */
extern void wf_changed_columns_write(const WfRowContext *context, const WfChangedColumns *columns,
									 bool changed);

#endif							/* WALFERRY_CHANGED_COLUMNS_H */
