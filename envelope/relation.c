/*
 * relation.c
 *		From a relation version to its row plan.
 *
 * Everything is appended to one text buffer and kept as ranges, because the
 * buffer may move while it grows.  The schema description is always UTF-8,
 * whatever the session's textual form, so that a shape has the same
 * fingerprint in every output and from either source.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "relation.h"

#include "connect_schema.h"
#include "chain_plan.h"
#include "column_rule.h"
#include "default_value.h"
#include "event_schema.h"
#include "name_adjust.h"
#include "schema_change.h"
#include "unwrap_settings.h"
#include "utf8.h"

/*
 * Appends part to the topic name that began at start.  A character beyond the
 * BMP is two UTF-16 units, hence two underscores; what is not
 * UTF-8 would be replacement characters, hence one for each.
 */
static void
topic_part(WfBuffer *buffer, size_t start, WfSlice part)
{
	const unsigned char *text = (const unsigned char *) part.data;
	const unsigned char *end = text + part.length;

	while (text < end)
	{
		uint32_t	c;
		bool		valid;
		bool		keep;

		text += wf_utf8_decode(text, end, &c, &valid);
		keep = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			c == '.' || c == '_' || c == '-';
		for (int units = c >= 0x10000 ? 2 : 1; units > 0; units--)
			if (buffer->length - start < WF_TOPIC_LENGTH_MAX)
				wf_buffer_append_char(buffer, keep ? (char) c : '_');
	}
}

void
wf_topic_name(WfBuffer *buffer, const WfOptions *options, WfSlice part1, WfSlice part2)
{
	size_t		start = buffer->length;
	WfSlice		prefix = wf_slice(options->topic_prefix.bytes, options->topic_prefix.length);
	WfSlice		delimiter = wf_slice(options->topic_delimiter.bytes,
									 options->topic_delimiter.length);

	topic_part(buffer, start, prefix);
	if (part1.length > 0)
	{
		topic_part(buffer, start, delimiter);
		topic_part(buffer, start, part1);
	}
	if (part2.length > 0)
	{
		topic_part(buffer, start, delimiter);
		topic_part(buffer, start, part2);
	}
}

void
wf_message_topic_name(WfBuffer *buffer, const WfOptions *options)
{
	size_t		start = buffer->length;

	topic_part(buffer, start, wf_slice(options->topic_prefix.bytes, options->topic_prefix.length));
	topic_part(buffer, start, WF_LITERAL(".message"));
}

static bool
is_reserved_name(WfSlice name)
{
	return name.length == 0 || (name.length == 1 && name.data[0] == '.') ||
		(name.length >= 2 && name.data[0] == '_' && name.data[1] == '_') ||
		(name.length == 2 && name.data[0] == '.' && name.data[1] == '.');
}

bool
wf_topic_legal_name(WfBuffer *buffer, WfSlice wished)
{
	size_t		start = buffer->length;
	WfSlice		made;

	if (is_reserved_name(wished))
		wf_buffer_append_char(buffer, '-');
	topic_part(buffer, start, wished);
	made = wf_buffer_since(buffer, start);
	return made.length == wished.length && memcmp(made.data, wished.data, made.length) == 0;
}

/* `"name":`, after a comma unless it is the first member. */
static WfRange
member_head(WfBuffer *text, WfTextForm *form, const WfOptions *options, WfSlice column, bool first)
{
	size_t		mark = text->length;
	WfAdjustedName room;
	WfSlice		name = wf_field_name_adjust(options->field_names, column, &room);

	if (!first)
		wf_buffer_append_char(text, ',');
	wf_json_string(text, form, name.data, name.length);
	wf_buffer_append_char(text, ':');
	return wf_range_since(text, mark);
}

static WfRange
source_table(WfBuffer *text, WfTextForm *form, const WfRelation *relation)
{
	size_t		mark = text->length;

	wf_buffer_append_literal(text, ",\"schema\":");
	wf_json_string(text, form, relation->schema.data, relation->schema.length);
	wf_buffer_append_literal(text, ",\"table\":");
	wf_json_string(text, form, relation->name.data, relation->name.length);
	wf_buffer_append_literal(text, ",\"txId\":");
	return wf_range_since(text, mark);
}

