/*
 * value_vector.c
 *		pgvector's types: vector, halfvec, sparsevec.
 *
 * Their numbers are of 32 or 16 bits.  Debezium reads PostgreSQL's text of them,
 * the shortest one, into doubles (of halfvec: floats), and so prints the same
 * digits.  A sparsevec is a map of index to number; Kafka's JsonConverter shows
 * a map whose keys are no strings as a list of pairs.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value_forms.h"

static void
write_dense(WfBuffer *buffer, const WfVector *vector)
{
	wf_buffer_append_char(buffer, '[');
	for (int32_t i = 0; i < vector->count; i++)
	{
		if (i > 0)
			wf_buffer_append_char(buffer, ',');
		wf_json_float4(buffer, vector->numbers[i]);
	}
	wf_buffer_append_char(buffer, ']');
}

static void
write_sparse(WfBuffer *buffer, const WfVector *vector)
{
	wf_buffer_append_literal(buffer, "{\"dimensions\":");
	wf_json_int64(buffer, vector->dimensions);
	wf_buffer_append_literal(buffer, ",\"vector\":[");
	for (int32_t i = 0; i < vector->count; i++)
	{
		if (i > 0)
			wf_buffer_append_char(buffer, ',');
		wf_buffer_append_char(buffer, '[');
		wf_json_int64(buffer, vector->indices[i]);
		wf_buffer_append_char(buffer, ',');
		wf_json_float4(buffer, vector->numbers[i]);
		wf_buffer_append_char(buffer, ']');
	}
	wf_buffer_append_literal(buffer, "]}");
}

/* A sparse vector's schema has 16 bits for dimensions and indices. */
WfValueResult
wf_write_vector(WfBuffer *buffer, const WfField *field, const WfVector *vector)
{
	if (vector->dimensions < 0)
		return WF_VALUE_UNCONVERTIBLE;
	if (field->form != WF_FORM_SPARSE_VECTOR)
		write_dense(buffer, vector);
	else if (vector->dimensions > INT16_MAX)
		return WF_VALUE_UNCONVERTIBLE;
	else
		write_sparse(buffer, vector);
	return WF_VALUE_WRITTEN;
}
