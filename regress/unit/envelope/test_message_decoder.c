/*
 * test_message_decoder.c
 *		Logical messages in, decoded ones out: alone, as rows, and by an EventRouter.
 *		What the real Debezium makes of them, the recordings tell; here is what it would
 *		not survive, and limits.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "chain_fixture.h"

#include "envelope/message_decoder.h"

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

static int	notices[5];
static char last_member[32];
static char last_reason[100];

static void
notice(void *host, const WfMessageReport *report)
{
	(void) host;
	notices[report->notice]++;
	assert_int_equal(report->lsn, 16);
	snprintf(last_member, sizeof(last_member), "%.*s", (int) report->member.length,
			 report->member.data);
	if (report->notice == WF_MESSAGE_NOT_DECODED || report->notice == WF_MESSAGE_NOT_EXPANDED)
		snprintf(last_reason, sizeof(last_reason), report->offset == WF_OFFSET_NONE ? "%s (-)" :
				 "%s (%zu)", report->reason, report->offset);
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
	assert_int_equal(fixture_count(&fixture, "{\"topic\":\"inv.message\",\"key\":{"), 2);
	assert_int_equal(fixture_count(&fixture, "\"headers\":{},\"value\":{"), 2);
	assert_int_equal(fixture_count(&fixture, "{\"op\":\"m\","), 2);
	assert_int_equal(notices[told], 1);
	assert_int_equal(notices[WF_MESSAGE_NOT_DECODED] + notices[WF_MESSAGE_NOT_ROUTED] +
					 notices[WF_MESSAGE_KEY_WITHOUT_SCHEMA], 1);
	assert_int_equal(fixture.session.messages_left, 2);
	assert_int_equal(fixture_count(&fixture, "\n"), 2);
	assert_true(fixture.session_text.length <= text_length + 64);
	close_chain();
}

static void
contents_that_are_no_objects(void **state)
{
	static const struct
	{
		const char *content;
		const char *reason;
	}			contents[] = {
		{"", "it is no JSON object (0)"},
		{"text", "it is no JSON object (0)"},
		{" \n[1]", "it is no JSON object (2)"},
		{"null", "it is no JSON object (0)"},
		{"{", "text ends too early (1)"},
		{"{\"a\":1} x", "text after the end of the document (8)"},
		{"{\"a\":1,\"a\":}", "invalid value (11)"},
		{" {\"a\":\"\xFF\"}", "invalid UTF-8 (7)"},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
	{
		check_left(ALONE, contents[i].content, WF_MESSAGE_NOT_DECODED);
		assert_string_equal(last_reason, contents[i].reason);
	}
}

/* Where no schema is written, none is needed. */
static void
arrays_of_anything(void **state)
{
	static const char *const values[] = {
		"[10,9.99]", "[1,3000000000]", "[1,\"x\"]", "[null]", "[[],[1]]", "[[]]", "[[1],{\"a\":2},[\"x\"]]",
		"[{\"a\":1},{\"a\":\"x\"},{\"a\":[true,{}]}]", "[null,{\"a\":{\"b\":1}},7]"
	};
	char		content[200];
	char		expected[200];

	(void) state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
	{
		open_messages(WF_OUTPUT_RECORD, ALONE);
		snprintf(content, sizeof(content), "{\"m\":%s,\"n\":null,\"none\":[]}", values[i]);
		snprintf(expected, sizeof(expected), ",\"after\":{\"m\":%s}}}\n", values[i]);
		assert_int_equal(emit(content), WF_WRITE_OK);
		assert_int_equal(fixture_count(&fixture, expected), 1);
		assert_int_equal(fixture.session.messages_left, 0);
		close_chain();

		snprintf(content, sizeof(content), MESSAGE("%s"), values[i]);
		snprintf(expected, sizeof(expected), HEAD "\"key\":\"k\"," ID "\"value\":%s}\n", values[i]);
		check(ROUTED, content, expected);
	}

	/* objects in them share their members all the same */
	check(ROUTED, MESSAGE("[7,{\"a\":1},{\"b\":null,\"c\":\"x\"}]"),
		  HEAD "\"key\":\"k\"," ID "\"value\":[7,{\"a\":1,\"c\":null},{\"c\":\"x\",\"a\":null}]}\n");
	check(ROUTED STRINGS "schemas.enable=true\n", MESSAGE("[1,\"x\"]"),
		  HEAD "\"key_text\":\"k\"," ID "\"value_text\":\"[1,\\\"x\\\"]\"}\n");
}

