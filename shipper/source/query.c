/*
 * query.c
 *		Commands to PostgreSQL on a connection where nothing blocks for ever.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "query.h"

#include <inttypes.h>
#include <poll.h>

#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/status.h"

#define POLL_SLICE_MS 1000

/* A command that is waited for. */
typedef struct Waiting
{
	PGconn	   *connection;
	int64_t		timeout_ms;		/* 0: none */
	SourceTurn	turn;
	void	   *context;
	SourceFault *fault;
} Waiting;

bool
source_wait(PGconn *connection, bool for_write, int64_t timeout_ms)
{
	struct pollfd descriptors[2] = {
		{.fd = PQsocket(connection), .events = for_write ? POLLOUT : POLLIN},
		{.fd = control_stop_fd(), .events = POLLIN}
	};

	if (timeout_ms > POLL_SLICE_MS)
		timeout_ms = POLL_SLICE_MS;
	if (timeout_ms < 0)
		timeout_ms = 0;

	/*
	 * waiting here, for a slot's creation even for hours, is no reason to be
	 * killed
	 */
	status_beat(LEG_CAPTURE);
	return poll(descriptors, 2, (int) timeout_ms) > 0 && descriptors[0].revents != 0;
}

bool
source_take_turn(SourceTurn turn, void *context, SourceFault *fault)
{
	if (turn == NULL)
		return true;
	fault->text[0] = '\0';
	if (turn(context))
		return true;
	if (fault->text[0] != '\0')
		return false;
	if (control_stop() != CONTROL_RUN)
		source_fault_stopped(fault);
	else
		source_fault(fault, false, "the replication connection broke while another one was waited for");
	return false;
}

/* Waits until PQgetResult() will not block.  False with the fault filled in. */
static bool
wait_for_result(const Waiting *waiting)
{
	PGconn	   *connection = waiting->connection;
	int64_t		begun = control_now_ms();

	while (PQisBusy(connection))
	{
		int			unsent;

		if (control_stop() != CONTROL_RUN)
		{
			source_fault_stopped(waiting->fault);
			return false;
		}
		if (waiting->timeout_ms > 0 && control_now_ms() - begun >= waiting->timeout_ms)
		{
			source_fault(waiting->fault, false, "PostgreSQL did not answer a command within %"
						 PRId64 " s", waiting->timeout_ms / 1000);
			return false;
		}
		if (!source_take_turn(waiting->turn, waiting->context, waiting->fault))
			return false;
		unsent = PQflush(connection);
		if (unsent >= 0)
			(void) source_wait(connection, unsent > 0, POLL_SLICE_MS);
		if (unsent < 0 || !PQconsumeInput(connection))
		{
			source_fault_from_connection(waiting->fault, connection);
			return false;
		}
	}
	return true;
}

static bool
begins_copy(const PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	return status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT || status == PGRES_COPY_IN;
}

/*
 * A right on the catalogue is missing that all roles have, unless somebody has revoked it:
 * which, and how it is given back.  PostgreSQL tells the object in its message only; in
 * another language than English that has to do.
 */
static void
explain_revoked(const Waiting *waiting, const PGresult *result)
{
	static const struct
	{
		const char *said;
		const char *right;
		const char *on;
	}			objects[] = {
		{"permission denied for table pg_", "SELECT", "pg_catalog.pg_"},
		{"permission denied for view pg_", "SELECT", "pg_catalog.pg_"},
		{"permission denied for function pg_", "EXECUTE", "FUNCTION pg_catalog.pg_"},
		{"permission denied for schema pg_", "USAGE", "SCHEMA pg_"},
	};
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *role = PQuser(waiting->connection);
	SourceFault *fault = waiting->fault;
	SourceFault said = *fault;

	for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]) && message != NULL; i++)
	{
		size_t		length = strlen(objects[i].said);

		if (strncmp(message, objects[i].said, length) != 0)
			continue;
		source_fault(fault, true, "role \"%s\" lacks a right on PostgreSQL's catalogue that all roles have "
					 "by default: as a superuser run GRANT %s ON %s%s TO \"%s\"; (%s)", role,
					 objects[i].right, objects[i].on, message + length, role, message);
		memcpy(fault->sqlstate, said.sqlstate, sizeof(fault->sqlstate));
		fault->in_callback = said.in_callback;
		return;
	}
}

