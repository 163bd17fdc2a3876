/*
 * schema_change.c
 *		Records that tell a table's shape: in the topic <topic.prefix>, before the
 *		first event of the table in a session and before the first event of each
 *		other shape.
 *
 *	key		{"databaseName":…}
 *	value	{"source":{…},"ts_ms":…,"databaseName":…,"schemaName":…,"ddl":null,
 *			 "tableChanges":[{"type":"CREATE","id":"\"schema\".\"table\"","table":
 *			 {"defaultCharsetName":null,"primaryKeyColumnNames":[…],"columns":[…],
 *			 "comment":null}}]}
 *
 * (Debezium's EventDispatcher.SchemaChangeEventReceiver and
 * ConnectTableChangeSerializer; what stands in a column is what its PostgreSQL
 * connector has read of it by pgjdbc.)  No statement is known, since the WAL has
 * none, hence ddl is null and a dropped table is not told of.
 *
 * The position must be the same after every restart, and so must those of the
 * events around it, although another session tells the shape elsewhere.  So the
 * record takes none of the transaction's ordinals: its LSN is one less than its
 * event's, where no WAL record can begin or end (they are aligned), and its ordinal the
 * table's OID.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "schema_change.h"

#include "column_rule.h"
#include "event_schema.h"
#include "record.h"
#include "source_block.h"

/* Of java.sql.Types, as pgjdbc's TypeInfoCache has them. */
typedef enum JdbcType
{
	JDBC_BIT = -7,
	JDBC_BIGINT = -5,
	JDBC_BINARY = -2,
	JDBC_CHAR = 1,
	JDBC_NUMERIC = 2,
	JDBC_INTEGER = 4,
	JDBC_SMALLINT = 5,
	JDBC_REAL = 7,
	JDBC_DOUBLE = 8,
	JDBC_VARCHAR = 12,
	JDBC_DATE = 91,
	JDBC_TIME = 92,
	JDBC_TIMESTAMP = 93,
	JDBC_OTHER = 1111,
	JDBC_ARRAY = 2003,
	JDBC_SQLXML = 2009,
	JDBC_REF_CURSOR = 2012
} JdbcType;

#define OID_CHAR 18				/* "char" */
#define OID_XML 142
#define OID_BPCHAR 1042
#define OID_VARBIT 1562
#define OID_REFCURSOR 1790

static JdbcType
jdbc_type(const WfType *type)
{
	switch (type->oid)
	{
		case OID_CHAR:
		case OID_BPCHAR:
			return JDBC_CHAR;
		case OID_VARBIT:
			return JDBC_OTHER;
		case OID_XML:
			return JDBC_SQLXML;
		case OID_REFCURSOR:
			return JDBC_REF_CURSOR;
		default:
			break;
	}
	switch (type->kind)
	{
		case WF_TYPE_BOOL:
		case WF_TYPE_BIT:
			return JDBC_BIT;
		case WF_TYPE_INT2:
			return JDBC_SMALLINT;
		case WF_TYPE_INT4:
			return JDBC_INTEGER;
		case WF_TYPE_INT8:
		case WF_TYPE_OID:
			return JDBC_BIGINT;
		case WF_TYPE_FLOAT4:
			return JDBC_REAL;
		case WF_TYPE_FLOAT8:
		case WF_TYPE_MONEY:
			return JDBC_DOUBLE;
		case WF_TYPE_NUMERIC:
			return JDBC_NUMERIC;
		case WF_TYPE_TEXT:
		case WF_TYPE_ENUM:
			return JDBC_VARCHAR;
		case WF_TYPE_BYTEA:
			return JDBC_BINARY;
		case WF_TYPE_DATE:
			return JDBC_DATE;
		case WF_TYPE_TIME:
		case WF_TYPE_TIMETZ:
			return JDBC_TIME;
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
			return JDBC_TIMESTAMP;
		case WF_TYPE_ARRAY:
			return JDBC_ARRAY;
		default:
			return JDBC_OTHER;
	}
}

/* ---- the table ---- */

