/*
 * test_kafka_client.c
 *		What the clients of Kafka are told beside the user's settings.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "shipper/kafka/client.h"
#include "shipper/log.h"

#define REFRESH "topic.metadata.refresh.interval.ms"

/* given: what the user says of it, NULL: nothing */
static void
check_refresh(const char *given, const char *told, int64_t asked_ms)
{
	static Config config;
	char		text[32];
	size_t		size = sizeof(text);
	rd_kafka_conf_t *conf;

	config.kafka_bootstrap_servers = "127.0.0.1:9";
	config.kafka_properties[0] = (ConfigProperty) {.name = REFRESH, .value = given};
	config.kafka_property_count = given != NULL;
	conf = kafka_client_conf(&config, "test", NULL);
	assert_non_null(conf);
	assert_true(kafka_client_set_refresh(conf, &config));
	assert_int_equal(rd_kafka_conf_get(conf, REFRESH, text, &size), RD_KAFKA_CONF_OK);
	assert_string_equal(text, told);
	assert_int_equal(kafka_client_refresh_ms(&config), asked_ms);
	rd_kafka_conf_destroy(conf);
}

/* Three seconds, unless the user says otherwise; what is turned off is still asked by ourselves. */
static void
test_refresh(void **state)
{
	(void) state;
	log_init(LOG_LEVEL_ERROR, false);
	check_refresh(NULL, "3000", 3000);
	check_refresh("200", "200", 200);
	check_refresh("300000", "300000", 300000);
	check_refresh("-1", "-1", 3000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
