/*
 * frame.c
 *		Writer and reader of the frame, side by side.
 *
 * frame.h says byte by byte what an item looks like; each item's writer stands
 * here right above its reader, so that a change of one that forgets the other
 * is seen.
 *
 * The writer relies on the buffer's sticky error: it patches a length only
 * into bytes that were really appended, and what does not fit its field fails
 * like what does not fit the buffer.  The reader trusts nothing: each item
 * is read through a cursor that ends at the item's end and must be used up.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "frame.h"

/* Offsets in a record item, from its type byte, of what is filled in later. */
#define RECORD_KEY_LENGTH_OFFSET (WF_FRAME_ITEM_HEADER_BYTES + 1 + 4 + 4 + 8 + 8 + 4 + 1)
#define RECORD_VALUE_LENGTH_OFFSET (RECORD_KEY_LENGTH_OFFSET + 4)
#define RECORD_FIXED_BYTES (RECORD_VALUE_LENGTH_OFFSET + 4)

#define FINGERPRINT_BYTES 32
#define STUB_FLAGS \
	(WF_FRAME_HAS_KEY | WF_FRAME_HAS_VALUE | WF_FRAME_NO_TRANSACTION | WF_FRAME_IS_ENCLOSED)
#define RECORD_FLAGS (STUB_FLAGS | WF_FRAME_PLACED)

/* In place of a header value's length. */
#define NULL_LENGTH UINT32_MAX

/* ---- primitives, writing ---- */

static void
store_u16(char *at, uint16_t value)
{
	at[0] = (char) (value >> 8);
	at[1] = (char) value;
}

static void
store_u32(char *at, uint32_t value)
{
	for (int i = 3; i >= 0; i--, value >>= 8)
		at[i] = (char) value;
}

static void
store_u64(char *at, uint64_t value)
{
	for (int i = 7; i >= 0; i--, value >>= 8)
		at[i] = (char) value;
}

static void
put_u8(WfBuffer *buffer, uint8_t value)
{
	wf_buffer_append_char(buffer, (char) value);
}

static void
put_u16(WfBuffer *buffer, uint16_t value)
{
	char		bytes[2];

	store_u16(bytes, value);
	wf_buffer_append(buffer, bytes, sizeof(bytes));
}

static void
put_u32(WfBuffer *buffer, uint32_t value)
{
	char		bytes[4];

	store_u32(bytes, value);
	wf_buffer_append(buffer, bytes, sizeof(bytes));
}

static void
put_u64(WfBuffer *buffer, uint64_t value)
{
	char		bytes[8];

	store_u64(bytes, value);
	wf_buffer_append(buffer, bytes, sizeof(bytes));
}

/* Sets the buffer's error unless the claim holds. */
static void
demand(WfBuffer *buffer, bool claim)
{
	if (!claim && buffer->error == WF_BUFFER_OK)
		buffer->error = WF_BUFFER_CEILING;
}

static void
put_str16(WfBuffer *buffer, WfSlice text)
{
	demand(buffer, text.length <= UINT16_MAX);
	put_u16(buffer, (uint16_t) text.length);
	wf_buffer_append_slice(buffer, text);
}

static void
put_str32(WfBuffer *buffer, WfSlice text)
{
	demand(buffer, text.length < NULL_LENGTH);
	put_u32(buffer, (uint32_t) text.length);
	wf_buffer_append_slice(buffer, text);
}

static void
put_nullable_str32(WfBuffer *buffer, WfSlice text)
{
	if (text.data != NULL)
		put_str32(buffer, text);
	else
		put_u32(buffer, NULL_LENGTH);
}

/* Begins an item; the returned mark is for item_close(). */
static size_t
item_open(WfBuffer *buffer, WfFrameItemType type)
{
	size_t		start = buffer->length;

	put_u8(buffer, (uint8_t) type);
	put_u32(buffer, 0);
	return start;
}

static void
item_close(WfBuffer *buffer, size_t start)
{
	size_t		body_length;

	if (buffer->error != WF_BUFFER_OK)
		return;
	body_length = buffer->length - start - WF_FRAME_ITEM_HEADER_BYTES;
	demand(buffer, body_length <= UINT32_MAX);
	store_u32(buffer->data + start + 1, (uint32_t) body_length);
}

