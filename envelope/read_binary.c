/*
 * read_binary.c
 *		The list of kinds that are read from what their send functions give, and
 *		the readers of those whose form is too plain for a file of their own.
 *
 *		bool				uint8, 0 or 1
 *		int2, int4, int8	as long as they are; oid: uint32; money: int64
 *		float4, float8		IEEE 754
 *		uuid				its 16 bytes
 *		"char"				its byte
 *		text and the like	the text itself: varchar, char(n) with its padding, name,
 *							citext, json, xml, an enum's label
 *		bytea				its bytes
 *		PostGIS's types		EWKB
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_binary.h"

#include "read_binary_scan.h"

#define ANY_LENGTH (-1)
#define MONEY_DIGITS_DEFAULT 2	/* cash.c's, where a locale does not say */

/* What alignment takes, and the text of a "char". */
#define SCRATCH_SLACK 64

typedef struct KindForm
{
	int16_t		length;			/* in bytes, or ANY_LENGTH; 0: not read */
	uint8_t		scratch_per_byte;
} KindForm;

/* The list: a kind that is not here must not come in binary. */
static const KindForm forms[WF_TYPE_OTHER + 1] = {
	[WF_TYPE_BOOL] = {1, 0},
	[WF_TYPE_INT2] = {2, 0},
	[WF_TYPE_INT4] = {4, 0},
	[WF_TYPE_INT8] = {8, 0},
	[WF_TYPE_OID] = {4, 0},
	[WF_TYPE_FLOAT4] = {4, 0},
	[WF_TYPE_FLOAT8] = {8, 0},
	[WF_TYPE_NUMERIC] = {ANY_LENGTH, 1},
	[WF_TYPE_MONEY] = {8, 0},
	[WF_TYPE_TEXT] = {ANY_LENGTH, 0},
	[WF_TYPE_BYTEA] = {ANY_LENGTH, 0},
	[WF_TYPE_BIT] = {ANY_LENGTH, 8},
	[WF_TYPE_DATE] = {4, 0},
	[WF_TYPE_TIME] = {8, 0},
	[WF_TYPE_TIMETZ] = {12, 0},
	[WF_TYPE_TIMESTAMP] = {8, 0},
	[WF_TYPE_TIMESTAMPTZ] = {8, 0},
	[WF_TYPE_INTERVAL] = {16, 0},
	[WF_TYPE_UUID] = {16, 0},
	[WF_TYPE_JSON] = {ANY_LENGTH, 0},
	[WF_TYPE_ENUM] = {ANY_LENGTH, 0},
	[WF_TYPE_POINT] = {16, 1},
	[WF_TYPE_LINE] = {24, 1},
	[WF_TYPE_LSEG] = {32, 1},
	[WF_TYPE_BOX] = {32, 1},
	[WF_TYPE_PATH] = {ANY_LENGTH, 1},
	[WF_TYPE_POLYGON] = {ANY_LENGTH, 1},
	[WF_TYPE_CIRCLE] = {24, 1},
	[WF_TYPE_GEOMETRY] = {ANY_LENGTH, 0},
	[WF_TYPE_GEOGRAPHY] = {ANY_LENGTH, 0},
	[WF_TYPE_VECTOR] = {ANY_LENGTH, 1},
	[WF_TYPE_HALFVEC] = {ANY_LENGTH, 2},
	[WF_TYPE_SPARSEVEC] = {ANY_LENGTH, 1},
	[WF_TYPE_ARRAY] = {ANY_LENGTH, 0},
};

/* Of the types that have no kind xml is the only one that is sent as its text. */
static inline KindForm
form_of(WfTypeKind kind, uint32_t oid)
{
	return kind == WF_TYPE_OTHER && oid == WF_XML_OID ? (KindForm)
	{
		ANY_LENGTH, 0
	} : forms[kind];
}

bool
wf_type_is_read_binary(const WfType *type)
{
	if (type->kind == WF_TYPE_ARRAY)
		return type->element_kind != WF_TYPE_ARRAY &&
			form_of(type->element_kind, type->element_oid).length != 0;
	return form_of(type->kind, type->oid).length != 0;
}

size_t
wf_binary_scratch_size(const WfType *type, size_t length)
{
	if (type->kind == WF_TYPE_ARRAY)
		return wf_binary_array_scratch_size() + 2 * SCRATCH_SLACK +
			forms[type->element_kind].scratch_per_byte * length;
	return SCRATCH_SLACK + forms[type->kind].scratch_per_byte * length;
}

static bool
read_bool(const char *bytes, bool *value)
{
	*value = bytes[0] == 1;
	return (uint8_t) bytes[0] <= 1;
}

