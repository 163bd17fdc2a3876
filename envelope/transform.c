/*
 * transform.c
 *		Reading a chain of transforms.
 *
 * The options that belong here have two free parts in their names, the alias and
 * the setting, so they are looked at together when all have been given: first
 * who is there (the lists and the types), then what is said of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "transform.h"

#include "chain_order.h"
#include "complaint.h"
#include "json.h"
#include "nearest_name.h"
#include "unknown_transform.h"
#include "unwrap_settings.h"

#define PREDICATE_CLASS "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"

/* ---- messages ---- */

/* `option "PREFIX ALIAS.SETTING" REASON`; false, for the caller to return. */
static bool
refuse(WfBuffer *error, const char *prefix, WfSlice alias, const char *setting, const char *reason)
{
	wf_complain(error, "option \"");
	wf_complain(error, prefix);
	wf_buffer_append_slice(error, alias);
	wf_buffer_append_char(error, '.');
	wf_complain(error, setting);
	wf_complain(error, "\" ");
	wf_complain(error, reason);
	return false;
}

/* The same of an option by its whole name, and a text. */
static bool
refuse_option(WfBuffer *error, const char *name, const char *reason, WfSlice text)
{
	wf_complain(error, "option \"");
	wf_complain(error, name);
	wf_complain(error, "\" ");
	wf_complain(error, reason);
	wf_complain_quoted(error, text);
	return false;
}

bool
wf_transform_refuse(WfBuffer *error, const WfTransform *transform, const char *setting,
					const char *reason)
{
	return refuse(error, WF_TRANSFORMS_PREFIX, transform->alias, setting, reason);
}

/* ---- names ---- */

bool
wf_transforms_next_alias(const char **list, WfSlice *alias)
{
	while (*list != NULL && **list != '\0')
	{
		size_t		length = strcspn(*list, ",");

		*alias = wf_slice_trim(wf_slice(*list, length));
		*list += length + ((*list)[length] == ',' ? 1 : 0);
		if (alias->length > 0)
			return true;
	}
	return false;
}

/* Is name PREFIX ALIAS.SETTING?  Then setting is set. */
static bool
belongs_to(const char *name, const char *prefix, WfSlice alias, const char **setting)
{
	size_t		prefix_length = strlen(prefix);

	if (strncmp(name, prefix, prefix_length) != 0)
		return false;
	name += prefix_length;
	if (strncmp(name, alias.data, alias.length) != 0 || name[alias.length] != '.')
		return false;
	*setting = name + alias.length + 1;
	return true;
}

bool
wf_transforms_owner(const char *list, const char *prefix, const char *name, WfSlice *alias,
					const char **setting)
{
	WfSlice		candidate;
	WfSlice		longest = WF_LITERAL("");
	const char *rest;

	while (wf_transforms_next_alias(&list, &candidate))
		if (candidate.length > longest.length && belongs_to(name, prefix, candidate, &rest))
		{
			longest = candidate;
			*setting = rest;
		}
	*alias = longest;
	return longest.length > 0;
}

/* The setting of an alias, or NULL if it was not given. */
static const WfSetting *
find_setting(const WfOptions *options, const char *list, const char *prefix, WfSlice alias,
			 const char *setting)
{
	for (int i = 0; i < options->transform_settings.count; i++)
	{
		const WfSetting *entry = &options->transform_settings.entries[i];
		WfSlice		owner;
		const char *rest;

		if (wf_transforms_owner(list, prefix, entry->name, &owner, &rest) &&
			wf_slice_equal(owner, alias) && strcmp(rest, setting) == 0)
			return entry;
	}
	return NULL;
}

/* ---- life ---- */

bool
wf_transforms_init(WfTransforms *transforms, const WfMemory *memory)
{
	memset(transforms, 0, sizeof(*transforms));
	return wf_pattern_engine_init(&transforms->engine, memory);
}

