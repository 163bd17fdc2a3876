/*
 * replication.c
 *		A replication connection to PostgreSQL, on which nothing blocks for ever.
 *
 * libpq keeps what it has read and not handed out; it reads more only when
 * asked (PQconsumeInput), so a caller that stops receiving stops the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "replication.h"

#include <endian.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/status.h"

#define WAITING_EVERY_MS 5000
#define POLL_SLICE_MS 1000

/* Seconds between 1970 and 2000, the server's epoch (datatype/timestamp.h) */
#define POSTGRES_EPOCH_SECONDS 946684800

/* type, start of the WAL data, wal end, time (protocol, XLogData) */
#define DATA_HEADER_BYTES (1 + 8 + 8 + 8)

/* type, wal end, time, reply requested (protocol, primary keepalive) */
#define KEEPALIVE_BYTES (1 + 8 + 8 + 1)

/* type, received, flushed, applied, time, reply requested (standby status update) */
#define FEEDBACK_BYTES (1 + 8 + 8 + 8 + 8 + 1)

bool
replication_wait(PGconn *connection, bool for_write, int64_t timeout_ms)
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

void
replication_close(Replication *replication)
{
	if (replication->copy_data != NULL)
		PQfreemem(replication->copy_data);
	if (replication->connection != NULL)
		PQfinish(replication->connection);
	replication->copy_data = NULL;
	replication->connection = NULL;
}

/* ---- commands ----------------------------------------------------------- */

/* Waits until PQgetResult() will not block.  False with fault filled in. */
static bool
wait_for_result(Replication *replication, int64_t timeout_ms, void (*waiting) (int64_t),
				SourceFault *fault)
{
	PGconn	   *connection = replication->connection;
	int64_t		begun = control_now_ms();
	int64_t		told = begun;

	while (PQisBusy(connection))
	{
		int64_t		now = control_now_ms();
		int			unsent;

		if (control_stop() != CONTROL_RUN)
		{
			source_fault_stopped(fault);
			return false;
		}
		if (timeout_ms > 0 && now - begun >= timeout_ms)
		{
			source_fault(fault, false, "PostgreSQL did not answer a command within %" PRId64 " s",
						 timeout_ms / 1000);
			return false;
		}
		if (waiting != NULL && now - told >= WAITING_EVERY_MS)
		{
			told = now;
			waiting(now - begun);
		}
		unsent = PQflush(connection);
		if (unsent < 0)
		{
			source_fault_from_connection(fault, connection);
			return false;
		}
		(void) replication_wait(connection, unsent > 0, POLL_SLICE_MS);
		if (!PQconsumeInput(connection))
		{
			source_fault_from_connection(fault, connection);
			return false;
		}
	}
	return true;
}

PGresult *
replication_query(Replication *replication, const char *command, int64_t timeout_ms,
				  void (*waiting) (int64_t waited_ms), SourceFault *fault)
{
	PGresult   *result = NULL;
	PGresult   *next;
	ExecStatusType status;

	if (!PQsendQuery(replication->connection, command))
	{
		source_fault_from_connection(fault, replication->connection);
		return NULL;
	}
	for (;;)
	{
		if (!wait_for_result(replication, timeout_ms, waiting, fault))
		{
			PQclear(result);
			return NULL;
		}
		next = PQgetResult(replication->connection);
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
		status = PQresultStatus(result);
		if (status == PGRES_COPY_BOTH || status == PGRES_COPY_OUT || status == PGRES_COPY_IN)
			break;
	}
	if (result == NULL)
	{
		source_fault_from_connection(fault, replication->connection);
		return NULL;
	}
	status = PQresultStatus(result);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_COPY_BOTH)
	{
		source_fault_from_result(fault, result);
		PQclear(result);
		return NULL;
	}
	return result;
}

PGresult *
replication_run(Replication *replication, WfBuffer *command, int64_t timeout_ms,
				void (*waiting) (int64_t waited_ms), SourceFault *fault)
{
	PGresult   *result = NULL;

	wf_buffer_append_char(command, '\0');
	if (command->error == WF_BUFFER_OK)
		result = replication_query(replication, command->data, timeout_ms, waiting, fault);
	else
		source_fault(fault, false, "a command to PostgreSQL would have passed %zu bytes",
					 command->ceiling);
	heap_buffer_free(command);
	return result;
}

bool
replication_start(Replication *replication, const char *command, SourceFault *fault)
{
	PGresult   *result = replication_query(replication, command, REPLICATION_QUERY_TIMEOUT_MS,
										   NULL, fault);
	bool		streaming;

	if (result == NULL)
		return false;
	streaming = PQresultStatus(result) == PGRES_COPY_BOTH;
	PQclear(result);
	if (!streaming)
		source_fault(fault, false, "PostgreSQL did not begin to stream after START_REPLICATION");
	return streaming;
}

/* ---- the stream --------------------------------------------------------- */

static uint64_t
read_uint64(const char *bytes)
{
	uint64_t	value;

	memcpy(&value, bytes, sizeof(value));
	return be64toh(value);
}

/* Why the stream ended: an error, or the server's CommandComplete. */
static void
receive_end(Replication *replication, ReplicationMessage *message, SourceFault *fault)
{
	PGresult   *result = NULL;

	message->kind = REPLICATION_FAILED;
	if (!wait_for_result(replication, REPLICATION_QUERY_TIMEOUT_MS, NULL, fault))
		return;
	result = PQgetResult(replication->connection);
	if (result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR)
		source_fault_from_result(fault, result);
	else if (result == NULL)
		source_fault_from_connection(fault, replication->connection);
	else
	{
		source_fault(fault, false, "PostgreSQL ended the replication stream (it is shutting down)");
		message->kind = REPLICATION_ENDED;
	}
	PQclear(result);
}

