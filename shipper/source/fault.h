/*
 * fault.h
 *		Why something at the source did not work.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_FAULT_H
#define WALFERRY_SOURCE_FAULT_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SOURCE_FAULT_TEXT_MAX 2048
#define SOURCE_SQLSTATE_LENGTH 5

/* Why something at the source did not work. */
typedef struct SourceFault
{
	bool		permanent;		/* trying again cannot help unless somebody changes
								 * something */
	bool		gap;			/* changes are in no WAL any more: going on would
								 * hide it, so the leg ends whatever was before */
	bool		recurs;			/* it ends the stream at this change each time */
	bool		stopped;		/* no fault: a stop request ended the wait */
	bool		slot_in_use;	/* somebody else reads the slot, which may go on for
								 * long and is no error of theirs */
	bool		in_callback;	/* the server said it while it was in the plugin, or
								 * has another context to tell */
	char		sqlstate[SOURCE_SQLSTATE_LENGTH + 1];	/* empty if none */
	char		text[SOURCE_FAULT_TEXT_MAX];	/* one sentence or two */
} SourceFault;

/* Fills fault in; text as printf's. */
extern void source_fault(SourceFault *fault, bool permanent, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* A stop request ended a wait. */
extern void source_fault_stopped(SourceFault *fault);

/* What the server said in an error result, with its SQLSTATE. */
extern void source_fault_from_result(SourceFault *fault, const PGresult *result);

/* What libpq says of a connection that broke. */
extern void source_fault_from_connection(SourceFault *fault, PGconn *connection);

/*
 * Whether the same attempt can work later without anybody changing anything that it
 * asks for, by the SQLSTATE's class: connections, conflicts, resources, objects in use,
 * operators, the system.  A fault without one is of the connection.
 */
extern bool source_fault_may_pass(const SourceFault *fault);

/*
 * Whether the server gave the question up and may answer it when it is asked again: a lock
 * was waited for too long (lock_timeout), it took too long, or somebody cancelled it.
 */
extern bool source_fault_is_cancelled(const SourceFault *fault);

/*
 * The faults that streams ended with.  An error that a row causes comes up whenever it
 * is decoded, and each attempt sends what its transaction has before it once more: to
 * try for ever would fill the topics.  So the same error that does not pass ends the
 * leg when it ends a stream for the SOURCE_RECURRENCES_MAX'th time in a row, nothing
 * having been delivered for good in between.
 */
#define SOURCE_RECURRENCES_MAX 3

typedef struct SourceRecurrence
{
	int			count;
	char		text[SOURCE_FAULT_TEXT_MAX];
} SourceRecurrence;

/*
 * Takes what ended a stream; may set fault->recurs, and says so in its text then.  Whoever
 * delivers something for good sets count to 0 before.
 */
extern void source_fault_note(SourceRecurrence *recurrence, SourceFault *fault);

/*
 * Whoever waits for a slot that somebody else reads, as a standby does for as long as all is
 * well, looks often and says so seldom: each time after twice as long.
 */
#define SOURCE_IN_USE_TOLD_MS_FIRST 10000
#define SOURCE_IN_USE_TOLD_MS_MAX 600000

/* All zero: nothing was told yet. */
typedef struct SourceTold
{
	int64_t		told_ms;
	int64_t		pause_ms;		/* until it is told again; 0: what was told last is
								 * something else */
	char		text[SOURCE_FAULT_TEXT_MAX];
} SourceTold;

/* Is the fault to be told?  Each is, but that of a slot in use while it was told lately. */
extern bool source_fault_is_news(SourceTold *told, const SourceFault *fault);

/*
 * Copies a message of libpq as one line: those end in a newline and may have
 * several lines.  NULL counts as empty; cut at size.
 */
extern void source_copy_message(char *target, size_t size, const char *message);

#endif							/* WALFERRY_SOURCE_FAULT_H */