static void
write_text(WfBuffer *buffer, WfTextForm *form, WfSlice text)
{
	if (text.length > 0)
		wf_json_string(buffer, form, text.data, text.length);
	else
		wf_json_null(buffer);
}

/* An identifier in double quotes, as part of a JSON string. */
static void
write_quoted(WfBuffer *buffer, WfTextForm *form, WfSlice name)
{
	wf_buffer_append_literal(buffer, "\\\"");
	for (size_t start = 0, i = 0; i <= name.length; i++)
	{
		if (i < name.length && name.data[i] != '"')
			continue;
		wf_json_string_part(buffer, form, name.data + start, i - start);
		if (i < name.length)
			wf_buffer_append_literal(buffer, "\\\"\\\"");
		start = i + 1;
	}
	wf_buffer_append_literal(buffer, "\\\"");
}

/*
 * A default is not told where the row would not show it whole: it may be what
 * most rows hold.
 */
static WfSlice
shown_default(const WfColumn *column)
{
	return column->rule.action == WF_COLUMN_COPY ? column->default_expression : WF_LITERAL("");
}

static bool
is_auto_incremented(const WfColumn *column)
{
	static const char next[] = "nextval(";

	return column->is_identity_column ||
		(column->default_expression.length > strlen(next) &&
		 memcmp(column->default_expression.data, next, strlen(next)) == 0);
}

static void
write_column(WfBuffer *buffer, WfTextForm *form, const WfColumn *column, WfSlice comment,
			 int position)
{
	WfSourceType source;

	wf_column_source_type(column, &source);
	wf_buffer_append_literal(buffer, "{\"name\":");
	wf_json_string(buffer, form, column->name.data, column->name.length);
	wf_buffer_append_literal(buffer, ",\"jdbcType\":");
	wf_json_int64(buffer, jdbc_type(&column->type));
	wf_buffer_append_literal(buffer, ",\"nativeType\":");
	wf_json_int64(buffer, (int32_t) column->type.oid);	/* a Java int */
	wf_buffer_append_literal(buffer, ",\"typeName\":");
	wf_json_string(buffer, form, source.type.data, source.type.length);
	wf_buffer_append_literal(buffer, ",\"typeExpression\":");
	wf_json_string(buffer, form, source.type.data, source.type.length);
	wf_buffer_append_literal(buffer, ",\"charsetName\":null,\"length\":");
	wf_json_int64(buffer, source.length);
	wf_buffer_append_literal(buffer, ",\"scale\":");
	wf_json_int64(buffer, source.scale);
	wf_buffer_append_literal(buffer, ",\"position\":");
	wf_json_int64(buffer, position);
	wf_buffer_append_literal(buffer, ",\"optional\":");
	wf_json_bool(buffer, column->nullable);
	wf_buffer_append_literal(buffer, ",\"autoIncremented\":");
	wf_json_bool(buffer, is_auto_incremented(column));
	wf_buffer_append_literal(buffer, ",\"generated\":");
	wf_json_bool(buffer, column->is_generated);
	wf_buffer_append_literal(buffer, ",\"comment\":");
	write_text(buffer, form, comment);
	wf_buffer_append_literal(buffer, ",\"defaultValueExpression\":");
	write_text(buffer, form, shown_default(column));
	wf_buffer_append_literal(buffer, ",\"enumValues\":null}");
}

void
wf_table_description_write(WfBuffer *buffer, WfTextForm *form, const WfRowPlan *plan)
{
	const WfRelation *relation = plan->relation;
	int			position = 0;

	wf_buffer_append_literal(buffer, "\"id\":\"");
	write_quoted(buffer, form, relation->schema);
	wf_buffer_append_char(buffer, '.');
	write_quoted(buffer, form, relation->name);
	wf_buffer_append_literal(buffer, "\",\"table\":{\"defaultCharsetName\":null,"
							 "\"primaryKeyColumnNames\":[");
	for (int i = 0; i < relation->key_count; i++)
	{
		WfSlice		name = relation->columns[relation->key_columns[i]].name;

		if (i > 0)
			wf_buffer_append_char(buffer, ',');
		wf_json_string(buffer, form, name.data, name.length);
	}
	wf_buffer_append_literal(buffer, "],\"columns\":[");
	for (int i = 0; i < relation->column_count; i++)
	{
		const WfField *field = &plan->columns[i].field.self;

		if (field->omitted)
			continue;
		if (position++ > 0)
			wf_buffer_append_char(buffer, ',');
		write_column(buffer, form, &relation->columns[i], field->doc, position);
	}
	wf_buffer_append_literal(buffer, "],\"comment\":");
	write_text(buffer, form, plan->comment);
	wf_buffer_append_char(buffer, '}');
}

