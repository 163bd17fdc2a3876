/*
 * rules.h
 *		Which tables, columns and messages are published, and in what disguise.
 *
 * The options' texts are read once per session; decisions are made once per
 * relation version, so that the row loop sees an action per column and no
 * regular expression.  Names and meaning are Debezium's (RelationalTableFilters,
 * ColumnMappers, Key.CustomKeyMapper, LogicalDecodingMessageFilter).
 *
 * Two sets of rules may hold at once, the client's and the server's policy:
 * what one of them keeps back is kept back.
 *
 * Option names that Debezium leaves open (column.mask.hash.v2.SHA-512.with.salt.X)
 * could be cut by START_REPLICATION, and would show the salt in the server's log.
 * So here the free parts are in the value:
 *
 *		column.mask.hash.v2[.K] = ALGORITHM;salt=@NAME;LIST
 *
 * K, a number, tells several of them apart; v1 in place of v2 is Debezium's
 * column.mask.hash without a version.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_RULES_H
#define WALFERRY_RULES_H

#include "mask.h"
#include "options.h"
#include "pattern.h"

#define WF_RULES_MAX 64			/* options of one session */
#define WF_RULE_NAME_MAX 63		/* bytes of an option's name: NAMEDATALEN - 1 */
#define WF_TRUNCATION_MAX INT32_MAX /* N of truncate.to.N.chars; Java's int */

/*
 * N of mask.with.N.chars.  Debezium has no bound but the memory; here a plan has the
 * asterisks, and so has each record.
 */
#define WF_MASK_MAX 1000000
#define WF_SALT_MAX 1024		/* bytes */

typedef enum WfRuleKind
{
	WF_RULE_SCHEMA_INCLUDE,
	WF_RULE_SCHEMA_EXCLUDE,
	WF_RULE_TABLE_INCLUDE,
	WF_RULE_TABLE_EXCLUDE,
	WF_RULE_PARTITION_ROOT,
	WF_RULE_COLUMN_INCLUDE,
	WF_RULE_COLUMN_EXCLUDE,
	WF_RULE_MESSAGE_INCLUDE,
	WF_RULE_MESSAGE_EXCLUDE,
	WF_RULE_MASK,
	WF_RULE_HASH,
	WF_RULE_TRUNCATE,
	WF_RULE_PROPAGATE_COLUMN,
	WF_RULE_PROPAGATE_DATATYPE,
	WF_RULE_KEY
} WfRuleKind;

typedef struct WfRule
{
	WfRuleKind	kind;
	char		option[WF_RULE_NAME_MAX + 1];	/* its name */
	const char *label;			/* how messages call it */
	WfPatternList list;			/* of KEY: `tableRegex.column`, in order */
	WfPatternList tables;		/* of KEY: for each of these its tableRegex */
	int32_t		length;			/* of MASK and TRUNCATE */
	WfHash		hash;			/* of HASH; the salt is the rule's own memory */
} WfRule;

typedef struct WfRules
{
	WfPatternEngine engine;
	WfDigest	digest;
	WfRule	   *rules;			/* in the order in which they were given */
	int			count;
	bool		strictest;		/* of several rules of one kind the strictest holds,
								 * not the first; may be set at any time */
} WfRules;

/*
 * Finds the salt that `salt=TEXT` of an option means, or appends to error why
 * not, without showing TEXT unless it begins with '@'.
 */
typedef bool (*WfFindSalt) (void *host, WfSlice text, WfSlice *salt, WfBuffer *error);

/* Of an item of a KEY the expression for the column, as it was written. */
extern WfSlice wf_rule_key_column(const WfRule *rule, int item);

/* False if there is no memory. */
extern bool wf_rules_init(WfRules *rules, const WfMemory *memory, WfDigest digest);
extern void wf_rules_free(WfRules *rules);

/* Whether an option of that name belongs here. */
extern bool wf_rules_is_option(const char *name);

/*
 * The same, but for those that keep nothing back: what several sets of rules may hold
 * at once.
 */
extern bool wf_rules_is_restriction(const char *name);

/*
 * Whether the option, one that belongs here, says anything: Debezium takes an empty
 * list as one that is not given.  A hash, whose value is more than a list, always does.
 */
extern bool wf_rules_says_something(const char *name, WfSlice value);

/*
 * Takes one option.  On failure the rules are as before, and error has one
 * sentence, without a full stop, that names the option and what is wrong.
 */
extern bool wf_rules_set(WfRules *rules, const char *name, WfSlice value, WfFindSalt find_salt,
						 void *host, WfBuffer *error);

/*
 * The same for an option that a user gave by another name, which is how error and
 * later messages call it.  label must live as long as the rules; NULL: the name.
 */
