/*
 * decoder.c
 *		From pgoutput's messages to the frames that the plugin would send.
 *
 * What a message means follows from those before it, and the order is checked: a row
 * outside of a transaction, a table that no Relation message has told of, a tuple of
 * another width than its table are errors of the stream and never rows.
 *
 *		BEGIN [ORIGIN] {RELATION TYPE INSERT UPDATE DELETE TRUNCATE MESSAGE}* COMMIT
 *		MESSAGE (not transactional)
 *		STREAM_START {the same}* STREAM_STOP … STREAM_COMMIT | STREAM_ABORT
 *
 * Streamed transactions are kept until they commit (decoder_stream.c).
 *
 * A message that is long in its work, a TRUNCATE of many tables or a spooled transaction,
 * is taken further by each decoder_next(), so that frames stay small.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "decoder_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "binary_choice.h"
#include "notices.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"

#define KEPT_FRAME_BYTES_MAX (1024 * 1024)

/*
 * Changes of a spooled transaction that are looked at without the caller's turn: many may
 * be no events.
 */
#define STEPS_MAX 1000

#define KEPT_SCRATCH_BYTES_MAX (64 * 1024)

/* Names of replication origins are texts of any length. */
#define ORIGIN_BYTES_MAX (64 * 1024)

/* ---- what cannot be ---- */

void
decoder_fail(Decoder *decoder, bool permanent, const char *sqlstate, const char *format,...)
{
	char		text[SOURCE_FAULT_TEXT_MAX];
	va_list		arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	decoder->result = DECODER_FAILED;
	source_fault(&decoder->fault, permanent, "%s", text);
	snprintf(decoder->fault.sqlstate, sizeof(decoder->fault.sqlstate), "%s", sqlstate);
}

/*
 * The stream is not what it is to be.  Read again it may be; if it is not, three times at one
 * place, it never will (source_fault_note()).
 */
void
decoder_fail_protocol(Decoder *decoder, uint64_t lsn, const char *what)
{
	decoder_fail(decoder, false, "22000", "pgoutput sent a message %s at LSN " LSN_FORMAT
				 " that cannot be there: %s",
				 pgoutput_type_name(decoder->reader.type), LSN_PARTS(lsn), what);
}

void
decoder_fail_refused(Decoder *decoder)
{
	const WfBuffer *error = &decoder->session.error;

	decoder_fail(decoder, true, "22000", "%.*s", (int) error->length, error->data);
}

/* What wf_write_…() said; what: for a textual record that is too large. */
void
decoder_take_result(Decoder *decoder, WfWriteResult result, const char *what, uint64_t lsn)
{
	if (decoder->result != DECODER_IDLE)
		return;
	if (decoder->session.error.length > 0)
		decoder_fail_refused(decoder);
	else if (result == WF_WRITE_TOO_LARGE)
		decoder_fail(decoder, true, "54000", "%s at LSN " LSN_FORMAT " does not fit a record of %" PRId64
					 " bytes: raise record.max.bytes", what, LSN_PARTS(lsn),
					 decoder->session.session.options.record_max_bytes);
	else if (result == WF_WRITE_NO_MEMORY)
		decoder_fail(decoder, false, "53200", "out of memory while %s at LSN " LSN_FORMAT " was written", what,
					 LSN_PARTS(lsn));
}

/* ---- transactions ---- */

/*
 * A transaction's number with its epoch: the nearest to another one's, since all that a slot
 * has began less than half the numbers apart.
 */
static uint32_t
epoch_of(Decoder *decoder, uint32_t xid)
{
	uint64_t	near = decoder->reference_xid;
	uint64_t	full = (near & ~(uint64_t) UINT32_MAX) | xid;

	if (full > near && full - near > UINT32_MAX / 2 && full > UINT32_MAX)
		full -= (uint64_t) 1 << 32;
	else if (full < near && near - full > UINT32_MAX / 2)
		full += (uint64_t) 1 << 32;
	decoder->reference_xid = full;
	return (uint32_t) (full >> 32);
}

void
decoder_begin_transaction(Decoder *decoder, uint32_t xid, uint64_t commit_lsn,
						  int64_t commit_time_us)
{
	pgoutput_tables_begin(&decoder->tables);
	decoder->catalogue.xid = xid;
	wf_transaction_begin(&decoder->transaction, xid, commit_lsn, commit_time_us);
	if (decoder->session.session.options.txid_handling == WF_TXID_XID8)
		decoder->transaction.xid_epoch = epoch_of(decoder, xid);
}

