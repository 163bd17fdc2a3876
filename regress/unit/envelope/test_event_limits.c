/*
 * test_event_limits.c
 *		Events that do not fit: records beyond record.max.bytes, keys beyond
 *		what a stub carries, buffers at their ceiling, memory that ends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

static const WfColumn note_columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("text"), .type = TEXT_TYPE, .in_identity = true},
	{.name = SLICE("note"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
};

static const WfRelation notes = {
	.oid = 16402, .schema = SLICE("public"), .name = SLICE("notes"),
	.identity = WF_IDENTITY_FULL, .column_count = 2, .columns = note_columns,
	.key_count = 1, .key_columns = {0}
};

/* A row whose texts are `length` letters long. */
typedef struct Row
{
	WfValue		values[2];
	char	   *id;
	char	   *note;
} Row;

static char *
letters(char letter, size_t length)
{
	char	   *text = malloc(length + 1);

	memset(text, letter, length);
	text[length] = '\0';
	return text;
}

static Row
row_of(char letter, size_t id_length, size_t note_length)
{
	Row			row;

	row.id = letters(letter, id_length);
	row.note = letters('n', note_length);
	row.values[0] = (WfValue)
	{
		.state = WF_VALUE_PRESENT,.as.text =
		{
			row.id, id_length
		}
	};
	row.values[1] = (WfValue)
	{
		.state = WF_VALUE_PRESENT,.as.text =
		{
			row.note, note_length
		}
	};
	return row;
}

static void
row_free(Row *row)
{
	free(row->id);
	free(row->note);
}

static WfWriteResult
write_row(Fixture *fixture, WfTransaction *transaction, WfOperation operation, uint64_t lsn,
		  const Row *old_row, const Row *new_row)
{
	WfRowChange change = {
		.operation = operation, .lsn = lsn,
		.old_row = old_row != NULL ? old_row->values : NULL, .old_is_full = true,
		.new_row = new_row != NULL ? new_row->values : NULL
	};

	return wf_write_row(&fixture->session, transaction, &fixture->plan, &change);
}

static WfTransaction
begin(void)
{
	WfTransaction transaction;

	wf_transaction_begin(&transaction, 742, 0x2000, 1000000);
	return transaction;
}

/* The first `count` characters of each line of the output, to compare its outline. */
static char *
outline(Fixture *fixture, size_t count)
{
	const char *text = fixture_text(&fixture->lines);
	char	   *result = malloc(fixture->lines.length + 1);
	char	   *out = result;

	while (*text != '\0')
	{
		size_t		length = strcspn(text, "\n");
		size_t		kept = length < count ? length : count;

		memcpy(out, text, kept);
		out += kept;
		*out++ = '\n';
		text += length + 1;
	}
	*out = '\0';
	return result;
}

static void
frame_writes_a_stub(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();
	Row			large = row_of('a', 1, 5000);
	Row			small = row_of('b', 1, 1);
	WfFrameReader reader;
	WfFrameItem item;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
	fixture.session.options.record_max_bytes = 4096;
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &large),
					 WF_WRITE_OK);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &small),
					 WF_WRITE_OK);
	wf_transaction_commit(&fixture.session, &transaction, 0x2030);

	/* T, S, B, then the stub that is all there is of the large one */
	wf_frame_reader_init(&reader, fixture.buffer.data, fixture.buffer.length);
	for (int i = 0; i < 4; i++)
		assert_true(wf_frame_read(&reader, &item));
	assert_int_equal(item.type, WF_FRAME_STUB);
	assert_int_equal(item.as.stub.flags, WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE);
	assert_int_equal(item.as.stub.topic_id, 1);
	assert_int_equal(item.as.stub.schema_id, 1);
	assert_int_equal(item.as.stub.position.n, 0);
	assert_true(item.as.stub.value_bytes_at_least >= 5001);
	assert_int_equal(item.as.stub.key.length, 10);
	assert_memory_equal(item.as.stub.key.data, "{\"id\":\"a\"}", 10);
	assert_true(fixture_holds(item.as.stub.reason, "record.max.bytes"));
	assert_true(wf_frame_read(&reader, &item));
	assert_int_equal(item.type, WF_FRAME_RECORD);
	assert_int_equal(item.as.record.position.n, 1);
	assert_true(wf_frame_read(&reader, &item));
	assert_int_equal(item.type, WF_FRAME_COMMIT);
	assert_int_equal(item.as.commit.records, 2);
	assert_false(wf_frame_read(&reader, &item));
	fixture_close(&fixture);
	row_free(&large);
	row_free(&small);
}

