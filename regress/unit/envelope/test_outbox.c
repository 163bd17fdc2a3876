/*
 * test_outbox.c
 *		Rows of outbox tables in, an EventRouter's records out.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "chain_fixture.h"

#define ROUTER "transforms=o\ntransforms.o.type=io.debezium.transforms.outbox.EventRouter\n" \
	"walferry.headers.enabled=false\n"
#define OPTION(name, value) "transforms.o." name "=" value "\n"
#define PLACED(places) OPTION("table.fields.additional.placement", places)
#define STRINGS "value.converter=org.apache.kafka.connect.storage.StringConverter\n" \
	"key.converter=org.apache.kafka.connect.storage.StringConverter\n"
#define BYTES "value.converter=org.apache.kafka.connect.converters.ByteArrayConverter\n"
#define RAW OPTION("table.field.event.payload", "raw")
#define BINARY "value.converter=io.debezium.converters.BinaryDataConverter\n"

#define BYTEA_TYPE {.kind = WF_TYPE_BYTEA, .element_kind = WF_TYPE_OTHER, .oid = 17, .typmod = -1}
#define TIMESTAMP_TYPE \
	{.kind = WF_TYPE_TIMESTAMP, .element_kind = WF_TYPE_OTHER, .oid = 1114, .typmod = -1}
#define NULLABLE(column, column_type) \
	{.name = SLICE(column), .type_name = SLICE("any"), .type = column_type, .nullable = true}

static const WfColumn columns[] = {
	{.name = SLICE("id"), .type_name = SLICE("integer"), .type = INT4_TYPE, .in_identity = true},
	NULLABLE("aggregatetype", TEXT_TYPE),
	NULLABLE("aggregateid", TEXT_TYPE),
	NULLABLE("payload", TEXT_TYPE),
	NULLABLE("at", TIMESTAMP_TYPE),
	NULLABLE("shard", INT4_TYPE),
	NULLABLE("raw", BYTEA_TYPE),
	NULLABLE("amount", NUMERIC_TYPE),
};

static const WfRelation table = {
	.oid = 16401, .schema = SLICE("public"), .name = SLICE("outbox"), .column_count = 8,
	.columns = columns, .key_count = 1, .key_columns = {0}
};

#define ROW(route, key, payload, at, shard, raw) \
	(const WfValue[]) {INTEGER(1), route, key, payload, at, shard, raw, NULL_VALUE}
#define BYTES_VALUE(literal) {.state = WF_VALUE_PRESENT, .as.bytes = SLICE(literal)}
#define PLAIN_ROW(payload) \
	(const WfValue[]) {INTEGER(1), TEXT("order"), TEXT("k"), payload, NULL_VALUE, NULL_VALUE, \
		NULL_VALUE, NULL_VALUE}

#define HEAD "{\"topic\":\"outbox.event.order\","
#define ID "\"headers\":{\"id\":\"1\"},"

static int	notices[8];
static int	last_column;
static uint64_t last_lsn;
static char last_reason[128];

static void
notice(void *host, const WfRowPlan *plan, const WfOutboxReport *report)
{
	(void) host;
	assert_ptr_equal(plan, &fixture.plan);
	notices[report->notice]++;
	last_column = report->column;
	last_lsn = report->lsn;
	if (report->reason != NULL)
		snprintf(last_reason, sizeof(last_reason), report->offset == WF_OFFSET_NONE ? "%s (-)" :
				 "%s (%zu)", report->reason, report->offset);
}

static void
open_router(WfOutput output, const char *options)
{
	open_table(output, options, &table);
	fixture.session.outbox_notice = notice;
	memset(notices, 0, sizeof(notices));
}

static void
check(const char *options, const WfValue *new_row, const char *expected)
{
	open_router(WF_OUTPUT_RECORD, options);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, new_row), WF_WRITE_OK);
	assert_lines(&fixture, expected);
	close_chain();
}

static void
check_refusal(const char *options, const char *expected)
{
	assert_false(try_open_table(WF_OUTPUT_RECORD, options, &table));
	assert_non_null(strstr(fixture_text(&error), expected));
	close_chain();
}

/* ---- forms ---- */

