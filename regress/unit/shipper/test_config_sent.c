/*
 * test_config_sent.c
 *		Which settings the plugin is told, and what schemas and transforms come of them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_fixture.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_transforms),
		cmocka_unit_test(test_schemas),
		cmocka_unit_test(test_what_is_sent),
		cmocka_unit_test(test_schemas_of_converters),
		cmocka_unit_test(test_hashes),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
