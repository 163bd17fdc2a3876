/*
 * rule_decisions.c
 *		Which tables, columns and messages are published: the answers.
 *
 * Asked once per relation version, not per row.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "complaint.h"
#include "json.h"
#include "rules.h"

#define NAME_PARTS_MAX 4

/* Names of PostgreSQL, joined, are never longer: 4 of 63 bytes, in UTF-8. */
#define SUBJECT_MAX 4096

/* Names joined by dots; one that does not fit, which no name is, is left out. */
static WfSlice
join(char subject[SUBJECT_MAX], const WfSlice *parts, int count)
{
	size_t		length = 0;

	for (int i = 0; i < count; i++)
	{
		if (length + parts[i].length + 1 > SUBJECT_MAX)
			break;
		if (i > 0)
			subject[length++] = '.';
		if (parts[i].length > 0)
			memcpy(subject + length, parts[i].data, parts[i].length);
		length += parts[i].length;
	}
	return wf_slice(subject, length);
}

static WfMatch
match(WfRules *rules, const WfRule *rule, WfSlice subject, WfBuffer *error)
{
	return wf_pattern_list_match(&rules->engine, &rule->list, rule->label, subject, error);
}

/* Does the rule match one of the table's names, each followed by `last` if that is not empty? */
static WfMatch
match_names(WfRules *rules, const WfRule *rule, const WfRuleTable *table, WfSlice last,
			WfBuffer *error)
{
	char		subject[SUBJECT_MAX];
	WfMatch		matched = WF_MATCH_NO;

	for (; table != NULL && matched == WF_MATCH_NO; table = table->above)
	{
		WfSlice		names[3] = {table->schema, table->table, last};

		matched = rule->kind == WF_RULE_SCHEMA_INCLUDE || rule->kind == WF_RULE_SCHEMA_EXCLUDE ?
			match(rules, rule, table->schema, error) :
			match(rules, rule, join(subject, names, last.length > 0 ? 3 : 2), error);
	}
	return matched;
}

/* Whether a pair of include and exclude rules lets a table through, or, if that is NULL, prefix. */
static WfMatch
admit(WfRules *rules, WfRuleKind include, WfRuleKind exclude, const WfRuleTable *table,
	  WfSlice prefix, WfBuffer *error)
{
	for (int i = 0; i < rules->count; i++)
	{
		const WfRule *rule = &rules->rules[i];
		WfMatch		matched;

		if (rule->kind != include && rule->kind != exclude)
			continue;
		matched = table != NULL ? match_names(rules, rule, table, WF_LITERAL(""), error) :
			match(rules, rule, prefix, error);
		if (matched == WF_MATCH_ERROR)
			return WF_MATCH_ERROR;
		if ((matched == WF_MATCH_YES) == (rule->kind == exclude))
			return WF_MATCH_NO;
	}
	return WF_MATCH_YES;
}

static bool
is_text(WfSlice slice, const char *text)
{
	return slice.length == strlen(text) && memcmp(slice.data, text, slice.length) == 0;
}

/* PostgresConnectorConfig.SystemTablesPredicate */
static bool
is_of_system(const WfRuleTable *table)
{
	return is_text(table->schema, "pg_catalog") || is_text(table->schema, "information_schema") ||
		is_text(table->table, "spatial_ref_sys");
}

WfMatch
wf_rules_table(WfRules *rules, const WfRuleTable *table, WfBuffer *error)
{
	WfMatch		admitted;

	if (is_of_system(table))
		return WF_MATCH_NO;
	admitted = admit(rules, WF_RULE_SCHEMA_INCLUDE, WF_RULE_SCHEMA_EXCLUDE, table,
					 WF_LITERAL(""), error);
	if (admitted != WF_MATCH_YES)
		return admitted;
	return admit(rules, WF_RULE_TABLE_INCLUDE, WF_RULE_TABLE_EXCLUDE, table, WF_LITERAL(""), error);
}

WfMatch
wf_rules_message(WfRules *rules, WfSlice prefix, WfBuffer *error)
{
	return admit(rules, WF_RULE_MESSAGE_INCLUDE, WF_RULE_MESSAGE_EXCLUDE, NULL, prefix, error);
}

WfMatch
wf_rules_partition_root(WfRules *rules, WfSlice schema, WfSlice table, WfBuffer *error)
{
	char		subject[SUBJECT_MAX];
	WfSlice		parts[2] = {schema, table};

	for (int i = 0; i < rules->count; i++)
		if (rules->rules[i].kind == WF_RULE_PARTITION_ROOT)
			return match(rules, &rules->rules[i], join(subject, parts, 2), error);
	return WF_MATCH_NO;
}

