/*
 * renamed_option.c
 *		Names that options had in old versions of Debezium.
 *
 * They are not taken, since not all their values mean the same today; who uses
 * one is told today's.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "renamed_option.h"

#include <stddef.h>
#include <string.h>

const WfRenamedOption *
wf_renamed_option_find(const char *name)
{
	static const WfRenamedOption renamed[] = {
		{"column.blacklist", "column.exclude.list", ""},
		{"column.whitelist", "column.include.list", ""},
		{"database.server.name", "topic.prefix", ""},
		{"sanitize.field.names", "field.name.adjustment.mode", ": avro for true"},
		{"schema.blacklist", "schema.exclude.list", ""},
		{"schema.whitelist", "schema.include.list", ""},
		{"table.blacklist", "table.exclude.list", ""},
		{"table.whitelist", "table.include.list", ""},
		{"toasted.value.placeholder", "unavailable.value.placeholder", ""},
		{"truncate.handling.mode", "skipped.operations", ": t, its default, for skip, none for include"}
	};

	for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
	{
		if (strcmp(renamed[i].name, name) == 0)
			return &renamed[i];
	}
	return NULL;
}
