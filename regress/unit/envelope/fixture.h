/*
 * fixture.h
 *		What the unit tests of events, relations and frames share: a buffer on
 *		the heap that can be told to fail, a digest, values, a small relation,
 *		and a session whose output is gathered as lines of text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FIXTURE_H
#define WALFERRY_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/sha.h>

#include "envelope/event.h"
#include "envelope/frame.h"

/* ---- buffers ---- */

/* host, if set, is a size_t: capacities beyond it cannot be had. */
static bool
fixture_grow(WfBuffer *buffer, size_t capacity_needed)
{
	char	   *data;

	if (buffer->host != NULL && capacity_needed > *(size_t *) buffer->host)
		return false;
	data = realloc(buffer->data, capacity_needed);
	if (data == NULL)
		return false;
	buffer->data = data;
	buffer->capacity = capacity_needed;
	return true;
}

static inline WfBuffer
fixture_buffer(size_t ceiling)
{
	WfBuffer	buffer = {.ceiling = ceiling, .grow = fixture_grow};

	return buffer;
}

/* The buffer's content as a C string, until the next append. */
static inline const char *
fixture_text(WfBuffer *buffer)
{
	assert_true(wf_buffer_reserve(buffer, 1));
	buffer->data[buffer->length] = '\0';
	return buffer->data;
}

static inline bool
fixture_holds(WfSlice slice, const char *part)
{
	return memmem(slice.data, slice.length, part, strlen(part)) != NULL;
}

static inline bool
fixture_sha256(const void *bytes, size_t length, uint8_t digest[32])
{
	return SHA256(bytes, length, digest) != NULL;
}

/* ---- values and columns ---- */

#define INTEGER(number) {.state = WF_VALUE_PRESENT, .as.integer = (number)}
#define TEXT(literal) \
	{.state = WF_VALUE_PRESENT, .as.text = {"" literal, sizeof(literal) - 1}}
#define NULL_VALUE {.state = WF_VALUE_NULL}
#define ABSENT {.state = WF_VALUE_ABSENT}
#define UNAVAILABLE {.state = WF_VALUE_UNAVAILABLE}
#define NOT_A_NUMBER {.state = WF_VALUE_PRESENT, .as.numeric = {.sign = WF_NUMERIC_NAN}}

#define SLICE(literal) {"" literal, sizeof(literal) - 1}

#define INT4_TYPE {.kind = WF_TYPE_INT4, .element_kind = WF_TYPE_OTHER, .oid = 23, .typmod = -1}
#define TEXT_TYPE {.kind = WF_TYPE_TEXT, .element_kind = WF_TYPE_OTHER, .oid = 25, .typmod = -1}
#define NUMERIC_TYPE \
	{.kind = WF_TYPE_NUMERIC, .element_kind = WF_TYPE_OTHER, .oid = 1700, .typmod = -1}

/* ---- the session ---- */

#define NOW_NS INT64_C(1700000000123456789)
#define NOW_TEXT "\"ts_ms\":1700000000123,\"ts_us\":1700000000123456,\"ts_ns\":1700000000123456789"

typedef struct Fixture
{
	WfSession	session;
	WfBuffer	buffer;
	WfBuffer	session_text;
	WfBuffer	scratch;
	WfBuffer	plan_text;
	WfBuffer	collections;
	WfBuffer	routed_topics;
	WfBuffer	lines;			/* what was flushed, one line a message */
	WfRowPlan	plan;
	WfColumnPlan columns[32];
	int			flushes;
	int			unconvertible;
	int			unconvertible_column;
	bool		unconvertible_is_null;
} Fixture;

static int64_t
fixture_now(void *host)
{
	(void) host;
	return NOW_NS;
}

static void
fixture_flush(void *host)
{
	Fixture    *fixture = host;

	wf_buffer_append(&fixture->lines, fixture->buffer.data, fixture->buffer.length);
	wf_buffer_append_char(&fixture->lines, '\n');
	wf_buffer_cut(&fixture->buffer, 0);
	fixture->flushes++;
}

static void
fixture_unconvertible(void *host, const WfRowPlan *plan, int column, bool is_null)
{
	Fixture    *fixture = host;

	assert_ptr_equal(plan, &fixture->plan);
	fixture->unconvertible++;
	fixture->unconvertible_column = column;
	fixture->unconvertible_is_null = is_null;
}

