/*
 * connect.h
 *		Connections to PostgreSQL: one that replicates, and ordinary ones.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONNECT_H
#define WALFERRY_CONNECT_H

#include <libpq-fe.h>

#include "query.h"
#include "shipper/config.h"

/* The application_name of a connection that replicates. */
#define SOURCE_WALSENDER_NAME "walferry"

typedef enum ConnectionKind
{
	CONNECTION_REPLICATION,		/* replication=database */
	CONNECTION_ORDINARY			/* reads only */
} ConnectionKind;

/*
 * Connects as the configuration says, with client_encoding UTF8, the settings that the
 * text of values depends on (connect.c), and the password as it is now.  For the caller
 * to PQfinish(); non-blocking.  NULL with fault filled in: where somebody can mend it,
 * with the next step.  turn may be NULL; it waits while the password is got.
 */
extern PGconn *source_connect(const Config *config, ConnectionKind kind, SourceTurn turn,
							  void *context, SourceFault *fault);

/*
 * The ordinary connection, which reads the catalogue.  Its transactions are read only,
 * row security is an error and not a gap, and it waits for locks for seconds only.
 * lc_monetary is the database's, so that it can be asked for.
 */
extern PGconn *source_connect_ordinary(const Config *config, SourceTurn turn, void *context,
									   SourceFault *fault);

/*
 * A libpq notice receiver, which connections have from the start: warnings and notices
 * of the server, and libpq's own, go into the log like all else, so that a log of JSON
 * lines stays one.  context is not used.
 */
extern void source_log_notice(void *context, const PGresult *notice);

#endif							/* WALFERRY_CONNECT_H */
