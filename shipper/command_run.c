/*
 * command_run.c
 *		`walferry run`: the legs that the configuration asks for.
 *
 * Each leg has a thread.  The main thread waits for them; when one has ended
 * for good, the other is asked to drain, because half a road is no road: a
 * supervisor should start the process again and see why.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "commands.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <curl/curl.h>

#include "config.h"
#include "control.h"
#include "http_server.h"
#include "legs.h"
#include "log.h"
#include "status.h"

/* After a second signal legs get this long to notice it. */
#define LEAVE_TIMEOUT_MS 2000
#define WATCH_MS 100

static const char run_help[] =
	"usage: walferry run --config FILE [--lenient]\n"
	"       walferry run --describe-config\n"
	"\n"
	"Runs what the configuration asks for: slot -> Kafka when database.hostname and\n"
	"kafka.bootstrap.servers are set, Kafka -> BigQuery when bigquery.dataset is set.\n"
	"Without FILE the settings come from the environment alone (WALFERRY_CONFIG,\n"
	"WALFERRY_TOPIC_PREFIX, ...).\n"
	"\n"
	"  --config FILE       a .properties file, Debezium's names\n"
	"  --lenient           unknown settings are warnings, not errors\n"
	"  --describe-config   print the reference of all settings as Markdown\n"
	"\n"
	"SIGTERM or SIGINT delivers what was read and ends within shutdown.timeout.ms; a\n"
	"second one ends at once.\n"
	"\n"
	"exit codes: 0 stopped in order, 1 something that cannot work as it stands,\n"
	"2 wrong command line or configuration, 3 stopped before all was delivered\n"
	"(nothing is lost: the slot keeps it)\n";

typedef struct LegThread
{
	const char *name;
	int			(*run) (const Config *config);
	const Config *config;
	pthread_t	thread;
	bool		started;
	atomic_bool ended;
	atomic_int	code;
} LegThread;

static void *
run_leg(void *argument)
{
	LegThread  *leg = argument;

	atomic_store(&leg->code, leg->run(leg->config));
	if (atomic_load(&leg->code) != EXIT_OK)
		control_request_drain();
	atomic_store(&leg->ended, true);
	return NULL;
}

/* Signals are the main thread's, so that a leg's poll(2) is not interrupted for nothing. */
static bool
start_leg(LegThread *leg)
{
	sigset_t	signals;
	sigset_t	before;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	pthread_sigmask(SIG_BLOCK, &signals, &before);
	leg->started = pthread_create(&leg->thread, NULL, run_leg, leg) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return leg->started;
}

/* Waits for the legs; gives the exit code.  *all_ended: false if one does not heed. */
static int
wait_for_legs(LegThread *legs, int count, bool *all_ended)
{
	const struct timespec watch = {.tv_nsec = WATCH_MS * 1000000};
	int64_t		leave_ms = 0;
	int			code = EXIT_OK;

	for (;;)
	{
		*all_ended = true;
		for (int i = 0; i < count; i++)
			*all_ended = *all_ended && (!legs[i].started || atomic_load(&legs[i].ended));
		if (*all_ended)
			break;
		if (control_stop() == CONTROL_NOW && leave_ms == 0)
			leave_ms = control_now_ms() + LEAVE_TIMEOUT_MS;
		if (leave_ms > 0 && control_now_ms() >= leave_ms)
			break;

		/* control_sleep() would not sleep any more after a stop request */
		nanosleep(&watch, NULL);
	}
	for (int i = 0; i < count; i++)
	{
		int			leg_code = EXIT_OK;

		if (!legs[i].started)
			continue;
		if (atomic_load(&legs[i].ended))
		{
			pthread_join(legs[i].thread, NULL);
			leg_code = atomic_load(&legs[i].code);
		}
		else
		{
			log_write(LOG_LEVEL_WARNING, "run", "leaving before a leg has ended",
					  log_text("leg", legs[i].name));
			leg_code = EXIT_NOT_DRAINED;
		}
		if (code == EXIT_OK || leg_code == EXIT_FAILED)
			code = leg_code;
	}
	return code;
}

static int
run_legs(const Config *config)
{
	LegThread	legs[] = {
		{.name = "capture", .run = capture_run, .config = config},
		{.name = "loader", .run = loader_run, .config = config}
	};
	const bool	wanted[] = {config->database_hostname != NULL, config->bigquery_dataset != NULL};
	const Leg	ids[] = {LEG_CAPTURE, LEG_LOADER};
	bool		all_ended = true;
	int			code;

	for (int i = 0; i < 2; i++)
	{
		if (!wanted[i])
			continue;
		status_set(ids[i], LEG_STARTING, NULL);
		if (!start_leg(&legs[i]))
		{
			log_write(LOG_LEVEL_ERROR, "run", "cannot start a thread", log_text("leg", legs[i].name));
			control_request_drain();
		}
	}
	code = wait_for_legs(legs, 2, &all_ended);
	if (!all_ended)
		_Exit(code);			/* its thread still uses what would be freed */
	return code;
}

int
command_run(int count, char **arguments)
{
	const char *path = NULL;
	bool		lenient = false;
	bool		describe = false;
	const CommandOption options[] = {
		{"--config", NULL, &path, NULL}, {"--lenient", &lenient, NULL, NULL},
		{"--describe-config", &describe, NULL, NULL}
	};
	int			code = command_options("run", run_help, count, arguments, options, 3);
	Config	   *config;
	char		error[512];

	if (code >= 0)
		return code;
	if (describe)
	{
		config_describe(stdout);
		return fflush(stdout) == 0 ? EXIT_OK : EXIT_FAILED;
	}

	command_keep_memory_small();
	config = config_load(path, lenient);
	if (config == NULL)
		return EXIT_USAGE;
	log_init((LogLevel) config->log_level, config->log_format == CONFIG_LOG_JSON);
	log_write(LOG_LEVEL_INFO, "run", "walferry starts",
			  log_text("version", WALFERRY_VERSION),
			  log_text("capture", config->database_hostname == NULL ? "off" :
					   config->sink == CONFIG_SINK_STDOUT ? "stdout" : "kafka"),
			  log_text("loader", config->bigquery_dataset == NULL ? "off" : "bigquery"),
			  log_text("http_listen", config->http_listen));

	control_init(config->shutdown_timeout_ms);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	if (http_server_start(config->http_listen, error, sizeof(error)))
	{
		code = run_legs(config);
		http_server_stop();
	}
	else
	{
		log_write(LOG_LEVEL_ERROR, "run", error);
		code = EXIT_FAILED;
	}
	log_write(LOG_LEVEL_INFO, "run", "walferry ends", log_int("exit_code", code));
	curl_global_cleanup();
	config_free(config);
	return code;
}
