/*
 * test_message_decoder.c
 *		Logical messages in, decoded ones out: alone, as rows, and by an EventRouter.
 *		What the real Debezium makes of them, the recordings tell; here is what it would
 *		not survive, and limits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "chain_fixture.h"

#define DECODE "walferry.headers.enabled=false\n" \
	"transforms.d.type=io.debezium.connector.postgresql.transforms.DecodeLogicalDecodingMessageContent\n"
#define ROUTER "transforms.o.type=io.debezium.transforms.outbox.EventRouter\n"
#define UNWRAP "transforms.u.type=io.debezium.transforms.ExtractNewRecordState\n"
#define ALONE "transforms=d\n" DECODE
#define ROUTED "transforms=d,o\n" DECODE ROUTER
#define OPTION(name, value) "transforms.o." name "=" value "\n"
#define STRINGS "value.converter=org.apache.kafka.connect.storage.StringConverter\n" \
	"key.converter=org.apache.kafka.connect.storage.StringConverter\n"

#define MESSAGE(payload) "{\"id\":1,\"aggregatetype\":\"order\",\"aggregateid\":\"k\",\"payload\":" payload "}"
#define HEAD "{\"topic\":\"outbox.event.order\","
#define ID "\"headers\":{\"id\":\"1\"},"

static int	notices[4];
static char last_member[32];

static void
notice(void *host, WfMessageNotice what, WfSlice member)
{
	(void) host;
	notices[what]++;
	snprintf(last_member, sizeof(last_member), "%.*s", (int) member.length, member.data);
}

static void
open_messages(WfOutput output, const char *options)
{
	open_table(output, options, NULL);
	fixture.session.message_notice = notice;
	memset(notices, 0, sizeof(notices));
	last_member[0] = '\0';
}

static WfWriteResult
emit(const char *content)
{
	return wf_write_message(&fixture.session, &transaction, 16, WF_LITERAL("p"),
							wf_slice(content, strlen(content)));
}

static void
check(const char *options, const char *content, const char *expected)
{
	open_messages(WF_OUTPUT_RECORD, options);
	assert_int_equal(emit(content), WF_WRITE_OK);
	assert_lines(&fixture, expected);
	close_chain();
}

/* Is it published as if nothing decoded it? */
static void
check_left(const char *options, const char *content, WfMessageNotice told)
{
	size_t		text_length;

	open_messages(WF_OUTPUT_RECORD, options);
	assert_int_equal(emit(content), WF_WRITE_OK);
	text_length = fixture.session_text.length;
	assert_int_equal(emit(content), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, "{\"topic\":\"inv.message\",\"key\":{\"prefix\":\"p\"},"
								   "\"headers\":{},\"value\":{\"op\":\"m\","), 2);
	assert_int_equal(notices[told], 1);
	assert_int_equal(notices[WF_MESSAGE_NOT_DECODED] + notices[WF_MESSAGE_NOT_ROUTED], 1);
	assert_int_equal(fixture_count(&fixture, "\n"), 2);
	assert_true(fixture.session_text.length <= text_length + 64);
	close_chain();
}

static void
contents_that_are_no_objects(void **state)
{
	const char *contents[] = {
		"", "text", "[1]", "1", "null", "{", "{\"a\":1}x", "{\"a\":1,\"a\":2}", "{\"a\":[1,\"x\"]}",
		"{\"a\":\"\xFF\"}", " {\"a\":1}"
	};

	(void) state;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		check_left(ALONE, contents[i], WF_MESSAGE_NOT_DECODED);
}

static void
decoded_events(void **state)
{
	(void) state;
	open_messages(WF_OUTPUT_RECORD, ALONE);
	assert_int_equal(emit("{ \"a\" : {\"n\": null, \"x\": [{\"q\": 1.50}]}, \"n\": null }"), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, "{\"topic\":\"inv.message\",\"key\":null,\"headers\":{},"
								   "\"value\":{\"op\":\"c\",\"ts_ms\":1700000000123,\"source\":{"), 1);
	assert_int_equal(fixture_count(&fixture, ",\"transaction\":null,\"after\":{\"a\":{\"x\":[{\"q\":1.50}]}}}}\n"),
					 1);
	close_chain();

	open_messages(WF_OUTPUT_ENVELOPE, ALONE "transforms.d.fields.null.include=true\n");
	assert_int_equal(emit("{\"n\":null,\"e\":[]}"), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, "\"after\":{\"n\":null}}\n"), 1);
	close_chain();
}

