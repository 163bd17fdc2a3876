/*
 * test_row.c
 *		From a record to a row: which columns are filled for each operation, what
 *		makes no row, and the fallback row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <stdio.h>

#include "shipper/bigquery/row.h"
#include "shipper/bigquery/value_text.h"

#define NOW_US INT64_C(1709210096789012)
#define SOURCE "\"source\":{\"ts_ms\":1709210000000,\"snapshot\":\"false\"," \
	"\"ts_us\":1709210000000001,\"txId\":700,\"lsn\":5000,\"xmin\":null}"
#define ENVELOPE(before, after, op) \
	"{\"before\":" before ",\"after\":" after "," SOURCE ",\"op\":\"" op "\",\"ts_ms\":1}"

/* id:int, name:text, n:numeric without precision; key id; bound to a layout. */
typedef struct Fixture
{
	ShapeColumn columns[3];
	int			key[1];
	int			slots[3];
	Shape		shape;
	LayoutColumn layout_columns[3];
	Layout		layout;
	RowWriter	writer;
	Record		record;
} Fixture;

static int
set_up(void **state)
{
	Fixture    *f = calloc(1, sizeof(Fixture));

	f->columns[0] = (ShapeColumn) {"id", NULL, {.type = BQ_INT64, .reading = BQ_READ_INT}};
	f->columns[1] = (ShapeColumn) {"name", NULL, {.type = BQ_STRING, .reading = BQ_READ_TEXT}};
	f->columns[2] = (ShapeColumn) {"the n", NULL, {.type = BQ_BIGNUMERIC,
		.reading = BQ_READ_VARIABLE_DECIMAL}};
	for (int i = 0; i < 3; i++)
		f->slots[i] = i;
	f->shape = (Shape) {.schema = "public", .table = "t", .columns = f->columns, .column_count = 3,
	.key = f->key, .key_count = 1, .slots = f->slots};
	memcpy(f->shape.fingerprint, "0123456789abcdef0123456789abcdef", 32);
	f->layout_columns[0] = (LayoutColumn) {.name = "id", .type = BQ_INT64};
	f->layout_columns[1] = (LayoutColumn) {.name = "name", .type = BQ_STRING};
	f->layout_columns[2] = (LayoutColumn) {.name = "f_the_n", .type = BQ_BIGNUMERIC};
	f->layout = (Layout) {.columns = f->layout_columns, .count = 3};
	row_writer_init(&f->writer);
	f->writer.now_us = NOW_US;
	f->record = (Record) {.topic = "p.public.t", .partition = 3, .offset = 17, .timestamp_ms = 5};
	f->record.key = WF_LITERAL("{\"id\":1}");
	f->record.schema = text_of(f->shape.fingerprint);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	Fixture    *f = *state;

	row_writer_free(&f->writer);
	free(f);
	return 0;
}

static RowResult
make(Fixture *f, const char *value)
{
	f->record.value = value != NULL ? text_of(value) : wf_slice(NULL, 0);
	return row_make(&f->writer, &f->record, &f->shape, &f->layout);
}

/* The nth field of that number in the row last made; false if there is none. */
static bool
find(const Fixture *f, int number, int nth, PbField *field)
{
	PbReader	reader;

	pb_reader_init(&reader, wf_buffer_since(&f->writer.row, 0));
	while (pb_next(&reader, field))
	{
		if (field->number == number && nth-- == 0)
			return true;
	}
	assert_null(reader.error);
	return false;
}

static void
assert_text(const Fixture *f, int number, const char *expected)
{
	PbField		field;

	if (expected == NULL)
	{
		assert_false(find(f, number, 0, &field));
		return;
	}
	assert_true(find(f, number, 0, &field));
	assert_slice(field.bytes, expected);
}

static void
assert_number(const Fixture *f, int number, int64_t expected)
{
	PbField		field;

	assert_true(find(f, number, 0, &field));
	assert_int_equal(field.integer, expected);
}

