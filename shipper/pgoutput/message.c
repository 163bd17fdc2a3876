/*
 * message.c
 *		The reader of pgoutput's messages, versions 1 to 4 of the protocol.
 *
 * Bytes are read through a cursor whose error is sticky: after the first, all that is
 * read is 0 and empty, so that a message is read to its end without a branch for each
 * field, and asked for once.  What is checked here is what no server sends: wrong rows
 * would come of it.  Nothing is copied but numbers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "message.h"

#include <endian.h>
#include <stdlib.h>

#include "envelope/time.h"

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

typedef struct Cursor
{
	const char *data;
	size_t		length;
	size_t		at;
	const char *error;
	size_t		error_at;
} Cursor;

static void
fail_at(Cursor *cursor, size_t at, const char *error)
{
	if (cursor->error != NULL)
		return;
	cursor->error = error;
	cursor->error_at = at;
}

/* Passes over length bytes.  NULL if they are not there, or after an error. */
static const char *
take(Cursor *cursor, size_t length)
{
	const char *bytes = cursor->data + cursor->at;

	if (cursor->error != NULL)
		return NULL;
	if (cursor->length - cursor->at < length)
	{
		fail_at(cursor, cursor->at, "a field reaches beyond the message's end");
		return NULL;
	}
	cursor->at += length;
	return bytes;
}

static uint8_t
take_u8(Cursor *cursor)
{
	const char *bytes = take(cursor, 1);

	return bytes != NULL ? (uint8_t) *bytes : 0;
}

static uint16_t
take_u16(Cursor *cursor)
{
	const char *bytes = take(cursor, 2);
	uint16_t	value = 0;

	if (bytes != NULL)
		memcpy(&value, bytes, sizeof(value));
	return be16toh(value);
}

static uint32_t
take_u32(Cursor *cursor)
{
	const char *bytes = take(cursor, 4);
	uint32_t	value = 0;

	if (bytes != NULL)
		memcpy(&value, bytes, sizeof(value));
	return be32toh(value);
}

static uint64_t
take_u64(Cursor *cursor)
{
	const char *bytes = take(cursor, 8);
	uint64_t	value = 0;

	if (bytes != NULL)
		memcpy(&value, bytes, sizeof(value));
	return be64toh(value);
}

/* An OID or a transaction's ID. */
static uint32_t
take_id(Cursor *cursor, const char *error)
{
	size_t		at = cursor->at;
	uint32_t	id = take_u32(cursor);

	if (id == 0)
		fail_at(cursor, at, error);
	return id;
}

static uint32_t
take_xid(Cursor *cursor)
{
	return take_id(cursor, "a transaction's ID is 0");
}

static uint32_t
take_relation(Cursor *cursor)
{
	return take_id(cursor, "a table's OID is 0");
}

/* The LSN of something that is there. */
static uint64_t
take_lsn(Cursor *cursor)
{
	size_t		at = cursor->at;
	uint64_t	lsn = take_u64(cursor);

	if (lsn == 0)
		fail_at(cursor, at, "an LSN is 0");
	return lsn;
}

static int64_t
take_time_us(Cursor *cursor)
{
	size_t		at = cursor->at;
	int64_t		time_us = (int64_t) take_u64(cursor);

	if (__builtin_add_overflow(time_us, WF_POSTGRES_EPOCH_MICROSECONDS, &time_us))
		fail_at(cursor, at, "a time is out of range");
	return time_us;
}

static uint8_t
take_flags(Cursor *cursor, uint8_t known)
{
	size_t		at = cursor->at;
	uint8_t		flags = take_u8(cursor);

	if ((flags & ~known) != 0)
		fail_at(cursor, at, "a flag is unknown");
	return flags;
}

/* A length, and as many bytes. */
static WfSlice
take_bytes(Cursor *cursor)
{
	uint32_t	length = take_u32(cursor);
	const char *bytes = take(cursor, length);

	return wf_slice(bytes, bytes != NULL ? length : 0);
}

