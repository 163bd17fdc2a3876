/*
 * rules.c
 *		libFuzzer target: any texts as filters, masks and keys, and any names.
 *
 * The bytes are lines: `name=value` gives an option, the last line is the name
 * of a table and of a column.  Whatever the options, deciding ends soon; what is
 * refused has a message; and an expression that was taken decides the same
 * each time.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdlib.h>

#include "envelope/rules.h"
#include "shipper/heap_buffer.h"
#include "shipper/heap_memory.h"

#include "check.h"

int			LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
find_salt(void *host, WfSlice text, WfSlice *salt, WfBuffer *error)
{
	(void) host;
	(void) error;
	*salt = text;
	return true;
}

static void
set_option(WfRules *rules, WfSlice line, WfBuffer *error)
{
	const char *equals = line.length > 0 ? memchr(line.data, '=', line.length) : NULL;
	char		name[256];
	size_t		length;
	int			count = rules->count;

	if (equals == NULL || (length = equals - line.data) >= sizeof(name))
		return;
	memcpy(name, line.data, length);
	name[length] = '\0';
	wf_buffer_cut(error, 0);
	if (wf_rules_set(rules, name, wf_slice(equals + 1, line.length - length - 1), find_salt, NULL,
					 error))
		check(rules->count == count + 1 && wf_rules_is_option(name));
	else
		check(rules->count == count && error->length > 0);
}

static void
decide(WfRules *rules, WfSlice name, WfBuffer *error)
{
	WfRuleTable root = {WF_LITERAL("shop"), WF_LITERAL("public"), WF_LITERAL("root"), NULL};
	WfRuleTable table = {WF_LITERAL("shop"), WF_LITERAL("public"), name, &root};
	WfRuleColumn column = {.name = name, .type_name = WF_LITERAL("text"), .is_character = true};
	WfColumnRule rule;
	WfSlice		names[3] = {WF_LITERAL("a"), name, WF_LITERAL("b")};
	int			indexes[3];
	int			count;
	WfMatch		first = wf_rules_table(rules, &table, error);

	check(wf_rules_table(rules, &table, error) == first);
	(void) wf_rules_message(rules, name, error);
	if (wf_rules_column(rules, &table, &column, &rule, error))
		check((rule.action == WF_COLUMN_HASH) == (rule.hash != NULL) && rule.length >= 0);
	if (wf_rules_key(rules, &table, names, 3, indexes, 3, &count, error))
		check(count >= 0 && count <= 3);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	WfBuffer	error;
	WfRules		rules;
	size_t		start = 0;

	heap_buffer_init(&error, 64 * 1024);
	check(wf_rules_init(&rules, &heap_memory, NULL));
	for (size_t i = 0; i < size; i++)
		if (data[i] == '\n')
		{
			set_option(&rules, wf_slice((const char *) data + start, i - start), &error);
			start = i + 1;
		}
	wf_buffer_cut(&error, 0);
	(void) wf_rules_check(&rules, &error);
	decide(&rules, wf_slice((const char *) data + start, size - start), &error);
	wf_rules_free(&rules);
	heap_buffer_free(&error);
	return 0;
}
