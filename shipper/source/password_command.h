/*
 * password_command.h
 *		A command that prints a password.
 *
 * The command runs under /bin/sh, as people write it: with arguments, quotes, pipes and
 * variables.  That opens no door, for whoever writes the configuration decides what
 * walferry does anyway, and nothing else gets into the text.  It inherits walferry's
 * environment, but no descriptor.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PASSWORD_COMMAND_H
#define WALFERRY_PASSWORD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "query.h"

#define PASSWORD_BYTES_MAX 16384
#define PASSWORD_COMMAND_TIMEOUT_MS 10000

/*
 * Writes the first line of what the command prints into password, without its end, for
 * the caller to wipe.  False with fault filled in: the command cannot be run, ends with
 * another code than 0 (then with what it said on stderr), prints nothing, or takes more
 * than timeout_ms, after which it is ended with all it started, as at a stop request, and
 * when the caller's turn says so (NULL: it wants none).
 */
extern bool password_command_run(const char *command, int64_t timeout_ms, SourceTurn turn,
								 void *context, char password[PASSWORD_BYTES_MAX + 1],
								 SourceFault *fault);

#endif							/* WALFERRY_PASSWORD_COMMAND_H */
