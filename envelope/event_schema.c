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
#include "unwrap_settings.h"

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

/* The one field of a key, and the key's name. */
#define MESSAGE_KEY_FIELD OPTIONAL("string", "prefix")
#define MESSAGE_KEY_NAME "io.debezium.connector.postgresql.MessageKey"

#define MESSAGE_VALUE_NAME "io.debezium.connector.postgresql.MessageValue"

#define MESSAGE_VALUE_HEAD \
	"{\"type\":\"struct\",\"fields\":[" REQUIRED("string", "op") "," OPTIONAL("int64", "ts_ms") \
	"," SOURCE_SCHEMA "," TRANSACTION_BLOCK_SCHEMA ","

/* type: the content's, which follows binary.handling.mode */
#define MESSAGE_VALUE_SCHEMA(type) \
	MESSAGE_VALUE_HEAD "{\"type\":\"struct\",\"fields\":[" OPTIONAL("string", "prefix") "," \
	OPTIONAL(type, "content") "],\"optional\":false," \
	"\"name\":\"io.debezium.connector.postgresql.Message\",\"version\":1,\"field\":\"message\"}]," \
	"\"optional\":false," \
	"\"name\":\"" MESSAGE_VALUE_NAME "\",\"version\":1}"

#define TRANSACTION_KEY_FIELD REQUIRED("string", "id")
#define TRANSACTION_KEY_NAME "io.debezium.connector.common.TransactionMetadataKey"

#define TRANSACTION_VALUE_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[" REQUIRED("string", "status") "," \
	REQUIRED("string", "id") "," OPTIONAL("int64", "event_count") "," \
	"{\"type\":\"array\",\"items\":{\"type\":\"struct\",\"fields\":[" \
	REQUIRED("string", "data_collection") "," REQUIRED("int64", "event_count") "]," \
	"\"optional\":true,\"name\":\"event.collection\",\"version\":1},\"optional\":true," \
	"\"field\":\"data_collections\"}," REQUIRED("int64", "ts_ms") "],\"optional\":false," \
	"\"name\":\"io.debezium.connector.common.TransactionMetadataValue\",\"version\":1}"

#define SCHEMA_CHANGE_KEY_FIELD REQUIRED("string", "databaseName")
#define SCHEMA_CHANGE_KEY_NAME "io.debezium.connector.postgresql.SchemaChangeKey"

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

/* `,"name":"<topic><suffix>"` */
static void
write_name(WfBuffer *text, WfTextForm *form, const WfSchemaName *schema, WfSlice suffix)
{
	WfAdjustedName room;
	char		name[WF_TOPIC_LENGTH_MAX + sizeof(".Envelope")];
	const WfText *topic = &schema->topic;
	WfSlice		adjusted;

	memcpy(name, topic->bytes, topic->length);
	memcpy(name + topic->length, suffix.data, suffix.length);
	adjusted = wf_schema_name_adjust(schema->adjustment,
									 wf_slice(name, topic->length + suffix.length), &room);
	wf_buffer_append_literal(text, ",\"name\":");
	wf_json_string(text, form, adjusted.data, adjusted.length);
}

static void
write_column(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
			 const WfColumn *column, const WfColumnPlan *column_plan)
{
	WfAdjustedName room;

	wf_connect_schema_write(plan->text, form, &column_plan->field.self,
							wf_field_name_adjust(options->field_names, column->name, &room));
}

/* All behind the columns. */
static void
write_key_tail(WfBuffer *text, WfTextForm *form, const WfChainPlan *chain)
{
	wf_chain_key_fields_write(chain, text, form);
	wf_buffer_append_literal(text, "],\"optional\":false");
	write_name(text, form, &chain->key_schema, WF_LITERAL(".Key"));
	wf_buffer_append_char(text, '}');
}

static void
write_key_schema(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
				 const WfChainPlan *chain)
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
	write_key_tail(text, form, chain);
}

