/*
 * test_config.c
 *		What configurations are taken, and what is said of the others.
 *
 * Faults are log lines on stderr, which is a file here while the configuration
 * is read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "shipper/config.h"
#include "shipper/config_table.h"
#include "shipper/log.h"

#define SOURCE \
	"topic.prefix=inventory\n" \
	"slot.name=walferry\n" \
	"database.hostname=127.0.0.1\n" \
	"database.user=shipper\n" \
	"database.dbname=inventory\n" \
	"snapshot.mode=no_data\n" \
	"delivery.guarantee=at-least-once\n"
#define WITH_SCHEMAS SOURCE "kafka.bootstrap.servers=127.0.0.1:9092\n"
#define MINIMAL \
	WITH_SCHEMAS \
	"key.converter.schemas.enable=false\n" \
	"value.converter.schemas.enable=false\n"

static char directory[] = "/tmp/walferry-config-XXXXXX";
static char config_path[64];
static char secret_path[64];
static char said[65536];

static void
write_file(const char *path, const char *text)
{
	FILE	   *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Reads the text as a configuration; what was logged is in said. */
static Config *
load(const char *text, bool lenient)
{
	Config	   *config;
	int			saved = dup(STDERR_FILENO);
	FILE	   *captured = tmpfile();
	size_t		length;

	if (text != NULL)
		write_file(config_path, text);
	fflush(stderr);
	dup2(fileno(captured), STDERR_FILENO);
	config = config_load(text != NULL ? config_path : NULL, lenient);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(captured);
	length = fread(said, 1, sizeof(said) - 1, captured);
	said[length] = '\0';
	fclose(captured);
	return config;
}

static void
expect_fault(const char *text, const char *sentence)
{
	Config	   *config = load(text, false);

	if (config != NULL || strstr(said, sentence) == NULL)
		print_error("for:\n%s\nexpected: %s\nsaid:\n%s\n", text, sentence, said);
	assert_null(config);
	assert_non_null(strstr(said, sentence));
}

static void
expect_taken(const char *text)
{
	Config	   *config = load(text, false);

	if (config == NULL)
		print_error("for:\n%s\nsaid:\n%s\n", text, said);
	assert_non_null(config);
	config_free(config);
}

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

#define UNWRAP_CLASS "io.debezium.transforms.ExtractNewRecordState"
#define LONG_ALIAS "unwrap_the_events_of_all_tables_and_leave_only_their_rows"

static const char *
sent(const Config *config, const char *name)
{
	for (int i = 0; i < config->transform_settings.count; i++)
		if (strcmp(config->transform_settings.entries[i].name, name) == 0)
			return config->transform_settings.entries[i].value;
	return NULL;
}

static const char *
sent_option(const Config *config, const char *name)
{
	const WfOptionSpec *spec = wf_option_find(wf_format_options, wf_format_option_count, name);

	return config->format_values[spec - wf_format_options];
}

