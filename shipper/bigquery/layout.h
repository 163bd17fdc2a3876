/*
 * layout.h
 *		What a history table looks like: names, columns, partitioning, label.
 *
 * Columns are the row's own, then the ones that tell about the event.  A table
 * remembers by itself which source column each of its columns holds: by the
 * name, or, where that could not be used, by the description.  So the
 * assignment survives restarts, and columns that come, go and come back.
 *
 * Field numbers in rows: the event's own columns 1 to 15, which take one byte
 * each, then the table's columns in the order in which we learnt of them.  A
 * column's number therefore never changes while the process lives.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_LAYOUT_H
#define WALFERRY_LAYOUT_H

#include "shipper/bigquery/shape.h"

typedef enum EventField
{
	FIELD_OP = 1,
	FIELD_POSITION,
	FIELD_COMMIT_TS,
	FIELD_INGESTED_AT,
	FIELD_TX_ID,
	FIELD_LSN,
	FIELD_SNAPSHOT,
	FIELD_KEY,
	FIELD_KEY_BEFORE,
	FIELD_UNAVAILABLE_COLUMNS,
	FIELD_OVERFLOW,
	FIELD_SCHEMA,
	FIELD_KAFKA_TOPIC,
	FIELD_KAFKA_PARTITION,
	FIELD_KAFKA_OFFSET,
	FIELD_ROW_FIRST				/* of the row's own columns */
} EventField;

/* One of the columns that tell about the event. */
typedef struct EventColumn
{
	const char *name;
	BqType		type;
	bool		repeated;
	EventField	field;
	const char *description;
} EventColumn;

#define EVENT_COLUMN_COUNT (FIELD_ROW_FIRST - 1)
extern const EventColumn event_columns[EVENT_COLUMN_COUNT];

#define LAYOUT_COLUMNS_MAX 10000	/* BigQuery's limit for a table */
#define LAYOUT_NAME_MAX 300		/* and for a column's name */
#define LAYOUT_TABLE_NAME_MAX 1024
#define LAYOUT_LABEL_MAX 63

typedef struct LayoutColumn
{
	char	   *name;			/* in BigQuery */
	char	   *source;			/* in PostgreSQL */
	char	   *comment;		/* of a column yet to be made; NULL: none */
	BqType		type;			/* BQ_TYPE_COUNT: one that we never write */
	bool		exists;			/* in BigQuery */
} LayoutColumn;

typedef struct Layout
{
	LayoutColumn *columns;
	int			count;
	bool		event_exists[EVENT_COLUMN_COUNT];
} Layout;

#define LAYOUT_LABEL_KEY "walferry_source"

/* <table>__history, <schema>__<table>__history; characters BigQuery would not
 * take become underscores.  name: LAYOUT_TABLE_NAME_MAX + 1 bytes. */
extern void layout_table_name(const char *schema, const char *table, char *name);

/*
 * The value of our label: readable, and different for every source.  Labels
 * hold lower-case letters, digits, _ and - only, so it is the name as far as
 * that goes, and 16 digits of its SHA-256.  label: LAYOUT_LABEL_MAX + 1 bytes.
 */
extern void layout_label(const char *prefix, const char *schema, const char *table, char *label);

extern void layout_free(Layout *layout);

/*
 * Takes over the columns that tables.get showed; those known already keep
 * their numbers, and are marked as existing or not.  False, with a reason, if
 * one of the event's columns has another type than ours.
 */
extern bool layout_read(Layout *layout, const json_t *table_resource, const char **reason);

/*
 * Finds, or adds, a column for each of the shape's, and notes them in
 * shape->slots.  False if there is no memory or no room.
 */
extern bool layout_bind(Layout *layout, Shape *shape);

/* Is there a column that BigQuery does not have yet? */
extern bool layout_incomplete(const Layout *layout);

/* After an insert or patch that succeeded. */
extern void layout_mark_complete(Layout *layout);

/* The "schema" of a new table: the row's columns, then the event's. */
extern json_t *layout_fields(const Layout *layout);

/*
 * The "schema" of a patch: what stands in the table's resource, unchanged,
 * followed by what is missing there.
 */
extern json_t *layout_fields_added(const Layout *layout, const json_t *table_resource);

/* The "clustering" of a new table: up to three of the key's columns, then _position. */
extern json_t *layout_clustering(const Layout *layout, const Shape *shape);

/* Appends the DescriptorProto of the rows. */
extern void layout_descriptor(const Layout *layout, WfBuffer *buffer);

#endif							/* WALFERRY_LAYOUT_H */
