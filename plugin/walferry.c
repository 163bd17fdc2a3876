/*
 * walferry.c
 *		The output plugin: PostgreSQL's callbacks, in the order of their life.
 *
 *		startup			options, hello; nothing may be written yet
 *		begin			remembers the transaction; writes nothing
 *		change			a row: insert, update, delete
 *		truncate		one event per table; none for a partition that is
 *						published as its root
 *		message			a logical message, in a transaction or outside
 *		commit			the frame is sent at the latest here
 *		shutdown		what was written as null is told to the server's log
 *
 * What an event looks like is decided in envelope/; what a table is, in
 * relation_cache.c; how a Datum is read, in datum.c; when a message is sent, in
 * emit.c.  No transaction is handed to us before it has committed: there is no
 * streaming, and two-phase transactions come at COMMIT PREPARED.
 *
 * No error is caught here.  A callback runs in no subtransaction, so nothing
 * could be undone after one; decoding ends, and begins again where the client
 * last confirmed.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "replication/logical.h"
#include "replication/origin.h"
#include "replication/output_plugin.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "compat.h"
#include "palloc_buffer.h"
#include "report.h"
#include "salts.h"
#include "settings.h"
#include "walferry.h"

PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);

/* Prefix of logical messages that are the shipper's own and never events. */
#define OWN_MESSAGE_PREFIX "__walferry"

/* After so many changes without a message the server is told we are alive. */
#define PROGRESS_CHANGES 100

/*
 * The events of a frame leave together, so they may as well have the same time;
 * but a frame may take long to fill if most changes are no events.
 */
#define CLOCK_CHANGES 64

/* So much of the session's prepared text stays allocated between changes. */
#define KEPT_TEXT_MAX (64 * 1024)

static void walferry_startup(LogicalDecodingContext *ctx, OutputPluginOptions *output_options,
							 bool is_init);
static void walferry_begin(LogicalDecodingContext *ctx, ReorderBufferTXN *txn);
static void walferry_change(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, Relation relation,
							ReorderBufferChange *row_change);
static void walferry_truncate(LogicalDecodingContext *ctx, ReorderBufferTXN *txn,
							  int relation_count, Relation relations[],
							  ReorderBufferChange *row_change);
static void walferry_message(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr lsn,
							 bool transactional, const char *prefix, Size size,
							 const char *content);
static void walferry_commit(LogicalDecodingContext *ctx, ReorderBufferTXN *txn,
							XLogRecPtr commit_lsn);
static void walferry_stream_abort(LogicalDecodingContext *ctx, ReorderBufferTXN *txn,
								  XLogRecPtr abort_lsn);
static void walferry_shutdown(LogicalDecodingContext *ctx);

static void write_hello(WfDecoding *decoding);
static uint32 epoch_of(TransactionId xid);
static void set_origin(WfDecoding *decoding, ReorderBufferTXN *txn);
static bool is_sent(const WfOptions *options, enum ReorderBufferChangeType action);
static void note_change(WfDecoding *decoding, XLogRecPtr lsn);
static WfOperation operation_of(enum ReorderBufferChangeType action);
static bool is_published(const WfTablePlan *plan, WfPublishedOperation operation);
static void read_rows(WfDecoding *decoding, WfTablePlan *plan, TupleDesc descriptor,
					  HeapTuple old_tuple, HeapTuple new_tuple, WfRowChange *event);
static bool is_admitted(WfTablePlan *plan, Relation relation, ReorderBufferChange *row_change,
						WfOperation *operation);
static void read_and_write(WfDecoding *decoding, WfTablePlan *plan, Relation relation,
						   ReorderBufferChange *row_change, WfOperation operation);
static void finish_event(WfDecoding *decoding);
static void flush(void *host);

void
_PG_init(void)
{
	wf_policy_define();
	wf_salts_define();
	wf_compat_reserve_settings("walferry");
}

void
_PG_output_plugin_init(OutputPluginCallbacks *callbacks)
{
	callbacks->startup_cb = walferry_startup;
	callbacks->begin_cb = walferry_begin;
	callbacks->change_cb = walferry_change;
	callbacks->truncate_cb = walferry_truncate;
	callbacks->message_cb = walferry_message;
	callbacks->commit_cb = walferry_commit;
	callbacks->shutdown_cb = walferry_shutdown;
	wf_compat_take_stream_aborts(callbacks, walferry_stream_abort);
}

/*
 * Called when a slot is made and each time decoding starts.  In the first case
 * there are no options and nothing is decoded; and nothing may look into the
 * catalogue, since CREATE_REPLICATION_SLOT's snapshot has to be the first of
 * its transaction.
 */
