/*
 * json_expand.c
 *		libFuzzer target: any bytes as a payload that is to be expanded.
 *
 * What is expanded is JSON again, and so is its schema; expanding it anew gives
 * the same once more.  In ASCII it is as well-formed.  Without the members that
 * repeat it is JSON in which none does.  The first byte chooses the rules.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>
#include <string.h>

#include "envelope/json_expand.h"
#include "envelope/json_reader.h"
#include "shipper/heap_buffer.h"

#include "check.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CEILING (16 * 1024 * 1024)

static WfBuffer nodes;
static WfBuffer names;
static WfBuffer first;
static WfBuffer second;
static WfBuffer schema;

static bool
is_json(WfSlice text)
{
	WfJsonReader reader;
	WfJsonToken token;

	wf_json_reader_init(&reader, text.data, text.length);
	while ((token = wf_json_next(&reader)) != WF_TOKEN_ERROR && token != WF_TOKEN_END)
		;
	return token == WF_TOKEN_END;
}

static bool
expand(WfSlice text, const WfJsonExpandRules *rules, bool ascii_only, WfBuffer *value)
{
	WfTextForm	form = {.ascii_only = ascii_only};
	WfJsonExpansion expansion;

	wf_buffer_cut(value, 0);
	wf_buffer_cut(&schema, 0);
	if (!wf_json_expand(&expansion, text, rules, &nodes, &names))
		return false;
	wf_json_expand_value(&expansion, value, &form);
	if (!rules->has_no_schema)
		wf_json_expand_schema(&expansion, &schema, &form, WF_LITERAL("payload"), WF_LITERAL("f"));
	return true;
}

/* An infinite double becomes a string, which an array of doubles does not take. */
static bool
holds_infinity(WfSlice text)
{
	return memmem(text.data, text.length, "Infinity", strlen("Infinity")) != NULL;
}

static void
check_repeated(WfSlice text)
{
	WfJsonExpansion expansion;
	WfSlice		once;

	if (!wf_json_drop_repeated(&expansion, text, &nodes, &names, &first))
	{
		check(expansion.fault != NULL || is_json(text));
		return;
	}
	once = wf_buffer_since(&first, 0);
	check(once.length == text.length && is_json(once));
	check(!wf_json_drop_repeated(&expansion, once, &nodes, &names, &second));
	check(expansion.fault == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfJsonExpandRules rules;
	WfSlice		text;

	if (size == 0)
		return 0;
	rules.keep_nulls = (data[0] & 1) != 0;
	rules.keep_empty_arrays = (data[0] & 2) != 0;
	rules.is_lenient = (data[0] & 12) != 0;
	rules.has_no_schema = (data[0] & 8) != 0;
	text = wf_slice((const char *) data + 1, size - 1);
	heap_buffer_init(&nodes, CEILING);
	heap_buffer_init(&names, CEILING);
	heap_buffer_init(&first, CEILING);
	heap_buffer_init(&second, CEILING);
	heap_buffer_init(&schema, CEILING);
	if (expand(text, &rules, false, &first))
	{
		check(is_json(text));
		check(rules.has_no_schema || is_json(wf_buffer_since(&schema, 0)));

		/*
		 * members that only neighbours have are null now, and left out, or
		 * bytes
		 */
		check(is_json(wf_buffer_since(&first, 0)));
		if (expand(wf_buffer_since(&first, 0), &rules, true, &second))
		{
			check(is_json(wf_buffer_since(&second, 0)));
			check(rules.has_no_schema || is_json(wf_buffer_since(&schema, 0)));
		}
		else
			check(holds_infinity(wf_buffer_since(&first, 0)));
	}
	check_repeated(text);
	heap_buffer_free(&nodes);
	heap_buffer_free(&names);
	heap_buffer_free(&first);
	heap_buffer_free(&second);
	heap_buffer_free(&schema);
	return 0;
}
