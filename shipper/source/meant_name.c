/*
 * meant_name.c
 *		Whether somebody who wrote a list may have meant a name.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "meant_name.h"

#include <ctype.h>

static bool
is_of_name(char c)
{
	return isalnum((unsigned char) c) || c == '_' || c == '$' || (unsigned char) c >= 0x80;
}

bool
meant_name_is_in(WfSlice text, WfSlice name)
{
	for (size_t at = 0; name.length > 0 && at + name.length <= text.length; at++)
	{
		size_t		end = at + name.length;

		if (memcmp(text.data + at, name.data, name.length) == 0 &&
			(at == 0 || !is_of_name(text.data[at - 1])) &&
			(end == text.length || !is_of_name(text.data[end])))
			return true;
	}
	return false;
}
