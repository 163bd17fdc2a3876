/*
 * test_column_rule.c
 *		Unit tests of what filters and masks do to a table's plan, rows and schemas.
 *
 * Lengths and scales of source types are what Debezium 3.7.0 wrote for the same
 * columns.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "envelope/connect_schema.h"
#include "heap_memory.h"
#include "mask_digest.h"

static bool
find_salt(void *host, WfSlice text, WfSlice *salt, WfBuffer *message)
{
	(void) host;
	(void) text;
	(void) message;
	*salt = WF_LITERAL("s2");
	return true;
}

static WfRules rules;
static WfBuffer error;

static void
use(const char *name, const char *value)
{
	if (!wf_rules_set(&rules, name, slice(value), find_salt, NULL, &error))
		fail_msg("%s", fixture_text(&error));
}

static int
set_up(void **state)
{
	(void) state;
	error = fixture_buffer(4096);
	assert_true(wf_rules_init(&rules, &heap_memory, test_digest));
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

#define VARCHAR_TYPE(n) {.kind = WF_TYPE_TEXT, .element_kind = WF_TYPE_OTHER, .oid = 1043, \
	.typmod = (n) + 4}
#define BYTEA_TYPE {.kind = WF_TYPE_BYTEA, .element_kind = WF_TYPE_OTHER, .oid = 17, .typmod = -1}
#define CITEXT_TYPE {.kind = WF_TYPE_TEXT, .element_kind = WF_TYPE_OTHER, .oid = 99999, \
	.typmod = -1}

static const WfValue plain_default = TEXT("default");

static void
fill_columns(WfColumn columns[6])
{
	const WfColumn template[6] = {
		{.name = SLICE("id"), .catalogue_type = SLICE("int4"), .type = INT4_TYPE,
		.in_identity = true},
		{.name = SLICE("a"), .catalogue_type = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
		{.name = SLICE("b"), .catalogue_type = SLICE("varchar"), .type = VARCHAR_TYPE(6)},
		{.name = SLICE("c"), .catalogue_type = SLICE("bytea"), .type = BYTEA_TYPE,
		.nullable = true},
		{.name = SLICE("d"), .catalogue_type = SLICE("citext"), .type = CITEXT_TYPE,
		.nullable = true},
		{.name = SLICE("e"), .catalogue_type = SLICE("text"), .type = TEXT_TYPE,
		.default_value = &plain_default}
	};

	memcpy(columns, template, sizeof(template));
}

static void
write_rows(Fixture *fixture, const WfRelation *relation, const WfValue *old_row,
		   const WfValue *new_row)
{
	WfTransaction transaction;
	WfRowChange change = {
		.operation = new_row != NULL ? WF_OPERATION_CREATE : WF_OPERATION_DELETE,
		.lsn = 1, .old_row = old_row, .new_row = new_row
	};

	(void) relation;
	wf_transaction_begin(&transaction, 1, 1, 0);
	assert_int_equal(wf_write_row(&fixture->session, &transaction, &fixture->plan, &change),
					 WF_WRITE_OK);
}

/* The rows of a table under the rules: "before => after" of a create and a delete. */
static void
assert_rows(const char *created, const char *deleted, bool as_debezium)
{
	static const WfValue new_row[6] = {
		INTEGER(1), TEXT("\xC3\xA4\xC3\xA4\xC3\xA4"), NULL_VALUE,
		{.state = WF_VALUE_PRESENT,.as.bytes = {"\1\2\3", 3}}, TEXT("text"), UNAVAILABLE
	};
	static const WfValue old_row[6] = {INTEGER(1), ABSENT, ABSENT, ABSENT, ABSENT, ABSENT};
	WfColumn	columns[6];
	WfRelation	relation = {
		.oid = 1, .schema = SLICE("public"), .name = SLICE("t"), .column_count = 6,
		.columns = columns, .key_count = 1, .key_columns = {0}, .identity = WF_IDENTITY_DEFAULT
	};
	Fixture		fixture;

	fill_columns(columns);
	if (!wf_relation_apply_rules(&rules, WF_LITERAL("shop"), &relation, columns, &error))
		fail_msg("%s", fixture_text(&error));
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, NULL);
	if (as_debezium)
		fixture.session.options.compat = WF_COMPAT_DEBEZIUM;
	assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								  &relation, fixture.columns, &fixture.plan_text,
								  fixture_sha256));
	write_rows(&fixture, &relation, NULL, new_row);
	write_rows(&fixture, &relation, old_row, NULL);
	if (!fixture_holds(wf_buffer_since(&fixture.lines, 0), created) ||
		!fixture_holds(wf_buffer_since(&fixture.lines, 0), deleted))
		fail_msg("expected\n%s\n%s\nin\n%s", created, deleted, fixture_text(&fixture.lines));
	fixture_close(&fixture);
}

