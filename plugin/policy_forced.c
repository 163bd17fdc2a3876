/*
 * policy_forced.c
 *		Options of walferry.policy that have one value for a session: the clients'
 *		choice taken away, where filters and masks stand beside it.
 *
 * Of several parts that give one option a value, that of the part that means fewer
 * sessions holds, as of settings that ALTER ROLE and ALTER DATABASE make: database
 * and role, then role, then database, then all.  So an option can be forced for all
 * and differently for one.  Two parts that mean the same sessions cannot contradict
 * each other; that is refused when the configuration is read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "nodes/value.h"

#include "envelope/transform.h"
#include "filters.h"
#include "option_table.h"
#include "palloc_buffer.h"
#include "policy_forced.h"

/* What an option takes, or what is wrong with a chain, in words. */
#define SENTENCE_CEILING 8192

/* What holds for a session. */
typedef struct Forced
{
	const char *name;
	const char *value;
	int			rank;			/* of the part that it is from */
	const char *reason;			/* the option that it follows from, or NULL */
} Forced;

/* ---- of several parts ---- */

static int
rank_of(const WfPolicyPart *part)
{
	return (strcmp(part->role, "*") != 0 ? 2 : 0) + (strcmp(part->database, "*") != 0 ? 1 : 0);
}

/* The setting of other that gives the option of `setting` another value, or NULL. */
static const WfPolicySetting *
find_other_value(const WfPolicyPart *other, const WfPolicySetting *setting)
{
	ListCell   *cell;

	foreach(cell, other->settings)
	{
		const WfPolicySetting *another = lfirst(cell);

		if (strcmp(setting->name, another->name) == 0 &&
			strcmp(setting->value, another->value) != 0)
			return another;
	}
	return NULL;
}

/* Between two parts, or in one. */
static char *
contradiction_between(const WfPolicyPart *part, const WfPolicyPart *other)
{
	ListCell   *cell;

	if (strcmp(part->database, other->database) != 0 || strcmp(part->role, other->role) != 0)
		return NULL;
	foreach(cell, part->settings)
	{
		const WfPolicySetting *setting = lfirst(cell);
		const WfPolicySetting *another = wf_rules_is_restriction(setting->name) ? NULL :
		find_other_value(other, setting);

		if (another != NULL)
			return psprintf("Option \"%s\" has two values for %s/%s, \"%s\" and \"%s\".",
							setting->name, part->database, part->role, setting->value,
							another->value);
	}
	return NULL;
}

char *
wf_policy_contradiction(List *parts)
{
	char	   *result = NULL;
	ListCell   *cell;
	ListCell   *inner;

	foreach(cell, parts)
		foreach(inner, parts)
		if (result == NULL)
		result = contradiction_between(lfirst(cell), lfirst(inner));
	return result;
}

static Forced *
find_forced(List *forced, const char *name)
{
	ListCell   *cell;

	foreach(cell, forced)
		if (strcmp(((Forced *) lfirst(cell))->name, name) == 0)
		return lfirst(cell);
	return NULL;
}

static List *
add_forced(List *forced, const char *name, const char *value, int rank, const char *reason)
{
	Forced	   *item = find_forced(forced, name);

	if (item != NULL && item->rank >= rank)
		return forced;
	if (item == NULL)
	{
		item = palloc0(sizeof(Forced));
		forced = lappend(forced, item);
	}
	item->name = name;
	item->value = value;
	item->rank = rank;
	item->reason = reason;
	return forced;
}

/* What the parts force for a session that they all apply to, "output" too. */
static List *
forced_by(List *parts)
{
	List	   *forced = NIL;
	ListCell   *cell;
	ListCell   *inner;

	foreach(cell, parts)
		foreach(inner, ((WfPolicyPart *) lfirst(cell))->settings)
	{
		const WfPolicySetting *setting = lfirst(inner);

		if (!wf_rules_is_restriction(setting->name))
			forced = add_forced(forced, setting->name, setting->value, rank_of(lfirst(cell)), NULL);
	}
	return forced;
}

/* ---- a chain of transforms ---- */

