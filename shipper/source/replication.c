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

#include <ctype.h>
#include <endian.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/time.h>

#include "shipper/control.h"
#include "shipper/log.h"
#include "shipper/status.h"

#define CONNECT_TIMEOUT_MS 15000
#define QUERY_TIMEOUT_MS 30000
#define WAITING_EVERY_MS 5000
#define POLL_SLICE_MS 1000

/* Seconds between 1970 and 2000, the server's epoch (datatype/timestamp.h) */
#define POSTGRES_EPOCH_SECONDS 946684800

/* type, wal position, wal end, time (protocol, XLogData) */
#define DATA_HEADER_BYTES (1 + 8 + 8 + 8)

/* type, wal end, time, reply requested (protocol, primary keepalive) */
#define KEEPALIVE_BYTES (1 + 8 + 8 + 1)

/* type, received, flushed, applied, time, reply requested (standby status update) */
#define FEEDBACK_BYTES (1 + 8 + 8 + 8 + 8 + 1)

void
source_fault(SourceFault *fault, bool permanent, const char *format,...)
{
	va_list		arguments;

	memset(fault, 0, sizeof(*fault));
	fault->permanent = permanent;
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
}

static void
fault_stopped(SourceFault *fault)
{
	source_fault(fault, false, "stopped");
	fault->stopped = true;
}

/* libpq's messages end in a newline and may have several lines. */
static void
copy_message(char *target, size_t size, const char *message)
{
	size_t		length;

	snprintf(target, size, "%s", message == NULL ? "" : message);
	length = strlen(target);
	while (length > 0 && isspace((unsigned char) target[length - 1]))
		target[--length] = '\0';
	for (char *p = target; *p != '\0'; p++)
	{
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	}
}

static void
fault_from_result(SourceFault *fault, const PGresult *result)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char		text[SOURCE_FAULT_TEXT_MAX - 64];

	copy_message(text, sizeof(text), message != NULL ? message : PQresultErrorMessage(result));
	source_fault(fault, false, "PostgreSQL says: %s", text);
	if (sqlstate != NULL)
		snprintf(fault->sqlstate, sizeof(fault->sqlstate), "%s", sqlstate);
}

static void
fault_from_connection(SourceFault *fault, PGconn *connection)
{
	char		text[SOURCE_FAULT_TEXT_MAX - 64];

	copy_message(text, sizeof(text), PQerrorMessage(connection));
	source_fault(fault, false, "the connection to PostgreSQL broke: %s",
				 text[0] != '\0' ? text : "no reason was given");
}

/*
 * Waits for the connection's socket or a stop request.  True: the socket is
 * ready.  False: nothing yet, or a stop.
 */
static bool
wait_for_socket(PGconn *connection, bool for_write, int64_t timeout_ms)
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

/* ---- connecting --------------------------------------------------------- */

/*
 * With verbose errors libpq shows "FATAL:  28P01: password ..."; that is the
 * only way to the SQLSTATE of a failed connection.  Cuts the code out of text.
 */
