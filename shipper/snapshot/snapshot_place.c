/*
 * snapshot_place.c
 *		Where in the WAL the rows of a snapshot stand.
 *
 * Whoever reads the topics takes the event with the higher position for the newer one, so
 * what has to hold is:
 *
 *		each transaction whose commit record begins before the place is seen by the snapshot
 *
 * Then a change that the rows lack stands behind them.  The other way round nothing need
 * hold: a change that the rows have, and that stands behind them, says the same once more,
 * or something newer.
 *
 * A transaction is not seen as soon as its commit record is in the WAL, but when it has left
 * the list of those that run, which a synchronous standby that is away can put off for
 * hours (RecordTransactionCommit(), SyncRepWaitForLSN()); logical decoding does not wait for
 * that.  So the place is asked for first, and before the snapshot is taken every
 * transaction that may have had its commit record by then has to end.  Each of those
 * holds the lock on its own number until after it can be seen (pg_locks, without a gap
 * also when it is prepared), and it is not waited for when, any time after the place was
 * found, it
 *
 *		belongs to another database;
 *		is not held by the same backend any more: it ended, or was prepared, so that its
 *		commit was still to come;
 *		is seen at something that nobody does between a commit record and the end: its client
 *		has its turn, or it waits for a lock, or for a page of a table.
 *
 * What is seen may be of another transaction of the same backend: then the one at hand has
 * ended, or begun after the place.
 *
 * Creating a slot waits for transactions, too, but for all that run, and twice; it takes a
 * slot and holds back what VACUUM cleans while it waits, which this does not.
 *
 * The place is as far as the WAL is on disk, not as far as it is written: after a crash it
 * goes on from there, and what comes then must not stand before the rows.
 *
 * On a standby a transaction is seen before its commit counts as replayed, so nothing has
 * to be waited for.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "snapshot_state.h"

#include <string.h>

#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/source/replication.h"
#include "shipper/status.h"

/* After so long it is told what is waited for, and again whenever so long has passed. */
#define TOLD_AFTER_MS 3000
#define TOLD_AGAIN_MS 60000

#define PAUSE_MS_MAX 250

enum
{
	PENDING_HOLDER,				/* the transaction, and the backend that runs it */
	PENDING_XID,
	PENDING_PID,				/* NULL: it is prepared */
	PENDING_GID,				/* of one that is prepared */
	PENDING_APPLICATION,
	PENDING_STATE,
	PENDING_WAIT_EVENT,
	PENDING_IS_HIDDEN			/* what it does is not shown to our role */
};

/* ---- the questions ---- */

static bool
ask_place(Snapshot *snapshot, bool *in_recovery, SourceFault *fault)
{
	PGresult   *result;
	bool		well;

	result = snapshot_ask(snapshot,
						  "SELECT r, CASE WHEN r THEN pg_last_wal_replay_lsn()"
						  " ELSE pg_current_wal_flush_lsn() END FROM pg_is_in_recovery() AS r", fault);
	if (result == NULL)
		return false;
	*in_recovery = PQgetvalue(result, 0, 0)[0] == 't';
	well = replication_parse_lsn(PQgetvalue(result, 0, 1), &snapshot->lsn);
	if (!well)
		source_fault(fault, false, "PostgreSQL gave \"%s\" for an LSN", PQgetvalue(result, 0, 1));
	PQclear(result);
	return well;
}

/*
 * Transactions that may have a commit record before the place and are not known to have
 * ended; of those that a question before this one found.  before: its answer; NULL: this
 * is the first.
 *
 * The lock of a subtransaction is its backend's, as the transaction's own is.  Others than
 * clients have states of their own making: a worker that applies a subscription calls
 * itself idle in transaction while it commits.
 */
