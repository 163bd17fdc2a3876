/*
 * test_config.c
 *		What configurations are taken, and what is said of the others.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_fixture.h"

#include "shipper/config_table.h"
#include "shipper/log.h"

static void
test_minimal(void **state)
{
	Config	   *config = load(MINIMAL, false);

	(void) state;
	assert_non_null(config);
	assert_string_equal(said, "");
	assert_string_equal(config->database_hostname, "127.0.0.1");
	assert_int_equal(config->database_port, 5432);
	assert_string_equal(config->slot_name, "walferry");
	assert_string_equal(config->format.topic_prefix.bytes, "inventory");
	assert_int_equal(config->status_update_interval_ms, 10000);
	assert_string_equal(config->http_listen, "127.0.0.1:8083");
	assert_null(config->bigquery_dataset);
	assert_int_equal(config->kafka_property_count, 0);
	for (int i = 0; i < wf_format_option_count; i++)
	{
		if (strcmp(wf_format_options[i].name, "topic.prefix") == 0)
			assert_string_equal(config->format_values[i], "inventory");
		if (strcmp(wf_format_options[i].name, "skipped.operations") == 0)
			assert_null(config->format_values[i]);
	}
	config_free(config);
}

/* A setting of Debezium's that is one of ours is no other: it would never be reached. */
static void
test_debeziums_settings_are_no_others(void **state)
{
	(void) state;
	for (int i = 0; i < debezium_setting_count; i++)
	{
		const char *name = debezium_settings[i].name;

		if (wf_option_find(wf_format_options, wf_format_option_count, name) != NULL)
			fail_msg("%s is an option of the format", name);
		for (int k = 0; k < config_spec_count; k++)
			assert_string_not_equal(name, config_specs[k].name);
		for (int k = i + 1; k < debezium_setting_count; k++)
			assert_string_not_equal(name, debezium_settings[k].name);
	}
}

static void
test_defaults_are_valid(void **state)
{
	(void) state;
	for (int i = 0; i < config_spec_count; i++)
	{
		const ConfigSpec *spec = &config_specs[i];

		if (spec->default_text != NULL && spec->check != NULL)
			assert_null(spec->check(spec->default_text));
		assert_true(wf_option_find(wf_format_options, wf_format_option_count, spec->name) == NULL);
		for (int j = 0; j < debezium_setting_count; j++)
			assert_string_not_equal(spec->name, debezium_settings[j].name);
	}
	assert_true(wf_format_option_count <= CONFIG_FORMAT_OPTIONS_MAX);
}

static void
test_faults(void **state)
{
	(void) state;
	expect_fault(MINIMAL "schemas.enable=perhaps\n", "schemas.enable is \"perhaps\"");
	expect_fault(WITH_SCHEMAS "bigquery.project=p\nbigquery.dataset=d\n",
				 "add the lines key.converter.schemas.enable=false and "
				 "value.converter.schemas.enable=false");
	expect_fault(WITH_SCHEMAS "infinity.handling=string\n", "infinity.handling=string needs");
	expect_fault(MINIMAL "bigquery.project=p\nbigquery.dataset=d\ndecimal.handling.mode=string\n",
				 "decimal.handling.mode=string does not go with bigquery.dataset yet");
	expect_fault(MINIMAL "bigquery.project=p\nbigquery.dataset=d\n"
				 "provide.transaction.metadata=true\n",
				 "provide.transaction.metadata=true does not go with bigquery.dataset yet");
	expect_fault(MINIMAL "database.port=0\n",
				 ":11: database.port is \"0\", but it takes an integer from 1 to 65535");
	expect_fault(MINIMAL "database.port=5432x\n", "an integer from 1 to 65535");
	expect_fault(MINIMAL "database.port=99999999999999999999\n", "an integer from 1 to 65535");
	expect_fault(MINIMAL "slot.name=Upper\n", "1 to 63 lower-case letters, digits and underscores");
	expect_fault(MINIMAL "slot.name=\n", "slot.name is \"\"");
	expect_fault(MINIMAL "plugin.name=decoderbufs\n",
				 "plugin.name=decoderbufs is not a plugin whose stream can be read");
	expect_fault(MINIMAL "snapshot.mode=initial\n", "it takes only no_data so far");
	expect_fault(MINIMAL "delivery.guarantee=exactly-once\n", "only at-least-once so far");
	expect_fault(MINIMAL "skipped.operations=x\n", "skipped.operations is \"x\"");
	expect_fault(MINIMAL "value.converter=io.confluent.connect.avro.AvroConverter\n",
				 "it takes one of org.apache.kafka.connect.json.JsonConverter, ");
	expect_fault(MINIMAL "transforms=unwrap\n", "option \"transforms.unwrap.type\" is missing");
	expect_fault(MINIMAL "transforms=unwrap\ntransforms.unwrap.type=org.example.Mine\n",
				 "a transform that walferry does not have: \"org.example.Mine\"");
	expect_fault(MINIMAL "column.mask.with.x.chars=a.b.c\n", "is not column.mask.with.N.chars");
	expect_fault(MINIMAL "table.include.list=a.(b\n",
				 "option \"table.include.list\": the regular expression \"a.(b\" is not valid");
	expect_fault(MINIMAL "table.include.list=a\ntable.exclude.list=b\n", "exclude each other");
	expect_fault(MINIMAL "column.mask.hash.v2.SHA-3.with.salt.@s=a.b.c\n", "unknown algorithm \"SHA-3\"");
	expect_fault(MINIMAL "column.mask.hash.v2=SHA-256;salt=pepper;a.b.c\n",
				 "not of the form salt=@NAME");
	expect_fault(MINIMAL "http.listen=8083\n", "http.listen is \"8083\", but it takes host:port");
	expect_fault(MINIMAL "http.listen=localhost:0\n", "host:port");
	expect_fault(MINIMAL "bigquery.endpoint=ftp://x\n", "http:// or https://");
	expect_fault(MINIMAL "bigquery.dataset=d\n", "bigquery.project is missing");
	expect_fault(MINIMAL "bigquery.project=p\nbigquery.dataset=d\nwalferry.headers.enabled=false\n",
				 "walferry.headers.enabled=false does not go with bigquery.dataset");
	expect_taken(MINIMAL "walferry.headers.enabled=false\n");
	expect_fault(MINIMAL "sink=stdout\n", "exclude each other");
	expect_fault(MINIMAL "database.sslmode=sometimes\n", "verify-full");
	expect_fault("a=\\u12\n", ":1: \\u must be followed by four hex digits");
}