static inline void
fixture_open(Fixture *fixture, WfOutput output, const WfRelation *relation)
{
	WfSession  *session = &fixture->session;
	WfBuffer	allowed = fixture_buffer(1024);

	memset(fixture, 0, sizeof(*fixture));
	fixture->buffer = fixture_buffer(64 << 20);
	fixture->session_text = fixture_buffer(1 << 20);
	fixture->scratch = fixture_buffer(1 << 20);
	fixture->plan_text = fixture_buffer(1 << 20);
	fixture->collections = fixture_buffer(1 << 20);
	fixture->routed_topics = fixture_buffer(2 * sizeof(WfRoutedTopics));
	fixture->lines = fixture_buffer(64 << 20);
	wf_options_set_defaults(wf_format_options, wf_format_option_count, &session->options);
	assert_true(wf_option_set(wf_option_find(wf_format_options, wf_format_option_count,
											 "topic.prefix"),
							  "topic.prefix", "inv", &session->options, &allowed));
	assert_true(wf_options_settle(&session->options, false, &allowed));
	free(allowed.data);
	session->output = output;
	session->frame_version = WF_FRAME_VERSION;
	session->epoch = 1;
	session->database = WF_LITERAL("shop");
	wf_run_id_text(session->run_id, NOW_NS / 1000000, (const uint8_t *) "0123456789");
	session->buffer = &fixture->buffer;
	session->text = &fixture->session_text;
	session->scratch = &fixture->scratch;
	session->collections = &fixture->collections;
	session->routed_topics = &fixture->routed_topics;
	session->now_ns = fixture_now;
	session->flush = fixture_flush;
	session->unconvertible = fixture_unconvertible;
	session->host = fixture;
	assert_true(wf_session_init(session));
	if (relation != NULL)
	{
		assert_in_range(wf_column_plan_count(relation), 0,
						sizeof(fixture->columns) / sizeof(fixture->columns[0]));
		assert_true(wf_row_plan_build(&fixture->plan, &session->options, &session->form, relation,
									  fixture->columns, &fixture->plan_text, fixture_sha256));
	}
}

/* Plans the table anew, as a host does whose catalogue says so. */
static inline void
fixture_plan(Fixture *fixture, const WfRelation *relation)
{
	WfRowPlan	former = fixture->plan;
	char		topic[64];
	WfSlice		former_topic = WF_LITERAL("");

	if (former.text != NULL)
	{
		former_topic = wf_plan_text(&former, former.topic);
		assert_in_range(former_topic.length, 0, sizeof(topic));
		memcpy(topic, former_topic.data, former_topic.length);
		former_topic.data = topic;
	}
	assert_in_range(wf_column_plan_count(relation), 0,
					sizeof(fixture->columns) / sizeof(fixture->columns[0]));
	wf_buffer_cut(&fixture->plan_text, 0);
	assert_true(wf_row_plan_build(&fixture->plan, &fixture->session.options,
								  &fixture->session.form, relation, fixture->columns,
								  &fixture->plan_text, fixture_sha256));
	wf_row_plan_succeed(&fixture->plan, &former, former_topic);
}

static inline void
fixture_close(Fixture *fixture)
{
	free(fixture->buffer.data);
	free(fixture->session_text.data);
	free(fixture->scratch.data);
	free(fixture->plan_text.data);
	free(fixture->collections.data);
	free(fixture->routed_topics.data);
	free(fixture->lines.data);
}

/* ---- frames as text ---- */

static inline void
append_format(WfBuffer *buffer, const char *format,...)
{
	char		text[512];
	va_list		arguments;
	int			length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	assert_in_range(length, 0, sizeof(text) - 1);
	wf_buffer_append(buffer, text, (size_t) length);
}

