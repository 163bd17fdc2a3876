/*
 * row.c
 *		From a Kafka record to a row of its table's history.
 *
 * An envelope is read twice, which costs less than it seems: once from end to
 * end to learn the operation, which stands behind the images, then the image
 * that the operation asks for, value by value into the row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/row.h"

#include <stdio.h>

#include "envelope/json.h"
#include "shipper/bigquery/encode.h"
#include "shipper/bigquery/value_text.h"
#include "shipper/heap_buffer.h"
#include "shipper/metrics.h"

/* A commit time outside of this is not one that a partition can have. */
#define COMMIT_PAST_US (INT64_C(9) * 365 * DAY_US)
#define COMMIT_FUTURE_US (INT64_C(300) * DAY_US)

#define NOT_JSON "the value is not valid JSON"

/* Memory that is kept from one row to the next. */
#define BUFFER_BYTES_KEPT (256 * 1024)

/* What an envelope says, as far as it matters here. */
typedef struct Envelope
{
	WfSlice		before;
	WfSlice		after;
	char		op;				/* 0: none */
	bool		has_ts_us;
	int64_t		ts_us;			/* of the source: the commit */
	bool		has_tx_id;
	int64_t		tx_id;
	bool		has_lsn;
	int64_t		lsn;
	WfSlice		snapshot;
} Envelope;

void
row_writer_init(RowWriter *writer)
{
	memset(writer, 0, sizeof(*writer));
	heap_buffer_init(&writer->row, ROW_BYTES_MAX);
	heap_buffer_init(&writer->overflow, ROW_BYTES_MAX);
	heap_buffer_init(&writer->scratch, ROW_SCRATCH_BYTES_MAX);
}

void
row_writer_free(RowWriter *writer)
{
	heap_buffer_free(&writer->row);
	heap_buffer_free(&writer->overflow);
	heap_buffer_free(&writer->scratch);
}

static bool
read_source(WfJsonReader *reader, Envelope *envelope)
{
	WfJsonToken token;
	bool		has_ts_ms = false;
	int64_t		ts_ms = 0;

	while ((token = wf_json_next(reader)) == WF_TOKEN_NAME)
	{
		WfSlice		name = reader->text;
		WfSlice		raw;
		int64_t		number = 0;
		bool		is_number;

		token = wf_json_next(reader);
		is_number = token == WF_TOKEN_NUMBER && wf_json_read_int64(reader->text, &number);
		if (is_number && name.length == 5 && memcmp(name.data, "ts_us", 5) == 0)
		{
			envelope->has_ts_us = true;
			envelope->ts_us = number;
		}
		else if (is_number && name.length == 5 && memcmp(name.data, "ts_ms", 5) == 0)
		{
			has_ts_ms = true;
			ts_ms = number;
		}
		else if (is_number && name.length == 4 && memcmp(name.data, "txId", 4) == 0)
		{
			envelope->has_tx_id = true;
			envelope->tx_id = number;
		}
		else if (is_number && name.length == 3 && memcmp(name.data, "lsn", 3) == 0)
		{
			envelope->has_lsn = true;
			envelope->lsn = number;
		}
		else if (token == WF_TOKEN_STRING && !reader->escaped && name.length == 8 &&
				 memcmp(name.data, "snapshot", 8) == 0)
			envelope->snapshot = reader->text;
		else if (!wf_json_skip(reader, token, &raw))
			return false;
	}
	/* versions of Debezium before 2.6 have milliseconds only */
	if (!envelope->has_ts_us && has_ts_ms &&
		!__builtin_mul_overflow(ts_ms, INT64_C(1000), &envelope->ts_us))
		envelope->has_ts_us = true;
	return token == WF_TOKEN_OBJECT_END;
}