static void
forms_of_keys_and_values(void **state)
{
	const WfValue *bytes = ROW(TEXT("order"), TEXT("k"), NULL_VALUE, NULL_VALUE, NULL_VALUE,
							   BYTES_VALUE("\xFF\0"));

	(void) state;
	check(ROUTER, PLAIN_ROW(TEXT("a\"b")), HEAD "\"key\":\"k\"," ID "\"value\":\"a\\\"b\"}\n");
	check(ROUTER STRINGS, PLAIN_ROW(TEXT("a\"b")),
		  HEAD "\"key_text\":\"k\"," ID "\"value_text\":\"a\\\"b\"}\n");
	check(ROUTER BYTES RAW, bytes, HEAD "\"key\":\"k\"," ID "\"value_base64\":\"/wA=\"}\n");
	check(ROUTER BINARY RAW, bytes,
		  HEAD "\"key\":\"k\"," ID "\"value_base64\":\"/wA=\"}\n");
	check(ROUTER BINARY, PLAIN_ROW(TEXT("x")), HEAD "\"key\":\"k\"," ID "\"value\":\"x\"}\n");
	check(ROUTER RAW, bytes,
		  HEAD "\"key\":\"k\"," ID "\"value\":\"/wA=\"}\n");
	check(ROUTER BINARY "key.converter=io.debezium.converters.BinaryDataConverter\n"
		  OPTION("table.field.event.key", "raw"),
		  ROW(TEXT("order"), NULL_VALUE, TEXT("x"), NULL_VALUE, NULL_VALUE, BYTES_VALUE("")),
		  HEAD "\"key_base64\":\"\"," ID "\"value\":\"x\"}\n");

	check_refusal(ROUTER BYTES, "\"payload\"");
	check_refusal(ROUTER STRINGS RAW, "Java object");
	check_refusal(ROUTER STRINGS PLACED("shard:envelope"), "envelope");
}

/* Null is JSON to the JsonConverter, and nothing to the others. */
static void
payloads_that_are_null(void **state)
{
	const char *tombstone = ROUTER OPTION("route.tombstone.on.empty.payload", "true");

	(void) state;
	check(ROUTER, PLAIN_ROW(NULL_VALUE), HEAD "\"key\":\"k\"," ID "\"value_text\":\"null\"}\n");
	check(ROUTER STRINGS, PLAIN_ROW(NULL_VALUE), HEAD "\"key_text\":\"k\"," ID "\"value\":null}\n");
	check(ROUTER BYTES RAW, PLAIN_ROW(NULL_VALUE), HEAD "\"key\":\"k\"," ID "\"value\":null}\n");
	check(tombstone, PLAIN_ROW(NULL_VALUE), HEAD "\"key\":\"k\"," ID "\"value\":null}\n");
	check(tombstone, PLAIN_ROW(TEXT(" \t\n")), HEAD "\"key\":\"k\"," ID "\"value\":null}\n");
	check(tombstone, PLAIN_ROW(TEXT(" x ")), HEAD "\"key\":\"k\"," ID "\"value\":\" x \"}\n");
	check(ROUTER PLACED("shard:envelope"), PLAIN_ROW(NULL_VALUE),
		  HEAD "\"key\":\"k\"," ID "\"value\":{\"payload\":null,\"shard\":null}}\n");
	/* so is a key */
	check(ROUTER, ROW(TEXT("order"), NULL_VALUE, TEXT("x"), NULL_VALUE, NULL_VALUE, NULL_VALUE),
		  HEAD "\"key_text\":\"null\"," ID "\"value\":\"x\"}\n");
	check(ROUTER STRINGS, ROW(TEXT("order"), NULL_VALUE, TEXT("x"), NULL_VALUE, NULL_VALUE,
							  NULL_VALUE), HEAD "\"key\":null," ID "\"value_text\":\"x\"}\n");

	/* values alone: a tombstone is none */
	open_router(WF_OUTPUT_ENVELOPE, ROUTER STRINGS);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, PLAIN_ROW(NULL_VALUE)), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, PLAIN_ROW(TEXT("x"))), WF_WRITE_OK);
	assert_lines(&fixture, "x\n");
	close_chain();
}

/* Why the payload is published as the text that it is. */
static void
check_reason(const char *options, const char *payload, const char *expected)
{
	const WfValue text = {
		.state = WF_VALUE_PRESENT,.as.text = {.data = payload, .length = strlen(payload)}
	};

	open_router(WF_OUTPUT_RECORD, options);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, PLAIN_ROW(text)), WF_WRITE_OK);
	assert_int_equal(notices[WF_OUTBOX_NOT_EXPANDED], 1);
	assert_string_equal(last_reason, expected);
	close_chain();
}

