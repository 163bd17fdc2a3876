/*
 * decoder_state.h
 *		What the decoder's parts share.
 *
 * decoder.c takes messages and hands frames out, and knows of transactions;
 * decoder_changes.c writes rows, truncations and logical messages; decoder_stream.c keeps
 * streamed transactions until they commit.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_DECODER_STATE_H
#define WALFERRY_PGOUTPUT_DECODER_STATE_H

#include "decoder.h"
#include "message.h"
#include "session.h"
#include "spool.h"
#include "tuple.h"

/* A frame is handed out as soon as it holds so much; as the plugin's. */
#define FRAME_BYTES (32 * 1024)

typedef enum DecoderState
{
	STATE_OUTSIDE,				/* between transactions */
	STATE_TRANSACTION,			/* BEGIN was seen */
	STATE_STREAM,				/* STREAM_START was seen: all goes to the spool */
	STATE_REPLAY				/* a spooled transaction is read */
} DecoderState;

struct Decoder
{
	PgoutputSession session;
	PgoutputTables tables;
	TypeNames	type_names;
	Catalogue	catalogue;
	PgoutputReader reader;
	PgoutputMessage message;	/* the one at hand, or of those replayed */
	WfScratch	scratch;
	Spool	   *spool;			/* NULL without streaming */
	PgoutputChoice *choice;
	const Config *config;

	DecoderState state;
	uint32_t	stream_xid;		/* of STREAM and REPLAY */
	WfTransaction transaction;	/* of TRANSACTION and REPLAY */
	uint64_t	ended_lsn;		/* where the last one ended; 0: none yet */
	uint64_t	end_lsn;		/* of REPLAY: where its commit ends */
	WfBuffer	origin;			/* its name */
	uint64_t	reference_xid;	/* with its epoch: one that is near */

	/* the message that was taken */
	bool		has_message;
	uint64_t	lsn;
	WfSlice		payload;
	int			truncated;		/* tables of a TRUNCATE that are written */
	bool		in_truncate;
	bool		frame_is_out;	/* what is in the buffer was handed out */
	bool		hand_out;		/* what is in the buffer leaves, however little it
								 * is */
	DecoderResult result;		/* RENEW or FAILED: for ever */
	SourceFault fault;
};

/* ---- what cannot be: the session fails ---- */

/* sqlstate: its class says whether the same may go well another time (fault.h). */
extern void decoder_fail(Decoder *decoder, bool permanent, const char *sqlstate,
						 const char *format,...)
			__attribute__((format(printf, 4, 5)));

/* The message at hand cannot stand where it does. */
extern void decoder_fail_protocol(Decoder *decoder, uint64_t lsn, const char *what);

/* The session's error says why. */
extern void decoder_fail_refused(Decoder *decoder);

/* ---- decoder.c ---- */

/* A message outside of a stream's chunks, or one that is replayed. */
extern void decoder_handle(Decoder *decoder, uint64_t lsn);

extern void decoder_begin_transaction(Decoder *decoder, uint32_t xid, uint64_t commit_lsn,
									  int64_t commit_time_us);
extern void decoder_end_transaction(Decoder *decoder, uint64_t end_lsn);

/* What wf_write_…() said; what: for a textual record that is too large. */
extern void decoder_take_result(Decoder *decoder, WfWriteResult result, const char *what,
								uint64_t lsn);

/* What was said of the table, which may be NULL.  False: the session is over, or failed. */
extern bool decoder_take_tables_result(Decoder *decoder, TablesResult result,
									   const PgoutputTable *table);

/* ---- decoder_changes.c ---- */

/* skip: the bit of skipped.operations. */
extern void decoder_handle_change(Decoder *decoder, WfOperation operation, int skip,
								  uint64_t lsn);

/* Takes a TRUNCATE further, which in_truncate says is not through. */
extern void decoder_continue_truncate(Decoder *decoder);

/* A logical message of the shipper's, which is never an event? */
extern bool decoder_is_own_message(const PgoutputMessage *message);

extern void decoder_handle_message(Decoder *decoder, uint64_t lsn);

/* ---- decoder_stream.c ---- */

extern void decoder_handle_stream_start(Decoder *decoder);

/* A message between Stream Start and Stream Stop, or the latter. */
extern void decoder_handle_in_stream(Decoder *decoder);

extern void decoder_handle_stream_abort(Decoder *decoder);
extern void decoder_handle_stream_commit(Decoder *decoder);

/* Reads the next message of the transaction that is replayed, or ends it. */
extern void decoder_replay_next(Decoder *decoder);

#endif							/* WALFERRY_PGOUTPUT_DECODER_STATE_H */