/* Whether this is what a command is to end with; else the fault is filled in. */
static bool
is_well(const Waiting *waiting, const PGresult *result)
{
	switch (PQresultStatus(result))
	{
		case PGRES_TUPLES_OK:
		case PGRES_COMMAND_OK:
		case PGRES_COPY_BOTH:
			return true;
		default:
			source_fault_from_result(waiting->fault, result);
			explain_revoked(waiting, result);
			return false;
	}
}

static bool
begin(const Waiting *waiting, const char *command)
{
	if (PQsendQuery(waiting->connection, command))
		return true;
	source_fault_from_connection(waiting->fault, waiting->connection);
	return false;
}

bool
source_await_result(PGconn *connection, int64_t timeout_ms, SourceFault *fault)
{
	Waiting		waiting = {connection, timeout_ms, NULL, NULL, fault};

	return wait_for_result(&waiting);
}

PGresult *
source_query(PGconn *connection, const char *command, int64_t timeout_ms, SourceTurn turn,
			 void *context, SourceFault *fault)
{
	Waiting		waiting = {connection, timeout_ms, turn, context, fault};
	PGresult   *result = NULL;

	if (!begin(&waiting, command))
		return NULL;
	for (;;)
	{
		PGresult   *next;

		if (!wait_for_result(&waiting))
		{
			PQclear(result);
			return NULL;
		}
		next = PQgetResult(connection);
		if (next == NULL)
			break;

		/* one command has one result, but an error may follow it */
		if (result == NULL || PQresultStatus(next) == PGRES_FATAL_ERROR)
		{
			PQclear(result);
			result = next;
		}
		else
			PQclear(next);
		if (begins_copy(result))
			break;
	}
	if (result == NULL)
	{
		source_fault_from_connection(fault, connection);
		return NULL;
	}
	if (!is_well(&waiting, result))
	{
		PQclear(result);
		return NULL;
	}
	return result;
}

PGresult *
source_run(PGconn *connection, WfBuffer *command, int64_t timeout_ms, SourceTurn turn,
		   void *context, SourceFault *fault)
{
	PGresult   *result = NULL;

	wf_buffer_append_char(command, '\0');
	if (command->error == WF_BUFFER_OK)
		result = source_query(connection, command->data, timeout_ms, turn, context, fault);
	else
		source_fault(fault, false, "a command to PostgreSQL would have passed %zu bytes",
					 command->ceiling);
	heap_buffer_free(command);
	return result;
}

void
source_results_clear(SourceResults *results)
{
	for (int i = 0; i < results->count; i++)
		PQclear(results->results[i]);
	results->count = 0;
}

/*
 * Takes all results, and of those that are no use the first one's fault.  *given_up: the
 * wait for them ended early.
 */
static bool
collect_results(const Waiting *waiting, SourceResults *results, bool *given_up)
{
	bool		ok = true;
	SourceFault later;
	Waiting		further = *waiting;

	for (;;)
	{
		PGresult   *next;

		*given_up = !wait_for_result(&further);
		if (*given_up)
			return false;
		next = PQgetResult(waiting->connection);
		if (next == NULL)
			return ok;
		if (ok && results->count == SOURCE_RESULTS_MAX)
		{
			source_fault(waiting->fault, true, "a string of commands to PostgreSQL had more than %d "
						 "results", SOURCE_RESULTS_MAX);
			ok = false;
		}
		else if (ok && !is_well(waiting, next))
			ok = false;
		if (ok)
			results->results[results->count++] = next;
		else
		{
			*given_up = begins_copy(next);
			PQclear(next);
			if (*given_up)
				return false;

			/* what is wrong with the rest does not matter any more */
			further.fault = &later;
		}
	}
}

bool
source_query_all(PGconn *connection, const char *commands, int64_t timeout_ms, SourceTurn turn,
				 void *context, SourceResults *results, SourceFault *fault)
{
	Waiting		waiting = {connection, timeout_ms, turn, context, fault};
	bool		given_up = false;
	SourceFault rollback;

	results->count = 0;
	if (!begin(&waiting, commands))
		return false;
	if (collect_results(&waiting, results, &given_up))
		return true;
	source_results_clear(results);
	if (!given_up && PQtransactionStatus(connection) != PQTRANS_IDLE)
		PQclear(source_query(connection, "ROLLBACK", timeout_ms, turn, context, &rollback));
	return false;
}