static void
test_transforms(void **state)
{
	Config	   *config = load(MINIMAL "transforms=u,t2," LONG_ALIAS "\npredicates=" LONG_ALIAS "\n"
							  "transforms.u.type=" UNWRAP_CLASS "\n"
							  "transforms.u.predicate=" LONG_ALIAS "\n"
							  "transforms.t2.type=org.apache.kafka.connect.transforms.RegexRouter\n"
							  "transforms.t2.regex=a\ntransforms.t2.replacement=b\n"
							  "transforms." LONG_ALIAS ".type=" UNWRAP_CLASS "\n"
							  "transforms." LONG_ALIAS ".predicate=" LONG_ALIAS "\n"
							  "transforms." LONG_ALIAS ".negate=true\n"
							  "predicates." LONG_ALIAS ".type=org.apache.kafka.connect.transforms."
							  "predicates.TopicNameMatches\n"
							  "predicates." LONG_ALIAS ".pattern=a.*\n"
							  "transforms.off.type=org.example.Mine\ntransforms.off.any=thing\n", false);

	(void) state;
	assert_non_null(config);
	/* names that would be cut are short on the way, and no two are the same */
	assert_string_equal(sent_option(config, "transforms"), "u,t2,t4");
	assert_string_equal(sent_option(config, "predicates"), "p1");
	assert_string_equal(sent(config, "transforms.u.type"), UNWRAP_CLASS);
	assert_string_equal(sent(config, "transforms.u.predicate"), "p1");
	assert_string_equal(sent(config, "transforms.t4.type"), UNWRAP_CLASS);
	assert_string_equal(sent(config, "transforms.t4.predicate"), "p1");
	assert_string_equal(sent(config, "transforms.t4.negate"), "true");
	assert_string_equal(sent(config, "predicates.p1.pattern"), "a.*");
	assert_int_equal(config->transform_settings.count, 10);
	for (int i = 0; i < config->transform_settings.count; i++)
		assert_true(strlen(config->transform_settings.entries[i].name) < 63);
	assert_non_null(strstr(said, "settings without effect on what is written here are ignored"));
	assert_non_null(strstr(said, "transforms.off.type, transforms.off.any"));
	config_free(config);

	expect_fault(MINIMAL "transforms=u,r\ntransforms.u.type=" UNWRAP_CLASS "\n"
				 "transforms.u.route.by.field=name\n"
				 "transforms.r.type=org.apache.kafka.connect.transforms.RegexRouter\n"
				 "transforms.r.regex=.*\ntransforms.r.replacement=x\n",
				 "option \"transforms.r.type\" asks for the name of a topic that rows decide, by "
				 "route.by.field of a transform before it");
	expect_fault(MINIMAL "transforms=u\ntransforms.u.type=" UNWRAP_CLASS "\nbigquery.project=p\n"
				 "bigquery.dataset=d\n", "transforms.u.type=" UNWRAP_CLASS
				 " does not go with bigquery.dataset");
	expect_fault(WITH_SCHEMAS "transforms=u\ntransforms.u.type=" UNWRAP_CLASS "\n"
				 "transforms.u.drop.fields.header.name=h\n", "names no header that an ExtractChangedRecordState");
}

/* The default is the sink's, and the plugin's own is stdout's. */
static void
check_schemas(const char *text, bool key, bool value)
{
	Config	   *config = load(text, false);
	bool		is_told = strstr(text, "sink=stdout") == NULL;

	assert_non_null(config);
	assert_int_equal(config->format.key_schemas, key);
	assert_int_equal(config->format.value_schemas, value);
	assert_int_equal(config_publishes_schemas(config), !value);
	if (is_told)
	{
		assert_string_equal(sent_option(config, "key.converter.schemas.enable"), key ? "true" : "false");
		assert_string_equal(sent_option(config, "value.converter.schemas.enable"),
							value ? "true" : "false");
	}
	else
	{
		assert_null(sent_option(config, "key.converter.schemas.enable"));
		assert_null(sent_option(config, "value.converter.schemas.enable"));
	}
	config_free(config);
}

static void
test_schemas(void **state)
{
	(void) state;
	check_schemas(MINIMAL, false, false);
	check_schemas(WITH_SCHEMAS, true, true);
	check_schemas(WITH_SCHEMAS "schemas.enable=false\n", false, false);
	check_schemas(WITH_SCHEMAS "key.converter.schemas.enable=false\n", false, true);
	check_schemas(SOURCE "sink=stdout\n", false, false);
	check_schemas(SOURCE "sink=stdout\nschemas.enable=true\n", true, true);
}