/* Reads a whole value; false, with a reason, if it is not an envelope. */
static bool
read_envelope(RowWriter *writer, WfSlice value, Envelope *envelope)
{
	WfJsonReader reader;
	WfJsonToken token;

	memset(envelope, 0, sizeof(*envelope));
	wf_json_reader_init(&reader, value.data, value.length);
	token = wf_json_next(&reader);
	if (token != WF_TOKEN_OBJECT)
	{
		writer->reason = reader.error != NULL ? NOT_JSON : "the value is not a JSON object";
		return false;
	}
	while ((token = wf_json_next(&reader)) == WF_TOKEN_NAME)
	{
		bool		is_before = wf_json_text_is(&reader, WF_LITERAL("before"));
		bool		is_after = !is_before && wf_json_text_is(&reader, WF_LITERAL("after"));
		bool		is_source = wf_json_text_is(&reader, WF_LITERAL("source"));
		bool		is_op = wf_json_text_is(&reader, WF_LITERAL("op"));
		WfSlice		raw;

		token = wf_json_next(&reader);
		if (is_source && token == WF_TOKEN_OBJECT)
		{
			if (!read_source(&reader, envelope))
				break;
			continue;
		}
		if (is_op && token == WF_TOKEN_STRING && reader.text.length == 1)
			envelope->op = reader.text.data[0];
		if (!wf_json_skip(&reader, token, &raw))
			break;
		if (is_before && token == WF_TOKEN_OBJECT)
			envelope->before = raw;
		else if (is_after && token == WF_TOKEN_OBJECT)
			envelope->after = raw;
	}
	if (reader.error != NULL || wf_json_next(&reader) != WF_TOKEN_END)
	{
		writer->reason = NOT_JSON;
		return false;
	}
	if (envelope->op == 0)
	{
		writer->reason = "the value has no member \"op\"";
		return false;
	}
	return true;
}

/* Notes the exact text of a value that its column cannot hold. */
static void
add_overflow(RowWriter *writer, WfSlice name, WfSlice text)
{
	WfTextForm	form = {false, 0};

	wf_buffer_append_char(&writer->overflow, writer->overflow.length == 0 ? '{' : ',');
	wf_json_string(&writer->overflow, &form, name.data, name.length);
	wf_buffer_append_char(&writer->overflow, ':');
	wf_json_string(&writer->overflow, &form, text.data, text.length);
}

static WfSlice
text_slice(const char *text)
{
	return wf_slice(text, strlen(text));
}

/* A JSON document for a metadata column, or for _overflow if it would change. */
static void
add_json(RowWriter *writer, EventField field, WfSlice json)
{
	if (bq_json_is_exact(json))
		pb_slice(&writer->row, field, json);
	else
		add_overflow(writer, text_slice(event_columns[field - 1].name), json);
}

static void
add_commit_time(RowWriter *writer, const Record *record, const Envelope *envelope)
{
	int64_t		commit_us = writer->now_us;
	char		text[TIME_TEXT_MAX];

	if (envelope->has_ts_us)
		commit_us = envelope->ts_us;
	else if (record->timestamp_ms >= 0 && record->timestamp_ms < INT64_MAX / 1000)
		commit_us = record->timestamp_ms * 1000;
	if (commit_us < writer->now_us - COMMIT_PAST_US ||
		commit_us > writer->now_us + COMMIT_FUTURE_US)
	{
		snprintf(text, sizeof(text), "%lld", (long long) commit_us);
		add_overflow(writer, WF_LITERAL("_commit_ts"), text_slice(text));
		commit_us = writer->now_us;
	}
	pb_int64(&writer->row, FIELD_COMMIT_TS, commit_us);
}

static void
add_event_columns(RowWriter *writer, const Record *record, const Envelope *envelope,
				  const Shape *shape)
{
	WfBuffer   *row = &writer->row;

	pb_bytes(row, FIELD_OP, &envelope->op, 1);
	if (record->position.data != NULL)
		pb_slice(row, FIELD_POSITION, record->position);
	add_commit_time(writer, record, envelope);
	pb_int64(row, FIELD_INGESTED_AT, writer->now_us);
	if (envelope->has_tx_id)
		pb_int64(row, FIELD_TX_ID, envelope->tx_id);
	if (envelope->has_lsn)
		pb_int64(row, FIELD_LSN, envelope->lsn);
	if (envelope->snapshot.data != NULL)
		pb_slice(row, FIELD_SNAPSHOT, envelope->snapshot);
	if (record->key.data != NULL)
		add_json(writer, FIELD_KEY, record->key);
	if (record->old_key.data != NULL && envelope->op == 'c')
		add_json(writer, FIELD_KEY_BEFORE, record->old_key);
	pb_bytes(row, FIELD_SCHEMA, shape->fingerprint, SHAPE_FINGERPRINT_LENGTH);
	pb_slice(row, FIELD_KAFKA_TOPIC, text_slice(record->topic));
	pb_int64(row, FIELD_KAFKA_PARTITION, record->partition);
	pb_int64(row, FIELD_KAFKA_OFFSET, record->offset);
}

