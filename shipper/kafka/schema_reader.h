/*
 * schema_reader.h
 *		Reads the topic __walferry.schemas.<prefix> from its beginning on.
 *
 * The topic is small, compacted and never expires.  It is read without a
 * group: every process reads all of it at its start, then what is added.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SCHEMA_READER_H
#define WALFERRY_SCHEMA_READER_H

#include "envelope/buffer.h"
#include "shipper/config.h"

typedef struct SchemaReader SchemaReader;

/* Called for each description; the slices are valid during the call. */
typedef void (*SchemaFound) (void *host, WfSlice fingerprint, WfSlice description);

/* NULL, logged, if that can never work. */
extern SchemaReader *schema_reader_open(const Config *config, SchemaFound found, void *host);
extern void schema_reader_close(SchemaReader *reader);

/* Takes what has arrived, waiting at most timeout_ms for the first. */
extern void schema_reader_poll(SchemaReader *reader, int timeout_ms);

/* What keeps us from reading the topic, in words; empty: nothing, or not any more. */
extern const char *schema_reader_error(const SchemaReader *reader);

extern const char *schema_reader_topic(const SchemaReader *reader);

#endif							/* WALFERRY_SCHEMA_READER_H */