/* ---- primitives, reading ---- */

/* What is left of one item's body. */
typedef struct Cursor
{
	const uint8_t *at;
	const uint8_t *end;
	const char *error;			/* sticky */
} Cursor;

static void
fail(Cursor *cursor, const char *error)
{
	if (cursor->error == NULL)
		cursor->error = error;
}

/* The next `length` bytes, or NULL and the error. */
static const uint8_t *
take(Cursor *cursor, size_t length)
{
	const uint8_t *bytes = cursor->at;

	if (cursor->error == NULL && (size_t) (cursor->end - cursor->at) < length)
		fail(cursor, "an item ends before its last field");
	if (cursor->error != NULL)
		return NULL;
	cursor->at += length;
	return bytes;
}

static uint64_t
take_number(Cursor *cursor, int length)
{
	const uint8_t *bytes = take(cursor, (size_t) length);
	uint64_t	value = 0;

	for (int i = 0; bytes != NULL && i < length; i++)
		value = value << 8 | bytes[i];
	return value;
}

static uint8_t
take_u8(Cursor *cursor)
{
	return (uint8_t) take_number(cursor, 1);
}

static uint16_t
take_u16(Cursor *cursor)
{
	return (uint16_t) take_number(cursor, 2);
}

static uint32_t
take_u32(Cursor *cursor)
{
	return (uint32_t) take_number(cursor, 4);
}

static uint64_t
take_u64(Cursor *cursor)
{
	return take_number(cursor, 8);
}

static int64_t
take_i64(Cursor *cursor)
{
	return (int64_t) take_number(cursor, 8);
}

static WfSlice
take_bytes(Cursor *cursor, size_t length)
{
	const uint8_t *bytes = take(cursor, length);

	return wf_slice((const char *) bytes, bytes != NULL ? length : 0);
}

static WfSlice
take_str16(Cursor *cursor)
{
	uint16_t	length = take_u16(cursor);

	return take_bytes(cursor, length);
}

static WfSlice
take_str32(Cursor *cursor)
{
	uint32_t	length = take_u32(cursor);

	return take_bytes(cursor, length);
}

/* The same or null. */
static WfSlice
take_nullable_str32(Cursor *cursor)
{
	uint32_t	length = take_u32(cursor);

	return length == NULL_LENGTH ? wf_slice(NULL, 0) : take_bytes(cursor, length);
}

/* An id that must have been given: 0 stands for none. */
static uint32_t
take_id(Cursor *cursor, const char *error)
{
	uint32_t	id = take_u32(cursor);

	if (id == 0)
		fail(cursor, error);
	return id;
}

/* ---- hello ---- */

void
wf_frame_write_hello(WfBuffer *buffer, const WfFrameHello *hello)
{
	size_t		start = item_open(buffer, WF_FRAME_HELLO);

	put_u16(buffer, hello->frame_version);
	put_u32(buffer, hello->server_version_num);
	put_u64(buffer, hello->system_id);
	put_u32(buffer, hello->timeline);
	put_str16(buffer, hello->plugin_version);
	put_str16(buffer, hello->database);
	put_str16(buffer, hello->encoding);
	item_close(buffer, start);
}

static void
read_hello(Cursor *cursor, WfFrameHello *hello)
{
	hello->frame_version = take_u16(cursor);
	if (hello->frame_version < WF_FRAME_VERSION_OLDEST || hello->frame_version > WF_FRAME_VERSION)
		fail(cursor, "the frame version is not one this reader knows");
	hello->server_version_num = take_u32(cursor);
	hello->system_id = take_u64(cursor);
	hello->timeline = take_u32(cursor);
	hello->plugin_version = take_str16(cursor);
	hello->database = take_str16(cursor);
	hello->encoding = take_str16(cursor);
}

/* ---- topic ---- */

void
wf_frame_write_topic(WfBuffer *buffer, const WfFrameTopic *topic)
{
	size_t		start = item_open(buffer, WF_FRAME_TOPIC);

	put_u32(buffer, topic->id);
	put_str16(buffer, topic->name);
	item_close(buffer, start);
}

static void
read_topic(Cursor *cursor, WfFrameTopic *topic)
{
	topic->id = take_id(cursor, "a topic has the id 0");
	topic->name = take_str16(cursor);
	if (topic->name.length == 0)
		fail(cursor, "a topic has no name");
}

