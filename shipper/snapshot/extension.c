/*
 * extension.c
 *		Rows rendered by walferry.render() of the extension.
 *
 * The function is told all that the plugin is told when it decodes, so that filters,
 * masks, publications and the server's policy act as they do on the stream.  Its library
 * has to be of the shipper's version: another may know other options or frames.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "extension.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/source/plugin_options.h"
#include "shipper/source/replication.h"

#define NAME_BYTES_MAX 4096

/* ---- whether ---- */

static PGresult *
ask(PGconn *connection, const char *query, SourceFault *fault)
{
	return source_query(connection, query, SOURCE_QUERY_TIMEOUT_MS, NULL, NULL, fault);
}

/* Why the extension cannot be used; empty: it can.  False: it is not there, or a fault. */
static bool
find_obstacle(PGconn *connection, const Config *config, char *obstacle, size_t size,
			  SourceFault *fault)
{
	static const char query[] =
	"SELECT coalesce(has_schema_privilege(to_regnamespace('walferry'), 'USAGE')"
	" AND has_function_privilege(to_regprocedure('walferry.render(record,text[])'), 'EXECUTE'), false)"
	" FROM pg_extension WHERE extname = 'walferry'";
	PGresult   *result = ask(connection, query, fault);
	bool		is_there = result != NULL && PQntuples(result) > 0;
	bool		may_call = is_there && PQgetvalue(result, 0, 0)[0] == 't';

	obstacle[0] = '\0';
	PQclear(result);
	if (!is_there)
		return false;
	if (!may_call)
	{
		snprintf(obstacle, size, "walferry.render() is missing, or the role may not call it");
		return true;
	}
	if (config->salts.count > 0)
	{
		snprintf(obstacle, size, "the configuration has salts, which the server is not told");
		return true;
	}
	result = ask(connection, "SELECT walferry.version()", fault);
	if (result == NULL && PQstatus(connection) != CONNECTION_OK)
		return false;
	if (result == NULL)
		snprintf(obstacle, size, "%.900s", fault->text);
	else if (strcmp(PQgetvalue(result, 0, 0), WALFERRY_VERSION) != 0)
		snprintf(obstacle, size, "it is of version %.32s, the shipper of " WALFERRY_VERSION,
				 PQgetvalue(result, 0, 0));
	PQclear(result);
	memset(fault, 0, sizeof(*fault));
	return true;
}

/* Nothing may show what a policy hides. */
static bool
has_no_policy(PGconn *connection, const char *obstacle, SourceFault *fault)
{
	PGresult   *result = ask(connection, "SELECT coalesce(current_setting('walferry.policy', true), '')",
							 fault);
	bool		is_unseen = result == NULL && strcmp(fault->sqlstate, "42501") == 0;
	bool		is_set = is_unseen || (result != NULL && PQgetvalue(result, 0, 0)[0] != '\0');

	PQclear(result);
	if (is_set)
		source_fault(fault, true, "the server has a walferry.policy, which only the extension heeds, and "
					 "it cannot be used (%s): as a superuser run CREATE EXTENSION walferry, or update it",
					 obstacle);
	return result != NULL && !is_set;
}

bool
extension_decide(PGconn *connection, const Config *config, bool *by_extension, SourceFault *fault)
{
	char		obstacle[SOURCE_FAULT_TEXT_MAX / 2];
	bool		is_there;

	memset(fault, 0, sizeof(*fault));
	is_there = find_obstacle(connection, config, obstacle, sizeof(obstacle), fault);
	if (!is_there && fault->text[0] != '\0')
		return false;
	*by_extension = is_there && obstacle[0] == '\0';
	if (*by_extension)
		return true;
	if (!has_no_policy(connection, is_there ? obstacle : "it is not there", fault))
		return false;
	if (is_there)
		log_write(LOG_LEVEL_WARNING, "snapshot",
				  "the extension walferry is there but cannot be used; rows are rendered by the shipper",
				  log_text("reason", obstacle));
	return true;
}

/* ---- the command ---- */

/* As an element of an array of texts. */
static void
put_option(WfBuffer *command, const char *name, const char *value)
{
	WfBuffer	text;

	heap_buffer_init(&text, strlen(name) + strlen(value) + 2 > 4096 ?
					 2 * (strlen(name) + strlen(value) + 2) : 4096);
	wf_buffer_append(&text, name, strlen(name));
	wf_buffer_append_char(&text, '=');
	wf_buffer_append(&text, value, strlen(value) + 1);
	if (text.error == WF_BUFFER_OK)
	{
		if (command->data[command->length - 1] != '[')
			wf_buffer_append_literal(command, ", ");
		replication_quote_text(command, text.data);
	}
	else
		command->error = text.error;
	heap_buffer_free(&text);
}

static void
put_number(WfBuffer *command, const char *name, uint64_t value)
{
	char		number[32];

	snprintf(number, sizeof(number), "%" PRIu64, value);
	put_option(command, name, number);
}

/* The stream has what the publication has, so rows are read by it, too. */
static void
put_publication(WfBuffer *command, const char *publication)
{
	WfBuffer	name;

	heap_buffer_init(&name, NAME_BYTES_MAX);
	replication_quote_name(&name, publication);
	wf_buffer_append_char(&name, '\0');
	if (name.error == WF_BUFFER_OK)
		put_option(command, "publication.filter", name.data);
	else
		command->error = name.error;
	heap_buffer_free(&name);
}

void
extension_put_copy(WfBuffer *command, const SnapshotTable *table, const ExtensionRead *read)
{
	WfSlice		mark = wf_snapshot_mark_text(read->mark);
	char		text[64];

	/* a column may have the alias's name, so the whole row is asked for by .* */
	wf_buffer_append_literal(command,
							 "COPY (SELECT t.ctid, walferry.render(t.*, VARIADIC ARRAY[");
	plugin_options_put(command, read->config, read->output == WF_OUTPUT_FRAME ? "frame" : "record",
					   put_option);
	if (read->publication != NULL)
		put_publication(command, read->publication);
	snprintf(text, sizeof(text), LSN_FORMAT, LSN_PARTS(read->lsn));
	put_option(command, "snapshot.lsn", text);
	put_number(command, "snapshot.chunk", read->chunk);
	put_number(command, "snapshot.row", read->row);
	snprintf(text, sizeof(text), "%.*s", (int) mark.length, mark.data);
	put_option(command, "snapshot.mark", text);
	wf_buffer_append_literal(command, "]::text[]) FROM ONLY ");
	snapshot_table_put(command, table);
	wf_buffer_append_literal(command, " AS t");
	if (read->ctid != NULL)
	{
		wf_buffer_append_literal(command, " WHERE t.ctid = ");
		replication_quote_text(command, read->ctid);
		wf_buffer_append_literal(command, "::tid");
	}
	wf_buffer_append_literal(command, ") TO STDOUT (FORMAT binary)");
}
