/*
 * outbox_plan.c
 *		What the EventRouter makes of one version of a table, decided once.
 *
 * A table that lacks a column, or has one of a type that cannot do what the
 * settings ask of it, is an error here, at the table's first row, as it is with
 * Debezium.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "outbox.h"

#include "connect_schema.h"

/* A plan in the making. */
typedef struct Maker
{
	WfOutboxPlan *plan;
	const WfRowPlan *row_plan;
	const WfOptions *options;
	const WfOutboxSettings *settings;
	WfTextForm	form;
	WfBuffer   *error;
} Maker;

static void
put(WfBuffer *error, const char *text)
{
	wf_buffer_append(error, text, strlen(text));
}

/* `the EventRouter "ALIAS" REASON "COLUMN" of table "SCHEMA.TABLE" REST`; false */
static bool
refuse(const Maker *maker, const char *reason, WfSlice column, const char *rest)
{
	const WfRelation *relation = maker->row_plan->relation;
	WfBuffer   *error = maker->error;

	put(error, "the EventRouter \"");
	wf_buffer_append_slice(error, maker->plan->transform->alias);
	put(error, "\" ");
	put(error, reason);
	put(error, " \"");
	wf_buffer_append_slice(error, column);
	put(error, "\" of table \"");
	wf_buffer_append_slice(error, relation->schema);
	put(error, ".");
	wf_buffer_append_slice(error, relation->name);
	put(error, "\"");
	put(error, rest);
	return false;
}

static int
find_column(const Maker *maker, WfSlice name)
{
	const WfRelation *relation = maker->row_plan->relation;

	for (int i = 0; i < relation->column_count; i++)
		if (relation->columns[i].name.length == name.length &&
			memcmp(relation->columns[i].name.data, name.data, name.length) == 0 &&
			!maker->row_plan->columns[i].field.self.omitted)
			return i;
	return WF_OUTBOX_NONE;
}

static bool
need_column(const Maker *maker, const char *name, int *column)
{
	*column = find_column(maker, wf_slice_of(name));
	return *column != WF_OUTBOX_NONE ||
		refuse(maker, "needs the column", wf_slice_of(name),
			   ", which has none of that name; name another by the EventRouter's settings, or keep "
			   "the table from it by a predicate or table.include.list");
}

/* The same of a column that only some have. */
static bool
find_optional(const Maker *maker, const char *name, int *column)
{
	*column = WF_OUTBOX_NONE;
	return name[0] == '\0' || need_column(maker, name, column);
}

static WfTypeKind
kind_of(const Maker *maker, int column)
{
	return maker->row_plan->relation->columns[column].type.kind;
}

static WfSlice
name_of(const Maker *maker, int column)
{
	return maker->row_plan->relation->columns[column].name;
}

static const WfField *
field_of(const Maker *maker, int column)
{
	return &maker->row_plan->columns[column].field.self;
}

static bool
is_integer(WfTypeKind kind)
{
	return kind == WF_TYPE_INT2 || kind == WF_TYPE_INT4 || kind == WF_TYPE_INT8;
}

static bool
find_columns(const Maker *maker)
{
	const WfOutboxSettings *settings = maker->settings;
	WfOutboxPlan *plan = maker->plan;

	if (!need_column(maker, settings->event_id, &plan->id) ||
		!need_column(maker, settings->event_key, &plan->key) ||
		!need_column(maker, settings->event_payload, &plan->payload) ||
		!need_column(maker, settings->route_by_field, &plan->route) ||
		!find_optional(maker, settings->event_timestamp, &plan->timestamp) ||
		!find_optional(maker, settings->event_version, &plan->version))
		return false;
	if (plan->timestamp != WF_OUTBOX_NONE &&
		kind_of(maker, plan->timestamp) != WF_TYPE_TIMESTAMP &&
		kind_of(maker, plan->timestamp) != WF_TYPE_TIMESTAMPTZ)
		return refuse(maker, "takes the time of records from the column",
					  name_of(maker, plan->timestamp), ", which is no timestamp");
	if (plan->version != WF_OUTBOX_NONE && !is_integer(kind_of(maker, plan->version)))
		return refuse(maker, "takes the version of schemas from the column",
					  name_of(maker, plan->version), ", which is no integer");
	return true;
}

