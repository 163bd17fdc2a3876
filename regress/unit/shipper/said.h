/*
 * said.h
 *		What is written to stderr between two calls.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SAID_H
#define WALFERRY_SAID_H

#include <stdio.h>
#include <unistd.h>

static char said[65536];
static int	saved_stderr;
static FILE *captured;

static inline void
capture_begin(void)
{
	captured = tmpfile();
	saved_stderr = dup(STDERR_FILENO);
	dup2(fileno(captured), STDERR_FILENO);
}

static inline void
capture_end(void)
{
	size_t		length;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	rewind(captured);
	length = fread(said, 1, sizeof(said) - 1, captured);
	said[length] = '\0';
	fclose(captured);
}

#endif							/* WALFERRY_SAID_H */