/* The three names by which datatype.propagate.source.type may mean a type. */
static WfMatch
match_datatype(WfRules *rules, const WfRule *rule, const WfRuleTable *table, WfSlice type,
			   WfBuffer *error)
{
	char		subject[SUBJECT_MAX];
	WfSlice		names[3][NAME_PARTS_MAX] = {
		{table->schema, table->table, type},
		{table->database, table->table, type},
		{table->database, table->schema, table->table, type}
	};
	WfMatch		matched = WF_MATCH_NO;

	for (int i = 0; i < 3 && matched == WF_MATCH_NO; i++)
		matched = match(rules, rule, join(subject, names[i], i < 2 ? 3 : 4), error);
	return matched;
}

/* The same for lists of columns; column.propagate.source.type can name the database. */
static WfMatch
match_column(WfRules *rules, const WfRule *rule, const WfRuleTable *table, WfSlice column,
			 WfBuffer *error)
{
	char		subject[SUBJECT_MAX];
	WfSlice		name[NAME_PARTS_MAX] = {table->database, table->schema, table->table, column};
	WfMatch		matched = match_names(rules, rule, table, column, error);

	if (matched == WF_MATCH_NO && rule->kind == WF_RULE_PROPAGATE_COLUMN)
		matched = match(rules, rule, join(subject, name, 4), error);
	return matched;
}

bool
wf_column_rule_is_stricter(const WfColumnRule *rule, const WfColumnRule *than)
{
	if (rule->action == WF_COLUMN_TRUNCATE && than->action == WF_COLUMN_TRUNCATE)
		return rule->length < than->length;
	return rule->action > than->action;
}

uint64_t
wf_column_rule_shown_max(const WfColumnRule *rule)
{
	switch (rule->action)
	{
		case WF_COLUMN_MASK:
		case WF_COLUMN_HASH:
			return 0;			/* what stands for it is short */
		case WF_COLUMN_TRUNCATE:
			return (uint64_t) rule->length; /* characters have a byte at least */
		case WF_COLUMN_COPY:
		case WF_COLUMN_OMIT:
			break;
	}
	return UINT64_MAX;
}

/* A mask, hash or truncation that names the column. */
static void
apply(const WfRules *rules, const WfRule *rule, const WfRuleColumn *column, WfColumnRule *result)
{
	WfColumnRule applied = *result;

	applied.action = rule->kind == WF_RULE_MASK ? WF_COLUMN_MASK :
		rule->kind == WF_RULE_HASH ? WF_COLUMN_HASH : WF_COLUMN_TRUNCATE;
	if (!column->is_character && applied.action != WF_COLUMN_TRUNCATE)
	{
		result->unmaskable = true;
		return;
	}
	/* a column that is shorter anyhow is left alone (TruncateColumn) */
	if (applied.action == WF_COLUMN_TRUNCATE && column->source_length > 0 &&
		column->source_length <= rule->length)
		return;
	applied.length = applied.action == WF_COLUMN_HASH ? column->length : rule->length;
	applied.hash = applied.action == WF_COLUMN_HASH ? &rule->hash : NULL;
	if (wf_column_rule_is_stricter(&applied, result) &&
		(rules->strictest || applied.action > result->action))
		*result = applied;
}

bool
wf_rules_column(WfRules *rules, const WfRuleTable *table, const WfRuleColumn *column,
				WfColumnRule *result, WfBuffer *error)
{
	memset(result, 0, sizeof(*result));
	for (int i = 0; i < rules->count; i++)
	{
		const WfRule *rule = &rules->rules[i];
		WfMatch		matched;

		if (rule->kind < WF_RULE_COLUMN_INCLUDE || rule->kind == WF_RULE_KEY ||
			rule->kind == WF_RULE_MESSAGE_INCLUDE || rule->kind == WF_RULE_MESSAGE_EXCLUDE)
			continue;
		matched = rule->kind == WF_RULE_PROPAGATE_DATATYPE ?
			match_datatype(rules, rule, table, column->type_name, error) :
			match_column(rules, rule, table, column->name, error);
		if (matched == WF_MATCH_ERROR)
			return false;
		if (rule->kind == WF_RULE_COLUMN_INCLUDE && matched == WF_MATCH_NO)
			result->action = WF_COLUMN_OMIT;
		if (matched == WF_MATCH_NO)
			continue;
		if (rule->kind == WF_RULE_COLUMN_EXCLUDE)
			result->action = WF_COLUMN_OMIT;
		else if (rule->kind == WF_RULE_PROPAGATE_COLUMN || rule->kind == WF_RULE_PROPAGATE_DATATYPE)
			result->propagate = true;
		else if (rule->kind != WF_RULE_COLUMN_INCLUDE)
			apply(rules, rule, column, result);
	}
	if (result->action == WF_COLUMN_OMIT)
	{
		result->length = 0;
		result->hash = NULL;
	}
	return true;
}

