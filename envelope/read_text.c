/*
 * read_text.c
 *		Picks the reader of a type's text.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "read_text.h"

#define SCRATCH_ALIGNMENT 8

void *
wf_scratch_take(WfScratch *scratch, size_t bytes)
{
	size_t		misfit = ((uintptr_t) scratch->memory + scratch->used) % SCRATCH_ALIGNMENT;
	size_t		padding = misfit == 0 ? 0 : SCRATCH_ALIGNMENT - misfit;
	size_t		left = scratch->size - scratch->used;
	void	   *taken;

	if (left < padding || left - padding < bytes)
		return NULL;
	taken = scratch->memory + scratch->used + padding;
	scratch->used += padding + bytes;
	return taken;
}

static bool
read_bool(WfSlice text, bool *value)
{
	if (text.length != 1 || (text.data[0] != 't' && text.data[0] != 'f'))
		return false;
	*value = text.data[0] == 't';
	return true;
}

/* Bits are passed on as the digits that they are. */
static bool
is_bit_string(WfSlice text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] != '0' && text.data[i] != '1')
			return false;
	return true;
}

/* A compound by its text, which is understood only when it is written. */
typedef struct TextCompound
{
	WfCompound	compound;		/* must be first */
	const WfNaturalType *type;
	WfSlice		text;
} TextCompound;

static bool
write_compound(WfCompound *compound, WfBuffer *buffer, WfTextForm *form)
{
	const TextCompound *self = (const TextCompound *) compound;

	return wf_natural_json_write(buffer, form, self->type, self->text);
}

static bool
read_compound(WfScratch *scratch, const WfType *type, WfSlice text, WfCompound **compound)
{
	TextCompound *self = wf_scratch_take(scratch, sizeof(TextCompound));

	if (self == NULL || type->natural == NULL)
		return false;
	self->compound.write = write_compound;
	self->type = type->natural;
	self->text = text;
	*compound = &self->compound;
	return true;
}

/*
 * "char" is one byte.  Those that are not ASCII are printed as "\\303" since
 * PostgreSQL 16, and as they are before, which is no text.
 */
static bool
read_char(WfScratch *scratch, WfSlice text, WfSlice *value)
{
	*value = text;
	return text.length != 1 || (uint8_t) text.data[0] < 0x80 ||
		wf_read_char(scratch, (uint8_t) text.data[0], value);
}

static bool
read_money(const WfType *type, WfSlice text, WfMoney *value)
{
	if (!wf_read_money(text, value))
		return false;
	if (type->has_money_digits)
		value->fraction_digits = type->money_digits;
	return true;
}

size_t
wf_text_scratch_size(const WfType *type, size_t text_length)
{
	switch (type->kind)
	{
		case WF_TYPE_NUMERIC:
		case WF_TYPE_BYTEA:
		case WF_TYPE_UUID:
		case WF_TYPE_POINT:
		case WF_TYPE_LINE:
		case WF_TYPE_LSEG:
		case WF_TYPE_BOX:
		case WF_TYPE_PATH:
		case WF_TYPE_POLYGON:
		case WF_TYPE_CIRCLE:
		case WF_TYPE_GEOMETRY:
		case WF_TYPE_GEOGRAPHY:
		case WF_TYPE_VECTOR:
		case WF_TYPE_HALFVEC:
		case WF_TYPE_SPARSEVEC:
		case WF_TYPE_COMPOUND:
		case WF_TYPE_ARRAY:
			return WF_SCRATCH_SIZE(text_length);
		case WF_TYPE_TEXT:
			return type->oid == WF_CHAR_OID ? WF_SCRATCH_SIZE(text_length) : 0;
		default:
			return 0;
	}
}

bool
wf_read_text(WfScratch *scratch, const WfType *type, WfSlice text, WfValue *value)
{
	value->state = WF_VALUE_PRESENT;
	switch (type->kind)
	{
		case WF_TYPE_BOOL:
			return read_bool(text, &value->as.boolean);
		case WF_TYPE_INT2:
			return wf_read_integer(text, INT16_MIN, INT16_MAX, &value->as.integer);
		case WF_TYPE_INT4:
			return wf_read_integer(text, INT32_MIN, INT32_MAX, &value->as.integer);
		case WF_TYPE_INT8:
			return wf_read_integer(text, INT64_MIN, INT64_MAX, &value->as.integer);
		case WF_TYPE_OID:
			return wf_read_integer(text, 0, UINT32_MAX, &value->as.integer);
		case WF_TYPE_FLOAT4:
			return wf_read_float4(text, &value->as.float4);
		case WF_TYPE_FLOAT8:
			return wf_read_float8(text, &value->as.float8);
		case WF_TYPE_NUMERIC:
			return wf_read_numeric(scratch, text, &value->as.numeric);
		case WF_TYPE_MONEY:
			return read_money(type, text, &value->as.money);
		case WF_TYPE_BYTEA:
			return wf_read_bytea(scratch, text, &value->as.bytes);
		case WF_TYPE_DATE:
			return wf_read_date(text, &value->as.integer);
		case WF_TYPE_TIME:
			return wf_read_time(text, &value->as.integer);
		case WF_TYPE_TIMETZ:
			return wf_read_timetz(text, &value->as.timetz);
		case WF_TYPE_TIMESTAMP:
			return wf_read_timestamp(text, &value->as.integer);
		case WF_TYPE_TIMESTAMPTZ:
			return wf_read_timestamptz(text, &value->as.integer);
		case WF_TYPE_INTERVAL:
			return wf_read_interval(text, &value->as.interval);
		case WF_TYPE_UUID:
			return wf_read_uuid(scratch, text, &value->as.uuid);
		case WF_TYPE_POINT:
		case WF_TYPE_LINE:
		case WF_TYPE_LSEG:
		case WF_TYPE_BOX:
		case WF_TYPE_PATH:
		case WF_TYPE_POLYGON:
		case WF_TYPE_CIRCLE:
			return wf_read_geometric(scratch, type->kind, text, &value->as.geometric);
		case WF_TYPE_GEOMETRY:
		case WF_TYPE_GEOGRAPHY:
			return wf_read_ewkb(scratch, text, &value->as.bytes);
		case WF_TYPE_VECTOR:
		case WF_TYPE_HALFVEC:
		case WF_TYPE_SPARSEVEC:
			return wf_read_vector(scratch, type->kind, text, &value->as.vector);
		case WF_TYPE_BIT:
			value->as.text = text;
			return is_bit_string(text);
		case WF_TYPE_COMPOUND:
			return read_compound(scratch, type, text, &value->as.compound);
		case WF_TYPE_ARRAY:
			return wf_read_array(scratch, type, text, &value->as.array);
		case WF_TYPE_TEXT:
			if (type->oid == WF_CHAR_OID)
				return read_char(scratch, text, &value->as.text);
			value->as.text = text;
			return true;
		case WF_TYPE_JSON:
		case WF_TYPE_ENUM:
		case WF_TYPE_HSTORE:
		case WF_TYPE_LTREE:
		case WF_TYPE_ISBN:
		case WF_TYPE_OTHER:
			value->as.text = text;
			return true;
	}
	return false;
}
