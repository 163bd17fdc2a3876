/*
 * test_transform.c
 *		Unit tests of reading a chain of transforms.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "fixture.h"

#include "heap_memory.h"
#include "envelope/transform.h"

#define UNWRAP "transforms.u.type=io.debezium.transforms.ExtractNewRecordState\n"
#define REGEX_ROUTER "transforms.r.type=org.apache.kafka.connect.transforms.RegexRouter\n"
#define TABLE_ROUTER "transforms.r.type=io.debezium.transforms.ByLogicalTableRouter\n"
#define MATCHES "predicates.p.type=org.apache.kafka.connect.transforms.predicates.TopicNameMatches\n"

static WfOptions options;
static WfTransforms transforms;
static WfBuffer error;
static char *text;

static int
set_up(void **state)
{
	(void) state;
	memset(&options, 0, sizeof(options));
	memset(&transforms, 0, sizeof(transforms));
	error = fixture_buffer(4096);
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	wf_transforms_free(&transforms);
	free(error.data);
	free(text);
	text = NULL;
	return 0;
}

/* lines: options as name=value, one a line. */
static bool
read_chain(const char *lines)
{
	wf_transforms_free(&transforms);
	memset(&options, 0, sizeof(options));
	wf_buffer_cut(&error, 0);
	free(text);
	text = strdup(lines);
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"))
	{
		char	   *equals = strchr(line, '=');
		const WfOptionSpec *spec;

		*equals = '\0';
		spec = wf_option_find(wf_format_options, wf_format_option_count, line);
		assert_non_null(spec);
		assert_true(wf_option_set(spec, line, equals + 1, &options, &error));
	}
	assert_true(wf_transforms_init(&transforms, &heap_memory));
	return wf_transforms_read(&transforms, &options, &error);
}

static void
assert_taken(const char *lines)
{
	if (!read_chain(lines))
		fail_msg("%s", fixture_text(&error));
}

static void
assert_refused(const char *lines, const char *message)
{
	assert_false(read_chain(lines));
	assert_string_equal(fixture_text(&error), message);
}

static void
test_none(void **state)
{
	(void) state;
	assert_taken("");
	assert_taken("transforms=\n");
	assert_taken("transforms= , \n");
	assert_int_equal(transforms.count, 0);
}

static void
test_names(void **state)
{
	(void) state;
	assert_refused("transforms=u\n",
				   "option \"transforms.u.type\" is missing: option \"transforms\" has the name");
	assert_refused("transforms=u,u\n" UNWRAP, "option \"transforms\" has a name twice: \"u\"");
	assert_refused("transforms=u\n" UNWRAP "transforms.v.add.fields=op\n",
				   "option \"transforms.v.add.fields\" belongs to no name of option \"transforms\", "
				   "which is \"u\"");
	assert_refused("transforms=u\n" UNWRAP "transforms.u.add.fields=op\ntransforms.u.add.fields=x\n",
				   "option \"transforms.u.add.fields\" is given twice, then as \"x\"");
	assert_refused("transforms=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p\n",
				   "option \"transforms.a.type\" is missing: option \"transforms\" has the name");
	assert_refused("transforms=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n",
				   "option \"transforms\" has more than 16 names; the next is \"q\"");
	assert_refused("predicates=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n",
				   "option \"predicates\" has more than 16 names; the next is \"q\"");
}

/* One that has a type and no place in the list is switched off. */
static void
test_switched_off(void **state)
{
	(void) state;
	assert_taken(UNWRAP "transforms.u.add.fields=op\ntransforms.u.anything=goes\n" MATCHES);
	assert_int_equal(transforms.count, 0);
	assert_refused("transforms.u.add.fields=op\n",
				   "option \"transforms.u.add.fields\" belongs to no name of option "
				   "\"transforms\", which is \"\"");
}

