/*
 * test_frame.c
 *		The frame: what is written reads back, what is malformed is refused,
 *		and nothing is read beyond the end (messages are copied into blocks of
 *		their exact size, so that the sanitizer sees each byte too many).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

static const WfFrameHello hello = {
	.frame_version = 1, .server_version_num = 150020, .system_id = UINT64_C(7300000000000000001),
	.timeline = 3, .plugin_version = SLICE("0.1.0"), .database = SLICE("shop"),
	.encoding = SLICE("UTF8")
};
static const WfFrameTopic topic = {.id = 1, .name = SLICE("inv.public.products")};
static const WfFrameSchema schema = {
	.id = 7, .topic_id = 1, .fingerprint = SLICE("0123456789abcdef0123456789abcdef"),
	.description = SLICE("{\"format\":1}")
};
static const WfFrameBegin begin = {
	.xid = UINT32_MAX, .commit_lsn = UINT64_C(0xFEDCBA9876543210), .commit_time_us = -1
};
static const WfFrameRecord record = {
	.flags = WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE, .topic_id = 1, .schema_id = 7,
	.position = {.commit_lsn = 1, .lsn = UINT64_C(1) << 63, .n = 5}, .header_count = 2,
	.headers = {
		{.name = SLICE("__debezium.newkey"), .value = SLICE("{\"id\":2}")},
		{.name = SLICE("empty"), .value = SLICE("")},
	}
};
static const WfFrameRecord tombstone = {
	.flags = WF_FRAME_HAS_KEY | WF_FRAME_NO_TRANSACTION, .topic_id = 1
};
static const WfFrameStub stub = {
	.flags = WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE, .topic_id = 1, .schema_id = 7,
	.position = {.commit_lsn = 9, .lsn = 8, .n = 7},
	.value_bytes_at_least = UINT64_C(0x123456789A), .key = SLICE("{\"id\":3}"),
	.reason = SLICE("too large")
};
static const WfFrameCommit commit = {
	.commit_lsn = 2, .end_lsn = 3, .commit_time_us = INT64_MIN, .records = 4,
	.replaced_characters = UINT64_MAX
};

static const WfFrameEnclosure enclosure = {
	.id = 5, .key_schema = SLICE("{\"type\":\"int32\"}"), .value_schema = SLICE("")
};
static const WfFrameRecord enclosed = {
	.flags = WF_FRAME_HAS_KEY | WF_FRAME_IS_ENCLOSED, .topic_id = 1, .enclosure_id = 5
};
static const WfFrameStub enclosed_stub = {
	.flags = WF_FRAME_IS_ENCLOSED, .topic_id = 1, .enclosure_id = 6
};

static const WfFrameRecord placed = {
	.flags = WF_FRAME_HAS_VALUE | WF_FRAME_HAS_TIMESTAMP | WF_FRAME_HAS_PARTITION, .topic_id = 1,
	.timestamp_ms = -2, .partition = INT32_MIN, .header_count = 1,
	.headers = {{.name = SLICE("null"), .value = {NULL, 0}}}
};
static const WfFrameRecord committed = {
	.flags = WF_FRAME_HAS_VALUE | WF_FRAME_HAS_TIMESTAMP | WF_FRAME_TIMESTAMP_IS_COMMIT,
	.topic_id = 1, .timestamp_ms = 1704067202123
};

#define ITEMS 13

static void
write_record(WfBuffer *buffer, const WfFrameRecord *written, const char *key, const char *value)
{
	WfFrameRecordWriter writer;

	wf_frame_record_open(buffer, &writer, written);
	wf_buffer_append(buffer, key, strlen(key));
	wf_frame_record_key_done(buffer, &writer);
	wf_buffer_append(buffer, value, strlen(value));
	wf_frame_record_close(buffer, &writer);
}

/* One of each; ends[i] is where the i-th item ends. */
static void
write_all(WfBuffer *buffer, size_t ends[ITEMS])
{
	wf_frame_write_hello(buffer, &hello);
	ends[0] = buffer->length;
	wf_frame_write_topic(buffer, &topic);
	ends[1] = buffer->length;
	wf_frame_write_schema(buffer, &schema);
	ends[2] = buffer->length;
	wf_frame_write_begin(buffer, &begin);
	ends[3] = buffer->length;
	write_record(buffer, &record, "{\"id\":1}", "{\"before\":null}");
	ends[4] = buffer->length;
	write_record(buffer, &tombstone, "k", "");
	ends[5] = buffer->length;
	wf_frame_write_stub(buffer, &stub);
	ends[6] = buffer->length;
	wf_frame_write_commit(buffer, &commit);
	ends[7] = buffer->length;
	wf_frame_write_enclosure(buffer, &enclosure);
	ends[8] = buffer->length;
	write_record(buffer, &enclosed, "1", "");
	ends[9] = buffer->length;
	wf_frame_write_stub(buffer, &enclosed_stub);
	ends[10] = buffer->length;
	write_record(buffer, &placed, "", "v");
	ends[11] = buffer->length;
	write_record(buffer, &committed, "", "v");
	ends[12] = buffer->length;
	assert_int_equal(buffer->error, WF_BUFFER_OK);
}

