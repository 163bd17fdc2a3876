/*
 * test_rules.c
 *		Unit tests of filters, masks and key choice.
 *
 * What the configurations of test_debezium_… decide was recorded from Debezium
 * 3.7.0 with the same tables and options.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/rules.h"
#include "heap_memory.h"

static WfRules rules;
static WfBuffer error;

static int
set_up(void **state)
{
	(void) state;
	error = fixture_buffer(4096);
	assert_true(wf_rules_init(&rules, &heap_memory, NULL));
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	wf_rules_free(&rules);
	free(error.data);
	return 0;
}

static bool
find_salt(void *host, WfSlice text, WfSlice *salt, WfBuffer *message)
{
	(void) host;
	if (text.length == 0 || text.data[0] != '@')
	{
		wf_buffer_append_literal(message, "no salt may be given here");
		return false;
	}
	*salt = WF_LITERAL("CzQMA0cB5K");
	return true;
}

static bool
try_set(const char *name, const char *value)
{
	wf_buffer_cut(&error, 0);
	return wf_rules_set(&rules, name, slice(value), find_salt, NULL, &error);
}

static void
set(const char *name, const char *value)
{
	if (!try_set(name, value))
		fail_msg("%s", fixture_text(&error));
}

static void
assert_refused(const char *name, const char *value, const char *message)
{
	int			count = rules.count;

	assert_false(try_set(name, value));
	assert_string_equal(fixture_text(&error), message);
	assert_int_equal(rules.count, count);
}

static bool
captures(const char *schema, const char *table)
{
	WfRuleTable named = {WF_LITERAL("shop"), slice(schema), slice(table), NULL};
	WfMatch		result = wf_rules_table(&rules, &named, &error);

	assert_int_not_equal(result, WF_MATCH_ERROR);
	return result == WF_MATCH_YES;
}

/* The tables of the recorded cases. */
static const WfRuleColumn f_user[] = {
	{{"id", 2}, {"int4", 4}, false, false, 0, 10},
	{{"name", 4}, {"text", 4}, true, false, 0, 0},
	{{"email", 5}, {"varchar", 7}, true, false, 50, 50},
	{{"ssn", 3}, {"bpchar", 6}, true, false, 11, 11},
	{{"age", 3}, {"int4", 4}, false, false, 0, 10},
	{{"bio", 3}, {"text", 4}, true, false, 0, 0},
	{{"secret", 6}, {"bytea", 5}, false, true, 0, 0},
	{{NULL, 0}, {NULL, 0}, false, false, 0, 0}
};
static const WfRuleColumn f_order[] = {
	{{"id", 2}, {"int4", 4}, false, false, 0, 10},
	{{"user_id", 7}, {"int4", 4}, false, false, 0, 10},
	{{"ref", 3}, {"text", 4}, true, false, 0, 0},
	{{"total", 5}, {"numeric", 7}, false, false, 0, 10},
	{{NULL, 0}, {NULL, 0}, false, false, 0, 0}
};
static const WfRuleColumn f_nopk[] = {
	{{"a", 1}, {"int4", 4}, false, false, 0, 10},
	{{"b", 1}, {"text", 4}, true, false, 0, 0},
	{{"c", 1}, {"text", 4}, true, false, 0, 0},
	{{NULL, 0}, {NULL, 0}, false, false, 0, 0}
};

static WfRuleTable
table_named(const char *name)
{
	WfRuleTable table = {WF_LITERAL("shop"), WF_LITERAL("public"), slice(name), NULL};

	return table;
}

static WfColumnRule
decide(const char *table, const WfRuleColumn *column)
{
	WfRuleTable named = table_named(table);
	WfColumnRule result;

	if (!wf_rules_column(&rules, &named, column, &result, &error))
		fail_msg("%s", fixture_text(&error));
	return result;
}

/* One letter a column: . copied, - omitted, * masked, # hashed, < cut. */
static void
assert_columns(const char *table, const WfRuleColumn *columns, const char *expected)
{
	char		actual[16] = "";

	for (int i = 0; columns[i].name.data != NULL; i++)
		actual[i] = ".<#*-"[decide(table, &columns[i]).action];
	assert_string_equal(actual, expected);
}

