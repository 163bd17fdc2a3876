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

#include <stdio.h>
#include <stdlib.h>

#include "shipper/kafka/schema_reader.h"
#include "shipper/log.h"
#include "shipper/metrics.h"

#define PLACES (2 * SCHEMA_STORE_SHAPES_MAX)

/* Descriptions that are of no use are remembered, so that it can be said why;
 * the last ones only. */
#define REFUSED_MAX 64

typedef struct RefusedDescription
{
	char		fingerprint[SHAPE_FINGERPRINT_LENGTH];
	const char *error;
} RefusedDescription;

#define TOO_MANY "there are more descriptions than this process can hold"

struct SchemaStore
{
	SchemaReader *reader;
	int			shape_count;
	int			column_count;
	int			refused_count;	/* ever */
	RefusedDescription refused[REFUSED_MAX];
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

static const RefusedDescription *
find_refused(const SchemaStore *store, WfSlice fingerprint)
{
	for (int i = 0; i < store->refused_count && i < REFUSED_MAX; i++)
	{
		if (memcmp(store->refused[i].fingerprint, fingerprint.data,
				   SHAPE_FINGERPRINT_LENGTH) == 0)
			return &store->refused[i];
	}
	return NULL;
}

static void
note_refused(SchemaStore *store, WfSlice fingerprint, const char *error)
{
	RefusedDescription *refused;

	if (fingerprint.length != SHAPE_FINGERPRINT_LENGTH || find_refused(store, fingerprint) != NULL)
		return;
	refused = &store->refused[store->refused_count++ % REFUSED_MAX];
	memcpy(refused->fingerprint, fingerprint.data, SHAPE_FINGERPRINT_LENGTH);
	refused->error = error;
}

void
schema_store_explain(const SchemaStore *store, WfSlice fingerprint, char *text, size_t size)
{
	const RefusedDescription *refused = find_refused(store, fingerprint);
	const char *topic = schema_reader_topic(store->reader);
	const char *error = schema_reader_error(store->reader);

	if (refused != NULL && strcmp(refused->error, TOO_MANY) == 0)
		snprintf(text, size, "there was no room for the record's schema description %.32s: at most "
				 "%d descriptions with %d columns are held; write tombstones for those in %s that "
				 "no record names any more, and start the loader again once it is compacted",
				 fingerprint.data, SCHEMA_STORE_SHAPES_MAX, SCHEMA_STORE_COLUMNS_MAX, topic);
	else if (refused != NULL)
		snprintf(text, size, "the record's schema description %.32s in %s is of no use: %s; run the "
				 "loader in the version that wrote it, or a newer one", fingerprint.data, topic,
				 refused->error);
	else if (error[0] != '\0')
		snprintf(text, size, "the topic of schema descriptions %s cannot be read (%s), so the types "
				 "of the record's columns are not known; see that it exists and that the loader's "
				 "user has the rights Read and Describe on it", topic, error);
	else
		snprintf(text, size, "the record's schema description %.32s is not in %s; the capture leg "
				 "writes it before the record: restore the topic if it was deleted or lost "
				 "records, else move the consumer group's offset past the record", fingerprint.data,
				 topic);
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
		error = TOO_MANY;
	else
		shape = shape_parse(fingerprint, description, &error);
	if (shape == NULL)
	{
		log_write(LOG_LEVEL_ERROR, "bigquery", "cannot use a schema description",
				  log_text("topic", schema_reader_topic(store->reader)), log_text("error", error));
		metric_add(METRIC_LOADER_ERRORS, 1);
		note_refused(store, fingerprint, error);
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
