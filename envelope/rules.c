/*
 * rules.c
 *		Which tables, columns and messages are published: reading the options.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "rules.h"

#include "complaint.h"

/* Options that stand by themselves, and where WfOptions has their texts. */
static const struct
{
	const char *name;
	WfRuleKind	kind;
	size_t		offset;
}			single_options[] = {
	{"schema.include.list", WF_RULE_SCHEMA_INCLUDE, offsetof(WfOptions, schema_include)},
	{"schema.exclude.list", WF_RULE_SCHEMA_EXCLUDE, offsetof(WfOptions, schema_exclude)},
	{"table.include.list", WF_RULE_TABLE_INCLUDE, offsetof(WfOptions, table_include)},
	{"table.exclude.list", WF_RULE_TABLE_EXCLUDE, offsetof(WfOptions, table_exclude)},
	{"column.include.list", WF_RULE_COLUMN_INCLUDE, offsetof(WfOptions, column_include)},
	{"column.exclude.list", WF_RULE_COLUMN_EXCLUDE, offsetof(WfOptions, column_exclude)},
	{"message.prefix.include.list", WF_RULE_MESSAGE_INCLUDE,
	offsetof(WfOptions, message_prefix_include)},
	{"message.prefix.exclude.list", WF_RULE_MESSAGE_EXCLUDE,
	offsetof(WfOptions, message_prefix_exclude)},
	{"column.propagate.source.type", WF_RULE_PROPAGATE_COLUMN,
	offsetof(WfOptions, column_propagate)},
	{"datatype.propagate.source.type", WF_RULE_PROPAGATE_DATATYPE,
	offsetof(WfOptions, datatype_propagate)},
	{"publish.via.partition.root.include.list", WF_RULE_PARTITION_ROOT,
	offsetof(WfOptions, partition_root_include)},
	{"message.key.columns", WF_RULE_KEY, offsetof(WfOptions, message_key_columns)},
};

#define SINGLE_OPTION_COUNT ((int) (sizeof(single_options) / sizeof(single_options[0])))

#define FAMILY_MASK "column.mask.with."
#define FAMILY_HASH "column.mask.hash."
#define FAMILY_TRUNCATE "column.truncate.to."

/* What the name of an option says. */
typedef struct RuleName
{
	WfRuleKind	kind;
	int32_t		length;			/* N */
	bool		java_serialized;
} RuleName;

/* ---- names ---- */

static bool
skip(const char **text, const char *prefix)
{
	size_t		length = strlen(prefix);

	if (strncmp(*text, prefix, length) != 0)
		return false;
	*text += length;
	return true;
}

/* One or more digits; -1 if they stand for more than WF_TRUNCATION_MAX. */
static bool
skip_number(const char **text, int32_t *number)
{
	const char *start = *text;
	int64_t		value = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (value <= WF_TRUNCATION_MAX)
			value = value * 10 + (**text - '0');
	*number = value <= WF_TRUNCATION_MAX ? (int32_t) value : -1;
	return *text > start;
}

/* `.K` or nothing, and then the end. */
static bool
is_suffix(const char *text)
{
	int32_t		number;

	return *text == '\0' || (skip(&text, ".") && skip_number(&text, &number) && *text == '\0');
}

static bool
parse_name(const char *name, RuleName *result)
{
	const char *text = name;

	memset(result, 0, sizeof(*result));
	if (skip(&text, FAMILY_MASK))
	{
		result->kind = WF_RULE_MASK;
		return skip_number(&text, &result->length) && strcmp(text, ".chars") == 0;
	}
	if (skip(&text, FAMILY_TRUNCATE))
	{
		result->kind = WF_RULE_TRUNCATE;
		return skip_number(&text, &result->length) && strcmp(text, ".chars") == 0;
	}
	if (skip(&text, FAMILY_HASH))
	{
		result->kind = WF_RULE_HASH;
		result->java_serialized = skip(&text, "v1");
		if (!result->java_serialized && !skip(&text, "v2"))
			return false;
		return is_suffix(text);
	}
	for (int i = 0; i < SINGLE_OPTION_COUNT; i++)
		if (strcmp(single_options[i].name, name) == 0)
		{
			result->kind = single_options[i].kind;
			return true;
		}
	return false;
}