static void
walferry_startup(LogicalDecodingContext *ctx, OutputPluginOptions *output_options, bool is_init)
{
	WfDecoding *decoding;
	WfSession  *session;

	wf_compat_do_not_stream(ctx);
	output_options->output_type = OUTPUT_PLUGIN_TEXTUAL_OUTPUT;
	if (is_init)
		return;

	decoding = MemoryContextAllocZero(ctx->context, sizeof(WfDecoding));
	session = &decoding->writer.session;
	decoding->context = AllocSetContextCreate(ctx->context, "walferry", ALLOCSET_DEFAULT_SIZES);
	decoding->transaction_context = AllocSetContextCreate(decoding->context,
														  "walferry transaction",
														  ALLOCSET_SMALL_SIZES);
	decoding->change_context = AllocSetContextCreate(decoding->context, "walferry change",
													 ALLOCSET_DEFAULT_SIZES);

	session->buffer = &decoding->emit.buffer;
	session->flush = flush;
	wf_row_writer_init(&decoding->writer, decoding->context, ctx->output_plugin_options, true);
	wf_emit_init(&decoding->emit, ctx, decoding->context, session->options.record_max_bytes);

	if (session->output == WF_OUTPUT_FRAME)
	{
		output_options->output_type = OUTPUT_PLUGIN_BINARY_OUTPUT;
		write_hello(decoding);
	}
	ctx->output_plugin_private = decoding;

	/*
	 * What was looked up here, or by SQL on this connection before, is in the
	 * caches as it is now, and would be taken for the past.  The SQL functions
	 * empty them next (pg_logical_slot_get_changes_guts()), a walsender does
	 * not.
	 */
	InvalidateSystemCaches();
}

/* The first item of a session; it waits in the buffer for the first frame. */
static void
write_hello(WfDecoding *decoding)
{
	const char *version = GetConfigOption("server_version_num", false, false);
	const char *encoding = GetDatabaseEncodingName();
	WfFrameHello hello = {
		.frame_version = (uint16_t) decoding->writer.options.frame_version,
		.server_version_num = (uint32) strtoul(version, NULL, 10),
		.system_id = GetSystemIdentifier(),
		.timeline = wf_compat_timeline(),
		.plugin_version = WF_LITERAL(WALFERRY_VERSION),
		.database = decoding->writer.session.database,
		.encoding = wf_slice(encoding, strlen(encoding))
	};

	wf_frame_write_hello(&decoding->emit.buffer, &hello);
}

static void
walferry_begin(LogicalDecodingContext *ctx, ReorderBufferTXN *txn)
{
	WfDecoding *decoding = ctx->output_plugin_private;

	wf_policy_check_generation(decoding->writer.policy_generation);
	MemoryContextReset(decoding->transaction_context);
	decoding->writer.clock_ns = 0;
	wf_transaction_begin(&decoding->transaction, txn->xid, txn->final_lsn,
						 wf_unix_microseconds(wf_compat_commit_time(txn)));
	if (decoding->writer.session.options.txid_handling == WF_TXID_XID8)
		decoding->transaction.xid_epoch = epoch_of(txn->xid);
	if (txn->origin_id != InvalidRepOriginId)
		set_origin(decoding, txn);
}

/*
 * A transaction that is decoded began less than half the numbers ago: the slot
 * keeps what it needs of the catalogue from being frozen.
 */
static uint32
epoch_of(TransactionId xid)
{
	FullTransactionId next = ReadNextFullTransactionId();
	uint32		epoch = EpochFromFullTransactionId(next);

	return xid > XidFromFullTransactionId(next) ? epoch - 1 : epoch;
}

/* The name of the origin, as it is called now; an origin may be gone by now. */
static void
set_origin(WfDecoding *decoding, ReorderBufferTXN *txn)
{
	MemoryContext old_context = MemoryContextSwitchTo(decoding->transaction_context);
	char	   *name;

	if (replorigin_by_oid(txn->origin_id, true, &name))
	{
		decoding->transaction.origin = wf_encoding_copy(&decoding->writer.encoding, name);
		decoding->transaction.origin_lsn = txn->origin_lsn;
	}
	MemoryContextSwitchTo(old_context);
}

/*
 * Does Debezium see the change at all, whatever its filters leave out then?  The
 * publication that it makes has no operations that skipped.operations names.
 */