/* The message in copy_data, length bytes. */
static void
parse_message(const char *data, int length, ReplicationMessage *message, SourceFault *fault)
{
	if (data[0] == 'w' && length >= DATA_HEADER_BYTES)
	{
		message->kind = REPLICATION_DATA;
		message->start_lsn = read_uint64(data + 1);
		message->wal_end = read_uint64(data + 9);
		message->payload = wf_slice(data + DATA_HEADER_BYTES, (size_t) length - DATA_HEADER_BYTES);
	}
	else if (data[0] == 'k' && length >= KEEPALIVE_BYTES)
	{
		message->kind = REPLICATION_KEEPALIVE;
		message->wal_end = read_uint64(data + 1);
		message->reply_requested = data[KEEPALIVE_BYTES - 1] != 0;
	}
	else
	{
		message->kind = REPLICATION_FAILED;
		source_fault(fault, false, "PostgreSQL sent a replication message of type %d and %d bytes, "
					 "which is not understood", (unsigned char) data[0], length);
	}
}

void
replication_receive(Replication *replication, ReplicationMessage *message, SourceFault *fault)
{
	PGconn	   *connection = replication->connection;
	int			length;

	memset(message, 0, sizeof(*message));
	message->kind = REPLICATION_NOTHING;
	if (replication->copy_data != NULL)
	{
		PQfreemem(replication->copy_data);
		replication->copy_data = NULL;
	}

	length = PQgetCopyData(connection, &replication->copy_data, 1);
	if (length == 0)
	{
		if (!PQconsumeInput(connection))
		{
			message->kind = REPLICATION_FAILED;
			source_fault_from_connection(fault, connection);
			return;
		}
		length = PQgetCopyData(connection, &replication->copy_data, 1);
	}
	if (length == 0)
		return;
	if (length == -1)
		receive_end(replication, message, fault);
	else if (length < 0)
	{
		message->kind = REPLICATION_FAILED;
		source_fault_from_connection(fault, connection);
	}
	else
		parse_message(replication->copy_data, length, message, fault);
}

static void
put_uint64(char *bytes, uint64_t value)
{
	value = htobe64(value);
	memcpy(bytes, &value, sizeof(value));
}

bool
replication_flush(Replication *replication)
{
	int			unsent = PQflush(replication->connection);

	replication->write_pending = unsent > 0;
	return unsent >= 0;
}

bool
replication_feedback(Replication *replication, uint64_t received, uint64_t confirmed)
{
	char		message[FEEDBACK_BYTES];
	struct timeval now;

	/* a server that does not even take 34 bytes will get the next one */
	if (replication->write_pending)
		return replication_flush(replication);

	gettimeofday(&now, NULL);
	message[0] = 'r';
	put_uint64(message + 1, received);
	put_uint64(message + 9, confirmed);
	put_uint64(message + 17, confirmed);
	put_uint64(message + 25, (uint64_t) (((int64_t) now.tv_sec - POSTGRES_EPOCH_SECONDS) * 1000000 +
										 now.tv_usec));
	message[33] = 0;
	if (PQputCopyData(replication->connection, message, sizeof(message)) < 0)
		return false;
	return replication_flush(replication);
}

void
replication_end(Replication *replication, int64_t timeout_ms)
{
	PGconn	   *connection = replication->connection;
	int64_t		deadline = control_now_ms() + timeout_ms;
	struct pollfd descriptor = {.fd = PQsocket(connection), .events = POLLIN};

	if (PQputCopyEnd(connection, NULL) < 0)
		return;
	while (control_stop() != CONTROL_NOW && control_now_ms() < deadline)
	{
		char	   *data = NULL;
		int			length = PQgetCopyData(connection, &data, 1);

		if (length > 0)
		{
			PQfreemem(data);
			continue;
		}
		if (length < 0)
			return;
		if (PQflush(connection) < 0)
			return;

		/* the stop descriptor is readable already, so it cannot be waited with */
		(void) poll(&descriptor, 1, 100);
		if (!PQconsumeInput(connection))
			return;
	}
}

bool
replication_parse_lsn(const char *text, uint64_t *lsn)
{
	unsigned	high;
	unsigned	low;

	if (sscanf(text, LSN_FORMAT, &high, &low) != 2)
		return false;
	*lsn = (uint64_t) high << 32 | low;
	return true;
}

/* ---- quoting ------------------------------------------------------------ */

static void
quote(WfBuffer *buffer, const char *text, char mark)
{
	wf_buffer_append_char(buffer, mark);
	for (const char *p = text; *p != '\0'; p++)
	{
		if (*p == mark)
			wf_buffer_append_char(buffer, mark);
		wf_buffer_append_char(buffer, *p);
	}
	wf_buffer_append_char(buffer, mark);
}

/* PostgreSQL, repl_scanner.l: a doubled mark stands for itself, nothing else is special */
void
replication_quote_name(WfBuffer *buffer, const char *name)
{
	quote(buffer, name, '"');
}

void
replication_quote_text(WfBuffer *buffer, const char *text)
{
	quote(buffer, text, '\'');
}
