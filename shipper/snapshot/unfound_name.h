/*
 * unfound_name.h
 *		Why a table that --table names is not read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SNAPSHOT_UNFOUND_NAME_H
#define WALFERRY_SNAPSHOT_UNFOUND_NAME_H

#include "shipper/config.h"
#include "shipper/source/query.h"

typedef struct UnfoundName
{
	const Config *config;
	const char *publication;	/* that pgoutput reads; NULL: publication.filter, or
								 * all tables */
	const char *name;			/* as the command line has it */
	bool		is_left_out;	/* it is a table's, which the lists leave out */
} UnfoundName;

/*
 * Fills the fault in: which of the reasons it is, and the next step.  tables: a query whose
 * first of ten columns is the OID of each table that may be read as far as the lists go.
 */
extern void unfound_name_explain(const UnfoundName *unfound, WfSlice tables, PGconn *connection,
								 SourceFault *fault);

#endif							/* WALFERRY_SNAPSHOT_UNFOUND_NAME_H */