/* What stands before the next NUL, which is passed over. */
static WfSlice
take_text(Cursor *cursor)
{
	const char *start = cursor->data + cursor->at;
	const char *end = NULL;
	size_t		length = 0;

	if (cursor->error == NULL && cursor->at < cursor->length)
		end = memchr(start, '\0', cursor->length - cursor->at);
	if (end != NULL)
		length = (size_t) (end - start);
	else
		fail_at(cursor, cursor->at, "a text has no end");
	return wf_slice(take(cursor, length + 1), length);
}

static WfSlice
take_name(Cursor *cursor)
{
	size_t		at = cursor->at;
	WfSlice		name = take_text(cursor);

	if (name.length == 0)
		fail_at(cursor, at, "a name is empty");
	return name;
}

static WfSlice
take_schema(Cursor *cursor)
{
	WfSlice		schema = take_text(cursor);

	return schema.length > 0 ? schema : WF_LITERAL("pg_catalog");
}

/* How many columns follow. */
static int
take_column_count(Cursor *cursor)
{
	size_t		at = cursor->at;
	uint16_t	count = take_u16(cursor);

	if (count > WF_COLUMNS_MAX)
		fail_at(cursor, at, "there are more columns than a table can have");
	return cursor->error == NULL ? count : 0;
}

static PgoutputField
take_field(Cursor *cursor)
{
	size_t		at = cursor->at;
	PgoutputField field = {.kind = (PgoutputFieldKind) take_u8(cursor)};

	switch (field.kind)
	{
		case PGOUTPUT_FIELD_NULL:
		case PGOUTPUT_FIELD_UNCHANGED:
			break;
		case PGOUTPUT_FIELD_TEXT:
		case PGOUTPUT_FIELD_BINARY:
			field.bytes = take_bytes(cursor);
			break;
		default:
			fail_at(cursor, at, "a value is of an unknown kind");
	}
	return field;
}

static const PgoutputTuple *
take_tuple(Cursor *cursor, PgoutputTuple *tuple)
{
	tuple->count = take_column_count(cursor);
	for (int i = 0; i < tuple->count && cursor->error == NULL; i++)
		tuple->fields[i] = take_field(cursor);
	return tuple;
}

/* ---- messages, behind the type and what says of which transaction they are ------- */

static void
read_begin(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	(void) reader;
	message->as.begin.commit_lsn = take_lsn(cursor);
	message->as.begin.commit_time_us = take_time_us(cursor);
	message->as.begin.xid = take_xid(cursor);
}

static void
read_commit(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	(void) reader;
	if (message->type == PGOUTPUT_STREAM_COMMIT)
		message->as.commit.xid = take_xid(cursor);
	(void) take_flags(cursor, 0);
	message->as.commit.commit_lsn = take_lsn(cursor);
	message->as.commit.end_lsn = take_lsn(cursor);
	message->as.commit.commit_time_us = take_time_us(cursor);
}

static void
read_origin(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	(void) reader;
	message->as.origin.lsn = take_u64(cursor);
	message->as.origin.name = take_name(cursor);
}

static WfReplicaIdentity
take_identity(Cursor *cursor)
{
	size_t		at = cursor->at;
	WfReplicaIdentity identity = (WfReplicaIdentity) take_u8(cursor);

	switch (identity)
	{
		case WF_IDENTITY_DEFAULT:
		case WF_IDENTITY_INDEX:
		case WF_IDENTITY_FULL:
		case WF_IDENTITY_NOTHING:
			break;
		default:
			fail_at(cursor, at, "a replica identity is unknown");
	}
	return identity;
}

static PgoutputColumn
take_column(Cursor *cursor)
{
	PgoutputColumn column = {0};

	column.in_identity = (take_flags(cursor, 1) & 1) != 0;
	column.name = take_name(cursor);
	column.type = take_id(cursor, "a type's OID is 0");
	column.typmod = (int32_t) take_u32(cursor);
	return column;
}

static void
read_relation(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	PgoutputRelation *relation = &reader->relation;

	relation->oid = take_relation(cursor);
	relation->schema = take_schema(cursor);
	relation->name = take_name(cursor);
	relation->identity = take_identity(cursor);
	relation->column_count = take_column_count(cursor);
	for (int i = 0; i < relation->column_count && cursor->error == NULL; i++)
		relation->columns[i] = take_column(cursor);
	message->as.relation = relation;
}