/* Of what nobody gave the plugin is told only that by which the shipper goes itself. */
static void
test_what_is_sent(void **state)
{
	Config	   *config = load(MINIMAL, false);

	(void) state;
	assert_non_null(config);
	assert_null(sent_option(config, "compat"));
	assert_null(sent_option(config, "tombstones.on.delete"));
	assert_null(sent_option(config, "decimal.handling.mode"));
	assert_string_equal(sent_option(config, "topic.delimiter"), ".");
	assert_string_equal(sent_option(config, "record.max.bytes"), "67108864");
	assert_false(config_is_given(config, "record.max.bytes"));
	config_free(config);

	config = load(MINIMAL "compat=debezium\nrecord.max.bytes=2048\n", false);
	assert_non_null(config);
	assert_string_equal(sent_option(config, "compat"), "debezium");
	assert_string_equal(sent_option(config, "record.max.bytes"), "2048");
	assert_true(config_is_given(config, "record.max.bytes"));
	config_free(config);

	config = load(MINIMAL "bigquery.project=p\nbigquery.dataset=d\n", false);
	assert_non_null(config);
	assert_string_equal(sent_option(config, "decimal.handling.mode"), "precise");
	assert_null(sent_option(config, "compat"));
	config_free(config);

	config = load(SOURCE "sink=stdout\n", false);
	assert_non_null(config);
	assert_null(sent_option(config, "record.max.bytes"));
	config_free(config);
}

#define OUTBOX WITH_SCHEMAS "transforms=o\ntransforms.o.type=io.debezium.transforms.outbox.EventRouter\n"
#define VALUE_DELEGATE "value.converter.delegate.converter.type"

