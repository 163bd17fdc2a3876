/*
 * decoder_stream.c
 *		Transactions that are streamed before they have ended.
 *
 * A streamed transaction is kept in the spool, as it came, and read from there when its
 * commit arrives: just as if it had come then.  Its Relation and Type messages too, for what they
 * tell may be the transaction's own doing, which is nobody else's before it has committed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "decoder_state.h"

#include "shipper/log.h"

/* Why streaming is given up, and what comes of it. */
static void
give_up_streaming(Decoder *decoder, const char *message, const char *reason)
{
	log_write(LOG_LEVEL_WARNING, "source", message, log_text("reason", reason),
			  log_int("spool_max_bytes", decoder->config->spool_max_bytes),
			  log_int("spool_bytes", (int64_t) spool_bytes(decoder->spool)));
	slot_choose_without_streaming(decoder->choice);
	decoder->result = DECODER_RENEW;
}

static void
spool_failed(Decoder *decoder, SpoolResult result)
{
	give_up_streaming(decoder, result == SPOOL_FULL ?
					  "the spool has no room for the transactions that are streamed before their commit; "
					  "reading goes on without streaming, the server keeps them until they commit" :
					  "the spool of streamed transactions cannot be written; reading goes on without "
					  "streaming, the server keeps them until they commit",
					  spool_error(decoder->spool));
}

/*
 * A logical message has the number of the whole transaction, whatever subtransaction it was
 * written in (pgoutput.c, pgoutput_message() of all versions; changes have their own), so
 * the abort of one may take it back or not.
 */
static void
spool_message(Decoder *decoder)
{
	SpoolMessage message = {
		.xid = decoder->message.xid != 0 ? decoder->message.xid : decoder->stream_xid,
		.lsn = decoder->lsn, .payload = decoder->payload,
		.is_of_any = decoder->message.type == PGOUTPUT_MESSAGE &&
		!decoder_is_own_message(&decoder->message)
	};
	SpoolResult result;

	/* see arrival_of() */
	if (decoder->message.type == PGOUTPUT_RELATION || decoder->message.type == PGOUTPUT_TYPE)
		message.lsn = pgoutput_tables_arrival(&decoder->tables);
	result = spool_append(decoder->spool, decoder->stream_xid, &message);

	if (result != SPOOL_OK)
		spool_failed(decoder, result);
}

void
decoder_handle_stream_start(Decoder *decoder)
{
	uint32_t	xid = decoder->message.as.stream_start.xid;
	SpoolResult result;

	if (decoder->state != STATE_OUTSIDE || decoder->spool == NULL)
	{
		decoder_fail_protocol(decoder, decoder->lsn, decoder->spool == NULL ? "streaming was not asked for" :
							  "a transaction is open");
		return;
	}
	if (decoder->message.as.stream_start.is_first == spool_has(decoder->spool, xid))
	{
		decoder_fail_protocol(decoder, decoder->lsn, decoder->message.as.stream_start.is_first ?
							  "it begins a transaction that had begun" :
							  "it goes on with a transaction that has not begun");
		return;
	}
	result = spool_begin(decoder->spool, xid);
	if (result != SPOOL_OK)
	{
		spool_failed(decoder, result);
		return;
	}
	decoder->state = STATE_STREAM;
	decoder->stream_xid = xid;
	decoder->reader.in_stream = true;
}

/*
 * A transaction's LSN at its origin is in its commit record.  So it is not known when its first
 * piece is streamed, with which the Origin message comes, and nothing tells of it later
 * (pgoutput.c, pgoutput_stream_start()): 0 would stand in events, or not, depending on how
 * large the transaction is and on what memory the server has for it.  Without streaming the
 * message comes behind Begin, and has it.
 */
static void
handle_origin_in_stream(Decoder *decoder)
{
	if (decoder->message.as.origin.name.length > 0 && decoder->message.as.origin.lsn == 0)
		give_up_streaming(decoder, "a transaction that came from elsewhere by replication is streamed before "
						  "its commit, and pgoutput does not tell source.origin_lsn then; reading goes on "
						  "without streaming, the server keeps transactions until they commit",
						  "a large transaction with a replication origin");
	else
		spool_message(decoder);
}