static void
handle_begin(Decoder *decoder, uint64_t lsn)
{
	const PgoutputMessage *message = &decoder->message;

	if (decoder->state != STATE_OUTSIDE)
	{
		decoder_fail_protocol(decoder, lsn, "a transaction is open");
		return;
	}
	decoder->state = STATE_TRANSACTION;
	decoder_begin_transaction(decoder, message->as.begin.xid, message->as.begin.commit_lsn,
							  message->as.begin.commit_time_us);
}

void
decoder_end_transaction(Decoder *decoder, uint64_t end_lsn)
{
	WfSession  *session = &decoder->session.session;

	decoder_take_result(decoder, wf_transaction_commit(session, &decoder->transaction,
													   end_lsn),
						"the commit of a transaction", decoder->transaction.commit_lsn);
	decoder->state = STATE_OUTSIDE;
	decoder->ended_lsn = end_lsn;
	decoder->hand_out = true;
}

static void
handle_commit(Decoder *decoder, uint64_t lsn)
{
	const PgoutputMessage *message = &decoder->message;

	if (decoder->state != STATE_TRANSACTION)
		decoder_fail_protocol(decoder, lsn, "no transaction is open");
	else if (message->as.commit.commit_lsn != decoder->transaction.commit_lsn)
		decoder_fail_protocol(decoder, lsn, "its LSN is not the one that Begin announced");
	else
		decoder_end_transaction(decoder, message->as.commit.end_lsn);
}

/* The origin belongs to the transaction; its name is the message's, and must outlive it. */
static void
handle_origin(Decoder *decoder, uint64_t lsn)
{
	const PgoutputMessage *message = &decoder->message;

	if (decoder->state != STATE_TRANSACTION && decoder->state != STATE_REPLAY)
	{
		decoder_fail_protocol(decoder, lsn, "no transaction is open");
		return;
	}
	if (message->as.origin.name.length == 0)
		return;					/* 13: an origin that is gone has no name */
	wf_buffer_cut(&decoder->origin, 0);
	wf_buffer_append_slice(&decoder->origin, message->as.origin.name);
	if (decoder->origin.error != WF_BUFFER_OK)
	{
		decoder_fail(decoder, false, "53200", "out of memory for the name of a replication origin");
		return;
	}
	decoder->transaction.origin = wf_buffer_since(&decoder->origin, 0);
	decoder->transaction.origin_lsn = message->as.origin.lsn;
}

/*
 * The number of a Relation or Type message.  One that is replayed has it in the place of an LSN,
 * of which it has none.
 */
static uint64_t
arrival_of(Decoder *decoder, uint64_t lsn)
{
	return decoder->state == STATE_REPLAY ? lsn : pgoutput_tables_arrival(&decoder->tables);
}

static void
handle_type(Decoder *decoder, uint64_t lsn)
{
	const PgoutputMessage *message = &decoder->message;

	if (!type_names_add(&decoder->type_names, message->as.type.oid, message->as.type.name,
						arrival_of(decoder, lsn)))
		decoder_fail(decoder, false, "53200", "out of memory for the name of a type");
}

/* Another session begins with the transaction at hand, which must not need as many itself. */
static void
take_full(Decoder *decoder)
{
	if (decoder->ended_lsn == 0)
		decoder_fail(decoder, true, "54000", "a transaction has changed more than %d tables, which is all that "
					 "a session keeps (partitions count each)", TABLES_MAX);
	else
	{
		log_write(LOG_LEVEL_WARNING, "source", "more tables were changed than a session keeps",
				  log_int("tables", TABLES_MAX));
		decoder->result = DECODER_RENEW;
	}
}

bool
decoder_take_tables_result(Decoder *decoder, TablesResult result, const PgoutputTable *table)
{
	switch (result)
	{
		case TABLES_DONE:
			break;
		case TABLES_FULL:
			take_full(decoder);
			break;
		case TABLES_NOT_BINARY:
			notice_warn_of_table("the table has a column of a type whose binary form is not read; reading "
								 "goes on with all values as text, of the whole publication",
								 table->relation.schema, table->relation.name);
			decoder->choice->binary_failed = true;
			decoder->result = DECODER_RENEW;
			break;
		case TABLES_FAILED:
			decoder->result = DECODER_FAILED;
			break;
	}
	return result == TABLES_DONE;
}

/* ---- the whole ---- */

bool
decoder_is_in_transaction(const Decoder *decoder)
{
	return decoder->state == STATE_TRANSACTION || decoder->state == STATE_REPLAY;
}

uint64_t
decoder_ended_lsn(const Decoder *decoder)
{
	return decoder->ended_lsn;
}

