/*
 * publication_setup.c
 *		The publication that pgoutput reads: looked for, made, and given its tables.
 *
 * What the modes mean is Debezium's (PostgresReplicationConnection.initPublication,
 * 3.7.0).  A publication that is there is used as it is; only `filtered` gives it the
 * tables of the include and exclude lists, at each start.  Two things are otherwise.
 * Debezium sets the whole list anew, which would take the row filters and column lists
 * off all its tables, and show what they hide: here only the tables that are missing are
 * added and those that are too many dropped.  And tables that inherit are named one by
 * one (ONLY), as the lists name them.
 *
 * pgoutput looks the publication up in the catalogue as it was when a change was made.
 * So the slot is made after it, and one that is made for a slot of before is too late for
 * what was committed between.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "publication_setup.h"

#include <inttypes.h>
#include <stdio.h>

#include "publication_tables.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"

#define COMMAND_BYTES_MAX (64 * 1024)

/* Of a statement, in a sentence. */
#define SHOWN_BYTES_MAX 700

/* Columns of the publication's row. */
enum
{
	ROW_IN_RECOVERY,
	ROW_OID,					/* NULL: there is none */
	ROW_ALL_TABLES,
	ROW_OPERATIONS,				/* as publication_put_operations() writes them */
	ROW_HAS_SCHEMAS
};

typedef struct Setup
{
	Replication *replication;
	const Config *config;
	bool		in_recovery;
	bool		exists;
	bool		all_tables;
	bool		has_schemas;	/* FOR TABLES IN SCHEMA */
	char		oid[16];
	char		operations[64];
} Setup;

static bool
read_publication(Setup *setup, SourceFault *fault)
{
	WfBuffer	command;
	PGresult   *result;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command,
							 "SELECT pg_catalog.pg_is_in_recovery(), p.oid, p.puballtables,"
							 " pg_catalog.concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,"
							 " CASE WHEN p.pubupdate THEN 'update' END,"
							 " CASE WHEN p.pubdelete THEN 'delete' END,"
							 " CASE WHEN p.pubtruncate THEN 'truncate' END), ");
	if (setup->replication->server_version >= 150000)
		wf_buffer_append_literal(&command,
								 "EXISTS (SELECT FROM pg_catalog.pg_publication_namespace n"
								 " WHERE n.pnpubid = p.oid)");
	else
		wf_buffer_append_literal(&command, "false");
	wf_buffer_append_literal(&command,
							 " FROM (SELECT) AS one LEFT JOIN pg_catalog.pg_publication p"
							 " ON p.pubname = ");
	replication_quote_text(&command, setup->config->publication_name);
	result = replication_run(setup->replication, &command, REPLICATION_QUERY_TIMEOUT_MS, NULL,
							 fault);
	if (result == NULL)
		return false;
	setup->in_recovery = PQgetvalue(result, 0, ROW_IN_RECOVERY)[0] == 't';
	setup->exists = !PQgetisnull(result, 0, ROW_OID);
	setup->all_tables = PQgetvalue(result, 0, ROW_ALL_TABLES)[0] == 't';
	setup->has_schemas = PQgetvalue(result, 0, ROW_HAS_SCHEMAS)[0] == 't';
	snprintf(setup->oid, sizeof(setup->oid), "%s", PQgetvalue(result, 0, ROW_OID));
	snprintf(setup->operations, sizeof(setup->operations), "%s",
			 PQgetvalue(result, 0, ROW_OPERATIONS));
	PQclear(result);
	return true;
}

/* ---- statements ---- */

/*
 * Operations are left out of a publication only where the configuration names some;
 * Debezium's default, to skip truncations, leaves them in.
 */
static bool
names_operations(const Config *config)
{
	return config_is_given(config, "skipped.operations") && config->format.skipped_operations != 0;
}

