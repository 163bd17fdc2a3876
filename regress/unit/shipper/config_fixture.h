/*
 * config_fixture.h
 *		A configuration from a text, and what is said of it.
 *
 * Faults are log lines on stderr, which is a file here while the configuration
 * is read.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONFIG_FIXTURE_H
#define WALFERRY_CONFIG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "said.h"
#include "shipper/config.h"

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

#define UNWRAP_CLASS "io.debezium.transforms.ExtractNewRecordState"

static char directory[] = "/tmp/walferry-config-XXXXXX";
static char config_path[64];
static char secret_path[64];

static inline void
write_file(const char *path, const char *text)
{
	FILE	   *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

/* Reads the text as a configuration, NULL: no file; what was logged is in said. */
static inline Config *
load(const char *text, bool lenient)
{
	Config	   *config;

	if (text != NULL)
		write_file(config_path, text);
	fflush(stderr);
	capture_begin();
	config = config_load(text != NULL ? config_path : NULL, lenient);
	capture_end();
	return config;
}

static inline void
expect_fault(const char *text, const char *sentence)
{
	Config	   *config = load(text, false);

	if (config != NULL || strstr(said, sentence) == NULL)
		print_error("for:\n%s\nexpected: %s\nsaid:\n%s\n",
					text != NULL ? text : "the environment", sentence, said);
	assert_null(config);
	assert_non_null(strstr(said, sentence));
}

static inline void
expect_taken(const char *text)
{
	Config	   *config = load(text, false);

	if (config == NULL)
		print_error("for:\n%s\nsaid:\n%s\n", text != NULL ? text : "the environment", said);
	assert_non_null(config);
	config_free(config);
}

static inline int
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

static inline int
tear_down(void **state)
{
	(void) state;
	unlink(config_path);
	unlink(secret_path);
	return rmdir(directory);
}

#endif							/* WALFERRY_CONFIG_FIXTURE_H */
