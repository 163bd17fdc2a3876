/*
 * table_pages.c
 *		All tables of the database, asked about page by page until one is found.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "table_pages.h"

#include <stdio.h>

bool
table_pages_search(const TablePages *pages, SourceFault *fault)
{
	char		after[32] = "0";
	bool		is_last = false;
	bool		is_found = false;

	while (!is_last && !is_found)
	{
		PGresult   *page = pages->read(pages->search, after, fault);
		bool		well;

		if (page == NULL)
			return false;
		well = pages->look(pages->search, page, &is_found);
		is_last = PQntuples(page) < pages->rows_max;
		if (!is_last)
			snprintf(after, sizeof(after), "%s",
					 PQgetvalue(page, PQntuples(page) - 1, PAGE_OID));
		PQclear(page);
		if (!well)
		{
			source_fault(fault, true, "%.*s", (int) pages->error->length, pages->error->data);
			return false;
		}
	}
	return true;
}

WfSlice
table_page_field(const PGresult *page, int row, int column)
{
	return wf_slice(PQgetvalue(page, row, column), (size_t) PQgetlength(page, row, column));
}

WfRuleTable
table_page_table(const PGresult *page, int row, int column, const Config *config)
{
	return (WfRuleTable)
	{
		wf_slice_of(config->database_dbname), table_page_field(page, row, column),
			table_page_field(page, row, column + 1), NULL
	};
}