/* "insert, update": what is not skipped. */
static void
put_operations(WfBuffer *text, const Config *config)
{
	static const struct
	{
		const char *name;
		int			skipped;
	}			operations[] = {
		{"insert", WF_SKIP_CREATE}, {"update", WF_SKIP_UPDATE}, {"delete", WF_SKIP_DELETE},
		{"truncate", WF_SKIP_TRUNCATE}
	};
	size_t		begin = text->length;

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
	{
		if ((config->format.skipped_operations & operations[i].skipped) != 0)
			continue;
		if (text->length > begin)
			wf_buffer_append_literal(text, ", ");
		wf_buffer_append_slice(text, wf_slice_of(operations[i].name));
	}
}

static void
put_publish(WfBuffer *statement, const Config *config)
{
	wf_buffer_append_literal(statement, "publish = '");
	put_operations(statement, config);
	wf_buffer_append_char(statement, '\'');
}

/* CREATE PUBLICATION; what: its tables, or empty. */
static void
put_create(WfBuffer *statement, const Config *config, WfSlice what)
{
	bool		via_root = config->format.publish_via_partition_root;

	wf_buffer_append_literal(statement, "CREATE PUBLICATION ");
	replication_quote_name(statement, config->publication_name);
	wf_buffer_append_slice(statement, what);
	if (via_root || names_operations(config))
		wf_buffer_append_literal(statement, " WITH (");
	if (via_root)
		wf_buffer_append_literal(statement, "publish_via_partition_root = true");
	if (names_operations(config))
	{
		if (via_root)
			wf_buffer_append_literal(statement, ", ");
		put_publish(statement, config);
	}
	if (via_root || names_operations(config))
		wf_buffer_append_char(statement, ')');
}

static void
begin_alter(WfBuffer *statement, const Config *config, const char *what)
{
	if (statement->length > 0)
		wf_buffer_append_literal(statement, "; ");
	wf_buffer_append_literal(statement, "ALTER PUBLICATION ");
	replication_quote_name(statement, config->publication_name);
	wf_buffer_append_slice(statement, wf_slice_of(what));
}

/* ---- running them ---- */

/* As much of a text, in whole characters, as a sentence may show. */
static WfSlice
beginning(WfSlice text)
{
	size_t		length = SHOWN_BYTES_MAX;

	if (text.length <= length)
		return text;
	while (length > 0 && ((unsigned char) text.data[length] & 0xC0) == 0x80)
		length--;
	return wf_slice(text.data, length);
}

/* The statement, which ends in a NUL, or its beginning, for a sentence. */
static WfSlice
shown(const WfBuffer *statement, const char **rest)
{
	WfSlice		whole = wf_slice(statement->data, statement->length - 1);
	WfSlice		text = beginning(whole);

	*rest = text.length < whole.length ? "... (and so on for all tables of the lists)" : ";";
	return text;
}

/* Why the server refused, and what somebody else can run. */
static void
explain(const Setup *setup, const WfBuffer *statement, SourceFault *fault)
{
	const Config *config = setup->config;
	const char *rest;
	WfSlice		sql = shown(statement, &rest);
	const char *verb = setup->exists ? "altered" : "made";
	char		said[SOURCE_FAULT_TEXT_MAX / 2];
	char		sqlstate[SOURCE_SQLSTATE_LENGTH + 1];

	snprintf(said, sizeof(said), "%.*s", (int) sizeof(said) - 1, fault->text);
	memcpy(sqlstate, fault->sqlstate, sizeof(sqlstate));
	if (strcmp(sqlstate, "42501") == 0)
		source_fault(fault, true, "publication \"%s\" cannot be %s by role \"%s\": %s (making one "
					 "takes CREATE on the database and ownership of its tables, FOR ALL TABLES a "
					 "superuser, altering one its ownership, too); have somebody with these rights "
					 "run %.*s%s and start again", config->publication_name, verb,
					 config->database_user, said, (int) sql.length, sql.data, rest);
	else if (strcmp(sqlstate, "57014") == 0 || strcmp(sqlstate, "55P03") == 0)
		source_fault(fault, false, "publication \"%s\" could not be %s in time, because something on a "
					 "table of it, as VACUUM, CREATE INDEX or ALTER TABLE, takes long; trying again "
					 "(%s)", config->publication_name, verb, said);
	else if (!fault->stopped)
		fault->permanent = !source_fault_may_pass(fault);
	memcpy(fault->sqlstate, sqlstate, sizeof(sqlstate));
}