static const char *
identity_name(WfReplicaIdentity identity)
{
	switch (identity)
	{
		case WF_IDENTITY_DEFAULT:
			return "default";
		case WF_IDENTITY_INDEX:
			return "index";
		case WF_IDENTITY_FULL:
			return "full";
		case WF_IDENTITY_NOTHING:
			return "nothing";
	}
	return "default";
}

/*
 * Whether updates and deletes log a column's old value.  Decided from the
 * identity first, because sources differ in what they flag under FULL and
 * NOTHING (pgoutput flags every column under FULL).
 */
static bool
logs_old_value(const WfRelation *relation, const WfColumn *column)
{
	switch (relation->identity)
	{
		case WF_IDENTITY_FULL:
			return true;
		case WF_IDENTITY_NOTHING:
			return false;
		case WF_IDENTITY_DEFAULT:
		case WF_IDENTITY_INDEX:
			break;
	}
	return column->in_identity;
}

static void
describe_comment(WfBuffer *text, WfTextForm *form, WfSlice comment)
{
	wf_buffer_append_literal(text, ",\"comment\":");
	if (comment.length > 0)
		wf_json_string(text, form, comment.data, comment.length);
	else
		wf_json_null(text);
}

static void
describe_kind(WfBuffer *text, const WfType *type)
{
	const char *kind = wf_type_kind_name(type->kind);

	wf_buffer_append_literal(text, ",\"kind\":\"");
	wf_buffer_append(text, kind, strlen(kind));
	wf_buffer_append_char(text, '"');
	if (type->kind == WF_TYPE_ARRAY)
	{
		const char *element = wf_type_kind_name(type->element_kind);

		wf_buffer_append_literal(text, ",\"element\":\"");
		wf_buffer_append(text, element, strlen(element));
		wf_buffer_append_char(text, '"');
	}
}

static void
describe_column(WfBuffer *text, WfTextForm *form, const WfRelation *relation,
				const WfColumn *column, const WfField *field)
{
	WfAdjustedName room;

	wf_buffer_append_literal(text, "{\"name\":");
	wf_json_string(text, form, column->name.data, column->name.length);
	wf_buffer_append_literal(text, ",\"type\":");
	wf_json_string(text, form, column->type_name.data, column->type_name.length);
	wf_buffer_append_literal(text, ",\"oid\":");
	wf_json_uint64(text, column->type.oid);
	wf_buffer_append_literal(text, ",\"typmod\":");
	wf_json_int64(text, column->type.typmod);
	describe_kind(text, &column->type);
	wf_buffer_append_literal(text, ",\"nullable\":");
	wf_json_bool(text, column->nullable);
	wf_buffer_append_literal(text, ",\"identity\":");
	wf_json_bool(text, logs_old_value(relation, column));
	describe_comment(text, form, column->comment);
	wf_buffer_append_literal(text, ",\"connect\":");
	wf_connect_schema_write(text, form, field,
							wf_field_name_adjust(field->options->field_names, column->name,
												 &room));
	wf_buffer_append_char(text, '}');
}

/*
 * The schema description, canonical: members in this order, no whitespace
 * (docs/format.md).  "format" rises when its meaning changes.
 */
static WfRange
describe_relation(WfRowPlan *plan, WfTextForm *form, const WfRelation *relation)
{
	WfBuffer   *text = plan->text;
	size_t		mark = text->length;
	const char *identity = identity_name(relation->identity);
	bool		first = true;

	wf_buffer_append_literal(text, "{\"format\":1,\"schema\":");
	wf_json_string(text, form, relation->schema.data, relation->schema.length);
	wf_buffer_append_literal(text, ",\"table\":");
	wf_json_string(text, form, relation->name.data, relation->name.length);
	wf_buffer_append_literal(text, ",\"oid\":");
	wf_json_uint64(text, relation->oid);
	wf_buffer_append_literal(text, ",\"topic\":\"");
	wf_buffer_repeat(text, plan->topic.offset, plan->topic.length);
	wf_buffer_append_literal(text, "\",\"identity\":\"");
	wf_buffer_append(text, identity, strlen(identity));
	wf_buffer_append_char(text, '"');
	describe_comment(text, form, relation->comment);
	wf_buffer_append_literal(text, ",\"key\":[");
	for (int i = 0; i < relation->key_count; i++)
	{
		WfSlice		name = relation->columns[relation->key_columns[i]].name;

		if (i > 0)
			wf_buffer_append_char(text, ',');
		wf_json_string(text, form, name.data, name.length);
	}
	wf_buffer_append_literal(text, "],\"columns\":[");
	for (int i = 0; i < relation->column_count; i++)
	{
		const WfField *field = &plan->columns[i].field.self;

		if (field->omitted)
			continue;
		if (!first)
			wf_buffer_append_char(text, ',');
		describe_column(text, form, relation, &relation->columns[i], field);
		first = false;
	}
	wf_buffer_append_literal(text, "]}");
	return wf_range_since(text, mark);
}

