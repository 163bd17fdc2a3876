/*
 * compound.c
 *		Composite types and multiranges, for unknown.handling=json.
 *
 * A value is walked through while its JSON is written, attribute by attribute;
 * only scalars and multiranges go through their output functions.  The text
 * of the whole (record_out) would double its quotes with each level: a type
 * that is nested some ten levels deep would take a gigabyte for a megabyte, and
 * that error would stop the slot for ever.
 *
 * What a type is made of is looked up when the row plan is built.  It changes
 * with the relation behind the composite type, a table or a type's own, on which
 * the plan depends for that reason.
 *
 * Attributes are never out of line: the server fetches them when it makes a
 * value of a composite type (toast_flatten_tuple_to_datum).  They may be
 * compressed, which output functions do not mind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "compat.h"
#include "compound.h"

/* What a type is made of, with what reads it. */
struct WfCompoundReader
{
	WfNaturalType type;			/* of scalars and multiranges only the kind */
	WfEncoding *encoding;
	bool		too_large;		/* nested too deep or of too many parts: no form */
	int16		length;			/* as pg_type has them */
	bool		by_value;
	char		align;
	FmgrInfo	output;			/* of a scalar or multirange */
	TupleDesc	descriptor;		/* of a composite type */
	WfCompoundReader **attributes;	/* by attribute; NULL if dropped */
	WfSlice    *names;			/* likewise */
	WfCompoundReader *element;	/* of an array */
};

typedef struct ReaderBuild
{
	WfDependencies *dependencies;
	WfEncoding *encoding;
	WfCompoundReader *top;
	int			parts;			/* so far */
} ReaderBuild;

/* A value on its way through WfCompound. */
typedef struct DatumCompound
{
	WfCompound	compound;		/* must be first */
	WfCompoundReader *reader;
	Datum		datum;
} DatumCompound;

static WfCompoundReader *build_reader(ReaderBuild *build, Oid oid, int depth);
static bool write_datum(WfCompoundReader *reader, Datum datum, WfBuffer *buffer,
						WfTextForm *form);

/* ---- what a type is made of ---- */

static void
add_attributes(ReaderBuild *build, WfCompoundReader *reader, Oid oid, int depth)
{
	TupleDesc	descriptor = lookup_rowtype_tupdesc_copy(oid, -1);
	int			count = Max(descriptor->natts, 1);

	reader->descriptor = descriptor;
	reader->attributes = palloc0(sizeof(WfCompoundReader *) * count);
	reader->names = palloc0(sizeof(WfSlice) * count);
	for (int i = 0; i < descriptor->natts && !build->top->too_large; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);

		if (attribute->attisdropped)
			continue;
		reader->names[i] = wf_encoding_copy(build->encoding, NameStr(attribute->attname));
		reader->attributes[i] = build_reader(build, attribute->atttypid, depth + 1);
	}
}

static void
use_output_function(WfCompoundReader *reader, Oid oid)
{
	Oid			function;
	bool		is_varlena;

	getTypeOutputInfo(oid, &function, &is_varlena);
	fmgr_info(function, &reader->output);
}

/* The type's row of pg_type, or that of what a domain is over. */
static HeapTuple
flattened_type(WfDependencies *dependencies, Oid *oid)
{
	for (;;)
	{
		HeapTuple	tuple;
		Form_pg_type type;

		wf_depend_on_type(dependencies, *oid);
		tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(*oid));
		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for type %u", *oid);
		type = (Form_pg_type) GETSTRUCT(tuple);
		if (type->typtype != TYPTYPE_DOMAIN)
			return tuple;
		*oid = type->typbasetype;
		ReleaseSysCache(tuple);
	}
}

static WfCompoundReader *
build_reader(ReaderBuild *build, Oid oid, int depth)
{
	WfCompoundReader *reader = palloc0(sizeof(WfCompoundReader));
	HeapTuple	tuple = flattened_type(build->dependencies, &oid);
	Form_pg_type type = (Form_pg_type) GETSTRUCT(tuple);
	char		typtype = type->typtype;
	Oid			relation = type->typrelid;
	Oid			element = wf_compat_is_array(type) ? type->typelem : InvalidOid;

	reader->length = type->typlen;
	reader->by_value = type->typbyval;
	reader->align = type->typalign;
	ReleaseSysCache(tuple);

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	reader->encoding = build->encoding;
	if (build->top == NULL)
		build->top = reader;
	if (++build->parts > WF_NATURAL_PARTS_MAX || depth > WF_NATURAL_DEPTH_MAX)
		build->top->too_large = true;
	else if (typtype == TYPTYPE_COMPOSITE)
	{
		reader->type.kind = WF_NATURAL_COMPOSITE;
		wf_depend_on(build->dependencies, WF_DEPENDS_ON_RELATION, relation);
		add_attributes(build, reader, oid, depth);
	}
	else if (OidIsValid(element))
	{
		reader->type.kind = WF_NATURAL_ARRAY;
		reader->element = build_reader(build, element, depth + 1);
	}
	else
	{
		reader->type.kind = wf_compat_is_multirange(typtype) ? WF_NATURAL_MULTIRANGE :
			wf_natural_scalar_kind(oid);
		use_output_function(reader, oid);
	}
	return reader;
}

WfCompoundReader *
wf_compound_reader(WfDependencies *dependencies, WfEncoding *encoding, Oid oid)
{
	ReaderBuild build = {dependencies, encoding, NULL, 0};
	HeapTuple	tuple = flattened_type(dependencies, &oid);
	char		typtype = ((Form_pg_type) GETSTRUCT(tuple))->typtype;

	ReleaseSysCache(tuple);
	if (typtype != TYPTYPE_COMPOSITE && !wf_compat_is_multirange(typtype))
		return NULL;
	return build_reader(&build, oid, 1);
}

