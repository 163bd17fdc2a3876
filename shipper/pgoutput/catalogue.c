/*
 * catalogue.c
 *		What pgoutput does not say of a table, asked of the catalogue.
 *
 * All about a table is asked in one transaction, of one snapshot, in one round trip.
 * Nothing here locks a table: pg_get_expr() is given no relation, which defaults do not
 * need, as from PostgreSQL 16 on, and in later minor versions of 15, it would open it, and
 * wait behind somebody's ALTER TABLE.
 *
 * A transaction's commit is in the WAL, and decoded, before others see it: for a moment, or for as
 * long as a synchronous standby does not answer (xact.c, RecordTransactionCommit()).  What the
 * catalogue says until then is of before its definitions, so it is asked again.  Unless the
 * commit may wait for walferry itself, which would wait for ever: so only a commit of which it
 * is known that it does not is waited for without an end.
 *
 * Texts that no description can hold are not even sent (envelope/catalogue_texts.h); nor
 * is a default printed whose tree is so long that its text might be.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "catalogue.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "envelope/catalogue_texts.h"
#include "notices.h"
#include "shipper/control.h"
#include "shipper/heap_buffer.h"
#include "shipper/log.h"
#include "shipper/source/connect.h"
#include "shipper/source/lock_holder.h"
#include "shipper/source/standby_names.h"

/* Names of 1,600 columns' types, by their numbers. */
#define COMMAND_BYTES_MAX (1024 * 1024)

/* A constant's bytes take up to five characters each in a tree, and there are names. */
#define TREE_MAX_BYTES (8 * WF_DEFAULT_MAX_BYTES)

/* A commit on its way to be seen is looked for so often, and told when it takes longer. */
#define SIGHT_PAUSE_MS_MAX 250
#define SIGHT_TOLD_AFTER_MS 10000

/* Between questions that are cancelled, each of which waits for a lock itself (connect.c). */
#define CANCELLED_PAUSE_MS 500

static void put(WfBuffer *command, const char *format,...)
			__attribute__((format(printf, 2, 3)));

static void
put(WfBuffer *command, const char *format,...)
{
	char		text[256];
	va_list		arguments;
	int			length;

	va_start(arguments, format);
	length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t) length < sizeof(text))
		wf_buffer_append(command, text, (size_t) length);
	else
		command->error = WF_BUFFER_CEILING;
}

static void
put_table(WfBuffer *command, uint32_t oid)
{
	wf_buffer_append_literal(command, "SELECT");
	put(command, " CASE WHEN octet_length(d.description) <= %d THEN d.description END,"
		" coalesce(octet_length(d.description) > %d, false)", WF_COMMENT_MAX_BYTES,
		WF_COMMENT_MAX_BYTES);
	wf_buffer_append_literal(command,
							 ", c.relkind = 'p', c.relkind = 'p' AND c.relreplident = 'f' AND EXISTS ("
							 "WITH RECURSIVE below (oid) AS (SELECT c.oid UNION ALL"
							 " SELECT i.inhrelid FROM below JOIN pg_inherits i ON i.inhparent = below.oid)"
							 " SELECT FROM below JOIN pg_class leaf ON leaf.oid = below.oid"
							 " WHERE leaf.relkind <> 'p' AND leaf.relreplident <> 'f')");
	put(command, " FROM pg_class c LEFT JOIN pg_description d ON d.objoid = c.oid"
		" AND d.classoid = 'pg_class'::regclass AND d.objsubid = 0 WHERE c.oid = %" PRIu32 ";",
		oid);
}

