/*
 * table_build.h
 *		What is known while a table is being made: between table.c and table_shape.c.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_TABLE_BUILD_H
#define WALFERRY_PGOUTPUT_TABLE_BUILD_H

#include "table.h"

typedef struct TableBuild
{
	const TableMaker *maker;
	const PgoutputRelation *message;
	CatalogueAnswer answer;
	PgoutputTable *table;
	WfColumn   *columns;
	bool		has_dropped_type;
	int		   *rows;			/* per column: its row of CATALOGUE_COLUMNS, or -1 */
	SourceFault *fault;
} TableBuild;

/*
 * Describes columns, comments, key and replica identity by the message and the answer.
 * The table's room for them is there.  For want of memory the arena fails.
 */
extern void table_shape_describe(TableBuild *build);

#endif							/* WALFERRY_PGOUTPUT_TABLE_BUILD_H */
