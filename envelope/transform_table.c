/*
 * transform_table.c
 *		The types of transforms, and the settings that each takes.
 *
 * Names, values and defaults are those of Debezium 3.7 and Kafka Connect 4.3
 * (ExtractNewRecordStateConfigDefinition, ExtractNewRecordState,
 * ExtractChangedRecordState, ToLogicalTopicRouter, ByLogicalTableRouter,
 * RegexRouter, DecodeLogicalDecodingMessageContent).  A text that may be empty is a
 * LIST, which is kept as a pointer.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "transform.h"

#include "message_decoder.h"
#include "unwrap_settings.h"

#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

/* ---- ExtractNewRecordState ---- */

static const char *
refuse_removed(const char *value)
{
	(void) value;
	return "nothing any more: Debezium 3 knows only delete.tombstone.handling.mode";
}

#define AT(member) offsetof(WfUnwrapSettings, member)

static const WfOptionSpec unwrap_settings[] = {
	{
		.name = "delete.tombstone.handling.mode", .type = WF_OPTION_CHOICE,
		.choices = "drop|tombstone|rewrite|rewrite-with-tombstone|delete-to-tombstone",
		.default_text = "tombstone", .offset = AT(delete_handling),
		.doc = "What becomes of deletes and their tombstones."
	},
	{
		.name = "add.fields", .type = WF_OPTION_LIST, .default_text = "", .offset = AT(add_fields),
		.doc = "Members of the envelope that are added to the row, as in op,source.lsn:LSN."
	},
	{
		.name = "add.fields.prefix", .type = WF_OPTION_LIST, .default_text = "__",
		.offset = AT(add_fields_prefix), .doc = "What their names begin with."
	},
	{
		.name = "add.headers", .type = WF_OPTION_LIST, .default_text = "",
		.offset = AT(add_headers), .doc = "Members of the envelope that become headers."
	},
	{
		.name = "add.headers.prefix", .type = WF_OPTION_LIST, .default_text = "__",
		.offset = AT(add_headers_prefix), .doc = "What their names begin with."
	},
	{
		.name = "route.by.field", .type = WF_OPTION_LIST, .default_text = "",
		.offset = AT(route_by_field), .doc = "The column that names the record's topic."
	},
	{
		.name = "drop.fields.header.name", .type = WF_OPTION_LIST, .default_text = "",
		.offset = AT(drop_fields_header),
		.doc = "The header that lists the columns which are left out of the row."
	},
	{
		.name = "drop.fields.from.key", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = AT(drop_fields_from_key), .doc = "Whether they are left out of the key too."
	},
	{
		.name = "drop.fields.keep.schema.compatible", .type = WF_OPTION_BOOL,
		.default_text = "true", .offset = AT(drop_fields_keep_schema),
		.doc = "Whether only columns that can be NULL are left out."
	},
	{
		.name = "replace.null.with.default", .type = WF_OPTION_BOOL, .default_text = "true",
		.offset = AT(replace_null_with_default),
		.doc = "With rewrite: whether a NULL becomes the column's default."
	},
	{
		.name = "drop.tombstones", .type = WF_OPTION_TEXT, .check = refuse_removed,
		.offset = AT(removed), .doc = "Refused: Debezium 3 passes over it."
	},
	{
		.name = "delete.handling.mode", .type = WF_OPTION_TEXT, .check = refuse_removed,
		.offset = AT(removed), .doc = "Refused: Debezium 3 passes over it."
	},
};

#undef AT

/* ---- ExtractChangedRecordState ---- */

static const WfOptionSpec changed_settings[] = {
	{
		.name = "header.changed.name", .type = WF_OPTION_LIST, .default_text = "",
		.offset = offsetof(WfChangedSettings, changed_name),
		.doc = "The header that lists the columns which an update has changed."
	},
	{
		.name = "header.unchanged.name", .type = WF_OPTION_LIST, .default_text = "",
		.offset = offsetof(WfChangedSettings, unchanged_name),
		.doc = "The header that lists the others."
	},
};