static void
write_fingerprint(char text[WF_FINGERPRINT_LENGTH + 1], const uint8_t *digest)
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < WF_FINGERPRINT_LENGTH / 2; i++)
	{
		text[2 * i] = digits[digest[i] >> 4];
		text[2 * i + 1] = digits[digest[i] & 15];
	}
	text[WF_FINGERPRINT_LENGTH] = '\0';
}

/* JsonConverter's replace.null.with.default, of the key's converter or the value's. */
static bool
shows_null_as_default(const WfRowPlan *plan, const WfField *field)
{
	if (field->side == WF_SIDE_KEY)
		return field->options->key_replace_null_with_default;
	if (plan->unwrap != NULL && wf_unwrap_rewrites(plan->unwrap) &&
		plan->unwrap->as.unwrap.replace_null_with_default)
		return true;
	return field->options->value_replace_null_with_default;
}

/* What is the same whenever the column has no value to show. */
static void
prepare_texts(WfRowPlan *plan, WfTextForm *form, WfColumnPlan *column)
{
	WfBuffer   *text = plan->text;
	const WfField *field = &column->field.self;
	const WfText *placeholder = &field->options->placeholder;
	size_t		mark = text->length;
	bool		has_default = wf_default_write(text, form, field);
	WfRange		default_text = wf_range_since(text, mark);

	mark = text->length;
	wf_json_null(text);
	column->null_is_default = has_default && shows_null_as_default(plan, field);
	column->null_text = column->null_is_default ? default_text : wf_range_since(text, mark);

	/* what is required can't be null, whatever the converter makes of nulls */
	mark = text->length;
	if (field->optional)
		column->absent_text = column->null_text;
	else if (has_default)
		column->absent_text = default_text;
	else
	{
		wf_value_write_fallback(text, field);
		column->absent_text = wf_range_since(text, mark);
	}

	mark = text->length;
	wf_value_write_unavailable(text, form, field,
							   wf_slice(placeholder->bytes, placeholder->length));
	column->unavailable_text = wf_range_since(text, mark);
	/* where no placeholder fits it is a null like others, to the converter, too */
	if (wf_slice_equal(wf_plan_text(plan, column->unavailable_text), WF_LITERAL("null")))
		column->unavailable_text = column->null_text;
}

/* Debezium 3.7 has the option, but does not read the comments of PostgreSQL's columns. */
static WfSlice
shown_comment(const WfOptions *options, WfSlice comment)
{
	if (!options->schema_comments || options->compat == WF_COMPAT_DEBEZIUM)
		return WF_LITERAL("");
	return comment;
}

/* May a row tell its replica identity, but not its key? */
static bool
needs_substitute(const WfRelation *relation)
{
	if (relation->key_count == 0)
		return false;
	if (relation->has_partitions)
		return true;
	if (relation->identity == WF_IDENTITY_FULL || relation->identity == WF_IDENTITY_NOTHING)
		return false;
	for (int i = 0; i < relation->key_count; i++)
		if (!relation->columns[relation->key_columns[i]].in_identity)
			return true;
	return false;
}

size_t
wf_column_plan_count(const WfRelation *relation)
{
	int			rows = needs_substitute(relation) ? 2 : 1;

	return (size_t) (rows * relation->column_count + relation->key_count);
}

