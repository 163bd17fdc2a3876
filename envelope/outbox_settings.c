/*
 * outbox_settings.c
 *		The settings of Debezium's outbox EventRouter.
 *
 * Names, values and defaults are those of Debezium 3.7
 * (EventRouterConfigDefinition); table.fields.additional.error.on.missing is the
 * older name of table.field.additional.missing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "outbox_settings.h"

#include "pattern.h"

#define AT(member) offsetof(WfOutboxSettings, member)

/* The tracing of Debezium needs OpenTelemetry's agent in its process, and is off without. */
#define TRACING(setting) \
	{ \
		.name = setting, .type = WF_OPTION_LIST, .offset = AT(tracing), \
		.doc = "Without effect: there is no OpenTelemetry here." \
	}

const WfOptionSpec wf_outbox_settings[WF_OUTBOX_SETTING_COUNT] = {
	{
		.name = "table.field.event.id", .type = WF_OPTION_LIST, .default_text = "id",
		.offset = AT(event_id), .doc = "The column of the event's id, which is a header."
	},
	{
		.name = "table.field.event.key", .type = WF_OPTION_LIST, .default_text = "aggregateid",
		.offset = AT(event_key), .doc = "The column of the record's key."
	},
	{
		.name = "table.field.event.type", .type = WF_OPTION_LIST, .default_text = "type",
		.offset = AT(event_type), .doc = "Without effect, as in Debezium."
	},
	{
		.name = "table.field.event.payload", .type = WF_OPTION_LIST, .default_text = "payload",
		.offset = AT(event_payload), .doc = "The column of the record's value."
	},
	{
		.name = "table.field.event.timestamp", .type = WF_OPTION_LIST, .default_text = "",
		.offset = AT(event_timestamp), .doc = "The column of the record's time."
	},
	{
		.name = "table.field.event.schema.version", .type = WF_OPTION_LIST, .default_text = "",
		.offset = AT(event_version), .doc = "The column of the version of the value's schema."
	},
	{
		.name = "table.fields.additional.placement", .type = WF_OPTION_LIST, .default_text = "",
		.offset = AT(placement),
		.doc = "Further columns, as in type:header:eventType,tenant:envelope,shard:partition."
	},
	{
		.name = "table.field.additional.missing", .type = WF_OPTION_CHOICE,
		.default_text = "error", .choices = "error|ignore", .offset = AT(missing),
		.doc = "What happens if the table lacks one of these."
	},
	{
		.name = "table.fields.additional.error.on.missing", .type = WF_OPTION_SWITCH,
		.offset = AT(error_on_missing), .doc = "The same by its older name."
	},
	{
		.name = "table.expand.json.payload", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = AT(expand_payload),
		.doc = "Whether a payload that is a text with JSON is published as JSON."
	},
	{
		.name = "table.json.payload.null.behavior", .type = WF_OPTION_CHOICE,
		.default_text = "ignore", .choices = "ignore|optional_bytes", .offset = AT(null_behavior),
		.doc = "Whether members that are null are left out of it."
	},
	{
		.name = "table.json.payload.empty.array.behavior", .type = WF_OPTION_CHOICE,
		.default_text = "ignore", .choices = "ignore|optional_string",
		.offset = AT(empty_array_behavior),
		.doc = "Whether members that are empty arrays are left out of it."
	},
	{
		.name = "table.op.invalid.behavior", .type = WF_OPTION_CHOICE, .default_text = "warn",
		.choices = "warn|error|fatal", .offset = AT(invalid),
		.doc = "What happens at an update of an outbox table."
	},
	{
		.name = "route.by.field", .type = WF_OPTION_LIST, .default_text = "aggregatetype",
		.offset = AT(route_by_field), .doc = "The column that the topic's name is made of."
	},
	{
		.name = "route.topic.regex", .type = WF_OPTION_LIST,
		.default_text = "(?<routedByValue>.*)", .offset = AT(topic_regex),
		.doc = "A value has to match it as a whole, else it is the topic's name itself."
	},
	{
		.name = "route.topic.replacement", .type = WF_OPTION_LIST,
		.default_text = "outbox.event.${routedByValue}", .offset = AT(topic_replacement),
		.doc = "The topic's name; $1 and ${name} stand for groups."
	},
	{
		.name = "route.tombstone.on.empty.payload", .type = WF_OPTION_BOOL,
		.default_text = "false", .offset = AT(tombstone_on_empty),
		.doc = "Whether a payload that is NULL, or a text of blanks, makes a tombstone."
	},
	TRACING("tracing.span.context.field"),
	TRACING("tracing.operation.name"),
	TRACING("tracing.with.context.field.only"),
};

