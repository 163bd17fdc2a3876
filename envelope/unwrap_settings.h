/*
 * unwrap_settings.h
 *		What ExtractNewRecordState is to do, as its settings say it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_UNWRAP_SETTINGS_H
#define WALFERRY_UNWRAP_SETTINGS_H

#include "event_member.h"
#include "transform.h"

#define WF_UNWRAP_MEMBERS_MAX 32	/* of add.fields */

/* Of add.headers; a record's other headers have room beside them: WF_FRAME_HEADERS_MAX. */
#define WF_UNWRAP_HEADERS_MAX 24

/* A member of the event that is added to the row, or becomes a header. */
typedef struct WfAddedMember
{
	WfEventMember member;
	int			column;			/* of before and after: index into columns */
	WfSlice		name;			/* prefix included */
	WfRange		head;			/* of a field: `,"name":`, in the session's text */
} WfAddedMember;

typedef struct WfUnwrap
{
	int			field_count;
	WfAddedMember fields[WF_UNWRAP_MEMBERS_MAX];
	int			header_count;
	WfAddedMember headers[WF_UNWRAP_HEADERS_MAX];
	int			column_count;
	WfSlice		columns[WF_UNWRAP_COLUMNS_MAX]; /* names of those that are added */
	char	   *names;			/* the bytes of all names */
	WfSlice		unknown_field;	/* the first item of add.fields that no event has; */
	WfSlice		unknown_header; /* of add.headers.  Empty: none.  They add nothing. */
} WfUnwrap;

/*
 * WfTransformType.finish: reads the lists, and checks what contradicts what.
 * transform->unwrap is freed with the chain.
 */
extern bool wf_unwrap_settings_finish(WfTransforms *transforms, WfTransform *transform,
									  WfBuffer *error);

/*
 * Finds which of the table's columns are added; plan->unwrap and the columns are
 * there.  False with a sentence in error if a column has a name that is added.
 */
extern bool wf_unwrap_plan(WfRowPlan *plan, const WfOptions *options, WfBuffer *error);

static inline bool
wf_unwrap_rewrites(const WfTransform *transform)
{
	return transform->as.unwrap.delete_handling == WF_DELETES_REWRITE ||
		transform->as.unwrap.delete_handling == WF_DELETES_REWRITE_WITH_TOMBSTONE;
}

#endif							/* WALFERRY_UNWRAP_SETTINGS_H */
