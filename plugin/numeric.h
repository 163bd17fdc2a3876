/*
 * numeric.h
 *		PostgreSQL's numeric as it is stored: taken apart.
 *
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef WALFERRY_PLUGIN_NUMERIC_H
#define WALFERRY_PLUGIN_NUMERIC_H

#include "envelope/value.h"

/*
 * Takes a numeric's storage apart.  bytes: what follows the varlena header.
 * The digits point into bytes or, if these lie at an odd address, into memory
 * that is allocated.
 */
extern void wf_numeric_unpack(WfSlice bytes, WfNumeric *numeric);

#endif							/* WALFERRY_PLUGIN_NUMERIC_H */
