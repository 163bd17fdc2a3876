/*
 * key_change.c
 *		An update that changes the row's key.
 *
 * Delete, tombstone, create (Debezium's RelationalChangeRecordEmitter).  In
 * textual output each record leaves at once, and a create that proved too large
 * afterwards would leave a row deleted that exists; so the create is tried first,
 * with the numbers that the delete before it will leave it in the transaction's
 * metadata, and the delete cannot leave before it is complete itself.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "row_event.h"

/*
 * Between the records of a key change frame output is flushed above this, so
 * that two records of the largest size need not fit the buffer at once.
 */
#define MIDWAY_FLUSH_BYTES (1024 * 1024)

WfWriteResult
wf_write_key_change(const WfRowContext *context, const WfRowChange *change, WfRange old_key,
					bool old_key_is_exact, WfRange new_key)
{
	WfSession  *session = context->session;
	int			skipped = session->options.skipped_operations;
	WfWriteResult result = WF_WRITE_SKIPPED;
	WfRowEvent	deletion = {
		.operation = WF_OPERATION_DELETE,
		.before = {.row = change->old_row},
		.before_is_full = change->old_is_full,
		.key = old_key,
		.key_is_exact = old_key_is_exact,
		.other_key_header = "__debezium.newkey",
		.other_key = new_key
	};
	WfRowEvent	creation = {
		.operation = WF_OPERATION_CREATE,
		.after = {.row = change->new_row, .fill = change->old_row},
		.key = new_key,
		.other_key_header = "__debezium.oldkey",
		.other_key = old_key
	};

	if ((skipped & WF_SKIP_DELETE) == 0)
	{
		if (session->output != WF_OUTPUT_FRAME && (skipped & WF_SKIP_CREATE) == 0)
		{
			result = wf_rehearse_row_event(context, &creation, 1);
			if (result != WF_WRITE_OK)
				return result;
		}
		result = wf_write_delete(context, &deletion);
		if (result != WF_WRITE_OK)
			return result;
		if (session->output == WF_OUTPUT_FRAME && session->buffer->length > MIDWAY_FLUSH_BYTES)
			session->flush(session->host);
	}
	if ((skipped & WF_SKIP_CREATE) == 0)
		result = wf_write_row_event(context, &creation);
	return result;
}
