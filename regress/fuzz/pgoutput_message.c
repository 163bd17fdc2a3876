/*
 * pgoutput_message.c
 *		libFuzzer target: any bytes as a message of pgoutput.
 *
 * The first byte says in which context: 1 and 2 the protocol's version (less one), 4
 * whether streaming=parallel was asked for, 8 whether it is inside a stream.  What is
 * read of a message lies in it, and is within the bounds that its reader promises; what
 * is not is told why.  The seeds are of corpus/pgoutput_message.recording, which
 * record_pgoutput.py has of real servers.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/pgoutput/message.h"

#include "check.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(WfSlice payload, WfSlice slice)
{
	if (slice.length == 0)
		return;
	check(slice.data >= payload.data && slice.length <= payload.length);
	check((size_t) (slice.data - payload.data) <= payload.length - slice.length);
}

/* A schema may be the one that the wire has no text for. */
static void
check_schema(WfSlice payload, WfSlice schema)
{
	check(schema.length > 0);
	if (!wf_slice_equal(schema, WF_LITERAL("pg_catalog")))
		check_inside(payload, schema);
}

static void
check_tuple(WfSlice payload, const PgoutputTuple *tuple)
{
	if (tuple == NULL)
		return;
	check(tuple->count >= 0 && tuple->count <= WF_COLUMNS_MAX);
	for (int i = 0; i < tuple->count; i++)
	{
		const PgoutputField *field = &tuple->fields[i];

		check(field->kind != 0 && strchr("nutb", (int) field->kind) != NULL);
		check(field->kind == PGOUTPUT_FIELD_TEXT || field->kind == PGOUTPUT_FIELD_BINARY ||
			  field->bytes.length == 0);
		check_inside(payload, field->bytes);
	}
}

static void
check_relation(WfSlice payload, const PgoutputRelation *relation)
{
	check(relation->oid != 0 && relation->name.length > 0);
	check_schema(payload, relation->schema);
	check_inside(payload, relation->name);
	check(relation->column_count >= 0 && relation->column_count <= WF_COLUMNS_MAX);
	for (int i = 0; i < relation->column_count; i++)
	{
		check(relation->columns[i].type != 0 && relation->columns[i].name.length > 0);
		check_inside(payload, relation->columns[i].name);
	}
}

static void
check_change(WfSlice payload, const PgoutputMessage *message)
{
	const PgoutputTuple *old_tuple = message->as.change.old_tuple;
	const PgoutputTuple *new_tuple = message->as.change.new_tuple;

	check(message->as.change.relation != 0);
	check((new_tuple != NULL) == (message->type != PGOUTPUT_DELETE));
	check((old_tuple != NULL) == (message->as.change.old != PGOUTPUT_OLD_NONE));
	check(message->type != PGOUTPUT_INSERT || old_tuple == NULL);
	check(message->type != PGOUTPUT_DELETE || old_tuple != NULL);
	check(old_tuple == NULL || new_tuple == NULL || old_tuple->count == new_tuple->count);
	check_tuple(payload, old_tuple);
	check_tuple(payload, new_tuple);
}

static void
check_message(const PgoutputReader *reader, WfSlice payload, const PgoutputMessage *message)
{
	switch (message->type)
	{
		case PGOUTPUT_RELATION:
			check_relation(payload, message->as.relation);
			break;
		case PGOUTPUT_TYPE:
			check_schema(payload, message->as.type.schema);
			check_inside(payload, message->as.type.name);
			break;
		case PGOUTPUT_INSERT:
		case PGOUTPUT_UPDATE:
		case PGOUTPUT_DELETE:
			check_change(payload, message);
			break;
		case PGOUTPUT_TRUNCATE:
			check(message->as.truncate.count > 0);
			check((size_t) message->as.truncate.count * 4 < payload.length);
			check(message->as.truncate.count <= reader->truncated_room);
			break;
		case PGOUTPUT_MESSAGE:
			check_inside(payload, message->as.message.prefix);
			check_inside(payload, message->as.message.content);
			break;
		case PGOUTPUT_ORIGIN:
			check_inside(payload, message->as.origin.name);
			break;
		case PGOUTPUT_BEGIN:
			check(message->as.begin.xid != 0 && message->as.begin.commit_lsn != 0);
			break;
		case PGOUTPUT_COMMIT:
		case PGOUTPUT_STREAM_COMMIT:
			check((message->as.commit.xid != 0) == (message->type == PGOUTPUT_STREAM_COMMIT));
			check(message->as.commit.commit_lsn != 0 && message->as.commit.end_lsn != 0);
			break;
		case PGOUTPUT_STREAM_START:
			check(message->as.stream_start.xid != 0);
			break;
		case PGOUTPUT_STREAM_ABORT:
			check(message->as.stream_abort.xid != 0 && message->as.stream_abort.subxid != 0);
			break;
		case PGOUTPUT_STREAM_STOP:
			check(payload.length == 1);
			break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static PgoutputReader reader;
	PgoutputMessage message;
	WfSlice		payload;

	if (size == 0)
		return 0;
	reader.version = 1 + (data[0] & 3);
	reader.parallel = (data[0] & 4) != 0;
	reader.in_stream = (data[0] & 8) != 0;
	payload = wf_slice((const char *) data + 1, size - 1);
	if (!pgoutput_read(&reader, payload, &message))
	{
		check(reader.error != NULL && reader.offset <= payload.length);
		check(reader.type == (size > 1 ? data[1] : 0));
		return 0;
	}
	check(reader.error == NULL && (size == 1 || message.type == data[1]));
	check(reader.in_stream || message.xid == 0);
	check_message(&reader, payload, &message);

	/* a message that has lost its end is none */
	if (size > 2)
		check(!pgoutput_read(&reader, wf_slice(payload.data, payload.length - 1), &message));
	return 0;
}
