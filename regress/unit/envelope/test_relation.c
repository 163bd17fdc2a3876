/*
 * test_relation.c
 *		Row plans: topic names, prepared heads, schema description, fingerprint.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

static const WfColumn products_columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
	{.name = SLICE("na\"me"), .type_name = SLICE("text"), .comment = SLICE("what it\nis called"),
	.type = TEXT_TYPE, .nullable = true},
};

static const WfRelation products = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("products"),
	.identity = WF_IDENTITY_DEFAULT, .column_count = 2, .columns = products_columns,
	.key_count = 1, .key_columns = {0}
};

static const char products_description[] =
	"{\"format\":1,\"schema\":\"public\",\"table\":\"products\",\"oid\":16401,"
	"\"topic\":\"inv.public.products\",\"identity\":\"default\",\"comment\":null,\"key\":[\"id\"],"
	"\"columns\":[{\"name\":\"id\",\"type\":\"integer\",\"oid\":23,\"typmod\":-1,\"kind\":\"int4\","
	"\"nullable\":false,\"identity\":true,\"comment\":null,"
	"\"connect\":{\"type\":\"int32\",\"optional\":false,\"field\":\"id\"}},"
	"{\"name\":\"na\\\"me\",\"type\":\"text\",\"oid\":25,\"typmod\":-1,\"kind\":\"text\","
	"\"nullable\":true,\"identity\":false,\"comment\":\"what it\\nis called\","
	"\"connect\":{\"type\":\"string\",\"optional\":true,\"field\":\"na\\\"me\"}}]}";

static void
check_topic(const char *prefix, const char *part1, const char *part2, const char *expected)
{
	WfBuffer	buffer = fixture_buffer(1024);
	WfOptions	options = {.topic_delimiter = {".", 1}};

	wf_buffer_append_literal(&buffer, "before|");	/* the limit counts from the
													 * name on */
	memcpy(options.topic_prefix.bytes, prefix, strlen(prefix) + 1);
	options.topic_prefix.length = strlen(prefix);
	wf_topic_name(&buffer, &options, wf_slice(part1, strlen(part1)),
				  wf_slice(part2, strlen(part2)));
	assert_string_equal(fixture_text(&buffer) + strlen("before|"), expected);
	free(buffer.data);
}

static void
topic_names_are_sanitised_per_utf16_unit(void **state)
{
	(void) state;
	check_topic("inv", "public", "products", "inv.public.products");
	check_topic("inv", "message", "", "inv.message");
	check_topic("ref", "My Schema", "My Table", "ref.My_Schema.My_Table");
	check_topic("ref", "sch\xC3\xA9.ma", "t.\xC3\xA4", "ref.sch_.ma.t._");
	check_topic("ref", "a-b_c", "weird/:*?", "ref.a-b_c.weird____");
	check_topic("ref", "\xE6\x97\xA5\xE6\x9C\xAC", "x", "ref.__.x");
	check_topic("ref", "\xF0\x9F\x98\x80", "x", "ref.__.x");	/* a surrogate pair */
	check_topic("data base", "s", "t", "data_base.s.t");
	check_topic("ref", "\xFF\xFE", "x\xC3", "ref.__.x_");	/* not UTF-8 */
}

static void
topic_names_end_at_249(void **state)
{
	char		name[300];
	char		expected[WF_TOPIC_LENGTH_MAX + 1];

	(void) state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	memset(expected, 'n', sizeof(expected) - 1);
	memcpy(expected, "ref.", 4);
	expected[WF_TOPIC_LENGTH_MAX] = '\0';
	check_topic("ref", name, "t", expected);
	name[245] = '\0';
	check_topic("ref", name, "", expected);
	name[244] = '\0';
	expected[248] = '.';
	check_topic("ref", name, "t", expected);

	/* the second unit of a pair does not fit */
	memcpy(name + 244, "\xF0\x9F\x98\x80", 5);
	expected[248] = '_';
	check_topic("ref", name, "", expected);
}

static void
plan_holds_prepared_bytes(void **state)
{
	Fixture		fixture;
	const WfRowPlan *plan = &fixture.plan;
	WfSlice		slice;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);
	slice = wf_plan_text(plan, plan->columns[0].head);
	assert_memory_equal(slice.data, "\"id\":", slice.length);
	slice = wf_plan_text(plan, plan->columns[1].head);
	assert_int_equal(slice.length, strlen(",\"na\\\"me\":"));
	assert_memory_equal(slice.data, ",\"na\\\"me\":", slice.length);
	slice = wf_plan_text(plan, plan->key[0].head);
	assert_memory_equal(slice.data, "\"id\":", slice.length);
	slice = wf_plan_text(plan, plan->source_table);
	assert_memory_equal(slice.data, ",\"schema\":\"public\",\"table\":\"products\",\"txId\":",
						slice.length);
	assert_int_equal(plan->topic_id, 0);
	assert_int_equal(plan->schema_id, 0);
	fixture_close(&fixture);
}

static void
schema_description_is_canonical(void **state)
{
	Fixture		fixture;
	WfSlice		slice;

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);
	slice = wf_plan_text(&fixture.plan, fixture.plan.schema);
	assert_int_equal(slice.length, strlen(products_description));
	assert_memory_equal(slice.data, products_description, slice.length);
	fixture_close(&fixture);
}