static void
test_copied(void **state)
{
	(void) state;
	assert_rows("\"after\":{\"id\":1,\"a\":\"\xC3\xA4\xC3\xA4\xC3\xA4\",\"b\":\"\",\"c\":\"AQID\","
				"\"d\":\"text\",\"e\":\"__debezium_unavailable_value\"}",
				"\"before\":{\"id\":1,\"a\":null,\"b\":\"\",\"c\":null,\"d\":null,"
				"\"e\":\"default\"}", false);
}

static void
test_masked(void **state)
{
	(void) state;
	use("column.mask.with.3.chars", ".*");
	assert_rows("\"after\":{\"id\":1,\"a\":\"***\",\"b\":\"***\",\"c\":\"AQID\",\"d\":\"***\","
				"\"e\":\"***\"}",
				"\"before\":{\"id\":1,\"a\":\"***\",\"b\":\"***\",\"c\":null,\"d\":\"***\","
				"\"e\":\"***\"}", false);
}

/* Of b's hash, 6 digits are left; the default does not show but in its hash. */
static void
test_hashed(void **state)
{
	(void) state;
	use("column.mask.hash.v2", "MD5;salt=@x;.*");
	assert_rows("\"after\":{\"id\":1,\"a\":\"1599b72705886c6c8d87960a2cb5f391\",\"b\":\"fac989\","
				"\"c\":\"AQID\",\"d\":\"54b4345258375e123d83874b3a1c7baa\","
				"\"e\":\"__debezium_unavailable_value\"}",
				"\"before\":{\"id\":1,\"a\":null,\"b\":\"fac989\",\"c\":null,\"d\":null,"
				"\"e\":\"0944e6c0d4d15a63ecdc33389d73ad4d\"}", false);
}

static void
test_truncated(void **state)
{
	(void) state;
	use("column.truncate.to.2.chars", ".*");
	assert_rows("\"after\":{\"id\":1,\"a\":\"\xC3\xA4\xC3\xA4\",\"b\":\"\",\"c\":\"AQI=\",\"d\":\"te\","
				"\"e\":\"__debezium_unavailable_value\"}",
				"\"before\":{\"id\":1,\"a\":null,\"b\":\"\",\"c\":null,\"d\":null,\"e\":\"de\"}", false);
}

/* No number that Debezium takes is too large to add to, or to cut by. */
static void
test_cut_by_much(void **state)
{
	(void) state;
	use("column.truncate.to.2147483647.chars", "public.t.[a-c]");
	use("column.truncate.to.2147483646.chars", "public.t.[de]");
	assert_rows("\"after\":{\"id\":1,\"a\":\"\xC3\xA4\xC3\xA4\xC3\xA4\",\"b\":\"\",\"c\":\"AQID\","
				"\"d\":\"text\",\"e\":\"__debezium_unavailable_value\"}", "\"e\":\"default\"}", false);
}

static void
test_as_debezium(void **state)
{
	(void) state;
	use("column.truncate.to.2.chars", ".*");
	assert_rows("\"d\":\"te\",\"e\":\"__\"}", "\"d\":null,\"e\":\"de\"}", true);
}

static void
test_left_out(void **state)
{
	(void) state;
	use("column.exclude.list", "public\\.t\\.(id|c|d|e)");
	assert_rows("\"after\":{\"a\":\"\xC3\xA4\xC3\xA4\xC3\xA4\",\"b\":\"\"}",
				"\"before\":{\"a\":null,\"b\":\"\"}", false);
}