/* As Java's readers take them: in any case, with blanks around them. */
static void
test_words(void **state)
{
	Config	   *config = load(MINIMAL "database.sslmode=Verify-CA \nlog.level= WARNING\t\n"
							  "database.port=5433 \ntombstones.on.delete=False \n"
							  "decimal.handling.mode=Double \nrecord.max.bytes=+2000 \n"
							  "skipped.operations=C, u,R ,t \ntable.ignore.builtin=TRUE \n"
							  "transforms=unwrap\n"
							  "transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState\n"
							  "transforms.unwrap.delete.tombstone.handling.mode=Rewrite \n", false);

	(void) state;
	if (config == NULL)
		fail_msg("%s", said);
	assert_string_equal(config->database_sslmode, "verify-ca");
	assert_int_equal(config->log_level, LOG_LEVEL_WARNING);
	assert_int_equal(config->database_port, 5433);
	assert_false(config->format.tombstones_on_delete);
	assert_int_equal(config->format.decimal_mode, WF_DECIMAL_DOUBLE);
	assert_int_equal(config->format.record_max_bytes, 2000);
	assert_int_equal(config->format.skipped_operations,
					 WF_SKIP_CREATE | WF_SKIP_UPDATE | WF_SKIP_TRUNCATE | WF_SKIP_TRUNCATE_NAMED);
	config_free(config);

	expect_taken(MINIMAL "bigquery.project=p\nbigquery.dataset=d\ndecimal.handling.mode=PRECISE \n");
	expect_taken(MINIMAL "skipped.operations= None \n");
	expect_fault(MINIMAL "skipped.operations=c,none\n", "skipped.operations is \"c,none\"");
	expect_fault(MINIMAL "skipped.operations=c u\n", "it takes none, or a comma-separated list");
	expect_fault(MINIMAL "skipped.operations=c,\n", "it takes none, or a comma-separated list");
	expect_fault(MINIMAL "database.port=5 4\n", "an integer from 1 to 65535");
	expect_fault(MINIMAL "database.port= \n", "an integer from 1 to 65535");
}