static void
assert_key(const char *table, const WfRuleColumn *columns, const char *expected)
{
	WfRuleTable named = table_named(table);
	WfSlice		names[8];
	int			indexes[32];
	int			count = 0;
	int			column_count = 0;
	char		actual[256] = "";

	for (; columns[column_count].name.data != NULL; column_count++)
		names[column_count] = columns[column_count].name;
	assert_true(wf_rules_key(&rules, &named, names, column_count, indexes, 32, &count, &error));
	for (int i = 0; i < count; i++)
	{
		strcat(actual, i > 0 ? "," : "");
		strncat(actual, names[indexes[i]].data, names[indexes[i]].length);
	}
	assert_string_equal(actual, expected);
}

static void
test_refused(void **state)
{
	(void) state;
	assert_refused("table.include.lists", "x", "option \"table.include.lists\" is no filter and no mask");
	assert_refused("table.include.list", "a,(",
				   "option \"table.include.list\": the regular expression \"(\" is not valid: "
				   "missing closing parenthesis (at offset 1)");
	assert_refused("column.mask.with.x.chars", "a", "option \"column.mask.with.x.chars\" "
				   "is not column.mask.with.N.chars, where N is a number");
	assert_refused("column.mask.with.5.char", "a", "option \"column.mask.with.5.char\" "
				   "is not column.mask.with.N.chars, where N is a number");
	assert_refused("column.mask.with.1000001.chars", "a",
				   "option \"column.mask.with.1000001.chars\" has a number above 1000000");
	assert_refused("column.truncate.to.2147483648.chars", "a",
				   "option \"column.truncate.to.2147483648.chars\" has a number above 2147483647");
	assert_refused("column.mask.with.99999999999999999999.chars", "a",
				   "option \"column.mask.with.99999999999999999999.chars\" has a number above 1000000");
	assert_refused("column.truncate.to.0.chars", "a",
				   "option \"column.truncate.to.0.chars\" has the number 0; at least 1 is left");
	assert_refused("column.truncate.to.-1.chars", "a", "option \"column.truncate.to.-1.chars\" "
				   "is not column.truncate.to.N.chars, where N is a number");
	set("table.include.list", "a");
	assert_refused("table.include.list", "b", "option \"table.include.list\" is given twice");
}

/* The name has the salt in Debezium's form; it must not be shown. */
static void
test_hash_refused(void **state)
{
	static const char name[] = "column.mask.hash.v2";

	(void) state;
	assert_refused("column.mask.hash.SHA-256.with.salt.CzQMA0cB5K", "public.a.b",
				   "an option that begins with \"column.mask.hash.\" is not column.mask.hash.v1.K or "
				   "column.mask.hash.v2.K, with the value ALGORITHM;salt=@NAME;list");
	assert_refused(name, "", "option \"column.mask.hash.v2\" is not of the form "
				   "ALGORITHM;salt=@NAME;list");
	assert_refused(name, "SHA-256", "option \"column.mask.hash.v2\" is not of the form "
				   "ALGORITHM;salt=@NAME;list");
	assert_refused(name, "SHA-256;public.a.b", "option \"column.mask.hash.v2\" is not of the form "
				   "ALGORITHM;salt=@NAME;list");
	assert_refused(name, "SHA-256;salt=@a", "option \"column.mask.hash.v2\" has no regular expression");
	assert_refused(name, "SHA-3;salt=@a;x", "option \"column.mask.hash.v2\" has the unknown algorithm "
				   "\"SHA-3\"; known are MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512");
	assert_refused(name, "SHA-256;salt=pepper;x", "no salt may be given here");
	assert_refused("column.mask.hash.v2.", "MD5;salt=@a;x", "an option that begins with "
				   "\"column.mask.hash.\" is not column.mask.hash.v1.K or column.mask.hash.v2.K, "
				   "with the value ALGORITHM;salt=@NAME;list");
	set("column.mask.hash.v2", "MD5;salt=@a;x");
	set("column.mask.hash.v2.7", " sha-512 ; salt=@a ; x;y ");
	set("column.mask.hash.v1", "SHA-1;salt=@b;x");
	assert_false(rules.rules[1].hash.java_serialized);
	assert_int_equal(rules.rules[1].hash.algorithm, WF_DIGEST_SHA512);
	assert_int_equal(rules.rules[1].list.count, 1);
	assert_true(rules.rules[2].hash.java_serialized);
}

