/*
 * datum.h
 *		From Datums to WfValues.
 *
 * A WfDatumReader is picked once per column of a relation version; in the row
 * loop it is one indirect call per value and no look-up of any kind.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_DATUM_H
#define WALFERRY_PLUGIN_DATUM_H

#include "fmgr.h"

#include "encoding.h"
#include "envelope/value.h"

/* The labels of an enum type, sorted by OID. */
typedef struct WfEnumLabel
{
	Oid			oid;
	WfSlice		label;			/* UTF-8 */
} WfEnumLabel;

typedef struct WfEnumLabels
{
	int			count;
	WfEnumLabel *labels;
} WfEnumLabels;

typedef struct WfDatumReader WfDatumReader;

struct WfDatumReader
{
	/*
	 * Fills value->as from a Datum that is not null.  What has to be allocated
	 * is allocated in the current memory context, and the value points there or
	 * into the Datum.
	 */
	void		(*read) (WfDatumReader *reader, Datum datum, WfValue *value);
	WfTypeKind	kind;
	WfEncoding *encoding;
	int			money_digits;	/* fraction digits of money */
	Oid			type;			/* domains flattened */
	int16		length;			/* as pg_type has them */
	bool		by_value;
	char		align;
	bool		by_output_function; /* it, or its elements */
	int			bytes_per_json; /* its JSON has at least one for so many that are
								 * stored; 0: of no varlena */
	uint64		raw_max;		/* so many can be read without an error */
	FmgrInfo	output;			/* or send function */
	WfEnumLabels *labels;		/* of an enum */
	WfDatumReader *element;		/* of an array */
	struct WfCompoundReader *compound;	/* of a compound */
};

/*
 * A value that was out of line is given to us as a pointer to where the server
 * has put it together.  If it is plain it can be read right there, whereas
 * detoasting would copy it: so the Datum to detoast or to read.
 */
extern Datum wf_datum_follow(Datum datum);

/* How many bytes a varlena has when it is detoasted; 0 of other types. */
extern uint64 wf_datum_raw_bytes(const WfDatumReader *reader, Datum datum);

/*
 * How long the value's JSON is at the least, told without reading the value.
 * Not for null, nor for what is in the table's TOAST relation.
 */
extern uint64 wf_datum_bytes_at_least(const WfDatumReader *reader, Datum datum);

/* The text is hashed or parsed, so that all of it has to be converted. */
extern void wf_datum_reader_convert_whole(WfDatumReader *reader);

/*
 * Picks the reader of a type.  The reader's encoding, money_digits, type,
 * length, by_value, align, and labels, element or compound if it has such, are set.
 */
extern void wf_datum_reader_init(WfDatumReader *reader, WfTypeKind kind);

#endif							/* WALFERRY_PLUGIN_DATUM_H */