/* From 18 on attnotnull is also set for a constraint that is NOT VALID. */
static void
put_columns(WfBuffer *command, uint32_t oid, int server_version)
{
	wf_buffer_append_literal(command, "SELECT a.attname, a.atttypid, a.attnotnull");
	if (server_version >= 180000)
		wf_buffer_append_literal(command,
								 " AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = a.attrelid"
								 " AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum] AND NOT k.convalidated)");
	wf_buffer_append_literal(command, ", a.attidentity <> '', a.attgenerated <> '', a.attnum,");
	put(command, " CASE WHEN octet_length(e.text) <= %d THEN e.text END, ad.oid IS NOT NULL"
		" AND coalesce(octet_length(e.text) > %d, true),", WF_DEFAULT_MAX_BYTES,
		WF_DEFAULT_MAX_BYTES);
	put(command, " CASE WHEN octet_length(d.description) <= %d THEN d.description END,"
		" coalesce(octet_length(d.description) > %d, false)", WF_COMMENT_MAX_BYTES,
		WF_COMMENT_MAX_BYTES);
	wf_buffer_append_literal(command,
							 " FROM pg_attribute a LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid"
							 " AND ad.adnum = a.attnum AND a.attgenerated = ''");

	/*
	 * of a generated column it would be an error, which a join alone does not
	 * prevent
	 */
	put(command, " LEFT JOIN LATERAL (SELECT CASE WHEN a.attgenerated = ''"
		" AND octet_length(ad.adbin::text) <= %d"
		" THEN pg_get_expr(ad.adbin, 0) END AS text) e ON ad.oid IS NOT NULL", TREE_MAX_BYTES);
	put(command, " LEFT JOIN pg_description d ON d.objoid = a.attrelid"
		" AND d.classoid = 'pg_class'::regclass AND d.objsubid = a.attnum"
		" WHERE a.attrelid = %" PRIu32 " AND a.attnum > 0 AND NOT a.attisdropped"
		" ORDER BY a.attnum;", oid);
}

static void
put_indexes(WfBuffer *command, uint32_t oid)
{
	wf_buffer_append_literal(command,
							 "SELECT c.relname, i.indisprimary, i.indisreplident, i.indisclustered, i.indisvalid,"
							 " i.indimmediate, i.indpred IS NOT NULL, i.indexprs IS NOT NULL, i.indnkeyatts,"
							 " i.indkey FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid");
	put(command, " WHERE i.indrelid = %" PRIu32 " AND i.indisunique AND i.indislive;", oid);
}

static void
put_type_names(WfBuffer *command, const PgoutputRelation *relation)
{
	wf_buffer_append_literal(command,
							 "SELECT format_type(v.type::oid, v.typmod) FROM (VALUES (0, 0::bigint, 0)");
	for (int i = 0; i < relation->column_count; i++)
		put(command, ", (%d, %" PRIu32 ", %" PRId32 ")", i + 1, relation->columns[i].type,
			relation->columns[i].typmod);
	wf_buffer_append_literal(command,
							 ") AS v (place, type, typmod) WHERE v.place > 0 ORDER BY v.place;");
}

/*
 * WITH needed: the columns' types and what those are made of; of composite types only if
 * their values are taken apart.  A type is looked up by its OID: the planner takes needed for
 * large, and would read all of pg_type for each step (OFFSET 0 keeps it from that).
 */
static void
put_needed(WfBuffer *command, const PgoutputRelation *relation, const char *is_array,
		   bool with_members)
{
	wf_buffer_append_literal(command, "WITH RECURSIVE needed (oid) AS (SELECT unnest('{");
	for (int i = 0; i < relation->column_count; i++)
		put(command, "%s%" PRIu32, i > 0 ? "," : "", relation->columns[i].type);
	wf_buffer_append_literal(command,
							 "}'::oid[]) UNION SELECT part.oid FROM needed"
							 " CROSS JOIN LATERAL (SELECT typtype, typbasetype, typelem, typrelid, ");
	put(command, "typelem <> 0 AND %s AS is_array", is_array);
	wf_buffer_append_literal(command,
							 " FROM pg_type t WHERE t.oid = needed.oid OFFSET 0) t"
							 " CROSS JOIN LATERAL (SELECT t.typbasetype WHERE t.typtype = 'd'"
							 " UNION ALL SELECT t.typelem WHERE t.is_array");
	if (with_members)
		wf_buffer_append_literal(command,
								 " UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE t.typtype = 'c'"
								 " AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped");
	wf_buffer_append_literal(command, ") AS part (oid)) ");
}