/* Where one is, it is found if there is one. */
static void
arrays_with_a_schema(void **state)
{
	static const struct
	{
		const char *value;
		const char *schema;
	}			arrays[] = {
		{"[10,9.99]", "{\"type\":\"double\",\"optional\":true}"},
		{"[1,3000000000]", "{\"type\":\"int64\",\"optional\":true}"},
		{"[null]", "{\"type\":\"bytes\",\"optional\":true}"},
		{"[[],[1]]", "{\"type\":\"array\",\"items\":{\"type\":\"int32\",\"optional\":true},\"optional\":true}"},
		{"[[]]", "{\"type\":\"array\",\"items\":{\"type\":\"string\",\"optional\":true},\"optional\":true}"},
	};
	char		content[200];
	char		expected[500];

	(void) state;
	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
	{
		snprintf(content, sizeof(content), MESSAGE("%s"), arrays[i].value);
		snprintf(expected, sizeof(expected), HEAD "\"key\":\"k\"," ID "\"value\":{\"schema\":"
				 "{\"type\":\"array\",\"items\":%s,\"optional\":true},\"payload\":%s}}\n",
				 arrays[i].schema, arrays[i].value);
		check(ROUTED "value.converter.schemas.enable=true\n", content, expected);
	}

	check_left(ALONE "schemas.enable=true\n", " {\"a\":[1,\"x\"]}", WF_MESSAGE_NOT_DECODED);
	assert_string_equal(last_reason, "an array holds values of several types (9)");
	check_left(ALONE "schemas.enable=true\n", "{\"a\":[{\"b\":1},{\"b\":\"x\"}]}",
			   WF_MESSAGE_NOT_DECODED);
	assert_string_equal(last_reason, "the objects of an array have a member of several types (19)");

	/* the key alone may need one */
	check(ROUTED "key.converter.schemas.enable=true\n",
		  "{\"id\":1,\"aggregatetype\":\"order\",\"aggregateid\":[1],\"payload\":[1,true]}",
		  HEAD "\"key\":{\"schema\":{\"type\":\"array\",\"items\":{\"type\":\"int32\",\"optional\":true},"
		  "\"optional\":true},\"payload\":[1]}," ID "\"value\":[1,true]}\n");
	check_left(ROUTED "key.converter.schemas.enable=true\n",
			   "{\"id\":1,\"aggregatetype\":\"order\",\"aggregateid\":[1,\"x\"],\"payload\":1}",
			   WF_MESSAGE_KEY_WITHOUT_SCHEMA);
	assert_string_equal(last_member, "aggregateid");
	check(ROUTED "key.converter.schemas.enable=true\n",
		  "{\"id\":1,\"aggregatetype\":\"order\",\"aggregateid\":[],\"payload\":1}",
		  HEAD "\"key\":{\"schema\":{\"type\":\"bytes\",\"optional\":true},\"payload\":null}," ID
		  "\"value\":1}\n");
}

/* Of members that repeat the last counts, whatever types the others have. */
static void
members_that_repeat(void **state)
{
	static const char with_schema[] = ROUTED "value.converter.schemas.enable=true\n";

	(void) state;
	check(ROUTED, MESSAGE("{\"a\":1,\"b\":2,\"a\" : \"x\"}"),
		  HEAD "\"key\":\"k\"," ID "\"value\":{\"b\":2,\"a\":\"x\"}}\n");
	check(ROUTED, "{\"id\":1,\"aggregatetype\":\"other\" ,\"aggregateid\":\"k\",\"payload\":{\"q\":[1,\"x\"]},"
		  "\"aggregatetype\":\"order\",\"pay\\u006coad\":{\"a\":[{\"b\":0,\"b\":1},{\"b\":2,\"c\":3,\"c\":4}]}}",
		  HEAD "\"key\":\"k\"," ID "\"value\":{\"a\":[{\"b\":1,\"c\":null},{\"b\":2,\"c\":4}]}}\n");
	check(with_schema, MESSAGE("{\"a\":{\"b\":1,\"b\":2},\"a\":[1,\"x\"],\"a\":true}"),
		  HEAD "\"key\":\"k\"," ID "\"value\":{\"schema\":{\"type\":\"struct\",\"fields\":[{\"type\":\"boolean\","
		  "\"optional\":true,\"field\":\"a\"}],\"optional\":true,\"name\":\"payload\"},\"payload\":{\"a\":true}}}\n");
	check("transforms=d,u\n" DECODE UNWRAP, " {\"a\":{\"x\":1},\"a\":null,\"b\":1}",
		  "{\"topic\":\"inv.message\",\"key\":null,\"headers\":{},\"value\":{\"b\":1}}\n");
}

