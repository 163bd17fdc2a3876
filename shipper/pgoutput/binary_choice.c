/*
 * binary_choice.c
 *		Whether pgoutput is asked for values in their types' binary forms.
 *
 * Types may come later, and those of the time that is decoded may be gone: what turns up
 * then is found by the Relation message (table.c), and another session does without.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "binary_choice.h"

#include <stdlib.h>

#include "envelope/read_binary.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/source/replication.h"

#define COMMAND_BYTES_MAX (16 * 1024)

/*
 * The distinct types of the publication's columns, and of some more, which would only make
 * us do without: of all partitions, whatever is published of those above them, and of columns
 * that lists leave out.  pg_publication_tables would open each table, and so wait for
 * whoever alters one, on servers that look at its columns there.
 */
static PGresult *
ask_types(Catalogue *catalogue, SourceFault *fault)
{
	WfBuffer	command;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT DISTINCT a.atttypid FROM pg_publication p"
							 " JOIN pg_class c ON c.relkind IN ('r', 'p') AND c.relpersistence = 'p'"
							 " AND c.oid >= 16384 AND (p.puballtables OR c.relispartition OR EXISTS ("
							 "SELECT FROM pg_publication_rel r WHERE r.prpubid = p.oid"
							 " AND r.prrelid = c.oid)");
	if (catalogue->server_version >= 150000)
		wf_buffer_append_literal(&command,
								 " OR EXISTS (SELECT FROM pg_publication_namespace s"
								 " WHERE s.pnpubid = p.oid AND s.pnnspid = c.relnamespace)");
	wf_buffer_append_literal(&command,
							 ") JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
							 " AND NOT a.attisdropped WHERE p.pubname = ");
	replication_quote_text(&command, catalogue->config->publication_name);
	return source_run(catalogue->connection, &command, SOURCE_QUERY_TIMEOUT_MS, catalogue->turn,
					  catalogue->turn_context, fault);
}

/* Is each type, column by column of what was asked about, in the list? */
static bool
are_read(const PgoutputRelation *types, const TypeLookup *lookup)
{
	for (int i = 0; i < types->column_count; i++)
	{
		WfType		type;
		WfSlice		name;
		bool		not_null;

		if (!column_type_describe(lookup, types->columns[i].type, -1, &type, &not_null, &name) ||
			!wf_type_is_read_binary(&type))
		{
			char		text[256];

			snprintf(text, sizeof(text), "%.*s", (int) name.length, name.data);
			log_write(LOG_LEVEL_INFO, "source", "values are asked for as text, since one type of the "
					  "publication's columns, at least, has no binary form that is read",
					  log_text("type", text));
			return false;
		}
	}
	return true;
}

/* types has no table: its columns are just types. */
static bool
look_at_types(Catalogue *catalogue, const TypeNames *names, const PgoutputRelation *types,
			  bool *possible, SourceFault *fault)
{
	CatalogueAnswer answer;
	Arena		arena = {0};
	TypeLookup	lookup = {
		.arena = &arena, .answer = &answer, .names = names,
		.options = &catalogue->config->format, .money_digits = catalogue->money_digits
	};

	if (!catalogue_ask(catalogue, types, &answer, fault))
		return false;
	*possible = are_read(types, &lookup) && !arena.failed;
	arena_free(&arena);
	catalogue_answer_free(&answer);
	return true;
}

bool
binary_choice_ask(Catalogue *catalogue, const TypeNames *names, bool *possible,
				  SourceFault *fault)
{
	PGresult   *rows = ask_types(catalogue, fault);
	PgoutputRelation *types;
	bool		well = true;

	*possible = false;
	if (rows == NULL)
		return false;
	types = calloc(1, sizeof(PgoutputRelation));
	if (types != NULL && PQntuples(rows) <= WF_COLUMNS_MAX)
	{
		types->column_count = PQntuples(rows);
		for (int i = 0; i < types->column_count; i++)
		{
			types->columns[i].type = catalogue_number(rows, i, 0);
			types->columns[i].typmod = -1;
		}
		well = look_at_types(catalogue, names, types, possible, fault);
	}
	PQclear(rows);
	free(types);
	return well;
}