/*
 * Reads a header that lists columns whose member of the image is no value of
 * theirs, and remembers those of the table; writes the unavailable ones.
 */
static bool
leave_out(RowWriter *writer, WfSlice list, const Shape *shape, const Layout *layout,
		  bool unavailable)
{
	WfJsonReader reader;
	WfJsonToken token;
	int			guess = 0;

	wf_json_reader_init(&reader, list.data, list.length);
	token = wf_json_next(&reader);
	if (token != WF_TOKEN_ARRAY)
		return false;
	while ((token = wf_json_next(&reader)) == WF_TOKEN_STRING)
	{
		WfSlice		name = reader.text;
		int			column;

		if (reader.escaped)
		{
			wf_buffer_cut(&writer->scratch, 0);
			wf_json_unescape(name, &writer->scratch);
			name = wf_buffer_since(&writer->scratch, 0);
		}
		column = shape_column(shape, name, guess);
		if (column < 0)
			continue;
		guess = column + 1;
		writer->left_out[column] = true;
		if (unavailable)
			pb_slice(&writer->row, FIELD_UNAVAILABLE_COLUMNS,
					 text_slice(layout->columns[shape->slots[column]].name));
	}
	return token == WF_TOKEN_ARRAY_END;
}

/* One member of an image or key, whose name was just read. */
static bool
add_value(RowWriter *writer, WfJsonReader *reader, const Shape *shape, const Layout *layout,
		  bool check_left_out, int *guess)
{
	WfSlice		name = reader->text;
	WfSlice		overflow;
	WfSlice		raw;
	WfJsonToken token;
	int			column;
	int			slot;

	if (reader->escaped)
	{
		/* read again, because scratch is needed for the value */
		column = -1;
		for (int i = 0; i < shape->column_count && column < 0; i++)
		{
			int			at = (*guess + i) % shape->column_count;

			if (wf_json_text_is(reader, text_slice(shape->columns[at].name)))
				column = at;
		}
	}
	else
		column = shape_column(shape, name, *guess);
	token = wf_json_next(reader);
	if (column < 0)
	{
		/* the description does not have it: nothing may get lost */
		if (!wf_json_skip(reader, token, &raw))
			return false;
		if (token != WF_TOKEN_NULL)
			add_overflow(writer, name, raw);
		return true;
	}
	*guess = column + 1;
	if (check_left_out && writer->left_out[column])
		return wf_json_skip(reader, token, &raw);
	slot = shape->slots[column];
	switch (bq_encode(&shape->columns[column].mapping, FIELD_ROW_FIRST + slot, reader, token,
					  &writer->row, &writer->scratch, &overflow))
	{
		case BQ_ENCODED:
		case BQ_IS_NULL:
			return true;
		case BQ_OVERFLOW:
			add_overflow(writer, text_slice(layout->columns[slot].name), overflow);
			return true;
		default:
			return false;
	}
}

/* Adds all members of an object that was read before, so it has no faults. */
static bool
add_image(RowWriter *writer, WfSlice image, const Shape *shape, const Layout *layout,
		  bool check_left_out)
{
	WfJsonReader reader;
	int			guess = 0;

	wf_json_reader_init(&reader, image.data, image.length);
	if (wf_json_next(&reader) != WF_TOKEN_OBJECT)
		return false;
	while (wf_json_next(&reader) == WF_TOKEN_NAME)
	{
		if (!add_value(writer, &reader, shape, layout, check_left_out, &guess))
			break;
	}
	return reader.error == NULL;
}

