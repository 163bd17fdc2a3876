/*
 * test_pgoutput_message.c
 *		pgoutput's messages: what is read of each, and what damage is found.
 *
 * Messages are written as words: hexadecimal digits are bytes, =x the characters
 * behind the equals sign, 'x' the same and a NUL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "regress/unit/heap_fixture.h"

#include <stdio.h>

#include "shipper/pgoutput/message.h"

/* Microseconds from 1970 to 2000. */
#define EPOCH INT64_C(946684800000000)

/* A context in which messages are read. */
typedef enum Where
{
	PLAIN = 1,
	STREAM = 2,					/* inside a stream */
	PARALLEL = 4				/* streaming=parallel, outside of streams */
} Where;

typedef struct Sample
{
	int			where;
	int			version;		/* the first that has it */
	const char *words;
} Sample;

#define BEGIN "=B 0000000001000010 0000000000000005 000002f1"
#define COMMIT "=C 00 0000000001000010 0000000001000040 0000000000000005"
#define ORIGIN "=O 0000000000abcdef 'pg_16389'"
#define COLUMNS "0003 01 'id' 00000017 ffffffff 00 'name' 00000413 00000044 00 'mood' 0000400f ffffffff"
#define RELATION "00004001 'public' 'items' 64 " COLUMNS
#define TYPE "0000400f 'public' 'mood'"
#define ROW "0003 =t 00000001 =7 =t 00000005 =seven =n"
#define KEY "0003 =t 00000001 =6 =n =n"
#define INSERT "00004001 =N " ROW
#define UPDATE "00004001 =N 0003 =b 00000004 00000007 =u =t 00000000"
#define UPDATE_KEY "00004001 =K " KEY " =N " ROW
#define UPDATE_ROW "00004001 =O " ROW " =N " ROW
#define DELETE_KEY "00004001 =K " KEY
#define DELETE_ROW "00004001 =O " ROW
#define TRUNCATE "00000003 03 00004001 00004002 00004003"
#define MESSAGE "01 0000000001000088 'audit' 00000005 =a 00 =bcd"
#define STREAM_START "=S 000002f1 01"
#define STREAM_COMMIT "=c 000002f1 00 0000000001000010 0000000001000040 0000000000000005"
#define STREAM_ABORT "=A 000002f1 000002f3"
#define ABORTED_AT "0000000001000077 0000000000000009"

/* One of each; what begins with the transaction's ID in a stream is there twice. */
static const Sample samples[] = {
	{PLAIN, 1, BEGIN},
	{PLAIN, 1, COMMIT},
	{PLAIN | STREAM, 1, ORIGIN},
	{PLAIN, 1, "=R " RELATION},
	{STREAM, 2, "=R 000002f3 " RELATION},
	{PLAIN, 1, "=R 00004001 00 'items' 66 0000"},
	{PLAIN, 1, "=Y " TYPE},
	{STREAM, 2, "=Y 000002f3 " TYPE},
	{PLAIN, 1, "=I " INSERT},
	{STREAM, 2, "=I 000002f3 " INSERT},
	{PLAIN, 1, "=U " UPDATE},
	{STREAM, 2, "=U 000002f3 " UPDATE},
	{PLAIN, 1, "=U " UPDATE_KEY},
	{PLAIN, 1, "=U " UPDATE_ROW},
	{STREAM, 2, "=U 000002f3 " UPDATE_ROW},
	{PLAIN, 1, "=D " DELETE_KEY},
	{PLAIN, 1, "=D " DELETE_ROW},
	{STREAM, 2, "=D 000002f3 " DELETE_KEY},
	{PLAIN, 1, "=T " TRUNCATE},
	{STREAM, 2, "=T 000002f3 " TRUNCATE},
	{PLAIN, 1, "=M " MESSAGE},
	{STREAM, 2, "=M 000002f3 " MESSAGE},
	{PLAIN | PARALLEL, 2, STREAM_START},
	{STREAM, 2, "=E"},
	{PLAIN | PARALLEL, 2, STREAM_COMMIT},
	{PLAIN, 2, STREAM_ABORT},
	{PARALLEL, 4, STREAM_ABORT " " ABORTED_AT},
};

