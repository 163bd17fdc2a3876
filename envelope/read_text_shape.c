/*
 * read_text_shape.c
 *		Geometric types and vectors from their text.
 *
 * Follows PostgreSQL's geo_ops.c and pgvector's vector.c, halfvec.c and
 * sparsevec.c.  All are lists of numbers in brackets, of which only the number
 * of commas has to be known before their memory is taken.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_text.h"

#include "read_text_scan.h"

#define POINT_NUMBERS 2

static int32_t
count_char(WfSlice text, char c)
{
	int32_t		count = 0;

	for (size_t i = 0; i < text.length && count < INT32_MAX; i++)
		count += text.data[i] == c;
	return count;
}

/* Takes the number that comes next, up to what may follow one. */
static WfSlice
take_number(WfSlice *text)
{
	WfSlice		number = wf_slice(text->data, 0);

	while (number.length < text->length &&
		   memchr(",)]}>/", text->data[number.length], 6) == NULL)
		number.length++;
	wf_skip(text, number.length);
	return number;
}

/* `(x,y)` */
static bool
take_point(WfSlice *text, double *numbers)
{
	return wf_take_char(text, '(') && wf_read_float8(take_number(text), &numbers[0]) &&
		wf_take_char(text, ',') && wf_read_float8(take_number(text), &numbers[1]) &&
		wf_take_char(text, ')');
}

/* Points with commas between them. */
static bool
take_points(WfSlice *text, double *numbers, int32_t count)
{
	for (int32_t i = 0; i < count; i += POINT_NUMBERS)
		if ((i > 0 && !wf_take_char(text, ',')) || !take_point(text, numbers + i))
			return false;
	return true;
}

/* `{A,B,C}` */
static bool
take_line(WfSlice *text, double *numbers)
{
	for (int i = 0; i < 3; i++)
		if (!wf_take_char(text, i == 0 ? '{' : ',') ||
			!wf_read_float8(take_number(text), &numbers[i]))
			return false;
	return wf_take_char(text, '}');
}

/* The points of an lseg, a path or a polygon: all but a box's stand in brackets. */
static bool
take_list(WfTypeKind kind, WfSlice *text, WfGeometric *value, double *numbers)
{
	if (kind == WF_TYPE_BOX)
		return take_points(text, numbers, value->count);
	value->closed = kind != WF_TYPE_LSEG && wf_take_char(text, '(');
	if (!value->closed && (kind == WF_TYPE_POLYGON || !wf_take_char(text, '[')))
		return false;
	return take_points(text, numbers, value->count) &&
		wf_take_char(text, value->closed ? ')' : ']');
}

bool
wf_read_geometric(WfScratch *scratch, WfTypeKind kind, WfSlice text, WfGeometric *value)
{
	double	   *numbers;
	bool		read;

	value->count = count_char(text, ',') + 1;
	value->closed = false;
	numbers = wf_scratch_take(scratch, (size_t) value->count * sizeof(double));
	value->numbers = numbers;
	if (numbers == NULL)
		return false;
	switch (kind)
	{
		case WF_TYPE_POINT:
			read = value->count == 2 && take_point(&text, numbers);
			break;
		case WF_TYPE_LINE:
			read = value->count == 3 && take_line(&text, numbers);
			break;
		case WF_TYPE_CIRCLE:
			read = value->count == 3 && wf_take_char(&text, '<') && take_point(&text, numbers) &&
				wf_take_char(&text, ',') && wf_read_float8(take_number(&text), &numbers[2]) &&
				wf_take_char(&text, '>');
			break;
		case WF_TYPE_LSEG:
		case WF_TYPE_BOX:
			read = value->count == 4 && take_list(kind, &text, value, numbers);
			break;
		default:
			read = value->count % POINT_NUMBERS == 0 && take_list(kind, &text, value, numbers);
			break;
	}
	return read && text.length == 0;
}

/* `[1,2,3]` */
static bool
read_dense(WfScratch *scratch, WfSlice text, WfVector *value)
{
	float	   *numbers;

	value->count = count_char(text, ',') + 1;
	value->dimensions = value->count;
	value->indices = NULL;
	numbers = wf_scratch_take(scratch, (size_t) value->count * sizeof(float));
	value->numbers = numbers;
	if (numbers == NULL)
		return false;
	for (int32_t i = 0; i < value->count; i++)
		if (!wf_take_char(&text, i == 0 ? '[' : ',') ||
			!wf_read_float4(take_number(&text), &numbers[i]))
			return false;
	return wf_take_char(&text, ']') && text.length == 0;
}

/* `{1:1.5,3:2}/5`: indices rise, from 1 to the number of dimensions. */
static bool
read_sparse(WfScratch *scratch, WfSlice text, WfVector *value)
{
	int64_t		dimensions;
	int64_t		index = 0;
	int32_t    *indices;
	float	   *numbers;

	value->count = count_char(text, ':');
	indices = wf_scratch_take(scratch, (size_t) value->count * sizeof(int32_t));
	numbers = wf_scratch_take(scratch, (size_t) value->count * sizeof(float));
	value->indices = indices;
	value->numbers = numbers;
	if (indices == NULL || numbers == NULL || !wf_take_char(&text, '{'))
		return false;
	for (int32_t i = 0; i < value->count; i++)
	{
		if ((i > 0 && !wf_take_char(&text, ',')) ||
			!wf_read_integer(wf_take_digits(&text), index + 1, INT32_MAX, &index) ||
			!wf_take_char(&text, ':') || !wf_read_float4(take_number(&text), &numbers[i]))
			return false;
		indices[i] = (int32_t) index;
	}
	if (!wf_take_char(&text, '}') || !wf_take_char(&text, '/') ||
		!wf_read_integer(text, 1, INT32_MAX, &dimensions))
		return false;
	value->dimensions = (int32_t) dimensions;
	return index <= dimensions;
}

bool
wf_read_vector(WfScratch *scratch, WfTypeKind kind, WfSlice text, WfVector *value)
{
	return kind == WF_TYPE_SPARSEVEC ? read_sparse(scratch, text, value)
		: read_dense(scratch, text, value);
}
