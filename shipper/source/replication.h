/*
 * replication.h
 *		A replication connection to PostgreSQL, on which nothing blocks for ever.
 *
 * The protocol is that of PostgreSQL's manual, "Streaming Replication Protocol"
 * and "Logical Streaming Replication Parameters".  Every wait is a poll(2) that
 * a stop request ends.
 *
 * A connection on which replication_start() is to come never asks for tables.  The server
 * process keeps what it has looked up of tables, types, schemas and publications in caches
 * (relcache, catcache), and decoding, which looks them up as they were when a change was
 * made, takes what is there already: what SQL has put there before is the present, and the
 * past would be read with it, rows with columns that were added later, under names that
 * came later.  The SQL functions empty the caches before they decode
 * (pg_logical_slot_get_changes_guts(), InvalidateSystemCaches()); a walsender does not.
 * So all that is run on such a connection is of the server, or goes through rows of
 * catalogues that are the system's own: SET, IDENTIFY_SYSTEM, CREATE_REPLICATION_SLOT,
 * current_setting(), pg_settings, pg_replication_slots, pg_available_extensions,
 * pg_publication.  What takes an object of a user's by its name or OID and looks it up
 * (pg_publication_tables, pg_partition_root(), pg_get_expr(), regclass, a privilege's
 * function), and what makes or alters one, is first_look()'s and the catalogue's, on
 * connections of their own.  search_path is empty (connect.c), since looking for an
 * operator looks its schemas up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_REPLICATION_H
#define WALFERRY_REPLICATION_H

#include <libpq-fe.h>

#include "envelope/buffer.h"
#include "fault.h"
#include "query.h"
#include "shipper/config.h"

/* How an LSN is printed, and what is to be printed then. */
#define LSN_FORMAT "%X/%X"
#define LSN_PARTS(lsn) (unsigned) ((lsn) >> 32), (unsigned) (lsn)

/* For commands that do little. */
#define REPLICATION_QUERY_TIMEOUT_MS SOURCE_QUERY_TIMEOUT_MS

/* For a farewell. */
#define REPLICATION_END_TIMEOUT_MS 2000

typedef struct Replication
{
	PGconn	   *connection;		/* NULL: not connected */
	int			server_version;
	int			plugin;			/* ConfigPlugin whose slot is read; unset until
								 * slot_choose_plugin() */
	uint64_t	system_id;
	uint32_t	timeline;
	uint64_t	server_lsn;		/* end of the flushed WAL, of a standby's received,
								 * when the slot was looked at */
	bool		in_recovery;	/* a standby, when the slot was looked at */
	int64_t		wal_sender_timeout_ms;	/* 0: switched off at the server */
	bool		publication_missed; /* pgoutput has passed over a change, because
									 * its publication was not there then */
	char	   *copy_data;		/* message handed out last; libpq's */
	bool		write_pending;	/* PQflush() could not send all */
} Replication;

typedef enum ReplicationMessageKind
{
	REPLICATION_NOTHING,		/* nothing complete has arrived */
	REPLICATION_DATA,
	REPLICATION_KEEPALIVE,
	REPLICATION_ENDED,			/* the server ended the stream in order */
	REPLICATION_FAILED			/* see the fault */
} ReplicationMessageKind;

/*
 * start_lsn and wal_end of DATA: a walsender that decodes writes one LSN into both
 * (walsender.c, WalSndPrepareWrite), the place that the output plugin's callback was
 * called for: a change's own, at a commit the end of the commit record.  It is 0 for
 * all that a callback writes but its last message, because standbys that are waited
 * for must not acknowledge one place several times.  So pgoutput's Type and Relation
 * have 0, and Begin and Stream Start if an Origin follows or the origin has lost its
 * name; a Begin's is the transaction's first, from PostgreSQL 15 on the first
 * published change's.
 */
typedef struct ReplicationMessage
{
	ReplicationMessageKind kind;
	WfSlice		payload;		/* of DATA; valid until the next receive */
	uint64_t	start_lsn;		/* of DATA; 0: not told */
	uint64_t	wal_end;		/* of KEEPALIVE: decoded up to here; of DATA: as
								 * start_lsn */
	bool		reply_requested;	/* of KEEPALIVE */
} ReplicationMessage;

/* Connects (connect.h) for replication and learns about the server. */
extern bool replication_connect(Replication *replication, const Config *config,
								SourceFault *fault);

/*
 * Sets lc_monetary to C, in which pgoutput's text of money is read.  Not for the walferry
 * plugin: it asks the session how many digits the database's money has.
 */
extern bool replication_pin_money(Replication *replication, SourceFault *fault);

/* Closes without ceremony; the server notices. */
extern void replication_close(Replication *replication);

/*
 * Runs one command and gives its (single) result, for the caller to clear;
 * NULL with fault filled in.  timeout_ms 0: as long as it takes.  waiting, if
 * given, is called about every five seconds.
 */
extern PGresult *replication_query(Replication *replication, const char *command,
								   int64_t timeout_ms, void (*waiting) (int64_t waited_ms),
								   SourceFault *fault);

/* The same with a command that was put together in a buffer, which is freed. */
extern PGresult *replication_run(Replication *replication, WfBuffer *command, int64_t timeout_ms,
								 void (*waiting) (int64_t waited_ms), SourceFault *fault);

/* Runs a START_REPLICATION command; afterwards messages flow. */
extern bool replication_start(Replication *replication, const char *command, SourceFault *fault);

/* Reads what is there and gives the next message.  Does not wait. */
extern void replication_receive(Replication *replication, ReplicationMessage *message,
								SourceFault *fault);

/*
 * Tells the server what was received and what may be forgotten, and whether it is to
 * answer at once (with a keepalive).  False: the connection is broken.
 */
extern bool replication_feedback(Replication *replication, uint64_t received, uint64_t confirmed,
								 bool wants_answer);

/* Sends what is still unsent.  False: the connection is broken. */
extern bool replication_flush(Replication *replication);

/*
 * Ends the stream in order: CopyDone, then whatever the server still sends is
 * thrown away, for at most timeout_ms.
 */
extern void replication_end(Replication *replication, int64_t timeout_ms);

/* Reads an LSN as the server prints it; false, leaving lsn alone, if text is none. */
extern bool replication_parse_lsn(const char *text, uint64_t *lsn);

/* Appends an identifier or a literal, quoted for the replication grammar. */
extern void replication_quote_name(WfBuffer *buffer, const char *name);
extern void replication_quote_text(WfBuffer *buffer, const char *text);

#endif							/* WALFERRY_REPLICATION_H */