#define SAMPLE_COUNT (sizeof(samples) / sizeof(samples[0]))

static PgoutputReader reader;

/* The bytes that words stand for. */
static WfBuffer
bytes_of(const char *words)
{
	WfBuffer	bytes = heap_fixture();

	while (*(words += strspn(words, " ")) != '\0')
	{
		size_t		length = strcspn(words, " ");

		if (*words == '=')
			wf_buffer_append(&bytes, words + 1, length - 1);
		else if (*words == '\'')
		{
			wf_buffer_append(&bytes, words + 1, length - 2);
			wf_buffer_append_char(&bytes, '\0');
		}
		else
			for (size_t i = 0; i < length; i += 2)
			{
				unsigned	byte;

				assert_int_equal(sscanf(words + i, "%2x", &byte), 1);
				wf_buffer_append_char(&bytes, (char) byte);
			}
		words += length;
	}
	return bytes;
}

static bool
read_bytes(WfSlice bytes, Where where, int version, PgoutputMessage *message)
{
	reader.version = version;
	reader.parallel = where == PARALLEL;
	reader.in_stream = where == STREAM;
	return pgoutput_read(&reader, bytes, message);
}

/* Reads a copy that ends where the message ends, so that ASan sees what goes beyond. */
static bool
read_copy(const char *data, size_t length, Where where, int version)
{
	char	   *copy = malloc(length > 0 ? length : 1);
	PgoutputMessage message;
	bool		whole;

	memcpy(copy, data, length);
	whole = read_bytes(wf_slice(length > 0 ? copy : NULL, length), where, version, &message);
	free(copy);
	return whole;
}

/* The last message read of words; its slices live until the next. */
static PgoutputMessage
message_of(const char *words, Where where, int version)
{
	static WfBuffer bytes;
	PgoutputMessage message;

	if (bytes.grow != NULL)
		heap_buffer_free(&bytes);
	bytes = bytes_of(words);
	if (!read_bytes(wf_slice(bytes.data, bytes.length), where, version, &message))
		fail_msg("%s: byte %zu: %s", words, reader.offset, reader.error);
	assert_int_equal(message.type, bytes.data[0]);
	assert_int_equal(reader.type, bytes.data[0]);
	assert_null(reader.error);
	return message;
}

static void
expect_refused(const char *words, Where where, int version, const char *error, size_t offset)
{
	WfBuffer	bytes = bytes_of(words);

	if (read_copy(bytes.data, bytes.length, where, version))
		fail_msg("%s was read", words);
	assert_string_equal(reader.error, error);
	assert_int_equal(reader.offset, offset);
	assert_int_equal(reader.type, (uint8_t) bytes.data[0]);
	heap_buffer_free(&bytes);
}

/* ---- whole messages ------------------------------------------------------------- */

static void
transactions(void **state)
{
	PgoutputMessage message = message_of(BEGIN, PLAIN, 1);

	(void) state;
	assert_int_equal(message.xid, 0);
	assert_int_equal(message.as.begin.commit_lsn, 0x1000010);
	assert_int_equal(message.as.begin.commit_time_us, EPOCH + 5);
	assert_int_equal(message.as.begin.xid, 0x2f1);

	message = message_of("=B 0000000000000001 ffffffffffffffff 00000003", PLAIN, 1);
	assert_int_equal(message.as.begin.commit_time_us, EPOCH - 1);

	message = message_of(COMMIT, PLAIN, 1);
	assert_int_equal(message.as.commit.xid, 0);
	assert_int_equal(message.as.commit.commit_lsn, 0x1000010);
	assert_int_equal(message.as.commit.end_lsn, 0x1000040);
	assert_int_equal(message.as.commit.commit_time_us, EPOCH + 5);

	/* in a stream, too, it has no transaction's ID */
	for (Where where = PLAIN; where <= STREAM; where++)
	{
		message = message_of(ORIGIN, where, 2);
		assert_int_equal(message.xid, 0);
		assert_int_equal(message.as.origin.lsn, 0xabcdef);
		assert_slice(message.as.origin.name, "pg_16389");
	}
}