static void
test_key_refused(void **state)
{
	(void) state;
	assert_refused("message.key.columns", ";", "option \"message.key.columns\" names no column");
	assert_refused("message.key.columns", "public.a", "option \"message.key.columns\" has an entry not "
				   "of the form table:column,column: \"public.a\"");
	assert_refused("message.key.columns", "public.a:x;public.b:", "option \"message.key.columns\" has an "
				   "entry not of the form table:column,column: \"public.b:\"");
	assert_refused("message.key.columns", "public.a:x,,y", "option \"message.key.columns\" has an entry "
				   "not of the form table:column,column: \"public.a:x,,y\"");
	assert_refused("message.key.columns", ":x", "option \"message.key.columns\" has an entry not of the "
				   "form table:column,column: \":x\"");
	assert_refused("message.key.columns", "public.a:b:c", "option \"message.key.columns\" has an entry not of "
				   "the form table:column,column: \"public.a:b:c\"");
	assert_refused("message.key.columns", "public.a:x;;public.b:y", "option \"message.key.columns\" has an "
				   "entry not of the form table:column,column: \"\"");
	assert_refused("message.key.columns", ";public.a:x", "option \"message.key.columns\" has an entry not of "
				   "the form table:column,column: \"\"");
	assert_refused("message.key.columns", "public.a(:x", "option \"message.key.columns\": the regular "
				   "expression \"public.a(\" is not valid: missing closing parenthesis (at offset 9)");
	assert_refused("message.key.columns", "public.a:x,[y", "option \"message.key.columns\": the regular "
				   "expression \"[y\" is not valid: missing terminating ] for character class "
				   "(at offset 2)");
}

static void
test_exclusive(void **state)
{
	(void) state;
	set("table.include.list", "a");
	set("schema.exclude.list", "a");
	wf_buffer_cut(&error, 0);
	assert_true(wf_rules_check(&rules, &error));
	set("table.exclude.list", "b");
	assert_false(wf_rules_check(&rules, &error));
	assert_string_equal(fixture_text(&error), "option \"table.include.list\" and option "
						"\"table.exclude.list\" exclude each other");
}

/* It keeps nothing back, so that only one set of rules can have it. */
static void
test_partition_roots(void **state)
{
	(void) state;
	assert_int_equal(wf_rules_partition_root(&rules, slice("public"), slice("a"), &error),
					 WF_MATCH_NO);
	set("publish.via.partition.root.include.list", "public\\.a, s\\.b.*");
	assert_int_equal(wf_rules_partition_root(&rules, slice("public"), slice("A"), &error),
					 WF_MATCH_YES);
	assert_int_equal(wf_rules_partition_root(&rules, slice("s"), slice("bb"), &error),
					 WF_MATCH_YES);
	assert_int_equal(wf_rules_partition_root(&rules, slice("public"), slice("b"), &error),
					 WF_MATCH_NO);
	assert_true(captures("public", "b"));
	assert_true(wf_rules_is_option("publish.via.partition.root.include.list"));
	assert_false(wf_rules_is_restriction("publish.via.partition.root.include.list"));
	assert_false(wf_rules_is_restriction("message.key.columns"));
	assert_false(wf_rules_is_restriction("column.propagate.source.type"));
	assert_false(wf_rules_is_restriction("datatype.propagate.source.type"));
	assert_true(wf_rules_is_restriction("message.prefix.exclude.list"));
	assert_true(wf_rules_is_restriction("table.include.list"));
	assert_true(wf_rules_is_restriction("column.mask.with.3.chars"));
	assert_false(wf_rules_is_restriction("topic.prefix"));
}