static bool
is_of_family(const char *name)
{
	return skip(&name, FAMILY_MASK) || skip(&name, FAMILY_HASH) || skip(&name, FAMILY_TRUNCATE);
}

bool
wf_rules_is_option(const char *name)
{
	RuleName	parsed;

	return is_of_family(name) || parse_name(name, &parsed);
}

bool
wf_rules_is_restriction(const char *name)
{
	RuleName	parsed;

	if (is_of_family(name))
		return true;
	if (!parse_name(name, &parsed))
		return false;
	switch (parsed.kind)
	{
		case WF_RULE_PARTITION_ROOT:
		case WF_RULE_PROPAGATE_COLUMN:
		case WF_RULE_PROPAGATE_DATATYPE:
		case WF_RULE_KEY:
			return false;
		default:
			return true;
	}
}

bool
wf_rules_says_something(const char *name, WfSlice value)
{
	RuleName	parsed;

	return wf_slice_trim(value).length > 0 || !parse_name(name, &parsed) ||
		parsed.kind == WF_RULE_HASH;
}

/* ---- messages ---- */

/* `option "NAME" REASON`; false, for the caller to return. */
static bool
refuse(WfBuffer *error, const char *option, const char *reason)
{
	wf_complain(error, "option ");
	wf_complain_quoted(error, wf_slice(option, strlen(option)));
	wf_complain(error, " ");
	wf_complain(error, reason);
	return false;
}

static bool
refuse_text(WfBuffer *error, const char *option, const char *reason, WfSlice text)
{
	refuse(error, option, reason);
	wf_complain(error, " ");
	wf_complain_quoted(error, text);
	return false;
}

/* The name of a hash is not shown: a salt could be part of it, as with Debezium. */
static bool
refuse_name(WfBuffer *error, const char *name)
{
	const char *rest = name;

	if (skip(&rest, FAMILY_HASH))
	{
		wf_complain(error, "an option that begins with \"" FAMILY_HASH "\" is not "
					"column.mask.hash.v1.K or column.mask.hash.v2.K, with the value "
					"ALGORITHM;salt=@NAME;list");
		return false;
	}
	if (skip(&rest, FAMILY_MASK))
		return refuse(error, name, "is not column.mask.with.N.chars, where N is a number");
	if (skip(&rest, FAMILY_TRUNCATE))
		return refuse(error, name, "is not column.truncate.to.N.chars, where N is a number");
	return refuse(error, name, "is no filter and no mask");
}

/* ---- life ---- */

bool
wf_rules_init(WfRules *rules, const WfMemory *memory, WfDigest digest)
{
	memset(rules, 0, sizeof(*rules));
	rules->digest = digest;
	if (!wf_pattern_engine_init(&rules->engine, memory))
		return false;
	rules->rules = memory->allocate(sizeof(WfRule) * WF_RULES_MAX, memory->context);
	if (rules->rules == NULL)
	{
		wf_pattern_engine_free(&rules->engine);
		return false;
	}
	return true;
}

static void
free_rule(WfRules *rules, WfRule *rule)
{
	WfMemory   *memory = &rules->engine.memory;

	wf_pattern_list_free(&rules->engine, &rule->list);
	wf_pattern_list_free(&rules->engine, &rule->tables);
	memory->release((void *) rule->hash.salt.data, memory->context);
}

void
wf_rules_free(WfRules *rules)
{
	WfMemory	memory = rules->engine.memory;

	if (rules->rules == NULL)
		return;
	for (int i = 0; i < rules->count; i++)
		free_rule(rules, &rules->rules[i]);
	wf_pattern_engine_free(&rules->engine);
	memory.release(rules->rules, memory.context);
	memset(rules, 0, sizeof(*rules));
}

/* ---- reading values ---- */

/* Cuts the first part before `separator` off text; all of it if there is none. */
static WfSlice
take_part(WfSlice *text, char separator)
{
	const char *end = text->length > 0 ? memchr(text->data, separator, text->length) : NULL;
	size_t		length = end != NULL ? (size_t) (end - text->data) : text->length;
	size_t		taken = length + (end != NULL ? 1 : 0);
	WfSlice		part = wf_slice(text->data, length);

	text->data += taken;
	text->length -= taken;
	return wf_slice_trim(part);
}