/* ---- schema ---- */

void
wf_frame_write_schema(WfBuffer *buffer, const WfFrameSchema *schema)
{
	size_t		start = item_open(buffer, WF_FRAME_SCHEMA);

	demand(buffer, schema->fingerprint.length == FINGERPRINT_BYTES);
	put_u32(buffer, schema->id);
	put_u32(buffer, schema->topic_id);
	wf_buffer_append_slice(buffer, schema->fingerprint);
	put_str32(buffer, schema->description);
	item_close(buffer, start);
}

static void
read_schema(Cursor *cursor, WfFrameSchema *schema)
{
	schema->id = take_id(cursor, "a schema has the id 0");
	schema->topic_id = take_id(cursor, "a schema names the topic 0");
	schema->fingerprint = take_bytes(cursor, FINGERPRINT_BYTES);
	for (size_t i = 0; i < schema->fingerprint.length; i++)
	{
		char		c = schema->fingerprint.data[i];

		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			fail(cursor, "a schema's fingerprint is not lower-case hex");
	}
	schema->description = take_str32(cursor);
}

/* ---- enclosure ---- */

void
wf_frame_write_enclosure(WfBuffer *buffer, const WfFrameEnclosure *enclosure)
{
	size_t		start = item_open(buffer, WF_FRAME_ENCLOSURE);

	put_u32(buffer, enclosure->id);
	put_str32(buffer, enclosure->key_schema);
	put_str32(buffer, enclosure->value_schema);
	item_close(buffer, start);
}

static void
read_enclosure(Cursor *cursor, WfFrameEnclosure *enclosure)
{
	enclosure->id = take_id(cursor, "an enclosure has the id 0");
	enclosure->key_schema = take_str32(cursor);
	enclosure->value_schema = take_str32(cursor);
}

/* ---- begin ---- */

void
wf_frame_write_begin(WfBuffer *buffer, const WfFrameBegin *begin)
{
	size_t		start = item_open(buffer, WF_FRAME_BEGIN);

	put_u32(buffer, begin->xid);
	put_u64(buffer, begin->commit_lsn);
	put_u64(buffer, (uint64_t) begin->commit_time_us);
	item_close(buffer, start);
}

static void
read_begin(Cursor *cursor, WfFrameBegin *begin)
{
	begin->xid = take_u32(cursor);
	begin->commit_lsn = take_u64(cursor);
	begin->commit_time_us = take_i64(cursor);
}

/* ---- record ---- */

/* The part that has a fixed size goes out in one append: this runs per row. */
void
wf_frame_record_open(WfBuffer *buffer, WfFrameRecordWriter *writer, const WfFrameRecord *record)
{
	char		fixed[RECORD_FIXED_BYTES] = {WF_FRAME_RECORD};
	char	   *at = fixed + WF_FRAME_ITEM_HEADER_BYTES;

	*at++ = (char) record->flags;
	store_u32(at, record->topic_id);
	store_u32(at + 4, record->schema_id);
	store_u64(at + 8, record->position.commit_lsn);
	store_u64(at + 16, record->position.lsn);
	store_u32(at + 24, record->position.n);
	at[28] = (char) record->header_count;

	writer->start = buffer->length;
	demand(buffer, record->header_count <= WF_FRAME_HEADERS_MAX);
	wf_buffer_append(buffer, fixed, sizeof(fixed));
	if ((record->flags & WF_FRAME_IS_ENCLOSED) != 0)
		put_u32(buffer, record->enclosure_id);
	if ((record->flags & WF_FRAME_HAS_TIMESTAMP) != 0)
		put_u64(buffer, (uint64_t) record->timestamp_ms);
	if ((record->flags & WF_FRAME_HAS_PARTITION) != 0)
		put_u32(buffer, (uint32_t) record->partition);
	for (int i = 0; i < record->header_count && buffer->error == WF_BUFFER_OK; i++)
	{
		put_str16(buffer, record->headers[i].name);
		put_nullable_str32(buffer, record->headers[i].value);
	}
	writer->key_start = buffer->length;
	writer->value_start = buffer->length;
}

