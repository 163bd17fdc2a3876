/*
 * test_event_key.c
 *		What stands for a key that a row does not tell: the replica identity's columns,
 *		all of them or none, beside a schema of their own.
 *
 * The replica identity is an index on name and price, the key is id: Debezium invents
 * {"id":0}; here the delete is known by what the WAL has of it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#define PRICE_TYPE \
	{.kind = WF_TYPE_NUMERIC, .element_kind = WF_TYPE_OTHER, .oid = 1700, \
		.typmod = (9 << 16 | 2) + 4}

static const WfColumn product_columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE},
	{.name = SLICE("name"), .type_name = SLICE("text"), .type = TEXT_TYPE, .in_identity = true},
	{.name = SLICE("price"), .type_name = SLICE("numeric(9,2)"), .in_identity = true,
	.type = PRICE_TYPE},
	{.name = SLICE("note"), .type_name = SLICE("text"), .type = TEXT_TYPE, .nullable = true},
};

static const WfRelation products = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("products"),
	.identity = WF_IDENTITY_INDEX, .column_count = 4, .columns = product_columns,
	.key_count = 1, .key_columns = {0}
};

static const bool identity[] = {false, true, true, false};
static const int16_t one_fifty[] = {1, 5000};

#define PRICE \
	{.state = WF_VALUE_PRESENT, .as.numeric = {.sign = WF_NUMERIC_POSITIVE, .dscale = 2, \
		.digit_count = 2, .digits = one_fifty}}

static const WfValue old_row[] = {ABSENT, TEXT("nut"), PRICE, ABSENT};
static const WfValue row[] = {INTEGER(1), TEXT("nut"), PRICE, TEXT("n")};

#define KEY_SCHEMA \
	"{\"type\":\"struct\",\"fields\":[{\"type\":\"string\",\"optional\":false,\"field\":\"name\"}," \
	"{\"type\":\"bytes\",\"optional\":false,\"name\":\"org.apache.kafka.connect.data.Decimal\",\"version\":1," \
	"\"parameters\":{\"scale\":\"2\",\"connect.decimal.precision\":\"9\"},\"field\":\"price\"}]," \
	"\"optional\":false,\"name\":\"inv.public.products.Key\"}"
#define ENCLOSED "{\"schema\":" KEY_SCHEMA ",\"payload\":{\"name\":\"nut\",\"price\":\"AJY=\"}}"

static Fixture fixture;

static void
open(WfOutput output, const WfRelation *relation, bool key_schemas, bool value_schemas)
{
	fixture_open(&fixture, output, NULL);
	fixture.session.options.walferry_headers = false;
	fixture.session.options.key_schemas = key_schemas;
	fixture.session.options.value_schemas = value_schemas;
	fixture_plan(&fixture, relation);
}

static void
delete(const WfValue *values, const bool *columns, bool keys_are_alike)
{
	WfTransaction transaction;
	const WfRowChange change = {
		.operation = WF_OPERATION_DELETE, .lsn = 0x1000, .old_row = values, .identity = columns,
		.keys_are_alike = keys_are_alike
	};

	wf_transaction_begin(&transaction, 742, 0x2000, 0);
	assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &change),
					 WF_WRITE_OK);
}

static void
assert_holds(const char *part)
{
	if (!fixture_holds(wf_buffer_since(&fixture.lines, 0), part))
		fail_msg("expected\n%s\nin\n%s", part, fixture_text(&fixture.lines));
}

/* Keys of the records that were written, of which the second is a tombstone. */
static void
assert_keys(const char *key, bool has_tombstone)
{
	char		text[1024];

	snprintf(text, sizeof(text), "{\"topic\":\"inv.public.products\",\"key\":%s,\"headers\":{},\"value\":{", key);
	assert_holds(text);
	snprintf(text, sizeof(text), "{\"topic\":\"inv.public.products\",\"key\":%s,\"headers\":{},\"value\":null}", key);
	assert_int_equal(fixture_holds(wf_buffer_since(&fixture.lines, 0), text), has_tombstone);
	assert_int_equal(fixture.flushes, has_tombstone ? 2 : 1);
	fixture_close(&fixture);
}

static void
delete_under_another_identity_is_keyed_by_it(void **state)
{
	(void) state;
	open(WF_OUTPUT_RECORD, &products, false, false);
	delete(old_row, identity, false);
	assert_keys("{\"name\":\"nut\",\"price\":\"AJY=\"}", true);
}

static void
its_schema_is_of_its_own_columns(void **state)
{
	(void) state;
	open(WF_OUTPUT_RECORD, &products, true, false);
	delete(old_row, identity, false);
	assert_keys(ENCLOSED, true);
	open(WF_OUTPUT_RECORD, &products, true, true);
	delete(old_row, identity, false);
	assert_holds("\"key\":" ENCLOSED ",\"headers\":{},\"value\":{\"schema\":{\"type\":\"struct\"");
	assert_keys(ENCLOSED, true);
}

/* Frames name an enclosure whose key is enclosed already. */
static void
frames_bring_it_enclosed(void **state)
{
	(void) state;
	open(WF_OUTPUT_FRAME, &products, true, true);
	delete(old_row, identity, false);
	fixture_read_frame(&fixture);
	assert_holds("E 1 key={\"type\":\"struct\",\"fields\":[{\"type\":\"int32\",\"optional\":false,\"field\":\"id\"}],");
	assert_holds("E 2 key= value={\"type\":\"struct\"");
	assert_holds(" enclosure=2 key=" ENCLOSED " value={\"before\":{\"id\":0,");
	fixture_close(&fixture);

	/* without schemas of values there is nothing to enclose */
	open(WF_OUTPUT_FRAME, &products, true, false);
	delete(old_row, identity, false);
	fixture_read_frame(&fixture);
	assert_holds("2000/1000/0 key=" ENCLOSED " value={\"before\":{\"id\":0,");
	fixture_close(&fixture);
}