/* ---- routers ---- */

#define AT(member) offsetof(WfRouterSettings, member)

/* What both names of Debezium's router take. */
#define LOGICAL_ROUTER_SETTINGS(default_key_field) \
	{ \
		.name = "topic.regex", .type = WF_OPTION_LIST, .offset = AT(topic_regex), \
		.doc = "A topic's name has to match it as a whole to be changed." \
	}, \
	{ \
		.name = "topic.replacement", .type = WF_OPTION_LIST, .offset = AT(topic_replacement), \
		.doc = "The new name; $1 and ${name} stand for groups." \
	}, \
	{ \
		.name = "key.enforce.uniqueness", .type = WF_OPTION_BOOL, .default_text = "true", \
		.offset = AT(key_enforce_uniqueness), \
		.doc = "Whether keys get a member that tells the table." \
	}, \
	{ \
		.name = "key.field.name", .type = WF_OPTION_LIST, .default_text = default_key_field, \
		.offset = AT(key_field_name), .doc = "The name of that member." \
	}, \
	{ \
		.name = "key.field.regex", .type = WF_OPTION_LIST, .default_text = "", \
		.offset = AT(key_field_regex), .doc = "What its value is made of: the old topic's name." \
	}, \
	{ \
		.name = "key.field.replacement", .type = WF_OPTION_LIST, \
		.offset = AT(key_field_replacement), .doc = "And how." \
	}, \
	{ \
		.name = "schema.name.adjustment.mode", .type = WF_OPTION_CHOICE, .default_text = "none", \
		.choices = "none|avro|avro_unicode", .offset = AT(schema_names), \
		.doc = "How the new names of schemas are made fit for Avro." \
	}, \
	{ \
		.name = "logical.destination.cache.size", .type = WF_OPTION_INT, .default_text = "16", \
		.minimum = 1, .maximum = INT32_MAX, .offset = AT(cache_size), \
		.doc = "Without effect: names are made once per table." \
	}

static const WfOptionSpec table_router_settings[] = {
	LOGICAL_ROUTER_SETTINGS("__dbz__physicalTableIdentifier"),
	{
		.name = "logical.table.cache.size", .type = WF_OPTION_INT, .default_text = "16",
		.minimum = 1, .maximum = INT32_MAX, .offset = AT(cache_size),
		.doc = "The older name of logical.destination.cache.size."
	},
};

static const WfOptionSpec topic_router_settings[] = {
	LOGICAL_ROUTER_SETTINGS("__dbz__sourceIdentifier"),
};

static const WfOptionSpec regex_router_settings[] = {
	{
		.name = "regex", .type = WF_OPTION_LIST, .offset = AT(topic_regex),
		.doc = "A topic's name has to match it as a whole to be changed."
	},
	{
		.name = "replacement", .type = WF_OPTION_LIST, .offset = AT(topic_replacement),
		.doc = "The new name; $1 and ${name} stand for groups."
	},
};

#undef AT

/* Refuses a text that was not given or says nothing; true if it is there. */
static bool
demand(const WfTransform *transform, const char *name, const char *value, WfBuffer *error)
{
	return value != NULL && value[0] != '\0' ? true :
		wf_transform_refuse(error, transform, name, value == NULL ? "is missing" : "is empty");
}

/* RegexRouter alone takes an empty replacement: it may leave a part of the topic's name. */
static bool
finish_rewrite(WfTransforms *transforms, WfTransform *transform, WfRewrite *rewrite,
			   const char *regex_name, const char *regex, const char *replacement_name,
			   const char *replacement, WfBuffer *error)
{
	bool		may_be_empty = transform->kind == WF_TRANSFORM_REGEX_ROUTER;

	if (!demand(transform, regex_name, regex, error))
		return false;
	if (!(may_be_empty && replacement != NULL) &&
		!demand(transform, replacement_name, replacement, error))
		return false;
	return wf_transform_compile(transforms, transform, rewrite, regex_name, regex,
								replacement_name, replacement, error);
}

