/*
 * column_rule.c
 *		What filters and masks do to a column of a plan.
 *
 * Debezium masks what its converters have made of a value, the text that stands
 * for an absent value included (ColumnMappers); so a column that may not be null
 * shows the hash of "" where a key-only image lacks it.  The placeholder of an
 * unavailable value is the exception: nobody could tell its hash, or its first
 * letters, from a value's.  compat=debezium has it so nevertheless.
 *
 * Keys are not touched, as with Debezium: a key that is masked is none.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "column_rule.h"

#include "connect_schema.h"
#include "json_reader.h"

#define OID_CHAR 18				/* "char" */
#define OID_INT8 20
#define OID_INT2 21
#define OID_INT2VECTOR 22
#define OID_INT4 23
#define OID_OID 26
#define OID_OIDVECTOR 30
#define OID_FLOAT4 700
#define OID_FLOAT8 701
#define OID_BOOL 16
#define OID_BPCHAR 1042
#define OID_VARCHAR 1043
#define OID_DATE 1082
#define OID_TIME 1083
#define OID_TIMESTAMP 1114
#define OID_TIMESTAMPTZ 1184
#define OID_INTERVAL 1186
#define OID_TIMETZ 1266
#define OID_BIT 1560
#define OID_VARBIT 1562
#define OID_NUMERIC 1700

#define HEADER_BYTES 4			/* VARHDRSZ, which these typmods include */
#define LENGTH_UNKNOWN INT32_MAX	/* what pgjdbc says of text and others */
#define NUMERIC_LENGTH_UNKNOWN 131089

#define SHOWN_HASH_BYTES 256	/* more than a hash in hex takes, with its quotes */

/* n of char(n) and varchar(n), 1 of "char", else 0. */
static int32_t
character_length(const WfType *type)
{
	if (type->oid == OID_CHAR)
		return 1;
	if ((type->oid == OID_BPCHAR || type->oid == OID_VARCHAR) && type->typmod > HEADER_BYTES)
		return type->typmod - HEADER_BYTES;
	return 0;
}

/* ---- the source's type ---- */

/* Fraction digits and the point before them; pgjdbc counts 0 digits as none. */
static int32_t
fraction_length(int32_t typmod)
{
	return typmod == 0 ? 0 : typmod == 1 ? 3 : typmod < 0 || typmod > 6 ? 7 : typmod + 1;
}

/*
 * Length and scale as pgjdbc tells them (TypeInfoCache.getPrecision, getScale
 * and getDisplaySize), since Debezium has them from there.
 */
static void
source_length(const WfType *type, WfSourceType *source)
{
	uint32_t	oid = type->element_oid != 0 ? type->element_oid : type->oid;
	int32_t		typmod = type->typmod;
	int			precision;
	int			scale;

	source->length = LENGTH_UNKNOWN;
	source->scale = 0;
	if (type->kind == WF_TYPE_VECTOR || type->kind == WF_TYPE_HALFVEC ||
		type->kind == WF_TYPE_SPARSEVEC)
	{
		source->length = typmod;	/* the dimensions (ColumnMetaData) */
		return;
	}
	if (type->oid == OID_INT2VECTOR || type->oid == OID_OIDVECTOR)
		return;
	switch (oid)
	{
		case OID_BOOL:
		case OID_CHAR:
			source->length = 1;
			break;
		case OID_INT2:
			source->length = 5;
			break;
		case OID_INT4:
		case OID_OID:
			source->length = 10;
			break;
		case OID_INT8:
			source->length = 19;
			break;
		case OID_FLOAT4:
			source->length = source->scale = 8;
			break;
		case OID_FLOAT8:
			source->length = source->scale = 17;
			break;
		case OID_NUMERIC:
			source->length = NUMERIC_LENGTH_UNKNOWN;
			if (wf_numeric_typmod(typmod, &precision, &scale))
			{
				source->length = precision;
				source->scale = scale;
			}
			break;
		case OID_BPCHAR:
		case OID_VARCHAR:
			if (typmod > HEADER_BYTES)
				source->length = typmod - HEADER_BYTES;
			break;
		case OID_BIT:
		case OID_VARBIT:
			if (typmod > 0)
				source->length = typmod;
			break;
		case OID_DATE:
			source->length = 13;
			break;
		case OID_TIME:
			source->length = 8 + fraction_length(typmod);
			source->scale = wf_time_precision(typmod);
			break;
		case OID_TIMETZ:
			source->length = 14 + fraction_length(typmod);
			source->scale = wf_time_precision(typmod);
			break;
		case OID_TIMESTAMP:
			source->length = 22 + fraction_length(typmod);
			source->scale = wf_time_precision(typmod);
			break;
		case OID_TIMESTAMPTZ:
			source->length = 28 + fraction_length(typmod);
			source->scale = wf_time_precision(typmod);
			break;
		case OID_INTERVAL:
			source->length = 49;
			source->scale = typmod < 0 || (typmod & 0xFFFF) > 6 ? 6 : typmod & 0xFFFF;
			break;
		default:
			break;
	}
}

