/*
 * lock_holder.h
 *		Who keeps questions to the catalogue waiting.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SOURCE_LOCK_HOLDER_H
#define WALFERRY_SOURCE_LOCK_HOLDER_H

#include "query.h"

/*
 * Describes, for the middle of a sentence, who holds a lock on a table of the catalogue
 * that keeps all others from reading it, and what ends that; of several the one for longest.
 * Where nobody is found, or the question about it waits for the lock, too: what to look for.
 * False with fault filled in: the wait for the answer is over (query.h).
 */
extern bool lock_holder_describe(PGconn *connection, SourceTurn turn, void *context, char *text,
								 size_t size, SourceFault *fault);

#endif							/* WALFERRY_SOURCE_LOCK_HOLDER_H */