static bool
place_columns(const Maker *maker)
{
	WfOutboxPlan *plan = maker->plan;

	for (int i = 0; i < maker->settings->field_count; i++)
	{
		const WfOutboxField *field = &maker->settings->fields[i];
		WfOutboxExtra *extra = &plan->extras[plan->extra_count];

		extra->column = find_column(maker, field->column);
		extra->placement = field->placement;
		extra->alias = field->alias;
		if (extra->column == WF_OUTBOX_NONE)
		{
			if (maker->settings->ignores_missing)
				continue;
			return refuse(maker, "places the column", field->column, ", which has none of that name; "
						  "with table.field.additional.missing=ignore it is passed over");
		}
		if (extra->placement == WF_OUTBOX_PARTITION && !is_integer(kind_of(maker, extra->column)))
			return refuse(maker, "takes the partition of records from the column", field->column,
						  ", which is no integer");
		plan->extra_count++;
	}
	return true;
}

/* ---- converters ---- */

/* What Java's toString() shows as its name and address, or as Struct{…}. */
static bool
has_no_text(const WfField *field)
{
	switch (field->form)
	{
		case WF_FORM_BYTES:
		case WF_FORM_BITS:
		case WF_FORM_VARIABLE_DECIMAL:
		case WF_FORM_HSTORE_MAP:
		case WF_FORM_POINT:
		case WF_FORM_LINE:
		case WF_FORM_CIRCLE:
		case WF_FORM_GEOMETRY:
		case WF_FORM_GEOGRAPHY:
		case WF_FORM_DOUBLE_VECTOR:
		case WF_FORM_FLOAT_VECTOR:
		case WF_FORM_SPARSE_VECTOR:
		case WF_FORM_ARRAY:
		case WF_FORM_STRUCTURED_DATE:
		case WF_FORM_STRUCTURED_TIME:
		case WF_FORM_STRUCTURED_ZONED_TIME:
		case WF_FORM_STRUCTURED_TIMESTAMP:
		case WF_FORM_STRUCTURED_ZONED_TIMESTAMP:
		case WF_FORM_STRUCTURED_DURATION:
			return true;
		default:
			return false;
	}
}

static bool
choose_form(const Maker *maker, int converter, int column, const char *subject,
			WfRecordForm *form)
{
	const WfField *field = field_of(maker, column);
	bool		is_bytes = field->form == WF_FORM_BYTES;

	*form = WF_RECORD_JSON;
	switch ((WfConverter) converter)
	{
		case WF_CONVERTER_JSON:
			break;
		case WF_CONVERTER_STRING:
			if (has_no_text(field))
				return refuse(maker, subject, name_of(maker, column),
							  ", of which StringConverter would write the name of a Java object; take "
							  "JsonConverter, or ByteArrayConverter for bytea");
			*form = WF_RECORD_TEXT;
			break;
		case WF_CONVERTER_BYTES:
			if (!is_bytes)
				return refuse(maker, subject, name_of(maker, column), ", which is no bytea (or "
							  "binary.handling.mode is not bytes), and ByteArrayConverter takes nothing "
							  "else; take JsonConverter or StringConverter");
			*form = WF_RECORD_BYTES;
			break;
		case WF_CONVERTER_BINARY:
			if (is_bytes)
				*form = WF_RECORD_BYTES;
			break;
	}
	return true;
}

static bool
choose_forms(const Maker *maker)
{
	WfOutboxPlan *plan = maker->plan;
	const WfOptions *options = maker->options;

	if (!choose_form(maker, options->key_converter, plan->key, "makes keys of the column",
					 &plan->key_form))
		return false;
	if (!plan->has_envelope)
		return choose_form(maker, options->value_converter, plan->payload,
						   "makes values of the column", &plan->value_form);
	plan->value_form = WF_RECORD_JSON;
	if (options->value_converter == WF_CONVERTER_STRING ||
		options->value_converter == WF_CONVERTER_BYTES)
		return refuse(maker, "places columns in an envelope around", name_of(maker, plan->payload),
					  ", and an envelope has no form but with JsonConverter");
	return true;
}

/* ---- schemas ---- */

/* field.data NULL: not as a field */
static WfRange
column_schema(Maker *maker, int column, WfSlice field)
{
	WfBuffer   *text = maker->plan->text;
	size_t		mark = text->length;

	wf_connect_schema_write(text, &maker->form, field_of(maker, column), field);
	return wf_range_since(text, mark);
}

