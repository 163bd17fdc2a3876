/*
 * publications.h
 *		What publications say of a table, for those who ask for it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_PUBLICATIONS_H
#define WALFERRY_PLUGIN_PUBLICATIONS_H

#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

#include "dependencies.h"
#include "encoding.h"
#include "envelope/event.h"

typedef struct WfPublications WfPublications;

/* The operations of rows come first, because row filters are kept for these. */
typedef enum WfPublishedOperation
{
	WF_PUBLISHED_INSERT,
	WF_PUBLISHED_UPDATE,
	WF_PUBLISHED_DELETE,
	WF_PUBLISHED_TRUNCATE
} WfPublishedOperation;

/* That of a row's change. */
static inline WfPublishedOperation
wf_published_operation(WfOperation operation)
{
	switch (operation)
	{
		case WF_OPERATION_UPDATE:
			return WF_PUBLISHED_UPDATE;
		case WF_OPERATION_DELETE:
			return WF_PUBLISHED_DELETE;
		case WF_OPERATION_CREATE:
		case WF_OPERATION_READ:
			break;
	}
	return WF_PUBLISHED_INSERT;
}

#define WF_PUBLISHED_ROW_OPERATIONS (WF_PUBLISHED_DELETE + 1)
#define WF_PUBLISHED_BIT(operation) (1 << (operation))
#define WF_PUBLISHED_ALL (WF_PUBLISHED_BIT(WF_PUBLISHED_TRUNCATE + 1) - 1)

/* What is published of a table.  Columns and filters are of one that has its own name only. */
typedef struct WfPublished
{
	int			operations;		/* WF_PUBLISHED_BIT()s; 0: nothing */
	Oid			root;			/* the ancestor that it is published as; InvalidOid:
								 * itself */
	Bitmapset  *columns;		/* attribute numbers */
	bool		is_listed;		/* by a column list: else others may be told, too,
								 * that are generated */
	List	   *filters[WF_PUBLISHED_ROW_OPERATIONS];	/* texts of expressions,
														 * joined by OR; NIL: every
														 * row */
} WfPublished;

/*
 * Reads the list of publications' names that the option has, whose form has been
 * checked; NULL if list is NULL.  One that does not exist now is an ERROR.
 * Everything is allocated in context, which the caller is in no need to be in.
 */
extern WfPublications *wf_publications_create(MemoryContext context, const char *list);

/*
 * What the publications say, as the catalogue has them now, or had them when the
 * row at hand was written.  What was looked at is noted as dependencies.
 * ancestors: wf_partition_ancestors().  One that does not exist is an ERROR, and
 * so are columns on which they disagree.  Allocates in the current context.
 */
extern void wf_publications_describe(const WfPublications *publications,
									 WfDependencies *dependencies, Relation relation,
									 List *ancestors, WfPublished *published);

#endif							/* WALFERRY_PLUGIN_PUBLICATIONS_H */