/* Of what is wrong with a setting, or with several, the line is told. */
static void
test_places(void **state)
{
	(void) state;
	expect_fault(MINIMAL "table.include.list=a\\\\.b,a.(b\n",
				 ":11: option \"table.include.list\": the regular expression \"a.(b\" is not valid: "
				 "missing closing parenthesis (at offset 4)");
	expect_fault(MINIMAL "message.key.columns=a.b:c;d.e\n",
				 ":11: option \"message.key.columns\" has an entry not of the form");
	expect_fault(MINIMAL "\ncolumn.mask.with.x.chars=a.b.c\ncolumn.truncate.to.0.chars=a.b.c\n",
				 ":12: option \"column.mask.with.x.chars\" is not column.mask.with.N.chars");
	assert_non_null(strstr(said, ":13: option \"column.truncate.to.0.chars\" has the number 0"));

	/* a hash is called as it was written */
	expect_fault(MINIMAL "column.mask.hash.v2.SHA-3.with.salt.@s=a.b.c\n",
				 ":11: option \"column.mask.hash.v2.SHA-3.with.salt.@s\" has the unknown algorithm "
				 "\"SHA-3\"");
	expect_fault(MINIMAL "column.mask.hash.MD5.with.salt.@s=a.(c\n",
				 ":11: option \"column.mask.hash.MD5.with.salt.@s\": the regular expression \"a.(c\" is");
	assert_null(strstr(said, "1001"));
	expect_fault(MINIMAL "column.mask.hash.v2=SHA-256;salt=pepper;a.b.c\n",
				 ":11: column.mask.hash.v2: a mask's salt is not");

	/* of several the first that the sentence names */
	expect_fault(MINIMAL "table.exclude.list=b\ntable.include.list=a\n",
				 ":12: option \"table.include.list\" and option \"table.exclude.list\" exclude each other");
	expect_fault(MINIMAL "name=x\ntransforms=a\n",
				 ":12: option \"transforms.a.type\" is missing: option \"transforms\" has the name");
	expect_fault(MINIMAL "transforms=a\ntransforms.a.type=org.example.Mine\n",
				 ":12: option \"transforms.a.type\" names a transform");
	expect_fault(MINIMAL "compat=debezium\nbefore.key_only=omit\nvalue.converter.schemas.enable=true\n",
				 ":12: before.key_only=omit needs values without inline schemas");
	expect_fault(MINIMAL "sink=stdout\n", ":11: sink=stdout and kafka.bootstrap.servers exclude");
	expect_fault(MINIMAL "bigquery.project=p\nbigquery.dataset=d\ndecimal.handling.mode=string\n",
				 ":13: decimal.handling.mode=string does not go with");

	setenv("WALFERRY_TABLE_INCLUDE_LIST", "a.(b", 1);
	expect_fault(MINIMAL, "environment variable WALFERRY_TABLE_INCLUDE_LIST: option \"table.include.list\": ");
	unsetenv("WALFERRY_TABLE_INCLUDE_LIST");
}

static void
test_all_faults_at_once(void **state)
{
	(void) state;
	expect_fault("databse.hostname=h\nlog.level=loud\nkafka.acks=1\n",
				 ":1: unknown setting databse.hostname; did you mean database.hostname?");
	assert_non_null(strstr(said, ":2: log.level is \"loud\", but it takes one of"));
	assert_non_null(strstr(said, ":3: kafka.acks cannot be set"));
	assert_non_null(strstr(said, "there is no destination"));
	assert_non_null(strstr(said, "topic.prefix is missing"));
	assert_non_null(strstr(said, "add the line snapshot.mode=no_data"));
	assert_non_null(strstr(said, "add the line delivery.guarantee=at-least-once"));
}

static void
test_no_destination(void **state)
{
	(void) state;
	expect_fault(NULL, "there is no destination");
	expect_fault("topic.prefix=a\ndatabase.hostname=h\n", "there is no destination");
}

static void
test_loader_alone(void **state)
{
	const char *text =
	"topic.prefix=inventory\nkafka.bootstrap.servers=k:9092\nbigquery.project=p\n"
	"bigquery.dataset=d\ndelivery.guarantee=at-least-once\n"
	"bigquery.endpoint=http://127.0.0.1:9050/\n";
	Config	   *config = load(text, false);

	(void) state;
	assert_non_null(config);
	assert_null(config->database_hostname);
	assert_string_equal(config->bigquery_consumer_group, "walferry-inventory-d");
	assert_string_equal(config->bigquery_endpoint, "http://127.0.0.1:9050");
	config_free(config);

	/* half a source is a fault, not a loader */
	expect_fault("topic.prefix=i\nkafka.bootstrap.servers=k:9092\nbigquery.project=p\n"
				 "bigquery.dataset=d\ndelivery.guarantee=at-least-once\nslot.name=walferry\n",
				 "database.hostname is missing");
}