static void
read_type(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	(void) reader;
	message->as.type.oid = take_id(cursor, "a type's OID is 0");
	message->as.type.schema = take_schema(cursor);
	message->as.type.name = take_name(cursor);
}

/* The byte before a tuple, one of which says. */
static uint8_t
take_mark(Cursor *cursor, const char *which)
{
	size_t		at = cursor->at;
	uint8_t		mark = take_u8(cursor);

	if (mark == 0 || strchr(which, mark) == NULL)
		fail_at(cursor, at, "a row is neither new nor old as this message has them");
	return mark;
}

static void
read_change(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	const char *which = message->type == PGOUTPUT_INSERT ? "N" :
	message->type == PGOUTPUT_UPDATE ? "KON" : "KO";
	size_t		at;
	uint8_t		mark;

	message->as.change.relation = take_relation(cursor);
	mark = take_mark(cursor, which);
	if (mark != 'N')
	{
		message->as.change.old = (PgoutputOld) mark;
		message->as.change.old_tuple = take_tuple(cursor, &reader->old_tuple);
		if (message->type == PGOUTPUT_DELETE)
			return;
		(void) take_mark(cursor, "N");
	}
	at = cursor->at;
	message->as.change.new_tuple = take_tuple(cursor, &reader->new_tuple);
	if (message->as.change.old_tuple != NULL && reader->old_tuple.count != reader->new_tuple.count)
		fail_at(cursor, at, "the new row has not as many columns as the old one");
}

/* Makes room for that many OIDs. */
static bool
make_room(PgoutputReader *reader, int count)
{
	uint32_t   *truncated;

	if (count <= reader->truncated_room)
		return true;
	truncated = realloc(reader->truncated, (size_t) count * sizeof(uint32_t));
	if (truncated == NULL)
		return false;
	reader->truncated = truncated;
	reader->truncated_room = count;
	return true;
}

static void
read_truncate(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	size_t		at = cursor->at;
	uint32_t	count = take_u32(cursor);
	uint8_t		flags = take_flags(cursor, 1 | 2);

	if (count == 0)
		fail_at(cursor, at, "it empties no table");
	if (count > PGOUTPUT_TRUNCATE_MAX)
		fail_at(cursor, at, "it empties more than " TEXT(PGOUTPUT_TRUNCATE_MAX) " tables at once");
	if (count > (cursor->length - cursor->at) / sizeof(uint32_t))
		fail_at(cursor, at, "it empties more tables than it names");
	if (cursor->error == NULL && !make_room(reader, (int) count))
		fail_at(cursor, at, "there is no memory for it");
	if (cursor->error != NULL)
		return;
	for (uint32_t i = 0; i < count; i++)
		reader->truncated[i] = take_relation(cursor);
	message->as.truncate.cascade = (flags & 1) != 0;
	message->as.truncate.restart_identity = (flags & 2) != 0;
	message->as.truncate.count = (int) count;
	message->as.truncate.relations = reader->truncated;
}

static void
read_message(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	(void) reader;
	message->as.message.transactional = (take_flags(cursor, 1) & 1) != 0;
	message->as.message.lsn = take_lsn(cursor);
	message->as.message.prefix = take_text(cursor);
	message->as.message.content = take_bytes(cursor);
}

static void
read_stream_start(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	(void) reader;
	message->as.stream_start.xid = take_xid(cursor);
	message->as.stream_start.is_first = take_flags(cursor, 1) == 1;
}

static void
read_stream_stop(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	(void) reader;
	(void) cursor;
	(void) message;
}

static void
read_stream_abort(PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message)
{
	message->as.stream_abort.xid = take_xid(cursor);
	message->as.stream_abort.subxid = take_xid(cursor);
	if (reader->parallel)
	{
		message->as.stream_abort.abort_lsn = take_u64(cursor);
		message->as.stream_abort.abort_time_us = take_time_us(cursor);
	}
}

/* ---- which there are ------------------------------------------------------------- */

/* Where a message may stand. */
typedef enum Place
{
	ANYWHERE,
	OUTSIDE,					/* of streams */
	INSIDE
} Place;

/* name NULL: there is none; read NULL: one that is not asked for. */
typedef struct Form
{
	const char *name;
	void		(*read) (PgoutputReader *reader, Cursor *cursor, PgoutputMessage *message);
	Place		place;
	bool		has_xid;		/* in a stream */
	int			version;		/* the protocol's first that has it */
} Form;