/* The schemas of the row's columns, separated by commas. */
static void
write_row_fields(WfRowPlan *plan, const WfOptions *options, WfTextForm *form)
{
	const WfRelation *relation = plan->relation;
	bool		first = true;

	for (int i = 0; i < relation->column_count; i++)
	{
		if (plan->columns[i].field.self.omitted)
			continue;
		if (!first)
			wf_buffer_append_char(plan->text, ',');
		write_column(plan, options, form, &relation->columns[i], &plan->columns[i]);
		first = false;
	}
}

/* Without its closing brace. */
static void
write_row_schema(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
				 const WfChainPlan *chain)
{
	wf_buffer_append_literal(plan->text, "{\"type\":\"struct\",\"fields\":[");
	write_row_fields(plan, options, form);
	wf_buffer_append_literal(plan->text, "],\"optional\":true");
	write_name(plan->text, form, &chain->value_schema, WF_LITERAL(".Value"));
}

static void
write_value_schema(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
				   const WfChainPlan *chain)
{
	WfBuffer   *text = plan->text;
	WfRange		row;

	wf_buffer_append_literal(text, "{\"type\":\"struct\",\"fields\":[");
	row.offset = text->length;
	write_row_schema(plan, options, form, chain);
	row.length = text->length - row.offset;
	wf_buffer_append_literal(text, ",\"field\":\"before\"},");
	wf_buffer_repeat(text, row.offset, row.length);
	wf_buffer_append_literal(text, ",\"field\":\"after\"}" EVENT_TAIL_SCHEMA "],\"optional\":false");
	write_name(text, form, &chain->value_schema, WF_LITERAL(".Envelope"));
	wf_buffer_append_literal(text, ",\"version\":2}");
}

/* A field that ExtractNewRecordState adds, behind a comma unless it is the first. */
static void
write_added_field(WfRowPlan *plan, WfTextForm *form, const WfAddedMember *added, size_t first)
{
	WfBuffer   *text = plan->text;
	bool		is_column = added->member == WF_MEMBER_BEFORE || added->member == WF_MEMBER_AFTER;
	int			column = is_column ? plan->added_columns[added->column] : -1;
	WfField		field;

	if (is_column && column < 0)
		return;
	if (text->length > first)
		wf_buffer_append_char(text, ',');
	if (!is_column)
	{
		wf_event_member_schema_write(text, form, added->member, added->name);
		return;
	}
	field = plan->columns[column].field.self;
	field.optional = true;
	field.default_value = NULL;
	wf_connect_schema_write(text, form, &field, added->name);
}

/* All behind the columns of that schema, whose fields begin at first. */
static void
write_unwrapped_tail(WfRowPlan *plan, WfTextForm *form, const WfChainPlan *chain, size_t first)
{
	const WfUnwrap *unwrap = plan->unwrap->unwrap;
	WfBuffer   *text = plan->text;

	if (wf_unwrap_rewrites(plan->unwrap))
	{
		wf_buffer_append(text, ",", text->length > first ? 1 : 0);
		wf_buffer_append_literal(text, OPTIONAL("string", "__deleted"));
	}
	for (int i = 0; i < unwrap->field_count; i++)
		write_added_field(plan, form, &unwrap->fields[i], first);
	wf_buffer_append_literal(text, "],\"optional\":false");
	write_name(text, form, &chain->value_schema, WF_LITERAL(".Value"));
	wf_buffer_append_char(text, '}');
}

/* The schema of the row that ExtractNewRecordState leaves. */
static void
write_unwrapped_schema(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
					   const WfChainPlan *chain)
{
	WfBuffer   *text = plan->text;
	size_t		first;

	wf_buffer_append_literal(text, "{\"type\":\"struct\",\"fields\":[");
	first = text->length;
	write_row_fields(plan, options, form);
	write_unwrapped_tail(plan, form, chain, first);
}