static bool
is_sent(const WfOptions *options, enum ReorderBufferChangeType action)
{
	int			skipped = options->skipped_operations;

	switch (action)
	{
		case REORDER_BUFFER_CHANGE_INSERT:
			return (skipped & WF_SKIP_CREATE) == 0;
		case REORDER_BUFFER_CHANGE_UPDATE:
			return (skipped & WF_SKIP_UPDATE) == 0;
		case REORDER_BUFFER_CHANGE_DELETE:
			return (skipped & WF_SKIP_DELETE) == 0;
		case REORDER_BUFFER_CHANGE_TRUNCATE:
			return (skipped & WF_SKIP_TRUNCATE_NAMED) == 0;
		default:
			return true;
	}
}

/* For source.sequence and for transaction metadata, which count what Debezium is sent. */
static void
note_change(WfDecoding *decoding, XLogRecPtr lsn)
{
	if (decoding->transaction.first_change_lsn == 0)
		decoding->transaction.first_change_lsn = lsn;
}

static void
walferry_change(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, Relation relation,
				ReorderBufferChange *row_change)
{
	WfDecoding *decoding = ctx->output_plugin_private;
	MemoryContext old_context = MemoryContextSwitchTo(decoding->change_context);
	WfTablePlan *plan;
	WfOperation operation = operation_of(row_change->action);

	wf_policy_check_generation(decoding->writer.policy_generation);
	plan = wf_relation_cache_get(decoding->writer.cache, relation);
	if (++decoding->changes_since_clock >= CLOCK_CHANGES)
	{
		decoding->writer.clock_ns = 0;
		decoding->changes_since_clock = 0;
	}
	if (is_published(plan, wf_published_operation(operation)) &&
		is_admitted(plan, relation, row_change, &operation))
	{
		if (is_sent(&decoding->writer.session.options, row_change->action))
			note_change(decoding, row_change->lsn);
		if (plan->captured)
			read_and_write(decoding, plan, relation, row_change, operation);
	}
	finish_event(decoding);

	MemoryContextSwitchTo(old_context);
	MemoryContextReset(decoding->change_context);
}

static WfOperation
operation_of(enum ReorderBufferChangeType action)
{
	switch (action)
	{
		case REORDER_BUFFER_CHANGE_INSERT:
			return WF_OPERATION_CREATE;
		case REORDER_BUFFER_CHANGE_UPDATE:
			return WF_OPERATION_UPDATE;
		case REORDER_BUFFER_CHANGE_DELETE:
			return WF_OPERATION_DELETE;
		default:
			elog(ERROR, "unexpected kind of change: %d", (int) action);
	}
}

/*
 * Do the publications that were asked for have the operation?  If none was: is it
 * a relation that a publication of all tables has?
 */
static bool
is_published(const WfTablePlan *plan, WfPublishedOperation operation)
{
	return (plan->operations & WF_PUBLISHED_BIT(operation)) != 0;
}

/* Does the row filter of the publications let the change through, and as what? */
static bool
is_admitted(WfTablePlan *plan, Relation relation, ReorderBufferChange *row_change,
			WfOperation *operation)
{
	if (likely(!plan->captured || plan->published_as->row_filter == NULL))
		return true;
	return wf_row_filter_admits(plan, wf_compat_old_tuple(row_change),
								wf_compat_new_tuple(row_change), RelationGetDescr(relation),
								operation);
}

static void
read_and_write(WfDecoding *decoding, WfTablePlan *plan, Relation relation,
			   ReorderBufferChange *row_change, WfOperation operation)
{
	TupleDesc	descriptor = RelationGetDescr(relation);
	HeapTuple	old_tuple = wf_compat_old_tuple(row_change);
	HeapTuple	new_tuple = wf_compat_new_tuple(row_change);
	WfReport	report = {decoding->writer.cache, &decoding->writer.encoding};
	WfRowChange event = {
		.operation = operation,
		.lsn = row_change->lsn,
		.old_is_full = plan->shape.tuples.old_is_full,
		.identity = plan->shape.tuples.identity_is_whole ? plan->shape.tuples.in_identity : NULL,
		.keys_are_alike = plan->shape.tuples.keys_are_alike
	};

	if (!plan->shape.tuples.tells_old_row)
		old_tuple = NULL;
	if (old_tuple == NULL && operation == WF_OPERATION_DELETE)
	{
		wf_report_unseen_delete(&report, plan);
		return;
	}
	if (unlikely(!plan->shape.tuples.tells_old_row && operation == WF_OPERATION_UPDATE))
		wf_report_unseen_update(&report, plan);
	if (new_tuple == NULL && operation != WF_OPERATION_DELETE)
		elog(ERROR, "a change of table \"%s\" has no new row", RelationGetRelationName(relation));
	if (operation == WF_OPERATION_DELETE)
		new_tuple = NULL;

	if (plan->published_as->shape.by_output_function)
		wf_settings_pin();
	read_rows(decoding, plan, descriptor, old_tuple, new_tuple, &event);
	wf_row_writer_write(&decoding->writer, &decoding->transaction, plan->published_as, &event);
}