/* A key has one spelling, or it would have several partitions. */
static void
spellings_of_keys(void **state)
{
	static const struct
	{
		const char *key;
		const char *json;
		const char *text;		/* with the StringConverter, as it stands in a
								 * string */
	}			keys[] = {
		{"\"A\\/\xC3\xA9\"", "\"A/\xC3\xA9\"", "A/\xC3\xA9"},
		{"\"\\u0041\\/\\u00e9\"", "\"A/\xC3\xA9\"", "A/\xC3\xA9"},
		{"\"\\ud83d\"", "\"\xEF\xBF\xBD\"", "\xEF\xBF\xBD"},
		{"1.50", "1.5", "1.5"}, {"1.5", "1.5", "1.5"}, {"15e-1", "1.5", "1.5"}, {"-0", "0", "0"},
		{"1e400", "\"Infinity\"", "Infinity"}, {"12345678901234567890", "12345678901234567890", "12345678901234567890"},
		{"[ 1.50, \"\\u0041\" ]", "[1.5,\"A\"]", "[1.5,\\\"A\\\"]"},
	};
	char		content[300];
	char		expected[300];

	(void) state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
	{
		snprintf(content, sizeof(content), "{\"id\":\"\\u0065\",\"aggregatetype\":\"order\","
				 "\"aggregateid\":%s,\"payload\":%s}", keys[i].key, keys[i].key);
		snprintf(expected, sizeof(expected), HEAD "\"key\":%s,\"headers\":{\"id\":\"e\"},\"value\":%s}\n",
				 keys[i].json, keys[i].json);
		check(ROUTED, content, expected);
		snprintf(expected, sizeof(expected), HEAD "\"key_text\":\"%s\",\"headers\":{\"id\":\"e\"},"
				 "\"value_text\":\"%s\"}\n", keys[i].text, keys[i].text);
		check(ROUTED STRINGS, content, expected);
	}
}

/* Each prefix is told of, up to a limit. */
static void
notices_of_prefixes(void **state)
{
	char		prefix[16];

	(void) state;
	open_messages(WF_OUTPUT_RECORD, ALONE);
	for (int i = 0; i < 3 * WF_MESSAGE_TOLD_MAX; i++)
	{
		snprintf(prefix, sizeof(prefix), "p%d", i / 2);
		assert_int_equal(wf_write_message(&fixture.session, &transaction, 16,
										  wf_slice(prefix, strlen(prefix)), WF_LITERAL("x")),
						 WF_WRITE_OK);
		assert_int_equal(notices[WF_MESSAGE_NOT_DECODED], i / 2 < WF_MESSAGE_TOLD_MAX ? i / 2 + 1 :
						 WF_MESSAGE_TOLD_MAX);
	}
	assert_int_equal(fixture.session.messages_left, 3 * WF_MESSAGE_TOLD_MAX);
	close_chain();
}

static void
decoded_events(void **state)
{
	(void) state;
	open_messages(WF_OUTPUT_RECORD, ALONE);
	assert_int_equal(emit("{ \"a\" : {\"n\": null, \"x\": [{\"q\": 1.50}]}, \"n\": null }"), WF_WRITE_OK);
	assert_int_equal(fixture_count(&fixture, "{\"topic\":\"inv.message\",\"key\":null,\"headers\":{},"
								   "\"value\":{\"op\":\"c\",\"ts_ms\":1700000000123,\"source\":{"), 1);
	assert_int_equal(fixture_count(&fixture, ",\"transaction\":null,\"after\":{\"a\":{\"x\":[{\"q\":1.5}]}}}}\n"),
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
								"transforms.u.add.fields=op,after.a\n", NULL));
	assert_string_equal(fixture_text(&error), "transform \"u\" asks for columns of decoded messages, which "
						"have none: a predicate can keep it from them (topic \"inv.message\")");
	close_chain();
	assert_false(try_open_table(WF_OUTPUT_RECORD, "transforms=d,u\n" DECODE UNWRAP
								"transforms.u.route.by.field=a\n", NULL));
	close_chain();
}