/* What pgjdbc calls an integer column whose default takes from a sequence. */
static WfSlice
serial_name(const WfColumn *column)
{
	static const char next[] = "nextval(";

	if (column->default_expression.length < strlen(next) ||
		memcmp(column->default_expression.data, next, strlen(next)) != 0)
		return column->catalogue_type;
	switch (column->type.oid)
	{
		case OID_INT2:
			return WF_LITERAL("smallserial");
		case OID_INT4:
			return WF_LITERAL("serial");
		case OID_INT8:
			return WF_LITERAL("bigserial");
		default:
			return column->catalogue_type;
	}
}

void
wf_column_source_type(const WfColumn *column, WfSourceType *source)
{
	source->type = serial_name(column);
	source->column = column->name;
	source_length(&column->type, source);
}

/* ---- into the plan ---- */

WfRuleColumn
wf_rule_column(const WfColumn *column)
{
	const WfType *type = &column->type;
	WfRuleColumn result = {
		.name = column->name,
		.type_name = serial_name(column),
		.is_character = type->kind == WF_TYPE_TEXT || type->kind == WF_TYPE_ENUM,
		.is_bytes = type->kind == WF_TYPE_BYTEA,
		.length = character_length(type)
	};
	WfSourceType source;

	source_length(type, &source);
	result.source_length = source.length;

	return result;
}

bool
wf_relation_apply_rules(WfRules *rules, WfSlice database, WfRelation *relation, WfColumn *columns,
						WfBuffer *error)
{
	WfRuleTable table = {database, relation->schema, relation->name, NULL};
	WfSlice		names[WF_COLUMNS_MAX];
	int			count;
	int			key[WF_KEY_COLUMNS_MAX];

	for (int i = 0; i < relation->column_count && i < WF_COLUMNS_MAX; i++)
	{
		WfRuleColumn column = wf_rule_column(&columns[i]);

		names[i] = column.name;
		if (!wf_rules_column(rules, &table, &column, &columns[i].rule, error))
			return false;
	}
	if (!wf_rules_key(rules, &table, names, relation->column_count, key, WF_KEY_COLUMNS_MAX, &count,
					  error))
		return false;
	if (count > 0)
	{
		memcpy(relation->key_columns, key, sizeof(int) * count);
		relation->key_count = count;
	}
	return true;
}

bool
wf_relation_missing_key(WfRules *rules, WfSlice database, const WfRelation *relation,
						WfBuffer *names, WfBuffer *error)
{
	WfRuleTable table = {database, relation->schema, relation->name, NULL};
	WfSlice		columns[WF_COLUMNS_MAX];

	for (int i = 0; i < relation->column_count && i < WF_COLUMNS_MAX; i++)
		columns[i] = relation->columns[i].name;
	return wf_rules_key_missing(rules, &table, columns, relation->column_count, names, error);
}

