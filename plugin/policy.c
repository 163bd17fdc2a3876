/*
 * policy.c
 *		The setting walferry.policy: what a client cannot choose.
 *
 * Filters and masks of a policy are rules of their own beside the client's, and
 * what one of them keeps back is kept back; so nothing that a client gives can
 * loosen them.  Columns that a policy leaves out are no part of the table for a
 * session, keys included, and masked ones are masked as they are read, so that
 * nothing behind (keys, headers, transformations) ever sees them.  Other options
 * are forced (policy_forced.c).
 *
 * The text is UTF-8, whatever the encoding of a database: it is for all.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "digest.h"
#include "filters.h"
#include "option_table.h"
#include "options.h"
#include "palloc_buffer.h"
#include "policy.h"
#include "policy_forced.h"
#include "policy_text.h"
#include "setting_source.h"

#define ERROR_CEILING 8192

static char *policy_setting = "";
static WfSettingSource policy_source = {.name = "walferry.policy"};
static uint64 generation = 1;

/* ---- is it well? ---- */

static bool
salt_is_named(void *host, WfSlice text, WfSlice *salt, WfBuffer *error)
{
	*salt = WF_LITERAL("");
	if (text.length > 1 && text.data[0] == '@')
		return true;
	wf_buffer_append_literal(error, "a mask's salt is not of the form salt=@NAME");
	return false;
}

/* The choices of "output" that a policy may list, joined by '|'. */
static bool
is_output_list(const char *value)
{
	WfPluginOptions options;
	char	   *rest = pstrdup(value);
	char	   *word;
	WfBuffer	allowed;

	wf_palloc_buffer_init(&allowed, CurrentMemoryContext, ERROR_CEILING);
	while ((word = wf_policy_next_word(&rest)) != NULL)
		if (!wf_option_set(wf_option_find(wf_plugin_options, WF_PLUGIN_OPTION_COUNT, "output"),
						   "output", word, &options, &allowed))
			return false;
	return true;
}

/* NULL if the option may stand in a policy with that value, else what is wrong. */
static char *
check_forced(const WfPolicySetting *setting)
{
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count,
											  setting->name);
	WfOptions  *options = palloc0(sizeof(WfOptions));
	WfBuffer	allowed;

	if (strcmp(setting->name, "output") == 0)
		return is_output_list(setting->value) ? NULL :
			pstrdup("\"output\" takes envelope, record and frame, separated by \"|\".");
	if (spec == NULL)
	{
		char	   *suggestion = wf_options_suggest(setting->name, true);

		return psprintf("There is no option \"%s\".%s%s", setting->name,
						suggestion != NULL ? " " : "", suggestion != NULL ? suggestion : "");
	}
	wf_palloc_buffer_init(&allowed, CurrentMemoryContext, ERROR_CEILING);
	if (wf_option_set(spec, setting->name, setting->value, options, &allowed))
		return NULL;
	return psprintf("The value of \"%s\" is not allowed, which is %.*s.", setting->name,
					(int) allowed.length, allowed.data);
}

/* A list that is forced to be empty is as if a client gave none. */
static bool
is_empty_list(const WfPolicySetting *setting)
{
	return !wf_rules_is_restriction(setting->name) &&
		wf_slice_trim(wf_slice(setting->value, strlen(setting->value))).length == 0;
}

static char *
check_part(const WfPolicyPart *part)
{
	WfRules		rules;
	WfMemory	memory = wf_server_memory(CurrentMemoryContext);
	WfBuffer	error;
	char	   *fault = NULL;
	ListCell   *cell;

	wf_palloc_buffer_init(&error, CurrentMemoryContext, ERROR_CEILING);
	if (!wf_rules_init(&rules, &memory, wf_server_digest))
		return pstrdup("There is no memory to read it.");
	foreach(cell, part->settings)
	{
		const WfPolicySetting *setting = lfirst(cell);

		if (!wf_rules_is_restriction(setting->name))
			fault = check_forced(setting);
		if (fault != NULL)
			return fault;
		if (wf_rules_is_option(setting->name) && !is_empty_list(setting) &&
			!wf_rules_set(&rules, setting->name,
						  wf_slice(setting->value, strlen(setting->value)), salt_is_named,
						  NULL, &error))
			break;
	}
	if (error.length > 0 || !wf_rules_check(&rules, &error))
		return psprintf("%.*s", (int) error.length, error.data);
	return NULL;
}

/*
 * Also called in the postmaster.  A policy that is not well is refused as a
 * whole; then the former one holds.
 */
static bool
check_policy(char **value, void **extra, GucSource source)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "walferry policy check",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	char	   *fault;
	List	   *parts = wf_policy_read(*value, &fault);
	ListCell   *cell;

	foreach(cell, parts)
		if (fault == NULL)
		fault = check_part(lfirst(cell));
	if (fault == NULL)
		fault = wf_policy_contradiction(parts);
	if (fault == NULL)
		fault = wf_policy_chain_fault(parts);

	MemoryContextSwitchTo(old_context);
	if (fault != NULL)
		GUC_check_errdetail("%s", fault);
	MemoryContextDelete(context);
	return fault == NULL;
}

static void
assign_policy(const char *value, void *extra)
{
	if (policy_setting == NULL || strcmp(value, policy_setting) != 0)
		generation++;
	wf_setting_assigned(&policy_source);
}

void
wf_policy_define(void)
{
	wf_setting_look(&policy_source);
	DefineCustomStringVariable("walferry.policy",
							   "What clients of the output plugin walferry cannot choose.",
							   "DATABASE/ROLE { OPTION = VALUE; ... } ...",
							   &policy_setting, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY,
							   check_policy, assign_policy, NULL);
	wf_setting_defined(&policy_source, policy_setting);
}

/* ---- a session's ---- */

uint64
wf_policy_generation(void)
{
	return generation;
}

void
wf_policy_check_generation(uint64 session_generation)
{
	if (session_generation != generation)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("parameter \"walferry.policy\" has been changed"),
				 errhint("Start replication again.")));
}

static bool
is_for(const char *pattern, WfSlice name)
{
	return strcmp(pattern, "*") == 0 ||
		(strlen(pattern) == name.length && memcmp(pattern, name.data, name.length) == 0);
}

/*
 * The role that logged in: one that SET ROLE or a function's owner stands for
 * may be another.  Asked of the setting that the server makes at login, since a
 * walsender that starts a slot has no transaction to look a name up in; and
 * Port is declared where Debian's headers want those of GSSAPI.  A background
 * worker has not logged in.
 */
static WfSlice
session_role(WfEncoding *encoding)
{
	const char *name = GetConfigOption("session_authorization", true, false);

	if (name == NULL || *name == '\0')
		name = GetUserNameFromId(GetSessionUserId(), false);
	return wf_encoding_copy(encoding, name);
}

List *
wf_policy_parts(WfEncoding *encoding, WfSlice database)
{
	List	   *parts;
	List	   *result = NIL;
	ListCell   *cell;
	WfSlice		role;
	char	   *fault;

	wf_setting_check(&policy_source);
	if (policy_setting == NULL || policy_setting[0] == '\0')
		return NIL;
	parts = wf_policy_read(policy_setting, &fault);
	if (fault != NULL)
		elog(ERROR, "the policy cannot be read any more: %s", fault);
	role = session_role(encoding);
	foreach(cell, parts)
	{
		WfPolicyPart *part = lfirst(cell);

		if (is_for(part->database, database) && is_for(part->role, role))
			result = lappend(result, part);
	}
	return result;
}
