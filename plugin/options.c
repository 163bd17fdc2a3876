/*
 * options.c
 *		The options a client gives with START_REPLICATION, read and checked.
 *
 * Two tables are searched: the plugin's own and the format's, which the
 * shipper shares.  Nothing is ever ignored: an option that is misspelt would
 * otherwise change what is written without a word.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"

#include "envelope/nearest_name.h"
#include "envelope/renamed_option.h"
#include "options.h"
#include "palloc_buffer.h"

/* A sentence of what is allowed is never longer. */
#define ALLOWED_TEXT_CEILING 4096

typedef struct OptionTable
{
	const WfOptionSpec *specs;
	int			count;
	void	   *target;
	bool	   *given;			/* per option */
} OptionTable;

static void set_option(DefElem *option, OptionTable *tables, int table_count);
static void check_option_name(const char *name);
static _Noreturn void refuse_unknown_option(const char *name);
static void settle(WfOptions *format);
static void set_default_topic_prefix(WfOptions *format, WfEncoding *encoding);

List *
wf_options_in_utf8(List *options, WfEncoding *encoding)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, options)
	{
		DefElem    *option = lfirst(cell);
		char	   *value = option->arg == NULL ? NULL :
		wf_encoding_cstring(encoding, strVal(option->arg));

		result = lappend(result, makeDefElem(option->defname,
											 value == NULL ? NULL : (Node *) makeString(value),
											 option->location));
	}
	return result;
}

void
wf_options_parse(List *options, WfEncoding *encoding, WfPluginOptions *plugin, WfOptions *format)
{
	OptionTable tables[2] = {
		{wf_plugin_options, WF_PLUGIN_OPTION_COUNT, plugin, NULL},
		{wf_format_options, wf_format_option_count, format, NULL}
	};
	ListCell   *cell;

	memset(plugin, 0, sizeof(*plugin));
	memset(format, 0, sizeof(*format));
	for (int i = 0; i < (int) lengthof(tables); i++)
	{
		wf_options_set_defaults(tables[i].specs, tables[i].count, tables[i].target);
		tables[i].given = palloc0(sizeof(bool) * tables[i].count);
	}

	foreach(cell, options)
		set_option((DefElem *) lfirst(cell), tables, lengthof(tables));

	if (plugin->frame_version < WF_FRAME_VERSION_OLDEST ||
		plugin->frame_version > WF_FRAME_VERSION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("frame version " INT64_FORMAT " is not supported",
						(int64) plugin->frame_version),
				 errdetail("This is walferry %s, which writes frame versions %d to %d.",
						   WALFERRY_VERSION, WF_FRAME_VERSION_OLDEST, WF_FRAME_VERSION),
				 errhint("Install the same version of the plugin and of the shipper.")));

	if (format->topic_prefix.length == 0)
		set_default_topic_prefix(format, encoding);
	settle(format);
	if (plugin->output == WF_OUTPUT_FRAME && (format->key_schemas || format->value_schemas) &&
		plugin->frame_version < WF_FRAME_VERSION_ENCLOSURES)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("inline schemas need frame version %d", WF_FRAME_VERSION_ENCLOSURES),
				 errhint("Update the shipper, or set schemas.enable to false.")));
}

/* What no single option shows; and schemas are off unless asked for. */
static void
settle(WfOptions *format)
{
	WfBuffer	complaint;

	wf_palloc_buffer_init(&complaint, CurrentMemoryContext, ALLOWED_TEXT_CEILING);
	if (!wf_options_settle(format, false, &complaint))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the options contradict each other"),
				 errdetail("%.*s.", (int) complaint.length, complaint.data)));
}

static void
set_option(DefElem *option, OptionTable *tables, int table_count)
{
	const char *name = option->defname;
	const WfOptionSpec *spec = NULL;
	OptionTable *table = NULL;
	WfBuffer	allowed;
	char	   *value;

	check_option_name(name);

	for (int i = 0; i < table_count && spec == NULL; i++)
	{
		table = &tables[i];
		spec = wf_option_find(table->specs, table->count, name);
	}
	if (spec == NULL)
		refuse_unknown_option(name);

	if (table->given[spec - table->specs] && spec->type != WF_OPTION_FAMILY)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" is given twice", name)));
	table->given[spec - table->specs] = true;

	wf_palloc_buffer_init(&allowed, CurrentMemoryContext, ALLOWED_TEXT_CEILING);
	if (option->arg == NULL)
	{
		wf_option_describe_allowed(spec, &allowed);
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option \"%s\" has no value", name),
				 errhint("Allowed is %.*s.", (int) allowed.length, allowed.data)));
	}

	if (wf_option_is_full(spec, table->target))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("option \"%s\" is one too many", name),
				 errdetail("There can be at most %d %s.", WF_SETTINGS_MAX, spec->plural)));

	value = strVal(option->arg);
	if (!wf_option_set(spec, name, value, table->target, &allowed))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid value for option \"%s\": \"%s\"", name,
						wf_server_text(wf_slice(value, strlen(value)))),
				 errhint("Allowed is %.*s.", (int) allowed.length, allowed.data)));
}

/*
 * START_REPLICATION cuts names as it cuts identifiers, with no more than a
 * NOTICE, so one that just fits may be the stump of a longer name.
 */
static void
check_option_name(const char *name)
{
	if (strlen(name) >= NAMEDATALEN - 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option name \"%s\" is too long", name),
				 errdetail("Replication commands cut names to %d bytes.", NAMEDATALEN - 1)));
}

char *
wf_options_suggest(const char *name, bool in_policy)
{
	const WfRenamedOption *renamed = wf_renamed_option_find(name);
	WfNearestName search;

	if (renamed != NULL)
		return psprintf("It is called \"%s\" now%s.", renamed->today, renamed->values);
	wf_nearest_name_begin(&search, name);
	for (int i = 0; i < WF_PLUGIN_OPTION_COUNT; i++)
		if (!in_policy || strcmp(wf_plugin_options[i].name, "output") == 0)
			wf_nearest_name_try(&search, wf_plugin_options[i].name, wf_plugin_options[i].name);
	for (int i = 0; i < wf_format_option_count; i++)
		wf_nearest_name_try(&search, wf_format_options[i].name, wf_format_options[i].name);
	if (search.nearest == NULL)
		return NULL;
	return psprintf(search.nearest[strlen(search.nearest) - 1] == '.' ?
					"Perhaps you meant one that begins with \"%s\"." : "Perhaps you meant \"%s\".",
					search.nearest);
}

static void
refuse_unknown_option(const char *name)
{
	const char *suggestion = wf_options_suggest(name, false);

	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unrecognized walferry option: \"%s\"", name),
			 suggestion != NULL ? errhint("%s", suggestion) :
			 errhint("docs/plugin-options.md lists all options.")));
}

static void
set_default_topic_prefix(WfOptions *format, WfEncoding *encoding)
{
	static const char own[] = "__walferry";
	WfSlice		name = wf_encoding_database_name(encoding);

	if (name.length >= strlen(own) && memcmp(name.data, own, strlen(own)) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the database's name cannot be the prefix of topics"),
				 errdetail("Topics that begin with \"%s\" are walferry's own.", own),
				 errhint("Give the option \"topic.prefix\".")));

	Assert(name.length <= WF_OPTION_TEXT_MAX);
	memcpy(format->topic_prefix.bytes, name.data, name.length);
	format->topic_prefix.bytes[name.length] = '\0';
	format->topic_prefix.length = name.length;
}
