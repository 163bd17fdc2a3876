/*
 * chain_plan.c
 *		What a chain of transforms makes of the records of one topic.
 *
 * The transforms are gone through in their order, each on what those before it
 * have made: a router that stands behind ExtractNewRecordState renames keys and
 * topics, but the row's schema no more, since it knows envelopes only.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "chain_plan.h"

#include "chain_order.h"
#include "name_adjust.h"
#include "unwrap_settings.h"

/* A plan in the making. */
typedef struct Walk
{
	WfChainPlan *plan;
	WfPatternEngine *engine;
	const WfTransform *transform;
	bool		is_envelope;
	bool		is_message;		/* and no envelope */
	const WfTransform *routed_by_row;	/* topics depend on rows from here on */
	WfBuffer   *error;
} Walk;

static WfSlice
as_slice(const WfText *text)
{
	return wf_slice(text->bytes, text->length);
}

static bool
refuse(const Walk *walk, const char *reason)
{
	wf_buffer_append_literal(walk->error, "transform \"");
	wf_buffer_append_slice(walk->error, walk->transform->alias);
	wf_buffer_append_literal(walk->error, "\" ");
	wf_buffer_append(walk->error, reason, strlen(reason));
	wf_buffer_append_literal(walk->error, " (topic \"");
	wf_buffer_append_slice(walk->error, as_slice(&walk->plan->topic));
	wf_buffer_append_literal(walk->error, "\")");
	return false;
}

/* made: what the topic's name would become. */
static bool
refuse_name(const Walk *walk, const WfText *made)
{
	wf_buffer_append_literal(walk->error, "transform \"");
	wf_buffer_append_slice(walk->error, walk->transform->alias);
	wf_buffer_append_literal(walk->error, "\" makes \"");
	wf_buffer_append_slice(walk->error, as_slice(made));
	wf_buffer_append_literal(walk->error, "\", which cannot be a topic's name, of topic \"");
	wf_buffer_append_slice(walk->error, as_slice(&walk->plan->topic));
	wf_buffer_append_char(walk->error, '"');
	return false;
}

/* Appends to a text of fixed size: what is longer fails like any buffer. */
static WfBuffer
text_buffer(WfText *text)
{
	WfBuffer	buffer = {
		.data = text->bytes,
		.capacity = WF_OPTION_TEXT_MAX,
		.ceiling = WF_OPTION_TEXT_MAX
	};

	return buffer;
}

/* What Kafka takes for the name of a topic, and is none of our own. */
static bool
is_topic_name(const WfText *name)
{
	if (name->length == 0 || strcmp(name->bytes, ".") == 0 || strcmp(name->bytes, "..") == 0 ||
		strncmp(name->bytes, "__walferry", strlen("__walferry")) == 0)
		return false;
	for (size_t i = 0; i < name->length; i++)
	{
		char		c = name->bytes[i];

		if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
			  c == '.' || c == '_' || c == '-'))
			return false;
	}
	return true;
}

/* Rewrites subject; WF_MATCH_ERROR has been told. */
static WfMatch
rewrite(const Walk *walk, const WfRewrite *how, WfSlice subject, WfText *result)
{
	WfBuffer	buffer = text_buffer(result);
	WfMatch		match = wf_rewrite_apply(walk->engine, how, subject, &buffer, walk->error);

	if (match == WF_MATCH_YES && buffer.error != WF_BUFFER_OK)
	{
		refuse(walk, "makes a name of more than 249 bytes");
		return WF_MATCH_ERROR;
	}
	result->length = buffer.length;
	result->bytes[buffer.length] = '\0';
	return match;
}

/* Whether the transform applies; WF_MATCH_ERROR has been told. */
static WfMatch
applies(const Walk *walk)
{
	const WfPredicate *predicate = walk->transform->predicate;
	WfMatch		match;

	if (predicate == NULL)
		return WF_MATCH_YES;
	match = wf_pattern_match(walk->engine, &predicate->pattern, predicate->pattern_option,
							 as_slice(&walk->plan->topic), walk->error);
	if (match == WF_MATCH_ERROR)
		return match;
	return (match == WF_MATCH_YES) != walk->transform->negate ? WF_MATCH_YES : WF_MATCH_NO;
}

