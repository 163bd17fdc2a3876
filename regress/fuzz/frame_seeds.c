/*
 * frame_seeds.c
 *		Writes the seed corpus of the frame reader: one message of each item
 *		type, and one whole transaction, into the directory named.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <stdlib.h>

#include "envelope/frame.h"

static char memory[65536];
static const char *directory;

static WfBuffer
empty(void)
{
	WfBuffer	buffer = {.data = memory, .capacity = sizeof(memory), .ceiling = sizeof(memory)};

	return buffer;
}

static void
save(const char *name, const WfBuffer *buffer)
{
	char		path[4096];
	FILE	   *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(buffer->data, 1, buffer->length, file) != buffer->length ||
		fclose(file) != 0)
	{
		perror(path);
		exit(1);
	}
}

static void
write_hello(WfBuffer *buffer)
{
	WfFrameHello hello = {
		.frame_version = WF_FRAME_VERSION, .server_version_num = 150020,
		.system_id = UINT64_C(7300000000000000001), .timeline = 1,
		.plugin_version = WF_LITERAL("0.1.0"), .database = WF_LITERAL("inventory"),
		.encoding = WF_LITERAL("UTF8")
	};

	wf_frame_write_hello(buffer, &hello);
}

static void
write_descriptions(WfBuffer *buffer)
{
	WfFrameTopic topic = {.id = 1, .name = WF_LITERAL("inventory.public.products")};
	WfFrameSchema schema = {
		.id = 1, .topic_id = 1, .fingerprint = WF_LITERAL("0123456789abcdef0123456789abcdef"),
		.description = WF_LITERAL("{\"format\":1}")
	};

	wf_frame_write_topic(buffer, &topic);
	wf_frame_write_schema(buffer, &schema);
}

/* A record and a stub that are payloads. */
static void
write_enclosed(WfBuffer *buffer)
{
	WfFrameEnclosure enclosure = {
		.id = 1, .key_schema = WF_LITERAL("{\"type\":\"struct\"}"),
		.value_schema = WF_LITERAL("{\"type\":\"struct\",\"fields\":[]}")
	};
	WfFrameRecord record = {
		.flags = WF_FRAME_HAS_KEY | WF_FRAME_IS_ENCLOSED, .topic_id = 1, .enclosure_id = 1
	};
	WfFrameStub stub = {
		.flags = WF_FRAME_HAS_KEY | WF_FRAME_IS_ENCLOSED, .topic_id = 1, .enclosure_id = 1,
		.key = WF_LITERAL("{\"id\":3}"), .reason = WF_LITERAL("too large")
	};
	WfFrameRecordWriter writer;

	wf_frame_write_enclosure(buffer, &enclosure);
	wf_frame_record_open(buffer, &writer, &record);
	wf_buffer_append_literal(buffer, "{\"id\":1}");
	wf_frame_record_key_done(buffer, &writer);
	wf_frame_record_close(buffer, &writer);
	wf_frame_write_stub(buffer, &stub);
}

static void
write_begin(WfBuffer *buffer)
{
	WfFrameBegin begin = {.xid = 742, .commit_lsn = 0x2000, .commit_time_us = 1700000000000000};

	wf_frame_write_begin(buffer, &begin);
}

static void
write_record(WfBuffer *buffer, uint8_t flags, int headers)
{
	WfFrameRecordWriter writer;
	WfFrameRecord record = {
		.flags = flags, .topic_id = 1, .schema_id = 1,
		.position = {.commit_lsn = 0x2000, .lsn = 0x1000}, .header_count = headers,
		.headers = {
			{.name = WF_LITERAL("__debezium.newkey"), .value = WF_LITERAL("{\"id\":2}")},
			{.name = WF_LITERAL("__walferry.before"), .value = WF_LITERAL("full")},
		}
	};

	wf_frame_record_open(buffer, &writer, &record);
	if (flags & WF_FRAME_HAS_KEY)
		wf_buffer_append_literal(buffer, "{\"id\":1}");
	wf_frame_record_key_done(buffer, &writer);
	if (flags & WF_FRAME_HAS_VALUE)
		wf_buffer_append_literal(buffer, "{\"before\":null,\"after\":{\"id\":1}}");
	wf_frame_record_close(buffer, &writer);
}

