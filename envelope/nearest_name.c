/*
 * nearest_name.c
 *		Which known name somebody may have meant who wrote an unknown one.
 *
 * Near is what is made of it by edits for at most a third of its characters, so
 * a short name is not taken for another by chance.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "nearest_name.h"

#include <string.h>

void
wf_nearest_name_begin(WfNearestName *search, const char *unknown)
{
	search->unknown = unknown;
	search->nearest = NULL;
	search->distance = WF_NEAREST_NAME_MAX + 1;
}

/* Number of single-character edits between a and b, both at most WF_NEAREST_NAME_MAX long. */
static int
edit_distance(const char *a, int a_length, const char *b, int b_length)
{
	int			row[WF_NEAREST_NAME_MAX + 1];

	for (int j = 0; j <= b_length; j++)
		row[j] = j;
	for (int i = 1; i <= a_length; i++)
	{
		int			diagonal = row[0];

		row[0] = i;
		for (int j = 1; j <= b_length; j++)
		{
			int			change = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < change)
				change = row[j] + 1;
			if (row[j - 1] + 1 < change)
				change = row[j - 1] + 1;
			row[j] = change;
		}
	}
	return row[b_length];
}

void
wf_nearest_name_try(WfNearestName *search, const char *name, const char *spelling)
{
	size_t		length = strlen(spelling);
	size_t		unknown_length = strlen(search->unknown);
	int			distance;

	if (length > 0 && spelling[length - 1] == '.' && unknown_length > length)
		unknown_length = length;
	if (length > WF_NEAREST_NAME_MAX || unknown_length > WF_NEAREST_NAME_MAX)
		return;
	distance = edit_distance(search->unknown, (int) unknown_length, spelling, (int) length);
	if (distance < search->distance && distance <= (int) unknown_length / 3)
	{
		search->distance = distance;
		search->nearest = name;
	}
}
