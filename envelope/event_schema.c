/*
 * event_schema.c
 *		The schemas of whole keys and values.
 *
 *	key		{"type":"struct","fields":[<column>,…],"optional":false,
 *			 "name":"<topic>.Key"}
 *	value	{"type":"struct","fields":[<row "before">,<row "after">,<source>,
 *			 <transaction>,op,ts_ms,ts_us,ts_ns],"optional":false,
 *			 "name":"<topic>.Envelope","version":2}
 *	row		{"type":"struct","fields":[<column>,…],"optional":true,
 *			 "name":"<topic>.Value","field":"before"}
 *
 * and those of logical messages and transaction metadata, as recorded from
 * Debezium 3.7 (Envelope, PostgresSourceInfoStructMaker, TransactionStructMaker,
 * LogicalDecodingMessageMonitor), and of schema changes (SchemaFactory), which it
 * has for other databases.  The topic in a name is the sanitised one,
 * adjusted by schema.name.adjustment.mode; the other names are valid in every
 * mode.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "event_schema.h"

#include "connect_schema.h"
#include "name_adjust.h"

/* A member of a struct, without and with a field name. */
#define FIELD(type, optional, name) \
	"{\"type\":\"" type "\",\"optional\":" optional ",\"field\":\"" name "\"}"
#define REQUIRED(type, name) FIELD(type, "false", name)
#define OPTIONAL(type, name) FIELD(type, "true", name)

#define SOURCE_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" \
	REQUIRED("string", "version") "," REQUIRED("string", "connector") "," \
	REQUIRED("string", "name") "," REQUIRED("int64", "ts_ms") "," \
	"{\"type\":\"string\",\"optional\":true,\"name\":\"io.debezium.data.Enum\",\"version\":1," \
	"\"parameters\":{\"allowed\":\"true,first,first_in_data_collection," \
	"last_in_data_collection,last,false,incremental\"},\"default\":\"false\"," \
	"\"field\":\"snapshot\"}," \
	REQUIRED("string", "db") "," OPTIONAL("string", "sequence") "," \
	OPTIONAL("int64", "ts_us") "," OPTIONAL("int64", "ts_ns") "," \
	REQUIRED("string", "schema") "," REQUIRED("string", "table") "," \
	OPTIONAL("int64", "txId") "," OPTIONAL("int64", "lsn") "," OPTIONAL("int64", "xmin") "," \
	OPTIONAL("string", "origin") "," OPTIONAL("int64", "origin_lsn") "]," \
	"\"optional\":false,\"name\":\"io.debezium.connector.postgresql.Source\",\"version\":1," \
	"\"field\":\"source\"}"

#define TRANSACTION_BLOCK_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" REQUIRED("string", "id") "," \
	REQUIRED("int64", "total_order") "," REQUIRED("int64", "data_collection_order") "]," \
	"\"optional\":true,\"name\":\"event.block\",\"version\":1,\"field\":\"transaction\"}"

#define EVENT_TAIL_SCHEMA \
	"," SOURCE_SCHEMA "," TRANSACTION_BLOCK_SCHEMA "," REQUIRED("string", "op") "," \
	OPTIONAL("int64", "ts_ms") "," OPTIONAL("int64", "ts_us") "," OPTIONAL("int64", "ts_ns")

#define MESSAGE_KEY_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" OPTIONAL("string", "prefix") "],\"optional\":false," \
	"\"name\":\"io.debezium.connector.postgresql.MessageKey\",\"version\":1}"

/* type: the content's, which follows binary.handling.mode */
#define MESSAGE_VALUE_SCHEMA(type) \
	"{\"type\":\"struct\",\"fields\":[" REQUIRED("string", "op") "," OPTIONAL("int64", "ts_ms") \
	"," SOURCE_SCHEMA "," TRANSACTION_BLOCK_SCHEMA "," \
	"{\"type\":\"struct\",\"fields\":[" OPTIONAL("string", "prefix") "," \
	OPTIONAL(type, "content") "],\"optional\":false," \
	"\"name\":\"io.debezium.connector.postgresql.Message\",\"version\":1,\"field\":\"message\"}]," \
	"\"optional\":false," \
	"\"name\":\"io.debezium.connector.postgresql.MessageValue\",\"version\":1}"

#define TRANSACTION_KEY_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" REQUIRED("string", "id") "],\"optional\":false," \
	"\"name\":\"io.debezium.connector.common.TransactionMetadataKey\",\"version\":1}"

