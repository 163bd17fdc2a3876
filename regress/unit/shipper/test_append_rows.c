/*
 * test_append_rows.c
 *		Protocol Buffers by hand: written bytes against the wire format's
 *		definition, answers of AppendRows read, malformed ones refused.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include "shipper/bigquery/append_rows.h"
#include "shipper/bigquery/grpc.h"

#define assert_bytes(buffer, literal) \
	do \
	{ \
		assert_int_equal((buffer).length, sizeof(literal) - 1); \
		assert_memory_equal((buffer).data, literal, sizeof(literal) - 1); \
	} while (0)

static void
test_writer(void **state)
{
	WfBuffer	buffer = heap_fixture();

	(void) state;
	/* the examples of protobuf.dev, "Encoding" */
	pb_int64(&buffer, 1, 150);
	assert_bytes(buffer, "\x08\x96\x01");
	wf_buffer_cut(&buffer, 0);
	pb_bytes(&buffer, 2, "testing", 7);
	assert_bytes(buffer, "\x12\x07testing");
	wf_buffer_cut(&buffer, 0);
	pb_int64(&buffer, 1, -2);
	assert_bytes(buffer, "\x08\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01");
	wf_buffer_cut(&buffer, 0);
	pb_double(&buffer, 16, 1.0);
	assert_bytes(buffer, "\x81\x01\0\0\0\0\0\0\xf0\x3f");
	heap_buffer_free(&buffer);
}

/* Lengths of one, two and three bytes, nested. */
static void
test_nesting(void **state)
{
	static const size_t lengths[] = {0, 1, 127, 128, 129, 16383, 16384, 100000};
	char	   *bytes = calloc(1, 100000);

	(void) state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
	{
		WfBuffer	buffer = heap_fixture();
		size_t		outer = pb_open(&buffer, 3);
		size_t		inner = pb_open(&buffer, 4);
		PbReader	reader;
		PbField		field;

		pb_bytes(&buffer, 5, bytes, lengths[i]);
		pb_close(&buffer, inner);
		pb_close(&buffer, outer);
		for (int number = 3; number <= 5; number++)
		{
			pb_reader_init(&reader, number == 3 ? wf_buffer_since(&buffer, 0) : field.bytes);
			assert_true(pb_next(&reader, &field));
			assert_int_equal(field.number, number);
			assert_int_equal(field.wire_type, PB_BYTES);
			assert_int_equal(reader.offset, reader.length);
		}
		assert_int_equal(field.bytes.length, lengths[i]);
		heap_buffer_free(&buffer);
	}
	free(bytes);
}