static inline void
append_record_item(WfBuffer *out, const WfFrameRecord *record)
{
	append_format(out, "R flags=%d topic=%u schema=%u %llX/%llX/%u", record->flags,
				  record->topic_id, record->schema_id,
				  (unsigned long long) record->position.commit_lsn,
				  (unsigned long long) record->position.lsn, record->position.n);
	for (int i = 0; i < record->header_count; i++)
	{
		append_format(out, " ");
		wf_buffer_append_slice(out, record->headers[i].name);
		append_format(out, record->headers[i].value.data != NULL ? "=" : " is null");
		wf_buffer_append_slice(out, record->headers[i].value);
	}
	if ((record->flags & WF_FRAME_HAS_TIMESTAMP) != 0)
		append_format(out, " timestamp=%lld", (long long) record->timestamp_ms);
	if ((record->flags & WF_FRAME_HAS_PARTITION) != 0)
		append_format(out, " partition=%d", record->partition);
	if (record->enclosure_id != 0)
		append_format(out, " enclosure=%u", record->enclosure_id);
	append_format(out, " key=");
	wf_buffer_append_slice(out, record->key);
	append_format(out, " value=");
	wf_buffer_append_slice(out, record->value);
}

static inline void
append_item(WfBuffer *out, const WfFrameItem *item)
{
	switch (item->type)
	{
		case WF_FRAME_HELLO:
			append_format(out, "H %d", item->as.hello.frame_version);
			break;
		case WF_FRAME_TOPIC:
			append_format(out, "T %u ", item->as.topic.id);
			wf_buffer_append_slice(out, item->as.topic.name);
			break;
		case WF_FRAME_SCHEMA:
			append_format(out, "S %u topic=%u", item->as.schema.id, item->as.schema.topic_id);
			break;
		case WF_FRAME_ENCLOSURE:
			append_format(out, "E %u key=", item->as.enclosure.id);
			wf_buffer_append_slice(out, item->as.enclosure.key_schema);
			append_format(out, " value=");
			wf_buffer_append_slice(out, item->as.enclosure.value_schema);
			break;
		case WF_FRAME_BEGIN:
			append_format(out, "B %u %llX %lld", item->as.begin.xid,
						  (unsigned long long) item->as.begin.commit_lsn,
						  (long long) item->as.begin.commit_time_us);
			break;
		case WF_FRAME_RECORD:
			append_record_item(out, &item->as.record);
			break;
		case WF_FRAME_STUB:
			append_format(out, "X flags=%d topic=%u schema=%u %llX/%llX/%u bytes>=%llu key=",
						  item->as.stub.flags, item->as.stub.topic_id, item->as.stub.schema_id,
						  (unsigned long long) item->as.stub.position.commit_lsn,
						  (unsigned long long) item->as.stub.position.lsn,
						  item->as.stub.position.n,
						  (unsigned long long) item->as.stub.value_bytes_at_least);
			wf_buffer_append_slice(out, item->as.stub.key);
			append_format(out, " reason=");
			wf_buffer_append_slice(out, item->as.stub.reason);
			break;
		case WF_FRAME_LOSSES:
			append_format(out, "L %llu %llu",
						  (unsigned long long) item->as.losses.values_without_form,
						  (unsigned long long) item->as.losses.messages_left);
			break;
		case WF_FRAME_COMMIT:
			append_format(out, "C %llX %llX %lld records=%llu replaced=%llu",
						  (unsigned long long) item->as.commit.commit_lsn,
						  (unsigned long long) item->as.commit.end_lsn,
						  (long long) item->as.commit.commit_time_us,
						  (unsigned long long) item->as.commit.records,
						  (unsigned long long) item->as.commit.replaced_characters);
			break;
	}
	append_format(out, "\n");
}

/* Reads the frame in the session's buffer into lines, and empties the buffer. */
static inline void
fixture_read_frame(Fixture *fixture)
{
	WfFrameReader reader;
	WfFrameItem item;

	wf_frame_reader_init(&reader, fixture->buffer.data, fixture->buffer.length);
	while (wf_frame_read(&reader, &item))
		append_item(&fixture->lines, &item);
	assert_null(reader.error);
	wf_buffer_cut(&fixture->buffer, 0);
}

/* How often the lines hold a text. */
static inline int
fixture_count(Fixture *fixture, const char *part)
{
	const char *text = fixture_text(&fixture->lines);
	int			count = 0;

	for (; (text = strstr(text, part)) != NULL; text++)
		count++;
	return count;
}

#define assert_lines(fixture, expected) \
	assert_string_equal(fixture_text(&(fixture)->lines), expected)

#endif							/* WALFERRY_FIXTURE_H */
