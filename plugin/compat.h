/*
 * compat.h
 *		The differences between PostgreSQL 13 and 19, and nothing else.
 *
 * No other file of the plugin looks at PG_VERSION_NUM.  What differs is given
 * one name here, in the form of the newest version where that can be had.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_COMPAT_H
#define WALFERRY_COMPAT_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "access/xlog.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "replication/logical.h"
#include "replication/origin.h"
#include "replication/output_plugin.h"
#include "replication/reorderbuffer.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/relcache.h"
#if PG_VERSION_NUM >= 150000
#include "access/xlogrecovery.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "rewrite/rewriteHandler.h"
#endif

#if PG_VERSION_NUM < 130000
#error "walferry needs PostgreSQL 13 or later"
#endif

/* 13 has no streaming; the type is needed only by name. */
#if PG_VERSION_NUM < 140000
typedef void (*LogicalDecodeStreamAbortCB) (LogicalDecodingContext *ctx, ReorderBufferTXN *txn,
											XLogRecPtr abort_lsn);
#endif

/* The entry point is declared by the server's header from 16 on. */
#if PG_VERSION_NUM < 160000
extern PGDLLEXPORT void _PG_output_plugin_init(OutputPluginCallbacks *callbacks);
#endif

/*
 * From 18 on the server passes over transactions that it finds aborted when it has to make
 * room.  It then marks their subtransactions as streamed, and tells of their abort, even if
 * the plugin does not stream: an ERROR where there is no callback, at the same place
 * for ever.  (reorderbuffer.c, ReorderBufferTruncateTXN(); logical.c,
 * stream_abort_cb_wrapper().)  So there is one, which wants nothing; and because a plugin
 * with any such callback is taken for one that streams, startup takes that back.
 */
static inline void
wf_compat_take_stream_aborts(OutputPluginCallbacks *callbacks, LogicalDecodeStreamAbortCB ignore)
{
#if PG_VERSION_NUM >= 180000
	callbacks->stream_abort_cb = ignore;
#else
	(void) callbacks;
	(void) ignore;
#endif
}

static inline void
wf_compat_do_not_stream(LogicalDecodingContext *ctx)
{
#if PG_VERSION_NUM >= 180000
	ctx->streaming = false;
#else
	(void) ctx;
#endif
}

/* A tuple of a change; up to 16 it is wrapped in a ReorderBufferTupleBuf. */
static inline HeapTuple
wf_compat_new_tuple(ReorderBufferChange *change)
{
#if PG_VERSION_NUM >= 170000
	return change->data.tp.newtuple;
#else
	return change->data.tp.newtuple == NULL ? NULL : &change->data.tp.newtuple->tuple;
#endif
}

static inline HeapTuple
wf_compat_old_tuple(ReorderBufferChange *change)
{
#if PG_VERSION_NUM >= 170000
	return change->data.tp.oldtuple;
#else
	return change->data.tp.oldtuple == NULL ? NULL : &change->data.tp.oldtuple->tuple;
#endif
}

static inline TimestampTz
wf_compat_commit_time(ReorderBufferTXN *txn)
{
#if PG_VERSION_NUM >= 150000 && PG_VERSION_NUM < 190000
	return txn->xact_time.commit_time;
#else
	return txn->commit_time;
#endif
}

#if PG_VERSION_NUM >= 190000
#define InvalidRepOriginId InvalidReplOriginId
#endif

/* An LSN as the two arguments of "%X/%X"; the server's headers have it from 14 on. */
#if PG_VERSION_NUM < 140000
#define LSN_FORMAT_ARGS(lsn) (uint32) ((lsn) >> 32), (uint32) (lsn)
#endif

/*
 * Tells the client that decoding is alive though nothing was sent.  From 16 on
 * the server does this by itself between the changes of a transaction.
 */
#if PG_VERSION_NUM >= 160000
#define WF_COMPAT_PROGRESS_BY_SERVER 1
#else
#define WF_COMPAT_PROGRESS_BY_SERVER 0
#endif

static inline void
wf_compat_update_progress(LogicalDecodingContext *ctx, bool skipped_transaction)
{
#if PG_VERSION_NUM >= 150000
	OutputPluginUpdateProgress(ctx, skipped_transaction);
#else
	OutputPluginUpdateProgress(ctx);
#endif
}

/* The timeline that is being written or, on a standby, replayed. */
static inline TimeLineID
wf_compat_timeline(void)
{
#if PG_VERSION_NUM >= 150000
	TimeLineID	timeline = 0;

	if (!RecoveryInProgress())
		return GetWALInsertionTimeLine();
	(void) GetXLogReplayRecPtr(&timeline);
	return timeline;
#else
	(void) RecoveryInProgress();	/* sets ThisTimeLineID */
	return ThisTimeLineID;
#endif
}

