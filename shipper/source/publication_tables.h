/*
 * publication_tables.h
 *		The tables that a publication of the include and exclude lists has.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_PUBLICATION_TABLES_H
#define WALFERRY_SOURCE_PUBLICATION_TABLES_H

#include "replication.h"

/* A statement that names them all. */
#define PUBLICATION_TABLES_BYTES_MAX (16 * 1024 * 1024)

/* Lists for a statement: ONLY "schema"."table", ... */
typedef struct PublicationTables
{
	int			wanted;			/* tables that the lists let through */
	WfBuffer	all;			/* those */
	WfBuffer	missing;		/* of them, those that are not in the publication */
	WfBuffer	surplus;		/* those that are in it otherwise */
	WfBuffer	surplus_names;	/* the same to be shown: schema.table, ... */
} PublicationTables;

/*
 * publication_oid: as text; NULL: there is none yet.  A list that finds no room has its
 * buffer's error.  False with fault filled in if they cannot be asked for.  To be freed
 * in any case.
 */
extern bool publication_tables_read(PublicationTables *tables, Replication *replication,
									const Config *config, const char *publication_oid,
									SourceFault *fault);

extern void publication_tables_free(PublicationTables *tables);

#endif							/* WALFERRY_SOURCE_PUBLICATION_TABLES_H */
