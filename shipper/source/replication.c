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

#include "connect.h"
#include "shipper/control.h"

#define WAITING_EVERY_MS 5000

/* Seconds between 1970 and 2000, the server's epoch (datatype/timestamp.h) */
#define POSTGRES_EPOCH_SECONDS 946684800

/* type, start of the WAL data, wal end, time (protocol, XLogData) */
#define DATA_HEADER_BYTES (1 + 8 + 8 + 8)

/* type, wal end, time, reply requested (protocol, primary keepalive) */
#define KEEPALIVE_BYTES (1 + 8 + 8 + 1)

/* type, received, flushed, applied, time, reply requested (standby status update) */
#define FEEDBACK_BYTES (1 + 8 + 8 + 8 + 8 + 1)

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

/* ---- coming about ------------------------------------------------------- */

static bool
learn_about_server(Replication *replication, SourceFault *fault)
{
	PGresult   *result = replication_query(replication, "IDENTIFY_SYSTEM",
										   REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
	bool		ok;

	if (result == NULL)
		return false;
	ok = PQntuples(result) == 1 && PQnfields(result) >= 3 &&
		replication_parse_lsn(PQgetvalue(result, 0, 2), &replication->server_lsn);
	if (ok)
	{
		replication->system_id = strtoull(PQgetvalue(result, 0, 0), NULL, 10);
		replication->timeline = (uint32_t) strtoul(PQgetvalue(result, 0, 1), NULL, 10);
	}
	PQclear(result);
	if (!ok)
	{
		source_fault(fault, false, "PostgreSQL's answer to IDENTIFY_SYSTEM is not understood");
		return false;
	}

	result = replication_query(replication,
							   "SELECT setting FROM pg_catalog.pg_settings"
							   " WHERE name = 'wal_sender_timeout'",
							   REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
	if (result == NULL)
		return false;
	replication->wal_sender_timeout_ms = PQntuples(result) == 1 ?
		strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 60000;
	PQclear(result);
	return true;
}

/*
 * From PostgreSQL 18 on pgoutput passes over the changes that were made while its
 * publication was not there, with a warning of this SQLSTATE, the only one that it has;
 * before it is an error.  (pgoutput.c, LoadPublications())
 */
static void
on_notice(void *context, const PGresult *notice)
{
	Replication *replication = context;
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);

	if (replication->plugin == CONFIG_PLUGIN_PGOUTPUT && severity != NULL && sqlstate != NULL &&
		strcmp(severity, "WARNING") == 0 && strcmp(sqlstate, "55000") == 0)
		replication->publication_missed = true;
	source_log_notice(NULL, notice);
}

bool
replication_connect(Replication *replication, const Config *config, SourceFault *fault)
{
	memset(replication, 0, sizeof(*replication));
	replication->connection = source_connect(config, CONNECTION_REPLICATION, NULL, NULL,
											 fault);
	if (replication->connection == NULL)
		return false;
	PQsetNoticeReceiver(replication->connection, on_notice, replication);
	replication->server_version = PQserverVersion(replication->connection);
	if (!learn_about_server(replication, fault))
	{
		replication_close(replication);
		return false;
	}
	return true;
}

bool
replication_pin_money(Replication *replication, SourceFault *fault)
{
	PGresult   *result = replication_query(replication, "SET lc_monetary = 'C'",
										   REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);

	PQclear(result);
	return result != NULL;
}

/* ---- commands ----------------------------------------------------------- */

/* When somebody who waits was last told of it. */
typedef struct Told
{
	void		(*waiting) (int64_t waited_ms);
	int64_t		begun_ms;
	int64_t		told_ms;
} Told;

static bool
tell_of_wait(void *context)
{
	Told	   *told = context;
	int64_t		now = control_now_ms();

	if (now - told->told_ms >= WAITING_EVERY_MS)
	{
		told->told_ms = now;
		told->waiting(now - told->begun_ms);
	}
	return true;
}

PGresult *
replication_query(Replication *replication, const char *command, int64_t timeout_ms,
				  void (*waiting) (int64_t waited_ms), SourceFault *fault)
{
	Told		told = {waiting, control_now_ms(), control_now_ms()};

	return source_query(replication->connection, command, timeout_ms,
						waiting != NULL ? tell_of_wait : NULL, &told, fault);
}

PGresult *
replication_run(Replication *replication, WfBuffer *command, int64_t timeout_ms,
				void (*waiting) (int64_t waited_ms), SourceFault *fault)
{
	Told		told = {waiting, control_now_ms(), control_now_ms()};

	return source_run(replication->connection, command, timeout_ms,
					  waiting != NULL ? tell_of_wait : NULL, &told, fault);
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
	if (!source_await_result(replication->connection, REPLICATION_QUERY_TIMEOUT_MS, fault))
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
	if (replication->publication_missed)
	{
		/* libpq handed the warning out in its place between the messages */
		message->kind = REPLICATION_FAILED;
		source_fault(fault, true, "PostgreSQL warns that its plugin pgoutput passes over changes, because "
					 "the publication was not there when they were made");
		snprintf(fault->sqlstate, sizeof(fault->sqlstate), "42704");
		fault->in_callback = true;
	}
	else if (length == 0)
		return;
	else if (length == -1)
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
replication_feedback(Replication *replication, uint64_t received, uint64_t confirmed,
					 bool wants_answer)
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
	message[33] = wants_answer;
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
