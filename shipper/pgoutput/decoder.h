/*
 * decoder.h
 *		From pgoutput's messages to the frames that the plugin would send.
 *
 * A decoder lives as long as a replication session.  Its owner gives it each replication
 * message and then asks for frames until there are none; only then it gives the next.  So
 * a frame that cannot be delivered yet holds the stream back, as with the plugin.
 *
 *		decoder_take()			a message
 *		decoder_next()			DECODER_FRAME … DECODER_IDLE
 *
 * With a textual output each record goes to on_record at once, and there are no frames.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_DECODER_H
#define WALFERRY_PGOUTPUT_DECODER_H

#include "envelope/event.h"
#include "shipper/source/slot.h"

typedef struct Decoder Decoder;

typedef enum DecoderResult
{
	DECODER_IDLE,				/* the message is used up, unless decoder_is_busy():
								 * then it is only the caller's turn */
	DECODER_FRAME,				/* a frame is there; ask again */
	DECODER_RENEW,				/* another session is to be begun; see
								 * decoder_choice() */
	DECODER_FAILED				/* see the fault */
} DecoderResult;

typedef struct DecoderOwner
{
	SourceTurn	turn;			/* what is done while the catalogue is waited for */
	void		(*on_record) (void *host, WfSlice record);	/* textual outputs only */
	void	   *host;
} DecoderOwner;

/*
 * replication: connected, and streaming by `choice`, whose later values the decoder may
 * change for the next session.  All must live as long.  NULL with fault filled in.
 */
extern Decoder *decoder_open(const Config *config, const Replication *replication,
							 PgoutputChoice *choice, WfOutput output, const DecoderOwner *owner,
							 SourceFault *fault);

/*
 * Takes a message's place and payload, which must stay until decoder_next() is idle.
 * lsn: what the replication message says (ReplicationMessage.start_lsn).
 */
extern void decoder_take(Decoder *decoder, uint64_t lsn, WfSlice payload);

/* frame: valid until the next call.  The fault is filled in only with FAILED. */
extern DecoderResult decoder_next(Decoder *decoder, WfSlice *frame, SourceFault *fault);

/* In the owner's turn: what has been waited for for long, in a sentence; else NULL. */
extern const char *decoder_waits_for(const Decoder *decoder);

/* May decoder_next() have something? */
extern bool decoder_is_busy(const Decoder *decoder);

/*
 * Is a transaction begun that has not ended?  Some of it may wait here for a frame to fill,
 * so the ledger does not know of it.
 */
extern bool decoder_is_in_transaction(const Decoder *decoder);

/*
 * Where the last transaction of this session ended, 0 before there is one; also one that was
 * left out.  When decoder_next() is idle, all of it was handed out.
 */
extern uint64_t decoder_ended_lsn(const Decoder *decoder);

extern void decoder_free(Decoder *decoder);

#endif							/* WALFERRY_PGOUTPUT_DECODER_H */