/* Runs the statements, one implicit transaction, and frees the buffer. */
static bool
run(Setup *setup, WfBuffer *statement, const char *message, SourceFault *fault)
{
	const Config *config = setup->config;
	const char *rest;
	char		text[SHOWN_BYTES_MAX + 1];
	WfSlice		sql;
	PGresult   *result = NULL;

	wf_buffer_append_char(statement, '\0');
	if (statement->error != WF_BUFFER_OK)
		source_fault(fault, true, "publication \"%s\" would have so many tables that the statement "
					 "passes %zu bytes: make it by hand, and set publication.autocreate.mode=disabled",
					 config->publication_name, statement->ceiling);
	else if (setup->in_recovery)
	{
		sql = shown(statement, &rest);
		source_fault(fault, true, "publication \"%s\" %s, and the server is a standby, where none can "
					 "be made or altered: on the primary run %.*s%s and start again",
					 config->publication_name, setup->exists ? "does not have the tables of the lists" :
					 "does not exist", (int) sql.length, sql.data, rest);
	}
	else
	{
		sql = shown(statement, &rest);
		snprintf(text, sizeof(text), "%.*s", (int) sql.length, sql.data);
		result = replication_query(setup->replication, statement->data,
								   REPLICATION_QUERY_TIMEOUT_MS, NULL, fault);
		if (result == NULL)
			explain(setup, statement, fault);
		else
			log_write(LOG_LEVEL_INFO, "source", message, log_text("sql", text));
	}
	heap_buffer_free(statement);
	PQclear(result);
	return result != NULL;
}

/* ---- the modes ---- */

static bool
refuse_to_make(const Config *config, PublicationWish wish, SourceFault *fault)
{
	static const char *const reasons[] = {
		[PUBLICATION_FOR_LOOKING] = "does not exist, and none is made for looking only",
		[PUBLICATION_AT_START] = "does not exist, and with publication.autocreate.mode=disabled none is "
		"made",
		[PUBLICATION_LOOKED_AT] = "is not there any more: somebody dropped it while walferry began",
		[PUBLICATION_AGAIN] = "is not there any more: somebody dropped it while walferry read it, and it is "
		"not made again before another start"
	};
	WfBuffer	statement;

	heap_buffer_init(&statement, COMMAND_BYTES_MAX);
	put_create(&statement, config, config->publication_mode == CONFIG_PUBLICATION_ALL_TABLES ?
			   WF_LITERAL(" FOR ALL TABLES") : WF_LITERAL(" FOR TABLE ..."));
	if (wish == PUBLICATION_AGAIN)
		source_fault(fault, true, "publication \"%s\" %s: create it for the tables that it had (CREATE "
					 "PUBLICATION), run SELECT pg_replication_slot_advance('%s', pg_current_wal_lsn()); "
					 "in database \"%s\", since no new one lets through what was committed without "
					 "one, start again, and fill the gap from the tables", config->publication_name,
					 reasons[wish], config->slot_name, config->database_dbname);
	else
		source_fault(fault, true, "publication \"%s\" %s: create it (%.*s;), or correct "
					 "publication.name", config->publication_name, reasons[wish],
					 (int) statement.length, statement.data);
	heap_buffer_free(&statement);
	return false;
}

static bool
make_filtered(Setup *setup, SourceFault *fault)
{
	PublicationTables tables;
	WfBuffer	what;
	WfBuffer	statement;
	bool		well = publication_tables_read(&tables, setup->replication, setup->config, NULL,
											   fault);

	if (well && tables.wanted == 0)
	{
		source_fault(fault, true, "publication.autocreate.mode=filtered makes publication \"%s\" of the "
					 "tables that the include and exclude lists let through, and they let none "
					 "through: correct them, or create the tables first",
					 setup->config->publication_name);
		well = false;
	}
	if (well)
	{
		heap_buffer_init(&what, PUBLICATION_TABLES_BYTES_MAX);
		heap_buffer_init(&statement, PUBLICATION_TABLES_BYTES_MAX);
		wf_buffer_append_literal(&what, " FOR TABLE ");
		wf_buffer_append_slice(&what, wf_buffer_since(&tables.all, 0));
		put_create(&statement, setup->config, wf_buffer_since(&what, 0));
		heap_buffer_free(&what);
		well = run(setup, &statement, "the publication is made", fault);
	}
	publication_tables_free(&tables);
	return well;
}