/* Reads what the WAL has of both rows into the event. */
static void
read_rows(WfDecoding *decoding, WfTablePlan *plan, TupleDesc descriptor, HeapTuple old_tuple,
		  HeapTuple new_tuple, WfRowChange *event)
{
	int64		bytes_max = decoding->writer.session.options.record_max_bytes;

	event->is_complete = (old_tuple == NULL || !HeapTupleHasExternal(old_tuple)) &&
		(new_tuple == NULL || !HeapTupleHasExternal(new_tuple));
	if (old_tuple != NULL)
	{
		event->has_unread = wf_table_plan_read(plan, old_tuple, descriptor, !event->old_is_full,
											   bytes_max, &plan->old_row, NULL);
		event->old_row = plan->old_row.values;
	}
	if (new_tuple != NULL)
	{
		/*
		 * converting counts what it replaces, and a create has no old row to
		 * refer to
		 */
		bool		comparable = old_tuple != NULL && event->old_is_full && !event->has_unread &&
		!decoding->writer.encoding.converts && event->operation == WF_OPERATION_UPDATE;

		event->has_unread |= wf_table_plan_read(plan, new_tuple, descriptor, false, bytes_max,
												&plan->new_row,
												comparable ? &plan->old_row : NULL);
		event->new_row = plan->new_row.values;
	}
	if (unlikely(event->operation == WF_OPERATION_CREATE && old_tuple != NULL))
	{
		wf_table_plan_complete(plan);
		event->old_row = NULL;
	}
}

static void
walferry_truncate(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, int relation_count,
				  Relation relations[], ReorderBufferChange *row_change)
{
	WfDecoding *decoding = ctx->output_plugin_private;
	WfSession  *session = &decoding->writer.session;
	MemoryContext old_context = MemoryContextSwitchTo(decoding->change_context);

	wf_policy_check_generation(decoding->writer.policy_generation);
	for (int i = 0; i < relation_count; i++)
	{
		WfTablePlan *plan = wf_relation_cache_get(decoding->writer.cache, relations[i]);
		WfWriteResult result = WF_WRITE_SKIPPED;

		CHECK_FOR_INTERRUPTS();
		/* A table of thousands of partitions is one change. */
		if (session->output == WF_OUTPUT_FRAME &&
			decoding->emit.buffer.length >= WF_FRAME_FLUSH_BYTES)
			wf_emit_frame(&decoding->emit, false);

		/*
		 * that of a partition is none of the table above it, by whose name it
		 * goes
		 */
		if (!is_published(plan, WF_PUBLISHED_TRUNCATE) || plan->published_as != plan)
			continue;
		if (is_sent(&session->options, row_change->action))
			note_change(decoding, row_change->lsn);
		if (plan->captured)
			result = wf_write_truncate(session, &decoding->transaction, &plan->row_plan,
									   row_change->lsn);
		if (result == WF_WRITE_TOO_LARGE)
			wf_report_too_large(&plan->shape.relation, "truncation",
								session->options.record_max_bytes);
		if (result == WF_WRITE_NO_MEMORY)
			elog(ERROR, "out of memory while a truncation was written");
	}
	finish_event(decoding);
	MemoryContextSwitchTo(old_context);
	MemoryContextReset(decoding->change_context);
}

/*
 * A message outside of a transaction comes as soon as it is decoded, while no
 * transaction is being replayed.  It leaves at once, because the client may
 * confirm what lies behind as soon as this callback returns; what came before
 * has left with its commit.
 */