#define TRANSACTION_VALUE_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" REQUIRED("string", "status") "," \
	REQUIRED("string", "id") "," OPTIONAL("int64", "event_count") "," \
	"{\"type\":\"array\",\"items\":{\"type\":\"struct\",\"fields\":[" \
	REQUIRED("string", "data_collection") "," REQUIRED("int64", "event_count") "]," \
	"\"optional\":true,\"name\":\"event.collection\",\"version\":1},\"optional\":true," \
	"\"field\":\"data_collections\"}," REQUIRED("int64", "ts_ms") "],\"optional\":false," \
	"\"name\":\"io.debezium.connector.common.TransactionMetadataValue\",\"version\":1}"

#define SCHEMA_CHANGE_KEY_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" REQUIRED("string", "databaseName") "]," \
	"\"optional\":false,\"name\":\"io.debezium.connector.postgresql.SchemaChangeKey\"," \
	"\"version\":1}"

#define STRINGS_SCHEMA(name) \
	"{\"type\":\"array\",\"items\":{\"type\":\"string\",\"optional\":false}," \
	"\"optional\":true,\"field\":\"" name "\"}"

#define CHANGED_COLUMN_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" REQUIRED("string", "name") "," \
	REQUIRED("int32", "jdbcType") "," OPTIONAL("int32", "nativeType") "," \
	REQUIRED("string", "typeName") "," OPTIONAL("string", "typeExpression") "," \
	OPTIONAL("string", "charsetName") "," OPTIONAL("int32", "length") "," \
	OPTIONAL("int32", "scale") "," REQUIRED("int32", "position") "," \
	OPTIONAL("boolean", "optional") "," OPTIONAL("boolean", "autoIncremented") "," \
	OPTIONAL("boolean", "generated") "," OPTIONAL("string", "comment") "," \
	OPTIONAL("string", "defaultValueExpression") "," STRINGS_SCHEMA("enumValues") "]," \
	"\"optional\":false,\"name\":\"io.debezium.connector.schema.Column\",\"version\":1}"

#define CHANGED_TABLE_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" OPTIONAL("string", "defaultCharsetName") "," \
	STRINGS_SCHEMA("primaryKeyColumnNames") ",{\"type\":\"array\",\"items\":" \
	CHANGED_COLUMN_SCHEMA ",\"optional\":false,\"field\":\"columns\"}," \
	OPTIONAL("string", "comment") "],\"optional\":true," \
	"\"name\":\"io.debezium.connector.schema.Table\",\"version\":1,\"field\":\"table\"}"

#define SCHEMA_CHANGE_VALUE_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" SOURCE_SCHEMA "," REQUIRED("int64", "ts_ms") "," \
	OPTIONAL("string", "databaseName") "," OPTIONAL("string", "schemaName") "," \
	OPTIONAL("string", "ddl") ",{\"type\":\"array\",\"items\":{\"type\":\"struct\"," \
	"\"fields\":[" REQUIRED("string", "type") "," REQUIRED("string", "id") "," \
	CHANGED_TABLE_SCHEMA "],\"optional\":false," \
	"\"name\":\"io.debezium.connector.schema.Change\",\"version\":1},\"optional\":false," \
	"\"field\":\"tableChanges\"}],\"optional\":false," \
	"\"name\":\"io.debezium.connector.postgresql.SchemaChangeValue\",\"version\":1}"

static WfRange
range_since(const WfBuffer *buffer, size_t mark)
{
	WfRange		range = {mark, buffer->length - mark};

	return range;
}

/* `,"name":"<topic><suffix>"` */
static void
write_name(WfRowPlan *plan, const WfOptions *options, WfTextForm *form, WfSlice suffix)
{
	WfAdjustedName room;
	char		name[WF_TOPIC_LENGTH_MAX + sizeof(".Envelope")];
	WfSlice		topic = wf_plan_text(plan, plan->topic);
	WfSlice		adjusted;

	/* a topic's name is never longer, but for one that failed to be written */
	if (plan->text->error != WF_BUFFER_OK)
		return;
	memcpy(name, topic.data, topic.length);
	memcpy(name + topic.length, suffix.data, suffix.length);
	adjusted = wf_schema_name_adjust(options->schema_names,
									 wf_slice(name, topic.length + suffix.length), &room);
	wf_buffer_append_literal(plan->text, ",\"name\":");
	wf_json_string(plan->text, form, adjusted.data, adjusted.length);
}

static void
write_column(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
			 const WfColumn *column, const WfColumnPlan *column_plan)
{
	WfAdjustedName room;

	wf_connect_schema_write(plan->text, form, &column_plan->field.self,
							wf_field_name_adjust(options->field_names, column->name, &room));
}