static void
expanded_payloads(void **state)
{
	const char *expand = ROUTER OPTION("table.expand.json.payload", "true");

	(void) state;
	check(expand, PLAIN_ROW(TEXT("{\"a\": 1, \"n\": null, \"e\": []}")),
		  HEAD "\"key\":\"k\"," ID "\"value\":{\"a\":1}}\n");
	check(ROUTER OPTION("table.expand.json.payload", "true")
		  OPTION("table.json.payload.null.behavior", "optional_bytes")
		  OPTION("table.json.payload.empty.array.behavior", "optional_string"),
		  PLAIN_ROW(TEXT("{\"a\": 1, \"n\": null, \"e\": []}")),
		  HEAD "\"key\":\"k\"," ID "\"value\":{\"a\":1,\"n\":null,\"e\":[]}}\n");
	check(expand, PLAIN_ROW(NULL_VALUE), HEAD "\"key\":\"k\"," ID "\"value_text\":\"null\"}\n");

	open_router(WF_OUTPUT_RECORD, expand);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, PLAIN_ROW(TEXT("{"))), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, PLAIN_ROW(TEXT("[1,\"x\"]"))),
					 WF_WRITE_OK);
	assert_lines(&fixture, HEAD "\"key\":\"k\"," ID "\"value\":\"{\"}\n"
				 HEAD "\"key\":\"k\"," ID "\"value\":\"[1,\\\"x\\\"]\"}\n");
	assert_int_equal(notices[WF_OUTBOX_NOT_EXPANDED], 1);
	assert_int_equal(last_column, 3);
	assert_int_equal(last_lsn, 16);
	assert_string_equal(last_reason, "text ends too early (1)");
	close_chain();
	check_reason(expand, "[1,\"x\"]", "an array holds values of several types (3)");
	check_reason(expand, "{\"d\":[1,2.5]}", "an array holds values of several types (8)");
	check_reason(expand, "x", "it is neither a JSON object nor an array (0)");
	check_reason(expand, "[]", "an empty array has no Connect schema (-)");
}

/* ---- where columns go ---- */

static void
places_of_columns(void **state)
{
	WfValue		row[] = {
		INTEGER(1), TEXT("order"), TEXT("k"), TEXT("x"), INTEGER(1999), INTEGER(7),
		BYTES_VALUE("\x01"), NULL_VALUE
	};

	(void) state;
	check(ROUTER PLACED("shard:partition,shard:header,raw:header:r,amount:header,payload:envelope:p")
		  OPTION("table.field.event.timestamp", "at"), row,
		  HEAD "\"partition\":7,\"timestamp\":946684800001,\"key\":\"k\",\"headers\":{\"id\":\"1\","
		  "\"shard\":\"7\",\"r\":\"AQ==\",\"amount\":null},"
		  "\"value\":{\"payload\":\"x\",\"p\":\"x\"}}\n");
	/* a time that rounds to before 1970 is none; null is none */
	row[4].as.integer = INT64_C(-946684800000001);
	row[5] = (WfValue) NULL_VALUE;
	open_router(WF_OUTPUT_RECORD, ROUTER PLACED("shard:partition")
				OPTION("table.field.event.timestamp", "at"));
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, row), WF_WRITE_OK);
	assert_lines(&fixture, HEAD "\"key\":\"k\"," ID "\"value\":\"x\"}\n");
	assert_int_equal(notices[WF_OUTBOX_TIME_REFUSED], 1);
	close_chain();

	check_refusal(ROUTER PLACED("none:header"), "\"none\"");
	check_refusal(ROUTER PLACED("payload:partition"), "no integer");
	check_refusal(ROUTER OPTION("table.field.event.timestamp", "shard"), "no timestamp");
	check_refusal(ROUTER OPTION("table.field.event.id", "uuid"), "\"uuid\"");
	check(ROUTER PLACED("none:header") OPTION("table.field.additional.missing", "ignore"),
		  PLAIN_ROW(TEXT("x")), HEAD "\"key\":\"k\"," ID "\"value\":\"x\"}\n");
}

/* The envelope's schema has the topic's part in its name; the key's is the same for all rows. */
static void
schemas(void **state)
{
	(void) state;
	open_router(WF_OUTPUT_FRAME, ROUTER "schemas.enable=true\n");
	for (int i = 0; i < 2; i++)
		assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, PLAIN_ROW(TEXT("x"))),
						 WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("E 1 key={\"type\":\"string\",\"optional\":true} "
								 "value={\"type\":\"string\",\"optional\":true}"), 1);
	assert_int_equal(fixture_count(&fixture, " enclosure=1 key=\"k\" value=\"x\"\n"), 2);
	close_chain();

	check(ROUTER "schemas.enable=true\n" PLACED("shard:envelope:s")
		  OPTION("table.field.event.schema.version", "shard"),
		  ROW(TEXT("order"), TEXT("k"), TEXT("x"), NULL_VALUE, INTEGER(5), NULL_VALUE),
		  HEAD "\"key\":{\"schema\":{\"type\":\"string\",\"optional\":true},\"payload\":\"k\"}," ID
		  "\"value\":{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"string\",\"optional\":true,"
		  "\"field\":\"payload\"},{\"type\":\"int32\",\"optional\":true,\"field\":\"s\"}],"
		  "\"optional\":false,\"name\":\"inv.public.outbox.order.Value\",\"version\":5},"
		  "\"payload\":{\"payload\":\"x\",\"s\":5}}}\n");
}

/* ---- topics ---- */