static void
assert_columns(const Fixture *f, int64_t id, const char *name, const char *n)
{
	assert_number(f, FIELD_ROW_FIRST, id);
	assert_text(f, FIELD_ROW_FIRST + 1, name);
	assert_text(f, FIELD_ROW_FIRST + 2, n);
}

static void
test_create(void **state)
{
	Fixture    *f = *state;

	f->record.position = WF_LITERAL("pos");
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1,\"name\":\"a\",\"the n\":"
									  "{\"scale\":1,\"value\":\"Dw==\"}}", "c")), ROW_MADE);
	assert_columns(f, 1, "a", "1.5");
	assert_text(f, FIELD_OP, "c");
	assert_text(f, FIELD_POSITION, "pos");
	assert_number(f, FIELD_COMMIT_TS, INT64_C(1709210000000001));
	assert_number(f, FIELD_INGESTED_AT, NOW_US);
	assert_number(f, FIELD_TX_ID, 700);
	assert_number(f, FIELD_LSN, 5000);
	assert_text(f, FIELD_SNAPSHOT, "false");
	assert_text(f, FIELD_KEY, "{\"id\":1}");
	assert_text(f, FIELD_KEY_BEFORE, NULL);
	assert_text(f, FIELD_UNAVAILABLE_COLUMNS, NULL);
	assert_text(f, FIELD_OVERFLOW, NULL);
	assert_text(f, FIELD_SCHEMA, "0123456789abcdef0123456789abcdef");
	assert_text(f, FIELD_KAFKA_TOPIC, "p.public.t");
	assert_number(f, FIELD_KAFKA_PARTITION, 3);
	assert_number(f, FIELD_KAFKA_OFFSET, 17);
}

/* Members in another order, with escaped names, missing, and unknown ones. */
static void
test_members_by_name(void **state)
{
	Fixture    *f = *state;

	assert_int_equal(make(f, ENVELOPE("null", "{\"n\\u0061me\":\"a\",\"gone\":7,\"id\":2,\"x\":null}",
									  "r")), ROW_MADE);
	assert_columns(f, 2, "a", NULL);
	assert_text(f, FIELD_OVERFLOW, "{\"gone\":\"7\"}");
}

static void
test_key_change(void **state)
{
	Fixture    *f = *state;

	f->record.old_key = WF_LITERAL("{\"id\":9}");
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1}", "c")), ROW_MADE);
	assert_text(f, FIELD_KEY_BEFORE, "{\"id\":9}");
}

static void
test_unavailable(void **state)
{
	Fixture    *f = *state;
	PbField		field;

	f->record.unavailable = WF_LITERAL("[\"name\",\"th\\u0065 n\",\"unknown\"]");
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1,\"name\":\"__debezium_unavailable_value\","
									  "\"the n\":null}", "u")), ROW_MADE);
	assert_columns(f, 1, NULL, NULL);
	assert_true(find(f, FIELD_UNAVAILABLE_COLUMNS, 0, &field));
	assert_slice(field.bytes, "name");
	assert_true(find(f, FIELD_UNAVAILABLE_COLUMNS, 1, &field));
	assert_slice(field.bytes, "f_the_n");
	assert_false(find(f, FIELD_UNAVAILABLE_COLUMNS, 2, &field));

	/* the next row is not touched by it */
	f->record.unavailable = wf_slice(NULL, 0);
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1,\"name\":\"x\"}", "u")), ROW_MADE);
	assert_columns(f, 1, "x", NULL);

	f->record.unavailable = WF_LITERAL("{}");
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1}", "u")), ROW_UNREADABLE);
}