void
wf_transforms_free(WfTransforms *transforms)
{
	const WfMemory *memory = &transforms->engine.memory;

	for (int i = 0; i < transforms->count; i++)
	{
		WfUnwrap   *unwrap = transforms->transforms[i].unwrap;

		if (unwrap != NULL)
		{
			memory->release(unwrap->names, memory->context);
			memory->release(unwrap, memory->context);
		}
		if (transforms->transforms[i].decoder != NULL)
			memory->release(transforms->transforms[i].decoder, memory->context);
		wf_rewrite_free(&transforms->transforms[i].topic_rewrite);
		wf_rewrite_free(&transforms->transforms[i].key_rewrite);
	}
	for (int i = 0; i < transforms->predicate_count; i++)
		wf_pattern_free(&transforms->predicates[i].pattern);
	wf_pattern_engine_free(&transforms->engine);
	transforms->count = 0;
	transforms->predicate_count = 0;
}

bool
wf_transform_compile(WfTransforms *transforms, const WfTransform *transform, WfRewrite *rewrite,
					 const char *regex_name, const char *regex, const char *replacement_name,
					 const char *replacement, WfBuffer *error)
{
	const WfOptions *options = transforms->options;
	const char *list = options->transforms;
	const WfSetting *regex_setting = find_setting(options, list, WF_TRANSFORMS_PREFIX,
												  transform->alias, regex_name);
	const WfSetting *replacement_setting = find_setting(options, list, WF_TRANSFORMS_PREFIX,
														transform->alias, replacement_name);

	return wf_rewrite_compile(&transforms->engine, rewrite,
							  regex_setting != NULL ? regex_setting->name : regex_name,
							  wf_slice_of(regex),
							  replacement_setting != NULL ? replacement_setting->name :
							  replacement_name, wf_slice_of(replacement), error);
}

/* ---- who is there ---- */

/* No name is there twice or too long, and there are not more than 16, of either list. */
static bool
check_list(const char *list_name, const char *list, WfBuffer *error)
{
	WfSlice		aliases[WF_TRANSFORMS_MAX];
	WfSlice		alias;
	int			count = 0;

	while (wf_transforms_next_alias(&list, &alias))
	{
		if (alias.length > WF_TRANSFORM_ALIAS_MAX)
			return refuse_option(error, list_name, "has a name of more than 100 bytes: ", alias);
		for (int i = 0; i < count; i++)
			if (wf_slice_equal(aliases[i], alias))
				return refuse_option(error, list_name, "has a name twice: ", alias);
		if (count == WF_TRANSFORMS_MAX)
			return refuse_option(error, list_name, "has more than 16 names; the next is ", alias);
		aliases[count++] = alias;
	}
	return true;
}

bool
wf_transforms_check_names(const WfOptions *options, WfBuffer *error)
{
	return check_list("predicates", options->predicates, error) &&
		check_list("transforms", options->transforms, error);
}

static bool
find_type(const char *class_name, WfTransformKind *kind)
{
	for (int i = 0; i < WF_TRANSFORM_KINDS; i++)
		if (strcmp(wf_transform_types[i].class_name, class_name) == 0)
		{
			*kind = (WfTransformKind) i;
			return true;
		}
	return false;
}

static void *
settings_of(WfTransform *transform)
{
	return &transform->as;
}

static bool
add_transform(WfTransforms *transforms, WfSlice alias, WfBuffer *error)
{
	const WfOptions *options = transforms->options;
	WfTransform *transform = &transforms->transforms[transforms->count];
	const WfTransformType *type;
	const WfSetting *setting;

	setting = find_setting(options, options->transforms, WF_TRANSFORMS_PREFIX, alias, "type");
	if (setting == NULL)
		return refuse(error, WF_TRANSFORMS_PREFIX, alias, "type",
					  "is missing: option \"transforms\" has the name");

	memset(transform, 0, sizeof(*transform));
	transform->alias = alias;
	if (!find_type(setting->value, &transform->kind))
	{
		refuse_option(error, setting->name, "names a transform that walferry does not have: ",
					  wf_slice_of(setting->value));
		wf_transform_tell_unknown(error, setting->value);
		return false;
	}
	type = &wf_transform_types[transform->kind];
	wf_options_set_defaults(type->settings, type->setting_count, settings_of(transform));
	transforms->count++;
	return true;
}