static bool
is_of_chain(const char *name)
{
	return strcmp(name, "transforms") == 0 || strcmp(name, "predicates") == 0 ||
		strncmp(name, "transforms.", strlen("transforms.")) == 0 ||
		strncmp(name, "predicates.", strlen("predicates.")) == 0;
}

/* The parts that apply wherever this one does. */
static List *
applying_with(List *parts, const WfPolicyPart *part)
{
	List	   *result = NIL;
	ListCell   *cell;

	foreach(cell, parts)
	{
		const WfPolicyPart *other = lfirst(cell);

		if ((strcmp(other->database, "*") == 0 || strcmp(other->database, part->database) == 0) &&
			(strcmp(other->role, "*") == 0 || strcmp(other->role, part->role) == 0))
			result = lappend(result, lfirst(cell));
	}
	return result;
}

/* NULL, or what is wrong with the chain, if there is one: a client adds nothing to it. */
static char *
fault_of_chain(List *forced)
{
	WfOptions  *options = palloc0(sizeof(WfOptions));
	WfMemory	memory = wf_server_memory(CurrentMemoryContext);
	WfTransforms transforms;
	WfBuffer	error;
	ListCell   *cell;

	if (find_forced(forced, "transforms") == NULL)
		return NULL;
	wf_palloc_buffer_init(&error, CurrentMemoryContext, SENTENCE_CEILING);
	foreach(cell, forced)
	{
		const Forced *item = lfirst(cell);
		const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count,
												  item->name);

		if (!is_of_chain(item->name))
			continue;
		if (wf_option_is_full(spec, options))
			return psprintf("There are more than %d %s.", WF_SETTINGS_MAX, spec->plural);
		if (!wf_option_set(spec, item->name, item->value, options, &error))
			return psprintf("The value of \"%s\" is not allowed, which is %.*s.", item->name,
							(int) error.length, error.data);
	}
	memset(&transforms, 0, sizeof(transforms));
	if (!wf_transforms_init(&transforms, &memory))
		return pstrdup("There is no memory to read it.");
	if (!wf_transforms_read(&transforms, options, &error))
		return psprintf("%.*s", (int) error.length, error.data);
	return NULL;
}

char *
wf_policy_chain_fault(List *parts)
{
	char	   *fault = NULL;
	ListCell   *cell;
	ListCell   *inner;

	foreach(cell, parts)
	{
		const WfPolicyPart *part = lfirst(cell);
		bool		has_chain = false;

		foreach(inner, part->settings)
			has_chain = has_chain || is_of_chain(((WfPolicySetting *) lfirst(inner))->name);
		if (has_chain && fault == NULL)
			fault = fault_of_chain(forced_by(applying_with(parts, part)));
	}
	return fault;
}

/* ---- options that another decides ---- */

static bool
holds(const WfNarrowerOption *narrower, const Forced *option)
{
	return option != NULL &&
		(narrower->when == NULL || pg_strcasecmp(narrower->when, option->value) == 0);
}

/* Adds those by which a client could undo a part of what is forced. */
static List *
add_narrower(List *forced)
{
	for (int i = 0; i < wf_narrower_option_count; i++)
	{
		const WfNarrowerOption *narrower = &wf_narrower_options[i];
		const Forced *option = find_forced(forced, narrower->option);

		if (!holds(narrower, option) || narrower->value == NULL ||
			find_forced(forced, narrower->name) != NULL)
			continue;
		forced = add_forced(forced, narrower->name,
							strcmp(narrower->value, WF_SAME_VALUE) == 0 ? option->value :
							narrower->value,
							option->rank, option->name);
	}
	return forced;
}

static bool
is_meant(const WfNarrowerOption *narrower, const char *name)
{
	size_t		length = strlen(narrower->name);

	return narrower->name[length - 1] == '.' ? strncmp(narrower->name, name, length) == 0 :
		strcmp(narrower->name, name) == 0;
}

