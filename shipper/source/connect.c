/*
 * connect.c
 *		How a connection comes about, and what to do where it does not.
 *
 * Each refusal that a user can mend is told with its next step.  The SQLSTATE of
 * a failed connection attempt is nowhere but in libpq's verbose text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "connect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "password.h"
#include "query.h"
#include "shipper/control.h"
#include "shipper/log.h"

#define CONNECT_TIMEOUT_MS 15000

/*
 * What the text of values and of the catalogue depends on (envelope/read_text.h says
 * what is read; the plugin pins the same for itself, plugin/settings.c).  lc_monetary is
 * not here: it is asked for first, and the plugin asks the session for it.
 */
#define TEXT_SETTINGS \
	" -c DateStyle=ISO -c IntervalStyle=postgres -c TimeZone=UTC -c bytea_output=hex" \
	" -c extra_float_digits=1 -c search_path= -c quote_all_identifiers=off" \
	" -c standard_conforming_strings=on"

/*
 * Queries end before they are given up here (SOURCE_QUERY_TIMEOUT_MS), lest each attempt
 * leave a backend behind.
 */
#define COMMON_SETTINGS \
	"-c statement_timeout=25000 -c idle_in_transaction_session_timeout=0" TEXT_SETTINGS

/*
 * A slot's creation may wait for others, and is no statement to statement_timeout.
 * Of changes that pgoutput passes over only a warning tells.
 */
#define REPLICATION_SETTINGS \
	COMMON_SETTINGS " -c lock_timeout=0 -c client_min_messages=notice"

/* Behind a lock that is waited for, all others wait too. */
#define ORDINARY_SETTINGS \
	COMMON_SETTINGS \
	" -c lock_timeout=5000 -c row_security=off -c default_transaction_read_only=on"

/* An unknown setting in options would refuse the connection: only what PostgreSQL 13 has. */
static const struct
{
	const char *replication;	/* libpq's parameter; NULL: none */
	const char *application_name;
	const char *options;
}			kinds[] = {
	[CONNECTION_REPLICATION] = {"database", SOURCE_WALSENDER_NAME, REPLICATION_SETTINGS},
	[CONNECTION_ORDINARY] = {NULL, "walferry catalogue", ORDINARY_SETTINGS},
};

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

/*
 * What libpq says of a missing file, without what it advises behind: to change sslmode, by
 * which the password would go to whoever answers.
 */
static size_t
without_advice(const char *text)
{
	const char *advice = strstr(text, " Either provide the file");

	return advice != NULL ? (size_t) (advice - text) : strlen(text);
}

/* TLS did not come about.  False: that is not what text tells. */
static bool
explain_tls(SourceFault *fault, const Config *config, const char *text)
{
	const char *host = config->database_hostname;
	int64_t		port = config->database_port;

	if (strstr(text, "certificate verify failed") != NULL)
		source_fault(fault, true, "the certificate of PostgreSQL at %s:%" PRId64 " is not trusted, and "
					 "nothing was sent: database.sslrootcert has to hold the authority that signed "
					 "it, and it must not have expired (%s)", host, port, text);
	else if (strstr(text, "does not match host name") != NULL)
		source_fault(fault, true, "the certificate of PostgreSQL at %s:%" PRId64 " is not that host's, "
					 "and nothing was sent: set database.hostname to a name that the certificate has "
					 "(%s)", host, port, text);
	else if (strstr(text, "root certificate file") != NULL)
		source_fault(fault, true, "database.sslmode=%s needs the authorities to trust: set "
					 "database.sslrootcert to a file that walferry can read and that holds, in PEM form, "
					 "the certificate of the authority that signed the server's (on Amazon RDS its "
					 "global-bundle.pem) (%.*s)", config->database_sslmode,
					 (int) without_advice(text), text);
	else if (strstr(text, "server does not support SSL") != NULL)
		source_fault(fault, true, "PostgreSQL at %s:%" PRId64 " speaks no TLS, which "
					 "database.sslmode=%s demands: set ssl = on at the server (%s)", host, port,
					 config->database_sslmode, text);
	else if (strstr(text, "no encryption") != NULL && strcmp(config->database_sslmode, "disable") == 0)
		source_fault(fault, true, "PostgreSQL does not let role \"%s\" in without TLS: set "
					 "database.sslmode=verify-full and database.sslrootcert (%s)",
					 config->database_user, text);
	else
		return false;
	return true;
}

