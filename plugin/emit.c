/*
 * emit.c
 *		The only caller of OutputPluginPrepareWrite() and OutputPluginWrite().
 *
 * Events are written to a buffer of our own and copied into the message when
 * it is sent: an event that fails half-way leaves nothing in the message, and
 * a frame may gather the events of many callbacks.
 *
 * Only the last message of a callback may carry the LSN ("can't have sync rep
 * confused by sending the same LSN several times", walsender.c), so a textual
 * record waits until either the next one or the end of the callback comes.
 * Holding it back costs no copying: the two buffers change places.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "emit.h"
#include "palloc_buffer.h"

/* What a buffer may keep of its size after a message was sent. */
#define KEPT_CAPACITY_MAX (1024 * 1024)

/* Room for what is sent around a record: other records, topic, schema. */
#define FRAME_OVERHEAD_MAX (64 * 1024 * 1024)

/* A message must fit a StringInfo, with the walsender's header. */
#define MESSAGE_BYTES_MAX (MaxAllocSize - 64 * 1024)

static void send_message(WfEmit *emit, WfBuffer *buffer, bool last);

void
wf_emit_init(WfEmit *emit, LogicalDecodingContext *ctx, MemoryContext context,
			 size_t record_bytes_max)
{
	/* A key change writes two large records into one frame. */
	size_t		ceiling = Min(2 * record_bytes_max + FRAME_OVERHEAD_MAX, MESSAGE_BYTES_MAX);

	emit->ctx = ctx;
	emit->messages = 0;
	wf_palloc_buffer_init(&emit->buffer, context, ceiling);
	wf_palloc_buffer_init(&emit->held, context, ceiling);
}

void
wf_emit_record(WfEmit *emit)
{
	WfBuffer	swap;

	if (emit->held.length > 0)
		send_message(emit, &emit->held, false);
	swap = emit->held;
	emit->held = emit->buffer;
	emit->buffer = swap;
}

void
wf_emit_held(WfEmit *emit)
{
	if (emit->held.length > 0)
		send_message(emit, &emit->held, true);
}

void
wf_emit_frame(WfEmit *emit, bool last)
{
	if (emit->buffer.length > 0)
		send_message(emit, &emit->buffer, last);
}

/* Sends and empties a buffer. */
static void
send_message(WfEmit *emit, WfBuffer *buffer, bool last)
{
	LogicalDecodingContext *ctx = emit->ctx;

	OutputPluginPrepareWrite(ctx, last);
	appendBinaryStringInfo(ctx->out, buffer->data, (int) buffer->length);
	wf_buffer_cut(buffer, 0);
	OutputPluginWrite(ctx, last);
	emit->messages++;

	wf_palloc_buffer_shrink(buffer, KEPT_CAPACITY_MAX);
	if (ctx->out->maxlen > KEPT_CAPACITY_MAX)
	{
		MemoryContext old_context = MemoryContextSwitchTo(ctx->context);

		pfree(ctx->out->data);
		initStringInfo(ctx->out);
		MemoryContextSwitchTo(old_context);
	}
}
