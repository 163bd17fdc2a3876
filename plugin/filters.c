/*
 * filters.c
 *		Filters and masks of a session, in the server.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "digest.h"
#include "filters.h"
#include "palloc_buffer.h"
#include "report.h"
#include "salts.h"

/* An error's text: names and the beginning of an expression. */
#define ERROR_CEILING 8192

struct WfFilters
{
	WfRules    *rules;			/* the client's, and those of the policy's parts */
	int			policies;		/* how many of these there are */
	WfSlice		database;
	bool		all_roots;		/* publish.via.partition.root */
	WfBuffer	error;
};

/* ---- memory ---- */

/* PCRE2 could not be left by an ERROR, so there is NULL where memory ends. */
static void *
allocate(size_t size, void *context)
{
	if (!AllocHugeSizeIsValid(size))
		return NULL;
	return MemoryContextAllocExtended(context, size, MCXT_ALLOC_NO_OOM | MCXT_ALLOC_HUGE);
}

static void
release(void *memory, void *context)
{
	if (memory != NULL)
		pfree(memory);
}

WfMemory
wf_server_memory(MemoryContext context)
{
	WfMemory	memory = {allocate, release, context};

	return memory;
}

static _Noreturn void
raise_undecided(WfFilters *filters)
{
	wf_refuse_text(&filters->error, ERRCODE_PROGRAM_LIMIT_EXCEEDED);
}

static void
read_policy(WfFilters *filters, WfRules *rules, const WfPolicyPart *part)
{
	ListCell   *cell;

	rules->strictest = true;
	foreach(cell, part->settings)
	{
		const WfPolicySetting *setting = lfirst(cell);

		if (wf_rules_is_restriction(setting->name) &&
			!wf_rules_set(rules, setting->name, wf_slice(setting->value, strlen(setting->value)),
						  wf_salt_find, NULL, &filters->error))
			wf_refuse_text(&filters->error, ERRCODE_CONFIG_FILE_ERROR);
	}
}

WfFilters *
wf_filters_create(MemoryContext context, const WfOptions *options, WfSlice database, List *policy)
{
	MemoryContext own_context = AllocSetContextCreate(context, "walferry filters",
													  ALLOCSET_DEFAULT_SIZES);
	WfFilters  *filters = MemoryContextAllocZero(own_context, sizeof(WfFilters));
	WfMemory	memory = wf_server_memory(own_context);
	ListCell   *cell;

	filters->database = database;
	filters->all_roots = options->publish_via_partition_root;
	wf_palloc_buffer_init(&filters->error, own_context, ERROR_CEILING);
	filters->rules = MemoryContextAllocZero(own_context,
											sizeof(WfRules) * (1 + list_length(policy)));
	for (int i = 0; i <= list_length(policy); i++)
		if (!wf_rules_init(&filters->rules[i], &memory, wf_server_digest))
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory while filters were read")));
	foreach(cell, policy)
		read_policy(filters, &filters->rules[++filters->policies], lfirst(cell));
	if (!wf_rules_read(&filters->rules[0], options, wf_salt_find, NULL, &filters->error))
		wf_refuse_text(&filters->error, ERRCODE_INVALID_PARAMETER_VALUE);
	return filters;
}

bool
wf_filters_has_policy(const WfFilters *filters)
{
	return filters->policies > 0;
}

/* A client's lists know a table by the name that it is published by. */
static bool
has_table(WfFilters *filters, int first, const WfRelation *relation, const WfRuleTable *above)
{
	for (int i = first; i <= filters->policies; i++)
	{
		WfRuleTable table = {filters->database, relation->schema, relation->name,
		i > 0 ? above : NULL};
		WfMatch		result = wf_rules_table(&filters->rules[i], &table, &filters->error);

		if (result == WF_MATCH_ERROR)
			raise_undecided(filters);
		if (result == WF_MATCH_NO)
			return false;
	}
	return true;
}

bool
wf_filters_table(WfFilters *filters, const WfRelation *relation, const WfRuleTable *above)
{
	return has_table(filters, 0, relation, above);
}

bool
wf_filters_policy_table(WfFilters *filters, const WfRelation *relation, const WfRuleTable *above)
{
	return has_table(filters, 1, relation, above);
}

