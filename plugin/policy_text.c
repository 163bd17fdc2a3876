/*
 * policy_text.c
 *		The text of walferry.policy, read.
 *
 *		policy	= { part }
 *		part	= name "/" name "{" [ setting { ";" setting } ] [ ";" ] "}"
 *		setting	= name "=" value
 *
 * A name ends at a blank or at one of / { } = ; and a value at ; or }, unless it
 * stands in double quotes, within which "" is one.  A regular expression with
 * any of these signs therefore needs quotes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "policy_text.h"

typedef struct Reader
{
	const char *text;
	const char *next;
	char	   *fault;
} Reader;

static void
complain(Reader *reader, const char *wanted)
{
	if (reader->fault == NULL)
		reader->fault = psprintf("There should be %s at offset %d.", wanted,
								 (int) (reader->next - reader->text));
}

static void
skip_blanks(Reader *reader)
{
	while (*reader->next != '\0' && strchr(" \t\r\n", *reader->next) != NULL)
		reader->next++;
}

/* Whether the next sign is this one; then it is behind us. */
static bool
take(Reader *reader, char sign)
{
	skip_blanks(reader);
	if (*reader->next != sign)
		return false;
	reader->next++;
	return true;
}

static char *
read_quoted(Reader *reader)
{
	StringInfoData result;

	initStringInfo(&result);
	for (reader->next++; *reader->next != '\0'; reader->next++)
	{
		if (*reader->next == '"' && *++reader->next != '"')
			return result.data;
		appendStringInfoChar(&result, *reader->next);
	}
	complain(reader, "a closing quote");
	return result.data;
}

/* Up to one of the signs; wanted says what it is, if it may not be empty. */
static char *
read_word(Reader *reader, const char *signs, const char *wanted)
{
	const char *start;
	size_t		length;

	skip_blanks(reader);
	if (*reader->next == '"')
		return read_quoted(reader);
	start = reader->next;
	while (*reader->next != '\0' && strchr(signs, *reader->next) == NULL)
		reader->next++;
	length = reader->next - start;
	while (length > 0 && strchr(" \t\r\n", start[length - 1]) != NULL)
		length--;
	if (length == 0)
		complain(reader, wanted);
	return pnstrdup(start, length);
}

static WfPolicySetting *
read_setting(Reader *reader)
{
	WfPolicySetting *setting = palloc0(sizeof(WfPolicySetting));

	setting->name = read_word(reader, " \t\r\n/{}=;", "an option's name");
	if (!take(reader, '='))
		complain(reader, "a \"=\" behind an option's name");
	setting->value = read_word(reader, ";}", "an option's value");
	return setting;
}

static WfPolicyPart *
read_part(Reader *reader)
{
	WfPolicyPart *part = palloc0(sizeof(WfPolicyPart));

	part->database = read_word(reader, " \t\r\n/{}=;", "a database's name or *");
	if (!take(reader, '/'))
		complain(reader, "a \"/\" between database and role");
	part->role = read_word(reader, " \t\r\n/{}=;", "a role's name or *");
	if (!take(reader, '{'))
		complain(reader, "a \"{\" behind the role");
	while (reader->fault == NULL && !take(reader, '}'))
	{
		part->settings = lappend(part->settings, read_setting(reader));
		skip_blanks(reader);
		if (*reader->next != '}' && !take(reader, ';'))
			complain(reader, "a \";\" or \"}\" behind an option's value");
	}
	return part;
}

List *
wf_policy_read(const char *text, char **fault)
{
	Reader		reader = {text, text, NULL};
	List	   *parts = NIL;

	for (;;)
	{
		skip_blanks(&reader);
		if (reader.fault != NULL || *reader.next == '\0')
			break;
		parts = lappend(parts, read_part(&reader));
	}
	*fault = reader.fault;
	return reader.fault == NULL ? parts : NIL;
}