static void
walferry_message(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr lsn,
				 bool transactional, const char *prefix, Size size, const char *content)
{
	WfDecoding *decoding = ctx->output_plugin_private;
	WfSession  *session = &decoding->writer.session;
	MemoryContext old_context;
	WfSlice		prefix_text;
	WfWriteResult result;

	if (strcmp(prefix, OWN_MESSAGE_PREFIX) == 0)
		return;

	wf_policy_check_generation(decoding->writer.policy_generation);
	old_context = MemoryContextSwitchTo(decoding->change_context);
	prefix_text = wf_encoding_text(&decoding->writer.encoding, prefix, strlen(prefix));
	if (!wf_filters_message(decoding->writer.filters, prefix_text))
	{
		/* it moves source.sequence nevertheless, as with Debezium */
		if (transactional)
			note_change(decoding, lsn);
		else
			session->last_commit_end_lsn = lsn;
		finish_event(decoding);
		MemoryContextSwitchTo(old_context);
		MemoryContextReset(decoding->change_context);
		return;
	}
	if (transactional)
		note_change(decoding, lsn);
	decoding->writer.clock_ns = 0;
	result = wf_write_message(session, transactional ? &decoding->transaction : NULL, lsn,
							  prefix_text, wf_slice(content, size));
	if (result == WF_WRITE_TOO_LARGE)
		wf_report_too_large(NULL, psprintf("logical message of %zu bytes", size),
							session->options.record_max_bytes);
	if (result == WF_WRITE_NO_MEMORY)
		elog(ERROR, "out of memory while a logical message was written");

	/* What was replaced in the prefix is counted here, not with the next row. */
	session->form.replaced += decoding->writer.encoding.replaced;
	decoding->writer.encoding.replaced = 0;
	finish_event(decoding);
	if (!transactional)
		wf_emit_frame(&decoding->emit, true);
	MemoryContextSwitchTo(old_context);
	MemoryContextReset(decoding->change_context);
}

/* commit_lsn is the commit record's start, which begin() has had already. */
static void
walferry_commit(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr commit_lsn)
{
	WfDecoding *decoding = ctx->output_plugin_private;
	bool		skipped = decoding->transaction.records == 0;

	if (wf_transaction_commit(&decoding->writer.session, &decoding->transaction, txn->end_lsn) !=
		WF_WRITE_OK)
		elog(ERROR, "could not write the commit of transaction %u", txn->xid);
	if (decoding->writer.session.output == WF_OUTPUT_FRAME)
		wf_emit_frame(&decoding->emit, true);
	else
		wf_emit_held(&decoding->emit);
	wf_compat_update_progress(ctx, skipped);
}

/* Of a transaction that was never streamed, and has aborted: nothing was sent of it. */
static void
walferry_stream_abort(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr abort_lsn)
{
	(void) ctx;
	(void) txn;
	(void) abort_lsn;
}

/*
 * Not called when the connection broke or decoding ended with an error; the
 * columns have been named by then.
 */
static void
walferry_shutdown(LogicalDecodingContext *ctx)
{
	WfDecoding *decoding = ctx->output_plugin_private;

	if (decoding != NULL && decoding->writer.session.messages_left > 0)
		ereport(LOG,
				(errmsg("%llu logical messages could not be decoded or routed in this session and were published as they are",
						(unsigned long long) decoding->writer.session.messages_left)));
	if (decoding != NULL && decoding->writer.session.values_without_form > 0)
		ereport(LOG,
				(errmsg("%llu values were not written as what they are in this session: as null, having no form in events, or NULL as a value",
						(unsigned long long) decoding->writer.session.values_without_form)));
}

/*
 * Sends what has to be sent at the end of a change, and gives back what a large
 * key or message prefix has taken.
 */
static void
finish_event(WfDecoding *decoding)
{
	WfEmit	   *emit = &decoding->emit;
	uint64		messages = emit->messages;

	if (decoding->writer.text.capacity > KEPT_TEXT_MAX)
	{
		wf_buffer_cut(&decoding->writer.text, decoding->writer.session.text_fixed_length);
		decoding->writer.session.source_block.filled = false;
		wf_palloc_buffer_shrink(&decoding->writer.text, KEPT_TEXT_MAX);
	}
	if (decoding->writer.session.transforms != NULL)
		wf_row_writer_shrink(&decoding->writer, KEPT_TEXT_MAX);
	if (decoding->writer.session.output != WF_OUTPUT_FRAME)
		wf_emit_held(emit);
	else if (emit->buffer.length >= WF_FRAME_FLUSH_BYTES)
		wf_emit_frame(emit, true);

	if (emit->messages != messages)
	{
		decoding->changes_since_progress = 0;
		decoding->writer.clock_ns = 0;
	}
	else if (!WF_COMPAT_PROGRESS_BY_SERVER &&
			 ++decoding->changes_since_progress >= PROGRESS_CHANGES)
	{
		wf_compat_update_progress(emit->ctx, false);
		decoding->changes_since_progress = 0;
	}
}

/* Textual: the record is whole.  Frame: it has grown large in mid-change. */
static void
flush(void *host)
{
	WfDecoding *decoding = host;

	if (decoding->writer.session.output == WF_OUTPUT_FRAME)
		wf_emit_frame(&decoding->emit, false);
	else
		wf_emit_record(&decoding->emit);
}