static void
test_all_left_out(void **state)
{
	(void) state;
	use("column.include.list", "nothing");
	assert_rows("\"after\":{},", "\"before\":{},", false);
}

/* A digest that fails leaves null, and the host is told. */
static bool
failing_digest(WfDigestAlgorithm algorithm, const WfSlice *parts, int part_count,
			   uint8_t digest[WF_DIGEST_LENGTH_MAX])
{
	(void) algorithm;
	(void) parts;
	(void) part_count;
	(void) digest;
	return false;
}

static void
test_digest_fails(void **state)
{
	(void) state;
	rules.digest = failing_digest;
	use("column.mask.hash.v2", "MD5;salt=@x;public\\.t\\.(a|b)");
	assert_rows("\"a\":null,\"b\":null,", "\"a\":null,\"b\":null,", false);
}

/* ---- schemas ---- */

static void
assert_source(WfColumn column, const char *expected)
{
	Fixture		fixture;
	WfBuffer	schema = fixture_buffer(4096);
	WfTextForm	form = {0};
	WfRelation	relation = {
		.oid = 1, .schema = SLICE("public"), .name = SLICE("t"), .column_count = 1,
		.columns = &column
	};

	column.name = slice("x");
	column.nullable = true;
	assert_true(wf_relation_apply_rules(&rules, WF_LITERAL("shop"), &relation, &column, &error));
	fixture_open(&fixture, WF_OUTPUT_ENVELOPE, NULL);
	assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								  &relation, fixture.columns, &fixture.plan_text,
								  fixture_sha256));
	wf_connect_schema_write(&schema, &form, &fixture.plan.columns[0].field.self, slice("x"));
	if (!fixture_holds(wf_buffer_since(&schema, 0), expected))
		fail_msg("expected\n%s\nin\n%s", expected, fixture_text(&schema));
	free(schema.data);
	fixture_close(&fixture);
}

#define TYPED(type_kind, type_oid, type_mod, name) \
	((WfColumn) {.type = {.kind = type_kind, .element_kind = WF_TYPE_OTHER, .oid = type_oid, \
		.typmod = type_mod}, .catalogue_type = SLICE(name)})
#define SOURCE(type, length, scale) \
	"\"__debezium.source.column.type\":\"" type "\",\"__debezium.source.column.length\":\"" length \
	"\",\"__debezium.source.column.scale\":\"" scale "\",\"__debezium.source.column.name\":\"x\"}"