static bool
finish_regex_router(WfTransforms *transforms, WfTransform *transform, WfBuffer *error)
{
	const WfRouterSettings *router = &transform->as.router;

	return finish_rewrite(transforms, transform, &transform->topic_rewrite, "regex",
						  router->topic_regex, "replacement", router->topic_replacement, error);
}

static bool
finish_logical_router(WfTransforms *transforms, WfTransform *transform, WfBuffer *error)
{
	const WfRouterSettings *router = &transform->as.router;
	WfSlice		key_regex = wf_slice_trim(wf_slice(router->key_field_regex,
												   strlen(router->key_field_regex)));

	if (!finish_rewrite(transforms, transform, &transform->topic_rewrite, "topic.regex",
						router->topic_regex, "topic.replacement", router->topic_replacement,
						error))
		return false;
	if (router->key_field_name[0] == '\0' && router->key_enforce_uniqueness)
		return wf_transform_refuse(error, transform, "key.field.name", "is empty");
	if (key_regex.length == 0)
		return true;
	return finish_rewrite(transforms, transform, &transform->key_rewrite, "key.field.regex",
						  router->key_field_regex, "key.field.replacement",
						  router->key_field_replacement, error);
}

/* ---- EventRouter ---- */

static bool
finish_event_router(WfTransforms *transforms, WfTransform *transform, WfBuffer *error)
{
	WfOutboxSettings *outbox = &transform->as.outbox;
	const char *setting;
	const char *reason;

	if (!wf_outbox_settings_finish(outbox, &setting, &reason))
		return wf_transform_refuse(error, transform, setting, reason);
	return wf_transform_compile(transforms, transform, &transform->topic_rewrite,
								"route.topic.regex", outbox->topic_regex,
								"route.topic.replacement", outbox->topic_replacement, error);
}

/* ---- DecodeLogicalDecodingMessageContent ---- */

static const WfOptionSpec decode_settings[] = {
	{
		.name = "fields.null.include", .type = WF_OPTION_BOOL, .default_text = "false",
		.offset = offsetof(WfDecodeSettings, include_nulls),
		.doc = "Whether members that are null are shown."
	},
};

/* ---- the types ---- */

#define SETTINGS(table) .settings = table, .setting_count = COUNT_OF(table)

const WfTransformType wf_transform_types[WF_TRANSFORM_KINDS] = {
	[WF_TRANSFORM_UNWRAP] = {
		.class_name = "io.debezium.transforms.ExtractNewRecordState", SETTINGS(unwrap_settings),
		.finish = wf_unwrap_settings_finish, .is_planned = true
	},
	[WF_TRANSFORM_CHANGED] = {
		.class_name = "io.debezium.transforms.ExtractChangedRecordState",
		SETTINGS(changed_settings), .is_planned = true
	},
	[WF_TRANSFORM_TABLE_ROUTER] = {
		.class_name = "io.debezium.transforms.ByLogicalTableRouter",
		SETTINGS(table_router_settings), .finish = finish_logical_router,
		.is_planned = true
	},
	[WF_TRANSFORM_TOPIC_ROUTER] = {
		.class_name = "io.debezium.transforms.ToLogicalTopicRouter",
		SETTINGS(topic_router_settings), .finish = finish_logical_router,
		.is_planned = true
	},
	[WF_TRANSFORM_REGEX_ROUTER] = {
		.class_name = "org.apache.kafka.connect.transforms.RegexRouter",
		SETTINGS(regex_router_settings), .finish = finish_regex_router,
		.is_planned = true
	},
	[WF_TRANSFORM_OUTBOX] = {
		.class_name = "io.debezium.transforms.outbox.EventRouter",
		.settings = wf_outbox_settings, .setting_count = WF_OUTBOX_SETTING_COUNT,
		.finish = finish_event_router, .is_planned = true
	},
	[WF_TRANSFORM_DECODE] = {
		.class_name =
		"io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent",
		SETTINGS(decode_settings), .finish = wf_message_decoder_finish, .is_planned = true
	},
};
