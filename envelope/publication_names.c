/*
 * publication_names.c
 *		A list of publications' names, written as in SQL.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publication_names.h"

#define TEXT(number) TEXT_OF(number)
#define TEXT_OF(number) #number

/* scansup.c, scanner_isspace() */
#define BLANKS " \t\n\r\f\v"

static const char *
skip_blanks(const char *text)
{
	return text + strspn(text, BLANKS);
}

/* Passes over a name, which is appended unless name is NULL.  NULL if there is none. */
static const char *
read_quoted(const char *text, WfBuffer *name)
{
	const char *start = ++text;

	for (;; text++)
	{
		if (*text == '\0')
			return NULL;
		if (*text == '"' && *++text != '"')
			return text - 1 > start ? text : NULL;
		if (name != NULL)
			wf_buffer_append_char(name, *text);
	}
}

static const char *
read_plain(const char *text, WfBuffer *name)
{
	size_t		length = strcspn(text, BLANKS ",\"");

	if (length == 0 || text[length] == '"')
		return NULL;
	for (size_t i = 0; name != NULL && i < length; i++)
		wf_buffer_append_char(name, text[i] >= 'A' && text[i] <= 'Z' ?
							  (char) (text[i] + ('a' - 'A')) : text[i]);
	return text + length;
}

/* Passes over a name, blanks around it and a comma behind it; NULL if that is not there. */
static const char *
read_name(const char *text, WfBuffer *name)
{
	text = skip_blanks(text);
	text = *text == '"' ? read_quoted(text, name) : read_plain(text, name);
	if (text == NULL)
		return NULL;
	text = skip_blanks(text);
	if (*text == '\0')
		return text;

	/* a comma has a name behind it */
	return *text == ',' && *skip_blanks(text + 1) != '\0' ? text + 1 : NULL;
}

const char *
wf_publication_names_check(const char *list)
{
	int			count = 0;

	do
		list = read_name(list, NULL);
	while (list != NULL && ++count <= WF_PUBLICATION_NAMES_MAX && *list != '\0');
	return list != NULL && *list == '\0' && count <= WF_PUBLICATION_NAMES_MAX ? NULL :
		"1 to " TEXT(WF_PUBLICATION_NAMES_MAX) " names of publications, separated by commas, those "
		"with capital letters or signs in double quotes";
}

bool
wf_publication_names_next(const char **rest, WfBuffer *name)
{
	const char *next = **rest != '\0' ? read_name(*rest, name) : NULL;

	if (next == NULL)
		return false;
	*rest = next;
	return true;
}
