/*
 * renderer.h
 *		Rows that COPY gives, rendered by the shipper.
 *
 * By the row plans, readers and writers of pgoutput's changes (shipper/pgoutput/), of
 * tables that no Relation message has told of: the catalogue does.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SNAPSHOT_RENDERER_H
#define WALFERRY_SNAPSHOT_RENDERER_H

#include "shipper/pgoutput/session.h"
#include "shipper/pgoutput/tuple.h"
#include "sink.h"
#include "tables.h"

typedef struct Renderer
{
	PgoutputSession session;
	TypeNames	type_names;		/* empty */
	Catalogue	catalogue;
	TableMaker	maker;
	WfScratch	scratch;
	PgoutputRelation relation;	/* of the table at hand */
	PgoutputTable *table;		/* likewise; NULL: none yet */
	bool		binary;			/* its values are read in their binary form */
	WfTransaction transaction;
	Sink	   *sink;
	SourceFault *fault;			/* of the call at hand */
	bool		has_failed;		/* the sink has, in a callback */
} Renderer;

/*
 * sink: lives as long.  lsn, time_us: of the snapshot.  It must not be moved.  False with
 * fault filled in; nothing to free then.
 */
extern bool renderer_open(Renderer *renderer, const Config *config, Sink *sink, uint64_t lsn,
						  int64_t time_us, SourceTurn turn, void *context, SourceFault *fault);

/* Describes the table whose rows come next, by the transaction of connection. */
extern bool renderer_begin_table(Renderer *renderer, const SnapshotTable *table,
								 PGconn *connection, SourceFault *fault);

/* The COPY of a table, in the form that the renderer reads. */
extern void renderer_put_copy(const Renderer *renderer, const SnapshotTable *table,
							  WfBuffer *command);

/*
 * Renders a row of the table; its place and mark as wf_transaction_place_read() takes
 * them.  False with fault filled in.
 */
extern bool renderer_take(Renderer *renderer, const PgoutputTuple *tuple, uint64_t chunk,
						  uint64_t row, WfSnapshotMark mark, SourceFault *fault);

/* Hands on what is rendered. */
extern bool renderer_flush(Renderer *renderer, SourceFault *fault);

extern void renderer_free(Renderer *renderer);

#endif							/* WALFERRY_SNAPSHOT_RENDERER_H */
