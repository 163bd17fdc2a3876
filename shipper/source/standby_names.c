/*
 * standby_names.c
 *		Whom synchronous_standby_names takes for a standby.
 *
 * The server has taken the value, so its grammar (syncrep_gram.y) does not matter here: what
 * stands in quotes, or between blanks, commas and parentheses, is a name, a number or FIRST
 * or ANY.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "standby_names.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define SEPARATORS " \t\r\n\f\v,()"

/* Compares a name in quotes, in which two stand for one; *at moves behind it. */
static bool
is_quoted_name(const char **at, const char *name)
{
	const char *p = *at + 1;
	bool		same = true;

	for (; *p != '\0' && (*p != '"' || p[1] == '"'); p++)
	{
		if (*p == '"')
			p++;
		same = same && *name != '\0' && strncasecmp(p, name, 1) == 0;
		if (same)
			name++;
	}
	*at = *p == '"' ? p + 1 : p;
	return same && *name == '\0';
}

static bool
is_bare_name(const char **at, const char *name)
{
	const char *begin = *at;
	size_t		length = strcspn(begin, SEPARATORS "\"");

	*at = begin + length;
	return length == strlen(name) && strncasecmp(begin, name, length) == 0;
}

static bool
is_name(const char **at, const char *name)
{
	return **at == '"' ? is_quoted_name(at, name) : is_bare_name(at, name);
}

bool
standby_names_have(const char *names, const char *application_name)
{
	for (names += strspn(names, SEPARATORS); *names != '\0'; names += strspn(names, SEPARATORS))
	{
		const char *again = names;

		if (is_name(&names, application_name) || is_name(&again, "*"))
			return true;
	}
	return false;
}
