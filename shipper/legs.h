/*
 * legs.h
 *		The two legs, each run by a thread of its own until it is told to stop.
 *
 * A leg reconnects for ever, with back-off, to whatever it needs; it returns
 * only after a stop request (exit code 0) or when going on can never work
 * (another code; the reason is logged and in status).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_LEGS_H
#define WALFERRY_LEGS_H

#include "config.h"

/* Exit codes of walferry, the same for every verb. */
enum
{
	EXIT_OK = 0,
	EXIT_FAILED = 1,			/* something that cannot work as it stands */
	EXIT_USAGE = 2,				/* wrong command line or configuration */
	EXIT_NOT_DRAINED = 3		/* stopped before everything was delivered; nothing
								 * is lost, the slot keeps it */
};

/* slot -> Kafka, or stdout */
extern int	capture_run(const Config *config);

/* Kafka -> BigQuery */
extern int	loader_run(const Config *config);

#endif							/* WALFERRY_LEGS_H */
