/*
 * control.c
 *		Stop requests by signal, seen by every thread.
 *
 * A signal handler may only store to lock-free atomics and write(2), so the
 * whole state is two atomics and a pipe that nobody ever reads: one byte in it
 * makes its reading end readable for good, in every loop that polls it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_int stop_level = CONTROL_RUN;
static atomic_llong drain_deadline_ms = 0;
static int64_t drain_timeout_ms = 25000;
static int	stop_pipe[2] = {-1, -1};

int64_t
control_now_ms(void)
{
	struct timespec now;

	/* clock_gettime is async-signal-safe (signal-safety(7)) */
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
raise_stop(bool again)
{
	int			expected = CONTROL_RUN;

	/* the deadline is set before anybody can see the drain it belongs to */
	if (atomic_load(&drain_deadline_ms) == 0)
		atomic_store(&drain_deadline_ms, control_now_ms() + drain_timeout_ms);
	if (!atomic_compare_exchange_strong(&stop_level, &expected, CONTROL_DRAIN) && again)
		atomic_store(&stop_level, CONTROL_NOW);
	if (stop_pipe[1] >= 0)
	{
		/* a full pipe is readable already: nothing to do about a failure */
		ssize_t		written = write(stop_pipe[1], "", 1);

		(void) written;
	}
}

static void
on_stop_signal(int signal_number)
{
	int			saved_errno = errno;

	(void) signal_number;
	raise_stop(true);
	errno = saved_errno;
}

void
control_init(int64_t shutdown_timeout_ms)
{
	struct sigaction action;

	drain_timeout_ms = shutdown_timeout_ms;
	if (pipe2(stop_pipe, O_CLOEXEC | O_NONBLOCK) != 0)
		abort();				/* out of descriptors before anything began */

	memset(&action, 0, sizeof(action));
	sigemptyset(&action.sa_mask);
	action.sa_handler = on_stop_signal;
	action.sa_flags = SA_RESTART;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);

	/* a peer that closes its socket is an error code, not a signal */
	action.sa_handler = SIG_IGN;
	sigaction(SIGPIPE, &action, NULL);
}

ControlStop
control_stop(void)
{
	int			level = atomic_load(&stop_level);

	if (level == CONTROL_DRAIN && control_now_ms() >= atomic_load(&drain_deadline_ms))
		return CONTROL_NOW;
	return (ControlStop) level;
}

void
control_request_drain(void)
{
	raise_stop(false);
}

int
control_stop_fd(void)
{
	return stop_pipe[0];
}

bool
control_sleep(int64_t timeout_ms)
{
	int64_t		until = control_now_ms() + timeout_ms;

	for (;;)
	{
		struct pollfd descriptor = {.fd = stop_pipe[0], .events = POLLIN};
		int64_t		left = until - control_now_ms();

		if (control_stop() != CONTROL_RUN)
			return true;
		if (left <= 0)
			return false;
		(void) poll(&descriptor, 1, left > 1000 ? 1000 : (int) left);
	}
}

int64_t
control_wall_clock_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
