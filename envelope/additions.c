/*
 * additions.c
 *		What transforms add to a record beside its value.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "additions.h"

#include "event_schema.h"
#include "json_reader.h"

/* No topic's name is made of more bytes: 249 characters of up to 4. */
#define ROUTE_TEXT_MAX (4 * WF_TOPIC_LENGTH_MAX)

static void
render_list(const WfRowContext *context, WfAdditions *additions, const char *name, bool changed)
{
	WfBuffer   *text = context->session->text;
	size_t		mark = text->length;

	if (name[0] == '\0')
		return;
	wf_changed_columns_write(context, &additions->columns, changed);
	wf_added_header(&additions->headers, wf_slice(name, strlen(name)),
					(WfRange) {mark, text->length - mark}, false);
}

static void
render_changes(const WfRowContext *context, const WfRowEvent *event, WfAdditions *additions)
{
	const WfRowPlan *plan = context->plan;

	wf_changed_columns_find(context, event, &additions->columns);
	for (int i = 0; i < plan->changed_count; i++)
	{
		const WfChangedSettings *settings = &plan->changed[i]->as.changed;

		render_list(context, additions, settings->changed_name, true);
		render_list(context, additions, settings->unchanged_name, false);
	}
}

/* Puts the key's closing brace and what routers add in its place; start: of the key. */
static void
end_key(const WfRowContext *context, size_t start)
{
	const WfRowPlan *plan = context->plan;
	WfBuffer   *text = context->session->text;
	WfSlice		tail = wf_plan_text(plan, plan->key_tail);

	if (tail.length == 0)
		tail = WF_LITERAL("}");
	else if (text->error == WF_BUFFER_OK && text->length == start + 1)
		tail = wf_slice(tail.data + 1, tail.length - 1);	/* no member, no comma */
	wf_buffer_append_slice(text, tail);
}

static void
render_key(const WfRowContext *context, const WfRowEvent *event, WfAdditions *additions)
{
	const WfRowPlan *plan = context->plan;
	WfBuffer   *text = context->session->text;
	const WfDropped *dropped = &additions->dropped;
	bool		drops = plan->drops != WF_DROPS_NONE && dropped->any;
	bool		has_schema = (drops || event->key_is_substitute) &&
	context->session->options.key_schemas;
	bool		is_cut = drops && plan->unwrap->as.unwrap.drop_fields_from_key &&
	!event->key_is_substitute;
	size_t		start;

	additions->key = event->key;
	if (event->key.length == 0 || (!is_cut && !has_schema && plan->key_tail.length == 0))
		return;
	additions->key.offset = text->length;
	if (has_schema)
	{
		wf_buffer_append_literal(text, "{\"schema\":");
		if (event->key_is_substitute)
			wf_buffer_repeat(text, event->key_schema.offset, event->key_schema.length);
		else
			wf_partial_key_schema_write(text, plan, dropped->key);
		wf_buffer_append_literal(text, ",\"payload\":");
	}
	start = text->length;
	if (is_cut)
		wf_row_key_write_without(context->session, plan, event->after, dropped->key);
	else
		wf_buffer_repeat(text, event->key.offset, event->key.length - 1);
	end_key(context, start);
	wf_buffer_append(text, "}", has_schema ? 1 : 0);
	additions->key.length = text->length - additions->key.offset;
}

void
wf_additions_render(const WfRowContext *context, const WfRowEvent *event,
					WfAdditions *additions)
{
	const WfRowPlan *plan = context->plan;

	additions->headers.count = 0;
	additions->dropped.any = false;
	if (plan->changed_count > 0)
		render_changes(context, event, additions);
	if (plan->drops != WF_DROPS_NONE && additions->columns.told)
		wf_dropped_find(plan, &additions->columns, &additions->dropped);
	render_key(context, event, additions);
	if (plan->unwrap != NULL)
		wf_unwrap_headers_render(context, event, &additions->headers);
}

/* ---- route.by.field ---- */

static bool
make_topic(void *maker, WfSlice value, WfBuffer *name)
{
	(void) maker;
	(void) wf_topic_legal_name(name, value);
	return true;
}

/*
 * What stands for a NULL: nothing, but where the row is rewritten its default;
 * of a delete the row as it was is asked.
 */
static WfSlice
default_route(const WfRowContext *context, bool is_deleted)
{
	const WfRowPlan *plan = context->plan;
	const WfColumnPlan *column = &plan->columns[plan->route_column];

	return !is_deleted && column->null_is_default && wf_unwrap_rewrites(plan->unwrap) &&
		plan->unwrap->as.unwrap.replace_null_with_default ?
		wf_plan_text(plan, column->null_text) : WF_LITERAL("");
}

/* The string that the column shows, or as much of it as could matter, in room. */
static WfSlice
read_route(const WfRowContext *context, WfRowImage image, bool is_deleted,
		   char room[ROUTE_TEXT_MAX])
{
	const WfRowPlan *plan = context->plan;
	WfSession  *session = context->session;
	WfBuffer   *buffer = session->buffer;
	size_t		mark = buffer->length;
	WfBuffer	text = {.data = room, .capacity = ROUTE_TEXT_MAX, .ceiling = ROUTE_TEXT_MAX};
	WfSlice		json;

	if (wf_row_column_is_null(plan, image, plan->route_column))
		wf_buffer_append_slice(buffer, default_route(context, is_deleted));
	else
		wf_row_column_write(session, plan, image, plan->route_column);
	json = wf_buffer_since(buffer, mark);
	if (buffer->error == WF_BUFFER_OK && json.length > 2 && json.data[0] == '"')
	{
		json.data++;
		json.length -= 2;
		if (json.length > ROUTE_TEXT_MAX)
			json.length = ROUTE_TEXT_MAX;
		wf_json_unescape(json, &text);
	}
	wf_buffer_cut(buffer, mark);
	return wf_slice(text.data, text.length);
}

WfWriteResult
wf_additions_route(const WfRowContext *context, const WfRowEvent *event, WfRecord *record)
{
	bool		is_deleted = event->operation == WF_OPERATION_DELETE;
	const WfTransforms *transforms = context->session->transforms;
	char		room[ROUTE_TEXT_MAX];
	WfSlice		value;
	uint8_t		scope;

	if (!wf_plan_is_routed(context->plan))
		return WF_WRITE_OK;
	value = read_route(context, is_deleted ? event->before : event->after, is_deleted, room);
	if (wf_slice_trim(value).length == 0)
		return WF_WRITE_OK;
	scope = (uint8_t) (context->plan->unwrap - transforms->transforms + 1);
	return wf_record_route(context->session, record, scope, value, make_topic, NULL);
}