/* A message outside of a stream's chunks, or one that is replayed. */
void
decoder_handle(Decoder *decoder, uint64_t lsn)
{
	const PgoutputMessage *message = &decoder->message;
	TablesResult result;

	switch (message->type)
	{
		case PGOUTPUT_INSERT:
		case PGOUTPUT_UPDATE:
		case PGOUTPUT_DELETE:
		case PGOUTPUT_TRUNCATE:
			if (!decoder_is_in_transaction(decoder))
			{
				decoder_fail_protocol(decoder, lsn, "no transaction is open");
				return;
			}
			break;
		default:
			break;
	}
	switch (message->type)
	{
		case PGOUTPUT_BEGIN:
			handle_begin(decoder, lsn);
			break;
		case PGOUTPUT_COMMIT:
			handle_commit(decoder, lsn);
			break;
		case PGOUTPUT_ORIGIN:
			handle_origin(decoder, lsn);
			break;
		case PGOUTPUT_RELATION:
			result = pgoutput_tables_take(&decoder->tables, message->as.relation,
										  arrival_of(decoder, lsn), &decoder->fault);
			(void) decoder_take_tables_result(decoder, result, NULL);
			break;
		case PGOUTPUT_TYPE:
			handle_type(decoder, lsn);
			break;
		case PGOUTPUT_INSERT:
			decoder_handle_change(decoder, WF_OPERATION_CREATE, WF_SKIP_CREATE, lsn);
			break;
		case PGOUTPUT_UPDATE:
			decoder_handle_change(decoder, WF_OPERATION_UPDATE, WF_SKIP_UPDATE, lsn);
			break;
		case PGOUTPUT_DELETE:
			decoder_handle_change(decoder, WF_OPERATION_DELETE, WF_SKIP_DELETE, lsn);
			break;
		case PGOUTPUT_TRUNCATE:
			decoder->in_truncate = true;
			decoder->truncated = 0;
			break;
		case PGOUTPUT_MESSAGE:
			decoder_handle_message(decoder, lsn);
			break;
		case PGOUTPUT_STREAM_START:
			decoder_handle_stream_start(decoder);
			break;
		case PGOUTPUT_STREAM_STOP:
			decoder_fail_protocol(decoder, lsn, "no transaction is being streamed");
			break;
		case PGOUTPUT_STREAM_COMMIT:
			decoder_handle_stream_commit(decoder);
			break;
		case PGOUTPUT_STREAM_ABORT:
			decoder_handle_stream_abort(decoder);
			break;
	}
}

void
decoder_take(Decoder *decoder, uint64_t lsn, WfSlice payload)
{
	decoder->lsn = lsn;
	decoder->payload = payload;
	decoder->has_message = true;
}

static void
begin_message(Decoder *decoder)
{
	decoder->has_message = false;
	if (!pgoutput_read(&decoder->reader, decoder->payload, &decoder->message))
		decoder_fail(decoder, false, "22000", "pgoutput's message %s (%zu bytes) at LSN " LSN_FORMAT
					 " is not understood at byte %zu: %s", pgoutput_type_name(decoder->reader.type),
					 decoder->payload.length, LSN_PARTS(decoder->lsn), decoder->reader.offset,
					 decoder->reader.error);
	else if (decoder->state == STATE_STREAM)
		decoder_handle_in_stream(decoder);
	else
		decoder_handle(decoder, decoder->lsn);
}

const char *
decoder_waits_for(const Decoder *decoder)
{
	return decoder->catalogue.waits_for[0] != '\0' ? decoder->catalogue.waits_for : NULL;
}

bool
decoder_is_busy(const Decoder *decoder)
{
	return decoder->has_message || decoder->in_truncate || decoder->state == STATE_REPLAY ||
		decoder->hand_out || decoder->session.buffer.length >= FRAME_BYTES;
}

/* One step with what is at hand.  False: there is nothing. */
static bool
go_on(Decoder *decoder)
{
	if (decoder->in_truncate)
		decoder_continue_truncate(decoder);
	else if (decoder->has_message)
		begin_message(decoder);
	else if (decoder->state == STATE_REPLAY)
		decoder_replay_next(decoder);
	else
		return false;
	tuple_scratch_shrink(&decoder->scratch, KEPT_SCRATCH_BYTES_MAX);
	pgoutput_session_shrink(&decoder->session);
	return true;
}

DecoderResult
decoder_next(Decoder *decoder, WfSlice *frame, SourceFault *fault)
{
	WfBuffer   *buffer = &decoder->session.buffer;

	if (decoder->frame_is_out)
		heap_buffer_reset(buffer, KEPT_FRAME_BYTES_MAX);
	decoder->frame_is_out = false;
	for (int steps = 0; decoder->result == DECODER_IDLE && buffer->length < FRAME_BYTES &&
		 !(decoder->hand_out && buffer->length > 0); steps++)
	{
		decoder->hand_out = false;	/* there was nothing to */
		if (steps == STEPS_MAX || !go_on(decoder))
			return DECODER_IDLE;
	}
	decoder->hand_out = false;
	if (decoder->result == DECODER_FAILED)
		*fault = decoder->fault;
	if (decoder->result != DECODER_IDLE)
		return decoder->result;
	*frame = wf_buffer_since(buffer, 0);
	decoder->frame_is_out = true;
	return DECODER_FRAME;
}