void
wf_frame_record_key_done(WfBuffer *buffer, WfFrameRecordWriter *writer)
{
	if (buffer->error != WF_BUFFER_OK)
		return;
	store_u32(buffer->data + writer->start + RECORD_KEY_LENGTH_OFFSET,
			  (uint32_t) (buffer->length - writer->key_start));
	writer->value_start = buffer->length;
}

void
wf_frame_record_close(WfBuffer *buffer, WfFrameRecordWriter *writer)
{
	if (buffer->error != WF_BUFFER_OK)
		return;
	store_u32(buffer->data + writer->start + RECORD_VALUE_LENGTH_OFFSET,
			  (uint32_t) (buffer->length - writer->value_start));
	item_close(buffer, writer->start);
}

static uint8_t
take_flags(Cursor *cursor, uint8_t known)
{
	uint8_t		flags = take_u8(cursor);

	if ((flags & ~known) != 0)
		fail(cursor, "a record has flags this reader does not know");
	return flags;
}

/* Of a record or a stub. */
static uint32_t
take_enclosure_id(Cursor *cursor, uint8_t flags)
{
	return (flags & WF_FRAME_IS_ENCLOSED) != 0 ?
		take_id(cursor, "a record names the enclosure 0") : 0;
}

static WfPosition
take_position(Cursor *cursor)
{
	WfPosition	position;

	position.commit_lsn = take_u64(cursor);
	position.lsn = take_u64(cursor);
	position.n = take_u32(cursor);
	return position;
}

static void
read_record(Cursor *cursor, WfFrameRecord *record)
{
	uint32_t	key_length;
	uint32_t	value_length;

	record->flags = take_flags(cursor, RECORD_FLAGS);
	if ((record->flags & WF_FRAME_TIMESTAMP_IS_COMMIT) != 0 &&
		(record->flags & WF_FRAME_HAS_TIMESTAMP) == 0)
		fail(cursor, "a record without a timestamp says whose it is");
	record->topic_id = take_id(cursor, "a record names the topic 0");
	record->schema_id = take_u32(cursor);
	record->position = take_position(cursor);
	record->header_count = take_u8(cursor);
	if (record->header_count > WF_FRAME_HEADERS_MAX)
	{
		fail(cursor, "a record has more headers than a frame allows");
		record->header_count = 0;
	}
	key_length = take_u32(cursor);
	value_length = take_u32(cursor);
	record->enclosure_id = take_enclosure_id(cursor, record->flags);
	record->timestamp_ms = (record->flags & WF_FRAME_HAS_TIMESTAMP) != 0 ? take_i64(cursor) : 0;
	record->partition = (record->flags & WF_FRAME_HAS_PARTITION) != 0 ?
		(int32_t) take_u32(cursor) : 0;
	for (int i = 0; i < record->header_count; i++)
	{
		record->headers[i].name = take_str16(cursor);
		record->headers[i].value = take_nullable_str32(cursor);
		if (record->headers[i].name.length == 0)
			fail(cursor, "a header has no name");
	}
	if (key_length > 0 && (record->flags & WF_FRAME_HAS_KEY) == 0)
		fail(cursor, "a record without a key has key bytes");
	if (value_length > 0 && (record->flags & WF_FRAME_HAS_VALUE) == 0)
		fail(cursor, "a tombstone has value bytes");
	record->key = take_bytes(cursor, key_length);
	record->value = take_bytes(cursor, value_length);
}

/* ---- stub ---- */

void
wf_frame_write_stub(WfBuffer *buffer, const WfFrameStub *stub)
{
	size_t		start = item_open(buffer, WF_FRAME_STUB);

	put_u8(buffer, stub->flags);
	put_u32(buffer, stub->topic_id);
	put_u32(buffer, stub->schema_id);
	put_u64(buffer, stub->position.commit_lsn);
	put_u64(buffer, stub->position.lsn);
	put_u32(buffer, stub->position.n);
	put_u64(buffer, stub->value_bytes_at_least);
	if ((stub->flags & WF_FRAME_IS_ENCLOSED) != 0)
		put_u32(buffer, stub->enclosure_id);
	put_str32(buffer, stub->key);
	put_str16(buffer, stub->reason);
	item_close(buffer, start);
}