static bool
add_predicate(WfTransforms *transforms, WfSlice alias, WfBuffer *error)
{
	const WfOptions *options = transforms->options;
	const char *list = options->predicates;
	WfPredicate *predicate = &transforms->predicates[transforms->predicate_count];
	const WfSetting *type;
	const WfSetting *pattern;

	type = find_setting(options, list, WF_PREDICATES_PREFIX, alias, "type");
	if (type == NULL)
		return refuse(error, WF_PREDICATES_PREFIX, alias, "type",
					  "is missing: option \"predicates\" has the name");
	if (strcmp(type->value, PREDICATE_CLASS) != 0)
	{
		refuse_option(error, type->name, "names a predicate that walferry does not have: ",
					  wf_slice_of(type->value));
		wf_complain(error, "; it has " PREDICATE_CLASS);
		return false;
	}
	pattern = find_setting(options, list, WF_PREDICATES_PREFIX, alias, "pattern");
	if (pattern == NULL || pattern->value[0] == '\0')
		return refuse(error, WF_PREDICATES_PREFIX, alias, "pattern",
					  pattern == NULL ? "is missing" : "is empty");

	predicate->alias = alias;
	predicate->pattern_option = pattern->name;
	if (!wf_pattern_compile_java(&transforms->engine, &predicate->pattern, pattern->name,
								 wf_slice_of(pattern->value), true, error))
		return false;
	transforms->predicate_count++;
	return true;
}

/* ---- what is said of them ---- */

static WfTransform *
find_transform(WfTransforms *transforms, WfSlice alias)
{
	for (int i = 0; i < transforms->count; i++)
		if (wf_slice_equal(transforms->transforms[i].alias, alias))
			return &transforms->transforms[i];
	return NULL;
}

static bool
set_predicate(WfTransforms *transforms, WfTransform *transform, const WfSetting *setting,
			  WfBuffer *error)
{
	WfSlice		alias = wf_slice_trim(wf_slice_of(setting->value));

	for (int i = 0; i < transforms->predicate_count; i++)
		if (wf_slice_equal(transforms->predicates[i].alias, alias))
		{
			transform->predicate = &transforms->predicates[i];
			return true;
		}
	return refuse_option(error, setting->name, "names no predicate of option \"predicates\": ", alias);
}

/* What every transform takes. */
typedef struct CommonSettings
{
	bool		negate;
	const char *plugin_version; /* without meaning here */
} CommonSettings;

static const WfOptionSpec common_settings[] = {
	{.name = "negate", .type = WF_OPTION_BOOL, .offset = offsetof(CommonSettings, negate)},
	{
		.name = "plugin.version", .type = WF_OPTION_LIST,
		.offset = offsetof(CommonSettings, plugin_version)
	},
};

#define COMMON_COUNT ((int) (sizeof(common_settings) / sizeof(common_settings[0])))

static bool
refuse_setting(WfBuffer *error, const WfTransform *transform, const WfSetting *setting,
			   const char *name)
{
	const WfTransformType *type = &wf_transform_types[transform->kind];
	WfNearestName search;

	wf_complain(error, "option \"");
	wf_complain(error, setting->name);
	wf_complain(error, "\" is not known to ");
	wf_complain(error, type->class_name);
	wf_nearest_name_begin(&search, name);
	for (int i = 0; i < type->setting_count; i++)
		wf_nearest_name_try(&search, type->settings[i].name, type->settings[i].name);
	wf_nearest_name_try(&search, "predicate", "predicate");
	wf_nearest_name_try(&search, "negate", "negate");
	if (search.nearest != NULL)
	{
		wf_complain(error, "; did you mean " WF_TRANSFORMS_PREFIX);
		wf_buffer_append_slice(error, transform->alias);
		wf_buffer_append_char(error, '.');
		wf_complain(error, search.nearest);
		wf_complain(error, "?");
	}
	return false;
}

static bool
set_value(const WfOptionSpec *spec, const WfSetting *setting, void *target, WfBuffer *error)
{
	size_t		mark = error->length;

	refuse_option(error, setting->name, "is ", wf_slice_of(setting->value));
	wf_complain(error, ", but it takes ");
	if (!wf_option_set(spec, setting->name, setting->value, target, error))
		return false;
	wf_buffer_cut(error, mark);
	return true;
}