static bool
add_key_member(const Walk *walk, WfSlice old_topic)
{
	const WfRouterSettings *router = &walk->transform->as.router;
	WfChainPlan *plan = walk->plan;
	WfKeyMember *member = &plan->key_members[plan->key_member_count];
	WfMatch		match = WF_MATCH_NO;

	if (!router->key_enforce_uniqueness)
		return true;
	for (int i = 0; i < plan->key_member_count; i++)
		if (strcmp(plan->key_members[i].name, router->key_field_name) == 0)
			return refuse(walk, "adds a second member of the same name to keys");
	if (plan->key_member_count == WF_KEY_MEMBERS_MAX)
		return refuse(walk, "adds a fifth member to keys; at most 4 can be added");
	member->router = walk->transform;
	member->name = router->key_field_name;
	if (walk->transform->key_rewrite.option != NULL)
		match = rewrite(walk, &walk->transform->key_rewrite, old_topic, &member->value);
	if (match == WF_MATCH_ERROR)
		return false;
	if (match == WF_MATCH_NO)
	{
		memcpy(member->value.bytes, old_topic.data, old_topic.length);
		member->value.length = old_topic.length;
	}
	plan->key_member_count++;
	return true;
}

static bool
route(Walk *walk)
{
	const WfTransform *transform = walk->transform;
	WfChainPlan *plan = walk->plan;
	WfText		old_topic = plan->topic;
	WfText		new_topic;
	WfMatch		match = rewrite(walk, &transform->topic_rewrite, as_slice(&old_topic), &new_topic);
	WfSchemaName name = {.renamed = true, .adjustment = transform->as.router.schema_names};

	if (match == WF_MATCH_ERROR)
		return false;
	if (match == WF_MATCH_NO)
		return true;
	if (new_topic.length == 0 && transform->kind != WF_TRANSFORM_REGEX_ROUTER)
		return true;			/* Debezium lets such records pass as they are */
	if (!is_topic_name(&new_topic))
		return refuse_name(walk, &new_topic);
	plan->topic = new_topic;
	if (transform->kind == WF_TRANSFORM_REGEX_ROUTER)
		return true;
	name.topic = new_topic;
	plan->key_schema = name;
	if (walk->is_envelope)
		plan->value_schema = name;
	return add_key_member(walk, as_slice(&old_topic));
}

/* Which list the header has that the transform drops the columns of, if it is there. */
static WfDrops
find_drops(const Walk *walk)
{
	const char *header = walk->transform->as.unwrap.drop_fields_header;

	for (int i = 0; header[0] != '\0' && i < walk->plan->changed_count; i++)
	{
		const WfChangedSettings *settings = &walk->plan->changed[i]->as.changed;

		if (strcmp(settings->changed_name, header) == 0)
			return WF_DROPS_CHANGED;
		if (strcmp(settings->unchanged_name, header) == 0)
			return WF_DROPS_UNCHANGED;
	}
	return WF_DROPS_NONE;
}

static bool
asks_for_columns(const WfTransform *transform)
{
	const WfUnwrap *unwrap = transform->unwrap;

	return unwrap->column_count > 0 || transform->as.unwrap.route_by_field[0] != '\0';
}

static bool
unwrap(Walk *walk)
{
	if (walk->plan->unwrap != NULL)
		return refuse(walk, "unwraps records that another transform has unwrapped; predicates can "
					  "keep them apart");
	if (!walk->is_envelope)
		return true;
	if (walk->plan->decode != NULL && asks_for_columns(walk->transform))
		return refuse(walk, "asks for columns of decoded messages, which have none: a predicate can keep it "
					  "from them");
	walk->plan->unwrap = walk->transform;
	walk->is_envelope = false;
	walk->plan->drops = find_drops(walk);
	if (walk->transform->as.unwrap.route_by_field[0] != '\0')
		walk->routed_by_row = walk->transform;
	return true;
}

static bool
note_changes(Walk *walk)
{
	WfChainPlan *plan = walk->plan;

	if (!walk->is_envelope || plan->decode != NULL)
		return true;
	if (plan->changed_count == WF_CHANGED_MAX)
		return refuse(walk, "is the fifth ExtractChangedRecordState; at most 4 can be used");
	plan->changed[plan->changed_count++] = walk->transform;
	return true;
}

/* What it does not know as an envelope, it lets pass. */
static void
route_events(Walk *walk)
{
	if (!walk->is_envelope)
		return;
	walk->plan->event_router = walk->transform;
	walk->is_envelope = false;
	walk->routed_by_row = walk->transform;
}

static void
decode(Walk *walk)
{
	if (!walk->is_message)
		return;
	walk->plan->decode = walk->transform;
	walk->is_message = false;
	walk->is_envelope = true;
}

