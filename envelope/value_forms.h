/*
 * value_forms.h
 *		The writers of single forms, by kind: value_number.c, value_time.c,
 *		value_bytes.c, value_hstore.c, value_geometry.c, value_vector.c,
 *		value_array.c.
 *
 * Private to value.c, which picks the writer.  Each appends a PRESENT value and
 * tells whether it has the form; one that has not appends nothing.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_VALUE_FORMS_H
#define WALFERRY_VALUE_FORMS_H

#include "value.h"

#define WF_UUID_BYTES 16

/* numeric and money, in every decimal mode */
extern WfValueResult wf_write_number(WfBuffer *buffer, const WfField *field,
									 const WfValue *value);

/* date, time and timestamp with or without zone, interval, in every time mode */
extern WfValueResult wf_write_temporal(WfBuffer *buffer, const WfField *field,
									   const WfValue *value);

/* bytea and bit strings, in every binary mode */
extern void wf_write_bytes(WfBuffer *buffer, WfForm form, WfSlice bytes);
extern WfValueResult wf_write_bits(WfBuffer *buffer, const WfField *field, WfSlice text);

/* of the form itself, and as a string that holds it */
extern WfValueResult wf_write_array(WfBuffer *buffer, WfTextForm *form, const WfField *field,
									WfArray *array);
extern WfValueResult wf_write_array_json(WfBuffer *buffer, WfTextForm *form,
										 const WfField *field, WfArray *array);

/* text: what hstore's output function prints */
extern WfValueResult wf_write_hstore(WfBuffer *buffer, WfTextForm *form, const WfField *field,
									 WfSlice text);

/* PostgreSQL's geometric types, and what stands for a missing one of those or PostGIS's */
extern void wf_write_geometric(WfBuffer *buffer, const WfField *field, const WfGeometric *value);
extern void wf_write_geometric_fallback(WfBuffer *buffer, const WfField *field);

/* PostGIS */
extern WfValueResult wf_write_ewkb(WfBuffer *buffer, const WfField *field, WfSlice ewkb);

/* pgvector */
extern WfValueResult wf_write_vector(WfBuffer *buffer, const WfField *field,
									 const WfVector *vector);

#endif							/* WALFERRY_VALUE_FORMS_H */
