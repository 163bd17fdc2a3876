/*
 * test_config_origin.c
 *		Where settings come from: references, secrets, the environment, odd files.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config_fixture.h"

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
	expect_taken(MINIMAL "database.password=\ndatabase.password.command=echo hunter2\n");
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
	expect_taken(IAM "database.sslmode=require\ndatabase.password=\ndatabase.iam.region=eu-west-1\n");
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_secrets_are_not_said),
		cmocka_unit_test(test_passwords),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_odd_files),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