/* The client's list only: a policy that has it is the client's. */
bool
wf_filters_partition_root(WfFilters *filters, WfSlice schema, WfSlice table)
{
	WfMatch		result;

	if (filters->all_roots)
		return true;
	result = wf_rules_partition_root(&filters->rules[0], schema, table, &filters->error);
	if (result == WF_MATCH_ERROR)
		raise_undecided(filters);
	return result == WF_MATCH_YES;
}

bool
wf_filters_message(WfFilters *filters, WfSlice prefix)
{
	for (int i = 0; i <= filters->policies; i++)
	{
		WfMatch		result = wf_rules_message(&filters->rules[i], prefix, &filters->error);

		if (result == WF_MATCH_ERROR)
			raise_undecided(filters);
		if (result == WF_MATCH_NO)
			return false;
	}
	return true;
}

void
wf_filters_columns(WfFilters *filters, WfRelation *relation, WfColumn *columns)
{
	if (!wf_relation_apply_rules(&filters->rules[0], filters->database, relation, columns,
								 &filters->error))
		raise_undecided(filters);
}

void
wf_filters_missing_key(WfFilters *filters, const WfRelation *relation, WfBuffer *names)
{
	if (!wf_relation_missing_key(&filters->rules[0], filters->database, relation, names,
								 &filters->error))
		raise_undecided(filters);
}

/* ---- the policy's columns ---- */

WfColumnRule
wf_filters_policy_rule(WfFilters *filters, const WfRelation *relation, const WfRuleTable *above,
					   const WfColumn *column)
{
	WfRuleTable table = {filters->database, relation->schema, relation->name, above};
	WfRuleColumn rule_column = wf_rule_column(column);
	WfColumnRule strictest = {.action = WF_COLUMN_COPY};

	for (int i = 1; i <= filters->policies; i++)
	{
		WfColumnRule rule;

		if (!wf_rules_column(&filters->rules[i], &table, &rule_column, &rule, &filters->error))
			raise_undecided(filters);
		if (rule.unmaskable || (rule.action == WF_COLUMN_TRUNCATE && !rule_column.is_character &&
								!rule_column.is_bytes))
			rule.action = WF_COLUMN_OMIT;
		if (wf_column_rule_is_stricter(&rule, &strictest))
			strictest = rule;
	}
	return strictest;
}

static WfSlice
asterisks(int32 count)
{
	WfBuffer	buffer;

	wf_palloc_buffer_init(&buffer, CurrentMemoryContext, MaxAllocSize);
	wf_mask_asterisks(&buffer, count);
	return wf_buffer_since(&buffer, 0);
}

static WfSlice
hash_of(const WfColumnRule *rule, WfSlice text)
{
	WfBuffer	buffer;

	wf_palloc_buffer_init(&buffer, CurrentMemoryContext, MaxAllocSize);
	if (!wf_mask_hash(&buffer, rule->hash, text, rule->length) || buffer.error != WF_BUFFER_OK)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("the hash that the server's policy demands could not be computed"),
				 errhint("Choose another algorithm in parameter \"walferry.policy\".")));
	return wf_buffer_since(&buffer, 0);
}

void
wf_filters_disguise(const WfColumnRule *rule, bool is_bytes, WfValue *value)
{
	bool		is_told = value->state == WF_VALUE_PRESENT;

	switch (rule->action)
	{
		case WF_COLUMN_COPY:
		case WF_COLUMN_OMIT:
			break;
		case WF_COLUMN_MASK:
			value->state = value->state == WF_VALUE_ABSENT ? WF_VALUE_ABSENT_MASKED :
				WF_VALUE_PRESENT;
			value->as.text = asterisks(rule->length);
			break;
		case WF_COLUMN_HASH:
			if (is_told)
				value->as.text = hash_of(rule, value->as.text);
			break;
		case WF_COLUMN_TRUNCATE:
			if (is_told && is_bytes)
				value->as.bytes.length = Min(value->as.bytes.length, (size_t) rule->length);
			else if (is_told)
				value->as.text = wf_mask_truncate(value->as.text, rule->length);
			break;
	}
}
