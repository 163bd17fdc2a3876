/*
 * value_geometry.c
 *		PostgreSQL's geometric types and PostGIS's, as Debezium's structs with WKB.
 *
 * Point, line and circle have structs of their own, which hold their numbers;
 * lseg, box, path and polygon are a Geometry, told apart by its extensions
 * (Debezium's PostgresValueConverter and io.debezium.data.geometry).  Their WKB
 * is little-endian and has no SRID.  That of PostGIS is passed on as it came,
 * which is EWKB, with the SRID inside and beside it.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "value_forms.h"

/* OGC's codes of shapes, and what EWKB adds to them when an SRID follows. */
#define WKB_POINT 1
#define WKB_LINESTRING 2
#define WKB_POLYGON 3
#define EWKB_SRID_FLAG UINT32_C(0x20000000)

#define WKB_HEADER_BYTES 5		/* byte order and shape */
#define WKB_COUNT_BYTES 4
#define WKB_POINT_BYTES 16

#define NUMBERS_OF_POINT 2

#define NAN_BITS UINT64_C(0x7FF8000000000000)

static uint8_t *
put_uint32(uint8_t *out, uint32_t number)
{
	for (int i = 0; i < 4; i++)
		*out++ = (uint8_t) (number >> 8 * i);
	return out;
}

/* A NaN is the one that PostgreSQL's text stands for, whatever bits it has here. */
static uint8_t *
put_numbers(uint8_t *out, const double *numbers, int32_t count)
{
	for (int32_t i = 0; i < count; i++)
	{
		uint64_t	bits;

		memcpy(&bits, &numbers[i], sizeof(bits));
		if (numbers[i] != numbers[i])
			bits = NAN_BITS;
		for (int byte = 0; byte < 8; byte++)
			*out++ = (uint8_t) (bits >> 8 * byte);
	}
	return out;
}

/*
 * Appends the WKB of a shape as a base64 string.  closing: how many numbers of
 * the first point come once more after the last.  The bytes are put together
 * behind the room that their base64 takes.
 */
static void
write_wkb(WfBuffer *buffer, uint32_t shape, const double *numbers, int32_t count, int32_t closing)
{
	size_t		length = WKB_HEADER_BYTES +
	WKB_COUNT_BYTES * (shape == WKB_POLYGON ? 2 : shape == WKB_LINESTRING ? 1 : 0) +
	sizeof(double) * ((size_t) count + (size_t) closing);
	size_t		base64_length = (length + 2) / 3 * 4 + 2;
	uint8_t    *bytes;
	uint8_t    *out;

	if (!wf_buffer_reserve_scratch(buffer, base64_length, length))
		return;
	bytes = (uint8_t *) buffer->data + buffer->length + base64_length;
	out = bytes;
	*out++ = 1;					/* little-endian */
	out = put_uint32(out, shape);
	if (shape == WKB_POLYGON)
		out = put_uint32(out, 1);	/* rings */
	if (shape != WKB_POINT)
		out = put_uint32(out, (uint32_t) ((count + closing) / NUMBERS_OF_POINT));
	out = put_numbers(out, numbers, count);
	put_numbers(out, numbers, closing);
	wf_json_base64(buffer, bytes, length);
}

static void
write_point(WfBuffer *buffer, const double *numbers)
{
	wf_buffer_append_literal(buffer, "{\"x\":");
	wf_json_float8(buffer, numbers[0]);
	wf_buffer_append_literal(buffer, ",\"y\":");
	wf_json_float8(buffer, numbers[1]);
	wf_buffer_append_literal(buffer, ",\"wkb\":");
	write_wkb(buffer, WKB_POINT, numbers, NUMBERS_OF_POINT, 0);
	wf_buffer_append_literal(buffer, ",\"srid\":null}");
}

static void
write_line(WfBuffer *buffer, const double *numbers)
{
	wf_buffer_append_literal(buffer, "{\"a\":");
	wf_json_float8(buffer, numbers[0]);
	wf_buffer_append_literal(buffer, ",\"b\":");
	wf_json_float8(buffer, numbers[1]);
	wf_buffer_append_literal(buffer, ",\"c\":");
	wf_json_float8(buffer, numbers[2]);
	wf_buffer_append_char(buffer, '}');
}

static void
write_circle(WfBuffer *buffer, const double *numbers)
{
	wf_buffer_append_literal(buffer, "{\"center\":");
	write_point(buffer, numbers);
	wf_buffer_append_literal(buffer, ",\"radius\":");
	wf_json_float8(buffer, numbers[2]);
	wf_buffer_append_char(buffer, '}');
}

/* The ring of a box: from the upper right corner by the lower right one. */
static void
write_box(WfBuffer *buffer, const double *corners)
{
	double		ring[] = {
		corners[0], corners[1], corners[0], corners[3], corners[2], corners[3],
		corners[2], corners[1]
	};

	write_wkb(buffer, WKB_POLYGON, ring, sizeof(ring) / sizeof(*ring), NUMBERS_OF_POINT);
}

