/*
 * nearest_name.h
 *		Which known name somebody may have meant who wrote an unknown one.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_NEAREST_NAME_H
#define WALFERRY_NEAREST_NAME_H

/* A search; names longer than this are near to none. */
#define WF_NEAREST_NAME_MAX 80

typedef struct WfNearestName
{
	const char *unknown;
	const char *nearest;		/* NULL as long as none is near */
	int			distance;		/* of the nearest */
} WfNearestName;

/* unknown must live as long as the search. */
extern void wf_nearest_name_begin(WfNearestName *search, const char *unknown);

/*
 * Takes name for the nearest if `spelling`, which is how it would have been
 * written, is nearer than all before.  A family's (it ends in a dot) is
 * compared with as much of the unknown name as it is long.
 */
extern void wf_nearest_name_try(WfNearestName *search, const char *name, const char *spelling);

#endif							/* WALFERRY_NEAREST_NAME_H */
