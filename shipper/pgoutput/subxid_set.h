/*
 * subxid_set.h
 *		The numbers of a transaction's aborted subtransactions.
 *
 * A hash table of words of 64 bits: subtransactions get their numbers one after the
 * other, so that of a loop that fails again and again most bits of a word are used.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PGOUTPUT_SUBXID_SET_H
#define WALFERRY_PGOUTPUT_SUBXID_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct SubxidWord
{
	uint32_t	number;			/* the xids number * 64 to number * 64 + 63 */
	uint64_t	bits;			/* 0: the place is free */
} SubxidWord;

/* All zeros is an empty set. */
typedef struct SubxidSet
{
	SubxidWord *words;			/* heap */
	uint32_t	places;			/* a power of two, or 0 */
	uint32_t	used;			/* places, three quarters of them at most */
} SubxidSet;

extern bool subxid_set_has(const SubxidSet *set, uint32_t xid);

/* False, changing nothing, if it would take more than bytes_max or there is no memory. */
extern bool subxid_set_add(SubxidSet *set, uint32_t xid, size_t bytes_max);

/* Memory that it takes. */
static inline size_t
subxid_set_bytes(const SubxidSet *set)
{
	return set->places * sizeof(SubxidWord);
}

/* Empties it and frees its memory. */
extern void subxid_set_clear(SubxidSet *set);

#endif							/* WALFERRY_PGOUTPUT_SUBXID_SET_H */