static bool
set_transform(WfTransforms *transforms, WfTransform *transform, const WfSetting *setting,
			  const char *name, WfBuffer *error)
{
	const WfTransformType *type = &wf_transform_types[transform->kind];
	const WfOptionSpec *spec = wf_option_find(type->settings, type->setting_count, name);
	CommonSettings common = {.negate = transform->negate};

	if (strcmp(name, "type") == 0)
		return true;
	if (strcmp(name, "predicate") == 0)
		return set_predicate(transforms, transform, setting, error);
	if (spec != NULL)
		return set_value(spec, setting, settings_of(transform), error);
	spec = wf_option_find(common_settings, COMMON_COUNT, name);
	if (spec == NULL)
		return refuse_setting(error, transform, setting, name);
	if (!set_value(spec, setting, &common, error))
		return false;
	transform->negate = common.negate;
	return true;
}

/* Has anybody, listed or not, whose name this may begin with, a type? */
static bool
is_switched_off(const WfOptions *options, const char *name)
{
	for (int i = 0; i < options->transform_settings.count; i++)
	{
		const char *other = options->transform_settings.entries[i].name;
		size_t		length = strlen(other);

		if (length > strlen("type") && strcmp(other + length - strlen(".type"), ".type") == 0 &&
			strncmp(other, name, length - strlen("type")) == 0)
			return true;
	}
	return false;
}

static bool
set_one(WfTransforms *transforms, const WfSetting *setting, WfBuffer *error)
{
	const WfOptions *options = transforms->options;
	bool		is_predicate = strncmp(setting->name, WF_PREDICATES_PREFIX,
									   strlen(WF_PREDICATES_PREFIX)) == 0;
	const char *list = is_predicate ? options->predicates : options->transforms;
	const char *prefix = is_predicate ? WF_PREDICATES_PREFIX : WF_TRANSFORMS_PREFIX;
	WfSlice		alias;
	const char *name;

	if (!wf_transforms_owner(list, prefix, setting->name, &alias, &name))
	{
		if (is_switched_off(options, setting->name))
			return true;
		return refuse_option(error, setting->name, is_predicate ?
							 "belongs to no name of option \"predicates\", which is " :
							 "belongs to no name of option \"transforms\", which is ",
							 wf_slice_of(list != NULL ? list : ""));
	}
	if (!is_predicate)
		return set_transform(transforms, find_transform(transforms, alias), setting, name, error);
	if (strcmp(name, "type") == 0 || strcmp(name, "pattern") == 0 ||
		strcmp(name, "plugin.version") == 0)
		return true;
	return refuse_option(error, setting->name, "is not known to ", WF_LITERAL(PREDICATE_CLASS));
}

static bool
is_given_twice(const WfSettings *settings, int index)
{
	for (int i = 0; i < index; i++)
		if (strcmp(settings->entries[i].name, settings->entries[index].name) == 0)
			return true;
	return false;
}

static bool
finish(WfTransforms *transforms, WfTransform *transform, WfBuffer *error)
{
	const WfTransformType *type = &wf_transform_types[transform->kind];

	if (transform->negate && transform->predicate == NULL)
		return wf_transform_refuse(error, transform, "negate", "negates no predicate");
	if (type->finish != NULL && !type->finish(transforms, transform, error))
		return false;
	if (!type->is_planned)
		return wf_transform_refuse(error, transform, "type",
								   "names a transform that is not supported yet");
	return true;
}

bool
wf_transforms_read(WfTransforms *transforms, const WfOptions *options, WfBuffer *error)
{
	const WfSettings *settings = &options->transform_settings;
	const char *list = options->predicates;
	WfSlice		alias;

	transforms->options = options;
	if (!wf_transforms_check_names(options, error))
		return false;
	while (wf_transforms_next_alias(&list, &alias))
		if (!add_predicate(transforms, alias, error))
			return false;
	list = options->transforms;
	while (wf_transforms_next_alias(&list, &alias))
		if (!add_transform(transforms, alias, error))
			return false;

	for (int i = 0; i < settings->count; i++)
	{
		if (is_given_twice(settings, i))
			return refuse_option(error, settings->entries[i].name, "is given twice, then as ",
								 wf_slice_of(settings->entries[i].value));
		if (!set_one(transforms, &settings->entries[i], error))
			return false;
	}
	for (int i = 0; i < transforms->count; i++)
		if (!finish(transforms, &transforms->transforms[i], error))
			return false;
	return wf_chain_check_order(transforms, error);
}