static void
put_pending(WfBuffer *command, const PGresult *before)
{
	wf_buffer_append_literal(command,
							 "SELECT held.holder, held.xid, held.pid, p.gid,"
							 " a.application_name, a.state, a.wait_event,"
							 " a.pid IS NOT NULL AND a.backend_type IS NULL FROM ("
							 "SELECT virtualtransaction || ':' || coalesce(pid::text, '') AS holder, pid,"
							 " min(transactionid::text::bigint) AS xid FROM pg_locks"
							 " WHERE locktype = 'transactionid' AND granted"
							 " AND mode = 'ExclusiveLock' GROUP BY holder, pid) AS held"
							 " LEFT JOIN pg_stat_activity a ON a.pid = held.pid"
							 " LEFT JOIN pg_prepared_xacts p ON held.pid IS NULL"
							 " AND p.transaction::text = held.xid::text"
							 " WHERE coalesce(a.datname, p.database, current_database())"
							 " = current_database() AND NOT coalesce(a.backend_type = 'client backend'"
							 " AND (a.state IN ('idle in transaction', 'idle in transaction (aborted)')"
							 " OR a.wait_event_type = 'Lock'"
							 " OR a.wait_event IN ('ClientRead', 'DataFileRead')), false)");
	if (before != NULL)
	{
		wf_buffer_append_literal(command, " AND held.holder = ANY ('{");
		for (int row = 0; row < PQntuples(before); row++)
		{
			if (row > 0)
				wf_buffer_append_char(command, ',');
			wf_buffer_append_slice(command,
								   wf_slice_of(PQgetvalue(before, row, PENDING_HOLDER)));
		}
		wf_buffer_append_literal(command, "}')");
	}
	wf_buffer_append_literal(command, " ORDER BY held.xid");
}

/* Replaces the answer before by one of those that are still pending; NULL: the fault says why. */
static PGresult *
ask_pending(Snapshot *snapshot, PGresult *before, SourceFault *fault)
{
	WfBuffer	command;

	heap_buffer_init(&command, SNAPSHOT_COMMAND_BYTES_MAX);
	put_pending(&command, before);
	PQclear(before);
	return source_run(snapshot->connection, &command, 0, snapshot_take_turn, snapshot, fault);
}

/* ---- the wait ---- */

/* What can be done about the first of them. */
static const char *
next_step(const PGresult *pending)
{
	if (PQgetisnull(pending, 0, PENDING_PID))
		return "it is prepared: COMMIT PREPARED or ROLLBACK PREPARED ends it";
	if (strcmp(PQgetvalue(pending, 0, PENDING_WAIT_EVENT), "SyncRep") == 0)
		return "its commit waits for a synchronous standby: look at synchronous_standby_names and "
			"pg_stat_replication";
	if (PQgetvalue(pending, 0, PENDING_IS_HIDDEN)[0] == 't')
		return "what it does is not shown to our role, so it is waited for even if it is only idle: "
			"GRANT pg_read_all_stats, or wait until it ends";
	return "it goes on as soon as that is known not to be committing, or ends";
}

static void
tell_wait(const PGresult *pending, int64_t waited_ms)
{
	static const char message[] =
	"the snapshot waits for transactions to end that may have committed but are not seen yet: their "
	"changes may be in Kafka, and rows that are read now would lack them and yet stand behind them";

	status_set(LEG_CAPTURE, LEG_STARTING, message);
	log_write(LOG_LEVEL_WARNING, "snapshot", message,
			  log_int("transactions", PQntuples(pending)),
			  log_text("transaction", PQgetvalue(pending, 0, PENDING_XID)),
			  log_text("pid", PQgetvalue(pending, 0, PENDING_PID)),
			  log_text("prepared_as", PQgetvalue(pending, 0, PENDING_GID)),
			  log_text("application", PQgetvalue(pending, 0, PENDING_APPLICATION)),
			  log_text("state", PQgetvalue(pending, 0, PENDING_STATE)),
			  log_text("wait_event", PQgetvalue(pending, 0, PENDING_WAIT_EVENT)),
			  log_text("next_step", next_step(pending)),
			  log_int("seconds", waited_ms / 1000));
}

bool
snapshot_find_place(Snapshot *snapshot, SourceFault *fault)
{
	int64_t		begun_ms = control_now_ms();
	int64_t		tell_ms = begun_ms + TOLD_AFTER_MS;
	int64_t		pause_ms = 1;
	PGresult   *pending = NULL;
	bool		in_recovery;

	if (!ask_place(snapshot, &in_recovery, fault))
		return false;
	while (!in_recovery)
	{
		pending = ask_pending(snapshot, pending, fault);
		if (pending == NULL)
			return false;
		if (PQntuples(pending) == 0)
			break;
		if (control_now_ms() >= tell_ms)
		{
			tell_wait(pending, control_now_ms() - begun_ms);
			tell_ms = control_now_ms() + TOLD_AGAIN_MS;
		}
		(void) control_sleep(pause_ms);
		if (!source_take_turn(snapshot_take_turn, snapshot, fault))
		{
			PQclear(pending);
			return false;
		}
		pause_ms = pause_ms * 2 < PAUSE_MS_MAX ? pause_ms * 2 : PAUSE_MS_MAX;
	}
	PQclear(pending);
	return true;
}
