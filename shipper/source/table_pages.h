/*
 * table_pages.h
 *		All tables of the database, asked about page by page until one is found.
 *
 * Each row of a page begins with the columns below; partitions have their root
 * beside them, other tables NULL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_TABLE_PAGES_H
#define WALFERRY_SOURCE_TABLE_PAGES_H

#include "envelope/rules.h"
#include "replication.h"

enum
{
	PAGE_OID,
	PAGE_SCHEMA,
	PAGE_TABLE,
	PAGE_OTHERS					/* what else the question asks for */
};

typedef struct TablePages
{
	int			rows_max;		/* a page with fewer is the last */

	/*
	 * The tables behind the OID `after`, in the order of OIDs; NULL with fault
	 * filled in.  It is "0" at first, then what PAGE_OID of the last row has.
	 */
	PGresult   *(*read) (void *search, const char *after, SourceFault *fault);

	/* False: a rule failed, and error says why.  is_found ends the search. */
	bool		(*look) (void *search, const PGresult *page, bool *is_found);
	void	   *search;			/* theirs */
	const WfBuffer *error;
} TablePages;

/* False with fault filled in if a page could not be read or looked at. */
extern bool table_pages_search(const TablePages *pages, SourceFault *fault);

extern WfSlice table_page_field(const PGresult *page, int row, int column);

/* The table whose schema and name stand in a row from `column` on; it has none above. */
extern WfRuleTable table_page_table(const PGresult *page, int row, int column,
									const Config *config);

#endif							/* WALFERRY_SOURCE_TABLE_PAGES_H */