static bool
make(Setup *setup, bool slot_exists, SourceFault *fault)
{
	const Config *config = setup->config;
	WfBuffer	statement;
	bool		well;

	if (config->publication_mode == CONFIG_PUBLICATION_DISABLED)
		return refuse_to_make(config, PUBLICATION_AT_START, fault);
	if (config->publication_mode == CONFIG_PUBLICATION_FILTERED)
		well = make_filtered(setup, fault);
	else
	{
		heap_buffer_init(&statement, COMMAND_BYTES_MAX);
		put_create(&statement, config, config->publication_mode == CONFIG_PUBLICATION_ALL_TABLES ?
				   WF_LITERAL(" FOR ALL TABLES") : WF_LITERAL(""));
		well = run(setup, &statement, "the publication is made", fault);
	}

	/*
	 * somebody else, another walferry perhaps, was faster, or has committed
	 * just now
	 */
	if (!well && (strcmp(fault->sqlstate, "42710") == 0 || strcmp(fault->sqlstate, "23505") == 0))
	{
		memset(fault, 0, sizeof(*fault));
		return read_publication(setup, fault);
	}
	if (well && slot_exists)
		log_write(LOG_LEVEL_WARNING, "source",
				  "the replication slot is older than the publication, and what was committed before "
				  "the publication cannot be read",
				  log_text("slot", config->slot_name),
				  log_text("publication", config->publication_name));
	return well;
}

/* Adds to the statement what sets the publication's operations to those of skipped.operations. */
static void
put_new_operations(WfBuffer *statement, const Setup *setup)
{
	WfBuffer	wanted;

	if (!names_operations(setup->config))
		return;
	heap_buffer_init(&wanted, COMMAND_BYTES_MAX);
	put_operations(&wanted, setup->config);
	if (!wf_slice_equal(wf_buffer_since(&wanted, 0), wf_slice_of(setup->operations)))
	{
		begin_alter(statement, setup->config, " SET (");
		put_publish(statement, setup->config);
		wf_buffer_append_char(statement, ')');
	}
	heap_buffer_free(&wanted);
}

/* What makes the publication's tables those of the lists; nothing if they are. */
static void
put_new_tables(WfBuffer *statement, const Setup *setup, const PublicationTables *tables)
{
	bool		differs = tables->missing.length > 0 || tables->surplus.length > 0;

	if (differs && setup->has_schemas)
	{
		/* tables of a schema cannot be dropped one by one */
		begin_alter(statement, setup->config, " SET TABLE ");
		wf_buffer_append_slice(statement, wf_buffer_since(&tables->all, 0));
		return;
	}
	if (tables->missing.length > 0)
	{
		begin_alter(statement, setup->config, " ADD TABLE ");
		wf_buffer_append_slice(statement, wf_buffer_since(&tables->missing, 0));
	}
	if (tables->surplus.length > 0)
	{
		begin_alter(statement, setup->config, " DROP TABLE ");
		wf_buffer_append_slice(statement, wf_buffer_since(&tables->surplus, 0));
	}
}

/* Whoever else reads the publication loses them, too; told before it is done. */
static void
warn_of_surplus(const Setup *setup, const PublicationTables *tables)
{
	WfSlice		names = beginning(wf_buffer_since(&tables->surplus_names, 0));
	char		text[SHOWN_BYTES_MAX + 8];

	if (names.length == 0 || setup->in_recovery)
		return;
	snprintf(text, sizeof(text), "%.*s%s", (int) names.length, names.data,
			 names.length < tables->surplus_names.length ? "..." : "");
	log_write(LOG_LEVEL_WARNING, "source",
			  "tables are taken out of the publication, as publication.autocreate.mode=filtered asks for: "
			  "the include and exclude lists do not let them through",
			  log_text("publication", setup->config->publication_name), log_text("tables", text));
}