static void
test_read_options(void **state)
{
	static WfOptions options;

	(void) state;
	options.table_include = "public\\..*";
	options.schema_exclude = " ";
	options.settings.count = 2;
	options.settings.entries[0] = (WfSetting) {"column.mask.with.3.chars", "public.f_user.name"};
	options.settings.entries[1] = (WfSetting) {"transforms.unwrap.type", "whatever"};
	if (!wf_rules_read(&rules, &options, find_salt, NULL, &error))
		fail_msg("%s", fixture_text(&error));
	assert_int_equal(rules.count, 2);
	assert_columns("f_user", f_user, ".*.....");

	options.settings.entries[1].name = "column.truncate.to.x.chars";
	wf_rules_free(&rules);
	assert_true(wf_rules_init(&rules, &heap_memory, NULL));
	assert_false(wf_rules_read(&rules, &options, find_salt, NULL, &error));
}

static void
test_too_many(void **state)
{
	char		name[64];

	(void) state;
	for (int i = 0; i < WF_RULES_MAX; i++)
	{
		snprintf(name, sizeof(name), "column.truncate.to.%d.chars", i + 1);
		set(name, "x");
	}
	assert_refused("table.include.list", "x", "option \"table.include.list\" is one too many: at most "
				   "64 filters and masks may be given");
}

static void
test_always_excluded(void **state)
{
	(void) state;
	assert_true(captures("public", "a"));
	assert_false(captures("pg_catalog", "a"));
	assert_false(captures("information_schema", "a"));
	assert_false(captures("public", "spatial_ref_sys"));
	set("table.include.list", ".*");
	assert_false(captures("pg_catalog", "a"));
}

static void
test_schema_and_table(void **state)
{
	(void) state;
	set("schema.include.list", "public,sales_.*");
	set("table.exclude.list", ".*\\.tmp_.*");
	assert_true(captures("PUBLIC", "a"));
	assert_true(captures("sales_eu", "a.b"));
	assert_false(captures("other", "a"));
	assert_false(captures("public", "tmp_a"));
}

static void
test_messages(void **state)
{
	(void) state;
	assert_int_equal(wf_rules_message(&rules, slice("x"), &error), WF_MATCH_YES);
	set("message.prefix.include.list", "pfx,ctx");
	assert_int_equal(wf_rules_message(&rules, slice("pfx"), &error), WF_MATCH_YES);
	assert_int_equal(wf_rules_message(&rules, slice("pfx2"), &error), WF_MATCH_NO);
	assert_int_equal(wf_rules_message(&rules, slice(""), &error), WF_MATCH_NO);
}

