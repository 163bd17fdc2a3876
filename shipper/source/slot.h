/*
 * slot.h
 *		The replication slot: looked at, made when missing, begun to be read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SLOT_H
#define WALFERRY_SLOT_H

#include "replication.h"

typedef struct SlotPosition
{
	uint64_t	confirmed;		/* up to where its changes are done with */
	bool		made;			/* it was not there before; also if it cannot be
								 * looked at then */
	bool		missing;		/* nor is it now: it was not to be made */
	bool		in_use;			/* a process of the server is reading it */
} SlotPosition;

/*
 * Sets replication->plugin: the configuration's; if it has none, that of the slot (NULL:
 * one to be made), else what the server has.  False with fault filled in if that cannot
 * be asked, or the configuration wants what this plugin cannot do.
 */
extern bool slot_choose_plugin(Replication *replication, const Config *config, const char *slot,
							   SourceFault *fault);

/*
 * Sees to it that the configured slot can be read, and says in words what is in
 * the way otherwise.  make: a missing slot is made, and it is read on this connection, on
 * which no table is looked at and publications are left as they are; else it is only looked
 * at (first_look.h), a missing one is told in position, and publications are made and
 * altered as the configuration wishes.
 * delivered: 0 at the start of the process, when a missing
 * slot is created; later, up to where its changes were delivered: a new slot
 * would begin behind changes that nobody has read, so a missing one is a fault
 * with a gap.  Chooses the plugin as above.
 */
extern bool slot_prepare(Replication *replication, const Config *config, bool make,
						 uint64_t delivered, SlotPosition *position, SourceFault *fault);

/* The fault of a standby whose WAL does not reach what is confirmed (yet). */
extern void slot_explain_catching_up(uint64_t confirmed, uint64_t server_lsn, SourceFault *fault);

/*
 * Makes a slot that ends with the connection, for looking only.  Chooses its plugin as for
 * one to be made.
 */
extern bool slot_create_temporary(Replication *replication, const Config *config,
								  const char *name, SourceFault *fault);

/* What pgoutput is asked for; streaming and binary are of PostgreSQL 14 and later. */
typedef struct PgoutputChoice
{
	int			proto_version;
	bool		binary;			/* values in their types' binary forms */
	bool		binary_failed;	/* a type turned up whose form is not read; it stays
								 * so */
	bool		streaming;		/* transactions that are not committed yet, when
								 * they are large */
	int64_t		streaming_again_ms; /* once that was given up: a session that begins
									 * then tries again */
} PgoutputChoice;

/*
 * Fills in what the server can do.  Binary values that were given up in a choice that was
 * made before stay so, since the reason will be there again; streaming for an hour.
 */
extern void slot_choose_pgoutput(PgoutputChoice *choice, const Replication *replication);

/* The next session's transactions come when they have committed; the server spills them. */
extern void slot_choose_without_streaming(PgoutputChoice *choice);

/*
 * Whether the fault that ended a session is the server's own (SQLSTATE class XX) while it
 * streamed transactions before their end; then the choice gives that up, and the log says
 * so: PostgreSQL 18.6 cannot map a table's file in one that alters the table in a
 * subtransaction which is rolled back, and can when it has committed.
 */
extern bool slot_give_up_streaming(PgoutputChoice *choice, const SourceFault *fault);

/*
 * Begins to read.  output: record, envelope or frame, of the plugin walferry, to which
 * the format options of the configuration go; choice: of pgoutput, else NULL;
 * replication->plugin says which it is.  start: 0, or an LSN up to where the changes
 * were delivered even if the slot does not know it yet.
 */
extern bool slot_start(Replication *replication, const Config *config, const char *slot,
					   const char *output, const PgoutputChoice *choice, uint64_t start,
					   SourceFault *fault);

#endif							/* WALFERRY_SLOT_H */
