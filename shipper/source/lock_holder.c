/*
 * lock_holder.c
 *		Who keeps questions to the catalogue waiting.
 *
 * What reads takes AccessShareLock, with which only AccessExclusiveLock conflicts: VACUUM FULL,
 * CLUSTER and REINDEX of the catalogue take that, and LOCK does.  pg_locks shows all to all; what
 * somebody else's session does it shows without pg_read_all_stats not.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "lock_holder.h"

#include <stdio.h>

enum
{
	HOLDER_PID,					/* NULL: a prepared transaction */
	HOLDER_TABLE,
	HOLDER_APPLICATION,			/* NULL: not shown */
	HOLDER_STATE
};

/* FirstNormalObjectId is 16384; a shared table's lock has 0 for a database. */
static const char question[] =
	"SELECT l.pid, l.relation::regclass, a.application_name, a.state FROM pg_locks l"
	" LEFT JOIN pg_stat_activity a ON a.pid = l.pid WHERE l.locktype = 'relation' AND l.granted"
	" AND l.mode = 'AccessExclusiveLock' AND l.relation::bigint < 16384 AND l.database IN"
	" (0, (SELECT oid FROM pg_database WHERE datname = current_database()))"
	" ORDER BY a.xact_start LIMIT 1";

static void
describe(const PGresult *holder, char *text, size_t size)
{
	const char *pid = PQgetvalue(holder, 0, HOLDER_PID);
	const char *table = PQgetvalue(holder, 0, HOLDER_TABLE);

	if (PQgetisnull(holder, 0, HOLDER_PID))
		snprintf(text, size, "a prepared transaction holds AccessExclusiveLock on %s: COMMIT PREPARED or "
				 "ROLLBACK PREPARED ends it (pg_prepared_xacts)", table);
	else if (PQgetisnull(holder, 0, HOLDER_STATE))
		snprintf(text, size, "the session with pid %s holds AccessExclusiveLock on %s: let it end, or run "
				 "SELECT pg_terminate_backend(%s)", pid, table, pid);
	else
		snprintf(text, size, "the session with pid %s (application_name \"%s\", %s) holds "
				 "AccessExclusiveLock on %s: let it end, or run SELECT pg_terminate_backend(%s)", pid,
				 PQgetvalue(holder, 0, HOLDER_APPLICATION), PQgetvalue(holder, 0, HOLDER_STATE),
				 table, pid);
}

bool
lock_holder_describe(PGconn *connection, SourceTurn turn, void *context, char *text, size_t size,
					 SourceFault *fault)
{
	PGresult   *holder = source_query(connection, question, SOURCE_QUERY_TIMEOUT_MS, turn, context,
									  fault);

	if (holder != NULL && PQntuples(holder) > 0)
		describe(holder, text, size);
	else
		snprintf(text, size, "look in pg_locks for AccessExclusiveLock on its tables, and whether the "
				 "server is overloaded");
	PQclear(holder);
	return holder != NULL || source_fault_is_cancelled(fault);
}
