/*
 * position.c
 *		The text form of a position, both ways.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "position.h"

#define FIELD_DIGITS 16

static void
write_field(char *text, uint64_t value)
{
	static const char digits[] = "0123456789ABCDEF";

	for (int i = FIELD_DIGITS - 1; i >= 0; i--)
	{
		text[i] = digits[value & 15];
		value >>= 4;
	}
}

void
wf_position_text(char text[WF_POSITION_TEXT_LENGTH + 1], uint64_t epoch,
				 const WfPosition *position)
{
	write_field(text, epoch);
	text[16] = '/';
	write_field(text + 17, position->commit_lsn);
	text[33] = '/';
	write_field(text + 34, position->lsn);
	text[50] = '/';
	write_field(text + 51, position->n);
	text[WF_POSITION_TEXT_LENGTH] = '\0';
}

/* Upper case only: the text is compared as text, so there is one spelling. */
static bool
read_field(const char *text, uint64_t *value)
{
	uint64_t	result = 0;

	for (int i = 0; i < FIELD_DIGITS; i++)
	{
		char		c = text[i];

		if (c >= '0' && c <= '9')
			result = result << 4 | (uint64_t) (c - '0');
		else if (c >= 'A' && c <= 'F')
			result = result << 4 | (uint64_t) (c - 'A' + 10);
		else
			return false;
	}
	*value = result;
	return true;
}

bool
wf_position_parse(WfSlice text, uint64_t *epoch, WfPosition *position)
{
	uint64_t	field[4];

	if (text.length != WF_POSITION_TEXT_LENGTH)
		return false;
	for (int i = 0; i < 4; i++)
	{
		const char *start = text.data + i * (FIELD_DIGITS + 1);

		if (i > 0 && start[-1] != '/')
			return false;
		if (!read_field(start, &field[i]))
			return false;
	}
	if (field[3] > UINT32_MAX)
		return false;

	*epoch = field[0];
	position->commit_lsn = field[1];
	position->lsn = field[2];
	position->n = (uint32_t) field[3];
	return true;
}
