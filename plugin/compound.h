/*
 * compound.h
 *		Composite types and multiranges, for unknown.handling=json.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_COMPOUND_H
#define WALFERRY_PLUGIN_COMPOUND_H

#include "datum.h"
#include "dependencies.h"

typedef struct WfCompoundReader WfCompoundReader;

/*
 * Looks up what a type is made of, domains flattened, and notes what that
 * depends on.  NULL if it is neither a composite type nor a multirange.
 * Allocated in the current memory context.
 */
extern WfCompoundReader *wf_compound_reader(WfDependencies *dependencies, WfEncoding *encoding,
											Oid oid);

/* Reads a Datum by reader->compound: see WfDatumReader. */
extern void wf_compound_read(WfDatumReader *reader, Datum datum, WfValue *value);

#endif							/* WALFERRY_PLUGIN_COMPOUND_H */
