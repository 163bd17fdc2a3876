/*
 * emit.h
 *		The buffer that events are written to, and its way to the client.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_EMIT_H
#define WALFERRY_PLUGIN_EMIT_H

#include "replication/logical.h"

#include "envelope/buffer.h"

/* A frame is sent as soon as it holds this much: more gains nothing. */
#define WF_FRAME_FLUSH_BYTES (32 * 1024)

typedef struct WfEmit
{
	LogicalDecodingContext *ctx;
	WfBuffer	buffer;			/* being written */
	WfBuffer	held;			/* textual: a whole record, not yet sent */
	uint64		messages;		/* sent so far */
} WfEmit;

extern void wf_emit_init(WfEmit *emit, LogicalDecodingContext *ctx, MemoryContext context,
						 size_t record_bytes_max);

/*
 * A textual record is whole: it becomes the next message.  It is held back
 * until it is known whether another follows in the same callback.
 */
extern void wf_emit_record(WfEmit *emit);

/* Sends what is held back; at the end of each callback of a textual output. */
extern void wf_emit_held(WfEmit *emit);

/* Sends the frame, if there is any.  last: no other follows in the same callback. */
extern void wf_emit_frame(WfEmit *emit, bool last);

#endif							/* WALFERRY_PLUGIN_EMIT_H */
