/*
 * loader_row.c
 *		libFuzzer target: any bytes as a record, into a row of a table that has a
 *		column of every kind.
 *
 * Key, header __walferry.unavailable and value are the input's parts between
 * bytes 0x1E.  A row that is made can be read back, its _overflow is JSON, and
 * giving up its columns and then its keys ends in a row without either.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "shipper/bigquery/encode.h"
#include "shipper/bigquery/row.h"
#include "shipper/metrics.h"

#include "check.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW_US INT64_C(1709210096789012)
#define SEPARATOR 0x1E

/* one column per way of reading; named a, b, c … */
static ShapeColumn columns[] = {
	{"a", NULL, {.type = BQ_INT64, .reading = BQ_READ_INT}},
	{"b", NULL, {.type = BQ_BOOL, .reading = BQ_READ_BOOL}},
	{"c", NULL, {.type = BQ_FLOAT64, .reading = BQ_READ_FLOAT}},
	{"d", NULL, {.type = BQ_NUMERIC, .reading = BQ_READ_DECIMAL, .scale = 2}},
	{"e", NULL, {.type = BQ_BIGNUMERIC, .reading = BQ_READ_VARIABLE_DECIMAL}},
	{"f", NULL, {.type = BQ_BIGNUMERIC, .reading = BQ_READ_DECIMAL_TEXT}},
	{"g", NULL, {.type = BQ_STRING, .reading = BQ_READ_TEXT}},
	{"h", NULL, {.type = BQ_JSON, .reading = BQ_READ_JSON}},
	{"i", NULL, {.type = BQ_BYTES, .reading = BQ_READ_BASE64}},
	{"j", NULL, {.type = BQ_STRING, .reading = BQ_READ_BITS, .bits = 12}},
	{"k", NULL, {.type = BQ_DATE, .reading = BQ_READ_DATE}},
	{"l", NULL, {.type = BQ_TIME, .reading = BQ_READ_TIME, .unit_ns = 1000}},
	{"m", NULL, {.type = BQ_DATETIME, .reading = BQ_READ_DATETIME, .unit_ns = 1000000}},
	{"n", NULL, {.type = BQ_TIMESTAMP, .reading = BQ_READ_ZONED_TIMESTAMP}},
	{"o", NULL, {.type = BQ_STRING, .reading = BQ_READ_DURATION}},
	{"p", NULL, {.type = BQ_JSON, .reading = BQ_READ_ARRAY, .element = BQ_READ_DECIMAL}},
	{"q", NULL, {.type = BQ_JSON, .reading = BQ_READ_ARRAY, .element = BQ_READ_VARIABLE_DECIMAL}},
	{"r", NULL, {.type = BQ_JSON, .reading = BQ_READ_ARRAY, .element = BQ_READ_DATE}},
	{"s", NULL, {.type = BQ_JSON, .reading = BQ_READ_RAW}},
};

#define COLUMN_COUNT ((int) (sizeof(columns) / sizeof(columns[0])))

static LayoutColumn layout_columns[COLUMN_COUNT];
static int	slots[COLUMN_COUNT];
static Shape shape = {.columns = columns, .column_count = COLUMN_COUNT, .slots = slots};
static Layout layout = {.columns = layout_columns, .count = COLUMN_COUNT};

/* the loader counts rows; nobody asks here */
void
metric_add(Metric metric, int64_t amount)
{
	(void) metric;
	(void) amount;
}

/* Cuts the part before the next separator out of rest; no data if it is empty. */
static WfSlice
next_part(WfSlice *rest)
{
	const char *end = memchr(rest->data, SEPARATOR, rest->length);
	WfSlice		part = *rest;

	if (end == NULL)
		*rest = wf_slice(rest->data + rest->length, 0);
	else
	{
		part.length = (size_t) (end - rest->data);
		*rest = wf_slice(end + 1, rest->length - part.length - 1);
	}
	if (part.length == 0)
		part.data = NULL;
	return part;
}

static void
check_row(WfSlice row)
{
	PbReader	reader;
	PbField		field;

	pb_reader_init(&reader, row);
	while (pb_next(&reader, &field))
	{
		check(field.number < FIELD_ROW_FIRST + COLUMN_COUNT);
		if (field.number == FIELD_OVERFLOW || field.number == FIELD_KEY)
			check(bq_json_is_exact(field.bytes));
	}
	check(reader.error == NULL);
}

static void
give_up(RowWriter *writer)
{
	int			steps = 0;

	for (;;)
	{
		WfSlice		row = wf_buffer_since(&writer->row, 0);
		char	   *copy = malloc(row.length);
		bool		more;

		check(copy != NULL);
		memcpy(copy, row.data, row.length);
		more = row_make_fallback(writer, wf_slice(copy, row.length), &layout);
		free(copy);
		if (!more)
			break;
		check_row(wf_buffer_since(&writer->row, 0));
		check(++steps <= 2);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static RowWriter writer;
	Record		record = {.topic = "p.public.t"};
	WfSlice		rest = wf_slice((const char *) data, size);

	if (layout_columns[0].name == NULL)
	{
		memcpy(shape.fingerprint, "0123456789abcdef0123456789abcdef", SHAPE_FINGERPRINT_LENGTH);
		for (int i = 0; i < COLUMN_COUNT; i++)
		{
			layout_columns[i] = (LayoutColumn) {.name = columns[i].name,
				.type = columns[i].mapping.type};
			slots[i] = i;
		}
	}
	row_writer_init(&writer);
	writer.now_us = NOW_US;
	record.key = next_part(&rest);
	record.unavailable = next_part(&rest);
	record.value = next_part(&rest);
	record.old_key = record.key;
	if (row_make(&writer, &record, &shape, &layout) == ROW_MADE)
	{
		check_row(wf_buffer_since(&writer.row, 0));
		give_up(&writer);
	}
	row_writer_free(&writer);
	return 0;
}
