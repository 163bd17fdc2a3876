/*
 * forced_option.c
 *		An option that the server's policy forces, and the shipper goes by.
 *
 * Which options a policy forces only the plugin knows, and it tells the value only
 * in its error (plugin/policy_forced.c).  What the user gave that error names well.
 * Other options the shipper sends only where it acts on the value itself; then the
 * user meets a name that is nowhere in the configuration.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "forced_option.h"

#include <stdio.h>
#include <string.h>

#define NAME_SIZE 128
#define VALUE_SIZE 512

#define OF_CONVERTER ".schemas.enable"

/* What stands between the two in text, cut at size; false: they are not there. */
static bool
copy_between(char *target, size_t size, const char *text, const char *before, const char *behind)
{
	const char *start = strstr(text, before);
	const char *end = start == NULL ? NULL : strstr(start + strlen(before), behind);

	if (end == NULL)
		return false;
	start += strlen(before);
	snprintf(target, size, "%.*s", (int) (end - start), start);
	return true;
}

static bool
is_of_converter(const char *name)
{
	size_t		length = strlen(name);

	return length > strlen(OF_CONVERTER) &&
		strcmp(name + length - strlen(OF_CONVERTER), OF_CONVERTER) == 0;
}

void
forced_option_explain(const Config *config, SourceFault *fault)
{
	char		said[SOURCE_FAULT_TEXT_MAX / 2];
	char		name[NAME_SIZE];
	char		value[VALUE_SIZE];
	char		line[NAME_SIZE];
	const char *why = "it is not in the configuration, and the shipper goes by it";

	snprintf(said, sizeof(said), "%.*s", (int) sizeof(said) - 1, fault->text);
	if (!copy_between(name, sizeof(name), said, "option \"", "\" is set by the server's policy") ||
		!copy_between(value, sizeof(value), said, "detail: It is \"", "\" for this database") ||
		config_is_given(config, name))
		return;

	/* an option that another decides has that one's value */
	if (!copy_between(line, sizeof(line), said, ", because \"", "\" is set"))
		snprintf(line, sizeof(line), "%s", name);
	if (is_of_converter(name) && config_is_given(config, "schemas.enable"))
		why = "schemas.enable of the configuration says otherwise";
	source_fault(fault, true, "the server's policy sets %s to \"%s\" for this database and role; %s: "
				 "add the line %s=%s", name, value, why, line, value);
}
