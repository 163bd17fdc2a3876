/*
 * shape.h
 *		One version of a source table's shape, as the capture leg described it.
 *
 * Descriptions travel in the topic __walferry.schemas.<prefix>, keyed by their
 * fingerprint; each record names the one it was written under.  They are read
 * once, so by jansson.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_SHAPE_H
#define WALFERRY_SHAPE_H

#include "shipper/bigquery/type_map.h"

#define SHAPE_FINGERPRINT_LENGTH 32
#define SHAPE_COLUMNS_MAX 1600	/* PostgreSQL's MaxHeapAttributeNumber */

typedef struct ShapeColumn
{
	char	   *name;			/* the source column's */
	char	   *comment;		/* NULL: none */
	BqMapping	mapping;
} ShapeColumn;

typedef struct Shape
{
	char		fingerprint[SHAPE_FINGERPRINT_LENGTH + 1];
	char	   *schema;
	char	   *table;
	char	   *comment;		/* NULL: none */
	ShapeColumn *columns;
	int			column_count;
	int		   *key;			/* indexes into columns, in the key's order */
	int			key_count;

	/* where its rows go; filled in by whoever opens the table */
	struct Table *target;
	int		   *slots;			/* per column: index into the table's columns */
} Shape;

/*
 * Reads a description.  NULL if it is not one we understand; *error then says
 * why in one sentence (a constant).
 */
extern Shape *shape_parse(WfSlice fingerprint, WfSlice description, const char **error);

extern void shape_free(Shape *shape);

/* Index of the column of that name, trying `guess` first; -1 if there is none. */
extern int	shape_column(const Shape *shape, WfSlice name, int guess);

#endif							/* WALFERRY_SHAPE_H */