static void
test_debezium_file(void **state)
{
	(void) state;
	expect_taken(MINIMAL
				 "name=c\nconnector.class=io.debezium.connector.postgresql.PostgresConnector\n"
				 "tasks.max=1\nmax.batch.size=2048\npublication.name=p\nheartbeat.interval.ms=5000\n"
				 "decimal.handling.mode=precise\ntransforms=\ntombstones.on.delete=true\n"
				 "key.converter=org.apache.kafka.connect.json.JsonConverter\n");
	assert_non_null(strstr(said, "warning config: settings without effect"));
	assert_non_null(strstr(said, "connector.class, tasks.max, max.batch.size, "
						   "heartbeat.interval.ms"));
	assert_null(strstr(said, "publication"));
	assert_null(strstr(said, "tombstones"));
	assert_null(strstr(said, "decimal"));

	/* copied along from a connector of another database */
	expect_taken(MINIMAL "include.schema.changes=false\n");
	expect_fault(MINIMAL "include.schema.changes=true\n", "schema.changes.enabled=true asks for a topic");
	expect_fault(MINIMAL "truncate.handling.mode=include\n",
				 "is called skipped.operations now: t, its default, for skip, none for include");
	expect_fault(MINIMAL "sanitize.field.names=true\n",
				 "is called field.name.adjustment.mode now: avro for true");
	expect_fault(MINIMAL "toasted.value.placeholder=x\n", "is called unavailable.value.placeholder now");
}

/* Which of a connector's settings tell of a publication is known, for a sentence about it. */
static void
test_publication(void **state)
{
	static const struct
	{
		const char *text;
		const char *settings;
		const char *name;
		int			mode;
	}			cases[] = {
		{MINIMAL, NULL, "dbz_publication", CONFIG_PUBLICATION_ALL_TABLES},
		{MINIMAL "publication.name=p\n", "publication.name", "p", CONFIG_PUBLICATION_ALL_TABLES},
		{MINIMAL "publication.autocreate.mode=Disabled\n", "publication.autocreate.mode",
		"dbz_publication", CONFIG_PUBLICATION_DISABLED},
		{MINIMAL "publication.autocreate.mode=filtered\npublication.name=p\n",
		"publication.name and publication.autocreate.mode", "p", CONFIG_PUBLICATION_FILTERED},
	};

	(void) state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		Config	   *config = load(cases[i].text, false);

		assert_non_null(config);
		if (cases[i].settings == NULL)
			assert_null(config->publication_settings);
		else
			assert_string_equal(config->publication_settings, cases[i].settings);
		assert_string_equal(config->publication_name, cases[i].name);
		assert_int_equal(config->publication_mode, cases[i].mode);
		config_free(config);
	}
	expect_fault(MINIMAL "publication.name=\n", "publication.name is \"\"");
	expect_fault(MINIMAL "publication.autocreate.mode=some\n",
				 "one of all_tables|disabled|filtered|no_tables");
	expect_fault(MINIMAL "publication.nam=p\n", "did you mean publication.name?");
	expect_fault(MINIMAL "publication.fliter=p\n", "did you mean publication.filter?");
}

static void
test_lenient(void **state)
{
	Config	   *config = load(MINIMAL "no.such.setting=1\nkafka.no.such=1\n", true);

	(void) state;
	assert_non_null(config);
	assert_non_null(strstr(said, "warning config: "));
	assert_non_null(strstr(said, "unknown setting no.such.setting"));
	assert_non_null(strstr(said, "kafka.no.such is no setting of librdkafka"));
	config_free(config);
	expect_fault(MINIMAL "no.such.setting=1\n", "unknown setting no.such.setting");
}

static void
test_kafka_properties(void **state)
{
	Config	   *config = load(MINIMAL "kafka.linger.ms=7\nkafka.compression.type=lz4\n", false);

	(void) state;
	assert_non_null(config);
	assert_int_equal(config->kafka_property_count, 2);
	assert_string_equal(config->kafka_properties[0].name, "linger.ms");
	assert_string_equal(config->kafka_properties[0].value, "7");
	config_free(config);

	expect_fault(MINIMAL "kafka.transactional.id=x\n", "kafka.transactional.id cannot be set");
	expect_fault(MINIMAL "kafka.enable.idempotence=false\n", "cannot be set");
	expect_fault(MINIMAL "kafka.message.timeout.ms=1\n", "cannot be set");
	expect_fault(MINIMAL "kafka.linger.ms=soon\n", "kafka.linger.ms is not taken by librdkafka");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_debeziums_settings_are_no_others),
		cmocka_unit_test(test_defaults_are_valid),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_all_faults_at_once),
		cmocka_unit_test(test_no_destination),
		cmocka_unit_test(test_loader_alone),
		cmocka_unit_test(test_debezium_file),
		cmocka_unit_test(test_publication),
		cmocka_unit_test(test_lenient),
		cmocka_unit_test(test_kafka_properties),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