/* `ALGORITHM;salt=TEXT;` off the front of value. */
static bool
read_hash(WfRules *rules, WfRule *rule, WfSlice *value, WfFindSalt find_salt, void *host,
		  WfBuffer *error)
{
	static const char form[] = "is not of the form ALGORITHM;salt=@NAME;list";
	WfMemory   *memory = &rules->engine.memory;
	WfSlice		algorithm = take_part(value, ';');
	WfSlice		salt;
	char	   *copy;

	if (value->length == 0)
		return refuse(error, rule->label, form);
	salt = take_part(value, ';');
	if (salt.length < strlen("salt=") || memcmp(salt.data, "salt=", strlen("salt=")) != 0)
		return refuse(error, rule->label, form);
	if (!wf_digest_find(algorithm, &rule->hash.algorithm))
	{
		refuse_text(error, rule->label, "has the unknown algorithm", algorithm);
		wf_complain(error, "; known are " WF_DIGEST_NAMES);
		return false;
	}
	salt.data += strlen("salt=");
	salt.length -= strlen("salt=");
	if (!find_salt(host, salt, &salt, error))
		return false;
	if (salt.length > WF_SALT_MAX)
		return refuse(error, rule->label, "has a salt of more than 1024 bytes");

	copy = memory->allocate(salt.length + 1, memory->context);
	if (copy == NULL)
		return refuse(error, rule->label, "needs more memory than there is");
	if (salt.length > 0)
		memcpy(copy, salt.data, salt.length);
	rule->hash.salt = wf_slice(copy, salt.length);
	return true;
}

/* Walks over the (table, column) pairs of message.key.columns. */
typedef struct KeyScan
{
	WfSlice		rest;			/* entries to come */
	WfSlice		entry;
	WfSlice		table;
	WfSlice		columns;		/* of the entry, to come */
} KeyScan;

typedef enum KeyScanResult
{
	KEY_SCAN_ITEM,
	KEY_SCAN_END,
	KEY_SCAN_ILL_FORMED			/* see entry */
} KeyScanResult;

/* Whether a table's expression has a colon that is no part of a group or class, as in (?:a|b). */
static bool
has_bare_colon(WfSlice table)
{
	int			depth = 0;

	for (size_t i = 0; i < table.length; i++)
	{
		char		c = table.data[i];

		if (c == '\\')
			i++;
		else if (c == '(' || c == '[')
			depth++;
		else if (c == ')' || c == ']')
			depth--;
		else if (c == ':' && depth <= 0)
			return true;
	}
	return false;
}

/* Whether only separators are left, which Debezium passes over at the end and nowhere else. */
static bool
is_end_of_entries(WfSlice rest)
{
	for (size_t i = 0; i < rest.length; i++)
		if (rest.data[i] != ';' && (unsigned char) rest.data[i] > ' ')
			return false;
	return true;
}

/*
 * An entry is split at its last colon, since the table's expression may have
 * others, as in (?:a|b).
 */
static KeyScanResult
scan_key(KeyScan *scan, WfSlice *column)
{
	while (scan->columns.length == 0)
	{
		size_t		colon;

		if (is_end_of_entries(scan->rest))
			return KEY_SCAN_END;
		scan->entry = take_part(&scan->rest, ';');
		for (colon = scan->entry.length; colon > 0; colon--)
			if (scan->entry.data[colon - 1] == ':')
				break;
		if (colon == 0 || colon == scan->entry.length)
			return KEY_SCAN_ILL_FORMED;
		scan->table = wf_slice_trim(wf_slice(scan->entry.data, colon - 1));
		scan->columns = wf_slice(scan->entry.data + colon, scan->entry.length - colon);
		if (has_bare_colon(scan->table))
			return KEY_SCAN_ILL_FORMED;
	}
	*column = take_part(&scan->columns, ',');
	return scan->table.length > 0 && column->length > 0 ? KEY_SCAN_ITEM : KEY_SCAN_ILL_FORMED;
}

/*
 * (?:table)\.(?:column), so that an alternative does not reach beyond its part.
 */
#define KEY_TABLE_OPENING "(?:"
#define KEY_COLUMN_OPENING ")\\.(?:"
#define KEY_ITEM_EXTRA (sizeof(KEY_TABLE_OPENING KEY_COLUMN_OPENING ")") - 1)