/* A polygon's ring ends where it began. */
static void
write_polygon(WfBuffer *buffer, const WfGeometric *polygon)
{
	const double *last = polygon->numbers + polygon->count - NUMBERS_OF_POINT;
	bool		closed = polygon->count == NUMBERS_OF_POINT ||
	(last[0] == polygon->numbers[0] && last[1] == polygon->numbers[1]);

	write_wkb(buffer, WKB_POLYGON, polygon->numbers, polygon->count,
			  closed ? 0 : NUMBERS_OF_POINT);
}

/* The Geometry of what is no struct of its own. */
static void
write_shape(WfBuffer *buffer, WfTypeKind kind, const WfGeometric *value)
{
	wf_buffer_append_literal(buffer, "{\"wkb\":");
	switch (kind)
	{
		case WF_TYPE_LSEG:
		case WF_TYPE_PATH:
			write_wkb(buffer, WKB_LINESTRING, value->numbers, value->count, 0);
			break;
		case WF_TYPE_BOX:
			write_box(buffer, value->numbers);
			break;
		default:
			write_polygon(buffer, value);
			break;
	}
	wf_buffer_append_literal(buffer, ",\"srid\":null,\"extensions\":{\"type\":\"");
	wf_buffer_append(buffer, wf_type_kind_name(kind), strlen(wf_type_kind_name(kind)));
}

void
wf_write_geometric(WfBuffer *buffer, const WfField *field, const WfGeometric *value)
{
	switch (field->form)
	{
		case WF_FORM_POINT:
			write_point(buffer, value->numbers);
			break;
		case WF_FORM_LINE:
			write_line(buffer, value->numbers);
			break;
		case WF_FORM_CIRCLE:
			write_circle(buffer, value->numbers);
			break;
		default:
			write_shape(buffer, field->type->kind, value);
			if (field->type->kind == WF_TYPE_PATH && value->closed)
				wf_buffer_append_literal(buffer, "\",\"closed\":\"true\"}}");
			else if (field->type->kind == WF_TYPE_PATH)
				wf_buffer_append_literal(buffer, "\",\"closed\":\"false\"}}");
			else
				wf_buffer_append_literal(buffer, "\"}}");
			break;
	}
}

/* Reads a number at bytes, in the byte order that the first byte of EWKB names. */
static uint32_t
ewkb_uint32(const uint8_t *bytes, bool little_endian)
{
	uint32_t	number = 0;

	for (int i = 0; i < 4; i++)
		number |= (uint32_t) bytes[little_endian ? i : 3 - i] << 8 * i;
	return number;
}

WfValueResult
wf_write_ewkb(WfBuffer *buffer, const WfField *field, WfSlice ewkb)
{
	const uint8_t *bytes = (const uint8_t *) ewkb.data;
	bool		has_srid;

	if (ewkb.length < WKB_HEADER_BYTES || bytes[0] > 1)
		return WF_VALUE_UNCONVERTIBLE;
	has_srid = (ewkb_uint32(bytes + 1, bytes[0] == 1) & EWKB_SRID_FLAG) != 0;
	if (has_srid && ewkb.length < WKB_HEADER_BYTES + sizeof(uint32_t))
		return WF_VALUE_UNCONVERTIBLE;

	wf_buffer_append_literal(buffer, "{\"wkb\":");
	wf_json_base64(buffer, ewkb.data, ewkb.length);
	wf_buffer_append_literal(buffer, ",\"srid\":");
	if (has_srid)
		wf_json_int64(buffer, (int32_t) ewkb_uint32(bytes + WKB_HEADER_BYTES, bytes[0] == 1));
	else
		wf_json_null(buffer);
	if (field->form == WF_FORM_GEOMETRY)
		wf_buffer_append_literal(buffer, ",\"extensions\":null}");
	else
		wf_buffer_append_char(buffer, '}');
	return WF_VALUE_WRITTEN;
}

/* As recorded from Debezium 3.7.0, whose path here does not tell whether it is closed. */
void
wf_write_geometric_fallback(WfBuffer *buffer, const WfField *field)
{
	static const double zeros[] = {0, 0, 0};
	static const double line[] = {0, 1, 0};
	static const double segment[] = {0, 0, 1, 0};
	static const double box[] = {0, 0, 1, 1};
	static const double triangle[] = {0, 0, 1, 0, 0, 1};
	static const char empty_collection[] = "\1\7\0\0\0\0\0\0";	/* and its NUL */
	WfGeometric shape = {segment, 4, false};

	switch (field->type->kind)
	{
		case WF_TYPE_POINT:
			write_point(buffer, zeros);
			break;
		case WF_TYPE_LINE:
			write_line(buffer, line);
			break;
		case WF_TYPE_CIRCLE:
			write_circle(buffer, zeros);
			break;
		case WF_TYPE_GEOMETRY:
		case WF_TYPE_GEOGRAPHY:
			(void) wf_write_ewkb(buffer, field,
								 wf_slice(empty_collection, sizeof(empty_collection)));
			break;
		default:
			if (field->type->kind == WF_TYPE_BOX)
				shape.numbers = box;
			if (field->type->kind == WF_TYPE_POLYGON)
				shape = (WfGeometric) {triangle, sizeof(triangle) / sizeof(*triangle), true};
			write_shape(buffer, field->type->kind, &shape);
			wf_buffer_append_literal(buffer, "\"}}");
			break;
	}
}
