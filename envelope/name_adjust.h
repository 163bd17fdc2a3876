/*
 * name_adjust.h
 *		Names of schemas and fields as Avro allows them.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_NAME_ADJUST_H
#define WALFERRY_NAME_ADJUST_H

#include "options.h"

/*
 * Room for any adjusted name.  The longest is that of a schema: a topic's name
 * and ".Envelope", six characters for each of theirs.  A column's name has at
 * most 63 characters.
 */
#define WF_ADJUSTED_NAME_MAX 2048

typedef struct WfAdjustedName
{
	char		bytes[WF_ADJUSTED_NAME_MAX];
} WfAdjustedName;

/*
 * schema.name.adjustment.mode and field.name.adjustment.mode (Debezium's
 * SchemaNameAdjuster and FieldNameSelector).  mode: a WfNameAdjustment.  Either
 * gives name itself or a slice of room; name is UTF-8.
 */
extern WfSlice wf_schema_name_adjust(int mode, WfSlice name, WfAdjustedName *room);
extern WfSlice wf_field_name_adjust(int mode, WfSlice name, WfAdjustedName *room);

#endif							/* WALFERRY_NAME_ADJUST_H */
