/*
 * default_text.c
 *		A default expression as the plugin prints it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "default_text.h"

static bool
opens(char c)
{
	return c == '(' || c == '[';
}

WfSlice
default_text(Arena *arena, WfSlice printed)
{
	char	   *text = arena_take(arena, printed.length);
	size_t		length = 0;
	char		quote = '\0';	/* inside of a literal or name: its mark */

	if (text == NULL)
		return wf_slice(NULL, 0);
	for (size_t i = 0; i < printed.length; i++)
	{
		char		c = printed.data[i];

		if (quote != '\0')
			quote = c == quote ? '\0' : quote;	/* a doubled one opens again */
		else if (c == '\'' || c == '"')
			quote = c;
		else if (c == '\n')
		{
			while (i + 1 < printed.length && printed.data[i + 1] == ' ')
				i++;
			if (length == 0 || opens(text[length - 1]))
				continue;
			c = ' ';
		}
		text[length++] = c;
	}
	return wf_slice(text, length);
}
