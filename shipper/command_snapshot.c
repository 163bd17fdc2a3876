/*
 * command_snapshot.c
 *		`walferry snapshot`: the rows that tables have now, sent once.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "commands.h"

#include <curl/curl.h>

#include "config.h"
#include "control.h"
#include "http_server.h"
#include "legs.h"
#include "log.h"
#include "snapshot/snapshot.h"

static const char help[] =
	"usage: walferry snapshot --config FILE [--table SCHEMA.TABLE]... [--lenient]\n"
	"\n"
	"Reads the tables that the configuration captures, in one transaction that reads only,\n"
	"and sends each row as an event of operation \"r\" to where `walferry run` sends changes.\n"
	"The slot is neither used nor moved, and `walferry run` may go on meanwhile.\n"
	"\n"
	"  --config FILE          as of walferry run\n"
	"  --table SCHEMA.TABLE   only this table, as it is named or published; as often as you like\n"
	"  --lenient              unknown settings are warnings, not errors\n"
	"\n"
	"The role needs SELECT on the tables, and BYPASSRLS where they have row security.\n"
	"Until all is read the transaction keeps VACUUM from removing what dies meanwhile.\n"
	"\n"
	"exit codes: 0 all was delivered, 1 it was not, and the log says why and how far it came,\n"
	"2 wrong command line or configuration, 3 stopped before all was delivered\n";

/* Of use, but not worth failing for: where `walferry run` is, the address is taken. */
static void
serve_http(const Config *config)
{
	char		error[512];

	if (!http_server_start(config->http_listen, error, sizeof(error)))
		log_write(LOG_LEVEL_INFO, "snapshot", "metrics are not served", log_text("reason", error));
}

int
command_snapshot(int count, char **arguments)
{
	const char *path = NULL;
	bool		lenient = false;
	CommandValues tables = {0};
	const CommandOption options[] = {
		{"--config", NULL, &path, NULL}, {"--table", NULL, NULL, &tables},
		{"--lenient", &lenient, NULL, NULL}
	};
	int			code = command_options("snapshot", help, count, arguments, options, 3);
	SnapshotRequest request = {0};
	Config	   *config;

	if (code >= 0)
		return code;
	command_keep_memory_small();
	config = config_load(path, lenient);
	if (config == NULL)
		return EXIT_USAGE;
	log_init((LogLevel) config->log_level, config->log_format == CONFIG_LOG_JSON);
	if (config->database_hostname == NULL)
	{
		log_write(LOG_LEVEL_ERROR, "config", "database.hostname is not set, so there is nothing to read");
		config_free(config);
		return EXIT_USAGE;
	}
	control_init(config->shutdown_timeout_ms);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	serve_http(config);
	request.names = tables.values;
	request.name_count = tables.count;
	code = snapshot_run(config, &request);
	http_server_stop();
	curl_global_cleanup();
	config_free(config);
	return code;
}