void
wf_column_plan_apply_rule(WfColumnPlan *plan, const WfColumn *column)
{
	WfField    *field = &plan->field.self;

	plan->rule = column->rule;
	if (column->rule.action == WF_COLUMN_TRUNCATE && !wf_connect_is_string(field) &&
		field->type->kind != WF_TYPE_BYTEA)
		plan->rule.action = WF_COLUMN_COPY;
	if (column->rule.action == WF_COLUMN_OMIT)
		field->omitted = true;
	field->masked = column->rule.action == WF_COLUMN_MASK || column->rule.action == WF_COLUMN_HASH;
	if (plan->rule.action == WF_COLUMN_TRUNCATE)
		field->truncate_length = column->rule.length;
	if (column->rule.propagate)
	{
		wf_column_source_type(column, &plan->source_type);
		field->source_type = &plan->source_type;
	}
	plan->is_copied = !field->omitted && plan->rule.action == WF_COLUMN_COPY;
}

/* What a column before this one, of the same plan, has as well is not put twice. */
static WfRange
put_asterisks(WfBuffer *text, const WfColumnPlan *columns, const WfColumnPlan *plan)
{
	int32_t		count = plan->rule.length;
	WfRange		range = {text->length, 0};

	for (const WfColumnPlan *other = columns; other < plan; other++)
		if (other->rule.action == WF_COLUMN_MASK && other->rule.length == count)
			return other->null_text;
	wf_buffer_append_char(text, '"');
	wf_mask_asterisks(text, count);
	wf_buffer_append_char(text, '"');
	range.length = text->length - range.offset;
	return range;
}

/* A digest that fails leaves null: nothing that could be the value. */
static bool
put_hash(WfBuffer *buffer, const WfColumnRule *rule, WfSlice value)
{
	size_t		mark = buffer->length;

	wf_buffer_append_char(buffer, '"');
	if (!wf_mask_hash(buffer, rule->hash, value, rule->length))
	{
		wf_buffer_cut(buffer, mark);
		return false;
	}
	wf_buffer_append_char(buffer, '"');
	return true;
}

static WfRange
put_hash_of(WfBuffer *text, const WfColumnRule *rule, WfSlice value)
{
	WfRange		range = {text->length, 0};

	if (!put_hash(text, rule, value))
		wf_json_null(text);
	range.length = text->length - range.offset;
	return range;
}

/*
 * The hash of what a JSON string in text shows: of a placeholder that is not UTF-8
 * Debezium hashes what a Java String holds of it.
 */
static WfRange
put_hash_of_shown(WfBuffer *text, const WfColumnRule *rule, WfRange shown)
{
	size_t		mark = text->length;

	/* read while it is appended to: it must not move */
	if (!wf_buffer_reserve(text, shown.length + SHOWN_HASH_BYTES) ||
		text->data[shown.offset] != '"')
		return shown;
	wf_json_unescape(wf_slice(text->data + shown.offset + 1, shown.length - 2), text);
	return put_hash_of(text, rule, wf_buffer_since(text, mark));
}

/* What one character takes in a JSON string: bytes, and UTF-16 units. */
static size_t
json_character(const char *text, size_t length, int32_t *units)
{
	unsigned char c = (unsigned char) text[0];
	size_t		bytes = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;

	*units = c >= 0xF0 ? 2 : 1;
	if (c == '\\')
		bytes = length > 1 && text[1] == 'u' ? 6 : 2;
	/* a high surrogate and the low one that follows it */
	if (bytes == 6 && length >= 12 && (text[2] == 'D' || text[2] == 'd') &&
		strchr("89abAB", text[3]) != NULL)
	{
		bytes = 12;
		*units = 2;
	}
	return bytes < length ? bytes : length;
}

/*
 * Cuts the JSON string that begins at mark and ends the buffer to so many
 * UTF-16 units; what is no string stays.
 */
static void
cut_json_string(WfBuffer *buffer, size_t mark, int32_t units)
{
	size_t		end = buffer->length - 1;
	size_t		i = mark + 1;

	if (buffer->error != WF_BUFFER_OK || buffer->length < mark + 2 || buffer->data[mark] != '"')
		return;
	while (i < end)
	{
		int32_t		taken;
		size_t		bytes = json_character(buffer->data + i, end - i, &taken);

		if (taken > units)
			break;
		units -= taken;
		i += bytes;
	}
	buffer->data[i] = '"';
	buffer->length = i + 1;
}

