/*
 * unwrap_settings.c
 *		What ExtractNewRecordState is to do, as its settings say it.
 *
 * (Debezium 3.7's AbstractExtractNewRecordState and its FieldReference.)
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unwrap_settings.h"

#include "connect_schema.h"
#include "name_adjust.h"

#define DELETED_FIELD "__deleted"

/* One item of add.fields: [struct.]field[:name] */
typedef struct Reference
{
	WfSlice		text;
	WfSlice		structure;
	WfSlice		field;
	WfSlice		new_name;		/* empty: made of the others */
	bool		is_qualified;
} Reference;

/* Cuts what stands before the separator off text; false if there is none in it. */
static bool
cut(WfSlice *text, char separator, WfSlice *part)
{
	const char *found = text->length > 0 ? memchr(text->data, separator, text->length) : NULL;

	if (found == NULL)
		return false;
	*part = wf_slice(text->data, (size_t) (found - text->data));
	text->length -= part->length + 1;
	text->data = found + 1;
	return true;
}

static bool
refuse(WfBuffer *error, const WfTransform *transform, const char *setting, const char *reason,
	   WfSlice text)
{
	wf_transform_refuse(error, transform, setting, reason);
	wf_buffer_append_char(error, '"');
	wf_buffer_append_slice(error, text);
	wf_buffer_append_char(error, '"');
	return false;
}

/* NULL, or what is wrong. */
static const char *
parse(WfSlice text, Reference *reference)
{
	WfSlice		rest = text;
	WfSlice		part;

	memset(reference, 0, sizeof(*reference));
	reference->text = text;
	reference->new_name = WF_LITERAL("");
	if (cut(&rest, ':', &part))
	{
		reference->new_name = rest;
		if (rest.length == 0 || memchr(rest.data, ':', rest.length) != NULL)
			return "has an item that is not of the form member:name: ";
		rest = part;
	}
	reference->is_qualified = cut(&rest, '.', &reference->structure);
	reference->field = rest;
	if (!reference->is_qualified)
		reference->structure = wf_event_member_structure(rest);
	if (rest.length == 0 || memchr(rest.data, '.', rest.length) != NULL)
		return "has an item that is neither member nor struct.member: ";
	return NULL;
}

/* The next item of a list, from *list on, which is moved behind it. */
static bool
next_item(WfSlice *list, WfSlice *item)
{
	while (list->length > 0)
	{
		if (!cut(list, ',', item))
		{
			*item = *list;
			list->length = 0;
		}
		*item = wf_slice_trim(*item);
		if (item->length > 0)
			return true;
	}
	return false;
}

static WfSlice
put_name(char **end, WfSlice prefix, const Reference *reference)
{
	WfSlice		parts[] = {prefix, reference->structure, WF_LITERAL("_"), reference->field};
	char	   *start = *end;

	if (reference->new_name.length > 0)
	{
		parts[1] = reference->new_name;
		parts[2] = parts[3] = WF_LITERAL("");
	}
	else if (!reference->is_qualified)
		parts[1] = parts[2] = WF_LITERAL("");
	for (int i = 0; i < 4; i++)
	{
		if (parts[i].length > 0)
			memcpy(*end, parts[i].data, parts[i].length);
		*end += parts[i].length;
	}
	return wf_slice(start, (size_t) (*end - start));
}

/* The index of a column among those that are added; -1: too many. */
static int
column_index(WfUnwrap *unwrap, WfSlice column)
{
	for (int i = 0; i < unwrap->column_count; i++)
		if (wf_slice_equal(unwrap->columns[i], column))
			return i;
	if (unwrap->column_count == WF_UNWRAP_COLUMNS_MAX)
		return -1;
	unwrap->columns[unwrap->column_count] = column;
	return unwrap->column_count++;
}

