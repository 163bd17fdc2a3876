/*
 * status.h
 *		What each leg is doing, for /live, /ready, /status and `walferry status`.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_STATUS_H
#define WALFERRY_STATUS_H

#include <stdbool.h>

#include "envelope/buffer.h"

typedef enum Leg
{
	LEG_CAPTURE,				/* slot -> Kafka (or stdout) */
	LEG_LOADER,					/* Kafka -> BigQuery */
	LEG_COUNT
} Leg;

typedef enum LegState
{
	LEG_OFF,					/* not configured */
	LEG_STARTING,
	LEG_RUNNING,				/* connected and moving; the only ready state */
	LEG_WAITING,				/* a peer is away; trying again */
	LEG_STOPPING,
	LEG_STOPPED,
	LEG_FAILED					/* ended for good; see the error */
} LegState;

#define LEG_ERROR_MAX 1024		/* bytes of an error text that are kept */

/* error: what went wrong last, NULL to keep what is there, "" to clear it. */
extern void status_set(Leg leg, LegState state, const char *error);

/* A leg's loop calls this every turn; /live fails after 30 s without. */
extern void status_beat(Leg leg);

#define STATUS_LIVE_SECONDS 30

extern bool status_live(void);
extern bool status_ready(void);

/* Appends why status_ready() is false, one line. */
extern void status_write_unready(WfBuffer *buffer);

/* Appends the /status document: state and error of each leg, all metrics. */
extern void status_write_json(WfBuffer *buffer);

#endif							/* WALFERRY_STATUS_H */