/* By an array of OIDs, so that the indexes are used, however many types there are. */
static void
put_types(WfBuffer *command, const PgoutputRelation *relation, int server_version,
		  bool with_members)
{
	const char *is_array = server_version >= 140000 ?
	"t.typsubscript = 'array_subscript_handler'::regproc" : "t.typlen = -1";

	put_needed(command, relation, is_array, with_members);
	wf_buffer_append_literal(command,
							 "SELECT t.oid, t.typname, t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, ");
	put(command, "CASE WHEN %s THEN t.typelem ELSE 0 END, t.typsend <> 0, t.typdelim, ", is_array);
	put(command, "CASE WHEN t.typtype = 'e' THEN (SELECT"
		" left(string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder), %d)",
		WF_LABELS_MAX_BYTES + 1);
	wf_buffer_append_literal(command, " FROM pg_enum e WHERE e.enumtypid = t.oid) END, ");
	if (with_members)
		wf_buffer_append_literal(command,
								 "a.attname, a.atttypid FROM pg_type t LEFT JOIN pg_attribute a"
								 " ON t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0"
								 " AND NOT a.attisdropped");
	else
		wf_buffer_append_literal(command, "NULL, NULL FROM pg_type t");
	wf_buffer_append_literal(command,
							 " WHERE t.oid = ANY (ARRAY(SELECT oid FROM needed)) ORDER BY t.oid");
	wf_buffer_append_slice(command, with_members ? WF_LITERAL(", a.attnum;") : WF_LITERAL(";"));
}