/* Reads a list into members; is_header: of add.headers. */
static bool
read_list(WfTransform *transform, const char *setting, const char *text, const char *prefix,
		  bool is_header, char **names, WfBuffer *error)
{
	WfUnwrap   *unwrap = transform->unwrap;
	WfAddedMember *members = is_header ? unwrap->headers : unwrap->fields;
	int		   *count = is_header ? &unwrap->header_count : &unwrap->field_count;
	WfSlice    *unknown = is_header ? &unwrap->unknown_header : &unwrap->unknown_field;
	WfSlice		list = wf_slice(text, strlen(text));
	WfSlice		item;

	while (next_item(&list, &item))
	{
		WfAddedMember added = {0};
		Reference	reference;
		WfSlice		column;
		const char *reason = parse(item, &reference);

		if (reason == NULL)
			added.member = wf_event_member_find(reference.structure, reference.field, &column,
												&reason);
		if (reason != NULL)
			return refuse(error, transform, setting, reason, item);
		if (added.member == WF_MEMBER_NONE)
		{
			if (unknown->length == 0)
				*unknown = item;
			continue;
		}
		if (*count == (is_header ? WF_UNWRAP_HEADERS_MAX : WF_UNWRAP_MEMBERS_MAX))
			return refuse(error, transform, setting, is_header ?
						  "has more than 24 members, beginning with " :
						  "has more than 32 members, beginning with ", item);
		if (column.length > 0)
			added.column = column_index(unwrap, column);
		if (added.column < 0)
			return refuse(error, transform, setting, "refers to more than 16 columns, beginning with ",
						  item);
		added.name = put_name(names, wf_slice(prefix, strlen(prefix)), &reference);
		for (int i = 0; i < *count && !is_header; i++)
			if (wf_slice_equal(members[i].name, added.name))
				return refuse(error, transform, setting, "adds two fields of the name ", added.name);
		if (!is_header && wf_unwrap_rewrites(transform) &&
			wf_slice_equal(added.name, WF_LITERAL(DELETED_FIELD)))
			return refuse(error, transform, setting, "adds a second field of the name ", added.name);
		members[(*count)++] = added;
	}
	return true;
}

/* Bytes that the names of a list's items can have together. */
static size_t
names_size(const char *list, const char *prefix)
{
	size_t		items = 1;

	for (const char *c = list; *c != '\0'; c++)
		items += *c == ',' ? 1 : 0;
	return strlen(list) + items * (strlen(prefix) + sizeof("transaction_"));
}

/* The header has to be there. */
static bool
check_drops(const WfTransforms *transforms, const WfTransform *transform, WfBuffer *error)
{
	static const char setting[] = "drop.fields.header.name";
	const char *header = transform->as.unwrap.drop_fields_header;

	for (const WfTransform *other = transforms->transforms; other < transform; other++)
		if (other->kind == WF_TRANSFORM_CHANGED &&
			(strcmp(other->as.changed.changed_name, header) == 0 ||
			 strcmp(other->as.changed.unchanged_name, header) == 0))
			return true;
	return wf_transform_refuse(error, transform, setting,
							   "names no header that an ExtractChangedRecordState before it adds");
}

bool
wf_unwrap_settings_finish(WfTransforms *transforms, WfTransform *transform, WfBuffer *error)
{
	const WfUnwrapSettings *settings = &transform->as.unwrap;
	const WfMemory *memory = &transforms->engine.memory;
	char	   *names;

	if (settings->drop_fields_header[0] != '\0' && !check_drops(transforms, transform, error))
		return false;

	transform->unwrap = memory->allocate(sizeof(WfUnwrap), memory->context);
	if (transform->unwrap == NULL)
		return wf_transform_refuse(error, transform, "type", "needs more memory than there is");
	memset(transform->unwrap, 0, sizeof(WfUnwrap));
	names = memory->allocate(names_size(settings->add_fields, settings->add_fields_prefix) +
							 names_size(settings->add_headers, settings->add_headers_prefix),
							 memory->context);
	if (names == NULL)
		return wf_transform_refuse(error, transform, "add.fields", "needs more memory than there is");
	transform->unwrap->names = names;
	return read_list(transform, "add.fields", settings->add_fields, settings->add_fields_prefix,
					 false, &names, error) &&
		read_list(transform, "add.headers", settings->add_headers, settings->add_headers_prefix,
				  true, &names, error);
}