/*
 * A table that gets such an identity while it is being decoded has the schemas that it
 * had, but frames beside whose key none stands name another enclosure: it is told then.
 */
static void
a_later_identity_is_described(void **state)
{
	WfRelation	relation = products;

	(void) state;
	relation.identity = WF_IDENTITY_FULL;
	open(WF_OUTPUT_FRAME, &relation, true, true);
	delete(row, NULL, true);
	fixture_plan(&fixture, &products);
	delete(old_row, identity, false);
	fixture_plan(&fixture, &relation);
	delete(row, NULL, true);
	fixture_plan(&fixture, &products);
	delete(old_row, identity, false);
	fixture_read_frame(&fixture);
	assert_holds("E 1 key={\"type\"");
	assert_holds("E 2 key={\"type\"");
	assert_holds("E 3 key= value={\"type\"");
	assert_holds(" enclosure=1 key={\"id\":1} value={\"before\":{\"id\":1,");
	assert_holds(" enclosure=2 key={\"id\":1} value={\"before\":{\"id\":1,");
	assert_int_equal(fixture_count(&fixture, "\nE "), 3);
	assert_int_equal(fixture_count(&fixture, " enclosure=3 key=" ENCLOSED " value={\"before\":{\"id\":0,"), 2);
	fixture_close(&fixture);
}

static void
values_are_in_the_keys_form(void **state)
{
	(void) state;
	open(WF_OUTPUT_RECORD, &products, false, false);
	fixture.session.options.value_decimal_format = WF_DECIMAL_NUMERIC;
	wf_buffer_cut(&fixture.plan_text, 0);
	assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								  &products, fixture.columns, &fixture.plan_text, fixture_sha256));
	delete(old_row, identity, false);
	assert_holds("\"price\":1.50");
	assert_keys("{\"name\":\"nut\",\"price\":\"AJY=\"}", true);
}

/* A part of the identity is no key: rows have it in common. */
static void
all_of_the_identity_or_none(void **state)
{
	static const WfValue part[] = {ABSENT, ABSENT, PRICE, ABSENT};
	static const WfColumnAction actions[] = {WF_COLUMN_TRUNCATE, WF_COLUMN_MASK, WF_COLUMN_OMIT};

	(void) state;
	open(WF_OUTPUT_RECORD, &products, false, false);
	delete(old_row, NULL, false);
	assert_keys("null", false);
	open(WF_OUTPUT_RECORD, &products, false, false);
	delete(part, identity, false);
	assert_keys("null", false);
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
	{
		WfColumn	columns[4];
		WfRelation	relation = products;

		memcpy(columns, product_columns, sizeof(columns));
		columns[1].rule.action = actions[i];
		relation.columns = columns;
		open(WF_OUTPUT_RECORD, &relation, false, false);
		delete(old_row, identity, false);
		assert_keys("null", false);
	}
}

/* A partition's identity may be any columns. */
static void
identity_of_a_partition(void **state)
{
	static const bool other[] = {false, false, false, true};
	static const WfValue told[] = {ABSENT, ABSENT, ABSENT, TEXT("n")};
	WfRelation	relation = products;

	(void) state;
	open(WF_OUTPUT_RECORD, &relation, false, false);
	delete(told, other, false);
	assert_keys("null", false);
	relation.has_partitions = true;
	open(WF_OUTPUT_RECORD, &relation, true, false);
	delete(told, other, false);
	assert_keys("{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"string\",\"optional\":true,\"field\":\"note\"}],"
				"\"optional\":false,\"name\":\"inv.public.products.Key\"},\"payload\":{\"note\":\"n\"}}", true);
}

/* message.key.columns names a large value that the update left as it was: the rest is no key. */
static void
update_that_does_not_tell_its_key_is_keyed_by_the_identity(void **state)
{
	static const WfValue unavailable[] = {UNAVAILABLE, TEXT("nut"), PRICE, TEXT("n")};
	static const WfValue *const rows[] = {unavailable, row};
	static const char *const keys[] = {"\"key\":{\"name\":\"nut\",\"price\":\"AJY=\"},", "\"key\":{\"id\":1},"};

	(void) state;
	for (int i = 0; i < 2; i++)
	{
		WfTransaction transaction;
		const WfRowChange change = {
			.operation = WF_OPERATION_UPDATE, .lsn = 0x1000, .new_row = rows[i],
			.identity = identity
		};

		open(WF_OUTPUT_RECORD, &products, false, false);
		wf_transaction_begin(&transaction, 742, 0x2000, 0);
		assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &change),
						 WF_WRITE_OK);
		assert_holds(keys[i]);
		fixture_close(&fixture);
	}
}

/* Keys that other rows may have get no tombstone, which would make a topic forget these. */
static void
alike_keys_have_no_tombstones(void **state)
{
	(void) state;
	for (int alike = 0; alike < 2; alike++)
	{
		open(WF_OUTPUT_RECORD, &products, false, false);
		delete(row, NULL, alike);
		assert_keys("{\"id\":1}", !alike);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delete_under_another_identity_is_keyed_by_it),
		cmocka_unit_test(its_schema_is_of_its_own_columns),
		cmocka_unit_test(frames_bring_it_enclosed),
		cmocka_unit_test(a_later_identity_is_described),
		cmocka_unit_test(values_are_in_the_keys_form),
		cmocka_unit_test(all_of_the_identity_or_none),
		cmocka_unit_test(identity_of_a_partition),
		cmocka_unit_test(update_that_does_not_tell_its_key_is_keyed_by_the_identity),
		cmocka_unit_test(alike_keys_have_no_tombstones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