static bool
is_word(WfSlice text, const char *lower_case)
{
	if (text.length != strlen(lower_case))
		return false;
	for (size_t i = 0; i < text.length; i++)
		if ((text.data[i] | 0x20) != lower_case[i])
			return false;
	return true;
}

static bool
read_placement(WfSlice text, WfOutboxPlacement *placement)
{
	if (is_word(text, "header"))
		*placement = WF_OUTBOX_HEADER;
	else if (is_word(text, "envelope"))
		*placement = WF_OUTBOX_ENVELOPE;
	else if (is_word(text, "partition"))
		*placement = WF_OUTBOX_PARTITION;
	else
		return false;
	return true;
}

/* The next part of *text up to a separator, trimmed; *text is moved behind it. */
static WfSlice
next_part(WfSlice *text, char separator)
{
	const char *end = memchr(text->data, separator, text->length);
	size_t		length = end != NULL ? (size_t) (end - text->data) : text->length;
	WfSlice		part = wf_slice(text->data, length);

	length += end != NULL ? 1 : 0;
	text->data += length;
	text->length -= length;
	return wf_slice_trim(part);
}

/* Members of one object, and partitions of one record. */
static const char *
clash(const WfOutboxSettings *settings, const WfOutboxField *field)
{
	if (field->placement == WF_OUTBOX_ENVELOPE && wf_slice_equal(field->alias, WF_LITERAL("payload")))
		return "places a second \"payload\" in the envelope; give it an alias";
	for (int i = 0; i < settings->field_count; i++)
	{
		const WfOutboxField *other = &settings->fields[i];

		if (other->placement != field->placement)
			continue;
		if (field->placement == WF_OUTBOX_PARTITION)
			return "names two columns for the partition";
		if (field->placement == WF_OUTBOX_ENVELOPE && wf_slice_equal(field->alias, other->alias))
			return "places two columns under one name in the envelope";
	}
	return NULL;
}

static const char *
add_field(WfOutboxSettings *settings, WfSlice item)
{
	WfOutboxField *field = &settings->fields[settings->field_count];
	WfSlice		placement;
	const char *reason;

	if (settings->field_count == WF_OUTBOX_FIELDS_MAX)
		return "names more than 32 columns";
	field->column = next_part(&item, ':');
	placement = next_part(&item, ':');
	field->alias = item.length > 0 ? next_part(&item, ':') : field->column;
	if (field->column.length == 0 || field->alias.length == 0 || item.length > 0 ||
		!read_placement(placement, &field->placement))
		return "takes column:placement or column:placement:alias, separated by commas, where "
			"placement is header, envelope or partition";
	reason = clash(settings, field);
	if (reason != NULL)
		return reason;
	if (field->placement == WF_OUTBOX_ENVELOPE)
		settings->has_envelope = true;
	settings->field_count++;
	return NULL;
}

bool
wf_outbox_settings_finish(WfOutboxSettings *settings, const char **setting, const char **reason)
{
	const struct
	{
		const char *name;
		const char *value;
	}			needed[] = {
		{"table.field.event.id", settings->event_id},
		{"table.field.event.key", settings->event_key},
		{"table.field.event.payload", settings->event_payload},
		{"route.by.field", settings->route_by_field},
		{"route.topic.regex", settings->topic_regex},
		{"route.topic.replacement", settings->topic_replacement},
	};
	WfSlice		rest = wf_slice(settings->placement, strlen(settings->placement));

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (needed[i].value[0] == '\0')
		{
			*setting = needed[i].name;
			*reason = "is empty";
			return false;
		}
	settings->ignores_missing = settings->missing == 1 ||
		settings->error_on_missing == WF_SWITCH_FALSE;
	*setting = "table.fields.additional.placement";
	while (rest.length > 0)
	{
		*reason = add_field(settings, next_part(&rest, ','));
		if (*reason != NULL)
			return false;
	}
	return true;
}
