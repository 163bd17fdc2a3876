/*
 * extension.h
 *		Rows rendered by walferry.render() of the extension.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SNAPSHOT_EXTENSION_H
#define WALFERRY_SNAPSHOT_EXTENSION_H

#include "envelope/event.h"
#include "tables.h"

/*
 * Whether rows are to be rendered by the extension: if it is there, of this version, and
 * may be called.  If it is there and cannot be used, that is a warning; unless the server
 * has a policy, which only the extension heeds: then, and if that cannot be asked, false
 * with fault filled in.
 */
extern bool extension_decide(PGconn *connection, const Config *config, bool *by_extension,
							 SourceFault *fault);

/* What a row's rendering depends on, beside the configuration. */
typedef struct ExtensionRead
{
	const Config *config;
	WfOutput	output;
	const char *publication;	/* that pgoutput reads; NULL: none */
	uint64_t	lsn;
	uint64_t	chunk;
	uint64_t	row;			/* of the first that is read */
	WfSnapshotMark mark;		/* likewise; of others TRUE */
	const char *ctid;			/* of the only one that is read; NULL: all */
} ExtensionRead;

/*
 * The COPY, in the binary format, of a table's rows: ctid, and what walferry.render()
 * gives, which is NULL for a row that is not published.
 */
extern void extension_put_copy(WfBuffer *command, const SnapshotTable *table,
							   const ExtensionRead *read);

#endif							/* WALFERRY_SNAPSHOT_EXTENSION_H */