extern bool wf_rules_set_as(WfRules *rules, const char *name, const char *label, WfSlice value,
							WfFindSalt find_salt, void *host, WfBuffer *error);

/* Takes all that options has of this kind, and checks it. */
extern bool wf_rules_read(WfRules *rules, const WfOptions *options, WfFindSalt find_salt,
						  void *host, WfBuffer *error);

/* What holds between options, when all have been given; error as above. */
extern bool wf_rules_check(const WfRules *rules, WfBuffer *error);

/* ---- decisions ---- */

/* WF_MATCH_ERROR: error has the reason; nothing may be decided then. */

/*
 * A table's names.  A partition has those of the partitioned tables above it too,
 * where the host asks by them: a list matches if it matches one of them, so that
 * a list that includes or excludes a partitioned table does so with its
 * partitions.
 */
typedef struct WfRuleTable
{
	WfSlice		database;
	WfSlice		schema;
	WfSlice		table;
	const struct WfRuleTable *above;	/* the next of them, or NULL */
} WfRuleTable;

extern WfMatch wf_rules_table(WfRules *rules, const WfRuleTable *table, WfBuffer *error);
extern WfMatch wf_rules_message(WfRules *rules, WfSlice prefix, WfBuffer *error);

/* Whether the partitioned table's partitions are published as it, by the list of such tables. */
extern WfMatch wf_rules_partition_root(WfRules *rules, WfSlice schema, WfSlice table,
									   WfBuffer *error);

/* Whether the rule is a list of columns, or of their disguises or keys. */
extern bool wf_rule_names_columns(const WfRule *rule);

/*
 * Whether one expression of such a rule means this column of the table; of other rules
 * of tables, with an empty column, whether it means the table.  By the table's own name:
 * those above are not asked.
 */
extern WfMatch wf_rule_item_match(WfRules *rules, const WfRule *rule, int item,
								  const WfRuleTable *table, WfSlice column, WfBuffer *error);

typedef struct WfRuleColumn
{
	WfSlice		name;
	WfSlice		type_name;		/* as in pg_type.typname: int4, varchar */
	bool		is_character;	/* masks apply: text, varchar, char, enums */
	bool		is_bytes;		/* bytea */
	int32_t		length;			/* n of char(n) and varchar(n), else 0: hashes are
								 * cut */
	int32_t		source_length;	/* the type's, as pgjdbc has it; 0: unknown */
} WfRuleColumn;

/* In the order of strictness. */
typedef enum WfColumnAction
{
	WF_COLUMN_COPY,
	WF_COLUMN_TRUNCATE,
	WF_COLUMN_HASH,
	WF_COLUMN_MASK,
	WF_COLUMN_OMIT
} WfColumnAction;

typedef struct WfColumnRule
{
	WfColumnAction action;
	bool		propagate;		/* the schema tells the column's type */
	int32_t		length;			/* asterisks; UTF-16 units or bytes that are left;
								 * hex digits of a hash, 0 for all */
	const WfHash *hash;			/* lives as long as the rules */

	/*
	 * A mask or hash names the column, but its type has none.
	 */
	bool		unmaskable;
} WfColumnRule;

/*
 * Does the one tell less of a value than the other?  Masks are alike, whatever the
 * number of asterisks, and so are hashes.
 */
extern bool wf_column_rule_is_stricter(const WfColumnRule *rule, const WfColumnRule *than);

/* So many bytes of a value, at the most, are sure to make a record longer. */
extern uint64_t wf_column_rule_shown_max(const WfColumnRule *rule);

/*
 * What becomes of a column.  Of several kinds of rules that match, the strictest
 * holds; of one kind the first given, but see WfRules.strictest.
 */
extern bool wf_rules_column(WfRules *rules, const WfRuleTable *table, const WfRuleColumn *column,
							WfColumnRule *result, WfBuffer *error);

/*
 * The key that message.key.columns gives a table: indexes into columns, in the
 * order listed, *count of them, 0 if the option names none of its columns.
 * False with a reason in error also if there are more than count_max.
 */
extern bool wf_rules_key(WfRules *rules, const WfRuleTable *table, const WfSlice *columns,
						 int column_count, int *indexes, int count_max, int *count,
						 WfBuffer *error);

/*
 * Appends to names, quoted and separated by commas, what message.key.columns asks
 * for of this table and none of its columns matches; Debezium passes over that in
 * silence.
 */
extern bool wf_rules_key_missing(WfRules *rules, const WfRuleTable *table, const WfSlice *columns,
								 int column_count, WfBuffer *names, WfBuffer *error);

#endif							/* WALFERRY_RULES_H */
