/*
 * snapshot_state.h
 *		What the parts of a snapshot share.
 *
 * snapshot.c is the order of the whole, snapshot_begin.c all that comes before the first
 * row, with the place in the WAL in snapshot_place.c, and snapshot_rows.c the rows.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SNAPSHOT_STATE_H
#define WALFERRY_SNAPSHOT_STATE_H

#include "renderer.h"
#include "sink.h"
#include "snapshot.h"
#include "tables.h"

/* Of a command that names tables, columns and a filter. */
#define SNAPSHOT_COMMAND_BYTES_MAX (8 * 1024 * 1024)

/* Whenever it has held back VACUUM for so long, a warning says so. */
#define SNAPSHOT_HELD_WARNING_MS (60 * 60 * 1000)

typedef struct Snapshot
{
	const Config *config;
	const SnapshotRequest *request;
	PGconn	   *connection;
	WfRules		rules;
	bool		has_rules;
	bool		by_extension;
	const char *publication;	/* that pgoutput reads, if it is there; else NULL */
	SnapshotTables tables;
	uint64_t	lsn;
	int64_t		time_us;
	int64_t		begun_ms;
	int64_t		held_ms;		/* since when the snapshot holds back VACUUM; 0:
								 * there is none */
	int64_t		held_told_ms;	/* when that was last worth a warning, or held_ms */
	Sink	   *sink;
	Renderer   *renderer;		/* NULL: the extension renders */

	/* progress */
	int			table;			/* that is read */
	int			next;			/* behind it, the next that has rows, or the count */
	uint64_t	chunk;			/* of its first row */
	uint64_t	table_rows;		/* of it, handed on */
	uint64_t	rows;			/* of all */
	int			tables_done;
	bool		is_first;		/* no row was handed on yet */
	bool		collection_has_begun;	/* one of what it is published as was */
	int64_t		told_ms;
} Snapshot;

/* ---- snapshot.c ---- */

/* A SourceTurn: serves Kafka, tells of progress, and ends what waits when a stop is asked for. */
extern bool snapshot_take_turn(void *context);

/* Once there is a snapshot: metrics always, and the log every some seconds. */
extern void snapshot_note_progress(Snapshot *snapshot);

/* What a query, of whatever duration, gives; the caller's.  NULL: the fault says why. */
extern PGresult *snapshot_ask(Snapshot *snapshot, const char *query, SourceFault *fault);

/* The table that is read. */
static inline const SnapshotTable *
snapshot_current(const Snapshot *snapshot)
{
	return &snapshot->tables.tables[snapshot->table];
}

/* ---- snapshot_begin.c ---- */

/* Connects, and finds out what renders and which tables are read.  False: the fault says why. */
extern bool snapshot_prepare(Snapshot *snapshot, SourceFault *fault);

/* Begins the transaction that all tables are read in, with their locks and the snapshot. */
extern bool snapshot_begin(Snapshot *snapshot, SourceFault *fault);

/* ---- snapshot_place.c ---- */

/*
 * Finds the place of a snapshot that is taken afterwards, having waited, for as long as it
 * takes, until no change that the snapshot lacks can stand before it.  Outside of
 * transactions.  False: the fault says why.
 */
extern bool snapshot_find_place(Snapshot *snapshot, SourceFault *fault);

/* ---- snapshot_rows.c ---- */

/* Reads all tables that have rows, one after the other. */
extern bool snapshot_read_tables(Snapshot *snapshot, SourceFault *fault);

#endif							/* WALFERRY_SNAPSHOT_STATE_H */
