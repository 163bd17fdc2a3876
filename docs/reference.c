/*
 * reference.c
 *		Prints a reference page as Markdown, from the tables in the code.
 *
 *		reference plugin-options | metrics
 *
 * A program of its own, run by `make docs`, because neither the plugin nor the
 * shipper knows the other's tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "envelope/transform.h"
#include "plugin/option_table.h"
#include "shipper/heap_buffer.h"

#define ALLOWED_BYTES_MAX 4096

static void
print_cell(const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '|')
			fputs("\\|", stdout);
		else
			putchar(*text);
	}
}

/* prefix: what stands before each name. */
static void
print_options(const char *prefix, const WfOptionSpec *specs, int count)
{
	puts("| option | takes | default | |\n|---|---|---|---|");
	for (int i = 0; i < count; i++)
	{
		WfBuffer	allowed;

		heap_buffer_init(&allowed, ALLOWED_BYTES_MAX);
		wf_option_describe_allowed(&specs[i], &allowed);
		wf_buffer_append_char(&allowed, '\0');
		printf("| `%s%s` | ", prefix, specs[i].name);
		print_cell(allowed.error == WF_BUFFER_OK ? allowed.data : "");
		if (specs[i].default_text != NULL)
			printf(specs[i].default_text[0] == '\0' ? " | %s | " : " | `%s` | ", specs[i].default_text);
		else
			fputs(" | | ", stdout);
		print_cell(specs[i].doc);
		puts(" |");
		heap_buffer_free(&allowed);
	}
}

static void
print_transforms(void)
{
	puts("\n## Of transforms\n\nFor each name in `transforms` the options `transforms.<name>.type`, "
		 "which is one of the classes below, `transforms.<name>.predicate` and "
		 "`transforms.<name>.negate`, and those of the class. What they do: "
		 "[format.md](format.md#transforms).");
	for (int i = 0; i < WF_TRANSFORM_KINDS; i++)
	{
		const WfTransformType *type = &wf_transform_types[i];

		printf("\n### `%s`\n\n", type->class_name);
		print_options("transforms.<name>.", type->settings, type->setting_count);
	}
}

static void
print_plugin_options(void)
{
	puts("# Options of the output plugin\n\n"
		 "<!-- made by `make docs` from plugin/option_table.h, envelope/option_table.c and envelope/transform_table.c -->\n\n"
		 "They are given at the start of replication, for example "
		 "`pg_recvlogical ... -P walferry -o skipped.operations=none`. An unknown option, or a value "
		 "that is not taken, is an error. What is wrong in a regular expression is told with its offset "
		 "in that one expression, in bytes and counted from 0.\n\n"
		 "## Of the plugin\n");
	print_options("", wf_plugin_options, WF_PLUGIN_OPTION_COUNT);
	puts("\n## What is written\n\nThe shipper takes the same ones in its configuration and hands them "
		 "over.\n");
	print_options("", wf_format_options, wf_format_option_count);
	print_transforms();
}

typedef enum MetricType
{
	METRIC_COUNTER,
	METRIC_GAUGE
} MetricType;

static void
print_metric(const char *name, MetricType type, const char *help)
{
	printf("| `%s` | %s | ", name, type == METRIC_COUNTER ? "counter" : "gauge");
	print_cell(help);
	puts(" |");
}

static void
print_metrics(void)
{
	puts("# Metrics of the shipper\n\n"
		 "<!-- made by `make docs` from shipper/metrics_table.h -->\n\n"
		 "Served as OpenMetrics text on `/metrics` of `http.listen`; `/status` and `walferry status` "
		 "show the same figures. "
		 "What is not known is left out, null in `/status`: with `sink=stdout` that is what its lines "
		 "do not tell (transactions, latencies, values without form) and what is Kafka's.\n\n"
		 "| metric | type | |\n|---|---|---|");
#define WF_METRIC(symbol, name, type, help) print_metric(name, type, help);
#include "shipper/metrics_table.h"
#undef WF_METRIC
}

int
main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "plugin-options") == 0)
		print_plugin_options();
	else if (argc == 2 && strcmp(argv[1], "metrics") == 0)
		print_metrics();
	else
	{
		fputs("usage: reference plugin-options | metrics\n", stderr);
		return 2;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