/* ---- values ---- */

static bool
write_scalar(WfCompoundReader *reader, Datum datum, WfBuffer *buffer, WfTextForm *form)
{
	char	   *text = OutputFunctionCall(&reader->output, datum);
	WfSlice		utf8 = wf_encoding_text(reader->encoding, text, strlen(text));
	bool		written = wf_natural_json_write(buffer, form, &reader->type, utf8);

	if (utf8.data != text)
		pfree(unconstify(char *, utf8.data));
	pfree(text);
	return written;
}

static bool
write_composite(WfCompoundReader *reader, Datum datum, WfBuffer *buffer, WfTextForm *form)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(datum);
	TupleDesc	descriptor = reader->descriptor;
	HeapTupleData tuple = {
		.t_len = HeapTupleHeaderGetDatumLength(header),
		.t_tableOid = InvalidOid,
		.t_data = header
	};
	Datum	   *datums = palloc(sizeof(Datum) * Max(descriptor->natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(descriptor->natts, 1));
	bool		written = true;
	char		separator = '{';

	ItemPointerSetInvalid(&tuple.t_self);
	heap_deform_tuple(&tuple, descriptor, datums, nulls);
	for (int i = 0; i < descriptor->natts && written && buffer->error == WF_BUFFER_OK; i++)
	{
		if (reader->attributes[i] == NULL)
			continue;
		wf_buffer_append_char(buffer, separator);
		separator = ',';
		wf_json_string(buffer, form, reader->names[i].data, reader->names[i].length);
		wf_buffer_append_char(buffer, ':');
		if (nulls[i])
			wf_json_null(buffer);
		else
			written = write_datum(reader->attributes[i], datums[i], buffer, form);
	}
	if (separator == '{')
		wf_buffer_append_char(buffer, '{');
	wf_buffer_append_char(buffer, '}');
	pfree(datums);
	pfree(nulls);
	if ((Pointer) header != DatumGetPointer(datum))
		pfree(header);
	return written;
}

/* Where the next element is. */
typedef struct ElementCursor
{
	const char *next;
	const uint8 *null_bitmap;	/* NULL if no element is null */
	int			index;
} ElementCursor;

static bool
write_element(WfCompoundReader *element, ElementCursor *cursor, WfBuffer *buffer,
			  WfTextForm *form)
{
	int			index = cursor->index++;
	bool		written;

	CHECK_FOR_INTERRUPTS();
	if (cursor->null_bitmap != NULL &&
		(cursor->null_bitmap[index / BITS_PER_BYTE] & (1 << (index % BITS_PER_BYTE))) == 0)
	{
		wf_json_null(buffer);
		return true;
	}
	written = write_datum(element, fetch_att(cursor->next, element->by_value, element->length),
						  buffer, form);
	cursor->next = att_addlength_pointer(cursor->next, element->length, cursor->next);
	cursor->next = (char *) att_align_nominal(cursor->next, element->align);
	return written;
}

/* One list of a dimension; lower bounds have no place in JSON. */
static bool
write_list(WfCompoundReader *element, const ArrayType *array, int dimension,
		   ElementCursor *cursor, WfBuffer *buffer, WfTextForm *form)
{
	bool		written = true;

	wf_buffer_append_char(buffer, '[');
	for (int i = 0; i < ARR_DIMS(array)[dimension] && written && buffer->error == WF_BUFFER_OK;
		 i++)
	{
		if (i > 0)
			wf_buffer_append_char(buffer, ',');
		written = dimension + 1 < ARR_NDIM(array) ?
			write_list(element, array, dimension + 1, cursor, buffer, form) :
			write_element(element, cursor, buffer, form);
	}
	wf_buffer_append_char(buffer, ']');
	return written;
}

static bool
write_array(WfCompoundReader *reader, Datum datum, WfBuffer *buffer, WfTextForm *form)
{
	ArrayType  *array = DatumGetArrayTypeP(datum);
	ElementCursor cursor = {
		.next = ARR_DATA_PTR(array),
		.null_bitmap = ARR_NULLBITMAP(array)
	};
	bool		written = true;

	if (ARR_NDIM(array) == 0)
		wf_buffer_append_literal(buffer, "[]");
	else
		written = write_list(reader->element, array, 0, &cursor, buffer, form);
	if ((Pointer) array != DatumGetPointer(datum))
		pfree(array);
	return written;
}

static bool
write_datum(WfCompoundReader *reader, Datum datum, WfBuffer *buffer, WfTextForm *form)
{
	check_stack_depth();
	switch (reader->type.kind)
	{
		case WF_NATURAL_COMPOSITE:
			return write_composite(reader, datum, buffer, form);
		case WF_NATURAL_ARRAY:
			return write_array(reader, datum, buffer, form);
		default:
			return write_scalar(reader, datum, buffer, form);
	}
}

static bool
write_compound(WfCompound *compound, WfBuffer *buffer, WfTextForm *form)
{
	DatumCompound *self = (DatumCompound *) compound;

	return !self->reader->too_large && write_datum(self->reader, self->datum, buffer, form);
}

void
wf_compound_read(WfDatumReader *reader, Datum datum, WfValue *value)
{
	DatumCompound *self = palloc(sizeof(DatumCompound));

	self->compound.write = write_compound;
	self->reader = reader->compound;
	self->datum = datum;
	value->as.compound = &self->compound;
}
