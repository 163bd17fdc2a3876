/*
 * main.c
 *		walferry: the verb on the command line, and nothing else.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "legs.h"

static const char help[] =
	"usage: walferry VERB [options]\n"
	"\n"
	"  run       slot -> Kafka -> BigQuery, as the configuration asks for\n"
	"  snapshot  the rows that tables have now, sent once\n"
	"  status    how a running walferry is doing\n"
	"  tail      print changes as they are committed, without touching the slot\n"
	"  version   versions of walferry and of its libraries\n"
	"\n"
	"walferry VERB --help tells more.\n";

static const struct
{
	const char *name;
	int			(*run) (int count, char **arguments);
}			verbs[] = {
	{"run", command_run},
	{"snapshot", command_snapshot},
	{"status", command_status},
	{"tail", command_tail},
	{"version", command_version},
	{"--version", command_version},
};

int
main(int argc, char **argv)
{
	if (argc < 2)
	{
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
	{
		fputs(help, stdout);
		return EXIT_OK;
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
	{
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 2, argv + 2);
	}
	fprintf(stderr, "walferry: there is no verb \"%s\"; see walferry --help\n", argv[1]);
	return EXIT_USAGE;
}