/* Length of the record item of a row with such a note. */
static size_t
record_length(size_t note_length)
{
	Fixture		fixture;
	WfTransaction transaction = begin();
	Row			row = row_of('a', 1, note_length);
	size_t		before;
	size_t		length;

	fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &row);
	before = fixture.buffer.length;
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &row);
	length = fixture.buffer.length - before;
	fixture_close(&fixture);
	row_free(&row);
	return length;
}

/*
 * Stub or not follows from the record alone: not from what stands before it,
 * nor from how large the buffer happens to be.
 */
static void
the_limit_is_exact_wherever_the_record_stands(void **state)
{
	static const size_t capacities[] = {0, 1000, 100000, 5000000};
	size_t		exact = record_length(3000);

	(void) state;
	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++)
		for (size_t preceding = 0; preceding < 3000; preceding += 700)
			for (int excess = 0; excess < 2; excess++)
			{
				Fixture		fixture;
				WfTransaction transaction = begin();
				Row			row = row_of('a', 1, 3000 + (size_t) excess);
				Row			other = row_of('b', 1, preceding);
				WfFrameReader reader;
				WfFrameItem item;

				fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
				fixture.session.options.record_max_bytes = (int64_t) exact;
				if (capacities[i] > 0)
					assert_true(wf_buffer_reserve(&fixture.buffer, capacities[i]));
				write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &other);
				write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &row);
				wf_frame_reader_init(&reader, fixture.buffer.data, fixture.buffer.length);
				while (wf_frame_read(&reader, &item))
					;
				assert_null(reader.error);
				assert_int_equal(item.type, excess > 0 ? WF_FRAME_STUB : WF_FRAME_RECORD);
				fixture_close(&fixture);
				row_free(&row);
				row_free(&other);
			}
}

static void
a_record_too_large_takes_no_memory_beyond_its_limit(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();
	Row			huge = row_of('a', 1, 32 << 20);

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
	fixture.session.options.record_max_bytes = 4096;
	write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &huge);
	assert_true(fixture.buffer.capacity <= 2 << 20);
	assert_int_equal(fixture.buffer.ceiling, 64 << 20);
	fixture_close(&fixture);
	row_free(&huge);
}

static void
textual_output_says_too_large(void **state)
{
	Fixture		fixture;
	Row			large = row_of('a', 1, 5000);
	Row			small = row_of('b', 1, 1);

	(void) state;
	for (int output = WF_OUTPUT_ENVELOPE; output <= WF_OUTPUT_RECORD; output++)
	{
		WfTransaction transaction = begin();

		fixture_open(&fixture, (WfOutput) output, &notes);
		fixture.session.options.record_max_bytes = 4096;
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &large),
						 WF_WRITE_TOO_LARGE);
		assert_int_equal(fixture.flushes, 0);
		assert_int_equal(fixture.buffer.length, 0);
		assert_int_equal(transaction.records, 0);

		/* the session is as good as before */
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 2, NULL, &small),
						 WF_WRITE_OK);
		assert_int_equal(fixture.flushes, 1);
		fixture_close(&fixture);
	}
	row_free(&large);
	row_free(&small);
}

/* No delete may leave without the create that belongs to it. */
static void
textual_key_change_is_all_or_nothing(void **state)
{
	Row			large = row_of('a', 1, 5000);
	Row			small = row_of('b', 1, 1);
	Row			other = row_of('c', 1, 1);

	(void) state;
	for (int output = WF_OUTPUT_ENVELOPE; output <= WF_OUTPUT_RECORD; output++)
	{
		Fixture		fixture;
		WfTransaction transaction = begin();

		fixture_open(&fixture, (WfOutput) output, &notes);
		fixture.session.options.record_max_bytes = 4096;
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 1, &small, &large),
						 WF_WRITE_TOO_LARGE);
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 1, &large, &small),
						 WF_WRITE_TOO_LARGE);
		assert_int_equal(fixture.flushes, 0);
		assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 1, &small, &other),
						 WF_WRITE_OK);
		assert_int_equal(fixture.flushes, output == WF_OUTPUT_RECORD ? 3 : 2);
		fixture_close(&fixture);
	}
	row_free(&large);
	row_free(&small);
	row_free(&other);
}