/* What is unavailable, and what is NULL but shown as the column's default. */
static bool
read_lists(RowWriter *writer, const Record *record, const Shape *shape, const Layout *layout)
{
	memset(writer->left_out, 0, sizeof(bool) * (size_t) shape->column_count);
	if (record->unavailable.data != NULL &&
		!leave_out(writer, record->unavailable, shape, layout, true))
	{
		writer->reason = "header __walferry.unavailable is not a list of names";
		return false;
	}
	if (record->defaulted.data != NULL &&
		!leave_out(writer, record->defaulted, shape, layout, false))
	{
		writer->reason = "header __walferry.defaulted is not a list of names";
		return false;
	}
	return true;
}

static bool
add_row_columns(RowWriter *writer, const Record *record, const Envelope *envelope,
				const Shape *shape, const Layout *layout)
{
	bool		has_lists = record->unavailable.data != NULL || record->defaulted.data != NULL;

	if (has_lists && !read_lists(writer, record, shape, layout))
		return false;
	switch (envelope->op)
	{
		case 'c':
		case 'u':
		case 'r':
			if (envelope->after.data == NULL)
			{
				writer->reason = "the event has no image of the row";
				return false;
			}
			return add_image(writer, envelope->after, shape, layout, has_lists);
		case 'd':
			/* under any other replica identity the image holds invented values */
			if (record->before.length == 4 && memcmp(record->before.data, "full", 4) == 0 &&
				envelope->before.data != NULL)
				return add_image(writer, envelope->before, shape, layout, has_lists);
			if (record->key.data != NULL)
				return add_image(writer, record->key, shape, layout, false);
			return true;
		default:
			return true;
	}
}

/* Closes _overflow, and says whether all of it fitted. */
static RowResult
finish_row(RowWriter *writer, size_t value_bytes)
{
	if (writer->overflow.length > 0)
	{
		wf_buffer_append_char(&writer->overflow, '}');
		pb_slice(&writer->row, FIELD_OVERFLOW, wf_buffer_since(&writer->overflow, 0));
	}
	if (writer->row.error == WF_BUFFER_CEILING || writer->overflow.error == WF_BUFFER_CEILING ||
		writer->scratch.error == WF_BUFFER_CEILING)
	{
		snprintf(writer->reason_text, sizeof(writer->reason_text),
				 "the row takes more than %d bytes, and a request to BigQuery carries no more; the "
				 "record's value has %zu", ROW_BYTES_MAX, value_bytes);
		writer->reason = writer->reason_text;
		return ROW_TOO_LARGE;
	}
	if (writer->row.error != WF_BUFFER_OK || writer->overflow.error != WF_BUFFER_OK ||
		writer->scratch.error != WF_BUFFER_OK)
		return ROW_NO_MEMORY;
	return ROW_MADE;
}

static void
reset(RowWriter *writer)
{
	heap_buffer_reset(&writer->row, BUFFER_BYTES_KEPT);
	heap_buffer_reset(&writer->overflow, BUFFER_BYTES_KEPT);
	heap_buffer_reset(&writer->scratch, BUFFER_BYTES_KEPT);
	writer->reason = NULL;
}

/* A key is an object of columns; anything else is not ours. */
static bool
key_is_readable(RowWriter *writer, WfSlice key)
{
	WfJsonReader reader;
	WfJsonToken token;
	WfSlice		raw;

	wf_json_reader_init(&reader, key.data, key.length);
	token = wf_json_next(&reader);
	if (token == WF_TOKEN_OBJECT && wf_json_skip(&reader, token, &raw) &&
		wf_json_next(&reader) == WF_TOKEN_END)
		return true;
	writer->reason = "the key is not a JSON object";
	return false;
}

bool
row_is_event(RowWriter *writer, WfSlice value)
{
	Envelope	envelope;

	return read_envelope(writer, value, &envelope);
}

