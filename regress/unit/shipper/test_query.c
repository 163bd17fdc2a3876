/*
 * test_query.c
 *		Connections and commands, against a server that says what it is told to.
 *
 * The server is a thread that speaks just so much of the protocol: it lets everybody in
 * and answers each command by the bytes that belong to its text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shipper/control.h"
#include "shipper/source/connect.h"

#define PORT "5432"
#define COMMAND_MAX 256

static char directory[] = "/tmp/walferry-query-XXXXXX";
static int	listener = -1;
static const char *server_version = "15.1";
static char startup[2048];		/* parameters that the last client sent: name, NUL,
								 * value, … */
static char commands[1024];		/* what it ran, each with a semicolon */
static pthread_t server;
static PGconn *connection;
static SourceFault fault;

/* ---- the server --------------------------------------------------------- */

typedef struct Answer
{
	char		bytes[8192];
	size_t		length;
} Answer;

static void
put(Answer *answer, char type, const char *body, size_t length)
{
	uint32_t	size = htonl((uint32_t) length + 4);

	if (answer->length + length + 5 > sizeof(answer->bytes))
		abort();
	answer->bytes[answer->length++] = type;
	memcpy(answer->bytes + answer->length, &size, sizeof(size));
	memcpy(answer->bytes + answer->length + sizeof(size), body, length);
	answer->length += sizeof(size) + length;
}

#define PUT(answer, type, literal) put((answer), (type), (literal), sizeof(literal) - 1)

static void
put_row(Answer *answer)
{
	PUT(answer, 'T', "\0\1x\0\0\0\0\0\0\0\0\0\0\31\377\377\377\377\377\377\0\0");
	PUT(answer, 'D', "\0\1\0\0\0\3row");
	PUT(answer, 'C', "SELECT 1\0");
}

static void
put_error(Answer *answer)
{
	PUT(answer, 'E', "SERROR\0C42P01\0Mno such table\0\0");
}

static void
put_denial(Answer *answer, const char *object)
{
	char		fields[128];
	int			length = snprintf(fields, sizeof(fields), "SERROR%cC42501%cMpermission denied for %s%c",
								  '\0', '\0', object, '\0');

	put(answer, 'E', fields, (size_t) length + 1);
}

/* False: nothing is said. */
static bool
make_answer(const char *command, Answer *answer)
{
	const char *state = "I";

	answer->length = 0;
	if (strcmp(command, "row") == 0)
		put_row(answer);
	else if (strcmp(command, "late error") == 0)
	{
		put_row(answer);
		put_error(answer);
	}
	else if (strcmp(command, "error") == 0)
		put_error(answer);
	else if (strncmp(command, "denied ", 7) == 0)
		put_denial(answer, command + 7);
	else if (strcmp(command, "slow") == 0)
	{
		usleep(1500000);
		put_row(answer);
	}
	else if (strcmp(command, "transaction") == 0)
	{
		PUT(answer, 'C', "BEGIN\0");
		put_row(answer);
		put_row(answer);
		PUT(answer, 'C', "COMMIT\0");
	}
	else if (strcmp(command, "failed transaction") == 0)
	{
		PUT(answer, 'C', "BEGIN\0");
		put_row(answer);
		put_error(answer);
		state = "E";
	}
	else if (strcmp(command, "too many") == 0 || strcmp(command, "as many as may be") == 0)
	{
		for (int i = 0; i < SOURCE_RESULTS_MAX + (command[0] == 't'); i++)
			PUT(answer, 'C', "SET\0");
	}
	else if (strcmp(command, "ROLLBACK") == 0)
		PUT(answer, 'C', "ROLLBACK\0");
	else if (strncmp(command, "SET ", 4) == 0)
		PUT(answer, 'C', "SET\0");
	else if (strcmp(command, "empty") == 0)
		PUT(answer, 'I', "");
	else
		return false;
	put(answer, 'Z', state, 1);
	return true;
}

static bool
receive(int client, void *bytes, size_t length)
{
	return recv(client, bytes, length, MSG_WAITALL) == (ssize_t) length;
}