static const Form forms[128] = {
	['B'] = {"Begin", read_begin, OUTSIDE, false, 1},
	['C'] = {"Commit", read_commit, OUTSIDE, false, 1},
	['O'] = {"Origin", read_origin, ANYWHERE, false, 1},
	['R'] = {"Relation", read_relation, ANYWHERE, true, 1},
	['Y'] = {"Type", read_type, ANYWHERE, true, 1},
	['I'] = {"Insert", read_change, ANYWHERE, true, 1},
	['U'] = {"Update", read_change, ANYWHERE, true, 1},
	['D'] = {"Delete", read_change, ANYWHERE, true, 1},
	['T'] = {"Truncate", read_truncate, ANYWHERE, true, 1},
	['M'] = {"Message", read_message, ANYWHERE, true, 1},
	['S'] = {"Stream Start", read_stream_start, OUTSIDE, false, 2},
	['E'] = {"Stream Stop", read_stream_stop, INSIDE, false, 2},
	['c'] = {"Stream Commit", read_commit, OUTSIDE, false, 2},
	['A'] = {"Stream Abort", read_stream_abort, OUTSIDE, false, 2},
	['b'] = {"Begin Prepare", NULL, OUTSIDE, false, 3},
	['P'] = {"Prepare", NULL, OUTSIDE, false, 3},
	['K'] = {"Commit Prepared", NULL, OUTSIDE, false, 3},
	['r'] = {"Rollback Prepared", NULL, OUTSIDE, false, 3},
	['p'] = {"Stream Prepare", NULL, OUTSIDE, false, 3},
};

static const Form *
form_of(uint8_t type)
{
	return type < 128 && forms[type].name != NULL ? &forms[type] : NULL;
}

const char *
pgoutput_type_name(uint8_t type)
{
	const Form *form = form_of(type);

	return form != NULL ? form->name : "unknown";
}

/* Why a message of this form cannot be here; NULL: it can. */
static const char *
why_not(const PgoutputReader *reader, const Form *form)
{
	if (form == NULL)
		return "a message of an unknown type";
	if (form->version > reader->version)
		return "a message that this version of the protocol does not have";
	if (form->read == NULL)
		return "a message of two-phase commit, which was not asked for";
	if (reader->in_stream && form->place == OUTSIDE)
		return "a message that must not stand inside a stream";
	if (!reader->in_stream && form->place == INSIDE)
		return "a message that must not stand outside of a stream";
	return NULL;
}

/* Servers that have the first version alone send it for an Origin of which they know no more. */
static bool
read_empty(PgoutputReader *reader, PgoutputMessage *message)
{
	bool		is_origin = reader->version == 1 && !reader->in_stream;

	memset(message, 0, sizeof(*message));
	message->type = PGOUTPUT_ORIGIN;
	reader->error = is_origin ? NULL : "the message is empty";
	reader->offset = 0;
	reader->type = 0;
	return is_origin;
}

bool
pgoutput_read(PgoutputReader *reader, WfSlice payload, PgoutputMessage *message)
{
	Cursor		cursor = {.data = payload.data, .length = payload.length};
	const Form *form;
	const char *refused;

	if (payload.length == 0)
		return read_empty(reader, message);
	reader->error = NULL;
	reader->offset = 0;
	reader->type = 0;
	memset(message, 0, sizeof(*message));
	reader->type = take_u8(&cursor);
	form = form_of(reader->type);
	refused = why_not(reader, form);
	if (refused == NULL)
	{
		message->type = (PgoutputType) reader->type;
		if (reader->in_stream && form->has_xid)
			message->xid = take_xid(&cursor);
		form->read(reader, &cursor, message);
		if (cursor.at < cursor.length)
			fail_at(&cursor, cursor.at, "there are bytes behind the last field");
	}
	else
		fail_at(&cursor, 0, refused);
	reader->error = cursor.error;
	reader->offset = cursor.error_at;
	return cursor.error == NULL;
}

void
pgoutput_reader_free(PgoutputReader *reader)
{
	free(reader->truncated);
	reader->truncated = NULL;
	reader->truncated_room = 0;
}
