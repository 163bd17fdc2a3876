/*
 * transforms.c
 *		libFuzzer target: any texts as a chain of transforms, and any topic.
 *
 * The bytes are lines: `name=value` gives an option, another is the name of a
 * topic.  What is refused has a message; a chain that was taken makes the same of
 * a topic each time, and a name that Kafka takes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/chain_plan.h"
#include "shipper/heap_buffer.h"
#include "shipper/heap_memory.h"

#include "check.h"

#define OPTIONS_MAX 64

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
set_option(WfOptions *options, char *line, char *equals, WfBuffer *error)
{
	const WfOptionSpec *spec;

	*equals = '\0';
	spec = wf_option_find(wf_format_options, wf_format_option_count, line);
	if (spec != NULL && options->transform_settings.count < OPTIONS_MAX)
		(void) wf_option_set(spec, line, equals + 1, options, error);
	wf_buffer_cut(error, 0);
}

static bool
is_legal(const WfText *topic)
{
	static const char legal[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	return topic->length > 0 && topic->length <= WF_TOPIC_LENGTH_MAX &&
		strspn(topic->bytes, legal) == topic->length;
}

static void
plan(WfTransforms *transforms, const char *name, WfChainRecords records, WfBuffer *error)
{
	static WfChainPlan plans[2];
	static WfTextForm form;
	char		topic[WF_TOPIC_LENGTH_MAX + 1] = "i.";
	size_t		length = 2;
	bool		done;

	for (; *name != '\0' && length < WF_TOPIC_LENGTH_MAX; name++)
		if (*name > ' ' && *name < 127 && strchr("\"\\/:;,*?!@#$%^&()[]{}<>|~`'=+", *name) == NULL)
			topic[length++] = *name;
	done = wf_chain_plan(&plans[0], transforms, wf_slice(topic, length), 0, records, error);
	check(done == wf_chain_plan(&plans[1], transforms, wf_slice(topic, length), 0, records,
								error));
	check(done || error->length > 0);
	if (done)
	{
		check(is_legal(&plans[0].topic));
		check(strcmp(plans[0].topic.bytes, plans[1].topic.bytes) == 0);
		wf_buffer_cut(error, 0);
		wf_chain_key_tail_write(&plans[0], error, &form);
		wf_chain_key_fields_write(&plans[0], error, &form);
	}
	wf_buffer_cut(error, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static WfOptions options;
	static WfTransforms transforms;
	char	   *text = malloc(size + 1);
	const char *topic = "";
	char	   *rest;
	WfBuffer	error;

	memset(&options, 0, sizeof(options));
	heap_buffer_init(&error, 65536);
	memcpy(text, data, size);
	text[size] = '\0';
	for (char *line = strtok_r(text, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest))
	{
		char	   *equals = strchr(line, '=');

		if (equals == NULL)
			topic = line;
		else
			set_option(&options, line, equals, &error);
	}
	check(wf_transforms_init(&transforms, &heap_memory));
	if (wf_transforms_read(&transforms, &options, &error))
	{
		check(error.length == 0);
		plan(&transforms, topic, WF_CHAIN_EVENTS, &error);
		plan(&transforms, topic, WF_CHAIN_MESSAGES, &error);
		plan(&transforms, topic, WF_CHAIN_OTHERS, &error);
	}
	else
		check(error.length > 0);
	wf_transforms_free(&transforms);
	heap_buffer_free(&error);
	free(text);
	return 0;
}