static void
serve(int client)
{
	Answer		answer = {.length = 0};
	uint32_t	size;
	char		type;
	char		text[COMMAND_MAX];
	int			length;

	memset(startup, 0, sizeof(startup));
	commands[0] = '\0';
	if (!receive(client, &size, sizeof(size)) || ntohl(size) > sizeof(startup) ||
		!receive(client, startup, ntohl(size) - 4))
		return;
	PUT(&answer, 'R', "\0\0\0\0");
	length = snprintf(text, sizeof(text), "server_version%c%s", '\0', server_version);
	put(&answer, 'S', text, (size_t) length + 1);
	PUT(&answer, 'Z', "I");
	if (send(client, answer.bytes, answer.length, MSG_NOSIGNAL) < 0)
		return;
	while (receive(client, &type, 1) && type == 'Q' && receive(client, &size, sizeof(size)) &&
		   ntohl(size) <= sizeof(text) && receive(client, text, ntohl(size) - 4) &&
		   strcmp(text, "cut") != 0)
	{
		snprintf(commands + strlen(commands), sizeof(commands) - strlen(commands), "%s;", text);
		if (make_answer(text, &answer) &&
			send(client, answer.bytes, answer.length, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void *
run_server(void *unused)
{
	int			client;

	(void) unused;
	while ((client = accept(listener, NULL, NULL)) >= 0)
	{
		serve(client);
		close(client);
	}
	return NULL;
}

static int
set_up(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void) state;
	control_init(1000);
	if (mkdtemp(directory) == NULL)
		return 1;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/.s.PGSQL." PORT, directory);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	return bind(listener, (struct sockaddr *) &address, sizeof(address)) != 0 ||
		listen(listener, 5) != 0 || pthread_create(&server, NULL, run_server, NULL) != 0;
}

static int
tear_down(void **state)
{
	char		path[128];

	(void) state;
	shutdown(listener, SHUT_RDWR);
	pthread_join(server, NULL);
	close(listener);
	snprintf(path, sizeof(path), "%s/.s.PGSQL." PORT, directory);
	unlink(path);
	return rmdir(directory);
}

static int
open_connection(void **state)
{
	char		words[256];

	(void) state;
	snprintf(words, sizeof(words), "host=%s port=" PORT " user=u dbname=d", directory);
	connection = PQconnectdb(words);
	if (PQstatus(connection) != CONNECTION_OK)
		print_error("%s", PQerrorMessage(connection));
	memset(&fault, 0, sizeof(fault));
	return PQstatus(connection) != CONNECTION_OK || PQsetnonblocking(connection, 1) != 0;
}

static int
close_connection(void **state)
{
	(void) state;
	PQfinish(connection);
	connection = NULL;			/* once more after a test that failed */
	return 0;
}

/* ---- the tests ---------------------------------------------------------- */

static void
assert_row(PGresult *result)
{
	assert_non_null(result);
	assert_string_equal(PQgetvalue(result, 0, 0), "row");
	PQclear(result);
}

static PGresult *
query(const char *command)
{
	return source_query(connection, command, 5000, NULL, NULL, &fault);
}

/* The connection stays good whatever the server's answer was. */
static void
one_result(void **state)
{
	(void) state;
	assert_row(query("row"));
	assert_null(query("error"));
	assert_string_equal(fault.text, "PostgreSQL says: no such table");
	assert_string_equal(fault.sqlstate, "42P01");
	assert_null(query("late error"));
	assert_string_equal(fault.sqlstate, "42P01");
	assert_null(query("empty"));
	assert_row(query("row"));
}

/* A right that was revoked from all is told with its GRANT; others are told as they come. */
static void
revoked(void **state)
{
	static const char *const told[][2] = {
		{"denied table pg_class", "SELECT ON pg_catalog.pg_class TO \"u\"; (permission denied for table pg_class)"},
		{"denied view pg_stat_activity", "SELECT ON pg_catalog.pg_stat_activity TO \"u\"; ("},
		{"denied function pg_is_in_recovery",
		"EXECUTE ON FUNCTION pg_catalog.pg_is_in_recovery TO \"u\"; ("},
		{"denied schema pg_catalog", "USAGE ON SCHEMA pg_catalog TO \"u\"; ("},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
	{
		char		expected[256];

		snprintf(expected, sizeof(expected), "role \"u\" lacks a right on PostgreSQL's catalogue that all "
				 "roles have by default: as a superuser run GRANT %s", told[i][1]);
		assert_null(query(told[i][0]));
		assert_memory_equal(fault.text, expected, strlen(expected));
		assert_string_equal(fault.sqlstate, "42501");
		assert_true(fault.permanent);
	}
	assert_null(query("denied table stock"));
	assert_string_equal(fault.text, "PostgreSQL says: permission denied for table stock");
	assert_false(fault.permanent);
}

static void
all_results(void **state)
{
	SourceResults results;

	(void) state;
	assert_true(source_query_all(connection, "transaction", 5000, NULL, NULL, &results, &fault));
	assert_int_equal(results.count, 4);
	assert_int_equal(PQresultStatus(results.results[0]), PGRES_COMMAND_OK);
	assert_string_equal(PQgetvalue(results.results[2], 0, 0), "row");
	source_results_clear(&results);
	assert_int_equal(results.count, 0);

	assert_true(source_query_all(connection, "as many as may be", 5000, NULL, NULL, &results,
								 &fault));
	assert_int_equal(results.count, SOURCE_RESULTS_MAX);
	source_results_clear(&results);
	assert_false(source_query_all(connection, "too many", 5000, NULL, NULL, &results, &fault));
	assert_string_equal(fault.text, "a string of commands to PostgreSQL had more than 32 results");
	assert_int_equal(results.count, 0);
	assert_row(query("row"));
}

/* The fault is that of the command, and the transaction is over. */
static void
failed_transaction(void **state)
{
	SourceResults results;

	(void) state;
	assert_false(source_query_all(connection, "failed transaction", 5000, NULL, NULL, &results,
								  &fault));
	assert_string_equal(fault.text, "PostgreSQL says: no such table");
	assert_int_equal(results.count, 0);
	assert_int_equal(PQtransactionStatus(connection), PQTRANS_IDLE);
	assert_row(query("row"));
}

static void
broken_connection(void **state)
{
	SourceResults results;

	(void) state;
	assert_null(query("cut"));
	assert_non_null(strstr(fault.text, "the connection to PostgreSQL broke: "));
	memset(&fault, 0, sizeof(fault));
	assert_false(source_query_all(connection, "row", 5000, NULL, NULL, &results, &fault));
	assert_string_not_equal(fault.text, "");
}

static bool
count_turns(void *context)
{
	int		   *turns = context;

	(*turns)++;
	return true;
}

/* At least once a second, and the answer is waited for all the same. */
static void
turns(void **state)
{
	int			taken = 0;

	(void) state;
	assert_row(source_query(connection, "slow", 5000, count_turns, &taken, &fault));
	assert_in_range(taken, 2, 20);
}

static bool
refuse(void *context)
{
	(void) context;
	return false;
}

static bool
refuse_with_reason(void *context)
{
	source_fault(context, true, "the reason");
	return false;
}

/* A wait that is given up tells why; the server may still be at work. */
static void
given_up(void **state)
{
	(void) state;
	assert_null(source_query(connection, "nothing", 5000, refuse, NULL, &fault));
	assert_string_equal(fault.text,
						"the replication connection broke while another one was waited for");
	assert_false(fault.stopped);
	assert_null(query("row"));	/* it is busy */
	PQfinish(connection);
	assert_int_equal(open_connection(state), 0);

	assert_null(source_query(connection, "nothing", 5000, refuse_with_reason, &fault, &fault));
	assert_string_equal(fault.text, "the reason");
	assert_true(fault.permanent);
	PQfinish(connection);
	assert_int_equal(open_connection(state), 0);

	assert_null(source_query(connection, "nothing", 1, NULL, NULL, &fault));
	assert_string_equal(fault.text, "PostgreSQL did not answer a command within 0 s");
}

/* ---- connections -------------------------------------------------------- */

/* A parameter of the last client's; NULL: it sent none of that name. */
static const char *
parameter(const char *name)
{
	const char *word = startup + 4; /* behind the protocol's version */

	while (*word != '\0')
	{
		const char *value = word + strlen(word) + 1;

		if (strcmp(word, name) == 0)
			return value;
		word = value + strlen(value) + 1;
	}
	return NULL;
}

static void
assert_connects(ConnectionKind kind, const char *version, const char *expected)
{
	Config		config = {
		.database_hostname = directory, .database_port = atoi(PORT), .database_user = "u",
		.database_dbname = "d", .database_sslmode = "prefer"
	};
	PGconn	   *made;

	server_version = version;
	made = source_connect(&config, kind, NULL, NULL, &fault);
	if (made == NULL)
		print_error("%s\n", fault.text);
	assert_non_null(made);
	assert_string_equal(commands, expected);
	PQfinish(made);
	server_version = "15.1";
}

/*
 * What PostgreSQL 13 does not know must not stand in options, which would refuse the
 * connection, and money's locale must not be set: it is asked for.
 */
static void
connections(void **state)
{
	static const char *const common[] = {
		"DateStyle=ISO", "IntervalStyle=postgres", "TimeZone=UTC", "bytea_output=hex",
		"extra_float_digits=1", "search_path= ", "quote_all_identifiers=off",
		"standard_conforming_strings=on"
	};

	assert_int_equal(close_connection(state), 0);	/* the server takes one at a
													 * time */
	assert_connects(CONNECTION_ORDINARY, "13.4", "");
	assert_null(parameter("replication"));
	assert_string_equal(parameter("application_name"), "walferry catalogue");
	assert_string_equal(parameter("client_encoding"), "UTF8");
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		assert_non_null(strstr(parameter("options"), common[i]));
	assert_non_null(strstr(parameter("options"), "default_transaction_read_only=on"));
	assert_non_null(strstr(parameter("options"), "row_security=off"));
	assert_null(strstr(parameter("options"), "lc_monetary"));
	assert_null(strstr(parameter("options"), "idle_session"));

	assert_connects(CONNECTION_REPLICATION, "13.4", "");
	assert_string_equal(parameter("replication"), "database");
	assert_string_equal(parameter("application_name"), "walferry");
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		assert_non_null(strstr(parameter("options"), common[i]));
	assert_null(strstr(parameter("options"), "read_only"));
	assert_null(strstr(parameter("options"), "lc_monetary"));

	assert_connects(CONNECTION_ORDINARY, "14.0", "SET idle_session_timeout = 0;");
	assert_connects(CONNECTION_REPLICATION, "16.9", "SET idle_session_timeout = 0;");
	assert_connects(CONNECTION_ORDINARY, "17.2",
					"SET idle_session_timeout = 0;SET transaction_timeout = 0;");
	assert_connects(CONNECTION_REPLICATION, "19rc1",
					"SET idle_session_timeout = 0;SET transaction_timeout = 0;");
	assert_int_equal(open_connection(state), 0);
}

static void
server_too_old(void **state)
{
	Config		config = {
		.database_hostname = directory, .database_port = atoi(PORT), .database_user = "u",
		.database_dbname = "d", .database_sslmode = "prefer"
	};

	assert_int_equal(close_connection(state), 0);
	server_version = "12.22";
	assert_null(source_connect_ordinary(&config, NULL, NULL, &fault));
	assert_string_equal(fault.text, "PostgreSQL 12 is too old: 13 or newer is needed");
	assert_true(fault.permanent);
	server_version = "15.1";
	assert_int_equal(open_connection(state), 0);
}

/* The last one, since the request stays. */
static void
stop_request(void **state)
{
	SourceResults results;

	(void) state;
	control_request_drain();
	assert_null(query("nothing"));
	assert_true(fault.stopped);
	PQfinish(connection);
	assert_int_equal(open_connection(state), 0);
	assert_false(source_query_all(connection, "nothing", 5000, refuse, NULL, &results, &fault));
	assert_true(fault.stopped);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_connection, close_connection)
	const struct CMUnitTest tests[] = {
		TEST(one_result),
		TEST(revoked),
		TEST(all_results),
		TEST(failed_transaction),
		TEST(broken_connection),
		TEST(turns),
		TEST(given_up),
		TEST(connections),
		TEST(server_too_old),
		TEST(stop_request),
	};

	return cmocka_run_group_tests_name("query", tests, set_up, tear_down);
}