static WfSlice
put_key_item(char *target, WfSlice table, WfSlice column)
{
	const WfSlice parts[] = {
		WF_LITERAL(KEY_TABLE_OPENING), table, WF_LITERAL(KEY_COLUMN_OPENING), column,
		WF_LITERAL(")")
	};
	size_t		length = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
	{
		memcpy(target + length, parts[i].data, parts[i].length);
		length += parts[i].length;
	}
	return wf_slice(target, length);
}

/*
 * The item's expressions, that of the table and the whole.  What the user wrote are
 * the parts: an error is told of the part that it is in, and of the whole only if
 * each is right by itself.
 */
static bool
compile_key_item(WfRules *rules, WfRule *rule, WfSlice item, WfSlice table, WfSlice column,
				 WfBuffer *error)
{
	WfPatternEngine *engine = &rules->engine;
	WfPattern  *whole = &rule->list.patterns[rule->list.count];
	size_t		mark = error->length;
	WfPattern	part;

	if (!wf_pattern_compile(engine, &rule->tables.patterns[rule->tables.count], rule->label, table,
							error))
		return false;
	rule->tables.count++;
	if (!wf_pattern_compile(engine, whole, rule->label, item, error))
	{
		wf_buffer_cut(error, mark);
		if (!wf_pattern_compile(engine, &part, rule->label, column, error))
			return false;
		wf_pattern_free(&part);
		if (!wf_pattern_compile(engine, whole, rule->label, item, error))
			return false;
	}
	rule->list.count++;
	return true;
}

WfSlice
wf_rule_key_column(const WfRule *rule, int item)
{
	WfSlice		whole = rule->list.patterns[item].text;
	size_t		table_length = rule->tables.patterns[item].text.length;

	return wf_slice(whole.data + strlen(KEY_TABLE_OPENING) + table_length +
					strlen(KEY_COLUMN_OPENING), whole.length - KEY_ITEM_EXTRA - table_length);
}

static bool
read_key(WfRules *rules, WfRule *rule, WfSlice value, WfBuffer *error)
{
	WfMemory   *memory = &rules->engine.memory;
	WfPatternList *list = &rule->list;
	KeyScan		scan = {.rest = value};
	KeyScanResult result;
	WfSlice		column;
	size_t		bytes = 0;
	int			count = 0;
	char	   *text;

	while ((result = scan_key(&scan, &column)) == KEY_SCAN_ITEM && count <= WF_PATTERN_ITEMS_MAX)
	{
		bytes += KEY_ITEM_EXTRA + scan.table.length + column.length;
		count++;
	}
	if (result == KEY_SCAN_ILL_FORMED)
		return refuse_text(error, rule->label, "has an entry not of the form table:column,column:",
						   scan.entry);
	if (count == 0)
		return refuse(error, rule->label, "names no column");
	if (count > WF_PATTERN_ITEMS_MAX)
		return refuse(error, rule->label, "names more than 65535 columns");

	list->patterns = memory->allocate(sizeof(WfPattern) * count, memory->context);
	list->text = text = memory->allocate(bytes, memory->context);
	rule->tables.patterns = memory->allocate(sizeof(WfPattern) * count, memory->context);
	if (list->patterns == NULL || text == NULL || rule->tables.patterns == NULL)
		return refuse(error, rule->label, "needs more memory than there is");

	scan = (KeyScan) {.rest = value};
	while (scan_key(&scan, &column) == KEY_SCAN_ITEM)
	{
		WfSlice		item = put_key_item(text, scan.table, column);
		WfSlice		table = wf_slice(item.data + strlen(KEY_TABLE_OPENING), scan.table.length);
		WfSlice		own = wf_slice(table.data + table.length + strlen(KEY_COLUMN_OPENING),
								   column.length);

		if (!compile_key_item(rules, rule, item, table, own, error))
			return false;
		text += item.length;
	}
	return true;
}