static void
expect_relation(const PgoutputRelation *relation)
{
	assert_int_equal(relation->oid, 0x4001);
	assert_slice(relation->schema, "public");
	assert_slice(relation->name, "items");
	assert_int_equal(relation->identity, WF_IDENTITY_DEFAULT);
	assert_int_equal(relation->column_count, 3);
	assert_true(relation->columns[0].in_identity);
	assert_slice(relation->columns[0].name, "id");
	assert_int_equal(relation->columns[0].type, 23);
	assert_int_equal(relation->columns[0].typmod, -1);
	assert_false(relation->columns[1].in_identity);
	assert_slice(relation->columns[1].name, "name");
	assert_int_equal(relation->columns[1].type, 1043);
	assert_int_equal(relation->columns[1].typmod, 68);
	assert_slice(relation->columns[2].name, "mood");
	assert_int_equal(relation->columns[2].type, 0x400f);
}

static void
relations_and_types(void **state)
{
	PgoutputMessage message = message_of("=R " RELATION, PLAIN, 1);

	(void) state;
	assert_int_equal(message.xid, 0);
	expect_relation(message.as.relation);
	message = message_of("=R 000002f3 " RELATION, STREAM, 2);
	assert_int_equal(message.xid, 0x2f3);
	expect_relation(message.as.relation);

	message = message_of("=R 00004001 00 'items' 66 0000", PLAIN, 1);
	assert_slice(message.as.relation->schema, "pg_catalog");
	assert_int_equal(message.as.relation->identity, WF_IDENTITY_FULL);
	assert_int_equal(message.as.relation->column_count, 0);

	message = message_of("=Y " TYPE, PLAIN, 1);
	assert_int_equal(message.xid, 0);
	assert_int_equal(message.as.type.oid, 0x400f);
	assert_slice(message.as.type.schema, "public");
	assert_slice(message.as.type.name, "mood");
	message = message_of("=Y 000002f3 0000400f 00 'int4'", STREAM, 4);
	assert_int_equal(message.xid, 0x2f3);
	assert_slice(message.as.type.schema, "pg_catalog");
	assert_slice(message.as.type.name, "int4");
}

static void
expect_field(const PgoutputTuple *tuple, int index, PgoutputFieldKind kind, const char *text)
{
	assert_true(index < tuple->count);
	assert_int_equal(tuple->fields[index].kind, kind);
	assert_slice(tuple->fields[index].bytes, text);
}

static void
expect_row(const PgoutputTuple *tuple)
{
	assert_int_equal(tuple->count, 3);
	expect_field(tuple, 0, PGOUTPUT_FIELD_TEXT, "7");
	expect_field(tuple, 1, PGOUTPUT_FIELD_TEXT, "seven");
	expect_field(tuple, 2, PGOUTPUT_FIELD_NULL, "");
}

static void
expect_key(const PgoutputTuple *tuple)
{
	assert_int_equal(tuple->count, 3);
	expect_field(tuple, 0, PGOUTPUT_FIELD_TEXT, "6");
	expect_field(tuple, 1, PGOUTPUT_FIELD_NULL, "");
	expect_field(tuple, 2, PGOUTPUT_FIELD_NULL, "");
}

static void
inserts_and_deletes(void **state)
{
	PgoutputMessage message = message_of("=I " INSERT, PLAIN, 1);

	(void) state;
	assert_int_equal(message.xid, 0);
	assert_int_equal(message.as.change.relation, 0x4001);
	assert_int_equal(message.as.change.old, PGOUTPUT_OLD_NONE);
	assert_null(message.as.change.old_tuple);
	expect_row(message.as.change.new_tuple);
	message = message_of("=I 000002f3 " INSERT, STREAM, 2);
	assert_int_equal(message.xid, 0x2f3);
	assert_int_equal(message.as.change.relation, 0x4001);
	expect_row(message.as.change.new_tuple);

	message = message_of("=D " DELETE_KEY, PLAIN, 1);
	assert_int_equal(message.as.change.relation, 0x4001);
	assert_int_equal(message.as.change.old, PGOUTPUT_OLD_KEY);
	assert_null(message.as.change.new_tuple);
	expect_key(message.as.change.old_tuple);
	message = message_of("=D 000002f3 " DELETE_ROW, STREAM, 2);
	assert_int_equal(message.xid, 0x2f3);
	assert_int_equal(message.as.change.old, PGOUTPUT_OLD_ROW);
	assert_null(message.as.change.new_tuple);
	expect_row(message.as.change.old_tuple);
}

