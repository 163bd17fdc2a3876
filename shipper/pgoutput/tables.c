/*
 * tables.c
 *		The tables of a session, by their OIDs.
 *
 * A hash table with open addressing, since each change asks it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "tables.h"

#include <stdlib.h>

#define ROOM_FIRST 64

/* Spreads OIDs, which come one after the other. */
static uint32_t
place_of(uint32_t oid, uint32_t room)
{
	return oid * 2654435769u & (room - 1);
}

/* Where the table is, or would be. */
static PgoutputTable **
find_place(PgoutputTable **places, uint32_t room, uint32_t oid)
{
	uint32_t	place = place_of(oid, room);

	while (places[place] != NULL && places[place]->oid != oid)
		place = (place + 1) & (room - 1);
	return &places[place];
}

PgoutputTable *
pgoutput_tables_find(const PgoutputTables *tables, uint32_t oid)
{
	return tables->room == 0 ? NULL : *find_place(tables->places, tables->room, oid);
}

/* At most half of the places are taken. */
static bool
make_room(PgoutputTables *tables)
{
	uint32_t	room = tables->room == 0 ? ROOM_FIRST : tables->room * 2;
	PgoutputTable **places;

	if (tables->count < tables->room / 2)
		return true;
	places = calloc(room, sizeof(PgoutputTable *));
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

/* Can the table's rows be read in the form that they come in? */
static TablesResult
judge_form(const PgoutputTables *tables, const PgoutputTable *table)
{
	return tables->maker.binary && table->captured && !table->is_read_binary ?
		TABLES_NOT_BINARY : TABLES_DONE;
}

TablesResult
pgoutput_tables_take(PgoutputTables *tables, const PgoutputRelation *message,
					 SourceFault *fault)
{
	PgoutputTable **place;
	PgoutputTable *former;
	PgoutputTable *table;

	if (!make_room(tables))
	{
		source_fault(fault, false, "out of memory for tables");
		return TABLES_FAILED;
	}
	place = find_place(tables->places, tables->room, message->oid);
	former = *place;
	if (former == NULL && tables->count >= TABLES_MAX)
		return TABLES_FULL;
	table = pgoutput_table_make(&tables->maker, message, former, fault);
	if (table == NULL)
		return TABLES_FAILED;
	*place = table;
	tables->count += former == NULL ? 1 : 0;
	return judge_form(tables, table);
}

TablesResult
pgoutput_tables_renew(PgoutputTables *tables, PgoutputTable **table, SourceFault *fault)
{
	PgoutputTable **place = find_place(tables->places, tables->room, (*table)->oid);
	PgoutputTable *renewed = pgoutput_table_renew(&tables->maker, *table, fault);

	if (renewed == NULL)
		return TABLES_FAILED;
	*table = *place = renewed;
	return judge_form(tables, renewed);
}

void
pgoutput_tables_free(PgoutputTables *tables)
{
	for (uint32_t i = 0; i < tables->room; i++)
		pgoutput_table_free(tables->places[i]);
	free(tables->places);
	tables->places = NULL;
	tables->room = tables->count = 0;
}
