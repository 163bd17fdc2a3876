/*
 * schema_store.c
 *		All shapes that records may name, by fingerprint.
 *
 * An open-addressed table: fingerprints are hashes already, so their first
 * digits choose the place.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "shipper/bigquery/schema_store.h"

#include <stdlib.h>

#include "shipper/kafka/schema_reader.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

#define PLACES (2 * SCHEMA_STORE_SHAPES_MAX)

struct SchemaStore
{
	SchemaReader *reader;
	int			shape_count;
	int			column_count;
	Shape	   *places[PLACES];
};

/* The place where the fingerprint is, or where it would go. */
static Shape **
find_place(SchemaStore *store, WfSlice fingerprint)
{
	uint32_t	place = 0;

	for (int i = 0; i < 8; i++)
	{
		char		c = fingerprint.data[i];

		place = place << 4 | (uint32_t) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	for (place %= PLACES; store->places[place] != NULL; place = (place + 1) % PLACES)
	{
		if (memcmp(store->places[place]->fingerprint, fingerprint.data,
				   SHAPE_FINGERPRINT_LENGTH) == 0)
			break;
	}
	return &store->places[place];
}

static void
on_found(void *host, WfSlice fingerprint, WfSlice description)
{
	SchemaStore *store = host;
	const char *error = NULL;
	Shape	   *shape = NULL;
	Shape	  **place;

	if (fingerprint.length != SHAPE_FINGERPRINT_LENGTH)
		error = "the key is not a fingerprint";
	else if (*(place = find_place(store, fingerprint)) != NULL)
		return;					/* written again at each start of a capture leg */
	else if (store->shape_count >= SCHEMA_STORE_SHAPES_MAX ||
			 store->column_count >= SCHEMA_STORE_COLUMNS_MAX)
		error = "there are more descriptions than this process can hold";
	else
		shape = shape_parse(fingerprint, description, &error);
	if (shape == NULL)
	{
		log_write(LOG_LEVEL_ERROR, "bigquery", "cannot use a schema description",
				  log_text("topic", schema_reader_topic(store->reader)), log_text("error", error));
		metric_add(METRIC_LOADER_ERRORS, 1);
		return;
	}
	*place = shape;
	store->shape_count++;
	store->column_count += shape->column_count;
	metric_set(METRIC_LOADER_SCHEMAS, store->shape_count);
}

SchemaStore *
schema_store_open(const Config *config)
{
	SchemaStore *store = calloc(1, sizeof(SchemaStore));

	if (store == NULL)
		return NULL;
	store->reader = schema_reader_open(config, on_found, store);
	if (store->reader == NULL)
	{
		free(store);
		return NULL;
	}
	return store;
}

void
schema_store_close(SchemaStore *store)
{
	schema_reader_close(store->reader);
	for (int i = 0; i < PLACES; i++)
		shape_free(store->places[i]);
	free(store);
}

void
schema_store_poll(SchemaStore *store, int timeout_ms)
{
	schema_reader_poll(store->reader, timeout_ms);
}

Shape *
schema_store_find(SchemaStore *store, WfSlice fingerprint)
{
	if (fingerprint.length != SHAPE_FINGERPRINT_LENGTH)
		return NULL;
	return *find_place(store, fingerprint);
}