/* Each converter has an option of its own for schemas, or none. */
static void
test_schemas_of_converters(void **state)
{
	Config	   *config = load(OUTBOX "value.converter=io.debezium.converters.BinaryDataConverter\n"
							  VALUE_DELEGATE "=org.apache.kafka.connect.json.JsonConverter\n"
							  "key.converter=org.apache.kafka.connect.storage.StringConverter\n",
							  false);

	(void) state;
	assert_non_null(config);
	assert_true(config->format.value_schemas);
	assert_string_equal(sent_option(config, VALUE_DELEGATE ".schemas.enable"), "true");
	assert_null(sent_option(config, "value.converter.schemas.enable"));
	assert_null(sent_option(config, "key.converter.schemas.enable"));
	config_free(config);
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

static void
test_references(void **state)
{
	char		text[4096];
	Config	   *config;

	(void) state;
	write_file(secret_path, "db.password=s3=cr\\u00e9t\nother=1\n");
	snprintf(text, sizeof(text), MINIMAL "database.password=${file:%s:db.password}\n", secret_path);
	config = load(text, false);
	assert_non_null(config);
	assert_string_equal(config->database_password, "s3=cr\xC3\xA9t");
	config_free(config);

	write_file(secret_path, "hunter2\r\n");
	snprintf(text, sizeof(text), MINIMAL "database.password=${file:%s}\n", secret_path);
	config = load(text, false);
	assert_non_null(config);
	assert_string_equal(config->database_password, "hunter2");
	config_free(config);

	setenv("CONFIG_TEST_NAME", "inv", 1);
	config = load(MINIMAL "topic.prefix=a-${env:CONFIG_TEST_NAME}-b\n", false);
	assert_non_null(config);
	assert_string_equal(config->format.topic_prefix.bytes, "a-inv-b");
	assert_non_null(strstr(said, "given twice"));
	config_free(config);

	expect_fault(MINIMAL "database.password=${file:/no/such/file}\n",
				 "the value of database.password cannot be had: file \"/no/such/file\"");
	snprintf(text, sizeof(text), MINIMAL "database.password=${file:%s:no.such}\n", secret_path);
	expect_fault(text, "has no entry \"no.such\"");
	expect_fault(MINIMAL "database.password=${env:CONFIG_TEST_UNSET}\n",
				 "environment variable CONFIG_TEST_UNSET is not set");
	expect_fault(MINIMAL "database.password=${vault:x}\n", "there is no provider \"vault\"");

	/* not references */
	config = load(MINIMAL "database.password=a$b${c}$${\n", false);
	assert_non_null(config);
	assert_string_equal(config->database_password, "a$b${c}$${");
	config_free(config);
}

static void
test_secrets_are_not_said(void **state)
{
	char		text[4096];

	(void) state;
	write_file(secret_path, "hunter2");
	snprintf(text, sizeof(text), MINIMAL "database.port=${file:%s}\n", secret_path);
	expect_fault(text, "database.port is \"${file:");
	assert_null(strstr(said, "hunter2"));

	expect_fault(MINIMAL "kafka.sasl.oauthbearer.method=x\nkafka.ssl.key.pem=hunter2\n"
				 "database.password=hunter2\nlog.level=x\n", "log.level");
	assert_null(strstr(said, "hunter2"));
}

static void
test_passwords(void **state)
{
#define IAM MINIMAL "database.iam=aws\n"
	(void) state;
	unsetenv("AWS_REGION");
	unsetenv("AWS_DEFAULT_REGION");
	expect_taken(MINIMAL "database.password.command=cat /run/secrets/x | jq -r .password\n");
	expect_fault(MINIMAL "database.password=hunter2\ndatabase.password.command=echo hunter2\n",
				 "database.password and database.password.command exclude each other; remove one");
	assert_null(strstr(said, "hunter2"));
	expect_fault(MINIMAL "database.password.command=\n", "database.password.command");
	expect_fault(MINIMAL "database.iam=gcp\n", "none|aws");

	/* a token needs TLS, and one host whose region is known */
	expect_taken(IAM "database.sslmode=verify-full\ndatabase.iam.region=eu-central-1\n");
	expect_taken(IAM "database.sslmode=require\n"
				 "database.hostname=a.b.eu-central-1.rds.amazonaws.com\n");
	expect_fault(IAM "database.iam.region=eu-central-1\n",
				 "needs TLS, but database.sslmode is prefer: set database.sslmode=verify-full");
	expect_fault(IAM "database.iam.region=eu-central-1\ndatabase.sslmode=disable\n",
				 "needs TLS, but database.sslmode is disable");
	expect_fault(IAM "database.sslmode=require\n", "add database.iam.region");
	setenv("AWS_REGION", "eu-central-1", 1);
	expect_taken(IAM "database.sslmode=require\n");
	unsetenv("AWS_REGION");
	expect_fault(IAM "database.sslmode=require\ndatabase.hostname=/tmp\n",
				 "one host, but database.hostname is \"/tmp\"");
	expect_fault(IAM "database.sslmode=require\ndatabase.hostname=a,b\n", "\"a,b\"");
	expect_fault(IAM "database.sslmode=require\ndatabase.iam.region=Frankfurt am Main\n",
				 "such as eu-central-1");
	expect_fault(IAM "database.sslmode=require\ndatabase.password=hunter2\n",
				 "database.iam=aws and database.password exclude each other");
	assert_null(strstr(said, "hunter2"));
	expect_fault(IAM "database.sslmode=require\ndatabase.password.command=echo hunter2\n",
				 "database.iam=aws and database.password.command exclude each other");
	assert_null(strstr(said, "hunter2"));
}

static void
test_environment(void **state)
{
	Config	   *config;

	(void) state;
	setenv("WALFERRY_TOPIC_PREFIX", "other", 1);
	setenv("WALFERRY_DATABASE_PORT", "6000", 1);
	config = load(MINIMAL "database.port=7000\n", false);
	assert_non_null(config);
	assert_string_equal(config->format.topic_prefix.bytes, "other");
	assert_int_equal(config->database_port, 6000);
	config_free(config);

	setenv("WALFERRY_DATABASE_PORT", "x", 1);
	expect_fault(MINIMAL, "environment variable WALFERRY_DATABASE_PORT: database.port is \"x\"");
	unsetenv("WALFERRY_DATABASE_PORT");
	unsetenv("WALFERRY_TOPIC_PREFIX");

	setenv("WALFERRY_TOPIC_PREFX", "x", 1);
	expect_fault(MINIMAL, "WALFERRY_TOPIC_PREFX names no setting; did you mean WALFERRY_TOPIC_PREFIX?");
	config = load(MINIMAL, true);
	assert_non_null(config);
	config_free(config);
	unsetenv("WALFERRY_TOPIC_PREFX");

	setenv("WALFERRY_CONFIG", MINIMAL "database.port=7001\r\n", 1);
	config = load(NULL, false);
	assert_non_null(config);
	assert_int_equal(config->database_port, 7001);
	config_free(config);
	setenv("WALFERRY_CONFIG", MINIMAL "database.port=x\n", 1);
	expect_fault(NULL, "WALFERRY_CONFIG:11: database.port");
	unsetenv("WALFERRY_CONFIG");

	setenv("BIGQUERY_EMULATOR_HOST", "127.0.0.1:9050", 1);
	config = load(MINIMAL, false);
	assert_non_null(config);
	assert_string_equal(config->bigquery_endpoint, "http://127.0.0.1:9050");
	config_free(config);
	unsetenv("BIGQUERY_EMULATOR_HOST");
}

static void
test_odd_files(void **state)
{
	char	   *large;

	(void) state;
	expect_taken("\xEF\xBB\xBF" "topic.prefix=inventory\r\nslot.name=walferry\r\n"
				 "database.hostname=h\r\ndatabase.user=u\r\ndatabase.dbname=d\r\n"
				 "snapshot.mode=no_data\r\ndelivery.guarantee=at-least-once\r\nschemas.enable=false\r\n"
				 "kafka.bootstrap.servers=k:9092");

	large = malloc(CONFIG_FILE_BYTES_MAX + 2);
	memset(large, '#', CONFIG_FILE_BYTES_MAX + 1);
	large[CONFIG_FILE_BYTES_MAX + 1] = '\0';
	expect_fault(large, "cannot read the configuration file");
	free(large);

	unlink(config_path);
	assert_null(config_load("/no/such/file.properties", false));
}

static int
set_up(void **state)
{
	(void) state;
	if (mkdtemp(directory) == NULL)
		return -1;
	snprintf(config_path, sizeof(config_path), "%s/w.properties", directory);
	snprintf(secret_path, sizeof(secret_path), "%s/secret", directory);
	unsetenv("BIGQUERY_EMULATOR_HOST");
	return 0;
}

static int
tear_down(void **state)
{
	(void) state;
	unlink(config_path);
	unlink(secret_path);
	return rmdir(directory);
}

/* A salt in a setting's name would be shown by the server; it is not shown here either. */
static void
test_hashes(void **state)
{
	Config	   *config;

	(void) state;
	expect_fault(MINIMAL "column.mask.hash.SHA-256.with.salt.pepper=a.b.c\n",
				 "walferry.salts = 'file:PATH'");
	assert_null(strstr(said, "pepper"));
	expect_fault(MINIMAL "column.mask.hash.SHA-256.with.salt.pepper=${env:NOT_SET_ANYWHERE}\n",
				 "column.mask.hash.SHA-256.with.salt.... cannot be had");
	assert_null(strstr(said, "pepper"));
	expect_fault(MINIMAL "colum.mask.hash.SHA-256.with.salt.pepper=a.b.c\n", "unknown setting colum");
	assert_null(strstr(said, "pepper"));

	/*
	 * what to write instead has the version that was written: others are other
	 * hashes
	 */
	expect_fault(MINIMAL "column.mask.hash.SHA-256.with.salt.pepper=a.b.c\n",
				 "(column.mask.hash.ALGORITHM.with.salt.@NAME=list)");
	expect_fault(MINIMAL "column.mask.hash.v2.SHA-256.with.salt.pepper=a.b.c\n",
				 "(column.mask.hash.v2.ALGORITHM.with.salt.@NAME=list)");
	expect_fault(MINIMAL "column.mask.hash.SHA-256=a.b.c\n",
				 "names no salt: it is written column.mask.hash.ALGORITHM.with.salt.@NAME=list");
	expect_fault(MINIMAL "column.mask.hash.v2.SHA-256=a.b.c\n",
				 "names no salt: it is written column.mask.hash.v2.ALGORITHM.with.salt.@NAME=list");
	expect_fault(MINIMAL "column.mask.hash.v1.SHA-256.with.salt.@s=a.b.c\n",
				 "Debezium's first version is written without one, "
				 "column.mask.hash.ALGORITHM.with.salt.@NAME=list");
	/* in the form of the file, whatever is missing */
	expect_fault(MINIMAL "column.mask.hash.v2.=x\n",
				 "names no salt: it is written column.mask.hash.v2.ALGORITHM.with.salt.@NAME=list");
	expect_fault(MINIMAL "column.mask.hash.SHA-256.with.salt.@=x\n",
				 "names no salt: it is written column.mask.hash.ALGORITHM.with.salt.@NAME=list");
	expect_fault(MINIMAL "column.mask.hash.v2.with.salt.@s=x\n",
				 "names no algorithm: it is written column.mask.hash.v2.ALGORITHM.with.salt.@NAME=list");
	expect_fault(MINIMAL "column.mask.hash.SHA-256.with.salt.@a;b=x\n", "has a semicolon");

	/* an empty list is as one that is not given; commas alone are a slip */
	config = load(MINIMAL "column.mask.hash.v2.SHA-256.with.salt.@s1=\ncolumn.mask.with.5.chars=\n"
				  "column.truncate.to.5.chars= \ntable.include.list=\n", false);
	assert_non_null(config);
	config_free(config);
	expect_fault(MINIMAL "table.include.list=,\n", "has no regular expression");
	expect_fault(MINIMAL "column.mask.with.5.chars=,\n", "has no regular expression");
	expect_fault(MINIMAL "column.mask.with.x.chars=\n", "where N is a number");

	config = load(MINIMAL "column.mask.hash.v2.SHA-256.with.salt.@s1=a.b.c,a.b.d\n"
				  "column.mask.hash.v2.1=MD5;salt=@s2;x\n"
				  "column.mask.hash.SHA-512.with.salt.@s3=a.b.e\n", false);
	assert_non_null(config);
	assert_int_equal(config->format.settings.count, 3);
	for (int i = 0; i < 3; i++)
	{
		const WfSetting *setting = &config->format.settings.entries[i];

		if (strncmp(setting->value, "SHA-256", 7) == 0)
			assert_string_equal(setting->value, "SHA-256;salt=@s1;a.b.c,a.b.d");
		else if (strncmp(setting->value, "SHA-512", 7) == 0)
		{
			assert_string_equal(setting->name, "column.mask.hash.v1.1001");
			assert_string_equal(setting->value, "SHA-512;salt=@s3;a.b.e");
		}
	}
	config_free(config);
}

/* How many lines of said have the text. */
static int
lines_with(const char *wanted)
{
	int			count = 0;

	for (const char *found = strstr(said, wanted); found != NULL; found = strstr(found + 1, wanted))
		count++;
	return count;
}

/* A file with so many lines of the format, which has the line's number up to three times. */
static char *
many(const char *head, int count, const char *format)
{
	static char text[65536];
	size_t		length = (size_t) snprintf(text, sizeof(text), "%s", head);

	for (int i = 1; i <= count; i++)
		length += (size_t) snprintf(text + length, sizeof(text) - length, format, i, i, i);
	assert_true(length < sizeof(text));
	return text;
}

/* What is one too many is told once, and nothing that follows from it. */
static void
test_too_many_of_a_kind(void **state)
{
	(void) state;
	expect_taken(many(MINIMAL, 64, "column.mask.with.%d.chars=public.a.c%d\n"));
	expect_fault(many(MINIMAL, 69, "column.mask.with.%d.chars=public.a.c%d\n"),
				 ":75: there are more than 64 filters and masks");
	assert_int_equal(lines_with(" error "), 1);
	expect_fault(many(MINIMAL "table.include.list=a.b\n", 70, "column.truncate.to.%d.chars=public.a.c%d\n"),
				 "there are more than 64 filters and masks");
	assert_int_equal(lines_with(" error "), 1);
	expect_fault(many(MINIMAL, 66, "column.mask.hash.MD5.with.salt.@s%d=public.a.c%d\n"),
				 "there are more than 64 filters and masks");
	assert_int_equal(lines_with(" error "), 1);

	expect_fault(many(MINIMAL "transforms=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\n", 40,
					  "transforms.t%d.type=" UNWRAP_CLASS "\ntransforms.t%d.add.fields=op\n"
					  "transforms.t%d.add.headers=op\n"),
				 "there are more than 64 settings of transforms and predicates");
	assert_int_equal(lines_with(" error "), 2);
	assert_non_null(strstr(said, "option \"transforms\" has more than 16 names; the next is \"q\""));
	expect_fault(many(MINIMAL "transforms=a\n", 40, "transforms.t%d.type=" UNWRAP_CLASS "\n"
					  "transforms.t%d.add.fields=op\ntransforms.t%d.add.headers=op\n"),
				 "there are more than 64 settings of transforms and predicates");
	assert_int_equal(lines_with(" error "), 1);
}

/* A text that ends in a list of so many bytes. */
static char *
with_long_list(const char *head, size_t bytes)
{
	char	   *text = malloc(strlen(head) + bytes + 1);
	size_t		length = strlen(head);

	assert_non_null(text);
	memcpy(text, head, length);
	for (size_t i = 0; i < bytes; i++)
		text[length + i] = i % 20 == 19 && i + 1 < bytes ? ',' : 'x';
	text[length + bytes] = '\0';
	return text;
}

/* A list may be as long as its reference says, wherever it stands. */
static void
test_long_lists(void **state)
{
	char	   *text = with_long_list(MINIMAL "table.include.list=", WF_OPTION_LIST_MAX);
	Config	   *config = load(text, false);
	char		reference[128];

	(void) state;
	assert_non_null(config);
	assert_int_equal(strlen(config->format.table_include), WF_OPTION_LIST_MAX);
	config_free(config);
	free(text);

	text = with_long_list("", WF_OPTION_LIST_MAX);
	write_file(secret_path, text);
	snprintf(reference, sizeof(reference), "${file:%s}", secret_path);
	config = load(MINIMAL, false);
	assert_non_null(config);
	config_free(config);
	setenv("WALFERRY_TABLE_INCLUDE_LIST", reference, 1);
	config = load(MINIMAL, false);
	assert_non_null(config);
	assert_string_equal(config->format.table_include, text);
	config_free(config);
	setenv("WALFERRY_TABLE_INCLUDE_LIST", text, 1);
	config = load(MINIMAL, false);
	unsetenv("WALFERRY_TABLE_INCLUDE_LIST");
	assert_non_null(config);
	assert_string_equal(config->format.table_include, text);
	config_free(config);
	free(text);

	text = with_long_list(MINIMAL "table.include.list=", WF_OPTION_LIST_MAX + 1);
	expect_fault(text, "the value of table.include.list cannot be had: it is longer than 1048576 bytes");
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal),
		cmocka_unit_test(test_debeziums_settings_are_no_others),
		cmocka_unit_test(test_transforms),
		cmocka_unit_test(test_schemas),
		cmocka_unit_test(test_what_is_sent),
		cmocka_unit_test(test_schemas_of_converters),
		cmocka_unit_test(test_defaults_are_valid),
		cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_too_many_of_a_kind),
		cmocka_unit_test(test_long_lists),
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
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_secrets_are_not_said),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_odd_files),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