/* Of a relation's own identity, or of any that a partition may have. */
static void
plan_substitute(WfRowPlan *plan, const WfOptions *options, WfTextForm *form)
{
	const WfRelation *relation = plan->relation;

	for (int i = 0; i < relation->column_count; i++)
	{
		const WfColumn *column = &relation->columns[i];
		WfColumnPlan *column_plan = &plan->substitute[i];

		if ((!column->in_identity && !relation->has_partitions) ||
			column->rule.action != WF_COLUMN_COPY)
			continue;
		wf_field_resolve(&column_plan->field, &column->type, column->nullable, options,
						 WF_SIDE_KEY);
		column_plan->field.self.doc = shown_comment(options, column->comment);
		column_plan->field.self.default_value = column->default_value;
		column_plan->head = member_head(plan->text, form, options, column->name, false);
		prepare_texts(plan, form, column_plan);
	}
}

static void
plan_columns(WfRowPlan *plan, const WfOptions *options, WfTextForm *form)
{
	const WfRelation *relation = plan->relation;
	bool		first = true;

	for (int i = 0; i < relation->column_count; i++)
	{
		const WfColumn *column = &relation->columns[i];
		WfColumnPlan *column_plan = &plan->columns[i];

		wf_field_resolve(&column_plan->field, &column->type, column->nullable, options,
						 WF_SIDE_VALUE);
		wf_column_plan_apply_rule(column_plan, column);
		column_plan->field.self.doc = shown_comment(options, column->comment);
		/* the default of a masked column may be what most of its rows hold */
		if (!column_plan->field.self.masked || options->compat == WF_COMPAT_DEBEZIUM)
			column_plan->field.self.default_value = column->default_value;
		if (column_plan->field.self.omitted)
			continue;
		column_plan->head = member_head(plan->text, form, options, column->name, first);
		prepare_texts(plan, form, column_plan);
		wf_column_plan_disguise_texts(column_plan, plan->columns, column, plan->text);
		column_plan->hides_null = column_plan->null_is_default ||
			(column->may_hold_null && column_plan->rule.action != WF_COLUMN_MASK);
		plan->hides_nulls |= column_plan->hides_null;
		first = false;
	}
	for (int i = 0; i < relation->key_count; i++)
	{
		const WfColumn *column = &relation->columns[relation->key_columns[i]];
		WfColumnPlan *column_plan = &plan->key[i];

		/*
		 * Debezium knows nothing more of a column that the column lists leave
		 * out
		 */
		bool		is_unread = options->compat == WF_COMPAT_DEBEZIUM &&
		column->rule.action == WF_COLUMN_OMIT;

		wf_field_resolve(&column_plan->field, &column->type, column->nullable || is_unread,
						 options, WF_SIDE_KEY);
		column_plan->field.self.doc = shown_comment(options, column->comment);
		if (!is_unread)
			column_plan->field.self.default_value = column->default_value;
		column_plan->head = member_head(plan->text, form, options, column->name,
										i == 0);
		prepare_texts(plan, form, column_plan);
	}
}

static bool
digest_enclosure(WfRowPlan *plan, WfSha256 sha256)
{
	const WfEnclosureRanges *enclosure = &plan->enclosure;
	size_t		length = enclosure->key_schema.length + enclosure->value_schema.length +
	plan->null_enclosure.value_schema.length;

	return length == 0 ||
		sha256(plan->text->data + enclosure->key_schema.offset, length, plan->enclosure_digest);
}

/* Written at the end of the text, digested and cut away: it is told from the relation. */
static bool
digest_news(WfRowPlan *plan, const WfOptions *options, WfSha256 sha256)
{
	WfTextForm	utf8_form = {.ascii_only = false};
	WfBuffer   *text = plan->text;
	size_t		mark = text->length;
	bool		done;

	plan->comment = shown_comment(options, plan->relation->comment);
	if (!options->schema_changes)
		return true;
	wf_table_description_write(text, &utf8_form, plan);
	done = text->error == WF_BUFFER_OK &&
		sha256(text->data + mark, text->length - mark, plan->news_digest);
	wf_buffer_cut(text, mark);
	plan->news = WF_NEWS_NEW;
	return done;
}

