/*
 * copy_out.c
 *		A COPY ... TO STDOUT that is read row by row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "copy_out.h"

#include "shipper/control.h"
#include "shipper/heap_buffer.h"

#define WAIT_MS 1000

/* Takes the turn while something is waited for.  False with fault filled in. */
static bool
wait_for_more(PGconn *connection, SourceTurn turn, void *context, SourceFault *fault)
{
	int			unsent = PQflush(connection);

	fault->text[0] = '\0';
	if (control_stop() != CONTROL_RUN || !turn(context))
	{
		if (fault->text[0] == '\0')
			source_fault_stopped(fault);
		return false;
	}
	if (unsent >= 0)
		(void) source_wait(connection, unsent > 0, WAIT_MS);
	if (unsent >= 0 && PQconsumeInput(connection))
		return true;
	source_fault_from_connection(fault, connection);
	return false;
}

/* The next result, which may take long: the server plans the query.  NULL: none, or a fault. */
static PGresult *
next_result(PGconn *connection, SourceTurn turn, void *context, SourceFault *fault, bool *well)
{
	*well = true;
	while (PQisBusy(connection))
	{
		*well = wait_for_more(connection, turn, context, fault);
		if (!*well)
			return NULL;
	}
	return PQgetResult(connection);
}

/* Takes what is behind an error, so that the connection can be used. */
static void
drain(PGconn *connection, SourceTurn turn, void *context)
{
	SourceFault unimportant;
	PGresult   *result;
	bool		well;

	while ((result = next_result(connection, turn, context, &unimportant, &well)) != NULL)
		PQclear(result);
}

bool
copy_out_begin(PGconn *connection, WfBuffer *command, SourceTurn turn, void *context,
			   SourceFault *fault)
{
	PGresult   *result = NULL;
	bool		well = false;

	wf_buffer_append_char(command, '\0');
	if (command->error != WF_BUFFER_OK)
		source_fault(fault, false, "a command to PostgreSQL would have passed %zu bytes",
					 command->ceiling);
	else if (!PQsendQuery(connection, command->data))
		source_fault_from_connection(fault, connection);
	else
		result = next_result(connection, turn, context, fault, &well);
	heap_buffer_free(command);
	if (!well)
		return false;
	if (PQresultStatus(result) == PGRES_COPY_OUT)
	{
		PQclear(result);
		return true;
	}
	if (result != NULL)
		source_fault_from_result(fault, result);
	else
		source_fault_from_connection(fault, connection);
	PQclear(result);
	drain(connection, turn, context);
	return false;
}

/* How the COPY ended. */
static CopyOut
end(PGconn *connection, SourceTurn turn, void *context, SourceFault *fault)
{
	bool		well;
	PGresult   *result = next_result(connection, turn, context, fault, &well);
	bool		is_complete = PQresultStatus(result) == PGRES_COMMAND_OK;

	if (!well)
		return COPY_OUT_FAILED;
	if (!is_complete && result != NULL)
		source_fault_from_result(fault, result);
	else if (!is_complete)
		source_fault_from_connection(fault, connection);
	PQclear(result);
	drain(connection, turn, context);
	return is_complete ? COPY_OUT_ENDED : COPY_OUT_FAILED;
}

CopyOut
copy_out_next(PGconn *connection, char **message, size_t *length, SourceTurn turn, void *context,
			  SourceFault *fault)
{
	for (;;)
	{
		int			got = PQgetCopyData(connection, message, 1);

		if (got > 0)
		{
			*length = (size_t) got;
			return COPY_OUT_MESSAGE;
		}
		if (got == -1)
			return end(connection, turn, context, fault);
		if (got < -1)
		{
			source_fault_from_connection(fault, connection);
			return COPY_OUT_FAILED;
		}
		if (!wait_for_more(connection, turn, context, fault))
			return COPY_OUT_FAILED;
	}
}