static void
topics_that_rows_name(void **state)
{
	(void) state;
	open_router(WF_OUTPUT_FRAME, ROUTER);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL,
							   ROW(NULL_VALUE, TEXT("k"), TEXT("x"), NULL_VALUE, NULL_VALUE,
								   NULL_VALUE)), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_CREATE, 32, NULL,
							   ROW(TEXT("a b"), TEXT("k"), TEXT("x"), NULL_VALUE, NULL_VALUE,
								   NULL_VALUE)), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("T 1 outbox.event.\n"), 1);
	assert_int_equal(count_lines("T 2 outbox.event.a_b\n"), 1);
	assert_int_equal(count_lines("T "), 2);
	assert_int_equal(count_lines("S "), 0); /* nothing of the table is told */
	assert_int_equal(notices[WF_OUTBOX_ROUTE_IS_NULL], 1);
	assert_int_equal(notices[WF_OUTBOX_NAME_CHANGED], 1);
	close_chain();
}

/* ---- operations ---- */

static void
other_operations(void **state)
{
	const WfValue *old_row = PLAIN_ROW(TEXT("x"));
	const WfValue other_key[] = {
		INTEGER(2), TEXT("order"), TEXT("k"), TEXT("y"), NULL_VALUE, NULL_VALUE, NULL_VALUE,
		NULL_VALUE
	};

	(void) state;
	open_router(WF_OUTPUT_RECORD, ROUTER "skipped.operations=none\n");
	assert_int_equal(write_row(WF_OPERATION_DELETE, 16, old_row, NULL), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_UPDATE, 16, old_row, PLAIN_ROW(TEXT("y"))), WF_WRITE_OK);
	assert_int_equal(write_row(WF_OPERATION_UPDATE, 16, old_row, PLAIN_ROW(TEXT("y"))), WF_WRITE_OK);
	assert_int_equal(wf_write_truncate(&fixture.session, &transaction, &fixture.plan, 32),
					 WF_WRITE_SKIPPED);
	assert_lines(&fixture, "");
	assert_int_equal(notices[WF_OUTBOX_UPDATE_IGNORED], 1);
	assert_int_equal(notices[WF_OUTBOX_TRUNCATE_IGNORED], 1);

	/* of a key change the new row is an insert */
	assert_int_equal(write_row(WF_OPERATION_UPDATE, 16, old_row, other_key), WF_WRITE_OK);
	assert_lines(&fixture, HEAD "\"key\":\"k\",\"headers\":{\"__debezium.oldkey\":\"{\\\"id\\\":1}\","
				 "\"id\":\"2\"},\"value\":\"y\"}\n");
	close_chain();
}

/* ---- limits ---- */

/* What is too large is a stub in the topic it would go to, with its key. */
static void
stubs(void **state)
{
	char		large[4000];
	WfValue		row[] = {
		INTEGER(1), TEXT("order"), TEXT("k"),
		{.state = WF_VALUE_PRESENT,.as.text = {large, sizeof(large)}},
		NULL_VALUE, NULL_VALUE, NULL_VALUE, NULL_VALUE
	};
	WfRowChange change = {
		.operation = WF_OPERATION_CREATE, .lsn = 32, .new_row = row, .has_unread = true
	};

	(void) state;
	memset(large, 'x', sizeof(large));
	open_router(WF_OUTPUT_FRAME, ROUTER "record.max.bytes=1024\n");
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, row), WF_WRITE_OK);
	/* one that was not read cannot name its topic */
	row[3].state = WF_VALUE_UNREAD;
	assert_int_equal(wf_write_row(&fixture.session, &transaction, &fixture.plan, &change),
					 WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("T 1 outbox.event.order\n"), 1);
	assert_int_equal(count_lines("T 2 inv.public.outbox\n"), 1);
	assert_int_equal(count_lines("X flags=3 topic=1 schema=0 2000/10/0 bytes>=4006 key=\"k\" reason="),
					 1);
	assert_int_equal(count_lines("X flags=2 topic=2 schema=0 2000/20/0 bytes>="), 1);
	assert_int_equal(count_lines("R "), 0);
	close_chain();

	open_router(WF_OUTPUT_RECORD, ROUTER "record.max.bytes=1024\n");
	row[3].state = WF_VALUE_PRESENT;
	assert_int_equal(write_row(WF_OPERATION_CREATE, 16, NULL, row), WF_WRITE_TOO_LARGE);
	assert_lines(&fixture, "");
	close_chain();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_of_keys_and_values),
		cmocka_unit_test(payloads_that_are_null),
		cmocka_unit_test(expanded_payloads),
		cmocka_unit_test(places_of_columns),
		cmocka_unit_test(schemas),
		cmocka_unit_test(topics_that_rows_name),
		cmocka_unit_test(other_operations),
		cmocka_unit_test(stubs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