static void
extract_sqlstate(char *text, char sqlstate[SOURCE_SQLSTATE_LENGTH + 1])
{
	for (char *p = strstr(text, ":  "); p != NULL; p = strstr(p + 1, ":  "))
	{
		char	   *code = p + 3;
		size_t		length = strspn(code, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");

		if (length == SOURCE_SQLSTATE_LENGTH && strncmp(code + length, ": ", 2) == 0)
		{
			memcpy(sqlstate, code, SOURCE_SQLSTATE_LENGTH);
			sqlstate[SOURCE_SQLSTATE_LENGTH] = '\0';
			memmove(code, code + length + 2, strlen(code + length + 2) + 1);
			return;
		}
	}
}

static void
explain_connect_failure(SourceFault *fault, PGconn *connection, const Config *config)
{
	char		text[SOURCE_FAULT_TEXT_MAX / 2];
	char		sqlstate[SOURCE_SQLSTATE_LENGTH + 1] = "";
	char	   *location;
	bool		needs_password = PQconnectionNeedsPassword(connection) != 0;

	copy_message(text, sizeof(text), PQerrorMessage(connection));
	extract_sqlstate(text, sqlstate);
	location = strstr(text, " LOCATION:  ");
	if (location != NULL)
		*location = '\0';

	if (needs_password)
		source_fault(fault, true, "PostgreSQL wants a password for role \"%s\": set database.password "
					 "(%s)", config->database_user, text);
	else if (strcmp(sqlstate, "28P01") == 0)
		source_fault(fault, true, "PostgreSQL refuses the password of role \"%s\": correct "
					 "database.user or database.password (%s)", config->database_user, text);
	else if (strcmp(sqlstate, "28000") == 0)
		source_fault(fault, true, "PostgreSQL does not let role \"%s\" in: check that the role "
					 "exists and may log in, and pg_hba.conf (%s)", config->database_user, text);
	else if (strcmp(sqlstate, "42501") == 0)
		source_fault(fault, true, "role \"%s\" may not read a replication slot: run ALTER ROLE \"%s\" "
					 "REPLICATION, and GRANT CONNECT ON DATABASE \"%s\" if that is missing (%s)",
					 config->database_user, config->database_user, config->database_dbname, text);
	else if (strcmp(sqlstate, "3D000") == 0)
		source_fault(fault, true, "there is no database \"%s\" at %s:%" PRId64
					 ": correct database.dbname (%s)", config->database_dbname,
					 config->database_hostname, config->database_port, text);
	else if (strcmp(sqlstate, "53300") == 0 && strstr(text, "max_wal_senders") != NULL)
		source_fault(fault, strstr(text, "(currently 0)") != NULL,
					 "the server has no free WAL sender, which reading a slot takes: as a superuser "
					 "run ALTER SYSTEM SET max_wal_senders = 10; (more than are in use; SELECT * FROM "
					 "pg_stat_replication shows those) and restart PostgreSQL, or end a reader that "
					 "nobody needs (%s)", text);
	else if (strcmp(sqlstate, "53300") == 0)
		source_fault(fault, false, "the server has no free connection for role \"%s\": raise "
					 "max_connections or the role's or database's CONNECTION LIMIT, or end "
					 "connections that nobody needs (%s)", config->database_user, text);
	else
		source_fault(fault, false, "cannot connect to PostgreSQL at %s:%" PRId64 ": %s",
					 config->database_hostname, config->database_port, text);
	snprintf(fault->sqlstate, sizeof(fault->sqlstate), "%s", sqlstate);
}

/*
 * Warnings and notices of the server, and libpq's own: into the log like all
 * else, so that a log of JSON lines stays one.
 */
static void
on_notice(void *context, const PGresult *notice)
{
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(notice, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(notice, PG_DIAG_MESSAGE_HINT);
	char		text[SOURCE_FAULT_TEXT_MAX];
	LogLevel	level = LOG_LEVEL_INFO;

	(void) context;
	if (severity == NULL)
		severity = "NOTICE";	/* libpq's own have none */
	if (strcmp(severity, "WARNING") == 0)
		level = LOG_LEVEL_WARNING;
	else if (strncmp(severity, "DEBUG", 5) == 0)
		level = LOG_LEVEL_DEBUG;
	copy_message(text, sizeof(text), message != NULL ? message : PQresultErrorMessage(notice));
	log_write(level, "source", "PostgreSQL notes", log_text("severity", severity),
			  log_text("text", text), log_text("detail", detail != NULL ? detail : ""),
			  log_text("hint", hint != NULL ? hint : ""));
}

static PGconn *
start_connection(const Config *config)
{
	char		port[16];
	const char *const names[] = {
		"host", "port", "user", "password", "dbname", "sslmode", "sslcert", "sslkey",
		"sslpassword", "sslrootcert", "replication", "application_name", "client_encoding",
		"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "options",
		NULL
	};
	const char *const values[] = {
		config->database_hostname, port, config->database_user, config->database_password,
		config->database_dbname, config->database_sslmode, config->database_sslcert,
		config->database_sslkey, config->database_sslpassword, config->database_sslrootcert,
		"database", "walferry", "UTF8",
		"30", "10", "3", "60000",

		/* a slot's creation and the queries before it may wait for others */
		"-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0",
		NULL
	};

	snprintf(port, sizeof(port), "%" PRId64, config->database_port);
	return PQconnectStartParams(names, values, 0);
}

static bool
finish_connection(PGconn *connection, const Config *config, SourceFault *fault)
{
	int64_t		deadline = control_now_ms() + CONNECT_TIMEOUT_MS;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	if (PQstatus(connection) == CONNECTION_BAD)
	{
		explain_connect_failure(fault, connection, config);
		return false;
	}
	PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
	for (;;)
	{
		if (control_stop() != CONTROL_RUN)
		{
			fault_stopped(fault);
			return false;
		}
		if (control_now_ms() >= deadline)
		{
			source_fault(fault, false, "PostgreSQL at %s:%" PRId64 " did not answer within %d s",
						 config->database_hostname, config->database_port,
						 CONNECT_TIMEOUT_MS / 1000);
			return false;
		}
		if (!wait_for_socket(connection, state == PGRES_POLLING_WRITING,
							 deadline - control_now_ms()))
			continue;
		state = PQconnectPoll(connection);
		if (state == PGRES_POLLING_OK)
			break;
		if (state == PGRES_POLLING_FAILED)
		{
			explain_connect_failure(fault, connection, config);
			return false;
		}
	}
	PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
	return PQsetnonblocking(connection, 1) == 0;
}

static bool
parse_lsn(const char *text, uint64_t *lsn)
{
	unsigned	high;
	unsigned	low;

	if (sscanf(text, "%X/%X", &high, &low) != 2)
		return false;
	*lsn = (uint64_t) high << 32 | low;
	return true;
}

static bool
learn_about_server(Replication *replication, SourceFault *fault)
{
	PGresult   *result = replication_query(replication, "IDENTIFY_SYSTEM", QUERY_TIMEOUT_MS, NULL,
										   fault);
	bool		ok;

	if (result == NULL)
		return false;
	ok = PQntuples(result) == 1 && PQnfields(result) >= 3 &&
		parse_lsn(PQgetvalue(result, 0, 2), &replication->server_lsn);
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
							   " WHERE name = 'wal_sender_timeout'", QUERY_TIMEOUT_MS, NULL, fault);
	if (result == NULL)
		return false;
	replication->wal_sender_timeout_ms = PQntuples(result) == 1 ?
		strtoll(PQgetvalue(result, 0, 0), NULL, 10) : 60000;
	PQclear(result);
	return true;
}

bool
replication_connect(Replication *replication, const Config *config, SourceFault *fault)
{
	memset(replication, 0, sizeof(*replication));
	replication->connection = start_connection(config);
	if (replication->connection == NULL)
	{
		source_fault(fault, false, "out of memory while connecting to PostgreSQL");
		return false;
	}
	PQsetNoticeReceiver(replication->connection, on_notice, NULL);
	if (!finish_connection(replication->connection, config, fault))
	{
		replication_close(replication);
		return false;
	}
	replication->server_version = PQserverVersion(replication->connection);
	if (replication->server_version < 130000)
	{
		source_fault(fault, true, "PostgreSQL %d is too old: 13 or newer is needed",
					 replication->server_version / 10000);
		replication_close(replication);
		return false;
	}
	if (!learn_about_server(replication, fault))
	{
		replication_close(replication);
		return false;
	}
	return true;
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
			fault_stopped(fault);
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
			fault_from_connection(fault, connection);
			return false;
		}
		(void) wait_for_socket(connection, unsent > 0, POLL_SLICE_MS);
		if (!PQconsumeInput(connection))
		{
			fault_from_connection(fault, connection);
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
		fault_from_connection(fault, replication->connection);
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
		fault_from_connection(fault, replication->connection);
		return NULL;
	}
	status = PQresultStatus(result);
	if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK && status != PGRES_COPY_BOTH)
	{
		fault_from_result(fault, result);
		PQclear(result);
		return NULL;
	}
	return result;
}

bool
replication_start(Replication *replication, const char *command, SourceFault *fault)
{
	PGresult   *result = replication_query(replication, command, QUERY_TIMEOUT_MS, NULL, fault);
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
	if (!wait_for_result(replication, QUERY_TIMEOUT_MS, NULL, fault))
		return;
	result = PQgetResult(replication->connection);
	if (result != NULL && PQresultStatus(result) == PGRES_FATAL_ERROR)
		fault_from_result(fault, result);
	else if (result == NULL)
		fault_from_connection(fault, replication->connection);
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
			fault_from_connection(fault, connection);
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
		fault_from_connection(fault, connection);
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
