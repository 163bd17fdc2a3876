/*
 * commands.h
 *		The verbs of `walferry`, one function each.
 *
 * A verb gets what stands after it on the command line and returns the exit
 * code (legs.h).
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_COMMANDS_H
#define WALFERRY_COMMANDS_H

#include <stdbool.h>

extern int	command_run(int count, char **arguments);
extern int	command_status(int count, char **arguments);
extern int	command_tail(int count, char **arguments);
extern int	command_version(int count, char **arguments);

/*
 * One option of a verb: a flag, or with an argument.  Options are long ones,
 * --name VALUE or --name=VALUE.
 */
typedef struct CommandOption
{
	const char *name;
	bool	   *flag;			/* set to true, or */
	const char **value;			/* set to the argument */
} CommandOption;

/*
 * Reads the arguments.  Returns -1 to go on, else the exit code: --help was
 * asked for and printed, or something is wrong and was said.
 */
extern int	command_options(const char *verb, const char *help, int count, char **arguments,
							const CommandOption *options, int option_count);

#endif							/* WALFERRY_COMMANDS_H */