static void
frame_key_change_stubs_what_is_too_large(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();
	Row			large = row_of('a', 1, 5000);
	Row			small = row_of('b', 1, 1);
	char	   *lines;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
	fixture.session.options.record_max_bytes = 4096;
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 1, &small, &large);
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 2, &large, &small);
	fixture_read_frame(&fixture);
	lines = outline(&fixture, 41);
	assert_string_equal(lines,
						"T 1 inv.public.notes\n"
						"S 1 topic=1\n"
						"B 742 2000 1000000\n"
						"R flags=3 topic=1 schema=1 2000/1/0 __deb\n"
						"R flags=1 topic=1 schema=0 2000/1/1 __deb\n"
						"X flags=3 topic=1 schema=1 2000/1/2 bytes\n"
						"X flags=3 topic=1 schema=1 2000/2/0 bytes\n"
						"R flags=1 topic=1 schema=0 2000/2/1 __deb\n"
						"R flags=3 topic=1 schema=1 2000/2/2 __deb\n");
	free(lines);
	fixture_close(&fixture);
	row_free(&large);
	row_free(&small);
}

/* Two large records of one change do not have to fit the buffer together. */
static void
frame_key_change_flushes_midway_when_large(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();
	Row			old_row = row_of('a', 1, 2 << 20);
	Row			new_row = row_of('b', 1, 2 << 20);

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
	write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 1, &old_row, &new_row);
	assert_int_equal(fixture.flushes, 1);
	assert_true(fixture.buffer.length > 2 << 20);
	assert_true(fixture.buffer.length < 3 << 20);
	fixture_close(&fixture);
	row_free(&old_row);
	row_free(&new_row);
}

static void
stub_leaves_a_long_key_out(void **state)
{
	Fixture		fixture;
	WfTransaction transaction = begin();
	Row			row = row_of('k', WF_STUB_KEY_MAX_BYTES + 1, 1);

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
	fixture.session_text.ceiling = 8 << 20;
	fixture.session.options.record_max_bytes = 4096;
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &row),
					 WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "X flags=2 topic=1 schema=1 2000/1/0 bytes>=1048578 key= reason="));
	fixture_close(&fixture);
	row_free(&row);
}

static void
key_beyond_the_sessions_text(void **state)
{
	Row			row = row_of('k', 2 << 20, 1);
	Row			small = row_of('b', 1, 1);
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_DELETE, 1, &row, NULL),
					 WF_WRITE_OK);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_CREATE, 2, NULL, &small),
					 WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "X flags=2 topic=1 schema=1 2000/1/0 bytes>=0 key= "
							  "reason=the key is too large\n"
							  "R flags=3 topic=1 schema=1 2000/2/0 key={\"id\":\"b\"} value="));
	fixture_close(&fixture);

	transaction = begin();
	fixture_open(&fixture, WF_OUTPUT_RECORD, &notes);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_DELETE, 1, &row, NULL),
					 WF_WRITE_TOO_LARGE);
	assert_int_equal(fixture.flushes, 0);
	fixture_close(&fixture);
	row_free(&row);
	row_free(&small);
}

static void
message_too_large(void **state)
{
	Fixture		fixture;
	WfSlice		content;
	char	   *text = letters('m', 5000);

	(void) state;
	content = wf_slice(text, 5000);
	fixture_open(&fixture, WF_OUTPUT_FRAME, NULL);
	fixture.session.options.record_max_bytes = 4096;
	assert_int_equal(wf_write_message(&fixture.session, NULL, 0x1000, WF_LITERAL("p"), content),
					 WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "T 1 inv.message\nX flags=7 topic=1 schema=0 1000/0/0 bytes>="));
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  " key={\"prefix\":\"p\"} reason=the message is larger"));
	fixture_close(&fixture);

	/* a prefix that session->text cannot hold */
	fixture_open(&fixture, WF_OUTPUT_FRAME, NULL);
	fixture.session_text.ceiling = 4096;
	assert_int_equal(wf_write_message(&fixture.session, NULL, 0x1000, content, WF_LITERAL("m")),
					 WF_WRITE_OK);
	assert_int_equal(wf_write_message(&fixture.session, NULL, 0x1010, WF_LITERAL("p"),
									  WF_LITERAL("m")), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_true(fixture_holds(wf_buffer_since(&fixture.lines, 0),
							  "T 1 inv.message\nX flags=6 topic=1 schema=0 1000/0/0 bytes>=1 key= "
							  "reason=the message's prefix is too large\n"
							  "R flags=7 topic=1 schema=0 1010/0/0 key={\"prefix\":\"p\"} value="));
	fixture_close(&fixture);

	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, NULL);
	fixture.session.options.record_max_bytes = 4096;
	assert_int_equal(wf_write_message(&fixture.session, NULL, 0x1000, WF_LITERAL("p"), content),
					 WF_WRITE_TOO_LARGE);
	assert_int_equal(fixture.flushes, 0);
	fixture_close(&fixture);
	free(text);
}

/*
 * Memory ends at every possible point: what is in the buffer is whole, and
 * what it names has been described in it.  With memory back, the change goes
 * through.
 */
