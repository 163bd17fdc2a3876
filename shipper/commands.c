/*
 * commands.c
 *		What the verbs share, and the small ones: version and tail.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "commands.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
#include <libpq-fe.h>

#include "capture/capture.h"
#include "config.h"
#include "control.h"
#include "envelope/frame.h"
#include "legs.h"
#include "log.h"

static const CommandOption *
find_option(const CommandOption *options, int count, const char *argument, size_t length)
{
	for (int i = 0; i < count; i++)
	{
		if (strlen(options[i].name) == length && strncmp(options[i].name, argument, length) == 0)
			return &options[i];
	}
	return NULL;
}

static bool
take_value(const CommandOption *option, const char *value)
{
	if (option->values == NULL)
		*option->value = value;
	else if (option->values->count == COMMAND_VALUES_MAX)
		return false;
	else
		option->values->values[option->values->count++] = value;
	return true;
}

int
command_options(const char *verb, const char *help, int count, char **arguments,
				const CommandOption *options, int option_count)
{
	for (int i = 0; i < count; i++)
	{
		const char *argument = arguments[i];
		size_t		length = strcspn(argument, "=");
		const CommandOption *option = find_option(options, option_count, argument, length);

		if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
		{
			fputs(help, stdout);
			return EXIT_OK;
		}
		if (option == NULL)
		{
			fprintf(stderr, "walferry %s: unknown argument \"%s\"; see walferry %s --help\n", verb,
					argument, verb);
			return EXIT_USAGE;
		}
		if (option->value != NULL && *option->value != NULL)
		{
			fprintf(stderr, "walferry %s: %s is given twice\n", verb, option->name);
			return EXIT_USAGE;
		}
		if (option->flag != NULL)
		{
			if (argument[length] == '=')
			{
				fprintf(stderr, "walferry %s: %s takes no value\n", verb, option->name);
				return EXIT_USAGE;
			}
			*option->flag = true;
		}
		else if (argument[length] != '=' && i + 1 >= count)
		{
			fprintf(stderr, "walferry %s: %s needs a value\n", verb, option->name);
			return EXIT_USAGE;
		}
		else if (!take_value(option, argument[length] == '=' ?
							 argument + length + 1 : arguments[++i]))
		{
			fprintf(stderr, "walferry %s: %s is given more than %d times\n", verb, option->name,
					COMMAND_VALUES_MAX);
			return EXIT_USAGE;
		}
	}
	return -1;
}

void
command_keep_memory_small(void)
{
	mallopt(M_ARENA_MAX, 2);
	mallopt(M_MMAP_THRESHOLD, 256 * 1024);
	mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

static const char version_help[] =
	"usage: walferry version\n"
	"\n"
	"Prints the versions of walferry and of the libraries it runs with.\n";

int
command_version(int count, char **arguments)
{
	int			code = command_options("version", version_help, count, arguments, NULL, 0);

	if (code >= 0)
		return code;
	printf("walferry %s\n", WALFERRY_VERSION);
	printf("frame version %d\n", WF_FRAME_VERSION);
	printf("libpq %d.%d\n", PQlibVersion() / 10000, PQlibVersion() % 10000);
	printf("librdkafka %s\n", rd_kafka_version_str());
	return EXIT_OK;
}

static const char tail_help[] =
	"usage: walferry tail --config FILE [--output record|envelope] [--lenient]\n"
	"\n"
	"Prints what is committed from now on, one line of JSON each, until it is\n"
	"interrupted.  It reads a temporary slot of its own: the configured slot is\n"
	"neither used nor moved, and nothing is sent to Kafka.  When the connection breaks,\n"
	"what is committed before the next one is not printed.  Of the configuration the\n"
	"database.* settings are enough; without topic.prefix the topics begin with tail.\n"
	"\n"
	"  --output record     a line per Kafka record (default)\n"
	"  --output envelope   a line per event, the value alone\n";

int
command_tail(int count, char **arguments)
{
	const char *path = NULL;
	const char *output = NULL;
	bool		lenient = false;
	const CommandOption options[] = {
		{"--config", NULL, &path, NULL}, {"--output", NULL, &output, NULL}, {"--lenient", &lenient, NULL, NULL}
	};
	int			code = command_options("tail", tail_help, count, arguments, options, 3);
	Config	   *config;

	if (code >= 0)
		return code;
	if (output == NULL)
		output = "record";
	if (strcmp(output, "record") != 0 && strcmp(output, "envelope") != 0)
	{
		fprintf(stderr, "walferry tail: --output is \"%s\", but it takes record or envelope\n", output);
		return EXIT_USAGE;
	}
	config = config_load_source(path, lenient);
	if (config == NULL)
		return EXIT_USAGE;
	log_init((LogLevel) config->log_level, config->log_format == CONFIG_LOG_JSON);
	control_init(config->shutdown_timeout_ms);
	code = print_run(config, NULL, output);
	config_free(config);
	return code;
}
