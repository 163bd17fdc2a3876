/*
 * check.h
 *		What a fuzz target says must hold: else the run ends, and keeps the bytes.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_FUZZ_CHECK_H
#define WALFERRY_FUZZ_CHECK_H

#include <stdbool.h>
#include <stdlib.h>

static inline void
check(bool claim)
{
	if (!claim)
		abort();
}

#endif							/* WALFERRY_FUZZ_CHECK_H */
