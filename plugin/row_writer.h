/*
 * row_writer.h
 *		What decoding and walferry.render() have in common: a session of
 *		envelope/event.h with its options, plans and warnings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_ROW_WRITER_H
#define WALFERRY_PLUGIN_ROW_WRITER_H

#include "encoding.h"
#include "options.h"
#include "relation_cache.h"

/*
 * Its owner embeds it as the first member, gives session.buffer and
 * session.flush, and is what flush() gets as host.
 */
typedef struct WfRowWriter
{
	WfSession	session;
	WfPluginOptions options;
	WfEncoding	encoding;
	WfBuffer	text;			/* session.text */
	WfBuffer	collections;	/* session.collections */
	WfBuffer	routed_topics;	/* session.routed_topics */
	WfBuffer	error;			/* session.error */
	WfBuffer	scratch;		/* session.scratch */
	WfBuffer	payload;		/* session.payload */
	WfBuffer	content;		/* session.content */
	WfBuffer	json_nodes;		/* session.json_nodes */
	WfFilters  *filters;
	uint64		policy_generation;
	WfRelationCache *cache;
	int64		clock_ns;		/* when last read; its owner makes it 0 when time
								 * may have passed, to have it read anew */
} WfRowWriter;

/*
 * options: DefElems as START_REPLICATION gives them.  server_text: textual
 * output will be taken to be in the server's encoding, not UTF-8.  Everything
 * is allocated in or below context.
 */
extern void wf_row_writer_init(WfRowWriter *writer, MemoryContext context, List *options,
							   bool server_text);

/*
 * Writes the records of a change, and warns of what could not be written as it
 * is.  A record that is too large and cannot be a stub is an ERROR.
 */
extern void wf_row_writer_write(WfRowWriter *writer, WfTransaction *transaction, WfTablePlan *plan,
								const WfRowChange *change);

/* Gives back what large rows of outbox tables have taken beyond kept_max. */
extern void wf_row_writer_shrink(WfRowWriter *writer, size_t kept_max);

#endif							/* WALFERRY_PLUGIN_ROW_WRITER_H */