/* One column's, as a part. */
static void
write_part(WfRowPlan *plan, const WfOptions *options, WfTextForm *form, int column,
		   WfColumnPlan *column_plan)
{
	size_t		mark = plan->text->length;

	write_column(plan, options, form, &plan->relation->columns[column], column_plan);
	column_plan->schema = wf_range_since(plan->text, mark);
}

void
wf_row_schema_parts_write(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
						  const WfChainPlan *chain)
{
	const WfRelation *relation = plan->relation;
	size_t		mark;

	for (int i = 0; i < relation->column_count && options->value_schemas; i++)
		if (!plan->columns[i].field.self.omitted)
			write_part(plan, options, form, i, &plan->columns[i]);
	for (int i = 0; i < relation->key_count && options->key_schemas; i++)
		write_part(plan, options, form, relation->key_columns[i], &plan->key[i]);
	mark = plan->text->length;
	if (options->value_schemas)
		write_unwrapped_tail(plan, form, chain, 0);
	plan->value_schema_tail = wf_range_since(plan->text, mark);
}

void
wf_key_schema_parts_write(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
						  const WfChainPlan *chain)
{
	size_t		mark;

	if (!options->key_schemas)
		return;
	for (int i = 0; plan->substitute != NULL && i < plan->relation->column_count; i++)
		if (plan->substitute[i].head.length > 0)
			write_part(plan, options, form, i, &plan->substitute[i]);
	mark = plan->text->length;
	write_key_tail(plan->text, form, chain);
	plan->key_schema_tail = wf_range_since(plan->text, mark);
}

/* columns: of the plan, those of the value or of the key; those whose mark is wanted. */
static void
write_partial_schema(WfBuffer *buffer, const WfRowPlan *plan, const WfColumnPlan *columns,
					 int count, const bool *marks, bool wanted, WfRange tail_range)
{
	WfSlice		tail = wf_plan_text(plan, tail_range);
	bool		first = true;

	wf_buffer_append_literal(buffer, "{\"type\":\"struct\",\"fields\":[");
	for (int i = 0; i < count; i++)
	{
		if (marks[i] != wanted || columns[i].schema.length == 0)
			continue;
		wf_buffer_append(buffer, ",", first ? 0 : 1);
		wf_buffer_append_slice(buffer, wf_plan_text(plan, columns[i].schema));
		first = false;
	}
	if (first && tail.data[0] == ',')
		tail = wf_slice(tail.data + 1, tail.length - 1);
	wf_buffer_append_slice(buffer, tail);
}

void
wf_partial_value_schema_write(WfBuffer *buffer, const WfRowPlan *plan, const bool *left_out)
{
	write_partial_schema(buffer, plan, plan->columns, plan->relation->column_count, left_out,
						 false, plan->value_schema_tail);
}

void
wf_partial_key_schema_write(WfBuffer *buffer, const WfRowPlan *plan, const bool *left_out)
{
	write_partial_schema(buffer, plan, plan->key, plan->relation->key_count, left_out,
						 false, plan->key_schema_tail);
}

void
wf_substitute_schema_write(WfBuffer *buffer, const WfRowPlan *plan, const bool *identity)
{
	write_partial_schema(buffer, plan, plan->substitute, plan->relation->column_count, identity,
						 true, plan->key_schema_tail);
}