/* What stands before the decoder knows messages, what stands behind it knows events. */
static void
transforms_around_it(void **state)
{
	(void) state;
	check("transforms=d,u\n" DECODE UNWRAP, "{\"a\":1}",
		  "{\"topic\":\"inv.message\",\"key\":null,\"headers\":{},\"value\":{\"a\":1}}\n");
	check("transforms=d,u\n" DECODE UNWRAP
		  "transforms.u.delete.tombstone.handling.mode=rewrite\n", "{}",
		  "{\"topic\":\"inv.message\",\"key\":null,\"headers\":{},\"value\":{\"__deleted\":\"false\"}}\n");
	check("transforms=r,d,u\n" DECODE UNWRAP
		  "transforms.r.type=org.apache.kafka.connect.transforms.RegexRouter\n"
		  "transforms.r.regex=(.*)\ntransforms.r.replacement=x.$1\n", "{}",
		  "{\"topic\":\"x.inv.message\",\"key\":null,\"headers\":{},\"value\":{}}\n");
	open_messages(WF_OUTPUT_RECORD, "transforms=o,d\n" DECODE ROUTER);
	assert_int_equal(emit(MESSAGE("1")), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, "{\"topic\":\"inv.message\",\"key\":null,"), 1);
	close_chain();

	assert_false(try_open_table(WF_OUTPUT_RECORD, "transforms=d,u\n" DECODE UNWRAP
								"transforms.u.add.fields=op\n", NULL));
	assert_string_equal(fixture_text(&error), "transform \"u\" adds to the rows of decoded messages, which "
						"have none: a predicate can keep it from them (topic \"inv.message\")");
	close_chain();
}

/* ---- an outbox without a table ---- */

static void
routed_messages(void **state)
{
	(void) state;
	check(ROUTED, MESSAGE("{\"a\":1,\"n\":null}"), HEAD "\"key\":\"k\"," ID "\"value\":{\"a\":1}}\n");
	check(ROUTED, MESSAGE("null"), HEAD "\"key\":\"k\"," ID "\"value_text\":\"null\"}\n");
	check(ROUTED, MESSAGE("[]"), HEAD "\"key\":\"k\"," ID "\"value_text\":\"null\"}\n");
	check(ROUTED STRINGS, MESSAGE("\"x\\ny\""), HEAD "\"key_text\":\"k\"," ID "\"value_text\":\"x\\ny\"}\n");
	check(ROUTED STRINGS, MESSAGE("{\"a\":1}"),
		  HEAD "\"key_text\":\"k\"," ID "\"value_text\":\"{\\\"a\\\":1}\"}\n");
	check(ROUTED STRINGS, MESSAGE("null"), HEAD "\"key_text\":\"k\"," ID "\"value\":null}\n");
	check(ROUTED OPTION("route.tombstone.on.empty.payload", "true"), MESSAGE("\" \""),
		  HEAD "\"key\":\"k\"," ID "\"value\":null}\n");
	check(ROUTED OPTION("table.expand.json.payload", "true"), MESSAGE("\"{\\\"a\\\":1}\""),
		  HEAD "\"key\":\"k\"," ID "\"value\":{\"a\":1}}\n");
	check(ROUTED OPTION("table.fields.additional.placement", "id:partition,id:envelope:n,none:header")
		  OPTION("table.field.additional.missing", "ignore"), MESSAGE("1"),
		  "{\"topic\":\"outbox.event.order\",\"partition\":1,\"key\":\"k\"," ID
		  "\"value\":{\"payload\":1,\"n\":1}}\n");
}