static bool
read_money(const WfType *type, const char *bytes, WfMoney *value)
{
	value->units = (int64_t) wf_big_uint64(bytes);
	value->fraction_digits = type->has_money_digits ? type->money_digits : MONEY_DIGITS_DEFAULT;
	return true;
}

static bool
read_text(WfScratch *scratch, const WfType *type, WfSlice bytes, WfSlice *text)
{
	if (type->oid == WF_CHAR_OID)
		return bytes.length == 1 && wf_read_char(scratch, (uint8_t) bytes.data[0], text);
	*text = bytes;
	return true;
}

static bool
read_json(const WfType *type, WfSlice bytes, WfSlice *text)
{
	if (type->oid == WF_JSONB_OID)
		return wf_read_jsonb_binary(bytes, text);
	*text = bytes;
	return true;
}

static bool
read_kind(WfScratch *scratch, const WfType *type, WfSlice bytes, WfValue *value)
{
	switch (type->kind)
	{
		case WF_TYPE_BOOL:
			return read_bool(bytes.data, &value->as.boolean);
		case WF_TYPE_INT2:
			value->as.integer = (int16_t) wf_big_uint16(bytes.data);
			return true;
		case WF_TYPE_INT4:
			value->as.integer = (int32_t) wf_big_uint32(bytes.data);
			return true;
		case WF_TYPE_INT8:
			value->as.integer = (int64_t) wf_big_uint64(bytes.data);
			return true;
		case WF_TYPE_OID:
			value->as.integer = wf_big_uint32(bytes.data);
			return true;
		case WF_TYPE_FLOAT4:
			value->as.float4 = wf_big_float4(bytes.data);
			return true;
		case WF_TYPE_FLOAT8:
			value->as.float8 = wf_big_float8(bytes.data);
			return true;
		case WF_TYPE_NUMERIC:
			return wf_read_numeric_binary(scratch, bytes, &value->as.numeric);
		case WF_TYPE_MONEY:
			return read_money(type, bytes.data, &value->as.money);
		case WF_TYPE_TEXT:
			return read_text(scratch, type, bytes, &value->as.text);
		case WF_TYPE_JSON:
			return read_json(type, bytes, &value->as.text);
		case WF_TYPE_ENUM:
		case WF_TYPE_OTHER:		/* xml */
			value->as.text = bytes;
			return true;
		case WF_TYPE_BYTEA:
			value->as.bytes = bytes;
			return true;
		case WF_TYPE_BIT:
			return wf_read_bits_binary(scratch, bytes, &value->as.text);
		case WF_TYPE_DATE:
			return wf_read_date_binary(bytes.data, &value->as.integer);
		case WF_TYPE_TIME:
			return wf_read_time_binary(bytes.data, &value->as.integer);
		case WF_TYPE_TIMETZ:
			return wf_read_timetz_binary(bytes.data, &value->as.timetz);
		case WF_TYPE_TIMESTAMP:
		case WF_TYPE_TIMESTAMPTZ:
			return wf_read_timestamp_binary(bytes.data, &value->as.integer);
		case WF_TYPE_INTERVAL:
			wf_read_interval_binary(bytes.data, &value->as.interval);
			return true;
		case WF_TYPE_UUID:
			value->as.uuid = (const uint8_t *) bytes.data;
			return true;
		case WF_TYPE_POINT:
		case WF_TYPE_LINE:
		case WF_TYPE_LSEG:
		case WF_TYPE_BOX:
		case WF_TYPE_PATH:
		case WF_TYPE_POLYGON:
		case WF_TYPE_CIRCLE:
			return wf_read_geometric_binary(scratch, type->kind, bytes, &value->as.geometric);
		case WF_TYPE_GEOMETRY:
		case WF_TYPE_GEOGRAPHY:
			value->as.bytes = bytes;
			return bytes.length >= WF_EWKB_BYTES_MIN;
		case WF_TYPE_VECTOR:
		case WF_TYPE_HALFVEC:
		case WF_TYPE_SPARSEVEC:
			return wf_read_vector_binary(scratch, type->kind, bytes, &value->as.vector);
		case WF_TYPE_ARRAY:
			return wf_type_is_read_binary(type) &&
				wf_read_array_binary(scratch, type, bytes, &value->as.array);
		case WF_TYPE_HSTORE:
		case WF_TYPE_LTREE:
		case WF_TYPE_ISBN:
		case WF_TYPE_COMPOUND:
			break;				/* not in the list */
	}
	return false;
}

bool
wf_read_binary(WfScratch *scratch, const WfType *type, WfSlice bytes, WfValue *value)
{
	int16_t		length = form_of(type->kind, type->oid).length;

	if (length != ANY_LENGTH && (length == 0 || bytes.length != (size_t) length))
		return false;
	value->state = WF_VALUE_PRESENT;
	return read_kind(scratch, type, bytes, value);
}