/* The server knows the role and not what it was shown, or not even the role. */
static void
explain_refusal(SourceFault *fault, const Config *config, const char *sqlstate, const char *text)
{
	const char *user = config->database_user;

	password_refused(config);
	if (config->database_iam == CONFIG_IAM_AWS)
		source_fault(fault, true, "PostgreSQL refuses the IAM token of role \"%s\": check that the role "
					 "is a member of rds_iam, that rds.iam_auth_for_replication is 1, that the IAM "
					 "policy allows rds-db:connect for it, and that database.hostname is the "
					 "instance's own name and the region is its own (%s)", user, text);
	else if (strcmp(sqlstate, "28P01") == 0 && config->database_password_command != NULL)
		source_fault(fault, true, "PostgreSQL refuses the password of role \"%s\" that "
					 "database.password.command printed: correct one of them (%s)", user, text);
	else if (strcmp(sqlstate, "28P01") == 0)
		source_fault(fault, true, "PostgreSQL refuses the password of role \"%s\": correct "
					 "database.user or database.password (%s)", user, text);
	else
		source_fault(fault, true, "PostgreSQL does not let role \"%s\" in: check that the role "
					 "exists and may log in, and pg_hba.conf (%s)", user, text);
}

/* The role may not do what the connection is for. */
static void
explain_right(SourceFault *fault, const Config *config, ConnectionKind kind, const char *text)
{
	const char *user = config->database_user;
	const char *database = config->database_dbname;

	if (kind == CONNECTION_REPLICATION)
		source_fault(fault, true, "role \"%s\" may not read a replication slot: run ALTER ROLE \"%s\" "
					 "REPLICATION, or on Amazon RDS GRANT rds_replication TO \"%s\", and GRANT CONNECT "
					 "ON DATABASE \"%s\" if that is missing (%s)", user, user, user, database, text);
	else
		source_fault(fault, true, "role \"%s\" may not connect to database \"%s\": run GRANT CONNECT "
					 "ON DATABASE \"%s\" TO \"%s\" (%s)", user, database, database, user, text);
}