static void
messages_that_lack_something(void **state)
{
	(void) state;
	check_left(ROUTED, "{}", WF_MESSAGE_NOT_ROUTED);
	assert_string_equal(last_member, "id");
	check_left(ROUTED, "{\"id\":1,\"aggregatetype\":7,\"aggregateid\":\"k\",\"payload\":1}",
			   WF_MESSAGE_NOT_ROUTED);
	assert_string_equal(last_member, "aggregatetype");
	check_left(ROUTED OPTION("table.fields.additional.placement", "none:header"), MESSAGE("1"),
			   WF_MESSAGE_NOT_ROUTED);
	check_left(ROUTED OPTION("table.field.event.schema.version", "version"), MESSAGE("1"),
			   WF_MESSAGE_NOT_ROUTED);
	check_left(ROUTED, "no JSON", WF_MESSAGE_NOT_DECODED);
}

static void
other_notices(void **state)
{
	(void) state;
	open_messages(WF_OUTPUT_RECORD, ROUTED OPTION("table.expand.json.payload", "true"));
	assert_int_equal(emit("{\"id\":1,\"aggregatetype\":\"a b\",\"aggregateid\":null,\"payload\":\"{\"}"),
					 WF_WRITE_OK);
	assert_lines(&fixture, "{\"topic\":\"outbox.event.a_b\",\"key_text\":\"null\"," ID "\"value\":\"{\"}\n");
	assert_int_equal(notices[WF_MESSAGE_NAME_CHANGED], 1);
	assert_int_equal(notices[WF_MESSAGE_NOT_EXPANDED], 1);
	close_chain();
}

static void
converters_that_do_not_go(void **state)
{
	(void) state;
	assert_false(try_open_table(WF_OUTPUT_RECORD, ROUTED
								"value.converter=org.apache.kafka.connect.converters.ByteArrayConverter\n",
								NULL));
	assert_non_null(strstr(fixture_text(&error), "the EventRouter \"o\" makes records of logical messages"));
	close_chain();
	assert_false(try_open_table(WF_OUTPUT_RECORD, ROUTED STRINGS
								OPTION("table.fields.additional.placement", "id:envelope"), NULL));
	assert_non_null(strstr(fixture_text(&error), "envelope"));
	close_chain();
}

/* ---- frames ---- */

/* Schemas stand with what they describe; the topic of messages is told if something goes there. */
static void
frames(void **state)
{
	char		large[4000];

	(void) state;
	open_messages(WF_OUTPUT_FRAME, ROUTED "schemas.enable=true\nrecord.max.bytes=2048\n");
	assert_int_equal(emit(MESSAGE("7")), WF_WRITE_OK);
	assert_int_equal(wf_write_message(&fixture.session, NULL, 48, WF_LITERAL("p"),
									  WF_LITERAL(MESSAGE("7"))), WF_WRITE_OK);
	fixture_read_frame(&fixture);
	assert_lines(&fixture, "T 1 outbox.event.order\nB 742 2000 0\n"
				 "R flags=3 topic=1 schema=0 2000/10/0 id=1 key={\"schema\":{\"type\":\"string\","
				 "\"optional\":true},\"payload\":\"k\"} value={\"schema\":{\"type\":\"int32\","
				 "\"optional\":true},\"payload\":7}\n"
				 "R flags=7 topic=1 schema=0 30/0/0 id=1 key={\"schema\":{\"type\":\"string\","
				 "\"optional\":true},\"payload\":\"k\"} value={\"schema\":{\"type\":\"int32\","
				 "\"optional\":true},\"payload\":7}\n");

	snprintf(large, sizeof(large), "{\"id\":1,\"aggregatetype\":\"order\",\"aggregateid\":\"k\",\"payload\":"
			 "\"%03000d\"}", 0);
	assert_int_equal(emit(large), WF_WRITE_OK);
	assert_int_equal(emit("x"), WF_WRITE_OK);
	wf_buffer_cut(&fixture.lines, 0);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("X flags=3 topic=1 schema=0 2000/10/1 bytes>=30"), 1);
	assert_int_equal(count_lines("T 2 inv.message\n"), 1);
	assert_int_equal(count_lines("R flags=11 topic=2 schema=0 2000/10/2 enclosure=1 key={\"prefix\":\"p\"}"), 1);
	close_chain();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_that_are_no_objects),
		cmocka_unit_test(decoded_events),
		cmocka_unit_test(transforms_around_it),
		cmocka_unit_test(routed_messages),
		cmocka_unit_test(messages_that_lack_something),
		cmocka_unit_test(other_notices),
		cmocka_unit_test(converters_that_do_not_go),
		cmocka_unit_test(frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