/* All that the row loop appends stands before this: see wf_buffer_append_padded(). */
static void
pad(WfBuffer *text)
{
	static const char padding[WF_BUFFER_PADDING] = {0};

	wf_buffer_append(text, padding, sizeof(padding));
}

/*
 * Replaces the topic that the table has by the one to which the chain sends its
 * records, and takes into the plan what else the chain makes of them.
 */
static bool
take_chain(WfRowPlan *plan, const WfOptions *options, WfTextForm *form, WfTransforms *transforms,
		   WfChainPlan *chain, WfBuffer *error)
{
	WfBuffer   *text = plan->text;
	size_t		mark;

	if (text->error != WF_BUFFER_OK ||
		!wf_chain_plan(chain, transforms, wf_plan_text(plan, plan->topic), options->schema_names,
					   WF_CHAIN_EVENTS, error))
		return false;
	wf_buffer_cut(text, plan->topic.offset);
	wf_buffer_append(text, chain->topic.bytes, chain->topic.length);
	plan->topic.length = chain->topic.length;
	mark = text->length;
	wf_chain_key_tail_write(chain, text, form);
	plan->key_tail = wf_range_since(text, mark);
	plan->unwrap = chain->unwrap;
	plan->event_router = chain->event_router;
	plan->changed_count = chain->changed_count;
	plan->reads_before = chain->changed_count > 0;
	plan->drops = chain->drops;
	memcpy(plan->changed, chain->changed, sizeof(plan->changed));
	plan->is_transformed = plan->unwrap != NULL || plan->changed_count > 0 ||
		plan->key_tail.length > 0;
	return true;
}

bool
wf_row_plan_build(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
				  const WfRelation *relation, WfColumnPlan *columns, WfBuffer *text,
				  WfSha256 sha256)
{
	return wf_row_plan_build_transformed(plan, options, form, relation, columns, text, sha256,
										 NULL, NULL);
}

bool
wf_row_plan_build_transformed(WfRowPlan *plan, const WfOptions *options, WfTextForm *form,
							  const WfRelation *relation, WfColumnPlan *columns, WfBuffer *text,
							  WfSha256 sha256, WfTransforms *transforms, WfBuffer *error)
{
	WfTextForm	utf8_form = {.ascii_only = false};
	WfChainPlan chain;
	WfSlice		description;
	uint8_t		digest[32];
	size_t		mark;

	memset(plan, 0, sizeof(*plan));
	memset(columns, 0, sizeof(*columns) * wf_column_plan_count(relation));
	plan->relation = relation;
	plan->text = text;
	plan->columns = columns;
	plan->key = columns + relation->column_count;
	if (needs_substitute(relation))
		plan->substitute = plan->key + relation->key_count;

	mark = text->length;
	wf_topic_name(text, options, relation->schema, relation->name);
	plan->topic = wf_range_since(text, mark);
	if (!take_chain(plan, options, form, transforms, &chain, error) ||
		!wf_chain_check_key(&chain, options, relation, error))
		return false;
	plan_columns(plan, options, form);
	if (plan->substitute != NULL)
		plan_substitute(plan, options, form);
	if (plan->unwrap != NULL && !wf_unwrap_plan(plan, options, error))
		return false;
	mark = text->length;
	wf_buffer_append_slice(text, relation->schema);
	wf_buffer_append_char(text, '.');
	wf_buffer_append_slice(text, relation->name);
	plan->collection = wf_range_since(text, mark);
	plan->source_table = source_table(text, form, relation);
	pad(text);
	if (plan->drops != WF_DROPS_NONE)
		wf_row_schema_parts_write(plan, options, form, &chain);
	if (plan->drops != WF_DROPS_NONE || plan->substitute != NULL)
		wf_key_schema_parts_write(plan, options, form, &chain);
	wf_row_schemas_write(plan, options, form, &chain);
	plan->schema = describe_relation(plan, &utf8_form, relation);
	if (text->error != WF_BUFFER_OK)
		return false;

	description = wf_plan_text(plan, plan->schema);
	if (!sha256(description.data, description.length, digest))
		return false;
	write_fingerprint(plan->fingerprint, digest);
	return digest_enclosure(plan, sha256) && digest_news(plan, options, sha256);
}