/* A text of the plan's, cut likewise. */
static WfRange
put_truncated(WfBuffer *text, const WfColumnRule *rule, WfRange whole)
{
	WfRange		range = {text->length, 0};

	if (wf_buffer_reserve(text, whole.length))
		wf_buffer_append(text, text->data + whole.offset, whole.length);
	cut_json_string(text, range.offset, rule->length);
	range.length = text->length - range.offset;
	return range;
}

void
wf_column_plan_disguise_texts(WfColumnPlan *plan, const WfColumnPlan *columns,
							  const WfColumn *column, WfBuffer *text)
{
	const WfField *field = &plan->field.self;
	const WfColumnRule *rule = &plan->rule;
	bool		as_debezium = field->options->compat == WF_COMPAT_DEBEZIUM;
	WfSlice		absent = WF_LITERAL("");

	if (rule->action == WF_COLUMN_HASH && column->default_value != NULL)
		absent = column->default_value->as.text;
	switch (rule->action)
	{
		case WF_COLUMN_COPY:
		case WF_COLUMN_OMIT:
			break;
		case WF_COLUMN_MASK:
			plan->null_text = put_asterisks(text, columns, plan);
			plan->null_is_default = false;
			plan->absent_text = plan->null_text;
			plan->unavailable_text = plan->null_text;
			break;
		case WF_COLUMN_HASH:
			if (!field->optional)
				plan->absent_text = put_hash_of(text, rule, absent);
			if (as_debezium)
				plan->unavailable_text = put_hash_of_shown(text, rule, plan->unavailable_text);
			break;
		case WF_COLUMN_TRUNCATE:
			if (field->type->kind == WF_TYPE_BYTEA)
				break;
			if (!field->optional)
				plan->absent_text = put_truncated(text, rule, plan->absent_text);
			if (as_debezium)
				plan->unavailable_text = put_truncated(text, rule, plan->unavailable_text);
			break;
	}
}

/*
 * Is the text shown as it is?  Then no more of it is written than can be left.
 * Twice the units are: replacing what is no UTF-8 may leave less of them.
 */
static bool
shows_text(const WfField *field)
{
	switch (field->form)
	{
		case WF_FORM_STRING:
		case WF_FORM_JSON:
		case WF_FORM_XML:
		case WF_FORM_ENUM:
		case WF_FORM_LTREE:
			return true;
		default:
			return false;
	}
}

WfValueResult
wf_column_write_disguised(WfBuffer *buffer, WfTextForm *form, const WfColumnPlan *column,
						  WfSlice null_text, const WfValue *value)
{
	const WfField *field = &column->field.self;
	const WfColumnRule *rule = &column->rule;
	WfValue		shorter = *value;
	size_t		mark = buffer->length;
	WfValueResult result;

	switch (rule->action)
	{
		case WF_COLUMN_COPY:
		case WF_COLUMN_OMIT:
			break;
		case WF_COLUMN_MASK:
			wf_buffer_append_slice(buffer, null_text);
			return WF_VALUE_WRITTEN;
		case WF_COLUMN_HASH:
			return put_hash(buffer, rule, value->as.text) ? WF_VALUE_WRITTEN :
				WF_VALUE_UNCONVERTIBLE;
		case WF_COLUMN_TRUNCATE:
			if (field->type->kind != WF_TYPE_BYTEA)
			{
				if (shows_text(field) && rule->length < INT32_MAX / 2)
					shorter.as.text = wf_mask_truncate(value->as.text, 2 * rule->length);
				result = wf_value_write(buffer, form, field, &shorter);
				cut_json_string(buffer, mark, rule->length);
				return result;
			}
			if (shorter.as.bytes.length > (size_t) rule->length)
				shorter.as.bytes.length = rule->length;
			break;
	}
	return wf_value_write(buffer, form, field, &shorter);
}