static void
test_source_types(void **state)
{
	WfColumn	serial = TYPED(WF_TYPE_INT4, 23, -1, "int4");
	WfColumn	array = {.type = {.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_INT4, .oid = 1007,
	.element_oid = 23, .typmod = -1}, .catalogue_type = SLICE("_int4")};

	(void) state;
	use("column.propagate.source.type", ".*");
	assert_source(TYPED(WF_TYPE_BOOL, 16, -1, "bool"), SOURCE("BOOL", "1", "0"));
	assert_source(TYPED(WF_TYPE_INT2, 21, -1, "int2"), SOURCE("INT2", "5", "0"));
	assert_source(TYPED(WF_TYPE_INT4, 23, -1, "int4"), SOURCE("INT4", "10", "0"));
	assert_source(TYPED(WF_TYPE_INT8, 20, -1, "int8"), SOURCE("INT8", "19", "0"));
	assert_source(TYPED(WF_TYPE_OID, 26, -1, "oid"), SOURCE("OID", "10", "0"));
	assert_source(TYPED(WF_TYPE_FLOAT4, 700, -1, "float4"), SOURCE("FLOAT4", "8", "8"));
	assert_source(TYPED(WF_TYPE_FLOAT8, 701, -1, "float8"), SOURCE("FLOAT8", "17", "17"));
	assert_source(TYPED(WF_TYPE_NUMERIC, 1700, -1, "numeric"), SOURCE("NUMERIC", "131089", "0"));
	assert_source(TYPED(WF_TYPE_NUMERIC, 1700, (5 << 16 | 2) + 4, "numeric"),
				  "\"scale\":\"2\",\"connect.decimal.precision\":\"5\"," SOURCE("NUMERIC", "5", "2"));
	assert_source(TYPED(WF_TYPE_MONEY, 790, -1, "money"),
				  "\"scale\":\"2\"," SOURCE("MONEY", "2147483647", "0"));
	assert_source(TYPED(WF_TYPE_TEXT, 25, -1, "text"), SOURCE("TEXT", "2147483647", "0"));
	assert_source(TYPED(WF_TYPE_TEXT, 1043, 54, "varchar"), SOURCE("VARCHAR", "50", "0"));
	assert_source(TYPED(WF_TYPE_TEXT, 1042, 15, "bpchar"), SOURCE("BPCHAR", "11", "0"));
	assert_source(TYPED(WF_TYPE_BYTEA, 17, -1, "bytea"), SOURCE("BYTEA", "2147483647", "0"));
	assert_source(TYPED(WF_TYPE_DATE, 1082, -1, "date"), SOURCE("DATE", "13", "0"));
	assert_source(TYPED(WF_TYPE_TIME, 1083, -1, "time"), SOURCE("TIME", "15", "6"));
	assert_source(TYPED(WF_TYPE_TIMESTAMP, 1114, -1, "timestamp"), SOURCE("TIMESTAMP", "29", "6"));
	assert_source(TYPED(WF_TYPE_TIMESTAMP, 1114, 3, "timestamp"), SOURCE("TIMESTAMP", "26", "3"));
	assert_source(TYPED(WF_TYPE_TIMESTAMPTZ, 1184, -1, "timestamptz"),
				  SOURCE("TIMESTAMPTZ", "35", "6"));
	assert_source(TYPED(WF_TYPE_INTERVAL, 1186, -1, "interval"), SOURCE("INTERVAL", "49", "6"));
	assert_source(TYPED(WF_TYPE_UUID, 2950, -1, "uuid"), SOURCE("UUID", "2147483647", "0"));
	assert_source(TYPED(WF_TYPE_VECTOR, 90001, 3, "vector"), SOURCE("VECTOR", "3", "0"));
	assert_source(TYPED(WF_TYPE_SPARSEVEC, 90003, 5, "sparsevec"), SOURCE("SPARSEVEC", "5", "0"));
	assert_source(TYPED(WF_TYPE_HALFVEC, 90002, -1, "halfvec"),
				  "\"__debezium.source.column.type\":\"HALFVEC\","
				  "\"__debezium.source.column.scale\":\"0\",");
	assert_source(array, SOURCE("_INT4", "10", "0"));
	array.type.oid = 30;
	array.type.element_oid = 26;
	array.type.element_kind = WF_TYPE_OID;
	array.catalogue_type = slice("oidvector");
	assert_source(array, SOURCE("OIDVECTOR", "2147483647", "0"));
	serial.default_expression = slice("nextval('t_x_seq'::regclass)");
	assert_source(serial, SOURCE("SERIAL", "10", "0"));
	use("datatype.propagate.source.type", "shop\\.public\\.t\\.serial");
	assert_source(serial, SOURCE("SERIAL", "10", "0"));
}

static void
test_schema_parameters(void **state)
{
	(void) state;
	use("column.truncate.to.4.chars", "public\\.t\\.x");
	assert_source(TYPED(WF_TYPE_TEXT, 25, -1, "text"),
				  "{\"type\":\"string\",\"optional\":true,\"parameters\":{\"truncateLength\":\"4\"},\"field\":\"x\"}");
	use("column.mask.with.4.chars", "public\\.t\\.x");
	assert_source(TYPED(WF_TYPE_TEXT, 25, -1, "text"),
				  "{\"type\":\"string\",\"optional\":true,\"parameters\":{\"masked\":\"true\"},\"field\":\"x\"}");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_copied, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_masked, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hashed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_truncated, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cut_by_much, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_as_debezium, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_left_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_digest_fails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_source_types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_schema_parameters, set_up, tear_down)
	};

	return cmocka_run_group_tests_name("column_rule", tests, NULL, NULL);
}
