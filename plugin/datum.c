/*
 * datum.c
 *		From Datums to WfValues, detoasted where what is asked for needs it.
 *
 * Types whose storage is simple are read directly, because calling an output
 * function and reading its text again costs several times as much, and because
 * that text depends on session settings.  All others go through their output
 * function.  Values with a short varlena header may lie at odd addresses;
 * whatever is read in larger units than bytes is copied out first, but for the
 * digits of numerics, which are read as what they are.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/cash.h"
#include "utils/date.h"
#include "utils/geo_decls.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"
#include "utils/varbit.h"

#include "array.h"
#include "compound.h"
#include "datum.h"
#include "envelope/read_binary.h"
#include "jsonb_text.h"
#include "numeric.h"
#include "palloc_buffer.h"

/*
 * Stored bytes for which there is at least one of JSON.  Most of jsonb, for one,
 * take the zeros of an array: an entry, a numeric and what aligns it, 15 bytes
 * that print as "0,".  Elements of up to 16 bytes print as two characters at
 * least; those that are varlenas have a header of 4 bytes, up to 7 that align
 * them, and two quotes and a comma.  Types that are not known here may have
 * headers (composites), or be mostly empty (arrays of name, 64 bytes each).
 */
#define BYTES_PER_JSON_TEXT 1
#define BYTES_PER_JSON_JSONB 8
#define BYTES_PER_JSON_ARRAY 16
#define BYTES_PER_JSON_OTHER 64

/*
 * What an output function prints must be less than 1 GB (MaxAllocSize), else it
 * is an ERROR, at the same place each time the slot is read.  The server's own
 * print up to 8 bytes for one that is stored (bit strings, and composites three
 * levels deep); of larger values we do not ask for the text, they are too large.
 */
#define OUTPUT_RAW_MAX (MaxAllocSize / 8 - 1)

Datum
wf_datum_follow(Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);
	struct varatt_indirect redirect;

	if (!VARATT_IS_EXTERNAL_INDIRECT(value))
		return datum;
	VARATT_EXTERNAL_GET_POINTER(redirect, value);
	return VARATT_IS_EXTENDED(redirect.pointer) ? datum : PointerGetDatum(redirect.pointer);
}

uint64
wf_datum_raw_bytes(const WfDatumReader *reader, Datum datum)
{
	return reader->length == -1 ? toast_raw_datum_size(datum) - VARHDRSZ : 0;
}

uint64
wf_datum_bytes_at_least(const WfDatumReader *reader, Datum datum)
{
	uint64		bytes;

	if (reader->bytes_per_json == 0)
		return 0;
	bytes = wf_datum_raw_bytes(reader, datum) / reader->bytes_per_json;

	/* No character of a server encoding shrinks to less than half in UTF-8. */
	return reader->encoding->converts ? bytes / 2 : bytes;
}