/* The rule of message.key.columns, or NULL. */
static const WfRule *
key_rule(const WfRules *rules)
{
	for (int i = 0; i < rules->count; i++)
		if (rules->rules[i].kind == WF_RULE_KEY)
			return &rules->rules[i];
	return NULL;
}

bool
wf_rule_names_columns(const WfRule *rule)
{
	switch (rule->kind)
	{
		case WF_RULE_COLUMN_INCLUDE:
		case WF_RULE_COLUMN_EXCLUDE:
		case WF_RULE_MASK:
		case WF_RULE_HASH:
		case WF_RULE_TRUNCATE:
		case WF_RULE_PROPAGATE_COLUMN:
		case WF_RULE_KEY:
			return true;
		default:
			return false;
	}
}

WfMatch
wf_rule_item_match(WfRules *rules, const WfRule *rule, int item, const WfRuleTable *table,
				   WfSlice column, WfBuffer *error)
{
	char		subject[SUBJECT_MAX];
	WfSlice		name[NAME_PARTS_MAX] = {table->database, table->schema, table->table, column};
	const WfPattern *pattern = &rule->list.patterns[item];
	WfMatch		matched = wf_pattern_match(&rules->engine, pattern, rule->label,
										   join(subject, name + 1, column.length > 0 ? 3 : 2),
										   error);

	if (matched == WF_MATCH_NO && rule->kind == WF_RULE_PROPAGATE_COLUMN)
		matched = wf_pattern_match(&rules->engine, pattern, rule->label, join(subject, name, 4),
								   error);
	return matched;
}

bool
wf_rules_key(WfRules *rules, const WfRuleTable *table, const WfSlice *columns, int column_count,
			 int *indexes, int count_max, int *count, WfBuffer *error)
{
	const WfRule *rule = key_rule(rules);

	*count = 0;
	for (int i = 0; rule != NULL && i < rule->list.count; i++)
		for (int k = 0; k < column_count; k++)
		{
			WfMatch		matched = wf_rule_item_match(rules, rule, i, table, columns[k], error);
			bool		known = false;

			if (matched == WF_MATCH_ERROR)
				return false;
			for (int m = 0; m < *count; m++)
				known = known || indexes[m] == k;
			if (matched == WF_MATCH_NO || known)
				continue;
			if (*count == count_max)
			{
				wf_buffer_append_literal(error, "option \"message.key.columns\" names more than ");
				wf_json_int64(error, count_max);
				wf_buffer_append_literal(error, " columns of table \"");
				wf_buffer_append_slice(error, table->schema);
				wf_buffer_append_char(error, '.');
				wf_buffer_append_slice(error, table->table);
				wf_buffer_append_literal(error, "\"");
				return false;
			}
			indexes[(*count)++] = k;
		}
	return true;
}

/* More than these are not named. */
#define MISSING_NAMES_MAX 8

bool
wf_rules_key_missing(WfRules *rules, const WfRuleTable *table, const WfSlice *columns,
					 int column_count, WfBuffer *names, WfBuffer *error)
{
	const WfRule *rule = key_rule(rules);
	char		subject[SUBJECT_MAX];
	WfSlice		name[2] = {table->schema, table->table};
	int			count = 0;

	for (int i = 0; rule != NULL && i < rule->list.count && count <= MISSING_NAMES_MAX; i++)
	{
		WfMatch		matched = wf_pattern_match(&rules->engine, &rule->tables.patterns[i],
											   rule->label, join(subject, name, 2), error);
		bool		is_there = matched == WF_MATCH_NO;

		for (int k = 0; k < column_count && !is_there && matched != WF_MATCH_ERROR; k++)
		{
			matched = wf_rule_item_match(rules, rule, i, table, columns[k], error);
			is_there = matched == WF_MATCH_YES;
		}
		if (matched == WF_MATCH_ERROR)
			return false;
		if (is_there)
			continue;
		wf_complain(names, count > 0 ? ", " : "");
		if (count++ < MISSING_NAMES_MAX)
			wf_complain_quoted(names, wf_rule_key_column(rule, i));
		else
			wf_complain(names, "...");
	}
	return true;
}
