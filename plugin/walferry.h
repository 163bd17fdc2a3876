/*
 * walferry.h
 *		What the plugin's callbacks share: one decoding session.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_WALFERRY_H
#define WALFERRY_PLUGIN_WALFERRY_H

#include "datatype/timestamp.h"

#include "emit.h"
#include "row_writer.h"

/*
 * All of it is allocated below ctx->context and goes with it, whatever way
 * decoding ends.
 */
typedef struct WfDecoding
{
	WfRowWriter writer;			/* must be first */
	WfEmit		emit;
	MemoryContext context;
	MemoryContext transaction_context;	/* reset when a transaction begins */
	MemoryContext change_context;	/* reset after each change */
	WfTransaction transaction;
	int			changes_since_progress;
	int			changes_since_clock;
} WfDecoding;

/* Unix time in microseconds of a PostgreSQL timestamp. */
static inline int64
wf_unix_microseconds(TimestampTz timestamp)
{
	return timestamp + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

#endif							/* WALFERRY_PLUGIN_WALFERRY_H */