static void
test_undecided(void **state)
{
	WfRuleTable table = table_named("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	WfColumnRule result;
	WfSlice		name = WF_LITERAL("aaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	WfRuleColumn column = {.name = name, .is_character = true};
	int			indexes[1];
	int			count;

	(void) state;
	set("table.exclude.list", "(\\W+|\\w+)+\\d");
	set("column.mask.with.5.chars", "(\\W+|\\w+)+\\d");
	set("message.key.columns", "(\\W+|\\w+)+:\\d");
	wf_buffer_cut(&error, 0);
	assert_int_equal(wf_rules_table(&rules, &table, &error), WF_MATCH_ERROR);
	assert_non_null(strstr(fixture_text(&error), "match limit exceeded"));
	assert_false(wf_rules_column(&rules, &table, &column, &result, &error));
	assert_false(wf_rules_key(&rules, &table, &name, 1, indexes, 1, &count, &error));
}

/* ---- recorded configurations ---- */

static void
test_debezium_table_exclude(void **state)
{
	(void) state;
	set("table.exclude.list", "public.f_hidden,public.f_user");
	assert_false(captures("public", "f_hidden"));
	assert_false(captures("public", "f_user"));
	assert_true(captures("public", "f_order"));
	assert_true(captures("public", "f_nopk"));
}

static void
test_debezium_column_exclude(void **state)
{
	(void) state;
	set("column.exclude.list", "public.f_user.ssn,public.f_user.bio,public.f_order.total");
	assert_columns("f_user", f_user, "...-.-.");
	assert_columns("f_order", f_order, "...-");
	assert_columns("f_nopk", f_nopk, "...");
}

static void
test_debezium_column_include(void **state)
{
	(void) state;
	set("column.include.list", "public.f_user.(id|name),public.f_order.id,public.f_nopk.a,"
		"public.f_hidden.v,public.zz_marker.id");
	assert_columns("f_user", f_user, "..-----");
	assert_columns("f_order", f_order, ".---");
	assert_columns("f_nopk", f_nopk, ".--");
}

static void
test_debezium_mask_chars(void **state)
{
	WfColumnRule secret;

	(void) state;
	set("column.mask.with.5.chars", "public.f_user.(name|ssn|bio|secret),public.f_order.ref");
	set("column.mask.with.0.chars", "public.f_nopk.b");
	assert_columns("f_user", f_user, ".*.*.*.");
	assert_columns("f_order", f_order, "..*.");
	assert_columns("f_nopk", f_nopk, ".*.");
	assert_int_equal(decide("f_user", &f_user[1]).length, 5);
	assert_int_equal(decide("f_nopk", &f_nopk[1]).length, 0);
	secret = decide("f_user", &f_user[6]);
	assert_true(secret.unmaskable);
}

static void
test_debezium_mask_hash(void **state)
{
	WfColumnRule rule;

	(void) state;
	set("column.mask.hash.v1", "SHA-256;salt=@s1;public.f_user.(name|ssn),public.f_order.ref");
	set("column.mask.hash.v2", "SHA-512;salt=@s2;public.f_user.bio");
	assert_columns("f_user", f_user, ".#.#.#.");
	assert_columns("f_order", f_order, "..#.");
	rule = decide("f_user", &f_user[3]);
	assert_int_equal(rule.length, 11);
	assert_int_equal(rule.hash->algorithm, WF_DIGEST_SHA256);
	assert_true(rule.hash->java_serialized);
	assert_int_equal(rule.hash->salt.length, 10);
	rule = decide("f_user", &f_user[5]);
	assert_int_equal(rule.length, 0);
	assert_int_equal(rule.hash->algorithm, WF_DIGEST_SHA512);
	assert_false(rule.hash->java_serialized);
}

static void
test_debezium_truncate_chars(void **state)
{
	(void) state;
	set("column.truncate.to.4.chars", "public.f_user.(name|bio|email),public.f_order.ref");
	assert_columns("f_user", f_user, ".<<..<.");
	assert_columns("f_order", f_order, "..<.");
	assert_int_equal(decide("f_user", &f_user[1]).length, 4);
}

/* A column that is shorter anyhow is not touched; bytea is cut by bytes. */
static void
test_truncate(void **state)
{
	(void) state;
	set("column.truncate.to.11.chars", ".*");
	assert_columns("f_user", f_user, ".<<..<<");
	assert_int_equal(decide("f_user", &f_user[1]).length, 11);
}

static void
test_largest_numbers(void **state)
{
	(void) state;
	set("column.truncate.to.2147483647.chars", "public.f_user.name");
	set("column.mask.with.1000000.chars", "public.f_user.bio");
	assert_columns("f_user", f_user, ".<...*.");
	assert_int_equal(decide("f_user", &f_user[1]).length, INT32_MAX);
	assert_int_equal(decide("f_user", &f_user[5]).length, 1000000);
}

static void
test_debezium_key_columns(void **state)
{
	(void) state;
	set("message.key.columns", "public.f_user:email;public.f_nopk:a,b;public.f_order:ref,user_id");
	assert_key("f_user", f_user, "email");
	assert_key("f_nopk", f_nopk, "a,b");
	assert_key("f_order", f_order, "ref,user_id");
	assert_key("f_hidden", f_nopk, "");
}

static void
test_key_columns(void **state)
{
	WfRuleTable table = table_named("f_nopk");
	WfSlice		names[2] = {WF_LITERAL("a"), WF_LITERAL("b")};
	int			indexes[1];
	int			count;

	(void) state;
	set("message.key.columns", " (?:public|x)\\.f_nopk|y : B , .* ; public.f_user:nix ;; ");
	assert_key("f_nopk", f_nopk, "b,a,c");
	assert_key("f_user", f_user, "");
	wf_buffer_cut(&error, 0);
	assert_false(wf_rules_key(&rules, &table, names, 2, indexes, 1, &count, &error));
	assert_string_equal(fixture_text(&error), "option \"message.key.columns\" names more than 1 columns "
						"of table \"public.f_nopk\"");
}

/* What the option asks for and the table f_nopk, with the columns a and b, does not have. */
static void
assert_missing(const char *value, const char *expected)
{
	WfRuleTable table = table_named("f_nopk");
	WfSlice		columns[2] = {WF_LITERAL("a"), WF_LITERAL("b")};
	WfBuffer	names = fixture_buffer(4096);

	wf_rules_free(&rules);
	assert_true(wf_rules_init(&rules, &heap_memory, NULL));
	if (value != NULL)
		set("message.key.columns", value);
	assert_true(wf_rules_key_missing(&rules, &table, columns, 2, &names, &error));
	assert_string_equal(fixture_text(&names), expected);
	free(names.data);
}

static void
test_missing_key_columns(void **state)
{
	WfRuleTable table = table_named("f_nopk");
	WfSlice		column = WF_LITERAL("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
	WfBuffer	names = fixture_buffer(4096);

	(void) state;
	assert_missing(NULL, "");
	assert_missing("public.f_nopk:a,b;public.other:c", "");
	assert_missing("public.f_nopk:a,c", "\"c\"");
	assert_missing("public.f_nopk:[ab],[cd];(x|public.f.*):(e)|f", "\"[cd]\", \"(e)|f\"");
	assert_missing(".*:c,d,e,f,g,h,i,j,k,l,m", "\"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\", \"j\", ...");

	wf_rules_free(&rules);
	assert_true(wf_rules_init(&rules, &heap_memory, NULL));
	set("message.key.columns", "public.f_nopk:(a+)+b");
	assert_false(wf_rules_key_missing(&rules, &table, &column, 1, &names, &error));
	assert_non_null(strstr(fixture_text(&error), "could not be decided"));
	free(names.data);
}

static void
test_propagate(void **state)
{
	(void) state;
	set("column.propagate.source.type", "shop.public.f_user.id,public.f_user.name");
	set("datatype.propagate.source.type", "public.f_order.int4,shop.f_user.BYTEA,"
		"shop.public.f_nopk.text");
	assert_true(decide("f_user", &f_user[0]).propagate);
	assert_true(decide("f_user", &f_user[1]).propagate);
	assert_false(decide("f_user", &f_user[2]).propagate);
	assert_true(decide("f_user", &f_user[6]).propagate);
	assert_true(decide("f_order", &f_order[1]).propagate);
	assert_false(decide("f_order", &f_order[2]).propagate);
	assert_true(decide("f_nopk", &f_nopk[2]).propagate);
	assert_columns("f_user", f_user, ".......");
}

/* Of several kinds the strictest holds; of one kind, the first. */
static void
test_precedence(void **state)
{
	(void) state;
	set("column.truncate.to.9.chars", ".*");
	set("column.truncate.to.2.chars", ".*");
	set("column.mask.with.3.chars", ".*\\.f_user\\.(bio|ssn)");
	set("column.mask.hash.v2", "MD5;salt=@a;.*\\.f_user\\.(name|bio)");
	set("column.exclude.list", ".*\\.ssn");
	assert_columns("f_user", f_user, "<#<-<*<");
	assert_int_equal(decide("f_user", &f_user[2]).length, 9);
}

/* As a policy is asked: of one kind the strictest too. */
static void
test_strictest(void **state)
{
	(void) state;
	rules.strictest = true;
	set("column.truncate.to.9.chars", ".*");
	set("column.truncate.to.2.chars", ".*");
	set("column.truncate.to.5.chars", ".*");
	set("column.mask.with.3.chars", ".*\\.f_user\\.bio");
	set("column.mask.with.5.chars", ".*\\.f_user\\.bio");
	assert_int_equal(decide("f_user", &f_user[2]).length, 2);
	assert_int_equal(decide("f_user", &f_user[5]).length, 3);
}

/* A list has a partition if it has one of the tables above it. */
static void
test_names_above(void **state)
{
	WfRuleTable root = {WF_LITERAL("shop"), WF_LITERAL("sales"), WF_LITERAL("f_user"), NULL};
	WfRuleTable middle = {WF_LITERAL("shop"), WF_LITERAL("public"), WF_LITERAL("middle"), &root};
	WfRuleTable leaf = {WF_LITERAL("shop"), WF_LITERAL("public"), WF_LITERAL("leaf"), &middle};
	WfColumnRule result;

	(void) state;
	set("schema.include.list", "sales");
	set("table.include.list", "public\\.middle");
	set("column.include.list", "sales\\.f_user\\.(id|bio)");
	set("column.truncate.to.2.chars", "public\\.middle\\.bio");
	assert_int_equal(wf_rules_table(&rules, &leaf, &error), WF_MATCH_YES);
	assert_int_equal(wf_rules_table(&rules, &root, &error), WF_MATCH_NO);
	assert_true(wf_rules_column(&rules, &leaf, &f_user[5], &result, &error));
	assert_int_equal(result.action, WF_COLUMN_TRUNCATE);
	assert_true(wf_rules_column(&rules, &root, &f_user[5], &result, &error));
	assert_int_equal(result.action, WF_COLUMN_COPY);
	assert_true(wf_rules_column(&rules, &leaf, &f_user[1], &result, &error));
	assert_int_equal(result.action, WF_COLUMN_OMIT);
	leaf.above = NULL;
	assert_int_equal(wf_rules_table(&rules, &leaf, &error), WF_MATCH_NO);
}

static void
test_no_memory(void **state)
{
	(void) state;
	for (int allowed = 0; allowed < 40; allowed++)
	{
		int			left = allowed;
		WfMemory	memory = {heap_allocate, heap_release, &left};
		WfRules		scarce;

		if (!wf_rules_init(&scarce, &memory, NULL))
			continue;
		wf_buffer_cut(&error, 0);
		if (!wf_rules_set(&scarce, "column.mask.hash.v2", slice("MD5;salt=@a;a,b"), find_salt, NULL,
						  &error) ||
			!wf_rules_set(&scarce, "message.key.columns", slice("a:b;c:d"), find_salt, NULL, &error))
			assert_true(error.length > 0);
		wf_rules_free(&scarce);
	}
}

static void
assert_item(const char *option, const char *value, int item, const char *column, WfMatch expected)
{
	WfRuleTable table = table_named("f_user");

	wf_rules_free(&rules);
	assert_true(wf_rules_init(&rules, &heap_memory, NULL));
	wf_buffer_cut(&error, 0);
	set(option, value);
	assert_int_equal(wf_rule_item_match(&rules, &rules.rules[0], item, &table, slice(column),
										&error), expected);
}

/* Each expression by itself, and a list of tables by the table's name. */
static void
test_items(void **state)
{
	(void) state;
	assert_item("column.mask.with.3.chars", "f_user.id,public.f_user.id", 0, "id", WF_MATCH_NO);
	assert_item("column.mask.with.3.chars", "f_user.id,public.F_USER.id", 1, "id", WF_MATCH_YES);
	assert_true(wf_rule_names_columns(&rules.rules[0]));
	assert_item("column.exclude.list", "regression.public.f_user.id", 0, "id", WF_MATCH_NO);
	assert_item("column.propagate.source.type", "[a-z]+.public.f_user.id", 0, "id", WF_MATCH_YES);
	assert_item("message.key.columns", "public.f_user:name,id", 0, "id", WF_MATCH_NO);
	assert_item("message.key.columns", "public.f_user:name,id", 1, "id", WF_MATCH_YES);
	assert_true(wf_rule_names_columns(&rules.rules[0]));
	assert_item("publish.via.partition.root.include.list", "f_user,public.f_user", 0, "", WF_MATCH_NO);
	assert_item("publish.via.partition.root.include.list", "f_user,public.f_user", 1, "", WF_MATCH_YES);
	assert_false(wf_rule_names_columns(&rules.rules[0]));
	assert_item("column.exclude.list", "(\\w+|\\W+)+\\d\\d\\d", 0,
				"a_column_whose_name_is_long_enough_to_go_back_in", WF_MATCH_ERROR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hash_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_key_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_exclusive, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_read_options, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_partition_roots, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_always_excluded, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_schema_and_table, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_messages, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_undecided, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_debezium_table_exclude, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_debezium_column_exclude, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_debezium_column_include, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_debezium_mask_chars, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_debezium_mask_hash, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_debezium_truncate_chars, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_truncate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_largest_numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_debezium_key_columns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_key_columns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_key_columns, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_propagate, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_precedence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_strictest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names_above, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_items, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_memory, set_up, tear_down)
	};

	return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