/* A default that stands for NULL is no value of the row. */
static void
test_defaulted(void **state)
{
	Fixture    *f = *state;
	PbField		field;

	f->record.defaulted = WF_LITERAL("[\"name\"]");
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1,\"name\":\"default\",\"the n\":null}", "c")),
					 ROW_MADE);
	assert_columns(f, 1, NULL, NULL);
	assert_false(find(f, FIELD_UNAVAILABLE_COLUMNS, 0, &field));

	f->record.before = WF_LITERAL("full");
	assert_int_equal(make(f, ENVELOPE("{\"id\":1,\"name\":\"default\"}", "null", "d")), ROW_MADE);
	assert_columns(f, 1, NULL, NULL);

	f->record.defaulted = wf_slice(NULL, 0);
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1,\"name\":\"x\"}", "u")), ROW_MADE);
	assert_columns(f, 1, "x", NULL);

	f->record.defaulted = WF_LITERAL("name");
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1}", "u")), ROW_UNREADABLE);
}

static void
test_delete(void **state)
{
	Fixture    *f = *state;
	static const char value[] = ENVELOPE("{\"id\":5,\"name\":\"\"}", "null", "d");

	/* identity default: what is not in the key is invented */
	f->record.before = WF_LITERAL("key");
	assert_int_equal(make(f, value), ROW_MADE);
	assert_columns(f, 1, NULL, NULL);
	f->record.before = wf_slice(NULL, 0);
	assert_int_equal(make(f, value), ROW_MADE);
	assert_columns(f, 1, NULL, NULL);

	f->record.before = WF_LITERAL("full");
	assert_int_equal(make(f, value), ROW_MADE);
	assert_columns(f, 5, "", NULL);
}

static void
test_truncate(void **state)
{
	Fixture    *f = *state;
	PbField		field;

	f->record.key = wf_slice(NULL, 0);
	assert_int_equal(make(f, ENVELOPE("null", "null", "t")), ROW_MADE);
	assert_text(f, FIELD_OP, "t");
	assert_text(f, FIELD_KEY, NULL);
	assert_false(find(f, FIELD_ROW_FIRST, 0, &field));
}

static void
test_no_row(void **state)
{
	Fixture    *f = *state;

	assert_int_equal(make(f, NULL), ROW_NONE);
	assert_int_equal(make(f, "{\"op\":\"m\"," SOURCE ",\"message\":{}}"), ROW_NONE);
}

static void
test_unreadable(void **state)
{
	static const char *const values[] = {
		"", "x", "7", "[]", "{}", "{\"op\":\"c\"}", "{\"op\":\"zz\"}", "{\"op\":\"z\"}", "{\"op\":1}",
		"{\"op\":\"c\",\"after\":{\"id\":1}", "{\"op\":\"c\",\"after\":{\"id\":1}}x",
		"{\"op\":\"c\",\"after\":{\"id\":}}", "{\"op\":\"c\",\"source\":{\"lsn\":,},\"after\":{}}",
		"{\"op\":\"c\",\"after\":null}",
	};
	Fixture    *f = *state;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
	{
		if (make(f, values[i]) != ROW_UNREADABLE)
			fail_msg("taken for an event: %s", values[i]);
		assert_non_null(f->writer.reason);
	}
	f->record.key = WF_LITERAL("not json");
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1}", "c")), ROW_UNREADABLE);
}

static void
test_commit_time(void **state)
{
	Fixture    *f = *state;

	assert_int_equal(make(f, "{\"op\":\"c\",\"after\":{},\"source\":{\"ts_us\":0}}"), ROW_MADE);
	assert_number(f, FIELD_COMMIT_TS, NOW_US);
	assert_text(f, FIELD_OVERFLOW, "{\"_commit_ts\":\"0\"}");
	assert_int_equal(make(f, "{\"op\":\"c\",\"after\":{},\"source\":{\"ts_us\":1809210096789012}}"),
					 ROW_MADE);
	assert_number(f, FIELD_COMMIT_TS, NOW_US);
	/* milliseconds only; then nothing but Kafka's time */
	assert_int_equal(make(f, "{\"op\":\"c\",\"after\":{},\"source\":{\"ts_ms\":1709210000123}}"),
					 ROW_MADE);
	assert_number(f, FIELD_COMMIT_TS, INT64_C(1709210000123000));
	f->record.timestamp_ms = 1709210000456;
	assert_int_equal(make(f, "{\"op\":\"c\",\"after\":{},\"source\":{}}"), ROW_MADE);
	assert_number(f, FIELD_COMMIT_TS, INT64_C(1709210000456000));
}

