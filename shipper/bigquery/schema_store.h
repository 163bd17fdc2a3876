/*
 * schema_store.h
 *		All shapes that records may name, by fingerprint.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SCHEMA_STORE_H
#define WALFERRY_SCHEMA_STORE_H

#include "shipper/bigquery/shape.h"
#include "shipper/config.h"

/* Ceilings: beyond them descriptions are refused, said loudly, and the
 * partitions that need them stand still. */
#define SCHEMA_STORE_SHAPES_MAX 16384	/* a power of two */
#define SCHEMA_STORE_COLUMNS_MAX 200000

typedef struct SchemaStore SchemaStore;

/* NULL, logged, if that can never work. */
extern SchemaStore *schema_store_open(const Config *config);
extern void schema_store_close(SchemaStore *store);

/* Takes over what has arrived, waiting at most timeout_ms for the first. */
extern void schema_store_poll(SchemaStore *store, int timeout_ms);

/* NULL if it is not known (yet).  The shape belongs to the store. */
extern Shape *schema_store_find(SchemaStore *store, WfSlice fingerprint);

/* Why it is not known, and what can be done, in words. */
extern void schema_store_explain(const SchemaStore *store, WfSlice fingerprint, char *text,
								 size_t size);

#endif							/* WALFERRY_SCHEMA_STORE_H */
