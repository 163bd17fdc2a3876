/*
 * backoff.h
 *		How long to wait before the next attempt.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_BACKOFF_H
#define WALFERRY_BACKOFF_H

#include <stdint.h>

#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS 10000

typedef struct Backoff
{
	int64_t		next_ms;		/* 0: nothing has failed yet */
	uint32_t	random;			/* state; any seed will do */
} Backoff;

/*
 * The wait before the next attempt: doubling from BACKOFF_FIRST_MS to
 * BACKOFF_MAX_MS, less up to a quarter by chance, so that many processes that
 * failed together do not come back together.
 */
extern int64_t backoff_next_ms(Backoff *backoff);

/* An attempt succeeded. */
extern void backoff_reset(Backoff *backoff);

#endif							/* WALFERRY_BACKOFF_H */