static bool
read_rule(WfRules *rules, WfRule *rule, WfSlice value, WfFindSalt find_salt, void *host,
		  WfBuffer *error)
{
	if (rule->kind == WF_RULE_MASK && (rule->length < 0 || rule->length > WF_MASK_MAX))
		return refuse(error, rule->label, "has a number above 1000000");
	if (rule->length < 0)
		return refuse(error, rule->label, "has a number above 2147483647");
	if (rule->kind == WF_RULE_TRUNCATE && rule->length == 0)
		return refuse(error, rule->label, "has the number 0; at least 1 is left");
	if (rule->kind == WF_RULE_KEY)
		return read_key(rules, rule, value, error);
	if (rule->kind == WF_RULE_HASH && !read_hash(rules, rule, &value, find_salt, host, error))
		return false;
	return wf_pattern_list_compile(&rules->engine, &rule->list, rule->label, value, error);
}

bool
wf_rules_set_as(WfRules *rules, const char *name, const char *label, WfSlice value,
				WfFindSalt find_salt, void *host, WfBuffer *error)
{
	WfRule	   *rule = &rules->rules[rules->count];
	RuleName	parsed;

	if (!parse_name(name, &parsed) || strlen(name) > WF_RULE_NAME_MAX)
		return refuse_name(error, name);
	for (int i = 0; i < rules->count; i++)
		if (strcmp(rules->rules[i].option, name) == 0)
			return refuse(error, name, "is given twice");
	if (rules->count == WF_RULES_MAX)
		return refuse(error, name, "is one too many: at most 64 filters and masks may be given");

	memset(rule, 0, sizeof(*rule));
	rule->kind = parsed.kind;
	rule->length = parsed.length;
	rule->hash.digest = rules->digest;
	rule->hash.java_serialized = parsed.java_serialized;
	memcpy(rule->option, name, strlen(name) + 1);
	rule->label = label != NULL ? label : rule->option;
	if (!read_rule(rules, rule, value, find_salt, host, error))
	{
		free_rule(rules, rule);
		return false;
	}
	rules->count++;
	return true;
}

bool
wf_rules_set(WfRules *rules, const char *name, WfSlice value, WfFindSalt find_salt, void *host,
			 WfBuffer *error)
{
	return wf_rules_set_as(rules, name, NULL, value, find_salt, host, error);
}

bool
wf_rules_read(WfRules *rules, const WfOptions *options, WfFindSalt find_salt, void *host,
			  WfBuffer *error)
{
	for (int i = 0; i < SINGLE_OPTION_COUNT; i++)
	{
		const char *member = (const char *) options + single_options[i].offset;
		const char *text = *(const char *const *) member;

		if (text != NULL &&
			wf_rules_says_something(single_options[i].name, wf_slice(text, strlen(text))) &&
			!wf_rules_set(rules, single_options[i].name, wf_slice(text, strlen(text)), find_salt,
						  host, error))
			return false;
	}
	for (int i = 0; i < options->settings.count; i++)
	{
		const WfSetting *setting = &options->settings.entries[i];
		WfSlice		value = wf_slice(setting->value, strlen(setting->value));

		if (is_of_family(setting->name) && wf_rules_says_something(setting->name, value) &&
			!wf_rules_set(rules, setting->name, value, find_salt, host, error))
			return false;
	}
	return wf_rules_check(rules, error);
}

static const WfRule *
find_rule(const WfRules *rules, WfRuleKind kind)
{
	for (int i = 0; i < rules->count; i++)
		if (rules->rules[i].kind == kind)
			return &rules->rules[i];
	return NULL;
}

bool
wf_rules_check(const WfRules *rules, WfBuffer *error)
{
	static const WfRuleKind exclusive[][2] = {
		{WF_RULE_SCHEMA_INCLUDE, WF_RULE_SCHEMA_EXCLUDE},
		{WF_RULE_TABLE_INCLUDE, WF_RULE_TABLE_EXCLUDE},
		{WF_RULE_COLUMN_INCLUDE, WF_RULE_COLUMN_EXCLUDE},
		{WF_RULE_MESSAGE_INCLUDE, WF_RULE_MESSAGE_EXCLUDE}
	};

	for (size_t i = 0; i < sizeof(exclusive) / sizeof(exclusive[0]); i++)
	{
		const WfRule *include = find_rule(rules, exclusive[i][0]);
		const WfRule *exclude = find_rule(rules, exclusive[i][1]);

		if (include != NULL && exclude != NULL)
		{
			refuse(error, include->option, "and option \"");
			wf_complain(error, exclude->option);
			wf_complain(error, "\" exclude each other");
			return false;
		}
	}
	return true;
}
