/*
 * backoff.c
 *		How long to wait before the next attempt.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "backoff.h"

int64_t
backoff_next_ms(Backoff *backoff)
{
	int64_t		wait_ms = backoff->next_ms > 0 ? backoff->next_ms : BACKOFF_FIRST_MS;

	backoff->next_ms = wait_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : wait_ms * 2;
	backoff->random = backoff->random * 1664525u + 1013904223u;
	return wait_ms - (int64_t) (backoff->random >> 16) * (wait_ms / 4) / 65536;
}

void
backoff_reset(Backoff *backoff)
{
	backoff->next_ms = 0;
}
