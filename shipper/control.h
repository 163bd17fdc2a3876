/*
 * control.h
 *		Stop requests, and sleeping that a stop request ends.
 *
 * The first SIGTERM or SIGINT asks for a drain: legs stop reading, deliver what
 * they hold, and return, all before the deadline (shutdown.timeout.ms).  The
 * second asks to leave at once.  Each leg has a thread of its own and looks at
 * control_stop() every turn of its loop.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONTROL_H
#define WALFERRY_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

typedef enum ControlStop
{
	CONTROL_RUN = 0,
	CONTROL_DRAIN,				/* finish in order, within the deadline */
	CONTROL_NOW					/* leave at once */
} ControlStop;

/* Installs the signal handlers.  Call once, before any thread starts. */
extern void control_init(int64_t shutdown_timeout_ms);

/* CONTROL_NOW also once the deadline of a drain has passed. */
extern ControlStop control_stop(void);

/* Asks for a drain from inside, for example when a leg failed for good. */
extern void control_request_drain(void);

/*
 * A descriptor that polls readable once a stop was requested (it stays
 * readable), for loops that wait in poll(2).
 */
extern int	control_stop_fd(void);

/* Sleeps up to timeout_ms; returns early, and true, when a stop was requested. */
extern bool control_sleep(int64_t timeout_ms);

/* Monotonic clock in milliseconds. */
extern int64_t control_now_ms(void);

/* The time of day in microseconds since 1970. */
extern int64_t control_wall_clock_us(void);

#endif							/* WALFERRY_CONTROL_H */