static void
write_key_schema(WfRowPlan *plan, const WfOptions *options, WfTextForm *form)
{
	const WfRelation *relation = plan->relation;
	WfBuffer   *text = plan->text;

	wf_buffer_append_literal(text, "{\"type\":\"struct\",\"fields\":[");
	for (int i = 0; i < relation->key_count; i++)
	{
		if (i > 0)
			wf_buffer_append_char(text, ',');
		write_column(plan, options, form, &relation->columns[relation->key_columns[i]],
					 &plan->key[i]);
	}
	wf_buffer_append_literal(text, "],\"optional\":false");
	write_name(plan, options, form, WF_LITERAL(".Key"));
	wf_buffer_append_char(text, '}');
}

static void
write_row_schema(WfRowPlan *plan, const WfOptions *options, WfTextForm *form)
{
	const WfRelation *relation = plan->relation;
	WfBuffer   *text = plan->text;
	bool		first = true;

	wf_buffer_append_literal(text, "{\"type\":\"struct\",\"fields\":[");
	for (int i = 0; i < relation->column_count; i++)
	{
		if (plan->columns[i].field.self.omitted)
			continue;
		if (!first)
			wf_buffer_append_char(text, ',');
		write_column(plan, options, form, &relation->columns[i], &plan->columns[i]);
		first = false;
	}
	wf_buffer_append_literal(text, "],\"optional\":true");
	write_name(plan, options, form, WF_LITERAL(".Value"));
}

static void
write_value_schema(WfRowPlan *plan, const WfOptions *options, WfTextForm *form)
{
	WfBuffer   *text = plan->text;
	WfRange		row;

	wf_buffer_append_literal(text, "{\"type\":\"struct\",\"fields\":[");
	row.offset = text->length;
	write_row_schema(plan, options, form);
	row.length = text->length - row.offset;
	wf_buffer_append_literal(text, ",\"field\":\"before\"},");
	wf_buffer_repeat(text, row.offset, row.length);
	wf_buffer_append_literal(text, ",\"field\":\"after\"}" EVENT_TAIL_SCHEMA "],\"optional\":false");
	write_name(plan, options, form, WF_LITERAL(".Envelope"));
	wf_buffer_append_literal(text, ",\"version\":2}");
}

void
wf_row_schemas_write(WfRowPlan *plan, const WfOptions *options, WfTextForm *form)
{
	size_t		mark = plan->text->length;

	if (options->key_schemas && plan->relation->key_count > 0)
		write_key_schema(plan, options, form);
	plan->enclosure.key_schema = range_since(plan->text, mark);

	mark = plan->text->length;
	if (options->value_schemas)
		write_value_schema(plan, options, form);
	plan->enclosure.value_schema = range_since(plan->text, mark);
}

/* Two schemas that are the same for all records of a topic. */
static void
write_constant(WfBuffer *text, const WfOptions *options, WfEnclosureRanges *enclosure, WfSlice key,
			   WfSlice value)
{
	size_t		mark = text->length;

	if (options->key_schemas)
		wf_buffer_append_slice(text, key);
	enclosure->key_schema = range_since(text, mark);

	mark = text->length;
	if (options->value_schemas)
		wf_buffer_append_slice(text, value);
	enclosure->value_schema = range_since(text, mark);
	enclosure->id = 0;
}

void
wf_message_schemas_write(WfBuffer *text, const WfOptions *options, WfEnclosureRanges *enclosure)
{
	write_constant(text, options, enclosure, WF_LITERAL(MESSAGE_KEY_SCHEMA),
				   options->binary_mode == WF_BINARY_BYTES ?
				   WF_LITERAL(MESSAGE_VALUE_SCHEMA("bytes")) :
				   WF_LITERAL(MESSAGE_VALUE_SCHEMA("string")));
}

void
wf_transaction_schemas_write(WfBuffer *text, const WfOptions *options,
							 WfEnclosureRanges *enclosure)
{
	write_constant(text, options, enclosure, WF_LITERAL(TRANSACTION_KEY_SCHEMA),
				   WF_LITERAL(TRANSACTION_VALUE_SCHEMA));
}

void
wf_schema_change_schemas_write(WfBuffer *text, const WfOptions *options,
							   WfEnclosureRanges *enclosure)
{
	write_constant(text, options, enclosure, WF_LITERAL(SCHEMA_CHANGE_KEY_SCHEMA),
				   WF_LITERAL(SCHEMA_CHANGE_VALUE_SCHEMA));
}
