/*
 * tables.c
 *		The tables of a session, by their OIDs.
 *
 * What a Relation message says is kept as it is, and a table is made of it only when a
 * change needs one: pgoutput describes each partition beside the table above it, by whose
 * name the rows go, and a TRUNCATE describes all.
 *
 * A streamed transaction's Relation messages are replayed when it commits, and others may
 * have come since, by which other transactions' rows go on.  So messages are numbered as they
 * arrive, and what a replay displaces is put back at its end.
 *
 * A hash table with open addressing, since each change asks it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tables.h"

#include <stdlib.h>

#include "shipper/control.h"
#include "shipper/log.h"

#define ROOM_FIRST 64

/* The catalogue is asked no oftener for labels that it does not have, and for so many. */
#define LABELS_INTERVAL_MS 1000
#define LABELS_ASKED_MAX 16

struct TableEntry
{
	uint32_t	oid;
	uint64_t	arrival;		/* the message's number */
	uint64_t	transaction;	/* in which the table was made */
	int64_t		asked_ms;		/* since when labels were asked for */
	int			asked_count;
	uint32_t	asked[LABELS_ASKED_MAX];	/* which ones (labels.h) */
	PgoutputRelation *message;	/* as many columns as it has, and behind them the
								 * texts */
	PgoutputTable *table;		/* NULL: not made yet */
	PgoutputTable *former;		/* what it succeeds then */
	TableEntry *newer;			/* that this one displaces for a replay */
};

/* ---- messages ---- */

static size_t
texts_length(const PgoutputRelation *message)
{
	size_t		length = message->schema.length + message->name.length;

	for (int i = 0; i < message->column_count; i++)
		length += message->columns[i].name.length;
	return length;
}

/* Copies a text to *end, which moves behind it. */
static WfSlice
put_text(char **end, WfSlice text)
{
	WfSlice		copy = wf_slice(*end, text.length);

	if (text.length > 0)
		memcpy(*end, text.data, text.length);
	*end += text.length;
	return copy;
}

/* One piece of memory, of the columns that there are.  NULL for want of it. */
static PgoutputRelation *
copy_message(const PgoutputRelation *message)
{
	size_t		size = offsetof(PgoutputRelation, columns) +
	sizeof(PgoutputColumn) * (size_t) message->column_count;
	PgoutputRelation *copy = malloc(size + texts_length(message));
	char	   *end = (char *) copy + size;

	if (copy == NULL)
		return NULL;
	memcpy(copy, message, size);
	copy->schema = put_text(&end, message->schema);
	copy->name = put_text(&end, message->name);
	for (int i = 0; i < message->column_count; i++)
		copy->columns[i].name = put_text(&end, message->columns[i].name);
	return copy;
}

static bool
say_the_same(const PgoutputRelation *a, const PgoutputRelation *b)
{
	if (a->identity != b->identity || a->column_count != b->column_count ||
		!wf_slice_equal(a->schema, b->schema) || !wf_slice_equal(a->name, b->name))
		return false;
	for (int i = 0; i < a->column_count; i++)
		if (a->columns[i].in_identity != b->columns[i].in_identity ||
			a->columns[i].type != b->columns[i].type ||
			a->columns[i].typmod != b->columns[i].typmod ||
			!wf_slice_equal(a->columns[i].name, b->columns[i].name))
			return false;
	return true;
}

/* ---- entries ---- */

static void
free_entry(TableEntry *entry)
{
	if (entry == NULL)
		return;
	free_entry(entry->newer);
	free(entry->message);
	pgoutput_table_free(entry->table);
	pgoutput_table_free(entry->former);
	free(entry);
}

/* Spreads OIDs, which come one after the other. */
static uint32_t
place_of(uint32_t oid, uint32_t room)
{
	return oid * 2654435769u & (room - 1);
}

/* Where the table is, or would be. */
static TableEntry **
find_place(TableEntry **places, uint32_t room, uint32_t oid)
{
	uint32_t	place = place_of(oid, room);

	while (places[place] != NULL && places[place]->oid != oid)
		place = (place + 1) & (room - 1);
	return &places[place];
}

static TableEntry *
find_entry(const PgoutputTables *tables, uint32_t oid)
{
	return tables->room == 0 ? NULL : *find_place(tables->places, tables->room, oid);
}

/* At most half of the places are taken. */
static bool
make_room(PgoutputTables *tables)
{
	uint32_t	room = tables->room == 0 ? ROOM_FIRST : tables->room * 2;
	TableEntry **places;

	if (tables->count < tables->room / 2)
		return true;
	places = calloc(room, sizeof(TableEntry *));
	if (places == NULL)
		return false;
	for (uint32_t i = 0; i < tables->room; i++)
		if (tables->places[i] != NULL)
			*find_place(places, room, tables->places[i]->oid) = tables->places[i];
	free(tables->places);
	tables->places = places;
	tables->room = room;
	return true;
}

static TablesResult
no_memory(SourceFault *fault)
{
	source_fault(fault, false, "out of memory for tables");
	return TABLES_FAILED;
}

/* ---- what comes in ---- */