static bool
apply(Walk *walk)
{
	switch (walk->transform->kind)
	{
		case WF_TRANSFORM_UNWRAP:
			return unwrap(walk);
		case WF_TRANSFORM_CHANGED:
			return note_changes(walk);
		case WF_TRANSFORM_TABLE_ROUTER:
		case WF_TRANSFORM_TOPIC_ROUTER:
		case WF_TRANSFORM_REGEX_ROUTER:
			return route(walk);
		case WF_TRANSFORM_OUTBOX:
			route_events(walk);
			break;
		case WF_TRANSFORM_DECODE:
			decode(walk);
			break;
		case WF_TRANSFORM_KINDS:
			break;
	}
	return true;
}

bool
wf_chain_plan(WfChainPlan *plan, WfTransforms *transforms, WfSlice topic, int schema_names,
			  WfChainRecords records, WfBuffer *error)
{
	Walk		walk = {
		.plan = plan, .is_envelope = records == WF_CHAIN_EVENTS,
		.is_message = records == WF_CHAIN_MESSAGES, .error = error
	};

	memset(plan, 0, sizeof(*plan));
	memcpy(plan->topic.bytes, topic.data, topic.length);
	plan->topic.length = topic.length;
	plan->key_schema.topic = plan->value_schema.topic = plan->topic;
	plan->key_schema.adjustment = plan->value_schema.adjustment = schema_names;
	if (transforms == NULL)
		return true;
	walk.engine = &transforms->engine;
	for (int i = 0; i < transforms->count; i++)
	{
		WfMatch		match;

		walk.transform = &transforms->transforms[i];
		if (plan->event_router != NULL && wf_transform_wants_envelopes(walk.transform))
			continue;
		if (walk.routed_by_row != NULL && wf_transform_needs_topic(walk.transform))
			return refuse(&walk, plan->event_router != NULL ?
						  "asks for the name of a topic that rows decide, " WF_BY_EVENT_ROUTER :
						  "asks for the name of a topic that rows decide, " WF_BY_FIELD);
		match = applies(&walk);
		if (match == WF_MATCH_ERROR || (match == WF_MATCH_YES && !apply(&walk)))
			return false;
	}
	return true;
}

static bool
refuse_key(const WfKeyMember *member, const WfRelation *relation, WfBuffer *error)
{
	wf_buffer_append_literal(error, "transform \"");
	wf_buffer_append_slice(error, member->router->alias);
	wf_buffer_append_literal(error, "\" adds a member to keys of the name that a key column of table \"");
	wf_buffer_append_slice(error, relation->schema);
	wf_buffer_append_char(error, '.');
	wf_buffer_append_slice(error, relation->name);
	wf_buffer_append_literal(error, "\" has; choose another key.field.name than \"");
	wf_buffer_append(error, member->name, strlen(member->name));
	wf_buffer_append_char(error, '"');
	return false;
}

/* An EventRouter makes keys of its own. */
bool
wf_chain_check_key(const WfChainPlan *plan, const WfOptions *options, const WfRelation *relation,
				   WfBuffer *error)
{
	if (plan->event_router != NULL)
		return true;
	for (int i = 0; i < plan->key_member_count; i++)
		for (int k = 0; k < relation->key_count; k++)
		{
			WfSlice		column = relation->columns[relation->key_columns[k]].name;
			WfAdjustedName room;

			if (wf_slice_equal(wf_field_name_adjust(options->field_names, column, &room),
							   wf_slice_of(plan->key_members[i].name)))
				return refuse_key(&plan->key_members[i], relation, error);
		}
	return true;
}

void
wf_chain_key_tail_write(const WfChainPlan *plan, WfBuffer *buffer, WfTextForm *form)
{
	for (int i = 0; i < plan->key_member_count; i++)
	{
		const WfKeyMember *member = &plan->key_members[i];

		wf_buffer_append_char(buffer, ',');
		wf_json_string(buffer, form, member->name, strlen(member->name));
		wf_buffer_append_char(buffer, ':');
		wf_json_string(buffer, form, member->value.bytes, member->value.length);
	}
	if (plan->key_member_count > 0)
		wf_buffer_append_char(buffer, '}');
}

void
wf_chain_key_fields_write(const WfChainPlan *plan, WfBuffer *buffer, WfTextForm *form)
{
	for (int i = 0; i < plan->key_member_count; i++)
	{
		const char *name = plan->key_members[i].name;

		wf_buffer_append_literal(buffer, ",{\"type\":\"string\",\"optional\":false,\"field\":");
		wf_json_string(buffer, form, name, strlen(name));
		wf_buffer_append_char(buffer, '}');
	}
}
