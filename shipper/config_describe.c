/*
 * config_describe.c
 *		The reference of all settings as Markdown, from the tables.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "config.h"

#include <inttypes.h>

#include "config_table.h"
#include "heap_buffer.h"

#define ALLOWED_BYTES_MAX 4096

/* Markdown's table cells end at a bar. */
static void
print_cell(FILE *out, const char *text)
{
	for (; *text != '\0'; text++)
	{
		if (*text == '|')
			fputs(", ", out);
		else
			fputc(*text, out);
	}
}

static void
print_default(FILE *out, const char *text)
{
	if (text == NULL)
		fputs(" | ", out);
	else if (text[0] == '\0')
		fputs(" | empty", out);
	else
		fprintf(out, " | `%s`", text);
}

static void
describe_own(FILE *out, const ConfigSpec *spec)
{
	fprintf(out, "| `%s` | ", spec->name);
	switch (spec->type)
	{
		case CONFIG_TEXT:
			fputs("text", out);
			break;
		case CONFIG_INT:
			fprintf(out, "%" PRId64 " to %" PRId64, spec->minimum, spec->maximum);
			break;
		case CONFIG_BOOL:
			fputs("true, false", out);
			break;
		case CONFIG_CHOICE:
		case CONFIG_WORD:
			print_cell(out, spec->choices);
			break;
	}
	print_default(out, spec->default_text);
	fputs(" | ", out);
	print_cell(out, spec->doc);
	fputs(" |\n", out);
}

static void
describe_format(FILE *out, const WfOptionSpec *spec)
{
	WfBuffer	allowed;

	heap_buffer_init(&allowed, ALLOWED_BYTES_MAX);
	wf_option_describe_allowed(spec, &allowed);
	wf_buffer_append_char(&allowed, '\0');
	fprintf(out, "| `%s` | ", spec->name);
	print_cell(out, allowed.data != NULL ? allowed.data : "");
	print_default(out, spec->default_text);
	fputs(" | ", out);
	print_cell(out, spec->doc);
	fputs(" |\n", out);
	heap_buffer_free(&allowed);
}

static void
describe_debezium(FILE *out)
{
	fputs("\n## Debezium's other settings\n\n"
		  "They are accepted where what they ask for is what happens anyway. A name that ends in `*` "
		  "stands for a family.\n\n"
		  "| setting | accepted values |\n|---|---|\n", out);
	for (int i = 0; i < debezium_setting_count; i++)
	{
		const DebeziumSetting *setting = &debezium_settings[i];

		fprintf(out, "| `%s` | ", setting->name);
		if (setting->allowed == NULL)
			fputs("any; no effect here, named in a warning", out);
		else if (setting->allowed[0] == '\0')
			fputs("none: not supported yet", out);
		else
			fprintf(out, "`%s`", setting->allowed);
		fputs(" |\n", out);
	}
}

void
config_describe(FILE *out)
{
	fputs("# Configuration of the shipper\n\n"
		  "<!-- made by `make docs` from the tables in shipper/config_table.c and "
		  "envelope/options.c -->\n\n"
		  "`walferry run --config FILE` reads a Java-style `.properties` file. The environment comes on "
		  "top: `WALFERRY_CONFIG` holds a whole file as text, `WALFERRY_TOPIC_PREFIX` stands for "
		  "`topic.prefix`, and so for every fixed name. A value may be `${file:/path}`, "
		  "`${file:/path:key}` or `${env:NAME}`. What is wrong in a regular expression is told with its "
		  "offset in that one expression, in bytes and counted from 0.\n\n"
		  "`kafka.<name>` sets librdkafka's `<name>`, for producer and consumer. These are walferry's "
		  "own:", out);
	for (int i = 0; i < kafka_reserved_count; i++)
		fprintf(out, "%s `%s`", i > 0 ? "," : "", kafka_reserved[i].name);
	fputs(".\n\nThese must be given, because what Debezium does without them is not supported "
		  "yet:\n\n```\n", out);
	for (int i = 0; i < demanded_setting_count; i++)
		fprintf(out, "%s\n", demanded_settings[i].line);
	fputs("```\n", out);

	for (int section = 0; section < SECTION_COUNT; section++)
	{
		fprintf(out, "\n## %s\n\n| setting | takes | default | |\n|---|---|---|---|\n",
				config_section_titles[section]);
		for (int i = 0; i < config_spec_count; i++)
		{
			if (config_specs[i].section == (ConfigSection) section)
				describe_own(out, &config_specs[i]);
		}
	}
	fputs("\n## What is written\n\n| setting | takes | default | |\n|---|---|---|---|\n", out);
	for (int i = 0; i < wf_format_option_count; i++)
		describe_format(out, &wf_format_options[i]);
	describe_debezium(out);
}
