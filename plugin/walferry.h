/*
 * walferry.h
 *		What the plugin's callbacks share: one decoding session.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_WALFERRY_H
#define WALFERRY_PLUGIN_WALFERRY_H

#include "emit.h"
#include "encoding.h"
#include "options.h"
#include "relation_cache.h"

/* Text prepared for a session: source block, message topic, names. */
#define WF_SESSION_TEXT_CEILING (64 * 1024)

/*
 * All of it is allocated below ctx->context and goes with it, whatever way
 * decoding ends.
 */
typedef struct WfDecoding
{
	WfSession	session;
	WfPluginOptions options;
	WfEncoding	encoding;
	WfEmit		emit;
	WfBuffer	text;			/* session.text */
	WfRelationCache *cache;
	MemoryContext context;
	MemoryContext transaction_context;	/* reset when a transaction begins */
	MemoryContext change_context;	/* reset after each change */
	WfTransaction transaction;
	int			changes_since_progress;
} WfDecoding;

/* Unix time in microseconds of a PostgreSQL timestamp. */
static inline int64
wf_unix_microseconds(TimestampTz timestamp)
{
	return timestamp + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * USECS_PER_DAY;
}

#endif							/* WALFERRY_PLUGIN_WALFERRY_H */