static bool
same(WfSlice a, WfSlice b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static WfSlice
slice_of(const char *text)
{
	return wf_slice(text, strlen(text));
}

static void
read_next(WfFrameReader *reader, WfFrameItem *item, WfFrameItemType type)
{
	assert_true(wf_frame_read(reader, item));
	assert_int_equal(item->type, type);
}

static void
check_record(const WfFrameRecord *read, const WfFrameRecord *written, const char *key,
			 const char *value)
{
	assert_int_equal(read->flags, written->flags);
	assert_int_equal(read->topic_id, written->topic_id);
	assert_int_equal(read->schema_id, written->schema_id);
	assert_int_equal(read->enclosure_id, written->enclosure_id);
	assert_true(read->timestamp_ms == written->timestamp_ms);
	assert_true(read->partition == written->partition);
	assert_true(read->position.commit_lsn == written->position.commit_lsn);
	assert_true(read->position.lsn == written->position.lsn);
	assert_int_equal(read->position.n, written->position.n);
	assert_int_equal(read->header_count, written->header_count);
	for (int i = 0; i < read->header_count; i++)
	{
		assert_true(same(read->headers[i].name, written->headers[i].name));
		assert_int_equal(read->headers[i].value.data == NULL,
						 written->headers[i].value.data == NULL);
		assert_true(same(read->headers[i].value, written->headers[i].value));
	}
	assert_true(same(read->key, slice_of(key)));
	assert_true(same(read->value, slice_of(value)));
}

static void
items_read_back(void **state)
{
	WfBuffer	buffer = fixture_buffer(1 << 16);
	size_t		ends[ITEMS];
	WfFrameReader reader;
	WfFrameItem item;

	(void) state;
	write_all(&buffer, ends);
	wf_frame_reader_init(&reader, buffer.data, buffer.length);

	read_next(&reader, &item, WF_FRAME_HELLO);
	assert_int_equal(item.as.hello.frame_version, 1);
	assert_int_equal(item.as.hello.server_version_num, 150020);
	assert_true(item.as.hello.system_id == hello.system_id);
	assert_int_equal(item.as.hello.timeline, 3);
	assert_true(same(item.as.hello.plugin_version, hello.plugin_version));
	assert_true(same(item.as.hello.database, hello.database));
	assert_true(same(item.as.hello.encoding, hello.encoding));
	assert_int_equal(reader.offset, ends[0]);

	read_next(&reader, &item, WF_FRAME_TOPIC);
	assert_int_equal(item.as.topic.id, 1);
	assert_true(same(item.as.topic.name, topic.name));

	read_next(&reader, &item, WF_FRAME_SCHEMA);
	assert_int_equal(item.as.schema.id, 7);
	assert_int_equal(item.as.schema.topic_id, 1);
	assert_true(same(item.as.schema.fingerprint, schema.fingerprint));
	assert_true(same(item.as.schema.description, schema.description));

	read_next(&reader, &item, WF_FRAME_BEGIN);
	assert_true(item.as.begin.xid == UINT32_MAX);
	assert_true(item.as.begin.commit_lsn == begin.commit_lsn);
	assert_true(item.as.begin.commit_time_us == -1);

	read_next(&reader, &item, WF_FRAME_RECORD);
	check_record(&item.as.record, &record, "{\"id\":1}", "{\"before\":null}");
	read_next(&reader, &item, WF_FRAME_RECORD);
	check_record(&item.as.record, &tombstone, "k", "");

	read_next(&reader, &item, WF_FRAME_STUB);
	assert_int_equal(item.as.stub.flags, stub.flags);
	assert_int_equal(item.as.stub.schema_id, 7);
	assert_int_equal(item.as.stub.position.n, 7);
	assert_true(item.as.stub.value_bytes_at_least == stub.value_bytes_at_least);
	assert_true(same(item.as.stub.key, stub.key));
	assert_true(same(item.as.stub.reason, stub.reason));

	read_next(&reader, &item, WF_FRAME_COMMIT);
	assert_true(item.as.commit.commit_lsn == 2 && item.as.commit.end_lsn == 3);
	assert_true(item.as.commit.commit_time_us == INT64_MIN);
	assert_true(item.as.commit.records == 4);
	assert_true(item.as.commit.replaced_characters == UINT64_MAX);

	read_next(&reader, &item, WF_FRAME_ENCLOSURE);
	assert_int_equal(item.as.enclosure.id, 5);
	assert_true(same(item.as.enclosure.key_schema, enclosure.key_schema));
	assert_int_equal(item.as.enclosure.value_schema.length, 0);
	read_next(&reader, &item, WF_FRAME_RECORD);
	check_record(&item.as.record, &enclosed, "1", "");
	read_next(&reader, &item, WF_FRAME_STUB);
	assert_int_equal(item.as.stub.enclosure_id, 6);
	read_next(&reader, &item, WF_FRAME_RECORD);
	check_record(&item.as.record, &placed, "", "v");
	read_next(&reader, &item, WF_FRAME_RECORD);
	check_record(&item.as.record, &committed, "", "v");

	assert_false(wf_frame_read(&reader, &item));
	assert_null(reader.error);
	assert_int_equal(reader.offset, buffer.length);
	free(buffer.data);
}

/* The bytes are a contract between versions of plugin and shipper. */
static void
bytes_are_as_documented(void **state)
{
	static const unsigned char expected[] = {
		'T', 0, 0, 0, 7, 0, 0, 0, 2, 0, 1, 'x',
		'R', 0, 0, 0, 54, 3, 0, 0, 0, 2, 0, 0, 0, 9,
		0, 0, 0, 0, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 4,
		1, 0, 0, 0, 1, 0, 0, 0, 2,
		0, 5, 'n', 'a', 'm', 'e', 's', 0, 0, 0, 2, 'h', 'v', 'k', 'v', 'v',
		'E', 0, 0, 0, 14, 0, 0, 0, 3, 0, 0, 0, 1, 'k', 0, 0, 0, 1, 'v',
		'R', 0, 0, 0, 43, 9, 0, 0, 0, 2, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 'k',
		'R', 0, 0, 0, 57, 0x30, 0, 0, 0, 2, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0xFF, 0xFF, 0xFF, 0xFE,
		0, 1, 'n', 0xFF, 0xFF, 0xFF, 0xFF
	};
	WfFrameEnclosure e = {.id = 3, .key_schema = SLICE("k"), .value_schema = SLICE("v")};
	WfFrameRecord inside = {.flags = 9, .topic_id = 2, .enclosure_id = 3};
	WfFrameRecord somewhere = {
		.flags = 0x30, .topic_id = 2, .timestamp_ms = 0x102, .partition = -2, .header_count = 1,
		.headers = {{.name = SLICE("n"), .value = {NULL, 0}}}
	};
	WfFrameTopic x = {.id = 2, .name = SLICE("x")};
	WfFrameRecord r = {
		.flags = 3, .topic_id = 2, .schema_id = 9,
		.position = {.commit_lsn = 0x2000, .lsn = 0x1000, .n = 4},
		.header_count = 1, .headers = {{.name = SLICE("names"), .value = SLICE("hv")}}
	};
	WfBuffer	buffer = fixture_buffer(1 << 16);

	(void) state;
	wf_frame_write_topic(&buffer, &x);
	write_record(&buffer, &r, "k", "vv");
	wf_frame_write_enclosure(&buffer, &e);
	write_record(&buffer, &inside, "k", "");
	write_record(&buffer, &somewhere, "", "");
	assert_int_equal(buffer.length, sizeof(expected));
	assert_memory_equal(buffer.data, expected, sizeof(expected));
	free(buffer.data);
}

/* Reads a copy of exactly `length` bytes; the error, NULL if it was well. */
static const char *
read_copy(const char *data, size_t length, int *items)
{
	char	   *copy = malloc(length > 0 ? length : 1);
	WfFrameReader reader;
	WfFrameItem item;
	const char *error;

	memcpy(copy, data, length);
	wf_frame_reader_init(&reader, copy, length);
	for (*items = 0; wf_frame_read(&reader, &item); (*items)++)
		;
	error = reader.error;
	assert_true(reader.offset <= length);
	if (error == NULL)
		assert_int_equal(reader.offset, length);
	else
	{
		/* sticky */
		assert_false(wf_frame_read(&reader, &item));
		assert_ptr_equal(reader.error, error);
	}
	free(copy);
	return error;
}

static void
truncation_at_every_byte_is_noticed(void **state)
{
	WfBuffer	buffer = fixture_buffer(1 << 16);
	size_t		ends[ITEMS];
	int			whole = 0;

	(void) state;
	write_all(&buffer, ends);
	for (size_t length = 0; length <= buffer.length; length++)
	{
		int			items;
		const char *error = read_copy(buffer.data, length, &items);

		if (whole < ITEMS && length == ends[whole])
			whole++;
		assert_int_equal(items, whole);
		if (length == 0 || (whole > 0 && length == ends[whole - 1]))
			assert_null(error);
		else
			assert_string_equal(error, "the message ends within an item");
	}
	free(buffer.data);
}

/* An item whose body is cut, with a body length that says so. */
static void
short_bodies_are_noticed(void **state)
{
	WfBuffer	buffer = fixture_buffer(1 << 16);
	size_t		ends[ITEMS];
	size_t		start = 0;

	(void) state;
	write_all(&buffer, ends);
	for (int i = 0; i < ITEMS; i++)
	{
		size_t		size = ends[i] - start;
		char	   *copy = malloc(size);

		memcpy(copy, buffer.data + start, size);
		for (size_t length = WF_FRAME_ITEM_HEADER_BYTES; length < size; length++)
		{
			int			items;
			size_t		body = length - WF_FRAME_ITEM_HEADER_BYTES;

			copy[3] = (char) (body >> 8);
			copy[4] = (char) body;
			assert_string_equal(read_copy(copy, length, &items),
								"an item ends before its last field");
			assert_int_equal(items, 0);
		}
		free(copy);
		start = ends[i];
	}
	free(buffer.data);
}

static void
any_changed_byte_is_survived(void **state)
{
	WfBuffer	buffer = fixture_buffer(1 << 16);
	size_t		ends[ITEMS];

	(void) state;
	write_all(&buffer, ends);
	for (size_t i = 0; i < buffer.length; i++)
	{
		char		original = buffer.data[i];

		for (int bit = 0; bit < 8; bit++)
		{
			int			items;

			buffer.data[i] = (char) (original ^ (1 << bit));
			read_copy(buffer.data, buffer.length, &items);
		}
		buffer.data[i] = original;
	}
	free(buffer.data);
}

/* Changes one byte of the item made by write_all() and expects this error. */
static void
check_ill(int item, size_t offset, int byte, const char *expected)
{
	WfBuffer	buffer = fixture_buffer(1 << 16);
	size_t		ends[ITEMS];
	size_t		start;
	int			items;

	write_all(&buffer, ends);
	start = item > 0 ? ends[item - 1] : 0;
	assert_int_not_equal(buffer.data[start + offset], (char) byte);
	buffer.data[start + offset] = (char) byte;
	assert_string_equal(read_copy(buffer.data, buffer.length, &items), expected);
	assert_int_equal(items, item);
	free(buffer.data);
}

static void
ill_items_are_named(void **state)
{
	WfBuffer	buffer = fixture_buffer(1 << 16);
	int			items;

	(void) state;
	check_ill(0, 0, 'Z', "an item has a type this reader does not know");
	check_ill(0, 6, 4, "the frame version is not one this reader knows");
	check_ill(0, 6, 0, "the frame version is not one this reader knows");
	check_ill(1, 8, 0, "a topic has the id 0");
	check_ill(2, 8, 0, "a schema has the id 0");
	check_ill(2, 12, 0, "a schema names the topic 0");
	check_ill(2, 13, 'A', "a schema's fingerprint is not lower-case hex");
	check_ill(4, 5, (char) 0x83, "a record has flags this reader does not know");
	check_ill(4, 5, 0x43, "a record without a timestamp says whose it is");
	check_ill(4, 5, 2, "a record without a key has key bytes");
	check_ill(4, 5, 1, "a tombstone has value bytes");
	check_ill(4, 9, 0, "a record names the topic 0");
	check_ill(4, 34, 65, "a record has more headers than a frame allows");
	check_ill(6, 5, 0x13, "a record has flags this reader does not know");
	check_ill(6, 5, 2, "a stub without a key has key bytes");
	check_ill(8, 8, 0, "an enclosure has the id 0");
	check_ill(9, 46, 0, "a record names the enclosure 0");
	check_ill(6, 9, 0, "a stub names the topic 0");

	wf_buffer_append_literal(&buffer, "B\0\0\0\x15" "0123" "01234567" "01234567" "x");
	assert_string_equal(read_copy(buffer.data, buffer.length, &items),
						"an item goes on after its last field");
	wf_buffer_cut(&buffer, 0);
	wf_buffer_append_literal(&buffer, "T\0\0\0\x06" "\0\0\0\1" "\0\0");
	assert_string_equal(read_copy(buffer.data, buffer.length, &items), "a topic has no name");
	wf_buffer_cut(&buffer, 0);
	wf_buffer_append_literal(&buffer, "T\xFF\xFF\xFF\xFF" "\0\0\0\1" "\0\0");
	assert_string_equal(read_copy(buffer.data, buffer.length, &items),
						"the message ends within an item");
	free(buffer.data);
}

/* A buffer that is full makes the writer stop, not write out of bounds. */
static void
full_buffer_at_every_length(void **state)
{
	WfBuffer	whole = fixture_buffer(1 << 16);
	size_t		ends[ITEMS];

	(void) state;
	write_all(&whole, ends);
	for (size_t ceiling = 0; ceiling < whole.length; ceiling++)
	{
		WfBuffer	buffer = fixture_buffer(ceiling);

		wf_frame_write_hello(&buffer, &hello);
		wf_frame_write_topic(&buffer, &topic);
		wf_frame_write_schema(&buffer, &schema);
		wf_frame_write_begin(&buffer, &begin);
		write_record(&buffer, &record, "{\"id\":1}", "{\"before\":null}");
		write_record(&buffer, &tombstone, "k", "");
		wf_frame_write_stub(&buffer, &stub);
		wf_frame_write_commit(&buffer, &commit);
		wf_frame_write_enclosure(&buffer, &enclosure);
		write_record(&buffer, &enclosed, "1", "");
		wf_frame_write_stub(&buffer, &enclosed_stub);
		write_record(&buffer, &placed, "", "v");
		write_record(&buffer, &committed, "", "v");
		assert_int_equal(buffer.error, WF_BUFFER_CEILING);
		assert_true(buffer.length <= ceiling);
		free(buffer.data);
	}
	free(whole.data);
}

/* What a field cannot hold is an error of the buffer, never a wrong length. */
static void
oversized_fields_fail(void **state)
{
	WfBuffer	buffer = fixture_buffer(1 << 20);
	WfFrameTopic long_topic = topic;
	WfFrameSchema short_fingerprint = schema;
	WfFrameRecord many_headers = record;
	WfFrameRecordWriter writer;
	char	   *name = calloc(1, UINT16_MAX + 1);

	(void) state;
	long_topic.name = wf_slice(name, UINT16_MAX + 1);
	wf_frame_write_topic(&buffer, &long_topic);
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	wf_buffer_cut(&buffer, 0);
	long_topic.name.length--;
	wf_frame_write_topic(&buffer, &long_topic);
	assert_int_equal(buffer.error, WF_BUFFER_OK);

	short_fingerprint.fingerprint.length--;
	wf_frame_write_schema(&buffer, &short_fingerprint);
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	wf_buffer_cut(&buffer, 0);

	many_headers.header_count = WF_FRAME_HEADERS_MAX + 1;
	wf_frame_record_open(&buffer, &writer, &many_headers);
	wf_frame_record_close(&buffer, &writer);
	assert_int_equal(buffer.error, WF_BUFFER_CEILING);
	free(name);
	free(buffer.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_read_back),
		cmocka_unit_test(bytes_are_as_documented),
		cmocka_unit_test(truncation_at_every_byte_is_noticed),
		cmocka_unit_test(short_bodies_are_noticed),
		cmocka_unit_test(any_changed_byte_is_survived),
		cmocka_unit_test(ill_items_are_named),
		cmocka_unit_test(full_buffer_at_every_length),
		cmocka_unit_test(oversized_fields_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