/* Names of the catalogue's are found without a path, which is empty. */
static bool
ask_once(Catalogue *catalogue, const PgoutputRelation *relation, CatalogueAnswer *answer,
		 SourceFault *fault)
{
	bool		with_members = catalogue->config->format.unknown_handling == WF_UNKNOWN_JSON;
	WfBuffer	command;
	bool		well;

	heap_buffer_init(&command, COMMAND_BYTES_MAX);
	wf_buffer_append_literal(&command, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
	put_table(&command, relation->oid);
	put_columns(&command, relation->oid, catalogue->server_version);
	put_indexes(&command, relation->oid);
	put_type_names(&command, relation);
	put_types(&command, relation, catalogue->server_version, with_members);
	wf_buffer_append_literal(&command, "SELECT pg_current_snapshot(); COMMIT");
	wf_buffer_append_char(&command, '\0');
	well = command.error == WF_BUFFER_OK;
	if (!well)
		source_fault(fault, false, "out of memory for a question about table \"%.*s\"",
					 (int) relation->name.length, relation->name.data);
	else
		well = source_query_all(catalogue->connection, command.data, SOURCE_QUERY_TIMEOUT_MS,
								catalogue->turn, catalogue->turn_context, &answer->all, fault);
	heap_buffer_free(&command);
	if (!well)
		return false;
	if (answer->all.count != CATALOGUE_RESULTS + 2) /* BEGIN and COMMIT have one
													 * each */
	{
		source_results_clear(&answer->all);
		source_fault(fault, false, "PostgreSQL's answer to a question about a table is not understood");
		return false;
	}
	for (int i = 0; i < CATALOGUE_RESULTS; i++)
		answer->results[i] = answer->all.results[i + 1];	/* behind that of BEGIN */
	return true;
}

bool
catalogue_snapshot_shows(const char *snapshot, uint32_t xid)
{
	char	   *end;
	uint32_t	next;

	(void) strtoull(snapshot, &end, 10);
	if (*end != ':')
		return false;
	next = (uint32_t) strtoull(end + 1, &end, 10);
	if (*end != ':' || (int32_t) (xid - next) >= 0)
		return false;
	if (end[1] == '\0')
		return true;
	do
	{
		const char *at = end + 1;

		if ((uint32_t) strtoull(at, &end, 10) == xid || end == at)
			return false;
	} while (*end == ',');
	return *end == '\0';
}

/* Digits of a money of one: cash_send() gives it in the units of lc_monetary. */
static int32_t
money_digits(const char *hexadecimal)
{
	uint64_t	units = strtoull(hexadecimal, NULL, 16);
	int32_t		digits = 0;

	for (; units >= 10; units /= 10)
		digits++;
	return digits;
}

static bool
ask_session(Catalogue *catalogue, SourceFault *fault)
{
	PGresult   *result = source_query(catalogue->connection,
									  "SELECT encode(cash_send(1::money), 'hex'),"
									  " pg_snapshot_xmax(pg_current_snapshot())",
									  SOURCE_QUERY_TIMEOUT_MS, catalogue->turn,
									  catalogue->turn_context, fault);

	if (result == NULL)
		return false;
	catalogue->money_digits = money_digits(PQgetvalue(result, 0, 0));
	catalogue->next_xid = strtoull(PQgetvalue(result, 0, 1), NULL, 10);
	PQclear(result);
	return true;
}

/* For the first time or again. */
static bool
reach(Catalogue *catalogue, SourceFault *fault)
{
	catalogue->connection = source_connect_ordinary(catalogue->config, catalogue->turn,
													catalogue->turn_context, fault);
	if (catalogue->connection == NULL)
		return false;
	catalogue->server_version = PQserverVersion(catalogue->connection);
	if (ask_session(catalogue, fault))
		return true;
	catalogue_close(catalogue);
	return false;
}

bool
catalogue_open(Catalogue *catalogue, const Config *config, SourceTurn turn, void *turn_context,
			   SourceFault *fault)
{
	memset(catalogue, 0, sizeof(*catalogue));
	catalogue->config = config;
	catalogue->turn = turn;
	catalogue->turn_context = turn_context;
	return reach(catalogue, fault);
}

void
catalogue_close(Catalogue *catalogue)
{
	if (catalogue->connection != NULL)
		PQfinish(catalogue->connection);
	catalogue->connection = NULL;
}

static bool
ask_and_connect(Catalogue *catalogue, const PgoutputRelation *relation, CatalogueAnswer *answer,
				SourceFault *fault)
{
	memset(answer, 0, sizeof(*answer));
	memset(fault, 0, sizeof(*fault));
	if (catalogue->connection != NULL)
	{
		if (ask_once(catalogue, relation, answer, fault))
			return true;
		if (fault->stopped || PQstatus(catalogue->connection) == CONNECTION_OK)
			return false;

		/* idle connections are cut, by firewalls and by servers that restart */
		catalogue_close(catalogue);
		memset(fault, 0, sizeof(*fault));
	}
	return reach(catalogue, fault) && ask_once(catalogue, relation, answer, fault);
}

/* Tells what a question that was cancelled waits for, and gives whoever it is some time. */
static bool
wait_for_holder(Catalogue *catalogue, const PgoutputRelation *relation, SourceFault *fault)
{
	char		reason[SOURCE_FAULT_TEXT_MAX / 8];
	char		holder[SOURCE_FAULT_TEXT_MAX / 4] = "it cannot be connected to";
	bool		is_new = catalogue->waits_for[0] == '\0';

	snprintf(reason, sizeof(reason), "%.200s", fault->text);
	if (catalogue->connection != NULL &&
		!lock_holder_describe(catalogue->connection, catalogue->turn, catalogue->turn_context,
							  holder, sizeof(holder), fault))
		return false;
	snprintf(catalogue->waits_for, sizeof(catalogue->waits_for),
			 "the catalogue does not tell of table \"%.*s\" (%s), and is asked until it does: %s",
			 (int) relation->name.length, relation->name.data, reason, holder);
	if (is_new)
		log_write(LOG_LEVEL_WARNING, "source", catalogue->waits_for);
	(void) control_sleep(CANCELLED_PAUSE_MS);
	return source_take_turn(catalogue->turn, catalogue->turn_context, fault);
}

/*
 * Asks again, however long it takes, where the server cancels the question, be it that
 * somebody has locked a table of the catalogue: another session would wait for the same, having
 * sent once more what came before.
 */
static bool
ask_until_answered(Catalogue *catalogue, const PgoutputRelation *relation, CatalogueAnswer *answer,
				   SourceFault *fault)
{
	bool		answered;

	do
		answered = ask_and_connect(catalogue, relation, answer, fault);
	while (!answered && source_fault_is_cancelled(fault) &&
		   wait_for_holder(catalogue, relation, fault));
	catalogue->waits_for[0] = '\0';
	return answered;
}

/* ---- commits that are not to be seen yet ---- */

typedef enum Sight
{
	SIGHT_FAILED,				/* see the fault */
	SIGHT_NONE,					/* not yet */
	SIGHT_SEEN,
	SIGHT_OURS					/* the commit may be waiting for us: walferry is a
								 * synchronous standby */
} Sight;

enum
{
	LOOK_SNAPSHOT,
	LOOK_STANDBY_NAMES,
	LOOK_IS_STANDBY				/* NULL: not shown */
};

/*
 * May commits wait for walferry?  pg_stat_replication shows nothing of our own walsender
 * without pg_read_all_stats, and has none by a pooler's pid; the setting is shown to all.
 */
static bool
are_ours(const PGresult *result)
{
	if (!PQgetisnull(result, 0, LOOK_IS_STANDBY))
		return catalogue_is_true(result, 0, LOOK_IS_STANDBY);
	return standby_names_have(PQgetvalue(result, 0, LOOK_STANDBY_NAMES), SOURCE_WALSENDER_NAME);
}

/*
 * May the transaction be seen by now?  A walsender of the list that has not caught up yet
 * counts for potential even where there is no other that commits could wait for, and does not
 * catch up while nobody reads.
 */
static Sight
look(Catalogue *catalogue, SourceFault *fault)
{
	char		command[512];
	PGresult   *result;
	Sight		sight;

	snprintf(command, sizeof(command), "SELECT pg_current_snapshot(),"
			 " current_setting('synchronous_standby_names'),"
			 " (SELECT sync_priority > 0 AND (sync_state IN ('sync', 'quorum') OR state <> 'streaming')"
			 " FROM pg_stat_replication WHERE pid = %d)", catalogue->walsender_pid);
	result = source_query(catalogue->connection, command, SOURCE_QUERY_TIMEOUT_MS,
						  catalogue->turn, catalogue->turn_context, fault);
	if (result == NULL)
		return SIGHT_FAILED;
	if (catalogue_snapshot_shows(PQgetvalue(result, 0, LOOK_SNAPSHOT), catalogue->xid))
		sight = SIGHT_SEEN;
	else
		sight = are_ours(result) ? SIGHT_OURS : SIGHT_NONE;
	PQclear(result);
	return sight;
}

static void
warn_of_own_commits(Catalogue *catalogue, const PgoutputRelation *relation)
{
	if (catalogue->warned_of_own)
		return;
	catalogue->warned_of_own = true;
	notice_warn_of_table("synchronous_standby_names takes walferry for a standby, and commits wait for "
						 "it before they can be seen, so the catalogue is asked about tables before it "
						 "shows what the transaction at hand has defined: name the standbys in it",
						 relation->schema, relation->name);
}

/*
 * Waits until the transaction may be seen, however long it takes: what its rows are is not
 * known before, and another session would begin at the same place.  SIGHT_NONE is not
 * returned.
 */
static Sight
await_sight(Catalogue *catalogue, const PgoutputRelation *relation, SourceFault *fault)
{
	int64_t		begun_ms = control_now_ms();
	int64_t		pause_ms = 1;

	for (;;)
	{
		Sight		sight = look(catalogue, fault);

		if (sight != SIGHT_NONE && !(sight == SIGHT_FAILED && source_fault_is_cancelled(fault)))
			return sight;
		if (catalogue->waits_for[0] == '\0' && control_now_ms() - begun_ms >= SIGHT_TOLD_AFTER_MS)
		{
			snprintf(catalogue->waits_for, sizeof(catalogue->waits_for),
					 "transaction %" PRIu32 " has committed, but PostgreSQL does not let it be seen yet, "
					 "and until it does the catalogue cannot be asked about table \"%.*s\": if the "
					 "commit waits for a synchronous standby, look at synchronous_standby_names and "
					 "pg_stat_replication", catalogue->xid, (int) relation->name.length,
					 relation->name.data);
			log_write(LOG_LEVEL_WARNING, "source", catalogue->waits_for);
		}
		(void) control_sleep(pause_ms);
		if (!source_take_turn(catalogue->turn, catalogue->turn_context, fault))
			return SIGHT_FAILED;
		if (pause_ms < SIGHT_PAUSE_MS_MAX)
			pause_ms *= 2;
	}
}

bool
catalogue_ask(Catalogue *catalogue, const PgoutputRelation *relation, CatalogueAnswer *answer,
			  SourceFault *fault)
{
	Sight		sight;

	if (!ask_until_answered(catalogue, relation, answer, fault))
		return false;
	if (catalogue->xid == 0 ||
		catalogue_snapshot_shows(PQgetvalue(answer->results[CATALOGUE_SNAPSHOT], 0, 0),
								 catalogue->xid))
		return true;
	sight = await_sight(catalogue, relation, fault);
	catalogue->waits_for[0] = '\0';
	if (sight == SIGHT_OURS)
	{
		warn_of_own_commits(catalogue, relation);
		return true;
	}
	catalogue_answer_free(answer);
	return sight == SIGHT_SEEN && ask_until_answered(catalogue, relation, answer, fault);
}

void
catalogue_answer_free(CatalogueAnswer *answer)
{
	source_results_clear(&answer->all);
	memset(answer, 0, sizeof(*answer));
}