static void
updates(void **state)
{
	PgoutputMessage message = message_of("=U " UPDATE, PLAIN, 1);

	(void) state;
	assert_int_equal(message.as.change.relation, 0x4001);
	assert_int_equal(message.as.change.old, PGOUTPUT_OLD_NONE);
	assert_null(message.as.change.old_tuple);
	assert_int_equal(message.as.change.new_tuple->fields[0].kind, PGOUTPUT_FIELD_BINARY);
	assert_int_equal(message.as.change.new_tuple->fields[0].bytes.length, 4);
	assert_memory_equal(message.as.change.new_tuple->fields[0].bytes.data, "\0\0\0\7", 4);
	expect_field(message.as.change.new_tuple, 1, PGOUTPUT_FIELD_UNCHANGED, "");
	expect_field(message.as.change.new_tuple, 2, PGOUTPUT_FIELD_TEXT, "");

	message = message_of("=U 000002f3 " UPDATE_KEY, STREAM, 3);
	assert_int_equal(message.xid, 0x2f3);
	assert_int_equal(message.as.change.old, PGOUTPUT_OLD_KEY);
	expect_key(message.as.change.old_tuple);
	expect_row(message.as.change.new_tuple);

	message = message_of("=U " UPDATE_ROW, PLAIN, 1);
	assert_int_equal(message.as.change.old, PGOUTPUT_OLD_ROW);
	expect_row(message.as.change.old_tuple);
	expect_row(message.as.change.new_tuple);
}

static void
truncates_and_messages(void **state)
{
	PgoutputMessage message = message_of("=T " TRUNCATE, PLAIN, 1);

	(void) state;
	assert_true(message.as.truncate.cascade);
	assert_true(message.as.truncate.restart_identity);
	assert_int_equal(message.as.truncate.count, 3);
	assert_int_equal(message.as.truncate.relations[0], 0x4001);
	assert_int_equal(message.as.truncate.relations[2], 0x4003);
	message = message_of("=T 000002f3 00000001 02 00004001", STREAM, 2);
	assert_int_equal(message.xid, 0x2f3);
	assert_false(message.as.truncate.cascade);
	assert_true(message.as.truncate.restart_identity);
	assert_int_equal(message.as.truncate.count, 1);

	message = message_of("=M " MESSAGE, PLAIN, 1);
	assert_int_equal(message.xid, 0);
	assert_true(message.as.message.transactional);
	assert_int_equal(message.as.message.lsn, 0x1000088);
	assert_slice(message.as.message.prefix, "audit");
	assert_int_equal(message.as.message.content.length, 5);
	assert_memory_equal(message.as.message.content.data, "a\0bcd", 5);
	message = message_of("=M 000002f3 " MESSAGE, STREAM, 2);
	assert_int_equal(message.xid, 0x2f3);
	assert_slice(message.as.message.prefix, "audit");
	message = message_of("=M 00 0000000001000088 00 00000000", PLAIN, 4);
	assert_false(message.as.message.transactional);
	assert_slice(message.as.message.prefix, "");
	assert_slice(message.as.message.content, "");
}