/* ---- the record ---- */

bool
wf_schema_change_init(WfSession *session)
{
	size_t		mark = session->text->length;

	if (!session->options.schema_changes)
		return true;			/* a chain may do what it likes with the name */
	wf_topic_name(session->text, &session->options, WF_LITERAL(""), WF_LITERAL(""));
	return wf_session_topic_init(session, &session->schema_change_topic, mark, WF_CHAIN_OTHERS,
								 wf_schema_change_schemas_write);
}

static void
write_value(WfSession *session, const WfRowPlan *plan, uint64_t lsn)
{
	WfBuffer   *buffer = session->buffer;
	const WfRelation *relation = plan->relation;

	wf_buffer_append_char(buffer, '{');
	wf_source_block_write(session, wf_plan_text(plan, plan->source_table), lsn);
	wf_buffer_append_literal(buffer, ",\"ts_ms\":");
	wf_json_int64(buffer, session->now_ns(session->host) / 1000000);
	wf_buffer_append_literal(buffer, ",\"databaseName\":");
	wf_json_string(buffer, &session->form, session->database.data, session->database.length);
	wf_buffer_append_literal(buffer, ",\"schemaName\":");
	wf_json_string(buffer, &session->form, relation->schema.data, relation->schema.length);
	wf_buffer_append_literal(buffer, ",\"ddl\":null,\"tableChanges\":[{\"type\":\"");
	if (plan->news == WF_NEWS_CHANGED)
		wf_buffer_append_literal(buffer, "ALTER\",");
	else
		wf_buffer_append_literal(buffer, "CREATE\",");
	wf_table_description_write(buffer, &session->form, plan);
	wf_buffer_append_literal(buffer, "}]}");
}

WfWriteResult
wf_schema_change_write(WfSession *session, WfTransaction *transaction, WfRowPlan *plan,
					   uint64_t lsn)
{
	WfBuffer   *text = session->text;
	size_t		text_mark = text->length;
	WfRecord	record = {.has_key = true, .has_value = true};
	WfRecordWriter writer;
	uint64_t	value_bytes = 0;
	WfWriteResult result;

	result = wf_record_describe_topic(session, &session->schema_change_topic);
	if (result != WF_WRITE_OK)
		return result;

	wf_buffer_append_literal(text, "{\"databaseName\":");
	wf_json_string(text, &session->form, session->database.data, session->database.length);
	wf_session_topic_end_key(session, &session->schema_change_topic);
	result = wf_write_result(text);
	if (result == WF_WRITE_OK)
	{
		wf_record_add_context(session, &record);
		wf_record_set_topic(session, &record, &session->schema_change_topic);
		record.key = wf_buffer_since(text, text_mark);
		record.position.commit_lsn = transaction->commit_lsn;
		record.position.lsn = lsn - 1;
		record.position.n = plan->relation->oid;
		wf_record_open(session, transaction, &record, &writer);
		write_value(session, plan, lsn);
		result = wf_record_close(session, transaction, &writer, &value_bytes);
		if (result == WF_WRITE_TOO_LARGE && session->output == WF_OUTPUT_FRAME)
			result = wf_record_write_stub(session, transaction, &record, value_bytes,
										  WF_LITERAL("the description of the table's shape is "
													 "larger than record.max.bytes"));
	}
	wf_buffer_cut(text, text_mark);
	if (result == WF_WRITE_OK)
		plan->news = WF_NEWS_TOLD;
	return result;
}