static void
test_malformed_messages(void **state)
{
	static const struct
	{
		const char *bytes;
		size_t		length;
	}			messages[] = {
		{"\x08", 1},			/* no value */
		{"\x80", 1},			/* half a tag */
		{"\x00\x01", 2},		/* field 0 */
		{"\x0b", 1},			/* a group */
		{"\x12\x05" "abc", 5},	/* shorter than it says */
		{"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11},
		{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11},	/* 65 bits */
		{"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 12},
		{"\x09\x01\x02", 3},
		{"\x0d\x01\x02", 3},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
	{
		PbReader	reader;
		PbField		field;

		pb_reader_init(&reader, wf_slice(messages[i].bytes, messages[i].length));
		while (pb_next(&reader, &field))
			;
		assert_non_null(reader.error);
		assert_false(pb_next(&reader, &field));
	}
}

static void
test_responses(void **state)
{
	AppendRowsResponse response;

	(void) state;
	/* append_result without an offset, as default streams answer */
	assert_true(append_rows_read(wf_slice("\x0a\x00", 2), &response));
	assert_true(response.has_result);
	assert_int_equal(response.offset, -1);
	assert_int_equal(response.error_code, 0);

	/* offset 0 is an empty Int64Value; offset 300; the stream's name beside it */
	assert_true(append_rows_read(wf_slice("\x0a\x02\x0a\x00", 4), &response));
	assert_int_equal(response.offset, 0);
	assert_true(append_rows_read(wf_slice("\x0a\x05\x0a\x03\x08\xac\x02\x2a\x01s", 10), &response));
	assert_int_equal(response.offset, 300);

	/* nothing at all: neither success nor error */
	assert_true(append_rows_read(wf_slice("", 0), &response));
	assert_false(response.has_result);
}

/* The error of an append that names its reason: code 3, a StorageError 7, two rows. */
static void
test_error_response(void **state)
{
	static const char type_url[] = "type.googleapis.com/google.cloud.bigquery.storage.v1.StorageError";
	WfBuffer	buffer = heap_fixture();
	AppendRowsResponse response;
	size_t		status = pb_open(&buffer, 2);
	size_t		detail;
	size_t		row;

	(void) state;
	pb_int64(&buffer, 1, GRPC_INVALID_ARGUMENT);
	pb_bytes(&buffer, 2, "extra", 5);
	detail = pb_open(&buffer, 3);
	pb_bytes(&buffer, 1, type_url, sizeof(type_url) - 1);
	pb_bytes(&buffer, 2, "\x08\x07", 2);
	pb_close(&buffer, detail);
	detail = pb_open(&buffer, 3);	/* a detail of another type is none of ours */
	pb_bytes(&buffer, 1, "type.googleapis.com/google.rpc.DebugInfo", 40);
	pb_bytes(&buffer, 2, "\x08\x09", 2);
	pb_close(&buffer, detail);
	pb_close(&buffer, status);
	row = pb_open(&buffer, 4);	/* index 0 is absent */
	pb_bytes(&buffer, 3, "first", 5);
	pb_close(&buffer, row);
	row = pb_open(&buffer, 4);
	pb_int64(&buffer, 1, 17);
	pb_close(&buffer, row);

	assert_true(append_rows_read(wf_buffer_since(&buffer, 0), &response));
	assert_false(response.has_result);
	assert_int_equal(response.error_code, GRPC_INVALID_ARGUMENT);
	assert_slice(response.error_message, "extra");
	assert_int_equal(response.storage_error, STORAGE_SCHEMA_MISMATCH_EXTRA_FIELDS);
	assert_int_equal(response.refused_count, 2);
	assert_int_equal(response.refused[0], 0);
	assert_int_equal(response.refused[1], 17);
	assert_slice(response.refused_message, "first");

	/* cut anywhere it is malformed, or tells less, but never success */
	for (size_t length = 0; length < buffer.length; length++)
	{
		char	   *part = malloc(length + 1);

		part = realloc(part, length > 0 ? length : 1);
		memcpy(part, buffer.data, length);
		if (append_rows_read(wf_slice(part, length), &response))
			assert_false(response.has_result);
		free(part);
	}
	heap_buffer_free(&buffer);
}

static void
test_grpc_framing(void **state)
{
	char		prefix[GRPC_PREFIX_BYTES];
	WfSlice		rest = wf_slice("\0\0\0\0\x02" "ab" "\0\0\0\0\0", 12);
	WfSlice		message;
	bool		broken;

	(void) state;
	grpc_put_prefix(prefix, 0x01020304);
	assert_memory_equal(prefix, "\0\1\2\3\4", 5);
	assert_true(grpc_next_message(&rest, &message, &broken));
	assert_slice(message, "ab");
	assert_true(grpc_next_message(&rest, &message, &broken));
	assert_int_equal(message.length, 0);
	assert_false(grpc_next_message(&rest, &message, &broken));
	assert_false(broken);

	rest = wf_slice("\0\0\0\0\x02" "a", 6);
	assert_false(grpc_next_message(&rest, &message, &broken));
	assert_true(broken);
	rest = wf_slice("\1\0\0\0\0", 5);	/* compressed: never asked for */
	assert_false(grpc_next_message(&rest, &message, &broken));
	assert_true(broken);
	rest = wf_slice("\0\0\0", 3);
	assert_false(grpc_next_message(&rest, &message, &broken));
	assert_true(broken);
}

/* A request put together from its head and the rows of a batch reads as one. */
static void
test_request(void **state)
{
	WfBuffer	head = heap_fixture();
	Layout		layout = {0};
	Batch	   *batch = batch_new(NULL, 4096, 0);
	WfBuffer	whole = heap_fixture();
	PbReader	reader;
	PbField		field;
	WfSlice		rows;
	WfSlice		message;
	bool		broken;
	bool		stream = false;

	(void) state;
	assert_true(batch_add(batch, text_of("row one"), 0, 0, 5));
	assert_true(batch_add(batch, text_of(""), 0, 0, 6));
	append_rows_head(&head, "projects/p/datasets/d/tables/t/streams/_default", &layout,
					 batch_rows(batch).length);
	wf_buffer_append_slice(&whole, wf_buffer_since(&head, 0));
	wf_buffer_append_slice(&whole, batch_rows(batch));
	rows = wf_buffer_since(&whole, 0);
	assert_true(grpc_next_message(&rows, &message, &broken));
	assert_int_equal(rows.length, 0);

	pb_reader_init(&reader, message);
	while (pb_next(&reader, &field))
	{
		if (field.number == 1)
		{
			assert_slice(field.bytes, "projects/p/datasets/d/tables/t/streams/_default");
			stream = true;
		}
		if (field.number == 4)
			rows = field.bytes;
	}
	assert_null(reader.error);
	assert_true(stream);
	pb_reader_init(&reader, rows);
	assert_true(pb_next(&reader, &field));	/* writer_schema */
	assert_int_equal(field.number, 1);
	assert_true(pb_next(&reader, &field));	/* rows */
	assert_int_equal(field.number, 2);
	assert_int_equal(reader.offset, reader.length);
	rows = field.bytes;
	assert_true(batch_next_row(&rows, &message));
	assert_slice(message, "row one");
	assert_true(batch_next_row(&rows, &message));
	assert_int_equal(message.length, 0);
	assert_false(batch_next_row(&rows, &message));

	heap_buffer_free(&head);
	heap_buffer_free(&whole);
	batch_free(batch);
}

static void
test_batches(void **state)
{
	Batch	   *batch = batch_new(NULL, 64, 0);
	Batch	   *second;
	WfSlice		rows;
	WfSlice		row;

	(void) state;
	for (int i = 0; i < 5; i++)
		assert_true(batch_add(batch, wf_slice("abcde" + i, 1), i % 2, 7, 100 + i));
	assert_int_equal(batch->range_count, 2);
	assert_int_equal(batch->ranges[0].first, 100);
	assert_int_equal(batch->ranges[0].last, 104);
	assert_int_equal(batch->ranges[1].first, 101);

	assert_true(batch_make_head_room(batch, 1000));
	rows = batch_rows(batch);
	assert_true(batch_next_row(&rows, &row));
	assert_slice(row, "a");

	second = batch_split(batch);
	assert_non_null(second);
	assert_int_equal(batch->row_count, 2);
	assert_int_equal(second->row_count, 3);
	assert_ptr_equal(batch->next, second);
	assert_int_equal(second->range_count, 2);
	rows = batch_rows(second);
	assert_true(batch_next_row(&rows, &row));
	assert_slice(row, "c");
	rows = batch_rows(batch);
	assert_true(batch_next_row(&rows, &row));
	assert_true(batch_next_row(&rows, &row));
	assert_slice(row, "b");
	assert_false(batch_next_row(&rows, &row));

	/*
	 * a batch takes its first row whatever its size, then says when it has
	 * enough
	 */
	assert_true(batch_has_room(batch, 1000, 0, 7));
	assert_false(batch_has_room(batch, BATCH_BYTES_ENOUGH, 0, 7));
	batch_free(second);
	batch->next = NULL;
	batch_free(batch);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_malformed_messages),
		cmocka_unit_test(test_responses),
		cmocka_unit_test(test_error_response),
		cmocka_unit_test(test_grpc_framing),
		cmocka_unit_test(test_request),
		cmocka_unit_test(test_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
