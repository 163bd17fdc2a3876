/*
 * subxid_set.c
 *		The numbers of a transaction's aborted subtransactions.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "subxid_set.h"

#include <stdlib.h>
#include <string.h>

#define XIDS_PER_WORD 64
#define FIRST_PLACES 16

/* Where the word of that number is, or the free place for it. */
static SubxidWord *
place_of(SubxidWord *words, uint32_t places, uint32_t number)
{
	/* 2^32 divided by the golden ratio scatters neighbours */
	uint32_t	place = number * UINT32_C(2654435769) & (places - 1);

	while (words[place].bits != 0 && words[place].number != number)
		place = (place + 1) & (places - 1);
	return &words[place];
}

static uint64_t
bit_of(uint32_t xid)
{
	return UINT64_C(1) << xid % XIDS_PER_WORD;
}

static bool
grow(SubxidSet *set, size_t bytes_max)
{
	uint32_t	places = set->places > 0 ? set->places * 2 : FIRST_PLACES;
	SubxidWord *words;

	if (places * sizeof(SubxidWord) > bytes_max)
		return false;
	words = calloc(places, sizeof(SubxidWord));
	if (words == NULL)
		return false;
	for (uint32_t i = 0; i < set->places; i++)
	{
		if (set->words[i].bits != 0)
			*place_of(words, places, set->words[i].number) = set->words[i];
	}
	free(set->words);
	set->words = words;
	set->places = places;
	return true;
}

bool
subxid_set_has(const SubxidSet *set, uint32_t xid)
{
	return set->used > 0 &&
		(place_of(set->words, set->places, xid / XIDS_PER_WORD)->bits & bit_of(xid)) != 0;
}

bool
subxid_set_add(SubxidSet *set, uint32_t xid, size_t bytes_max)
{
	uint32_t	number = xid / XIDS_PER_WORD;
	SubxidWord *word = set->places > 0 ? place_of(set->words, set->places, number) : NULL;

	if (word == NULL || word->bits == 0)
	{
		if ((set->used + 1) * UINT64_C(4) > set->places * UINT64_C(3) && !grow(set, bytes_max))
			return false;
		word = place_of(set->words, set->places, number);
		word->number = number;
		set->used++;
	}
	word->bits |= bit_of(xid);
	return true;
}

void
subxid_set_clear(SubxidSet *set)
{
	free(set->words);
	memset(set, 0, sizeof(*set));
}