/* `<topic>.<routed>.Value`: the row's schema with the routed name before its last part */
static void
prepare_schema_name(Maker *maker, WfSlice topic)
{
	WfOutboxPlan *plan = maker->plan;
	size_t		mark = plan->text->length;

	wf_json_string_part(plan->text, &maker->form, topic.data, topic.length);
	wf_buffer_append_char(plan->text, '.');
	plan->schema_head = wf_range_since(plan->text, mark);
	mark = plan->text->length;
	wf_buffer_append_literal(plan->text, ".Value");
	plan->schema_tail = wf_range_since(plan->text, mark);
}

static void
prepare_envelope(Maker *maker)
{
	WfOutboxPlan *plan = maker->plan;
	size_t		mark;

	for (int i = 0; i < plan->extra_count; i++)
	{
		WfOutboxExtra *extra = &plan->extras[i];

		if (extra->placement != WF_OUTBOX_ENVELOPE)
			continue;
		mark = plan->text->length;
		wf_buffer_append_char(plan->text, ',');
		wf_json_string(plan->text, &maker->form, extra->alias.data, extra->alias.length);
		wf_buffer_append_char(plan->text, ':');
		extra->head = wf_range_since(plan->text, mark);
	}
	if (!maker->options->value_schemas)
		return;
	for (int i = 0; i < plan->extra_count; i++)
		if (plan->extras[i].placement == WF_OUTBOX_ENVELOPE)
			plan->extras[i].schema = column_schema(maker, plan->extras[i].column,
												   plan->extras[i].alias);
}

static void
prepare_schemas(Maker *maker, WfSlice topic)
{
	WfOutboxPlan *plan = maker->plan;
	const WfSlice no_field = wf_slice(NULL, 0);

	if (maker->options->key_schemas && plan->key_form == WF_RECORD_JSON)
		plan->enclosure.key_schema = column_schema(maker, plan->key, no_field);
	if (plan->has_envelope)
		prepare_envelope(maker);
	if (!maker->options->value_schemas || plan->value_form != WF_RECORD_JSON)
		return;
	plan->writes_schema = plan->has_envelope || plan->expands;
	if (!plan->writes_schema)
		plan->enclosure.value_schema = column_schema(maker, plan->payload, no_field);
	else
		plan->payload_schema = column_schema(maker, plan->payload, plan->has_envelope ?
											 WF_LITERAL("payload") : no_field);
	if (plan->has_envelope)
		prepare_schema_name(maker, topic);
}

bool
wf_outbox_plan_build(WfOutboxPlan *plan, const WfRowPlan *row_plan, const WfOptions *options,
					 WfTransforms *transforms, WfBuffer *text, WfBuffer *error)
{
	const WfTransform *transform = row_plan->event_router;
	Maker		maker = {plan, row_plan, options, &transform->as.outbox, {false, 0}, error};

	memset(plan, 0, sizeof(*plan));
	plan->transform = transform;
	plan->transforms = transforms;
	plan->scope = (uint8_t) (transform - transforms->transforms + 1);
	plan->text = text;
	wf_buffer_append_char(text, '\0');	/* so that it has an address */
	plan->has_envelope = maker.settings->has_envelope;
	plan->rules.keep_nulls = maker.settings->null_behavior != 0;
	plan->rules.keep_empty_arrays = maker.settings->empty_array_behavior != 0;
	if (!find_columns(&maker) || !place_columns(&maker) || !choose_forms(&maker))
		return false;
	plan->payload_may_be_blank = wf_connect_is_string(field_of(&maker, plan->payload));
	plan->expands = maker.settings->expand_payload && plan->value_form == WF_RECORD_JSON &&
		plan->payload_may_be_blank;
	prepare_schemas(&maker, wf_plan_text(row_plan, row_plan->topic));
	return text->error == WF_BUFFER_OK;
}

bool
wf_outbox_uses(const WfOutboxPlan *plan, int column)
{
	for (int i = 0; i < plan->extra_count; i++)
		if (plan->extras[i].column == column)
			return true;
	return column == plan->id || column == plan->key || column == plan->payload ||
		column == plan->route || column == plan->timestamp || column == plan->version;
}
