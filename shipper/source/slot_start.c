/*
 * slot_start.c
 *		START_REPLICATION with what each plugin is told.
 *
 * The plugin walferry gets the configuration's format.  pgoutput is told of its own
 * protocol alone (PostgreSQL's manual, "Logical Streaming Replication Parameters"), since
 * the shipper renders what it sends.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "slot.h"

#include <inttypes.h>
#include <stdio.h>

#include "plugin_options.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/metrics.h"
#include "slot_server.h"

/* The first session after this long may stream again: a disk is no longer full, say. */
#define STREAMING_AGAIN_MS 3600000

/* START_REPLICATION with its options, of which lists of names may be long. */
#define START_BYTES_MAX (8 * 1024 * 1024)

#define NAME_BYTES_MAX 4096

/* The newest version of pgoutput's protocol that a server and the shipper know. */
static int
pgoutput_protocol(int server_version)
{
	return server_version >= 160000 ? 4 : server_version >= 150000 ? 3 :
		server_version >= 140000 ? 2 : 1;
}

void
slot_choose_pgoutput(PgoutputChoice *choice, const Replication *replication)
{
	bool		is_first = choice->proto_version == 0;

	choice->proto_version = pgoutput_protocol(replication->server_version);
	if (choice->streaming_again_ms > 0 && control_now_ms() >= choice->streaming_again_ms)
	{
		choice->streaming = true;
		choice->streaming_again_ms = 0;
	}
	choice->streaming = (is_first || choice->streaming) && replication->server_version >= 140000;
}

void
slot_choose_without_streaming(PgoutputChoice *choice)
{
	metric_add(METRIC_CAPTURE_SPOOL_FALLBACKS, 1);
	choice->streaming = false;
	choice->streaming_again_ms = control_now_ms() + STREAMING_AGAIN_MS;
}

bool
slot_give_up_streaming(PgoutputChoice *choice, const SourceFault *fault)
{
	if (!choice->streaming || strncmp(fault->sqlstate, "XX", 2) != 0)
		return false;
	log_write(LOG_LEVEL_WARNING, "source", "the server failed at streaming a transaction before "
			  "its commit; reading goes on without streaming, the server keeps them until they "
			  "commit", log_text("reason", fault->text));
	slot_choose_without_streaming(choice);
	return true;
}

static void
append_option(WfBuffer *command, const char *name, const char *value)
{
	if (command->data[command->length - 1] != '(')
		wf_buffer_append_literal(command, ", ");
	replication_quote_name(command, name);
	wf_buffer_append_char(command, ' ');
	replication_quote_text(command, value);
}

static void
append_number(WfBuffer *command, const char *name, int64_t value)
{
	char		number[32];

	snprintf(number, sizeof(number), "%" PRId64, value);
	append_option(command, name, number);
}

/*
 * publication_names is a list of SQL identifiers inside a literal (SplitIdentifierString()),
 * so the name is quoted twice.  Logical messages are asked for whatever the lists say of
 * their prefixes: the shipper has those.
 */
static void
append_pgoutput_options(WfBuffer *command, const Config *config, int server_version,
						const PgoutputChoice *choice)
{
	WfBuffer	name;

	append_number(command, "proto_version", choice->proto_version);
	heap_buffer_init(&name, NAME_BYTES_MAX);
	replication_quote_name(&name, config->publication_name);
	wf_buffer_append_char(&name, '\0');
	if (name.error == WF_BUFFER_OK)
		append_option(command, "publication_names", name.data);
	else
		command->error = name.error;
	heap_buffer_free(&name);
	if (server_version >= 140000)
		append_option(command, "messages", "true");
	if (choice->binary)
		append_option(command, "binary", "true");
	if (choice->streaming)
		append_option(command, "streaming", "on");
	if (server_version >= 160000)
		append_option(command, "origin", "any");
}

bool
slot_start(Replication *replication, const Config *config, const char *slot, const char *output,
		   const PgoutputChoice *choice, uint64_t start, SourceFault *fault)
{
	WfBuffer	command;
	SlotServer	server;
	char		place[64];
	bool		started = false;

	if (!slot_read_server(replication, &server, fault))
		return false;
	heap_buffer_init(&command, START_BYTES_MAX);
	wf_buffer_append_literal(&command, "START_REPLICATION SLOT ");
	replication_quote_name(&command, slot);
	snprintf(place, sizeof(place), " LOGICAL " LSN_FORMAT " (", LSN_PARTS(start));
	wf_buffer_append(&command, place, strlen(place));
	if (replication->plugin == CONFIG_PLUGIN_PGOUTPUT)
		append_pgoutput_options(&command, config, replication->server_version, choice);
	else
		plugin_options_put(&command, config, output, append_option);
	wf_buffer_append_literal(&command, ")");
	wf_buffer_append_char(&command, '\0');
	if (command.error == WF_BUFFER_OK)
		started = replication_start(replication, command.data, fault);
	else
		source_fault(fault, true, "the options for the plugin pass %d bytes", START_BYTES_MAX);
	heap_buffer_free(&command);
	if (!started)
		slot_explain(fault, &server, replication, config, slot, true);
	return started;
}