/* Where the WAL ends as far as a reader of tables is concerned. */
static inline XLogRecPtr
wf_compat_current_lsn(void)
{
	if (!RecoveryInProgress())
		return GetXLogInsertRecPtr();
	return GetXLogReplayRecPtr(NULL);
}

/*
 * Can no row have a null there?  From 18 on attnotnull is also set for a
 * constraint that is NOT VALID, under which older rows may have one.
 */
static inline bool
wf_compat_is_not_null(TupleDesc descriptor, int attribute)
{
#if PG_VERSION_NUM >= 180000
	return TupleDescCompactAttr(descriptor, attribute)->attnullability == ATTNULLABLE_VALID;
#else
	return TupleDescAttr(descriptor, attribute)->attnotnull;
#endif
}

/* Is this the row of pg_type of an array as array_in() makes them? */
static inline bool
wf_compat_is_array(Form_pg_type type)
{
#if PG_VERSION_NUM >= 140000
	return OidIsValid(type->typelem) && type->typsubscript == F_ARRAY_SUBSCRIPT_HANDLER;
#else
	return OidIsValid(type->typelem) && type->typlen == -1;
#endif
}

/* PostgreSQL 13 has none. */
static inline bool
wf_compat_is_multirange(char typtype)
{
#if PG_VERSION_NUM >= 140000
	return typtype == TYPTYPE_MULTIRANGE;
#else
	return false;
#endif
}

/*
 * Row filters, column lists and all tables of a schema: publications have them
 * from 15 on, and the syscache PUBLICATIONNAMESPACEMAP came with them.
 */
#define WF_COMPAT_HAS_ROW_FILTERS (PG_VERSION_NUM >= 150000)

/* Does a publication without column lists have stored generated columns?  From 18 on it may. */
static inline bool
wf_compat_publishes_generated(Form_pg_publication publication)
{
#if PG_VERSION_NUM >= 180000
	return publication->pubgencols == PUBLISH_GENCOLS_STORED;
#else
	return false;
#endif
}

/* A table that is named as an exception from all tables, which came with 19. */
#define WF_COMPAT_HAS_EXCEPTIONS (PG_VERSION_NUM >= 190000)

static inline bool
wf_compat_is_excepted(Form_pg_publication_rel table)
{
#if PG_VERSION_NUM >= 190000
	return table->prexcept;
#else
	return false;
#endif
}

/* A row filter as it is evaluated: what virtual columns, of 18 on, are made from stands in it. */
static inline Node *
wf_compat_expand_generated(Node *expression, Relation relation)
{
#if PG_VERSION_NUM >= 180000
	return expand_generated_columns_in_expr(expression, relation, 1);
#else
	return expression;
#endif
}

/* All settings that the server knows; placeholders too. */
static inline struct config_generic **
wf_compat_settings(int *count)
{
#if PG_VERSION_NUM >= 160000
	return get_guc_variables(count);
#else
	*count = GetNumConfigOptions();
	return get_guc_variables();
#endif
}

/* Names that begin so and are not known are refused from 15 on, before warned of. */
static inline void
wf_compat_reserve_settings(const char *prefix)
{
#if PG_VERSION_NUM >= 150000
	MarkGUCPrefixReserved(prefix);
#else
	EmitWarningsOnPlaceholders(prefix);
#endif
}

/* pg_cryptohash came with 14. */
#define WF_COMPAT_HAS_CRYPTOHASH (PG_VERSION_NUM >= 140000)

/*
 * Converts up to length bytes into destination, which has room for length *
 * MAX_CONVERSION_GROWTH + 1, and returns how many bytes of source were
 * converted: all, or those before the first that has no equivalent.
 */
#if PG_VERSION_NUM >= 140000
static inline int
wf_compat_convert(FmgrInfo *conversion, int source_encoding, int target_encoding,
				  const char *source, int length, char *destination)
{
	return DatumGetInt32(FunctionCall6(conversion,
									   Int32GetDatum(source_encoding),
									   Int32GetDatum(target_encoding),
									   CStringGetDatum(source),
									   CStringGetDatum(destination),
									   Int32GetDatum(length),
									   BoolGetDatum(true)));
}
#else
extern int	wf_compat_convert(FmgrInfo *conversion, int source_encoding, int target_encoding,
							  const char *source, int length, char *destination);
#endif

#endif							/* WALFERRY_COMPAT_H */
