/*
 * query.h
 *		Commands to PostgreSQL on a connection where nothing blocks for ever.
 *
 * For the replication connection and the ordinary one alike: a command is sent, and
 * its results are waited for in slices of a poll(2), which a stop request ends, and
 * between which the caller has its turn.
 *
 * After a wait that was given up (time, a stop request, the caller's turn) the server
 * may still be at work on the command: the connection is good for nothing but to be
 * closed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_QUERY_H
#define WALFERRY_QUERY_H

#include <libpq-fe.h>
#include <stdint.h>

#include "envelope/buffer.h"
#include "fault.h"

/* For commands that do little.  The server gives up before (statement_timeout, connect.c). */
#define SOURCE_QUERY_TIMEOUT_MS 30000

/* Results of one string of commands; BEGIN and COMMIT have one each. */
#define SOURCE_RESULTS_MAX 32

typedef struct SourceResults
{
	int			count;
	PGresult   *results[SOURCE_RESULTS_MAX];	/* in the order of the commands */
} SourceResults;

/*
 * What a caller does while it waits, at least once a second: feed back to the
 * replication connection, say.  False ends the wait; a fault whose text it filled in
 * stays, else the fault tells of a stop request if there was one, or else that the
 * replication connection broke.
 */
typedef bool (*SourceTurn) (void *context);

/* Gives the caller its turn (NULL: it wants none).  False with fault filled in. */
extern bool source_take_turn(SourceTurn turn, void *context, SourceFault *fault);

/*
 * Waits, for a second at most, until the socket is ready (for writing or else
 * for reading) or a stop is requested.  True: it is ready.
 */
extern bool source_wait(PGconn *connection, bool for_write, int64_t timeout_ms);

/*
 * Runs one command and gives its (single) result, for the caller to clear: rows, the
 * end of a command, or the begin of a COPY in both directions.  NULL with fault filled
 * in; permanent, with the GRANT, where a right on the catalogue was revoked.
 * timeout_ms 0: as long as it takes.  turn may be NULL.
 */
extern PGresult *source_query(PGconn *connection, const char *command, int64_t timeout_ms,
							  SourceTurn turn, void *context, SourceFault *fault);

/* The same with a command that was put together in a buffer, which is freed. */
extern PGresult *source_run(PGconn *connection, WfBuffer *command, int64_t timeout_ms,
							SourceTurn turn, void *context, SourceFault *fault);

/*
 * Runs a string of several commands, separated by semicolons, in one round trip and
 * gives the results of all, for source_results_clear().  False with fault filled in and
 * no results: one of them failed, and those behind it were not run.  A transaction that
 * failed is rolled back then, so the connection can be used again.
 */
extern bool source_query_all(PGconn *connection, const char *commands, int64_t timeout_ms,
							 SourceTurn turn, void *context, SourceResults *results,
							 SourceFault *fault);

extern void source_results_clear(SourceResults *results);

/* Waits until PQgetResult() will not block.  False with fault filled in. */
extern bool source_await_result(PGconn *connection, int64_t timeout_ms, SourceFault *fault);

#endif							/* WALFERRY_QUERY_H */