/* An option that could undo it and has no value by which it does not. */
static void
check_narrower(List *forced, const DefElem *given)
{
	if (find_forced(forced, given->defname) != NULL)
		return;
	for (int i = 0; i < wf_narrower_option_count; i++)
	{
		const WfNarrowerOption *narrower = &wf_narrower_options[i];
		const Forced *option = find_forced(forced, narrower->option);

		if (narrower->value != NULL || !holds(narrower, option) ||
			!is_meant(narrower, given->defname))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("option \"%s\" is not allowed by the server's policy", given->defname),
				 errdetail("It could change what \"%s\" does, which is \"%s\" for this database and role.",
						   option->name,
						   wf_server_text(wf_slice(option->value, strlen(option->value)))),
				 errhint("Leave the option out; see parameter \"walferry.policy\".")));
	}
}

/* ---- a session's ---- */

/* The option of that name, or NULL. */
static DefElem *
find_option(List *options, const char *name)
{
	ListCell   *cell;

	foreach(cell, options)
		if (strcmp(((DefElem *) lfirst(cell))->defname, name) == 0)
		return lfirst(cell);
	return NULL;
}

/* Whether the values mean the same: words in any case, operations in any order. */
static bool
is_same(const char *name, const char *given, const char *forced)
{
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, name);
	WfOptions  *options[2] = {palloc0(sizeof(WfOptions)), palloc0(sizeof(WfOptions))};
	WfBuffer	allowed;

	if (strcmp(given, forced) == 0)
		return true;
	if (spec == NULL || spec->type == WF_OPTION_TEXT || spec->type == WF_OPTION_LIST ||
		spec->type == WF_OPTION_FAMILY)
		return false;
	wf_palloc_buffer_init(&allowed, CurrentMemoryContext, SENTENCE_CEILING);
	return wf_option_set(spec, name, given, options[0], &allowed) &&
		wf_option_set(spec, name, forced, options[1], &allowed) &&
		memcmp(options[0], options[1], sizeof(WfOptions)) == 0;
}

static List *
force_option(List *options, const Forced *forced)
{
	DefElem    *given = find_option(options, forced->name);
	char	   *value;

	if (given == NULL)
		return lappend(options,
					   makeDefElem(pstrdup(forced->name),
								   (Node *) makeString(pstrdup(forced->value)), -1));
	if (given->arg != NULL && is_same(forced->name, strVal(given->arg), forced->value))
		return options;
	value = wf_server_text(wf_slice(forced->value, strlen(forced->value)));
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("option \"%s\" is set by the server's policy", forced->name),
			 forced->reason == NULL ?
			 errdetail("It is \"%s\" for this database and role.", value) :
			 errdetail("It is \"%s\" for this database and role, because \"%s\" is set.", value,
					   forced->reason),
			 errhint("Give it this value or leave it out; see parameter \"walferry.policy\".")));
	return options;
}

List *
wf_policy_force(List *parts, List *options)
{
	List	   *forced = add_narrower(forced_by(parts));
	List	   *result = list_copy(options);
	ListCell   *cell;

	foreach(cell, options)
		check_narrower(forced, lfirst(cell));
	foreach(cell, forced)
	{
		const Forced *item = lfirst(cell);

		if (strcmp(item->name, "output") != 0)
			result = force_option(result, item);
	}
	return result;
}

char *
wf_policy_next_word(char **rest)
{
	char	   *word = strsep(rest, "|");
	WfSlice		trimmed;

	if (word == NULL)
		return NULL;
	trimmed = wf_slice_trim(wf_slice(word, strlen(word)));
	return pnstrdup(trimmed.data, trimmed.length);
}

static bool
lists_output(const char *list, int output)
{
	static const char *const names[] = {"envelope", "record", "frame"};
	char	   *rest = pstrdup(list);
	char	   *word;

	while ((word = wf_policy_next_word(&rest)) != NULL)
		if (pg_strcasecmp(word, names[output]) == 0)
			return true;
	return false;
}

void
wf_policy_check_output(List *parts, int output)
{
	const Forced *forced = find_forced(forced_by(parts), "output");

	if (forced != NULL && !lists_output(forced->value, output))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("option \"output\" has a value that the server's policy does not allow"),
				 errdetail("Allowed for this database and role is %s.", forced->value),
				 errhint("See parameter \"walferry.policy\".")));
}