static void
test_types(void **state)
{
	(void) state;
	assert_refused("transforms=u\ntransforms.u.type=io.debezium.transforms.ExtractNewRecordStat\n",
				   "option \"transforms.u.type\" names a transform that walferry does not have: "
				   "\"io.debezium.transforms.ExtractNewRecordStat\"; did you mean "
				   "io.debezium.transforms.ExtractNewRecordState?");
	assert_refused("transforms=u\ntransforms.u.type=org.apache.kafka.transforms.RegexRuoter\n",
				   "option \"transforms.u.type\" names a transform that walferry does not have: "
				   "\"org.apache.kafka.transforms.RegexRuoter\"; did you mean "
				   "org.apache.kafka.connect.transforms.RegexRouter?");
	assert_refused("transforms=u\ntransforms.u.type=org.apache.kafka.connect.transforms.InsertField$Value\n",
				   "option \"transforms.u.type\" names a transform that walferry does not have: "
				   "\"org.apache.kafka.connect.transforms.InsertField$Value\", one of Kafka Connect's; "
				   "docs/format.md lists the transforms that there are, under Transforms");
	assert_refused("transforms=u\ntransforms.u.type=org.apache.kafka.connect.transforms.ValueToKey\n",
				   "option \"transforms.u.type\" names a transform that walferry does not have: "
				   "\"org.apache.kafka.connect.transforms.ValueToKey\", one of Kafka Connect's; "
				   "message.key.columns makes keys of columns; "
				   "docs/format.md lists the transforms that there are, under Transforms");
	assert_false(read_chain("transforms=u\ntransforms.u.type=io.debezium.transforms.TimezoneConverter\n"));
	assert_non_null(strstr(fixture_text(&error), ", one of Debezium's; docs/format.md"));
	assert_false(read_chain("transforms=u\ntransforms.u.type=io.debezium.transforms.\n"));
	assert_non_null(strstr(fixture_text(&error), "\"io.debezium.transforms.\"; it has "));
	assert_false(read_chain("transforms=u\ntransforms.u.type=$\n"));
	assert_non_null(strstr(fixture_text(&error), "\"$\"; it has "));
	assert_false(read_chain("transforms=u\ntransforms.u.type=org.example.Mine\n"));
	assert_non_null(strstr(fixture_text(&error), "\"org.example.Mine\"; it has "
						   "io.debezium.transforms.ExtractNewRecordState, "));
}

static void
test_settings(void **state)
{
	(void) state;
	assert_refused("transforms=u\n" UNWRAP "transforms.u.add.feilds=op\n",
				   "option \"transforms.u.add.feilds\" is not known to "
				   "io.debezium.transforms.ExtractNewRecordState; did you mean "
				   "transforms.u.add.fields?");
	assert_refused("transforms=u\n" UNWRAP "transforms.u.delete.tombstone.handling.mode=keep\n",
				   "option \"transforms.u.delete.tombstone.handling.mode\" is \"keep\", but it takes "
				   "one of drop, tombstone, rewrite, rewrite-with-tombstone, delete-to-tombstone");
	assert_refused("transforms=u\n" UNWRAP "transforms.u.drop.tombstones=false\n",
				   "option \"transforms.u.drop.tombstones\" is \"false\", but it takes nothing any "
				   "more: Debezium 3 knows only delete.tombstone.handling.mode");
	assert_refused("transforms=u\n" UNWRAP "transforms.u.negate=yes\n",
				   "option \"transforms.u.negate\" is \"yes\", but it takes true or false");
}

static void
test_routers(void **state)
{
	(void) state;
	assert_refused("transforms=r\n" REGEX_ROUTER "transforms.r.regex=a\n",
				   "option \"transforms.r.replacement\" is missing");
	assert_refused("transforms=r\n" REGEX_ROUTER "transforms.r.replacement=a\n",
				   "option \"transforms.r.regex\" is missing");
	assert_refused("transforms=r\n" REGEX_ROUTER "transforms.r.regex=\ntransforms.r.replacement=a\n",
				   "option \"transforms.r.regex\" is empty");
	assert_refused("transforms=r\n" TABLE_ROUTER "transforms.r.topic.regex=\n"
				   "transforms.r.topic.replacement=a\n", "option \"transforms.r.topic.regex\" is empty");
	assert_refused("transforms=r\n" TABLE_ROUTER "transforms.r.topic.regex=a\n"
				   "transforms.r.topic.replacement=\n",
				   "option \"transforms.r.topic.replacement\" is empty");
	assert_refused("transforms=r\n" TABLE_ROUTER "transforms.r.topic.regex=a\n"
				   "transforms.r.topic.replacement=b\ntransforms.r.key.field.regex=c\n"
				   "transforms.r.key.field.replacement=\n",
				   "option \"transforms.r.key.field.replacement\" is empty");
	assert_refused("transforms=r\n" REGEX_ROUTER "transforms.r.regex=(a\ntransforms.r.replacement=a\n",
				   "option \"transforms.r.regex\": the regular expression \"(a\" is not valid: missing "
				   "closing parenthesis (at offset 2)");
	assert_refused("transforms=r\n" TABLE_ROUTER "transforms.r.topic.regex=a\n"
				   "transforms.r.topic.replacement=$1\n",
				   "option \"transforms.r.topic.replacement\" refers to a group by a number that the "
				   "regular expression does not have (before offset 2)");
	assert_refused("transforms=r\n" TABLE_ROUTER "transforms.r.topic.regex=a\n"
				   "transforms.r.topic.replacement=b\ntransforms.r.key.field.regex=c\n",
				   "option \"transforms.r.key.field.replacement\" is missing");
	assert_refused("transforms=r\n" TABLE_ROUTER "transforms.r.topic.regex=a\n"
				   "transforms.r.topic.replacement=b\ntransforms.r.key.field.name=\n",
				   "option \"transforms.r.key.field.name\" is empty");
}

