/*
 * drain.c
 *		Reads a logical slot to a given LSN, throws the changes away, and tells
 *		what that cost the walsender.
 *
 *		drain CONNINFO SLOT END_LSN "PLUGIN OPTIONS"
 *
 * One line of name=value pairs goes to stdout:
 *
 *		cpu_ns			CPU time of the walsender between START_REPLICATION and END_LSN
 *		wall_ns			the same by the clock
 *		first_ns		from START_REPLICATION to the first change
 *		messages bytes	of changes; bytes without the 25 of XLogData's header
 *		anon_peak_kb	highest RssAnon seen: memory that is the walsender's own,
 *						shared buffers left out
 *		anon_end_kb		RssAnon at the end
 *		pid				of the walsender
 *
 * Nothing is ever confirmed, so one slot serves any number of runs over the same
 * WAL.  The figures are the kernel's (/proc/PID) and are read before hanging up,
 * because the walsender is gone afterwards; so this runs on the server's machine.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <endian.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libpq-fe.h>

#define SAMPLE_INTERVAL_NS INT64_C(20000000)
#define MESSAGES_BETWEEN_CLOCK_READS 256

/* PostgreSQL: protocol.sgml, "Streaming Replication Protocol". */
#define XLOGDATA_HEADER_BYTES 25
#define KEEPALIVE_BYTES 18
#define STATUS_UPDATE_BYTES 34

typedef struct Drain
{
	PGconn	   *connection;
	int			pid;			/* of the walsender */
	uint64_t	end_lsn;
	int64_t		start_ns;
	int64_t		first_ns;		/* 0: no change yet */
	int64_t		sampled_ns;
	uint64_t	messages;
	uint64_t	bytes;
	long		anon_peak_kb;
} Drain;

static void
fail(const char *what, const char *detail)
{
	fprintf(stderr, "drain: %s: %s\n", what, detail);
	exit(1);
}

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

static uint64_t
read_u64(const char *bytes)
{
	uint64_t	value;

	memcpy(&value, bytes, sizeof(value));
	return be64toh(value);
}

/* First number of /proc/PID/schedstat: nanoseconds spent on a CPU. */
static uint64_t
cpu_ns(int pid)
{
	char		path[64];
	uint64_t	value;
	FILE	   *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	file = fopen(path, "r");
	if (file == NULL || fscanf(file, "%" SCNu64, &value) != 1)
		fail("cannot read the walsender's CPU time", path);
	fclose(file);
	return value;
}

static long
anon_kb(int pid)
{
	char		path[64];
	char		line[256];
	long		value = -1;
	FILE	   *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	if (file == NULL)
		fail("cannot read the walsender's memory", path);
	while (fgets(line, sizeof(line), file) != NULL)
	{
		if (sscanf(line, "RssAnon: %ld", &value) == 1)
			break;
	}
	fclose(file);
	if (value < 0)
		fail("no RssAnon in", path);
	return value;
}

static void
sample(Drain *drain, int64_t now)
{
	long		anon = anon_kb(drain->pid);

	if (anon > drain->anon_peak_kb)
		drain->anon_peak_kb = anon;
	drain->sampled_ns = now;
}

/* Says that we live, and that we have stored nothing. */
static void
send_status(Drain *drain)
{
	char		message[STATUS_UPDATE_BYTES] = {'r'};

	if (PQputCopyData(drain->connection, message, sizeof(message)) != 1 ||
		PQflush(drain->connection) != 0)
		fail("cannot answer", PQerrorMessage(drain->connection));
}

/* Waits for input, or until it is time for another sample. */
static void
wait_for_input(Drain *drain)
{
	struct pollfd descriptor = {PQsocket(drain->connection), POLLIN, 0};
	int64_t		now = now_ns();

	if (now - drain->sampled_ns >= SAMPLE_INTERVAL_NS)
		sample(drain, now);
	poll(&descriptor, 1, SAMPLE_INTERVAL_NS / 1000000);
	if (!PQconsumeInput(drain->connection))
		fail("connection lost", PQerrorMessage(drain->connection));
}

/* Takes one message; true when it tells that END_LSN is behind us. */
static bool
take_message(Drain *drain, const char *message, int length)
{
	if (message[0] == 'w' && length >= XLOGDATA_HEADER_BYTES)
	{
		if (drain->messages == 0)
			drain->first_ns = now_ns();
		drain->messages++;
		drain->bytes += length - XLOGDATA_HEADER_BYTES;
		if (drain->messages % MESSAGES_BETWEEN_CLOCK_READS == 0)
		{
			int64_t		now = now_ns();

			if (now - drain->sampled_ns >= SAMPLE_INTERVAL_NS)
				sample(drain, now);
		}
		return false;
	}
	if (message[0] == 'k' && length >= KEEPALIVE_BYTES)
	{
		/* a walsender that has caught up always says so by a keepalive */
		if (read_u64(message + 1) >= drain->end_lsn)
			return true;
		if (message[17] != 0)
			send_status(drain);
		return false;
	}
	fail("unexpected message", "neither XLogData nor keepalive");
	return false;
}

static void
run(Drain *drain)
{
	bool		done = false;

	while (!done)
	{
		char	   *message;
		int			length = PQgetCopyData(drain->connection, &message, 1);

		if (length == 0)
			wait_for_input(drain);
		else if (length < 0)
		{
			PGresult   *result = PQgetResult(drain->connection);

			fail("the stream ended", PQresultErrorMessage(result));
		}
		else
		{
			done = take_message(drain, message, length);
			PQfreemem(message);
		}
	}
}

int
main(int argc, char **argv)
{
	Drain		drain = {0};
	char		command[4096];
	unsigned int high;
	unsigned int low;
	uint64_t	cpu_before_ns;
	uint64_t	cpu_after_ns;
	int64_t		end_ns;
	PGresult   *result;

	if (argc != 5 || sscanf(argv[3], "%X/%X", &high, &low) != 2)
	{
		fprintf(stderr, "usage: drain CONNINFO SLOT END_LSN OPTIONS\n");
		return 64;
	}
	drain.end_lsn = (uint64_t) high << 32 | low;
	drain.connection = PQconnectdb(argv[1]);
	if (PQstatus(drain.connection) != CONNECTION_OK)
		fail("cannot connect", PQerrorMessage(drain.connection));
	drain.pid = PQbackendPID(drain.connection);

	snprintf(command, sizeof(command), "START_REPLICATION SLOT \"%s\" LOGICAL 0/0 %s",
			 argv[2], argv[4]);
	cpu_before_ns = cpu_ns(drain.pid);
	drain.start_ns = now_ns();
	result = PQexec(drain.connection, command);
	if (PQresultStatus(result) != PGRES_COPY_BOTH)
		fail(command, PQerrorMessage(drain.connection));
	PQclear(result);

	run(&drain);

	end_ns = now_ns();
	cpu_after_ns = cpu_ns(drain.pid);
	sample(&drain, end_ns);
	printf("cpu_ns=%" PRIu64 " wall_ns=%" PRId64 " first_ns=%" PRId64 " messages=%" PRIu64
		   " bytes=%" PRIu64 " anon_peak_kb=%ld anon_end_kb=%ld pid=%d\n",
		   cpu_after_ns - cpu_before_ns, end_ns - drain.start_ns,
		   drain.first_ns == 0 ? INT64_C(-1) : drain.first_ns - drain.start_ns,
		   drain.messages, drain.bytes, drain.anon_peak_kb, anon_kb(drain.pid), drain.pid);
	PQfinish(drain.connection);
	return 0;
}