/* ---- begin and end ---- */

/* The first item of a session; it waits in the buffer for the first frame. */
static void
write_hello(Decoder *decoder, const Replication *replication)
{
	const char *encoding = PQparameterStatus(replication->connection, "server_encoding");
	char		version[64];
	WfFrameHello hello = {
		.frame_version = WF_FRAME_VERSION,
		.server_version_num = (uint32_t) replication->server_version,
		.system_id = replication->system_id,
		.timeline = replication->timeline,
		.database = decoder->session.session.database,
		.encoding = wf_slice_of(encoding != NULL ? encoding : "")
	};

	snprintf(version, sizeof(version), "pgoutput, protocol %d", decoder->choice->proto_version);
	hello.plugin_version = wf_slice_of(version);
	if (decoder->session.session.output == WF_OUTPUT_FRAME)
		wf_frame_write_hello(&decoder->session.buffer, &hello);
}

static bool
choose_binary(Decoder *decoder, int server_version, SourceFault *fault)
{
	PgoutputChoice *choice = decoder->choice;

	choice->binary = false;
	if (!decoder->config->pgoutput_binary || choice->binary_failed || server_version < 140000)
		return true;
	return binary_choice_ask(&decoder->catalogue, &decoder->type_names, &choice->binary, fault);
}

static bool
open_spool(Decoder *decoder, SourceFault *fault)
{
	if (!decoder->choice->streaming)
		return true;
	decoder->spool = spool_create(decoder->config->spool_directory,
								  (size_t) decoder->config->spool_memory_bytes,
								  (uint64_t) decoder->config->spool_max_bytes);
	if (decoder->spool == NULL)
	{
		source_fault(fault, false, "out of memory for the spool of streamed transactions");
		return false;
	}

	/* rather now than at the first large transaction, maybe weeks later */
	if (!spool_try(decoder->spool))
		log_write(LOG_LEVEL_WARNING, "source", "large transactions will not be streamed before their "
				  "commit beyond spool.memory.bytes, since the spool cannot be written: let "
				  "spool.directory be a directory that walferry may write to",
				  log_text("reason", spool_error(decoder->spool)));
	return true;
}

Decoder *
decoder_open(const Config *config, const Replication *replication, PgoutputChoice *choice,
			 WfOutput output, const DecoderOwner *owner, SourceFault *fault)
{
	Decoder    *decoder = calloc(1, sizeof(Decoder));

	if (decoder == NULL)
	{
		source_fault(fault, false, "out of memory for reading pgoutput");
		return NULL;
	}
	decoder->config = config;
	decoder->choice = choice;
	heap_buffer_init(&decoder->origin, ORIGIN_BYTES_MAX);
	if (!pgoutput_session_init(&decoder->session, config, output, fault))
	{
		free(decoder);
		return NULL;
	}
	decoder->session.on_record = owner->on_record;
	decoder->session.host = owner->host;
	decoder->reader.version = choice->proto_version;
	if (!catalogue_open(&decoder->catalogue, config, owner->turn, owner->host, fault) ||
		!choose_binary(decoder, replication->server_version, fault) || !open_spool(decoder, fault))
	{
		decoder_free(decoder);
		return NULL;
	}
	decoder->catalogue.walsender_pid = PQbackendPID(replication->connection);
	decoder->reference_xid = decoder->catalogue.next_xid;
	decoder->tables.maker = (TableMaker)
	{
		.options = &decoder->session.session.options,
			.rules = &decoder->session.rules,
			.transforms = decoder->session.session.transforms,
			.form = &decoder->session.session.form,
			.output = output,
			.database = decoder->session.session.database,
			.catalogue = &decoder->catalogue,
			.type_names = &decoder->type_names,
			.text = &decoder->session.plan_text,
			.binary = choice->binary
	};
	write_hello(decoder, replication);
	return decoder;
}

void
decoder_free(Decoder *decoder)
{
	if (decoder == NULL)
		return;
	pgoutput_tables_free(&decoder->tables);
	type_names_free(&decoder->type_names);
	catalogue_close(&decoder->catalogue);
	if (decoder->spool != NULL)
		spool_free(decoder->spool);
	pgoutput_reader_free(&decoder->reader);
	free(decoder->scratch.memory);
	heap_buffer_free(&decoder->origin);
	pgoutput_session_free(&decoder->session);
	free(decoder);
}