/* ---- with a table ---- */

/* `transform "ALIAS" BEFORE "TABLE" BEHIND "NAME"`; false, for the caller to return. */
static bool
refuse_table(const WfRowPlan *plan, const char *before, const char *behind, WfSlice name,
			 WfBuffer *error)
{
	wf_buffer_append_literal(error, "transform \"");
	wf_buffer_append_slice(error, plan->unwrap->alias);
	wf_buffer_append_literal(error, "\" ");
	wf_buffer_append(error, before, strlen(before));
	wf_buffer_append_literal(error, " \"");
	wf_buffer_append_slice(error, plan->relation->schema);
	wf_buffer_append_char(error, '.');
	wf_buffer_append_slice(error, plan->relation->name);
	wf_buffer_append_literal(error, "\" ");
	wf_buffer_append(error, behind, strlen(behind));
	wf_buffer_append_literal(error, " \"");
	wf_buffer_append_slice(error, name);
	wf_buffer_append_char(error, '"');
	return false;
}

/* hint: how the two come to have different names. */
static bool
refuse_column(const WfRowPlan *plan, WfSlice name, const char *hint, WfBuffer *error)
{
	(void) refuse_table(plan, "adds a field of the name that a column of table", "has:", name, error);
	wf_buffer_append(error, hint, strlen(hint));
	return false;
}

static bool
check_route(const WfRowPlan *plan, WfSlice route, WfBuffer *error)
{
	static const char before[] = "routes records of table";

	if (plan->route_column < 0)
		return refuse_table(plan, before, "by a column that it does not have, which a predicate could "
							"keep from it:", route, error);
	if (!wf_connect_is_string(&plan->columns[plan->route_column].field.self))
		return refuse_table(plan, before, "by a column that is no string:", route, error);
	return true;
}

bool
wf_unwrap_plan(WfRowPlan *plan, const WfOptions *options, WfBuffer *error)
{
	const WfTransform *transform = plan->unwrap;
	const WfUnwrap *unwrap = transform->unwrap;
	const WfRelation *relation = plan->relation;
	const char *route_by_field = transform->as.unwrap.route_by_field;
	WfSlice		route = wf_slice(route_by_field, strlen(route_by_field));

	plan->route_column = -1;
	for (int i = 0; i < WF_UNWRAP_COLUMNS_MAX; i++)
		plan->added_columns[i] = -1;
	for (int i = 0; i < unwrap->field_count; i++)
		plan->reads_before |= unwrap->fields[i].member == WF_MEMBER_BEFORE;
	for (int i = 0; i < unwrap->header_count; i++)
		plan->reads_before |= unwrap->headers[i].member == WF_MEMBER_BEFORE;
	for (int i = 0; i < relation->column_count; i++)
	{
		WfAdjustedName room;
		WfSlice		name = wf_field_name_adjust(options->field_names, relation->columns[i].name,
												&room);

		if (plan->columns[i].field.self.omitted)
			continue;
		if (wf_slice_equal(route, name))
			plan->route_column = (int16_t) i;
		for (int k = 0; k < unwrap->column_count; k++)
			if (wf_slice_equal(unwrap->columns[k], name))
				plan->added_columns[k] = (int16_t) i;
		for (int k = 0; k < unwrap->field_count; k++)
			if (wf_slice_equal(unwrap->fields[k].name, name))
				return refuse_column(plan, name, "; choose another add.fields.prefix, or a name for it in "
									 "add.fields as in op:NAME", error);
		if (wf_unwrap_rewrites(transform) && wf_slice_equal(WF_LITERAL(DELETED_FIELD), name))
			return refuse_column(plan, name, "; choose another delete.tombstone.handling.mode, or leave the "
								 "column out by column.exclude.list", error);
	}
	return route.length == 0 || check_route(plan, route, error);
}