/* Puts a new entry at its place; one that is newer is displaced until the replay's end. */
static void
put_entry(PgoutputTables *tables, TableEntry **place, TableEntry *entry)
{
	TableEntry *former = *place;

	*place = entry;
	if (former == NULL)
	{
		tables->count++;
		return;
	}
	if (former->newer == NULL && former->arrival > entry->arrival)
	{
		entry->newer = former;
		tables->displaced++;
		return;
	}
	entry->newer = former->newer;
	former->newer = NULL;
	if (entry->newer != NULL && entry->newer->arrival < entry->arrival)
	{
		free_entry(entry->newer);
		entry->newer = NULL;
		tables->displaced--;
	}
	entry->former = former->table != NULL ? former->table : former->former;
	if (former->table != NULL)
		pgoutput_table_free(former->former);
	former->table = former->former = NULL;
	free_entry(former);
}

uint64_t
pgoutput_tables_arrival(PgoutputTables *tables)
{
	return ++tables->arrivals;
}

TablesResult
pgoutput_tables_take(PgoutputTables *tables, const PgoutputRelation *message, uint64_t arrival,
					 SourceFault *fault)
{
	TableEntry *former = find_entry(tables, message->oid);
	TableEntry *entry;

	/*
	 * What this transaction has changed had been committed before it came, so
	 * the catalogue has told of it already.
	 */
	if (former != NULL && former->table != NULL && former->transaction == tables->transaction &&
		say_the_same(former->message, message))
		return TABLES_DONE;
	if (former == NULL && tables->count >= TABLES_MAX)
		return TABLES_FULL;
	if (!make_room(tables))
		return no_memory(fault);
	entry = calloc(1, sizeof(TableEntry));
	if (entry == NULL)
		return no_memory(fault);
	entry->oid = message->oid;
	entry->arrival = arrival;
	entry->message = copy_message(message);
	if (entry->message == NULL)
	{
		free_entry(entry);
		return no_memory(fault);
	}
	put_entry(tables, find_place(tables->places, tables->room, message->oid), entry);
	return TABLES_DONE;
}

void
pgoutput_tables_end_replay(PgoutputTables *tables)
{
	for (uint32_t i = 0; i < tables->room && tables->displaced > 0; i++)
	{
		TableEntry *entry = tables->places[i];

		if (entry == NULL || entry->newer == NULL)
			continue;
		tables->places[i] = entry->newer;
		entry->newer = NULL;
		free_entry(entry);
		tables->displaced--;
	}
}

/* ---- what is asked for ---- */

/* Can the table's rows be read in the form that they come in? */
static TablesResult
judge_form(const PgoutputTables *tables, const PgoutputTable *table)
{
	return tables->maker.binary && table->captured && !table->is_read_binary ?
		TABLES_NOT_BINARY : TABLES_DONE;
}

/* Makes the entry's table, to succeed what there was. */
static TablesResult
make_table(PgoutputTables *tables, TableEntry *entry, SourceFault *fault)
{
	PgoutputTable *table = pgoutput_table_make(&tables->maker, entry->message, entry->former,
											   fault);

	if (table == NULL)
		return TABLES_FAILED;
	entry->former = NULL;		/* which it has freed */
	entry->table = table;
	entry->transaction = tables->transaction;
	return judge_form(tables, table);
}

TablesResult
pgoutput_tables_get(PgoutputTables *tables, uint32_t oid, PgoutputTable **table,
					SourceFault *fault)
{
	TableEntry *entry = find_entry(tables, oid);
	TablesResult result = TABLES_DONE;

	*table = NULL;
	if (entry == NULL)
		return TABLES_DONE;
	if (entry->table == NULL)
		result = make_table(tables, entry, fault);
	*table = entry->table;
	return result;
}

static TablesResult
renew(PgoutputTables *tables, TableEntry *entry, PgoutputTable **table, SourceFault *fault)
{
	TablesResult result;

	entry->former = entry->table;
	entry->table = NULL;
	result = make_table(tables, entry, fault);
	*table = entry->table;
	return result;
}

TablesResult
pgoutput_tables_renew(PgoutputTables *tables, PgoutputTable **table, int null_column,
					  SourceFault *fault)
{
	TableEntry *entry = find_entry(tables, (*table)->oid);

	entry->message->columns[null_column].has_null = true;
	return renew(tables, entry, table, fault);
}

/* May these be asked for?  Then they count as asked for. */
static bool
note_asked(TableEntry *entry, uint32_t labels)
{
	int64_t		now_ms = control_now_ms();

	if (entry->asked_count > 0 && now_ms - entry->asked_ms >= LABELS_INTERVAL_MS)
		entry->asked_count = 0;
	if (entry->asked_count == 0)
		entry->asked_ms = now_ms;
	for (int i = 0; i < entry->asked_count; i++)
		if (entry->asked[i] == labels)
			return false;
	if (entry->asked_count == LABELS_ASKED_MAX)
		return false;
	entry->asked[entry->asked_count++] = labels;
	return true;
}

TablesResult
pgoutput_tables_renew_labels(PgoutputTables *tables, PgoutputTable **table, uint32_t labels,
							 SourceFault *fault)
{
	TableEntry *entry = find_entry(tables, (*table)->oid);

	return note_asked(entry, labels) ? renew(tables, entry, table, fault) : TABLES_DONE;
}

void
pgoutput_tables_begin(PgoutputTables *tables)
{
	tables->transaction++;
}

void
pgoutput_tables_free(PgoutputTables *tables)
{
	for (uint32_t i = 0; i < tables->room; i++)
		free_entry(tables->places[i]);
	free(tables->places);
	tables->places = NULL;
	tables->room = tables->count = tables->displaced = 0;
}