void
decoder_handle_in_stream(Decoder *decoder)
{
	switch (decoder->message.type)
	{
		case PGOUTPUT_STREAM_STOP:
			decoder->state = STATE_OUTSIDE;
			decoder->reader.in_stream = false;
			break;
		case PGOUTPUT_ORIGIN:
			handle_origin_in_stream(decoder);
			break;
		case PGOUTPUT_RELATION:
		case PGOUTPUT_TYPE:
		case PGOUTPUT_INSERT:
		case PGOUTPUT_UPDATE:
		case PGOUTPUT_DELETE:
		case PGOUTPUT_TRUNCATE:
		case PGOUTPUT_MESSAGE:
			spool_message(decoder);
			break;
		default:
			decoder_fail_protocol(decoder, decoder->lsn, "a transaction is being streamed");
	}
}

/*
 * From PostgreSQL 18 on one may come of a transaction that was never streamed, even where
 * streaming was not asked for: the server marks the subtransactions of what it passes over as
 * streamed (reorderbuffer.c, ReorderBufferTruncateTXN()).
 */
void
decoder_handle_stream_abort(Decoder *decoder)
{
	SpoolResult result;

	if (decoder->state != STATE_OUTSIDE)
	{
		decoder_fail_protocol(decoder, decoder->lsn, "a transaction is open");
		return;
	}
	if (decoder->spool == NULL)
		return;
	result = spool_abort(decoder->spool, decoder->message.as.stream_abort.xid,
						 decoder->message.as.stream_abort.subxid);
	if (result != SPOOL_OK)
		spool_failed(decoder, result);
}

/*
 * A transaction may have nothing in the spool: all was taken back, or nothing of it is
 * published.  But it has begun.  PostgreSQL, 14 to 18, streams a commit only of one that it has
 * marked as streamed (reorderbuffer.c, ReorderBufferReplay()), which it does behind the Stream
 * Stop of its first piece, and pgoutput sends the Stream Start before it looks what of the piece
 * is published.
 */
void
decoder_handle_stream_commit(Decoder *decoder)
{
	const PgoutputMessage *message = &decoder->message;

	if (decoder->state != STATE_OUTSIDE || decoder->spool == NULL)
	{
		decoder_fail_protocol(decoder, decoder->lsn, "a transaction is open, or streaming was not asked for");
		return;
	}

	if (!spool_has(decoder->spool, message->as.commit.xid))
	{
		decoder_fail_protocol(decoder, decoder->lsn, "no Stream Start has told of its transaction");
		return;
	}
	if (spool_is_unclear(decoder->spool, message->as.commit.xid))
	{
		give_up_streaming(decoder, "a part of a transaction that was streamed before its commit was taken "
						  "back, and pgoutput does not tell whether a logical message belongs to it; "
						  "reading goes on without streaming, the server keeps transactions until they "
						  "commit",
						  "ROLLBACK TO SAVEPOINT, or a caught error, behind a logical message");
		return;
	}

	decoder->state = STATE_REPLAY;
	decoder->stream_xid = message->as.commit.xid;
	decoder->end_lsn = message->as.commit.end_lsn;
	decoder->reader.in_stream = true;
	decoder_begin_transaction(decoder, message->as.commit.xid, message->as.commit.commit_lsn,
							  message->as.commit.commit_time_us);
	spool_rewind(decoder->spool, decoder->stream_xid);
}

/* Reads the next message of the spooled transaction, or ends it. */
void
decoder_replay_next(Decoder *decoder)
{
	SpoolMessage message;

	switch (spool_next(decoder->spool, &message))
	{
		case SPOOL_OK:
			decoder->lsn = message.lsn;
			if (pgoutput_read(&decoder->reader, message.payload, &decoder->message))
				decoder_handle(decoder, message.lsn);
			else
				decoder_fail_protocol(decoder, message.lsn, decoder->reader.error);
			break;
		case SPOOL_PASSED:
			break;
		case SPOOL_END:
			spool_drop(decoder->spool, decoder->stream_xid);
			pgoutput_tables_end_replay(&decoder->tables);
			type_names_end_replay(&decoder->type_names);
			decoder->reader.in_stream = false;
			decoder_end_transaction(decoder, decoder->end_lsn);
			break;
		case SPOOL_FULL:		/* no memory for a message */
			decoder_fail(decoder, false, "53200", "out of memory for a spooled message");
			break;
		case SPOOL_BROKEN:
			spool_failed(decoder, SPOOL_BROKEN);
			break;
	}
}