static void
explain_connect_failure(SourceFault *fault, PGconn *connection, const Config *config,
						ConnectionKind kind)
{
	char		text[SOURCE_FAULT_TEXT_MAX / 2];
	char		sqlstate[SOURCE_SQLSTATE_LENGTH + 1] = "";
	char	   *location;
	bool		needs_password = PQconnectionNeedsPassword(connection) != 0;

	source_copy_message(text, sizeof(text), PQerrorMessage(connection));
	extract_sqlstate(text, sqlstate);
	location = strstr(text, " LOCATION:  ");
	if (location != NULL)
		*location = '\0';

	if (explain_tls(fault, config, text))
		 /* told */ ;
	else if (needs_password)
		source_fault(fault, true, "PostgreSQL wants a password for role \"%s\": set database.password "
					 "(%s)", config->database_user, text);
	else if (strcmp(sqlstate, "28P01") == 0 || strcmp(sqlstate, "28000") == 0)
		explain_refusal(fault, config, sqlstate, text);
	else if (strcmp(sqlstate, "42501") == 0)
		explain_right(fault, config, kind, text);
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

void
source_log_notice(void *context, const PGresult *notice)
{
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(notice, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(notice, PG_DIAG_MESSAGE_HINT);
	char		text[SOURCE_FAULT_TEXT_MAX];
	LogField	fields[5] = {{LOG_FIELD_END, NULL, {NULL}}};	/* the last one stays */
	int			count = 0;
	LogLevel	level = LOG_LEVEL_INFO;

	(void) context;
	if (severity == NULL)
		severity = "NOTICE";	/* libpq's own have none */
	if (strcmp(severity, "WARNING") == 0)
		level = LOG_LEVEL_WARNING;
	else if (strncmp(severity, "DEBUG", 5) == 0)
		level = LOG_LEVEL_DEBUG;
	source_copy_message(text, sizeof(text),
						message != NULL ? message : PQresultErrorMessage(notice));
	fields[count++] = log_text("severity", severity);
	fields[count++] = log_text("text", text);
	if (detail != NULL)
		fields[count++] = log_text("detail", detail);
	if (hint != NULL)
		fields[count++] = log_text("hint", hint);
	log_fields(level, "source", "PostgreSQL notes", fields);
}

/* Of names and values below. */
#define PASSWORD_VALUE 3

static PGconn *
start_connection(const Config *config, ConnectionKind kind, SourceTurn turn, void *context,
				 SourceFault *fault)
{
	char	   *password;
	PGconn	   *connection;
	char		port[16];
	const char *const names[] = {
		"host", "port", "user", "password", "dbname", "sslmode", "sslcert", "sslkey",
		"sslpassword", "sslrootcert", "replication", "application_name", "client_encoding",
		"keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout", "options",
		NULL
	};
	const char *values[] = {
		config->database_hostname, port, config->database_user, NULL,
		config->database_dbname, config->database_sslmode, config->database_sslcert,
		config->database_sslkey, config->database_sslpassword, config->database_sslrootcert,
		kinds[kind].replication, kinds[kind].application_name, "UTF8",
		"30", "10", "3", "60000", kinds[kind].options,
		NULL
	};

	if (!password_read(config, turn, context, &password, fault))
		return NULL;
	values[PASSWORD_VALUE] = password;
	snprintf(port, sizeof(port), "%" PRId64, config->database_port);
	connection = PQconnectStartParams(names, values, 0);
	password_free(password);
	if (connection == NULL)
		source_fault(fault, false, "out of memory while connecting to PostgreSQL");
	return connection;
}

static bool
finish_connection(PGconn *connection, const Config *config, ConnectionKind kind,
				  SourceTurn turn, void *context, SourceFault *fault)
{
	int64_t		deadline = control_now_ms() + CONNECT_TIMEOUT_MS;
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	if (PQstatus(connection) == CONNECTION_BAD)
	{
		explain_connect_failure(fault, connection, config, kind);
		return false;
	}
	PQsetErrorVerbosity(connection, PQERRORS_VERBOSE);
	for (;;)
	{
		if (control_stop() != CONTROL_RUN)
		{
			source_fault_stopped(fault);
			return false;
		}
		if (control_now_ms() >= deadline)
		{
			source_fault(fault, false, "PostgreSQL at %s:%" PRId64 " did not answer within %d s",
						 config->database_hostname, config->database_port,
						 CONNECT_TIMEOUT_MS / 1000);
			return false;
		}
		if (!source_take_turn(turn, context, fault))
			return false;
		if (!source_wait(connection, state == PGRES_POLLING_WRITING,
						 deadline - control_now_ms()))
			continue;
		state = PQconnectPoll(connection);
		if (state == PGRES_POLLING_OK)
			break;
		if (state == PGRES_POLLING_FAILED)
		{
			explain_connect_failure(fault, connection, config, kind);
			return false;
		}
	}
	PQsetErrorVerbosity(connection, PQERRORS_DEFAULT);
	if (PQsetnonblocking(connection, 1) == 0)
		return true;
	source_fault_from_connection(fault, connection);
	return false;
}

/*
 * Settings that not all servers have.  transaction_timeout would end a walsender in the
 * midst of a transaction that takes longer to decode, at each attempt.
 */
static bool
pin_newer_settings(PGconn *connection, SourceTurn turn, void *context, SourceFault *fault)
{
	static const struct
	{
		int			since;		/* PQserverVersion() */
		const char *command;
	}			settings[] = {
		{140000, "SET idle_session_timeout = 0"},
		{170000, "SET transaction_timeout = 0"},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
	{
		PGresult   *result;

		if (PQserverVersion(connection) < settings[i].since)
			continue;
		result = source_query(connection, settings[i].command, SOURCE_QUERY_TIMEOUT_MS, turn,
							  context, fault);
		PQclear(result);
		if (result == NULL)
			return false;
	}
	return true;
}

PGconn *
source_connect(const Config *config, ConnectionKind kind, SourceTurn turn, void *context,
			   SourceFault *fault)
{
	PGconn	   *connection = start_connection(config, kind, turn, context, fault);
	int			version;

	if (connection == NULL)
		return NULL;
	PQsetNoticeReceiver(connection, source_log_notice, NULL);
	if (!finish_connection(connection, config, kind, turn, context, fault))
	{
		PQfinish(connection);
		return NULL;
	}
	version = PQserverVersion(connection);
	if (version < 130000)
		source_fault(fault, true, "PostgreSQL %d is too old: 13 or newer is needed",
					 version / 10000);
	else if (pin_newer_settings(connection, turn, context, fault))
		return connection;
	PQfinish(connection);
	return NULL;
}

PGconn *
source_connect_ordinary(const Config *config, SourceTurn turn, void *context, SourceFault *fault)
{
	return source_connect(config, CONNECTION_ORDINARY, turn, context, fault);
}
