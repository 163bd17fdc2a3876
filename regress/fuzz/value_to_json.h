/*
 * value_to_json.h
 *		What the fuzz targets share that write what they have read: the modes, by
 *		the input's first bytes, and the check that it is one document.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_VALUE_TO_JSON_H
#define WALFERRY_VALUE_TO_JSON_H

#include <stdlib.h>

#include "envelope/json_reader.h"
#include "envelope/value.h"
#include "shipper/heap_buffer.h"

#define HEAD_BYTES 6			/* kind, kind of elements, and four of modes */
#define BUFFER_CEILING (1 << 22)

static inline void
require(bool condition)
{
	if (!condition)
		abort();
}

/* The typmods that make a difference: none, a few digits, numeric(10,2), bit(1). */
static inline int32_t
typmod_of(WfTypeKind kind, int choice)
{
	if (kind == WF_TYPE_NUMERIC)
		return choice % 3 == 0 ? -1 : ((10 << 16) | (choice % 3 == 1 ? 2 : 0)) + 4;
	return choice % 3 - 1;
}

static inline void
set_modes(WfOptions *options, const uint8_t *data)
{
	wf_options_set_defaults(wf_format_options, wf_format_option_count, options);
	options->decimal_mode = data[2] % 3;
	options->time_mode = data[2] / 3 % 7;
	options->interval_mode = data[3] % 2;
	options->binary_mode = data[3] / 2 % 4;
	options->hstore_mode = data[3] / 8 % 2;
	options->value_decimal_format = data[3] / 16 % 2;
	options->infinity_handling = data[4] % 3;
	options->numeric_special = data[4] / 3 % 2;
	options->array_handling = data[4] / 6 % 3;
	options->compat = data[4] / 18 % 2;
	options->value_schemas = data[4] / 36 % 2;
}

/* Exactly one document. */
static inline void
check_json(const WfBuffer *buffer)
{
	WfJsonReader reader;
	WfJsonToken token;
	WfSlice		raw;

	wf_json_reader_init(&reader, buffer->data, buffer->length);
	token = wf_json_next(&reader);
	require(wf_json_skip(&reader, token, &raw));
	require(raw.length == buffer->length);
	require(wf_json_next(&reader) == WF_TOKEN_END);
}

/* What is written is one document, or nothing of a value that has no form. */
static inline void
check_value(const WfField *field, const WfValue *value, WfTextForm *form)
{
	WfBuffer	buffer;
	WfValueResult result;

	heap_buffer_init(&buffer, BUFFER_CEILING);
	result = wf_value_write(&buffer, form, field, value);
	require(buffer.error == WF_BUFFER_OK);
	require((result != WF_VALUE_UNCONVERTIBLE) == (buffer.length > 0));
	if (buffer.length > 0)
		check_json(&buffer);
	heap_buffer_free(&buffer);
}

#endif							/* WALFERRY_VALUE_TO_JSON_H */
