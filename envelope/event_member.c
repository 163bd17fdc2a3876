/*
 * event_member.c
 *		One member of an event by itself: which there are, and their schemas.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "event_member.h"

/* As Debezium's SourceInfo declares it; a copied schema loses its default. */
#define SNAPSHOT_TYPE \
	"\"string\",\"optional\":true,\"name\":\"io.debezium.data.Enum\",\"version\":1," \
	"\"parameters\":{\"allowed\":\"true,first,first_in_data_collection," \
	"last_in_data_collection,last,false,incremental\"}"

#define STRING "\"string\",\"optional\":true"
#define INT64 "\"int64\",\"optional\":true"

static const struct
{
	const char *structure;
	const char *field;
	const char *type;			/* from the type's word to before the name */
}			members[] = {
	[WF_MEMBER_OP] = {"", "op", STRING},
	[WF_MEMBER_TS_MS] = {"", "ts_ms", INT64},
	[WF_MEMBER_TS_US] = {"", "ts_us", INT64},
	[WF_MEMBER_TS_NS] = {"", "ts_ns", INT64},
	[WF_MEMBER_SOURCE_VERSION] = {"source", "version", STRING},
	[WF_MEMBER_SOURCE_CONNECTOR] = {"source", "connector", STRING},
	[WF_MEMBER_SOURCE_NAME] = {"source", "name", STRING},
	[WF_MEMBER_SOURCE_TS_MS] = {"source", "ts_ms", INT64},
	[WF_MEMBER_SOURCE_SNAPSHOT] = {"source", "snapshot", SNAPSHOT_TYPE},
	[WF_MEMBER_SOURCE_DB] = {"source", "db", STRING},
	[WF_MEMBER_SOURCE_SEQUENCE] = {"source", "sequence", STRING},
	[WF_MEMBER_SOURCE_TS_US] = {"source", "ts_us", INT64},
	[WF_MEMBER_SOURCE_TS_NS] = {"source", "ts_ns", INT64},
	[WF_MEMBER_SOURCE_SCHEMA] = {"source", "schema", STRING},
	[WF_MEMBER_SOURCE_TABLE] = {"source", "table", STRING},
	[WF_MEMBER_SOURCE_TXID] = {"source", "txId", INT64},
	[WF_MEMBER_SOURCE_LSN] = {"source", "lsn", INT64},
	[WF_MEMBER_SOURCE_XMIN] = {"source", "xmin", INT64},
	[WF_MEMBER_SOURCE_ORIGIN] = {"source", "origin", STRING},
	[WF_MEMBER_SOURCE_ORIGIN_LSN] = {"source", "origin_lsn", INT64},
	[WF_MEMBER_TRANSACTION_ID] = {"transaction", "id", STRING},
	[WF_MEMBER_TRANSACTION_TOTAL_ORDER] = {"transaction", "total_order", INT64},
	[WF_MEMBER_TRANSACTION_COLLECTION_ORDER] = {"transaction", "data_collection_order", INT64},
};

#define MEMBER_COUNT ((int) (sizeof(members) / sizeof(members[0])))

static bool
is(WfSlice slice, const char *text)
{
	return slice.length == strlen(text) && memcmp(slice.data, text, slice.length) == 0;
}

static bool
is_structure(WfSlice name)
{
	return is(name, "source") || is(name, "transaction") || is(name, "before") || is(name, "after");
}

static WfEventMember
find(WfSlice structure, WfSlice field)
{
	for (int i = 0; i < MEMBER_COUNT; i++)
		if (is(structure, members[i].structure) && is(field, members[i].field))
			return (WfEventMember) i;
	return WF_MEMBER_NONE;
}

WfSlice
wf_event_member_structure(WfSlice field)
{
	if (find(WF_LITERAL("transaction"), field) != WF_MEMBER_NONE)
		return WF_LITERAL("transaction");
	if (find(WF_LITERAL(""), field) != WF_MEMBER_NONE)
		return WF_LITERAL("");
	return WF_LITERAL("source");
}

/*
 * A field that the struct does not have is looked for in the envelope: source.op
 * is op.  Of transaction and the rows, which may be null, that is refused.
 */
WfEventMember
wf_event_member_find(WfSlice structure, WfSlice field, WfSlice *column, const char **reason)
{
	WfEventMember member = find(structure, field);

	*reason = NULL;
	*column = WF_LITERAL("");
	if (member != WF_MEMBER_NONE)
		return member;
	if (is(structure, "before") || is(structure, "after"))
	{
		*column = field;
		return is(structure, "before") ? WF_MEMBER_BEFORE : WF_MEMBER_AFTER;
	}
	if (!is(structure, "source") && !is(structure, "transaction"))
		*reason = "refers to a member of something that is neither source nor transaction, before "
			"or after: ";
	else if (is_structure(field))
		*reason = "refers to a whole structure, which cannot be added: ";
	else if (find(WF_LITERAL(""), field) != WF_MEMBER_NONE)
	{
		if (is(structure, "source"))
			return find(WF_LITERAL(""), field);
		*reason = "refers to a member of the event that transaction does not have: ";
	}
	return WF_MEMBER_NONE;
}

void
wf_event_member_schema_write(WfBuffer *buffer, WfTextForm *form, WfEventMember member,
							 WfSlice name)
{
	const char *type = members[member].type;

	wf_buffer_append_literal(buffer, "{\"type\":");
	wf_buffer_append(buffer, type, strlen(type));
	wf_buffer_append_literal(buffer, ",\"field\":");
	wf_json_string(buffer, form, name.data, name.length);
	wf_buffer_append_char(buffer, '}');
}
