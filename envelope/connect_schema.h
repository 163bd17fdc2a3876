/*
 * connect_schema.h
 *		The Kafka Connect schema of a column.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_CONNECT_SCHEMA_H
#define WALFERRY_CONNECT_SCHEMA_H

#include "field.h"
#include "json.h"

/* Whether values of the field are strings to Kafka Connect. */
extern bool wf_connect_is_string(const WfField *field);

/*
 * Appends the schema as the JsonConverter would inline it:
 * {"type":…,"optional":…[,"name":…,"version":1][,"doc"][,"parameters"],"field":…}.
 * name: UTF-8; data NULL: the schema is no field's.
 */
extern void wf_connect_schema_write(WfBuffer *buffer, WfTextForm *form, const WfField *field,
									WfSlice name);

#endif							/* WALFERRY_CONNECT_SCHEMA_H */