static bool
renew_filtered(Setup *setup, SourceFault *fault)
{
	PublicationTables tables;
	WfBuffer	statement;
	bool		well = true;

	if (setup->all_tables)
	{
		source_fault(fault, true, "publication \"%s\" is FOR ALL TABLES, and cannot be given the tables of "
					 "publication.autocreate.mode=filtered: set the mode to all_tables, or drop the "
					 "publication to have it made anew", setup->config->publication_name);
		return false;
	}
	if (!publication_tables_read(&tables, setup->replication, setup->config, setup->oid, fault))
	{
		publication_tables_free(&tables);
		return false;
	}
	heap_buffer_init(&statement, PUBLICATION_TABLES_BYTES_MAX);
	if (tables.wanted > 0)
	{
		warn_of_surplus(setup, &tables);
		put_new_tables(&statement, setup, &tables);
		if (tables.missing.error != WF_BUFFER_OK || tables.surplus.error != WF_BUFFER_OK ||
			tables.all.error != WF_BUFFER_OK)
			statement.error = WF_BUFFER_CEILING;
	}
	else
		log_write(LOG_LEVEL_WARNING, "source",
				  "the include and exclude lists let no table through, so the publication keeps its own",
				  log_text("publication", setup->config->publication_name));
	put_new_operations(&statement, setup);
	publication_tables_free(&tables);
	if (statement.length > 0 || statement.error != WF_BUFFER_OK)
		well = run(setup, &statement, "the publication is given what the configuration publishes", fault);
	else
		heap_buffer_free(&statement);
	return well;
}

bool
publication_set_up(Replication *replication, const Config *config, PublicationWish wish,
				   bool slot_exists, SourceFault *fault)
{
	Setup		setup = {.replication = replication, .config = config};

	if (!read_publication(&setup, fault))
		return false;
	if (!setup.exists && wish != PUBLICATION_AT_START)
		return refuse_to_make(config, wish, fault);
	if (!setup.exists)
		return make(&setup, slot_exists, fault);
	if (wish == PUBLICATION_AT_START && config->publication_mode == CONFIG_PUBLICATION_FILTERED)
		return renew_filtered(&setup, fault);
	return true;
}

bool
publication_look_up(Replication *replication, const Config *config, bool *exists,
					SourceFault *fault)
{
	Setup		setup = {.replication = replication, .config = config};

	if (!read_publication(&setup, fault))
		return false;
	*exists = setup.exists;
	return setup.exists || config->publication_mode != CONFIG_PUBLICATION_DISABLED ||
		refuse_to_make(config, PUBLICATION_AT_START, fault);
}

void
publication_explain_gone(const Config *config, SourceFault *fault)
{
	char		said[SOURCE_FAULT_TEXT_MAX / 2];
	char		sqlstate[SOURCE_SQLSTATE_LENGTH + 1];
	bool		in_callback = fault->in_callback;

	if (!fault->in_callback || strcmp(fault->sqlstate, "42704") != 0 ||
		strstr(fault->text, "publication") == NULL)
		return;
	snprintf(said, sizeof(said), "%.*s", (int) sizeof(said) - 1, fault->text);
	memcpy(sqlstate, fault->sqlstate, sizeof(sqlstate));
	source_fault(fault, true, "publication \"%s\" was not there when a change was committed that the slot "
				 "comes to now: it was dropped meanwhile, or made after the slot; pgoutput looks it up "
				 "as it was then, so a new one lets only later changes through: see that it exists "
				 "(CREATE PUBLICATION), run SELECT pg_replication_slot_advance('%s', "
				 "pg_current_wal_lsn()); in database \"%s\", start again, and fill the gap from the "
				 "tables (%s)", config->publication_name, config->slot_name,
				 config->database_dbname, said);
	memcpy(fault->sqlstate, sqlstate, sizeof(sqlstate));
	fault->in_callback = in_callback;
}