RowResult
row_make(RowWriter *writer, const Record *record, const Shape *shape, const Layout *layout)
{
	Envelope	envelope;

	reset(writer);
	if (record->value.data == NULL)
		return ROW_NONE;
	if (!read_envelope(writer, record->value, &envelope))
		return ROW_UNREADABLE;
	if (envelope.op == 'm')
		return ROW_NONE;
	if (strchr("curdt", envelope.op) == NULL)
	{
		writer->reason = "the value's \"op\" is not one of c, u, r, d, t and m";
		return ROW_UNREADABLE;
	}
	if (record->key.data != NULL && !key_is_readable(writer, record->key))
		return ROW_UNREADABLE;
	add_event_columns(writer, record, &envelope, shape);
	if (!add_row_columns(writer, record, &envelope, shape, layout))
	{
		if (writer->reason == NULL)
			writer->reason = "the event's image of the row is not readable";
		return ROW_UNREADABLE;
	}
	return finish_row(writer, record->value.length);
}

/* The text of a field as it stands in a row. */
static void
add_field_text(RowWriter *writer, const char *name, BqType type, const PbField *field)
{
	char		text[TIME_TEXT_MAX];
	double		number;

	switch (type)
	{
		case BQ_INT64:
			snprintf(text, sizeof(text), "%lld", (long long) field->integer);
			break;
		case BQ_BOOL:
			snprintf(text, sizeof(text), "%s", field->integer != 0 ? "true" : "false");
			break;
		case BQ_FLOAT64:
			memcpy(&number, &field->integer, sizeof(number));
			snprintf(text, sizeof(text), "%.17g", number);
			break;
		case BQ_DATE:
			date_text((int32_t) field->integer, text);
			break;
		case BQ_TIMESTAMP:
			datetime_text((int64_t) field->integer, text);
			strcat(text, "Z");
			break;
		case BQ_BYTES:
			wf_buffer_cut(&writer->scratch, 0);
			wf_json_base64(&writer->scratch, field->bytes.data, field->bytes.length);
			if (writer->scratch.error == WF_BUFFER_OK)
				add_overflow(writer, text_slice(name),
							 wf_slice(writer->scratch.data + 1, writer->scratch.length - 2));
			return;
		default:
			add_overflow(writer, text_slice(name), field->bytes);
			return;
	}
	add_overflow(writer, text_slice(name), text_slice(text));
}

/* Copies a field of the event's columns, or moves a key into _overflow. */
static void
copy_event_field(RowWriter *writer, const PbField *field, bool move_keys)
{
	if (field->number == FIELD_OVERFLOW)
	{
		/* without its last brace, so that more can follow */
		if (field->bytes.length > 1)
		{
			if (writer->overflow.length > 0)
				wf_buffer_append_char(&writer->overflow, ',');
			wf_buffer_append(&writer->overflow,
							 field->bytes.data + (writer->overflow.length > 0 ? 1 : 0),
							 field->bytes.length - (writer->overflow.length > 0 ? 2 : 1));
		}
	}
	else if (move_keys && (field->number == FIELD_KEY || field->number == FIELD_KEY_BEFORE))
		add_overflow(writer, text_slice(event_columns[field->number - 1].name), field->bytes);
	else if (field->wire_type == PB_BYTES)
		pb_slice(&writer->row, field->number, field->bytes);
	else
		pb_int64(&writer->row, field->number, (int64_t) field->integer);
}

bool
row_make_fallback(RowWriter *writer, WfSlice row, const Layout *layout)
{
	PbReader	reader;
	PbField		field;
	bool		has_columns = false;
	bool		has_keys = false;

	pb_reader_init(&reader, row);
	while (pb_next(&reader, &field))
	{
		if (field.number >= FIELD_ROW_FIRST)
			has_columns = true;
		else if (field.number == FIELD_KEY || field.number == FIELD_KEY_BEFORE)
			has_keys = true;
	}
	if (!has_columns && !has_keys)
		return false;

	reset(writer);
	pb_reader_init(&reader, row);
	while (pb_next(&reader, &field))
	{
		int			slot = field.number - FIELD_ROW_FIRST;

		if (slot < 0)
			copy_event_field(writer, &field, !has_columns);
		else if (slot < layout->count)
			add_field_text(writer, layout->columns[slot].name, layout->columns[slot].type, &field);
	}
	return reader.error == NULL && finish_row(writer, row.length) == ROW_MADE;
}