void
wf_row_schemas_write(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
					 const WfChainPlan *chain)
{
	WfBuffer   *text = plan->text;
	size_t		mark = text->length;

	if (options->key_schemas && plan->relation->key_count > 0)
		write_key_schema(plan, options, form, chain);
	plan->enclosure.key_schema = wf_range_since(text, mark);

	mark = text->length;
	if (options->value_schemas && plan->unwrap != NULL)
		write_unwrapped_schema(plan, options, form, chain);
	else if (options->value_schemas)
		write_value_schema(plan, options, form, chain);
	plan->enclosure.value_schema = wf_range_since(text, mark);

	mark = text->length;
	if (options->value_schemas && plan->unwrap != NULL &&
		plan->unwrap->as.unwrap.delete_handling == WF_DELETES_TOMBSTONE)
	{
		write_row_schema(plan, options, form, chain);
		wf_buffer_append_char(text, '}');
		plan->null_enclosure.key_schema = plan->enclosure.key_schema;
	}
	plan->null_enclosure.value_schema = wf_range_since(text, mark);
	if (plan->substitute != NULL)
	{
		plan->substitute_enclosure.value_schema = plan->enclosure.value_schema;
		plan->substitute_null_enclosure.value_schema = plan->null_enclosure.value_schema;
	}
}

/* Two schemas that are the same for all records of a topic. */
static void
write_constant(WfBuffer *text, const WfOptions *options, WfTextForm *form,
			   const WfChainPlan *chain, WfEnclosureRanges *enclosure, WfSlice key_field,
			   WfSlice key_name, WfSlice value)
{
	size_t		mark = text->length;

	if (options->key_schemas)
	{
		wf_buffer_append_literal(text, "{\"type\":\"struct\",\"fields\":[");
		wf_buffer_append_slice(text, key_field);
		wf_chain_key_fields_write(chain, text, form);
		wf_buffer_append_literal(text, "],\"optional\":false");
		if (chain->key_schema.renamed)
			write_name(text, form, &chain->key_schema, WF_LITERAL(".Key"));
		else
		{
			wf_buffer_append_literal(text, ",\"name\":\"");
			wf_buffer_append_slice(text, key_name);
			wf_buffer_append_char(text, '"');
		}
		wf_buffer_append_literal(text, ",\"version\":1}");
	}
	enclosure->key_schema = wf_range_since(text, mark);

	mark = text->length;
	if (options->value_schemas)
		wf_buffer_append_slice(text, value);
	enclosure->value_schema = wf_range_since(text, mark);
	enclosure->id = 0;
}

void
wf_message_schemas_write(WfBuffer *text, const WfOptions *options, WfTextForm *form,
						 const WfChainPlan *chain, WfEnclosureRanges *enclosure)
{
	write_constant(text, options, form, chain, enclosure, WF_LITERAL(MESSAGE_KEY_FIELD),
				   WF_LITERAL(MESSAGE_KEY_NAME), options->binary_mode == WF_BINARY_BYTES ?
				   WF_LITERAL(MESSAGE_VALUE_SCHEMA("bytes")) :
				   WF_LITERAL(MESSAGE_VALUE_SCHEMA("string")));
}

void
wf_decoded_schema_open(WfBuffer *buffer)
{
	wf_buffer_append_literal(buffer, MESSAGE_VALUE_HEAD);
}

void
wf_decoded_schema_close(WfBuffer *buffer)
{
	wf_buffer_append_literal(buffer, "],\"optional\":false,\"name\":\"" MESSAGE_VALUE_NAME
							 ".Envelope\"}");
}

void
wf_transaction_schemas_write(WfBuffer *text, const WfOptions *options, WfTextForm *form,
							 const WfChainPlan *chain, WfEnclosureRanges *enclosure)
{
	write_constant(text, options, form, chain, enclosure, WF_LITERAL(TRANSACTION_KEY_FIELD),
				   WF_LITERAL(TRANSACTION_KEY_NAME), WF_LITERAL(TRANSACTION_VALUE_SCHEMA));
}

void
wf_schema_change_schemas_write(WfBuffer *text, const WfOptions *options, WfTextForm *form,
							   const WfChainPlan *chain, WfEnclosureRanges *enclosure)
{
	write_constant(text, options, form, chain, enclosure, WF_LITERAL(SCHEMA_CHANGE_KEY_FIELD),
				   WF_LITERAL(SCHEMA_CHANGE_KEY_NAME), WF_LITERAL(SCHEMA_CHANGE_VALUE_SCHEMA));
}