static void
memory_may_end_anywhere(void **state)
{
	Row			old_row = row_of('a', 3, 2000);
	Row			new_row = row_of('b', 3, 2000);

	(void) state;
	for (size_t available = 0; available < 16384; available += 61)
	{
		Fixture		fixture;
		WfTransaction transaction = begin();
		WfWriteResult result;
		WfFrameReader reader;
		WfFrameItem item;
		bool		topic_known = false;
		bool		schema_known = false;
		uint64_t	records = 0;
		int			begins = 0;

		fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
		fixture.buffer.host = &available;
		result = write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 1, &old_row, &new_row);
		fixture.buffer.host = NULL;
		assert_true(result == WF_WRITE_OK || result == WF_WRITE_NO_MEMORY);
		if (result == WF_WRITE_NO_MEMORY)
			assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_UPDATE, 2, &old_row,
									   &new_row), WF_WRITE_OK);

		wf_frame_reader_init(&reader, fixture.buffer.data, fixture.buffer.length);
		while (wf_frame_read(&reader, &item))
		{
			topic_known |= item.type == WF_FRAME_TOPIC;
			schema_known |= item.type == WF_FRAME_SCHEMA;
			begins += item.type == WF_FRAME_BEGIN;
			if (item.type == WF_FRAME_RECORD)
			{
				assert_true(topic_known && schema_known && begins == 1);
				records++;
			}
		}
		assert_null(reader.error);
		assert_int_equal(begins, 1);
		assert_true(records >= 3);
		assert_int_equal(records, transaction.records);
		fixture_close(&fixture);
	}
	row_free(&old_row);
	row_free(&new_row);
}

/* The same with the ceiling: a buffer of any size keeps whole items. */
static void
ceiling_may_be_anywhere(void **state)
{
	Row			row = row_of('a', 3, 500);

	(void) state;
	for (size_t ceiling = 0; ceiling < 4096; ceiling += 13)
	{
		Fixture		fixture;
		WfTransaction transaction = begin();
		WfFrameReader reader;
		WfFrameItem item;

		fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
		fixture.buffer.ceiling = ceiling;
		for (int i = 0; i < 3; i++)
			write_row(&fixture, &transaction, WF_OPERATION_CREATE, 1, NULL, &row);
		wf_transaction_commit(&fixture.session, &transaction, 0x3000);
		wf_frame_reader_init(&reader, fixture.buffer.data, fixture.buffer.length);
		while (wf_frame_read(&reader, &item))
			;
		assert_null(reader.error);
		assert_true(fixture.buffer.length <= ceiling);
		assert_int_equal(fixture.buffer.error, WF_BUFFER_OK);
		fixture_close(&fixture);
	}
	row_free(&row);
}

/* session->text without room for the source block: refused, nothing read amiss. */
static void
no_room_for_the_source_block(void **state)
{
	Row			row = row_of('a', 3, 5);
	Fixture		fixture;
	WfTransaction transaction = begin();

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &notes);
	fixture.session_text.ceiling = fixture.session_text.capacity;
	transaction.origin = wf_slice(letters('o', 8000), 8000);
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_DELETE, 1, &row, NULL),
					 WF_WRITE_TOO_LARGE);
	assert_int_equal(wf_write_truncate(&fixture.session, &transaction, &fixture.plan, 1),
					 WF_WRITE_SKIPPED);
	fixture.session.options.skipped_operations = 0;
	assert_int_equal(wf_write_truncate(&fixture.session, &transaction, &fixture.plan, 1),
					 WF_WRITE_TOO_LARGE);
	assert_int_equal(fixture.buffer.length, 0);
	free((char *) transaction.origin.data);
	transaction.origin.length = 0;
	assert_int_equal(write_row(&fixture, &transaction, WF_OPERATION_DELETE, 1, &row, NULL),
					 WF_WRITE_OK);
	fixture_close(&fixture);
	row_free(&row);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(frame_writes_a_stub),
		cmocka_unit_test(the_limit_is_exact_wherever_the_record_stands),
		cmocka_unit_test(a_record_too_large_takes_no_memory_beyond_its_limit),
		cmocka_unit_test(textual_output_says_too_large),
		cmocka_unit_test(textual_key_change_is_all_or_nothing),
		cmocka_unit_test(frame_key_change_stubs_what_is_too_large),
		cmocka_unit_test(frame_key_change_flushes_midway_when_large),
		cmocka_unit_test(stub_leaves_a_long_key_out),
		cmocka_unit_test(key_beyond_the_sessions_text),
		cmocka_unit_test(message_too_large),
		cmocka_unit_test(memory_may_end_anywhere),
		cmocka_unit_test(ceiling_may_be_anywhere),
		cmocka_unit_test(no_room_for_the_source_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