/* A record with a time, a partition and a header that is null, in a topic named anew. */
static void
write_placed(WfBuffer *buffer)
{
	WfFrameTopic topic = {.id = 1, .name = WF_LITERAL("outbox.event.order")};
	WfFrameRecordWriter writer;
	WfFrameRecord record = {
		.flags = WF_FRAME_HAS_VALUE | WF_FRAME_HAS_TIMESTAMP | WF_FRAME_HAS_PARTITION,
		.topic_id = 1, .timestamp_ms = 1704067202123, .partition = 3, .header_count = 1,
		.headers = {{.name = WF_LITERAL("ver"), .value = {NULL, 0}}}
	};

	wf_frame_write_topic(buffer, &topic);
	wf_frame_record_open(buffer, &writer, &record);
	wf_frame_record_key_done(buffer, &writer);
	wf_buffer_append_literal(buffer, "text");
	wf_frame_record_close(buffer, &writer);
	record.flags = WF_FRAME_HAS_TIMESTAMP | WF_FRAME_TIMESTAMP_IS_COMMIT;
	wf_frame_record_open(buffer, &writer, &record);
	wf_frame_record_key_done(buffer, &writer);
	wf_frame_record_close(buffer, &writer);
}

static void
write_stub(WfBuffer *buffer)
{
	WfFrameStub stub = {
		.flags = WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE, .topic_id = 1, .schema_id = 1,
		.position = {.commit_lsn = 0x2000, .lsn = 0x1000, .n = 2},
		.value_bytes_at_least = 200000000, .key = WF_LITERAL("{\"id\":3}"),
		.reason = WF_LITERAL("the record is larger than record.max.bytes")
	};

	wf_frame_write_stub(buffer, &stub);
}

static void
write_commit(WfBuffer *buffer)
{
	WfFrameCommit commit = {
		.commit_lsn = 0x2000, .end_lsn = 0x2030, .commit_time_us = 1700000000000000,
		.records = 3, .replaced_characters = 1
	};

	wf_frame_write_commit(buffer, &commit);
}

int
main(int argc, char **argv)
{
	WfBuffer	buffer = empty();

	if (argc != 2)
	{
		fprintf(stderr, "usage: frame_seeds DIRECTORY\n");
		return 2;
	}
	directory = argv[1];

	write_hello(&buffer);
	save("hello", &buffer);
	wf_buffer_cut(&buffer, 0);
	write_descriptions(&buffer);
	save("descriptions", &buffer);
	wf_buffer_cut(&buffer, 0);
	write_enclosed(&buffer);
	save("enclosed", &buffer);
	wf_buffer_cut(&buffer, 0);
	write_record(&buffer, WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE, 2);
	save("record", &buffer);
	wf_buffer_cut(&buffer, 0);
	write_record(&buffer, WF_FRAME_HAS_VALUE | WF_FRAME_NO_TRANSACTION, 0);
	save("message", &buffer);
	wf_buffer_cut(&buffer, 0);
	write_stub(&buffer);
	save("stub", &buffer);
	wf_buffer_cut(&buffer, 0);
	write_placed(&buffer);
	save("placed", &buffer);

	wf_buffer_cut(&buffer, 0);
	write_hello(&buffer);
	write_descriptions(&buffer);
	write_begin(&buffer);
	write_record(&buffer, WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE, 2);
	write_record(&buffer, WF_FRAME_HAS_KEY, 1);
	write_stub(&buffer);
	write_commit(&buffer);
	save("transaction", &buffer);
	return 0;
}