static void
read_stub(Cursor *cursor, WfFrameStub *stub)
{
	stub->flags = take_flags(cursor, STUB_FLAGS);
	stub->topic_id = take_id(cursor, "a stub names the topic 0");
	stub->schema_id = take_u32(cursor);
	stub->position = take_position(cursor);
	stub->value_bytes_at_least = take_u64(cursor);
	stub->enclosure_id = take_enclosure_id(cursor, stub->flags);
	stub->key = take_str32(cursor);
	stub->reason = take_str16(cursor);
	if (stub->key.length > 0 && (stub->flags & WF_FRAME_HAS_KEY) == 0)
		fail(cursor, "a stub without a key has key bytes");
}

/* ---- losses and commit ---- */

void
wf_frame_write_losses(WfBuffer *buffer, const WfFrameLosses *losses)
{
	size_t		start = item_open(buffer, WF_FRAME_LOSSES);

	put_u64(buffer, losses->values_without_form);
	put_u64(buffer, losses->messages_left);
	item_close(buffer, start);
}

void
wf_frame_write_commit(WfBuffer *buffer, const WfFrameCommit *commit)
{
	size_t		start = item_open(buffer, WF_FRAME_COMMIT);

	put_u64(buffer, commit->commit_lsn);
	put_u64(buffer, commit->end_lsn);
	put_u64(buffer, (uint64_t) commit->commit_time_us);
	put_u64(buffer, commit->records);
	put_u64(buffer, commit->replaced_characters);
	item_close(buffer, start);
}

static void
read_commit(Cursor *cursor, WfFrameCommit *commit)
{
	commit->commit_lsn = take_u64(cursor);
	commit->end_lsn = take_u64(cursor);
	commit->commit_time_us = take_i64(cursor);
	commit->records = take_u64(cursor);
	commit->replaced_characters = take_u64(cursor);
}

/* ---- the reader ---- */

void
wf_frame_reader_init(WfFrameReader *reader, const void *data, size_t length)
{
	reader->data = data;
	reader->length = length;
	reader->offset = 0;
	reader->error = NULL;
}

static void
read_body(Cursor *cursor, WfFrameItem *item, uint8_t type)
{
	item->type = (WfFrameItemType) type;
	switch (type)
	{
		case WF_FRAME_HELLO:
			read_hello(cursor, &item->as.hello);
			break;
		case WF_FRAME_TOPIC:
			read_topic(cursor, &item->as.topic);
			break;
		case WF_FRAME_SCHEMA:
			read_schema(cursor, &item->as.schema);
			break;
		case WF_FRAME_ENCLOSURE:
			read_enclosure(cursor, &item->as.enclosure);
			break;
		case WF_FRAME_BEGIN:
			read_begin(cursor, &item->as.begin);
			break;
		case WF_FRAME_RECORD:
			read_record(cursor, &item->as.record);
			break;
		case WF_FRAME_STUB:
			read_stub(cursor, &item->as.stub);
			break;
		case WF_FRAME_LOSSES:
			item->as.losses.values_without_form = take_u64(cursor);
			item->as.losses.messages_left = take_u64(cursor);
			break;
		case WF_FRAME_COMMIT:
			read_commit(cursor, &item->as.commit);
			break;
		default:
			fail(cursor, "an item has a type this reader does not know");
			return;
	}
	if (cursor->at != cursor->end)
		fail(cursor, "an item goes on after its last field");
}

bool
wf_frame_read(WfFrameReader *reader, WfFrameItem *item)
{
	Cursor		cursor;
	uint8_t		type;
	uint32_t	body_length;

	if (reader->error != NULL || reader->offset == reader->length)
		return false;
	cursor.at = reader->data + reader->offset;
	cursor.end = reader->data + reader->length;
	cursor.error = NULL;

	type = take_u8(&cursor);
	body_length = take_u32(&cursor);
	if (cursor.error != NULL || (size_t) (cursor.end - cursor.at) < body_length)
	{
		reader->error = "the message ends within an item";
		return false;
	}
	cursor.end = cursor.at + body_length;
	read_body(&cursor, item, type);
	if (cursor.error != NULL)
	{
		reader->error = cursor.error;
		reader->offset = (size_t) (cursor.at - reader->data);
		return false;
	}
	reader->offset = (size_t) (cursor.at - reader->data);
	return true;
}
