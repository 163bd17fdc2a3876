/*
 * json_scalar.h
 *		A string or number of somebody else's JSON, written anew.
 *
 * The same value has many spellings in JSON, "A\/\u00e9" and "A/é", 1.50, 1.5 and
 * 15e-1, and Kafka's keys are compared by their bytes.  With Debezium Jackson reads
 * what a text holds, and the JsonConverter writes the Connect string, integer or
 * double that it became; so one spelling is left, and a key has one partition.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_JSON_SCALAR_H
#define WALFERRY_JSON_SCALAR_H

#include "float.h"
#include "json.h"
#include "json_reader.h"

/*
 * A number as Java's toString() has it: what has a fraction or exponent is a double
 * (1.5, 1.0E7, beyond its range Infinity, below it 0.0), all else an integer, of any
 * length.  number: as a reader gave it.  The result points into number, into room, or
 * at a constant.
 */
extern WfSlice wf_json_number_text(WfSlice number, char room[WF_FLOAT_TEXT_MAX]);

/*
 * Appends the JSON of such a number; that of an infinite one is a string, as of a
 * float8.
 */
extern void wf_json_number(WfBuffer *buffer, WfSlice number);

/*
 * Appends the string that raw, between its quotes as a reader gave it, stands for.
 * scratch: what it holds stays; the string, once more, if it is short of room there the
 * buffer has the error.  Not the buffer itself.
 */
extern void wf_json_string_anew(WfBuffer *buffer, WfTextForm *form, WfSlice raw,
								WfBuffer *scratch);

#endif							/* WALFERRY_JSON_SCALAR_H */