static void
streams(void **state)
{
	PgoutputMessage message = message_of(STREAM_START, PLAIN, 2);

	(void) state;
	assert_int_equal(message.xid, 0);
	assert_int_equal(message.as.stream_start.xid, 0x2f1);
	assert_true(message.as.stream_start.is_first);
	message = message_of("=S 000002f1 00", PARALLEL, 4);
	assert_false(message.as.stream_start.is_first);
	(void) message_of("=E", STREAM, 2);

	message = message_of(STREAM_COMMIT, PLAIN, 2);
	assert_int_equal(message.as.commit.xid, 0x2f1);
	assert_int_equal(message.as.commit.commit_lsn, 0x1000010);
	assert_int_equal(message.as.commit.end_lsn, 0x1000040);
	assert_int_equal(message.as.commit.commit_time_us, EPOCH + 5);

	message = message_of(STREAM_ABORT, PLAIN, 4);
	assert_int_equal(message.as.stream_abort.xid, 0x2f1);
	assert_int_equal(message.as.stream_abort.subxid, 0x2f3);
	assert_int_equal(message.as.stream_abort.abort_lsn, 0);
	message = message_of(STREAM_ABORT " " ABORTED_AT, PARALLEL, 4);
	assert_int_equal(message.as.stream_abort.subxid, 0x2f3);
	assert_int_equal(message.as.stream_abort.abort_lsn, 0x1000077);
	assert_int_equal(message.as.stream_abort.abort_time_us, EPOCH + 9);
}

/* Each in each version that has it; in an earlier one it is unknown. */
static void
versions(void **state)
{
	(void) state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		for (int where = PLAIN; where <= PARALLEL; where *= 2)
			for (int version = 1; version <= 4 && (samples[i].where & where) != 0; version++)
			{
				if (version >= samples[i].version)
					(void) message_of(samples[i].words, (Where) where, version);
				else if (version == 1 && strchr("SEcA", samples[i].words[1]) != NULL)
					expect_refused(samples[i].words, (Where) where, version,
								   "a message that this version of the protocol does not have", 0);
			}
}

/* ---- damage --------------------------------------------------------------------- */

static void
truncated_and_overlong(void **state)
{
	(void) state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		for (int where = PLAIN; where <= PARALLEL; where *= 2)
		{
			WfBuffer	bytes;

			if ((samples[i].where & where) == 0)
				continue;
			bytes = bytes_of(samples[i].words);
			assert_true(read_copy(bytes.data, bytes.length, (Where) where, 4));
			for (size_t length = 0; length < bytes.length; length++)
			{
				assert_false(read_copy(bytes.data, length, (Where) where, 4));
				assert_non_null(reader.error);
				assert_true(reader.offset <= length);
				assert_int_equal(reader.type, length > 0 ? bytes.data[0] : 0);
			}
			wf_buffer_append_char(&bytes, '\0');
			assert_false(read_copy(bytes.data, bytes.length, (Where) where, 4));
			assert_string_equal(reader.error, "there are bytes behind the last field");
			assert_int_equal(reader.offset, bytes.length - 1);
			heap_buffer_free(&bytes);
		}
}

/* Of a server that has no later version: an Origin that was dropped. */
static void
empty(void **state)
{
	PgoutputMessage message;

	(void) state;
	assert_true(read_bytes(wf_slice(NULL, 0), PLAIN, 1, &message));
	assert_int_equal(message.type, PGOUTPUT_ORIGIN);
	assert_int_equal(message.as.origin.lsn, 0);
	assert_int_equal(message.as.origin.name.length, 0);
	for (int version = 1; version <= 4; version++)
		for (Where where = PLAIN; where <= STREAM; where++)
		{
			if (where == PLAIN && version == 1)
				continue;
			assert_false(read_copy("", 0, where, version));
			assert_string_equal(reader.error, "the message is empty");
			assert_int_equal(reader.offset, 0);
			assert_int_equal(reader.type, 0);
		}
}

/* Any byte of any message may be any other: there is an answer, and nothing beyond is read. */
static void
bytes_changed(void **state)
{
	(void) state;
	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		for (int where = PLAIN; where <= PARALLEL; where *= 2)
		{
			WfBuffer	bytes = bytes_of(samples[i].words);

			for (size_t at = 0; at < bytes.length; at++)
				for (int change = 1; change < 256; change++)
				{
					bytes.data[at] ^= (char) change;
					if (!read_copy(bytes.data, bytes.length, (Where) where, 4))
						assert_true(reader.error != NULL && reader.offset <= bytes.length);
					bytes.data[at] ^= (char) change;
				}
			heap_buffer_free(&bytes);
		}
}

