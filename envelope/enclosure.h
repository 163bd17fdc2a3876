/*
 * enclosure.h
 *		A payload and its schema, as one JSON document.
 *
 *		{"schema":…,"payload":…}
 *
 * is what Kafka Connect's JsonConverter writes with schemas.enable=true.  The
 * plugin writes payloads only when the shipper reads; the shipper adds the
 * schemas, so that these cross the wire once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_ENCLOSURE_H
#define WALFERRY_ENCLOSURE_H

#include "buffer.h"

/*
 * What stands around a record's key and around its value.  In the text of
 * whoever has the enclosure; an empty schema: the payload stands alone.
 */
typedef struct WfEnclosure
{
	WfSlice		key_schema;
	WfSlice		value_schema;
} WfEnclosure;

#define WF_ENCLOSURE_OVERHEAD_BYTES 22	/* what stands around schema and payload */

/* All that stands before the payload; nothing if the schema is empty. */
static inline void
wf_enclosure_open(WfBuffer *buffer, WfSlice schema)
{
	if (schema.length == 0)
		return;
	wf_buffer_append_literal(buffer, "{\"schema\":");
	wf_buffer_append_slice(buffer, schema);
	wf_buffer_append_literal(buffer, ",\"payload\":");
}

/* All that stands behind it. */
static inline void
wf_enclosure_close(WfBuffer *buffer, WfSlice schema)
{
	if (schema.length > 0)
		wf_buffer_append_char(buffer, '}');
}

#endif							/* WALFERRY_ENCLOSURE_H */