static void
test_overflow(void **state)
{
	Fixture    *f = *state;

	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":9223372036854775808,\"name\":[\"\\n\"],\"the n\":"
									  "{\"scale\":39,\"value\":\"AQ==\"}}", "c")), ROW_MADE);
	assert_text(f, FIELD_OVERFLOW, "{\"id\":\"9223372036854775808\",\"name\":\"[\\\"\\\\n\\\"]\","
				"\"f_the_n\":\"0.000000000000000000000000000000000000001\"}");
	assert_text(f, FIELD_ROW_FIRST, NULL);
}

static void
test_too_large(void **state)
{
	Fixture    *f = *state;
	char	   *value = malloc(ROW_BYTES_MAX + 1000);
	size_t		length = (size_t) sprintf(value, "{\"op\":\"c\",\"after\":{\"name\":\"");

	memset(value + length, 'x', ROW_BYTES_MAX);
	strcpy(value + length + ROW_BYTES_MAX, "\"}}");
	assert_int_equal(make(f, value), ROW_TOO_LARGE);
	assert_non_null(strstr(f->writer.reason, "takes more than 8000000 bytes"));
	assert_non_null(strstr(f->writer.reason, "the record's value has 8000030"));
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1}", "c")), ROW_MADE);
	free(value);
}

/* Steps of giving up: first the row's columns, then the keys, then nothing. */
static void
test_fallback(void **state)
{
	Fixture    *f = *state;
	WfBuffer	row = heap_fixture();

	f->record.position = WF_LITERAL("pos");
	assert_int_equal(make(f, ENVELOPE("null", "{\"id\":1,\"name\":\"a\\\"\",\"the n\":7}", "c")), ROW_MADE);
	wf_buffer_append_slice(&row, wf_buffer_since(&f->writer.row, 0));
	assert_true(row_make_fallback(&f->writer, wf_buffer_since(&row, 0), &f->layout));
	assert_text(f, FIELD_ROW_FIRST, NULL);
	assert_text(f, FIELD_ROW_FIRST + 1, NULL);
	assert_text(f, FIELD_KEY, "{\"id\":1}");
	assert_text(f, FIELD_POSITION, "pos");
	assert_number(f, FIELD_KAFKA_OFFSET, 17);
	assert_number(f, FIELD_INGESTED_AT, NOW_US);
	/* what was in _overflow stays there */
	assert_text(f, FIELD_OVERFLOW, "{\"id\":\"1\",\"name\":\"a\\\"\",\"f_the_n\":\"7\"}");

	wf_buffer_cut(&row, 0);
	wf_buffer_append_slice(&row, wf_buffer_since(&f->writer.row, 0));
	assert_true(row_make_fallback(&f->writer, wf_buffer_since(&row, 0), &f->layout));
	assert_text(f, FIELD_KEY, NULL);
	assert_text(f, FIELD_OP, "c");

	wf_buffer_cut(&row, 0);
	wf_buffer_append_slice(&row, wf_buffer_since(&f->writer.row, 0));
	assert_false(row_make_fallback(&f->writer, wf_buffer_since(&row, 0), &f->layout));
	heap_buffer_free(&row);
}

int
main(void)
{
#define ROW_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW_TEST(test_create),
		ROW_TEST(test_members_by_name),
		ROW_TEST(test_key_change),
		ROW_TEST(test_unavailable),
		ROW_TEST(test_defaulted),
		ROW_TEST(test_delete),
		ROW_TEST(test_truncate),
		ROW_TEST(test_no_row),
		ROW_TEST(test_unreadable),
		ROW_TEST(test_commit_time),
		ROW_TEST(test_overflow),
		ROW_TEST(test_too_large),
		ROW_TEST(test_fallback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