static void
arrays_name_their_element(void **state)
{
	static const WfColumn columns[] = {
		{.name = SLICE("a"), .type_name = SLICE("integer[]"), .nullable = true,
			.type = {.kind = WF_TYPE_ARRAY, .element_kind = WF_TYPE_INT4, .oid = 1007,
		.element_oid = 23, .typmod = -1}},
	};
	WfRelation	relation = products;
	Fixture		fixture;
	WfSlice		slice;

	(void) state;
	relation.columns = columns;
	relation.column_count = 1;
	relation.key_count = 0;
	fixture_open(&fixture, WF_OUTPUT_FRAME, &relation);
	slice = wf_plan_text(&fixture.plan, fixture.plan.schema);
	assert_true(fixture_holds(slice, "\"kind\":\"array\",\"element\":\"int4\",\"nullable\":true,"));
	assert_true(fixture_holds(slice, "\"key\":[],"));
	fixture_close(&fixture);
}

/*
 * The fingerprint names schemas for ever: if this test fails, either "format"
 * has to rise or the change is wrong.
 */
static void
fingerprint_is_stable(void **state)
{
	Fixture		fixture;
	uint8_t		digest[32];
	char		hex[65];

	(void) state;
	SHA256((const unsigned char *) products_description, strlen(products_description), digest);
	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	hex[32] = '\0';
	fixture_open(&fixture, WF_OUTPUT_FRAME, &products);
	assert_string_equal(fixture.plan.fingerprint, hex);
	assert_string_equal(fixture.plan.fingerprint, "2649d0086be360e63f2c335b99300ffb");
	fixture_close(&fixture);
}

static void
fingerprint_of(const WfRelation *relation, bool ascii_only, char *fingerprint)
{
	Fixture		fixture;
	WfTextForm	form = {.ascii_only = ascii_only};

	fixture_open(&fixture, WF_OUTPUT_RECORD, NULL);
	assert_true(wf_row_plan_build(&fixture.plan, &fixture.session.options, &form, relation,
								  fixture.columns, &fixture.plan_text, fixture_sha256));
	strcpy(fingerprint, fixture.plan.fingerprint);
	fixture_close(&fixture);
}

static void
fingerprint_does_not_depend_on_the_textual_form(void **state)
{
	WfRelation	relation = products;
	char		utf8[WF_FINGERPRINT_LENGTH + 1];
	char		ascii[WF_FINGERPRINT_LENGTH + 1];

	(void) state;
	relation.name = WF_LITERAL("pr\xC3\xB6" "ducts");
	fingerprint_of(&relation, false, utf8);
	fingerprint_of(&relation, true, ascii);
	assert_string_equal(utf8, ascii);
}

static void
fingerprint_changes_with_the_shape(void **state)
{
	WfRelation	relation = products;
	WfColumn	columns[2];
	char		original[WF_FINGERPRINT_LENGTH + 1];
	char		other[WF_FINGERPRINT_LENGTH + 1];

	(void) state;
	fingerprint_of(&products, false, original);
	memcpy(columns, products_columns, sizeof(columns));
	relation.columns = columns;
	fingerprint_of(&relation, false, other);
	assert_string_equal(original, other);

	columns[1].nullable = false;
	fingerprint_of(&relation, false, other);
	assert_string_not_equal(original, other);
	columns[1].nullable = true;

	columns[1].type.typmod = 14;
	fingerprint_of(&relation, false, other);
	assert_string_not_equal(original, other);
	columns[1].type.typmod = -1;

	relation.key_count = 0;
	fingerprint_of(&relation, false, other);
	assert_string_not_equal(original, other);
	relation.key_count = 1;

	relation.oid++;
	fingerprint_of(&relation, false, other);
	assert_string_not_equal(original, other);
}

/* Sources differ in what they flag as identity under FULL and NOTHING. */
static void
identity_is_decided_before_the_flags(void **state)
{
	WfRelation	relation = products;
	WfColumn	columns[2];
	char		flagged[WF_FINGERPRINT_LENGTH + 1];
	char		bare[WF_FINGERPRINT_LENGTH + 1];

	(void) state;
	memcpy(columns, products_columns, sizeof(columns));
	relation.columns = columns;
	relation.identity = WF_IDENTITY_FULL;
	columns[0].in_identity = columns[1].in_identity = true;
	fingerprint_of(&relation, false, flagged);
	columns[0].in_identity = columns[1].in_identity = false;
	fingerprint_of(&relation, false, bare);
	assert_string_equal(flagged, bare);
}

static bool
no_sha256(const void *bytes, size_t length, uint8_t digest[32])
{
	(void) bytes;
	(void) length;
	(void) digest;
	return false;
}

static void
failures_are_told(void **state)
{
	Fixture		fixture;
	WfBuffer	small = fixture_buffer(64);
	WfBuffer	text = fixture_buffer(1 << 20);

	(void) state;
	fixture_open(&fixture, WF_OUTPUT_FRAME, NULL);
	assert_false(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								   &products, fixture.columns, &small, fixture_sha256));
	assert_false(wf_row_plan_build(&fixture.plan, &fixture.session.options, &fixture.session.form,
								   &products, fixture.columns, &text, no_sha256));
	fixture_close(&fixture);
	free(small.data);
	free(text.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(topic_names_are_sanitised_per_utf16_unit),
		cmocka_unit_test(topic_names_end_at_249),
		cmocka_unit_test(plan_holds_prepared_bytes),
		cmocka_unit_test(schema_description_is_canonical),
		cmocka_unit_test(arrays_name_their_element),
		cmocka_unit_test(fingerprint_is_stable),
		cmocka_unit_test(fingerprint_does_not_depend_on_the_textual_form),
		cmocka_unit_test(fingerprint_changes_with_the_shape),
		cmocka_unit_test(identity_is_decided_before_the_flags),
		cmocka_unit_test(failures_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
