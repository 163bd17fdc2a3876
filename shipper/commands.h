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
extern int	command_snapshot(int count, char **arguments);
extern int	command_status(int count, char **arguments);
extern int	command_tail(int count, char **arguments);
extern int	command_version(int count, char **arguments);

/*
 * Few arenas and early return of memory: the process promises to stay small,
 * and its large allocations (a record, a batch) are few and short-lived.
 */
extern void command_keep_memory_small(void);

/* The arguments of an option that may be given several times. */
#define COMMAND_VALUES_MAX 256

typedef struct CommandValues
{
	int			count;
	const char *values[COMMAND_VALUES_MAX];
} CommandValues;

/*
 * One option of a verb: a flag, or with an argument.  Options are long ones,
 * --name VALUE or --name=VALUE.
 */
typedef struct CommandOption
{
	const char *name;
	bool	   *flag;			/* set to true, or */
	const char **value;			/* set to the argument, or */
	CommandValues *values;		/* the argument is added */
} CommandOption;

/*
 * Reads the arguments.  Returns -1 to go on, else the exit code: --help was
 * asked for and printed, or something is wrong and was said.
 */
extern int	command_options(const char *verb, const char *help, int count, char **arguments,
							const CommandOption *options, int option_count);

#endif							/* WALFERRY_COMMANDS_H */