static void
test_predicates(void **state)
{
	(void) state;
	assert_refused("transforms=u\n" UNWRAP "transforms.u.predicate=p\n",
				   "option \"transforms.u.predicate\" names no predicate of option \"predicates\": "
				   "\"p\"");
	assert_refused("transforms=u\n" UNWRAP "transforms.u.negate=true\n",
				   "option \"transforms.u.negate\" negates no predicate");
	assert_refused("predicates=p\n",
				   "option \"predicates.p.type\" is missing: option \"predicates\" has the name");
	assert_refused("predicates=p\n" MATCHES, "option \"predicates.p.pattern\" is missing");
	assert_refused("predicates=p\n" MATCHES "predicates.p.pattern=\n",
				   "option \"predicates.p.pattern\" is empty");
	assert_refused("predicates=p\n" MATCHES "predicates.p.pattern=[\n",
				   "option \"predicates.p.pattern\": the regular expression \"[\" is not valid: missing "
				   "terminating ] for character class (at offset 1)");
	assert_refused("predicates=p\n" MATCHES "predicates.p.pattern=a\npredicates.p.name=b\n",
				   "option \"predicates.p.name\" is not known to \"org.apache.kafka.connect.transforms."
				   "predicates.TopicNameMatches\"");
	assert_refused("predicates=p\npredicates.p.type=org.apache.kafka.connect.transforms.predicates."
				   "RecordIsTombstone\n",
				   "option \"predicates.p.type\" names a predicate that walferry does not have: "
				   "\"org.apache.kafka.connect.transforms.predicates.RecordIsTombstone\"; it has "
				   "org.apache.kafka.connect.transforms.predicates.TopicNameMatches");
	assert_taken("predicates=p\n" MATCHES "predicates.p.pattern=a\n");
	assert_int_equal(transforms.predicate_count, 1);
}

#define ROUTED "transforms.u.route.by.field=a\n"
#define OUTBOX "transforms.o.type=io.debezium.transforms.outbox.EventRouter\n"
#define RENAMES REGEX_ROUTER "transforms.r.regex=a\ntransforms.r.replacement=b\n"
#define FOR_SOME "predicates=p\n" MATCHES "predicates.p.pattern=a\n"

/* What asks for a topic cannot stand behind what lets every row decide it. */
static void
test_order(void **state)
{
	(void) state;
	assert_refused("transforms=u,r\n" UNWRAP ROUTED RENAMES,
				   "option \"transforms.r.type\" asks for the name of a topic that rows decide, by "
				   "route.by.field of a transform before it; put it before that");
	assert_refused("transforms=o,r\n" OUTBOX RENAMES,
				   "option \"transforms.r.type\" asks for the name of a topic that rows decide, by "
				   "the EventRouter before it; put it before that");
	assert_refused("transforms=u,r\n" UNWRAP ROUTED RENAMES FOR_SOME "transforms.r.predicate=p\n",
				   "option \"transforms.r.predicate\" asks for the name of a topic that rows decide, by "
				   "route.by.field of a transform before it; put it before that");
	assert_taken("transforms=r,u\n" UNWRAP ROUTED RENAMES);
	assert_taken("transforms=u,r\n" UNWRAP RENAMES);
	/* what is not for all tables is seen when a table comes */
	assert_taken("transforms=u,r\n" UNWRAP ROUTED RENAMES FOR_SOME "transforms.u.predicate=p\n");
	assert_taken("transforms=o,r\n" OUTBOX RENAMES FOR_SOME "transforms.o.predicate=p\n");

	/*
	 * what wants envelopes passes by an EventRouter's records, which gets none
	 * from the other
	 */
	assert_taken("transforms=o,u\n" OUTBOX UNWRAP FOR_SOME "transforms.u.predicate=p\n");
	assert_taken("transforms=u,o,r\n" UNWRAP OUTBOX RENAMES);
}

/* An alias may have dots; of two that fit a name, the longer owns it. */
static void
test_owner(void **state)
{
	WfSlice		alias;
	const char *setting;

	(void) state;
	assert_true(wf_transforms_owner("a, a.b", "transforms.", "transforms.a.b.type", &alias, &setting));
	assert_int_equal(alias.length, 3);
	assert_string_equal(setting, "type");
	assert_true(wf_transforms_owner("a.b,a", "transforms.", "transforms.a.c.type", &alias, &setting));
	assert_string_equal(setting, "c.type");
	assert_false(wf_transforms_owner("a", "transforms.", "transforms.ab.type", &alias, &setting));
	assert_false(wf_transforms_owner(NULL, "transforms.", "transforms.a.type", &alias, &setting));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_switched_off, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_types, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_settings, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_routers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_predicates, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_owner, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