/* The bytes of a varlena, detoasted if need be, with whatever header it has. */
static WfSlice
varlena_bytes(Datum datum)
{
	struct varlena *value = (struct varlena *) DatumGetPointer(datum);

	if (VARATT_IS_EXTERNAL(value) || VARATT_IS_COMPRESSED(value))
		value = PG_DETOAST_DATUM_PACKED(wf_datum_follow(datum));
	return wf_slice(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

static void
read_bool(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.boolean = DatumGetBool(datum);
}

static void
read_int2(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.integer = DatumGetInt16(datum);
}

/* int4 and date */
static void
read_int4(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.integer = DatumGetInt32(datum);
}

/* int8, time, timestamp and timestamptz */
static void
read_int8(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.integer = DatumGetInt64(datum);
}

static void
read_money(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.money.units = DatumGetCash(datum);
	value->as.money.fraction_digits = reader->money_digits;
}

static void
read_oid(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.integer = (int64) DatumGetObjectId(datum);
}

static void
read_float4(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.float4 = DatumGetFloat4(datum);
}

static void
read_float8(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.float8 = DatumGetFloat8(datum);
}

static void
read_timetz(WfDatumReader *reader, Datum datum, WfValue *value)
{
	TimeTzADT  *timetz = DatumGetTimeTzADTP(datum);

	value->as.timetz.microseconds = timetz->time;
	value->as.timetz.zone_seconds = timetz->zone;
}

static void
read_interval(WfDatumReader *reader, Datum datum, WfValue *value)
{
	Interval   *interval = DatumGetIntervalP(datum);

	value->as.interval.microseconds = interval->time;
	value->as.interval.days = interval->day;
	value->as.interval.months = interval->month;
}

/* point, line, lseg, box and circle consist of nothing but their numbers. */
static void
read_numbers(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.geometric.numbers = (const double *) DatumGetPointer(datum);
	value->as.geometric.count = reader->length / (int) sizeof(double);
	value->as.geometric.closed = false;
}

static void
read_path(WfDatumReader *reader, Datum datum, WfValue *value)
{
	PATH	   *path = DatumGetPathP(wf_datum_follow(datum));

	value->as.geometric.numbers = &path->p[0].x;
	value->as.geometric.count = 2 * path->npts;
	value->as.geometric.closed = path->closed != 0;
}

static void
read_polygon(WfDatumReader *reader, Datum datum, WfValue *value)
{
	POLYGON    *polygon = DatumGetPolygonP(wf_datum_follow(datum));

	value->as.geometric.numbers = &polygon->p[0].x;
	value->as.geometric.count = 2 * polygon->npts;
	value->as.geometric.closed = true;
}

/* What a type's send function gives. */
static WfSlice
sent_bytes(WfDatumReader *reader, Datum datum)
{
	bytea	   *sent = SendFunctionCall(&reader->output, datum);

	return wf_slice(VARDATA(sent), VARSIZE(sent) - VARHDRSZ);
}

static void
read_ewkb(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.bytes = sent_bytes(reader, datum);
}

static void
read_vector(WfDatumReader *reader, Datum datum, WfValue *value)
{
	WfSlice		bytes = sent_bytes(reader, datum);
	WfType		type = {.kind = reader->kind};
	WfScratch	scratch = {.size = wf_binary_scratch_size(&type, bytes.length)};

	scratch.memory = palloc(scratch.size);
	if (!wf_read_vector_binary(&scratch, reader->kind, bytes, &value->as.vector))
		value->as.vector.dimensions = -1;	/* some other type of that name */
}

static void
read_uuid(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.uuid = DatumGetUUIDP(datum)->data;
}

static void
read_bytea(WfDatumReader *reader, Datum datum, WfValue *value)
{
	value->as.bytes = varlena_bytes(datum);
}

/* text, varchar, char(n) and json */
static void
read_text(WfDatumReader *reader, Datum datum, WfValue *value)
{
	WfSlice		bytes = varlena_bytes(datum);

	value->as.text = wf_encoding_text(reader->encoding, bytes.data, bytes.length);
}

/* The same in an encoding that is converted: all of it. */
static void
read_text_whole(WfDatumReader *reader, Datum datum, WfValue *value)
{
	WfSlice		bytes = varlena_bytes(datum);

	value->as.text = wf_encoding_convert(reader->encoding, bytes.data, bytes.length, MaxAllocSize);
}

static void
read_name(WfDatumReader *reader, Datum datum, WfValue *value)
{
	const char *name = NameStr(*DatumGetName(datum));

	value->as.text = wf_encoding_text(reader->encoding, name, strnlen(name, NAMEDATALEN));
}

/* "char": one byte, 0 for none; others than ASCII as charout() of 16 prints them. */
static void
read_char(WfDatumReader *reader, Datum datum, WfValue *value)
{
	unsigned char byte = (unsigned char) DatumGetChar(datum);
	char	   *text = palloc(5);

	if (byte == 0)
		value->as.text = wf_slice(text, 0);
	else if (IS_HIGHBIT_SET(byte))
		value->as.text = wf_slice(text, snprintf(text, 5, "\\%03o", byte));
	else
	{
		text[0] = (char) byte;
		value->as.text = wf_slice(text, 1);
	}
}

static void
read_jsonb(WfDatumReader *reader, Datum datum, WfValue *value)
{
	struct varlena *stored = (struct varlena *) DatumGetPointer(datum);
	uint32		aligned[(VARATT_SHORT_MAX + sizeof(uint32) - 1) / sizeof(uint32)];
	JsonbContainer *root;
	size_t		size;
	size_t		ceiling = reader->encoding->length_max + WF_JSONB_TEXT_SLACK;
	WfBuffer	text;
	Jsonb	   *detoasted = NULL;

	if (!VARATT_IS_EXTERNAL(stored) && VARATT_IS_SHORT(stored))
	{
		size = VARSIZE_SHORT(stored) - VARHDRSZ_SHORT;
		root = (JsonbContainer *) memcpy(aligned, VARDATA_SHORT(stored), size);
	}
	else
	{
		Datum		followed = wf_datum_follow(datum);
		Jsonb	   *jsonb = DatumGetJsonbP(followed);

		if (PointerGetDatum(jsonb) != followed)
			detoasted = jsonb;
		root = &jsonb->root;
		size = VARSIZE(jsonb) - VARHDRSZ;
	}

	wf_palloc_buffer_init(&text, CurrentMemoryContext, ceiling);
	wf_jsonb_text(&text, root, size);
	if (text.error != WF_BUFFER_OK)
		reader->encoding->cut++;
	if (detoasted != NULL)
		pfree(detoasted);
	value->as.text = wf_encoding_text(reader->encoding, text.data, text.length);
}

/*
 * The digits of bit(n) and bit varying, which may be 2^31.  Records show the number
 * that they are, so whole bytes of zeros in front are left out; of a number that no
 * record can hold as many digits are told as none can hold either.
 */
static void
read_bits(WfDatumReader *reader, Datum datum, WfValue *value)
{
	Datum		followed = wf_datum_follow(datum);
	VarBit	   *bits = DatumGetVarBitP(followed);
	const uint8 *bytes = VARBITS(bits);
	size_t		count = VARBITLEN(bits);
	size_t		ceiling = (reader->encoding->length_max + 1) * BITS_PER_BYTE;
	char	   *text;

	while (count > BITS_PER_BYTE && *bytes == 0)
	{
		count -= BITS_PER_BYTE;
		bytes++;
	}
	if (count > ceiling)
	{
		count = ceiling;
		bytes = NULL;
		reader->encoding->cut++;
	}
	text = MemoryContextAllocHuge(CurrentMemoryContext, Max(count, 1));
	if (bytes == NULL)
		memset(text, '1', count);
	else
		for (size_t i = 0; i < count; i++)
			text[i] = (bytes[i / BITS_PER_BYTE] & (0x80 >> i % BITS_PER_BYTE)) != 0 ? '1' : '0';
	value->as.text = wf_slice(text, count);
	if (PointerGetDatum(bits) != followed)
		pfree(bits);
}

static void
read_other(WfDatumReader *reader, Datum datum, WfValue *value)
{
	char	   *text = OutputFunctionCall(&reader->output, datum);

	value->as.text = wf_encoding_text(reader->encoding, text, strlen(text));
}

static void
read_other_whole(WfDatumReader *reader, Datum datum, WfValue *value)
{
	char	   *text = OutputFunctionCall(&reader->output, datum);

	value->as.text = wf_encoding_convert(reader->encoding, text, strlen(text), MaxAllocSize);
}

static void
read_numeric(WfDatumReader *reader, Datum datum, WfValue *value)
{
	wf_numeric_unpack(varlena_bytes(datum), &value->as.numeric);
}

static int
compare_label(const void *key, const void *label)
{
	Oid			a = *(const Oid *) key;
	Oid			b = ((const WfEnumLabel *) label)->oid;

	return a < b ? -1 : a > b;
}

static void
read_enum(WfDatumReader *reader, Datum datum, WfValue *value)
{
	Oid			oid = DatumGetObjectId(datum);
	const WfEnumLabel *label = bsearch(&oid, reader->labels->labels, reader->labels->count,
									   sizeof(WfEnumLabel), compare_label);

	if (unlikely(label == NULL))
	{
		/* A label that was added without our being told: as enum_out() does. */
		HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(oid));

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for enum value %u", oid);
		value->as.text =
			wf_encoding_copy(reader->encoding,
							 NameStr(((Form_pg_enum) GETSTRUCT(tuple))->enumlabel));
		ReleaseSysCache(tuple);
		return;
	}
	value->as.text = label->label;
}

static void
use_output_function(WfDatumReader *reader)
{
	Oid			function;
	bool		is_varlena;

	getTypeOutputInfo(reader->type, &function, &is_varlena);
	fmgr_info(function, &reader->output);
	reader->by_output_function = true;
	reader->raw_max = OUTPUT_RAW_MAX;
	reader->read = read_other;
}

static void
use_send_function(WfDatumReader *reader,
				  void (*read) (WfDatumReader *reader, Datum datum, WfValue *value))
{
	Oid			function;
	bool		is_varlena;

	getTypeBinaryOutputInfo(reader->type, &function, &is_varlena);
	fmgr_info(function, &reader->output);
	reader->by_output_function = true;
	reader->read = read;
}

/* Stored bytes per byte of JSON, of an array or another varlena. */
static int
bytes_per_json(const WfDatumReader *reader)
{
	const WfDatumReader *element = reader->element;

	switch (reader->kind)
	{
		case WF_TYPE_TEXT:
		case WF_TYPE_BYTEA:
			return BYTES_PER_JSON_TEXT;
		case WF_TYPE_BIT:
			return 0;			/* zeros take nothing */
		case WF_TYPE_PATH:
		case WF_TYPE_POLYGON:
			return BYTES_PER_JSON_ARRAY;	/* of numbers */
		case WF_TYPE_JSON:
			return reader->type == JSONBOID ? BYTES_PER_JSON_JSONB : BYTES_PER_JSON_TEXT;
		case WF_TYPE_ARRAY:
			if (element->length > 0 ? element->length <= 16 :
				element->kind == WF_TYPE_TEXT || element->kind == WF_TYPE_BYTEA ||
				element->kind == WF_TYPE_NUMERIC || element->kind == WF_TYPE_JSON)
				return BYTES_PER_JSON_ARRAY;
			return BYTES_PER_JSON_OTHER;
		default:
			return BYTES_PER_JSON_OTHER;
	}
}

/* The readers of the kinds that have one each; the other kinds ask for more. */
static void (*const read_by_kind[]) (WfDatumReader *reader, Datum datum, WfValue *value) =
{
	[WF_TYPE_BOOL] = read_bool,
		[WF_TYPE_INT2] = read_int2,
		[WF_TYPE_INT4] = read_int4,
		[WF_TYPE_DATE] = read_int4,
		[WF_TYPE_INT8] = read_int8,
		[WF_TYPE_TIME] = read_int8,
		[WF_TYPE_TIMESTAMP] = read_int8,
		[WF_TYPE_TIMESTAMPTZ] = read_int8,
		[WF_TYPE_TIMETZ] = read_timetz,
		[WF_TYPE_INTERVAL] = read_interval,
		[WF_TYPE_MONEY] = read_money,
		[WF_TYPE_OID] = read_oid,
		[WF_TYPE_FLOAT4] = read_float4,
		[WF_TYPE_FLOAT8] = read_float8,
		[WF_TYPE_NUMERIC] = read_numeric,
		[WF_TYPE_BYTEA] = read_bytea,
		[WF_TYPE_BIT] = read_bits,
		[WF_TYPE_UUID] = read_uuid,
		[WF_TYPE_ENUM] = read_enum,
		[WF_TYPE_POINT] = read_numbers,
		[WF_TYPE_LINE] = read_numbers,
		[WF_TYPE_LSEG] = read_numbers,
		[WF_TYPE_BOX] = read_numbers,
		[WF_TYPE_CIRCLE] = read_numbers,
		[WF_TYPE_PATH] = read_path,
		[WF_TYPE_POLYGON] = read_polygon,
		[WF_TYPE_ARRAY] = wf_array_read,
		[WF_TYPE_COMPOUND] = wf_compound_read,
};

void
wf_datum_reader_init(WfDatumReader *reader, WfTypeKind kind)
{
	reader->kind = kind;
	reader->bytes_per_json = reader->length == -1 ? bytes_per_json(reader) : 0;
	reader->raw_max = UINT64_MAX;
	reader->read = (size_t) kind < lengthof(read_by_kind) ? read_by_kind[kind] : NULL;
	switch (kind)
	{
		case WF_TYPE_TEXT:
			if (reader->type == NAMEOID)
				reader->read = read_name;
			else if (reader->type == CHAROID)
				reader->read = read_char;
			else if (reader->length == -1)
				reader->read = read_text;
			else
				use_output_function(reader);
			break;
		case WF_TYPE_JSON:
			reader->read = reader->type == JSONBOID ? read_jsonb : read_text;
			break;
		case WF_TYPE_GEOMETRY:
		case WF_TYPE_GEOGRAPHY:
			use_send_function(reader, read_ewkb);
			break;
		case WF_TYPE_VECTOR:
		case WF_TYPE_HALFVEC:
		case WF_TYPE_SPARSEVEC:
			use_send_function(reader, read_vector);
			break;
		case WF_TYPE_COMPOUND:
			reader->by_output_function = true;
			reader->raw_max = OUTPUT_RAW_MAX;
			break;
		case WF_TYPE_ARRAY:
			reader->by_output_function = reader->element->by_output_function;
			reader->raw_max = reader->element->raw_max;
			break;
		case WF_TYPE_HSTORE:
			use_output_function(reader);
			/* its text is parsed, and a beginning is no hstore */
			wf_datum_reader_convert_whole(reader);
			break;
		case WF_TYPE_LTREE:
		case WF_TYPE_ISBN:
		case WF_TYPE_OTHER:
			use_output_function(reader);
			break;
		default:
			if (reader->read == NULL)
				elog(ERROR, "no reader for type kind %d", (int) kind);
			break;
	}
}

void
wf_datum_reader_convert_whole(WfDatumReader *reader)
{
	if (!reader->encoding->converts || (reader->read != read_text && reader->read != read_other))
		return;
	reader->read = reader->read == read_text ? read_text_whole : read_other_whole;
	reader->raw_max = Min(reader->raw_max, WF_ENCODING_WHOLE_MAX);
}
