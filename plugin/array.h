/*
 * array.h
 *		Arrays as cursors over their own storage.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_ARRAY_H
#define WALFERRY_PLUGIN_ARRAY_H

#include "datum.h"

/*
 * Reads a Datum by reader->element: see WfDatumReader.  The value's WfArray
 * lives in the current memory context, and so long as the Datum does; an element
 * lives until some more have been read.
 */
extern void wf_array_read(WfDatumReader *reader, Datum datum, WfValue *value);

#endif							/* WALFERRY_PLUGIN_ARRAY_H */