/* Members of the event, which has none of those in microseconds and nanoseconds beside op. */
static void
what_unwrapping_adds(void **state)
{
	static const char added[] = "transforms=d,u\n" DECODE UNWRAP
	"transforms.u.add.fields=op,ts_ms,ts_us,source.lsn,table,txId,origin,transaction.id,origin_lsn,sequence\n"
	"transforms.u.add.headers=op,ts_ns,lsn,txId,origin\n";
	size_t		text_length;

	(void) state;
	open_messages(WF_OUTPUT_RECORD, added);
	assert_int_equal(emit("{\"a\":1}"), WF_WRITE_OK);
	text_length = fixture.session_text.length;
	assert_int_equal(wf_write_message(&fixture.session, NULL, 16, WF_LITERAL("p"), WF_LITERAL("{}")),
					 WF_WRITE_OK);
	for (int i = 0; i < 3; i++)
		assert_int_equal(emit("{\"__op\":1}"), WF_WRITE_OK);
	assert_true(fixture.session_text.length <= text_length + 64);
	assert_int_equal(fixture_count(&fixture, "{\"topic\":\"inv.message\",\"key\":null,\"headers\":{\"__op\":\"c\","
								   "\"__lsn\":\"16\",\"__txId\":\"742\",\"__origin\":null},\"value\":{\"a\":1,"
								   "\"__op\":\"c\",\"__ts_ms\":1700000000123,\"__source_lsn\":16,\"__table\":\"\","
								   "\"__txId\":742,\"__origin\":null,\"__transaction_id\":null,"
								   "\"__origin_lsn\":null,\"__sequence\":\"[null,\\\"16\\\"]\"}}\n"), 1);
	assert_int_equal(fixture_count(&fixture, "\"headers\":{\"__op\":\"c\",\"__lsn\":\"16\",\"__txId\":null,"
								   "\"__origin\":null},\"value\":{\"__op\":\"c\",\"__ts_ms\":1700000000123,"
								   "\"__source_lsn\":16,\"__table\":\"\",\"__txId\":null,"), 1);
	assert_int_equal(fixture_count(&fixture, "{\"op\":\"m\","), 3);
	assert_string_equal(last_reason, "it has a member of a name that ExtractNewRecordState adds (-)");
	close_chain();

	open_messages(WF_OUTPUT_RECORD, "transforms=d,u\n" DECODE UNWRAP "transforms.u.add.fields=op,ts_ns,lsn:at\n"
				  "schemas.enable=true\n");
	assert_int_equal(emit("{\"__op\":null}"), WF_WRITE_OK);
	assert_lines(&fixture, "{\"topic\":\"inv.message\",\"key\":null,\"headers\":{},\"value\":{\"schema\":{"
				 "\"type\":\"struct\",\"fields\":[{\"type\":\"string\",\"optional\":true,\"field\":\"__op\"},"
				 "{\"type\":\"int64\",\"optional\":true,\"field\":\"__at\"}],\"optional\":false},"
				 "\"payload\":{\"__op\":\"c\",\"__at\":16}}}\n");
	close_chain();

	check_left("transforms=d,u\n" DECODE UNWRAP "transforms.u.delete.tombstone.handling.mode=rewrite\n",
			   "{\"__deleted\":1}", WF_MESSAGE_NOT_DECODED);
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
	assert_string_equal(last_reason, "text ends too early (1)");
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
				 "R flags=3 topic=1 schema=0 2000/F/0 id=1 key={\"schema\":{\"type\":\"string\","
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
	assert_int_equal(count_lines("X flags=3 topic=1 schema=0 2000/F/0 bytes>=30"), 1);
	assert_int_equal(count_lines("T 2 inv.message\n"), 1);
	assert_int_equal(count_lines("R flags=11 topic=2 schema=0 2000/F/0 enclosure=1 key={\"prefix\":\"p\"}"), 1);

	/* what was left is told with the next commit, or at once */
	wf_buffer_cut(&fixture.buffer, 0);
	assert_int_equal(wf_write_message(&fixture.session, NULL, 16, WF_LITERAL("p"), WF_LITERAL("y")),
					 WF_WRITE_OK);
	assert_int_equal(emit("z"), WF_WRITE_OK);
	assert_int_equal(wf_transaction_commit(&fixture.session, &transaction, 96), WF_WRITE_OK);
	wf_buffer_cut(&fixture.lines, 0);
	fixture_read_frame(&fixture);
	assert_int_equal(count_lines("L 0 2\n"), 1);
	assert_int_equal(count_lines("L 0 1\nC "), 1);
	close_chain();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_that_are_no_objects),
		cmocka_unit_test(arrays_of_anything),
		cmocka_unit_test(arrays_with_a_schema),
		cmocka_unit_test(members_that_repeat),
		cmocka_unit_test(spellings_of_keys),
		cmocka_unit_test(notices_of_prefixes),
		cmocka_unit_test(decoded_events),
		cmocka_unit_test(transforms_around_it),
		cmocka_unit_test(what_unwrapping_adds),
		cmocka_unit_test(routed_messages),
		cmocka_unit_test(messages_that_lack_something),
		cmocka_unit_test(other_notices),
		cmocka_unit_test(converters_that_do_not_go),
		cmocka_unit_test(frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
