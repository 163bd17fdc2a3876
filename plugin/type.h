/*
 * type.h
 *		What the catalogue says of a type, as a WfType and its reader.
 *
 * During decoding the catalogue is the one of the time when the row was written.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_TYPE_H
#define WALFERRY_PLUGIN_TYPE_H

#include "datum.h"
#include "dependencies.h"
#include "envelope/relation.h"

/* What types are looked up with, for one table. */
typedef struct WfTypeLookup
{
	WfDependencies *dependencies;	/* get what the types depend on */
	WfEncoding *encoding;
	const WfOptions *options;
	int			money_digits;	/* wf_settings_money_digits() */

	/* the enum that was looked up last; empty at first */
	Oid			labels_type;
	WfEnumLabels *labels;
	WfSlice		labels_in_order;
} WfTypeLookup;

/*
 * Describes a column's type, domains flattened, and picks its reader, which is
 * zeroed.  not_null: a domain says so.  Allocated in the current memory context,
 * with what the look-ups leave behind.
 */
extern void wf_type_describe(WfTypeLookup *types, WfType *type, WfDatumReader *reader,
							 Oid oid, int32 typmod, bool *not_null);

/*
 * The type as format_type() shows it with an empty search path: the same name in
 * every session, since it is part of the schema's fingerprint.
 */
extern WfSlice wf_type_name(const WfTypeLookup *types, Oid oid, int32 typmod);

/* pg_type.typname; wf_type_name() has made the plan depend on it. */
extern WfSlice wf_type_catalogue_name(const WfTypeLookup *types, Oid oid);

#endif							/* WALFERRY_PLUGIN_TYPE_H */
