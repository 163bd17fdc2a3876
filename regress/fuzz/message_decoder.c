/*
 * message_decoder.c
 *		libFuzzer target: any bytes as the content of a logical message that is decoded, with
 *		and without an EventRouter behind.
 *
 * The first byte says which settings there are.  Whatever the content is, there is one
 * record, which is JSON; and the session's texts are left as they were.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/event.h"
#include "envelope/json_reader.h"
#include "shipper/heap_buffer.h"
#include "shipper/heap_memory.h"

#include "check.h"

#define CEILING (16 * 1024 * 1024)

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct Host
{
	WfSession	session;
	WfTransforms transforms;
	WfBuffer	buffers[9];
	int			records;
} Host;

static int64_t
now_ns(void *host)
{
	(void) host;
	return 1;
}

static void
flush(void *host_of)
{
	Host	   *host = host_of;
	WfBuffer   *buffer = host->session.buffer;
	WfJsonReader reader;
	WfJsonToken token;

	wf_json_reader_init(&reader, buffer->data, buffer->length);
	do
		token = wf_json_next(&reader);
	while (token != WF_TOKEN_END && token != WF_TOKEN_ERROR);
	/* what surrounds an object may take it beyond the reader's depth */
	check(token == WF_TOKEN_END || reader.depth == WF_JSON_DEPTH_MAX);
	wf_buffer_cut(buffer, 0);
	host->records++;
}

static void
set(WfOptions *options, const char *name, const char *value, WfBuffer *error)
{
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, name);

	check(wf_option_set(spec, name, value, options, error));
}

static void
set_options(WfOptions *options, uint8_t bits, WfBuffer *error)
{
	wf_options_set_defaults(wf_format_options, wf_format_option_count, options);
	set(options, "topic.prefix", "i", error);
	set(options, "transforms", (bits & 1) != 0 ? "d,o" : (bits & 2) != 0 ? "d,u" : "d", error);
	set(options, "transforms.d.type",
		"io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent", error);
	set(options, "transforms.d.fields.null.include", (bits & 4) != 0 ? "true" : "false", error);
	set(options, "schemas.enable", (bits & 8) != 0 ? "true" : "false", error);
	if ((bits & 1) != 0)
	{
		set(options, "transforms.o.type", "io.debezium.transforms.outbox.EventRouter", error);
		set(options, "transforms.o.table.expand.json.payload", "true", error);
		set(options, "transforms.o.table.field.additional.missing", "ignore", error);
		set(options, "transforms.o.table.fields.additional.placement", (bits & 16) != 0 ?
			"a:header,b:partition" : "a:header,b:envelope", error);
	}
	else if ((bits & 2) != 0)
	{
		set(options, "transforms.u.type", "io.debezium.transforms.ExtractNewRecordState", error);
		set(options, "transforms.u.delete.tombstone.handling.mode", "rewrite", error);
		set(options, "transforms.u.add.fields", "op,ts_us,txId,transaction.id,origin_lsn:a", error);
		set(options, "transforms.u.add.headers", "op,ts_us,txId,sequence", error);
	}
	check(wf_options_settle(options, false, error));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	Host	   *host = calloc(1, sizeof(Host));
	WfSession  *session = &host->session;
	size_t		text_length;

	for (int i = 0; i < 9; i++)
		heap_buffer_init(&host->buffers[i], CEILING);
	session->buffer = &host->buffers[0];
	session->text = &host->buffers[1];
	session->collections = &host->buffers[2];
	session->routed_topics = &host->buffers[3];
	session->scratch = &host->buffers[4];
	session->payload = &host->buffers[5];
	session->json_nodes = &host->buffers[6];
	session->content = &host->buffers[8];
	session->error = &host->buffers[7];
	session->output = WF_OUTPUT_RECORD;
	session->database = WF_LITERAL("d");
	session->now_ns = now_ns;
	session->flush = flush;
	session->host = host;
	set_options(&session->options, size > 0 ? data[0] : 0, session->error);
	session->form.ascii_only = size > 0 && (data[0] & 32) != 0;
	check(wf_transforms_init(&host->transforms, &heap_memory));
	check(wf_transforms_read(&host->transforms, &session->options, session->error));
	session->transforms = &host->transforms;
	check(wf_session_init(session));

	text_length = session->text_fixed_length;
	check(wf_write_message(session, NULL, 1, WF_LITERAL("p"), size > 0 ?
						   wf_slice((const char *) data + 1, size - 1) : WF_LITERAL("")) == WF_WRITE_OK);
	check(host->records == 1);
	check(session->text_fixed_length == text_length && session->text->length >= text_length);

	wf_transforms_free(&host->transforms);
	for (int i = 0; i < 9; i++)
		heap_buffer_free(&host->buffers[i]);
	free(host);
	return 0;
}