#define BEYOND "a field reaches beyond the message's end"
#define NO_END "a text has no end"
#define XID_0 "a transaction's ID is 0"
#define TABLE_0 "a table's OID is 0"
#define MARK "a row is neither new nor old as this message has them"
#define FLAG "a flag is unknown"
#define KIND "a value is of an unknown kind"
#define TOO_MANY "there are more columns than a table can have"
#define LSN_0 "an LSN is 0"

static void
fields_that_cannot_be(void **state)
{
	static const struct
	{
		const char *words;
		Where		where;
		const char *error;
		size_t		offset;
	}			cases[] = {
		{"=B 0000000000000000 0000000000000005 000002f1", PLAIN, LSN_0, 1},
		{"=B 0000000001000010 7fffffffffffffff 000002f1", PLAIN, "a time is out of range", 9},
		{"=B 0000000001000010 0000000000000005 00000000", PLAIN, XID_0, 17},
		{"=B 0000000001000010 00", PLAIN, BEYOND, 9},
		{"=C 01 0000000001000010 0000000001000040 0000000000000005", PLAIN, FLAG, 1},
		{"=C 00 0000000000000000 0000000001000040 0000000000000005", PLAIN, LSN_0, 2},
		{"=C 00 0000000001000010 0000000000000000 0000000000000005", PLAIN, LSN_0, 10},
		{"=O 0000000000000000 =pg_1", PLAIN, NO_END, 9},
		{"=O 0000000000000000 00", PLAIN, "a name is empty", 9},
		{"=R 00000000 'public' 'items' 64 0000", PLAIN, TABLE_0, 1},
		{"=R 00004001 =public", PLAIN, NO_END, 5},
		{"=R 00004001 'public' 00 64 0000", PLAIN, "a name is empty", 12},
		{"=R 00004001 'public' 'items' 65 0000", PLAIN, "a replica identity is unknown", 18},
		{"=R 00004001 'public' 'items' 64 0641", PLAIN, TOO_MANY, 19},
		{"=R 00004001 'public' 'items' 64 0001", PLAIN, BEYOND, 21},
		{"=R 00004001 'public' 'items' 64 0001 02 'id' 00000017 ffffffff", PLAIN, FLAG, 21},
		{"=R 00004001 'public' 'items' 64 0001 01 00 00000017 ffffffff", PLAIN, "a name is empty", 22},
		{"=R 00004001 'public' 'items' 64 0001 01 'id' 00000000 ffffffff", PLAIN,
		"a type's OID is 0", 25},
		{"=R 00000000 00004001 'public' 'items' 64 0000", STREAM, XID_0, 1},
		{"=Y 00000000 'public' 'mood'", PLAIN, "a type's OID is 0", 1},
		{"=Y 0000400f 'public' 00", PLAIN, "a name is empty", 12},
		{"=I 00000000 =N 0000", PLAIN, TABLE_0, 1},
		{"=I 00004001 =K 0000", PLAIN, MARK, 5},
		{"=I 00004001 00 0000", PLAIN, MARK, 5},
		{"=I 00000000 00004001 =N 0000", STREAM, XID_0, 1},
		{"=I 00004001 =N 0641 =n", PLAIN, TOO_MANY, 6},
		{"=I 00004001 =N ffff =n", PLAIN, TOO_MANY, 6},
		{"=I 00004001 =N 0001 =x", PLAIN, KIND, 8},
		{"=I 00004001 =N 0002 =n 00", PLAIN, KIND, 9},
		{"=I 00004001 =N 0001 =t 00000002 =7", PLAIN, BEYOND, 13},
		{"=I 00004001 =N 0001 =b 7fffffff =7", PLAIN, BEYOND, 13},
		{"=I 00004001 =N 0001 =t ffffffff =7", PLAIN, BEYOND, 13},
		{"=U 00004001 =N 0001 =n =N 0001 =n", PLAIN, "there are bytes behind the last field", 9},
		{"=U 00004001 =K 0001 =n =O 0001 =n", PLAIN, MARK, 9},
		{"=U 00004001 =K 0001 =n =K 0001 =n", PLAIN, MARK, 9},
		{"=U 00004001 =T 0001 =n", PLAIN, MARK, 5},
		{"=U 00004001 =O 0001 =n =N 0002 =n =n", PLAIN,
		"the new row has not as many columns as the old one", 10},
		{"=D 00004001 =N 0001 =n", PLAIN, MARK, 5},
		{"=D 00004001 =K 0001 =n =N 0001 =n", PLAIN, "there are bytes behind the last field", 9},
		{"=T 00000000 00", PLAIN, "it empties no table", 1},
		{"=T 00000001 04 00004001", PLAIN, FLAG, 5},
		{"=T 00000002 00 00004001", PLAIN, "it empties more tables than it names", 1},
		{"=T 00000001 00 00004001 00004002", PLAIN, "there are bytes behind the last field", 10},
		{"=T 000f4241 00 00004001", PLAIN, "it empties more than 1000000 tables at once", 1},
		{"=T ffffffff 00 00004001", PLAIN, "it empties more than 1000000 tables at once", 1},
		{"=T 00000002 00 00004001 00000000", PLAIN, TABLE_0, 10},
		{"=M 02 0000000001000088 'a' 00000000", PLAIN, FLAG, 1},
		{"=M 01 0000000000000000 'a' 00000000", PLAIN, LSN_0, 2},
		{"=M 01 0000000001000088 =a", PLAIN, NO_END, 10},
		{"=M 01 0000000001000088 'a' 00000002 =b", PLAIN, BEYOND, 16},
		{"=M 01 0000000001000088 'a' ffffffff =b", PLAIN, BEYOND, 16},
		{"=S 00000000 01", PLAIN, XID_0, 1},
		{"=S 000002f1 02", PLAIN, FLAG, 5},
		{"=c 00000000 00 0000000001000010 0000000001000040 0000000000000005", PLAIN, XID_0, 1},
		{"=c 000002f1 01 0000000001000010 0000000001000040 0000000000000005", PLAIN, FLAG, 5},
		{"=A 00000000 000002f3", PLAIN, XID_0, 1},
		{"=A 000002f1 00000000", PLAIN, XID_0, 5},
		{STREAM_ABORT, PARALLEL, BEYOND, 9},
		{STREAM_ABORT " " ABORTED_AT, PLAIN, "there are bytes behind the last field", 9},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refused(cases[i].words, cases[i].where, 4, cases[i].error, cases[i].offset);
}

static void
messages_that_cannot_be_here(void **state)
{
	static const char outside_only[] = "BCScA";
	static const char two_phase[] = "bPKrp";
	static const char *const two_phase_names[] = {
		"Begin Prepare", "Prepare", "Commit Prepared", "Rollback Prepared", "Stream Prepare"
	};
	char		words[] = "=x 00";

	(void) state;
	for (size_t i = 0; outside_only[i] != '\0'; i++)
	{
		words[1] = outside_only[i];
		expect_refused(words, STREAM, 4, "a message that must not stand inside a stream", 0);
	}
	expect_refused("=E", PLAIN, 4, "a message that must not stand outside of a stream", 0);
	for (size_t i = 0; two_phase[i] != '\0'; i++)
	{
		words[1] = two_phase[i];
		expect_refused(words, PLAIN, 4, "a message of two-phase commit, which was not asked for", 0);
		expect_refused(words, PLAIN, 2, "a message that this version of the protocol does not have", 0);
		assert_string_equal(pgoutput_type_name((uint8_t) two_phase[i]), two_phase_names[i]);
	}
	expect_refused("=Z 00", PLAIN, 4, "a message of an unknown type", 0);
	expect_refused("00", PLAIN, 4, "a message of an unknown type", 0);
	expect_refused("ff", STREAM, 4, "a message of an unknown type", 0);
	expect_refused("c9 00", PLAIN, 1, "a message of an unknown type", 0);
}

static void
names_of_types(void **state)
{
	int			known = 0;

	(void) state;
	assert_string_equal(pgoutput_type_name('I'), "Insert");
	assert_string_equal(pgoutput_type_name('c'), "Stream Commit");
	assert_string_equal(pgoutput_type_name('Z'), "unknown");
	for (int type = 0; type < 256; type++)
		known += strcmp(pgoutput_type_name((uint8_t) type), "unknown") != 0;
	assert_int_equal(known, 19);
}

/* ---- the most there can be -------------------------------------------------------- */

static void
append_u16(WfBuffer *buffer, int value)
{
	wf_buffer_append_char(buffer, (char) (value >> 8));
	wf_buffer_append_char(buffer, (char) value);
}

static void
widest_table(void **state)
{
	WfBuffer	relation = bytes_of("=R 00004001 'public' 'items' 66");
	WfBuffer	update = bytes_of("=U 00004001");
	PgoutputMessage message;

	(void) state;
	append_u16(&relation, WF_COLUMNS_MAX);
	for (int i = 0; i < WF_COLUMNS_MAX; i++)
	{
		wf_buffer_append(&relation, "\1c", 3);
		wf_buffer_append(&relation, "\0\0\0\27\377\377\377\377", 8);
	}
	for (int row = 0; row < 2; row++)
	{
		wf_buffer_append_char(&update, row == 0 ? 'O' : 'N');
		append_u16(&update, WF_COLUMNS_MAX);
		for (int i = 0; i < WF_COLUMNS_MAX; i++)
			wf_buffer_append(&update, "t\0\0\0\1x", 6);
	}
	assert_true(read_bytes(wf_slice(relation.data, relation.length), PLAIN, 1, &message));
	assert_int_equal(message.as.relation->column_count, WF_COLUMNS_MAX);
	assert_slice(message.as.relation->columns[WF_COLUMNS_MAX - 1].name, "c");
	assert_true(read_bytes(wf_slice(update.data, update.length), PLAIN, 1, &message));
	expect_field(message.as.change.old_tuple, WF_COLUMNS_MAX - 1, PGOUTPUT_FIELD_TEXT, "x");
	expect_field(message.as.change.new_tuple, WF_COLUMNS_MAX - 1, PGOUTPUT_FIELD_TEXT, "x");
	heap_buffer_free(&relation);
	heap_buffer_free(&update);
}

static void
most_tables_at_once(void **state)
{
	WfBuffer	bytes = bytes_of("=T 000f4240 00");
	PgoutputMessage message;

	(void) state;
	for (int i = 0; i < PGOUTPUT_TRUNCATE_MAX; i++)
	{
		append_u16(&bytes, 1);
		append_u16(&bytes, i);
	}
	assert_true(read_bytes(wf_slice(bytes.data, bytes.length), PLAIN, 1, &message));
	assert_int_equal(message.as.truncate.count, PGOUTPUT_TRUNCATE_MAX);
	assert_int_equal(message.as.truncate.relations[999999], 0x10000 + (999999 & 0xffff));

	/* the room is used again */
	message = message_of("=T " TRUNCATE, PLAIN, 1);
	assert_int_equal(message.as.truncate.count, 3);
	assert_int_equal(reader.truncated_room, PGOUTPUT_TRUNCATE_MAX);
	pgoutput_reader_free(&reader);
	assert_int_equal(reader.truncated_room, 0);
	message = message_of("=T " TRUNCATE, PLAIN, 1);
	assert_int_equal(message.as.truncate.relations[1], 0x4002);
	heap_buffer_free(&bytes);
}

static int
free_reader(void **state)
{
	(void) state;
	pgoutput_reader_free(&reader);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(transactions),
		cmocka_unit_test(relations_and_types),
		cmocka_unit_test(inserts_and_deletes),
		cmocka_unit_test(updates),
		cmocka_unit_test(truncates_and_messages),
		cmocka_unit_test(streams),
		cmocka_unit_test(versions),
		cmocka_unit_test(truncated_and_overlong),
		cmocka_unit_test(empty),
		cmocka_unit_test(bytes_changed),
		cmocka_unit_test(fields_that_cannot_be),
		cmocka_unit_test(messages_that_cannot_be_here),
		cmocka_unit_test(names_of_types),
		cmocka_unit_test(widest_table),
		cmocka_unit_test(most_tables_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, free_reader);
}
